//! The files of an import as one workbook: the same rows, what is wrong in red with a note, and told at the end of its row.
//! Mended it can be imported as it is.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Seek;

use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, Formula, Note, Workbook, Worksheet, XlsxError, utility,
};

use super::book::{self, Cell, Sheet};
use super::trouble::Trouble;
use super::{File, Imported, Taken, stem};
use crate::plan::Language;
use crate::sheet::template::{FAULTS, Unwritten};

/// The most cells that have notes; further ones are red, and told at the end of their rows.
const MOST_NOTES: usize = 10_000;
/// The most sheets of a workbook.
const MOST_SHEETS: usize = 100;
/// A sheet with more cells is written through a file of its own, so that memory does not grow with it.
const SMALL: usize = 2_000;
/// The most cells of merged regions; a region beyond them keeps its first cell.
const MOST_MERGED: usize = 1_000_000;
/// The most letters that are told at one place.
const LONGEST: usize = 1_000;
/// The errors of cells as writers know them.
const ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];
/// The sides of a note in pixels.
const NOTE: (u32, u32) = (260, 110);

/// What is wrong in the rows of a sheet, column by column.
type Wrong<'f> = BTreeMap<usize, BTreeMap<usize, Vec<&'f Trouble>>>;

/// Writes the sheets of files, with what their import found.
///
/// # Errors
/// [`Unwritten`].
pub fn annotated(files: &[File<'_>], imported: &Imported, language: Language) -> Result<fs::File, Unwritten> {
    let mut workbook = Workbook::new();
    // The same files give the same bytes: no time of writing.
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let mut pen = Pen::new(language);
    pen.list(workbook.add_worksheet(), imported)?;
    let all = wrong(imported);
    let mut names = vec![FAULTS.to_owned()];
    for file in files {
        let Ok(book) = book::open(stem(file.name), file.bytes) else { continue };
        for sheet in book.sheets.into_iter().filter(|sheet| sheet.name != FAULTS && !sheet.rows.is_empty()) {
            if names.len() > MOST_SHEETS {
                return Err(Unwritten::TooLarge);
            }
            let is_small = sheet.end().saturating_mul(sheet.width()) <= SMALL;
            let to = match is_small {
                true => workbook.add_worksheet(),
                false => workbook.add_worksheet_with_constant_memory()?,
            };
            names.push(free_name(&sheet.name, &names));
            to.set_name(names.last().map_or("", String::as_str))?;
            let taken = imported.sheets.iter().find(|taken| taken.file == file.name && taken.sheet == sheet.name);
            let name = sheet.name.clone();
            pen.sheet(to, sheet, taken, all.get(&(file.name, name.as_str())).unwrap_or(&Wrong::new()))?;
        }
    }
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&mut file)?;
    file.rewind()?;
    Ok(file)
}

/// What is wrong in each sheet of each file.
fn wrong(imported: &Imported) -> HashMap<(&str, &str), Wrong<'_>> {
    let mut all: HashMap<(&str, &str), Wrong<'_>> = HashMap::new();
    for found in &imported.troubles {
        let (Some(sheet), Some((row, column))) = (&found.sheet, found.at) else { continue };
        let rows = all.entry((&found.file, sheet)).or_default();
        rows.entry(row).or_default().entry(column).or_default().push(&found.what);
    }
    all
}

/// The name of a sheet, as far as a workbook can bear it, and not yet taken. What is in parentheses says nothing about the level.
fn free_name(name: &str, taken: &[String]) -> String {
    let mut plain: String = name.chars().filter(|letter| !"[]:*?/\\'".contains(*letter)).collect();
    if utility::check_sheet_name(name).is_ok() {
        name.clone_into(&mut plain);
    }
    while plain.encode_utf16().count() > 31 {
        plain.pop();
    }
    let is_free =
        |name: &str| !name.is_empty() && taken.iter().all(|other| other.to_lowercase() != name.to_lowercase());
    if is_free(&plain) {
        return plain;
    }
    let short: String = plain.chars().take(12).collect();
    let mut numbered = (2..).map(|number| format!("{short} ({number})"));
    numbered.find(|name| is_free(name)).unwrap_or_default()
}

