//! The keys of a release's values as one tree: every chart has a root, the table of a subchart is that chart's root, and
//! there is one `global` for all of them. A node knows whether anything reads it.

use std::collections::HashMap;
use std::rc::Rc;

/// A key, or a text that may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct KeyId(u32);

/// Any key, or any index of a list.
pub(super) const ANY: KeyId = KeyId(0);

/// A place in the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

#[derive(Debug)]
struct Node {
    /// Itself at a root.
    parent: NodeId,
    key: KeyId,
    /// Fetched by its key.
    read: bool,
    /// Fetched with all that lies in it.
    whole: bool,
    /// Something below it is read.
    below: bool,
    /// Asked whether it is there.
    tested: bool,
    /// A template gives it a value.
    given: bool,
}

/// The tree.
#[derive(Debug)]
pub(super) struct Keys {
    names: Vec<Rc<str>>,
    ids: HashMap<Rc<str>, KeyId>,
    nodes: Vec<Node>,
    children: HashMap<(NodeId, KeyId), NodeId>,
}

impl Keys {
    pub(super) fn new() -> Self {
        let any: Rc<str> = "*".into();
        Self { names: vec![any], ids: HashMap::new(), nodes: Vec::new(), children: HashMap::new() }
    }

    pub(super) fn key(&mut self, name: &str) -> KeyId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = KeyId(crate::source::clamp(self.names.len()));
        let name: Rc<str> = name.into();
        self.names.push(Rc::clone(&name));
        self.ids.insert(name, id);
        id
    }

    pub(super) fn text(&self, key: KeyId) -> Rc<str> {
        self.names.get(key.0 as usize).map_or_else(|| "".into(), Rc::clone)
    }

    /// A new root.
    pub(super) fn root(&mut self) -> NodeId {
        let id = NodeId(crate::source::clamp(self.nodes.len()));
        self.add(id, ANY)
    }

    fn add(&mut self, parent: NodeId, key: KeyId) -> NodeId {
        let id = NodeId(crate::source::clamp(self.nodes.len()));
        let (read, whole, below, tested, given) = (false, false, false, false, false);
        self.nodes.push(Node { parent, key, read, whole, below, tested, given });
        id
    }

    /// Makes what lies under a key of a node another node.
    pub(super) fn link(&mut self, node: NodeId, key: KeyId, target: NodeId) {
        self.children.insert((node, key), target);
    }

    pub(super) fn child(&mut self, node: NodeId, key: KeyId) -> NodeId {
        if let Some(child) = self.children.get(&(node, key)) {
            return *child;
        }
        let child = self.add(node, key);
        self.children.insert((node, key), child);
        child
    }

    fn get(&self, node: NodeId) -> Option<&Node> {
        self.nodes.get(node.0 as usize)
    }

    fn get_mut(&mut self, node: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(node.0 as usize)
    }

    pub(super) fn read(&mut self, node: NodeId) {
        if let Some(found) = self.get_mut(node)
            && !found.read
        {
            found.read = true;
            self.below(node);
        }
    }

    pub(super) fn read_whole(&mut self, node: NodeId) {
        if let Some(found) = self.get_mut(node)
            && !found.whole
        {
            (found.read, found.whole) = (true, true);
            self.below(node);
        }
    }

    fn below(&mut self, mut node: NodeId) {
        while let Some(parent) = self.get(node).map(|found| found.parent).filter(|parent| *parent != node) {
            match self.get_mut(parent) {
                Some(found) if !found.below => found.below = true,
                _ => return,
            }
            node = parent;
        }
    }

    pub(super) fn test(&mut self, node: NodeId) {
        if let Some(found) = self.get_mut(node) {
            found.tested = true;
        }
    }

    pub(super) fn give(&mut self, node: NodeId) {
        if let Some(found) = self.get_mut(node) {
            found.given = true;
        }
    }

    /// Whether a template asks for the node before it counts on it, or makes it.
    pub(super) fn is_optional(&self, node: NodeId) -> bool {
        self.get(node).is_some_and(|found| found.tested || found.given)
    }

    /// Whether anything reads what stands at a path, as a whole or in part.
    pub(super) fn is_read(&self, root: NodeId, path: &[KeyId]) -> bool {
        let whole = |nodes: &[NodeId]| nodes.iter().any(|node| self.get(*node).is_some_and(|found| found.whole));
        let mut nodes = vec![root];
        for key in path {
            if whole(&nodes) {
                return true;
            }
            let next = |node: &NodeId| [*key, ANY].map(|key| self.children.get(&(*node, key)).copied());
            nodes = nodes.iter().flat_map(next).flatten().collect();
        }
        nodes.iter().any(|node| self.get(*node).is_some_and(|found| found.read || found.whole || found.below))
    }

    /// The root above a node, and the nodes from below the root down to it.
    pub(super) fn path(&self, node: NodeId) -> (NodeId, Vec<NodeId>) {
        let (mut at, mut path) = (node, Vec::new());
        while let Some(found) = self.get(at).filter(|found| found.parent != at) {
            path.push(at);
            at = found.parent;
        }
        path.reverse();
        (at, path)
    }

    pub(super) fn key_of(&self, node: NodeId) -> KeyId {
        self.get(node).map_or(ANY, |found| found.key)
    }

    /// Whether a place is another one, or lies below it.
    pub(super) fn is_within(&self, node: NodeId, outer: NodeId) -> bool {
        let (root, path) = self.path(node);
        let (outer_root, outer_path) = self.path(outer);
        let same = |a: &NodeId, b: &NodeId| {
            let (a, b) = (self.key_of(*a), self.key_of(*b));
            a == b || a == ANY || b == ANY
        };
        root == outer_root && path.len() >= outer_path.len() && path.iter().zip(&outer_path).all(|(a, b)| same(a, b))
    }
}
