//! Kubernetes objects in YAML documents; lists are taken apart.

use crate::finding::ObjectRef;
use crate::yaml::node::Node;

/// An object of a release and what names it.
#[derive(Clone, Copy, Debug)]
pub struct Object<'a> {
    /// The whole object.
    pub node: &'a Node,
    /// `apps/v1`; empty when the manifest has none.
    pub api_version: &'a str,
    /// `Deployment`; empty when the manifest has none.
    pub kind: &'a str,
    /// `metadata.name`; empty when the manifest has none.
    pub name: &'a str,
    /// `metadata.namespace`.
    pub namespace: Option<&'a str>,
}

impl<'a> Object<'a> {
    /// The object that a mapping is; `None` for any other node.
    #[must_use]
    pub fn of(node: &'a Node) -> Option<Self> {
        if node.entries().is_empty() {
            return None;
        }
        let text = |path: &[&str]| node.at(path).and_then(Node::as_str);
        Some(Self {
            node,
            api_version: text(&["apiVersion"]).unwrap_or_default(),
            kind: text(&["kind"]).unwrap_or_default(),
            name: text(&["metadata", "name"]).unwrap_or_default(),
            namespace: text(&["metadata", "namespace"]),
        })
    }

    /// What a finding says of it; `path` leads to the field.
    #[must_use]
    pub fn reference(&self, path: String) -> ObjectRef {
        ObjectRef {
            api_version: self.api_version.to_owned(),
            kind: self.kind.to_owned(),
            namespace: self.namespace.map(str::to_owned),
            name: self.name.to_owned(),
            path,
        }
    }
}

/// The objects of a document: itself, or the items of a `List` (of `PodList` and the like, too), lists in lists included.
#[must_use]
pub fn objects(document: &Node) -> Vec<Object<'_>> {
    let mut found = Vec::new();
    let mut waiting = vec![document];
    while let Some(node) = waiting.pop() {
        let Some(object) = Object::of(node) else { continue };
        match node.get("items") {
            Some(items) if object.kind.ends_with("List") && !items.items().is_empty() => {
                waiting.extend(items.items().iter().rev());
            }
            _ => found.push(object),
        }
    }
    found
}
