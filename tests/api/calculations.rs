//! `POST /v1/calculations`.

use serde_json::json;

use crate::server::{ask_at, data, plan, post, post_bytes, request, shared};

const PATH: &str = "/v1/calculations";

#[test]
fn a_result_is_exact_to_the_fen() {
    let answer = post(PATH, &request());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let result = answer.json();
    let merits: Vec<&str> = result["rows"]["staff"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["values"]["merit"].as_str().unwrap())
        .collect();
    assert_eq!(merits, ["33.34", "33.33", "33.33"]);
    assert_eq!(result["balance"]["sources"], "100.00");
    assert_eq!(result["balance"]["balanced"], true);
    assert_eq!(result["rows"]["staff"][0]["total"], "33.34");
    assert_eq!(result["result_sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn the_same_body_has_the_same_bytes() {
    let (first, second) = (post(PATH, &request()), post(PATH, &request()));
    assert_eq!(first.bytes, second.bytes);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[test]
fn integers_keep_all_their_digits() {
    let mut request = request();
    request["data"]["school"][0]["facts"]["quota"] = json!("QUOTA");
    // Beyond 2⁵³: a binary float would round it.
    let body = request.to_string().replace("\"QUOTA\"", "900719925474993");
    let result = post_bytes(PATH, body.as_bytes()).json();
    assert_eq!(result["balance"]["sources"], "900719925474993.00");
    let mut plan = plan();
    plan["levels"][1]["facts"][0] = json!({"name": "points", "type": "number"});
    plan["steps"] = json!([{"do": "formula", "level": "staff", "name": "same", "formula": "points"}]);
    let body = json!({"plan": plan, "data": data()}).to_string();
    let body = body.replace("{\"points\":\"1\"}", "{\"points\":1234567890123456789012345678}");
    let result = post_bytes(PATH, body.as_bytes()).json();
    assert_eq!(result["rows"]["staff"][2]["values"]["same"], "1234567890123456789012345678");
}

#[test]
fn exact_fractions_on_request() {
    let mut request = request();
    request["plan"]["steps"] = json!([{"do": "formula", "level": "staff", "name": "third", "formula": "points / 3"}]);
    let third = |path: &str| post(path, &request).json()["rows"]["staff"][0]["values"]["third"].clone();
    assert_eq!(third(PATH), "0.333333333333");
    assert_eq!(third("/v1/calculations?exact=false"), "0.333333333333");
    assert_eq!(third("/v1/calculations?exact=true"), "1/3");
    post("/v1/calculations?exact=yes", &request).problem(400, "bad_parameter");
}

#[test]
fn a_plan_is_refused_with_all_its_faults_at_their_places() {
    let mut request = request();
    request["plan"]["titel"] = json!("x");
    request["plan"]["steps"][0]["to"] = json!(0.5);
    request["plan"]["steps"][0]["weight"] = json!(null);
    let problem = post(PATH, &request).problem(422, "plan_refused");
    assert_eq!(problem["total"], 3);
    let faults: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["code"].as_str().unwrap(), error["pointer"].as_str().unwrap()))
        .collect();
    assert!(faults.contains(&("unknown_key", "/plan/titel")), "{faults:?}");
    assert!(faults.contains(&("float_refused", "/plan/steps/0/to")), "{faults:?}");
    assert!(faults.contains(&("wrong_type", "/plan/steps/0/weight")), "{faults:?}");
    assert_eq!(problem["errors"][0]["pointer"], format!("/plan{}", problem["errors"][0]["at"].as_str().unwrap()));
}

#[test]
fn a_fault_in_a_formula_has_its_position() {
    let mut request = request();
    request["plan"]["steps"][0]["weight"] = json!("1 + poinst");
    let problem = post(PATH, &request).problem(422, "plan_refused");
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["code"], &error["pos"], &error["suggestion"]),
        (&json!("unknown_name"), &json!(4), &json!("points"))
    );
    assert_eq!(error["pointer"], "/plan/steps/0/weight");
}

