//! Explanations: every node comes to its value from its operands, every root is the result's value, the walks of the
//! ready plans are told to the last unit, and the command line answers.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test stops where it is surprised")]

mod calculator;
#[path = "../cases/mod.rs"]
mod cases;
mod recompute;
mod statement;
mod without;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fenpei::engine::calculate;
use fenpei::engine::explain::{Explainer, Limits};
use fenpei::plan::Language;
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::data::read_data;
use fenpei::wire::explanation::{Teller, capital};
use serde_json::Value;

use recompute::Judge;

const PLANS: [&str; 5] =
    ["groups-and-shared-staff", "principal-ranks", "seven-allowances", "star-teachers", "xincheng"];

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A file of a ready plan.
fn read(plan: &str, file: &str) -> String {
    fs::read_to_string(project("plans").join(plan).join(file)).expect("readable")
}

/// Explains every step of every row and judges every node; how many explanations, or none where the case is refused.
fn judged(name: &str, plan_source: &str, data_source: &str, limits: Limits) -> Option<(usize, usize)> {
    let plan = plan_text(plan_source.as_bytes()).ok()?;
    let data = read_data(&plan.plan, data_source.as_bytes()).ok()?;
    let outcome = calculate(&plan.plan, &data).ok()?;
    let answer = cases::answer(plan_source, data_source, false);
    let result: Value = serde_json::from_slice(&answer).expect("a result is JSON");
    let judge = Judge::new(plan_source, data_source);
    let explainer = Explainer::new(&outcome);
    let (zh, en) = (Teller::new(&outcome, Language::Chinese), Teller::new(&outcome, Language::English));
    let (mut explanations, mut nodes) = (0, 0);
    for (number, step) in plan.plan.steps.iter().enumerate() {
        let level = &plan.plan.levels[step.level].name;
        let step_name = &plan.plan.document.steps[number].heading.name;
        let rows = data.levels[step.level].ids.len();
        for row in 0..u32::try_from(rows).expect("few rows") {
            let node = explainer.step(number, row, limits).unwrap_or_else(|error| {
                panic!("{name}: {level}.{step_name} of {row}: {error:?}");
            });
            assert!(node.size() <= limits.nodes, "{name}: {} nodes", node.size());
            let text = canonical::text(&zh.json(&node));
            let node_json: Value = serde_json::from_str(&text).expect("an explanation is JSON");
            assert!(!en.page(&node).is_empty() && !zh.page(&node).is_empty());
            if step.column.is_some() {
                let place = usize::try_from(row).expect("small");
                let wanted = result["rows"][level][place]["values"].get(step_name);
                assert_eq!(node_json.get("value"), wanted, "{name}: {level}.{step_name}");
            }
            explanations += 1;
            nodes += judge.node(&node_json, &format!("{name}: {level}.{step_name}"));
        }
    }
    if let (Some(payee), Some(totals)) = (plan.plan.payee, &outcome.totals) {
        for row in 0..u32::try_from(totals.len()).expect("few rows") {
            let statement = explainer.statement(row, limits).expect("explained").expect("somebody is paid");
            let json: Value = serde_json::from_str(&canonical::text(&zh.json(&statement))).expect("JSON");
            let place = usize::try_from(row).expect("small");
            assert_eq!(json["value"], result["rows"][&plan.plan.levels[payee].name][place]["total"], "{name}");
            nodes += judge.node(&json, &format!("{name}: statement"));
        }
    }
    Some((explanations, nodes))
}

#[test]
fn every_node_of_the_ready_plans_comes_to_its_value() {
    for plan in PLANS {
        let read = |file: &str| fs::read_to_string(project("plans").join(plan).join(file)).expect("readable");
        let limits = Limits { depth: 2, ..Limits::default() };
        let (explanations, nodes) = judged(plan, &read("plan.json"), &read("data.json"), limits).expect("accepted");
        assert!(explanations > 100 && nodes > 1_000, "{plan}: {explanations} explanations, {nodes} nodes");
    }
}

#[test]
fn every_accepted_case_is_explained() {
    let (mut explained, mut nodes) = (0, 0);
    let shallow = Limits { depth: 0, ..Limits::default() };
    for case in cases::all() {
        if let Some((_, judged)) = judged(&case.name, &case.plan, &case.data, shallow) {
            (explained, nodes) = (explained + 1, nodes + judged);
        }
    }
    assert!(explained > 100 && nodes > 10_000, "{explained} cases, {nodes} nodes");
}

