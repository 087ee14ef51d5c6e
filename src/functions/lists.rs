//! Sprig's list functions. A list is never changed in place: each function answers another one with the same items.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use super::work::equal;
use super::{Outcome, cast, fixed, variadic};
use crate::template::Type::{Any, Int};
use crate::template::{Call, CallError, Function};
use crate::value::{IntType, List, ListType, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("append", &[Any, Any], append),
    fixed("chunk", &[Int, Any], chunk),
    fixed("compact", &[Any], compact),
    variadic("concat", &[Any], concat),
    fixed("first", &[Any], first),
    fixed("has", &[Any, Any], has),
    fixed("initial", &[Any], initial),
    fixed("last", &[Any], last),
    variadic("list", &[Any], list),
    fixed("mustAppend", &[Any, Any], append),
    fixed("mustChunk", &[Int, Any], chunk),
    fixed("mustCompact", &[Any], compact),
    fixed("mustFirst", &[Any], first),
    fixed("mustHas", &[Any, Any], has),
    fixed("mustInitial", &[Any], initial),
    fixed("mustLast", &[Any], last),
    fixed("mustPrepend", &[Any, Any], prepend),
    fixed("mustPush", &[Any, Any], append),
    fixed("mustRest", &[Any], rest),
    fixed("mustReverse", &[Any], reverse),
    variadic("mustSlice", &[Any, Any], slice),
    fixed("mustUniq", &[Any], uniq),
    variadic("mustWithout", &[Any, Any], without),
    fixed("prepend", &[Any, Any], prepend),
    fixed("push", &[Any, Any], append),
    fixed("rest", &[Any], rest),
    fixed("reverse", &[Any], reverse),
    variadic("slice", &[Any, Any], slice),
    variadic("tuple", &[Any], list),
    fixed("uniq", &[Any], uniq),
    variadic("without", &[Any, Any], without),
];

/// What Go says when a method of a nil type is called.
pub(super) const NIL_POINTER: &str = "runtime error: invalid memory address or nil pointer dereference";

/// The items of a slice; of anything else an error made of `complaint` and its kind.
pub(super) fn items<'a>(call: &Call<'_>, value: &'a Value, complaint: &str) -> Result<Cow<'a, [Value]>, CallError> {
    match value {
        Value::List(_, list) => Ok(Cow::Borrowed(list.items())),
        Value::Bytes(mark, text) => {
            call.check_list(text.len())?;
            let byte = |byte: &u8| Value::Int(*mark, IntType::Uint8, i64::from(*byte));
            Ok(Cow::Owned(text.as_bytes().iter().map(byte).collect()))
        }
        Value::Nil(_) => Err(NIL_POINTER.into()),
        other => Err(format!("{complaint} {}", other.kind()).into()),
    }
}

/// A nil slice.
fn nil_list() -> Value {
    Value::List(crate::origin::Mark::NONE, Rc::new(List::nil(ListType::Any)))
}

/// A list with an item put behind.
fn append(call: &mut Call<'_>) -> Outcome {
    let mut items = items(call, call.arg(0), "Cannot push on type")?.into_owned();
    call.check_list(items.len() + 1)?;
    items.push(call.arg(1).clone());
    Ok(Value::list(items))
}

/// Lists of at most so many items each.
fn chunk(call: &mut Call<'_>) -> Outcome {
    const OUT_OF_RANGE: &str = "runtime error: makeslice: len out of range";
    let items = items(call, call.arg(1), "Cannot chunk type")?;
    let (len, size) = (items.len() as f64, call.int(0) as f64);
    // Sprig counts in floats, which shows for sizes below 1.
    let chunks = ((len - 1.0) / size).floor() + 1.0;
    let last = match (len % size).floor() {
        0.0 => size,
        rest => rest,
    };
    if !chunks.is_finite() || chunks < 0.0 || chunks > 0.0 && last < 0.0 {
        return Err(OUT_OF_RANGE.into());
    }
    let one = |items: &[Value]| Value::list(items.to_vec());
    let chunks = match usize::try_from(call.int(0)) {
        Ok(size) if size > 0 => items.chunks(size).map(one).collect(),
        // A negative size makes one chunk of one item, or none.
        _ if chunks == 1.0 => vec![one(&items)],
        _ => Vec::new(),
    };
    Ok(Value::list_of(ListType::Lists, chunks))
}

