//! Floor 0: exact numbers, money, days, rounding and apportionment. It knows nothing of pay.

mod apportion;
mod date;
mod decimal;
mod digits;
mod index;
mod money;
mod narrow;
mod number;
mod rounding;
mod sum;

pub use apportion::{Apportionment, Claim, Division, FloorsExceed, Weight, apportion, divide, fits};
pub use date::{Date, DatesReversed};
pub use decimal::{BadDecimal, Decimal};
pub use digits::{put_decimal, put_fen, put_whole};
pub use index::{Row, at, defect, place, put, rows};
pub use money::{Fen, TOO_LARGE, fen_text};
pub use narrow::{Remainders, divide_narrow};
pub use number::{MOST_BITS, NotExact, Number};
pub use rounding::Mode;
pub use sum::{average, sum};
