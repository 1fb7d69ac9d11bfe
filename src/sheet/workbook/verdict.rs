//! The verdict: how many cells differ, whether the figures are within what a sheet can hold, the balance; and the sheet of
//! the funds.

use rust_xlsxwriter::{
    Color, ConditionalFormatCell, ConditionalFormatCellRule, Format, FormatAlign, Formula, Worksheet, XlsxError,
};

use super::columns::Shown;
use super::twin::Place;
use super::write::{Styles, number, value};
use super::{Maker, Origin};
use crate::exact::{Fen, Number, Row, at, rows};
use crate::sheet::import::column_name;

/// What the verdict says until the workbook is recalculated.
const UNTOLD: &str = "尚未复算：请按 Ctrl+Alt+F9";
/// Where the lines of steps begin, from 0.
const LINES: u32 = 24;
/// A sheet's numbers are exact to fifteen digits: yuan with their fen, other numbers.
const MOST_MONEY: &str = "9E+12";
const MOST_NUMBER: &str = "1E+15";
/// Terms that one sum has at most, and how far apart the columns of the pieces of longer sums are.
const TERMS: usize = 100;
const APART: u16 = 40;

impl Maker<'_, '_> {
    pub(super) fn verdict(&self, sheet: &mut Worksheet, styles: &Styles, origin: &Origin) -> Result<(), XlsxError> {
        sheet.set_name("结论")?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(LINES - 1, LINES - 1)?;
        sheet.set_column_width(0, 24)?.set_column_width(1, 34)?.set_column_width(2, 34)?;
        for column in 3..8 {
            sheet.set_column_width(column, 22)?;
        }
        let adjusted = if origin.is_adjustment {
            "（调整核算：更正后的全部金额，不是本次发放的差额）"
        } else {
            ""
        };
        let title = format!("{}：复核工作簿{adjusted}", self.outcome.plan.document.title);
        sheet.write_string_with_format(0, 0, title, &styles.title)?;
        let last = LINES + u32::try_from(self.findings.len() + self.products.len() + self.books.len()).unwrap_or(0);
        let all = |column: &str| format!("{column}{}:{column}{}", LINES + 1, last.max(LINES + 1));
        sheet.write_string_with_format(2, 0, "结论", &styles.head)?;
        let agrees = match self.findings.iter().filter(|finding| finding.why.is_some()).count() {
            0 => "一致".to_owned(),
            listed => format!("一致（另有 {listed} 步仅列示，没有复核）"),
        };
        let verdict = "=IF(B5>0,\"超出表格精度，不能复核\",IF(B4=0,";
        let verdict = format!("{verdict}\"{agrees}\",\"不一致：\"&B4&\" 处\"))");
        formula(sheet, (2, 1), &verdict, UNTOLD, &styles.warning.clone().set_font_size(14))?;
        let agreed = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::EqualTo("一致")).set_format(
            Format::new().set_font_color(Color::RGB(0x37_56_23)).set_background_color(Color::RGB(0xE2_EF_DA)),
        );
        sheet.add_conditional_format(2, 1, 2, 1, &agreed)?;
        sheet.write_string(3, 0, "不符的单元格")?;
        formula(sheet, (3, 1), &format!("=SUM({})+SUM(E12:E20)+{}", all("D"), self.wrong_funds()), "", &styles.plain)?;
        sheet.write_string(4, 0, "超出精度的项目")?;
        formula(sheet, (4, 1), &format!("=SUM({})+{}", all("G"), self.unheld()), "", &styles.plain)?;
        let about = [
            ("运行", origin.run.clone().unwrap_or_else(|| "未存档".to_owned())),
            ("办法 SHA-256", origin.plan_sha256.clone()),
            ("数据 SHA-256", origin.data_sha256.clone()),
            ("结果 SHA-256", origin.result_sha256.clone()),
        ];
        for (line, (name, text)) in (5..).zip(about) {
            sheet.write_string(line, 0, name)?;
            sheet.write_string(line, 1, text)?;
        }
        self.balance(sheet, styles)?;
        let notes = "本工作簿用公式从数据重算全部金额，与系统值逐格比较。要修改的只有白底的数据和“参数”表。表格的数只有 15 位：\
                     金额、总额 × 权数超出时不下结论。仅列示的步骤没有公式，后面的公式取系统值。\
                     编号、所属和所指的行改动后不能重算。中间列的错误值是该行用不到的部分。";
        sheet.merge_range(21, 0, 21, 7, notes, &Format::new().set_text_wrap().set_align(FormatAlign::Top))?;
        sheet.set_row_height(21, 48)?;
        let names = ["工作表", "步骤", "说明", "不符", "最大绝对值", "限度", "超出", "个数"];
        for (column, name) in (0..).zip(names) {
            sheet.write_string_with_format(LINES - 1, column, name, &styles.head)?;
        }
        self.lines(sheet, styles)
    }

    /// One line for each step, each product of pool and weight, each fund.
    fn lines(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        let mut line = LINES;
        for finding in &self.findings {
            let said = match (finding.why, finding.differences.is_empty()) {
                (Some(why), _) => format!("仅列示：{}", why.text()),
                _ => "公式复算".to_owned(),
            };
            let limit = if finding.is_money { MOST_MONEY } else { MOST_NUMBER };
            let about = [self.layout.name(finding.level), &finding.label, &said];
            self.line(sheet, line, about, &finding.differences, finding.found.map(|found| (found, limit)), styles)?;
            line += 1;
        }
        for (product, limit) in &self.products {
            let about = [self.layout.name(product.level), "总额 × 权数", "余数比较须是精确的整数"];
            self.line(sheet, line, about, &[], Some((*product, limit)), styles)?;
            line += 1;
        }
        let books: Vec<_> = self.outcome.funds.books.iter().map(|book| (book.fund.level, book.fund.column)).collect();
        for (level, column) in books {
            let Some(book) = self.books.get(&(level, column)) else { continue };
            let name = self.outcome.plan.column_name(level, column);
            let about = [self.layout.name(level), name.as_str(), "余额和扣留见“资金”表"];
            self.line(sheet, line, about, &[], Some((book.value, MOST_MONEY)), styles)?;
            line += 1;
        }
        Ok(())
    }

    fn line(
        &self,
        sheet: &mut Worksheet,
        line: u32,
        about: [&str; 3],
        differences: &[Place],
        bounded: Option<(Place, &str)>,
        styles: &Styles,
    ) -> Result<(), XlsxError> {
        for (column, text) in (0..).zip(about) {
            sheet.write_string(line, column, text)?;
        }
        let count = |place: &Place| self.layout.order(place.level).len();
        let rows: usize = differences.iter().map(count).sum();
        let equal = differences.iter().map(|place| format!("-COUNTIF({},0)", self.layout.whole(*place)));
        let found = format!("={rows}{}", equal.collect::<String>());
        formula(sheet, (line, 3), &found, "", &styles.plain)?;
        formula(sheet, (line, 7), &format!("={rows}"), &rows.to_string(), &styles.plain)?;
        let Some((place, limit)) = bounded else { return Ok(()) };
        let range = self.layout.whole(place);
        let most = format!("=IF(ISERROR(SUM({range})),0,MAX(MAX({range}),-MIN({range})))");
        formula(sheet, (line, 4), &most, "", &styles.money)?;
        formula(sheet, (line, 5), &format!("={limit}"), limit, &styles.plain)?;
        let row = line + 1;
        formula(sheet, (line, 6), &format!("=IF(E{row}>=F{row},1,0)"), "", &styles.plain)
    }

    /// How many rows of the funds' sheet differ, as a term.
    fn wrong_funds(&self) -> String {
        let count: usize = self.outcome.funds.books.iter().map(|book| book.left.len()).sum();
        format!("({count}-COUNTIF('资金'!I4:I{},0))", count + 4)
    }

    /// Figures that a sheet cannot hold: typed in with more than fifteen digits, or calculated and larger.
    fn unheld(&self) -> usize {
        let plan = self.outcome.plan;
        let long = |number: &Number| super::expression::digits(number).is_err();
        let large = Number::ratio(1_000_000_000_000_000, 1);
        let values = plan.document.tables.iter().flat_map(|table| &table.rows).map(|row| &row.value);
        let constants = plan.document.constants.iter().map(|constant| &constant.value);
        let mut count = constants.chain(values).filter(|value| long(value)).count();
        for (level, columns) in plan.levels.iter().zip(&self.outcome.columns) {
            for (number, vector) in columns.iter().enumerate() {
                let crate::engine::Values::Numbers(numbers) = &vector.values else { continue };
                let unheld = |value: Number| match number < level.facts {
                    true => long(&value),
                    false => value.magnitude() >= large,
                };
                let is_unheld = |row: &Row| !vector.is_blank(*row) && unheld(numbers.get(*row));
                count += rows(numbers.len()).filter(is_unheld).count();
            }
        }
        count
    }

    /// The two identities of the whole, from the cells of the sheets.
    fn balance(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        let (balance, plan) = (&self.outcome.balance, self.outcome.plan);
        let all = |places: Vec<Place>| -> Vec<String> {
            places.iter().map(|place| format!("SUM({})", self.layout.whole(*place))).collect()
        };
        let funds = &self.outcome.funds.books;
        let books = funds.iter().filter_map(|book| Some((book, self.books.get(&(book.fund.level, book.fund.column))?)));
        let books: Vec<_> = books.collect();
        let steps = |draws: bool, pays: bool| -> Vec<Place> {
            let steps = plan.steps.iter().zip(&plan.document.steps);
            let wanted = steps.filter(|(step, words)| {
                let is_fund = step.column.is_some_and(|column| plan.is_fund(step.level, column));
                words.action.from().is_some() == draws && words.action.pay().is_some() == pays && (pays || !is_fund)
            });
            wanted.filter_map(|(step, _)| self.values.get(&(step.level, step.column?)).copied()).collect()
        };
        let withheld = books.iter().flat_map(|(_, book)| book.withheld.iter().map(|(_, place)| *place)).collect();
        let lines: [(&str, Vec<Place>, Fen); 7] = [
            (
                "来源",
                books.iter().filter(|(known, _)| known.fund.source).map(|(_, book)| book.value).collect(),
                balance.sources,
            ),
            ("发放", steps(true, true), balance.paid),
            ("下达", steps(true, false), balance.assigned),
            ("扣留", withheld, balance.withheld),
            ("余额", books.iter().map(|(_, book)| book.left).collect(), balance.left),
            ("不占资金的发放", steps(false, true), balance.unfunded),
            ("全部合计", self.total.into_iter().collect(), balance.payee_total),
        ];
        for (column, name) in (0..).zip(["资金平衡", "公式", "系统值", "差", "不符"]) {
            sheet.write_string_with_format(10, column, name, &styles.head)?;
        }
        for (line, (name, places, ours)) in (11..).zip(lines) {
            sheet.write_string(line, 0, name)?;
            summed(sheet, (line, 1), &all(places), styles)?;
            number(sheet, (line, 2), &Number::ratio(ours, 100), &styles.money)?;
            differ(sheet, line, styles)?;
        }
        let identities = [
            (18, "来源 − 发放 − 下达 − 扣留 − 余额", "=ROUND(B12-B13-B14-B15-B16,2)"),
            (19, "全部合计 − 发放 − 不占资金的发放", if self.total.is_some() { "=ROUND(B18-B13-B17,2)" } else { "=0" }),
        ];
        for (line, name, text) in identities {
            sheet.write_string(line, 0, name)?;
            formula(sheet, (line, 1), text, "", &styles.money)?;
            value(sheet, (line, 2), &Shown::Number(Number::ZERO), &styles.money)?;
            differ(sheet, line, styles)?;
        }
        Ok(())
    }

    /// The sheet of the funds: each fund row with what came in, went out, is set aside and left.
    pub(super) fn funds(&self, sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
        sheet.set_name("资金")?;
        sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(2, 2)?.set_freeze_panes(3, 0)?;
        sheet.write_string_with_format(0, 0, "资金：每笔资金的来去", &styles.title)?;
        for (column, name) in (0..).zip(["资金", "编号", "名称", "金额", "提取", "其中扣留", "余额", "系统余额", "差"])
        {
            sheet.write_string_with_format(2, column, name, &styles.head)?;
            sheet.set_column_width(column, 18)?;
        }
        let mut line = 3;
        for known in &self.outcome.funds.books {
            let (level, column) = (known.fund.level, known.fund.column);
            let (Some(book), Some(data)) = (self.books.get(&(level, column)), self.outcome.data.levels.get(level))
            else {
                continue;
            };
            let name = self.outcome.plan.column_name(level, column);
            for row in self.layout.order(level) {
                let cell = |place: &Place| self.layout.outside(*place, *row);
                let sum = |places: Vec<&Place>| -> Vec<String> { places.into_iter().map(cell).collect() };
                sheet.write_string(line, 0, &name)?;
                sheet.write_string(line, 1, at(&data.ids, *row))?;
                sheet.write_string(line, 2, at(&data.names, *row).as_deref().unwrap_or_default())?;
                let withheld = sum(book.withheld.iter().map(|(_, place)| place).collect());
                let sums = [sum(vec![&book.value]), sum(book.drawn.iter().collect()), withheld, sum(vec![&book.left])];
                for (column, terms) in (3..).zip(sums) {
                    summed(sheet, (line, column), &terms, styles)?;
                }
                number(sheet, (line, 7), &Number::ratio(*at(&known.left, *row), 100), &styles.money)?;
                let difference = format!("=IF(ROUND(G{0}-H{0},2)=0,0,G{0}-H{0})", line + 1);
                formula(sheet, (line, 8), &difference, "", &styles.warning)?;
                line += 1;
            }
        }
        Ok(())
    }
}

