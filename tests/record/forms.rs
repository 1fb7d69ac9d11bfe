//! Spreadsheets as offices write them, good and bad, and the forms in which they are sent.

use rust_xlsxwriter::{Formula, Workbook, Worksheet};
use serde_json::{Value, json};

use crate::site::{Answer, Person, new_key};

/// A form with the parts of an import.
#[derive(Clone)]
pub struct Form {
    /// What stands between the parts.
    pub boundary: String,
    /// The parts: the name, the file's name, the content.
    pub parts: Vec<(String, Option<String>, Vec<u8>)>,
}

impl Form {
    /// For the first version of a plan.
    pub fn of(plan_id: &str) -> Form {
        Form { boundary: "one".to_owned(), parts: Vec::new() }.part("plan_id", plan_id).part("version", "1")
    }

    /// With another part.
    pub fn part(mut self, name: &str, content: &str) -> Form {
        self.parts.push((name.to_owned(), None, content.as_bytes().to_vec()));
        self
    }

    /// With files.
    pub fn files(mut self, files: &[(&str, Vec<u8>)]) -> Form {
        let files = files.iter().map(|(name, bytes)| ("files".to_owned(), Some((*name).to_owned()), bytes.clone()));
        self.parts.extend(files);
        self
    }

    /// The media type.
    pub fn kind(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body.
    pub fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, file, content) in &self.parts {
            let file = file.as_ref().map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head = format!("--{}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n", self.boundary);
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        body
    }

    /// Sends it under a key.
    pub fn under(&self, somebody: &Person<'_>, key: &str, path: &str) -> Answer {
        let (bearer, kind) = (format!("Bearer {}", somebody.secret), self.kind());
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key), ("content-type", &kind)];
        somebody.site.ask_bytes("POST", path, &headers, Some(&self.bytes()))
    }

    /// Sends it.
    pub fn by(&self, somebody: &Person<'_>) -> Answer {
        self.under(somebody, &new_key(), "/v1/roster-imports")
    }

    /// Sends it to be tried only.
    pub fn tried_by(&self, somebody: &Person<'_>) -> Answer {
        self.under(somebody, &new_key(), "/v1/roster-imports?dry_run=true")
    }
}

/// `school_data` as CSV files.
pub fn school_tables() -> Vec<(&'static str, Vec<u8>)> {
    let staff = "工号,姓名,school,points,months,absent\nT1,姓名T1,S1,1,1,\nT2,姓名T2,S1,1,,\nT3,姓名T3,S1,1,,是\n";
    vec![
        ("school.csv", "school编号,school名称,quota\nS1,一小,\"1,000.00\"\n".as_bytes().to_vec()),
        ("staff.csv", staff.as_bytes().to_vec()),
    ]
}

/// The tables of `school_data` and `data` in one workbook, as somebody might have written them.
pub fn book(both_schools: bool) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let schools: &[&[&str]] =
        &[&["学校编号", "名称", "quota（元）"], &["S1", "一小", "1000"], &["S2", "二小", "￥500.00元"]];
    let staff: &[&[&str]] = &[
        &["一小 2026 年绩效数据"],
        &["工 号*", "姓名", "所属school", "points", "months", "absent"],
        &["T1", "姓名T1", "S1", "1", "１", ""],
        &["T2", "姓名T2", "一小", "1", "", "否"],
        &["T3", "姓名T3", "S1", "1.0", "", "√"],
        &["T4", "姓名T4", "S2", "2"],
        &["T5", "姓名T5", "S2", "1"],
    ];
    let (schools, staff) = if both_schools { (schools, staff) } else { (&schools[..2], &staff[..5]) };
    write(workbook.add_worksheet().set_name("school").expect("a name"), schools);
    write(workbook.add_worksheet().set_name("教师").expect("a name"), staff);
    workbook.save_to_buffer().expect("a file")
}

fn write(sheet: &mut Worksheet, rows: &[&[&str]]) {
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(*cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write(row, column, *cell).expect("written");
        }
    }
}