fn fenpei(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fenpei")).args(arguments).output().expect("the program runs")
}

fn explain(plan: &str, arguments: &[&str]) -> Output {
    let path = |file: &str| project("plans").join(plan).join(file).to_string_lossy().into_owned();
    let (document, data) = (path("plan.json"), path("data.json"));
    fenpei(&[&["explain", &document, &data], arguments].concat())
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Every sum, fraction and place that a walk states stands in the explanation of its person.
#[test]
fn the_walks_are_told() {
    let walks = [
        ("seven-allowances", "PL0104"),
        ("groups-and-shared-staff", "LJ0103"),
        ("principal-ranks", "JY0402"),
        ("star-teachers", "WJ0305"),
        ("xincheng", "XC0204"),
    ];
    for (plan, person) in walks {
        let readme = fs::read_to_string(project("plans").join(plan).join("README.md")).expect("readable");
        let level = level_of_payees(plan);
        let output = explain(plan, &[&level, person, "--depth", "8", "--nodes", "100000"]);
        assert_eq!(output.status.code(), Some(0), "{plan}: {}", String::from_utf8_lossy(&output.stderr));
        // What a school got may be told only with the school.
        let (above, parent) = parent_of(plan, &level, person);
        let page = stdout(&output) + &stdout(&explain(plan, &[&above, &parent]));
        let mut stated = 0;
        // `份额 A × w ÷ W ＝ N 又 r/s 分；整数部分 N，各行取整后共余 k 分，此行余数排第 m，得尾差`
        for walk in readme.split("份额 ").skip(1) {
            let share = walk.split([' ', '分', '元']).nth(6).unwrap_or_default();
            let fraction = walk.split_once("又 ").map(|(_, rest)| rest).unwrap_or_default();
            let fraction = fraction.split([' ', '分', '元']).next().unwrap_or_default();
            let whole = format!("{share} 又 {fraction}");
            if !walk.contains("恰好除尽") {
                assert!(page.contains(&whole), "{plan}: {whole} is not in\n{page}");
            }
            if let Some(rank) = walk.split_once("此行余数排第 ").map(|(_, rest)| rest) {
                let rank: String = rank.chars().take_while(char::is_ascii_digit).collect();
                let line = page.lines().find(|line| line.contains(&whole)).expect("just found");
                let got = walk.split_once("得尾差").is_some_and(|(before, _)| !before.ends_with('不'));
                assert!(line.contains(&format!("排第 {rank}，{}", if got { "得尾差" } else { "不得尾差" })), "{line}");
            }
            stated += 1;
        }
        assert!(stated >= 2, "{plan}: {stated} shares are stated");
        let total = readme.rsplit("＝ **").next().and_then(|rest| rest.split("**").next()).expect("a total");
        assert!(page.contains(&format!("{total} 元\n大写 人民币")), "{plan}: {total}");
    }
}

/// The level and the id of the row above.
fn parent_of(plan: &str, level: &str, id: &str) -> (String, String) {
    let read = |file: &str| -> Value {
        let text = fs::read_to_string(project("plans").join(plan).join(file)).expect("readable");
        serde_json::from_str(&text).expect("JSON")
    };
    let (document, data) = (read("plan.json"), read("data.json"));
    let levels = document["levels"].as_array().expect("levels");
    let above = levels.iter().find(|it| it["name"] == level).expect("the level")["parent"].clone();
    let row = data[level].as_array().expect("rows").iter().find(|row| row["id"] == id).expect("the row");
    (above.as_str().expect("a name").to_owned(), row["parent"].as_str().expect("an id").to_owned())
}

fn level_of_payees(plan: &str) -> String {
    let text = fs::read_to_string(project("plans").join(plan).join("plan.json")).expect("readable");
    let plan: Value = serde_json::from_str(&text).expect("JSON");
    plan["payee"].as_str().expect("a payee").to_owned()
}

#[test]
fn the_seven_allowances_are_told_as_they_are_written() {
    let page = stdout(&explain("seven-allowances", &["staff", "PL0104"]));
    for said in [
        "份额 70654321 × 10.36574 ÷ (12250007/300000) = 17935932 又 2178/6917 分；整数部分 17935932",
        "份额 7860000 × 2000 ÷ 80800 = 194554 又 46/101 分",
        "各行取整后共余 20 分，此行余数在 41 个中排第 24，不得尾差",
        "10420933 × 1002 ÷ 9606.9 = 1086903 又 21451/32023 分",
        "依据：第八条 教龄津贴",
        "大写 人民币贰万伍仟柒佰玖拾肆元伍角捌分",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
}

#[test]
fn equal_remainders_say_what_decided() {
    let level = level_of_payees("groups-and-shared-staff");
    let page = stdout(&explain("groups-and-shared-staff", &[&level, "LJ0103"]));
    assert!(page.contains("排第 2，得尾差 1 分（余数相同，编号小者先得）"), "{page}");
}

#[test]
fn amounts_in_capital_characters() {
    for (fen, wanted) in [
        (0, "人民币零元整"),
        (5, "人民币伍分"),
        (50, "人民币伍角整"),
        (55, "人民币伍角伍分"),
        (100, "人民币壹元整"),
        (105, "人民币壹元零伍分"),
        (150, "人民币壹元伍角整"),
        (1_001_005, "人民币壹万零壹拾元零伍分"),
        (1_000_000, "人民币壹万元整"),
        (1_000_100, "人民币壹万零壹元整"),
        (1_010_000, "人民币壹万零壹佰元整"),
        (1_100_000, "人民币壹万壹仟元整"),
        (10_700_053, "人民币壹拾万柒仟元伍角叁分"),
        (140_950, "人民币壹仟肆佰零玖元伍角整"),
        (600_714, "人民币陆仟零柒元壹角肆分"),
        (10_000_000_100, "人民币壹亿零壹元整"),
        (100_001_000_000, "人民币壹拾亿零壹万元整"),
        (100_000_000_000_000, "人民币壹万亿元整"),
        (12_345_678_901_234_567, "人民币壹佰贰拾叁万肆仟伍佰陆拾柒亿捌仟玖佰零壹万贰仟叁佰肆拾伍元陆角柒分"),
        (-12_345, "人民币负壹佰贰拾叁元肆角伍分"),
    ] {
        assert_eq!(capital(fen), wanted, "{fen}");
    }
}

#[test]
fn the_command_answers_in_json_and_in_english() {
    let output = explain("seven-allowances", &["staff", "PL0104", "merit", "--json", "--lang", "en"]);
    assert_eq!(output.status.code(), Some(0));
    let node: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&node["kind"], &node["name"], &node["value"]), (&"share".into(), &"merit".into(), &"10869.04".into()));
    assert_eq!((&node["level"], &node["row"], &node["clause"]), (&"staff".into(), &"PL0104".into(), &"10".into()));
    assert_eq!(node["share"]["division"]["rank"], 3);
    assert_eq!(node["share"]["division"]["extra"], true);
    assert!(node["text"].as_str().expect("a text").contains("remainder number 3 of 11"));
    assert!(!stdout(&output).contains("null"));
    let page = stdout(&explain("seven-allowances", &["staff", "PL0104", "--lang", "en"]));
    assert!(page.contains("Total") && !page.contains("大写"));
}

