//! The row above, as a sheet names it: by its id, by its name, or not at all.

use std::collections::{HashMap, HashSet};

use super::Known;
use super::headings::key;
use crate::plan::Plan;

/// The rows that others can be under.
pub struct Parents {
    /// For each level the level above.
    above: Vec<Option<usize>>,
    /// For each level its ids, and the ids of its names.
    known: Vec<(HashSet<String>, Names)>,
}

/// The ids of names; none where several rows have one.
type Names = HashMap<String, Option<String>>;

/// The row above.
pub enum Parent {
    /// There is no level above.
    None,
    /// This one.
    Is(String),
    /// This one, by its name.
    Named(String),
    /// The only one that there is.
    Only(String),
    /// It is not said, and there are several.
    Unsaid,
}

impl Parents {
    /// Of the sheets that are read.
    pub fn new(plan: &Plan, known: &[Known]) -> Parents {
        let above = plan.levels.iter().map(|level| level.parent).collect();
        let mut parents = Parents { above, known: vec![Default::default(); plan.levels.len()] };
        for known in known {
            let Some((ids, names)) = parents.known.get_mut(known.level) else { continue };
            for row in &known.read.rows {
                ids.insert(row.id.clone());
                if let Some(name) = &row.name {
                    // A name of several rows names none of them.
                    names.entry(key(name)).and_modify(|id| *id = None).or_insert_with(|| Some(row.id.clone()));
                }
            }
        }
        parents
    }

    /// Adds the rows of a level.
    pub fn add(&mut self, level: usize, ids: &[String]) {
        if let Some((known, _)) = self.known.get_mut(level) {
            known.extend(ids.iter().cloned());
        }
    }

    /// The row above one of a level, of which this is said.
    pub fn of(&self, level: usize, said: Option<&str>) -> Parent {
        let Some((ids, names)) = self.above.get(level).copied().flatten().and_then(|above| self.known.get(above))
        else {
            return Parent::None;
        };
        match said {
            Some(said) if ids.contains(said) => Parent::Is(said.to_owned()),
            Some(said) => match names.get(&key(said)).cloned().flatten() {
                Some(id) => Parent::Named(id),
                None => Parent::Is(said.to_owned()),
            },
            None => match ids.iter().next() {
                Some(only) if ids.len() == 1 => Parent::Only(only.clone()),
                _ => Parent::Unsaid,
            },
        }
    }
}
