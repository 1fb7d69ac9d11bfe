//! Workbooks cell by cell, as they are written inside: what is put into one, what is red, what has a note.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;

/// The parts of a packed file, by name.
pub fn parts(file: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("a packed file");
    let mut parts = BTreeMap::new();
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).expect("a part");
        let name = part.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).expect("read");
        parts.insert(name, String::from_utf8_lossy(&bytes).into_owned());
    }
    parts
}

/// A packed file of these parts.
pub fn packed(parts: &BTreeMap<String, String>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).expect("a part");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("a file").into_inner()
}

/// The part that a sheet is: both writers number the parts as the sheets.
fn part_of(parts: &BTreeMap<String, String>, sheet: &str) -> String {
    let names = parts["xl/workbook.xml"].split("<sheet name=\"").skip(1);
    let mut names = names.map(|rest| rest.split('"').next().expect("a name"));
    let place = names.position(|name| name == sheet).unwrap_or_else(|| panic!("no sheet {sheet}"));
    format!("xl/worksheets/sheet{}.xml", place + 1)
}

/// A workbook with other cells in a sheet: a text, nothing for "", the error value for "#N/A".
pub fn with(file: &[u8], sheet: &str, cells: &[(&str, &str)]) -> Vec<u8> {
    let mut parts = parts(file);
    let part = part_of(&parts, sheet);
    let mut xml = parts[&part].clone();
    for (cell, text) in cells {
        let new = match *text {
            "" => String::new(),
            "#N/A" => format!("<c r=\"{cell}\" t=\"e\"><v>#N/A</v></c>"),
            text => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
            }
        };
        let begin = format!("<c r=\"{cell}\"");
        if let Some(from) = xml.find(&begin) {
            let tag = from + xml[from..].find('>').expect("the end of a tag") + 1;
            let is_whole = xml[..tag].ends_with("/>");
            let to = if is_whole { tag } else { from + xml[from..].find("</c>").expect("its end") + 4 };
            xml.replace_range(from..to, &new);
        } else {
            let row = cell.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
            let from = xml.find(&format!("<row r=\"{row}\"")).unwrap_or_else(|| panic!("no row {row}"));
            let to = from + xml[from..].find("</row>").expect("its end");
            xml.insert_str(to, &new);
        }
    }
    parts.insert(part, xml);
    packed(&parts)
}

/// The cells of a sheet that are red.
pub fn red(file: &[u8], sheet: &str) -> BTreeSet<String> {
    let parts = parts(file);
    let styles = &parts["xl/styles.xml"];
    let fill = styles.split("<fill>").skip(1).position(|fill| fill.contains("FFC7CE"));
    let Some(fill) = fill else { return BTreeSet::new() };
    let (_, formats) = styles.split_once("<cellXfs").expect("formats");
    let formats = formats.split("</cellXfs>").next().expect("an end").split("<xf ").skip(1);
    let filled = format!("fillId=\"{fill}\"");
    let reds: Vec<String> = (0..)
        .zip(formats)
        .filter(|(_, format)| format.contains(&filled))
        .map(|(place, _)| format!("s=\"{place}\""))
        .collect();
    let cells = parts[&part_of(&parts, sheet)].clone();
    let tags = cells.split("<c r=\"").skip(1).filter_map(|rest| rest.split('>').next());
    let is_red = |tag: &&str| reds.iter().any(|red| tag.contains(red));
    tags.filter(is_red).map(|tag| tag.split('"').next().expect("a cell").to_owned()).collect()
}

/// The notes of all sheets: cells and texts.
pub fn notes(file: &[u8]) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::new();
    for (_, text) in parts(file).iter().filter(|(name, _)| name.contains("comments")) {
        for note in text.split("<comment ref=\"").skip(1) {
            let (cell, rest) = note.split_once('"').expect("a cell");
            let rest = rest.split("</comment>").next().expect("an end");
            let texts = rest.split("<t").skip(1).filter_map(|rest| rest.split_once('>'));
            let text: String = texts.map(|(_, text)| text.split("</t>").next().expect("an end")).collect();
            notes.insert(cell.to_owned(), text);
        }
    }
    notes
}

/// The texts of a sheet as a reader of workbooks reads them, row by row.
pub fn texts(file: &[u8], sheet: &str) -> Vec<Vec<String>> {
    use calamine::Reader;
    let mut book = calamine::Xlsx::new(Cursor::new(file)).expect("a workbook");
    let range = book.worksheet_range(sheet).expect("a sheet");
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}
