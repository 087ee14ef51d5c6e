//! Go's view of bytes as characters: decoding, case and categories as Go's `unicode` (15.0) has them.

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// What an invalid byte decodes to.
pub(super) const ERROR: char = '\u{FFFD}';

/// The first character of `bytes` and its width; an invalid byte is U+FFFD of width 1, as Go decodes it.
pub(super) fn first(bytes: &[u8]) -> Option<(char, usize)> {
    let lead = *bytes.first()?;
    if lead < 0x80 {
        return Some((char::from(lead), 1));
    }
    let width = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return Some((ERROR, 1)),
    };
    let decoded = bytes.get(..width).and_then(|head| std::str::from_utf8(head).ok());
    Some(decoded.and_then(|head| head.chars().next()).map_or((ERROR, 1), |c| (c, width)))
}

/// The last character of `bytes` and its width.
pub(super) fn last(bytes: &[u8]) -> Option<(char, usize)> {
    let from = bytes.len().checked_sub(1)?;
    (from.saturating_sub(3)..=from)
        .find_map(|at| first(&bytes[at..]).filter(|(_, width)| at + width == bytes.len()))
        .or(Some((ERROR, 1)))
}

/// Every character with its byte offset and width.
pub(super) fn indices(bytes: &[u8]) -> impl Iterator<Item = (usize, char, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (c, width) = first(bytes.get(at..)?)?;
        at += width;
        Some((at - width, c, width))
    })
}

/// Every character: Go's `[]rune(s)`.
pub(super) fn all(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    indices(bytes).map(|(_, c, _)| c)
}

/// Appends a character as UTF-8.
pub(super) fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Letters with case that Unicode 15.0 did not have yet.
const YOUNGER: &[(char, char)] = &[
    ('\u{19B}', '\u{19B}'),
    ('\u{264}', '\u{264}'),
    ('\u{1C89}', '\u{1C8A}'),
    ('\u{A7CB}', '\u{A7CF}'),
    ('\u{A7D2}', '\u{A7D5}'),
    ('\u{A7DA}', '\u{A7DC}'),
    ('\u{10D50}', '\u{10D85}'),
    ('\u{16EA0}', '\u{16ED3}'),
];

fn simple(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    if YOUNGER.iter().any(|(low, high)| (*low..=*high).contains(&c)) {
        return c;
    }
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// `unicode.ToUpper`: one character for one.
pub(super) fn upper(c: char) -> char {
    // Greek letters with iota subscript: the full mapping has two characters, the simple one the titlecase letter.
    let shift = match c {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => 8,
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => 9,
        _ => return simple(c, c.to_uppercase()),
    };
    char::from_u32(c as u32 + shift).unwrap_or(c)
}

/// `unicode.ToLower`.
pub(super) fn lower(c: char) -> char {
    if c == '\u{130}' { 'i' } else { simple(c, c.to_lowercase()) }
}

/// `unicode.ToTitle`.
pub(super) fn title(c: char) -> char {
    match c {
        '\u{1C4}'..='\u{1C6}' => '\u{1C5}',
        '\u{1C7}'..='\u{1C9}' => '\u{1C8}',
        '\u{1CA}'..='\u{1CC}' => '\u{1CB}',
        '\u{1F1}'..='\u{1F3}' => '\u{1F2}',
        '\u{10D0}'..='\u{10FF}' => c,
        _ => upper(c),
    }
}

/// `unicode.IsSpace`.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// `unicode.IsUpper`.
pub(super) fn is_upper(c: char) -> bool {
    get_general_category(c) == Category::UppercaseLetter
}

/// `unicode.IsLower`.
pub(super) fn is_lower(c: char) -> bool {
    get_general_category(c) == Category::LowercaseLetter
}

/// `unicode.IsTitle`.
pub(super) fn is_title(c: char) -> bool {
    get_general_category(c) == Category::TitlecaseLetter
}

/// `unicode.IsLetter`.
pub(super) fn is_letter(c: char) -> bool {
    matches!(
        get_general_category(c),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
    )
}

/// `unicode.IsDigit`.
pub(super) fn is_digit(c: char) -> bool {
    get_general_category(c) == Category::DecimalNumber
}

/// `unicode.IsNumber`.
pub(super) fn is_number(c: char) -> bool {
    matches!(get_general_category(c), Category::DecimalNumber | Category::LetterNumber | Category::OtherNumber)
}

/// `unicode.IsPunct`.
pub(super) fn is_punct(c: char) -> bool {
    matches!(
        get_general_category(c),
        Category::ConnectorPunctuation
            | Category::DashPunctuation
            | Category::OpenPunctuation
            | Category::ClosePunctuation
            | Category::InitialPunctuation
            | Category::FinalPunctuation
            | Category::OtherPunctuation
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invalid_byte_is_one_character() {
        let decoded: Vec<_> = indices(b"a\xE2\x82\xC3\xA9\xFF").collect();
        assert_eq!(decoded, [(0, 'a', 1), (1, ERROR, 1), (2, ERROR, 1), (3, 'é', 2), (5, ERROR, 1)]);
        assert_eq!(first(b"\xED\xA0\x80"), Some((ERROR, 1)));
        assert_eq!((last("a€".as_bytes()), last(b"\xE2\x82"), last(b"")), (Some(('€', 3)), Some((ERROR, 1)), None));
    }

    #[test]
    fn case_is_simple_mapping() {
        assert_eq!((upper('ß'), upper('ᾳ'), upper('ŉ'), upper('ა')), ('ß', 'ᾼ', 'ŉ', 'Ა'));
        assert_eq!((lower('İ'), lower('Σ'), lower('K')), ('i', 'σ', 'k'));
        assert_eq!((title('ǆ'), title('ა'), title('a')), ('ǅ', 'ა', 'A'));
    }
}
