//! Ranks: how many rows of the group stand before, and the heads of each grade.

use super::columns::{Content, Look, ORDER, larger, same};
use super::comparisons::Kind;
use super::expression::{digits, text_of};
use super::twin::{Place, Spot, Twin, call, joined};
use super::{Maker, Site, Why};
use crate::exact::Number;
use crate::plan::document::{self, Quota, Ties};
use crate::plan::{Rank, RankValue, Step};

/// The columns of a rank's rows.
struct Ranked {
    /// 1 for a row that is ranked, else 0.
    takes_part: Place,
    by: (Place, bool),
    within: Vec<(Place, bool)>,
    ties: Vec<(Place, bool)>,
    under: Spot,
}

impl Maker<'_, '_> {
    pub(super) fn rank(&mut self, number: usize, step: &Step, rank: &Rank, words: &document::Rank) -> Result<(), Why> {
        let level = step.level;
        let ranked = self.ranked(step, rank, words)?;
        let place = self.position(level, rank, &ranked);
        let found = match rank.grades.is_empty() {
            true => place,
            false => self.grade(level, rank, &ranked, place)?,
        };
        let otherwise = match &rank.otherwise {
            Some(RankValue::Grade(text)) => text_of(self.outcome.plan.texts.text(*text))?,
            Some(RankValue::Position(number)) => digits(number)?,
            None => Twin::text("\"\""),
        };
        let twin = call("IF({}=1,{},{})", &[&Maker::own(ranked.takes_part), &found, &otherwise]).exact(true);
        self.stand(number, step, &words.by, twin, Vec::new())?;
        Ok(())
    }

    fn ranked(&mut self, step: &Step, rank: &Rank, words: &document::Rank) -> Result<Ranked, Why> {
        let level = step.level;
        let taken = self.taken(level, step.column.ok_or(Why::Depends)?)?;
        let condition = self.condition(level, rank.condition.as_ref(), words.condition.as_deref())?;
        let condition = condition.unwrap_or_else(|| Twin::text("TRUE"));
        let takes_part = match &taken.forgone {
            Some(forgone) => call("IF({},IF({}>0,0,1),0)", &[&condition, forgone]),
            None => call("IF({},1,0)", &[&condition]),
        };
        let takes_part = self.helper(level, "参加排序", takes_part.exact(true));
        let own = Maker::own(takes_part);
        let only = |twin: &Twin, otherwise: &str| {
            call(&format!("IF({{}}=1,{{}},{otherwise})"), &[&own, twin]).exact(twin.exact)
        };
        let by = self.value(Site::new(level, &words.by), &rank.by)?;
        let by = (self.helper(level, "排序值", only(&by, "0")), by.exact);
        let mut within = Vec::new();
        for (expr, text) in rank.within.iter().zip(&words.within) {
            let kind = self.kind_of(expr).unwrap_or(Kind::Number);
            let twin = self.value(Site::new(level, text), expr)?;
            if kind == Kind::Text && !self.parameters.alike.is_empty() {
                return Err(Why::Alike);
            }
            let exact = twin.exact || kind != Kind::Number;
            let otherwise = if exact { "\"\"" } else { "0" };
            let twin = if rank.quota_of_all { twin } else { only(&twin, otherwise) };
            within.push((self.helper(level, "分组", twin), exact));
        }
        let mut ties = Vec::new();
        for (tie, text) in rank.tie_by.iter().zip(&words.tie_by) {
            let twin = self.value(Site::new(level, text), tie)?;
            let exact = twin.exact;
            ties.push((self.helper(level, "并列看", only(&twin, "0")), exact));
        }
        Ok(Ranked { takes_part, by, within, ties, under: Spot::Up(rank.per) })
    }

    /// The rows of one's group, as a product of conditions over the block under the row of `per`.
    fn group(&self, ranked: &Ranked, everybody: bool) -> Twin {
        let under = Some(ranked.under);
        let mut factors = Vec::new();
        if !everybody {
            factors.push(Twin::block(ranked.takes_part, under));
        }
        for (within, exact) in &ranked.within {
            factors.push(same(&Twin::block(*within, under), &Maker::own(*within), *exact));
        }
        if factors.is_empty() {
            factors.push(call("({}>0)", &[&Twin::block(Place { column: ORDER, ..ranked.takes_part }, under)]));
        }
        joined(&factors, "*")
    }

