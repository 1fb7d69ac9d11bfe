//! Moments that nobody chooses, and that can be had again.

use std::time::{Duration, SystemTime};

use crate::server::tell;

/// Xorshift.
pub struct Random(u64);

impl Random {
    /// One that begins with `FENPEI_SEED`, or anywhere; where it begins is told under a name.
    pub fn new(name: &str) -> Random {
        let given = std::env::var("FENPEI_SEED").ok().and_then(|seed| seed.parse().ok());
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
        let seed = given.unwrap_or_else(|| u64::from(since.subsec_nanos()) | 1);
        tell(&format!("{name}: FENPEI_SEED={seed}"));
        Random(seed.max(1))
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// So many milliseconds from `least` on, below `most`.
    pub fn pause(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }

    /// Another, for a thread of its own.
    pub fn fork(&mut self) -> Random {
        // Not the state itself, or both would go on alike.
        Random(self.below(u64::MAX).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
}
