//! The rows of a payroll file, and its control line.

use std::collections::BTreeMap;

use super::profile::{Content, Layout, Profile};
use crate::exact::Fen;

/// An item of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What the payee reads.
    pub item: String,
    /// The group of items.
    pub category: Option<String>,
    /// The payroll system's own code.
    pub payroll_code: Option<String>,
}

/// Somebody who is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// The id of the school; empty where there is none.
    pub school_id: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of somebody who is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The number of its item.
    pub item: i64,
    /// The amount.
    pub amount: Fen,
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is there.
    Blank,
    /// A text.
    Text(String),
    /// An amount.
    Money(Fen),
}

impl Cell {
    fn maybe(text: Option<&String>) -> Cell {
        text.filter(|text| !text.is_empty()).map_or(Cell::Blank, |text| Cell::Text(text.clone()))
    }
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Control {
    /// How many people it has.
    pub people: usize,
    /// How many of their lines.
    pub lines: usize,
    /// The sum of those.
    pub total: Fen,
}

/// A file while it is written.
pub struct Payroll {
    /// What it is to look like.
    pub profile: Profile,
    /// The items of the run that the file has, by their numbers.
    items: BTreeMap<i64, Item>,
    /// The names of the schools, where a column wants them.
    schools: BTreeMap<String, String>,
    /// What it has come to so far.
    control: Control,
    /// The same of each item.
    totals: BTreeMap<String, Fen>,
    result_sha256: String,
    is_draft: bool,
}

impl Payroll {
    /// A file for items of a run.
    ///
    /// # Errors
    /// What the profile names that the run does not have.
    pub fn new(
        profile: Profile,
        mut items: BTreeMap<i64, Item>,
        schools: BTreeMap<String, String>,
        (result_sha256, is_draft): (String, bool),
    ) -> Result<Payroll, Vec<String>> {
        let of_columns = profile.columns.iter().filter_map(|column| match &column.content {
            Content::OfItem(item) => Some(item),
            _ => None,
        });
        let mut unknown: Vec<String> = Vec::new();
        for wanted in profile.items.iter().flatten().chain(of_columns) {
            if !unknown.contains(wanted) && !items.values().any(|item| item.item == *wanted) {
                unknown.push(wanted.clone());
            }
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        if let Some(wanted) = &profile.items {
            items.retain(|_, item| wanted.contains(&item.item));
        }
        let (control, totals) = Default::default();
        Ok(Payroll { profile, items, schools, control, totals, result_sha256, is_draft })
    }

    /// Whether it may not be paid by.
    pub fn is_draft(&self) -> bool {
        self.is_draft
    }

    /// The fingerprint of the run's result.
    pub fn result_sha256(&self) -> &str {
        &self.result_sha256
    }

    /// What it has come to so far.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The texts that every file of this profile and run has.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let headings = self.profile.columns.iter().map(|column| column.heading.as_str());
        let items = self.items.values().flat_map(|item| {
            let more = item.category.iter().chain(&item.payroll_code);
            more.map(String::as_str).chain([item.item.as_str()])
        });
        headings.chain(items).chain(self.schools.values().map(String::as_str))
    }

    /// Adds the rows of somebody to `rows`; somebody without a line in this file has none.
    pub fn add(&mut self, person: &Person, rows: &mut Vec<Vec<Cell>>) {
        let lines: Vec<(&Line, &Item)> =
            person.lines.iter().filter_map(|line| Some((line, self.items.get(&line.item)?))).collect();
        if lines.is_empty() {
            return;
        }
        let total = lines.iter().map(|(line, _)| line.amount).sum();
        let mut of_items: BTreeMap<&str, Fen> = BTreeMap::new();
        for (line, item) in &lines {
            *of_items.entry(&item.item).or_default() += line.amount;
        }
        let columns = &self.profile.columns;
        let cell = |content: &Content, line: Option<&(&Line, &Item)>| match content {
            Content::Id => Cell::Text(person.id.clone()),
            Content::Name => Cell::maybe(person.name.as_ref()),
            Content::SchoolId => Cell::maybe(Some(&person.school_id)),
            Content::SchoolName => Cell::maybe(self.schools.get(&person.school_id)),
            Content::Total => Cell::Money(total),
            Content::Item => Cell::maybe(line.map(|(_, item)| &item.item)),
            Content::Category => Cell::maybe(line.and_then(|(_, item)| item.category.as_ref())),
            Content::PayrollCode => Cell::maybe(line.and_then(|(_, item)| item.payroll_code.as_ref())),
            Content::Amount => line.map_or(Cell::Blank, |(line, _)| Cell::Money(line.amount)),
            Content::OfItem(item) => of_items.get(item.as_str()).map_or(Cell::Blank, |amount| Cell::Money(*amount)),
        };
        let row = |line| columns.iter().map(|column| cell(&column.content, line)).collect();
        match self.profile.layout {
            Layout::Lines => rows.extend(lines.iter().map(|line| row(Some(line)))),
            Layout::People => rows.push(row(None)),
        }
        self.control.people += 1;
        self.control.lines += lines.len();
        self.control.total += total;
        for (item, amount) in of_items {
            *self.totals.entry(item.to_owned()).or_default() += amount;
        }
    }

    /// The control line as a row: 合计 in the first column, the sum in the column of amounts, or else of totals, or else after
    /// the last; the sum of each item in its own; how many there are of what in the first free cell.
    pub fn control_row(&self) -> Vec<Cell> {
        let columns = &self.profile.columns;
        let mut row: Vec<Cell> = columns
            .iter()
            .map(|column| match &column.content {
                Content::OfItem(item) => Cell::Money(self.totals.get(item).copied().unwrap_or_default()),
                _ => Cell::Blank,
            })
            .collect();
        let place = |wanted: &Content| columns.iter().skip(1).position(|column| column.content == *wanted);
        let sum = place(&Content::Amount).or_else(|| place(&Content::Total)).map(|place| place + 1);
        let Control { people, lines, total } = self.control;
        match sum.and_then(|place| row.get_mut(place)) {
            Some(cell) => *cell = Cell::Money(total),
            None => row.push(Cell::Money(total)),
        }
        if let Some(first) = row.first_mut() {
            *first = Cell::Text("合计".to_owned());
        }
        let draft = if self.is_draft { "草稿；" } else { "" };
        let said = Cell::Text(format!("{draft}{people} 人；{lines} 笔；结果 {}", self.result_sha256));
        match row.iter_mut().find(|cell| **cell == Cell::Blank) {
            Some(cell) => *cell = said,
            None => row.push(said),
        }
        row
    }
}
