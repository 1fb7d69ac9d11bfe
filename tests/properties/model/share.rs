//! The model's `share`: §3.2 point by point.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{Fault, FundRow, Gross, Hit, Met, World};
use crate::language::{Q, Share, Step, int, q, rounded};

/// A recipient after vetoes and rounding; recipients stand in the order of their ids.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub row: usize,
    pub weight: Q,
    pub floor: Q,
    pub cap: Option<Q>,
    pub tie_by: Vec<Q>,
}

impl Recipient {
    /// Its cap if its weight is positive (none: unbounded), else its floor.
    fn top(&self) -> Option<&Q> {
        if self.weight.is_positive() { self.cap.as_ref() } else { Some(&self.floor) }
    }

    fn clamped(&self, lambda: &Q) -> Q {
        let part = (lambda * &self.weight).max(self.floor.clone());
        self.top().map_or(part.clone(), |top| part.min(top.clone()))
    }
}

/// How an amount is divided.
#[derive(Clone, Debug)]
pub struct Verdict {
    pub parts: Vec<Q>,
    /// λ, and which recipients are free; none where every recipient has its top.
    pub lambda: Option<Q>,
    pub free: Vec<bool>,
}

/// Points 3 and 4: an amount, already a multiple of `to`, among recipients.
pub fn divide(amount: &Q, to: &Q, recipients: &[Recipient]) -> Result<Verdict, &'static str> {
    let floors = recipients.iter().fold(Q::zero(), |sum, it| sum + &it.floor);
    if floors > *amount {
        return Err("floors_exceed_amount");
    }
    let tops: Option<Q> = recipients.iter().try_fold(Q::zero(), |sum, it| Some(sum + it.top()?));
    if tops.is_some_and(|tops| tops <= *amount) {
        let parts = recipients.iter().map(|it| it.top().expect("a sum of tops").clone()).collect();
        return Ok(Verdict { parts, lambda: None, free: vec![false; recipients.len()] });
    }
    let lambda = lambda(amount, recipients);
    let is_free = |it: &Recipient| {
        let part = &lambda * &it.weight;
        part > it.floor && it.top().is_none_or(|top| part < *top)
    };
    let free: Vec<bool> = recipients.iter().map(is_free).collect();
    let mut parts: Vec<Q> = recipients.iter().map(|it| it.clamped(&lambda)).collect();
    largest_remainder(amount, to, recipients, &free, &mut parts);
    Ok(Verdict { parts, lambda: Some(lambda), free })
}

/// λ with Σ clamp(λ·wᵢ, floorᵢ, topᵢ) = amount: between the two neighbouring places where a clamp begins or ends to hold.
fn lambda(amount: &Q, recipients: &[Recipient]) -> Q {
    let weighty = || recipients.iter().filter(|it| it.weight.is_positive());
    let mut turns: Vec<Q> = weighty()
        .flat_map(|it| [Some(&it.floor / &it.weight), it.top().map(|top| top / &it.weight)])
        .flatten()
        .collect();
    turns.push(Q::zero());
    turns.sort();
    turns.dedup();
    let total = |lambda: &Q| recipients.iter().fold(Q::zero(), |sum, it| sum + it.clamped(lambda));
    // The sum never falls as λ grows, so the places at which it is still too small come first.
    let short = turns.partition_point(|lambda| total(lambda) < *amount);
    let Some(before) = short.checked_sub(1).map(|index| &turns[index]) else { return Q::zero() };
    let after = before + Q::one();
    let rises = match turns.get(short) {
        Some(after) => (total(after) - total(before)) / (after - before),
        None => total(&after) - total(before),
    };
    before + (amount - total(before)) / rises
}

/// Point 4, for the free recipients; `parts` holds what the others have.
fn largest_remainder(amount: &Q, to: &Q, recipients: &[Recipient], free: &[bool], parts: &mut [Q]) {
    let mut order: Vec<usize> = (0..recipients.len()).filter(|index| free[*index]).collect();
    let fixed = parts.iter().zip(free).filter(|(_, free)| !**free).fold(Q::zero(), |sum, (part, _)| sum + part);
    let units = (amount - fixed) / to;
    let weights = order.iter().fold(Q::zero(), |sum, index| sum + &recipients[*index].weight);
    let mut over = units.clone();
    let mut remainders = vec![Q::zero(); recipients.len()];
    for index in &order {
        let exact = &units * &recipients[*index].weight / &weights;
        parts[*index] = exact.floor() * to;
        over -= exact.floor();
        remainders[*index] = &exact - exact.floor();
    }
    order.sort_by(|a, b| {
        let ties = || recipients[*b].tie_by.cmp(&recipients[*a].tie_by);
        remainders[*b].cmp(&remainders[*a]).then_with(ties).then(Ordering::Equal)
    });
    let over = over.to_integer().to_usize().expect("fewer units than recipients");
    for index in order.into_iter().take(over) {
        parts[index] += to;
    }
}

