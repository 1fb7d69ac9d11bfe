//! What a variant changes: constants, table cells, facts. Facts change by formulas of the plan language, which a small plan
//! computes that has the levels, constants and tables of the plan and these steps alone.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::engine::data::Data;
use crate::engine::numbers::Numbers;
use crate::engine::outcome::calculate;
use crate::engine::vector::{Values, Vector};
use crate::exact::{Mode, Number, Row, at, rows};
use crate::plan::document::{self, Document, Fact, FactKind, Formula, FormulaKind, Heading, Presence, Rounding, Value};
use crate::plan::{Code, Detail, Fault, LISTED, Place, Plan, Refusal, Written, check};

/// What a variant changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Constants by name, with their values.
    pub constants: Vec<(String, Number)>,
    /// Values of table rows.
    pub cells: Vec<Cell>,
    /// Facts. Every formula reads the data as they are; of two for one row the later holds.
    pub facts: Vec<FactChange>,
}

/// The value of a table row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The table's name.
    pub table: String,
    /// The row, from 0.
    pub row: usize,
    /// The value.
    pub value: Number,
}

/// A fact that is computed anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactChange {
    /// The level's name.
    pub level: String,
    /// The fact's name.
    pub fact: String,
    /// At which rows; at all where absent.
    pub condition: Option<String>,
    /// The value: money is rounded half up to the fen.
    pub formula: String,
}

/// A change that does not fit: where in the changes (a JSON pointer), and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The pointer: `/constants/0/name`, `/tables/1/row`, `/facts/0/formula`.
    pub at: String,
    /// The fault.
    pub fault: Fault,
}

impl Misfit {
    fn new(at: String, code: Code) -> Misfit {
        Misfit { fault: Fault::plan(code, at.clone()), at }
    }

    fn of(self, change: impl FnOnce(Fault) -> Fault) -> Misfit {
        Misfit { fault: change(self.fault), ..self }
    }
}

impl Changes {
    /// The plan with constants and table cells changed.
    ///
    /// # Errors
    /// All changes that do not fit.
    pub fn plan<'p>(&self, plan: &'p Plan) -> Result<Cow<'p, Plan>, Vec<Misfit>> {
        if self.constants.is_empty() && self.cells.is_empty() {
            return Ok(Cow::Borrowed(plan));
        }
        let mut document = plan.document.clone();
        let mut misfits = self.set_constants(&plan.document, &mut document);
        misfits.extend(self.set_cells(&plan.document, &mut document));
        if !misfits.is_empty() {
            return Err(misfits);
        }
        check(document)
            .map(Cow::Owned)
            .map_err(|refusal| refusal.faults.into_iter().map(|fault| Misfit { at: String::new(), fault }).collect())
    }

    fn set_constants(&self, written: &Document, document: &mut Document) -> Vec<Misfit> {
        let (mut misfits, mut seen) = (Vec::new(), BTreeSet::new());
        let known = || written.constants.iter().map(|constant| constant.heading.name.as_str());
        for (place, (name, value)) in self.constants.iter().enumerate() {
            let misfit = |code| Misfit::new(format!("/constants/{place}/name"), code).of(|fault| fault.got(name));
            match known().position(|known| known == name).and_then(|place| document.constants.get_mut(place)) {
                None => misfits.push(misfit(Code::UnknownName).of(|fault| fault.near(name, known()))),
                Some(_) if !seen.insert(name) => misfits.push(misfit(Code::DuplicateName)),
                Some(constant) => constant.value.clone_from(value),
            }
        }
        misfits
    }

    fn set_cells(&self, written: &Document, document: &mut Document) -> Vec<Misfit> {
        let (mut misfits, mut seen) = (Vec::new(), BTreeSet::new());
        let known = || written.tables.iter().map(|table| table.heading.name.as_str());
        for (place, Cell { table: name, row, value }) in self.cells.iter().enumerate() {
            let misfit = |key: &str, code| Misfit::new(format!("/tables/{place}/{key}"), code);
            let found = known().position(|known| known == name).and_then(|place| document.tables.get_mut(place));
            let Some(table) = found else {
                misfits.push(misfit("table", Code::UnknownName).of(|fault| fault.got(name).near(name, known())));
                continue;
            };
            let wanted = format!("0–{}", table.rows.len().saturating_sub(1));
            match table.rows.get_mut(*row) {
                None => {
                    let outside = misfit("row", Code::OutOfRange);
                    misfits.push(outside.of(|fault| fault.got(row.to_string()).wanted(wanted)));
                }
                Some(_) if !seen.insert((name, row)) => misfits.push(misfit("row", Code::DuplicateTableKey)),
                Some(cell) => cell.value.clone_from(value),
            }
        }
        misfits
    }

    /// The data with facts changed, for a plan in which constants and tables have been.
    ///
    /// # Errors
    /// All changes that do not fit, among them the rows whose new values the facts do not allow, of each change the first
    /// [`LISTED`].
    pub fn data<'d>(&self, plan: &Plan, data: &'d Data) -> Result<Cow<'d, Data>, Vec<Misfit>> {
        let (mut changed, mut misfits) = (Cow::Borrowed(data), Vec::new());
        for (place, change) in self.facts.iter().enumerate() {
            match Change::new(plan, change, format!("/facts/{place}")).and_then(|change| change.values(data)) {
                Err(more) => misfits.extend(more),
                Ok(((level, column), values)) => {
                    if !values.is_empty() && misfits.is_empty() {
                        changed.to_mut().set(plan, level, column, &values);
                    }
                }
            }
        }
        if misfits.is_empty() { Ok(changed) } else { Err(misfits) }
    }
}

