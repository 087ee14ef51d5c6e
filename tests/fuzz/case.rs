//! One case: a chart or a manifest file with arguments of `--set`; how it is written down, read back and run.

use std::path::Path;
use std::rc::Rc;
use std::{fs, io};

use chartsec::chart::{self, Overrides};
use chartsec::explore;
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::{Linted, Linter};
use chartsec::origin::Origins;
use chartsec::policy::Policies;
use chartsec::render::{Profile, Renderer, Target, print};
use chartsec::report::{Detail, Files, Format, Report, Style, render};
use chartsec::source::Sources;
use chartsec::template::Environment;

use crate::archive;
use crate::rng::Rng;

/// What the files of a case are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Folder,
    Archive,
    Manifests,
}

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) shape: Shape,
    /// Paths inside the chart. An archive and a manifest file have one, of any name.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) set: Vec<String>,
}

const CHART: &str = "chart";
const ARCHIVE: &str = "chart.tgz";
const MANIFESTS: &str = "manifests.yaml";
const SET: &str = "set";

impl Case {
    /// The chart in a folder.
    pub(crate) fn of_folder(folder: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(folder).map_err(io::Error::other)?;
                files.push((name.to_string_lossy().into_owned(), fs::read(entry.path())?));
            }
        }
        Ok(Self { shape: Shape::Folder, files, set: Vec::new() })
    }

    /// Packs the files of a chart; `mutate` sees the tar before it is compressed.
    pub(crate) fn packed(mut self, mutate: impl FnOnce(&mut Vec<u8>)) -> Self {
        let packed = archive::pack(&self.files, mutate);
        self.files = vec![(ARCHIVE.to_owned(), packed)];
        self.shape = Shape::Archive;
        self
    }

    /// Writes the case below `folder`, which is emptied before.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder.join(CHART))?;
        for (name, bytes) in &self.files {
            let path = match self.shape {
                Shape::Folder => folder.join(CHART).join(name),
                Shape::Archive => folder.join(ARCHIVE),
                Shape::Manifests => folder.join(MANIFESTS),
            };
            // A mutated name may lie below a file.
            if path.parent().is_some_and(|parent| fs::create_dir_all(parent).is_ok()) {
                let _ = fs::write(path, bytes);
            }
        }
        fs::write(folder.join(SET), self.set.join("\0"))
    }

    /// Reads what `write` wrote.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let set = fs::read_to_string(folder.join(SET))?;
        let set = if set.is_empty() { Vec::new() } else { set.split('\0').map(str::to_owned).collect() };
        for (name, shape) in [(ARCHIVE, Shape::Archive), (MANIFESTS, Shape::Manifests)] {
            if let Ok(bytes) = fs::read(folder.join(name)) {
                return Ok(Self { shape, files: vec![(name.to_owned(), bytes)], set });
            }
        }
        Ok(Self { set, ..Self::of_folder(&folder.join(CHART))? })
    }
}

/// Runs the case written below `folder` as `render` and `lint` do, and drops what they give.
pub(crate) fn run(folder: &Path) {
    let case = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
    let set = fs::read_to_string(folder.join(SET)).unwrap_or_default();
    let set: Vec<String> = set.split('\0').filter(|set| !set.is_empty()).map(str::to_owned).collect();
    if let Some(path) = case(MANIFESTS) {
        lint(|linter, files| linter.manifests(MANIFESTS, &fs::read(path).unwrap_or_default(), files));
        return;
    }
    let path = case(ARCHIVE).unwrap_or_else(|| folder.join(CHART));
    let overrides = Overrides { set, ..Overrides::default() };
    show(&path, &overrides);
    let path = path.to_string_lossy();
    lint(|linter, files| linter.chart(&path, &|_| overrides.clone(), files));
}

fn environment() -> Rc<Environment> {
    let mut random = Rng(1);
    Rc::new(functions::still(Limits::default(), move |bytes| bytes.fill_with(|| random.next() as u8)))
}

fn show(path: &Path, overrides: &Overrides) {
    let limits = Limits::default();
    let mut sources = Sources::new();
    let loaded = chart::load(path, &mut sources, &limits);
    let Some(chart) = loaded.chart else { return };
    let (mut renderer, target, origins) = (Renderer::new(environment()), Target::default(), Origins::new(false));
    let run = explore::run(&mut renderer, &chart, overrides, &target, sources, origins, &limits);
    for profile in [Profile::V4_2_4, Profile::V3_21] {
        std::hint::black_box(run.helm_error(profile));
    }
    let all = print::Selection { include_crds: true, no_hooks: false, skip_tests: false };
    let rendered = &run.rendered;
    std::hint::black_box(print::stream(&rendered.crds, &rendered.manifests, &rendered.hooks, &all));
}

fn lint(check: impl FnOnce(&Linter, &mut Files) -> Linted) {
    let limits = Limits::default();
    let policies = Policies::profile("checklist").expect("it compiles").expect("it exists");
    let linter = Linter::new(environment(), Target::default(), policies, true);
    let mut files = Files::new();
    let linted = check(&linter, &mut files);
    let report = Report::new(vec![linted.chart], linted.findings, linted.not_evaluated, &limits);
    for format in Format::ALL {
        let style = Style { color: true, detail: Detail::Verbose };
        std::hint::black_box(render(&report, &files, format, style));
    }
}
