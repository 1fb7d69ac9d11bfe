//! Sends events to webhook endpoints, in threads of their own. Many processes may share one PostgreSQL: an endpoint is claimed
//! by one thread at a time, which sends what is due in order; what a dead process held is claimed by another. An event may be
//! sent twice where a process died before it had noted the answer, never not at all.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Actor, act, events, webhooks};
use crate::store::deliveries::{self, Attempt, DELIVERED, Delivery, GIVEN_UP};
use crate::store::events::Event;
use crate::store::webhooks::{Endpoint, secrets};
use crate::store::{self, Store, new_id, now};
use crate::webhook::{Failure, Message, Sender};
use crate::wire::canonical;

/// How often an event is tried.
pub const MOST_TRIES: i64 = 10;
/// How many times as long each pause is as the one before.
const FACTOR: u32 = 4;
/// The longest pause, but for chance.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How many threads send.
const THREADS: usize = 4;
/// How often they look for what is due.
const LOOK: Duration = Duration::from_millis(500);
/// How long a thread stays with one endpoint while others may wait.
const TURN: Duration = Duration::from_secs(1);

/// The words for why the service disables an endpoint, with their names for people.
pub const REASONS: [(&str, &str); 2] = [(FAILING, "长期投递失败"), (GONE, "接收方回答 410")];
const FAILING: &str = "failing";
const GONE: &str = "gone";

/// How messages are sent.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Whether private addresses and plain HTTP are allowed.
    pub private: bool,
    /// How long a message may take.
    pub time: Duration,
    /// The pause before the second try.
    pub pause: Duration,
    /// For how long a process that has died keeps others from what it held, beyond the time of a message.
    pub lease: Duration,
}

/// What the threads share.
struct Shared {
    store: Store,
    sender: Sender,
    rules: Rules,
    ended: AtomicBool,
    sleep: Mutex<()>,
    bell: Condvar,
}

/// Threads that send; they end with it.
pub struct Deliverer {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Deliverer {
    /// Starts them.
    pub fn start(store: &Store, rules: Rules) -> Deliverer {
        let (store, sender) = (store.clone(), Sender::new(rules.private, rules.time));
        let (sleep, bell) = (Mutex::new(()), Condvar::new());
        let shared = Arc::new(Shared { store, sender, rules, ended: AtomicBool::new(false), sleep, bell });
        let sends = || {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        };
        Deliverer { threads: (0..THREADS).map(|_| sends()).collect(), shared }
    }
}

impl Drop for Deliverer {
    /// Waits for the answers to what has been sent.
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.bell.notify_all();
        for thread in self.threads.drain(..) {
            thread.join().unwrap_or_default();
        }
    }
}

