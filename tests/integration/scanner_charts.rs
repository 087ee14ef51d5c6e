//! Five published charts full of faults, and what their reviewers found in them by hand (`CHARTSEC_FIXTURES`).
//!
//! Four of them do not parse. What only rendering shows is looked for in copies in which that is mended: dependencies copied
//! into `charts/`, paths with a hyphen written with `index`, and for one chart an empty map given its key.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::fixtures;

/// Flags of runs.
type Runs = &'static [&'static [&'static str]];

/// A chart, its dependency, and the flags of the runs beside the plain one.
const CHARTS: [(&str, Option<&str>, Runs); 5] = [
    (
        "scanner-infrastructure",
        None,
        &[
            &["-f", "scanner-infrastructure/examples/values-production.yaml"],
            &["--set", "rbac.rules.ephemeralContainers.enabled=true"],
        ],
    ),
    ("common-scanner", Some("scanner-infrastructure"), &[&["-f", "common-scanner/examples/values-strict.yaml"]]),
    ("standard-scanner", Some("common-scanner"), &[]),
    ("distroless-scanner", Some("common-scanner"), &[]),
    ("sidecar-scanner", Some("common-scanner"), &[]),
];

/// Rows that name another line than the one to go to, and that line: chart, file, line, code.
const ELSEWHERE: [(&str, &str, u64, &str, u64); 3] = [
    // The line of the container; what is missing belongs into its `resources`, which are there.
    ("standard-scanner", "templates/test-pod.yaml", 25, "RES005", 28),
    ("distroless-scanner", "templates/test-pod.yaml", 26, "RES005", 29),
    ("sidecar-scanner", "templates/test-pod.yaml", 29, "RES005", 32),
];

type Row = (String, String, u64, String);

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// Paths with a hyphen, written as templates can read them.
fn with_index(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(".Values.") {
        let end = behind.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(behind.len());
        let (path, after) = behind.split_at(end);
        out.push_str(before);
        if path.contains('-') {
            let keys: Vec<String> = path.split('.').map(|key| format!("{key:?}")).collect();
            out.push_str(&format!("(index .Values {})", keys.join(" ")));
        } else {
            out.push_str(".Values.");
            out.push_str(path);
        }
        rest = after;
    }
    out + rest
}

fn mend(folder: &Path, empty_map: bool) {
    for (name, dependency, _) in CHARTS {
        let chart = folder.join(name);
        for file in crate::common::files(&chart.join("templates"), |_| true) {
            let mut text = with_index(&fs::read_to_string(&file).unwrap());
            if empty_map {
                let bare = "{{- toYaml .Values.volumes.results.emptyDir | nindent 4 }}";
                text = text.replace(bare, "emptyDir: {{ toJson .Values.volumes.results.emptyDir }}");
            }
            fs::write(file, text).unwrap();
        }
        if let Some(dependency) = dependency {
            copy(&folder.join(dependency), &chart.join("charts").join(dependency));
        }
    }
}

/// What a run says of one chart's own files.
fn run(folder: &Path, chart: &str, flags: &[&str], rows: &mut BTreeSet<Row>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.current_dir(folder).args(["lint", chart, "-o", "json", "--profile", "pedantic", "--fail-on", "never"]);
    let output = command.args(flags).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    for finding in report["findings"].as_array().unwrap() {
        for place in [&finding["template"], &finding["values"]] {
            let file = place["file"].as_str().unwrap_or_default();
            if let Some(file) = file.strip_prefix(chart).and_then(|file| file.strip_prefix('/')) {
                let code = finding["code"].as_str().unwrap().to_owned();
                rows.insert((chart.to_owned(), file.to_owned(), place["line"].as_u64().unwrap(), code));
            }
        }
    }
}

#[test]
fn what_reviewers_found_by_hand_is_found() {
    let Some(fixtures) = fixtures() else { return };
    let fixtures = fixtures.join("upstream-scanner-charts");
    let mut found = BTreeSet::new();
    for (index, mended) in [None, Some(false), Some(true)].into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        CHARTS.iter().for_each(|(name, ..)| copy(&fixtures.join(name), &folder.path().join(name)));
        if let Some(empty_map) = mended {
            mend(folder.path(), empty_map);
        }
        for (name, _, flags) in CHARTS {
            if index == 2 && name != "sidecar-scanner" {
                continue;
            }
            run(folder.path(), name, &[], &mut found);
            flags.iter().for_each(|flags| run(folder.path(), name, flags, &mut found));
        }
    }
    let table = fs::read_to_string(fixtures.join("expected.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let expected: BTreeSet<Row> = rows
        .filter(|cells| cells[4] != "-")
        .map(|cells| {
            let line = cells[2].parse().unwrap();
            let row = (cells[0], cells[1], line, cells[4]);
            let elsewhere = ELSEWHERE.iter().find(|other| (other.0, other.1, other.2, other.3) == row);
            (cells[0].to_owned(), cells[1].to_owned(), elsewhere.map_or(line, |other| other.4), cells[4].to_owned())
        })
        .collect();
    let missed: Vec<&Row> = expected.difference(&found).collect();
    assert!(missed.is_empty(), "{} of {}: {missed:#?}", missed.len(), expected.len());
    let unread = |rows: &BTreeSet<Row>| rows.iter().filter(|row| row.3 == "CHT007").cloned().collect::<BTreeSet<_>>();
    let (wanted, told) = (unread(&expected), unread(&found));
    assert_eq!(wanted.len(), 31);
    assert_eq!(told.difference(&wanted).collect::<Vec<_>>(), Vec::<&Row>::new());
}
