//! A run beside somebody else's figures: what differs, and which usual mistake gives theirs.

use serde_json::{Value, json};

use crate::papers::{all_of, begun, bring, id, published, roster, roster_of, run, text};
use crate::site::{Bureau, Person, on_both};

/// A plan in which every usual mistake can be made; the monthly rate is its constant.
fn plan(code: &str, rate: &str) -> Value {
    json!({
        "language": 1, "code": code, "title": "核对", "payee": "staff",
        "constants": [{"name": "rate", "value": rate}],
        "levels": [
            {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
            {"name": "staff", "parent": "school", "facts": [
                {"name": "post", "type": "choice", "choices": ["teacher", "leader"], "default": "teacher"},
                {"name": "months", "type": "number", "max": "12", "label": "在岗月数", "default": 12},
                {"name": "base", "type": "number", "default": 40},
                {"name": "points", "type": "number", "default": 1},
                {"name": "misconduct", "type": "flag", "default": false}
            ]}
        ],
        "steps": [
            {"do": "veto", "level": "staff", "name": "ethics", "label": "师德一票否决", "when": "misconduct",
             "forfeits": ["merit"], "then": "forgo"},
            {"do": "formula", "level": "staff", "name": "monthly", "type": "money", "formula": "rate * months",
             "pay": {"item": "津贴"}},
            {"do": "formula", "level": "school", "name": "mean", "label": "教师平均",
             "formula": "avg(staff.base, staff.post = \"teacher\")"},
            {"do": "formula", "level": "staff", "name": "lead", "type": "money", "where": "post = \"leader\"",
             "formula": "school.mean * 1.5", "pay": {"item": "校长绩效"}},
            {"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "points",
             "pay": {"item": "考核奖励"}}
        ]
    })
}

/// By hand, at 10 a month: everybody 120.00 but T2, who has 6 months, 60.00; the teachers' mean is 40, so L1 60.00; T4 and
/// T5 are vetoed and L1 has no points, so 100.00 are divided by T1, T2, T3: 33.34, 33.33, 33.33.
fn data() -> Value {
    let staff = |id: &str, facts: Value| json!({"id": id, "parent": "S1", "name": format!("姓名{id}"), "facts": facts});
    json!({
        "school": [{"id": "S1", "facts": {"quota": "100.00"}}],
        "staff": [
            staff("T1", json!({})),
            staff("T2", json!({"months": 6})),
            staff("T3", json!({})),
            staff("T4", json!({"misconduct": true})),
            staff("T5", json!({"misconduct": true})),
            staff("L1", json!({"post": "leader", "base": 80, "points": 0})),
        ]
    })
}

/// A calculated run of the second version of the plan, whose first had 9 a month.
fn second(bureau: &Bureau<'_>, code: &str) -> String {
    let officer = &bureau.officer;
    let made = officer.post("/v1/plans", &json!({"plan": plan(code, "9")}));
    let plan_id = id(&made.good(201));
    let publish = format!("/v1/plans/{plan_id}/publish");
    let published = officer.act_on(&publish, made.header("etag"), None);
    published.good(200);
    let draft = officer.put(
        &format!("/v1/plans/{plan_id}/draft"),
        published.header("etag"),
        &json!({"plan": plan(code, "10")}),
    );
    draft.good(200);
    officer.act_on(&publish, draft.header("etag"), None).good(200);
    let mut body = roster_of(&plan_id, &data());
    body["version"] = json!(2);
    let roster = id(&officer.post("/v1/rosters", &body).good(201));
    let run = run(officer, &roster);
    assert_eq!(run["state"], "calculated", "{run}");
    id(&run)
}

fn reconciled(somebody: &Person<'_>, body: &Value) -> Value {
    somebody.ask("POST", "/v1/reconciliations", &[], Some(&body.to_string())).good(200)
}

fn figure(row: &str, item: &str, amount: &str) -> Value {
    json!({"row": row, "item": item, "amount": amount})
}

/// The guesses of a difference, with their scope.
fn guesses(difference: &Value) -> Vec<(String, String)> {
    let guesses = difference["guesses"].as_array().expect("guesses");
    guesses.iter().map(|guess| (text(guess, "guess").to_owned(), text(guess, "scope").to_owned())).collect()
}

#[test]
fn figures_that_are_the_same_match_in_any_form() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = second(&bureau, "same");
        let wide = "工号,姓名,津贴,校长绩效,考核奖励,合计\nT1,a,120.00,,33.34,153.34\nT2,b,60,0,33.33,93.33\n\
                    T3,c,120.00,,33.33,153.33\nT4,d,120.00,,0.00,120\nT5,e,120.00,,,120.00\nL1,f,120.00,60.00,,180.00\n";
        let whole = reconciled(&bureau.officer, &json!({"run_id": run, "csv": format!("\u{feff}{wide}")}));
        // Six of 津贴, one of 校长绩效 and one that is 0 on both sides, four of 考核奖励, six totals.
        assert_eq!((&whole["matching"], &whole["differences"]), (&json!(18), &json!([])), "{whole}");
        assert_eq!(all_of(&whole["items"], "item"), ["津贴", "校长绩效", "考核奖励", "合计"]);
        let long = "编号,项目,金额\nT1,津贴,120.00\nT2,津贴,60.00\n";
        let part = reconciled(&bureau.officer, &json!({"run_id": run, "csv": long, "partial": true}));
        assert_eq!((&part["matching"], &part["missing_in_figures"]), (&json!(2), &json!(0)));
        let figures = [figure("T1", "津贴", "120.00"), figure("T2", "津贴", "60.00")];
        let listed = reconciled(&bureau.officer, &json!({"run_id": run, "figures": figures}));
        // By hand: eleven lines in all.
        assert_eq!((&listed["matching"], &listed["missing_in_figures"]), (&json!(2), &json!(8)), "{listed}");
        assert_eq!(listed["differences"][0]["standing"], "missing_in_figures");
        assert!(listed["differences"][0]["figures"].is_null() && listed["differences"][0]["guesses"] == json!([]));
        let body = json!({"run_id": run, "figures": figures}).to_string();
        let limited = bureau.officer.ask("POST", "/v1/reconciliations?limit=3", &[], Some(&body)).good(200);
        assert_eq!((limited["differences"].as_array().map(Vec::len), &limited["omitted"]), (Some(3), &json!(5)));
    });
}

