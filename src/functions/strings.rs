//! Sprig's string functions but those about case and random characters.
//!
//! Strings are bytes, as in Go: lengths and cuts count bytes. Whatever passes bytes through keeps their origins.

use super::print::{append_printed, append_strval, around, leaf_at, made_of, quote_go, strval};
use super::{Outcome, fixed, runes, variadic};
use crate::limits::Exceeded;
use crate::origin::NO_OFFSET;
use crate::template::Type::{Any, Int, String as Str};
use crate::template::{Call, Function};
use crate::text::{Text, find};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("abbrev", &[Int, Str], abbrev),
    fixed("abbrevboth", &[Int, Int, Str], abbrevboth),
    variadic("cat", &[Any], cat),
    fixed("contains", &[Str, Str], contains),
    fixed("hasPrefix", &[Str, Str], has_prefix),
    fixed("hasSuffix", &[Str, Str], has_suffix),
    fixed("hello", &[], hello),
    fixed("indent", &[Int, Str], indent),
    fixed("initials", &[Str], initials),
    fixed("nindent", &[Int, Str], nindent),
    fixed("nospace", &[Str], nospace),
    fixed("plural", &[Str, Str, Int], plural),
    variadic("quote", &[Any], quote),
    fixed("repeat", &[Int, Str], repeat),
    fixed("replace", &[Str, Str, Str], replace),
    variadic("squote", &[Any], squote),
    fixed("substr", &[Int, Int, Str], substr),
    fixed("trim", &[Str], trim),
    fixed("trimAll", &[Str, Str], trim_all),
    fixed("trimPrefix", &[Str, Str], trim_prefix),
    fixed("trimSuffix", &[Str, Str], trim_suffix),
    fixed("trimall", &[Str, Str], trim_all),
    fixed("trunc", &[Int, Str], trunc),
    fixed("wrap", &[Int, Str], wrap),
    fixed("wrapWith", &[Int, Str, Str], wrap_with),
];

/// Cuts a string to a width, with an ellipsis behind.
fn abbrev(call: &mut Call<'_>) -> Outcome {
    abbreviate(call, 0, call.int(0), 1)
}

/// Cuts a string on both sides.
fn abbrevboth(call: &mut Call<'_>) -> Outcome {
    let (left, right) = (call.int(0), call.int(1));
    if left > 0 && right < 7 {
        return Ok(call.arg(2).clone());
    }
    abbreviate(call, left, right, 2)
}

fn abbreviate(call: &mut Call<'_>, offset: i64, width: i64, index: usize) -> Outcome {
    let value = call.arg(index);
    let len = call.bytes(index).len();
    let Some(width) = usize::try_from(width).ok().filter(|width| (4..len).contains(width)) else {
        return Ok(value.clone());
    };
    let keep = width - 3;
    let offset = usize::try_from(offset).unwrap_or(0).min(len).min(len - keep);
    let (before, range, behind) = if offset <= 4 {
        (false, 0..keep, true)
    } else if offset + keep < len {
        (true, offset..offset + keep - 3, true)
    } else {
        (true, len - keep..len, false)
    };
    let mut out = Text::new();
    if before {
        let mark = leaf_at(call, value, range.start);
        call.append_written(&mut out, b"...", mark);
    }
    let mark = leaf_at(call, value, range.start);
    call.append(&mut out, value, range);
    if behind {
        call.append_written(&mut out, b"...", mark);
    }
    Ok(Value::str(out))
}

/// Joins arguments with spaces; nil ones are left out.
fn cat(call: &mut Call<'_>) -> Outcome {
    joined(call, |call, out, value| {
        match value {
            Value::Str(..) => call.append_all(out, value),
            _ => append_printed(call, out, value)?,
        }
        Ok(())
    })
}

/// Every argument that is not nil, written by `write`, with a space between two.
fn joined(call: &mut Call<'_>, write: impl Fn(&mut Call<'_>, &mut Text, &Value) -> Result<(), Exceeded>) -> Outcome {
    let mut out = Text::new();
    let mut first = true;
    for value in call.args.iter().filter(|value| !value.is_nil()) {
        if !std::mem::take(&mut first) {
            call.append_written(&mut out, b" ", crate::origin::Mark::NONE);
        }
        write(call, &mut out, value)?;
        call.check_string(out.len())?;
    }
    Ok(Value::str(out))
}

