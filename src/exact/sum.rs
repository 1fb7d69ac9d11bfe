//! Sums and averages of many numbers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;

use super::number::{MOST_BITS, NotExact, Number, within};

/// Sums exactly and looks at the bits only at the end (`plan-language.md` §9).
///
/// # Errors
/// [`NotExact::Overflow`].
pub fn sum(values: &[Number]) -> Result<Number, NotExact> {
    within(Number::from_big(total(values)?))
}

/// The sum divided by how many there are (0 for none), its bits looked at only at the end.
///
/// # Errors
/// [`NotExact::Overflow`].
pub fn average(values: &[Number]) -> Result<Number, NotExact> {
    within(Number::from_big(total(values)? / BigInt::from(values.len().max(1))))
}

/// Pair by pair, so that large denominators are made only at the end, and only so large ones as memory bears.
fn total(values: &[Number]) -> Result<BigRational, NotExact> {
    let mut parts: Vec<Number> = values.to_vec();
    while parts.len() > 1 {
        let pair = |pair: &[Number]| match pair {
            [one, other] => one.added(other).at_most(MOST_PARTIAL_BITS),
            _ => Ok(pair.first().cloned().unwrap_or(Number::ZERO)),
        };
        parts = parts.chunks(2).map(pair).collect::<Result<Vec<Number>, NotExact>>()?;
    }
    Ok(parts.pop().map_or_else(BigRational::zero, |total| total.to_big()))
}

/// The most bits of a part of a sum. One this large could be small again only by cancelling out.
const MOST_PARTIAL_BITS: u64 = 64 * MOST_BITS;
