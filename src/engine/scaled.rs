//! Integers over a common denominator: the arithmetic of [`super::Numbers`] while every value fits 64 bits.

use num_integer::Integer;

use super::numbers::Numbers;
use crate::exact::{Mode, Number, Row, at};

/// The largest common denominator that a column of rationals is narrowed to.
pub(super) const MOST_PER: i64 = 1_000_000_000_000;

/// One side of an operation over a common denominator.
#[derive(Clone, Copy)]
pub(super) enum Side<'a> {
    Same(i64),
    /// Each value × factor.
    Each(&'a [i64], i64),
}

impl Side<'_> {
    pub(super) fn wide(&self, row: Row) -> i128 {
        match self {
            Side::Same(value) => i128::from(*value),
            Side::Each(values, factor) => i128::from(*at(values, row)) * i128::from(*factor),
        }
    }
}

/// An operation on both sides; none where one value does not fit.
pub(super) fn zip(
    left: Side<'_>,
    right: Side<'_>,
    count: usize,
    op: impl Fn(i64, i64) -> Option<i64>,
) -> Option<Vec<i64>> {
    match (left, right) {
        (Side::Each(a, 1), Side::Each(b, 1)) => a.iter().zip(b).map(|(a, b)| op(*a, *b)).collect(),
        (Side::Each(a, k), Side::Each(b, l)) => {
            a.iter().zip(b).map(|(a, b)| op(a.checked_mul(k)?, b.checked_mul(l)?)).collect()
        }
        (Side::Each(a, k), Side::Same(b)) => a.iter().map(|a| op(a.checked_mul(k)?, b)).collect(),
        (Side::Same(a), Side::Each(b, l)) => b.iter().map(|b| op(a, b.checked_mul(l)?)).collect(),
        (Side::Same(a), Side::Same(b)) => op(a, b).map(|value| vec![value; count]),
    }
}

pub(super) fn lcm(a: i64, b: i64) -> Option<i64> {
    if a == b { Some(a) } else { a.checked_mul(b / a.gcd(&b)) }
}

/// Brings numerators to a denominator that the old one divides; false (and unchanged) where one does not fit.
pub(super) fn rescale(values: &mut Vec<i64>, per: &mut i64, common: i64) -> bool {
    let factor = common / *per;
    if factor == 1 {
        return true;
    }
    match values.iter().map(|value| value.checked_mul(factor)).collect::<Option<Vec<i64>>>() {
        Some(scaled) => {
            *values = scaled;
            *per = common;
            true
        }
        None => false,
    }
}

pub(super) fn narrowed(values: &[Number]) -> Option<(Vec<i64>, i64)> {
    let mut per: i64 = 1;
    for value in values {
        let denominator = i64::try_from(value.small()?.1).ok()?;
        if per % denominator != 0 {
            per = lcm(per, denominator).filter(|per| *per <= MOST_PER)?;
        }
    }
    let scale = |value: &Number| {
        let (numerator, denominator) = value.small()?;
        i64::try_from(numerator.checked_mul(i128::from(per) / denominator)?).ok()
    };
    Some((values.iter().map(scale).collect::<Option<Vec<i64>>>()?, per))
}

pub(super) fn rounded_integers(values: &[i64], per: i64, unit: &Number, mode: Mode) -> Option<Numbers> {
    let (unit_top, unit_bottom) = unit.small()?;
    let bottom = i128::from(per).checked_mul(unit_top)?;
    let new_per = i64::try_from(unit_bottom).ok()?;
    // 64-bit division is several times cheaper than 128-bit, and units of 0.01 and 1 are the rule.
    let narrow = |bottom: i64| {
        let round = |value: &i64| Some(mode.whole_narrow(value.checked_mul(new_per)?, bottom));
        values.iter().map(round).collect::<Option<Vec<i64>>>()
    };
    let wide = || {
        let round = |value: &i64| {
            let units = mode.whole(i128::from(*value).checked_mul(unit_bottom)?, bottom)?;
            i64::try_from(units.checked_mul(unit_top)?).ok()
        };
        values.iter().map(round).collect::<Option<Vec<i64>>>()
    };
    let fast = i64::try_from(bottom).ok().filter(|_| unit_top == 1).and_then(narrow);
    Some(Numbers::Scaled { values: fast.or_else(wide)?, per: new_per })
}
