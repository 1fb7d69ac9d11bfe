//! The limits of body and time.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use fenpei::rest::Limits;

use crate::server::{ask_at, raw, request, start};

static SMALL: LazyLock<SocketAddr> = LazyLock::new(|| start(Limits { body: 2_000, ..Limits::default() }));

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let good = request().to_string();
    assert!(good.len() < 2_000);
    assert_eq!(ask_at(*SMALL, "POST", "/v1/calculations", &[], Some(good.as_bytes())).status, 200);
    let padded = format!("{good}{}", " ".repeat(2_001 - good.len()));
    ask_at(*SMALL, "POST", "/v1/calculations", &[], Some(padded.as_bytes())).problem(413, "body_too_large");
    let exactly = format!("{good}{}", " ".repeat(2_000 - good.len()));
    assert_eq!(ask_at(*SMALL, "POST", "/v1/calculations", &[], Some(exactly.as_bytes())).status, 200);
}

#[test]
fn a_body_that_hides_its_length_is_refused_as_well() {
    let chunk = format!("{:x}\r\n{}\r\n", 1_500, " ".repeat(1_500));
    let head = "POST /v1/plan-checks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = raw(*SMALL, format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn what_takes_too_long_is_given_up() {
    let server = start(Limits { time: Duration::ZERO, ..Limits::default() });
    let body = request().to_string();
    ask_at(server, "POST", "/v1/calculations", &[], Some(body.as_bytes())).problem(503, "timed_out");
    assert_eq!(ask_at(server, "GET", "/healthz", &[], None).status, 200);
}

#[test]
fn a_body_that_never_comes_is_given_up() {
    let server = start(Limits { time: Duration::from_millis(200), ..Limits::default() });
    let head =
        b"POST /v1/calculations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let answer = raw(server, head);
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}
