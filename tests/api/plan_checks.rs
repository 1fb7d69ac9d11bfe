//! `POST /v1/plan-checks`.

use serde_json::{Value, json};

use crate::server::{ask_at, data, plan, post, post_bytes, shared};

fn check(plan: &Value) -> Value {
    let answer = post("/v1/plan-checks", &json!({"plan": plan}));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    answer.json()
}

#[test]
fn a_good_plan_is_valid() {
    assert_eq!(check(&plan()), json!({"valid": true, "errors": [], "total": 0, "warnings": []}));
}

#[test]
fn a_bad_plan_answers_with_all_its_faults() {
    let mut plan = plan();
    plan["steps"][0]["weight"] = json!("points +");
    plan["steps"]
        .as_array_mut()
        .unwrap()
        .push(json!({"do": "check", "level": "school", "name": "c", "assert": "quota"}));
    let found = check(&plan);
    assert_eq!((&found["valid"], &found["total"]), (&json!(false), &json!(2)));
    assert_eq!(found["errors"][0]["pointer"], "/plan/steps/0/weight");
    assert_eq!(found["errors"][1]["code"], "type_error");
    assert!(found["errors"].as_array().unwrap().iter().all(|error| error["pos"].is_u64()), "{found}");
}

#[test]
fn its_examples_are_run() {
    let mut plan = plan();
    plan["examples"] = json!([
        {"name": "对", "data": data(), "expect": [{"level": "staff", "row": "T1", "step": "merit", "value": "33.34"}]},
        {"name": "错", "data": data(), "expect": [{"row": "T1", "total": "33.34"}, {"row": "T2", "total": "33.34"}]}
    ]);
    let found = check(&plan);
    assert_eq!((&found["valid"], &found["total"]), (&json!(false), &json!(1)));
    assert_eq!(found["errors"][0]["code"], "example_failed");
    assert_eq!(found["errors"][0]["pointer"], "/plan/examples/1/expect/1");
}

#[test]
fn an_unused_fact_is_a_warning() {
    let mut plan = plan();
    plan["levels"][0]["facts"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "area", "type": "number", "optional": true}));
    let found = check(&plan);
    assert_eq!(found["valid"], true);
    let warning =
        json!({"code": "unused_fact", "level": "school", "fact": "area", "message": "No step uses this fact."});
    assert_eq!(found["warnings"], json!([warning]));
    let body = json!({"plan": plan}).to_string();
    let chinese = ask_at(shared(), "POST", "/v1/plan-checks", &[], Some(body.as_bytes()));
    assert_eq!(chinese.json()["warnings"][0]["message"], "没有任何步骤用到这项数据。");
}

#[test]
fn a_body_that_is_none_is_a_problem() {
    post_bytes("/v1/plan-checks", b"{").problem(400, "bad_request_body");
    post_bytes("/v1/plan-checks", b"{}").problem(400, "bad_request_body");
}
