//! Simulations and goal seeks: what is worked out by hand, what is refused, who sees it; nothing is kept.

use serde_json::{Value, json};

use crate::papers::{heavy, published, roster, staff, text};
use crate::site::{Answer, Bureau, Person, hire, on_both};

/// A plan of a district: so much a month for head teachers, the rest by points, of which every school wants half.
fn plan(code: &str, rate: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "全区办法", "payee": "staff",
        "constants": [{"name": "rate", "value": rate}],
        "tables": [{"name": "extra", "kind": "lookup", "rows": [{"key": ["town"], "value": "0"}, {"key": ["rural"], "value": "0"}]}],
        "levels": [
            {"name": "school", "facts": [
                {"name": "quota", "type": "money", "min": "0", "max": "5000"},
                {"name": "tier", "type": "choice", "choices": ["town", "rural"]}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "points", "type": "number", "min": "0"}, {"name": "months", "type": "number", "default": "0"}]}],
        "steps": [
            {"do": "formula", "level": "staff", "name": "head", "type": "money", "from": "school.quota",
             "formula": "months * (rate + lookup(extra, school.tier))", "pay": {"item": "班主任津贴"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points", "pay": {"item": "考核奖励"}},
            {"do": "check", "level": "school", "name": "half", "assert": "sum(staff.merit) >= quota * 50%"}]
    })
}

/// S1 has 1,000.00 for T1 (1 point, 2 months) and T2 (3 points); S2, in the country, 600.00 for T3 (1 point).
/// At 100 a month: T1 200.00 + 200.00, T2 600.00, T3 600.00.
fn data() -> Value {
    let school = |id: &str, quota: &str, tier: &str| json!({"id": id, "name": format!("校{id}"), "facts": {"quota": quota, "tier": tier}});
    json!({
        "school": [school("S1", "1000.00", "town"), school("S2", "600.00", "rural")],
        "staff": [
            staff("T1", "S1", &json!({"points": 1, "months": 2})), staff("T2", "S1", &json!({"points": 3})),
            staff("T3", "S2", &json!({"points": 1}))]
    })
}

/// Asks without a key: nothing is kept.
fn asks(somebody: &Person<'_>, path: &str, body: &Value) -> Answer {
    somebody.ask("POST", path, &[], Some(&body.to_string()))
}

fn simulates(somebody: &Person<'_>, body: &Value) -> Answer {
    asks(somebody, "/v1/simulations", body)
}

/// The errors of a problem: pointer and code.
fn errors(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().expect("errors").iter();
    errors.map(|error| (text(error, "pointer").to_owned(), text(error, "code").to_owned())).collect()
}

fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn a_simulation_is_what_it_is_by_hand() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("simulated", "100"));
        let roster_id = roster(officer, &plan_id, &data());
        let cheaper = published(officer, &plan("cheaper", "50"));
        let entries = bureau.auditor.all("/v1/audit-entries", 500).len();
        let body = json!({"roster_id": roster_id, "group_by": ["school.tier"], "variants": [
            {"name": "每月 300", "constants": [{"name": "rate", "value": "300"}]},
            {"name": "农村加一成", "facts": [{"level": "school", "fact": "quota", "where": "tier = \"rural\"", "formula": "quota × 1.1"}]},
            {"name": "另一办法", "plan": {"plan_id": cheaper, "version": 1}},
            {"name": "每月 600", "tables": [{"table": "extra", "row": 0, "value": "500"}]},
        ]});
        let found = simulates(officer, &body).good(200);
        let tally = |count: usize, amount: &str| json!({"count": count, "amount": amount});
        assert_eq!(found["base"]["balance"]["payee_total"], "1600.00");
        assert_eq!(found["base"]["payees"], 3);
        // 400, 600, 600: mean 1600/3, σ² = 80000/9, so cv = √80000/1600; ΣΣ = 2 × 2 × 200, so Gini = 800 / (18 × 1600/3).
        let spread = json!({"cv": "0.176777", "gini": "0.083333", "p90_p10": "1.500000", "max_min": "1.500000"});
        assert_eq!(found["base"]["spread"]["payees"], spread);
        // Means of 500 and 600: σ = 50, mean 550; Gini 200 / (8 × 550).
        let spread = json!({"cv": "0.090909", "gini": "0.045455", "p90_p10": "1.200000", "max_min": "1.200000"});
        assert_eq!(found["base"]["spread"]["schools"], spread);
        let [dear, rural, other, refused] = found["variants"].as_array().expect("variants").as_slice() else {
            panic!("{found}")
        };
        // 600 for T1 as head, then 100 and 300: T1 700, T2 300. Merit is 40 % of S1's quota: the check fails.
        assert_eq!(
            (&dear["winners"], &dear["losers"], &dear["unchanged"]),
            (&tally(1, "300.00"), &tally(1, "300.00"), &tally(1, "600.00"))
        );
        let failed = json!([{"level": "school", "step": "half", "severity": "error", "rows": ["S1"], "count": 1}]);
        assert_eq!((&dear["failed_checks"], &dear["refused"]), (&failed, &json!(false)));
        assert_eq!(
            dear["schools"][0],
            json!({"id": "S1", "name": "校S1", "payees": 2, "base": "1000.00", "variant": "1000.00",
            "difference": "0.00", "winners": tally(1, "300.00"), "losers": tally(1, "300.00")})
        );
        // T3 has 60.00 more, in a school and a tier of its own.
        assert_eq!((&rural["winners"], &rural["balance"]["sources"]), (&tally(1, "60.00"), &json!("1660.00")));
        let group = |value: &str, payees: usize, base: &str, variant: &str, difference: &str, winners: Value| {
            json!({"by": "school.tier", "value": value, "payees": payees, "base": base, "variant": variant,
                   "difference": difference, "winners": winners, "losers": tally(0, "0.00")})
        };
        assert_eq!(
            rural["groups"],
            json!([
                group("rural", 1, "600.00", "660.00", "60.00", tally(1, "60.00")),
                group("town", 2, "1000.00", "1000.00", "0.00", tally(0, "0.00")),
            ])
        );
        // 100 for T1 as head, then 225 and 675.
        assert_eq!((&other["winners"], &other["losers"]), (&tally(1, "75.00"), &tally(1, "75.00")));
        // 1,200 of 1,000: no result, and the others have theirs.
        assert_eq!((&refused["refused"], &refused["errors"][0]["code"]), (&json!(true), &json!("fund_overdrawn")));
        assert_eq!((&refused["errors"][0]["row"], refused.get("balance")), (&json!("S1"), None));
        assert_eq!(bureau.auditor.all("/v1/audit-entries", 500).len(), entries);
        // Another base: what was a variant has no difference then.
        let same = json!({"plan_id": cheaper, "version": 1});
        let body = json!({"roster_id": roster_id, "base": same, "variants": [{"name": "同", "plan": same}]});
        let found = simulates(officer, &body).good(200);
        assert_eq!(found["variants"][0]["unchanged"], tally(3, "1600.00"));
    });
}

