//! A file opened by its content, not by its extension: xlsx, xls, et, ods, or CSV in one of four encodings. Values
//! only: macros are never looked at.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, Dimensions, Ods, OdsError, Reader, SheetVisible, Xls, Xlsx};

use super::cells::bounded;
use super::packed::unpacked;
use super::texts::{decoded, table};
use crate::exact::Date;

/// The most cells of a sheet, blank ones within its bounds included.
pub const MOST_CELLS: usize = 8_000_000;
/// The most columns of a sheet.
pub(super) const MOST_COLUMNS: usize = 1_000;
/// The most merged regions of a sheet: each is looked at for each cell that may be in one.
const MOST_MERGED: usize = 20_000;
/// The most rows of a sheet, as spreadsheets have them.
const MOST_ROWS: usize = 1_048_576;

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Blank,
    /// A text.
    Text(String),
    /// A number, in its 15 significant decimal digits: what a spreadsheet shows and keeps.
    Number(String),
    /// True or false.
    Flag(bool),
    /// A day.
    Day(Date),
    /// An error value such as #N/A.
    Error(String),
    /// A formula whose value was never calculated.
    NoValue,
}

/// A file of sheets.
pub struct Book {
    /// The visible sheets, in their order.
    pub sheets: Vec<Sheet>,
    /// The names of the hidden ones, which are not read.
    pub hidden: Vec<String>,
    /// The encoding of a CSV file that is not plain UTF-8.
    pub encoding: Option<&'static str>,
}

/// A sheet, or a CSV file as one.
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its rows from the first, each from column A on.
    pub rows: Vec<Vec<Cell>>,
    /// Merged regions: first and last row, first and last column, from 0.
    pub merged: Vec<(usize, usize, usize, usize)>,
    /// The hidden rows, as far as they are known.
    pub hidden: Ranges,
}

/// Rows, those that follow one another together: first and last, from 0, ascending.
pub type Ranges = Vec<(usize, usize)>;

/// Why a file is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// It has a password.
    Password,
    /// It is a web page under another name.
    WebPage,
    /// It unfolds to too much, or a sheet has too many cells.
    TooLarge,
    /// It is none of the kinds that are read, or damaged.
    Unknown,
    /// A text in no encoding that is known.
    Encoding,
}

impl Sheet {
    /// The cell at a row and a column, from 0.
    pub fn cell(&self, row: usize, column: usize) -> &Cell {
        const BLANK: &Cell = &Cell::Blank;
        self.rows.get(row).and_then(|row| row.get(column)).unwrap_or(BLANK)
    }

    /// The number after that of the last row.
    pub fn end(&self) -> usize {
        self.rows.len()
    }

    /// How many columns the widest row has.
    pub fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// Whether a row is hidden.
    pub fn hides(&self, row: usize) -> bool {
        let after = self.hidden.partition_point(|(_, last)| *last < row);
        self.hidden.get(after).is_some_and(|(first, _)| *first <= row)
    }

    /// Takes what stands in a column away.
    pub fn forget(&mut self, column: usize) {
        for row in &mut self.rows {
            if let Some(cell) = row.get_mut(column) {
                *cell = Cell::Blank;
            }
            let end = row.iter().rposition(|cell| *cell != Cell::Blank).map_or(0, |last| last + 1);
            row.truncate(end);
        }
    }

    /// The cell, or, inside a merged region, the cell that fills the region.
    pub fn merged_cell(&self, row: usize, column: usize) -> &Cell {
        let region = self
            .merged
            .iter()
            .find(|(top, bottom, left, right)| (*top..=*bottom).contains(&row) && (*left..=*right).contains(&column));
        region.map_or_else(|| self.cell(row, column), |(top, _, left, _)| self.cell(*top, *left))
    }
}

