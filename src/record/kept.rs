//! Runs that explanations are asked of, kept calculated: a plan and a roster on record never change, so neither does what
//! they give. Verification does not come here: it is there to find what was changed all the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::again::papers;
use crate::engine::explain::{Explainer, Known};
use crate::engine::{Calculated, Data, Outcome, calculate};
use crate::plan::Plan;
use crate::store::runs::Run;
use crate::store::{self, Store};

/// The most rows, of all levels, of all runs that are kept.
const MOST_ROWS: usize = 200_000;
/// The most runs that are kept, however few rows they have: each has its plan too.
const MOST_RUNS: usize = 64;

/// A run calculated again, with what explanations of it have found out.
pub struct KeptRun {
    plan: Plan,
    data: Data,
    calculated: Calculated,
    known: Arc<Known>,
}

impl KeptRun {
    /// Calculates a run; none where its plan and roster as they are kept give no result.
    fn new(store: &Store, run: &Run) -> Result<Option<KeptRun>, store::Error> {
        let Some((plan, _, data)) = papers(store, run)? else { return Ok(None) };
        let Ok(outcome) = calculate(&plan, &data) else { return Ok(None) };
        let calculated = Calculated::from(outcome);
        Ok(Some(KeptRun { plan, data, calculated, known: Arc::default() }))
    }

    /// The result.
    pub fn outcome(&self) -> Outcome<'_> {
        self.calculated.over(&self.plan, &self.data)
    }

    /// Explains the result, which is this run's.
    pub fn explainer<'o, 'a>(&self, outcome: &'o Outcome<'a>) -> Explainer<'o, 'a> {
        Explainer::knowing(outcome, Arc::clone(&self.known))
    }

    fn rows(&self) -> usize {
        self.data.levels.iter().map(|level| level.len()).sum::<usize>().max(1)
    }
}

/// A place for one run; whoever finds it empty calculates, and the others wait.
type Place = Arc<Mutex<Option<Arc<KeptRun>>>>;

/// The runs that are kept, the least recently used first.
#[derive(Default)]
pub struct KeptRuns(Mutex<Vec<Held>>);

struct Held {
    run_id: String,
    place: Place,
    /// How many rows it has; none while it is calculated.
    rows: usize,
}

impl KeptRuns {
    /// A run, calculated if it is not kept; none where its plan and roster give no result.
    ///
    /// # Errors
    /// The store's own.
    pub fn get(&self, store: &Store, run: &Run) -> Result<Option<Arc<KeptRun>>, store::Error> {
        let place = self.place(&run.id);
        let mut held = locked(&place);
        if let Some(kept) = &*held {
            return Ok(Some(Arc::clone(kept)));
        }
        let made = KeptRun::new(store, run).map(|made| made.map(Arc::new));
        match &made {
            Ok(Some(kept)) => {
                *held = Some(Arc::clone(kept));
                self.bound(&run.id, kept.rows());
            }
            _ => self.bound(&run.id, usize::MAX),
        }
        made
    }

    /// The place of a run, which is now the most recently used.
    fn place(&self, run_id: &str) -> Place {
        let mut all = locked(&self.0);
        let at = all.iter().position(|held| held.run_id == run_id);
        let held = at.map(|at| all.remove(at));
        let held = held.unwrap_or_else(|| Held { run_id: run_id.to_owned(), place: Place::default(), rows: 0 });
        let place = Arc::clone(&held.place);
        all.push(held);
        place
    }

    /// Notes how many rows a run has, and forgets the least recently used while there are too many. What is too large, or
    /// has no result, is forgotten itself.
    fn bound(&self, run_id: &str, rows: usize) {
        let mut all = locked(&self.0);
        if rows > MOST_ROWS {
            return all.retain(|held| held.run_id != run_id);
        }
        all.iter_mut().filter(|held| held.run_id == run_id).for_each(|held| held.rows = rows);
        while all.len() > MOST_RUNS || all.iter().map(|held| held.rows).sum::<usize>() > MOST_ROWS {
            let Some(oldest) = all.iter().position(|held| held.rows > 0 && held.run_id != run_id) else { break };
            all.remove(oldest);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
