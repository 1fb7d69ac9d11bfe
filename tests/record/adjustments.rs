//! A released run that is corrected by others.

use serde_json::{Value, json};

use crate::cycles;
use crate::papers::{all_of, bring, id, published, roster, run, staff, text};
use crate::site::{Bureau, Person, hire, on_both};

/// A plan of a school: a head's allowance, nine tenths of the rest by points without those who are vetoed, and meals from
/// no fund.
fn plan(code: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "学校分配办法", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "points", "type": "number", "min": "0"},
                {"name": "months", "type": "number", "default": "0"},
                {"name": "vetoed", "type": "flag", "default": false}
            ]}
        ],
        "steps": [
            {"do": "veto", "level": "staff", "name": "ethics", "when": "vetoed", "forfeits": ["merit"], "then": "forgo"},
            {"do": "formula", "level": "staff", "name": "head", "type": "money", "formula": "100 * months",
             "from": "school.quota", "pay": {"item": "班主任津贴", "payroll_code": "A01"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "amount": "left(quota) * 90%",
             "weight": "points", "pay": {"item": "考核奖励"}},
            {"do": "formula", "level": "staff", "name": "meal", "type": "money", "formula": "10",
             "pay": {"item": "伙食补贴"}}
        ]
    })
}

pub fn someone(id: &str, points: &str, months: &str, vetoed: bool) -> Value {
    staff(id, "S1", &json!({"points": points, "months": months, "vetoed": vetoed}))
}

/// S1 with three. By hand of 1000.00: head T1 100.00; 90 % of 900.00 is 810.00, 270.00 each; 90.00 are left; 10.00 each for
/// meals. T1 380.00, T2 and T3 280.00.
fn data(quota: Option<&str>) -> Value {
    let all = [someone("T1", "1", "1", false), someone("T2", "1", "0", false), someone("T3", "1", "0", false)];
    let mut school = json!({"id": "S1", "name": "一小"});
    if let Some(quota) = quota {
        school["facts"] = json!({"quota": quota});
    }
    json!({"school": [school], "staff": all})
}

/// A request that pays everybody's differences.
pub fn reopen(roster: &str) -> Value {
    json!({"mode": "reopen", "roster_id": roster, "reason_code": "score", "reason": "考核分更正"})
}

/// A request that changes these alone, from the school's quota.
pub fn freeze(roster: &str, payees: &[&str]) -> Value {
    json!({"mode": "freeze_others", "roster_id": roster, "reason_code": "veto", "reason": "师德问题查实",
           "payee_ids": payees, "reserve": "school.quota"})
}

/// A request that carries the differences into the next period.
pub fn carry(roster: &str) -> Value {
    json!({"mode": "next_period", "roster_id": roster, "reason_code": "mover", "reason": "调动手续补办"})
}

/// A revision of a roster: its id.
pub fn revised(somebody: &Person<'_>, roster: &str, set: &[Value], remove: &[&str]) -> String {
    let body = json!({"set": {"staff": set}, "remove": {"staff": remove}});
    id(&somebody.post(&format!("/v1/rosters/{roster}/revisions"), &body).good(201))
}

/// Adjusts a run and waits until that is calculated or has failed.
pub fn adjusted(somebody: &Person<'_>, run: &str, body: &Value) -> Value {
    let made = somebody.post(&format!("/v1/runs/{run}/adjustments"), body).good(202);
    assert_eq!(made["adjusts"], json!(run));
    somebody.get(&format!("/v1/runs/{}?wait=30", id(&made))).good(200)
}

/// A released run of the plan and its roster, with the plan's id.
pub fn released(bureau: &Bureau<'_>) -> (String, String, String) {
    let plan = published(&bureau.officer, &plan(&crate::site::new_key()));
    let roster = roster(&bureau.officer, &plan, &data(Some("1000.00")));
    let run = id(&run(&bureau.officer, &roster));
    bring(bureau, &run, "released");
    (run, roster, plan)
}

/// What an adjustment changes: payee, step, before, after, difference.
pub fn differences(somebody: &Person<'_>, run: &str) -> Vec<[String; 5]> {
    let rows = somebody.all(&format!("/v1/runs/{run}/differences"), 2);
    let keys = ["payee_id", "step", "was", "now", "difference"];
    rows.iter().map(|row| keys.map(|key| text(row, key).to_owned())).collect()
}

