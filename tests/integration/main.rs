//! Integration tests: one binary, so that they are linked once.
#![allow(clippy::unwrap_used, reason = "tests")]

mod budgets;
mod chart;
mod cli;
mod common;
mod helm;
mod hostile;
mod layers;
#[path = "../oracle/mod.rs"]
mod oracle;
mod report;
mod snapshots;
