//! Objects whose form nobody can check here: custom resources, whose definitions are in the cluster.

use std::collections::BTreeMap;

use super::Linter;
use crate::policy::Object;
use crate::schema::kubernetes::{covers, is_foreign};

/// Kinds that are named.
const NAMED: usize = 10;

/// The kinds of an input of which no schema is known, each with the objects of the case that has most of them.
#[derive(Debug, Default)]
pub(super) struct Unchecked(BTreeMap<(String, String), u64>);

impl Unchecked {
    /// Adds the objects of one case, when the run checks the form of objects and no rule of it tells of these.
    pub(super) fn add(&mut self, linter: &Linter, objects: &[Object<'_>]) {
        let told = || linter.rules.iter().any(|rule| rule.id == "unchecked-kind" && linter.tells(rule));
        if !linter.checks_form() || !covers(linter.minor()) || told() {
            return;
        }
        let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for Object { api_version, kind, .. } in objects {
            *counts.entry((api_version, kind)).or_default() += 1;
        }
        for ((api_version, kind), count) in counts {
            if is_foreign(api_version, kind) {
                let most = self.0.entry((api_version.to_owned(), kind.to_owned())).or_default();
                *most = count.max(*most);
            }
        }
    }

    /// What is said of them, if there are any.
    pub(super) fn sentence(&self, path: &str) -> Option<String> {
        let count: u64 = self.0.values().sum();
        let kinds = self.0.keys().take(NAMED).map(|(api_version, kind)| format!("{api_version} {kind}"));
        let mut kinds: Vec<String> = kinds.collect();
        let more = self.0.len() - kinds.len();
        kinds.extend((more > 0).then(|| format!("{more} other kinds")));
        let objects = if count == 1 { "object" } else { "objects" };
        (count > 0).then(|| format!("{path}: the form of {count} {objects}: no schema of {}", kinds.join(", ")))
    }
}
