//! Integration tests: one binary, so that they are linked once.
#![allow(clippy::unwrap_used, reason = "tests")]

mod advise;
mod budgets;
mod chart;
mod checklist;
mod cli;
mod common;
mod explain;
mod generated;
mod helm;
#[path = "../hostile/mod.rs"]
mod hostile;
mod layers;
mod lint;
mod matrix;
#[path = "../mutation/mod.rs"]
mod mutation;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../peers/mod.rs"]
mod peers;
mod probes;
mod provenance;
mod report;
mod requirements;
mod scanner_charts;
mod secrets;
mod snapshots;
mod validators;
#[path = "../verdicts/mod.rs"]
mod verdicts;
mod waivers;
