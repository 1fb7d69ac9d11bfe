//! What an import found, as JSON and as text: equal messages of one column are one entry.

use std::collections::HashMap;

use super::rows::{cell_name, ranges};
use super::trouble::{Note, Trouble};
use super::{Found, Imported};
use crate::plan::{LISTED, Language};
use crate::wire::json::{Json, number, object, text};

/// What is told of a cell.
struct Told {
    code: &'static str,
    message: String,
    suggestion: Option<String>,
}

/// Entries that say the same of one column, together.
struct Group<'f> {
    file: &'f str,
    sheet: Option<&'f str>,
    column: Option<usize>,
    rows: Vec<usize>,
    told: Told,
}

impl Imported {
    /// What was found, without the data.
    pub fn findings(self) -> Imported {
        Imported { written: None, data: None, ..self }
    }

    /// How many troubles there are.
    pub fn trouble_count(&self) -> usize {
        self.troubles.len()
    }

    /// The rows read, by level.
    pub fn row_count(&self) -> usize {
        self.sheets.iter().map(|taken| taken.rows).sum()
    }

    /// `{sheets, errors, error_count, notes}`.
    pub fn report(&self, language: Language) -> Vec<(&'static str, Json<'static>)> {
        let sheets = self.sheets.iter().map(|taken| {
            object([
                ("file", text(&taken.file)),
                ("sheet", text(&taken.sheet)),
                ("level", text(&taken.level)),
                ("rows", number(taken.rows)),
            ])
        });
        vec![
            ("sheets", Json::List(sheets.collect())),
            ("errors", Json::List(self.listed(language))),
            ("error_count", number(self.troubles.len())),
            ("notes", Json::List(self.notes(language).iter().take(LISTED).map(Group::json).collect())),
        ]
    }

    /// The first of the troubles, those that say the same of one column together.
    pub fn listed(&self, language: Language) -> Vec<Json<'static>> {
        self.errors(language).iter().take(LISTED).map(Group::json).collect()
    }

    /// The same for people.
    pub fn page(&self, language: Language) -> String {
        let mut lines: Vec<String> = Vec::new();
        for taken in &self.sheets {
            lines.push(format!("{} {} → {}: {}", taken.file, taken.sheet, taken.level, taken.rows));
        }
        let word = if language == Language::Chinese { ["错误", "提示"] } else { ["error", "note"] };
        for (word, groups) in word.into_iter().zip([self.errors(language), self.notes(language)]) {
            for group in groups {
                let place = [Some(group.file.to_owned()), group.sheet.map(str::to_owned), group.cell()];
                let place: Vec<String> = place.into_iter().flatten().filter(|part| !part.is_empty()).collect();
                let meant = group.more(language);
                lines.push(format!("{word} {}: {}{meant} [{}]", place.join(" "), group.told.message, group.told.code));
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The first of the troubles as rows of a table: file, sheet, cell, rows, message, suggestion.
    pub(super) fn table(&self, language: Language) -> Vec<[String; 6]> {
        let row = |group: &Group<'_>| {
            let rows = if group.rows.len() > 1 { group.ranges() } else { String::new() };
            let or_blank = |text: Option<String>| text.unwrap_or_default();
            let sheet = group.sheet.unwrap_or_default().to_owned();
            let told = (group.told.message.clone(), or_blank(group.told.suggestion.clone()));
            [group.file.to_owned(), sheet, or_blank(group.cell()), rows, told.0, told.1]
        };
        self.errors(language).iter().take(LISTED).map(row).collect()
    }

    fn errors(&self, language: Language) -> Vec<Group<'_>> {
        grouped(&self.troubles, |trouble: &Trouble| Told {
            code: trouble.code(),
            message: trouble.message(language),
            suggestion: trouble.suggestion().map(str::to_owned),
        })
    }

    fn notes(&self, language: Language) -> Vec<Group<'_>> {
        grouped(&self.notes, |note: &Note| Told {
            code: note.code(),
            message: note.message(language),
            suggestion: None,
        })
    }
}

/// What entries have in common that are told together: file, sheet, column, code, message.
type Common<'f> = (&'f str, Option<&'f str>, Option<usize>, &'static str, String);

fn grouped<'f, T>(found: &'f [Found<T>], tell: impl Fn(&T) -> Told) -> Vec<Group<'f>> {
    let mut groups: Vec<Group<'f>> = Vec::new();
    let mut places: HashMap<Common<'f>, usize> = HashMap::new();
    for one in found {
        let told = tell(&one.what);
        let (sheet, column) = (one.sheet.as_deref(), one.at.map(|(_, column)| column));
        let place = (&*one.file, sheet, column, told.code, told.message.clone());
        let row = one.at.map(|(row, _)| row);
        let group = *places.entry(place).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.rows.extend(row),
            None => groups.push(Group { file: &one.file, sheet, column, rows: row.into_iter().collect(), told }),
        }
    }
    groups
}

impl Group<'_> {
    /// The first cell.
    fn cell(&self) -> Option<String> {
        Some(cell_name((*self.rows.first()?, self.column?)))
    }

    /// The rows from 1, those that follow one another together: `5-31, 40`.
    fn ranges(&self) -> String {
        let range = |(first, last): (usize, usize)| match first == last {
            true => format!("{}", first + 1),
            false => format!("{}-{}", first + 1, last + 1),
        };
        ranges(self.rows.iter().copied()).into_iter().map(range).collect::<Vec<String>>().join(", ")
    }

    fn more(&self, language: Language) -> String {
        match (self.rows.len() > 1, language) {
            (false, _) => String::new(),
            (true, Language::Chinese) => format!("（第 {} 行同样）", self.ranges()),
            (true, Language::English) => format!(" (the same in rows {})", self.ranges()),
        }
    }

    fn json(&self) -> Json<'static> {
        let mut entries = vec![("code", text(self.told.code))];
        entries.extend((!self.file.is_empty()).then(|| ("file", text(self.file))));
        entries.extend(self.sheet.map(|sheet| ("sheet", text(sheet))));
        entries.extend(self.cell().map(|cell| ("cell", text(&cell))));
        if self.rows.len() > 1 {
            entries.push(("rows", text(&self.ranges())));
            entries.push(("count", number(self.rows.len())));
        }
        entries.push(("message", text(&self.told.message)));
        entries.extend(self.told.suggestion.as_ref().map(|meant| ("suggestion", text(meant))));
        object(entries)
    }
}