#[test]
fn everything_that_is_wrong_with_a_simulation_is_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("wrong", "100"));
        let roster_id = roster(officer, &plan_id, &data());
        let wrong = json!({"roster_id": 1, "group_by": "tier", "variants": [
            {"constants": [{"name": "rate"}], "tables": [{"table": "extra", "row": -1, "value": 1.5}]}]});
        let problem = simulates(officer, &wrong).problem(400, "bad_request_body");
        let mut found = errors(&problem);
        found.sort();
        assert_eq!(
            found,
            told(&[
                ("/group_by", "wrong_type"),
                ("/roster_id", "wrong_type"),
                ("/variants/0/constants/0/value", "missing_key"),
                ("/variants/0/name", "missing_key"),
                ("/variants/0/tables/0/row", "bad_value"),
                ("/variants/0/tables/0/value", "float_refused"),
            ])
        );
        let body = |variants: Value| json!({"roster_id": roster_id, "variants": variants});
        let problem = simulates(officer, &json!({"variants": [], "bas": {}})).problem(400, "bad_request_body");
        assert_eq!(errors(&problem), told(&[("/roster_id", "missing_key"), ("/bas", "unknown_key")]));
        let many: Vec<Value> = (0..101).map(|_| json!({"name": "x"})).collect();
        for variants in [json!([]), json!(many), json!({})] {
            let problem = simulates(officer, &body(variants)).problem(400, "bad_request_body");
            assert_eq!(text(&problem["errors"][0], "pointer"), "/variants");
        }
        let problem = simulates(
            officer,
            &json!({"roster_id": roster_id, "group_by": ["school.tiers"], "variants": [
                {"name": "一", "constants": [{"name": "rat", "value": "1"}],
                 "facts": [{"level": "school", "fact": "quota", "where": "tier = \"rural\"", "formula": "quota * 10"}]},
                {"name": "二", "tables": [{"table": "extra", "row": 7, "value": "1"}],
                 "facts": [{"level": "staff", "fact": "points", "formula": "points + 点数"}]},
            ]}),
        )
        .problem(422, "supposition_refused");
        assert_eq!(
            errors(&problem),
            told(&[
                ("/group_by/0", "unknown_fact"),
                ("/variants/0/constants/0/name", "unknown_name"),
                ("/variants/0/facts/0/formula", "out_of_range"),
                ("/variants/1/tables/0/row", "out_of_range"),
                ("/variants/1/facts/0/formula", "unknown_name"),
            ])
        );
        let row = &problem["errors"][2];
        assert_eq!((&row["level"], &row["row"], &row["fact"]), (&json!("school"), &json!("S2"), &json!("quota")));
        assert_eq!((&problem["errors"][4]["pos"], problem["errors"][4].get("at")), (&json!(9), None));
    });
}

#[test]
fn what_gives_no_result_is_told() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("no-result", "100"));
        let roster_id = roster(officer, &plan_id, &data());
        // A base without a result.
        let base = published(officer, &plan("too-dear", "1000"));
        let dear =
            json!({"roster_id": roster_id, "base": {"plan_id": base, "version": 1}, "variants": [{"name": "x"}]});
        let problem = simulates(officer, &dear).problem(422, "calculation_refused");
        assert_eq!(text(&problem["errors"][0], "code"), "fund_overdrawn");
        // Another version for which the data do not do.
        let mut needs = plan("needs-more", "100");
        needs["levels"][1]["facts"][0]["name"] = json!("score");
        needs["steps"][1]["weight"] = json!("score");
        let needs = published(officer, &needs);
        let found = simulates(
            officer,
            &json!({"roster_id": roster_id, "variants": [
                {"name": "缺数据", "plan": {"plan_id": needs, "version": 1}}]}),
        )
        .good(200);
        let codes: Vec<&str> =
            found["variants"][0]["errors"].as_array().unwrap().iter().map(|error| text(error, "code")).collect();
        assert!(found["variants"][0]["refused"] == true && codes.contains(&"missing_fact"), "{found}");
    });
}

#[test]
fn a_simulation_has_bounds() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("bounds", "100"));
        // More rows than may be calculated so often.
        let (slow, rows) = heavy("many-rows", 5_000);
        let many = roster(officer, &published(officer, &slow), &rows);
        let facts: Vec<Value> = (0..20).map(|_| json!({"level": "staff", "fact": "w", "formula": "w"})).collect();
        let variants: Vec<Value> = (0..100).map(|_| json!({"name": "x", "facts": facts})).collect();
        let body = json!({"roster_id": many, "variants": variants});
        let problem = simulates(officer, &body).problem(422, "too_much_work");
        assert_eq!(text(&problem["errors"][0], "code"), "too_large");
        // More schools than are told of so many variants: 100 variants of 501.
        let school = |number: usize| json!({"id": format!("S{number}"), "facts": {"quota": "1.00", "tier": "town"}});
        let schools: Vec<Value> = (0..501).map(school).collect();
        let teachers: Vec<Value> =
            (0..501).map(|number| staff(&format!("T{number}"), &format!("S{number}"), &json!({"points": 1}))).collect();
        let roster_id = roster(officer, &plan_id, &json!({"school": schools, "staff": teachers}));
        let variants = |many: usize| {
            (0..many).map(|_| json!({"name": "x", "tables": [{"table": "extra", "row": 9, "value": "1"}]}))
        };
        let body = |many: usize| json!({"roster_id": roster_id, "variants": variants(many).collect::<Vec<Value>>()});
        simulates(officer, &body(100)).problem(422, "too_much_work");
        simulates(officer, &body(99)).problem(422, "supposition_refused");
    });
}

