//! Data (`plan-language.md` §2): for each level its rows in the order of ids, with facts as columns.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::numbers::Numbers;
use super::plain_cells::{Cell, Reader};
use super::references::{is_referred_to, other_roots, references};
use super::vector::{Values, Vector};
use crate::exact::{Date, Row, at, defect, rows};
use crate::plan::document::{Presence, Value};
use crate::plan::{Code, ColumnKind, Fault, Faults, Plan, Refusal};

/// Data that fit a plan.
#[derive(Debug, Clone)]
pub struct Data {
    /// One for each level of the plan.
    pub levels: Vec<Rows>,
}

/// The rows of a level, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Unique ids, ascending by code points.
    pub ids: Vec<String>,
    /// Names, never computed on.
    pub names: Vec<Option<String>>,
    /// For each level of the ancestry (this level first) the row of it that each row belongs to.
    pub ancestors: Vec<Vec<Row>>,
    /// One for each fact of the level.
    pub facts: Vec<FactColumn>,
}

/// A column of a fact.
#[derive(Debug, Clone)]
pub enum FactColumn {
    /// Values that formulas can use.
    Values(Vector),
    /// Texts, which no formula uses.
    Texts(Vec<Option<String>>),
}

impl Data {
    /// The id of a row.
    pub fn id(&self, level: usize, row: Row) -> &str {
        self.levels.get(level).map_or("", |rows| at(&rows.ids, row).as_str())
    }
}

impl Rows {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// One row as it comes in: its facts in the order of the level's facts, none where absent.
#[derive(Debug, Default)]
pub struct RowInput {
    /// The id.
    pub id: String,
    /// The id of the row above.
    pub parent: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// Values of the right type for their facts.
    pub facts: Vec<Option<Value>>,
    /// Facts (by number) that were there but faulty, so that they are not also said to be missing.
    pub faulty: BTreeSet<usize>,
}

/// Takes rows in any order and makes [`Data`] of them, with every fault that only all rows together show.
pub struct DataBuilder<'a> {
    plan: &'a Plan,
    faults: Faults,
    pub(super) levels: Vec<LevelBuilder>,
}

pub(super) struct LevelBuilder {
    pub(super) ids: Vec<String>,
    pub(super) parents: Vec<Option<String>>,
    pub(super) names: Vec<Option<String>>,
    pub(super) facts: Vec<FactBuilder>,
    /// How plain cells of the facts are read.
    pub(super) readers: Vec<Reader>,
    /// Room for the cells of a row.
    pub(super) read: Vec<Cell>,
}

/// A column as it grows; blanks hold any value.
pub(super) enum FactBuilder {
    Numbers(Numbers, Vec<bool>),
    Flags(Vec<bool>, Vec<bool>),
    Codes(Vec<u32>, Vec<bool>),
    Dates(Vec<Date>, Vec<bool>),
    Texts(Vec<Option<String>>),
    References(Vec<Option<String>>),
}

impl<'a> DataBuilder<'a> {
    /// No rows yet.
    pub fn new(plan: &'a Plan) -> DataBuilder<'a> {
        let level = |(level, written): (&crate::plan::Level, &crate::plan::document::Level)| LevelBuilder {
            ids: Vec::new(),
            parents: Vec::new(),
            names: Vec::new(),
            facts: level.columns.iter().take(level.facts).map(|fact| FactBuilder::new(&fact.kind)).collect(),
            readers: written.facts.iter().map(|fact| Reader::new(&fact.kind, &plan.texts)).collect(),
            read: Vec::new(),
        };
        let levels = plan.levels.iter().zip(&plan.document.levels).map(level).collect();
        DataBuilder { plan, faults: Faults::default(), levels }
    }

    /// The plan the data are for.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Adds a fault that the reader has found.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.add(fault);
    }

    /// Adds a row of a level.
    pub fn row(&mut self, level: usize, row: RowInput) {
        let (Some(known), Some(builder)) = (self.plan.document.levels.get(level), self.levels.get_mut(level)) else {
            return;
        };
        let mut values = row.facts.into_iter();
        for (number, (fact, column)) in known.facts.iter().zip(&mut builder.facts).enumerate() {
            let value = values.next().flatten().or_else(|| match &fact.presence {
                Presence::Default(value) => Some(value.clone()),
                Presence::Required if !row.faulty.contains(&number) => {
                    let name = Some(fact.heading.name.as_str());
                    self.faults.add(Fault::data(Code::MissingFact, Some(&known.heading.name), Some(&row.id), name));
                    None
                }
                Presence::Required | Presence::Optional => None,
            });
            column.push(value, &self.plan.texts);
        }
        builder.ids.push(row.id);
        builder.parents.push(row.parent);
        builder.names.push(row.name);
    }

