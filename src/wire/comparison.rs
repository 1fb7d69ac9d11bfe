//! Comparisons as JSON.

use super::json::{Json, number, object, text};
use crate::engine::{Amounts, Cause, Compared, Comparison, Moved, Page};
use crate::exact::{defect, fen_text};
use crate::plan::{Code, Language};

/// The words of the causes, with what they mean.
pub const CAUSES: [(Cause, &str, &str); 6] = [
    (Cause::Plan, "plan", "办法"),
    (Cause::Headcount, "headcount", "人员增减和调动"),
    (Cause::Funds, "funds", "资金"),
    (Cause::OtherFacts, "other_facts", "他人及其他数据"),
    (Cause::OwnFacts, "own_facts", "本人数据"),
    (Cause::Rounding, "rounding", "尾差"),
];

/// The words for the sides on which a payee is, with what they mean.
pub const STATES: [(&str, &str); 3] = [("both", "两边都有"), ("new", "只在之后有"), ("gone", "只在之前有")];

/// The rule by which causes are told apart.
pub fn rule(language: Language) -> &'static str {
    match language {
        Language::Chinese => {
            "各项原因按固定的次序逐一由之前换成之后，每换一项全部重算，应发合计的变动就是该项原因的金额：\
             办法（plan：常数、表、步骤；旧数据没有或不合新办法的层和数据取自新数据）；\
             人员（headcount：新增、减少、换了上级的行，新增的行用其自己的数据）；资金（funds：领取人以上各层中作为资金池的金额）；\
             他人及其他数据（other_facts）；本人数据（own_facts：本人的行、其下的行、旁支中指向本人的行）；尾差（rounding）。\
             前五项都按分配的每一份各自四舍五入来计算，尾差是其余部分，即最大余数法多给或少给的分；所以各项之和恰为差额。\
             中间状态算不出的，其原因并入其后第一项算得出的原因，写在 with 中。"
        }
        Language::English => {
            "Causes are replaced one after the other, always in this order, from what was before to what is after; each time \
             everything is calculated again, and what a total moves by is the cause's amount: plan (constants, tables, steps; \
             levels and facts that the old data lack, or that do not fit the new plan, are taken from the new data); headcount \
             (rows that came, went or have another parent; new rows with their own facts); funds (money facts above the payees \
             that are funds); other_facts (everybody else's and all other facts); own_facts (the payee's row, rows below it, and \
             rows beside that refer to it); rounding. The first five are calculated with each part of a paid share rounded half \
             up by itself; rounding is what is left, the fen that the largest remainder moved, so the causes sum to the \
             difference. Where a world in between gives no result, its cause is counted with the next that does, and named in \
             with."
        }
    }
}

/// A page of a comparison, with the cursor of the next one.
pub fn comparison(
    whole: &Comparison<'_>,
    page: &Page<'_>,
    cursor: Option<String>,
    language: Language,
) -> Json<'static> {
    let mut totals = amounts(&whole.total());
    totals.push(("causes", causes(&whole.causes())));
    let counts = whole.counts();
    let counts = object([
        ("both", number(counts.both)),
        ("new", number(counts.new)),
        ("gone", number(counts.gone)),
        ("changed", number(counts.changed)),
    ]);
    let refused: Vec<(Cause, Code)> =
        whole.refused().chain(page.refused.map(|code| (Cause::OtherFacts, code))).collect();
    let calculated = CAUSES.map(|(cause, word, _)| {
        let code = refused.iter().find(|(refused, _)| *refused == cause).map(|(_, code)| *code);
        let mut entries = vec![("cause", text(word)), ("calculated", Json::Flag(code.is_none()))];
        entries.extend(code.map(|code| ("code", text(code.word()))));
        object(entries)
    });
    let mut entries = vec![
        ("totals", object(totals)),
        ("counts", counts),
        ("rule", text(rule(language))),
        ("causes_calculated", Json::List(calculated.into())),
        ("payees", Json::List(page.payees.iter().map(payee).collect())),
    ];
    entries.extend(cursor.map(|cursor| ("next_cursor", text(&cursor))));
    object(entries)
}

fn payee(payee: &Compared<'_>) -> Json<'static> {
    let [(both, _), (new, _), (gone, _)] = STATES;
    let state = match (payee.total.base, payee.total.other) {
        (Some(_), Some(_)) => both,
        (None, _) => new,
        (_, None) => gone,
    };
    let items = payee.items.iter().map(|(item, of)| {
        let mut entries = vec![("item", text(item))];
        entries.extend(amounts(of));
        object(entries)
    });
    let mut entries = vec![("id", text(payee.id))];
    entries.extend(payee.name.map(|name| ("name", text(name))));
    entries.push(("state", text(state)));
    entries.extend(amounts(&payee.total));
    entries.push(("items", Json::List(items.collect())));
    entries.push(("causes", causes(&payee.causes)));
    object(entries)
}

fn amounts(amounts: &Amounts) -> Vec<(&'static str, Json<'static>)> {
    let sides = [("base", amounts.base), ("other", amounts.other), ("difference", Some(amounts.difference()))];
    sides.into_iter().filter_map(|(side, fen)| Some((side, text(&fen_text(fen?))))).collect()
}

fn causes(causes: &[Moved]) -> Json<'static> {
    let cause = |moved: &Moved| {
        let mut entries = vec![("cause", text(word(moved.cause))), ("amount", text(&fen_text(moved.amount)))];
        if !moved.with.is_empty() {
            entries.push(("with", Json::List(moved.with.iter().map(|cause| text(word(*cause))).collect())));
        }
        object(entries)
    };
    Json::List(causes.iter().map(cause).collect())
}

fn word(cause: Cause) -> &'static str {
    let known = CAUSES.iter().find(|(known, _, _)| *known == cause);
    known.map_or_else(|| defect("a cause without its word"), |(_, word, _)| word)
}
