//! What a render with the values of a proof violates, beside what the chart violated before.

use std::collections::{HashMap, HashSet};

use super::{Before, SNIPPET};
use crate::finding::{Finding, Severity};
use crate::lint::FORM;
use crate::lint::chart::{Documents, Name};
use crate::policy::Violation;
use crate::render::blame::blame_range;

/// What a render with the values of a proof violates.
pub(super) struct After<'a> {
    pub(super) places: HashSet<Place<'a>>,
    /// What no object had before, by object: paths and severities.
    appeared: HashMap<Name<'a>, Vec<(&'a str, Severity)>>,
    /// The keys that wrote what no object may have, and none had before: they are read in another place, too.
    pub(super) misplaced: Vec<String>,
}

impl<'a> After<'a> {
    pub(super) fn new(before: &Before<'a>, documents: &'a Documents<'_>, violations: &'a [Violation]) -> Self {
        let places = HashSet::with_capacity(violations.len());
        let mut after = Self { places, appeared: HashMap::new(), misplaced: Vec::new() };
        for violation in violations {
            let (Some((_, rule)), Some(object)) =
                (before.linter.policy(violation.policy), documents.objects.get(violation.object))
            else {
                continue;
            };
            let place = Place { rule: &rule.id, object: object.into(), path: &violation.path };
            after.places.insert(place);
            if before.known.contains(&place) {
                continue;
            }
            if FORM.contains(&&*rule.id) {
                // It says nothing about the other keys of the round.
                after.misplaced.extend(key_of(violation, documents));
            } else {
                after.appeared.entry(place.object).or_default().push((place.path, rule.severity));
            }
        }
        after
    }

    /// Whether something as severe came up in the same object.
    pub(super) fn is_worse_anywhere(&self, place: Place<'_>, severity: Severity) -> bool {
        self.appeared
            .get(&place.object)
            .is_some_and(|appeared| appeared.iter().any(|(_, appeared)| *appeared >= severity))
    }

    /// Whether something as severe came up at the same field, below or above it: what other keys of the same render did
    /// elsewhere in the object says nothing of this one.
    pub(super) fn is_worse(&self, place: Place<'_>, severity: Severity) -> bool {
        let below = |path: &str, above: &str| {
            path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let appeared = self.appeared.get(&place.object).map(Vec::as_slice).unwrap_or_default();
        let here = |path: &str| below(path, place.path) || below(place.path, path);
        appeared.iter().any(|(path, appeared)| here(path) && *appeared >= severity)
    }
}

/// The key in the values of a proof that wrote the place of a violation.
fn key_of(violation: &Violation, documents: &Documents<'_>) -> Option<String> {
    let rendered = documents.rendered;
    let bytes = violation.node_start as usize..violation.node_end as usize;
    let (leaf, _) = blame_range(&documents.manifest(violation.object)?.text, bytes, &rendered.origins).leaf?;
    let source = rendered.origins.get_leaf(leaf)?.span.source;
    (rendered.sources.path(source) == SNIPPET).then(|| rendered.origins.key_path(leaf))
}

/// What makes violations of two renders the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place<'a> {
    rule: &'a str,
    object: Name<'a>,
    path: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn of(finding: &'a Finding) -> Option<Self> {
        let object = finding.objects.first()?;
        Some(Self { rule: &finding.rule.id, object: object.into(), path: &object.path })
    }
}
