//! A result as CSV files: `<level>.csv` (id, name, steps in plan order, total), `lines.csv`, `funds.csv`.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::engine::{Outcome, Vector};
use crate::exact::{Row, at, fen_text, rows};
use crate::plan::ColumnKind;

/// How a value is shown; none where it is blank.
pub type Shown<'s> = &'s dyn Fn(&ColumnKind, &Vector, Row) -> Option<String>;

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

fn table(folder: &Path, name: &str) -> io::Result<csv::Writer<File>> {
    Ok(csv::Writer::from_path(folder.join(format!("{name}.csv")))?)
}

fn write_level(outcome: &Outcome<'_>, shown: Shown<'_>, level: usize, folder: &Path) -> io::Result<()> {
    let (Some(known), Some(data)) = (outcome.plan.levels.get(level), outcome.data.levels.get(level)) else {
        return Ok(());
    };
    let vectors = outcome.columns.get(level).map_or(&[][..], Vec::as_slice);
    let steps: Vec<_> = known.columns.iter().zip(vectors).skip(known.facts).collect();
    let totals = outcome.totals.as_ref().filter(|_| outcome.plan.payee == Some(level));
    let mut out = table(folder, &known.name)?;
    let headings = ["id", "name"].into_iter().chain(steps.iter().map(|(column, _)| column.name.as_str()));
    out.write_record(headings.chain(totals.map(|_| "total")))?;
    for row in rows(data.len()) {
        out.write_field(at(&data.ids, row))?;
        out.write_field(at(&data.names, row).as_deref().unwrap_or(""))?;
        for (column, vector) in &steps {
            out.write_field(shown(&column.kind, vector, row).unwrap_or_default())?;
        }
        if let Some(totals) = totals {
            out.write_field(fen_text(*at(totals, row)))?;
        }
        out.write_record(None::<&[u8]>)?;
    }
    out.flush()
}

fn write_lines(outcome: &Outcome<'_>, folder: &Path) -> io::Result<()> {
    let mut out = table(folder, "lines")?;
    out.write_record(["payee", "step", "row", "item", "category", "payroll_code", "amount"])?;
    for line in outcome.lines.iter() {
        let (Some(written), Some(step)) =
            (outcome.plan.document.steps.get(line.step), outcome.plan.steps.get(line.step))
        else {
            continue;
        };
        let (Some(pay), Some(payee)) = (written.action.pay(), outcome.plan.payee) else { continue };
        out.write_record([
            outcome.data.id(payee, line.payee),
            &format!("{}.{}", written.level, written.heading.name),
            outcome.data.id(step.level, line.row),
            &pay.item,
            pay.category.as_deref().unwrap_or(""),
            pay.payroll_code.as_deref().unwrap_or(""),
            &fen_text(line.amount),
        ])?;
    }
    out.flush()
}

/// One line for each fund row and movement: its value, each step's draw, each destination's part, what is left.
fn write_funds(outcome: &Outcome<'_>, folder: &Path) -> io::Result<()> {
    let mut out = table(folder, "funds")?;
    out.write_record(["fund", "row", "entry", "of", "amount"])?;
    for book in &outcome.funds.books {
        let fund = outcome.plan.column_name(book.fund.level, book.fund.column);
        for row in rows(book.value.len()) {
            let own = outcome.data.id(book.fund.level, row);
            let mut entry = |entry: &str, of: &str, amount: crate::exact::Fen| {
                out.write_record([fund.as_str(), own, entry, of, &fen_text(amount)])
            };
            entry("value", "", *at(&book.value, row))?;
            for (step, drawn) in book.drawn.iter().filter(|(_, drawn)| *at(drawn, row) != 0) {
                let step = outcome.plan.document.steps.get(*step);
                let name = step.map_or_else(String::new, |step| format!("{}.{}", step.level, step.heading.name));
                entry("drawn", &name, *at(drawn, row))?;
            }
            for (to, withheld) in book.withheld.iter().filter(|(_, withheld)| *at(withheld, row) != 0) {
                entry("withheld", to, *at(withheld, row))?;
            }
            entry("left", "", *at(&book.left, row))?;
        }
    }
    out.flush()
}
