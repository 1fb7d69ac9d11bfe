//! Which row of a sheet has the headings, and which column is what.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::book::{Cell, Sheet};
use crate::plan::Plan;
use crate::plan::document::{Level, Presence};

/// How many rows are looked at for headings.
const LOOKED_AT: usize = 40;
/// Of the required headings so many hundredths must be there.
const ENOUGH: usize = 60;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// The id of the row.
    Id,
    /// Its name.
    Name,
    /// The row above.
    Parent,
    /// A fact, by its place.
    Fact(usize),
}

/// What the columns of a level may be called.
#[derive(Default)]
pub struct Vocabulary {
    /// By the names of the facts, as they are written.
    names: HashMap<String, Column>,
    /// By whole headings, what stands in parentheses included.
    whole: HashMap<String, Column>,
    /// By headings without their parentheses; none where several facts have one.
    known: HashMap<String, Option<Column>>,
    /// Whether there is a level above.
    has_parent: bool,
    /// What must be there, with what it may be called.
    required: Vec<(Column, Vec<String>)>,
}

/// The headings of a sheet.
pub struct Headings {
    /// The first row after them.
    pub data: usize,
    /// The row in which a fault of a heading is told.
    pub row: usize,
    /// For each column of the sheet what it is, its heading, and the unit in its parentheses.
    pub columns: Vec<Heading>,
    /// How many of the required headings are there, in hundredths.
    pub score: usize,
}

/// One heading.
#[derive(Debug, Clone, Default)]
pub struct Heading {
    /// What the column is.
    pub column: Option<Column>,
    /// The text.
    pub text: String,
    /// The unit in its parentheses.
    pub unit: Option<String>,
}

/// A heading as it is compared: compatible characters made one, without spaces, punctuation and what stands in parentheses.
pub fn key(text: &str) -> String {
    let text: String = text.nfkc().collect();
    let (mut open, mut key) = (0_usize, String::new());
    for letter in text.chars() {
        match letter {
            '(' | '[' | '【' | '〔' => open += 1,
            ')' | ']' | '】' | '〕' => open = open.saturating_sub(1),
            letter if open == 0 && (letter.is_alphanumeric() || letter == '_') => key.extend(letter.to_lowercase()),
            _ => {}
        }
    }
    key
}

/// The same with what stands in parentheses.
fn whole_key(text: &str) -> String {
    let letters = text.nfkc().filter(|letter| letter.is_alphanumeric() || *letter == '_');
    letters.flat_map(char::to_lowercase).collect()
}

/// What stands in the last parentheses of a heading.
fn unit(text: &str) -> Option<String> {
    let text: String = text.nfkc().collect();
    let (_, rest) = text.rsplit_once('(')?;
    let unit = rest.split(')').next().unwrap_or_default().trim();
    (!unit.is_empty()).then(|| unit.to_owned())
}

impl Headings {
    /// How many columns are known.
    fn matched(&self) -> usize {
        self.columns.iter().filter(|heading| heading.column.is_some()).count()
    }
}

impl Vocabulary {
    /// Of a level.
    pub fn new(plan: &Plan, level: usize) -> Vocabulary {
        let mut vocabulary = Vocabulary::default();
        let Some(own) = plan.document.levels.get(level) else { return vocabulary };
        for (place, fact) in own.facts.iter().enumerate() {
            vocabulary.names.insert(fact.heading.name.clone(), Column::Fact(place));
            let words = vec![fact.heading.label().to_owned(), fact.heading.name.clone()];
            vocabulary.adds(Column::Fact(place), &words);
            if matches!(fact.presence, Presence::Required) {
                vocabulary.required.push((Column::Fact(place), words));
            }
        }
        let ids = ids(own, plan.payee == Some(level));
        vocabulary.adds(Column::Id, &ids);
        vocabulary.required.push((Column::Id, ids));
        let label = own.heading.label();
        let mut names = vec![format!("{label}名称"), format!("{label}姓名")];
        names.extend(["姓名", "名称", "name"].map(str::to_owned));
        vocabulary.adds(Column::Name, &names);
        if let Some(above) = plan.levels.get(level).and_then(|level| level.parent)
            && let Some(above) = plan.document.levels.get(above)
        {
            vocabulary.has_parent = true;
            vocabulary.adds(Column::Parent, &parents(above));
        }
        vocabulary
    }

    /// The first that takes a word keeps it; but of facts that differ only in their parentheses none does.
    fn adds(&mut self, column: Column, words: &[String]) {
        for word in words {
            self.whole.entry(whole_key(word)).or_insert(column);
            let known = self.known.entry(key(word)).or_insert(Some(column));
            if matches!(column, Column::Fact(_)) && *known != Some(column) {
                *known = None;
            }
        }
    }

