//! What an adjustment changes: for each payee and item what the calculation anew gives, less what is settled. The lines of a
//! released run never change, so that this can be found again at any time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::result::{Kept, Unkept};
use super::runs::RELEASED;
use crate::exact::{Fen, fen_text};
use crate::plan::{Code, Detail, Fault, Plan};
use crate::store::adjustments::{self, Adjustment, Difference, FREEZE_OTHERS, NEXT_PERIOD, REOPEN};
use crate::store::results::{self, Line, Payee};
use crate::store::runs::Run;
use crate::store::{self, Conn};
use crate::wire::json::{self, Json};

/// How many rows are read at once.
const AT_ONCE: i64 = 5_000;

/// What an adjustment changes, and what it pays of that.
pub struct Differences {
    /// The adjustment with its sums.
    pub adjustment: Adjustment,
    /// What takes effect, by payee and step.
    pub rows: Vec<Difference>,
    /// Who is paid.
    pub payees: Vec<Payee>,
    /// What is paid.
    pub lines: Vec<Line>,
}

/// What is settled with a payee, or should be.
#[derive(Debug, Default)]
struct Person {
    school_id: String,
    name: Option<String>,
    /// By step.
    amounts: BTreeMap<i64, Fen>,
}

/// Somebody by the id.
type People = BTreeMap<String, Person>;

/// What a run changes that has this result; none where it is no adjustment.
///
/// # Errors
/// [`Unkept::Refused`] where an amount is too large or the reserve does not have what is taken from it, or the store's own.
pub fn of(conn: &mut Conn, run: &Run, kept: &Kept<'_, '_>) -> Result<Option<Differences>, Unkept> {
    let Some(adjustment) = adjustments::get(conn, &run.id)? else { return Ok(None) };
    let chain = released_before(conn, &adjustment)?;
    let settled = settled(conn, &adjustment.original_id, &chain)?;
    let named: Option<HashSet<String>> = adjustment.payee_ids.as_deref().map(ids).transpose()?;
    let mut others = (0, 0);
    let mut rows = Vec::new();
    for (payee, was, now) in pairs(settled, calculated(kept)?) {
        let changed = differences(&payee, &was, &now, kept.plan())?;
        if named.as_ref().is_none_or(|named| named.contains(&payee)) {
            rows.extend(changed);
        } else if !changed.is_empty() {
            others.0 += 1;
            others.1 += changed.iter().map(|row| Fen::from(row.difference)).sum::<Fen>();
        }
    }
    if let Some(reserve) = &adjustment.reserve {
        let left = left_of(conn, reserve, &adjustment.original_id, &chain, kept.plan())?;
        let taken = funded(kept.plan(), rows.iter().map(|row| (row.step, row.difference)));
        if taken > left {
            return Err(Unkept::Refused(overdrawn(reserve, kept, taken - left).into()));
        }
    }
    let pays = if adjustment.mode == NEXT_PERIOD { &[][..] } else { &rows };
    let (payees, lines) = paid(pays, kept.plan())?;
    let adjustment = summed(adjustment, &rows, named.is_some().then_some(others), kept.plan())?;
    Ok(Some(Differences { adjustment, rows, payees, lines }))
}

/// The adjustments of the same run that were released before this one.
fn released_before(conn: &mut Conn, adjustment: &Adjustment) -> Result<Vec<Adjustment>, store::Error> {
    let all = adjustments::of(conn, &adjustment.original_id, 0, i64::MAX)?;
    let before = |(one, run): &(Adjustment, Run)| run.state == RELEASED && one.place < adjustment.place;
    Ok(all.into_iter().filter(before).map(|(one, _)| one).collect())
}

/// The ids of a JSON list.
fn ids(list: &str) -> Result<HashSet<String>, store::Error> {
    let json = json::read(list.as_bytes()).map_err(|stop| store::Error::Broken(stop.to_string()))?;
    Ok(json.items().unwrap_or_default().iter().filter_map(Json::text).map(str::to_owned).collect())
}

