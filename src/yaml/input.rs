//! The bytes of a document as go-yaml's reader hands them out: decoded, checked, with a position in lines and columns.
//!
//! The reader refuses control characters and broken UTF-8, but only in the block of 512 bytes that it reads
//! ahead: a syntax error before that block is reported first. [`Input`] knows where that block starts.

use std::borrow::Cow;

use super::read::ReadError;
use crate::source::clamp;

/// go-yaml reads its input in blocks of this many bytes.
const BLOCK: usize = 512;

/// A position: byte offset, and what libyaml counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mark {
    /// Byte offset.
    pub at: u32,
    /// Characters before it.
    pub index: u32,
    /// Line, from 0.
    pub line: u32,
    /// Characters before it in the line.
    pub column: u32,
}

/// Text that is being scanned.
pub(super) struct Input<'t> {
    text: Cow<'t, [u8]>,
    /// The position of the next character.
    pub mark: Mark,
    bad: Option<Refusal>,
}

/// What the reader refuses.
struct Refusal {
    offset: usize,
    /// Where the block that holds it starts.
    block: usize,
    message: &'static str,
}

fn block_of(offset: usize, start: usize) -> usize {
    start + offset.saturating_sub(start) / BLOCK * BLOCK
}

/// The text as UTF-8, how many bytes its byte order mark takes, and what is wrong with it behind its end.
/// UTF-16 has no byte offsets to keep: places in it count in the UTF-8 that it becomes.
fn decode(bytes: &[u8], start: usize) -> (Cow<'_, [u8]>, usize, Option<&'static str>) {
    match bytes.get(start..) {
        Some([0xEF, 0xBB, 0xBF, ..]) => (Cow::Borrowed(bytes), 3, None),
        Some([0xFF, 0xFE, rest @ ..]) if start == 0 => utf16(rest, u16::from_le_bytes),
        Some([0xFE, 0xFF, rest @ ..]) if start == 0 => utf16(rest, u16::from_be_bytes),
        _ => (Cow::Borrowed(bytes), 0, None),
    }
}

fn utf16(bytes: &[u8], wide: fn([u8; 2]) -> u16) -> (Cow<'_, [u8]>, usize, Option<&'static str>) {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut trouble = (!rest.is_empty()).then_some("incomplete UTF-16 character");
    let mut text = String::with_capacity(bytes.len());
    for unit in char::decode_utf16(pairs.iter().map(|pair| wide(*pair))) {
        match unit {
            Ok(character) => text.push(character),
            Err(error) => {
                let low = error.unpaired_surrogate() >= 0xDC00;
                trouble = Some(if low { "unexpected low surrogate area" } else { "expected low surrogate area" });
                break;
            }
        }
    }
    (Cow::Owned(text.into_bytes()), 0, trouble)
}

impl<'t> Input<'t> {
    /// The text from `start` on; places count from the first byte of the text.
    pub(super) fn new(bytes: &'t [u8], start: usize) -> Self {
        let (text, skipped, trouble) = decode(bytes, start);
        let at = start + skipped;
        let bad = first_bad(&text, at).or_else(|| trouble.map(|message| (text.len(), message)));
        let bad = bad.map(|(offset, message)| Refusal { offset, block: block_of(offset, start), message });
        Self { text, mark: Mark { at: clamp(at), ..Mark::default() }, bad }
    }

