//! What offices send, row by row of the table in the design (`sheets.md` §2), each as a small real file:
//!
//! | row | test |
//! |---|---|
//! | title rows, 单位：元 above the header | `headings_are_found_below_titles_and_in_any_dress` |
//! | two-row merged header | `a_heading_of_two_rows_is_joined_through_its_merged_cells` |
//! | 工 号, line breaks, `*`, units, synonyms | `headings_are_found_below_titles_and_in_any_dress`, `further::every_synonym_of_the_staff_number_is_known` |
//! | columns unknown, missing, double | `columns_that_are_unknown_missing_or_double_are_told` |
//! | 工号 as a number, 18 digits as a number | `ids_are_texts_and_lose_nothing` |
//! | numbers as texts, 0.30000000000000004 | `numbers_are_read_where_they_have_one_meaning` |
//! | 1.2万, 1.234,50, 十六, 1e3 | `numbers_that_may_mean_something_else_are_asked_about` |
//! | —, 无, - | `blank_is_never_zero` |
//! | TRUE, 是, √, 1 | `flags_and_choices_are_words`, `further::a_cell_that_is_true_is_a_flag_and_nothing_else` |
//! | #N/A, formulas without values | `errors_and_formulas_without_values_are_refused_at_their_cells`, `further::a_formula_without_a_value_is_told_in_ods_too` |
//! | dates | `dates_are_days` |
//! | blank rows, formatted rows, limits | `references_are_judged_at_their_cells_and_blank_rows_are_nothing`, `further::rows_that_are_only_formatted_are_nothing_and_far_cells_are_too_much` |
//! | totals, footers | `totals_are_checked_and_footers_skipped` |
//! | merged data cells | `a_school_that_stands_once_beside_its_staff_is_that_of_all` |
//! | hidden rows and sheets, several sheets | `hidden_sheets_are_left_and_the_sheet_is_found_by_its_headings`, `further::hidden_rows_are_read_and_said` |
//! | one 工号 twice, one name twice | `ids_are_texts_and_lose_nothing`, `further::one_name_twice_is_only_noted` |
//! | web pages, passwords | `files_that_are_no_tables_say_what_to_do`, `further::a_password_is_told` |
//! | 60 MB, zip bombs, .xlsm | `record` `a_form_beyond_the_limit_of_bodies_is_refused`, `mutations::a_few_bytes_do_not_unfold_to_gigabytes_of_cells`, `further::{a_file_that_unfolds_to_too_much_is_refused, macros_are_never_looked_at}` |
//! | `=cmd\|…` | `remarks_that_look_like_formulas_are_texts` |

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use serde_json::json;

use crate::files::{HEADINGS, book, imported, pairs, sheet};

/// One row of staff with these cells.
fn row<'c>(id: &'c str, lessons: &'c str, more: &[&'c str]) -> Vec<&'c str> {
    [&[id, "张某", lessons], more].concat()
}

fn written(sheet: &mut Worksheet, (row, column): (u32, u16), text: &str) {
    sheet.write(row, column, text).expect("written");
}

#[track_caller]
fn taken(cells: &[&str]) -> crate::files::Came {
    imported(&[("a.xlsx", &sheet(&[cells]))])
}

#[test]
fn headings_are_found_below_titles_and_in_any_dress() {
    let file = book(|sheet| {
        sheet.write(0, 0, "一小 2026 年绩效数据表").unwrap();
        sheet.write(1, 0, "单位：元").unwrap();
        let dressed = [
            "工 号*",
            "姓　名",
            "周课时数\n(节)",
            "奖金【元】",
            "班主任 ",
            "岗位",
            "参加\n工作时间",
            "备忘",
            "轮岗至",
            "序号",
        ];
        for (column, heading) in (0..).zip(dressed) {
            sheet.write(2, column, heading).unwrap();
        }
        sheet.write(3, 0, "T1").unwrap();
        sheet.write(3, 2, 16).unwrap();
    });
    let came = imported(&[("a.xlsx", &file)]);
    assert_eq!(came.staff()[0]["id"], "T1");
    assert_eq!(came.first("lessons"), "16");
    assert_eq!(came.notes(), pairs(&[("A4", "only_parent")]));
}