/// The difference of a line of the balance, and whether there is one.
fn differ(sheet: &mut Worksheet, line: u32, styles: &Styles) -> Result<(), XlsxError> {
    let row = line + 1;
    formula(sheet, (line, 3), &format!("=ROUND(B{row}-C{row},2)"), "", &styles.money)?;
    formula(sheet, (line, 4), &format!("=IF(ISNUMBER(D{row}),IF(D{row}=0,0,1),1)"), "", &styles.plain)
}

/// A sum of money; one of more terms than a formula holds by pieces, far to the right.
fn summed(
    sheet: &mut Worksheet,
    (line, column): (u32, u16),
    terms: &[String],
    styles: &Styles,
) -> Result<(), XlsxError> {
    let mut pieces: Vec<String> = Vec::new();
    for (place, piece) in (column * APART..).zip(terms.chunks(TERMS)) {
        let text = format!("=ROUND({},2)", piece.join("+"));
        if terms.len() <= TERMS {
            return formula(sheet, (line, column), &text, "", &styles.money);
        }
        formula(sheet, (line, place), &text, "", &styles.money)?;
        pieces.push(format!("{}{}", column_name(usize::from(place)), line + 1));
    }
    let text = if pieces.is_empty() { "=0".to_owned() } else { format!("=ROUND({},2)", pieces.join("+")) };
    formula(sheet, (line, column), &text, "", &styles.money)
}

fn formula(
    sheet: &mut Worksheet,
    (line, column): (u32, u16),
    text: &str,
    known: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    sheet.write_formula_with_format(line, column, Formula::new(text).set_result(known), format)?;
    Ok(())
}
