//! Predicates about files that containers hand to each other.

use std::collections::HashMap;

use super::siblings::writes;
use super::workload::{items, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::yaml::node::Node;

/// A volume that a container looking into another one writes its results to, and that the other one can write, too.
///
/// Containers that see each other's processes are the ones that look into each other; the one with the most mounts is the one
/// that looks. What a volume is for only its name tells.
pub(super) fn shared_result_volume<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for workload in release.workloads() {
        if workload.pod.spec.get("shareProcessNamespace").and_then(Node::as_bool) != Some(true) {
            continue;
        }
        for volume in items(workload.pod.spec, &["volumes"]) {
            let regular = workload.pod.containers.iter().filter(|container| container.role() == "regular");
            release.spend(1 + workload.pod.containers.len())?;
            let Some(name) = text(volume, &["name"]).filter(|_| volume.get("emptyDir").is_some()) else { continue };
            if !["result", "report", "scan", "evidence"].iter().any(|word| name.contains(word)) {
                continue;
            }
            let sharing: Vec<_> = regular.filter(|container| writes(container, name)).collect();
            let mounts = |node: &Node| items(node, &["volumeMounts"]).len();
            let Some(scanner) = sharing.iter().max_by_key(|container| mounts(container.node)) else { continue };
            for container in sharing.iter().filter(|container| container.index != scanner.index) {
                let mount = items(container.node, &["volumeMounts"]).iter();
                let index = mount.into_iter().position(|mount| text(mount, &["name"]) == Some(name)).unwrap_or(0);
                let hit = workload.hit_in(**container, &["volumeMounts"]).item(index);
                let other = text(scanner.node, &["name"]).unwrap_or("another");
                hits.add(hit.say("volume", name).say("other", other));
            }
        }
    }
    Ok(())
}

/// A shell script in a ConfigMap that pods mount: one fault per script.
pub(super) fn mounted_script<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut mounted: HashMap<(&str, &str), usize> = HashMap::new();
    for workload in release.workloads() {
        for volume in items(workload.pod.spec, &["volumes"]) {
            release.spend(1)?;
            let projected = items(volume, &["projected", "sources"]).iter();
            for source in projected.chain([volume]) {
                if let Some(name) = text(source, &["configMap", "name"]) {
                    mounted.entry((workload.namespace, name)).or_insert(workload.object);
                }
            }
        }
    }
    for (index, map) in release.of_kind("ConfigMap") {
        let Some(user) = mounted.get(&(release.setting.namespace(map), map.name)) else { continue };
        let user = release.objects.get(*user);
        for entry in map.node.get("data").map(Node::entries).unwrap_or_default() {
            release.spend(1)?;
            let script = entry.value.as_str().is_some_and(|text| text.starts_with("#!"));
            if script || entry.key.ends_with(".sh") {
                let user = user.map(|object| format!("{} {}", object.kind, object.name)).unwrap_or_default();
                hits.add(Hit::at(index, &["data", &entry.key]).say("script", &*entry.key).say("user", user));
            }
        }
    }
    Ok(())
}
