//! Calculates the runs that wait, in threads of their own. Many processes may share one PostgreSQL: each claims a run for
//! a while and prolongs the claim while it works; a run whose process died is claimed by another when the claim has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::result::{Kept, Unkept};
use super::{Act, Actor, act, differences, rosters, runs};
use crate::engine::calculate;
use crate::plan::{Language, Refusal};
use crate::store::runs::Run;
use crate::store::{self, Store, bulk, claims, deliveries, idempotency, new_id, plans, results, webhooks};
use crate::wire::calculation::ReadPlan;
use crate::wire::json::{object, text};
use crate::wire::result::Report;
use crate::wire::{canonical, data, refusal};

/// How often a run is begun that ends its process before it is given up.
const MOST_ATTEMPTS: i64 = 3;
/// How many rows a transaction writes, so that it holds up others for less than a second.
const ROWS_AT_ONCE: usize = 50_000;
/// How often a process looks for runs that others have left.
const LOOK: Duration = Duration::from_millis(500);
/// How often it looks after its claims.
const TICK: Duration = Duration::from_millis(100);
/// How often old answers and webhook deliveries are forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);

/// What the threads share.
struct Shared {
    store: Store,
    lease: Duration,
    /// What is being calculated: its claims are prolonged.
    under_way: Mutex<Vec<Run>>,
    /// What could not be written and waits to be given back.
    left: Mutex<Vec<Run>>,
    ended: AtomicBool,
    /// Set when the threads that calculate have ended: only then are claims no longer looked after.
    idle: AtomicBool,
    woken: Mutex<bool>,
    bell: Condvar,
}

/// Threads that calculate; they end with it.
pub struct Worker {
    shared: Arc<Shared>,
    calculators: Vec<JoinHandle<()>>,
    keeper: Option<JoinHandle<()>>,
}

/// Wakes the threads of a worker.
#[derive(Clone)]
pub struct Bell(Arc<Shared>);

impl Bell {
    /// Says that there is a run to calculate.
    pub fn ring(&self) {
        *locked(&self.0.woken) = true;
        self.0.bell.notify_all();
    }
}

impl Worker {
    /// Starts so many threads; a claim lasts for the lease unless it is prolonged.
    pub fn start(store: &Store, threads: usize, lease: Duration) -> Worker {
        let (ended, woken, bell) = (AtomicBool::new(false), Mutex::new(true), Condvar::new());
        let (under_way, left) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let idle = AtomicBool::new(false);
        let shared = Arc::new(Shared { store: store.clone(), lease, under_way, left, ended, idle, woken, bell });
        let calculator = || {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        };
        let calculators = (0..threads).map(|_| calculator()).collect();
        let keeper = Arc::clone(&shared);
        let keeper = Some(thread::spawn(move || keeper.keep()));
        Worker { shared, calculators, keeper }
    }

    /// What wakes it.
    pub fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.shared))
    }
}

impl Drop for Worker {
    /// Finishes what is under way.
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        Bell(Arc::clone(&self.shared)).ring();
        for thread in self.calculators.drain(..) {
            thread.join().unwrap_or_default();
        }
        self.shared.idle.store(true, Ordering::SeqCst);
        if let Some(keeper) = self.keeper.take() {
            keeper.join().unwrap_or_default();
        }
    }
}

impl Shared {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    /// Waits until somebody rings, or so long.
    fn wait(&self, most: Duration) {
        let woken = locked(&self.woken);
        let waited = self.bell.wait_timeout_while(woken, most, |woken| !*woken && !self.has_ended());
        *waited.unwrap_or_else(PoisonError::into_inner).0 = false;
    }

    fn work(&self) {
        while !self.has_ended() {
            match self.store.write(|conn| claims::claim(conn, &new_id(), self.lease)) {
                Ok(Some(run)) => self.calculate(run),
                Ok(None) => self.wait(LOOK),
                Err(error) => {
                    tracing::error!(%error, "no run could be claimed");
                    self.wait(LOOK);
                }
            }
        }
    }

