//! The typed expression: names resolved to columns, texts to numbers of the plan's dictionary, types known to fit.

use super::ast::Comparison;
use crate::exact::{Date, Mode, Number};

/// An expression with the position of its first character in the formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Code points from 0.
    pub pos: usize,
    /// What it is.
    pub kind: ExprKind,
}

impl Expr {
    /// Visits every node, operators before their operands.
    pub fn walk<'e>(&'e self, visit: &mut dyn FnMut(&'e Expr)) {
        visit(self);
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Flag(_) | ExprKind::Choice(_) | ExprKind::Date(_) => {}
            ExprKind::Column(_) | ExprKind::Left(_) => {}
            ExprKind::Negative(inner)
            | ExprKind::Percent(inner, _)
            | ExprKind::Not(inner)
            | ExprKind::Magnitude(inner)
            | ExprKind::Round(inner, _, _)
            | ExprKind::Floor(inner)
            | ExprKind::IsBlank(inner)
            | ExprKind::DatePart(_, inner) => inner.walk(visit),
            ExprKind::Sum(first, rest) | ExprKind::Product(first, rest) => {
                first.walk(visit);
                rest.iter().for_each(|(_, part)| part.walk(visit));
            }
            ExprKind::Compare(_, one, other)
            | ExprKind::Multiple(one, other)
            | ExprKind::Coalesce(one, other)
            | ExprKind::Between(_, one, other) => {
                one.walk(visit);
                other.walk(visit);
            }
            ExprKind::If(cases, otherwise) => {
                for (condition, value) in cases {
                    condition.walk(visit);
                    value.walk(visit);
                }
                otherwise.walk(visit);
            }
            ExprKind::In(value, options) => {
                value.walk(visit);
                options.iter().for_each(|option| option.walk(visit));
            }
            ExprKind::All(parts)
            | ExprKind::Any(parts)
            | ExprKind::Extreme(_, parts)
            | ExprKind::Lookup(_, parts)
            | ExprKind::Marginal(_, parts) => parts.iter().for_each(|part| part.walk(visit)),
            ExprKind::Aggregate(aggregate) => {
                aggregate.value.iter().chain(&aggregate.condition).for_each(|part| part.walk(visit));
            }
        }
    }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A number.
    Number(Number),
    /// True or false.
    Flag(bool),
    /// A text of the plan's dictionary.
    Choice(u32),
    /// A day.
    Date(Date),
    /// A column.
    Column(ColumnRef),
    /// The opposite.
    Negative(Box<Expr>),
    /// A hundredth, so many times.
    Percent(Box<Expr>, usize),
    /// Terms, each with whether it is subtracted.
    Sum(Box<Expr>, Vec<(bool, Expr)>),
    /// Factors, each with whether it divides.
    Product(Box<Expr>, Vec<(bool, Expr)>),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Conditions with values, and the value otherwise (`if`, `ifs`).
    If(Vec<(Expr, Expr)>, Box<Expr>),
    /// `and` (all), evaluated until one fails.
    All(Vec<Expr>),
    /// `or` (any), evaluated until one holds.
    Any(Vec<Expr>),
    /// `not`
    Not(Box<Expr>),
    /// `in`: the first equals one of the others.
    In(Box<Expr>, Vec<Expr>),
    /// `min` (true) or `max` of numbers or dates.
    Extreme(bool, Vec<Expr>),
    /// `abs`
    Magnitude(Box<Expr>),
    /// `round`, `roundup`, `rounddown`, `roundeven` to digits after the point.
    Round(Box<Expr>, Mode, i32),
    /// `mround`: the nearest multiple.
    Multiple(Box<Expr>, Box<Expr>),
    /// `int`
    Floor(Box<Expr>),
    /// A table's value for keys.
    Lookup(usize, Vec<Expr>),
    /// Σ over bands of the part that lies in the band × its value; the last key is the number.
    Marginal(usize, Vec<Expr>),
    /// `isblank`
    IsBlank(Box<Expr>),
    /// `coalesce`
    Coalesce(Box<Expr>, Box<Expr>),
    /// `year`, `month`, `day`
    DatePart(DatePart, Box<Expr>),
    /// `days_between`, `months_between`, `years_between`
    Between(Span, Box<Expr>, Box<Expr>),
    /// `sum`, `avg`, `largest`, `smallest`, `count`
    Aggregate(Box<Aggregate>),
    /// What is left in a fund when the step begins.
    Left(ColumnRef),
}

/// A column and the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnRef {
    /// From which row.
    pub reach: Reach,
    /// The level the column stands on.
    pub level: usize,
    /// Its number within the level.
    pub column: usize,
}

/// From which row a column is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// This row or its ancestor on the column's level.
    This,
    /// The row that a row fact (a column of this level) of this row names.
    Via(usize),
    /// Inside an aggregate: the aggregated row or its ancestor on the column's level.
    Aggregated,
}

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatePart {
    /// `year`
    Year,
    /// `month`
    Month,
    /// `day`
    Day,
}

/// The unit of a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Days, negative where reversed.
    Days,
    /// Complete months.
    Months,
    /// Complete years.
    Years,
}

/// An aggregate over the rows of one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// What is made of the values.
    pub function: AggregateFunction,
    /// The aggregated level.
    pub level: usize,
    /// Which of its rows.
    pub rows: RowsOf,
    /// The value; none for `count`.
    pub value: Option<Expr>,
    /// The condition, evaluated before the value.
    pub condition: Option<Expr>,
}

/// What an aggregate makes of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateFunction {
    /// 0 over no rows.
    Sum,
    /// Blank over no rows.
    Average,
    /// Blank over no rows.
    Largest,
    /// Blank over no rows.
    Smallest,
    /// How many.
    Count,
}

/// Which rows an aggregate takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowsOf {
    /// The rows under this row.
    Below,
    /// The rows with the same parent, this row included; at the root this row.
    Beside,
    /// The rows whose row fact (a column of the aggregated level) is this row.
    Referring(usize),
}
