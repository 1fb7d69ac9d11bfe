//! What adjustments carry into the next period, and how later distributions settle it.

use serde_json::{Value, json};

use crate::adjustments::{adjusted, carry, differences, reopen, revised, rows};
use crate::cycles::{allocated, errors, made, pairs, request};
use crate::papers::{bring, id, published, staff, text};
use crate::site::{Bureau, new_key, on_both};

/// A plan of a school: what everybody has anyway, what is carried over as far as that goes, and the rest by points.
fn plan(settled: &str) -> Value {
    json!({
        "language": 1, "code": new_key(), "title": "有结转的分配办法", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "points", "type": "number"}, {"name": "base", "type": "money"},
                {"name": "carried", "type": "money"}
            ]}
        ],
        "steps": [
            {"do": "formula", "level": "staff", "name": "fixed", "type": "money", "formula": "base",
             "from": "school.quota", "pay": {"item": "固定部分"}},
            {"do": "formula", "level": "staff", "name": "settled", "type": "money", "formula": settled,
             "from": "school.quota", "pay": {"item": "上期补扣"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points",
             "pay": {"item": "奖励"}}
        ]
    })
}

const LIMITED: &str = "max(carried, 0 - fixed)";

fn someone(id: &str, points: &str, base: &str, carried: Option<&str>) -> Value {
    let mut facts = json!({"points": points, "base": base});
    if let Some(carried) = carried {
        facts["carried"] = json!(carried);
    }
    staff(id, "S1", &facts)
}

fn data(base: &str) -> Value {
    json!({"school": [{"id": "S1"}], "staff": [someone("A", "1", base, None), someone("B", "1", base, None)]})
}

/// A new cycle in which S1 has 900.00.
fn opened(bureau: &Bureau<'_>, plan: &str) -> String {
    id(&bureau.officer.post("/v1/cycles", &request(&allocated(bureau), plan)).good(201))
}

/// How it stands: payee, carried, settled, given, waiting.
fn standings(bureau: &Bureau<'_>) -> Vec<[String; 5]> {
    let found = bureau.officer.all("/v1/carry-overs", 1);
    let keys = ["payee_id", "carried", "settled", "given", "waiting"];
    found.iter().map(|row| keys.map(|key| text(row, key).to_owned())).collect()
}

/// The totals of the payees of a run.
fn totals(bureau: &Bureau<'_>, run: &str) -> Vec<String> {
    let payees = bureau.officer.all(&format!("/v1/runs/{run}/payees"), 5);
    payees.iter().map(|payee| text(payee, "total").to_owned()).collect()
}

#[test]
fn a_difference_is_taken_back_over_two_periods_and_never_below_nothing() {
    on_both(|site| {
        let bureau = &Bureau::new(site);
        let plan = published(&bureau.officer, &plan(LIMITED));
        carried_from_the_first(bureau, &plan);
        let second = the_second_takes_what_it_can(bureau, &plan);
        the_third_takes_the_rest(bureau, &plan);
        the_second_is_corrected(bureau, &second);
    });
}

/// 900.00: fixed 100.00 each, 350.00 each by points. Then A has no points: 350.00 go from A to B.
fn carried_from_the_first(bureau: &Bureau<'_>, plan: &str) {
    let (officer, cycle) = (&bureau.officer, opened(bureau, plan));
    let run = made(officer, &cycle, "S1", &json!({"data": data("100")}));
    assert_eq!(totals(bureau, &id(&run)), ["450.00", "450.00"]);
    bring(bureau, &id(&run), "released");
    let corrected = revised(officer, text(&run, "roster_id"), &[someone("A", "0", "100", Some("0.00"))], &[]);
    let adjustment = adjusted(officer, &id(&run), &carry(&corrected));
    assert_eq!(adjustment["adjustment"]["net"], "0.00", "{adjustment}");
    assert!(standings(bureau).is_empty(), "nothing is carried over until it is released");
    bring(bureau, &id(&adjustment), "released");
    assert_eq!(
        standings(bureau),
        rows(&[["A", "-350.00", "0.00", "0.00", "-350.00"], ["B", "350.00", "0.00", "0.00", "350.00"]])
    );
}

