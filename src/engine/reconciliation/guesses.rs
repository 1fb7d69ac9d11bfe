//! Usual mistakes, each as the calculation that it supposes.

use super::{Amounts, amounts};
use crate::engine::{Data, Outcome, Supposed, calculate_supposing};
use crate::exact::{Number, Row, rows};
use crate::plan::document::{FactKind, Value};
use crate::plan::{Action, ColumnKind, Expr, ExprKind, Plan};

/// A usual mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// Every part of a share was rounded by itself.
    RoundedEach,
    /// A veto (its step) was not applied.
    VetoIgnored(usize),
    /// The aggregates of a step took everybody, also whom their conditions leave out.
    EverybodyCounted(usize),
    /// A number of months (level and column) was taken as this full number.
    FullMonths(usize, usize, Number),
    /// Another version of the plan was used.
    Version(i64),
}

/// What everybody has if a guess is right.
pub struct World {
    /// The guess.
    pub guess: Guess,
    /// What everybody has.
    pub amounts: Amounts,
}

/// What everybody would have under each guess that concerns this plan and these data; a guess under which nothing can be
/// calculated is none. Each is a calculation, before which `goes_on` is asked; where it says no, no more are tried.
pub fn worlds(plan: &Plan, data: &Data, goes_on: &dyn Fn() -> bool) -> Vec<World> {
    let mut worlds = Vec::new();
    let mut supposed: Vec<(Guess, Supposed)> =
        vec![(Guess::RoundedEach, Supposed { rounded_each: true, ..Supposed::default() })];
    for (number, step) in plan.steps.iter().enumerate() {
        if let Action::Veto(_) = &step.action {
            let vetoes_off = vec![(number, None)];
            supposed.push((Guess::VetoIgnored(number), Supposed { vetoes_off, ..Supposed::default() }));
        } else if expressions(&step.action).into_iter().any(has_condition) {
            let everybody_in = vec![number];
            supposed.push((Guess::EverybodyCounted(number), Supposed { everybody_in, ..Supposed::default() }));
        }
    }
    for (guess, supposed) in supposed.into_iter().take_while(|_| goes_on()) {
        worlds.extend(supposing(plan, data, &supposed).map(|amounts| World { guess, amounts }));
    }
    for (level, column, full) in months(plan, data).into_iter().take_while(|_| goes_on()) {
        let rows = rows(data.levels.get(level).map_or(0, |rows| rows.len())).collect::<Vec<Row>>();
        let guess = Guess::FullMonths(level, column, full.clone());
        worlds.extend(with_full(plan, data, (level, column), &full, &rows).map(|amounts| World { guess, amounts }));
    }
    worlds
}

/// Whether a guess can be right for one payee alone: it is about the payee's own row, and would change it.
pub fn concerns_one(outcome: &Outcome<'_>, guess: &Guess, payee: Row) -> bool {
    match guess {
        Guess::VetoIgnored(veto) if outcome.plan.steps.get(*veto).map(|step| step.level) == outcome.plan.payee => {
            outcome.vetoes.iter().any(|known| known.step == *veto && known.acted.contains(&payee))
        }
        Guess::FullMonths(level, column, full) if Some(*level) == outcome.plan.payee => {
            is_short(outcome.plan, outcome.data, (*level, *column), full, payee)
        }
        _ => false,
    }
}

/// What a payee would have of each item if a guess that concerns it were right for it alone. None where nothing can be
/// calculated.
pub fn world_of_one(outcome: &Outcome<'_>, guess: &Guess, payee: Row) -> Option<Amounts> {
    let Outcome { plan, data, .. } = outcome;
    let mut amounts = match guess {
        Guess::VetoIgnored(veto) => {
            supposing(plan, data, &Supposed { vetoes_off: vec![(*veto, Some(payee))], ..Supposed::default() })
        }
        Guess::FullMonths(level, column, full) => with_full(plan, data, (*level, *column), full, &[payee]),
        _ => None,
    }?;
    amounts.retain(|(row, _), _| *row == payee);
    amounts.shrink_to_fit();
    Some(amounts)
}

fn supposing(plan: &Plan, data: &Data, supposed: &Supposed) -> Option<Amounts> {
    let supposed = Supposed { checks_tell: true, ..supposed.clone() };
    calculate_supposing(plan, data, &supposed).ok().map(|outcome| amounts(&outcome))
}

/// With a fact at the full number in those of the rows that have it above zero but not full.
fn with_full(plan: &Plan, data: &Data, (level, column): (usize, usize), full: &Number, of: &[Row]) -> Option<Amounts> {
    let short = |row: &Row| is_short(plan, data, (level, column), full, *row);
    let changes: Vec<_> =
        of.iter().filter(|row| short(row)).map(|row| (*row, Some(Value::Number(full.clone())))).collect();
    if changes.is_empty() {
        return None;
    }
    let mut data = data.clone();
    data.set(plan, level, column, &changes);
    supposing(plan, &data, &Supposed::default())
}

/// Whether a row has a fact above zero but not full.
fn is_short(plan: &Plan, data: &Data, (level, column): (usize, usize), full: &Number, row: Row) -> bool {
    match data.value(plan, level, column, row) {
        Some(Value::Number(number)) => !number.is_zero() && !number.is_negative() && number < *full,
        _ => false,
    }
}

/// The facts that count months, each with its full number: the most that the plan allows, else that anybody has.
fn months(plan: &Plan, data: &Data) -> Vec<(usize, usize, Number)> {
    let mut found = Vec::new();
    for (level, (known, written)) in plan.levels.iter().zip(&plan.document.levels).enumerate() {
        for (column, fact) in written.facts.iter().enumerate().take(known.facts) {
            let FactKind::Number { max, .. } = &fact.kind else { continue };
            let says = |text: &str| text.contains('月') || text.to_lowercase().contains("month");
            if !says(&fact.heading.name) && !says(fact.heading.label()) {
                continue;
            }
            let count = data.levels.get(level).map_or(0, |rows| rows.len());
            let largest = || {
                let values = rows(count).filter_map(|row| match data.value(plan, level, column, row) {
                    Some(Value::Number(number)) => Some(number),
                    _ => None,
                });
                values.max()
            };
            found.extend(max.clone().or_else(largest).map(|full| (level, column, full)));
        }
    }
    found.retain(|(level, column, _)| {
        plan.column(*level, *column).is_some_and(|column| column.kind == ColumnKind::Number)
    });
    found
}

/// The expressions of a step that makes a column.
fn expressions(action: &Action) -> Vec<&Expr> {
    match action {
        Action::Formula(step) => std::iter::once(&step.formula).chain(&step.condition).collect(),
        Action::Share(step) => {
            let limits = step.amount.iter().chain(&step.floor).chain(&step.cap).chain(&step.condition);
            std::iter::once(&step.weight).chain(limits).collect()
        }
        Action::Rank(step) => std::iter::once(&step.by).collect(),
        Action::Veto(_) | Action::Collect { .. } | Action::Check { .. } => Vec::new(),
    }
}

fn has_condition(expression: &Expr) -> bool {
    let mut found = false;
    expression.walk(&mut |expr| {
        found |= matches!(&expr.kind, ExprKind::Aggregate(aggregate) if aggregate.condition.is_some());
    });
    found
}
