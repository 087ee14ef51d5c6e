//! One cause, one finding: findings of one rule at one template place become one that lists its objects and cases.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::finding::{Finding, Location, Suppression};

/// What makes two findings one.
///
/// The field's name is part of it: one `toYaml` line may write several faulty fields, each of them worth its own message.
/// Without a template place the message decides. What is waived stays apart from what is not.
#[derive(PartialEq, Eq, Hash)]
struct Cause {
    rule: String,
    chart: String,
    template: Option<Location>,
    field: Option<String>,
    message: Option<String>,
    suppressed: Option<Suppression>,
}

impl Cause {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.id.clone(),
            chart: finding.chart.clone(),
            template: finding.template.clone(),
            field: finding.objects.first().map(|object| last_key(&object.path).to_owned()),
            message: finding.template.is_none().then(|| finding.message.clone()),
            suppressed: finding.suppressed.clone(),
        }
    }
}

/// `containers` of `spec.containers[0]`, `"a.b/c"` of `annotations["a.b/c"]`: indices differ between objects with one cause.
fn last_key(path: &str) -> &str {
    let mut path = path;
    while let Some((before, inner)) = path.strip_suffix(']').and_then(|open| open.rsplit_once('[')) {
        if inner.starts_with(['"', '\'']) {
            return inner;
        }
        path = before;
    }
    path.rsplit('.').next().unwrap_or(path)
}

/// Merges findings with one cause. The first one gives message, values key and rendered line, the worst one
/// level and grade. The result is ordered: charts as they came, errors first, then by template place and rule.
#[must_use]
pub fn group(findings: Vec<Finding>) -> Vec<Finding> {
    let mut charts: HashMap<String, usize> = HashMap::new();
    let mut causes: HashMap<Cause, usize> = HashMap::new();
    let mut groups: Vec<Finding> = Vec::new();
    for finding in joined(findings) {
        let next = charts.len();
        charts.entry(finding.chart.clone()).or_insert(next);
        let at = *causes.entry(Cause::of(&finding)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(first) => absorb(first, finding),
            None => groups.push(finding),
        }
    }
    for finding in &mut groups {
        unique(&mut finding.objects);
        unique(&mut finding.cases);
    }
    groups.sort_by(|a, b| {
        let chart = |finding: &Finding| charts.get(&finding.chart).copied();
        (chart(a), b.level, &a.template, &a.rule.id, &a.objects).cmp(&(
            chart(b),
            a.level,
            &b.template,
            &b.rule.id,
            &b.objects,
        ))
    });
    groups
}

/// Merges what several cases say of one set of objects that a rule joins: which of them is shown may change with the case.
fn joined(findings: Vec<Finding>) -> Vec<Finding> {
    let mut said: HashMap<(String, String, String), usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::new();
    for finding in findings {
        let words = (finding.rule.id.clone(), finding.chart.clone(), finding.message.clone());
        let at = *said.entry(words).or_insert(kept.len());
        match kept.get_mut(at) {
            Some(first) if is_of_the_same_objects(first, &finding) => absorb(first, finding),
            _ => kept.push(finding),
        }
    }
    kept
}

fn is_of_the_same_objects(first: &Finding, other: &Finding) -> bool {
    (first.objects.len() > 1 || other.objects.len() > 1)
        && first.suppressed == other.suppressed
        && first.values == other.values
        && !other.cases.iter().any(|case| first.cases.contains(case))
        && other.objects.iter().any(|object| first.objects.contains(object))
}

fn absorb(first: &mut Finding, finding: Finding) {
    // All of them are to be mended.
    first.fix = first.fix.take().zip(finding.fix).and_then(|(fix, other)| fix.and(other));
    if finding.level > first.level {
        first.level = finding.level;
        first.grade = finding.grade;
    }
    first.objects.extend(finding.objects);
    first.cases.extend(finding.cases);
}

fn unique<T: Clone + Eq + Hash>(items: &mut Vec<T>) {
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.clone()));
}
