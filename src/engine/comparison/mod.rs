//! Two results side by side, and why each amount moved.
//!
//! Causes are replaced one after the other, always in the same order; each time everything is calculated again, and a cause's
//! amount is what the payee's total moved by. So the causes of a payee sum to its difference by construction.

mod facts;
mod matched;

use std::collections::BTreeMap;

use super::data::Data;
use super::outcome::{Outcome, calculate_supposing};
use super::supposed::Supposed;
use crate::exact::{Fen, Row, at, rows};
use crate::plan::{Code, Plan, Refusal};
use facts::{Facts, Own};
use matched::Matched;

/// Why an amount moved, in the order in which causes are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The plan: constants, tables, steps.
    Plan,
    /// Rows that came, went, or moved under another parent.
    Headcount,
    /// Money facts above the payees that are funds.
    Funds,
    /// All other facts but the payee's own.
    OtherFacts,
    /// The payee's own facts: of its row, of rows below it, and of rows elsewhere that refer to it.
    OwnFacts,
    /// What the largest remainder moved: for all other causes each part of a paid share is rounded by itself.
    Rounding,
}

/// What a cause moved, with the causes before it that could not be told from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The cause.
    pub cause: Cause,
    /// By how much.
    pub amount: Fen,
    /// The causes counted with it.
    pub with: Vec<Cause>,
}

/// An amount of both sides; none where a side has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amounts {
    /// Before.
    pub base: Option<Fen>,
    /// After.
    pub other: Option<Fen>,
}

impl Amounts {
    /// After less before.
    pub fn difference(&self) -> Fen {
        self.other.unwrap_or(0) - self.base.unwrap_or(0)
    }
}

/// A payee with what it gets on both sides.
#[derive(Debug, Clone)]
pub struct Compared<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name: the newer one where there are two.
    pub name: Option<&'a str>,
    /// Its totals; none on a side where there is no such payee.
    pub total: Amounts,
    /// Its items by their texts, all lines of one item together.
    pub items: BTreeMap<&'a str, Amounts>,
    /// Why its total moved; causes that moved nothing are left out.
    pub causes: Vec<Moved>,
}

/// A page of payees by id.
#[derive(Debug)]
pub struct Page<'a> {
    /// The payees.
    pub payees: Vec<Compared<'a>>,
    /// Whether there are more.
    pub more: bool,
    /// Why the facts of others could not be told from own ones for some payee of the page.
    pub refused: Option<Code>,
}

/// How many payees are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// On both sides.
    pub both: usize,
    /// Only after.
    pub new: usize,
    /// Only before.
    pub gone: usize,
    /// On both sides, and the total or an item changed.
    pub changed: usize,
}

/// A plan with data and the level that is paid.
#[derive(Clone, Copy)]
struct Side<'a> {
    plan: &'a Plan,
    data: &'a Data,
    payee: usize,
}

/// The rows of a payee in the base and in the other data.
type Pair = (Option<Row>, Option<Row>);

/// Where the totals are after a cause was replaced.
enum Reached<T> {
    /// Where they were: there was nothing to replace.
    Same,
    /// Here.
    At(T),
    /// Nobody knows, for the first fault of the world in between, where that was tried.
    Unknown(Option<Code>),
}

/// Two results side by side.
pub struct Comparison<'a> {
    base: &'a Outcome<'a>,
    other: &'a Outcome<'a>,
    /// The payees of both by id.
    pairs: Vec<Pair>,
    start: Vec<Fen>,
    /// After the plan (rows of the base data), the headcount and the funds (rows of the other data).
    reached: [(Cause, Reached<Vec<Fen>>); 3],
    end: Vec<Fen>,
    facts: Facts,
    supposed: Supposed,
    /// Why nothing can be rounded each by itself.
    unrounded: Option<Code>,
}

