//! The audit trail: every change has its entry, and no entry can be changed without being found.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::papers::{data, plan, roster_of, run, text};
use crate::site::{Answer, Bureau, Person, Site, on_both, on_own, unlimited};

/// The whole trail of a bureau.
fn trail(bureau: &Bureau<'_>) -> Vec<Value> {
    bureau.auditor.all("/v1/audit-entries", 500)
}

/// Makes sure that each entry has the fingerprint that follows from what it says, and that of the entry before it.
fn follows(bureau: &str, entries: &[Value]) {
    let mut previous = "0".repeat(64);
    for (place, entry) in (1_u64..).zip(entries) {
        assert_eq!((entry["place"].as_u64(), text(entry, "previous_sha256")), (Some(place), previous.as_str()));
        // Canonical JSON of texts and small whole numbers is JSON without spaces, its keys in order.
        let mut said: BTreeMap<&str, Value> = BTreeMap::from([("bureau_id", json!(bureau))]);
        let parts = entry.as_object().expect("an object").iter().filter(|(key, _)| *key != "entry_sha256");
        said.extend(parts.map(|(key, value)| (key.as_str(), value.clone())));
        let canonical = serde_json::to_string(&said).expect("JSON");
        let fingerprint: String =
            Sha256::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(text(entry, "entry_sha256"), fingerprint, "{entry}");
        previous = fingerprint;
    }
}

/// An act that was answered: the action that its entry names, the thing, by whom, and the answer.
type Done<'b, 's> = (&'static str, String, &'b Person<'s>, Answer);

/// Does everything that can be done, once.
fn everything<'b, 's>(bureau: &'b Bureau<'s>) -> Vec<Done<'b, 's>> {
    let (officer, approver, operator) = (&bureau.officer, &bureau.approver, &bureau.operator);
    let mut done: Vec<Done<'b, 's>> = Vec::new();
    let mut note = |action, id: &str, who: &'b Person<'s>, answer: Answer| {
        assert!((200..300).contains(&answer.status), "{action}: {}", answer.text);
        done.push((action, id.to_owned(), who, answer));
    };
    let id_of = |answer: &Answer| text(&answer.json(), "id").to_owned();
    let plan_body = json!({"plan": plan("audited")});
    let made = officer.post("/v1/plans", &plan_body);
    let plan_id = id_of(&made);
    note("plan.created", &plan_id, officer, made);
    let path = format!("/v1/plans/{plan_id}");
    note("plan.draft_written", &plan_id, officer, officer.put(&format!("{path}/draft"), "\"1\"", &plan_body));
    note("plan.published", &plan_id, officer, officer.act_on(&format!("{path}/publish"), "\"2\"", None));
    let made = officer.post("/v1/rosters", &roster_of(&plan_id, &data()));
    let roster_id = id_of(&made);
    note("roster.created", &roster_id, officer, made);
    let made = bureau.officer.post(&format!("/v1/rosters/{roster_id}/revisions"), &json!({}));
    note("roster.revised", &id_of(&made), officer, made);
    for end in ["released", "withdrawn"] {
        let made = officer.post("/v1/runs", &json!({"roster_id": roster_id}));
        let run_id = id_of(&made);
        note("run.created", &run_id, officer, made);
        let run = format!("/v1/runs/{run_id}");
        officer.get(&format!("{run}?wait=30")).good(200);
        if end == "withdrawn" {
            note(
                "run.withdrawn",
                &run_id,
                approver,
                approver.post(&format!("{run}/withdraw"), &json!({"reason": "误"})),
            );
        } else {
            note("run.submitted", &run_id, officer, officer.act(&format!("{run}/submit")));
            note("run.approved", &run_id, approver, approver.act(&format!("{run}/approve")));
            note("run.released", &run_id, approver, approver.act(&format!("{run}/release")));
        }
    }
    let archived = officer.act_on(&format!("{path}/archive"), "\"3\"", Some(&json!({"version": 1})));
    note("plan.archived", &plan_id, officer, archived);
    let (profile, written) = ("/v1/payroll-profiles/bank", "payroll_profile.written");
    let body = json!({"columns": [{"heading": "工号", "content": "id"}]});
    let made = officer.ask("PUT", profile, &[], Some(&body.to_string()));
    note(written, "bank", officer, made);
    note(written, "bank", officer, officer.put(profile, "\"1\"", &body));
    note("payroll_profile.deleted", "bank", officer, officer.ask("DELETE", profile, &[], None));
    let made = operator.post("/v1/tokens", &json!({"subject": "新\"\\\u{1f600}", "role": "payroll"}));
    let token = id_of(&made);
    note("token.created", &token, operator, made);
    note("token.revoked", &token, operator, operator.ask("DELETE", &format!("/v1/tokens/{token}"), &[], None));
    done
}

#[test]
fn every_change_has_its_entry() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let before = trail(&bureau).len();
        let done = everything(&bureau);
        let entries = trail(&bureau);
        follows(&bureau.officer.bureau, &entries);
        let new = &entries[before..];
        for (action, object_id, who, answer) in &done {
            let request = answer.header("x-request-id");
            let own: Vec<&Value> = new.iter().filter(|entry| entry["request_id"] == request).collect();
            assert_eq!(own.len(), 1, "{action} has one entry: {own:?}");
            assert_eq!((text(own[0], "action"), text(own[0], "object_id")), (*action, object_id.as_str()));
            assert_eq!(text(own[0], "object"), action.split('.').next().expect("a word"));
            assert_eq!(text(own[0], "token_id"), who.id, "{action}");
        }
        // What remains are the calculations, which are the service's own.
        let own = new.iter().filter(|entry| entry.get("request_id").is_none());
        let own: Vec<&str> = own.map(|entry| text(entry, "action")).collect();
        assert_eq!((own.as_slice(), new.len()), (&["run.calculated"; 2][..], done.len() + 2));
        assert!(new.iter().filter(|entry| entry.get("token_id").is_none()).count() == 2);
        assert!(entries.iter().all(|entry| entry["subject"].is_string() && entry["at"].is_string()));
    });
}

