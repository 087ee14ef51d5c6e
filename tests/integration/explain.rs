//! `explain`, as its users run it.

use std::process::Command;

use serde_json::Value;

use crate::common::snapshot;

fn explain(line: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.arg("explain").args(line.split_whitespace()).current_dir(folder.path()).env_clear();
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn pages_of_rules() {
    for (name, line) in [
        ("explain-policy", "POD001"),
        ("explain-fix", "privilege-escalation"),
        ("explain-built-in", "render-error"),
        ("explain-waiver", "expired-waiver"),
    ] {
        let (code, out, err) = explain(line);
        assert_eq!((code, &*err), (Some(0), ""));
        snapshot(name, &out);
    }
    let two = explain("host-pid wvr003").1;
    assert!(two.starts_with("host-pid (POD002): ") && two.contains("\nunused-waiver (WVR003): "), "{two}");
}

#[test]
fn lists_are_complete_and_short() {
    let (code, out, _) = explain("--list");
    let rows: Vec<&str> = out.lines().collect();
    assert!(code == Some(0) && rows[0].starts_with("CODE"), "{out}");
    let (_, json, _) = explain("--list -o json");
    let all: Vec<Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(all.len(), rows.len() - 1);
    let baseline = explain("--list --profile pss-baseline").1;
    assert!(baseline.contains("\nPOD002  host-pid ") && !baseline.contains("run-as-root"), "{baseline}");
}

#[test]
fn pages_for_programs() {
    let (code, out, _) = explain("POD001 -o json");
    let pages: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((code, pages.len(), &pages[0]["id"]), (Some(0), 1, &Value::from("privileged-container")));
    let controls = pages[0]["controls"].as_array().unwrap().iter().map(|ask| ask["id"].as_str().unwrap());
    assert!(controls.clone().any(|id| id == "5.2.2") && controls.count() > 2, "{out}");
}

#[test]
fn what_is_unknown_is_refused_with_a_tip() {
    for (line, said) in [
        ("privilged-container", "error: no rule `privilged-container`\n help: did you mean `privileged-container`?\n"),
        ("--list --profile baseline", "error: no profile `baseline`\n"),
        ("POD001 -o sarif", "error: explanations cannot be written as sarif\n help: write them as text or json\n"),
        ("", "error: the following required arguments were not provided"),
        ("POD001 --list", "error: the argument '[RULE]...' cannot be used with '--list'"),
    ] {
        let (code, out, err) = explain(line);
        assert_eq!((code, &*out), (Some(2), ""), "{line}");
        assert!(err.starts_with(said), "{line}: {err}");
    }
}
