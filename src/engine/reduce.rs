//! What an aggregate makes of the values of each position: sum, average, largest, smallest, count.

use std::cmp::Ordering;

use super::aggregate::Chosen;
use super::frame::Frame;
use super::numbers::Numbers;
use super::vector::{Values, Vector};
use crate::exact::{NotExact, Number, Row, at, average, put, rows, sum};
use crate::plan::AggregateFunction;

/// One value for each position of the frame.
pub(super) fn reduce(frame: &Frame<'_>, function: AggregateFunction, chosen: Chosen) -> Vector {
    let mut counts: Vec<i64> = vec![0; frame.len()];
    chosen.positions.iter().for_each(|position| *put(&mut counts, *position) += 1);
    let nothing = Numbers::Same(Number::ZERO, chosen.positions.len());
    let values = chosen.values.as_ref().map_or(&nothing, Vector::numbers);
    match function {
        AggregateFunction::Count => Numbers::Scaled { values: counts, per: 1 }.into(),
        AggregateFunction::Sum => match scaled_sums(frame.len(), &chosen.positions, values) {
            Some(sums) => sums.into(),
            None => exact(frame, &chosen.positions, values, sum).into(),
        },
        AggregateFunction::Average => match scaled_sums(frame.len(), &chosen.positions, values) {
            Some(sums) => {
                let divisors = counts.iter().map(|count| (*count).max(1)).collect();
                let divisors = Numbers::Scaled { values: divisors, per: 1 };
                let failing = &mut |position, error| frame.fail_exact(position, error);
                blank_where_none(sums.over(&divisors, failing), &counts)
            }
            None => blank_where_none(exact(frame, &chosen.positions, values, average), &counts),
        },
        AggregateFunction::Largest => extreme(frame.len(), &chosen.positions, values, Ordering::Greater, &counts),
        AggregateFunction::Smallest => extreme(frame.len(), &chosen.positions, values, Ordering::Less, &counts),
    }
}

fn blank_where_none(numbers: Numbers, counts: &[i64]) -> Vector {
    let blank = counts.contains(&0).then(|| counts.iter().map(|count| *count == 0).collect());
    Vector { values: Values::Numbers(numbers), blank }
}

/// Sums of integers over a common denominator.
fn scaled_sums(count: usize, positions: &[Row], values: &Numbers) -> Option<Numbers> {
    let (values, per) = values.scaled()?;
    // Sums of 64-bit numbers over fewer than 2³² rows fit 128 bits.
    let mut totals: Vec<i128> = vec![0; count];
    positions
        .iter()
        .zip(values.iter())
        .for_each(|(position, value)| *put(&mut totals, *position) += i128::from(*value));
    let narrow: Option<Vec<i64>> = totals.iter().map(|total| i64::try_from(*total).ok()).collect();
    Some(match narrow {
        Some(values) => Numbers::Scaled { values, per },
        None => Numbers::Exact(totals.iter().map(|total| Number::ratio(*total, i128::from(per))).collect()),
    })
}

/// Sums or averages of rationals.
fn exact(
    frame: &Frame<'_>,
    positions: &[Row],
    values: &Numbers,
    combine: impl Fn(&[Number]) -> Result<Number, NotExact>,
) -> Numbers {
    let mut parts: Vec<Vec<Number>> = vec![Vec::new(); frame.len()];
    rows(positions.len()).for_each(|index| put(&mut parts, *at(positions, index)).push(values.get(index)));
    let combined = |(position, parts): (Row, &Vec<Number>)| {
        combine(parts).unwrap_or_else(|error| {
            frame.fail_exact(position, error);
            Number::ZERO
        })
    };
    Numbers::Exact(rows(parts.len()).zip(&parts).map(combined).collect()).narrow()
}

fn extreme(count: usize, positions: &[Row], values: &Numbers, wanted: Ordering, counts: &[i64]) -> Vector {
    let mut best: Vec<Option<Row>> = vec![None; count];
    for (index, position) in rows(positions.len()).zip(positions) {
        let best = put(&mut best, *position);
        if best.is_none_or(|known| values.order(index, known) == wanted) {
            *best = Some(index);
        }
    }
    if values.is_empty() {
        return blank_where_none(Numbers::Same(Number::ZERO, count), counts);
    }
    let chosen: Vec<Row> = best.iter().map(|best| best.unwrap_or(0)).collect();
    blank_where_none(values.gather(&chosen), counts)
}
