//! A payroll file as JSON, an object a line.

use super::rows::{Cell, Payroll};
use crate::exact::fen_text;
use crate::wire::canonical::{self, Order};
use crate::wire::json::{Json, number, object, text};

/// Rows with the headings as keys; what is blank is absent.
pub fn json_lines(payroll: &Payroll, rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut lines = Vec::new();
    for row in rows {
        let columns = payroll.profile.columns.iter().zip(row);
        let entries = columns.filter_map(|(column, cell)| {
            let value = match cell {
                Cell::Blank => return None,
                Cell::Text(said) => text(said),
                Cell::Money(fen) => text(&fen_text(*fen)),
            };
            Some((column.heading.as_str().into(), value))
        });
        add(&mut lines, &Json::Object(entries.collect()));
    }
    lines
}

/// The last line: `control` with what the file came to.
pub fn control_line(payroll: &Payroll) -> Vec<u8> {
    let control = payroll.control();
    let mut entries = vec![
        ("people", number(control.people)),
        ("lines", number(control.lines)),
        ("total", text(&fen_text(control.total))),
        ("result_sha256", text(payroll.result_sha256())),
    ];
    if payroll.is_draft() {
        entries.push(("draft", Json::Flag(true)));
    }
    let mut line = Vec::new();
    add(&mut line, &object([("control", object(entries))]));
    line
}

fn add(lines: &mut Vec<u8>, json: &Json<'_>) {
    // A vector takes every byte.
    let _ = canonical::write(lines, json, Order::Given);
    lines.push(b'\n');
}
