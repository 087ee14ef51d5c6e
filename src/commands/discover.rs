//! What `lint` is to look at: the paths of the command line, or the charts of this repository.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::exit::Failure;

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    /// A chart folder.
    Chart,
    /// A packaged chart.
    Archive,
    /// A file of manifests.
    Manifests,
    /// Manifests on standard input.
    Stdin,
}

/// One thing to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) kind: InputKind,
    /// Where to read it; nothing for standard input.
    pub(crate) path: PathBuf,
    /// How reports name it: relative to the working directory, with `/`.
    pub(crate) name: String,
}

/// The inputs of a run, and folders that could not be searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) inputs: Vec<Input>,
    pub(crate) not_evaluated: Vec<String>,
}

/// Finds what `paths` name, each thing once; without a path the charts of the repository around `folder`.
pub(crate) fn inputs(paths: &[String], folder: &Path) -> Result<Found, Failure> {
    let root = folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(folder);
    let mut search = Search { folder, root, found: Found::default(), seen: HashSet::new() };
    if paths.is_empty() {
        search.repository()?;
    }
    for path in paths {
        search.named(path)?;
    }
    Ok(search.found)
}

struct Search<'a> {
    /// The working directory.
    folder: &'a Path,
    /// The folder above it that holds `.git`, else itself.
    root: &'a Path,
    found: Found,
    seen: HashSet<PathBuf>,
}

impl Search<'_> {
    fn repository(&mut self) -> Result<(), Failure> {
        if self.below(self.root) {
            return Ok(());
        }
        let help = "name a chart, an archive, a manifest file, or `-` for manifests on standard input";
        Err(Failure::usage(format!("no chart in `{}`", self.shown(self.root))).help(help))
    }

    fn named(&mut self, argument: &str) -> Result<(), Failure> {
        if argument == "-" {
            self.add(InputKind::Stdin, PathBuf::new(), "-".into());
            return Ok(());
        }
        let path = self.folder.join(argument);
        let unreadable = |error| Failure::usage(format!("cannot read `{argument}`: {}", reason(&error)));
        if !fs::metadata(&path).map_err(unreadable)?.is_dir() {
            return self.file(&path).map_err(unreadable);
        }
        // A folder that looks like a chart without Chart.yaml is left to the loader, which says so.
        let broken = || path.join("templates").is_dir() || path.join("values.yaml").is_file();
        if is_chart(&path) {
            self.chart(&path);
        } else if !self.below(&path) {
            if !broken() {
                let help = "a chart is a folder with a Chart.yaml; manifest files are checked when they are named";
                return Err(Failure::usage(format!("no chart in `{argument}`")).help(help));
            }
            self.chart(&path);
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> std::io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let kind = if name == "chart.yaml" {
            self.chart(path.parent().unwrap_or(path));
            return Ok(());
        } else if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
            InputKind::Archive
        } else if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            InputKind::Manifests
        } else {
            detect(path)?
        };
        self.add(kind, path.to_owned(), self.shown(path));
        Ok(())
    }

    /// Adds every chart in a folder and below it; whether there was one.
    fn below(&mut self, folder: &Path) -> bool {
        let mut any = false;
        let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_skipped(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && entry.file_name() == "Chart.yaml" => {
                    any = true;
                    self.chart(entry.path().parent().unwrap_or(folder));
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().map_or_else(String::new, |path| self.shown(path));
                    let why = error.io_error().map_or_else(|| error.to_string(), reason);
                    self.found.not_evaluated.push(format!("{path}: cannot be searched: {why}"));
                }
            }
        }
        any
    }

    fn chart(&mut self, path: &Path) {
        self.add(InputKind::Chart, path.to_owned(), self.shown(path));
    }

    fn add(&mut self, kind: InputKind, path: PathBuf, name: String) {
        let key = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        if self.seen.insert(key) {
            self.found.inputs.push(Input { kind, path, name });
        }
    }

    /// A path as reports show it: relative inside the working directory and its repository, else as it is.
    fn shown(&self, path: &Path) -> String {
        let ups = self.folder.ancestors().take_while(|folder| folder.starts_with(self.root)).enumerate();
        let relative = ups.into_iter().find_map(|(up, folder)| Some((up, path.strip_prefix(folder).ok()?)));
        let path = relative.map_or_else(
            || path.components().collect(),
            |(up, rest)| std::iter::repeat_n("..", up).map(PathBuf::from).chain([rest.to_owned()]).collect::<PathBuf>(),
        );
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        match parts.split_first() {
            None => ".".into(),
            Some((root, parts)) if root == "/" => format!("/{}", parts.join("/")),
            Some(_) => parts.join("/"),
        }
    }
}

