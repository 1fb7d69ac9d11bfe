//! Floor 1: the language. A [`Document`] is judged by [`check`] and becomes a [`Plan`], whose names are resolved, whose
//! formulas are typed, and which can only refer backwards.

mod check;
mod codes;
mod diagnostic;
mod facts;
mod formula;
mod messages;
mod names;
mod references;
mod steps;

pub mod document;

use std::collections::{BTreeSet, HashMap};

pub use check::check;
pub use codes::{Subject, WARNINGS};
pub(crate) use diagnostic::nearest;
pub use diagnostic::{Code, Detail, Fault, Faults, LISTED, Place, Refusal, TIED};
pub use document::Document;
pub use facts::{NotAValue, Written, is_id};
pub use formula::{
    Aggregate, AggregateFunction, ColumnRef, Comparison, DatePart, Expr, ExprKind, MOST_CHARACTERS, Reach, RowsOf,
    Span, Type, name_at,
};
pub use messages::Language;

use document::{Fact, FormulaKind, Quota, Ties};

/// The most steps of a plan.
pub const MOST_STEPS: usize = 2_000;
/// The most tables of a plan.
pub const MOST_TABLES: usize = 500;
/// The most table rows of a plan, all tables together.
pub const MOST_TABLE_ROWS: usize = 20_000;
/// The most bytes of a plan document.
pub const MOST_BYTES: usize = 1 << 20;

/// A plan that can be calculated.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The document it was made of.
    pub document: Document,
    /// The level whose rows are paid.
    pub payee: Option<usize>,
    /// The levels with their columns, the root first.
    pub levels: Vec<Level>,
    /// The steps in their order; the document's step of the same index has the words.
    pub steps: Vec<Step>,
    /// The columns that are funds, as (level, column), in the order of levels and columns.
    pub funds: Vec<Fund>,
    /// The texts that choices can be.
    pub texts: Texts,
    /// The facts that no step uses, as (level, column), texts left aside.
    pub unused_facts: Vec<(usize, usize)>,
}

/// A level of a checked plan.
#[derive(Debug, Clone)]
pub struct Level {
    /// Its name.
    pub name: String,
    /// The level above.
    pub parent: Option<usize>,
    /// This level and all above it, this one first.
    pub ancestry: Vec<usize>,
    /// Facts first, then the columns of steps in their order.
    pub columns: Vec<Column>,
    /// How many of the columns are facts.
    pub facts: usize,
}

/// A column of a level.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnKind,
    /// The step that computes it; none: a fact.
    pub step: Option<usize>,
}

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// An exact rational.
    Number,
    /// Whole fen.
    Money,
    /// True or false.
    Flag,
    /// One of these texts.
    Choice(Vec<u32>),
    /// A day.
    Date,
    /// A text that no formula can use.
    Text,
    /// A row of a level.
    Row(usize),
}

impl ColumnKind {
    /// The type of the column in a formula; none: it cannot stand in one.
    pub fn value_type(&self) -> Option<Type> {
        Some(match self {
            ColumnKind::Number | ColumnKind::Money => Type::Number,
            ColumnKind::Flag => Type::Flag,
            ColumnKind::Choice(texts) => Type::Choice(texts.iter().copied().collect()),
            ColumnKind::Date => Type::Date,
            ColumnKind::Text => return None,
            ColumnKind::Row(level) => Type::Row(*level),
        })
    }

    /// The word of the language for the type.
    pub fn word(&self) -> &'static str {
        match self {
            ColumnKind::Number => "number",
            ColumnKind::Money => "money",
            ColumnKind::Flag => "flag",
            ColumnKind::Choice(_) => "choice",
            ColumnKind::Date => "date",
            ColumnKind::Text => "text",
            ColumnKind::Row(_) => "row",
        }
    }
}

/// A column that other steps draw on or collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fund {
    /// Its level.
    pub level: usize,
    /// Its column.
    pub column: usize,
    /// Whether it draws and collects nothing: new money.
    pub source: bool,
}

/// A checked step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The level whose rows it computes.
    pub level: usize,
    /// The column it computes; none: a veto or a check.
    pub column: Option<usize>,
    /// What it does.
    pub action: Action,
}

/// What a checked step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// §3.1
    Formula(Formula),
    /// §3.2
    Share(Share),
    /// §3.3
    Rank(Rank),
    /// §3.4
    Veto(Veto),
    /// §3.5: the fund column collected, of a level below.
    Collect {
        /// The fund's level.
        level: usize,
        /// The fund's column.
        column: usize,
    },
    /// §3.6
    Check {
        /// What must hold.
        assert: Expr,
        /// Whether a failure only warns.
        warning: bool,
    },
}

