//! Steps: formulas with their rounding, vetoes and draws, collections, checks.

use super::node::{Kind, Node, Role, Scalar, Unexplained};
use super::{Explainer, Site};
use crate::exact::{Mode, Number, Row};
use crate::plan::document::{self, FormulaKind};
use crate::plan::{Action, ColumnRef, Expr, Formula, Step, Veto};

/// The veto that prevails at a row of a column.
pub(super) struct Taken {
    /// The veto's step.
    pub(super) step: usize,
    /// Its portion, above zero.
    pub(super) portion: Number,
    /// Where withheld money goes; none: it is forgone.
    pub(super) to: Option<String>,
    /// Where it holds, and its portion.
    nodes: Vec<Node>,
}

impl Explainer<'_, '_> {
    /// A step at a row, its columns not followed. Its value is the column's.
    pub(super) fn of_step(&self, step: usize, row: Row) -> Result<Node, Unexplained> {
        let plan = self.outcome.plan;
        let (Some(checked), Some(written)) = (plan.steps.get(step), plan.document.steps.get(step)) else {
            return Err(Unexplained::NoValue);
        };
        let site = Site::new(checked.level, row, step);
        let node = match (&checked.action, &written.action) {
            (Action::Formula(formula), document::Action::Formula(words)) => {
                self.formula(site, checked, formula, words)?
            }
            (Action::Share(share), document::Action::Share(words)) => self.share(site, checked, share, words)?,
            (Action::Rank(rank), document::Action::Rank(words)) => self.rank(site, checked, rank, words)?,
            (Action::Collect { level, column }, _) => self.collect(site, *level, *column)?,
            (Action::Veto(veto), document::Action::Veto(words)) => self.veto(site, veto, words)?,
            (Action::Check { assert, .. }, document::Action::Check(words)) => {
                let assert = self.known(site.with(&words.assert), assert)?;
                Node::new(Kind::Check(step), assert.value.clone(), vec![assert.role(Role::Value)])
            }
            _ => return Err(Unexplained::NoValue),
        };
        let wanted = match checked.column {
            Some(column) => self.scalar(checked.level, column, row),
            None => self.held(step, row).or_else(|| node.value.clone()),
        };
        if node.value != wanted {
            return Err(Unexplained::Differs { level: checked.level, row, step, got: node.value });
        }
        let money = checked.column.is_some_and(|column| self.leaf(checked.level, column, row).money);
        Ok(Node { money, ..node.at(checked.level, row) })
    }

    /// Whether a check held at a row.
    fn held(&self, step: usize, row: Row) -> Option<Scalar> {
        let check = self.outcome.checks.iter().find(|check| check.step == step)?;
        Some(Scalar::Flag(!check.failed.contains(&row)))
    }

    /// `where`, if there is one, and whether it holds.
    pub(super) fn condition(
        &self,
        site: Site<'_>,
        condition: Option<&Expr>,
        text: Option<&String>,
    ) -> Result<(Vec<Node>, bool), Unexplained> {
        let Some(condition) = condition else { return Ok((Vec::new(), true)) };
        let node = self.known(site.with(text.map_or("", String::as_str)), condition)?;
        let holds = node.flag()?;
        Ok((vec![node.role(Role::Where)], holds))
    }

    fn formula(
        &self,
        site: Site<'_>,
        checked: &Step,
        formula: &Formula,
        words: &document::Formula,
    ) -> Result<Node, Unexplained> {
        let (mut operands, holds) = self.condition(site, formula.condition.as_ref(), words.condition.as_ref())?;
        if !holds {
            let number = matches!(formula.kind, FormulaKind::Number(_) | FormulaKind::Money(_));
            let value = number.then_some(Scalar::Number(Number::ZERO));
            return Ok(Node::new(Kind::Skipped(site.step), value, operands));
        }
        let mut value = self.expr(site.with(&words.formula), &formula.formula)?;
        let mut taken = None;
        let rounding = match &formula.kind {
            FormulaKind::Number(rounding) => rounding.as_ref(),
            FormulaKind::Money(rounding) => {
                taken = self.prevailing(site, checked)?;
                value = forgone(value, taken.as_ref())?;
                Some(rounding)
            }
            _ => None,
        };
        if let (Some(rounding), Some(Scalar::Number(exact))) = (rounding, &value.value) {
            let rounded = exact.nearest_multiple(&rounding.to, rounding.mode)?;
            if rounded != *exact {
                value = Node::of(Kind::Rounding(rounding.to.clone(), rounding.mode), rounded, vec![value]);
            }
        }
        let mut kept = value.value.clone();
        operands.push(value.role(Role::Value));
        if let Some(fund) = formula.fund {
            let gross = kept.as_ref().and_then(Scalar::number).cloned().ok_or(Unexplained::NoValue)?;
            operands.extend(self.drawn(site, fund, &gross));
            if let Some(withheld) = withheld(&gross, taken)? {
                kept = Some(Scalar::Number(gross.checked_sub(withheld.number()?)?));
                operands.push(withheld);
            }
        }
        Ok(Node::new(Kind::Formula(site.step), kept, operands))
    }

