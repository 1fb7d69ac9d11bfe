//! The rows of one sheet: what is data, what is a total, what is neither.

use std::collections::HashMap;

use super::book::{Cell, Ranges, Sheet};
use super::headings::{Column, Headings, Vocabulary};
use super::trouble::{Note, Trouble};
use super::values::{id, shown, value};
use crate::exact::{Decimal, Number};
use crate::plan::document::{Fact, FactKind};
use crate::sheet::template::FAULTS;
use crate::wire::json::Json;

/// After so many blank rows nothing more is read.
const MOST_BLANK: usize = 200;
/// How a row begins that sums others.
const TOTALS: [&str; 5] = ["合计", "小计", "总计", "共计", "total"];
/// How a row begins that is below the data.
const FOOTERS: [&str; 12] =
    ["制表", "审核", "填表", "填报", "负责人", "单位负责人", "校长", "经办", "复核", "备注", "说明", "注"];

/// Where something stands in a sheet: row and column, from 0.
pub type At = (usize, usize);

/// A row that was read.
pub struct ReadRow {
    /// Its place in the sheet.
    pub row: usize,
    /// Its id.
    pub id: String,
    /// Whether the id is a number in the sheet, which has no zeros at its front.
    pub is_number: bool,
    /// What its parent cell says.
    pub parent: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its facts by their places among the level's.
    pub facts: Vec<(usize, Json<'static>)>,
    /// The facts whose cells have troubles.
    pub faulty: Vec<usize>,
}

/// What a sheet gives.
#[derive(Default)]
pub struct ReadSheet {
    /// Its rows.
    pub rows: Vec<ReadRow>,
    /// Which column of the sheet is what.
    pub columns: HashMap<Column, usize>,
    /// The troubles with their cells.
    pub troubles: Vec<(Option<At>, Trouble)>,
    /// The notes with their cells.
    pub notes: Vec<(Option<At>, Note)>,
}

/// The name of a cell, such as C17.
pub fn cell_name((row, column): At) -> String {
    format!("{}{}", column_name(column), row + 1)
}

/// The name of a column, from 0: A, B, … Z, AA.
pub fn column_name(column: usize) -> String {
    let (mut letters, mut left) = (Vec::new(), column + 1);
    while left > 0 {
        let letter = (left - 1) % 26;
        letters.push(char::from(b'A' + u8::try_from(letter).unwrap_or(0)));
        left = (left - 1) / 26;
    }
    letters.into_iter().rev().collect()
}

/// Reads the rows of a sheet whose headings are known.
pub fn read(sheet: &Sheet, headings: &Headings, vocabulary: &Vocabulary, facts: &[Fact]) -> ReadSheet {
    let mut found = ReadSheet::default();
    for (place, heading) in headings.columns.iter().enumerate() {
        let at = Some((headings.row, place));
        match heading.column {
            Some(column) => match found.columns.get(&column) {
                None => drop(found.columns.insert(column, place)),
                Some(other) => {
                    let other = cell_name((headings.row, *other));
                    found.troubles.push((at, Trouble::DuplicateColumn(other)));
                }
            },
            None if !heading.text.is_empty() && !is_ordinal(&heading.text) && heading.text != FAULTS => {
                found.notes.push((at, Note::UnknownColumn(heading.text.clone())));
            }
            None => {}
        }
    }
    for column in vocabulary.missing(headings) {
        let words = vocabulary.words(column).unwrap_or_default().to_vec();
        found.troubles.push((Some((headings.row, 0)), Trouble::MissingColumn(words)));
    }
    let mut reader = Reader { sheet, headings, facts, sums: HashMap::new(), found };
    let mut blank = 0;
    for row in headings.data..sheet.end() {
        let cells = sheet.rows.get(row).map_or(&[][..], Vec::as_slice);
        if cells.iter().all(|cell| *cell == Cell::Blank || shown(cell).is_empty() && *cell != Cell::NoValue) {
            blank += 1;
            continue;
        }
        if blank >= MOST_BLANK {
            reader.found.notes.push((Some((row, 0)), Note::Stopped));
            break;
        }
        blank = 0;
        reader.row(row, cells);
    }
    let hidden = ranges(reader.found.rows.iter().map(|row| row.row).filter(|row| sheet.hides(*row)));
    let told = |(first, last)| (Some((first, 0)), Note::HiddenRows(first + 1, last + 1));
    reader.found.notes.extend(hidden.into_iter().map(told));
    reader.found
}

/// Rows in their order, those that follow one another together.
pub fn ranges(rows: impl Iterator<Item = usize>) -> Ranges {
    let mut ranges: Ranges = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => ranges.push((row, row)),
        }
    }
    ranges
}

/// Whether a row that begins so sums others; an id may begin with the English word too.
fn is_total(plain: &str) -> bool {
    let lower = plain.to_lowercase();
    TOTALS.iter().any(|total| match lower.strip_prefix(total) {
        Some(rest) => !total.is_ascii() || !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '-'),
        None => false,
    })
}

/// Whether a heading only numbers the rows.
fn is_ordinal(text: &str) -> bool {
    ["序号", "编次", "no", "no."].contains(&text.to_lowercase().as_str())
}

