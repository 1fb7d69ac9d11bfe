//! The rows at which a formula is being evaluated, and what failed there.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::vector::Vector;
use crate::exact::{NotExact, Row, at, rows};
use crate::plan::{Code, Detail};

/// Why a row has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// What more there is to say.
    pub details: Vec<Detail>,
}

/// The first failure of each row. Operands are evaluated in the order in which they are written, so what comes first
/// here is what comes first from left to right.
#[derive(Debug, Default)]
pub struct Failures(RefCell<BTreeMap<Row, Failure>>);

impl Failures {
    /// Notes a failure, unless the row has one.
    pub fn note(&self, key: Row, code: Code, details: impl FnOnce() -> Vec<Detail>) {
        self.0.borrow_mut().entry(key).or_insert_with(|| Failure { code, details: details() });
    }

    /// Whether nothing failed.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// Whether a row has failed.
    pub fn has(&self, key: Row) -> bool {
        self.0.borrow().contains_key(&key)
    }

    /// What failed, by row.
    pub fn take(&self) -> BTreeMap<Row, Failure> {
        self.0.take()
    }
}

/// Rows of a level at which a formula is evaluated; inside an aggregate each is paired with an aggregated row.
pub struct Frame<'f> {
    /// The level of the rows.
    pub level: usize,
    /// The rows; none: all of the level.
    this: Option<Vec<Row>>,
    /// The aggregated level with a row for each position.
    aggregated: Option<(usize, Vec<Row>)>,
    /// Under which key failures are noted; none: under the row.
    keys: Option<Vec<Row>>,
    count: usize,
    failures: &'f Failures,
}

impl<'f> Frame<'f> {
    /// All rows of a level.
    pub fn all(level: usize, count: usize, failures: &'f Failures) -> Frame<'f> {
        Frame { level, this: None, aggregated: None, keys: None, count, failures }
    }

    /// Some rows of a level.
    pub fn some(level: usize, this: Vec<Row>, failures: &'f Failures) -> Frame<'f> {
        Frame { level, count: this.len(), this: Some(this), aggregated: None, keys: None, failures }
    }

    /// Pairs of a row and an aggregated row; failures are noted under the pair's number.
    pub fn pairs(level: usize, this: Vec<Row>, aggregated: (usize, Vec<Row>), failures: &'f Failures) -> Frame<'f> {
        let count = this.len();
        let keys = Some(rows(count).collect());
        Frame { level, this: Some(this), aggregated: Some(aggregated), keys, count, failures }
    }

    /// How many positions.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether the positions are the level's rows, one by one.
    pub fn is_all(&self) -> bool {
        self.this.is_none()
    }

    /// The rows, position by position; none: all of the level.
    pub fn chosen(&self) -> Option<&[Row]> {
        self.this.as_deref()
    }

    /// The row at a position.
    pub fn row(&self, position: Row) -> Row {
        self.this.as_ref().map_or(position, |this| *at(this, position))
    }

    /// The rows, position by position.
    pub fn rows(&self) -> Vec<Row> {
        self.this.clone().unwrap_or_else(|| rows(self.count).collect())
    }

    /// The aggregated level and its rows, position by position.
    pub fn aggregated(&self) -> Option<(usize, &[Row])> {
        self.aggregated.as_ref().map(|(level, rows)| (*level, rows.as_slice()))
    }

    /// Some of the positions.
    #[must_use]
    pub fn part(&self, positions: &[Row]) -> Frame<'f> {
        let pick = |rows: &Vec<Row>| positions.iter().map(|position| *at(rows, *position)).collect::<Vec<Row>>();
        Frame {
            level: self.level,
            this: Some(self.this.as_ref().map_or_else(|| positions.to_vec(), pick)),
            aggregated: self.aggregated.as_ref().map(|(level, rows)| (*level, pick(rows))),
            keys: self.keys.as_ref().map(pick),
            count: positions.len(),
            failures: self.failures,
        }
    }

    /// Notes a failure at a position.
    pub fn fail(&self, position: Row, code: Code) {
        self.fail_with(position, code, Vec::new);
    }

    /// Notes a failure at a position, with details.
    pub fn fail_with(&self, position: Row, code: Code, details: impl FnOnce() -> Vec<Detail>) {
        let key = self.keys.as_ref().map_or_else(|| self.row(position), |keys| *at(keys, position));
        self.failures.note(key, code, details);
    }

    /// Notes a failed operation at a position.
    pub fn fail_exact(&self, position: Row, error: NotExact) {
        self.fail(
            position,
            match error {
                NotExact::Overflow => Code::Overflow,
                NotExact::DivisionByZero => Code::DivisionByZero,
            },
        );
    }

    /// Notes every blank of a value that must be known.
    pub fn need(&self, vector: &Vector) {
        if vector.blank.is_some() {
            vector.blanks().for_each(|position| self.fail(position, Code::BlankUsed));
        }
    }
}
