//! Adjustments: a released run is corrected by another on a revision of its roster, which pays what it changes.

use std::collections::BTreeSet;

use super::people::{Caller, Role};
use super::runs::{self, RELEASED};
use super::states::ENDED;
use super::{Act, Refused, distributions, rosters, states};
use crate::plan::Plan;
use crate::store::adjustments::{self, Adjustment, FREEZE_OTHERS, NEXT_PERIOD, REOPEN};
use crate::store::cycles::{self, CLOSED};
use crate::store::rosters::{Roster, Scope};
use crate::store::runs::Run;
use crate::store::{self, Conn, results};
use crate::wire::canonical;
use crate::wire::json::{self, Json, text};

/// All modes with their names for people.
pub const MODES: [(&str, &str); 3] = [(REOPEN, "重算"), (FREEZE_OTHERS, "其他人不变"), (NEXT_PERIOD, "下期补扣")];

/// All reasons with their names for people.
pub const REASONS: [(&str, &str); 5] =
    [("veto", "一票否决"), ("score", "考核更正"), ("mover", "人员变动"), ("error", "差错更正"), ("other", "其他")];

/// Why a run cannot be adjusted now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unadjustable {
    /// It is an adjustment itself, of this run.
    IsAdjustment(String),
    /// This adjustment of it is not released yet.
    UnderWay(String),
    /// Schools have distributed what it allocates.
    Allocated,
    /// Its cycle is closed: only the next period is open.
    CycleClosed(String),
    /// Its plan pays nobody.
    PaysNobody,
}

/// Why an adjustment cannot be made as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misadjusted {
    /// The roster is of another plan version.
    OtherPlan,
    /// The roster is no revision of the run's.
    NoRevision,
    /// No fund of the one row of the root is called so; these are.
    Reserve(Vec<String>),
    /// Nobody who is or was paid has this id, at this place of the list.
    Payee(usize, String),
}

/// What an adjustment is asked to be.
pub struct Asked {
    /// The word of the mode.
    pub mode: String,
    /// The corrected roster.
    pub roster_id: String,
    /// The word of the reason.
    pub reason_code: String,
    /// The reason.
    pub reason: String,
    /// Who changes, where others do not.
    pub payee_ids: Option<Vec<String>>,
    /// The fund that their differences come from and go to, as level.name.
    pub reserve: Option<String>,
    /// A title for people.
    pub title: Option<String>,
}

/// Makes the run that adjusts another.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], [`Refused::Unadjustable`], [`Refused::UnknownReference`],
/// [`Refused::Misadjusted`], [`Refused::Obstacles`], those of [`runs::create`], or the store's own.
pub fn create(act: &mut Act<'_>, caller: &Caller, id: &str, asked: Asked) -> Result<Run, Refused> {
    let original = runs::get(act.conn, caller, id)?;
    let version = store::plans::version(act.conn, &original.plan_id, original.version)?.ok_or(Refused::NotFound)?;
    let plan = rosters::plan_of(&version)?.plan;
    let chain = adjustments::of(act.conn, id, 0, i64::MAX)?;
    adjustable(act.conn, &original, &plan, &chain, &asked.mode)?;
    let roster = rosters::get(act.conn, caller, &asked.roster_id).map_err(|refused| match refused {
        Refused::NotFound => Refused::unknown("/roster_id"),
        refused => refused,
    })?;
    let wrong = misadjusted(act.conn, &original, &plan, (&roster, &chain), &asked)?;
    if !wrong.is_empty() {
        return Err(Refused::Misadjusted(wrong));
    }
    let roster = match cycles::of_run(act.conn, id)? {
        None => roster,
        Some((_, school)) => distributions::corrected(act, caller, (&original, &school), (&version, &plan), roster)?,
    };
    let run = runs::create(act, caller, &roster.id, asked.title, None)?;
    let list = |ids: &Vec<String>| canonical::text(&Json::List(ids.iter().map(|id| text(id)).collect()));
    let adjustment = Adjustment {
        run_id: run.id.clone(),
        original_id: original.id.clone(),
        place: chain.last().map_or(0, |(last, _)| last.place) + 1,
        mode: asked.mode,
        reason_code: asked.reason_code,
        reason: asked.reason,
        reserve: asked.reserve,
        payee_ids: asked.payee_ids.as_ref().map(list),
        increase: None,
        decrease: None,
        payee_count: None,
        others_count: None,
        others_net: None,
    };
    adjustments::add(act.conn, &adjustment)?;
    act.log("run.adjusted", ("run", &original.id), Some(&run.id), None, Some(&run.data_sha256))?;
    Ok(run)
}

