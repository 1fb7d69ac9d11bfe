//! The rules of `service.md` §4 as functions from a document to its breaches.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::schema::{entries, is_bilingual, operations, reached, schemas};

const MONEY: &str = r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$";

/// What is money, wherever clients read it.
const AMOUNTS: [&str; 49] = [
    "RunItem.amount",
    "Payee.total",
    "PayeeLine.amount",
    "StatementLine.amount",
    "ResultRow.total",
    "FundBook.value",
    "FundBook.left",
    "FundBook.drawn.additionalProperties",
    "FundBook.withheld.additionalProperties",
    "Balance.sources",
    "Balance.paid",
    "Balance.assigned",
    "Balance.withheld",
    "Balance.left",
    "Balance.unfunded",
    "Balance.payee_total",
    "ProblemError.short",
    "ProblemError.left",
    "SimulatedTally.amount",
    "SimulatedSchool.base",
    "SimulatedSchool.variant",
    "SimulatedSchool.difference",
    "SimulatedGroup.difference",
    "SimulatedLoss.base",
    "SimulatedLoss.variant",
    "GoalBinding.left",
    "ComparisonTotals.base",
    "ComparisonTotals.other",
    "ComparisonTotals.difference",
    "ComparedPayee.base",
    "ComparedPayee.other",
    "ComparedPayee.difference",
    "ComparedItem.base",
    "ComparedItem.other",
    "ComparedItem.difference",
    "ComparisonCause.amount",
    "ReconciledItem.run",
    "ReconciledItem.figures",
    "ReconciledItem.difference",
    "ReconciledDifference.run",
    "ReconciledDifference.figures",
    "ReconciledDifference.difference",
    "NoticeItem.amount",
    "NoticePayee.total",
    "NoticeList.total",
    "StatementPeers.mean",
    "StatementPeers.median",
    "ExplainedWithoutVeto.total",
    "ExplainedWithoutVeto.took",
];

/// Rule 1.
pub fn money(document: &Value) -> Vec<String> {
    let schemas = schemas(document);
    let mut breaches = Vec::new();
    for (name, schema) in &schemas {
        let is_money = schema["format"] == "money";
        if schema["type"] == "number"
            || ["decimal", "number", "float", "double"].iter().any(|format| schema["format"] == *format)
            || (is_money && (schema["type"] != "string" || schema["pattern"] != MONEY))
        {
            breaches.push(format!("{name}: {schema}"));
        }
    }
    for amount in AMOUNTS {
        let known = schemas.iter().find(|(name, _)| name == amount);
        if known.is_none_or(|(_, schema)| schema["format"] != "money") {
            breaches.push(format!("{amount} is not money"));
        }
    }
    breaches
}

/// Rule 2.
pub fn null(document: &Value) -> Vec<String> {
    let nulls = schemas(document).into_iter().filter(|(_, schema)| {
        !schema["nullable"].is_null()
            || schema["type"].is_array()
            || schema["type"] == "null"
            || schema["enum"].as_array().is_some_and(|words| words.contains(&Value::Null))
    });
    let patches = operations(document).into_iter().filter(|(_, method, _)| *method == "patch");
    nulls.map(|(name, _)| name).chain(patches.map(|(path, _, _)| path.to_owned())).collect()
}

/// Rule 3.
pub fn unions(document: &Value) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut unions = BTreeSet::new();
    for (name, schema) in schemas(document) {
        if schema["anyOf"].is_array() || schema["allOf"].as_array().is_some_and(|all| all.len() != 1) {
            breaches.push(format!("{name}: anyOf or allOf"));
        }
        let Some(branches) = schema["oneOf"].as_array() else { continue };
        unions.insert(name.clone());
        let (tag, mapping) = (&schema["discriminator"]["propertyName"], &schema["discriminator"]["mapping"]);
        let mapped: BTreeSet<&str> = entries(mapping).filter_map(|(_, branch)| branch.as_str()).collect();
        let listed: BTreeSet<&str> = branches.iter().filter_map(|branch| branch["$ref"].as_str()).collect();
        let plain = branches.iter().all(|branch| branch.as_object().is_some_and(|keys| keys.len() == 1));
        if mapped != listed || listed.len() != branches.len() || !plain || entries(mapping).count() != branches.len() {
            breaches.push(format!("{name}: branches {listed:?}, mapping {mapped:?}"));
        }
        for (word, branch) in entries(mapping) {
            let branch = branch.as_str().and_then(|branch| document.pointer(&branch[1..])).unwrap_or(&Value::Null);
            let own = &branch["properties"][tag.as_str().unwrap_or_default()]["enum"];
            let required = branch["required"].as_array().is_some_and(|required| required.contains(tag));
            if *own != serde_json::json!([word]) || !required || branch["additionalProperties"] != false {
                breaches.push(format!("{name}: {word}"));
            }
        }
    }
    // Unions are only where clients write.
    if !unions.iter().map(String::as_str).eq(["PlanStep", "Table"]) {
        breaches.push(format!("the unions are {unions:?}"));
    }
    breaches
}