impl<'a> Comparison<'a> {
    /// Compares `other` (after) with `base` (before). None where one of the plans pays nobody. It takes up to five
    /// calculations; [`Comparison::page`] one more for each payee of whom own facts changed and others' too.
    pub fn new(base: &'a Outcome<'a>, other: &'a Outcome<'a>, same_plan: bool) -> Option<Comparison<'a>> {
        let side = |outcome: &'a Outcome<'a>| {
            Some(Side { plan: outcome.plan, data: outcome.data, payee: outcome.plan.payee? })
        };
        let (before, after) = (side(base)?, side(other)?);
        let matched = Matched::new(before, after, same_plan);
        let (old_funds, facts) = Facts::new(after, &matched.changes());
        let mut supposed = Supposed { checks_tell: true, rounded_each: true, ..Supposed::default() };
        let rounded = totals(before.plan, before.data, &supposed)
            .and_then(|start| Ok((start, totals(after.plan, after.data, &supposed)?)));
        let (start, end, unrounded) = match rounded {
            Ok((start, end)) => (start, end, None),
            Err(code) => {
                supposed.rounded_each = false;
                let actual = |outcome: &Outcome<'_>| outcome.all_totals().to_vec();
                (actual(base), actual(other), Some(code))
            }
        };
        let reached = worlds(&matched, after, old_funds.as_ref(), &facts, same_plan, &end, &supposed);
        let pairs = pairs(ids(base), ids(other));
        Some(Comparison { base, other, pairs, start, reached, end, facts, supposed, unrounded })
    }

    /// The totals of all payees.
    pub fn total(&self) -> Amounts {
        let sum = |outcome: &Outcome<'_>| outcome.all_totals().iter().sum();
        Amounts { base: Some(sum(self.base)), other: Some(sum(self.other)) }
    }

    /// How many payees are what.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for pair in &self.pairs {
            match pair {
                (Some(_), Some(_)) => {
                    counts.both += 1;
                    counts.changed += usize::from(self.is_changed(*pair));
                }
                (None, _) => counts.new += 1,
                (_, None) => counts.gone += 1,
            }
        }
        counts
    }

    /// The causes that cannot be told from later ones, whoever the payee is (rounding: from earlier ones), with the first fault
    /// that forbids it.
    pub fn refused(&self) -> impl Iterator<Item = (Cause, Code)> + '_ {
        let refused = self.reached.iter().filter_map(|(cause, reached)| match reached {
            Reached::Unknown(code) => Some((*cause, (*code)?)),
            Reached::Same | Reached::At(_) => None,
        });
        refused.chain(self.unrounded.map(|code| (Cause::Rounding, code)))
    }

    /// Why the sum of all totals moved. Own facts are not told from others': that would take a calculation for each payee.
    pub fn causes(&self) -> Vec<Moved> {
        let sum = |totals: &Vec<Fen>| totals.iter().sum();
        let points = self.reached.iter().map(|(cause, reached)| (*cause, reached.map(sum)));
        let facts = match self.facts.changed() {
            true => [(Cause::OtherFacts, Reached::Unknown(None)), (Cause::OwnFacts, Reached::At(sum(&self.end)))],
            false => [(Cause::OtherFacts, Reached::Same), (Cause::OwnFacts, Reached::Same)],
        };
        moved(sum(&self.start), points.chain(facts), self.total().difference())
    }

    /// The payees after an id, by id: at most so many, only those that are not as they were where `changed` is asked for.
    /// Before each further calculation `goes_on` is asked; where it says no, the page ends, but never without a payee.
    pub fn page(&self, after: &str, limit: usize, changed: bool, goes_on: &dyn Fn() -> bool) -> Page<'a> {
        let mut page = Page { payees: Vec::new(), more: false, refused: None };
        let mut between = None;
        let first = self.pairs.partition_point(|pair| self.id(*pair) <= after);
        for pair in self.pairs.iter().skip(first).filter(|pair| !changed || self.is_changed(**pair)) {
            let own = pair.1.map_or(Own::Nothing, |payee| self.facts.own(payee));
            let calculates = self.facts.changed() && matches!(own, Own::Some(_));
            if page.payees.len() == limit || (calculates && !page.payees.is_empty() && !goes_on()) {
                page.more = true;
                break;
            }
            let (others, own) = match (self.facts.changed(), own) {
                (false, _) => (Reached::Same, Reached::Same),
                (true, Own::Nothing) => (Reached::At(of(&self.end, pair.1)), Reached::Same),
                (true, Own::All) => (Reached::Same, Reached::At(of(&self.end, pair.1))),
                (true, Own::Some(rows)) => {
                    let data = between.get_or_insert_with(|| self.other.data.clone());
                    (self.without(data, rows, pair.1), Reached::At(of(&self.end, pair.1)))
                }
            };
            if let Reached::Unknown(code) = others {
                page.refused = page.refused.or(code);
            }
            page.payees.push(self.compared(*pair, others, own));
        }
        page
    }

    /// A payee's total where all is as it is after but some rows, which are as they were. The data are the other side's, and
    /// are so again.
    fn without(&self, data: &mut Data, rows: &[(usize, Row)], payee: Option<Row>) -> Reached<Fen> {
        let take = |data: &mut Data, from: &Data| {
            for part in rows.chunk_by(|one, next| one.0 == next.0) {
                let level = part.first().map_or(0, |(level, _)| *level);
                data.take(level, &part.iter().map(|(_, row)| *row).collect::<Vec<Row>>(), from);
            }
        };
        take(data, &self.facts.old);
        let found = totals(self.other.plan, data, &self.supposed);
        take(data, self.other.data);
        match found {
            Ok(totals) => Reached::At(of(&totals, payee)),
            Err(code) => Reached::Unknown(Some(code)),
        }
    }

    fn compared(&self, pair: Pair, others: Reached<Fen>, own: Reached<Fen>) -> Compared<'a> {
        let points = self.reached.iter().map(|(cause, reached)| {
            let row = if *cause == Cause::Plan { pair.0 } else { pair.1 };
            (*cause, reached.map(|totals| of(totals, row)))
        });
        let total = self.totals_of(pair);
        let facts = [(Cause::OtherFacts, others), (Cause::OwnFacts, own)];
        let name = |outcome: &'a Outcome<'a>, row: Option<Row>| {
            at(&outcome.data.levels.get(outcome.plan.payee?)?.names, row?).as_deref()
        };
        Compared {
            id: self.id(pair),
            name: name(self.other, pair.1).or_else(|| name(self.base, pair.0)),
            total,
            items: self.items(pair),
            causes: moved(of(&self.start, pair.0), points.chain(facts), total.difference()),
        }
    }

    fn id(&self, pair: Pair) -> &'a str {
        let id = |outcome: &'a Outcome<'a>, row: Option<Row>| row.map(|row| at(ids(outcome), row).as_str());
        id(self.other, pair.1).or_else(|| id(self.base, pair.0)).unwrap_or_default()
    }

    fn totals_of(&self, pair: Pair) -> Amounts {
        let total = |outcome: &Outcome<'_>, row: Option<Row>| Some(*at(outcome.totals.as_ref()?, row?));
        Amounts { base: total(self.base, pair.0), other: total(self.other, pair.1) }
    }

    fn items(&self, pair: Pair) -> BTreeMap<&'a str, Amounts> {
        let mut items: BTreeMap<&'a str, Amounts> = BTreeMap::new();
        for (item, amount) in lines(self.base, pair.0) {
            *items.entry(item).or_default().base.get_or_insert(0) += amount;
        }
        for (item, amount) in lines(self.other, pair.1) {
            *items.entry(item).or_default().other.get_or_insert(0) += amount;
        }
        items
    }

    /// Whether a payee is on one side only, or its total or an item changed. Where no item did, the total did not.
    fn is_changed(&self, pair: Pair) -> bool {
        pair.0.is_none() || pair.1.is_none() || self.items(pair).values().any(|item| item.difference() != 0)
    }
}

