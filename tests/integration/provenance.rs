//! Provenance: a change of a value or of a template changes exactly the bytes that name it. Public charts are changed by the
//! command, see `tests/README.md`.

use crate::mutation::{self, Broken, Options};

/// Whether our charts reach the shares asked for, and the report.
fn changed(broken: Option<Broken>) -> (bool, String) {
    // Much of what these charts render are corner cases: numbers written anew, base64, whose characters mix their neighbours.
    let options = Options { charts: 100, require: 95.0, broken, verbose: true, ..Options::default() };
    let mut report = Vec::new();
    let reached = mutation::run(&options, &mut report).unwrap();
    (reached, String::from_utf8(report).unwrap())
}

#[test]
fn bytes_change_that_name_what_is_changed() {
    let (reached, report) = changed(None);
    assert!(reached, "{report}");
}

#[test]
fn broken_origins_are_found_out() {
    for broken in [Broken::Off, Broken::Shifted] {
        let (reached, report) = changed(Some(broken));
        assert!(!reached && report.contains("NOT reached"), "{broken:?}: {report}");
    }
}
