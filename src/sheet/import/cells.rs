//! An old workbook (BIFF in a compound file: xls, et) before it is read: how far its cells reach. The reader makes room for the
//! whole rectangle of each sheet, and for what a sheet says of itself.

use std::io::{Cursor, Read};

use super::book::{MOST_CELLS, Ranges, Unopened};
use super::packed::hide;

/// The most cells of all sheets together, blank ones within their bounds included.
const MOST_IN_ALL: usize = 4 * MOST_CELLS;
/// The rows and columns of a sheet of this kind.
const WHOLE_SHEET: usize = 65_536 * 256;
/// The kinds of records that hold a cell, which begins with its row and its column.
const CELLS: [usize; 15] =
    [0x02, 0x03, 0x04, 0x05, 0x06, 0xBD, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x206, 0x207, 0x27E, 0x406];
/// The kinds of records with which a part begins.
const BEGINS: [usize; 4] = [0x09, 0x209, 0x409, 0x809];

/// Refuses sheets that reach too far. Gives the hidden rows of each.
pub(super) fn bounded(bytes: &[u8]) -> Result<Vec<Ranges>, Unopened> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| Unopened::Unknown)?;
    let name = if file.exists("/Workbook") { "/Workbook" } else { "/Book" };
    let mut stream = Vec::new();
    let mut found = file.open_stream(name).map_err(|_| Unopened::Unknown)?;
    found.read_to_end(&mut stream).map_err(|_| Unopened::Unknown)?;
    // What follows this record is encrypted.
    if Records(&stream).take_while(|(kind, _)| *kind != 0x0A).any(|(kind, _)| kind == 0x2F) {
        return Err(Unopened::Password);
    }
    let sheets = Records(&stream).filter(|(kind, _)| *kind == 0x85);
    let places: Vec<usize> = sheets.map(|(_, data)| number(data, 0, 4)).collect();
    let (mut cells, mut read, mut hidden) = (0_usize, 0_usize, Vec::new());
    for place in if places.is_empty() { vec![0] } else { places } {
        hidden.push(Vec::new());
        let Some(own) = hidden.last_mut() else { continue };
        let (extent, length) = extent(stream.get(place..).unwrap_or_default(), own)?;
        (cells, read) = (cells.saturating_add(extent), read.saturating_add(length));
        // Sheets that lie upon each other are read again and again.
        if extent > MOST_CELLS || cells > MOST_IN_ALL || read > 2 * stream.len() {
            return Err(Unopened::TooLarge);
        }
    }
    Ok(hidden)
}

/// How many cells the rectangle of a sheet has, and how many bytes the sheet; notes its hidden rows.
fn extent(sheet: &[u8], hidden: &mut Ranges) -> Result<(usize, usize), Unopened> {
    let (mut rows, mut columns, mut depth, mut length) = (0, 0, 0_usize, 0);
    for (kind, data) in Records(sheet) {
        length += data.len() + 4;
        match kind {
            kind if BEGINS.contains(&kind) => depth += 1,
            0x0A if depth <= 1 => break,
            0x0A => depth -= 1,
            0x200 => {
                let size = if data.len() < 14 { 2 } else { 4 };
                let rows = number(data, size, size).wrapping_sub(number(data, 0, size));
                let columns = number(data, 2 * size + 2, 2).wrapping_sub(number(data, 2 * size, 2));
                if rows.wrapping_add(1).saturating_mul(columns.wrapping_add(1)) > 2 * WHOLE_SHEET {
                    return Err(Unopened::TooLarge);
                }
            }
            // What is said of a row, the sixth bit of its flags: that nobody sees it.
            0x208 if number(data, 12, 1) & 0x20 != 0 => hide(hidden, number(data, 0, 2), 1),
            kind if CELLS.contains(&kind) => {
                rows = rows.max(number(data, 0, 2) + 1);
                let last = if kind == 0xBD { data.len().saturating_sub(2) } else { 2 };
                columns = columns.max(number(data, last, 2) + 1);
            }
            _ => {}
        }
    }
    Ok((rows * columns, length))
}

/// A number of so many bytes at a place, the lowest first; 0 where there are not so many.
fn number(data: &[u8], place: usize, size: usize) -> usize {
    let bytes = data.get(place..place + size).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

/// The records of a stream: kind, length, data.
struct Records<'s>(&'s [u8]);

impl<'s> Iterator for Records<'s> {
    type Item = (usize, &'s [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_at_checked(4)?;
        let (data, rest) = rest.split_at_checked(number(head, 2, 2))?;
        self.0 = rest;
        Some((number(head, 0, 2), data))
    }
}
