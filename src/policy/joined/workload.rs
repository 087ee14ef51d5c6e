//! A workload as its neighbours see it: the labels, ports and account of its pods.

use super::Hit;
use crate::policy::object::Object;
use crate::policy::pod::{Container, Pod};
use crate::yaml::node::{Data, Entry, Node};
use crate::yaml::path::Step;

/// An object that is a pod or makes pods.
#[derive(Debug)]
pub(super) struct Workload<'a> {
    /// Its index in the release.
    pub object: usize,
    /// Its kind.
    pub kind: &'a str,
    /// Where its pods run.
    pub namespace: &'a str,
    /// The labels of its pods.
    pub labels: &'a [Entry],
    /// Its pods.
    pub pod: Pod<'a>,
}

/// A port that a container declares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port<'a> {
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Its number.
    pub number: Option<i64>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: &'a str,
}

impl<'a> Workload<'a> {
    /// The workload that an object is, if it has pods.
    #[must_use]
    pub(super) fn of(index: usize, object: &Object<'a>, namespace: &'a str) -> Option<Self> {
        let pod = Pod::of(object).or_else(|| Pod::in_template(object))?;
        let labels = pod.metadata.and_then(|metadata| metadata.get("labels")).map(Node::entries).unwrap_or_default();
        Some(Self { object: index, kind: object.kind, namespace, labels, pod })
    }

    /// The service account that its pods run as.
    #[must_use]
    pub(super) fn account(&self) -> &'a str {
        let named =
            ["serviceAccountName", "serviceAccount"].into_iter().filter_map(|key| self.pod.spec.get(key)?.as_str());
        named.into_iter().find(|name| !name.is_empty()).unwrap_or("default")
    }

    /// Whether its pods share the network of their node, which network policies do not reach.
    #[must_use]
    pub(super) fn is_on_host_network(&self) -> bool {
        self.pod.spec.get("hostNetwork").and_then(Node::as_bool) == Some(true)
    }

    /// The ports that its containers declare, but for init containers that end before the others begin.
    pub(super) fn ports(&self) -> impl Iterator<Item = Port<'a>> {
        let lasting = |container: &&Container<'_>| match container.role() {
            "init" => container.node.get("restartPolicy").and_then(Node::as_str) == Some("Always"),
            _ => true,
        };
        let lists = self.pod.containers.iter().filter(lasting).filter_map(|container| container.node.get("ports"));
        lists.flat_map(Node::items).map(|port| Port {
            name: port.get("name").and_then(Node::as_str),
            number: port.get("containerPort").and_then(integer),
            protocol: port.get("protocol").and_then(Node::as_str).unwrap_or("TCP"),
        })
    }

    /// A fault at a field of its pod's spec.
    #[must_use]
    pub(super) fn hit(&self, path: &[&'a str]) -> Hit<'a> {
        Hit::at(self.object, self.pod.spec_path).fields(path)
    }

    /// A fault at a field of one of its containers.
    #[must_use]
    pub(super) fn hit_in(&self, container: Container<'a>, path: &[&'a str]) -> Hit<'a> {
        let hit = Hit::at(self.object, self.pod.spec_path).field(container.list).item(container.index).fields(path);
        Hit { container: Some(container), ..hit }
    }

    /// Where the labels of its pods stand.
    #[must_use]
    pub(super) fn labels_path(&self) -> Vec<Step<'a>> {
        self.pod.metadata_path.iter().copied().chain(["labels"]).map(Step::Name).collect()
    }
}

/// A whole number.
#[must_use]
pub(super) fn integer(node: &Node) -> Option<i64> {
    if let Data::Int(number) = node.data { Some(number) } else { None }
}

/// A text that is there and not empty.
#[must_use]
pub(super) fn text<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    node.at(path).and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// The items of a list, and the entries' nodes of nothing else.
#[must_use]
pub(super) fn items<'a>(node: &'a Node, path: &[&str]) -> &'a [Node] {
    node.at(path).map(Node::items).unwrap_or_default()
}