/// A change of a fact that the plan has.
struct Change<'c> {
    plan: &'c Plan,
    change: &'c FactChange,
    /// Where it stands.
    at: String,
    level: usize,
    column: usize,
    fact: &'c Fact,
    kind: FormulaKind,
}

/// A fact by level and column, and its new values.
type NewValues = ((usize, usize), Vec<(Row, Option<Value>)>);

impl<'c> Change<'c> {
    fn new(plan: &'c Plan, change: &'c FactChange, at: String) -> Result<Change<'c>, Vec<Misfit>> {
        let misfit = |key: &str, code| Misfit::new(format!("{at}/{key}"), code);
        let Some(level) = plan.level_named(&change.level) else {
            let names = plan.levels.iter().map(|level| level.name.as_str());
            let unknown = misfit("level", Code::UnknownLevel);
            return Err(vec![unknown.of(|fault| fault.got(&change.level).near(&change.level, names))]);
        };
        let facts = plan.document.levels.get(level).map_or(&[][..], |level| &level.facts);
        let found = facts.iter().enumerate().find(|(_, fact)| fact.heading.name == change.fact);
        let Some((column, fact)) = found else {
            let names = facts.iter().map(|fact| fact.heading.name.as_str());
            let unknown = misfit("fact", Code::UnknownFact);
            return Err(vec![unknown.of(|fault| fault.got(&change.fact).near(&change.fact, names))]);
        };
        let kind = match &fact.kind {
            FactKind::Number { .. } => FormulaKind::Number(None),
            // A number, rounded as money is, so that it may be blank.
            FactKind::Money { .. } => {
                FormulaKind::Number(Some(Rounding { to: Number::ratio(1, 100), mode: Mode::HalfUp }))
            }
            FactKind::Flag => FormulaKind::Flag,
            FactKind::Choice(choices) => FormulaKind::Choice(choices.clone()),
            FactKind::Date => FormulaKind::Date,
            FactKind::Text | FactKind::Row(_) => {
                let wanted = "number | money | flag | choice | date";
                return Err(vec![misfit("fact", Code::TypeError).of(|fault| fault.got(&change.fact).wanted(wanted))]);
            }
        };
        Ok(Change { plan, change, at, level, column, fact, kind })
    }

    /// A plan with one step that computes the fact, and another that tells where.
    fn small(&self) -> Result<Plan, Refusal> {
        let FactChange { condition, formula, level, .. } = self.change;
        let whole = &self.plan.document;
        // No formula names the steps themselves: only facts and constants are there.
        let taken = |name: &str| {
            formula.contains(name)
                || condition.as_ref().is_some_and(|condition| condition.contains(name))
                || whole.levels.iter().any(|level| level.facts.iter().any(|fact| fact.heading.name == name))
        };
        let mut name = "changed".to_owned();
        while taken(&name) {
            name.push('_');
        }
        let step = |name: String, kind: FormulaKind, formula: &str, condition: Option<&String>| document::Step {
            heading: Heading { name, ..Heading::default() },
            level: level.clone(),
            action: document::Action::Formula(Formula {
                optional: !matches!(self.fact.presence, Presence::Required | Presence::Default(_)),
                kind,
                formula: formula.to_owned(),
                condition: condition.cloned(),
                from: None,
                pay: None,
                source: false,
            }),
        };
        let mut steps = vec![step(name.clone(), self.kind.clone(), formula, condition.as_ref())];
        // It is written after the value, so that the value cannot name it.
        steps.extend(condition.as_ref().map(|text| step(format!("{name}_"), FormulaKind::Flag, text, None)));
        check(Document {
            code: whole.code.clone(),
            title: whole.title.clone(),
            clauses: whole.clauses.clone(),
            constants: whole.constants.clone(),
            tables: whole.tables.clone(),
            levels: whole.levels.clone(),
            steps,
            ..Document::default()
        })
    }

    /// The new values of the rows that change.
    fn values(&self, data: &Data) -> Result<NewValues, Vec<Misfit>> {
        let misfits = |refusal: Refusal| {
            let mut misfits: Vec<Misfit> = refusal.faults.into_iter().map(|fault| self.misfit(fault)).collect();
            misfits.dedup_by(|one, other| one.at == other.at && one.fault == other.fault);
            misfits
        };
        let small = self.small().map_err(misfits)?;
        let outcome = calculate(&small, data).map_err(misfits)?;
        let of_step = |step: usize| -> Option<&Vector> {
            let column = small.steps.get(step)?.column?;
            outcome.columns.get(self.level)?.get(column).map(AsRef::as_ref)
        };
        let Some(values) = of_step(0) else { return Ok(((self.level, self.column), Vec::new())) };
        let holds = of_step(1);
        let chosen = rows(values.len()).filter(|row| holds.is_none_or(|holds| *at(holds.flags(), *row)));
        let (mut changes, mut wrong) = (Vec::new(), Vec::new());
        for row in chosen {
            if wrong.len() == LISTED {
                break;
            }
            match self.value(&small, values, row) {
                Ok(value) => changes.push((row, value)),
                Err((code, details)) => {
                    let id = data.id(self.level, row);
                    let fault = Fault::data(code, Some(&self.change.level), Some(id), Some(&self.change.fact));
                    wrong.push(Misfit { at: format!("{}/formula", self.at), fault: Fault { details, ..fault } });
                }
            }
        }
        if wrong.is_empty() { Ok(((self.level, self.column), changes)) } else { Err(wrong) }
    }

    /// The value of a row, if the fact allows it; none: blank.
    fn value(&self, small: &Plan, values: &Vector, row: Row) -> Result<Option<Value>, (Code, Vec<Detail>)> {
        if values.is_blank(row) {
            return Ok(None);
        }
        let read = |written: Written<'_>| match self.fact.kind.read(written) {
            Ok(value) => Ok(Some(value)),
            Err(refused) => Err((refused.code, refused.details)),
        };
        match &values.values {
            Values::Numbers(numbers) => read_number(numbers, row, read),
            Values::Flags(flags) => read(Written::Flag(*at(flags, row))),
            Values::Codes(codes) => read(Written::Text(small.texts.text(*at(codes, row)))),
            Values::Dates(dates) => read(Written::Text(&at(dates, row).to_string())),
        }
    }

    /// Where a fault of the small plan, or of a row of it, stands in the changes.
    fn misfit(&self, fault: Fault) -> Misfit {
        let (at, place) = match &fault.place {
            Place::Plan { at, pos } => {
                let key = match at.rsplit('/').next() {
                    Some("where") => "where",
                    _ if at.starts_with("/steps/1/") => "where",
                    _ => "formula",
                };
                let at = format!("{}/{key}", self.at);
                (at.clone(), Place::Plan { at, pos: *pos })
            }
            Place::Row { level, row, .. } => {
                let (level, row, fact) = (Some(level.clone()), Some(row.clone()), Some(self.change.fact.clone()));
                (format!("{}/formula", self.at), Place::Data { level, row, fact })
            }
            other => (self.at.clone(), other.clone()),
        };
        Misfit { at, fault: Fault { place, ..fault } }
    }
}

/// A number as it would be written; one that no decimal writes has too many places.
fn read_number<T>(
    numbers: &Numbers,
    row: Row,
    read: impl FnOnce(Written<'_>) -> Result<T, (Code, Vec<Detail>)>,
) -> Result<T, (Code, Vec<Detail>)> {
    let text = numbers.get(row).exact_text();
    if text.contains('/') {
        return Err((Code::TooManyPlaces, vec![Detail::Got(text), Detail::Wanted("≤ 12".to_owned())]));
    }
    read(Written::Text(&text))
}
