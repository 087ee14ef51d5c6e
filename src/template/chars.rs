//! Characters as Go sees them: decoding bytes, Unicode classes, and how single characters are shown.

use std::sync::LazyLock;

use regex::Regex;

/// The first character of some bytes and its width; U+FFFD with width 1 for a byte that is no UTF-8, width 0 at the end.
pub(crate) fn decode(bytes: &[u8]) -> (char, usize) {
    let Some(first) = bytes.first() else { return (char::REPLACEMENT_CHARACTER, 0) };
    let width = match first {
        0..0x80 => return (char::from(*first), 1),
        0xC2..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF5 => 4,
        _ => return (char::REPLACEMENT_CHARACTER, 1),
    };
    bytes
        .get(..width)
        .and_then(|part| std::str::from_utf8(part).ok())
        .and_then(|part| part.chars().next())
        .map_or((char::REPLACEMENT_CHARACTER, 1), |char| (char, width))
}

/// The characters of some bytes with their bytes, as `range` over a Go string gives them.
pub(crate) fn each(bytes: &[u8]) -> impl Iterator<Item = (char, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (char, width) = decode(rest);
        let (part, behind) = rest.split_at_checked(width)?;
        rest = behind;
        (width > 0).then_some((char, part))
    })
}

/// How many characters `utf8.RuneCount` counts.
pub(crate) fn count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { each(bytes).count() }
}

// The patterns are constants: a table that could not be built would hold no character.
static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}$").ok());
static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());
static GRAPHIC: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());

fn is_in(class: &LazyLock<Option<Regex>>, char: char) -> bool {
    class.as_ref().is_some_and(|class| class.is_match(char.encode_utf8(&mut [0; 4])))
}

/// `unicode.IsLetter`.
pub(crate) fn is_letter(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_alphabetic() } else { is_in(&LETTER, char) }
}

/// `unicode.IsDigit`.
pub(crate) fn is_digit(char: char) -> bool {
    if char.is_ascii() { char.is_ascii_digit() } else { is_in(&DIGIT, char) }
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub(crate) fn is_print(char: char) -> bool {
    if char.is_ascii() { matches!(char, ' '..='~') } else { is_in(&GRAPHIC, char) }
}

/// `%#U`: `U+0040 '@'`.
pub(crate) fn unicode(char: char) -> String {
    let code = u32::from(char);
    if is_print(char) { format!("U+{code:04X} '{char}'") } else { format!("U+{code:04X}") }
}
