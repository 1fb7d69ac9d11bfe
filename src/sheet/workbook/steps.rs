//! Steps: what each column of the plan is made of.

use std::collections::HashSet;

use super::columns::{Content, Look, Shown, difference};
use super::twin::{Part, Place, Spot, Twin, call, joined};
use super::{Finding, Maker, Site, Vetoed, Why, look};
use crate::exact::{Row, at, rows};
use crate::plan::document::{self, FormulaKind};
use crate::plan::{Action, ColumnKind, Expr, Formula, Step, Veto};

/// What vetoes take of a column.
pub(super) struct Taken {
    /// The portion that is forgone.
    pub(super) forgone: Option<Twin>,
    /// The portions that are set aside, by destination.
    pub(super) withheld: Vec<(String, Twin)>,
}

/// A money column before and after what is withheld.
pub(super) struct Kept {
    pub(super) gross: Place,
    pub(super) asides: Vec<(String, Place)>,
    pub(super) twin: Twin,
}

impl Maker<'_, '_> {
    /// Adds the columns of a step; without a formula only the service's values.
    pub(super) fn step(&mut self, number: usize) {
        let plan = self.outcome.plan;
        let (Some(step), Some(words)) = (plan.steps.get(number), plan.document.steps.get(number)) else { return };
        let before: Vec<usize> = self.sheets.iter().map(|sheet| sheet.columns.len()).collect();
        let products = self.products.len();
        self.too_long = false;
        let made = match (&step.action, &words.action) {
            (Action::Formula(formula), document::Action::Formula(words)) => self.formula(number, step, formula, words),
            (Action::Share(share), document::Action::Share(words)) => self.share(number, step, share, words),
            (Action::Rank(rank), document::Action::Rank(words)) => self.rank(number, step, rank, words),
            (Action::Veto(veto), document::Action::Veto(words)) => self.veto(number, step, veto, words),
            (Action::Collect { level, column }, _) => self.collect(number, step, (*level, *column)),
            (Action::Check { assert, .. }, document::Action::Check(words)) => {
                self.check(number, step, assert, &words.assert)
            }
            _ => Err(Why::Depends),
        };
        if let Err(why) = made {
            for (sheet, count) in self.sheets.iter_mut().zip(&before) {
                sheet.columns.truncate(*count);
            }
            self.products.truncate(products);
            self.parts
                .retain(|_, place| before.get(place.level).is_some_and(|count| usize::from(place.column) < *count));
            self.listed(number, step, why);
        }
    }

    /// A step without a formula: later ones stand on the service's values.
    fn listed(&mut self, number: usize, step: &Step, why: Why) {
        let label = self.label(number);
        let heading = format!("{label}（仅列示）");
        if let Action::Veto(veto) = &step.action {
            let (forfeits, to) = (veto.forfeits.clone(), veto.withhold_to.clone());
            self.vetoes.push(Vetoed { level: step.level, forfeits, to, portion: None });
        }
        if let Some(column) = step.column {
            let place = self.add(step.level, why.text(), &heading, Content::Ours(column), self.look_of(step, true));
            self.values.insert((step.level, column), place);
            self.drawn_as_given(number);
            self.open(step.level, column, place);
        }
        let (level, is_money) = (step.level, false);
        self.findings.push(Finding { level, label, found: None, differences: Vec::new(), why: Some(why), is_money });
    }

    pub(super) fn label(&self, number: usize) -> String {
        self.outcome.plan.document.steps.get(number).map_or("", |step| step.heading.label()).to_owned()
    }

    fn look_of(&self, step: &Step, ours: bool) -> Look {
        let kind =
            step.column.and_then(|column| self.outcome.plan.column(step.level, column)).map(|column| &column.kind);
        match (kind.map_or(Look::Plain, look), ours) {
            (Look::Money, true) => Look::OurMoney,
            (Look::Date, true) => Look::OurDate,
            (_, true) => Look::Ours,
            (look, false) => look,
        }
    }

    /// The column of a step: its formula, the service's value, the difference.
    pub(super) fn stand(
        &mut self,
        number: usize,
        step: &Step,
        text: &str,
        twin: Twin,
        others: Vec<Place>,
    ) -> Result<Place, Why> {
        let column = step.column.ok_or(Why::Depends)?;
        let (label, level) = (self.label(number), step.level);
        let kind = self.outcome.plan.column(level, column).map_or(ColumnKind::Number, |column| column.kind.clone());
        let places = if kind == ColumnKind::Money { Some(2) } else { twin.places };
        let found = self.add(level, text, &label, Content::Formula(twin, Some(column)), self.look_of(step, false));
        if self.too_long {
            return Err(Why::Long);
        }
        self.places.extend(places.map(|places| ((level, column), places)));
        let ours = self.add(level, "", "系统值", Content::Ours(column), self.look_of(step, true));
        let differs = Content::Formula(difference(found, ours, &kind), None);
        let mut differences = vec![self.add(level, "", "差", differs, Look::Difference)];
        differences.extend(others);
        let is_money = kind == ColumnKind::Money;
        self.findings.push(Finding { level, label, found: Some(found), differences, why: None, is_money });
        self.values.insert((level, column), found);
        self.open(level, column, found);
        Ok(found)
    }

