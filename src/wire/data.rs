//! Data from JSON (`plan-language.md` §2): every fault with its level, row and fact.

use std::collections::BTreeSet;

use super::json::{self, Json};
use crate::engine::{Data, DataBuilder, RowInput};
use crate::plan::{Code, Detail, Fault, Faults, Place, Plan, Refusal};

/// Reads data from their text.
///
/// # Errors
/// `bad_json` or `duplicate_key` of the text, else all faults of the data.
pub fn read_data(plan: &Plan, text: &[u8]) -> Result<Data, Refusal> {
    let json = json::read(text).map_err(|stop| stop.fault(Place::DataText))?;
    data(plan, &json)
}

/// Reads data from their JSON.
///
/// # Errors
/// All faults of the data.
pub fn data(plan: &Plan, json: &Json<'_>) -> Result<Data, Refusal> {
    data_or_faults(plan, json).map_err(Refusal::from)
}

/// The same; where there are faults, not only the first.
///
/// # Errors
/// All faults of the data.
pub fn data_or_faults(plan: &Plan, json: &Json<'_>) -> Result<Data, Faults> {
    let mut builder = DataBuilder::new(plan);
    match json.entries() {
        None => builder.fault(Fault::data(Code::WrongType, None, None, None).got(json.kind()).wanted("object")),
        Some(levels) => levels.iter().for_each(|(name, rows)| level(&mut builder, name, rows)),
    }
    builder.finish_or_all()
}

fn level(builder: &mut DataBuilder<'_>, name: &str, rows: &Json<'_>) {
    let plan = builder.plan();
    let Some(number) = plan.level_named(name) else {
        let names = plan.levels.iter().map(|level| level.name.as_str());
        let fault = Fault::data(Code::UnknownLevel, Some(name), None, None).got(name).near(name, names);
        return builder.fault(fault);
    };
    let Some(rows) = rows.items() else {
        let fault = Fault::data(Code::WrongType, Some(name), None, None);
        return builder.fault(fault.got(rows.kind()).wanted("list"));
    };
    let facts: Vec<&str> = plan
        .document
        .levels
        .get(number)
        .map(|level| level.facts.iter().map(|fact| fact.heading.name.as_str()).collect())
        .unwrap_or_default();
    let mut reader = RowReader { builder, level: number, name, facts };
    (1..).zip(rows).for_each(|(place, row)| reader.row(place, row));
}

struct RowReader<'r, 'p> {
    builder: &'r mut DataBuilder<'p>,
    level: usize,
    name: &'r str,
    facts: Vec<&'p str>,
}

impl RowReader<'_, '_> {
    fn fault(&mut self, code: Code, row: Option<&str>, fact: Option<&str>, details: Vec<Detail>) {
        let mut fault = Fault::data(code, Some(self.name), row, fact);
        fault.details = details;
        self.builder.fault(fault);
    }

    /// Reads a row; `place` counts the rows of the level from 1, for one without an id has no other name.
    fn row(&mut self, place: usize, json: &Json<'_>) {
        let Some(entries) = json.entries() else {
            return self.fault(Code::WrongType, None, None, vec![Detail::Got(format!("[{place}] {}", json.kind()))]);
        };
        let id = json.get("id").and_then(Json::text).filter(|id| crate::plan::is_id(id));
        let Some(id) = id else { return self.fault(Code::BadId, None, None, vec![Detail::Got(format!("[{place}]"))]) };
        let mut row = RowInput { id: id.to_owned(), ..RowInput::default() };
        row.facts.resize(self.facts.len(), None);
        for (key, value) in entries {
            match (key.as_ref(), value) {
                ("id", _) | ("parent" | "name", Json::Null) => {}
                ("parent", Json::Text(parent)) => row.parent = Some(parent.clone().into_owned()),
                // Whatever else stands there, it is the id of no row: no id holds U+0000.
                ("parent", other) => row.parent = Some(format!("\0{}", other.kind())),
                ("name", Json::Text(name)) => row.name = Some(name.clone().into_owned()),
                ("facts", Json::Object(facts)) => {
                    facts.iter().for_each(|(fact, value)| self.value(&mut row, fact, value));
                }
                ("name" | "facts", other) => {
                    let details = vec![Detail::Got(other.kind().to_owned())];
                    self.fault(Code::WrongType, Some(id), Some(key), details);
                    if key == "facts" {
                        row.faulty = (0..self.facts.len()).collect::<BTreeSet<usize>>();
                    }
                }
                (unknown, _) => self.fault(Code::UnknownKey, Some(id), Some(unknown), Vec::new()),
            }
        }
        self.builder.row(self.level, row);
    }

    fn value(&mut self, row: &mut RowInput, fact: &str, value: &Json<'_>) {
        let Some(number) = self.facts.iter().position(|known| *known == fact) else {
            let names = self.facts.iter().copied();
            let fault = Fault::data(Code::UnknownFact, Some(self.name), Some(&row.id), Some(fact)).near(fact, names);
            return self.builder.fault(fault);
        };
        if *value == Json::Null {
            return;
        }
        let Some(kind) = self.builder.plan().fact(self.level, number).map(|fact| &fact.kind) else { return };
        match kind.read(value.written()) {
            Ok(value) => {
                if let Some(cell) = row.facts.get_mut(number) {
                    *cell = Some(value);
                }
            }
            Err(refused) => {
                row.faulty.insert(number);
                self.fault(refused.code, Some(&row.id), Some(fact), refused.details);
            }
        }
    }
}
