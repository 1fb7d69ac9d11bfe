//! What is wrong with a cell, and what is only to be noted: a stable code and the words.

use crate::plan::{Code, Fault, Language, NotAValue};

/// The codes of what is wrong with files, beside those of the language ([`Code`]): the word, its meaning and its cure in Chinese
/// and in English.
#[rustfmt::skip]
pub const TROUBLES: [(&str, [&str; 2], [&str; 2]); 13] = [
    ("cell_error", ["单元格是错误值", "改正公式，或直接填写数值"],
        ["The cell holds an error value", "Mend the formula or write the value"]),
    ("no_cached_value", ["公式没有计算结果", "用 Excel 或 WPS 打开文件，保存后再上传"],
        ["The formula has no calculated value", "Open and save the file in Excel or WPS, then send it again"]),
    ("digits_lost", ["编号存成了数字，位数可能丢失", "把这一列设为文本，重新填写编号"],
        ["An id is stored as a number and may have lost digits", "Make the column text and write the id again"]),
    ("not_a_number", ["不是数", "只填写数字，不写单位、文字和“万”，例如 12000"],
        ["The cell holds no number", "Write the number alone, without units or words, such as 12000"]),
    ("not_a_flag", ["不是 是 或 否", "填写 是 或 否"],
        ["The cell holds neither yes nor no", "Write TRUE or FALSE"]),
    ("missing_column", ["缺少必需的列", "补上这一列，或把表头改成模板中的写法"],
        ["A column that must be there is missing", "Add the column, or give it the heading of the template"]),
    ("duplicate_column", ["两列相同", "删去或改名其中一列"],
        ["Two columns are the same", "Remove or rename one of them"]),
    ("missing_sheet", ["没有某层的工作表", "补上这个工作表，或重新下载模板填写"],
        ["There is no sheet with the rows of a level", "Add the sheet, or fill in the template anew"]),
    ("control_total", ["合计与各行之和不符", "核对各行和合计，看是否漏了行或改了数"],
        ["The total of the table is not the sum of its rows", "Look for a row that is missing or an amount that was changed"]),
    ("file_password", ["文件有密码", "去掉密码后再上传"],
        ["The file has a password", "Take it off and send the file again"]),
    ("file_web_page", ["文件是网页", "用 Excel 或 WPS 打开，另存为 .xlsx 后再上传"],
        ["The file is a web page under the name of a workbook", "Open it in Excel or WPS and save it as .xlsx"]),
    ("file_unknown", ["不是表格文件，或者已损坏", "另存为 .xlsx 后再上传；打不开的，请向提供的人重新要一份"],
        ["The file is no workbook or table that can be read, or it is damaged", "Save it as .xlsx; where it does not open, ask for it again"]),
    ("file_encoding", ["文字的编码无法识别", "另存为 UTF-8 编码的 CSV，或另存为 .xlsx"],
        ["The encoding of the text is not known", "Save it as CSV UTF-8 or as .xlsx"]),
];

/// The codes of what is only to be noted, with their Chinese meanings.
pub const NOTES: [(&str, &str); 16] = [
    ("taken_as_blank", "按空白处理"),
    ("full_stop", "句号按小数点处理"),
    ("first_of_month", "按当月 1 日处理"),
    ("unknown_column", "办法不用的列"),
    ("skipped_row", "不是数据的行，已跳过"),
    ("hidden_sheet", "隐藏的工作表，没有读取"),
    ("hidden_rows", "隐藏的行，已读入"),
    ("unread_sheet", "没有所需表头的工作表，没有读取"),
    ("stopped", "连续 200 行空白之后没有读取"),
    ("encoding", "文字所用的编码"),
    ("same_name", "同名的人"),
    ("lost_zeros", "编号开头的 0 可能丢失"),
    ("by_name", "上级按名称对应"),
    ("only_parent", "上级只有一个，归于它"),
    ("no_rows", "没有某层的工作表，视为没有行"),
    ("made_level", "某层的行按下级所写的编号生成"),
];

