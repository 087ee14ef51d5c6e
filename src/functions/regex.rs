//! Sprig's regular expressions: Go's syntax, matching and replacement templates on the `regex` crate.

use std::ops::Range;
use std::rc::Rc;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::print::quote_go;
use super::regex_syntax::translate;
use super::{Outcome, fixed, runes};
use crate::limits::Exceeded;
use crate::origin::Mark;
use crate::template::Type::{Int, String as Str};
use crate::template::{Call, CallError, Environment, Function};
use crate::text::{Text, find};
use crate::value::{List, ListType, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("mustRegexFind", &[Str, Str], must_regex_find),
    fixed("mustRegexFindAll", &[Str, Str, Int], must_regex_find_all),
    fixed("mustRegexMatch", &[Str, Str], must_regex_match),
    fixed("mustRegexReplaceAll", &[Str, Str, Str], must_regex_replace_all),
    fixed("mustRegexReplaceAllLiteral", &[Str, Str, Str], must_regex_replace_all_literal),
    fixed("mustRegexSplit", &[Str, Str, Int], must_regex_split),
    fixed("regexFind", &[Str, Str], regex_find),
    fixed("regexFindAll", &[Str, Str, Int], regex_find_all),
    fixed("regexMatch", &[Str, Str], regex_match),
    fixed("regexQuoteMeta", &[Str], regex_quote_meta),
    fixed("regexReplaceAll", &[Str, Str, Str], regex_replace_all),
    fixed("regexReplaceAllLiteral", &[Str, Str, Str], regex_replace_all_literal),
    fixed("regexSplit", &[Str, Str, Int], regex_split),
];

/// Patterns that are kept compiled: with the memory that matching takes each may have several MiB.
const CACHED: usize = 100;

/// Steps that compiling a pattern costs: the largest allowed one takes some ten milliseconds.
pub(super) const COMPILE_STEPS: u64 = 20_000;

/// Compiles a Go pattern, or takes it from the cache.
///
/// # Errors
/// Go's message, or the budget `regex-bytes`.
pub fn compile(environment: &Environment, pattern: &[u8]) -> Result<Rc<Regex>, CallError> {
    if let Some(regex) = environment.regexes.borrow().get(pattern) {
        return Ok(Rc::clone(regex));
    }
    let limit = environment.limits.regex_bytes;
    Exceeded::check("regex-bytes", pattern.len() as u64, limit)?;
    let translated = translate(pattern)?;
    let bytes = usize::try_from(limit).unwrap_or(usize::MAX);
    let regex =
        RegexBuilder::new(&translated).size_limit(bytes).nest_limit(2_500).build().map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => CallError::Limit(Exceeded { name: "regex-bytes", limit }),
            other => CallError::Message(format!("error parsing regexp: {other}")),
        })?;
    let regex = Rc::new(regex);
    let mut cache = environment.regexes.borrow_mut();
    if cache.len() >= CACHED {
        cache.clear();
    }
    cache.insert(pattern.into(), Rc::clone(&regex));
    Ok(regex)
}

/// Compiles the first argument; the error is that of Go's `regexp.Compile`.
fn pattern(call: &mut Call<'_>) -> Result<Rc<Regex>, CallError> {
    if !call.environment().regexes.borrow().contains_key(call.bytes(0)) {
        call.exec.charge(COMPILE_STEPS)?;
    }
    compile(call.environment(), call.bytes(0))
}

/// Runs the `must` variant; its error becomes the panic of `regexp.MustCompile`.
fn panicking(call: &mut Call<'_>, run: fn(&mut Call<'_>) -> Outcome) -> Outcome {
    match pattern(call) {
        Err(CallError::Message(message)) => {
            let bytes = call.bytes(0);
            let raw = std::str::from_utf8(bytes).ok().filter(|text| {
                !text.chars().any(|c| c == '\u{FEFF}' || c == '`' || c == '\u{7F}' || c < ' ' && c != '\t')
            });
            let quoted = raw.map_or_else(|| quote_go(bytes), |raw| format!("`{raw}`"));
            Err(CallError::Message(format!("regexp: Compile({quoted}): {message}")))
        }
        Err(other) => Err(other),
        Ok(_) => run(call),
    }
}

/// The first match; empty without one.
fn must_regex_find(call: &mut Call<'_>) -> Outcome {
    let regex = pattern(call)?;
    Ok(match search(&regex, call.bytes(1), 0) {
        Some(captures) => call.arg(1).slice(range(&captures, 0).unwrap_or(0..0)),
        None => Value::str(""),
    })
}

