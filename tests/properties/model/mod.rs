//! A second, independent reading of `plan-language.md`: exact fractions, row by row, nothing clever. It shares no code with
//! the engine.

mod formula;
mod money;
mod rank;
mod share;

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, Zero};

pub use formula::{At, Met};
pub use share::{Recipient, Verdict, divide};

use crate::language::{Case, Do, Expr, From, Kind, Level, Plan, Q, Row, Step, Value, exact_text, money_text, rounded};
use crate::outcome::{Answer, Error, Outcome};

/// What a veto does to one row of one column.
#[derive(Clone, Debug)]
pub struct Hit {
    pub veto: String,
    pub portion: Q,
    pub to: Option<String>,
}

/// What was taken from the rows of a fund.
#[derive(Clone, Debug, Default)]
pub struct Book {
    pub drawn: BTreeMap<String, Vec<Q>>,
    pub withheld: BTreeMap<String, Vec<Q>>,
}

/// A fund row: level, column, row.
pub type FundRow = (usize, String, usize);

pub struct World<'c> {
    pub plan: &'c Plan,
    pub rows: &'c [Vec<Row>],
    /// By level, column, row.
    values: Vec<BTreeMap<String, Vec<Value>>>,
    books: BTreeMap<(usize, String), Book>,
    hits: BTreeMap<(usize, String), Vec<Vec<Hit>>>,
    acted: BTreeMap<String, BTreeSet<String>>,
    lines: Vec<(usize, String, String, Q)>,
    failed_checks: BTreeSet<Error>,
    warned_checks: BTreeSet<(String, String)>,
    warnings: BTreeSet<(String, String, String)>,
}

/// The error of a row in a step.
pub struct Fault {
    pub level: usize,
    pub row: usize,
    pub code: &'static str,
}

/// What a money step gives a row: its value as drawn, and from which fund.
pub struct Gross {
    pub value: Q,
    pub fund: Option<FundRow>,
    /// The row took part: a veto can act on it.
    pub takes_part: bool,
}

pub fn solve(case: &Case) -> Outcome {
    let mut world = World::new(case);
    for step in &case.plan.steps {
        let faults = world.step(step);
        if !faults.is_empty() {
            let mut errors = std::mem::take(&mut world.failed_checks);
            errors.extend(faults.iter().map(|fault| world.error(fault, Some(&step.name))));
            return Outcome::Refused(errors);
        }
    }
    if !world.failed_checks.is_empty() {
        return Outcome::Refused(world.failed_checks);
    }
    let totals = world.totals();
    let negative: BTreeSet<Error> = totals
        .iter()
        .filter(|(_, total)| total.is_negative())
        .map(|((level, row), _)| world.error(&Fault { level: *level, row: *row, code: "negative_total" }, None))
        .collect();
    if !negative.is_empty() && !case.plan.allow_negative_total {
        return Outcome::Refused(negative);
    }
    Outcome::Done(Box::new(world.answer(&totals)))
}

impl<'c> World<'c> {
    pub fn new(case: &'c Case) -> World<'c> {
        let facts = |(rows, level): (&Vec<Row>, &Level)| {
            let mut columns: BTreeMap<_, _> = level.facts.iter().map(|fact| (fact.name.clone(), Vec::new())).collect();
            for (name, value) in rows.iter().flat_map(|row| &row.facts) {
                columns.entry(name.clone()).or_default().push(value.clone());
            }
            columns
        };
        World {
            plan: &case.plan,
            rows: &case.rows,
            values: case.rows.iter().zip(&case.plan.levels).map(facts).collect(),
            books: BTreeMap::new(),
            hits: BTreeMap::new(),
            acted: BTreeMap::new(),
            lines: Vec::new(),
            failed_checks: BTreeSet::new(),
            warned_checks: BTreeSet::new(),
            warnings: BTreeSet::new(),
        }
    }

    fn error(&self, fault: &Fault, step: Option<&String>) -> Error {
        Error {
            code: fault.code.to_owned(),
            level: self.plan.levels[fault.level].name.clone(),
            row: self.rows[fault.level][fault.row].id.clone(),
            step: step.cloned(),
        }
    }

    pub fn value(&self, level: usize, row: usize, name: &str) -> Value {
        self.values[level][name][row].clone()
    }

    /// The level that a row fact refers to.
    pub fn target(&self, level: usize, fact: &str) -> usize {
        let fact = self.plan.levels[level].facts.iter().find(|it| it.name == fact).expect("a fact");
        match fact.kind {
            Kind::Row(target) => target,
            other => unreachable!("{other:?} refers to nothing"),
        }
    }

    pub fn ancestor(&self, mut level: usize, mut row: usize, wanted: usize) -> usize {
        while level != wanted {
            row = self.rows[level][row].parent;
            level = self.plan.levels[level].parent.expect("an ancestor");
        }
        row
    }

    pub fn at(&self, level: usize, row: usize) -> At<'_> {
        At { world: self, level, row, item: None }
    }

