//! CSV files: their encoding, what parts their cells, and their rows.

use std::collections::HashMap;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use super::super::lines::Lines;
use super::book::{Cell, MOST_CELLS, MOST_COLUMNS, Sheet, Unopened};

/// A text in UTF-8, UTF-16 with its mark, or else GB18030, and which it was where it is not UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> Result<(String, Option<&'static str>), Unopened> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return String::from_utf8(rest.to_vec()).map(|text| (text, None)).map_err(|_| Unopened::Encoding);
    }
    let by = |encoding: &'static encoding_rs::Encoding, bytes| {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| (text.into_owned(), Some(encoding.name())))
            .ok_or(Unopened::Encoding)
    };
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return by(UTF_16LE, rest);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return by(UTF_16BE, rest);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), None)),
        Err(_) => by(GB18030, bytes),
    }
}

/// What parts the cells of a line: of comma, tab and semicolon the one of which most of the first lines have as many.
fn delimiter(text: &str) -> u8 {
    let agreeing = |delimiter: u8| {
        let mut lines: HashMap<usize, usize> = HashMap::new();
        for line in text.lines().take(40) {
            let count = line.bytes().filter(|byte| *byte == delimiter).count();
            *lines.entry(count).or_default() += usize::from(count > 0);
        }
        lines.into_iter().map(|(count, lines)| (lines, count)).max().unwrap_or_default()
    };
    // Of equals the last is taken.
    b";\t,".iter().copied().max_by_key(|delimiter| agreeing(*delimiter)).unwrap_or(b',')
}

/// A CSV file as a sheet.
pub(super) fn table(name: &str, text: &str) -> Result<Sheet, Unopened> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let (mut rows, mut cells, mut lines) = (Vec::new(), 0_usize, Lines::of(text.as_bytes()));
    for record in reader.records() {
        let record = record.map_err(|_| Unopened::Unknown)?;
        // The reader leaves blank lines out; the place of a row is its line.
        let line = usize::try_from(lines.line(&record)).unwrap_or(0);
        if line.saturating_sub(1) > rows.len() && line <= rows.len() + MOST_COLUMNS {
            rows.resize(line - 1, Vec::new());
        }
        cells += record.len();
        if cells > MOST_CELLS {
            return Err(Unopened::TooLarge);
        }
        let cell = |text: &str| if text.is_empty() { Cell::Blank } else { Cell::Text(text.to_owned()) };
        rows.push(record.iter().take(MOST_COLUMNS).map(cell).collect());
    }
    Ok(Sheet { name: name.to_owned(), rows, merged: Vec::new(), hidden: Vec::new() })
}
