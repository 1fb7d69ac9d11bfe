//! A service of this process on a database of its own, those who use it, and a client that takes every status as an
//! answer.

use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Once, mpsc};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use fenpei::rest::{Limits, Settings, Started, run};
use serde_json::{Value, json};

use crate::postgres;

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// Its body.
    pub bytes: Vec<u8>,
    /// Its body, where it is UTF-8.
    pub text: String,
}

impl Answer {
    /// Its first header of this name; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON: {error}: {}", self.text))
    }

    /// Its body, where it has this status.
    #[track_caller]
    pub fn good(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        self.json()
    }

    /// The problem document that it must be, of this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("/problems/{code}"));
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        problem
    }
}

/// A service with its database.
pub struct Site {
    address: SocketAddr,
    database: String,
    agent: ureq::Agent,
}

/// Limits that no test meets.
pub fn unlimited() -> Limits {
    Limits { rate: None, ..Limits::default() }
}

/// The path of a SQLite file that is not there yet.
fn file() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let folder = std::env::temp_dir().join(format!("fenpei-record-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join(format!("{}.db", COUNT.fetch_add(1, Ordering::SeqCst))).to_string_lossy().into_owned()
}

/// Runs a test on a service with SQLite and on one with PostgreSQL, which it shares with others.
pub fn on_both(test: fn(&Site)) {
    static SQLITE: LazyLock<Site> = LazyLock::new(|| Site::start(file(), unlimited()));
    static POSTGRES: LazyLock<Option<Site>> =
        LazyLock::new(|| postgres::database().map(|url| Site::start(url, unlimited())));
    both(&SQLITE, POSTGRES.as_ref(), test);
}

/// The same on services that send webhooks to receivers of a test, again after 300 ms.
pub fn on_open(test: fn(&Site)) {
    static SQLITE: LazyLock<Site> = LazyLock::new(|| Site::start(file(), open()));
    static POSTGRES: LazyLock<Option<Site>> =
        LazyLock::new(|| postgres::database().map(|url| Site::start(url, open())));
    both(&SQLITE, POSTGRES.as_ref(), test);
}

/// Limits under which a receiver of a test may be sent to.
pub fn open() -> Limits {
    Limits { private_webhooks: true, webhook_pause: Duration::from_millis(300), ..unlimited() }
}

/// The same on services of its own with these limits.
pub fn on_own(limits: &Limits, test: fn(&Site)) {
    let postgres = postgres::database().map(|url| Site::start(url, limits.clone()));
    both(&Site::start(file(), limits.clone()), postgres.as_ref(), test);
}

/// Runs a test at once on both, in threads whose names say in a failure which it was.
fn both(sqlite: &Site, postgres: Option<&Site>, test: fn(&Site)) {
    thread::scope(|scope| {
        for (name, site) in [("SQLite", Some(sqlite)), ("PostgreSQL", postgres)] {
            let Some(site) = site else { continue };
            let named = thread::Builder::new().name(name.to_owned());
            named.spawn_scoped(scope, move || test(site)).expect("a thread");
        }
    });
}

impl Site {
    /// A service of its own with SQLite and these limits.
    pub fn alone(limits: Limits) -> Site {
        Site::start(file(), limits)
    }

    /// Another service on the same database.
    pub fn another(&self) -> Site {
        self.another_with(unlimited())
    }

    /// The same with these limits.
    pub fn another_with(&self, limits: Limits) -> Site {
        Site::start(self.database.clone(), limits)
    }

    /// Somebody here as the same at this service.
    pub fn person(&self, somebody: &Person<'_>) -> Person<'_> {
        Person::of(self, &somebody.secret)
    }

    /// Starts a service.
    fn start(database: String, limits: Limits) -> Site {
        static LOGS: Once = Once::new();
        LOGS.call_once(|| tracing_subscriber::fmt().with_writer(std::io::sink).init());
        let (told, address) = mpsc::channel();
        let listen = "127.0.0.1:0".to_owned();
        let settings = Settings { listen, database: database.clone(), example: false, limits };
        thread::spawn(move || {
            let ended = run(&settings, move |started| told.send(started.clone()).expect("somebody waits"));
            ended.expect("it serves");
        });
        let started: Started = address.recv_timeout(Duration::from_secs(60)).expect("the service tells its address");
        // The service closes what is idle for five seconds: what is nearly as old is not used once more.
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_idle_age(Duration::from_secs(2));
        let agent = config.build().into();
        Site { address: started.address, database, agent }
    }

    /// Asks for something. A body is sent as JSON unless a header says otherwise.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        self.ask_bytes(method, path, headers, body.map(str::as_bytes))
    }

    /// The same with a body of bytes.
    pub fn ask_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let uri = format!("http://{}{path}", self.address);
        let mut request = ureq::http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = match body {
            Some(body) => {
                let is_said = headers.iter().any(|(name, _)| *name == "content-type");
                let request = if is_said { request } else { request.header("content-type", "application/json") };
                self.agent.run(request.body(body).expect("a good request"))
            }
            // With a length of 0, not in chunks.
            None if method == "POST" => self.agent.run(request.body("").expect("a good request")),
            None => self.agent.run(request.body(()).expect("a good request")),
        };
        let mut answer = answered.expect("an answer");
        let text = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap_or_default().to_owned())
        };
        let headers = answer.headers().iter().map(text).collect();
        let bytes = answer.body_mut().with_config().limit(u64::MAX).read_to_vec().expect("a whole body");
        let text = String::from_utf8(bytes.clone()).unwrap_or_default();
        Answer { status: answer.status().as_u16(), headers, bytes, text }
    }

    /// Runs the program on the same database.
    pub fn program(&self, arguments: &[&str]) -> Output {
        let mut program = Command::new(env!("CARGO_BIN_EXE_fenpei"));
        program.args(arguments).env("DATABASE_URL", &self.database).output().expect("the program runs")
    }

    /// The token that the program makes.
    pub fn token(&self, arguments: &[&str]) -> Person<'_> {
        let made = self.program(&[&["token", "create"], arguments].concat());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let printed = String::from_utf8(made.stdout).expect("UTF-8");
        Person::of(self, printed.lines().next().expect("the token is on the first line"))
    }

    /// Executes statements past the service; the database may refuse them.
    pub fn sql(&self, statements: &str) -> Result<(), String> {
        let done = if self.is_postgres() {
            PgConnection::establish(&self.database).expect("a connection").batch_execute(statements)
        } else {
            let mut conn = SqliteConnection::establish(&self.database).expect("a connection");
            conn.batch_execute("PRAGMA busy_timeout = 5000").and_then(|()| conn.batch_execute(statements))
        };
        done.map_err(|error| error.to_string())
    }

    /// What a query for one number gives.
    pub fn number(&self, query: &str) -> i64 {
        let number = diesel::dsl::sql::<BigInt>(query);
        let found = if self.is_postgres() {
            number.get_result(&mut PgConnection::establish(&self.database).expect("a connection"))
        } else {
            number.get_result(&mut SqliteConnection::establish(&self.database).expect("a connection"))
        };
        found.expect("a number")
    }

    /// What a query for texts gives.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let text = diesel::dsl::sql::<Text>(query);
        let found = if self.is_postgres() {
            text.load(&mut PgConnection::establish(&self.database).expect("a connection"))
        } else {
            text.load(&mut SqliteConnection::establish(&self.database).expect("a connection"))
        };
        found.expect("texts")
    }

    /// Whether it is on PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.database.starts_with("postgres://")
    }
}