/// Whether a string holds another.
fn contains(call: &mut Call<'_>) -> Outcome {
    let needle = call.bytes(0);
    Ok(Value::bool(needle.is_empty() || find(call.bytes(1), needle).is_some()))
}

/// Whether a string begins with another.
fn has_prefix(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.bytes(1).starts_with(call.bytes(0))))
}

/// Whether a string ends with another.
fn has_suffix(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.bytes(1).ends_with(call.bytes(0))))
}

/// Greets.
fn hello(_: &mut Call<'_>) -> Outcome {
    Ok(Value::str("Hello!"))
}

/// Puts spaces before every line, also before empty ones.
fn indent(call: &mut Call<'_>) -> Outcome {
    indented(call, b"")
}

/// `indent` behind a line break.
fn nindent(call: &mut Call<'_>) -> Outcome {
    indented(call, b"\n")
}

fn indented(call: &mut Call<'_>, before: &[u8]) -> Outcome {
    let Ok(spaces) = usize::try_from(call.int(0)) else {
        return Err("strings: negative Repeat count".into());
    };
    let bytes = call.bytes(1);
    let breaks = bytes.iter().filter(|byte| **byte == b'\n').count();
    call.check_string(spaces.saturating_mul(breaks + 1).saturating_add(bytes.len() + before.len()))?;
    let pad = vec![b' '; spaces];
    let mut stamped = Text::new();
    call.append_all(&mut stamped, call.arg(1));
    let mut out = Text::new();
    if stamped.runs().is_empty() {
        call.append_written(&mut out, &[before, &indent_lines(bytes, &pad)].concat(), crate::origin::Mark::NONE);
        return Ok(Value::str(out));
    }
    // Padding stands around the bytes that follow it: runs and lines are walked together.
    let mut pending = [before, &pad].concat();
    let mut start = 0;
    let mut mark = crate::origin::Mark::NONE;
    for run in stamped.runs() {
        mark = run.mark;
        let mut at = start;
        for line in stamped.as_bytes()[start..run.end as usize].split_inclusive(|byte| *byte == b'\n') {
            if !pending.is_empty() {
                let around = call.origins().around(mark);
                out.push_marked(&pending, around, NO_OFFSET);
                pending.clear();
            }
            let offset = if run.at == NO_OFFSET { NO_OFFSET } else { run.at + crate::source::clamp(at - start) };
            out.push_marked(line, mark, offset);
            at += line.len();
            if line.ends_with(b"\n") {
                pending.extend_from_slice(&pad);
            }
        }
        start = run.end as usize;
    }
    let around = call.origins().around(mark);
    out.push_marked(&pending, around, NO_OFFSET);
    Ok(Value::str(out))
}

fn indent_lines(bytes: &[u8], pad: &[u8]) -> Vec<u8> {
    let mut out = pad.to_vec();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        out.extend_from_slice(line);
        if line.ends_with(b"\n") {
            out.extend_from_slice(pad);
        }
    }
    out
}

/// The first letter of every word. Bytes count as characters, as in goutils.
fn initials(call: &mut Call<'_>) -> Outcome {
    let mut out = Vec::new();
    let mut gap = true;
    for byte in call.bytes(0) {
        let space = runes::is_space(char::from(*byte));
        if gap && !space {
            runes::push(&mut out, char::from(*byte));
        }
        gap = space;
    }
    Ok(Value::str(out))
}

/// Removes white space. Bytes count as characters, as in goutils: beside a space, bytes over 0x7F turn into two.
fn nospace(call: &mut Call<'_>) -> Outcome {
    let (value, bytes) = (call.arg(0), call.bytes(0));
    if !bytes.iter().any(|byte| runes::is_space(char::from(*byte))) {
        return Ok(value.clone());
    }
    call.check_string(bytes.len().saturating_mul(2))?;
    if !bytes.is_ascii() {
        let mut out = Vec::new();
        let kept = bytes.iter().map(|byte| char::from(*byte)).filter(|c| !runes::is_space(*c));
        kept.for_each(|c| runes::push(&mut out, c));
        return Ok(Value::str(out));
    }
    let mut out = Text::new();
    let mut at = 0;
    for word in bytes.split(|byte| runes::is_space(char::from(*byte))) {
        call.append(&mut out, value, at..at + word.len());
        at += word.len() + 1;
    }
    Ok(Value::str(out))
}

/// The first string for 1, the second for any other number.
fn plural(call: &mut Call<'_>) -> Outcome {
    Ok(call.arg(usize::from(call.int(2) != 1)).clone())
}