pub fn rows(wanted: &[[&str; 5]]) -> Vec<[String; 5]> {
    wanted.iter().map(|row| row.map(str::to_owned)).collect()
}

/// The lines of the payroll file: id, item, amount.
fn payroll(somebody: &Person<'_>, run: &str) -> Vec<[String; 3]> {
    let file = somebody.get(&format!("/v1/runs/{run}/payroll.csv")).text;
    let lines: Vec<Vec<&str>> = file.lines().map(|line| line.split(',').collect()).collect();
    let place = |heading: &str| lines[0].iter().position(|known| known.contains(heading)).expect("a column");
    let columns = ["工号", "项目", "金额"].map(place);
    let inner = &lines[1..lines.len() - 1];
    inner.iter().map(|line| columns.map(|column| line[column].to_owned())).collect()
}

fn lines(wanted: &[[&str; 3]]) -> Vec<[String; 3]> {
    wanted.iter().map(|line| line.map(str::to_owned)).collect()
}

/// Everything that a released run shows.
fn shown(bureau: &Bureau<'_>, run: &str) -> Vec<String> {
    let parts = [
        "",
        "/payees",
        "/payroll.csv",
        "/payroll.ndjson",
        "/rows?level=staff",
        "/funds",
        "/checks",
        "/warnings",
        "/statements",
        "/verification",
    ];
    parts.iter().map(|part| bureau.auditor.get(&format!("/v1/runs/{run}{part}")).text).collect()
}

#[track_caller]
fn is_verified(bureau: &Bureau<'_>, run: &str) {
    let verified = bureau.auditor.get(&format!("/v1/runs/{run}/verification")).good(200);
    assert_eq!(verified["verified"], true, "{verified}");
}

/// By hand: 810.00 for two are 405.00 each.
#[test]
fn a_late_veto_reopens_everybodys_share() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (original, roster, _) = released(&bureau);
        let before = shown(&bureau, &original);
        let corrected = revised(&bureau.officer, &roster, &[someone("T3", "1", "0", true)], &[]);
        let made = adjusted(&bureau.officer, &original, &reopen(&corrected));
        let run = id(&made);
        assert_eq!(made["state"], "calculated", "{made}");
        let told = json!({"place": 1, "mode": "reopen", "reason_code": "score", "reason": "考核分更正",
                          "increase": "270.00", "decrease": "270.00", "net": "0.00", "payee_count": 3});
        assert_eq!(made["adjustment"], told);
        // Where the money is, is told of the whole; who is paid, of the differences.
        assert_eq!((&made["balance"]["paid"], &made["balance"]["left"]), (&json!("910.00"), &json!("90.00")));
        assert_eq!((&made["payee_count"], &made["balance"]["balanced"]), (&json!(3), &json!(true)));
        let merit = made["items"].as_array().expect("items").iter().find(|item| item["item"] == "考核奖励");
        assert_eq!(merit.map(|item| (&item["line_count"], &item["amount"])), Some((&json!(3), &json!("0.00"))));
        let changes = rows(&[
            ["T1", "staff.merit", "270.00", "405.00", "135.00"],
            ["T2", "staff.merit", "270.00", "405.00", "135.00"],
            ["T3", "staff.merit", "270.00", "0.00", "-270.00"],
        ]);
        assert_eq!(differences(&bureau.accountant, &run), changes);
        let payees = json!(bureau.auditor.all(&format!("/v1/runs/{run}/payees"), 2));
        assert_eq!(all_of(&payees, "total"), ["135.00", "135.00", "-270.00"]);
        bureau.payroll.get(&format!("/v1/runs/{run}")).problem(404, "not_found");
        assert_eq!(bureau.payroll.get(&format!("/v1/runs/{original}/adjustments")).good(200), json!({"items": []}));
        bring(&bureau, &run, "released");
        let paid = lines(&[["T1", "考核奖励", "135.00"], ["T2", "考核奖励", "135.00"], ["T3", "考核奖励", "-270.00"]]);
        assert_eq!(payroll(&bureau.payroll, &run), paid);
        let seen = bureau.payroll.get(&format!("/v1/runs/{original}/adjustments")).good(200);
        assert_eq!(all_of(&seen["items"], "id"), [run.as_str()]);
        let listed = bureau.officer.get("/v1/runs?limit=1").good(200);
        assert_eq!(listed["items"][0]["adjusts"], json!(original));
        // The released run is as it was, to the byte.
        assert_eq!(shown(&bureau, &original), before);
        is_verified(&bureau, &run);
        let entries = bureau.auditor.all("/v1/audit-entries", 500);
        let entry = entries.iter().find(|entry| entry["action"] == "run.adjusted").expect("an entry");
        assert_eq!((&entry["object_id"], &entry["detail"]), (&json!(original), &json!(run)));
    });
}

