//! How many requests somebody may send: so many a second for each token, and for each address that shows no good one.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// After how many new callers those who have been quiet are forgotten.
const MANY: usize = 10_000;

/// A limit of requests.
pub(super) struct Gate {
    limiter: Option<DefaultKeyedRateLimiter<String>>,
}

impl Gate {
    /// So many requests a second, twice as many at once; none: no limit.
    pub(super) fn new(rate: Option<NonZeroU32>) -> Gate {
        let quota = |rate: NonZeroU32| Quota::per_second(rate).allow_burst(rate.saturating_mul(TWO));
        Gate { limiter: rate.map(|rate| RateLimiter::keyed(quota(rate))) }
    }

    /// Lets a request pass, or says after how many seconds one would.
    pub(super) fn passes(&self, caller: &str) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if limiter.len() > MANY {
            limiter.retain_recent();
        }
        let clock = DefaultClock::default();
        limiter.check_key(&caller.to_owned()).map_err(|wait| wait.wait_time_from(clock.now()).as_secs() + 1)
    }

    /// The caller that an address is.
    pub(super) fn address(peer: Option<IpAddr>) -> String {
        match peer {
            // A household has 2^64 of these.
            Some(IpAddr::V6(peer)) => {
                let [a, b, c, d, ..] = peer.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
            Some(peer) => peer.to_string(),
            None => "nowhere".to_owned(),
        }
    }
}

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
