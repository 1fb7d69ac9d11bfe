//! Further rows of the table of what offices send; the table itself is in `import`.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use fenpei::plan::Language;
use fenpei::sheet::{File, import};
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::cells::{packed, parts};
use crate::files::{HEADINGS, book, imported, pairs, plan, sheet};
use crate::mutations::ods;
use crate::office;

/// The first columns of the staff with these ids and lessons.
fn staff(sheet: &mut Worksheet, rows: &[(&str, u32)]) {
    for (column, heading) in (0..).zip(&HEADINGS[..5]) {
        sheet.write(0, column, *heading).unwrap();
    }
    for (row, (id, lessons)) in (1..).zip(rows) {
        sheet.write(row, 0, *id).unwrap();
        sheet.write(row, 2, *lessons).unwrap();
    }
}

#[test]
fn every_synonym_of_the_staff_number_is_known() {
    for heading in ["工号", "职工号", "教师编号", "教职工编号", "人员编号", "职工编号", "编号", "Ｉｄ"]
    {
        let text = format!("{heading},周课时数\nT1,16\n");
        let came = imported(&[("教职工.csv", text.as_bytes()), ("学校.csv", "编号\nS1\n".as_bytes())]);
        assert_eq!(came.staff()[0]["id"], "T1", "{heading}");
    }
}

#[test]
fn a_cell_that_is_true_is_a_flag_and_nothing_else() {
    let with = |column: u16| {
        let file = book(|sheet| {
            staff(sheet, &[("T1", 1)]);
            sheet.write(1, column, true).unwrap();
        });
        imported(&[("a.xlsx", &file)])
    };
    assert_eq!(with(4).first("head"), json!(true));
    assert_eq!(with(2).errors(), pairs(&[("C2", "not_a_number")]));
    assert_eq!(with(3).errors(), pairs(&[("D2", "not_a_number")]));
}

#[test]
fn a_formula_without_a_value_is_told_in_ods_too() {
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let formula = "<table:table-cell table:formula=\"of:=8*2\"/>".to_owned();
    let rows = [row(&["工号", "周课时数"].map(text)), row(&[text("T1"), formula]), row(&["T2", "16"].map(text))];
    let came = imported(&[("a.ods", &ods(&rows.concat())), ("学校.csv", "编号\nS1\n".as_bytes())]);
    assert_eq!(came.errors(), pairs(&[("B2", "no_cached_value")]));
}

#[test]
fn rows_that_are_only_formatted_are_nothing_and_far_cells_are_too_much() {
    let with = |fill: &dyn Fn(&mut Worksheet)| {
        let file = book(|sheet| {
            staff(sheet, &[("T1", 1)]);
            fill(sheet);
        });
        imported(&[("a.xlsx", &file)])
    };
    let bold = Format::new().set_bold();
    let formatted = with(&|sheet| {
        for row in (2..100_000).chain([1_048_575]) {
            sheet.write_blank(row, 0, &bold).unwrap();
        }
    });
    assert_eq!((formatted.staff().len(), formatted.notes()), (1, pairs(&[("A2", "only_parent")])));
    let code = |came: crate::files::Came| came.report["errors"][0]["code"].clone();
    let at_end = |sheet: &mut Worksheet, column: u16| {
        sheet.write(1, column, "x").unwrap();
    };
    // A sheet has 1,000 columns and 8,000,000 cells, blank ones before the last included.
    assert_eq!(with(&|sheet| at_end(sheet, 999)).staff().len(), 1);
    assert_eq!(code(with(&|sheet| at_end(sheet, 1_000))), "too_large");
    let wide = |rows: u32| {
        with(&|sheet| {
            for row in 2..2 + rows {
                sheet.write(row, 0, format!("T{row}")).unwrap();
                sheet.write(row, 2, 1).unwrap();
                sheet.write(row, 999, 1).unwrap();
            }
        })
    };
    assert_eq!(wide(7_990).staff().len(), 7_991);
    assert_eq!(code(wide(8_000)), "too_large");
}

