//! Go's quoted strings, both ways: `strconv.Quote` and `strconv.Unquote`.

use super::chars;

/// `strconv.Quote` (`%q`): double quotes, Go escapes, invalid UTF-8 as `\x..`.
#[must_use]
pub fn quote_go(bytes: &[u8]) -> String {
    quote(bytes, '"', false)
}

/// `strconv.QuoteRune` (`%q` of a rune).
#[must_use]
pub fn quote_rune(char: char) -> String {
    quote(char.encode_utf8(&mut [0; 4]).as_bytes(), '\'', false)
}

/// Quotes with `quote`; with `ascii` everything outside ASCII is escaped (`%+q`).
pub(crate) fn quote(bytes: &[u8], quote: char, ascii: bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push(quote);
    for (char, part) in chars::each(bytes) {
        if char == char::REPLACEMENT_CHARACTER && part.len() == 1 {
            out.push_str(&format!("\\x{:02x}", part[0]));
        } else {
            escape(&mut out, char, quote, ascii);
        }
    }
    out.push(quote);
    out
}

fn escape(out: &mut String, char: char, quote: char, ascii: bool) {
    match char {
        '\\' => out.push_str("\\\\"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        _ if char == quote => out.extend(['\\', char]),
        _ if if ascii { matches!(char, ' '..='~') } else { chars::is_print(char) } => out.push(char),
        ..' ' | '\x7f' => out.push_str(&format!("\\x{:02x}", u32::from(char))),
        ..'\u{10000}' => out.push_str(&format!("\\u{:04x}", u32::from(char))),
        _ => out.push_str(&format!("\\U{:08x}", u32::from(char))),
    }
}

/// `strconv.CanBackquote`: one line, no control characters but tab, no backquote, valid UTF-8 without a byte order mark.
pub(crate) fn can_backquote(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_ok_and(|text| text.chars().all(|c| c == '\t' || !matches!(c, ..' ' | '`' | '\x7f' | '\u{feff}')))
}

/// `strconv.Unquote` of a token `"…"` or `` `…` ``; `None` is Go's `invalid syntax`.
pub(super) fn unquote(written: &[u8]) -> Option<Vec<u8>> {
    let (first, rest) = written.split_first()?;
    let (last, inner) = rest.split_last()?;
    if first != last {
        return None;
    }
    if *first == b'`' {
        let mut text = inner.to_vec();
        text.retain(|byte| *byte != b'\r');
        return Some(text);
    }
    let plain = |byte: &u8| byte.is_ascii() && !matches!(byte, b'\\' | b'\n') && byte != first;
    if inner.iter().all(plain) {
        return Some(inner.to_vec());
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let (piece, behind) = unquote_char(rest, *first)?;
        match piece {
            Piece::Byte(byte) => out.push(byte),
            Piece::Char(char) => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = behind;
    }
    Some(out)
}

/// What one escape (or one plain character) stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Byte(u8),
    Char(char),
}

/// `strconv.UnquoteChar`: the first character of a quoted text and the rest behind it.
pub(super) fn unquote_char(text: &[u8], quote: u8) -> Option<(Piece, &[u8])> {
    let first = *text.first()?;
    if first == quote || first == b'\n' {
        return None;
    }
    if first != b'\\' {
        let (char, width) = chars::decode(text);
        return Some((Piece::Char(char), text.get(width..)?));
    }
    let kind = *text.get(1)?;
    let rest = text.get(2..)?;
    let simple = match kind {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b'\'' | b'"' if kind == quote => kind,
        b'x' => return code(rest, 2, 16).and_then(|(code, rest)| Some((Piece::Byte(u8::try_from(code).ok()?), rest))),
        b'u' => return code(rest, 4, 16).and_then(|(code, rest)| Some((Piece::Char(char::from_u32(code)?), rest))),
        b'U' => return code(rest, 8, 16).and_then(|(code, rest)| Some((Piece::Char(char::from_u32(code)?), rest))),
        b'0'..=b'7' => {
            return code(text.get(1..)?, 3, 8)
                .and_then(|(code, rest)| Some((Piece::Byte(u8::try_from(code).ok()?), rest)));
        }
        _ => return None,
    };
    Some((Piece::Byte(simple), rest))
}

fn code(text: &[u8], digits: usize, radix: u32) -> Option<(u32, &[u8])> {
    let (written, rest) = text.split_at_checked(digits)?;
    let value = written
        .iter()
        .try_fold(0u32, |value, byte| value.checked_mul(radix)?.checked_add(char::from(*byte).to_digit(radix)?))?;
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting_is_gos() {
        assert_eq!(quote_go(b"a\"\\\n\x00\x7f\xff\xc3\xa9"), r#""a\"\\\n\x00\x7f\xffé""#);
        assert_eq!(quote_go("\u{200b}\u{feff}\u{a0}😀".as_bytes()), r#""\u200b\ufeff\u00a0😀""#);
        assert_eq!(quote("é😀".as_bytes(), '"', true), r#""\u00e9\U0001f600""#);
    }

    #[test]
    fn unquoting_is_gos() {
        assert_eq!(unquote(br#""a\x41\101\u00e9\n\"""#).unwrap(), "aAAé\n\"".as_bytes());
        assert_eq!(unquote(b"`a\r\\n`").unwrap(), b"a\\n");
        assert_eq!(unquote(b"\"\xff\"").unwrap(), "\u{fffd}".as_bytes());
        for bad in [&br#""\'""#[..], br#""\z""#, br#""\x1""#, br#""\400""#, br#""\ud800""#] {
            assert_eq!(unquote(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }
}
