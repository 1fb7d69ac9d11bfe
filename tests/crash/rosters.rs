//! Killed while a roster is put on record: it is there whole, or not at all.

use std::thread;

use crate::client::Client;
use crate::random::Random;
use crate::server::{Place, Server, audit_is_whole, postgres, sqlite};
use crate::start::sql;

/// How many rosters there are, one for each kill.
const ROSTERS: usize = 8;
/// How many people the smallest has.
const PEOPLE: usize = 4_000;

fn kill(name: &str, place: &Place) {
    let mut random = Random::new(name);
    let first = Server::start(&place.url);
    let tokens = first.tokens();
    let plan = Client::new(&first, &tokens).plan("plan", None);
    drop(first);
    let mut acknowledged = Vec::new();
    for number in 0..ROSTERS {
        let mut server = Server::start(&place.url);
        let client = Client::new(&server, &tokens);
        let asked = thread::scope(|scope| {
            let asked = scope.spawn(|| client.put_roster(&plan, PEOPLE + number));
            thread::sleep(random.pause(0, 600));
            server.kill();
            asked.join().expect("it asks")
        });
        acknowledged.push(asked.map(|answer| answer.id()));
    }
    let server = Server::start(&place.url);
    let client = Client::new(&server, &tokens);
    let kept = client.all("/v1/rosters");
    for roster in &kept {
        let rows = client.all(&format!("/v1/rosters/{}/rows?level=staff", roster["id"].as_str().expect("an id")));
        assert_eq!(roster["counts"]["staff"].as_u64(), u64::try_from(rows.len()).ok(), "{roster}");
    }
    for (number, acknowledged) in acknowledged.iter().enumerate() {
        let is_kept = |id: &String| kept.iter().any(|roster| roster["id"] == **id);
        assert!(acknowledged.as_ref().is_none_or(is_kept), "acknowledged and lost: {acknowledged:?}");
        let id = client.roster(&plan, PEOPLE + number);
        assert!(acknowledged.as_ref().is_none_or(|before| *before == id), "a second roster: {id}");
    }
    assert_eq!(client.all("/v1/rosters").len(), ROSTERS);
    let left = sql(place, "SELECT count(*) FROM pieces WHERE owner_id NOT IN (SELECT id FROM rosters)");
    assert!(left.is_none_or(|left| left == "0"), "rows of no roster");
    audit_is_whole(&place.url);
}

#[test]
fn a_roster_is_there_whole_or_not_at_all_on_sqlite() {
    kill("rosters on sqlite", &sqlite());
}

#[test]
fn a_roster_is_there_whole_or_not_at_all_on_postgresql() {
    if let Some(place) = postgres() {
        kill("rosters on postgresql", &place);
    }
}
