//! Charts that mean harm: each ends with an answer, within ten seconds of CPU time and a gigabyte of address space.
//!
//! Letters and numbers are those of the catalogue the cases come from: E templates, P and F file contents, H charts that Helm
//! had to be mended for. `CHARTSEC_BINARY` names a release binary, which is held to all of them. Without it they are
//! skipped, unless `CHARTSEC_LONG` is set: then they run against the unoptimized binary, whose stack frames are largest.

mod charts;
mod contents;
mod growth;
mod templates;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::chart::Made;

/// CPU seconds of one command of a release binary, and of code without optimization.
const SECONDS: [u32; 2] = [10, 60];
/// KiB of address space, 256 MiB of stack included.
const MEMORY: u32 = 1 << 20;

/// A name, a chart, and what `lint` or `render` must say of it; nothing in particular when it may as well be good.
type Case = (String, Made, &'static str);

fn case(name: &str, chart: Made, says: &'static str) -> Case {
    (name.to_owned(), chart, says)
}

fn template(name: &str, text: impl AsRef<[u8]>, says: &'static str) -> Case {
    case(name, Made::template(text), says)
}

/// An expression whose result is not printed.
fn silent(name: &str, expression: &str, says: &'static str) -> Case {
    template(name, format!("{{{{ $x := {expression} }}}}"), says)
}

/// Runs both commands on a chart; what is wrong with how they end.
fn run((name, chart, says): &Case, binary: &Binary, folder: &Path) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let path = chart.write(folder);
    let mut wrong = Vec::new();
    let mut said = String::new();
    for command in ["lint", "render"] {
        let mut process = Command::new("sh");
        let limits = format!("ulimit -v {MEMORY} && ulimit -t {} && exec \"$0\" \"$@\"", binary.seconds);
        process.args(["-c", &limits, &binary.path, command, &path]);
        for set in &chart.set {
            process.args(["--set", set]);
        }
        let output = process.current_dir(folder).output().unwrap();
        if !matches!(output.status.code(), Some(0 | 1 | 3)) {
            let told: String = String::from_utf8_lossy(&output.stderr).chars().take(400).collect();
            wrong.push(format!("{command}: {name}: {}: {told}", output.status));
        }
        let printed = if command == "lint" { &output.stdout } else { &output.stderr };
        if printed.contains(&0x1b) || printed.contains(&0) || String::from_utf8_lossy(printed).contains('\u{202e}') {
            wrong.push(format!("{command}: {name}: control characters are printed"));
        }
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    if !said.contains(says) {
        wrong.push(format!("{name}: nothing says {says:?}: {}", said.chars().take(400).collect::<String>()));
    }
    fs::remove_dir_all(folder).unwrap();
    wrong
}

/// What is held to the cases.
struct Binary {
    path: String,
    /// CPU seconds of one command.
    seconds: u32,
}

impl Binary {
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn chosen() -> Option<Self> {
        let [release, debug] = SECONDS;
        if let Ok(path) = std::env::var("CHARTSEC_BINARY") {
            return Some(Self { path, seconds: release });
        }
        if std::env::var_os("CHARTSEC_LONG").is_none() {
            eprintln!("skipped: hostile charts; CHARTSEC_BINARY=target/release/chartsec or CHARTSEC_LONG=1 runs them");
            return None;
        }
        Some(Self { path: env!("CARGO_BIN_EXE_chartsec").to_owned(), seconds: debug })
    }
}

fn all(cases: &[Case]) -> Vec<String> {
    let Some(binary) = Binary::chosen() else { return Vec::new() };
    let folder = tempfile::tempdir().unwrap();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { return };
                    let found = run(case, &binary, &folder.path().join(number.to_string()));
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

#[test]
fn recursion_ends() {
    assert_eq!(all(&templates::recursion()), [""; 0]);
}

#[test]
fn growth_ends() {
    assert_eq!(all(&growth::growth()), [""; 0]);
}

#[test]
fn cycles_end() {
    assert_eq!(all(&templates::cycles()), [""; 0]);
}

#[test]
fn surroundings_stay_out() {
    assert_eq!(all(&templates::surroundings()), [""; 0]);
}

#[test]
fn contents_are_read_or_refused() {
    assert_eq!(all(&contents::contents()), [""; 0]);
}

#[test]
fn charts_are_read_or_refused() {
    assert_eq!(all(&charts::charts()), [""; 0]);
}

#[test]
fn archives_are_read_or_refused() {
    assert_eq!(all(&charts::archives()), [""; 0]);
}
