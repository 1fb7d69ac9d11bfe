//! The command line as a user meets it: the built program, real files, its exit status.

#![expect(clippy::expect_used, reason = "a test stops where it is surprised")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const PLAN: &str = r#"{"language": 1, "code": "p", "title": "p", "payee": "staff",
    "levels": [{"name": "school", "facts": [{"name": "pool", "type": "money"}]},
               {"name": "staff", "parent": "school", "facts": [
                   {"name": "points", "type": "number", "default": "1"},
                   {"name": "note", "type": "text", "optional": true},
                   {"name": "acting", "type": "flag", "default": false}]}],
    "steps": [{"do": "share", "level": "staff", "name": "merit", "from": "school.pool", "weight": "points",
               "where": "not(acting)", "pay": {"item": "merit"}},
              {"do": "formula", "level": "staff", "name": "third", "formula": "points / 3"}]}"#;

const DATA: &str = r#"{"staff": [{"id": "c", "parent": "S"}, {"id": "a", "parent": "S", "name": "张三"},
                                 {"id": "b", "parent": "S", "facts": {"points": "1.0"}}],
                       "school": [{"id": "S", "facts": {"pool": "100"}}]}"#;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).unwrap_or_default();
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("written");
    path.to_string_lossy().into_owned()
}

fn fenpei(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fenpei")).args(arguments).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn project(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_string_lossy().into_owned()
}

#[test]
fn import_gives_the_files_back_with_what_is_wrong() {
    let folder = folder("annotate");
    let plan = file(&folder, "plan.json", PLAN);
    let school = file(&folder, "school.csv", "id,pool\nS,100\n");
    let staff = file(&folder, "staff.csv", "id,parent,points\na,S,1.2万\n");
    let out = folder.join("out.xlsx").to_string_lossy().into_owned();
    let output = fenpei(&["import", &plan, &school, &staff, "--annotate", &out]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("C2"), "{output:?}");
    // What comes back is as wrong as it was.
    let again = fenpei(&["import", &plan, &out]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("C2"), "{again:?}");
    fs::write(&staff, "id,parent,points\na,S,12000\n").expect("written");
    let good = fenpei(&["import", &plan, &school, &staff, "--annotate", &out]);
    assert_eq!(good.status.code(), Some(0));
    assert_eq!(json(&fenpei(&["import", &plan, &out])), json(&good));
    // Of two files of one name nobody could say which is wrong.
    let twice = fenpei(&["import", &plan, &staff, &staff]);
    assert_eq!(twice.status.code(), Some(2));
    let nowhere = folder.join("no/out.xlsx").to_string_lossy().into_owned();
    assert_eq!(fenpei(&["import", &plan, &school, &staff, "--annotate", &nowhere]).status.code(), Some(2));
}

#[test]
fn calculate_prints_the_result_and_exits_0() {
    let folder = folder("calculate");
    let (plan, data) = (file(&folder, "plan.json", PLAN), file(&folder, "data.json", DATA));
    let output = fenpei(&["calculate", &plan, &data]);
    assert_eq!(output.status.code(), Some(0));
    let result = json(&output);
    let merits: Vec<&Value> =
        result["rows"]["staff"].as_array().expect("rows").iter().map(|row| &row["total"]).collect();
    assert_eq!(merits, ["33.34", "33.33", "33.33"], "the fen left over goes to the smaller id");
    assert_eq!(result["balance"]["balanced"], true);
    assert_eq!(result["rows"]["staff"][0]["name"], "张三");
}

#[test]
fn shuffled_rows_and_csv_give_the_same_bytes() {
    let folder = folder("shuffled");
    let (plan, data) = (file(&folder, "plan.json", PLAN), file(&folder, "data.json", DATA));
    let tables = folder.join("data");
    fs::create_dir_all(&tables).expect("a folder");
    file(&tables, "school.csv", "\u{feff}id,parent,name,pool\nS,,,100.00\n");
    file(&tables, "staff.csv", "id,parent,name,acting,points,note\nb,S,,false,1,\na,S,张三,,,\nc,S,,,1.00,\n");
    let from_json = fenpei(&["calculate", &plan, &data]);
    let from_csv = fenpei(&["calculate", &plan, &tables.to_string_lossy()]);
    assert_eq!(stdout(&from_json), stdout(&from_csv));
    assert_eq!(from_csv.status.code(), Some(0));
}

