//! Comparisons, as [`crate::wire::comparison`] writes them.

use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::fault::error_code;
use super::{Money, RowId, open_word};
use crate::wire::comparison::{CAUSES, STATES};

/// 两个结果的比较：base 是之前，other 是之后，差额 = other − base。Two results compared: base is before, other is after, a difference is other − base.
#[derive(ToSchema)]
pub struct Comparison {
    /// 全部领取人的合计。The totals of all payees.
    pub totals: ComparisonTotals,
    /// 人数。How many payees are what.
    pub counts: ComparisonCounts,
    /// 原因的计算规则。The rule by which causes are told apart.
    pub rule: String,
    /// 各项原因按替换的次序，以及能否单独算出。The causes in the order of their replacement, and whether each could be told by itself.
    pub causes_calculated: Vec<CalculatedCause>,
    /// 本页的领取人，按编号排列。The payees of the page by id.
    pub payees: Vec<ComparedPayee>,
    /// 下一页的 cursor；没有下一页时不写。The cursor of the next page; absent where there is none.
    pub next_cursor: Option<String>,
}

/// 全部领取人的合计。The totals of all payees.
#[derive(ToSchema)]
pub struct ComparisonTotals {
    /// 之前的合计（元）。The total before, in yuan.
    pub base: Money,
    /// 之后的合计（元）。The total after, in yuan.
    pub other: Money,
    /// 差额（元）。After less before, in yuan.
    pub difference: Money,
    /// 差额的原因，之和恰为差额；本人数据总与他人数据合计。Why it moved: the causes sum to the difference; own facts are always counted with others'.
    pub causes: Vec<ComparisonCause>,
}

/// 人数。How many payees are what.
#[derive(ToSchema)]
pub struct ComparisonCounts {
    /// 两边都有的人数。Payees on both sides.
    #[schema(minimum = 0)]
    pub both: i64,
    /// 只在之后有的人数。Payees only after.
    #[schema(minimum = 0)]
    pub new: i64,
    /// 只在之前有的人数。Payees only before.
    #[schema(minimum = 0)]
    pub gone: i64,
    /// 两边都有、合计或某个项目有变动的人数。Payees on both sides of whom the total or an item changed.
    #[schema(minimum = 0)]
    pub changed: i64,
}

/// 一项原因能否单独算出。Whether a cause could be told by itself.
#[derive(ToSchema)]
pub struct CalculatedCause {
    /// 原因。The cause.
    #[schema(schema_with = cause)]
    pub cause: String,
    /// 能单独算出；否则并入其后第一项算得出的原因，尾差则并入其前各项。Whether it could; else it is counted with the next cause that could, rounding with those before it.
    pub calculated: bool,
    /// 中间状态算不出时，第一处错误的代码。Where the world in between gives no result: the code of its first fault.
    #[schema(schema_with = error_code)]
    pub code: Option<String>,
}

/// 一名领取人的比较：比较式看 base 和 other，差额式看 difference，比较差额式三者都看。A payee compared: the form with both amounts reads base and other, the form of differences reads difference, the full form reads all three.
#[derive(ToSchema)]
pub struct ComparedPayee {
    /// 编号。The id.
    pub id: RowId,
    /// 姓名，两边不同时为之后的。The name; the newer one where there are two.
    pub name: Option<String>,
    /// 在哪一边。On which side.
    #[schema(schema_with = state)]
    pub state: String,
    /// 之前的合计（元）；之前没有此人时不写。The total before, in yuan; absent where there was no such payee.
    pub base: Option<Money>,
    /// 之后的合计（元）；之后没有此人时不写。The total after, in yuan; absent where there is no such payee.
    pub other: Option<Money>,
    /// 差额（元），没有的一边按 0.00 算。After less before, in yuan; a side without the payee counts as 0.00.
    pub difference: Money,
    /// 各发放项目，按项目名称；同一项目的各条明细合计。The items by their names; all lines of one item together.
    pub items: Vec<ComparedItem>,
    /// 差额的原因，按替换的次序，0.00 的不列，之和恰为差额。Why it moved, in the order of replacement; those of 0.00 are not listed; they sum to the difference.
    pub causes: Vec<ComparisonCause>,
}

/// 一个发放项目的比较。An item compared.
#[derive(ToSchema)]
pub struct ComparedItem {
    /// 项目名称。What the payee reads.
    pub item: String,
    /// 之前的金额（元）；之前没有此项明细时不写。The amount before, in yuan; absent where there was no line of it.
    pub base: Option<Money>,
    /// 之后的金额（元）；之后没有此项明细时不写。The amount after, in yuan; absent where there is no line of it.
    pub other: Option<Money>,
    /// 差额（元）。After less before, in yuan.
    pub difference: Money,
}

/// 一项原因的金额。What a cause moved.
#[derive(ToSchema)]
pub struct ComparisonCause {
    /// 原因。The cause.
    #[schema(schema_with = cause)]
    pub cause: String,
    /// 金额（元）。By how much, in yuan.
    pub amount: Money,
    /// 并入此金额的、无法单独算出的各项原因；没有时不写。The causes that could not be told from it and are counted with it; absent where there is none.
    pub with: Option<Vec<String>>,
}

fn cause() -> Object {
    open_word("原因。The cause.", CAUSES.map(|(_, word, meaning)| (word, meaning)))
}

fn state() -> Object {
    open_word("在哪一边。On which side.", STATES)
}
