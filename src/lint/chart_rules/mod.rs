//! Rules about a chart as a whole: functions that policies of `scope: chart` name.
//!
//! Each is called once per chart, after all cases have run, and adds a [`Hit`] for every fault. A file holds the rules of one
//! subject; the table [`PREDICATES`] gives them their names.

mod credentials;
mod documentation;
mod flow;
mod metadata;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::rc::Rc;

use self::credentials::Credentials;
use super::Linter;
use crate::chart::Chart;
use crate::explore::{Located, Run, location};
use crate::finding::{Finding, Grade, ObjectRef, RenderedLocation};
use crate::limits::Limits;
use crate::policy::{level, message};
use crate::secret::Hidden;
use crate::source::{Place, Sources};

/// A chart and what its cases showed.
#[derive(Debug)]
#[allow(dead_code, reason = "what rules may look at")]
pub(super) struct Subject<'a> {
    /// The chart.
    pub chart: &'a Chart,
    /// All files of the chart and of all its renders.
    pub sources: &'a Sources,
    /// The cases, the defaults first; none when nothing was rendered. Their own sources were taken out.
    pub cases: &'a [CaseRun],
    /// The budgets of the run.
    pub limits: &'a Limits,
    credentials: OnceCell<Credentials>,
}

impl<'a> Subject<'a> {
    /// A chart with what its cases showed.
    #[must_use]
    pub(super) fn new(chart: &'a Chart, sources: &'a Sources, cases: &'a [CaseRun], limits: &'a Limits) -> Self {
        Self { chart, sources, cases, limits, credentials: OnceCell::new() }
    }

    /// The credentials in its values.
    fn credentials(&self) -> &Credentials {
        self.credentials.get_or_init(|| Credentials::of(self))
    }

    /// Adds what no report may show of the chart: credentials in its values, its files and what it rendered.
    pub(super) fn hide(&self, hidden: &mut Hidden) {
        self.credentials().hide(hidden);
        credentials::hide_in_files(self, hidden);
        for case in self.cases {
            let rendered = &case.run.rendered;
            let nodes = rendered.manifests.iter().chain(&rendered.hooks).filter_map(|manifest| manifest.node.as_ref());
            nodes.for_each(|node| hidden.add_found(node, self.limits));
        }
    }
}

/// One case, run.
#[derive(Debug)]
#[allow(dead_code, reason = "what rules may look at")]
pub(super) struct CaseRun {
    /// `default`, or the path of its values file inside the chart.
    pub name: String,
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
                level: level(rule.severity, hit.grade, policy.file.level.filter(|_| by_default), linter.strict),
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
            }
        }));
    }
    findings
}
