//! The fingerprint of data.

use std::io;

use super::{ordered, put_shown};
use crate::engine::{Data, FactColumn, Rows, Values, Vector};
use crate::exact::{Row, at, rows};
use crate::plan::{ColumnKind, Plan};
use crate::wire::canonical::{Order, fingerprint, write_text};

/// The fingerprint of data as a plan reads them: levels with rows, rows by id, defaults filled in, blanks absent,
/// decimals without trailing zeros. So JSON and CSV, and rows in any order, of the same data have one fingerprint.
pub fn data_sha256(plan: &Plan, data: &Data) -> String {
    fingerprint(|out| {
        let names: Vec<&str> = plan.levels.iter().map(|level| level.name.as_str()).collect();
        let mut before = "{";
        for level in ordered(&names, Order::Canonical) {
            let Some(level_rows) = DataRows::new(plan, data, level).filter(|rows| !rows.own.is_empty()) else {
                continue;
            };
            out.write_all(before.as_bytes())?;
            write_text(out, names.get(level).copied().unwrap_or_default())?;
            let mut line = b":[".to_vec();
            for row in rows(level_rows.own.len()) {
                level_rows.write(&mut line, row)?;
                out.write_all(&line)?;
                line.clear();
                line.push(b',');
            }
            out.write_all(b"]")?;
            before = ",";
        }
        out.write_all(if before == "{" { b"{}" } else { b"}" })
    })
}

/// Writes the rows of a level as the plan reads them, one at a time.
pub struct DataRows<'d> {
    plan: &'d Plan,
    data: &'d Data,
    own: &'d Rows,
    /// The rows above, and which of them each row belongs to.
    above: Option<(&'d Rows, &'d [Row])>,
    /// The facts in canonical order, each with its key as it is written.
    facts: Vec<(Vec<u8>, &'d ColumnKind, &'d FactColumn)>,
}

impl<'d> DataRows<'d> {
    /// The rows of a level; none where there is no such level.
    pub fn new(plan: &'d Plan, data: &'d Data, level: usize) -> Option<DataRows<'d>> {
        let (known, own) = (plan.levels.get(level)?, data.levels.get(level)?);
        let above = known.parent.and_then(|parent| Some((data.levels.get(parent)?, own.ancestors.get(1)?.as_slice())));
        let names: Vec<&str> = known.columns.iter().take(known.facts).map(|fact| fact.name.as_str()).collect();
        let facts = ordered(&names, Order::Canonical).into_iter().filter_map(|column| {
            let (fact, values) = (known.columns.get(column)?, own.facts.get(column)?);
            let mut key = Vec::new();
            write_text(&mut key, &fact.name).ok()?;
            key.push(b':');
            Some((key, &fact.kind, values))
        });
        Some(DataRows { plan, data, own, above, facts: facts.collect() })
    }

    /// Writes a row as canonical JSON.
    ///
    /// # Errors
    /// None: it is written to memory.
    pub fn write(&self, out: &mut Vec<u8>, row: Row) -> io::Result<()> {
        out.extend_from_slice(b"{\"facts\":{");
        let mut first = true;
        for (key, kind, values) in &self.facts {
            if is_absent(values, row) {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            out.extend_from_slice(key);
            self.write_fact(out, kind, values, row)?;
        }
        out.extend_from_slice(b"},\"id\":");
        write_text(out, at(&self.own.ids, row).as_str())?;
        if let Some(name) = at(&self.own.names, row) {
            out.extend_from_slice(b",\"name\":");
            write_text(out, name)?;
        }
        if let Some((above, parents)) = self.above {
            out.extend_from_slice(b",\"parent\":");
            write_text(out, at(&above.ids, *at(parents, row)).as_str())?;
        }
        out.push(b'}');
        Ok(())
    }

    fn write_fact(&self, out: &mut Vec<u8>, kind: &ColumnKind, values: &FactColumn, row: Row) -> io::Result<()> {
        match (values, kind) {
            (FactColumn::Texts(texts), _) => write_text(out, at(texts, row).as_deref().unwrap_or_default()),
            (FactColumn::Values(vector), ColumnKind::Row(target)) => {
                write_text(out, self.data.id(*target, *at(vector.codes(), row)))
            }
            (FactColumn::Values(Vector { values: Values::Codes(codes), .. }), _) => {
                write_text(out, self.plan.texts.text(*at(codes, row)))
            }
            (FactColumn::Values(vector), kind) => {
                let quote: &[u8] = if matches!(vector.values, Values::Flags(_)) { b"" } else { b"\"" };
                out.extend_from_slice(quote);
                put_shown(out, self.plan, kind, vector, row, false);
                out.extend_from_slice(quote);
                Ok(())
            }
        }
    }
}

fn is_absent(values: &FactColumn, row: Row) -> bool {
    match values {
        FactColumn::Texts(texts) => at(texts, row).is_none(),
        FactColumn::Values(vector) => vector.is_blank(row),
    }
}
