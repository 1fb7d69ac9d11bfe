//! Exact rational numbers: small ones on two `i128`, larger ones on arbitrary precision, never a rounded or wrapped one.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::index::defect;
use super::rounding::Mode;

/// The most bits a numerator or a denominator may have (`plan-language.md` §4).
pub const MOST_BITS: u64 = 16_384;

/// Places after the point in which a number is shown (`plan-language.md` §8).
const SHOWN_PLACES: u32 = 12;

/// An exact rational in lowest terms.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

// A value has one form only, so equal numbers are equal forms.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    /// Lowest terms, denominator above zero.
    Small { numerator: i128, denominator: i128 },
    /// Lowest terms (kept by `BigRational`), and too large for `Small`.
    Big(Box<BigRational>),
}

/// Why an operation has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotExact {
    /// A numerator or denominator beyond [`MOST_BITS`].
    Overflow,
    /// A division by zero.
    DivisionByZero,
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Repr::Small { numerator: 0, denominator: 1 });
    /// One.
    pub const ONE: Number = Number(Repr::Small { numerator: 1, denominator: 1 });

    /// `numerator / denominator`.
    ///
    /// # Panics
    /// Where the denominator is not above zero.
    pub fn ratio(numerator: i128, denominator: i128) -> Number {
        assert!(denominator > 0, "a denominator is above zero");
        if denominator == 1 {
            return Number(Repr::Small { numerator, denominator });
        }
        // Most denominators are powers of ten that fit 64 bits, where the greatest common divisor is much cheaper.
        let divisor = match (u64::try_from(numerator.unsigned_abs()), u64::try_from(denominator)) {
            (Ok(numerator), Ok(denominator)) => i128::from(numerator.gcd(&denominator)),
            _ => i128::try_from(numerator.unsigned_abs().gcd(&denominator.unsigned_abs())).unwrap_or(1),
        };
        Number(Repr::Small { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// A whole number of units.
    pub fn whole(units: u128) -> Number {
        Number::from_big(BigRational::from_integer(BigInt::from(units)))
    }

    pub(super) fn from_big(value: BigRational) -> Number {
        match (value.numer().to_i128(), value.denom().to_i128()) {
            // The smallest i128 has no opposite: it stays big so that every small one does.
            (Some(numerator), Some(denominator)) if numerator != i128::MIN => {
                Number(Repr::Small { numerator, denominator })
            }
            _ => Number(Repr::Big(Box::new(value))),
        }
    }

    /// The value as a big rational.
    pub fn to_big(&self) -> BigRational {
        match &self.0 {
            Repr::Small { numerator, denominator } => {
                BigRational::new_raw(BigInt::from(*numerator), BigInt::from(*denominator))
            }
            Repr::Big(value) => value.as_ref().clone(),
        }
    }

    /// Numerator and denominator where both fit.
    pub fn small(&self) -> Option<(i128, i128)> {
        match &self.0 {
            Repr::Small { numerator, denominator } => Some((*numerator, *denominator)),
            Repr::Big(_) => None,
        }
    }

    /// The whole number, where it is one that fits.
    pub fn to_i128(&self) -> Option<i128> {
        self.small().filter(|(_, denominator)| *denominator == 1).map(|(numerator, _)| numerator)
    }

    /// Whole fen of an amount of yuan; none where it is not whole.
    pub fn fen(&self) -> Option<super::Fen> {
        self.checked_mul(&Number::from(100_i64)).ok()?.to_i128()
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small { numerator: 0, .. })
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small { numerator, .. } => *numerator < 0,
            Repr::Big(value) => value.is_negative(),
        }
    }

    /// Whether it is a whole number.
    pub fn is_whole(&self) -> bool {
        match &self.0 {
            Repr::Small { denominator, .. } => *denominator == 1,
            Repr::Big(value) => value.is_integer(),
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`NotExact::Overflow`].
    pub fn checked_add(&self, other: &Number) -> Result<Number, NotExact> {
        within(self.added(other))
    }

    /// The sum, however many bits it has.
    pub(super) fn added(&self, other: &Number) -> Number {
        if let (Repr::Small { numerator: a, denominator: b }, Repr::Small { numerator: c, denominator: d }) =
            (&self.0, &other.0)
            && let Some(sum) = add_small(*a, *b, *c, *d)
        {
            return sum;
        }
        Number::from_big(self.to_big() + other.to_big())
    }

    /// The difference.
    ///
    /// # Errors
    /// [`NotExact::Overflow`].
    pub fn checked_sub(&self, other: &Number) -> Result<Number, NotExact> {
        self.checked_add(&other.negated())
    }

    /// The product.
    ///
    /// # Errors
    /// [`NotExact::Overflow`].
    pub fn checked_mul(&self, other: &Number) -> Result<Number, NotExact> {
        if let (Repr::Small { numerator: a, denominator: b }, Repr::Small { numerator: c, denominator: d }) =
            (&self.0, &other.0)
            && let (Some(numerator), Some(denominator)) = (a.checked_mul(*c), b.checked_mul(*d))
            && numerator != i128::MIN
        {
            return Ok(Number::ratio(numerator, denominator));
        }
        within(Number::from_big(self.to_big() * other.to_big()))
    }

    /// The quotient.
    ///
    /// # Errors
    /// [`NotExact::DivisionByZero`], [`NotExact::Overflow`].
    pub fn checked_div(&self, other: &Number) -> Result<Number, NotExact> {
        match &other.0 {
            Repr::Small { numerator: 0, .. } => Err(NotExact::DivisionByZero),
            Repr::Small { numerator, denominator } => {
                let (top, bottom) =
                    if *numerator < 0 { (-*denominator, -*numerator) } else { (*denominator, *numerator) };
                self.checked_mul(&Number(Repr::Small { numerator: top, denominator: bottom }))
            }
            Repr::Big(value) => self.checked_mul(&Number::from_big(value.recip())),
        }
    }

    /// The value, unless it has more bits than this.
    pub(super) fn at_most(self, bits: u64) -> Result<Number, NotExact> {
        match &self.0 {
            Repr::Big(big) if big.numer().bits() > bits || big.denom().bits() > bits => Err(NotExact::Overflow),
            _ => Ok(self),
        }
    }

    /// (self − `from`) × `by`, however many bits it has: a part of a sum whose bits are counted at its end.
    #[must_use]
    pub fn product_of_difference(&self, from: &Number, by: &Number) -> Number {
        match self.checked_sub(from).and_then(|difference| difference.checked_mul(by)) {
            Ok(product) => product,
            Err(_) => Number::from_big((self.to_big() - from.to_big()) * by.to_big()),
        }
    }

    /// self × `by` rounded to a whole number. Only the result's bits matter, and nobody counts them.
    #[must_use]
    pub fn times_whole(&self, by: &Number, mode: Mode) -> Number {
        match self.checked_mul(by) {
            Ok(product) => product.to_whole(mode),
            Err(_) => Number::from_big(self.to_big() * by.to_big()).to_whole(mode),
        }
    }

    /// The nearest multiple of a unit above zero. Only the result's bits count.
    ///
    /// # Errors
    /// [`NotExact::Overflow`].
    pub fn nearest_multiple(&self, unit: &Number, mode: Mode) -> Result<Number, NotExact> {
        if let (Some((a, b)), Some((c, d))) = (self.small(), unit.small())
            && let (Some(numerator), Some(denominator)) = (a.checked_mul(d), b.checked_mul(c))
            && let Some(units) = mode.whole(numerator, denominator).and_then(|units| units.checked_mul(c))
            && units != i128::MIN
        {
            return Ok(Number::ratio(units, d));
        }
        let (value, unit) = (self.to_big(), unit.to_big());
        let units = &value / &unit;
        let units = mode.whole_big(units.numer(), units.denom());
        within(Number::from_big(BigRational::from_integer(units) * unit))
    }

    /// The opposite.
    #[must_use]
    pub fn negated(&self) -> Number {
        match &self.0 {
            Repr::Small { numerator, denominator } => {
                Number(Repr::Small { numerator: -*numerator, denominator: *denominator })
            }
            Repr::Big(value) => Number::from_big(-value.as_ref().clone()),
        }
    }

    /// The magnitude.
    #[must_use]
    pub fn magnitude(&self) -> Number {
        if self.is_negative() { self.negated() } else { self.clone() }
    }

    /// The nearest whole number by `mode`.
    #[must_use]
    pub fn to_whole(&self, mode: Mode) -> Number {
        if let Repr::Small { numerator, denominator } = &self.0
            && let Some(numerator) = mode.whole(*numerator, *denominator)
        {
            return Number(Repr::Small { numerator, denominator: 1 });
        }
        let value = self.to_big();
        Number::from_big(BigRational::from_integer(mode.whole_big(value.numer(), value.denom())))
    }

    /// The greatest whole number that is not above it.
    #[must_use]
    pub fn floor(&self) -> Number {
        match &self.0 {
            Repr::Small { numerator, denominator } => {
                Number(Repr::Small { numerator: numerator.div_euclid(*denominator), denominator: 1 })
            }
            Repr::Big(value) => Number::from_big(value.floor()),
        }
    }

    /// The value as shown: no zeros at the end, at most 12 places, a half to the even digit.
    pub fn text(&self) -> String {
        let Some((numerator, denominator)) = self.small() else { return self.big_text() };
        let scale = 10i128.pow(SHOWN_PLACES);
        if denominator == 1 {
            return numerator.to_string();
        }
        match numerator.checked_mul(scale).and_then(|scaled| Mode::HalfEven.whole(scaled, denominator)) {
            Some(scaled) => decimal_text(
                scaled < 0,
                &(scaled.unsigned_abs() / scale.unsigned_abs()).to_string(),
                scaled.unsigned_abs() % scale.unsigned_abs(),
            ),
            None => self.big_text(),
        }
    }

    fn big_text(&self) -> String {
        let value = self.to_big();
        let scale = BigInt::from(10u64.pow(SHOWN_PLACES));
        let scaled = Mode::HalfEven.whole_big(&(value.numer() * &scale), value.denom());
        let (whole, part) = scaled.abs().div_rem(&scale);
        decimal_text(
            scaled.is_negative(),
            &whole.to_string(),
            part.to_u128().unwrap_or_else(|| defect("places beyond the scale")),
        )
    }

    /// The exact value: a decimal where 12 places suffice, else `n/d`.
    pub fn exact_text(&self) -> String {
        let value = self.to_big();
        if (BigInt::from(10u64.pow(SHOWN_PLACES)) % value.denom()).is_zero() {
            self.text()
        } else {
            format!("{}/{}", value.numer(), value.denom())
        }
    }
}

/// Writes a scaled value: `part` counts units of 10⁻¹².
fn decimal_text(negative: bool, whole: &str, part: u128) -> String {
    let sign = if negative && (whole != "0" || part != 0) { "-" } else { "" };
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let places = format!("{part:012}");
    format!("{sign}{whole}.{}", places.trim_end_matches('0'))
}

fn add_small(a: i128, b: i128, c: i128, d: i128) -> Option<Number> {
    if b == d {
        let sum = a.checked_add(c).filter(|sum| *sum != i128::MIN)?;
        return Some(Number::ratio(sum, b));
    }
    let divisor = b.gcd(&d);
    let (left, right) = (d / divisor, b / divisor);
    let sum = a.checked_mul(left)?.checked_add(c.checked_mul(right)?).filter(|sum| *sum != i128::MIN)?;
    Some(Number::ratio(sum, b.checked_mul(left)?))
}

/// The value, unless it has too many bits.
pub(super) fn within(value: Number) -> Result<Number, NotExact> {
    value.at_most(MOST_BITS)
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number(Repr::Small { numerator: i128::from(value), denominator: 1 })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Repr::Small { numerator: a, denominator: b }, Repr::Small { numerator: c, denominator: d }) =
            (&self.0, &other.0)
        {
            if b == d {
                return a.cmp(c);
            }
            if let (Some(left), Some(right)) = (a.checked_mul(*d), c.checked_mul(*b)) {
                return left.cmp(&right);
            }
        }
        self.to_big().cmp(&other.to_big())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.exact_text())
    }
}
