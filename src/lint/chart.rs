//! A chart: load, render every case, hold what it renders to the policies.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::{iter, mem};

use super::chart_rules::{self, CaseRun, Parsed, Subject};
use super::faults::{self, Fault};
use super::unchecked::Unchecked;
use super::{Linted, Linter, evidence, grade, objects, subjects, waivers};
use crate::chart::{self, Chart, Overrides};
use crate::explore::{self, Located, Run, located};
use crate::finding::{Finding, Level, ObjectRef, RenderedLocation};
use crate::functions::role;
use crate::origin::Origins;
use crate::policy::{Memory, Object, Setting, Violation, check_again, objects as objects_of};
use crate::reads::Reads;
use crate::render::blame::{Blame, blame_node, blame_range};
use crate::render::{Manifest, Rendered, Renderer};
use crate::report::{Case, ChartReport, Fact, Files, Kind, Status, Subjects};
use crate::secret::Hidden;
use crate::source::{Place, Sources};
use crate::waiver::Waiver;
use crate::yaml::node::Node;

/// Bytes of rendered text whose judgements are kept for the other renders of a chart: those of all but hostile charts.
const REMEMBERED: usize = 16 << 20;

/// Checks one chart in all its cases.
pub(super) fn lint(
    linter: &Linter,
    path: &str,
    overrides: &dyn Fn(&mut Sources) -> Overrides,
    files: &mut Files,
) -> Linted {
    let mut sources = Sources::new();
    let loaded = chart::load(Path::new(path), &mut sources, linter.limits());
    let mut report = ChartReport {
        path: path.to_owned(),
        name: path.rsplit('/').next().unwrap_or(path).to_owned(),
        version: String::new(),
        kind: Kind::Application,
        cases: Vec::new(),
        subjects: Subjects::default(),
    };
    let mut linted = Linting {
        linter,
        path,
        findings: Vec::new(),
        not_evaluated: Vec::new(),
        annotations: Vec::new(),
        facts: Vec::new(),
        subjects: Subjects::default(),
        unchecked: Unchecked::default(),
        proofs: grade::Proofs::new(linter.limits().proof_renders),
    };
    linted.faults(loaded.errors.iter().map(|error| faults::load(error, &sources)), None);
    if let Some(chart) = &loaded.chart {
        report.name.clone_from(&chart.metadata.name.text);
        report.version.clone_from(&chart.metadata.version.text);
        let missing = chart.missing_dependencies();
        linted.faults((!missing.is_empty()).then(|| faults::dependencies(chart, &missing, &sources)), None);
        if chart.is_library() {
            report.kind = Kind::Library;
        }
        let (mut runs, mut parsed) = (Vec::new(), None);
        if !linted.findings.is_empty() || chart.is_library() {
            parsed = Some(linted.parse_only(chart, &sources));
        } else {
            (sources, runs) = linted.cases(chart, overrides, sources, &mut report, files);
        }
        let subject = Subject::new(chart, &sources, &runs, parsed, linter);
        linted.findings.extend(chart_rules::findings(linter, &subject, path));
        let mut hidden = Hidden::default();
        subject.hide(&linted.findings, &mut hidden);
        hidden.spare(&report.name);
        linted.hide(&hidden);
        files.hide(&hidden);
    }
    files.extend(&sources);
    report.subjects = linted.subjects;
    linted.not_evaluated.extend(linted.unchecked.sentence(path));
    let Linting { findings, not_evaluated, annotations, facts, .. } = linted;
    Linted { chart: report, findings, not_evaluated, annotations, facts }
}

/// What the renders of a chart have in common.
struct Shared {
    memory: RefCell<Memory>,
    facts: Rc<grade::Facts>,
}

struct Linting<'a> {
    linter: &'a Linter,
    path: &'a str,
    findings: Vec<Finding>,
    not_evaluated: Vec<String>,
    annotations: Vec<Waiver>,
    facts: Vec<Fact>,
    subjects: Subjects,
    unchecked: Unchecked,
    proofs: grade::Proofs,
}

