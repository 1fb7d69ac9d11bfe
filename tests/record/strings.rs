//! Texts that nobody in an office would write, and somebody else might.

use serde_json::{Value, json};

use crate::operations::{OPERATIONS, Papers};
use crate::papers::{all_of, begun, data, id, plan, published, roster, roster_of, run, school_data, staff};
use crate::site::{Answer, Bureau, new_key, on_both};

/// Makes sure that an answer is a problem of one of these statuses.
#[track_caller]
fn refused(answer: &Answer, statuses: &[u16], what: &str) {
    assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {}", answer.text);
}

#[test]
fn an_id_that_cannot_be_one_is_not_found() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let papers = Papers::new(&bureau);
        let upper = papers.plan().to_uppercase();
        let mut ids: Vec<String> = [
            "%00",
            "a%00b",
            "%27;%20DROP%20TABLE%20runs;--",
            "'%20OR%20'1'='1",
            "%E7%94%B2",
            "%FF",
            "%F0%9F%98%80",
            "null",
            "-1",
            "0",
            "%2e%2e",
            "..%2f..",
            "%0d%0aX:%20y",
            "00000000-0000-0000-0000-000000000000",
            "%25",
            "*",
            "------------------------------------",
        ]
        .map(str::to_owned)
        .to_vec();
        ids.extend([upper, "a".repeat(3_000), "%E7%94%B2".repeat(36), format!("{}%00", papers.plan())]);
        for operation in OPERATIONS.iter().filter(|(_, line, _)| line.contains('{')) {
            let everybody = bureau.everybody().into_iter().zip(operation.2);
            let ((role, somebody), _) = everybody.into_iter().find(|(_, status)| *status < 300).expect("somebody may");
            let request = papers.request(operation, role);
            for id in &ids {
                let answer = request.about(id).by(somebody);
                refused(&answer, &[400, 404], &format!("{} of {id}", operation.0));
            }
        }
        let versions = format!("/v1/plans/{}/versions", papers.plan());
        for version in
            ["%00", "0", "-1", "x", "1.0", "99999999999999999999", "9223372036854775807", "%EF%BC%91", "1%00"]
        {
            refused(&bureau.officer.get(&format!("{versions}/{version}")), &[400, 404], version);
        }
    });
}

#[test]
fn a_parameter_is_only_a_text() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, run_id) = begun(&bureau, "parameters");
        let parameters = [
            format!("/v1/runs?plan_id={plan_id}&state"),
            "/v1/runs?plan_id".to_owned(),
            "/v1/runs?roster_id".to_owned(),
            "/v1/rosters?plan_id".to_owned(),
            format!("/v1/runs/{run_id}/payees?school"),
            format!("/v1/runs/{run_id}/funds?school"),
            format!("/v1/runs/{run_id}/rows?level"),
            format!("/v1/rosters/{roster_id}/rows?level"),
        ];
        let (long, wide) = ("a".repeat(5_000), "%E7%94%B2".repeat(500));
        for parameter in &parameters {
            for text in [
                "%00",
                "%FF",
                "a%00b",
                "%27;%20DROP%20TABLE%20runs;--",
                "%25",
                "_",
                "%F0%9F%98%80",
                "%0A",
                "%7F",
                &long,
                &wide,
            ] {
                let answer = bureau.officer.get(&format!("{parameter}={text}"));
                if answer.status == 200 {
                    assert_eq!(answer.json(), json!({"items": []}), "{parameter}={text}");
                } else {
                    refused(&answer, &[400], &format!("{parameter}={text}"));
                }
            }
            for text in ["%00", "a%00b", "%0A"] {
                refused(&bureau.officer.get(&format!("{parameter}={text}")), &[400], &format!("{parameter}={text}"));
            }
        }
        assert_eq!(bureau.officer.all("/v1/runs", 500).len(), 1);
    });
}

