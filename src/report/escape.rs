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
    fn json_keeps_the_characters_and_hides_them_from_the_terminal() {
        let hostile = "a\u{9b}\u{202e}\u{7f}\u{e0041}é";
        let document = format!("{}\n", serde_json::to_string(hostile).unwrap());
        let escaped = json(&document);
        assert!(!escaped.trim_end().chars().any(is_unsafe), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), hostile);
    }
}