    /// Prolongs the claims of what is under way, gives back what was left, and forgets what is old.
    fn keep(&self) {
        let (mut prolonged, mut forgotten) = (Instant::now(), None::<Instant>);
        while !self.idle.load(Ordering::SeqCst) {
            thread::sleep(TICK);
            self.give_back();
            if prolonged.elapsed() >= self.lease / 3 {
                prolonged = Instant::now();
                let runs = locked(&self.under_way).clone();
                let done = if runs.is_empty() {
                    Ok(())
                } else {
                    self.store.write(|conn| runs.iter().try_for_each(|run| claims::prolong(conn, run, self.lease)))
                };
                done.unwrap_or_else(|error| tracing::warn!(%error, "claims could not be prolonged"));
            }
            if forgotten.is_none_or(|forgotten| forgotten.elapsed() >= FORGET) {
                forgotten = Some(Instant::now());
                let done = self.store.write(|conn| {
                    idempotency::forget(conn)?;
                    webhooks::forget(conn)?;
                    deliveries::forget(conn)
                });
                done.unwrap_or_else(|error: store::Error| tracing::warn!(%error, "what is old could not be forgotten"));
            }
        }
        self.give_back();
    }

    /// Gives back what could not be written, so that it is begun again: an attempt that the store broke off is none.
    fn give_back(&self) {
        let left = std::mem::take(&mut *locked(&self.left));
        if left.is_empty() {
            return;
        }
        if self.store.write(|conn| left.iter().try_for_each(|run| claims::give_back(conn, run))).is_err() {
            locked(&self.left).extend(left);
        }
    }

    fn calculate(&self, run: Run) {
        locked(&self.under_way).push(run.clone());
        let defect = || self.fail(&run, "internal", &Refusal { faults: Vec::new(), total: 0 });
        let done = if run.attempts > MOST_ATTEMPTS {
            self.fail(&run, "gave_up", &Refusal { faults: Vec::new(), total: 0 })
        } else {
            match catch_unwind(AssertUnwindSafe(|| self.try_to(&run))) {
                Ok(Err(store::Error::Broken(reason))) => {
                    tracing::error!(run_id = %run.id, reason, "a run could not be calculated");
                    defect()
                }
                Ok(done) => done,
                Err(_) => defect(),
            }
        };
        locked(&self.under_way).retain(|other| other.claimed_by != run.claimed_by);
        match done {
            Ok(()) => tracing::info!(run_id = %run.id, "a run was calculated"),
            Err(error) => {
                tracing::error!(run_id = %run.id, %error, "a run was left to be calculated again");
                locked(&self.left).push(run);
                self.wait(LOOK);
            }
        }
    }

    fn try_to(&self, run: &Run) -> Result<(), store::Error> {
        let version = self.store.read(|conn| plans::version(conn, &run.plan_id, run.version))?;
        let version = version.ok_or_else(|| store::Error::Broken("a run without its plan".to_owned()))?;
        let ReadPlan { plan, sha256, .. } = rosters::plan_of(&version)?;
        let text = self.store.read(|conn| rosters::all_rows(conn, &plan, &run.roster_id))?;
        let data = match data::read_data(&plan, &text) {
            Ok(data) => data,
            Err(refusal) => return self.fail(run, "data_refused", &refusal),
        };
        drop(text);
        let outcome = match calculate(&plan, &data) {
            Ok(outcome) => outcome,
            Err(refusal) => return self.fail(run, "calculation_refused", &refusal),
        };
        let report = Report::new(&outcome, sha256, false);
        let kept = Kept::new(&outcome, &report);
        let differences = self.store.read(|conn| differences::of(conn, run, &kept));
        match differences.and_then(|differences| self.write(run, &kept.paying(differences))) {
            Ok(()) => Ok(()),
            Err(Unkept::Refused(refusal)) => self.fail(run, "calculation_refused", &refusal),
            Err(Unkept::Lost) => {
                lost(run);
                Ok(())
            }
            Err(Unkept::Store(error)) => Err(error),
        }
    }

