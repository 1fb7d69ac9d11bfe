//! What takes its time, and services that share a database.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::papers::{all_of, data, heavy, id, plan, published, roster, text};
use crate::site::{Answer, Bureau, new_key, on_both};

#[test]
fn a_run_withdrawn_while_it_is_calculated_stays_withdrawn() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan, data) = heavy("withdrawn", 700);
        let plan_id = published(&bureau.officer, &plan);
        let roster_id = roster(&bureau.officer, &plan_id, &data);
        let made = bureau.officer.post("/v1/runs", &json!({"roster_id": roster_id}));
        let path = made.header("location").to_owned();
        // The worker has it by now, and is not done with it.
        thread::sleep(Duration::from_millis(20));
        let withdrawn = bureau.officer.post(&format!("{path}/withdraw"), &json!({"reason": "数据有误"})).good(200);
        // Another run of the same takes as long or longer.
        let next = crate::papers::run(&bureau.officer, &roster_id);
        assert_eq!((text(&next, "state"), &next["payee_count"]), ("calculated", &json!(700)));
        let now = bureau.officer.get(&path).good(200);
        assert_eq!(now, withdrawn);
        assert_eq!(text(&now, "state"), "withdrawn");
        assert!(now.get("result_sha256").is_none(), "{now}");
        assert_eq!(all_of(&now["history"], "action"), ["create", "withdraw"]);
        for part in ["payees", "funds", "warnings", "rows?level=staff", "checks"] {
            let nothing = bureau.officer.get(&format!("{path}/{part}")).problem(409, "not_in_state");
            assert_eq!(nothing["state"], "withdrawn", "{part}");
        }
        bureau.officer.get(&format!("{path}/verification")).problem(409, "not_in_state");
    });
}

#[test]
fn who_waits_for_a_run_has_it_when_it_is_calculated() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan, data) = heavy("waits", 600);
        let plan_id = published(&bureau.officer, &plan);
        let roster_id = roster(&bureau.officer, &plan_id, &data);
        let made = bureau.officer.post("/v1/runs", &json!({"roster_id": roster_id}));
        let states: Vec<Value> = thread::scope(|scope| {
            let wait = || bureau.officer.get(&format!("{}?wait=30", made.header("location"))).good(200);
            let waiting: Vec<_> = (0..8).map(|_| scope.spawn(wait)).collect();
            waiting.into_iter().map(|waiting| waiting.join().expect("an answer")["state"].clone()).collect()
        });
        assert!(states.iter().all(|state| state == "calculated"), "{states:?}");
    });
}

#[test]
fn two_services_share_one_postgresql() {
    on_both(|site| {
        if !site.is_postgres() {
            return;
        }
        let (bureau, other) = (Bureau::new(site), site.another());
        let here = &bureau.officer;
        let there = other.person(here);
        let plan_id = published(here, &plan("two"));
        let roster_id = roster(&there, &plan_id, &data());
        let body = json!({"roster_id": roster_id}).to_string();
        for round in 1..=5 {
            let key = new_key();
            let answers: Vec<Answer> = thread::scope(|scope| {
                let send = |number: usize| {
                    let somebody = if number.is_multiple_of(2) { here } else { &there };
                    somebody.ask("POST", "/v1/runs", &[("idempotency-key", &key)], Some(&body))
                };
                let sent: Vec<_> = (0..8).map(|number| scope.spawn(move || send(number))).collect();
                sent.into_iter().map(|sent| sent.join().expect("an answer")).collect()
            });
            let made: BTreeSet<&str> =
                answers.iter().filter(|answer| answer.status == 202).map(|answer| answer.text.as_str()).collect();
            for answer in answers.iter().filter(|answer| answer.status != 202) {
                answer.problem(409, "idempotency_in_flight");
            }
            assert_eq!((made.len(), here.all("/v1/runs", 500).len()), (1, round));
        }
        let runs = here.all("/v1/runs", 500);
        for run in &runs {
            let run = there.get(&format!("/v1/runs/{}?wait=30", id(run))).good(200);
            assert_eq!((text(&run, "state"), &run["revision"]), ("calculated", &json!(2)));
        }
        let first = here.get("/v1/runs?limit=2").good(200);
        let next = there.get(&format!("/v1/runs?limit=2&cursor={}", text(&first, "next_cursor"))).good(200);
        assert_eq!(all_of(&next["items"], "id"), all_of(&json!(runs[2..4]), "id"));
    });
}