/// Lines without quotes are cut at their commas, all others go through a CSV reader: the same rows, and the same refusals.
#[test]
fn quotes_and_line_ends_change_nothing() {
    let plan = r#"{"language": 1, "code": "p", "title": "p", "levels": [
        {"name": "school", "facts": [{"name": "pool", "type": "money", "max": "500"}]},
        {"name": "staff", "parent": "school", "facts": [
            {"name": "points", "type": "number", "min": "-2", "places": 3}, {"name": "sex", "type": "choice", "choices": ["男", "女"]},
            {"name": "note", "type": "text"}, {"name": "acting", "type": "flag"}, {"name": "host", "type": "row", "level": "school"}]}],
        "steps": [{"do": "formula", "level": "staff", "name": "x", "formula": "if(acting, points, pool / 7)"}]}"#;
    let plan = plan.replace("pool / 7", "school.pool / 7");
    let head = "id,parent,name,points,sex,note,acting,host";
    let answer = |name: &str, staff: &str| {
        let folder = folder(name);
        let plan = file(&folder, "plan.json", &plan);
        file(&folder, "school.csv", "id,pool\nS,123.45\nR,500\n");
        file(&folder, "staff.csv", staff);
        stdout(&fenpei(&["calculate", &plan, &folder.to_string_lossy(), "--lang", "en"]))
    };
    let quoted = |line: &str| line.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<String>>().join(",");
    let good =
        ["b,S,张三,-1.25,男,见分进角,true,S", "a,S,,0.125,女,n,false,S", "c,R,é,999999999999999999.5,女,x,true,R"];
    let bad = [
        "d,S,,-2.01,男,n,true,S",
        "e,S,,1.2345,男,n,true,S",
        "f,S,,-0,男,n,true,S",
        "g,S,,01,男,n,true,S",
        "h,S,,1.,男,n,true,S",
        "i,S,,1e3,无,n,yes,Q",
        ",S,,1,男,n,true,S",
        "k,S,,,男,n,true,S",
        "l,S,,.5,男,n",
    ];
    for (name, lines) in [("good", &good[..]), ("bad", &bad[..])] {
        let plain = format!("{head}\n{}\n", lines.join("\n"));
        let expected = answer(&format!("{name}-plain"), &plain);
        assert_eq!(expected.contains("errors"), name == "bad", "{expected}");
        let all: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
        let others =
            [format!("{head}\n{}\n", all.join("\n")), plain.replace('\n', "\r\n"), plain.trim_end().to_owned()];
        for (number, other) in others.iter().enumerate() {
            assert_eq!(answer(&format!("{name}-{number}"), other), expected, "{name} {number}");
        }
    }
}

