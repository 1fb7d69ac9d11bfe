//! A packed workbook before it is read: what it unfolds to, and whether its counts are lies. The reader makes room for what a
//! workbook says of itself.

use std::io::{Cursor, Read, copy, sink};

use super::book::{MOST_CELLS, Unopened};

/// The most bytes that a packed file may unfold to.
const MOST_UNPACKED: u64 = 512 << 20;

/// Counts what a packed file really unfolds to, whatever it says of itself.
pub(super) fn unpacked(bytes: &[u8]) -> Result<(), Unopened> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unopened::Unknown)?;
    let mut left = MOST_UNPACKED;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|_| Unopened::Unknown)?;
        let name = entry.name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let (shares, has_cells) = (name.ends_with("sharedstrings.xml"), name.ends_with("content.xml"));
        let mut entry = entry.take(left + 1);
        let read = if shares || has_cells {
            let mut text = Vec::new();
            let read = entry.read_to_end(&mut text).map_err(|_| Unopened::Unknown)?;
            if shares && said(&text, b"uniqueCount") > read {
                return Err(Unopened::Unknown);
            }
            if has_cells && most_cells(&text) > MOST_CELLS {
                return Err(Unopened::TooLarge);
            }
            u64::try_from(read).unwrap_or(u64::MAX)
        } else {
            copy(&mut entry, &mut sink()).map_err(|_| Unopened::Unknown)?
        };
        left = left.checked_sub(read).ok_or(Unopened::TooLarge)?;
    }
    Ok(())
}

/// The largest number that a text says under a key; 0 where it says none.
fn said(text: &[u8], key: &[u8]) -> usize {
    let said = text.windows(key.len()).enumerate().filter(|(_, window)| *window == key).map(|(place, _)| {
        let after = text.get(place + key.len()..).unwrap_or_default().iter();
        let digits = after.skip_while(|byte| !byte.is_ascii_digit()).take_while(|byte| byte.is_ascii_digit());
        let digits: String = digits.take(30).map(|digit| char::from(*digit)).collect();
        digits.parse::<usize>().unwrap_or(if digits.is_empty() { 0 } else { usize::MAX })
    });
    said.max().unwrap_or(0)
}

/// How many cells the largest sheet of an ods file has up to its last row and its last column with a value: a few bytes
/// repeat a cell or a row as often as they say.
fn most_cells(text: &[u8]) -> usize {
    let (mut most, mut rows, mut column, mut used_columns) = (0_usize, 0_usize, 0_usize, 0_usize);
    for tag in text.split(|byte| *byte == b'<') {
        let (name, rest) = tag.split_at(tag.iter().position(|byte| b" \t\r\n/>".contains(byte)).unwrap_or(tag.len()));
        match name {
            b"table:table" => (rows, used_columns) = (0, 0),
            b"table:table-row" => {
                rows = rows.saturating_add(said(rest, b"number-rows-repeated").max(1));
                column = 0;
            }
            b"table:table-cell" | b"table:covered-table-cell" => {
                column = column.saturating_add(said(rest, b"number-columns-repeated").max(1));
                let tag = rest.iter().position(|byte| *byte == b'>').and_then(|end| rest.get(..end));
                if !tag.is_some_and(|tag| tag.ends_with(b"/") && !has(tag, b"value-type") && !has(tag, b"formula")) {
                    used_columns = used_columns.max(column);
                    most = most.max(rows.saturating_mul(used_columns));
                }
            }
            _ => {}
        }
    }
    most
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
