//! Rules about a chart as a whole: functions that policies of `scope: chart` name.
//!
//! Each is called once per chart, after all cases have run, and adds a [`Hit`] for every fault. A file holds the rules of one
//! subject; the table [`PREDICATES`] gives them their names.

mod credentials;
mod defaults;
mod documentation;
mod files;
mod flow;
mod metadata;
mod rendered;
#[cfg(test)]
mod tests;
mod values;
mod versions;
mod zeros;

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use self::credentials::Credentials;
use super::Linter;
use crate::chart::{Chart, Overrides};
use crate::explore::{Located, Run, location};
use crate::finding::{Finding, Grade, ObjectRef, RenderedLocation};
use crate::limits::Limits;
use crate::policy::message;
use crate::render::Fault;
use crate::secret::{Hidden, Suspect};
use crate::source::{Place, SourceId, Sources};
use crate::template::TemplateSet;
use crate::usage::{CaseUse, Known, Usage};

/// A chart and what its cases showed.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// The chart.
    pub chart: &'a Rc<Chart>,
    /// All files of the chart and of all its renders.
    pub sources: &'a Sources,
    /// The cases, the defaults first; none when nothing was rendered. Their own sources were taken out.
    pub cases: &'a [CaseRun],
    /// Its templates, when nothing was rendered.
    parsed: Option<Parsed>,
    linter: &'a Linter,
    usage: OnceCell<RefCell<Usage>>,
    credentials: OnceCell<Credentials>,
    /// The credentials by their form in its files.
    tokens: OnceCell<HashMap<SourceId, Vec<Suspect>>>,
}

/// The templates of a chart that is not rendered.
#[derive(Debug)]
pub(super) struct Parsed {
    /// As far as they parse.
    pub templates: Rc<TemplateSet>,
    /// The files that do not parse.
    pub faulty: Vec<SourceId>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        chart: &'a Rc<Chart>,
        sources: &'a Sources,
        cases: &'a [CaseRun],
        parsed: Option<Parsed>,
        linter: &'a Linter,
    ) -> Self {
        let (usage, credentials, tokens) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { chart, sources, cases, parsed, linter, usage, credentials, tokens }
    }

    pub(super) fn limits(&self) -> &'a Limits {
        self.linter.limits()
    }

    /// The credentials in its values.
    fn credentials(&self) -> &Credentials {
        self.credentials.get_or_init(|| Credentials::of(self))
    }

    /// Adds what no report of these findings may show: credentials in the chart's values, its files and the documents that are
    /// pointed at.
    pub(super) fn hide(&self, findings: &[Finding], hidden: &mut Hidden) {
        self.credentials().hide(hidden);
        credentials::hide_in_files(self, hidden);
        let shown: HashSet<(&str, &str)> = findings
            .iter()
            .filter_map(|finding| Some((finding, finding.rendered.as_ref()?)))
            .flat_map(|(finding, rendered)| finding.cases.iter().map(|case| (&**case, &*rendered.file)))
            .collect();
        // Most cases render most documents alike.
        let (mut seen, mut documents) = (HashSet::new(), Vec::new());
        for case in self.cases {
            let rendered = &case.run.rendered;
            for manifest in rendered.manifests.iter().chain(&rendered.hooks) {
                if let Some(node) = &manifest.node
                    && shown.contains(&(&*case.name, &*manifest.path))
                    && seen.insert(manifest.text.as_bytes())
                {
                    documents.push(node);
                }
            }
        }
        hidden.add_found(documents, self.limits());
    }

    /// Asks what the chart reads. It is gathered when the first rule wants to know.
    pub(super) fn usage<T>(&self, ask: impl FnOnce(&mut Usage, &Known<'_>) -> T) -> T {
        let mut faulty: Vec<SourceId> = self.parsed.iter().flat_map(|parsed| &parsed.faulty).copied().collect();
        for fault in self.cases.iter().flat_map(|case| &case.run.rendered.faults) {
            if let Fault::Parse(error) = fault {
                faulty.push(error.place.source);
            }
        }
        faulty.sort_unstable();
        faulty.dedup();
        let case = |case: &'a CaseRun| CaseUse {
            prepared: case.run.prepared.as_ref(),
            origins: &case.run.rendered.origins,
            templates: case.templates.as_ref(),
            files: &case.overrides.files,
        };
        let cases: Vec<CaseUse<'_>> = self.cases.iter().map(case).collect();
        let known = Known {
            chart: self.chart,
            sources: self.sources,
            cases: &cases,
            templates: self.parsed.as_ref().map(|parsed| &parsed.templates),
            faulty: &faulty,
        };
        let usage = self.usage.get_or_init(|| RefCell::new(Usage::of(&known, self.limits())));
        ask(&mut usage.borrow_mut(), &known)
    }
}

