//! The binary as people and scripts meet it: help, usage errors, exit codes, streams.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::common::snapshot;

fn chartsec(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    chartsec(folder.path(), arguments).output().expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_texts() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help-lint", &["lint", "--help"]),
        ("help-render", &["render", "--help"]),
        ("help-blame", &["blame", "--help"]),
        ("help-explain", &["explain", "--help"]),
        ("help-new", &["new", "--help"]),
        ("help-generate", &["generate", "--help"]),
        ("help-advise", &["advise", "--help"]),
        ("help-scan", &["scan", "--help"]),
        ("help-reap", &["reap", "--help"]),
    ] {
        let output = run(arguments);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
        snapshot(name, &text(&output.stdout));
    }
    assert_eq!(text(&run(&["--version"]).stdout), concat!("chartsec ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn usage_errors_exit_with_2_and_say_what_was_meant() {
    for (arguments, tip) in [
        (&["lnt"][..], "'lint'"),
        (&["lint", "--strct"], "'--strict'"),
        (&["lint", "--fail-on", "eror"], "'error'"),
        (&["lint", "-o", "jsn"], "did you mean `json`?"),
        (&["lint", "-o", "json", "-o", "text"], "-o json=report.json"),
        (&["render", "c", "--dry-run=server"], "only `client` works without a cluster"),
        (&["render"], "CHART"),
        (&["render", "a", "-n", "b", "c", "d"], "more than a name and a chart"),
        (&["render", "a", "-g", "b"], "the release is called `a`"),
        (&["render", "a", "b", "--name-template", "c"], "the release is called `a`"),
        (&["blame", "c", "Pod/x"], "<FIELD>"),
        (&["scan", "-n", "a", "-c", "b"], "--pod <NAME>"),
        (&["scan", "-n", "a", "-c", "b", "--pod", "c"], "`chartsec scan` is not built yet"),
        (&["reap", "-n", "a"], "`chartsec reap` is not built yet"),
        (&["lint", "nowhere"], "cannot read `nowhere`: no such file or directory"),
        (&["lint"], "no chart in `.`"),
        (&["lint", "--config", "none.yaml"], "cannot read configuration `none.yaml`"),
        (&[], "Usage:"),
    ] {
        let output = run(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr.contains(tip) && output.stdout.is_empty(), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_mistyped_configuration_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("chartsec.yaml"), "# ours\nfail_on: note\n").unwrap();
    let output = chartsec(folder.path(), &["lint"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let expected = "error: chartsec.yaml:2: unknown key `fail_on`\n help: did you mean `fail-on`?\n";
    assert_eq!(text(&output.stderr), expected);
    let colored = chartsec(folder.path(), &["lint"]).env("CHARTSEC_COLOR", "always").output().unwrap();
    assert!(text(&colored.stderr).starts_with("\u{1b}[1;91merror\u{1b}[0m: "));
    let named = chartsec(folder.path(), &["lint"]).env("CHARTSEC_CONFIG", "other.yaml").output().unwrap();
    assert!(text(&named.stderr).contains("`other.yaml`"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = chartsec(folder.path(), &["--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn the_schema_of_the_configuration_holds_what_is_accepted() {
    let schema = serde_json::from_str(include_str!("../../schemas/chartsec.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for yaml in [
        "",
        "profile: pss-restricted",
        "select: [privileged-container]\nignore: [POD005]",
        "fail-on: never\nstrict: true",
        "kube-version: \"1.30\"\nnamespace: x",
        "waivers:\n  - {rule: POD001, path: charts, reason: x, owner: us, expires: 2027-01-31, object: Pod/*}",
        "waivers:\n  - {rule: [POD001, host-pid], path: charts}",
        "waivers: []",
        "waivers: POD001",
        "waivers:\n  - {rule: POD001, path: charts, reson: x}",
        "waivers:\n  - {rule: POD001, path: charts, expires: soon}",
        "waivers:\n  - {rule: POD001}",
        "waivers:\n  - {path: charts}",
        "kube-version: 1.30",
        "fail_on: note",
        "fail-on: eror",
        "select: a",
        "- a",
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("chartsec.yaml"), yaml).unwrap();
        let output = chartsec(folder.path(), &["lint"]).output().unwrap();
        let accepted = text(&output.stderr).contains("no chart in");
        let document: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
        assert_eq!(accepted, validator.is_valid(&document), "{yaml}: {}", text(&output.stderr));
    }
}
