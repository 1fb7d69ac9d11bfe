//! A packed workbook before it is read: what it unfolds to, whether its counts are lies, and which rows it hides. The reader makes
//! room for what a workbook says of itself, and does not say what is hidden.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Cursor, Read, copy, sink};

use super::book::{MOST_CELLS, Ranges, Unopened};

/// The most bytes that a packed file may unfold to.
const MOST_UNPACKED: u64 = 512 << 20;
/// The most bytes that are looked at of what says where the sheets are.
const MOST_CONTENTS: u64 = 4 << 20;
/// The longest tag that is looked at.
const LONGEST_TAG: u64 = 4 << 10;
/// The most places of hidden rows that are noted of a file.
const MOST_HIDDEN: usize = 100_000;

/// Counts what a packed file really unfolds to, whatever it says of itself. Gives the hidden rows of its sheets in their order, as
/// far as they are known.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<Ranges>, Unopened> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| Unopened::Unknown)?;
    let paths = sheet_paths(&mut archive).unwrap_or_default();
    let sheets: HashMap<&str, usize> = paths.iter().zip(0..).map(|(path, sheet)| (path.as_str(), sheet)).collect();
    let (mut hidden, mut noted): (Vec<Ranges>, usize) = (vec![Vec::new(); paths.len()], 0);
    let mut left = MOST_UNPACKED;
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|_| Unopened::Unknown)?;
        let name = entry.name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let (shares, has_cells) = (name.ends_with("sharedstrings.xml"), name.ends_with("content.xml"));
        let sheet = sheets.get(name.as_str()).copied();
        let mut entry = entry.take(left + 1);
        let read = if shares || has_cells {
            let mut text = Vec::new();
            let read = entry.read_to_end(&mut text).map_err(|_| Unopened::Unknown)?;
            if shares && said(&text, b"uniqueCount") > read {
                return Err(Unopened::Unknown);
            }
            if has_cells {
                let (most, found) = most_cells(&text);
                if most > MOST_CELLS {
                    return Err(Unopened::TooLarge);
                }
                hidden = found;
            }
            u64::try_from(read).unwrap_or(u64::MAX)
        } else if let Some(ranges) = sheet.and_then(|sheet| hidden.get_mut(sheet)) {
            let read = hidden_rows(entry, ranges).map_err(|_| Unopened::Unknown)?;
            noted += ranges.len();
            if noted > MOST_HIDDEN {
                ranges.clear();
            }
            read
        } else {
            copy(&mut entry, &mut sink()).map_err(|_| Unopened::Unknown)?
        };
        left = left.checked_sub(read).ok_or(Unopened::TooLarge)?;
    }
    Ok(hidden)
}

/// Where the sheets of an xlsx file are, in their order, in lower case.
fn sheet_paths(archive: &mut zip::ZipArchive<Cursor<&[u8]>>) -> Option<Vec<String>> {
    let mut names = archive.file_names().filter_map(Result::ok);
    let workbook = names.find(|name| name.ends_with("workbook.xml"))?.into_owned();
    drop(names);
    let (folder, name) = workbook.rsplit_once('/').map_or(("", workbook.as_str()), |parts| parts);
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let links = format!("{folder}_rels/{name}.rels");
    let mut text = |path: &str| {
        let mut text = Vec::new();
        archive.by_name(path).ok()?.take(MOST_CONTENTS).read_to_end(&mut text).ok()?;
        String::from_utf8(text).ok()
    };
    let (contents, targets) = (text(&workbook)?, text(&links)?);
    let targets: HashMap<&str, &str> =
        targets.split('<').filter_map(|tag| Some((attribute(tag, "Id")?, attribute(tag, "Target")?))).collect();
    let path = |tag: &str| {
        let path = *targets.get(attribute(tag, "id")?)?;
        let path = path.strip_prefix('/').map_or_else(|| format!("{folder}{path}"), str::to_owned);
        Some(path.to_ascii_lowercase())
    };
    contents.split('<').filter(|tag| is(tag, "sheet")).map(path).collect()
}

/// Whether a tag has this name, whatever its prefix.
fn is(tag: &str, name: &str) -> bool {
    let own = tag.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default();
    own.rsplit(':').next() == Some(name)
}

/// What a tag says under a key, whatever its prefix; only words without spaces.
fn attribute<'t>(tag: &'t str, key: &str) -> Option<&'t str> {
    let mut words = tag.split_ascii_whitespace().rev();
    words.find_map(|word| {
        let (own, value) = word.split_once('=')?;
        let value = value.trim_start_matches(['"', '\'']).split(['"', '\'']).next()?;
        (own.rsplit(':').next() == Some(key)).then_some(value)
    })
}

/// Notes the hidden rows of a sheet tag by tag; gives how many bytes it has.
fn hidden_rows(sheet: impl Read, hidden: &mut Ranges) -> io::Result<u64> {
    let mut sheet = BufReader::new(sheet);
    let (mut bytes, mut next, mut tag) = (0, 0_usize, Vec::new());
    loop {
        tag.clear();
        let read = sheet.by_ref().take(LONGEST_TAG).read_until(b'>', &mut tag)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes += u64::try_from(read).unwrap_or(u64::MAX);
        let begin = tag.iter().rposition(|byte| *byte == b'<');
        let own = begin.and_then(|begin| std::str::from_utf8(tag.get(begin + 1..)?).ok());
        let Some(tag) = own.filter(|tag| is(tag, "row")) else { continue };
        let row = attribute(tag, "r").and_then(|row| row.parse::<usize>().ok()?.checked_sub(1)).unwrap_or(next);
        if matches!(attribute(tag, "hidden"), Some("1" | "true")) {
            hide(hidden, row, 1);
        }
        next = row.saturating_add(1);
    }
}

/// Notes that so many rows from one on are hidden.
pub(super) fn hide(hidden: &mut Ranges, row: usize, count: usize) {
    let (last, is_full) = (row.saturating_add(count.saturating_sub(1)), hidden.len() >= MOST_HIDDEN);
    match hidden.last_mut() {
        Some((_, before)) if row <= *before => {}
        Some((_, before)) if before.saturating_add(1) == row => *before = last,
        _ if is_full => {}
        _ => hidden.push((row, last)),
    }
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
/// repeat a cell or a row as often as they say. And the hidden rows of each sheet.
fn most_cells(text: &[u8]) -> (usize, Vec<Ranges>) {
    let (mut most, mut rows, mut column, mut used_columns) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut hidden: Vec<Ranges> = Vec::new();
    for tag in text.split(|byte| *byte == b'<') {
        let (name, rest) = tag.split_at(tag.iter().position(|byte| b" \t\r\n/>".contains(byte)).unwrap_or(tag.len()));
        match name {
            b"table:table" => {
                (rows, used_columns) = (0, 0);
                hidden.push(Vec::new());
            }
            b"table:table-row" => {
                let count = said(rest, b"number-rows-repeated").max(1);
                // By hand, or by a filter.
                let is_hidden = has(rest, b"visibility=\"collapse\"") || has(rest, b"visibility=\"filter\"");
                if let Some(hidden) = hidden.last_mut().filter(|_| is_hidden) {
                    hide(hidden, rows, count);
                }
                rows = rows.saturating_add(count);
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
    (most, hidden)
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
