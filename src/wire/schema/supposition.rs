//! Simulations and goal seeks, as they are asked for and as [`crate::wire::supposition`] tells them.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::Object;

use super::result::severity;
use super::{Balance, Decimal, FaultReport, Formula, Money, Name, RowId, open_word};

/// 比值，恰好六位小数，四舍五入。A ratio with six decimals, rounded half up.
#[derive(Serialize, ToSchema)]
#[schema(value_type = String, pattern = r"^-?(0|[1-9][0-9]*)\.[0-9]{6}$", example = "0.125000")]
pub struct Ratio(pub String);

/// 办法的一个版本，须属于本教育局并已发布。A version of a plan of the bureau, which must be published.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanReference {
    /// 办法的编号。The plan's id.
    pub plan_id: String,
    /// 办法的版本号。The number of the version.
    #[schema(minimum = 1)]
    pub version: i64,
}

/// 一次模拟测算的请求。A request to simulate.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationRequest {
    /// 数据的编号。The roster's id.
    pub roster_id: String,
    /// 基准的办法版本；不写则用数据自己的版本。The plan version of the base; the roster's own where absent.
    pub base: Option<PlanReference>,
    /// 按哪些选项数据分组，写成 层.名称：领取层或其上级的 choice 数据。By which choice facts payees are grouped, as level.name: of the
    /// payee level or of one above.
    #[schema(max_items = 20)]
    pub group_by: Option<Vec<String>>,
    /// 各个方案。The variants.
    #[schema(min_items = 1, max_items = 100)]
    pub variants: Vec<SimulationVariant>,
}

/// 一个方案：与基准有何不同。A variant: what differs from the base.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimulationVariant {
    /// 名称。Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// 另一个办法版本，用它来读同一份数据。Another plan version, by which the same roster is read.
    pub plan: Option<PlanReference>,
    /// 改动的常数。Constants with other values.
    #[schema(max_items = 500)]
    pub constants: Option<Vec<ChangedConstant>>,
    /// 改动的表中数值。Table rows with other values.
    #[schema(max_items = 1000)]
    pub tables: Option<Vec<ChangedTableRow>>,
    /// 改动的数据。公式都按原来的数据计算；同一行的同一数据以后写的为准。Facts with other values. Every formula reads the data as they are; of
    /// two for one fact of one row the later holds.
    #[schema(max_items = 20)]
    pub facts: Option<Vec<ChangedFact>>,
}

/// 改动的常数。A constant with another value.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedConstant {
    /// 常数的名称。The constant's name.
    pub name: Name,
    /// 值。The value.
    pub value: Decimal,
}

/// 改动的表中数值。A table row with another value.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedTableRow {
    /// 表的名称。The table's name.
    pub table: Name,
    /// 行次，从 0 起，按办法中的次序。The number of the row, from 0, as in the document.
    #[schema(minimum = 0)]
    pub row: i64,
    /// 值。The value.
    pub value: Decimal,
}

/// 改动的数据。A fact with other values.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedFact {
    /// 层的名称。The level's name.
    pub level: Name,
    /// 数据的名称；类型须为 number、money、flag、choice 或 date。The fact's name: a number, money, flag, choice or date.
    pub fact: Name,
    /// 改动哪些行；不写则改动全部。At which rows; at all where absent.
    #[schema(rename = "where")]
    pub condition: Option<Formula>,
    /// 新值的公式，可用本层和上级的数据、常数、表；金额四舍五入到分。The formula of the new value, of facts of the level and of those above,
    /// constants and tables; money is rounded half up to the fen.
    pub formula: Formula,
}

/// 模拟测算的结果，不保存。A simulation; it is kept nowhere.
#[derive(ToSchema)]
pub struct Simulation {
    /// 基准。The base.
    pub base: SimulatedBase,
    /// 各方案，按请求中的次序。The variants in the order of the request.
    pub variants: Vec<SimulatedVariant>,
}

/// 基准。The base.
#[derive(ToSchema)]
pub struct SimulatedBase {
    /// 总平衡。The balance of the whole.
    pub balance: Balance,
    /// 领取人数。How many payees.
    pub payees: i64,
    /// 差异程度。The spread.
    pub spread: Spread,
}

