//! What stands on both sides: levels by name (the payees' levels whatever their names), rows by id, facts by name.

use super::Side;
use crate::engine::data::{Data, DataBuilder, FactColumn, RowInput};
use crate::exact::{Row, at, rows};
use crate::plan::document::{FactKind, Presence, Value};
use crate::plan::{ColumnKind, Refusal, Written};

/// Two sides with what stands on both.
pub struct Matched<'a> {
    base: Side<'a>,
    other: Side<'a>,
    same_plan: bool,
    /// For each level of the other plan that of the base plan.
    levels: Vec<Option<usize>>,
}

/// The facts of a column that were something else in the base data: for each row of the other data what was there.
pub struct Change {
    /// The level of the other plan.
    pub level: usize,
    /// The fact.
    pub column: usize,
    /// What was there; none: blank.
    pub before: Vec<(Row, Option<Value>)>,
}

impl<'a> Matched<'a> {
    /// Matches two sides.
    pub fn new(base: Side<'a>, other: Side<'a>, same_plan: bool) -> Matched<'a> {
        let named = |name: &str| base.plan.level_named(name).filter(|level| *level != base.payee);
        let levels = other
            .plan
            .levels
            .iter()
            .enumerate()
            .map(|(number, level)| if number == other.payee { Some(base.payee) } else { named(&level.name) });
        Matched { base, other, same_plan, levels: levels.collect() }
    }

    /// The level of the base plan.
    fn level(&self, level: usize) -> Option<usize> {
        self.levels.get(level).copied().flatten()
    }

    /// Whether the rows are the same under the same parents.
    pub fn has_same_rows(&self) -> bool {
        self.levels.iter().zip(&self.other.data.levels).enumerate().all(|(level, (known, new))| {
            let Some(old) = known.and_then(|known| self.base.data.levels.get(known)) else { return true };
            let moved = self.keeps_parents(level) && old.ancestors.get(1) != new.ancestors.get(1);
            old.ids == new.ids && !moved
        })
    }

    /// Whether the parents of a level's rows are rows of the same level on both sides.
    fn keeps_parents(&self, level: usize) -> bool {
        let above = self.other.plan.levels.get(level).and_then(|level| level.parent);
        let known = self.level(level).and_then(|known| self.base.plan.levels.get(known)).and_then(|known| known.parent);
        above.and_then(|above| self.level(above)) == known
    }

    /// What a row of the base data has as a fact of the other plan. None: nothing that fits it.
    fn kept(&self, level: usize, column: usize, row: Row) -> Option<Option<Value>> {
        let known = self.level(level)?;
        let fact = self.other.plan.fact(level, column)?;
        let facts = &self.base.plan.document.levels.get(known)?.facts;
        let from = facts.iter().position(|from| from.heading.name == fact.heading.name)?;
        match (self.base.data.value(self.base.plan, known, from, row), &fact.presence) {
            (Some(value), _) if self.same_plan => Some(Some(value)),
            (Some(value), _) => {
                let target = |side: Side<'_>, level, column| match side.plan.column(level, column)?.kind {
                    ColumnKind::Row(target) => Some(target),
                    _ => None,
                };
                let (old, new) = (target(self.base, known, from), target(self.other, level, column));
                (old == new.and_then(|new| self.level(new))).then(|| fitting(&fact.kind, value))?.map(Some)
            }
            (None, Presence::Optional) => Some(None),
            (None, Presence::Default(value)) => Some(Some(value.clone())),
            (None, Presence::Required) => None,
        }
    }

    /// The base data as data of the other plan. What they lack of it is taken from the other data.
    ///
    /// # Errors
    /// What the other plan wants of a row stands on neither side.
    pub fn carried(&self) -> Result<Data, Refusal> {
        let Side { plan, data, .. } = self.other;
        let mut builder = DataBuilder::new(plan);
        // The rows of levels that the base plan does not have, where they can stand.
        let mut stands: Vec<Vec<bool>> = Vec::new();
        for (number, level) in data.levels.iter().enumerate() {
            let known = self.level(number);
            let mut here = vec![true; level.len()];
            if let Some(old) = known.and_then(|known| self.base.data.levels.get(known)) {
                rows(old.len()).for_each(|row| builder.row(number, self.carried_row(number, row)));
            } else {
                let above = plan.levels.get(number).and_then(|level| level.parent);
                for (row, stand) in rows(level.len()).zip(&mut here) {
                    if let (Some(above), Some(parents)) = (above, level.ancestors.get(1)) {
                        let parent = *at(parents, row);
                        *stand = match (self.level(above), stands.get(above)) {
                            (Some(known), _) => self.base.data.find(known, data.id(above, parent)).is_some(),
                            (None, Some(stands)) => *at(stands, parent),
                            (None, None) => false,
                        };
                    }
                    if *stand {
                        builder.row(number, data.input(plan, number, row));
                    }
                }
            }
            stands.push(here);
        }
        builder.finish()
    }

    fn carried_row(&self, level: usize, row: Row) -> RowInput {
        let Side { plan, data, .. } = self.other;
        let known = self.level(level).unwrap_or_default();
        let RowInput { id, parent, name, .. } = self.base.data.input(self.base.plan, known, row);
        let there = data.find(level, &id);
        let new = there.map(|there| data.input(plan, level, there)).unwrap_or_default();
        let parent = if self.keeps_parents(level) { parent } else { new.parent };
        let count = plan.levels.get(level).map_or(0, |level| level.facts);
        let fact = |column| {
            let taken = || data.value(plan, level, column, there?);
            self.kept(level, column, row).unwrap_or_else(taken)
        };
        RowInput { id, parent, name, facts: (0..count).map(fact).collect(), ..RowInput::default() }
    }

    /// What facts of rows that stand on both sides were in the base data, where a step uses them and they differ.
    pub fn changes(&self) -> Vec<Change> {
        let Side { plan, data, .. } = self.other;
        let mut changes = Vec::new();
        for (level, new) in data.levels.iter().enumerate() {
            let Some(known) = self.level(level) else { continue };
            let found = new.ids.iter().map(|id| self.base.data.find(known, id));
            let pairs: Vec<(Row, Row)> =
                rows(new.len()).zip(found).filter_map(|(row, old)| Some((row, old?))).collect();
            for (column, fact) in new.facts.iter().enumerate() {
                if matches!(fact, FactColumn::Texts(_)) || plan.unused_facts.contains(&(level, column)) {
                    continue;
                }
                let before = pairs.iter().filter_map(|(row, old)| {
                    let before =
                        self.kept(level, column, *old).filter(|before| self.stands(level, column, *row, before));
                    before
                        .filter(|before| *before != data.value(plan, level, column, *row))
                        .map(|before| (*row, before))
                });
                let before: Vec<(Row, Option<Value>)> = before.collect();
                if !before.is_empty() {
                    changes.push(Change { level, column, before });
                }
            }
        }
        changes
    }

    /// Whether what a fact was can stand in the other data: a row that it refers to must be there, under the same root.
    fn stands(&self, level: usize, column: usize, row: Row, before: &Option<Value>) -> bool {
        let Side { plan, data, .. } = self.other;
        let (Some(ColumnKind::Row(target)), Some(Value::Text(id))) =
            (plan.column(level, column).map(|column| &column.kind), before)
        else {
            return true;
        };
        let root = |level: usize, row| Some(*at(data.levels.get(level)?.ancestors.last()?, row));
        data.find(*target, id).is_some_and(|there| root(*target, there) == root(level, row))
    }
}

/// A value as one of a fact, if it fits it.
fn fitting(kind: &FactKind, value: Value) -> Option<Value> {
    let text = match &value {
        Value::Number(number) => number.text(),
        Value::Date(date) => date.to_string(),
        Value::Text(text) => text.clone(),
        Value::Flag(flag) => return kind.read(Written::Flag(*flag)).ok(),
    };
    kind.read(Written::Text(&text)).ok()
}