    /// The byte `ahead` of the position; 0 behind the end.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.mark.at as usize + ahead).copied().unwrap_or(0)
    }

    /// The rest of the text.
    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.mark.at as usize..).unwrap_or_default()
    }

    /// The bytes of a range; valid UTF-8 when the ends are character boundaries.
    pub(super) fn slice(&self, start: u32, end: u32) -> &str {
        let bytes = self.text.get(start as usize..end as usize).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Whether the text is at its end.
    pub(super) fn at_end(&self) -> bool {
        self.mark.at as usize >= self.text.len()
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.peek(ahead), b' ' | b'\t')
    }

    /// Length in bytes of the line break at `ahead` (`\r\n` counts as one break); 0 when there is none.
    pub(super) fn break_len(&self, ahead: usize) -> usize {
        match self.peek(ahead) {
            b'\n' => 1,
            b'\r' if self.peek(ahead + 1) == b'\n' => 2,
            b'\r' => 1,
            0xC2 if self.peek(ahead + 1) == 0x85 => 2,
            0xE2 if self.peek(ahead + 1) == 0x80 && matches!(self.peek(ahead + 2), 0xA8 | 0xA9) => 3,
            _ => 0,
        }
    }

    pub(super) fn is_break(&self) -> bool {
        self.break_len(0) > 0
    }

    pub(super) fn is_breakz(&self, ahead: usize) -> bool {
        self.break_len(ahead) > 0 || self.mark.at as usize + ahead >= self.text.len()
    }

    pub(super) fn is_blankz(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_breakz(ahead)
    }

    /// Moves over one character that is no line break.
    pub(super) fn skip(&mut self) {
        let width = match self.peek(0) {
            0x00..=0x7F => 1,
            0x80..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        if !self.at_end() {
            self.mark.at += width;
        }
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Moves over `count` ASCII characters.
    pub(super) fn skip_ascii(&mut self, count: usize) {
        self.mark.at += clamp(count);
        self.mark.index += clamp(count);
        self.mark.column += clamp(count);
    }

    /// Moves over a line break, if there is one, and returns what it reads as.
    pub(super) fn skip_line(&mut self) -> &'static str {
        let read = match (self.break_len(0), self.peek(2)) {
            (0, _) => return "",
            (3, 0xA8) => "\u{2028}",
            (3, _) => "\u{2029}",
            _ => "\n",
        };
        self.mark.index += if self.peek(0) == b'\r' && self.peek(1) == b'\n' { 2 } else { 1 };
        self.mark.at += clamp(self.break_len(0));
        self.mark.column = 0;
        self.mark.line += 1;
        read
    }

    /// Moves to the end of the line.
    pub(super) fn skip_comment(&mut self) {
        let rest = self.rest();
        let line = rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default();
        if line.is_ascii() && memchr::memchr(b'\r', line).is_none() {
            return self.skip_ascii(line.len());
        }
        while !self.is_breakz(0) {
            self.skip_while(|byte| !matches!(byte, b'\n' | b'\r' | 0x80..));
            if self.peek(0) >= 0x80 && !self.is_break() {
                self.skip();
            }
        }
    }

    /// Moves over ASCII characters that pass the test; the test is false for line breaks.
    pub(super) fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii() && test(**byte)).count();
        self.skip_ascii(count);
    }

    /// Moves over spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    /// The reader's error, when the position has come to the block that holds what it refuses.
    pub(super) fn refused(&self) -> Option<ReadError> {
        let Refusal { offset, block, message } = *self.bad.as_ref()?;
        // The scanner looks at most four characters ahead.
        let reached = self.mark.at as usize + 4 > block;
        reached.then(|| ReadError::new(format!("yaml: {message}"), Some(clamp(offset))))
    }
}

/// The first byte that the reader refuses, and why.
fn first_bad(text: &[u8], start: usize) -> Option<(usize, &'static str)> {
    let text_from = text.get(start..).unwrap_or_default();
    // Nearly every text is seen to be good by its bytes alone.
    let harmless = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..=0xC1 | 0xC3..=0xEE | 0xF0..);
    // Whole chunks without a branch, so that many bytes are looked at together.
    let all_harmless = |chunk: &[u8]| chunk.iter().fold(true, |all, byte| all & harmless(byte));
    if text_from.chunks(64).all(all_harmless) && std::str::from_utf8(text_from).is_ok() {
        return None;
    }
    let mut at = start;
    for chunk in text_from.utf8_chunks() {
        for (offset, character) in chunk.valid().char_indices() {
            if !allowed(character) {
                return Some((at + offset, "control characters are not allowed"));
            }
        }
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            return Some((at, refusal(text.get(at..).unwrap_or_default())));
        }
    }
    None
}

fn allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn refusal(bytes: &[u8]) -> &'static str {
    let Some(first) = bytes.first() else { return "incomplete UTF-8 octet sequence" };
    let width = match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    let Some(sequence) = bytes.get(..width) else { return "incomplete UTF-8 octet sequence" };
    let tail = sequence.get(1..).unwrap_or_default();
    if tail.iter().any(|octet| octet & 0xC0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let second = tail.first().copied().unwrap_or(0);
    match (first, second) {
        (0xC0 | 0xC1, _) | (0xE0, 0x80..=0x9F) | (0xF0, 0x80..=0x8F) => "invalid length of a UTF-8 sequence",
        _ => "invalid Unicode character",
    }
}
