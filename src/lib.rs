//! Fenpei (分配): performance pay, exact to the fen.
//!
//! A plan (办法) is data: levels, steps and funds. The engine runs it on exact numbers. See the README for the map.

pub mod cli;
pub mod engine;
pub mod exact;
pub mod plan;
mod record;
pub mod rest;
pub mod sheet;
mod store;
mod webhook;
pub mod wire;
