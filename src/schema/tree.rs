//! Violations as the tree that Helm's library (santhosh-tekuri/jsonschema) prints: grouped by the schemas that they are in.
//!
//! The evaluator tells all violations in one list, each with the keywords that led to it. Schemas with several violations,
//! `allOf` and references become nodes of their own, and a schema that fails by `type`, `const`, `enum` or `format` says no more.

use std::collections::{HashMap, VecDeque};

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

use super::message;

/// Keywords in the order in which the library looks at them.
const ORDER: &[&str] = &[
    "type",
    "const",
    "enum",
    "format",
    "$ref",
    "minProperties",
    "maxProperties",
    "required",
    "dependencies",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "minItems",
    "maxItems",
    "uniqueItems",
    "prefixItems",
    "items",
    "additionalItems",
    "contains",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "$recursiveRef",
    "$dynamicRef",
    "not",
    "allOf",
    "anyOf",
    "oneOf",
    "if",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// Those of them that end the evaluation of their schema.
const LAST_WORDS: usize = 4;

/// A line of the tree and those below it.
#[derive(Debug)]
struct Node {
    at: String,
    kind: Kind,
    causes: Vec<Self>,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// Several violations of one schema.
    Group,
    /// Violations of a schema that is referred to; one alone takes its place.
    Reference,
    Violation(String),
}

/// A violation with the keywords that are still to be followed.
struct Found<'e> {
    keywords: VecDeque<String>,
    error: &'e ValidationError<'e>,
}

/// What is validated against what.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) schema: &'a Json,
    pub(super) document: &'a Json,
}

/// The lines about violations, the outermost at no indentation.
pub(super) fn lines(errors: &[ValidationError<'_>], context: Context<'_>) -> String {
    let found = errors.iter().map(|error| Found { keywords: keywords(error), error }).collect();
    let mut text = String::new();
    match schema(found, "", context) {
        Some(Node { kind: Kind::Group, causes, .. }) => causes.iter().for_each(|cause| cause.print(0, &mut text)),
        Some(cause) => cause.print(0, &mut text),
        None => {}
    }
    text
}

fn keywords(error: &ValidationError<'_>) -> VecDeque<String> {
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    error.evaluation_path().as_str().split('/').skip(1).map(unescape).collect()
}

impl Node {
    fn violation(at: &str, message: String) -> Self {
        Self { at: at.to_owned(), kind: Kind::Violation(message), causes: Vec::new() }
    }

    fn print(&self, indent: usize, text: &mut String) {
        let mut inner = indent;
        if self.kind != Kind::Reference || self.causes.len() != 1 {
            let message = if let Kind::Violation(message) = &self.kind { message } else { "validation failed" };
            text.push_str(&format!("{}{}\n", " ".repeat(indent), message::line(&self.at, message)));
            inner += 2;
        }
        self.causes.iter().for_each(|cause| cause.print(inner, text));
    }

    /// What a node around all violations of one schema takes over from it.
    fn into_causes(self) -> Vec<Self> {
        if self.kind == Kind::Group { self.causes } else { vec![self] }
    }
}

/// The violations of one schema by one part of the document.
fn schema(found: Vec<Found<'_>>, at: &str, context: Context<'_>) -> Option<Node> {
    let mut by_keyword: Vec<Vec<Found<'_>>> = ORDER.iter().map(|_| Vec::new()).collect();
    let mut others = Vec::new();
    for mut found in found {
        let keyword = found.keywords.pop_front().unwrap_or_default();
        let keyword = if matches!(keyword.as_str(), "then" | "else") { "if" } else { &keyword };
        match ORDER.iter().position(|known| *known == keyword) {
            Some(index) => by_keyword[index].push(found),
            None => others.push(found),
        }
    }
    let last_word = by_keyword.iter().take(LAST_WORDS).flatten().next();
    if let Some(found) = last_word {
        return Some(Node::violation(at, message::message(found.error)));
    }
    let mut nodes = Vec::new();
    for (keyword, found) in ORDER.iter().zip(by_keyword) {
        if !found.is_empty() {
            below(keyword, found, at, context, &mut nodes);
        }
    }
    nodes.extend(others.iter().map(|found| Node::violation(at, message::message_in(context.document, found.error))));
    if nodes.len() > 1 {
        return Some(Node { at: at.to_owned(), kind: Kind::Group, causes: nodes });
    }
    nodes.pop()
}

/// The violations of one keyword.
fn below(keyword: &str, found: Vec<Found<'_>>, at: &str, context: Context<'_>, nodes: &mut Vec<Node>) {
    let single = |found: &Found<'_>| Node::violation(at, message::message_in(context.document, found.error));
    match keyword {
        "$ref" | "$dynamicRef" | "$recursiveRef" => {
            let causes = schema(found, at, context).map(Node::into_causes).unwrap_or_default();
            nodes.push(Node { at: at.to_owned(), kind: Kind::Reference, causes });
        }
        "allOf" => {
            let causes = parts(found, |found| found.keywords.pop_front().unwrap_or_default());
            let causes = causes.into_iter().filter_map(|(_, found)| schema(found, at, context)).collect();
            nodes.push(Node { causes, ..Node::violation(at, "'allOf' failed".to_owned()) });
        }
        "anyOf" | "oneOf" => {
            for found in &found {
                let depth = keywords(found.error).len();
                let causes = alternatives(found.error, depth, at, context);
                let node = single(found);
                let Kind::Violation(message) = &node.kind else { continue };
                let head = message.lines().next().unwrap_or_default().to_owned();
                nodes.push(Node { causes, ..Node::violation(at, head) });
            }
        }
        "required" => {
            let missing = found.iter().filter_map(|found| match found.error.kind() {
                ValidationErrorKind::Required { property } => property.as_str().map(str::to_owned),
                _ => None,
            });
            nodes.push(Node::violation(at, message::missing(&missing.collect::<Vec<_>>())));
        }
        "propertyNames" => {
            for (name, found) in parts(found, |found| match found.error.kind() {
                ValidationErrorKind::PropertyNames { error } => {
                    error.instance().as_str().unwrap_or_default().to_owned()
                }
                _ => String::new(),
            }) {
                let inner = found.into_iter().filter_map(|found| match found.error.kind() {
                    ValidationErrorKind::PropertyNames { error } => Some(Found { keywords: found.keywords, error }),
                    _ => None,
                });
                let causes = schema(inner.collect(), "", context).map(Node::into_causes).unwrap_or_default();
                nodes.push(Node { causes, ..Node::violation("", message::property_name(&name)) });
            }
        }
        "unevaluatedProperties" => {
            for found in &found {
                match found.error.kind() {
                    ValidationErrorKind::UnevaluatedProperties { unexpected } => nodes.extend(
                        unexpected.iter().map(|name| Node::violation(&child(at, name), "false schema".to_owned())),
                    ),
                    _ => nodes.push(single(found)),
                }
            }
        }
        "dependentRequired" => {
            nodes.extend(found.first().map(|found| dependent(found, at, context)).into_iter().flatten())
        }
        "if" | "dependentSchemas" | "dependencies" => {
            let (own, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| {
                found.keywords.is_empty() && matches!(found.error.kind(), ValidationErrorKind::Required { .. })
            });
            nodes.extend(own.first().map(|found| dependent(found, at, context)).into_iter().flatten());
            for (_, found) in parts(found, |found| {
                if keyword == "if" { String::new() } else { found.keywords.pop_front().unwrap_or_default() }
            }) {
                nodes.extend(schema(found, at, context));
            }
        }
        "properties" | "patternProperties" | "additionalProperties" | "items" | "prefixItems" | "additionalItems" => {
            let (inner, own): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|found| place(found.error).len() > at.len());
            for (place, found) in parts(inner, |found| {
                let number = found.keywords.front().is_some_and(|part| part.parse::<u32>().is_ok());
                if matches!(keyword, "properties" | "patternProperties") || number && keyword.ends_with("tems") {
                    found.keywords.pop_front();
                }
                let more = place(found.error).get(at.len() + 1..).unwrap_or_default();
                format!("{at}/{}", more.split('/').next().unwrap_or_default())
            }) {
                nodes.extend(schema(found, &place, context));
            }
            nodes.extend(own.iter().map(single));
        }
        _ => nodes.extend(found.iter().map(single)),
    }
}

