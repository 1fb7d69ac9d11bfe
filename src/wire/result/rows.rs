//! Rows and lines, which are large: built row by row in one buffer and streamed.

use std::io::{self, Write};

use super::{Report, ordered};
use crate::engine::{Line, Rows, Vector};
use crate::exact::{Fen, at, fen_text, rows};
use crate::plan::ColumnKind;
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
        let (Some(known), Some(data)) = (self.plan().levels.get(level), self.outcome.data.levels.get(level)) else {
            return Ok(());
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
        self.write_cells(out, data, &cells, totals, order)
    }

    fn write_cells(
        &self,
        out: &mut dyn Write,
        data: &Rows,
        cells: &[Cell<'_>],
        totals: Option<&[Fen]>,
        order: Order,
    ) -> io::Result<()> {
        let mut line: Vec<u8> = Vec::new();
        for row in rows(data.len()) {
            line.clear();
            line.extend_from_slice(if row == 0 { b"{\"id\":" } else { b",{\"id\":" });
            write_text(&mut line, at(&data.ids, row).as_str())?;
            if let Some(name) = at(&data.names, row) {
                line.extend_from_slice(b",\"name\":");
                write_text(&mut line, name)?;
            }
            let total = totals.map(|totals| fen_text(*at(totals, row)));
            if let Some(total) = total.as_ref().filter(|_| order == Order::Canonical) {
                write!(line, ",\"total\":\"{total}\"")?;
            }
            line.extend_from_slice(b",\"values\":{");
            let mut first = true;
            for cell in cells {
                if let Some(value) = self.value(cell.kind, cell.vector, row) {
                    if !first {
                        line.push(b',');
                    }
                    line.extend_from_slice(&cell.key);
                    if cell.is_plain {
                        line.push(b'"');
                        line.extend_from_slice(value.as_bytes());
                        line.push(b'"');
                    } else {
                        write_text(&mut line, &value)?;
                    }
                    first = false;
                }
            }
            line.push(b'}');
            if let Some(total) = total.filter(|_| order == Order::Given) {
                write!(line, ",\"total\":\"{total}\"")?;
            }
            line.push(b'}');
            out.write_all(&line)?;
        }
        Ok(())
    }

    pub(super) fn write_lines(&self, out: &mut dyn Write, order: Order) -> io::Result<()> {
        let mut buffer: Vec<u8> = Vec::new();
        out.write_all(b"[")?;
        for (index, line) in self.outcome.lines.iter().enumerate() {
            buffer.clear();
            if index > 0 {
                buffer.push(b',');
            }
            self.write_line(&mut buffer, line, order)?;
            out.write_all(&buffer)?;
        }
        out.write_all(b"]")
    }

    fn write_line(&self, out: &mut Vec<u8>, line: &Line, order: Order) -> io::Result<()> {
        let plan = self.plan();
        let (Some(step), Some(checked), Some(payee)) =
            (plan.document.steps.get(line.step), plan.steps.get(line.step), plan.payee)
        else {
            return Ok(());
        };
        let Some(pay) = step.action.pay() else { return Ok(()) };
        let step = format!("{}.{}", step.level, step.heading.name);
        let amount = fen_text(line.amount);
        let (category, code) = (pay.category.as_deref(), pay.payroll_code.as_deref());
        let mut entries = [
            ("payee", Some(self.id(payee, line.payee))),
            ("step", Some(step.as_str())),
            ("row", Some(self.id(checked.level, line.row))),
            ("item", Some(pay.item.as_str())),
            ("category", category),
            ("payroll_code", code),
            ("amount", Some(amount.as_str())),
        ];
        if order == Order::Canonical {
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        let mut before = b'{';
        for (key, value) in entries {
            let Some(value) = value else { continue };
            out.push(before);
            write_text(out, key)?;
            out.push(b':');
            write_text(out, value)?;
            before = b',';
        }
        out.push(b'}');
        Ok(())
    }
}