/// Why a file cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The language refuses the value.
    Refused(NotAValue),
    /// The data are refused as a whole for this.
    Fault(Box<Fault>),
    /// An error value such as #N/A.
    CellError(String),
    /// A formula without a calculated value.
    NoValue,
    /// An id stored as a number that has lost digits.
    DigitsLost(String),
    /// No number; what was probably meant.
    NotANumber(String, Option<String>),
    /// Neither true nor false.
    NotAFlag(String),
    /// No date.
    NotADate(String),
    /// A row with values but without an id.
    NoId,
    /// The row above is not said, and there are several.
    NoParent,
    /// A column that must be there is not; the headings that it may have.
    MissingColumn(Vec<String>),
    /// Two columns are the same; the other cell.
    DuplicateColumn(String),
    /// A row with this id is already there; its cell.
    DuplicateRow(String),
    /// No sheet has the rows of this level.
    MissingSheet(String),
    /// The total in the table is not the sum of its rows: the total, the sum.
    ControlTotal(String, String),
    /// The file has a password.
    Password,
    /// The file is a web page.
    WebPage,
    /// The file is too large.
    TooLarge,
    /// The file is none of those that are read, or damaged.
    Unknown,
    /// The text is in no known encoding.
    Encoding,
}

/// What is done with a cell, a row or a sheet, said so that nobody is surprised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Taken as blank.
    TakenAsBlank(String),
    /// The Chinese full stop was read as a decimal point.
    FullStop(String),
    /// A month was read as its first day.
    FirstOfMonth(String),
    /// The column is nobody's.
    UnknownColumn(String),
    /// The row is no data.
    SkippedRow(String),
    /// The sheet is hidden.
    HiddenSheet(String),
    /// These rows, from 1, are hidden, and read.
    HiddenRows(usize, usize),
    /// The sheet has no headings of the plan.
    UnreadSheet(String),
    /// What follows so many blank rows is not read.
    Stopped,
    /// The text was in this encoding.
    Encoding(String),
    /// Somebody else has this name.
    SameName(String),
    /// Other ids begin with zeros, this one is a number.
    LostZeros(String),
    /// Rows above were named, not numbered.
    ByName(String),
    /// The only row above was taken.
    OnlyParent(String),
    /// No sheet has rows of this level.
    NoRows(String),
    /// The rows of this level were made from what refers to them.
    MadeLevel(String),
}

