//! What evidence says of charts: scans of the images that they run, audit policies, attestations.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Linter;
use super::objects::Origin;
use crate::evidence::{AuditPolicy, Concern, Scan, Verdict};
use crate::finding::{Finding, Grade, Location, ObjectRef, Rule, Severity};
use crate::policy::{Object, Pod, level};
use crate::report::Fact;
use crate::yaml::node::Node;

/// A rule that evidence decides.
#[derive(Clone, Copy, Debug)]
pub struct EvidenceRule {
    /// Kebab-case id.
    pub id: &'static str,
    /// Code, as those of the catalogue.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    severity: Severity,
    reference: &'static str,
}

const GUIDE: &str = "NSA/CISA Kubernetes Hardening Guidance";
const AUDIT: &str = "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/";

const fn rule(
    id: &'static str,
    code: &'static str,
    title: &'static str,
    severity: Severity,
    reference: &'static str,
) -> EvidenceRule {
    EvidenceRule { id, code, title, severity, reference }
}

const UNSCANNED: EvidenceRule = rule("unscanned-image", "EVD001", "No scan knows the image", Severity::Medium, GUIDE);
const STALE: EvidenceRule = rule("stale-image-scan", "EVD002", "Scan of the image is too old", Severity::Medium, GUIDE);
const VULNERABLE: EvidenceRule =
    rule("vulnerable-image", "EVD003", "Scan of the image found grave faults", Severity::High, GUIDE);
const EMPTY: EvidenceRule = rule("empty-audit-log", "EVD004", "Audit policy logs nothing", Severity::High, AUDIT);
const SECRETS: EvidenceRule =
    rule("unlogged-secret-access", "EVD005", "Access to Secrets is not logged", Severity::Medium, AUDIT);
const RIGHTS: EvidenceRule =
    rule("unlogged-rights-change", "EVD006", "Changes of rights are not logged", Severity::Medium, AUDIT);
const CONTENT: EvidenceRule =
    rule("secrets-in-audit-log", "EVD007", "Secrets are written into the audit log", Severity::Medium, AUDIT);
const ATTESTATION: EvidenceRule = rule(
    "unfounded-attestation",
    "EVD008",
    "Attestation does not hold",
    Severity::Medium,
    "https://csrc.nist.gov/glossary/term/attestation",
);

/// Every rule that evidence decides.
pub const EVIDENCE_RULES: [EvidenceRule; 8] =
    [UNSCANNED, STALE, VULNERABLE, EMPTY, SECRETS, RIGHTS, CONTENT, ATTESTATION];

impl EvidenceRule {
    fn rule(self) -> Rc<Rule> {
        Rc::new(Rule {
            id: self.id.to_owned(),
            code: self.code.to_owned(),
            title: self.title.to_owned(),
            severity: self.severity,
            references: vec![self.reference.to_owned()],
        })
    }

    /// A violation in a file of evidence or of the configuration.
    fn violated(self, linter: &Linter, file: &str, line: Option<u32>, message: String, help: &str) -> Finding {
        let grade = Grade::Unknown;
        Finding {
            rule: self.rule(),
            level: level(self.severity, grade, None, linter.strict),
            grade,
            message,
            help: Some(help.to_owned()),
            chart: file.to_owned(),
            objects: Vec::new(),
            template: line.map(|line| Location { file: file.to_owned(), line, column: 1 }),
            include: Vec::new(),
            values: None,
            rendered: None,
            cases: Vec::new(),
            suppressed: None,
        }
    }
}

