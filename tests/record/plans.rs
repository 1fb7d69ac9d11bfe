//! Plans: drafts, versions, publishing, archiving.

use serde_json::{Value, json};

use crate::papers::{all_of, data, id, plan, published, roster, roster_of, text};
use crate::site::{Bureau, on_both};

/// The small plan with another title.
fn titled(code: &str, title: &str) -> Value {
    let mut plan = plan(code);
    plan["title"] = json!(title);
    json!({"plan": plan})
}

/// A plan with two steps at fault.
fn faulty(code: &str) -> Value {
    let mut plan = plan(code);
    plan["steps"][1]["formula"] = json!("100 * nothing");
    plan["steps"][3]["formula"] = json!("10 +");
    json!({"plan": plan})
}

#[test]
fn a_draft_is_written_over_only_by_those_who_have_read_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let made = bureau.officer.post("/v1/plans", &faulty("draft"));
        let plan = made.good(201);
        let path = format!("/v1/plans/{}", text(&plan, "id"));
        assert_eq!(made.header("location"), path);
        assert_eq!((&plan["newest_version"], text(&plan, "newest_state")), (&json!(1), "draft"));
        let read = bureau.officer.get(&path);
        assert_eq!((read.header("etag"), &read.good(200)), (made.header("etag"), &plan));
        let draft = format!("{path}/draft");
        let other = titled("draft", "另一题目");
        let unread = bureau.officer.ask("PUT", &draft, &[], Some(&other.to_string()));
        unread.problem(428, "if_match_required");
        for stale in ["\"0\"", "\"2\"", "\"x\"", "W/\"1\"", "1", "\"\""] {
            bureau.officer.put(&draft, stale, &other).problem(412, "stale");
        }
        let written = bureau.officer.put(&draft, made.header("etag"), &other);
        assert_eq!((text(&written.good(200), "title"), &written.good(200)["newest_version"]), ("另一题目", &json!(1)));
        assert_ne!(written.header("etag"), made.header("etag"));
        bureau.officer.put(&draft, made.header("etag"), &other).problem(412, "stale");
        let version = bureau.officer.get(&format!("{path}/versions/1")).good(200);
        assert_eq!(version["plan"], other["plan"]);
        let mine = fenpei::wire::canonical::sha256(
            &fenpei::wire::json::read(other["plan"].to_string().as_bytes()).expect("JSON"),
        );
        assert_eq!(text(&version, "sha256"), mine);
        let renamed = bureau.officer.put(&draft, written.header("etag"), &titled("other", "x"));
        renamed.problem(422, "other_code");
        bureau.officer.post("/v1/plans", &other).problem(409, "code_taken");
    });
}

#[test]
fn what_has_a_fault_is_not_published() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let made = bureau.officer.post("/v1/plans", &faulty("faulty"));
        let path = format!("/v1/plans/{}", text(&made.good(201), "id"));
        let publish = format!("{path}/publish");
        bureau.officer.act(&publish).problem(428, "if_match_required");
        bureau.officer.act_on(&publish, "\"9\"", None).problem(412, "stale");
        let refused = bureau.officer.act_on(&publish, made.header("etag"), None).problem(422, "plan_refused");
        assert_eq!(refused["errors"].as_array().map(Vec::len), Some(2), "{refused}");
        assert_eq!(all_of(&refused["errors"], "code"), ["unknown_name", "bad_formula"]);
        let as_it_was = bureau.officer.get(&path);
        assert_eq!(
            (as_it_was.header("etag"), text(&as_it_was.good(200), "newest_state")),
            (made.header("etag"), "draft")
        );
        let unpublished = bureau.officer.post("/v1/rosters", &roster_of(&id(&made.good(201)), &data()));
        assert_eq!(unpublished.problem(409, "not_in_state")["state"], "draft");
    });
}

#[test]
fn every_fault_of_a_draft_has_its_pointer() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let made = bureau.officer.post("/v1/plans", &faulty("pointed"));
        let publish = format!("/v1/plans/{}/publish", text(&made.good(201), "id"));
        let refused = bureau.officer.act_on(&publish, made.header("etag"), None).problem(422, "plan_refused");
        for (error, place) in refused["errors"].as_array().expect("errors").iter().zip(["1", "3"]) {
            let pointer = error["pointer"].as_str().unwrap_or_default();
            assert!(pointer.ends_with(&format!("/steps/{place}/formula")), "{error}");
        }
    });
}

