//! Sprig's dict functions but merging. Maps are shared: `set` and `unset` change the map that every holder sees.
//!
//! Where Go answers in random order (`keys`, `values`), the order here is that of the keys.

use std::collections::HashSet;
use std::rc::Rc;

use super::print::strval;
use super::work::Work;
use super::{Outcome, fixed, variadic};
use crate::limits::Exceeded;
use crate::template::Type::{Any, Map as Dict, String as Str};
use crate::template::{Call, CallError, Function};
use crate::value::{Key, List, ListType, Map, MapType, Native, Struct, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("deepCopy", &[Any], deep_copy),
    variadic("dict", &[Any], dict),
    variadic("dig", &[Any], dig),
    fixed("get", &[Dict, Str], get),
    fixed("hasKey", &[Dict, Str], has_key),
    variadic("keys", &[Dict], keys),
    fixed("mustDeepCopy", &[Any], deep_copy),
    variadic("omit", &[Dict, Str], omit),
    variadic("pick", &[Dict, Str], pick),
    variadic("pluck", &[Str, Dict], pluck),
    fixed("set", &[Dict, Str, Any], set),
    fixed("unset", &[Dict, Str], unset),
    fixed("values", &[Dict], values),
];

/// A copy whose maps and lists are shared with nobody. Origins stay.
fn deep_copy(call: &mut Call<'_>) -> Outcome {
    if call.arg(0).is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    Ok(copy(call.arg(0), &mut Work::of(call), 0)?)
}

fn copy(value: &Value, work: &mut Work, depth: u64) -> Result<Value, Exceeded> {
    work.step(1)?;
    work.check_depth(depth)?;
    match value {
        Value::List(_, list) if list.is_nil() => Ok(value.clone()),
        Value::List(mark, list) => {
            let items: Result<_, _> = list.items().iter().map(|item| copy(item, work, depth + 1)).collect();
            Ok(Value::List(*mark, Rc::new(List::new(list.of, items?))))
        }
        Value::Map(mark, map) => {
            let entries = map.entries().into_iter();
            let copied: Result<_, _> =
                entries.map(|(key, item)| copy(&item, work, depth + 1).map(|item| (key, item))).collect();
            Ok(Value::Map(*mark, Rc::new(Map::from_entries(map.of, copied?))))
        }
        // The copier of Sprig does not see unexported fields: it answers a zero version.
        Value::Struct(mark, of) if matches!(of.native, Native::Version(_)) => {
            Ok(super::semver::version_value(Default::default(), of.type_name).with_mark(*mark))
        }
        Value::Struct(mark, of) => {
            let fields: Result<_, _> = of
                .fields
                .iter()
                .map(|(name, field)| copy(field, work, depth + 1).map(|field| (*name, field)))
                .collect();
            let (printed, native) = (of.printed.clone(), of.native.clone());
            Ok(Value::Struct(*mark, Rc::new(Struct { type_name: of.type_name, fields: fields?, printed, native })))
        }
        other => Ok(other.clone()),
    }
}

/// A map of keys and values in turn; a last key without value holds "".
fn dict(call: &mut Call<'_>) -> Outcome {
    let mut entries = Vec::with_capacity(call.args.len() / 2 + 1);
    for pair in call.args.chunks(2) {
        if let Some(key) = pair.first() {
            entries.push((key_of(call, key), pair.get(1).cloned().unwrap_or_else(|| Value::str(""))));
        }
    }
    Ok(Value::map(entries))
}

fn key_of(call: &mut Call<'_>, value: &Value) -> Key {
    let text = strval(call, value);
    text.as_text().map_or_else(|| "".into(), |text| text.to_str().into())
}

/// The value behind a path of keys, or a default where a key is missing.
fn dig(call: &mut Call<'_>) -> Outcome {
    let [path @ .., default, dict] = call.args else {
        return Err("dig needs at least three arguments".into());
    };
    if path.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut value = plain_map(dict)?.clone();
    let keys: Vec<_> = path
        .iter()
        .map(|key| key.as_text().map(|text| text.to_str()).ok_or_else(|| conversion_error(key, "string")))
        .collect::<Result<_, _>>()?;
    for key in keys {
        match plain_map(&value)?.as_map().and_then(|map| map.get(&key)) {
            Some(next) => value = next,
            None => return Ok(default.clone()),
        }
    }
    Ok(value)
}

/// The value, if its Go type is `map[string]interface {}` and no other.
fn plain_map(value: &Value) -> Result<&Value, CallError> {
    match value {
        Value::Map(_, map) if map.of == MapType::Any => Ok(value),
        other => Err(conversion_error(other, MapType::Any.name())),
    }
}

fn conversion_error(value: &Value, wanted: &str) -> CallError {
    let got = if value.is_nil() { "nil" } else { value.type_name() };
    format!("interface conversion: interface {{}} is {got}, not {wanted}").into()
}

/// The value of a key, or "".
fn get(call: &mut Call<'_>) -> Outcome {
    Ok(call.map(0).get(&call.str(1)).unwrap_or_else(|| Value::str("")))
}

/// Whether a map has a key.
fn has_key(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.map(0).get(&call.str(1)).is_some()))
}

/// The keys of all maps.
fn keys(call: &mut Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for index in 0..call.args.len() {
        let map = call.map(index);
        call.check_list(all.len() + map.len())?;
        all.extend(map.keys().iter().map(|key| Value::str(&**key)));
    }
    Ok(Value::list_of(ListType::String, all))
}

/// A map without some keys.
fn omit(call: &mut Call<'_>) -> Outcome {
    let omitted: HashSet<_> = (1..call.args.len()).map(|index| call.str(index)).collect();
    let mut entries = call.map(0).entries();
    entries.retain(|(key, _)| !omitted.contains(&**key));
    Ok(Value::map(entries))
}

/// A map of some keys only.
fn pick(call: &mut Call<'_>) -> Outcome {
    let map = call.map(0);
    let entry = |index| {
        let key = call.str(index);
        map.get(&key).map(|value| (Key::from(key), value))
    };
    Ok(Value::map((1..call.args.len()).filter_map(entry).collect()))
}

/// The values that a key has in several maps.
fn pluck(call: &mut Call<'_>) -> Outcome {
    let key = call.str(0);
    Ok(Value::list((1..call.args.len()).filter_map(|index| call.map(index).get(&key)).collect()))
}

/// Sets a key in place.
fn set(call: &mut Call<'_>) -> Outcome {
    let Some(map) = call.arg(0).as_map() else {
        return Err("assignment to entry in nil map".into());
    };
    map.insert(&*call.str(1), call.arg(2).clone());
    Ok(call.arg(0).clone())
}

/// Removes a key in place.
fn unset(call: &mut Call<'_>) -> Outcome {
    let map = call.map(0);
    map.remove(&call.str(1));
    Ok(Value::Map(call.arg(0).mark(), map))
}

/// The values of a map.
fn values(call: &mut Call<'_>) -> Outcome {
    Ok(Value::list(call.map(0).entries().into_iter().map(|(_, value)| value).collect()))
}