/// The images of one case against the scans, if there are any: what is wrong, and what speaks for the chart.
pub(super) fn images(
    linter: &Linter,
    objects: &[Object<'_>],
    origin: &impl Origin,
    chart: &str,
    case: Option<&str>,
) -> (Vec<Finding>, Vec<Fact>) {
    let (mut findings, mut scanned) = (Vec::new(), BTreeSet::new());
    if linter.evidence.scans.is_empty() {
        return (findings, Vec::new());
    }
    let now = linter.environment.now.timestamp();
    for (index, object) in objects.iter().enumerate() {
        let Some(pod) = Pod::of(object) else { continue };
        for container in &pod.containers {
            let Some(node) = container.node.get("image") else { continue };
            let Some(image) = node.as_str().filter(|image| !image.is_empty()) else { continue };
            let (rule, what, help) = match Scan::of(&linter.evidence.scans, image, now) {
                Verdict::Clean(scan, days) => {
                    scanned.insert(format!("{image}: {} {} ago", scan.tool, days_of(days)));
                    continue;
                }
                Verdict::NoDigest => (
                    UNSCANNED,
                    "names no digest, so that no scan can be matched".to_owned(),
                    "name the image by digest: `NAME:TAG@sha256:…`",
                ),
                Verdict::Unscanned => (
                    UNSCANNED,
                    "is in no report of a scan".to_owned(),
                    "scan it and hand the report over with `--evidence`",
                ),
                Verdict::Stale(scan, Some(days)) => (
                    STALE,
                    format!("was scanned {} ago ({})", days_of(days), scan.file),
                    "scan it again: a report counts for 30 days",
                ),
                Verdict::Stale(scan, None) => (
                    STALE,
                    format!("has a report without a date ({})", scan.file),
                    "scan it again: a report counts for 30 days",
                ),
                Verdict::Vulnerable(scan) => (
                    VULNERABLE,
                    format!("has {} critical and {} high vulnerabilities ({})", scan.critical, scan.high, scan.file),
                    "take a version in which they are mended",
                ),
            };
            let name = container.node.get("name").and_then(Node::as_str).unwrap_or_default();
            let (located, _) = origin.locate(index, node.start..node.end, Some(node));
            let grade = if located.values.is_some() { Grade::Hardenable } else { Grade::Unknown };
            let path = format!("{}.{}[{}].image", pod.spec_path.join("."), container.list, container.index);
            findings.push(Finding {
                rule: rule.rule(),
                level: level(rule.severity, grade, None, linter.strict),
                grade,
                message: format!("image `{image}` of container {name} {what}"),
                help: Some(help.to_owned()),
                chart: chart.to_owned(),
                objects: vec![ObjectRef {
                    api_version: object.api_version.to_owned(),
                    kind: object.kind.to_owned(),
                    namespace: object.namespace.map(str::to_owned),
                    name: object.name.to_owned(),
                    path,
                }],
                template: located.template,
                include: located.include,
                values: located.values,
                rendered: origin.rendered(index, node.start),
                cases: case.map(str::to_owned).into_iter().collect(),
                suppressed: None,
            });
        }
    }
    let fact = |words| Fact { item: "images-scanned".to_owned(), chart: Some(chart.to_owned()), holds: true, words };
    (findings, scanned.into_iter().map(fact).collect())
}

fn days_of(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// What concerns no chart: the audit policies and the attestations.
pub(super) fn of_run(linter: &Linter) -> (Vec<Finding>, Vec<Fact>) {
    let (mut findings, mut facts) = (Vec::new(), Vec::new());
    for policy in &linter.evidence.policies {
        of_policy(linter, policy, &mut findings, &mut facts);
    }
    let today = linter.environment.now.date();
    for attestation in &linter.evidence.attestations {
        let fault = attestation.fault(today);
        let mut fact =
            Fact { item: attestation.item.clone(), chart: None, holds: fault.is_none(), words: String::new() };
        match fault {
            Some(fault) => {
                let message = format!("attestation of `{}`: {fault}", attestation.item);
                fact.words.clone_from(&message);
                let help = "give statement, author and a day in the future under `expires`";
                findings.push(ATTESTATION.violated(linter, &linter.evidence.configuration, None, message, help));
            }
            None => {
                let until = attestation.expires.trim();
                fact.words = format!("{} (attested by {} until {until})", attestation.statement, attestation.author);
            }
        }
        facts.push(fact);
    }
    (findings, facts)
}

fn of_policy(linter: &Linter, policy: &AuditPolicy, findings: &mut Vec<Finding>, facts: &mut Vec<Fact>) {
    let gaps = policy.gaps();
    let fact = |item: &str, words: String| Fact { item: item.to_owned(), chart: None, holds: true, words };
    if gaps.iter().all(|gap| gap.concern != Concern::Everything) {
        let (rules, logging) = policy.rules();
        facts.push(fact("audit-log-enabled", format!("{}: {logging} of {rules} rules log requests", policy.file)));
    }
    if gaps.is_empty() {
        let words = format!("{} logs who reads and changes Secrets and who changes rights", policy.file);
        facts.push(fact("sensitive-actions-logged", words));
    }
    for gap in gaps {
        let (rule, help) = match gap.concern {
            Concern::Everything => (EMPTY, "give a rule of level Metadata or above"),
            Concern::Secrets => (SECRETS, "put a rule of level Metadata for `secrets` before it"),
            Concern::Rights => {
                (RIGHTS, "put a rule of level Metadata or above for the group `rbac.authorization.k8s.io` before it")
            }
            Concern::Content => (CONTENT, "put a rule of level Metadata for `secrets` before it"),
        };
        findings.push(rule.violated(linter, &policy.file, Some(gap.line), gap.message, help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_know_the_same_rules() {
        assert_eq!(EVIDENCE_RULES.map(|rule| rule.id), crate::report::EVIDENCE_RULES);
    }
}
