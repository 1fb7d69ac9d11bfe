//! Spreadsheets in and out: real files, written by a spreadsheet library or by LibreOffice, and what is made of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects ends with a panic"
)]

mod annotated;
#[path = "../cases/mod.rs"]
mod cases;
mod cells;
mod files;
mod further;
mod import;
mod mutations;
mod names;
mod office;
mod strange;
mod template;
mod workbook;
