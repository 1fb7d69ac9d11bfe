//! The twin of each expression of the language.

use super::twin::{Shape, Spot, Twin, call, joined, most_places, quoted};
use super::{Maker, Parameters, Site, Why};
use crate::exact::{Date, Number};
use crate::plan::document::{Action, Formula, FormulaKind, Presence};
use crate::plan::{ColumnKind, ColumnRef, DatePart, Expr, ExprKind, Reach, Span, name_at};

/// Digits after the point that constants and table values may have when they are changed in the sheet.
pub(super) const RATE_PLACES: usize = 4;
/// Cases that one formula holds.
const CASES: usize = 30;
/// A sheet counts days from here on without the day that never was (29 February 1900).
pub(super) const FIRST_YEAR: i64 = 1901;
/// The last year of a sheet's dates.
const LAST_YEAR: i64 = 9999;

impl Maker<'_, '_> {
    /// The twin of an expression that is not blank.
    pub(super) fn value(&mut self, site: Site<'_>, expr: &Expr) -> Result<Twin, Why> {
        self.twin(site, expr, false)
    }

    /// The twin of an expression: an empty text where it is blank.
    pub(super) fn maybe(&mut self, site: Site<'_>, expr: &Expr) -> Result<Twin, Why> {
        self.twin(site, expr, true)
    }

    fn twin(&mut self, site: Site<'_>, expr: &Expr, blank: bool) -> Result<Twin, Why> {
        let twin = self.any(site, expr, blank)?;
        Ok(if twin.is_large() { self.apart(site.level, twin, "中间值") } else { twin })
    }

    fn any(&mut self, site: Site<'_>, expr: &Expr, blank: bool) -> Result<Twin, Why> {
        match &expr.kind {
            ExprKind::Number(number) => self.literal(site, expr.pos, number),
            ExprKind::Flag(flag) => Ok(Twin::text(if *flag { "TRUE" } else { "FALSE" })),
            ExprKind::Choice(text) => text_of(self.outcome.plan.texts.text(*text)),
            ExprKind::Date(date) => day(*date),
            ExprKind::Column(column) => self.column(site, *column, blank),
            ExprKind::Sum(first, rest) => self.terms(site, first, rest),
            ExprKind::Product(first, rest) => self.factors(site, first, rest),
            ExprKind::Compare(comparison, one, other) => self.compared(site, *comparison, one, other),
            ExprKind::If(cases, otherwise) => self.cases(site, cases, otherwise, blank),
            ExprKind::All(parts) => self.all(site, parts, true),
            ExprKind::Any(parts) => self.all(site, parts, false),
            ExprKind::Not(inner) => Ok(call("NOT({})", &[&self.value(site, inner)?]).exact(true)),
            ExprKind::In(value, options) => self.one_of(site, value, options),
            ExprKind::Lookup(table, keys) => self.lookup(site, *table, keys),
            ExprKind::Marginal(table, keys) => self.marginal(site, *table, keys),
            ExprKind::IsBlank(inner) => {
                let inner = self.maybe(site, inner)?.within(Shape::Product);
                Ok(call("{}=\"\"", &[&inner]).shaped(Shape::Comparison).exact(true))
            }
            ExprKind::Coalesce(one, other) => self.coalesce(site, one, other, blank),
            ExprKind::DatePart(part, date) => {
                let name = match part {
                    DatePart::Year => "YEAR({})",
                    DatePart::Month => "MONTH({})",
                    DatePart::Day => "DAY({})",
                };
                Ok(call(name, &[&self.value(site, date)?]).exact(true).placed(Some(0)))
            }
            ExprKind::Between(span, from, to) => self.between(site, *span, from, to),
            ExprKind::Aggregate(aggregate) => self.aggregate(site, aggregate),
            ExprKind::Left(fund) => {
                let spot = spot(site, *fund)?;
                let book = self.books.get(&(fund.level, fund.column)).ok_or(Why::Depends)?;
                Ok(Twin::cell(book.left, spot).placed(Some(2)))
            }
            _ => self.number(site, expr),
        }
    }

