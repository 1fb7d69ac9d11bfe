//! Rosters from spreadsheets (`sheets.md` §2): forgiving where there is one meaning, never guessing, all faults at once with
//! their cells; all or nothing.

mod annotated;
mod book;
mod cells;
mod headings;
mod packed;
mod parents;
mod report;
mod rows;
mod texts;
mod trouble;
mod values;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub use annotated::annotated;
use book::{Book, Unopened};
use headings::{Column, Headings, Vocabulary, key};
use parents::{Parent, Parents};
pub use rows::column_name;
use rows::{At, ReadRow, ReadSheet, cell_name};
pub use trouble::{NOTES, TROUBLES};
use trouble::{Note, Trouble};

use super::template::{FAULTS, OWN, sheet_names};
use crate::engine::Data;
use crate::plan::{Fault, Place, Plan};
use crate::wire::data;
use crate::wire::json::{Json, object, text};

/// A file as it was sent.
pub struct File<'f> {
    /// Its name.
    pub name: &'f str,
    /// Its bytes.
    pub bytes: &'f [u8],
}

/// What files came to.
pub struct Imported {
    /// The data as a plan's data are written; none where there is a trouble.
    pub written: Option<Json<'static>>,
    /// The same, read for the plan.
    pub data: Option<Data>,
    /// What was read.
    sheets: Vec<Taken>,
    troubles: Vec<Found<Trouble>>,
    notes: Vec<Found<Note>>,
}

/// A sheet whose rows were taken.
struct Taken {
    file: String,
    sheet: String,
    level: String,
    rows: usize,
    /// The row of its headings, and the first after them.
    headings: (usize, usize),
    /// The columns in which an annotated file told what was wrong.
    told: Vec<usize>,
}

/// Something found, with its place. Many are in one sheet.
struct Found<T> {
    file: Arc<str>,
    sheet: Option<Arc<str>>,
    at: Option<At>,
    what: T,
}

impl<T> Found<T> {
    /// Found after another, whose names it shares where they are the same.
    fn after(before: Option<&Found<T>>, (file, sheet): (&str, Option<&str>), at: Option<At>, what: T) -> Found<T> {
        let shared = |known: Option<&Arc<str>>, name: &str| match known {
            Some(known) if **known == *name => Arc::clone(known),
            _ => Arc::from(name),
        };
        let sheet = sheet.map(|sheet| shared(before.and_then(|before| before.sheet.as_ref()), sheet));
        Found { file: shared(before.map(|before| &before.file), file), sheet, at, what }
    }
}

/// A sheet with what it is.
struct Known {
    file: String,
    sheet: String,
    level: usize,
    read: ReadSheet,
}

/// Where the rows of each level stand, by their ids; of several with one id the first.
type Cells<'k> = HashMap<(usize, &'k str), (&'k Known, &'k ReadRow)>;

