//! Floor 0: exact numbers, money, days, rounding and apportionment. It knows nothing of pay.

mod apportion;
mod date;
mod decimal;
mod index;
mod money;
mod number;
mod rounding;

pub use apportion::{Apportionment, Claim, FloorsExceed, MOST_TOTAL, Weight, apportion, divide};
pub use date::{Date, DatesReversed};
pub use decimal::{BadDecimal, Decimal};
pub use index::{Row, at, place, put, rows};
pub use money::{Fen, fen_text, money_number, parse_money_text};
pub use number::{MOST_BITS, NotExact, Number, sum};
pub use rounding::{Mode, round_to_multiple};
