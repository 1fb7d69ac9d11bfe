//! Aggregates: the value of each aggregated row stands in a column of its own level, and the sum over a block of it here.

use super::columns::{larger, same};
use super::comparisons::Kind;
use super::twin::{Place, Shape, Spot, Twin, call, joined};
use super::{Maker, Site, Why};
use crate::plan::{Aggregate, AggregateFunction, Comparison, Expr, ExprKind, Reach, RowsOf};

/// What the aggregated rows bring.
struct Brought {
    /// 1 where a row takes part as far as that can be told without the asking row, else 0.
    part: Place,
    /// Its value; 0 where it takes no part.
    value: Option<Place>,
    /// Further conditions that compare it with the asking row, over a block.
    factors: Vec<Twin>,
    exact: bool,
    places: Option<usize>,
}

impl Maker<'_, '_> {
    pub(super) fn aggregate(&mut self, site: Site<'_>, aggregate: &Aggregate) -> Result<Twin, Why> {
        let inner = Site { level: aggregate.level, member: true, ..site };
        let (under, link) = self.members(site, aggregate)?;
        let brought = self.brought(site, inner, aggregate, under)?;
        let part = Twin::block(brought.part, under);
        let mut factors = vec![part.clone()];
        factors.extend(link);
        factors.extend(brought.factors.clone());
        let counted = match factors.as_slice() {
            [one] => call("SUM({})", &[one]),
            _ => call("SUMPRODUCT({})", &[&joined(&factors, "*")]),
        };
        if aggregate.function == AggregateFunction::Count {
            return Ok(counted.exact(true).placed(Some(0)));
        }
        let value = Twin::block(brought.value.ok_or(Why::Depends)?, under);
        let summed = match factors.as_slice() {
            [_] => call("SUM({})", &[&value]),
            _ => call("SUMPRODUCT({}*{})", &[&joined(&factors, "*"), &value]),
        };
        let (exact, places) = (brought.exact, brought.places);
        // The noise of many terms is cut off where they have few digits.
        let summed = match places {
            Some(places) => call(&format!("ROUND({{}},{places})"), &[&summed]).exact(true).placed(Some(places)),
            None => summed,
        };
        match aggregate.function {
            AggregateFunction::Sum | AggregateFunction::Count => Ok(summed),
            AggregateFunction::Average => {
                let count = self.apart(site.level, counted.exact(true), "人数");
                Ok(call("IF({}=0,\"\",{}/{})", &[&count, &summed, &count]))
            }
            AggregateFunction::Largest | AggregateFunction::Smallest => {
                let largest = aggregate.function == AggregateFunction::Largest;
                let count = self.apart(site.level, counted.exact(true), "人数");
                let bound = call(if largest { "MIN({})" } else { "MAX({})" }, &[&value]);
                let bound = self.apart(site.level, bound.exact(exact), "底数");
                let chosen = joined(&factors, "*");
                let pattern = if largest {
                    "IF({}=0,\"\",{}+SUMPRODUCT(MAX({}*({}-{}))))"
                } else {
                    "IF({}=0,\"\",{}-SUMPRODUCT(MAX({}*({}-{}))))"
                };
                let (more, less) = if largest { (&value, &bound) } else { (&bound, &value) };
                Ok(call(pattern, &[&count, &bound, &chosen, more, less]).placed(places))
            }
        }
    }

    /// The block of the rows that are asked; for rows that refer to this one all, with the condition that they do.
    fn members(&self, site: Site<'_>, aggregate: &Aggregate) -> Result<(Option<Spot>, Option<Twin>), Why> {
        match aggregate.rows {
            RowsOf::Below => Ok((Some(Spot::Up(site.level)), None)),
            RowsOf::Beside => {
                let parent = self.outcome.plan.levels.get(aggregate.level).and_then(|level| level.parent);
                Ok((Some(Spot::Up(parent.unwrap_or(site.level))), None))
            }
            RowsOf::Referring(fact) => {
                let link = *self.links.get(&(aggregate.level, fact)).ok_or(Why::Depends)?;
                let (block, line) = (Twin::block(link, None), Twin::line(Spot::Up(site.level)));
                Ok((None, Some(same(&block, &line, true))))
            }
        }
    }

