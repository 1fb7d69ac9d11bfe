//! A simulation: what a calculation would come to if plan or data were otherwise, compared payee by payee with a base.

mod changes;
mod paradox;
mod spread;

pub use changes::{Cell, Changes, FactChange, Misfit};
pub use paradox::{Loss, losses};
pub use spread::{Figures, Spread, figures};

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::Outcome;
use super::supposed::Supposed;
use super::vector::Values;
use crate::exact::{Fen, Row, at, place, rows};
use crate::plan::{ColumnKind, Plan};

/// How base and variants are calculated: checks tell, and shares are kept to be compared.
pub fn supposed() -> Supposed {
    Supposed { checks_tell: true, shares_kept: true, ..Supposed::default() }
}

/// Some payees, and an amount of theirs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// How much together.
    pub amount: Fen,
}

/// What payees together get in the base and in a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// In the base.
    pub base: Fen,
    /// In the variant.
    pub variant: Fen,
    /// Who gets more, and how much more.
    pub winners: Tally,
    /// Who gets less, and how much less.
    pub losers: Tally,
    /// Who gets the same, and how much that is.
    pub unchanged: Tally,
}

impl Sums {
    fn add(&mut self, base: Fen, variant: Fen) {
        self.base += base;
        self.variant += variant;
        let (tally, amount) = match variant - base {
            0 => (&mut self.unchanged, base),
            gain if gain > 0 => (&mut self.winners, gain),
            loss => (&mut self.losers, -loss),
        };
        tally.count += 1;
        tally.amount += amount;
    }

    /// How many payees.
    pub fn payees(&self) -> usize {
        self.winners.count + self.losers.count + self.unchanged.count
    }
}

/// A choice fact by whose values payees are grouped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grouping {
    /// Its level's name: the payees', or one above.
    pub level: String,
    /// Its name.
    pub fact: String,
}

/// The payees who have one value of a grouping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The grouping, by its place.
    pub by: usize,
    /// The value; none: blank.
    pub value: Option<String>,
    /// What they get.
    pub sums: Sums,
}

/// The payees of one school.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct School {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// What they get.
    pub sums: Sums,
}

/// A check that fails at rows where it does not in the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCheck {
    /// The level's name.
    pub level: String,
    /// The check's name.
    pub step: String,
    /// Whether it only warns.
    pub warning: bool,
    /// The ids of the rows.
    pub rows: Vec<String>,
}

/// A variant compared with the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// All payees.
    pub sums: Sums,
    /// By school, in the order of ids.
    pub schools: Vec<School>,
    /// By grouping, in the order of values, blank first.
    pub groups: Vec<Group>,
    /// The checks that fail only in the variant.
    pub failed_checks: Vec<FailedCheck>,
    /// Who got less of a fund row that had more to share.
    pub paradox: Vec<Loss>,
}

/// The choice facts by which payees of a plan can be grouped: of their own level and of those above.
pub fn groupings(plan: &Plan) -> Vec<Grouping> {
    let Some(level) = plan.payee.and_then(|payee| plan.levels.get(payee)) else { return Vec::new() };
    let levels = level.ancestry.iter().filter_map(|above| plan.levels.get(*above));
    let of_level = |level: &crate::plan::Level| {
        let facts = level.columns.iter().take(level.facts);
        let choices = facts.filter(|fact| matches!(fact.kind, ColumnKind::Choice(_)));
        let grouping = |fact: &crate::plan::Column| Grouping { level: level.name.clone(), fact: fact.name.clone() };
        choices.map(grouping).collect::<Vec<Grouping>>()
    };
    levels.flat_map(of_level).collect()
}

/// The level whose rows are the schools of payees: this one, if it is theirs or stands above; else the one above them.
pub fn school_level(plan: &Plan, named: Option<usize>) -> Option<usize> {
    let level = plan.levels.get(plan.payee?)?;
    named.filter(|named| level.ancestry.contains(named)).or(level.parent)
}

/// What payees get between schools, and between themselves.
pub fn spread(outcome: &Outcome<'_>, school: Option<usize>) -> Spread {
    let totals = outcome.all_totals();
    let mut means: BTreeMap<Row, (Fen, usize)> = BTreeMap::new();
    for row in rows(totals.len()) {
        if let Some(school) = school.and_then(|level| above(outcome, level, row)) {
            let mean = means.entry(school).or_default();
            *mean = (mean.0 + at(totals, row), mean.1 + 1);
        }
    }
    let own: Vec<(Fen, usize)> = totals.iter().map(|total| (*total, 1)).collect();
    let schools: Vec<(Fen, usize)> = means.into_values().collect();
    Spread { schools: figures(&schools), payees: figures(&own) }
}