    fn formula(&mut self, number: usize, step: &Step, formula: &Formula, words: &document::Formula) -> Result<(), Why> {
        let level = step.level;
        let column = step.column.ok_or(Why::Depends)?;
        let condition = self.condition(level, formula.condition.as_ref(), words.condition.as_deref())?;
        let taken = self.taken(level, column)?;
        let site = Site::new(level, &words.formula);
        let mut twin = match formula.optional {
            true => self.maybe(site, &formula.formula)?,
            false => self.value(site, &formula.formula)?,
        };
        if let Some(forgone) = &taken.forgone {
            twin = call("{}*(1-{})", &[&twin.within(super::twin::Shape::Product), forgone])
                .shaped(super::twin::Shape::Product);
        }
        twin = match &formula.kind {
            FormulaKind::Money(rounding) => self.rounded(level, twin, &rounding.to, rounding.mode),
            FormulaKind::Number(Some(rounding)) if formula.optional => {
                let cell = self.short(level, twin, "中间值");
                let rounded = self.rounded(level, cell.clone(), &rounding.to, rounding.mode);
                call("IF({}=\"\",\"\",{})", &[&cell, &rounded])
            }
            FormulaKind::Number(Some(rounding)) => self.rounded(level, twin, &rounding.to, rounding.mode),
            _ => twin,
        };
        if let Some(condition) = condition {
            let otherwise = match formula.kind {
                FormulaKind::Money(_) | FormulaKind::Number(_) => "IF({},{},0)",
                _ => "IF({},{},\"\")",
            };
            twin = call(otherwise, &[&condition, &twin]).like(&twin);
        }
        let text = words.formula.as_str();
        let Some(fund) = formula.fund else {
            self.stand(number, step, text, twin, Vec::new())?;
            return Ok(());
        };
        let kept = self.kept(number, level, twin, &taken);
        let found = self.stand(number, step, text, kept.twin, Vec::new())?;
        let gross = if kept.asides.is_empty() { found } else { kept.gross };
        self.draw(number, fund, gross, &kept.asides);
        Ok(())
    }

    /// A condition, as a cell.
    pub(super) fn condition(
        &mut self,
        level: usize,
        condition: Option<&Expr>,
        text: Option<&str>,
    ) -> Result<Option<Twin>, Why> {
        let Some(condition) = condition else { return Ok(None) };
        self.value(Site::new(level, text.unwrap_or_default()), condition).map(Some)
    }

    /// A money value, what is withheld of it, and what remains.
    pub(super) fn kept(&mut self, number: usize, level: usize, twin: Twin, taken: &Taken) -> Kept {
        if taken.withheld.is_empty() {
            return Kept { gross: Place { level, column: 0 }, asides: Vec::new(), twin };
        }
        let label = self.label(number);
        let gross = self.add(level, "", &format!("{label}（扣前）"), Content::Formula(twin, None), Look::Money);
        let mut asides = Vec::new();
        let mut kept = Maker::own(gross);
        for (to, portion) in &taken.withheld {
            let aside = call("ROUND({}*MAX({},0),2)", &[portion, &Maker::own(gross)]);
            let place = self.add(level, to, &format!("{label}（扣发）"), Content::Formula(aside, None), Look::Money);
            kept = call("{}-{}", &[&kept, &Maker::own(place)]);
            asides.push((to.clone(), place));
        }
        Kept { gross, asides, twin: call("ROUND({},2)", &[&kept]).exact(true) }
    }

    fn veto(&mut self, number: usize, step: &Step, veto: &Veto, words: &document::Veto) -> Result<(), Why> {
        let when = self.value(Site::new(step.level, &words.when), &veto.when)?;
        let portion = match (&veto.portion, &words.portion) {
            (Some(portion), Some(text)) => self.value(Site::new(step.level, text), portion)?,
            _ => Twin::text("1"),
        };
        let twin = call("IF({},{},0)", &[&when, &portion]);
        let heading = format!("{}（扣减比例）", self.label(number));
        let place = self.add(step.level, &words.when, &heading, Content::Formula(twin, None), Look::Plain);
        if self.too_long {
            return Err(Why::Long);
        }
        let (forfeits, to) = (veto.forfeits.clone(), veto.withhold_to.clone());
        self.vetoes.push(Vetoed { level: step.level, forfeits, to, portion: Some(place) });
        Ok(())
    }