struct Reader<'s> {
    sheet: &'s Sheet,
    headings: &'s Headings,
    facts: &'s [Fact],
    /// For each numeric column the sum of its rows since the last total, and of all.
    sums: HashMap<usize, (Number, Number)>,
    found: ReadSheet,
}

impl Reader<'_> {
    fn row(&mut self, row: usize, cells: &[Cell]) {
        let column = |column: Column| self.found.columns.get(&column).copied();
        let (id_at, name_at, parent_at) = (column(Column::Id), column(Column::Name), column(Column::Parent));
        let begins = cells.iter().map(shown).find(|text| !text.is_empty()).unwrap_or_default();
        let plain: String = begins.chars().filter(|letter| !letter.is_whitespace()).collect();
        if is_total(&plain) {
            return self.total(row, plain.starts_with("小计"));
        }
        // `制表人：张某` may stand in the column of ids.
        let is_footer = FOOTERS.iter().any(|footer| plain.starts_with(footer));
        if is_footer && plain.contains([':', '：']) {
            return self.found.notes.push((Some((row, 0)), Note::SkippedRow(begins)));
        }
        let read = id_at.map_or(Ok(None), |column| id(self.sheet.cell(row, column)));
        let id = match read {
            Ok(Some(id)) => id,
            // A word alone; beside values it is a row of which the id is missing.
            Ok(None) if is_footer && cells.iter().filter(|cell| !shown(cell).is_empty()).count() == 1 => {
                return self.found.notes.push((Some((row, 0)), Note::SkippedRow(begins)));
            }
            // A column of ids that is not there has been told.
            Ok(None) if id_at.is_none() => return,
            Ok(None) => return self.found.troubles.push((Some((row, id_at.unwrap_or(0))), Trouble::NoId)),
            Err(trouble) => return self.found.troubles.push((Some((row, id_at.unwrap_or(0))), trouble)),
        };
        let name = name_at.map(|column| shown(self.sheet.cell(row, column))).filter(|name| !name.is_empty());
        let is_number = id_at.is_some_and(|column| matches!(self.sheet.cell(row, column), Cell::Number(_)));
        let mut own = ReadRow { row, id, is_number, parent: None, name, facts: Vec::new(), faulty: Vec::new() };
        if let Some(column) = parent_at {
            // The school stands once beside all its staff, in one merged cell.
            match self::id(self.sheet.merged_cell(row, column)) {
                Ok(parent) => own.parent = parent,
                Err(trouble) => self.found.troubles.push((Some((row, column)), trouble)),
            }
        }
        self.facts(&mut own);
        self.found.rows.push(own);
    }

    fn facts(&mut self, own: &mut ReadRow) {
        for (place, fact) in self.facts.iter().enumerate() {
            let Some(column) = self.found.columns.get(&Column::Fact(place)).copied() else { continue };
            let unit = self.headings.columns.get(column).and_then(|heading| heading.unit.as_deref());
            let at = Some((own.row, column));
            match value(&fact.kind, self.sheet.cell(own.row, column), unit) {
                Ok((read, note)) => {
                    self.found.notes.extend(note.map(|note| (at, note)));
                    if let Some(read) = read {
                        self.sum(column, &fact.kind, &read);
                        own.facts.push((place, read));
                    }
                }
                Err(trouble) => {
                    own.faulty.push(place);
                    self.found.troubles.push((at, trouble));
                }
            }
        }
    }

    fn sum(&mut self, column: usize, kind: &FactKind, read: &Json<'_>) {
        if !matches!(kind, FactKind::Number { .. } | FactKind::Money { .. }) {
            return;
        }
        let Some(number) = read.text().and_then(|text| Decimal::parse(text).ok()) else { return };
        let (part, all) = self.sums.entry(column).or_insert((Number::ZERO, Number::ZERO));
        for sum in [part, all] {
            if let Ok(more) = sum.checked_add(number.number()) {
                *sum = more;
            }
        }
    }

    /// A row that sums the rows above it is a check of them.
    fn total(&mut self, row: usize, partial: bool) {
        for (place, fact) in self.facts.iter().enumerate() {
            let Some(column) = self.found.columns.get(&Column::Fact(place)).copied() else { continue };
            let Some(kind) = wide(&fact.kind) else { continue };
            let Ok((Some(read), _)) = value(&kind, self.sheet.cell(row, column), None) else { continue };
            let Some(total) = read.text().and_then(|text| Decimal::parse(text).ok()) else { continue };
            let (part, all) = self.sums.get(&column).cloned().unwrap_or((Number::ZERO, Number::ZERO));
            let sum = if partial { part } else { all };
            if *total.number() != sum {
                let trouble = Trouble::ControlTotal(total.number().text(), sum.text());
                self.found.troubles.push((Some((row, column)), trouble));
            }
        }
        if partial {
            self.sums.values_mut().for_each(|(part, _)| *part = Number::ZERO);
        }
    }
}

/// The same kind without its bounds, which a sum may pass; none where nothing is summed.
fn wide(kind: &FactKind) -> Option<FactKind> {
    match kind {
        FactKind::Number { .. } => Some(FactKind::Number { min: None, max: None, places: None }),
        FactKind::Money { .. } => Some(FactKind::Money { min: None, max: None }),
        _ => None,
    }
}
