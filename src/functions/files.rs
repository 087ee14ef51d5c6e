//! The methods of `.Files`: the receiver is the first argument.

use std::rc::Rc;

use crate::chart::glob::Glob;
use crate::source::clamp;
use crate::template::{Call, CallError, Function, Type};
use crate::text::Text;
use crate::value::{Key, ListType, Map, MapType, Value};
use crate::yaml::{WriteError, write};

/// The rows of this page.
const TABLE: &[Function] = &[
    Function { name: "AsConfig", params: &[Type::Any], variadic: false, run: as_config },
    Function { name: "AsSecrets", params: &[Type::Any], variadic: false, run: as_secrets },
    Function { name: "Get", params: &[Type::Any, Type::String], variadic: false, run: get },
    Function { name: "GetBytes", params: &[Type::Any, Type::String], variadic: false, run: get_bytes },
    Function { name: "Glob", params: &[Type::Any, Type::String], variadic: false, run: glob },
    Function { name: "Lines", params: &[Type::Any, Type::String], variadic: false, run: lines },
];

/// The method of a name.
#[must_use]
pub fn method(name: &str) -> Option<&'static Function> {
    TABLE.get(TABLE.binary_search_by(|function| function.name.cmp(name)).ok()?)
}

/// The files as YAML: names without folders, contents as text.
fn as_config(call: &mut Call<'_>) -> Result<Value, CallError> {
    as_yaml(call, |content| match content {
        Value::Bytes(mark, text) => Value::Str(mark, text),
        other => other,
    })
}

/// The files as YAML: names without folders, contents in base64.
fn as_secrets(call: &mut Call<'_>) -> Result<Value, CallError> {
    use base64::Engine as _;
    let bytes: usize = call.map(0).entries().iter().map(|(_, content)| text(content).len()).sum();
    call.check_string(bytes.saturating_mul(4) / 3)?;
    as_yaml(call, |content| {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text(&content));
        Value::str(encoded).with_mark(content.mark())
    })
}

fn as_yaml(call: &mut Call<'_>, content: impl Fn(Value) -> Value) -> Result<Value, CallError> {
    // Of files with one name the last in order wins; Go's order is random there.
    let entries = call.map(0).entries().into_iter().map(|(path, bytes)| (base(&path), content(bytes))).collect();
    let map = Value::Map(call.arg(0).mark(), Rc::new(Map::from_entries(MapType::String, entries)));
    match write(&map, call.frame, &mut call.exec.origins, &call.exec.environment.limits) {
        Ok(mut text) => {
            if text.as_bytes().ends_with(b"\n") {
                text.truncate(text.len() - 1);
            }
            Ok(Value::str(text))
        }
        Err(WriteError::Unsupported(_)) => Ok(Value::str("")),
        Err(WriteError::Limit(exceeded)) => Err(exceeded.into()),
    }
}

/// Go's `path.Base`.
fn base(path: &str) -> Key {
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => if path.is_empty() { "." } else { "/" }.into(),
        Some(name) => name.into(),
    }
}

/// The content of a file as text; empty when there is none.
fn get(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(match chosen(call) {
        Some(Value::Bytes(mark, text)) => Value::Str(mark, text),
        _ => Value::str(""),
    })
}

/// The content of a file as bytes; empty when there is none.
fn get_bytes(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(chosen(call).unwrap_or_else(|| Value::Bytes(call.arg(0).mark(), Rc::default())))
}

fn chosen(call: &mut Call<'_>) -> Option<Value> {
    let path = call.str(1);
    call.choose(&path);
    call.map(0).get(&path)
}

/// The files whose paths match a pattern; all of them when the pattern cannot be read.
fn glob(call: &mut Call<'_>) -> Result<Value, CallError> {
    call.exec.charge(super::regex::COMPILE_STEPS)?;
    let pattern = call.str(1);
    call.choose(&pattern);
    let glob = Glob::new(&pattern, call.environment().limits.regex_bytes);
    let matches = |path: &str| glob.as_ref().is_none_or(|glob| glob.matches(path));
    let entries = call.map(0).entries().into_iter().filter(|(path, _)| matches(path)).collect();
    Ok(Value::Map(call.arg(0).mark(), Rc::new(Map::from_entries(MapType::Files, entries))))
}

/// The lines of a file; none when there is no such file.
fn lines(call: &mut Call<'_>) -> Result<Value, CallError> {
    let Some(content) = chosen(call) else {
        return Ok(Value::list_of(ListType::String, Vec::new()));
    };
    let bytes = text(&content);
    if bytes.is_empty() {
        return Err("runtime error: index out of range [-1]".into());
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    call.check_list(bytes.iter().filter(|byte| **byte == b'\n').count() + 1)?;
    let mut start = 0;
    let lines = bytes.split(|byte| *byte == b'\n').map(|line| {
        let mut text = Text::new();
        if !line.is_empty() {
            text.push_marked(line, content.mark(), clamp(start));
        }
        start += line.len() + 1;
        Value::Str(content.mark(), Rc::new(text))
    });
    Ok(Value::list_of(ListType::String, lines.collect()))
}

fn text(content: &Value) -> &[u8] {
    match content {
        Value::Str(_, text) | Value::Bytes(_, text) => text.as_bytes(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_folders() {
        for (path, expected) in [("a/b.txt", "b.txt"), ("b.txt", "b.txt"), ("a/", "a"), ("", "."), ("//", "/")] {
            assert_eq!(&*base(path), expected);
        }
    }

    #[test]
    fn every_row_is_found() {
        for row in TABLE {
            assert_eq!(method(row.name).map(|found| found.name), Some(row.name));
        }
        assert!(method("Nope").is_none());
    }
}
