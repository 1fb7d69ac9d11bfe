//! Explanations, as [`crate::wire::explanation`] writes them: one recursive node.

use utoipa::ToSchema;

use super::{Money, RowId};

/// 一个值及其由来；有哪些内容由种类决定。每个值都可以由 operands 重新算出。A value with how it came about; its kind decides which
/// of the others are there. Each value can be computed again from its operands.
#[derive(ToSchema)]
pub struct Explanation {
    /// 种类：步骤的种类、函数或运算的名称等。The kind: of a step, a function, an operator.
    pub kind: String,
    /// 对上一节点来说是什么；就是其运算数时不写。What it is to the node above; absent where it is an operand.
    pub role: Option<String>,
    /// 名称。The name of the step, fact, constant or table.
    pub name: Option<String>,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 层的名称。The level's name.
    pub level: Option<String>,
    /// 行的编号。The row's id.
    pub row: Option<RowId>,
    /// 行的名称。The row's name.
    pub row_name: Option<String>,
    /// 一句话说明。A sentence.
    pub text: String,
    /// 精确的分数 n/d，十二位小数写不尽时才写。The exact fraction n/d, where twelve places do not hold it.
    pub exact: Option<String>,
    /// 值；空白时不写。The value; absent where it is blank.
    pub value: Option<String>,
    /// 限于层数或数量，没有继续展开。Whether there is more than the limits allow.
    pub truncated: Option<bool>,
    /// 该数据没有填写，用的是默认值。Whether a fact was absent and has its default.
    pub default: Option<bool>,
    /// 各运算数前的符号。The signs before the operands.
    pub signs: Option<Vec<String>>,
    /// 比较的符号。The sign of a comparison.
    pub sign: Option<String>,
    /// 扣留的去向。Where what is withheld goes.
    pub to: Option<String>,
    /// 未列出的行数。How many rows are not listed.
    pub count: Option<i64>,
    /// 资金池，写成 层.名称。The fund as level.name.
    pub fund: Option<String>,
    /// 舍入。How it is rounded.
    pub rounding: Option<ExplainedRounding>,
    /// 表中匹配的行。The row of the table that matched.
    #[schema(rename = "match")]
    pub matched: Option<ExplainedMatch>,
    /// 从资金池支取。The draw from a fund.
    pub draw: Option<ExplainedDraw>,
    /// 汇总。The rows of an aggregate.
    pub aggregate: Option<ExplainedAggregate>,
    /// 分配。The share of a fund.
    pub share: Option<ExplainedShare>,
    /// 排名。The place in a rank.
    pub rank: Option<ExplainedRank>,
    /// 一票否决在此起了作用：假如本行没有它会怎样。只在所说明的行（工资条还包括领取人以下的行）上写。A veto acted here: what would be
    /// without it at this row. Only at the row that is explained, in a statement also at rows below the payee.
    pub without_veto: Option<ExplainedWithoutVeto>,
    /// 由哪些值算出，按计算的次序。What it was computed from, in the order of computing.
    #[schema(no_recursion)]
    pub operands: Vec<Explanation>,
}

/// 舍入。A rounding.
#[derive(ToSchema)]
pub struct ExplainedRounding {
    /// 单位。The unit.
    pub to: Option<String>,
    /// 小数位数。The places after the point.
    pub digits: Option<i32>,
    /// 方式。The mode.
    pub mode: String,
}

/// 表中匹配的行。The row of a table that matched.
#[derive(ToSchema)]
pub struct ExplainedMatch {
    /// 行次，从 0 起。The number of the row, from 0.
    pub row: Option<i64>,
    /// 没有匹配的行，取 else。No row matched: the table's else.
    #[schema(rename = "else")]
    pub otherwise: Option<bool>,
    /// 大于此数。Above this number.
    pub above: Option<String>,
    /// 从此数起。From this number on.
    pub from: Option<String>,
    /// 到此数为止。Up to this number.
    pub upto: Option<String>,
    /// 小于此数。Below this number.
    pub below: Option<String>,
}

/// 从资金池支取。A draw from a fund.
#[derive(ToSchema)]
pub struct ExplainedDraw {
    /// 资金池，写成 层.名称。The fund as level.name.
    pub fund: String,
    /// 此前的余额（元）。What was left before, in yuan.
    pub left: Money,
}

