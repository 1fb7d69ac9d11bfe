//! The program serving, as an operator starts and stops it.

#![expect(clippy::expect_used, reason = "a test stops where it is surprised")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

/// A server that is ended when the test ends.
struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().expect("it ends");
    }
}

fn start(arguments: &[&str], listen: Option<&str>) -> Server {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("fenpei-serve-{}-{}.db", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenpei"));
    command.env("DATABASE_URL", std::env::temp_dir().join(name));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).env_remove("FENPEI_LISTEN");
    if let Some(listen) = listen {
        command.env("FENPEI_LISTEN", listen);
    }
    let mut child = command.spawn().expect("the program starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("the address is printed");
    let address = line.trim().strip_prefix("http://").expect("an address").to_owned();
    Server { child, address }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn serve_prints_the_address_it_has_picked() {
    for server in [
        start(&["serve", "--listen", "127.0.0.1:0"], None),
        start(&["serve"], Some("127.0.0.1:0")),
        start(&[], Some("127.0.0.1:0")),
    ] {
        assert!(!server.address.ends_with(":0"), "{}", server.address);
        assert!(ask(&server.address, HEALTH).starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn a_busy_address_is_named_and_exits_2() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    for listen in [address.as_str(), "nowhere"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_fenpei"))
            .args(["serve", "--listen", listen])
            .env("DATABASE_URL", std::env::temp_dir().join(format!("fenpei-busy-{}.db", std::process::id())))
            .output()
            .expect("it runs");
        assert_eq!(ended.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&ended.stderr).contains(listen));
    }
}

/// A plan whose calculation takes long enough to be ended in its middle: pairs of some thousand people.
fn heavy() -> String {
    let staff: Vec<String> =
        (0..4_000).map(|index| format!(r#"{{"id": "{index}", "parent": "S", "facts": {{"w": {index}}}}}"#)).collect();
    format!(
        r#"{{"plan": {{"language": 1, "code": "p", "title": "p", "levels": [{{"name": "school"}},
            {{"name": "staff", "parent": "school", "facts": [{{"name": "w", "type": "number"}}]}}],
            "steps": [{{"do": "formula", "level": "staff", "name": "above", "formula": "count(staff, staff.w > w)"}}]}},
          "data": {{"school": [{{"id": "S"}}], "staff": [{}]}}}}"#,
        staff.join(",")
    )
}

#[test]
fn a_request_under_way_is_finished_when_the_program_is_ended() {
    let mut server = start(&["serve", "--listen", "127.0.0.1:0"], None);
    let body = heavy();
    let mut stream = TcpStream::connect(&server.address).expect("it listens");
    let head = format!(
        "POST /v1/calculations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    // The answer to go on says that the request has been taken.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).expect("answered");
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let ended = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().expect("kill runs");
    assert!(ended.success());
    stream.write_all(body.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with('}'), "{}", answer.get(..200).unwrap_or(&answer));
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}

/// A server that begins a database with its example, or serves one that is there, and the lines that it prints until this one.
fn shows(database: &Path, last: &str) -> (Server, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenpei"));
    command.args(["serve", "--example", "--listen", "127.0.0.1:0", "--database"]).arg(database);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let mut printed = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        let line = line.expect("text");
        let is_last = line.starts_with(last);
        printed.push(line);
        if is_last {
            break;
        }
    }
    let address = printed.first().and_then(|line| line.strip_prefix("http://")).expect("an address").to_owned();
    (Server { child, address }, printed)
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
    assert_eq!(posted["state"], "noticed");
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