impl<T> Reached<T> {
    fn map<U>(&self, change: impl FnOnce(&T) -> U) -> Reached<U> {
        match self {
            Reached::Same => Reached::Same,
            Reached::At(reached) => Reached::At(change(reached)),
            Reached::Unknown(code) => Reached::Unknown(*code),
        }
    }
}

/// The totals after the plan, the headcount and the funds. Where a world equals one that is known, it is not calculated.
fn worlds(
    matched: &Matched<'_>,
    other: Side<'_>,
    old_funds: Option<&Data>,
    facts: &Facts,
    same_plan: bool,
    end: &[Fen],
    supposed: &Supposed,
) -> [(Cause, Reached<Vec<Fen>>); 3] {
    let calculated = |data: &Data| match totals(other.plan, data, supposed) {
        Ok(totals) => Reached::At(totals),
        Err(code) => Reached::Unknown(Some(code)),
    };
    let funded = || if facts.changed() { calculated(&facts.old) } else { Reached::At(end.to_vec()) };
    // All facts as they were, on the rows as they are.
    let staffed = || old_funds.map_or_else(funded, calculated);
    let same_rows = matched.has_same_rows();
    let plan = match (same_plan, same_rows) {
        (true, _) => Reached::Same,
        (false, true) => staffed(),
        (false, false) => match matched.carried() {
            Ok(data) => calculated(&data),
            Err(refusal) => Reached::Unknown(Some(code(&refusal))),
        },
    };
    let headcount = if same_rows { Reached::Same } else { staffed() };
    let funds = if old_funds.is_none() { Reached::Same } else { funded() };
    [(Cause::Plan, plan), (Cause::Headcount, headcount), (Cause::Funds, funds)]
}

