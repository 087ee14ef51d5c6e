//! Integration tests: one binary, so that they are linked once.

mod cli;
mod common;
mod layers;
mod report;
mod snapshots;