/// Who leaves gives everything back, who comes gets the share. By hand: of 4 points 202.50 a point.
#[test]
fn movers_leave_and_come_and_a_second_adjustment_goes_on_from_the_first() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (original, roster, plan) = released(&bureau);
        let moved = revised(&bureau.officer, &roster, &[someone("T4", "2", "0", false)], &["T3"]);
        let first = id(&adjusted(&bureau.officer, &original, &reopen(&moved)));
        let changes = rows(&[
            ["T1", "staff.merit", "270.00", "202.50", "-67.50"],
            ["T2", "staff.merit", "270.00", "202.50", "-67.50"],
            ["T3", "staff.merit", "270.00", "0.00", "-270.00"],
            ["T3", "staff.meal", "10.00", "0.00", "-10.00"],
            ["T4", "staff.merit", "0.00", "405.00", "405.00"],
            ["T4", "staff.meal", "0.00", "10.00", "10.00"],
        ]);
        assert_eq!(differences(&bureau.officer, &first), changes);
        let gone = bureau.officer.get(&format!("/v1/runs/{first}/differences?limit=3")).good(200);
        assert_eq!((&gone["items"][2]["name"], &gone["items"][2]["school_id"]), (&json!("姓名T3"), &json!("S1")));
        // One at a time, however far the one before has come.
        let again = reopen(&roster);
        let steps = [(&bureau.officer, "submit"), (&bureau.approver, "approve"), (&bureau.approver, "release")];
        for (somebody, action) in steps {
            let refused = bureau.officer.post(&format!("/v1/runs/{original}/adjustments"), &again);
            let refused = refused.problem(409, "not_adjustable");
            assert_eq!((&refused["errors"][0]["code"], &refused["run_id"]), (&json!("under_way"), &json!(first)));
            somebody.act(&format!("/v1/runs/{first}/{action}")).good(200);
        }
        let refused = bureau.officer.post(&format!("/v1/runs/{first}/adjustments"), &again);
        let refused = refused.problem(409, "not_adjustable");
        assert_eq!((&refused["errors"][0]["code"], &refused["run_id"]), (&json!("is_adjustment"), &json!(original)));
        // One that is withdrawn does not count. T3 is back after all, and T1's points are 2: of 5 points 162.00 a point.
        let withdrawn = id(&adjusted(&bureau.officer, &original, &again));
        bring(&bureau, &withdrawn, "withdrawn");
        let sets = [someone("T3", "1", "0", false), someone("T1", "2", "1", false)];
        let back = revised(&bureau.officer, &moved, &sets, &["T4"]);
        let second = adjusted(&bureau.officer, &original, &reopen(&back));
        assert_eq!(second["adjustment"]["place"], 3);
        let changes = rows(&[
            ["T1", "staff.merit", "202.50", "405.00", "202.50"],
            ["T3", "staff.merit", "0.00", "202.50", "202.50"],
            ["T3", "staff.meal", "0.00", "10.00", "10.00"],
            ["T4", "staff.merit", "405.00", "0.00", "-405.00"],
            ["T4", "staff.meal", "10.00", "0.00", "-10.00"],
        ]);
        let second = id(&second);
        assert_eq!(differences(&bureau.officer, &second), changes);
        bring(&bureau, &second, "released");
        let list = json!(bureau.officer.all(&format!("/v1/runs/{original}/adjustments"), 1));
        assert_eq!(all_of(&list, "state"), ["released", "withdrawn", "released"]);
        // What was paid cannot be told from one of them: no cycle rests on either.
        for run in [&original, &second] {
            let refused = bureau.officer.post("/v1/cycles", &cycles::request(run, &plan)).problem(422, "cycle_refused");
            assert!(all_of(&refused["errors"], "code").contains(&"adjusted".to_owned()), "{refused}");
        }
        for run in [&original, &first, &second] {
            is_verified(&bureau, run);
        }
    });
}

