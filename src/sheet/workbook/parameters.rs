//! The constants and tables of the plan: a sheet of their own, which formulas point into.

use std::collections::{HashMap, HashSet};

use rust_xlsxwriter::{Format, Worksheet, XlsxError};
use unicode_normalization::UnicodeNormalization;

use super::write::{Styles, number};
use crate::exact::Number;
use crate::plan::Plan;
use crate::plan::document::{Key, Table, TableKind, TableRow};
use crate::sheet::import::column_name;

/// The sheet's name.
pub(super) const NAME: &str = "参数";
/// The line of the first constant.
const CONSTANTS: u32 = 4;
/// A limit that no number passes.
const ENDLESS: &str = "1E+300";

/// Where the constants and tables stand.
pub(super) struct Parameters {
    /// The first and the last line of each table.
    lines: Vec<(u32, u32)>,
    /// The rows of each table as they are written.
    tables: Vec<Vec<Ordered>>,
    /// Texts that a sheet takes for one another.
    pub(super) alike: HashSet<String>,
}

/// A row of a table with its number among those of its key, and where its band begins.
struct Ordered {
    row: TableRow,
    number: usize,
    lower: Option<Number>,
}

/// The columns of a table.
#[derive(Clone, Copy)]
pub(super) enum Of {
    /// A key, from 0.
    Key(usize),
    /// Where a band begins.
    Lower,
    /// Where it ends.
    Upper,
    /// Beyond the end by more than this is the next band.
    Margin,
    /// Its number among those of its key.
    Number,
    /// What it gives.
    Value,
}

impl Of {
    fn column(self) -> usize {
        match self {
            Of::Key(key) => key,
            Of::Lower => 3,
            Of::Upper => 4,
            Of::Margin => 5,
            Of::Number => 6,
            Of::Value => 7,
        }
    }
}

impl Parameters {
    pub(super) fn new(plan: &Plan) -> Parameters {
        let mut next = CONSTANTS + u32::try_from(plan.document.constants.len()).unwrap_or(u32::MAX);
        let (mut lines, mut tables) = (Vec::new(), Vec::new());
        for table in &plan.document.tables {
            let rows = ordered(table);
            let first = next + 3;
            next = first + u32::try_from(rows.len()).unwrap_or(u32::MAX);
            lines.push((first, next - 1));
            tables.push(rows);
        }
        Parameters { lines, tables, alike: alike(plan) }
    }

    /// The cell of a constant.
    pub(super) fn constant(plan: &Plan, name: &str) -> Option<String> {
        let place = plan.document.constants.iter().position(|constant| constant.heading.name == name)?;
        Some(format!("'{NAME}'!$C${}", CONSTANTS + u32::try_from(place).ok()?))
    }

    /// The cells of a column of a table.
    pub(super) fn range(&self, table: usize, of: Of) -> String {
        let (first, last) = self.lines.get(table).copied().unwrap_or_default();
        let column = column_name(of.column());
        format!("'{NAME}'!${column}${first}:${column}${last}")
    }

    pub(super) fn write(&self, plan: &Plan, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        sheet.set_name(NAME)?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0);
        sheet.set_column_width(0, 24)?.set_column_width(1, 24)?.set_column_width(2, 16)?;
        sheet.write_string_with_format(0, 0, "参数：办法中的常数和表。改动这里，各表随之重算。", &styles.title)?;
        header(sheet, CONSTANTS - 2, &["名称", "说明", "数值"], &styles.head)?;
        for (line, constant) in (CONSTANTS - 1..).zip(&plan.document.constants) {
            sheet.write_string(line, 0, &constant.heading.name)?;
            sheet.write_string(line, 1, constant.heading.label())?;
            number(sheet, (line, 2), &constant.value, &styles.plain)?;
        }
        for ((table, rows), (first, _)) in plan.document.tables.iter().zip(&self.tables).zip(&self.lines) {
            let label = format!("{}（{}）", table.heading.label(), table.heading.name);
            sheet.write_string_with_format(first - 3, 0, &label, &styles.title)?;
            let names = ["键一", "键二", "键三", "起", "止", "容差", "档", "数值"];
            header(sheet, first - 2, &names, &styles.head)?;
            let min = min_of(table);
            for (line, row) in (first - 1..).zip(rows) {
                write_row(sheet, line, row, min.as_ref(), styles)?;
            }
        }
        Ok(())
    }
}

