//! Predicates about references by name and by label inside of a release.

use std::collections::{HashMap, HashSet};

use super::selector::Selector;
use super::workload::{Workload, items, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::yaml::node::Node;

/// A workload whose selector does not match the labels of its own pods: the API server refuses it.
pub(super) fn mismatching_selector<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for workload in release.workloads() {
        let plain = workload.kind == "ReplicationController";
        if !plain && !matches!(workload.kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") {
            continue;
        }
        let node = release.objects.get(workload.object).and_then(|object| object.node.at(&["spec", "selector"]));
        let Some(node) = node else { continue };
        let selector = if plain { Selector::equalities(node) } else { Selector::of(node) };
        release.spend(1 + selector.size())?;
        if !selector.matches(workload.labels) {
            let hit = Hit::at(workload.object, &["spec", "selector"]).say("selector", selector.shown());
            hits.add(hit.also(workload.object, workload.labels_path()));
        }
    }
    Ok(())
}

/// A service account that the release does not have: one fault for all pods that name it.
pub(super) fn missing_service_account<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut missing: HashMap<(&str, &str), Hit<'a>> = HashMap::new();
    let mut order = Vec::new();
    for workload in release.workloads() {
        release.spend(1)?;
        let account = workload.account();
        if account == "default" || release.find("ServiceAccount", workload.namespace, account).is_some() {
            continue;
        }
        let field = if text(workload.pod.spec, &["serviceAccountName"]).is_some() {
            "serviceAccountName"
        } else {
            "serviceAccount"
        };
        let hit = workload.hit(&[field]).say("account", account);
        let key = (workload.namespace, account);
        if let Some(first) = missing.get_mut(&key) {
            first.also.push((hit.object, hit.path));
        } else {
            order.push(key);
            missing.insert(key, hit);
        }
    }
    order.into_iter().filter_map(|key| missing.remove(&key)).for_each(|hit| hits.add(hit));
    Ok(())
}

/// A key of a Secret or a ConfigMap that is in the release and does not have it.
pub(super) fn missing_key<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut keys = Keys { release, known: HashMap::new() };
    for workload in release.workloads() {
        for container in &workload.pod.containers {
            for (index, variable) in items(container.node, &["env"]).iter().enumerate() {
                for (field, kind) in [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")] {
                    let Some(reference) = variable.at(&["valueFrom", field]) else { continue };
                    let Some(name) = text(reference, &["name"]) else { continue };
                    if let Some(key) = keys.missing(workload, kind, name, reference)? {
                        let hit =
                            workload.hit_in(*container, &["env"]).item(index).fields(&["valueFrom", field, "key"]);
                        hits.add(hit.say("key", key).say("holder", format!("{kind} {name}")));
                    }
                }
            }
        }
        for (index, volume) in items(workload.pod.spec, &["volumes"]).iter().enumerate() {
            let place = || workload.hit(&["volumes"]).item(index);
            mounted(&mut keys, workload, volume, place(), hits, "secretName")?;
            for (number, source) in items(volume, &["projected", "sources"]).iter().enumerate() {
                let place = place().fields(&["projected", "sources"]).item(number);
                mounted(&mut keys, workload, source, place, hits, "name")?;
            }
        }
    }
    Ok(())
}

/// The keys that a volume picks out of a Secret or a ConfigMap.
fn mounted<'a>(
    keys: &mut Keys<'_, 'a>,
    workload: &Workload<'a>,
    volume: &'a Node,
    place: Hit<'a>,
    hits: &mut Hits<'a>,
    secret_name: &'static str,
) -> Result<(), Exceeded> {
    for (field, kind, name) in [("secret", "Secret", secret_name), ("configMap", "ConfigMap", "name")] {
        let Some(source) = volume.get(field) else { continue };
        let Some(name) = text(source, &[name]) else { continue };
        if source.get("optional").and_then(Node::as_bool) == Some(true) {
            continue;
        }
        for (index, item) in items(source, &["items"]).iter().enumerate() {
            if let Some(key) = keys.missing(workload, kind, name, item)? {
                let hit = place.clone().fields(&[field, "items"]).item(index).field("key");
                hits.add(hit.say("key", key).say("holder", format!("{kind} {name}")));
            }
        }
    }
    Ok(())
}

/// The keys of Secrets and ConfigMaps, read once each.
struct Keys<'r, 'a> {
    release: &'r Release<'a>,
    known: HashMap<usize, Option<HashSet<&'a str>>>,
}

impl<'a> Keys<'_, 'a> {
    /// The key of a reference when its holder is in the release and lacks it. An empty holder is filled by somebody else.
    fn missing(
        &mut self,
        workload: &Workload<'a>,
        kind: &'static str,
        name: &'a str,
        reference: &'a Node,
    ) -> Result<Option<&'a str>, Exceeded> {
        self.release.spend(1)?;
        let optional = reference.get("optional").and_then(Node::as_bool) == Some(true);
        let Some(key) = text(reference, &["key"]).filter(|_| !optional) else { return Ok(None) };
        let Some((index, holder)) = self.release.find(kind, workload.namespace, name) else { return Ok(None) };
        let keys = self.known.entry(index).or_insert_with(|| {
            let fields = ["data", "stringData", "binaryData"].into_iter().filter_map(|field| holder.node.get(field));
            let keys: HashSet<&str> = fields.flat_map(Node::entries).map(|entry| &*entry.key).collect();
            let generated = text(holder.node, &["type"]) == Some("kubernetes.io/service-account-token");
            (!keys.is_empty() && !generated).then_some(keys)
        });
        Ok(keys.as_ref().filter(|keys| !keys.contains(key)).map(|_| key))
    }
}

/// A mount of a volume that the pod does not have: the API server refuses it.
pub(super) fn dangling_volume_mount<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for workload in release.workloads() {
        let object = release.objects.get(workload.object).map(|object| object.node);
        let claims = object.map(|node| items(node, &["spec", "volumeClaimTemplates"])).unwrap_or_default();
        let claims = claims.iter().filter_map(|claim| text(claim, &["metadata", "name"]));
        let volumes = items(workload.pod.spec, &["volumes"]).iter().filter_map(|volume| text(volume, &["name"]));
        let known: HashSet<&str> = claims.chain(volumes).collect();
        for container in &workload.pod.containers {
            for list in ["volumeMounts", "volumeDevices"] {
                for (index, mount) in items(container.node, &[list]).iter().enumerate() {
                    release.spend(1)?;
                    if let Some(name) = text(mount, &["name"]).filter(|name| !known.contains(name)) {
                        let hit = workload.hit_in(*container, &[list]).item(index).field("name");
                        hits.add(hit.say("volume", name));
                    }
                }
            }
        }
    }
    Ok(())
}
