//! Somebody else's figures as they come in, with every fault at once.

use std::collections::HashSet;

use crate::engine::reconciliation::Figure;
use crate::plan::document::{FactKind, Value};
use crate::plan::{Code, Detail, Fault, LISTED, Written, is_id};
use crate::wire::json::Json;

/// The most figures of one request.
pub const MOST_FIGURES: usize = 500_000;

/// Reads figures one by one.
#[derive(Default)]
pub struct Figures {
    read: Vec<Figure>,
    seen: HashSet<(String, String)>,
    faults: Vec<(String, Fault)>,
    total: usize,
}

/// Figures that have faults.
pub struct BadFigures {
    /// At most 1,000 of them, each with the pointer to its place.
    pub faults: Vec<(String, Fault)>,
    /// How many there are.
    pub total: usize,
}

/// Where a figure stands: a JSON pointer, and in a table the line.
#[derive(Debug, Clone)]
pub struct Stands {
    /// The pointer.
    pub pointer: String,
    /// The line of a table, from 1.
    pub line: Option<u64>,
}

impl Figures {
    /// Notes a fault.
    pub fn fault(&mut self, stands: &Stands, code: Code, row: Option<&str>, item: Option<&str>, details: Vec<Detail>) {
        self.total += 1;
        if self.faults.len() >= LISTED {
            return;
        }
        let mut fault = Fault::data(code, None, row, item);
        fault.details = details;
        if let Some(line) = stands.line {
            fault.details.insert(0, Detail::Got(format!("CSV:{line}")));
        }
        self.faults.push((stands.pointer.clone(), fault));
    }

    /// Reads one.
    pub fn figure(&mut self, stands: &Stands, id: &str, item: &str, amount: Written<'_>) {
        if !is_id(id) {
            return self.fault(stands, Code::BadId, None, Some(item), vec![Detail::Got(id.to_owned())]);
        }
        if item.trim().is_empty() {
            return self.fault(stands, Code::BadValue, Some(id), None, vec![Detail::Wanted("item".to_owned())]);
        }
        match (FactKind::Money { min: None, max: None }).read(amount) {
            Err(refused) => self.fault(stands, refused.code, Some(id), Some(item), refused.details),
            Ok(Value::Number(yuan)) => {
                if !self.seen.insert((id.to_owned(), item.to_owned())) {
                    return self.fault(stands, Code::DuplicateKey, Some(id), Some(item), Vec::new());
                }
                let amount = yuan.fen().unwrap_or_default();
                self.read.push(Figure { id: id.to_owned(), item: item.to_owned(), amount });
            }
            Ok(_) => {}
        }
    }

    /// Reads a list of `{row, item, amount}`.
    pub fn list(&mut self, pointer: &str, list: &Json<'_>) {
        let Some(items) = list.items() else {
            let stands = Stands { pointer: pointer.to_owned(), line: None };
            return self.fault(&stands, Code::WrongType, None, None, vec![Detail::Wanted("list".to_owned())]);
        };
        for (place, figure) in items.iter().enumerate() {
            let at = |key: &str| Stands { pointer: format!("{pointer}/{place}{key}"), line: None };
            let Some(entries) = figure.entries() else {
                self.fault(&at(""), Code::WrongType, None, None, vec![Detail::Wanted("object".to_owned())]);
                continue;
            };
            for (key, _) in entries.iter().filter(|(key, _)| !["row", "item", "amount"].contains(&key.as_ref())) {
                self.fault(&at(""), Code::UnknownKey, None, None, vec![Detail::Got(key.clone().into_owned())]);
            }
            let text = |key: &str| figure.get(key).and_then(Json::text);
            match (text("row"), text("item"), figure.get("amount")) {
                (Some(row), Some(item), Some(amount)) => self.figure(&at("/amount"), row, item, amount.written()),
                (row, item, amount) => {
                    let present = [("row", row.is_some()), ("item", item.is_some()), ("amount", amount.is_some())];
                    for (key, _) in present.into_iter().filter(|(_, is_there)| !is_there) {
                        let code = if figure.get(key).is_some() { Code::WrongType } else { Code::MissingKey };
                        self.fault(&at(&format!("/{key}")), code, row, item, Vec::new());
                    }
                }
            }
        }
    }

    /// The figures.
    ///
    /// # Errors
    /// All faults.
    pub fn finish(mut self, pointer: &str) -> Result<Vec<Figure>, BadFigures> {
        let stands = Stands { pointer: pointer.to_owned(), line: None };
        if self.read.len() > MOST_FIGURES {
            let details = vec![Detail::Got(self.read.len().to_string()), Detail::Wanted(format!("≤ {MOST_FIGURES}"))];
            self.fault(&stands, Code::TooLarge, None, None, details);
        } else if self.read.is_empty() && self.total == 0 {
            self.fault(&stands, Code::BadValue, None, None, vec![Detail::Wanted("≥ 1".to_owned())]);
        }
        if self.total > 0 { Err(BadFigures { faults: self.faults, total: self.total }) } else { Ok(self.read) }
    }
}
