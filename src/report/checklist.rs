//! The hardening checklist of `schemas/checklist.yaml`, decided from a report: 27 items, each passed, failed, waived or not to
//! be determined. Nothing passes that was not looked at.

use serde::Deserialize;

use super::{ChartReport, Report, Subject};
use crate::finding::Finding;

const DATA: &str = include_str!("../../schemas/checklist.yaml");

/// A group of items.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its heading.
    pub name: String,
    /// Its items.
    pub items: Vec<Item>,
}

/// One thing to verify.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Kebab-case; attestations name it.
    pub id: String,
    /// What should be the case.
    pub text: String,
    /// What it speaks about.
    pub about: Subject,
    /// The rules that decide it.
    pub rules: Vec<Decider>,
    /// What has to be handed over to decide it, for items that no chart can show.
    pub evidence: Option<String>,
}

/// A rule that decides an item.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "DeciderData")]
pub struct Decider {
    /// Its id.
    pub rule: String,
    /// Only findings whose message or path holds this word count.
    pub mentions: Option<String>,
}

/// A decider as it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum DeciderData {
    Rule(String),
    Mentioning { rule: String, mentions: String },
}

impl From<DeciderData> for Decider {
    fn from(data: DeciderData) -> Self {
        match data {
            DeciderData::Rule(rule) => Self { rule, mentions: None },
            DeciderData::Mentioning { rule, mentions } => Self { rule, mentions: Some(mentions) },
        }
    }
}

impl Decider {
    /// Whether a finding counts.
    fn counts(&self, finding: &Finding) -> bool {
        let mentions = |word: &String| {
            finding.message.contains(&**word) || finding.objects.iter().any(|object| object.path.contains(&**word))
        };
        self.rule == finding.rule.id && self.mentions.as_ref().is_none_or(mentions)
    }
}

/// How an item ended for a chart.
#[derive(Clone, Debug)]
pub enum Verdict<'a> {
    /// Everything it speaks about is as it should be: what that is.
    Pass(String),
    /// Violated.
    Fail {
        /// The findings of its rules that were not silenced.
        findings: Vec<&'a Finding>,
        /// What evidence says against it.
        against: Vec<&'a str>,
    },
    /// Violated, and every violation waived.
    Waived(Vec<&'a Finding>),
    /// Nobody can tell: why.
    Undetermined(String),
}

/// The groups with their items, in order: the number of an item counts through all groups.
///
/// # Panics
/// Never: a test reads the embedded file.
#[must_use]
pub fn groups() -> Vec<Group> {
    #[derive(Deserialize)]
    struct File {
        groups: Vec<Group>,
    }
    serde_yaml::from_str::<File>(DATA).map(|file| file.groups).unwrap_or_default()
}

impl Item {
    /// Whether a finding counts for it.
    #[must_use]
    pub fn decides(&self, finding: &Finding) -> bool {
        self.rules.iter().any(|rule| rule.counts(finding))
    }

    /// How it ended for a chart of a report.
    #[must_use]
    pub fn decide<'a>(&self, report: &'a Report, chart: &ChartReport) -> Verdict<'a> {
        let of_chart = |finding: &&Finding| finding.chart == chart.path || self.about == Subject::Cluster;
        let violated = report.findings.iter().filter(of_chart).filter(|finding| self.decides(finding));
        let (waived, findings): (Vec<_>, Vec<_>) = violated.partition(|finding| finding.is_suppressed());
        let of_item =
            |fact: &&super::Fact| fact.item == self.id && fact.chart.as_ref().is_none_or(|of| *of == chart.path);
        let facts: Vec<_> = report.scope.facts.iter().filter(of_item).collect();
        let against: Vec<&str> = facts.iter().filter(|fact| !fact.holds).map(|fact| &*fact.words).collect();
        if !findings.is_empty() || !against.is_empty() {
            return Verdict::Fail { findings, against };
        }
        if !waived.is_empty() {
            return Verdict::Waived(waived);
        }
        let subjects = chart.subjects.count(self.about);
        if let Some(reason) = self.undetermined(report, chart, subjects, !facts.is_empty()) {
            return Verdict::Undetermined(reason);
        }
        let words: Vec<&str> = facts.iter().map(|fact| &*fact.words).collect();
        Verdict::Pass(if words.is_empty() { self.about.counted(subjects) } else { words.join("; ") })
    }

    /// Why it cannot be said to be passed, although nothing is known against it.
    fn undetermined(&self, report: &Report, chart: &ChartReport, subjects: u64, affirmed: bool) -> Option<String> {
        if subjects == 0 && self.about != Subject::Cluster {
            let rendered = chart.subjects.count(Subject::Objects) > 0;
            return Some(if rendered {
                format!("the chart has no {}", self.about.noun())
            } else {
                "no object was rendered".into()
            });
        }
        if let Some(evidence) = &self.evidence {
            return (!affirmed).then(|| format!("needs {evidence}"));
        }
        let unchecked: Vec<&str> = self
            .rules
            .iter()
            .map(|decider| &*decider.rule)
            .filter(|rule| !report.scope.rules.contains(*rule))
            .collect();
        match (self.rules.is_empty(), unchecked.is_empty()) {
            (true, _) => Some("no rule decides it".to_owned()),
            (false, false) => Some(format!("not checked: {}", unchecked.join(", "))),
            (false, true) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn seven_groups_hold_twenty_seven_items_of_rules_that_exist() {
        let groups = groups();
        let counts: Vec<usize> = groups.iter().map(|group| group.items.len()).collect();
        assert_eq!(counts, [6, 4, 3, 4, 3, 4, 3]);
        let items: Vec<&Item> = groups.iter().flat_map(|group| &group.items).collect();
        assert_eq!(items.iter().map(|item| &item.id).collect::<HashSet<_>>().len(), items.len());
        let policies: HashSet<&str> = crate::policy::embedded_files().map(|(id, _)| id).collect();
        let known = |rule: &str| policies.contains(rule) || super::super::scope::EVIDENCE_RULES.contains(&rule);
        for item in items {
            for rule in &item.rules {
                assert!(known(&rule.rule), "{}: {}", item.id, rule.rule);
            }
        }
    }
}
