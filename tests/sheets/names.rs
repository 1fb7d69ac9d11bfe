//! Names that stand in each other's way, and files that look like something else.

use fenpei::plan::Language;
use fenpei::sheet::{File, Template, import};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use fenpei::wire::result::data_sha256;

use crate::files::{imported, pairs, sheet};

/// Levels of one label, and one labelled as a sheet of ours; facts named as the columns of a table and labelled as the school.
const PLAN: &str = r#"{"language": 1, "code": "n", "title": "办法", "payee": "staff",
  "levels": [
    {"name": "school", "label": "单位", "facts": [{"name": "quota", "label": "额度", "type": "money"}]},
    {"name": "staff", "parent": "school", "label": "单位", "facts": [
      {"name": "id", "label": "证件", "type": "number", "optional": true},
      {"name": "name", "label": "曾用名", "type": "number", "optional": true},
      {"name": "parent", "label": "单位", "type": "number", "optional": true},
      {"name": "week", "label": "课时（周）", "type": "number"},
      {"name": "year", "label": "课时（年）", "type": "number"},
      {"name": "unused", "type": "number"}, {"name": "unused_too", "type": "number", "default": "0"}]},
    {"name": "lesson", "parent": "staff", "label": "字典", "facts": [{"name": "n", "type": "number"}]}],
  "steps": [
    {"do": "formula", "level": "staff", "name": "paid", "type": "money",
     "formula": "week + year + sum(lesson.n) + if(and(isblank(id), isblank(name), isblank(parent)), 1, 0) + if(school.quota > 0, 0, 1)",
     "pay": {"item": "a"}}]}"#;

const DATA: &str = r#"{
  "school": [{"id": "S1", "name": "一小", "facts": {"quota": "1.00"}}, {"id": "S2", "facts": {"quota": "2.00"}}],
  "staff": [
    {"id": "T1", "parent": "S1", "name": "甲", "facts": {"id": "61", "name": "5", "parent": "9", "week": "2", "year": "80", "unused": "1"}},
    {"id": "T2", "parent": "S2", "facts": {"week": "3", "year": "90", "unused": "2", "unused_too": "4"}}],
  "lesson": [{"id": "L1", "parent": "T2", "facts": {"n": "7"}}]}"#;

#[test]
fn names_that_collide_are_told_apart_in_a_template() {
    let plan = plan_text(PLAN.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let data = read_data(&plan.plan, DATA.as_bytes()).expect("good data");
    let template = Template { plan: &plan.plan, version: None, sha256: &plan.sha256, data: Some(&data) };
    let bytes = template.write().expect("a file");
    let back = import(&plan.plan, &[File { name: "a.xlsx", bytes: &bytes }]);
    let read = back.data.as_ref().unwrap_or_else(|| panic!("{}", back.page(Language::English)));
    assert_eq!(data_sha256(&plan.plan, read), data_sha256(&plan.plan, &data));
}

#[test]
fn headings_that_differ_only_in_their_parentheses_are_not_guessed() {
    let plan = plan_text(PLAN.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal:?}")).plan;
    let came = |headings: &str| {
        let school = "单位编号,额度\nS1,1\n";
        let staff = format!("{headings},unused\nT1,S1,2,80,1\n");
        let files = [("school.csv", school), ("staff.csv", &staff)];
        let files: Vec<File<'_>> = files.iter().map(|(name, text)| File { name, bytes: text.as_bytes() }).collect();
        let came = import(&plan, &files);
        (came.data.is_some(), came.page(Language::Chinese))
    };
    for good in ["工号,所属单位,课时（周）,课时(年)", "工号,上级,课时【周】*,课时 年"] {
        let (taken, page) = came(good);
        assert!(taken, "{good}: {page}");
    }
    let (taken, page) = came("工号,所属单位,课时,课时（年）");
    assert!(!taken && page.contains("[missing_column]") && page.contains("课时（周）"), "{page}");
    assert!(page.contains("[unknown_column]"), "{page}");
}

#[test]
fn the_cells_of_a_csv_file_may_be_parted_by_semicolons_or_tabs() {
    for delimiter in [",", ";", "\t"] {
        let lines = ["工号;姓名;周课时数;奖金;备忘", "T1;甲;16;1234.50;a", "T2;乙;2.5;;b"];
        let staff = lines.join("\n").replace(';', delimiter);
        let school = "学校编号,学校名称\nS1,一小\n".replace(',', delimiter);
        let came = imported(&[("school.csv", school.as_bytes()), ("staff.csv", staff.as_bytes())]);
        assert_eq!((came.staff().len(), came.first("bonus")), (2, "1234.50".into()), "{delimiter:?}");
    }
    // A comma inside amounts parts nothing.
    let staff = "工号;周课时数;奖金\nT1;16;1,234.50\nT2;2;1,000.00\n";
    let came = imported(&[("school.csv", b"id\nS1\n"), ("staff.csv", staff.as_bytes())]);
    assert_eq!(came.first("bonus"), "1234.50");
}

#[test]
fn a_row_that_only_looks_like_a_total_or_a_footer_is_not_skipped() {
    let came =
        imported(&[("a.xlsx", &sheet(&[&["total1", "甲", "10"], &["Total-2", "乙", "6"], &["Total", "", "16"]]))]);
    assert_eq!(came.staff().len(), 2);
    let came = imported(&[("a.xlsx", &sheet(&[&["T1", "甲", "10"], &["", "校长王某", "6"], &["", "备注"]]))]);
    assert_eq!(came.errors(), pairs(&[("A3", "bad_id")]));
    assert!(came.notes().contains(&("A4".to_owned(), "skipped_row".to_owned())));
}
