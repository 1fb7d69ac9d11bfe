//! The feed: what has happened, told to those who follow it.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::papers::{all_of, begun, bring, data, id, plan, published, roster, run, school_data, text};
use crate::site::{Bureau, Person, hire, on_both};

/// All that somebody is told after a cursor, in pages of this size, and the cursor after it.
fn told(reader: &Person<'_>, after: &str, limit: usize, types: &str) -> (Vec<Value>, String) {
    let (mut events, mut cursor) = (Vec::new(), after.to_owned());
    loop {
        let page = reader.get(&format!("/v1/events?limit={limit}&after={cursor}{types}")).good(200);
        let items = page["items"].as_array().expect("a list");
        assert!(items.len() <= limit, "{page}");
        text(&page, "cursor").clone_into(&mut cursor);
        if items.is_empty() {
            return (events, cursor);
        }
        events.extend(items.iter().cloned());
    }
}

/// The types and the objects of events.
fn brief(events: &[Value]) -> Vec<(String, String)> {
    events.iter().map(|event| (text(event, "type").to_owned(), text(&event["data"], "object_id").to_owned())).collect()
}

#[test]
fn each_change_is_told_once_in_its_order_and_says_no_more_than_it_should() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let (plan_id, roster_id, released) = begun(&bureau, "told");
        bring(&bureau, &released, "released");
        let revised =
            officer.post(&format!("/v1/rosters/{roster_id}/revisions"), &json!({"remove": {"staff": ["T2"]}}));
        let revised = id(&revised.good(201));
        let withdrawn = id(&run(officer, &revised));
        bring(&bureau, &withdrawn, "withdrawn");
        // Nothing is left of a school's quota that its only head is not paid from.
        let mut poor = school_data();
        poor["school"][0]["facts"]["quota"] = json!("1.00");
        let poor = roster(officer, &plan_id, &poor);
        let failed = run(officer, &poor);
        assert_eq!(text(&failed, "state"), "failed");
        officer.act(&format!("/v1/runs/{}/submit", id(&failed))).problem(409, "not_in_state");
        officer.act_on(&format!("/v1/plans/{plan_id}/archive"), "\"2\"", Some(&json!({"version": 1}))).good(200);
        let (events, _) = told(officer, "", 100, "");
        let failed = id(&failed);
        let wanted = [
            ("plan.published", &plan_id, "published"),
            ("roster.created", &roster_id, ""),
            ("run.calculating", &released, "calculating"),
            ("run.calculated", &released, "calculated"),
            ("run.submitted", &released, "submitted"),
            ("run.approved", &released, "approved"),
            ("run.released", &released, "released"),
            ("roster.created", &revised, ""),
            ("run.calculating", &withdrawn, "calculating"),
            ("run.calculated", &withdrawn, "calculated"),
            ("run.withdrawn", &withdrawn, "withdrawn"),
            ("roster.created", &poor, ""),
            ("run.calculating", &failed, "calculating"),
            ("run.failed", &failed, "failed"),
            ("plan.archived", &plan_id, "archived"),
        ];
        let kinds: Vec<(String, String)> =
            wanted.iter().map(|(kind, id, _)| ((*kind).to_owned(), (*id).clone())).collect();
        assert_eq!(brief(&events), kinds);
        for (place, (event, (kind, _, state))) in events.iter().zip(&wanted).enumerate() {
            let (object, _) = kind.split_once('.').expect("an object and what became of it");
            let mut data = json!({"place": place + 1, "object": object, "object_id": event["data"]["object_id"]});
            if !state.is_empty() {
                data["state"] = json!(state);
            }
            if object == "plan" {
                data["version"] = json!(1);
            }
            let whole = json!({"id": event["id"], "type": kind, "timestamp": event["timestamp"], "data": data});
            assert_eq!(*event, whole);
        }
        let ids: BTreeSet<String> = all_of(&json!(events), "id").into_iter().collect();
        assert_eq!(ids.len(), events.len());
    });
}

#[test]
fn each_role_is_told_what_it_may_see() {
    on_both(|site| {
        let (bureau, other) = (Bureau::new(site), Bureau::new(site));
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("who"));
        let (own, both) = (roster(officer, &plan_id, &school_data()), roster(officer, &plan_id, &data()));
        let runs = [&own, &both].map(|roster| id(&run(officer, roster)));
        runs.iter().for_each(|run| bring(&bureau, run, "released"));
        let (all, _) = told(officer, "", 100, "");
        assert_eq!(all.len(), 3 + 2 * 5);
        for somebody in [&bureau.approver, &bureau.auditor] {
            assert_eq!(told(somebody, "", 100, "").0, all);
        }
        let of = |objects: &[&String]| -> Vec<Value> {
            let wanted = |event: &&Value| objects.iter().any(|id| event["data"]["object_id"] == ***id);
            all.iter().filter(wanted).cloned().collect()
        };
        assert_eq!(told(&bureau.accountant, "", 2, "").0, of(&[&own, &runs[0]]));
        let of_both = hire(&bureau.operator, "accountant", "both", &["S1", "S2"]);
        assert_eq!(told(&of_both, "", 100, "").0, of(&[&own, &both, &runs[0], &runs[1]]));
        let stranger = hire(&bureau.operator, "accountant", "stranger", &["S3"]);
        assert_eq!(told(&stranger, "", 100, "").0, of(&[]));
        let released: Vec<Value> = all.iter().filter(|event| event["type"] == "run.released").cloned().collect();
        assert_eq!((told(&bureau.payroll, "", 1, "").0, released.len()), (released, 2));
        assert_eq!(told(&bureau.payroll, "", 1, "&types=run.approved").0, of(&[]));
        assert_eq!(told(&other.officer, "", 100, "").0, of(&[]));
        bureau.operator.get("/v1/events").problem(404, "not_found");
    });
}

