//! Charts made by a test, and what linting them in the library tells.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use chartsec::chart::Overrides;
use chartsec::functions;
use chartsec::limits::Limits;
use chartsec::lint::{Linted, Linter, Waivers};
use chartsec::policy::Policies;
use chartsec::render::Target;
use chartsec::report::{Files, Report};

/// A `Chart.yaml` that is good.
pub(crate) const METADATA: &str = "apiVersion: v2\nname: p\nversion: 0.1.0\n";

/// A chart in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// Files by path; without a `Chart.yaml` there is a good one.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Arguments of `--set`.
    pub(crate) set: Vec<String>,
    /// Whether it comes as an archive.
    pub(crate) packed: bool,
}

impl Made {
    /// A chart of files.
    pub(crate) fn of(files: &[(&str, &[u8])]) -> Self {
        let files = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect();
        Self { files, ..Self::default() }
    }

    /// A chart of one template.
    pub(crate) fn template(text: impl AsRef<[u8]>) -> Self {
        Self::of(&[("templates/a.yaml", text.as_ref())])
    }

    /// A chart of one values file.
    pub(crate) fn values(text: impl AsRef<[u8]>) -> Self {
        Self::of(&[("values.yaml", text.as_ref())])
    }

    /// Adds a file.
    pub(crate) fn with(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.push((name.to_owned(), bytes.as_ref().to_vec()));
        self
    }

    /// Its files with the metadata.
    fn complete(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = self.files.clone();
        if !files.iter().any(|(name, _)| name == "Chart.yaml") {
            files.insert(0, ("Chart.yaml".into(), METADATA.into()));
        }
        files
    }

    /// Its archive.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for (name, bytes) in self.complete() {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, format!("p/{name}"), &*bytes).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    /// Writes it below a folder; returns the path of the chart.
    pub(crate) fn write(&self, folder: &Path) -> String {
        let path = folder.join(if self.packed { "p.tgz" } else { "p" });
        if self.packed {
            fs::write(&path, self.pack()).unwrap();
        } else {
            for (name, bytes) in self.complete() {
                let file = path.join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, bytes).unwrap();
            }
        }
        path.to_str().unwrap().to_owned()
    }

    /// Everything that `lint` says of it: the messages of all findings, and what was not evaluated.
    pub(crate) fn lint(&self, limits: &Limits) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = self.write(folder.path());
        let set = self.set.clone();
        let linter = linter(limits);
        let overrides = Overrides { set, ..Overrides::default() };
        let mut files = Files::new();
        let Linted { chart, findings, mut not_evaluated, annotations, .. } =
            linter.chart(&path, &|_| overrides.clone(), &mut files);
        let charts = vec![chart];
        let findings = linter.settle(findings, annotations, &charts, &files, &mut not_evaluated);
        let report = Report::new(charts, findings, not_evaluated, limits);
        report.findings.into_iter().map(|finding| finding.message).chain(report.summary.not_evaluated).collect()
    }
}

/// A linter with Helm's functions, a clock that stands and bytes that repeat.
pub(crate) fn linter(limits: &Limits) -> Linter {
    let mut byte = 0_u8;
    let environment = Rc::new(functions::still(limits.clone(), move |bytes| {
        bytes.fill_with(|| {
            byte = byte.wrapping_mul(5).wrapping_add(113);
            byte
        });
    }));
    let policies = Policies::profile("checklist").unwrap().unwrap();
    let waivers = Waivers { configured: Vec::new(), today: jiff::civil::date(1970, 1, 1) };
    Linter::new(environment, Target::default(), policies, true).waivers(waivers)
}

/// Runs `work` on a stack as deep as the binary has.
pub(crate) fn on_deep_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(work);
    thread.unwrap().join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