#[test]
fn each_usual_mistake_is_recognised_and_no_other() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = second(&bureau, "mistakes");
        let of = |row: &str, item: &str, amount: &str| {
            let body = json!({"run_id": run, "figures": [figure(row, item, amount)], "partial": true});
            let answer = reconciled(&bureau.officer, &body);
            let difference = answer["differences"][0].clone();
            assert_eq!(difference["figures"], amount, "{answer}");
            let right = guesses(&difference);
            // What an item says of its guesses is the same, but for those of one payee alone.
            let of_item = answer["items"][0]["guesses"].as_array().expect("guesses").len();
            assert_eq!(of_item, right.iter().filter(|(_, scope)| scope == "all").count());
            assert!(!difference["explanations"].as_array().expect("explanations").is_empty(), "{difference}");
            right
        };
        let found = |guess: &str, scope: &str| vec![(guess.to_owned(), scope.to_owned())];
        assert_eq!(of("T1", "考核奖励", "33.33"), found("rounded_each", "all"));
        // By five, each has 20.00; were T4 alone not vetoed, 100.00 were divided by four.
        assert_eq!(of("T4", "考核奖励", "20.00"), found("veto_ignored", "all"));
        assert_eq!(of("T4", "考核奖励", "25.00"), found("veto_ignored", "row"));
        // With L1, (5 × 40 + 80) ÷ 6 × 1.5.
        assert_eq!(of("L1", "校长绩效", "70.00"), found("everybody_counted", "all"));
        assert_eq!(of("T2", "津贴", "120.00"), found("full_months", "all"));
        assert_eq!(of("T1", "津贴", "108.00"), found("earlier_version", "all"));
        assert_eq!(of("T2", "津贴", "54.00"), found("earlier_version", "all"));
        assert_eq!(of("T1", "津贴", "119.99"), []);
        assert_eq!(of("T1", "合计", "141.34"), found("earlier_version", "all"));
    });
}

