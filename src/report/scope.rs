//! What a run looked at, beyond what it found: nothing may be called good that nobody looked at.

use std::collections::BTreeSet;

use serde::Deserialize;

/// What a run looked for, and what was handed over with it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Ids of the rules that were checked.
    pub rules: BTreeSet<String>,
    /// What evidence says.
    pub facts: Vec<Fact>,
}

/// What evidence says about an item of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The item, by its id.
    pub item: String,
    /// The chart it is about; all when `None`.
    pub chart: Option<String>,
    /// Whether it speaks for the item.
    pub holds: bool,
    /// In words.
    pub words: String,
}

/// What items of the checklist speak about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// Objects of any kind.
    Objects,
    /// Pods and what makes them.
    Pods,
    /// Containers, each with an image.
    Containers,
    /// Roles and cluster roles.
    Roles,
    /// Secrets, what makes them, and references to them.
    Secrets,
    /// Workloads with more than one pod, and disruption budgets.
    Replicated,
    /// Namespaces and limit ranges.
    Namespaces,
    /// Values, templates and files of a chart.
    Sources,
    /// The cluster itself, which no chart shows.
    Cluster,
}

/// How much of each there is in a chart: the most that one case renders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subjects([u64; 8]);

impl Subjects {
    /// How many there are.
    #[must_use]
    pub fn count(&self, subject: Subject) -> u64 {
        self.0.get(subject as usize).copied().unwrap_or(0)
    }

    /// Counts more of them.
    pub fn add(&mut self, subject: Subject, more: u64) {
        if let Some(count) = self.0.get_mut(subject as usize) {
            *count = count.saturating_add(more);
        }
    }

    /// The larger count of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let mut most = self;
        for (most, other) in most.0.iter_mut().zip(other.0) {
            *most = (*most).max(other);
        }
        most
    }
}

impl Subject {
    /// What several of them are called.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Pods => "pods",
            Self::Containers => "containers",
            Self::Roles => "roles",
            Self::Secrets => "Secrets",
            Self::Replicated => "workload with more than one replica",
            Self::Namespaces => "Namespace or LimitRange",
            Self::Sources => "files",
            Self::Cluster => "cluster",
        }
    }

    /// `3 pods`.
    pub(super) fn counted(self, count: u64) -> String {
        let noun = match self {
            Self::Replicated => return format!("{count} with more than one replica"),
            Self::Namespaces => return format!("{count} Namespace or LimitRange"),
            other => other.noun(),
        };
        let noun = if count == 1 { noun.strip_suffix('s').unwrap_or(noun) } else { noun };
        format!("{count} {noun}")
    }
}

/// Rules that are decided from evidence, not by a policy.
pub const EVIDENCE_RULES: [&str; 8] = [
    "unscanned-image",
    "stale-image-scan",
    "vulnerable-image",
    "empty-audit-log",
    "unlogged-secret-access",
    "unlogged-rights-change",
    "secrets-in-audit-log",
    "unfounded-attestation",
];
