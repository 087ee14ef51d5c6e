//! Predicates about Services: what they select, and who refers to them.

use std::collections::HashMap;

use super::backend::backends;
use super::selector::Selector;
use super::workload::{Port, Workload, integer, items, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::policy::object::Object;
use crate::yaml::node::Node;

/// A Service that should have pods behind it.
struct Service<'a> {
    index: usize,
    object: &'a Object<'a>,
    namespace: &'a str,
    selector: Selector<'a>,
}

/// The Services with a selector. What stands in `kube-system` speaks of the cluster's own pods.
fn services<'r, 'a>(release: &'r Release<'a>) -> impl Iterator<Item = Service<'a>> + use<'r, 'a> {
    release.of_kind("Service").filter_map(|(index, object)| {
        let namespace = release.setting.namespace(object);
        let selector = Selector::equalities(object.node.at(&["spec", "selector"])?);
        let external = text(object.node, &["spec", "type"]) == Some("ExternalName");
        let ours = is_core(object) && !selector.is_empty() && !external && namespace != "kube-system";
        ours.then_some(Service { index, object, namespace, selector })
    })
}

/// Whether an object is of the core group; Knative has Services, too.
fn is_core(object: &Object<'_>) -> bool {
    !object.api_version.contains('/')
}

/// A Service whose selector matches no pod of the release.
pub(super) fn dangling_service<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for service in services(release) {
        if release.select(service.namespace, &service.selector)?.is_empty() && !release.has_operator() {
            let hit = Hit::at(service.index, &["spec", "selector"]);
            hits.add(hit.say("selector", service.selector.shown()));
        }
    }
    Ok(())
}

/// A target port by a name that no container behind the Service has.
pub(super) fn dangling_target_port<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for service in services(release) {
        let selected = release.select(service.namespace, &service.selector)?;
        let pods: Vec<&Workload<'_>> = selected.iter().filter_map(|index| release.workloads().get(*index)).collect();
        if pods.is_empty() {
            continue;
        }
        for (index, port) in items(service.object.node, &["spec", "ports"]).iter().enumerate() {
            release.spend(pods.len())?;
            let Some(name) = text(port, &["targetPort"]) else { continue };
            let has = |port: Port<'_>| port.name == Some(name);
            if !pods.iter().any(|pod| pod.ports().any(has)) {
                let hit = Hit::at(service.index, &["spec", "ports"]).item(index).field("targetPort");
                hits.add(hit.say("port", name));
            }
        }
    }
    Ok(())
}

/// An ingress or a route to a Service, or a port of one, that the release does not have.
pub(super) fn dangling_backend<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for backend in backends(release) {
        release.spend(1)?;
        let Some((_, service)) = release.find("Service", backend.namespace, backend.service) else {
            // Controllers read some names otherwise: an action of the load balancer, a service of the operator.
            let named_port = backend.port.and_then(|(port, _)| port.as_str());
            if named_port != Some("use-annotation") && !release.has_operator() {
                let hit = backend.place.fields(backend.name_field);
                hits.add(hit.say("missing", format!("Service {}", backend.service)));
            }
            continue;
        };
        let Some((port, field)) = backend.port else { continue };
        let ports = items(service.node, &["spec", "ports"]);
        let (number, name) = (integer(port), port.as_str());
        let has = |port: &Node| match name {
            Some(name) => text(port, &["name"]) == Some(name),
            None => port.get("port").and_then(integer) == number,
        };
        if text(service.node, &["spec", "type"]) != Some("ExternalName") && !ports.iter().any(has) {
            let shown = name.map_or_else(|| number.unwrap_or_default().to_string(), str::to_owned);
            let hit = backend.place.fields(field);
            hits.add(hit.say("missing", format!("port {shown} of Service {}", backend.service)));
        }
    }
    Ok(())
}

