//! Sprig's functions between strings and lists of strings.

use super::print::{append_strval, strval};
use super::strings::occurrences;
use super::{Outcome, fixed, runes};
use crate::template::Type::{Any, Int, String as Str};
use crate::template::{Call, CallError, Function};
use crate::text::Text;
use crate::value::{IntType, ListType, Map, MapType, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("join", &[Str, Any], join),
    fixed("sortAlpha", &[Any], sort_alpha),
    fixed("split", &[Str, Str], split),
    fixed("splitList", &[Str, Str], split_list),
    fixed("splitn", &[Str, Int, Str], splitn),
];

/// Joins the items of a list; nil ones are left out.
fn join(call: &mut Call<'_>) -> Outcome {
    let separator = call.arg(0);
    let mut out = Text::new();
    for (index, item) in items(call.arg(1)).iter().enumerate() {
        if index > 0 {
            call.append_all(&mut out, separator);
        }
        append_strval(call, &mut out, item)?;
        call.check_string(out.len())?;
    }
    Ok(Value::str(out))
}

/// What Sprig's `strslice` turns into strings: the items that are not nil, or the value itself.
fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Nil(_) => Vec::new(),
        Value::List(_, list) => list.items().iter().filter(|item| !item.is_nil()).cloned().collect(),
        Value::Bytes(mark, text) => {
            text.as_bytes().iter().map(|byte| Value::Int(*mark, IntType::Uint8, i64::from(*byte))).collect()
        }
        other => vec![other.clone()],
    }
}

/// The items as strings in byte order.
fn sort_alpha(call: &mut Call<'_>) -> Outcome {
    let list = call.arg(0);
    let mut strings = items(list).iter().map(|item| strval(call, item)).collect::<Result<Vec<_>, _>>()?;
    if list.is_nil() {
        strings.push(Value::str("<nil>"));
    }
    strings.sort_by(|a, b| bytes_of(a).cmp(bytes_of(b)));
    Ok(Value::list_of(ListType::String, strings))
}

fn bytes_of(value: &Value) -> &[u8] {
    value.as_text().map_or(&[], |text| text.as_bytes())
}

/// The parts between separators as a map with the keys `_0`, `_1`, …
fn split(call: &mut Call<'_>) -> Outcome {
    Ok(numbered(parts(call, call.bytes(0), 1, None)?))
}

/// The parts between separators as a list.
fn split_list(call: &mut Call<'_>) -> Outcome {
    Ok(Value::list_of(ListType::String, parts(call, call.bytes(0), 1, None)?))
}

/// `split` into at most so many parts.
fn splitn(call: &mut Call<'_>) -> Outcome {
    Ok(numbered(parts(call, call.bytes(0), 2, usize::try_from(call.int(1)).ok())?))
}

fn numbered(parts: Vec<Value>) -> Value {
    let entries = parts.into_iter().enumerate().map(|(index, part)| (format!("_{index}").into(), part));
    Value::Map(crate::origin::Mark::NONE, Map::from_entries(MapType::String, entries.collect()).into())
}

/// Go's `strings.SplitN`: an empty separator splits into characters; without a limit all parts are made.
fn parts(call: &Call<'_>, separator: &[u8], index: usize, limit: Option<usize>) -> Result<Vec<Value>, CallError> {
    let (value, bytes) = (call.arg(index), call.bytes(index));
    if limit == Some(0) || separator.is_empty() && bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut places = if separator.is_empty() {
        runes::indices(bytes).skip(1).map(|(at, ..)| at).collect()
    } else {
        occurrences(bytes, separator)
    };
    places.truncate(limit.map_or(usize::MAX, |limit| limit - 1));
    call.check_list(places.len() + 1)?;
    let mut start = 0;
    let mut found = Vec::with_capacity(places.len() + 1);
    for at in places {
        found.push(value.slice(start..at));
        start = at + separator.len();
    }
    found.push(value.slice(start..bytes.len()));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{i, s, show};
    use super::*;

    #[test]
    fn splits_as_go_does() {
        let show_list = |sep: &str, text: &str| match super::super::testing::call_in(
            &mut super::super::testing::exec(Default::default()),
            "splitList",
            &[s(sep), s(text)],
        ) {
            Ok(Value::List(_, list)) => {
                list.items().iter().map(|item| item.as_text().unwrap().to_str().into()).collect()
            }
            other => vec![format!("{other:?}")],
        };
        assert_eq!(show_list(",", "a,b,,c"), ["a", "b", "", "c"]);
        assert_eq!(show_list("", "aé"), ["a", "é"]);
        assert_eq!(show_list("", ""), Vec::<String>::new());
        assert_eq!(show_list(",", ""), [""]);
        assert_eq!(show("split", &[s("$"), s("foo$bar")]), "map[_0:foo _1:bar]");
        assert_eq!(show("splitn", &[s("$"), i(2), s("a$b$c")]), "map[_0:a _1:b$c]");
        assert_eq!(show("splitn", &[s("$"), i(0), s("a$b$c")]), "map[]");
        assert_eq!(show("splitn", &[s("$"), i(-1), s("a$b$c")]), "map[_0:a _1:b _2:c]");
        assert_eq!(show("splitn", &[s(""), i(2), s("abc")]), "map[_0:a _1:bc]");
    }

    #[test]
    fn joins_what_is_not_nil() {
        let list = Value::list(vec![s("b"), Value::NIL, i(3), Value::bool(true)]);
        assert_eq!(show("join", &[s("-"), list.clone()]), "b-3-true");
        assert_eq!(show("join", &[s("-"), s("x")]), "x");
        assert_eq!(show("join", &[s("-"), Value::NIL]), "");
        assert_eq!(show("sortAlpha", &[list]), "[3 b true]");
        assert_eq!(show("sortAlpha", &[Value::NIL]), "[<nil>]");
    }
}