#[test]
fn a_heading_of_two_rows_is_joined_through_its_merged_cells() {
    let file = book(|sheet| {
        let plain = Format::new();
        sheet.merge_range(0, 0, 1, 0, "工号", &plain).unwrap();
        sheet.merge_range(0, 1, 1, 1, "姓名", &plain).unwrap();
        sheet.merge_range(0, 2, 0, 3, "工作量", &plain).unwrap();
        sheet.write(1, 2, "周课时数").unwrap();
        sheet.write(1, 3, "班主任").unwrap();
        sheet.write(2, 0, "T1").unwrap();
        sheet.write(2, 2, "16.5").unwrap();
        sheet.write(2, 3, "是").unwrap();
    });
    let came = imported(&[("a.xlsx", &file)]);
    assert_eq!((came.first("lessons"), came.first("head")), (json!("16.5"), json!(true)));
}

#[test]
fn columns_that_are_unknown_missing_or_double_are_told() {
    let with = |headings: &[&str]| {
        let file = book(|sheet| {
            for (column, heading) in (0..).zip(headings) {
                sheet.write(0, column, *heading).unwrap();
                let value = if *heading == "班主任" {
                    "是"
                } else if *heading == "岗位" {
                    "校长"
                } else {
                    "7"
                };
                sheet.write(1, column, value).unwrap();
            }
        });
        imported(&[("a.xlsx", &file)])
    };
    let unknown = with(&["职工号", "周课时数", "血型"]);
    assert_eq!(unknown.first("lessons"), "7");
    assert!(unknown.notes().contains(&("C1".to_owned(), "unknown_column".to_owned())));
    let missing = with(&["工号", "姓名", "班主任", "岗位"]);
    assert_eq!(missing.errors(), pairs(&[("A1", "missing_column")]));
    assert!(missing.report["errors"][0]["message"].as_str().unwrap().contains("周课时数"), "{}", missing.report);
    let double = with(&["工号", "周课时数", "课时", "周课时数（节）"]);
    assert!(double.errors().contains(&("D1".to_owned(), "duplicate_column".to_owned())), "{}", double.report);
    assert!(double.report["errors"][0]["message"].as_str().unwrap().contains("B1"), "{}", double.report);
}

#[test]
fn ids_are_texts_and_lose_nothing() {
    let with = |write: fn(&mut Worksheet)| {
        let file = book(|sheet| {
            for (column, heading) in (0..).zip(&HEADINGS[..3]) {
                sheet.write(0, column, *heading).unwrap();
            }
            (1..3).for_each(|row| written(sheet, (row, 2), "1"));
            write(sheet);
        });
        imported(&[("a.xlsx", &file)])
    };
    let number = with(|sheet| {
        sheet.write(1, 0, 100_002).unwrap();
        sheet.write(2, 0, "0100003").unwrap();
    });
    assert_eq!(number.staff()[0]["id"], "100002");
    assert!(number.notes().contains(&("A2".to_owned(), "lost_zeros".to_owned())), "{}", number.report);
    let long = with(|sheet| {
        sheet.write(1, 0, 610_102_199_001_011_234_i64).unwrap();
        sheet.write(2, 0, "610102199001011235").unwrap();
    });
    assert_eq!(long.errors(), pairs(&[("A2", "digits_lost")]));
    let hidden = with(|sheet| {
        sheet.write(1, 0, " T\u{200b}１\u{3000}").unwrap();
        sheet.write(2, 0, "T1").unwrap();
    });
    assert_eq!(hidden.errors(), pairs(&[("A3", "duplicate_id")]));
    assert!(hidden.report["errors"][0]["message"].as_str().unwrap().contains("A2"));
}

#[test]
fn numbers_are_read_where_they_have_one_meaning() {
    for (written, wanted) in [
        ("16", "16"),
        ("２", "2"),
        ("1,234.50", "1234.50"),
        ("16节", "16"),
        ("85。5", "85.5"),
        ("007", "7"),
        ("-3", "-3"),
        (".5", ""),
    ] {
        let came = taken(&row("T1", written, &[]));
        if wanted.is_empty() {
            assert_eq!(came.errors(), pairs(&[("C2", "not_a_number")]), "{written}");
        } else {
            assert_eq!(came.first("lessons"), wanted, "{written}");
        }
        assert_eq!(came.notes().contains(&("C2".to_owned(), "full_stop".to_owned())), written == "85。5");
    }
    assert_eq!(taken(&row("T1", "1", &["￥1,234.50元"])).first("bonus"), "1234.50");
    let tenth = book(|sheet| {
        for (column, heading) in (0..).zip(&HEADINGS[..4]) {
            sheet.write(0, column, *heading).unwrap();
        }
        sheet.write(1, 0, "T1").unwrap();
        sheet.write(1, 2, 0.1 + 0.2).unwrap();
        sheet.write(1, 3, 1_234_567.1).unwrap();
    });
    let came = imported(&[("a.xlsx", &tenth)]);
    assert_eq!((came.first("lessons"), came.first("bonus")), (json!("0.3"), json!("1234567.1")));
}