/// Arguments in double quotes with Go's escapes; nil ones are left out.
fn quote(call: &mut Call<'_>) -> Outcome {
    joined(call, |call, out, value| {
        let text = strval(call, value)?;
        let bytes = text.as_text().map_or(&b""[..], |text| text.as_bytes());
        let mark = around(call, &text, 0);
        call.append_written(out, b"\"", mark);
        let mut plain = 0;
        for (at, c, width) in runes::indices(bytes) {
            if matches!(c, ' '..='~') && c != '"' && c != '\\' {
                continue;
            }
            let end = at + width;
            let quoted = quote_go(&bytes[at..end]);
            let escaped = quoted.as_bytes().get(1..quoted.len() - 1).unwrap_or_default();
            if escaped != &bytes[at..end] {
                call.append(out, &text, plain..at);
                let mark = leaf_at(call, &text, at);
                call.append_written(out, escaped, mark);
                plain = end;
                call.check_string(out.len())?;
            }
        }
        call.append(out, &text, plain..bytes.len());
        let mark = around(call, &text, bytes.len().saturating_sub(1));
        call.append_written(out, b"\"", mark);
        Ok(())
    })
}

/// Copies beyond this many are not worth a run each.
const RUNS_OF_COPIES: usize = 1_000;

/// A string several times.
fn repeat(call: &mut Call<'_>) -> Outcome {
    let Ok(count) = usize::try_from(call.int(0)) else {
        return Err("strings: negative Repeat count".into());
    };
    let value = call.arg(1);
    let len = call.bytes(1).len();
    if len == 0 || count == 0 {
        return Ok(Value::str(""));
    }
    if len.checked_mul(count).is_none_or(|len| isize::try_from(len).is_err()) {
        return Err("strings: Repeat output length overflow".into());
    }
    call.check_string(len * count)?;
    if count > RUNS_OF_COPIES {
        return Ok(Value::str(call.bytes(1).repeat(count)));
    }
    let mut out = Text::new();
    for _ in 0..count {
        call.append_all(&mut out, value);
    }
    Ok(Value::str(out))
}

/// Replaces every occurrence of a string; an empty one stands before every character and at the end.
fn replace(call: &mut Call<'_>) -> Outcome {
    let (old, source) = (call.bytes(0), call.bytes(2));
    let (new, value) = (call.arg(1), call.arg(2));
    let places = occurrences(source, old);
    if places.is_empty() || old == call.bytes(1) {
        return Ok(value.clone());
    }
    let kept = source.len() - places.len() * old.len();
    call.check_string(places.len().saturating_mul(call.bytes(1).len()).saturating_add(kept))?;
    let mut out = Text::new();
    let mut rest = 0;
    for at in places {
        call.append(&mut out, value, rest..at);
        call.append_all(&mut out, new);
        rest = at + old.len();
    }
    call.append(&mut out, value, rest..source.len());
    Ok(Value::str(out))
}

/// Where `needle` occurs, without overlaps.
pub(super) fn occurrences(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    if needle.is_empty() {
        return runes::indices(bytes).map(|(at, ..)| at).chain([bytes.len()]).collect();
    }
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = bytes.get(from..).and_then(|rest| find(rest, needle)) {
        places.push(from + at);
        from += at + needle.len();
    }
    places
}

/// Arguments in single quotes, nothing escaped; nil ones are left out.
fn squote(call: &mut Call<'_>) -> Outcome {
    joined(call, |call, out, value| {
        let (first, last) = match value {
            Value::Str(_, text) => (around(call, value, 0), around(call, value, text.len().saturating_sub(1))),
            _ => {
                let mark = made_of(call, value);
                let mark = call.origins().around(mark);
                (mark, mark)
            }
        };
        call.append_written(out, b"'", first);
        match value {
            Value::Bytes(..) => append_printed(call, out, value)?,
            _ => append_strval(call, out, value)?,
        }
        call.append_written(out, b"'", last);
        Ok(())
    })
}

/// A part of a string by byte offsets.
fn substr(call: &mut Call<'_>) -> Outcome {
    let (start, end) = (call.int(0), call.int(1));
    let len = call.bytes(2).len();
    let index = |number: i64| usize::try_from(number).ok();
    let outside = |range: String| Err(format!("runtime error: slice bounds out of range [{range}]").into());
    let value = call.arg(2);
    if start < 0 {
        return match index(end) {
            Some(end) if end <= len => Ok(value.slice(0..end)),
            Some(end) => Err(format!("runtime error: slice bounds out of range [:{end}] with length {len}").into()),
            None => outside(format!(":{end}")),
        };
    }
    let until = index(end).filter(|end| *end <= len).unwrap_or(len);
    match index(start).filter(|start| *start <= until) {
        Some(start) => Ok(value.slice(start..until)),
        None => outside(format!("{start}:{until}")),
    }
}

