//! What a run would have come to by earlier versions of its plan: old rates linger in formulas.

use super::rosters;
use crate::engine::reconciliation::{Amounts, Guess, World, amounts, items};
use crate::engine::{Outcome, calculate};
use crate::store::runs::Run;
use crate::store::{self, Store, plans};
use crate::wire::data;

/// How many earlier versions are looked at, the last first.
const EARLIER: i64 = 5;

/// What everybody would have by each earlier version that takes the same data. `goes_on` is asked before each.
///
/// # Errors
/// The store's own.
pub fn earlier_versions(
    store: &Store,
    run: &Run,
    outcome: &Outcome<'_>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Vec<World>, store::Error> {
    let mut worlds = Vec::new();
    if run.version == 1 {
        return Ok(worlds);
    }
    let text = store.read(|conn| rosters::all_rows(conn, outcome.plan, &run.roster_id))?;
    for number in (1.max(run.version - EARLIER)..run.version).rev().take_while(|_| goes_on()) {
        let Some(version) = store.read(|conn| plans::version(conn, &run.plan_id, number))? else { continue };
        let Ok(read) = rosters::plan_of(&version) else { continue };
        let Ok(data) = data::read_data(&read.plan, &text) else { continue };
        let Ok(earlier) = calculate(&read.plan, &data) else { continue };
        worlds.push(World { guess: Guess::Version(number), amounts: translated(&earlier, outcome) });
    }
    Ok(worlds)
}

/// Amounts by the rows and items of another result.
fn translated(from: &Outcome<'_>, to: &Outcome<'_>) -> Amounts {
    let (Some(own), Some(level)) = (from.plan.payee, to.plan.payee) else { return Amounts::default() };
    let (known, wanted) = (items(from.plan), items(to.plan));
    let place = |item: usize| wanted.iter().position(|wanted| known.get(item) == Some(wanted));
    let one = |((payee, item), amount)| Some(((to.data.find(level, from.data.id(own, payee))?, place(item)?), amount));
    amounts(from).into_iter().filter_map(one).collect()
}
