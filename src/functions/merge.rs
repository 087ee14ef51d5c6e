//! Sprig's merging of maps, which is mergo's: into the first map, in place.
//!
//! What is inserted is shared with the map that it came from. Nested maps are merged when both sides have one.

use std::collections::HashSet;
use std::rc::Rc;

use super::work::Work;
use super::{Outcome, variadic};
use crate::template::Type::Map as Dict;
use crate::template::{Call, CallError, Function};
use crate::value::{Key, Map, MapType, Value};

pub(super) const TABLE: &[Function] = &[
    variadic("merge", &[Dict, Dict], merge),
    variadic("mergeOverwrite", &[Dict, Dict], merge_overwrite),
    variadic("mustMerge", &[Dict, Dict], must_merge),
    variadic("mustMergeOverwrite", &[Dict, Dict], must_merge_overwrite),
];

/// Fills what is empty or missing in the first map; an error of mergo becomes "".
fn merge(call: &mut Call<'_>) -> Outcome {
    swallow(merge_all(call, false))
}

/// Overwrites the first map with the others; an error of mergo becomes "".
fn merge_overwrite(call: &mut Call<'_>) -> Outcome {
    swallow(merge_all(call, true))
}

/// Fills what is empty or missing in the first map.
fn must_merge(call: &mut Call<'_>) -> Outcome {
    fail(merge_all(call, false))
}

/// Overwrites the first map with the others.
fn must_merge_overwrite(call: &mut Call<'_>) -> Outcome {
    fail(merge_all(call, true))
}

/// How merging can end but well.
enum Trouble {
    /// mergo answers an error: a map meets a pointer.
    DifferentTypes,
    /// Go panics, or a budget ran out.
    Call(CallError),
}

impl<E: Into<CallError>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Call(error.into())
    }
}

fn swallow(merged: Result<Value, Trouble>) -> Outcome {
    match merged {
        Err(Trouble::DifferentTypes) => Ok(Value::str("")),
        other => fail(other),
    }
}

fn fail(merged: Result<Value, Trouble>) -> Outcome {
    merged.map_err(|trouble| match trouble {
        Trouble::DifferentTypes => "src and dst must be of same type".into(),
        Trouble::Call(error) => error,
    })
}

fn merge_all(call: &Call<'_>, overwrite: bool) -> Result<Value, Trouble> {
    let (into, mut work) = (call.map(0), Work::of(call));
    for from in call.args.iter().skip(1).filter_map(Value::as_map) {
        merge_maps(&into, from, overwrite, &mut work)?;
    }
    Ok(Value::Map(call.arg(0).mark(), into))
}

/// Merges map by map instead of recursing, each pair once, so that maps that hold themselves come to an end.
fn merge_maps(into: &Rc<Map>, from: &Rc<Map>, overwrite: bool, work: &mut Work) -> Result<(), Trouble> {
    let mut pairs = vec![(Rc::clone(into), Rc::clone(from))];
    let mut seen = HashSet::new();
    while let Some((into, from)) = pairs.pop() {
        if !seen.insert((Rc::as_ptr(&into), Rc::as_ptr(&from))) {
            continue;
        }
        for (key, new) in from.entries() {
            work.step(1)?;
            let old = into.get(&key);
            if let (Some(Value::Map(_, into)), Value::Map(_, from)) = (&old, &new) {
                pairs.push((Rc::clone(into), Rc::clone(from)));
            }
            if replaces(old.as_ref(), &new, overwrite)? {
                insert(&into, key, new)?;
            }
        }
    }
    Ok(())
}

/// Whether a value takes the place of the one that is there.
fn replaces(old: Option<&Value>, new: &Value, overwrite: bool) -> Result<bool, Trouble> {
    if new.is_nil() {
        return Ok(overwrite);
    }
    let Some(old) = old.filter(|old| !is_empty(old)) else {
        return Ok(true);
    };
    match (old, new) {
        (Value::Map(..), Value::Map(..)) => Ok(false),
        (Value::Struct(_, pointer), Value::Map(..)) if !overwrite && pointer.type_name.starts_with('*') => {
            Err(Trouble::DifferentTypes)
        }
        _ => Ok(overwrite),
    }
}

fn insert(into: &Map, key: Key, value: Value) -> Result<(), Trouble> {
    if into.of == MapType::String && !matches!(value, Value::Str(..)) {
        let panic = "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string";
        return Err(CallError::from(panic).into());
    }
    into.insert(key, value);
    Ok(())
}

/// mergo's emptiness: as Go's truth has it, but NaN is not empty.
fn is_empty(value: &Value) -> bool {
    !value.truth()
}
