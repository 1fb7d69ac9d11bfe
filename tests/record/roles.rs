//! Who may do what.

use serde_json::{Value, json};

use crate::operations::{OPERATIONS, Papers};
use crate::papers::{all_of, bring, data, id, plan, published, roster, roster_of, run, school_data, staff};
use crate::site::{Bureau, hire, on_both};

#[test]
fn the_table_has_every_operation_that_wants_a_token() {
    on_both(|site| {
        let document = site.ask("GET", "/openapi.json", &[], None).good(200);
        let mut documented: Vec<String> = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            let open = ["/v1/calculations", "/v1/comparisons", "/v1/plan-checks", "/v1/plan-templates"];
            if path.starts_with("/v1/") && !open.iter().any(|open| path.starts_with(open)) {
                let methods = methods.as_object().expect("methods").values();
                documented.extend(methods.filter_map(|operation| operation["operationId"].as_str()).map(str::to_owned));
            }
        }
        documented.sort();
        let mut tabled: Vec<&str> = OPERATIONS.iter().map(|(name, _, _)| *name).collect();
        tabled.sort_unstable();
        assert_eq!(documented, tabled);
    });
}

#[test]
fn each_role_may_do_what_the_design_lets_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let papers = Papers::new(&bureau);
        let mut wrong = Vec::new();
        for operation in &OPERATIONS {
            for ((role, somebody), status) in bureau.everybody().into_iter().zip(operation.2) {
                let answer = papers.request(operation, role).by(somebody);
                if answer.status != status {
                    wrong.push(format!("{} by {role}: {} for {status}: {}", operation.0, answer.status, answer.text));
                }
                if status >= 400 {
                    answer.problem(answer.status, if answer.status == 403 { "forbidden" } else { "not_found" });
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn nothing_is_told_without_a_good_token() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let papers = Papers::new(&bureau);
        let (revoked, expired) =
            (hire(&bureau.operator, "officer", "x", &[]), hire(&bureau.operator, "officer", "y", &[]));
        bureau.operator.ask("DELETE", &format!("/v1/tokens/{}", revoked.id), &[], None).good(200);
        let past = "UPDATE tokens SET expires_at = '2020-01-01T00:00:00.000Z' WHERE id";
        site.sql(&format!("{past} = '{}'", expired.id)).expect("done");
        let officer = &bureau.officer.secret;
        let (name, _) = officer.rsplit_once('_').expect("a name and a secret");
        let shown = [
            String::new(),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer x".to_owned(),
            format!("Bearer fenpei_abcdefgh_{}", "A".repeat(43)),
            format!("Bearer {name}_{}", "A".repeat(43)),
            format!("Bearer {name}"),
            format!("Bearer {officer}A"),
            format!("Bearer {}", officer.to_uppercase()),
            format!("Basic {officer}"),
            officer.clone(),
            format!("Bearer {}", revoked.secret),
            format!("Bearer {}", expired.secret),
        ];
        for operation in &OPERATIONS {
            let request = papers.request(operation, "officer");
            for shown in &shown {
                let headers = [("authorization", shown.as_str())];
                let answer = request.bare(&bureau.officer, if shown.is_empty() { &[] } else { &headers });
                assert_eq!(answer.status, 401, "{} with {shown:?}: {}", operation.0, answer.text);
                answer.problem(401, "unauthorized");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
        // Nor what else is wrong with a request (found by the fuzzer).
        for list in ["runs", "rosters", "plans", "audit-entries", "tokens", "events"] {
            let path = format!("/v1/{list}?limit=0&plan_id=x");
            site.ask("GET", &path, &[], None).problem(401, "unauthorized");
        }
        bureau.officer.get("/v1/runs?plan_id=x").problem(400, "bad_parameter");
        // The scheme is a word in any case (RFC 9110 §11.1).
        let scheme = format!("bearer {officer}");
        site.ask("GET", "/v1/whoami", &[("authorization", &scheme)], None).good(200);
    });
}

/// A plan whose schools stand below a bureau.
fn district(code: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "全区办法", "payee": "staff",
        "levels": [
            {"name": "bureau", "facts": [{"name": "pool", "type": "money"}]},
            {"name": "school", "parent": "bureau"},
            {"name": "staff", "parent": "school", "facts": [{"name": "points", "type": "number"}]}
        ],
        "steps": [{"do": "share", "level": "staff", "name": "merit", "from": "bureau.pool", "weight": "points",
                   "pay": {"item": "奖励"}}]
    })
}

