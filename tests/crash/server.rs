//! The program as an operator starts it, and ends it without a word.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::postgres;

/// How long anything may take on a machine with much else to do.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Writes a line past the test harness, which would show it only where a test fails.
pub fn tell(line: &str) {
    writeln!(io::stderr(), "{line}").expect("a line is written");
}

/// A database of a test's own, which goes with it.
pub struct Place {
    /// What `DATABASE_URL` says.
    pub url: String,
    /// The folder of a SQLite file.
    pub folder: TempDir,
}

/// A new SQLite file, which is not there yet.
pub fn sqlite() -> Place {
    let folder = tempfile::tempdir().expect("a folder");
    let url = folder.path().join("fenpei.db").to_string_lossy().into_owned();
    Place { url, folder }
}

/// A new database of PostgreSQL; none where that is not installed.
pub fn postgres() -> Option<Place> {
    Some(Place { url: postgres::database()?, folder: tempfile::tempdir().expect("a folder") })
}

impl Place {
    /// The path of a file beside the database.
    pub fn beside(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }
}

/// The program with these arguments on a database.
pub fn fenpei(database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenpei"));
    command.args(arguments).env("DATABASE_URL", database);
    for name in
        ["FENPEI_LISTEN", "FENPEI_RATE", "FENPEI_LEASE", "FENPEI_WEBHOOKS_PRIVATE", "FENPEI_WEBHOOK_PAUSE", "RUST_LOG"]
    {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// What a command comes to that ends by itself.
pub fn ended(database: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = fenpei(database, arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), text(stdout), text(stderr))
}

/// The audit trail of a database must be whole.
pub fn audit_is_whole(database: &str) {
    let (code, out, error) = ended(database, &["audit", "verify"]);
    assert_eq!(code, Some(0), "{out}{error}");
    assert!(out.contains(" entries, the last is "), "{out}");
}

/// How every test serves.
pub const SERVE: [&str; 7] = ["serve", "--listen", "127.0.0.1:0", "--rate", "0", "--lease", "1"];

/// What somebody prints, as it comes.
#[derive(Clone, Default)]
pub struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn follow(mut from: impl Read + Send + 'static) -> (Printed, JoinHandle<()>) {
        let printed = Printed::default();
        let into = printed.clone();
        let reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut chunk) {
                into.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&chunk[..length]);
            }
        });
        (printed, reader)
    }

    /// All of it until now.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// A server that is killed when the test ends.
pub struct Server {
    child: Child,
    readers: Vec<JoinHandle<()>>,
    /// Its address.
    pub address: String,
    /// What it prints.
    pub out: Printed,
    /// What it logs.
    pub log: Printed,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Server {
    /// Serves a database.
    pub fn start(database: &str) -> Server {
        Server::of(fenpei(database, &SERVE))
    }

    /// Starts a command that ends up serving.
    pub fn of(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let (out, first) = Printed::follow(child.stdout.take().expect("piped"));
        let (log, second) = Printed::follow(child.stderr.take().expect("piped"));
        let mut server = Server { child, readers: vec![first, second], address: String::new(), out, log };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let out = server.out.text();
            if let Some((line, _)) = out.split_once('\n') {
                line.strip_prefix("http://").expect("an address").clone_into(&mut server.address);
                return server;
            }
            let ended = server.child.try_wait().expect("it is ours");
            assert!(ended.is_none(), "it ended: {}", server.log.text());
            assert!(Instant::now() < deadline, "it does not serve: {}", server.log.text());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let number = self.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &number]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Ends it at once, in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.child.kill().unwrap_or_default();
        self.wait();
    }

    /// Waits until it has ended and all that it said is there.
    pub fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().expect("it is ours");
        for reader in self.readers.drain(..) {
            reader.join().expect("a reader ends");
        }
        status
    }

    /// The tokens of a new database: of the officer, the approver and the accountant.
    pub fn tokens(&self) -> Tokens {
        let deadline = Instant::now() + PATIENCE;
        while self.out.text().lines().count() < 5 {
            assert!(Instant::now() < deadline, "no tokens: {}", self.out.text());
            thread::sleep(Duration::from_millis(2));
        }
        let out = self.out.text();
        let of = |role: &str| {
            let mut lines = out.lines().filter_map(|line| line.trim().split_once(' '));
            let (_, token) = lines.find(|(known, _)| *known == role).expect("a token for each role");
            token.trim().to_owned()
        };
        Tokens { officer: of("officer"), approver: of("approver"), accountant: of("accountant") }
    }
}

/// The first tokens of a database.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Makes plans, rosters and runs.
    pub officer: String,
    /// Approves and releases runs.
    pub approver: String,
    /// Of one school.
    pub accountant: String,
}