/// By hand: T3 alone gives 270.00 back, which the reserve has; T1 and T2 would each have had 135.00 more.
#[test]
fn others_stay_as_they_are_where_only_the_named_change() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (original, roster, _) = released(&bureau);
        // T1's points are 2: 405.00 instead of 270.00, of which the 90.00 that are left pay but a part.
        let better = revised(&bureau.officer, &roster, &[someone("T1", "2", "1", false)], &[]);
        let failed = adjusted(&bureau.officer, &original, &freeze(&better, &["T1"]));
        let error = &failed["failure"]["errors"][0];
        assert_eq!((&failed["state"], &error["code"]), (&json!("failed"), &json!("fund_overdrawn")));
        assert_eq!((&error["fund"], &error["short"]), (&json!("school.quota"), &json!("45.00")));
        let vetoed = revised(&bureau.officer, &roster, &[someone("T3", "1", "0", true)], &[]);
        let first = adjusted(&bureau.officer, &original, &freeze(&vetoed, &["T3"]));
        let told = json!({"place": 2, "mode": "freeze_others", "reason_code": "veto", "reason": "师德问题查实",
                          "reserve": "school.quota", "increase": "0.00", "decrease": "270.00", "net": "-270.00",
                          "payee_count": 1, "others_count": 2, "others_net": "270.00"});
        assert_eq!(first["adjustment"], told);
        let first = id(&first);
        bring(&bureau, &first, "released");
        assert_eq!(payroll(&bureau.payroll, &first), lines(&[["T3", "考核奖励", "-270.00"]]));
        // Now 360.00 are there. Of 3 points without T3, 270.00 a point: T1's 540.00 take 270.00, and 90.00 are left.
        let both = revised(&bureau.officer, &vetoed, &[someone("T1", "2", "1", false)], &[]);
        let second = id(&adjusted(&bureau.officer, &original, &freeze(&both, &["T1"])));
        let changes = rows(&[["T1", "staff.merit", "270.00", "540.00", "270.00"]]);
        assert_eq!(differences(&bureau.officer, &second), changes);
        bring(&bureau, &second, "released");
        // T2 has two months: 200.00, and of (1000.00 - 300.00) * 90 % a third is 210.00. 140.00 are more than 90.00.
        let late = revised(&bureau.officer, &both, &[someone("T2", "1", "2", false)], &[]);
        let failed = adjusted(&bureau.officer, &original, &freeze(&late, &["T2"]));
        assert_eq!(failed["failure"]["errors"][0]["short"], "50.00");
        // What everybody should have had in the end: T1 100.00 and 420.00, T2 200.00 and 210.00.
        let last = id(&adjusted(&bureau.officer, &original, &reopen(&late)));
        let changes = rows(&[
            ["T1", "staff.merit", "540.00", "420.00", "-120.00"],
            ["T2", "staff.head", "0.00", "200.00", "200.00"],
            ["T2", "staff.merit", "270.00", "210.00", "-60.00"],
        ]);
        assert_eq!(differences(&bureau.officer, &last), changes);
        bring(&bureau, &last, "released");
        for run in [&first, &second, &last] {
            is_verified(&bureau, run);
        }
    });
}

