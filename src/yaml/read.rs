//! Reading YAML as `sigs.k8s.io/yaml` does: go-yaml v2's tree, made into what JSON can hold.

use super::node::{Data, Entry, Node};
use super::number::general;
use super::parse::Parser;
use crate::limits::{Exceeded, Limits};

/// Why a document cannot be read. `Display` gives the words of Go's error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// Go's message: `yaml: line 3: did not find expected key`.
    pub message: String,
    /// The line of the place, from 1 (the message often names the line before it).
    pub line: Option<u32>,
    /// Byte offset of the place in the text.
    pub offset: Option<u32>,
    /// The budget that ran out, when that is the reason.
    pub exceeded: Option<Exceeded>,
}

impl ReadError {
    pub(super) fn new(message: String, offset: Option<u32>) -> Self {
        Self { message, line: None, offset, exceeded: None }
    }

    /// The same error with what was being done put before it; an exceeded budget stays as it is.
    #[must_use]
    pub fn within(mut self, doing: &str) -> Self {
        if self.exceeded.is_none() {
            self.message = format!("{doing}: {}", self.message);
        }
        self
    }
}

impl From<Exceeded> for ReadError {
    fn from(exceeded: Exceeded) -> Self {
        Self { message: exceeded.to_string(), line: None, offset: None, exceeded: Some(exceeded) }
    }
}

/// The first document of a text, `None` when there is none. What follows it is not looked at, as Go's `Unmarshal` does.
///
/// # Errors
/// What go-yaml refuses, what JSON cannot hold (`.inf`, null keys), or an exceeded budget.
pub fn read(text: &[u8], limits: &Limits) -> Result<Option<Node>, ReadError> {
    read_from(text, 0, limits)
}

/// As [`read`] for the text from `start` on; places count from the first byte of the text.
pub(super) fn read_from(text: &[u8], start: usize, limits: &Limits) -> Result<Option<Node>, ReadError> {
    let mut parser = open(text, start, limits)?;
    let node = parser.document().map_err(|error| locate(error, text))?;
    node.map(|node| finish(node, text)).transpose()
}

/// Every document of a text.
///
/// # Errors
/// As [`read`], for the first document that fails.
pub fn read_all(text: &[u8], limits: &Limits) -> Result<Vec<Node>, ReadError> {
    let mut parser = open(text, 0, limits)?;
    let mut documents = Vec::new();
    while let Some(node) = parser.document().map_err(|error| locate(error, text))? {
        documents.push(finish(node, text)?);
    }
    Ok(documents)
}

fn open<'t, 'l>(text: &'t [u8], start: usize, limits: &'l Limits) -> Result<Parser<'t, 'l>, ReadError> {
    Exceeded::check("yaml-bytes", text.len().saturating_sub(start) as u64, limits.yaml_bytes)?;
    Ok(Parser::new(text, start, limits))
}

/// Adds the line to an error that knows only its offset.
fn locate(mut error: ReadError, text: &[u8]) -> ReadError {
    if let (None, Some(offset)) = (error.line, error.offset) {
        let before = text.get(..offset as usize).unwrap_or_default();
        error.line = Some(crate::source::clamp(before.iter().filter(|byte| **byte == b'\n').count() + 1));
    }
    error
}

fn finish(node: Node, text: &[u8]) -> Result<Node, ReadError> {
    match not_finite(&node) {
        Some((value, offset)) => {
            let message = format!("json: unsupported value: {}", general(value));
            Err(locate(ReadError::new(message, Some(offset)), text))
        }
        None => Ok(node),
    }
}

/// The first float that JSON cannot hold.
fn not_finite(node: &Node) -> Option<(f64, u32)> {
    match &node.data {
        Data::Float(value) if !value.is_finite() => Some((*value, node.start)),
        Data::List(items) => items.iter().find_map(not_finite),
        Data::Map(entries) => entries.iter().find_map(|entry| not_finite(&entry.value)),
        _ => None,
    }
}

/// Go's message for a document that is something else than what is `wanted`.
#[must_use]
pub fn mismatch(data: &Data, wanted: &str) -> String {
    let found = match data {
        Data::Null => "null",
        Data::Bool(_) => "bool",
        Data::Int(_) | Data::Uint(_) | Data::Float(_) => "number",
        Data::String(_) => "string",
        Data::List(_) => "array",
        Data::Map(_) => "object",
    };
    format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type {wanted}"
    )
}

/// Messages quote values up to this many bytes: aliases could make them endless.
const QUOTED: usize = 1 << 16;

impl Node {
    /// The node as Go's `%#v` prints it; `top` is the value itself, where nil is `<nil>`.
    pub(super) fn in_go(&self, top: bool) -> String {
        let mut out = String::new();
        if top && self.is_null() {
            out.push_str("<nil>")
        } else {
            self.write_in_go(&mut out)
        }
        out
    }

