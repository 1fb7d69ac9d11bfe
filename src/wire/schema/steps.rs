//! `plan-language.md` §3 and §6.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Decimal, Formula, Name};

/// 步骤：计算一层的一列，或作出规定。A step: it computes one column of one level, or lays down a rule.
#[derive(Serialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
#[schema(as = PlanStep)]
pub enum Step {
    /// 公式。A formula.
    Formula(FormulaStep),
    /// 按权重分配。A division by weight.
    Share(ShareStep),
    /// 排名或评等。Positions or grades.
    Rank(RankStep),
    /// 一票否决。A veto.
    Veto(VetoStep),
    /// 收回下级余额。Balances collected from below.
    Collect(CollectStep),
    /// 检查。A check.
    Check(CheckStep),
}

/// 公式步骤：按公式计算一列。A formula step.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormulaStep {
    /// 所在的层。The level whose rows it computes.
    pub level: Name,
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 值的类型，不写为数。The type of the value; number where absent.
    #[serde(rename = "type")]
    pub kind: Option<FormulaType>,
    /// 公式。The formula.
    pub formula: Formula,
    /// 条件：只对条件成立的行计算。The condition: computed only where it holds.
    #[serde(rename = "where")]
    pub condition: Option<Formula>,
    /// 取整（数、金额）。Rounding, of number and money.
    pub round: Option<Rounding>,
    /// 选项（选项类型必填）。The choices; required of choice.
    #[schema(min_items = 1)]
    pub choices: Option<Vec<String>>,
    /// 值可以为空白（金额除外）。Whether the value may be blank; not of money.
    pub optional: Option<bool>,
    /// 从哪个资金池列支（金额）。The fund it draws from, of money.
    pub from: Option<String>,
    /// 声明为新增资金来源（金额）。Declares new money, of money.
    pub source: Option<bool>,
    /// 发放项目（金额）。The line it makes, of money.
    pub pay: Option<Pay>,
}

/// 公式值的类型。The type of a formula's value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormulaType {
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
}

/// 取整。A rounding.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    /// 单位，例如 "0.01"。The unit, such as "0.01".
    pub to: Decimal,
    /// 方式。The mode.
    pub mode: RoundingMode,
}

/// 取整方式：half_up 四舍五入，half_even 四舍六入五成双，up 进一，down 截尾。A mode of rounding, symmetric about zero.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoundingMode {
    /// 四舍五入
    HalfUp,
    /// 四舍六入五成双
    HalfEven,
    /// 进一
    Up,
    /// 截尾
    Down,
}

/// 发放项目：领取人工资条上的一行。A line of a payee's statement.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pay {
    /// 项目名称。What the payee reads.
    #[schema(min_length = 1)]
    pub item: String,
    /// 项目类别。A group of items.
    pub category: Option<String>,
    /// 工资系统中的代码。The payroll system's own code.
    pub payroll_code: Option<String>,
}

/// 分配步骤：把资金池的一笔金额按权重分给各行，合计分毫不差。A share step: an amount of a fund divided by weight, exact to the fen.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareStep {
    /// 分给哪一层的各行。The level of the recipients.
    pub level: Name,
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 资金池。The fund.
    pub from: String,
    /// 金额，在资金池所在行计算；不写为全部余额。The amount, at the fund's row; absent: all that is left.
    pub amount: Option<Formula>,
    /// 权重。The weight of a recipient.
    pub weight: Formula,
    /// 条件：只分给条件成立的行。The condition: who receives.
    #[serde(rename = "where")]
    pub condition: Option<Formula>,
    /// 保底金额。The least a recipient gets.
    pub floor: Option<Formula>,
    /// 封顶金额。The most a recipient gets.
    pub cap: Option<Formula>,
    /// 分配单位（元），不写为 0.01。The unit of division in yuan; 0.01 where absent.
    pub to: Option<Decimal>,
    /// 余数相同时依次比较的值，大者先得。What decides between equal remainders, larger first.
    pub tie_by: Option<Vec<Formula>>,
    /// 发放项目。The line it makes.
    pub pay: Option<Pay>,
}