/// Opens a file by its content. `name` names the only sheet of a CSV file.
///
/// # Errors
/// [`Unopened`].
pub fn open(name: &str, bytes: &[u8]) -> Result<Book, Unopened> {
    if bytes.starts_with(b"PK\x03\x04") {
        let hidden = unpacked(bytes)?;
        return whole(bytes, hidden);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        // The same container holds old workbooks and encrypted new ones, whose package has this name in UTF-16.
        let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        if bytes.windows(encrypted.len()).any(|window| window == encrypted) {
            return Err(Unopened::Password);
        }
        let hidden = bounded(bytes)?;
        return whole(bytes, hidden);
    }
    let (text, encoding) = decoded(bytes)?;
    let start = text.trim_start().get(..200).unwrap_or(text.trim_start()).to_ascii_lowercase();
    if ["<html", "<!doctype html", "<table", "<?xml"].iter().any(|tag| start.contains(tag)) {
        return Err(Unopened::WebPage);
    }
    if text.contains('\0') {
        return Err(Unopened::Unknown);
    }
    Ok(Book { sheets: vec![table(name, &text)?], hidden: Vec::new(), encoding })
}

/// The reader of workbooks panics on some damaged files: that, too, is a file that cannot be read.
fn whole(bytes: &[u8], hidden: Vec<Ranges>) -> Result<Book, Unopened> {
    catch_unwind(AssertUnwindSafe(|| sheets(bytes, hidden))).unwrap_or(Err(Unopened::Unknown))
}

fn sheets(bytes: &[u8], hidden: Vec<Ranges>) -> Result<Book, Unopened> {
    if let Ok(book) = Xlsx::new(Cursor::new(bytes)) {
        return visible(book, hidden, |book, name| {
            let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
            sparse(book, name, merged)
        });
    }
    if let Ok(book) = Xls::new(Cursor::new(bytes)) {
        return visible(book, hidden, |book, name| {
            let merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
            dense(book, name, merged)
        });
    }
    match Ods::new(Cursor::new(bytes)) {
        Ok(book) => visible(book, hidden, |book, name| dense(book, name, Vec::new())),
        Err(OdsError::Password) => Err(Unopened::Password),
        Err(_) => Err(Unopened::Unknown),
    }
}

/// Reads the visible sheets of a workbook, of which these rows are hidden.
fn visible<'b, B: Reader<Cursor<&'b [u8]>>>(
    mut book: B,
    mut hidden: Vec<Ranges>,
    mut read: impl FnMut(&mut B, &str) -> Result<Option<Sheet>, Unopened>,
) -> Result<Book, Unopened> {
    let mut found = Book { sheets: Vec::new(), hidden: Vec::new(), encoding: None };
    let sheets = book.sheets_metadata().to_vec();
    // Where we do not count sheets as the reader does, nothing is known of their rows.
    if hidden.len() != sheets.len() {
        hidden = vec![Vec::new(); sheets.len()];
    }
    for (sheet, hidden) in sheets.into_iter().zip(hidden) {
        if sheet.visible == SheetVisible::Visible {
            found.sheets.extend(read(&mut book, &sheet.name)?.map(|read| Sheet { hidden, ..read }));
        } else {
            found.hidden.push(sheet.name);
        }
    }
    Ok(found)
}

/// A sheet cell by cell: one far away costs no more than itself.
fn sparse(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, merged: Vec<Dimensions>) -> Result<Option<Sheet>, Unopened> {
    let mut sheet = Growing::new(name, merged)?;
    // A sheet of charts has no cells.
    let Ok(mut reader) = book.worksheet_cells_reader(name) else { return Ok(None) };
    while let Some(found) = reader.next_cell_with_formula().map_err(|_| Unopened::Unknown)? {
        let value = cell(&found.value.into());
        let is_formula = found.formula.is_some_and(|formula| !formula.is_empty());
        sheet.put(found.pos, if is_formula && value == Cell::Blank { Cell::NoValue } else { value })?;
    }
    Ok(Some(sheet.sheet))
}

