//! Reconciliations, as [`crate::wire::reconciliation`] reads and writes them.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::{Explanation, Money, RowId, open_word};

/// 对方的一个数。A figure of somebody else.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// 领取人的编号。The payee's id.
    pub row: RowId,
    /// 项目；“合计”或 total 是领取人的合计（办法没有这个项目时）。The item; 合计 or total is the payee's total, where the plan has no such item.
    #[schema(min_length = 1)]
    pub item: String,
    /// 金额（元）。The amount in yuan.
    pub amount: Money,
}

/// 一个项目的核对结果。What was found of an item.
#[derive(ToSchema)]
pub struct ReconciledItem {
    /// 项目。The item.
    pub item: String,
    /// 相符的个数。How many amounts match.
    pub matching: i64,
    /// 不符或缺少的个数。How many differ or are missing.
    pub different: i64,
    /// 核算的合计（元），只计核对过的。What the run has of it in yuan, of what was compared.
    pub run: Money,
    /// 对方的合计（元）。What the figures have of it in yuan.
    pub figures: Money,
    /// 对方减核算（元）。Figures less run, in yuan.
    pub difference: Money,
    /// 能得出对方数字的猜测，能解释最多的在前。Guesses that give their figures, those that explain the most first.
    pub guesses: Vec<ReconciliationGuess>,
}

/// 一处不符。A difference.
#[derive(ToSchema)]
pub struct ReconciledDifference {
    /// 如何不符。How it differs.
    #[schema(schema_with = standing)]
    pub standing: String,
    /// 领取人的编号。The payee's id.
    pub row: RowId,
    /// 姓名。The name.
    pub name: Option<String>,
    /// 项目。The item.
    pub item: String,
    /// 核算的金额（元）；没有时不写。What the run has in yuan; absent where it has none.
    pub run: Option<Money>,
    /// 对方的金额（元）；没有时不写。What the figures have in yuan; absent where they have none.
    pub figures: Option<Money>,
    /// 对方减核算（元），缺少的按 0 计。Figures less run in yuan, what is missing taken as 0.
    pub difference: Money,
    /// 能得出对方数字的猜测；都用重新计算验证过。Guesses that give their figure, each checked by recomputing.
    pub guesses: Vec<ReconciliationGuess>,
    /// 核算的金额从何而来：该项目的每条明细，没有明细时为付它的步骤。How the run's amount came about: each line of the item, or, where there is none, the steps
    /// that pay it.
    pub explanations: Vec<Explanation>,
}

/// 对方可能犯的一个错误。A mistake that would give their figure.
#[derive(ToSchema)]
pub struct ReconciliationGuess {
    /// 错误的代码。Its code.
    #[schema(schema_with = guess)]
    pub guess: String,
    /// 所关的步骤（veto_ignored、everybody_counted）。The step that it is about (veto_ignored, everybody_counted).
    pub step: Option<String>,
    /// 所关的数据，写成 层.名称（full_months）。The fact as level.name (full_months).
    pub fact: Option<String>,
    /// 办法的版本号（earlier_version）。The number of the plan's version (earlier_version).
    pub version: Option<i64>,
    /// 一句话说明。A sentence.
    pub text: String,
    /// all：对所有人都这样算；row：只对此人这样算。all: so for everybody; row: so for this payee alone.
    pub scope: Option<String>,
    /// 能解释几处不符。How many differences it explains.
    pub explains: Option<i64>,
}

fn standing() -> Object {
    open_word(
        "如何不符。How it differs.",
        [
            ("differs", "两边都有，金额不同"),
            ("missing_in_run", "核算没有这一项"),
            ("missing_in_figures", "对方没有这一项"),
            ("unknown_row", "核算没有这个领取人"),
            ("unknown_item", "办法没有这个项目"),
        ],
    )
}

fn guess() -> Object {
    open_word(
        "错误的代码。Its code.",
        [
            ("rounded_each", "每份各自四舍五入"),
            ("veto_ignored", "没有执行一票否决"),
            ("everybody_counted", "汇总时计入了应剔除的行"),
            ("full_months", "没有按实际月数折算"),
            ("earlier_version", "用了办法的旧版本"),
        ],
    )
}
