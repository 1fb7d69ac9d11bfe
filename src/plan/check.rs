//! From document to plan: stages 3, 4 and 5, each with all of its faults.

use crate::exact::defect;
use std::collections::BTreeMap;

use super::document::{Action, Document, FactKind, FormulaKind};
use super::formula::Scope;
use super::{Column, ColumnKind, Level, Plan, Refusal, Texts, Used, names, references, steps};

/// Judges a document and resolves it.
///
/// # Errors
/// All faults of the first of the stages names (3), references (4) and formulas (5) that has any.
pub fn check(document: Document) -> Result<Plan, Refusal> {
    names::faults(&document).refuse()?;
    let mut texts = Texts::default();
    let levels = levels(&document, &mut texts);
    let mut used = Used::new();
    let funds = references::resolve(&document, &levels, &mut used)?;
    let constants: BTreeMap<_, _> =
        document.constants.iter().map(|known| (known.heading.name.clone(), known.value.clone())).collect();
    for table in &document.tables {
        for key in table.rows.iter().flat_map(|row| &row.key) {
            if let super::document::Key::Choice(text) = key {
                texts.intern(text);
            }
        }
    }
    let mut scope =
        Scope { levels: &levels, constants: &constants, tables: &document.tables, texts: &mut texts, used: &mut used };
    let steps = steps::typed(&document, &levels, &funds.of_steps, &mut scope)?;
    let unused_facts = unused(&levels, &used);
    let payee = document.payee.as_deref().and_then(|name| levels.iter().position(|level| level.name == name));
    Ok(Plan { payee, levels, steps, funds: funds.all, texts, unused_facts, document })
}

fn unused(levels: &[Level], used: &Used) -> Vec<(usize, usize)> {
    let mut unused = Vec::new();
    for (number, level) in levels.iter().enumerate() {
        let facts = level.columns.iter().take(level.facts).enumerate();
        unused.extend(
            facts
                .filter(|(column, fact)| fact.kind != ColumnKind::Text && !used.contains(&(number, *column)))
                .map(|(column, _)| (number, column)),
        );
    }
    unused
}

/// The levels with the columns of facts and steps. The names have been judged.
fn levels(document: &Document, texts: &mut Texts) -> Vec<Level> {
    let names: Vec<&str> = document.levels.iter().map(|level| level.heading.name.as_str()).collect();
    let find = |name: &str| names.iter().position(|known| *known == name);
    let mut levels: Vec<Level> = Vec::new();
    for (number, level) in document.levels.iter().enumerate() {
        let parent = level.parent.as_deref().and_then(find);
        let above = parent.and_then(|parent| levels.get(parent)).map_or(Vec::new(), |above| above.ancestry.clone());
        let columns: Vec<Column> = level
            .facts
            .iter()
            .map(|fact| Column {
                name: fact.heading.name.clone(),
                kind: fact_kind(&fact.kind, texts, &find),
                step: None,
            })
            .collect();
        let ancestry = std::iter::once(number).chain(above).collect();
        levels.push(Level { name: level.heading.name.clone(), parent, ancestry, facts: columns.len(), columns });
    }
    for (number, step) in document.steps.iter().enumerate() {
        let kind = step_kind(&step.action, texts);
        let level = find(&step.level).and_then(|level| levels.get_mut(level));
        if let (Some(kind), Some(level)) = (kind, level) {
            level.columns.push(Column { name: step.heading.name.clone(), kind, step: Some(number) });
        }
    }
    levels
}

fn fact_kind(kind: &FactKind, texts: &mut Texts, find: &dyn Fn(&str) -> Option<usize>) -> ColumnKind {
    match kind {
        FactKind::Number { .. } => ColumnKind::Number,
        FactKind::Money { .. } => ColumnKind::Money,
        FactKind::Flag => ColumnKind::Flag,
        FactKind::Choice(choices) => ColumnKind::Choice(choices.iter().map(|text| texts.intern(text)).collect()),
        FactKind::Date => ColumnKind::Date,
        FactKind::Text => ColumnKind::Text,
        FactKind::Row(level) => {
            ColumnKind::Row(find(level).unwrap_or_else(|| defect("a level that was judged is gone")))
        }
    }
}

/// The type of the column a step computes; none: it computes none.
fn step_kind(action: &Action, texts: &mut Texts) -> Option<ColumnKind> {
    Some(match action {
        Action::Formula(formula) => match &formula.kind {
            FormulaKind::Number(_) => ColumnKind::Number,
            FormulaKind::Money(_) => ColumnKind::Money,
            FormulaKind::Flag => ColumnKind::Flag,
            FormulaKind::Choice(choices) => ColumnKind::Choice(choices.iter().map(|text| texts.intern(text)).collect()),
            FormulaKind::Date => ColumnKind::Date,
        },
        Action::Share(_) | Action::Collect(_) => ColumnKind::Money,
        Action::Rank(rank) if rank.grades.is_empty() => ColumnKind::Number,
        Action::Rank(rank) => {
            let mut choices: Vec<u32> = rank.grades.iter().map(|grade| texts.intern(&grade.code)).collect();
            if let Some(super::document::Otherwise::Grade(text)) = &rank.otherwise {
                choices.push(texts.intern(text));
            }
            ColumnKind::Choice(choices)
        }
        Action::Veto(_) | Action::Check(_) => return None,
    })
}
