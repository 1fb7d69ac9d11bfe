//! Shares (`plan-language.md` §3.2): an amount of a fund divided in proportion to a weight, so that the parts sum to it.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;

use super::calculation::{Calculation, Prevailing};
use super::frame::{Failures, Frame};
use super::numbers::Numbers;
use super::outcome::Warning;
use super::vector::Vector;
use crate::exact::{
    Apportionment, Claim, Division, Fen, FloorsExceed, Mode, Number, Row, TOO_LARGE, apportion, at, defect, fits, put,
    rows,
};
use crate::plan::{Code, Detail, Expr, Faults, Share};

/// More fen than any fund holds, and far from the ends of the type.
const MOST_ASKED: Fen = 1_000_000_000_000_000_000_000_000_000_000_000_000;

/// The recipients of a share with what they ask for, position by position.
pub struct Recipients {
    /// The rows, ascending.
    pub rows: Vec<Row>,
    /// The fund row of each.
    funds: Vec<Row>,
    /// Their weights after vetoes.
    weights: Numbers,
    /// In units.
    floors: Option<Vec<u128>>,
    /// In units; none where a recipient has no cap.
    caps: Option<Vec<Option<u128>>>,
    ties: Vec<Vector>,
    prevailing: Prevailing,
}

impl Recipients {
    /// The weight of a recipient after vetoes.
    pub fn weight(&self, position: Row) -> Number {
        self.weights.get(position)
    }

    /// The floor and the cap of a recipient after vetoes, in units.
    pub fn limits(&self, position: Row) -> (u128, Option<u128>) {
        let floor = self.floors.as_ref().map_or(0, |floors| *at(floors, position));
        (floor, self.caps.as_ref().and_then(|caps| *at(caps, position)))
    }

    /// Whether a recipient asks for the same as one of another division.
    pub fn asks_as(&self, position: Row, other: &Recipients, there: Row) -> bool {
        self.weight(position) == other.weight(there) && self.limits(position) == other.limits(there)
    }
}

/// A share as it was divided, kept where it is compared with another.
pub struct Shared {
    /// The step.
    pub step: usize,
    /// The unit in fen.
    pub unit: i64,
    /// Who received.
    pub recipients: Recipients,
    /// For each fund row that has any, the positions of its recipients.
    pub groups: Vec<(Row, Vec<Row>)>,
    /// For each of them the amount, in units.
    pub amounts: Vec<u128>,
    /// What each recipient got, in units, before vetoes withheld.
    pub parts: Vec<u128>,
}

