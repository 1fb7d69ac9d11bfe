//! Why a value is what it is: derived again, row by row, from plan, data and the finished outcome.
//!
//! Nothing is kept for it while a plan is calculated. Every step that is explained must come to the value of its column;
//! where it does not, there is an error and no explanation.

mod aggregate;
mod columns;
mod division;
mod evaluate;
mod grow;
mod known;
mod limits;
mod node;
mod peers;
mod rank;
mod share;
mod steps;
mod tables;
mod without;

use std::sync::Arc;

pub use division::bounds;
pub use known::Known;
pub use limits::{Expand, Limits};
pub use node::{
    Aggregated, Bound, Kind, Matched, Node, Place, RankFacts, Remainder, Role, Scalar, ShareFacts, Tie, Unexplained,
};

pub use peers::Peers;
pub use without::{Otherwise, Went, WithoutVeto};

use super::outcome::Outcome;
use super::vector::{Values, Vector};
use crate::exact::{Fen, Number, Row, at, rows};
use crate::plan::{ColumnKind, ColumnRef, Reach};
use known::Index;

/// Explains the values of an outcome.
pub struct Explainer<'o, 'a> {
    outcome: &'o Outcome<'a>,
    known: Arc<Known>,
    expand: Expand,
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
        Explainer::knowing(outcome, Arc::default())
    }

    /// Goes on with what explanations of the same outcome have found out.
    pub fn knowing(outcome: &'o Outcome<'a>, known: Arc<Known>) -> Explainer<'o, 'a> {
        Explainer { outcome, known, expand: Expand::default() }
    }

    /// Goes further than its limits in some respects.
    pub fn expanding(self, expand: Expand) -> Explainer<'o, 'a> {
        Explainer { expand, ..self }
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
        let lines = self.outcome.lines_of(payee).iter();
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
            for row in index.of(payee) {
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
    fn below(&self, level: usize, above: usize) -> Arc<Index> {
        let members = || rows(self.count(level)).map(|row| (row, Some(self.ancestor(level, row, above))));
        self.known.below((level, above), || Index::new(self.count(above), members()))
    }

    /// The rows of a level whose row fact names each row of another.
    fn referring(&self, level: usize, fact: usize, target: usize) -> Arc<Index> {
        let owner = |row: Row| match self.scalar(level, fact, row) {
            Some(Scalar::Row(_, named)) => Some(named),
            _ => None,
        };
        let members = || rows(self.count(level)).map(|row| (row, owner(row)));
        self.known.referring((level, fact), || Index::new(self.count(target), members()))
    }

    /// The rows of a level that reach each row of a fund.
    fn reaching(&self, level: usize, fund: ColumnRef) -> Arc<Index> {
        match fund.reach {
            Reach::Via(fact) => self.referring(level, fact, fund.level),
            Reach::This | Reach::Aggregated => self.below(level, fund.level),
        }
    }

    /// What was left in a fund row before a step.
    fn left_before(&self, fund: (usize, usize), row: Row, step: usize) -> Option<Fen> {
        let book = self.outcome.funds.book(fund.0, fund.1)?;
        let drawn: Fen = book.drawn.range(..step).map(|(_, drawn)| *at(drawn, row)).sum();
        Some(*at(&book.value, row) - drawn)
    }
}
