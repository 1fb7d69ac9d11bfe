//! Somebody who asks, and who knows what may be asked of every run.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::{PATIENCE, Server, Tokens};

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its `ETag`.
    pub etag: String,
    /// Its `Retry-After`.
    pub retry_after: String,
    /// Whether it was given before.
    pub is_replay: bool,
    /// Its body.
    pub body: Value,
}

impl Answer {
    /// Whether what was asked is done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// It must say that the store is not available, and when to come back.
    pub fn is_unavailable(&self) -> bool {
        let is = self.status == 503 && self.body["code"] == "store_unavailable";
        assert!(!is || !self.retry_after.is_empty(), "{self:?}");
        is
    }

    /// The id of what it tells of.
    pub fn id(&self) -> String {
        assert!(self.is_done(), "{self:?}");
        self.body["id"].as_str().expect("an id").to_owned()
    }
}

/// Asks one server with the tokens of one bureau.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    address: String,
    tokens: Tokens,
}

/// An answer, or none where the connection was refused or broken off.
pub type Asked = Option<Answer>;

impl Client {
    /// A client of a server.
    pub fn new(server: &Server, tokens: &Tokens) -> Client {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).build();
        Client { agent: config.into(), address: server.address.clone(), tokens: tokens.clone() }
    }

    fn ask(&self, line: (&str, &str), token: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Asked {
        let (method, path) = line;
        let mut request = ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        request = request.header("authorization", format!("Bearer {token}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json").body(body.to_string());
                self.agent.run(request.expect("a good request"))
            }
            None if method == "POST" => self.agent.run(request.body("").expect("a good request")),
            None => self.agent.run(request.body(()).expect("a good request")),
        };
        let mut answer = answered.ok()?;
        let header =
            |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let (etag, retry_after, replayed) = (header("etag"), header("retry-after"), header("idempotency-replayed"));
        let bytes = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().ok()?;
        let body = serde_json::from_slice(&bytes).ok()?;
        Some(Answer { status: answer.status().as_u16(), etag, retry_after, is_replay: replayed == "true", body })
    }

    /// Reads as the officer.
    pub fn get(&self, path: &str) -> Asked {
        self.ask(("GET", path), &self.tokens.officer, &[], None)
    }

    /// Reads what must be there from a server that must answer.
    pub fn read(&self, path: &str) -> Value {
        let answer = self.get(path).expect("it answers");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// Acts under a key, as the approver where only that may be.
    pub fn post(&self, path: &str, key: &str, body: Option<&Value>) -> Asked {
        let approves = path.ends_with("/approve") || path.ends_with("/release");
        let token = if approves { &self.tokens.approver } else { &self.tokens.officer };
        self.ask(("POST", path), token, &[("idempotency-key", key)], body)
    }

    /// Reads with another token.
    pub fn get_with(&self, token: &str, path: &str) -> Answer {
        self.ask(("GET", path), token, &[], None).expect("it answers")
    }

    /// Sends JSON with another token, under a key of the path's.
    pub fn post_with(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.ask(("POST", path), token, &[("idempotency-key", path)], Some(body)).expect("it answers")
    }

    /// Publishes a plan of this code; the id of it.
    pub fn plan(&self, code: &str, formula: Option<&str>) -> String {
        let made = self
            .post("/v1/plans", &format!("plan-{code}"), Some(&json!({"plan": plan(code, formula)})))
            .expect("it answers");
        let id = made.id();
        let (path, key) = (format!("/v1/plans/{id}/publish"), format!("publish-{code}"));
        let headers = [("idempotency-key", key.as_str()), ("if-match", made.etag.as_str())];
        let published = self.ask(("POST", &path), &self.tokens.officer, &headers, None).expect("it answers");
        assert_eq!(published.status, 200, "{published:?}");
        id
    }

    /// Puts so many people on record for a plan, under a key of their number.
    pub fn put_roster(&self, plan: &str, people: usize) -> Asked {
        let body = json!({"plan_id": plan, "version": 1, "data": data(people)});
        self.post("/v1/rosters", &format!("roster-{plan}-{people}"), Some(&body))
    }

    /// The same at a server that must answer; the id of the roster.
    pub fn roster(&self, plan: &str, people: usize) -> String {
        self.put_roster(plan, people).expect("it answers").id()
    }

    /// Makes a run of a roster under a title, which is the key too.
    pub fn run(&self, roster: &str, title: &str) -> Asked {
        self.post("/v1/runs", title, Some(&json!({"roster_id": roster, "title": title})))
    }

    /// A run, as soon as it is no longer being calculated.
    pub fn calculated(&self, run: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.read(&format!("/v1/runs/{run}?wait=1"));
            if found["state"] != "calculating" {
                return found;
            }
            assert!(Instant::now() < deadline, "run {run} is not calculated: {found}");
        }
    }

    /// Waits until no run waits for its result.
    pub fn drain(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let waiting = self.read("/v1/runs?state=calculating&limit=500");
            let waiting = waiting["items"].as_array().expect("a list");
            let Some(run) = waiting.first() else { return };
            assert!(Instant::now() < deadline, "{} runs are not calculated: {run}", waiting.len());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Every item of a list, page by page.
    pub fn all(&self, path: &str) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.read(&format!("{path}{separator}limit=500{cursor}"));
            items.extend(page["items"].as_array().expect("a list").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// All runs with a title by it: each is there once.
    pub fn runs(&self) -> HashMap<String, Value> {
        let mut runs = HashMap::new();
        for run in self.all("/v1/runs") {
            let Some(title) = run["title"].as_str() else { continue };
            let other = runs.insert(title.to_owned(), run.clone());
            assert!(other.is_none(), "two runs of one key: {run} and {other:?}");
        }
        runs
    }

    /// A run must be whole: what it lists adds up to what it says, and a second calculation gives the same.
    pub fn is_whole(&self, id: &str) {
        let run = self.read(&format!("/v1/runs/{id}"));
        let payees = self.all(&format!("/v1/runs/{id}/payees"));
        let sum: i64 = payees.iter().map(|payee| fen(&payee["total"])).sum();
        assert_eq!(sum, fen(&run["balance"]["payee_total"]), "{run}");
        assert_eq!(run["payee_count"].as_u64(), u64::try_from(payees.len()).ok(), "{run}");
        let verification = self.read(&format!("/v1/runs/{id}/verification"));
        assert_eq!(verification["verified"], true, "{run}: {verification}");
    }

    /// What has been done to a run, in order.
    pub fn history(&self, id: &str) -> Vec<String> {
        let run = self.read(&format!("/v1/runs/{id}"));
        let steps = run["history"].as_array().expect("a history");
        steps.iter().map(|step| step["action"].as_str().expect("a word").to_owned()).collect()
    }
}

/// An amount in fen.
fn fen(amount: &Value) -> i64 {
    amount.as_str().expect("an amount").replace('.', "").parse().expect("digits")
}

/// A plan that shares each school's quota among its staff, after a formula that may take long.
fn plan(code: &str, formula: Option<&str>) -> Value {
    let mut steps = Vec::new();
    if let Some(formula) = formula {
        steps.push(json!({"do": "formula", "level": "staff", "name": "first", "formula": formula}));
    }
    steps.push(json!({"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points",
        "pay": {"item": "奖励"}}));
    json!({
        "language": 1, "code": code, "title": code, "payee": "staff",
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number", "min": "0"}]}
        ],
        "steps": steps
    })
}

/// How many schools the people of a roster have.
const SCHOOLS: usize = 5;

/// So many people in some schools.
fn data(people: usize) -> Value {
    let schools = (0..SCHOOLS).map(|school| json!({"id": format!("S{school}"), "facts": {"quota": "100000.01"}}));
    let staff = (0..people).map(|person| {
        let points = person % 97 + 1;
        json!({"id": format!("T{person:06}"), "parent": format!("S{}", person % SCHOOLS), "name": "张三",
            "facts": {"points": points}})
    });
    json!({"school": schools.collect::<Vec<Value>>(), "staff": staff.collect::<Vec<Value>>()})
}
