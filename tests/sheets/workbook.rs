//! The workbook that checks itself, recalculated by LibreOffice and by a second engine: every ready plan and every accepted
//! case agrees, and with one input changed the formulas come to what the program makes of the changed data.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};
use fenpei::engine::{Supposed, calculate_supposing};
use fenpei::sheet::{Origin, write_workbook};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use serde_json::{Value, json};

use crate::cases;
use crate::office::{self, second_engine};
use crate::template::{PLANS, file};

pub const AGREE: &str = "一致";
const DIFFER: &str = "不一致";
const BEYOND: &str = "超出表格精度，不能复核";
const UNTOLD: &str = "尚未复算：请按 Ctrl+Alt+F9";

/// The workbook of a plan on data, and the result; none where it is refused.
pub fn made(plan: &str, data: &str) -> Option<Vec<u8>> {
    let plan = plan_text(plan.as_bytes()).ok()?;
    let data = read_data(&plan.plan, data.as_bytes()).ok()?;
    let kept = Supposed { shares_kept: true, ..Supposed::default() };
    let outcome = calculate_supposing(&plan.plan, &data, &kept).ok()?;
    Some(write_workbook(&outcome, &Origin::default()).expect("a workbook"))
}

/// The result of a plan on data without what names the data; none where it is refused.
fn result(plan: &str, data: &str) -> Option<Value> {
    let mut result: Value = serde_json::from_slice(&cases::answer(plan, data, false)).expect("JSON");
    let whole = result.as_object_mut().expect("an object");
    whole.retain(|key, _| !["data_sha256", "result_sha256"].contains(&key.as_str()));
    result.get("errors").is_none().then_some(result)
}

pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn cells(path: &Path, sheet: &str) -> calamine::Range<Data> {
    let mut book: Xlsx<_> = open_workbook(path).expect("a workbook");
    book.worksheet_range(sheet).unwrap_or_else(|error| panic!("{}: {sheet}: {error}", path.display()))
}

pub fn verdict(path: &Path) -> String {
    cells(path, "结论").get_value((2, 1)).map(ToString::to_string).unwrap_or_default()
}

fn text(plan: &str, name: &str) -> String {
    String::from_utf8(file(plan, name)).expect("text")
}

/// Whether a number of a text has more digits than a sheet can work with.
fn has_long_numbers(text: &str) -> bool {
    let numbers = text.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    numbers.into_iter().any(|number| number.bytes().filter(u8::is_ascii_digit).count() >= 15)
}

/// Every plan of `plans/` and every accepted case, as (name, plan, data).
fn all() -> Vec<(String, String, String)> {
    let plans = PLANS.iter().map(|plan| ((*plan).to_owned(), text(plan, "plan.json"), text(plan, "data.json")));
    let cases = cases::all().into_iter().map(|case| (case.name, case.plan, case.data));
    plans.chain(cases).filter(|(_, plan, data)| result(plan, data).is_some()).collect()
}

#[test]
fn every_ready_plan_and_every_accepted_case_agrees_in_two_engines() {
    let (office, second) = (office::recalculating(), second_engine());
    let folder = folder("workbook");
    let all = all();
    assert!(all.len() > 200, "{}", all.len());
    let mut paths = Vec::new();
    for (number, (name, plan, data)) in all.iter().enumerate() {
        let path = folder.join(format!("{number}.xlsx"));
        fs::write(&path, made(plan, data).unwrap_or_else(|| panic!("{name}"))).expect("written");
        assert_eq!(verdict(&path), UNTOLD, "{name}: nothing is said before it is recalculated");
        paths.push(path);
    }
    let check = |found: Vec<String>, engine: &str| {
        assert_eq!(found.len(), all.len());
        for ((name, plan, data), found) in all.iter().zip(found) {
            let beyond = has_long_numbers(plan) || has_long_numbers(data);
            let found = found.split('（').next().expect("a verdict");
            assert_eq!(found, if beyond { BEYOND } else { AGREE }, "{engine}: {name}");
        }
    };
    if let Some(office) = office {
        check(office.converted(&paths, "xlsx").iter().map(|path| verdict(path)).collect(), "LibreOffice");
    }
    if let Some(second) = second {
        check(second.verdicts(&paths), "formualizer");
    }
}

