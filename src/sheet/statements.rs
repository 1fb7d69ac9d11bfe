//! Statements as a workbook: each line of everybody with how it came about, and slips to be cut apart (工资条). Both are written row
//! by row through files, so that memory does not grow with the rows.

use std::fs::File;

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use super::payroll::{Unwritten, begun, saved, scale, write_money};
use crate::exact::Fen;
use crate::wire::explanation::{Page, capital};

/// The columns of the lines: heading and width.
const COLUMNS: [(&str, u16); 7] =
    [("工号", 14), ("姓名", 10), ("学校", 18), ("项目", 22), ("金额", 14), ("由来", 90), ("依据", 40)];
/// The sheets.
const LINES: u16 = 0;
const SLIPS: u16 = 1;
/// The row of the headings of the lines.
const HEADINGS: u32 = 2;
/// How wide the columns of the slips are.
const WIDTH: u16 = 14;
/// How many slips there are on a sheet of paper, printed as large as they are.
const ON_PAPER: u32 = 10;
/// How high a line is, and the most that a row may be, in points.
const LINE: u16 = 15;
const HIGHEST: u16 = 405;
/// The most characters that a cell takes, in UTF-16; a sheet has 32,767.
const LONGEST: usize = 32_000;
/// A4.
const A4: u8 = 9;

/// What all statements of a workbook share.
pub struct Statements {
    /// The title of the plan.
    pub title: String,
    /// The run.
    pub run_id: String,
    /// The fingerprint of its result.
    pub result_sha256: String,
    /// Until when and where objections are raised.
    pub objections: Option<String>,
    /// The items: the columns of the slips.
    pub items: Vec<String>,
    /// Whether nothing of it is released.
    pub is_draft: bool,
    /// Whether it pays differences alone.
    pub is_adjustment: bool,
}

/// The statement of somebody.
pub struct Statement {
    /// The id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// What the school is called.
    pub school: Option<String>,
    /// What there is of each item.
    pub amounts: Vec<Option<Fen>>,
    /// The total.
    pub total: Fen,
    /// How it came about.
    pub page: Page,
}

/// A workbook while it is written.
pub struct Book<'s> {
    statements: &'s Statements,
    workbook: Workbook,
    money: Format,
    text: Format,
    bold: Format,
    wrapped: Format,
    /// How many slips there are on a sheet of paper: none is torn apart.
    on_paper: u32,
    /// The rows of either sheet so far.
    lines: u32,
    slips: u32,
}

