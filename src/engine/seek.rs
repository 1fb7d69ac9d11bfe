//! Goal seek: the largest value of a constant, on a grid, with which a check holds or a fund does not run dry.
//!
//! A small grid is tried whole. On a larger one the end of what holds is found by halving, which is right only if everything
//! below holds and nothing above; so values all over the grid and beside the end are tried as well, and where one of them
//! says otherwise there is no answer.

use std::collections::BTreeMap;

use super::data::Data;
use super::outcome::{Balance, Outcome, calculate_supposing};
use super::supposed::Supposed;
use crate::exact::{Fen, Number, at, rows};
use crate::plan::{Code, Place, Plan, Refusal, check};

/// Grids of at most so many values are tried whole.
pub const TRIED_WHOLE: u64 = 200;
/// The most values of a grid.
pub const MOST_VALUES: u64 = 1_000_000_000;
/// So many values all over a larger grid are tried.
const SPREAD: u64 = 64;
/// So many values on either side of the one found are tried.
const BESIDE: u64 = 8;
/// The most values of a grid that are tried: both ends, halving, all over, beside.
pub const MOST_TRIED: u64 = 2 + 30 + SPREAD + 2 * BESIDE;

/// The values from `from`, each `step` above the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// The first.
    pub from: Number,
    /// The distance.
    pub step: Number,
    /// How many, at least one.
    pub count: u64,
}

impl Grid {
    /// The grid that ends at the last value not above `to`; none where it has no value or more than [`MOST_VALUES`].
    pub fn new(from: Number, to: &Number, step: Number) -> Option<Grid> {
        if step.is_negative() || step.is_zero() || *to < from {
            return None;
        }
        let steps = to.checked_sub(&from).and_then(|whole| whole.checked_div(&step)).ok()?.floor().to_i128()?;
        let count = u64::try_from(steps).ok()?.checked_add(1)?;
        (count <= MOST_VALUES).then_some(Grid { from, step, count })
    }

    /// The value at a place, from 0.
    fn value(&self, place: u64) -> Number {
        let steps = Number::whole(u128::from(place));
        let value = steps.checked_mul(&self.step).and_then(|above| above.checked_add(&self.from));
        value.unwrap_or_else(|_| crate::exact::defect("a decimal too long to add"))
    }

    /// How many values are tried at most.
    pub fn most_tried(&self) -> u64 {
        if self.count <= TRIED_WHOLE { self.count } else { MOST_TRIED }
    }
}

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// The check of this step, at every row.
    Check(usize),
    /// The fund of this level and column: nothing is overdrawn, and every row has at least so much left.
    Fund(usize, usize, Fen),
}

/// Why a value does not do: the first row at which it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// What failed: a code of the language, or [`BELOW_KEEP`].
    pub code: &'static str,
    /// The level's name.
    pub level: Option<String>,
    /// The row's id.
    pub row: Option<String>,
    /// The row's name.
    pub name: Option<String>,
    /// The step.
    pub step: Option<String>,
    /// What is left in the fund row, where that is too little.
    pub left: Option<Fen>,
}

/// A fund row keeps less than was wanted.
pub const BELOW_KEEP: &str = "left_below_keep";

/// What a value came to.
pub type Trial = Result<Balance, Box<Binding>>;

/// The largest value that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value.
    pub value: Number,
    /// The balance with it.
    pub balance: Balance,
    /// The next value of the grid and why it fails; none: the value is the last.
    pub next: Option<(Number, Binding)>,
    /// How many values were tried.
    pub tried: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missed {
    /// No value that was tried does; why the first fails.
    Nowhere(Box<Binding>, usize),
    /// A smaller value fails while a larger one does.
    NotMonotone {
        /// The smaller value.
        fails: Number,
        /// Why it fails.
        binding: Box<Binding>,
        /// The larger value.
        holds: Number,
        /// How many values were tried.
        tried: usize,
    },
}