#[test]
fn numbers_that_may_mean_something_else_are_asked_about() {
    for (written, meant) in [
        ("1.2万", "12000"),
        ("1.234,50", "1234.50"),
        ("十六", "16"),
        ("二十", "20"),
        ("1e3", "1000"),
        ("十节半", ""),
        ("12,34", "12.34"),
    ] {
        let came = taken(&row("T1", written, &[]));
        assert_eq!(came.errors(), pairs(&[("C2", "not_a_number")]), "{written}");
        let suggestion = came.report["errors"][0]["suggestion"].as_str().unwrap_or_default();
        assert_eq!(suggestion, meant, "{written}");
    }
    assert_eq!(taken(&row("T1", "1.005", &[])).errors(), pairs(&[("C2", "too_many_places")]));
    assert_eq!(taken(&row("T1", "1", &["0.005"])).errors(), pairs(&[("D2", "too_many_places")]));
}

#[test]
fn blank_is_never_zero() {
    for nothing in ["—", "无", "-", "/"] {
        assert_eq!(taken(&row("T1", nothing, &[])).errors(), pairs(&[("C2", "missing_fact")]), "{nothing}");
        let came = taken(&row("T1", "1", &[nothing, "", "", nothing]));
        assert!(came.first("bonus").is_null() && came.first("began").is_null());
        assert!(came.notes().contains(&("D2".to_owned(), "taken_as_blank".to_owned())));
    }
    assert_eq!(taken(&row("T1", "", &[])).errors(), pairs(&[("C2", "missing_fact")]));
}

#[test]
fn flags_and_choices_are_words() {
    for (written, wanted) in [("是", true), ("否", false), ("√", true), ("1", true), ("0", false), ("TRUE", true)] {
        assert_eq!(taken(&row("T1", "1", &["", written])).first("head"), wanted, "{written}");
    }
    assert_eq!(taken(&row("T1", "1", &["", "也许"])).errors(), pairs(&[("E2", "not_a_flag")]));
    assert_eq!(taken(&row("T1", "是", &[])).errors(), pairs(&[("C2", "not_a_number")]));
    assert_eq!(taken(&row("T1", "1", &["", "", " 校 长"])).first("post"), "校长");
    assert_eq!(taken(&row("T1", "1", &["", "", "校工"])).errors(), pairs(&[("F2", "not_a_choice")]));
}

#[test]
fn dates_are_days() {
    for (written, wanted, note) in [
        ("2004.9.1", "2004-09-01", false),
        ("2004/9/1", "2004-09-01", false),
        ("2004年9月1日", "2004-09-01", false),
        ("2004年9月", "2004-09-01", true),
        ("2004-09-01", "2004-09-01", false),
    ] {
        let came = taken(&row("T1", "1", &["", "", "", written]));
        assert_eq!(came.first("began"), wanted, "{written}");
        assert_eq!(came.notes().contains(&("G2".to_owned(), "first_of_month".to_owned())), note, "{written}");
    }
    for wrong in ["2004.13.1", "04-9-1", "昨天", "2023-02-29"] {
        assert_eq!(taken(&row("T1", "1", &["", "", "", wrong])).errors(), pairs(&[("G2", "bad_date")]), "{wrong}");
    }
    let serial = book(|sheet| {
        for (column, heading) in (0..).zip(HEADINGS) {
            sheet.write(0, column, heading).unwrap();
        }
        sheet.write(1, 0, "T1").unwrap();
        sheet.write(1, 2, 1).unwrap();
        let day = ExcelDateTime::from_ymd(2004, 9, 1).unwrap();
        sheet.write_with_format(1, 6, &day, &Format::new().set_num_format("yyyy/m/d")).unwrap();
    });
    assert_eq!(imported(&[("a.xlsx", &serial)]).first("began"), "2004-09-01");
}

