//! A share again: who is held by a floor or a cap, and how the others divide the rest by the largest remainder. Written
//! from the rules (`plan-language.md` §3.2), apart from [`crate::exact::apportion`].

use std::cmp::Ordering;

use super::node::{Bound, Remainder, Scalar, Tie, Unexplained};
use crate::engine::share::Shared;
use crate::exact::{Mode, Number, Row};

/// One recipient of a fund row.
pub(super) struct Recipient {
    pub(super) row: Row,
    pub(super) weight: Number,
    /// In units.
    pub(super) floor: Number,
    /// In units; none: no cap.
    pub(super) cap: Option<Number>,
    pub(super) ties: Vec<Option<Scalar>>,
}

impl Recipient {
    /// The most it gets.
    fn top(&self) -> Option<&Number> {
        if self.weight.is_zero() { Some(&self.floor) } else { self.cap.as_ref() }
    }

    /// What it gets at a number of units per weight.
    fn at(&self, lambda: &Number) -> Result<Number, Unexplained> {
        let scaled = self.weight.checked_mul(lambda)?.max(self.floor.clone());
        Ok(self.top().map_or(scaled.clone(), |top| scaled.min(top.clone())))
    }
}

/// A fund row divided.
pub(super) struct Division {
    /// By row.
    pub(super) recipients: Vec<Recipient>,
    pub(super) units: Number,
    pub(super) weights: Number,
    pub(super) all_tops: bool,
    pub(super) lambda: Option<Number>,
    pub(super) held: (usize, Number),
    /// What holds each recipient, and what it got in units.
    pub(super) parts: Vec<(Bound, Number)>,
    /// The units that the free divide, the sum of their weights, and the units left over.
    free: (Number, Number, usize),
    /// The places of the free by their remainders, the largest first, and of each place its rank there.
    order: Vec<usize>,
    ranks: Vec<usize>,
}

impl Division {
    pub(super) fn new(units: Number, recipients: Vec<Recipient>) -> Result<Division, Unexplained> {
        let weights = total(recipients.iter().map(|recipient| &recipient.weight))?;
        let tops: Option<Vec<&Number>> = recipients.iter().map(Recipient::top).collect();
        let absorbed = tops.map(|tops| total(tops.into_iter())).transpose()?.is_some_and(|tops| tops <= units);
        let bounded = recipients.iter().any(|one| one.cap.is_some() || !one.floor.is_zero());
        let lambda = match absorbed {
            true => None,
            false if bounded => Some(level(&units, &recipients)?),
            false => Some(units.checked_div(&weights)?),
        };
        let mut division = Division {
            units,
            weights,
            all_tops: absorbed,
            lambda: lambda.clone().filter(|_| bounded),
            held: (0, Number::ZERO),
            parts: Vec::with_capacity(recipients.len()),
            free: (Number::ZERO, Number::ZERO, 0),
            order: Vec::new(),
            ranks: vec![0; recipients.len()],
            recipients,
        };
        for recipient in &division.recipients {
            let bound = bound(recipient, lambda.as_ref())?;
            let got = match bound {
                Bound::Free => Number::ZERO,
                Bound::Floor => recipient.floor.clone(),
                Bound::Cap => recipient.top().cloned().ok_or(Unexplained::NoValue)?,
            };
            if bound != Bound::Free && !(recipient.weight.is_zero() && got.is_zero()) {
                division.held = (division.held.0 + 1, division.held.1.checked_add(&got)?);
            }
            division.parts.push((bound, got));
        }
        division.divide()?;
        Ok(division)
    }

    /// The largest remainder among the free.
    fn divide(&mut self) -> Result<(), Unexplained> {
        let free: Vec<usize> =
            self.parts.iter().enumerate().filter(|(_, (bound, _))| *bound == Bound::Free).map(|(at, _)| at).collect();
        let units = self.units.checked_sub(&self.held.1)?;
        let weights = total(free.iter().filter_map(|at| self.recipients.get(*at)).map(|one| &one.weight))?;
        self.free = (units, weights, 0);
        let mut shares: Vec<(usize, Number, Number)> = Vec::with_capacity(free.len());
        for place in free {
            let (_, whole, rest) = self.exact_share(place)?;
            shares.push((place, whole, rest));
        }
        let given = total(shares.iter().map(|(_, whole, _)| whole))?;
        let over = self.free.0.checked_sub(&given)?.to_i128().and_then(|over| usize::try_from(over).ok());
        let over = over.ok_or(Unexplained::NoValue)?;
        self.free.2 = over;
        shares.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| self.tie(a.0, b.0).0));
        for (rank, (place, whole, _)) in shares.into_iter().enumerate() {
            let got = if rank < over { whole.checked_add(&Number::ONE)? } else { whole };
            if let (Some(part), Some(known)) = (self.parts.get_mut(place), self.ranks.get_mut(place)) {
                (*part, *known) = ((Bound::Free, got), rank);
            }
            self.order.push(place);
        }
        Ok(())
    }

    /// The exact share of a recipient who is free, its whole part and what is beyond it.
    fn exact_share(&self, place: usize) -> Result<(Number, Number, Number), Unexplained> {
        let weight = &self.recipients.get(place).ok_or(Unexplained::NoValue)?.weight;
        let exact = self.free.0.checked_mul(weight)?.checked_div(&self.free.1)?;
        let whole = exact.floor();
        let rest = exact.checked_sub(&whole)?;
        Ok((exact, whole, rest))
    }

    /// How a recipient takes part in the largest remainder; none: it is held.
    pub(super) fn remainder(&self, place: usize) -> Result<Option<Remainder>, Unexplained> {
        let (Some((Bound::Free, _)), Some(rank)) = (self.parts.get(place), self.ranks.get(place)) else {
            return Ok(None);
        };
        let (exact, whole, rest) = self.exact_share(place)?;
        let (units, weights, over) = self.free.clone();
        let extra = *rank < over;
        // Whoever stands next on the other side of the last unit.
        let other = if extra { Some(over) } else { over.checked_sub(1) };
        let tie = match other.and_then(|other| self.order.get(other)) {
            Some(other) if self.exact_share(*other)?.2 == rest => Some(self.tie(place, *other).1),
            _ => None,
        };
        let (rank, of) = (rank + 1, self.order.len());
        Ok(Some(Remainder { units, weights, exact, whole, rest, over, rank, of, extra, tie }))
    }

    /// Which of two equal remainders comes first, and what decides it.
    fn tie(&self, a: usize, b: usize) -> (Ordering, Tie) {
        let (Some(one), Some(other)) = (self.recipients.get(a), self.recipients.get(b)) else {
            return (a.cmp(&b), Tie::Id);
        };
        let mut keys = one.ties.iter().zip(&other.ties).enumerate();
        let decided = keys.find_map(|(key, (one, other))| {
            Some(other.cmp(one)).filter(|order| order.is_ne()).map(|order| (order, Tie::By(key)))
        });
        decided.unwrap_or((one.row.cmp(&other.row), Tie::Id))
    }
}