/// One case, run.
#[derive(Debug)]
pub(super) struct CaseRun {
    /// `default`, or the path of its values file inside the chart.
    pub name: String,
    /// What is laid over the defaults.
    pub overrides: Overrides,
    /// The templates that took part.
    pub templates: Option<Rc<TemplateSet>>,
    /// What came of it.
    pub run: Run,
}

/// A fault that a rule found.
#[derive(Debug)]
pub(super) struct Hit {
    /// Where it stands.
    pub located: Located,
    /// The rendered line that shows it.
    pub rendered: Option<RenderedLocation>,
    /// The objects that show it.
    pub objects: Vec<ObjectRef>,
    /// The cases that show it; none when it is there whatever the values are.
    pub cases: Vec<String>,
    /// Whether a user of the chart can mend it.
    pub grade: Grade,
    /// What the policy's message may name.
    pub words: Vec<(&'static str, String)>,
}

impl Hit {
    /// A fault of the chart's files at a place.
    #[must_use]
    pub(super) fn at(place: Place, sources: &Sources) -> Self {
        let located = Located { template: Some(location(place, sources)), ..Located::default() };
        Self {
            located,
            rendered: None,
            objects: Vec::new(),
            cases: Vec::new(),
            grade: Grade::Unknown,
            words: Vec::new(),
        }
    }

    /// A word for the message.
    #[must_use]
    pub(super) fn say(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.words.push((name, text.into()));
        self
    }
}

/// Decides a policy for a chart.
type Predicate = fn(&Subject<'_>, &mut Vec<Hit>);

/// Every predicate by the name that policies give.
const PREDICATES: &[(&str, Predicate)] = &[
    ("chart-metadata", metadata::chart_metadata),
    ("undocumented-secret", documentation::undocumented_secret),
    ("credential-in-values", credentials::credential_in_values),
    ("placeholder-in-secret", credentials::placeholder_in_secret),
    ("placeholder-in-values", credentials::placeholder_in_values),
    ("credential-in-file", credentials::credential_in_file),
    ("closed-values-schema", files::closed_schema),
    ("crds-content", files::crds_content),
    ("fixed-namespace", rendered::fixed_namespace),
    ("fixed-security-context", rendered::fixed_security),
    ("go-notation", rendered::go_notation),
    ("missing-values-schema", files::missing_schema),
    ("number-exponent", rendered::exponent),
    ("regenerated-secret", rendered::regenerated_secret),
    ("stale-values-schema", files::stale_schema),
    ("swallowed-false", defaults::swallowed_false),
    ("swallowed-zero", zeros::swallowed_zero),
    ("undeclared-value", values::undeclared),
    ("unpinned-dependency", files::unpinned_dependency),
    ("unread-value", values::unread),
    ("unserved-kube-version", versions::unserved_kube_version),
    ("unstable-output", rendered::unstable_output),
    ("weak-default", files::weak_default),
];

fn predicate(name: &str) -> Option<Predicate> {
    let mut known = PREDICATES.iter();
    let found = known.find(|(known, _)| *known == name).map(|(_, predicate)| *predicate);
    #[cfg(test)]
    let found = found.or(match name {
        "always" => Some(tests::always as Predicate),
        "never" => Some(tests::never as Predicate),
        _ => None,
    });
    found
}

/// Whether any rule of this run is about charts, so that the cases must be kept.
pub(super) fn wanted(linter: &Linter) -> bool {
    linter.policies.policies.iter().any(|policy| policy.chart_predicate().is_some())
}

/// Findings of all policies about charts, at most one over the limit for findings.
pub(super) fn findings(linter: &Linter, subject: &Subject<'_>, path: &str) -> Vec<Finding> {
    let most = usize::try_from(linter.limits().findings).unwrap_or(usize::MAX).saturating_add(1);
    let mut findings = Vec::new();
    for (policy, rule) in linter.policies.policies.iter().zip(&linter.rules) {
        let Some(predicate) = policy.chart_predicate().and_then(predicate) else { continue };
        if !policy.is_for(linter.minor()) {
            continue;
        }
        let mut hits = Vec::new();
        predicate(subject, &mut hits);
        hits.truncate(most.saturating_sub(findings.len()));
        findings.extend(hits.into_iter().map(|hit| {
            let (message, help) = message(policy, linter.minor(), &hit.words);
            let by_default = hit.cases.is_empty() || hit.cases.iter().any(|case| case == "default");
            Finding {
                rule: Rc::clone(rule),
                level: policy.level(hit.grade, by_default, linter.strict),
                grade: hit.grade,
                message,
                help,
                chart: path.to_owned(),
                objects: hit.objects,
                template: hit.located.template,
                include: hit.located.include,
                values: hit.located.values,
                rendered: hit.rendered,
                cases: hit.cases,
                suppressed: None,
                fix: None,
            }
        }));
    }
    findings
}
