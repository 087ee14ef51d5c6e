//! The values of a chart and of its subcharts against their values.schema.json, as Helm validates before it renders.
//!
//! Nothing outside the schema is read: references to other documents are refused, which Helm would fetch.

use std::rc::Rc;

use jsonschema::Draft;
use serde_json::Value as Json;

use super::bound::{self, Refusal};
use super::{format, message, tree};
use crate::chart::Instance;
use crate::limits::{Exceeded, Limits};
use crate::origin::Mark;
use crate::source::{SourceId, Sources};
use crate::value::{Map, Value};
use crate::yaml::json;

/// What a [`Violation`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value does not fit; Helm does not render.
    Mismatch,
    /// The schema cannot be used; Helm does not render.
    Broken,
    /// The schema, or a part of it, was not evaluated: too much work, or it stands in another document. Helm would fetch that
    /// and might then render; a check of the chart reports it and goes on.
    NotEvaluated,
}

/// What a schema has against the values of one chart.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The chart's name in this render.
    pub chart: Rc<str>,
    /// The schema.
    pub schema: SourceId,
    /// The value: a JSON pointer into the chart's values.
    pub path: String,
    /// Its mark, or that of the nearest table around it that has one.
    pub mark: Mark,
    /// All that does not fit the schema, as Helm lists it; nothing when the schema cannot be used.
    pub listing: Rc<str>,
    /// What is wrong, in the words of Helm's library; without a place when the schema itself cannot be used.
    pub message: String,
    /// What follows from it.
    pub kind: Kind,
    /// The limit that was exceeded, if that is the reason.
    pub limit: Option<Exceeded>,
}

/// Validates an instance and all instances in it.
#[must_use]
pub fn validate(instance: &Instance, sources: &Sources, limits: &Limits) -> Vec<Violation> {
    let mut violations = Vec::new();
    if let Some(schema) = instance.chart.schema {
        validate_one(instance, schema, sources, limits, &mut violations);
    }
    for child in &instance.children {
        violations.extend(validate(child, sources, limits));
    }
    violations
}

/// Helm's whole message about violations. Without a network Helm refuses what is not evaluated here, too.
#[must_use]
pub fn message(violations: &[Violation]) -> String {
    let mut text = String::from("values don't meet the specifications of the schema(s) in the following chart(s):\n");
    let mut before: Option<&Violation> = None;
    for violation in violations {
        if before.is_none_or(|before| before.chart != violation.chart || before.schema != violation.schema) {
            text.push_str(&format!("{}:\n", violation.chart));
        }
        match violation.kind {
            Kind::Mismatch if before.is_some_and(|before| Rc::ptr_eq(&before.listing, &violation.listing)) => {}
            Kind::Mismatch => text.push_str(&violation.listing),
            Kind::Broken | Kind::NotEvaluated => text.push_str(&format!("{}\n", violation.message.trim_end())),
        }
        before = Some(violation);
    }
    text
}

