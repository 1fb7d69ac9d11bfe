//! A column of exact numbers: one value for all rows, 64-bit integers over a common denominator, or rationals.
//!
//! Operations work on the integers while every value fits and fall back to rationals for the whole column where one does
//! not, so a value is never wrapped and never wrong. Division by a constant only changes the common denominator.

use std::borrow::Cow;
use std::cmp::Ordering;

use num_integer::Integer;

use super::scaled::{MOST_PER, Side, lcm, narrowed, rescale, rounded_integers, zip};
use crate::exact::{Fen, Mode, NotExact, Number, Row, TOO_LARGE, at, defect, put_decimal, put_whole, rows};
use crate::plan::Comparison;

/// A column of numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// The same value in so many rows.
    Same(Number, usize),
    /// `values[row] / per`, `per` above zero.
    Scaled {
        /// Numerators.
        values: Vec<i64>,
        /// The common denominator.
        per: i64,
    },
    /// Any rationals.
    Exact(Vec<Number>),
}

/// Receives the rows in which an operation has no value.
pub type Failing<'a> = &'a mut dyn FnMut(Row, NotExact);

impl Numbers {
    /// No numbers yet.
    pub fn empty() -> Numbers {
        Numbers::Scaled { values: Vec::new(), per: 1 }
    }

