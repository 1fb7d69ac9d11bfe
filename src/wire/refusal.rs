//! Refusals as JSON: `{"errors": [{"code", "at"?, "pos"?, "level"?, "row"?, "fact"?, "step"?, "message", …}], "total"}`.

use super::json::{Json, number, object, text};
use crate::plan::{Detail, Fault, Language, Place, Refusal};

/// A refusal as JSON.
pub fn refusal(refusal: &Refusal, language: Language) -> Json<'static> {
    let faults = refusal.faults.iter().map(|fault| error(fault, language)).collect();
    object([("errors", Json::List(faults)), ("total", number(refusal.total))])
}

/// One fault as JSON.
pub fn error(fault: &Fault, language: Language) -> Json<'static> {
    let mut entries = vec![("code", text(fault.code.word()))];
    let mut say = |key: &'static str, value: &Option<String>| {
        entries.extend(value.as_ref().map(|value| (key, text(value))));
    };
    match &fault.place {
        Place::PlanText | Place::DataText => {}
        Place::Plan { at, pos } => {
            say("at", &Some(at.clone()));
            entries.extend(pos.map(|pos| ("pos", number(pos))));
        }
        Place::Data { level, row, fact } => {
            say("level", level);
            say("row", row);
            say("fact", fact);
        }
        Place::Row { level, row, step } => {
            say("level", &Some(level.clone()));
            say("row", &Some(row.clone()));
            say("step", step);
        }
    }
    for detail in &fault.details {
        entries.extend(match detail {
            Detail::Piece(piece) => Some(("text", text(piece))),
            Detail::Near(near) => Some(("suggestion", text(near))),
            Detail::Fund(fund) => Some(("fund", text(fund))),
            Detail::Short(short) => Some(("short", text(short))),
            Detail::Tied(ids, _) => Some(("tied", Json::List(ids.iter().map(|id| text(id)).collect()))),
            Detail::Got(_) | Detail::Wanted(_) | Detail::Reader(_) => None,
        });
    }
    entries.push(("message", text(&fault.message(language))));
    object(entries)
}
