//! The escaping functions of text/template: `html`, `js` and `urlquery`.

use super::chars;

/// `template.HTMLEscapeString`.
pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(*byte),
        }
    }
    out
}

/// `template.JSEscapeString`.
pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (char, part) in chars::each(text) {
        match char {
            '\\' | '\'' | '"' => out.extend([b'\\', part[0]]),
            '<' | '>' | '&' | '=' | ..' ' => out.extend(format!("\\u{:04X}", u32::from(char)).bytes()),
            _ if char.is_ascii() || chars::is_print(char) => out.extend_from_slice(part),
            _ => out.extend(format!("\\u{:04X}", u32::from(char)).bytes()),
        }
    }
    out
}

/// `url.QueryEscape`.
pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            _ if byte.is_ascii_alphanumeric() => out.push(*byte),
            _ => out.extend(format!("%{byte:02X}").bytes()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_gos() {
        assert_eq!(html(b"<a href='x'>\"&\0"), "&lt;a href=&#39;x&#39;&gt;&#34;&amp;\u{fffd}".as_bytes());
        assert_eq!(js("'\\\"<=\n\u{2028}é\x7f".as_bytes()), "\\'\\\\\\\"\\u003C\\u003D\\u000A\\u2028é\x7f".as_bytes());
        assert_eq!(url_query("a b/é~".as_bytes()), b"a+b%2F%C3%A9~");
    }
}
