//! Loading a chart folder or archive: which file is what, subcharts, and every problem on the way.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::archive;
use super::budget::{Budget, RawFile};
use super::error::LoadError;
use super::ignore::Ignore;
use super::metadata::{self, Metadata};
use super::paths::join;
use super::values::{self, ValuesFile};
use super::{Chart, ChartFile};
use crate::limits::{Exceeded, Limits};
use crate::source::{Place, SourceId, Sources};

/// What loading found.
#[derive(Debug)]
pub struct Loaded {
    /// The chart, as far as it could be read; with errors it is good for showing further errors, not for rendering.
    pub chart: Option<Rc<Chart>>,
    /// Why Helm would not load it, Helm's own first error first.
    pub errors: Vec<LoadError>,
    /// What Helm warns of.
    pub warnings: Vec<String>,
}

/// Loads a chart from a folder or a `.tgz`. Its files are added to `sources` under the path that users can open.
#[must_use]
pub fn load(path: &Path, sources: &mut Sources, limits: &Limits) -> Loaded {
    let shown = path.to_string_lossy().replace('\\', "/");
    let shown = if shown.len() > 1 { shown.trim_end_matches('/') } else { &shown };
    let budget = Budget::new(limits);
    let (errors, warnings, unpackaged) = (Vec::new(), Vec::new(), Vec::new());
    let mut loader = Loader { sources, budget, buffer: Vec::new(), errors, warnings, unpackaged };
    let files = match fs::metadata(path) {
        Ok(found) if found.is_dir() => loader.folder(path, shown),
        Ok(found) => loader.packed(path, shown, found.len()),
        Err(error) => {
            loader.errors.push(unreadable(shown, &error));
            Vec::new()
        }
    };
    loader.finish(files, shown)
}

/// Loads a chart from files in memory, by slash path; `.helmignore` has no say over them. They are added to `sources` below `shown`.
#[must_use]
pub fn load_files<'a>(
    shown: &str,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    sources: &mut Sources,
    limits: &Limits,
) -> Loaded {
    let budget = Budget::new(limits);
    let (errors, warnings, unpackaged) = (Vec::new(), Vec::new(), Vec::new());
    let loader = Loader { sources, budget, buffer: Vec::new(), errors, warnings, unpackaged };
    let files = files.into_iter().map(|(name, bytes)| RawFile::new(name.to_owned(), join(shown, name), bytes));
    loader.finish(files.collect(), shown)
}

/// Whether a file of a chart is a set of values to try it with: `ci/*values.yaml`, as chart-testing has it.
#[must_use]
pub fn is_case(name: &str) -> bool {
    name.strip_prefix("ci/").is_some_and(|name| !name.contains('/') && name.ends_with("values.yaml"))
}

fn unreadable(shown: &str, error: &std::io::Error) -> LoadError {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    LoadError::new(shown, format!("open {shown}: {reason}"))
}

struct Loader<'a> {
    sources: &'a mut Sources,
    budget: Budget<'a>,
    buffer: Vec<u8>,
    errors: Vec<LoadError>,
    warnings: Vec<String>,
    /// Values files of `ci/` that `.helmignore` names.
    unpackaged: Vec<RawFile>,
}

