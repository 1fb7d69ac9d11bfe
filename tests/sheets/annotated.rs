//! What is wrong with files, told in the files themselves: the same rows, red cells, notes, and the end of each row.

use std::collections::BTreeSet;
use std::io::Read;
use std::time::{Duration, Instant};

use fenpei::plan::Language;
use fenpei::sheet::{File, Unwritten, annotated, import};
use rust_xlsxwriter::{Format, Formula, Workbook};
use serde_json::json;

use crate::cells::{notes, packed, parts, red, texts, with};
use crate::files::{Came, HEADINGS, book, imported, plan, sheet};

/// The files as one annotated workbook, if there is one.
fn tried(files: &[(&str, &[u8])]) -> Result<Vec<u8>, Unwritten> {
    let plan = plan();
    let files: Vec<File<'_>> = files.iter().map(|(name, bytes)| File { name, bytes }).collect();
    let imported = import(&plan, &files);
    let mut file = annotated(&files, &imported, Language::Chinese)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("read");
    Ok(bytes)
}

fn back(files: &[(&str, &[u8])]) -> Vec<u8> {
    tried(files).expect("a workbook")
}

/// The cells of all errors, those that are told together each.
fn cells(came: &Came) -> BTreeSet<String> {
    let mut cells = BTreeSet::new();
    for error in came.report["errors"].as_array().expect("errors") {
        let cell = error["cell"].as_str().expect("a cell");
        let column = cell.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let rows = error["rows"].as_str().unwrap_or(&cell[column.len()..]);
        for range in rows.split(", ") {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
            cells.extend((first..=last).map(|row| format!("{column}{row}")));
        }
    }
    cells
}

