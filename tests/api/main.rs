//! The service from outside: real HTTP over a real socket.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects ends with a panic"
)]

mod bodies;
mod calculations;
mod comparisons;
mod documents;
mod headers;
mod limits;
mod pages;
mod plan_checks;
mod plan_templates;
mod server;
