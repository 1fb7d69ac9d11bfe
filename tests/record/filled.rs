//! The whole way of a spreadsheet: a template is filled in, has faults, comes back with them, is mended, and is calculated. In between
//! LibreOffice opens and saves it, as an office would.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cells::{notes, red, texts, with};
use crate::forms::Form;
use crate::office::{self, Office};
use crate::papers::{published, roster, run, text};
use crate::site::{Bureau, new_key, on_both};

/// The sheets of the template.
const BUREAU: &str = "区教育局";
const SCHOOLS: &str = "学校、幼儿园、职业学校、直属单位";
const STAFF: &str = "教职工";

/// What is planted: the sheet, the cell, what is put there, and the code that must be told there.
const PLANTED: [(&str, &str, &str, &str); 20] = [
    (BUREAU, "C3", "99.8765万", "not_a_number"),
    (SCHOOLS, "D3", "小学", "not_a_choice"),
    (SCHOOLS, "E4", "1e2", "not_a_number"),
    (STAFF, "E3", "十二", "not_a_number"),
    (STAFF, "E4", "13", "out_of_range"),
    (STAFF, "E5", "11.5", "too_many_places"),
    (STAFF, "E6", "", "missing_fact"),
    (STAFF, "D7", "临时工", "not_a_choice"),
    (STAFF, "D8", "", "missing_fact"),
    (STAFF, "I9", "大概", "not_a_flag"),
    (STAFF, "J10", "2", "not_a_flag"),
    (STAFF, "C11", "9999999999", "unknown_parent"),
    (STAFF, "C12", "", "unknown_parent"),
    (STAFF, "A14", "XC0101", "duplicate_id"),
    (STAFF, "A15", "", "bad_id"),
    (STAFF, "F16", "0", "out_of_range"),
    (STAFF, "G17", "1.2万", "not_a_number"),
    (STAFF, "H18", "#N/A", "cell_error"),
    (STAFF, "N19", "101", "out_of_range"),
    (STAFF, "O20", "85.555", "too_many_places"),
];

/// The workbook as LibreOffice saves it.
fn saved(office: &Office, name: &str, file: &[u8]) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("filled");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{name}.xlsx"));
    fs::write(&path, file).expect("written");
    let made = office.converted(&[path], "xlsx");
    fs::read(&made[0]).expect("saved")
}

/// A workbook with the cells of a sheet each.
fn changed<'c>(file: &[u8], cells: impl Fn(&(&'c str, &'c str, &'c str, &'c str)) -> String) -> Vec<u8> {
    let mut file = file.to_vec();
    for planted in &PLANTED {
        file = with(&file, planted.0, &[(planted.1, &cells(planted))]);
    }
    file
}

/// What stands in a cell.
fn at(file: &[u8], sheet: &str, cell: &str) -> String {
    let (column, row) = cell.split_at(1);
    let (column, row) = (usize::from(column.as_bytes()[0] - b'A'), row.parse::<usize>().expect("a row"));
    texts(file, sheet)[row - 1].get(column).cloned().unwrap_or_default()
}

fn planted<T: Ord>(of: impl Fn(&(&'static str, &'static str, &'static str, &'static str)) -> Option<T>) -> BTreeSet<T> {
    PLANTED.iter().filter_map(of).collect()
}

