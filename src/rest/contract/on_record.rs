//! What all operations on record share, said once: the token, the headers, the problems, and their recorded examples.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::schemas::entries;
use crate::rest::accept;
use crate::rest::access;
use crate::rest::examples;

/// Requests and answers as a server gave them (`tests/contract/recorded.rs`), by operation.
static RECORDED: LazyLock<Value> = LazyLock::new(examples::recorded);

/// The operations that want `If-Match`.
const WANT_IF_MATCH: [&str; 4] = ["putPlanDraft", "publishPlan", "archivePlan", "putWebhookEndpoint"];
/// The operations that may have it.
const MAY_IF_MATCH: [&str; 11] = [
    "closeCycle",
    "submitRun",
    "publishRunNotice",
    "approveRun",
    "releaseRun",
    "withdrawRun",
    "putPayrollProfile",
    "deletePayrollProfile",
    "deleteWebhookEndpoint",
    "putNoticeSettings",
    "putCalendar",
];

/// The operations that keep nothing though they have a body: sent again they are simply done again, so there is no key.
const KEEP_NOTHING: [&str; 4] = ["reconcileRun", "simulate", "seekGoal", "annotateRosterImport"];

/// Says what the operations on record share.
pub(super) fn said(document: &mut Value) {
    if let Some(Value::Object(components)) = document.get_mut("components") {
        let bearer = json!({"bearer": {
            "type": "http", "scheme": "bearer",
            "description": "令牌，以 fenpei_ 开头。A token, which begins with fenpei_.",
        }});
        components.insert("securitySchemes".to_owned(), bearer);
    }
    for (path, item) in entries(document.get_mut("paths")) {
        for (method, operation) in entries(Some(item)) {
            let Some(operation) = operation.as_object_mut() else { continue };
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Some(access) = access::of(&id) else {
                operation.insert("security".to_owned(), json!([]));
                continue;
            };
            operation.insert("security".to_owned(), json!([{"bearer": []}]));
            let keeps = method == "post" && !KEEP_NOTHING.contains(&id.as_str());
            headers(operation, keeps);
            roles(operation, access);
            parameters(operation, keeps, &id);
            problems(operation, path, method, access);
            recorded(operation, &id);
        }
    }
}

/// What was recorded, as an example.
pub(super) fn example(pointer: &str) -> Value {
    RECORDED.pointer(pointer).cloned().unwrap_or_default()
}

/// Says who may do it.
fn roles(operation: &mut Map<String, Value>, access: &access::Access) {
    let words: Vec<&str> = access.does.iter().map(|role| role.word()).collect();
    let words = words.join(", ");
    if let Some(Value::String(description)) = operation.get_mut("description") {
        description.push_str(&format!("\n\n角色 Roles: {words}."));
    }
}

fn parameters(operation: &mut Map<String, Value>, keeps: bool, id: &str) {
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    let Some(parameters) = parameters.as_array_mut() else { return };
    if keeps {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "1～255 个可见 ASCII 字符；重试时原样再发，得到同样的回答，只做一次；保留 30 天。1-255 visible ASCII characters: sent again with the same one, a request is answered the same and done once; kept for 30 days.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "example": "5f0c8a52-2f1c-4c0b-9d53-6a4f6f0f2a11",
        }));
    }
    let wants = WANT_IF_MATCH.contains(&id);
    if wants || MAY_IF_MATCH.contains(&id) {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": wants,
            "description": "资源当前的 ETag；与之不同时拒绝，以免覆盖他人的修改。The current ETag of the resource; where it differs the request is refused, so that nobody's change is lost.",
            "schema": {"type": "string"},
            "example": "\"1\"",
        }));
    }
    for parameter in parameters {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let example = RECORDED.pointer(&format!("/{id}/parameters/{name}")).cloned();
        if let (Some(parameter), Some(example)) = (parameter.as_object_mut(), example) {
            parameter.insert("example".to_owned(), example);
        }
    }
}

