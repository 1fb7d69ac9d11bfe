//! Two runs on record side by side, and why each amount moved.

use serde_json::{Value, json};

use crate::papers::{all_of, begun, bring, data, id, plan, published, roster, roster_of, run, text};
use crate::site::{Bureau, on_both};

/// A run of revised data: S2 has 100.00 more, T5 2 points, T2 is gone and T6 new.
fn revised(bureau: &Bureau<'_>, roster: &str) -> String {
    let revision = json!({
        "set": {
            "school": [{"id": "S2", "name": "二小", "facts": {"quota": "600.00"}}],
            "staff": [
                {"id": "T5", "parent": "S2", "name": "姓名T5", "facts": {"points": "2"}},
                {"id": "T6", "parent": "S2", "name": "姓名T6", "facts": {"points": "1"}}
            ]
        },
        "remove": {"staff": ["T2"]}
    });
    let roster = id(&bureau.officer.post(&format!("/v1/rosters/{roster}/revisions"), &revision).good(201));
    let run = run(&bureau.officer, &roster);
    assert_eq!(run["state"], "calculated", "{run}");
    id(&run)
}

fn causes(payee: &Value) -> Vec<(&str, &str)> {
    let list = payee["causes"].as_array().expect("causes").iter();
    list.map(|cause| (text(cause, "cause"), text(cause, "amount"))).collect()
}

#[test]
fn a_run_is_compared_with_a_later_one() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, roster, base) = begun(&bureau, "compare");
        let other = revised(&bureau, &roster);
        let path = |base: &str, other: &str| format!("/v1/runs/{base}/comparison/{other}");
        let found = bureau.officer.get(&path(&base, &other)).good(200);
        assert_eq!(found["counts"], json!({"both": 4, "new": 1, "gone": 1, "changed": 3}));
        assert_eq!(all_of(&found["payees"], "id"), ["T1", "T2", "T3", "T4", "T5", "T6"]);
        // S1 by hand: T3's part is withheld, T2 is gone, so T1 and T3 divide 810.00 in two: 100.00 + 405.00 + 10.00.
        // S2 by hand: 90 % of 500.00 in 2 : 1, then in 2 : 1 : 1, of 600.00, and in 2 : 2 : 1; 10.00 for meals.
        let expected = [
            ("T1", "135.00", &[("headcount", "135.00")][..]),
            ("T2", "-280.00", &[("headcount", "-280.00")]),
            ("T3", "0.00", &[]),
            ("T4", "-84.00", &[("headcount", "-75.00"), ("funds", "45.00"), ("other_facts", "-54.00")]),
            ("T5", "66.00", &[("headcount", "-37.50"), ("funds", "22.50"), ("own_facts", "81.00")]),
            ("T6", "118.00", &[("headcount", "122.50"), ("funds", "22.50"), ("other_facts", "-27.00")]),
        ];
        for (payee, (id, difference, of)) in found["payees"].as_array().expect("payees").iter().zip(expected) {
            assert_eq!((text(payee, "id"), text(payee, "difference")), (id, difference), "{payee}");
            assert_eq!(causes(payee), of, "{payee}");
        }
        // Back again, the same differences the other way; T2 comes and T6 goes.
        let back = bureau.officer.get(&path(&other, &base)).good(200);
        assert_eq!(text(&back["payees"][3], "difference"), "84.00");
        assert_eq!((text(&back["payees"][1], "state"), text(&back["payees"][5], "state")), ("new", "gone"));
        let same = bureau.officer.get(&path(&base, &base)).good(200);
        assert_eq!((&same["counts"]["changed"], &same["totals"]["difference"]), (&json!(0), &json!("0.00")));
        assert!(bureau.officer.get(&format!("{}?changed=true", path(&base, &base))).good(200)["payees"] == json!([]));
    });
}

#[test]
fn a_comparison_is_paged_and_asks_for_two_runs_that_have_results_and_are_seen() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (plan_id, roster_id, base) = begun(&bureau, "compare");
        let other = revised(&bureau, &roster_id);
        let path = format!("/v1/runs/{base}/comparison/{other}");
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = bureau.officer.get(&format!("{path}?limit=4&cursor={cursor}")).good(200);
            ids.extend(all_of(&page["payees"], "id"));
            let Some(next) = page.get("next_cursor") else { break };
            next.as_str().expect("a cursor").clone_into(&mut cursor);
        }
        assert_eq!(ids, ["T1", "T2", "T3", "T4", "T5", "T6"]);
        let swapped = format!("/v1/runs/{other}/comparison/{base}?limit=4&cursor={cursor}");
        bureau.officer.get(&swapped).problem(400, "bad_cursor");
        // Not both of them are the accountant's, who has S1; payroll sees what is released.
        bureau.accountant.get(&path).problem(404, "not_found");
        bureau.payroll.get(&path).problem(404, "not_found");
        bring(&bureau, &base, "released");
        bureau.payroll.get(&path).problem(404, "not_found");
        bring(&bureau, &other, "released");
        bureau.payroll.get(&path).good(200);
        Bureau::new(site).officer.get(&path).problem(404, "not_found");
        for nothing in [format!("/v1/runs/{base}/comparison/{roster_id}"), format!("/v1/runs/{base}/comparison/x")] {
            bureau.officer.get(&nothing).problem(404, "not_found");
        }
        // A run without a result, whichever side it is.
        let mut bad = data();
        bad["staff"][0]["facts"]["months"] = json!("100");
        let failed = id(&run(&bureau.officer, &roster(&bureau.officer, &plan_id, &bad)));
        for path in [format!("/v1/runs/{base}/comparison/{failed}"), format!("/v1/runs/{failed}/comparison/{base}")] {
            assert_eq!(bureau.officer.get(&path).problem(409, "not_in_state")["state"], "failed");
        }
    });
}

#[test]
fn runs_of_two_plans_are_compared_and_a_plan_that_pays_nobody_is_not() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let (_, _, base) = begun(&bureau, "compare");
        let made = |plan: &Value| {
            let plan = published(&bureau.officer, plan);
            let roster = bureau.officer.post("/v1/rosters", &roster_of(&plan, &data())).good(201);
            id(&run(&bureau.officer, &id(&roster)))
        };
        let path = |other: &str| format!("/v1/runs/{base}/comparison/{other}");
        let mut dearer = plan("dearer");
        let meal = dearer["steps"].as_array_mut().expect("steps").iter_mut().find(|step| step["name"] == "meal");
        meal.expect("meals")["formula"] = json!("12");
        let found = bureau.officer.get(&path(&made(&dearer))).good(200);
        assert_eq!(found["counts"]["changed"], 5);
        for payee in found["payees"].as_array().expect("payees") {
            assert_eq!(causes(payee), [("plan", "2.00")]);
        }
        let mut nobody = plan("nobody");
        nobody.as_object_mut().expect("a plan").remove("payee");
        for step in nobody["steps"].as_array_mut().expect("steps") {
            step.as_object_mut().expect("a step").remove("pay");
        }
        let other = made(&nobody);
        bureau.officer.get(&path(&other)).problem(422, "not_comparable");
    });
}
