//! Nothing crosses from one bureau to another.

use serde_json::json;

use crate::operations::{OPERATIONS, Papers};
use crate::papers::{data, id, plan, published, roster, roster_of, run};
use crate::site::{Bureau, hire, on_both};

#[test]
fn nobody_finds_what_another_bureau_has() {
    on_both(|site| {
        let (first, second) = (Bureau::new(site), Bureau::new(site));
        let papers = Papers::new(&first);
        for operation in OPERATIONS.iter().filter(|(_, line, _)| line.contains('{')) {
            for ((role, somebody), status) in second.everybody().into_iter().zip(operation.2) {
                if status < 300 {
                    let request = papers.request(operation, role);
                    let before = first.auditor.all("/v1/audit-entries", 500).len();
                    let answer = request.by(somebody);
                    assert_eq!(answer.status, 404, "{} by {role}: {}", operation.0, answer.text);
                    answer.problem(404, "not_found");
                    assert_eq!(first.auditor.all("/v1/audit-entries", 500).len(), before, "{}", operation.0);
                }
            }
        }
    });
}

#[test]
fn lists_show_nothing_of_another_bureau() {
    on_both(|site| {
        let (first, second) = (Bureau::new(site), Bureau::new(site));
        let plan_id = published(&first.officer, &plan("same-code"));
        let roster_id = roster(&first.officer, &plan_id, &data());
        let run_id = id(&run(&first.officer, &roster_id));
        for list in ["/v1/plans", "/v1/rosters", "/v1/runs"] {
            assert_eq!(second.auditor.get(list).good(200), json!({"items": []}), "{list}");
        }
        for filter in ["rosters?plan_id", "runs?plan_id", "runs?roster_id", "runs?state"] {
            let of = if filter == "runs?roster_id" { &roster_id } else { &plan_id };
            let of = if filter == "runs?state" { "calculated" } else { of };
            assert_eq!(second.officer.get(&format!("/v1/{filter}={of}")).good(200), json!({"items": []}), "{filter}");
        }
        for list in ["/v1/tokens", "/v1/audit-entries"] {
            let told = json!(second.auditor.all(list, 500)).to_string();
            for (role, somebody) in first.everybody() {
                assert!(!told.contains(&somebody.id), "{role} in {list}");
            }
            for id in [&plan_id, &roster_id, &run_id, &first.officer.bureau] {
                assert!(!told.contains(id), "{id} in {list}");
            }
        }
        second.officer.post("/v1/rosters", &roster_of(&plan_id, &data())).problem(422, "unknown_reference");
        second.officer.post("/v1/runs", &json!({"roster_id": roster_id})).problem(422, "unknown_reference");
        // A code is taken in its own bureau only.
        published(&second.officer, &plan("same-code"));
        assert_ne!(first.officer.bureau, second.officer.bureau);
    });
}

#[test]
fn the_program_makes_tokens_for_the_bureau_that_is_named() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let id = &bureau.operator.bureau;
        let made = site.token(&["--role", "accountant", "--subject", "会计", "--school", "S7", "--bureau", id]);
        let known = made.get("/v1/whoami").good(200);
        assert_eq!((&known["bureau_id"], &known["role"]), (&json!(id), &json!("accountant")));
        assert_eq!((&known["schools"], &known["bureau_name"]), (&json!(["S7"]), &json!("教育局")));
        let listed = bureau.operator.get("/v1/tokens?limit=1").good(200);
        assert_eq!(listed["items"][0]["id"], json!(made.id));
        assert!(!listed.to_string().contains(&made.secret), "a list without secrets");
        assert!(site.program(&["token", "revoke", &made.id, "--bureau", id]).status.success());
        made.get("/v1/whoami").problem(401, "unauthorized");
        assert!(!site.program(&["token", "create", "--role", "officer", "--subject", "x"]).status.success());
        assert!(
            !site
                .program(&["token", "create", "--role", "accountant", "--subject", "x", "--bureau", id])
                .status
                .success()
        );
    });
}

#[test]
fn the_program_takes_no_subject_that_the_service_refuses() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let id = &bureau.operator.bureau;
        let long = "长".repeat(101);
        let mut taken = Vec::new();
        for subject in ["", "a\nb", "a\u{1b}[0m", "\u{85}", long.as_str()] {
            let body = json!({"subject": subject, "role": "officer"});
            bureau.operator.post("/v1/tokens", &body).problem(400, "bad_request_body");
            let made = site.program(&["token", "create", "--role", "officer", "--subject", subject, "--bureau", id]);
            if made.status.success() {
                taken.push(subject);
            }
        }
        assert!(taken.is_empty(), "{taken:?}");
    });
}

#[test]
fn a_subject_is_the_same_however_its_letters_are_composed() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = hire(&bureau.operator, "officer", "Jos\u{e9}", &[]);
        let plan_id = published(&officer, &plan("composed"));
        let run = id(&run(&officer, &roster(&officer, &plan_id, &data())));
        officer.act(&format!("/v1/runs/{run}/submit")).good(200);
        let decomposed = "Jose\u{301}";
        let approve = format!("/v1/runs/{run}/approve");
        hire(&bureau.operator, "approver", decomposed, &[]).act(&approve).problem(403, "four_eyes");
        let arguments = ["--role", "approver", "--subject", decomposed, "--bureau", &bureau.operator.bureau];
        site.token(&arguments).act(&approve).problem(403, "four_eyes");
    });
}
