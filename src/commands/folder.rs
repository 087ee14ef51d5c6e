//! Folders of generated files: reading them, and writing them without harm to anything else.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use chartsec::generate::{self, Files, SUMS};

use crate::exit::{Exit, Failure};

/// Files that would not be named one by one.
const NAMED: usize = 5;

/// All files of a folder by slash path; none if there is no folder. What is neither file nor folder is an error.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let mut found = BTreeMap::new();
    if fs::symlink_metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(found);
    }
    let refused = |path: &Path, why: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot read `{}`: {why}", path.display())).help("choose another folder")
    };
    for entry in walkdir::WalkDir::new(folder).follow_root_links(true) {
        let entry = entry.map_err(|error| refused(error.path().unwrap_or(folder), &error))?;
        let path = entry.path();
        if entry.file_type().is_dir() {
            continue;
        }
        let inside = path.strip_prefix(folder).unwrap_or(path);
        if !entry.file_type().is_file() || inside.as_os_str().is_empty() {
            return Err(refused(path, &"it is no regular file in a folder"));
        }
        let bytes = fs::read(path).map_err(|error| refused(path, &error))?;
        let name: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        found.insert(name.join("/"), bytes);
    }
    Ok(found)
}

/// Makes the folder hold exactly `wanted`. Refuses when it holds a file that an earlier run has not written as it is.
pub(super) fn write(folder: &Path, wanted: &Files) -> Result<(), Failure> {
    let found = read(folder)?;
    let sums = found.get(SUMS).map(|sums| String::from_utf8_lossy(sums).into_owned()).unwrap_or_default();
    let is_ours = |path: &str, bytes: &[u8]| {
        wanted.get(path).is_some_and(|text| text.as_bytes() == bytes) || generate::is_recorded(&sums, path, bytes)
    };
    let foreign: Vec<&str> = found
        .iter()
        .filter(|(path, bytes)| *path != SUMS && !is_ours(path, bytes))
        .map(|(path, _)| path.as_str())
        .collect();
    if !foreign.is_empty() || (found.contains_key(SUMS) && !generate::is_sums(&sums)) {
        return Err(occupied(folder, &foreign));
    }
    let failed = |path: &Path, error: io::Error| {
        Failure::new(Exit::Usage, format!("cannot write `{}`: {error}", path.display()))
            .help("choose a folder that can be written to")
    };
    for path in found.keys().filter(|path| !wanted.contains_key(*path)) {
        let path = folder.join(path);
        fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        // Folders that are empty now go too; the first that is not ends it.
        path.ancestors().skip(1).take_while(|up| *up != folder).all(|up| fs::remove_dir(up).is_ok());
    }
    for (name, text) in
        wanted.iter().filter(|(name, text)| found.get(*name).map(Vec::as_slice) != Some(text.as_bytes()))
    {
        let path = folder.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(|error| failed(&path, error))?;
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn occupied(folder: &Path, foreign: &[&str]) -> Failure {
    let named = foreign.iter().take(NAMED).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
    let more = match foreign.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = if foreign.is_empty() { format!("`{SUMS}`") } else { named };
    let message = format!("`{}` holds what this command has not written: {what}{more}", folder.display());
    Failure::usage(message).help("choose a new or empty folder, or remove these files")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        let mut files: Files = list.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        generate::sum(&mut files);
        files
    }

    #[test]
    fn what_is_not_ours_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("charts");
        let (old, new) = (files(&[("a/b", "1"), ("a/c", "2")]), files(&[("a/b", "3"), ("d", "4")]));
        write(&out, &old).unwrap();
        write(&out, &new).unwrap();
        assert_eq!(generate::difference(&new, &read(&out).unwrap()), []);
        assert!(!out.join("a/c").exists());
        fs::write(out.join("a/b"), "edited").unwrap();
        fs::write(out.join("mine"), "").unwrap();
        let failure = write(&out, &old).unwrap_err();
        assert!(failure.message.ends_with("has not written: `a/b`, `mine`"), "{}", failure.message);
        assert_eq!(fs::read_to_string(out.join("d")).unwrap(), "4");
        let other = folder.path().join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join(SUMS), "notes").unwrap();
        assert!(write(&other, &old).is_err());
        assert_eq!(fs::read_to_string(other.join(SUMS)).unwrap(), "notes");
    }
}
