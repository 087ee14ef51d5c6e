//! Objects held to the policies.

use std::ops::Range;
use std::rc::Rc;

use super::Linter;
use crate::explore::Located;
use crate::finding::{Finding, Grade, ObjectRef, RenderedLocation};
use crate::policy::{Object, Violation, check, level};
use crate::yaml::node::Node;

/// Where the objects of a check come from, as far as the check must know.
pub(super) trait Origin {
    /// What wrote bytes of object `object` (`node` when they are exactly those of a node), and whether they are the same
    /// whatever the values are, as long as the object is there.
    fn locate(&self, object: usize, bytes: Range<u32>, node: Option<&Node>) -> (Located, bool);
    /// The rendered line of a byte of object `object`.
    fn rendered(&self, object: usize, offset: u32) -> Option<RenderedLocation>;
}

/// What the objects of one case (of one file, when they are of no chart) violate; at most one over the limit.
pub(super) fn violations(linter: &Linter, objects: &[Object<'_>], chart: bool) -> Vec<Violation> {
    check(&linter.policies, objects, linter.setting(chart), linter.limits())
}

/// Findings of all policies on the objects of one case (or one file); what the limit cuts off is not evaluated.
pub(super) fn findings(
    linter: &Linter,
    objects: &[Object<'_>],
    origin: &impl Origin,
    chart: &str,
    case: Option<&str>,
    not_evaluated: &mut Vec<String>,
) -> Vec<Finding> {
    let most = linter.limits().findings;
    let mut violations = violations(linter, objects, case.is_some());
    if violations.len() as u64 > most {
        violations.pop();
        not_evaluated.push(format!("{chart}: what is over the limit `findings` of {most}"));
    }
    let by_default = case.is_none_or(|case| case == "default");
    let found = violations.into_iter().filter_map(|violation| {
        let (policy, rule) = linter.policy(violation.policy)?;
        let object = objects.get(violation.object)?;
        let bytes = violation.node_start..violation.node_end;
        let (located, fixed) = origin.locate(violation.object, bytes.clone(), node_at(object.node, &bytes));
        let grade = grade(violation.missing, located.values.is_some(), fixed);
        // What is dangerous by default is told as an error; what a values file of the chart asked for is not the default.
        let floor = policy.file.level.filter(|_| by_default);
        Some(Finding {
            rule: Rc::clone(rule),
            level: level(rule.severity, grade, floor, linter.strict),
            grade,
            message: violation.message,
            help: violation.help,
            chart: chart.to_owned(),
            objects: std::iter::once((violation.object, violation.path))
                .chain(violation.also)
                .filter_map(|(index, path)| Some(object_ref(objects.get(index)?, path)))
                .collect(),
            template: located.template,
            include: located.include,
            values: located.values,
            rendered: origin.rendered(violation.object, violation.node_start),
            cases: case.map(str::to_owned).into_iter().collect(),
            suppressed: None,
        })
    });
    found.collect()
}

fn object_ref(object: &Object<'_>, path: String) -> ObjectRef {
    ObjectRef {
        api_version: object.api_version.to_owned(),
        kind: object.kind.to_owned(),
        namespace: object.namespace.map(str::to_owned),
        name: object.name.to_owned(),
        path,
    }
}

/// The innermost node that consists of these bytes.
fn node_at<'a>(root: &'a Node, bytes: &Range<u32>) -> Option<&'a Node> {
    let (mut node, mut found) = (root, None);
    loop {
        if (node.start, node.end) == (bytes.start, bytes.end) {
            found = Some(node);
        }
        let Some(inner) = child_around(node.items(), |item| item, bytes)
            .or_else(|| child_around(node.entries(), |entry| &entry.value, bytes))
        else {
            return found;
        };
        node = inner;
    }
}

/// The child that holds these bytes. Children lie in order, but for aliases, which stand where their anchor does.
fn child_around<'a, T>(children: &'a [T], node: fn(&T) -> &Node, bytes: &Range<u32>) -> Option<&'a Node> {
    let holds = |child: &&Node| child.start <= bytes.start && bytes.end <= child.end;
    let at = children.partition_point(|child| node(child).end < bytes.end);
    let likely = children.get(at).map(node).filter(holds);
    likely.or_else(|| children.iter().map(node).find(holds))
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
