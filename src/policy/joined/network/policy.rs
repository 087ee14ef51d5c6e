//! Network policies as the API server reads them, defaults applied.

use crate::policy::joined::release::Release;
use crate::policy::joined::selector::Selector;
use crate::policy::joined::workload::items;
use crate::yaml::node::Node;

/// The side of a connection that a policy speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    /// Connections to the pod.
    Ingress,
    /// Connections from the pod.
    Egress,
}

impl Direction {
    /// The field that holds its rules.
    #[must_use]
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The field of a rule that holds its peers.
    #[must_use]
    pub(super) fn peers(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}

/// A policy that isolates pods.
#[derive(Debug)]
pub(super) struct NetworkPolicy<'a> {
    /// Its index in the release.
    pub object: usize,
    /// The namespace whose pods it selects; `None` for those of all.
    pub namespace: Option<&'a str>,
    /// The pods that it selects.
    pub selector: Selector<'a>,
    /// Where the selector stands.
    pub selector_path: &'static [&'static str],
    /// The rules for connections to its pods; `None` when it leaves them alone.
    pub ingress: Option<&'a [Node]>,
    /// The rules for connections from its pods; `None` when it leaves them alone.
    pub egress: Option<&'a [Node]>,
    /// Whether it is a `NetworkPolicy` of Kubernetes, so that its rules can be read.
    pub native: bool,
}

impl<'a> NetworkPolicy<'a> {
    /// Its rules for one direction, if it isolates its pods there.
    #[must_use]
    pub(super) fn rules(&self, direction: Direction) -> Option<&'a [Node]> {
        match direction {
            Direction::Ingress => self.ingress,
            Direction::Egress => self.egress,
        }
    }
}

/// Every policy of a release: those of Kubernetes, and those of Cilium as far as it matters which pods they isolate.
#[must_use]
pub(super) fn policies<'a>(release: &Release<'a>) -> Vec<NetworkPolicy<'a>> {
    let native = release.of_kind("NetworkPolicy").filter(|(_, object)| {
        ["networking.k8s.io/", "extensions/"].iter().any(|group| object.api_version.starts_with(group))
    });
    let mut found: Vec<_> = native
        .filter_map(|(index, object)| native_policy(index, object.node.get("spec")?, release.namespace(object)))
        .collect();
    for kind in ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"] {
        for (index, object) in release.of_kind(kind) {
            let namespace = (kind == "CiliumNetworkPolicy").then(|| release.setting.namespace(object));
            let specs = object.node.get("spec").into_iter().chain(items(object.node, &["specs"]));
            found.extend(specs.filter_map(|spec| cilium_policy(index, spec, namespace)));
        }
    }
    found
}

fn native_policy<'a>(object: usize, spec: &'a Node, namespace: &'a str) -> Option<NetworkPolicy<'a>> {
    if spec.entries().is_empty() {
        return None;
    }
    let (ingress, egress) = (items(spec, &["ingress"]), items(spec, &["egress"]));
    let types: Vec<&str> = items(spec, &["policyTypes"]).iter().filter_map(Node::as_str).collect();
    // Without types a policy is for ingress, and for egress too when it has rules for it.
    let names = |name: &str, default: bool| if types.is_empty() { default } else { types.contains(&name) };
    Some(NetworkPolicy {
        object,
        namespace: Some(namespace),
        selector: spec.get("podSelector").map(Selector::of).unwrap_or_default(),
        selector_path: &["spec", "podSelector"],
        ingress: names("Ingress", true).then_some(ingress),
        egress: names("Egress", !egress.is_empty()).then_some(egress),
        native: true,
    })
}

/// A policy of Cilium isolates its endpoints in each direction that it has a section for.
fn cilium_policy<'a>(object: usize, spec: &'a Node, namespace: Option<&'a str>) -> Option<NetworkPolicy<'a>> {
    let selector = Selector::of(spec.get("endpointSelector")?);
    let side = |field: &str, deny: &str| {
        let switched_off =
            spec.at(&["enableDefaultDeny", field]).and_then(Node::as_bool).is_some_and(|isolates| !isolates);
        let rules = spec.get(field).or_else(|| spec.get(deny)).filter(|rules| !rules.is_null());
        rules.filter(|_| !switched_off).map(Node::items)
    };
    let (ingress, egress) = (side("ingress", "ingressDeny"), side("egress", "egressDeny"));
    let selector_path = &["spec", "endpointSelector"];
    Some(NetworkPolicy { object, namespace, selector, selector_path, ingress, egress, native: false })
}
