//! Why a value is what it is: derived again, row by row, from plan, data and the finished outcome.
//!
//! Nothing is kept for it while a plan is calculated. Every step that is explained must come to the value of its column;
//! where it does not, there is an error and no explanation.

mod aggregate;
mod columns;
mod division;
mod evaluate;
mod grow;
mod node;
mod rank;
mod share;
mod steps;
mod tables;

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

pub use node::{
    Aggregated, Bound, Kind, Matched, Node, Place, RankFacts, Remainder, Role, Scalar, ShareFacts, Tie, Unexplained,
};

use super::outcome::Outcome;
use super::vector::{Values, Vector};
use crate::exact::{Fen, Number, Row, at, place, rows};
use crate::plan::{ColumnKind, ColumnRef, Reach};
use division::Division;
use rank::Ranking;

/// How far an explanation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many columns deep others are followed.
    pub depth: usize,
    /// How many nodes there are at most.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { depth: 3, nodes: 2_000 }
    }
}

/// For each row of a level the rows that belong to it.
type Index = Rc<[Rc<[Row]>]>;

/// Explains the values of an outcome.
pub struct Explainer<'o, 'a> {
    outcome: &'o Outcome<'a>,
    below: RefCell<FxHashMap<(usize, usize), Index>>,
    referring: RefCell<FxHashMap<(usize, usize), Index>>,
    divisions: RefCell<FxHashMap<(usize, Row), Rc<Division>>>,
    rankings: RefCell<FxHashMap<usize, Rc<Ranking>>>,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
struct Site<'t> {
    level: usize,
    row: Row,
    /// Inside an aggregate the aggregated row.
    member: Option<(usize, Row)>,
    /// Funds are as they were before this step.
    step: usize,
    /// The formula as it is written.
    text: &'t str,
}

impl<'t> Site<'t> {
    fn new(level: usize, row: Row, step: usize) -> Site<'t> {
        Site { level, row, member: None, step, text: "" }
    }

    fn with(self, text: &'t str) -> Site<'t> {
        Site { text, ..self }
    }
}

impl<'o, 'a> Explainer<'o, 'a> {
    /// Explains nothing yet.
    pub fn new(outcome: &'o Outcome<'a>) -> Explainer<'o, 'a> {
        let (below, referring) = (RefCell::default(), RefCell::default());
        Explainer { outcome, below, referring, divisions: RefCell::default(), rankings: RefCell::default() }
    }

    /// What is explained.
    pub fn outcome(&self) -> &'o Outcome<'a> {
        self.outcome
    }

    /// One step of one row of its level.
    ///
    /// # Errors
    /// [`Unexplained`]: a defect of the program, never of plan or data.
    pub fn step(&self, step: usize, row: Row, limits: Limits) -> Result<Node, Unexplained> {
        self.grown(self.of_step(step, row)?, limits)
    }

    /// All steps of a row.
    ///
    /// # Errors
    /// As [`Explainer::step`].
    pub fn row(&self, level: usize, row: Row, limits: Limits) -> Result<Node, Unexplained> {
        let steps = self.outcome.plan.steps.iter().enumerate().filter(|(_, step)| step.level == level);
        let lines = steps.map(|(step, _)| Ok(self.of_step(step, row)?.role(Role::Line)));
        let node = Node::new(Kind::Row, None, lines.collect::<Result<Vec<Node>, Unexplained>>()?);
        self.grown(node.at(level, row), limits)
    }

    /// The lines of a payee with their total. None where nobody is paid.
    ///
    /// # Errors
    /// As [`Explainer::step`].
    pub fn statement(&self, payee: Row, limits: Limits) -> Result<Option<Node>, Unexplained> {
        let (Some(level), Some(totals)) = (self.outcome.plan.payee, &self.outcome.totals) else { return Ok(None) };
        let total: Fen = *at(totals, payee);
        let lines = self.outcome.lines.iter().filter(|line| line.payee == payee);
        let lines = lines.map(|line| Ok(self.of_step(line.step, line.row)?.role(Role::Line)));
        let mut lines = lines.collect::<Result<Vec<Node>, Unexplained>>()?;
        lines.extend(self.taken(level, payee)?);
        self.grown(Node::yuan(Kind::Statement, total, lines).at(level, payee), limits).map(Some)
    }

