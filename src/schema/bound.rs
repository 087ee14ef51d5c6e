//! How much work a JSON Schema can make with a document, computed before any of it is done.
//!
//! Evaluating a schema takes exponential time when subschemas fan out into each other, and the evaluator cannot be
//! stopped. The sum is over pairs of a schema and a part of the document, each pair computed once, so that the bound
//! itself stays cheap however large it comes out. References are followed inside the document only.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};

use crate::limits::{Exceeded, Limits};

/// Why a schema is not evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// A reference to another document, which would have to be fetched.
    #[error("failing loading {0:?}: references out of the schema are not followed")]
    External(String),
    /// A reference to nothing.
    #[error("{what} in \"file:///values.schema.json{0}\" not found", what = kind_of(.0))]
    Dangling(String),
    /// References that come back without looking at anything smaller.
    #[error("reference {0:?} leads back to itself")]
    Endless(String),
    /// Too much work.
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

fn kind_of(reference: &str) -> &'static str {
    if reference.starts_with("#/") { "json-pointer" } else { "anchor" }
}

/// Takes out of a schema every reference to another document, and names them. What stood behind such a reference allows anything.
/// `alone` says that what stands beside a reference does not count (up to draft-07).
pub(super) fn sever(schema: &mut Json, alone: bool) -> Vec<String> {
    let mut external = HashSet::new();
    let limits = Limits::default();
    let mut bound = Bound::new(schema, &limits);
    bound.collect_names(schema);
    bound.external(schema, &mut external);
    if !external.is_empty() {
        cut(schema, &external, alone);
    }
    let mut external: Vec<String> = external.into_iter().collect();
    external.sort();
    external
}

fn cut(schema: &mut Json, external: &HashSet<String>, alone: bool) {
    match schema {
        Json::Object(keywords) => {
            for key in REFERENCES {
                if keywords.get(*key).and_then(Json::as_str).is_some_and(|reference| external.contains(reference)) {
                    keywords.remove(*key);
                    if alone {
                        keywords.retain(|key, _| matches!(key.as_str(), "definitions" | "$defs" | "$id" | "id"));
                    }
                }
            }
            keywords.values_mut().for_each(|value| cut(value, external, alone));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| cut(item, external, alone)),
        _ => {}
    }
}

/// Checks all references of a schema and bounds the work it makes with a document.
pub(super) fn check(schema: &Json, document: &Json, limits: &Limits) -> Result<(), Refusal> {
    let mut bound = Bound::new(schema, limits);
    bound.collect_names(schema);
    bound.hops(schema, 0)?;
    bound.work(schema, document, 0)?;
    Ok(())
}

/// Anything below is counted as this much per node of the document when a schema of the standard itself is referred to.
const METASCHEMA: u64 = 200;

const IN_PLACE_ONE: &[&str] = &["not", "if", "then", "else"];
const IN_PLACE_MANY: &[&str] = &["allOf", "anyOf", "oneOf"];
const REFERENCES: &[&str] = &["$ref", "$dynamicRef", "$recursiveRef"];
const OF_EACH_CHILD: &[&str] = &[
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "items",
    "additionalItems",
    "contains",
    "unevaluatedItems",
];

struct Bound<'a> {
    root: &'a Json,
    /// Subschemas by `$id` and `$anchor`.
    names: HashMap<&'a str, &'a Json>,
    limits: &'a Limits,
    /// What references inside a schema lead to.
    resolved: HashMap<&'a str, Target<'a>>,
    hops: HashMap<*const Json, Option<u64>>,
    work: HashMap<(*const Json, *const Json), u64>,
    active: HashSet<(*const Json, *const Json)>,
}

impl<'a> Bound<'a> {
    fn new(root: &'a Json, limits: &'a Limits) -> Self {
        Self {
            root,
            names: HashMap::new(),
            limits,
            resolved: HashMap::new(),
            hops: HashMap::new(),
            work: HashMap::new(),
            active: HashSet::new(),
        }
    }

