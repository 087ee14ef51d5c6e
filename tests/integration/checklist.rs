//! The 27 items of the hardening checklist, each on charts that fail it and charts that pass it: `tests/checklist/NN-item/*.yaml`.
//!
//! A file holds the files of one chart and what is expected of it. `fails` names the rule, the template line, the values key and its
//! line, and the grade, as far as they are given; `passes` means that no rule of the item fires. Either way the checklist of
//! the Markdown report must come to the same. Findings of other rules are left alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use chartsec::report::checklist;
use serde::Deserialize;
use serde_json::Value;

use crate::common::{files, root};

/// The day of the cases: 2026-11-29, noon.
const TODAY: &str = "1795953600";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Options of the command line.
    #[serde(default)]
    options: String,
    fails: Option<Expected>,
    #[serde(default)]
    passes: bool,
    /// What the checklist says of the item, when it is not `fail` or `pass`.
    verdict: Option<String>,
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    rule: String,
    /// Template line: `templates/web.yaml:12`.
    at: Option<String>,
    key: Option<String>,
    /// Line of the values key: `values.yaml:3`.
    values: Option<String>,
    grade: Option<String>,
}

/// The number of an item, from its folder.
fn number(path: &Path) -> usize {
    let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
    folder.split('-').next().unwrap().parse().unwrap()
}

fn cases() -> Vec<PathBuf> {
    files(&root().join("tests/checklist"), |path| path.extension().is_some_and(|extension| extension == "yaml"))
}

#[test]
fn every_item_has_charts_that_fail_and_charts_that_pass() {
    let items: Vec<_> = checklist::groups().into_iter().flat_map(|group| group.items).collect();
    assert_eq!(items.len(), 27);
    let mut counts = vec![(0, 0); items.len()];
    for path in cases() {
        let case: Case = serde_yaml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let (fails, passes) = &mut counts[number(&path) - 1];
        *(if case.fails.is_some() { fails } else { passes }) += 1;
        assert_ne!(case.fails.is_some(), case.passes, "{}", path.display());
        let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        assert_eq!(folder, format!("{:02}-{}", number(&path), items[number(&path) - 1].id));
    }
    for (item, (fails, passes)) in items.iter().zip(counts).filter(|(item, _)| !item.rules.is_empty()) {
        assert!(fails >= 3 && passes >= 2, "{}: {fails} fail, {passes} pass", item.id);
    }
}

#[test]
fn the_charts_of_the_checklist_come_out_as_expected() {
    let cases = cases();
    let (next, wrong) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(path) = next.lock().unwrap().next() else { return };
                    let name = path.strip_prefix(root().join("tests/checklist")).unwrap().display();
                    let faults: Vec<String> = check(path).iter().map(|fault| format!("{name}: {fault}")).collect();
                    wrong.lock().unwrap().extend(faults);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// What is not as a case expects.
fn check(path: &Path) -> Vec<String> {
    let case: Case = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let (report, checklist) = lint(&case);
    let item = checklist::groups().into_iter().flat_map(|group| group.items).nth(number(path) - 1).unwrap();
    let mut faults = Vec::new();
    let of_rule =
        |rule: &str| report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == rule).collect::<Vec<_>>();
    match &case.fails {
        Some(expected) => {
            let found: Vec<String> = of_rule(&expected.rule).iter().map(|finding| shown(finding)).collect();
            if !of_rule(&expected.rule).iter().any(|finding| expected.matches(finding)) {
                faults.push(format!("wanted {}, found {found:?}", expected.shown()));
            }
        }
        None => {
            for rule in item.rules.iter().filter(|rule| rule.mentions.is_none()).map(|rule| &*rule.rule) {
                faults.extend(of_rule(rule).iter().map(|finding| format!("fires: {rule} {}", shown(finding))));
            }
        }
    }
    let verdict = case.verdict.as_deref().unwrap_or(if case.passes { "pass" } else { "fail" });
    let row = checklist
        .lines()
        .find(|line| line.split('|').nth(2).is_some_and(|cell| cell.trim() == number(path).to_string()));
    if !row.is_some_and(|row| row.split('|').nth(1).unwrap().trim().ends_with(verdict)) {
        faults.push(format!("wanted `{verdict}` of the checklist: {row:?}"));
    }
    faults
}

/// The report of a case, as JSON and as Markdown.
fn lint(case: &Case) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &case.files {
        // Evidence and configuration lie beside the chart.
        let beside =
            !name.contains('/') && !["Chart.yaml", "values.yaml", "README.md", "values.schema.json"].contains(&&**name);
        let path = if beside { folder.path().join(name) } else { folder.path().join("shop").join(name) };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let head = folder.path().join("shop/Chart.yaml");
    if !head.exists() {
        fs::write(head, "apiVersion: v2\nname: shop\nversion: 1.0.0\n").unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.args(["lint", "shop", "-o", "json", "-o", "markdown=report.md"]).args(case.options.split_whitespace());
    let output = command.current_dir(folder.path()).env_clear().env("SOURCE_DATE_EPOCH", TODAY).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|wrong| panic!("{wrong}: {error}"));
    (report, fs::read_to_string(folder.path().join("report.md")).unwrap())
}

/// `shop/templates/web.yaml` 12 as cases write it: `templates/web.yaml:12`.
fn place(at: &Value) -> Option<String> {
    let file = at["file"].as_str()?;
    Some(format!("{}:{}", file.strip_prefix("shop/").unwrap_or(file), at["line"]))
}

fn shown(finding: &Value) -> String {
    let place = |at| place(at).unwrap_or_else(|| "-".into());
    format!(
        "{} {} {} {}",
        place(&finding["template"]),
        place(&finding["values"]),
        finding["values"]["key"],
        finding["grade"]
    )
}

impl Expected {
    fn matches(&self, finding: &Value) -> bool {
        let same = |wanted: &Option<String>, found: Option<String>| wanted.is_none() || *wanted == found;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        same(&self.at, place(&finding["template"]))
            && same(&self.values, place(&finding["values"]))
            && same(&self.key, text(&finding["values"]["key"]))
            && same(&self.grade, text(&finding["grade"]))
    }

    fn shown(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "any".into());
        format!("{} at {} {} {} {}", self.rule, part(&self.at), part(&self.values), part(&self.key), part(&self.grade))
    }
}
