//! A plan's own examples (`plan-language.md` §7). Their data are judged as data are, when an example runs.

use super::element::Element;
use crate::plan::document::{Example, Expectation, Outcome};
use crate::plan::{Code, Fault, WARNINGS};
use crate::wire::json::Json;

/// Reads an example; none where it does not say what it expects.
pub(super) fn example(example: &mut Element<'_, '_>) -> Option<Example> {
    let name = example.full_text("name");
    if let Some(json) = example.required("data")
        && json.entries().is_none()
    {
        example.wrong(Code::WrongType, "data", json, "object");
    }
    let (result, error) = (example.get("expect"), example.get("expect_error"));
    if result.is_some() == error.is_some() {
        example.faults.add(Fault::plan(Code::BadValue, example.at.clone()).wanted("expect | expect_error"));
    }
    let expected = result.and_then(|json| example.as_list("expect", json)).map(|items| {
        let read = example.elements("expect", items, |item, _| expectation(item));
        Outcome::Result(read.into_iter().flatten().collect())
    });
    let refused = error.and_then(|json| {
        let known = Code::ALL.map(|code| (code.word(), ()));
        word(example, "expect_error", json, &known).map(Outcome::Error)
    });
    Some(Example { name, outcome: expected.or(refused)? })
}

/// Reads one expectation: the keys that are there tell which of the four forms it is.
fn expectation(item: &mut Element<'_, '_>) -> Option<Expectation> {
    let any = |item: &Element<'_, '_>, keys: &[&str]| keys.iter().any(|key| item.has(key));
    if any(item, &["warning"]) {
        let json = item.required("warning")?;
        let known = WARNINGS.map(|(word, _, _)| (word, ()));
        return word(item, "warning", json, &known).map(Expectation::Warning);
    }
    if any(item, &["fund", "left"]) {
        return Some(Expectation::Left { fund: item.text("fund"), row: item.text("row"), left: item.text("left") });
    }
    if any(item, &["total"]) {
        return Some(Expectation::Total { row: item.text("row"), total: item.text("total") });
    }
    if any(item, &["level", "step", "value"]) {
        let (level, row) = (item.text("level"), item.text("row"));
        return Some(Expectation::Value { level, row, step: item.text("step"), value: item.text("value") });
    }
    item.be_silent();
    item.faults.add(Fault::plan(Code::BadValue, item.at.clone()).wanted("value, total, left, warning"));
    None
}

/// A code that is known.
fn word<'j>(item: &mut Element<'_, 'j>, key: &str, json: &'j Json<'j>, known: &[(&'static str, ())]) -> Option<String> {
    item.as_word(key, json, known)?;
    json.text().map(str::to_owned)
}
