//! Rows and lines, which are large: built row by row in one buffer and streamed.

use std::io::{self, Write};

use super::{Report, ordered, put_shown};
use crate::engine::{Rows, Values, Vector};
use crate::exact::{Fen, Row, at, defect, put_fen, rows};
use crate::plan::document::Pay;
use crate::plan::{ColumnKind, Plan};
use crate::wire::canonical::{Order, write_text};

/// A column of a level with its key ready to be written.
struct Cell<'v> {
    key: Vec<u8>,
    /// Whether no value can need an escape: only texts can.
    is_plain: bool,
    kind: &'v ColumnKind,
    vector: &'v Vector,
}

impl Report<'_, '_> {
    pub(super) fn write_rows(&self, out: &mut dyn Write, order: Order) -> io::Result<()> {
        let names: Vec<&str> = self.plan().levels.iter().map(|level| level.name.as_str()).collect();
        let mut before = "{";
        for level in ordered(&names, order) {
            out.write_all(before.as_bytes())?;
            write_text(out, names.get(level).copied().unwrap_or_default())?;
            out.write_all(b":[")?;
            self.write_level(out, level, order)?;
            out.write_all(b"]")?;
            before = ",";
        }
        out.write_all(if names.is_empty() { b"{}" } else { b"}" })
    }

    fn write_level(&self, out: &mut dyn Write, level: usize, order: Order) -> io::Result<()> {
        let Some(level_rows) = self.level_rows(level, order)? else { return Ok(()) };
        let mut line: Vec<u8> = Vec::new();
        for row in rows(level_rows.data.len()) {
            line.clear();
            line.extend_from_slice(if row == 0 { b"" } else { b"," });
            level_rows.write(&mut line, row)?;
            out.write_all(&line)?;
        }
        Ok(())
    }

    /// The rows of a level, to be written one at a time; none where there is no such level.
    ///
    /// # Errors
    /// None: names are written to memory.
    pub fn level_rows(&self, level: usize, order: Order) -> io::Result<Option<LevelRows<'_>>> {
        let (Some(known), Some(data)) = (self.plan().levels.get(level), self.outcome.data.levels.get(level)) else {
            return Ok(None);
        };
        let vectors = self.outcome.columns.get(level).map_or(&[][..], Vec::as_slice);
        let steps: Vec<_> = known.columns.iter().zip(vectors).skip(known.facts).collect();
        let names: Vec<&str> = steps.iter().map(|(column, _)| column.name.as_str()).collect();
        let mut cells = Vec::new();
        for index in ordered(&names, order) {
            let Some((column, vector)) = steps.get(index) else { continue };
            let mut key = Vec::new();
            write_text(&mut key, &column.name)?;
            key.push(b':');
            let is_plain = !matches!(column.kind, ColumnKind::Choice(_));
            cells.push(Cell { key, is_plain, kind: &column.kind, vector });
        }
        let totals = self.outcome.totals.as_deref().filter(|_| self.plan().payee == Some(level));
        Ok(Some(LevelRows { plan: self.plan(), exact: self.exact, data, cells, totals, order }))
    }

    pub(super) fn write_lines(&self, out: &mut dyn Write, order: Order) -> io::Result<()> {
        let forms = self.line_forms(order)?;
        let mut buffer: Vec<u8> = Vec::new();
        out.write_all(b"[")?;
        for (index, line) in self.outcome.lines.iter().enumerate() {
            let Some((level, form)) = forms.get(line.step).and_then(Option::as_ref) else {
                defect("a line of no form")
            };
            buffer.clear();
            if index > 0 {
                buffer.push(b',');
            }
            for part in form {
                match part {
                    Part::Fixed(bytes) => buffer.extend_from_slice(bytes),
                    Part::Payee => write_text(
                        &mut buffer,
                        self.outcome.data.id(self.plan().payee.unwrap_or_default(), line.payee),
                    )?,
                    Part::Row => write_text(&mut buffer, self.outcome.data.id(*level, line.row))?,
                    Part::Amount => {
                        buffer.push(b'"');
                        put_fen(&mut buffer, line.amount);
                        buffer.push(b'"');
                    }
                }
            }
            out.write_all(&buffer)?;
        }
        out.write_all(b"]")
    }

    /// For each step that pays its level and the form of its lines.
    fn line_forms(&self, order: Order) -> io::Result<Vec<Option<Form>>> {
        let plan = self.plan();
        let mut forms = Vec::new();
        for (step, written) in plan.steps.iter().zip(&plan.document.steps) {
            forms.push(match written.action.pay() {
                None => None,
                Some(pay) => {
                    let name = format!("{}.{}", written.level, written.heading.name);
                    Some((step.level, line_form(&name, pay, order)?))
                }
            });
        }
        Ok(forms)
    }
}