impl<'s> Book<'s> {
    /// A workbook without a statement.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn new(statements: &'s Statements) -> Result<Book<'s>, Unwritten> {
        let Statements { title, run_id, result_sha256, objections, is_draft, is_adjustment, .. } = statements;
        let adjusted = if *is_adjustment { "调整" } else { "" };
        let mut workbook = begun(&format!("SHA-256 {result_sha256}"))?;
        let draft = if *is_draft { "（草稿）" } else { "" };
        let top = Format::new().set_align(FormatAlign::Top);
        let cell = top.clone().set_border(FormatBorder::Thin);
        let bold = cell.clone().set_bold();
        let foot = format!("&L&8结果 SHA-256 {result_sha256}&R第 &P 页 共 &N 页");
        let lines = sheet(&mut workbook, &format!("明细{draft}"), &foot)?;
        lines.set_print_fit_to_pages(1, 0).set_repeat_rows(HEADINGS, HEADINGS)?.set_freeze_panes(HEADINGS + 1, 0)?;
        lines.write_string_with_format(0, 0, format!("{title}绩效{adjusted}明细单{draft}"), &top.clone().set_bold())?;
        let objections = objections.as_ref().map(|line| format!("　　{line}")).unwrap_or_default();
        lines.write_string(
            1,
            0,
            format!("核算：{run_id}　　结果 SHA-256：{result_sha256}　　金额单位：元{objections}"),
        )?;
        for ((heading, width), place) in COLUMNS.iter().zip(0_u16..) {
            lines.set_column_width(place, *width)?;
            lines.write_string_with_format(HEADINGS, place, *heading, &bold)?;
        }
        let slips = sheet(&mut workbook, &format!("工资条{draft}"), &foot)?;
        let columns = u16::try_from(statements.items.len() + 5).map_err(|_| Unwritten::TooLarge)?;
        for place in 0..columns {
            slips.set_column_width(place, if place + 1 == columns { 3 * WIDTH } else { WIDTH })?;
        }
        let scale = scale(columns.saturating_add(2).saturating_mul(WIDTH));
        slips.set_print_fit_to_pages(1, 0);
        let money = cell.clone().set_num_format("#,##0.00");
        let wrapped = cell.clone().set_text_wrap();
        Ok(Book {
            statements,
            workbook,
            money,
            text: cell,
            bold,
            wrapped,
            on_paper: ON_PAPER * 100 / u32::from(scale),
            lines: HEADINGS + 1,
            slips: 0,
        })
    }

    /// Adds the statement of somebody.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn add(&mut self, statement: &Statement) -> Result<(), Unwritten> {
        self.lines(statement)?;
        self.slip(statement)
    }

    /// The file, at its beginning.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn finish(mut self) -> Result<File, Unwritten> {
        let height = usize::try_from(3 * self.on_paper).unwrap_or(usize::MAX);
        let breaks: Vec<u32> = (0..self.slips).step_by(height).skip(1).collect();
        self.workbook.worksheet_from_index(usize::from(SLIPS))?.set_page_breaks(&breaks)?;
        saved(&mut self.workbook)
    }

    /// Each line with how it came about, the total, and a blank row.
    fn lines(&mut self, statement: &Statement) -> Result<(), Unwritten> {
        let sheet = self.workbook.worksheet_from_index(usize::from(LINES))?;
        let mut row = self.lines;
        for section in &statement.page.sections {
            let sentences = section.sentences.iter();
            let sentences = sentences.map(|(depth, text)| format!("{}{text}", "　".repeat(depth.saturating_sub(1))));
            let how = fitting(sentences.collect::<Vec<String>>().join("\n"));
            let clause = fitting(section.clause.clone().unwrap_or_default());
            // Not every program finds by itself how high a row must be.
            sheet.set_row_height(row, height(&[(3, &section.item), (5, &how), (6, &clause)]))?;
            who(sheet, row, statement, &self.text)?;
            sheet.write_string_with_format(row, 3, &section.item, &self.wrapped)?;
            match section.amount {
                Some(fen) => write_money(sheet, (row, 4), fen, &self.money)?,
                None => drop(sheet.write_blank(row, 4, &self.money)?),
            }
            sheet.write_string_with_format(row, 5, how, &self.wrapped)?;
            sheet.write_string_with_format(row, 6, clause, &self.wrapped)?;
            row += 1;
        }
        who(sheet, row, statement, &self.bold)?;
        sheet.write_string_with_format(row, 3, "合计", &self.bold)?;
        write_money(sheet, (row, 4), statement.total, &self.money)?;
        let cut = if statement.page.is_cut { "（由来过长，已截短）" } else { "" };
        sheet.write_string_with_format(row, 5, format!("大写 {}{cut}", in_words(statement)), &self.bold)?;
        self.lines = row + 2;
        Ok(())
    }

    /// Headings, amounts, and a blank row along which it is cut.
    fn slip(&mut self, statement: &Statement) -> Result<(), Unwritten> {
        let sheet = self.workbook.worksheet_from_index(usize::from(SLIPS))?;
        let row = self.slips;
        let items = self.statements.items.iter().map(String::as_str);
        let headings = ["工号", "姓名", "学校"].into_iter().chain(items).chain(["合计", "大写"]);
        for (heading, place) in headings.zip(0_u16..) {
            sheet.write_string_with_format(row, place, heading, &self.bold)?;
        }
        who(sheet, row + 1, statement, &self.text)?;
        let mut place = 3;
        for amount in statement.amounts.iter().copied().chain([Some(statement.total)]) {
            match amount {
                Some(fen) => write_money(sheet, (row + 1, place), fen, &self.money)?,
                None => drop(sheet.write_blank(row + 1, place, &self.money)?),
            }
            place += 1;
        }
        sheet.write_string_with_format(row + 1, place, in_words(statement), &self.text)?;
        self.slips = row + 3;
        Ok(())
    }
}

/// The total in capital numerals, with what stands beside it.
fn in_words(statement: &Statement) -> String {
    let note = statement.page.note.as_ref().map(|note| format!("（{note}）"));
    format!("{}{}", capital(statement.total), note.unwrap_or_default())
}

/// A sheet to be printed across A4.
fn sheet<'w>(workbook: &'w mut Workbook, name: &str, foot: &str) -> Result<&'w mut Worksheet, Unwritten> {
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_paper_size(A4).set_landscape().set_footer(foot);
    Ok(sheet)
}

/// Whose it is.
fn who(sheet: &mut Worksheet, row: u32, statement: &Statement, format: &Format) -> Result<(), Unwritten> {
    let texts = [Some(&statement.id), statement.name.as_ref(), statement.school.as_ref()];
    for (text, place) in texts.into_iter().zip(0_u16..) {
        sheet.write_string_with_format(row, place, text.map_or("", String::as_str), format)?;
    }
    Ok(())
}

/// How high a row is with these texts in these columns.
fn height(cells: &[(usize, &str)]) -> u16 {
    let lines = |(place, text): &(usize, &str)| -> usize {
        let width = COLUMNS.get(*place).map_or(1, |(_, width)| usize::from(*width));
        // What is not ASCII is twice as wide.
        let wide = |line: &str| line.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum::<usize>();
        text.lines().map(|line| wide(line).div_ceil(width).max(1)).sum()
    };
    let most = cells.iter().map(lines).max().unwrap_or_default().max(1);
    u16::try_from(most).map_or(HIGHEST, |lines| lines.saturating_mul(LINE).min(HIGHEST))
}

/// A text as far as a cell takes it.
fn fitting(text: String) -> String {
    if text.encode_utf16().count() <= LONGEST {
        return text;
    }
    let mut length = 0;
    let fits = |letter: &char| {
        length += letter.len_utf16();
        length <= LONGEST
    };
    format!("{}…（过长，已截短）", text.chars().take_while(fits).collect::<String>())
}
