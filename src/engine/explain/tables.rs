//! Which row of a table matched, found by reading the table from top to bottom.

use super::node::{Kind, Matched, Node, Scalar, Unexplained};
use super::{Explainer, Site};
use crate::exact::Number;
use crate::plan::Expr;
use crate::plan::document::{Key, Table, TableKind, TableRow};

impl Explainer<'_, '_> {
    pub(super) fn lookup(&self, site: Site<'_>, table: usize, keys: &[Expr]) -> Result<Node, Unexplained> {
        let operands = keys.iter().map(|key| self.known(site, key)).collect::<Result<Vec<Node>, _>>()?;
        let written = self.table(table)?;
        let (row, before) = match &written.kind {
            TableKind::Lookup { .. } => (written.rows.iter().position(|row| self.has_keys(row, &operands)), None),
            TableKind::Band { min } => {
                let (number, leading) = operands.split_last().ok_or(Unexplained::NoValue)?;
                self.band(written, leading, number.number()?, min.as_ref())
            }
        };
        let value = match (row.and_then(|row| written.rows.get(row)), &written.kind) {
            (Some(row), _) => row.value.clone(),
            (None, TableKind::Lookup { otherwise: Some(value) }) => value.clone(),
            _ => return Err(Unexplained::NoValue),
        };
        Ok(Node::of(Kind::Lookup(Matched { table, row, before }), value, operands))
    }

    /// Band by band: each part with the value of its band.
    pub(super) fn marginal(&self, site: Site<'_>, table: usize, keys: &[Expr]) -> Result<Node, Unexplained> {
        let mut operands = keys.iter().map(|key| self.known(site, key)).collect::<Result<Vec<Node>, _>>()?;
        let written = self.table(table)?;
        let TableKind::Band { min: Some(min) } = &written.kind else { return Err(Unexplained::NoValue) };
        let (number, leading) = operands.split_last().ok_or(Unexplained::NoValue)?;
        let number = number.number()?.clone();
        let (Some(own), _) = self.band(written, leading, &number, Some(min)) else { return Err(Unexplained::NoValue) };
        let (mut lower, mut parts, mut before) = (min.clone(), Vec::new(), None);
        for (place, row) in written.rows.iter().enumerate().take(own + 1) {
            if !self.has_keys(row, leading) {
                continue;
            }
            let upper = row.limit.as_ref().map_or(&number, |limit| &limit.at).min(&number).clone();
            if upper > lower {
                let part = Node::of(Kind::Literal, upper.checked_sub(&lower)?, Vec::new());
                let rate = Node::of(Kind::Literal, row.value.clone(), Vec::new());
                let product = part.number()?.checked_mul(&row.value)?;
                parts.push(Node::of(
                    Kind::Band(Matched { table, row: Some(place), before }),
                    product,
                    vec![part, rate],
                ));
                lower = upper;
            }
            before = Some(place);
        }
        let values = parts.iter().map(|part| part.number().cloned()).collect::<Result<Vec<Number>, _>>()?;
        let total = crate::exact::sum(&values)?;
        operands.extend(parts);
        Ok(Node::of(Kind::Marginal(table), total, operands))
    }

    fn table(&self, table: usize) -> Result<&Table, Unexplained> {
        self.outcome.plan.document.tables.get(table).ok_or(Unexplained::NoValue)
    }

    /// The band of a number, and the band before it.
    fn band(
        &self,
        table: &Table,
        leading: &[Node],
        number: &Number,
        min: Option<&Number>,
    ) -> (Option<usize>, Option<usize>) {
        if min.is_some_and(|min| number < min) {
            return (None, None);
        }
        let mut before = None;
        for (place, row) in table.rows.iter().enumerate().filter(|(_, row)| self.has_keys(row, leading)) {
            let inside = match &row.limit {
                None => true,
                Some(limit) if limit.inclusive => *number <= limit.at,
                Some(limit) => *number < limit.at,
            };
            if inside {
                return (Some(place), before);
            }
            before = Some(place);
        }
        (None, before)
    }

    fn has_keys(&self, row: &TableRow, keys: &[Node]) -> bool {
        row.key.len() == keys.len()
            && row.key.iter().zip(keys).all(|(key, node)| match (key, &node.value) {
                (Key::Choice(text), Some(Scalar::Text(code))) => text == self.outcome.plan.texts.text(*code),
                (Key::Number(number), Some(Scalar::Number(value))) => number == value,
                (Key::Flag(flag), Some(Scalar::Flag(value))) => flag == value,
                _ => false,
            })
    }
}