#[test]
fn errors_and_formulas_without_values_are_refused_at_their_cells() {
    let file = book(|sheet| {
        // Of a formula without a result nothing is stored.
        sheet.set_formula_result_default("");
        for (column, heading) in (0..).zip(HEADINGS) {
            sheet.write(0, column, heading).unwrap();
        }
        for (row, id) in (1..).zip(["T1", "T2", "T3", "T4"]) {
            sheet.write(row, 0, id).unwrap();
            sheet.write(row, 2, 1).unwrap();
        }
        sheet.write(1, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write(2, 2, Formula::new("=8*2").set_result("16")).unwrap();
        sheet.write(3, 3, Formula::new("=1+1").set_result("")).unwrap();
        sheet.write(4, 2, Formula::new("=NA()").set_result("#N/A")).unwrap();
    });
    // Others write the formula alone.
    let mut parts = crate::cells::parts(&file);
    let part = parts.get_mut("xl/worksheets/sheet2.xml").unwrap();
    let alone = part.replace(" t=\"str\"><f>1+1</f><v></v>", "><f>1+1</f>");
    assert_ne!(*part, alone);
    *part = alone;
    for file in [file, crate::cells::packed(&parts)] {
        let came = imported(&[("a.xlsx", &file)]);
        let errors = [("C2", "cell_error"), ("D4", "no_cached_value"), ("C5", "cell_error")];
        let mut told = came.errors();
        told.sort();
        let mut wanted = pairs(&errors);
        wanted.sort();
        assert_eq!(told, wanted, "{}", came.report);
    }
}

#[test]
fn totals_are_checked_and_footers_skipped() {
    let rows = |total: &'static str| {
        let rows: [&[&str]; 6] = [
            &["T1", "甲", "10", "1.50"],
            &["T2", "乙", "6", "2"],
            &[],
            &["合计", "", "16", total],
            &[],
            &["制表人：某某", "", "", "", "审核："],
        ];
        imported(&[("a.xlsx", &sheet(&rows))])
    };
    assert_eq!(rows("3.50").staff().len(), 2);
    assert!(rows("3.50").notes().contains(&("A7".to_owned(), "skipped_row".to_owned())));
    let wrong = rows("3.60");
    assert_eq!(wrong.errors(), pairs(&[("D5", "control_total")]));
    let message = wrong.report["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("3.6") && message.contains("3.5"), "{message}");
}

#[test]
fn a_school_that_stands_once_beside_its_staff_is_that_of_all() {
    let mut workbook = Workbook::new();
    let schools = workbook.add_worksheet().set_name("学校").unwrap();
    for (row, cells) in (0..).zip([["学校代码", "学校名称"], ["S1", "一小"], ["S2", "二小"]]) {
        (0..).zip(cells).for_each(|(column, text)| written(schools, (row, column), text));
    }
    let staff = workbook.add_worksheet().set_name("名册").unwrap();
    for (row, cells) in (0..).zip([
        ["所属学校", "工号", "周课时数"],
        ["一小", "T1", "1"],
        ["", "T2", "2"],
        ["二小", "T3", "3"],
        ["", "T4", "4"],
    ]) {
        (0..).zip(cells).for_each(|(column, text)| written(staff, (row, column), text));
    }
    staff.merge_range(1, 0, 2, 0, "一小", &Format::new()).unwrap();
    let came = imported(&[("a.xlsx", &workbook.save_to_buffer().unwrap())]);
    // T4 stands outside the merge: nobody guesses that it goes on.
    assert_eq!(came.errors(), pairs(&[("A5", "unknown_parent")]));
    assert!(came.notes().contains(&("A2".to_owned(), "by_name".to_owned())), "{}", came.report);
}

#[test]
fn hidden_sheets_are_left_and_the_sheet_is_found_by_its_headings() {
    let mut workbook = Workbook::new();
    workbook.add_worksheet().set_name("旧表").unwrap().set_hidden(true).write(0, 0, "工号").unwrap();
    workbook.add_worksheet().set_name("随便").unwrap().write(0, 0, "你好").unwrap();
    let staff = workbook.add_worksheet().set_name("Sheet3").unwrap();
    for (row, cells) in (0..).zip([["工号", "周课时数", "学校"], ["T1", "1", "S1"]]) {
        (0..).zip(cells).for_each(|(column, text)| written(staff, (row, column), text));
    }
    staff.set_active(true);
    let file = workbook.save_to_buffer().unwrap();
    let came = imported(&[("a.xlsx", &file)]);
    assert_eq!((came.staff().len(), came.report["sheets"][0]["level"].as_str()), (1, Some("staff")));
    let notes = came.notes();
    let codes: Vec<&str> = notes.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(codes, ["hidden_sheet", "unread_sheet", "made_level"]);
}

#[test]
fn csv_comes_in_four_encodings() {
    let text = "工号,姓名,周课时数\nT1,张某,16\n";
    let utf16 = |order: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        mark.into_iter().chain(text.encode_utf16().flat_map(order)).collect::<Vec<u8>>()
    };
    let (gb, _, lost) = encoding_rs::GB18030.encode(text);
    assert!(!lost);
    let files: [(&str, Vec<u8>, &str); 5] = [
        ("UTF-8", text.as_bytes().to_vec(), ""),
        ("with a mark", [b"\xEF\xBB\xBF", text.as_bytes()].concat(), ""),
        ("UTF-16LE", utf16(u16::to_le_bytes, [0xFF, 0xFE]), "UTF-16LE"),
        ("UTF-16BE", utf16(u16::to_be_bytes, [0xFE, 0xFF]), "UTF-16BE"),
        ("GB18030", gb.into_owned(), "gb18030"),
    ];
    for (name, bytes, said) in files {
        let came = imported(&[("staff.csv", &bytes), ("学校.csv", "编号\nS1\n".as_bytes())]);
        assert_eq!(came.staff()[0]["name"], "张某", "{name}");
        let encoding = came.report["notes"][0]["message"].as_str().unwrap_or_default();
        assert_eq!(encoding.contains(said) && came.notes()[0].1 == "encoding", !said.is_empty(), "{name}: {encoding}");
    }
}

