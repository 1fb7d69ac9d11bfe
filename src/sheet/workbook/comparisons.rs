//! Comparisons: a sheet takes texts that differ in the case of letters for equal, and numbers that differ in its noise for
//! different.

use super::twin::{Shape, Twin, call, most_places};
use super::{Maker, Site, Why};
use crate::plan::{ColumnKind, Comparison, Expr, ExprKind};

/// Digits after the point that are compared where more are not known to count.
const PLACES: usize = 7;

/// What a sheet compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Flag,
    Text,
    Date,
    Row,
}

impl Maker<'_, '_> {
    pub(super) fn compared(&mut self, site: Site<'_>, sign: Comparison, one: &Expr, other: &Expr) -> Result<Twin, Why> {
        let kind = self.kind_of(one).or_else(|| self.kind_of(other));
        let (one, other) = (self.value(site, one)?, self.value(site, other)?);
        Ok(comparison(sign, kind.unwrap_or(Kind::Number), &one, &other))
    }

    pub(super) fn one_of(&mut self, site: Site<'_>, value: &Expr, options: &[Expr]) -> Result<Twin, Why> {
        let kind = self.kind_of(value).or_else(|| options.iter().find_map(|option| self.kind_of(option)));
        let safe = options.iter().all(|option| self.is_safe(option));
        let value = self.value(site, value)?;
        let value = self.short(site.level, value, "中间值");
        let mut found: Vec<Twin> = Vec::new();
        for option in self.each(site, options)? {
            found.push(comparison(Comparison::Equal, kind.unwrap_or(Kind::Number), &value, &option));
        }
        if safe {
            return Ok(self.among(site.level, "OR", &found).exact(true));
        }
        let mut any = found.pop().ok_or(Why::Depends)?;
        for option in found.iter().rev() {
            any = call("IF({},TRUE,{})", &[option, &any]);
            if any.is_large() {
                any = self.apart(site.level, any, "中间值");
            }
        }
        Ok(any.exact(true))
    }

    /// The type of an expression, where it can be told from the expression alone.
    pub(super) fn kind_of(&self, expr: &Expr) -> Option<Kind> {
        Some(match &expr.kind {
            ExprKind::Flag(_) | ExprKind::Compare(..) | ExprKind::All(_) | ExprKind::Any(_) => Kind::Flag,
            ExprKind::Not(_) | ExprKind::In(..) | ExprKind::IsBlank(_) => Kind::Flag,
            ExprKind::Choice(_) => Kind::Text,
            ExprKind::Date(_) => Kind::Date,
            ExprKind::Column(column) => match self.outcome.plan.column(column.level, column.column)?.kind {
                ColumnKind::Flag => Kind::Flag,
                ColumnKind::Choice(_) | ColumnKind::Text => Kind::Text,
                ColumnKind::Date => Kind::Date,
                ColumnKind::Row(_) => Kind::Row,
                ColumnKind::Number | ColumnKind::Money => Kind::Number,
            },
            ExprKind::If(cases, otherwise) => {
                return cases.iter().find_map(|(_, value)| self.kind_of(value)).or_else(|| self.kind_of(otherwise));
            }
            ExprKind::Coalesce(one, other) => return self.kind_of(one).or_else(|| self.kind_of(other)),
            ExprKind::Extreme(_, parts) => return parts.iter().find_map(|part| self.kind_of(part)),
            ExprKind::Aggregate(aggregate) => {
                return aggregate.value.as_ref().map_or(Some(Kind::Number), |value| self.kind_of(value));
            }
            _ => Kind::Number,
        })
    }
}

fn comparison(sign: Comparison, kind: Kind, one: &Twin, other: &Twin) -> Twin {
    let (word, is_not) = match sign {
        Comparison::Equal => ("=", false),
        Comparison::Unequal => ("<>", true),
        Comparison::Less => ("<", false),
        Comparison::LessOrEqual => ("<=", false),
        Comparison::Greater => (">", false),
        Comparison::GreaterOrEqual => (">=", false),
    };
    let compared = match kind {
        Kind::Text | Kind::Row if is_not => return call("NOT(EXACT({},{}))", &[one, other]).exact(true),
        Kind::Text | Kind::Row => return call("EXACT({},{})", &[one, other]).exact(true),
        Kind::Number if !(one.exact && other.exact) => {
            let (one, other) = (one.clone().within(Shape::Sum), other.clone().within(Shape::Product));
            let places = most_places(&[one.clone(), other.clone()]).unwrap_or(PLACES).min(PLACES);
            call(&format!("ROUND({{}}-{{}},{places}){word}0"), &[&one, &other])
        }
        _ => {
            let (one, other) = (one.clone().within(Shape::Sum), other.clone().within(Shape::Sum));
            call(&format!("{{}}{word}{{}}"), &[&one, &other])
        }
    };
    compared.shaped(Shape::Comparison).exact(true)
}
