//! Paths of a policy: from an object to the elements that are judged, and from an element to the place of a violation.

use crate::policy::object::Object;
use crate::policy::pod::{Container, Pod};
use crate::yaml::node::Node;
use crate::yaml::path::{Step, push};

/// A compiled line of `forEach`: a root, then fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ElementPath {
    root: Root,
    segments: Vec<Segment>,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// The object itself.
    Object,
    /// The spec of its pod.
    PodSpec,
    /// The metadata of its pod.
    PodMetadata,
    /// Every container of its pod.
    Containers,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    /// Fields to go through, one after the other.
    names: Vec<String>,
    of: Members,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Members {
    Itself,
    Items,
    Entries,
}

/// An element that is to be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'e, 'a> {
    /// The element.
    pub node: &'a Node,
    /// The container it is or stands in.
    pub container: Option<Container<'a>>,
    /// Its key when it is an entry of a mapping, else empty.
    pub key: &'a str,
    /// Its position in the last list on the way to it.
    pub index: Option<usize>,
    /// Its place in the object.
    pub path: &'e [Step<'a>],
}

impl ElementPath {
    /// Reads `containers.ports[]`: a root (`object`, `podSpec`, `podMetadata`, `containers`), then fields;
    /// `[]` goes to every item, `{}` to every entry, `(a|b)` to either field.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split('.');
        let root = match parts.next() {
            Some("object") => Root::Object,
            Some("podSpec") => Root::PodSpec,
            Some("podMetadata") => Root::PodMetadata,
            Some("containers") => Root::Containers,
            other => return Err(format!("unknown root `{}`", other.unwrap_or_default())),
        };
        let segments = parts.map(Segment::parse).collect::<Result<_, _>>()?;
        Ok(Self { root, segments })
    }

    /// Whether elements stand in a pod.
    #[must_use]
    pub(super) fn needs_pod(&self) -> bool {
        self.root != Root::Object
    }

    /// Calls `visit` for every element; those that are null are absent.
    pub(super) fn visit<'a>(
        &'a self,
        object: &Object<'a>,
        pod: Option<&Pod<'a>>,
        visit: &mut dyn FnMut(Element<'_, 'a>),
    ) {
        let mut path: Vec<Step<'a>> = Vec::with_capacity(12);
        let mut walk = |node, container: Option<Container<'a>>, path: &mut Vec<Step<'a>>| {
            let index = container.map(|container| container.index);
            descend(&self.segments, Element { node, container, key: "", index, path: &[] }, path, visit);
        };
        let Some(pod) = pod else {
            if self.root == Root::Object {
                walk(object.node, None, &mut path);
            }
            return;
        };
        match self.root {
            Root::Object => walk(object.node, None, &mut path),
            Root::PodSpec => {
                path.extend(pod.spec_path.iter().map(|name| Step::Name(name)));
                walk(pod.spec, None, &mut path);
            }
            Root::PodMetadata => {
                path.extend(pod.metadata_path.iter().map(|name| Step::Name(name)));
                if let Some(metadata) = pod.metadata {
                    walk(metadata, None, &mut path);
                }
            }
            Root::Containers => {
                path.extend(pod.spec_path.iter().map(|name| Step::Name(name)));
                let depth = path.len();
                for container in &pod.containers {
                    path.extend([Step::Name(container.list), Step::Index(container.index)]);
                    walk(container.node, Some(*container), &mut path);
                    path.truncate(depth);
                }
            }
        }
    }
}

impl Segment {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, of) = match (text.strip_suffix("[]"), text.strip_suffix("{}")) {
            (Some(name), _) => (name, Members::Items),
            (_, Some(name)) => (name, Members::Entries),
            _ => (text, Members::Itself),
        };
        let names = name.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(name);
        let names: Vec<String> = names.split('|').map(str::to_owned).collect();
        let is_name = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if names.iter().all(is_name) { Ok(Self { names, of }) } else { Err(format!("`{text}` is no field")) }
    }
}

/// Goes one segment down; the depth is that of the path in the policy.
fn descend<'a>(
    segments: &'a [Segment],
    at: Element<'_, 'a>,
    path: &mut Vec<Step<'a>>,
    visit: &mut dyn FnMut(Element<'_, 'a>),
) {
    if at.node.is_null() {
        return;
    }
    let Some((segment, rest)) = segments.split_first() else {
        visit(Element { path, ..at });
        return;
    };
    for name in &segment.names {
        let Some(node) = at.node.get(name) else { continue };
        path.push(Step::Name(name));
        match segment.of {
            Members::Itself => descend(rest, Element { node, path: &[], ..at }, path, visit),
            Members::Items => {
                for (index, node) in node.items().iter().enumerate() {
                    path.push(Step::Index(index));
                    descend(rest, Element { node, index: Some(index), path: &[], ..at }, path, visit);
                    path.pop();
                }
            }
            Members::Entries => {
                for entry in node.entries() {
                    path.push(Step::Name(&entry.key));
                    descend(rest, Element { node: &entry.value, key: &entry.key, path: &[], ..at }, path, visit);
                    path.pop();
                }
            }
        }
        path.pop();
    }
}

