//! `POST /v1/comparisons`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::server::{ask_at, data, plan, post, post_bytes, request, shared};

const PATH: &str = "/v1/comparisons";

/// The example of the contract: head rate 500 → 600, quota 10,000.00 → 12,000.00, T002's points 1 → 3, T003 gone, T004 new.
fn example() -> Value {
    serde_json::from_str(include_str!("../../src/rest/examples/comparison.json")).unwrap()
}

/// The amounts of causes, with what is counted with each.
fn causes(of: &Value) -> Vec<(String, String)> {
    let words = |cause: &Value| {
        let with = cause["with"].as_array().into_iter().flatten().map(|with| format!("{}+", with.as_str().unwrap()));
        format!("{}{}", with.collect::<String>(), cause["cause"].as_str().unwrap())
    };
    let list = of["causes"].as_array().unwrap().iter();
    list.map(|cause| (words(cause), cause["amount"].as_str().unwrap().to_owned())).collect()
}

fn told(causes: &[(&str, &str)]) -> Vec<(String, String)> {
    causes.iter().map(|(cause, amount)| ((*cause).to_owned(), (*amount).to_owned())).collect()
}

fn by_id(comparison: &Value) -> BTreeMap<&str, &Value> {
    comparison["payees"].as_array().unwrap().iter().map(|payee| (payee["id"].as_str().unwrap(), payee)).collect()
}

/// The causes that could not be told, with their codes.
fn untold(comparison: &Value) -> Vec<(&str, &str)> {
    let all = comparison["causes_calculated"].as_array().unwrap();
    assert_eq!(all.len(), 6);
    let untold = all.iter().filter(|cause| cause["calculated"] == false);
    untold.map(|cause| (cause["cause"].as_str().unwrap(), cause["code"].as_str().unwrap())).collect()
}

