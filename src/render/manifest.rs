//! One document of a rendered file: its text, its tree, and what Helm reads of its head.

use std::rc::Rc;

use super::hook::Hook;
use crate::finding::ObjectRef;
use crate::limits::Limits;
use crate::text::Text;
use crate::yaml::node::{Data, Node};
use crate::yaml::{ReadError, read};

/// A document that a template rendered to.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Template path as Helm prints it behind `# Source:`.
    pub path: Rc<str>,
    /// Its bytes with their origins.
    pub text: Text,
    /// The line of the rendered file on which it begins, from 1.
    pub line: u32,
    /// Its tree; offsets count in `text`. `None` for a document of comments.
    pub node: Option<Node>,
    /// `apiVersion`, empty when absent.
    pub api_version: String,
    /// `kind`, empty when absent.
    pub kind: String,
    /// `metadata.name`, empty when absent.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// What its annotations say of hooks.
    pub hook: Option<Hook>,
}

impl Manifest {
    /// What a finding says of its object; `path` leads to the field.
    #[must_use]
    pub fn reference(&self, path: String) -> ObjectRef {
        ObjectRef {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            path,
        }
    }
}

/// Why a document cannot be read.
#[derive(Clone, Debug)]
pub enum HeadError {
    /// It is no YAML.
    Yaml(ReadError),
    /// Its head has the wrong shape; the message is encoding/json's, `start` the offset of the node.
    Shape {
        /// `json: cannot unmarshal …`.
        message: String,
        /// Offset of the node in the document.
        start: u32,
    },
}

impl std::fmt::Display for HeadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Yaml(error) => write!(f, "error converting YAML to JSON: {error}"),
            Self::Shape { message, .. } => {
                write!(f, "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {message}")
            }
        }
    }
}

/// A document and what became of it.
#[derive(Debug)]
pub enum Document {
    /// A manifest or a hook.
    Manifest(Box<Manifest>),
    /// A hook for an event that Helm does not know: Helm leaves it out.
    UnknownHook(String),
}

/// Reads a document as `releaseutil.SortManifests` does.
///
/// # Errors
/// Not YAML, or a head (`apiVersion`, `kind`, `metadata.name`, `metadata.annotations`) of the wrong shape; the text comes back.
pub fn read_document(path: &Rc<str>, text: Text, line: u32, limits: &Limits) -> Result<Document, (HeadError, Text)> {
    match read(text.as_bytes(), limits).map_err(HeadError::Yaml).and_then(|node| read_head(path, node, line)) {
        Ok(Document::Manifest(manifest)) => Ok(Document::Manifest(Box::new(Manifest { text, ..*manifest }))),
        Ok(unknown) => Ok(unknown),
        Err(error) => Err((error, text)),
    }
}

fn read_head(path: &Rc<str>, node: Option<Node>, line: u32) -> Result<Document, HeadError> {
    let mut manifest = Manifest {
        path: Rc::clone(path),
        text: Text::new(),
        line,
        node: None,
        api_version: String::new(),
        kind: String::new(),
        name: String::new(),
        namespace: None,
        hook: None,
    };
    let Some(root) = node.filter(|node| !node.is_null()) else {
        return Ok(Document::Manifest(Box::new(manifest)));
    };
    if !matches!(root.data, Data::Map(_)) {
        let message = format!("{} into Go value of type util.SimpleHead", json_type(&root));
        return Err(HeadError::Shape { message, start: root.start });
    }
    let field = |node: &Node, key: &str, path: &str| -> Result<String, HeadError> {
        member(node, key).map_or(Ok(String::new()), |value| string(value, path))
    };
    manifest.api_version = field(&root, "apiVersion", "SimpleHead.apiVersion")?;
    manifest.kind = field(&root, "kind", "SimpleHead.kind")?;
    let mut hook = None;
    if let Some(metadata) = member(&root, "metadata").filter(|node| !node.is_null()) {
        if !matches!(metadata.data, Data::Map(_)) {
            let target = "Go struct field SimpleHead.metadata of type struct { Name string \"json:\\\"name\\\"\"; \
                          Annotations map[string]string \"json:\\\"annotations\\\"\" }";
            return Err(HeadError::Shape {
                message: format!("{} into {target}", json_type(metadata)),
                start: metadata.start,
            });
        }
        manifest.name = field(metadata, "name", ".metadata.name")?;
        manifest.namespace = metadata.get("namespace").and_then(Node::as_str).map(str::to_owned);
        if let Some(annotations) = member(metadata, "annotations").filter(|node| !node.is_null()) {
            let path = ".metadata.annotations";
            if !matches!(annotations.data, Data::Map(_)) {
                let message =
                    format!("{} into Go struct field {path} of type map[string]string", json_type(annotations));
                return Err(HeadError::Shape { message, start: annotations.start });
            }
            for entry in annotations.entries() {
                string(&entry.value, path)?;
            }
            let get = |key| annotations.get(key).and_then(|value| string(value, path).ok());
            if let Some(events) = get("helm.sh/hook") {
                let (weight, policy) = (get("helm.sh/hook-weight"), get("helm.sh/hook-delete-policy"));
                match Hook::read(&events, weight.as_deref(), policy.as_deref()) {
                    Ok(read) => hook = Some(read),
                    Err(_) => return Ok(Document::UnknownHook(events)),
                }
            }
        }
    }
    manifest.hook = hook;
    manifest.node = Some(root);
    Ok(Document::Manifest(Box::new(manifest)))
}

/// A field as encoding/json finds it: by its exact name, else by any case.
fn member<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    node.get(key).or_else(|| {
        node.entries().iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(key)).map(|entry| &entry.value)
    })
}

/// A scalar as sigs.k8s.io/yaml gives it to a Go string.
fn string(node: &Node, path: &str) -> Result<String, HeadError> {
    Ok(match &node.data {
        Data::Null => String::new(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Uint(value) => value.to_string(),
        Data::Float(value) => crate::template::format::float_g(*value),
        Data::String(text) => text.to_string(),
        Data::List(_) | Data::Map(_) => {
            let message = format!("{} into Go struct field {path} of type string", json_type(node));
            return Err(HeadError::Shape { message, start: node.start });
        }
    })
}

fn json_type(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    }
}
