//! Defaults that undo what a user sets: `default` takes `false` for nothing.

use std::collections::BTreeMap;

use super::{Hit, Subject};
use crate::chart::inside;
use crate::source::{Place, SourceId};
use crate::template::ast::{Expr, Tree};

/// Switches of the values that `default true` keeps from being turned off, in templates that the chart itself holds.
pub(super) fn swallowed_false(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let rendered = subject.cases.iter().filter_map(|case| case.templates.as_deref());
    let sets = rendered.chain(subject.parsed.iter().map(|parsed| &*parsed.templates));
    // The cases share most templates.
    let mut found: BTreeMap<(u32, u32), (Place, String)> = BTreeMap::new();
    for tree in sets.flat_map(|set| set.trees()).filter(|tree| is_own(subject, tree.source)) {
        for (offset, key) in swallowed(tree) {
            let place = Place { source: tree.source, offset };
            found.insert((tree.source.0, offset), (place, key));
        }
    }
    hits.extend(found.into_values().map(|(place, key)| Hit::at(place, subject.sources).say("key", key)));
}

/// Whether a file is the chart's own, and of none below `charts/`.
pub(super) fn is_own(subject: &Subject<'_>, source: SourceId) -> bool {
    let path = inside(subject.sources.path(source), &subject.chart.path);
    path.is_some_and(|path| !path.starts_with("charts/") && !path.contains("/charts/"))
}

/// The keys behind `default true`, in either order, and where the `default` stands.
fn swallowed(tree: &Tree) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for pipe in &tree.pipes {
        let mut before: &[Expr] = &[];
        for command in pipe.commands.of(&tree.commands) {
            let args = command.args.of(&tree.exprs);
            if let [Expr::Function { at, function }, Expr::Bool(_, true), rest @ ..] = args
                && function.name == "default"
                && let [value] = if rest.is_empty() { before } else { rest }
            {
                found.extend(key(tree, value).map(|key| (*at, key)));
            }
            before = args;
        }
    }
    found
}

/// `a.b` of `.Values.a.b` and `$.Values.a.b`.
pub(super) fn key(tree: &Tree, value: &Expr) -> Option<String> {
    let fields = match value {
        Expr::Field { fields, .. } => fields,
        Expr::Variable { name, fields, .. } if tree.name_of(*name) == "$" => fields,
        _ => return None,
    };
    let names: Vec<&str> = fields.of(&tree.idents).iter().map(|name| tree.name_of(*name)).collect();
    let (first, rest) = names.split_first()?;
    (*first == "Values" && !rest.is_empty()).then(|| rest.join("."))
}
