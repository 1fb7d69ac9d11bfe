//! A run that is not what its plan and roster give is found.

use crate::papers::{begun, bring, id, run};
use crate::site::{Bureau, on_both};

/// Changes of a record past the service: each is of something that a run is made of, or came to. `{run}` is the run,
/// `{roster}` its roster, `{plan}` its plan.
const CHANGES: [(&str, &str); 16] = [
    (
        "an amount of a line",
        "UPDATE lines SET amount = amount + 1 WHERE run_id = '{run}' AND payee_id = 'T1' AND place = (SELECT \
            min(place) FROM lines WHERE run_id = '{run}' AND payee_id = 'T1')",
    ),
    (
        "two lines that exchange a fen",
        "UPDATE lines SET amount = amount + CASE payee_id WHEN 'T1' THEN 1 ELSE -1 END WHERE run_id = '{run}' AND \
            payee_id IN ('T1', 'T2') AND step = (SELECT min(step) FROM lines WHERE run_id = '{run}' AND payee_id = \
            'T2')",
    ),
    ("a line that is gone", "DELETE FROM lines WHERE run_id = '{run}' AND payee_id = 'T4'"),
    (
        "a line more",
        "INSERT INTO lines SELECT run_id, payee_id, 99, step, row_id, amount FROM lines WHERE run_id = '{run}' AND \
            payee_id = 'T3'",
    ),
    (
        "a line of nobody",
        "INSERT INTO lines SELECT run_id, 'T9', place, step, row_id, amount FROM lines WHERE run_id = '{run}' AND \
            payee_id = 'T3'",
    ),
    ("a total", "UPDATE payees SET total = total + 1 WHERE run_id = '{run}' AND row_id = 'T2'"),
    ("a name", "UPDATE payees SET name = 'x' WHERE run_id = '{run}' AND row_id = 'T2'"),
    ("a school", "UPDATE payees SET school_id = 'S2' WHERE run_id = '{run}' AND row_id = 'T2'"),
    ("a payee that is gone", "DELETE FROM payees WHERE run_id = '{run}' AND row_id = 'T5'"),
    (
        "a payee more",
        "INSERT INTO payees SELECT run_id, 'T9', school_id, name, total FROM payees WHERE run_id = '{run}' AND \
            row_id = 'T5'",
    ),
    ("a fund", "UPDATE funds SET left_over = left_over + 1 WHERE run_id = '{run}' AND row_id = 'S1'"),
    ("an item", "UPDATE run_items SET amount = amount + 1 WHERE run_id = '{run}'"),
    ("the balance", "UPDATE runs SET paid = paid + 1, left_over = left_over - 1 WHERE id = '{run}'"),
    ("the fingerprint", "UPDATE runs SET result_sha256 = data_sha256 WHERE id = '{run}'"),
    ("the rows of the result", "DELETE FROM pieces WHERE owner_id = '{run}' AND level = 'staff'"),
    ("the warnings", "UPDATE runs SET findings = '{}' WHERE id = '{run}'"),
];

#[test]
fn whatever_is_changed_of_a_result_is_found() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, first) = begun(&bureau, "changed");
        bring(&bureau, &first, "released");
        let verified = |run: &str| bureau.payroll.get(&format!("/v1/runs/{run}/verification")).good(200);
        let mut unfound = Vec::new();
        for (what, change) in CHANGES {
            let run = id(&run(&bureau.officer, &roster_id));
            bring(&bureau, &run, "released");
            assert_eq!(verified(&run)["verified"], true, "{what}");
            let change = change.replace("{run}", &run).replace("{roster}", &roster_id).replace("{plan}", &plan_id);
            site.sql(&change).expect("done");
            let found = verified(&run);
            let differs = found["comparisons"].as_array().expect("parts").iter().any(|part| part["equal"] == false);
            assert_eq!(differs, found["verified"] == false);
            if found["verified"] != false {
                unfound.push(what);
            }
        }
        assert!(unfound.is_empty(), "{unfound:?} not found");
        assert_eq!(verified(&first)["verified"], true, "the others are as they were");
    });
}

#[test]
fn a_run_whose_plan_or_roster_is_changed_is_not_verified() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let mut wrong = Vec::new();
        for (place, (what, change)) in [
            (
                "another plan",
                "UPDATE plan_versions SET document = replace(document, '90%', '80%') WHERE plan_id = '{plan}'",
            ),
            (
                "a plan at fault",
                "UPDATE plan_versions SET document = replace(document, 'left(quota)', 'left(nothing)') WHERE \
                    plan_id = '{plan}'",
            ),
            ("no plan", "UPDATE plan_versions SET document = 'x' WHERE plan_id = '{plan}'"),
            ("no staff", "DELETE FROM pieces WHERE owner_id = '{roster}' AND level = 'staff'"),
            ("no schools", "DELETE FROM pieces WHERE owner_id = '{roster}' AND level = 'school'"),
        ]
        .into_iter()
        .enumerate()
        {
            let (plan_id, roster_id, run) = begun(&bureau, &format!("changed-{place}"));
            bring(&bureau, &run, "released");
            site.sql(&change.replace("{roster}", &roster_id).replace("{plan}", &plan_id)).expect("done");
            let answer = bureau.auditor.get(&format!("/v1/runs/{run}/verification"));
            if answer.status != 200 || answer.json()["verified"] != false {
                wrong.push(format!("{what}: {} {}", answer.status, answer.text));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
