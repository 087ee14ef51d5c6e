//! `json.Unmarshal` into a value, with encoding/json's messages.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use super::super::Placed;
use crate::limits::{Exceeded, Limits};
use crate::origin::{Chain, Frame, Mark, Origins};
use crate::source::{Place, SourceId};
use crate::text::Text;
use crate::value::{Key, Value};

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// encoding/json refuses it; its words.
    #[error("{0}")]
    Syntax(String),
    /// A budget ran out.
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

/// Reads one JSON value; its parts have no origins. Numbers that float64 cannot hold read as null and are
/// reported beside the value, as encoding/json does.
///
/// # Errors
/// What encoding/json refuses, or an exceeded budget.
pub fn parse(text: &[u8], limits: &Limits) -> Result<(Value, Option<String>), ParseError> {
    let (text, frame) =
        (Text::from(text), Frame { place: Place { source: SourceId(0), offset: 0 }, chain: Chain::TOP });
    parse_text(Placed::new(&text, Mark::NONE, frame, &mut Origins::new(false)), limits)
}

/// As [`parse`] for a text in memory (`fromJson`): each value has the origin of its bytes.
///
/// # Errors
/// As for [`parse`].
pub fn parse_text(placed: Placed<'_, '_>, limits: &Limits) -> Result<(Value, Option<String>), ParseError> {
    let text = placed.bytes();
    Exceeded::check("yaml-bytes", text.len() as u64, limits.yaml_bytes)?;
    let mut parser = Parser { text, at: 0, placed, limits, depth: 0, nodes: 0, range: None };
    parser.space();
    let value = parser.value()?;
    parser.space();
    if parser.at < text.len() {
        return parser.invalid("after top-level value");
    }
    Ok((value, parser.range))
}

struct Parser<'t, 'o, 'l> {
    text: &'t [u8],
    at: usize,
    placed: Placed<'t, 'o>,
    limits: &'l Limits,
    depth: u64,
    nodes: u64,
    range: Option<String>,
}

