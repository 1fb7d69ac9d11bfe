//! Ranks and their grades (`plan-language.md` §3.3).

use std::collections::HashSet;

use super::element::Element;
use crate::exact::{Decimal, Mode, Number};
use crate::plan::document::{Grade, Otherwise, Quota, Rank, Ties};
use crate::plan::{Code, Fault};
use crate::wire::json::Json;

const TIES: [(&str, Ties); 5] = [
    ("split", Ties::Split),
    ("better", Ties::Better),
    ("worse", Ties::Worse),
    ("dense", Ties::Dense),
    ("refuse", Ties::Refuse),
];

/// How a percentage of heads is rounded: there is no `half_even` here.
const HEAD_MODES: [(&str, Mode); 3] = [("half_up", Mode::HalfUp), ("down", Mode::Down), ("up", Mode::Up)];

/// A quota before the rounding of percentages is known.
enum Heads {
    Whole(u64),
    Part(Number),
}

/// A grade before the rounding of percentages is known.
struct ReadGrade {
    grade: Grade,
    heads: Option<Heads>,
    /// Whether its quota says `%`, well or badly.
    percentage: bool,
}

/// Reads a rank.
pub(super) fn rank(step: &mut Element<'_, '_>) -> Rank {
    let order = step.word_or("order", &[("descending", false), ("ascending", true)], false);
    let quota_of = step.word_or("quota_of", &[("ranked", false), ("all", true)], false);
    let ties = step.word("ties", &TIES);
    let grades = grades(step);
    if ties == Some(Ties::Dense) && grades.as_ref().is_none_or(|grades| !grades.is_empty()) {
        let fault = Fault::plan(Code::BadValue, step.pointer("ties")).got("\"dense\"");
        step.faults.add(fault.wanted("split, better, worse, refuse"));
    }
    let otherwise = match &grades {
        None => {
            step.pass(&["else"]);
            None
        }
        Some(grades) if grades.is_empty() => step.maybe_number("else").map(Otherwise::Position),
        Some(_) => step.maybe_full_text("else").map(Otherwise::Grade),
    };
    let tie_by = match ties {
        Some(Ties::Split) => step.texts("tie_by"),
        Some(_) => Vec::new(),
        None => {
            step.pass(&["tie_by"]);
            Vec::new()
        }
    };
    Rank {
        by: step.text("by"),
        ascending: order.unwrap_or_default(),
        per: step.maybe_text("per"),
        within: step.texts("within"),
        condition: step.maybe_text("where"),
        otherwise,
        grades: grades.unwrap_or_default(),
        quota_of_all: quota_of.unwrap_or_default(),
        ties: ties.unwrap_or(Ties::Refuse),
        tie_by,
    }
}

/// The grades with their quotas; empty: positions; none where the list is faulty.
fn grades(step: &mut Element<'_, '_>) -> Option<Vec<Grade>> {
    if !step.has("grades") {
        step.pass(&["grades"]);
        return Some(Vec::new());
    }
    let Some(items) = step.full_list("grades") else {
        step.pass(&["quota_round"]);
        return None;
    };
    let last = items.len() - 1;
    let mut codes = HashSet::new();
    let read = step.elements("grades", items, |element, index| grade(element, index == last, &mut codes));
    let mode = if read.iter().any(|grade| grade.percentage) {
        step.word("quota_round", &HEAD_MODES).unwrap_or(Mode::HalfUp)
    } else {
        Mode::HalfUp
    };
    let finished = read.into_iter().map(|read| {
        let quota = read.heads.map(|heads| match heads {
            Heads::Whole(heads) => Quota::Heads(heads),
            Heads::Part(part) => Quota::Part(part, mode),
        });
        Grade { quota, ..read.grade }
    });
    Some(finished.collect())
}

fn grade(grade: &mut Element<'_, '_>, last: bool, codes: &mut HashSet<String>) -> ReadGrade {
    let code = grade.text("code");
    if let Some(text) = grade.get("code").and_then(Json::text)
        && (text.is_empty() || !codes.insert(text.to_owned()))
    {
        grade.fault(Code::BadChoices, "code");
    }
    let (label, clause) = (grade.maybe_full_text("label"), grade.maybe_text("clause"));
    let json = grade.get("quota");
    if json.is_some() == last {
        grade.faults.add(Fault::plan(Code::BadGrades, grade.at.clone()));
    }
    let heads = json.and_then(|json| match heads(json) {
        Ok(heads) => Some(heads),
        Err(code) => {
            grade.wrong(code, "quota", json, if code == Code::WrongType { "text" } else { "0…, 0%…100%" });
            None
        }
    });
    let percentage = json.and_then(Json::text).is_some_and(|text| text.ends_with('%'));
    ReadGrade { grade: Grade { code, label, clause, quota: None }, heads, percentage }
}

/// Reads a quota: a whole number from 0, or a percentage of 0…100.
fn heads(json: &Json<'_>) -> Result<Heads, Code> {
    if let Some(percent) = json.text().and_then(|text| text.strip_suffix('%')) {
        let hundred = Number::from(100_i64);
        return Decimal::parse(percent)
            .ok()
            .filter(|percent| !percent.number().is_negative() && *percent.number() <= hundred)
            .and_then(|percent| percent.number().checked_div(&hundred).ok())
            .map(Heads::Part)
            .ok_or(Code::BadGrades);
    }
    let decimal = json.decimal().map_err(|code| if code == Code::BadDecimal { Code::BadGrades } else { code })?;
    let heads = decimal.number();
    if heads.is_negative() || !heads.is_whole() {
        return Err(Code::BadGrades);
    }
    // No level has 2³² rows: what is beyond means everybody, and sums of it cannot overflow.
    let most = i128::from(u32::MAX);
    let heads = heads.to_i128().map_or(most, |heads| heads.min(most));
    u64::try_from(heads).map(Heads::Whole).map_err(|_| Code::BadGrades)
}