impl Calculation<'_> {
    /// Computes the column of a share step.
    pub fn share(&mut self, number: usize, own: (usize, usize), step: &Share, faults: &mut Faults) {
        let (level, column) = own;
        let Some(recipients) = self.recipients(number, own, step, faults) else { return };
        let groups = grouped(&recipients.funds, self.state.count(step.fund.level));
        let fund_rows: Vec<Row> = groups.iter().map(|(row, _)| *row).collect();
        let amounts = self.amounts(number, step, &fund_rows, faults);
        let mut units: Vec<u128> = vec![0; recipients.rows.len()];
        // Only what is paid is supposed to be rounded by itself: funds below hold what they were really given.
        let pays = self.state.plan.document.steps.get(number).is_some_and(|step| step.action.pay().is_some());
        let mut each = (self.supposed.rounded_each && pays).then(|| units.clone());
        for ((fund_row, members), amount) in groups.iter().zip(&amounts) {
            // A fund row whose amount cannot be taken has its fault.
            let Some(amount) = *amount else { continue };
            if let Some(each) = &mut each
                && let Ok(shared) = divided(&recipients, members, amount, Division::RoundedEach)
            {
                members.iter().zip(shared.parts).for_each(|(member, part)| *put(each, *member) = part);
            }
            match divided(&recipients, members, amount, Division::LargestRemainder) {
                Ok(shared) => {
                    let nobody = members.iter().all(|member| recipients.weights.get(*member).is_zero());
                    if shared.left > 0 && nobody {
                        let (step, level) = (number, step.fund.level);
                        self.warnings.push(Warning::ShareNotAbsorbed { step, level, row: *fund_row });
                    }
                    members.iter().zip(shared.parts).for_each(|(member, part)| *put(&mut units, *member) = part);
                }
                Err(FloorsExceed { floors }) => {
                    let yuan = Number::ratio(i128::from(step.unit), 100);
                    let text = |units: u128| Number::whole(units).checked_mul(&yuan).map(|yuan| yuan.text());
                    let fault = self.fault(Code::FloorsExceedAmount, step.fund.level, *fund_row, number);
                    faults.add(match (text(floors), text(amount)) {
                        (Ok(floors), Ok(amount)) => fault.got(floors).wanted(format!("≤ {amount}")),
                        _ => fault,
                    });
                }
            }
        }
        if !faults.is_empty() {
            return;
        }
        let Some(fen) = in_fen(&units, step.unit) else {
            return self.too_large(number, level, step.unit, &recipients.rows, &units, faults);
        };
        let fund_rows: Vec<Option<Row>> = recipients.funds.iter().map(|row| Some(*row)).collect();
        let mut kept = self.draw(number, step.fund, &recipients.rows, &fund_rows, fen, &recipients.prevailing);
        if let Some(each) = each.and_then(|each| in_fen(&each, step.unit)) {
            kept = recipients
                .rows
                .iter()
                .zip(each)
                .map(|(row, fen)| fen - self.aside(*row, fen, &recipients.prevailing))
                .collect();
        }
        self.acted(&recipients.prevailing, |row| recipients.rows.binary_search(&row).is_ok());
        let mut values: Vec<Fen> = vec![0; self.state.count(level)];
        recipients.rows.iter().zip(kept).for_each(|(row, fen)| *put(&mut values, *row) = fen);
        self.state.add(level, column, Numbers::money(&values).into());
        if self.supposed.shares_kept {
            let amounts = amounts.into_iter().flatten().collect();
            self.shares.push(Shared { step: number, unit: step.unit, recipients, groups, amounts, parts: units });
        }
    }

    /// Faults of the recipients who would get money too large.
    fn too_large(
        &self,
        number: usize,
        level: usize,
        unit: i64,
        recipients: &[Row],
        units: &[u128],
        faults: &mut Faults,
    ) {
        let most = TOO_LARGE.unsigned_abs().div_ceil(u128::from(unit.unsigned_abs()));
        for (row, _) in recipients.iter().zip(units).filter(|(_, units)| **units >= most) {
            faults.add(self.fault(Code::MoneyTooLarge, level, *row, number));
        }
    }

    /// The rows that receive, with their weights, floors and caps after vetoes. None where a row failed.
    fn recipients(
        &mut self,
        number: usize,
        own: (usize, usize),
        step: &Share,
        faults: &mut Faults,
    ) -> Option<Recipients> {
        let (level, column) = own;
        let failures = Failures::default();
        let all = || rows(self.state.count(level)).collect();
        let candidates: Vec<Row> = self.where_true(level, step.condition.as_ref(), &failures).unwrap_or_else(all);
        let reached = self.fund_rows(level, &candidates, step.fund);
        let found = candidates.iter().zip(&reached).filter_map(|(row, fund)| Some((*row, (*fund)?)));
        let (recipients, funds): (Vec<Row>, Vec<Row>) = found.unzip();
        let frame = Frame::some(level, recipients.clone(), &failures);
        let weights = self.state.needed(&frame, &step.weight).into_owned();
        not_negative(&frame, &weights, Code::NegativeWeight);
        let floors = step.floor.as_ref().map(|floor| self.limit(&frame, floor, true));
        let caps = step.cap.as_ref().map(|cap| self.limit(&frame, cap, false));
        if let (Some(floors), Some(caps)) = (&floors, &caps) {
            floors_above_caps(&frame, floors, caps);
        }
        let ties = step.tie_by.iter().map(|tie| self.state.needed(&frame, tie).into_owned()).collect();
        if self.failed(&failures, level, number, faults) {
            return None;
        }
        let prevailing = self.prevailing(level, column);
        let kept = self.kept(&recipients, &prevailing);
        let failing = &mut |position, error| frame.fail_exact(position, error);
        let mut forgo = |vector: Vector| match &kept {
            Some(kept) => {
                Vector { values: super::vector::Values::Numbers(vector.numbers().times(kept, failing)), ..vector }
            }
            None => vector,
        };
        let (weights, floors, caps) = (forgo(weights), floors.map(&mut forgo), caps.map(&mut forgo));
        if self.failed(&failures, level, number, faults) {
            return None;
        }
        let caps = caps.map(|caps| {
            let units = in_units(caps.numbers(), step.unit, Mode::Down);
            rows(units.len()).zip(units).map(|(row, units)| (!caps.is_blank(row)).then_some(units)).collect::<Vec<_>>()
        });
        let floors = floors.map(|floors| {
            let mut floors = in_units(floors.numbers(), step.unit, Mode::Up);
            // A floor that rounding has lifted above its cap is lowered to it.
            for (floor, cap) in floors.iter_mut().zip(caps.iter().flatten()) {
                *floor = cap.map_or(*floor, |cap| cap.min(*floor));
            }
            floors
        });
        let weights = weights.numbers().clone();
        Some(Recipients { rows: recipients, funds, weights, floors, caps, ties, prevailing })
    }

    /// A floor (which must be known) or a cap (which may be blank), neither negative.
    fn limit(&self, frame: &Frame<'_>, expr: &Expr, floor: bool) -> Vector {
        let value = if floor { self.state.needed(frame, expr) } else { self.state.value(frame, expr) }.into_owned();
        not_negative(frame, &value, Code::BadLimit);
        value
    }

    /// For each fund row with recipients the amount in units; none where it cannot be taken.
    pub(super) fn amounts(
        &self,
        number: usize,
        step: &Share,
        fund_rows: &[Row],
        faults: &mut Faults,
    ) -> Vec<Option<u128>> {
        let level = step.fund.level;
        let left = self.state.funds.left(level, step.fund.column).unwrap_or_else(|| defect("a share of no fund"));
        let failures = Failures::default();
        let frame = Frame::some(level, fund_rows.to_vec(), &failures);
        let amounts = match &step.amount {
            Some(amount) => self.state.needed(&frame, amount).numbers().clone(),
            None => {
                let fund = self.state.column(level, step.fund.column);
                frame.need(&fund.gather(fund_rows));
                Numbers::money(&fund_rows.iter().map(|row| *at(left, *row)).collect::<Vec<Fen>>())
            }
        };
        let per_unit = Number::ratio(100, i128::from(step.unit));
        let mut units = Vec::with_capacity(fund_rows.len());
        for (position, row) in rows(fund_rows.len()).zip(fund_rows) {
            let amount = amounts.get(position);
            if amount.is_negative() {
                frame.fail_with(position, Code::NegativeAmount, || vec![Detail::Got(amount.text())]);
            }
            // What is more than any fund holds is that, by however much.
            let most = MOST_ASKED / Fen::from(step.unit);
            let whole = amount.times_whole(&per_unit, Mode::Down).to_i128().map_or(most, |whole| whole.min(most));
            let over = whole * Fen::from(step.unit) - *at(left, *row);
            let sound = !failures.has(*row);
            if over > 0 && sound {
                faults.add(self.short(number, step.fund, *row, over));
            }
            units.push(u128::try_from(whole).ok().filter(|_| sound && over <= 0));
        }
        self.failed(&failures, level, number, faults);
        units
    }
}

