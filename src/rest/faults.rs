//! Faults of a request: those of its body, and those of its plan and data, each with its place in the body.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use actix_web::web::Bytes;

use super::problem::{Kind, Problem};
use crate::exact::{Decimal, Number};
use crate::plan::{Code, Detail, Fault, LISTED, Language, MOST_BYTES, Place, Refusal};
use crate::record::people::known_by;
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

pub(super) fn body_problem(faults: Vec<(String, Fault)>, language: Language) -> Problem {
    let total = faults.len();
    body_problem_of(faults, total, language)
}

/// The problem of a body with these faults, of so many.
pub(super) fn body_problem_of(faults: Vec<(String, Fault)>, total: usize, language: Language) -> Problem {
    let told = |(pointer, fault): &(String, Fault)| with_pointer(error(fault, language), pointer);
    let errors = faults.iter().take(LISTED).map(told).collect();
    Problem::new(Kind::BadRequestBody, language).with_errors(errors, total)
}

/// Reads a body that has these keys and no others; some of them may be absent.
pub(super) fn read_body<'b>(
    body: &'b Bytes,
    keys: &[&str],
    optional: &[&str],
    language: Language,
) -> Result<Json<'b>, Problem> {
    let json = json::read(body).map_err(|stop| unread(stop.code, &stop.to_string(), language))?;
    let faults = faults_of_keys(&json, "", keys, optional);
    if faults.is_empty() { Ok(json) } else { Err(body_problem(faults, language)) }
}

/// What is wrong with the keys of an object that stands at this pointer of a body.
pub(super) fn faults_of_keys(json: &Json<'_>, at: &str, keys: &[&str], optional: &[&str]) -> Vec<(String, Fault)> {
    let fault = |code| Fault::data(code, None, None, None);
    let Some(entries) = json.entries() else {
        return vec![(at.to_owned(), fault(Code::WrongType).got(json.kind()).wanted("object"))];
    };
    let absent: Vec<&str> = keys.iter().copied().filter(|key| json.get(key).is_none()).collect();
    let mut faults: Vec<(String, Fault)> =
        absent.iter().map(|key| (format!("{at}/{key}"), fault(Code::MissingKey))).collect();
    let unknown = |key: &str| !keys.contains(&key) && !optional.contains(&key);
    for (key, _) in entries.iter().filter(|(key, _)| unknown(key)) {
        let near = absent.iter().chain(optional).copied();
        faults.push((format!("{at}/{}", token(key)), fault(Code::UnknownKey).near(key, near)));
    }
    faults
}

/// Reads the values of a body, with all their faults at once.
pub(super) struct Fields<'j, 'b> {
    body: &'j Json<'b>,
    /// Where it stands in the whole body.
    at: String,
    faults: Vec<(String, Fault)>,
}

impl<'j, 'b> Fields<'j, 'b> {
    /// The values of this body.
    pub(super) fn of(body: &'j Json<'b>) -> Fields<'j, 'b> {
        Fields { body, at: String::new(), faults: Vec::new() }
    }

    /// The values of a body that has these keys and no others; some of them may be absent.
    pub(super) fn of_keys(body: &'j Json<'b>, keys: &[&str], optional: &[&str]) -> Fields<'j, 'b> {
        Fields { body, at: String::new(), faults: faults_of_keys(body, "", keys, optional) }
    }

    /// The same values, which stand at this pointer of the body.
    pub(super) fn inside(self, at: &str) -> Fields<'j, 'b> {
        Fields { at: at.to_owned(), ..self }
    }

    /// Notes a fault of a value.
    pub(super) fn fault(&mut self, key: &str, code: Code, wanted: &str) {
        let fault = Fault::data(code, None, None, None).wanted(wanted);
        self.faults.push((format!("{}/{key}", self.at), fault));
    }

    /// A text that people know something by, of 1 to `most` characters, if it is there.
    pub(super) fn maybe_text(&mut self, key: &str, most: usize) -> Option<String> {
        let value = self.body.get(key)?;
        match value.text() {
            None => self.fault(key, Code::WrongType, "text"),
            Some(text) => {
                let known = known_by(text, most);
                if known.is_none() {
                    self.fault(key, Code::BadValue, &format!("1–{most}"));
                }
                return known;
            }
        }
        None
    }

    /// The same, where it may have several lines.
    pub(super) fn maybe_lines(&mut self, key: &str, most: usize) -> Option<String> {
        let text = self.body.get(key).and_then(Json::text);
        match text.filter(|text| known_by(&text.replace(['\n', '\r', '\t'], " "), most).is_some()) {
            Some(text) => Some(text.to_owned()),
            None => self.maybe_text(key, most),
        }
    }