/// What is settled so far: what the original paid, and every difference since, paid or carried.
fn settled(conn: &mut Conn, original: &str, chain: &[Adjustment]) -> Result<People, store::Error> {
    let mut people = People::new();
    let mut after = String::new();
    loop {
        let page = results::payees(conn, original, None, &after, AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.row_id);
        for Payee { row_id, school_id, name, .. } in page {
            people.insert(row_id, Person { school_id, name, amounts: BTreeMap::new() });
        }
    }
    let mut after = (String::new(), i64::MIN);
    loop {
        let page = results::lines_after(conn, original, (&after.0, after.1), AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = (last.payee_id.clone(), last.place);
        for line in page {
            *people.entry(line.payee_id).or_default().amounts.entry(line.step).or_default() += Fen::from(line.amount);
        }
    }
    for adjustment in chain {
        let mut after = (String::new(), i64::MIN);
        loop {
            let page = adjustments::differences(conn, &adjustment.run_id, None, (&after.0, after.1), AT_ONCE)?;
            let Some(last) = page.last() else { break };
            after = (last.payee_id.clone(), last.step);
            for Difference { payee_id, step, school_id, name, difference, .. } in page {
                let person = people.entry(payee_id).or_default();
                (person.school_id, person.name) = (school_id, name);
                *person.amounts.entry(step).or_default() += Fen::from(difference);
            }
        }
    }
    Ok(people)
}

/// What the calculation gives everybody.
fn calculated(kept: &Kept<'_, '_>) -> Result<People, Unkept> {
    let mut people = People::new();
    for payee in kept.all_payees() {
        let Payee { row_id, school_id, name, .. } = payee?;
        people.insert(row_id, Person { school_id, name, amounts: BTreeMap::new() });
    }
    for line in kept.all_lines() {
        let line = line?;
        *people.entry(line.payee_id).or_default().amounts.entry(line.step).or_default() += Fen::from(line.amount);
    }
    Ok(people)
}

/// Everybody who is on one side or on both. Who is no longer there keeps name and school.
fn pairs(settled: People, mut calculated: People) -> impl Iterator<Item = (String, Person, Person)> {
    let mut all: BTreeMap<String, (Person, Person)> = BTreeMap::new();
    for (id, was) in settled {
        let gone = || Person { school_id: was.school_id.clone(), name: was.name.clone(), amounts: BTreeMap::new() };
        let now = calculated.remove(&id).unwrap_or_else(gone);
        all.insert(id, (was, now));
    }
    all.extend(calculated.into_iter().map(|(id, now)| (id, (Person::default(), now))));
    all.into_iter().map(|(id, (was, now))| (id, was, now))
}

/// What a payee gets otherwise.
fn differences(payee: &str, was: &Person, now: &Person, plan: &Plan) -> Result<Vec<Difference>, Unkept> {
    let steps: std::collections::BTreeSet<i64> = was.amounts.keys().chain(now.amounts.keys()).copied().collect();
    let mut rows = Vec::new();
    for step in steps {
        let amount = |person: &Person| person.amounts.get(&step).copied().unwrap_or_default();
        let (before, after) = (amount(was), amount(now));
        if before == after {
            continue;
        }
        rows.push(Difference {
            payee_id: payee.to_owned(),
            step,
            school_id: now.school_id.clone(),
            name: now.name.clone(),
            was: fen(before, plan, payee)?,
            now: fen(after, plan, payee)?,
            difference: fen(after - before, plan, payee)?,
        });
    }
    Ok(rows)
}

/// Fen as a record holds them.
fn fen(fen: Fen, plan: &Plan, payee: &str) -> Result<i64, Unkept> {
    let level = plan.payee.map_or("", |level| plan.level_name(level));
    i64::try_from(fen).map_err(|_| Unkept::Refused(Fault::row(Code::MoneyTooLarge, level, payee, None).into()))
}

/// The sum of the steps that draw from a fund.
pub(super) fn funded(plan: &Plan, sums: impl IntoIterator<Item = (i64, i64)>) -> Fen {
    let draws = |step: i64| {
        let step = usize::try_from(step).ok().and_then(|step| plan.document.steps.get(step));
        step.is_some_and(|step| step.action.from().is_some())
    };
    sums.into_iter().filter(|(step, _)| draws(*step)).map(|(_, sum)| Fen::from(sum)).sum()
}

/// What is left of a reserve: in the last state in which everybody's share was calculated, less what was taken since.
fn left_of(
    conn: &mut Conn,
    reserve: &str,
    original: &str,
    chain: &[Adjustment],
    plan: &Plan,
) -> Result<Fen, store::Error> {
    let last = chain.iter().rposition(|one| one.mode == REOPEN);
    let state = last.and_then(|last| chain.get(last)).map_or(original, |one| &one.run_id);
    let funds = results::funds(conn, state, None, i64::MIN, i64::MAX)?;
    let mut left: Fen = funds.iter().filter(|fund| fund.fund == reserve).map(|fund| Fen::from(fund.left_over)).sum();
    let since = chain.get(last.map_or(0, |last| last + 1)..).unwrap_or_default();
    for one in since.iter().filter(|one| one.mode == FREEZE_OTHERS && one.reserve.as_deref() == Some(reserve)) {
        left -= funded(plan, adjustments::sums(conn, &one.run_id)?);
    }
    Ok(left)
}

/// The fault of a reserve that is so much short.
fn overdrawn(reserve: &str, kept: &Kept<'_, '_>, short: Fen) -> Fault {
    let fault = Fault::row(Code::FundOverdrawn, kept.plan().level_name(0), kept.root(), None);
    fault.with(Detail::Fund(reserve.to_owned())).with(Detail::Short(fen_text(short)))
}

/// Who is paid what: a line for each payee and item, on the payee's own row.
fn paid(rows: &[Difference], plan: &Plan) -> Result<(Vec<Payee>, Vec<Line>), Unkept> {
    let (mut payees, mut lines): (Vec<Payee>, Vec<Line>) = (Vec::new(), Vec::new());
    let mut sums: HashMap<&str, Fen> = HashMap::new();
    for row in rows {
        *sums.entry(&row.payee_id).or_default() += Fen::from(row.difference);
    }
    for row in rows {
        let is_new = payees.last().is_none_or(|last| last.row_id != row.payee_id);
        if is_new {
            let total = sums.get(row.payee_id.as_str()).copied().unwrap_or_default();
            payees.push(Payee {
                row_id: row.payee_id.clone(),
                school_id: row.school_id.clone(),
                name: row.name.clone(),
                total: fen(total, plan, &row.payee_id)?,
            });
        }
        lines.push(Line {
            payee_id: row.payee_id.clone(),
            place: if is_new { 0 } else { lines.last().map_or(0, |last| last.place + 1) },
            step: row.step,
            row_id: row.payee_id.clone(),
            amount: row.difference,
        });
    }
    Ok((payees, lines))
}

/// The adjustment with the sums of what it changes.
fn summed(
    adjustment: Adjustment,
    rows: &[Difference],
    others: Option<(i64, Fen)>,
    plan: &Plan,
) -> Result<Adjustment, Unkept> {
    let all = || rows.iter().map(|row| Fen::from(row.difference));
    let sum = |sum: Fen| fen(sum, plan, "").map(Some);
    let payees: HashSet<&str> = rows.iter().map(|row| row.payee_id.as_str()).collect();
    Ok(Adjustment {
        increase: sum(all().filter(|one| *one > 0).sum())?,
        decrease: sum(-all().filter(|one| *one < 0).sum::<Fen>())?,
        payee_count: Some(i64::try_from(payees.len()).unwrap_or(i64::MAX)),
        others_count: others.map(|(count, _)| count),
        others_net: others.map(|(_, net)| sum(net)).transpose()?.flatten(),
        ..adjustment
    })
}
