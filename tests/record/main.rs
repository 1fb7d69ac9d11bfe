//! What is on record, from outside: each test runs on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects ends with a panic"
)]

mod adjusted_statements;
mod adjustments;
mod audit;
mod bureaus;
mod carried;
#[path = "../sheets/cells.rs"]
mod cells;
mod chains;
mod comparisons;
mod concurrency;
mod cycle_people;
mod cycles;
mod events;
mod explanations;
mod filled;
mod forms;
mod idempotency;
mod imports;
mod notices;
mod objections;
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
#[path = "../receiver/mod.rs"]
mod receiver;
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
mod webhooks;
