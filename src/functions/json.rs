//! Sprig's and Helm's functions that write and read JSON.

use super::yaml::error_map;
use crate::origin::Mark;
use crate::template::{Call, CallError, Function, Type};
use crate::text::Text;
use crate::value::{Key, Value};
use crate::yaml::Placed;
use crate::yaml::json::{Layout, MarshalError, ParseError, parse_text, write};

/// The rows of this page.
pub(super) const TABLE: &[Function] = &[
    Function { name: "fromJson", params: &[Type::String], variadic: false, run: from_json },
    Function { name: "fromJsonArray", params: &[Type::String], variadic: false, run: from_json_array },
    Function { name: "mustFromJson", params: &[Type::String], variadic: false, run: must_from_json },
    Function { name: "mustToJson", params: &[Type::Any], variadic: false, run: must_to_json },
    Function { name: "mustToPrettyJson", params: &[Type::Any], variadic: false, run: must_to_pretty_json },
    Function { name: "mustToRawJson", params: &[Type::Any], variadic: false, run: to_raw_json },
    Function { name: "toJson", params: &[Type::Any], variadic: false, run: to_json },
    Function { name: "toPrettyJson", params: &[Type::Any], variadic: false, run: to_pretty_json },
    Function { name: "toRawJson", params: &[Type::Any], variadic: false, run: to_raw_json },
];

const COMPACT: Layout = Layout { raw: false, pretty: false };
const PRETTY: Layout = Layout { raw: false, pretty: true };
const RAW: Layout = Layout { raw: true, pretty: false };

/// A map out of JSON; what is wrong with the text becomes its key `Error`.
fn from_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    match read(call)? {
        Ok((value @ Value::Map(..), range)) => {
            if let (Some(message), Some(map)) = (range, value.as_map()) {
                map.insert(Key::from("Error"), Value::str(message));
            }
            Ok(value)
        }
        Ok((Value::Nil(_), _)) => Ok(Value::map(Vec::new())),
        Ok((value, _)) => Ok(error_map(&mismatch(&value, "map[string]interface {}"))),
        Err(message) => Ok(error_map(&message)),
    }
}

/// A list out of JSON; what is wrong with the text becomes its only item.
fn from_json_array(call: &mut Call<'_>) -> Result<Value, CallError> {
    let failed = |message: String| Value::list(vec![Value::str(message)]);
    Ok(match read(call)? {
        Ok((Value::List(..), Some(message))) | Err(message) => failed(message),
        Ok((value @ Value::List(..), None)) => value,
        Ok((Value::Nil(_), _)) => Value::list(Vec::new()),
        Ok((value, _)) => failed(mismatch(&value, "[]interface {}")),
    })
}

/// Any value out of JSON; an error when there is none.
fn must_from_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    match read(call)? {
        Ok((value, None)) => Ok(value),
        Ok((_, Some(message))) | Err(message) => Err(message.into()),
    }
}

/// JSON of a value; an error when there is none.
fn must_to_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    written(call, COMPACT)
}

/// JSON of a value in lines of their own; an error when there is none.
fn must_to_pretty_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    written(call, PRETTY)
}

/// JSON of a value; empty when there is none.
fn to_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    or_empty(written(call, COMPACT))
}

/// JSON of a value in lines of their own; empty when there is none.
fn to_pretty_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    or_empty(written(call, PRETTY))
}

/// JSON of a value with `<`, `>` and `&` as they are; an error when there is none.
fn to_raw_json(call: &mut Call<'_>) -> Result<Value, CallError> {
    written(call, RAW)
}

fn or_empty(result: Result<Value, CallError>) -> Result<Value, CallError> {
    match result {
        Err(CallError::Message(_)) => Ok(Value::str("")),
        other => other,
    }
}

fn written(call: &mut Call<'_>, layout: Layout) -> Result<Value, CallError> {
    match write(call.arg(0), layout, call.frame, &mut call.exec.origins, &call.exec.environment.limits) {
        Ok(text) => Ok(Value::str(text)),
        Err(MarshalError::Unsupported(message)) => Err(message.into()),
        Err(MarshalError::Limit(exceeded)) => Err(exceeded.into()),
    }
}

type Answer = Result<(Value, Option<String>), String>;

/// The value, or Go's message; an exceeded budget ends the render.
fn read(call: &mut Call<'_>) -> Result<Answer, CallError> {
    let empty = Text::new();
    let (mark, text) = match call.arg(0) {
        Value::Str(mark, text) => (*mark, &**text),
        _ => (Mark::NONE, &empty),
    };
    let placed = Placed::new(text, mark, call.frame, &mut call.exec.origins);
    match parse_text(placed, &call.exec.environment.limits) {
        Ok(answer) => Ok(Ok(answer)),
        Err(ParseError::Syntax(message)) => Ok(Err(message)),
        Err(ParseError::Limit(exceeded)) => Err(exceeded.into()),
    }
}

fn mismatch(value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Bool(..) => "bool",
        Value::Float(..) => "number",
        Value::Str(..) => "string",
        Value::List(..) => "array",
        _ => "object",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}
