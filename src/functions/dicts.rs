//! Sprig's dict functions but merging. Maps are shared: `set` and `unset` change the map that every holder sees.
//!
//! Where Go answers in random order (`keys`, `values`), the order here is that of the keys.

use std::collections::HashSet;
use std::rc::Rc;

use super::print::strval;
use super::work::check_depth;
use super::{Outcome, fixed, variadic};
use crate::limits::Exceeded;
use crate::template::Type::{Any, Map as Dict, String as Str};
use crate::template::{Call, CallError, Function};
use crate::value::{Key, List, ListType, Map, MapType, Native, Value};

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

/// Steps for one copied value: what stays in memory costs more than a look at it.
const COPY_STEPS: u64 = 8;

/// A copy whose maps and lists are shared with nobody. Origins stay.
fn deep_copy(call: &mut Call<'_>) -> Outcome {
    if call.arg(0).is_nil() {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    Ok(copy(call, call.arg(0), 0)?)
}

fn copy(call: &mut Call<'_>, value: &Value, depth: u64) -> Result<Value, Exceeded> {
    call.exec.charge(COPY_STEPS)?;
    check_depth(call, depth)?;
    match value {
        Value::List(_, list) if list.is_nil() => Ok(value.clone()),
        Value::List(mark, list) => {
            let mut items = Vec::with_capacity(list.items().len());
            for item in list.items() {
                items.push(copy(call, item, depth + 1)?);
            }
            Ok(Value::List(*mark, Rc::new(List::new(list.of, items))))
        }
        Value::Map(mark, map) => {
            let mut entries = map.entries();
            for (_, item) in &mut entries {
                *item = copy(call, item, depth + 1)?;
            }
            Ok(Value::Map(*mark, Rc::new(Map::from_entries(map.of, entries))))
        }
        // Sprig's copier does not see unexported fields: it answers a zero version.
        Value::Struct(mark, of) if matches!(of.native, Native::Version(_)) => {
            Ok(super::semver::version_value(Default::default(), of.type_name).with_mark(*mark))
        }
        other => Ok(other.clone()),
    }
}

/// A map of keys and values in turn; a last key without value holds "".
fn dict(call: &mut Call<'_>) -> Outcome {
    let mut entries = Vec::with_capacity(call.args.len() / 2 + 1);
    for pair in call.args.chunks(2) {
        if let Some(key) = pair.first() {
            entries.push((key_of(call, key)?, pair.get(1).cloned().unwrap_or_else(|| Value::str(""))));
        }
    }
    Ok(Value::map(entries))
}

fn key_of(call: &mut Call<'_>, value: &Value) -> Result<Key, Exceeded> {
    let text = strval(call, value)?;
    Ok(call.key(&text))
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
        call.choose(&key);
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
    let key = call.str(1);
    call.choose(&key);
    Ok(call.map(0).get(&key).unwrap_or_else(|| Value::str("")))
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
        all.extend(map.keys().iter().map(Key::to_value));
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
    Ok(Value::map((1..call.args.len()).filter_map(|index| map.entry(&call.str(index))).collect()))
}

/// The values that a key has in several maps.
fn pluck(call: &mut Call<'_>) -> Outcome {
    let key = call.str(0);
    call.choose(&key);
    Ok(Value::list((1..call.args.len()).filter_map(|index| call.map(index).get(&key)).collect()))
}

/// Sets a key in place.
fn set(call: &mut Call<'_>) -> Outcome {
    let Some(map) = call.arg(0).as_map() else {
        return Err("assignment to entry in nil map".into());
    };
    let key = call.key(call.arg(1));
    map.insert(key, call.arg(2).clone());
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

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show, show_in};
    use super::*;
    use crate::limits::Limits;
    use crate::origin::Mark;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::map(entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    #[test]
    fn results_are_those_of_sprig() {
        let ab = || map(&[("a", i(1)), ("b", i(2))]);
        let nest = || map(&[("a", map(&[("b", map(&[("c", s("deep"))]))]))]);
        for (name, args, expected) in [
            ("dict", vec![s("a"), i(1), s("b")], "map[a:1 b:]"),
            ("dict", vec![i(1), i(2), Value::bool(true), i(3), Value::NIL, i(4)], "map[1:2 <nil>:4 true:3]"),
            ("dict", vec![Value::list(vec![i(1)]), i(2)], "map[[1]:2]"),
            ("dict", vec![s("a"), i(1), s("a"), i(2)], "map[a:2]"),
            ("get", vec![ab(), s("b")], "2"),
            ("get", vec![ab(), s("z")], ""),
            ("get", vec![Value::NIL, s("z")], ""),
            ("hasKey", vec![map(&[("a", Value::NIL)]), s("a")], "true"),
            ("hasKey", vec![Value::NIL, s("a")], "false"),
            ("pluck", vec![s("a"), ab(), map(&[("a", i(9))]), map(&[("b", i(1))])], "[1 9]"),
            ("pick", vec![ab(), s("a"), s("z")], "map[a:1]"),
            ("omit", vec![ab(), s("a"), s("z")], "map[b:2]"),
            ("keys", vec![ab(), map(&[("a", i(1))])], "[a b a]"),
            ("values", vec![ab()], "[1 2]"),
            ("set", vec![ab(), s("c"), i(3)], "map[a:1 b:2 c:3]"),
            ("unset", vec![ab(), s("b")], "map[a:1]"),
            ("unset", vec![Value::NIL, s("b")], "map[]"),
            ("set", vec![Value::NIL, s("a"), i(1)], "ERROR assignment to entry in nil map"),
            ("dig", vec![s("a"), s("b"), s("c"), s("def"), nest()], "deep"),
            ("dig", vec![s("a"), s("x"), s("c"), s("def"), nest()], "def"),
            ("dig", vec![s("x"), s("def"), nest()], "def"),
            ("dig", vec![s("a"), map(&[])], "ERROR dig needs at least three arguments"),
            (
                "dig",
                vec![s("a"), s("b"), s("c"), s("d"), s("def"), nest()],
                "ERROR interface conversion: interface {} is string, not map[string]interface {}",
            ),
            ("dig", vec![i(1), s("def"), map(&[])], "ERROR interface conversion: interface {} is int, not string"),
            (
                "dig",
                vec![s("a"), s("b"), s("def"), map(&[("a", Value::NIL)])],
                "ERROR interface conversion: interface {} is nil, not map[string]interface {}",
            ),
            (
                "dig",
                vec![s("a"), s("def"), Value::Map(Mark::NONE, Rc::new(Map::new(MapType::Values)))],
                "ERROR interface conversion: interface {} is common.Values, not map[string]interface {}",
            ),
            ("deepCopy", vec![Value::NIL], "ERROR reflect: call of reflect.Value.Type on zero Value"),
            ("deepCopy", vec![nest()], "map[a:map[b:map[c:deep]]]"),
        ] {
            assert_eq!(show(name, &args), expected, "{name}");
        }
    }

    #[test]
    fn the_key_that_was_asked_for_is_a_decision() {
        let ways = |name: &str, args: &[Value]| {
            let mut exec = exec(Limits::default());
            exec.origins = crate::origin::Origins::new(true).with_decisions();
            call_in(&mut exec, name, args).unwrap();
            exec.origins.decisions().iter().map(|decision| decision.way).collect::<Vec<_>>()
        };
        let ab = || map(&[("a", i(1)), ("b", i(1))]);
        for (name, a, b) in [
            ("get", vec![ab(), s("a")], vec![ab(), s("b")]),
            ("pluck", vec![s("a"), ab()], vec![s("b"), ab()]),
            ("dig", vec![s("a"), Value::NIL, ab()], vec![s("b"), Value::NIL, ab()]),
        ] {
            assert_eq!(ways(name, &a).len(), 1, "{name}");
            assert_eq!(ways(name, &a), ways(name, &a), "{name}");
            assert_ne!(ways(name, &a), ways(name, &b), "{name}");
        }
    }

    #[test]
    fn keys_made_of_values_know_them_and_others_do_not() {
        use crate::origin::{Key as At, Leaf};
        use crate::source::{SourceId, Span};
        let mut exec = exec(Limits::default());
        let span = Span::new(SourceId(1), 0, 9);
        let leaf = exec.origins.leaf(Leaf { span, parent: Mark::NONE, key: At::Root });
        let name = s("web").with_mark(leaf);
        let made = call_in(&mut exec, "dict", &[name.clone(), i(1), s("plain"), i(2)]).unwrap();
        let upper = call_in(&mut exec, "upper", &[name]).unwrap();
        let made = call_in(&mut exec, "set", &[made, upper, i(3)]).unwrap();
        let other = call_in(&mut exec, "merge", &[map(&[]), made]).unwrap();
        let picked = call_in(&mut exec, "pick", &[other, s("web"), s("WEB"), s("plain")]).unwrap();
        let keys = call_in(&mut exec, "keys", &[picked]).unwrap();
        let known = keys.as_list().unwrap().items().iter().map(|key| {
            let text = key.as_text().unwrap();
            let leaves = text.runs().iter().flat_map(|run| exec.origins.leaves_of(run.mark)).collect::<Vec<_>>();
            (text.to_str().into_owned(), leaves)
        });
        let expected = [("WEB", vec![leaf]), ("plain", vec![]), ("web", vec![leaf])];
        assert_eq!(known.collect::<Vec<_>>(), expected.map(|(key, leaves)| (key.to_owned(), leaves)));
    }

    #[test]
    fn set_is_seen_by_every_holder() {
        let (mut exec, inner) = (exec(Limits::default()), map(&[]));
        let outer = map(&[("inner", inner.clone())]);
        let answer = call_in(&mut exec, "set", &[inner, s("k"), s("v")]).unwrap();
        call_in(&mut exec, "set", &[answer, s("k2"), i(2)]).unwrap();
        assert_eq!(show("toString", std::slice::from_ref(&outer)), "map[inner:map[k:v k2:2]]");
        let copy = call_in(&mut exec, "deepCopy", std::slice::from_ref(&outer)).unwrap();
        outer.as_map().unwrap().get("inner").unwrap().as_map().unwrap().remove("k");
        assert_eq!(show("toString", &[copy]), "map[inner:map[k:v k2:2]]");
    }

    #[test]
    fn a_map_may_hold_itself() {
        let mut exec = exec(Limits::default());
        let own = map(&[]);
        call_in(&mut exec, "set", &[own.clone(), s("own"), own.clone()]).unwrap();
        assert_eq!(show("hasKey", &[own.clone(), s("own")]), "true");
        assert_eq!(show("deepCopy", std::slice::from_ref(&own)), "LIMIT value-depth");
        assert_eq!(show("toToml", std::slice::from_ref(&own)), "LIMIT value-depth");
        own.as_map().unwrap().remove("own");
    }

    #[test]
    fn copies_stop_at_the_limits() {
        let limits = Limits { value_depth: 2, steps: 4 * COPY_STEPS, ..Limits::default() };
        let deep = |levels| (0..levels).fold(i(1), |inner: Value, _| map(&[("a", inner)]));
        let wide = |items| Value::list(vec![i(1); items]);
        let show = |args: &[Value]| show_in(&mut exec(limits.clone()), "deepCopy", args);
        assert_eq!(show(&[deep(1)]), "map[a:1]");
        assert_eq!(show(&[deep(2)]), "map[a:map[a:1]]");
        assert_eq!(show(&[deep(3)]), "LIMIT value-depth");
        assert_eq!(show(&[wide(2)]), "[1 1]");
        assert_eq!(show(&[wide(3)]), "[1 1 1]");
        assert_eq!(show(&[wide(4)]), "LIMIT template-steps");
    }
}