/// 汇总的行。The rows of an aggregate.
#[derive(ToSchema)]
pub struct ExplainedAggregate {
    /// 层的名称。The level's name.
    pub level: String,
    /// 行数。How many rows there are.
    pub rows: i64,
    /// 计入的行数。How many of them count.
    pub count: i64,
    /// 条件。The condition.
    pub condition: Option<String>,
}

/// 分配的各项。The facts of a share.
#[derive(ToSchema)]
pub struct ExplainedShare {
    /// 资金池，写成 层.名称。The fund as level.name.
    pub fund: String,
    /// 资金池所在行的编号。The id of its row.
    pub row: RowId,
    /// 此前的余额（元）。What was left in it before, in yuan.
    pub left: Money,
    /// 所分的金额（元）。The amount that is divided, in yuan.
    pub amount: Money,
    /// 分配的最小单位（元）。The unit of the division, in yuan.
    pub unit: Money,
    /// 共有几个单位。How many units there are.
    pub units: String,
    /// 本行的权重。Its own weight.
    pub weight: String,
    /// 权重合计。All weights together.
    pub weights: String,
    /// 参与分配的行数。How many recipients there are.
    pub recipients: i64,
    /// 受保底（floor）、封顶（cap）约束，或都不受（free）。Held by its floor, by its cap, or free.
    pub bound: String,
    /// 保底（元）。Its floor in yuan.
    pub floor: Option<String>,
    /// 封顶（元）。Its cap in yuan.
    pub cap: Option<String>,
    /// 所有人都已封顶。Whether all are at their caps.
    pub all_tops: Option<bool>,
    /// 每份权重的单位数 λ。The units of a weight of one, λ.
    pub lambda: Option<String>,
    /// 受约束的各行。Those that are held by floors or caps.
    pub held: Option<ExplainedHeld>,
    /// 最大余数法的各项。The largest remainder.
    pub division: Option<ExplainedDivision>,
    /// 分得（元）。What it got, in yuan.
    pub got: String,
}

/// 受保底或封顶约束的各行。Those that are held by floors or caps.
#[derive(ToSchema)]
pub struct ExplainedHeld {
    /// 行数。How many.
    pub count: i64,
    /// 共分得（元）。What they got together, in yuan.
    pub amount: String,
}

/// 最大余数法的各项。The facts of a largest remainder.
#[derive(ToSchema)]
pub struct ExplainedDivision {
    /// 所分的单位数。How many units are divided.
    pub units: String,
    /// 权重合计。The weights together.
    pub weights: String,
    /// 精确应得的单位数。The exact share in units.
    pub exact: String,
    /// 精确应得的金额（元），四舍五入到 6 位小数（half_up）。The exact share in yuan, rounded half up to 6 places (half_up).
    pub exact_yuan: String,
    /// 其整数部分。Its whole part.
    pub whole: String,
    /// 其余数。Its remainder.
    pub remainder: String,
    /// 各取整数后余下的单位数。How many units are left over.
    pub left_over: i64,
    /// 余数的名次，从 1 起。The rank of the remainder, from 1.
    pub rank: i64,
    /// 共有几个余数。How many remainders there are.
    pub of: i64,
    /// 是否多得一个单位。Whether it got one unit more.
    pub extra: bool,
    /// 余数相等时由第几个键决定，从 1 起。Which key decided among equal remainders, from 1.
    pub tie_by: Option<i64>,
    /// 余数相等时由编号决定。Whether the id decided among equal remainders.
    pub tie_by_id: Option<bool>,
}

/// 排名的各项。The facts of a rank.
#[derive(ToSchema)]
pub struct ExplainedRank {
    /// 分组所在的层。The level of the groups.
    pub per: String,
    /// 分组所在行的编号。The id of its row.
    pub row: RowId,
    /// 参与排名的行数。How many are ranked.
    pub ranked: i64,
    /// 组内行数。How many the group has.
    pub size: i64,
    /// 名次，从 1 起。The position, from 1.
    pub position: i64,
    /// 分数相等的名次范围。The positions of equal scores.
    pub equal: Vec<i64>,
    /// 各等次及其末位。The grades with their last positions.
    pub grades: Option<Vec<ExplainedGrade>>,
    /// 各等次分界处的分数。The scores at the boundaries.
    pub boundaries: Option<Vec<ExplainedBoundary>>,
}

