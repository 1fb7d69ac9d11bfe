//! Requests that are sent more than once.

use std::collections::BTreeSet;
use std::thread;

use serde_json::{Value, json};

use crate::papers::{begun, data, id, plan, published, roster, roster_of, run, text};
use crate::site::{Answer, Bureau, Person, hire, new_key, on_both};

/// Sends a request under a key.
fn under(somebody: &Person<'_>, key: &str, path: &str, body: Option<&Value>) -> Answer {
    let body = body.map(Value::to_string);
    somebody.ask("POST", path, &[("idempotency-key", key), ("if-match", "\"1\"")], body.as_deref())
}

/// How many audit entries a bureau has.
fn entries(bureau: &Bureau<'_>) -> usize {
    bureau.auditor.all("/v1/audit-entries", 500).len()
}

/// What a replay must repeat.
fn said(answer: &Answer) -> (u16, String, String, String) {
    (answer.status, answer.text.clone(), answer.header("etag").to_owned(), answer.header("location").to_owned())
}

#[test]
fn a_post_without_a_good_key_is_refused() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, run_id) = begun(&bureau, "keys");
        let before = entries(&bureau);
        let run = |action: &str| format!("/v1/runs/{run_id}/{action}");
        let posts = [
            (&bureau.officer, "/v1/plans".to_owned(), json!({"plan": plan("x")})),
            (&bureau.officer, format!("/v1/plans/{plan_id}/publish"), json!({})),
            (&bureau.officer, format!("/v1/plans/{plan_id}/archive"), json!({"version": 1})),
            (&bureau.officer, "/v1/rosters".to_owned(), roster_of(&plan_id, &data())),
            (&bureau.officer, format!("/v1/rosters/{roster_id}/revisions"), json!({})),
            (&bureau.officer, "/v1/runs".to_owned(), json!({"roster_id": roster_id})),
            (&bureau.officer, run("submit"), json!({})),
            (&bureau.approver, run("approve"), json!({})),
            (&bureau.approver, run("release"), json!({})),
            (&bureau.officer, run("withdraw"), json!({"reason": "x"})),
            (&bureau.operator, "/v1/tokens".to_owned(), json!({"subject": "x", "role": "payroll"})),
        ];
        let (long, most) = ("k".repeat(256), "k".repeat(255));
        for (somebody, path, body) in &posts {
            let none = somebody.ask("POST", path, &[("if-match", "\"2\"")], Some(&body.to_string()));
            none.problem(400, "idempotency_key_required");
            for key in ["", "a b", "\u{e9}", long.as_str()] {
                under(somebody, key, path, Some(body)).problem(400, "idempotency_key_required");
            }
        }
        assert_eq!(entries(&bureau), before);
        under(&bureau.officer, &most, "/v1/plans", Some(&json!({"plan": plan("most")}))).good(201);
    });
}

#[test]
fn a_replay_repeats_the_answer_and_does_nothing_twice() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let (plan_id, roster_id, run_id) = begun(&bureau, "replay");
        let draft = id(&officer.post("/v1/plans", &json!({"plan": plan("replay-draft")})).good(201));
        let posts = [
            (officer, "/v1/plans".to_owned(), Some(json!({"plan": plan("replay-new")}))),
            (officer, format!("/v1/plans/{draft}/publish"), None),
            (officer, "/v1/rosters".to_owned(), Some(roster_of(&plan_id, &data()))),
            (officer, format!("/v1/rosters/{roster_id}/revisions"), Some(json!({"remove": {"staff": ["T5"]}}))),
            (officer, "/v1/runs".to_owned(), Some(json!({"roster_id": roster_id}))),
            (&bureau.operator, "/v1/tokens".to_owned(), Some(json!({"subject": "再", "role": "payroll"}))),
        ];
        for (somebody, path, body) in &posts {
            let key = new_key();
            let first = under(somebody, &key, path, body.as_ref());
            assert!((200..300).contains(&first.status), "{path}: {}", first.text);
            // A run is calculated meanwhile, which is an entry too.
            if path == "/v1/runs" {
                officer.get(&format!("{}?wait=30", first.header("location"))).good(200);
            }
            let before = entries(&bureau);
            for _ in 0..2 {
                let again = under(somebody, &key, path, body.as_ref());
                if path == "/v1/tokens" {
                    let mut shown = first.json();
                    shown.as_object_mut().expect("an object").remove("token").expect("the token itself");
                    assert_eq!(again.good(201), shown);
                    assert_eq!(again.header("location"), first.header("location"));
                } else {
                    assert_eq!(said(&again), said(&first), "{path}");
                }
            }
            assert_eq!(entries(&bureau), before, "{path}");
            let other = under(somebody, &key, path, Some(&json!({"other": 1})));
            other.problem(422, "idempotency_key_reused");
            let elsewhere = under(somebody, &key, &format!("{path}?x=1"), body.as_ref());
            elsewhere.problem(422, "idempotency_key_reused");
        }
        // Also when the run has gone on since.
        let (submit, key) = (format!("/v1/runs/{run_id}/submit"), new_key());
        let submitted = |key: &str| officer.ask("POST", &submit, &[("idempotency-key", key)], None);
        let first = submitted(&key);
        bureau.approver.act(&format!("/v1/runs/{run_id}/approve")).good(200);
        assert_eq!(said(&submitted(&key)), said(&first));
        assert_eq!(text(&first.good(200), "state"), "submitted");
        submitted(&new_key()).problem(409, "not_in_state");
    });
}

