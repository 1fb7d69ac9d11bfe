//! Decimals as they are written: the one way in for numbers from outside.

use super::number::Number;

/// A decimal as it was written: its value and its places count apart (`1.500` has three places).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    number: Number,
    places: u32,
}

/// The text is no decimal of the language: `-?(0|[1-9][0-9]*)(\.[0-9]{1,12})?`, not minus zero, at most 28 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadDecimal;

impl Decimal {
    /// Reads a decimal of the language (`plan-language.md` §1).
    ///
    /// # Errors
    /// [`BadDecimal`].
    pub fn parse(text: &str) -> Result<Decimal, BadDecimal> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = match rest.split_once('.') {
            Some((whole, part)) => (whole, Some(part)),
            None => (rest, None),
        };
        let part = match part {
            Some(part) if part.is_empty() || part.len() > 12 => return Err(BadDecimal),
            Some(part) => part,
            None => "",
        };
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || whole.len() + part.len() > 28 {
            return Err(BadDecimal);
        }
        let mut digits: i128 = 0;
        for byte in whole.bytes().chain(part.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(BadDecimal);
            }
            digits = digits * 10 + i128::from(byte - b'0');
        }
        if negative && digits == 0 {
            return Err(BadDecimal);
        }
        let places = u32::try_from(part.len()).map_err(|_| BadDecimal)?;
        let signed = if negative { -digits } else { digits };
        Ok(Decimal { number: Number::ratio(signed, 10i128.pow(places)), places })
    }

    /// The value.
    pub fn number(&self) -> &Number {
        &self.number
    }

    /// Digits after the point, as written.
    pub fn places(&self) -> u32 {
        self.places
    }
}
