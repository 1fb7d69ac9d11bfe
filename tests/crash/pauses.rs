//! A process that stands still for longer than its claims last, as one does whose machine sleeps, and then goes on.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::random::Random;
use crate::server::{PATIENCE, Place, Server, Tokens, audit_is_whole, postgres, sqlite};
use crate::start::sql;
use crate::two::HEAVY;

/// Longer than the lease.
const PAUSE: Duration = Duration::from_millis(1_400);

/// Waits until a run has been begun; false where nobody can ask.
fn is_begun(place: &Place, run: &str) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match sql(place, &format!("SELECT attempts FROM runs WHERE id = '{run}'")).as_deref() {
            None => return false,
            Some("0") => assert!(Instant::now() < deadline, "run {run} is not begun"),
            Some(_) => return true,
        }
    }
}

/// A run must have one result, whoever calculated it.
fn has_one_result(client: &Client, run: &str) {
    let found = client.calculated(run);
    assert_eq!(found["state"], "calculated", "{found}");
    assert_eq!(client.history(run), ["create", "calculate"]);
    client.is_whole(run);
}

/// A server with a roster of so many people under a plan that may take long.
fn begin(place: &Place, formula: Option<&str>, people: usize) -> (Server, Tokens, String) {
    let server = Server::start(&place.url);
    let tokens = server.tokens();
    let client = Client::new(&server, &tokens);
    let roster = client.roster(&client.plan("plan", formula), people);
    (server, tokens, roster)
}

/// What it comes to is so large that it is written in several transactions.
#[test]
fn a_process_that_stood_still_writes_one_result_on_sqlite() {
    let mut random = Random::new("paused");
    let place = sqlite();
    let (server, tokens, roster) = begin(&place, None, 40_000);
    let client = Client::new(&server, &tokens);
    let mut runs = Vec::new();
    for number in 0..4 {
        let run = client.run(&roster, &format!("run-{number}")).expect("it answers").id();
        if !is_begun(&place, &run) {
            return;
        }
        thread::sleep(random.pause(0, 150));
        server.signal("STOP");
        thread::sleep(PAUSE);
        server.signal("CONT");
        assert_eq!(client.calculated(&run)["state"], "calculated");
        runs.push(run);
    }
    // Now, for whoever comes too late must not take away or add anything either.
    runs.iter().for_each(|run| has_one_result(&client, run));
    audit_is_whole(&place.url);
}

#[test]
fn a_process_that_stood_still_has_lost_its_runs_to_another() {
    let Some(place) = postgres() else { return };
    let (first, tokens, roster) = begin(&place, Some(HEAVY), 3_000);
    let client = Client::new(&first, &tokens);
    let run = client.run(&roster, "run").expect("it answers").id();
    assert!(is_begun(&place, &run));
    first.signal("STOP");
    let second = Server::start(&place.url);
    let other = Client::new(&second, &tokens);
    has_one_result(&other, &run);
    first.signal("CONT");
    has_one_result(&client, &run);
    let next = client.run(&roster, "next").expect("it answers").id();
    has_one_result(&client, &next);
    audit_is_whole(&place.url);
}