/// The items that are not empty.
fn compact(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot compact on type")?;
    Ok(Value::list(items.iter().filter(|item| item.truth()).cloned().collect()))
}

/// The items of several lists in one.
fn concat(call: &mut Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for list in call.args {
        let complaint = format!("Cannot concat type {} as list", list.kind());
        let items = items(call, list, "").map_err(|error| match error {
            CallError::Message(_) if !list.is_nil() => CallError::Message(complaint),
            other => other,
        })?;
        call.check_list(all.len() + items.len())?;
        all.extend_from_slice(&items);
    }
    Ok(if all.is_empty() { nil_list() } else { Value::list(all) })
}

/// The first item; nil of an empty list.
fn first(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or(Value::NIL))
}

/// Whether a list has an item of the same type and value.
fn has(call: &mut Call<'_>) -> Outcome {
    let (needle, haystack) = (call.arg(0), call.arg(1));
    if haystack.is_nil() {
        return Ok(Value::bool(false));
    }
    let items = items(call, haystack, "Cannot find has on type")?;
    contains(call, &items, needle).map(Value::bool)
}

/// All items but the last.
fn initial(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find initial on type")?;
    Ok(items.split_last().map_or_else(nil_list, |(_, items)| Value::list(items.to_vec())))
}

/// The last item; nil of an empty list.
fn last(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or(Value::NIL))
}

/// A list of the arguments.
fn list(call: &mut Call<'_>) -> Outcome {
    Ok(Value::list(call.args.to_vec()))
}

/// A list with an item put in front.
fn prepend(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot prepend on type")?;
    call.check_list(items.len() + 1)?;
    Ok(Value::list(std::iter::once(call.arg(1)).chain(items.iter()).cloned().collect()))
}

/// All items but the first.
fn rest(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find rest on type")?;
    Ok(items.split_first().map_or_else(nil_list, |(_, items)| Value::list(items.to_vec())))
}

/// The items from last to first.
fn reverse(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find reverse on type")?;
    Ok(Value::list(items.iter().rev().cloned().collect()))
}

/// The items from an index up to another one; the type of the slice stays.
fn slice(call: &mut Call<'_>) -> Outcome {
    let value = call.arg(0);
    let len = items(call, value, "list should be type of slice or array but")?.len();
    if len == 0 {
        return Ok(Value::NIL);
    }
    let bound = |index: usize, default: usize| match call.args.get(index) {
        Some(bound) => usize::try_from(cast::to_int(bound)).ok(),
        None => Some(default),
    };
    let range = bound(1, 0).zip(bound(2, len)).filter(|(start, end)| start <= end && *end <= len);
    let (start, end) = range.ok_or("reflect.Value.Slice: slice index out of bounds")?;
    Ok(match value {
        Value::Bytes(mark, text) => Value::Bytes(*mark, Rc::new(text.slice(start..end, *mark))),
        Value::List(_, list) => Value::list_of(list.of, list.items().get(start..end).unwrap_or_default().to_vec()),
        _ => Value::NIL,
    })
}

/// The items without those that came before.
fn uniq(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find uniq on type")?;
    let (mut scalars, mut collections, mut unique) = (HashSet::new(), Vec::new(), Vec::new());
    for item in items.iter() {
        let first = match Scalar::of(item) {
            Some(scalar) => scalars.insert(scalar),
            None => {
                let first = !contains(call, &collections, item)?;
                if first {
                    collections.push(item.clone());
                }
                first
            }
        };
        if first {
            unique.push(item.clone());
        }
    }
    Ok(Value::list(unique))
}

/// The items that are not among the other arguments.
fn without(call: &mut Call<'_>) -> Outcome {
    let items = items(call, call.arg(0), "Cannot find without on type")?;
    let omitted = call.args.get(1..).unwrap_or_default();
    let mut kept = Vec::new();
    for item in items.iter() {
        if !contains(call, omitted, item)? {
            kept.push(item.clone());
        }
    }
    Ok(Value::list(kept))
}

