//! Numbers that cannot be set to 0, which templates take for nothing, in fields where 0 means something.

use std::collections::HashMap;
use std::ops::Range;

use super::defaults::{is_own, key};
use super::rendered::{Found, add, manifests};
use super::{CaseRun, Hit, Subject};
use crate::render::Manifest;
use crate::render::blame::blame_range;
use crate::schema::kubernetes::table;
use crate::source::{Place, SourceId};
use crate::template::Blocks;
use crate::template::ast::{BranchKind, Command, Expr, Node, PipeId, Tree};
use crate::yaml;
use crate::yaml::node::Entry;

/// A field in which the API server takes a 0.
struct Field {
    name: &'static str,
    /// The kinds that have it; all when empty.
    kinds: &'static [&'static str],
    /// What the API server takes when it is missing, unless that is 0 as well.
    missing: Option<&'static str>,
}

const fn field(name: &'static str, kinds: &'static [&'static str], missing: Option<&'static str>) -> Field {
    Field { name, kinds, missing }
}

/// Fields that may be 0 (`validation.go` of `pkg/apis/{apps,autoscaling,batch,core}` in Kubernetes) and what stands for a missing
/// one (`defaults.go` there). Left out are those where nobody wants a 0, or where another rule advises against it.
static FIELDS: [Field; 12] = [
    field("replicas", &["Deployment", "ReplicaSet", "StatefulSet"], Some("1")),
    field("revisionHistoryLimit", &["DaemonSet", "Deployment", "StatefulSet"], Some("10")),
    field("maxSurge", &["Deployment"], Some("25%")),
    field("maxUnavailable", &["Deployment"], Some("25%")),
    field("minReadySeconds", &["DaemonSet", "Deployment", "StatefulSet"], None),
    field("terminationGracePeriodSeconds", &["DaemonSet", "Deployment", "Pod", "StatefulSet"], Some("30")),
    field("initialDelaySeconds", &[], None),
    field("backoffLimit", &["CronJob", "Job"], Some("6")),
    field("ttlSecondsAfterFinished", &["CronJob", "Job"], Some("that finished Jobs stay")),
    field("successfulJobsHistoryLimit", &["CronJob"], Some("3")),
    field("failedJobsHistoryLimit", &["CronJob"], Some("1")),
    field("stabilizationWindowSeconds", &["HorizontalPodAutoscaler"], None),
];

/// Functions that print a number as it is.
const CASTS: [&str; 7] = ["float64", "int", "int64", "quote", "toJson", "toString", "toYaml"];

/// A template that swallows the 0 of a key.
enum Swallowed {
    /// `default N`, with N.
    Default(String, i64),
    /// `if` or `with` around the field.
    LeftOut(String),
}

/// Fields that a 0 in the values does not reach.
pub(super) fn swallowed_zero(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let (mut found, mut blocks) = (Found::new(), HashMap::new());
    for case in subject.cases {
        let trees = case.templates.iter().flat_map(|set| set.trees()).filter(|tree| is_own(subject, tree.source));
        let trees: HashMap<SourceId, &Tree> = trees.map(|tree| (tree.source, tree)).collect();
        for manifest in manifests(case) {
            for (entry, field) in fields(manifest) {
                let value = entry.value.start as usize..entry.value.end as usize;
                let key = entry.key_start as usize..entry.key_end as usize;
                let places = [value.clone(), key].map(|range| place(case, manifest, range));
                let [Some(value_place), Some(key_place)] = places else { continue };
                let Some(tree) = trees.get(&value_place.source) else { continue };
                let of = || Blocks::of(subject.sources.bytes(value_place.source));
                let blocks = blocks.entry(value_place.source).or_insert_with(of);
                let Some(action) = blocks.action_at(value_place.offset) else { continue };
                let Some(swallowed) = swallowed(tree, action, key_place, field) else { continue };
                let (_, hit) = add(&mut found, subject, case, manifest, value);
                if hit.words.is_empty() {
                    hit.words = words(field, &swallowed);
                }
            }
        }
    }
    hits.extend(found.into_values());
}

/// The fields of an object of Kubernetes that may be 0.
fn fields(manifest: &Manifest) -> Vec<(&Entry, &'static Field)> {
    let mut found = Vec::new();
    let known = table().kind(&manifest.api_version, &manifest.kind);
    let mut waiting: Vec<&yaml::node::Node> = manifest.node.iter().filter(|_| known.is_some()).collect();
    while let Some(node) = waiting.pop() {
        waiting.extend(node.items());
        for entry in node.entries() {
            waiting.push(&entry.value);
            let may = |field: &&Field| field.kinds.is_empty() || field.kinds.contains(&&*manifest.kind);
            let field = FIELDS.iter().find(|field| *field.name == *entry.key).filter(may);
            found.extend(field.map(|field| (entry, field)));
        }
    }
    found
}

fn place(case: &CaseRun, manifest: &Manifest, range: Range<usize>) -> Option<Place> {
    blame_range(&manifest.text, range, &case.run.rendered.origins).template
}

/// What the action that wrote a field does to a 0.
fn swallowed(tree: &Tree, action: Range<u32>, key_place: Place, field: &Field) -> Option<Swallowed> {
    let id = tree.nodes.iter().find_map(|node| match node {
        Node::Action(id) if action.contains(&tree.pipe(*id).at) => Some(*id),
        _ => None,
    })?;
    let commands = tree.pipe(id).commands.of(&tree.commands);
    by_default(tree, commands).or_else(|| {
        field.missing?;
        left_out(tree, id, commands, key_place).map(Swallowed::LeftOut)
    })
}

/// `KEY | default N`, `default N KEY`, and casts behind it.
fn by_default(tree: &Tree, commands: &[Command]) -> Option<Swallowed> {
    let [before @ .., last] = without_casts(tree, commands) else { return None };
    let [Expr::Function { function, .. }, Expr::Number(_, number), value @ ..] = last.args.of(&tree.exprs) else {
        return None;
    };
    let number = tree.numbers.get(*number as usize)?.int.filter(|number| *number != 0)?;
    let value = match (value, before) {
        ([value], []) => value,
        ([], [first, more @ ..]) if without_casts(tree, more).is_empty() => match first.args.of(&tree.exprs) {
            [value] => value,
            _ => return None,
        },
        _ => return None,
    };
    (function.name == "default").then(|| key(tree, value))?.map(|key| Swallowed::Default(key, number))
}

/// A pipeline without the casts at its end.
fn without_casts<'t>(tree: &Tree, commands: &'t [Command]) -> &'t [Command] {
    let is_cast = |command: &Command| matches!(command.args.of(&tree.exprs), [Expr::Function { function, .. }] if CASTS.contains(&function.name));
    let end = commands.iter().rposition(|command| !is_cast(command)).map_or(0, |last| last + 1);
    commands.get(..end).unwrap_or_default()
}

