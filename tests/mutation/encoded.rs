//! Base64: which bytes its characters hold, and which of them only moved when the length of the text changed.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The characters of the words around a place in the old and in the new output that only moved; `None` unless both words are
/// base64 and the bytes that they hold have different lengths.
pub(crate) fn moved(old: (&[u8], usize), new: (&[u8], usize)) -> Option<[Range<usize>; 2]> {
    let words = [word(old.0, old.1), word(new.0, new.1)];
    let before = STANDARD.decode(old.0.get(words[0].clone())?).ok()?;
    let after = STANDARD.decode(new.0.get(words[1].clone())?).ok()?;
    if before.len() % 3 == after.len() % 3 {
        return None;
    }
    let same = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let behind = |word: &Range<usize>, bytes: usize| word.start + (bytes - same).div_ceil(3) * 4..word.end;
    Some([behind(&words[0], before.len()), behind(&words[1], after.len())])
}

/// The characters that hold bits of a text, when they are base64 of it, of a part of it, or of something around it.
pub(crate) fn holding(characters: &[u8], text: &[u8]) -> Option<Range<usize>> {
    let word = word(characters, characters.iter().position(u8::is_ascii_alphanumeric)?);
    let bytes = STANDARD.decode(&characters[word.clone()]).ok()?;
    if text.is_empty() || bytes.is_empty() {
        return None;
    }
    let found = |text: &[u8], part: &[u8]| text.windows(part.len()).position(|window| window == part);
    let held = match found(&bytes, text) {
        Some(first) => first..first + text.len(),
        None => found(text, &bytes).map(|_| 0..bytes.len())?,
    };
    Some(word.start + held.start * 8 / 6..word.start + (held.end * 8).div_ceil(6))
}

fn word(text: &[u8], at: usize) -> Range<usize> {
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let before = text[..at].iter().rev().take_while(is_word).count();
    at - before..at + text[at..].iter().take_while(is_word).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_hold_six_bits() {
        let holding = |characters: &str, text: &str| holding(characters.as_bytes(), text.as_bytes());
        let whole = STANDARD.encode("abcdef");
        assert_eq!(holding(&whole, "abcdef"), Some(0..8));
        assert_eq!(holding(&format!("\"{whole}\""), "abcdef"), Some(1..9));
        assert_eq!(holding(&whole, "-abcdef-"), Some(0..8));
        assert_eq!(holding(&whole, "cd"), Some(2..6));
        assert_eq!(holding(&whole, "cb"), None);
        assert_eq!(holding("a b", "cb"), None);
    }

    #[test]
    fn what_moved_is_what_decodes_to_the_same() {
        let line = |text: &str| format!("key: {} # end", STANDARD.encode(text));
        let (old, new) = (line("a: true, b: unchanged"), line("a: false, b: unchanged"));
        let [old_part, new_part] = moved((old.as_bytes(), 9), (new.as_bytes(), 9)).unwrap();
        assert_eq!(STANDARD.decode(&old[old_part]).unwrap(), b"e, b: unchanged");
        assert_eq!(STANDARD.decode(&new[new_part]).unwrap(), b" b: unchanged");
        assert_eq!(moved((line("abc").as_bytes(), 6), (line("abd").as_bytes(), 6)), None);
        assert_eq!(moved((b"a: b", 3), (b"a: c", 3)), None);
    }
}