/// Units as fen; none where one is too large.
fn in_fen(units: &[u128], unit: i64) -> Option<Vec<Fen>> {
    let fen = |units: &u128| Fen::try_from(*units).ok()?.checked_mul(Fen::from(unit)).filter(|fen| *fen < TOO_LARGE);
    units.iter().map(fen).collect()
}

fn not_negative(frame: &Frame<'_>, value: &Vector, code: Code) {
    let numbers = value.numbers();
    if let Numbers::Scaled { values, .. } = numbers
        && values.iter().all(|value| *value >= 0)
    {
        return;
    }
    for position in rows(numbers.len()).filter(|position| !value.is_blank(*position)) {
        let number = numbers.get(position);
        if number.is_negative() {
            frame.fail_with(position, code, || vec![Detail::Got(number.text())]);
        }
    }
}

fn floors_above_caps(frame: &Frame<'_>, floors: &Vector, caps: &Vector) {
    let above = floors.numbers().compare(crate::plan::Comparison::Greater, caps.numbers());
    for (position, _) in rows(above.len()).zip(&above).filter(|(_, above)| **above) {
        if !caps.is_blank(position) {
            let (floor, cap) = (floors.numbers().get(position).text(), caps.numbers().get(position).text());
            frame.fail_with(position, Code::FloorAboveCap, || vec![Detail::Got(format!("{floor} > {cap}"))]);
        }
    }
}