    fn external(&self, schema: &Json, found: &mut HashSet<String>) {
        match schema {
            Json::Object(keywords) => {
                for (key, value) in keywords {
                    if let (true, Json::String(reference)) = (REFERENCES.contains(&key.as_str()), value)
                        && !reference.starts_with('#')
                        && let Err(Refusal::External(reference)) = self.find(reference)
                    {
                        found.insert(reference);
                    }
                    self.external(value, found);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.external(item, found)),
            _ => {}
        }
    }

    fn collect_names(&mut self, schema: &'a Json) {
        match schema {
            Json::Object(keywords) => {
                for key in ["$id", "id", "$anchor", "$dynamicAnchor"] {
                    if let Some(Json::String(name)) = keywords.get(key) {
                        self.names.insert(name.trim_end_matches('#'), schema);
                    }
                }
                keywords.values().for_each(|value| self.collect_names(value));
            }
            Json::Array(items) => items.iter().for_each(|item| self.collect_names(item)),
            _ => {}
        }
    }

    /// The longest chain of references below a schema: compiling follows it on the stack.
    fn hops(&mut self, schema: &'a Json, before: u64) -> Result<u64, Refusal> {
        let most = self.limits.schema_ref_depth;
        Exceeded::check("schema-ref-depth", before, most)?;
        let mut longest = 0;
        match schema {
            Json::Object(keywords) => {
                for (key, value) in keywords {
                    if let (true, Json::String(reference)) = (REFERENCES.contains(&key.as_str()), value) {
                        longest = longest.max(1 + self.hops_of(reference, before + 1)?);
                    } else if !matches!(key.as_str(), "const" | "enum" | "default" | "examples" | "example") {
                        longest = longest.max(self.hops(value, before)?);
                    }
                }
            }
            Json::Array(items) => {
                for item in items {
                    longest = longest.max(self.hops(item, before)?);
                }
            }
            _ => {}
        }
        Exceeded::check("schema-ref-depth", before + longest, most)?;
        Ok(longest)
    }

    fn hops_of(&mut self, reference: &'a str, before: u64) -> Result<u64, Refusal> {
        let Target::Schema(target) = self.resolve(reference)? else { return Ok(0) };
        match self.hops.get(&std::ptr::from_ref(target)) {
            Some(known) => Ok(known.unwrap_or(0)),
            None => {
                self.hops.insert(target, None);
                let hops = self.hops(target, before)?;
                self.hops.insert(target, Some(hops));
                Ok(hops)
            }
        }
    }

    fn work(&mut self, schema: &'a Json, document: &Json, depth: u64) -> Result<u64, Refusal> {
        let Json::Object(keywords) = schema else { return Ok(1) };
        let pair = (std::ptr::from_ref(schema), std::ptr::from_ref(document));
        if let Some(known) = self.work.get(&pair) {
            return Ok(*known);
        }
        let steps = self.limits.schema_steps;
        Exceeded::check("schema-ref-depth", depth / 16, self.limits.schema_ref_depth)?;
        Exceeded::check("schema-steps", self.work.len() as u64, steps)?;
        self.active.insert(pair);
        let work = self.keywords(keywords, document, depth + 1)?;
        self.active.remove(&pair);
        Exceeded::check("schema-steps", work, steps)?;
        self.work.insert(pair, work);
        Ok(work)
    }

    fn keywords(&mut self, keywords: &'a Map<String, Json>, document: &Json, depth: u64) -> Result<u64, Refusal> {
        let mut work = 1 + keywords.len() as u64;
        let mut add = |more: u64| work = work.saturating_add(more);
        for key in REFERENCES {
            if let Some(Json::String(reference)) = keywords.get(*key) {
                match self.resolve(reference)? {
                    Target::Schema(target) => {
                        if self.active.contains(&(std::ptr::from_ref(target), std::ptr::from_ref(document))) {
                            return Err(Refusal::Endless(reference.clone()));
                        }
                        add(self.work(target, document, depth)?);
                    }
                    Target::Metaschema => add(METASCHEMA.saturating_mul(nodes(document))),
                    Target::Anything => {}
                }
            }
        }
        // Alternatives are first tried and then asked for their errors.
        for key in IN_PLACE_ONE {
            if let Some(schema) = keywords.get(*key) {
                add(self.work(schema, document, depth)?.saturating_mul(2));
            }
        }
        for key in IN_PLACE_MANY {
            let factor = if *key == "allOf" { 1 } else { 2 };
            for schema in keywords.get(*key).and_then(Json::as_array).into_iter().flatten() {
                add(self.work(schema, document, depth)?.saturating_mul(factor));
            }
        }
        for key in ["dependentSchemas", "dependencies"] {
            for schema in keywords.get(key).and_then(Json::as_object).into_iter().flat_map(Map::values) {
                add(self.work(schema, document, depth)?);
            }
        }
        if let Some(Json::Array(allowed)) = keywords.get("enum") {
            add(allowed.len() as u64);
        }
        let children: Vec<&Json> = match document {
            Json::Object(entries) => entries.values().collect(),
            Json::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        if let (Some(Json::Object(properties)), Json::Object(entries)) = (keywords.get("properties"), document) {
            for (name, child) in entries {
                if let Some(schema) = properties.get(name) {
                    add(self.work(schema, child, depth)?);
                }
            }
        }
        let positional = |key| keywords.get(key).and_then(Json::as_array);
        for schemas in ["prefixItems", "items"].into_iter().filter_map(positional) {
            for (schema, child) in schemas.iter().zip(&children) {
                add(self.work(schema, child, depth)?);
            }
        }
        let patterns = keywords.get("patternProperties").and_then(Json::as_object);
        let of_each = OF_EACH_CHILD.iter().filter_map(|key| keywords.get(*key));
        for schema in of_each.chain(patterns.into_iter().flat_map(Map::values)) {
            for child in &children {
                add(self.work(schema, child, depth)?.saturating_add(1));
            }
        }
        if keywords.contains_key("uniqueItems") {
            add(16 * children.len() as u64);
        }
        // These ask once more what the other keywords have looked at.
        if keywords.contains_key("unevaluatedProperties") || keywords.contains_key("unevaluatedItems") {
            work = work.saturating_mul(2);
        }
        Ok(work)
    }

    fn resolve(&mut self, reference: &'a str) -> Result<Target<'a>, Refusal> {
        if let Some(known) = self.resolved.get(reference) {
            return Ok(*known);
        }
        let found = self.find(reference)?;
        self.resolved.insert(reference, found);
        Ok(found)
    }

    fn find(&self, reference: &str) -> Result<Target<'a>, Refusal> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let document = if base.is_empty() {
            self.root
        } else if let Some(found) = self.named(base) {
            found
        } else if base.starts_with("urn:") {
            return Ok(Target::Anything);
        } else if is_metaschema(base) {
            return Ok(Target::Metaschema);
        } else {
            return Err(Refusal::External(reference.to_owned()));
        };
        let fragment = percent_decoded(fragment);
        let found = if fragment.is_empty() {
            Some(document)
        } else if fragment.starts_with('/') {
            document.pointer(&fragment)
        } else {
            let anchor = format!("#{fragment}");
            self.names.get(fragment.as_str()).or_else(|| self.names.get(anchor.as_str())).copied()
        };
        found.map(Target::Schema).ok_or_else(|| Refusal::Dangling(reference.to_owned()))
    }

    fn named(&self, base: &str) -> Option<&'a Json> {
        let ends = |name: &&str| name.strip_suffix(base).is_some_and(|before| before.ends_with('/'));
        self.names
            .get(base)
            .or_else(|| self.names.iter().find(|(name, _)| ends(name)).map(|(_, schema)| schema))
            .copied()
    }
}

