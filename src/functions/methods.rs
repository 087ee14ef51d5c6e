//! Methods of the values that templates hold: Kubernetes versions, API versions, and those of other pages.

use std::rc::Rc;

use super::{Outcome, fixed};
use crate::template::format::quote_go;
use crate::template::{Call, Function, Type};
use crate::value::{ListType, Map, MapType, Native, Value};

const KUBE_VERSION: &[Function] =
    &[fixed("GitVersion", &[Type::Any], git_version), fixed("String", &[Type::Any], normalized)];

const VALUES: &[Function] = &[
    fixed("AsMap", &[Type::Any], as_map),
    fixed("Encode", &[Type::Any, Type::Writer], encode),
    fixed("PathValue", &[Type::Any, Type::String], path_value),
    fixed("Table", &[Type::Any, Type::String], table),
    fixed("YAML", &[Type::Any], yaml),
];

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
        Value::Map(_, map) if map.of == MapType::Files => return super::files::method(name),
        Value::Map(_, map) if map.of == MapType::Values => VALUES,
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

/// The values as a `map[string]interface {}`; what is set in it is set in the values, unless there are none.
fn as_map(call: &mut Call<'_>) -> Outcome {
    let values = call.map(0);
    let map = if values.is_empty() { Rc::new(Map::new(MapType::Any)) } else { Map::converted(&values, MapType::Any) };
    Ok(Value::Map(call.arg(0).mark(), map))
}

/// No template has anything to write to.
fn encode(_: &mut Call<'_>) -> Outcome {
    Err("runtime error: invalid memory address or nil pointer dereference".into())
}

/// The table at a dotted path.
fn table(call: &mut Call<'_>) -> Outcome {
    match find(call.arg(0), &call.str(1)) {
        Ok(Value::Map(mark, map)) => Ok(Value::Map(mark, Map::converted(&map, MapType::Values))),
        Ok(_) => Ok(Value::NIL),
        Err(missing) => Err(format!("{} is not a table", quote_go(missing.as_bytes())).into()),
    }
}

/// The value at a dotted path, which is no table.
fn path_value(call: &mut Call<'_>) -> Outcome {
    let path = call.str(1);
    if path.is_empty() {
        return Err("YAML path cannot be empty".into());
    }
    let (parent, key) = match path.rsplit_once('.') {
        Some((parents, key)) => (find(call.arg(0), parents).ok(), key),
        None => (Some(call.arg(0).clone()), &*path),
    };
    let found = parent.and_then(|parent| parent.as_map()?.get(key)).filter(|value| !is_table(value));
    found.ok_or_else(|| format!("{} is not a value", quote_go(key.as_bytes())).into())
}

/// YAML of the values, with its last line break.
fn yaml(call: &mut Call<'_>) -> Outcome {
    super::yaml::whole(call)
}

fn is_table(value: &Value) -> bool {
    value.as_map().is_some_and(|map| map.of == MapType::Any)
}

/// The table at a dotted path, or the part that is none.
fn find(values: &Value, path: &str) -> Result<Value, String> {
    path.split('.').try_fold(values.clone(), |table, key| {
        let inner = table.as_map().and_then(|table| table.get(key));
        let inner = inner.filter(|inner| inner.as_map().is_some_and(|map| map.of != MapType::String));
        inner.ok_or_else(|| key.to_owned())
    })
}