    fn brought(
        &mut self,
        site: Site<'_>,
        inner: Site<'_>,
        aggregate: &Aggregate,
        under: Option<Spot>,
    ) -> Result<Brought, Why> {
        let mut own: Vec<Twin> = Vec::new();
        let mut factors: Vec<Twin> = Vec::new();
        let conditions = match aggregate.condition.as_ref() {
            None => Vec::new(),
            Some(Expr { kind: ExprKind::All(parts), .. }) => parts.iter().collect(),
            Some(one) => vec![one],
        };
        for condition in conditions {
            if asks_outside(condition) {
                factors.push(self.factor(site, inner, condition, under)?);
            } else {
                let condition = self.value(inner, condition)?;
                // A row that an earlier condition leaves out for every asking row need not have this one.
                own.push(if factors.is_empty() { condition } else { call("IFERROR({},FALSE)", &[&condition]) });
            }
        }
        let holds = own.into_iter().rev().reduce(|all, one| call("IF({},{},FALSE)", &[&one, &all]));
        let part = match &holds {
            Some(holds) => call("IF({},1,0)", &[holds]),
            None => Twin::text("1"),
        };
        let part = self.helper(aggregate.level, "计入", part.exact(true));
        let mut brought = Brought { part, value: None, factors, exact: true, places: None };
        if let Some(value) = &aggregate.value {
            if asks_outside(value) {
                return Err(Why::Asker);
            }
            let value = self.value(inner, value)?;
            (brought.exact, brought.places) = (value.exact, value.places);
            let taken = Twin::cell(part, Spot::Up(aggregate.level));
            // A row that the asking row leaves out need not have a value.
            let value = if brought.factors.is_empty() {
                call("IF({}=1,{},0)", &[&taken, &value])
            } else {
                call("IF({}=1,IFERROR({},0),0)", &[&taken, &value])
            };
            brought.value = Some(self.helper(aggregate.level, "计入值", value.exact(brought.exact)));
        }
        Ok(brought)
    }

    /// A condition that compares something of the aggregated row with something of the asking row.
    fn factor(&mut self, site: Site<'_>, inner: Site<'_>, condition: &Expr, under: Option<Spot>) -> Result<Twin, Why> {
        let ExprKind::Compare(sign, one, other) = &condition.kind else { return self.asked(site, condition) };
        let (member, asker, flipped) = match (asks_outside(one), asks_outside(other)) {
            (false, true) if !asks_inside(other) => (one, other, false),
            (true, false) if !asks_inside(one) => (other, one, true),
            _ => return self.asked(site, condition),
        };
        let kind = self.kind_of(member).or_else(|| self.kind_of(asker)).unwrap_or(Kind::Number);
        let member = self.value(inner, member)?;
        if kind == Kind::Text && !self.parameters.alike.is_empty() {
            return Err(Why::Alike);
        }
        let exact = member.exact;
        let absent = if matches!(kind, Kind::Number | Kind::Date) { "IFERROR({},0)" } else { "IFERROR({},\"\")" };
        let member = self.helper(inner.level, "比较值", call(absent, &[&member]).exact(exact));
        // Without any row to compare with, the asking row need not have a value.
        let asker = self.value(site, asker)?;
        let exact = exact && asker.exact || kind != Kind::Number;
        let asker = if asker.is_short() { asker } else { call(absent, &[&asker]) };
        let (block, own) = (Twin::block(member, under), self.short(site.level, asker, "比较值"));
        let not = |twin: Twin| call("(1-{})", &[&twin.within(Shape::Atom)]);
        let turned = if flipped { turned(*sign) } else { *sign };
        Ok(match turned {
            Comparison::Equal => same(&block, &own, exact),
            Comparison::Unequal => not(call("({})", &[&same(&block, &own, exact)])),
            Comparison::Greater => larger(&block, &own, exact),
            Comparison::LessOrEqual => not(larger(&block, &own, exact)),
            Comparison::Less => larger(&own, &block, exact),
            Comparison::GreaterOrEqual => not(larger(&own, &block, exact)),
        })
    }

    /// A condition on the asking row alone holds for all rows or for none.
    fn asked(&mut self, site: Site<'_>, condition: &Expr) -> Result<Twin, Why> {
        if asks_inside(condition) {
            return Err(Why::Asker);
        }
        let holds = self.value(site, condition)?;
        Ok(call("IFERROR(IF({},1,0),0)", &[&holds]))
    }
}

fn turned(sign: Comparison) -> Comparison {
    match sign {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// Whether an expression inside an aggregate reads the row that asks.
fn asks_outside(expr: &Expr) -> bool {
    reads(expr, |reach| reach != Reach::Aggregated)
}

/// Whether it reads the aggregated row.
fn asks_inside(expr: &Expr) -> bool {
    reads(expr, |reach| reach == Reach::Aggregated)
}

fn reads(expr: &Expr, wanted: impl Fn(Reach) -> bool) -> bool {
    let mut found = false;
    expr.walk(&mut |part| {
        if let ExprKind::Column(column) | ExprKind::Left(column) = &part.kind {
            found |= wanted(column.reach);
        }
    });
    found
}