/// How a delivery goes on after it was tried.
enum Next {
    /// It is tried again after a pause.
    Again(Duration),
    /// It has ended in this state.
    Ended(&'static str),
    /// It is given up, and with it the endpoint, for this reason.
    Disabled(&'static str),
}

impl Shared {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    fn wait(&self) {
        let sleep = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.bell.wait_timeout_while(sleep, LOOK, |()| !self.has_ended()));
    }

    fn work(&self) {
        while !self.has_ended() {
            match self.claimed() {
                Ok(Some(endpoint)) => self.serve(&endpoint),
                Ok(None) => self.wait(),
                Err(error) => {
                    tracing::error!(%error, "no webhook endpoint could be claimed");
                    self.wait();
                }
            }
        }
    }

    /// For how long an endpoint is claimed: for a message, and what is written after it.
    fn lease(&self) -> Duration {
        self.rules.time.saturating_add(self.rules.lease)
    }

    fn claimed(&self) -> Result<Option<Endpoint>, store::Error> {
        if !self.store.read(deliveries::is_any_due)? {
            return Ok(None);
        }
        self.store.write(|conn| deliveries::claim(conn, &new_id(), self.lease()))
    }

    /// Sends what is due to an endpoint, for a while.
    fn serve(&self, endpoint: &Endpoint) {
        let begun = Instant::now();
        while begun.elapsed() < TURN && !self.has_ended() {
            match self.send_next(endpoint) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::error!(endpoint_id = %endpoint.id, %error, "a webhook delivery could not be noted");
                    self.wait();
                    break;
                }
            }
        }
        let done = self.store.write(|conn| deliveries::give_back(conn, endpoint));
        done.unwrap_or_else(|error| tracing::warn!(%error, "a webhook endpoint could not be given back"));
    }

    /// Sends the next event that is due; whether there was one.
    fn send_next(&self, claimed: &Endpoint) -> Result<bool, store::Error> {
        let found = self.store.write(|conn| {
            let Some(endpoint) = deliveries::held(conn, claimed)? else { return Ok(None) };
            deliveries::prolong(conn, &endpoint, self.lease())?;
            let Some((delivery, event)) = deliveries::next(conn, &endpoint)? else { return Ok(None) };
            let secrets = secrets(conn, &endpoint.id)?;
            Ok::<_, store::Error>(Some((endpoint, delivery, event, secrets)))
        })?;
        let Some((endpoint, delivery, event, secrets)) = found else { return Ok(false) };
        let (attempt, is_delivered) = self.send(&endpoint, &event, &secrets);
        let next = self.next(&endpoint, &delivery, &attempt, is_delivered);
        self.note(&endpoint, &delivery, &attempt, &next)?;
        tracing::info!(
            endpoint_id = %endpoint.id, event_id = %event.id, status = attempt.status, error = attempt.error, "an event was sent"
        );
        Ok(true)
    }

    /// Sends an event once; whether it was taken.
    fn send(&self, endpoint: &Endpoint, event: &Event, secrets: &[String]) -> (Attempt, bool) {
        let (at, begun) = (now(), Instant::now());
        let body = canonical::text(&events::told(event));
        let message = Message { url: &endpoint.url, id: &event.id, body: &body, secrets };
        let sent = catch_unwind(AssertUnwindSafe(|| self.sender.send(&message))).unwrap_or(Err(Failure::BadAnswer));
        let attempt = Attempt {
            endpoint_id: endpoint.id.clone(),
            place: event.place,
            number: 0,
            at,
            status: sent.ok().map(i64::from),
            error: sent.err().map(|failure| failure.word().to_owned()),
            milliseconds: i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX),
        };
        (attempt, sent.is_ok_and(|status| (200..300).contains(&status)))
    }

    fn next(&self, endpoint: &Endpoint, delivery: &Delivery, attempt: &Attempt, is_delivered: bool) -> Next {
        if is_delivered {
            return Next::Ended(DELIVERED);
        }
        if attempt.status == Some(410) {
            return Next::Disabled(GONE);
        }
        let tries = delivery.tries + 1;
        if tries < MOST_TRIES {
            return Next::Again(pause(self.rules.pause, tries, chance()));
        }
        // Since its first try nothing at all has been delivered there.
        let is_failing = match (&endpoint.failing_since, &delivery.begun_at) {
            (Some(since), Some(begun)) => since <= begun,
            _ => false,
        };
        if is_failing { Next::Disabled(FAILING) } else { Next::Ended(GIVEN_UP) }
    }

    /// Notes what came of it, unless the endpoint is somebody else's by now.
    fn note(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        attempt: &Attempt,
        next: &Next,
    ) -> Result<(), store::Error> {
        let goes_on = match next {
            Next::Again(pause) => Ok(*pause),
            Next::Ended(state) => Err(*state),
            Next::Disabled(_) => Err(GIVEN_UP),
        };
        let failing_since = endpoint.failing_since.as_ref().unwrap_or(&attempt.at);
        let failing_since = Some(failing_since.as_str()).filter(|_| goes_on != Err(DELIVERED));
        let noted = |conn: &mut store::Conn| {
            let Some(held) = deliveries::held(conn, endpoint)? else { return Ok(None) };
            deliveries::note(conn, delivery, attempt, goes_on)?;
            if held.failing_since.as_deref() != failing_since {
                deliveries::note_failing(conn, &held, failing_since)?;
            }
            Ok::<_, store::Error>(Some(Endpoint { failing_since: failing_since.map(str::to_owned), ..held }))
        };
        let Next::Disabled(because) = next else {
            return self.store.write(noted).map(drop);
        };
        act(&self.store, &Actor::machine(&endpoint.bureau_id), |act| {
            let Some(held) = noted(act.conn)? else { return Ok(()) };
            tracing::warn!(endpoint_id = %held.id, because, "a webhook endpoint was disabled");
            webhooks::disable(act, held, because)
        })
    }
}

/// The pause after so many tries: longer each time, and by chance up to a quarter more, so that not all come back at once.
fn pause(first: Duration, tries: i64, chance: u8) -> Duration {
    let times = u32::try_from(tries - 1).unwrap_or_default();
    let pause = first.saturating_mul(FACTOR.saturating_pow(times)).min(LONGEST);
    pause.saturating_add(pause.saturating_mul(u32::from(chance)) / (4 * u32::from(u8::MAX)))
}

/// A number that nobody knows before; none where the machine has no randomness, which is no reason not to send.
fn chance() -> u8 {
    let mut random = [0];
    getrandom::fill(&mut random).unwrap_or_default();
    random.first().copied().unwrap_or_default()
}