impl Parser<'_, '_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn invalid<T>(&self, context: &str) -> Result<T, ParseError> {
        // At the end of the text encoding/json tries a blank: only inside a token is that wrong.
        let inside = ["in literal", "in numeric", "in exponent", "after decimal", "in string escape", "in \\u"];
        let Some(byte) = self.peek().or_else(|| inside.iter().any(|start| context.starts_with(start)).then_some(b' '))
        else {
            return Err(ParseError::Syntax("unexpected end of JSON input".to_owned()));
        };
        let shown = match byte {
            b'\'' => r"'\''".to_owned(),
            b'"' => "'\"'".to_owned(),
            b'\\' => r"'\\'".to_owned(),
            b'\x07' => r"'\a'".to_owned(),
            b'\x08' => r"'\b'".to_owned(),
            b'\x0C' => r"'\f'".to_owned(),
            b'\n' => r"'\n'".to_owned(),
            b'\r' => r"'\r'".to_owned(),
            b'\t' => r"'\t'".to_owned(),
            b'\x0B' => r"'\v'".to_owned(),
            0x00..=0x1F | 0x7F => format!(r"'\x{byte:02x}'"),
            0x80..=0x9F | 0xAD => format!(r"'\u{byte:04x}'"),
            other => format!("'{}'", char::from(other)),
        };
        Err(ParseError::Syntax(format!("invalid character {shown} {context}")))
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        self.nodes += 1;
        Exceeded::check("yaml-nodes", self.nodes, self.limits.yaml_nodes)?;
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => {
                let mark = self.placed.mark_at(self.at);
                let string = self.string()?;
                Ok(Value::Str(mark, Rc::new(string.traced(&mut self.placed))))
            }
            Some(b't') => self.literal(b"true", Value::bool(true)),
            Some(b'f') => self.literal(b"false", Value::bool(false)),
            Some(b'n') => self.literal(b"null", Value::NIL),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.invalid("looking for beginning of value"),
        }
    }

    fn literal(&mut self, word: &'static [u8], value: Value) -> Result<Value, ParseError> {
        let start = self.at;
        for expected in word {
            if self.peek() != Some(*expected) {
                let word = String::from_utf8_lossy(word);
                return self.invalid(&format!("in literal {word} (expecting '{}')", char::from(*expected)));
            }
            self.at += 1;
        }
        Ok(value.with_mark(self.placed.mark_of(start..self.at)))
    }

    fn enter(&mut self) -> Result<(), ParseError> {
        self.at += 1;
        self.depth += 1;
        Exceeded::check("yaml-depth", self.depth, self.limits.yaml_depth)?;
        self.space();
        Ok(())
    }

    fn array(&mut self) -> Result<Value, ParseError> {
        let mark = self.placed.mark_at(self.at);
        self.enter()?;
        let mut items = Vec::new();
        if self.peek() != Some(b']') {
            loop {
                items.push(self.value()?);
                self.space();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b']') => break,
                    _ => return self.invalid("after array element"),
                }
                self.space();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Value::list(items).with_mark(mark))
    }

    fn object(&mut self) -> Result<Value, ParseError> {
        let mark = self.placed.mark_at(self.at);
        self.enter()?;
        let mut entries: Vec<(Key, Value)> = Vec::new();
        if self.peek() != Some(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return self.invalid("looking for beginning of object key string");
                }
                let key = self.string()?;
                self.space();
                if self.peek() != Some(b':') {
                    return self.invalid("after object key");
                }
                self.at += 1;
                self.space();
                let name = Rc::from(key.decoded.as_str());
                let key = self.placed.key(&name, key.range.clone(), |placed| key.traced(placed));
                entries.push((key, self.value()?));
                self.space();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(b'}') => break,
                    _ => return self.invalid("after object key:value pair"),
                }
                self.space();
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(Value::map(entries).with_mark(mark))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self, context: &str) -> Result<(), ParseError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.invalid(context);
        }
        self.digits();
        Ok(())
    }

    fn number(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.some_digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        let mark = self.placed.mark_of(start..self.at);
        let text = String::from_utf8_lossy(self.text.get(start..self.at).unwrap_or_default());
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Value::Float(mark, value)),
            _ => {
                let message = format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.range.get_or_insert(message);
                Ok(Value::Nil(mark))
            }
        }
    }

    fn string(&mut self) -> Result<Decoded, ParseError> {
        self.at += 1;
        let start = self.at;
        let (mut bytes, mut escapes) = (Vec::new(), Vec::new());
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let (source, decoded) = (self.at, bytes.len());
                    self.at += 1;
                    self.escape(&mut bytes)?;
                    escapes.push((source..self.at, decoded..bytes.len()));
                }
                Some(0x00..=0x1F) | None => return self.invalid("in string literal"),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        let range = start..self.at;
        self.at += 1;
        Ok(match super::go_lossy(&bytes) {
            Cow::Borrowed(decoded) => Decoded { decoded: decoded.to_owned(), range, escapes },
            // What a replaced byte was is not followed: all of it was made of all of it.
            Cow::Owned(decoded) => Decoded { escapes: vec![(range.clone(), 0..decoded.len())], range, decoded },
        })
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), ParseError> {
        let byte = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let mut unit = self.hex()?;
                if (0xD800..0xDC00).contains(&unit)
                    && let Some(low) = self.low_surrogate()
                {
                    unit = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                }
                let character = char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return self.invalid("in string escape code"),
        };
        bytes.push(byte);
        self.at += 1;
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, ParseError> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return self.invalid("in \\u hexadecimal character escape");
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// The second half of a surrogate pair; the position moves only when it is there.
    fn low_surrogate(&mut self) -> Option<u32> {
        let rest = self.text.get(self.at..)?.strip_prefix(b"\\u")?;
        let digits = std::str::from_utf8(rest.get(..4)?).ok()?;
        let unit = u32::from_str_radix(digits, 16).ok().filter(|unit| (0xDC00..0xE000).contains(unit))?;
        self.at += 6;
        Some(unit)
    }
}

/// A string, and how it stands in its source.
struct Decoded {
    decoded: String,
    /// The source without its quotes.
    range: Range<usize>,
    /// The parts of the source, and of the string, that are not the same.
    escapes: Vec<(Range<usize>, Range<usize>)>,
}

impl Decoded {
    fn traced(&self, placed: &mut Placed<'_, '_>) -> Text {
        let mut text = Text::new();
        let mut plain = self.range.start;
        for (source, decoded) in &self.escapes {
            placed.copy(plain..source.start, &mut text);
            placed.make(source.start, self.decoded.as_bytes().get(decoded.clone()).unwrap_or_default(), &mut text);
            plain = source.end;
        }
        placed.copy(plain..self.range.end, &mut text);
        text
    }
}
