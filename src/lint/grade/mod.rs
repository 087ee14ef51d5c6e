//! Grades, proven: a key of the values hardens what was found when the chart, rendered again with it, has the field from that
//! key and the violation no more; nothing hardens it when the template neither writes the field nor prints values in its place.
//!
//! All candidates of one round are tried in one render. What the render came to is read from origins, so that each finding is
//! proven by its own key and not by that of another.

mod after;
mod candidates;
mod edit;
mod facts;
mod field;
mod index;
mod template;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use self::after::{After, Place};
use self::candidates::{Candidate, ends_in};
use self::edit::Editor;
pub(super) use self::facts::Facts;
use self::field::Field;
use self::index::Index;
use super::Linter;
use super::chart::Documents;
use crate::finding::{Finding, Fix, Grade, Location, ObjectRef, ValuesLocation};
use crate::limits::Exceeded;
use crate::policy::{PolicyFile, Proof, Violation, level};
use crate::render::blame::blame_node;
use crate::yaml::node::Node;

/// What the values of a proof are named in [`Sources`].
pub(super) const SNIPPET: &str = "<proof>";
/// Candidates that are tried for one finding.
const TRIED: usize = 2;
/// Findings of one case for which switches are tried.
const SWITCHED: usize = 64;

/// Looks at a render: its objects, and what they violate.
pub(super) type Check<'c> = dyn FnMut(&Documents<'_>, &[Violation]) + 'c;
/// Renders a case once more with a values file laid over all others; does not call back when the chart refuses.
pub(super) type Again<'a> = dyn FnMut(&str, &mut Check<'_>) + 'a;

/// What would mend a finding.
enum Want {
    /// The field with the value.
    Field,
    /// A text in the field that ends in the value, out of a key of this name.
    Part(String),
    /// An object of this kind.
    Object(String),
    /// A switch with the value.
    Switch,
}

/// A finding that a key may harden.
struct Trial {
    finding: usize,
    field: Field,
    want: Want,
    value: Value,
    candidates: Vec<Candidate>,
    proven: Option<Candidate>,
}

impl Trial {
    fn is_of_switch(&self) -> bool {
        matches!(self.want, Want::Switch)
    }
}

/// What the proofs of a chart have come to so far: other cases show most of its findings again.
#[derive(Debug)]
pub(super) struct Proofs {
    /// Renders that are left.
    renders: u64,
    /// Those that are left for switches: no other proof has to go without because of them.
    switches: u64,
    editor: Editor,
    known: HashMap<Cause, Settled>,
}

/// What makes findings of two cases one.
type Cause = (String, Option<Location>, Option<ValuesLocation>, String);
/// Grade, help, key and fix.
type Settled = (Grade, Option<String>, Option<ValuesLocation>, Option<Fix>);

impl Proofs {
    /// None so far; `renders` are allowed.
    pub(super) fn new(renders: u64) -> Self {
        Self { renders, switches: renders / 2, editor: Editor::default(), known: HashMap::new() }
    }
}

fn cause(finding: &Finding) -> Cause {
    let path = finding.objects.first().map(|object| format!("{} {}", object.kind, object.path)).unwrap_or_default();
    (finding.rule.id.clone(), finding.template.clone(), finding.values.clone(), path)
}