    /// What a heading is. `id`, `parent` and `name` are the table's own words, also where a fact bears one of them: first come,
    /// first served, as in the CSV files of a folder.
    fn column(&self, text: &str, before: &[Heading]) -> Option<Column> {
        let word = match text {
            "id" => Some(Column::Id),
            "name" => Some(Column::Name),
            "parent" if self.has_parent => Some(Column::Parent),
            _ => None,
        };
        let word = word.filter(|word| before.iter().all(|heading| heading.column != Some(*word)));
        let known =
            word.or_else(|| self.names.get(text).copied()).or_else(|| self.whole.get(&whole_key(text)).copied());
        known.or_else(|| self.known.get(&key(text)).copied().flatten())
    }

    /// What a column may be called.
    pub fn words(&self, column: Column) -> Option<&[String]> {
        self.required.iter().find(|(known, _)| *known == column).map(|(_, words)| words.as_slice())
    }

    /// The columns that must be there and are not.
    pub fn missing(&self, headings: &Headings) -> Vec<Column> {
        let has = |column: Column| headings.columns.iter().any(|heading| heading.column == Some(column));
        self.required.iter().map(|(column, _)| *column).filter(|column| !has(*column)).collect()
    }

    /// The headings of a sheet: the first row that has enough of them. Where the sheet bears the level's name and no row
    /// has enough, the row that has the most, so that what is missing can be told.
    pub fn find(&self, sheet: &Sheet, is_named: bool) -> Option<Headings> {
        let (last, width) = (sheet.end().min(LOOKED_AT), sheet.width());
        let best = |row: usize| {
            let (one, two) = (self.read(sheet, width, (row, row)), self.read(sheet, width, (row, row + 1)));
            if row + 1 < sheet.end() && two.matched() > one.matched() { two } else { one }
        };
        let least = if is_named { 1 } else { 2 };
        let enough = |headings: &Headings| headings.score >= ENOUGH && headings.matched() >= least;
        let most = || {
            let rows = (0..last).rev().map(best).filter(|headings| headings.matched() > 0);
            rows.max_by_key(Headings::matched).filter(|_| is_named)
        };
        let mut found = (0..last).map(best).find(enough).or_else(most)?;
        // Names and labels may stand one under the other, as in our own templates.
        let next = self.read(sheet, width, (found.data, found.data));
        if next.score >= ENOUGH {
            found.data += 1;
        }
        Some(found)
    }

    /// The headings in a row, or in two rows of which the upper one spans several columns.
    fn read(&self, sheet: &Sheet, width: usize, (top, bottom): (usize, usize)) -> Headings {
        let mut columns: Vec<Heading> = Vec::new();
        for column in 0..width {
            let upper = text(sheet.merged_cell(top, column));
            let lower = if bottom > top { text(sheet.merged_cell(bottom, column)) } else { String::new() };
            let (path, last) = if lower.is_empty() || lower == upper {
                (upper.clone(), upper)
            } else {
                (format!("{upper}{lower}"), lower)
            };
            let found = self.column(&last, &columns).or_else(|| self.column(&path, &columns));
            columns.push(Heading { column: found, unit: unit(&last), text: last });
        }
        let has = |column: &Column| columns.iter().any(|heading| heading.column == Some(*column));
        let matched = self.required.iter().filter(|(column, _)| has(column)).count();
        let score = (matched * 100).checked_div(self.required.len()).unwrap_or(0);
        Headings { data: bottom + 1, row: bottom, columns, score }
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.trim().to_owned(),
        _ => String::new(),
    }
}

/// What the id of a level is called.
pub fn ids(level: &Level, is_payee: bool) -> Vec<String> {
    let label = level.heading.label();
    let mut words = vec![format!("{label}编号"), format!("{label}代码"), format!("{label}标识码")];
    words.extend(["编号", "代码", "id"].map(str::to_owned));
    if is_payee {
        words.extend(["工号", "职工号", "教师编号", "教职工编号", "人员编号", "职工编号"].map(str::to_owned));
    } else {
        words.extend(["学校代码", "学校标识码", "学校编号", "单位代码", "单位编号"].map(str::to_owned));
    }
    words
}

/// What the row above is called.
fn parents(above: &Level) -> Vec<String> {
    let label = above.heading.label();
    let ends = ["", "编号", "代码", "标识码", "名称"];
    let mut words: Vec<String> = ends.iter().map(|end| format!("所属{label}{end}")).collect();
    words.extend(ends.iter().map(|end| format!("{label}{end}")));
    words.push(above.heading.name.clone());
    words.extend(["上级", "上级编号", "parent"].map(str::to_owned));
    words
}
