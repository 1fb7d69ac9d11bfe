//! The items of a run as columns: steps that pay under one name share a column.

use std::collections::BTreeMap;

use crate::exact::Fen;
use crate::store::{self, Conn, results};

/// The items in the order of the plan.
pub struct Items {
    /// What they are called, each once.
    pub names: Vec<String>,
    /// The place of each among them, by the number of the step.
    places: BTreeMap<i64, usize>,
}

impl Items {
    /// The items of a run.
    ///
    /// # Errors
    /// The store's own.
    pub fn of(conn: &mut Conn, run: &str) -> Result<Items, store::Error> {
        let mut items = Items { names: Vec::new(), places: BTreeMap::new() };
        for item in results::items(conn, run)? {
            let place = items.names.iter().position(|known| *known == item.item).unwrap_or(items.names.len());
            if place == items.names.len() {
                items.names.push(item.item);
            }
            items.places.insert(item.step, place);
        }
        Ok(items)
    }

    /// What lines, each with its step, come to in the columns; nothing where there is no line.
    pub fn amounts(&self, lines: impl IntoIterator<Item = (i64, Fen)>) -> Vec<Option<Fen>> {
        let mut amounts = vec![None; self.names.len()];
        for (step, amount) in lines {
            let place = self.places.get(&step).and_then(|place| amounts.get_mut(*place));
            if let Some(own) = place {
                *own = Some(own.unwrap_or_default() + amount);
            }
        }
        amounts
    }
}