impl Linting<'_> {
    /// Messages name what they found, too.
    fn hide(&mut self, hidden: &Hidden) {
        for finding in &mut self.findings {
            for text in iter::once(&mut finding.message).chain(&mut finding.help) {
                *text = hidden.cover(text).unwrap_or_else(|| mem::take(text));
            }
        }
    }

    fn faults(&mut self, faults: impl IntoIterator<Item = Fault>, case: Option<&str>) {
        self.findings.extend(faults.into_iter().map(|fault| fault.finding(self.path, case)));
    }

    /// A chart that is not rendered still has its templates parsed.
    fn parse_only(&mut self, chart: &Chart, sources: &Sources) -> Parsed {
        let mut renderer = Renderer::new(Rc::clone(&self.linter.environment));
        let (templates, errors) = renderer.parse_chart(chart, sources);
        self.faults(errors.iter().map(|error| faults::parse(error, sources)), None);
        Parsed { templates, faulty: errors.iter().map(|error| error.place.source).collect() }
    }

    fn cases(
        &mut self,
        chart: &Rc<Chart>,
        overrides: &dyn Fn(&mut Sources) -> Overrides,
        mut sources: Sources,
        report: &mut ChartReport,
        files: &mut Files,
    ) -> (Sources, Vec<CaseRun>) {
        let mut renderer = Renderer::new(Rc::clone(&self.linter.environment));
        let user = overrides(&mut sources);
        let (mut refusals, mut runs) = (Vec::new(), Vec::new());
        let keep = chart_rules::wanted(self.linter);
        let shared = Shared { memory: RefCell::new(Memory::new(REMEMBERED)), facts: Rc::default() };
        for case in explore::cases(chart) {
            let overrides =
                Overrides { files: case.files.iter().chain(&user.files).copied().collect(), ..user.clone() };
            let names = overrides.files.iter().map(|file| sources.path(*file).to_owned()).collect();
            let (target, limits) = (&self.linter.target, self.linter.limits());
            let origins = if keep { Origins::new(true).record(Reads::new(role)) } else { Origins::new(true) };
            let mut run = explore::run(&mut renderer, chart, &overrides, target, sources, origins, limits);
            let (linter, path) = (self.linter, self.path);
            let mut again = |values: &str, check: &mut grade::Check<'_>| {
                let mut sources = run.rendered.sources.clone();
                let proof = sources.add(grade::SNIPPET, values.as_bytes());
                let files = overrides.files.iter().copied().chain([proof]).collect();
                let overrides = Overrides { files, ..overrides.clone() };
                let run = explore::run(&mut renderer, chart, &overrides, target, sources, Origins::new(true), limits);
                if run.stopped.is_none() && run.rendered.faults.is_empty() {
                    let documents = Documents::new(&run.rendered, path, Rc::default());
                    check(&documents, &documents.violations(linter, false, &mut shared.memory.borrow_mut()));
                }
            };
            let (status, objects) = self.case(&run, &case.name, files, &mut refusals, &shared, &mut again);
            sources = mem::take(&mut run.rendered.sources);
            if keep {
                let templates = renderer.templates().map(Rc::clone);
                runs.push(CaseRun { name: case.name.clone(), overrides, templates, run });
            }
            report.cases.push(Case { name: case.name, files: names, status, objects });
        }
        self.settle(report, refusals, &sources, chart);
        (sources, runs)
    }

    /// One case: its faults, or the findings on its objects.
    fn case(
        &mut self,
        run: &Run,
        case: &str,
        files: &mut Files,
        refusals: &mut Vec<Finding>,
        shared: &Shared,
        again: &mut grade::Again<'_>,
    ) -> (Status, u64) {
        let faults = faults::of_run(run);
        for warning in &run.rendered.warnings {
            self.not_evaluated.push(format!("{}: {warning}", self.path));
        }
        if !faults.is_empty() {
            for fault in faults {
                let deliberate = fault.deliberate;
                let finding = fault.finding(self.path, Some(case));
                if deliberate { refusals.push(finding) } else { self.findings.push(finding) }
            }
            return (Status::Failed, 0);
        }
        let documents = Documents::new(&run.rendered, self.path, Rc::clone(&shared.facts));
        let (objects, not_evaluated) = (&documents.objects, &mut self.not_evaluated);
        let violations = documents.violations(self.linter, true, &mut shared.memory.borrow_mut());
        let mut found =
            objects::findings(self.linter, objects, violations, &documents, self.path, Some(case), not_evaluated);
        let over = grade::settle(self.linter, &documents, &mut found, case == "default", &mut self.proofs, again);
        not_evaluated.extend(over.map(|over| format!("{}, {case}: grades: {over}", self.path)));
        let (by_evidence, facts) = evidence::images(self.linter, objects, &documents, self.path, Some(case));
        found.extend(by_evidence);
        self.facts.extend(facts.into_iter().filter(|fact| !self.facts.contains(fact)).collect::<Vec<_>>());
        self.subjects = self.subjects.max(subjects::subjects(objects));
        self.unchecked.add(self.linter, objects);
        self.annotations.extend(waivers::annotations(objects, &documents, self.path, Some(case)));
        for file in &run.rendered.files {
            if found.iter().any(|finding| finding.rendered.as_ref().is_some_and(|line| *line.file == *file.path)) {
                files.insert_rendered(self.path, case, &file.path, file.text.as_bytes());
            }
        }
        self.findings.extend(found);
        let objects = documents.objects.len() as u64;
        (if objects == 0 { Status::Empty } else { Status::Rendered }, objects)
    }

    /// What only all cases together show: a refusal by `fail` or `required` is the chart's way of asking for values when
    /// another case gives them, and an application that renders no object in any case is of no use.
    fn settle(&mut self, report: &ChartReport, mut refusals: Vec<Finding>, sources: &Sources, chart: &Chart) {
        let any = |status| report.cases.iter().any(|case| case.status == status);
        if any(Status::Rendered) {
            for refusal in &mut refusals {
                refusal.level = Level::Note;
            }
        }
        self.findings.append(&mut refusals);
        if !any(Status::Rendered) && any(Status::Empty) {
            self.faults([faults::empty(chart, sources)], None);
        }
    }
}