#[test]
fn a_reference_is_only_a_text() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("references"));
        for text in
            ["", "'; DROP TABLE runs;--", "甲", "\u{1f600}", "%", "null", &"a".repeat(65), &plan_id.to_uppercase()]
        {
            let mut body = roster_of(&plan_id, &data());
            body["plan_id"] = json!(text);
            refused(&bureau.officer.post("/v1/rosters", &body), &[400, 422], text);
            refused(&bureau.officer.post("/v1/runs", &json!({"roster_id": text})), &[400, 422], text);
        }
        for body in [
            r#"{"roster_id": "\u0000"}"#,
            r#"{"roster_id": "\ud800"}"#,
            r#"{"roster_id": 1}"#,
            r#"{"roster_id": null}"#,
            r#"{"roster_id": ["x"]}"#,
            r#"{"roster_id": "x", "roster_id": "y"}"#,
            r#"["x"]"#,
            "\"x\"",
            "{",
            "",
        ] {
            let key = new_key();
            let answer = bureau.officer.ask("POST", "/v1/runs", &[("idempotency-key", &key)], Some(body));
            answer.problem(400, "bad_request_body");
        }
    });
}

#[test]
fn what_people_read_has_no_control_characters() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, run_id) = begun(&bureau, "controls");
        let posts = |text: &str| -> Vec<(&'static str, Answer)> {
            let mut titled = roster_of(&plan_id, &data());
            titled["title"] = json!(text);
            let mut named = plan(&new_key());
            named["title"] = json!(text);
            let reason = json!({"reason": text});
            vec![
                ("subject", bureau.operator.post("/v1/tokens", &json!({"subject": text, "role": "payroll"}))),
                ("roster", bureau.officer.post("/v1/rosters", &titled)),
                ("run", bureau.officer.post("/v1/runs", &json!({"roster_id": roster_id, "title": text}))),
                ("plan", bureau.officer.post("/v1/plans", &json!({"plan": named}))),
                ("reason", bureau.officer.post(&format!("/v1/runs/{run_id}/withdraw"), &reason)),
            ]
        };
        for text in ["a\u{1}", "a\nb", "a\tb", "\r", "\u{7f}", "\u{85}", "\u{0}", "a\u{1b}[0m", "", &"长".repeat(1_001)]
        {
            for (what, answer) in posts(text) {
                // A reason may have lines.
                if what == "reason" && ["a\nb", "a\tb"].contains(&text) {
                    assert!([200, 409].contains(&answer.status), "{}", answer.text);
                    continue;
                }
                refused(&answer, &[400], &format!("{what} {text:?}"));
            }
        }
        let (_, _, run_id) = begun(&bureau, "good");
        let posts = |text: &str| -> Vec<(&'static str, Answer)> {
            let mut all = posts(text);
            let reason = bureau.officer.post(&format!("/v1/runs/{run_id}/withdraw"), &json!({"reason": text}));
            all.retain(|(what, _)| *what != "reason");
            all.push(("reason", reason));
            all
        };
        let good = "李'; DROP TABLE runs;--\u{1f600} \u{20bb7} <b>&\"\\%_";
        for (what, answer) in posts(good) {
            assert!((200..300).contains(&answer.status), "{what}: {}", answer.text);
            assert!(answer.json().to_string().contains(&json!(good).to_string()), "{what}: {}", answer.text);
        }
    });
}

#[test]
fn rows_keep_their_ids_whatever_they_are() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("row-ids"));
        let odd = ["'; DROP TABLE lines;--", "a/b~c", "\\", "%41", "\u{1f600}", "李 四", &"宽".repeat(64)];
        let mut data = school_data();
        let rows = data["staff"].as_array_mut().expect("rows");
        rows.extend(odd.iter().map(|id| staff(id, "S1", &json!({"points": "1"}))));
        let roster_id = roster(&bureau.officer, &plan_id, &data);
        let run = id(&run(&bureau.officer, &roster_id));
        for list in [format!("/v1/runs/{run}/payees"), format!("/v1/rosters/{roster_id}/rows?level=staff")] {
            let ids = all_of(&json!(bureau.officer.all(&list, 2)), "id");
            assert_eq!(
                (ids.len(), odd.iter().filter(|id| ids.contains(&(**id).to_owned())).count()),
                (10, 7),
                "{ids:?}"
            );
        }
        let verified = bureau.officer.get(&format!("/v1/runs/{run}/verification")).good(200);
        assert_eq!(verified["verified"], true);
        for bad in ["", "\u{0}", &"宽".repeat(65)] {
            let wrong: Value = json!({"set": {"staff": [staff(bad, "S1", &json!({"points": "1"}))]}});
            let answer = bureau.officer.post(&format!("/v1/rosters/{roster_id}/revisions"), &wrong);
            refused(&answer, &[400, 422], &format!("{bad:?}"));
        }
    });
}
