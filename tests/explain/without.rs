//! What a veto changed: judged by whole calculations without it, and by cases worked out by hand.

use fenpei::engine::explain::{Explainer, Limits};
use fenpei::engine::{Outcome, Supposed, calculate, calculate_supposing};
use fenpei::plan::{Language, Plan};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::canonical;
use fenpei::wire::data::read_data;
use fenpei::wire::explanation::Teller;
use fenpei::wire::result::Report;
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Value, json};

use crate::recompute::written;
use crate::{PLANS, cases, read};

/// A result as JSON.
fn result(outcome: &Outcome<'_>) -> Value {
    let mut bytes = Vec::new();
    Report::new(outcome, String::new(), false).write(&mut bytes).expect("written");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// All nodes that say what would be without a veto.
fn vetoed<'n>(node: &'n Value, found: &mut Vec<&'n Value>) {
    found.extend(node.get("without_veto"));
    node["operands"].as_array().into_iter().flatten().for_each(|operand| vetoed(operand, found));
}

fn fen(text: &Value) -> i128 {
    text.as_str().expect("an amount").replace('.', "").parse().expect("fen")
}

/// What a veto took is all there where it went.
pub fn went(without: &Value, place: &str) {
    assert!(without["text"].is_string() && without["veto"].is_string(), "{place}");
    let Some(took) = without.get("took") else { return };
    let amount = |value: Option<&Value>| value.map_or_else(BigRational::zero, written);
    let aside = without["set_aside"].as_array().into_iter().flatten();
    let aside = aside.fold(BigRational::zero(), |sum, aside| sum + written(&aside["amount"]));
    let others = amount(without.get("others").map(|others| &others["amount"]));
    let rest = ["left", "before", "unfunded"].map(|part| amount(without.get(part)));
    assert_eq!(written(took), rest.iter().fold(aside + others, |sum, part| sum + part), "{place}");
}

fn row_of<'r>(result: &'r Value, level: &str, id: &Value) -> &'r Value {
    result["rows"][level].as_array().expect("rows").iter().find(|row| row["id"] == *id).expect("the row")
}

/// The row of the payee that a row belongs to, in a result.
fn payee<'r>(plan: &Plan, outcome: &Outcome<'_>, result: &'r Value, level: usize, row: usize) -> Option<&'r Value> {
    let payee = plan.payee?;
    let distance = plan.levels[level].ancestry.iter().position(|known| *known == payee)?;
    let place = outcome.data.levels[level].ancestors[distance][row];
    Some(&result["rows"][&plan.levels[payee].name][usize::try_from(place).expect("small")])
}

/// Judges every veto that acted on a row of a step of its own; how many there were, and how many were alone.
fn judged(name: &str, plan_source: &str, data_source: &str) -> (usize, usize) {
    let Ok(read) = plan_text(plan_source.as_bytes()) else { return (0, 0) };
    let plan = &read.plan;
    let Ok(data) = read_data(plan, data_source.as_bytes()) else { return (0, 0) };
    let Ok(outcome) = calculate(plan, &data) else { return (0, 0) };
    let (explainer, now) = (Explainer::new(&outcome), result(&outcome));
    let teller = Teller::new(&outcome, Language::English);
    let limits = Limits { depth: 0, ..Limits::default() };
    let (mut judged, mut alone) = (0, 0);
    for veto in outcome.vetoes.iter() {
        let of = plan.steps[veto.step].level;
        let level = &plan.levels[of].name;
        for row in veto.acted.iter().copied() {
            let place = usize::try_from(row).expect("small");
            let supposed = Supposed { vetoes_off: vec![(veto.step, Some(row))], ..Supposed::default() };
            let supposed = calculate_supposing(plan, &data, &supposed);
            let then = supposed.as_ref().map(result);
            for (step, known) in plan.steps.iter().enumerate().filter(|(_, known)| known.level == of) {
                let heading = &plan.document.steps[step].heading;
                let node = explainer.step(step, row, limits).expect("explained");
                let json: Value = serde_json::from_str(&canonical::text(&teller.json(&node))).expect("JSON");
                let mut found = Vec::new();
                vetoed(&json, &mut found);
                assert!(found.len() <= 1, "{name}: {} is said more than once", heading.name);
                let veto_name = &plan.document.steps[veto.step].heading.name;
                let Some(without) = found.first().filter(|it| it["veto"] == veto_name.as_str()) else { continue };
                assert!(known.column.is_some() && !without["text"].as_str().expect("a text").is_empty());
                judged += 1;
                let then = match &then {
                    Ok(then) => then,
                    Err(refusal) => {
                        assert_eq!(without["refused"], refusal.faults[0].code.word(), "{name}");
                        continue;
                    }
                };
                let (own_now, own_then) = (&now["rows"][level][place], &then["rows"][level][place]);
                assert_eq!(without.get("value"), own_then["values"].get(&heading.name), "{name}: {}", heading.name);
                let total = payee(plan, &outcome, then, of, place).map(|payee| &payee["total"]);
                assert_eq!(without.get("total"), total, "{name}: {}", heading.name);
                if without.get("took").is_some() {
                    let value = |own: &Value| fen(&own["values"][&heading.name]);
                    assert_eq!(fen(&without["took"]), value(own_then) - value(own_now), "{name}: {}", heading.name);
                }
            }
            if veto.acted.len() == 1 {
                alone += usize::from(without_the_step(name, plan_source, data_source, veto.step, then.ok().as_ref()));
            }
        }
    }
    (judged, alone)
}