    /// Whole fen as yuan.
    pub fn money(fen: &[Fen]) -> Numbers {
        let narrow: Option<Vec<i64>> = fen.iter().map(|fen| i64::try_from(*fen).ok()).collect();
        match narrow {
            Some(values) => Numbers::Scaled { values, per: 100 },
            None => Numbers::Exact(fen.iter().map(|fen| Number::ratio(*fen, 100)).collect()),
        }
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Same(_, count) => *count,
            Numbers::Scaled { values, .. } => values.len(),
            Numbers::Exact(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row.
    pub fn get(&self, row: Row) -> Number {
        match self {
            Numbers::Same(value, _) => value.clone(),
            Numbers::Scaled { values, per } => Number::ratio(i128::from(*at(values, row)), i128::from(*per)),
            Numbers::Exact(values) => at(values, row).clone(),
        }
    }

    /// Appends the value of a row as shown.
    pub fn put(&self, out: &mut Vec<u8>, row: Row) {
        match self {
            Numbers::Scaled { values, per: 1 } => put_whole(out, *at(values, row)),
            Numbers::Scaled { values, per } if *per <= MOST_PER && 10_i64.pow(per.ilog10()) == *per => {
                put_decimal(out, *at(values, row), per.ilog10());
            }
            _ => out.extend_from_slice(self.get(row).text().as_bytes()),
        }
    }

    /// All values as rationals.
    pub fn to_exact(&self) -> Vec<Number> {
        rows(self.len()).map(|row| self.get(row)).collect()
    }

    /// Adds a row at the end. A column that has become rational stays so until [`Numbers::narrow`].
    pub fn push(&mut self, value: &Number) {
        if let Numbers::Exact(values) = self {
            values.push(value.clone());
            return;
        }
        if let Numbers::Scaled { values, per } = self
            && let Some((numerator, denominator)) = value.small()
            && let Ok(denominator) = i64::try_from(denominator)
        {
            let common = if *per % denominator == 0 { Some(*per) } else { lcm(*per, denominator) };
            let next = common
                .and_then(|common| numerator.checked_mul(i128::from(common / denominator)))
                .and_then(|next| i64::try_from(next).ok());
            if let (Some(common), Some(next)) = (common, next)
                && rescale(values, per, common)
            {
                values.push(next);
                return;
            }
        }
        let mut exact = self.to_exact();
        exact.push(value.clone());
        *self = Numbers::Exact(exact);
    }

    /// Adds `value / 10^places` at the end.
    pub fn push_decimal(&mut self, value: i64, places: u32) {
        let unit = 10_i64.pow(places);
        if let Numbers::Scaled { values, per } = self {
            // Most columns have as many places in each row.
            if *per == unit {
                return values.push(value);
            }
            if *per % unit != 0
                && let Some(common) = lcm(*per, unit)
            {
                rescale(values, per, common);
            }
            if *per % unit == 0
                && let Some(value) = value.checked_mul(*per / unit)
            {
                return values.push(value);
            }
        }
        self.push(&Number::ratio(i128::from(value), i128::from(unit)));
    }

    /// The values of the rows chosen, in their order.
    #[must_use]
    pub fn gather(&self, chosen: &[Row]) -> Numbers {
        match self {
            Numbers::Same(value, _) => Numbers::Same(value.clone(), chosen.len()),
            Numbers::Scaled { values, per } => {
                Numbers::Scaled { values: chosen.iter().map(|row| *at(values, *row)).collect(), per: *per }
            }
            Numbers::Exact(values) => Numbers::Exact(chosen.iter().map(|row| at(values, *row).clone()).collect()),
        }
    }

    /// Numerators over a common denominator, where all fit.
    pub fn scaled(&self) -> Option<(Cow<'_, [i64]>, i64)> {
        match self {
            Numbers::Scaled { values, per } => Some((values.into(), *per)),
            Numbers::Same(value, count) => {
                let (numerator, denominator) = value.small()?;
                Some((vec![i64::try_from(numerator).ok()?; *count].into(), i64::try_from(denominator).ok()?))
            }
            Numbers::Exact(values) => narrowed(values).map(|(values, per)| (values.into(), per)),
        }
    }

    /// The same values as integers over a common denominator where they fit.
    #[must_use]
    pub fn narrow(self) -> Numbers {
        match &self {
            Numbers::Exact(values) => match narrowed(values) {
                Some((values, per)) => Numbers::Scaled { values, per },
                None => self,
            },
            _ => self,
        }
    }

    /// Numerators over the common denominator of both, where all fit.
    fn common(&self, other: &Numbers) -> Option<(Side<'_>, i64)> {
        let per = lcm(self.per()?, other.per()?)?;
        Some((self.side(per)?, per))
    }

    fn per(&self) -> Option<i64> {
        match self {
            Numbers::Same(value, _) => i64::try_from(value.small()?.1).ok(),
            Numbers::Scaled { per, .. } => Some(*per),
            Numbers::Exact(_) => None,
        }
    }

    /// The column as numerators × factor, for a denominator that its own divides.
    fn side(&self, per: i64) -> Option<Side<'_>> {
        match self {
            Numbers::Same(value, _) => {
                let (numerator, denominator) = value.small()?;
                let factor = i128::from(per).checked_div(denominator)?;
                Some(Side::Same(i64::try_from(numerator.checked_mul(factor)?).ok()?))
            }
            Numbers::Scaled { values, per: own } => Some(Side::Each(values, per / own)),
            Numbers::Exact(_) => None,
        }
    }

    /// The sum, or with `minus` the difference.
    #[must_use]
    pub fn plus(&self, other: &Numbers, minus: bool, failing: Failing<'_>) -> Numbers {
        let fast = self.common(other).and_then(|(left, per)| {
            let right = other.side(per)?;
            let add = |a: i64, b: i64| if minus { a.checked_sub(b) } else { a.checked_add(b) };
            Some(Numbers::Scaled { values: zip(left, right, self.len(), add)?, per })
        });
        fast.unwrap_or_else(|| {
            self.each(other, failing, |a, b| if minus { a.checked_sub(b) } else { a.checked_add(b) })
        })
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Numbers, failing: Failing<'_>) -> Numbers {
        if let Numbers::Same(factor, _) = other
            && let Some(product) = self.times_constant(factor)
        {
            return product;
        }
        if let Numbers::Same(factor, _) = self
            && let Some(product) = other.times_constant(factor)
        {
            return product;
        }
        if let (Numbers::Scaled { values: a, per: p }, Numbers::Scaled { values: b, per: q }) = (self, other)
            && let Some(per) = p.checked_mul(*q)
            && let Some(values) = zip(Side::Each(a, 1), Side::Each(b, 1), a.len(), i64::checked_mul)
        {
            return Numbers::Scaled { values, per };
        }
        self.each(other, failing, Number::checked_mul)
    }

    /// The product with one number, where it stays on integers.
    fn times_constant(&self, factor: &Number) -> Option<Numbers> {
        let Numbers::Scaled { values, per } = self else { return None };
        let (numerator, denominator) = factor.small()?;
        let (numerator, denominator) = (i64::try_from(numerator).ok()?, i64::try_from(denominator).ok()?);
        let divisor = numerator.gcd(per).max(1);
        let (numerator, reduced) = (numerator / divisor, per / divisor);
        let per = reduced.checked_mul(denominator)?;
        let values = values.iter().map(|value| value.checked_mul(numerator)).collect::<Option<Vec<i64>>>()?;
        Some(Numbers::Scaled { values, per })
    }

    /// The quotient.
    #[must_use]
    pub fn over(&self, other: &Numbers, failing: Failing<'_>) -> Numbers {
        if let Numbers::Same(divisor, _) = other
            && let Ok(factor) = Number::ONE.checked_div(divisor)
            && let Some(quotient) = self.times_constant(&factor)
        {
            return quotient;
        }
        self.each(other, failing, Number::checked_div)
    }

    /// An operation row by row on rationals; where it has no value, the row is zero and fails.
    #[must_use]
    pub fn each(
        &self,
        other: &Numbers,
        failing: Failing<'_>,
        operation: impl Fn(&Number, &Number) -> Result<Number, NotExact>,
    ) -> Numbers {
        if let (Numbers::Same(a, count), Numbers::Same(b, _)) = (self, other) {
            return match operation(a, b) {
                Ok(value) => Numbers::Same(value, *count),
                Err(error) => {
                    rows(*count).for_each(|row| failing(row, error));
                    Numbers::Same(Number::ZERO, *count)
                }
            };
        }
        let values = rows(self.len()).map(|row| match operation(&self.get(row), &other.get(row)) {
            Ok(value) => value,
            Err(error) => {
                failing(row, error);
                Number::ZERO
            }
        });
        Numbers::Exact(values.collect()).narrow()
    }

    /// A change of every value that always has a value.
    #[must_use]
    pub fn map(&self, change: impl Fn(&Number) -> Number) -> Numbers {
        match self {
            Numbers::Same(value, count) => Numbers::Same(change(value), *count),
            _ => Numbers::Exact(rows(self.len()).map(|row| change(&self.get(row))).collect()).narrow(),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(&self) -> Numbers {
        if let Numbers::Scaled { values, per } = self
            && let Some(values) = values.iter().map(|value| value.checked_neg()).collect::<Option<Vec<i64>>>()
        {
            return Numbers::Scaled { values, per: *per };
        }
        self.map(Number::negated)
    }

    /// Whether the column is whole fen, as integers, and no amount is too large.
    pub fn is_small_money(&self) -> bool {
        let most = i64::try_from(TOO_LARGE).unwrap_or(i64::MAX);
        // Without an end at the first that is too large several are looked at together.
        matches!(self, Numbers::Scaled { values, per: 100 }
            if values.iter().fold(true, |small, value| small & (-most < *value) & (*value < most)))
    }

    /// The nearest multiples of a unit above zero.
    #[must_use]
    pub fn rounded(&self, unit: &Number, mode: Mode, failing: Failing<'_>) -> Numbers {
        if let Numbers::Scaled { values, per } = self
            && let Some(rounded) = rounded_integers(values, *per, unit, mode)
        {
            return rounded;
        }
        let unit = Numbers::Same(unit.clone(), self.len());
        self.each(&unit, failing, |value, unit| value.nearest_multiple(unit, mode))
    }

    /// How the values of two rows compare.
    pub fn order(&self, a: Row, b: Row) -> Ordering {
        match self {
            Numbers::Same(..) => Ordering::Equal,
            Numbers::Scaled { values, .. } => at(values, a).cmp(at(values, b)),
            Numbers::Exact(values) => at(values, a).cmp(at(values, b)),
        }
    }

    /// Whether a comparison holds, row by row.
    pub fn compare(&self, comparison: Comparison, other: &Numbers) -> Vec<bool> {
        if let Some((left, per)) = self.common(other)
            && let Some(right) = other.side(per)
        {
            return rows(self.len()).map(|row| comparison.holds(left.wide(row).cmp(&right.wide(row)))).collect();
        }
        rows(self.len()).map(|row| comparison.holds(self.get(row).cmp(&other.get(row)))).collect()
    }

    /// Columns one after the other.
    pub fn chain<'a>(columns: impl Iterator<Item = &'a Numbers> + Clone) -> Numbers {
        let per = columns.clone().try_fold(1, |per, column| lcm(per, column.per()?).filter(|per| *per <= MOST_PER));
        let fast = per.and_then(|per| {
            let mut values = Vec::new();
            for column in columns.clone() {
                match column.side(per)? {
                    Side::Same(value) => values.extend(std::iter::repeat_n(value, column.len())),
                    Side::Each(own, factor) => {
                        for value in own {
                            values.push(value.checked_mul(factor)?);
                        }
                    }
                }
            }
            Some(Numbers::Scaled { values, per })
        });
        fast.unwrap_or_else(|| Numbers::Exact(columns.flat_map(Numbers::to_exact).collect()))
    }

    /// The sum of a column of money in whole fen.
    pub fn fen_sum(&self) -> Fen {
        match self {
            Numbers::Scaled { values, per: 100 } => values.iter().map(|value| Fen::from(*value)).sum(),
            _ => rows(self.len()).map(|row| self.fen(row)).sum(),
        }
    }

    /// Whole fen of a column of money.
    pub fn fen(&self, row: Row) -> Fen {
        match self {
            Numbers::Scaled { values, per: 100 } => Fen::from(*at(values, row)),
            _ => self.get(row).fen().unwrap_or_else(|| defect("money that is not whole fen")),
        }
    }
}