#[test]
fn what_is_refused_leaves_no_entry() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, _, run_id) = crate::papers::begun(&bureau, "no-entry");
        let before = trail(&bureau).len();
        bureau.officer.post("/v1/plans", &json!({"plan": plan("no-entry")})).problem(409, "code_taken");
        bureau.approver.act(&format!("/v1/runs/{run_id}/approve")).problem(409, "not_in_state");
        bureau.officer.act(&format!("/v1/runs/{run_id}/approve")).problem(403, "forbidden");
        bureau.officer.post("/v1/tokens", &json!({"subject": "x", "role": "officer"})).problem(404, "not_found");
        bureau.officer.post("/v1/runs", &json!({"roster_id": run_id})).problem(422, "unknown_reference");
        bureau.operator.post("/v1/tokens", &json!({"subject": "x", "role": "king"})).problem(400, "bad_request_body");
        assert_eq!(trail(&bureau).len(), before);
    });
}

/// What the program says of the trails: its exit status and its words.
fn verified(site: &Site) -> (Option<i32>, String) {
    let done = site.program(&["audit", "verify"]);
    (done.status.code(), String::from_utf8(done.stdout).expect("UTF-8"))
}

#[test]
fn entries_neither_change_nor_go() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let before = trail(&bureau);
        let own = format!("WHERE bureau_id = '{}'", bureau.officer.bureau);
        for refused in [
            format!("UPDATE audit_entries SET subject = 'nobody' {own}"),
            format!("UPDATE audit_entries SET sha256 = sha256 {own} AND place = 1"),
            format!("DELETE FROM audit_entries {own} AND place = 2"),
            format!("DELETE FROM audit_entries {own}"),
        ] {
            let error = site.sql(&refused).expect_err("the database refuses it");
            assert!(error.contains("never"), "{refused}: {error}");
        }
        if site.is_postgres() {
            site.sql("TRUNCATE audit_entries").expect_err("the database refuses it");
        }
        assert_eq!(trail(&bureau), before);
    });
}

#[test]
fn no_entry_takes_the_place_of_another() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let before = trail(&bureau);
        let (id, other) = (&bureau.officer.bureau, "'x', token_id, action, object, object_id, from_sha256, to_sha256");
        let entry = format!("SELECT bureau_id, place, at, {other}, request_id, previous, sha256 FROM audit_entries");
        let or_replace = if site.is_postgres() { "" } else { "OR REPLACE" };
        let replaced =
            site.sql(&format!("INSERT {or_replace} INTO audit_entries {entry} WHERE bureau_id = '{id}' AND place = 2"));
        assert!(replaced.is_err() && trail(&bureau) == before, "the database takes it");
    });
}

#[test]
fn a_trail_that_is_changed_is_found() {
    let changes = |site: &Site| {
        let bureau = Bureau::new(site);
        let run_id = {
            let (_, roster, _) = crate::papers::begun(&bureau, "trail");
            text(&run(&bureau.officer, &roster), "id").to_owned()
        };
        let id = &bureau.officer.bureau;
        let (status, said) = verified(site);
        assert_eq!((status, said.contains(id)), (Some(0), true), "{said}");
        let drop = if site.is_postgres() {
            "DROP TRIGGER audit_entries_stay ON audit_entries"
        } else {
            "DROP TRIGGER audit_entries_stay; DROP TRIGGER audit_entries_last"
        };
        site.sql(drop).expect("done");
        let own = format!("FROM audit_entries WHERE bureau_id = '{id}'");
        let last = site.number(&format!("SELECT max(place) {own}"));
        let set = |set: &str, place: i64| {
            format!("UPDATE audit_entries SET {set} WHERE bureau_id = '{id}' AND place = {place}")
        };
        // Each with the entry that it names and what undoes it.
        let changes = [
            (set("subject = subject || 'x'", 3), 3, set("subject = substr(subject, 1, length(subject) - 1)", 3)),
            (set("at = 'x' || at", 1), 1, set("at = substr(at, 2)", 1)),
            (
                set("request_id = 'x' || request_id", last - 3),
                last - 3,
                set("request_id = substr(request_id, 2)", last - 3),
            ),
            (set("place = -place", 4), 4, set("place = 4", -4)),
            (set("place = -place", last), last, set(&format!("place = {last}"), -last)),
        ];
        for (change, place, undo) in changes {
            site.sql(&change).expect("done");
            let (status, said) = verified(site);
            let line = said.lines().find(|line| line.contains(id)).unwrap_or_default();
            assert_eq!(status, Some(1), "{change}: {said}");
            // An entry before the first hides nothing: it is found itself.
            let named = line.contains(&format!("entry {place}:")) || change.contains("-place");
            assert!(named && line.contains("broken"), "{change}: {line}");
            site.sql(&undo).expect("done");
            assert_eq!(verified(site).0, Some(0), "{undo}: {run_id}");
        }
        site.sql(&format!("DELETE {own} AND place = {last}")).expect("done");
        assert_eq!(verified(site).0, Some(1), "the last entry is gone");
    };
    on_own(&unlimited(), changes);
}