/// `mustRegexFind`.
fn regex_find(call: &mut Call<'_>) -> Outcome {
    panicking(call, must_regex_find)
}

/// So many matches; all for a negative number.
fn must_regex_find_all(call: &mut Call<'_>) -> Outcome {
    let regex = pattern(call)?;
    let found = matches(call, &regex, call.int(2))?;
    Ok(strings(found.into_iter().map(|range| call.arg(1).slice(range)).collect()))
}

/// A `[]string` that Go appends to: without items it is nil.
fn strings(items: Vec<Value>) -> Value {
    let list = if items.is_empty() { List::nil(ListType::String) } else { List::new(ListType::String, items) };
    Value::List(Mark::NONE, Rc::new(list))
}

/// `mustRegexFindAll`.
fn regex_find_all(call: &mut Call<'_>) -> Outcome {
    panicking(call, must_regex_find_all)
}

/// Whether a string has a match.
fn must_regex_match(call: &mut Call<'_>) -> Outcome {
    let regex = pattern(call)?;
    Ok(Value::bool(regex.is_match(call.bytes(1))))
}

/// Whether a string has a match; a faulty pattern has none.
fn regex_match(call: &mut Call<'_>) -> Outcome {
    match must_regex_match(call) {
        Err(CallError::Message(_)) => Ok(Value::bool(false)),
        other => other,
    }
}

/// Replaces every match by a template with `$1`, `${name}`, `$$`.
fn must_regex_replace_all(call: &mut Call<'_>) -> Outcome {
    let regex = pattern(call)?;
    let pieces = template(call.bytes(2));
    replaced(call, &regex, &pieces)
}

/// `mustRegexReplaceAll`.
fn regex_replace_all(call: &mut Call<'_>) -> Outcome {
    panicking(call, must_regex_replace_all)
}

/// Replaces every match by a string as it is.
fn must_regex_replace_all_literal(call: &mut Call<'_>) -> Outcome {
    let regex = pattern(call)?;
    replaced(call, &regex, &[Piece::Literal(0..call.bytes(2).len())])
}

/// `mustRegexReplaceAllLiteral`.
fn regex_replace_all_literal(call: &mut Call<'_>) -> Outcome {
    panicking(call, must_regex_replace_all_literal)
}

/// The parts between matches, at most so many.
fn must_regex_split(call: &mut Call<'_>) -> Outcome {
    let regex = pattern(call)?;
    let (value, len, limit) = (call.arg(1), call.bytes(1).len(), call.int(2));
    let mut parts = Vec::new();
    if limit != 0 && len == 0 && !call.bytes(0).is_empty() {
        parts.push(value.clone());
    } else if limit != 0 {
        let (mut start, mut end) = (0, 0);
        for found in matches(call, &regex, limit)? {
            if usize::try_from(limit).is_ok_and(|limit| parts.len() + 1 == limit) {
                break;
            }
            end = found.start;
            if found.end != 0 {
                parts.push(value.slice(start..end));
            }
            start = found.end;
        }
        if end != len {
            parts.push(value.slice(start..len));
        }
    }
    if limit == 0 || !parts.is_empty() {
        return Ok(strings(parts));
    }
    Ok(Value::list_of(ListType::String, parts))
}

/// `mustRegexSplit`.
fn regex_split(call: &mut Call<'_>) -> Outcome {
    panicking(call, must_regex_split)
}

/// A backslash before everything that means something in a pattern.
fn regex_quote_meta(call: &mut Call<'_>) -> Outcome {
    let bytes = call.bytes(0);
    call.check_string(bytes.len().saturating_mul(2))?;
    let mut out = Text::new();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if br"\.+*?()|[]{}^$".contains(byte) {
            call.append(&mut out, call.arg(0), start..at);
            let mark = super::print::leaf_at(call, call.arg(0), at);
            call.append_written(&mut out, b"\\", mark);
            start = at;
        }
    }
    if start == 0 && out.is_empty() {
        return Ok(call.arg(0).clone());
    }
    call.append(&mut out, call.arg(0), start..bytes.len());
    Ok(Value::str(out))
}

fn range(captures: &Captures<'_>, group: usize) -> Option<Range<usize>> {
    captures.get(group).map(|found| found.range())
}

/// The leftmost match from `from` on. Go has no positions inside a character, so empty matches there do not count.
fn search<'h>(regex: &Regex, bytes: &'h [u8], mut from: usize) -> Option<Captures<'h>> {
    loop {
        let captures = regex.captures_at(bytes, from)?;
        let found = captures.get(0)?;
        if !found.is_empty() || is_boundary(bytes, found.start()) {
            return Some(captures);
        }
        from = found.start() + 1;
    }
}

