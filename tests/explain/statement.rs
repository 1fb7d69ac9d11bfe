//! Statements: those beside, what is followed on request, and the page as HTML.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::{explain, fenpei, stdout};

/// A school of these totals, as files; the statement of a payee with these arguments.
fn told(name: &str, totals: &[&str], arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let plan = json!({"language": 1, "code": "p<1>", "title": "<b>甲&乙</b> \"'", "payee": "staff", "levels": [
        {"name": "school"}, {"name": "staff", "parent": "school", "facts": [{"name": "sum", "type": "money"}]}],
        "steps": [{"do": "formula", "level": "staff", "name": "all", "type": "money", "formula": "sum",
                   "pay": {"item": "<script>alert(1)</script>"}}]});
    let staff = |(place, total): (usize, &&str)| json!({"id": format!("T{place}"), "parent": "S", "name": format!("<i>{place}号</i>"), "facts": {"sum": total}});
    let mut staff: Vec<Value> = totals.iter().enumerate().map(staff).collect();
    // Another school makes no difference.
    staff.extend((0..9).map(|place| json!({"id": format!("U{place}"), "parent": "O", "facts": {"sum": "999.99"}})));
    let data = json!({"school": [{"id": "S", "name": "一小"}, {"id": "O"}], "staff": staff});
    let paths = [("plan.json", plan), ("data.json", data)].map(|(name, json)| {
        fs::write(folder.join(name), json.to_string()).expect("written");
        folder.join(name).to_string_lossy().into_owned()
    });
    let output = fenpei(&[&["explain", &paths[0], &paths[1], "staff"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    stdout(&output)
}

#[test]
fn peers_are_figures_by_hand_where_there_are_five() {
    let of = |name: &str, totals: &[&str], row: &str| -> Value {
        serde_json::from_str(&told(name, totals, &[row, "--json"])).expect("JSON")
    };
    // 100 + 200 + 300 + 300 + 401.02 = 1,301.02; a fifth is 260.204.
    let five = ["100.00", "300.00", "200.00", "300.00", "401.02"];
    let peers = |count: u32, mean: &str, median: &str, position: u32| json!({"level": "school", "row": "S", "count": count, "mean": mean, "median": median, "position": position});
    let statement = of("five", &five, "T1");
    assert_eq!(statement["peers"], peers(5, "260.20", "300.00", 2));
    assert_eq!(statement["total"], "300.00");
    assert_eq!(of("five", &five, "T3")["peers"]["position"], 2, "equal totals share the best place");
    assert_eq!(of("five", &five, "T2")["peers"]["position"], 4);
    assert_eq!(of("five", &five, "T0")["peers"]["position"], 5);
    // The middle of 0.01 and 0.02 is 0.015; the mean of six is 0.015 too: both are rounded up.
    let six = ["0.01", "0.01", "0.01", "0.02", "0.02", "0.02"];
    assert_eq!(of("six", &six, "T5")["peers"], peers(6, "0.02", "0.02", 1));
    assert!(of("four", &["1.00", "2.00", "3.00", "4.00"], "T0").get("peers").is_none(), "four could be worked out");
    let said =
        "同在一小的staff（共 5，含本份）：合计的平均数 260.20 元，中位数 300.00 元；本份由高到低列第 2（相同的并列）";
    assert!(told("five", &five, &["T1"]).contains(said));
    assert!(told("five", &five, &["T1", "--html"]).contains(said));
    assert!(!told("four", &["1.00", "2.00", "3.00", "4.00"], &["T0"]).contains("平均数"));
}

#[test]
fn the_page_in_html_says_what_the_page_says_and_runs_nothing() {
    let html = told("html", &["5.00", "7.00"], &["T1", "--html"]);
    let text = told("html", &["5.00", "7.00"], &["T1"]);
    for needed in ["<!DOCTYPE html>", "<html lang=\"zh-CN\">", "@page { size: A4;", "p&lt;1&gt;", "大写 人民币柒元整"]
    {
        assert!(html.contains(needed), "{needed} is not in\n{html}");
    }
    let (_, body) = html.split_once("<body>").expect("a body");
    for bad in ["<script", "<b>", "<i>", "http", "<style", "src=", "onload"] {
        assert!(!body.contains(bad), "{bad} is in\n{body}");
    }
    let escaped = |line: &str| {
        let line = line.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        line.replace('"', "&quot;").replace('\'', "&#39;")
    };
    for line in text.lines() {
        assert!(html.contains(&escaped(line)), "{line} is not in\n{html}");
    }
    assert!(!html.contains("0号") && html.contains("1号"), "it names nobody else");
    let json: Value = serde_json::from_str(&stdout(&fenpei(&[
        "calculate",
        &Path::new(env!("CARGO_TARGET_TMPDIR")).join("html/plan.json").to_string_lossy(),
        &Path::new(env!("CARGO_TARGET_TMPDIR")).join("html/data.json").to_string_lossy(),
    ])))
    .expect("JSON");
    assert!(html.contains(json["result_sha256"].as_str().expect("a fingerprint")));
    assert!(told("html", &["5.00"], &["T0", "--html", "--lang", "en"]).contains("<html lang=\"en\">"));
    let none = explain("seven-allowances", &["bureau", "690202", "--html"]);
    assert_eq!(none.status.code(), Some(2), "a bureau has no statement");
}

#[test]
fn a_sentence_says_how_a_formula_rounds_and_quotes_labels_that_look_like_one() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rounds");
    fs::create_dir_all(&folder).expect("a folder");
    let plan = json!({"language": 1, "code": "r", "title": "r", "payee": "staff", "levels": [{"name": "staff", "facts": [
        {"name": "days", "type": "number", "label": "天数 × 2（补）"}]}], "steps": [
        {"do": "formula", "level": "staff", "name": "pay", "type": "money", "formula": "roundup(days / 3, -1) + round(days, 1)",
         "pay": {"item": "p"}}]});
    let data = json!({"staff": [{"id": "T", "facts": {"days": "40.25"}}]});
    let paths = [("plan.json", plan), ("data.json", data)].map(|(name, json)| {
        fs::write(folder.join(name), json.to_string()).expect("written");
        folder.join(name).to_string_lossy().into_owned()
    });
    let page = stdout(&fenpei(&["explain", &paths[0], &paths[1], "staff", "T"]));
    let said = "pay 60.30 元 = 取整(“天数 × 2” 40.25 ÷ 3，进到 10) + 取整(“天数 × 2” 40.25，四舍五入到 0.1)";
    assert!(page.contains(said), "{page}");
}

/// The nodes of an explanation.
fn nodes<'n>(node: &'n Value, found: &mut Vec<&'n Value>) {
    found.push(node);
    node["operands"].as_array().into_iter().flatten().for_each(|operand| nodes(operand, found));
}

#[test]
fn steps_and_rows_are_expanded_as_far_as_the_limit_allows() {
    let of = |arguments: &[&str]| -> Value {
        let output = explain("seven-allowances", &[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let quota = |node: &Value| -> bool {
        let mut all = Vec::new();
        nodes(node, &mut all);
        let quota = all.iter().find(|node| node["name"] == "quota" && node["kind"] == "share").expect("the quota");
        quota.get("truncated").is_none()
    };
    let merit = ["staff", "PL0104", "merit", "--depth", "0"];
    assert!(!quota(&of(&merit)));
    assert!(quota(&of(&[&merit[..], &["--expand", "school.quota"]].concat())), "whatever the depth");
    // The quota rests on the months of all staff, of whom five are listed, or all twelve.
    let heads = ["school", "2690202001", "headcount"];
    let listed = |node: &Value| {
        let mut all = Vec::new();
        nodes(node, &mut all);
        let others = all.iter().filter(|node| node["kind"] == "others").count();
        (all.iter().filter(|node| node["kind"] == "contributor").count(), others)
    };
    assert_eq!(listed(&of(&heads)), (5, 1));
    assert_eq!(listed(&of(&[&heads[..], &["--expand", "rows"]].concat())), (12, 0));
    assert_eq!(listed(&of(&[&heads[..], &["--expand", " rows , school.quota "]].concat())), (12, 0));
    let few = of(&[&heads[..], &["--expand", "rows", "--nodes", "40"]].concat());
    let mut all = Vec::new();
    nodes(&few, &mut all);
    assert!(all.len() <= 40 && listed(&few).0 > 5 && listed(&few).1 == 1, "{}", all.len());
    let unknown = explain("seven-allowances", &["staff", "PL0104", "--expand", "school.quotas"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("did you mean school.quota?"));
}
