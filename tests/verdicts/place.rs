//! Where a field stands in a Pod: itself, or the nearest parent that is there; a collection stands at its key.

use chartsec::limits::Limits;
use chartsec::source::{Place, SourceId, Sources};
use chartsec::yaml::node::Node;
use chartsec::yaml::read;

/// A place in the file of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldPlace {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// The steps from the Pod to the node there: `["spec", "containers", "[0]"]`.
    pub steps: Vec<String>,
    /// Line and column of the key, when the node is a collection that holds something.
    pub key: Option<(u32, u32)>,
}

/// The fields of one Pod.
pub(crate) struct Fields {
    sources: Sources,
    source: SourceId,
    root: Option<Node>,
}

impl Fields {
    /// Reads a Pod.
    pub(crate) fn new(text: &str) -> Self {
        let mut sources = Sources::new();
        let source = sources.add("pod", text.as_bytes());
        Self { sources, source, root: read(text.as_bytes(), &Limits::default()).ok().flatten() }
    }

    /// The place of the field at a path such as `spec.containers[0].image`.
    pub(crate) fn place(&self, path: &str) -> Option<FieldPlace> {
        let mut node = self.root.as_ref()?;
        let (mut offset, mut walked, mut holder) = (node.start, Vec::new(), None);
        for step in steps(path) {
            let index = step.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
            let (next, key) = match index {
                Some(index) => (node.items().get(index), None),
                None => (node.get(&step), node.entry(&step).map(|entry| entry.key_start)),
            };
            let Some(next) = next else { break };
            node = next;
            holder = key;
            // What is empty is shown at its key.
            offset = key.filter(|_| node.start == node.end).unwrap_or(node.start);
            walked.push(step);
        }
        let at = |offset| {
            let position = self.sources.position(Place { source: self.source, offset });
            (position.line, position.column)
        };
        let (line, column) = at(offset);
        let holds = !node.items().is_empty() || !node.entries().is_empty();
        Some(FieldPlace { line, column, steps: walked, key: holder.filter(|_| holds).map(at) })
    }
}

/// `spec`, `containers`, `[0]`; a quoted step is one name.
fn steps(path: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (step, behind) = if let Some((name, behind)) = rest.strip_prefix("[\"").and_then(|at| at.split_once("\"]"))
        {
            (name, behind)
        } else {
            let end = rest[1..].find(['.', '[']).map_or(rest.len(), |end| end + 1);
            rest.split_at(end)
        };
        steps.push(step.to_owned());
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    steps
}
