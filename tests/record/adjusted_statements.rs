//! The statements of adjustments: what each changes and pays, for those who stay and those who are gone.

use serde_json::{Value, json};

use crate::adjustments::{adjusted, carry, freeze, released, reopen, revised, someone};
use crate::notices::{sheets, unpacked};
use crate::papers::{all_of, bring, id, text};
use crate::site::{Bureau, Person, on_both};

/// The items of an adjustment: item, before, after, difference; then the same of all.
fn items(statement: &Value) -> Vec<[String; 4]> {
    let adjustment = &statement["adjustment"];
    let row = |item: &Value, called: &str| {
        [called, text(item, "was"), text(item, "now"), text(item, "difference")].map(str::to_owned)
    };
    let all = adjustment["items"].as_array().expect("items").iter();
    all.map(|item| row(item, text(item, "item"))).chain([row(adjustment, "合计")]).collect()
}

fn wanted(rows: &[[&str; 4]]) -> Vec<[String; 4]> {
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

fn statement(somebody: &Person<'_>, run: &str, payee: &str) -> Value {
    somebody.get(&format!("/v1/runs/{run}/statements/{payee}")).good(200)
}

/// What stands for an explanation where there is none.
fn unexplained(text: &str) -> Value {
    json!({"kind": "statement", "text": text, "operands": []})
}

fn html(somebody: &Person<'_>, path: &str) -> String {
    let page = somebody.ask("GET", path, &[("accept", "text/html")], None);
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

/// T3 leaves and T4 comes with two points: of 810.00 and 4 points 202.50 a point. T1 and T2 lose 67.50 each.
#[test]
fn a_reopening_says_what_it_pays_to_those_who_stay_who_come_and_who_are_gone() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let (original, roster, _) = released(&bureau);
        let moved = revised(officer, &roster, &[someone("T4", "2", "0", false)], &["T3"]);
        let mut body = reopen(&moved);
        body["reason_code"] = json!("mover");
        body["reason"] = json!("T3 调出");
        let run = id(&adjusted(officer, &original, &body));
        let path = format!("/v1/runs/{run}/statements");
        let listed = officer.all(&path, 3);
        assert_eq!(all_of(&json!(listed), "id"), ["T1", "T2", "T3", "T4"]);
        assert_eq!(all_of(&json!(listed), "total"), ["-67.50", "-67.50", "-280.00", "415.00"]);
        for one in &listed {
            assert_eq!(*one, statement(officer, &run, text(one, "id")));
        }
        let [stays, _, gone, comes] = &listed[..] else { panic!("{listed:?}") };
        let told = &stays["adjustment"];
        let words = ["adjusts", "mode", "reason_code", "reason"].map(|key| text(told, key));
        assert_eq!(words, [original.as_str(), "reopen", "mover", "T3 调出"]);
        let loses = [["考核奖励", "270.00", "202.50", "-67.50"], ["合计", "270.00", "202.50", "-67.50"]];
        assert_eq!(items(stays), wanted(&loses));
        // What is due is explained: 100.00 + 202.50 + 10.00.
        assert_eq!(stays["explanation"]["value"], "312.50");
        let leaves = [
            ["考核奖励", "270.00", "0.00", "-270.00"],
            ["伙食补贴", "10.00", "0.00", "-10.00"],
            ["合计", "280.00", "0.00", "-280.00"],
        ];
        assert_eq!(items(gone), wanted(&leaves));
        assert_eq!((&gone["explanation"], &gone["name"]), (&unexplained("不在更正后的数据中"), &json!("姓名T3")));
        assert_eq!(gone["total_capital"], "人民币负贰佰捌拾元整");
        let arrives = [
            ["考核奖励", "0.00", "405.00", "405.00"],
            ["伙食补贴", "0.00", "10.00", "10.00"],
            ["合计", "0.00", "415.00", "415.00"],
        ];
        assert_eq!(items(comes), wanted(&arrives));
        // The page says the same.
        let page = html(officer, &path);
        assert_eq!(page.matches("<article>").count(), 4);
        let said = [
            format!("调整核算 {original}：重算。原因：人员变动，T3 调出"),
            "1. 考核奖励 -270.00 元".to_owned(),
            "此前已结 270.00 元，应有 0.00 元，差额 -270.00 元".to_owned(),
            "姓名T3（T3）　不在更正后的数据中".to_owned(),
            "应有：考核奖励 202.50 元".to_owned(),
            "本次发放（负数为扣回） -280.00 元".to_owned(),
        ];
        for said in &said {
            assert!(page.contains(said), "{said} not in {page}");
        }
        assert_eq!(page.matches("本次发放（负数为扣回）").count(), 4);
        assert!(html(officer, &format!("{path}/T3")).contains(&said[2]));
        officer.get(&format!("{path}/T9")).problem(404, "not_found");
        bring(&bureau, &run, "released");
        workbook(&bureau.payroll, &path);
        // The workbook that recalculates says that it is not what is paid.
        let own = |run: &str| unpacked(&officer.get(&format!("/v1/runs/{run}/workbook.xlsx")));
        let said = "复核工作簿（调整核算：更正后的全部金额，不是本次发放的差额）";
        assert!(own(&run).contains(said) && !own(&original).contains(said));
        no_part_fails(officer, &run, &original);
    });
}

