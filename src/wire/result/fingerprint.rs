//! The fingerprint of data.

use std::io::{self, Write};

use super::{ordered, shown};
use crate::engine::{Data, FactColumn, Rows, Values, Vector};
use crate::exact::{Row, at, rows};
use crate::plan::{ColumnKind, Plan};
use crate::wire::canonical::{Order, fingerprint, write, write_text};
use crate::wire::json::Json;

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
            let mut comma: &[u8] = b":[";
            for row in rows(level_rows.own.len()) {
                out.write_all(comma)?;
                level_rows.write(out, row)?;
                comma = b",";
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
    /// The facts in canonical order.
    facts: Vec<(&'d str, &'d ColumnKind, &'d FactColumn)>,
}

impl<'d> DataRows<'d> {
    /// The rows of a level; none where there is no such level.
    pub fn new(plan: &'d Plan, data: &'d Data, level: usize) -> Option<DataRows<'d>> {
        let (known, own) = (plan.levels.get(level)?, data.levels.get(level)?);
        let above = known.parent.and_then(|parent| Some((data.levels.get(parent)?, own.ancestors.get(1)?.as_slice())));
        let names: Vec<&str> = known.columns.iter().take(known.facts).map(|fact| fact.name.as_str()).collect();
        let facts = ordered(&names, Order::Canonical).into_iter().filter_map(|column| {
            let (fact, values) = (known.columns.get(column)?, own.facts.get(column)?);
            Some((fact.name.as_str(), &fact.kind, values))
        });
        Some(DataRows { plan, data, own, above, facts: facts.collect() })
    }

    /// Writes a row as canonical JSON.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write, row: Row) -> io::Result<()> {
        out.write_all(b"{\"facts\":{")?;
        let mut comma: &[u8] = b"";
        for (name, kind, values) in &self.facts {
            if let Some(value) = fact_value(self.plan, self.data, kind, values, row) {
                out.write_all(comma)?;
                write_text(out, name)?;
                out.write_all(b":")?;
                write(out, &value, Order::Canonical)?;
                comma = b",";
            }
        }
        out.write_all(b"},\"id\":")?;
        write_text(out, at(&self.own.ids, row).as_str())?;
        if let Some(name) = at(&self.own.names, row) {
            out.write_all(b",\"name\":")?;
            write_text(out, name)?;
        }
        if let Some((above, parents)) = self.above {
            out.write_all(b",\"parent\":")?;
            write_text(out, at(&above.ids, *at(parents, row)).as_str())?;
        }
        out.write_all(b"}")
    }
}

fn fact_value<'d>(
    plan: &Plan,
    data: &'d Data,
    kind: &ColumnKind,
    values: &'d FactColumn,
    row: Row,
) -> Option<Json<'d>> {
    match (values, kind) {
        (FactColumn::Texts(texts), _) => at(texts, row).as_ref().map(|text| Json::Text(text.as_str().into())),
        (FactColumn::Values(vector), _) if vector.is_blank(row) => None,
        (FactColumn::Values(vector), ColumnKind::Row(target)) => {
            let target = data.levels.get(*target)?;
            Some(Json::Text(at(&target.ids, *at(vector.codes(), row)).as_str().into()))
        }
        (FactColumn::Values(Vector { values: Values::Flags(flags), .. }), _) => Some(Json::Flag(*at(flags, row))),
        (FactColumn::Values(vector), kind) => {
            shown(plan, kind, vector, row, false).map(|value| Json::Text(value.into()))
        }
    }
}
