//! Money is whole fen (分); 100 fen are a yuan.

use super::decimal::Decimal;
use super::number::Number;

/// An amount in fen. Sums of a whole province fit by a factor of 10¹⁵.
pub type Fen = i128;

/// Yuan with two decimals: `-0.50`, `1234.00`.
pub fn fen_text(fen: Fen) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let whole = fen.unsigned_abs();
    // Printing 64 bits is several times cheaper than 128, and nearly every amount fits.
    match u64::try_from(whole) {
        Ok(whole) => format!("{sign}{}.{:02}", whole / 100, whole % 100),
        Err(_) => format!("{sign}{}.{:02}", whole / 100, whole % 100),
    }
}

/// The exact number of yuan.
pub fn money_number(fen: Fen) -> Number {
    Number::ratio(fen, 100)
}

/// Reads money as [`fen_text`] writes it.
pub fn parse_money_text(text: &str) -> Option<Fen> {
    let decimal = Decimal::parse(text).ok()?;
    if decimal.places() > 2 {
        return None;
    }
    let scaled = decimal.number().checked_mul(&Number::from(100_i64)).ok()?;
    scaled.to_i128()
}
