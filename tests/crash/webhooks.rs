//! Killed while events are being sent: each comes all the same, and in its order.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::random::Random;
use crate::receiver::Receiver;
use crate::server::{PATIENCE, Place, SERVE, Server, audit_is_whole, ended, fenpei, postgres, sqlite, tell};

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

/// Who waits for an event that does not come is answered when the service ends.
#[test]
fn who_waits_for_events_does_not_hold_up_the_end() {
    let place = sqlite();
    let mut server = Server::start(&place.url);
    let client = Client::new(&server, &server.tokens());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| client.read("/v1/events?wait=30"));
        std::thread::sleep(Duration::from_millis(500));
        assert!(!waiting.is_finished(), "there is an event");
        let begun = Instant::now();
        server.signal("TERM");
        assert_eq!(waiting.join().expect("an answer")["items"], json!([]));
        assert_eq!(server.wait().code(), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    });
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

/// Runs openssl in a folder; none where there is none, which is told, and is a failure where nobody reads what was skipped.
fn openssl(folder: &Path, arguments: &str) -> Option<()> {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    if done.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        let missing = "openssl is not installed (apt-get install openssl)";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
        tell(&format!("SKIPPED: {missing}"));
        return None;
    }
    let done = done.expect("openssl runs");
    assert!(done.status.success(), "{arguments}: {}", String::from_utf8_lossy(&done.stderr));
    Some(())
}

/// A receiver with a certificate, which takes the first thing that comes; ended with the test.
struct Secure(Child, String);

impl Drop for Secure {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().expect("it ends");
    }
}

fn secure(folder: &Path) -> Secure {
    let mut child = Command::new("openssl")
        .args(["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key", "-naccept", "1"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl runs");
    child.stdin.as_mut().expect("piped").write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("written");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("ACCEPT 127.0.0.1:").map(str::to_owned));
    let url = format!("https://localhost:{}/hooks", address.expect("an address"));
    // What it prints is read, so that it never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    Secure(child, url)
}

/// What comes of sending an event to a receiver by a service that trusts this authority.
fn sent(folder: &Path, authority: &str) -> Value {
    let (place, receiver) = (sqlite(), secure(folder));
    let mut command = serve(&place);
    command.env("SSL_CERT_FILE", folder.join(authority)).env_remove("SSL_CERT_DIR");
    let server = Server::of(command);
    let client = Client::new(&server, &server.tokens());
    let token = ended(&place.url, &["token", "create", "--role", "operator", "--subject", "operator"]).1;
    let token = token.lines().next().expect("a token");
    let made =
        client.post_with(token, "/v1/webhook-endpoints", &json!({"url": receiver.1, "types": ["plan.published"]}));
    client.plan("secure", None);
    let deliveries = format!("/v1/webhook-endpoints/{}/deliveries", made.id());
    let deadline = Instant::now() + PATIENCE;
    loop {
        let delivery = client.get_with(token, &deliveries).body["items"][0].clone();
        if delivery["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()) {
            return delivery;
        }
        assert!(Instant::now() < deadline, "{delivery}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_receiver_must_be_one_that_the_machine_trusts() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = |arguments: &str| openssl(folder.path(), arguments);
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for authority in ["ours", "theirs"] {
        let of = format!("req -x509 {key} -keyout {authority}.key -out {authority}.pem -days 2 -subj /CN={authority}");
        let Some(()) = make(&of) else { return };
    }
    std::fs::write(folder.path().join("names"), "subjectAltName=DNS:localhost\n").expect("written");
    make(&format!("req {key} -keyout server.key -out server.csr -subj /CN=localhost"));
    make(
        "x509 -req -in server.csr -CA ours.pem -CAkey ours.key -CAcreateserial -out server.pem -days 2 -extfile names",
    );
    let trusted = sent(folder.path(), "ours.pem");
    assert_eq!((&trusted["state"], &trusted["attempts"][0]["status"]), (&json!("delivered"), &json!(204)), "{trusted}");
    let other = sent(folder.path(), "theirs.pem");
    assert_eq!((&other["state"], &other["attempts"][0]["error"]), (&json!("waiting"), &json!("tls")), "{other}");
}
