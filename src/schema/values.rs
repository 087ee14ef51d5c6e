//! The values of a chart and of its subcharts against their values.schema.json, as Helm validates before it renders.
//!
//! Nothing outside the schema is read: references to other documents are refused, which Helm would fetch.

use std::rc::Rc;

use jsonschema::Draft;
use serde_json::Value as Json;

use super::bound::{self, Refusal};
use super::message;
use crate::chart::Instance;
use crate::limits::{Exceeded, Limits};
use crate::origin::Mark;
use crate::source::{SourceId, Sources};
use crate::value::{Map, Value};

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
    /// What is wrong, in the words of Helm's library; without a place when the schema itself cannot be used.
    pub message: String,
    /// Whether the schema itself cannot be used.
    pub refused: bool,
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

/// Helm's whole message about violations.
#[must_use]
pub fn message(violations: &[Violation]) -> String {
    let mut text = String::from("values don't meet the specifications of the schema(s) in the following chart(s):\n");
    for (index, violation) in violations.iter().enumerate() {
        let same = index.checked_sub(1).and_then(|before| violations.get(before));
        if same.is_none_or(|before| before.chart != violation.chart || before.schema != violation.schema) {
            text.push_str(&format!("{}:\n", violation.chart));
        }
        if violation.refused {
            text.push_str(&violation.message);
        } else {
            text.push_str(&message::line(&violation.path, &violation.message));
        }
        text.push('\n');
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
    let violation = |path: &str, message: String, refused: bool, limit: Option<Exceeded>| Violation {
        chart: instance.name.clone(),
        schema,
        path: path.to_owned(),
        mark: mark_at(&instance.values, path),
        message,
        refused,
        limit,
    };
    let text = sources.bytes(schema);
    let document = to_json(&instance.values);
    let validator = match compile(text, &document, limits) {
        Ok(validator) => validator,
        Err(refusal) => {
            let limit = if let Refused::Bound(Refusal::Limit(exceeded)) = &refusal { Some(*exceeded) } else { None };
            violations.push(violation("", refusal.to_string(), true, limit));
            return;
        }
    };
    let mut missing: Vec<(String, Vec<String>)> = Vec::new();
    for error in validator.iter_errors(&document) {
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
        violations.push(violation(path, message::message(&error), false, None));
    }
    for (path, properties) in missing {
        violations.push(violation(&path, message::missing(&properties), false, None));
    }
}

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Bound(#[from] Refusal),
    #[error("invalid JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Schema(String),
}

fn compile(text: &[u8], document: &Json, limits: &Limits) -> Result<jsonschema::Validator, Refused> {
    Exceeded::check("schema-bytes", text.len() as u64, limits.schema_bytes).map_err(Refusal::Limit)?;
    let mut schema: Json = serde_json::from_slice(text)?;
    let draft = draft(&schema)?;
    if let Some(keywords) = schema.as_object_mut() {
        // The bare form means the latest draft to Helm and nothing to the evaluator.
        keywords.remove("$schema");
    }
    bound::check(&schema, document, limits)?;
    let pattern_bytes = usize::try_from(limits.regex_bytes).unwrap_or(usize::MAX);
    let patterns = jsonschema::PatternOptions::regex().size_limit(pattern_bytes);
    jsonschema::options()
        .with_draft(draft)
        .should_validate_formats(matches!(draft, Draft::Draft4 | Draft::Draft6 | Draft::Draft7))
        .with_format("uuid", is_uuid)
        .with_pattern_options(patterns)
        .with_retriever(UnknownNames)
        .build(&schema)
        .map_err(|error| {
            let path = error.instance_path().as_str();
            let line = message::line(path, &message::message(&error));
            Refused::Schema(format!("\"file:///values.schema.json#\" is not valid against metaschema:\n{line}"))
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

/// Answers for names that stand for nothing; everything else that would have to be fetched was refused before.
struct UnknownNames;

impl jsonschema::Retrieve for UnknownNames {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Json, Box<dyn std::error::Error + Send + Sync>> {
        if uri.as_str().starts_with("urn:") { Ok(Json::Bool(true)) } else { Err("not followed".into()) }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
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
