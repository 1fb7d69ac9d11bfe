//! Those who work with the service, wherever it is at the moment: who is not answered asks again, under the same key.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::Server;

/// How long nothing may happen, on a machine with much else to do.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Where the service is.
pub struct Gate {
    address: RwLock<String>,
    agent: ureq::Agent,
    /// How many requests were not answered.
    pub lost: AtomicUsize,
    /// When something last happened.
    news: Mutex<Instant>,
    /// Whether somebody's work has failed, for which nobody need wait.
    failed: AtomicBool,
}

/// Somebody's work, which may fail.
struct Work<'g>(&'g Gate);

impl Drop for Work<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.failed.store(true, Ordering::Relaxed);
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its `ETag`.
    pub etag: String,
    /// Whether it was given before.
    pub is_replay: bool,
    /// Its body.
    pub text: String,
}

impl Answer {
    /// Its body, where it has this status.
    #[track_caller]
    pub fn good(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// The problem that it must be.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.good(status);
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }
}

impl Gate {
    /// To a service.
    pub fn of(server: &Server) -> Gate {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        let address = RwLock::new(server.address.clone());
        let (lost, news, failed) = (AtomicUsize::new(0), Mutex::new(Instant::now()), AtomicBool::new(false));
        Gate { address, agent: config.into(), lost, news, failed }
    }

