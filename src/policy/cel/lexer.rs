//! CEL source text to tokens, each with the offset of its first byte.
//!
//! The lexical rules are those of the language definition (cel-spec, "Syntax"). Bytes literals are refused:
//! nothing in a manifest is of that type.

use super::SyntaxError;

/// A token and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: u32,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A name, `true`, `false`, `null` and `in` included.
    Name(Box<str>),
    /// Digits without sign; the sign of the smallest number is only known to the parser.
    Int(u64),
    /// `1u`.
    Uint(u64),
    /// `1.5`.
    Double(f64),
    /// A string literal, escapes resolved.
    Str(Box<str>),
    /// An operator or a bracket.
    Mark(&'static str),
    /// The end of the source.
    End,
}

/// Longer ones first, so that the first match is the longest.
const MARKS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "[?", ".?", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(",
    ")", "[", "]",
];
const BRACES: [&str; 2] = ["{", "}"];

/// Cuts `source` into tokens; the last one is [`Kind::End`].
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
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

    fn error(&self, at: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(at, message)
    }

    /// Takes the longest prefix of characters that `keep` accepts.
    fn take(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn next(&mut self) -> Result<Token, SyntaxError> {
        loop {
            self.take(char::is_whitespace);
            if !self.rest().starts_with("//") {
                break;
            }
            self.take(|c| c != '\n');
        }
        let start = self.at;
        let kind = match self.rest().chars().next() {
            None => Kind::End,
            Some('0'..='9') => self.number()?,
            Some('\'' | '"') => self.string(false)?,
            Some(c) if c.is_ascii_alphabetic() || c == '_' => self.name()?,
            Some('.') if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number()?,
            Some(c) => {
                let rest = self.rest();
                let mark = MARKS.into_iter().chain(BRACES).find(|mark| rest.starts_with(mark));
                let mark = mark.ok_or_else(|| self.error(start, format!("unexpected character `{c}`")))?;
                self.at += mark.len();
                Kind::Mark(mark)
            }
        };
        Ok(Token { kind, at: crate::source::clamp(start) })
    }

    fn name(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let name = self.take(|c| c.is_ascii_alphanumeric() || c == '_');
        if !self.rest().starts_with(['\'', '"']) {
            return Ok(Kind::Name(name.into()));
        }
        match name {
            "r" | "R" => self.string(true),
            "b" | "B" | "br" | "bR" | "Br" | "BR" | "rb" => Err(self.error(start, "bytes literals are not supported")),
            _ => Ok(Kind::Name(name.into())),
        }
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let out_of_range = |lexer: &Self| lexer.error(start, "number is out of range");
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.at += 2;
            let digits = self.take(|c| c.is_ascii_hexdigit());
            let number = u64::from_str_radix(digits, 16).map_err(|_| out_of_range(self))?;
            return Ok(self.integer(number));
        }
        self.take(|c| c.is_ascii_digit());
        let mut double = false;
        let mut ahead = self.rest().chars();
        if ahead.next() == Some('.') && ahead.next().is_some_and(|c| c.is_ascii_digit()) {
            double = true;
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
        }
        if self.rest().starts_with(['e', 'E']) {
            let sign = self.rest()[1..].starts_with(['+', '-']);
            if self.rest()[1 + usize::from(sign)..].starts_with(|c: char| c.is_ascii_digit()) {
                double = true;
                self.at += 1 + usize::from(sign);
                self.take(|c| c.is_ascii_digit());
            }
        }
        let text = &self.source[start..self.at];
        if double {
            return text.parse().map(Kind::Double).map_err(|_| out_of_range(self));
        }
        let number = text.parse().map_err(|_| out_of_range(self))?;
        Ok(self.integer(number))
    }

    fn integer(&mut self, number: u64) -> Kind {
        if self.rest().starts_with(['u', 'U']) {
            self.at += 1;
            return Kind::Uint(number);
        }
        Kind::Int(number)
    }

    fn string(&mut self, raw: bool) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let quote = if self.rest().starts_with('"') { '"' } else { '\'' };
        let triple: String = [quote; 3].iter().collect();
        let end = if self.rest().starts_with(&triple) { triple } else { quote.to_string() };
        self.at += end.len();
        let mut text = String::new();
        loop {
            if self.rest().starts_with(&end) {
                self.at += end.len();
                return Ok(Kind::Str(text.into()));
            }
            match self.rest().chars().next() {
                Some('\n' | '\r') if end.len() == 1 => return Err(self.error(start, "string is not closed")),
                Some('\\') if !raw => text.push(self.escape()?),
                Some(c) => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
                None => return Err(self.error(start, "string is not closed")),
            }
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

    fn kinds(source: &str) -> Vec<Kind> {
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
        let dot = Kind::Mark(".?");
        assert_eq!(
            kinds("a.?b // c\n[?"),
            [Kind::Name("a".into()), dot, Kind::Name("b".into()), Kind::Mark("[?"), Kind::End]
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