fn header(sheet: &mut Worksheet, line: u32, names: &[&str], format: &Format) -> Result<(), XlsxError> {
    for (column, name) in (0..).zip(names) {
        sheet.write_string_with_format(line, column, *name, format)?;
    }
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    line: u32,
    row: &Ordered,
    min: Option<&Number>,
    styles: &Styles,
) -> Result<(), XlsxError> {
    for (column, key) in (0..).zip(&row.row.key) {
        match key {
            Key::Choice(text) => drop(sheet.write_string(line, column, text)?),
            Key::Number(key) => number(sheet, (line, column), key, &styles.plain)?,
            Key::Flag(flag) => drop(sheet.write_boolean(line, column, *flag)?),
        }
    }
    match (&row.lower, row.number) {
        (None, _) => {}
        (Some(lower), 1) => number(sheet, (line, 3), lower, &styles.plain)?,
        // It begins where the one before ends, also where that is changed.
        (Some(lower), _) => {
            let (before, own) = (format!("E{line}"), format!("E{}", line + 1));
            let begin = min.map_or(before.clone(), |min| format!("MAX({before},{})", min.text()));
            let text = format!("=MIN({begin},{own})");
            sheet.write_formula(line, 3, rust_xlsxwriter::Formula::new(text).set_result(lower.text()))?;
        }
    }
    match &row.row.limit {
        Some(limit) => {
            number(sheet, (line, 4), &limit.at, &styles.plain)?;
            let margin = if limit.inclusive { "=0.00000005" } else { "=-0.00000005" };
            sheet.write_formula(line, 5, rust_xlsxwriter::Formula::new(margin).set_result(&margin[1..]))?;
        }
        None => {
            sheet.write_formula(line, 4, rust_xlsxwriter::Formula::new(format!("={ENDLESS}")).set_result(ENDLESS))?;
            sheet.write_number(line, 5, 0)?;
        }
    }
    number(sheet, (line, 6), &Number::whole(u128::try_from(row.number).unwrap_or(0)), &styles.plain)?;
    number(sheet, (line, 7), &row.row.value, &styles.plain)
}

/// The least number of a band table.
fn min_of(table: &Table) -> Option<Number> {
    match &table.kind {
        TableKind::Band { min } => min.clone(),
        TableKind::Lookup { .. } => None,
    }
}

/// The rows with those of one key together, each with its number there and its lower end.
fn ordered(table: &Table) -> Vec<Ordered> {
    let min = min_of(table);
    let mut places: HashMap<&[Key], usize> = HashMap::new();
    let mut of_keys: Vec<Vec<Ordered>> = Vec::new();
    for row in &table.rows {
        let place = *places.entry(&row.key).or_insert(of_keys.len());
        if place == of_keys.len() {
            of_keys.push(Vec::new());
        }
        let Some(of_key) = of_keys.get_mut(place) else { continue };
        let before = of_key.last().and_then(|before| before.row.limit.as_ref()).map(|limit| limit.at.clone());
        // A band begins at the least number, and one that lies under it holds nothing.
        let lower = before.max(min.clone());
        let lower = match &row.limit {
            Some(limit) => lower.map(|lower| lower.min(limit.at.clone())),
            None => lower,
        };
        of_key.push(Ordered { row: row.clone(), number: of_key.len() + 1, lower });
    }
    of_keys.into_iter().flatten().collect()
}

/// The texts of the plan that differ in nothing that a sheet looks at: the case of letters, their width.
fn alike(plan: &Plan) -> HashSet<String> {
    let mut by_look: HashMap<String, Vec<&String>> = HashMap::new();
    for text in plan.texts.all() {
        by_look.entry(text.nfkc().collect::<String>().to_lowercase()).or_default().push(text);
    }
    by_look.into_values().filter(|texts| texts.len() > 1).flatten().cloned().collect()
}
