//! What is carried over (结转): differences of adjustments that are not paid in their own period. A distribution plan takes them in by
//! a money fact `carried` of its payees and pays them by a step `settled`, as far as its formula goes: what it does not settle
//! waits on. Who is owed how much is added up from the rows on record.

use std::collections::BTreeMap;

use super::requirements::money_fact;
use super::runs::RELEASED;
use super::states::ENDED;
use super::{Act, Refused};
use crate::exact::Fen;
use crate::plan::Plan;
use crate::store::carried::{self, Given, Standing};
use crate::store::runs::Run;
use crate::store::{self, Conn};
use crate::wire::json::{Json, object, text};

/// The fact of a payee that is what is carried over.
pub const CARRIED: &str = "carried";
/// The step that pays of it what is paid.
pub const SETTLED: &str = "settled";

/// The level of a plan's payees, where what is carried over to them is a fact.
pub(super) fn level(plan: &Plan) -> Option<usize> {
    plan.payee.filter(|level| money_fact(plan, *level, CARRIED).is_some())
}

/// Whether a plan that takes in what is carried over pays it by a step of its own.
pub(super) fn is_settled(plan: &Plan, level: usize) -> bool {
    let level = plan.level_name(level);
    let mut steps = plan.document.steps.iter();
    steps.any(|step| step.level == level && step.heading.name == SETTLED && step.action.pay().is_some())
}

/// The check that a distribution settles no more than is carried over, and nothing the other way.
pub(super) fn check(level: &str) -> Json<'static> {
    object([
        ("do", text("check")),
        ("level", text(level)),
        ("name", text("settled_within_carried")),
        ("label", text("补扣不超过结转")),
        ("assert", text("and(min(carried, 0) <= settled, settled <= max(carried, 0))")),
    ])
}

/// How it stands with everybody to whom anything was carried over, by the payee.
///
/// # Errors
/// The store's own.
pub fn standings(conn: &mut Conn, bureau: &str) -> Result<BTreeMap<String, Standing>, store::Error> {
    carried::standings(conn, bureau, SETTLED, RELEASED, &ENDED)
}

/// What waits to be given to a distribution, by the payee; nobody for whom it is 0.
///
/// # Errors
/// The store's own.
pub(super) fn waiting(conn: &mut Conn, bureau: &str) -> Result<BTreeMap<String, Fen>, store::Error> {
    let all = standings(conn, bureau)?.into_iter();
    Ok(all.map(|(id, standing)| (id, standing.waiting())).filter(|(_, waiting)| *waiting != 0).collect())
}

/// What a released run was given, and what it and its adjustments have settled of it, by the payee.
///
/// # Errors
/// The store's own.
pub(super) fn of_run(conn: &mut Conn, run: &str) -> Result<[BTreeMap<String, Fen>; 2], store::Error> {
    let given: BTreeMap<String, Fen> =
        carried::given(conn, run)?.into_iter().map(|(id, amount)| (id, Fen::from(amount))).collect();
    let mut settled: BTreeMap<String, Fen> = given.keys().map(|id| (id.clone(), 0)).collect();
    for (id, amount) in carried::settled_by(conn, &[run.to_owned()], SETTLED, RELEASED)? {
        *settled.entry(id).or_default() += Fen::from(amount);
    }
    Ok([given, settled])
}

/// Gives a run what was put into its data.
///
/// # Errors
/// [`Refused::Given`] where it does not wait any more, or the store's own.
pub(super) fn give(act: &mut Act<'_>, run: &Run, given: &BTreeMap<String, Fen>) -> Result<(), Refused> {
    if given.is_empty() {
        return Ok(());
    }
    // No other act of the bureau goes on beside this one: what waits now is nobody else's until it ends.
    let waiting = waiting(act.conn, &run.bureau_id)?;
    if given.iter().any(|(id, amount)| waiting.get(id) != Some(amount)) {
        return Err(Refused::Given);
    }
    let wide =
        |fen: &Fen| i64::try_from(*fen).map_err(|_| store::Error::Broken("a carry-over that is too large".to_owned()));
    let rows = given.iter().map(|(id, fen)| Ok(Given { run_id: &run.id, payee_id: id, amount: wide(fen)? }));
    Ok(carried::give(act.conn, &rows.collect::<Result<Vec<_>, store::Error>>()?)?)
}
