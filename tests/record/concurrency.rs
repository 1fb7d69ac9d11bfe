//! Many at once.

use std::collections::BTreeSet;
use std::thread;

use serde_json::json;

use crate::papers::{begun, bring, data, id, plan, published, roster, run};
use crate::site::{Answer, Bureau, hire, on_both};

/// What as many as there are numbers get who ask at once.
fn at_once(numbers: usize, ask: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    thread::scope(|scope| {
        let ask = &ask;
        let asked: Vec<_> = (0..numbers).map(|number| scope.spawn(move || ask(number))).collect();
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    })
}

/// Makes sure that one got this status and all others this problem.
#[track_caller]
fn one(answers: &[Answer], good: u16, status: u16, code: &str) {
    for answer in answers.iter().filter(|answer| answer.status != good) {
        answer.problem(status, code);
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == good).count(), 1);
}

#[test]
fn no_draft_is_lost() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let path =
            format!("/v1/plans/{}", id(&bureau.officer.post("/v1/plans", &json!({"plan": plan("drafts")})).good(201)));
        let written: Vec<String> = thread::scope(|scope| {
            let (bureau, path) = (&bureau, &path);
            let write = move |writer: usize| {
                let mut etags = Vec::new();
                while etags.len() < 10 {
                    let read = bureau.officer.get(path);
                    let mut draft = plan("drafts");
                    draft["title"] = json!(format!("{writer}-{}", etags.len()));
                    let put =
                        bureau.officer.put(&format!("{path}/draft"), read.header("etag"), &json!({"plan": draft}));
                    match put.status {
                        200 => {
                            assert_eq!(put.good(200)["title"], draft["title"]);
                            etags.push(put.header("etag").to_owned());
                        }
                        _ => drop(put.problem(412, "stale")),
                    }
                }
                etags
            };
            let writers: Vec<_> = (0..8).map(|writer| scope.spawn(move || write(writer))).collect();
            writers.into_iter().flat_map(|writer| writer.join().expect("ten drafts")).collect()
        });
        let revisions: BTreeSet<i64> =
            written.iter().map(|etag| etag.trim_matches('"').parse().expect("a number")).collect();
        assert_eq!(revisions, (2..=81).collect());
        assert_eq!(bureau.officer.get(&path).good(200)["revision"], 81);
        let drafts = bureau.auditor.all("/v1/audit-entries", 500);
        assert_eq!(drafts.iter().filter(|entry| entry["action"] == "plan.draft_written").count(), 80);
    });
}

#[test]
fn of_those_who_do_the_same_at_once_one_does_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let (_, _, run) = begun(&bureau, "once");
        one(&at_once(8, |_| officer.act(&format!("/v1/runs/{run}/submit"))), 200, 409, "not_in_state");
        one(&at_once(8, |_| bureau.approver.act(&format!("/v1/runs/{run}/approve"))), 200, 409, "not_in_state");
        one(&at_once(8, |_| bureau.approver.act(&format!("/v1/runs/{run}/release"))), 200, 409, "not_in_state");
        one(&at_once(8, |_| officer.post("/v1/plans", &json!({"plan": plan("taken")}))), 201, 409, "code_taken");
        let token = hire(&bureau.operator, "payroll", "x", &[]).id;
        let revoked = at_once(8, |_| bureau.operator.ask("DELETE", &format!("/v1/tokens/{token}"), &[], None));
        // A token that is revoked already stays so, and that is said once in the trail.
        revoked.iter().for_each(|answer| drop(answer.good(200)));
        let trail = bureau.auditor.all("/v1/audit-entries", 500);
        let own =
            |entry: &&serde_json::Value| entry["action"] == "token.revoked" && entry["object_id"] == token.as_str();
        assert_eq!(trail.iter().filter(own).count(), 1);
        let known = officer.get(&format!("/v1/runs/{run}")).good(200);
        assert_eq!(known["history"].as_array().map(Vec::len), Some(5));
    });
}

#[test]
fn of_two_ways_at_once_one_is_gone() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("ways"));
        let roster_id = roster(&bureau.officer, &plan_id, &data());
        for round in 0..4 {
            let run = id(&run(&bureau.officer, &roster_id));
            bring(&bureau, &run, "approved");
            let ways = at_once(2, |way| match way {
                0 => bureau.approver.act(&format!("/v1/runs/{run}/release")),
                _ => bureau.officer.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": "x"})),
            });
            one(&ways, 200, 409, "not_in_state");
            let body = json!({"plan": plan(&format!("way-{round}"))});
            let draft = format!("/v1/plans/{}", id(&bureau.officer.post("/v1/plans", &body).good(201)));
            let ways = at_once(2, |way| match way {
                0 => bureau.officer.put(&format!("{draft}/draft"), "\"1\"", &body),
                _ => bureau.officer.act_on(&format!("{draft}/publish"), "\"1\"", None),
            });
            one(&ways, 200, 412, "stale");
        }
    });
}

#[test]
fn many_runs_at_once_are_all_calculated_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("many"));
        let roster_id = roster(&bureau.officer, &plan_id, &data());
        let runs = at_once(16, |_| {
            let made = bureau.officer.post("/v1/runs", &json!({"roster_id": roster_id}));
            bureau.officer.get(&format!("{}?wait=30", made.header("location")))
        });
        let results: BTreeSet<String> = runs.iter().map(|run| run.good(200)["result_sha256"].to_string()).collect();
        assert_eq!(results.len(), 1, "{results:?}");
        for run in &runs {
            let run = run.good(200);
            assert_eq!((&run["state"], &run["revision"]), (&json!("calculated"), &json!(2)), "{run}");
            let kept = format!("SELECT count(*) FROM lines WHERE run_id = '{}'", id(&run));
            assert_eq!(site.number(&kept), 10);
        }
    });
}
