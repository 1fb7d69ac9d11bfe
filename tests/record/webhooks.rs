//! Webhooks: what happens is sent to endpoints, signed, in order, until it is taken.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use fenpei::rest::Limits;
use serde_json::{Value, json};

use crate::papers::{all_of, begun, bring, id, plan, published, text};
use crate::receiver::{Got, Receiver};
use crate::site::{Bureau, Person, Site, new_key, on_both, on_open, on_own, open};

/// How long a receiver takes that answers at once.
const AT_ONCE: Duration = Duration::ZERO;

/// Makes an endpoint: its path and its secret.
fn endpoint(operator: &Person<'_>, url: &str, types: Option<&Value>) -> (String, String) {
    let mut body = json!({"url": url, "title": "工资系统"});
    if let Some(types) = types {
        body["types"] = types.clone();
    }
    let made = operator.post("/v1/webhook-endpoints", &body);
    let record = made.good(201);
    assert_eq!((text(&record, "state"), made.header("etag")), ("enabled", "\"1\""));
    (made.header("location").to_owned(), text(&record, "secret").to_owned())
}

/// The deliveries of an endpoint, the newest first, as soon as none waits.
fn ended(operator: &Person<'_>, path: &str) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let deliveries = operator.all(&format!("{path}/deliveries"), 500);
        if !deliveries.is_empty() && deliveries.iter().all(|delivery| delivery["state"] != "waiting") {
            return deliveries;
        }
        assert!(Instant::now() < deadline, "{deliveries:#?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The last delivery of an endpoint, as soon as it was tried so often.
fn tried(operator: &Person<'_>, path: &str, times: usize) -> Value {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let delivery = operator.get(&format!("{path}/deliveries")).good(200)["items"][0].clone();
        if delivery["attempts"].as_array().is_some_and(|attempts| attempts.len() == times) {
            return delivery;
        }
        assert!(Instant::now() < deadline, "{delivery}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The types of what came, in order.
fn kinds(got: &[Got]) -> Vec<String> {
    got.iter().map(Got::kind).collect()
}

#[test]
fn an_event_comes_as_the_feed_tells_it_and_signed() {
    on_open(|site| {
        let bureau = Bureau::new(site);
        let (all, some) = (Receiver::good(), Receiver::good());
        let (path, secret) = endpoint(&bureau.operator, &all.url(), None);
        let types = json!(["run.submitted", "run.released"]);
        let (other, other_secret) = endpoint(&bureau.operator, &some.url(), Some(&types));
        let (_, _, run_id) = begun(&bureau, "signed");
        bring(&bureau, &run_id, "released");
        let feed = bureau.officer.get("/v1/events").good(200)["items"].clone();
        let got = all.when(|got| got.len() >= 7);
        let told: Vec<Value> = got.iter().map(Got::event).collect();
        assert_eq!(json!(told), feed);
        for got in &got {
            assert!(got.is_signed_by(&secret) && !got.is_signed_by(&other_secret), "{got:?}");
            assert_eq!(got.header("webhook-id"), text(&got.event(), "id"));
            assert_eq!((got.header("content-type"), got.path.as_str()), ("application/json", "/hooks"));
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
            let sent: u64 = got.header("webhook-timestamp").parse().expect("seconds");
            assert!(since.abs_diff(sent) < 60, "{got:?}");
        }
        assert_eq!(kinds(&some.when(|got| got.len() >= 2)), ["run.submitted", "run.released"]);
        let deliveries = ended(&bureau.operator, &path);
        assert_eq!(deliveries.len(), 7);
        for (delivery, event) in deliveries.iter().rev().zip(feed.as_array().expect("a list")) {
            assert_eq!(
                (&delivery["event"], &delivery["id"], text(delivery, "state")),
                (event, &event["id"], "delivered")
            );
            let attempts = delivery["attempts"].as_array().expect("a list");
            assert_eq!((attempts.len(), &attempts[0]["number"], &attempts[0]["status"]), (1, &json!(1), &json!(204)));
            assert!(attempts[0].get("error").is_none() && delivery.get("next_attempt_at").is_none(), "{delivery}");
        }
        assert_eq!(ended(&bureau.operator, &other).len(), 2);
        // Another bureau's endpoint gets nothing of this one's.
        let (stranger, theirs) = (Bureau::new(site), Receiver::good());
        endpoint(&stranger.operator, &theirs.url(), None);
        published(&bureau.officer, &plan("ours"));
        published(&stranger.officer, &plan("theirs"));
        assert_eq!(theirs.when(|got| !got.is_empty()).len(), 1);
        assert_eq!(stranger.operator.get(&path).problem(404, "not_found")["status"], 404);
    });
}

#[test]
fn what_is_not_taken_is_sent_again_after_longer_and_longer_pauses() {
    on_open(|site| {
        let bureau = Bureau::new(site);
        let receiver = Receiver::new(|_, before| ([500, 302, 204][before], AT_ONCE));
        let (path, secret) = endpoint(&bureau.operator, &receiver.url(), None);
        published(&bureau.officer, &plan("again"));
        let delivery = ended(&bureau.operator, &path).remove(0);
        let got = receiver.got();
        assert_eq!((got.len(), text(&delivery, "state")), (3, "delivered"));
        for again in &got {
            // A redirect is not followed.
            assert_eq!((again.header("webhook-id"), again.path.as_str()), (text(&delivery, "id"), "/hooks"));
            assert!(again.is_signed_by(&secret) && again.body == got[0].body, "{again:?}");
        }
        let pause = |place: usize| got[place + 1].at.duration_since(got[place].at);
        // At most a quarter more by chance, and half a second until somebody looks; beside what the machine takes.
        assert!((Duration::from_millis(300)..Duration::from_secs(5)).contains(&pause(0)), "{:?}", pause(0));
        assert!((Duration::from_millis(1_200)..Duration::from_secs(7)).contains(&pause(1)), "{:?}", pause(1));
        let statuses: Vec<&Value> =
            delivery["attempts"].as_array().expect("a list").iter().map(|attempt| &attempt["status"]).collect();
        assert_eq!(statuses, [204, 302, 500]);
    });
}

#[test]
fn events_of_one_object_come_in_order_and_hold_up_no_other() {
    on_open(|site| {
        let bureau = Bureau::new(site);
        let receiver = Receiver::new(|got, before| {
            (if got.kind() == "run.calculating" && before < 2 { 503 } else { 200 }, AT_ONCE)
        });
        let (path, _) = endpoint(&bureau.operator, &receiver.url(), None);
        let (plan_id, roster_id, run_id) = begun(&bureau, "order");
        bring(&bureau, &run_id, "released");
        let deliveries = ended(&bureau.operator, &path);
        assert_eq!(all_of(&json!(deliveries), "state"), vec!["delivered"; 7]);
        let of_run: Vec<Got> = receiver.got().into_iter().filter(|got| got.object() == run_id).collect();
        let wanted = ["calculating", "calculating", "calculating", "calculated", "submitted", "approved", "released"];
        assert_eq!(kinds(&of_run), wanted.map(|state| format!("run.{state}")));
        let others: Vec<Got> = receiver.taken().into_iter().filter(|got| got.object() != run_id).collect();
        assert_eq!(others.iter().map(Got::object).collect::<Vec<_>>(), [plan_id, roster_id]);
        assert!(others.iter().all(|got| got.at < of_run[2].at), "held up: {others:?}");
    });
}

#[test]
fn what_is_never_taken_is_given_up() {
    let limits = Limits { webhook_pause: Duration::from_micros(10), ..open() };
    on_own(&limits, |site| {
        an_endpoint_that_takes_nothing_is_disabled_and_can_be_taken_up_again(site);
        an_event_is_given_up_alone_where_others_are_taken(site);
    });
}

fn an_endpoint_that_takes_nothing_is_disabled_and_can_be_taken_up_again(site: &Site) {
    let bureau = Bureau::new(site);
    let (operator, is_up) = (&bureau.operator, Arc::new(AtomicBool::new(false)));
    let up = Arc::clone(&is_up);
    let receiver = Receiver::new(move |_, _| (if up.load(Ordering::SeqCst) { 200 } else { 500 }, AT_ONCE));
    let (path, _) = endpoint(operator, &receiver.url(), None);
    let plan_id = published(&bureau.officer, &plan("down"));
    bureau.officer.act_on(&format!("/v1/plans/{plan_id}/archive"), "\"2\"", Some(&json!({"version": 1}))).good(200);
    let deliveries = ended(operator, &path);
    assert_eq!(all_of(&json!(deliveries), "state"), ["cancelled", "given_up"]);
    assert_eq!((receiver.got().len(), deliveries[1]["attempts"].as_array().map(Vec::len)), (10, Some(10)));
    let disabled = operator.get(&path);
    let record = disabled.good(200);
    assert_eq!((text(&record, "state"), text(&record, "disabled_because")), ("disabled", "failing"));
    assert!(text(&record, "failing_since") <= text(&deliveries[1], "ended_at"), "{record}");
    let last = bureau.auditor.all("/v1/audit-entries", 500).pop().expect("entries");
    assert_eq!((text(&last, "action"), text(&last, "subject")), ("webhook_endpoint.disabled", "fenpei"));
    let again = format!("{path}/deliveries/{}/redeliver", text(&deliveries[1], "id"));
    assert_eq!(operator.act(&again).problem(409, "not_in_state")["state"], "disabled");
    // What happens meanwhile is not sent, but told in the feed.
    published(&bureau.officer, &plan("meanwhile"));
    assert_eq!(ended(operator, &path).len(), 2);
    is_up.store(true, Ordering::SeqCst);
    let body = json!({"url": receiver.url(), "state": "enabled"});
    operator.ask("PUT", &path, &[], Some(&body.to_string())).problem(428, "if_match_required");
    operator.put(&path, "\"1\"", &body).problem(412, "stale");
    let enabled = operator.put(&path, disabled.header("etag"), &body).good(200);
    assert!(text(&enabled, "state") == "enabled" && enabled.get("failing_since").is_none(), "{enabled}");
    assert!(enabled.get("disabled_because").is_none() && enabled.get("title").is_none(), "{enabled}");
    let waits = operator.act(&again).good(200);
    assert_eq!((text(&waits, "state"), &waits["id"]), ("waiting", &deliveries[1]["id"]));
    let got = receiver.when(|got| got.len() >= 11);
    assert_eq!(got[10].header("webhook-id"), got[0].header("webhook-id"));
    assert_eq!(all_of(&json!(ended(operator, &path)), "state"), ["cancelled", "delivered"]);
}

fn an_event_is_given_up_alone_where_others_are_taken(site: &Site) {
    let bureau = Bureau::new(site);
    // It takes its time to refuse, so that another event comes between the first try and the last.
    let slow = (400, Duration::from_millis(500));
    let receiver = Receiver::new(move |got, _| if got.event()["data"]["place"] == 1 { slow } else { (200, AT_ONCE) });
    let (path, _) = endpoint(&bureau.operator, &receiver.url(), None);
    let refused = published(&bureau.officer, &plan("refused"));
    receiver.when(|got| !got.is_empty());
    published(&bureau.officer, &plan("taken"));
    bureau.officer.act_on(&format!("/v1/plans/{refused}/archive"), "\"2\"", Some(&json!({"version": 1}))).good(200);
    let deliveries = ended(&bureau.operator, &path);
    assert_eq!(all_of(&json!(deliveries), "state"), ["delivered", "delivered", "given_up"]);
    assert_eq!(text(&bureau.operator.get(&path).good(200), "state"), "enabled");
    let of_refused: Vec<Got> = receiver.got().into_iter().filter(|got| got.object() == refused).collect();
    assert_eq!(kinds(&of_refused), [vec!["plan.published"; 10], vec!["plan.archived"]].concat());
}

#[test]
fn a_receiver_that_is_gone_is_sent_nothing_more() {
    on_open(|site| {
        let bureau = Bureau::new(site);
        let receiver = Receiver::new(|_, _| (410, AT_ONCE));
        let (path, _) = endpoint(&bureau.operator, &receiver.url(), None);
        published(&bureau.officer, &plan("gone"));
        assert_eq!(all_of(&json!(ended(&bureau.operator, &path)), "state"), ["given_up"]);
        let record = bureau.operator.get(&path).good(200);
        assert_eq!((text(&record, "state"), text(&record, "disabled_because")), ("disabled", "gone"));
        // And one that was deleted neither.
        let (other, there) = (Receiver::new(|_, _| (500, AT_ONCE)), bureau.officer.clone());
        let (path, _) = endpoint(&bureau.operator, &other.url(), None);
        published(&there, &plan("deleted"));
        other.when(|got| !got.is_empty());
        bureau.operator.ask("DELETE", &path, &[], None).good(200);
        bureau.operator.get(&path).problem(404, "not_found");
        bureau.operator.get(&format!("{path}/deliveries")).problem(404, "not_found");
        let left = format!("endpoint_id = '{}'", path.rsplit('/').next().expect("an id"));
        for table in ["webhook_secrets", "webhook_deliveries", "webhook_attempts"] {
            assert_eq!(site.number(&format!("SELECT COUNT(*) FROM {table} WHERE {left}")), 0, "{table}");
        }
    });
}

#[test]
fn a_secret_is_shown_once_and_the_one_before_signs_for_a_day() {
    on_open(|site| {
        let bureau = Bureau::new(site);
        let (operator, receiver) = (&bureau.operator, Receiver::good());
        let key = new_key();
        let body = json!({"url": receiver.url()}).to_string();
        let create = || operator.ask("POST", "/v1/webhook-endpoints", &[("idempotency-key", &key)], Some(&body));
        let made = create();
        let (path, first) = (made.header("location").to_owned(), text(&made.good(201), "secret").to_owned());
        let replayed = create();
        assert!(replayed.header("idempotency-replayed") == "true" && replayed.good(201).get("secret").is_none());
        published(&bureau.officer, &plan("before"));
        let rotated = operator.act(&format!("{path}/rotate-secret"));
        let second = text(&rotated.good(200), "secret").to_owned();
        assert!(first != second && first.starts_with("whsec_") && second.starts_with("whsec_"));
        let plan_id = published(&bureau.officer, &plan("after"));
        let got = receiver.when(|got| got.len() >= 2);
        assert!(got[1].is_signed_by(&first) && got[1].is_signed_by(&second), "{:?}", got[1]);
        let endpoint_id = path.rsplit('/').next().expect("an id");
        let old = format!("endpoint_id = '{endpoint_id}' AND expires_at IS NOT NULL");
        let left = site.texts(&format!("SELECT expires_at FROM webhook_secrets WHERE {old}")).pop();
        let rotated = format!("action = 'webhook_endpoint.secret_rotated' AND object_id = '{endpoint_id}'");
        let day = site.texts(&format!("SELECT at FROM audit_entries WHERE {rotated}")).pop();
        let (left, day) = (left.expect("a time"), day.expect("a time"));
        assert!(left[..10] > day[..10] && left[11..15] == day[11..15], "a day after {day}: {left}");
        site.sql(&format!("UPDATE webhook_secrets SET expires_at = '2020-01-01T00:00:00.000Z' WHERE {old}"))
            .expect("done");
        bureau.officer.act_on(&format!("/v1/plans/{plan_id}/archive"), "\"2\"", Some(&json!({"version": 1}))).good(200);
        let got = receiver.when(|got| got.len() >= 3);
        assert!(!got[2].is_signed_by(&first) && got[2].is_signed_by(&second), "{:?}", got[2]);
        for told in [
            operator.get(&path).text,
            operator.get("/v1/webhook-endpoints").text,
            operator.get(&format!("{path}/deliveries")).text,
            bureau.auditor.get("/v1/audit-entries?limit=500").text,
            site.texts("SELECT body FROM idempotency_records").concat(),
        ] {
            assert!(!told.contains(&first) && !told.contains(&second), "{told}");
        }
    });
}

#[test]
fn nothing_is_sent_into_the_own_network_unless_that_is_allowed() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let make = |url: &str| bureau.operator.post("/v1/webhook-endpoints", &json!({"url": url}));
        for bad in [
            "http://example.org/",
            "https://user:password@example.org/",
            "https://example.org/#part",
            "ftp://example.org/",
            "//example.org/",
            "example.org",
            "https://",
            "https://127.0.0.1/",
            "https://127.8.8.8:8443/",
            "https://10.1.2.3/",
            "https://100.64.0.1/",
            "https://100.127.255.254/",
            "https://169.254.169.254/latest/meta-data",
            "https://172.16.0.1/",
            "https://172.31.255.255/",
            "https://192.168.1.1/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::1]/",
            "https://[2001:db8::1]/",
        ] {
            let refused = make(bad).problem(400, "bad_request_body");
            assert_eq!(all_of(&refused["errors"], "pointer"), ["/url"], "{bad}");
        }
        for good in
            ["https://8.8.8.8/", "https://172.32.0.1/", "https://100.128.0.1/", "https://[2606:4700::1111]/x?y=z"]
        {
            make(good).good(201);
        }
        let all = json!({"url": 1, "title": "", "types": ["run.x"], "state": "x"});
        let refused = bureau.operator.post("/v1/webhook-endpoints", &all).problem(400, "bad_request_body");
        assert_eq!(all_of(&refused["errors"], "pointer"), ["/url", "/title", "/types", "/state"]);
    });
}

#[test]
fn where_a_name_leads_is_seen_when_something_is_sent() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let receiver = Receiver::good();
        let name = format!("https://localhost:{}/", receiver.port());
        let made = bureau.operator.post("/v1/webhook-endpoints", &json!({"url": name})).header("location").to_owned();
        published(&bureau.officer, &plan("inside"));
        let attempt = tried(&bureau.operator, &made, 1)["attempts"][0].clone();
        assert_eq!((&attempt["error"], attempt.get("status")), (&json!("private_address"), None));
        assert!(receiver.got().is_empty());
        for number in bureau.operator.all("/v1/webhook-endpoints", 500).len()..20 {
            bureau
                .operator
                .post("/v1/webhook-endpoints", &json!({"url": format!("https://example.org/{number}")}))
                .good(201);
        }
        let more = json!({"url": "https://example.org/"});
        bureau.operator.post("/v1/webhook-endpoints", &more).problem(409, "too_many_endpoints");
    });
}

