//! Killed at any moment while runs are made, calculated, submitted, approved and released.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Answer, Client};
use crate::random::Random;
use crate::server::{PATIENCE, Place, Server, Tokens, audit_is_whole, postgres, sqlite, tell};
use crate::start::sql;
use crate::two::HEAVY;

/// The states of a run in their order.
const STATES: [&str; 5] = ["calculating", "calculated", "submitted", "approved", "released"];
/// What is done to a run, and the least state that it then has.
const STEPS: [(&str, usize); 4] = [("create", 0), ("submit", 2), ("approve", 3), ("release", 4)];
/// How many clients there are.
const CLIENTS: usize = 3;
/// How many runs a client has under way.
const UNDER_WAY: usize = 3;
/// How many people the rosters have.
const SIZES: [usize; 3] = [20, 400, 2_500];

/// A run that a client drives to a goal.
struct Item {
    title: String,
    roster: String,
    id: String,
    /// How many steps it shall have.
    goal: usize,
    /// How many of them have been acknowledged.
    done: usize,
}

impl Item {
    /// Sends the next step: always under the same key, so that one whose answer was lost is sent again. None where the
    /// server is gone.
    fn step(&mut self, client: &Client, tally: &Tally) -> Option<bool> {
        let (action, _) = STEPS[self.done];
        if action == "submit" {
            let run = client.get(&format!("/v1/runs/{}", self.id))?;
            assert!(run.is_done(), "{run:?}");
            if run.body["state"] == "calculating" {
                return Some(false);
            }
        }
        let answer = if action == "create" {
            client.run(&self.roster, &self.title)
        } else {
            client.post(&format!("/v1/runs/{}/{action}", self.id), &format!("{}-{action}", self.title), None)
        };
        let Some(answer) = answer else {
            tally.lost.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        assert!(answer.is_done(), "{action} {}: {answer:?}", self.title);
        self.acknowledged(&answer, tally);
        Some(true)
    }

    fn acknowledged(&mut self, answer: &Answer, tally: &Tally) {
        tally.acknowledged.fetch_add(1, Ordering::Relaxed);
        tally.replayed.fetch_add(usize::from(answer.is_replay), Ordering::Relaxed);
        self.id = answer.id();
        self.done += 1;
    }

    fn is_finished(&self) -> bool {
        self.done == self.goal
    }
}

/// What all rounds came to.
#[derive(Default)]
struct Tally {
    acknowledged: AtomicUsize,
    lost: AtomicUsize,
    replayed: AtomicUsize,
    looks: AtomicUsize,
    unfinished: AtomicUsize,
}

/// One client: drives its runs a step at a time and makes new ones, until the server is gone.
fn drive(client: &Client, mut random: Random, rosters: &[String], tally: &Tally, items: &mut Vec<Item>) {
    loop {
        let mut moved = false;
        for item in items.iter_mut().filter(|item| !item.is_finished()) {
            match item.step(client, tally) {
                Some(stepped) => moved |= stepped,
                None => return,
            }
        }
        if items.iter().filter(|item| !item.is_finished()).count() < UNDER_WAY {
            let mut pick = |bound: usize| {
                let bound = u64::try_from(bound).expect("small");
                usize::try_from(random.below(bound)).expect("small")
            };
            let (roster, goal) = (rosters[pick(rosters.len())].clone(), 1 + pick(STEPS.len()));
            let title = format!("run-{:016x}", random.below(u64::MAX));
            items.push(Item { title, roster, id: String::new(), goal, done: 0 });
        } else if !moved {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Looks at runs that are being calculated: nothing of what they come to may be seen before all of it.
fn watch(client: &Client, ended: &AtomicBool, tally: &Tally) {
    while !ended.load(Ordering::Relaxed) {
        let Some(list) = client.get("/v1/runs?state=calculating&limit=5") else { return };
        assert!(list.is_done(), "{list:?}");
        for run in list.body["items"].as_array().expect("a list") {
            let path = format!("/v1/runs/{}", run["id"].as_str().expect("an id"));
            let mut seen = Vec::new();
            for part in ["payees", "funds", "rows?level=staff", "rows?level=school"] {
                let Some(part) = client.get(&format!("{path}/{part}")) else { return };
                assert!(part.is_done() || part.status == 409, "{part:?}");
                seen.push(part);
            }
            let Some(run) = client.get(&path) else { return };
            if run.body["state"] == "calculating" {
                let half = seen.iter().any(|part| part.status != 409);
                assert!(!half && run.body.get("result_sha256").is_none(), "half of a run: {run:?} {seen:?}");
                tally.looks.fetch_add(1, Ordering::Relaxed);
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Every acknowledged step must be there.
fn is_kept(client: &Client, items: &[Vec<Item>], tally: &Tally) {
    let runs = client.runs();
    let unfinished = runs.values().filter(|run| run["state"] == "calculating").count();
    tally.unfinished.fetch_add(unfinished, Ordering::Relaxed);
    for item in items.iter().flatten().filter(|item| item.done > 0) {
        let run = runs.get(&item.title).unwrap_or_else(|| panic!("acknowledged and lost: {}", item.title));
        assert_eq!(run["id"], item.id);
        let (action, least) = STEPS[item.done - 1];
        let state = STATES.iter().position(|state| run["state"] == *state);
        assert!(state.is_some_and(|state| state >= least), "{action} was acknowledged: {run}");
    }
}

/// Drives everything to its goal on a server that lives, and looks at all of it.
fn finish(client: &Client, items: &mut [Vec<Item>], tally: &Tally) {
    let deadline = Instant::now() + PATIENCE * 2;
    while items.iter().flatten().any(|item| !item.is_finished()) {
        for item in items.iter_mut().flatten().filter(|item| !item.is_finished()) {
            item.step(client, tally).expect("it answers");
        }
        assert!(Instant::now() < deadline, "runs are left over");
    }
    client.drain();
    is_kept(client, items, tally);
    assert_eq!(client.runs().len(), items.iter().flatten().count(), "as many runs as keys");
    for item in items.iter().flatten() {
        let mut wanted = vec!["create", "calculate"];
        wanted.extend(STEPS[1..item.goal].iter().map(|(action, _)| *action));
        assert_eq!(client.history(&item.id), wanted, "{}", item.title);
        client.is_whole(&item.id);
    }
}

/// A server on a database with rosters of several sizes.
fn begin(place: &Place) -> (Tokens, Vec<String>) {
    let server = Server::start(&place.url);
    let tokens = server.tokens();
    let client = Client::new(&server, &tokens);
    let plan = client.plan("small", None);
    let rosters = SIZES.iter().map(|size| client.roster(&plan, *size)).collect();
    (tokens, rosters)
}

/// Kills a server again and again.
fn kill(name: &str, place: &Place) {
    let kills = std::env::var("FENPEI_KILLS").ok().map_or(20, |kills| kills.parse().expect("a number"));
    let mut random = Random::new(name);
    let (tokens, rosters) = begin(place);
    let tally = Tally::default();
    let mut items: Vec<Vec<Item>> = (0..CLIENTS).map(|_| Vec::new()).collect();
    for round in 0..kills {
        let mut server = Server::start(&place.url);
        let client = Client::new(&server, &tokens);
        is_kept(&client, &items, &tally);
        // A run that has been begun three times is given up with the next kill: here that would be by chance. One that is
        // begun in a round without this is killed there and in the next one at most.
        if round % 2 == 1 {
            client.drain();
        }
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            for items in &mut items {
                let (client, random) = (client.clone(), random.fork());
                let (rosters, tally) = (&rosters, &tally);
                scope.spawn(move || drive(&client, random, rosters, tally, items));
            }
            scope.spawn(|| watch(&client, &ended, &tally));
            thread::sleep(random.pause(0, 600));
            server.kill();
            ended.store(true, Ordering::Relaxed);
        });
    }
    let server = Server::start(&place.url);
    finish(&Client::new(&server, &tokens), &mut items, &tally);
    audit_is_whole(&place.url);
    let of = |counted: &AtomicUsize| counted.load(Ordering::Relaxed);
    tell(&format!(
        "{name}: {kills} kills, {} runs, {} found without a result after a kill, {} steps acknowledged, {} answers lost, \
         of which {} had been done; {} looks at runs under way",
        items.iter().flatten().count(),
        of(&tally.unfinished),
        of(&tally.acknowledged),
        of(&tally.lost),
        of(&tally.replayed),
        of(&tally.looks),
    ));
}

#[test]
fn what_is_acknowledged_survives_a_kill_on_sqlite() {
    kill("sqlite", &sqlite());
}

#[test]
fn what_is_acknowledged_survives_a_kill_on_postgresql() {
    if let Some(place) = postgres() {
        kill("postgresql", &place);
    }
}

/// A run whose calculation ends its process each time must not keep others from theirs for ever.
#[test]
fn a_run_that_ends_its_process_each_time_is_given_up() {
    let place = sqlite();
    let server = Server::start(&place.url);
    let tokens = server.tokens();
    let client = Client::new(&server, &tokens);
    let plan = client.plan("heavy", Some(HEAVY));
    let (heavy, light) = (client.roster(&plan, 4_000), client.roster(&plan, 10));
    drop(server);
    let mut id = String::new();
    for attempt in 1..=3 {
        let server = Server::start(&place.url);
        let client = Client::new(&server, &tokens);
        id = client.run(&heavy, "heavy").expect("it answers").id();
        let begun = format!("SELECT attempts FROM runs WHERE id = '{id}'");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Some(attempts) = sql(&place, &begun) else { return };
            if attempts == attempt.to_string() {
                break;
            }
            assert!(Instant::now() < deadline, "begun {attempts} times");
        }
        assert_eq!(client.read(&format!("/v1/runs/{id}"))["state"], "calculating", "too quick to be interrupted");
    }
    let server = Server::start(&place.url);
    let client = Client::new(&server, &tokens);
    let failed = client.calculated(&id);
    assert_eq!((&failed["state"], &failed["failure"]["code"]), (&"failed".into(), &"gave_up".into()), "{failed}");
    assert_eq!(client.history(&id), ["create", "fail"]);
    for part in ["payees", "funds", "rows?level=staff"] {
        let answer = client.get(&format!("/v1/runs/{id}/{part}")).expect("it answers");
        assert_eq!((answer.status, &answer.body["code"]), (409, &"not_in_state".into()), "{part}");
    }
    let other = client.run(&light, "light").expect("it answers").id();
    assert_eq!(client.calculated(&other)["state"], "calculated");
    client.is_whole(&other);
    audit_is_whole(&place.url);
}