#[test]
fn every_step_has_a_formula_or_says_why_not() {
    let folder = folder("workbook-steps");
    let (mut formulas, mut listed) = (0, 0);
    for (number, (name, plan, data)) in all().into_iter().enumerate() {
        let path = folder.join(format!("{number}.xlsx"));
        fs::write(&path, made(&plan, &data).expect("a workbook")).expect("written");
        let rows = cells(&path, "结论");
        let said = rows.rows().skip(24).filter_map(|row| row.get(2).map(ToString::to_string));
        for said in said {
            formulas += usize::from(said == "公式复算");
            let why = said.strip_prefix("仅列示：");
            listed += usize::from(why.is_some_and(|why| !why.is_empty()));
            assert!(why.is_none() || number >= PLANS.len(), "{name}: {said}");
        }
    }
    assert!(formulas > 1_000 && listed < 10, "{formulas} formulas, {listed} without");
}

/// One input changed: the data, and the cell that is written in the workbook.
struct Change {
    level: String,
    row: String,
    label: String,
    value: Value,
    data: Value,
}

/// For each fact that the plan uses another value in the middle row of its level.
fn changes(plan: &Value, data: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    for level in plan["levels"].as_array().expect("levels") {
        let name = level["name"].as_str().expect("a name");
        let rows = data[name].as_array().cloned().unwrap_or_default();
        let Some(row) = rows.get(rows.len() / 2) else { continue };
        for fact in level["facts"].as_array().into_iter().flatten() {
            let (key, default) = (fact["name"].as_str().expect("a name"), &fact["default"]);
            let now = row["facts"].get(key).unwrap_or(default);
            let Some(value) = other_value(fact, now) else { continue };
            let mut changed = data.clone();
            changed[name][rows.len() / 2]["facts"][key] = value.clone();
            let label = fact["label"].as_str().unwrap_or(key).to_owned();
            let id = row["id"].as_str().expect("an id").to_owned();
            found.push(Change { level: name.to_owned(), row: id, label, value, data: changed });
        }
    }
    found
}

fn other_value(fact: &Value, now: &Value) -> Option<Value> {
    let decimal = || now.as_str().map_or_else(|| now.to_string(), str::to_owned);
    match fact["type"].as_str()? {
        "flag" => Some(json!(!now.as_bool()?)),
        "choice" => fact["choices"].as_array()?.iter().find(|choice| *choice != now).cloned(),
        "number" | "money" => {
            let whole: i64 = decimal().split('.').next()?.parse().ok()?;
            let most = fact["max"].as_str().and_then(|most| most.split('.').next()?.parse::<i64>().ok());
            let other = if most.is_some_and(|most| whole + 1 > most) { whole - 1 } else { whole + 1 };
            Some(json!(other.to_string()))
        }
        _ => None,
    }
}

/// The workbook with another value in one cell.
pub fn with_cell(book: &[u8], sheet: usize, cell: &str, value: &Value) -> Vec<u8> {
    let mut read = zip::ZipArchive::new(Cursor::new(book)).expect("a zip");
    let mut written = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..read.len() {
        let mut part = read.by_index(number).expect("a part");
        let (name, mut bytes) = (part.name().expect("a name").into_owned(), Vec::new());
        part.read_to_end(&mut bytes).expect("read");
        if name == format!("xl/worksheets/sheet{}.xml", sheet + 1) {
            bytes = with_value(&String::from_utf8(bytes).expect("text"), cell, value).into_bytes();
        }
        written.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        written.write_all(&bytes).expect("written");
    }
    written.finish().expect("a file").into_inner()
}

fn with_value(xml: &str, cell: &str, value: &Value) -> String {
    let start = xml.find(&format!("<c r=\"{cell}\"")).unwrap_or_else(|| panic!("no cell {cell}"));
    let tag = start + xml[start..].find('>').expect("closed");
    let end = match xml[..tag].ends_with('/') {
        true => tag + 1,
        false => start + xml[start..].find("</c>").expect("closed") + 4,
    };
    let new = match value {
        Value::Bool(flag) => format!("<c r=\"{cell}\" t=\"b\"><v>{}</v></c>", u8::from(*flag)),
        Value::Null => format!("<c r=\"{cell}\"/>"),
        Value::Number(number) => format!("<c r=\"{cell}\"><v>{number}</v></c>"),
        Value::String(text) if text.parse::<i64>().is_ok() => format!("<c r=\"{cell}\"><v>{text}</v></c>"),
        other => format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{}</t></is></c>", other.as_str().expect("a text")),
    };
    format!("{}{new}{}", &xml[..start], &xml[end..])
}

/// Where a heading stands among the headings of a sheet, and where a row with this id.
fn place(rows: &calamine::Range<Data>, heading: &str, id: &str) -> Option<(usize, usize)> {
    let column = rows.rows().nth(2)?.iter().position(|cell| *cell == heading)?;
    let line = rows.rows().skip(4).position(|row| row.first().is_some_and(|cell| *cell == id))?;
    Some((line + 4, column))
}

