//! Our charts rendered by real Helm and by the binary. The corpus is compared by the command, see `tests/README.md`.

use std::ffi::OsString;

use crate::{common, oracle};

fn options(arguments: &[&str]) -> oracle::Options {
    oracle::Options::parse(arguments.iter().map(OsString::from)).unwrap()
}

/// Whether the cases of our charts agree between Helm 4.2.4 and `renderer`, and the report.
fn compare(renderer: &str, more: &[&str]) -> (bool, String) {
    let arguments = [&["--require", "100", "--renderer", renderer], more].concat();
    let mut report = Vec::new();
    let agree = oracle::run(&options(&arguments), &mut report).unwrap();
    (agree, String::from_utf8(report).unwrap())
}

#[test]
fn our_charts_render_as_helm_renders_them() {
    if common::helm("4.2.4").is_none() {
        return;
    }
    let (agree, report) = compare(env!("CARGO_BIN_EXE_chartsec"), &[]);
    assert!(agree, "{report}");
}

#[test]
fn helm_agrees_with_itself_where_it_is_random() {
    let Some(helm) = common::helm("4.2.4") else { return };
    let (agree, report) = compare(&helm, &["--chart", "random"]);
    assert!(agree && report.contains("     1  masked"), "{report}");
}

#[test]
fn other_bytes_are_not_masked() {
    let (Some(_), Some(older)) = (common::helm("4.2.4"), common::helm("3.21.4")) else { return };
    let (agree, report) = compare(&older, &["--chart", "shop"]);
    assert!(!agree && report.contains("differs"), "{report}");
    let (agree, report) = compare("/bin/true", &["--chart", "wrong-type"]);
    assert!(!agree && report.contains("     1  only helm fails"), "{report}");
    let (agree, report) = compare("/bin/false", &["--chart", "tpl"]);
    assert!(!agree && report.contains("     2  only chartsec fails"), "{report}");
}
