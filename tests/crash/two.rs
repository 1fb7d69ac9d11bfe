//! Two processes on one database.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::random::Random;
use crate::server::{PATIENCE, SERVE, Server, audit_is_whole, ended, postgres, sqlite};
use crate::start::sql;

/// Takes long enough that a process can be ended in its middle: it looks at every pair of people.
pub const HEAVY: &str = "count(staff, staff.points > points)";

/// How many runs there are.
const RUNS: usize = 20;
/// How many people each of them pays.
const PEOPLE: usize = 2_000;

#[test]
fn one_process_finishes_what_another_has_begun() {
    let Some(place) = postgres() else { return };
    let mut random = Random::new("two processes");
    let mut first = Server::start(&place.url);
    let tokens = first.tokens();
    let second = Server::start(&place.url);
    assert_eq!(second.out.text().lines().count(), 1, "one bureau, one set of tokens");
    let (one, other) = (Client::new(&first, &tokens), Client::new(&second, &tokens));
    let plan = one.plan("heavy", Some(HEAVY));
    let roster = other.roster(&plan, PEOPLE);
    let mut ids = Vec::new();
    for number in 0..RUNS {
        let client = if number % 2 == 0 { &one } else { &other };
        let title = format!("run-{number}");
        let id = client.run(&roster, &title).expect("it answers").id();
        // The same key at the other process is the same run.
        let again = if number % 2 == 0 { &other } else { &one }.run(&roster, &title).expect("it answers");
        assert!(again.is_replay && again.id() == id, "{again:?}");
        ids.push(id);
    }
    // It is killed when both have calculated some, some are under way, and some wait.
    let deadline = Instant::now() + PATIENCE;
    while [&first, &second].iter().any(|server| !server.log.text().contains("a run was calculated")) {
        assert!(Instant::now() < deadline, "both calculate: {} {}", first.log.text(), second.log.text());
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(random.pause(0, 200));
    first.kill();
    let waiting = other.read("/v1/runs?state=calculating&limit=500");
    assert!(waiting["items"].as_array().is_some_and(|items| items.len() > 1), "killed in the middle: {waiting}");
    let mut results = Vec::new();
    for id in &ids {
        let run = other.calculated(id);
        assert_eq!(run["state"], "calculated", "{run}");
        assert_eq!(other.history(id), ["create", "calculate"]);
        results.push(run["result_sha256"].clone());
    }
    results.dedup();
    assert_eq!(results.len(), 1, "{results:?}");
    let taken_over = sql(&place, "SELECT id FROM runs WHERE attempts > 1").unwrap_or_default();
    assert!(taken_over.lines().count() > 0, "nothing was taken over");
    taken_over.lines().chain(ids.iter().map(String::as_str).take(2)).for_each(|id| other.is_whole(id));
    assert_eq!(other.runs().len(), RUNS);
    let payees = sql(&place, "SELECT min(n), max(n) FROM (SELECT count(*) n FROM payees GROUP BY run_id) p");
    assert_eq!(payees.as_deref(), Some(format!("{PEOPLE}|{PEOPLE}").as_str()));
    audit_is_whole(&place.url);
}

/// Two first starts at the same moment make one bureau with one set of tokens.
#[test]
fn two_first_starts_make_one_bureau() {
    for _ in 0..10 {
        let Some(place) = postgres() else { return };
        let (mut first, mut second) = thread::scope(|scope| {
            let first = scope.spawn(|| Server::start(&place.url));
            let second = scope.spawn(|| Server::start(&place.url));
            (first.join().expect("it serves"), second.join().expect("it serves"))
        });
        for server in [&mut first, &mut second] {
            server.signal("TERM");
            server.wait();
        }
        assert_eq!(sql(&place, "SELECT count(*) FROM bureaus").as_deref(), Some("1"));
        let lines = first.out.text().lines().count() + second.out.text().lines().count();
        assert_eq!(lines, 6, "{}{}", first.out.text(), second.out.text());
    }
}

#[test]
fn a_sqlite_file_is_served_by_one_process_alone() {
    let place = sqlite();
    let mut server = Server::start(&place.url);
    let tokens = server.tokens();
    let (code, out, error) = ended(&place.url, &SERVE);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{error}");
    assert!(error.contains(&place.url) && error.contains("another process serves it"), "{error}");
    assert_eq!(Client::new(&server, &tokens).read("/v1/whoami")["subject"], "officer");
    server.kill();
    // Whoever was killed holds nothing.
    drop(Server::start(&place.url));
}
