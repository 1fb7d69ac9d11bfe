//! A released document is a promise: what reads answers finds what it found, what sends requests may go on sending them. Here
//! every change that breaks it is told, with who is broken; what is only added is none.
//!
//! `openapi/released/openapi.json` is the document of the last release: at a release `openapi/openapi.json` is copied there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document;
use crate::schema::{entries, operations};

/// Who is held to a schema.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    /// Clients send it: it may become wider.
    Sent,
    /// Clients read it: it may become narrower.
    Read,
}

/// What a later document breaks of an earlier one.
struct Breaches<'d> {
    before: &'d Value,
    after: &'d Value,
    seen: BTreeSet<(String, Side)>,
    told: BTreeSet<String>,
}

/// All that breaks, each as a sentence.
fn breaches(before: &Value, after: &Value) -> BTreeSet<String> {
    let mut found = Breaches { before, after, seen: BTreeSet::new(), told: BTreeSet::new() };
    for (path, method, operation) in operations(before) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let now = &after["paths"][path][method];
        if now.is_null() {
            found.tell(id, &format!("{method} {path} is gone"), "everybody who calls it is answered 404 or 405");
        } else {
            found.operation(id, operation, now);
        }
    }
    for (name, response) in entries(&before["components"]["responses"]) {
        found.content(name, response, &after["components"]["responses"][name], Side::Read);
    }
    for (name, webhook) in entries(&before["webhooks"]) {
        let body = |document: &'_ Value| document["webhooks"][name]["post"]["requestBody"].clone();
        if after["webhooks"][name].is_null() {
            found.tell(name, "the webhook is gone", "who waits for it waits for ever");
        }
        found.content(name, &webhook["post"]["requestBody"], &body(after), Side::Read);
    }
    found.told
}