#[test]
fn every_fault_of_a_csv_is_named() {
    let folder = folder("csv");
    let plan = file(&folder, "plan.json", PLAN);
    let tables = folder.join("data");
    fs::create_dir_all(&tables).expect("a folder");
    file(&tables, "school.csv", "id,parent,name,pool\nS,,,abc\n");
    file(&tables, "staff.csv", "id,parent,name,points,salary,acting\na,Q,,1e3,5,yes\n,S,,1,,\na,S,,1,,\n");
    file(&tables, "teacher.csv", "id\n");
    // Rows in a file of another kind, and blank rows as spreadsheets leave them.
    file(&tables, "school.xlsx", "");
    // A file that was cut off in its last row.
    let whole = fs::read_to_string(tables.join("staff.csv")).expect("there");
    file(&tables, "staff.csv", &format!("{whole},,,,,\nz,S,,1"));
    let output = fenpei(&["calculate", &plan, &tables.to_string_lossy(), "--lang", "en"]);
    assert_eq!(output.status.code(), Some(1));
    let mut codes: Vec<String> = json(&output)["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| error["code"].as_str().unwrap_or_default().to_owned())
        .collect();
    codes.sort();
    let wanted = [
        "bad_decimal",
        "bad_decimal",
        "bad_id",
        "duplicate_id",
        "unknown_fact",
        "unknown_level",
        "wrong_type",
        "wrong_type",
        "wrong_type",
    ];
    assert_eq!(codes, wanted);
}

#[test]
fn a_refusal_exits_1_and_says_where_in_the_language_asked() {
    let folder = folder("refusal");
    let plan = file(&folder, "plan.json", &PLAN.replace("points / 3", "point / 3"));
    let data = file(&folder, "data.json", DATA);
    let output = fenpei(&["calculate", &plan, &data, "--lang", "en"]);
    assert_eq!(output.status.code(), Some(1));
    let error = &json(&output)["errors"][0];
    assert_eq!((&error["code"], &error["at"]), (&"unknown_name".into(), &"/steps/1/formula".into()));
    assert_eq!((&error["pos"], &error["suggestion"]), (&0.into(), &"points".into()));
    assert!(error["message"].as_str().expect("a message").contains("did you mean"));
    let output = fenpei(&["calculate", &plan, &data]);
    assert!(json(&output)["errors"][0]["message"].as_str().expect("a message").contains("是否想写"));
}

#[test]
fn out_is_written_whole_or_not_at_all() {
    let folder = folder("out");
    let (plan, data) = (file(&folder, "plan.json", PLAN), file(&folder, "data.json", DATA));
    let out = folder.join("result");
    let out_text = out.to_string_lossy().into_owned();
    for _ in 0..2 {
        assert_eq!(fenpei(&["calculate", &plan, &data, "--out", &out_text]).status.code(), Some(0));
    }
    let staff = fs::read_to_string(out.join("staff.csv")).expect("written");
    assert_eq!(
        staff,
        "id,name,merit,third,total\na,张三,33.34,0.333333333333,33.34\nb,,33.33,0.333333333333,33.33\nc,,33.33,0.333333333333,33.33\n"
    );
    let lines = fs::read_to_string(out.join("lines.csv")).expect("written");
    assert_eq!(lines.lines().nth(1), Some("a,staff.merit,a,merit,,,33.34"));
    let funds = fs::read_to_string(out.join("funds.csv")).expect("written");
    assert!(funds.contains("school.pool,S,drawn,staff.merit,100.00"));
    let result: Value =
        serde_json::from_str(&fs::read_to_string(out.join("result.json")).expect("written")).expect("JSON");
    assert_eq!(result["balance"]["balanced"], true);
    // A folder that holds something else is left alone, and a refusal leaves nothing behind.
    file(&out, "mine.txt", "mine");
    assert_eq!(fenpei(&["calculate", &plan, &data, "--out", &out_text]).status.code(), Some(2));
    assert!(out.join("mine.txt").exists());
    let bad = file(&folder, "bad.json", "{");
    let other = folder.join("other");
    assert_eq!(fenpei(&["calculate", &plan, &bad, "--out", &other.to_string_lossy()]).status.code(), Some(1));
    assert!(!other.exists());
    let names: Vec<String> = fs::read_dir(&folder)
        .expect("there")
        .flatten()
        .map(|it| it.file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!names.iter().any(|name| name.starts_with(".fenpei")), "{names:?}");
}

#[test]
fn wrong_use_exits_2() {
    assert_eq!(fenpei(&["calculate"]).status.code(), Some(2));
    assert_eq!(fenpei(&["calculate", "/no/such/plan.json", "/no/such/data.json"]).status.code(), Some(2));
    assert_eq!(fenpei(&["check", "/no/such/plan.json"]).status.code(), Some(2));
    assert_eq!(fenpei(&["nothing"]).status.code(), Some(2));
}

#[test]
fn exact_prints_fractions() {
    let folder = folder("exact");
    let (plan, data) = (file(&folder, "plan.json", PLAN), file(&folder, "data.json", DATA));
    let exact = json(&fenpei(&["calculate", &plan, &data, "--exact"]));
    assert_eq!(exact["rows"]["staff"][0]["values"]["third"], "1/3");
    let shown = json(&fenpei(&["calculate", &plan, &data]));
    assert_eq!(shown["rows"]["staff"][0]["values"]["third"], "0.333333333333");
    assert_eq!(shown["result_sha256"], exact["result_sha256"], "how it is shown does not change what it is");
}

#[test]
fn check_points_at_the_place() {
    let folder = folder("check");
    let text =
        PLAN.replace("points / 3", "1 + \\\"x\\\" / 3").replace("\"weight\": \"points\"", "\"weight\": \"ponits\"");
    let plan = file(&folder, "plan.json", &text);
    let output = fenpei(&["check", &plan, "--lang", "en"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    for piece in
        ["error[unknown_name]", "did you mean “points”?", "/steps/0/weight", "error[type_error]", "^", "2 errors"]
    {
        assert!(text.contains(piece), "{piece} is missing in\n{text}");
    }
}

#[test]
fn check_runs_the_examples() {
    let folder = folder("examples");
    let example = |total: &str| {
        let example = format!(
            r#""examples": [{{"name": "e", "data": {DATA}, "expect": [{{"row": "a", "total": "{total}"}}]}}], "payee""#
        );
        file(&folder, &format!("{total}.json"), &PLAN.replace("\"payee\"", &example))
    };
    assert_eq!(fenpei(&["check", &example("33.34")]).status.code(), Some(0));
    let failed = fenpei(&["check", &example("33.33"), "--lang", "en"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(stdout(&failed).contains("example_failed"));
}

/// A plan's page walks through one payee's lines: each line and the total that it states in bold is the result's.
fn walked(page: &str, result: &Value) {
    let page = fs::read_to_string(page).expect("each plan has its page");
    let heading = page.lines().find(|line| line.starts_with("## ") && line.contains('（')).expect("a person is walked");
    let id = heading.split(['（', '，']).nth(1).expect("the heading names the id");
    let bold: Vec<&str> = page.split("**").skip(1).step_by(2).collect();
    let lines = result["lines"].as_array().expect("lines").iter().filter(|line| line["payee"] == id);
    let amounts: Vec<&str> = lines.map(|line| line["amount"].as_str().expect("a text")).collect();
    assert!(!amounts.is_empty(), "{heading}: {id} has no line");
    let rows = result["rows"].as_object().expect("rows").values().flat_map(|rows| rows.as_array().expect("a list"));
    let total = rows.filter(|row| row["id"] == id).find_map(|row| row["total"].as_str()).expect("a total");
    for stated in amounts.into_iter().chain([total]) {
        assert!(bold.iter().any(|bold| bold.trim_end_matches(" 元") == stated), "{heading}: {stated} is not stated");
    }
}

#[test]
fn every_ready_plan_is_sound_and_balances() {
    let plans = fs::read_dir(project("plans")).expect("the plans are there").flatten();
    let mut count = 0;
    for plan in plans.map(|entry| entry.path()) {
        let path = |name: &str| plan.join(name).to_string_lossy().into_owned();
        let checked = fenpei(&["check", &path("plan.json")]);
        assert_eq!(checked.status.code(), Some(0), "{}", stdout(&checked));
        let output = fenpei(&["calculate", &path("plan.json"), &path("data.json")]);
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
        let result = json(&output);
        assert_eq!(result["balance"]["balanced"], true);
        assert_eq!(result["warnings"], Value::Array(Vec::new()), "{}", plan.display());
        let summary = stdout(&fenpei(&["calculate", &path("plan.json"), &path("data.json"), "--summary"]));
        assert!(
            summary.contains(result["balance"]["payee_total"].as_str().expect("a text")) && summary.contains("平衡")
        );
        walked(&path("README.md"), &result);
        count += 1;
    }
    assert!(count >= 5, "only {count} plans");
}

#[test]
fn the_readme_example_comes_to_the_fen_it_states() {
    let readme = fs::read_to_string(project("README.md")).expect("there");
    let block = |number: usize| {
        readme.split("```json\n").nth(number).and_then(|rest| rest.split("```").next()).expect("the example")
    };
    let (plan, data) = (block(1), block(2));
    let folder = folder("readme");
    let output = fenpei(&["calculate", &file(&folder, "plan.json", plan), &file(&folder, "data.json", data)]);
    let result = json(&output);
    let value = |row: usize, key: &str| result["rows"]["staff"][row]["values"][key].clone();
    assert_eq!([value(0, "merit"), value(1, "merit"), value(2, "merit")], ["1716.36", "1785.01", "1498.63"]);
    assert_eq!(result["rows"]["staff"][0]["total"], "6716.36");
    for stated in ["1,716.36", "1,785.01", "1,498.63", "6,716.36"] {
        assert!(readme.contains(stated), "the README does not state {stated}");
    }
    let xincheng = ["plans/xincheng/plan.json", "plans/xincheng/data.json"].map(project);
    let summary = stdout(&fenpei(&["calculate", &xincheng[0], &xincheng[1], "--summary"]));
    let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the last lines");
    assert!(summary.contains(shown), "the README shows other lines than\n{summary}");
}
