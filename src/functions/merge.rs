//! Sprig's merging of maps, which is mergo's: into the first map, in place.
//!
//! What is inserted is shared with the map that it came from. Nested maps are merged when both sides have one.

use std::collections::HashSet;
use std::rc::Rc;

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

fn merge_all(call: &mut Call<'_>, overwrite: bool) -> Result<Value, Trouble> {
    let into = call.map(0);
    for from in call.args.iter().skip(1).filter_map(Value::as_map) {
        merge_maps(call, &into, from, overwrite)?;
    }
    Ok(Value::Map(call.arg(0).mark(), into))
}

/// Merges map by map instead of recursing, each pair once, so that maps that hold themselves come to an end.
fn merge_maps(call: &mut Call<'_>, into: &Rc<Map>, from: &Rc<Map>, overwrite: bool) -> Result<(), Trouble> {
    let mut pairs = vec![(Rc::clone(into), Rc::clone(from))];
    let mut seen = HashSet::new();
    while let Some((into, from)) = pairs.pop() {
        if !seen.insert((Rc::as_ptr(&into), Rc::as_ptr(&from))) {
            continue;
        }
        for (key, new) in from.entries() {
            call.exec.charge(1)?;
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

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show};
    use super::*;
    use crate::limits::Limits;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::map(entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    fn list(items: &[i64]) -> Value {
        Value::list(items.iter().map(|item| i(*item)).collect())
    }

    #[test]
    fn merge_fills_what_is_empty() {
        for (into, from, expected) in [
            (
                map(&[("a", i(0)), ("m", map(&[("x", s(""))]))]),
                map(&[("a", i(1)), ("b", i(2)), ("m", map(&[("x", i(1)), ("y", i(2))]))]),
                "map[a:1 b:2 m:map[x:1 y:2]]",
            ),
            (
                map(&[("f", Value::bool(false)), ("l", list(&[])), ("d", map(&[])), ("n", Value::NIL)]),
                map(&[("f", Value::bool(true)), ("l", list(&[1])), ("d", map(&[("k", i(1))])), ("n", i(1))]),
                "map[d:map[k:1] f:true l:[1] n:1]",
            ),
            (map(&[("a", list(&[1]))]), map(&[("a", list(&[2]))]), "map[a:[1]]"),
            (map(&[("a", map(&[("b", i(1))]))]), map(&[("a", s("x"))]), "map[a:map[b:1]]"),
            (map(&[("a", s(""))]), map(&[("a", map(&[("k", i(1))]))]), "map[a:map[k:1]]"),
            (map(&[("a", s("x"))]), map(&[("a", list(&[1]))]), "map[a:x]"),
            (map(&[]), map(&[("a", Value::NIL)]), "map[]"),
            (Value::NIL, map(&[("a", i(1))]), "map[a:1]"),
            (map(&[("a", i(1))]), Value::NIL, "map[a:1]"),
        ] {
            assert_eq!(show("merge", &[into, from]), expected);
        }
        let three = [map(&[("a", i(1))]), map(&[("a", i(2))]), map(&[("a", i(3)), ("b", i(3))])];
        assert_eq!(show("merge", &three), "map[a:1 b:3]");
    }

    #[test]
    fn merge_overwrite_replaces() {
        for (into, from, expected) in [
            (
                map(&[("a", i(1)), ("m", map(&[("x", i(1)), ("z", i(3))]))]),
                map(&[("a", i(0)), ("m", map(&[("x", i(0)), ("y", i(2))]))]),
                "map[a:0 m:map[x:0 y:2 z:3]]",
            ),
            (
                map(&[("a", i(1)), ("b", i(1)), ("c", i(1)), ("d", map(&[("k", i(1))])), ("e", list(&[1]))]),
                map(&[("a", Value::NIL), ("b", s("")), ("c", Value::bool(false)), ("d", map(&[])), ("e", list(&[]))]),
                "map[a:<nil> b: c:false d:map[k:1] e:[]]",
            ),
            (map(&[("a", map(&[("b", i(1))]))]), map(&[("a", s("x"))]), "map[a:x]"),
            (map(&[("a", s("x"))]), map(&[("a", map(&[("b", i(1))]))]), "map[a:map[b:1]]"),
            (map(&[("n", map(&[("a", i(1))]))]), map(&[("n", Value::NIL)]), "map[n:<nil>]"),
            (map(&[("a", map(&[("k", i(1))]))]), map(&[("a", list(&[]))]), "map[a:[]]"),
        ] {
            assert_eq!(show("mergeOverwrite", &[into, from]), expected);
        }
    }

    #[test]
    fn what_is_inserted_is_shared() {
        let (mut exec, source) = (exec(Limits::default()), map(&[("m", map(&[("k", i(1))]))]));
        let merged = call_in(&mut exec, "merge", &[map(&[]), source.clone()]).unwrap();
        merged.as_map().unwrap().get("m").unwrap().as_map().unwrap().insert("k", i(2));
        assert_eq!(show("toString", &[source]), "map[m:map[k:2]]");
    }

    #[test]
    fn types_that_do_not_fit_are_refused() {
        let mut exec = exec(Limits::default());
        let version = call_in(&mut exec, "semver", &[s("1.2.3")]).unwrap();
        let pointer = || map(&[("a", version.clone())]);
        let other = || map(&[("a", map(&[("b", i(1))]))]);
        assert_eq!(show("merge", &[pointer(), other()]), "");
        assert_eq!(show("mustMerge", &[pointer(), other()]), "ERROR src and dst must be of same type");
        assert_eq!(show("mergeOverwrite", &[pointer(), other()]), "map[a:map[b:1]]");
        let split = call_in(&mut exec, "split", &[s(","), s("x,y")]).unwrap();
        let strings = map(&[("a", split)]);
        assert_eq!(show("merge", &[strings.clone(), map(&[("a", map(&[("_0", i(1))]))])]), "map[a:map[_0:x _1:y]]");
        assert_eq!(
            show("merge", &[strings, map(&[("a", map(&[("_2", i(1))]))])]),
            "ERROR reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string"
        );
    }

    #[test]
    fn maps_that_hold_themselves_come_to_an_end() {
        let mut exec = exec(Limits::default());
        let (a, b) = (map(&[]), map(&[("x", i(1))]));
        a.as_map().unwrap().insert("own", a.clone());
        b.as_map().unwrap().insert("own", b.clone());
        let merged = call_in(&mut exec, "merge", &[a.clone(), b.clone()]).unwrap();
        assert!(merged.as_map().unwrap().get("x").unwrap().deep_equal(&i(1)));
        a.as_map().unwrap().remove("own");
        b.as_map().unwrap().remove("own");
    }
}
