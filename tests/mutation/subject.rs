//! A chart that is rendered again and again, each time with one edit of one of its files. Nothing is written to disk.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use chartsec::chart::{self, Chart, Overrides, ValuesFile};
use chartsec::explore;
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::origin::Origins;
use chartsec::render::{Rendered, Renderer, Target};
use chartsec::source::{SourceId, Sources};
use chartsec::template::Environment;

use super::random::Random;

/// A chart and the values files laid over its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    /// As it is told to users.
    pub name: String,
    /// Folder or archive.
    pub chart: PathBuf,
    /// Values files.
    pub values: Vec<PathBuf>,
}

/// Cases of a folder, each chart once: rows of its index.tsv that Helm renders, or the charts in it.
pub(crate) fn cases(folder: &Path, random: &mut Random) -> io::Result<Vec<Case>> {
    let mut found = Vec::new();
    let index = folder.join("index.tsv");
    if index.is_file() {
        for row in fs::read_to_string(index)?.lines().skip(1) {
            let [chart, values, "-", "ok"] = row.split('\t').take(4).collect::<Vec<_>>()[..] else { continue };
            let path = folder.join(chart);
            let values = (values != "-").then(|| path.join(values));
            found.push(Case { name: chart.to_owned(), chart: path, values: values.into_iter().collect() });
        }
    } else {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().join("Chart.yaml").is_file() {
                found.push(Case { name, chart: entry.path(), values: Vec::new() });
            }
        }
    }
    found.sort();
    let mut cases = random.shuffle(found);
    let mut seen = std::collections::HashSet::new();
    cases.retain(|case| seen.insert(case.name.clone()));
    Ok(cases)
}

/// Bytes that stand in for a range of a source.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    /// The file.
    pub source: SourceId,
    /// The bytes that go.
    pub range: Range<usize>,
    /// The bytes that come.
    pub bytes: Vec<u8>,
}

impl Edit {
    /// A file with the edit made.
    pub(crate) fn applied(&self, bytes: &[u8]) -> Vec<u8> {
        let (before, behind) = (bytes.get(..self.range.start), bytes.get(self.range.end..));
        [before.unwrap_or_default(), &self.bytes, behind.unwrap_or_default()].concat()
    }
}

/// A loaded chart.
pub(crate) struct Subject {
    /// What it is.
    pub case: Case,
    chart: Rc<Chart>,
    overrides: Overrides,
    files: Vec<(Rc<str>, Rc<[u8]>)>,
    environment: Rc<Environment>,
    renderer: RefCell<Renderer>,
    target: Target,
    tracked: bool,
}

impl Subject {
    /// Loads a chart; `None` when it cannot be loaded.
    pub(crate) fn load(case: &Case, tracked: bool) -> io::Result<Option<Self>> {
        // Making keys takes too long to be done often: with this limit a chart that does so does not render.
        let mut limits = Limits::default();
        limits.crypto_calls = 0;
        let mut sources = Sources::new();
        let loaded = chart::load(&case.chart, &mut sources, &limits);
        let (Some(chart), []) = (loaded.chart, &loaded.errors[..]) else { return Ok(None) };
        let mut overrides = Overrides::default();
        for path in &case.values {
            overrides.files.push(sources.add(path.to_string_lossy(), fs::read(path)?));
        }
        let ids = (0..sources.len()).filter_map(|id| sources.get(SourceId(u32::try_from(id).ok()?)));
        let files = ids.map(|file| (Rc::clone(&file.path), Rc::clone(&file.bytes))).collect();
        // All random texts of one length are the same: how many were made before does not matter.
        let environment = Rc::new(functions::still(limits, |bytes| bytes.fill(0)));
        let renderer = RefCell::new(Renderer::new(Rc::clone(&environment)));
        // A changed value that a schema forbids is as good as any other.
        let target = Target { skip_schema_validation: true, ..Target::default() };
        Ok(Some(Self { case: case.clone(), chart, overrides, files, environment, renderer, target, tracked }))
    }

    /// The values files: those of the chart and of the charts in it, and those laid over them.
    pub(crate) fn values_files(&self) -> Vec<SourceId> {
        let mut found = self.overrides.files.clone();
        let mut waiting = vec![&self.chart];
        while let Some(chart) = waiting.pop() {
            found.extend(chart.values.as_ref().map(|values| values.source));
            waiting.extend(&chart.dependencies);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The files as they are.
    pub(crate) fn sources(&self) -> Sources {
        self.sources_with(None)
    }

    fn sources_with(&self, edit: Option<&Edit>) -> Sources {
        let mut sources = Sources::new();
        for (path, bytes) in &self.files {
            let edit = edit.filter(|edit| edit.source.0 as usize == sources.len());
            sources.add(Rc::clone(path), edit.map_or_else(|| Rc::clone(bytes), |edit| edit.applied(bytes).into()));
        }
        sources
    }

    /// Renders with an edit; `None` when that fails.
    pub(crate) fn render(&self, edit: Option<&Edit>) -> Option<Rendered> {
        let limits = &self.environment.limits;
        let sources = self.sources_with(edit);
        let mut chart = Rc::clone(&self.chart);
        let mut renderer = None;
        if let Some(edit) = edit {
            if self.values_files().contains(&edit.source) {
                let values = ValuesFile::read(edit.source, &sources, limits).ok()?;
                chart = with_values(&chart, &values);
            } else {
                renderer = Some(Renderer::new(Rc::clone(&self.environment)));
            }
        }
        let origins = Origins::new(self.tracked).with_decisions();
        let mut kept = self.renderer.borrow_mut();
        let renderer = renderer.as_mut().unwrap_or(&mut kept);
        let run = explore::run(renderer, &chart, &self.overrides, &self.target, sources, origins, limits);
        (run.stopped.is_none() && run.rendered.faults.is_empty()).then_some(run.rendered)
    }
}

/// The same chart with another values file in the place of the one with the same source.
fn with_values(chart: &Rc<Chart>, values: &ValuesFile) -> Rc<Chart> {
    let replaced = |old: &ValuesFile| if old.source == values.source { values.clone() } else { old.clone() };
    Rc::new(Chart {
        path: chart.path.clone(),
        metadata: chart.metadata.clone(),
        templates: chart.templates.clone(),
        files: chart.files.clone(),
        values: chart.values.as_ref().map(replaced),
        schema: chart.schema,
        lock: chart.lock,
        dependencies: chart.dependencies.iter().map(|chart| with_values(chart, values)).collect(),
        unpackaged: chart.unpackaged.clone(),
    })
}
