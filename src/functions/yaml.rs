//! Helm's functions that write and read YAML.

use std::rc::Rc;

use crate::template::{Call, CallError, Function, Type};
use crate::text::Text;
use crate::value::{Key, Value};
use crate::yaml::{self, ReadError, WriteError, node::Data, node::Node};

/// The rows of this page.
pub(super) const TABLE: &[Function] = &[
    Function { name: "fromYaml", params: &[Type::String], variadic: false, run: from_yaml },
    Function { name: "fromYamlArray", params: &[Type::String], variadic: false, run: from_yaml_array },
    Function { name: "mustToYaml", params: &[Type::Any], variadic: false, run: must_to_yaml },
    Function { name: "toYaml", params: &[Type::Any], variadic: false, run: to_yaml },
    Function { name: "toYamlPretty", params: &[Type::Any], variadic: false, run: to_yaml_pretty },
];

/// A map out of YAML; what is wrong with the text becomes its key `Error`.
fn from_yaml(call: &mut Call<'_>) -> Result<Value, CallError> {
    let answer = |call: &mut Call<'_>, node: &Node| match &node.data {
        Data::Map(_) => Ok(placed(call, node)),
        Data::Null => Ok(Value::map(Vec::new())),
        data => Err(yaml::mismatch(data, "map[string]interface {}")),
    };
    match read(call)? {
        Ok(Some(node)) => Ok(answer(call, &node).unwrap_or_else(|message| error_map(&message))),
        Ok(None) => Ok(Value::map(Vec::new())),
        Err(message) => Ok(error_map(&message)),
    }
}

/// A list out of YAML; what is wrong with the text becomes its only item.
fn from_yaml_array(call: &mut Call<'_>) -> Result<Value, CallError> {
    match read(call)? {
        Ok(Some(node)) => Ok(match &node.data {
            Data::List(_) => placed(call, &node),
            Data::Null => Value::list(Vec::new()),
            data => Value::list(vec![Value::str(yaml::mismatch(data, "[]interface {}"))]),
        }),
        Ok(None) => Ok(Value::list(Vec::new())),
        Err(message) => Ok(Value::list(vec![Value::str(message)])),
    }
}

/// YAML of a value with its last line break; an error when there is none.
pub(super) fn whole(call: &mut Call<'_>) -> Result<Value, CallError> {
    match yaml::write(call.arg(0), call.frame, &mut call.exec.origins, &call.exec.environment.limits) {
        Ok(text) => Ok(Value::str(text)),
        Err(WriteError::Unsupported(message)) => Err(message.into()),
        Err(WriteError::Limit(exceeded)) => Err(exceeded.into()),
    }
}

/// YAML of a value; an error when there is none.
fn must_to_yaml(call: &mut Call<'_>) -> Result<Value, CallError> {
    match whole(call)? {
        Value::Str(_, text) => Ok(without_newline(Rc::unwrap_or_clone(text))),
        other => Ok(other),
    }
}

/// YAML of a value; empty when there is none.
fn to_yaml(call: &mut Call<'_>) -> Result<Value, CallError> {
    let text = yaml::write(call.arg(0), call.frame, &mut call.exec.origins, &call.exec.environment.limits);
    or_empty(text)
}

/// YAML of a value with indented lists and unfolded lines.
fn to_yaml_pretty(call: &mut Call<'_>) -> Result<Value, CallError> {
    let text = yaml::write_pretty(call.arg(0), call.frame, &mut call.exec.origins, &call.exec.environment.limits);
    or_empty(text)
}

fn or_empty(text: Result<Text, WriteError>) -> Result<Value, CallError> {
    match text {
        Ok(text) => Ok(without_newline(text)),
        Err(WriteError::Unsupported(_)) => Ok(Value::str("")),
        Err(WriteError::Limit(exceeded)) => Err(exceeded.into()),
    }
}

fn without_newline(mut text: Text) -> Value {
    if text.as_bytes().ends_with(b"\n") {
        text.truncate(text.len() - 1);
    }
    Value::str(text)
}

/// The document, or Go's message; an exceeded budget ends the render.
fn read(call: &Call<'_>) -> Result<Result<Option<Node>, String>, CallError> {
    match yaml::read(call.bytes(0), &call.environment().limits) {
        Ok(node) => Ok(Ok(node)),
        Err(ReadError { exceeded: Some(exceeded), .. }) => Err(exceeded.into()),
        Err(error) => Ok(Err(format!("error converting YAML to JSON: {error}"))),
    }
}

/// The value of a node of the argument, every part with the origin of its bytes.
fn placed(call: &mut Call<'_>, node: &Node) -> Value {
    match call.arg(0) {
        Value::Str(mark, text) => {
            let text = yaml::Placed::new(text, *mark, call.frame, &mut call.exec.origins);
            yaml::to_value_of_text(node, text)
        }
        _ => Value::NIL,
    }
}

/// What the functions that read answer when they cannot.
pub(super) fn error_map(message: &str) -> Value {
    Value::map(vec![(Key::from("Error"), Value::str(message))])
}
