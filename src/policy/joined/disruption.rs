//! Predicates about PodDisruptionBudgets.

use super::selector::Selector;
use super::workload::{Workload, integer};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::yaml::node::Node;
use crate::yaml::path::Step;

/// A budget and the workloads that it is for.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    /// Its index in the release.
    pub object: usize,
    /// How many pods must stay.
    pub minimum: Option<&'a Node>,
    /// How many may go.
    pub maximum: Option<&'a Node>,
    /// The pods that it is for.
    pub selector: Selector<'a>,
    /// The workloads among them: indices in [`Release::workloads`].
    pub selected: Vec<usize>,
}

/// Every budget of a release.
///
/// # Errors
/// The policy has no steps left.
pub(super) fn budgets<'a>(release: &Release<'a>) -> Result<Vec<Budget<'a>>, Exceeded> {
    let budgets = release.of_kind("PodDisruptionBudget").map(|(index, object)| {
        let field = |name| object.node.at(&["spec", name]).filter(|node| !node.is_null());
        let selector = field("selector").map(Selector::of);
        // Without a selector it is for no pod; with an empty one for all, as policy/v1 has it.
        let selected = match &selector {
            Some(selector) => release.select(release.setting.namespace(object), selector)?,
            None => Vec::new(),
        };
        let (minimum, maximum) = (field("minAvailable"), field("maxUnavailable"));
        Ok(Budget { object: index, minimum, maximum, selector: selector.unwrap_or_default(), selected })
    });
    budgets.collect()
}

/// A number of pods out of `all`: a number itself, or a percentage rounded up.
#[must_use]
pub(super) fn share(node: &Node, all: i64) -> Option<i64> {
    if let Some(number) = integer(node) {
        return Some(number);
    }
    let percent: i64 = node.as_str()?.strip_suffix('%')?.parse().ok()?;
    Some(all.checked_mul(percent)?.checked_add(99)?.div_euclid(100))
}

/// How many pods a workload keeps up by itself; `None` for kinds without replicas.
fn replicas(release: &Release<'_>, workload: &Workload<'_>) -> Option<i64> {
    if !matches!(workload.kind, "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController") {
        return None;
    }
    let object = release.objects.get(workload.object)?;
    let scaled = release.scaler(workload.kind, workload.namespace, object.name);
    match scaled {
        Some(scaler) => Some(scaler.node.at(&["spec", "minReplicas"]).and_then(integer).unwrap_or(1)),
        None => Some(object.node.at(&["spec", "replicas"]).and_then(integer).unwrap_or(1)),
    }
}

/// Replicated workloads without a budget: one fault of the release.
pub(super) fn missing_disruption_budget<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let budgets = budgets(release)?;
    let mut covered = vec![false; release.workloads().len()];
    for index in budgets.iter().flat_map(|budget| &budget.selected) {
        if let Some(covered) = covered.get_mut(*index) {
            *covered = true;
        }
    }
    let mut first: Option<Hit<'a>> = None;
    for (workload, covered) in release.workloads().iter().zip(covered) {
        release.spend(1)?;
        if covered || !matches!(workload.kind, "Deployment" | "StatefulSet") {
            continue;
        }
        // Of a chart the number of replicas is known; a manifest without one may be scaled by whoever applies it.
        let count = replicas(release, workload).unwrap_or(1);
        let named = release.objects.get(workload.object).and_then(|object| object.node.at(&["spec", "replicas"]));
        if count >= 2 || (named.is_none() && !release.setting.chart) {
            let path = vec![Step::Name("metadata"), Step::Name("name")];
            first = Some(match first {
                Some(hit) => hit.also(workload.object, path),
                None => Hit { path, ..Hit::at(workload.object, &[]) },
            });
        }
    }
    if let Some(hit) = first {
        hits.add(hit);
    }
    Ok(())
}

/// A budget that lets no pod go, so that a node cannot be drained.
pub(super) fn blocking_disruption_budget<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for budget in budgets(release)? {
        release.spend(1 + budget.selected.len())?;
        let zero = budget.maximum.is_some_and(|maximum| share(maximum, 100) == Some(0));
        if zero {
            hits.add(Hit::at(budget.object, &["spec", "maxUnavailable"]).say("fault", "allows no pod to be missing"));
            continue;
        }
        let Some(minimum) = budget.minimum else { continue };
        let workloads = budget.selected.iter().filter_map(|index| release.workloads().get(*index));
        let mut tight = workloads.filter_map(|workload| {
            let count = replicas(release, workload).filter(|count| *count > 0)?;
            (share(minimum, count)? >= count).then_some((workload, count))
        });
        let whole = integer(minimum).is_none() && share(minimum, 100).is_some_and(|share| share >= 100);
        let fault = match tight.next() {
            _ if whole => "wants every pod to stay".to_owned(),
            Some((workload, count)) => {
                let name = release.objects.get(workload.object).map_or("", |object| object.name);
                let shown =
                    integer(minimum).map_or_else(|| minimum.as_str().unwrap_or("").to_owned(), |it| it.to_string());
                format!("wants {shown} available of the {count} that {} {name} has", workload.kind)
            }
            None => continue,
        };
        hits.add(Hit::at(budget.object, &["spec", "minAvailable"]).say("fault", fault));
    }
    Ok(())
}

/// A budget for no pod of the release.
pub(super) fn dangling_disruption_budget<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for budget in budgets(release)? {
        if budget.selected.is_empty() && !budget.selector.is_empty() && !release.has_operator() {
            hits.add(Hit::at(budget.object, &["spec", "selector"]).say("selector", budget.selector.shown()));
        }
    }
    Ok(())
}
