//! Shares: the fund row, its recipients with their weights, and the part of the row that is explained.

use std::sync::Arc;

use super::division::{Division, Recipient, in_units};
use super::node::{Kind, Node, Role, Scalar, ShareFacts, Unexplained};
use super::steps::{forgone, withheld};
use super::{Explainer, Site};
use crate::exact::{Mode, Number, Row};
use crate::plan::{Expr, Share, Step, document};

/// What one row asks for, after vetoes.
struct Claim {
    weight: Node,
    floor: Option<Node>,
    cap: Option<Node>,
}

impl Explainer<'_, '_> {
    pub(super) fn share(
        &self,
        site: Site<'_>,
        checked: &Step,
        share: &Share,
        words: &document::Share,
    ) -> Result<Node, Unexplained> {
        let (mut operands, holds) = self.condition(site, share.condition.as_ref(), words.condition.as_ref())?;
        if !holds {
            return Ok(Node::of(Kind::Skipped(site.step), Number::ZERO, operands));
        }
        let Some(fund_row) = self.reached(site, share.fund) else {
            return Ok(Node::of(Kind::Share(site.step, None), Number::ZERO, operands));
        };
        let division = self.division(site, checked, share, words, fund_row)?;
        let found = division.recipients.binary_search_by_key(&site.row, |recipient| recipient.row);
        let at = found.map_err(|_| Unexplained::NoValue)?;
        let (Some(recipient), Some((bound, got))) = (division.recipients.get(at), division.parts.get(at)) else {
            return Err(Unexplained::NoValue);
        };
        let remainder = division.remainder(at)?;
        let fund = (share.fund.level, share.fund.column);
        let facts = ShareFacts {
            fund: (fund.0, fund.1, fund_row),
            left: self.left_before(fund, fund_row, site.step).ok_or(Unexplained::NoValue)?,
            units: division.units.clone(),
            unit: share.unit,
            weight: recipient.weight.clone(),
            weights: division.weights.clone(),
            recipients: division.recipients.len(),
            bound: *bound,
            all_tops: division.all_tops,
            limits: (share.floor.as_ref().map(|_| recipient.floor.clone()), recipient.cap.clone()),
            lambda: division.lambda.clone(),
            held: division.held.clone(),
            division: remainder.clone(),
            got: got.clone(),
        };
        operands.push(self.amount(site, share, words, fund_row)?.role(Role::Amount));
        let claim = self.claim(site, checked, share, words)?;
        operands.push(claim.weight.role(Role::Weight));
        operands.extend(claim.floor.map(|floor| floor.role(Role::Floor)));
        operands.extend(claim.cap.map(|cap| cap.role(Role::Cap)));
        if remainder.as_ref().is_some_and(|remainder| remainder.tie.is_some()) {
            for (tie, text) in share.tie_by.iter().zip(&words.tie_by) {
                operands.push(self.known(site.with(text), tie)?.role(Role::TieBy));
            }
        }
        let gross = got.checked_mul(&Number::ratio(i128::from(share.unit), 100))?;
        let mut kept = gross.clone();
        operands.extend(self.drawn(site, share.fund, &gross));
        if let Some(withheld) = withheld(&gross, self.prevailing(site, checked)?)? {
            kept = gross.checked_sub(withheld.number()?)?;
            operands.push(withheld);
        }
        Ok(Node::of(Kind::Share(site.step, Some(Box::new(facts))), kept, operands))
    }

    /// The amount, at the fund's row.
    fn amount(
        &self,
        site: Site<'_>,
        share: &Share,
        words: &document::Share,
        fund_row: Row,
    ) -> Result<Node, Unexplained> {
        match &share.amount {
            Some(amount) => {
                let fund = Site::new(share.fund.level, fund_row, site.step);
                let text = words.amount.as_deref().unwrap_or_default();
                Ok(self.known(fund.with(text), amount)?.at(share.fund.level, fund_row))
            }
            None => self.left_of((share.fund.level, share.fund.column), fund_row, site.step),
        }
    }