    /// The pay of a payee that a veto took whole, so that there is no line.
    fn taken(&self, payees: usize, payee: Row) -> Result<Vec<Node>, Unexplained> {
        let plan = self.outcome.plan;
        let mut taken = Vec::new();
        for (number, (step, written)) in plan.steps.iter().zip(&plan.document.steps).enumerate() {
            let (Some(column), Some(_)) = (step.column, written.action.pay()) else { continue };
            let index = self.below(step.level, payees);
            for row in index.get(place(payee)).map_or(&[][..], |rows| rows) {
                let zero = self.scalar(step.level, column, *row) == Some(Scalar::Number(Number::ZERO));
                if zero && self.prevailing(Site::new(step.level, *row, number), step)?.is_some() {
                    let node = self.of_step(number, *row)?;
                    let skipped = matches!(node.kind, Kind::Skipped(_) | Kind::Share(_, None));
                    taken.extend((!skipped).then(|| node.role(Role::Taken)));
                }
            }
        }
        Ok(taken)
    }

    /// The value of a column.
    fn scalar(&self, level: usize, column: usize, row: Row) -> Option<Scalar> {
        let vector: &Vector = self.outcome.columns.get(level)?.get(column)?;
        if vector.is_blank(row) {
            return None;
        }
        Some(match (&vector.values, self.outcome.plan.column(level, column).map(|column| &column.kind)) {
            (Values::Numbers(numbers), _) => Scalar::Number(numbers.get(row)),
            (Values::Flags(flags), _) => Scalar::Flag(*at(flags, row)),
            (Values::Codes(codes), Some(ColumnKind::Row(target))) => Scalar::Row(*target, *at(codes, row)),
            (Values::Codes(codes), _) => Scalar::Text(*at(codes, row)),
            (Values::Dates(dates), _) => Scalar::Date(*at(dates, row)),
        })
    }

    fn count(&self, level: usize) -> usize {
        self.outcome.data.levels.get(level).map_or(0, |rows| rows.len())
    }

    /// The row of an ancestor level, or of the level itself, that a row belongs to.
    fn ancestor(&self, level: usize, row: Row, above: usize) -> Row {
        let ancestry = self.outcome.plan.levels.get(level).map_or(&[][..], |level| &level.ancestry);
        let distance = ancestry.iter().position(|known| *known == above).unwrap_or(0);
        let ancestors = self.outcome.data.levels.get(level).and_then(|rows| rows.ancestors.get(distance));
        ancestors.map_or(row, |rows| *at(rows, row))
    }

    /// The row from which a reference reads; none: a blank reference.
    fn reached(&self, site: Site<'_>, reference: ColumnRef) -> Option<Row> {
        match (reference.reach, site.member) {
            (Reach::Via(fact), _) => match self.scalar(site.level, fact, site.row) {
                Some(Scalar::Row(_, row)) => Some(row),
                _ => None,
            },
            (Reach::Aggregated, Some((level, row))) => Some(self.ancestor(level, row, reference.level)),
            _ => Some(self.ancestor(site.level, site.row, reference.level)),
        }
    }

    /// The rows of a level under each row of another.
    fn below(&self, level: usize, above: usize) -> Index {
        let owner = |row: Row| Some(self.ancestor(level, row, above));
        let build = || index(self.count(level), self.count(above), owner);
        Rc::clone(self.below.borrow_mut().entry((level, above)).or_insert_with(build))
    }

    /// The rows of a level whose row fact names each row of another.
    fn referring(&self, level: usize, fact: usize, target: usize) -> Index {
        let owner = |row: Row| match self.scalar(level, fact, row) {
            Some(Scalar::Row(_, named)) => Some(named),
            _ => None,
        };
        let build = || index(self.count(level), self.count(target), owner);
        Rc::clone(self.referring.borrow_mut().entry((level, fact)).or_insert_with(build))
    }

    /// What was left in a fund row before a step.
    fn left_before(&self, fund: (usize, usize), row: Row, step: usize) -> Option<Fen> {
        let book = self.outcome.funds.book(fund.0, fund.1)?;
        let drawn: Fen = book.drawn.range(..step).map(|(_, drawn)| *at(drawn, row)).sum();
        Some(*at(&book.value, row) - drawn)
    }
}

fn index(count: usize, owners: usize, owner: impl Fn(Row) -> Option<Row>) -> Index {
    let mut found: Vec<Vec<Row>> = vec![Vec::new(); owners];
    for row in rows(count) {
        if let Some(members) = owner(row).and_then(|owner| found.get_mut(place(owner))) {
            members.push(row);
        }
    }
    found.into_iter().map(Rc::from).collect()
}