fn validate_one(
    instance: &Instance,
    schema: SourceId,
    sources: &Sources,
    limits: &Limits,
    violations: &mut Vec<Violation>,
) {
    let violation = |path: &str, message: String, kind: Kind, limit: Option<Exceeded>| Violation {
        chart: instance.name.clone(),
        schema,
        path: path.to_owned(),
        mark: mark_at(&instance.values, path),
        listing: Rc::default(),
        message,
        kind,
        limit,
    };
    let text = sources.bytes(schema);
    let document = to_json(&instance.values);
    let mut external = Vec::new();
    let compiled = compile(text, &document, limits, &mut external);
    for reference in external {
        let message = Refusal::External(reference).to_string();
        violations.push(violation("", message, Kind::NotEvaluated, None));
    }
    let (schema_json, validator) = match compiled {
        Ok(compiled) => compiled,
        Err(refused) => {
            let (kind, limit) = match &refused {
                Refused::Bound(Refusal::Limit(exceeded)) => (Kind::NotEvaluated, Some(*exceeded)),
                Refused::Bound(Refusal::External(_)) => (Kind::NotEvaluated, None),
                _ => (Kind::Broken, None),
            };
            violations.push(violation("", refused.to_string(), kind, limit));
            return;
        }
    };
    let errors: Vec<_> = validator.iter_errors(&document).collect();
    if errors.is_empty() {
        return;
    }
    let listing: Rc<str> = tree::lines(&errors, tree::Context { schema: &schema_json, document: &document }).into();
    let violation = |path: &str, message: String| Violation {
        listing: Rc::clone(&listing),
        ..violation(path, message, Kind::Mismatch, None)
    };
    let mut missing: Vec<(String, Vec<String>)> = Vec::new();
    for error in &errors {
        let path = error.instance_path().as_str();
        if let jsonschema::error::ValidationErrorKind::Required { property } = error.kind() {
            // Helm names all missing properties of one place in one line.
            let property = property.as_str().unwrap_or_default().to_owned();
            match missing.iter_mut().find(|(place, _)| place == path) {
                Some((_, properties)) => properties.push(property),
                None => missing.push((path.to_owned(), vec![property])),
            }
            continue;
        }
        violations.push(violation(path, message::message_in(&document, error)));
    }
    for (path, properties) in missing {
        violations.push(violation(&path, message::missing(&properties)));
    }
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Bound(#[from] Refusal),
    #[error("{0}")]
    Schema(String),
}

fn compile(
    text: &[u8],
    document: &Json,
    limits: &Limits,
    external: &mut Vec<String>,
) -> Result<(Json, jsonschema::Validator), Refused> {
    Exceeded::check("schema-bytes", text.len() as u64, limits.schema_bytes).map_err(Refusal::Limit)?;
    let mut schema: Json = serde_json::from_slice(text).map_err(|error| not_json(text, &error, limits))?;
    let draft = draft(&schema)?;
    if let Some(keywords) = schema.as_object_mut() {
        // The bare form means the latest draft to Helm and nothing to the evaluator.
        keywords.remove("$schema");
    }
    *external = bound::sever(&mut schema, is_old(draft));
    bound::check(&schema, document, limits)?;
    let built = options(draft, is_old(draft), limits).build(&schema);
    let validator = built.map_err(|error| {
        let lines = against_metaschema(&schema, draft, limits);
        let line = message::line(error.instance_path().as_str(), &message::message(&error));
        let (head, lines) = match lines.is_empty() {
            true => (String::new(), line),
            false => (format!(" jsonschema validation failed with '{}#'", metaschema(draft)), lines),
        };
        Refused::Schema(format!("\"file:///values.schema.json#\" is not valid against metaschema:{head}\n{lines}"))
    })?;
    Ok((schema, validator))
}

fn options<'i>(draft: Draft, formats: bool, limits: &Limits) -> jsonschema::ValidationOptions<'i> {
    let pattern_bytes = usize::try_from(limits.regex_bytes).unwrap_or(usize::MAX);
    let patterns = jsonschema::PatternOptions::regex().size_limit(pattern_bytes);
    let mut options = jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(formats)
        .with_pattern_options(patterns)
        .with_retriever(UnknownNames);
    for (name, check) in format::FORMATS {
        options = options.with_format(*name, |text: &str| check(text).is_ok());
    }
    for name in format::UNKNOWN {
        options = options.with_format(*name, |_: &str| true);
    }
    options
}

/// What the metaschema of its draft has against a schema, as Helm lists it.
fn against_metaschema(schema: &Json, draft: Draft, limits: &Limits) -> String {
    let reference = serde_json::json!({ "$ref": metaschema(draft) });
    let Ok(validator) = options(draft, true, limits).build(&reference) else { return String::new() };
    let errors: Vec<_> = validator.iter_errors(schema).collect();
    tree::lines(&errors, tree::Context { schema: &Json::Null, document: schema })
}

fn metaschema(draft: Draft) -> &'static str {
    match draft {
        Draft::Draft4 => "http://json-schema.org/draft-04/schema",
        Draft::Draft6 => "http://json-schema.org/draft-06/schema",
        Draft::Draft7 => "http://json-schema.org/draft-07/schema",
        Draft::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
        _ => "https://json-schema.org/draft/2020-12/schema",
    }
}

/// The words of Go's decoder, which Helm reads schemas with.
fn not_json(text: &[u8], error: &serde_json::Error, limits: &Limits) -> Refused {
    Refused::Schema(match json::parse(text, limits) {
        Err(json::ParseError::Syntax(message)) if message == "unexpected end of JSON input" => {
            if text.trim_ascii().is_empty() { "EOF" } else { "unexpected EOF" }.to_owned()
        }
        Err(json::ParseError::Syntax(message)) => message,
        _ => format!("invalid JSON: {error}"),
    })
}

fn draft(schema: &Json) -> Result<Draft, Refused> {
    let Some(name) = schema.get("$schema").and_then(Json::as_str) else { return Ok(Draft::Draft202012) };
    let bare = name.trim_end_matches('#');
    let bare = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://")).unwrap_or(bare);
    Ok(match bare {
        "json-schema.org/draft-04/schema" => Draft::Draft4,
        "json-schema.org/draft-06/schema" => Draft::Draft6,
        "json-schema.org/draft-07/schema" => Draft::Draft7,
        "json-schema.org/draft/2019-09/schema" => Draft::Draft201909,
        "json-schema.org/draft/2020-12/schema" | "json-schema.org/schema" => Draft::Draft202012,
        _ => return Err(Refusal::External(name.to_owned()).into()),
    })
}

