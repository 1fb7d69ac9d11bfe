//! What is told of simulations and goal seeks.

use super::json::{Json, number, object, text};
use super::refusal::error;
use super::result::balance;
use crate::engine::Outcome;
use crate::engine::seek::{BELOW_KEEP, Binding, Found, Grid, TRIED_WHOLE};
use crate::engine::simulation::{Comparison, FailedCheck, Figures, Group, Grouping, Loss, School, Spread, Sums, Tally};
use crate::exact::{Fen, Number, fen_text};
use crate::plan::{Code, Language, Refusal};

/// The most that are listed of a variant: of its faults, of the rows of one check, of those that lost by the paradox. The
/// others are counted.
const LISTED: usize = 100;

type Entries = Vec<(&'static str, Json<'static>)>;

/// The figures of a base.
pub fn base(outcome: &Outcome<'_>, spread: &Spread) -> Json<'static> {
    object(figures(outcome, spread))
}

fn figures(outcome: &Outcome<'_>, spread: &Spread) -> Entries {
    let payees = outcome.all_totals().len();
    let spread = object([("schools", of_spread(&spread.schools)), ("payees", of_spread(&spread.payees))]);
    vec![("balance", balance(&outcome.balance)), ("payees", number(payees)), ("spread", spread)]
}

/// A variant compared with the base.
pub fn variant(
    name: &str,
    outcome: &Outcome<'_>,
    spread: &Spread,
    compared: &Comparison,
    by: &[Grouping],
) -> Json<'static> {
    let mut entries = vec![("name", text(name)), ("refused", Json::Flag(false))];
    entries.extend(figures(outcome, spread));
    entries.extend(tallies(&compared.sums));
    entries.push(("unchanged", tally(&compared.sums.unchanged)));
    entries.push(("schools", Json::List(compared.schools.iter().map(school).collect())));
    entries.push(("groups", Json::List(compared.groups.iter().map(|one| group(one, by)).collect())));
    entries.push(("failed_checks", Json::List(compared.failed_checks.iter().map(failed_check).collect())));
    entries.push(("paradox", Json::List(compared.paradox.iter().take(LISTED).map(loss).collect())));
    entries.push(("paradox_count", number(compared.paradox.len())));
    object(entries)
}

/// A variant that gives no result.
pub fn refused(name: &str, refusal: &Refusal, language: Language) -> Json<'static> {
    let errors = refusal.faults.iter().take(LISTED).map(|fault| error(fault, language)).collect();
    object([
        ("name", text(name)),
        ("refused", Json::Flag(true)),
        ("errors", Json::List(errors)),
        ("total", number(refusal.total)),
    ])
}

fn fen(amount: Fen) -> Json<'static> {
    text(&fen_text(amount))
}

fn tally(tally: &Tally) -> Json<'static> {
    object([("count", number(tally.count)), ("amount", fen(tally.amount))])
}

fn tallies(sums: &Sums) -> Entries {
    vec![("winners", tally(&sums.winners)), ("losers", tally(&sums.losers))]
}

fn compared(sums: &Sums) -> Entries {
    let mut entries = vec![
        ("payees", number(sums.payees())),
        ("base", fen(sums.base)),
        ("variant", fen(sums.variant)),
        ("difference", fen(sums.variant - sums.base)),
    ];
    entries.extend(tallies(sums));
    entries
}

fn school(school: &School) -> Json<'static> {
    let mut entries = vec![("id", text(&school.id))];
    entries.extend(school.name.as_ref().map(|name| ("name", text(name))));
    entries.extend(compared(&school.sums));
    object(entries)
}

fn group(group: &Group, by: &[Grouping]) -> Json<'static> {
    let by = by.get(group.by).map(|by| format!("{}.{}", by.level, by.fact)).unwrap_or_default();
    let mut entries = vec![("by", text(&by))];
    entries.extend(group.value.as_ref().map(|value| ("value", text(value))));
    entries.extend(compared(&group.sums));
    object(entries)
}

fn failed_check(check: &FailedCheck) -> Json<'static> {
    object([
        ("level", text(&check.level)),
        ("step", text(&check.step)),
        ("severity", text(if check.warning { "warning" } else { "error" })),
        ("rows", Json::List(check.rows.iter().take(LISTED).map(|id| text(id)).collect())),
        ("count", number(check.rows.len())),
    ])
}

fn loss(loss: &Loss) -> Json<'static> {
    object([
        ("level", text(&loss.level)),
        ("row", text(&loss.row)),
        ("step", text(&loss.step)),
        ("base", fen(loss.base)),
        ("variant", fen(loss.variant)),
    ])
}

fn of_spread(figures: &Figures) -> Json<'static> {
    let named =
        [("cv", &figures.cv), ("gini", &figures.gini), ("p90_p10", &figures.p90_p10), ("max_min", &figures.max_min)];
    object(named.into_iter().filter_map(|(name, figure)| Some((name, text(&six_places(figure.as_ref()?))))))
}

/// A number of at most six places with all six.
fn six_places(number: &Number) -> String {
    let text = number.text();
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{places:0<6}")
}

/// How the values of a grid are tried.
pub fn method(grid: &Grid) -> &'static str {
    if grid.count <= TRIED_WHOLE { "every_value" } else { "bisection" }
}

/// The largest value that does.
pub fn found(grid: &Grid, found: &Found, language: Language) -> Json<'static> {
    let mut entries = vec![
        ("value", text(&found.value.text())),
        ("step", text(&grid.step.text())),
        ("method", text(method(grid))),
        ("evaluations", number(found.tried)),
        ("at_limit", Json::Flag(found.next.is_none())),
    ];
    if let Some((next, why)) = &found.next {
        entries.push(("next", text(&next.text())));
        entries.push(("binding", binding(why, language)));
    }
    entries.push(("figures", balance(&found.balance)));
    object(entries)
}

/// The words of [`BELOW_KEEP`] in Chinese and in English.
pub const KEEPS_LESS: [&str; 2] = ["资金池的余额少于要保留的数额", "Less is left in the fund than is to be kept"];

/// Why a value does not do.
pub fn binding(binding: &Binding, language: Language) -> Json<'static> {
    let [zh, en] = KEEPS_LESS;
    let meaning = match (Code::parse(binding.code), language) {
        (Some(code), language) => code.meaning(language),
        (None, Language::Chinese) => zh,
        (None, Language::English) => en,
    };
    debug_assert!(Code::parse(binding.code).is_some() || binding.code == BELOW_KEEP, "a code without its words");
    let stop = if language == Language::Chinese { "。" } else { "." };
    let mut entries = vec![("code", text(binding.code))];
    let texts = [("level", &binding.level), ("row", &binding.row), ("name", &binding.name), ("step", &binding.step)];
    entries.extend(texts.into_iter().filter_map(|(key, value)| Some((key, text(value.as_ref()?)))));
    entries.extend(binding.left.map(|left| ("left", fen(left))));
    entries.push(("message", text(&format!("{meaning}{stop}"))));
    object(entries)
}
