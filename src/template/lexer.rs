//! Tokens of a template, made one at a time on demand, as ranges of the source.
//!
//! Behaviour is that of Go's `text/template/parse` with the delimiters `{{` and `}}`: trim markers, comments, and the rule
//! that a space between operands is a token.

use super::chars;
use crate::source::clamp;
use crate::text::find;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The text cannot be read on; [`Lexer::error`] says why.
    Error,
    Bool,
    /// A printable ASCII character without a meaning of its own, such as `,`.
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    /// Keywords are shown as `<if>` in messages; the cursor `.` counts as one.
    pub(super) fn is_keyword(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::Break
                | Self::Continue
                | Self::Dot
                | Self::Define
                | Self::Else
                | Self::End
                | Self::If
                | Self::Nil
                | Self::Range
                | Self::Template
                | Self::With
        )
    }

    fn of_word(word: &[u8]) -> Self {
        match word {
            b"block" => Self::Block,
            b"break" => Self::Break,
            b"continue" => Self::Continue,
            b"define" => Self::Define,
            b"else" => Self::Else,
            b"end" => Self::End,
            b"if" => Self::If,
            b"nil" => Self::Nil,
            b"range" => Self::Range,
            b"template" => Self::Template,
            b"with" => Self::With,
            b"true" | b"false" => Self::Bool,
            _ => Self::Identifier,
        }
    }
}

/// A token: its kind and its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Reads one text.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    start: usize,
    pos: usize,
    inside: bool,
    parens: u32,
    /// Message of the last token of kind `Error`.
    pub(super) error: String,
}

const SPACE: &[u8] = b" \t\r\n";