fn is_boundary(bytes: &[u8], at: usize) -> bool {
    // A character is at most four bytes long, so it suffices to look three back.
    (1..=3).all(|back| {
        at.checked_sub(back).and_then(|start| runes::first(bytes.get(start..)?)).is_none_or(|(_, width)| width <= back)
    })
}

/// Go's `FindAllStringIndex`: an empty match behind another match is left out.
fn matches(call: &Call<'_>, regex: &Regex, limit: i64) -> Result<Vec<Range<usize>>, CallError> {
    let bytes = call.bytes(1);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let (mut at, mut last_end) = (0, None);
    while found.len() < limit && at <= bytes.len() {
        let Some(range) = search(regex, bytes, at).and_then(|captures| range(&captures, 0)) else {
            break;
        };
        let adjacent = range.end == at && last_end == Some(range.start);
        at = if range.end == at { at + width_at(bytes, at) } else { range.end };
        last_end = Some(range.end);
        if !adjacent {
            found.push(range);
            call.check_list(found.len())?;
        }
    }
    Ok(found)
}

fn width_at(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).and_then(runes::first).map_or(1, |(_, width)| width)
}

/// A part of a replacement.
enum Piece {
    Literal(Range<usize>),
    Group(usize),
    Name(Vec<u8>),
}

/// Go's `Regexp.Expand` templates.
fn template(source: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(dollar) = source.get(at..).and_then(|rest| find(rest, b"$")).map(|found| at + found) {
        pieces.push(Piece::Literal(at..dollar));
        let behind = dollar + 1;
        if source.get(behind) == Some(&b'$') {
            pieces.push(Piece::Literal(behind..behind + 1));
            at = behind + 1;
        } else if let Some((piece, end)) = reference(source, behind) {
            pieces.push(piece);
            at = end;
        } else {
            pieces.push(Piece::Literal(dollar..behind));
            at = behind;
        }
    }
    pieces.push(Piece::Literal(at..source.len()));
    pieces
}

/// `name` or `{name}` behind a `$`, and where it ends.
fn reference(source: &[u8], at: usize) -> Option<(Piece, usize)> {
    let braced = source.get(at) == Some(&b'{');
    let start = at + usize::from(braced);
    let rest = source.get(start..)?;
    let in_name = |c: char| runes::is_letter(c) || runes::is_digit(c) || c == '_';
    let length = runes::indices(rest).find(|(_, c, _)| !in_name(*c)).map_or(rest.len(), |(end, ..)| end);
    let name = &rest[..length];
    if name.is_empty() || braced && rest.get(length) != Some(&b'}') {
        return None;
    }
    let digits = name.iter().all(u8::is_ascii_digit) && (name.len() == 1 || name[0] != b'0') && name.len() <= 9;
    let number = std::str::from_utf8(name).ok().filter(|_| digits).and_then(|name| name.parse().ok());
    let piece = number.map_or_else(|| Piece::Name(name.to_vec()), Piece::Group);
    Some((piece, start + length + usize::from(braced)))
}

