//! What evidence says of charts: scans of the images that they run, audit policies, attestations.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::Linter;
use super::objects::Origin;
use crate::evidence::{AuditPolicy, Concern, Scan, Verdict};
use crate::finding::{Finding, Grade, Location, Rule, Severity};
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
    /// What can go wrong, in whole sentences.
    pub why: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where to read on.
    pub reference: &'static str,
    /// Evidence, or a line of the configuration, that violates it and the same as it should be.
    pub example: (&'static str, &'static str),
}

const SCANS: &str = "https://trivy.dev/latest/docs/target/container_image/";
const AUDIT: &str = "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/";
const SCAN_EXAMPLE: (&str, &str) = (
    "chartsec lint web --evidence other-image.json",
    "trivy image -f json -o web.json IMAGE@sha256:…\nchartsec lint web --evidence web.json",
);

const UNSCANNED: EvidenceRule = EvidenceRule {
    id: "unscanned-image",
    code: "EVD001",
    title: "No scan knows the image",
    why: "Nobody has looked for known faults in what is in the image.",
    severity: Severity::Medium,
    reference: SCANS,
    example: SCAN_EXAMPLE,
};
const STALE: EvidenceRule = EvidenceRule {
    id: "stale-image-scan",
    code: "EVD002",
    title: "Scan of the image is too old",
    why: "Faults become known every day; a scan of a month ago says nothing of them.",
    severity: Severity::Medium,
    reference: SCANS,
    example: ("CreatedAt: 40 days ago", "CreatedAt: today"),
};
const VULNERABLE: EvidenceRule = EvidenceRule {
    id: "vulnerable-image",
    code: "EVD003",
    title: "Scan of the image found grave faults",
    why: "Known faults of severity high or critical are what attackers try first.",
    severity: Severity::High,
    reference: SCANS,
    example: (
        "{\"VulnerabilityID\": \"CVE-…\", \"Severity\": \"CRITICAL\"}",
        "an image that is built anew, without the fault",
    ),
};
const EMPTY: EvidenceRule = EvidenceRule {
    id: "empty-audit-log",
    code: "EVD004",
    title: "Audit policy logs nothing",
    why: "Without an audit log nobody can tell afterwards what was done in the cluster.",
    severity: Severity::High,
    reference: AUDIT,
    example: ("rules: [{level: None}]", "rules: [{level: Metadata}]"),
};
const SECRETS: EvidenceRule = EvidenceRule {
    id: "unlogged-secret-access",
    code: "EVD005",
    title: "Access to Secrets is not logged",
    why: "Whoever reads a Secret holds its credential from then on; the log is the only trace.",
    severity: Severity::Medium,
    reference: AUDIT,
    example: (
        "rules:\n- {level: None, resources: [{group: \"\", resources: [secrets]}]}",
        "rules:\n- {level: Metadata, resources: [{group: \"\", resources: [secrets]}]}",
    ),
};
const RIGHTS: EvidenceRule = EvidenceRule {
    id: "unlogged-rights-change",
    code: "EVD006",
    title: "Changes of rights are not logged",
    why: "An attacker who is in gives himself more rights first; the log is the only trace.",
    severity: Severity::Medium,
    reference: AUDIT,
    example: (
        "rules:\n- {level: None, resources: [{group: rbac.authorization.k8s.io}]}",
        "rules:\n- {level: RequestResponse, resources: [{group: rbac.authorization.k8s.io}]}",
    ),
};
const CONTENT: EvidenceRule = EvidenceRule {
    id: "secrets-in-audit-log",
    code: "EVD007",
    title: "Secrets are written into the audit log",
    why: "At the levels Request and RequestResponse the log holds the content of Secrets, for everyone who reads logs.",
    severity: Severity::Medium,
    reference: AUDIT,
    example: (
        "rules:\n- {level: RequestResponse, resources: [{group: \"\", resources: [secrets]}]}",
        "rules:\n- {level: Metadata, resources: [{group: \"\", resources: [secrets]}]}",
    ),
};
const ATTESTATION: EvidenceRule = EvidenceRule {
    id: "unfounded-attestation",
    code: "EVD008",
    title: "Attestation does not hold",
    why: "A statement without an author or past its date is nobody's.",
    severity: Severity::Medium,
    reference: "https://csrc.nist.gov/glossary/term/attestation",
    example: ("expires: 2024-01-31", "expires: a day to come"),
};

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
            fix: None,
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
                objects: vec![object.reference(path)],
                template: located.template,
                include: located.include,
                values: located.values,
                rendered: origin.rendered(index, node.start),
                cases: case.map(str::to_owned).into_iter().collect(),
                suppressed: None,
                fix: None,
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
