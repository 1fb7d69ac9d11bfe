//! Typed expressions again, row by row on exact numbers: a second evaluator, written apart from the columns' one.

use super::node::{Kind, Node, Scalar, Unexplained};
use super::{Explainer, Site};
use crate::exact::{Mode, Number};
use crate::plan::{Comparison, DatePart, Expr, ExprKind, Span};

type Explained = Result<Node, Unexplained>;

impl Explainer<'_, '_> {
    /// An expression with its operands. A blank may stand only where the language lets it pass.
    pub(super) fn expr(&self, site: Site<'_>, expr: &Expr) -> Explained {
        match &expr.kind {
            ExprKind::Number(number) => Ok(Node::of(self.literal(site, expr), number.clone(), Vec::new())),
            ExprKind::Flag(flag) => Ok(Node::new(Kind::Literal, Some(Scalar::Flag(*flag)), Vec::new())),
            ExprKind::Choice(text) => Ok(Node::new(Kind::Literal, Some(Scalar::Text(*text)), Vec::new())),
            ExprKind::Date(date) => Ok(Node::new(Kind::Literal, Some(Scalar::Date(*date)), Vec::new())),
            ExprKind::Column(reference) => self.column_at(site, *reference),
            ExprKind::Left(reference) => self.left_at(site, *reference),
            ExprKind::Sum(first, rest) => self.sum(site, first, rest),
            ExprKind::Product(first, rest) => self.product(site, first, rest),
            ExprKind::Compare(comparison, left, right) => self.compare(site, *comparison, left, right),
            ExprKind::If(cases, otherwise) => self.branches(site, cases, otherwise),
            ExprKind::All(parts) => self.chain(site, parts, true),
            ExprKind::Any(parts) => self.chain(site, parts, false),
            ExprKind::In(value, options) => self.membership(site, value, options),
            ExprKind::Extreme(least, parts) => self.extreme(site, *least, parts),
            ExprKind::Multiple(value, step) => self.multiple(site, value, step),
            ExprKind::Lookup(table, keys) => self.lookup(site, *table, keys),
            ExprKind::Marginal(table, keys) => self.marginal(site, *table, keys),
            ExprKind::Coalesce(value, otherwise) => self.coalesce(site, value, otherwise),
            ExprKind::Between(span, from, to) => self.between(site, *span, from, to),
            ExprKind::Aggregate(aggregate) => self.aggregate(site, aggregate),
            ExprKind::IsBlank(inner) => {
                let inner = self.expr(site, inner)?;
                Ok(Node::new(Kind::IsBlank, Some(Scalar::Flag(inner.value.is_none())), vec![inner]))
            }
            ExprKind::Not(inner) => {
                let inner = self.expr(site, inner)?;
                Ok(Node::new(Kind::Not, Some(Scalar::Flag(!inner.flag()?)), vec![inner]))
            }
            ExprKind::Negative(_)
            | ExprKind::Percent(..)
            | ExprKind::Magnitude(_)
            | ExprKind::Round(..)
            | ExprKind::Floor(_)
            | ExprKind::DatePart(..) => self.of_one(site, expr),
        }
    }

    /// An expression that must not be blank.
    pub(super) fn known(&self, site: Site<'_>, expr: &Expr) -> Explained {
        let node = self.expr(site, expr)?;
        if node.value.is_some() { Ok(node) } else { Err(Unexplained::NoValue) }
    }

    /// A number of the formula: a constant where its name stands there.
    fn literal(&self, site: Site<'_>, expr: &Expr) -> Kind {
        let rest: &str = site.text.char_indices().nth(expr.pos).and_then(|(at, _)| site.text.get(at..)).unwrap_or("");
        let constants = self.outcome.plan.document.constants.iter().enumerate();
        constants
            .filter(|(_, constant)| rest.starts_with(constant.heading.name.as_str()))
            .max_by_key(|(_, constant)| constant.heading.name.len())
            .map_or(Kind::Literal, |(place, _)| Kind::Constant(place))
    }

    /// Operations on one number or date.
    fn of_one(&self, site: Site<'_>, expr: &Expr) -> Explained {
        let (kind, inner): (Kind, &Expr) = match &expr.kind {
            ExprKind::Negative(inner) => (Kind::Negative, inner),
            ExprKind::Percent(inner, signs) => (Kind::Percent(*signs), inner),
            ExprKind::Magnitude(inner) => (Kind::Magnitude, inner),
            ExprKind::Round(inner, mode, digits) => (Kind::Round(*mode, *digits), inner),
            ExprKind::Floor(inner) => (Kind::Floor, inner),
            ExprKind::DatePart(part, inner) => (Kind::DatePart(*part), inner),
            _ => return Err(Unexplained::NoValue),
        };
        let inner = self.known(site, inner)?;
        let value = match (&kind, &inner.value) {
            (Kind::DatePart(part), Some(Scalar::Date(date))) => Number::from(match part {
                DatePart::Year => date.year(),
                DatePart::Month => date.month(),
                DatePart::Day => date.day(),
            }),
            (Kind::Negative, _) => inner.number()?.negated(),
            (Kind::Magnitude, _) => inner.number()?.magnitude(),
            (Kind::Floor, _) => inner.number()?.floor(),
            (Kind::Percent(signs), _) => {
                let hundredth = Number::ratio(1, 100);
                (0..*signs).try_fold(inner.number()?.clone(), |value, _| value.checked_mul(&hundredth))?
            }
            (Kind::Round(mode, digits), _) => inner.number()?.nearest_multiple(&unit_of(*digits), *mode)?,
            _ => return Err(Unexplained::NoValue),
        };
        Ok(Node::of(kind, value, vec![inner]))
    }