/// Reads the rows of a plan's levels from files.
pub fn import(plan: &Plan, files: &[File<'_>]) -> Imported {
    let mut imported =
        Imported { written: None, data: None, sheets: Vec::new(), troubles: Vec::new(), notes: Vec::new() };
    let vocabularies: Vec<Vocabulary> = (0..plan.levels.len()).map(|level| Vocabulary::new(plan, level)).collect();
    let mut known: Vec<Known> = Vec::new();
    for file in files {
        match book::open(stem(file.name), file.bytes) {
            Ok(book) => imported.takes(plan, &vocabularies, file, book, &mut known),
            Err(unopened) => imported.trouble(file.name, None, None, unopened.into()),
        }
    }
    // What a file that cannot be opened would have held nobody knows.
    if imported.troubles.is_empty() || !known.is_empty() {
        imported.levels(plan, &mut known);
    }
    imported
}

/// The name of a file without its end.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

impl From<Unopened> for Trouble {
    fn from(unopened: Unopened) -> Trouble {
        match unopened {
            Unopened::Password => Trouble::Password,
            Unopened::WebPage => Trouble::WebPage,
            Unopened::TooLarge => Trouble::TooLarge,
            Unopened::Unknown => Trouble::Unknown,
            Unopened::Encoding => Trouble::Encoding,
        }
    }
}

impl Imported {
    fn trouble(&mut self, file: &str, sheet: Option<&str>, at: Option<At>, what: Trouble) {
        self.troubles.push(Found::after(self.troubles.last(), (file, sheet), at, what));
    }

    fn note(&mut self, file: &str, sheet: Option<&str>, at: Option<At>, what: Note) {
        self.notes.push(Found::after(self.notes.last(), (file, sheet), at, what));
    }

    /// The sheets of a file, each for the level whose name it bears or whose headings it has.
    fn takes(&mut self, plan: &Plan, vocabularies: &[Vocabulary], file: &File<'_>, book: Book, known: &mut Vec<Known>) {
        if let Some(encoding) = book.encoding {
            self.note(file.name, None, None, Note::Encoding(encoding.to_owned()));
        }
        for name in book.hidden.into_iter().filter(|name| !OWN.contains(&name.as_str())) {
            self.note(file.name, None, None, Note::HiddenSheet(name));
        }
        let names = sheet_names(plan);
        for mut sheet in book.sheets.into_iter().filter(|sheet| !OWN.contains(&sheet.name.as_str())) {
            // As a template has it, or as the plan has it.
            let named = names.iter().position(|name| *name == sheet.name).or_else(|| {
                plan.document.levels.iter().position(|level| {
                    [level.heading.label(), &level.heading.name].iter().any(|name| key(name) == key(&sheet.name))
                })
            });
            let found = |level: usize| Some((level, vocabularies.get(level)?.find(&sheet, named == Some(level))?));
            let best = || {
                let all = (0..vocabularies.len()).filter_map(found);
                all.max_by_key(|(_, headings): &(usize, Headings)| {
                    let facts = headings.columns.iter().filter(|it| matches!(it.column, Some(Column::Fact(_)))).count();
                    (facts, headings.score)
                })
            };
            let Some((level, headings)) = named.and_then(found).or_else(best) else {
                if !sheet.rows.is_empty() {
                    self.note(file.name, Some(&sheet.name), None, Note::UnreadSheet(sheet.name.clone()));
                }
                continue;
            };
            let (Some(vocabulary), Some(own)) = (vocabularies.get(level), plan.document.levels.get(level)) else {
                continue;
            };
            let columns = headings.columns.iter().enumerate();
            let told = columns.filter(|(_, heading)| heading.column.is_none() && heading.text == FAULTS);
            let told: Vec<usize> = told.map(|(column, _)| column).collect();
            told.iter().for_each(|column| sheet.forget(*column));
            let mut read = rows::read(&sheet, &headings, vocabulary, &own.facts);
            for (at, what) in std::mem::take(&mut read.troubles) {
                self.trouble(file.name, Some(&sheet.name), at, what);
            }
            for (at, what) in std::mem::take(&mut read.notes) {
                self.note(file.name, Some(&sheet.name), at, what);
            }
            self.sheets.push(Taken {
                file: file.name.to_owned(),
                sheet: sheet.name.clone(),
                level: own.heading.name.clone(),
                rows: read.rows.len(),
                headings: (headings.row, headings.data),
                told,
            });
            known.push(Known { file: file.name.to_owned(), sheet: sheet.name, level, read });
        }
    }

    /// Puts the rows of all sheets together and has the language judge them.
    fn levels(&mut self, plan: &Plan, known: &mut [Known]) {
        let mut parents = Parents::new(plan, known);
        let mut data: Vec<(Cow<'static, str>, Json<'static>)> = Vec::new();
        for (level, written) in plan.document.levels.iter().enumerate() {
            let rows = if known.iter().any(|known| known.level == level) {
                self.rows(plan, level, known, &parents)
            } else {
                self.made(plan, level, known, &mut parents)
            };
            data.push((Cow::Owned(written.heading.name.clone()), Json::List(rows)));
        }
        // Their names are of no more use, and many.
        drop(parents);
        let written = Json::Object(data);
        match data::data_or_faults(plan, &written) {
            Ok(data) if self.troubles.is_empty() => (self.written, self.data) = (Some(written), Some(data)),
            Ok(_) => {}
            Err(faults) => {
                drop(written);
                let mut cells = Cells::new();
                for known in known.iter() {
                    for row in &known.read.rows {
                        cells.entry((known.level, &row.id)).or_insert((known, row));
                    }
                }
                faults.all().for_each(|fault| self.fault(plan, &cells, fault));
            }
        }
        let before = |found: &Found<Trouble>| (found.file.clone(), found.sheet.clone(), found.at);
        self.troubles.sort_by_key(before);
    }

    /// The rows of a level; their values go over into them.
    fn rows(&mut self, plan: &Plan, level: usize, known: &mut [Known], parents: &Parents) -> Vec<Json<'static>> {
        let own = || known.iter().filter(|known| known.level == level);
        let sheets: Vec<String> = own().map(|known| known.sheet.clone()).collect();
        let zeros = own().flat_map(|known| &known.read.rows).any(|row| !row.is_number && row.id.starts_with('0'));
        let facts = plan.document.levels.get(level).map_or(&[][..], |level| &level.facts);
        let mut ids: HashMap<&str, (usize, At)> = HashMap::new();
        let mut names: HashSet<&str> = HashSet::new();
        let mut rows = Vec::new();
        for (number, known) in known.iter_mut().filter(|known| known.level == level).enumerate() {
            let column = |column: Column| known.read.columns.get(&column).copied().unwrap_or(0);
            for row in &mut known.read.rows {
                let values = std::mem::take(&mut row.facts);
                let at = (row.row, column(Column::Id));
                if let Some((sheet, other)) = ids.insert(&row.id, (number, at)) {
                    let there = sheets.get(sheet).map_or("", String::as_str);
                    let other =
                        if sheet == number { cell_name(other) } else { format!("{there}!{}", cell_name(other)) };
                    self.trouble(&known.file, Some(&known.sheet), Some(at), Trouble::DuplicateRow(other));
                    continue;
                }
                if let Some(name) = row.name.as_deref().filter(|_| plan.payee == Some(level))
                    && !names.insert(name)
                {
                    let at = Some((row.row, column(Column::Name)));
                    self.note(&known.file, Some(&known.sheet), at, Note::SameName(name.to_owned()));
                }
                let mut entries = vec![("id", text(&row.id))];
                if zeros && row.is_number {
                    self.note(&known.file, Some(&known.sheet), Some(at), Note::LostZeros(row.id.clone()));
                }
                let at = Some((row.row, column(Column::Parent)));
                match parents.of(level, row.parent.as_deref()) {
                    Parent::None => {}
                    Parent::Is(id) => entries.push(("parent", text(&id))),
                    Parent::Named(id) => {
                        let name = row.parent.clone().unwrap_or_default();
                        self.note(&known.file, Some(&known.sheet), at, Note::ByName(name));
                        entries.push(("parent", text(&id)));
                    }
                    Parent::Only(id) => {
                        self.note(&known.file, Some(&known.sheet), at, Note::OnlyParent(id.clone()));
                        entries.push(("parent", text(&id)));
                    }
                    Parent::Unsaid => {
                        self.trouble(&known.file, Some(&known.sheet), at, Trouble::NoParent);
                        continue;
                    }
                }
                entries.extend(row.name.as_ref().map(|name| ("name", text(name))));
                let named = values
                    .into_iter()
                    .filter_map(|(place, value)| Some((Cow::Owned(facts.get(place)?.heading.name.clone()), value)));
                entries.push(("facts", Json::Object(named.collect())));
                rows.push(object(entries));
            }
        }
        rows
    }

    /// The rows of a level without a sheet: what refers to them names them, where they need no facts.
    fn made(&mut self, plan: &Plan, level: usize, known: &[Known], parents: &mut Parents) -> Vec<Json<'static>> {
        let Some(own) = plan.document.levels.get(level) else { return Vec::new() };
        let needs = own.facts.iter().any(|fact| fact.presence == crate::plan::document::Presence::Required);
        let below: Vec<&Known> = known
            .iter()
            .filter(|known| plan.levels.get(known.level).is_some_and(|below| below.parent == Some(level)))
            .collect();
        let is_root = plan.levels.get(level).is_some_and(|level| level.parent.is_none());
        if below.is_empty() && !is_root {
            match plan.payee == Some(level) {
                true => self.trouble("", None, None, Trouble::MissingSheet(own.heading.label().to_owned())),
                false => self.note("", None, None, Note::NoRows(own.heading.label().to_owned())),
            }
            return Vec::new();
        }
        let mut ids: Vec<String> =
            below.iter().flat_map(|known| &known.read.rows).filter_map(|row| row.parent.clone()).collect();
        ids.sort();
        ids.dedup();
        if needs || !is_root || ids.is_empty() {
            let label = own.heading.label().to_owned();
            self.trouble("", None, None, Trouble::MissingSheet(label));
            return Vec::new();
        }
        self.note("", None, None, Note::MadeLevel(own.heading.label().to_owned()));
        parents.add(level, &ids);
        ids.iter().map(|id| object([("id", text(id)), ("facts", Json::Object(Vec::new()))])).collect()
    }

    /// A fault of the data at the cell that it is about, unless that cell has its trouble already.
    fn fault(&mut self, plan: &Plan, cells: &Cells<'_>, fault: Fault) {
        let Place::Data { level, row, fact } = &fault.place else {
            return self.trouble("", None, None, Trouble::Fault(Box::new(fault)));
        };
        let number = level.as_deref().and_then(|level| plan.level_named(level));
        let place = number.zip(row.as_deref()).and_then(|place| cells.get(&place));
        let Some((known, row)) = place else { return self.trouble("", None, None, Trouble::Fault(Box::new(fault))) };
        let facts = number.and_then(|level| plan.document.levels.get(level)).map_or(&[][..], |level| &level.facts);
        let fact = fact.as_deref().and_then(|fact| facts.iter().position(|known| known.heading.name == fact));
        if fact.is_some_and(|fact| row.faulty.contains(&fact)) {
            return;
        }
        let column = match fact {
            Some(fact) => match known.read.columns.get(&Column::Fact(fact)) {
                Some(column) => *column,
                // The whole column is missing, which has been told once.
                None => return,
            },
            None => {
                known.read.columns.get(&Column::Parent).or(known.read.columns.get(&Column::Id)).copied().unwrap_or(0)
            }
        };
        let (file, sheet, at) = (known.file.clone(), known.sheet.clone(), (row.row, column));
        self.trouble(&file, Some(&sheet), Some(at), Trouble::Fault(Box::new(fault)));
    }
}
