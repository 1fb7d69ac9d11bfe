//! A calculation under way: the columns computed so far, the funds, the tables.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

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
    /// Whether formulas are supposed to be evaluated without programs.
    pub plainly: bool,
    /// How many parts of formulas a program has evaluated.
    programs: Cell<usize>,
    /// For each level and column how many bits its integers have, once that has been asked.
    bits: RefCell<FxHashMap<(usize, usize), u32>>,
}

/// The column of texts, which no formula uses.
pub static NOTHING: Vector =
    Vector { values: Values::Numbers(Numbers::Scaled { values: Vec::new(), per: 1 }), blank: None };

impl<'a> State<'a> {
    /// Before the first step.
    pub fn new(plan: &'a Plan, data: &'a Data) -> State<'a> {
        let columns = data.levels.iter().map(|level| facts(&level.facts).collect()).collect();
        let tables = plan.document.tables.iter().map(|table| Lookup::new(table, &plan.texts)).collect();
        let mut state = State {
            plan,
            data,
            columns,
            funds: Funds::new(plan),
            tables,
            everybody: false,
            plainly: false,
            programs: Cell::new(0),
            bits: RefCell::default(),
        };
        for fund in &plan.funds {
            if plan.column(fund.level, fund.column).is_some_and(|column| column.step.is_none()) {
                state.open_fund(fund.level, fund.column);
            }
        }
        state
    }

    /// Notes that a program has evaluated a formula or a part of one.
    pub fn note_program(&self) {
        self.programs.set(self.programs.get() + 1);
    }

    /// How many programs have run since this was asked last.
    pub fn programs_run(&self) -> usize {
        self.programs.take()
    }

    /// How many rows a level has.
    pub fn count(&self, level: usize) -> usize {
        self.data.levels.get(level).map_or(0, |rows| rows.len())
    }

    /// A column that is known.
    pub fn column(&self, level: usize, column: usize) -> &Vector {
        self.columns.get(level).and_then(|columns| columns.get(column)).map_or(&NOTHING, |vector| vector.as_ref())
    }

    /// How many bits the integers of a column have: each is less than 2 to this power, of either sign.
    pub fn bits(&self, level: usize, column: usize) -> u32 {
        *self.bits.borrow_mut().entry((level, column)).or_insert_with(|| {
            let Values::Numbers(Numbers::Scaled { values, .. }) = &self.column(level, column).values else { return 64 };
            let bits = 64 - i64::leading_zeros(values.iter().fold(0, |all, value| all | value));
            if bits < 64 {
                return bits;
            }
            // The lowest of so many bits below zero has no opposite among them: one more.
            let all = values.iter().fold(0, |all, value| all | (value ^ (value >> 63)));
            65 - i64::leading_zeros(all)
        })
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