    /// The position from 1, by the rule for equal scores.
    fn position(&mut self, level: usize, rank: &Rank, ranked: &Ranked) -> Twin {
        let under = Some(ranked.under);
        let group = self.group(ranked, false);
        let (by, exact) = ranked.by;
        let (block, own) = (Twin::block(by, under), Maker::own(by));
        let before = match rank.ascending {
            true => larger(&own, &block, exact),
            false => larger(&block, &own, exact),
        };
        let equal = same(&block, &own, exact);
        let twin = match rank.ties {
            Ties::Better | Ties::Refuse => call("1+SUMPRODUCT({}*{})", &[&group, &before]),
            Ties::Worse => call("SUMPRODUCT({}*({}+{}))", &[&group, &before, &equal]),
            Ties::Dense => {
                let many = call("MAX(1,SUMPRODUCT({}*{}))", &[&group, &equal]);
                let many = self.helper(level, "同分人数", many.exact(true));
                let many = Twin::block(many, under);
                call("1+ROUND(SUMPRODUCT({}*{}/{}),0)", &[&group, &before, &many])
            }
            Ties::Split => {
                let order = Place { column: ORDER, ..by };
                let mut ahead = larger(&Maker::own(order), &Twin::block(order, under), true);
                for (tie, exact) in ranked.ties.iter().rev() {
                    let (block, own) = (Twin::block(*tie, under), Maker::own(*tie));
                    let (more, equal) = (larger(&block, &own, *exact), same(&block, &own, *exact));
                    ahead = call("({}+{}*{})", &[&more, &equal, &ahead]);
                }
                call("1+SUMPRODUCT({}*({}+{}*{}))", &[&group, &before, &equal, &ahead])
            }
        };
        let twin = call("IF({}=1,{},0)", &[&Maker::own(ranked.takes_part), &twin]);
        self.apart(level, twin.exact(true), "名次")
    }

    /// The first grade whose heads reach the position.
    fn grade(&mut self, level: usize, rank: &Rank, ranked: &Ranked, place: Twin) -> Result<Twin, Why> {
        let size = self.group(ranked, rank.quota_of_all);
        let size = self.apart(level, call("SUMPRODUCT({}*1)", &[&size]).exact(true), "组内人数");
        let mut heads: Option<Twin> = None;
        let mut bounds: Vec<(u32, Option<Twin>)> = Vec::new();
        for (grade, quota) in &rank.grades {
            let Some(quota) = quota else {
                bounds.push((*grade, None));
                continue;
            };
            let own = match quota {
                Quota::Heads(heads) => Twin::text(heads.to_string()),
                Quota::Part(part, mode) => {
                    let exact = call("{}*{}", &[&size, &digits(part)?]);
                    self.rounded(level, exact, &Number::ONE, *mode)
                }
            };
            let sum = match &heads {
                None => own,
                Some(before) => call("{}+{}", &[before, &own]),
            };
            let sum = self.add(level, "", "至此名额", Content::Formula(sum, None), Look::Plain);
            heads = Some(Maker::own(sum));
            bounds.push((*grade, heads.clone()));
        }
        let text = |grade: u32| text_of(self.outcome.plan.texts.text(grade));
        let mut found: Option<Twin> = None;
        for (grade, bound) in bounds.iter().rev() {
            found = Some(match (found, bound) {
                (None, _) => text(*grade)?,
                (Some(rest), Some(bound)) => call("IF({}<={},{},{})", &[&place, bound, &text(*grade)?, &rest]),
                (Some(rest), None) => rest,
            });
            if let Some(deep) = found.take_if(|found| found.is_large()) {
                found = Some(self.apart(level, deep, "等次"));
            }
        }
        found.ok_or(Why::Depends)
    }
}
