//! Predicates about Namespaces of a release and what limits the pods in them.

use std::collections::HashSet;

use super::release::is_cluster_wide;
use super::workload::{items, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::policy::check::check;
use crate::policy::load::Policies;
use crate::policy::message::scalar;
use crate::policy::object::Object;
use crate::quantity::Quantity;
use crate::yaml::node::Node;

/// A Namespace that goes with the release, and takes everything in it along.
pub(super) fn owned_namespace<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    if !release.setting.chart {
        return Ok(());
    }
    let inhabited: HashSet<&str> = release
        .objects
        .iter()
        .filter(|object| !is_cluster_wide(object.kind))
        .map(|object| release.setting.namespace(object))
        .collect();
    for (index, namespace) in release.of_kind("Namespace") {
        release.spend(1)?;
        let kept = text(namespace.node, &["metadata", "annotations", "helm.sh/resource-policy"]) == Some("keep");
        let lived_in = namespace.name == release.setting.namespace || inhabited.contains(namespace.name);
        if lived_in && !kept {
            hits.add(Hit::at(index, &["kind"]));
        }
    }
    Ok(())
}

/// A Namespace without anything that limits what its pods take.
pub(super) fn namespace_without_quota<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let inside = |kind: &str| -> HashSet<&str> {
        release.of_kind(kind).map(|(_, object)| release.setting.namespace(object)).collect()
    };
    let (quotas, ranges) = (inside("ResourceQuota"), inside("LimitRange"));
    for (index, namespace) in release.of_kind("Namespace") {
        release.spend(1)?;
        let missing = match (quotas.contains(namespace.name), ranges.contains(namespace.name)) {
            (true, true) => continue,
            (true, false) => "LimitRange",
            (false, true) => "ResourceQuota",
            (false, false) => "ResourceQuota and no LimitRange",
        };
        hits.add(Hit::at(index, &["kind"]).say("missing", missing));
    }
    Ok(())
}

const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// A Namespace whose Pod Security level refuses pods of the release.
pub(super) fn unmet_pod_security_level<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (index, namespace) in release.of_kind("Namespace") {
        let level = text(namespace.node, &["metadata", "labels", ENFORCE]);
        let Some(level) = level.filter(|level| matches!(*level, "baseline" | "restricted")) else { continue };
        let profile = Policies::profile(&format!("pss-{level}")).ok().flatten().unwrap_or_default();
        let inside = release.workloads().iter().filter(|workload| workload.namespace == namespace.name);
        let mut hit: Option<Hit<'a>> = None;
        for workload in inside {
            release.spend(profile.policies.len())?;
            let Some(object) = release.objects.get(workload.object) else { continue };
            let alone: &[Object<'_>] = std::slice::from_ref(object);
            if !check(&profile, alone, release.setting, release.limits).is_empty() {
                let first = hit.take().unwrap_or_else(|| {
                    Hit::at(index, &["metadata", "labels", ENFORCE]).say("level", level).say("first", object.name)
                });
                hit = Some(first.also(workload.object, workload.hit(&[]).path));
            }
        }
        if let Some(hit) = hit {
            hits.add(hit);
        }
    }
    Ok(())
}

/// The bounds of a LimitRange, in the order in which they must rise, and what each is.
const BOUNDS: [&str; 4] = ["min", "defaultRequest", "default", "max"];

/// A LimitRange whose bounds contradict each other: the API server refuses it, or every pod.
pub(super) fn inconsistent_limit_range<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (index, range) in release.of_kind("LimitRange") {
        for (number, limit) in items(range.node, &["spec", "limits"]).iter().enumerate() {
            for (place, upper) in BOUNDS.iter().enumerate() {
                for entry in limit.get(upper).map(Node::entries).unwrap_or_default() {
                    release.spend(BOUNDS.len())?;
                    let Some(most) = quantity(&entry.value) else { continue };
                    let lower = BOUNDS.iter().take(place).find(|lower| {
                        limit.at(&[lower, &entry.key]).and_then(quantity).is_some_and(|least| least > most)
                    });
                    if let Some(lower) = lower {
                        let hit = Hit::at(index, &["spec", "limits"]).item(number).fields(&[upper, &entry.key]);
                        hits.add(hit.say("upper", *upper).say("lower", *lower).say("resource", &*entry.key));
                    }
                }
            }
        }
    }
    Ok(())
}

/// A container whose requests or limits a LimitRange of its namespace refuses.
pub(super) fn outside_limit_range<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (_, range) in release.of_kind("LimitRange") {
        let home = release.setting.namespace(range);
        let limits = items(range.node, &["spec", "limits"]).iter();
        for limit in limits.filter(|limit| text(limit, &["type"]) == Some("Container")) {
            let bounds = |bound| limit.get(bound).map(Node::entries).unwrap_or_default();
            for workload in release.workloads().iter().filter(|workload| workload.namespace == home) {
                for container in &workload.pod.containers {
                    release.spend(1 + bounds("max").len() + bounds("min").len())?;
                    let mut tell = |bound: &'static str, fields: [&'static str; 2]| {
                        for entry in bounds(bound) {
                            let asked = fields.into_iter().find_map(|field| {
                                let node = container.node.at(&["resources", field, &entry.key])?;
                                Some((field, quantity(node)?))
                            });
                            let Some(((field, asked), wanted)) = asked.zip(quantity(&entry.value)) else { continue };
                            if (bound == "max" && asked > wanted) || (bound == "min" && asked < wanted) {
                                let hit = workload.hit_in(*container, &["resources", field, &entry.key]);
                                let shown = scalar(&entry.value).unwrap_or_default();
                                let hit = hit.say("bound", bound).say("resource", &*entry.key).say("shown", shown);
                                hits.add(hit.say("range", range.name));
                            }
                        }
                    };
                    // A request that is missing is that of the limit.
                    tell("max", ["limits", "requests"]);
                    tell("min", ["requests", "limits"]);
                }
            }
        }
    }
    Ok(())
}

fn quantity(node: &Node) -> Option<Quantity> {
    Quantity::parse(&scalar(node)?)
}