    /// What is made of numbers alone.
    fn number(&mut self, site: Site<'_>, expr: &Expr) -> Result<Twin, Why> {
        match &expr.kind {
            ExprKind::Negative(inner) => {
                let inner = self.value(site, inner)?.within(Shape::Atom);
                Ok(call("-{}", &[&inner]).shaped(Shape::Sum).like(&inner))
            }
            ExprKind::Percent(inner, times) => {
                let inner = self.value(site, inner)?.within(Shape::Atom);
                let percent = call(&format!("{{}}{}", "%".repeat(*times)), &[&inner]).shaped(Shape::Product);
                Ok(percent.placed(inner.places.map(|places| places + 2 * times)))
            }
            ExprKind::Extreme(smallest, parts) => {
                let parts = self.each(site, parts)?;
                Ok(self.among(site.level, if *smallest { "MIN" } else { "MAX" }, &parts))
            }
            ExprKind::Magnitude(inner) => {
                let inner = self.value(site, inner)?;
                Ok(call("ABS({})", &[&inner]).like(&inner))
            }
            ExprKind::Round(inner, mode, digits) => {
                let inner = self.value(site, inner)?;
                let unit = power(-digits);
                Ok(self.rounded(site.level, inner, &unit, *mode))
            }
            ExprKind::Multiple(value, unit) => {
                let (value, unit) = (self.value(site, value)?, self.value(site, unit)?);
                let unit = self.short(site.level, unit, "倍数");
                let count = call("{}/{}", &[&value.within(Shape::Product), &unit]).shaped(Shape::Product);
                let count = self.settled(site.level, count);
                Ok(call("ROUND({},0)*{}", &[&count, &unit]).shaped(Shape::Product))
            }
            ExprKind::Floor(inner) => {
                let inner = self.value(site, inner)?;
                let inner = self.settled(site.level, inner);
                Ok(call("INT({})", &[&inner]).exact(true).placed(Some(0)))
            }
            _ => Err(Why::Depends),
        }
    }

    pub(super) fn each(&mut self, site: Site<'_>, parts: &[Expr]) -> Result<Vec<Twin>, Why> {
        parts.iter().map(|part| self.value(site, part)).collect()
    }

    /// A number of the formula: the cell of the constant that is written there, or the digits.
    fn literal(&self, site: Site<'_>, pos: usize, number: &Number) -> Result<Twin, Why> {
        if let Some(cell) = Parameters::constant(self.outcome.plan, &name_at(site.text, pos)) {
            return Ok(Twin::text(cell).placed(Some(super::functions::places_of(number).max(RATE_PLACES))));
        }
        digits(number)
    }

    fn column(&mut self, site: Site<'_>, column: ColumnRef, blank: bool) -> Result<Twin, Why> {
        let spot = spot(site, column)?;
        let own = (column.level, column.column);
        let known = self.outcome.plan.column(column.level, column.column).ok_or(Why::Depends)?;
        let place = match known.kind {
            ColumnKind::Row(_) => self.links.get(&own),
            _ => self.values.get(&own),
        };
        let cell = Twin::cell(*place.ok_or(Why::Depends)?, spot).exact(self.is_exact(column));
        let cell = cell.placed(self.places.get(&own).copied());
        if known.kind == ColumnKind::Date && self.has_early_dates(column) {
            return Err(Why::EarlyDate);
        }
        Ok(match blank && self.may_be_blank(column) {
            true => call("IF({}=\"\",\"\",{})", &[&cell, &cell]).like(&cell),
            false => cell,
        })
    }

    /// Whether a column holds what was typed in or rounded.
    fn is_exact(&self, column: ColumnRef) -> bool {
        let plan = self.outcome.plan;
        let step = plan.column(column.level, column.column).and_then(|column| column.step);
        let action = step.and_then(|step| plan.document.steps.get(step)).map(|step| &step.action);
        !matches!(action, Some(Action::Formula(Formula { kind: FormulaKind::Number(None), .. })))
    }

    fn may_be_blank(&self, column: ColumnRef) -> bool {
        let vector = self.outcome.columns.get(column.level).and_then(|columns| columns.get(column.column));
        let optional = self.outcome.plan.fact(column.level, column.column);
        vector.is_some_and(|vector| vector.blank.is_some())
            || optional.is_some_and(|fact| fact.presence == Presence::Optional)
    }