/// Of A only the fixed 100.00 can be taken. Left of 900.00 are 900 − 200 + 100 − 350 = 450.00, 225.00 each.
fn the_second_takes_what_it_can(bureau: &Bureau<'_>, plan: &str) -> Value {
    let (officer, cycle) = (&bureau.officer, opened(bureau, plan));
    let mut other = data("100");
    other["staff"][0] = someone("A", "1", "100", Some("0.00"));
    let refused = officer.post(&format!("/v1/cycles/{cycle}/schools/S1/runs"), &json!({"data": other}));
    let refused = refused.problem(422, "cycle_refused");
    assert_eq!(errors(&refused), pairs(&[("carried_fixed", "/data/staff/0/facts/carried")]));
    let run = made(officer, &cycle, "S1", &json!({"data": data("100")}));
    assert_eq!(totals(bureau, &id(&run)), ["225.00", "675.00"]);
    let given = rows(&[["A", "-350.00", "0.00", "-350.00", "0.00"], ["B", "350.00", "0.00", "350.00", "0.00"]]);
    assert_eq!(standings(bureau), given);
    // What is given to one run is not given to another.
    let beside = opened(bureau, plan);
    let empty = made(officer, &beside, "S1", &json!({"data": data("100")}));
    assert_eq!(totals(bureau, &id(&empty)), ["450.00", "450.00"]);
    bring(bureau, &id(&run), "released");
    let settled = rows(&[["A", "-350.00", "-100.00", "0.00", "-250.00"], ["B", "350.00", "350.00", "0.00", "0.00"]]);
    assert_eq!(standings(bureau), settled);
    run
}

/// Fixed 300.00 each: the rest, 250.00, is taken. A run that is withdrawn gives back what it was given.
fn the_third_takes_the_rest(bureau: &Bureau<'_>, plan: &str) {
    let (officer, cycle) = (&bureau.officer, opened(bureau, plan));
    let run = made(officer, &cycle, "S1", &json!({"data": data("300")}));
    officer.post(&format!("/v1/runs/{}/withdraw", id(&run)), &json!({"reason": "重做"})).good(200);
    assert_eq!(standings(bureau)[0], ["A", "-350.00", "-100.00", "0.00", "-250.00"]);
    let run = made(officer, &cycle, "S1", &json!({"data": data("300")}));
    // Left are 900 − 600 + 250 = 550.00, 275.00 each.
    assert_eq!(totals(bureau, &id(&run)), ["325.00", "575.00"]);
    bring(bureau, &id(&run), "released");
    assert_eq!(standings(bureau)[0], ["A", "-350.00", "-350.00", "0.00", "0.00"]);
}

/// A's fixed part was 60.00: of it 60.00 are taken, not 100.00, though the roster says that 350.00 were carried over; 40.00 wait
/// again.
fn the_second_is_corrected(bureau: &Bureau<'_>, second: &Value) {
    let officer = &bureau.officer;
    let set = [someone("A", "1", "60", Some("-350.00"))];
    let corrected = revised(officer, text(second, "roster_id"), &set, &[]);
    let adjustment = adjusted(officer, &id(second), &reopen(&corrected));
    let wanted =
        [["A", "staff.fixed", "100.00", "60.00", "-40.00"], ["A", "staff.settled", "-100.00", "-60.00", "40.00"]];
    assert_eq!(differences(officer, &id(&adjustment)), rows(&wanted));
    bring(bureau, &id(&adjustment), "released");
    assert_eq!(standings(bureau)[0], ["A", "-350.00", "-310.00", "0.00", "-40.00"]);
    let verified = bureau.auditor.get(&format!("/v1/runs/{}/verification", id(&adjustment))).good(200);
    assert_eq!(verified["verified"], true, "{verified}");
    // Nobody says that something else was carried over.
    let set = [someone("A", "1", "60", Some("-1.00"))];
    let other = revised(officer, text(second, "roster_id"), &set, &[]);
    let refused = officer.post(&format!("/v1/runs/{}/adjustments", id(second)), &reopen(&other));
    assert_eq!(errors(&refused.problem(422, "cycle_refused")), pairs(&[("carried_fixed", "/roster_id")]));
}

#[test]
fn a_plan_settles_what_is_carried_over_and_no_more() {
    on_both(|site| {
        let bureau = &Bureau::new(site);
        let officer = &bureau.officer;
        let mut none = plan(LIMITED);
        none["steps"].as_array_mut().expect("steps").remove(1);
        let none = published(officer, &none);
        let refused = officer.post("/v1/cycles", &request(&allocated(bureau), &none)).problem(422, "cycle_refused");
        assert_eq!(errors(&refused), pairs(&[("not_settled", "/plan_id")]));
        // One that pays more than was carried over fails, for whomever.
        let more = published(officer, &plan("carried + 1"));
        let cycle = opened(bureau, &more);
        let failed = made(officer, &cycle, "S1", &json!({"data": data("100")}));
        assert_eq!(
            (&failed["state"], &failed["failure"]["errors"][0]["code"]),
            (&json!("failed"), &json!("check_failed"))
        );
    });
}
