//! What a schema says about a value, in the words that Helm's library uses.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value as Json;

use super::format;
use crate::template::format::quote_go;

/// The lines about one error without their place; lines behind the first are indented below it.
pub(super) fn message(error: &ValidationError<'_>) -> String {
    let value = error.instance();
    match error.kind() {
        ValidationErrorKind::AdditionalItems { limit } => {
            let more = value.as_array().map_or(0, Vec::len).saturating_sub(*limit);
            format!("last {more} additionalItem(s) not allowed")
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("additional properties {} not allowed", quoted(unexpected))
        }
        ValidationErrorKind::AnyOf { context } => nested("'anyOf' failed", context),
        ValidationErrorKind::OneOfNotValid { context } => nested("'oneOf' failed, none matched", context),
        ValidationErrorKind::OneOfMultipleValid { context } => {
            let valid = context.iter().zip(0..).filter(|(errors, _)| errors.is_empty()).map(|(_, index)| index);
            let valid: Vec<usize> = valid.take(2).collect();
            let [first, second] = valid.as_slice() else { return "'oneOf' failed".to_owned() };
            format!("'oneOf' failed, subschemas {first}, {second} matched")
        }
        ValidationErrorKind::Constant { expected_value } => match shown(expected_value) {
            Some(expected) => format!("value must be {expected}"),
            None => "'const' failed".to_owned(),
        },
        ValidationErrorKind::Contains => "no items match contains schema".to_owned(),
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let shown: Option<Vec<String>> = options.iter().map(shown).collect();
            match shown.as_deref() {
                Some([only]) => format!("value must be {only}"),
                Some(shown) => format!("value must be one of {}", shown.join(", ")),
                None => "'enum' failed".to_owned(),
            }
        }
        ValidationErrorKind::FalseSchema => "false schema".to_owned(),
        ValidationErrorKind::Format { format } => {
            let fault = value.as_str().and_then(|text| format::fault(format, text));
            let fault = fault.map(|fault| format!(": {fault}")).unwrap_or_default();
            format!("{} is not valid {format}{fault}", shown(value).unwrap_or_else(|| "value".to_owned()))
        }
        ValidationErrorKind::ExclusiveMaximum { limit } => compared("exclusiveMaximum", value, limit.as_f64()),
        ValidationErrorKind::ExclusiveMinimum { limit } => compared("exclusiveMinimum", value, limit.as_f64()),
        ValidationErrorKind::Maximum { limit } => compared("maximum", value, limit.as_f64()),
        ValidationErrorKind::Minimum { limit } => compared("minimum", value, limit.as_f64()),
        ValidationErrorKind::MultipleOf { multiple_of } => compared("multipleOf", value, Some(*multiple_of)),
        ValidationErrorKind::MaxItems { limit } => counted("maxItems", value, *limit),
        ValidationErrorKind::MinItems { limit } => counted("minItems", value, *limit),
        ValidationErrorKind::MaxLength { limit } => counted("maxLength", value, *limit),
        ValidationErrorKind::MinLength { limit } => counted("minLength", value, *limit),
        ValidationErrorKind::MaxProperties { limit } => counted("maxProperties", value, *limit),
        ValidationErrorKind::MinProperties { limit } => counted("minProperties", value, *limit),
        ValidationErrorKind::Not { .. } => "'not' failed".to_owned(),
        ValidationErrorKind::Pattern { pattern } => {
            let text = value.as_str().unwrap_or_default();
            format!("{} does not match pattern {}", quote(text), quote(pattern))
        }
        ValidationErrorKind::PropertyNames { error } => {
            let name = error.instance().as_str().map(quote).unwrap_or_default();
            format!("invalid propertyName {name}\n  - at '': {}", indented(&message(error)))
        }
        ValidationErrorKind::Required { property } => {
            format!("missing property {}", property.as_str().map(quote).unwrap_or_default())
        }
        ValidationErrorKind::Type { kind } => {
            let wanted: Vec<&str> = match kind {
                TypeKind::Single(one) => vec![type_name(*one)],
                TypeKind::Multiple(many) => many.iter().map(type_name).collect(),
            };
            format!("got {}, want {}", found_type(value), wanted.join(" or "))
        }
        ValidationErrorKind::UnevaluatedItems { .. } => "unevaluated items not allowed".to_owned(),
        ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            format!("unevaluated properties {} not allowed", quoted(unexpected))
        }
        ValidationErrorKind::UniqueItems => duplicates(value),
        _ => error.to_string(),
    }
}