/// Settles the grades of the findings on one case; tells when the renders that are left were too few.
pub(super) fn settle(
    linter: &Linter,
    documents: &Documents<'_>,
    findings: &mut [Finding],
    by_default: bool,
    proofs: &mut Proofs,
    again: &mut Again<'_>,
) -> Option<Exceeded> {
    let causes: Vec<Cause> = findings.iter().map(cause).collect();
    let index = Index::new(documents, linter.limits());
    let mut trials = Vec::new();
    for (number, finding) in findings.iter().enumerate() {
        if causes.get(number).is_some_and(|cause| proofs.known.contains_key(cause)) {
            continue;
        }
        let Some(policy) = linter.policy_of(finding) else { continue };
        let Some((field, want, value)) = wanted(&policy.file, finding) else { continue };
        // The key that wrote it is a better answer than a switch.
        if matches!(want, Want::Switch) && finding.grade == Grade::Hardenable {
            continue;
        }
        let candidates = match &want {
            Want::Field => candidates::of(&index, finding, &field),
            Want::Part(key) => candidates::of_part(&index, finding, &field, key),
            Want::Object(kind) => candidates::of_object(&index, kind),
            Want::Switch => candidates::of_switch(&index, finding, value == true),
        };
        trials.push(Trial { finding: number, field, want, value, candidates, proven: None });
    }
    let before: Vec<Option<Place<'_>>> = findings.iter().map(Place::of).collect();
    let known: HashSet<Place<'_>> = before.iter().flatten().copied().collect();
    let before = Before { linter, findings, places: &before, known: &known };
    let mut over = None;
    for round in 0..TRIED {
        let mut waiting: Vec<&mut Trial> = trials
            .iter_mut()
            .filter(|trial| trial.proven.is_none() && trial.candidates.len() > round && !trial.is_of_switch())
            .collect();
        if proofs.renders == 0 && !waiting.is_empty() {
            let limit = linter.limits().proof_renders;
            over = Some(Exceeded { name: "proof-renders", limit });
        }
        prove(&mut waiting, round, &before, &mut proofs.renders, again);
    }
    for round in 0..TRIED {
        for mut apart in switches(&mut trials, round, &before, &index) {
            prove(&mut apart, round, &before, &mut proofs.switches, again);
        }
    }
    let tried: HashMap<usize, Trial> = trials.into_iter().map(|trial| (trial.finding, trial)).collect();
    for (number, finding) in findings.iter_mut().enumerate() {
        let trial = tried.get(&number);
        let cause = causes.get(number);
        if let Some((grade, help, values, fix)) = cause.and_then(|cause| proofs.known.get(cause)) {
            finding.grade = *grade;
            finding.help.clone_from(help);
            finding.values.clone_from(values);
            finding.fix.clone_from(fix);
        } else if let Some((key, trial)) = trial.and_then(|trial| Some((trial.proven.as_ref()?, trial))) {
            finding.grade = Grade::Hardenable;
            let own = linter.policy_of(finding);
            finding.fix = own.and_then(|policy| policy.file.fix.as_ref()).and_then(|fix| {
                let edits = proofs.editor.edits(&index, key, &fix.value)?;
                Some(Fix { applicability: fix.applicability, edits })
            });
            let own = finding.help.take().filter(|_| own.is_some_and(|policy| policy.file.help.is_some()));
            finding.help = Some(own.map_or(key.help(&trial.value), |own| format!("{own}; {}", key.help(&trial.value))));
            finding.values = Some(key.at.clone());
        } else if finding.grade == Grade::Hardcoded && may_make(linter, &index, finding) {
            finding.grade = Grade::Unknown;
        } else if finding.grade == Grade::Unknown && template::never_writes(&index, finding) {
            finding.grade = Grade::Hardcoded;
        } else if trial.is_some() && finding.grade == Grade::Hardenable && proofs.renders > 0 {
            // A key wrote what is shown, and yet none hardens it.
            finding.grade = Grade::Unknown;
        } else if trial.is_none() || proofs.renders == 0 {
            continue;
        }
        if let Some(cause) = cause {
            proofs.known.insert(
                cause.clone(),
                (finding.grade, finding.help.clone(), finding.values.clone(), finding.fix.clone()),
            );
        }
        let policy = linter.policy_of(finding);
        let floor = policy.and_then(|policy| policy.file.level).filter(|_| by_default);
        finding.level = level(finding.rule.severity, finding.grade, floor, linter.strict);
    }
    over
}

