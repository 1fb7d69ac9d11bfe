//! Columns as leaves, and what was left in funds.

use super::node::{Kind, Node, Unexplained};
use super::{Explainer, Site};
use crate::exact::{Row, at};
use crate::plan::{ColumnKind, ColumnRef};

impl Explainer<'_, '_> {
    /// A column that a formula names: a fact, or a step that may be followed later.
    pub(super) fn column_at(&self, site: Site<'_>, reference: ColumnRef) -> Result<Node, Unexplained> {
        Ok(match self.reached(site, reference) {
            Some(row) => self.leaf(reference.level, reference.column, row),
            None => Node::new(Kind::NoRow(reference.level, reference.column), None, Vec::new()),
        })
    }

    /// A column of a row that is not followed yet.
    pub(super) fn leaf(&self, level: usize, column: usize, row: Row) -> Node {
        let known = self.outcome.plan.column(level, column);
        let step = known.and_then(|column| column.step);
        let kind = step.map_or(Kind::Fact(column), Kind::Cut);
        let money = known.is_some_and(|column| column.kind == ColumnKind::Money);
        let node = Node::new(kind, self.scalar(level, column, row), Vec::new()).at(level, row);
        Node { money, truncated: step.is_some(), ..node }
    }

    /// What was left in a fund when the step began: its value less what earlier steps drew.
    pub(super) fn left_at(&self, site: Site<'_>, reference: ColumnRef) -> Result<Node, Unexplained> {
        match self.reached(site, reference) {
            Some(row) => self.left_of((reference.level, reference.column), row, site.step),
            None => Ok(Node::new(Kind::NoRow(reference.level, reference.column), None, Vec::new())),
        }
    }

    /// What was left in a row of a fund before a step.
    pub(super) fn left_of(&self, fund: (usize, usize), row: Row, step: usize) -> Result<Node, Unexplained> {
        let (level, column) = fund;
        let whole = self.leaf(level, column, row);
        let kind = Kind::Left(level, column);
        let (Some(book), Some(left), true) =
            (self.outcome.funds.book(level, column), self.left_before(fund, row, step), whole.value.is_some())
        else {
            let (value, money) = (whole.value.clone(), whole.money);
            return Ok(Node { money, ..Node::new(kind, value, vec![whole]).at(level, row) });
        };
        let drawn = book.drawn.range(..step).map(|(step, drawn)| (*step, *at(drawn, row)));
        let drawn =
            drawn.filter(|(_, fen)| *fen != 0).map(|(step, fen)| Node::yuan(Kind::Drawn(step), fen, Vec::new()));
        let operands = std::iter::once(whole).chain(drawn).collect();
        Ok(Node::yuan(kind, left, operands).at(level, row))
    }
}