    fn write_in_go(&self, out: &mut String) {
        if out.len() > QUOTED {
            return;
        }
        match &self.data {
            Data::Null => out.push_str("interface {}(nil)"),
            Data::Bool(value) => out.push_str(&value.to_string()),
            Data::Int(value) => out.push_str(&value.to_string()),
            Data::Uint(value) => out.push_str(&format!("{value:#x}")),
            Data::Float(value) => out.push_str(&general(*value)),
            Data::String(text) => quote(text, out),
            Data::List(items) => {
                out.push_str("[]interface {}{");
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    item.write_in_go(out);
                }
                out.push('}');
            }
            Data::Map(entries) => {
                let mut entries: Vec<&Entry> = entries.iter().collect();
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                out.push_str("map[interface {}]interface {}{");
                for (index, entry) in entries.into_iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    quote(&entry.key, out);
                    out.push(':');
                    entry.value.write_in_go(out);
                }
                out.push('}');
            }
        }
    }
}

/// `strconv.Quote`.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0B' => out.push_str("\\v"),
            '\x0C' => out.push_str("\\f"),
            '\0'..='\x1F' | '\x7F' if !matches!(character, '\n' | '\r' | '\t') => {
                out.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            '\'' => out.push('\''),
            _ => {
                let escaped: String = character.escape_debug().collect();
                match (escaped.starts_with("\\u{"), u32::from(character)) {
                    (true, code @ ..0x1_0000) => out.push_str(&format!("\\u{code:04x}")),
                    (true, code) => out.push_str(&format!("\\U{code:08x}")),
                    (false, _) => out.push_str(&escaped),
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        read(text.as_bytes(), &Limits::default()).unwrap_err().message
    }

    fn shown(text: &str) -> String {
        read(text.as_bytes(), &Limits::default()).unwrap().unwrap().in_go(true)
    }

    /// What helm 4.2.4 says of these as a values file.
    #[test]
    fn errors_are_go_yamls() {
        for (text, expected) in [
            ("a: \"x\nb: 1\n", "yaml: line 3: found unexpected end of stream"),
            ("a:\n  b: 1\n c: 2\n", "yaml: line 2: did not find expected key"),
            ("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
            ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
            ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
            ("a: @x\n", "yaml: found character that cannot start any token"),
            ("a: \"\\q\"\n", "yaml: found unknown escape character"),
            ("%YAML 1.2\n---\na: 1\n", "yaml: found incompatible YAML document"),
            ("a: x\u{2028}y\n", "yaml: line 3: could not find expected ':'"),
            ("a: x\u{7}y\n", "yaml: control characters are not allowed"),
            ("a: [1,2\nb: c\n", "yaml: line 1: did not find expected ',' or ']'"),
            ("[? : x]\n", "yaml: did not find expected ',' or ']'"),
            ("a: b\n%FOO\n---\nc: d\n", "yaml: line 2: found unknown directive name"),
            ("a: &a [*a]\n", "yaml: anchor 'a' value contains itself"),
            ("a: !!int x\n", "yaml: cannot decode !!str `x` as a !!int"),
            ("<<: 1\n", "yaml: map merge requires map or sequence of maps as the value"),
            ("a: !!binary \"%\"\n", "yaml: !!binary value contains invalid base64 data"),
            ("a: {{ .x }}\n", r#"yaml: invalid map key: map[interface {}]interface {}{".x":interface {}(nil)}"#),
            ("~: [a, 1]\n", "unsupported map key of type: %!s(<nil>), key: <nil>, value: []interface {}{\"a\", 1}"),
            ("18446744073709551615: 1\n", "unsupported map key of type: uint64, key: 0xffffffffffffffff, value: 1"),
            (
                "~: 1\n~: [\"b\\u200b\"]\n",
                "unsupported map key of type: %!s(<nil>), key: <nil>, value: []interface {}{\"b\\u200b\"}",
            ),
            ("a: .inf\n", "json: unsupported value: +Inf"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_read_ahead_hides_a_syntax_error() {
        let near = format!("a: @\n{}\u{1}", " ".repeat(300));
        let far = format!("a: @\n{}\u{1}", " ".repeat(600));
        assert_eq!(message(&near), "yaml: control characters are not allowed");
        assert_eq!(message(&far), "yaml: found character that cannot start any token");
    }

    #[test]
    fn values_are_go_yamls() {
        for (text, expected) in [
            ("a: {b: 1, c, d: [1, 2,]}", r#"{"a":{"b":1, "c":nil, "d":[1, 2]}}"#),
            ("[a: b, {c: d}]", r#"[{"a":"b"}, {"c":"d"}]"#),
            ("d: &b {x: 1}\ne:\n  x: 4\n  <<: *b", r#"{"d":{"x":1}, "e":{"x":4, "x":1}}"#),
            ("<<: [{a: 1}, {a: 2}]", r#"{"a":2, "a":1}"#),
            ("1: a\n1.5: b\nyes: c", r#"{"1":"a", "1.5":"b", "true":"c"}"#),
            (
                "a: |\n  x\n   y\n\n  z\n\n\nb: >-\n  x\n  y\nc: |2\n    x\n",
                r#"{"a":"x\n y\n\nz\n", "b":"x y", "c":"  x\n"}"#,
            ),
            ("d: >\n  one\n  two\n\n  three\n   more\n  four\n", r#"{"d":"one two\nthree\n more\nfour\n"}"#),
            (
                "a: one\n  two\n\n  three\nb: \"one\n  two\n\n  three \\\n  four\"",
                r#"{"a":"one two\nthree", "b":"one two\nthree four"}"#,
            ),
            ("a: 1\t\nb:\t2", r#"{"a":1, "b":2}"#),
            (
                "a: !!str 1\nb: !!int \"1\"\nc: !!float 1\nd: !!binary aGk=\ne: !x y\nf: ! 5",
                r#"{"a":"1", "b":1, "c":1, "d":"hi", "e":"y", "f":"5"}"#,
            ),
            ("{}: 1", "{}"),
            ("a: 1\n...\nb: 2", r#"{"a":1}"#),
            ("a:\n- x\n-\n- - z\nb: ''", r#"{"a":["x", nil, ["z"]], "b":""}"#),
        ] {
            let short = shown(text)
                .replace("map[interface {}]interface {}", "")
                .replace("[]interface {}{", "[")
                .replace("interface {}(nil)", "nil");
            // Lists lose the distinction of their closing bracket above.
            assert_eq!(short.replace(']', "}"), expected.replace(']', "}"), "{text}");
        }
        assert!(read(b"# nothing\n", &Limits::default()).unwrap().is_none());
        assert!(read(b"", &Limits::default()).unwrap().is_none());
    }

    #[test]
    fn places_are_byte_offsets() {
        let text = "é: &a \"x\"\nb:\n  - |\n    one\n    two\n# end\n";
        let node = read(text.as_bytes(), &Limits::default()).unwrap().unwrap();
        let at = |node: &Node| &text[node.start as usize..node.end as usize];
        assert_eq!(at(node.get("é").unwrap()), "\"x\"");
        assert_eq!(at(&node.get("b").unwrap().items()[0]), "    one\n    two\n");
        let entry = node.entry("b").unwrap();
        assert_eq!(&text[entry.key_start as usize..entry.key_end as usize], "b");
        assert_eq!(at(node.get("b").unwrap()), "- |\n    one\n    two\n");
    }

    #[test]
    fn budgets_hold() {
        let small = |change: fn(&mut Limits)| {
            let mut limits = Limits::default();
            change(&mut limits);
            limits
        };
        let name =
            |text: &str, limits: &Limits| read(text.as_bytes(), limits).err().and_then(|e| e.exceeded).map(|e| e.name);
        let depth = small(|limits| limits.yaml_depth = 3);
        assert_eq!(name("[[[1]]]", &depth), None);
        assert_eq!(name("[[[[1]]]]", &depth), Some("yaml-depth"));
        assert_eq!(name("- - - - 1", &depth), Some("yaml-depth"));
        assert_eq!(name("a: &a [[1]]\nb: [*a]", &depth), Some("yaml-depth"));
        let nodes = small(|limits| limits.yaml_nodes = 4);
        assert_eq!(name("[1, 2, 3]", &nodes), None);
        assert_eq!(name("[1, 2, 3, 4]", &nodes), Some("yaml-nodes"));
        let aliases = small(|limits| limits.yaml_alias_nodes = 4);
        assert_eq!(name("[&a [1], *a, *a]", &aliases), None);
        assert_eq!(name("[&a [1], *a, *a, *a]", &aliases), Some("yaml-alias-nodes"));
        let aliases = small(|limits| limits.yaml_alias_bytes = 6);
        assert_eq!(name("[&a [x, y], *a, *a]", &aliases), None);
        assert_eq!(name("[&a [x, y, z], *a, *a]", &aliases), None);
        assert_eq!(name("[&a {x: y, z: \"\\u0041B\"}, *a, *a]", &aliases), Some("yaml-alias-bytes"));
        let bytes = small(|limits| limits.yaml_bytes = 4);
        assert_eq!(name("a: 1", &bytes), None);
        assert_eq!(name("a: 12", &bytes), Some("yaml-bytes"));
    }
}