impl Loader<'_> {
    /// The chart that the files make.
    fn finish(mut self, files: Vec<RawFile>, shown: &str) -> Loaded {
        let mut chart = None;
        if !files.is_empty() {
            self.check_version(&files);
            let mut outermost = self.chart(files, shown, 0);
            for file in std::mem::take(&mut self.unpackaged) {
                outermost.unpackaged.push(ChartFile { name: file.name.as_str().into(), source: self.source(file) });
            }
            chart = Some(Rc::new(outermost));
        } else if self.errors.is_empty() {
            let error = LoadError::new(shown, "Chart.yaml file is missing");
            self.errors.push(error.hint("`.helmignore` names every file: `!` turns the meaning of a line around"));
        }
        Loaded { chart, errors: self.errors, warnings: self.warnings }
    }

    fn packed(&mut self, path: &Path, shown: &str, size: u64) -> Vec<RawFile> {
        let read = Exceeded::check("archive-bytes", size, self.budget.limits.archive_bytes)
            .map_err(|exceeded| LoadError::limit(shown, exceeded))
            .and_then(|()| self.bytes(path, self.budget.limits.archive_bytes, shown))
            .and_then(|packed| archive::read(&packed, shown, &mut self.budget));
        read.unwrap_or_else(|error| {
            self.errors.push(error);
            Vec::new()
        })
    }

    /// All files of a folder in lexical order.
    fn folder(&mut self, path: &Path, shown: &str) -> Vec<RawFile> {
        let Some(root) = fs::canonicalize(path).map_err(|error| self.errors.push(unreadable(shown, &error))).ok()
        else {
            return Vec::new();
        };
        if fs::metadata(path.join("Chart.yaml")).is_err() {
            let file = join(shown, "Chart.yaml");
            let message = format!("unable to detect chart at {file}: open {file}: no such file or directory");
            self.errors.push(LoadError::new(shown, message));
        }
        let ignore = self.ignore_file(&root, shown);
        let mut files = Vec::new();
        let walk = walkdir::WalkDir::new(&root).min_depth(1).follow_links(true).sort_by_file_name();
        let mut walk = walk.into_iter();
        let mut ci_ignored = false;
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let name = error.path().and_then(|path| path.strip_prefix(&root).ok()).unwrap_or(Path::new(""));
                    if ci_ignored && name.starts_with("ci") {
                        continue;
                    }
                    let message = format!("error reading chart: {error}");
                    self.errors.push(LoadError::new(join(shown, &slashes(name)), message));
                    continue;
                }
            };
            let name = slashes(entry.path().strip_prefix(&root).unwrap_or(entry.path()));
            let is_folder = entry.file_type().is_dir();
            let shown_file = join(shown, &name);
            if ignore.ignores(&name, is_folder) || (ci_ignored && name.starts_with("ci/")) {
                match (is_folder, name.as_str()) {
                    (true, "ci") => ci_ignored = true,
                    (true, _) => walk.skip_current_dir(),
                    (false, _) => self.unpackaged(&entry, &root, name, shown_file),
                }
                continue;
            }
            if let Err(error) = self.budget.entry(&name, &shown_file) {
                self.errors.push(error);
                break;
            }
            if entry.path_is_symlink() && !stays_inside(entry.path(), &root) {
                let message = format!("link `{name}` leads out of the chart");
                self.errors.push(LoadError::new(shown_file, message).hint("copy the file into the chart"));
                if is_folder {
                    walk.skip_current_dir();
                }
                continue;
            }
            if is_folder {
                continue;
            }
            match self.file(entry.path(), name, shown_file, entry.file_type().is_file()) {
                Ok(file) => files.push(file),
                Err(error) if error.limit.is_some_and(|limit| limit.name == "chart-bytes") => {
                    self.errors.push(error);
                    break;
                }
                Err(error) => self.errors.push(error),
            }
        }
        files
    }

    /// Keeps an ignored file that is a case of the chart (chart-testing's convention); what cannot be read is no case.
    fn unpackaged(&mut self, entry: &walkdir::DirEntry, root: &Path, name: String, shown: String) {
        let is_case = is_case(&name) && entry.file_type().is_file() && stays_inside(entry.path(), root);
        if is_case
            && self.budget.entry(&name, &shown).is_ok()
            && let Ok(file) = self.file(entry.path(), name, shown, true)
        {
            self.unpackaged.push(file);
        }
    }

    fn ignore_file(&mut self, root: &Path, shown: &str) -> Ignore {
        let path = root.join(".helmignore");
        let shown = join(shown, ".helmignore");
        let text = match fs::metadata(&path) {
            Err(_) => Ok(Vec::new()),
            Ok(_) if !stays_inside(&path, root) => {
                Err(LoadError::new(&shown, "link `.helmignore` leads out of the chart"))
            }
            Ok(found) if !found.is_file() => Err(LoadError::new(&shown, "`.helmignore` is not a regular file")),
            Ok(found) => Exceeded::check("ignore-bytes", found.len(), self.budget.limits.ignore_bytes)
                .map_err(|exceeded| LoadError::limit(&shown, exceeded))
                .and_then(|()| self.bytes(&path, self.budget.limits.ignore_bytes, &shown)),
        };
        let text = text.unwrap_or_else(|error| {
            self.errors.push(error);
            Vec::new()
        });
        Ignore::parse(&text).unwrap_or_else(|(rules, bad)| {
            let source = self.sources.add(&*shown, text);
            for (line, rule) in bad {
                let offset = self.sources.get(source).and_then(|source| source.line_start(line)).unwrap_or(0);
                self.errors.push(LoadError::new(&shown, rule.to_string()).at(Place { source, offset }));
            }
            rules
        })
    }

    fn file(&mut self, path: &Path, name: String, shown: String, regular: bool) -> Result<RawFile, LoadError> {
        if !regular {
            let message = format!("cannot load irregular file {name} as it has file mode type bits set");
            return Err(LoadError::new(shown, message));
        }
        let size = fs::metadata(path).map_err(|error| unreadable(&shown, &error))?.len();
        self.budget.size(&shown, size)?;
        // One buffer for all files, with room for a byte more: the end of the file is seen without growing.
        self.buffer.clear();
        self.buffer.reserve(usize::try_from(size).unwrap_or(0) + 1);
        let most = self.budget.limits.file_bytes.saturating_add(1);
        fs::File::open(path)
            .and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, most), &mut self.buffer))
            .map_err(|error| unreadable(&shown, &error))?;
        self.budget.size(&shown, self.buffer.len() as u64)?;
        self.budget.read(self.buffer.len());
        Ok(RawFile::new(name, shown, &self.buffer))
    }

    /// One byte more than allowed at most: a file may grow, and a device has no size.
    fn bytes(&self, path: &Path, most: u64, shown: &str) -> Result<Vec<u8>, LoadError> {
        let mut bytes = Vec::new();
        let read = fs::File::open(path).and_then(|file| {
            std::io::Read::read_to_end(&mut std::io::Read::take(file, most.saturating_add(1)), &mut bytes)
        });
        read.map_err(|error| unreadable(shown, &error))?;
        Ok(bytes)
    }

    /// Helm looks at the version of the outermost chart before anything else.
    fn check_version(&mut self, files: &[RawFile]) {
        let Some(file) = files.iter().rev().find(|file| file.name == "Chart.yaml") else { return };
        let version = metadata::api_version(&file.bytes, self.budget.limits);
        let message = match version.as_deref() {
            None | Some("" | "v1" | "v2") => return,
            Some("v3") => "invalid chart apiVersion",
            Some(_) => "unsupported chart version",
        };
        let hint = "set `apiVersion: v2` in Chart.yaml";
        self.errors.push(LoadError::new(&file.shown, message).hint(hint));
    }

    fn source(&mut self, file: RawFile) -> SourceId {
        self.sources.add(file.shown, file.bytes)
    }

    /// Sorts the files of one chart by what they are and loads the charts inside it. `depth` charts lie around it.
    fn chart(&mut self, files: Vec<RawFile>, shown: &str, depth: u64) -> Chart {
        let mut chart = Chart {
            path: shown.to_owned(),
            metadata: Metadata::default(),
            templates: Vec::new(),
            files: Vec::new(),
            values: None,
            schema: None,
            lock: None,
            dependencies: Vec::new(),
            unpackaged: Vec::new(),
        };
        let mut files = last_of_each_name(files);
        let mut decoded = false;
        let mut inner: BTreeMap<String, Vec<RawFile>> = BTreeMap::new();
        if let Some(at) = files.iter().position(|file| file.name == "Chart.yaml") {
            let file = files.remove(at);
            chart.path = file.shown.strip_suffix("/Chart.yaml").unwrap_or(shown).to_owned();
            decoded = self.metadata(file, &mut chart.metadata);
            if chart.metadata.api_version.is_empty() {
                chart.metadata.api_version.text = "v1".to_owned();
            }
        }
        let v1 = *chart.metadata.api_version == *"v1";
        for mut file in files {
            match file.name.as_str() {
                "Chart.lock" => chart.lock = self.lock(file),
                "values.yaml" => chart.values = self.values(file),
                "values.schema.json" => chart.schema = Some(self.source(file)),
                "requirements.yaml" | "requirements.lock" => {
                    let name: Rc<str> = file.name.as_str().into();
                    let is_lock = file.name.ends_with(".lock");
                    if !v1 {
                        self.warnings.push(outdated(is_lock));
                    }
                    let source = if is_lock {
                        let source = self.lock(file);
                        chart.lock = source;
                        source
                    } else {
                        let source = self.source(file);
                        self.decode(source, "requirements.yaml", &mut chart.metadata);
                        Some(source)
                    };
                    chart.files.extend(source.filter(|_| v1).map(|source| ChartFile { name, source }));
                }
                name if name.starts_with("templates/") => {
                    let name = name.into();
                    let source = self.source(file);
                    chart.templates.push(ChartFile { name, source });
                }
                name if name.starts_with("charts/") && !name.ends_with(".prov") => {
                    file.name.drain(.."charts/".len());
                    let folder = file.name.split('/').next().unwrap_or_default().to_owned();
                    inner.entry(folder).or_default().push(file);
                }
                name => {
                    let name = name.into();
                    let source = self.source(file);
                    chart.files.push(ChartFile { name, source });
                }
            }
        }
        if chart.metadata.source.is_none() {
            self.errors.push(LoadError::new(shown, "Chart.yaml file is missing"));
        } else if decoded {
            let path = self.shown_metadata(&chart);
            self.errors.extend(chart.metadata.validate(&path));
        }
        for (name, files) in inner {
            chart.dependencies.extend(self.inner_chart(&name, files, &chart, depth + 1));
        }
        chart
    }

    fn shown_metadata(&self, chart: &Chart) -> String {
        chart.metadata.source.map_or_else(|| chart.path.clone(), |source| self.sources.path(source).to_owned())
    }

    fn inner_chart(&mut self, name: &str, files: Vec<RawFile>, outer: &Chart, depth: u64) -> Option<Rc<Chart>> {
        if name.starts_with(['_', '.']) {
            return None;
        }
        let shown = join(&outer.path, &format!("charts/{name}"));
        if let Err(error) = self.budget.subchart(&shown, depth) {
            self.errors.push(error);
            return None;
        }
        let first_error = self.errors.len();
        let packed = name.ends_with(".tgz");
        let files = if packed { self.inner_archive(name, files, outer) } else { Some(below_first_folder(files)) };
        let chart = files.map(|files| Rc::new(self.chart(files, &shown, depth)));
        let outside = format!("error unpacking subchart {name} in {}", &*outer.metadata.name);
        for error in self.errors.iter_mut().skip(first_error) {
            if error.limit.is_none() {
                *error = error.clone().within(&outside);
            }
        }
        chart
    }

    fn inner_archive(&mut self, name: &str, files: Vec<RawFile>, outer: &Chart) -> Option<Vec<RawFile>> {
        let file = files.into_iter().next()?;
        if file.name != name {
            let outer = &*outer.metadata.name;
            let message = format!("error unpacking subchart tar in {outer}: expected {name}, got {}", file.name);
            self.errors.push(LoadError::new(file.shown, message));
            return None;
        }
        archive::read(&file.bytes, &file.shown, &mut self.budget).map_err(|error| self.errors.push(error)).ok()
    }

    fn metadata(&mut self, file: RawFile, metadata: &mut Metadata) -> bool {
        let source = self.source(file);
        metadata.source = Some(source);
        self.decode(source, "Chart.yaml", metadata)
    }

    fn decode(&mut self, source: SourceId, name: &str, metadata: &mut Metadata) -> bool {
        let errors = metadata.decode(source, self.sources, self.budget.limits);
        let good = errors.is_empty();
        self.errors.extend(errors.into_iter().map(|error| error.within(&format!("cannot load {name}"))));
        good
    }

    fn lock(&mut self, file: RawFile) -> Option<SourceId> {
        let outside = format!("cannot load {}", file.name);
        let source = self.source(file);
        let text = self.sources.bytes(source);
        if let Err(error) = values::read_yaml(text, source, 0, self.budget.limits) {
            self.errors.push(error.into_load_error(self.sources.path(source)).within(&outside));
        }
        Some(source)
    }

    fn values(&mut self, file: RawFile) -> Option<ValuesFile> {
        let source = self.source(file);
        match ValuesFile::read(source, self.sources, self.budget.limits) {
            Ok(values) => Some(values),
            Err(error) => {
                let error = error.into_load_error(self.sources.path(source));
                self.errors.push(error.within("cannot load values.yaml"));
                None
            }
        }
    }
}

