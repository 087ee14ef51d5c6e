//! Integration tests: one binary, so that they are linked once.
#![allow(clippy::unwrap_used, reason = "tests")]

mod budgets;
mod chart;
mod cli;
mod common;
mod helm;
#[path = "../hostile/mod.rs"]
mod hostile;
mod layers;
mod lint;
mod matrix;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../peers/mod.rs"]
mod peers;
mod probes;
mod report;
mod snapshots;
#[path = "../verdicts/mod.rs"]
mod verdicts;