    /// The data, sorted by id, with parents and row facts resolved.
    ///
    /// # Errors
    /// All faults of stage 6 (data), else of stage 7 (row facts across roots).
    pub fn finish(self) -> Result<Data, Refusal> {
        self.finish_or_all().map_err(Refusal::from)
    }

    /// The same; what it has, it has all of.
    ///
    /// # Errors
    /// As above.
    pub fn finish_or_all(self) -> Result<Data, Faults> {
        let DataBuilder { plan, mut faults, levels } = self;
        let sorted: Vec<LevelBuilder> = levels.into_iter().map(LevelBuilder::sorted).collect();
        let mut index: Vec<FxHashMap<&str, Row>> = Vec::new();
        for (number, level) in sorted.iter().enumerate() {
            let ids = if is_referred_to(plan, number) { level.ids.as_slice() } else { &[] };
            index.push(ids.iter().map(String::as_str).zip(rows(ids.len())).collect());
        }
        let mut resolved = Vec::new();
        for (number, level) in sorted.iter().enumerate() {
            duplicates(plan, number, level, &mut faults);
            let parents = parents(plan, number, level, &index, &mut faults);
            let references = references(plan, number, level, &index, &mut faults);
            resolved.push((parents, references));
        }
        drop(index);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut data = Data { levels: Vec::new() };
        for (number, (level, (parents, references))) in sorted.into_iter().zip(resolved).enumerate() {
            let own: Vec<Row> = rows(level.ids.len()).collect();
            let mut ancestors = vec![own];
            let above = plan.levels.get(number).and_then(|level| level.parent);
            if let Some(above) = above.and_then(|above| data.levels.get(above)) {
                let chain = above.ancestors.iter();
                ancestors.extend(chain.map(|rows| parents.iter().map(|parent| *at(rows, *parent)).collect()));
            }
            data.levels.push(level.finished(ancestors, references));
        }
        let faults = other_roots(plan, &data);
        if faults.is_empty() { Ok(data) } else { Err(faults) }
    }
}

impl FactBuilder {
    fn new(kind: &ColumnKind) -> FactBuilder {
        match kind {
            ColumnKind::Number => FactBuilder::Numbers(Numbers::empty(), Vec::new()),
            ColumnKind::Money => FactBuilder::Numbers(Numbers::Scaled { values: Vec::new(), per: 100 }, Vec::new()),
            ColumnKind::Flag => FactBuilder::Flags(Vec::new(), Vec::new()),
            ColumnKind::Choice(_) => FactBuilder::Codes(Vec::new(), Vec::new()),
            ColumnKind::Date => FactBuilder::Dates(Vec::new(), Vec::new()),
            ColumnKind::Text => FactBuilder::Texts(Vec::new()),
            ColumnKind::Row(_) => FactBuilder::References(Vec::new()),
        }
    }

    fn push(&mut self, value: Option<Value>, texts: &crate::plan::Texts) {
        match (self, value) {
            (FactBuilder::Numbers(numbers, blank), value) => {
                blank.push(value.is_none());
                match value {
                    Some(Value::Number(value)) => numbers.push(&value),
                    _ => numbers.push(&crate::exact::Number::ZERO),
                }
            }
            (FactBuilder::Flags(flags, blank), value) => {
                blank.push(value.is_none());
                flags.push(matches!(value, Some(Value::Flag(true))));
            }
            (FactBuilder::Codes(codes, blank), value) => {
                blank.push(value.is_none());
                codes.push(match value {
                    Some(Value::Text(text)) => {
                        texts.number(&text).unwrap_or_else(|| defect("a choice that the plan does not know"))
                    }
                    _ => 0,
                });
            }
            (FactBuilder::Dates(dates, blank), value) => {
                blank.push(value.is_none());
                dates.push(match value {
                    Some(Value::Date(date)) => date,
                    _ => Date::FIRST,
                });
            }
            (FactBuilder::Texts(texts) | FactBuilder::References(texts), value) => texts.push(match value {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            }),
        }
    }

