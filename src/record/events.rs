//! What those who follow a bureau are told: that something has happened, never what anybody is paid or is called.

use std::sync::LazyLock;

use super::Act;
use super::people::{Caller, Role};
use super::runs::RELEASED;
use super::states::STATES;
use crate::store::cycles::CLOSED;
use crate::store::events::{Event, Told};
use crate::store::objections::{OPEN, Objection};
use crate::store::runs::Run;
use crate::store::{self, Conn};
use crate::wire::json::{Json, number, object, text};

/// All types with their names for people. A run has one for each state that it comes to.
pub static KINDS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let others = [
        ("plan.published", "办法发布"),
        ("plan.archived", "办法归档"),
        ("roster.created", "数据备案"),
        ("cycle.opened", "两级核算周期开启"),
        ("cycle.closed", "两级核算周期办结"),
        ("objection.opened", "登记异议"),
        ("objection.decided", "异议处理"),
    ];
    let others = others.map(|(kind, label)| (kind.to_owned(), label.to_owned()));
    let of_runs = STATES.map(|(state, label)| (format!("run.{state}"), format!("核算{label}")));
    others.into_iter().chain(of_runs).collect()
});

/// Whether there is a type of this word.
pub fn is_kind(word: &str) -> bool {
    KINDS.iter().any(|(kind, _)| kind == word)
}

/// Tells of a version of a plan that has come to this state.
pub(super) fn of_version(act: &mut Act<'_>, plan: &str, version: i64, state: &str) -> Result<(), store::Error> {
    let kind = format!("plan.{state}");
    let version = Some(version);
    act.tell(&Told { kind: &kind, object: "plan", object_id: plan, version, state: Some(state), ..Told::default() })
}

/// Tells of a new roster.
pub(super) fn of_roster(act: &mut Act<'_>, id: &str) -> Result<(), store::Error> {
    let roster_id = Some(id);
    act.tell(&Told { kind: "roster.created", object: "roster", object_id: id, roster_id, ..Told::default() })
}

/// Tells of a cycle that has come to this state.
pub(super) fn of_cycle(act: &mut Act<'_>, id: &str, state: &str) -> Result<(), store::Error> {
    let kind = if state == CLOSED { "cycle.closed" } else { "cycle.opened" };
    act.tell(&Told { kind, object: "cycle", object_id: id, state: Some(state), ..Told::default() })
}

/// Tells of a run that has come to this state.
pub(super) fn of_run(act: &mut Act<'_>, run: &Run, state: &str) -> Result<(), store::Error> {
    let kind = format!("run.{state}");
    let roster_id = Some(run.roster_id.as_str());
    act.tell(&Told { kind: &kind, object: "run", object_id: &run.id, state: Some(state), roster_id, ..Told::default() })
}

/// Tells of an objection to a run that is entered or decided.
pub(super) fn of_objection(act: &mut Act<'_>, run: &Run, objection: &Objection) -> Result<(), store::Error> {
    let kind = if objection.state == OPEN { "objection.opened" } else { "objection.decided" };
    let (roster_id, run_id) = (Some(run.roster_id.as_str()), Some(run.id.as_str()));
    let (object, object_id, state) = ("objection", objection.id.as_str(), Some(objection.state.as_str()));
    act.tell(&Told { kind, object, object_id, version: None, state, roster_id, run_id })
}

/// What the caller may see of a bureau's events after a place, of these types or all, the oldest first; and how far that
/// is: where nothing was left out for want of room, everything up to there has been looked at.
///
/// # Errors
/// The store's own.
pub fn page(
    conn: &mut Conn,
    caller: &Caller,
    kinds: Option<&[String]>,
    after: i64,
    limit: i64,
) -> Result<(Vec<Event>, i64), store::Error> {
    let bureau = caller.token.bureau_id.as_str();
    let released = format!("run.{RELEASED}");
    let events = match (caller.role, kinds) {
        (Role::Payroll, Some(kinds)) if !kinds.contains(&released) => Vec::new(),
        (Role::Payroll, _) => store::events::list(conn, bureau, caller.scope(), Some(&[released]), after, limit)?,
        (_, kinds) => store::events::list(conn, bureau, caller.scope(), kinds, after, limit)?,
    };
    let is_full = i64::try_from(events.len()).is_ok_and(|count| count >= limit);
    let reached = match events.last() {
        Some(last) if is_full => last.place,
        _ => store::events::last(conn, bureau)?.max(after),
    };
    Ok((events, reached))
}

/// An event as it is told, in the feed and to webhook endpoints.
pub fn told(event: &Event) -> Json<'static> {
    let whole = |number_of: i64| number(usize::try_from(number_of).unwrap_or_default());
    let mut data =
        vec![("place", whole(event.place)), ("object", text(&event.object)), ("object_id", text(&event.object_id))];
    data.extend(event.run_id.as_ref().map(|run| ("run_id", text(run))));
    data.extend(event.version.map(|version| ("version", whole(version))));
    data.extend(event.state.as_ref().map(|state| ("state", text(state))));
    object([
        ("id", text(&event.id)),
        ("type", text(&event.kind)),
        ("timestamp", text(&event.at)),
        ("data", object(data)),
    ])
}