/// Cuts white space from both ends.
fn trim(call: &mut Call<'_>) -> Outcome {
    Ok(trimmed(call, 0, runes::is_space))
}

/// Cuts every character of a set from both ends.
fn trim_all(call: &mut Call<'_>) -> Outcome {
    let set: Vec<char> = runes::all(call.bytes(0)).collect();
    Ok(trimmed(call, 1, |c| set.contains(&c)))
}

fn trimmed(call: &Call<'_>, index: usize, cut: impl Fn(char) -> bool) -> Value {
    let bytes = call.bytes(index);
    let (mut start, mut end) = (0, bytes.len());
    while let Some((_, width)) = runes::first(&bytes[start..end]).filter(|(c, _)| cut(*c)) {
        start += width;
    }
    while let Some((_, width)) = runes::last(&bytes[start..end]).filter(|(c, _)| cut(*c)) {
        end -= width;
    }
    call.arg(index).slice(start..end)
}

/// Cuts a prefix.
fn trim_prefix(call: &mut Call<'_>) -> Outcome {
    let (prefix, bytes) = (call.bytes(0), call.bytes(1));
    let start = if bytes.starts_with(prefix) { prefix.len() } else { 0 };
    Ok(call.arg(1).slice(start..bytes.len()))
}

/// Cuts a suffix.
fn trim_suffix(call: &mut Call<'_>) -> Outcome {
    let (suffix, bytes) = (call.bytes(0), call.bytes(1));
    let cut = if bytes.ends_with(suffix) { suffix.len() } else { 0 };
    Ok(call.arg(1).slice(0..bytes.len() - cut))
}

/// The first bytes of a string; a negative number keeps the last ones.
fn trunc(call: &mut Call<'_>) -> Outcome {
    let count = call.int(0);
    let len = call.bytes(1).len();
    let width = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(len);
    let range = if count < 0 { len - width..len } else { 0..width };
    Ok(call.arg(1).slice(range))
}

/// Breaks lines at spaces; long words stay whole.
fn wrap(call: &mut Call<'_>) -> Outcome {
    wrapped(call, 1, &Value::str("\n"), false)
}

/// Breaks lines with a string; long words are broken too.
fn wrap_with(call: &mut Call<'_>) -> Outcome {
    let line_break = if call.bytes(1).is_empty() { &Value::str("\n") } else { call.arg(1) };
    wrapped(call, 2, line_break, true)
}