impl World<'_> {
    pub fn share(&mut self, step: &Step, share: &Share) -> Vec<Fault> {
        let to = q(share.to.as_deref().unwrap_or("0.01"));
        let mut faults = Vec::new();
        let mut groups: BTreeMap<FundRow, Vec<Recipient>> = BTreeMap::new();
        for row in 0..self.rows[step.level].len() {
            match self.recipient(step, share, row, &to) {
                Ok(Some((fund, recipient))) => groups.entry(fund).or_default().push(recipient),
                Ok(None) => {}
                Err(code) => faults.push(Fault { level: step.level, row, code }),
            }
        }
        if !faults.is_empty() {
            return faults;
        }
        let nothing = |_| Ok(Gross { value: Q::zero(), fund: None, takes_part: false });
        let mut gross: Vec<Met<Gross>> = (0..self.rows[step.level].len()).map(nothing).collect();
        for (fund, recipients) in groups {
            match self.divided(share, &fund, &recipients, &to) {
                Ok((amount, verdict)) => {
                    let given = verdict.parts.iter().fold(Q::zero(), |sum, part| sum + part);
                    if given < amount && recipients.iter().all(|it| it.weight.is_zero()) {
                        let id = self.rows[fund.0][fund.2].id.clone();
                        self.warnings.insert(("share_not_absorbed".to_owned(), step.name.clone(), id));
                    }
                    for (recipient, value) in recipients.iter().zip(verdict.parts) {
                        let fits = value < q("1000000000000000");
                        let part = Gross { value, fund: Some(fund.clone()), takes_part: true };
                        gross[recipient.row] = if fits { Ok(part) } else { Err("money_too_large") };
                    }
                }
                Err(code) => faults.push(Fault { level: fund.0, row: fund.2, code }),
            }
        }
        if faults.is_empty() { self.settle(step, gross) } else { faults }
    }

    fn divided(&self, share: &Share, fund: &FundRow, recipients: &[Recipient], to: &Q) -> Met<(Q, Verdict)> {
        let (level, name, row) = fund;
        let left = self.left(*level, name, *row);
        let amount = share.amount.as_ref().map_or(Ok(left.clone()), |amount| self.at(*level, *row).number(amount))?;
        if amount.is_negative() {
            return Err("negative_amount");
        }
        let amount = rounded(&amount, to, "down");
        if amount > left {
            return Err("fund_overdrawn");
        }
        divide(&amount, to, recipients).map(|verdict| (amount, verdict))
    }

    /// Where, fund, weight, floor, cap, tie_by.
    fn recipient(&self, step: &Step, share: &Share, row: usize, to: &Q) -> Met<Option<(FundRow, Recipient)>> {
        let at = self.at(step.level, row);
        if !at.holds(&share.only)? {
            return Ok(None);
        }
        let Some(fund) = self.fund(step.level, row, &share.from) else { return Ok(None) };
        let weight = at.number(&share.weight)?;
        if weight.is_negative() {
            return Err("negative_weight");
        }
        let floor = share.floor.as_ref().map_or(Ok(Q::zero()), |floor| at.number(floor))?;
        if floor.is_negative() {
            return Err("bad_limit");
        }
        let cap = match share.cap.as_ref().map(|cap| at.eval(cap)).transpose()? {
            Some(crate::language::Value::Num(cap)) => Some(cap),
            _ => None,
        };
        if cap.as_ref().is_some_and(Signed::is_negative) {
            return Err("bad_limit");
        }
        if cap.as_ref().is_some_and(|cap| floor > *cap) {
            return Err("floor_above_cap");
        }
        let tie_by = share.tie_by.iter().map(|tie| at.number(tie)).collect::<Met<Vec<Q>>>()?;
        let keeps = match self.hit(step.level, &step.name, row) {
            Some(Hit { portion, to: None, .. }) => int(1) - portion,
            _ => int(1),
        };
        let cap = cap.map(|cap| rounded(&(cap * &keeps), to, "down"));
        let floor = rounded(&(floor * &keeps), to, "up");
        let floor = cap.as_ref().map_or(floor.clone(), |cap| floor.min(cap.clone()));
        Ok(Some((fund, Recipient { row, weight: weight * keeps, floor, cap, tie_by })))
    }
}