/// A plan with a fact of every type.
pub fn all_types() -> Value {
    json!({
        "language": 1, "code": new_key(), "title": "办法", "payee": "staff",
        "levels": [
            {"name": "school", "label": "学校", "facts": [{"name": "quota", "label": "额度", "type": "money", "default": "0"}]},
            {"name": "staff", "parent": "school", "label": "教职工", "facts": [
                {"name": "lessons", "label": "周课时数（节）", "type": "number", "places": 2, "min": "0", "max": "60"},
                {"name": "bonus", "label": "奖金（元）", "type": "money", "default": "0"},
                {"name": "head", "label": "班主任", "type": "flag", "default": false},
                {"name": "post", "label": "岗位", "type": "choice", "choices": ["教师", "校长"], "default": "教师"},
                {"name": "began", "label": "参加工作时间", "type": "date", "optional": true},
                {"name": "host", "label": "轮岗至", "type": "row", "level": "school", "optional": true}]}],
        "steps": [
            {"do": "formula", "level": "staff", "name": "paid", "type": "money", "formula": "if(head, bonus, 0) + lessons",
             "pay": {"item": "a"}},
            {"do": "formula", "level": "staff", "name": "x",
             "formula": "if(or(post = \"校长\", isblank(began), isblank(host)), 1, school.quota)"}]
    })
}

/// What each of these cells has is wrong: the column, the text, the code.
const FAULTS: [(&str, &str, &str); 20] = [
    ("D", "1.2万", "not_a_number"),
    ("D", "十六", "not_a_number"),
    ("D", "1e3", "not_a_number"),
    ("D", "1.234,50", "not_a_number"),
    ("D", "-1", "out_of_range"),
    ("D", "61", "out_of_range"),
    ("D", "1.005", "too_many_places"),
    ("D", "=1/0", "cell_error"),
    ("D", "", "missing_fact"),
    ("E", "0.005", "too_many_places"),
    ("E", "很多", "not_a_number"),
    ("F", "也许", "not_a_flag"),
    ("G", "校工", "not_a_choice"),
    ("H", "2023-02-29", "bad_date"),
    ("H", "昨天", "bad_date"),
    ("H", "04-9-1", "bad_date"),
    ("I", "S9", "unknown_row"),
    ("C", "S8", "unknown_parent"),
    ("A", "T2", "duplicate_id"),
    ("A", "", "bad_id"),
];

/// A workbook in which each row of the staff has one of the faults, from row 3 on; and the cells with the codes.
pub fn faulty() -> (Vec<u8>, Vec<(String, String)>) {
    let mut workbook = Workbook::new();
    write(workbook.add_worksheet().set_name("学校").expect("a name"), &[&["学校编号", "名称"], &["S1", "一小"]]);
    let sheet = workbook.add_worksheet().set_name("教职工").expect("a name");
    let headings =
        ["工号", "姓名", "所属学校", "周课时数（节）", "奖金（元）", "班主任", "岗位", "参加工作时间", "轮岗至"];
    write(sheet, &[&headings, &["T2", "甲", "S1", "16", "1,000.00元"]]);
    let mut wanted = Vec::new();
    for (row, (column, cell, code)) in (2_u32..).zip(FAULTS) {
        let mut cells = [format!("T{}", row + 1), "甲".to_owned(), "S1".to_owned(), "16".to_owned()].map(Some).to_vec();
        cells.resize(9, None);
        let place = usize::from(column.as_bytes()[0] - b'A');
        cells[place] = Some(cell.to_owned());
        for (column, cell) in (0..).zip(&cells) {
            match cell.as_deref().unwrap_or_default() {
                "" => {}
                "=1/0" => drop(sheet.write(row, column, Formula::new("=1/0").set_result("#DIV/0!")).expect("written")),
                cell => drop(sheet.write(row, column, cell).expect("written")),
            }
        }
        wanted.push((format!("{column}{}", row + 1), code.to_owned()));
    }
    wanted.sort();
    (workbook.save_to_buffer().expect("a file"), wanted)
}
