//! A payroll file as CSV (RFC 4180) for spreadsheets and older systems.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use encoding_rs::GB18030;

use super::profile::{Encoding, Profile};
use super::rows::Cell;
use crate::exact::fen_text;

/// A text that the encoding does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unencodable(pub String);

/// Rows as CSV in the encoding of a profile; the headings before them, where they are the first.
///
/// # Errors
/// [`Unencodable`]; nothing is written in the place of a letter.
pub fn csv(profile: &Profile, is_first: bool, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Unencodable> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(Vec::new());
    let headings = profile.columns.iter().map(|column| guarded(&column.heading).into_owned()).collect();
    let headings: Vec<Vec<String>> = if is_first { vec![headings] } else { Vec::new() };
    let written = rows.iter().map(|row| row.iter().map(field).collect::<Vec<String>>());
    for record in headings.into_iter().chain(written) {
        // A vector takes every byte.
        let _ = writer.write_record(&record);
    }
    let text = String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default();
    match profile.encoding {
        Encoding::Utf8 if is_first => Ok(format!("\u{feff}{text}").into_bytes()),
        Encoding::Utf8 => Ok(text.into_bytes()),
        Encoding::Gb18030 => encoded(&text).map(Cow::into_owned),
    }
}

/// Whether an encoding has all letters of a text.
///
/// # Errors
/// [`Unencodable`].
pub fn encodes(encoding: Encoding, text: &str) -> Result<(), Unencodable> {
    if encoding == Encoding::Utf8 { Ok(()) } else { encoded(text).map(drop) }
}

fn encoded(text: &str) -> Result<Cow<'_, [u8]>, Unencodable> {
    match GB18030.encode(text) {
        (bytes, _, false) => Ok(bytes),
        _ => Err(Unencodable(text.to_owned())),
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(text) => guarded(text).into_owned(),
        Cell::Money(fen) => fen_text(*fen),
    }
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}