impl Breaches<'_> {
    fn tell(&mut self, place: &str, what: &str, whom: &str) {
        self.told.insert(format!("{place}: {what}: {whom}"));
    }

    fn operation(&mut self, id: &str, before: &Value, after: &Value) {
        if before["operationId"] != after["operationId"] {
            let what = format!("operationId is now {}", after["operationId"]);
            self.tell(id, &what, "the method of every generated client has another name");
        }
        if before["security"] == json!([]) && after["security"] != json!([]) {
            self.tell(id, "needs a token", "who calls it without one is answered 401");
        }
        self.parameters(id, before, after);
        if before["requestBody"]["required"] != true && after["requestBody"]["required"] == true {
            self.tell(id, "a body is required", "requests without one are refused");
        }
        self.content(id, &before["requestBody"], &after["requestBody"], Side::Sent);
        for (status, response) in entries(&before["responses"]) {
            let now = &after["responses"][status];
            if now.is_null() {
                self.tell(id, &format!("status {status} is gone"), "clients that await it meet another");
                continue;
            }
            if response["$ref"] != now["$ref"] {
                self.tell(&format!("{id} {status}"), "is another answer", "clients that read it find another shape");
            }
            for (header, _) in entries(&response["headers"]).filter(|(header, _)| now["headers"][*header].is_null()) {
                self.tell(id, &format!("header {header} of {status} is gone"), "clients that read it find nothing");
            }
            self.content(&format!("{id} {status}"), response, now, Side::Read);
        }
    }

    fn parameters(&mut self, id: &str, before: &Value, after: &Value) {
        let all = |operation: &Value| operation["parameters"].as_array().cloned().unwrap_or_default();
        let (known, now) = (all(before), all(after));
        let same = |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
        for parameter in &known {
            let place = format!("{id} {}", parameter["name"].as_str().unwrap_or_default());
            match now.iter().find(|other| same(parameter, other)) {
                None => self.tell(&place, "the parameter is gone", "requests that have it are refused, or misread"),
                Some(other) => self.schema(&place, &parameter["schema"], &other["schema"], Side::Sent),
            }
        }
        for parameter in now.iter().filter(|parameter| parameter["required"] == true) {
            let was = known.iter().find(|other| same(parameter, other));
            if was.is_none_or(|was| was["required"] != true) {
                let place = format!("{id} {}", parameter["name"].as_str().unwrap_or_default());
                self.tell(&place, "the parameter is required", "requests without it are refused");
            }
        }
    }

    fn content(&mut self, place: &str, before: &Value, after: &Value, side: Side) {
        for (media, content) in entries(&before["content"]) {
            let now = &after["content"][media];
            if now.is_null() {
                self.tell(place, &format!("{media} is gone"), "clients send and read another media type");
            } else {
                self.schema(place, &content["schema"], &now["schema"], side);
            }
        }
    }

    fn schema(&mut self, place: &str, before: &Value, after: &Value, side: Side) {
        if before["$ref"] != after["$ref"] {
            let what = format!("was {}, is {}", kind(before), kind(after));
            return self.tell(place, &what, "the types of generated clients change");
        }
        if let Some(name) = before["$ref"].as_str().and_then(|name| name.strip_prefix("#/components/schemas/")) {
            if self.seen.insert((name.to_owned(), side)) {
                let (before, after) = (self.before, self.after);
                let of = |document: &Value| document["components"]["schemas"][name].clone();
                self.schema(name, &of(before), &of(after), side);
            }
            return;
        }
        if kind(before) != kind(after) {
            let what = format!("was {}, is {}", kind(before), kind(after));
            return self.tell(place, &what, "clients send and read the old type");
        }
        self.words(place, before, after, side);
        self.limits(place, before, after, side);
        self.properties(place, before, after, side);
        for key in ["items", "additionalProperties"] {
            if before[key].is_object() {
                self.schema(&format!("{place}.{key}"), &before[key], &after[key], side);
            }
        }
        if before["additionalProperties"] != false && after["additionalProperties"] == false {
            self.tell(place, "takes no further properties", "clients that send or read some are refused");
        }
        let branch =
            |word: &String| (&before["discriminator"]["mapping"][word], &after["discriminator"]["mapping"][word]);
        let words = entries(&before["discriminator"]["mapping"]).map(|(word, _)| word);
        for (word, (old, new)) in words.map(|word| (word, branch(word))) {
            self.schema(&format!("{place}.{word}"), &json!({"$ref": old}), &json!({"$ref": new}), side);
        }
    }

    /// The words of which one is sent or read.
    fn words(&mut self, place: &str, before: &Value, after: &Value, side: Side) {
        for key in ["enum", "x-extensible-enum"] {
            let words = |schema: &Value| schema[key].as_array().cloned().unwrap_or_default();
            let (old, new) = (words(before), words(after));
            let closed = key == "enum";
            if closed && old.is_empty() && !new.is_empty() {
                self.tell(place, "is one of a few words", "clients that send another are refused");
            }
            for word in old.iter().filter(|word| !new.contains(word)) {
                if closed && new.is_empty() {
                    continue;
                }
                self.tell(
                    place,
                    &format!("{word} is gone"),
                    "clients that send it are refused, and who awaits it waits for ever",
                );
            }
            for word in new.iter().filter(|word| closed && side == Side::Read && !old.is_empty() && !old.contains(word))
            {
                self.tell(
                    place,
                    &format!("{word} is new among closed words"),
                    "clients that read it know no such word",
                );
            }
        }
    }

    /// How much, how long and of which form it may be.
    fn limits(&mut self, place: &str, before: &Value, after: &Value, side: Side) {
        let lower = ["minimum", "minLength", "minItems"].map(|key| (key, true));
        let upper = ["maximum", "maxLength", "maxItems"].map(|key| (key, false));
        for (key, is_lower) in lower.into_iter().chain(upper) {
            let (old, new) = (before[key].as_i64(), after[key].as_i64());
            let tighter = match (old, new) {
                (None, Some(_)) => true,
                (Some(old), Some(new)) if is_lower => new > old,
                (Some(old), Some(new)) => new < old,
                _ => false,
            };
            if old != new && tighter == (side == Side::Sent) {
                let what = format!("{key} was {}, is {}", before[key], after[key]);
                self.tell(place, &what, "clients send what is refused, or read what they do not take");
            }
        }
        let (old, new) = (&before["pattern"], &after["pattern"]);
        let admitted = if side == Side::Sent { new.is_null() } else { old.is_null() };
        if old != new && !admitted {
            let what = format!("pattern was {old}, is {new}");
            self.tell(place, &what, "clients send what is refused, or read what they do not take");
        }
    }

    fn properties(&mut self, place: &str, before: &Value, after: &Value, side: Side) {
        let requires = |schema: &Value, name: &str| {
            schema["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name))
        };
        for (name, property) in entries(&before["properties"]) {
            let (inner, now) = (format!("{place}.{name}"), &after["properties"][name]);
            if now.is_null() {
                let whom = match side {
                    Side::Sent => "clients that send it are refused",
                    Side::Read => "clients that read it find nothing",
                };
                self.tell(&inner, "is gone", whom);
                continue;
            }
            if side == Side::Read && requires(before, name) && !requires(after, name) {
                self.tell(&inner, "may be absent", "clients that read it rely on it");
            }
            self.schema(&inner, property, now, side);
        }
        for (name, _) in entries(&after["properties"]).filter(|(name, _)| side == Side::Sent && requires(after, name)) {
            if !requires(before, name) {
                self.tell(&format!("{place}.{name}"), "is required", "clients that do not send it are refused");
            }
        }
    }
}

/// The type of a schema, as a message says it.
fn kind(schema: &Value) -> String {
    let words = ["$ref", "type", "format"].map(|key| schema[key].as_str().unwrap_or_default());
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "of any type".to_owned() } else { words.join(" ") }
}

fn released() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/released/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the released document")).expect("JSON")
}

#[test]
fn the_contract_keeps_what_was_released() {
    let broken = breaches(&released(), document());
    assert!(broken.is_empty(), "this breaks clients of the last release: {broken:#?}");
}

