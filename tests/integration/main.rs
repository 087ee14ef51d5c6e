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
#[path = "../oracle/mod.rs"]
mod oracle;
mod probes;
mod report;
mod scanner_charts;
mod snapshots;
#[path = "../verdicts/mod.rs"]
mod verdicts;
