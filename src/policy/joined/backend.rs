//! The services that ingresses and routes send their traffic to.

use super::Hit;
use super::release::Release;
use super::workload::{items, text};
use crate::yaml::node::Node;

/// A reference to a Service.
#[derive(Clone, Debug)]
pub(super) struct Backend<'a> {
    /// Where the reference stands.
    pub place: Hit<'a>,
    /// Whether an Ingress holds it; else a route of the Gateway API or of Istio does.
    pub is_ingress: bool,
    /// The namespace of the Service.
    pub namespace: &'a str,
    /// Its name.
    pub service: &'a str,
    /// The field that names the Service.
    pub name_field: &'static [&'static str],
    /// The port, a number or a name, and the field that names it.
    pub port: Option<(&'a Node, &'static [&'static str])>,
}

/// Every reference to a Service.
#[must_use]
pub(super) fn backends<'a>(release: &Release<'a>) -> Vec<Backend<'a>> {
    let mut found = Vec::new();
    for (index, object) in release.of_kind("Ingress") {
        let namespace = release.setting.namespace(object);
        let Some(spec) = object.node.get("spec") else { continue };
        for field in ["defaultBackend", "backend"] {
            found.extend(spec.get(field).and_then(|node| ingress(node, Hit::at(index, &["spec", field]), namespace)));
        }
        for (rule, node) in items(spec, &["rules"]).iter().enumerate() {
            for (path, node) in items(node, &["http", "paths"]).iter().enumerate() {
                let place = Hit::at(index, &["spec", "rules"]).item(rule).fields(&["http", "paths"]).item(path);
                found.extend(node.get("backend").and_then(|node| ingress(node, place.field("backend"), namespace)));
            }
        }
    }
    for kind in ["HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"] {
        for (index, object) in release.of_kind(kind) {
            for (rule, node) in items(object.node, &["spec", "rules"]).iter().enumerate() {
                for (number, node) in items(node, &["backendRefs"]).iter().enumerate() {
                    let place = Hit::at(index, &["spec", "rules"]).item(rule).field("backendRefs").item(number);
                    let namespace = text(node, &["namespace"]).unwrap_or_else(|| release.setting.namespace(object));
                    found.extend(gateway(node, place, namespace));
                }
            }
        }
    }
    for (index, object) in release.of_kind("VirtualService") {
        for protocol in ["http", "tls", "tcp"] {
            for (rule, node) in items(object.node, &["spec", protocol]).iter().enumerate() {
                for (number, node) in items(node, &["route"]).iter().enumerate() {
                    let place = Hit::at(index, &["spec", protocol]).item(rule).field("route").item(number);
                    found.extend(istio(node, place, release.setting.namespace(object)));
                }
            }
        }
    }
    found
}

/// The backend of an Ingress, in its form of today or of old.
fn ingress<'a>(node: &'a Node, place: Hit<'a>, namespace: &'a str) -> Option<Backend<'a>> {
    let (service, name_field, ports): (_, &'static [&'static str], [&'static [&'static str]; 2]) =
        match text(node, &["service", "name"]) {
            Some(service) => {
                (service, &["service", "name"], [&["service", "port", "number"], &["service", "port", "name"]])
            }
            None => (text(node, &["serviceName"])?, &["serviceName"], [&["servicePort"], &["servicePort"]]),
        };
    let port = ports.into_iter().find_map(|field| Some((node.at(field)?, field)));
    Some(Backend { place, is_ingress: true, namespace, service, name_field, port })
}

/// A backend of a route of the Gateway API; one of another kind is none.
fn gateway<'a>(node: &'a Node, place: Hit<'a>, namespace: &'a str) -> Option<Backend<'a>> {
    let is_service = text(node, &["kind"]).unwrap_or("Service") == "Service" && text(node, &["group"]).is_none();
    let service = text(node, &["name"]).filter(|_| is_service)?;
    let port = node.get("port").map(|port| (port, &["port"][..]));
    Some(Backend { place, is_ingress: false, namespace, service, name_field: &["name"], port })
}

/// A destination of an Istio route: a short name, or `NAME.NAMESPACE.svc…`; any other host is none of the cluster.
fn istio<'a>(node: &'a Node, place: Hit<'a>, namespace: &'a str) -> Option<Backend<'a>> {
    let host = text(node, &["destination", "host"])?;
    let (service, namespace) = match host.split_once('.') {
        None => (host, namespace),
        Some((service, rest)) => (service, rest.split_once(".svc").map(|(namespace, _)| namespace)?),
    };
    let field: &'static [&'static str] = &["destination", "port", "number"];
    let port = node.at(field).map(|port| (port, field));
    Some(Backend { place, is_ingress: false, namespace, service, name_field: &["destination", "host"], port })
}