#[test]
fn the_limits_are_said_in_the_node() {
    let shallow = explain("seven-allowances", &["staff", "PL0104", "merit", "--json", "--depth", "0"]);
    let deep = explain("seven-allowances", &["staff", "PL0104", "merit", "--json"]);
    assert!(stdout(&shallow).contains(r#""truncated":true"#));
    assert!(shallow.stdout.len() < deep.stdout.len());
    let few = explain("seven-allowances", &["staff", "PL0104", "merit", "--json", "--nodes", "3"]);
    assert!(stdout(&few).matches(r#""kind""#).count() <= 3 && stdout(&few).contains(r#""truncated":true"#));
}

#[test]
fn what_is_not_there_exits_2_with_a_suggestion() {
    for (arguments, near) in [
        (&["staf", "PL0104"][..], "staff"),
        (&["staff", "PL0l04"][..], "PL0104"),
        (&["staff", "PL0104", "merits"][..], "merit"),
    ] {
        let output = explain("seven-allowances", arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("not found; did you mean") && said.contains(near), "{said}");
    }
    assert_eq!(explain("seven-allowances", &["staff", "PL0104", "quota"]).status.code(), Some(2));
    let refused = fenpei(&["explain", &project("Cargo.toml").to_string_lossy(), "x", "staff", "T"]);
    assert_eq!(refused.status.code(), Some(1), "a plan that is none is refused before anything else");
}

#[test]
fn a_row_that_is_no_payee_has_all_its_steps() {
    let output = explain("seven-allowances", &["bureau", "690202"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("延时服务补助足额"));
}

#[test]
fn a_statement_says_what_a_veto_took_and_names_nobody_else() {
    let read = |file: &str| fs::read_to_string(project("plans/seven-allowances").join(file)).expect("readable");
    let data: Value = serde_json::from_str(&read("data.json")).expect("JSON");
    let staff = data["staff"].as_array().expect("staff");
    let vetoed = staff.iter().find(|row| row["facts"]["misconduct"] == true).expect("somebody");
    let page = stdout(&explain("seven-allowances", &["staff", vetoed["id"].as_str().expect("an id")]));
    assert!(page.contains("未发放：考核奖励") && page.contains("师德不合格，不发考核奖励：放弃 1"), "{page}");
    let mut pages = 0;
    for row in staff {
        let (id, name) = (row["id"].as_str().expect("an id"), row["name"].as_str().expect("a name"));
        let page = stdout(&explain("seven-allowances", &["staff", id]));
        let others = staff.iter().filter_map(|row| row["name"].as_str()).filter(|other| *other != name);
        others.for_each(|other| assert!(!page.contains(other), "{other} is named in the statement of {name}"));
        pages += 1;
    }
    assert!(pages >= 40, "{pages} statements");
}

#[test]
fn a_statement_tells_no_amount_of_a_colleague() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("colleagues");
    fs::create_dir_all(&folder).expect("a folder");
    let plan = r#"{"language": 1, "code": "p", "title": "p", "payee": "staff", "levels": [
        {"name": "school", "facts": [{"name": "fund", "type": "money"}]},
        {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number"}]},
        {"name": "post", "parent": "school", "facts": [
            {"name": "rate", "type": "money"}, {"name": "holder", "type": "row", "level": "staff"}]},
        {"name": "lesson", "parent": "staff", "facts": [{"name": "of", "type": "row", "level": "staff"}]}],
      "steps": [
        {"do": "formula", "level": "staff", "name": "base", "type": "money", "formula": "points * 10",
         "from": "school.fund", "pay": {"item": "base"}},
        {"do": "rank", "level": "staff", "name": "grade", "by": "base", "ties": "better",
         "grades": [{"code": "A", "quota": 1}, {"code": "B"}]},
        {"do": "formula", "level": "school", "name": "posts", "type": "money", "formula": "sum(post.rate)"},
        {"do": "formula", "level": "staff", "name": "extra", "type": "money",
         "formula": "if(grade = \"A\", 2, 1) * school.posts / 100", "pay": {"item": "extra"}},
        {"do": "formula", "level": "lesson", "name": "half", "type": "money", "formula": "of.base * 10%",
         "pay": {"item": "half"}}]}"#;
    let data = r#"{"school": [{"id": "S", "facts": {"fund": "9000"}}],
      "staff": [{"id": "z", "parent": "S", "name": "赵六", "facts": {"points": "76.4"}},
                {"id": "l", "parent": "S", "name": "李四", "facts": {"points": "87.5"}},
                {"id": "w", "parent": "S", "name": "王五", "facts": {"points": "91"}}],
      "post": [{"id": "1", "parent": "S", "name": "王五的岗", "facts": {"rate": "4000", "holder": "w"}}],
      "lesson": [{"id": "1", "parent": "z", "facts": {"of": "l"}}]}"#;
    let paths = [("plan.json", plan), ("data.json", data)].map(|(name, text)| {
        fs::write(folder.join(name), text).expect("written");
        folder.join(name).to_string_lossy().into_owned()
    });
    let output = Command::new(env!("CARGO_BIN_EXE_fenpei"))
        .args(["explain", &paths[0], &paths[1], "staff", "z"])
        .output()
        .expect("the program runs");
    let page = stdout(&output);
    assert!(page.contains("764.00") && page.contains("87.50"), "{page}");
    for others in ["李四", "王五", "87.5 ×", "列支 875.00", "910", "分界", "王五的岗"] {
        assert!(!page.contains(others), "{others} is told in\n{page}");
    }
}
