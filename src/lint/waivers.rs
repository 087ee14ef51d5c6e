//! Which findings waivers suppress, and what is wrong with waivers.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use jiff::civil::Date;

use super::rules::{self, BuiltIn, Standing, standing};
use super::{Linter, objects};
use crate::chart::inside;
use crate::finding::{Finding, Grade, Severity, Suppression};
use crate::policy::{Object, Pod, level};
use crate::report::{ChartReport, Files, Kind, Status};
use crate::waiver::{ANNOTATION, Language, Scope, Waiver, comments};
use crate::yaml::node::Node;

/// The waivers of a run: what the configuration says, and the day it is.
#[derive(Clone, Debug)]
pub struct Waivers {
    /// Those of the configuration.
    pub configured: Vec<Waiver>,
    /// Waivers whose date lies before it are past.
    pub today: Date,
}

/// A rule that a waiver names, and whether it has suppressed anything.
struct Active<'a> {
    waiver: &'a Waiver,
    rule: &'a str,
    used: Cell<bool>,
}

/// The waivers in annotations of objects and of the pods that they make.
pub(super) fn annotations(
    all: &[Object<'_>],
    origin: &impl objects::Origin,
    chart: &str,
    case: Option<&str>,
) -> Vec<Waiver> {
    let mut found = Vec::new();
    for (index, object) in all.iter().enumerate() {
        let own = object.node.at(&["metadata", "annotations"]);
        let pod = Pod::of(object).and_then(|pod| pod.metadata).and_then(|metadata| metadata.get("annotations"));
        let pod = pod.filter(|pod| own.is_none_or(|own| own.start != pod.start));
        for entry in own.into_iter().chain(pod).flat_map(Node::entries) {
            let Some(rule) = entry.key.strip_prefix(ANNOTATION) else { continue };
            let (located, _) = origin.locate(index, entry.key_start..entry.key_end, None);
            let Some(place) = located.template else { continue };
            found.push(Waiver {
                rules: vec![rule.to_owned()],
                reason: entry.value.as_str().unwrap_or_default().trim().to_owned(),
                expires: None,
                scope: Scope::Object {
                    chart: chart.to_owned(),
                    cases: case.map(str::to_owned).into_iter().collect(),
                    object: object.reference(String::new()),
                },
                by: format!("annotation of {}/{} at {}:{}", object.kind, object.name, place.file, place.line),
                place,
                fault: None,
            });
        }
    }
    found
}

impl Linter {
    /// Marks the findings of a run that waivers suppress, and adds what is wrong with waivers. `annotations` are those of all charts,
    /// `files` what they were read from; what is over the limit is not evaluated. Without [`Linter::waivers`] nothing is waived.
    #[must_use]
    pub fn settle(
        &self,
        mut findings: Vec<Finding>,
        annotations: Vec<Waiver>,
        charts: &[ChartReport],
        files: &Files,
        not_evaluated: &mut Vec<String>,
    ) -> Vec<Finding> {
        let Some(Waivers { configured, today }) = &self.waivers else { return findings };
        let mut all = in_files(charts, files);
        all.extend(merge(annotations));
        let most = usize::try_from(self.limits().waivers).unwrap_or(usize::MAX);
        if let Some(over) = all.len().checked_sub(most).filter(|over| *over > 0) {
            all.truncate(most);
            not_evaluated.push(format!("{over} waivers over the limit `waivers` of {most} do not count"));
        }
        let (mut active, mut told) = (Vec::new(), Vec::new());
        for waiver in all.iter().chain(configured) {
            match self.refusal(waiver, *today) {
                Some((rule, message, help)) => told.push(self.about(waiver, charts, rule, message, help)),
                None => {
                    active.extend(waiver.rules.iter().map(|rule| Active { waiver, rule, used: Cell::new(false) }));
                }
            }
        }
        let mut by_rule: HashMap<String, Vec<&Active<'_>>> = HashMap::new();
        for active in &active {
            by_rule.entry(active.rule.to_ascii_lowercase()).or_default().push(active);
        }
        for finding in findings.iter_mut().filter(|finding| !rules::is_fixed(&finding.rule)) {
            let names = [finding.rule.id.clone(), finding.rule.code.to_ascii_lowercase()];
            let named = names.iter().filter_map(|name| by_rule.get(name)).flatten();
            let mut first = None;
            for active in named.filter(|active| active.waiver.scope.covers(finding)) {
                active.used.set(true);
                first.get_or_insert(active.waiver);
            }
            finding.suppressed = first.map(|waiver| Suppression {
                by: waiver.by.clone(),
                reason: waiver.reason.clone(),
                in_source: !matches!(waiver.scope, Scope::Paths(_)),
            });
        }
        let unused = active.iter().filter(|active| !active.used.get() && self.is_judged(active, charts, files));
        told.extend(unused.map(|Active { waiver, rule, .. }| {
            let message = format!("the waiver of `{rule}` suppresses nothing");
            self.about(waiver, charts, rules::UNUSED_WAIVER, message, "remove it".into())
        }));
        findings.extend(told.into_iter().filter(|finding| self.tells(&finding.rule)));
        findings
    }

    /// Why a waiver does not count.
    fn refusal(&self, waiver: &Waiver, today: Date) -> Option<(BuiltIn, String, String)> {
        if let Some(fault) = &waiver.fault {
            let help = "write `chartsec: ignore[RULE] reason`, several rules with a comma";
            return Some((rules::INVALID_WAIVER, fault.clone(), help.into()));
        }
        for rule in &waiver.rules {
            let policies = self.rules.iter().map(Rc::as_ref);
            let (message, help) = match standing(rule, policies) {
                Standing::Waivable => continue,
                Standing::Fixed => {
                    (format!("`{rule}` cannot be waived"), "mend it, or leave it out with --ignore".to_owned())
                }
                Standing::Unknown => (
                    format!("waiver of an unknown rule `{rule}`"),
                    "`chartsec explain --list` shows all rules".to_owned(),
                ),
            };
            return Some((rules::INVALID_WAIVER, message, help));
        }
        let rule = waiver.rules.join("`, `");
        if !waiver.reason.chars().any(char::is_alphanumeric) {
            let message = format!("the waiver of `{rule}` has no reason");
            return Some((rules::INVALID_WAIVER, message, "say why the finding is accepted".into()));
        }
        if let Some(date) = waiver.expires.filter(|date| *date < today) {
            let message = format!("the waiver of `{rule}` was good until {date}");
            return Some((
                rules::EXPIRED_WAIVER,
                message,
                "mend the finding, or decide again and set a new date".into(),
            ));
        }
        None
    }

    /// Whether a run is able to say that a waiver is of no use: its rule was looked for, and what it is about was looked at.
    fn is_judged(&self, active: &Active<'_>, charts: &[ChartReport], files: &Files) -> bool {
        let mut named =
            self.rules.iter().filter(|rule| *active.rule == rule.id || active.rule.eq_ignore_ascii_case(&rule.code));
        if !named.any(|rule| self.tells(rule)) {
            return false;
        }
        let rendered = |chart: &ChartReport| {
            chart.kind != Kind::Library && chart.cases.iter().all(|case| case.status != Status::Failed)
        };
        match &active.waiver.scope {
            // A chart inside of a chart may be switched off, and is somebody else's.
            Scope::Lines { file, .. } => match owner(charts, file) {
                Some(chart) => rendered(chart) && !inside(file, &chart.path).unwrap_or_default().contains("charts/"),
                None => charts.iter().all(rendered),
            },
            Scope::Object { .. } => true,
            Scope::Paths(paths) => {
                let seen = |chart: &&ChartReport| {
                    let inside = |file: &&str| inside(file, &chart.path).is_some();
                    paths.match_file(&chart.path) || files.names().filter(inside).any(|file| paths.match_file(file))
                };
                let mut seen = charts.iter().filter(seen).peekable();
                seen.peek().is_some() && seen.all(rendered)
            }
        }
    }

    /// A finding about a waiver.
    fn about(&self, waiver: &Waiver, charts: &[ChartReport], rule: BuiltIn, message: String, help: String) -> Finding {
        let (chart, objects) = match &waiver.scope {
            Scope::Object { chart, object, .. } => (chart.clone(), vec![object.clone()]),
            _ => {
                (owner(charts, &waiver.place.file).map_or(&waiver.place.file, |chart| &chart.path).clone(), Vec::new())
            }
        };
        // A waiver of no use harms nobody, not even where every violated rule is an error.
        let strict = self.strict && rule.severity > Severity::Info;
        Finding {
            level: level(rule.severity, Grade::Unknown, None, strict),
            rule: rule.rule(),
            grade: Grade::Unknown,
            message,
            help: Some(help),
            chart,
            objects,
            template: Some(waiver.place.clone()),
            include: Vec::new(),
            values: None,
            rendered: None,
            cases: Vec::new(),
            suppressed: None,
            fix: None,
        }
    }
}

/// The waivers in the files of charts and manifests.
fn in_files(charts: &[ChartReport], files: &Files) -> Vec<Waiver> {
    let mut found = Vec::new();
    for (file, bytes) in files.all() {
        let manifests = || charts.iter().any(|chart| chart.kind == Kind::Manifests && chart.path == file);
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        let below = |folder| file.split(['/', ':']).rev().skip(1).any(|part| part == folder);
        let language = match extension {
            _ if below("templates") => Language::Template,
            "yaml" | "yml" if below("crds") => Language::Manifest,
            _ if manifests() => Language::Manifest,
            "yaml" | "yml" => Language::Values,
            _ => continue,
        };
        found.extend(comments(file, bytes, language));
    }
    found
}

/// One waiver for an annotation that several cases render.
fn merge(annotations: Vec<Waiver>) -> Vec<Waiver> {
    let (mut merged, mut known): (Vec<Waiver>, HashMap<_, usize>) = (Vec::new(), HashMap::new());
    for waiver in annotations {
        let Scope::Object { chart, cases, object } = &waiver.scope else { continue };
        let key = (chart.clone(), object.clone(), waiver.rules.clone(), waiver.reason.clone());
        let at = *known.entry(key).or_insert(merged.len());
        match merged.get_mut(at).map(|first| &mut first.scope) {
            Some(Scope::Object { cases: all, .. }) => all.extend(cases.iter().cloned()),
            _ => merged.push(waiver),
        }
    }
    merged
}

/// The chart that a file lies in: the innermost.
fn owner<'a>(charts: &'a [ChartReport], file: &str) -> Option<&'a ChartReport> {
    charts.iter().filter(|chart| inside(file, &chart.path).is_some()).max_by_key(|chart| chart.path.len())
}