    fn gather(&mut self, order: &[Row]) {
        fn pick<T: Clone>(values: &mut Vec<T>, order: &[Row]) {
            *values = order.iter().map(|row| at(values, *row).clone()).collect();
        }
        match self {
            FactBuilder::Numbers(numbers, blank) => {
                *numbers = numbers.gather(order);
                pick(blank, order);
            }
            FactBuilder::Flags(flags, blank) => {
                pick(flags, order);
                pick(blank, order);
            }
            FactBuilder::Codes(codes, blank) => {
                pick(codes, order);
                pick(blank, order);
            }
            FactBuilder::Dates(dates, blank) => {
                pick(dates, order);
                pick(blank, order);
            }
            FactBuilder::Texts(texts) | FactBuilder::References(texts) => pick(texts, order),
        }
    }
}

impl LevelBuilder {
    fn sorted(mut self) -> LevelBuilder {
        if self.ids.is_sorted() {
            return self;
        }
        let mut order: Vec<Row> = rows(self.ids.len()).collect();
        order.sort_by(|a, b| at(&self.ids, *a).cmp(at(&self.ids, *b)));
        self.facts.iter_mut().for_each(|fact| fact.gather(&order));
        let LevelBuilder { ids, parents, names, facts, readers, read } = self;
        let mut ids: Vec<Option<String>> = ids.into_iter().map(Some).collect();
        let ids = order.iter().filter_map(|row| crate::exact::put(&mut ids, *row).take()).collect();
        let pick = |texts: &[Option<String>]| order.iter().map(|row| at(texts, *row).clone()).collect();
        LevelBuilder { ids, parents: pick(&parents), names: pick(&names), facts, readers, read }
    }

    fn finished(self, ancestors: Vec<Vec<Row>>, references: Vec<Option<Vec<Option<Row>>>>) -> Rows {
        let vector = |values: Values, blank: Vec<bool>| {
            let blank = blank.contains(&true).then_some(blank);
            FactColumn::Values(Vector { values, blank })
        };
        let facts = self.facts.into_iter().zip(references).map(|(fact, reference)| match fact {
            FactBuilder::Numbers(numbers, blank) => vector(Values::Numbers(numbers.narrow()), blank),
            FactBuilder::Flags(flags, blank) => vector(Values::Flags(flags), blank),
            FactBuilder::Codes(codes, blank) => vector(Values::Codes(codes), blank),
            FactBuilder::Dates(dates, blank) => vector(Values::Dates(dates), blank),
            FactBuilder::Texts(texts) => FactColumn::Texts(texts),
            FactBuilder::References(_) => {
                let reference = reference.unwrap_or_default();
                let blank = reference.iter().map(Option::is_none).collect();
                vector(Values::Codes(reference.into_iter().map(Option::unwrap_or_default).collect()), blank)
            }
        });
        Rows { facts: facts.collect(), ids: self.ids, names: self.names, ancestors }
    }
}

fn duplicates(plan: &Plan, number: usize, level: &LevelBuilder, faults: &mut Faults) {
    for (one, other) in level.ids.iter().zip(level.ids.iter().skip(1)) {
        if one.cmp(other) == Ordering::Equal {
            faults.add(Fault::data(Code::DuplicateId, Some(plan.level_name(number)), Some(one), None));
        }
    }
}

/// The parents' rows; a fault where one is missing, unknown, or there at the root.
fn parents(
    plan: &Plan,
    number: usize,
    level: &LevelBuilder,
    index: &[FxHashMap<&str, Row>],
    faults: &mut Faults,
) -> Vec<Row> {
    let above = plan.levels.get(number).and_then(|level| level.parent);
    let known = above.and_then(|above| index.get(above));
    let mut parents = Vec::with_capacity(level.ids.len());
    for (id, parent) in level.ids.iter().zip(&level.parents) {
        let row = match (known, parent) {
            (None, None) => Some(0),
            (Some(known), Some(parent)) => known.get(parent.as_str()).copied(),
            _ => None,
        };
        if row.is_none() {
            let fault = Fault::data(Code::UnknownParent, Some(plan.level_name(number)), Some(id), None);
            faults.add(match parent {
                Some(parent) => fault.got(parent),
                None => fault,
            });
        }
        parents.push(row.unwrap_or(0));
    }
    parents
}
