//! What the document says of behaviour, tried on a live server.

use fenpei::rest::{Deprecated, Limits, deprecating};
use serde_json::{Value, json};

use crate::document;
use crate::schema::{misfits, operations};
use crate::server::{Answer, ask_at, get, post, request, shared, start};

/// The path with the examples of its parameters.
fn example_path(path: &str, operation: &Value) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
        let value = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
        match parameter["in"].as_str().unwrap() {
            "path" => path = path.replace(&format!("{{{name}}}"), &value),
            "query" => query.push(format!("{name}={value}")),
            other => panic!("a parameter in {other}"),
        }
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

fn ask(path: &str, method: &str, operation: &Value) -> Answer {
    let body = operation["requestBody"]["content"]["application/json"]["example"].clone();
    let bytes = body.to_string();
    let body = if body.is_null() { None } else { Some(bytes.as_bytes()) };
    ask_at(shared(), &method.to_uppercase(), &example_path(path, operation), &[], body)
}

fn fits(schema: &Value, value: &Value, what: &str) {
    let misfits = misfits(document(), schema, value);
    assert!(misfits.is_empty(), "{what}: {misfits:#?}");
}

fn component(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(entries) => entries.values().any(has_null),
        _ => false,
    }
}

#[test]
fn every_example_is_what_the_service_takes_and_gives() {
    // Those on record are in `recorded`, for each builds on what others have made.
    let mut operations = operations(document());
    operations.retain(|(_, _, operation)| !crate::rules::wants_token(operation));
    assert_eq!(operations.len(), 11);
    for (path, method, operation) in operations {
        let id = operation["operationId"].as_str().unwrap();
        let answer = ask(path, method, operation);
        if path == "/notices/{link}" {
            // A link that everybody can read here is nobody's; `tests/record/objections.rs` asks for real ones.
            assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")));
            continue;
        }
        assert_eq!(answer.status, 200, "{id}: {}", String::from_utf8_lossy(&answer.bytes));
        let media = answer.header("content-type").split(';').next().unwrap();
        let media = &operation["responses"]["200"]["content"][media];
        if path == "/metrics" {
            let text = String::from_utf8(answer.bytes).unwrap();
            assert!(text.contains(media["example"].as_str().unwrap()), "{text}");
            continue;
        }
        let given = answer.json();
        fits(&media["schema"], &given, id);
        if path.starts_with("/v1/") {
            assert!(!has_null(&given), "{id} gives null");
        }
        if path.starts_with("/openapi") {
            // A document cannot hold itself.
            assert_eq!(given["openapi"], media["example"]["openapi"], "{id}");
        } else {
            assert_eq!(given, media["example"], "{id}");
        }
        if let Some(body) = operation["requestBody"]["content"].as_object() {
            fits(&body["application/json"]["schema"], &body["application/json"]["example"], id);
        }
    }
}

#[test]
fn the_schemas_fit_every_template_and_its_result() {
    for item in get("/v1/plan-templates").json()["items"].as_array().unwrap() {
        let id = item["id"].as_str().unwrap();
        let template = get(&format!("/v1/plan-templates/{id}")).json();
        fits(&component("PlanTemplate"), &template, id);
        let request = json!({"plan": template["plan"], "data": template["data"]});
        fits(&component("CalculationRequest"), &request, id);
        fits(&component("CalculationResult"), &post("/v1/calculations", &request).json(), id);
        fits(&component("PlanCheck"), &post("/v1/plan-checks", &json!({"plan": template["plan"]})).json(), id);
    }
}

/// The rows of a result that are paid.
fn payees(result: &Value) -> Vec<(&str, &str)> {
    let rows = result["rows"].as_object().unwrap().iter();
    let rows = rows.flat_map(|(level, rows)| rows.as_array().unwrap().iter().map(move |row| (level.as_str(), row)));
    rows.filter(|(_, row)| !row["total"].is_null()).map(|(level, row)| (level, row["id"].as_str().unwrap())).collect()
}

#[test]
fn the_schema_of_explanations_fits_every_statement_of_every_template() {
    for item in get("/v1/plan-templates").json()["items"].as_array().unwrap() {
        let id = item["id"].as_str().unwrap();
        let template = get(&format!("/v1/plan-templates/{id}")).json();
        let request = json!({"plan": template["plan"], "data": template["data"]});
        let result = post("/v1/calculations", &request).json();
        let payees = payees(&result);
        assert!(!payees.is_empty());
        for (level, row) in payees {
            let folder = format!("{}/plans/{id}", env!("CARGO_MANIFEST_DIR"));
            let told = std::process::Command::new(env!("CARGO_BIN_EXE_fenpei"))
                .args(["explain", "--json", &format!("{folder}/plan.json"), &format!("{folder}/data.json"), level, row])
                .output()
                .unwrap();
            let told: Value = serde_json::from_slice(&told.stdout).unwrap();
            fits(&component("Statement"), &told, row);
        }
    }
}

