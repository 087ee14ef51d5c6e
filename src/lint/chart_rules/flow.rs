//! Where values end up: which leaves of values files a render shows in places for credentials and in places for names.

use std::collections::HashMap;

use super::CaseRun;
use crate::finding::ObjectRef;
use crate::render::{Manifest, Rendered};
use crate::secret::{Reach, is_credential};
use crate::source::{SourceId, Sources};
use crate::yaml::node::{Data, Node};

/// Objects that are listed of one leaf.
const LISTED: usize = 50;

/// Where one leaf ends up, over all cases.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    /// What that says of it.
    pub reach: Reach,
    /// The Secrets that hold it.
    pub secrets: Vec<ObjectRef>,
    /// The cases that show it there.
    pub cases: Vec<String>,
}

/// The flows of leaves by the place of their first byte.
pub(super) type Flows = HashMap<(SourceId, u32), Flow>;

/// Follows every scalar of every object back to the leaves that it shows.
pub(super) fn flows(cases: &[CaseRun], sources: &Sources) -> Flows {
    let mut flows = Flows::new();
    for case in cases {
        let rendered = &case.run.rendered;
        for manifest in rendered.manifests.iter().chain(&rendered.hooks) {
            let Some(node) = &manifest.node else { continue };
            let mut walk =
                Walk { case: &case.name, rendered, manifest, sources, flows: &mut flows, path: String::new() };
            walk.object(node);
        }
    }
    flows
}

/// What a place in an object is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// An entry of a Secret; whether its name is that of a credential.
    Secret(bool),
    /// A variable with the name of a credential.
    Credential,
    /// The name of an object, or of a key in one.
    Name,
}

struct Walk<'a> {
    case: &'a str,
    rendered: &'a Rendered,
    manifest: &'a Manifest,
    sources: &'a Sources,
    flows: &'a mut Flows,
    path: String,
}

impl Walk<'_> {
    fn object(&mut self, node: &Node) {
        if self.manifest.kind == "Secret" {
            for field in ["data", "stringData"] {
                for entry in node.get(field).map(Node::entries).unwrap_or_default() {
                    self.path = format!("{field}.{}", entry.key);
                    self.scalar(&entry.value, Place::Secret(is_credential(&entry.key)));
                }
            }
        }
        self.path.clear();
        self.below(node, None);
    }

    /// Variables and names anywhere in an object.
    fn below(&mut self, node: &Node, under: Option<&str>) {
        for item in node.items() {
            self.below(item, under);
        }
        let variable = || node.get("name").and_then(Node::as_str).is_some_and(is_credential);
        for entry in node.entries() {
            let key = &*entry.key;
            let named = match under {
                Some("secretKeyRef" | "configMapKeyRef" | "secretRef" | "metadata" | "imagePullSecrets") => {
                    matches!(key, "name" | "key")
                }
                Some("remoteRef" | "items") => matches!(key, "key" | "property"),
                _ => matches!(key, "secretName" | "secretKey"),
            };
            match entry.value.data {
                Data::Map(_) | Data::List(_) => self.below(&entry.value, Some(key)),
                _ if named => self.scalar(&entry.value, Place::Name),
                _ if key == "value" && variable() => self.scalar(&entry.value, Place::Credential),
                _ => {}
            }
        }
    }

    /// Notes a place for every leaf whose text stands in a scalar as it is, or in base64.
    fn scalar(&mut self, node: &Node, place: Place) {
        let Some(text) = node.as_str() else { return };
        let decoded = matches!(place, Place::Secret(_)).then(|| decode(text)).flatten();
        let origins = &self.rendered.origins;
        let mut seen = Vec::new();
        for (run, _) in self.manifest.text.runs_in(node.start as usize..node.end as usize) {
            seen.extend(origins.leaves_of(run.mark));
        }
        seen.sort_unstable();
        seen.dedup();
        for leaf in seen {
            let Some(leaf) = origins.get_leaf(leaf) else { continue };
            let shown = first_line(self.sources.slice(leaf.span));
            let holds = |text: &str| !shown.is_empty() && text.contains(&*shown);
            if !(holds(text) || decoded.as_deref().is_some_and(holds)) {
                continue;
            }
            let flow = self.flows.entry((leaf.span.source, leaf.span.start)).or_default();
            match place {
                Place::Name => flow.reach.reference = true,
                Place::Credential => flow.reach.credential = true,
                Place::Secret(named) => {
                    flow.reach.credential |= named;
                    let object = self.manifest.reference(self.path.clone());
                    if flow.secrets.len() < LISTED && !flow.secrets.contains(&object) {
                        flow.secrets.push(object);
                    }
                }
            }
            if !flow.cases.iter().any(|case| case == self.case) {
                flow.cases.push(self.case.to_owned());
            }
        }
    }
}

/// The text behind base64.
fn decode(text: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?;
    String::from_utf8(bytes).ok()
}

/// The first line of a leaf without its quotes: enough to know it again.
fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(1_000)).unwrap_or_default());
    let line = text.trim().lines().next().unwrap_or_default().trim();
    line.trim_matches(['"', '\'']).to_owned()
}
