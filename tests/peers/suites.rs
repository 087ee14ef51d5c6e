//! The cases of a suite: objects, the check that judges them, and its verdict.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folders of published cases.
pub(crate) const SUITES: [&str; 5] = ["kube-linter", "polaris", "kubescape", "kube-score", "checkov"];

/// One verdict of a peer.
#[derive(Debug)]
pub(crate) struct Case {
    /// The suite and the path below it, which names the case in reports.
    pub path: String,
    /// The peer's check.
    pub check: String,
    /// Our codes for it: at least one fires, or none does.
    pub codes: Vec<String>,
    /// Whether the check finds something.
    pub fails: bool,
    /// How many findings it has for objects of each kind, where that is known.
    pub kinds: Option<BTreeMap<String, usize>>,
    /// Whether the verdict is one to be held to.
    pub compared: bool,
    /// The files that hold the objects.
    files: Vec<PathBuf>,
}

impl Case {
    /// All objects of the case as one stream of documents.
    pub(crate) fn text(&self) -> io::Result<String> {
        let mut text = String::new();
        for file in &self.files {
            let content = fs::read_to_string(file).map_err(|error| at(file, &error))?;
            text.push_str("---\n");
            text.push_str(content.trim_start_matches('\u{feff}'));
            text.push('\n');
        }
        Ok(text)
    }
}

/// The cases of a suite, in the order of its index.
pub(crate) fn cases(fixtures: &Path, suite: &str) -> io::Result<Vec<Case>> {
    let folder = fixtures.join(suite);
    let index = folder.join("index.tsv");
    let table = fs::read_to_string(&index).map_err(|error| at(&index, &error))?;
    let mut lines = table.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |name: &str| {
            let at = columns.iter().position(|column| *column == name)?;
            cells.get(at).copied().filter(|cell| *cell != "-")
        };
        let needed = |name: &str| {
            cell(name).ok_or_else(|| io::Error::other(format!("{}: no `{name}` in {line}", index.display())))
        };
        let path = needed("path")?;
        let fails = match cell("expected") {
            Some(verdict) => verdict == "fail",
            None => needed("findings")? != "0",
        };
        let complete = cell("kinds_complete") == Some("yes");
        Ok(Case {
            path: format!("{suite}/{path}"),
            check: cell("check").or_else(|| cell("rule")).unwrap_or_default().to_owned(),
            codes: cell("catalogue").unwrap_or_default().split(',').map(str::to_owned).collect(),
            fails,
            kinds: cell("findings_by_kind").filter(|_| complete).map(kinds),
            compared: cell("compare") == Some("yes"),
            files: files(&folder.join(path), cell("files"))?,
        })
    };
    lines.map(row).collect()
}

/// `Deployment:2,Pod:1`.
fn kinds(text: &str) -> BTreeMap<String, usize> {
    let pairs = text.split(',').filter_map(|pair| pair.split_once(':'));
    pairs.filter_map(|(kind, count)| Some((kind.to_owned(), count.parse().ok()?))).collect()
}

/// The file at a path; of a folder those that are named, else all below it.
fn files(path: &Path, names: Option<&str>) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if let Some(names) = names {
        return Ok(names.split(',').map(|name| path.join(name)).collect());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| at(path, &error))? {
        found.extend(files(&entry?.path(), None)?);
    }
    found.sort();
    Ok(found)
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