/// A share by months among 99 who have 6 of 12; whoever is taken with 12 alone has 12/600 of 1,000.00, with everybody
/// nothing changes. The other guesses (the parts rounded one by one, two conditions) give nobody that.
#[test]
fn what_is_right_for_one_alone_is_found_for_each_of_many() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let mut plan = plan("alone", "10");
        plan["steps"][4]["weight"] = json!("months");
        plan["steps"][2]["formula"] =
            json!("avg(staff.base, staff.post = \"teacher\") + count(staff, staff.months > 100)");
        let one = |number: usize| json!({"id": format!("T{number:02}"), "parent": "S1", "facts": {"months": 6}});
        let staff: Vec<Value> = (0..99).map(one).collect();
        let data = json!({"school": [{"id": "S1", "facts": {"quota": "1000.00"}}], "staff": staff});
        let plan_id = published(&bureau.officer, &plan);
        let run = id(&run(&bureau.officer, &roster(&bureau.officer, &plan_id, &data)));
        let figures: Vec<Value> = (0..99).map(|number| figure(&format!("T{number:02}"), "考核奖励", "20.00")).collect();
        let body = json!({"run_id": run, "figures": figures, "partial": true});
        let found = reconciled(&bureau.officer, &body);
        let differences = found["differences"].as_array().expect("differences");
        assert_eq!(differences.len(), 99);
        for difference in differences {
            assert_eq!(guesses(difference), [("full_months".to_owned(), "row".to_owned())], "{difference}");
        }
    });
}

#[test]
fn where_nobody_is_paid_no_payee_is_known() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let mut plan = plan("nobody", "10");
        plan.as_object_mut().expect("plan").remove("payee");
        for step in plan["steps"].as_array_mut().expect("steps") {
            step.as_object_mut().expect("step").remove("pay");
        }
        let plan_id = published(&bureau.officer, &plan);
        let run = id(&run(&bureau.officer, &roster(&bureau.officer, &plan_id, &data())));
        let figures = [figure("T1", "津贴", "120.00"), figure("T2", "合计", "60.00")];
        let found = reconciled(&bureau.officer, &json!({"run_id": run, "figures": figures}));
        assert_eq!((&found["unknown_rows"], &found["matching"]), (&json!(2), &json!(0)), "{found}");
        assert_eq!(all_of(&found["differences"], "standing"), ["unknown_row", "unknown_row"]);
    });
}

#[test]
fn what_is_missing_or_unknown_is_said_and_an_amount_is_explained() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "unknown").2;
        let figures = [
            figure("T1", "班主任津贴", "90.00"),
            figure("T2", "班主任津贴", "100.00"),
            figure("T1", "交通补贴", "5.00"),
            figure("T9", "考核奖励", "1.00"),
            figure("T2", "交通补贴", "0.00"),
        ];
        let body = json!({"run_id": run, "figures": figures, "partial": true});
        let answer = reconciled(&bureau.officer, &body);
        let standings = all_of(&answer["differences"], "standing");
        assert_eq!(standings, ["differs", "unknown_item", "missing_in_run", "unknown_item", "unknown_row"]);
        assert_eq!((&answer["unknown_items"], &answer["unknown_rows"]), (&json!(2), &json!(1)));
        let first = &answer["differences"][0];
        assert_eq!(
            (&first["run"], &first["figures"], &first["difference"]),
            (&"100.00".into(), &"90.00".into(), &"-10.00".into())
        );
        assert_eq!((&first["name"], &first["explanations"][0]["name"]), (&"姓名T1".into(), &"head".into()));
        let english = [("accept-language", "en")];
        let told = bureau.officer.ask("POST", "/v1/reconciliations", &english, Some(&body.to_string())).good(200);
        assert!(text(&told["differences"][0]["explanations"][0], "text").contains("yuan"));
    });
}

/// Sends a body that is refused with these faults, by pointer and code.
fn refused(somebody: &Person<'_>, body: &Value, code: &str, wanted: &[(&str, &str)]) -> Value {
    let status = if code == "bad_request_body" { 400 } else { 422 };
    let answer = somebody.ask("POST", "/v1/reconciliations", &[], Some(&body.to_string()));
    let problem = answer.problem(status, code);
    let errors = problem["errors"].as_array().expect("errors");
    let told: Vec<(&str, &str)> = errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect();
    assert_eq!(told, wanted, "{problem}");
    problem
}

