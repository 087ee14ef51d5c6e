//! What integration tests share: snapshots in one folder, places on disk, and skipping aloud.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares `text` with `snapshots/NAME.snap`; every snapshot goes through here, so that its name is explicit.
pub(crate) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.to_owned(), text));
}

/// Standard output of the binary, run in a folder; it must end well.
pub(crate) fn chartsec(arguments: &[&str], folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    let output = command.args(arguments).current_dir(folder).env_clear().output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The folder of public charts named by `CHARTSEC_CORPUS`, or a loud skip.
pub(crate) fn corpus() -> Option<PathBuf> {
    folder("CHARTSEC_CORPUS", "a folder of public charts")
}

/// The folder of published fixtures named by `CHARTSEC_FIXTURES`, or a loud skip.
pub(crate) fn fixtures() -> Option<PathBuf> {
    folder("CHARTSEC_FIXTURES", "a folder of published fixtures")
}

/// The file of recorded answers of Helm named by `CHARTSEC_PROBES`, or a loud skip.
pub(crate) fn probes() -> Option<PathBuf> {
    folder("CHARTSEC_PROBES", "a file of recorded answers of Helm")
}

/// Real Helm as `tests/oracle/install` builds it, or a loud skip; under `CI=true` it must be there.
pub(crate) fn helm(version: &str) -> Option<String> {
    let found = crate::oracle::helm::installed(version).map(|path| path.to_str().unwrap().to_owned());
    if found.is_none() {
        skip(&format!("run tests/oracle/install (Go 1.26 or later) to compare with helm {version}"));
    }
    found
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn skip(how: &str) {
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "not skipped under CI=true: {how}");
    eprintln!("skipped: {how}");
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn folder(variable: &str, what: &str) -> Option<PathBuf> {
    match std::env::var_os(variable) {
        Some(path) => Some(PathBuf::from(path)),
        None => {
            eprintln!("skipped: set {variable} to {what}");
            None
        }
    }
}

/// All files below `folder` that `wanted` picks, sorted.
pub(crate) fn files(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !matches!(entry.file_name().to_str(), Some("target" | ".git")))
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file() && wanted(entry.path()))
        .map(walkdir::DirEntry::into_path)
        .collect();
    found.sort();
    found
}
