//! `--fixes N`: fixes of findings, each applied by itself to a copy of the chart as a program that knows no YAML would do it.
//!
//! The finding is gone, every case renders as it did, and the values file has the comments and the other values that it had.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use chartsec::finding::{Finding, Fix};
use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::report::{Report, Status};
use chartsec::yaml;
use chartsec::yaml::node::{Data, Node};

use super::lint;
use super::random::Random;

/// How many fixes of a chart were tried, and whether all are right; what is not is printed.
pub(super) fn check(linter: &Linter, chart: &Path, most: usize, random: &mut Random) -> io::Result<(usize, bool)> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("chart");
    copy_folder(chart, &copy)?;
    let path = copy.display().to_string();
    let before = lint(linter, &path);
    let fixes = before.findings.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?))).collect();
    let mut fixes: Vec<(&Finding, &Fix)> = random.shuffle(fixes);
    fixes.truncate(most);
    let mut right = true;
    for (finding, fix) in &fixes {
        let file = copy.join("values.yaml");
        let old = fs::read_to_string(&file)?;
        let new = applied(&old, fix);
        fs::write(&file, &new)?;
        let after = lint(linter, &path);
        fs::write(&file, &old)?;
        for fault in faults(finding, &before, &after).into_iter().chain(changed(&old, &new, fix.edits.len())) {
            let object = finding.objects.first();
            let place = object.map(|object| format!("{}/{} {}", object.kind, object.name, object.path));
            let place = place.unwrap_or_default();
            println!("{}: {} {place}: {fault}\n  {:?}", chart.display(), finding.rule.id, fix.edits);
            right = false;
        }
    }
    Ok((fixes.len(), right))
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // Links are followed: a copy holds what they lead to.
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()))?;
        } else if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// The text with the edits in it.
fn applied(text: &str, fix: &Fix) -> String {
    let offset = |line: u32, column: u32| {
        let start: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
        start + text[start..].chars().take(column as usize - 1).map(char::len_utf8).sum::<usize>()
    };
    let mut new = text.to_owned();
    for edit in fix.edits.iter().rev() {
        assert!(edit.file.ends_with("/chart/values.yaml"), "{edit:?}");
        new.replace_range(offset(edit.line, edit.column)..offset(edit.end_line, edit.end_column), &edit.text);
    }
    new
}

fn faults(finding: &Finding, before: &Report, after: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    // The index of a container changes with the case; the template line and the field in it do not.
    let field =
        |finding: &Finding| finding.objects.first().map(|object| object.path.rsplit('.').next().map(str::to_owned));
    let cause = |finding: &Finding| (finding.rule.id.clone(), finding.template.clone(), field(finding));
    if after.findings.iter().any(|other| cause(other) == cause(finding)) {
        faults.push("still there".to_owned());
    }
    let statuses = |report: &Report| -> Vec<(String, Status)> {
        let cases = report.charts.iter().flat_map(|chart| &chart.cases);
        cases.map(|case| (case.name.clone(), case.status)).collect()
    };
    if statuses(before) != statuses(after) {
        faults.push("renders otherwise".to_owned());
    }
    faults
}

/// What is wrong with the new text of a values file in which some keys should have got a value.
fn changed(old: &str, new: &str, edits: usize) -> Vec<String> {
    let read = |text: &str| yaml::read(text.as_bytes(), &Limits::default()).ok().flatten();
    let (Some(before), Some(after)) = (read(old), read(new)) else { return vec!["is no YAML any more".to_owned()] };
    let (mut had, mut has) = (BTreeMap::new(), BTreeMap::new());
    leaves(&before, String::new(), &mut had);
    leaves(&after, String::new(), &mut has);
    let lost = had.iter().filter(|(path, value)| has.get(*path) != Some(value)).count();
    let got = has.iter().filter(|(path, value)| had.get(*path) != Some(value)).count();
    let comments = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| Some(line[line.find('#')?..].trim_end().to_owned())).collect()
    };
    let mut faults = Vec::new();
    if lost > edits || got == 0 || got > edits {
        faults.push(format!("{lost} values are no more, {got} are new"));
    }
    if comments(old) != comments(new) {
        faults.push("comments are not the same".to_owned());
    }
    faults
}

/// What holds nothing, and lists as a whole, by their paths.
fn leaves(node: &Node, path: String, found: &mut BTreeMap<String, String>) {
    match &node.data {
        Data::Map(entries) if !entries.is_empty() => {
            for entry in entries.iter() {
                leaves(&entry.value, format!("{path}\n{}", entry.key), found);
            }
        }
        Data::List(items) if items.iter().any(|item| !item.entries().is_empty()) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, format!("{path}\n{index}"), found);
            }
        }
        data => {
            let shown = match data {
                Data::List(items) => format!("{:?}", items.iter().map(|item| &item.data).collect::<Vec<_>>()),
                data => format!("{data:?}"),
            };
            found.insert(path, shown);
        }
    }
}