/// What holds each recipient of a fund row of a share that was kept, and λ in units per weight where limits decide it.
///
/// # Errors
/// [`Unexplained`]: a defect of the program.
pub fn bounds(shared: &Shared, group: usize) -> Result<(Vec<Bound>, Option<Number>), Unexplained> {
    let (Some((_, members)), Some(units)) = (shared.groups.get(group), shared.amounts.get(group)) else {
        return Err(Unexplained::NoValue);
    };
    let recipient = |position: &Row| {
        let (floor, cap) = shared.recipients.limits(*position);
        let weight = shared.recipients.weight(*position);
        Recipient { row: *position, weight, floor: Number::whole(floor), cap: cap.map(Number::whole), ties: Vec::new() }
    };
    let division = Division::new(Number::whole(*units), members.iter().map(recipient).collect())?;
    Ok((division.parts.into_iter().map(|(bound, _)| bound).collect(), division.lambda))
}

/// What holds a recipient at λ; without one everybody has its top.
fn bound(recipient: &Recipient, lambda: Option<&Number>) -> Result<Bound, Unexplained> {
    let Some(lambda) = lambda else {
        return Ok(if recipient.weight.is_zero() { Bound::Floor } else { Bound::Cap });
    };
    let scaled = recipient.weight.checked_mul(lambda)?;
    if recipient.weight.is_zero() || scaled <= recipient.floor && !(recipient.floor.is_zero() && lambda.is_zero()) {
        return Ok(Bound::Floor);
    }
    Ok(match recipient.cap.as_ref().is_some_and(|cap| scaled >= *cap) {
        true => Bound::Cap,
        false => Bound::Free,
    })
}

/// λ: Σ of what each gets is the amount. The sum is linear between the points at which one leaves its floor or meets
/// its cap, so the piece is found by halving.
fn level(units: &Number, recipients: &[Recipient]) -> Result<Number, Unexplained> {
    let weighty: Vec<&Recipient> = recipients.iter().filter(|one| !one.weight.is_zero()).collect();
    let mut turns: Vec<Number> = Vec::new();
    for one in &weighty {
        turns.push(one.floor.checked_div(&one.weight)?);
        if let Some(cap) = &one.cap {
            turns.push(cap.checked_div(&one.weight)?);
        }
    }
    turns.sort();
    turns.dedup();
    let sum = |lambda: &Number| -> Result<Number, Unexplained> {
        let got = recipients.iter().map(|one| one.at(lambda)).collect::<Result<Vec<Number>, _>>()?;
        total(got.iter())
    };
    let (mut low, mut high) = (0, turns.len());
    while high - low > 1 {
        let middle = (low + high) / 2;
        match sum(turns.get(middle).ok_or(Unexplained::NoValue)?)? <= *units {
            true => low = middle,
            false => high = middle,
        }
    }
    let start = turns.get(low).ok_or(Unexplained::NoValue)?;
    let mut rising = Vec::new();
    for one in &weighty {
        let scaled = one.weight.checked_mul(start)?;
        if scaled >= one.floor && one.cap.as_ref().is_none_or(|cap| scaled < *cap) {
            rising.push(&one.weight);
        }
    }
    let slope = total(rising.into_iter())?;
    if slope.is_zero() {
        return Ok(start.clone());
    }
    Ok(start.checked_add(&units.checked_sub(&sum(start)?)?.checked_div(&slope)?)?)
}

fn total<'n>(numbers: impl Iterator<Item = &'n Number>) -> Result<Number, Unexplained> {
    Ok(crate::exact::sum(&numbers.cloned().collect::<Vec<Number>>())?)
}

/// Yuan in units of so many fen.
pub(super) fn in_units(yuan: &Number, unit: i64, mode: Mode) -> Result<Number, Unexplained> {
    Ok(yuan.times_whole(&Number::ratio(100, i128::from(unit)), mode))
}