#[test]
fn files_that_are_no_tables_say_what_to_do() {
    let came = |name: &str, bytes: &[u8]| imported(&[(name, bytes)]).errors();
    assert_eq!(came("a.xls", b"<html><table><tr><td>1</td></tr></table></html>")[0].1, "file_web_page");
    assert_eq!(came("a.xlsx", b"PK\x03\x04 and so on")[0].1, "file_unknown");
    assert_eq!(came("a.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")[0].1, "file_unknown");
    assert_eq!(came("a.csv", b"\xFF\xFF\xFF\x00")[0].1, "file_encoding");
    assert_eq!(came("a.xlsx", b"")[0].1, "missing_sheet");
}

#[test]
fn remarks_that_look_like_formulas_are_texts() {
    let came = taken(&row("T1", "1", &["", "", "", "", "=cmd|' /C calc'!A0"]));
    assert_eq!(came.first("note"), "=cmd|' /C calc'!A0");
}

#[test]
fn references_are_judged_at_their_cells_and_blank_rows_are_nothing() {
    let mut rows: Vec<Vec<&str>> = vec![row("T1", "1", &["", "", "", "", "", "S9"])];
    rows.extend(std::iter::repeat_n(Vec::new(), 150));
    rows.push(row("T2", "2", &["", "", "", "", "", "S1"]));
    rows.extend(std::iter::repeat_n(Vec::new(), 200));
    rows.push(row("T3", "x", &[]));
    let slices: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let came = imported(&[("a.xlsx", &sheet(&slices))]);
    assert_eq!(came.errors(), pairs(&[("I2", "unknown_row")]));
    assert!(came.notes().iter().any(|(_, code)| code == "stopped"), "{}", came.report);
}

#[test]
fn the_same_fault_in_many_rows_is_told_once() {
    let ids: Vec<String> = (0..40).map(|number| format!("T{number}")).collect();
    let rows: Vec<Vec<&str>> = ids.iter().map(|id| row(id, "十六", &[])).collect();
    let slices: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let came = imported(&[("a.xlsx", &sheet(&slices))]);
    assert_eq!(came.errors(), pairs(&[("C2", "not_a_number")]));
    let error = &came.report["errors"][0];
    assert_eq!(
        (&error["rows"], &error["count"], &came.report["error_count"]),
        (&json!("2-41"), &json!(40), &json!(40))
    );
}

#[test]
fn a_cell_of_a_csv_file_is_that_of_its_line() {
    for end in ["\n", "\r\n"] {
        let lines = ["工号,姓名,周课时数", "T1,张某,16", "", "", "T2,李某,十六", ""];
        let text = lines.join(end);
        let came = imported(&[("staff.csv", text.as_bytes()), ("学校.csv", "编号\nS1\n".as_bytes())]);
        assert_eq!(came.errors(), pairs(&[("C5", "not_a_number")]), "{end:?}");
    }
}
