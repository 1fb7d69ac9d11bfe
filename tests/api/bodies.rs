//! Bodies that are no good: each has its code, none breaks the service.

use serde_json::{Value, json};

use crate::server::{post, post_bytes, request};

const PATH: &str = "/v1/calculations";

fn refused(body: &[u8]) -> (String, String) {
    let problem = post_bytes(PATH, body).problem(400, "bad_request_body");
    let word = |key: &str| problem["errors"][0][key].as_str().unwrap().to_owned();
    (word("code"), word("pointer"))
}

#[test]
fn what_is_no_json_is_told_with_line_and_column() {
    let problem = post_bytes(PATH, b"{\n \"plan\": {,}").problem(400, "bad_request_body");
    assert_eq!(problem["errors"][0]["code"], "bad_json");
    let message = problem["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("line 2, column"), "{message}");
    for bad in [
        &b""[..],
        b" ",
        b"{",
        b"nul",
        b"{}{}",
        b"[1,]",
        b"{\"plan\": NaN}",
        b"\xff\xfe{}",
        b"\"\\u0000\"",
        b"\"\\ud800\"",
    ] {
        assert_eq!(refused(bad), ("bad_json".to_owned(), String::new()), "{bad:?}");
    }
}

#[test]
fn a_key_twice_is_refused_wherever_it_stands() {
    assert_eq!(refused(b"{\"plan\": {}, \"plan\": {}}").0, "duplicate_key");
    assert_eq!(refused(b"{\"plan\": {}, \"data\": {\"staff\": [{\"id\": \"1\", \"id\": \"2\"}]}}").0, "duplicate_key");
}

#[test]
fn a_body_has_its_keys_and_no_others() {
    for other in ["[]", "null", "1", "\"x\""] {
        assert_eq!(refused(other.as_bytes()), ("wrong_type".to_owned(), String::new()));
    }
    let problem = post(PATH, &json!({"plann": {}, "a/b": 1})).problem(400, "bad_request_body");
    let faults: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["code"].as_str().unwrap(), error["pointer"].as_str().unwrap()))
        .collect();
    let all = [("missing_key", "/plan"), ("missing_key", "/data"), ("unknown_key", "/plann"), ("unknown_key", "/a~1b")];
    assert_eq!(faults, all);
    assert_eq!(problem["total"], 4);
    assert_eq!(problem["errors"][2]["suggestion"], "plan");
    let problem = post("/v1/plan-checks", &request()).problem(400, "bad_request_body");
    assert_eq!(problem["errors"][0]["pointer"], "/data");
}

#[test]
fn a_null_is_not_a_plan() {
    let problem = post(PATH, &json!({"plan": null, "data": {}})).problem(422, "plan_refused");
    assert_eq!(problem["errors"][0]["code"], "wrong_type");
    let mut body = request();
    body["data"] = json!(null);
    let problem = post(PATH, &body).problem(422, "data_refused");
    assert_eq!(
        (&problem["errors"][0]["code"], &problem["errors"][0]["pointer"]),
        (&json!("wrong_type"), &json!("/data"))
    );
}

#[test]
fn deep_nesting_is_refused() {
    for depth in [129, 100_000] {
        let body = format!("{{\"plan\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(refused(body.as_bytes()).0, "bad_json");
    }
}

#[test]
fn formulas_nested_deeply_are_refused() {
    let mut body = request();
    body["plan"]["steps"][0]["weight"] = json!("(".repeat(3_000));
    let problem = post(PATH, &body).problem(422, "plan_refused");
    assert_eq!(problem["errors"][0]["pointer"], "/plan/steps/0/weight");
}

/// A generator that needs no crate: the same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }
}

#[test]
fn mutations_of_a_good_body_never_break_the_service() {
    let good = request().to_string().into_bytes();
    let pieces: [&[u8]; 12] = [
        b"\"",
        b"{",
        b"]",
        b",",
        b"null",
        b"1e400",
        b"-0",
        b"99999999999999999999",
        b"\\",
        b"\xff",
        b"\xe5",
        b"\"id\"",
    ];
    let mut numbers = Numbers(0x5eed_5eed_5eed_5eed);
    let mut statuses = std::collections::BTreeMap::new();
    for _ in 0..300 {
        let mut body = good.clone();
        for _ in 0..=numbers.below(3) {
            let at = numbers.below(body.len());
            match numbers.below(4) {
                0 => body[at] = u8::try_from(numbers.below(256)).unwrap(),
                1 => drop(body.drain(at..(at + 1 + numbers.below(8)).min(body.len()))),
                2 => drop(body.splice(at..at, pieces[numbers.below(pieces.len())].iter().copied())),
                _ => {
                    let end = (at + numbers.below(40)).min(body.len());
                    let copied = body[at..end].to_vec();
                    body.splice(at..at, copied);
                }
            }
        }
        let path = if numbers.below(4) == 0 { "/v1/plan-checks" } else { PATH };
        let answer = post_bytes(path, &body);
        *statuses.entry(answer.status).or_insert(0) += 1;
        assert!([200, 400, 422].contains(&answer.status), "{} for {}", answer.status, String::from_utf8_lossy(&body));
        answer.json();
    }
    assert!(statuses.len() >= 2, "the mutations reach more than one outcome: {statuses:?}");
}

/// The pointers of all values inside a value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(entries) => entries.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (format!("{at}/{index}"), value)).collect()
        }
        _ => Vec::new(),
    };
    for (at, value) in children {
        pointers(value, &at, all);
        all.push(at);
    }
}

#[test]
fn values_of_every_other_kind_in_any_place_never_break_the_service() {
    let good: Value = serde_json::from_str(include_str!("../../src/rest/examples/calculation.json")).unwrap();
    let mut all = Vec::new();
    pointers(&good, "", &mut all);
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("0"),
        json!("-0.01"),
        json!("x + 1"),
        json!("1/0"),
        json!("quota"),
        json!("999999999999999999999999999"),
        json!([]),
        json!([null]),
        json!({}),
        json!({"id": 1}),
    ];
    let mut numbers = Numbers(0xfe11_9e15);
    for pointer in &all {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = others[numbers.below(others.len())].clone();
        let answer = post(PATH, &body);
        assert!([200, 422].contains(&answer.status), "{} for {body}", answer.status);
        if answer.status == 422 {
            for error in answer.json()["errors"].as_array().unwrap() {
                let place = error["pointer"].as_str().unwrap();
                // A fault is at a place of the body, or at the key that is missing there.
                let there = body.pointer(place).is_some() || body.pointer(place.rsplit_once('/').unwrap().0).is_some();
                assert!(there || error["code"] == "missing_fact", "{error} in {body}");
            }
        }
    }
}
