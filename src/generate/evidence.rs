//! What a generated chart shows when it is rendered: the objects of all its cases, the rules they keep, the rights they give.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::files::Files;
use crate::chart::{self, Overrides};
use crate::explore;
use crate::functions;
use crate::limits::Limits;
use crate::origin::Origins;
use crate::policy::{self, Object, Pod, Policies, Policy, Scope, Setting};
use crate::render::{Renderer, Target};
use crate::source::Sources;
use crate::template::Environment;
use crate::yaml::node::Node;

/// The release that documents show.
const RELEASE: &str = "scan";

/// What a rule showed.
#[derive(Clone, Debug, Default)]
pub(super) struct Claim {
    pub(super) title: String,
    /// Objects that keep it, such as `CronJob scan-reaper`.
    pub(super) kept: BTreeSet<String>,
    /// What objects do not keep it, and how.
    pub(super) broken: BTreeSet<String>,
}

/// A right that a Role gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Right {
    pub(super) role: String,
    pub(super) resources: String,
    pub(super) verbs: String,
    /// Empty for all of a kind.
    pub(super) names: String,
    pub(super) case: String,
}

/// What all cases of a chart showed.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Names of the cases.
    pub(super) cases: Vec<String>,
    /// Kinds, the names of their objects, and the first case that has them.
    pub(super) objects: BTreeMap<(String, String), String>,
    /// Rules by id: those of all profiles.
    pub(super) claims: BTreeMap<String, Claim>,
    /// The objects that make pods.
    pub(super) pods: BTreeSet<String>,
    /// Rights by Role.
    pub(super) rights: BTreeSet<Right>,
}

/// Renders a chart with its defaults and each `ci/*-values.yaml` and looks at the objects.
pub(super) fn gather(files: &Files) -> Result<Evidence, String> {
    let limits = Limits::default();
    let rules = rules()?;
    let mut evidence = Evidence::default();
    for rule in &rules.policies {
        evidence.claims.insert(rule.file.id.clone(), Claim { title: rule.file.title.clone(), ..Claim::default() });
    }
    let mut sources = Sources::new();
    let bytes = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
    let loaded = chart::load_files("chart", bytes, &mut sources, &limits);
    let chart = loaded.chart.filter(|_| loaded.errors.is_empty());
    let chart = chart.ok_or_else(|| loaded.errors.first().map_or_else(String::new, |error| error.message.clone()))?;
    let mut renderer = Renderer::new(environment(&limits));
    let target = Target { release_name: RELEASE.to_owned(), ..Target::default() };
    for case in explore::cases(&chart) {
        let overrides = Overrides { files: case.files.clone(), ..Overrides::default() };
        let run = explore::run(&mut renderer, &chart, &overrides, &target, sources, Origins::new(false), &limits);
        if let Some(error) = run.helm_error(target.profile) {
            return Err(format!("{}: {error}", case.name));
        }
        let documents = run.rendered.manifests.iter().chain(&run.rendered.hooks);
        let objects: Vec<Object<'_>> =
            documents.filter_map(|manifest| manifest.node.as_ref()).flat_map(policy::objects).collect();
        evidence.add(&case.name, &objects, &rules, &target, &limits);
        evidence.cases.push(case.name);
        sources = run.rendered.sources;
    }
    Ok(evidence)
}

/// The profiles that a chart is documented against: all but the one that collects opinions.
pub(super) fn profiles() -> impl Iterator<Item = &'static str> {
    policy::profiles().into_iter().filter(|name| *name != "pedantic")
}

/// The rules of these profiles, each once.
fn rules() -> Result<Policies, String> {
    let mut all = Policies::default();
    for name in profiles() {
        let profile = Policies::profile(name).map_err(|error| error.to_string())?;
        for rule in profile.into_iter().flat_map(|profile| profile.policies) {
            all.add(&rule.file.id).map_err(|error| error.to_string())?;
        }
    }
    Ok(all)
}

/// Generated charts use neither the clock nor random bytes, so that both are fixed.
fn environment(limits: &Limits) -> Rc<Environment> {
    Rc::new(functions::still(limits.clone(), |bytes| bytes.fill(0)))
}

impl Evidence {
    fn add(&mut self, case: &str, objects: &[Object<'_>], rules: &Policies, target: &Target, limits: &Limits) {
        let minor = u32::try_from(target.kube_version.minor).unwrap_or(u32::MAX);
        let setting = Setting { minor, namespace: &target.namespace, chart: true, messages: true, registries: &[] };
        let violations = policy::check(rules, objects, setting, limits);
        for (index, object) in objects.iter().enumerate() {
            let key = (object.kind.to_owned(), object.name.to_owned());
            self.objects.entry(key).or_insert_with(|| case.to_owned());
            let shown = format!("{} {}", object.kind, object.name);
            if Pod::of(object).is_some() {
                self.pods.insert(shown.clone());
            }
            for (number, rule) in rules.policies.iter().enumerate() {
                let Some(claim) = self.claims.get_mut(&rule.file.id) else { continue };
                let of_rule =
                    violations.iter().filter(|violation| (violation.object, violation.policy) == (index, number));
                let broken: Vec<String> = of_rule.map(|violation| format!("{shown}: {}", violation.message)).collect();
                if !broken.is_empty() {
                    claim.kept.remove(&shown);
                    claim.broken.extend(broken);
                } else if judges(rule, object, minor) && !claim.broken.iter().any(|line| line.starts_with(&shown)) {
                    claim.kept.insert(shown.clone());
                }
            }
            if object.kind == "Role" {
                self.rights.extend(rights(object, case));
            }
        }
    }

    /// What proves a rule, as text for a table.
    pub(super) fn proof(&self, rule: &str) -> Option<String> {
        let claim = self.claims.get(rule)?;
        Some(match (claim.broken.is_empty(), claim.kept.is_empty()) {
            (false, _) => format!("`{rule}` **not kept**: {}", code(&claim.broken)),
            (true, true) => format!("`{rule}`: no object that it is for"),
            (true, false) if claim.kept == self.pods => format!("`{rule}`: every pod"),
            (true, false) => format!("`{rule}`: {}", code(&claim.kept)),
        })
    }
}

/// Words as code, separated by commas.
pub(super) fn code<T: std::fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Whether a rule has something to say about an object.
fn judges(rule: &Policy, object: &Object<'_>, minor: u32) -> bool {
    let kinds = &rule.file.matches.kinds;
    let of_pod = |path: &String| ["containers", "podSpec", "podMetadata"].iter().any(|start| path.starts_with(start));
    rule.file.scope == Scope::Object
        && rule.is_for(minor)
        && (kinds.is_empty() || kinds.iter().any(|kind| kind == object.kind))
        && (!rule.file.for_each.iter().all(of_pod) || Pod::of(object).is_some())
}

fn rights<'a>(role: &'a Object<'_>, case: &'a str) -> impl Iterator<Item = Right> + 'a {
    let list = |rule: &Node, key: &str| {
        let items = rule.get(key).map(Node::items).unwrap_or_default();
        items.iter().filter_map(Node::as_str).collect::<Vec<_>>().join(", ")
    };
    role.node.get("rules").map(Node::items).unwrap_or_default().iter().map(move |rule| Right {
        role: role.name.to_owned(),
        resources: list(rule, "resources"),
        verbs: list(rule, "verbs"),
        names: list(rule, "resourceNames"),
        case: case.to_owned(),
    })
}