fn column_name(column: usize) -> String {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number).expect("a letter"));
    let last = letter(column % 26).to_string();
    if column < 26 { last } else { format!("{}{last}", letter(column / 26 - 1)) }
}

/// The totals of the payees of a result.
fn totals(plan: &Value, result: &Value) -> BTreeMap<String, String> {
    let rows = result["rows"][plan["payee"].as_str().expect("a level")].as_array().expect("payees").iter();
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    rows.map(|row| (text(row, "id"), text(row, "total"))).collect()
}

/// The totals that a recalculated workbook has; none where what it says of floors and caps no longer holds.
fn recalculated_totals(path: &Path, sheet: &str) -> Option<BTreeMap<String, String>> {
    let rows = cells(path, sheet);
    let headings: Vec<String> = rows.rows().nth(2).expect("headings").iter().map(ToString::to_string).collect();
    let is_proof = |at: &usize| headings[*at] == "限制复核";
    let proofs: Vec<usize> = (0..headings.len()).filter(is_proof).collect();
    let total = headings.iter().position(|heading| heading == "合计").expect("totals");
    let mut found = BTreeMap::new();
    for row in rows.rows().skip(4) {
        if proofs.iter().any(|proof| row[*proof] != Data::Float(0.0) && row[*proof] != Data::Int(0)) {
            return None;
        }
        let Some(Data::Float(total)) = row.get(total) else { panic!("{}: {:?}", path.display(), row[total]) };
        found.insert(row[0].to_string(), format!("{total:.2}"));
    }
    Some(found)
}

#[test]
fn with_an_input_changed_the_formulas_come_to_what_the_program_does() {
    let (office, second) = (office::recalculating(), second_engine());
    let folder = folder("workbook-changed");
    let (mut paths, mut wanted) = (Vec::new(), Vec::new());
    for name in PLANS {
        let (plan_source, data_source) = (text(name, "plan.json"), text(name, "data.json"));
        let plan: Value = serde_json::from_str(&plan_source).expect("JSON");
        let data: Value = serde_json::from_str(&data_source).expect("JSON");
        let before = result(&plan_source, &data_source).expect("a result");
        let book = made(&plan_source, &data_source).expect("a workbook");
        let original = folder.join(format!("{name}.xlsx"));
        fs::write(&original, &book).expect("written");
        let read: Xlsx<_> = open_workbook(&original).expect("a workbook");
        let sheets = read.sheet_names();
        for change in changes(&plan, &data) {
            let Some(after) = result(&plan_source, &change.data.to_string()) else { continue };
            let level = plan["levels"].as_array().expect("levels").iter().position(|l| l["name"] == *change.level);
            let sheet = level.expect("a level") + 2;
            let Some((line, column)) = place(&cells(&original, &sheets[sheet]), &change.label, &change.row) else {
                continue;
            };
            let cell = format!("{}{}", column_name(column), line + 1);
            let path = folder.join(format!("{name}-{}-{cell}.xlsx", change.level));
            fs::write(&path, with_cell(&book, sheet, &cell, &change.value)).expect("written");
            paths.push(path);
            let payees = plan["levels"].as_array().expect("levels").iter().position(|l| l["name"] == plan["payee"]);
            let said = format!("{name}: {} {} = {}", change.row, change.label, change.value);
            wanted.push((said, before == after, sheets[payees.expect("payees") + 2].clone(), totals(&plan, &after)));
        }
    }
    assert!(wanted.iter().filter(|(_, same, ..)| !same).count() >= 40, "{}", wanted.len());
    let check = |found: Vec<String>, engine: &str| {
        for ((change, same, ..), found) in wanted.iter().zip(found) {
            assert!(found.starts_with(if *same { AGREE } else { DIFFER }), "{engine}: {change}: {found}, same: {same}");
        }
    };
    if let Some(office) = office {
        let recalculated = office.converted(&paths, "xlsx");
        check(recalculated.iter().map(|path| verdict(path)).collect(), "LibreOffice");
        let mut compared = 0;
        for (path, (change, _, sheet, totals)) in recalculated.iter().zip(&wanted) {
            let Some(found) = recalculated_totals(path, sheet) else { continue };
            assert_eq!(found, *totals, "{change}");
            compared += 1;
        }
        assert!(compared >= 40, "{compared}");
    }
    if let Some(second) = second {
        check(second.verdicts(&paths), "formualizer");
    }
}
