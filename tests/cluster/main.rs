//! Tests against a real API server and a real node, and a fake API server that is held against the real one.
//! `tests/cluster/run LEVEL COMMAND…` gives the cluster. Compiled with the feature `cluster-tests` only, so that
//! a plain `cargo test` need not compile kube.
#![allow(clippy::unwrap_used, reason = "tests")]

#[cfg(feature = "cluster-tests")]
mod audit;
#[cfg(feature = "cluster-tests")]
mod cluster;
#[cfg(feature = "cluster-tests")]
mod control_plane;
#[cfg(feature = "cluster-tests")]
mod driver;
#[cfg(feature = "cluster-tests")]
mod fake;
#[cfg(feature = "cluster-tests")]
mod faults;
#[cfg(feature = "cluster-tests")]
mod image;
#[cfg(feature = "cluster-tests")]
mod node;
#[cfg(feature = "cluster-tests")]
mod scanner_charts;
#[cfg(feature = "cluster-tests")]
mod schema;
#[cfg(feature = "cluster-tests")]
mod walk;

#[cfg(not(feature = "cluster-tests"))]
#[test]
fn everything() {
    use std::io::Write as _;
    // Written past the capture of the test harness: a skip is said aloud.
    let how = "skipped the cluster tests: tests/cluster/run 2 cargo test --features cluster-tests --test cluster\n";
    std::io::stderr().write_all(how.as_bytes()).unwrap();
}
