//! A result as CSV files: `<level>.csv` (id, name, steps in plan order, total), `lines.csv`, `funds.csv`.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::engine::{Outcome, Vector};
use crate::exact::{Fen, Row, at, put_fen, rows};
use crate::plan::ColumnKind;
use crate::plan::document::Step;

/// Appends a value as it is shown; nothing where it is blank.
pub type Shown<'s> = &'s dyn Fn(&mut Vec<u8>, &ColumnKind, &Vector, Row);

/// Writes the files into a folder that is there.
///
/// # Errors
/// Those of the files.
pub fn write_tables(outcome: &Outcome<'_>, shown: Shown<'_>, folder: &Path) -> io::Result<()> {
    for level in 0..outcome.plan.levels.len() {
        write_level(outcome, shown, level, folder)?;
    }
    write_lines(outcome, folder)?;
    write_funds(outcome, folder)
}

/// A table under way, written in blocks.
struct Table {
    file: File,
    block: Vec<u8>,
    /// Whether a cell stands before the next in its row.
    begun: bool,
}

/// A block is written when it has so many bytes.
const BLOCK: usize = 1 << 18;

impl Table {
    fn new(folder: &Path, name: &str) -> io::Result<Table> {
        let file = File::create(folder.join(format!("{name}.csv")))?;
        Ok(Table { file, block: Vec::with_capacity(BLOCK + BLOCK / 8), begun: false })
    }

    /// A cell whose bytes need no quotes.
    fn plain(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        if self.begun {
            self.block.push(b',');
        }
        self.begun = true;
        put(&mut self.block);
    }

    fn amount(&mut self, fen: Fen) {
        self.plain(|out| put_fen(out, fen));
    }

    fn text(&mut self, text: &str) {
        self.plain(|out| {
            if !text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
                return out.extend_from_slice(text.as_bytes());
            }
            out.push(b'"');
            out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        });
    }

    fn end_row(&mut self) -> io::Result<()> {
        self.block.push(b'\n');
        self.begun = false;
        if self.block.len() >= BLOCK { self.flush() } else { Ok(()) }
    }

    fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        cells.into_iter().for_each(|cell| self.text(cell));
        self.end_row()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }
}

fn write_level(outcome: &Outcome<'_>, shown: Shown<'_>, level: usize, folder: &Path) -> io::Result<()> {
    let (Some(known), Some(data)) = (outcome.plan.levels.get(level), outcome.data.levels.get(level)) else {
        return Ok(());
    };
    let vectors = outcome.columns.get(level).map_or(&[][..], Vec::as_slice);
    let steps: Vec<_> = known.columns.iter().zip(vectors).skip(known.facts).collect();
    let totals = outcome.totals.as_ref().filter(|_| outcome.plan.payee == Some(level));
    let mut out = Table::new(folder, &known.name)?;
    let headings = ["id", "name"].into_iter().chain(steps.iter().map(|(column, _)| column.name.as_str()));
    out.row(headings.chain(totals.map(|_| "total")))?;
    let mut choice = Vec::new();
    for row in rows(data.len()) {
        out.text(at(&data.ids, row).as_str());
        out.text(at(&data.names, row).as_deref().unwrap_or(""));
        for (column, vector) in &steps {
            if let ColumnKind::Choice(_) = column.kind {
                choice.clear();
                shown(&mut choice, &column.kind, vector, row);
                out.text(&String::from_utf8_lossy(&choice));
            } else {
                out.plain(|out| shown(out, &column.kind, vector, row));
            }
        }
        if let Some(totals) = totals {
            out.amount(*at(totals, row));
        }
        out.end_row()?;
    }
    out.flush()
}

fn write_lines(outcome: &Outcome<'_>, folder: &Path) -> io::Result<()> {
    let mut out = Table::new(folder, "lines")?;
    out.row(["payee", "step", "row", "item", "category", "payroll_code", "amount"])?;
    let names: Vec<String> = outcome.plan.document.steps.iter().map(step_name).collect();
    for line in outcome.lines.iter() {
        let (Some(written), Some(step), Some(name)) =
            (outcome.plan.document.steps.get(line.step), outcome.plan.steps.get(line.step), names.get(line.step))
        else {
            continue;
        };
        let (Some(pay), Some(payee)) = (written.action.pay(), outcome.plan.payee) else { continue };
        out.text(outcome.data.id(payee, line.payee));
        out.text(name);
        out.text(outcome.data.id(step.level, line.row));
        out.text(&pay.item);
        out.text(pay.category.as_deref().unwrap_or(""));
        out.text(pay.payroll_code.as_deref().unwrap_or(""));
        out.amount(line.amount);
        out.end_row()?;
    }
    out.flush()
}

fn step_name(step: &Step) -> String {
    format!("{}.{}", step.level, step.heading.name)
}

/// One line for each fund row and movement: its value, each step's draw, each destination's part, what is left.
fn write_funds(outcome: &Outcome<'_>, folder: &Path) -> io::Result<()> {
    let mut out = Table::new(folder, "funds")?;
    out.row(["fund", "row", "entry", "of", "amount"])?;
    let names: Vec<String> = outcome.plan.document.steps.iter().map(step_name).collect();
    for book in &outcome.funds.books {
        let fund = outcome.plan.column_name(book.fund.level, book.fund.column);
        for row in rows(book.value.len()) {
            let own = outcome.data.id(book.fund.level, row);
            let mut entry = |entry: &str, of: &str, amount: Fen| {
                [fund.as_str(), own, entry, of].into_iter().for_each(|cell| out.text(cell));
                out.amount(amount);
                out.end_row()
            };
            entry("value", "", *at(&book.value, row))?;
            for (step, drawn) in book.drawn.iter().filter(|(_, drawn)| *at(drawn, row) != 0) {
                entry("drawn", names.get(*step).map_or("", String::as_str), *at(drawn, row))?;
            }
            for (to, withheld) in book.withheld.iter().filter(|(_, withheld)| *at(withheld, row) != 0) {
                entry("withheld", to, *at(withheld, row))?;
            }
            entry("left", "", *at(&book.left, row))?;
        }
    }
    out.flush()
}
