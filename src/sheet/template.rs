//! The workbook in which offices fill in the data of a plan (`sheets.md` §1): a sheet for each level that has facts, only the
//! columns that the plan reads.

use std::{fmt, io};

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder,
    Formula, Note, Workbook, Worksheet, XlsxError,
};

use super::filled::{Rows, said, write_value};
use crate::plan::document::{Fact, FactKind, Level, Presence, Value};
use crate::plan::{Plan, document};

/// Rows for which choices and text columns are prepared.
const PREPARED: u32 = 20_000;
/// The sheet that says what to do.
const DIRECTIONS: &str = "填写说明";
/// The sheet of the words that can be chosen.
const WORDS: &str = "字典";
/// The sheet, and the column, in which an annotated file tells what is wrong.
pub(super) const FAULTS: &str = "错误说明";
/// The sheets of ours that hold no data.
pub(super) const OWN: [&str; 7] = [DIRECTIONS, WORDS, FAULTS, "结论", "参数", "资金", "history"];
/// The row of the names, which is hidden, and the row of the headings.
const NAMES: u32 = 0;
const HEADINGS: u32 = 1;
/// The first row of data.
const FIRST: u32 = 2;

/// What a template is of.
pub struct Template<'t> {
    /// The plan.
    pub plan: &'t Plan,
    /// Its version, where it is on record.
    pub version: Option<i64>,
    /// SHA-256 of its canonical document.
    pub sha256: &'t str,
    /// Rows that are filled in already.
    pub data: Option<&'t dyn Rows>,
}

/// One column of a sheet.
struct Column<'t> {
    name: &'t str,
    heading: String,
    note: String,
    kind: Kind<'t>,
}

/// What a column takes.
#[derive(Clone, Copy)]
enum Kind<'t> {
    /// An id or a name.
    Word,
    /// A fact, by its place.
    Fact(usize, &'t Fact),
}

/// Why there is no workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwritten {
    /// A level has more rows than a sheet, a text more letters than a cell, or there are more sheets
    /// or cells than a workbook takes.
    TooLarge,
    /// The writer's own reason.
    Other(String),
}

impl From<XlsxError> for Unwritten {
    fn from(error: XlsxError) -> Unwritten {
        match error {
            XlsxError::RowColumnLimitError | XlsxError::MaxStringLengthExceeded => Unwritten::TooLarge,
            error => Unwritten::Other(error.to_string()),
        }
    }
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Unwritten {
        Unwritten::Other(error.to_string())
    }
}

impl fmt::Display for Unwritten {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unwritten::TooLarge => out.write_str(
                "a sheet holds 1,048,574 rows of data, a cell 32,767 letters, a workbook 100 sheets, \
                 one that checks itself 4,000,000 cells",
            ),
            Unwritten::Other(error) => out.write_str(error),
        }
    }
}