#[test]
fn causes_are_as_computed_by_hand() {
    // 2 : 1 : 1 of what 2 × the head rate leave. Before: T001 1,000.00 + 4,500.00, T002 and T003 2,250.00 each.
    // plan:        1,200.00 + 4,400.00 · 2,200.00 · 2,200.00
    // headcount:   T004 in the place of T003
    // funds:       1,200.00 + 5,400.00 · 2,700.00 · 2,700.00
    // T002's points: 10,800.00 in 2 : 3 : 1 are 3,600.00 · 5,400.00 · 1,800.00
    let found = post(PATH, &example()).json();
    let payees = by_id(&found);
    let amounts = |id: &str| ["base", "other", "difference"].map(|key| payees[id][key].as_str().unwrap_or("-"));
    assert_eq!(amounts("T001"), ["5500.00", "4800.00", "-700.00"]);
    assert_eq!(amounts("T002"), ["2250.00", "5400.00", "3150.00"]);
    assert_eq!(amounts("T003"), ["2250.00", "-", "-2250.00"]);
    assert_eq!(amounts("T004"), ["-", "1800.00", "1800.00"]);
    let states: Vec<&str> = payees.values().map(|payee| payee["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["both", "both", "gone", "new"]);
    let expected = [
        ("T001", told(&[("plan", "100.00"), ("funds", "1000.00"), ("other_facts", "-1800.00")])),
        ("T002", told(&[("plan", "-50.00"), ("funds", "500.00"), ("own_facts", "2700.00")])),
        ("T003", told(&[("plan", "-50.00"), ("headcount", "-2200.00")])),
        ("T004", told(&[("headcount", "2200.00"), ("funds", "500.00"), ("other_facts", "-900.00")])),
    ];
    for (id, expected) in expected {
        assert_eq!(causes(payees[id]), expected, "{id}");
    }
    assert_eq!(
        payees["T001"]["items"],
        json!([
            {"item": "班主任津贴", "base": "1000.00", "other": "1200.00", "difference": "200.00"},
            {"item": "考核奖励", "base": "4500.00", "other": "3600.00", "difference": "-900.00"}
        ])
    );
    assert_eq!(payees["T004"]["items"][0], json!({"item": "考核奖励", "other": "1800.00", "difference": "1800.00"}));
    assert_eq!(found["counts"], json!({"both": 2, "new": 1, "gone": 1, "changed": 2}));
    let totals = &found["totals"];
    assert_eq!([&totals["base"], &totals["other"], &totals["difference"]], ["10000.00", "12000.00", "2000.00"]);
    // All the money is given out: only the fund moves the sum.
    assert_eq!(causes(totals), told(&[("funds", "2000.00")]));
    assert!(untold(&found).is_empty() && found.get("next_cursor").is_none());
    assert!(found["rule"].as_str().unwrap().contains("largest remainder"));
}

#[test]
fn own_facts_are_told_from_those_of_others_for_each_payee() {
    // 10,000.00 in 2 : 1 : 1 are 5,000.00 · 2,500.00 · 2,500.00; in 2 : 3 : 3, 2,500.00 · 3,750.00 · 3,750.00.
    // T002 alone at 1: 10,000.00 × 1/6 = 1,666.67; T003 the same.
    let mut both = example();
    both["other"] = both["base"].clone();
    for side in ["base", "other"] {
        both[side]["data"]["staff"][0]["facts"]["head_months"] = json!(0);
    }
    both["other"]["data"]["staff"][1]["facts"]["points"] = json!(3);
    both["other"]["data"]["staff"][2]["facts"]["points"] = json!(3);
    let found = post(PATH, &both).json();
    let payees = by_id(&found);
    assert_eq!(causes(payees["T001"]), told(&[("other_facts", "-2500.00")]));
    for id in ["T002", "T003"] {
        assert_eq!(causes(payees[id]), told(&[("other_facts", "-833.33"), ("own_facts", "2083.33")]));
    }
    assert!(causes(&found["totals"]).is_empty());
}

#[test]
fn the_fen_of_the_largest_remainder_is_rounding() {
    // 100.00 in three: 33.34, 33.33, 33.33; each by itself 33.33. With 100.01 T1 and T2 have a fen more, by themselves
    // 33.336… is 33.34 for all three.
    let mut other = request();
    other["data"]["school"][0]["facts"]["quota"] = json!("100.01");
    let found = post(PATH, &json!({"base": request(), "other": other})).json();
    let payees = by_id(&found);
    assert_eq!(causes(payees["T1"]), told(&[("funds", "0.01"), ("rounding", "-0.01")]));
    assert_eq!(payees["T1"]["difference"], "0.00");
    assert_eq!(causes(payees["T2"]), told(&[("funds", "0.01")]));
    assert_eq!(causes(payees["T3"]), told(&[("funds", "0.01"), ("rounding", "-0.01")]));
    assert_eq!(causes(&found["totals"]), told(&[("funds", "0.03"), ("rounding", "-0.02")]));
    assert_eq!(found["counts"]["changed"], 1);
    let changed = post(&format!("{PATH}?changed=true"), &json!({"base": request(), "other": other})).json();
    assert_eq!(by_id(&changed).into_keys().collect::<Vec<_>>(), ["T2"]);
}

#[test]
fn what_gives_no_result_is_counted_with_the_next_cause() {
    // Head teachers at 6,000 a month want 12,000.00, which the old fund of 10,000.00 does not hold, with or without T003.
    let mut both = example();
    both["other"]["plan"]["constants"][0]["value"] = json!("6000");
    both["other"]["data"]["school"][0]["facts"]["quota"] = json!("20000.00");
    let found = post(PATH, &both).json();
    assert_eq!(untold(&found), [("plan", "fund_overdrawn"), ("headcount", "fund_overdrawn")]);
    // T001: 5,500.00 → 12,000.00 + 4,000.00 → 12,000.00 + 8,000.00 in 2 : 3 : 1.
    let payees = by_id(&found);
    assert_eq!(causes(payees["T001"]), told(&[("plan+headcount+funds", "10500.00"), ("other_facts", "-1333.33")]));
    assert_eq!(causes(payees["T003"]), told(&[("plan+headcount+funds", "-2250.00")]));
    assert_eq!(causes(payees["T004"]), told(&[("plan+headcount+funds", "2000.00"), ("other_facts", "-666.67")]));
    // Where only the plan and the fund changed, there is no headcount to count.
    let mut other = both["base"].clone();
    other["plan"] = both["other"]["plan"].clone();
    other["data"]["school"][0]["facts"]["quota"] = json!("20000.00");
    let found = post(PATH, &json!({"base": both["base"], "other": other})).json();
    assert_eq!(untold(&found), [("plan", "fund_overdrawn")]);
    assert_eq!(causes(by_id(&found)["T001"]), told(&[("plan+funds", "10500.00")]));
}

#[test]
fn others_facts_that_give_no_result_without_own_ones_are_counted_with_them() {
    // What T1 no longer claims T2 does: with T2's new claim and T1's old one the fund is overdrawn.
    let plan = json!({
        "language": 1, "code": "x", "title": "x", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "claim", "type": "money"}]}
        ],
        "steps": [{"do": "formula", "level": "staff", "name": "paid", "type": "money", "formula": "claim",
                   "from": "school.quota", "pay": {"item": "x"}}]
    });
    let data = |one: &str, two: &str| {
        json!({
            "school": [{"id": "S", "facts": {"quota": "100.00"}}],
            "staff": [{"id": "T1", "parent": "S", "facts": {"claim": one}},
                      {"id": "T2", "parent": "S", "facts": {"claim": two}}]
        })
    };
    let base = json!({"plan": plan, "data": data("90.00", "10.00")});
    let other = json!({"plan": plan, "data": data("10.00", "90.00")});
    let found = post(PATH, &json!({"base": base, "other": other})).json();
    assert_eq!(untold(&found), [("other_facts", "fund_overdrawn")]);
    let payees = by_id(&found);
    assert_eq!(causes(payees["T1"]), told(&[("other_facts+own_facts", "-80.00")]));
    // T2's old claim beside T1's new one is good.
    assert_eq!(causes(payees["T2"]), told(&[("own_facts", "80.00")]));
}

