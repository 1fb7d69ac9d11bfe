//! What a request may cost, what will not be there for ever, and when the service ends.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::deprecation::{self, Deprecated};

/// The part of the time limit after which work that may end early does.
const PART_OF_TIME: u32 = 4;

/// Limits of the service.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most bytes of a request's body.
    pub body: usize,
    /// How long a request may take: reading its body, waiting for a thread, calculating.
    pub time: Duration,
    /// How many calculations run at once for each core; further ones wait. A calculation whose request has run out of
    /// time while it waited is not begun.
    pub calculations: usize,
    /// How many requests a second each token may send, and each address that shows no good one; none: any number.
    pub rate: Option<NonZeroU32>,
    /// For how long a process that calculates a run keeps others from it without saying that it still lives.
    pub lease: Duration,
    /// Whether webhooks may be sent to private addresses and without TLS.
    pub private_webhooks: bool,
    /// How long the answer to a webhook may take.
    pub webhook_time: Duration,
    /// The pause before a webhook is sent for the second time.
    pub webhook_pause: Duration,
    /// The operations that will go, of which answers say so.
    pub deprecated: Vec<Deprecated>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body: 64 << 20,
            time: Duration::from_secs(60),
            calculations: 4,
            rate: NonZeroU32::new(100),
            lease: Duration::from_secs(30),
            private_webhooks: false,
            webhook_time: Duration::from_secs(15),
            webhook_pause: Duration::from_secs(10),
            deprecated: deprecation::NOW.to_vec(),
        }
    }
}

impl Limits {
    /// Whether work that begins now and may end early still goes on.
    pub(super) fn goes_on(&self) -> impl Fn() -> bool + use<> {
        let (begun, most) = (Instant::now(), self.time / PART_OF_TIME);
        move || begun.elapsed() < most
    }
}

/// Ends with the signal to stop: SIGINT or SIGTERM.
#[cfg(unix)]
pub(super) async fn ended() {
    use actix_web::rt::signal::unix::{SignalKind, signal};
    use std::task::Poll;

    let mut signals = Vec::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        signals.extend(signal(kind));
    }
    std::future::poll_fn(|context| {
        if signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Ends with the signal to stop: Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn ended() {
    if actix_web::rt::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
