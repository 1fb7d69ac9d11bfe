//! Faults of a request: those of its body, and those of its plan and data, each with its place in the body.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use actix_web::web::Bytes;

use super::problem::{Kind, Problem};
use crate::plan::{Code, Detail, Fault, Language, MOST_BYTES, Place, Refusal};
use crate::wire::calculation::{ReadPlan, plan_json};
use crate::wire::json::text;
use crate::wire::json::{self, Json};
use crate::wire::refusal::error;

/// The key of the plan in a body.
const PLAN: &str = "plan";
/// The key of the data in a body.
const DATA: &str = "data";

/// The problem of a body that could not be read.
pub(super) fn unread(code: Code, reason: &str, language: Language) -> Problem {
    let fault = Fault::at(code, Place::Data { level: None, row: None, fact: None });
    body_problem(vec![(String::new(), fault.with(Detail::Reader(reason.to_owned())))], language)
}

fn body_problem(faults: Vec<(String, Fault)>, language: Language) -> Problem {
    let total = faults.len();
    let errors = faults.iter().map(|(pointer, fault)| with_pointer(error(fault, language), pointer)).collect();
    Problem::new(Kind::BadRequestBody, language).with_errors(errors, total)
}

/// Reads a body that has exactly these keys.
pub(super) fn read_body<'b>(body: &'b Bytes, keys: &[&str], language: Language) -> Result<Json<'b>, Problem> {
    let json = json::read(body).map_err(|stop| unread(stop.code, &stop.to_string(), language))?;
    let fault = |code| Fault::data(code, None, None, None);
    let mut faults = Vec::new();
    match json.entries() {
        None => faults.push((String::new(), fault(Code::WrongType).got(json.kind()).wanted("object"))),
        Some(entries) => {
            let absent: Vec<&str> = keys.iter().copied().filter(|key| json.get(key).is_none()).collect();
            faults.extend(absent.iter().map(|key| (format!("/{key}"), fault(Code::MissingKey))));
            for (key, _) in entries.iter().filter(|(key, _)| !keys.contains(&key.as_ref())) {
                faults.push((format!("/{}", token(key)), fault(Code::UnknownKey).near(key, absent.iter().copied())));
            }
        }
    }
    if faults.is_empty() { Ok(json) } else { Err(body_problem(faults, language)) }
}

/// Reads and checks the plan of a body.
pub(super) fn read_plan<'b>(body: &'b Bytes, json: &Json<'b>) -> Result<ReadPlan<'b>, Refusal> {
    let source = std::str::from_utf8(body).unwrap_or_default();
    let length = json::span(source, "/plan").map_or(0, |span| span.len());
    if length > MOST_BYTES {
        let fault = Fault::at(Code::TooLarge, Place::PlanText);
        return Err(fault.got(format!("{length} B")).wanted(format!("≤ {MOST_BYTES} B")).into());
    }
    plan_json(json.get(PLAN).unwrap_or(&Json::Null))
}

/// The data of a body.
pub(super) fn data_of<'j, 'b>(json: &'j Json<'b>) -> &'j Json<'b> {
    json.get(DATA).unwrap_or(&Json::Null)
}

/// The problem that a refusal is.
pub(super) fn problem(kind: Kind, refusal: &Refusal, body: &Json<'_>, language: Language) -> Problem {
    Problem::new(kind, language).with_errors(errors(refusal, body, language), refusal.total)
}

/// The faults of a refusal, each with its place in the body.
pub(super) fn errors(refusal: &Refusal, body: &Json<'_>, language: Language) -> Vec<Json<'static>> {
    let data = data_of(body);
    let rows = rows_named(refusal, data);
    let pointer = |fault: &Fault| match &fault.place {
        Place::PlanText => format!("/{PLAN}"),
        Place::Plan { at, .. } => format!("/{PLAN}{at}"),
        Place::DataText => format!("/{DATA}"),
        Place::Data { level, row, fact } => in_data(data, &rows, level.as_deref(), row.as_deref(), fact.as_deref()),
        Place::Row { level, row, .. } => in_data(data, &rows, Some(level), Some(row), None),
    };
    refusal.faults.iter().map(|fault| with_pointer(error(fault, language), &pointer(fault))).collect()
}

/// An error with its pointer after its code.
fn with_pointer(error: Json<'static>, pointer: &str) -> Json<'static> {
    let Json::Object(mut entries) = error else { return error };
    entries.insert(entries.len().min(1), (Cow::Borrowed("pointer"), text(pointer)));
    Json::Object(entries)
}

/// A key as a token of a JSON pointer.
fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A row by its level and id.
type RowName<'n> = (&'n str, &'n str);

/// The places of the rows that faults name, in one pass over the data.
fn rows_named<'r>(refusal: &'r Refusal, data: &'r Json<'_>) -> HashMap<RowName<'r>, usize> {
    let named = refusal.faults.iter().filter_map(|fault| match &fault.place {
        Place::Data { level: Some(level), row: Some(row), .. } | Place::Row { level, row, .. } => {
            Some((level.as_str(), row.as_str()))
        }
        _ => None,
    });
    let named: HashSet<RowName<'r>> = named.collect();
    let mut places = HashMap::new();
    for (level, rows) in data.entries().unwrap_or_default() {
        if !named.iter().any(|(named, _)| named == level) {
            continue;
        }
        for (place, row) in rows.items().unwrap_or_default().iter().enumerate() {
            if let Some(id) = row.get("id").and_then(Json::text)
                && let Some(name) = named.get(&(level.as_ref(), id))
            {
                places.entry(*name).or_insert(place);
            }
        }
    }
    places
}

/// The pointer of a level, of a row, or of a value of a row.
fn in_data(
    data: &Json<'_>,
    rows: &HashMap<RowName<'_>, usize>,
    level: Option<&str>,
    row: Option<&str>,
    fact: Option<&str>,
) -> String {
    let Some(level) = level else { return format!("/{DATA}") };
    let mut pointer = format!("/{DATA}/{}", token(level));
    let Some(place) = row.and_then(|row| rows.get(&(level, row))) else { return pointer };
    pointer.push_str(&format!("/{place}"));
    if let Some(fact) = fact {
        let row = data.get(level).and_then(Json::items).and_then(|rows| rows.get(*place));
        let has = |json: Option<&Json<'_>>| json.is_some_and(|json| json.get(fact).is_some());
        // A fault names a fact, or, where there is none of this name, a key of the row itself.
        let own = has(row) && !has(row.and_then(|row| row.get("facts")));
        pointer.push_str(if own { "/" } else { "/facts/" });
        pointer.push_str(&token(fact));
    }
    pointer
}
