//! The program under test: two texts in, its result or refusal out.

use fenpei::engine::calculate;
use fenpei::engine::explain::{Explainer, Limits, Node};
use fenpei::wire::calculation::plan_text;
use fenpei::wire::data::read_data;
use serde_json::Value as Json;

use crate::cases;
use crate::outcome::{Answer, Error, FundAnswer, Outcome};

/// The first value of an accepted plan that the second evaluator does not come to, or the first veto whose money is not
/// all there where it went.
pub fn unexplained(plan: &str, data: &str) -> Option<String> {
    let plan = plan_text(plan.as_bytes()).ok()?.plan;
    let data = read_data(&plan, data.as_bytes()).ok()?;
    let outcome = calculate(&plan, &data).ok()?;
    let explainer = Explainer::new(&outcome);
    for (number, step) in plan.steps.iter().enumerate() {
        for row in 0..u32::try_from(data.levels[step.level].len()).expect("few rows") {
            let limits = Limits { depth: 0, nodes: 100_000 };
            match explainer.step(number, row, limits) {
                Err(error) => return Some(format!("step {number}, row {row}: {error:?}")),
                Ok(node) if !adds_up(&node) => return Some(format!("step {number}, row {row}: {node:?}")),
                Ok(_) => {}
            }
        }
    }
    None
}

/// What vetoes took is all there where it went.
fn adds_up(node: &Node) -> bool {
    let went = node.without.as_ref().and_then(|without| without.otherwise.as_ref().ok()?.went.as_ref());
    let is_whole = went.is_none_or(|went| {
        let aside: i128 = went.aside.iter().map(|(_, amount)| amount).sum();
        went.took == aside + went.to_others + went.left + went.before + went.unfunded
    });
    is_whole && node.operands.iter().all(adds_up)
}

pub fn json(plan: &str, data: &str, exact: bool) -> Json {
    serde_json::from_slice(&cases::answer(plan, data, exact)).expect("the program writes JSON")
}

/// The program's outcome. A refusal must be one of rows: the tests write no wrong plans.
pub fn outcome(plan: &str, data: &str) -> Outcome {
    let json = json(plan, data, true);
    match json["errors"].as_array() {
        Some(errors) => Outcome::Refused(errors.iter().map(|error| row_error(error, plan, data)).collect()),
        None => Outcome::Done(Box::new(answer(&json))),
    }
}

fn string(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("{json} is no text")).to_owned()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn row_error(error: &Json, plan: &str, data: &str) -> Error {
    assert!(error["at"].is_null() && error["fact"].is_null(), "a fault of the generator: {error}\n{plan}\n{data}");
    Error {
        code: string(&error["code"]),
        level: string(&error["level"]),
        row: string(&error["row"]),
        step: error["step"].as_str().map(str::to_owned),
    }
}

fn answer(json: &Json) -> Answer {
    let mut answer = Answer::default();
    for (level, rows) in json["rows"].as_object().into_iter().flatten() {
        for row in list(rows) {
            let id = string(&row["id"]);
            for (step, value) in row["values"].as_object().into_iter().flatten() {
                answer.values.insert((level.clone(), id.clone(), step.clone()), string(value));
            }
            if !row["total"].is_null() {
                answer.totals.insert(id, string(&row["total"]));
            }
        }
    }
    let line =
        |line: &Json| (string(&line["payee"]), string(&line["step"]), string(&line["row"]), string(&line["amount"]));
    answer.lines = list(&json["lines"]).iter().map(line).collect();
    for fund in list(&json["funds"]) {
        answer.funds.insert((string(&fund["fund"]), string(&fund["row"])), fund_answer(fund));
    }
    assert_eq!(json["balance"]["balanced"], true);
    let balance = json["balance"].as_object().into_iter().flatten().filter(|(name, _)| *name != "balanced");
    answer.balance = balance.map(|(name, value)| (name.clone(), string(value))).collect();
    for check in list(&json["checks"]) {
        for row in list(&check["failed"]) {
            answer.checks.insert((string(&check["name"]), string(row)));
        }
    }
    for veto in list(&json["vetoes"]).iter().filter(|veto| !list(&veto["rows"]).is_empty()) {
        answer.vetoes.insert(string(&veto["veto"]), list(&veto["rows"]).iter().map(string).collect());
    }
    for warning in list(&json["warnings"]) {
        if matches!(warning["code"].as_str(), Some("share_not_absorbed" | "tie_broken_by_id")) {
            let row = warning["row"].as_str().unwrap_or_default().to_owned();
            answer.warnings.insert((string(&warning["code"]), string(&warning["step"]), row));
        }
    }
    answer
}

fn fund_answer(fund: &Json) -> FundAnswer {
    let amounts = |json: &Json| {
        let entries = json.as_object().into_iter().flatten().map(|(name, amount)| (name.clone(), string(amount)));
        entries.filter(|(_, amount)| amount != "0.00").collect()
    };
    FundAnswer {
        value: string(&fund["value"]),
        drawn: amounts(&fund["drawn"]),
        withheld: amounts(&fund["withheld"]),
        left: string(&fund["left"]),
    }
}