/// The headers of the answer that is no problem.
fn headers(operation: &mut Map<String, Value>, keeps: bool) {
    for (status, response) in entries(operation.get_mut("responses")) {
        if response.get("content").is_some_and(|content| content.get(accept::XLSX).is_some()) {
            let description = "文件名。The name of the file.";
            let disposition = json!({"description": description, "schema": {"type": "string"}});
            if let Some(response) = response.as_object_mut() {
                response.insert("headers".to_owned(), json!({"Content-Disposition": disposition}));
            }
            continue;
        }
        let Some(schema) = response.pointer("/content/application~1json/schema/$ref").and_then(Value::as_str) else {
            continue;
        };
        let has_revision =
            ["/Run", "/PlanRecord", "/PayrollProfile", "/WebhookEndpoint", "/NoticeSettings", "/Calendar", "/Cycle"]
                .iter()
                .any(|end| schema.ends_with(end));
        let has_location = matches!(status.as_str(), "201" | "202") && !schema.ends_with("/Token");
        let text = json!({"type": "string"});
        let mut headers = Map::new();
        if has_revision {
            let description = "资源的修改次数，写入 If-Match。The revision of the resource, for If-Match.";
            headers.insert("ETag".to_owned(), json!({"description": description, "schema": text}));
        }
        if has_location {
            let description = "新资源的路径。The path of the new resource.";
            headers.insert("Location".to_owned(), json!({"description": description, "schema": text}));
        }
        if keeps {
            let description = "为 true 时，这是先前的回答。true: this answer was given before.";
            headers.insert("Idempotency-Replayed".to_owned(), json!({"description": description, "schema": text}));
        }
        if let Some(response) = response.as_object_mut().filter(|_| !headers.is_empty()) {
            response.insert("headers".to_owned(), Value::Object(headers));
        }
    }
}

/// Every problem that can occur.
fn problems(operation: &mut Map<String, Value>, path: &str, method: &str, access: &access::Access) {
    let has_query = operation
        .get("parameters")
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|parameter| parameter.get("in") == Some(&json!("query"))));
    let mut statuses = vec!["401", "404", "406", "429", "500", "503"];
    if access.sees.len() > access.does.len() || path.contains("/approve") || path.contains("/release") {
        statuses.push("403");
    }
    if has_query || method != "get" {
        statuses.push("400");
    }
    if method != "get" {
        statuses.extend(["413", "415"]);
    }
    // A workbook is made of a plan, which may have faults, and of data, which may not fit it.
    if (method != "get" && method != "delete") || path.ends_with(".xlsx") {
        statuses.push("422");
    }
    if method != "get" && method != "delete" && !KEEP_NOTHING.contains(&access.operation) {
        statuses.push("409");
    }
    // What a run came to is there only when it is calculated.
    if (method == "get" && path.starts_with("/v1/runs/{run_id}/")) || access.operation == "reconcileRun" {
        statuses.push("409");
    }
    if WANT_IF_MATCH.contains(&access.operation) {
        statuses.extend(["412", "428"]);
    }
    if MAY_IF_MATCH.contains(&access.operation) {
        statuses.push("412");
    }
    // What is there already is written over only by who has read it.
    if ["putPayrollProfile", "putNoticeSettings", "putCalendar"].contains(&access.operation) {
        statuses.push("428");
    }
    if access.operation.starts_with("getRunPayroll") {
        statuses.push("422");
    }
    statuses.sort_unstable();
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for status in statuses {
            responses.insert(status.to_owned(), json!({}));
        }
    }
}

/// The recorded request and answer.
fn recorded(operation: &mut Map<String, Value>, id: &str) {
    let part = |part: &str| RECORDED.pointer(&format!("/{id}/{part}")).cloned();
    let show = |body: Option<&mut Value>, example: &Value| {
        for (_, media) in entries(body.and_then(|body| body.get_mut("content"))) {
            if let Some(media) = media.as_object_mut() {
                media.insert("example".to_owned(), example.clone());
            }
        }
    };
    if let Some(example) = part("request") {
        show(operation.get_mut("requestBody"), &example);
    }
    for (status, response) in entries(operation.get_mut("responses")) {
        if let Some(example) = part("response").filter(|_| status.starts_with('2')) {
            show(Some(response), &example);
        }
    }
}