/// The trials of switches of a round, parted so that all of a part can be tried in one render: what a switch does has no origin,
/// so none of them may be mentioned in the templates of another.
fn switches<'t>(
    trials: &'t mut [Trial],
    round: usize,
    before: &Before<'_>,
    index: &Index<'_, '_>,
) -> Vec<Vec<&'t mut Trial>> {
    let key = |trial: &Trial| trial.candidates.get(round).map(|candidate| candidate.at.clone());
    let reads = |trial: &Trial, key: &Option<ValuesLocation>| {
        before
            .findings
            .get(trial.finding)
            .zip(key.as_ref())
            .is_some_and(|(finding, at)| index.leads_past(finding, &at.key))
    };
    let mut parts: Vec<Vec<&mut Trial>> = Vec::new();
    let open = |trial: &&mut Trial| trial.is_of_switch() && trial.proven.is_none() && trial.candidates.len() > round;
    for trial in trials.iter_mut().filter(open).take(SWITCHED) {
        let own = key(trial);
        let apart = |other: &&mut Trial| {
            let others = key(other);
            others == own || !reads(trial, &others) && !reads(other, &own)
        };
        match parts.iter_mut().find(|part| part.iter().all(apart)) {
            Some(part) => part.push(trial),
            None => parts.push(vec![trial]),
        }
    }
    parts
}

/// Whether what would mend a finding is an object that some template can make.
fn may_make(linter: &Linter, index: &Index<'_, '_>, finding: &Finding) -> bool {
    let policy = linter.policy_of(finding);
    match policy.and_then(|policy| policy.file.proof.as_ref()) {
        Some(Proof::Object { make }) => !index.makers(make).is_empty(),
        _ => false,
    }
}

/// The field that a policy wants to be otherwise, and a value with which it is content.
fn wanted(policy: &PolicyFile, finding: &Finding) -> Option<(Field, Want, Value)> {
    let path = &finding.objects.first()?.path;
    let (set, value) = match (&policy.fix, &policy.proof) {
        (Some(fix), _) => (&fix.set, &fix.value),
        (None, Some(Proof::Field { set, value })) => (set, value),
        (None, Some(Proof::Part { key, value })) => {
            return Some((Field::parse(path, "")?, Want::Part(key.clone()), value.clone().into()));
        }
        (None, Some(Proof::Switch { switch })) => {
            return Some((Field::parse(path, "")?, Want::Switch, (*switch).into()));
        }
        (None, Some(Proof::Object { make })) => {
            return Some((Field::parse(path, "")?, Want::Object(make.clone()), true.into()));
        }
        (None, None) => return None,
    };
    let above = |below: &String| path.strip_suffix(&**below)?.strip_suffix('.');
    let element = if policy.locate.is_empty() { Some(&**path) } else { policy.locate.iter().find_map(above) };
    Some((Field::parse(element?, set.trim_matches('.'))?, Want::Field, value.clone()))
}

/// The findings that are to be proven, and where they are.
struct Before<'a> {
    linter: &'a Linter,
    findings: &'a [Finding],
    places: &'a [Option<Place<'a>>],
    known: &'a HashSet<Place<'a>>,
}