/// 一个方案与基准的比较；算不出结果时只有名称和 errors。A variant compared with the base; where it gives no result, only its name and
/// errors.
#[derive(ToSchema)]
pub struct SimulatedVariant {
    /// 名称。Its name.
    pub name: String,
    /// 算不出结果。Whether it gives no result.
    pub refused: bool,
    /// 算不出结果的原因，最多列出 100 处。Why it gives no result, at most 100 faults.
    pub errors: Option<Vec<FaultReport>>,
    /// 错误的总数。How many faults there are in all.
    #[schema(minimum = 1)]
    pub total: Option<i64>,
    /// 总平衡。The balance of the whole.
    pub balance: Option<Balance>,
    /// 领取人数。How many payees.
    pub payees: Option<i64>,
    /// 差异程度。The spread.
    pub spread: Option<Spread>,
    /// 应发合计增加的人，和增加的金额。Whose totals are larger, and by how much together.
    pub winners: Option<SimulatedTally>,
    /// 应发合计减少的人，和减少的金额（正数）。Whose totals are smaller, and by how much together, as a positive amount.
    pub losers: Option<SimulatedTally>,
    /// 应发合计不变的人，和他们的合计。Whose totals are the same, and what they are together.
    pub unchanged: Option<SimulatedTally>,
    /// 各学校，按编号排列。没有名为 school、学校或单位的层时，是领取层的上一级。The schools by id: rows of the level named school, 学校 or 单位; where there
    /// is none, of the one above payees.
    pub schools: Option<Vec<SimulatedSchool>>,
    /// 各分组，按 group_by 的次序，再按基准中的值。The groups, in the order of group_by, then by their values in the base.
    pub groups: Option<Vec<SimulatedGroup>>,
    /// 在此方案中不成立、在基准中成立的检查。The checks that fail in the variant and hold in the base.
    pub failed_checks: Option<Vec<SimulatedCheck>>,
    /// 最大余数法的悖论：可分的钱多了，各人的权重和上下限都没变，反而少得的行；最多列出 100 行。The paradox of largest remainders: rows that got less
    /// of a share although there was more to share, while all weights, floors and caps were the same; at most 100.
    pub paradox: Option<Vec<SimulatedLoss>>,
    /// 这样的行共有多少。How many such rows there are.
    #[schema(minimum = 0)]
    pub paradox_count: Option<i64>,
}

/// 人数和金额。How many payees, and how much together.
#[derive(ToSchema)]
pub struct SimulatedTally {
    /// 人数。How many.
    pub count: i64,
    /// 金额（元）。How much together, in yuan.
    pub amount: Money,
}

/// 一所学校的比较。A school compared.
#[derive(ToSchema)]
pub struct SimulatedSchool {
    /// 编号。Its id.
    pub id: RowId,
    /// 名称。Its name.
    pub name: Option<String>,
    /// 领取人数。How many payees.
    pub payees: i64,
    /// 基准中的合计（元）。Their totals in the base, in yuan.
    pub base: Money,
    /// 方案中的合计（元）。Their totals in the variant, in yuan.
    pub variant: Money,
    /// 方案减去基准（元）。The variant less the base, in yuan.
    pub difference: Money,
    /// 增加的人和金额。Who gets more, and how much.
    pub winners: SimulatedTally,
    /// 减少的人和金额。Who gets less, and how much.
    pub losers: SimulatedTally,
}

/// 一个分组的比较。A group compared.
#[derive(ToSchema)]
pub struct SimulatedGroup {
    /// 分组的数据，写成 层.名称。The fact as level.name.
    pub by: String,
    /// 值；空白时不写。The value; absent where it is blank.
    pub value: Option<String>,
    /// 领取人数。How many payees.
    pub payees: i64,
    /// 基准中的合计（元）。Their totals in the base, in yuan.
    pub base: Money,
    /// 方案中的合计（元）。Their totals in the variant, in yuan.
    pub variant: Money,
    /// 方案减去基准（元）。The variant less the base, in yuan.
    pub difference: Money,
    /// 增加的人和金额。Who gets more, and how much.
    pub winners: SimulatedTally,
    /// 减少的人和金额。Who gets less, and how much.
    pub losers: SimulatedTally,
}

/// 差异程度。The spread of what payees get.
#[derive(ToSchema)]
pub struct Spread {
    /// 学校之间：各校人均应发合计，每校计一次。Between schools: of the mean total of a school's payees, each school once.
    pub schools: SpreadFigures,
    /// 领取人之间：应发合计。Between payees: of their totals.
    pub payees: SpreadFigures,
}

/// 差异的各项指标，由精确的分数一次四舍五入到六位小数；除数为零时不写。Measures of spread, each an exact value rounded once, half up, to
/// six places; absent where a divisor is zero.
#[derive(ToSchema)]
pub struct SpreadFigures {
    /// 差异系数：总体标准差 ÷ 平均数，不加权。The coefficient of variation: standard deviation of the population ÷ mean, not weighted.
    pub cv: Option<Ratio>,
    /// 基尼系数：ΣΣ|xᵢ − xⱼ| ÷ (2n² × 平均数)。The Gini coefficient: ΣΣ|xᵢ − xⱼ| ÷ (2n² × mean).
    pub gini: Option<Ratio>,
    /// 第 90 百分位数 ÷ 第 10 百分位数，按最近序位法。The 90th percentile ÷ the 10th, by the nearest rank.
    pub p90_p10: Option<Ratio>,
    /// 最大值 ÷ 最小值。The largest ÷ the smallest.
    pub max_min: Option<Ratio>,
}