#[test]
fn the_record_does_not_hold_the_secret_of_a_token() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let made = bureau.operator.post("/v1/tokens", &json!({"subject": "密", "role": "payroll"})).good(201);
        // The secret may itself have the character that parts it from the name.
        let secret = text(&made, "token").splitn(3, '_').nth(2).expect("a brand, a name and a secret");
        let kept = site.texts("SELECT body FROM idempotency_records").join("\n");
        let tokens = site.texts("SELECT sha256 || prefix || subject || schools FROM tokens").join("\n");
        assert!(kept.contains(text(&made, "id")) && !kept.contains(secret));
        assert!(tokens.contains(text(&made, "prefix")) && !tokens.contains(secret));
    });
}

#[test]
fn a_key_belongs_to_its_token() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let second = hire(&bureau.operator, "officer", "officer", &[]);
        let (key, plan_id) = (new_key(), published(&bureau.officer, &plan("shared-key")));
        let body = roster_of(&plan_id, &data());
        let [one, two] =
            [&bureau.officer, &second].map(|who| id(&under(who, &key, "/v1/rosters", Some(&body)).good(201)));
        assert_ne!(one, two);
    });
}

#[test]
fn a_refusal_is_not_kept() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = id(&run(&bureau.officer, &{
            let plan_id = published(&bureau.officer, &plan("refusals"));
            roster(&bureau.officer, &plan_id, &data())
        }));
        let (approve, key) = (format!("/v1/runs/{run}/approve"), new_key());
        let approved = || bureau.approver.ask("POST", &approve, &[("idempotency-key", &key)], None);
        approved().problem(409, "not_in_state");
        bureau.officer.act(&format!("/v1/runs/{run}/submit")).good(200);
        approved().good(200);
    });
}

#[test]
fn an_answer_is_kept_for_thirty_days() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("thirty"));
        let (key, body) = (new_key(), roster_of(&plan_id, &data()));
        let made = || id(&under(&bureau.officer, &key, "/v1/rosters", Some(&body)).good(201));
        let aged = |days: i64| {
            let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
            let then = then.strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
            let own = format!("token_id = '{}' AND key = '{key}'", bureau.officer.id);
            site.sql(&format!("UPDATE idempotency_records SET created_at = '{then}' WHERE {own}")).expect("done");
        };
        let first = made();
        aged(29);
        assert_eq!(made(), first);
        aged(31);
        let second = made();
        assert_ne!(second, first);
        assert_eq!(made(), second);
    });
}

#[test]
fn of_eight_at_once_one_is_done() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("eight"));
        let body = json!({"roster_id": roster(&bureau.officer, &plan_id, &data())});
        for round in 1..=5 {
            let key = new_key();
            let answers: Vec<Answer> = thread::scope(|scope| {
                let send = || under(&bureau.officer, &key, "/v1/runs", Some(&body));
                let sent: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
                sent.into_iter().map(|sent| sent.join().expect("an answer")).collect()
            });
            let mut made = BTreeSet::new();
            for answer in &answers {
                if answer.status == 202 {
                    made.insert(said(answer));
                } else {
                    answer.problem(409, "idempotency_in_flight");
                    assert!(!answer.header("retry-after").is_empty());
                }
            }
            assert_eq!(made.len(), 1, "one answer and its replays");
            assert_eq!(bureau.officer.all("/v1/runs", 500).len(), round);
            let replay = under(&bureau.officer, &key, "/v1/runs", Some(&body));
            assert_eq!(Some(said(&replay)), made.pop_first());
        }
    });
}