impl Template<'_> {
    /// The workbook as a file.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn write(&self) -> Result<Vec<u8>, Unwritten> {
        let mut workbook = Workbook::new();
        // The same plan gives the same bytes: no time of writing.
        let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
        let title = &self.plan.document.title;
        workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
        self.directions(workbook.add_worksheet())?;
        let mut words: Vec<&[String]> = Vec::new();
        for (number, level) in self.plan.document.levels.iter().enumerate() {
            let is_needed = !level.facts.is_empty() || self.plan.payee == Some(number) || number > 0;
            if is_needed {
                self.level(workbook.add_worksheet_with_constant_memory()?, number, level, &mut words)?;
            }
        }
        dictionary(workbook.add_worksheet(), &words)?;
        Ok(workbook.save_to_buffer()?)
    }

    /// What to do, and what this is of.
    fn directions(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        sheet.set_name(DIRECTIONS)?;
        sheet.set_column_width(0, 100)?;
        let lines = [
            self.plan.document.title.clone(),
            "每个工作表是一层的数据，一行一个。带 * 的列必须填写；其余的列空白表示没有，不是 0。".to_owned(),
            "编号列是文本：以 0 开头的编号和 18 位的编号都能原样保存。".to_owned(),
            "日期写成 2026-09-01；数写成 1234.5，不写“万”。是非列填 是 或 否。".to_owned(),
            "不要改动表头；可以增加自己的列，导入时会提示并忽略。合计行会用来核对。".to_owned(),
        ];
        for (row, line) in (0..).zip(&lines) {
            let format = if row == 0 { Format::new().set_bold().set_font_size(14) } else { Format::new() };
            sheet.write_string_with_format(row, 0, line, &format.set_text_wrap())?;
        }
        let version = self.version.map_or_else(String::new, |version| format!(" {version}"));
        let mark = format!("fenpei {}{version} {}", self.plan.document.code, self.sha256);
        sheet.write_string_with_format(40, 0, &mark, &Format::new().set_font_color(Color::White))?;
        sheet.set_row_hidden(40)?;
        Ok(())
    }

    fn level<'t>(
        &'t self,
        sheet: &mut Worksheet,
        number: usize,
        level: &'t Level,
        words: &mut Vec<&'t [String]>,
    ) -> Result<(), Unwritten> {
        sheet.set_name(sheet_names(self.plan).get(number).map_or("", String::as_str))?;
        let columns = self.columns(number, level)?;
        let head = Format::new()
            .set_bold()
            .set_background_color(Color::RGB(0xDD_EB_F7))
            .set_border(FormatBorder::Thin)
            .set_align(FormatAlign::Center)
            .set_text_wrap();
        let text = Format::new().set_num_format("@");
        // The rows are written one after the other, each whole.
        sheet.set_row_hidden(NAMES)?;
        for (place, column) in (0..).zip(&columns) {
            sheet.write_string(NAMES, place, column.name)?;
        }
        for (place, column) in (0..).zip(&columns) {
            sheet.write_string_with_format(HEADINGS, place, &column.heading, &head)?;
            sheet.insert_note(HEADINGS, place, &Note::new(&column.note).add_author_prefix(false))?;
            sheet.set_column_width(place, 16)?;
            match column.kind {
                Kind::Word => drop(sheet.set_column_format(place, &text)?),
                Kind::Fact(_, fact) => {
                    if matches!(fact.kind, FactKind::Text | FactKind::Row(_) | FactKind::Date) {
                        sheet.set_column_format(place, &text)?;
                    }
                    if let Some(choose) = self.chosen(fact, words) {
                        sheet.add_data_validation(FIRST, place, PREPARED, place, &choose)?;
                    }
                }
            }
        }
        sheet.set_freeze_panes(FIRST, 2)?;
        sheet.set_repeat_rows(HEADINGS, HEADINGS)?;
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_landscape();
        self.filled(sheet, number, &columns)
    }

    /// A drop-down of the words that a fact can be.
    fn chosen<'t>(&self, fact: &'t Fact, words: &mut Vec<&'t [String]>) -> Option<DataValidation> {
        let choose = match &fact.kind {
            FactKind::Flag => DataValidation::new().allow_list_strings(&["是", "否"]).ok()?,
            FactKind::Choice(choices) => {
                let place = words.iter().position(|known| *known == choices.as_slice()).unwrap_or_else(|| {
                    words.push(choices);
                    words.len() - 1
                });
                let column = crate::sheet::import::column_name(place);
                let list = format!("={WORDS}!${column}$1:${column}${}", choices.len());
                DataValidation::new().allow_list_formula(Formula::new(list))
            }
            _ => return None,
        };
        Some(choose.set_error_style(DataValidationErrorStyle::Stop))
    }

    fn columns<'t>(&'t self, number: usize, level: &'t Level) -> Result<Vec<Column<'t>>, Unwritten> {
        let is_payee = self.plan.payee == Some(number);
        let label = level.heading.label();
        let id = if is_payee { "工号*".to_owned() } else { format!("{label}编号*") };
        let word =
            |name, heading: String, note: &str| Column { name, heading, note: note.to_owned(), kind: Kind::Word };
        let mut columns = vec![
            word("id", id, "1～64 个字符，在本表中不重复，按文本填写。"),
            word("name", if is_payee { "姓名".to_owned() } else { format!("{label}名称") }, "给人看的，不参与计算。"),
        ];
        let above = self.plan.levels.get(number).and_then(|level| level.parent);
        if let Some(above) = above.and_then(|above| self.plan.document.levels.get(above)) {
            let label = above.heading.label();
            columns.push(word("parent", format!("所属{label}编号*"), &format!("“{label}”表中的编号。")));
        }
        let needed = self.needed(number, level)?;
        let facts = level.facts.iter().enumerate().zip(needed).filter(|(_, is_needed)| *is_needed);
        columns.extend(facts.map(|((place, fact), _)| Column {
            name: &fact.heading.name,
            heading: heading(fact),
            note: self.note(fact),
            kind: Kind::Fact(place, fact),
        }));
        Ok(columns)
    }

    /// Which facts have their columns: the plan uses them, no row may be without them, or a row has them.
    fn needed(&self, number: usize, level: &Level) -> Result<Vec<bool>, Unwritten> {
        let is_used = |place| !self.plan.unused_facts.contains(&(number, place));
        let places = level.facts.iter().enumerate();
        let mut needed: Vec<bool> =
            places.map(|(place, fact)| is_used(place) || fact.presence == Presence::Required).collect();
        if let Some(data) = self.data.filter(|_| needed.contains(&false)) {
            data.each(self.plan, number, &mut |row| {
                for ((place, fact), needed) in level.facts.iter().enumerate().zip(&mut needed) {
                    *needed |= said(row, place, fact).is_some();
                }
                Ok(())
            })?;
        }
        Ok(needed)
    }

    /// What a fact takes: its type, its bounds, its default, the clause.
    fn note(&self, fact: &Fact) -> String {
        let bounds = |min: &Option<crate::exact::Number>, max: &Option<crate::exact::Number>| {
            let least = min.as_ref().map(|min| format!("≥ {}", min.text()));
            let most = max.as_ref().map(|max| format!("≤ {}", max.text()));
            least.into_iter().chain(most).collect::<Vec<String>>().join("，")
        };
        let kind = match &fact.kind {
            FactKind::Number { min, max, places } => {
                let places = places.map_or_else(String::new, |places| format!("，小数不超过 {places} 位"));
                format!("数 {}{places}", bounds(min, max))
            }
            FactKind::Money { min, max } => format!("金额（元），两位小数 {}", bounds(min, max)),
            FactKind::Flag => "是 或 否".to_owned(),
            FactKind::Choice(choices) => format!("其中之一：{}", choices.join("、")),
            FactKind::Date => "日期，如 2026-09-01".to_owned(),
            FactKind::Text => "文字".to_owned(),
            FactKind::Row(level) => {
                let known = self.plan.level_named(level).and_then(|level| self.plan.document.levels.get(level));
                format!("“{}”表中的编号", known.map_or(level.as_str(), |level| level.heading.label()))
            }
        };
        let presence = match &fact.presence {
            Presence::Required => "必须填写".to_owned(),
            Presence::Optional => "可以空白".to_owned(),
            Presence::Default(value) => format!("空白即为 {}", shown(value)),
        };
        let clause = fact
            .heading
            .clause
            .as_ref()
            .and_then(|id| self.plan.document.clauses.iter().find(|clause: &&document::Clause| clause.id == *id));
        let clause = clause.map_or_else(String::new, |clause| format!("\n{}", clause.text));
        format!("{}\n{presence}{clause}", kind.trim_end())
    }

    /// The rows that are there already.
    fn filled(&self, sheet: &mut Worksheet, level: usize, columns: &[Column<'_>]) -> Result<(), Unwritten> {
        let Some(data) = self.data else { return Ok(()) };
        let text = Format::new().set_num_format("@");
        let mut line = FIRST;
        data.each(self.plan, level, &mut |row| {
            for (place, column) in (0..).zip(columns) {
                let word = match (column.name, column.kind) {
                    ("id", Kind::Word) => Some(&row.id),
                    ("name", Kind::Word) => row.name.as_ref(),
                    (_, Kind::Word) => row.parent.as_ref(),
                    (_, Kind::Fact(known, fact)) => {
                        if let Some(value) = said(row, known, fact) {
                            write_value(sheet, (line, place), value, &text)?;
                        }
                        None
                    }
                };
                if let Some(word) = word {
                    sheet.write_string_with_format(line, place, word, &text)?;
                }
            }
            line += 1;
            Ok(())
        })
    }
}