#[test]
fn a_reader_goes_on_where_it_was_whatever_it_asks_for() {
    on_both(|site| {
        let (bureau, other) = (Bureau::new(site), Bureau::new(site));
        let officer = &bureau.officer;
        let (plan_id, _, run_id) = begun(&bureau, "cursor");
        let (all, end) = told(officer, "", 100, "");
        for limit in 1..=3 {
            assert_eq!(told(officer, "", limit, "").0, all, "pages of {limit}");
        }
        let (some, after) = told(officer, "", 1, "&types=plan.published,run.calculated");
        assert_eq!(
            brief(&some),
            [("plan.published".to_owned(), plan_id), ("run.calculated".to_owned(), run_id.clone())]
        );
        bring(&bureau, &run_id, "submitted");
        let submitted = vec![("run.submitted".to_owned(), run_id)];
        for cursor in [&end, &after] {
            assert_eq!(brief(&told(officer, cursor, 100, "").0), submitted);
        }
        officer.get(&format!("/v1/events?after={end}x")).problem(400, "bad_cursor");
        other.officer.get(&format!("/v1/events?after={end}")).problem(400, "bad_cursor");
        for bad in ["types=", "types=run.x", "types=run.released,", "limit=0", "limit=501", "wait=31", "wait=x"] {
            officer.get(&format!("/v1/events?{bad}")).problem(400, "bad_parameter");
        }
    });
}

#[test]
fn who_waits_is_told_as_soon_as_there_is_something() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, _, run_id) = begun(&bureau, "waits");
        let (_, end) = told(&bureau.officer, "", 100, "");
        let begun = Instant::now();
        let nothing = bureau.officer.get(&format!("/v1/events?after={end}&wait=1")).good(200);
        assert!(nothing["items"] == json!([]) && begun.elapsed() >= Duration::from_secs(1), "{nothing}");
        let wait = |reader: &Person<'_>, types: &str| {
            let page = reader.get(&format!("/v1/events?after={end}&wait=30{types}")).good(200);
            (brief(page["items"].as_array().expect("a list")), Instant::now())
        };
        let wait = &wait;
        thread::scope(|scope| {
            let (officer, payroll) = (&bureau.officer, &bureau.payroll);
            let any = scope.spawn(move || wait(officer, ""));
            let approval = scope.spawn(move || wait(officer, "&types=run.approved"));
            let release = scope.spawn(move || wait(payroll, ""));
            thread::sleep(Duration::from_millis(300));
            assert!(!any.is_finished() && !approval.is_finished() && !release.is_finished());
            for (action, state, waiting, somebody) in [
                ("submit", "submitted", any, &bureau.officer),
                ("approve", "approved", approval, &bureau.approver),
                ("release", "released", release, &bureau.approver),
            ] {
                somebody.act(&format!("/v1/runs/{run_id}/{action}")).good(200);
                let acted = Instant::now();
                let (events, woken) = waiting.join().expect("an answer");
                assert_eq!(events, [(format!("run.{state}"), run_id.clone())]);
                let took = woken.saturating_duration_since(acted);
                assert!(took < Duration::from_secs(5), "{state}: {took:?}");
            }
        });
    });
}

/// How many write at once, and how much each of them.
const WRITERS: usize = 6;
/// See [`WRITERS`].
const WRITES: usize = 8;

#[test]
fn a_reader_misses_none_while_many_write() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("many"));
        let another = site.is_postgres().then(|| site.another());
        let (_, mut cursor) = told(&bureau.officer, "", 100, "");
        // Each has a token of its own, and half of them another service of the same database.
        let write = |writer: usize| {
            let officer = hire(&bureau.operator, "officer", &format!("officer {writer}"), &[]);
            let there = another.as_ref().filter(|_| writer.is_multiple_of(2)).map(|site| site.person(&officer));
            let officer = there.as_ref().unwrap_or(&officer);
            (0..WRITES).map(|_| roster(officer, &plan_id, &school_data())).collect::<Vec<String>>()
        };
        let (mut seen, made) = thread::scope(|scope| {
            let write = &write;
            let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
            let mut seen = Vec::new();
            loop {
                let done = writers.iter().all(thread::ScopedJoinHandle::is_finished);
                let page = bureau.officer.get(&format!("/v1/events?limit=3&after={cursor}")).good(200);
                text(&page, "cursor").clone_into(&mut cursor);
                let items = page["items"].as_array().expect("a list").clone();
                if done && items.is_empty() {
                    break;
                }
                seen.extend(items);
            }
            let made: Vec<String> = writers.into_iter().flat_map(|writer| writer.join().expect("rosters")).collect();
            (seen, made)
        });
        let places: Vec<usize> =
            seen.iter().map(|event| event["data"]["place"].to_string().parse().expect("a number")).collect();
        assert_eq!(places, (2..=WRITERS * WRITES + 1).collect::<Vec<usize>>());
        let told: BTreeSet<String> = brief(&seen).into_iter().map(|(_, id)| id).collect();
        assert_eq!(told, made.into_iter().collect());
        seen.retain(|event| event["type"] != "roster.created");
        assert!(seen.is_empty(), "{seen:?}");
    });
}

#[test]
fn events_never_change() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        begun(&bureau, "stays");
        let own = format!("WHERE bureau_id = '{}'", bureau.officer.bureau);
        for statement in [
            format!("UPDATE events SET kind = 'run.released' {own}"),
            format!("DELETE FROM events {own}"),
            format!("INSERT INTO events SELECT * FROM events {own}"),
        ] {
            site.sql(&statement).expect_err(&statement);
        }
        assert_eq!(told(&bureau.officer, "", 100, "").0.len(), 4);
    });
}