    fn has_early_dates(&self, column: ColumnRef) -> bool {
        let vector = self.outcome.columns.get(column.level).and_then(|columns| columns.get(column.column));
        let Some(vector) = vector else { return false };
        crate::exact::rows(vector.len())
            .any(|row| !vector.is_blank(row) && day(*crate::exact::at(vector.dates(), row)).is_err())
    }

    /// Terms. Where one is subtracted the noise of the others could be all that is left, so that the result is rounded: to
    /// the digits that its terms have, or to those that a sheet holds of them.
    fn terms(&mut self, site: Site<'_>, first: &Expr, rest: &[(bool, Expr)]) -> Result<Twin, Why> {
        let subtracts = rest.iter().any(|(subtracted, _)| *subtracted);
        let mut terms = vec![(false, self.value(site, first)?)];
        for (subtracted, term) in rest {
            terms.push((*subtracted, self.value(site, term)?));
        }
        let all: Vec<Twin> = terms.iter().map(|(_, term)| term.clone()).collect();
        let places = most_places(&all);
        if subtracts && places.is_none() {
            for (_, term) in &mut terms {
                *term = self.short(site.level, term.clone(), "中间值");
            }
        }
        let mut sum: Option<Twin> = None;
        for (subtracted, term) in &terms {
            let added = match sum {
                None => term.clone().within(Shape::Sum),
                Some(sum) => {
                    let term = term.clone().within(Shape::Product);
                    call(if *subtracted { "{}-{}" } else { "{}+{}" }, &[&sum, &term]).shaped(Shape::Sum)
                }
            };
            sum = Some(if added.is_large() { self.apart(site.level, added, "中间值") } else { added });
        }
        let sum = sum.ok_or(Why::Depends)?;
        Ok(match places {
            _ if !subtracts => sum.exact(false).placed(places),
            Some(places) => call(&format!("ROUND({{}},{places})"), &[&sum]).exact(true).placed(Some(places)),
            None => {
                let sizes: Vec<Twin> = terms.iter().map(|(_, term)| call("ABS({})", &[term])).collect();
                let size = self.among(site.level, "SUM", &sizes);
                call("ROUND({},MAX(2,14-LEN(INT({}))))", &[&sum, &size])
            }
        })
    }

    fn factors(&mut self, site: Site<'_>, first: &Expr, rest: &[(bool, Expr)]) -> Result<Twin, Why> {
        let mut product = self.value(site, first)?.within(Shape::Product);
        for (divides, factor) in rest {
            let factor = self.value(site, factor)?.within(Shape::Atom);
            let places = product.places.zip(factor.places).map(|(one, other)| one + other).filter(|_| !divides);
            product = call(if *divides { "{}/{}" } else { "{}*{}" }, &[&product, &factor]).shaped(Shape::Product);
            if product.is_large() {
                product = self.apart(site.level, product, "中间值");
            }
            product = product.placed(places);
        }
        Ok(product.exact(false))
    }

    fn cases(&mut self, site: Site<'_>, cases: &[(Expr, Expr)], otherwise: &Expr, blank: bool) -> Result<Twin, Why> {
        let mut found = self.twin(site, otherwise, blank)?;
        for (number, (condition, value)) in cases.iter().rev().enumerate() {
            if number > 0 && number % CASES == 0 {
                found = self.apart(site.level, found, "中间值");
            }
            let (condition, value) = (self.value(site, condition)?, self.twin(site, value, blank)?);
            let either = joined(&[found.clone(), value.clone()], ",");
            found = call("IF({},{},{})", &[&condition, &value, &found]).like(&either);
            if found.is_large() {
                found = self.apart(site.level, found, "中间值");
            }
        }
        Ok(found)
    }

    /// `and` and `or`: one after the other, since a sheet evaluates all that stands in one call.
    fn all(&mut self, site: Site<'_>, parts: &[Expr], and: bool) -> Result<Twin, Why> {
        let safe = parts.iter().all(|part| self.is_safe(part));
        let parts = self.each(site, parts)?;
        if safe {
            return Ok(self.among(site.level, if and { "AND" } else { "OR" }, &parts).exact(true));
        }
        let mut parts = parts.into_iter().rev();
        let mut found = parts.next().ok_or(Why::Depends)?;
        for part in parts {
            found = call(if and { "IF({},{},FALSE)" } else { "IF({},TRUE,{})" }, &[&part, &found]);
            if found.is_large() {
                found = self.apart(site.level, found, "中间值");
            }
        }
        Ok(found.exact(true))
    }