#[test]
fn where_parts_cannot_be_rounded_each_rounding_is_in_the_other_causes() {
    // T1 gets 33.34 of 100.00 and pays 33.34 back; by itself its part is 33.33, and the total would be -0.01.
    let mut side = request();
    side["plan"]["levels"][1]["facts"] =
        json!([{"name": "points", "type": "number"}, {"name": "back", "type": "money", "default": "0"}]);
    side["plan"]["steps"].as_array_mut().unwrap().push(json!({
        "do": "formula", "level": "staff", "name": "less", "type": "money", "formula": "-back", "pay": {"item": "扣"}
    }));
    side["data"]["staff"][0]["facts"]["back"] = json!("33.34");
    let mut other = side.clone();
    other["data"]["school"][0]["facts"]["quota"] = json!("100.01");
    let found = post(PATH, &json!({"base": side, "other": other})).json();
    assert_eq!(untold(&found), [("rounding", "negative_total")]);
    assert_eq!(causes(by_id(&found)["T2"]), told(&[("funds", "0.01")]));
    assert!(causes(by_id(&found)["T1"]).is_empty());
}

/// A plan with its data as an office has them.
fn old_side() -> Value {
    json!({
        "plan": {
            "language": 1, "code": "old", "title": "old", "payee": "teacher",
            "levels": [
                {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
                {"name": "teacher", "parent": "school", "facts": [
                    {"name": "points", "type": "number"}, {"name": "note", "type": "text", "optional": true},
                    {"name": "post", "type": "choice", "choices": ["head", "teacher"]}]}
            ],
            "steps": [{"do": "share", "level": "teacher", "name": "merit", "from": "school.quota",
                       "weight": "if(post = \"head\", 2, 1) * points", "pay": {"item": "merit"}}]
        },
        "data": {
            "school": [{"id": "S", "facts": {"quota": "600.00"}}],
            "teacher": [
                {"id": "T1", "parent": "S", "facts": {"points": 1, "post": "head", "note": "x"}},
                {"id": "T2", "parent": "S", "facts": {"points": 1, "post": "teacher"}}
            ]
        }
    })
}

/// Another plan with its data: the payees' level has another name, the school a rating that the old plan does not know, the
/// posts other words, awards count; the old plan's note is dropped. T2's points are 2.
fn new_side() -> Value {
    json!({
        "plan": {
            "language": 1, "code": "new", "title": "new", "payee": "staff",
            "levels": [
                {"name": "school", "facts": [{"name": "quota", "type": "money"}, {"name": "rating", "type": "number"}]},
                {"name": "award", "parent": "school", "facts": [{"name": "of", "type": "row", "level": "staff"}]},
                {"name": "staff", "parent": "school", "facts": [
                    {"name": "points", "type": "number"},
                    {"name": "post", "type": "choice", "choices": ["principal", "teacher"]}]}
            ],
            "steps": [{"do": "share", "level": "staff", "name": "merit", "from": "school.quota",
                       "amount": "quota * rating",
                       "weight": "if(post = \"principal\", 3, 1) * points + count(award@of)", "pay": {"item": "merit"}}]
        },
        "data": {
            "school": [{"id": "S", "facts": {"quota": "600.00", "rating": "0.9"}}],
            "award": [{"id": "A1", "parent": "S", "facts": {"of": "T2"}}],
            "staff": [
                {"id": "T1", "parent": "S", "facts": {"points": 1, "post": "principal"}},
                {"id": "T2", "parent": "S", "facts": {"points": 2, "post": "teacher"}}
            ]
        }
    })
}

#[test]
fn another_plan_takes_what_the_old_data_lack_from_the_new() {
    let (base, other) = (old_side(), new_side());
    // 2 : 1 of 600.00; then 3 : 1 + 1 of 540.00; then 3 : 2 + 1.
    let found = post(PATH, &json!({"base": base, "other": other})).json();
    assert!(untold(&found).is_empty());
    let payees = by_id(&found);
    assert_eq!(causes(payees["T1"]), told(&[("plan", "-76.00"), ("other_facts", "-54.00")]));
    assert_eq!(causes(payees["T2"]), told(&[("plan", "16.00"), ("own_facts", "54.00")]));
}

#[test]
fn what_of_another_plan_cannot_stand_beside_the_old_rows_is_counted_with_the_headcount() {
    let (base, other) = (old_side(), new_side());
    // The award comes with the plan, but whom it refers to only with the headcount.
    let mut later = other.clone();
    later["data"]["staff"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "T3", "parent": "S", "facts": {"points": 0, "post": "teacher"}}));
    later["data"]["award"][0]["facts"]["of"] = json!("T3");
    let found = post(PATH, &json!({"base": base, "other": later})).json();
    assert_eq!(untold(&found), [("plan", "unknown_row")]);
    // 400.00 → 3 : 1 : 1 of 540.00 is 324.00 → 3 : 2 : 1.
    assert_eq!(causes(by_id(&found)["T1"]), told(&[("plan+headcount", "-76.00"), ("other_facts", "-54.00")]));
    assert_eq!(causes(by_id(&found)["T3"]), told(&[("plan+headcount", "108.00"), ("other_facts", "-18.00")]));
    // What the new plan wants of somebody who is gone stands nowhere.
    let mut gone = other.clone();
    gone["plan"]["levels"][2]["facts"].as_array_mut().unwrap().push(json!({"name": "hours", "type": "number"}));
    gone["plan"]["steps"][0]["weight"] = json!("points * hours");
    gone["data"]["staff"] =
        json!([{"id": "T1", "parent": "S", "facts": {"points": 1, "post": "principal", "hours": 2}}]);
    gone["data"]["award"] = json!([]);
    let found = post(PATH, &json!({"base": base, "other": gone})).json();
    assert_eq!(untold(&found), [("plan", "missing_fact")]);
    assert_eq!(causes(by_id(&found)["T1"]), told(&[("plan+headcount", "140.00")]));
}