/// A sheet as a whole.
fn dense<'b, B: Reader<Cursor<&'b [u8]>>>(
    book: &mut B,
    name: &str,
    merged: Vec<Dimensions>,
) -> Result<Option<Sheet>, Unopened> {
    let mut sheet = Growing::new(name, merged)?;
    let Ok(range) = book.worksheet_range(name) else { return Ok(None) };
    let at = |start: Option<(u32, u32)>, row: usize, column: usize| {
        let far = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (top, left) = start.unwrap_or_default();
        (top.saturating_add(far(row)), left.saturating_add(far(column)))
    };
    for (row, column, value) in range.used_cells() {
        sheet.put(at(range.start(), row, column), cell(value))?;
    }
    // A formula without a value is blank to the reader; it must not be taken for one.
    if let Ok(formulas) = book.worksheet_formula(name) {
        for (row, column, _) in formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty()) {
            let at = at(formulas.start(), row, column);
            if range.get_value(at).is_none_or(|value| *value == Data::Empty) {
                sheet.put(at, Cell::NoValue)?;
            }
        }
    }
    Ok(Some(sheet.sheet))
}

/// A sheet while it is read.
struct Growing {
    sheet: Sheet,
    cells: usize,
}

impl Growing {
    fn new(name: &str, merged: Vec<Dimensions>) -> Result<Growing, Unopened> {
        if merged.len() > MOST_MERGED {
            return Err(Unopened::TooLarge);
        }
        let place = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let region = |region: Dimensions| {
            (place(region.start.0), place(region.end.0), place(region.start.1), place(region.end.1))
        };
        let merged = merged.into_iter().map(region).collect();
        Ok(Growing { sheet: Sheet { name: name.to_owned(), rows: Vec::new(), merged, hidden: Vec::new() }, cells: 0 })
    }

    fn put(&mut self, (row, column): (u32, u32), cell: Cell) -> Result<(), Unopened> {
        let (row, column) = (usize::try_from(row).unwrap_or(usize::MAX), usize::try_from(column).unwrap_or(usize::MAX));
        if cell == Cell::Blank {
            return Ok(());
        }
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            return Err(Unopened::TooLarge);
        }
        if row >= self.sheet.rows.len() {
            self.sheet.rows.resize(row + 1, Vec::new());
        }
        let Some(cells) = self.sheet.rows.get_mut(row) else { return Ok(()) };
        if column >= cells.len() {
            self.cells += column + 1 - cells.len();
            if self.cells > MOST_CELLS {
                return Err(Unopened::TooLarge);
            }
            cells.resize(column + 1, Cell::Blank);
        }
        if let Some(place) = cells.get_mut(column) {
            *place = cell;
        }
        Ok(())
    }
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Blank,
        Data::String(text) if text.is_empty() => Cell::Blank,
        Data::String(text) | Data::DurationIso(text) => Cell::Text(text.clone()),
        Data::Int(number) => Cell::Number(number.to_string()),
        // Only written, never calculated with: a cell's number has 15 significant digits.
        Data::Float(number) => Cell::Number(fifteen_digits(&format!("{number:.14e}"))),
        Data::Bool(flag) => Cell::Flag(*flag),
        Data::Error(error) => Cell::Error(error.to_string()),
        Data::DateTimeIso(text) => {
            let day = text.get(..10).and_then(Date::parse);
            day.map_or_else(|| Cell::Text(text.clone()), Cell::Day)
        }
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            let parsed = Date::parse(&format!("{year:04}-{month:02}-{day:02}")).filter(|_| moment.is_datetime());
            parsed.map_or_else(|| Cell::Text(moment.to_string()), Cell::Day)
        }
    }
}

/// `-1.23400000000000e2` as `-123.4`.
fn fifteen_digits(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if digits.is_empty() {
        return "0".to_owned();
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    let number = if whole == 0 {
        format!("0.{}{digits}", "0".repeat(usize::try_from(-(exponent + 1)).unwrap_or(0)))
    } else if digits.len() <= whole {
        format!("{digits}{}", "0".repeat(whole - digits.len()))
    } else {
        let (before, after) = digits.split_at(whole);
        format!("{before}.{after}")
    };
    format!("{sign}{number}")
}