/// Where a veto acted on one row only, the plan without the step gives what is supposed for that row.
fn without_the_step(name: &str, plan_source: &str, data_source: &str, step: usize, then: Option<&Value>) -> bool {
    let mut plan: Value = serde_json::from_str(plan_source).expect("JSON");
    plan["steps"].as_array_mut().expect("steps").remove(step);
    plan["examples"] = json!([]);
    let text = plan.to_string();
    let read = plan_text(text.as_bytes()).unwrap_or_else(|_| panic!("{name}: nothing refers to a veto"));
    // Facts that only the veto used are still in the data.
    let data = read_data(&read.plan, data_source.as_bytes()).unwrap_or_else(|_| panic!("{name}: the same data"));
    let outcome = calculate(&read.plan, &data);
    assert_eq!(outcome.is_ok(), then.is_some(), "{name}");
    if let (Ok(outcome), Some(then)) = (outcome, then) {
        let without = result(&outcome);
        for level in then["rows"].as_object().expect("levels").keys() {
            for row in then["rows"][level].as_array().expect("rows") {
                let other = row_of(&without, level, &row["id"]);
                assert_eq!((&row["values"], &row["total"]), (&other["values"], &other["total"]), "{name}: {level}");
            }
        }
        assert_eq!((&then["funds"], &then["balance"]), (&without["funds"], &without["balance"]), "{name}");
    }
    true
}

#[test]
fn what_would_be_without_a_veto_is_what_is_calculated_without_it() {
    let (mut judged_all, mut alone_all) = (0, 0);
    for plan in PLANS {
        let (judged, alone) = judged(plan, &read(plan, "plan.json"), &read(plan, "data.json"));
        assert!(judged > 0, "{plan}: no veto acted");
        (judged_all, alone_all) = (judged_all + judged, alone_all + alone);
    }
    for case in cases::all().iter().filter(|case| case.plan.contains("\"veto\"")) {
        let (judged, alone) = judged(&case.name, &case.plan, &case.data);
        (judged_all, alone_all) = (judged_all + judged, alone_all + alone);
    }
    assert!(judged_all > 40 && alone_all > 20, "{judged_all} vetoes, {alone_all} alone");
}

/// A school of 1,000.00 (or less), T1, T2 and T3 with these steps; what is said of T3.
fn of_t3(quota: &str, steps: &Value) -> Vec<Value> {
    let plan = json!({"language": 1, "code": "v", "title": "v", "payee": "staff", "levels": [
        {"name": "school", "facts": [{"name": "quota", "type": "money"}]},
        {"name": "staff", "parent": "school", "facts": [
            {"name": "bad", "type": "flag", "default": false}, {"name": "worse", "type": "flag", "default": false}]}],
        "steps": steps});
    let row = |id: &str, facts: Value| json!({"id": id, "parent": "S", "facts": facts});
    let data = json!({"school": [{"id": "S", "facts": {"quota": quota}}], "staff": [
        row("T1", json!({})), row("T2", json!({})), row("T3", json!({"bad": true, "worse": true}))]});
    let read = plan_text(plan.to_string().as_bytes()).map(|read| read.plan);
    let plan = read.unwrap_or_else(|refusal| panic!("{:?}", refusal.faults));
    let data = read_data(&plan, data.to_string().as_bytes()).expect("good data");
    let outcome = calculate(&plan, &data).expect("a result");
    let node = Explainer::new(&outcome).statement(2, Limits::default()).expect("explained").expect("paid");
    let told = canonical::text(&Teller::new(&outcome, Language::Chinese).json(&node));
    let json: Value = serde_json::from_str(&told).expect("JSON");
    let mut found = Vec::new();
    vetoed(&json, &mut found);
    let said = |without: &Value| {
        let mut without = without.clone();
        without.as_object_mut().expect("an object").remove("text");
        without
    };
    found.into_iter().map(said).collect()
}

fn veto(name: &str, when: &str, forfeits: &str, then: &Value) -> Value {
    let mut step = json!({"do": "veto", "level": "staff", "name": name, "when": when, "forfeits": [forfeits]});
    let (step_keys, then) = (step.as_object_mut().expect("an object"), then.as_object().expect("an object"));
    step_keys.extend(then.clone());
    step
}

fn merit() -> Value {
    json!({"do": "share", "level": "staff", "name": "merit", "from": "school.quota", "weight": "1", "pay": {"item": "m"}})
}

fn bonus(formula: &str, more: &Value) -> Value {
    let mut step = json!({"do": "formula", "level": "staff", "name": "bonus", "type": "money", "formula": formula,
        "pay": {"item": "b"}});
    step.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    step
}

