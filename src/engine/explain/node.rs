//! What an explanation is made of: one recursive node, with the facts of its kind. No words: those are the wire's.

use super::without::WithoutVeto;
use crate::exact::{Date, Fen, Mode, NotExact, Number, Row};
use crate::plan::{AggregateFunction, Comparison, DatePart, Span};

/// One value with how it came about.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is, with the facts of its kind.
    pub kind: Kind,
    /// What it is to the node above.
    pub role: Role,
    /// The level and the row it stands at, where it stands at one of its own.
    pub at: Option<(usize, Row)>,
    /// The value; none: blank.
    pub value: Option<Scalar>,
    /// Whether the value is money.
    pub money: bool,
    /// What it was computed from, in the order of computing.
    pub operands: Vec<Node>,
    /// Whether more could be said than the limits allow.
    pub truncated: bool,
    /// What a veto changed that acted here.
    pub without: Option<Box<WithoutVeto>>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// A number, or money in yuan.
    Number(Number),
    /// True or false.
    Flag(bool),
    /// A text of the plan's dictionary.
    Text(u32),
    /// A day.
    Date(Date),
    /// A row of a level.
    Row(usize, Row),
}

/// What a node is to the node above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// An operand in its place.
    Operand,
    /// What the value was before the veto that withholds.
    Value,
    /// Whether the step applies to the row.
    Where,
    /// The amount that is divided.
    Amount,
    /// The weight of a recipient.
    Weight,
    /// Its floor.
    Floor,
    /// Its cap.
    Cap,
    /// A value that decides equal remainders or scores.
    TieBy,
    /// The score of a rank.
    Score,
    /// A value that divides the groups of a rank.
    Within,
    /// Where a veto holds.
    When,
    /// How much a veto takes.
    Portion,
    /// What a veto has taken from the row.
    Withheld,
    /// The fund it is drawn from.
    Draw,
    /// A line of a statement, or a step of a row.
    Line,
    /// A line that there is not, because a veto took it whole.
    Taken,
}

/// What a node is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The lines of a payee with their total.
    Statement,
    /// The steps of a row.
    Row,
    /// A fact, by its column.
    Fact(usize),
    /// A column of a step that is not followed further.
    Cut(usize),
    /// A formula step.
    Formula(usize),
    /// A step whose `where` is false at the row.
    Skipped(usize),
    /// A share of a fund; no facts: the row reaches no fund.
    Share(usize, Option<Box<ShareFacts>>),
    /// A rank; no facts: the row is not ranked.
    Rank(usize, Option<Box<RankFacts>>),
    /// What is left in funds below.
    Collect(usize),
    /// A veto: whether it holds.
    Veto(usize),
    /// A check: whether it holds.
    Check(usize),
    /// The value is rounded.
    Rounding(Number, Mode),
    /// A veto took this portion before rounding or division.
    Forgo(usize),
    /// A veto took this portion afterwards and set it aside.
    Withhold(usize, String),
    /// A draw from a fund: level, column, and what was left before the step.
    Draw(usize, usize, Fen),
    /// A number, flag, text or day of the formula itself.
    Literal,
    /// A named constant, by its place.
    Constant(usize),
    /// A column of a row that a blank reference does not name.
    NoRow(usize, usize),
    /// The opposite.
    Negative,
    /// Hundredths.
    Percent(usize),
    /// A sum; true: subtracted.
    Sum(Vec<bool>),
    /// A product; true: divided.
    Product(Vec<bool>),
    /// A comparison.
    Compare(Comparison),
    /// The conditions asked, then the value taken.
    If,
    /// All hold; the conditions that were asked.
    All,
    /// Any holds; the conditions that were asked.
    Any,
    /// The opposite of a flag.
    Not,
    /// The first equals one of the others.
    In,
    /// The least (true) or the greatest.
    Extreme(bool),
    /// The magnitude.
    Magnitude,
    /// Rounded to digits after the point.
    Round(Mode, i32),
    /// The nearest multiple.
    Multiple,
    /// The greatest whole number that is not above it.
    Floor,
    /// The row of a table that matched.
    Lookup(Matched),
    /// Band by band.
    Marginal(usize),
    /// A band of a table by its row: the part in it, and its value.
    Band(Matched),
    /// Whether it is blank.
    IsBlank,
    /// The first that is not blank.
    Coalesce,
    /// A part of a date.
    DatePart(DatePart),
    /// A span between two dates.
    Between(Span),
    /// An aggregate over rows.
    Aggregate(Box<Aggregated>),
    /// The value of one row of an aggregate.
    Contributor,
    /// The rows of an aggregate that are not listed: how many.
    Others(usize),
    /// What was left in a fund when the step began.
    Left(usize, usize),
    /// What a step drew from a fund row, or a collected fund row held.
    Drawn(usize),
    /// What was left in a fund row below, by level and column.
    Collected(usize, usize),
}

/// A table row that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched {
    /// The table.
    pub table: usize,
    /// Its row; none: `else`.
    pub row: Option<usize>,
    /// The row before it among the bands of its key.
    pub before: Option<usize>,
}