/// Drafts in which `format` is asserted, and in which nothing counts beside a `$ref`.
fn is_old(draft: Draft) -> bool {
    matches!(draft, Draft::Draft4 | Draft::Draft6 | Draft::Draft7)
}

/// Answers for names that stand for nothing; everything else that would have to be fetched was refused before.
struct UnknownNames;

impl jsonschema::Retrieve for UnknownNames {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        if uri.as_str().starts_with("urn:") { Ok(Json::Bool(true)) } else { Err("not followed".into()) }
    }
}

fn to_json(values: &Map) -> Json {
    Json::Object(values.entries().into_iter().map(|(key, value)| (key.to_string(), value_to_json(&value))).collect())
}

/// Values that were composed nest no deeper than the composer allows.
fn value_to_json(value: &Value) -> Json {
    match value {
        Value::Bool(_, value) => Json::Bool(*value),
        Value::Int(_, _, value) => Json::from(*value),
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        Value::Float(_, value) if value.fract() == 0.0 && value.abs() < 9e15 => Json::from(*value as i64),
        Value::Float(_, value) => Json::from(*value),
        Value::Str(_, text) | Value::Bytes(_, text) => Json::String(text.to_str().into_owned()),
        Value::List(_, list) => Json::Array(list.items().iter().map(value_to_json).collect()),
        Value::Map(_, map) => to_json(map),
        Value::Nil(_) | Value::Struct(..) => Json::Null,
    }
}

