//! Reconciliations as JSON: what differs, why ours is what it is, and which usual mistake gives theirs.

mod figures;

pub use figures::{BadFigures, Figures, MOST_FIGURES, Stands};

use std::cmp::Reverse;
use std::collections::HashMap;

use super::explanation::Teller;
use super::json::{Json, number, object, text};
use crate::engine::Outcome;
use crate::engine::explain::{Explainer, Limits, Unexplained};
use crate::engine::reconciliation::{
    Amounts, Difference, Guess, Reconciled, Standing, World, concerns_one, items, world_of_one,
};
use crate::exact::{Fen, Row, at, fen_text};
use crate::plan::Language;

/// How far the explanation of each amount goes.
const EXPLAINED: Limits = Limits { depth: 1, nodes: 300 };
/// The most calculations for payees one by one.
const MOST_ALONE: usize = 200;

/// Tells what a reconciliation found.
pub struct Reconciliation<'r, 'o, 'a> {
    outcome: &'o Outcome<'a>,
    found: &'r Reconciled,
    worlds: &'r [World],
    language: Language,
    /// Whether further calculations are made.
    goes_on: &'r dyn Fn() -> bool,
    /// The items of the plan.
    items: Vec<&'o str>,
}

/// A guess that gives a figure; for everybody, or for one payee alone.
type Right<'r> = (&'r Guess, bool);

