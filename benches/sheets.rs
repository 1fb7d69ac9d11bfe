//! `cargo bench --bench sheets`: what a template that is filled in, its import, and its way back with faults cost, at 100,000 rows
//! of ten columns. The figures are for each row; memory: `VmHWM` of a service before and after the request.

#![allow(clippy::panic, reason = "a bench that meets something unexpected ends")]

use std::fmt::Debug;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::ItemsCount;
use fenpei::engine::Data;
use fenpei::plan::{Language, Plan};
use fenpei::sheet::{File, Template, annotated, import};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use serde_json::{Value, json};

/// How many people.
const PEOPLE: usize = 100_000;

const PLAN: &str = r#"{"language": 1, "code": "b", "title": "办法", "payee": "staff",
  "levels": [
    {"name": "school", "label": "学校"},
    {"name": "staff", "parent": "school", "label": "教职工", "facts": [
      {"name": "lessons", "label": "周课时数（节）", "type": "number"},
      {"name": "bonus", "label": "奖金（元）", "type": "money"},
      {"name": "head", "label": "班主任", "type": "flag"},
      {"name": "post", "label": "岗位", "type": "choice", "choices": ["教师", "校长", "主任"]},
      {"name": "began", "label": "参加工作时间", "type": "date"},
      {"name": "months", "label": "月数", "type": "number"},
      {"name": "score", "label": "考核得分", "type": "number"}]}],
  "steps": [{"do": "formula", "level": "staff", "name": "paid", "type": "money", "formula": "bonus", "pay": {"item": "奖金"}}]}"#;

fn main() {
    divan::main();
}

/// What must be.
fn sure<T, E: Debug>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error:?}"))
}

static COUNTY: LazyLock<(Plan, Data, String)> = LazyLock::new(|| {
    let read = sure(plan_text(PLAN.as_bytes()));
    let person = |row: usize| {
        json!({"id": format!("20{row:08}"), "parent": format!("S{:03}", row % 300), "name": format!("教师{row}"), "facts": {
            "lessons": (10 + row % 11).to_string(), "bonus": format!("{}.{:02}", row % 5_000, row % 100),
            "head": row.is_multiple_of(7), "post": if row.is_multiple_of(3) { "教师" } else { "主任" },
            "began": format!("{}-09-01", 1990 + row % 30), "months": (1 + row % 12).to_string(),
            "score": format!("{}.{}", 60 + row % 40, row % 10)}})
    };
    let schools: Vec<Value> = (0..300).map(|school| json!({"id": format!("S{school:03}")})).collect();
    let staff: Vec<Value> = (0..PEOPLE).map(person).collect();
    let data = sure(read_data(&read.plan, json!({"school": schools, "staff": staff}).to_string().as_bytes()));
    (read.plan, data, read.sha256)
});

fn template() -> Vec<u8> {
    let (plan, data, sha256) = &*COUNTY;
    sure(Template { plan, version: None, sha256, data: Some(data) }.write())
}

/// A template with all rows filled in.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn write_template(bencher: Bencher) {
    bencher.counter(ItemsCount::new(PEOPLE)).bench_local(template);
}

/// Its import.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn import_workbook(bencher: Bencher) {
    let bytes = template();
    bencher.counter(ItemsCount::new(PEOPLE)).bench_local(|| {
        let imported = import(&COUNTY.0, &[File { name: "a.xlsx", bytes: &bytes }]);
        assert!(imported.data.is_some());
    });
}

/// The same rows with what is wrong in them: nothing.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn annotate_workbook(bencher: Bencher) {
    let bytes = template();
    let files = [File { name: "a.xlsx", bytes: &bytes }];
    let imported = import(&COUNTY.0, &files).findings();
    bencher.counter(ItemsCount::new(PEOPLE)).bench_local(|| sure(annotated(&files, &imported, Language::Chinese)));
}