/// The mark at a JSON pointer, or the nearest one on the way there.
fn mark_at(values: &Rc<Map>, path: &str) -> Mark {
    let mut mark = Mark::NONE;
    let mut here = Value::Map(Mark::NONE, values.clone());
    for part in path.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match &here {
            Value::Map(_, map) => map.get(&part),
            Value::List(_, list) => part.parse::<usize>().ok().and_then(|index| list.items().get(index).cloned()),
            _ => None,
        };
        let Some(next) = next else { break };
        if !next.mark().is_none() {
            mark = next.mark();
        }
        here = next;
    }
    mark
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Overrides, load, prepare};
    use crate::origin::Origins;

    fn violations(schema: &str, values: &str, limits: &Limits) -> Vec<Violation> {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("Chart.yaml", "apiVersion: v2\nname: p\nversion: 0.1.0\n");
        write("values.yaml", values);
        write("values.schema.json", schema);
        let (mut sources, mut origins) = (Sources::new(), Origins::new(true));
        let chart = load(folder.path(), &mut sources, limits).chart.unwrap();
        let prepared = prepare(&chart, &Overrides::default(), &mut sources, &mut origins, limits).unwrap();
        let found = validate(&prepared.root, &sources, limits);
        for violation in found.iter().filter(|violation| violation.path == "/a/b") {
            assert_eq!(origins.key_path(violation.mark), "a.b");
        }
        found
    }

    fn lines(schema: &str, values: &str) -> Vec<String> {
        let found = violations(schema, values, &Limits::default());
        found.iter().map(|violation| message::line(&violation.path, &violation.message)).collect()
    }

    #[test]
    fn violations_read_as_helms() {
        let schema = r#"{"required": ["q", "r"], "properties": {"a": {"properties": {"b": {"type": ["string", "null"]}}},
            "e": {"enum": ["x", 2]}, "n": {"minimum": 3}, "m": {"additionalProperties": false}}}"#;
        assert_eq!(
            lines(schema, "a: {b: 1}\ne: z\nn: 2\nm: {k: 1}\n"),
            [
                "- at '/a/b': got number, want null or string",
                "- at '/e': value must be one of 'x', 2",
                "- at '/m': additional properties 'k' not allowed",
                "- at '': missing properties 'q', 'r'",
            ]
        );
        assert_eq!(lines(r#"{"properties": {"w": {"minimum": 3}}}"#, "w: 2\n"), ["- at '/w': minimum: got 2, want 3"]);
        assert_eq!(lines(r#"{"properties": {"a": {"type": "integer"}}}"#, "a: 5\n"), [""; 0]);
    }

    #[test]
    fn helm_lists_violations_as_a_tree() {
        let schema = r##"{"definitions": {"name": {"type": "string", "maxLength": 1}}, "properties": {
            "a": {"allOf": [{"type": "string"}, {"minimum": 70000.5}]},
            "b": {"$ref": "#/definitions/name", "minLength": 4},
            "c": {"required": ["x", "y"], "properties": {"z": {"enum": ["e"], "minLength": 9}}},
            "d": {"anyOf": [{"required": ["e"]}, {"$ref": "#/definitions/name"}]},
            "e": {"dependentRequired": {"p": ["q"]}, "propertyNames": {"maxLength": 0}},
            "f": {"items": {"multipleOf": 2}}, "g": {"unevaluatedProperties": false}}}"##;
        let found = violations(
            schema,
            "a: 1\nb: ab\nc: {z: \"\"}\nd: {}\ne: {p: 1}\nf: [1, 3]\ng: {h: 1}\n",
            &Limits::default(),
        );
        let expected = "\
- at '/a': 'allOf' failed
  - at '/a': got number, want string
  - at '/a': minimum: got 1, want 70,000.5
- at '/b': validation failed
  - at '/b': maxLength: got 2, want 1
  - at '/b': minLength: got 2, want 4
- at '/c': validation failed
  - at '/c': missing properties 'x', 'y'
  - at '/c/z': value must be 'e'
- at '/d': 'anyOf' failed
  - at '/d': missing property 'e'
  - at '/d': got object, want string
- at '/e': validation failed
  - at '': invalid propertyName 'p'
    - at '': maxLength: got 1, want 0
  - at '/e': properties 'q' required, if 'p' exists
- at '/f': validation failed
  - at '/f/0': multipleOf: got 1, want 2
  - at '/f/1': multipleOf: got 3, want 2
- at '/g/h': false schema
";
        assert_eq!(&*found[0].listing, expected);
        assert!(super::message(&found).ends_with(&format!("in the following chart(s):\np:\n{expected}")));
    }

    #[test]
    fn schemas_are_checked_against_their_metaschema() {
        let found = violations(r#"{"properties": {"a": {"type": "strin"}}}"#, "", &Limits::default());
        let expected = "\"file:///values.schema.json#\" is not valid against metaschema: \
                        jsonschema validation failed with 'https://json-schema.org/draft/2020-12/schema#'\n\
                        - at '': 'allOf' failed\n  - at '/properties/a': 'allOf' failed\n    \
                        - at '/properties/a/type': 'anyOf' failed\n";
        assert!(found[0].message.starts_with(expected), "{}", found[0].message);
    }

    #[test]
    fn formats_count_up_to_draft_07() {
        for (draft, count) in [
            ("http://json-schema.org/draft-04/schema#", 1),
            ("http://json-schema.org/draft-07/schema#", 1),
            ("https://json-schema.org/draft/2019-09/schema", 0),
            ("http://json-schema.org/schema#", 0),
        ] {
            let schema = format!(r#"{{"$schema": "{draft}", "properties": {{"i": {{"format": "ipv4"}}}}}}"#);
            assert_eq!(lines(&schema, "i: nope\n").len(), count, "{draft}");
        }
    }

    #[test]
    fn what_is_not_evaluated_is_said() {
        let schema = r#"{"properties": {"a": {"$ref": "http://127.0.0.1:1/x.json"}, "b": {"type": "string"}}}"#;
        let found = violations(schema, "a: 1\nb: 1\n", &Limits::default());
        let kinds: Vec<Kind> = found.iter().map(|violation| violation.kind).collect();
        assert_eq!(kinds, [Kind::NotEvaluated, Kind::Mismatch]);
        let only = violations(r#"{"$ref": "file:///dev/zero"}"#, "a: 1\n", &Limits::default());
        assert_eq!((only.len(), only[0].kind), (1, Kind::NotEvaluated));
        assert!(super::message(&only).contains("failing loading \"file:///dev/zero\""));
        let foreign = violations(r#"{"$schema": "http://example.invalid/x"}"#, "", &Limits::default());
        assert_eq!(foreign[0].kind, Kind::NotEvaluated);
    }

    #[test]
    fn broken_schemas_are_no_panic() {
        for schema in ["", "1E1111111", "null", "[]", "\"x\"", "{", r#"{"type": "strin"}"#, r#"{"pattern": "("}"#] {
            let found = violations(schema, "a: 1\n", &Limits::default());
            assert!(found.iter().all(|violation| violation.kind == Kind::Broken) && !found.is_empty(), "{schema}");
        }
        assert_eq!(violations("true", "a: 1\n", &Limits::default()).len(), 0);
        let nested = format!("{}{}", r#"{"not":"#.repeat(100_000), "}".repeat(100_000));
        assert_eq!(violations(&nested, "", &Limits::default()).len(), 1);
    }

    #[test]
    fn size_stops_one_over() {
        for (limit, count) in [(3, 0), (2, 0), (1, 1)] {
            let limits = Limits { schema_bytes: limit, ..Limits::default() };
            assert_eq!(violations("{}", "", &limits).len(), count, "{limit}");
        }
    }
}
