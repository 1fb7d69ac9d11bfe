//! The real program, killed, cut off from its disk and its database, and started again: what it has acknowledged stays.
//!
//! `FENPEI_KILLS` says how often it is killed on each kind of database (20 where it is not set), and `FENPEI_SEED`
//! repeats the moments of an earlier run as far as a machine can.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects ends with a panic"
)]

mod client;
mod keeping;
mod kills;
mod pauses;
#[path = "../postgres/mod.rs"]
mod postgres;
mod random;
#[path = "../receiver/mod.rs"]
#[allow(dead_code, reason = "the receiver of the other tests, of which these use a part")]
mod receiver;
mod rosters;
mod server;
mod start;
mod trouble;
mod two;
mod webhooks;
mod year;