#[test]
fn an_accountant_sees_only_what_belongs_to_the_own_schools() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (officer, accountant) = (&bureau.officer, &bureau.accountant);
        let both = hire(&bureau.operator, "accountant", "both", &["S1", "S2"]);
        let plan_id = published(officer, &plan("schools"));
        let above = published(officer, &district("district"));
        let whole = json!({
            "bureau": [{"id": "B", "facts": {"pool": "10.00"}}], "school": [{"id": "S1", "parent": "B"}],
            "staff": [staff("T1", "S1", &json!({"points": "1"}))]
        });
        let rosters = [
            roster(officer, &plan_id, &school_data()),
            roster(officer, &plan_id, &data()),
            roster(officer, &above, &whole),
        ];
        let runs = rosters.each_ref().map(|roster| id(&run(officer, roster)));
        for (somebody, seen) in [(accountant, vec![0]), (&both, vec![1, 0])] {
            for (list, all) in [("/v1/rosters", &rosters), ("/v1/runs", &runs)] {
                let wanted: Vec<&String> = seen.iter().map(|place| &all[*place]).collect();
                assert_eq!(all_of(&json!(somebody.all(list, 1)), "id").iter().collect::<Vec<_>>(), wanted, "{list}");
                for (place, id) in all.iter().enumerate() {
                    let status = if seen.contains(&place) { 200 } else { 404 };
                    assert_eq!(somebody.get(&format!("{list}/{id}")).status, status, "{list} {place}");
                    let rows = format!("{list}/{id}/rows?level=staff");
                    assert_eq!(somebody.get(&rows).status, status, "{rows}");
                }
            }
        }
        for part in [
            "payees",
            "funds",
            "checks",
            "warnings",
            "verification",
            "statements/T1",
            "explanations/T1?level=staff",
            "payroll.csv?draft=true",
            "notice?draft=true",
            "statements",
            "statements.xlsx?draft=true",
            "notice.xlsx?draft=true",
        ] {
            accountant.get(&format!("/v1/runs/{}/{part}", runs[1])).problem(404, "not_found");
        }
        accountant.act(&format!("/v1/runs/{}/submit", runs[1])).problem(404, "not_found");
        let reason = json!({"reason": "x"});
        accountant.post(&format!("/v1/runs/{}/withdraw", runs[1]), &reason).problem(404, "not_found");
        accountant.post(&format!("/v1/rosters/{}/revisions", rosters[1]), &json!({})).problem(404, "not_found");
        let unseen = accountant.post("/v1/runs", &json!({"roster_id": rosters[1]}));
        let unknown = accountant.post("/v1/runs", &json!({"roster_id": plan_id}));
        assert_eq!((unseen.status, &unseen.text), (unknown.status, &unknown.text));
        assert!([404, 422].contains(&unseen.status), "{}", unseen.text);
    });
}

#[test]
fn an_accountant_puts_only_data_of_the_own_schools_on_record() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (officer, accountant) = (&bureau.officer, &bureau.accountant);
        let (plan_id, above) = (published(officer, &plan("own")), published(officer, &district("above")));
        accountant.post("/v1/rosters", &roster_of(&plan_id, &data())).problem(403, "forbidden");
        let whole = json!({"bureau": [{"id": "B", "facts": {"pool": "10.00"}}]});
        accountant.post("/v1/rosters", &roster_of(&above, &whole)).problem(403, "forbidden");
        let own = roster(accountant, &plan_id, &school_data());
        let path = format!("/v1/rosters/{own}/revisions");
        let set = json!({"set": {"school": [{"id": "S2", "facts": {"quota": "1.00"}}]}});
        accountant.post(&path, &set).problem(403, "forbidden");
        let made = id(&run(accountant, &own));
        accountant.act(&format!("/v1/runs/{made}/submit")).good(200);
        // The officer may add the other school; then it is no longer the accountant's.
        let revised = id(&officer.post(&path, &set).good(201));
        accountant.get(&format!("/v1/rosters/{revised}")).problem(404, "not_found");
        assert_eq!(all_of(&officer.get("/v1/rosters").good(200)["items"], "id"), [revised, own]);
    });
}

#[test]
fn a_payroll_system_reads_only_what_is_released() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("payroll"));
        let roster_id = roster(&bureau.officer, &plan_id, &data());
        for state in ["calculated", "submitted", "approved", "withdrawn"] {
            let run = id(&run(&bureau.officer, &roster_id));
            bring(&bureau, &run, state);
            for part in [
                "",
                "?wait=1",
                "/rows?level=staff",
                "/payees",
                "/funds",
                "/checks",
                "/warnings",
                "/verification",
                "/statements/T1",
                "/payroll.ndjson?draft=true",
            ] {
                bureau.payroll.get(&format!("/v1/runs/{run}{part}")).problem(404, "not_found");
            }
            let nothing = bureau.payroll.get(&format!("/v1/runs?state={state}")).good(200);
            assert_eq!(nothing, json!({"items": []}));
        }
        let released = id(&run(&bureau.officer, &roster_id));
        bring(&bureau, &released, "released");
        assert_eq!(all_of(&json!(bureau.payroll.all("/v1/runs", 1)), "id"), [released]);
    });
}

#[test]
fn what_is_not_seen_is_not_found_whatever_is_asked_of_it() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("unseen"));
        let unseen = id(&run(&bureau.officer, &roster(&bureau.officer, &plan_id, &data())));
        let mut wrong = Vec::new();
        for (role, somebody) in [("payroll", &bureau.payroll), ("accountant", &bureau.accountant)] {
            for action in ["submit", "approve", "release", "withdraw"] {
                let answer = somebody.post(&format!("/v1/runs/{unseen}/{action}"), &json!({"reason": "x"}));
                if answer.status != 404 {
                    wrong.push(format!("{action} by {role}: {}", answer.status));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    });
}