/// 排名步骤：名次，或按名额评等。A rank step: positions, or grades with quotas.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RankStep {
    /// 所在的层。The level whose rows are ranked.
    pub level: Name,
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 得分。The score.
    pub by: Formula,
    /// 次序，不写为从高到低。The order; descending where absent.
    pub order: Option<RankOrder>,
    /// 在哪个上级层的每一行之内排名；不写为直接上级。The level above under whose rows is ranked; the parent where absent.
    pub per: Option<Name>,
    /// 再按这些值分组。Further values that divide the groups.
    pub within: Option<Vec<Formula>>,
    /// 条件：哪些行参加。The condition: who is ranked.
    #[serde(rename = "where")]
    pub condition: Option<Formula>,
    /// 不参加者的等次或名次；不写为空白。What the others get; blank where absent.
    #[serde(rename = "else")]
    pub otherwise: Option<String>,
    /// 等次；不写则给出名次。The grades; absent: positions.
    #[schema(min_items = 1)]
    pub grades: Option<Vec<Grade>>,
    /// 名额百分比如何取整（有百分比时必填）。How percentages of heads are rounded; required with a percentage.
    pub quota_round: Option<QuotaRounding>,
    /// 名额按参加者还是全体计算，不写为参加者。Of whom quotas are; the ranked where absent.
    pub quota_of: Option<QuotaBase>,
    /// 得分相同如何处理。What happens to equal scores.
    pub ties: Ties,
    /// 得分相同时依次比较的值，大者在前（只用于 split）。What decides under split, larger first.
    pub tie_by: Option<Vec<Formula>>,
}

/// 等次。A grade.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// 等次代码。Its code.
    #[schema(min_length = 1)]
    pub code: String,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 名额：百分比（"20%"）或人数（"3"）；最后一等不写。Its heads: a percentage or a whole number; absent of the last.
    #[schema(pattern = r"^(0|[1-9][0-9]*)(\.[0-9]{1,12}%|%)?$")]
    pub quota: Option<String>,
}

/// 排名次序：descending 从高到低，ascending 从低到高。The order of a rank.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RankOrder {
    /// 从高到低
    Descending,
    /// 从低到高
    Ascending,
}

/// 名额取整：half_up 四舍五入，down 舍去，up 进一。The rounding of heads.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaRounding {
    /// 四舍五入
    HalfUp,
    /// 舍去
    Down,
    /// 进一
    Up,
}

/// 名额的基数：ranked 参加者，all 全体。Of whom quotas are.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuotaBase {
    /// 参加者
    Ranked,
    /// 全体
    All,
}

/// 同分的处理：split 按 tie_by 区分，better 从高，worse 从低，dense 名次不空缺，refuse 拒绝。What happens to equal scores.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// 区分
    Split,
    /// 从高
    Better,
    /// 从低
    Worse,
    /// 不空缺
    Dense,
    /// 拒绝
    Refuse,
}

/// 一票否决：对其后本层的金额、分配或排名步骤生效。A veto: it acts on money formulas, shares and ranks of its level written after it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VetoStep {
    /// 所在的层。Its level.
    pub level: Name,
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 成立条件。Where it holds.
    pub when: Formula,
    /// 失去的项目。The columns it takes.
    #[schema(min_items = 1)]
    pub forfeits: Vec<Name>,
    /// 失去的比例（0～1），不写为全部。How much of them; the whole where absent.
    pub portion: Option<Formula>,
    /// 处理：放弃（留给他人）或扣留。What happens to it.
    pub then: VetoThen,
    /// 扣留到何处（扣留时必填）。Where withheld money is set aside; required of withhold.
    pub to: Option<String>,
}

/// 否决的处理：forgo 放弃，钱留在资金池；withhold 照算后扣留，另行列示。What a veto does with the money.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VetoThen {
    /// 放弃
    Forgo,
    /// 扣留
    Withhold,
}

/// 收回步骤：把下级层各资金池的余额全部收回。A collect step: all that is left in funds below, handed up.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectStep {
    /// 收回到哪一层。The level that collects.
    pub level: Name,
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 下级层的资金池，写成 层.名称。The fund of a level below, as level.name.
    pub from: String,
    /// 发放项目。The line it makes.
    pub pay: Option<Pay>,
}

/// 检查步骤：必须成立的条件。A check step: what must hold.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckStep {
    /// 所在的层。The level at whose rows it is judged.
    pub level: Name,
    /// 名称，在本层内唯一。Its name, unique within the level.
    pub name: Name,
    /// 给人看的文字。A text for people.
    pub label: Option<String>,
    /// 所依据条款的编号。The id of the clause it rests on.
    pub clause: Option<String>,
    /// 条件。The condition.
    pub assert: Formula,
    /// 严重程度，不写为 error。Its severity; error where absent.
    pub severity: Option<Severity>,
}

/// 检查的严重程度：error 拒绝结果，warning 只提醒。The severity of a check.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 拒绝结果
    Error,
    /// 只提醒
    Warning,
}
