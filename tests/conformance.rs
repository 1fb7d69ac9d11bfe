//! Every case of `tests/conformance/`: accepted ones give what they expect on every key they state, refused ones the same
//! codes at the same places. One runner, no special cases.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test stops where it is surprised")]

use fenpei::wire::json;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use crate::cases::Case;

mod cases;

/// A value without what the case leaves open: messages, nulls (absent), and the order of lists.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(key, value)| !value.is_null() && *key != "message");
            kept.map(|(key, value)| (key.clone(), comparable(value))).collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(comparable).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

/// What `found` has of the keys that `expected` states, object by object; the items of a list have the keys that any
/// expected item states.
fn stated(found: &Value, expected: &Value) -> Value {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().filter_map(|(key, wanted)| Some((key.clone(), stated(found.get(key)?, wanted)))).collect()
        }
        (Value::Array(found), Value::Array(expected)) => {
            let keys: BTreeSet<&String> =
                expected.iter().filter_map(Value::as_object).flat_map(|item| item.keys()).collect();
            let keep = |item: &Value| match item {
                Value::Object(entries) => entries
                    .iter()
                    .filter(|(key, _)| keys.contains(key))
                    .map(|(key, it)| (key.clone(), it.clone()))
                    .collect(),
                other => other.clone(),
            };
            Value::Array(found.iter().map(keep).collect())
        }
        _ => found.clone(),
    }
}

/// The code and the place of each error.
fn errors(result: &Value) -> Vec<String> {
    let keys = ["code", "at", "level", "row", "fact", "step", "fund", "short", "tied"];
    let empty = Vec::new();
    let list = result["errors"].as_array().unwrap_or(&empty);
    let mut found: Vec<String> = list
        .iter()
        .map(|error| {
            let stated: BTreeMap<&str, &Value> =
                keys.iter().filter_map(|key| Some((*key, error.get(key).filter(|value| !value.is_null())?))).collect();
            serde_json::to_string(&stated).expect("a map is JSON")
        })
        .collect();
    found.sort();
    found
}

/// The same with only the keys that the expected errors state at all (`fund`, `short` and `tied` often are not).
fn stated_errors(result: &Value, expected: &Value) -> Vec<String> {
    let mentions =
        |key: &str| expected["errors"].as_array().is_some_and(|list| list.iter().any(|it| it.get(key).is_some()));
    let mut result = result.clone();
    if let Some(list) = result["errors"].as_array_mut() {
        for error in list.iter_mut().filter_map(Value::as_object_mut) {
            error.retain(|key, _| !matches!(key.as_str(), "fund" | "short" | "tied") || mentions(key));
        }
    }
    errors(&result)
}

fn difference(case: &Case) -> Option<String> {
    let found = cases::answer(&case.plan, &case.data, false);
    let found: Value = serde_json::from_slice(&found).expect("an answer is JSON");
    let expected: Value = serde_json::from_str(&case.expect).expect("an expectation is JSON");
    let expected = &expected;
    if expected.get("errors").is_some() {
        let (found, wanted) = (stated_errors(&found, expected), errors(expected));
        return (found != wanted).then(|| format!("errors\n   found {found:?}\n  wanted {wanted:?}"));
    }
    if found.get("errors").is_some() {
        return Some(format!("refused: {:?}", errors(&found)));
    }
    let (found, wanted) = (comparable(&stated(&found, expected)), comparable(expected));
    let keys = expected.as_object().into_iter().flatten().map(|(key, _)| key);
    let different: Vec<String> = keys
        .filter(|key| found.get(key) != wanted.get(key))
        .map(|key| format!("{key}\n   found {}\n  wanted {}", found[key], wanted[key]))
        .collect();
    (!different.is_empty()).then(|| different.join("\n"))
}

#[test]
fn every_case_gives_what_it_expects() {
    let cases = cases::all();
    let different = |case: &Case| difference(case).map(|difference| format!("{}: {difference}", case.name));
    let failed: Vec<String> = cases.iter().filter_map(different).collect();
    assert!(failed.is_empty(), "{} of {} cases differ:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

#[test]
fn a_case_that_differs_is_seen() {
    let case = br#"{
        "plan": {"language": 1, "code": "t", "title": "t", "levels": [{"name": "u"}],
                 "steps": [{"do": "formula", "level": "u", "name": "a", "formula": "1"}]},
        "data": {"u": [{"id": "R"}]},
        "expect": {"rows": {"u": [{"id": "R", "values": {"a": "2"}}]}}
    }"#;
    assert!(difference(&Case::new(&json::read(case).expect("JSON"), "")).is_some());
}
