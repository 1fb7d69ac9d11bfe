//! Row facts (`plan-language.md` §1.1): the rows that they name.

use rustc_hash::FxHashMap;

use super::data::{Data, FactBuilder, FactColumn, LevelBuilder};
use crate::exact::{Row, at, rows};
use crate::plan::document::FactKind;
use crate::plan::{Code, ColumnKind, Fault, Faults, Plan};

/// Whether rows of a level are named by others: as parents, or by a row fact.
pub(super) fn is_referred_to(plan: &Plan, number: usize) -> bool {
    let is_row = |kind: &ColumnKind| matches!(kind, ColumnKind::Row(target) if *target == number);
    plan.levels.iter().any(|level| level.parent == Some(number) || level.columns.iter().any(|fact| is_row(&fact.kind)))
}

/// For each fact that refers to rows, the rows.
pub(super) fn references(
    plan: &Plan,
    number: usize,
    level: &LevelBuilder,
    index: &[FxHashMap<&str, Row>],
    faults: &mut Faults,
) -> Vec<Option<Vec<Option<Row>>>> {
    let mut resolved = Vec::new();
    for (column, fact) in level.facts.iter().enumerate() {
        let FactBuilder::References(targets) = fact else {
            resolved.push(None);
            continue;
        };
        let kind = plan.column(number, column).map(|column| &column.kind);
        let known = match kind {
            Some(ColumnKind::Row(target)) => index.get(*target),
            _ => None,
        };
        let name = plan.fact(number, column).map(|fact| fact.heading.name.as_str());
        let mut found = Vec::with_capacity(targets.len());
        for (id, target) in level.ids.iter().zip(targets) {
            let row = target.as_deref().and_then(|target| known?.get(target).copied());
            if let Some(target) = target.as_deref().filter(|_| row.is_none()) {
                let fault = Fault::data(Code::UnknownRow, Some(plan.level_name(number)), Some(id), name);
                faults.add(fault.got(target));
            }
            found.push(row);
        }
        resolved.push(Some(found));
    }
    resolved
}

/// Stage 7: a row fact refers to a row under the same root row.
pub(super) fn other_roots(plan: &Plan, data: &Data) -> Faults {
    let mut faults = Faults::default();
    for (number, level) in data.levels.iter().enumerate() {
        let facts = plan.document.levels.get(number).map_or(&[][..], |level| &level.facts);
        for (column, (fact, values)) in facts.iter().zip(&level.facts).enumerate() {
            let (FactKind::Row(_), FactColumn::Values(vector)) = (&fact.kind, values) else { continue };
            let Some(ColumnKind::Row(target)) = plan.column(number, column).map(|column| &column.kind) else {
                continue;
            };
            let (Some(own), Some(other)) = (level.ancestors.last(), data.levels.get(*target)) else { continue };
            let Some(other) = other.ancestors.last() else { continue };
            for row in rows(level.len()).filter(|row| !vector.is_blank(*row)) {
                if at(own, row) != at(other, *at(vector.codes(), row)) {
                    let (id, name) = (at(&level.ids, row), fact.heading.name.as_str());
                    faults.add(Fault::data(Code::OtherRoot, Some(plan.level_name(number)), Some(id), Some(name)));
                }
            }
        }
    }
    faults
}
