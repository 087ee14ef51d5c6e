//! Objects held to the policies.

use std::ops::Range;
use std::rc::Rc;

use super::Linter;
use crate::explore::Located;
use crate::finding::{Finding, Grade, Location, RenderedLocation};
use crate::policy::{Object, Scope, Violation};
use crate::yaml::node::{Entry, Node};

/// Where the objects of a check come from, as far as the check must know.
pub(super) trait Origin {
    /// What wrote bytes of object `object` (`node` when they are exactly those of a node), and whether they are the same
    /// whatever the values are, as long as the object is there.
    fn locate(&self, object: usize, bytes: Range<u32>, node: Option<&Node>) -> (Located, bool);
    /// The rendered line of a byte of object `object`.
    fn rendered(&self, object: usize, offset: u32) -> Option<RenderedLocation>;
}

/// Findings for what the objects of one case (of one file, when they are of no chart) violate; what the limit cuts off is not
/// evaluated.
pub(super) fn findings(
    linter: &Linter,
    objects: &[Object<'_>],
    mut violations: Vec<Violation>,
    origin: &impl Origin,
    chart: &str,
    case: Option<&str>,
    not_evaluated: &mut Vec<String>,
) -> Vec<Finding> {
    let most = linter.limits().findings;
    if violations.len() as u64 > most {
        violations.pop();
        not_evaluated.push(format!("{chart}: what is over the limit `findings` of {most}"));
    }
    let by_default = case.is_none_or(|case| case == "default");
    let found = violations.into_iter().filter_map(|violation| {
        let (policy, rule) = linter.policy(violation.policy)?;
        let object = objects.get(violation.object)?;
        let bytes = violation.node_start..violation.node_end;
        let (node, key) = node_at(object.node, &bytes);
        let (mut located, fixed) = origin.locate(violation.object, bytes, node);
        let mut start = violation.node_start;
        let named = policy.file.scope == Scope::Release && is_name(&violation.path);
        if let Some(head) = key.and_then(|key| head(origin, violation.object, key, node, &located, named)) {
            (located.template, located.include, start) = head;
        }
        // Another name does not make objects fit together: only a proof tells which key does.
        let by_values = located.values.is_some() && !named;
        let grade = if violation.elsewhere {
            located.values = None;
            Grade::Unknown
        } else {
            grade(violation.missing, by_values, fixed)
        };
        Some(Finding {
            rule: Rc::clone(rule),
            level: policy.level(grade, by_default, linter.strict),
            grade,
            message: violation.message,
            help: violation.help,
            chart: chart.to_owned(),
            objects: std::iter::once((violation.object, violation.path))
                .chain(violation.also)
                .filter_map(|(index, path)| Some(objects.get(index)?.reference(path)))
                .collect(),
            template: located.template,
            include: located.include,
            values: located.values,
            rendered: origin.rendered(violation.object, start),
            cases: case.map(str::to_owned).into_iter().collect(),
            suppressed: None,
            fix: None,
        })
    });
    found.collect()
}

/// Whether a path leads to the name of an object, by which others find it.
fn is_name(path: &str) -> bool {
    path.ends_with("name") || path.ends_with("Name")
}

/// A place in templates, how it was reached, and its byte in the object.
type Head = (Option<Location>, Vec<Location>, u32);

/// The key of a collection, which is the line to go to when what stands below is text of its own template or comes from
/// several places. What values or one helper print below it is shown where they print it. Where objects do not fit together
/// it is the key of a name, too: what puts the name together stands in a helper that serves all of them.
fn head(
    origin: &impl Origin,
    object: usize,
    key: Range<u32>,
    node: Option<&Node>,
    held: &Located,
    named: bool,
) -> Option<Head> {
    let (start, members) = (key.start, ends(node?));
    if members.is_none() && !named {
        return None;
    }
    let (key, _) = origin.locate(object, key, None);
    let Some((first, last)) = members else {
        return key.values.is_none().then_some((key.template, key.include, start));
    };
    let by_values = key.values.is_some() || held.values.is_some();
    let caller = |bytes| {
        let (located, _) = origin.locate(object, bytes, None);
        (located.template.map(|at| at.file), located.include)
    };
    let own = (key.template.as_ref().map(|at| at.file.clone()), key.include.clone());
    let (first, last) = (caller(first), caller(last));
    (!by_values && (first == own || first != last)).then_some((key.template, key.include, start))
}

/// The bytes with which the first and the last member of a collection begin.
fn ends(node: &Node) -> Option<(Range<u32>, Range<u32>)> {
    let key = |entry: &Entry| entry.key_start..entry.key_end;
    let item = |item: &Node| item.start..item.start.saturating_add(1);
    let (entries, items) = (node.entries(), node.items());
    let of_map = entries.first().map(key).zip(entries.last().map(key));
    of_map.or_else(|| items.first().map(item).zip(items.last().map(item)))
}

/// The innermost node that consists of these bytes, and its key if it is the value of one.
fn node_at<'a>(root: &'a Node, bytes: &Range<u32>) -> (Option<&'a Node>, Option<Range<u32>>) {
    let (mut node, mut key, mut found) = (root, None, (None, None));
    loop {
        if (node.start, node.end) == (bytes.start, bytes.end) {
            found = (Some(node), key);
        }
        if let Some(item) = child_around(node.items(), |item| item, bytes) {
            (node, key) = (item, None);
        } else if let Some(entry) = child_around(node.entries(), |entry| &entry.value, bytes) {
            (node, key) = (&entry.value, Some(entry.key_start..entry.key_end));
        } else {
            return found;
        }
    }
}

/// The child that holds these bytes. Children lie in order, but for aliases, which stand where their anchor does.
fn child_around<'a, T>(children: &'a [T], node: fn(&T) -> &Node, bytes: &Range<u32>) -> Option<&'a T> {
    let holds = |child: &&T| node(child).start <= bytes.start && bytes.end <= node(child).end;
    let at = children.partition_point(|child| node(child).end < bytes.end);
    let likely = children.get(at).filter(holds);
    likely.or_else(|| children.iter().find(holds))
}

/// Whether a user of the chart can mend what was found: a values key that wrote it can; what a template writes under no
/// condition no key can. For a field that is missing nothing is known: another value might write it.
fn grade(missing: bool, by_values: bool, fixed: bool) -> Grade {
    match (by_values, missing, fixed) {
        (true, ..) => Grade::Hardenable,
        (false, false, true) => Grade::Hardcoded,
        _ => Grade::Unknown,
    }
}
