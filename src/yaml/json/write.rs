//! `json.Marshal` of a value.

use std::borrow::Cow;
use std::rc::Rc;

use super::super::number;
use super::super::out::Out;
use super::Descent;
use crate::limits::{Exceeded, Limits};
use crate::origin::{Frame, Origins};
use crate::text::Text;
use crate::value::{IntType, List, Map, Native, Struct, Value};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// Write `<`, `>` and `&` as they are.
    pub raw: bool,
    /// One item per line, indented by two spaces.
    pub pretty: bool,
}

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarshalError {
    /// encoding/json refuses it; its words.
    #[error("{0}")]
    Unsupported(String),
    /// A budget ran out.
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

/// Writes a value as JSON.
///
/// # Errors
/// NaN, infinities and cycles are refused, and what is too long.
pub fn write(
    value: &Value,
    layout: Layout,
    frame: Frame,
    origins: &mut Origins,
    limits: &Limits,
) -> Result<Text, MarshalError> {
    let mut writer = Writer { out: Out::new(frame, origins, limits), layout, descent: Descent::new(limits) };
    writer.value(value)?;
    writer.out.check()?;
    Ok(writer.out.finish())
}

struct Writer<'a> {
    out: Out<'a>,
    layout: Layout,
    descent: Descent<'a>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), MarshalError> {
        self.out.belongs_to(value.mark());
        match value {
            Value::Nil(_) => self.out.put(b"null"),
            Value::Bool(_, value) => self.out.put(if *value { b"true" } else { b"false" }),
            Value::Int(_, of, value) => self.out.put(int_text(*of, *value).as_bytes()),
            Value::Float(_, value) => self.out.put(float_text(*value)?.as_bytes()),
            Value::Str(_, text) => self.string(text),
            Value::Bytes(_, bytes) => self.quoted(&base64(bytes.as_bytes())),
            Value::List(_, list) => return self.list(value, list),
            Value::Map(_, map) => return self.map(value, map),
            Value::Struct(_, of) => return self.structure(value, of),
        }
        Ok(self.out.check()?)
    }

    fn quoted(&mut self, text: &str) {
        self.out.put(b"\"");
        let mut escaped = Vec::new();
        escape(text.as_bytes(), !self.layout.raw, &mut escaped);
        self.out.put(&escaped);
        self.out.put(b"\"");
    }

    /// What needs no escape keeps its origin byte by byte.
    fn string(&mut self, text: &Rc<Text>) {
        self.out.put_around(b"\"");
        let (bytes, html) = (text.as_bytes(), !self.layout.raw);
        let mut start = 0;
        for part in bytes.chunk_by(|a, b| is_plain(*a, html) == is_plain(*b, html)) {
            let end = start + part.len();
            let mut escaped = Vec::new();
            if !part.first().is_some_and(|byte| is_plain(*byte, html)) {
                escape(part, html, &mut escaped);
            }
            if escaped.is_empty() || escaped == part {
                self.out.pass(text, start..end);
            } else {
                self.out.put(&escaped);
            }
            start = end;
        }
        self.out.put_around(b"\"");
    }

    fn line(&mut self) {
        if self.layout.pretty {
            self.out.put(b"\n");
            for _ in 0..self.descent.depth() {
                self.out.put(b"  ");
            }
        }
    }

    fn list(&mut self, value: &Value, list: &List) -> Result<(), MarshalError> {
        if list.items().is_empty() {
            self.out.put(if list.is_nil() { b"null" } else { b"[]" });
            return Ok(self.out.check()?);
        }
        self.descent.enter(value)?;
        for (index, item) in list.items().iter().enumerate() {
            self.out.stands_around(if index == 0 { value.mark() } else { item.mark() });
            self.out.put(if index == 0 { b"[" } else { b"," });
            self.out.stands_around(item.mark());
            self.line();
            self.value(item)?;
        }
        self.descent.leave();
        self.out.stands_around(value.mark());
        self.line();
        self.out.put(b"]");
        Ok(())
    }

    fn map(&mut self, value: &Value, map: &Map) -> Result<(), MarshalError> {
        if map.is_nil() {
            self.out.put(b"null");
            return Ok(self.out.check()?);
        }
        self.object(value, map.entries().iter().map(|(key, entry)| (key.name(), key.text(), entry)))
    }

    fn structure(&mut self, value: &Value, of: &Struct) -> Result<(), MarshalError> {
        match struct_text(of) {
            Some(text) => self.quoted(&text),
            None if of.type_name == "complex128" => {
                return Err(MarshalError::Unsupported("json: unsupported type: complex128".to_owned()));
            }
            None => return self.object(value, of.json_fields().into_iter().map(|(name, field)| (name, None, field))),
        }
        Ok(())
    }

    /// An object of names, the texts that they were made of, and values.
    fn object<'v>(
        &mut self,
        value: &Value,
        entries: impl ExactSizeIterator<Item = (&'v str, Option<&'v Rc<Text>>, &'v Value)>,
    ) -> Result<(), MarshalError> {
        if entries.len() == 0 {
            self.out.put(b"{}");
            return Ok(self.out.check()?);
        }
        self.descent.enter(value)?;
        for (index, (name, text, entry)) in entries.enumerate() {
            self.out.stands_around(if index == 0 { value.mark() } else { entry.mark() });
            self.out.put(if index == 0 { b"{" } else { b"," });
            self.out.stands_around(entry.mark());
            self.line();
            match text {
                Some(text) => self.string(text),
                None => self.quoted(name),
            }
            self.out.put(if self.layout.pretty { b": " } else { b":" });
            self.value(entry)?;
        }
        self.descent.leave();
        self.out.stands_around(value.mark());
        self.line();
        self.out.put(b"}");
        Ok(())
    }
}