/// §3.1
#[derive(Debug, Clone)]
pub struct Formula {
    /// The type with its rounding.
    pub kind: FormulaKind,
    /// The formula.
    pub formula: Expr,
    /// Where it is evaluated.
    pub condition: Option<Expr>,
    /// Whether it may be blank.
    pub optional: bool,
    /// The fund it draws from.
    pub fund: Option<ColumnRef>,
}

/// §3.2
#[derive(Debug, Clone)]
pub struct Share {
    /// The fund.
    pub fund: ColumnRef,
    /// The amount, at the fund's row.
    pub amount: Option<Expr>,
    /// The weight.
    pub weight: Expr,
    /// Who receives.
    pub condition: Option<Expr>,
    /// The least.
    pub floor: Option<Expr>,
    /// The most.
    pub cap: Option<Expr>,
    /// The unit in fen.
    pub unit: i64,
    /// What decides equal remainders.
    pub tie_by: Vec<Expr>,
}

/// §3.3
#[derive(Debug, Clone)]
pub struct Rank {
    /// The score.
    pub by: Expr,
    /// Smaller scores first.
    pub ascending: bool,
    /// The level under whose rows is ranked.
    pub per: usize,
    /// Further values that divide the groups.
    pub within: Vec<Expr>,
    /// Who is ranked.
    pub condition: Option<Expr>,
    /// What the others get.
    pub otherwise: Option<RankValue>,
    /// Grades with their quotas; the last has none.
    pub grades: Vec<(u32, Option<Quota>)>,
    /// Whether quotas are of all rows.
    pub quota_of_all: bool,
    /// What happens to equal scores.
    pub ties: Ties,
    /// What decides under `split`.
    pub tie_by: Vec<Expr>,
}

/// A grade or a position.
#[derive(Debug, Clone, PartialEq)]
pub enum RankValue {
    /// A text of the dictionary.
    Grade(u32),
    /// A number.
    Position(crate::exact::Number),
}

/// §3.4
#[derive(Debug, Clone)]
pub struct Veto {
    /// Where it holds.
    pub when: Expr,
    /// How much it takes; the whole where absent.
    pub portion: Option<Expr>,
    /// The columns of its level that it takes.
    pub forfeits: Vec<usize>,
    /// Whether one of them is a rank, which is forgone whole or not at all.
    pub takes_rank: bool,
    /// Where withheld money is set aside; none: it is forgone.
    pub withhold_to: Option<String>,
}

/// The dictionary of choice texts: equal texts have equal numbers.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Texts {
    /// The number of a text, a new one where it is not known yet.
    pub fn intern(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The number of a known text.
    pub fn number(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// All texts, by their numbers.
    pub fn all(&self) -> &[String] {
        &self.texts
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(crate::exact::place(number)).map_or("", String::as_str)
    }
}

impl Plan {
    /// The fact that a column of a level is, if it is one.
    pub fn fact(&self, level: usize, column: usize) -> Option<&Fact> {
        self.document.levels.get(level)?.facts.get(column)
    }

    /// The level of a name.
    pub fn level_named(&self, name: &str) -> Option<usize> {
        self.levels.iter().position(|level| level.name == name)
    }

    /// The name of a level.
    pub fn level_name(&self, level: usize) -> &str {
        self.levels.get(level).map_or("", |level| &level.name)
    }

    /// The name of a step.
    pub fn step_name(&self, step: usize) -> &str {
        self.document.steps.get(step).map_or("", |step| &step.heading.name)
    }

    /// The column a reference names.
    pub fn column(&self, level: usize, column: usize) -> Option<&Column> {
        self.levels.get(level)?.columns.get(column)
    }

    /// `level.name` of a column.
    pub fn column_name(&self, level: usize, column: usize) -> String {
        let level_name = self.levels.get(level).map_or("", |level| level.name.as_str());
        format!("{level_name}.{}", self.column(level, column).map_or("", |column| column.name.as_str()))
    }

    /// Whether a column is a fund.
    pub fn is_fund(&self, level: usize, column: usize) -> bool {
        self.funds.iter().any(|fund| fund.level == level && fund.column == column)
    }
}

/// The facts, as (level, column), that formulas and funds name.
pub(crate) type Used = BTreeSet<(usize, usize)>;
