//! A server of this process, and a client that takes every status as an answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, Once, PoisonError, mpsc};
use std::time::Duration;

use fenpei::rest::{Limits, Settings, Started, run};
use serde_json::{Value, json};

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Its first header of this name; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("no JSON: {error}"))
    }

    /// The problem document that it must be, of this status and code.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert_eq!(problem["status"], status);
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        problem
    }
}

/// All that has been logged: it would disturb the answers of the tests, and one of them reads it.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct ToLog;

impl Write for ToLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// All that has been logged until now.
pub fn logged() -> String {
    String::from_utf8(LOG.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("logs are texts")
}

/// A database of its own for a server.
fn database() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::env::temp_dir().join(format!("fenpei-api-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(format!("{}.db", COUNT.fetch_add(1, Ordering::SeqCst))).to_string_lossy().into_owned()
}

/// Starts a server with these limits.
pub fn start(limits: Limits) -> SocketAddr {
    start_with(limits).0
}

/// Starts a server with these limits: its address, its database, its tokens.
pub fn start_with(limits: Limits) -> (SocketAddr, String, Vec<(&'static str, String)>) {
    static LOGS: Once = Once::new();
    LOGS.call_once(|| tracing_subscriber::fmt().json().flatten_event(true).with_writer(|| ToLog).init());
    let (told, address) = mpsc::channel();
    let database = database();
    let settings = Settings { listen: "127.0.0.1:0".to_owned(), database: database.clone(), example: false, limits };
    std::thread::spawn(move || {
        let ended = run(&settings, move |started| told.send(started.clone()).expect("somebody waits"));
        ended.expect("it serves");
    });
    let started: Started = address.recv_timeout(Duration::from_secs(30)).expect("the server tells its address");
    (started.address, database, started.tokens)
}

/// The server that most tests ask.
pub fn shared() -> SocketAddr {
    static SHARED: LazyLock<SocketAddr> = LazyLock::new(|| start(Limits { rate: None, ..Limits::default() }));
    *SHARED
}

/// Asks a server. A body is sent as JSON unless a header says otherwise.
pub fn ask_at(server: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
    let config = ureq::Agent::config_builder().http_status_as_error(false).build();
    let agent: ureq::Agent = config.into();
    let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{server}{path}"));
    if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answered = match body {
        Some(body) => agent.run(request.body(body).expect("a good request")),
        None => agent.run(request.body(()).expect("a good request")),
    };
    let mut answer = answered.expect("an answer");
    let headers = answer.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
    let bytes = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().expect("a whole body");
    Answer { status: answer.status().as_u16(), headers, bytes }
}

/// Asks the shared server for something.
pub fn get(path: &str) -> Answer {
    ask_at(shared(), "GET", path, &[], None)
}

/// Sends JSON to the shared server.
pub fn post(path: &str, body: &Value) -> Answer {
    post_bytes(path, body.to_string().as_bytes())
}

/// Sends bytes as JSON to the shared server, in English.
pub fn post_bytes(path: &str, body: &[u8]) -> Answer {
    ask_at(shared(), "POST", path, &[("accept-language", "en")], Some(body))
}

/// Sends raw bytes to a server, and gives all that it answers until it closes or says nothing for two seconds.
pub fn raw(server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a timeout");
    stream.write_all(bytes).expect("bytes are sent");
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut chunk) {
        answer.extend_from_slice(&chunk[..length]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A small plan whose only step is a share of the pool of each of its two schools' staff.
pub fn plan() -> Value {
    json!({
        "language": 1, "code": "small", "title": "小办法", "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number", "min": "0"}]}
        ],
        "steps": [
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points", "pay": {"item": "奖励"}}
        ]
    })
}

/// Data of the small plan.
pub fn data() -> Value {
    json!({
        "school": [{"id": "S1", "facts": {"quota": "100.00"}}],
        "staff": [
            {"id": "T1", "parent": "S1", "name": "甲", "facts": {"points": 1}},
            {"id": "T2", "parent": "S1", "name": "乙", "facts": {"points": 1}},
            {"id": "T3", "parent": "S1", "name": "丙", "facts": {"points": "1"}}
        ]
    })
}

/// Both, as a request to calculate.
pub fn request() -> Value {
    json!({"plan": plan(), "data": data()})
}
