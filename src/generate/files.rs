//! What was generated: files by path, their checksums, and how a folder differs from them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Texts by slash path.
pub type Files = BTreeMap<String, String>;

/// The file that lists the checksums of all others, as `sha256sum -c` reads it: it tells generated files from edited ones.
pub const SUMS: &str = "SHA256SUMS";

/// One way in which a folder is not what is generated now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A file is not there.
    Missing(String),
    /// A file has other bytes.
    Changed(String),
    /// A file should not be there.
    Surplus(String),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "missing: {path}"),
            Self::Changed(path) => write!(f, "changed: {path}"),
            Self::Surplus(path) => write!(f, "not generated: {path}"),
        }
    }
}

/// How `found` differs from `wanted`, by path.
#[must_use]
pub fn difference(wanted: &Files, found: &BTreeMap<String, Vec<u8>>) -> Vec<Difference> {
    let of_wanted = wanted.iter().filter_map(|(path, text)| match found.get(path) {
        None => Some(Difference::Missing(path.clone())),
        Some(bytes) if bytes != text.as_bytes() => Some(Difference::Changed(path.clone())),
        Some(_) => None,
    });
    let surplus = found.keys().filter(|path| !wanted.contains_key(*path)).cloned().map(Difference::Surplus);
    of_wanted.chain(surplus).collect()
}

/// Adds the list of checksums.
pub fn sum(files: &mut Files) {
    let sums = files.iter().map(|(path, text)| line(path, text.as_bytes())).collect();
    files.insert(SUMS.into(), sums);
}

/// Whether a list of checksums has this file with these bytes.
#[must_use]
pub fn is_recorded(sums: &str, path: &str, bytes: &[u8]) -> bool {
    let line = line(path, bytes);
    sums.lines().any(|recorded| recorded == line.trim_end())
}

/// Whether a text is a list of checksums.
#[must_use]
pub fn is_sums(text: &str) -> bool {
    let is_digest = |digest: &str| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.lines().all(|line| line.split_once("  ").is_some_and(|(digest, _)| is_digest(digest)))
}

fn line(path: &str, bytes: &[u8]) -> String {
    let mut line = String::with_capacity(path.len() + 67);
    for byte in Sha256::digest(bytes) {
        let _ = write!(line, "{byte:02x}");
    }
    let _ = writeln!(line, "  {path}");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_one_file_more_or_less_is_a_difference() {
        let wanted: Files = [("a".into(), "1".into()), ("b/c".into(), "2".into())].into();
        let mut found: BTreeMap<String, Vec<u8>> =
            wanted.iter().map(|(path, text)| (path.clone(), text.clone().into())).collect();
        assert_eq!(difference(&wanted, &found), []);
        found.insert("a".into(), b"2".to_vec());
        found.remove("b/c");
        found.insert("d".into(), Vec::new());
        let told: Vec<String> = difference(&wanted, &found).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["changed: a", "missing: b/c", "not generated: d"]);
    }

    #[test]
    fn checksums_are_those_of_sha256sum() {
        let mut files: Files = [("a".into(), "abc".into())].into();
        sum(&mut files);
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n";
        assert_eq!(files[SUMS], expected);
    }
}