/// The key that an `if` or a `with` asks for, when all it does is to write that value into a field whose name lies inside, too.
fn left_out(tree: &Tree, id: PipeId, commands: &[Command], key_place: Place) -> Option<String> {
    let [written] = without_casts(tree, commands) else { return None };
    let [written] = written.args.of(&tree.exprs) else { return None };
    tree.branches.iter().filter(|branch| branch.otherwise.is_none()).find_map(|branch| {
        let inside = branch.list.of(&tree.nodes);
        let named = |node: &Node| {
            matches!(node, Node::Text { start, end } if tree.source == key_place.source && (*start..*end).contains(&key_place.offset))
        };
        if !inside.iter().any(|node| matches!(node, Node::Action(other) if *other == id)) || !inside.iter().any(named) {
            return None;
        }
        let [condition] = tree.pipe(branch.pipe).commands.of(&tree.commands) else { return None };
        let [condition] = condition.args.of(&tree.exprs) else { return None };
        let asked = key(tree, condition)?;
        let same = match branch.kind {
            BranchKind::If => key(tree, written)? == asked,
            BranchKind::With => matches!(written, Expr::Dot(_)),
            BranchKind::Range => false,
        };
        same.then_some(asked)
    })
}

/// What is said of it, and what to do.
fn words(field: &Field, swallowed: &Swallowed) -> Vec<(&'static str, String)> {
    let (fault, remedy) = match swallowed {
        Swallowed::Default(key, number) => (
            format!("`default {number}` makes {number} of a 0 in `{key}`"),
            format!("write {number} into values.yaml as the default of `{key}`, and read the key without `default`"),
        ),
        Swallowed::LeftOut(key) => (
            format!("a 0 in `{key}` leaves `{}` out, which means {}", field.name, field.missing.unwrap_or_default()),
            format!("ask whether there is a value: `if not (kindIs \"invalid\" .Values.{key})`"),
        ),
    };
    vec![("fault", fault), ("remedy", remedy)]
}