fn is_chart(folder: &Path) -> bool {
    folder.join("Chart.yaml").is_file()
}

/// Hidden folders, those of other tools, and the subcharts of a chart.
fn is_skipped(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.file_type().is_dir()
        && (name.starts_with('.')
            || matches!(&*name, "node_modules" | "target")
            || (name == "charts" && entry.path().parent().is_some_and(is_chart)))
}

/// An archive or manifests, by the first bytes.
fn detect(path: &Path) -> std::io::Result<InputKind> {
    let mut head = Vec::new();
    File::open(path)?.take(2).read_to_end(&mut head)?;
    Ok(if head == [0x1F, 0x8B] { InputKind::Archive } else { InputKind::Manifests })
}

/// An error of the system without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or_else(|| text.clone(), |(what, _)| what.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        root
    }

    fn names(paths: &[&str], folder: &Path) -> Vec<String> {
        let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        let found = inputs(&paths, folder).unwrap().inputs;
        found.into_iter().map(|input| format!("{:?} {}", input.kind, input.name)).collect()
    }

    const REPOSITORY: &[&str] = &[
        ".git/HEAD",
        ".github/Chart.yaml",
        "charts/b/Chart.yaml",
        "charts/b/charts/sub/Chart.yaml",
        "charts/a/Chart.yaml",
        "charts/a/examples/e/Chart.yaml",
        "node_modules/x/Chart.yaml",
        "target/x/Chart.yaml",
        "docs/readme.md",
    ];

    #[test]
    fn without_a_path_the_repository_is_searched() {
        let root = tree(REPOSITORY);
        assert_eq!(names(&[], root.path()), ["Chart charts/a", "Chart charts/a/examples/e", "Chart charts/b"]);
        let below = root.path().join("docs");
        assert_eq!(names(&[], &below), ["Chart ../charts/a", "Chart ../charts/a/examples/e", "Chart ../charts/b"]);
        let inside = root.path().join("charts/b");
        assert_eq!(names(&[], &inside), ["Chart ../a", "Chart ../a/examples/e", "Chart ."]);
        let empty = tree(&[".git/HEAD", "x/y"]);
        assert_eq!(inputs(&[], &empty.path().join("x")).unwrap_err().message, "no chart in `..`");
    }

    #[test]
    fn folders_are_charts_or_searched() {
        let root = tree(REPOSITORY);
        assert_eq!(names(&["charts/b/"], root.path()), ["Chart charts/b"]);
        assert_eq!(names(&["charts/b/charts"], root.path()), ["Chart charts/b/charts/sub"]);
        assert_eq!(names(&["./charts", "charts/a", "charts/a/Chart.yaml"], root.path()).len(), 3);
        assert_eq!(names(&["../charts/b"], &root.path().join("docs")), ["Chart ../charts/b"]);
        let failure = inputs(&["docs".into()], root.path()).unwrap_err();
        assert_eq!((failure.exit.code(), &*failure.message), (2, "no chart in `docs`"));
        let failure = inputs(&["nowhere".into()], root.path()).unwrap_err();
        assert_eq!(failure.message, "cannot read `nowhere`: no such file or directory");
        let broken = tree(&["c/templates/x.yaml"]);
        assert_eq!(names(&["c"], broken.path()), ["Chart c"]);
    }

    #[test]
    fn files_are_told_by_name_or_content() {
        let root = tree(&["a.tgz", "b.yaml", "c.JSON", "plain"]);
        fs::write(root.path().join("packed"), [0x1F, 0x8B, 8]).unwrap();
        let shown = names(&["a.tgz", "b.yaml", "c.JSON", "plain", "packed", "-", "-"], root.path());
        let expected =
            ["Archive a.tgz", "Manifests b.yaml", "Manifests c.JSON", "Manifests plain", "Archive packed", "Stdin -"];
        assert_eq!(shown, expected);
        let absolute = root.path().join("b.yaml").display().to_string();
        assert_eq!(names(&[&absolute], root.path()), ["Manifests b.yaml"]);
        let elsewhere = tree(&[]);
        assert_eq!(names(&[&absolute], elsewhere.path()), [format!("Manifests {absolute}")]);
    }
}