/// 在方案中不成立、在基准中成立的检查。A check that fails in the variant where it holds in the base.
#[derive(ToSchema)]
pub struct SimulatedCheck {
    /// 层的名称。The level's name.
    pub level: String,
    /// 检查的名称。The check's name.
    pub step: String,
    /// 严重程度；在模拟中都不会拒绝结果。Its severity; in a simulation neither refuses the result.
    #[schema(schema_with = severity)]
    pub severity: String,
    /// 各行的编号，最多 100 个。The ids of the rows, at most 100.
    pub rows: Vec<RowId>,
    /// 共有多少行。How many rows there are.
    pub count: i64,
}

/// 可分的钱多了反而少得的一行。A row that got less although there was more to share.
#[derive(ToSchema)]
pub struct SimulatedLoss {
    /// 层的名称。The level's name.
    pub level: String,
    /// 行的编号。The row's id.
    pub row: RowId,
    /// 分配步骤的名称。The share's name.
    pub step: String,
    /// 基准中分得的金额（元），扣留之前。What it got in the base, in yuan, before anything is withheld.
    pub base: Money,
    /// 方案中分得的金额（元）。What it gets in the variant, in yuan.
    pub variant: Money,
}

/// 一次反算的请求：check 和 fund 恰好写一个。A request to seek a goal: exactly one of check and fund.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalSeekRequest {
    /// 数据的编号。The roster's id.
    pub roster_id: String,
    /// 办法版本；不写则用数据自己的版本。The plan version; the roster's own where absent.
    pub base: Option<PlanReference>,
    /// 要反算的常数。The name of the constant.
    pub constant: Name,
    /// 最小的取值。The smallest value.
    pub from: Decimal,
    /// 最大的取值，不小于 from。The largest value, not below from.
    pub to: Decimal,
    /// 相邻取值之差，大于零；取值不超过 10⁹ 个。The distance of two values, above zero; at most 10⁹ values.
    pub step: Decimal,
    /// 须在每一行成立的检查，写成 层.名称。The check that must hold at every row, as level.name.
    pub check: Option<String>,
    /// 不得用尽的资金池，写成 层.名称。The fund that must not run dry, as level.name.
    pub fund: Option<String>,
    /// 资金池每一行至少要留下的金额（元），默认 0.00；只与 fund 同写。What every row of the fund must have left, in yuan; 0.00 where absent. Only
    /// beside fund.
    pub keep: Option<Decimal>,
}

/// 使目标成立的最大取值。The largest value with which the goal is reached.
#[derive(ToSchema)]
pub struct GoalSeek {
    /// 取值。The value.
    pub value: Decimal,
    /// 相邻取值之差。The distance of two values.
    pub step: Decimal,
    /// 怎样试出来的。How the values were tried.
    #[schema(schema_with = seek_method)]
    pub method: String,
    /// 试过多少个取值。How many values were tried.
    pub evaluations: i64,
    /// 直到最大的取值都成立。Whether it holds up to the largest value.
    pub at_limit: bool,
    /// 下一个取值，它不成立；at_limit 时不写。The next value, which fails; absent where at_limit.
    pub next: Option<Decimal>,
    /// 下一个取值为何不成立。Why the next value fails.
    pub binding: Option<GoalBinding>,
    /// 此取值下的总平衡。The balance of the whole with this value.
    pub figures: Balance,
}

/// 一个取值为何不成立：第一个不成立的行。Why a value fails: the first row at which it does.
#[derive(ToSchema)]
pub struct GoalBinding {
    /// 原因的代码：错误代码，或 left_below_keep（余额少于要保留的数额）。Why: the code of a fault, or left_below_keep where less is left than is to
    /// be kept.
    pub code: String,
    /// 层的名称。The level's name.
    pub level: Option<String>,
    /// 行的编号。The row's id.
    pub row: Option<RowId>,
    /// 行的名称。The row's name.
    pub name: Option<String>,
    /// 步骤的名称。The step's name.
    pub step: Option<String>,
    /// 资金池的余额（元）。What is left in the fund, in yuan.
    pub left: Option<Money>,
    /// 说明。What it means.
    pub message: String,
}

/// How values are tried, open.
pub fn seek_method() -> Object {
    let methods = [
        ("every_value", "取值不超过 200 个，逐个试算"),
        ("bisection", "二分查找，再试算均匀分布的 64 个取值和结果两侧各 8 个取值，以核实较小的取值都成立"),
    ];
    open_word("怎样试出来的。How the values were tried.", methods)
}
