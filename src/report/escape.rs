//! Chart-supplied text made harmless before it is shown.
//!
//! A chart may hold terminal commands, direction overrides or invisible characters. Each of them is shown
//! as one visible character, so that columns stay true. JSON keeps the characters and escapes them instead.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every character that a terminal obeys or hides replaced by one that it shows.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_unsafe(c) { picture(c) } else { c }).collect())
}

/// A finished JSON document in which such characters stand as `\u` escapes. They can only occur inside strings.
pub(super) fn json(document: &str) -> Cow<'_, str> {
    let obeyed = |c: char| c != '\n' && is_unsafe(c);
    if !document.chars().any(obeyed) {
        return Cow::Borrowed(document);
    }
    let mut out = String::with_capacity(document.len() + 64);
    for c in document.chars() {
        if !obeyed(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Cow::Owned(out)
}

/// Text in the middle of a line of Markdown that shows as it is: no markup, no HTML, no link, no mention of a user or an issue.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in visible(text).chars() {
        match c {
            // GitHub looks for these after Markdown was read, so that a backslash is no help.
            '@' | '#' => {
                out.push(c);
                out.push_str("<!-- -->");
            }
            '$' => out.push_str("<span>$</span>"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '!' | '|' | '~' | '&' => {
                out.push('\\');
                out.push(c);
            }
            // `https://` and `www.` become links without any markup.
            ':' | '.' if is_link_so_far(&out, c) => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn is_link_so_far(before: &str, c: char) -> bool {
    let ends = |word: &str| {
        before.len() >= word.len()
            && before.as_bytes()[before.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
    };
    if c == '.' { ends("www") } else { ["http", "https", "ftp", "mailto", "xmpp"].into_iter().any(ends) }
}

/// Control characters, invisible ones, and those that turn the direction of what follows.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

fn picture(c: char) -> char {
    match u32::from(c) {
        9 => ' ',
        code @ 0..=0x1F => char::from_u32(0x2400 + code).unwrap_or('\u{FFFD}'),
        0x7F => '\u{2421}',
        _ => '\u{FFFD}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_one_for_one() {
        let hostile = "a\u{1b}[2J\r\n\u{9b}31m\u{202e}b\u{200b}\u{7f}\tc\u{e0041}";
        let shown = visible(hostile);
        assert_eq!(shown, "a␛[2J␍␊\u{fffd}31m\u{fffd}b\u{fffd}␡ c\u{fffd}");
        assert_eq!(shown.chars().count(), hostile.chars().count());
        assert!(matches!(visible("schön: {{ .Values.x }}"), Cow::Borrowed(_)));
    }

    #[test]
    fn markdown_shows_what_it_is_given() {
        assert_eq!(markdown("a|b <img src=x> `c` *d* [e](f)"), "a\\|b \\<img src=x\\> \\`c\\` \\*d\\* \\[e\\]\\(f\\)");
        assert_eq!(markdown("@admin #1 $x$"), "@<!-- -->admin #<!-- -->1 <span>$</span>x<span>$</span>");
        assert_eq!(markdown("HTTPS://a.b www.c.d"), "HTTPS\\://a.b www\\.c.d");
        assert_eq!(markdown("charts/shop/values-prod.yaml:12"), "charts/shop/values-prod.yaml:12");
        assert_eq!(markdown("a\nb"), "a␊b");
    }

    #[test]
    fn json_keeps_the_characters_and_hides_them_from_the_terminal() {
        let hostile = "a\u{9b}\u{202e}\u{7f}\u{e0041}é";
        let document = format!("{}\n", serde_json::to_string(hostile).unwrap());
        let escaped = json(&document);
        assert!(!escaped.trim_end().chars().any(is_unsafe), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), hostile);
    }
}
