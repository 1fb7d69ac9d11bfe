//! A notice as a workbook: a sheet for each list, as offices make them, or one sheet for many lists; written row by row through
//! files, so that memory does not grow with its rows. It knows nothing of anybody but what [`Notice`] has.

use std::collections::BTreeSet;
use std::fs::File;

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use super::payroll::{Unwritten, begun, saved, write_money};
use crate::exact::Fen;
use crate::wire::notice::{Listed, Notice, Part, Sum};

/// The most lists that have sheets of their own; each is written through a file.
const MOST_SHEETS: usize = 60;
/// The most page breaks of a sheet.
const MOST_BREAKS: usize = 1_023;
/// The most characters of a sheet's name.
const LONGEST_NAME: usize = 31;
/// How wide the columns are: of the numbers, of the names, of the amounts.
const WIDTHS: [u16; 3] = [6, 20, 14];
/// A4.
const A4: u8 = 9;

/// A notice while it is written.
pub struct Book<'n> {
    notice: &'n Notice,
    workbook: Workbook,
    forms: Forms,
    names: BTreeSet<String>,
    /// The sheet that is written, and its rows so far.
    sheet: usize,
    height: u32,
    /// The rows that begin a new page.
    breaks: Vec<u32>,
}

struct Forms {
    title: Format,
    plain: Format,
    heading: Format,
    text: Format,
    money: Format,
    sum_text: Format,
    sum_money: Format,
}

impl Forms {
    fn new() -> Forms {
        let cell = Format::new().set_border(FormatBorder::Thin);
        let (text, money) = (cell.clone().set_align(FormatAlign::Center), cell.set_num_format("#,##0.00"));
        Forms {
            title: Format::new().set_bold().set_font_size(15).set_align(FormatAlign::Center),
            plain: Format::new(),
            heading: text.clone().set_bold().set_text_wrap().set_align(FormatAlign::VerticalCenter),
            sum_text: text.clone().set_bold(),
            sum_money: money.clone().set_bold(),
            text,
            money,
        }
    }
}

impl<'n> Book<'n> {
    /// A workbook without a list.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn new(notice: &'n Notice) -> Result<Book<'n>, Unwritten> {
        let (names, breaks) = Default::default();
        let workbook = begun(&notice.heading())?;
        Ok(Book { notice, workbook, forms: Forms::new(), names, sheet: 0, height: 0, breaks })
    }

    /// Adds a part.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn add(&mut self, part: &Part) -> Result<(), Unwritten> {
        match part {
            Part::List(school) => self.begin(school.as_deref()),
            Part::Rows(rows) => rows.iter().try_for_each(|row| self.row(row)),
            Part::Sum(sum) => self.end(sum),
        }
    }

    /// The file, at its beginning.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub fn finish(mut self) -> Result<File, Unwritten> {
        if !self.breaks.is_empty() {
            self.workbook.worksheet_from_index(self.sheet)?.set_page_breaks(&self.breaks)?;
        }
        saved(&mut self.workbook)
    }

    /// The headings of a list, on a sheet of its own or below the list before.
    fn begin(&mut self, school: Option<&str>) -> Result<(), Unwritten> {
        let is_one_sheet = self.notice.lists > MOST_SHEETS;
        let headings = self.notice.headings();
        let last = u16::try_from(headings.len() - 1).map_err(|_| Unwritten::TooLarge)?;
        if self.names.is_empty() || !is_one_sheet {
            let name = self.name(school.filter(|_| !is_one_sheet));
            self.sheet = self.names.len();
            self.names.insert(name.to_lowercase());
            self.height = 0;
            let sheet = self.workbook.add_worksheet_with_constant_memory()?;
            sheet.set_name(name)?.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
            sheet.set_footer("&C第 &P 页 共 &N 页").set_repeat_rows(2, 2)?;
            for place in 0..=last {
                let width = WIDTHS.get(usize::from(place)).or(WIDTHS.last()).copied().unwrap_or_default();
                sheet.set_column_width(place, width)?;
            }
        } else if self.breaks.len() < MOST_BREAKS {
            self.breaks.push(self.height);
        }
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        let below = self.notice.below(school).join("　　");
        sheet.merge_range(self.height, 0, self.height, last, &self.notice.heading(), &self.forms.title)?;
        sheet.merge_range(self.height + 1, 0, self.height + 1, last, &below, &self.forms.plain)?;
        for (heading, place) in headings.iter().zip(0_u16..) {
            sheet.write_string_with_format(self.height + 2, place, *heading, &self.forms.heading)?;
        }
        self.height += 3;
        Ok(())
    }

    fn row(&mut self, Listed { number, name, amounts, total }: &Listed) -> Result<(), Unwritten> {
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        let number = u32::try_from(*number).map_err(|_| Unwritten::TooLarge)?;
        sheet.write_with_format(self.height, 0, number, &self.forms.text)?;
        sheet.write_string_with_format(self.height, 1, name, &self.forms.text)?;
        amount_cells(sheet, self.height, amounts.iter().copied().chain([Some(*total)]), &self.forms.money)?;
        self.height += 1;
        Ok(())
    }

    /// The total row, and what stands below.
    fn end(&mut self, sum: &Sum) -> Result<(), Unwritten> {
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        let forms = &self.forms;
        sheet.write_string_with_format(self.height, 0, "合计", &forms.sum_text)?;
        sheet.write_string_with_format(self.height, 1, sum.count(), &forms.sum_text)?;
        let all = sum.amounts.iter().copied().map(Some).chain([Some(sum.total)]);
        amount_cells(sheet, self.height, all, &forms.sum_money)?;
        self.height += 1;
        for line in self.notice.end() {
            sheet.write_string(self.height, 0, line)?;
            self.height += 1;
        }
        Ok(())
    }

    /// The name of the next sheet: what the school is called, as far as a sheet can bear it, and no other sheet's.
    fn name(&self, school: Option<&str>) -> String {
        let draft = if self.notice.is_draft { "（草稿）" } else { "" };
        let bears = |letter: &char| !letter.is_control() && !"[]:*?/\\'".contains(*letter);
        let base: String = school.unwrap_or("公示表").chars().filter(bears).collect();
        let base = if base.trim().is_empty() { "公示表".to_owned() } else { base };
        let cut = |end: &str| {
            let most = LONGEST_NAME.saturating_sub(end.encode_utf16().count());
            let mut length = 0;
            let fits = |letter: &char| {
                length += letter.len_utf16();
                length <= most
            };
            format!("{}{end}", base.chars().take_while(fits).collect::<String>())
        };
        let tried = (1..).map(|place| cut(&if place == 1 { draft.to_owned() } else { format!("{place}{draft}") }));
        let is_free = |name: &String| !self.names.contains(&name.to_lowercase());
        tried.take(self.names.len() + 1).find(is_free).unwrap_or_default()
    }
}

/// Writes amounts from the third column on; blank where there is none.
fn amount_cells(
    sheet: &mut Worksheet,
    row: u32,
    amounts: impl Iterator<Item = Option<Fen>>,
    money: &Format,
) -> Result<(), Unwritten> {
    for (amount, place) in amounts.zip(2_u16..) {
        match amount {
            Some(fen) => write_money(sheet, (row, place), fen, money)?,
            None => drop(sheet.write_blank(row, place, money)?),
        }
    }
    Ok(())
}