/// Where a row and a column are for the writer.
fn place(row: usize, column: usize) -> Result<(u32, u16), XlsxError> {
    let row = u32::try_from(row).map_err(|_| XlsxError::RowColumnLimitError)?;
    Ok((row, u16::try_from(column).map_err(|_| XlsxError::RowColumnLimitError)?))
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// What writes.
struct Pen {
    language: Language,
    plain: Format,
    bold: Format,
    red: Format,
    told: Format,
    /// How many notes and merged cells there may still be.
    notes: usize,
    merged: usize,
}

impl Pen {
    fn new(language: Language) -> Pen {
        let red = Format::new().set_background_color(Color::RGB(0xFF_C7_CE)).set_font_color(Color::RGB(0x9C_00_06));
        let told = Format::new().set_font_color(Color::RGB(0x9C_00_06));
        let (plain, bold) = (Format::new(), Format::new().set_bold());
        Pen { language, plain, bold, red, told, notes: MOST_NOTES, merged: MOST_MERGED }
    }

    fn says<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.language == Language::Chinese { zh } else { en }
    }

    /// The sheet that lists what is wrong, also where no cell is to blame.
    fn list(&self, to: &mut Worksheet, imported: &Imported) -> Result<(), XlsxError> {
        to.set_name(FAULTS)?;
        let count = imported.trouble_count();
        let head = match self.language {
            Language::Chinese => format!("共 {count} 处错误。改正标红的单元格后，可以直接导入这个文件。"),
            Language::English => {
                format!("{count} faults in all. Mend the red cells, then this file can be imported as it is.")
            }
        };
        to.write_string_with_format(0, 0, head, &self.bold)?;
        let zh = ["文件", "工作表", "单元格", "同样的行", "说明", "建议"];
        let en = ["file", "sheet", "cell", "rows of the same", "what is wrong", "suggestion"];
        for ((column, width), (zh, en)) in (0..).zip([20_u16, 16, 10, 16, 80, 16]).zip(zh.iter().zip(en)) {
            to.set_column_width(column, width)?;
            to.write_string_with_format(1, column, self.says(zh, en), &self.bold)?;
        }
        for (row, line) in (2..).zip(imported.table(self.language)) {
            for (column, text) in (0..).zip(line) {
                to.write_string(row, column, shortened(&text))?;
            }
        }
        Ok(())
    }

    fn sheet(
        &mut self,
        to: &mut Worksheet,
        mut sheet: Sheet,
        taken: Option<&Taken>,
        wrong: &Wrong<'_>,
    ) -> Result<(), XlsxError> {
        taken.iter().flat_map(|taken| &taken.told).for_each(|column| sheet.forget(*column));
        let (headings, data) = taken.map_or((0, 0), |taken| taken.headings);
        let end = sheet.width();
        sheet.merged.sort_unstable();
        let mut regions = std::mem::take(&mut sheet.merged).into_iter().peekable();
        let (first, last) = place(data, end)?;
        to.set_freeze_panes(first, 0)?;
        // A formula that has no value has none, not 0.
        to.set_formula_result_default("");
        to.set_column_range_width(0, last, 14)?;
        for row in 0..sheet.end() {
            let told = wrong.get(&row);
            let (line, last) = place(row, end)?;
            if sheet.hides(row) && told.is_none() {
                to.set_row_hidden(line)?;
            }
            while let Some(region) = regions.next_if(|region| region.0 <= row) {
                self.merge(to, region, (sheet.end(), end))?;
            }
            for column in 0..end {
                let is_red = told.is_some_and(|told| told.contains_key(&column));
                self.cell(to, place(row, column)?, sheet.cell(row, column), is_red)?;
            }
            if let Some(told) = told {
                for (column, troubles) in told {
                    self.note(to, place(row, *column)?, troubles)?;
                }
            }
            if taken.is_some() && (headings..data).contains(&row) {
                to.write_string_with_format(line, last, FAULTS, &self.bold)?;
            } else if let Some(told) = told {
                to.write_string_with_format(line, last, self.line(row, told), &self.told)?;
            }
        }
        Ok(())
    }

    /// Merges a region as far as there are cells. Regions that overlap are no regions.
    fn merge(
        &mut self,
        to: &mut Worksheet,
        (top, bottom, left, right): (usize, usize, usize, usize),
        (rows, columns): (usize, usize),
    ) -> Result<(), XlsxError> {
        let (bottom, right) = (bottom.min(rows.saturating_sub(1)), right.min(columns.saturating_sub(1)));
        let cells = (bottom + 1).saturating_sub(top) * (right + 1).saturating_sub(left);
        if cells < 2 || cells > self.merged {
            return Ok(());
        }
        self.merged -= cells;
        let ((top, left), (bottom, right)) = (place(top, left)?, place(bottom, right)?);
        match to.merge_range(top, left, bottom, right, "", &self.plain) {
            Ok(_) | Err(XlsxError::MergeRangeOverlaps(..)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A cell as it was read: what was wrong stays wrong until somebody mends it.
    fn cell(&self, to: &mut Worksheet, at: (u32, u16), cell: &Cell, is_red: bool) -> Result<(), XlsxError> {
        let ((row, column), format) = (at, if is_red { &self.red } else { &self.plain });
        let mut text = |text: &str| to.write_string_with_format(row, column, text, format).map(drop);
        match cell {
            Cell::Blank if !is_red => Ok(()),
            Cell::Blank => to.write_blank(row, column, format).map(drop),
            Cell::Text(known) => text(known),
            Cell::Day(day) => text(&day.to_string()),
            Cell::Flag(flag) => to.write_boolean_with_format(row, column, *flag, format).map(drop),
            Cell::Number(number) => match Decimal::from_str_exact(number) {
                Ok(decimal) => to.write_with_format(row, column, decimal, format).map(drop),
                // As a text it might be taken for an id that lost no digits.
                Err(_) => self.value(to, at, (number, number), format),
            },
            Cell::Error(error) => {
                let known = ERRORS.iter().find(|known| *known == error).unwrap_or(&"#VALUE!");
                self.value(to, at, (known, known), format)
            }
            Cell::NoValue => self.value(to, at, ("\"\"", ""), format),
        }
    }

    fn value(
        &self,
        to: &mut Worksheet,
        (row, column): (u32, u16),
        (formula, value): (&str, &str),
        format: &Format,
    ) -> Result<(), XlsxError> {
        to.write_formula_with_format(row, column, Formula::new(formula).set_result(value), format).map(drop)
    }

    /// What is wrong with a cell, as a note on it.
    fn note(&mut self, to: &mut Worksheet, (row, column): (u32, u16), troubles: &[&Trouble]) -> Result<(), XlsxError> {
        let Some(left) = self.notes.checked_sub(1) else { return Ok(()) };
        self.notes = left;
        let mut lines: Vec<String> = troubles.iter().map(|trouble| trouble.message(self.language)).collect();
        let meant = troubles.iter().filter_map(|trouble| trouble.suggestion());
        lines.extend(meant.map(|meant| format!("{}{meant}", self.says("建议：", "Suggestion: "))));
        let note = Note::new(shortened(&lines.join("\n"))).add_author_prefix(false);
        to.insert_note(row, column, &note.set_width(NOTE.0).set_height(NOTE.1)).map(drop)
    }

    /// What is wrong in a row, cell by cell.
    fn line(&self, row: usize, told: &BTreeMap<usize, Vec<&Trouble>>) -> String {
        let cells = told.iter().flat_map(|(column, troubles)| troubles.iter().map(move |trouble| (*column, trouble)));
        let lines = cells.map(|(column, trouble)| {
            let cell = super::rows::cell_name((row, column));
            format!("{cell}{}{}", self.says("：", ": "), trouble.message(self.language))
        });
        shortened(&lines.collect::<Vec<String>>().join(self.says("；", "; ")))
    }
}