    /// What vetoes take of a column: the largest portion acts alone, the first written if equal.
    pub(super) fn taken(&self, level: usize, column: usize) -> Result<Taken, Why> {
        let here: Vec<&Vetoed> =
            self.vetoes.iter().filter(|veto| veto.level == level && veto.forfeits.contains(&column)).collect();
        let portions: Option<Vec<Twin>> = here.iter().map(|veto| veto.portion.map(Maker::own)).collect();
        let portions = portions.ok_or(Why::Depends)?;
        let mut taken = Taken { forgone: None, withheld: Vec::new() };
        let mut forgone: Vec<Twin> = Vec::new();
        for (number, veto) in here.iter().enumerate() {
            let own = portions.get(number).ok_or(Why::Depends)?;
            let rivals = portions.iter().enumerate().filter(|(other, _)| *other != number);
            let beats: Vec<Twin> = rivals
                .map(|(other, rival)| call(if other < number { "{}>{}" } else { "{}>={}" }, &[own, rival]))
                .collect();
            let prevailing = match beats.is_empty() {
                true => own.clone(),
                false => call("IF(AND({}),{},0)", &[&joined(&beats, ","), own]),
            };
            match &veto.to {
                None => forgone.push(prevailing),
                Some(to) => taken.withheld.push((to.clone(), prevailing)),
            }
        }
        taken.forgone = match forgone.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(call("({})", &[&joined(&forgone, "+")])),
        };
        Ok(taken)
    }

    fn check(&mut self, number: usize, step: &Step, assert: &Expr, text: &str) -> Result<(), Why> {
        let twin = self.value(Site::new(step.level, text), assert)?;
        let (level, label) = (step.level, self.label(number));
        let count = self.outcome.data.levels.get(level).map_or(0, |rows| rows.len());
        let check = self.outcome.checks.iter().find(|check| check.step == number);
        let failed: HashSet<Row> = check.into_iter().flat_map(|check| &check.failed).copied().collect();
        let holds = rows(count).map(|row| Shown::Flag(!failed.contains(&row))).collect();
        let found = self.add(level, text, &label, Content::Formula(twin, None), Look::Plain);
        if self.too_long {
            return Err(Why::Long);
        }
        let ours = self.add(level, "", "系统值", Content::Given(holds), Look::Ours);
        let differs = Content::Formula(difference(found, ours, &ColumnKind::Flag), None);
        let differences = vec![self.add(level, "", "差", differs, Look::Difference)];
        self.findings.push(Finding { level, label, found: None, differences, why: None, is_money: false });
        Ok(())
    }

    /// The total of each payee: the lines of its own level and of those below.
    pub(super) fn totals(&mut self) {
        let plan = self.outcome.plan;
        let Some(payee) = plan.payee else { return };
        let mut terms: Vec<Twin> = Vec::new();
        for (step, words) in plan.steps.iter().zip(&plan.document.steps) {
            let place = step.column.and_then(|column| self.values.get(&(step.level, column))).copied();
            let (Some(place), Some(_)) = (place, words.action.pay()) else { continue };
            let own = Spot::Up(payee);
            terms.push(match place.level == payee {
                true => Twin::cell(place, own),
                false => call("SUM({})", &[&Twin::block(place, Some(own))]),
            });
        }
        let mut sum = Twin::text("0");
        for piece in terms.chunks(20) {
            let piece = call("ROUND({},2)", &[&joined(piece, "+")]);
            let cell = if terms.len() > 20 { self.apart(payee, piece, "小计") } else { piece };
            let first = matches!(sum.parts.as_slice(), [Part::Text(zero)] if zero == "0");
            sum = if first { cell } else { call("ROUND({}+{},2)", &[&sum, &cell]) };
        }
        let totals = self.outcome.all_totals();
        let given = rows(totals.len()).map(|row| Shown::Number(crate::exact::Number::ratio(*at(totals, row), 100)));
        let given: Vec<Shown> = given.collect();
        let found = self.add(payee, "", "合计", Content::Formula(sum, None), Look::Money);
        let ours = self.add(payee, "", "系统值", Content::Given(given), Look::OurMoney);
        let differs = Content::Formula(difference(found, ours, &ColumnKind::Money), None);
        let differences = vec![self.add(payee, "", "差", differs, Look::Difference)];
        self.total = Some(found);
        let (level, label) = (payee, "合计".to_owned());
        self.findings.push(Finding { level, label, found: Some(found), differences, why: None, is_money: true });
    }
}