#[test]
fn a_plan_of_more_than_a_mebibyte_is_too_large() {
    let mut request = request();
    request["plan"]["clauses"] = json!([{"id": "1", "text": "长".repeat(400_000)}]);
    let problem = post(PATH, &request).problem(422, "plan_refused");
    assert_eq!(problem["errors"][0]["code"], "too_large");
    assert_eq!(problem["errors"][0]["pointer"], "/plan");
}

#[test]
fn data_are_refused_with_all_their_faults_at_their_places() {
    let mut request = request();
    request["data"]["staff"][0]["facts"]["points"] = json!(1.5);
    request["data"]["staff"][1]["facts"] = json!({"pionts": 1});
    request["data"]["staff"][2]["note"] = json!("x");
    request["data"]["teachers"] = json!([]);
    let problem = post(PATH, &request).problem(422, "data_refused");
    let errors = problem["errors"].as_array().unwrap();
    let at = |code: &str| errors.iter().find(|error| error["code"] == code).map(|error| error["pointer"].clone());
    assert_eq!(at("float_refused"), Some(json!("/data/staff/0/facts/points")));
    assert_eq!(at("unknown_fact"), Some(json!("/data/staff/1/facts/pionts")));
    assert_eq!(at("missing_fact"), Some(json!("/data/staff/1/facts/points")));
    assert_eq!(at("unknown_key"), Some(json!("/data/staff/2/note")));
    assert_eq!(at("unknown_level"), Some(json!("/data/teachers")));
    let float = errors.iter().find(|error| error["code"] == "float_refused").unwrap();
    assert_eq!((&float["level"], &float["row"], &float["fact"]), (&json!("staff"), &json!("T1"), &json!("points")));
}

#[test]
fn a_fund_that_is_overdrawn_tells_how_much_it_is_short_of() {
    let mut request = request();
    request["plan"]["steps"] = json!([{
        "do": "formula", "level": "staff", "name": "allowance", "type": "money", "formula": "points * 40",
        "from": "school.quota", "pay": {"item": "津贴"}
    }]);
    let problem = post(PATH, &request).problem(422, "calculation_refused");
    let error = &problem["errors"][0];
    assert_eq!(error["code"], "fund_overdrawn");
    assert_eq!((&error["fund"], &error["short"]), (&json!("school.quota"), &json!("20.00")));
    assert_eq!(
        (&error["level"], &error["row"], &error["pointer"]),
        (&json!("school"), &json!("S1"), &json!("/data/school/0"))
    );
    assert_eq!(problem["total"], 1);
}

#[test]
fn many_faults_are_counted_and_a_thousand_listed() {
    let mut request = request();
    let rows: Vec<serde_json::Value> =
        (0..1_500).map(|row| json!({"id": format!("T{row}"), "parent": "S1", "facts": {"points": "x"}})).collect();
    request["data"]["staff"] = json!(rows);
    let problem = post(PATH, &request).problem(422, "data_refused");
    assert_eq!(problem["total"], 1_500);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 1_000);
}

#[test]
fn messages_are_chinese_unless_english_is_asked_for() {
    let body = json!({"plan": {}, "data": {}}).to_string();
    let asked = |headers: &[(&str, &str)]| ask_at(shared(), "POST", PATH, headers, Some(body.as_bytes()));
    let chinese = asked(&[]);
    assert_eq!(chinese.header("content-language"), "zh");
    assert_eq!(chinese.problem(422, "plan_refused")["title"], "办法有误");
    let english = asked(&[("accept-language", "en-GB, zh;q=0.5")]);
    assert_eq!(english.header("content-language"), "en");
    let problem = english.problem(422, "plan_refused");
    assert_eq!(problem["title"], "The plan is refused");
    assert!(problem["errors"][0]["message"].as_str().unwrap().is_ascii(), "{problem}");
    assert_eq!(asked(&[("accept-language", "fr")]).header("content-language"), "zh");
}
