//! What all requests share.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::gate::Gate;
use super::limits::Limits;
use super::metrics::Metrics;
use crate::record::worker::Bell;
use crate::store::{self, Store};

/// What all requests share.
pub(super) struct Service {
    pub(super) limits: Limits,
    pub(super) store: Store,
    /// Wakes those who calculate runs.
    pub(super) bell: Bell,
    pub(super) gate: Gate,
    pub(super) metrics: Metrics,
    /// Signs cursors; all processes of one database have the same.
    pub(super) cursor_key: String,
    /// Room for work that takes its time.
    pub(super) heavy: Arc<Semaphore>,
    /// The keys of requests that this process is answering.
    in_flight: Mutex<HashSet<(String, String)>>,
}

impl Service {
    /// What the requests of a process share.
    ///
    /// # Errors
    /// The store's own.
    pub(super) fn new(limits: Limits, store: Store, bell: Bell) -> Result<Service, store::Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Service {
            gate: Gate::new(limits.rate),
            metrics: Metrics::new().map_err(|error| store::Error::Broken(error.to_string()))?,
            cursor_key: store.read(store::people::cursor_key)?,
            heavy: Arc::new(Semaphore::new(limits.calculations.saturating_mul(cores))),
            in_flight: Mutex::new(HashSet::new()),
            limits,
            store,
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