#[test]
fn a_plan_whose_examples_take_long_holds_up_no_other_bureau() {
    on_both(|site| {
        let (bureau, other) = (Bureau::new(site), Bureau::new(site));
        let (mut with_example, data) = heavy("examples", 2_500);
        with_example["examples"] = json!([{"name": "长", "data": data, "expect": [{"row": "0", "total": "2499.00"}]}]);
        let made = bureau.officer.post("/v1/plans", &json!({"plan": with_example}));
        let publish = format!("/v1/plans/{}/publish", id(&made.good(201)));
        thread::scope(|scope| {
            let publishing = scope.spawn(|| bureau.officer.act_on(&publish, "\"1\"", None).good(200));
            // The examples are being calculated by now.
            thread::sleep(Duration::from_millis(200));
            assert!(!publishing.is_finished(), "long examples");
            other.officer.post("/v1/plans", &json!({"plan": plan("meanwhile")})).good(201);
            assert!(!publishing.is_finished(), "the other bureau had to wait for the examples");
        });
    });
}

#[test]
fn one_sqlite_file_has_one_service() {
    on_both(|site| {
        if !site.is_postgres() {
            let second = site.program(&["serve", "--listen", "127.0.0.1:0"]);
            assert_eq!(second.status.code(), Some(2));
            assert!(!second.stderr.is_empty());
        }
    });
}

#[test]
fn a_request_is_read_as_strictly_as_the_contract_says() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        for (method, path, allow) in [
            ("PATCH", "/v1/plans", "GET, POST"),
            ("DELETE", "/v1/runs/x", "GET"),
            ("GET", "/v1/runs/x/submit", "POST"),
            ("GET", "/v1/tokens/x", "DELETE"),
            ("POST", "/v1/whoami", "GET"),
        ] {
            let answer = officer.ask(method, path, &[], (method == "POST").then_some("{}"));
            answer.problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allow, "{method} {path}");
        }
        let key = new_key();
        officer.ask("GET", "/v1/plans", &[("accept", "text/html")], None).problem(406, "not_acceptable");
        let headers = [("idempotency-key", key.as_str()), ("content-encoding", "gzip")];
        officer.ask("POST", "/v1/plans", &headers, Some("{}")).problem(415, "unsupported_media_type");
        let float = r#"{"plan_id": "x", "version": 1.0, "data": {}}"#;
        officer.ask("POST", "/v1/rosters", &[("idempotency-key", &key)], Some(float)).problem(400, "bad_request_body");
        let wrong = json!({"plan_id": 1, "version": "x", "title": "", "data": {}});
        let refused = officer.post("/v1/rosters", &wrong).problem(400, "bad_request_body");
        assert_eq!(all_of(&refused["errors"], "pointer"), ["/plan_id", "/version", "/title"]);
        let english = officer.ask("GET", "/v1/plans/x", &[("accept-language", "en")], None).problem(404, "not_found");
        assert_eq!(text(&english, "title"), "Not found");
        for (subject, schools) in [("officer", json!(["S1"])), ("accountant", json!([]))] {
            let body = json!({"subject": "x", "role": subject, "schools": schools});
            bureau.operator.post("/v1/tokens", &body).problem(400, "bad_request_body");
        }
        for days in [json!(0), json!(3_651), json!("1"), json!(-1)] {
            let body = json!({"subject": "x", "role": "payroll", "days": days});
            bureau.operator.post("/v1/tokens", &body).problem(400, "bad_request_body");
        }
        let head = officer.ask("HEAD", "/v1/plans", &[], None);
        assert_eq!((head.status, head.text.as_str()), (200, ""));
    });
}
