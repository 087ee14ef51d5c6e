//! From a chart (or a manifest file) to findings: every case rendered, every object held to the policies, every fault told.

mod chart;
mod chart_rules;
mod evidence;
mod faults;
mod grade;
mod manifests;
mod objects;
mod rules;
mod subjects;
mod unchecked;
mod waivers;

use std::collections::HashMap;
use std::rc::Rc;

pub use evidence::{EVIDENCE_RULES, EvidenceRule};
pub use rules::{BuiltIn, RULES, Standing, catalogue, standing};
pub use waivers::Waivers;

use crate::chart::Overrides;
use crate::evidence::Evidence;
use crate::finding::{Finding, Rule};
use crate::limits::Limits;
use crate::policy::{Policies, Policy, Setting};
use crate::render::Target;
use crate::report::{ChartReport, Fact, Files, Scope};
use crate::schema::kubernetes::{covers, table};
use crate::source::Sources;
use crate::template::Environment;
use crate::waiver::Waiver;

/// The rules about the form of objects, which the types of Kubernetes decide.
const FORM: [&str; 4] = ["unknown-kind", "unknown-field", "wrong-type", "missing-field"];

/// What charts are held to.
#[derive(Debug)]
pub struct Linter {
    /// What every render takes place in.
    pub environment: Rc<Environment>,
    /// What charts are rendered for.
    pub target: Target,
    /// Every violated rule is an error.
    pub strict: bool,
    evidence: Evidence,
    registries: Vec<String>,
    policies: Policies,
    /// The rules of `policies`, in their order.
    rules: Vec<Rc<Rule>>,
    /// Where the policy of a rule is, by the rule's id.
    places: HashMap<String, usize>,
    select: Vec<String>,
    ignore: Vec<String>,
    waivers: Option<Waivers>,
}

/// What one input gave.
#[derive(Debug)]
pub struct Linted {
    /// The input and its cases.
    pub chart: ChartReport,
    /// Ungrouped, in the order they were found.
    pub findings: Vec<Finding>,
    /// What could not be looked at, one sentence each.
    pub not_evaluated: Vec<String>,
    /// The waivers in annotations of its objects, in every case anew.
    pub annotations: Vec<Waiver>,
    /// What evidence says for it.
    pub facts: Vec<Fact>,
}

impl Linter {
    /// A linter. With `select` only those rules are told of, ids or codes; those of `ignore` never are.
    #[must_use]
    pub fn new(environment: Rc<Environment>, target: Target, policies: Policies, strict: bool) -> Self {
        let strict = strict || policies.strict;
        let rules: Vec<Rc<Rule>> = policies.policies.iter().map(|policy| Rc::new(policy.rule())).collect();
        let places = rules.iter().zip(0..).map(|(rule, place)| (rule.id.clone(), place)).collect();
        let (evidence, registries) = (Evidence::default(), Vec::new());
        let (select, ignore, waivers) = (Vec::new(), Vec::new(), None);
        Self { environment, target, strict, evidence, registries, policies, rules, places, select, ignore, waivers }
    }

    /// Tells only of these rules, ids or codes; of all when there is none.
    #[must_use]
    pub fn select(mut self, select: Vec<String>) -> Self {
        self.select = select;
        self
    }

    /// Never tells of these rules, ids or codes.
    #[must_use]
    pub fn ignore(mut self, ignore: Vec<String>) -> Self {
        self.ignore = ignore;
        self
    }

    /// Accepts images of these registries, besides the public ones.
    #[must_use]
    pub fn accept(mut self, registries: Vec<String>) -> Self {
        self.registries = registries;
        self
    }

    /// Takes what was handed over with the run.
    #[must_use]
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.evidence = evidence;
        self
    }

    /// What evidence says that concerns no chart, and which rules the run holds charts to.
    #[must_use]
    pub fn scope(&self) -> (Vec<Finding>, Scope) {
        let (mut findings, facts) = evidence::of_run(self);
        findings.retain(|finding| self.tells(&finding.rule));
        let ids = self.rules.iter().map(|rule| &**rule).filter(|rule| self.tells(rule)).map(|rule| rule.id.clone());
        (findings, Scope { rules: ids.collect(), facts })
    }

    /// What the run cannot hold objects to, one sentence each.
    #[must_use]
    pub fn not_evaluated(&self) -> Vec<String> {
        let minor = self.minor();
        if !self.checks_form() || covers(minor) {
            return Vec::new();
        }
        let known = table().minors();
        let (first, last) = (known.start(), known.end());
        vec![format!("the form of objects in Kubernetes 1.{minor}: the types of 1.{first} to 1.{last} are known")]
    }

    /// Whether a rule of the run is about the form of objects.
    fn checks_form(&self) -> bool {
        self.rules.iter().any(|rule| FORM.contains(&&*rule.id) && self.tells(rule))
    }

    /// Lets waivers count: those of the configuration and those in what is linted.
    #[must_use]
    pub fn waivers(mut self, waivers: Waivers) -> Self {
        self.waivers = Some(waivers);
        self
    }

    /// Checks a chart folder or archive. `overrides` are the user's values, laid over those of every case; its files are added to
    /// the sources given.
    pub fn chart(&self, path: &str, overrides: &dyn Fn(&mut Sources) -> Overrides, files: &mut Files) -> Linted {
        self.chosen(chart::lint(self, path, overrides, files))
    }

    /// Checks a file of manifests.
    pub fn manifests(&self, path: &str, bytes: &[u8], files: &mut Files) -> Linted {
        self.chosen(manifests::lint(self, path, bytes, files))
    }

    fn limits(&self) -> &Limits {
        &self.environment.limits
    }

    fn policy(&self, index: usize) -> Option<(&Policy, &Rc<Rule>)> {
        Some((self.policies.policies.get(index)?, self.rules.get(index)?))
    }

    /// The policy that a finding violates; none for what the linter itself finds.
    fn policy_of(&self, finding: &Finding) -> Option<&Policy> {
        self.policies.policies.get(*self.places.get(&finding.rule.id)?)
    }

    fn minor(&self) -> u32 {
        u32::try_from(self.target.kube_version.minor).unwrap_or(u32::MAX)
    }

    fn setting(&self, chart: bool) -> Setting<'_> {
        Setting {
            minor: self.minor(),
            namespace: &self.target.namespace,
            chart,
            messages: true,
            registries: &self.registries,
        }
    }

    /// A chart that cannot be rendered is told of whatever was selected: nothing else could be found in it.
    fn chosen(&self, mut linted: Linted) -> Linted {
        linted.findings.retain(|finding| self.tells(&finding.rule));
        linted
    }

    /// Whether findings of a rule are told of.
    fn tells(&self, rule: &Rule) -> bool {
        let named =
            |names: &[String]| names.iter().any(|name| *name == rule.id || name.eq_ignore_ascii_case(&rule.code));
        (self.select.is_empty() || rules::is_fatal(rule) || named(&self.select)) && !named(&self.ignore)
    }
}
