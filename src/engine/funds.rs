//! Funds (`plan-language.md` §5): what each fund row held, who drew how much, what is left.

use std::collections::BTreeMap;

use crate::exact::{Fen, Row, at, put};
use crate::plan::{Fund, Plan};

/// All funds of a calculation.
#[derive(Debug, Clone, Default)]
pub struct Funds {
    /// In the order of levels and columns.
    pub books: Vec<Book>,
}

/// The rows of one fund.
#[derive(Debug, Clone)]
pub struct Book {
    /// Which column it is.
    pub fund: Fund,
    /// What each row held when its column was computed.
    pub value: Vec<Fen>,
    /// What is left in each row.
    pub left: Vec<Fen>,
    /// For each step that has drawn, how much from each row.
    pub drawn: BTreeMap<usize, Vec<Fen>>,
    /// For each destination, how much is set aside from each row.
    pub withheld: BTreeMap<String, Vec<Fen>>,
    /// The same for each step and destination.
    pub aside: BTreeMap<(usize, String), Vec<Fen>>,
}

impl Funds {
    /// The funds of a plan, still empty.
    pub fn new(plan: &Plan) -> Funds {
        let book = |fund: &Fund| Book {
            fund: *fund,
            value: Vec::new(),
            left: Vec::new(),
            drawn: BTreeMap::new(),
            withheld: BTreeMap::new(),
            aside: BTreeMap::new(),
        };
        Funds { books: plan.funds.iter().map(book).collect() }
    }

    /// The fund that a column is.
    pub fn book(&self, level: usize, column: usize) -> Option<&Book> {
        self.books.iter().find(|book| book.fund.level == level && book.fund.column == column)
    }

    /// The fund that a column is, to draw from.
    pub fn book_mut(&mut self, level: usize, column: usize) -> Option<&mut Book> {
        self.books.iter_mut().find(|book| book.fund.level == level && book.fund.column == column)
    }

    /// What is left in the rows of a fund.
    pub fn left(&self, level: usize, column: usize) -> Option<&[Fen]> {
        self.book(level, column).map(|book| book.left.as_slice())
    }

    /// Fills a fund with the values of its column.
    pub fn open(&mut self, level: usize, column: usize, value: impl FnOnce() -> Vec<Fen>) {
        if let Some(book) = self.book_mut(level, column) {
            book.value = value();
            book.left.clone_from(&book.value);
        }
    }
}

impl Book {
    /// Draws for a step: each pair is a fund row and an amount (negative pays back).
    pub fn draw(&mut self, step: usize, amounts: impl IntoIterator<Item = (Row, Fen)>) {
        let drawn = self.drawn.entry(step).or_insert_with(|| vec![0; self.value.len()]);
        for (row, amount) in amounts {
            *put(drawn, row) += amount;
            *put(&mut self.left, row) -= amount;
        }
    }

    /// Sets part of what a step drew aside.
    pub fn withhold(&mut self, step: usize, to: &str, row: Row, amount: Fen) {
        let count = self.value.len();
        let withheld = self.withheld.entry(to.to_owned()).or_insert_with(|| vec![0; count]);
        *put(withheld, row) += amount;
        let aside = self.aside.entry((step, to.to_owned())).or_insert_with(|| vec![0; count]);
        *put(aside, row) += amount;
    }

    /// The rows that a step has overdrawn, with the amount short: a positive net draw that leaves less than nothing.
    pub fn overdrawn(&self, step: usize) -> Vec<(Row, Fen)> {
        let Some(drawn) = self.drawn.get(&step) else { return Vec::new() };
        crate::exact::rows(drawn.len())
            .filter(|row| *at(drawn, *row) > 0 && *at(&self.left, *row) < 0)
            .map(|row| (row, -*at(&self.left, row)))
            .collect()
    }
}