#[test]
fn where_the_money_went_is_what_it_is_by_hand() {
    let (forgo, from) = (json!({"then": "forgo"}), json!({"from": "school.quota"}));
    let withhold = |to: &str, portion: &str| json!({"then": "withhold", "to": to, "portion": portion});
    // 900.00 for three, or for two where one gives up: 300.00 each, or 450.00.
    assert_eq!(
        of_t3("900.00", &json!([veto("v", "bad", "merit", &forgo), merit()])),
        [json!({"veto": "v", "value": "300.00", "total": "300.00", "took": "300.00",
            "others": {"more": 2, "less": 0, "amount": "300.00"}})]
    );
    // 100.01 has 33.34, 33.34 and 33.33; between two 50.01 and 50.00: T3 misses 33.33.
    assert_eq!(
        of_t3("100.01", &json!([veto("v", "bad", "merit", &forgo), merit()])),
        [json!({"veto": "v", "value": "33.33", "total": "33.33", "took": "33.33",
            "others": {"more": 2, "less": 0, "amount": "33.33"}})]
    );
    // A third of 300.00 is set aside, and nobody else has more.
    assert_eq!(
        of_t3("900.00", &json!([veto("v", "bad", "merit", &withhold("fund", "1 / 3")), merit()])),
        [json!({"veto": "v", "value": "300.00", "total": "300.00", "took": "100.00",
            "set_aside": [{"to": "fund", "amount": "100.00"}]})]
    );
    // A formula leaves its money in the fund, or is from no fund; the negative one pays nothing back.
    assert_eq!(
        of_t3("900.00", &json!([veto("v", "bad", "bonus", &forgo), bonus("70", &from)])),
        [json!({"veto": "v", "value": "70.00", "total": "70.00", "took": "70.00", "left": "70.00"})]
    );
    assert_eq!(
        of_t3("900.00", &json!([veto("v", "bad", "bonus", &forgo), bonus("70", &json!({}))])),
        [json!({"veto": "v", "value": "70.00", "total": "70.00", "took": "70.00", "unfunded": "70.00"})]
    );
    // Three times 70.00 are more than 200.00.
    assert_eq!(
        of_t3("200.00", &json!([veto("v", "bad", "bonus", &forgo), bonus("70", &from)])),
        [json!({"veto": "v", "refused": "fund_overdrawn"})]
    );
    // Both hold; without the larger the smaller takes a tenth: 70.00 − 7.00 = 63.00.
    let both = json!([
        veto("all", "bad", "bonus", &withhold("x", "100%")),
        veto("some", "worse", "bonus", &withhold("y", "10%")),
        bonus("70", &from)
    ]);
    assert_eq!(
        of_t3("900.00", &both),
        [json!({"veto": "all", "value": "63.00", "total": "63.00", "took": "63.00",
            "set_aside": [{"to": "y", "amount": "-7.00"}, {"to": "x", "amount": "70.00"}]})]
    );
    // It takes the bonus of 90.00 and the share: 900.00 − 180.00 = 720.00 for two, where 900.00 − 270.00 = 630.00 were for
    // three. T3 misses 210.00; the others have 150.00 each more, of which 90.00 was the bonus that stayed.
    let mut first = veto("v", "bad", "bonus", &forgo);
    first["forfeits"] = json!(["bonus", "merit"]);
    assert_eq!(
        of_t3("900.00", &json!([first, bonus("90", &from), merit()])),
        [
            json!({"veto": "v", "value": "90.00", "total": "300.00", "took": "90.00", "left": "90.00"}),
            json!({"veto": "v", "value": "210.00", "total": "300.00", "took": "210.00",
                "others": {"more": 2, "less": 0, "amount": "300.00"}, "before": "-90.00"})
        ]
    );
    // A rank: T3 would be among the first two, whose bonus is 50.00.
    let ranked = json!([veto("v", "bad", "grade", &forgo),
        {"do": "rank", "level": "staff", "name": "grade", "by": "if(bad, 9, 1)", "ties": "split", "else": "C",
         "grades": [{"code": "A", "quota": "1"}, {"code": "B"}]},
        bonus("if(grade = \"A\", 50, 20)", &from)]);
    assert_eq!(of_t3("900.00", &ranked), [json!({"veto": "v", "value": "A", "total": "50.00"})]);
}

#[test]
fn the_page_says_it_in_a_sentence() {
    let page = crate::stdout(&crate::explain("xincheng", &["教职工", "XC0206"]));
    for said in [
        "假如本行没有“教职工师德一票否决”，班主任增量 为 2500.00 元，合计为 24646.80 元；此项少得的 2500.00 元：留在经费内 2500.00 元",
        "此项少得的 18002.48 元：同一经费的其他教职工共多得 20502.48 元（9 个增加），减去此前因否决已留在经费内的 2500.00 元",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    let page = crate::stdout(&crate::explain("xincheng", &["教职工", "XC0507", "--lang", "en"]));
    assert!(page.contains("of the 9219.83 yuan less here: 9219.83 yuan set aside for 缴回区财政"), "{page}");
}