fn outdated(is_lock: bool) -> String {
    let (what, file) =
        if is_lock { ("Dependency locking is", "Chart.lock") } else { ("Dependencies are", "Chart.yaml") };
    let verb = if is_lock { "migrating to Chart.lock." } else { "migrating dependencies to Chart.yaml." };
    format!("Warning: {what} handled in {file} since apiVersion \"v2\". We recommend {verb}")
}

/// Folders and archives may name a file twice (archives do); the last one counts.
fn last_of_each_name(files: Vec<RawFile>) -> Vec<RawFile> {
    let mut seen = HashSet::new();
    let mut kept: Vec<RawFile> = files.into_iter().rev().filter(|file| seen.insert(file.name.clone())).collect();
    kept.reverse();
    kept
}

fn below_first_folder(files: Vec<RawFile>) -> Vec<RawFile> {
    let cut = |mut file: RawFile| {
        let at = file.name.find('/')?;
        file.name.drain(..=at);
        Some(file)
    };
    files.into_iter().filter_map(cut).collect()
}

fn stays_inside(path: &Path, root: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|target: PathBuf| target.starts_with(root))
}

fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::archive::tests::pack;

    const METADATA: &str = "apiVersion: v2\nname: p\nversion: 0.1.0\n";

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    fn load_with(path: &Path, limits: &Limits) -> (Loaded, Sources) {
        let mut sources = Sources::new();
        let loaded = load(path, &mut sources, limits);
        (loaded, sources)
    }

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        let folder = folder(files);
        let (loaded, _) = load_with(folder.path(), &Limits::default());
        let root = folder.path().to_string_lossy().into_owned();
        loaded.errors.into_iter().map(|error| error.message.replace(&root, "p")).collect()
    }

    fn exceeded(files: &[(&str, &str)], limits: &Limits) -> Option<&'static str> {
        let folder = folder(files);
        load_with(folder.path(), limits).0.errors.first().and_then(|error| error.limit).map(|limit| limit.name)
    }

    #[test]
    fn files_are_sorted_by_what_they_are() {
        let folder = folder(&[
            ("Chart.yaml", METADATA),
            ("\u{feff}x", ""),
            (".helmignore", "ignored*\nsecret/\n"),
            ("ignored.txt", ""),
            ("secret/key", ""),
            ("templates/b.yaml", "\u{feff}b"),
            ("templates/a.yaml", "a"),
            ("templates/.hidden", ""),
            ("crds/c.yaml", ""),
            ("crds/README.md", ""),
            ("values.yaml", "a: 1\n"),
            ("values.schema.json", "{}"),
            ("charts/sub/Chart.yaml", "apiVersion: v1\nname: sub\nversion: 1.0.0\n"),
            ("charts/sub/requirements.yaml", "dependencies: []\n"),
            ("charts/_off/x", ""),
            ("charts/sub.prov", ""),
        ]);
        let (loaded, sources) = load_with(folder.path(), &Limits::default());
        assert_eq!(loaded.errors, []);
        let chart = loaded.chart.unwrap();
        let names = |files: &[ChartFile]| files.iter().map(|file| file.name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&chart.templates), ["templates/a.yaml", "templates/b.yaml"]);
        assert_eq!(
            names(&chart.files),
            [".helmignore", "charts/sub.prov", "crds/README.md", "crds/c.yaml", "\u{feff}x"]
        );
        assert_eq!(chart.crds().count(), 1);
        assert_eq!(sources.bytes(chart.templates[1].source), b"b");
        assert!(sources.path(chart.templates[0].source).ends_with("/templates/a.yaml"));
        let sub = &chart.dependencies[0];
        assert_eq!((chart.dependencies.len(), &*sub.metadata.name), (1, "sub"));
        assert_eq!(names(&sub.files), ["requirements.yaml"]);
        assert!(sub.metadata.dependencies.as_ref().is_some_and(Vec::is_empty));
    }

    #[test]
    fn errors_are_helms_and_come_together() {
        assert_eq!(
            messages(&[
                ("Chart.yaml", "name: p\nversion: x\ntype: odd\n"),
                ("values.yaml", "a: [\n"),
                ("charts/README.md", "")
            ]),
            [
                "cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: \
                 yaml: line 1: did not find expected node content",
                "validation: chart.metadata.version \"x\" is invalid",
                "validation: chart.metadata.type must be application or library",
                "error unpacking subchart README.md in p: Chart.yaml file is missing",
            ]
        );
        assert_eq!(messages(&[("values.yaml", "")]).len(), 2);
        assert_eq!(
            messages(&[("Chart.yaml", "apiVersion: v9\nname: p\nversion: 1.0.0\n")]),
            ["unsupported chart version"]
        );
        assert_eq!(
            messages(&[("Chart.yaml", "apiVersion: v3\nname: p\nversion: 1.0.0\n")]),
            ["invalid chart apiVersion"]
        );
        assert_eq!(
            messages(&[("Chart.yaml", METADATA), (".helmignore", "a/**\n")]),
            ["double-star (**) syntax is not supported"]
        );
        let missing = tempfile::tempdir().unwrap().path().join("nowhere");
        assert_eq!(load_with(&missing, &Limits::default()).0.errors.len(), 1);
    }

    #[test]
    fn empty_files_of_every_kind_do_no_harm() {
        for empty in ["", "---\n", "# nothing\n", "null\n"] {
            assert!(!messages(&[("Chart.yaml", empty)]).is_empty());
            let files =
                [("Chart.yaml", METADATA), ("values.yaml", empty), ("Chart.lock", empty), ("requirements.yaml", empty)];
            assert_eq!(messages(&files), [""; 0], "{empty:?}");
        }
    }

    #[test]
    fn archives_lie_in_folders_and_archives() {
        let inner = pack(&[("q/Chart.yaml", b"name: q\nversion: 1.0.0\n"), ("q/templates/x.yaml", b"x")]);
        let outer = pack(&[("p/Chart.yaml", METADATA.as_bytes()), ("p/charts/q-1.0.0.tgz", &inner)]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.tgz");
        fs::write(&path, outer).unwrap();
        let (loaded, sources) = load_with(&path, &Limits::default());
        assert_eq!(loaded.errors, []);
        let chart = loaded.chart.unwrap();
        let template = chart.dependencies[0].templates[0].source;
        assert!(sources.path(template).ends_with("p.tgz:p/charts/q-1.0.0.tgz:q/templates/x.yaml"));
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside() {
        use std::os::unix::fs::symlink;
        let outside = folder(&[("secret", "s")]);
        let folder = folder(&[("Chart.yaml", METADATA), ("files/a", "a")]);
        symlink("../files/a", folder.path().join("files/b")).unwrap();
        symlink("files", folder.path().join("more")).unwrap();
        let (loaded, _) = load_with(folder.path(), &Limits::default());
        assert_eq!(loaded.errors, []);
        assert_eq!(loaded.chart.unwrap().files.len(), 4);
        symlink(outside.path().join("secret"), folder.path().join("files/c")).unwrap();
        symlink("..", folder.path().join("files/loop")).unwrap();
        symlink("/dev/zero", folder.path().join("files/zero")).unwrap();
        let (loaded, _) = load_with(folder.path(), &Limits::default());
        let text = loaded.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(text.contains("link `files/c` leads out of the chart"), "{text}");
        assert!(text.contains("link `files/zero` leads out of the chart"), "{text}");
        assert!(loaded.errors.len() >= 3, "{text}");
    }

    #[test]
    fn budgets_of_folders_stop_one_over() {
        let size = METADATA.len() as u64;
        let files = [("Chart.yaml", METADATA), ("a/b", "")];
        for (limit, name) in [(size + 1, None), (size, None), (size - 1, Some("file-bytes"))] {
            assert_eq!(exceeded(&files, &Limits { file_bytes: limit, ..Limits::default() }), name);
        }
        for (limit, name) in [(size + 1, None), (size, None), (size - 1, Some("chart-bytes"))] {
            assert_eq!(exceeded(&files, &Limits { chart_bytes: limit, ..Limits::default() }), name);
        }
        // Two files and a folder.
        for (limit, name) in [(4, None), (3, None), (2, Some("chart-files"))] {
            assert_eq!(exceeded(&files, &Limits { chart_files: limit, ..Limits::default() }), name);
        }
        for (limit, name) in [(2, None), (1, None), (0, Some("path-depth"))] {
            assert_eq!(exceeded(&files, &Limits { path_depth: limit, ..Limits::default() }), name);
        }
        for (limit, name) in [(11, None), (10, None), (9, Some("path-bytes"))] {
            assert_eq!(exceeded(&files, &Limits { path_bytes: limit, ..Limits::default() }), name);
        }
        let ignoring = [("Chart.yaml", METADATA), (".helmignore", "a\nb\n")];
        for (limit, name) in [(5, None), (4, None), (3, Some("ignore-bytes"))] {
            assert_eq!(exceeded(&ignoring, &Limits { ignore_bytes: limit, ..Limits::default() }), name);
        }
        let nested = [
            ("Chart.yaml", METADATA),
            ("charts/a/Chart.yaml", METADATA),
            ("charts/a/charts/b/Chart.yaml", METADATA),
            ("charts/c/Chart.yaml", METADATA),
        ];
        for (limit, name) in [(3, None), (2, None), (1, Some("subchart-depth"))] {
            assert_eq!(exceeded(&nested, &Limits { subchart_depth: limit, ..Limits::default() }), name);
        }
        for (limit, name) in [(4, None), (3, None), (2, Some("subcharts"))] {
            assert_eq!(exceeded(&nested, &Limits { subcharts: limit, ..Limits::default() }), name);
        }
    }
}