/// What an object goes by in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: &'a str,
}

impl<'a> From<&Object<'a>> for Name<'a> {
    fn from(object: &Object<'a>) -> Self {
        let Object { api_version, kind, namespace, name, .. } = *object;
        Self { api_version, kind, namespace, name }
    }
}

impl<'a> From<&'a ObjectRef> for Name<'a> {
    fn from(object: &'a ObjectRef) -> Self {
        let ObjectRef { api_version, kind, namespace, name, .. } = object;
        Self { api_version, kind, namespace: namespace.as_deref(), name }
    }
}

/// The objects of a render and the documents that hold them.
pub(super) struct Documents<'a> {
    pub(super) rendered: &'a Rendered,
    /// Path of the chart.
    pub(super) chart: &'a str,
    pub(super) objects: Vec<Object<'a>>,
    /// The first object of each name.
    names: HashMap<Name<'a>, usize>,
    /// The document of each object.
    manifests: Vec<Rc<Document<'a>>>,
    pub(super) facts: Rc<grade::Facts>,
}

struct Document<'a> {
    manifest: &'a Manifest,
    /// Offsets of its line breaks, once a line is asked for.
    breaks: OnceCell<Vec<usize>>,
}

impl<'a> Documents<'a> {
    fn new(rendered: &'a Rendered, chart: &'a str, facts: Rc<grade::Facts>) -> Self {
        let (mut objects, mut manifests) = (Vec::new(), Vec::new());
        for manifest in rendered.manifests.iter().chain(&rendered.hooks) {
            let found = manifest.node.as_ref().map(objects_of).unwrap_or_default();
            let document = Rc::new(Document { manifest, breaks: OnceCell::new() });
            manifests.extend(found.iter().map(|_| Rc::clone(&document)));
            objects.extend(found);
        }
        let names = objects.iter().enumerate().rev().map(|(index, object)| (Name::from(object), index)).collect();
        Self { rendered, chart, objects, names, manifests, facts }
    }

    /// What the objects violate, and where; at most one over the limit.
    fn violations(&self, linter: &Linter, messages: bool, memory: &mut Memory) -> Vec<Violation> {
        let texts: Vec<&[u8]> = self.manifests.iter().map(|document| document.manifest.text.as_bytes()).collect();
        let setting = Setting { messages, ..linter.setting(true) };
        check_again(&linter.policies, &self.objects, &texts, setting, linter.limits(), memory)
    }

    /// The object that a finding names, and its document.
    pub(super) fn object(&self, named: &ObjectRef) -> Option<(&Object<'a>, &'a Manifest)> {
        let index = *self.names.get(&Name::from(named))?;
        Some((self.objects.get(index)?, self.manifests.get(index)?.manifest))
    }

    /// The document of an object.
    pub(super) fn manifest(&self, object: usize) -> Option<&'a Manifest> {
        self.manifests.get(object).map(|document| document.manifest)
    }

    /// Whether bytes are literal text of templates that is under no condition but those of the whole object.
    pub(super) fn is_fixed(&self, blame: &Blame, object: &Blame) -> bool {
        let Some(place) = blame.template else { return false };
        let around: Vec<Place> = object.include.iter().copied().chain(object.template).collect();
        let conditional = |place: &Place| {
            let others: Vec<u32> =
                around.iter().filter(|other| other.source == place.source).map(|other| other.offset).collect();
            self.facts.blocks(&self.rendered.sources, place.source).is_conditional(place.offset, &others)
        };
        self.facts.blocks(&self.rendered.sources, place.source).is_text(place.offset)
            && !blame.include.iter().chain([&place]).any(conditional)
    }
}

impl objects::Origin for Documents<'_> {
    fn locate(&self, object: usize, bytes: Range<u32>, node: Option<&Node>) -> (Located, bool) {
        let (Some(manifest), Some(found)) =
            (self.manifests.get(object).map(|document| document.manifest), self.objects.get(object))
        else {
            return (Located::default(), false);
        };
        let origins = &self.rendered.origins;
        let blame = match node {
            Some(node) => blame_node(&manifest.text, node, origins),
            None => blame_range(&manifest.text, bytes.start as usize..bytes.end as usize, origins),
        };
        let located = located(&blame, &self.rendered.sources, origins);
        // What holds a value is not the same whatever the values are.
        let fixed = located.values.is_none()
            && blame_range(&manifest.text, bytes.start as usize..bytes.end as usize, origins).leaf.is_none()
            && self.is_fixed(&blame, &blame_node(&manifest.text, found.node, origins));
        (located, fixed)
    }

    fn rendered(&self, object: usize, offset: u32) -> Option<RenderedLocation> {
        let Document { manifest, breaks } = &**self.manifests.get(object)?;
        let breaks = breaks.get_or_init(|| {
            let bytes = manifest.text.as_bytes().iter().enumerate();
            bytes.filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect()
        });
        let lines = breaks.partition_point(|at| *at < offset as usize);
        Some(RenderedLocation { file: manifest.path.to_string(), line: manifest.line + crate::source::clamp(lines) })
    }
}