#[test]
fn twenty_faults_are_told_at_their_cells_and_mended_they_are_a_run() {
    on_both(|site| {
        let Some(office) = office::found() else { return };
        let name = format!("a{}", new_key());
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/xincheng");
        let read = |name: &str| -> Value {
            serde_json::from_str(&fs::read_to_string(folder.join(name)).expect("readable")).expect("JSON")
        };
        let plan_id = published(officer, &read("plan.json"));
        let known = officer.get(&format!("/v1/rosters/{}", roster(officer, &plan_id, &read("data.json")))).good(200);
        let path = format!("/v1/plans/{plan_id}/versions/1/roster-template.xlsx?prefill={}", text(&known, "id"));
        let filled = saved(&office, &name, &officer.get(&path).bytes);
        let good = Form::of(&plan_id).files(&[("a.xlsx", filled.clone())]).tried_by(officer).good(200);
        assert_eq!((&good["error_count"], &good["accepted"]), (&json!(0), &json!(true)), "{good}");

        let faulty = changed(&filled, |planted| planted.2.to_owned());
        let rosters = officer.all("/v1/rosters", 500).len();
        let form = Form::of(&plan_id).files(&[("a.xlsx", faulty)]);
        let problem = form.by(officer).problem(422, "import_refused");
        let errors = problem["errors"].as_array().expect("errors");
        let told: BTreeSet<(&str, &str, &str)> =
            errors.iter().map(|error| (text(error, "sheet"), text(error, "cell"), text(error, "code"))).collect();
        assert_eq!(told, planted(|(sheet, cell, _, code)| Some((*sheet, *cell, *code))), "{problem:#}");
        assert_eq!((errors.len(), &problem["total"]), (20, &json!(20)));
        let suggested =
            |cell: &str| errors.iter().find(|error| error["cell"] == cell).expect("told")["suggestion"].clone();
        assert_eq!((suggested("C3"), suggested("G17")), (json!("998765"), json!("12000")));
        assert_eq!(officer.all("/v1/rosters", 500).len(), rosters, "nothing is kept");

        let answer = form.under(officer, &new_key(), "/v1/roster-imports/annotated.xlsx");
        assert_eq!(answer.status, 200, "{}", answer.text);
        for sheet in [BUREAU, SCHOOLS, STAFF] {
            let own = planted(|planted| (planted.0 == sheet).then(|| planted.1.to_owned()));
            assert_eq!(red(&answer.bytes, sheet), own, "{sheet}");
        }
        assert_eq!(notes(&answer.bytes).into_keys().collect::<BTreeSet<String>>(), planted(|it| Some(it.1.to_owned())));
        assert!(at(&answer.bytes, STAFF, "R17").contains("12000"), "{}", at(&answer.bytes, STAFF, "R17"));

        let mended = changed(&answer.bytes, |(sheet, cell, ..)| at(&filled, sheet, cell));
        let mended = saved(&office, &name, &mended);
        let made = Form::of(&plan_id).files(&[("a.xlsx", mended)]).by(officer).good(200);
        assert_eq!(made["roster"]["data_sha256"], known["data_sha256"]);
        let made = run(officer, text(&made["roster"], "id"));
        // What the plan's own walk through says is paid.
        assert_eq!((text(&made, "state"), text(&made["balance"], "paid")), ("calculated", "930438.99"));

        let path = format!("/v1/runs/{}", text(&made, "id"));
        let book = officer.get(&format!("{path}/workbook.xlsx")).bytes;
        assert_eq!(at(&book, "结论", "B3"), "尚未复算：请按 Ctrl+Alt+F9");
        let recalculating = office::recalculating().expect("it is here");
        let book = saved(&recalculating, &format!("{name}-workbook"), &book);
        assert_eq!(
            (at(&book, "结论", "B3"), at(&book, "结论", "B6")),
            ("一致".to_owned(), text(&made, "id").to_owned())
        );
        opens_in_a_spreadsheet(&office, &name, &officer.get(&format!("{path}/payroll.csv?draft=true")).bytes);
    });
}

/// A payroll file opened by LibreOffice as it comes: the headings and a name in Chinese, an amount as a number.
fn opens_in_a_spreadsheet(office: &Office, name: &str, csv: &[u8]) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("filled");
    let path = folder.join(format!("{name}-payroll.csv"));
    fs::write(&path, csv).expect("written");
    let made = office.converted(&[path], "xlsx");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&made[0]).expect("a workbook");
    let rows = calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet").expect("readable");
    let words: Vec<String> = rows.rows().next().expect("headings").iter().map(ToString::to_string).collect();
    assert_eq!(words[..2], ["工号", "姓名"], "{words:?}");
    let of = |id: &str, item: &str| {
        let is_asked = |row: &&[calamine::Data]| row[0] == *id && row.iter().any(|cell| *cell == *item);
        let row = rows.rows().find(is_asked).unwrap_or_else(|| panic!("no {item} of {id}"));
        (row[1].to_string(), row.last().cloned())
    };
    assert_eq!(of("XC0306", "奖励性增量"), ("罗德飞".to_owned(), Some(calamine::Data::Float(8330.41))));
}