/// The alternatives of `anyOf` and `oneOf`, of which none fits.
fn alternatives(error: &ValidationError<'_>, depth: usize, at: &str, context: Context<'_>) -> Vec<Node> {
    let all = match error.kind() {
        ValidationErrorKind::AnyOf { context: all } | ValidationErrorKind::OneOfNotValid { context: all } => all,
        _ => return Vec::new(),
    };
    let alternative = |errors: &Vec<ValidationError<'static>>| {
        let found = errors.iter().map(|error| {
            let keywords = keywords(error);
            // Behind the keyword stands the number of the alternative.
            Found { keywords: keywords.into_iter().skip(depth + 1).collect(), error }
        });
        schema(found.collect(), at, context)
    };
    all.iter().filter_map(alternative).collect()
}

/// Properties that others ask for, as [`ValidationErrorKind::Required`] without their name.
fn dependent(found: &Found<'_>, at: &str, context: Context<'_>) -> Vec<Node> {
    let asked = context.schema.pointer(found.error.schema_path().as_str()).and_then(Json::as_object);
    let instance = found.error.instance();
    let Json::Object(present) = &**instance else { return Vec::new() };
    let asked = asked.into_iter().flatten().filter(|(name, _)| present.contains_key(*name));
    asked
        .filter_map(|(name, wanted)| {
            let wanted = wanted.as_array()?.iter().filter_map(Json::as_str);
            let missing: Vec<String> =
                wanted.filter(|wanted| !present.contains_key(*wanted)).map(str::to_owned).collect();
            let message = message::dependent(&missing, name);
            (!missing.is_empty()).then(|| Node::violation(at, message))
        })
        .collect()
}

/// Violations by a key, in the order in which the keys come up.
fn parts<'e>(found: Vec<Found<'e>>, mut key: impl FnMut(&mut Found<'e>) -> String) -> Vec<(String, Vec<Found<'e>>)> {
    let mut parts: Vec<(String, Vec<Found<'e>>)> = Vec::new();
    let mut known = HashMap::new();
    for mut found in found {
        let key = key(&mut found);
        let index = *known.entry(key.clone()).or_insert(parts.len());
        match parts.get_mut(index) {
            Some((_, part)) => part.push(found),
            None => parts.push((key, vec![found])),
        }
    }
    parts
}

fn place<'e>(error: &'e ValidationError<'_>) -> &'e str {
    error.instance_path().as_str()
}

fn child(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}
