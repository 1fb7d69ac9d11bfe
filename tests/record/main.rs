//! What is on record, from outside: each test runs on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects ends with a panic"
)]

mod audit;
mod bureaus;
mod comparisons;
mod concurrency;
mod explanations;
mod forms;
mod idempotency;
mod imports;
mod notices;
#[path = "../sheets/office.rs"]
mod office;
mod operations;
mod paging;
mod papers;
mod payroll;
mod payroll_profiles;
mod plans;
#[path = "../postgres/mod.rs"]
mod postgres;
mod rates;
mod reconciliations;
mod roles;
mod rosters;
mod runs;
mod services;
mod site;
mod statements;
mod strings;
mod suppositions;
mod verification;