fn dictionary(sheet: &mut Worksheet, words: &[&[String]]) -> Result<(), XlsxError> {
    sheet.set_name(WORDS)?;
    for (column, words) in (0..).zip(words) {
        for (row, word) in (0..).zip(*words) {
            sheet.write_string(row, column, word)?;
        }
    }
    sheet.set_hidden(true);
    Ok(())
}

fn heading(fact: &Fact) -> String {
    let star = if fact.presence == Presence::Required { "*" } else { "" };
    format!("{}{star}", fact.heading.label())
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.text(),
        Value::Flag(flag) => if *flag { "是" } else { "否" }.to_owned(),
        Value::Text(text) => text.clone(),
        Value::Date(date) => date.to_string(),
    }
}

/// The names of the levels' sheets: their labels as far as a sheet can bear them (31 characters, without those that formulas
/// use), each once in any case, and none that of a sheet without data.
pub(super) fn sheet_names(plan: &Plan) -> Vec<String> {
    let plain = |letter: &char| {
        !letter.is_control() && !['[', ']', ':', '*', '?', '/', '\\', '\'', '\u{FFFE}', '\u{FFFF}'].contains(letter)
    };
    // A name has at most 31 units of UTF-16.
    let within_name = |units: &mut usize, letter: char| {
        *units += letter.len_utf16();
        (*units <= 24).then_some(letter)
    };
    let mut names: Vec<String> = Vec::new();
    for (number, level) in plan.document.levels.iter().enumerate() {
        let label: String = level.heading.label().chars().filter(plain).scan(0, within_name).collect();
        let is_free = |name: &str, names: &[String]| {
            let name = name.to_lowercase();
            !name.is_empty() && !OWN.contains(&name.as_str()) && names.iter().all(|known| known.to_lowercase() != name)
        };
        let more = (number + 1..).map(|number| format!("{label}{number}"));
        let mut all = std::iter::once(label.clone()).chain(more);
        names.extend(all.find(|name| is_free(name, &names)));
    }
    names
}
