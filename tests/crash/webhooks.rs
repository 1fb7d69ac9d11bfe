//! Killed while events are being sent: each comes all the same, and in its order.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::random::Random;
use crate::receiver::Receiver;
use crate::server::{Place, SERVE, Server, audit_is_whole, ended, fenpei, postgres, sqlite, tell};

fn serve(place: &Place) -> Command {
    let mut command = fenpei(&place.url, &SERVE);
    command.args(["--webhooks-private", "allow", "--webhook-pause", "1"]);
    command
}

/// The events of one object in the order in which they came first, by object.
fn by_object(events: impl IntoIterator<Item = Value>) -> BTreeMap<String, Vec<Value>> {
    let mut objects: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events {
        let of = objects.entry(event["data"]["object_id"].as_str().expect("an id").to_owned()).or_default();
        if !of.contains(&event) {
            of.push(event);
        }
    }
    objects
}

fn sends_all_the_same(name: &str, place: &Place, kills: usize) {
    let mut random = Random::new(name);
    // It takes its time, so that most kills meet a message whose answer has not come.
    let receiver = Receiver::new(|_, _| (204, Duration::from_millis(150)));
    let mut server = Server::of(serve(place));
    let tokens = server.tokens();
    let (code, out, error) = ended(&place.url, &["token", "create", "--role", "operator", "--subject", "operator"]);
    assert_eq!(code, Some(0), "{error}");
    let client = Client::new(&server, &tokens);
    let made = client.post_with(
        out.lines().next().expect("a token"),
        "/v1/webhook-endpoints",
        &json!({"url": receiver.url()}),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let plan = client.plan("told", None);
    let roster = client.roster(&plan, 10);
    for round in 0..kills {
        let client = Client::new(&server, &tokens);
        for number in 0..3 {
            let run = client.run(&roster, &format!("{round}-{number}")).expect("it answers").id();
            client.calculated(&run);
            client.post(&format!("/v1/runs/{run}/submit"), &format!("submit-{run}"), None).expect("it answers").id();
        }
        let before = receiver.got().len();
        receiver.when(|got| got.len() > before);
        std::thread::sleep(random.pause(0, 150));
        server.kill();
        server = Server::of(serve(place));
    }
    let client = Client::new(&server, &tokens);
    let feed = client.read("/v1/events?limit=500")["items"].as_array().expect("a list").clone();
    assert_eq!(feed.len(), 2 + kills * 3 * 3);
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    let got = receiver.when(|got| {
        let taken: Vec<&str> = got.iter().filter(|got| got.status == 204).map(|got| got.header("webhook-id")).collect();
        feed.iter().all(|event| taken.contains(&id(event).as_str()))
    });
    let twice = got.len() - feed.len();
    assert!(twice > 0, "no kill met a message under way");
    assert_eq!(by_object(got.iter().map(crate::receiver::Got::event)), by_object(feed));
    audit_is_whole(&place.url);
    tell(&format!("{name}: {kills} kills, {} events came, {twice} of them again", got.len()));
}

#[test]
fn events_that_were_being_sent_come_all_the_same_on_sqlite() {
    sends_all_the_same("webhooks on sqlite", &sqlite(), 5);
}

/// What the dead process held is free when its claim has ended.
#[test]
fn events_that_were_being_sent_come_all_the_same_on_postgresql() {
    if let Some(place) = postgres() {
        sends_all_the_same("webhooks on postgresql", &place, 2);
    }
}