#[test]
fn simulations_are_of_what_the_caller_sees() {
    on_both(|site| {
        let (bureau, stranger) = (Bureau::new(site), Bureau::new(site));
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("seen", "100"));
        let roster_id = roster(officer, &plan_id, &data());
        let mut own = data();
        own["school"].as_array_mut().unwrap().truncate(1);
        own["staff"].as_array_mut().unwrap().truncate(2);
        let own_id = roster(officer, &plan_id, &own);
        let body = |roster_id: &str| json!({"roster_id": roster_id, "variants": [{"name": "x"}]});
        let goal = |roster_id: &str| json!({"roster_id": roster_id, "constant": "rate", "from": "0", "to": "9", "step": "1", "check": "school.half"});
        simulates(&bureau.accountant, &body(&own_id)).good(200);
        asks(&bureau.accountant, "/v1/goal-seeks", &goal(&own_id)).good(200);
        let both = hire(&bureau.operator, "accountant", "both", &["S1", "S2"]);
        simulates(&both, &body(&roster_id)).good(200);
        for somebody in [&bureau.accountant, &stranger.officer] {
            let problem = simulates(somebody, &body(&roster_id)).problem(422, "unknown_reference");
            assert_eq!(errors(&problem), told(&[("/roster_id", "unknown_reference")]));
            asks(somebody, "/v1/goal-seeks", &goal(&roster_id)).problem(422, "unknown_reference");
        }
        // Plan versions of others, drafts and versions that there are not, all at once.
        let others = published(&stranger.officer, &plan("theirs", "1"));
        let draft = text(&officer.post("/v1/plans", &json!({"plan": plan("draft", "1")})).good(201), "id").to_owned();
        let variant =
            |plan_id: &str, version: i64| json!({"name": "x", "plan": {"plan_id": plan_id, "version": version}});
        let variants = [variant(&others, 1), variant(&draft, 1), variant(&plan_id, 2), variant(&plan_id, 1)];
        let problem = simulates(officer, &json!({"roster_id": roster_id, "variants": variants}))
            .problem(422, "unknown_reference");
        let pointers = ["/variants/0/plan/plan_id", "/variants/1/plan/version", "/variants/2/plan/version"];
        assert_eq!(errors(&problem), told(&pointers.map(|pointer| (pointer, "unknown_reference"))));
    });
}

