//! A data folder: one `<level>.csv` per level with the columns `id`, `parent`, `name` and the facts, UTF-8, a byte order
//! mark allowed, a blank cell absent.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::lines::Lines;
use crate::engine::{Data, DataBuilder, Places, RowInput};
use crate::plan::document::FactKind;
use crate::plan::{Code, Detail, Fault, Plan, Refusal, Written};
use crate::wire::json::{is_common, normal};

/// Whether data come as a folder.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Reads a data folder.
///
/// # Errors
/// The outer error where files cannot be read, the inner with all faults of the data.
pub fn read_folder(plan: &Plan, folder: &Path) -> io::Result<Result<Data, Refusal>> {
    let mut builder = DataBuilder::new(plan);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    let mut read = BTreeSet::new();
    for path in files {
        let name = normal(path.file_stem().unwrap_or_default().to_string_lossy()).into_owned();
        let level = plan.level_named(&name);
        let kind = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let fault = |code| Fault::data(code, Some(&name), None, None).got(format!("{name}.{kind}"));
        match (kind.as_str(), level) {
            ("csv", Some(level)) if read.insert(level) => {
                let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
                let bytes = fs::read(&path).map_err(named)?;
                LevelFile { builder: &mut builder, level, name: &name }.read(&bytes);
            }
            ("csv", Some(_)) => builder.fault(fault(Code::DuplicateKey)),
            ("csv", None) => {
                let names = plan.levels.iter().map(|level| level.name.as_str());
                builder.fault(fault(Code::UnknownLevel).near(&name, names));
            }
            // Rows that stand in another kind of file would be missed without a word.
            ("xlsx" | "xls" | "et" | "ods" | "tsv" | "txt" | "json", Some(_)) => {
                builder.fault(fault(Code::WrongType).wanted(format!("{name}.csv")));
            }
            _ => {}
        }
    }
    Ok(builder.finish())
}

/// What a column of the file is.
enum Heading {
    Id,
    Parent,
    Name,
    Fact(usize),
    Unknown,
}

impl Places {
    /// Where the columns stand, where all of them are known.
    fn of(headings: &[Heading]) -> Option<Places> {
        let mut places = Places::default();
        for (column, heading) in headings.iter().enumerate() {
            match heading {
                Heading::Id => places.id = column,
                Heading::Parent => places.parent = Some(column),
                Heading::Name => places.name = Some(column),
                Heading::Fact(fact) => places.facts.push((*fact, column)),
                Heading::Unknown => return None,
            }
        }
        Some(places)
    }
}

struct LevelFile<'f, 'p> {
    builder: &'f mut DataBuilder<'p>,
    level: usize,
    name: &'f str,
}

impl LevelFile<'_, '_> {
    fn fault(&mut self, code: Code, row: Option<&str>, fact: Option<&str>, details: Vec<Detail>) {
        let mut fault = Fault::data(code, Some(self.name), row, fact);
        fault.details = details;
        self.builder.fault(fault);
    }