/// Compares a variant with the base. Payees and schools are the same where their levels and ids are; who is missing on one
/// side has nothing there. Groups go by the values of the base.
pub fn compare(base: &Outcome<'_>, variant: &Outcome<'_>, school: Option<usize>, groupings: &[Grouping]) -> Comparison {
    let pairs = pairs(base, variant);
    let school_there = school.and_then(|level| variant.plan.level_named(base.plan.level_name(level)));
    let mut sums = Sums::default();
    let mut schools: BTreeMap<&str, School> = BTreeMap::new();
    let mut groups: BTreeMap<(usize, Option<&str>), Sums> = BTreeMap::new();
    let columns: Vec<_> = groupings.iter().map(|by| (column(base, by), column(variant, by))).collect();
    for pair in &pairs {
        let (here, there) = (amount(base, pair.base), amount(variant, pair.variant));
        sums.add(here, there);
        let own = pair.base.and_then(|row| named(base, school?, row));
        if let Some((id, name)) = own.or_else(|| pair.variant.and_then(|row| named(variant, school_there?, row))) {
            let new = || School { id: id.to_owned(), name: name.map(str::to_owned), sums: Sums::default() };
            schools.entry(id).or_insert_with(new).sums.add(here, there);
        }
        for (by, (own, other)) in columns.iter().enumerate() {
            let value = match (pair.base, pair.variant) {
                (Some(row), _) => own.and_then(|column| choice(base, column, row)),
                (None, Some(row)) => other.and_then(|column| choice(variant, column, row)),
                (None, None) => None,
            };
            groups.entry((by, value)).or_default().add(here, there);
        }
    }
    let group =
        |((by, value), sums): ((usize, Option<&str>), Sums)| Group { by, value: value.map(str::to_owned), sums };
    Comparison {
        sums,
        schools: schools.into_values().collect(),
        groups: groups.into_iter().map(group).collect(),
        failed_checks: failed_checks(base, variant),
        paradox: losses(base, variant),
    }
}

/// A payee on both sides.
struct Pair {
    base: Option<Row>,
    variant: Option<Row>,
}

/// The payees of both by id, which are in order on both sides.
fn pairs(base: &Outcome<'_>, variant: &Outcome<'_>) -> Vec<Pair> {
    let (own, other) = (payee_ids(base), payee_ids(variant));
    let alone = |base: Option<Row>, variant: Option<Row>| Pair { base, variant };
    let level = |outcome: &Outcome<'_>| outcome.plan.payee.map(|payee| outcome.plan.level_name(payee).to_owned());
    if level(base) != level(variant) {
        let here = rows(own.len()).map(|row| alone(Some(row), None));
        return here.chain(rows(other.len()).map(|row| alone(None, Some(row)))).collect();
    }
    let (mut pairs, mut here, mut there) = (Vec::with_capacity(own.len()), 0, 0);
    loop {
        let order = match (own.get(place(here)), other.get(place(there))) {
            (None, None) => return pairs,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(one), Some(two)) => one.cmp(two),
        };
        pairs.push(alone(order.is_le().then_some(here), order.is_ge().then_some(there)));
        here += Row::from(order.is_le());
        there += Row::from(order.is_ge());
    }
}

fn payee_ids<'o>(outcome: &'o Outcome<'_>) -> &'o [String] {
    let payees = outcome.plan.payee.and_then(|payee| outcome.data.levels.get(payee));
    payees.map_or(&[], |rows| &rows.ids)
}

fn amount(outcome: &Outcome<'_>, row: Option<Row>) -> Fen {
    row.zip(outcome.totals.as_ref()).map_or(0, |(row, totals)| *at(totals, row))
}

/// The row of a level that a payee's row belongs to, if the level is the payees' or stands above.
fn above(outcome: &Outcome<'_>, level: usize, row: Row) -> Option<Row> {
    let payee = outcome.plan.payee?;
    let distance = outcome.plan.levels.get(payee)?.ancestry.iter().position(|above| *above == level)?;
    outcome.data.levels.get(payee)?.ancestors.get(distance).map(|rows| *at(rows, row))
}

/// Id and name of the row of a level that a payee's row belongs to.
fn named<'o>(outcome: &'o Outcome<'_>, level: usize, row: Row) -> Option<(&'o str, Option<&'o str>)> {
    let row = above(outcome, level, row)?;
    let name = outcome.data.levels.get(level).and_then(|rows| at(&rows.names, row).as_deref());
    Some((outcome.data.id(level, row), name))
}

/// The column that a grouping names.
fn column(outcome: &Outcome<'_>, by: &Grouping) -> Option<(usize, usize)> {
    let level = outcome.plan.level_named(&by.level)?;
    let columns = outcome.plan.levels.get(level).map(|level| level.columns.iter().take(level.facts))?;
    let is_it = |column: &crate::plan::Column| column.name == by.fact && matches!(column.kind, ColumnKind::Choice(_));
    Some((level, columns.into_iter().position(is_it)?))
}

/// The text of a choice fact at the row that a payee's row belongs to.
fn choice<'o>(outcome: &'o Outcome<'_>, (level, column): (usize, usize), row: Row) -> Option<&'o str> {
    let row = above(outcome, level, row)?;
    let vector = outcome.columns.get(level)?.get(column)?;
    match &vector.values {
        Values::Codes(codes) if !vector.is_blank(row) => Some(outcome.plan.texts.text(*at(codes, row))),
        _ => None,
    }
}

fn failed_checks(base: &Outcome<'_>, variant: &Outcome<'_>) -> Vec<FailedCheck> {
    let known = |outcome: &Outcome<'_>, level: usize, step: usize| {
        (outcome.plan.level_name(level).to_owned(), outcome.plan.step_name(step).to_owned())
    };
    let failed_before: BTreeMap<(String, String), BTreeSet<&str>> = base
        .checks
        .iter()
        .map(|check| {
            let ids = check.failed.iter().map(|row| base.data.id(check.level, *row));
            (known(base, check.level, check.step), ids.collect())
        })
        .collect();
    let mut failed = Vec::new();
    for check in variant.checks.iter().filter(|check| !check.failed.is_empty()) {
        let name = known(variant, check.level, check.step);
        let before = failed_before.get(&name);
        let ids = check.failed.iter().map(|row| variant.data.id(check.level, *row));
        let rows: Vec<String> =
            ids.filter(|id| before.is_none_or(|before| !before.contains(id))).map(str::to_owned).collect();
        if !rows.is_empty() {
            failed.push(FailedCheck { level: name.0, step: name.1, warning: check.warning, rows });
        }
    }
    failed
}