/// The message about an error in `document`.
pub(super) fn message_in(document: &Json, error: &ValidationError<'_>) -> String {
    // The evaluator speaks of a false schema where an object may have no properties but the known ones, and knows none.
    if matches!(error.kind(), ValidationErrorKind::FalseSchema)
        && error.schema_path().as_str().ends_with("/additionalProperties")
        && let Some(Json::Object(entries)) = document.pointer(error.instance_path().as_str())
    {
        let names: Vec<String> = entries.keys().cloned().collect();
        return format!("additional properties {} not allowed", quoted(&names));
    }
    message(error)
}

/// An error with its place, as one line of Helm's list (and the lines below it).
pub(super) fn line(path: &str, message: &str) -> String {
    format!("- at '{path}': {message}")
}

fn nested(head: &str, alternatives: &[Vec<ValidationError<'static>>]) -> String {
    let mut text = head.to_owned();
    for error in alternatives.iter().flatten() {
        let line = line(error.instance_path().as_str(), &message(error));
        text.push_str("\n  ");
        text.push_str(&indented(&line));
    }
    text
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

fn duplicates(value: &Json) -> String {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    for (second, item) in items.iter().enumerate() {
        if let Some(first) = items.iter().take(second).position(|other| other == item) {
            return format!("items at {first} and {second} are equal");
        }
    }
    "items are equal".to_owned()
}

fn compared(keyword: &str, value: &Json, limit: Option<f64>) -> String {
    let shown = |number: Option<f64>| number.map(localized).unwrap_or_default();
    format!("{keyword}: got {}, want {}", shown(value.as_f64()), shown(limit))
}

fn counted(keyword: &str, value: &Json, limit: u64) -> String {
    format!("{keyword}: got {}, want {}", grouped(&size(value).to_string()), grouped(&limit.to_string()))
}

/// `%v` of a number as golang.org/x/text prints it in English: `70,000.25`, `1.5×10⁻⁰⁹`.
fn localized(number: f64) -> String {
    let scientific = format!("{number:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return grouped(&number.to_string());
    }
    let sign = if exponent < 0 { "⁻" } else { "" };
    let exponent: String = format!("{:02}", exponent.unsigned_abs()).chars().map(superscript).collect();
    format!("{mantissa}×10{sign}{exponent}")
}

fn superscript(digit: char) -> char {
    let index = digit.to_digit(10).unwrap_or_default() as usize;
    "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(index).unwrap_or(digit)
}

/// Digits in groups of three.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, digits) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut out = sign.to_owned();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

fn size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(entries) => entries.len(),
        _ => 0,
    }
}

/// Scalars are shown, anything larger is not.
fn shown(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(quote(text)),
        Json::Array(_) | Json::Object(_) => None,
        Json::Null => Some("<nil>".to_owned()),
        scalar => Some(scalar.to_string()),
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

/// Go's quoting with single quotes around it.
fn quote(text: &str) -> String {
    let quoted = quote_go(text.as_bytes());
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

fn found_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn type_name(of: JsonType) -> &'static str {
    match of {
        JsonType::Array => "array",
        JsonType::Boolean => "boolean",
        JsonType::Integer => "integer",
        JsonType::Null => "null",
        JsonType::Number => "number",
        JsonType::Object => "object",
        JsonType::String => "string",
    }
}

/// Missing properties of one object.
pub(super) fn missing(properties: &[String]) -> String {
    let noun = if properties.len() == 1 { "property" } else { "properties" };
    format!("missing {noun} {}", quoted(properties))
}

/// A property that asks for others.
pub(super) fn dependent(missing: &[String], name: &str) -> String {
    format!("properties {} required, if {} exists", quoted(missing), quote(name))
}

/// A property whose name does not fit.
pub(super) fn property_name(name: &str) -> String {
    format!("invalid propertyName {}", quote(name))
}