/// Where something stands, and what it becomes; what becomes null is taken away.
type Change = (&'static str, Value);

/// The document with these changes.
fn changed(changes: &[Change]) -> Value {
    let mut document = document().clone();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
        let key = key.replace("~1", "/");
        match parent {
            Value::Object(entries) if value.is_null() => assert!(entries.shift_remove(&key).is_some(), "{pointer}"),
            Value::Object(entries) => drop(entries.insert(key, value.clone())),
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) if value.is_null() => drop(items.remove(key.parse().expect("a place"))),
            Value::Array(items) => items[key.parse::<usize>().expect("a place")] = value.clone(),
            _ => panic!("{pointer}"),
        }
    }
    document
}

#[test]
fn whatever_breaks_a_client_is_told() {
    let text = json!({"type": "string"});
    let cases: Vec<(Change, &str)> = vec![
        (("/paths/~1v1~1runs/get", Value::Null), "listRuns: get /v1/runs is gone"),
        (("/paths/~1v1~1runs/get/operationId", json!("fetchRuns")), "listRuns: operationId is now \"fetchRuns\""),
        (("/paths/~1v1~1runs/post/responses/422", Value::Null), "createRun: status 422 is gone"),
        (
            ("/paths/~1v1~1runs/post/responses/202/headers/Location", Value::Null),
            "createRun: header Location of 202 is gone",
        ),
        (
            (
                "/paths/~1v1~1runs/get/parameters/-",
                json!({"name": "q", "in": "query", "required": true, "schema": text}),
            ),
            "listRuns q: the parameter is required",
        ),
        (("/paths/~1v1~1runs/get/parameters/0", Value::Null), "the parameter is gone"),
        (("/paths/~1healthz/get/security", json!([{"bearer": []}])), "getHealth: needs a token"),
        (("/components/schemas/Run/properties/state", Value::Null), "Run.state: is gone: clients that read it"),
        (("/components/schemas/Run/properties/state/type", json!("integer")), "Run.state: was string, is integer"),
        (("/components/schemas/Run/required/0", Value::Null), "may be absent"),
        (
            ("/components/schemas/Run/properties/state/x-extensible-enum/0", Value::Null),
            "Run.state: \"calculating\" is gone",
        ),
        (("/components/schemas/Balance/properties/paid/pattern", json!("^.*$")), "Balance.paid: pattern was"),
        (
            ("/components/schemas/CalculationRequest/properties/plan", Value::Null),
            "CalculationRequest.plan: is gone: clients that send it",
        ),
        (("/components/schemas/VetoStep/properties/do/enum/0", json!("vetoes")), "VetoStep.do: \"veto\" is gone"),
        (("/components/schemas/Problem/properties/code", Value::Null), "Problem.code: is gone"),
        (("/paths/~1v1~1runs/get/responses/401", json!({"description": "x"})), "listRuns 401: is another answer"),
        (
            ("/components/schemas/PlanStep/discriminator/mapping/veto", Value::Null),
            "PlanStep.veto: was #/components/schemas/VetoStep, is of any type",
        ),
        (
            ("/components/schemas/RunRequest/properties/title/maxLength", json!(20)),
            "RunRequest.title: maxLength was 200, is 20",
        ),
    ];
    for (change, told) in cases {
        let broken = breaches(document(), &changed(std::slice::from_ref(&change)));
        assert!(broken.iter().any(|breach| breach.contains(told)), "{change:?} should tell {told}: {broken:#?}");
    }
    let required = [
        ("/components/schemas/CalculationRequest/properties/why", text),
        ("/components/schemas/CalculationRequest/required/-", json!("why")),
    ];
    let broken = breaches(document(), &changed(&required));
    assert!(broken.iter().any(|breach| breach.contains("CalculationRequest.why: is required")), "{broken:#?}");
}

#[test]
fn what_is_added_breaks_nobody() {
    let text = json!({"type": "string"});
    let more = changed(&[
        ("/paths/~1v1~1more", document()["paths"]["/healthz"].clone()),
        ("/paths/~1v1~1runs/get/parameters/-", json!({"name": "q", "in": "query", "schema": text})),
        ("/paths/~1v1~1runs/get/responses/418", json!({"$ref": "#/components/responses/Problem"})),
        ("/components/schemas/Run/properties/colour", text.clone()),
        ("/components/schemas/Run/required/-", json!("colour")),
        ("/components/schemas/Run/properties/state/x-extensible-enum/-", json!("pondered")),
        ("/components/schemas/CalculationRequest/properties/why", text),
        ("/components/schemas/ProblemError/properties/code/x-extensible-enum/-", json!("new_code")),
        ("/components/schemas/RunRequest/properties/title/maxLength", json!(2_000)),
    ]);
    assert_eq!(breaches(document(), &more), BTreeSet::new());
    assert_eq!(breaches(document(), document()), BTreeSet::new());
}

#[test]
fn the_program_tells_the_version_of_its_contract() {
    let mut fenpei = std::process::Command::new(env!("CARGO_BIN_EXE_fenpei"));
    let told = fenpei.args(["openapi", "--version"]).output().expect("it runs");
    assert!(told.status.success());
    assert_eq!(String::from_utf8_lossy(&told.stdout).trim_end(), document()["info"]["version"]);
}