/// Nothing else of an adjustment fails over somebody who is gone.
fn no_part_fails(officer: &Person<'_>, run: &str, original: &str) {
    let parts = [
        "payees",
        "rows?level=staff",
        "funds",
        "checks",
        "warnings",
        "differences",
        "verification",
        "payroll.csv",
        "payroll.xlsx",
        "payroll.ndjson",
        "notice.xlsx?draft=true",
        "explanations/T1?level=staff",
        &format!("comparison/{original}"),
    ];
    for part in parts {
        let answer = officer.get(&format!("/v1/runs/{run}/{part}"));
        assert_eq!(answer.status, 200, "{part}: {}", answer.text);
    }
    officer.get(&format!("/v1/runs/{run}/explanations/T3?level=staff")).problem(404, "not_found");
    let figures = json!({"run_id": run, "figures": [{"row": "T3", "item": "考核奖励", "amount": "-270.00"}]});
    officer.post("/v1/reconciliations", &figures).good(200);
}

/// The lines and slips of T1 and T3 in a workbook.
fn workbook(somebody: &Person<'_>, path: &str) {
    let all = sheets(&somebody.get(&format!("{path}.xlsx")));
    let lines = &all[0].1;
    assert_eq!(lines[0][0], "学校分配办法绩效调整明细单");
    let of = |who: &str| -> Vec<[&str; 2]> {
        let own = lines.iter().filter(|line| line[0] == who);
        own.map(|line| [line[3].as_str(), line[4].as_str()]).collect()
    };
    let stays = [
        ["考核奖励", "-67.50"],
        ["应有：班主任津贴", ""],
        ["应有：考核奖励", ""],
        ["应有：伙食补贴", ""],
        ["合计", "-67.50"],
    ];
    assert_eq!(of("T1"), stays);
    assert_eq!(of("T3"), [["考核奖励", "-270.00"], ["伙食补贴", "-10.00"], ["合计", "-280.00"]]);
    let slips = &all[1].1;
    assert_eq!(slips[1], ["T1", "姓名T1", "一小", "", "-67.50", "", "-67.50", "人民币负陆拾柒元伍角整"]);
    assert_eq!(slips[7], ["T3", "姓名T3", "一小", "", "-270.00", "-10.00", "-280.00", "人民币负贰佰捌拾元整"]);
}

/// T3 is vetoed: of 810.00 T1 and T2 would have 135.00 more each.
#[test]
fn a_freeze_says_that_nothing_changes_and_the_next_period_that_nothing_is_paid_now() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let (original, roster, _) = released(&bureau);
        let vetoed = revised(officer, &roster, &[someone("T3", "1", "0", true)], &[]);
        let frozen = id(&adjusted(officer, &original, &freeze(&vetoed, &["T3"])));
        assert_eq!(all_of(&json!(officer.all(&format!("/v1/runs/{frozen}/statements"), 9)), "id"), ["T3"]);
        let stays = statement(officer, &frozen, "T1");
        assert_eq!((items(&stays), &stays["total"]), (wanted(&[["合计", "0.00", "0.00", "0.00"]]), &json!("0.00")));
        // 515.00 are what T1 would have, and does not get.
        assert_eq!(stays["explanation"], unexplained("没有变化，本次不发放"));
        assert!(html(officer, &format!("/v1/runs/{frozen}/statements/T1")).contains("没有变化，本次不发放"));
        let named = statement(officer, &frozen, "T3");
        let takes = [["考核奖励", "270.00", "0.00", "-270.00"], ["合计", "270.00", "0.00", "-270.00"]];
        assert_eq!((items(&named), &named["explanation"]["value"]), (wanted(&takes), &json!("10.00")));
        assert!(html(officer, &format!("/v1/runs/{frozen}/statements/T3")).contains("未发放：考核奖励"));
        bring(&bureau, &frozen, "withdrawn");
        let carried = id(&adjusted(officer, &original, &carry(&vetoed)));
        let path = format!("/v1/runs/{carried}/statements");
        let listed = json!(officer.all(&path, 2));
        assert_eq!(all_of(&listed, "id"), ["T1", "T2", "T3"]);
        assert_eq!(all_of(&listed, "total"), ["0.00", "0.00", "0.00"]);
        let more = [["考核奖励", "270.00", "405.00", "135.00"], ["合计", "270.00", "405.00", "135.00"]];
        assert_eq!(items(&listed[0]), wanted(&more));
        let said = "本次不发放，留待下期 135.00 元";
        assert_eq!(html(officer, &path).matches(said).count(), 2);
        let book = sheets(&officer.get(&format!("{path}.xlsx?draft=true")));
        let slip = ["T1", "姓名T1", "一小", "", "", "", "0.00", "人民币零元整（本次不发放，留待下期 135.00 元）"];
        assert_eq!(book[1].1[1], slip);
        bring(&bureau, &carried, "released");
        // Nothing is left to change: a reopening says so, and explains what everybody has.
        let last = id(&adjusted(officer, &original, &reopen(&vetoed)));
        assert_eq!(officer.get(&format!("/v1/runs/{last}/statements")).good(200), json!({"items": []}));
        let stays = statement(officer, &last, "T1");
        assert_eq!((&stays["adjustment"]["items"], &stays["explanation"]["value"]), (&json!([]), &json!("515.00")));
    });
}