/// A mover's differences are noted, not paid; a reopening then has nothing left to settle.
#[test]
fn what_is_carried_is_settled_and_not_paid() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (original, roster, _) = released(&bureau);
        let moved = revised(&bureau.officer, &roster, &[someone("T4", "2", "0", false)], &["T3"]);
        let carried = adjusted(&bureau.officer, &original, &carry(&moved));
        assert_eq!((&carried["payee_count"], &carried["adjustment"]["payee_count"]), (&json!(0), &json!(4)));
        assert_eq!(
            (&carried["adjustment"]["increase"], &carried["adjustment"]["net"]),
            (&json!("415.00"), &json!("0.00"))
        );
        let carried = id(&carried);
        assert_eq!(differences(&bureau.officer, &carried).len(), 6);
        bring(&bureau, &carried, "released");
        assert_eq!(payroll(&bureau.payroll, &carried), lines(&[]));
        assert_eq!(bureau.payroll.get(&format!("/v1/runs/{carried}/payees")).good(200), json!({"items": []}));
        let last = adjusted(&bureau.officer, &original, &reopen(&moved));
        assert_eq!((&last["adjustment"]["payee_count"], &last["payee_count"]), (&json!(0), &json!(0)));
        bring(&bureau, &id(&last), "released");
        is_verified(&bureau, &carried);
        is_verified(&bureau, &id(&last));
        // T4 is known by what was carried.
        let gone = revised(&bureau.officer, &moved, &[], &["T4"]);
        let back = id(&adjusted(&bureau.officer, &original, &freeze(&gone, &["T4"])));
        let changes = rows(&[
            ["T4", "staff.merit", "405.00", "0.00", "-405.00"],
            ["T4", "staff.meal", "10.00", "0.00", "-10.00"],
        ]);
        assert_eq!(differences(&bureau.officer, &back), changes);
    });
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let (original, own, plan_id) = released(&bureau);
        let path = format!("/v1/runs/{original}/adjustments");
        let wrong = json!({"mode": "freeze", "roster_id": own, "reason_code": "why", "reason": "", "reserve": "x"});
        let refused = officer.post(&path, &wrong).problem(400, "bad_request_body");
        assert_eq!(all_of(&refused["errors"], "pointer"), ["/mode", "/reason_code", "/reserve", "/reason"]);
        let mut without = freeze(&own, &["T1"]);
        without.as_object_mut().expect("an object").retain(|key, _| key != "reserve" && key != "payee_ids");
        let refused = officer.post(&path, &without).problem(400, "bad_request_body");
        assert_eq!(all_of(&refused["errors"], "pointer"), ["/payee_ids", "/reserve"]);
        let other = roster(officer, &plan_id, &data(Some("1.00")));
        let mut body = freeze(&other, &["T1", "T9"]);
        body["reserve"] = json!("school.pool");
        let refused = officer.post(&path, &body).problem(422, "adjustment_refused");
        assert_eq!(all_of(&refused["errors"], "code"), ["no_revision", "no_reserve", "unknown_payee"]);
        assert_eq!(all_of(&refused["errors"], "pointer"), ["/roster_id", "/reserve", "/payee_ids/1"]);
        let strange = crate::papers::plan(&crate::site::new_key());
        let strange = roster(officer, &published(officer, &strange), &crate::papers::school_data());
        let refused = officer.post(&path, &reopen(&strange)).problem(422, "adjustment_refused");
        assert_eq!(all_of(&refused["errors"], "code"), ["other_plan"]);
        officer.post(&path, &reopen(&plan_id)).problem(422, "unknown_reference");
        let draft = id(&run(officer, &own));
        officer.post(&format!("/v1/runs/{draft}/adjustments"), &reopen(&own)).problem(409, "not_in_state");
    });
}

#[test]
fn an_accountant_adjusts_the_own_school_and_somebody_else_approves() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (original, roster, _) = released(&bureau);
        let stranger = hire(&bureau.operator, "accountant", "stranger", &["S2"]);
        let path = format!("/v1/runs/{original}/adjustments");
        stranger.post(&path, &reopen(&roster)).problem(404, "not_found");
        stranger.get(&path).problem(404, "not_found");
        let corrected = revised(&bureau.accountant, &roster, &[someone("T3", "1", "0", true)], &[]);
        let run = id(&adjusted(&bureau.accountant, &original, &reopen(&corrected)));
        stranger.get(&format!("/v1/runs/{run}/differences")).problem(404, "not_found");
        bureau.accountant.act(&format!("/v1/runs/{run}/submit")).good(200);
        let same = hire(&bureau.operator, "approver", "accountant", &[]);
        same.act(&format!("/v1/runs/{run}/approve")).problem(403, "four_eyes");
        for action in ["approve", "release"] {
            bureau.approver.act(&format!("/v1/runs/{run}/{action}")).good(200);
        }
    });
}

/// The line of S1 in the proof, which must hold.
#[track_caller]
fn proved(bureau: &Bureau<'_>, cycle: &str) -> Value {
    let proof = bureau.auditor.get(&format!("/v1/cycles/{cycle}/proof")).good(200);
    assert_eq!(proof["balanced"], true, "{proof}");
    proof["schools"][0].clone()
}

