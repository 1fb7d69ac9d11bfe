//! Facts that changed: which are funds above the payees, and whose own the others are.

use std::collections::BTreeMap;

use super::Side;
use super::matched::Change;
use crate::engine::data::{Data, FactColumn};
use crate::exact::{Row, at};
use crate::plan::ColumnKind;

/// The rows of which facts changed, funds aside, by level and row.
type RowsOf = Vec<(usize, Row)>;

/// What the facts of rows on both sides were and are.
pub struct Facts {
    /// The other data with the funds above the payees as they are, and all else as it was.
    pub old: Data,
    /// How many rows changed.
    changed: usize,
    /// For each payee the rows of its own that changed.
    own: BTreeMap<Row, RowsOf>,
}

/// What of a payee's own changed.
pub enum Own<'f> {
    /// Nothing.
    Nothing,
    /// These rows, among others.
    Some(&'f RowsOf),
    /// All that changed.
    All,
}

impl Facts {
    /// Takes the changes apart: the data with all of them undone where a fund changed, and those that are left where not.
    pub fn new(other: Side<'_>, changes: &[Change]) -> (Option<Data>, Facts) {
        let (funds, others): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| is_fund_above(other, change));
        let undone = |data: &mut Data, changes: &[&Change]| {
            changes.iter().for_each(|change| data.set(other.plan, change.level, change.column, &change.before));
        };
        let mut old = other.data.clone();
        undone(&mut old, &others);
        let all = (!funds.is_empty()).then(|| {
            let mut data = old.clone();
            undone(&mut data, &funds);
            data
        });
        let rows = others.iter().flat_map(|change| change.before.iter().map(|(row, _)| (change.level, *row)));
        let mut rows: RowsOf = rows.collect();
        rows.sort_unstable();
        rows.dedup();
        let mut own: BTreeMap<Row, RowsOf> = BTreeMap::new();
        for (level, row) in &rows {
            for payee in owners(other, &old, *level, *row) {
                own.entry(payee).or_default().push((*level, *row));
            }
        }
        (all, Facts { old, changed: rows.len(), own })
    }

    /// Whether facts other than funds changed.
    pub fn changed(&self) -> bool {
        self.changed > 0
    }

    /// What of a payee's own changed.
    pub fn own(&self, payee: Row) -> Own<'_> {
        match self.own.get(&payee) {
            None => Own::Nothing,
            Some(rows) if rows.len() == self.changed => Own::All,
            Some(rows) => Own::Some(rows),
        }
    }
}

fn is_fund_above(side: Side<'_>, change: &Change) -> bool {
    let ancestry = side.plan.levels.get(side.payee).map_or(&[][..], |level| &level.ancestry);
    let above = ancestry.iter().skip(1).any(|above| *above == change.level);
    above && side.plan.is_fund(change.level, change.column)
}

/// The payees whose own a row is: it is the payee, lies below it, or stands elsewhere but above (or below a row that does)
/// and refers to it, now or before.
fn owners(side: Side<'_>, old: &Data, level: usize, row: Row) -> Vec<Row> {
    let ancestry = |level: usize| side.plan.levels.get(level).map_or(&[][..], |level| &level.ancestry);
    let chain = side.data.levels.get(level).map_or(&[][..], |level| &level.ancestors);
    let line = ancestry(level).iter().zip(chain).map(|(level, rows)| (*level, *at(rows, row)));
    if let Some((_, payee)) = line.clone().find(|(level, _)| *level == side.payee) {
        return vec![payee];
    }
    let mut owners = Vec::new();
    for (level, row) in line.filter(|(level, _)| !ancestry(side.payee).contains(level)) {
        let columns = side.plan.levels.get(level).map_or(&[][..], |level| &level.columns);
        for data in [side.data, old] {
            let facts = data.levels.get(level).map_or(&[][..], |level| &level.facts);
            for (column, fact) in columns.iter().zip(facts) {
                if let (ColumnKind::Row(target), FactColumn::Values(vector)) = (&column.kind, fact)
                    && *target == side.payee
                    && !vector.is_blank(row)
                {
                    owners.push(*at(vector.codes(), row));
                }
            }
        }
    }
    owners.sort_unstable();
    owners.dedup();
    owners
}