fn wrapped(call: &mut Call<'_>, index: usize, line_break: &Value, break_words: bool) -> Outcome {
    let (value, bytes) = (call.arg(index), call.bytes(index));
    let width = usize::try_from(call.int(0)).unwrap_or(0).max(1);
    let mut out = Text::new();
    let mut at = 0;
    while bytes.len() - at > width {
        if bytes[at] == b' ' {
            at += 1;
            continue;
        }
        let end = at + width;
        let last_space = bytes[at..=end].iter().rposition(|byte| *byte == b' ').map(|space| at + space);
        let (cut, next) = match last_space {
            Some(space) => (space, space + 1),
            None if break_words => (end, end),
            None => match bytes[end..].iter().position(|byte| *byte == b' ') {
                Some(space) => (end + space, end + space + 1),
                None => break,
            },
        };
        call.append(&mut out, value, at..cut);
        call.append_all(&mut out, line_break);
        call.check_string(out.len())?;
        at = next;
    }
    call.append(&mut out, value, at..bytes.len());
    Ok(Value::str(out))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, runs, s, show, show_in};
    use super::*;
    use crate::limits::Limits;
    use crate::origin::{Key, Leaf, Mark};
    use crate::source::{SourceId, Span};
    use crate::template::Exec;

    #[test]
    fn results_are_those_of_sprig() {
        let cases: &[(&str, &[Value], &str)] = &[
            ("abbrev", &[i(5), s("hello world")], "he..."),
            ("abbrev", &[i(3), s("hello")], "hello"),
            ("abbrev", &[i(5), s("hello")], "hello"),
            ("abbrevboth", &[i(5), i(10), s("1234 5678 9123")], "...5678..."),
            ("abbrevboth", &[i(5), i(6), s("1234 5678 9123")], "1234 5678 9123"),
            ("abbrevboth", &[i(0), i(5), s("1234 5678 9123")], "12..."),
            ("abbrevboth", &[i(99), i(10), s("1234 5678 9123")], "...78 9123"),
            ("cat", &[s("a"), Value::NIL, i(3), Value::bool(true)], "a 3 true"),
            ("contains", &[s(""), s("")], "true"),
            ("contains", &[s("nan"), s("banana")], "true"),
            ("contains", &[s("x"), s("banana")], "false"),
            ("hasPrefix", &[s("a"), s("abc")], "true"),
            ("hasSuffix", &[s("c"), s("abc")], "true"),
            ("indent", &[i(2), s("a\n\nb")], "  a\n  \n  b"),
            ("indent", &[i(0), s("")], ""),
            ("nindent", &[i(2), s("a\n\nb\n")], "\n  a\n  \n  b\n  "),
            ("nindent", &[i(2), s("")], "\n  "),
            ("indent", &[i(-1), s("a")], "ERROR strings: negative Repeat count"),
            ("initials", &[s("First Try")], "FT"),
            ("nospace", &[s("a b\tc")], "abc"),
            ("nospace", &[s("é")], "é"),
            ("nospace", &[s("é x")], "Ã©x"),
            ("plural", &[s("one"), s("many"), i(1)], "one"),
            ("plural", &[s("one"), s("many"), i(0)], "many"),
            ("quote", &[s("a"), Value::NIL, i(1), s("")], "\"a\" \"1\" \"\""),
            ("quote", &[s("a\"b\\c\né\u{0}")], r#""a\"b\\c\né\x00""#),
            ("quote", &[Value::NIL], ""),
            ("squote", &[s("a'b"), Value::NIL, i(1)], "'a'b' '1'"),
            ("repeat", &[i(3), s("ab")], "ababab"),
            ("repeat", &[i(-1), s("ab")], "ERROR strings: negative Repeat count"),
            ("replace", &[s("a"), s("b"), s("banana")], "bbnbnb"),
            ("replace", &[s(""), s("-"), s("aéc")], "-a-é-c-"),
            ("substr", &[i(1), i(3), s("abcd")], "bc"),
            ("substr", &[i(-1), i(3), s("abcd")], "abc"),
            ("substr", &[i(1), i(-1), s("abcd")], "bcd"),
            ("substr", &[i(1), i(9), s("abcd")], "bcd"),
            ("substr", &[i(-1), i(9), s("abcd")], "ERROR runtime error: slice bounds out of range [:9] with length 4"),
            ("substr", &[i(5), i(9), s("abcd")], "ERROR runtime error: slice bounds out of range [5:4]"),
            ("substr", &[i(3), i(1), s("abcd")], "ERROR runtime error: slice bounds out of range [3:1]"),
            ("trim", &[s(" \t\na\u{a0}\u{85}")], "a"),
            ("trim", &[s("  ")], ""),
            ("trimAll", &[s("-é"), s("é--a-b--é")], "a-b"),
            ("trimAll", &[s(""), s("-a")], "-a"),
            ("trimSuffix", &[s("-"), s("a--")], "a-"),
            ("trimPrefix", &[s("-"), s("--a")], "-a"),
            ("trunc", &[i(2), s("abc")], "ab"),
            ("trunc", &[i(-2), s("abc")], "bc"),
            ("trunc", &[i(9), s("abc")], "abc"),
            ("trunc", &[i(-9), s("abc")], "abc"),
            ("trunc", &[i(i64::MIN), s("abc")], "abc"),
            ("wrap", &[i(5), s("hello big world")], "hello\nbig\nworld"),
            ("wrap", &[i(3), s("hello big")], "hello\nbig"),
            ("wrapWith", &[i(5), s("|"), s("helloworld")], "hello|world"),
            ("wrapWith", &[i(0), s(""), s("ab")], "a\nb"),
            ("hello", &[], "Hello!"),
        ];
        for (name, args, expected) in cases {
            assert_eq!(show(name, args), *expected, "{name} {args:?}");
        }
    }

    #[test]
    fn trunc_counts_bytes() {
        let cut = call_in(&mut exec(Limits::default()), "trunc", &[i(1), s("é")]).unwrap();
        assert_eq!(cut.as_text().unwrap().as_bytes(), b"\xC3");
    }

    fn with_leaf() -> (Exec, Mark) {
        let mut exec = exec(Limits::default());
        let span = Span::new(SourceId(1), 0, 9);
        let leaf = exec.origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
        (exec, leaf)
    }

    /// Leaf and offset of every byte of a result.
    fn bytes_of_leaf(exec: &Exec, value: &Value) -> Vec<Option<u32>> {
        let mut start = 0;
        let mut out = Vec::new();
        for (end, mark, at) in runs(value) {
            let origin = exec.origins.get_origin(mark);
            let verbatim = origin.is_some_and(|origin| origin.leaf.is_leaf()) && at != NO_OFFSET;
            out.extend((start..end).map(|byte| verbatim.then(|| at + byte - start)));
            start = end;
        }
        out
    }

    /// The bytes of a result that were made of the leaf, each of the others around it.
    fn made_of_leaf(exec: &Exec, leaf: Mark, value: &Value) -> String {
        let bytes = value.as_text().unwrap().as_bytes();
        let mut start = 0;
        let mut made = String::new();
        for (end, mark, _) in runs(value) {
            assert_eq!(exec.origins.nearest_leaf(mark), Some(leaf));
            if exec.origins.leaves_of(mark) == [leaf] {
                made.push_str(std::str::from_utf8(&bytes[start..end as usize]).unwrap());
            }
            start = end as usize;
        }
        made
    }

    #[test]
    fn indentation_stands_around_the_following_bytes() {
        let (mut exec, leaf) = with_leaf();
        let value = call_in(&mut exec, "nindent", &[i(2), s("ab\ncd").with_mark(leaf)]).unwrap();
        let expected = [None, None, None, Some(0), Some(1), Some(2), None, None, Some(3), Some(4)];
        assert_eq!(bytes_of_leaf(&exec, &value), expected);
        assert_eq!(made_of_leaf(&exec, leaf, &value), "ab\ncd");
    }

    #[test]
    fn escapes_are_made_of_the_leaf_and_quotes_stand_around_it() {
        let (mut exec, leaf) = with_leaf();
        let value = call_in(&mut exec, "quote", &[s("a\"b").with_mark(leaf)]).unwrap();
        assert_eq!(bytes_of_leaf(&exec, &value), [None, Some(0), None, None, Some(2), None]);
        assert_eq!(made_of_leaf(&exec, leaf, &value), "a\\\"b");
        for empty in ["quote", "squote"] {
            let value = call_in(&mut exec, empty, &[s("").with_mark(leaf)]).unwrap();
            assert_eq!(made_of_leaf(&exec, leaf, &value), "", "{empty}");
        }
    }

    #[test]
    fn replacement_keeps_what_stays() {
        let (mut exec, leaf) = with_leaf();
        let value = call_in(&mut exec, "replace", &[s("."), s("-"), s("a.b.c").with_mark(leaf)]).unwrap();
        assert_eq!(bytes_of_leaf(&exec, &value), [Some(0), None, Some(2), None, Some(4)]);
    }

    #[test]
    fn lengths_run_against_the_budget() {
        let limits = Limits { string_bytes: 10, ..Limits::default() };
        let mut exec = exec(limits);
        for (name, below, at, above) in [
            ("repeat", [i(3), s("abc")], [i(5), s("ab")], [i(11), s("a")]),
            ("indent", [i(8), s("a")], [i(9), s("a")], [i(10), s("a")]),
            ("nindent", [i(7), s("a")], [i(8), s("a")], [i(9), s("a")]),
        ] {
            assert_eq!(show_in(&mut exec, name, &below).len(), 9);
            assert_eq!(show_in(&mut exec, name, &at).len(), 10);
            assert_eq!(show_in(&mut exec, name, &above), "LIMIT string-bytes", "{name}");
        }
        assert_eq!(show_in(&mut exec, "replace", &[s("a"), s("bbb"), s("aaac")]).len(), 10);
        assert_eq!(show_in(&mut exec, "replace", &[s("a"), s("bbb"), s("aaaa")]), "LIMIT string-bytes");
        assert_eq!(
            show_in(&mut exec, "repeat", &[i(i64::MAX), s("ab")]),
            "ERROR strings: Repeat output length overflow"
        );
        assert_eq!(show_in(&mut exec, "quote", &[s("\u{0}\u{0}\u{0}")]), "LIMIT string-bytes");
    }
}