fn replaced(call: &mut Call<'_>, regex: &Regex, pieces: &[Piece]) -> Outcome {
    let (value, bytes, replacement) = (call.arg(1), call.bytes(1), call.arg(2));
    let names: Vec<Option<&[u8]>> =
        regex.capture_names().map(|name| Some(name?.split_once('_')?.1.as_bytes())).collect();
    let mut out = Text::new();
    let (mut last_end, mut at, mut any) = (0, 0, false);
    while at <= bytes.len() {
        let Some(captures) = search(regex, bytes, at) else { break };
        let Some(found) = range(&captures, 0) else { break };
        any = true;
        call.append(&mut out, value, last_end..found.start);
        if found.end > last_end || found.start == 0 {
            for piece in pieces {
                let group = match piece {
                    Piece::Literal(part) => {
                        call.append(&mut out, replacement, part.clone());
                        continue;
                    }
                    Piece::Group(number) => range(&captures, *number),
                    Piece::Name(name) => {
                        let mut same = names.iter().enumerate().filter(|(_, other)| **other == Some(name.as_slice()));
                        same.find_map(|(number, _)| range(&captures, number))
                    }
                };
                call.append(&mut out, value, group.unwrap_or(0..0));
            }
            call.check_string(out.len())?;
        }
        last_end = found.end;
        let width = width_at(bytes, at);
        at = if at + width > found.end { at + width } else { found.end };
    }
    if !any {
        return Ok(value.clone());
    }
    call.append(&mut out, value, last_end..bytes.len());
    call.check_string(out.len())?;
    Ok(Value::str(out))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{exec, i, s, show, show_in};
    use crate::limits::Limits;

    #[test]
    fn replacement_follows_go() {
        let cases = [
            ("a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"),
            ("a(x*)b", "-ab-axxb-", "$1W", "---"),
            ("a(x*)b", "-ab-axxb-", "$1-", "---xx--"),
            ("a", "banana", "$$", "b$n$n$"),
            ("a", "banana", "$9", "bnn"),
            ("a", "banana", "$", "b$n$n$"),
            ("a", "banana", "${x", "b${xn${xn${x"),
            ("(?P<n>a)", "banana", "<${n}>", "b<a>n<a>n<a>"),
            ("(?P<n>x)?(?P<n>a)", "ba", "<$n>", "b<a>"),
            ("x*", "abc", "-", "-a-b-c-"),
            ("x*", "é", "-", "-é-"),
            ("[^a-zA-Z0-9-]+", "a_b.c d", "-", "a-b-c-d"),
            (r"\W+", "a b", "", "ab"),
            ("b*", "abb", "-", "-a-"),
            ("^", "a\nb", ">", ">a\nb"),
            ("(?m)^", "a\nb", ">", ">a\n>b"),
        ];
        for (pattern, text, template, expected) in cases {
            assert_eq!(show("regexReplaceAll", &[s(pattern), s(text), s(template)]), expected, "{pattern} {template}");
        }
        assert_eq!(show("regexReplaceAllLiteral", &[s("a"), s("banana"), s("$1")]), "b$1n$1n$1");
    }

    #[test]
    fn matching_follows_go() {
        assert_eq!(show("regexFind", &[s("[a-z]+"), s("123abc")]), "abc");
        assert_eq!(show("regexFind", &[s("z"), s("a")]), "");
        assert_eq!(show("regexFindAll", &[s("[2,4,6,8]"), s("123456789"), i(-1)]), "[2 4 6 8]");
        assert_eq!(show("regexFindAll", &[s("a"), s("aaa"), i(2)]), "[a a]");
        assert_eq!(show("regexFindAll", &[s("a*"), s("baab"), i(-1)]), "[ aa ]");
        assert_eq!(show("regexSplit", &[s(","), s("a,b,c"), i(2)]), "[a b,c]");
        assert_eq!(show("regexSplit", &[s("z+"), s("pizza"), i(-1)]), "[pi a]");
        assert_eq!(show("regexSplit", &[s(""), s("abc"), i(-1)]), "[a b c]");
        assert_eq!(show("regexSplit", &[s("a"), s("a"), i(-1)]), "[ ]");
        assert_eq!(show("regexQuoteMeta", &[s("a.b*c-d")]), r"a\.b\*c-d");
        let matches = [
            (r"^\d+$", "12", true),
            (r"\w", "é", false),
            ("(?i)ABC", "xabcx", true),
            (r"\pL", "é", true),
            ("[[:alpha:]]", "1", false),
            ("(?=a)", "a", false),
            (r"\z", "a", true),
            (r"\bé", "aé", true),
            ("(?i)[^k]", "\u{212A}", false),
            (r"^\s$", "\u{b}", false),
            (r"^[\s\S]$", "\u{b}", true),
            ("a$", "a\n", false),
            (r"^\Q.\E$", ".", true),
            ("^[^a]$", "\n", true),
            ("^.$", "\n", false),
        ];
        for (pattern, text, expected) in matches {
            assert_eq!(show("regexMatch", &[s(pattern), s(text)]), expected.to_string(), "{pattern} {text}");
        }
    }

    #[test]
    fn faulty_patterns_fail_as_in_go() {
        assert_eq!(show("mustRegexMatch", &[s("["), s("x")]), "ERROR error parsing regexp: missing closing ]: `[`");
        assert_eq!(
            show("regexFind", &[s("["), s("x")]),
            "ERROR regexp: Compile(`[`): error parsing regexp: missing closing ]: `[`"
        );
        assert_eq!(show("regexMatch", &[s("["), s("x")]), "false");
    }

    #[test]
    fn compiled_size_is_limited() {
        let limits = Limits { regex_bytes: 2_000, ..Limits::default() };
        let mut exec = exec(limits);
        assert_eq!(show_in(&mut exec, "regexMatch", &[s("abc"), s("abc")]), "true");
        assert_eq!(show_in(&mut exec, "regexMatch", &[s(r"(\pL{50}){20}"), s("abc")]), "LIMIT regex-bytes");
    }
}