    /// Writes a result: most of it in pieces that nobody sees, the last with the state that shows them all.
    fn write(&self, run: &Run, kept: &Kept<'_, '_>) -> Result<(), Unkept> {
        let finished = kept.run(run.clone())?;
        // The first batch takes away what an earlier attempt has left.
        let mut batch = Batch { is_first: true, ..Batch::default() };
        let (mut written, total) = (0, kept.row_count());
        let mut flush = |batch: &mut Batch, least: usize| -> Result<(), Unkept> {
            if batch.rows >= least {
                written += batch.row_count();
                self.under_claim(run, |conn| {
                    batch.write(conn, &run.id)?;
                    store::runs::note_progress(conn, &run.id, (written, total))
                })?;
                *batch = Batch::default();
            }
            Ok(())
        };
        for payee in kept.payees() {
            batch.payees.push(payee?);
            batch.rows += 1;
            flush(&mut batch, ROWS_AT_ONCE)?;
        }
        for line in kept.lines() {
            batch.lines.push(line?);
            batch.rows += 1;
            flush(&mut batch, ROWS_AT_ONCE)?;
        }
        for difference in kept.differences().map_or(&[][..], |adjusted| &adjusted.rows) {
            batch.differences.push(difference.clone());
            batch.rows += 1;
            flush(&mut batch, ROWS_AT_ONCE)?;
        }
        for fund in kept.funds() {
            batch.funds.push(fund?);
            batch.rows += 1;
            flush(&mut batch, ROWS_AT_ONCE)?;
        }
        for pieces in kept.pieces() {
            let pieces = pieces?;
            // A piece of a thousand rows weighs as much as a hundred of the others.
            batch.rows += pieces.len() * 100;
            batch.pieces.extend(pieces);
            flush(&mut batch, ROWS_AT_ONCE)?;
        }
        let items = kept.items()?;
        let done = self.act(run, |act| {
            batch.write(act.conn, &run.id)?;
            bulk::items(act.conn, &run.id, &items)?;
            store::runs::finish(act.conn, &finished)?;
            if let Some(adjusted) = kept.differences() {
                store::adjustments::finish(act.conn, &adjusted.adjustment)?;
            }
            runs::transit(act, run, ("calculate", "calculated"), None)?;
            act.log("run.calculated", ("run", &run.id), None, None, finished.result_sha256.as_deref())
        });
        Ok(done?)
    }

    /// Marks a run as failed.
    fn fail(&self, run: &Run, code: &str, refused: &Refusal) -> Result<(), store::Error> {
        let said = |language| refusal::refusal(refused, language);
        let failure = object([("code", text(code)), ("zh", said(Language::Chinese)), ("en", said(Language::English))]);
        let finished = Run { failure: Some(canonical::text(&failure)), ..run.clone() };
        self.act(run, |act| {
            results::clear(act.conn, &run.id)?;
            store::runs::finish(act.conn, &finished)?;
            runs::transit(act, run, ("fail", "failed"), None)?;
            act.log("run.failed", ("run", &run.id), None, None, None)
        })
    }

    /// An act of the service on a run that it still holds.
    fn act(&self, run: &Run, work: impl FnOnce(&mut Act<'_>) -> Result<(), store::Error>) -> Result<(), store::Error> {
        let held = act(&self.store, &Actor::machine(&run.bureau_id), |act| {
            if !claims::holds(act.conn, run)? {
                return Ok::<bool, store::Error>(false);
            }
            work(act).map(|()| true)
        })?;
        if !held {
            lost(run);
        }
        Ok(())
    }

    /// Writes rows of a run that it still holds.
    fn under_claim(
        &self,
        run: &Run,
        work: impl FnOnce(&mut store::Conn) -> Result<(), store::Error>,
    ) -> Result<(), Unkept> {
        self.store.write(|conn| {
            if !claims::holds(conn, run)? {
                return Err(Unkept::Lost);
            }
            Ok(work(conn)?)
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that a result is nobody's.
fn lost(run: &Run) {
    tracing::info!(run_id = %run.id, "a result came too late: the run was withdrawn or is another's now");
}

/// Rows that are written together.
#[derive(Default)]
struct Batch {
    is_first: bool,
    rows: usize,
    payees: Vec<store::results::Payee>,
    lines: Vec<store::results::Line>,
    differences: Vec<store::adjustments::Difference>,
    funds: Vec<store::results::Fund>,
    pieces: Vec<store::pieces::Piece>,
}

impl Batch {
    /// How many rows of the result it has.
    fn row_count(&self) -> i64 {
        let rows = self.payees.len() + self.lines.len() + self.differences.len() + self.funds.len();
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.pieces.iter().fold(rows, |rows, piece| rows.saturating_add(piece.row_count))
    }

    fn write(&self, conn: &mut store::Conn, run: &str) -> Result<(), store::Error> {
        if self.is_first {
            results::clear(conn, run)?;
        }
        bulk::payees(conn, run, &self.payees)?;
        bulk::lines(conn, run, &self.lines)?;
        bulk::differences(conn, run, &self.differences)?;
        bulk::funds(conn, run, &self.funds)?;
        bulk::pieces(conn, run, &self.pieces)
    }
}