#[derive(Clone, Copy)]
enum Target<'a> {
    Schema(&'a Json),
    Metaschema,
    /// Helm takes a URN that it does not know for a schema that allows everything.
    Anything,
}

/// The schemas of the standard come with the evaluator.
pub(super) fn is_metaschema(base: &str) -> bool {
    let rest = base.trim_end_matches('#');
    let rest = rest.strip_prefix("https://").or_else(|| rest.strip_prefix("http://")).unwrap_or(rest);
    let Some(rest) = rest.strip_prefix("json-schema.org/") else { return false };
    matches!(
        rest,
        "draft-04/schema" | "draft-06/schema" | "draft-07/schema" | "draft/2019-09/schema" | "draft/2020-12/schema"
    )
}

fn nodes(document: &Json) -> u64 {
    match document {
        Json::Object(entries) => 1 + entries.values().map(nodes).sum::<u64>(),
        Json::Array(items) => 1 + items.iter().map(nodes).sum::<u64>(),
        _ => 1,
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn steps(limit: u64) -> Limits {
        Limits { schema_steps: limit, ..Limits::default() }
    }

    #[test]
    fn fan_out_is_counted_without_being_walked() {
        let mut definitions = Map::new();
        for level in 0..30 {
            let next = json!({"$ref": format!("#/definitions/d{}", level + 1)});
            definitions.insert(format!("d{level}"), json!({"allOf": vec![next; 8]}));
        }
        definitions.insert("d30".to_owned(), json!({"type": "object"}));
        let schema = json!({"$ref": "#/definitions/d0", "definitions": definitions});
        let refusal = check(&schema, &json!({}), &Limits::default()).unwrap_err();
        assert_eq!(refusal, Refusal::Limit(Exceeded { name: "schema-steps", limit: 1_000_000 }));
    }

    #[test]
    fn steps_stop_one_over() {
        let schema = json!({"properties": {"a": {"type": "string"}}});
        let document = json!({"a": "x"});
        // Two schemas with one keyword each.
        assert!(check(&schema, &document, &steps(5)).is_ok());
        assert!(check(&schema, &document, &steps(4)).is_ok());
        assert!(check(&schema, &document, &steps(3)).is_err());
    }

    #[test]
    fn reference_chains_stop_one_over() {
        let chain = |length: usize| {
            let mut definitions = Map::new();
            for at in 1..length {
                definitions.insert(
                    format!("d{at}"),
                    json!({"properties": {"a": {"$ref": format!("#/definitions/d{}", at + 1)}}}),
                );
            }
            definitions.insert(format!("d{length}"), json!(true));
            json!({"definitions": definitions, "$ref": "#/definitions/d1"})
        };
        assert!(check(&chain(63), &json!({}), &Limits::default()).is_ok());
        assert!(check(&chain(64), &json!({}), &Limits::default()).is_ok());
        assert!(check(&chain(65), &json!({}), &Limits::default()).is_err());
        assert!(check(&chain(10_000), &json!({}), &Limits::default()).is_err());
    }

    #[test]
    fn recursion_over_the_document_is_fine_and_over_itself_is_not() {
        let tree = json!({"properties": {"child": {"$ref": "#"}}});
        assert!(check(&tree, &json!({"child": {"child": {}}}), &Limits::default()).is_ok());
        let endless = json!({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}});
        assert!(matches!(check(&endless, &json!({}), &Limits::default()), Err(Refusal::Endless(_))));
    }

    #[test]
    fn nothing_outside_is_referred_to() {
        for reference in ["file:///etc/passwd", "http://127.0.0.1/x", "../x.json", "jar:x", "data:,x", "//host/share"] {
            let schema = json!({"properties": {"a": {"$ref": reference}}});
            assert_eq!(check(&schema, &json!({}), &Limits::default()), Err(Refusal::External(reference.to_owned())));
        }
        let mut schema = json!({"properties": {"a": {"$ref": "x.json#/a", "type": "string"}, "b": {"$ref": "#/properties/c"}, "c": true}});
        assert_eq!(sever(&mut schema, false), ["x.json#/a"]);
        assert_eq!(schema["properties"]["a"], json!({"type": "string"}));
        assert_eq!(schema["properties"]["b"], json!({"$ref": "#/properties/c"}));
        assert!(check(&schema, &json!({}), &Limits::default()).is_ok());
        let named = json!({"$id": "https://example.com/root.json", "$defs": {"a": {"$id": "a.json"}, "b": {"$anchor": "b"}},
            "allOf": [{"$ref": "a.json"}, {"$ref": "#b"}, {"$ref": "root.json"}]});
        assert!(matches!(check(&named, &json!({}), &Limits::default()), Err(Refusal::Endless(_))));
    }
}
