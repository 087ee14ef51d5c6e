//! Field paths as people write them: `spec.containers[0].image`, `containers[name=app]`, `annotations["a.b/c"]`.

use super::node::{Data, Node};

/// One step of a path through a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A field.
    Name(&'a str),
    /// An item.
    Index(usize),
}

/// A path as people read it.
#[must_use]
pub fn written(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    path.iter().for_each(|step| push(&mut text, *step));
    text
}

/// Appends a step to a written path.
pub fn push(path: &mut String, step: Step<'_>) {
    match step {
        Step::Index(index) => *path += &format!("[{index}]"),
        Step::Name(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') => {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
        Step::Name(name) => *path += &format!("[{name:?}]"),
    }
}

/// One step of a path that people wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Name(String),
    Index(usize),
    /// The item whose field has this text.
    Where(String, String),
}

/// The node at a path.
///
/// # Errors
/// What is wrong with the path, or where it leads to nothing and what there is instead.
pub fn find<'a>(root: &'a Node, path: &str) -> Result<&'a Node, String> {
    let mut node = root;
    let mut walked = String::new();
    for step in parse(path)? {
        let here = if walked.is_empty() { "the object" } else { &walked };
        let next = match &step {
            Segment::Name(name) => node.get(name),
            Segment::Index(index) => node.items().get(*index),
            Segment::Where(key, text) => {
                node.items().iter().find(|item| item.get(key).and_then(Node::as_str) == Some(text))
            }
        };
        node = next.ok_or_else(|| {
            let has = match &node.data {
                Data::Map(entries) => {
                    let keys: Vec<_> = entries.iter().map(|entry| format!("`{}`", entry.key)).collect();
                    format!("it has {}", keys.join(", "))
                }
                Data::List(items) => format!("it is a list of {}", items.len()),
                _ => "it is a scalar".to_owned(),
            };
            format!("no {} in {here}: {has}", step.text())
        })?;
        match &step {
            Segment::Name(name) if walked.is_empty() => walked.clone_from(name),
            Segment::Name(name) => walked = format!("{walked}.{name}"),
            other => walked.push_str(&other.text()),
        }
    }
    Ok(node)
}

impl Segment {
    fn text(&self) -> String {
        match self {
            Self::Name(name) => format!("`{name}`"),
            Self::Index(index) => format!("[{index}]"),
            Self::Where(key, text) => format!("[{key}={text}]"),
        }
    }
}

fn parse(path: &str) -> Result<Vec<Segment>, String> {
    let mut steps = Vec::new();
    let mut rest = path.strip_prefix('.').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('[') {
            let quote = behind.chars().next().filter(|first| matches!(first, '"' | '\''));
            let (inner, after) = match quote {
                Some(quote) => behind[1..].split_once(&format!("{quote}]")),
                None => behind.split_once(']'),
            }
            .ok_or_else(|| format!("`[` without `]` in `{path}`"))?;
            steps.push(if quote.is_some() {
                Segment::Name(inner.to_owned())
            } else if let Some((key, text)) = inner.split_once('=') {
                Segment::Where(key.to_owned(), text.to_owned())
            } else {
                let index = inner.parse().map_err(|_| format!("`[{inner}]` is no index: write `[0]` or `[name=x]`"))?;
                Segment::Index(index)
            });
            rest = after.strip_prefix('.').unwrap_or(after);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            if name.is_empty() {
                return Err(format!("an empty step in `{path}`"));
            }
            steps.push(Segment::Name(name.to_owned()));
            rest = after.strip_prefix('.').unwrap_or(after);
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn paths_lead_to_nodes_or_say_what_there_is() {
        let text =
            b"spec:\n  containers:\n  - name: app\n    image: a\n  - name: b\n    image: c\nmeta: {\"a.b/c\": x}\n";
        let root = crate::yaml::read(text, &Limits::default()).unwrap().unwrap();
        let at = |path| find(&root, path).map(|node| node.as_str().unwrap_or("?").to_owned());
        assert_eq!(at("spec.containers[1].image"), Ok("c".to_owned()));
        assert_eq!(at(".spec.containers[name=app].image"), Ok("a".to_owned()));
        assert_eq!(at("meta[\"a.b/c\"]"), Ok("x".to_owned()));
        assert_eq!(at("spec.x"), Err("no `x` in spec: it has `containers`".to_owned()));
        assert_eq!(at("spec.containers[7]"), Err("no [7] in spec.containers: it is a list of 2".to_owned()));
        for bad in ["a[", "a[b]", "a..b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