    fn read(&mut self, bytes: &[u8]) {
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        // Without quotes and returns a line is a record and a comma ends a cell: no machine is needed to see that.
        let is_plain = !bytes.iter().fold(false, |found, byte| found | matches!(byte, b'"' | b'\r'));
        if let (true, Ok(text)) = (is_plain, std::str::from_utf8(bytes)) {
            return self.read_lines(text);
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let headings = match reader.headers() {
            Ok(headings) => headings.clone(),
            Err(error) => return self.unreadable(&error),
        };
        let Some(headings) = self.headings(&headings) else { return };
        let (mut record, mut lines) = (csv::StringRecord::new(), Lines::of(bytes));
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => self.row(&headings, &record, || lines.line(&record)),
                Ok(false) => return,
                Err(error) => return self.unreadable(&error),
            }
        }
    }

    fn read_lines(&mut self, text: &str) {
        let mut lines = (1_u64..).zip(text.split('\n')).filter(|(_, line)| !line.is_empty());
        let first = lines.next().map_or("", |(_, line)| line);
        let cells: Vec<&str> = if first.is_empty() { Vec::new() } else { first.split(',').collect() };
        let Some(headings) = self.headings(&csv::StringRecord::from(cells)) else { return };
        let places = Places::of(&headings);
        let mut cells: Vec<&str> = Vec::with_capacity(headings.len());
        for (number, line) in lines {
            split(line, &mut cells);
            let is_plain = cells.len() == headings.len() && is_common(line);
            if !(is_plain && places.as_ref().is_some_and(|places| self.builder.plain_row(self.level, places, &cells))) {
                self.row(&headings, &csv::StringRecord::from(cells.as_slice()), || number);
            }
        }
    }

    fn unreadable(&mut self, error: &csv::Error) {
        let line = error.position().map_or(1, csv::Position::line);
        let wanted = if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) { "CSV UTF-8" } else { "CSV" };
        let details = vec![Detail::Got(format!("{}.csv:{line}", self.name)), Detail::Wanted(wanted.to_owned())];
        self.fault(Code::WrongType, None, None, details);
    }

    /// What the columns are; none, and a fault, where no column holds the ids.
    fn headings(&mut self, headings: &csv::StringRecord) -> Option<Vec<Heading>> {
        let plan = self.builder.plan();
        let facts: Vec<&str> = plan
            .document
            .levels
            .get(self.level)
            .map(|level| level.facts.iter().map(|fact| fact.heading.name.as_str()).collect())
            .unwrap_or_default();
        let mut seen = Vec::new();
        let mut known = Vec::new();
        for heading in headings {
            let heading = normal(Cow::Borrowed(heading.trim())).into_owned();
            // The first three names are the file's own, also where a fact bears one of them: first come, first served.
            known.push(match heading.as_str() {
                "id" if !seen.contains(&heading) => Heading::Id,
                "parent" if !seen.contains(&heading) => Heading::Parent,
                "name" if !seen.contains(&heading) => Heading::Name,
                fact => match facts.iter().position(|known| *known == fact) {
                    Some(_) if seen.contains(&heading) => {
                        self.fault(Code::DuplicateKey, None, Some(fact), Vec::new());
                        Heading::Unknown
                    }
                    Some(number) => Heading::Fact(number),
                    None => {
                        let fault = Fault::data(Code::UnknownFact, Some(self.name), None, Some(fact));
                        self.builder.fault(fault.near(fact, facts.iter().copied()));
                        Heading::Unknown
                    }
                },
            });
            seen.push(heading);
        }
        if !known.iter().any(|heading| matches!(heading, Heading::Id)) {
            self.fault(Code::BadId, None, None, vec![Detail::Wanted("id".to_owned())]);
            return None;
        }
        Some(known)
    }

    fn row(&mut self, headings: &[Heading], record: &csv::StringRecord, line: impl FnOnce() -> u64) {
        // A row of blank cells, as spreadsheets leave them below their data, is none.
        if record.iter().all(str::is_empty) {
            return;
        }
        let plan = self.builder.plan();
        let facts = plan.document.levels.get(self.level).map_or(&[][..], |level| &level.facts);
        let mut row = RowInput::default();
        row.facts.resize(facts.len(), None);
        let mut refused = Vec::new();
        for (heading, cell) in headings.iter().zip(record) {
            let cell = normal(Cow::Borrowed(cell));
            if cell.is_empty() {
                continue;
            }
            match heading {
                Heading::Id => row.id = cell.into_owned(),
                Heading::Parent => row.parent = Some(cell.into_owned()),
                Heading::Name => row.name = Some(cell.into_owned()),
                Heading::Unknown => {}
                Heading::Fact(number) => {
                    let Some(fact) = facts.get(*number) else { continue };
                    match fact.kind.read(written(&fact.kind, &cell)) {
                        Ok(value) => {
                            if let Some(slot) = row.facts.get_mut(*number) {
                                *slot = Some(value);
                            }
                        }
                        Err(fault) => {
                            row.faulty.insert(*number);
                            refused.push((fact.heading.name.as_str(), fault));
                        }
                    }
                }
            }
        }
        if !crate::plan::is_id(&row.id) {
            let place = format!("{}.csv:{}", self.name, line());
            return self.fault(Code::BadId, None, None, vec![Detail::Got(place)]);
        }
        for (fact, fault) in refused {
            self.fault(fault.code, Some(&row.id), Some(fact), fault.details);
        }
        // A file that was cut off ends in a short row; that its last facts are absent would be a guess.
        if record.len() < headings.len() {
            let details = vec![Detail::Got(record.len().to_string()), Detail::Wanted(headings.len().to_string())];
            self.fault(Code::WrongType, Some(&row.id), None, details);
        }
        if let Some(extra) = record.iter().skip(headings.len()).find(|cell| !cell.is_empty()) {
            self.fault(Code::UnknownKey, Some(&row.id), None, vec![Detail::Got(extra.to_owned())]);
        }
        self.builder.row(self.level, row);
    }
}

/// The cells of a line without quotes.
fn split<'t>(line: &'t str, cells: &mut Vec<&'t str>) {
    cells.clear();
    let mut begin = 0;
    for (end, _) in line.bytes().enumerate().filter(|(_, byte)| *byte == b',') {
        cells.push(line.get(begin..end).unwrap_or_default());
        begin = end + 1;
    }
    cells.push(line.get(begin..).unwrap_or_default());
}

/// A cell as its fact reads it: only flags are no texts in CSV.
fn written<'c>(kind: &FactKind, cell: &'c str) -> Written<'c> {
    match (kind, cell) {
        (FactKind::Flag, "true") => Written::Flag(true),
        (FactKind::Flag, "false") => Written::Flag(false),
        _ => Written::Text(cell),
    }
}
