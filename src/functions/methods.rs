//! Methods of the values that templates hold: Kubernetes versions, API versions, and those of other pages.

use super::{Outcome, fixed};
use crate::template::{Call, Function, Type};
use crate::value::{ListType, Native, Value};

const KUBE_VERSION: &[Function] =
    &[fixed("GitVersion", &[Type::Any], git_version), fixed("String", &[Type::Any], normalized)];

const VERSION_SET: &[Function] = &[fixed("Has", &[Type::Any, Type::String], has)];

/// The method of a value by name.
#[must_use]
pub fn methods(receiver: &Value, name: &str) -> Option<&'static Function> {
    let table = match receiver {
        Value::List(_, list) if list.of == ListType::VersionSet => VERSION_SET,
        Value::Struct(_, of) if of.type_name == "common.KubeVersion" => KUBE_VERSION,
        Value::Struct(_, of) if matches!(of.native, Native::Version(_)) => {
            return super::semver::method(receiver, name);
        }
        Value::Struct(..) => return super::date::method(receiver, name),
        Value::Map(_, map) if map.of == crate::value::MapType::Files => return super::files::method(name),
        _ => return None,
    };
    table.iter().find(|function| function.name == name)
}

/// The version as it was given.
fn git_version(call: &mut Call<'_>) -> Outcome {
    let Value::Struct(_, version) = call.arg(0) else { return Ok(Value::NIL) };
    Ok(version.fields.iter().find(|(name, _)| *name == "Version").map_or(Value::NIL, |(_, value)| value.clone()))
}

/// The version without a provider's suffix.
fn normalized(call: &mut Call<'_>) -> Outcome {
    let Value::Struct(_, version) = call.arg(0) else { return Ok(Value::NIL) };
    Ok(if let Native::Addressed(text) = &version.native { Value::str(text.as_str()) } else { Value::NIL })
}

/// Whether the set holds exactly this group version.
fn has(call: &mut Call<'_>) -> Outcome {
    let wanted = call.bytes(1);
    let set = call.list(0);
    Ok(Value::bool(set.items().iter().any(|item| item.as_text().is_some_and(|text| text.as_bytes() == wanted))))
}