    /// What a row draws from its fund.
    pub(super) fn drawn(&self, site: Site<'_>, fund: ColumnRef, gross: &Number) -> Option<Node> {
        let row = self.reached(site, fund)?;
        let left = self.left_before((fund.level, fund.column), row, site.step)?;
        let kind = Kind::Draw(fund.level, fund.column, left);
        let node = Node::of(kind, gross.clone(), Vec::new()).at(fund.level, row).role(Role::Draw);
        Some(Node { money: true, ..node })
    }

    /// The veto that prevails at a row of a step's column: the largest portion, the first written if equal.
    pub(super) fn prevailing(&self, site: Site<'_>, checked: &Step) -> Result<Option<Taken>, Unexplained> {
        let plan = self.outcome.plan;
        let mut prevailing: Option<Taken> = None;
        for (step, (known, written)) in plan.steps.iter().zip(&plan.document.steps).enumerate().take(site.step) {
            let (Action::Veto(veto), document::Action::Veto(words)) = (&known.action, &written.action) else {
                continue;
            };
            let hits = checked.column.is_some_and(|column| veto.forfeits.contains(&column));
            if known.level != site.level || !hits {
                continue;
            }
            let nodes = self.veto(Site { step, ..site }, veto, words)?.operands;
            let portion = match nodes.as_slice() {
                [when] if when.flag()? => Number::ONE,
                [_, portion] => portion.number()?.clone(),
                _ => continue,
            };
            if !portion.is_zero() && prevailing.as_ref().is_none_or(|taken| portion > taken.portion) {
                prevailing = Some(Taken { step, portion, to: veto.withhold_to.clone(), nodes });
            }
        }
        Ok(prevailing)
    }

    /// Where a veto holds, and its portion if one is written and it holds.
    fn veto(&self, site: Site<'_>, veto: &Veto, words: &document::Veto) -> Result<Node, Unexplained> {
        let when = self.known(site.with(&words.when), &veto.when)?.role(Role::When);
        let (value, holds) = (when.value.clone(), when.flag()?);
        let mut operands = vec![when];
        if let (Some(portion), true) = (&veto.portion, holds) {
            let text = words.portion.as_deref().unwrap_or_default();
            operands.push(self.known(site.with(text), portion)?.role(Role::Portion));
        }
        Ok(Node::new(Kind::Veto(site.step), value, operands))
    }

    fn collect(&self, site: Site<'_>, level: usize, column: usize) -> Result<Node, Unexplained> {
        let index = self.below(level, site.level);
        let members = index.of(site.row);
        let mut operands = Vec::new();
        let mut total = 0;
        for row in members {
            let left = self.left_before((level, column), *row, site.step).ok_or(Unexplained::NoValue)?;
            total += left;
            let of = self.left_of((level, column), *row, site.step)?.operands;
            operands.push(Node::yuan(Kind::Collected(level, column), left, of).at(level, *row));
        }
        Ok(Node::yuan(Kind::Collect(site.step), total, operands))
    }
}

/// What `forgo` leaves of a value: (1 − portion) of it.
pub(super) fn forgone(value: Node, taken: Option<&Taken>) -> Result<Node, Unexplained> {
    let (Some(Taken { step, portion, to: None, nodes }), Some(Scalar::Number(number))) = (taken, &value.value) else {
        return Ok(value);
    };
    let kept = number.checked_mul(&Number::ONE.product_of_difference(portion, &Number::ONE))?;
    let portion = Node::of(Kind::Literal, portion.clone(), nodes.clone()).role(Role::Portion);
    Ok(Node::of(Kind::Forgo(*step), kept, vec![value, portion]))
}

/// What `withhold` takes of what was drawn.
pub(super) fn withheld(gross: &Number, taken: Option<Taken>) -> Result<Option<Node>, Unexplained> {
    let Some(Taken { step, portion, to: Some(to), nodes }) = taken else { return Ok(None) };
    let base = if gross.is_negative() { Number::ZERO } else { gross.clone() };
    let fen = base.checked_mul(&Number::from(100_i64))?;
    let took = portion.times_whole(&fen, Mode::HalfUp).checked_mul(&Number::ratio(1, 100))?;
    let money = Node::of(Kind::Literal, base, Vec::new());
    let portion = Node::of(Kind::Literal, portion, nodes).role(Role::Portion);
    let node = Node::of(Kind::Withhold(step, to), took, vec![Node { money: true, ..money }, portion]);
    Ok(Some(Node { money: true, ..node.role(Role::Withheld) }))
}
