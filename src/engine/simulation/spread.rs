//! How far values lie apart, exactly: every figure is an exact fraction (the coefficient of variation the root of one) that is
//! rounded once, half up, to six places.

use num_bigint::BigInt;
use num_integer::Integer;

use crate::exact::{Fen, Mode, Number};

/// One millionth: the unit in which figures are shown.
const MILLION: i128 = 1_000_000;

/// The spread of what payees get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// Between schools: of the mean total of their payees.
    pub schools: Figures,
    /// Between payees: of their totals.
    pub payees: Figures,
}

/// Measures of spread, rounded half up to six places; none where a divisor is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// The coefficient of variation: the standard deviation of the whole population ÷ the mean.
    pub cv: Option<Number>,
    /// The Gini coefficient: ΣΣ|xᵢ − xⱼ| ÷ (2 n² × mean).
    pub gini: Option<Number>,
    /// The 90th percentile ÷ the 10th, both by the nearest rank.
    pub p90_p10: Option<Number>,
    /// The largest ÷ the smallest.
    pub max_min: Option<Number>,
}

/// The figures of values that are each a sum over a count above zero.
pub fn figures(values: &[(Fen, usize)]) -> Figures {
    // No figure changes when all values are multiplied by the same number, so they are taken in whole parts of a fen.
    let parts = values.iter().fold(BigInt::from(1), |parts, (_, count)| parts.lcm(&BigInt::from(*count)));
    let mut whole: Vec<BigInt> =
        values.iter().map(|(sum, count)| BigInt::from(*sum) * (&parts / BigInt::from(*count))).collect();
    whole.sort_unstable();
    let ranked = |percent: usize| whole.get((whole.len() * percent).div_ceil(100).checked_sub(1)?);
    let quotient = |top: Option<&BigInt>, bottom: Option<&BigInt>| millionths(top?.clone(), bottom?);
    let count = BigInt::from(whole.len());
    let sum: BigInt = whole.iter().sum();
    Figures {
        cv: cv(&whole, &count, &sum),
        gini: gini(&whole, &count, &sum),
        p90_p10: quotient(ranked(90), ranked(10)),
        max_min: quotient(whole.last(), whole.first()),
    }
}

/// A fraction rounded to millionths; none where it has no value.
fn millionths(top: BigInt, bottom: &BigInt) -> Option<Number> {
    if *bottom == BigInt::ZERO {
        return None;
    }
    let (top, bottom) = if *bottom < BigInt::ZERO { (-top, -bottom) } else { (top, bottom.clone()) };
    number(&Mode::HalfUp.whole_big(&(top * MILLION), &bottom))
}

/// So many millionths. What does not fit is no spread that anybody reads: amounts have at most 17 digits of fen.
fn number(millionths: &BigInt) -> Option<Number> {
    i128::try_from(millionths).ok().map(|millionths| Number::ratio(millionths, MILLION))
}

/// √(n Σx² − (Σx)²) ÷ Σx, which is the standard deviation over the mean.
fn cv(values: &[BigInt], count: &BigInt, sum: &BigInt) -> Option<Number> {
    if *sum == BigInt::ZERO {
        return None;
    }
    let squares: BigInt = values.iter().map(|value| value * value).sum();
    let (variance, divisor) = (count * squares - sum * sum, sum * sum);
    let scaled = variance * MILLION * MILLION;
    // ⌊√(a/b)⌋ = ⌊√⌊a/b⌋⌋; half a millionth more is reached where (2r + 1)² b ≤ 4 a.
    let root = (&scaled / &divisor).sqrt();
    let half = &root * 2 + 1;
    let rounded = if &half * &half * divisor <= scaled * 4 { root + 1 } else { root };
    number(&if *sum < BigInt::ZERO { -rounded } else { rounded })
}

/// Σ(2i − n − 1)xᵢ ÷ (n Σx) over the sorted values, i from 1.
fn gini(sorted: &[BigInt], count: &BigInt, sum: &BigInt) -> Option<Number> {
    let mut factor = BigInt::from(1) - count;
    let mut top = BigInt::ZERO;
    for value in sorted {
        top += value * &factor;
        factor += 2;
    }
    millionths(top, &(count * sum))
}
