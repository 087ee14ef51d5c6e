//! Snapshots lie in `snapshots/`, and none waits for review.

use crate::common;

#[test]
fn every_snapshot_lies_in_snapshots() {
    let snapshots = common::root().join("snapshots");
    let strays = common::files(common::root(), |path| {
        let name = path.to_string_lossy();
        name.ends_with(".snap.new")
            || name.ends_with(".pending-snap")
            || (name.ends_with(".snap") && path.parent() != Some(&snapshots))
    });
    assert!(strays.is_empty(), "move to snapshots/ or review: {strays:?}");
}
