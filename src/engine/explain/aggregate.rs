//! Aggregates row by row: the rows asked, those that the condition holds for, the largest contributions.

use std::cmp::Reverse;
use std::sync::Arc;

use super::known::Index;
use super::node::{Aggregated, Kind, Node, Scalar, Unexplained};
use super::{Explainer, Site};
use crate::exact::{Number, Row};
use crate::plan::{Aggregate, AggregateFunction, RowsOf};

/// Contributions that are listed one by one.
const LISTED: usize = 5;

impl Explainer<'_, '_> {
    pub(super) fn aggregate(&self, site: Site<'_>, aggregate: &Aggregate) -> Result<Node, Unexplained> {
        let (index, owner) = self.members(site, aggregate);
        let own = [site.row];
        let members = index.as_ref().map_or(&own[..], |index| index.of(owner));
        let mut found: Vec<Node> = Vec::new();
        for row in members.iter().copied() {
            let inner = Site { member: Some((aggregate.level, row)), ..site };
            if let Some(condition) = &aggregate.condition
                && !self.known(inner, condition)?.flag()?
            {
                continue;
            }
            let value = aggregate.value.as_ref().map(|value| self.known(inner, value)).transpose()?;
            let money = value.as_ref().is_some_and(|value| value.money);
            let number = value.as_ref().and_then(|value| value.value.clone());
            let node = Node::new(Kind::Contributor, number, value.into_iter().collect()).at(aggregate.level, row);
            found.push(Node { money, ..node });
        }
        let numbers = found.iter().filter_map(|node| node.value.as_ref()?.number().cloned()).collect::<Vec<Number>>();
        let value = match aggregate.function {
            AggregateFunction::Count => Some(count(found.len())),
            AggregateFunction::Sum => Some(crate::exact::sum(&numbers)?),
            _ if found.is_empty() => None,
            AggregateFunction::Average => Some(crate::exact::average(&numbers)?),
            AggregateFunction::Largest => numbers.iter().max().cloned(),
            AggregateFunction::Smallest => numbers.iter().min().cloned(),
        };
        let facts = Aggregated {
            function: aggregate.function,
            level: aggregate.level,
            rows: members.len(),
            count: found.len(),
            condition: aggregate.condition.as_ref().map(|condition| last_argument(site.text, condition.pos)),
        };
        let money = found.first().is_some_and(|node| node.money)
            && !matches!(aggregate.function, AggregateFunction::Count | AggregateFunction::Average);
        let operands = listed(aggregate.function, found, self.expand.rows)?;
        Ok(Node { money, ..Node::new(Kind::Aggregate(Box::new(facts)), value.map(Scalar::Number), operands) })
    }

    /// The rows that an aggregate asks: those of a row in an index; none: the own row.
    fn members(&self, site: Site<'_>, aggregate: &Aggregate) -> (Option<Arc<Index>>, Row) {
        match aggregate.rows {
            RowsOf::Below => (Some(self.below(aggregate.level, site.level)), site.row),
            RowsOf::Referring(fact) => (Some(self.referring(aggregate.level, fact, site.level)), site.row),
            RowsOf::Beside => match self.outcome.plan.levels.get(aggregate.level).and_then(|level| level.parent) {
                Some(parent) => {
                    let above = self.ancestor(site.level, site.row, parent);
                    (Some(self.below(aggregate.level, parent)), above)
                }
                None => (None, site.row),
            },
        }
    }
}

/// The largest contributions (of `smallest` the smallest), or as many as so many nodes hold, and the others as one.
fn listed(function: AggregateFunction, mut found: Vec<Node>, nodes: Option<usize>) -> Result<Vec<Node>, Unexplained> {
    let size = |node: &Node| node.value.as_ref().and_then(Scalar::number).cloned().unwrap_or(Number::ZERO);
    match function {
        AggregateFunction::Count => {}
        AggregateFunction::Largest => found.sort_by_key(|node| Reverse(size(node))),
        AggregateFunction::Smallest => found.sort_by_key(size),
        AggregateFunction::Sum | AggregateFunction::Average => {
            found.sort_by_key(|node| Reverse(size(node).magnitude()));
        }
    }
    let most = nodes.map_or(LISTED, |most| fitting(&found, most).max(LISTED));
    if found.len() > most {
        let others = found.split_off(most);
        let total = crate::exact::sum(&others.iter().map(size).collect::<Vec<Number>>())?;
        let summed = matches!(function, AggregateFunction::Sum | AggregateFunction::Average);
        let node = Node::new(Kind::Others(others.len()), summed.then_some(Scalar::Number(total)), Vec::new());
        let money = found.first().is_some_and(|node| node.money);
        found.push(Node { money, ..node });
    }
    Ok(found)
}

/// How many of the first nodes are together no more than so many.
fn fitting(found: &[Node], most: usize) -> usize {
    let sizes = found.iter().scan(0, |sum, node| {
        *sum += node.size();
        Some(*sum)
    });
    sizes.take_while(|sum| *sum <= most).count()
}

fn count(count: usize) -> Number {
    Number::whole(u128::try_from(count).unwrap_or(u128::MAX))
}

/// The text of the last argument of a call, from its position to the parenthesis that closes the call.
fn last_argument(text: &str, pos: usize) -> String {
    let (mut open, mut quoted) = (0usize, false);
    let inside = text.chars().skip(pos).take_while(|letter| {
        match letter {
            '"' | '“' | '”' | '＂' => quoted = !quoted,
            '(' | '（' if !quoted => open += 1,
            ')' | '）' if !quoted && open == 0 => return false,
            ')' | '）' if !quoted => open -= 1,
            _ => {}
        }
        true
    });
    inside.collect::<String>().trim().to_owned()
}