fn contains(call: &mut Call<'_>, items: &[Value], needle: &Value) -> Result<bool, CallError> {
    for item in items {
        if equal(call, needle, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What makes two scalars equal; floats are told apart by comparison, as NaN differs from itself.
#[derive(PartialEq, Eq, Hash)]
enum Scalar<'a> {
    Nil,
    Bool(bool),
    Int(&'static str, i64),
    String(&'a [u8]),
}

impl<'a> Scalar<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::Nil(_) => Some(Self::Nil),
            Value::Bool(_, value) => Some(Self::Bool(*value)),
            Value::Int(_, of, value) => Some(Self::Int(of.name(), *value)),
            Value::Str(_, text) => Some(Self::String(text.as_bytes())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show, show_in};
    use super::*;
    use crate::limits::Limits;
    use crate::origin::{Key, Leaf, Mark};
    use crate::source::{SourceId, Span};

    fn ints(numbers: &[i64]) -> Value {
        Value::list(numbers.iter().map(|number| i(*number)).collect())
    }

    #[test]
    fn results_are_those_of_sprig() {
        let empty = || ints(&[]);
        for (name, args, expected) in [
            ("reverse", vec![ints(&[1, 2, 3])], "[3 2 1]"),
            ("uniq", vec![Value::list(vec![i(1), Value::float(1.0), s("1"), i(1)])], "[1 1 1]"),
            ("without", vec![ints(&[1, 2, 3]), i(2)], "[1 3]"),
            ("without", vec![ints(&[1, 2, 3]), Value::float(2.0)], "[1 2 3]"),
            ("without", vec![ints(&[1, 2])], "[1 2]"),
            ("has", vec![i(1), Value::list(vec![Value::float(1.0)])], "false"),
            ("has", vec![s("b"), Value::list_of(ListType::String, vec![s("a"), s("b")])], "true"),
            ("has", vec![i(4), Value::NIL], "false"),
            ("compact", vec![Value::list(vec![i(1), s(""), Value::NIL, i(0), s("a"), Value::bool(false)])], "[1 a]"),
            ("first", vec![ints(&[1, 2])], "1"),
            ("first", vec![empty()], "<nil>"),
            ("last", vec![ints(&[1, 2])], "2"),
            ("last", vec![empty()], "<nil>"),
            ("rest", vec![ints(&[1, 2, 3])], "[2 3]"),
            ("initial", vec![ints(&[1, 2, 3])], "[1 2]"),
            ("append", vec![ints(&[1]), i(2)], "[1 2]"),
            ("prepend", vec![ints(&[1]), i(2)], "[2 1]"),
            ("concat", vec![ints(&[1]), ints(&[2, 3]), empty()], "[1 2 3]"),
            ("slice", vec![ints(&[1, 2, 3, 4]), i(1), i(3)], "[2 3]"),
            ("slice", vec![ints(&[1, 2, 3]), s("1"), Value::float(2.9)], "[2]"),
            ("slice", vec![empty()], "<nil>"),
            ("chunk", vec![i(2), ints(&[1, 2, 3, 4, 5])], "[[1 2] [3 4] [5]]"),
            ("chunk", vec![i(2), empty()], "[]"),
            ("chunk", vec![i(-2), ints(&[1, 2, 3])], "[]"),
            ("chunk", vec![i(-2), ints(&[1])], "[[1]]"),
            ("first", vec![Value::Bytes(Mark::NONE, Rc::new("a".into()))], "97"),
        ] {
            assert_eq!(show(name, &args), expected, "{name}");
        }
    }

    #[test]
    fn errors_are_those_of_sprig() {
        const SLICE: &str = "ERROR reflect.Value.Slice: slice index out of bounds";
        const CHUNK: &str = "ERROR runtime error: makeslice: len out of range";
        const NIL: &str = "ERROR runtime error: invalid memory address or nil pointer dereference";
        for (name, args, expected) in [
            ("first", vec![Value::NIL], NIL),
            ("concat", vec![ints(&[1]), Value::NIL], NIL),
            ("reverse", vec![s("abc")], "ERROR Cannot find reverse on type string"),
            ("mustFirst", vec![s("a")], "ERROR Cannot find first on type string"),
            ("last", vec![i(5)], "ERROR Cannot find last on type int"),
            ("rest", vec![i(5)], "ERROR Cannot find rest on type int"),
            ("initial", vec![s("x")], "ERROR Cannot find initial on type string"),
            ("has", vec![i(1), Value::map(vec![])], "ERROR Cannot find has on type map"),
            ("push", vec![Value::map(vec![]), i(1)], "ERROR Cannot push on type map"),
            ("prepend", vec![i(1), i(1)], "ERROR Cannot prepend on type int"),
            ("chunk", vec![i(2), s("a")], "ERROR Cannot chunk type string"),
            ("compact", vec![s("a")], "ERROR Cannot compact on type string"),
            ("uniq", vec![s("a")], "ERROR Cannot find uniq on type string"),
            ("without", vec![s("a"), i(1)], "ERROR Cannot find without on type string"),
            ("concat", vec![s("a")], "ERROR Cannot concat type string as list"),
            ("slice", vec![s("abc"), i(1)], "ERROR list should be type of slice or array but string"),
            ("slice", vec![ints(&[1, 2]), i(5)], SLICE),
            ("slice", vec![ints(&[1, 2]), i(1), i(0)], SLICE),
            ("slice", vec![ints(&[1, 2]), i(-1)], SLICE),
            ("chunk", vec![i(0), ints(&[1, 2])], CHUNK),
            ("chunk", vec![i(-2), ints(&[])], CHUNK),
            ("chunk", vec![i(-1), ints(&[1])], CHUNK),
            ("chunk", vec![i(-3), ints(&[1, 2, 3, 4, 5])], CHUNK),
        ] {
            assert_eq!(show(name, &args), expected, "{name}");
        }
    }

    #[test]
    fn go_sees_nil_slices() {
        let mut exec = exec(Limits::default());
        let mut is_nil = |name: &str, args: &[Value]| {
            call_in(&mut exec, name, args).unwrap().as_list().is_some_and(|list| list.is_nil())
        };
        for name in ["rest", "initial", "concat"] {
            assert!(is_nil(name, &[ints(&[])]), "{name}");
        }
        assert!(!is_nil("rest", &[ints(&[1])]));
        assert!(!is_nil("list", &[]));
        assert_eq!(show("deepEqual", &[nil_list(), ints(&[])]), "false");
    }

    #[test]
    fn slices_keep_their_type() {
        let mut exec = exec(Limits::default());
        let numbers = call_in(&mut exec, "until", &[i(5)]).unwrap();
        assert_eq!(call_in(&mut exec, "slice", &[numbers, i(1)]).unwrap().type_name(), "[]int");
        let chunks = call_in(&mut exec, "chunk", &[i(1), ints(&[1])]).unwrap();
        assert_eq!(chunks.type_name(), "[][]interface {}");
    }

    #[test]
    fn items_keep_their_marks() {
        let mut exec = exec(Limits::default());
        let leaf = Leaf { span: Span::new(SourceId(1), 0, 1), parent: Mark::NONE, key: Key::Root };
        let mark = exec.origins.leaf(leaf);
        let marked = i(1).with_mark(mark);
        let list = call_in(&mut exec, "append", &[ints(&[0]), marked]).unwrap();
        let list = call_in(&mut exec, "concat", &[list]).unwrap();
        let list = call_in(&mut exec, "reverse", &[list]).unwrap();
        assert_eq!(call_in(&mut exec, "first", &[list]).unwrap().mark(), mark);
    }

    #[test]
    fn growth_stops_at_the_limit() {
        let limits = Limits { list_items: 3, ..Limits::default() };
        let show = |name, args: &[Value]| show_in(&mut exec(limits.clone()), name, args);
        for name in ["append", "prepend"] {
            assert!(!show(name, &[ints(&[1]), i(1)]).contains("LIMIT"));
            assert!(!show(name, &[ints(&[1, 2]), i(1)]).contains("LIMIT"));
            assert_eq!(show(name, &[ints(&[1, 2, 3]), i(1)]), "LIMIT list-items");
        }
        assert_eq!(show("concat", &[ints(&[1]), ints(&[2])]), "[1 2]");
        assert_eq!(show("concat", &[ints(&[1]), ints(&[2, 3])]), "[1 2 3]");
        assert_eq!(show("concat", &[ints(&[1, 2]), ints(&[3, 4])]), "LIMIT list-items");
    }
}