/// Seeks the largest value that does. `E` is whatever stops the trials.
///
/// # Errors
/// What stopped the trials.
pub fn seek<E>(grid: &Grid, trial: &mut dyn FnMut(&Number) -> Result<Trial, E>) -> Result<Result<Found, Missed>, E> {
    let mut tried: BTreeMap<u64, Trial> = BTreeMap::new();
    let mut holds = |place: u64, tried: &mut BTreeMap<u64, Trial>| -> Result<bool, E> {
        if let Some(known) = tried.get(&place) {
            return Ok(known.is_ok());
        }
        let found = trial(&grid.value(place))?;
        let does = found.is_ok();
        tried.insert(place, found);
        Ok(does)
    };
    let last = grid.count - 1;
    if grid.count <= TRIED_WHOLE {
        for place in 0..grid.count {
            holds(place, &mut tried)?;
        }
        return Ok(judged(grid, tried));
    }
    let (mut low, mut high) = (0, last);
    if holds(low, &mut tried)? && !holds(high, &mut tried)? {
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if holds(middle, &mut tried)? {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
    for part in 0..SPREAD {
        holds(last * part / (SPREAD - 1), &mut tried)?;
    }
    let end = tried.iter().rev().find(|(_, trial)| trial.is_ok()).map_or(0, |(place, _)| *place);
    for place in end.saturating_sub(BESIDE)..=last.min(end + BESIDE) {
        holds(place, &mut tried)?;
    }
    Ok(judged(grid, tried))
}

/// The largest value that does, if every smaller one that was tried does too.
fn judged(grid: &Grid, mut tried: BTreeMap<u64, Trial>) -> Result<Found, Missed> {
    let count = tried.len();
    let found = tried.iter().rev().find_map(|(place, trial)| Some((*place, *trial.as_ref().ok()?)));
    let first = tried.iter().find_map(|(place, trial)| Some((*place, trial.as_ref().err()?.clone())));
    match (found, first) {
        (None, Some((_, binding))) => Err(Missed::Nowhere(binding, count)),
        (None, None) => crate::exact::defect("a grid without a value"),
        (Some((place, _)), Some((below, binding))) if below < place => {
            // The nearest value above it that does tells the most.
            let holds = tried.range(below..).find(|(_, trial)| trial.is_ok()).map_or(place, |(holds, _)| *holds);
            let (fails, holds) = (grid.value(below), grid.value(holds));
            Err(Missed::NotMonotone { fails, binding, holds, tried: count })
        }
        (Some((place, balance)), _) => {
            let next = tried.remove(&(place + 1)).and_then(Result::err);
            let next = next.map(|binding| (grid.value(place + 1), *binding));
            Ok(Found { value: grid.value(place), balance, next, tried: count })
        }
    }
}

/// Calculates with a value of a constant (by its place in the plan), and judges by the goal. Other checks do not refuse.
pub fn tried(plan: &Plan, data: &Data, constant: usize, value: &Number, goal: &Goal) -> Trial {
    let mut document = plan.document.clone();
    if let Some(known) = document.constants.get_mut(constant) {
        known.value.clone_from(value);
    }
    let plan = check(document).map_err(|refusal| Box::new(first(&refusal, plan, data)))?;
    let supposed = Supposed { checks_tell: true, ..Supposed::default() };
    let outcome =
        calculate_supposing(&plan, data, &supposed).map_err(|refusal| Box::new(first(&refusal, &plan, data)))?;
    let failing = match goal {
        Goal::Check(step) => check_failing(&outcome, *step),
        Goal::Fund(level, column, keep) => fund_failing(&outcome, (*level, *column), *keep),
    };
    failing.map_or(Ok(outcome.balance), |binding| Err(Box::new(binding)))
}

/// The first fault of a refusal: by step, faults come by row.
fn first(refusal: &Refusal, plan: &Plan, data: &Data) -> Binding {
    let Some(fault) = refusal.faults.first() else { crate::exact::defect("a refusal without a fault") };
    let (level, row, step) = match &fault.place {
        Place::Row { level, row, step } => (Some(level.clone()), Some(row.clone()), step.clone()),
        _ => (None, None, None),
    };
    let name = level.as_ref().zip(row.as_ref()).and_then(|(level, row)| {
        let level = plan.level_named(level)?;
        at(&data.levels.get(level)?.names, data.find(level, row)?).clone()
    });
    Binding { code: fault.code.word(), level, row, name, step, left: None }
}

fn check_failing(outcome: &Outcome<'_>, step: usize) -> Option<Binding> {
    let check = outcome.checks.iter().find(|check| check.step == step)?;
    let row = *check.failed.first()?;
    let rows = outcome.data.levels.get(check.level)?;
    Some(Binding {
        code: Code::CheckFailed.word(),
        level: Some(outcome.plan.level_name(check.level).to_owned()),
        row: Some(at(&rows.ids, row).clone()),
        name: at(&rows.names, row).clone(),
        step: Some(outcome.plan.step_name(step).to_owned()),
        left: None,
    })
}

fn fund_failing(outcome: &Outcome<'_>, (level, column): (usize, usize), keep: Fen) -> Option<Binding> {
    let left = outcome.funds.left(level, column)?;
    let row = rows(left.len()).find(|row| *at(left, *row) < keep)?;
    let rows = outcome.data.levels.get(level)?;
    Some(Binding {
        code: if *at(left, row) < 0 { Code::FundOverdrawn.word() } else { BELOW_KEEP },
        level: Some(outcome.plan.level_name(level).to_owned()),
        row: Some(at(&rows.ids, row).clone()),
        name: at(&rows.names, row).clone(),
        step: None,
        left: Some(*at(left, row)),
    })
}