    fn sum(&self, site: Site<'_>, first: &Expr, rest: &[(bool, Expr)]) -> Explained {
        let mut operands = vec![self.known(site, first)?];
        let mut total = last(&operands)?;
        for (minus, term) in rest {
            operands.push(self.known(site, term)?);
            let term = last(&operands)?;
            total = if *minus { total.checked_sub(&term)? } else { total.checked_add(&term)? };
        }
        Ok(Node::of(Kind::Sum(signs(rest)), total, operands))
    }

    fn product(&self, site: Site<'_>, first: &Expr, rest: &[(bool, Expr)]) -> Explained {
        let mut operands = vec![self.known(site, first)?];
        let mut total = last(&operands)?;
        for (divide, factor) in rest {
            operands.push(self.known(site, factor)?);
            let factor = last(&operands)?;
            total = if *divide { total.checked_div(&factor)? } else { total.checked_mul(&factor)? };
        }
        Ok(Node::of(Kind::Product(signs(rest)), total, operands))
    }

    fn compare(&self, site: Site<'_>, comparison: Comparison, left: &Expr, right: &Expr) -> Explained {
        let (left, right) = (self.known(site, left)?, self.known(site, right)?);
        let holds = comparison.holds(left.value.cmp(&right.value));
        Ok(Node::new(Kind::Compare(comparison), Some(Scalar::Flag(holds)), vec![left, right]))
    }

    /// The conditions that were asked, at last the value.
    fn branches(&self, site: Site<'_>, cases: &[(Expr, Expr)], otherwise: &Expr) -> Explained {
        let mut operands = Vec::new();
        let mut taken = otherwise;
        for (condition, value) in cases {
            let condition = self.known(site, condition)?;
            let holds = condition.flag()?;
            operands.push(condition);
            if holds {
                taken = value;
                break;
            }
        }
        let taken = self.expr(site, taken)?;
        let (value, money) = (taken.value.clone(), taken.money);
        operands.push(taken);
        Ok(Node { money, ..Node::new(Kind::If, value, operands) })
    }

    fn chain(&self, site: Site<'_>, parts: &[Expr], all: bool) -> Explained {
        let mut operands = Vec::new();
        let mut value = all;
        for part in parts {
            let part = self.known(site, part)?;
            let holds = part.flag()?;
            operands.push(part);
            if holds != all {
                value = !all;
                break;
            }
        }
        Ok(Node::new(if all { Kind::All } else { Kind::Any }, Some(Scalar::Flag(value)), operands))
    }

    fn membership(&self, site: Site<'_>, value: &Expr, options: &[Expr]) -> Explained {
        let mut operands = vec![self.known(site, value)?];
        for option in options {
            operands.push(self.known(site, option)?);
        }
        let (value, options) = operands.split_first().ok_or(Unexplained::NoValue)?;
        let found = options.iter().any(|option| option.value == value.value);
        Ok(Node::new(Kind::In, Some(Scalar::Flag(found)), operands))
    }

    fn extreme(&self, site: Site<'_>, least: bool, parts: &[Expr]) -> Explained {
        let operands = parts.iter().map(|part| self.known(site, part)).collect::<Result<Vec<Node>, _>>()?;
        let values = operands.iter().filter_map(|operand| operand.value.as_ref());
        let value = if least { values.min() } else { values.max() }.cloned();
        Ok(Node::new(Kind::Extreme(least), value, operands))
    }

    fn multiple(&self, site: Site<'_>, value: &Expr, step: &Expr) -> Explained {
        let operands = vec![self.known(site, value)?, self.known(site, step)?];
        let step = last(&operands)?;
        if step.is_negative() || step.is_zero() {
            return Err(Unexplained::NoValue);
        }
        let value = operands.first().ok_or(Unexplained::NoValue)?.number()?.nearest_multiple(&step, Mode::HalfUp)?;
        Ok(Node::of(Kind::Multiple, value, operands))
    }

    fn coalesce(&self, site: Site<'_>, value: &Expr, otherwise: &Expr) -> Explained {
        let mut operands = vec![self.expr(site, value)?];
        if operands.iter().all(|operand| operand.value.is_none()) {
            operands.push(self.expr(site, otherwise)?);
        }
        let value = operands.last().and_then(|operand| operand.value.clone());
        Ok(Node::new(Kind::Coalesce, value, operands))
    }

    fn between(&self, site: Site<'_>, span: Span, from: &Expr, to: &Expr) -> Explained {
        let (from, to) = (self.known(site, from)?, self.known(site, to)?);
        let (Some(Scalar::Date(a)), Some(Scalar::Date(b))) = (&from.value, &to.value) else {
            return Err(Unexplained::NoValue);
        };
        let length = match span {
            Span::Days => a.days_to(*b),
            Span::Months => a.months_to(*b).map_err(|_| Unexplained::NoValue)?,
            Span::Years => a.years_to(*b).map_err(|_| Unexplained::NoValue)?,
        };
        Ok(Node::of(Kind::Between(span), Number::from(length), vec![from, to]))
    }
}

/// The unit of rounding to so many digits.
pub(super) fn unit_of(digits: i32) -> Number {
    let power = 10i128.pow(digits.unsigned_abs());
    if digits < 0 { Number::ratio(power, 1) } else { Number::ratio(1, power) }
}

fn last(operands: &[Node]) -> Result<Number, Unexplained> {
    operands.last().ok_or(Unexplained::NoValue)?.number().cloned()
}

fn signs(rest: &[(bool, Expr)]) -> Vec<bool> {
    rest.iter().map(|(sign, _)| *sign).collect()
}