/// A ServiceMonitor that selects no Service of the release.
pub(super) fn dangling_service_monitor<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (index, monitor) in release.of_kind("ServiceMonitor") {
        let Some(spec) = monitor.node.get("spec") else { continue };
        let selector = spec.get("selector").map(Selector::of).unwrap_or_default();
        let names: Vec<&str> =
            items(spec, &["namespaceSelector", "matchNames"]).iter().filter_map(Node::as_str).collect();
        let any = spec.at(&["namespaceSelector", "any"]).and_then(Node::as_bool) == Some(true);
        let home = release.setting.namespace(monitor);
        let mut services = release.of_kind("Service");
        let found = services.try_fold(false, |found, (_, service)| {
            release.spend(1 + selector.size())?;
            let namespace = release.setting.namespace(service);
            let there = any || if names.is_empty() { namespace == home } else { names.contains(&namespace) };
            let labels = service.node.at(&["metadata", "labels"]).map(Node::entries).unwrap_or_default();
            Ok(found || (there && selector.matches(labels)))
        })?;
        // What it watches in the namespaces of others is not the release's.
        let elsewhere = release.setting.chart && (any || !names.is_empty());
        if !found && !elsewhere {
            hits.add(Hit::at(index, &["spec", "selector"]).say("selector", selector.shown()));
        }
    }
    Ok(())
}

/// Services with one selector and a port in common.
pub(super) fn shared_service_selector<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut seen = HashMap::<_, &Object<'a>>::new();
    for service in services(release) {
        release.spend(1 + service.selector.size())?;
        // A headless Service beside another gives its pods their names.
        if text(service.object.node, &["spec", "clusterIP"]) == Some("None") {
            continue;
        }
        let mut labels = service.selector.labels.clone();
        labels.sort_unstable();
        match seen.get(&(service.namespace, labels.clone())) {
            None => {
                seen.insert((service.namespace, labels), service.object);
            }
            Some(first) => hits.add(Hit::at(service.index, &["spec", "selector"]).say("other", first.name)),
        }
    }
    Ok(())
}

/// A host and path that two ingresses of one class claim.
pub(super) fn duplicate_ingress_path<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut seen: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (index, ingress) in release.of_kind("Ingress") {
        let Some(spec) = ingress.node.get("spec") else { continue };
        let class = text(spec, &["ingressClassName"])
            .or_else(|| text(ingress.node, &["metadata", "annotations", "kubernetes.io/ingress.class"]));
        let canary = text(ingress.node, &["metadata", "annotations", "nginx.ingress.kubernetes.io/canary"]);
        if canary == Some("true") {
            continue;
        }
        for (rule, node) in items(spec, &["rules"]).iter().enumerate() {
            let host = text(node, &["host"]).unwrap_or_default();
            for (number, path) in items(node, &["http", "paths"]).iter().enumerate() {
                release.spend(1)?;
                let path = text(path, &["path"]).unwrap_or("/");
                if seen.insert((class.unwrap_or_default(), host, path), index).is_some() {
                    let hit = Hit::at(index, &["spec", "rules"]).item(rule).fields(&["http", "paths"]).item(number);
                    let host = if host.is_empty() { "any host" } else { host };
                    hits.add(hit.field("path").say("path", path).say("host", host));
                }
            }
        }
    }
    Ok(())
}

/// A StatefulSet without the headless Service that gives its pods their names.
pub(super) fn governing_service<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for (index, set) in release.of_kind("StatefulSet") {
        release.spend(1)?;
        let hit = Hit::at(index, &["spec", "serviceName"]);
        let Some(name) = text(set.node, &["spec", "serviceName"]) else {
            hits.add(hit.say("fault", "names no Service"));
            continue;
        };
        let headless = |service: &Object<'_>| text(service.node, &["spec", "clusterIP"]) == Some("None");
        let fault = match release.find("Service", release.setting.namespace(set), name) {
            None if release.has_operator() => continue,
            None => format!("names Service {name}, which the release does not have"),
            Some((_, service)) if headless(service) => continue,
            Some(_) => format!("names Service {name}, which is not headless"),
        };
        hits.add(hit.say("fault", fault));
    }
    Ok(())
}