/// The facts of an aggregate.
#[derive(Debug, Clone)]
pub struct Aggregated {
    /// What is made of the values.
    pub function: AggregateFunction,
    /// The aggregated level.
    pub level: usize,
    /// How many rows there are.
    pub rows: usize,
    /// How many of them the condition holds for.
    pub count: usize,
    /// The condition as the plan writes it.
    pub condition: Option<String>,
}

/// What holds a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Neither floor nor cap.
    Free,
    /// Its floor.
    Floor,
    /// Its cap.
    Cap,
}

/// What decided between equal remainders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// A value of `tie_by`, by its place.
    By(usize),
    /// The id.
    Id,
}

/// The facts of a share. Amounts are yuan.
#[derive(Debug, Clone)]
pub struct ShareFacts {
    /// The fund: level, column, row.
    pub fund: (usize, usize, Row),
    /// What was left before the step.
    pub left: Fen,
    /// The amount divided, in units.
    pub units: Number,
    /// The unit in fen.
    pub unit: i64,
    /// The row's weight after vetoes.
    pub weight: Number,
    /// The sum of all weights.
    pub weights: Number,
    /// How many recipients.
    pub recipients: usize,
    /// What the row is held by.
    pub bound: Bound,
    /// Whether every recipient got its top and the rest stayed.
    pub all_tops: bool,
    /// Floor and cap of the row in units, where given.
    pub limits: (Option<Number>, Option<Number>),
    /// Units per weight, where floors or caps acted.
    pub lambda: Option<Number>,
    /// How many are held by a floor or a cap, and the units that they take.
    pub held: (usize, Number),
    /// The division by the largest remainder; none: the row is held.
    pub division: Option<Remainder>,
    /// What the row got in units before a veto withheld.
    pub got: Number,
}

/// One recipient of a division by the largest remainder.
#[derive(Debug, Clone)]
pub struct Remainder {
    /// The units divided among the free.
    pub units: Number,
    /// The sum of the weights of the free.
    pub weights: Number,
    /// The exact share in units.
    pub exact: Number,
    /// Its whole part.
    pub whole: Number,
    /// What is beyond it.
    pub rest: Number,
    /// How many units are left over.
    pub over: usize,
    /// The place of the remainder among those that are not zero and those that are, from 1.
    pub rank: usize,
    /// Among how many.
    pub of: usize,
    /// Whether a unit of those left over came.
    pub extra: bool,
    /// What decided, where an equal remainder stood on the other side.
    pub tie: Option<Tie>,
}

/// The facts of a rank.
#[derive(Debug, Clone)]
pub struct RankFacts {
    /// How many are ranked in the group.
    pub ranked: usize,
    /// How many the quotas are of.
    pub size: usize,
    /// The row under which is ranked: level and row.
    pub per: (usize, Row),
    /// The place in order, from 1.
    pub position: usize,
    /// The first and the last place of the rows with the same score.
    pub equal: (usize, usize),
    /// For each grade its text, and the last place it takes.
    pub grades: Vec<(u32, usize)>,
    /// For each boundary the last row within and the first outside, with their scores.
    pub boundaries: Vec<(Place, Place)>,
}

/// A row with its score.
pub type Place = (Row, Scalar);

/// Why there is no explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unexplained {
    /// Evaluated again, the row has no value.
    NoValue,
    /// Evaluated again, the row has another value.
    Differs {
        /// The level.
        level: usize,
        /// The row.
        row: Row,
        /// The step.
        step: usize,
        /// What the evaluation gave.
        got: Option<Scalar>,
    },
}

impl From<NotExact> for Unexplained {
    fn from(_: NotExact) -> Unexplained {
        Unexplained::NoValue
    }
}

impl Scalar {
    /// The number.
    pub fn number(&self) -> Option<&Number> {
        match self {
            Scalar::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl Node {
    pub(super) fn new(kind: Kind, value: Option<Scalar>, operands: Vec<Node>) -> Node {
        Node { kind, role: Role::Operand, at: None, value, money: false, operands, truncated: false, without: None }
    }

    pub(super) fn of(kind: Kind, number: Number, operands: Vec<Node>) -> Node {
        Node::new(kind, Some(Scalar::Number(number)), operands)
    }

    pub(super) fn yuan(kind: Kind, fen: Fen, operands: Vec<Node>) -> Node {
        Node { money: true, ..Node::of(kind, Number::ratio(fen, 100), operands) }
    }

    pub(super) fn at(self, level: usize, row: Row) -> Node {
        Node { at: Some((level, row)), ..self }
    }

    pub(super) fn role(self, role: Role) -> Node {
        Node { role, ..self }
    }

    /// The number that must be known.
    pub(super) fn number(&self) -> Result<&Number, Unexplained> {
        self.value.as_ref().and_then(Scalar::number).ok_or(Unexplained::NoValue)
    }

    /// The flag that must be known.
    pub(super) fn flag(&self) -> Result<bool, Unexplained> {
        match &self.value {
            Some(Scalar::Flag(flag)) => Ok(*flag),
            _ => Err(Unexplained::NoValue),
        }
    }

    /// How many nodes, this one included.
    pub fn size(&self) -> usize {
        1 + self.operands.iter().map(Node::size).sum::<usize>()
    }
}