fn figures(own: &str, paid: &str, left: &str) -> Value {
    json!({"quota": "900.00", "own": own, "paid": paid, "assigned": "0.00", "withheld": "0.00", "left": left,
           "difference": "0.00"})
}

/// Of 900.00, by hand: head T1 100.00, 240.00 each, 80.00 left, 30.00 for meals; 850.00 are paid.
#[test]
fn the_proof_of_a_cycle_holds_through_every_mode() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan = published(officer, &plan(&crate::site::new_key()));
        let cycle = cycles::opened(&bureau, &plan);
        let made = officer.post(&format!("/v1/cycles/{cycle}/schools/S1/runs"), &json!({"data": data(None)})).good(202);
        let (original, own) = (id(&made), text(&made, "roster_id").to_owned());
        officer.get(&format!("/v1/runs/{original}?wait=30")).good(200);
        bring(&bureau, &original, "released");
        assert_eq!(proved(&bureau, &cycle)["figures"], figures("30.00", "850.00", "80.00"));
        let path = format!("/v1/runs/{original}/adjustments");
        let richer = json!({"set": {"school": [{"id": "S1", "facts": {"quota": "900.01"}}]}, "remove": {}});
        let richer = id(&officer.post(&format!("/v1/rosters/{own}/revisions"), &richer).good(201));
        let refused = officer.post(&path, &reopen(&richer)).problem(422, "cycle_refused");
        assert_eq!(all_of(&refused["errors"], "code"), ["quota_fixed"]);
        // T2 has a month: 100.00, and of 630.00 a third. 70.00 of the 80.00 are taken.
        let first_roster = revised(officer, &own, &[someone("T2", "1", "1", false)], &[]);
        let first = adjusted(officer, &original, &freeze(&first_roster, &["T2"]));
        assert_eq!(
            (&first["adjustment"]["net"], &first["adjustment"]["others_net"]),
            (&json!("70.00"), &json!("-60.00"))
        );
        let first = id(&first);
        let missing = officer.act(&format!("/v1/cycles/{cycle}/close")).problem(409, "cycle_not_proved");
        assert!(all_of(&missing["errors"], "code").contains(&"adjustment_under_way".to_owned()), "{missing}");
        let line = proved(&bureau, &cycle);
        assert_eq!((&line["adjustment_under_way"], &line["adjustments"]), (&json!(first), &json!([])));
        assert_eq!(line["figures"], figures("30.00", "850.00", "80.00"));
        bring(&bureau, &first, "released");
        let line = proved(&bureau, &cycle);
        assert_eq!((&line["adjustments"], line.get("adjustment_under_way")), (&json!([first]), None));
        assert_eq!(line["figures"], figures("30.00", "920.00", "10.00"));
        // T3 is vetoed, which the next period settles: 315.00 for T1 and T2 each. Nothing is paid now.
        let second_roster = revised(officer, &first_roster, &[someone("T3", "1", "0", true)], &[]);
        let second = adjusted(officer, &original, &carry(&second_roster));
        assert_eq!(
            (&second["adjustment"]["increase"], &second["adjustment"]["net"]),
            (&json!("180.00"), &json!("-60.00"))
        );
        bring(&bureau, &id(&second), "released");
        assert_eq!(proved(&bureau, &cycle)["figures"], figures("30.00", "920.00", "10.00"));
        // T1 has two points of three, and T2 leaves with 100.00, 315.00 and 10.00: of 720.00 all are T1's.
        let third_roster = revised(officer, &second_roster, &[someone("T1", "2", "1", false)], &["T2"]);
        let third = id(&adjusted(officer, &original, &reopen(&third_roster)));
        let changes = rows(&[
            ["T1", "staff.merit", "315.00", "720.00", "405.00"],
            ["T2", "staff.head", "100.00", "0.00", "-100.00"],
            ["T2", "staff.merit", "315.00", "0.00", "-315.00"],
            ["T2", "staff.meal", "10.00", "0.00", "-10.00"],
        ]);
        assert_eq!(differences(officer, &third), changes);
        bring(&bureau, &third, "released");
        // 80.00 are left of the quota, and 60.00 that the next period gets back were paid: 900.00 + 20.00 = 900.00 + 20.00.
        assert_eq!(proved(&bureau, &cycle)["figures"], figures("20.00", "900.00", "20.00"));
        tampered(&bureau, &cycle, [&first, &id(&second), &third]);
        for run in [&original, &first, &id(&second), &third] {
            is_verified(&bureau, run);
        }
    });
}

