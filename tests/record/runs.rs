//! Runs: what they come to, and their life.

use serde_json::{Value, json};

use crate::papers::{all_of, begun, bring, data, id, plan, published, roster, run, school_data, staff, text};
use crate::site::{Bureau, Person, hire, on_both};

/// An amount in fen.
fn fen(amount: &Value) -> i64 {
    amount.as_str().expect("an amount").replace('.', "").parse().expect("digits")
}

/// The sum of the amounts at a key.
fn sum(items: &[Value], key: &str) -> i64 {
    items.iter().map(|item| fen(&item[key])).sum()
}

#[test]
fn a_run_comes_to_what_is_calculated_by_hand() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("hand"));
        let roster_id = roster(&bureau.officer, &plan_id, &data());
        let made = bureau.officer.post("/v1/runs", &json!({"roster_id": roster_id, "title": "一月"}));
        assert_eq!(made.header("location"), format!("/v1/runs/{}", text(&made.good(202), "id")));
        assert_eq!(text(&made.good(202), "state"), "calculating");
        let known = bureau.officer.get(&format!("{}?wait=30", made.header("location"))).good(200);
        assert_eq!(
            (text(&known, "state"), text(&known, "title"), &known["allowed"]),
            ("calculated", "一月", &json!(["submit", "withdraw"]))
        );
        assert_eq!(
            known["balance"],
            json!({"sources": "1500.00", "paid": "1090.00", "assigned": "0.00", "withheld": "270.00", "left": "140.00",
                   "unfunded": "50.00", "payee_total": "1140.00", "balanced": true})
        );
        assert_eq!(
            (all_of(&known["items"], "amount"), &known["payee_count"]),
            (["100.00", "990.00", "50.00"].map(str::to_owned).to_vec(), &json!(5))
        );
        let path = format!("/v1/runs/{}", text(&known, "id"));
        let payees = bureau.officer.all(&format!("{path}/payees"), 2);
        let totals: Vec<(&str, &str)> = payees.iter().map(|payee| (text(payee, "id"), text(payee, "total"))).collect();
        assert_eq!(totals, [("T1", "380.00"), ("T2", "280.00"), ("T3", "10.00"), ("T4", "310.00"), ("T5", "160.00")]);
        for payee in &payees {
            assert_eq!(sum(payee["lines"].as_array().expect("lines"), "amount"), fen(&payee["total"]), "{payee}");
        }
        let own = bureau.officer.get(&format!("{path}/payees?school=S2")).good(200);
        assert_eq!(all_of(&own["items"], "id"), ["T4", "T5"]);
        let funds = bureau.officer.all(&format!("{path}/funds"), 1);
        assert_eq!((sum(&funds, "value"), sum(&funds, "left")), (150_000, 14_000));
        assert_eq!(funds[0]["withheld"], json!({"return_to_bureau": "270.00"}));
        assert_eq!(
            all_of(&bureau.officer.get(&format!("{path}/funds?school=S2")).good(200)["items"], "left"),
            ["50.00"]
        );
        let checks = bureau.officer.get(&format!("{path}/checks")).good(200);
        assert!(checks.to_string().contains("S1") && !checks.to_string().contains("S2"), "{checks}");
        let warnings = bureau.officer.all(&format!("{path}/warnings"), 1);
        assert!(warnings.iter().any(|warning| warning["code"] == "unused_fact"), "{warnings:?}");
    });
}

