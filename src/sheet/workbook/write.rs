//! Writing: the sheets row by row.

use rust_decimal::Decimal;
use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, DocProperties, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};

use super::columns::{Column, Content, Look, Shown, shown};
use super::expression::FIRST_YEAR;
use super::layout::FIRST;
use super::{Maker, Origin};
use crate::exact::{Date, Number, Row, at};

/// How cells look.
pub(super) struct Styles {
    pub(super) plain: Format,
    pub(super) title: Format,
    pub(super) head: Format,
    pub(super) money: Format,
    pub(super) warning: Format,
    date: Format,
    ours: Format,
    our_money: Format,
    our_date: Format,
    above: Format,
}

impl Styles {
    fn new() -> Styles {
        let grey = Format::new().set_font_color(Color::RGB(0x59_59_59)).set_background_color(Color::RGB(0xF2_F2_F2));
        let head = Format::new().set_bold().set_border(FormatBorder::Thin).set_align(FormatAlign::Center);
        Styles {
            plain: Format::new(),
            title: Format::new().set_bold().set_font_size(14),
            head: head.set_background_color(Color::RGB(0xDD_EB_F7)).set_text_wrap(),
            money: Format::new().set_num_format("#,##0.00"),
            warning: Format::new().set_font_color(Color::Red).set_bold(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            our_money: grey.clone().set_num_format("#,##0.00"),
            our_date: grey.clone().set_num_format("yyyy-mm-dd"),
            ours: grey,
            above: Format::new().set_font_color(Color::RGB(0x7F_7F_7F)).set_font_size(9),
        }
    }

    fn of(&self, look: Look) -> &Format {
        match look {
            Look::Plain => &self.plain,
            Look::Money => &self.money,
            Look::Date => &self.date,
            Look::Ours => &self.ours,
            Look::OurMoney => &self.our_money,
            Look::OurDate => &self.our_date,
            Look::Difference => &self.warning,
        }
    }
}

impl Maker<'_, '_> {
    /// The workbook as a file.
    pub(super) fn written(&self, origin: &Origin) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let styles = Styles::new();
        // The same run gives the same bytes: no time of writing.
        let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
        let title = &self.outcome.plan.document.title;
        workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
        self.verdict(workbook.add_worksheet(), &styles, origin)?;
        self.parameters.write(self.outcome.plan, workbook.add_worksheet(), &styles)?;
        for level in 0..self.sheets.len() {
            self.level(workbook.add_worksheet_with_constant_memory()?, level, &styles)?;
        }
        self.funds(workbook.add_worksheet(), &styles)?;
        workbook.save_to_buffer()
    }

    fn level(&self, sheet: &mut Worksheet, level: usize, styles: &Styles) -> Result<(), XlsxError> {
        let Some(known) = self.sheets.get(level) else { return Ok(()) };
        sheet.set_name(self.layout.name(level))?;
        let label = self.outcome.plan.document.levels.get(level).map_or("", |level| level.heading.label());
        let about = "白底为数据和公式，灰底为系统值，差不为 0 的以红字标出；上一行是办法中的公式";
        sheet.write_string_with_format(0, 0, format!("{label}：{about}"), &styles.title)?;
        for (place, column) in (0..).zip(&known.columns) {
            if !column.above.is_empty() {
                sheet.write_string_with_format(1, place, &column.above, &styles.above)?;
            }
        }
        for (place, column) in (0..).zip(&known.columns) {
            sheet.write_string_with_format(2, place, &column.heading, &styles.head)?;
            sheet.set_column_width(place, 14)?;
        }
        sheet.set_freeze_panes(FIRST - 1, 2)?;
        sheet.set_repeat_rows(2, 2)?;
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_landscape();
        let last = FIRST + u32::try_from(self.layout.order(level).len()).unwrap_or(u32::MAX);
        for (place, column) in (0..).zip(&known.columns) {
            if column.look == Look::Difference {
                let wrong = ConditionalFormatCell::new()
                    .set_rule(ConditionalFormatCellRule::NotEqualTo(0))
                    .set_format(Format::new().set_background_color(Color::RGB(0xFF_C7_CE)));
                sheet.add_conditional_format(FIRST - 1, place, last, place, &wrong)?;
            }
        }
        for row in self.layout.order(level) {
            let line = self.layout.line(level, *row) - 1;
            for (place, column) in (0..).zip(&known.columns) {
                self.cell(sheet, (line, place), (level, *row), column, styles)?;
            }
        }
        Ok(())
    }