impl Trouble {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Trouble::Refused(refused) => refused.code.word(),
            Trouble::Fault(fault) => fault.code.word(),
            Trouble::CellError(_) => "cell_error",
            Trouble::NoValue => "no_cached_value",
            Trouble::DigitsLost(_) => "digits_lost",
            Trouble::NotANumber(..) => "not_a_number",
            Trouble::NotAFlag(_) => "not_a_flag",
            Trouble::NotADate(_) => Code::BadDate.word(),
            Trouble::NoId => Code::BadId.word(),
            Trouble::NoParent => Code::UnknownParent.word(),
            Trouble::MissingColumn(_) => "missing_column",
            Trouble::DuplicateColumn(_) => "duplicate_column",
            Trouble::DuplicateRow(_) => Code::DuplicateId.word(),
            Trouble::MissingSheet(_) => "missing_sheet",
            Trouble::ControlTotal(..) => "control_total",
            Trouble::Password => "file_password",
            Trouble::WebPage => "file_web_page",
            Trouble::TooLarge => Code::TooLarge.word(),
            Trouble::Unknown => "file_unknown",
            Trouble::Encoding => "file_encoding",
        }
    }

    /// What was probably meant.
    pub fn suggestion(&self) -> Option<&str> {
        match self {
            Trouble::NotANumber(_, suggestion) => suggestion.as_deref(),
            _ => None,
        }
    }

    /// The words.
    pub fn message(&self, language: Language) -> String {
        let [zh, en] = match self {
            Trouble::Refused(refused) => {
                let mut fault = Fault::data(refused.code, None, None, None);
                fault.details.clone_from(&refused.details);
                return fault.message(language);
            }
            Trouble::Fault(fault) => return fault.message(language),
            Trouble::CellError(error) => [
                format!("单元格是错误值 {error}，请改正公式或填写数值"),
                format!("the cell is the error {error}; mend the formula or write a value"),
            ],
            Trouble::NoValue => [
                "公式没有计算结果，请打开并保存后再上传".to_owned(),
                "the formula has no calculated value; open and save the file, then send it again".to_owned(),
            ],
            Trouble::DigitsLost(number) => [
                format!("编号 {number} 存成了数字，末尾几位可能已经丢失，请把该列设为文本后重新填写"),
                format!(
                    "the id {number} is stored as a number and may have lost digits; make the column text and write it again"
                ),
            ],
            Trouble::NotANumber(text, Some(meant)) => [
                format!("“{text}”不是可以直接使用的数，是否应为 {meant}"),
                format!("\"{text}\" is no number that can be used; is it {meant}?"),
            ],
            Trouble::NotANumber(text, None) => [format!("“{text}”不是数"), format!("\"{text}\" is no number")],
            Trouble::NotAFlag(text) => {
                [format!("“{text}”应为 是 或 否"), format!("\"{text}\" should be 是 or 否 (TRUE or FALSE)")]
            }
            Trouble::NotADate(text) => [
                format!("“{text}”不是日期，应如 2026-09-01"),
                format!("\"{text}\" is no date; it should be like 2026-09-01"),
            ],
            other => other.of_tables(),
        };
        if language == Language::Chinese { zh } else { en }
    }

    /// The words of what is not about one value.
    fn of_tables(&self) -> [String; 2] {
        match self {
            Trouble::NoId => ["这一行没有编号".to_owned(), "the row has no id".to_owned()],
            Trouble::NoParent => {
                ["没有写明所属的上级".to_owned(), "it is not said which row above it belongs to".to_owned()]
            }
            Trouble::MissingColumn(words) => [
                format!("缺少必需的列，表头可以是：{}", words.join("、")),
                format!("a column that must be there is missing; its heading may be: {}", words.join(", ")),
            ],
            Trouble::DuplicateColumn(other) => {
                [format!("与 {other} 是同一列"), format!("this is the same column as {other}")]
            }
            Trouble::DuplicateRow(other) => {
                [format!("编号与 {other} 重复"), format!("the id is the same as in {other}")]
            }
            Trouble::MissingSheet(level) => {
                [format!("没有找到“{level}”的工作表"), format!("no sheet has the rows of \"{level}\"")]
            }
            Trouble::ControlTotal(total, sum) => [
                format!("表中合计 {total}，而各行之和为 {sum}"),
                format!("the total of the table is {total}, but its rows sum to {sum}"),
            ],
            Trouble::Password => [
                "文件有密码，请去掉密码后再上传".to_owned(),
                "the file has a password; take it off and send it again".to_owned(),
            ],
            Trouble::WebPage => [
                "这是另存为表格的网页，请在 Excel/WPS 中另存为 .xlsx".to_owned(),
                "this is a web page under the name of a workbook; save it as .xlsx in Excel or WPS".to_owned(),
            ],
            Trouble::TooLarge => ["文件过大，请拆分".to_owned(), "the file is too large; split it".to_owned()],
            Trouble::Unknown => [
                "不是可以读取的表格文件（xlsx、xls、et、ods、csv），或者已损坏".to_owned(),
                "this is no file of tables that can be read (xlsx, xls, et, ods, csv), or it is damaged".to_owned(),
            ],
            Trouble::Encoding => [
                "文字的编码无法识别，请另存为 UTF-8 编码的 CSV".to_owned(),
                "the encoding of the text is not known; save it as CSV UTF-8".to_owned(),
            ],
            _ => [String::new(), String::new()],
        }
    }
}

