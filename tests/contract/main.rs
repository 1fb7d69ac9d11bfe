//! The rules of the contract, each its own test: on the committed documents, and where they speak of behaviour on a live
//! server. Every rule is also shown a document that breaks it, so that none can pass by looking at nothing.
//!
//! `UPDATE_OPENAPI=1 cargo test --test contract` writes the documents anew; their change is then reviewed like code.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects ends with a panic"
)]

mod compatibility;
mod live;
#[path = "../receiver/mod.rs"]
#[allow(dead_code, reason = "the receiver of the other tests, of which these use a part")]
mod receiver;
mod recorded;
mod rules;
mod schema;
#[path = "../api/server.rs"]
#[allow(dead_code, reason = "the client of the other tests, of which these use a part")]
mod server;

use std::sync::LazyLock;

use serde_json::{Value, json};

/// The committed documents.
static COMMITTED: LazyLock<[Value; 2]> = LazyLock::new(|| {
    [("openapi.json", fenpei::rest::openapi_json()), ("openapi-3.0.json", fenpei::rest::openapi_3_0_json())].map(
        |(file, current)| {
            let path = format!("{}/openapi/{file}", env!("CARGO_MANIFEST_DIR"));
            if std::env::var_os("UPDATE_OPENAPI").is_some() {
                std::fs::write(&path, &current).expect("the document is written");
            }
            let text = std::fs::read_to_string(&path).expect("the document is committed");
            assert!(
                text == current,
                "{file} is not what the program makes: UPDATE_OPENAPI=1 cargo test --test contract"
            );
            serde_json::from_str(&text).expect("the document is JSON")
        },
    )
});

/// The committed document of OpenAPI 3.1.
fn document() -> &'static Value {
    &COMMITTED[0]
}

/// Both documents keep a rule, and one that `breaks` it is found out.
fn holds(rule: fn(&Value) -> Vec<String>, breaks: fn(&mut Value)) {
    for document in &*COMMITTED {
        let breaches = rule(document);
        assert!(breaches.is_empty(), "{}: {breaches:#?}", document["openapi"]);
        let mut broken = document.clone();
        breaks(&mut broken);
        assert!(!rule(&broken).is_empty(), "the rule does not notice what breaks it");
    }
}

#[test]
fn rule_1_money_is_a_string_with_two_decimals() {
    holds(rules::money, |broken| {
        broken["components"]["schemas"]["Balance"]["properties"]["paid"]["type"] = json!("number")
    });
    holds(rules::money, |broken| {
        broken["components"]["schemas"]["FundBook"]["properties"]["left"]["format"] = json!("decimal")
    });
}

#[test]
fn rule_2_absent_never_null_and_no_patch() {
    holds(rules::null, |broken| {
        broken["components"]["schemas"]["Warning"]["properties"]["level"]["nullable"] = json!(true)
    });
    holds(rules::null, |broken| {
        broken["components"]["schemas"]["Warning"]["properties"]["level"]["type"] = json!(["string", "null"]);
    });
    holds(rules::null, |broken| broken["paths"]["/healthz"]["patch"] = json!({}));
}

#[test]
fn rule_3_unions_are_references_with_a_discriminator() {
    holds(rules::unions, |broken| {
        broken["components"]["schemas"]["PlanStep"]["discriminator"]["mapping"]["veto"] =
            json!("#/components/schemas/RankStep");
    });
    holds(rules::unions, |broken| {
        broken["components"]["schemas"]["Table"]["oneOf"][0] = json!({"type": "object"});
    });
    holds(rules::unions, |broken| {
        broken["components"]["schemas"]["VetoStep"]["properties"]["do"]["enum"] = json!(["veto", "other"]);
    });
}

#[test]
fn rule_4_what_clients_read_is_open() {
    holds(rules::open, |broken| broken["components"]["schemas"]["Column"]["properties"]["kind"]["enum"] = json!(["a"]));
    holds(rules::open, |broken| broken["components"]["schemas"]["Balance"]["additionalProperties"] = json!(false));
    holds(rules::open, |broken| {
        broken["components"]["schemas"]["ProblemError"]["properties"]["code"]["x-enum-descriptions"] =
            json!(["只有一条"]);
    });
}

#[test]
fn rule_5_one_success_and_one_media_type() {
    holds(rules::one_success, |broken| {
        broken["paths"]["/healthz"]["get"]["responses"]["204"] = json!({"description": "x"});
    });
    holds(rules::one_success, |broken| {
        broken["paths"]["/healthz"]["get"]["responses"]["200"]["content"]["text/csv"] = json!({});
    });
    holds(rules::one_success, |broken| {
        let media = &mut broken["paths"]["/v1/rosters/{roster_id}/roster.xlsx"]["get"]["responses"]["200"]["content"];
        media.as_object_mut().unwrap().values_mut().for_each(|media| media["schema"]["format"] = json!("byte"));
    });
    holds(rules::one_success, |broken| {
        let content = "/paths/~1v1~1runs~1{run_id}~1payroll.csv/get/responses/200/content/text~1csv/schema";
        *broken.pointer_mut(content).unwrap() = json!({"type": "string"});
    });
}

#[test]
fn rule_6_names_descriptions_and_examples() {
    holds(rules::names, |broken| broken["paths"]["/healthz"]["get"]["operationId"] = json!("get_health"));
    holds(rules::names, |broken| broken["paths"]["/v1/plan-templates/new"] = broken["paths"]["/healthz"].clone());
    holds(rules::descriptions, |broken| {
        broken["components"]["schemas"]["Pay"]["properties"]["item"]["description"] = json!("English alone.");
    });
    holds(rules::descriptions, |broken| {
        broken["paths"]["/v1/calculations"]["post"]["parameters"][0]["description"] = json!("只有中文");
    });
    holds(rules::examples, |broken| {
        let media = broken.pointer_mut("/paths/~1v1~1calculations/post/requestBody/content/application~1json").unwrap();
        media.as_object_mut().unwrap().remove("example");
    });
}

#[test]
fn rule_7_errors_are_one_shared_problem() {
    holds(rules::problems, |broken| {
        broken["paths"]["/v1/calculations"]["post"]["responses"].as_object_mut().unwrap().remove("413");
    });
    holds(rules::problems, |broken| {
        broken["paths"]["/healthz"]["get"]["responses"]["500"] = json!({"description": "own"});
    });
}

#[test]
fn the_older_document_says_the_same_in_its_own_words() {
    let [new, old] = &*COMMITTED;
    let breaches = rules::version_3_0(old);
    assert!(breaches.is_empty(), "{breaches:#?}");
    assert!(!rules::version_3_0(new).is_empty(), "the rule tells the versions apart");
    let operations =
        |document| schema::operations(document).into_iter().map(|(path, method, _)| (path, method)).collect::<Vec<_>>();
    assert_eq!(operations(new), operations(old));
    let names = |document: &'static Value| {
        schema::entries(&document["components"]["schemas"]).map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(new), names(old));
}

#[test]
fn the_readme_shows_the_table_of_states_that_the_program_has() {
    let tags = document()["tags"].as_array().unwrap();
    let runs = tags.iter().find(|tag| tag["name"] == "runs").unwrap()["description"].as_str().unwrap();
    let (_, table) = runs.split_once("\n\n").expect("a table after the description");
    assert!(table.lines().count() > 6, "{table}");
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    assert!(readme.contains(table), "the README must show:\n{table}");
}