#[test]
fn what_is_kept_is_what_the_calculator_answers() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, _, run) = begun(&bureau, "pure");
        let path = format!("/v1/runs/{run}");
        let known = bureau.officer.get(&path).good(200);
        let body = json!({"plan": plan("pure"), "data": data()}).to_string();
        let pure = site.ask("POST", "/v1/calculations", &[], Some(&body)).good(200);
        for key in ["plan_sha256", "data_sha256", "result_sha256", "balance"] {
            assert_eq!(known[key], pure[key], "{key}");
        }
        let listed = |part: &str| Value::from(bureau.officer.all(&format!("{path}/{part}"), 3));
        assert_eq!(listed("funds"), pure["funds"]);
        assert_eq!(listed("warnings"), pure["warnings"]);
        assert_eq!(bureau.officer.get(&format!("{path}/checks")).good(200)["items"], pure["checks"]);
        let totals = |rows: &Value| -> Vec<(String, String)> {
            all_of(rows, "id").into_iter().zip(all_of(rows, "total")).collect()
        };
        assert_eq!(totals(&listed("payees")), totals(&listed("rows?level=staff")));
        bureau.officer.get(&format!("{path}/rows?level=other")).problem(400, "bad_parameter");
    });
}

#[test]
fn a_run_goes_through_its_life() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, run) = begun(&bureau, "life");
        let path = format!("/v1/runs/{run}");
        let calculated = bureau.officer.get(&path).good(200);
        bring(&bureau, &run, "released");
        let released = bureau.officer.get(&path).good(200);
        assert_eq!(text(&released, "state"), "released");
        for key in ["result_sha256", "plan_sha256", "data_sha256", "balance", "items", "payee_count", "title"] {
            assert_eq!(released.get(key), calculated.get(key), "{key}");
        }
        let history = &released["history"];
        assert_eq!(all_of(history, "action"), ["create", "calculate", "submit", "approve", "release"]);
        assert_eq!(all_of(history, "state"), ["calculating", "calculated", "submitted", "approved", "released"]);
        let by = all_of(history, "subject");
        assert_eq!(
            (by[0].as_str(), &by[2..]),
            ("officer", &["officer", "approver", "approver"].map(str::to_owned)[..])
        );
        for filter in ["state=released".to_owned(), format!("plan_id={plan_id}"), format!("roster_id={roster_id}")] {
            let found = bureau.officer.get(&format!("/v1/runs?{filter}")).good(200);
            assert_eq!(all_of(&found["items"], "id"), std::slice::from_ref(&run), "{filter}");
        }
        let none = bureau.officer.get("/v1/runs?state=submitted").good(200);
        assert!(none["items"].as_array().is_some_and(Vec::is_empty));
        let verified = bureau.officer.get(&format!("{path}/verification")).good(200);
        assert_eq!(verified["verified"], true, "{verified}");
    });
}

/// Makes sure that an act on a run is refused for its state.
#[track_caller]
fn refused(somebody: &Person<'_>, run: &str, action: &str, state: &str, allowed: &[&str]) {
    let body = match action {
        "withdraw" => Some(json!({"reason": "重复"})),
        "notice" => Some(json!({"from": "2020-06-01"})),
        _ => None,
    };
    let path = format!("/v1/runs/{run}/{action}");
    let answer = if let Some(body) = body { somebody.post(&path, &body) } else { somebody.act(&path) };
    let problem = answer.problem(409, "not_in_state");
    assert_eq!((text(&problem, "state"), &problem["allowed"]), (state, &json!(allowed)), "{action}");
}

/// What may be done to a run in each of its states, as the design has it.
const ALLOWED: [(&str, &[&str]); 8] = [
    ("calculating", &["withdraw"]),
    ("calculated", &["submit", "withdraw"]),
    ("submitted", &["notice", "approve", "withdraw"]),
    ("noticed", &["approve", "withdraw"]),
    ("approved", &["release", "withdraw"]),
    ("released", &[]),
    ("failed", &[]),
    ("withdrawn", &[]),
];

