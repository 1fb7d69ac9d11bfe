//! Funds: what each fund row held, what steps drew, what vetoes set aside, what is left.

use super::columns::{Content, Look, Shown};
use super::twin::{Place, Spot, Twin, call};
use super::{Book, Maker, Why};
use crate::exact::{Fen, Number};
use crate::plan::{ColumnRef, Reach, Step};

impl Maker<'_, '_> {
    /// Opens the fund that a column is, if it is one.
    pub(super) fn open(&mut self, level: usize, column: usize, value: Place) {
        if self.outcome.plan.is_fund(level, column) {
            let book = Book { value, left: value, drawn: Vec::new(), withheld: Vec::new() };
            self.books.insert((level, column), book);
        }
    }

    /// Σ of a column over the rows that reach a fund row, seen from that row.
    pub(super) fn gathered(&self, fund: ColumnRef, place: Place) -> Result<Twin, Why> {
        match fund.reach {
            Reach::Via(fact) => {
                let link = *self.links.get(&(place.level, fact)).ok_or(Why::Depends)?;
                let (links, line) = (Twin::block(link, None), Twin::line(Spot::Up(fund.level)));
                Ok(call("SUMIF({},{},{})", &[&links, &line, &Twin::block(place, None)]))
            }
            Reach::This | Reach::Aggregated => Ok(call("SUM({})", &[&Twin::block(place, Some(Spot::Up(fund.level)))])),
        }
    }

    /// Draws a column from a fund, and sets aside what is withheld of it.
    pub(super) fn draw(&mut self, number: usize, fund: ColumnRef, gross: Place, asides: &[(String, Place)]) {
        let Ok(sum) = self.gathered(fund, gross) else { return };
        let drawn = Content::Formula(call("ROUND({},2)", &[&sum]), None);
        let mut withheld = Vec::new();
        let label = self.label(number);
        let drawn = self.add(fund.level, "", &format!("提取：{label}"), drawn, Look::Money);
        for (to, place) in asides {
            let Ok(sum) = self.gathered(fund, *place) else { continue };
            let aside = Content::Formula(call("ROUND({},2)", &[&sum]), None);
            withheld.push((to.clone(), self.add(fund.level, to, &format!("扣发：{label}"), aside, Look::Money)));
        }
        self.entered(fund, drawn, withheld);
    }

    /// Notes what a step drew, and what is left then.
    fn entered(&mut self, fund: ColumnRef, drawn: Place, withheld: Vec<(String, Place)>) {
        let own = (fund.level, fund.column);
        let Some(left) = self.books.get(&own).map(|book| book.left) else { return };
        let rest = call("ROUND({}-{},2)", &[&Maker::own(left), &Maker::own(drawn)]).exact(true);
        let name = self.outcome.plan.column_name(fund.level, fund.column);
        let left = self.add(fund.level, "", &format!("余额：{name}"), Content::Formula(rest, None), Look::Money);
        if let Some(book) = self.books.get_mut(&own) {
            book.left = left;
            book.drawn.push(drawn);
            book.withheld.extend(withheld);
        }
    }

    /// What a step without a formula drew and set aside, as the service has it.
    pub(super) fn drawn_as_given(&mut self, number: usize) {
        let outcome = self.outcome;
        let label = self.label(number);
        let given = |amounts: &[Fen]| {
            Content::Given(amounts.iter().map(|fen| Shown::Number(Number::ratio(*fen, 100))).collect())
        };
        for book in &outcome.funds.books {
            let Some(drawn) = book.drawn.get(&number) else { continue };
            let (level, column) = (book.fund.level, book.fund.column);
            let heading = format!("提取：{label}（仅列示）");
            let drawn = self.add(level, "", &heading, given(drawn), Look::OurMoney);
            let mut withheld = Vec::new();
            for ((step, to), amounts) in &book.aside {
                if *step == number {
                    let heading = format!("扣发：{label}（仅列示）");
                    withheld.push((to.clone(), self.add(level, to, &heading, given(amounts), Look::OurMoney)));
                }
            }
            self.entered(ColumnRef { reach: Reach::This, level, column }, drawn, withheld);
        }
    }

    /// What is left in funds below, handed up: all of it is drawn.
    pub(super) fn collect(&mut self, number: usize, step: &Step, fund: (usize, usize)) -> Result<(), Why> {
        let left = self.books.get(&fund).ok_or(Why::Depends)?.left;
        let sum = call("SUM({})", &[&Twin::block(left, Some(Spot::Up(step.level)))]);
        self.stand(number, step, "", call("ROUND({},2)", &[&sum]).exact(true), Vec::new())?;
        let heading = format!("提取：{}", self.label(number));
        let drawn = self.add(fund.0, "", &heading, Content::Formula(Maker::own(left), None), Look::Money);
        self.entered(ColumnRef { reach: Reach::This, level: fund.0, column: fund.1 }, drawn, Vec::new());
        Ok(())
    }
}
