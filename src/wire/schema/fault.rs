//! Faults, as [`crate::wire::refusal`] writes them.

use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::{Money, RowId, open_word};
use crate::plan::{Code, Language};

/// 一处错误；有哪些内容由错误的种类决定。A fault; its kind decides which of the others are there.
#[derive(ToSchema)]
#[schema(as = ProblemError)]
pub struct FaultReport {
    /// 错误代码；导入的错误另有 ImportFinding 的代码。Its code; faults of an import have the codes of ImportFinding too.
    #[schema(schema_with = error_code)]
    pub code: String,
    /// 请求正文中的位置（JSON 指针，RFC 6901）。Where in the request body (JSON pointer, RFC 6901).
    pub pointer: Option<String>,
    /// 查询参数的名称。The name of the query parameter.
    pub parameter: Option<String>,
    /// 办法中的位置（JSON 指针）。Where in the plan (JSON pointer).
    pub at: Option<String>,
    /// 公式中的位置，从 0 起的字符序号。Where in the formula, in characters from 0.
    #[schema(minimum = 0)]
    pub pos: Option<i64>,
    /// 所指的公式片段。The piece of the formula that is meant.
    pub text: Option<String>,
    /// 可能想写的名称。The name that was probably meant.
    pub suggestion: Option<String>,
    /// 层的名称。The level's name.
    pub level: Option<String>,
    /// 行的编号。The row's id.
    pub row: Option<RowId>,
    /// 行的名称（反算）。The row's name, of a goal seek.
    pub name: Option<String>,
    /// 数据的名称。The fact's name.
    pub fact: Option<String>,
    /// 步骤的名称。The step's name.
    pub step: Option<String>,
    /// 资金池，写成 层.名称。The fund as level.name.
    pub fund: Option<String>,
    /// 缺少的金额（元）。What the fund is short of, in yuan.
    pub short: Option<Money>,
    /// 资金池的余额（元），少于要保留的数额时。What is left in the fund where that is less than is to be kept, in yuan.
    pub left: Option<Money>,
    /// 文件名（导入）。The file, of an import.
    pub file: Option<String>,
    /// 工作表的名称（导入）。The sheet, of an import.
    pub sheet: Option<String>,
    /// 单元格（导入），例如 C17。The cell, such as C17, of an import.
    pub cell: Option<String>,
    /// 同样有误的各行（导入），例如 5-31, 40。The rows of which the same is said, such as 5-31, 40, of an import.
    pub rows: Option<String>,
    /// 同样的错误有几处（导入）。How often the same is said, of an import.
    #[schema(minimum = 2)]
    pub count: Option<i64>,
    /// 并列的各行的编号，最多 100 个。The ids of the rows that are tied, at most 100.
    pub tied: Option<Vec<RowId>>,
    /// 说明：错在何处，如何改正。What is wrong and what to do.
    pub message: String,
}

/// 检查办法时的一条提醒。A warning of a plan check.
#[derive(ToSchema)]
pub struct CheckWarning {
    /// 提醒的代码。Its code.
    #[schema(schema_with = super::result::warning_code)]
    pub code: String,
    /// 层的名称。The level's name.
    pub level: String,
    /// 数据的名称。The fact's name.
    pub fact: String,
    /// 说明。What it means.
    pub message: String,
}

/// The codes of faults, open.
pub(super) fn error_code() -> Object {
    let codes = Code::ALL.map(|code| (code.word(), code.meaning(Language::Chinese)));
    open_word("错误代码。The fault's code.", codes)
}
