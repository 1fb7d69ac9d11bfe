//! The first start of a database, the next ones, and those that are refused.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, io, path::Path};

use crate::client::Client;
use crate::server::{PATIENCE, Place, SERVE, Server, Tokens, audit_is_whole, ended, fenpei, postgres, sqlite, tell};

/// The program that asks SQLite a statement; none where there is none, which is told, and is a failure where nobody reads
/// what was skipped.
pub fn sqlite3() -> Option<&'static str> {
    let found = Command::new("sqlite3").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Some("sqlite3");
    }
    let missing = "sqlite3 is not installed (apt-get install sqlite3)";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
    tell(&format!("SKIPPED: {missing}"));
    None
}

/// What a statement gives on either database; none where there is no program to ask with.
pub fn sql(place: &Place, statement: &str) -> Option<String> {
    if place.url.starts_with("postgres") {
        return Some(crate::postgres::sql(&place.url, statement));
    }
    let asked = Command::new(sqlite3()?).args(["-bail", &place.url, statement]).output().expect("sqlite3 runs");
    assert!(asked.status.success(), "{statement}: {}", String::from_utf8_lossy(&asked.stderr));
    Some(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}

/// Every file of a folder with all below it, as bytes.
fn bytes(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<fs::DirEntry>>>).expect("a folder");
    files.iter().flat_map(|file| fs::read(file.path()).expect("readable")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A token in whole and its secret, which stands after its name.
fn secrets(tokens: &Tokens) -> Vec<String> {
    let all = [&tokens.officer, &tokens.approver, &tokens.accountant];
    let secret = |token: &&String| token.splitn(3, '_').nth(2).expect("a brand, a name and a secret").to_owned();
    all.iter().map(|token| (*token).clone()).chain(all.iter().map(secret)).collect()
}

/// Starts a database twice; the log of both.
fn starts_twice(place: &Place) -> (Tokens, String) {
    let mut log = String::new();
    let mut command = fenpei(&place.url, &SERVE);
    command.arg("--example").env("RUST_LOG", "trace");
    let mut server = Server::of(command);
    let tokens = server.tokens();
    assert!(secrets(&tokens).iter().all(|secret| secret.len() > 30), "{tokens:?}");
    let client = Client::new(&server, &tokens);
    let runs = client.all("/v1/runs");
    let example = runs.iter().find(|run| run["title"] == "示例").unwrap_or_else(|| panic!("no example: {runs:?}"));
    let id = example["id"].as_str().expect("an id");
    assert_eq!(client.calculated(id)["state"], "calculated");
    client.is_whole(id);
    client.post(&format!("/v1/runs/{id}/submit"), "key", None).expect("it answers").id();
    client.post(&format!("/v1/runs/{id}/approve"), "key", None).expect("it answers").id();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    // The first three, six of the example, and the officer's once more to look at it with.
    assert_eq!(server.out.text().matches("fenpei_").count(), 10, "{}", server.out.text());
    log.push_str(&server.log.text());

    let mut server = Server::start(&place.url);
    let client = Client::new(&server, &tokens);
    assert_eq!(client.read("/v1/whoami")["subject"], "officer");
    assert_eq!(client.all("/v1/runs").len(), runs.len());
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(server.out.text().lines().count(), 1, "{}", server.out.text());
    log.push_str(&server.log.text());
    audit_is_whole(&place.url);
    (tokens, log)
}

#[test]
fn tokens_are_printed_once_and_kept_nowhere_on_sqlite() {
    let place = sqlite();
    let (tokens, log) = starts_twice(&place);
    let kept = bytes(place.folder.path());
    assert!(holds(&kept, "SQLite format 3") && holds(&kept, "officer") && log.contains("/v1/runs"), "{log}");
    for secret in secrets(&tokens) {
        assert!(!holds(log.as_bytes(), &secret), "a token in the log");
        assert!(!holds(&kept, &secret), "a token in the database");
    }
}

#[test]
fn tokens_are_printed_once_and_kept_nowhere_on_postgresql() {
    let Some(place) = postgres() else { return };
    let (tokens, log) = starts_twice(&place);
    let of = |table: &str| sql(&place, &format!("SELECT t::text FROM {table} t")).unwrap_or_default();
    let kept: String = ["tokens", "audit_entries", "idempotency_records", "service_keys"].map(of).concat();
    assert!(kept.contains("officer"), "{kept}");
    for secret in secrets(&tokens) {
        assert!(!log.contains(&secret) && !kept.contains(&secret), "a token that is kept");
    }
}

/// The tokens of a new database must not be lost with a start that comes to nothing.
#[test]
fn a_first_start_that_cannot_listen_loses_no_tokens() {
    let place = sqlite();
    let (code, out, error) = ended(&place.url, &["serve", "--listen", "192.0.2.1:1"]);
    assert_eq!(code, Some(2), "{out}{error}");
    let mut server = Server::start(&place.url);
    server.signal("TERM");
    server.wait();
    let printed = out + &server.out.text();
    assert_eq!(printed.matches("fenpei_").count(), 3, "no start has printed them: {printed}");
}

/// Nobody can act in a bureau without tokens: a first start that is killed must not leave one.
#[test]
fn a_first_start_that_is_killed_can_be_begun_again() {
    for step in 0..20 {
        let place = sqlite();
        let mut child =
            fenpei(&place.url, &SERVE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a start");
        // The schema is there and the file is locked when the first bureau is made: some moments around that.
        let (locked, deadline) = (format!("{}.lock", place.url), Instant::now() + PATIENCE);
        while !Path::new(&locked).exists() {
            assert!(Instant::now() < deadline, "no {locked}");
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(700) * step);
        child.kill().expect("it is ours");
        child.wait().expect("it ends");
        let server = Server::start(&place.url);
        let (code, out, error) = ended(&place.url, &["token", "list"]);
        let tokens = out.lines().count();
        assert_eq!((code, tokens), (Some(0), 3), "{out}{error}");
        drop(server);
        audit_is_whole(&place.url);
    }
}

fn refuses_a_newer_schema(place: &Place) {
    Server::start(&place.url).kill();
    let insert = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";
    if sql(place, insert).is_none() {
        return;
    }
    let count = "SELECT (SELECT count(*) FROM __diesel_schema_migrations), (SELECT count(*) FROM tokens), \
        (SELECT count(*) FROM audit_entries), (SELECT max(audit_head) FROM bureaus)";
    let before = sql(place, count);
    for arguments in [SERVE.as_slice(), &["audit", "verify"], &["token", "list"]] {
        let (code, out, error) = ended(&place.url, arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {error}");
        assert!(error.contains("later version of fenpei (99991231000000)"), "{error}");
    }
    assert_eq!(sql(place, count), before);
}

#[test]
fn a_newer_schema_is_left_alone_on_sqlite() {
    refuses_a_newer_schema(&sqlite());
}

#[test]
fn a_newer_schema_is_left_alone_on_postgresql() {
    if let Some(place) = postgres() {
        refuses_a_newer_schema(&place);
    }
}

#[test]
fn nobody_else_on_the_machine_reads_the_database_or_its_backup() {
    use std::os::unix::fs::PermissionsExt;
    let place = sqlite();
    let server = Server::start(&place.url);
    let folder = Path::new(&place.url).parent().expect("a folder");
    let copy = folder.join("copy.db");
    let (code, _, error) = ended(&place.url, &["backup", &copy.to_string_lossy()]);
    assert_eq!(code, Some(0), "{error}");
    let mut seen = 0;
    for file in fs::read_dir(folder).expect("a folder").flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.contains(".db") && !name.ends_with(".lock") && !name.ends_with(".sha256") {
            let mode = file.metadata().expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
            seen += 1;
        }
    }
    assert!(seen >= 3, "the database, its log and the copy: {seen}");
    drop(server);
}

/// A command that looks at a database leaves its schema as it is: an older one is told, and a missing one is not made.
#[test]
fn a_command_that_looks_changes_no_schema() {
    let place = sqlite();
    let (code, _, error) = ended(&place.url, &["audit", "verify"]);
    assert_eq!((code, Path::new(&place.url).exists()), (Some(2), false), "{error}");
    let other = sqlite();
    fs::write(&other.url, b"").expect("an empty database");
    let (code, _, error) = ended(&other.url, &["audit", "verify"]);
    assert_eq!(code, Some(2), "{error}");
    assert!(error.contains("earlier version"), "{error}");
    assert_eq!(sql(&other, "SELECT count(*) FROM sqlite_master WHERE name = 'bureaus'").as_deref().unwrap_or("0"), "0");
}
