//! `plan-language.md` §8: results, as [`crate::wire::result`] writes them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::{Money, RowId, Sha256, open_word};
use crate::plan::WARNINGS;

/// 计算结果：所有值都是文字，空白不写。A result: all values are strings, blanks are absent.
#[derive(ToSchema)]
pub struct CalculationResult {
    /// 每一层各行的值，行按编号排序。The values of the rows of each level, rows by id.
    pub rows: BTreeMap<String, Vec<ResultRow>>,
    /// 发放明细，零元的不列。The payees' lines; those of 0.00 are not listed.
    pub lines: Vec<Line>,
    /// 各资金池的收支。The funds with what they held, gave and have left.
    pub funds: Vec<FundBook>,
    /// 总平衡。The balance of the whole.
    pub balance: Balance,
    /// 各项检查的结果。The checks.
    pub checks: Vec<CheckOutcome>,
    /// 生效的一票否决。The vetoes with the rows on which they acted.
    pub vetoes: Vec<VetoOutcome>,
    /// 提醒。Warnings.
    pub warnings: Vec<Warning>,
    /// 各行的值是什么：步骤所计算的列。What the values of rows are: the steps' columns.
    pub columns: Vec<Column>,
    /// 办法规范化 JSON（RFC 8785）的 SHA-256。SHA-256 of the plan's canonical JSON (RFC 8785).
    pub plan_sha256: Sha256,
    /// 数据规范化后的 SHA-256。SHA-256 of the data as read.
    pub data_sha256: Sha256,
    /// 结果规范化后的 SHA-256，不含 engine。SHA-256 of the result without its engine.
    pub result_sha256: Sha256,
    /// 计算程序的名称和版本。The engine's name and version.
    pub engine: String,
}

/// 一行的结果。The values of a row.
#[derive(ToSchema)]
pub struct ResultRow {
    /// 编号。Its id.
    pub id: RowId,
    /// 名称。Its name.
    pub name: Option<String>,
    /// 各步骤的值，按步骤的名称；类型见 columns。The values of the steps by their names; columns has their types.
    pub values: BTreeMap<String, String>,
    /// 应发合计（领取人）。The total, of a payee.
    pub total: Option<Money>,
}

/// 一条发放明细。A line of a payee's statement.
#[derive(ToSchema)]
#[schema(as = StatementLine)]
pub struct Line {
    /// 领取人的编号。The payee's id.
    pub payee: RowId,
    /// 步骤，写成 层.名称。The step as level.name.
    pub step: String,
    /// 步骤所在行的编号。The id of the step's row.
    pub row: RowId,
    /// 项目名称。What the payee reads.
    pub item: String,
    /// 项目类别。The group of items.
    pub category: Option<String>,
    /// 工资系统中的代码。The payroll system's own code.
    pub payroll_code: Option<String>,
    /// 金额（元）。The amount in yuan.
    pub amount: Money,
}

/// 一个资金池的收支。A fund of a row.
#[derive(Serialize, ToSchema)]
pub struct FundBook {
    /// 资金池，写成 层.名称。The fund as level.name.
    pub fund: String,
    /// 资金池所在行的编号。The id of its row.
    pub row: RowId,
    /// 总额（元）。What came in, in yuan.
    pub value: Money,
    /// 各步骤的支出（元），按 层.名称。What steps drew, by level.name, in yuan.
    pub drawn: BTreeMap<String, Money>,
    /// 扣留的金额（元），按去向。What was withheld, by destination, in yuan.
    pub withheld: BTreeMap<String, Money>,
    /// 余额（元）。What is left, in yuan.
    pub left: Money,
}

/// 总平衡：来源 = 发放 + 核拨 + 扣留 + 结余，领取人合计 = 发放 + 无资金来源的发放。The balance: sources = paid + assigned +
/// withheld + left, payee_total = paid + unfunded.
#[derive(Serialize, ToSchema)]
pub struct Balance {
    /// 资金来源合计（元）。All money that came in, in yuan.
    pub sources: Money,
    /// 已发放（元）。What was paid, in yuan.
    pub paid: Money,
    /// 已核拨而未发放（元）。What was assigned but not paid, in yuan.
    pub assigned: Money,
    /// 已扣留（元）。What was withheld, in yuan.
    pub withheld: Money,
    /// 结余（元）。What is left, in yuan.
    pub left: Money,
    /// 没有资金来源的发放（元）。What was paid without a fund, in yuan.
    pub unfunded: Money,
    /// 领取人应发合计（元）。The totals of all payees, in yuan.
    pub payee_total: Money,
    /// 两个等式都成立。Whether both identities hold.
    pub balanced: bool,
}

/// 一项检查的结果。A check.
#[derive(ToSchema)]
pub struct CheckOutcome {
    /// 层的名称。The level's name.
    pub level: String,
    /// 检查的名称。The check's name.
    pub name: String,
    /// 严重程度。Its severity.
    #[schema(schema_with = severity)]
    pub severity: String,
    /// 不成立的各行的编号。The ids of the rows where it does not hold.
    pub failed: Vec<RowId>,
}

/// 一项生效的否决。A veto that acted.
#[derive(ToSchema)]
pub struct VetoOutcome {
    /// 否决的名称。The veto's name.
    pub veto: String,
    /// 层的名称。The level's name.
    pub level: String,
    /// 生效的各行的编号。The ids of the rows on which it acted.
    pub rows: Vec<RowId>,
}

/// 一条提醒；有哪些内容由代码决定。A warning; its code decides which of the others are there.
#[derive(ToSchema)]
pub struct Warning {
    /// 提醒的代码。Its code.
    #[schema(schema_with = warning_code)]
    pub code: String,
    /// 层的名称。The level's name.
    pub level: Option<String>,
    /// 步骤的名称。The step's name.
    pub step: Option<String>,
    /// 数据的名称。The fact's name.
    pub fact: Option<String>,
    /// 否决的名称。The veto's name.
    pub veto: Option<String>,
    /// 表的名称。The table's name.
    pub table: Option<String>,
    /// 行的编号；表的行写行次（整数，从 1 起）。The row's id; of a table the number of its row, from 1.
    pub row: Option<serde_json::Value>,
    /// 各行的编号。The ids of the rows.
    pub rows: Option<Vec<RowId>>,
}

/// 结果的一列。A column of the result.
#[derive(ToSchema)]
pub struct Column {
    /// 层的名称。The level's name.
    pub level: String,
    /// 步骤的名称。The step's name.
    pub name: String,
    /// 给人看的文字。A text for people.
    pub label: String,
    /// 步骤的种类。The kind of step.
    #[schema(schema_with = column_kind)]
    pub kind: String,
    /// 值的类型。The type of the values.
    #[schema(schema_with = column_type)]
    #[schema(rename = "type")]
    pub value_type: String,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
}

/// The severities of checks, open.
pub(super) fn severity() -> Object {
    open_word("严重程度。Its severity.", [("error", "拒绝结果"), ("warning", "只提醒")])
}

/// The codes of warnings, open.
pub(super) fn warning_code() -> Object {
    open_word("提醒的代码。The warning's code.", WARNINGS.map(|(word, meaning, _)| (word, meaning)))
}

fn column_kind() -> Object {
    let kinds = [("formula", "公式"), ("share", "分配"), ("rank", "排名"), ("collect", "收回")];
    open_word("步骤的种类。The kind of step.", kinds)
}

fn column_type() -> Object {
    let types = [("number", "数"), ("money", "金额"), ("flag", "真假值"), ("choice", "选项"), ("date", "日期")];
    open_word("值的类型。The type of the values.", types)
}