impl Note {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Note::TakenAsBlank(_) => "taken_as_blank",
            Note::FullStop(_) => "full_stop",
            Note::FirstOfMonth(_) => "first_of_month",
            Note::UnknownColumn(_) => "unknown_column",
            Note::SkippedRow(_) => "skipped_row",
            Note::HiddenSheet(_) => "hidden_sheet",
            Note::HiddenRows(..) => "hidden_rows",
            Note::UnreadSheet(_) => "unread_sheet",
            Note::Stopped => "stopped",
            Note::Encoding(_) => "encoding",
            Note::SameName(_) => "same_name",
            Note::LostZeros(_) => "lost_zeros",
            Note::ByName(_) => "by_name",
            Note::OnlyParent(_) => "only_parent",
            Note::NoRows(_) => "no_rows",
            Note::MadeLevel(_) => "made_level",
        }
    }

    /// The words.
    pub fn message(&self, language: Language) -> String {
        let [zh, en] = match self {
            Note::TakenAsBlank(text) => [format!("“{text}”按空白处理"), format!("\"{text}\" is taken as blank")],
            Note::FullStop(text) => {
                [format!("“{text}”中的句号按小数点处理"), format!("the full stop in \"{text}\" is taken as a point")]
            }
            Note::FirstOfMonth(text) => {
                [format!("“{text}”按当月 1 日处理"), format!("\"{text}\" is taken as the first of the month")]
            }
            Note::UnknownColumn(text) => {
                [format!("办法不用“{text}”这一列"), format!("the plan does not use the column \"{text}\"")]
            }
            Note::SkippedRow(text) => {
                [format!("“{text}”这一行不是数据，已跳过"), format!("\"{text}\" is no row of data")]
            }
            Note::HiddenSheet(name) => {
                [format!("隐藏的工作表“{name}”没有读取"), format!("the hidden sheet \"{name}\" is not read")]
            }
            Note::HiddenRows(first, last) if first == last => {
                [format!("第 {first} 行是隐藏行，已读入"), format!("row {first} is hidden, and read")]
            }
            Note::HiddenRows(first, last) => {
                [format!("第 {first}–{last} 行是隐藏行，已读入"), format!("rows {first}-{last} are hidden, and read")]
            }
            Note::UnreadSheet(name) => [
                format!("工作表“{name}”没有办法所需的表头，没有读取"),
                format!("the sheet \"{name}\" has no headings of the plan and is not read"),
            ],
            Note::Stopped => {
                ["连续 200 行空白，其后没有读取".to_owned(), "after 200 blank rows nothing more is read".to_owned()]
            }
            Note::Encoding(name) => [format!("文字按 {name} 编码读取"), format!("the text is read as {name}")],
            Note::SameName(name) => [format!("有几个人叫“{name}”"), format!("several are called \"{name}\"")],
            Note::LostZeros(id) => [
                format!("编号 {id} 存成了数字，而别的编号以 0 开头，请核对"),
                format!("the id {id} is a number where others begin with 0; look at it"),
            ],
            Note::ByName(name) => {
                [format!("上级按名称“{name}”对应"), format!("the row above is found by its name \"{name}\"")]
            }
            Note::OnlyParent(id) => {
                [format!("上级只有 {id}，均归于它"), format!("{id} is the only row above, so all belong to it")]
            }
            Note::NoRows(level) => [
                format!("没有“{level}”的工作表，视为没有这样的行"),
                format!("there is no sheet of \"{level}\", so there are no such rows"),
            ],
            Note::MadeLevel(level) => [
                format!("没有“{level}”的工作表，按下级所写的编号生成"),
                format!("there is no sheet of \"{level}\": its rows are made of the ids that are written below it"),
            ],
        };
        if language == Language::Chinese { zh } else { en }
    }
}