/// 一个等次。A grade.
#[derive(ToSchema)]
pub struct ExplainedGrade {
    /// 代码。Its code.
    pub code: String,
    /// 末位的名次。Its last position.
    pub last: i64,
}

/// 等次的分界。A boundary of grades.
#[derive(ToSchema)]
pub struct ExplainedBoundary {
    /// 界内最末的分数。The last score within.
    pub within: String,
    /// 界外最前的分数。The first score outside.
    pub outside: String,
}

/// 假如一票否决在本行不起作用（只是本行，其他行照旧；连同它所扣的所有栏目），重新计算的结果与实际结果的比较。took ＝ set_aside 各项
/// ＋ others.amount ＋ left ＋ before ＋ unfunded，分毫不差；没有写出的项为零。The result compared with what is calculated anew
/// where the veto does not hold at this row (at this row only, in all columns that it forfeits). took = the set_aside + others.amount +
/// left + before + unfunded, to the fen; what is absent is zero.
#[derive(ToSchema)]
pub struct ExplainedWithoutVeto {
    /// 否决步骤的名称。The name of the veto.
    pub veto: String,
    /// 一句话说明。A sentence.
    pub text: String,
    /// 没有它就算不出结果：错误代码，例如经费不足。There would be no result without it: the code of the error, such as a fund that is
    /// overdrawn.
    pub refused: Option<String>,
    /// 没有它时此步骤在本行的值；空白时不写。What the value of the step would be; absent where it is blank.
    pub value: Option<String>,
    /// 没有它时领取人的应发合计（元）；本行不属于领取人时不写。What the payee's total would be, in yuan; absent where the row is no
    /// payee's.
    pub total: Option<Money>,
    /// 本行此步骤因此少得的金额（元）；等次不写。What the row has less of this step, in yuan; absent for a rank.
    pub took: Option<Money>,
    /// 此步骤多扣下的金额，按去向。What this step sets aside more, by destination.
    pub set_aside: Option<Vec<ExplainedAside>>,
    /// 同一经费的其他行。The other rows of the same fund.
    pub others: Option<ExplainedOthers>,
    /// 因此留在经费内的金额（元）。What stays in the fund, in yuan.
    pub left: Option<Money>,
    /// 此步骤开始时经费因此少了的金额（元）：否决也影响了此前的列支。By what there was less in the fund when the step began, in yuan: the
    /// veto acted on earlier draws too.
    pub before: Option<Money>,
    /// 不由经费列支、因此没有发放的金额（元）。What is drawn from no fund and not paid, in yuan.
    pub unfunded: Option<Money>,
}

/// 扣下的金额及其去向。An amount set aside.
#[derive(ToSchema)]
pub struct ExplainedAside {
    /// 去向。Where it goes.
    pub to: String,
    /// 金额（元）。The amount in yuan.
    pub amount: Money,
}

/// 同一经费的其他行因此的增减。What the other rows of the same fund have more or less.
#[derive(ToSchema)]
pub struct ExplainedOthers {
    /// 增加的行数。How many have more.
    pub more: i64,
    /// 减少的行数。How many have less.
    pub less: i64,
    /// 合计多得（元）。What they have more together, in yuan.
    pub amount: Money,
}

/// 同一上级行（例如学校）的各领取人的合计；不足 5 人时不写，以免推算出个人的金额。The totals of the payees under the same row above,
/// such as a school; absent where they are fewer than five, so that nobody's amount can be worked out.
#[derive(ToSchema)]
pub struct StatementPeers {
    /// 上级层的名称。The name of the level above.
    pub level: String,
    /// 上级行的编号。The id of the row above.
    pub row: RowId,
    /// 领取人数，含本人，至少 5。How many payees, this one included, at least 5.
    pub count: i64,
    /// 合计的平均数（元），四舍五入到分（half_up）。The mean of the totals in yuan, rounded half up to the fen (half_up).
    pub mean: Money,
    /// 合计的中位数（元），四舍五入到分（half_up）。The median of the totals in yuan, rounded half up to the fen (half_up).
    pub median: Money,
    /// 本人合计由高到低的名次，从 1 起；相同的并列较前的名次。The place of this total from the highest, from 1; equal ones share the best.
    pub position: i64,
}
