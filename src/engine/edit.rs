//! Data taken apart into values, and changed: what comparisons and simulations suppose.

use super::data::{Data, FactColumn, RowInput};
use super::numbers::Numbers;
use super::vector::{Values, Vector};
use crate::exact::{Date, Row, at, put, rows};
use crate::plan::document::Value;
use crate::plan::{ColumnKind, Plan};

impl Data {
    /// The row of a level with this id.
    pub fn find(&self, level: usize, id: &str) -> Option<Row> {
        let ids = &self.levels.get(level)?.ids;
        let place = ids.binary_search_by(|known| known.as_str().cmp(id)).ok()?;
        Row::try_from(place).ok()
    }

    /// The value of a fact at a row, a default filled in; none: blank.
    pub fn value(&self, plan: &Plan, level: usize, column: usize, row: Row) -> Option<Value> {
        match self.levels.get(level)?.facts.get(column)? {
            FactColumn::Texts(texts) => at(texts, row).clone().map(Value::Text),
            FactColumn::Values(vector) if vector.is_blank(row) => None,
            FactColumn::Values(vector) => Some(match &vector.values {
                Values::Numbers(numbers) => Value::Number(numbers.get(row)),
                Values::Flags(flags) => Value::Flag(*at(flags, row)),
                Values::Dates(dates) => Value::Date(*at(dates, row)),
                Values::Codes(codes) => Value::Text(match plan.column(level, column).map(|column| &column.kind) {
                    Some(ColumnKind::Row(target)) => self.id(*target, *at(codes, row)).to_owned(),
                    _ => plan.texts.text(*at(codes, row)).to_owned(),
                }),
            }),
        }
    }

    /// A row as it could come in again.
    pub fn input(&self, plan: &Plan, level: usize, row: Row) -> RowInput {
        let Some(known) = self.levels.get(level) else { return RowInput::default() };
        let above = plan.levels.get(level).and_then(|level| level.parent);
        let parent = above.zip(known.ancestors.get(1)).map(|(above, rows)| self.id(above, *at(rows, row)).to_owned());
        RowInput {
            id: self.id(level, row).to_owned(),
            parent,
            name: at(&known.names, row).clone(),
            facts: (0..known.facts.len()).map(|column| self.value(plan, level, column, row)).collect(),
            ..RowInput::default()
        }
    }

    /// Sets a fact at some rows, each once, to values of its type that the plan allows; none: blank.
    pub fn set(&mut self, plan: &Plan, level: usize, column: usize, changes: &[(Row, Option<Value>)]) {
        let Some(kind) = plan.column(level, column).map(|column| &column.kind) else { return };
        let changed = match self.levels.get(level).and_then(|level| level.facts.get(column)) {
            None => return,
            Some(FactColumn::Texts(texts)) => {
                let mut texts = texts.clone();
                for (row, value) in changes {
                    *put(&mut texts, *row) = match value {
                        Some(Value::Text(text)) => Some(text.clone()),
                        _ => None,
                    };
                }
                FactColumn::Texts(texts)
            }
            Some(FactColumn::Values(vector)) => {
                let values: Vec<Option<&Value>> = changes.iter().map(|(_, value)| value.as_ref()).collect();
                let new = self.vector(plan, kind, &values);
                let rows: Vec<Row> = changes.iter().map(|(row, _)| *row).collect();
                FactColumn::Values(vector.replaced(rows, new))
            }
        };
        if let Some(fact) = self.levels.get_mut(level).and_then(|level| level.facts.get_mut(column)) {
            *fact = changed;
        }
    }

    /// Takes all facts of some rows of a level from other data with the same rows.
    pub fn take(&mut self, level: usize, chosen: &[Row], other: &Data) {
        let (Some(own), Some(other)) = (self.levels.get_mut(level), other.levels.get(level)) else { return };
        for (fact, from) in own.facts.iter_mut().zip(&other.facts) {
            match (fact, from) {
                (FactColumn::Values(vector), FactColumn::Values(from)) => {
                    *vector = vector.replaced(chosen.to_vec(), from.gather(chosen));
                }
                (FactColumn::Texts(texts), FactColumn::Texts(from)) => {
                    chosen.iter().for_each(|row| (*put(texts, *row)).clone_from(at(from, *row)));
                }
                _ => {}
            }
        }
    }

    fn vector(&self, plan: &Plan, kind: &ColumnKind, values: &[Option<&Value>]) -> Vector {
        let code = |value: &Option<&Value>| match (kind, value) {
            (ColumnKind::Row(target), Some(Value::Text(id))) => self.find(*target, id),
            (_, Some(Value::Text(text))) => plan.texts.number(text),
            _ => None,
        };
        let (values, blank): (Values, Vec<bool>) = match kind {
            ColumnKind::Number | ColumnKind::Money => {
                let mut numbers = Numbers::empty();
                let number = |value: &Option<&Value>| match value {
                    Some(Value::Number(number)) => Some(number.clone()),
                    _ => None,
                };
                values.iter().for_each(|value| numbers.push(&number(value).unwrap_or(crate::exact::Number::ZERO)));
                (Values::Numbers(numbers), values.iter().map(|value| number(value).is_none()).collect())
            }
            ColumnKind::Flag => {
                let flags = values.iter().map(|value| matches!(value, Some(Value::Flag(true)))).collect();
                (Values::Flags(flags), values.iter().map(Option::is_none).collect())
            }
            ColumnKind::Date => {
                let date = |value: &Option<&Value>| match value {
                    Some(Value::Date(date)) => *date,
                    _ => Date::FIRST,
                };
                (Values::Dates(values.iter().map(date).collect()), values.iter().map(Option::is_none).collect())
            }
            ColumnKind::Choice(_) | ColumnKind::Row(_) | ColumnKind::Text => {
                let codes: Vec<Option<u32>> = values.iter().map(code).collect();
                let blank = codes.iter().map(Option::is_none).collect();
                (Values::Codes(codes.into_iter().map(Option::unwrap_or_default).collect()), blank)
            }
        };
        Vector { values, blank: blank.contains(&true).then_some(blank) }
    }
}

impl Vector {
    /// The same with other values at some rows.
    fn replaced(&self, chosen: Vec<Row>, new: Vector) -> Vector {
        let mut taken = vec![false; self.len()];
        chosen.iter().for_each(|row| *put(&mut taken, *row) = true);
        let others: Vec<Row> = rows(taken.len()).filter(|row| !*at(&taken, *row)).collect();
        let kept = self.gather(&others);
        Vector::join(taken.len(), vec![(others, kept), (chosen, new)])
    }
}