/// Yuan as whole units; what does not fit is more than any fund holds.
fn in_units(numbers: &Numbers, unit: i64, mode: Mode) -> Vec<u128> {
    let per_unit = Number::ratio(100, i128::from(unit));
    let fast = match numbers {
        Numbers::Scaled { values, per } => per_unit.small().and_then(|(top, bottom)| {
            let divisor = i128::from(*per).checked_mul(bottom)?;
            let one = |value: &i64| mode.whole(i128::from(*value).checked_mul(top)?, divisor);
            values.iter().map(|value| u128::try_from(one(value)?).ok()).collect::<Option<Vec<u128>>>()
        }),
        _ => None,
    };
    let slow = || {
        let one =
            |row| numbers.get(row).times_whole(&per_unit, mode).to_i128().and_then(|units| u128::try_from(units).ok());
        rows(numbers.len()).map(|row| one(row).unwrap_or(u128::MAX)).collect()
    };
    fast.unwrap_or_else(slow)
}

/// The positions of each fund row that has any, in the order of rows.
fn grouped(funds: &[Row], count: usize) -> Vec<(Row, Vec<Row>)> {
    let mut sizes: Vec<usize> = vec![0; count];
    funds.iter().for_each(|row| *put(&mut sizes, *row) += 1);
    let mut members: Vec<Vec<Row>> = sizes.iter().map(|size| Vec::with_capacity(*size)).collect();
    rows(funds.len()).zip(funds).for_each(|(position, row)| put(&mut members, *row).push(position));
    rows(count).zip(members).filter(|(_, members)| !members.is_empty()).collect()
}

fn divided(
    recipients: &Recipients,
    members: &[Row],
    amount: u128,
    division: Division,
) -> Result<Apportionment, FloorsExceed> {
    let member = |index: usize| members.get(index).copied().unwrap_or_else(|| defect("a recipient outside its fund"));
    let tie = |a: usize, b: usize| {
        let (a, b) = (member(a), member(b));
        recipients.ties.iter().map(|tie| tie.order(b, a)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let floor = |member: Row| recipients.floors.as_ref().map_or(0, |floors| *at(floors, member));
    let cap = |member: Row| recipients.caps.as_ref().and_then(|caps| *at(caps, member));
    let small: Option<Vec<u128>> = match &recipients.weights {
        Numbers::Scaled { values, .. } => {
            members.iter().map(|member| u128::try_from(*at(values, *member)).ok()).collect()
        }
        Numbers::Same(weight, _) => Some(vec![u128::from(!weight.is_zero()); members.len()]),
        Numbers::Exact(_) => None,
    };
    let weights = small.filter(|weights| fits(amount, weights.iter().sum()));
    let Some(weights) = weights else {
        let weights = big_weights(&recipients.weights, members);
        let claim = |(weight, member): (BigUint, &Row)| Claim { weight, floor: floor(*member), cap: cap(*member) };
        let claims: Vec<Claim<BigUint>> = weights.into_iter().zip(members).map(claim).collect();
        return apportion(amount, &claims, &tie, division);
    };
    let claim = |(weight, member): (u128, &Row)| Claim { weight, floor: floor(*member), cap: cap(*member) };
    let claims: Vec<Claim<u128>> = weights.into_iter().zip(members).map(claim).collect();
    apportion(amount, &claims, &tie, division)
}

/// Weights over their common denominator.
fn big_weights(weights: &Numbers, members: &[Row]) -> Vec<BigUint> {
    let exact: Vec<_> = members.iter().map(|member| weights.get(*member).to_big()).collect();
    let common = common_denominator(exact.iter().map(|weight| weight.denom().clone()).collect());
    exact
        .iter()
        .map(|weight| {
            (weight.numer() * (&common / weight.denom())).to_biguint().unwrap_or_else(|| defect("a weight below zero"))
        })
        .collect()
}

/// The least common multiple, pair by pair, so that large ones are made only at the end.
fn common_denominator(mut denominators: Vec<BigInt>) -> BigInt {
    denominators.sort_unstable();
    denominators.dedup();
    while denominators.len() > 1 {
        let pair = |pair: &[BigInt]| match pair {
            [one, other] => one.lcm(other),
            _ => pair.first().cloned().unwrap_or_else(|| BigInt::from(1u8)),
        };
        denominators = denominators.chunks(2).map(pair).collect();
    }
    denominators.pop().unwrap_or_else(|| BigInt::from(1u8))
}