#[test]
fn no_act_is_possible_but_those_of_the_state() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, _) = begun(&bureau, "states");
        for (state, allowed) in ALLOWED {
            let roster_id = if state == "failed" { overdrawn(&bureau, &plan_id) } else { roster_id.clone() };
            let run = id(&run(&bureau.officer, &roster_id));
            match state {
                // One that somebody else calculates for ever.
                "calculating" => {
                    let held = "claimed_by = 'nobody', claimed_until = '9999-01-01T00:00:00.000Z'";
                    site.sql(&format!("UPDATE runs SET state = 'calculating', {held} WHERE id = '{run}'"))
                        .expect("done");
                }
                "failed" => {}
                _ => bring(&bureau, &run, state),
            }
            let known = bureau.officer.get(&format!("/v1/runs/{run}")).good(200);
            assert_eq!((text(&known, "state"), &known["allowed"]), (state, &json!(allowed)));
            let acts = [
                ("submit", &bureau.officer),
                ("notice", &bureau.officer),
                ("approve", &bureau.approver),
                ("release", &bureau.approver),
                ("withdraw", &bureau.officer),
            ];
            for (action, somebody) in acts.into_iter().filter(|(action, _)| !allowed.contains(action)) {
                refused(somebody, &run, action, state, allowed);
            }
            let unchanged = bureau.officer.get(&format!("/v1/runs/{run}")).good(200);
            assert_eq!(unchanged, known);
            if allowed.contains(&"withdraw") {
                let by = if state == "approved" { &bureau.approver } else { &bureau.officer };
                let withdrawn = by.post(&format!("/v1/runs/{run}/withdraw"), &json!({"reason": "数据有误"})).good(200);
                let last = withdrawn["history"].as_array().and_then(|all| all.last()).expect("a step");
                assert_eq!((text(&withdrawn, "state"), text(last, "reason")), ("withdrawn", "数据有误"));
            }
        }
    });
}

/// A roster by which a fund would give more than it has.
fn overdrawn(bureau: &Bureau<'_>, plan_id: &str) -> String {
    let mut data = school_data();
    data["staff"][0]["facts"]["months"] = json!("11");
    roster(&bureau.officer, plan_id, &data)
}

#[test]
fn a_run_that_cannot_be_calculated_says_why_in_the_language_asked_for() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("fails"));
        let failed = run(&bureau.officer, &overdrawn(&bureau, &plan_id));
        assert_eq!((text(&failed, "state"), text(&failed["failure"], "code")), ("failed", "calculation_refused"));
        assert!(failed.get("balance").is_none() && failed.get("result_sha256").is_none(), "{failed}");
        let path = format!("/v1/runs/{}", text(&failed, "id"));
        let said = |language: &str| bureau.officer.ask("GET", &path, &[("accept-language", language)], None).good(200);
        let (zh, en) = (said("zh"), said("en"));
        for told in [&zh, &en] {
            let error = &told["failure"]["errors"][0];
            assert_eq!(
                (text(error, "code"), text(error, "row"), &told["failure"]["total"]),
                ("fund_overdrawn", "S1", &json!(1))
            );
        }
        assert!(text(&en["failure"]["errors"][0], "message").is_ascii(), "{en}");
        assert!(!text(&zh["failure"]["errors"][0], "message").is_ascii(), "{zh}");
        for part in ["payees", "funds", "warnings", "rows?level=staff", "checks"] {
            // Nothing is not the same as nobody.
            let nothing = bureau.officer.get(&format!("{path}/{part}")).problem(409, "not_in_state");
            assert_eq!(nothing["state"], "failed", "{part}");
        }
        bureau.officer.get(&format!("{path}/verification")).problem(409, "not_in_state");
    });
}

#[test]
fn nobody_approves_what_the_same_subject_has_made() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let approver = |subject: &str| hire(&bureau.operator, "approver", subject, &[]);
        let (same, other) = (approver("officer"), hire(&bureau.operator, "officer", "second", &[]));
        let (_, roster_id, made) = begun(&bureau, "eyes");
        // The first made the roster, the second the run, the third submitted it.
        let third = hire(&bureau.operator, "officer", "third", &[]);
        let by_second = id(&run(&other, &roster_id));
        for (run, makers) in [(made, vec![&same]), (by_second, vec![&same, &approver("second"), &approver("third")])] {
            let path = format!("/v1/runs/{run}");
            third.act(&format!("{path}/submit")).good(200);
            for maker in &makers {
                maker.act(&format!("{path}/approve")).problem(403, "four_eyes");
            }
            bureau.approver.act(&format!("{path}/approve")).good(200);
            for maker in &makers {
                maker.act(&format!("{path}/release")).problem(403, "four_eyes");
            }
            bureau.approver.act(&format!("{path}/release")).good(200);
        }
    });
}