    /// The same of a key that must be there.
    pub(super) fn text(&mut self, key: &str, most: usize) -> String {
        self.maybe_text(key, most).unwrap_or_default()
    }

    /// A whole number from `least` to `most`, if it is there.
    pub(super) fn maybe_whole(&mut self, key: &str, (least, most): (i64, i64)) -> Option<i64> {
        let value = self.body.get(key)?;
        let Json::Number(written) = value else {
            self.fault(key, Code::WrongType, "number");
            return None;
        };
        let number = written.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault(key, value.integer_fault(Code::BadValue), &format!("{least}–{most}"));
        }
        number
    }

    /// A list of texts of at most `most` characters, if it is there.
    pub(super) fn maybe_texts(&mut self, key: &str, most: usize) -> Option<Vec<String>> {
        let value = self.body.get(key)?;
        let texts = value.items().map(|items| items.iter().map(Json::text).collect::<Option<Vec<&str>>>());
        match texts.flatten() {
            None => self.fault(key, Code::WrongType, "list"),
            Some(texts) if !texts.iter().all(|text| crate::plan::is_id(text) && text.chars().count() <= most) => {
                self.fault(key, Code::BadValue, &format!("1–{most}"));
            }
            Some(texts) => return Some(texts.into_iter().map(str::to_owned).collect()),
        }
        None
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.body.get(key).is_some()
    }

    /// Any text, such as a name or a formula, which the plan judges; if it is there.
    pub(super) fn maybe_word(&mut self, key: &str) -> Option<String> {
        let word = self.body.get(key).map(|value| value.text().map(str::to_owned))?;
        if word.is_none() {
            self.fault(key, Code::WrongType, "text");
        }
        word
    }

    /// The same of a key that must be there.
    pub(super) fn word(&mut self, key: &str) -> String {
        self.maybe_word(key).unwrap_or_default()
    }

    /// A list of at most so many of them; none where it is absent.
    pub(super) fn words(&mut self, key: &str, most: usize) -> Vec<String> {
        let Some(list) = self.body.get(key) else { return Vec::new() };
        let words = list.items().map(|items| items.iter().map(|item| item.text().map(str::to_owned)).collect());
        match words.flatten() {
            None => self.fault(key, Code::WrongType, "[text]"),
            Some(words) if <Vec<String>>::len(&words) > most => self.fault(key, Code::BadValue, &format!("[0–{most}]")),
            Some(words) => return words,
        }
        Vec::new()
    }

    /// A decimal, if it is there.
    pub(super) fn maybe_decimal(&mut self, key: &str) -> Option<Decimal> {
        match self.body.get(key)?.decimal() {
            Ok(decimal) => Some(decimal),
            Err(code) => {
                self.fault(key, code, "decimal");
                None
            }
        }
    }

    /// The same of a key that must be there.
    pub(super) fn decimal(&mut self, key: &str) -> Number {
        self.maybe_decimal(key).map_or(Number::ZERO, |decimal| decimal.number().clone())
    }

    /// An object that has these keys and no others, some of which may be absent; if it is there.
    pub(super) fn maybe_object<T>(
        &mut self,
        key: &str,
        (keys, optional): (&[&str], &[&str]),
        read: impl FnOnce(&mut Fields<'j, 'b>) -> T,
    ) -> Option<T> {
        let body = self.body.get(key)?;
        Some(self.nested(format!("{}/{key}", self.at), body, (keys, optional), read))
    }

    /// A list of `least` to `most` such objects; none where it is absent.
    pub(super) fn objects<T>(
        &mut self,
        key: &str,
        (least, most): (usize, usize),
        keys: (&[&str], &[&str]),
        mut read: impl FnMut(&mut Fields<'j, 'b>) -> T,
    ) -> Vec<T> {
        let Some(list) = self.body.get(key) else { return Vec::new() };
        let Some(items) = list.items() else {
            self.fault(key, Code::WrongType, "list");
            return Vec::new();
        };
        if !(least..=most).contains(&items.len()) {
            self.fault(key, Code::BadValue, &format!("[{least}–{most}]"));
            return Vec::new();
        }
        let at = |place: usize| format!("{}/{key}/{place}", self.at);
        let places: Vec<(String, &'j Json<'b>)> = items.iter().enumerate().map(|(place, it)| (at(place), it)).collect();
        places.into_iter().map(|(at, item)| self.nested(at, item, keys, &mut read)).collect()
    }

    fn nested<T>(
        &mut self,
        at: String,
        body: &'j Json<'b>,
        (keys, optional): (&[&str], &[&str]),
        read: impl FnOnce(&mut Fields<'j, 'b>) -> T,
    ) -> T {
        let faults = faults_of_keys(body, &at, keys, optional);
        let mut inner = Fields { body, at, faults };
        let value = read(&mut inner);
        self.faults.append(&mut inner.faults);
        value
    }

    /// All faults, if there is one.
    pub(super) fn done(self, language: Language) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(body_problem(self.faults, language)) }
    }
}

