//! Integration tests: one binary, so that they are linked once.

mod common;
mod layers;
mod report;
mod snapshots;