#[test]
fn a_revision_by_somebody_else_does_not_open_the_way_for_who_made_the_data() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (second, same) =
            (hire(&bureau.operator, "officer", "second", &[]), hire(&bureau.operator, "approver", "officer", &[]));
        let (_, roster_id, _) = begun(&bureau, "revision-eyes");
        let revised = id(&second.post(&format!("/v1/rosters/{roster_id}/revisions"), &json!({})).good(201));
        let run = id(&run(&second, &revised));
        second.act(&format!("/v1/runs/{run}/submit")).good(200);
        same.act(&format!("/v1/runs/{run}/approve")).problem(403, "four_eyes");
    });
}

#[test]
fn acts_on_a_run_heed_the_revision_that_was_read() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, _, run) = begun(&bureau, "heeds");
        let path = format!("/v1/runs/{run}");
        let read = bureau.officer.get(&path);
        bureau.officer.act_on(&format!("{path}/submit"), "\"0\"", None).problem(412, "stale");
        bureau.officer.act_on(&format!("{path}/submit"), read.header("etag"), None).good(200);
        bureau.approver.act_on(&format!("{path}/approve"), read.header("etag"), None).problem(412, "stale");
        let withdraw = format!("{path}/withdraw");
        for wrong in [json!({}), json!({"reason": ""}), json!({"reason": 1}), json!({"reason": "x".repeat(1_001)})] {
            bureau.officer.post(&withdraw, &wrong).problem(400, "bad_request_body");
        }
        bureau.officer.post(&withdraw, &json!({"reason": "长".repeat(1_000)})).good(200);
        bureau.officer.get(&format!("{path}?wait=31")).problem(400, "bad_parameter");
        bureau.officer.post("/v1/runs", &json!({"roster_id": run})).problem(422, "unknown_reference");
    });
}

#[test]
fn a_large_run_tells_how_far_it_is_written() {
    const PEOPLE: i64 = 30_000;
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let mut known = plan("progress");
        known["steps"]
            .as_array_mut()
            .expect("steps")
            .retain(|step| step["name"] != "merit" && step["name"] != "absence");
        known["steps"].as_array_mut().expect("steps").retain(|step| step["do"] != "check");
        let plan_id = published(officer, &known);
        let people: Vec<Value> =
            (0..PEOPLE).map(|id| staff(&format!("T{id}"), "S1", &json!({"points": "1", "months": "1"}))).collect();
        let data = json!({"school": [{"id": "S1", "facts": {"quota": "3000000.00"}}], "staff": people});
        let roster = roster(officer, &plan_id, &data);
        let made = officer.post("/v1/runs", &json!({"roster_id": roster})).good(202);
        let (path, mut seen) = (format!("/v1/runs/{}", id(&made)), Vec::new());
        let done = loop {
            let run = officer.get(&path).good(200);
            if run["state"] != "calculating" {
                break run;
            }
            seen.extend(run.get("progress").cloned());
        };
        assert_eq!(done["state"], "calculated", "{done}");
        assert!(done.get("progress").is_none(), "{done}");
        // Payees, two lines each, their rows; the school's row and its fund.
        let total = PEOPLE * 4 + 2;
        let written: Vec<i64> = seen.iter().map(|progress| progress["written"].as_i64().expect("a number")).collect();
        assert!(seen.iter().all(|progress| progress["total"] == total), "{seen:?}");
        // 50,000 rows are written at once; the rest becomes visible with the result.
        assert!(!written.is_empty() && written.iter().all(|written| *written == 50_000), "{written:?}");
        assert_eq!(site.number(&format!("SELECT COUNT(*) FROM run_progress WHERE run_id = '{}'", id(&made))), 0);
    });
}