#[test]
fn figures_with_faults_are_refused_with_all_of_them() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "faults").2;
        let bad = "bad_request_body";
        let list = json!([
            {"row": "T1", "item": "a", "amount": 1.5}, {"row": "T1", "item": "a", "amount": "1.005"},
            {"row": "", "item": "a", "amount": "1"}, {"row": "T1", "item": " ", "amount": "1"},
            {"row": "T1", "amount": "1"}, {"row": "T1", "item": "b", "amount": "1", "note": "x"},
            {"row": "T1", "item": "b", "amount": "2"}, 7
        ]);
        refused(
            &bureau.officer,
            &json!({"run_id": run, "figures": list}),
            bad,
            &[
                ("/figures/0/amount", "float_refused"),
                ("/figures/1/amount", "too_many_places"),
                ("/figures/2/amount", "bad_id"),
                ("/figures/3/amount", "bad_value"),
                ("/figures/4/item", "missing_key"),
                ("/figures/5", "unknown_key"),
                ("/figures/6/amount", "duplicate_key"),
                ("/figures/7", "wrong_type"),
            ],
        );
    });
}

#[test]
fn a_table_with_faults_is_refused_with_the_lines() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "lines").2;
        let bad = "bad_request_body";
        let csv = "id,班主任津贴,考核奖励\nT1,1.00\nT2,x,\"1,000.00\"\n,1.00,2.00\n";
        let problem = refused(
            &bureau.officer,
            &json!({"run_id": run, "csv": csv}),
            bad,
            &[
                ("/csv", "wrong_type"),
                ("/csv", "bad_decimal"),
                ("/csv", "bad_decimal"),
                ("/csv", "bad_id"),
                ("/csv", "bad_id"),
            ],
        );
        assert!(text(&problem["errors"][1], "message").contains("CSV:3"), "{problem}");
        assert_eq!((&problem["errors"][1]["row"], &problem["errors"][1]["fact"]), (&"T2".into(), &"班主任津贴".into()));
        // Lines as Windows ends them, a cell of two lines, and a blank line.
        let csv = "\u{feff}id,姓名,考核奖励\r\nT1,x,a\r\nT2,\"张\r\n三\",b\r\n\r\nT3,x,c\r\n";
        let three = [("/csv", "bad_decimal"), ("/csv", "bad_decimal"), ("/csv", "bad_decimal")];
        let problem = refused(&bureau.officer, &json!({"run_id": run, "csv": csv}), bad, &three);
        for (place, line) in ["CSV:2，", "CSV:3，", "CSV:6，"].into_iter().enumerate() {
            assert!(text(&problem["errors"][place], "message").contains(line), "{problem}");
        }
        refused(&bureau.officer, &json!({"run_id": run, "csv": "姓名,金额\na,1\n"}), bad, &[("/csv", "bad_id")]);
        refused(
            &bureau.officer,
            &json!({"run_id": run, "csv": "id,a,a\nT1,1,2\n"}),
            bad,
            &[("/csv", "duplicate_key"), ("/csv", "duplicate_key")],
        );
        refused(&bureau.officer, &json!({"run_id": run, "figures": []}), bad, &[("/figures", "bad_value")]);
        refused(&bureau.officer, &json!({"run_id": run}), bad, &[("/figures", "missing_key")]);
        refused(
            &bureau.officer,
            &json!({"run_id": run, "figures": [], "csv": ""}),
            bad,
            &[("/figures", "duplicate_key")],
        );
        refused(
            &bureau.officer,
            &json!({"run_id": run, "csv": "id\n", "partial": 1}),
            bad,
            &[("/partial", "wrong_type")],
        );
        let nobody = "01a20340-0000-7000-8000-000000000004";
        refused(
            &bureau.officer,
            &json!({"run_id": nobody, "figures": [figure("T1", "a", "1")]}),
            "unknown_reference",
            &[("/run_id", "unknown_reference")],
        );
    });
}

#[test]
fn nobody_reconciles_a_run_that_they_do_not_see() {
    on_both(|site| {
        let bureau = Bureau::new(site);
        let run = begun(&bureau, "seen").2;
        let body = json!({"run_id": run, "figures": [figure("T1", "a", "1.00")], "partial": true}).to_string();
        let ask = |somebody: &Person<'_>| somebody.ask("POST", "/v1/reconciliations", &[], Some(&body));
        // The run is of two schools, and is not released.
        ask(&bureau.accountant).problem(422, "unknown_reference");
        ask(&bureau.payroll).problem(422, "unknown_reference");
        ask(&Bureau::new(site).officer).problem(422, "unknown_reference");
        ask(&bureau.auditor).good(200);
        bring(&bureau, &run, "released");
        ask(&bureau.payroll).good(200);
    });
}
