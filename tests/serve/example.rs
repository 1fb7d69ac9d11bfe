//! The example: a cycle of six schools in mid-course.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Server, ask};

/// A server that begins a database with its example, or serves one that is there, and the lines that it prints until this one.
fn shows(database: &Path, last: &str) -> (Server, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenpei"));
    command.args(["serve", "--example", "--listen", "127.0.0.1:0", "--database"]).arg(database);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut printed = Vec::new();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    for line in out.by_ref().lines() {
        let line = line.expect("text");
        let is_last = line.starts_with(last);
        printed.push(line);
        if is_last {
            break;
        }
    }
    let address = printed.first().and_then(|line| line.strip_prefix("http://")).expect("an address").to_owned();
    (Server { child, address, out }, printed)
}

/// What a GET with a token is answered.
fn read(server: &Server, token: &str, path: &str) -> Value {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
    );
    let answer = ask(&server.address, &request);
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON")
}

/// An amount in fen.
fn fen(object: &Value, key: &str) -> i64 {
    let text = object.get(key).and_then(Value::as_str).expect("an amount");
    text.replace('.', "").parse().expect("an amount with two decimals")
}

#[test]
fn the_example_shows_a_cycle_in_mid_course() {
    let database = std::env::temp_dir().join(format!("fenpei-example-{}.db", std::process::id()));
    let (server, printed) = shows(&database, "the page of all operations");
    // Every token that is printed, by whom it is.
    let tokens: Vec<(&str, &str)> = printed
        .iter()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(whose, token)| (whose, token.trim()))
        .filter(|(_, token)| token.starts_with("fenpei_"))
        .collect();
    let mut schools = Vec::new();
    for (whose, token) in &tokens {
        let known = read(&server, token, "/v1/whoami");
        assert_eq!(known["subject"], *whose);
        schools.extend(known["schools"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    }
    schools.sort();
    assert_eq!(schools, ["1690101004", "2690101001", "2690101003", "3690101002", "4690101005", "9690101006"]);
    let of = |whose: &str| tokens.iter().find(|(known, _)| *known == whose).expect("a token").1;
    let (officer, payroll) = (of("officer"), of("payroll"));
    assert_eq!((tokens.len(), of("approver").is_empty()), (9, false));

    let cycle = &read(&server, officer, "/v1/cycles")["items"][0];
    let path = format!("/v1/cycles/{}", cycle["id"].as_str().expect("an id"));
    assert!(printed.iter().any(|line| line.contains(&format!("\"{path}/schools\""))), "{printed:?}");
    let listed = read(&server, officer, &format!("{path}/schools"));
    let states: Vec<&str> =
        listed["items"].as_array().expect("a list").iter().map(|it| it["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["released", "released", "submitted", "noticed", "withdrawn", "not_started"]);
    let run = |place: usize| listed["items"][place]["run_id"].as_str().expect("a run");
    let sent_back = read(&server, officer, &format!("/v1/runs/{}", run(4)));
    assert!(sent_back.to_string().contains("超课时数与课表不符"), "{sent_back}");
    let paid = read(&server, payroll, &format!("/v1/runs/{}/payees", run(0)));
    assert_eq!(paid["items"].as_array().map(Vec::len), Some(4));
    let posted = read(&server, of("accountant-3690101002"), &format!("/v1/runs/{}", run(3)));
    assert_eq!((&posted["state"], &posted["objections"]["open"]), (&Value::from("noticed"), &Value::from(1)));
    read(&server, officer, "/v1/notice-settings");

    the_proof_adds_up(&read(&server, officer, &format!("{path}/proof")));
    let shared = read(&server, officer, &format!("{path}/people?shared=true"));
    let person = &shared["items"][0];
    assert_eq!((shared["items"].as_array().map(Vec::len), &person["id"]), (Some(1), &Value::from("XC0207")));
    assert_eq!(fen(person, "total"), fen(&person["schools"][0], "total") + fen(&person["schools"][1], "total"));

    // It is there already: nothing is made, and nothing is told again.
    let runs = read(&server, officer, "/v1/runs");
    drop(server);
    let (server, again) = shows(&database, "the database is not new");
    assert!(!again.join("\n").contains("fenpei_"), "{again:?}");
    assert_eq!(read(&server, officer, "/v1/runs"), runs);
}

/// By hand: 95 % of 612345.67 is 581728.38, rounded down to the yuan.
fn the_proof_adds_up(proof: &Value) {
    assert_eq!((&proof["balanced"], &proof["complete"]), (&Value::from(true), &Value::from(false)));
    let (bureau, released) = (&proof["bureau"], &proof["released"]);
    assert_eq!((fen(bureau, "sources"), fen(bureau, "quotas")), (61_234_567, 58_172_800));
    let elsewhere: i64 = ["paid", "assigned", "withheld", "left"].iter().map(|key| fen(bureau, key)).sum();
    assert_eq!(fen(bureau, "sources"), fen(bureau, "quotas") + elsewhere);
    assert_eq!(fen(bureau, "quotas"), fen(released, "quota") + fen(proof, "outstanding"));
    let gone: i64 = ["paid", "assigned", "withheld", "left"].iter().map(|key| fen(released, key)).sum();
    assert_eq!(fen(released, "quota") + fen(released, "own"), gone);
    assert!(fen(released, "withheld") > 0 && fen(released, "left") > 0, "{released}");
}
