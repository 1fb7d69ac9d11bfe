//! Levels and facts (`plan-language.md` §1.1).

use super::element::Element;
use crate::plan::Code;
use crate::plan::document::{Fact, FactKind, Level, Presence, Value};
use crate::wire::json::Json;

/// Digits after the point that a decimal can have.
const MOST_PLACES: u32 = 12;

#[derive(Clone, Copy)]
enum Type {
    Number,
    Money,
    Flag,
    Choice,
    Date,
    Text,
    Row,
}

const TYPES: [(&str, Type); 7] = [
    ("number", Type::Number),
    ("money", Type::Money),
    ("flag", Type::Flag),
    ("choice", Type::Choice),
    ("date", Type::Date),
    ("text", Type::Text),
    ("row", Type::Row),
];

/// Reads a level.
pub(super) fn level(level: &mut Element<'_, '_>) -> Level {
    let (heading, parent) = (level.heading(), level.maybe_text("parent"));
    let facts = level.maybe_list("facts");
    let facts = level.elements("facts", facts, |fact, _| self::fact(fact)).into_iter().flatten().collect();
    Level { heading, parent, facts }
}

/// Reads a fact; none where its type is faulty.
fn fact(fact: &mut Element<'_, '_>) -> Option<Fact> {
    let (heading, optional) = (fact.heading(), fact.flag("optional"));
    let kind = match fact.word("type", &TYPES) {
        Some(kind) => self::kind(fact, kind),
        None => {
            fact.pass(&["min", "max", "places", "choices", "level", "default"]);
            None
        }
    };
    let presence = match fact.get("default") {
        Some(json) => default(fact, json, kind.as_ref(), optional).map_or(Presence::Required, Presence::Default),
        None if optional => Presence::Optional,
        None => Presence::Required,
    };
    Some(Fact { heading, kind: kind?, presence })
}

/// Reads the keys that belong to a type; none where its choices are faulty.
fn kind(fact: &mut Element<'_, '_>, kind: Type) -> Option<FactKind> {
    Some(match kind {
        Type::Number => {
            FactKind::Number { min: fact.maybe_number("min"), max: fact.maybe_number("max"), places: places(fact) }
        }
        Type::Money => FactKind::Money { min: fact.maybe_number("min"), max: fact.maybe_number("max") },
        Type::Flag => FactKind::Flag,
        Type::Choice => FactKind::Choice(fact.choices("choices")?),
        Type::Date => FactKind::Date,
        Type::Text => FactKind::Text,
        Type::Row => FactKind::Row(fact.text("level")),
    })
}

fn places(fact: &mut Element<'_, '_>) -> Option<u32> {
    let json = fact.get("places")?;
    let Json::Number(source) = json else {
        fact.wrong(Code::WrongType, "places", json, "number");
        return None;
    };
    let places = source.parse().ok().filter(|places| *places <= MOST_PLACES);
    if places.is_none() {
        fact.wrong(json.integer_fault(Code::BadValue), "places", json, &format!("0…{MOST_PLACES}"));
    }
    places
}

/// Reads a default, which must be a value of its own fact; a `row` fact has none, nor has an optional one.
fn default(fact: &mut Element<'_, '_>, json: &Json<'_>, kind: Option<&FactKind>, optional: bool) -> Option<Value> {
    let value = match kind {
        Some(FactKind::Row(_)) => None,
        Some(kind) => kind.read(json.written()).ok(),
        // Of a type that is faulty itself nothing is known.
        None => Some(Value::Flag(false)),
    };
    let known = value.filter(|_| !optional);
    if known.is_none() {
        fact.wrong(Code::BadDefault, "default", json, "");
    }
    known
}
