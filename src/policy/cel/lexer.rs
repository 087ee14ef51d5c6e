//! CEL source text to tokens, each with the offset of its first byte.
//!
//! The lexical rules are those of the language definition (cel-spec, "Syntax"). Bytes literals are refused:
//! nothing in a manifest is of that type.

use std::borrow::Cow;

use super::{SyntaxError, clamp};

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) at: u32,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind<'a> {
    /// A name, `true`, `false`, `null` and `in` included.
    Name(&'a str),
    /// Digits without sign; the sign of the smallest number is only known to the parser.
    Int(u64),
    /// `1u`.
    Uint(u64),
    /// `1.5`.
    Double(f64),
    /// A string literal, escapes resolved.
    Str(Cow<'a, str>),
    /// An operator or a bracket.
    Mark(Mark),
    /// The end of the source.
    End,
}

/// An operator or a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    And,
    Or,
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Less,
    Greater,
    Not,
    Plus,
    Minus,
    Times,
    Slash,
    Percent,
    Question,
    Colon,
    Dot,
    OptionalDot,
    Comma,
    Open,
    Close,
    OpenIndex,
    OpenOptional,
    CloseIndex,
    OpenMap,
    CloseMap,
}

impl Mark {
    /// The longest mark at the beginning of a text.
    fn first(text: &[u8]) -> Option<Self> {
        let next = text.get(1).copied();
        Some(match (*text.first()?, next) {
            (b'&', Some(b'&')) => Self::And,
            (b'|', Some(b'|')) => Self::Or,
            (b'=', Some(b'=')) => Self::Equal,
            (b'!', Some(b'=')) => Self::NotEqual,
            (b'<', Some(b'=')) => Self::LessEqual,
            (b'>', Some(b'=')) => Self::GreaterEqual,
            (b'.', Some(b'?')) => Self::OptionalDot,
            (b'[', Some(b'?')) => Self::OpenOptional,
            (b'<', _) => Self::Less,
            (b'>', _) => Self::Greater,
            (b'!', _) => Self::Not,
            (b'+', _) => Self::Plus,
            (b'-', _) => Self::Minus,
            (b'*', _) => Self::Times,
            (b'/', _) => Self::Slash,
            (b'%', _) => Self::Percent,
            (b'?', _) => Self::Question,
            (b':', _) => Self::Colon,
            (b'.', _) => Self::Dot,
            (b',', _) => Self::Comma,
            (b'(', _) => Self::Open,
            (b')', _) => Self::Close,
            (b'[', _) => Self::OpenIndex,
            (b']', _) => Self::CloseIndex,
            (b'{', _) => Self::OpenMap,
            (b'}', _) => Self::CloseMap,
            _ => return None,
        })
    }

    /// As it is written.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::LessEqual => "<=",
            Self::GreaterEqual => ">=",
            Self::Less => "<",
            Self::Greater => ">",
            Self::Not => "!",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Slash => "/",
            Self::Percent => "%",
            Self::Question => "?",
            Self::Colon => ":",
            Self::Dot => ".",
            Self::OptionalDot => ".?",
            Self::Comma => ",",
            Self::Open => "(",
            Self::Close => ")",
            Self::OpenIndex => "[",
            Self::OpenOptional => "[?",
            Self::CloseIndex => "]",
            Self::OpenMap => "{",
            Self::CloseMap => "}",
        }
    }
}

