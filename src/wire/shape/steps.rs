//! Steps (`plan-language.md` §3, §6); ranks have a file of their own.

use super::element::Element;
use super::rank;
use crate::exact::{Mode, Number, TOO_LARGE, defect};
use crate::plan::Code;
use crate::plan::document::{Action, Check, Collect, Formula, FormulaKind, Pay, Rounding, Share, Step, Veto};

/// The words of `mode`.
const MODES: [(&str, Mode); 4] =
    [("half_up", Mode::HalfUp), ("half_even", Mode::HalfEven), ("up", Mode::Up), ("down", Mode::Down)];

#[derive(Clone, Copy)]
enum Kind {
    Formula,
    Share,
    Rank,
    Veto,
    Collect,
    Check,
}

const KINDS: [(&str, Kind); 6] = [
    ("formula", Kind::Formula),
    ("share", Kind::Share),
    ("rank", Kind::Rank),
    ("veto", Kind::Veto),
    ("collect", Kind::Collect),
    ("check", Kind::Check),
];

#[derive(Clone, Copy)]
enum Type {
    Number,
    Money,
    Flag,
    Choice,
    Date,
}

const TYPES: [(&str, Type); 5] = [
    ("number", Type::Number),
    ("money", Type::Money),
    ("flag", Type::Flag),
    ("choice", Type::Choice),
    ("date", Type::Date),
];

/// Reads a step; none where its kind is faulty, for the kind decides about every other key.
pub(super) fn step(step: &mut Element<'_, '_>) -> Option<Step> {
    let Some(kind) = step.word("do", &KINDS) else {
        step.be_silent();
        return None;
    };
    let (heading, level) = (step.heading(), step.text("level"));
    let action = match kind {
        Kind::Formula => Action::Formula(formula(step)),
        Kind::Share => Action::Share(share(step)),
        Kind::Rank => Action::Rank(rank::rank(step)),
        Kind::Veto => Action::Veto(veto(step)),
        Kind::Collect => Action::Collect(Collect { from: step.text("from"), pay: pay(step) }),
        Kind::Check => Action::Check(Check {
            assert: step.text("assert"),
            warning: step.word_or("severity", &[("error", false), ("warning", true)], false).unwrap_or_default(),
        }),
    };
    Some(Step { heading, level, action })
}

fn formula(step: &mut Element<'_, '_>) -> Formula {
    let kind = step.word_or("type", &TYPES, Type::Number);
    let (formula, condition) = (step.text("formula"), step.maybe_text("where"));
    let mut read = Formula {
        kind: FormulaKind::Number(None),
        formula,
        condition,
        optional: false,
        from: None,
        pay: None,
        source: false,
    };
    match kind {
        None => step.pass(&["round", "from", "pay", "source", "choices", "optional"]),
        Some(Type::Money) => {
            let cent = Rounding { to: Number::ratio(1, 100), mode: Mode::HalfUp };
            read.kind = FormulaKind::Money(round(step, true).unwrap_or(cent));
            (read.from, read.pay, read.source) = (step.maybe_text("from"), pay(step), step.flag("source"));
            return read;
        }
        Some(Type::Number) => read.kind = FormulaKind::Number(round(step, false)),
        Some(Type::Flag) => read.kind = FormulaKind::Flag,
        Some(Type::Choice) => read.kind = FormulaKind::Choice(step.choices("choices").unwrap_or_default()),
        Some(Type::Date) => read.kind = FormulaKind::Date,
    }
    read.optional = step.flag("optional");
    read
}

/// `round`, of which both keys are required.
fn round(step: &mut Element<'_, '_>, money: bool) -> Option<Rounding> {
    let json = step.get("round")?;
    step.element("round", json, |round| Rounding {
        to: round.number("to").filter(|to| unit(round, to, money)).unwrap_or(Number::ONE),
        mode: round.word("mode", &MODES).unwrap_or(Mode::HalfUp),
    })
}

/// Whether `to` is above zero and, for money, a multiple of 0.01; it is reported where not.
fn unit(element: &mut Element<'_, '_>, to: &Number, money: bool) -> bool {
    let whole = to.checked_mul(&Number::from(100_i64)).is_ok_and(|fen| fen.is_whole());
    let good = *to > Number::ZERO && (!money || whole);
    if !good && let Some(json) = element.get("to") {
        element.wrong(Code::BadRound, "to", json, if money { "0.01 × 1, 2, 3 …" } else { "> 0" });
    }
    good
}

/// `pay`, where it is there.
fn pay(step: &mut Element<'_, '_>) -> Option<Pay> {
    let json = step.get("pay")?;
    step.element("pay", json, |pay| Pay {
        item: pay.full_text("item"),
        category: pay.maybe_full_text("category"),
        payroll_code: pay.maybe_full_text("payroll_code"),
    })
}

fn share(step: &mut Element<'_, '_>) -> Share {
    let to = step.maybe_number("to").filter(|to| unit(step, to, true));
    let fen = to.and_then(|to| to.checked_mul(&Number::from(100_i64)).ok()).map_or(Some(1), |fen| fen.to_i128());
    // A unit above every amount of money divides nothing, however large it is.
    let fen = fen.map_or(TOO_LARGE, |fen| fen.min(TOO_LARGE));
    Share {
        from: step.text("from"),
        amount: step.maybe_text("amount"),
        weight: step.text("weight"),
        condition: step.maybe_text("where"),
        floor: step.maybe_text("floor"),
        cap: step.maybe_text("cap"),
        unit: i64::try_from(fen).unwrap_or_else(|_| defect("a unit beyond every amount")),
        tie_by: step.texts("tie_by"),
        pay: pay(step),
    }
}

fn veto(step: &mut Element<'_, '_>) -> Veto {
    let (when, portion) = (step.text("when"), step.maybe_text("portion"));
    let forfeits = step.full_list("forfeits").unwrap_or_default();
    let forfeits = step.as_texts("forfeits", forfeits);
    let withhold_to = match step.word("then", &[("forgo", false), ("withhold", true)]) {
        Some(true) => Some(step.full_text("to")),
        Some(false) => None,
        None => {
            step.pass(&["to"]);
            None
        }
    };
    Veto { when, forfeits, portion, withhold_to }
}