fn is_space(byte: u8) -> bool {
    SPACE.contains(&byte)
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, start: 0, pos: 0, inside: false, parens: 0, error: String::new() }
    }

    /// The next token. Behind an error or the end it is the end again.
    pub(super) fn next(&mut self) -> Token {
        self.start = self.pos;
        if self.inside { self.action() } else { self.literal() }
    }

    /// Goes on as text behind a faulty action: behind the next `}}` from `from` on, or at the next `{{` if that comes first.
    pub(super) fn resume(&mut self, from: u32) {
        let from = (from as usize).min(self.text.len());
        let rest = &self.text[from..];
        let (left, right) = (find(rest, b"{{"), find(rest, b"}}"));
        self.inside = false;
        self.pos = match (left, right) {
            (Some(left), right) if right.is_none_or(|right| left < right) => from + left,
            (_, Some(right)) => {
                let end = from + right;
                let trim = end >= 2 && self.text[end - 1] == b'-' && is_space(self.text[end - 2]);
                end + 2 + if trim { leading_spaces(&self.text[end + 2..]) } else { 0 }
            }
            (_, None) => self.text.len(),
        };
    }

    fn token(&mut self, kind: Kind) -> Token {
        Token { kind, start: clamp(self.start), end: clamp(self.pos) }
    }

    fn fail(&mut self, message: impl Into<String>) -> Token {
        self.error = message.into();
        let token = self.token(Kind::Error);
        self.pos = self.text.len();
        self.inside = false;
        token
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn peek_byte(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn literal(&mut self) -> Token {
        loop {
            self.start = self.pos;
            let Some(ahead) = find(self.rest(), b"{{") else {
                self.pos = self.text.len();
                return self.token(if self.pos > self.start { Kind::Text } else { Kind::Eof });
            };
            let delim = self.pos + ahead;
            let trimmed = left_trim(&self.text[delim + 2..]);
            let end = if trimmed { self.start + without_trailing(&self.text[self.start..delim]) } else { delim };
            self.pos = delim;
            if end > self.start {
                return Token { kind: Kind::Text, start: clamp(self.start), end: clamp(end) };
            }
            let inner = delim + 2 + if trimmed { 2 } else { 0 };
            if !self.text[inner..].starts_with(b"/*") {
                self.inside = true;
                self.parens = 0;
                self.pos = inner;
                return Token { kind: Kind::LeftDelim, start: clamp(delim), end: clamp(delim + 2) };
            }
            self.start = inner;
            self.pos = inner + 2;
            let Some(close) = find(self.rest(), b"*/") else { return self.fail("unclosed comment") };
            self.pos += close + 2;
            let Some(trim) = self.right_delim() else {
                return self.fail("comment ends before closing delimiter");
            };
            self.close(trim);
        }
    }

    /// Whether a right delimiter stands here, and if so whether with a trim marker.
    fn right_delim(&self) -> Option<bool> {
        let rest = self.rest();
        match rest {
            [space, b'-', b'}', b'}', ..] if is_space(*space) => Some(true),
            [b'}', b'}', ..] => Some(false),
            _ => None,
        }
    }

    fn close(&mut self, trim: bool) {
        self.pos += if trim { 4 } else { 2 };
        if trim {
            self.pos += leading_spaces(self.rest());
        }
    }

    fn right(&mut self, trim: bool) -> Token {
        let start = self.pos + if trim { 2 } else { 0 };
        self.close(trim);
        self.inside = false;
        Token { kind: Kind::RightDelim, start: clamp(start), end: clamp(start + 2) }
    }

    fn action(&mut self) -> Token {
        if let Some(trim) = self.right_delim() {
            return if self.parens == 0 { self.right(trim) } else { self.fail("unclosed left paren") };
        }
        let Some(byte) = self.peek_byte() else { return self.fail("unclosed action") };
        if is_space(byte) {
            return self.space();
        }
        let (char, width) = chars::decode(self.rest());
        match byte {
            b'.' if !self.text.get(self.pos + 1).is_some_and(u8::is_ascii_digit) && self.pos + 1 < self.text.len() => {
                self.pos += 1;
                self.word_behind(Kind::Field, Kind::Dot)
            }
            b'.' | b'+' | b'-' | b'0'..=b'9' => self.number(),
            b'$' => {
                self.pos += 1;
                self.word_behind(Kind::Variable, Kind::Variable)
            }
            b'=' => self.single(Kind::Assign),
            b'|' => self.single(Kind::Pipe),
            b':' => {
                self.pos += 1;
                if self.peek_byte() != Some(b'=') {
                    return self.fail("expected :=");
                }
                self.single(Kind::Declare)
            }
            b'"' => self.quoted(b'"', Kind::String, "unterminated quoted string"),
            b'\'' => self.quoted(b'\'', Kind::CharConstant, "unterminated character constant"),
            b'`' => {
                self.pos += 1;
                let Some(end) = self.rest().iter().position(|byte| *byte == b'`') else {
                    return self.fail("unterminated raw quoted string");
                };
                self.pos += end + 1;
                self.token(Kind::RawString)
            }
            b'(' => {
                self.parens = self.parens.saturating_add(1);
                self.single(Kind::LeftParen)
            }
            b')' => {
                let Some(parens) = self.parens.checked_sub(1) else { return self.fail("unexpected right paren") };
                self.parens = parens;
                self.single(Kind::RightParen)
            }
            _ if is_alphanumeric(char) => self.word(),
            b'!'..=b'~' => self.single(Kind::Char),
            _ => {
                self.pos += width;
                self.fail(format!("unrecognized character in action: {}", chars::unicode(char)))
            }
        }
    }

    fn single(&mut self, kind: Kind) -> Token {
        self.pos += 1;
        self.token(kind)
    }

    fn space(&mut self) -> Token {
        let spaces = leading_spaces(self.rest());
        self.pos += spaces;
        // The last space may belong to a trim marker in front of the right delimiter.
        if self.rest().starts_with(b"-}}") {
            self.pos -= 1;
            if spaces == 1 {
                return self.right(true);
            }
        }
        self.token(Kind::Space)
    }

    fn alphanumerics(&mut self) {
        while let Some(byte) = self.peek_byte() {
            if byte == b'_' || byte.is_ascii_alphanumeric() {
                self.pos += 1;
            } else if byte < 0x80 {
                return;
            } else {
                let (char, width) = chars::decode(self.rest());
                if !is_alphanumeric(char) {
                    return;
                }
                self.pos += width;
            }
        }
    }

    fn at_terminator(&self) -> bool {
        match self.rest() {
            [] | [b'.' | b',' | b'|' | b':' | b')' | b'(', ..] | [b'}', b'}', ..] => true,
            [byte, ..] => is_space(*byte),
        }
    }

    fn bad_character(&mut self) -> Token {
        let (char, _) = chars::decode(self.rest());
        self.fail(format!("bad character {}", chars::unicode(char)))
    }

    fn word(&mut self) -> Token {
        self.alphanumerics();
        if !self.at_terminator() {
            return self.bad_character();
        }
        let kind = Kind::of_word(self.text.get(self.start..self.pos).unwrap_or_default());
        self.token(kind)
    }

    fn word_behind(&mut self, kind: Kind, alone: Kind) -> Token {
        if self.at_terminator() {
            return self.token(alone);
        }
        self.alphanumerics();
        if self.at_terminator() { self.token(kind) } else { self.bad_character() }
    }

    fn quoted(&mut self, quote: u8, kind: Kind, unterminated: &str) -> Token {
        self.pos += 1;
        loop {
            let byte = self.peek_byte();
            self.pos += 1;
            match byte {
                Some(b'\\') if !matches!(self.peek_byte(), None | Some(b'\n')) => self.pos += 1,
                None | Some(b'\n' | b'\\') => return self.fail(unterminated),
                Some(byte) if byte == quote => return self.token(kind),
                Some(_) => {}
            }
        }
    }

    fn number(&mut self) -> Token {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek_byte(), Some(b'+' | b'-')) {
            if !self.scan_number() || self.text.get(self.pos - 1) != Some(&b'i') {
                return self.bad_number();
            }
            return self.token(Kind::Complex);
        }
        self.token(Kind::Number)
    }

    fn bad_number(&mut self) -> Token {
        let written = self.text.get(self.start..self.pos).unwrap_or_default();
        self.fail(format!("bad number syntax: {}", super::quote::quote_go(written)))
    }

    fn accept(&mut self, valid: &[u8]) -> bool {
        let found = self.peek_byte().is_some_and(|byte| valid.contains(&byte));
        self.pos += usize::from(found);
        found
    }

    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        let (mut decimal, mut hexadecimal) = (true, false);
        if self.accept(b"0") {
            if self.accept(b"xX") {
                (digits, decimal, hexadecimal) = (b"0123456789abcdefABCDEF_", false, true);
            } else if self.accept(b"oO") {
                (digits, decimal) = (b"01234567_", false);
            } else if self.accept(b"bB") {
                (digits, decimal) = (b"01_", false);
            }
        }
        while self.accept(digits) {}
        if self.accept(b".") {
            while self.accept(digits) {}
        }
        if (decimal && self.accept(b"eE")) || (hexadecimal && self.accept(b"pP")) {
            self.accept(b"+-");
            while self.accept(b"0123456789_") {}
        }
        self.accept(b"i");
        let (char, width) = chars::decode(self.rest());
        if width > 0 && is_alphanumeric(char) {
            self.pos += width;
            return false;
        }
        true
    }
}

/// A letter, a digit or `_`, as Go's Unicode tables have it.
fn is_alphanumeric(char: char) -> bool {
    char == '_' || chars::is_letter(char) || chars::is_digit(char)
}

fn left_trim(text: &[u8]) -> bool {
    matches!(text, [b'-', space, ..] if is_space(*space))
}

fn leading_spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_space(**byte)).count()
}

fn without_trailing(text: &[u8]) -> usize {
    text.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)
}
