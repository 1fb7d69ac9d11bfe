//! Paths, methods and media types.

use serde_json::{Value, json};

use crate::server::{ask_at, get, logged, post, raw, request, shared};

#[test]
fn an_unknown_path_is_not_found() {
    for path in ["/v1", "/v1/calculation", "/v1/calculations/", "/v1/plan-templates/a/b", "/v1/plan-templates/"] {
        get(path).problem(404, "not_found");
    }
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    for (method, path, allow) in [
        ("GET", "/v1/calculations", "POST"),
        ("DELETE", "/v1/plan-checks", "POST"),
        ("PUT", "/v1/plan-templates", "GET"),
        ("DELETE", "/v1/plan-templates/xincheng", "GET"),
        ("POST", "/healthz", "GET"),
        ("OPTIONS", "/openapi.json", "GET"),
    ] {
        let body = if matches!(method, "POST" | "PUT") { Some(&b"{}"[..]) } else { None };
        let answer = ask_at(shared(), method, path, &[], body);
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
}

#[test]
fn a_body_is_json_by_its_media_type() {
    let body = request().to_string();
    let status =
        |headers: &[(&str, &str)]| ask_at(shared(), "POST", "/v1/calculations", headers, Some(body.as_bytes()));
    for good in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/json; profile=x; charset=\"utf-8\"",
    ] {
        assert_eq!(status(&[("content-type", good)]).status, 200, "{good}");
    }
    for bad in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "application/jsonx"]
    {
        status(&[("content-type", bad)]).problem(415, "unsupported_media_type");
    }
    status(&[("content-type", "application/json"), ("content-encoding", "gzip")])
        .problem(415, "unsupported_media_type");
    let none =
        raw(shared(), b"POST /v1/calculations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}");
    assert!(none.starts_with("HTTP/1.1 415"), "{none}");
}

#[test]
fn an_answer_is_json_or_none() {
    let status = |accept: &str| ask_at(shared(), "GET", "/healthz", &[("accept", accept)], None);
    for good in [
        "*/*",
        "application/json",
        "text/html, application/*;q=0.1",
        "application/problem+json, application/json",
        "Application/JSON",
        "",
        " ",
    ] {
        assert_eq!(status(good).status, 200, "{good}");
    }
    for bad in
        ["text/csv", "application/xml", "application/json;q=0", "application/json;Q=0", "*/*, application/json;q=0.0"]
    {
        status(bad).problem(406, "not_acceptable");
    }
}

#[test]
fn lines_of_one_header_are_one_list() {
    let ask = |lines: &str| {
        raw(shared(), format!("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n").as_bytes())
    };
    assert!(ask("Accept: text/html\r\nAccept: application/json\r\n").starts_with("HTTP/1.1 200"));
    let body = "POST /v1/calculations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
        Content-Encoding: identity\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}";
    assert!(raw(shared(), body.as_bytes()).starts_with("HTTP/1.1 415"));
}

#[test]
fn head_is_get_without_a_body() {
    let answer = raw(shared(), b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an end of the head");
    assert!(head.starts_with("HTTP/1.1 200") && body.is_empty(), "{answer}");
    let length = get("/healthz").bytes.len();
    assert!(head.contains(&format!("content-length: {length}")), "{head}");
}

#[test]
fn a_parameter_is_read_as_a_form_is() {
    let body = request().to_string();
    let status = |query: &str| {
        let path = format!("/v1/calculations?{query}");
        ask_at(shared(), "POST", &path, &[("content-type", "application/json")], Some(body.as_bytes())).status
    };
    for good in ["exact=true", "exact=%74rue", "ex%61ct=false", "other=1"] {
        assert_eq!(status(good), 200, "{good}");
    }
    for bad in ["exact=yes", "exact=", "exact=true&exact=false"] {
        assert_eq!(status(bad), 400, "{bad}");
    }
}

#[test]
fn what_is_no_http_does_not_break_the_service() {
    for bad in [&b"\x16\x03\x01\x02\x00garbage\r\n\r\n"[..], b"GET\r\n\r\n", b"GET /healthz HTTP/9.9\r\n\r\n"] {
        let answer = raw(shared(), bad);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let chunk = b"POST /v1/calculations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let answer = raw(shared(), chunk);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(get("/healthz").status, 200);
}

#[test]
fn a_path_of_odd_bytes_is_not_found() {
    for path in ["/v1/plan-templates/%ff", "/v1/plan-templates/%00", "/%e5%bc%a0%e6%9f%90", "/v1/plan-templates/..%2f"]
    {
        let answer = get(path);
        assert!([400, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
}

#[test]
fn logs_are_structured_and_name_nobody() {
    let mut body = request();
    body["data"]["staff"][0]["id"] = json!("SECRET-1");
    body["data"]["staff"][0]["name"] = json!("SECRET 张某");
    body["data"]["staff"][1]["facts"]["points"] = json!("SECRET");
    let id = post("/v1/calculations?name=SECRET", &body).header("x-request-id").to_owned();
    get("/v1/staff/SECRET-1");
    get("/v1/plan-templates/SECRET-1");
    get("/notices/SECRET-1-SECRET-1-SECRET-1-SECRET");
    let log = logged();
    assert!(!log.contains("SECRET") && !log.contains("张某"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let line = lines.iter().find(|line| line["request_id"] == id.as_str()).expect("the request is logged");
    assert_eq!(
        (&line["method"], &line["path"], &line["status"]),
        (&json!("POST"), &json!("/v1/calculations"), &json!(422))
    );
    assert!(line["microseconds"].is_u64() && line["timestamp"].is_string(), "{line}");
}
