//! The published verdicts and their Pods.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;

use super::options::Options;

/// One verdict.
#[derive(Debug)]
pub(crate) struct Row {
    /// The Pod's file below `pod-security`.
    pub path: String,
    /// `baseline` or `restricted`.
    pub level: String,
    /// `1.0` to `1.37`.
    pub version: String,
    /// Whether the Pod breaks the level.
    pub fails: bool,
    /// The Pod.
    pub text: String,
}

/// The rows of verdicts.tsv, or the sample asked for.
pub(crate) fn rows(options: &Options) -> io::Result<Vec<Row>> {
    let folder = options.folder.join("pod-security");
    let table = fs::read_to_string(folder.join("verdicts.tsv"))?;
    let mut lines: Vec<&str> = table.lines().skip(1).collect();
    if let Some(count) = options.sample {
        let key = |line: &&str| {
            let mut hasher = DefaultHasher::new();
            (options.seed, line).hash(&mut hasher);
            hasher.finish()
        };
        lines.sort_by_key(key);
        lines.truncate(count);
    }
    let row = |line: &str| {
        let [path, level, version, expected] = line.split('\t').take(4).collect::<Vec<_>>()[..] else {
            return Err(io::Error::other(format!("not four columns: {line}")));
        };
        Ok(Row {
            path: path.to_owned(),
            level: level.to_owned(),
            version: version.to_owned(),
            fails: expected == "fail",
            text: fs::read_to_string(folder.join(path))?,
        })
    };
    lines.into_iter().map(row).collect()
}