#[test]
fn what_was_left_blank_is_what_the_other_plan_says_of_it() {
    // Points that are not there were blank and counted 0; the new plan's default is 2: 3 : 2 of 100.00. T2 then writes 3.
    let side = |presence: Value, points: Value| {
        let mut side = request();
        side["plan"]["levels"][1]["facts"][0] = json!({"name": "points", "type": "number"});
        side["plan"]["levels"][1]["facts"][0].as_object_mut().unwrap().extend(presence.as_object().unwrap().clone());
        if presence["optional"] == true {
            side["plan"]["steps"][0]["weight"] = json!("coalesce(points, 0)");
        }
        side["data"]["staff"] = json!([
            {"id": "T1", "parent": "S1", "facts": {"points": 3}},
            {"id": "T2", "parent": "S1", "facts": points}
        ]);
        side
    };
    let both = json!({
        "base": side(json!({"optional": true}), json!({})),
        "other": side(json!({"default": "2"}), json!({"points": 3}))
    });
    let found = post(PATH, &both).json();
    assert_eq!(causes(by_id(&found)["T2"]), told(&[("plan", "40.00"), ("own_facts", "10.00")]));
    // Where the new plan wants them, they are taken from the new data: that is the plan's too.
    let both = json!({"base": both["base"], "other": side(json!({}), json!({"points": 3}))});
    assert_eq!(causes(by_id(&post(PATH, &both).json())["T2"]), told(&[("plan", "50.00")]));
}