    /// §5: the fund's value less all that earlier steps drew.
    pub fn left(&self, level: usize, name: &str, row: usize) -> Q {
        let Value::Num(value) = self.value(level, row, name) else { unreachable!("a fund is money") };
        let book = self.books.get(&(level, name.to_owned()));
        book.into_iter().flat_map(|book| book.drawn.values()).fold(value, |left, drawn| left - &drawn[row])
    }

    /// The fund row that a row reaches; none by a blank reference.
    pub fn fund(&self, level: usize, row: usize, from: &From) -> Option<FundRow> {
        match from {
            From::Own(name) => Some((level, name.clone(), row)),
            From::Up(up, name) => Some((*up, name.clone(), self.ancestor(level, row, *up))),
            From::Ref(fact, name) => match self.value(level, row, fact) {
                Value::Row(to) => Some((self.target(level, fact), name.clone(), to)),
                _ => None,
            },
        }
    }

    fn step(&mut self, step: &Step) -> Vec<Fault> {
        match &step.act {
            Do::Formula(formula) => self.formula(step, formula),
            Do::Share(share) => self.share(step, share),
            Do::Rank(rank) => self.rank(step, rank),
            Do::Veto(veto) => self.veto(step, veto),
            Do::Collect { level, name, pay } => self.collect(step, *level, name, *pay),
            Do::Check { assert, warning } => self.check(step, assert, *warning),
        }
    }

    /// A check that cannot be evaluated everywhere has still failed where it does not hold: "all of that step's errors".
    fn check(&mut self, step: &Step, assert: &Expr, warning: bool) -> Vec<Fault> {
        let rows = 0..self.rows[step.level].len();
        let found: Vec<Met<bool>> = rows.map(|row| self.at(step.level, row).flag(assert)).collect();
        let fault = |(row, found): (usize, &Met<bool>)| found.err().map(|code| Fault { level: step.level, row, code });
        let faults: Vec<Fault> = found.iter().enumerate().filter_map(fault).collect();
        for (row, _) in found.iter().enumerate().filter(|(_, holds)| **holds == Ok(false)) {
            if warning {
                self.warned_checks.insert((step.name.clone(), self.rows[step.level][row].id.clone()));
            } else {
                let fault = Fault { level: step.level, row, code: "check_failed" };
                self.failed_checks.insert(self.error(&fault, Some(&step.name)));
            }
        }
        faults
    }

    /// The veto that acts on a row of a column: the largest portion above zero, the first written if equal.
    pub fn hit(&self, level: usize, name: &str, row: usize) -> Option<Hit> {
        let hits = self.hits.get(&(level, name.to_owned())).map_or(&[][..], |hits| &hits[row]);
        let mut best: Option<&Hit> = None;
        for hit in hits.iter().filter(|hit| hit.portion.is_positive()) {
            if best.is_none_or(|best| hit.portion > best.portion) {
                best = Some(hit);
            }
        }
        best.cloned()
    }

    pub fn act(&mut self, veto: &str, level: usize, row: usize) {
        self.acted.entry(veto.to_owned()).or_default().insert(self.rows[level][row].id.clone());
    }

    fn totals(&self) -> BTreeMap<(usize, usize), Q> {
        let Some(payee) = self.plan.payee else { return BTreeMap::new() };
        let mut totals: BTreeMap<_, _> = (0..self.rows[payee].len()).map(|row| ((payee, row), Q::zero())).collect();
        for (row, _, _, amount) in &self.lines {
            *totals.get_mut(&(payee, *row)).expect("a payee") += amount;
        }
        totals
    }

    fn answer(&self, totals: &BTreeMap<(usize, usize), Q>) -> Answer {
        let mut values = BTreeMap::new();
        for (level, columns) in self.values.iter().enumerate() {
            for step in self.plan.steps.iter().filter(|step| step.level == level && columns.contains_key(&step.name)) {
                for (row, value) in columns[&step.name].iter().enumerate() {
                    let key =
                        (self.plan.levels[level].name.clone(), self.rows[level][row].id.clone(), step.name.clone());
                    values.extend(shown(value, step.is_money()).map(|text| (key, text)));
                }
            }
        }
        let payee = |row: usize| self.rows[self.plan.payee.expect("lines have payees")][row].id.clone();
        let listed = self.lines.iter().filter(|(_, _, _, amount)| !amount.is_zero());
        Answer {
            values,
            totals: totals.iter().map(|((_, row), total)| (payee(*row), money_text(total))).collect(),
            lines: listed
                .map(|(to, step, row, amount)| (payee(*to), step.clone(), row.clone(), money_text(amount)))
                .collect(),
            funds: self.funds(),
            balance: self.balance(totals.values()),
            checks: self.warned_checks.clone(),
            vetoes: self.acted.clone(),
            warnings: self.warnings.clone(),
        }
    }
}

fn shown(value: &Value, money: bool) -> Option<String> {
    match value {
        Value::Blank => None,
        Value::Num(number) if money => Some(money_text(number)),
        Value::Num(number) => Some(exact_text(number)),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Row(_) => unreachable!("no step gives a row"),
    }
}

/// §8: a number within 12 places, rounded half_even.
pub fn shown_in_places(number: &Q) -> String {
    exact_text(&rounded(number, &crate::language::q("0.000000000001"), "half_even"))
}
