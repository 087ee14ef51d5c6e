//! Sprig's functions that change the case of letters.

use super::{Outcome, fixed, runes};
use crate::template::Type::String as Str;
use crate::template::{Call, Function};
use crate::text::Text;
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("camelcase", &[Str], camelcase),
    fixed("kebabcase", &[Str], kebabcase),
    fixed("lower", &[Str], lower),
    fixed("snakecase", &[Str], snakecase),
    fixed("swapcase", &[Str], swapcase),
    fixed("title", &[Str], title),
    fixed("untitle", &[Str], untitle),
    fixed("upper", &[Str], upper),
];

/// All letters to lower case.
fn lower(call: &mut Call<'_>) -> Outcome {
    Ok(mapped(call, runes::lower))
}

/// All letters to upper case.
fn upper(call: &mut Call<'_>) -> Outcome {
    Ok(mapped(call, runes::upper))
}

/// The first letter of every word to title case, as Go's `strings.Title`.
fn title(call: &mut Call<'_>) -> Outcome {
    let mut before = ' ';
    Ok(mapped(call, |c| {
        let result = if separates(before) { runes::title(c) } else { c };
        before = c;
        result
    }))
}

fn separates(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_alphanumeric() && c != '_';
    }
    !runes::is_letter(c) && !runes::is_digit(c) && runes::is_space(c)
}

/// The first letter of every word to lower case.
fn untitle(call: &mut Call<'_>) -> Outcome {
    let mut begins = true;
    Ok(mapped(call, |c| {
        let space = runes::is_space(c);
        let result = if begins && !space { runes::lower(c) } else { c };
        begins = space;
        result
    }))
}

/// Upper case to lower, lower to upper, lower after white space to title case.
fn swapcase(call: &mut Call<'_>) -> Outcome {
    let mut space = true;
    Ok(mapped(call, |c| {
        if runes::is_upper(c) || runes::is_title(c) {
            space = false;
            runes::lower(c)
        } else if runes::is_lower(c) {
            if std::mem::take(&mut space) { runes::title(c) } else { runes::upper(c) }
        } else {
            space = runes::is_space(c);
            c
        }
    }))
}

/// A string with every character mapped. While no character changes its width, every byte keeps its origin.
fn mapped(call: &Call<'_>, mut map: impl FnMut(char) -> char) -> Value {
    let (value, bytes) = (call.arg(0), call.bytes(0));
    let mut out = Vec::with_capacity(bytes.len());
    let mut same_widths = true;
    for (_, c, width) in runes::indices(bytes) {
        let to = map(c);
        same_widths &= to.len_utf8() == width;
        runes::push(&mut out, to);
    }
    let Some(text) = value.as_text().filter(|_| same_widths) else {
        return Value::str(out);
    };
    if out == bytes {
        return value.clone();
    }
    let mut same = Text::new();
    let mut start = 0;
    for run in text.runs() {
        same.push_marked(out.get(start..run.end as usize).unwrap_or_default(), run.mark, run.at);
        start = run.end as usize;
    }
    if text.runs().is_empty() {
        Value::str(out).with_mark(value.mark())
    } else {
        Value::str(same).with_mark(value.mark())
    }
}

/// Words joined, each with a capital: `http_server` to `HttpServer`.
fn camelcase(call: &mut Call<'_>) -> Outcome {
    let bytes = call.bytes(0);
    let mut out = Vec::with_capacity(bytes.len());
    let mut characters = runes::all(bytes);
    let mut shouting = false;
    let mut current = None;
    for c in characters.by_ref() {
        if !connects(c) {
            shouting = runes::is_upper(c);
            current = Some(runes::upper(c));
            break;
        }
        current = Some(c);
        runes::push(&mut out, c);
    }
    let Some(mut current) = current else {
        return Ok(Value::str(""));
    };
    let mut rest = characters.peekable();
    if rest.peek().is_none() {
        // xstrings writes a lone last connector twice.
        runes::push(&mut out, current);
        return Ok(Value::str(out));
    }
    for mut c in rest {
        let before = std::mem::replace(&mut current, c);
        if connects(c) && connects(before) {
            runes::push(&mut out, before);
            continue;
        }
        if connects(before) {
            shouting = runes::is_upper(c);
            c = runes::upper(c);
        } else {
            if shouting {
                if runes::is_upper(c) {
                    c = runes::lower(c);
                } else {
                    shouting = false;
                }
            }
            runes::push(&mut out, before);
        }
        current = c;
    }
    runes::push(&mut out, current);
    Ok(Value::str(out))
}