/// The rows of a level of a result.
pub struct LevelRows<'r> {
    plan: &'r Plan,
    exact: bool,
    data: &'r Rows,
    cells: Vec<Cell<'r>>,
    totals: Option<&'r [Fen]>,
    order: Order,
}

impl LevelRows<'_> {
    /// Writes a row: its id, its name, its values, a payee's total.
    ///
    /// # Errors
    /// None: it is written to memory.
    pub fn write(&self, line: &mut Vec<u8>, row: Row) -> io::Result<()> {
        line.extend_from_slice(b"{\"id\":");
        write_text(line, at(&self.data.ids, row).as_str())?;
        if let Some(name) = at(&self.data.names, row) {
            line.extend_from_slice(b",\"name\":");
            write_text(line, name)?;
        }
        if self.order == Order::Canonical {
            self.put_total(line, row);
        }
        line.extend_from_slice(b",\"values\":{");
        let mut first = true;
        for cell in &self.cells {
            if cell.vector.is_blank(row) {
                continue;
            }
            if !first {
                line.push(b',');
            }
            first = false;
            line.extend_from_slice(&cell.key);
            match (&cell.vector.values, cell.is_plain) {
                (Values::Codes(codes), false) => write_text(line, self.plan.texts.text(*at(codes, row)))?,
                _ => {
                    line.push(b'"');
                    put_shown(line, self.plan, cell.kind, cell.vector, row, self.exact);
                    line.push(b'"');
                }
            }
        }
        line.push(b'}');
        if self.order == Order::Given {
            self.put_total(line, row);
        }
        line.push(b'}');
        Ok(())
    }

    fn put_total(&self, line: &mut Vec<u8>, row: Row) {
        if let Some(totals) = self.totals {
            line.extend_from_slice(b",\"total\":\"");
            put_fen(line, *at(totals, row));
            line.push(b'"');
        }
    }
}

/// The level of a step and the parts of its lines.
type Form = (usize, Vec<Part>);

/// A part of a line: what all lines of its step share, or what differs.
enum Part {
    Fixed(Vec<u8>),
    Payee,
    Row,
    Amount,
}

/// The form of a step's lines.
fn line_form(step: &str, pay: &Pay, order: Order) -> io::Result<Vec<Part>> {
    let fixed = |text: &str| {
        let mut bytes = Vec::new();
        write_text(&mut bytes, text).map(|()| Part::Fixed(bytes))
    };
    let mut entries =
        vec![("payee", Part::Payee), ("step", fixed(step)?), ("row", Part::Row), ("item", fixed(&pay.item)?)];
    if let Some(category) = &pay.category {
        entries.push(("category", fixed(category)?));
    }
    if let Some(code) = &pay.payroll_code {
        entries.push(("payroll_code", fixed(code)?));
    }
    entries.push(("amount", Part::Amount));
    if order == Order::Canonical {
        entries.sort_by_key(|(key, _)| *key);
    }
    let mut form = Vec::new();
    let mut before = "{";
    for (key, part) in entries {
        form.push(Part::Fixed(format!("{before}\"{key}\":").into_bytes()));
        form.push(part);
        before = ",";
    }
    form.push(Part::Fixed(b"}".to_vec()));
    Ok(form)
}
