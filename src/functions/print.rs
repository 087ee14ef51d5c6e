//! How values become text in string functions, with the origins of the bytes kept.

use std::rc::Rc;

use crate::limits::Exceeded;
use crate::origin::Mark;
pub(super) use crate::template::format::quote_go;
use crate::template::{Call, format};
use crate::text::Text;
use crate::value::Value;

/// Sprig's `strval` for a text that is being built: strings as they are with their origins, everything else printed.
pub(super) fn append_strval(call: &mut Call<'_>, out: &mut Text, value: &Value) -> Result<(), Exceeded> {
    match value {
        Value::Str(..) | Value::Bytes(..) => call.append_all(out, value),
        _ => append_printed(call, out, value)?,
    }
    Ok(())
}

/// What Go's `%v` prints for a value that is no string.
pub(super) fn append_printed(call: &mut Call<'_>, out: &mut Text, value: &Value) -> Result<(), Exceeded> {
    if let (Value::List(..) | Value::Map(..), true) = (value, call.origins().enabled()) {
        let args = std::slice::from_ref(value);
        let printed = format::sprint(args, &call.environment().limits)?;
        Call { args, frame: call.frame, exec: call.exec }.append_pieces(out, 0, &printed);
        return Ok(());
    }
    let (printed, mark) = (printed(call, value)?, made_of(call, value));
    call.exec.origins.prints(call.frame.place, value, &printed);
    call.append_written(out, &printed, mark);
    Ok(())
}

/// Sprig's `strval`: a string as it is, anything else printed.
pub(super) fn strval(call: &mut Call<'_>, value: &Value) -> Result<Value, Exceeded> {
    match value {
        Value::Str(..) => Ok(value.clone()),
        Value::Bytes(mark, text) => Ok(Value::Str(*mark, Rc::clone(text))),
        _ => {
            let mut text = Text::new();
            append_printed(call, &mut text, value)?;
            Ok(Value::str(text))
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
            Value::Map(_, map) => {
                for (key, item) in map.entries().into_iter().take(MARKED_NODES) {
                    marks.extend(key.text().iter().flat_map(|text| text.runs()).map(|run| run.mark));
                    rest.push(item);
                }
            }
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

/// The mark of what is written beside one byte of a string value and does not depend on it.
pub(super) fn around(call: &mut Call<'_>, value: &Value, offset: usize) -> Mark {
    let mark = leaf_at(call, value, offset);
    call.origins().around(mark)
}

/// What `%v` prints, within the limits of the call.
pub(super) fn printed(call: &Call<'_>, value: &Value) -> Result<Vec<u8>, Exceeded> {
    Ok(format::sprint(std::slice::from_ref(value), &call.environment().limits)?.bytes)
}
