//! Predicates about HorizontalPodAutoscalers and what they scale.

use super::disruption::{budgets, share};
use super::workload::{integer, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::policy::object::Object;

/// The kinds of Kubernetes that can be scaled; another may be an operator's.
const SCALED: [&str; 4] = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];

/// The target of an autoscaler: its kind, its name and its index, if the release has it.
fn target<'a>(release: &Release<'a>, scaler: &'a Object<'a>) -> Option<(&'a str, &'a str, Option<usize>)> {
    let field = |name| text(scaler.node, &["spec", "scaleTargetRef", name]);
    let (kind, name) = (field("kind")?, field("name")?);
    let found = release.find(kind, release.setting.namespace(scaler), name);
    let group = |version: &'a str| version.split_once('/').map_or("", |(group, _)| group);
    let same = |object: &Object<'a>| field("apiVersion").is_none_or(|it| group(it) == group(object.api_version));
    Some((kind, name, found.filter(|(_, object)| same(object)).map(|(index, _)| index)))
}

/// An autoscaler whose target the release does not have.
pub(super) fn dangling_autoscaler<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (index, scaler) in release.of_kind("HorizontalPodAutoscaler") {
        release.spend(1)?;
        if let Some((kind, name, None)) = target(release, scaler)
            && SCALED.contains(&kind)
        {
            let hit = Hit::at(index, &["spec", "scaleTargetRef", "name"]);
            hits.add(hit.say("target", format!("{kind} {name}")));
        }
    }
    Ok(())
}

/// A number of replicas that every upgrade sets back and an autoscaler then changes again.
pub(super) fn replicas_under_autoscaler<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (_, scaler) in release.of_kind("HorizontalPodAutoscaler") {
        release.spend(1)?;
        let Some((_, _, Some(index))) = target(release, scaler) else { continue };
        let scaled = release.objects.get(index);
        if scaled.and_then(|object| object.node.at(&["spec", "replicas"])).is_some_and(|replicas| !replicas.is_null()) {
            hits.add(Hit::at(index, &["spec", "replicas"]).say("scaler", scaler.name));
        }
    }
    Ok(())
}

/// A budget that asks for more pods than the autoscaler may leave.
pub(super) fn disruption_budget_above_autoscaler<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
) -> Result<(), Exceeded> {
    let budgets = budgets(release)?;
    for (_, scaler) in release.of_kind("HorizontalPodAutoscaler") {
        let Some((_, _, Some(target))) = target(release, scaler) else { continue };
        let least = scaler.node.at(&["spec", "minReplicas"]).and_then(integer).unwrap_or(1);
        for budget in &budgets {
            release.spend(1 + budget.selected.len())?;
            let workloads = budget.selected.iter().filter_map(|index| release.workloads().get(*index));
            let covers = workloads.into_iter().any(|workload| workload.object == target);
            // A share of the pods that there are is over that number only when it is over the whole.
            let wanted = budget.minimum.and_then(|minimum| share(minimum, least));
            if let Some(wanted) = wanted.filter(|wanted| covers && *wanted > least) {
                let hit = Hit::at(budget.object, &["spec", "minAvailable"]);
                let hit = hit.say("wanted", wanted.to_string()).say("least", least.to_string());
                hits.add(hit.say("scaler", scaler.name));
            }
        }
    }
    Ok(())
}