/// Whether a run may be adjusted in this mode now.
fn adjustable(
    conn: &mut Conn,
    original: &Run,
    plan: &Plan,
    chain: &[(Adjustment, Run)],
    mode: &str,
) -> Result<(), Refused> {
    let refused = |reason| Err(Refused::Unadjustable(reason));
    if let Some(own) = adjustments::get(conn, &original.id)? {
        return refused(Unadjustable::IsAdjustment(own.original_id));
    }
    if original.state != RELEASED {
        return Err(Refused::State { allowed: states::allowed(&original.state), state: original.state.clone() });
    }
    if cycles::rests_on(conn, &original.id)? {
        return refused(Unadjustable::Allocated);
    }
    if plan.payee.is_none() {
        return refused(Unadjustable::PaysNobody);
    }
    if let Some((_, run)) = chain.iter().find(|(_, run)| is_under_way(run)) {
        return refused(Unadjustable::UnderWay(run.id.clone()));
    }
    match cycles::of_run(conn, &original.id)? {
        Some((cycle, _)) if cycle.state == CLOSED && mode != NEXT_PERIOD => {
            refused(Unadjustable::CycleClosed(cycle.id))
        }
        _ => Ok(()),
    }
}

/// Whether an adjustment is neither released nor come to nothing.
pub(super) fn is_under_way(run: &Run) -> bool {
    run.state != RELEASED && !ENDED.contains(&run.state.as_str())
}

/// Everything that does not fit.
fn misadjusted(
    conn: &mut Conn,
    original: &Run,
    plan: &Plan,
    (roster, chain): (&Roster, &[(Adjustment, Run)]),
    asked: &Asked,
) -> Result<Vec<Misadjusted>, Refused> {
    let mut wrong = Vec::new();
    if (&roster.plan_id, roster.version) != (&original.plan_id, original.version) {
        return Ok(vec![Misadjusted::OtherPlan]);
    }
    if !revises(conn, roster, &original.roster_id)? {
        wrong.push(Misadjusted::NoRevision);
    }
    if let Some(reserve) = &asked.reserve {
        let counts = json::read(roster.counts.as_bytes()).unwrap_or(Json::Null);
        let is_one = counts.get(plan.level_name(0)) == Some(&json::number(1));
        let funds = plan.funds.iter().filter(|fund| is_one && fund.level == 0);
        let known: Vec<String> = funds.map(|fund| plan.column_name(0, fund.column)).collect();
        if !known.contains(reserve) {
            wrong.push(Misadjusted::Reserve(known));
        }
    }
    if let Some(named) = &asked.payee_ids {
        let known = payees(conn, original, chain, named, (plan, &roster.id))?;
        let unknown = named.iter().enumerate().filter(|(_, id)| !known.contains(*id));
        wrong.extend(unknown.map(|(place, id)| Misadjusted::Payee(place, id.clone())));
    }
    Ok(wrong)
}

/// Whether a roster is another or a revision of it, at any remove.
fn revises(conn: &mut Conn, roster: &Roster, other: &str) -> Result<bool, Refused> {
    let mut next = Some(roster.clone());
    while let Some(roster) = next {
        if roster.id == other {
            return Ok(true);
        }
        next = match &roster.revises {
            None => None,
            Some(id) => store::rosters::get(conn, &roster.bureau_id, Scope::Bureau, id)?,
        };
    }
    Ok(false)
}

/// Those of these ids who are paid by the run or one of its adjustments, or are in the new roster.
fn payees(
    conn: &mut Conn,
    original: &Run,
    chain: &[(Adjustment, Run)],
    named: &[String],
    (plan, roster): (&Plan, &str),
) -> Result<BTreeSet<String>, Refused> {
    let mut known: BTreeSet<String> = results::payees_among(conn, &original.id, named)?.into_iter().collect();
    for (adjustment, _) in chain.iter().filter(|(_, run)| run.state == RELEASED) {
        known.extend(adjustments::payees_among(conn, &adjustment.run_id, named)?);
    }
    let level = plan.payee.map_or("", |payee| plan.level_name(payee));
    let rows = super::rows::whole(conn, roster, &[level])?;
    let rows = json::read(&rows).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    let rows = rows.get(level).and_then(Json::items).unwrap_or_default().iter();
    known.extend(rows.filter_map(|row| row.get("id").and_then(Json::text)).map(str::to_owned));
    Ok(known)
}

/// The adjustments of a run that the caller may see, after a place, with their runs.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn list(
    conn: &mut Conn,
    caller: &Caller,
    id: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<(Adjustment, Run)>, Refused> {
    runs::get(conn, caller, id)?;
    let released = Some(RELEASED).filter(|_| caller.role == Role::Payroll);
    let mut seen = Vec::new();
    for (adjustment, run) in adjustments::of(conn, id, after, i64::MAX)? {
        if i64::try_from(seen.len()).is_ok_and(|count| count >= limit) {
            break;
        }
        let is_seen = released.is_none_or(|state| run.state == state)
            && store::rosters::get(conn, &run.bureau_id, caller.scope(), &run.roster_id)?.is_some();
        if is_seen {
            seen.push((adjustment, run));
        }
    }
    Ok(seen)
}