/// Whether the plan of a body is within its limit.
pub(super) fn fits(body: &Bytes) -> Result<(), Refusal> {
    fits_at("", body)
}

fn fits_at(at: &str, body: &Bytes) -> Result<(), Refusal> {
    let source = std::str::from_utf8(body).unwrap_or_default();
    let length = json::span(source, &format!("{at}/{PLAN}")).map_or(0, |span| span.len());
    if length > MOST_BYTES {
        let fault = Fault::at(Code::TooLarge, Place::PlanText);
        return Err(fault.got(format!("{length} B")).wanted(format!("≤ {MOST_BYTES} B")).into());
    }
    Ok(())
}

/// Reads and checks the plan of a body.
pub(super) fn read_plan<'b>(body: &'b Bytes, json: &Json<'b>) -> Result<ReadPlan<'b>, Refusal> {
    read_plan_at("", body, json)
}

/// Reads and checks the plan of a part of a body that stands at this pointer.
pub(super) fn read_plan_at<'b>(at: &str, body: &'b Bytes, json: &Json<'b>) -> Result<ReadPlan<'b>, Refusal> {
    fits_at(at, body)?;
    plan_json(json.get(PLAN).unwrap_or(&Json::Null))
}

/// The data of a body.
pub(super) fn data_of<'j, 'b>(json: &'j Json<'b>) -> &'j Json<'b> {
    json.get(DATA).unwrap_or(&Json::Null)
}

/// The problem that a refusal is.
pub(super) fn problem(kind: Kind, refusal: &Refusal, body: &Json<'_>, language: Language) -> Problem {
    problem_at(DATA, kind, refusal, body, language)
}

/// The problem that a refusal is whose data stand under this key of the body.
pub(super) fn problem_at(key: &str, kind: Kind, refusal: &Refusal, body: &Json<'_>, language: Language) -> Problem {
    Problem::new(kind, language).with_errors(errors_at(key, refusal, body, "", language), refusal.total)
}

/// The faults of a refusal, each with its place in the body.
pub(super) fn errors(refusal: &Refusal, body: &Json<'_>, language: Language) -> Vec<Json<'static>> {
    errors_of(refusal, body, "", language)
}

/// The same where the plan and the data stand in a part of the body, at this pointer.
pub(super) fn errors_of(refusal: &Refusal, part: &Json<'_>, at: &str, language: Language) -> Vec<Json<'static>> {
    errors_at(DATA, refusal, part, at, language)
}

fn errors_at(key: &str, refusal: &Refusal, body: &Json<'_>, within: &str, language: Language) -> Vec<Json<'static>> {
    let data = body.get(key).unwrap_or(&Json::Null);
    let rows = rows_named(refusal, data);
    let pointer = |fault: &Fault| match &fault.place {
        Place::PlanText => format!("/{PLAN}"),
        Place::Plan { at, .. } => format!("/{PLAN}{at}"),
        Place::DataText => format!("/{key}"),
        // Where the request has no rows, it is one that was there before.
        Place::Data { .. } | Place::Row { .. } if body.get(key).is_none() => String::new(),
        Place::Data { level, row, fact } => {
            in_data((key, data), &rows, level.as_deref(), row.as_deref(), fact.as_deref())
        }
        Place::Row { level, row, .. } => in_data((key, data), &rows, Some(level), Some(row), None),
    };
    let pointer = |fault: &Fault| format!("{within}{}", pointer(fault));
    refusal.faults.iter().map(|fault| with_pointer(error(fault, language), &pointer(fault))).collect()
}

/// An error with its pointer after its code.
pub(super) fn with_pointer(error: Json<'static>, pointer: &str) -> Json<'static> {
    let Json::Object(mut entries) = error else { return error };
    entries.insert(entries.len().min(1), (Cow::Borrowed("pointer"), text(pointer)));
    Json::Object(entries)
}

/// A key as a token of a JSON pointer.
pub(super) fn token(key: &str) -> String {
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
    (key, data): (&str, &Json<'_>),
    rows: &HashMap<RowName<'_>, usize>,
    level: Option<&str>,
    row: Option<&str>,
    fact: Option<&str>,
) -> String {
    let Some(level) = level else { return format!("/{key}") };
    let mut pointer = format!("/{key}/{}", token(level));
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