#[test]
fn what_the_schemas_refuse_the_service_refuses() {
    for (pointer, bad) in [
        ("/plan/language", json!(1.0)),
        ("/plan/steps/0/to", json!(0.01)),
        ("/plan/steps/0/do", json!("pay")),
        ("/plan/steps/0/pay", json!({"items": "x"})),
        ("/plan/levels", json!([])),
        ("/plan/levels/0/facts/0/type", json!("decimal")),
        ("/data/staff/0/id", json!("")),
        ("/data/staff/0/facts", json!([])),
    ] {
        let mut request = request();
        fits(&component("CalculationRequest"), &request, "the good one");
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        request.pointer_mut(parent).unwrap()[key] = bad;
        assert!(
            !misfits(document(), &component("CalculationRequest"), &request).is_empty(),
            "{pointer} by the document"
        );
        assert_eq!(post("/v1/calculations", &request).status, 422, "{pointer}");
    }
}

#[test]
fn every_word_of_a_union_is_a_word_of_the_language() {
    for (union, list, tag) in [("PlanStep", "steps", "do"), ("Table", "tables", "kind")] {
        for word in document()["components"]["schemas"][union]["discriminator"]["mapping"].as_object().unwrap().keys() {
            let mut plan = request()["plan"].clone();
            plan[list] = json!([{tag: word}]);
            let found = post("/v1/plan-checks", &json!({"plan": plan})).json();
            let at = format!("/plan/{list}/0/{tag}");
            let errors = found["errors"].as_array().unwrap();
            assert!(
                !errors.is_empty() && errors.iter().all(|error| error["pointer"] != at.as_str()),
                "{word}: {found}"
            );
        }
    }
}

#[test]
fn every_problem_fits_its_schema_and_its_status_is_declared() {
    let declared = &document()["paths"]["/v1/calculations"]["post"]["responses"];
    let mut floats = request();
    floats["data"]["school"][0]["facts"]["quota"] = json!(100.5);
    let mut plan = request();
    plan["plan"]["steps"][0]["weight"] = json!("point");
    let mut overdrawn = request();
    overdrawn["plan"]["steps"][0]["amount"] = json!("quota + 1");
    let sent = |headers: &[(&str, &str)], body: &str| {
        ask_at(shared(), "POST", "/v1/calculations", headers, Some(body.as_bytes()))
    };
    let answers = [
        (400, sent(&[], "{")),
        (400, sent(&[], "{\"a\": 1}")),
        (406, sent(&[("accept", "text/csv")], "{}")),
        (415, sent(&[("content-type", "text/csv")], "{}")),
        (422, sent(&[], &plan.to_string())),
        (422, sent(&[], &floats.to_string())),
        (422, sent(&[("accept-language", "en")], &overdrawn.to_string())),
    ];
    for (status, answer) in &answers {
        assert_eq!(answer.status, *status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!declared[status.to_string()].is_null(), "{status} is declared");
        let problem = answer.json();
        fits(&component("Problem"), &problem, &problem.to_string());
        assert!(!has_null(&problem), "{problem}");
    }
    assert_eq!(answers[5].1.json()["errors"][0]["code"], "float_refused");
    assert_eq!(answers[6].1.json()["errors"][0]["code"], "fund_overdrawn");
}

/// 1 January 2026 and 2027 in seconds since 1970, which were a Thursday and a Friday.
#[test]
fn an_operation_that_will_go_says_so_with_each_answer_and_in_the_document() {
    let goes = Deprecated { method: "GET", path: "/v1/plan-templates", since: 1_767_225_600, sunset: 1_798_761_600 };
    let server = start(Limits { deprecated: vec![goes], ..Limits::default() });
    let answer = ask_at(server, "GET", "/v1/plan-templates", &[], None);
    assert_eq!(answer.header("deprecation"), "@1767225600");
    assert_eq!(answer.header("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
    for other in ["/v1/plan-templates/none", "/healthz"] {
        let answer = ask_at(server, "GET", other, &[], None);
        assert_eq!((answer.header("deprecation"), answer.header("sunset")), ("", ""), "{other}");
    }
    let marked = deprecating(document().clone(), &[goes]);
    let of = |document: &Value| document["paths"]["/v1/plan-templates"]["get"]["deprecated"].clone();
    assert_eq!((of(document()), of(&marked)), (Value::Null, json!(true)));
}