#[test]
fn an_answer_that_takes_too_long_and_one_that_is_none_are_told() {
    let limits = Limits { webhook_time: Duration::from_millis(700), webhook_pause: Duration::from_secs(600), ..open() };
    on_own(&limits, |site| {
        let bureau = Bureau::new(site);
        let slow = Receiver::new(|_, _| (200, Duration::from_secs(20)));
        let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a port");
        let wrong = format!("https://127.0.0.1:{}/", slow.port());
        let mut wanted = BTreeMap::new();
        for (url, error) in [
            (slow.url(), "timed_out"),
            (format!("http://{closed}/"), "not_connected"),
            ("http://nowhere.invalid/".to_owned(), "not_resolved"),
            (wrong, "tls"),
        ] {
            wanted.insert(endpoint(&bureau.operator, &url, None).0, error);
        }
        published(&bureau.officer, &plan("slow"));
        for (path, error) in wanted {
            let delivery = tried(&bureau.operator, &path, 1);
            let attempt = &delivery["attempts"][0];
            let timed_out = error == "not_resolved" && attempt["error"] == "timed_out";
            assert!(attempt["error"] == error || timed_out, "{error}: {delivery}");
            assert_eq!(text(&delivery, "state"), "waiting");
            assert!(delivery["next_attempt_at"].is_string() && attempt.get("status").is_none(), "{delivery}");
            // It would be sent again in ten minutes: who has put the other side right wants it now.
            bureau.operator.act(&format!("{path}/deliveries/{}/redeliver", text(&delivery, "id"))).good(200);
            assert_eq!(tried(&bureau.operator, &path, 2)["attempts"][0]["number"], 2);
        }
    });
}

