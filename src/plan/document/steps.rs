//! Steps as they are written (`plan-language.md` §3).

use super::Heading;
use crate::exact::{Mode, Number};

/// One step (§3).
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Name, label, clause.
    pub heading: Heading,
    /// The name of its level.
    pub level: String,
    /// What it does.
    pub action: Action,
}

/// What a step does; formulas are texts.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// §3.1
    Formula(Formula),
    /// §3.2
    Share(Share),
    /// §3.3
    Rank(Rank),
    /// §3.4
    Veto(Veto),
    /// §3.5
    Collect(Collect),
    /// §3.6
    Check(Check),
}

impl Action {
    /// The word of `do`.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Formula(_) => "formula",
            Action::Share(_) => "share",
            Action::Rank(_) => "rank",
            Action::Veto(_) => "veto",
            Action::Collect(_) => "collect",
            Action::Check(_) => "check",
        }
    }

    /// The fund the step names in `from`.
    pub fn from(&self) -> Option<&str> {
        match self {
            Action::Formula(step) => step.from.as_deref(),
            Action::Share(step) => Some(&step.from),
            Action::Collect(step) => Some(&step.from),
            Action::Rank(_) | Action::Veto(_) | Action::Check(_) => None,
        }
    }

    /// The line the step makes on a payee's statement.
    pub fn pay(&self) -> Option<&Pay> {
        match self {
            Action::Formula(step) => step.pay.as_ref(),
            Action::Share(step) => step.pay.as_ref(),
            Action::Collect(step) => step.pay.as_ref(),
            Action::Rank(_) | Action::Veto(_) | Action::Check(_) => None,
        }
    }
}

/// §3.1 A column by a formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    /// The type of the column.
    pub kind: FormulaKind,
    /// The formula.
    pub formula: String,
    /// Where it is evaluated.
    pub condition: Option<String>,
    /// Whether the value may be blank.
    pub optional: bool,
    /// The fund a money column draws from.
    pub from: Option<String>,
    /// The line it makes.
    pub pay: Option<Pay>,
    /// Whether a money column that draws from nothing may be a fund.
    pub source: bool,
}

/// The type of a formula's column.
#[derive(Debug, Clone, PartialEq)]
pub enum FormulaKind {
    /// An exact rational, rounded only where the plan says so.
    Number(Option<Rounding>),
    /// Whole fen; rounded as the last operation.
    Money(Rounding),
    /// True or false.
    Flag,
    /// One of the texts.
    Choice(Vec<String>),
    /// A day.
    Date,
}

/// A rounding by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Rounding {
    /// The unit, above zero.
    pub to: Number,
    /// How.
    pub mode: Mode,
}

/// §6 A line of a payee's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pay {
    /// What the payee reads.
    pub item: String,
    /// A group of items.
    pub category: Option<String>,
    /// The payroll system's own code.
    pub payroll_code: Option<String>,
}

/// §3.2 An amount of a fund divided in proportion to a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// The fund.
    pub from: String,
    /// The amount, at the fund's row; what is left where absent.
    pub amount: Option<String>,
    /// The weight of a recipient.
    pub weight: String,
    /// Who receives.
    pub condition: Option<String>,
    /// The least a recipient gets.
    pub floor: Option<String>,
    /// The most a recipient gets.
    pub cap: Option<String>,
    /// The unit of division in fen, at least 1.
    pub unit: i64,
    /// What decides between equal remainders, larger first.
    pub tie_by: Vec<String>,
    /// The line it makes.
    pub pay: Option<Pay>,
}

/// §3.3 Positions or grades by a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Rank {
    /// The score.
    pub by: String,
    /// Smaller scores first.
    pub ascending: bool,
    /// The level under whose rows is ranked; the parent where absent.
    pub per: Option<String>,
    /// Further values that divide the groups.
    pub within: Vec<String>,
    /// Who is ranked.
    pub condition: Option<String>,
    /// What the others get; blank where absent.
    pub otherwise: Option<Otherwise>,
    /// The grades; none: positions.
    pub grades: Vec<Grade>,
    /// Whether quotas are of all rows of the group rather than of the ranked.
    pub quota_of_all: bool,
    /// What happens to equal scores.
    pub ties: Ties,
    /// What decides under `split`, larger first.
    pub tie_by: Vec<String>,
}

/// What a rank gives to rows that are not ranked.
#[derive(Debug, Clone, PartialEq)]
pub enum Otherwise {
    /// A grade's text.
    Grade(String),
    /// A position.
    Position(Number),
}

/// One grade of a rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// The grade's text.
    pub code: String,
    /// A label for people.
    pub label: Option<String>,
    /// The clause it rests on.
    pub clause: Option<String>,
    /// Its heads; the last grade has none and takes the rest.
    pub quota: Option<Quota>,
}

/// The heads of a grade.
#[derive(Debug, Clone, PartialEq)]
pub enum Quota {
    /// This many.
    Heads(u64),
    /// This share (0…1) of the group, rounded to whole heads.
    Part(Number, Mode),
}

/// What happens to equal scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// `tie_by` decides, at last the smaller id.
    Split,
    /// All take the place of the first of them.
    Better,
    /// All take the place of the last of them.
    Worse,
    /// Positions without gaps.
    Dense,
    /// An error at each row concerned.
    Refuse,
}

/// §3.4 One-vote veto (一票否决).
#[derive(Debug, Clone, PartialEq)]
pub struct Veto {
    /// Where it holds.
    pub when: String,
    /// The columns it takes.
    pub forfeits: Vec<String>,
    /// How much of them; the whole where absent.
    pub portion: Option<String>,
    /// `withhold` with the destination; none: `forgo`.
    pub withhold_to: Option<String>,
}

/// §3.5 What is left in funds below, handed up.
#[derive(Debug, Clone, PartialEq)]
pub struct Collect {
    /// The fund column of a level below.
    pub from: String,
    /// The line it makes.
    pub pay: Option<Pay>,
}

/// §3.6 What must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The condition.
    pub assert: String,
    /// Whether a failure only warns.
    pub warning: bool,
}