/// A sheet in which each kind of cell and each kind of fault occurs.
fn faulty() -> Vec<u8> {
    book(|sheet| {
        sheet.set_formula_result_default("");
        sheet.write(0, 0, "一小 2026 年绩效数据表").unwrap();
        for (column, heading) in (0..).zip(HEADINGS) {
            sheet.write(1, column, heading).unwrap();
        }
        for (row, id) in (2..).zip(["T1", "T2", "T3", "T4", "T5", "T6"]) {
            sheet.write(row, 0, id).unwrap();
            sheet.write(row, 1, format!("姓名{id}")).unwrap();
            sheet.write(row, 2, 16.5).unwrap();
        }
        sheet.write(2, 2, "1.2万").unwrap();
        sheet.write(2, 3, "0.005").unwrap();
        sheet.write(3, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write(4, 2, Formula::new("=D5").set_result("")).unwrap();
        sheet.write(4, 4, true).unwrap();
        sheet.write(5, 2, "").unwrap();
        sheet.write_blank(5, 2, &Format::new()).unwrap();
        sheet.write(6, 0, 610_102_199_001_011_234_i64).unwrap();
        sheet.write(7, 8, "S9").unwrap();
        sheet.write(7, 6, "2004年9月").unwrap();
        sheet.set_row_hidden(7).unwrap();
        sheet.write(8, 0, 1e35).unwrap();
        sheet.write(8, 2, 1).unwrap();
        sheet.write(9, 0, "T8").unwrap();
        sheet.write(9, 2, 2).unwrap();
        sheet.set_row_hidden(9).unwrap();
        sheet.write(10, 0, "制表人：<王> & 李").unwrap();
    })
}

#[test]
fn what_is_wrong_comes_back_red_with_a_note_and_at_the_end_of_its_row() {
    let file = faulty();
    let came = imported(&[("a.xlsx", &file)]);
    let wrong: Vec<&str> = vec!["A7", "A9", "C3", "C4", "C5", "C6", "D3", "I8"];
    assert_eq!(cells(&came), wrong.iter().map(ToString::to_string).collect(), "{}", came.report);
    let back = back(&[("a.xlsx", &file)]);
    assert_eq!(red(&back, "教职工"), cells(&came));
    assert_eq!(red(&back, "学校"), BTreeSet::new());
    let notes = notes(&back);
    assert_eq!(notes.keys().cloned().collect::<BTreeSet<String>>(), cells(&came));
    for error in came.report["errors"].as_array().unwrap() {
        let note = &notes[error["cell"].as_str().unwrap()];
        assert!(note.contains(error["message"].as_str().unwrap()), "{note}: {error}");
    }
    assert!(notes["C3"].contains("建议：12000"), "{}", notes["C3"]);
    let rows = texts(&back, "教职工");
    let told: Vec<&str> = rows.iter().map(|row| row[9].as_str()).collect();
    assert_eq!((told[0], told[1], told[9], told[10]), ("", "错误说明", "", ""));
    assert!(told[2].contains("C3：") && told[2].contains("12000") && told[2].contains("D3："), "{}", told[2]);
    for (row, told) in told.iter().enumerate().take(9).skip(2) {
        let own = wrong.iter().filter(|cell| cell[1..] == (row + 1).to_string());
        assert!(own.clone().count() > 0 && own.clone().all(|cell| told.contains(&format!("{cell}："))), "{told}");
    }
    // The first sheet lists everything.
    let list = texts(&back, "错误说明");
    assert!(list[0][0].contains("8 处错误"), "{list:?}");
    assert_eq!(list.len() - 2, came.report["errors"].as_array().unwrap().len());
    assert_eq!(list[2][..3], ["a.xlsx", "教职工", "C3"]);
}

#[test]
fn nothing_is_mended_by_itself() {
    let file = faulty();
    let (came, back) = (imported(&[("a.xlsx", &file)]), back(&[("a.xlsx", &file)]));
    let again = imported(&[("a.xlsx", &back)]);
    assert_eq!(again.report["errors"], came.report["errors"]);
    // Nor is anything said that was not said before; but a hidden row that is wrong is not hidden any more.
    let mut notes = came.notes();
    notes.retain(|note| *note != ("A8".to_owned(), "hidden_rows".to_owned()));
    assert!(notes.contains(&("A10".to_owned(), "hidden_rows".to_owned())), "{notes:?}");
    assert_eq!(again.notes(), notes);
    // And what is told once more is told in the same place.
    assert_eq!(parts(&self::back(&[("a.xlsx", &back)])), parts(&back));
}

#[test]
fn a_mended_file_is_taken() {
    let back = back(&[("a.xlsx", &faulty())]);
    let mended = [
        ("A7", "T5"),
        ("A9", "T7"),
        ("C3", "12000"),
        ("C4", "4"),
        ("C5", "5"),
        ("C6", "6"),
        ("D3", "0.05"),
        ("I8", "S1"),
    ];
    let came = imported(&[("a.xlsx", &with(&back, "教职工", &mended))]);
    let lessons: Vec<String> = came.staff().iter().map(|row| row["facts"]["lessons"].to_string()).collect();
    assert_eq!(lessons, ["\"12000\"", "\"4\"", "\"5\"", "\"6\"", "\"16.5\"", "\"16.5\"", "\"1\"", "\"2\""]);
    let ids: Vec<String> = came.staff().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"]);
    assert_eq!((came.first("bonus"), &came.staff()[5]["facts"]["host"]), (json!("0.05"), &json!("S1")));
    assert_eq!(came.staff()[2]["facts"]["head"], json!(true));
    // A row that was emptied is none, whatever is told at its end.
    let empty = [("A8", ""), ("B8", ""), ("C8", ""), ("G8", ""), ("I8", "")];
    let came = imported(&[("a.xlsx", &with(&with(&back, "教职工", &mended), "教职工", &empty))]);
    assert_eq!(came.staff().len(), 7);
}

#[test]
fn a_school_that_stands_once_still_does() {
    let mut workbook = Workbook::new();
    let schools = workbook.add_worksheet().set_name("学校").unwrap();
    for (row, id) in (0..).zip(["学校代码", "S1", "S2"]) {
        schools.write(row, 0, id).unwrap();
    }
    let staff = workbook.add_worksheet().set_name("教职工").unwrap();
    let plain = Format::new();
    staff.merge_range(0, 0, 1, 0, "所属学校", &plain).unwrap();
    staff.merge_range(0, 1, 1, 1, "工号", &plain).unwrap();
    staff.merge_range(0, 2, 0, 3, "工作量", &plain).unwrap();
    staff.write(1, 2, "周课时数").unwrap();
    staff.write(1, 3, "班主任").unwrap();
    staff.merge_range(2, 0, 4, 0, "S1", &plain).unwrap();
    for (row, id) in (2..).zip(["T1", "T2", "T3"]) {
        staff.write(row, 1, id).unwrap();
        staff.write(row, 2, "十").unwrap();
    }
    staff.write(5, 1, "合计").unwrap();
    let file = workbook.save_to_buffer().unwrap();
    let (came, back) = (imported(&[("a.xlsx", &file)]), back(&[("a.xlsx", &file)]));
    assert_eq!(cells(&came), ["C3", "C4", "C5"].map(str::to_owned).into());
    assert_eq!(imported(&[("a.xlsx", &back)]).report["errors"], came.report["errors"]);
    let came = imported(&[("a.xlsx", &with(&back, "教职工", &[("C3", "1"), ("C4", "2"), ("C5", "3")]))]);
    assert!(came.staff().iter().all(|row| row["parent"] == "S1"), "{:?}", came.staff());
}

#[test]
fn csv_files_come_back_as_the_sheets_of_one_workbook() {
    let (gb, _, _) = encoding_rs::GB18030.encode("工号,姓名,周课时数\nT1,张某,十六\n0002,李某,8\n");
    let files: [(&str, &[u8]); 2] = [("学校.csv", "编号,名称\nS1,一小\n".as_bytes()), ("教职工.csv", &gb)];
    let back = back(&files);
    assert_eq!(red(&back, "教职工"), ["C2".to_owned()].into());
    let came = imported(&[("a.xlsx", &with(&back, "教职工", &[("C2", "16")]))]);
    assert_eq!((came.staff()[1]["id"].as_str(), came.first("lessons")), (Some("0002"), json!("16")));
}

#[test]
fn what_is_wrong_with_no_cell_is_listed() {
    let page: (&str, &[u8]) = ("b.xls", b"<html><table></table></html>");
    let no_column = "姓名,班主任\n甲,是\n".as_bytes();
    let back = back(&[("教职工.csv", no_column), page]);
    let list = texts(&back, "错误说明");
    let rows: Vec<&[String]> = list[2..].iter().map(|row| &row[..3]).collect();
    assert!(rows.contains(&&["b.xls".to_owned(), String::new(), String::new()][..]), "{list:?}");
    assert!(rows.contains(&&["教职工.csv".to_owned(), "教职工".to_owned(), "A1".to_owned()][..]), "{list:?}");
    assert_eq!(red(&back, "教职工"), ["A1".to_owned()].into());
    let good = self::back(&[("a.xlsx", &sheet(&[&["T1", "甲", "16"]]))]);
    assert!(texts(&good, "错误说明")[0][0].contains("0 处错误"));
    assert_eq!(imported(&[("a.xlsx", &good)]).staff().len(), 1);
}

#[test]
fn a_region_over_the_whole_sheet_takes_no_time() {
    let mut parts = parts(&sheet(&[&["T1", "甲", "十六"], &["T2", "乙", "2"]]));
    let part = "xl/worksheets/sheet2.xml".to_owned();
    let regions = "<mergeCell ref=\"J1:XFD1048576\"/><mergeCell ref=\"A1:XFD1048576\"/>".repeat(500);
    let xml = parts[&part].replace("</sheetData>", &format!("</sheetData><mergeCells>{regions}</mergeCells>"));
    parts.insert(part, xml);
    let file = packed(&parts);
    let begun = Instant::now();
    let back = back(&[("a.xlsx", &file)]);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(texts(&back, "教职工").len(), 3);
}

#[test]
fn what_a_workbook_cannot_hold_is_refused_and_not_cut() {
    let with = |letters: usize| {
        let text = format!("工号,周课时数,备忘\nT1,十六,{}\n", "字".repeat(letters));
        tried(&[("教职工.csv", text.as_bytes()), ("学校.csv", "编号\nS1\n".as_bytes())])
    };
    let whole = with(32_767).expect("a workbook");
    assert_eq!(texts(&whole, "教职工")[1][2].chars().count(), 32_767);
    assert_eq!(with(32_768), Err(Unwritten::TooLarge));
    // A sheet for each file, and the list: twenty files of six sheets each are too many.
    let mut many = Workbook::new();
    for number in 0..6 {
        many.add_worksheet().set_name(format!("表{number}")).unwrap().write(0, 0, "x").unwrap();
    }
    let many = many.save_to_buffer().unwrap();
    let names: Vec<String> = (0..20).map(|number| format!("{number}.xlsx")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), many.as_slice())).collect();
    assert_eq!(tried(&files), Err(Unwritten::TooLarge));
    // Sheets of one name in several files are told apart.
    let few = back(&files[..2]);
    assert_eq!(texts(&few, "表0"), texts(&few, "表0 (2)"));
}

#[test]
fn a_large_sheet_comes_back_as_a_small_one_does() {
    let row = |number: usize| format!("T{number},{},S1\n", if number.is_multiple_of(3) { "16" } else { "十六" });
    let rows: String = (0..20_000).map(row).collect();
    let text = format!("工号,周课时数,学校\n{rows}");
    let files: [(&str, &[u8]); 2] = [("教职工.csv", text.as_bytes()), ("学校.csv", "编号\nS1\n".as_bytes())];
    let (came, back) = (imported(&files), back(&files));
    let red = red(&back, "教职工");
    assert_eq!((red.len(), &red), (13_333, &cells(&came)));
    // With so many notes a workbook would not open quickly; each row has its own word.
    assert_eq!(notes(&back).len(), 10_000);
    let told = texts(&back, "教职工").into_iter().filter(|row| row[3].contains("十六")).count();
    assert_eq!(told, 13_333);
    assert_eq!(imported(&[("a.xlsx", &back)]).report["error_count"], 13_333);
}