/// The digits of an integer.
fn int_text(of: IntType, value: i64) -> String {
    if of.unsigned() { value.cast_unsigned().to_string() } else { value.to_string() }
}

fn float_text(value: f64) -> Result<String, MarshalError> {
    if value.is_finite() {
        return Ok(number::json(value));
    }
    Err(MarshalError::Unsupported(format!("json: unsupported value: {}", number::general(value))))
}

/// The JSON text of a number.
pub(in super::super) fn scalar_text(value: &Value) -> Result<Cow<'static, str>, MarshalError> {
    Ok(match value {
        Value::Bool(_, true) => "true".into(),
        Value::Bool(_, false) => "false".into(),
        Value::Int(_, of, value) => int_text(*of, *value).into(),
        Value::Float(_, value) => float_text(*value)?.into(),
        _ => "null".into(),
    })
}

/// What a Go type with a text form of its own (times, versions) marshals to.
fn struct_text(of: &Struct) -> Option<String> {
    match (&of.native, of.type_name) {
        (Native::Time(time), _) => {
            let offset = time.offset();
            let zone = if offset.is_zero() { "Z".to_owned() } else { time.strftime("%:z").to_string() };
            Some(format!("{}{zone}", time.strftime("%Y-%m-%dT%H:%M:%S%.f")))
        }
        (_, "*semver.Version" | "semver.Version") => of.printed.clone(),
        _ => None,
    }
}

impl Struct {
    /// The text that Go's encoders write for the types that have one of their own.
    #[must_use]
    pub(in super::super) fn text_form(&self) -> Option<String> {
        struct_text(self)
    }
}

/// Standard base64 with padding, as `[]byte` is written.
pub(in super::super) fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn is_plain(byte: u8, html: bool) -> bool {
    matches!(byte, 0x20..=0x7F) && !matches!(byte, b'"' | b'\\') && !(html && matches!(byte, b'<' | b'>' | b'&'))
}

/// Appends the inside of a JSON string.
pub(in super::super) fn escape(text: &[u8], html: bool, out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let short = match character {
                '"' => b'"',
                '\\' => b'\\',
                '\u{8}' => b'b',
                '\u{c}' => b'f',
                '\n' => b'n',
                '\r' => b'r',
                '\t' => b't',
                '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                    out.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes());
                    continue;
                }
                '<' | '>' | '&' if html => {
                    out.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes());
                    continue;
                }
                other => {
                    out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
            };
            out.extend_from_slice(&[b'\\', short]);
        }
        for _ in chunk.invalid() {
            out.extend_from_slice(b"\\ufffd");
        }
    }
}

/// Text with every byte that is no UTF-8 replaced by U+FFFD, one by one as Go does.
pub(in super::super) fn go_lossy(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out.into()
}