/// A path below an element: `securityContext.capabilities.drop`, or `.` for the element itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Locator(Vec<String>);

impl Locator {
    /// Reads names joined by dots.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "." {
            return Ok(Self(Vec::new()));
        }
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        let is_name = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if names.iter().all(is_name) { Ok(Self(names)) } else { Err(format!("`{text}` is no path of fields")) }
    }

    /// The bytes of the field below a node or of its nearest existing parent, and whether it is there.
    fn walk(&self, mut node: &Node) -> ((u32, u32), bool) {
        let mut bytes = (node.start, node.end);
        for name in &self.0 {
            let Some(entry) = node.entry(name) else { return (bytes, false) };
            node = &entry.value;
            // An empty value has no bytes to point at.
            let empty = node.start == node.end;
            bytes = if empty { (entry.key_start, entry.key_end) } else { (node.start, node.end) };
        }
        (bytes, true)
    }
}

/// A place in an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `spec.containers[0].image`.
    pub path: String,
    /// First byte of the node, or of its nearest existing parent.
    pub start: u32,
    /// Behind its last byte.
    pub end: u32,
    /// Whether the field itself is not there.
    pub missing: bool,
    /// Whether the bytes are those of another field, which made it wrong.
    pub elsewhere: bool,
}

/// The place that locators name: the first that exists, else the first, with the bytes of the field to show in its stead or of
/// its nearest existing parent.
#[must_use]
pub(super) fn locate(element: Element<'_, '_>, locators: &[Locator], show: Option<&Locator>) -> Place {
    let own = (element.node.start, element.node.end);
    let mut chosen: Option<(&Locator, (u32, u32))> = None;
    let mut found = locators.is_empty();
    for locator in locators {
        let (bytes, there) = locator.walk(element.node);
        if there {
            chosen = Some((locator, bytes));
            found = true;
            break;
        }
        chosen.get_or_insert((locator, bytes));
    }
    let (below, mut bytes) = chosen.map_or((&[][..], own), |(locator, bytes)| (&*locator.0, bytes));
    let shown = show.filter(|_| !found).map(|show| show.walk(element.node)).filter(|(_, there)| *there);
    if let Some((other, _)) = shown {
        bytes = other;
    }
    let (start, end) = bytes;
    let mut path = String::new();
    for step in element.path.iter().copied().chain(below.iter().map(|name| Step::Name(name))) {
        push(&mut path, step);
    }
    Place { path, start, end, missing: !found, elsewhere: shown.is_some() }
}

/// The place at the end of a path through an object, with the bytes of the nearest existing parent when it is not there.
#[must_use]
pub(super) fn place(root: &Node, path: &[Step<'_>]) -> Place {
    walk(root, path).0
}

/// The same with the bytes of the field's key, if there is one.
#[must_use]
pub(super) fn place_of_key(root: &Node, path: &[Step<'_>]) -> Place {
    let (place, key) = walk(root, path);
    let (start, end) = key.unwrap_or((place.start, place.end));
    Place { start, end, ..place }
}

/// The place at the end of a path, and the bytes of the key there.
fn walk(root: &Node, path: &[Step<'_>]) -> (Place, Option<(u32, u32)>) {
    let mut last = None;
    let mut place = Place { path: String::new(), start: root.start, end: root.end, missing: false, elsewhere: false };
    let mut node = Some(root);
    for step in path {
        push(&mut place.path, *step);
        let (next, key) = match *step {
            Step::Name(name) => {
                let entry = node.and_then(|node| node.entry(name));
                (entry.map(|entry| &entry.value), entry.map(|entry| (entry.key_start, entry.key_end)))
            }
            Step::Index(index) => (node.and_then(|node| node.items().get(index)), None),
        };
        (node, last) = (next, key);
        match node {
            // An empty value has no bytes to point at.
            Some(node) if node.start == node.end => (place.start, place.end) = key.unwrap_or((node.start, node.end)),
            Some(node) => (place.start, place.end) = (node.start, node.end),
            None => place.missing = true,
        }
    }
    (place, last)
}