    fn cell(
        &self,
        sheet: &mut Worksheet,
        at_cell: (u32, u16),
        (level, row): (usize, Row),
        column: &Column,
        styles: &Styles,
    ) -> Result<(), XlsxError> {
        let Some(data) = self.outcome.data.levels.get(level) else { return Ok(()) };
        let format = styles.of(column.look);
        match &column.content {
            Content::Id => value(sheet, at_cell, &Shown::Text(at(&data.ids, row).clone()), format),
            Content::Name => {
                let name = at(&data.names, row).clone().map_or(Shown::Blank, Shown::Text);
                value(sheet, at_cell, &name, format)
            }
            Content::Order => value(sheet, at_cell, &Shown::Number(Number::ratio(i128::from(row) + 1, 1)), format),
            Content::Parent => {
                let parent =
                    self.outcome.plan.levels.get(level).and_then(|level| level.parent).zip(data.ancestors.get(1));
                let Some((above, parents)) = parent else { return Ok(()) };
                self.pointer(sheet, at_cell, above, *at(parents, row), format)
            }
            Content::Named(fact) => match self.named(level, *fact, row) {
                Some((target, named)) => self.pointer(sheet, at_cell, target, named, format),
                None => Ok(()),
            },
            Content::Link(fact) => match self.named(level, *fact, row) {
                Some((target, named)) => {
                    let line = Number::ratio(i128::from(self.layout.line(target, named)), 1);
                    value(sheet, at_cell, &Shown::Number(line), format)
                }
                None => Ok(()),
            },
            Content::Fact(fact) | Content::Ours(fact) => {
                value(sheet, at_cell, &shown(self.outcome, level, *fact, row), format)
            }
            Content::Given(given) => value(sheet, at_cell, at(given, row), format),
            Content::Formula(twin, known) => {
                let text = format!("={}", self.layout.filled(self.outcome, twin, (level, row)));
                let result = known.map_or(Shown::Blank, |column| shown(self.outcome, level, column, row));
                sheet.write_formula_with_format(
                    at_cell.0,
                    at_cell.1,
                    Formula::new(text).set_result(text_of(&result)),
                    format,
                )?;
                Ok(())
            }
        }
    }

    /// A formula that shows the id of a row of another sheet.
    fn pointer(
        &self,
        sheet: &mut Worksheet,
        (line, column): (u32, u16),
        target: usize,
        row: Row,
        format: &Format,
    ) -> Result<(), XlsxError> {
        let id = super::Place { level: target, column: 0 };
        let text = format!("={}", self.layout.outside(id, row));
        let known = cached(self.outcome.data.id(target, row));
        sheet.write_formula_with_format(line, column, Formula::new(text).set_result(known), format)?;
        Ok(())
    }

    fn named(&self, level: usize, fact: usize, row: Row) -> Option<(usize, Row)> {
        let crate::plan::ColumnKind::Row(target) = self.outcome.plan.column(level, fact)?.kind else { return None };
        let vector = self.outcome.columns.get(level)?.get(fact)?;
        (!vector.is_blank(row)).then(|| (target, *at(vector.codes(), row)))
    }
}

/// Writes a value.
pub(super) fn value(
    sheet: &mut Worksheet,
    (line, column): (u32, u16),
    shown: &Shown,
    format: &Format,
) -> Result<(), XlsxError> {
    match shown {
        Shown::Number(known) => return number(sheet, (line, column), known, format),
        Shown::Text(text) => drop(sheet.write_string_with_format(line, column, text, format)?),
        Shown::Flag(flag) => drop(sheet.write_boolean_with_format(line, column, *flag, format)?),
        Shown::Date(date) => match excel(*date) {
            Some(day) => drop(sheet.write_datetime_with_format(line, column, day, format)?),
            None => drop(sheet.write_string_with_format(line, column, date.to_string(), format)?),
        },
        Shown::Blank => drop(sheet.write_blank(line, column, format)?),
    }
    Ok(())
}

/// Writes a number, with as many digits as a sheet holds.
pub(super) fn number(
    sheet: &mut Worksheet,
    (line, column): (u32, u16),
    number: &Number,
    format: &Format,
) -> Result<(), XlsxError> {
    let text = number.text();
    match text.parse::<Decimal>() {
        Ok(decimal) => drop(sheet.write_with_format(line, column, decimal, format)?),
        Err(_) => drop(sheet.write_string_with_format(line, column, text, format)?),
    }
    Ok(())
}

fn excel(date: Date) -> Option<ExcelDateTime> {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let parts = (u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    (year >= FIRST_YEAR).then(|| ExcelDateTime::from_ymd(parts.0, parts.1, parts.2).ok()).flatten()
}

fn text_of(shown: &Shown) -> String {
    match shown {
        Shown::Number(number) => number.text(),
        Shown::Text(text) => cached(text),
        Shown::Flag(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        Shown::Date(date) => date.to_string(),
        Shown::Blank => String::new(),
    }
}

/// A text that a formula gave; one that the writer would take for a number, a flag or an error is left to the formula.
fn cached(text: &str) -> String {
    let plain = text.trim_start_matches(['+', '-']).to_lowercase();
    let is_other = plain.starts_with(|first: char| first.is_ascii_digit() || first == '.' || first == '#')
        || ["inf", "infinity", "nan", "true", "false"].contains(&plain.as_str());
    if is_other { String::new() } else { text.to_owned() }
}
