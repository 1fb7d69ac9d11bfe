//! The rows with which a template is filled in: taken one after the other, so that memory does not grow with them.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::template::Unwritten;
use crate::engine::{Data, RowInput};
use crate::exact::rows;
use crate::plan::Plan;
use crate::plan::document::{Fact, Presence, Value};
use crate::wire::json::Json;

/// Rows that are there already, as often as they are asked for.
pub trait Rows {
    /// Has each row of a level taken, in their order.
    ///
    /// # Errors
    /// What `take` has, or why there are no more rows.
    fn each(
        &self,
        plan: &Plan,
        level: usize,
        take: &mut dyn FnMut(&RowInput) -> Result<(), Unwritten>,
    ) -> Result<(), Unwritten>;
}

impl Rows for Data {
    fn each(
        &self,
        plan: &Plan,
        level: usize,
        take: &mut dyn FnMut(&RowInput) -> Result<(), Unwritten>,
    ) -> Result<(), Unwritten> {
        let count = self.levels.get(level).map_or(0, |known| known.len());
        rows(count).try_for_each(|row| take(&self.input(plan, level, row)))
    }
}

/// A row of data that fit the plan, as they are written.
pub fn written_row(plan: &Plan, level: usize, row: &Json<'_>) -> RowInput {
    let word = |key: &str| row.get(key).and_then(Json::text).map(str::to_owned);
    let facts = plan.document.levels.get(level).map_or(&[][..], |level| &level.facts);
    let value = |fact: &Fact| fact.kind.read(row.get("facts")?.get(&fact.heading.name)?.written()).ok();
    let (parent, name) = (word("parent"), word("name"));
    RowInput {
        id: word("id").unwrap_or_default(),
        parent,
        name,
        facts: facts.iter().map(value).collect(),
        ..RowInput::default()
    }
}

/// The value of a fact that is not its default.
pub(super) fn said<'r>(row: &'r RowInput, place: usize, fact: &Fact) -> Option<&'r Value> {
    let value = row.facts.get(place)?.as_ref()?;
    let is_default = matches!(&fact.presence, Presence::Default(default) if default == value);
    (!is_default).then_some(value)
}

/// Writes a value into a cell.
pub(super) fn write_value(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    text: &Format,
) -> Result<(), XlsxError> {
    match value {
        Value::Number(number) => {
            let shown = number.text();
            // A sheet keeps fifteen digits: longer numbers stay texts, which are read back as they are.
            let digits = shown.bytes().filter(u8::is_ascii_digit).count();
            match shown.parse::<Decimal>() {
                Ok(decimal) if digits <= 15 => drop(sheet.write(row, column, decimal)?),
                _ => drop(sheet.write_string_with_format(row, column, &shown, text)?),
            }
        }
        Value::Flag(flag) => drop(sheet.write_string(row, column, if *flag { "是" } else { "否" })?),
        Value::Text(word) => drop(sheet.write_string_with_format(row, column, word, text)?),
        Value::Date(date) => drop(sheet.write_string_with_format(row, column, date.to_string(), text)?),
    }
    Ok(())
}