    fn claim(
        &self,
        site: Site<'_>,
        checked: &Step,
        share: &Share,
        words: &document::Share,
    ) -> Result<Claim, Unexplained> {
        let taken = self.prevailing(site, checked)?;
        let weight = forgone(self.known(site.with(&words.weight), &share.weight)?, taken.as_ref())?;
        let limit = |limit: Option<&Expr>, text: Option<&String>| -> Result<Option<Node>, Unexplained> {
            let Some(limit) = limit else { return Ok(None) };
            let node = self.expr(site.with(text.map_or("", String::as_str)), limit)?;
            forgone(node, taken.as_ref()).map(Some)
        };
        let floor = limit(share.floor.as_ref(), words.floor.as_ref())?;
        let cap = limit(share.cap.as_ref(), words.cap.as_ref())?;
        Ok(Claim { weight, floor, cap })
    }

    /// A fund row divided among its recipients; all shares of one fund row ask the same.
    fn division(
        &self,
        site: Site<'_>,
        checked: &Step,
        share: &Share,
        words: &document::Share,
        fund_row: Row,
    ) -> Result<Arc<Division>, Unexplained> {
        self.known.division((site.step, fund_row), || self.divided(site, checked, share, words, fund_row))
    }

    fn divided(
        &self,
        site: Site<'_>,
        checked: &Step,
        share: &Share,
        words: &document::Share,
        fund_row: Row,
    ) -> Result<Division, Unexplained> {
        let index = self.reaching(site.level, share.fund);
        let mut recipients = Vec::new();
        for row in index.of(fund_row) {
            let own = Site { row: *row, ..site };
            if self.condition(own, share.condition.as_ref(), words.condition.as_ref())?.1 {
                recipients.push(self.recipient(own, checked, share, words)?);
            }
        }
        let amount = self.amount(site, share, words, fund_row)?;
        let units = in_units(amount.number()?, share.unit, Mode::Down)?;
        let division = Division::new(units, recipients)?;
        self.balanced(&division, share, site, fund_row)?;
        Ok(division)
    }

    fn recipient(
        &self,
        site: Site<'_>,
        checked: &Step,
        share: &Share,
        words: &document::Share,
    ) -> Result<Recipient, Unexplained> {
        let claim = self.claim(site, checked, share, words)?;
        let units = |node: Option<Node>, mode: Mode| -> Result<Option<Number>, Unexplained> {
            let number = node.and_then(|node| node.value.as_ref().and_then(Scalar::number).cloned());
            number.map(|number| in_units(&number, share.unit, mode)).transpose()
        };
        let floor = units(claim.floor, Mode::Up)?.unwrap_or(Number::ZERO);
        let cap = units(claim.cap, Mode::Down)?;
        // A floor that rounding has lifted above its cap is lowered to it.
        let floor = cap.as_ref().map_or(floor.clone(), |cap| floor.min(cap.clone()));
        let mut ties = Vec::new();
        for (tie, text) in share.tie_by.iter().zip(&words.tie_by) {
            ties.push(self.known(site.with(text), tie)?.value);
        }
        Ok(Recipient { row: site.row, weight: claim.weight.number()?.clone(), floor, cap, ties })
    }

    /// What all recipients got together is what the step drew.
    fn balanced(&self, division: &Division, share: &Share, site: Site<'_>, fund_row: Row) -> Result<(), Unexplained> {
        let got = division.parts.iter().map(|(_, got)| got.clone()).collect::<Vec<Number>>();
        let got = crate::exact::sum(&got)?.checked_mul(&Number::from(share.unit))?;
        let book = self.outcome.funds.book(share.fund.level, share.fund.column);
        let drawn =
            book.and_then(|book| book.drawn.get(&site.step)).map_or(0, |drawn| *crate::exact::at(drawn, fund_row));
        if got == Number::ratio(drawn, 1) {
            return Ok(());
        }
        let (level, step, got) = (share.fund.level, site.step, Some(Scalar::Number(got)));
        Err(Unexplained::Differs { level, row: fund_row, step, got })
    }
}