#[test]
fn a_goal_is_sought_to_the_last_step() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let officer = &bureau.officer;
        let plan_id = published(officer, &plan("sought", "100"));
        let roster_id = roster(officer, &plan_id, &data());
        let seeks = |more: Value| {
            let mut body = json!({"roster_id": roster_id, "constant": "rate", "from": "0"});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            asks(officer, "/v1/goal-seeks", &body)
        };
        // Merit is half of 1,000 while two months are at most 500: 250 a month. Tried by halving.
        let found = seeks(json!({"to": "1000", "step": "0.01", "check": "school.half"})).good(200);
        assert_eq!(
            (&found["value"], &found["next"], &found["at_limit"]),
            (&json!("250"), &json!("250.01"), &json!(false))
        );
        assert_eq!((&found["method"], &found["step"]), (&json!("bisection"), &json!("0.01")));
        let binding = &found["binding"];
        assert_eq!(
            (&binding["code"], &binding["row"], &binding["name"], &binding["step"]),
            (&json!("check_failed"), &json!("S1"), &json!("校S1"), &json!("half"))
        );
        assert_eq!(found["figures"]["payee_total"], "1600.00");
        // The same from 250: every smaller value does too. Its last value is its limit.
        let found = seeks(json!({"to": "250", "step": "50", "check": "school.half"})).good(200);
        assert_eq!((&found["value"], &found["at_limit"], found.get("next")), (&json!("250"), &json!(true), None));
        assert_eq!((&found["method"], &found["evaluations"]), (&json!("every_value"), &json!(6)));
        // A fund from which the rest is shared never keeps anything, and is overdrawn from 500.01 a month.
        let found = seeks(json!({"to": "1000", "step": "0.01", "fund": "school.quota"})).good(200);
        assert_eq!((&found["value"], &found["binding"]["code"]), (&json!("500"), &json!("fund_overdrawn")));
        let problem = seeks(json!({"to": "10", "step": "1", "fund": "school.quota", "keep": "0.01"}))
            .problem(422, "goal_not_reached");
        let error = &problem["errors"][0];
        assert_eq!(
            (&error["code"], &error["row"], &error["left"]),
            (&json!("left_below_keep"), &json!("S1"), &json!("0.00"))
        );
        assert_eq!((&problem["evaluations"], &problem["method"]), (&json!(11), &json!("every_value")));
        // A check that wants more than a rate of 30 cannot end at one.
        let mut odd = plan("odd", "100");
        odd["steps"][2]["assert"] = json!("or(rate <= 10, rate >= 30)");
        let odd = published(officer, &odd);
        let body = json!({"roster_id": roster_id, "base": {"plan_id": odd, "version": 1}, "constant": "rate", "from": "0",
                          "to": "40", "step": "5", "check": "school.half"});
        let problem = asks(officer, "/v1/goal-seeks", &body).problem(422, "goal_not_monotone");
        assert_eq!(
            (&problem["fails"], &problem["holds"], &problem["evaluations"]),
            (&json!("15"), &json!("30"), &json!(9))
        );
    });
}

#[test]
fn everything_that_is_wrong_with_a_goal_is_told_at_once() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let plan_id = published(&bureau.officer, &plan("goals", "100"));
        let roster_id = roster(&bureau.officer, &plan_id, &data());
        let good = json!({"roster_id": roster_id, "constant": "rate", "from": "0", "to": "9", "step": "1", "check": "school.half"});
        let with = |changes: Value| {
            let mut body = good.clone();
            for (key, value) in changes.as_object().unwrap() {
                if value.is_null() {
                    body.as_object_mut().unwrap().remove(key);
                } else {
                    body[key] = value.clone();
                }
            }
            asks(&bureau.officer, "/v1/goal-seeks", &body)
        };
        with(json!({})).good(200);
        for (changes, wanted) in [
            (json!({"check": null}), told(&[("/check", "missing_key")])),
            (json!({"fund": "school.quota"}), told(&[("/fund", "bad_value")])),
            (json!({"keep": "1.00"}), told(&[("/keep", "unknown_key")])),
            (json!({"check": null, "fund": "school.quota", "keep": "1.001"}), told(&[("/keep", "too_many_places")])),
            (json!({"check": null, "fund": "school.quota", "keep": "-1"}), told(&[("/keep", "out_of_range")])),
            (json!({"from": "10", "step": "x"}), told(&[("/step", "bad_decimal")])),
            (json!({"from": "10"}), told(&[("/to", "out_of_range")])),
            (json!({"step": "0"}), told(&[("/step", "out_of_range")])),
            (json!({"to": "1000000001"}), told(&[("/step", "too_large")])),
            (json!({"check": 1, "constant": 2}), told(&[("/constant", "wrong_type"), ("/check", "wrong_type")])),
        ] {
            assert_eq!(errors(&with(changes).problem(400, "bad_request_body")), wanted);
        }
        for (changes, wanted) in [
            (
                json!({"constant": "rat", "check": "school.hal"}),
                told(&[("/constant", "unknown_name"), ("/check", "unknown_name")]),
            ),
            (json!({"check": "staff.merit"}), told(&[("/check", "unknown_name")])),
            (json!({"check": null, "fund": "staff.merit"}), told(&[("/fund", "not_a_fund")])),
        ] {
            assert_eq!(errors(&with(changes).problem(422, "supposition_refused")), wanted);
        }
    });
}