/// Cuts `source` into tokens; the last one is [`Kind::End`].
pub(crate) fn tokens(source: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::with_capacity(source.len() / 4 + 1);
    loop {
        let token = lexer.next()?;
        let end = token.kind == Kind::End;
        tokens.push(token);
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The byte that many behind the next one.
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    fn error(&self, at: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(at, message)
    }

    /// Takes the longest prefix of ASCII that `keep` accepts.
    fn take(&mut self, keep: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.byte(0).is_some_and(|byte| byte.is_ascii() && keep(byte)) {
            self.at += 1;
        }
        self.source.get(start..self.at).unwrap_or_default()
    }

    fn next(&mut self) -> Result<Token<'a>, SyntaxError> {
        loop {
            self.take(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c'));
            if self.byte(0) != Some(b'/') || self.byte(1) != Some(b'/') {
                break;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
        let start = self.at;
        let kind = match self.byte(0) {
            None => Kind::End,
            Some(b'0'..=b'9') => self.number()?,
            Some(b'\'' | b'"') => self.string(false)?,
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.name()?,
            Some(b'.') if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number()?,
            Some(_) => {
                let mark = Mark::first(&self.source.as_bytes()[start..]);
                let unexpected = |c: char| self.error(start, format!("unexpected character `{c}`"));
                let mark = mark.ok_or_else(|| unexpected(self.rest().chars().next().unwrap_or_default()))?;
                self.at += mark.text().len();
                Kind::Mark(mark)
            }
        };
        Ok(Token { kind, at: clamp(start) })
    }

    fn name(&mut self) -> Result<Kind<'a>, SyntaxError> {
        let start = self.at;
        let name = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !matches!(self.byte(0), Some(b'\'' | b'"')) {
            return Ok(Kind::Name(name));
        }
        match name {
            "r" | "R" => self.string(true),
            "b" | "B" | "br" | "bR" | "Br" | "BR" | "rb" => Err(self.error(start, "bytes literals are not supported")),
            _ => Ok(Kind::Name(name)),
        }
    }

    fn number(&mut self) -> Result<Kind<'a>, SyntaxError> {
        let start = self.at;
        let out_of_range = |lexer: &Self| lexer.error(start, "number is out of range");
        if self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X')) {
            self.at += 2;
            let digits = self.take(|byte| byte.is_ascii_hexdigit());
            let number = u64::from_str_radix(digits, 16).map_err(|_| out_of_range(self))?;
            return Ok(self.integer(number));
        }
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        self.take(|byte| byte.is_ascii_digit());
        let mut double = false;
        if self.byte(0) == Some(b'.') && digit(self.byte(1)) {
            double = true;
            self.at += 1;
            self.take(|byte| byte.is_ascii_digit());
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
            if digit(self.byte(1 + sign)) {
                double = true;
                self.at += 1 + sign;
                self.take(|byte| byte.is_ascii_digit());
            }
        }
        let text = &self.source[start..self.at];
        if double {
            return text.parse().map(Kind::Double).map_err(|_| out_of_range(self));
        }
        let number = text.parse().map_err(|_| out_of_range(self))?;
        Ok(self.integer(number))
    }

    fn integer(&mut self, number: u64) -> Kind<'a> {
        if matches!(self.byte(0), Some(b'u' | b'U')) {
            self.at += 1;
            return Kind::Uint(number);
        }
        Kind::Int(number)
    }

    fn string(&mut self, raw: bool) -> Result<Kind<'a>, SyntaxError> {
        let start = self.at;
        let (single, triple) = if self.byte(0) == Some(b'"') { ("\"", "\"\"\"") } else { ("'", "'''") };
        let end = if self.rest().starts_with(triple) { triple } else { single };
        self.at += end.len();
        let unclosed = || SyntaxError::new(start, "string is not closed");
        let mut text = Cow::Borrowed("");
        loop {
            let rest = self.rest();
            let length = rest.find(end).ok_or_else(unclosed)?;
            let escape = if raw { None } else { rest[..length].find('\\') };
            let part = &rest[..escape.unwrap_or(length)];
            if end == single && part.contains(['\n', '\r']) {
                return Err(unclosed());
            }
            self.at += part.len();
            if text.is_empty() {
                text = Cow::Borrowed(part);
            } else {
                text.to_mut().push_str(part);
            }
            if escape.is_none() {
                self.at += end.len();
                return Ok(Kind::Str(text));
            }
            let character = self.escape()?;
            text.to_mut().push(character);
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let c = self.rest().chars().next().ok_or_else(|| self.error(start, "string is not closed"))?;
        self.at += c.len_utf8();
        let (digits, radix) = match c {
            'a' => return Ok('\x07'),
            'b' => return Ok('\x08'),
            'f' => return Ok('\x0c'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\x0b'),
            '\\' | '?' | '"' | '\'' | '`' => return Ok(c),
            'x' | 'X' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            '0'..='3' => {
                self.at -= 1;
                (3, 8)
            }
            _ => return Err(self.error(start, format!("unknown escape `\\{c}`"))),
        };
        let code = self.rest().get(..digits).and_then(|text| u32::from_str_radix(text, radix).ok());
        let code = code.and_then(char::from_u32).ok_or_else(|| self.error(start, "incomplete escape"))?;
        self.at += digits;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<Kind<'_>> {
        tokens(source).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn literals() {
        assert_eq!(
            kinds(r#"1 0x1F 2u 1.5 1e3 'a\n\u00e9' r"\d" """x'y""""#),
            [
                Kind::Int(1),
                Kind::Int(31),
                Kind::Uint(2),
                Kind::Double(1.5),
                Kind::Double(1000.0),
                Kind::Str("a\né".into()),
                Kind::Str("\\d".into()),
                Kind::Str("x'y".into()),
                Kind::End
            ]
        );
    }

    #[test]
    fn operators_and_comments() {
        let dot = Kind::Mark(Mark::OptionalDot);
        assert_eq!(
            kinds("a.?b // c\n[?"),
            [Kind::Name("a"), dot, Kind::Name("b"), Kind::Mark(Mark::OpenOptional), Kind::End]
        );
    }

    #[test]
    fn faults_name_their_place() {
        for (source, at) in
            [("a # b", 2), ("'a", 0), (r"'a\q'", 2), ("99999999999999999999", 0), ("b'x'", 0), ("'\\u00'", 1)]
        {
            assert_eq!(tokens(source).unwrap_err().at, at, "{source}");
        }
    }
}