/// Rule 4.
pub fn open(document: &Value) -> Vec<String> {
    let bodies = operations(document).into_iter().map(|(_, _, operation)| &operation["requestBody"]);
    let written = reached(
        document,
        bodies.flat_map(|body| entries(&body["content"]).map(|(_, media)| &media["schema"])).collect(),
    );
    let mut breaches = Vec::new();
    let mut words = 0;
    for (name, schema) in schemas(document) {
        let read_only = !written.contains(name.split('.').next().unwrap_or_default()) && !name.ends_with("Request");
        let component = !name.contains(' ');
        let closed = schema["enum"].is_array() || schema["additionalProperties"] == false;
        if component
            && read_only
            && closed
            && !name.starts_with("CalculationRequest")
            && !name.starts_with("PlanCheckRequest")
        {
            breaches.push(format!("{name} is closed"));
        }
        if let Some(known) = schema["x-extensible-enum"].as_array() {
            words += 1;
            let meanings = schema["x-enum-descriptions"].as_array();
            let chinese =
                |text: &Value| text.as_str().is_some_and(|text| text.chars().any(|letter| letter > '\u{4dff}'));
            if meanings.is_none_or(|meanings| meanings.len() != known.len() || !meanings.iter().all(chinese)) {
                breaches.push(format!("{name}: words without meanings"));
            }
        }
    }
    let codes = document.pointer("/components/schemas/ProblemError/properties/code/x-extensible-enum");
    if codes.and_then(Value::as_array).map(Vec::len) != Some(fenpei::plan::Code::ALL.len()) || words < 7 {
        breaches.push("codes are missing".to_owned());
    }
    breaches
}

/// Rule 5.
pub fn one_success(document: &Value) -> Vec<String> {
    let breach = operations(document).into_iter().filter(|(_, _, operation)| {
        let successes: Vec<&Value> = entries(&operation["responses"])
            .filter(|(status, _)| !status.starts_with(['4', '5']))
            .map(|(_, body)| body)
            .collect();
        let one = |body: &Value| entries(&body["content"]).count() == 1 && entries(&body["content"]).all(is_plain);
        successes.len() != 1
            || !successes.iter().all(|body| one(body))
            || !(operation["requestBody"].is_null() || one(&operation["requestBody"]))
    });
    breach.map(|(path, method, _)| format!("{method} {path}")).collect()
}

/// Rule 5 of one media type: what is neither JSON nor plain text is bytes; a form has parts, and its files are bytes.
fn is_plain((media, content): (&String, &Value)) -> bool {
    let schema = &content["schema"];
    let is_bytes = |schema: &Value| schema["type"] == "string" && schema["format"] == "binary";
    match media.as_str() {
        "application/json" => !is_bytes(schema),
        "multipart/form-data" => {
            let name = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str()).unwrap_or_default();
            name.starts_with("#/components/schemas/")
        }
        "text/plain" => schema["type"] == "string",
        _ => is_bytes(schema),
    }
}

/// Whether an operation wants a token.
pub fn wants_token(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(|security| !security.is_empty())
}

/// The answer of an operation that is done.
pub fn success(operation: &Value) -> &Value {
    let mut responses = entries(&operation["responses"]);
    responses.find(|(status, _)| status.starts_with('2')).map_or(&Value::Null, |(_, response)| response)
}

/// The media type of a workbook, whose bytes no document shows.
pub const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The one media type of the answer of an operation that is done.
pub fn media(operation: &Value) -> (&str, &Value) {
    entries(&success(operation)["content"]).next().map_or(("", &Value::Null), |(kind, media)| (kind.as_str(), media))
}

/// Rule 6: names.
pub fn names(document: &Value) -> Vec<String> {
    const VERBS: [&str; 26] = [
        "decide",
        "open",
        "close",
        "redeliver",
        "rotate",
        "annotate",
        "import",
        "delete",
        "reconcile",
        "calculate",
        "compare",
        "check",
        "list",
        "get",
        "create",
        "put",
        "publish",
        "archive",
        "revise",
        "submit",
        "approve",
        "release",
        "withdraw",
        "revoke",
        "simulate",
        "seek",
    ];
    let snake = |name: &str| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let mut breaches = Vec::new();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let camel =
            id.bytes().all(|byte| byte.is_ascii_alphanumeric()) && VERBS.iter().any(|verb| id.starts_with(verb));
        let tags = operation["tags"].as_array().map_or(0, Vec::len);
        if !camel || !ids.insert(id) || tags != 1 {
            breaches.push(format!("{method} {path}: {id}"));
        }
    }
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        if !name.is_ascii() || name.is_empty() || tag["x-displayName"].as_str().is_none_or(str::is_ascii) {
            breaches.push(format!("tag {tag}"));
        }
    }
    for (name, schema) in schemas(document) {
        breaches.extend(
            entries(&schema["properties"]).filter(|(key, _)| !snake(key)).map(|(key, _)| format!("{name}.{key}")),
        );
    }
    // No static path beside an {id}.
    let paths: Vec<&str> = entries(&document["paths"]).map(|(path, _)| path.as_str()).collect();
    for path in paths.iter().filter(|path| path.ends_with('}')) {
        let (parent, _) = path.rsplit_once('/').unwrap_or_default();
        let beside = |other: &&&str| other.rsplit_once('/').is_some_and(|(above, _)| above == parent) && *other != path;
        breaches.extend(paths.iter().filter(beside).map(|other| format!("{other} beside {path}")));
    }
    breaches
}

