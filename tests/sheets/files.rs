//! A small plan, files for it, and what an import makes of them.

use fenpei::plan::{Language, Plan};
use fenpei::sheet::{File, import};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::json::object;
use rust_xlsxwriter::{Workbook, Worksheet};
use serde_json::Value;

/// A plan with a fact of every type.
pub const PLAN: &str = r#"{"language": 1, "code": "p", "title": "办法", "payee": "staff",
  "levels": [
    {"name": "school", "label": "学校", "facts": [{"name": "quota", "label": "额度（元）", "type": "money", "default": "0"}]},
    {"name": "staff", "parent": "school", "label": "教职工", "facts": [
      {"name": "lessons", "label": "周课时数（节）", "type": "number", "places": 2},
      {"name": "bonus", "label": "奖金（元）", "type": "money", "default": "0"},
      {"name": "head", "label": "班主任", "type": "flag", "default": false},
      {"name": "post", "label": "岗位", "type": "choice", "choices": ["教师", "校长"], "default": "教师"},
      {"name": "began", "label": "参加工作时间", "type": "date", "optional": true},
      {"name": "note", "label": "备忘", "type": "text", "optional": true},
      {"name": "host", "label": "轮岗至", "type": "row", "level": "school", "optional": true}]}],
  "steps": [
    {"do": "formula", "level": "staff", "name": "paid", "type": "money", "formula": "if(head, bonus, 0) + lessons",
     "pay": {"item": "a"}},
    {"do": "formula", "level": "staff", "name": "x", "formula": "if(or(post = \"校长\", isblank(began), isblank(host)), 1, school.quota)"}]}"#;

/// The headings of the staff's sheet.
pub const HEADINGS: [&str; 9] =
    ["工号", "姓名", "周课时数（节）", "奖金（元）", "班主任", "岗位", "参加工作时间", "备忘", "轮岗至"];

pub fn plan() -> Plan {
    plan_text(PLAN.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal:?}")).plan
}

/// A workbook with one sheet for the staff, and a school.
pub fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let schools = workbook.add_worksheet().set_name("学校").expect("a name");
    for (place, text) in ["学校编号", "学校名称"].iter().enumerate() {
        schools.write(0, u16::try_from(place).expect("few"), *text).expect("written");
    }
    schools.write(1, 0, "S1").and_then(|sheet| sheet.write(1, 1, "一小")).expect("written");
    fill(workbook.add_worksheet().set_name("教职工").expect("a name"));
    workbook.save_to_buffer().expect("a file")
}

/// A sheet with the headings in its first row and these cells below, all texts but those that are numbers by their types.
pub fn sheet(rows: &[&[&str]]) -> Vec<u8> {
    book(|sheet| {
        for (row, cells) in std::iter::once(&HEADINGS[..]).chain(rows.iter().copied()).enumerate() {
            for (column, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                let at = (u32::try_from(row).expect("few"), u16::try_from(column).expect("few"));
                sheet.write(at.0, at.1, *text).expect("written");
            }
        }
    })
}

/// What an import came to: its data, if it was taken, and what it said.
pub struct Came {
    /// The data.
    pub data: Option<Value>,
    /// Its report.
    pub report: Value,
}

pub fn imported(files: &[(&str, &[u8])]) -> Came {
    let plan = plan();
    let files: Vec<File<'_>> = files.iter().map(|(name, bytes)| File { name, bytes }).collect();
    let imported = import(&plan, &files);
    assert!(!imported.page(Language::English).is_empty());
    let parse = |text: String| serde_json::from_str(&text).expect("JSON");
    let report = parse(canonical::text(&object(imported.report(Language::Chinese))));
    Came { data: imported.written.as_ref().map(|data| parse(canonical::text(data))), report }
}

impl Came {
    /// The staff, where everything was taken.
    #[track_caller]
    pub fn staff(&self) -> Vec<Value> {
        let data = self.data.as_ref().unwrap_or_else(|| panic!("refused: {}", self.report["errors"]));
        data["staff"].as_array().expect("rows").clone()
    }

    /// A fact of the first of the staff.
    #[track_caller]
    pub fn first(&self, fact: &str) -> Value {
        self.staff()[0]["facts"][fact].clone()
    }

    /// The cells and codes of its errors.
    #[track_caller]
    pub fn errors(&self) -> Vec<(String, String)> {
        assert!(self.data.is_none(), "all or nothing");
        told(&self.report["errors"])
    }

    /// The cells and codes of its notes.
    pub fn notes(&self) -> Vec<(String, String)> {
        told(&self.report["notes"])
    }
}

fn told(list: &Value) -> Vec<(String, String)> {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    list.as_array().expect("a list").iter().map(|entry| (text(entry, "cell"), text(entry, "code"))).collect()
}

/// Cells and codes as they are wanted.
pub fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(cell, code)| ((*cell).to_owned(), (*code).to_owned())).collect()
}