#[test]
fn somebody_who_moves_is_headcount() {
    // 100.00 of S1 for T1, T2 and T3, 90.00 of S2 for nobody; then T3 is in S2 alone.
    let mut base = request();
    base["data"]["school"].as_array_mut().unwrap().push(json!({"id": "S2", "facts": {"quota": "90.00"}}));
    let mut other = base.clone();
    other["data"]["staff"][2]["parent"] = json!("S2");
    let found = post(PATH, &json!({"base": base, "other": other})).json();
    let payees = by_id(&found);
    assert_eq!(causes(payees["T1"]), told(&[("headcount", "16.67"), ("rounding", "-0.01")]));
    assert_eq!(causes(payees["T3"]), told(&[("headcount", "56.67")]));
}

#[test]
fn rows_elsewhere_that_refer_to_a_payee_are_its_own_and_the_schools_are_not() {
    let plan = json!({
        "language": 1, "code": "x", "title": "x", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "head", "type": "row", "level": "staff"}, {"name": "rate", "type": "number"}]},
            {"name": "staff", "parent": "school"},
            {"name": "duty", "parent": "school", "facts": [
                {"name": "who", "type": "row", "level": "staff"}, {"name": "hours", "type": "number"}]}
        ],
        "steps": [{"do": "formula", "level": "staff", "name": "paid", "type": "money",
                   "formula": "sum(duty@who.hours) * school.rate", "pay": {"item": "x"}}]
    });
    let side = |rate: i32, who: &str| {
        json!({"plan": plan, "data": {
            "school": [{"id": "S", "facts": {"head": "T1", "rate": rate}}],
            "staff": [{"id": "T1", "parent": "S"}, {"id": "T2", "parent": "S"}],
            "duty": [{"id": "D1", "parent": "S", "facts": {"who": "T1", "hours": 1}},
                     {"id": "D2", "parent": "S", "facts": {"who": who, "hours": 2}}]
        }})
    };
    // T1 had both duties at 10 an hour, now one at 20; T2 the other.
    let found = post(PATH, &json!({"base": side(10, "T1"), "other": side(20, "T2")})).json();
    let payees = by_id(&found);
    assert_eq!(causes(payees["T1"]), told(&[("other_facts", "30.00"), ("own_facts", "-40.00")]));
    assert_eq!(causes(payees["T2"]), told(&[("own_facts", "40.00")]));
}

#[test]
fn what_a_row_referred_to_does_not_stand_where_that_is_under_another_root_now() {
    let plan = json!({
        "language": 1, "code": "x", "title": "x", "payee": "staff",
        "levels": [
            {"name": "bureau"}, {"name": "staff", "parent": "bureau"},
            {"name": "duty", "parent": "bureau", "facts": [{"name": "who", "type": "row", "level": "staff"}]}
        ],
        "steps": [{"do": "formula", "level": "staff", "name": "paid", "type": "money", "formula": "10 * count(duty@who)",
                   "pay": {"item": "x"}}]
    });
    let side = |bureau: &str, who: &str| {
        json!({"plan": plan, "data": {
            "bureau": [{"id": "B1"}, {"id": "B2"}],
            "staff": [{"id": "T1", "parent": bureau}, {"id": "T2", "parent": "B1"}],
            "duty": [{"id": "D1", "parent": "B1", "facts": {"who": who}}]
        }})
    };
    let found = post(PATH, &json!({"base": side("B1", "T1"), "other": side("B2", "T2")})).json();
    let payees = by_id(&found);
    assert_eq!(causes(payees["T1"]), told(&[("headcount", "-10.00")]));
    assert_eq!(causes(payees["T2"]), told(&[("headcount", "10.00")]));
    assert!(untold(&found).is_empty());
}