impl<'r, 'o, 'a> Reconciliation<'r, 'o, 'a> {
    /// Of a result: what was found, and what everybody would have under each guess. Before each further calculation
    /// `goes_on` is asked.
    pub fn new(
        outcome: &'o Outcome<'a>,
        found: &'r Reconciled,
        worlds: &'r [World],
        language: Language,
        goes_on: &'r dyn Fn() -> bool,
    ) -> Reconciliation<'r, 'o, 'a> {
        Reconciliation { outcome, found, worlds, language, goes_on, items: items(outcome.plan) }
    }

    /// With at most so many differences: `{matching, differing, …, items, differences, omitted?}`.
    ///
    /// # Errors
    /// [`Unexplained`]: a defect of the program.
    pub fn json(&self, limit: usize) -> Result<Vec<(&'static str, Json<'static>)>, Unexplained> {
        let count = |standing: Standing| {
            number(self.found.differences.iter().filter(|difference| difference.standing == standing).count())
        };
        let matching = self.found.items.iter().map(|item| item.matching).sum();
        let explainer = Explainer::new(self.outcome);
        let mut alone = HashMap::new();
        let mut listed = Vec::new();
        for difference in self.found.differences.iter().take(limit) {
            listed.push(self.difference(difference, &explainer, &mut alone)?);
        }
        let omitted = self.found.differences.len() - listed.len();
        let mut entries = vec![
            ("matching", number(matching)),
            ("differing", count(Standing::Differs)),
            ("missing_in_run", count(Standing::MissingInRun)),
            ("missing_in_figures", count(Standing::MissingInFigures)),
            ("unknown_rows", count(Standing::UnknownRow)),
            ("unknown_items", count(Standing::UnknownItem)),
            ("items", Json::List(self.of_items())),
            ("differences", Json::List(listed)),
        ];
        entries.extend((omitted > 0).then(|| ("omitted", number(omitted))));
        Ok(entries)
    }

    /// Each item with the guesses that give figures of it, those that give the most first.
    fn of_items(&self) -> Vec<Json<'static>> {
        let mut differing: HashMap<&str, Vec<&Difference>> = HashMap::new();
        for difference in &self.found.differences {
            differing.entry(&difference.item).or_default().push(difference);
        }
        let told = self.found.items.iter().map(|item| {
            let differing = differing.get(item.item.as_str()).map_or(&[][..], Vec::as_slice);
            let explains =
                |world: &World| differing.iter().filter(|difference| self.is_right(&world.amounts, difference)).count();
            let mut guesses: Vec<(usize, &Guess)> = self
                .worlds
                .iter()
                .map(|world| (explains(world), &world.guess))
                .filter(|(count, _)| *count > 0)
                .collect();
            guesses.sort_by_key(|(count, _)| Reverse(*count));
            let guesses = guesses.into_iter().map(|(count, guess)| {
                let mut entries = self.guess(guess);
                entries.push(("explains", number(count)));
                object(entries)
            });
            object([
                ("item", text(&item.item)),
                ("matching", number(item.matching)),
                ("different", number(item.different)),
                ("run", money(item.ours)),
                ("figures", money(item.theirs)),
                ("difference", money(item.theirs - item.ours)),
                ("guesses", Json::List(guesses.collect())),
            ])
        });
        told.collect()
    }

    fn difference(
        &self,
        difference: &Difference,
        explainer: &Explainer<'_, '_>,
        alone: &mut HashMap<(usize, Row), Option<Amounts>>,
    ) -> Result<Json<'static>, Unexplained> {
        let mut entries = vec![("standing", text(standing(difference.standing))), ("row", text(&difference.id))];
        let level = self.outcome.plan.payee.unwrap_or_default();
        let names = self.outcome.data.levels.get(level).map_or(&[][..], |rows| &rows.names);
        let name = difference.payee.and_then(|payee| at(names, payee).as_ref());
        entries.extend(name.map(|name| ("name", text(name))));
        entries.push(("item", text(&difference.item)));
        entries.extend(difference.ours.map(|fen| ("run", money(fen))));
        entries.extend(difference.theirs.map(|fen| ("figures", money(fen))));
        entries.push(("difference", money(difference.theirs.unwrap_or(0) - difference.ours.unwrap_or(0))));
        if let Some(payee) = difference.payee.filter(|_| difference.standing != Standing::UnknownItem) {
            let guesses = self.right(difference, payee, alone).into_iter().map(|(guess, everybody)| {
                let mut entries = self.guess(guess);
                entries.push(("scope", text(if everybody { "all" } else { "row" })));
                object(entries)
            });
            entries.push(("guesses", Json::List(guesses.collect())));
            entries.push(("explanations", Json::List(self.explanations(&difference.item, payee, explainer)?)));
        } else {
            entries.extend([("guesses", Json::List(Vec::new())), ("explanations", Json::List(Vec::new()))]);
        }
        Ok(object(entries))
    }

    /// The guesses that give a figure: of those for everybody, else of those for the payee alone.
    fn right(
        &self,
        difference: &Difference,
        payee: Row,
        alone: &mut HashMap<(usize, Row), Option<Amounts>>,
    ) -> Vec<Right<'r>> {
        let all = self.worlds.iter().filter(|world| self.is_right(&world.amounts, difference));
        let all: Vec<Right<'r>> = all.map(|world| (&world.guess, true)).collect();
        if !all.is_empty() {
            return all;
        }
        let mut right = Vec::new();
        let worlds = self.worlds.iter().enumerate();
        for (place, world) in worlds.filter(|(_, world)| concerns_one(self.outcome, &world.guess, payee)) {
            if !alone.contains_key(&(place, payee)) && (alone.len() >= MOST_ALONE || !(self.goes_on)()) {
                break;
            }
            let of_one = alone.entry((place, payee)).or_insert_with(|| world_of_one(self.outcome, &world.guess, payee));
            if of_one.as_ref().is_some_and(|amounts| self.is_right(amounts, difference)) {
                right.push((&world.guess, false));
            }
        }
        right
    }

    /// Whether amounts have the figure of a difference, which the result has not.
    fn is_right(&self, amounts: &Amounts, difference: &Difference) -> bool {
        let Some(payee) = difference.payee else { return false };
        if matches!(difference.standing, Standing::MissingInFigures | Standing::UnknownItem) {
            return false;
        }
        let theirs = difference.theirs.unwrap_or(0);
        match self.items.iter().position(|item| *item == difference.item) {
            Some(item) => amounts.get(&(payee, item)).copied().unwrap_or(0) == theirs,
            None => {
                (0..self.items.len()).map(|item| amounts.get(&(payee, item)).copied().unwrap_or(0)).sum::<Fen>()
                    == theirs
            }
        }
    }

    /// Why ours is what it is: each line of the item (of a total, all lines), or, where there is none, each step of the payee that pays it.
    fn explanations(
        &self,
        item: &str,
        payee: Row,
        explainer: &Explainer<'_, '_>,
    ) -> Result<Vec<Json<'static>>, Unexplained> {
        let plan = self.outcome.plan;
        // Of a total, everything that is paid.
        let is_total = !self.items.contains(&item);
        let pays = |step: usize| {
            let pay = plan.document.steps.get(step).and_then(|step| step.action.pay());
            pay.is_some_and(|pay| is_total || pay.item == item)
        };
        let lines = self.outcome.lines_of(payee).iter();
        let mut places: Vec<(usize, Row)> =
            lines.filter(|line| pays(line.step)).map(|line| (line.step, line.row)).collect();
        if places.is_empty() {
            let own = plan.steps.iter().enumerate().filter(|(_, step)| Some(step.level) == plan.payee);
            places = own.map(|(step, _)| (step, payee)).filter(|(step, _)| pays(*step)).collect();
        }
        let teller = Teller::new(self.outcome, self.language);
        places.into_iter().map(|(step, row)| Ok(teller.json(&explainer.step(step, row, EXPLAINED)?))).collect()
    }

    /// A guess: its code, what it is about, and a sentence.
    fn guess(&self, guess: &Guess) -> Vec<(&'static str, Json<'static>)> {
        let label =
            |step: usize| self.outcome.plan.document.steps.get(step).map_or("", |step| step.heading.label()).to_owned();
        let step = |step: usize| ("step", text(self.outcome.plan.step_name(step)));
        let (code, about, [zh, en]) = match guess {
            Guess::RoundedEach => (
                "rounded_each",
                None,
                [
                    "每个人的份额各自四舍五入，没有按最大余数法使各份之和恰为总额".to_owned(),
                    "each part was rounded by itself, not divided by the largest remainder".to_owned(),
                ],
            ),
            Guess::VetoIgnored(veto) => (
                "veto_ignored",
                Some(step(*veto)),
                [format!("没有执行“{}”", label(*veto)), format!("\"{}\" was not applied", label(*veto))],
            ),
            Guess::EverybodyCounted(counting) => (
                "everybody_counted",
                Some(step(*counting)),
                [
                    format!("“{}”汇总时计入了所有的行，没有剔除条件以外的（如校长）", label(*counting)),
                    format!("\"{}\" counted every row, also those that its conditions leave out", label(*counting)),
                ],
            ),
            Guess::FullMonths(level, column, full) => {
                let fact = self.outcome.plan.fact(*level, *column).map_or("", |fact| fact.heading.label());
                (
                    "full_months",
                    Some(("fact", text(&self.outcome.plan.column_name(*level, *column)))),
                    [
                        format!("“{fact}”按 {} 计，没有按实际月数折算", full.text()),
                        format!("\"{fact}\" was taken as {}, not prorated", full.text()),
                    ],
                )
            }
            Guess::Version(version) => (
                "earlier_version",
                Some(("version", Json::Number(version.to_string().into()))),
                [format!("用的是办法的第 {version} 版"), format!("version {version} of the plan was used")],
            ),
        };
        let said = if self.language == Language::Chinese { zh } else { en };
        let mut entries = vec![("guess", text(code))];
        entries.extend(about);
        entries.push(("text", text(&said)));
        entries
    }
}

fn money(fen: Fen) -> Json<'static> {
    text(&fen_text(fen))
}

/// The word of a standing.
fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Differs => "differs",
        Standing::MissingInRun => "missing_in_run",
        Standing::MissingInFigures => "missing_in_figures",
        Standing::UnknownRow => "unknown_row",
        Standing::UnknownItem => "unknown_item",
    }
}
