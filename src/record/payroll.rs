//! What is handed over to a payroll system: the payees of a released run, page by page. The rows of a calculated run never change,
//! so that each page is read by itself and nothing is held meanwhile.

use std::collections::BTreeMap;

use super::people::Caller;
use super::runs::{self, RELEASED};
use super::{Refused, rows, states};
use crate::sheet::payroll::{Item, Line, Person};
use crate::store::runs::Run;
use crate::store::{self, Conn, plans, results};
use crate::wire::json::{self, Json};

/// How many payees are read at once.
const AT_ONCE: i64 = 500;
/// How many rows of schools are read at once.
const SCHOOLS_AT_ONCE: usize = 500;

/// A run that the caller may hand over: a released one or, as a draft, any that has a result; and whether it is a draft.
///
/// # Errors
/// [`Refused::NotFound`], [`Refused::State`], or the store's own.
pub fn run(conn: &mut Conn, caller: &Caller, id: &str, draft: bool) -> Result<(Run, bool), Refused> {
    let run = runs::calculated(conn, caller, id)?;
    let is_draft = run.state != RELEASED;
    if is_draft && !draft {
        return Err(Refused::State { allowed: states::allowed(&run.state), state: run.state });
    }
    Ok((run, is_draft))
}

/// The code of a run's plan.
///
/// # Errors
/// [`Refused::NotFound`], or the store's own.
pub fn plan_code(conn: &mut Conn, run: &Run) -> Result<String, Refused> {
    Ok(plans::get(conn, &run.bureau_id, &run.plan_id)?.ok_or(Refused::NotFound)?.code)
}

/// The items of a run by their numbers.
///
/// # Errors
/// The store's own.
pub fn items(conn: &mut Conn, run: &str) -> Result<BTreeMap<i64, Item>, store::Error> {
    let items = results::items(conn, run)?.into_iter();
    let told = |item: results::Item| {
        (item.step, Item { item: item.item, category: item.category, payroll_code: item.payroll_code })
    };
    Ok(items.map(told).collect())
}

/// The names of a run's schools by their ids; one without a name is not among them.
///
/// # Errors
/// The store's own.
pub fn schools(conn: &mut Conn, run: &Run) -> Result<BTreeMap<String, String>, Refused> {
    Ok(all_schools(conn, run)?.into_iter().filter_map(|(id, name)| Some((id, name?))).collect())
}

/// The same of all schools, whether they have names or not.
///
/// # Errors
/// The store's own.
pub fn all_schools(conn: &mut Conn, run: &Run) -> Result<BTreeMap<String, Option<String>>, Refused> {
    let levels = runs::levels(conn, run)?;
    let mut names = BTreeMap::new();
    let Some(level) = rows::SCHOOL.iter().find(|name| levels.iter().any(|level| level == *name)) else {
        return Ok(names);
    };
    let mut place = Some((String::new(), String::new()));
    while let Some(after) = place {
        let page = rows::page(conn, &run.id, level, after, SCHOOLS_AT_ONCE, &["id", "name"])?;
        for row in &page.rows {
            let row = json::read(row.as_bytes()).unwrap_or(Json::Null);
            let part = |key: &str| row.get(key).and_then(Json::text).map(str::to_owned);
            names.extend(part("id").map(|id| (id, part("name"))));
        }
        place = page.next;
    }
    Ok(names)
}

/// The next payees of a run after one, with their lines; none: there are no more.
///
/// # Errors
/// The store's own.
pub fn people(conn: &mut Conn, run: &str, after: &str) -> Result<Vec<Person>, store::Error> {
    let payees = results::payees(conn, run, None, after, AT_ONCE)?;
    let (Some(first), Some(last)) = (payees.first(), payees.last()) else { return Ok(Vec::new()) };
    let mut lines: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in results::lines(conn, run, None, (&first.row_id, &last.row_id))? {
        lines.entry(line.payee_id).or_default().push(Line { item: line.step, amount: line.amount.into() });
    }
    let person = |payee: results::Payee| Person {
        lines: lines.remove(&payee.row_id).unwrap_or_default(),
        id: payee.row_id,
        name: payee.name,
        school_id: payee.school_id,
    };
    Ok(payees.into_iter().map(person).collect())
}