    /// The service is somewhere else now.
    pub fn moved(&self, server: &Server) {
        server.address.clone_into(&mut self.address.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Does some work. Where it fails, nobody else goes on.
    pub fn does<T>(&self, work: impl FnOnce() -> T) -> T {
        let _work = Work(self);
        work()
    }

    /// Nobody's work must have failed, and something must happen.
    pub fn goes_on(&self) {
        assert!(!self.failed.load(Ordering::Relaxed), "somebody else's work has failed");
        let news = *self.news.lock().expect("nobody panicked");
        assert!(news.elapsed() < PATIENCE, "nothing happens");
    }

    /// Something has happened.
    fn has_news(&self) {
        *self.news.lock().expect("nobody panicked") = Instant::now();
    }

    fn address(&self) -> String {
        self.address.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Somebody with a token.
pub struct Desk<'g> {
    /// Where the service is.
    pub gate: &'g Gate,
    token: String,
    count: AtomicUsize,
}

impl<'g> Desk<'g> {
    /// Somebody who has this token.
    pub fn new(gate: &'g Gate, token: &str) -> Desk<'g> {
        Desk { gate, token: token.to_owned(), count: AtomicUsize::new(0) }
    }

    /// Somebody else, to whom this operator gives a token.
    pub fn hire(&self, role: &str, subject: &str, schools: Option<&[&str]>) -> Desk<'g> {
        let mut body = json!({"subject": subject, "role": role});
        if let Some(schools) = schools {
            body["schools"] = json!(schools);
        }
        let made = self.post("/v1/tokens", &body).good(201);
        Desk::new(self.gate, made["token"].as_str().expect("the token itself"))
    }

    /// A key that no other request has.
    pub fn new_key(&self) -> String {
        format!(
            "{}-{}",
            self.token.split('_').next_back().unwrap_or_default(),
            self.count.fetch_add(1, Ordering::Relaxed)
        )
    }

    /// Asks until there is an answer.
    pub fn ask(&self, line: (&str, &str), headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        loop {
            self.gate.goes_on();
            let answer = self.tried(line, headers, body);
            let is_settled = |answer: &Answer| {
                answer.status != 503 && !(answer.status == 409 && answer.text.contains("idempotency_in_flight"))
            };
            if let Some(answer) = answer.filter(is_settled) {
                if line.0 == "POST" {
                    self.gate.has_news();
                }
                return answer;
            }
            self.gate.lost.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn tried(&self, (method, path): (&str, &str), headers: &[(&str, &str)], body: Option<&[u8]>) -> Option<Answer> {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.gate.address()));
        let bearer = format!("Bearer {}", self.token);
        for (name, value) in [&[("authorization", bearer.as_str())], headers].concat() {
            request = request.header(name, value);
        }
        let agent = &self.gate.agent;
        let answered = match body {
            Some(body) => agent.run(request.body(body).expect("a good request")),
            None if method == "POST" => agent.run(request.body("").expect("a good request")),
            None => agent.run(request.body(()).expect("a good request")),
        };
        let mut answer = answered.ok()?;
        let header =
            |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let (etag, replayed) = (header("etag"), header("idempotency-replayed"));
        let text = answer.body_mut().with_config().limit(u64::MAX).read_to_string().ok()?;
        Some(Answer { status: answer.status().as_u16(), etag, is_replay: replayed == "true", text })
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(("GET", path), &[], None)
    }

    /// Reads what must be there.
    #[track_caller]
    pub fn read(&self, path: &str) -> Value {
        self.get(path).good(200)
    }

    /// Every item of a list.
    pub fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.read(&format!("{path}?limit=500{cursor}"));
            items.extend(page["items"].as_array().expect("a list").iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { return items };
            cursor = format!("&cursor={next}");
        }
    }

    /// Sends JSON under a new key.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_under(&self.new_key(), path, Some(body))
    }

    /// Acts under a new key.
    pub fn act(&self, path: &str) -> Answer {
        self.post_under(&self.new_key(), path, None)
    }

    /// Sends JSON, or acts, under this key.
    pub fn post_under(&self, key: &str, path: &str, body: Option<&Value>) -> Answer {
        let headers = [("idempotency-key", key), ("content-type", "application/json")];
        let body = body.map(|body| body.to_string().into_bytes());
        self.ask(("POST", path), if body.is_some() { &headers } else { &headers[..1] }, body.as_deref())
    }

    /// Writes something new.
    pub fn put(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string().into_bytes();
        self.ask(("PUT", path), &[("content-type", "application/json")], Some(&body)).good(200)
    }

    /// Sends files with fields under a new key.
    pub fn post_form(&self, path: &str, fields: &[(&str, &str)], files: &[(&str, String)]) -> Answer {
        let disposition = "--part\r\nContent-Disposition: form-data; name";
        let fields = fields.iter().map(|(name, text)| format!("{disposition}=\"{name}\"\r\n\r\n{text}\r\n"));
        let files =
            files.iter().map(|(name, text)| format!("{disposition}=\"files\"; filename=\"{name}\"\r\n\r\n{text}\r\n"));
        let body = format!("{}--part--\r\n", fields.chain(files).collect::<String>());
        let key = self.new_key();
        let headers = [("idempotency-key", key.as_str()), ("content-type", "multipart/form-data; boundary=part")];
        self.ask(("POST", path), &headers, Some(body.as_bytes()))
    }

    /// Makes a plan and publishes it; its id.
    pub fn publish(&self, plan: &Value) -> String {
        let made = self.post("/v1/plans", &json!({"plan": plan}));
        let id = text(&made.good(201), "id");
        let (key, path) = (self.new_key(), format!("/v1/plans/{id}/publish"));
        self.ask(("POST", &path), &[("idempotency-key", &key), ("if-match", &made.etag)], None).good(200);
        id
    }

    /// A run, as soon as it is calculated or has failed.
    pub fn calculated(&self, run: &str) -> Value {
        loop {
            let found = self.read(&format!("/v1/runs/{run}?wait=5"));
            if found["state"] != "calculating" {
                return found;
            }
        }
    }
}

/// Where somebody is in the feed.
pub struct Follower<'d, 'g> {
    desk: &'d Desk<'g>,
    types: &'static str,
    cursor: String,
    /// The places of the events that have come.
    last: u64,
}

impl<'d, 'g> Follower<'d, 'g> {
    /// From the beginning, for these types.
    pub fn new(desk: &'d Desk<'g>, types: &'static str) -> Follower<'d, 'g> {
        Follower { desk, types, cursor: String::new(), last: 0 }
    }

    /// The next events, the oldest first; waits until there are some, or gives none where it takes long.
    pub fn next(&mut self) -> Vec<Value> {
        let page = self.desk.read(&format!("/v1/events?wait=5&types={}&after={}", self.types, self.cursor));
        self.cursor = text(&page, "cursor");
        let events = page["items"].as_array().expect("a list").clone();
        for event in &events {
            self.desk.gate.has_news();
            let place = event["data"]["place"].as_u64().expect("a place");
            assert!(place > self.last, "after {} comes {event}", self.last);
            self.last = place;
        }
        events
    }
}

/// The text at a key.
#[track_caller]
pub fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no text {key} in {value}")).to_owned()
}

/// The fen of an amount that is written in yuan.
#[track_caller]
pub fn fen(amount: &str) -> i128 {
    let (_, places) = amount.rsplit_once('.').unwrap_or_else(|| panic!("no amount: {amount}"));
    assert_eq!(places.len(), 2, "{amount}");
    amount.replace('.', "").parse().unwrap_or_else(|_| panic!("no amount: {amount}"))
}
