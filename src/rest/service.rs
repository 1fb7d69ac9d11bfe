//! What all requests share.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Data;
use tokio::sync::Semaphore;

use super::gate::Gate;
use super::limits::Limits;
use super::metrics::Metrics;
use crate::record::kept::KeptRuns;
use crate::record::worker::Bell;
use crate::store::{self, Store};

/// Bodies take memory by so many bytes.
pub(super) const PAGE: usize = 16 << 10;
/// How many bodies of the largest size there is memory for.
const BODIES: usize = 16;

/// What all requests share.
pub(super) struct Service {
    pub(super) limits: Limits,
    pub(super) store: Store,
    /// Runs that explanations are asked of.
    pub(super) kept: KeptRuns,
    /// Wakes those who calculate runs.
    pub(super) bell: Bell,
    pub(super) gate: Gate,
    pub(super) metrics: Metrics,
    /// Signs cursors; all processes of one database have the same.
    pub(super) cursor_key: String,
    /// Room for work that takes its time.
    pub(super) heavy: Arc<Semaphore>,
    /// The memory for bodies, in pages.
    pub(super) memory: Arc<Semaphore>,
    /// The keys of requests that this process is answering.
    in_flight: Mutex<HashSet<(String, String)>>,
    /// Set when the service ends: nobody waits for what may come.
    pub(super) ending: Arc<AtomicBool>,
    /// How much work that takes its time each token has under way.
    turns: Mutex<HashMap<String, usize>>,
    /// The most that one may have.
    most_turns: usize,
}

/// Work that takes its time, under way for a token.
pub(super) struct Turn {
    service: Data<Service>,
    token: String,
}

impl Turn {
    /// Begins; none where the token has as much under way as one may have.
    pub(super) fn take(service: &Data<Service>, token: &str) -> Option<Turn> {
        let mut turns = service.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let own = turns.entry(token.to_owned()).or_default();
        if *own >= service.most_turns {
            return None;
        }
        *own += 1;
        Some(Turn { service: service.clone(), token: token.to_owned() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = self.service.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = turns.get_mut(&self.token) {
            *own -= 1;
            if *own == 0 {
                turns.remove(&self.token);
            }
        }
    }
}

impl Service {
    /// What the requests of a process share.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn new(limits: Limits, store: Store, bell: Bell) -> Result<Service, store::Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let room = limits.calculations.saturating_mul(cores);
        Ok(Service {
            ending: Arc::default(),
            turns: Mutex::new(HashMap::new()),
            memory: Arc::new(Semaphore::new(limits.body.div_ceil(PAGE).saturating_mul(BODIES))),
            most_turns: room.div_ceil(2),
            gate: Gate::new(limits.rate),
            metrics: Metrics::new().map_err(|error| store::Error::Broken(error.to_string()))?,
            cursor_key: store.read(store::people::cursor_key)?,
            heavy: Arc::new(Semaphore::new(room)),
            in_flight: Mutex::new(HashSet::new()),
            limits,
            store,
            kept: KeptRuns::default(),
            bell,
        })
    }

    fn in_flight(&self) -> std::sync::MutexGuard<'_, HashSet<(String, String)>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a request under this key is being answered; false where one is already.
    pub(super) fn takes_off(&self, token: &str, key: &str) -> bool {
        self.in_flight().insert((token.to_owned(), key.to_owned()))
    }

    /// Notes that it is no longer.
    pub(super) fn lands(&self, token: &str, key: &str) {
        self.in_flight().remove(&(token.to_owned(), key.to_owned()));
    }
}