/// Tries the candidates of a round together; when the chart refuses them, each half of the keys by itself.
fn prove(trials: &mut [&mut Trial], round: usize, before: &Before<'_>, renders: &mut u64, again: &mut Again<'_>) {
    if trials.is_empty() || *renders == 0 {
        return;
    }
    *renders -= 1;
    let mut values = Map::new();
    let mut taken = vec![false; trials.len()];
    for (trial, taken) in trials.iter().zip(&mut taken) {
        *taken = trial.candidates.get(round).is_some_and(|candidate| candidate.put(&trial.value, &mut values));
    }
    let mut rendered = false;
    again(&Value::Object(values).to_string(), &mut |documents, violations| {
        rendered = true;
        let after = After::new(before, documents, violations);
        for (trial, _) in trials.iter_mut().zip(&taken).filter(|(_, taken)| **taken) {
            let finding = before.findings.get(trial.finding).zip(before.places.get(trial.finding).copied().flatten());
            let (Some((finding, place)), Some(candidate)) = (finding, trial.candidates.get(round)) else { continue };
            let worse = match trial.want {
                Want::Switch => after.is_worse_anywhere(place, finding.rule.severity),
                _ => after.is_worse(place, finding.rule.severity),
            };
            let misplaced = after.misplaced.iter().any(|path| candidate.leads_to(path));
            let holds = !after.places.contains(&place) && !worse && !misplaced;
            if holds && finding.objects.first().is_some_and(|object| written(documents, object, trial, candidate)) {
                trial.proven = Some(candidate.clone());
            }
        }
    });
    if rendered {
        return;
    }
    // Some key is refused: each half of the keys by itself, for as long as there are several.
    let key = |trial: &Trial| trial.candidates.get(round).map(|candidate| candidate.at.key.clone());
    trials.sort_by_key(|trial| key(trial));
    let middle = trials.get(trials.len() / 2).and_then(|trial| key(trial));
    let at = trials.partition_point(|trial| key(trial) < middle);
    let at = if at == 0 { trials.partition_point(|trial| key(trial) <= middle) } else { at };
    if at < trials.len() {
        let (first, second) = trials.split_at_mut(at);
        prove(first, round, before, renders, again);
        prove(second, round, before, renders, again);
    }
}

/// Whether a field of an object has the value that the values of a proof gave under a key; for a field of a container that of
/// the pod will do.
fn written(documents: &Documents<'_>, object: &ObjectRef, trial: &Trial, candidate: &Candidate) -> bool {
    let made = |kind: &str| documents.objects.iter().any(|object| object.kind == kind);
    if let Want::Object(kind) = &trial.want {
        return made(kind);
    }
    let Some((found, manifest)) = documents.object(object) else { return false };
    // No other key is read there.
    if trial.is_of_switch() {
        return true;
    }
    if let Want::Part(_) = &trial.want {
        let text = trial.field.find(found.node).and_then(Node::as_str);
        return text.zip(trial.value.as_str()).is_some_and(|(text, end)| text.ends_with(end));
    }
    let (origins, sources) = (&documents.rendered.origins, &documents.rendered.sources);
    let key = candidate.path();
    let by_key = |field: &Field| {
        let node = field.find(found.node).filter(|node| candidates::json(node) == trial.value)?;
        let (leaf, _) = blame_node(&manifest.text, node, origins).leaf?;
        let source = origins.get_leaf(leaf)?.span.source;
        Some(sources.path(source) == SNIPPET && ends_in(&origins.key_path(leaf), &key))
    };
    let there = [Some(&trial.field), trial.field.of_pod().as_ref()]
        .into_iter()
        .flatten()
        .any(|field| by_key(field) == Some(true));
    there || on_account(documents, trial, &key)
}

/// Whether the field is one that a pod takes from its service account, and the account has it from the key.
fn on_account(documents: &Documents<'_>, trial: &Trial, key: &str) -> bool {
    let [name] = *trial.field.names() else { return false };
    let (origins, sources) = (&documents.rendered.origins, &documents.rendered.sources);
    documents.objects.iter().enumerate().filter(|(_, object)| object.kind == "ServiceAccount").any(|(index, object)| {
        let node = object.node.get(name).filter(|node| candidates::json(node) == trial.value);
        let leaf = node.zip(documents.manifest(index)).and_then(|(node, manifest)| {
            let (leaf, _) = blame_node(&manifest.text, node, origins).leaf?;
            Some((origins.get_leaf(leaf)?.span.source, origins.key_path(leaf)))
        });
        leaf.is_some_and(|(source, path)| sources.path(source) == SNIPPET && ends_in(&path, key))
    })
}
