//! A database that is full, locked, or gone for a while.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::Client;
use crate::server::{Place, SERVE, Server, Tokens, audit_is_whole, fenpei, postgres, sqlite};
use crate::start::{sql, sqlite3};
use crate::two::HEAVY;

/// Within which time a write must say that the database cannot be used.
const SOON: Duration = Duration::from_secs(15);

/// Sends again what was refused, under the same keys: all runs of these titles are there once then, and each is whole.
fn all_are_made(client: &Client, roster: &str, titles: &[String], others: usize) {
    for title in titles {
        client.run(roster, title).expect("it answers").id();
    }
    let runs = client.runs();
    assert_eq!(runs.len(), titles.len() + others, "as many runs as keys");
    client.drain();
    for title in titles {
        let id = runs[title]["id"].as_str().expect("an id");
        assert_eq!(client.history(id), ["create", "calculate"]);
    }
    let ids = titles.iter().take(5).chain(titles.iter().rev().take(5)).map(|title| &runs[title]["id"]);
    ids.for_each(|id| client.is_whole(id.as_str().expect("an id")));
}

/// The program under a limit of the size of each file that it writes, which it meets as it meets a full disk.
fn on_a_small_disk(database: &str) -> Server {
    let script = "trap '' XFSZ; ulimit -f 12000; exec \"$@\"";
    let program = fenpei(database, &SERVE);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(program.get_program()).args(program.get_args());
    command.env("DATABASE_URL", database).stdin(Stdio::null());
    for (name, _) in program.get_envs().filter(|(_, value)| value.is_none()) {
        command.env_remove(name);
    }
    Server::of(command)
}

#[test]
fn a_full_disk_refuses_writes_and_answers_reads() {
    let place = sqlite();
    let server = on_a_small_disk(&place.url);
    let tokens = server.tokens();
    let client = Client::new(&server, &tokens);
    let roster = client.roster(&client.plan("small", None), 2_500);
    let (mut titles, mut acknowledged, mut refused) = (Vec::new(), Vec::new(), 0);
    while refused < 5 {
        let title = format!("run-{}", titles.len());
        let answer = client.run(&roster, &title).expect("it answers");
        if answer.is_unavailable() {
            refused += 1;
        } else {
            acknowledged.push((title.clone(), answer.id()));
        }
        titles.push(title);
        assert!(titles.len() < 2_000, "the disk does not get full");
        thread::sleep(Duration::from_millis(20));
    }
    let states = |client: &Client| -> Vec<Value> {
        acknowledged.iter().map(|(_, id)| client.read(&format!("/v1/runs/{id}"))["state"].clone()).collect()
    };
    let before = states(&client);
    let finished = before.iter().position(|state| state == "calculated").expect("one run is calculated");
    client.is_whole(&acknowledged[finished].1);
    assert!(client.runs().len() >= acknowledged.len());
    drop(server);

    let server = Server::start(&place.url);
    let client = Client::new(&server, &tokens);
    for ((title, id), (before, after)) in acknowledged.iter().zip(before.iter().zip(states(&client))) {
        assert!(*before == after || before == "calculating", "{title} {id} was {before} and is {after}");
    }
    all_are_made(&client, &roster, &titles, 0);
    audit_is_whole(&place.url);
}

/// Somebody who holds a SQLite file for itself.
struct Holder(Child);

impl Holder {
    fn of(place: &Place) -> Option<Holder> {
        let mut child = Command::new(sqlite3()?);
        let mut child =
            child.arg(&place.url).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("sqlite3 runs");
        let input = child.stdin.as_mut().expect("piped");
        input.write_all(b".timeout 10000\nBEGIN EXCLUSIVE;\nSELECT 'held';\n").expect("it reads");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it answers");
        assert_eq!(line.trim(), "held");
        Some(Holder(child))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().expect("it ends");
    }
}

/// A server with a roster of this size.
fn begin(place: &Place, formula: Option<&str>, people: usize) -> (Server, Tokens, String) {
    let mut command = fenpei(&place.url, &SERVE[..5]);
    // Longer than SQLite waits for a lock, so that a claim does not end by itself.
    command.args(["--lease", "8"]);
    let server = Server::of(command);
    let tokens = server.tokens();
    let client = Client::new(&server, &tokens);
    let roster = client.roster(&client.plan("plan", formula), people);
    (server, tokens, roster)
}

#[test]
fn a_locked_database_refuses_writes_and_answers_reads() {
    let place = sqlite();
    let (server, tokens, roster) = begin(&place, None, 100);
    let client = Client::new(&server, &tokens);
    let before = client.run(&roster, "before").expect("it answers").id();
    client.calculated(&before);
    let Some(holder) = Holder::of(&place) else { return };
    let since = Instant::now();
    let answer = client.run(&roster, "run").expect("it answers");
    assert!(answer.is_unavailable() && since.elapsed() < SOON, "{answer:?} after {:?}", since.elapsed());
    let since = Instant::now();
    client.is_whole(&before);
    assert!(since.elapsed() < SOON, "reads wait for nobody: {:?}", since.elapsed());
    drop(holder);
    all_are_made(&client, &roster, &["run".to_owned()], 1);
    audit_is_whole(&place.url);
}

/// What a run comes to cannot be written at first. Nobody starts the program again for that.
#[test]
fn a_run_that_met_a_locked_database_is_calculated_afterwards() {
    let place = sqlite();
    let (server, tokens, roster) = begin(&place, Some(HEAVY), 1_500);
    let client = Client::new(&server, &tokens);
    let run = client.run(&roster, "run").expect("it answers").id();
    let begun = format!("SELECT attempts FROM runs WHERE id = '{run}'");
    while sql(&place, &begun).is_some_and(|attempts| attempts == "0") {}
    let Some(holder) = Holder::of(&place) else { return };
    let deadline = Instant::now() + SOON * 2;
    while !server.log.text().contains("left to be calculated again") {
        assert!(Instant::now() < deadline, "it was written all the same: {}", server.log.text());
        thread::sleep(Duration::from_millis(20));
    }
    drop(holder);
    all_are_made(&client, &roster, &["run".to_owned()], 0);
}

#[test]
fn connections_that_are_cut_off_are_made_again() {
    let Some(place) = postgres() else { return };
    let (server, tokens, roster) = begin(&place, None, 400);
    let client = Client::new(&server, &tokens);
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let (titles, acknowledged, refused) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (mut titles, mut acknowledged, mut refused) = (Vec::new(), Vec::new(), 0);
            let until = Instant::now() + Duration::from_secs(4);
            while Instant::now() < until {
                let title = format!("run-{}", titles.len());
                let answer = client.run(&roster, &title).expect("it answers");
                if answer.is_unavailable() {
                    refused += 1;
                } else {
                    acknowledged.push(answer.id());
                }
                titles.push(title);
                let read = client.get("/v1/runs?limit=1").expect("it answers");
                assert!(read.status == 200 || read.is_unavailable(), "{read:?}");
            }
            (titles, acknowledged, refused)
        });
        while !writer.is_finished() {
            sql(&place, cut);
            thread::sleep(Duration::from_millis(70));
        }
        writer.join().expect("at most the store was not available")
    });
    assert!(!acknowledged.is_empty() && refused > 0, "{} acknowledged, {refused} refused", acknowledged.len());
    for id in &acknowledged {
        client.read(&format!("/v1/runs/{id}"));
    }
    // It works again without having been started again, also for the runs that were being calculated.
    all_are_made(&client, &roster, &titles, 0);
    audit_is_whole(&place.url);
}