/// A fen on any line or difference is found.
fn tampered(bureau: &Bureau<'_>, cycle: &str, runs: [&str; 3]) {
    let site = bureau.officer.site;
    let path = format!("/v1/cycles/{cycle}/proof");
    let one = |run: &str, table: &str, sign: &str| {
        let (column, first) = if table == "lines" { ("amount", "place") } else { ("difference", "step") };
        let of = |what: &str| format!("SELECT MIN({what}) FROM {table} WHERE run_id = '{run}'");
        let payee = of("payee_id");
        let where_ =
            format!("run_id = '{run}' AND payee_id = ({payee}) AND {first} = ({} AND payee_id = ({payee}))", of(first));
        site.sql(&format!("UPDATE {table} SET {column} = {column} {sign} 1 WHERE {where_}")).expect("done");
    };
    let places = [(0, "lines"), (0, "run_differences"), (1, "run_differences"), (2, "lines"), (2, "run_differences")];
    for ((run, table), [sign, back]) in places.into_iter().flat_map(|place| [(place, ["+", "-"]), (place, ["-", "+"])])
    {
        one(runs[run], table, sign);
        let broken = bureau.auditor.get(&path).good(200);
        assert_eq!(broken["balanced"], false, "{table} of {run} {sign}");
        let verified = bureau.auditor.get(&format!("/v1/runs/{}/verification", runs[run])).good(200);
        assert_eq!(verified["verified"], false, "{table} of {run} {sign}");
        one(runs[run], table, back);
        proved(bureau, cycle);
    }
}

#[test]
fn a_closed_cycle_is_settled_in_the_next_period() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan = published(officer, &plan(&crate::site::new_key()));
        let cycle = cycles::finished(&bureau, &plan);
        officer.act(&format!("/v1/cycles/{cycle}/close")).good(200);
        let before = bureau.auditor.get(&format!("/v1/cycles/{cycle}/proof")).good(200);
        let school = &officer.all(&format!("/v1/cycles/{cycle}/schools"), 9)[0];
        let original = text(school, "run_id").to_owned();
        let own = text(&officer.get(&format!("/v1/runs/{original}")).good(200), "roster_id").to_owned();
        let gone = revised(officer, &own, &[], &["S1-1"]);
        let refused = officer.post(&format!("/v1/runs/{original}/adjustments"), &reopen(&gone));
        assert_eq!(refused.problem(409, "not_adjustable")["errors"][0]["code"], "cycle_closed");
        let carried = id(&adjusted(officer, &original, &carry(&gone)));
        // By hand: 90 % of 900.00 are 810.00, of which S1-0 had half.
        let changes = rows(&[
            ["S1-0", "staff.merit", "405.00", "810.00", "405.00"],
            ["S1-1", "staff.merit", "405.00", "0.00", "-405.00"],
            ["S1-1", "staff.meal", "10.00", "0.00", "-10.00"],
        ]);
        assert_eq!(differences(officer, &carried), changes);
        bring(&bureau, &carried, "released");
        let after = bureau.auditor.get(&format!("/v1/cycles/{cycle}/proof")).good(200);
        assert_eq!(after["schools"][0]["figures"], before["schools"][0]["figures"]);
        let allocation = text(&officer.get(&format!("/v1/cycles/{cycle}")).good(200), "allocation_run_id").to_owned();
        bureau.approver.act(&format!("/v1/runs/{allocation}/release")).good(200);
        let refused = officer.post(&format!("/v1/runs/{allocation}/adjustments"), &reopen(&own));
        assert_eq!(refused.problem(409, "not_adjustable")["errors"][0]["code"], "allocated");
    });
}

#[test]
fn a_run_that_pays_nobody_has_nothing_to_adjust() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = cycles::allocated(&bureau);
        bureau.approver.act(&format!("/v1/runs/{run}/release")).good(200);
        let roster = text(&bureau.officer.get(&format!("/v1/runs/{run}")).good(200), "roster_id").to_owned();
        let refused = bureau.officer.post(&format!("/v1/runs/{run}/adjustments"), &reopen(&roster));
        assert_eq!(refused.problem(409, "not_adjustable")["errors"][0]["code"], "pays_nobody");
    });
}
