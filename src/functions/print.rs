//! How values become text in string functions, with the origins of the bytes kept.

use crate::origin::Mark;
use crate::template::Call;
use crate::text::Text;
use crate::value::Value;

/// Sprig's `strval` for a text that is being built: strings as they are with their origins, everything else printed.
pub(super) fn append_strval(call: &mut Call<'_>, out: &mut Text, value: &Value) {
    match value {
        Value::Str(..) | Value::Bytes(..) => call.append_all(out, value),
        _ => append_printed(call, out, value),
    }
}

/// What Go's `%v` prints for a value that is no string.
pub(super) fn append_printed(call: &mut Call<'_>, out: &mut Text, value: &Value) {
    let mark = made_of(call, value);
    call.append_written(out, &print_value(value), mark);
}

/// A string value as `strval` makes it; a string is answered as it is.
pub(super) fn strval(call: &mut Call<'_>, value: &Value) -> Value {
    match value {
        Value::Str(..) => value.clone(),
        Value::Bytes(mark, text) => Value::Str(*mark, text.clone()),
        _ => {
            let mut text = Text::new();
            append_strval(call, &mut text, value);
            Value::str(text)
        }
    }
}

/// Nodes of a collection that are asked for their mark.
const MARKED_NODES: usize = 1_000;

/// What a value was made of: its own mark, or those of what it holds.
pub(super) fn made_of(call: &mut Call<'_>, value: &Value) -> Mark {
    if !value.mark().is_none() || !call.origins().enabled() {
        return value.mark();
    }
    let (mut marks, mut rest, mut budget) = (Vec::new(), vec![value.clone()], MARKED_NODES);
    while let Some(next) = rest.pop()
        && budget > 0
    {
        budget -= 1;
        if !next.mark().is_none() {
            marks.push(next.mark());
            continue;
        }
        match &next {
            Value::Str(_, text) => marks.extend(text.runs().iter().take(MARKED_NODES).map(|run| run.mark)),
            Value::List(_, list) => rest.extend(list.items().iter().take(MARKED_NODES).cloned()),
            Value::Map(_, map) => rest.extend(map.entries().into_iter().take(MARKED_NODES).map(|(_, item)| item)),
            _ => {}
        }
    }
    call.origins().mix(marks)
}

/// The leaf behind one byte of a string value: what bytes that a function writes beside it are made of.
pub(super) fn leaf_at(call: &mut Call<'_>, value: &Value, offset: usize) -> Mark {
    let run = value.as_text().and_then(|text| text.run_at(offset));
    let mark = run.map_or(value.mark(), |(run, _)| run.mark);
    call.origins().get_origin(mark).map_or(mark, |origin| origin.leaf)
}

/// STAND-IN
pub(super) fn print_value(value: &Value) -> Vec<u8> {
    match value {
        Value::Nil(_) => b"<nil>".to_vec(),
        Value::Bool(_, v) => v.to_string().into_bytes(),
        Value::Int(_, _, v) => v.to_string().into_bytes(),
        Value::Float(_, v) => v.to_string().into_bytes(),
        Value::Str(_, t) => t.as_bytes().to_vec(),
        Value::Bytes(_, t) => format!("{:?}", t.as_bytes()).replace(',', "").into_bytes(),
        Value::List(_, l) => {
            let mut out = b"[".to_vec();
            for (n, item) in l.items().iter().enumerate() {
                if n > 0 {
                    out.push(b' ')
                }
                out.extend(print_value(item));
            }
            out.push(b']');
            out
        }
        Value::Map(_, m) => {
            let mut out = b"map[".to_vec();
            for (n, (k, item)) in m.entries().iter().enumerate() {
                if n > 0 {
                    out.push(b' ')
                }
                out.extend(k.as_bytes());
                out.push(b':');
                out.extend(print_value(item));
            }
            out.push(b']');
            out
        }
        Value::Struct(_, s) => s.printed.clone().unwrap_or_default().into_bytes(),
    }
}

/// STAND-IN
pub(super) fn quote_go(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for (at, c, width) in super::runes::indices(bytes) {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c)
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            super::runes::ERROR if width == 1 => out.push_str(&format!("\\x{:02x}", bytes[at])),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
