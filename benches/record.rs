//! `cargo bench --bench record`: what the record costs over HTTP, on a new SQLite file. One client, one connection; figures
//! are wall-clock time, the disk's included.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "a bench that meets something unexpected ends")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use divan::Bencher;
use fenpei::rest::{Limits, Settings, Started, run};
use serde_json::{Value, json};

mod people;

use people::{DATA, PLAN};

/// How many people, and in how many schools.
const PEOPLE: usize = 3_400;
const SCHOOLS: usize = 70;

fn main() {
    divan::main();
}

/// How many services have been opened, each on a file of its own.
static OPENED: AtomicUsize = AtomicUsize::new(0);

/// A running service, the officer's token, and a client.
struct Office {
    address: SocketAddr,
    token: String,
    agent: ureq::Agent,
}

impl Office {
    fn open() -> Office {
        let folder = std::env::temp_dir().join(format!("fenpei-bench-{}", std::process::id()));
        let made = std::fs::create_dir_all(&folder);
        assert!(made.is_ok(), "{}", folder.display());
        let settings = Settings {
            listen: "127.0.0.1:0".to_owned(),
            database: folder
                .join(format!("{}.db", OPENED.fetch_add(1, Ordering::SeqCst)))
                .to_string_lossy()
                .into_owned(),
            example: false,
            limits: Limits { rate: None, ..Limits::default() },
        };
        let (told, started) = mpsc::channel();
        thread::spawn(move || run(&settings, move |started| told.send(started.clone()).unwrap_or_default()));
        let Started { address, tokens, .. } = started.recv().unwrap_or_else(|_| std::process::abort());
        let token = tokens.into_iter().next().map(|(_, token)| token).unwrap_or_default();
        Office { address, token, agent: ureq::Agent::new_with_defaults() }
    }

    /// Asks, and gives the answer; anything but success ends the bench.
    fn ask(&self, method: &str, path: &str, if_match: &str, body: Option<&Value>) -> Value {
        let key = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.token))
            .header("idempotency-key", key.to_string())
            .header("if-match", if_match)
            .header("content-type", "application/json");
        let text = body.map_or_else(String::new, Value::to_string);
        let answer = request.body(text).map_err(ureq::Error::from).and_then(|request| self.agent.run(request));
        let text = answer.and_then(|mut answer| answer.body_mut().read_to_string());
        let text = text.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn id(&self, path: &str, body: &Value) -> String {
        let made = self.ask("POST", path, "*", Some(body));
        made["id"].as_str().unwrap_or_default().to_owned()
    }

    /// A roster of the whole district.
    fn roster(&self) -> String {
        self.roster_of(PLAN, &district())
    }

    /// A roster of a plan.
    fn roster_of(&self, plan: &str, data: &Value) -> String {
        let mut plan: Value = serde_json::from_str(plan).unwrap_or_default();
        plan["examples"] = json!([]);
        let plan = self.id("/v1/plans", &json!({"plan": plan}));
        self.ask("POST", &format!("/v1/plans/{plan}/publish"), "\"1\"", None);
        self.id("/v1/rosters", &json!({"plan_id": plan, "version": 1, "data": data}))
    }
}

/// The example county's people as often as it takes, spread over the schools.
fn district() -> Value {
    let example: Value = serde_json::from_str(DATA).unwrap_or_default();
    let rows = |level: &str| example[level].as_array().cloned().unwrap_or_default();
    let mut bureau = rows("bureau");
    for fact in bureau.iter_mut().filter_map(|row| row["facts"].as_object_mut()).flat_map(serde_json::Map::values_mut) {
        // Amounts are texts with two places: a hundred times as much is two zeros more.
        if let Some((yuan, fen)) =
            fact.as_str().and_then(|text| text.split_once('.')).filter(|(yuan, _)| yuan.len() > 4)
        {
            *fact = json!(format!("{yuan}{fen}.00"));
        }
    }
    let copies = |level: &str, count: usize, parents: usize| -> Vec<Value> {
        let of_example = rows(level);
        let copy = |number: usize| {
            let mut row = of_example[number % of_example.len()].clone();
            row["id"] = json!(format!("{level}-{number:06}"));
            if level == "staff" {
                row["parent"] = json!(format!("school-{:06}", number % parents));
            }
            row
        };
        (0..count).map(copy).collect()
    };
    json!({"bureau": bureau, "school": copies("school", SCHOOLS, 1), "staff": copies("staff", PEOPLE, SCHOOLS), "award": []})
}

/// A run of 3,400 people from a stored roster: from the request to the calculated run.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn create_run(bencher: Bencher) {
    let office = Office::open();
    let roster = office.roster();
    bencher.bench_local(|| {
        let run = office.id("/v1/runs", &json!({"roster_id": roster}));
        let done = office.ask("GET", &format!("/v1/runs/{run}?wait=30"), "*", None);
        assert_eq!(done["state"], "calculated", "{done}");
    });
}

/// `GET` of that run.
#[divan::bench]
fn get_run(bencher: Bencher) {
    let office = Office::open();
    let run = office.id("/v1/runs", &json!({"roster_id": office.roster()}));
    office.ask("GET", &format!("/v1/runs/{run}?wait=30"), "*", None);
    bencher.bench_local(|| office.ask("GET", &format!("/v1/runs/{run}"), "*", None));
}

/// A statement of 3,400 people: of the seven allowances, of which two funds are everybody's, and of one fund for all. After
/// the first, which calculates the run.
#[divan::bench(args = ["seven allowances", "one fund"])]
fn get_statement(bencher: Bencher, name: &str) {
    let office = Office::open();
    let (roster, person): (String, fn(usize) -> String) = match name {
        "one fund" => {
            let data = serde_json::from_str(&people::one_fund(PEOPLE)).unwrap_or_default();
            (office.roster_of(people::ONE_FUND, &data), |row| format!("{row:06}"))
        }
        _ => (office.roster(), |row| format!("staff-{row:06}")),
    };
    let run = office.id("/v1/runs", &json!({"roster_id": roster}));
    office.ask("GET", &format!("/v1/runs/{run}?wait=30"), "*", None);
    let statement = |row: usize| {
        let told = office.ask("GET", &format!("/v1/runs/{run}/statements/{}", person(row)), "*", None);
        assert!(told["total"].is_string(), "{told}");
    };
    statement(0);
    let mut row = 0;
    bencher.bench_local(|| {
        row = (row + 1_009) % PEOPLE;
        statement(row);
    });
}

/// The first statement of a run: plan and roster are read, calculated and kept.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn get_first_statement(bencher: Bencher) {
    let office = Office::open();
    let roster = office.roster();
    bencher
        .with_inputs(|| {
            let run = office.id("/v1/runs", &json!({"roster_id": roster}));
            office.ask("GET", &format!("/v1/runs/{run}?wait=30"), "*", None);
            run
        })
        .bench_local_values(|run| office.ask("GET", &format!("/v1/runs/{run}/statements/staff-000007"), "*", None));
}

/// A page of a hundred payees with their lines.
#[divan::bench]
fn list_payees(bencher: Bencher) {
    let office = Office::open();
    let run = office.id("/v1/runs", &json!({"roster_id": office.roster()}));
    office.ask("GET", &format!("/v1/runs/{run}?wait=30"), "*", None);
    bencher.bench_local(|| office.ask("GET", &format!("/v1/runs/{run}/payees?limit=100"), "*", None));
}