#[test]
fn hidden_rows_are_read_and_said() {
    let mut workbook = Workbook::new();
    let schools = workbook.add_worksheet().set_name("学校").unwrap();
    for (row, id) in (0..).zip(["学校编号", "S1", "S2"]) {
        schools.write(row, 0, id).unwrap();
    }
    schools.set_row_hidden(2).unwrap();
    workbook.add_worksheet().set_name("旧表").unwrap().set_hidden(true).write(0, 0, "工号").unwrap();
    let sheet = workbook.add_worksheet().set_name("教职工").unwrap();
    let ids = ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9"];
    staff(sheet, &ids.map(|id| (id, 1)));
    sheet.write(0, 5, "学校").unwrap();
    for row in 1..10 {
        sheet.write(row, 5, "S1").unwrap();
    }
    // A heading is not among the rows, nor is a blank one.
    for row in [0, 2, 4, 5, 6, 7, 8, 20] {
        sheet.set_row_hidden(row).unwrap();
    }
    let file = workbook.save_to_buffer().unwrap();
    let mut files = vec![("a.xlsx".to_owned(), file.clone())];
    // The same where the parts of a workbook have prefixes, and rows have no numbers.
    let mut bare = parts(&file);
    for (name, text) in &mut bare {
        if name.starts_with("xl/worksheets/sheet") {
            for tag in ["worksheet", "sheetData", "row", "c", "v", "dimension"] {
                for begin in ["<", "</"] {
                    for end in [" ", ">", "/"] {
                        *text = text.replace(&format!("{begin}{tag}{end}"), &format!("{begin}x:{tag}{end}"));
                    }
                }
            }
            *text = text.replace("xmlns=", "xmlns:x=");
        }
    }
    files.push(("prefixed.xlsx".to_owned(), packed(&bare)));
    if let Some(office) = office::found() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hidden");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.xlsx");
        fs::write(&path, &file).unwrap();
        for kind in ["xls", "ods"] {
            let made = office.converted(std::slice::from_ref(&path), kind);
            files.push((format!("a.{kind}"), fs::read(&made[0]).unwrap()));
        }
    }
    for (name, file) in &files {
        let came = imported(&[(name, file)]);
        assert_eq!(came.staff().len(), 9, "{name}");
        let notes = came.report["notes"].as_array().unwrap().iter();
        let hidden: Vec<[&Value; 3]> = notes
            .filter(|note| note["code"] == "hidden_rows")
            .map(|note| [&note["sheet"], &note["cell"], &note["message"]])
            .collect();
        let wanted = [
            json!(["学校", "A3", "第 3 行是隐藏行，已读入"]),
            json!(["教职工", "A3", "第 3 行是隐藏行，已读入"]),
            json!(["教职工", "A5", "第 5–9 行是隐藏行，已读入"]),
        ];
        assert_eq!(json!(hidden), json!(wanted), "{name}");
    }
    let page = import(&plan(), &[File { name: "a.xlsx", bytes: &file }]).page(Language::English);
    assert!(page.contains("rows 5-9 are hidden, and read"), "{page}");
}

#[test]
fn one_name_twice_is_only_noted() {
    let came = imported(&[("a.xlsx", &sheet(&[&["T1", "张伟", "1"], &["T2", "李娜", "1"], &["T3", "张伟", "1"]]))]);
    assert_eq!(came.staff().len(), 3);
    assert!(came.notes().contains(&("B4".to_owned(), "same_name".to_owned())), "{:?}", came.notes());
}

#[test]
fn a_password_is_told() {
    let container = |stream: &str, bytes: &[u8]| {
        let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
        file.create_stream(stream).unwrap().write_all(bytes).unwrap();
        file.flush().unwrap();
        file.into_inner().into_inner()
    };
    let record = |kind: u16, data: &[u8]| {
        let length = u16::try_from(data.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), data].concat()
    };
    let begin = record(0x809, &[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let old = [begin, record(0x2F, &[1, 0, 1, 0, 1, 0]), record(0x0A, &[])].concat();
    let manifest = "<?xml version=\"1.0\"?><manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\">\
                    <manifest:file-entry manifest:full-path=\"content.xml\"><manifest:encryption-data/></manifest:file-entry>\
                    </manifest:manifest>";
    let mut sealed = parts(&ods(""));
    sealed.insert("META-INF/manifest.xml".to_owned(), manifest.to_owned());
    for (name, file) in [
        ("a.xlsx", container("/EncryptedPackage", b"sealed")),
        ("a.xls", container("/Workbook", &old)),
        ("a.ods", packed(&sealed)),
    ] {
        assert_eq!(imported(&[(name, &file)]).errors()[0].1, "file_password", "{name}");
    }
}

#[test]
fn a_file_that_unfolds_to_too_much_is_refused() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("xl/media/image1.png", SimpleFileOptions::default()).unwrap();
    let megabyte = vec![0; 1 << 20];
    for _ in 0..513 {
        archive.write_all(&megabyte).unwrap();
    }
    let bomb = archive.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    assert_eq!(imported(&[("a.xlsx", &bomb)]).errors()[0].1, "too_large");
}

#[test]
fn macros_are_never_looked_at() {
    let mut parts = parts(&sheet(&[&["T1", "甲", "16"]]));
    parts.insert("xl/vbaProject.bin".to_owned(), "\u{1}Sub Workbook_Open()".to_owned());
    let types = parts.get_mut("[Content_Types].xml").unwrap();
    let plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
    let with_macros = types.replace(plain, "application/vnd.ms-excel.sheet.macroEnabled.main+xml");
    assert_ne!(*types, with_macros);
    *types = with_macros;
    let came = imported(&[("a.xlsm", &packed(&parts))]);
    assert_eq!(came.first("lessons"), "16");
}

#[test]
fn more_faults_than_a_refusal_lists_are_all_told() {
    let ids: Vec<String> = (0..3_000).map(|number| format!("T{number:04}")).collect();
    // What is written wrong, what is not written, and at the end a row that belongs nowhere.
    let lessons = |number: usize| if number.is_multiple_of(2) { "十六" } else { "" };
    let rows = ids.iter().enumerate().map(|(number, id)| {
        let school = if number == 2_999 { "S9" } else { "S1" };
        format!("{id},{},{school}\n", lessons(number))
    });
    let text = format!("工号,周课时数,学校\n{}", rows.collect::<String>());
    let came = imported(&[("教职工.csv", text.as_bytes()), ("学校.csv", "编号\nS1\n".as_bytes())]);
    let wanted = pairs(&[("B2", "not_a_number"), ("B3", "missing_fact"), ("C3001", "unknown_parent")]);
    assert_eq!(came.errors(), wanted);
    let counts: Vec<&Value> = came.report["errors"].as_array().unwrap().iter().map(|error| &error["count"]).collect();
    assert_eq!(counts, [&json!(1_500), &json!(1_500), &Value::Null]);
    assert_eq!(came.report["error_count"], 3_001);
}
