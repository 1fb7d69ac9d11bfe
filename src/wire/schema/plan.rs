//! `plan-language.md` §1 and §7.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Decimal, Name, PlanData, RowId, Step};

/// 分配办法（办法语言第 1 版），本身不含程序代码。A plan in version 1 of the plan language; it holds no program code.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// 办法语言的版本，写 1。The version of the plan language: 1.
    #[schema(minimum = 1, maximum = 1)]
    pub language: u32,
    /// 办法的代码。The plan's code.
    #[schema(min_length = 1)]
    pub code: String,
    /// 办法的标题。The plan's title.
    #[schema(min_length = 1)]
    pub title: String,
    /// 领取层：向哪一层的各行发放；不写表示不向任何一层发放。The level whose rows are paid; absent: nobody is.
    pub payee: Option<Name>,
    /// 允许应发合计为负数。Whether the total of a payee may be negative.
    pub allow_negative_total: Option<bool>,
    /// 条款原文。The clauses that the plan's elements rest on.
    pub clauses: Option<Vec<Clause>>,
    /// 常数。Constants.
    pub constants: Option<Vec<Constant>>,
    /// 查找表和分档表。Lookup and band tables.
    #[schema(max_items = 500)]
    pub tables: Option<Vec<Table>>,
    /// 各层，最上层在前。The levels, the root first.
    #[schema(min_items = 1)]
    pub levels: Vec<Level>,
    /// 步骤，按书写顺序计算。The steps, computed in this order.
    #[schema(max_items = 2000)]
    pub steps: Vec<Step>,
    /// 办法自带的算例。The plan's own examples.
    pub examples: Option<Vec<PlanExample>>,
}

/// 条款。A clause.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// 条款的编号。Its id.
    #[schema(min_length = 1)]
    pub id: String,
    /// 条款的文字。Its text.
    pub text: String,
}

/// 常数。A constant.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// 名称，在办法内唯一。Its name, unique in the plan.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 值。Its value.
    pub value: Decimal,
}

/// 表：按键查找，或按数分档。A table: looked up by keys, or by the band a number lies in.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Table {
    /// 查找表。A lookup table.
    Lookup(LookupTable),
    /// 分档表。A band table.
    Band(BandTable),
}

/// 查找表：一至三个键决定一个值。A lookup table: one to three keys decide.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupTable {
    /// 名称，在办法内唯一。Its name, unique in the plan.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 各键的类型；不写为一个选项键。The types of the keys; absent: one choice.
    #[schema(min_items = 1, max_items = 3)]
    pub keys: Option<Vec<KeyType>>,
    /// 各行，键不重复。The rows, each key once.
    #[schema(min_items = 1)]
    pub rows: Vec<LookupTableRow>,
    /// 未列出的键的值；不写则遇到未列出的键时报错。The value of a key that is not listed; absent: an error.
    #[serde(rename = "else")]
    pub otherwise: Option<Decimal>,
}

/// 查找表的一行。A row of a lookup table.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupTableRow {
    /// 各键的值：文字、十进制数或真假值。The keys: texts, decimals or flags.
    #[schema(min_items = 1, max_items = 3)]
    pub key: Vec<serde_json::Value>,
    /// 值。The value.
    pub value: Decimal,
}

/// 分档表：前面至多两个键，最后由一个数落在哪一档决定。A band table: after up to two leading keys a number decides.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BandTable {
    /// 名称，在办法内唯一。Its name, unique in the plan.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 前面各键的类型；不写则没有。The types of the leading keys; absent: none.
    #[schema(max_items = 2)]
    pub keys: Option<Vec<KeyType>>,
    /// 最小的数；更小的数不在任何一档之内。The least number; a smaller one lies in no band.
    pub min: Option<Decimal>,
    /// 各档，同一键的各档按上限递增。The bands; those of one key ascend.
    #[schema(min_items = 1)]
    pub rows: Vec<BandTableRow>,
}

/// 分档表的一档。A band.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BandTableRow {
    /// 前面各键的值：文字、十进制数或真假值。The leading keys: texts, decimals or flags.
    #[schema(max_items = 2)]
    pub key: Option<Vec<serde_json::Value>>,
    /// 上限，含本数（≤）。The upper limit, included.
    pub upto: Option<Decimal>,
    /// 上限，不含本数（<）。The upper limit, not included.
    pub below: Option<Decimal>,
    /// 值。The value.
    pub value: Decimal,
}

/// 表的键的类型。The type of a table's key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// 选项
    Choice,
    /// 数
    Number,
    /// 真假值
    Flag,
}

/// 一层，例如教育局、学校、教职工。A level, such as bureau, school or staff.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanLevel)]
pub struct Level {
    /// 名称，在办法内唯一。Its name, unique in the plan.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 上级层的名称；第一层不写。The level above; absent at the root.
    pub parent: Option<Name>,
    /// 本层的各项数据。The inputs of the level.
    pub facts: Option<Vec<Fact>>,
}

/// 一项数据。An input of a level.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 类型。Its type.
    #[serde(rename = "type")]
    pub kind: FactType,
    /// 可以不填（空白）。Whether it may be absent (blank).
    pub optional: Option<bool>,
    /// 不填时的值：本项数据的一个合法值；不能与 optional 并用。The value where absent, a value of this fact; not beside optional.
    pub default: Option<serde_json::Value>,
    /// 最小值（数、金额）。The least value, of number and money.
    pub min: Option<Decimal>,
    /// 最大值（数、金额）。The greatest value, of number and money.
    pub max: Option<Decimal>,
    /// 小数点后最多几位（数）。The digits allowed after the point, of number.
    #[schema(minimum = 0, maximum = 12)]
    pub places: Option<u32>,
    /// 选项（选项类型必填）。The choices; required of choice.
    #[schema(min_items = 1)]
    pub choices: Option<Vec<String>>,
    /// 所指的层（引用类型必填）。The level referred to; required of row.
    pub level: Option<Name>,
}

/// 数据的类型。The type of a fact.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// 数
    Number,
    /// 金额
    Money,
    /// 真假值
    Flag,
    /// 选项
    Choice,
    /// 日期
    Date,
    /// 文字
    Text,
    /// 引用另一层的一行
    Row,
}

/// 算例：写 expect 或 expect_error 之一。An example, with either expect or expect_error.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanExample {
    /// 算例的名称。Its name.
    #[schema(min_length = 1)]
    pub name: String,
    /// 算例的数据。Its data.
    pub data: PlanData,
    /// 必须得出的结果。What must come out.
    pub expect: Option<Vec<Expectation>>,
    /// 必须得出的错误代码。The error code that must occur.
    pub expect_error: Option<String>,
}

/// 一项预期：步骤的值（level、row、step、value）、领取人的合计（row、total）、资金池的余额（fund、row、left）或一条提醒（warning）。
/// An expectation: the value of a step, the total of a payee, what is left in a fund, or a warning.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// 层的名称。The level's name.
    pub level: Option<Name>,
    /// 行的编号。The row's id.
    pub row: Option<RowId>,
    /// 步骤的名称。The step's name.
    pub step: Option<Name>,
    /// 步骤的值，按结果中的写法。The step's value as results show it.
    pub value: Option<String>,
    /// 领取人的合计。The payee's total.
    pub total: Option<String>,
    /// 资金池，写成 层.名称。The fund as level.name.
    pub fund: Option<String>,
    /// 资金池的余额。What is left in the fund.
    pub left: Option<String>,
    /// 提醒的代码。A warning's code.
    pub warning: Option<String>,
}