    /// Whether an expression has a value on every row, whatever the others say.
    pub(super) fn is_safe(&self, expr: &Expr) -> bool {
        let mut safe = true;
        expr.walk(&mut |part| {
            safe &= match &part.kind {
                ExprKind::Product(_, rest) => rest.iter().all(|(divides, _)| !divides),
                ExprKind::Lookup(..) | ExprKind::Marginal(..) | ExprKind::Multiple(..) | ExprKind::Between(..) => false,
                ExprKind::Aggregate(_) => false,
                ExprKind::Column(column) => !self.may_be_blank(*column) && !matches!(column.reach, Reach::Via(_)),
                _ => true,
            };
        });
        safe
    }

    fn coalesce(&mut self, site: Site<'_>, one: &Expr, other: &Expr, blank: bool) -> Result<Twin, Why> {
        let first = match &one.kind {
            ExprKind::Column(_) => self.value(site, one)?,
            _ => {
                let first = self.maybe(site, one)?;
                self.short(site.level, first, "中间值")
            }
        };
        let other = self.twin(site, other, blank)?;
        let either = joined(&[first.clone(), other.clone()], ",");
        Ok(call("IF({}=\"\",{},{})", &[&first, &other, &first]).like(&either))
    }

    fn between(&mut self, site: Site<'_>, span: Span, from: &Expr, to: &Expr) -> Result<Twin, Why> {
        let (from, to) = (self.value(site, from)?, self.value(site, to)?);
        if span == Span::Days {
            let (to, from) = (to.within(Shape::Sum), from.within(Shape::Product));
            return Ok(call("{}-{}", &[&to, &from]).shaped(Shape::Sum).exact(true).placed(Some(0)));
        }
        let (from, to) = (self.short(site.level, from, "起日"), self.short(site.level, to, "止日"));
        let (pattern, given) = match span {
            Span::Years => (
                "(YEAR({})-YEAR({})-IF(MONTH({})*100+DAY({})<MONTH({})*100+DAY({}),1,0))",
                vec![&to, &from, &to, &to, &from, &from],
            ),
            _ => (
                "((YEAR({})-YEAR({}))*12+MONTH({})-MONTH({})-IF(DAY({})<DAY({}),1,0))",
                vec![&to, &from, &to, &from, &to, &from],
            ),
        };
        Ok(call(pattern, &given).exact(true).placed(Some(0)))
    }
}

/// The row that a reference of a formula reads; inside an aggregate only those of the aggregated row.
pub(super) fn spot(site: Site<'_>, column: ColumnRef) -> Result<Spot, Why> {
    match (column.reach, site.member) {
        (Reach::Aggregated, true) | (Reach::This, false) => Ok(Spot::Up(column.level)),
        (Reach::Via(fact), false) => Ok(Spot::Via(fact)),
        _ => Err(Why::Asker),
    }
}

/// A number as a formula writes it: fifteen digits are all that a sheet holds.
pub(super) fn digits(number: &Number) -> Result<Twin, Why> {
    let text = number.text();
    let count = text.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    let negative = number.is_negative();
    match count {
        0..=15 => Ok(Twin::text(text).placed(Some(super::functions::places_of(number))).shaped(if negative {
            Shape::Sum
        } else {
            Shape::Atom
        })),
        _ => Err(Why::Digits),
    }
}

/// A text as a formula writes it: of at most 255 characters, none of which a file could not hold as it is.
pub(super) fn text_of(text: &str) -> Result<Twin, Why> {
    let is_strange = |letter: char| letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}');
    if text.encode_utf16().count() > 255 || text.contains(is_strange) {
        Err(Why::LongText)
    } else {
        Ok(Twin::text(quoted(text)))
    }
}

fn day(date: Date) -> Result<Twin, Why> {
    match date.year() {
        FIRST_YEAR..=LAST_YEAR => Ok(Twin::text(format!("DATE({},{},{})", date.year(), date.month(), date.day()))),
        _ => Err(Why::EarlyDate),
    }
}

/// Ten to a power.
pub(super) fn power(exponent: i32) -> Number {
    let size = 10i128.pow(exponent.unsigned_abs());
    if exponent < 0 { Number::ratio(1, size) } else { Number::ratio(size, 1) }
}