#[test]
fn a_plan_whose_example_fails_is_not_published() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let mut with_example = plan("example");
        let example =
            |total: &str| json!([{"name": "合计", "data": data(), "expect": [{"row": "T1", "total": total}]}]);
        with_example["examples"] = example("380.01");
        let made = bureau.officer.post("/v1/plans", &json!({"plan": with_example}));
        let path = format!("/v1/plans/{}", text(&made.good(201), "id"));
        let refused = bureau.officer.act_on(&format!("{path}/publish"), made.header("etag"), None);
        assert_eq!(all_of(&refused.problem(422, "plan_refused")["errors"], "code"), ["example_failed"]);
        with_example["examples"] = example("380.00");
        let draft = json!({"plan": with_example});
        let written = bureau.officer.put(&format!("{path}/draft"), made.header("etag"), &draft);
        let done = bureau.officer.act_on(&format!("{path}/publish"), written.header("etag"), None).good(200);
        assert_eq!(text(&done, "newest_state"), "published");
    });
}

#[test]
fn a_published_version_never_changes_and_the_next_draft_is_another() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("versions"));
        let path = format!("/v1/plans/{plan_id}");
        let first = bureau.officer.get(&format!("{path}/versions/1")).good(200);
        assert_eq!((text(&first, "state"), text(&first, "published_by")), ("published", "officer"));
        let etag = |answer: crate::site::Answer| answer.header("etag").to_owned();
        let now = etag(bureau.officer.get(&path));
        let again = bureau.officer.act_on(&format!("{path}/publish"), &now, None);
        assert_eq!(again.problem(409, "not_in_state")["state"], "published");
        let draft = bureau.officer.put(&format!("{path}/draft"), &now, &titled("versions", "第二版"));
        assert_eq!((&draft.good(200)["newest_version"], text(&draft.good(200), "newest_state")), (&json!(2), "draft"));
        let draft = etag(bureau.officer.act_on(&format!("{path}/publish"), draft.header("etag"), None));
        assert_eq!(bureau.officer.get(&format!("{path}/versions/1")).good(200), first);
        let versions = bureau.officer.get(&format!("{path}/versions")).good(200);
        let numbers: Vec<&Value> =
            versions["items"].as_array().expect("a list").iter().map(|v| &v["version"]).collect();
        assert_eq!(
            (numbers, all_of(&versions["items"], "state")),
            (vec![&json!(2), &json!(1)], vec!["published".to_owned(); 2])
        );
        for (version, status, code) in [(3, 422, "unknown_reference"), (0, 400, "bad_request_body")] {
            let body = json!({"version": version});
            bureau.officer.act_on(&format!("{path}/archive"), &draft, Some(&body)).problem(status, code);
        }
        bureau.officer.get(&format!("{path}/versions/3")).problem(404, "not_found");
    });
}

#[test]
fn nothing_new_is_made_of_an_archived_version() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("archived"));
        let before = roster(&bureau.officer, &plan_id, &data());
        let (path, body) = (format!("/v1/plans/{plan_id}/archive"), json!({"version": 1}));
        bureau.officer.post(&path, &body).problem(428, "if_match_required");
        bureau.officer.act_on(&path, "\"1\"", Some(&body)).problem(412, "stale");
        let archived = bureau.officer.act_on(&path, "\"2\"", Some(&body));
        assert_eq!(text(&archived.good(200), "newest_state"), "archived");
        let version = bureau.officer.get(&format!("/v1/plans/{plan_id}/versions/1")).good(200);
        assert_eq!((text(&version, "state"), text(&version, "archived_by")), ("archived", "officer"));
        let again = bureau.officer.act_on(&path, archived.header("etag"), Some(&body));
        assert_eq!(again.problem(409, "not_in_state")["state"], "archived");
        for refused in [
            bureau.officer.post("/v1/rosters", &roster_of(&plan_id, &data())),
            bureau.officer.post(&format!("/v1/rosters/{before}/revisions"), &json!({})),
            bureau.officer.post("/v1/runs", &json!({"roster_id": before})),
        ] {
            assert_eq!(refused.problem(409, "not_in_state")["state"], "archived");
        }
        bureau.officer.get(&format!("/v1/rosters/{before}")).good(200);
    });
}
