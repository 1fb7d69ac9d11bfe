//! A calculation under way: the columns computed so far, the funds, the tables.

use std::borrow::Cow;

use super::calculated::facts;
use super::data::Data;
use super::funds::Funds;
use super::numbers::Numbers;
use super::tables::Lookup;
use super::vector::{Values, Vector};
use crate::exact::{Fen, Row, defect, rows};
use crate::plan::Plan;

/// What steps read.
pub struct State<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The data.
    pub data: &'a Data,
    /// For each level its columns; those of later steps are not there yet.
    columns: Vec<Vec<Cow<'a, Vector>>>,
    /// The funds.
    pub funds: Funds,
    /// The tables.
    pub tables: Vec<Lookup>,
    /// Whether aggregates are supposed to take every row.
    pub everybody: bool,
}

/// The column of texts, which no formula uses.
pub static NOTHING: Vector =
    Vector { values: Values::Numbers(Numbers::Scaled { values: Vec::new(), per: 1 }), blank: None };

impl<'a> State<'a> {
    /// Before the first step.
    pub fn new(plan: &'a Plan, data: &'a Data) -> State<'a> {
        let columns = data.levels.iter().map(|level| facts(&level.facts).collect()).collect();
        let tables = plan.document.tables.iter().map(|table| Lookup::new(table, &plan.texts)).collect();
        let mut state = State { plan, data, columns, funds: Funds::new(plan), tables, everybody: false };
        for fund in &plan.funds {
            if plan.column(fund.level, fund.column).is_some_and(|column| column.step.is_none()) {
                state.open_fund(fund.level, fund.column);
            }
        }
        state
    }

    /// How many rows a level has.
    pub fn count(&self, level: usize) -> usize {
        self.data.levels.get(level).map_or(0, |rows| rows.len())
    }

    /// A column that is known.
    pub fn column(&self, level: usize, column: usize) -> &Vector {
        self.columns.get(level).and_then(|columns| columns.get(column)).map_or(&NOTHING, |vector| vector.as_ref())
    }

    /// All columns, level by level.
    pub fn into_columns(self) -> (Vec<Vec<Cow<'a, Vector>>>, Funds, Vec<Lookup>) {
        (self.columns, self.funds, self.tables)
    }

    /// Adds the column of a step; where it is a fund, it can be drawn from.
    pub fn add(&mut self, level: usize, column: usize, vector: Vector) {
        if let Some(columns) = self.columns.get_mut(level) {
            assert_eq!(columns.len(), column, "steps are computed in their order");
            columns.push(Cow::Owned(vector));
        }
        self.open_fund(level, column);
    }

    fn open_fund(&mut self, level: usize, column: usize) {
        if self.plan.is_fund(level, column) {
            let numbers = self.column(level, column).numbers();
            let value: Vec<Fen> = rows(numbers.len()).map(|row| numbers.fen(row)).collect();
            self.funds.open(level, column, || value);
        }
    }

    /// The row of an ancestor level (or of the level itself) that each row of a level belongs to.
    pub fn ancestors(&self, level: usize, above: usize) -> &[Row] {
        let ancestry = self.plan.levels.get(level).map_or(&[][..], |level| &level.ancestry);
        let distance = ancestry.iter().position(|known| *known == above);
        let Some(distance) = distance else { defect("a level that is not above") };
        self.data.levels.get(level).and_then(|rows| rows.ancestors.get(distance)).map_or(&[], Vec::as_slice)
    }
}
