//! The program serving, as an operator starts and stops it.

#![expect(clippy::expect_used, reason = "a test stops where it is surprised")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

mod example;
mod first_steps;

/// A server that is ended when the test ends.
struct Server {
    child: Child,
    address: String,
    /// What it prints after its address.
    out: BufReader<ChildStdout>,
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
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut line).expect("the address is printed");
    let address = line.trim().strip_prefix("http://").expect("an address").to_owned();
    Server { child, address, out }
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