#[test]
fn many_events_come_once_each_and_in_order_from_several_services() {
    on_open(|site| {
        let bureau = Bureau::new(site);
        let another = site.is_postgres().then(|| site.another_with(open()));
        let receiver = Receiver::new(|got, before| {
            let first = got.header("webhook-id").bytes().next_back().is_some_and(|byte| byte % 5 == 0) && before == 0;
            (if first { 500 } else { 200 }, Duration::from_millis(5))
        });
        let (path, _) = endpoint(&bureau.operator, &receiver.url(), None);
        let (_, roster_id, _) = begun(&bureau, "many");
        let there = another.as_ref().map(|site| site.person(&bureau.officer));
        for number in 0..6 {
            let officer = there.as_ref().filter(|_| number % 2 == 0).unwrap_or(&bureau.officer);
            let run = id(&crate::papers::run(officer, &roster_id));
            bring(&bureau, &run, "released");
        }
        let deliveries = ended(&bureau.operator, &path);
        assert!(deliveries.len() == 34 && deliveries.iter().all(|delivery| delivery["state"] == "delivered"));
        let mut feed: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let events = bureau.officer.get("/v1/events?limit=500").good(200);
        for event in events["items"].as_array().expect("a list") {
            feed.entry(text(&event["data"], "object_id").to_owned()).or_default().push(event.clone());
        }
        let mut taken: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        receiver.taken().iter().for_each(|got| taken.entry(got.object()).or_default().push(got.event()));
        assert_eq!(taken, feed);
    });
}
