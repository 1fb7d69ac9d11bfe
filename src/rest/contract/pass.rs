//! The rules of the contract that utoipa does not print by itself, each a pure pass over the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schemas::{each, entries};
use super::{TAGS, on_record, problem_document, webhooks, words};
use crate::record::states;
use crate::rest::problem::PROBLEM_JSON;

const SCHEMAS: &str = "#/components/schemas/";

/// The document by the rules.
pub(super) fn passed(mut document: Value) -> Value {
    one_line_descriptions(&mut document);
    each(&mut document, &mut without_null);
    each(&mut document, &mut without_property_names);
    each(&mut document, &mut words_before_meanings);
    named_branches(&mut document);
    inlined(&mut document);
    on_record::said(&mut document);
    webhooks::said(&mut document);
    each(&mut document, &mut words::meant);
    shared_problem(&mut document);
    display_names(&mut document);
    document
}

/// A description that was wrapped in the source is one line again; paragraphs stay.
fn one_line_descriptions(document: &mut Value) {
    each(document, &mut |schema| joined(schema.get_mut("description")));
    for (_, item) in entries(document.get_mut("paths")) {
        for (_, operation) in entries(Some(item)) {
            joined(operation.get_mut("description"));
        }
    }
}

fn joined(description: Option<&mut Value>) {
    let Some(Value::String(text)) = description else { return };
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        match whole.chars().next_back() {
            // A Latin word ends at the end of its line, a Chinese one does not.
            Some(last) if last.is_ascii() && !line.is_empty() => whole.push(' '),
            _ => {}
        }
        whole.push_str(line);
    }
    *text = whole;
}

/// What may be absent is never null.
fn without_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(branches)) = object.get_mut("oneOf") {
        branches.retain(|branch| *branch != json!({"type": "null"}));
        if let [Value::Object(one)] = branches.as_slice() {
            let one = one.clone();
            object.shift_remove("oneOf");
            object.extend(one);
        }
    }
}

/// The keys of maps are strings: that need not be said.
fn without_property_names(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        object.shift_remove("propertyNames");
    }
}

/// utoipa keeps extensions in no order; the document has one.
fn words_before_meanings(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut()
        && let Some(meanings) = object.shift_remove("x-enum-descriptions")
    {
        object.insert("x-enum-descriptions".to_owned(), meanings);
    }
}

/// The branches of a union are named components with their tag; the union is a list of references with a discriminator.
fn named_branches(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    let mut tagged: Vec<(String, String, String)> = Vec::new();
    for (_, union) in schemas.iter_mut() {
        let Some(Value::Array(branches)) = union.get("oneOf") else { continue };
        let branches: Vec<(String, String, String)> = branches.iter().filter_map(branch).collect();
        let Some((_, tag, _)) = branches.first() else { continue };
        let mapping: Map<String, Value> =
            branches.iter().map(|(name, _, word)| (word.clone(), json!(format!("{SCHEMAS}{name}")))).collect();
        let references: Vec<Value> = mapping.values().map(|reference| json!({"$ref": reference})).collect();
        let discriminator = json!({"propertyName": tag, "mapping": mapping});
        if let Some(union) = union.as_object_mut() {
            union.insert("oneOf".to_owned(), json!(references));
            union.insert("discriminator".to_owned(), discriminator);
        }
        tagged.extend(branches);
    }
    for (name, tag, word) in tagged {
        let Some(Value::Object(branch)) = schemas.get_mut(&name) else { continue };
        if let Some(Value::Object(properties)) = branch.get_mut("properties") {
            let description = "种类，恒为此值。The kind: always this word.";
            properties.shift_insert(
                0,
                tag.clone(),
                json!({"type": "string", "enum": [word], "description": description}),
            );
        }
        if let Some(Value::Array(required)) = branch.get_mut("required") {
            required.insert(0, json!(tag));
        }
    }
}

/// The component of a branch, the tag, and its word, as utoipa prints them: a reference beside an object of the tag alone.
fn branch(branch: &Value) -> Option<(String, String, String)> {
    let name = branch.pointer("/allOf/0/$ref")?.as_str()?.strip_prefix(SCHEMAS)?;
    let (tag, schema) = branch.pointer("/allOf/1/properties")?.as_object()?.iter().next()?;
    Some((name.to_owned(), tag.clone(), schema.pointer("/enum/0")?.as_str()?.to_owned()))
}

/// What is no object with properties and no union (texts, words, maps) stands where it is used: clients get plain types.
fn inlined(document: &mut Value) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    let is_plain = |schema: &Value| schema.get("properties").is_none() && schema.get("oneOf").is_none();
    let names: Vec<String> =
        schemas.iter().filter(|(_, schema)| is_plain(schema)).map(|(name, _)| name.clone()).collect();
    let plain: BTreeMap<String, Value> =
        names.iter().filter_map(|name| Some((format!("{SCHEMAS}{name}"), schemas.shift_remove(name)?))).collect();
    // A map may hold what is itself plain: its items are reached in a second round.
    for _ in 0..2 {
        each(document, &mut |schema| {
            let Some(Value::Object(known)) =
                schema.get("$ref").and_then(Value::as_str).and_then(|name| plain.get(name))
            else {
                return;
            };
            let mut whole = known.clone();
            // Where it is used more is known of it than where it is defined.
            let own = schema.as_object().into_iter().flatten().filter(|(key, _)| *key != "$ref");
            whole.extend(own.map(|(key, value)| (key.clone(), value.clone())));
            *schema = Value::Object(whole);
        });
    }
}

/// Every error of every operation is the one shared problem.
fn shared_problem(document: &mut Value) {
    for (_, item) in entries(document.get_mut("paths")) {
        for (_, operation) in entries(Some(item)) {
            for (status, response) in entries(operation.get_mut("responses")) {
                if status.starts_with(['4', '5']) {
                    *response = json!({"$ref": "#/components/responses/Problem"});
                }
            }
        }
    }
    let content = json!({PROBLEM_JSON: {"schema": {"$ref": format!("{SCHEMAS}Problem")}}});
    if let Some(Value::Object(components)) = document.get_mut("components") {
        let text = |description: &str| json!({"description": description, "schema": {"type": "string"}});
        let headers = json!({
            "Retry-After": text("多少秒之后再试。After how many seconds to try again."),
            "WWW-Authenticate": text("401 时为 Bearer。Bearer, with 401."),
            "Allow": text("405 时为此路径接受的方法。The methods that the path takes, with 405."),
        });
        let shared = json!({"Problem": {"description": problem_document::description(), "headers": headers, "content": content}});
        components.insert("responses".to_owned(), shared);
    }
}

/// Tags are ASCII; people read their display names.
fn display_names(document: &mut Value) {
    for tag in document.get_mut("tags").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = tag.get("name").and_then(Value::as_str).unwrap_or_default();
        let known = TAGS.iter().find(|(known, _)| *known == name).map(|(_, display)| *display);
        let is_runs = known == Some("核算");
        if let (Some(display), Some(tag)) = (known, tag.as_object_mut()) {
            tag.insert("x-displayName".to_owned(), json!(display));
            if let Some(Value::String(description)) = tag.get_mut("description").filter(|_| is_runs) {
                description.push_str(&format!("\n\n{}", states::markdown()));
            }
        }
    }
}
