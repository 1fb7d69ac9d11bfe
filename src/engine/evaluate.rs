//! Typed expressions over whole columns. Branches are evaluated only for the rows that take them.

use std::borrow::Cow;

use super::frame::Frame;
use super::numbers::Numbers;
use super::state::State;
use super::vector::{Values, Vector};
use crate::exact::{Date, Mode, Number, Row, at, defect, put, rows};
use crate::plan::{Code, ColumnRef, Comparison, DatePart, Expr, ExprKind, Reach, Span};

/// A value that is borrowed where it is a column as it stands.
pub type Value<'a> = Cow<'a, Vector>;

impl<'a> State<'a> {
    /// The value of an expression at the positions of a frame.
    pub fn value(&self, frame: &Frame<'_>, expr: &Expr) -> Value<'_> {
        let count = frame.len();
        if let Some(vector) = self.by_program(frame, expr, None) {
            return Cow::Owned(vector);
        }
        let vector = match &expr.kind {
            ExprKind::Number(number) => Numbers::Same(number.clone(), count).into(),
            ExprKind::Flag(flag) => vec![*flag; count].into(),
            ExprKind::Choice(text) => vec![*text; count].into(),
            ExprKind::Date(date) => vec![*date; count].into(),
            ExprKind::Column(reference) => return self.column_at(frame, *reference),
            ExprKind::Negative(inner) => self.needed(frame, inner).numbers().negated().into(),
            ExprKind::Percent(inner, signs) => self.percent(frame, inner, *signs),
            ExprKind::Sum(first, terms) => self.sum(frame, first, terms),
            ExprKind::Product(first, factors) => self.product(frame, first, factors),
            ExprKind::Compare(comparison, left, right) => self.compare(frame, *comparison, left, right).into(),
            ExprKind::If(cases, otherwise) => self.branches(frame, cases, otherwise),
            ExprKind::All(conditions) => self.chain(frame, conditions, true).into(),
            ExprKind::Any(conditions) => self.chain(frame, conditions, false).into(),
            ExprKind::Not(inner) => {
                self.needed(frame, inner).flags().iter().map(|flag| !flag).collect::<Vec<bool>>().into()
            }
            ExprKind::In(value, options) => self.membership(frame, value, options).into(),
            ExprKind::Extreme(least, values) => self.extreme(frame, *least, values),
            ExprKind::Magnitude(inner) => self.needed(frame, inner).numbers().map(Number::magnitude).into(),
            ExprKind::Round(inner, mode, digits) => self.round(frame, inner, *mode, *digits),
            ExprKind::Multiple(inner, step) => self.multiple(frame, inner, step),
            ExprKind::Floor(inner) => self.needed(frame, inner).numbers().map(Number::floor).into(),
            ExprKind::Lookup(table, keys) => self.lookup(frame, *table, keys),
            ExprKind::Marginal(table, keys) => self.marginal(frame, *table, keys),
            ExprKind::IsBlank(inner) => {
                self.value(frame, inner).blank.clone().unwrap_or_else(|| vec![false; count]).into()
            }
            ExprKind::Coalesce(value, otherwise) => return self.coalesce(frame, value, otherwise),
            ExprKind::DatePart(part, inner) => self.date_part(frame, *part, inner),
            ExprKind::Between(span, from, to) => self.between(frame, *span, from, to),
            ExprKind::Aggregate(aggregate) => self.aggregate(frame, aggregate),
            ExprKind::Left(reference) => self.left_at(frame, *reference),
        };
        Cow::Owned(vector)
    }

    /// The value of an expression, with a failure at every blank.
    pub fn needed(&self, frame: &Frame<'_>, expr: &Expr) -> Value<'_> {
        let value = self.value(frame, expr);
        frame.need(&value);
        value
    }

    fn column_at(&self, frame: &Frame<'_>, reference: ColumnRef) -> Value<'_> {
        let column = self.column(reference.level, reference.column);
        if reference.reach == Reach::This && reference.level == frame.level && frame.is_all() {
            return Cow::Borrowed(column);
        }
        Cow::Owned(match reference.reach {
            Reach::Via(fact) => column.gather_some(&self.referred(frame, fact)),
            Reach::This | Reach::Aggregated => column.gather(&self.reached(frame, reference)),
        })
    }

    /// The rows that a row fact of this row names.
    fn referred(&self, frame: &Frame<'_>, fact: usize) -> Vec<Option<Row>> {
        let facts = self.column(frame.level, fact);
        let row = |position| {
            let row = frame.row(position);
            (!facts.is_blank(row)).then(|| *at(facts.codes(), row))
        };
        rows(frame.len()).map(row).collect()
    }

    /// The rows of a level that this row, or the aggregated one, belongs to.
    fn reached(&self, frame: &Frame<'_>, reference: ColumnRef) -> Vec<Row> {
        match (reference.reach, frame.aggregated()) {
            (Reach::Aggregated, Some((level, aggregated))) => {
                let ancestors = self.ancestors(level, reference.level);
                aggregated.iter().map(|row| *at(ancestors, *row)).collect()
            }
            _ if reference.level == frame.level => frame.rows(),
            _ => {
                let ancestors = self.ancestors(frame.level, reference.level);
                rows(frame.len()).map(|position| *at(ancestors, frame.row(position))).collect()
            }
        }
    }

    /// What is left in a fund; a money column that nobody draws on is left whole.
    fn left_at(&self, frame: &Frame<'_>, reference: ColumnRef) -> Vector {
        let column = self.column(reference.level, reference.column);
        let left = match self.funds.left(reference.level, reference.column) {
            Some(left) => Vector { values: Values::Numbers(Numbers::money(left)), blank: column.blank.clone() },
            None => column.clone(),
        };
        match reference.reach {
            Reach::Via(fact) => left.gather_some(&self.referred(frame, fact)),
            Reach::This | Reach::Aggregated => left.gather(&self.reached(frame, reference)),
        }
    }

    fn percent(&self, frame: &Frame<'_>, inner: &Expr, signs: usize) -> Vector {
        let mut numbers = self.needed(frame, inner).numbers().clone();
        let hundredth = Numbers::Same(Number::ratio(1, 100), frame.len());
        for _ in 0..signs {
            numbers = numbers.times(&hundredth, &mut |position, error| frame.fail_exact(position, error));
        }
        numbers.into()
    }

    fn sum(&self, frame: &Frame<'_>, first: &Expr, terms: &[(bool, Expr)]) -> Vector {
        let first = self.needed(frame, first);
        let mut total: Cow<'_, Numbers> = Cow::Borrowed(first.numbers());
        for (minus, term) in terms {
            let term = self.needed(frame, term);
            let sum = total.plus(term.numbers(), *minus, &mut |position, error| frame.fail_exact(position, error));
            total = Cow::Owned(sum);
        }
        total.into_owned().into()
    }

    fn product(&self, frame: &Frame<'_>, first: &Expr, factors: &[(bool, Expr)]) -> Vector {
        let first = self.needed(frame, first);
        let mut total: Cow<'_, Numbers> = Cow::Borrowed(first.numbers());
        for (divide, factor) in factors {
            let factor = self.needed(frame, factor);
            let failing = &mut |position, error| frame.fail_exact(position, error);
            total = Cow::Owned(match divide {
                true => total.over(factor.numbers(), failing),
                false => total.times(factor.numbers(), failing),
            });
        }
        total.into_owned().into()
    }

    fn compare(&self, frame: &Frame<'_>, comparison: Comparison, left: &Expr, right: &Expr) -> Vec<bool> {
        let left = self.needed(frame, left);
        let right = self.needed(frame, right);
        compared(comparison, &left, &right)
    }

    /// `if` and `ifs`: each case takes its rows, the others go on to the next.
    fn branches(&self, frame: &Frame<'_>, cases: &[(Expr, Expr)], otherwise: &Expr) -> Vector {
        let mut remaining: Vec<Row> = rows(frame.len()).collect();
        let mut pieces = Vec::new();
        for (condition, value) in cases {
            let part = frame.part(&remaining);
            let condition = self.needed(&part, condition);
            let (taken, rest) = split(&remaining, condition.flags());
            if !taken.is_empty() {
                let value = self.value(&frame.part(&taken), value).into_owned();
                pieces.push((taken, value));
            }
            remaining = rest;
        }
        if !remaining.is_empty() || pieces.is_empty() {
            let value = self.value(&frame.part(&remaining), otherwise).into_owned();
            pieces.push((remaining, value));
        }
        Vector::join(frame.len(), pieces)
    }

    /// `and` (all) and `or` (any): a row stops at the first condition that decides.
    fn chain(&self, frame: &Frame<'_>, conditions: &[Expr], all: bool) -> Vec<bool> {
        let mut result = vec![all; frame.len()];
        let mut remaining: Vec<Row> = rows(frame.len()).collect();
        for condition in conditions {
            let value = self.needed(&frame.part(&remaining), condition);
            let (holding, failing) = split(&remaining, value.flags());
            let (decided, open) = if all { (failing, holding) } else { (holding, failing) };
            decided.iter().for_each(|position| *put(&mut result, *position) = !all);
            remaining = open;
            if remaining.is_empty() {
                break;
            }
        }
        result
    }

    fn membership(&self, frame: &Frame<'_>, value: &Expr, options: &[Expr]) -> Vec<bool> {
        let value = self.needed(frame, value);
        let mut found = vec![false; frame.len()];
        for option in options {
            let option = self.needed(frame, option);
            let equal = compared(Comparison::Equal, &value, &option);
            found.iter_mut().zip(equal).for_each(|(found, equal)| *found |= equal);
        }
        found
    }

    fn extreme(&self, frame: &Frame<'_>, least: bool, values: &[Expr]) -> Vector {
        let mut best: Option<Vector> = None;
        for value in values {
            let value = self.needed(frame, value);
            best = Some(match best {
                None => value.into_owned(),
                Some(best) => {
                    let comparison = if least { Comparison::Less } else { Comparison::Greater };
                    let better = compared(comparison, &value, &best);
                    let all: Vec<Row> = rows(frame.len()).collect();
                    let (taken, kept) = split(&all, &better);
                    let pieces = vec![(taken.clone(), value.gather(&taken)), (kept.clone(), best.gather(&kept))];
                    Vector::join(frame.len(), pieces)
                }
            });
        }
        best.map_or_else(|| Numbers::Same(Number::ZERO, frame.len()).into(), |best| Vector { blank: None, ..best })
    }

    fn round(&self, frame: &Frame<'_>, inner: &Expr, mode: Mode, digits: i32) -> Vector {
        let value = self.needed(frame, inner);
        let power = 10i128.pow(digits.unsigned_abs());
        let unit = if digits < 0 { Number::ratio(power, 1) } else { Number::ratio(1, power) };
        value.numbers().rounded(&unit, mode, &mut |position, error| frame.fail_exact(position, error)).into()
    }

    fn multiple(&self, frame: &Frame<'_>, inner: &Expr, step: &Expr) -> Vector {
        let value = self.needed(frame, inner);
        let step = self.needed(frame, step);
        let steps = step.numbers();
        for position in rows(frame.len()) {
            let step = steps.get(position);
            if step.is_negative() || step.is_zero() {
                frame.fail_with(position, Code::BadStep, || vec![crate::plan::Detail::Got(step.text())]);
            }
        }
        let nearest = |value: &Number, step: &Number| match step.is_zero() {
            true => Ok(Number::ZERO),
            false => value.nearest_multiple(&step.magnitude(), Mode::HalfUp),
        };
        let failing = &mut |position, error| frame.fail_exact(position, error);
        value.numbers().each(steps, failing, nearest).into()
    }

    fn coalesce(&self, frame: &Frame<'_>, value: &Expr, otherwise: &Expr) -> Value<'_> {
        let value = self.value(frame, value);
        let blanks: Vec<Row> = value.blanks().collect();
        if blanks.is_empty() {
            return value;
        }
        let known: Vec<Row> = rows(frame.len()).filter(|position| !value.is_blank(*position)).collect();
        let otherwise = self.value(&frame.part(&blanks), otherwise).into_owned();
        let kept = value.gather(&known);
        Cow::Owned(Vector::join(frame.len(), vec![(known, kept), (blanks, otherwise)]))
    }

    fn date_part(&self, frame: &Frame<'_>, part: DatePart, inner: &Expr) -> Vector {
        let dates = self.needed(frame, inner);
        let part = |date: &Date| match part {
            DatePart::Year => date.year(),
            DatePart::Month => date.month(),
            DatePart::Day => date.day(),
        };
        Numbers::Scaled { values: dates.dates().iter().map(part).collect(), per: 1 }.into()
    }

    fn between(&self, frame: &Frame<'_>, span: Span, from: &Expr, to: &Expr) -> Vector {
        let from = self.needed(frame, from);
        let to = self.needed(frame, to);
        let mut values = Vec::with_capacity(frame.len());
        for (position, (from, to)) in rows(frame.len()).zip(from.dates().iter().zip(to.dates())) {
            let length = match span {
                Span::Days => Ok(from.days_to(*to)),
                Span::Months => from.months_to(*to),
                Span::Years => from.years_to(*to),
            };
            values.push(length.unwrap_or_else(|_| {
                let details = || vec![crate::plan::Detail::Got(format!("{from} … {to}"))];
                frame.fail_with(position, Code::DatesReversed, details);
                0
            }));
        }
        Numbers::Scaled { values, per: 1 }.into()
    }
}

/// The positions at which a flag holds, and the others.
pub fn split(positions: &[Row], flags: &[bool]) -> (Vec<Row>, Vec<Row>) {
    let mut holding = Vec::new();
    let mut others = Vec::new();
    for (position, flag) in positions.iter().zip(flags) {
        if *flag { holding.push(*position) } else { others.push(*position) }
    }
    (holding, others)
}

/// Whether a comparison holds between two values of one type.
pub fn compared(comparison: Comparison, left: &Vector, right: &Vector) -> Vec<bool> {
    fn each<T: Ord>(comparison: Comparison, left: &[T], right: &[T]) -> Vec<bool> {
        left.iter().zip(right).map(|(a, b)| comparison.holds(a.cmp(b))).collect()
    }
    match (&left.values, &right.values) {
        (Values::Numbers(left), Values::Numbers(right)) => left.compare(comparison, right),
        (Values::Flags(left), Values::Flags(right)) => each(comparison, left, right),
        (Values::Codes(left), Values::Codes(right)) => each(comparison, left, right),
        (Values::Dates(left), Values::Dates(right)) => each(comparison, left, right),
        _ => defect("two types compared"),
    }
}