/// What each cause moved on the way from `start`; what is left of the whole difference is rounding.
fn moved(start: Fen, points: impl Iterator<Item = (Cause, Reached<Fen>)>, difference: Fen) -> Vec<Moved> {
    let (mut before, mut with, mut moved) = (start, Vec::new(), Vec::new());
    for (cause, reached) in points {
        match reached {
            Reached::Same => {}
            Reached::Unknown(_) => with.push(cause),
            Reached::At(after) => {
                moved.push(Moved { cause, amount: after - before, with: std::mem::take(&mut with) });
                before = after;
            }
        }
    }
    moved.push(Moved { cause: Cause::Rounding, amount: difference - (before - start), with });
    moved.retain(|moved| moved.amount != 0);
    moved
}

/// The totals of the payees, or the first fault that forbids them.
fn totals(plan: &Plan, data: &Data, supposed: &Supposed) -> Result<Vec<Fen>, Code> {
    let outcome = calculate_supposing(plan, data, supposed).map_err(|refusal| code(&refusal))?;
    Ok(outcome.all_totals().to_vec())
}

fn code(refusal: &Refusal) -> Code {
    refusal.faults.first().map_or(Code::NotBalanced, |fault| fault.code)
}

fn of(totals: &[Fen], row: Option<Row>) -> Fen {
    row.map_or(0, |row| *at(totals, row))
}

fn ids<'a>(outcome: &'a Outcome<'a>) -> &'a [String] {
    let level = outcome.plan.payee.and_then(|payee| outcome.data.levels.get(payee));
    level.map_or(&[], |level| &level.ids)
}

/// The rows of both sides by id.
fn pairs(base: &[String], other: &[String]) -> Vec<Pair> {
    let mut pairs: BTreeMap<&str, Pair> = BTreeMap::new();
    for (row, id) in rows(base.len()).zip(base) {
        pairs.entry(id).or_default().0 = Some(row);
    }
    for (row, id) in rows(other.len()).zip(other) {
        pairs.entry(id).or_default().1 = Some(row);
    }
    pairs.into_values().collect()
}

/// The lines of a payee: the texts of their items, and the amounts.
fn lines<'a>(outcome: &'a Outcome<'a>, payee: Option<Row>) -> impl Iterator<Item = (&'a str, Fen)> {
    let steps = &outcome.plan.document.steps;
    let lines = payee.map_or(&[][..], |payee| outcome.lines_of(payee)).iter();
    lines.filter_map(|line| Some((steps.get(line.step)?.action.pay()?.item.as_str(), line.amount)))
}
