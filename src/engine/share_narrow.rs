//! Shares on 64-bit integers: no floors, no tie-breakers, whole vetoes, recipients below their fund. All others, and all
//! that do not fit or fail, go the general way ([`super::share`]); the parts are the same.

use super::calculation::{Calculation, Prevailing};
use super::frame::{Failures, Frame};
use super::numbers::Numbers;
use super::outcome::Warning;
use super::vector::Vector;
use crate::exact::{
    Claim, Division, Fen, Number, Remainders, Row, TOO_LARGE, apportion, at, divide_narrow, fits, place, put, rows,
};
use crate::plan::{Faults, Reach, Share};

/// The recipients of a share, those of one fund row next to each other.
struct Groups {
    /// The fund rows that have any, each with where its recipients begin and end.
    of: Vec<(Row, usize, usize)>,
    /// The position of each recipient; none where they stand as they are.
    order: Option<Vec<Row>>,
    weights: Vec<u64>,
    /// In units.
    caps: Option<Vec<u64>>,
}

impl Calculation<'_> {
    /// Computes the column of a share step on integers. None where this is not the way: then nothing has happened.
    pub(super) fn share_narrow(
        &mut self,
        number: usize,
        own: (usize, usize),
        step: &Share,
        faults: &mut Faults,
    ) -> Option<()> {
        let general = self.supposed.plainly || self.supposed.shares_kept || self.supposed.rounded_each;
        let is_via = matches!(step.fund.reach, Reach::Via(_));
        if general || is_via || step.floor.is_some() || !step.tie_by.is_empty() {
            return None;
        }
        let (level, column) = own;
        let prevailing = self.prevailing(level, column);
        let failures = Failures::default();
        let chosen = self.where_true(level, step.condition.as_ref(), &failures);
        let groups = self.groups(level, step, chosen.as_deref(), &prevailing, &failures)?;
        let fund_rows: Vec<Row> = groups.of.iter().map(|(row, _, _)| *row).collect();
        let amounts = self.amounts(number, step, &fund_rows, faults);
        if !faults.is_empty() {
            return Some(());
        }
        let mut warnings = Vec::new();
        let mut parts = vec![0_u64; groups.weights.len()];
        let mut room = Remainders::default();
        let mut drawn = Vec::with_capacity(fund_rows.len());
        for ((fund_row, begin, end), amount) in groups.of.iter().zip(amounts) {
            let amount = u64::try_from(amount?).ok()?;
            let fen = Fen::from(amount).checked_mul(Fen::from(step.unit)).filter(|fen| *fen < TOO_LARGE)?;
            let weights = groups.weights.get(*begin..*end)?;
            let caps = groups.caps.as_ref().and_then(|caps| caps.get(*begin..*end));
            let left = divided(amount, weights, caps, parts.get_mut(*begin..*end)?, &mut room)?;
            if left > 0 && weights.iter().all(|weight| *weight == 0) {
                let (step, level) = (number, step.fund.level);
                warnings.push(Warning::ShareNotAbsorbed { step, level, row: *fund_row });
            }
            drawn.push((*fund_row, fen - Fen::from(left) * Fen::from(step.unit)));
        }
        self.state.funds.book_mut(step.fund.level, step.fund.column)?.draw(number, drawn);
        self.warnings.extend(warnings);
        self.acted(&prevailing, |row| chosen.as_ref().is_none_or(|chosen| chosen.binary_search(&row).is_ok()));
        let fen = |part: u64| i64::try_from(part).ok()?.checked_mul(step.unit);
        let parts = parts.into_iter().map(fen).collect::<Option<Vec<i64>>>()?;
        let values = spread(parts, groups.order, chosen.as_deref(), self.state.count(level));
        self.state.note_program();
        self.state.add(level, column, Numbers::Scaled { values, per: 100 }.into());
        Some(())
    }

    /// Who receives, with whole weights and caps.
    fn groups(
        &self,
        level: usize,
        step: &Share,
        chosen: Option<&[Row]>,
        prevailing: &Prevailing,
        failures: &Failures,
    ) -> Option<Groups> {
        let frame = match chosen {
            Some(chosen) => Frame::some(level, chosen.to_vec(), failures),
            None => Frame::all(level, self.state.count(level), failures),
        };
        let mut weights = whole(&self.state.needed(&frame, &step.weight), 1, 1)?;
        // Weights keep their denominator, which falls out; caps are units, rounded down.
        let mut caps = match &step.cap {
            Some(cap) => Some(whole(&self.state.value(&frame, cap), 100, step.unit)?),
            None => None,
        };
        if !failures.is_empty() {
            return None;
        }
        for (row, (veto, portion)) in prevailing {
            if self.withholds(*veto) || *portion != Number::ONE {
                return None;
            }
            let position = match chosen {
                Some(chosen) => chosen.binary_search(row).ok(),
                None => Some(place(*row)),
            };
            if let Some(position) = position {
                *weights.get_mut(position)? = 0;
                if let Some(caps) = &mut caps {
                    *caps.get_mut(position)? = 0;
                }
            }
        }
        let ancestors = self.state.ancestors(level, step.fund.level);
        let gathered: Option<Vec<Row>> = chosen.map(|chosen| chosen.iter().map(|row| *at(ancestors, *row)).collect());
        let funds = gathered.as_deref().unwrap_or(ancestors);
        let mut sizes: Vec<usize> = vec![0; self.state.count(step.fund.level)];
        funds.iter().for_each(|row| *put(&mut sizes, *row) += 1);
        let (mut of, mut begin) = (Vec::new(), 0);
        for (row, size) in rows(sizes.len()).zip(&mut sizes) {
            let end = begin + *size;
            if *size > 0 {
                of.push((row, begin, end));
            }
            *size = begin;
            begin = end;
        }
        if funds.is_sorted() {
            return Some(Groups { of, order: None, weights, caps });
        }
        let mut order: Vec<Row> = vec![0; funds.len()];
        for (position, row) in rows(funds.len()).zip(funds) {
            let next = put(&mut sizes, *row);
            *order.get_mut(*next)? = position;
            *next += 1;
        }
        let pick = |values: Vec<u64>| order.iter().map(|position| *at(&values, *position)).collect();
        let (weights, caps) = (pick(weights), caps.map(pick));
        Some(Groups { of, weights, caps, order: Some(order) })
    }
}

