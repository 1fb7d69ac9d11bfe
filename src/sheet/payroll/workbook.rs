//! A payroll file as a workbook, written row by row through files, so that memory does not grow with its rows.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek};

use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::rows::{Cell, Payroll};
use crate::exact::{Fen, fen_text};

/// What a number of a sheet holds exactly: 15 digits.
const EXACT: Fen = 1_000_000_000_000_000;
/// How wide columns are.
const WIDTH: u16 = 16;
/// How many characters fit across A4, and how small they may be, in hundredths.
const PAGE_WIDTH: u16 = 130;
const SMALLEST: u16 = 10;

/// Why there is no workbook.
#[derive(Debug)]
pub enum Unwritten {
    /// A sheet does not have so many rows or columns.
    TooLarge,
    /// A file could not be written.
    Other(String),
}

impl From<XlsxError> for Unwritten {
    fn from(error: XlsxError) -> Unwritten {
        match error {
            XlsxError::RowColumnLimitError => Unwritten::TooLarge,
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
            Unwritten::TooLarge => out.write_str("a sheet holds 1,048,576 rows"),
            Unwritten::Other(reason) => out.write_str(reason),
        }
    }
}

/// A workbook while it is written.
pub struct Book {
    workbook: Workbook,
    money: Format,
    /// The rows that are written.
    height: u32,
}

impl Book {
    /// A workbook with its headings.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn new(payroll: &Payroll) -> Result<Book, Unwritten> {
        let mut workbook = begun(&format!("SHA-256 {}", payroll.result_sha256()))?;
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(if payroll.is_draft() { "工资（草稿）" } else { "工资" })?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold().set_align(FormatAlign::Center);
        for (column, place) in payroll.profile.columns.iter().zip(0_u16..) {
            sheet.set_column_width(place, WIDTH)?;
            sheet.write_string_with_format(0, place, &column.heading, &bold)?;
        }
        Ok(Book { workbook, money: Format::new().set_num_format("#,##0.00"), height: 1 })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn add(&mut self, rows: &[Vec<Cell>]) -> Result<(), Unwritten> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for row in rows {
            for (cell, place) in row.iter().zip(0_u16..) {
                write(sheet, (self.height, place), cell, &self.money)?;
            }
            self.height += 1;
        }
        Ok(())
    }

    /// The file, at its beginning.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn finish(mut self) -> Result<File, Unwritten> {
        saved(&mut self.workbook)
    }
}

/// A workbook with a remark on what it is of. The same is always the same bytes: no time of writing.
pub(in crate::sheet) fn begun(comment: &str) -> Result<Workbook, Unwritten> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_comment(comment).set_creation_datetime(&made));
    Ok(workbook)
}

/// A workbook as a file, at its beginning.
pub(in crate::sheet) fn saved(workbook: &mut Workbook) -> Result<File, Unwritten> {
    let mut file = tempfile::tempfile()?;
    workbook.save_to_writer(&mut file)?;
    file.rewind()?;
    Ok(file)
}

fn write(sheet: &mut Worksheet, (row, place): (u32, u16), cell: &Cell, money: &Format) -> Result<(), Unwritten> {
    match cell {
        Cell::Blank => {}
        Cell::Text(text) => {
            sheet.write_string(row, place, text)?;
        }
        Cell::Money(fen) => write_money(sheet, (row, place), *fen, money)?,
    }
    Ok(())
}

/// About how much smaller than it is something is printed across A4, in hundredths, that is so many characters wide.
pub(in crate::sheet) fn scale(width: u16) -> u16 {
    (100 * PAGE_WIDTH / width.max(PAGE_WIDTH)).max(SMALLEST)
}

/// Writes an amount as a number of yuan.
pub(in crate::sheet) fn write_money(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    fen: Fen,
    money: &Format,
) -> Result<(), Unwritten> {
    // A larger number would lose digits in a sheet; as a text it keeps them.
    if fen.abs() >= EXACT {
        sheet.write_string_with_format(row, place, fen_text(fen), money)?;
        return Ok(());
    }
    let yuan = Decimal::try_from_i128_with_scale(fen, 2);
    let yuan = yuan.map_err(|error| Unwritten::Other(error.to_string()))?;
    sheet.write_with_format(row, place, yuan, money)?;
    Ok(())
}