/// Rule 6: descriptions.
pub fn descriptions(document: &Value) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut need = |name: String, text: &Value| {
        if !text.as_str().is_some_and(is_bilingual) {
            breaches.push(format!("{name}: {text}"));
        }
    };
    need("info".to_owned(), &document["info"]["description"]);
    for tag in document["tags"].as_array().into_iter().flatten() {
        need(tag["name"].to_string(), &tag["description"]);
    }
    for (path, method, operation) in operations(document) {
        let name = format!("{method} {path}");
        need(name.clone(), &operation["summary"]);
        need(name.clone(), &operation["description"]);
        need(name.clone(), &success(operation)["description"]);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            need(format!("{name} {}", parameter["name"]), &parameter["description"]);
        }
        if !operation["requestBody"].is_null() {
            need(name, &operation["requestBody"]["description"]);
        }
    }
    for (name, webhook) in entries(&document["webhooks"]) {
        let post = &webhook["post"];
        let all = [&post["summary"], &post["description"], &post["requestBody"]["description"]];
        let parameters = post["parameters"].as_array().into_iter().flatten();
        let parts = parameters.chain(entries(&post["responses"]).map(|(_, answer)| answer));
        all.into_iter().chain(parts.map(|part| &part["description"])).for_each(|text| need(name.clone(), text));
    }
    need("Problem".to_owned(), &document["components"]["responses"]["Problem"]["description"]);
    for (name, schema) in entries(&document["components"]["schemas"]) {
        need(name.clone(), &schema["description"]);
    }
    for (name, schema) in schemas(document) {
        for (key, property) in entries(&schema["properties"]) {
            need(format!("{name}.{key}"), &property["description"]);
        }
    }
    breaches
}

/// Rule 6: every operation has an example of what it takes and of what it gives.
pub fn examples(document: &Value) -> Vec<String> {
    let has = |media: &Value| !media["example"].is_null() || entries(&media["examples"]).count() > 0;
    let lacking = operations(document).into_iter().filter(|(_, _, operation)| {
        let media = |body: &Value| entries(&body["content"]).all(|(kind, media)| kind == WORKBOOK || has(media));
        let parameters =
            operation["parameters"].as_array().into_iter().flatten().all(|parameter| !parameter["example"].is_null());
        !media(&operation["requestBody"]) || !media(success(operation)) || !parameters
    });
    lacking.map(|(path, method, _)| format!("{method} {path}")).collect()
}

/// Rule 7.
pub fn problems(document: &Value) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, method, operation) in operations(document) {
        let mut wanted = vec!["500"];
        if path != "/metrics" {
            wanted.push("406");
        }
        if method == "post" {
            wanted.extend(["400", "413", "415", "429", "503"]);
        }
        if wants_token(operation) {
            wanted.extend(["401", "429", "503"]);
        }
        if path.contains('{') {
            wanted.push("404");
        }
        let responses = &operation["responses"];
        breaches.extend(
            wanted
                .into_iter()
                .filter(|status| responses[*status].is_null())
                .map(|status| format!("{method} {path} {status}")),
        );
        for (status, response) in entries(responses).filter(|(status, _)| status.starts_with(['4', '5'])) {
            if *response != serde_json::json!({"$ref": "#/components/responses/Problem"}) {
                breaches.push(format!("{method} {path} {status} is its own"));
            }
        }
    }
    let shared = &document["components"]["responses"]["Problem"]["content"];
    let media: Vec<&String> = entries(shared).map(|(media, _)| media).collect();
    if media != ["application/problem+json"]
        || shared["application/problem+json"]["schema"]["$ref"] != "#/components/schemas/Problem"
    {
        breaches.push(format!("the shared problem: {shared}"));
    }
    let problem = &document["components"]["schemas"]["Problem"];
    for key in ["type", "title", "status", "detail", "code"] {
        if !problem["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key)) {
            breaches.push(format!("Problem.{key}"));
        }
    }
    breaches
}

/// OpenAPI 3.0 has no words of 3.1.
pub fn version_3_0(document: &Value) -> Vec<String> {
    let mut breaches = Vec::new();
    if document["openapi"] != "3.0.3"
        || !document["webhooks"].is_null()
        || !document["info"]["license"]["identifier"].is_null()
    {
        breaches.push("version".to_owned());
    }
    for (name, schema) in schemas(document) {
        let lone = schema["$ref"].is_null() || schema.as_object().is_some_and(|keys| keys.len() == 1);
        let newer = ["const", "propertyNames", "examples", "$defs", "contentMediaType"]
            .iter()
            .any(|key| !schema[*key].is_null());
        if !lone || newer || schema["type"].is_array() || schema["exclusiveMinimum"].is_number() {
            breaches.push(format!("{name}: {schema}"));
        }
    }
    breaches
}