/// Numbers as `value × times / (per × unit)` rounded down, where none is below zero or blank and all fit; weights
/// (`times` 1) as their numerators.
fn whole(vector: &Vector, times: i64, unit: i64) -> Option<Vec<u64>> {
    let (values, per) = vector.numbers().scaled().filter(|_| vector.blank.is_none())?;
    if times == 1 {
        return values.iter().map(|value| u64::try_from(*value).ok()).collect();
    }
    let (times, divisor) = if times % per == 0 { (times / per, unit) } else { (times, per.checked_mul(unit)?) };
    let one = |value: &i64| u64::try_from(value.checked_mul(times)? / divisor).ok().filter(|_| *value >= 0);
    match divisor {
        1 => values.iter().map(|value| u64::try_from(value.checked_mul(times)?).ok()).collect(),
        _ => values.iter().map(one).collect(),
    }
}

/// Divides an amount among one group; what is left of it.
fn divided(
    amount: u64,
    weights: &[u64],
    caps: Option<&[u64]>,
    parts: &mut [u64],
    room: &mut Remainders,
) -> Option<u64> {
    let Some(caps) = caps else {
        if weights.iter().all(|weight| *weight == 0) {
            return Some(amount);
        }
        divide_narrow(amount, weights, parts, room)?;
        return Some(0);
    };
    let mut tops = 0_u64;
    for ((part, weight), cap) in parts.iter_mut().zip(weights).zip(caps) {
        *part = if *weight == 0 { 0 } else { *cap };
        tops = tops.saturating_add(*part);
    }
    if tops <= amount {
        return Some(amount - tops);
    }
    let weight = |weight: &u64| u128::from(*weight);
    if !fits(u128::from(amount), weights.iter().map(weight).sum()) {
        return None;
    }
    let claim = |(one, cap): (&u64, &u64)| Claim { weight: weight(one), floor: 0, cap: Some(u128::from(*cap)) };
    let claims: Vec<Claim<u128>> = weights.iter().zip(caps).map(claim).collect();
    let tie = |_, _| std::cmp::Ordering::Equal;
    let shared = apportion(u128::from(amount), &claims, &tie, Division::LargestRemainder).ok()?;
    for (part, shared) in parts.iter_mut().zip(shared.parts) {
        *part = u64::try_from(shared).ok()?;
    }
    u64::try_from(shared.left).ok()
}

/// The column of all rows from the parts of the recipients.
fn spread(parts: Vec<i64>, order: Option<Vec<Row>>, chosen: Option<&[Row]>, count: usize) -> Vec<i64> {
    if order.is_none() && chosen.is_none() {
        return parts;
    }
    let mut values = vec![0; count];
    for (index, part) in rows(parts.len()).zip(parts) {
        let position = order.as_ref().map_or(index, |order| *at(order, index));
        *put(&mut values, chosen.map_or(position, |chosen| *at(chosen, position))) = part;
    }
    values
}
