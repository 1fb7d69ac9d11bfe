//! The fingerprint of data.

use std::io::{self, Write};

use super::{ordered, shown};
use crate::engine::{Data, FactColumn, Values, Vector};
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
            if data.levels.get(level).is_none_or(|rows| rows.is_empty()) {
                continue;
            }
            out.write_all(before.as_bytes())?;
            write_text(out, names.get(level).copied().unwrap_or_default())?;
            write_data_level(out, plan, data, level)?;
            before = ",";
        }
        out.write_all(if before == "{" { b"{}" } else { b"}" })
    })
}

fn write_data_level(out: &mut dyn Write, plan: &Plan, data: &Data, level: usize) -> io::Result<()> {
    let (Some(known), Some(own)) = (plan.levels.get(level), data.levels.get(level)) else { return Ok(()) };
    let above = known.parent.and_then(|parent| Some((data.levels.get(parent)?, own.ancestors.get(1)?)));
    let names: Vec<&str> = known.columns.iter().take(known.facts).map(|fact| fact.name.as_str()).collect();
    let order = ordered(&names, Order::Canonical);
    let mut before = ":[";
    for row in rows(own.len()) {
        out.write_all(before.as_bytes())?;
        out.write_all(b"{\"facts\":{")?;
        let mut comma: &[u8] = b"";
        for column in &order {
            let (Some(fact), Some(values)) = (known.columns.get(*column), own.facts.get(*column)) else { continue };
            if let Some(value) = fact_value(plan, data, &fact.kind, values, row) {
                out.write_all(comma)?;
                write_text(out, &fact.name)?;
                out.write_all(b":")?;
                write(out, &value, Order::Canonical)?;
                comma = b",";
            }
        }
        out.write_all(b"},\"id\":")?;
        write_text(out, at(&own.ids, row).as_str())?;
        if let Some(name) = at(&own.names, row) {
            out.write_all(b",\"name\":")?;
            write_text(out, name)?;
        }
        if let Some((above, parents)) = above {
            out.write_all(b",\"parent\":")?;
            write_text(out, at(&above.ids, *at(parents, row)).as_str())?;
        }
        out.write_all(b"}")?;
        before = ",";
    }
    out.write_all(b"]")
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