#[test]
fn pages_go_on_where_the_last_ended() {
    let page = |query: &str| post(&format!("{PATH}?{query}"), &example());
    let first = page("limit=3").json();
    assert_eq!(by_id(&first).into_keys().collect::<Vec<_>>(), ["T001", "T002", "T003"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = page(&format!("limit=3&cursor={cursor}")).json();
    assert_eq!(by_id(&second).into_keys().collect::<Vec<_>>(), ["T004"]);
    assert!(second.get("next_cursor").is_none());
    assert_eq!((&first["totals"], &first["counts"]), (&second["totals"], &second["counts"]));
    page(&format!("changed=true&cursor={cursor}")).problem(400, "bad_cursor");
    page("limit=501").problem(400, "bad_parameter");
    page("changed=yes").problem(400, "bad_parameter");
}

#[test]
fn the_faults_of_both_sides_are_told_at_once() {
    let problem = post_bytes(PATH, br#"{"base": {"plan": {}}, "other": []}"#).problem(400, "bad_request_body");
    let pointers = |problem: &Value| -> Vec<String> {
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(pointers(&problem), ["/base/data", "/other"]);
    let two = |change: &dyn Fn(&mut Value, &str)| {
        let mut both = json!({"base": request(), "other": request()});
        change(&mut both["base"], "base");
        change(&mut both["other"], "other");
        both
    };
    let plans = two(&|side, name| side["plan"]["steps"][0]["weight"] = json!(format!("{name}_points")));
    let problem = post(PATH, &plans).problem(422, "plan_refused");
    assert_eq!(pointers(&problem), ["/base/plan/steps/0/weight", "/other/plan/steps/0/weight"]);
    assert_eq!(problem["total"], 2);
    let data = two(&|side, _| side["data"]["staff"][1]["facts"]["points"] = json!(-1));
    let problem = post(PATH, &data).problem(422, "data_refused");
    assert_eq!(pointers(&problem), ["/base/data/staff/1/facts/points", "/other/data/staff/1/facts/points"]);
    let drawn = two(&|side, name| {
        if name == "other" {
            side["plan"]["steps"][0]["amount"] = json!("quota + 1");
        }
    });
    let problem = post(PATH, &drawn).problem(422, "calculation_refused");
    assert_eq!(pointers(&problem), ["/other/data/school/0"]);
    let mut large = json!({"base": request(), "other": request()});
    large["other"]["plan"]["clauses"] = json!([{"id": "1", "text": "长".repeat(400_000)}]);
    let problem = post(PATH, &large).problem(422, "plan_refused");
    assert_eq!(
        (pointers(&problem), &problem["errors"][0]["code"]),
        (vec!["/other/plan".to_owned()], &json!("too_large"))
    );
}

#[test]
fn without_payees_there_is_nothing_to_compare() {
    let mut nobody = json!({"plan": plan(), "data": data()});
    nobody["plan"].as_object_mut().unwrap().remove("payee");
    nobody["plan"]["steps"][0].as_object_mut().unwrap().remove("pay");
    for both in [json!({"base": request(), "other": nobody}), json!({"base": nobody, "other": request()})] {
        post(PATH, &both).problem(422, "not_comparable");
    }
}

#[test]
fn the_rule_is_told_in_the_callers_language() {
    let body = example().to_string();
    let rule = |language: &str| {
        let answer = ask_at(shared(), "POST", PATH, &[("accept-language", language)], Some(body.as_bytes()));
        assert_eq!((answer.status, answer.header("content-language")), (200, language));
        answer.json()["rule"].as_str().unwrap().to_owned()
    };
    assert!(rule("zh").contains("最大余数法") && rule("en").is_ascii());
}