/// Words in lower case, joined with `_`: `FirstName` to `first_name`.
fn snakecase(call: &mut Call<'_>) -> Outcome {
    lower_words(call, '_')
}

/// Words in lower case, joined with `-`.
fn kebabcase(call: &mut Call<'_>) -> Outcome {
    lower_words(call, '-')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Invalid,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// The word splitting of `xstrings`: digits stay with the word before them unless lower case letters follow.
fn lower_words(call: &mut Call<'_>, connector: char) -> Outcome {
    use Word::{Connector, Invalid, Letters, Number, Punctuation};
    let bytes = call.bytes(0);
    let mut out = Vec::with_capacity(bytes.len());
    if bytes.is_empty() {
        return Ok(Value::str(""));
    }
    let (mut kind, mut word, mut rest) = next_word(bytes);
    while !rest.is_empty() {
        if kind != Connector {
            write_word(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before {
            Number => {
                while matches!(kind, Letters | Number) {
                    write_word(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Invalid | Punctuation | Connector) {
                    runes::push(&mut out, connector);
                }
            }
            Connector => write_word(&mut out, before, last, connector),
            Punctuation => {}
            _ if kind != Number => {
                if !matches!(kind, Connector | Punctuation) {
                    runes::push(&mut out, connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                if kind != Letters {
                    write_word(&mut out, Number, number, connector);
                    if !matches!(kind, Connector | Punctuation) {
                        runes::push(&mut out, connector);
                    }
                    continue;
                }
                runes::push(&mut out, connector);
                write_word(&mut out, Number, number, connector);
                while matches!(kind, Letters | Number) {
                    write_word(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Invalid | Connector | Punctuation) {
                    runes::push(&mut out, connector);
                }
            }
        }
    }
    write_word(&mut out, kind, word, connector);
    call.check_string(out.len())?;
    Ok(Value::str(out))
}

fn write_word(out: &mut Vec<u8>, kind: Word, word: &[u8], connector: char) {
    if !matches!(kind, Word::Upper | Word::Connector) {
        out.extend_from_slice(word);
        return;
    }
    for c in runes::all(word) {
        runes::push(out, if connects(c) { connector } else { runes::lower(c) });
    }
}

fn connects(c: char) -> bool {
    c == '-' || c == '_' || runes::is_space(c)
}

fn is_alphabet(c: char) -> bool {
    runes::is_letter(c) && !matches!(c, '\u{4E00}'..='\u{9FCC}' | '\u{3400}'..='\u{4D85}' | '\u{20000}'..='\u{2B81D}')
}

/// The next word, its kind, and what lies behind it. Invalid bytes belong to the character before them.
fn next_word(bytes: &[u8]) -> (Word, &[u8], &[u8]) {
    let Some((first, width)) = valid(bytes) else {
        return (Word::Invalid, bytes, &[]);
    };
    let kind = match first {
        c if connects(c) => Word::Connector,
        c if runes::is_punct(c) => Word::Punctuation,
        c if runes::is_upper(c) => Word::Upper,
        c if is_alphabet(c) => Word::Letters,
        c if runes::is_number(c) => Word::Number,
        _ => Word::Other,
    };
    let lower_letter = |c: char| is_alphabet(c) && !runes::is_upper(c);
    let end = match kind {
        Word::Connector => take(bytes, width, connects),
        Word::Punctuation => take(bytes, width, runes::is_punct),
        Word::Number => take(bytes, width, runes::is_number),
        Word::Letters => take(bytes, width, lower_letter),
        Word::Upper => match valid(&bytes[width..]) {
            Some((second, _)) if runes::is_upper(second) => {
                let end = take(bytes, width, runes::is_upper);
                // `HTTPStatus` is `HTTP` and `Status`: the last capital belongs to the next word.
                match valid(&bytes[end..]) {
                    Some((c, _)) if is_alphabet(c) => end - last_width(bytes, width, end),
                    _ => end,
                }
            }
            Some((second, second_width)) if is_alphabet(second) => take(bytes, width + second_width, lower_letter),
            _ => width,
        },
        _ => {
            let ends = |c| connects(c) || is_alphabet(c) || runes::is_number(c) || runes::is_punct(c);
            take(bytes, width, |c| !ends(c))
        }
    };
    (kind, &bytes[..end], &bytes[end..])
}

/// The next valid character and the width up to its end.
fn valid(bytes: &[u8]) -> Option<(char, usize)> {
    runes::indices(bytes).find(|(_, c, _)| *c != runes::ERROR).map(|(at, c, width)| (c, at + width))
}

fn take(bytes: &[u8], mut at: usize, wanted: impl Fn(char) -> bool) -> usize {
    while let Some((_, width)) = valid(&bytes[at..]).filter(|(c, _)| wanted(*c)) {
        at += width;
    }
    if bytes[at..].is_empty() || valid(&bytes[at..]).is_some() { at } else { bytes.len() }
}

fn last_width(bytes: &[u8], mut at: usize, end: usize) -> usize {
    let mut last = 0;
    while let Some((_, width)) = valid(&bytes[at..end]) {
        at += width;
        last = width;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, s, show};
    use crate::origin::{Key, Leaf, Mark};
    use crate::source::{SourceId, Span};

    #[test]
    fn words_split_as_xstrings_does() {
        let cases = [
            ("FirstName", "first_name"),
            ("HTTPServer", "http_server"),
            ("NoHTTPS", "no_https"),
            ("GO_PATH", "go_path"),
            ("GO PATH", "go_path"),
            ("http2xx", "http_2xx"),
            ("HTTP20xOK", "http_20x_ok"),
            ("Duration2m3s", "duration_2m3s"),
            ("Bld4Floor3rd", "bld4_floor_3rd"),
            ("FirstName HTTPServer a1B", "first_name_http_server_a1_b"),
            ("a.b-C", "a.b_c"),
            ("", ""),
        ];
        for (from, to) in cases {
            assert_eq!(show("snakecase", &[s(from)]), to, "{from}");
        }
        assert_eq!(show("kebabcase", &[s("FirstName HTTPServer")]), "first-name-http-server");
    }

    #[test]
    fn camelcase_joins_words() {
        let cases = [
            ("http_server-name x", "HttpServerNameX"),
            ("foo_bar", "FooBar"),
            ("_foo", "_Foo"),
            ("_complex__case_", "_Complex_Case_"),
            ("GOLANG_IS_GREAT", "GolangIsGreat"),
            ("a", "A"),
            ("", ""),
        ];
        for (from, to) in cases {
            assert_eq!(show("camelcase", &[s(from)]), to, "{from}");
        }
    }

    #[test]
    fn letters_change_case() {
        assert_eq!(show("upper", &[s("éa")]), "ÉA");
        assert_eq!(show("lower", &[s("ÉA")]), "éa");
        assert_eq!(show("title", &[s("hello wORLD foo-bar x_y")]), "Hello WORLD Foo-Bar X_y");
        assert_eq!(show("untitle", &[s("Hello World")]), "hello world");
        assert_eq!(show("swapcase", &[s("aBc dE")]), "AbC De");
    }

    #[test]
    fn a_leaf_stays_the_origin_while_widths_do() {
        let mut exec = exec(Default::default());
        let span = Span::new(SourceId(1), 0, 6);
        let leaf = exec.origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
        let upper = call_in(&mut exec, "upper", &[s("abc").with_mark(leaf)]).unwrap();
        assert_eq!(upper.mark(), leaf);
        let wider = call_in(&mut exec, "lower", &[s("İ").with_mark(leaf)]).unwrap();
        assert!(wider.mark().is_none());
    }
}