/// A key that no other request has.
pub fn new_key() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("key-{}", COUNT.fetch_add(1, Ordering::SeqCst))
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Person<'s> {
    /// The service that the token is for.
    pub site: &'s Site,
    /// The token itself.
    pub secret: String,
    /// The token's id.
    pub id: String,
    /// The bureau's id.
    pub bureau: String,
}

impl<'s> Person<'s> {
    /// Whoever has this token.
    pub fn of(site: &'s Site, secret: &str) -> Person<'s> {
        let person = Person { site, secret: secret.to_owned(), id: String::new(), bureau: String::new() };
        let known = person.get("/v1/whoami").good(200);
        let text = |key: &str| known[key].as_str().expect("a text").to_owned();
        Person { id: text("token_id"), bureau: text("bureau_id"), ..person }
    }

    /// Asks with the token.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let bearer = format!("Bearer {}", self.secret);
        self.site.ask(method, path, &[&[("authorization", bearer.as_str())], headers].concat(), body)
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], None)
    }

    /// Sends JSON under a new key.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[("idempotency-key", &new_key())], Some(&body.to_string()))
    }

    /// Acts under a new key, without a body.
    pub fn act(&self, path: &str) -> Answer {
        self.ask("POST", path, &[("idempotency-key", &new_key())], None)
    }

    /// Acts on this revision under a new key.
    pub fn act_on(&self, path: &str, etag: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string);
        self.ask("POST", path, &[("idempotency-key", &new_key()), ("if-match", etag)], body.as_deref())
    }

    /// Writes this revision.
    pub fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.ask("PUT", path, &[("if-match", etag)], Some(&body.to_string()))
    }

    /// All items of a list, page by page.
    pub fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.get(&format!("{path}{mark}limit={limit}{after}")).good(200);
            let of_page = page["items"].as_array().expect("a list");
            assert!(of_page.len() <= limit);
            items.extend(of_page.iter().cloned());
            let Some(next) = page.get("next_cursor") else { return items };
            cursor = Some(next.as_str().expect("a text").to_owned());
        }
    }
}

/// A bureau with somebody in every role.
pub struct Bureau<'s> {
    /// Makes plans, rosters and runs.
    pub officer: Person<'s>,
    /// Approves and releases.
    pub approver: Person<'s>,
    /// Of the school S1.
    pub accountant: Person<'s>,
    /// A payroll system.
    pub payroll: Person<'s>,
    /// Reads everything.
    pub auditor: Person<'s>,
    /// Makes tokens.
    pub operator: Person<'s>,
}

impl<'s> Bureau<'s> {
    /// A new bureau.
    pub fn new(site: &'s Site) -> Bureau<'s> {
        let operator = site.token(&["--role", "operator", "--subject", "operator", "--new-bureau", "教育局"]);
        let person = |role: &str| hire(&operator, role, role, &[]);
        Bureau {
            officer: person("officer"),
            approver: person("approver"),
            accountant: hire(&operator, "accountant", "accountant", &["S1"]),
            payroll: person("payroll"),
            auditor: person("auditor"),
            operator,
        }
    }

    /// Everybody with the word of the role.
    pub fn everybody(&self) -> [(&'static str, &Person<'s>); 6] {
        [
            ("officer", &self.officer),
            ("approver", &self.approver),
            ("accountant", &self.accountant),
            ("payroll", &self.payroll),
            ("auditor", &self.auditor),
            ("operator", &self.operator),
        ]
    }
}

/// Somebody new in a bureau, to whom its operator gives a token.
pub fn hire<'s>(operator: &Person<'s>, role: &str, subject: &str, schools: &[&str]) -> Person<'s> {
    let mut body = json!({"subject": subject, "role": role});
    if !schools.is_empty() {
        body["schools"] = json!(schools);
    }
    let made = operator.post("/v1/tokens", &body).good(201);
    Person::of(operator.site, made["token"].as_str().expect("the token itself"))
}
