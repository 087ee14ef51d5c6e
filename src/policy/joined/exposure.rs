//! Predicates about workloads that can be reached from outside of the cluster.

use std::collections::BTreeMap;

use super::backend::{Backend, backends};
use super::selector::Selector;
use super::workload::{items, text};
use super::{Hits, Release};
use crate::limits::Exceeded;
use crate::policy::object::Object;

/// A route of the Gateway API or of Istio that leads to a workload of the release.
pub(super) fn exposed_route<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for backend in backends(release).into_iter().filter(|backend| !backend.is_ingress) {
        let Backend { place, namespace, service, name_field, .. } = backend;
        let Some((_, object)) = release.find("Service", namespace, service) else { continue };
        let behind = behind(release, object)?;
        if let Some(workload) = behind.first().and_then(|index| release.workloads().get(*index)) {
            let shown = release.objects.get(workload.object).map_or("", |object| object.name);
            let hit = place.fields(name_field).say("workload", format!("{} {shown}", workload.kind));
            hits.add(hit.also(workload.object, workload.labels_path()));
        }
    }
    Ok(())
}

/// A workload that can be reached from outside and holds what an intruder looks for.
pub(super) fn exposed_secret_mount<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut exposed: BTreeMap<usize, String> = BTreeMap::new();
    for (_, service) in release.of_kind("Service") {
        let kind = text(service.node, &["spec", "type"]);
        if matches!(kind, Some("NodePort" | "LoadBalancer")) {
            for index in behind(release, service)? {
                exposed.entry(index).or_insert_with(|| format!("Service {}", service.name));
            }
        }
    }
    for backend in backends(release) {
        let Some((_, service)) = release.find("Service", backend.namespace, backend.service) else { continue };
        let from = release.objects.get(backend.place.object);
        for index in behind(release, service)? {
            let shown = || from.map(|object| format!("{} {}", object.kind, object.name)).unwrap_or_default();
            exposed.entry(index).or_insert_with(shown);
        }
    }
    for (index, by) in exposed {
        let Some(workload) = release.workloads().get(index) else { continue };
        for (number, volume) in items(workload.pod.spec, &["volumes"]).iter().enumerate() {
            release.spend(1)?;
            let held = [("secret", "a Secret"), ("configMap", "a ConfigMap"), ("persistentVolumeClaim", "a claim")];
            let held = held.into_iter().find(|(field, _)| volume.get(field).is_some());
            if let Some((field, shown)) = held {
                let hit = workload.hit(&["volumes"]).item(number).field(field);
                hits.add(hit.say("held", shown).say("by", by.clone()));
            }
        }
    }
    Ok(())
}

/// The workloads behind a Service.
fn behind<'a>(release: &Release<'a>, service: &'a Object<'a>) -> Result<Vec<usize>, Exceeded> {
    let selector = service.node.at(&["spec", "selector"]).map(Selector::equalities).unwrap_or_default();
    if selector.is_empty() { Ok(Vec::new()) } else { release.select(release.setting.namespace(service), &selector) }
}
