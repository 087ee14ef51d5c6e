//! Objects and users that are one and the same to the cluster.

use std::collections::HashMap;

use super::workload::integer;
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;

/// An object with the API group, kind, namespace and name of one before it.
pub(super) fn duplicate_object<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut seen = HashMap::new();
    release.spend(release.objects.len())?;
    for (index, object) in release.objects.iter().enumerate() {
        // A name that the API server makes up is another each time.
        if object.name.is_empty() {
            continue;
        }
        let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
        let namespace = release.namespace(object);
        let identity = (group, object.kind, namespace, object.name);
        if seen.insert(identity, index).is_some() {
            let place = if namespace.is_empty() { String::new() } else { format!(" for namespace {namespace}") };
            hits.add(Hit::at(index, &["metadata", "name"]).say("place", place));
        }
    }
    Ok(())
}

/// Several workloads whose containers run as the same user.
pub(super) fn shared_user<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut users: HashMap<i64, Hit<'a>> = HashMap::new();
    let mut order = Vec::new();
    for workload in release.workloads() {
        release.spend(1 + workload.pod.containers.len())?;
        let path = ["securityContext", "runAsUser"];
        let common = workload.pod.spec.at(&path).and_then(integer);
        let mut own: Vec<(i64, Hit<'a>)> = Vec::new();
        for container in &workload.pod.containers {
            let named = container.node.at(&path).and_then(integer);
            let hit = if named.is_some() { workload.hit_in(*container, &path) } else { workload.hit(&path) };
            if let Some(user) = named.or(common).filter(|user| !own.iter().any(|(known, _)| known == user)) {
                own.push((user, Hit { container: None, ..hit }));
            }
        }
        for (user, hit) in own {
            match users.get_mut(&user) {
                Some(first) => first.also.push((hit.object, hit.path)),
                None => {
                    order.push(user);
                    users.insert(user, hit);
                }
            }
        }
    }
    for user in order {
        if let Some(hit) = users.remove(&user).filter(|hit| !hit.also.is_empty()) {
            let count = (hit.also.len() + 1).to_string();
            hits.add(hit.say("user", user.to_string()).say("count", count));
        }
    }
    Ok(())
}
