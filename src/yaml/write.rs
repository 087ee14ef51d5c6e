//! Writing YAML as `sigs.k8s.io/yaml` does (`toYaml`: JSON, read as YAML, written by go-yaml v2) and as go-yaml v3
//! does (`toYamlPretty`). Every byte carries the mark of its value.

use std::borrow::Cow;

use super::emit::{Emitter, Scalar, Style};
use super::json::{self, MarshalError};
use super::number;
use super::order::{Order, sort};
use super::out::Out;
use super::resolve::{Resolved, resolve};
use crate::limits::{Exceeded, Limits};
use crate::origin::{Frame, Origins};
use crate::text::Text;
use crate::value::{Key, Struct, Value};

/// Why a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Go refuses it; its words.
    #[error("{0}")]
    Unsupported(String),
    /// A budget ran out.
    #[error(transparent)]
    Limit(#[from] Exceeded),
}

impl From<MarshalError> for WriteError {
    fn from(error: MarshalError) -> Self {
        match error {
            MarshalError::Unsupported(message) => Self::Unsupported(format!("error marshaling into JSON: {message}")),
            MarshalError::Limit(exceeded) => Self::Limit(exceeded),
        }
    }
}

/// Writes a value as `toYaml` does; the text ends in a newline.
///
/// # Errors
/// What JSON or YAML cannot hold (NaN, cycles, DEL), or what is too long.
pub fn write(value: &Value, frame: Frame, origins: &mut Origins, limits: &Limits) -> Result<Text, WriteError> {
    run(value, false, frame, origins, limits)
}

/// Writes a value as `toYamlPretty` does; the text ends in a newline.
///
/// # Errors
/// Cycles, or what is too long.
pub fn write_pretty(value: &Value, frame: Frame, origins: &mut Origins, limits: &Limits) -> Result<Text, WriteError> {
    run(value, true, frame, origins, limits)
}

fn run(value: &Value, pretty: bool, frame: Frame, origins: &mut Origins, limits: &Limits) -> Result<Text, WriteError> {
    let emitter = Emitter::new(Out::new(frame, origins, limits), pretty);
    let mut writer = Writer { emitter, pretty, descent: json::Descent::new(limits), limits };
    writer.emitter.out.belongs_to(value.mark());
    writer.node(value, None, Place::Root)?;
    writer.emitter.write_indent(0);
    writer.emitter.out.check()?;
    Ok(writer.emitter.out.finish())
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Key,
    SimpleKey,
    MapValue,
}

struct Writer<'a, 'l> {
    emitter: Emitter<'a>,
    pretty: bool,
    descent: json::Descent<'l>,
    limits: &'l Limits,
}

/// Indentation of what is nested in a node at `indent` (`None` at the root).
fn deeper(indent: Option<usize>, root: usize) -> usize {
    indent.map_or(root, |indent| indent + 2)
}

impl Writer<'_, '_> {
    fn node(&mut self, value: &Value, indent: Option<usize>, place: Place) -> Result<(), WriteError> {
        self.emitter.out.check()?;
        match value {
            Value::List(_, list) if list.is_nil() && !self.pretty => self.plain("null", indent),
            Value::Map(_, map) if map.is_nil() && !self.pretty => self.plain("null", indent),
            Value::List(_, list) => self.sequence(value, list.items(), indent, place),
            Value::Map(_, map) => self.mapping(value, map.entries(), indent),
            Value::Struct(_, of) => self.structure(value, of, indent, place),
            Value::Str(_, text) => self.string(text, indent, place),
            Value::Bytes(_, bytes) if self.pretty => {
                let items: Vec<Value> = bytes.as_bytes().iter().map(|byte| Value::int(i64::from(*byte))).collect();
                self.sequence(value, &items, indent, place)
            }
            Value::Bytes(_, bytes) => self.string(&Text::from(json::base64(bytes.as_bytes())), indent, place),
            Value::Nil(_) => self.plain("null", indent),
            Value::Bool(_, value) => self.plain(if *value { "true" } else { "false" }, indent),
            Value::Int(..) => self.plain(&json::scalar_text(value)?, indent),
            Value::Float(_, number) => {
                let text = self.float(value, *number)?;
                self.plain(&text, indent)
            }
        }
    }

    fn structure(&mut self, value: &Value, of: &Struct, indent: Option<usize>, place: Place) -> Result<(), WriteError> {
        match of.text_form() {
            Some(text) => self.string(&Text::from(text), indent, place),
            None if of.type_name == "complex128" => {
                Err(MarshalError::Unsupported("json: unsupported type: complex128".to_owned()).into())
            }
            None => {
                let entries: Vec<(Key, Value)> = if self.pretty {
                    of.exported().map(|(name, field)| (name.to_lowercase().into(), field.clone())).collect()
                } else {
                    of.json_fields().into_iter().map(|(name, field)| (name.into(), field.clone())).collect()
                };
                self.entries(value, entries, indent, !self.pretty)
            }
        }
    }

    fn float(&self, value: &Value, number: f64) -> Result<Cow<'static, str>, WriteError> {
        let spell = |number: f64| match number::general(number).as_str() {
            "NaN" => ".nan".into(),
            "+Inf" => ".inf".into(),
            "-Inf" => "-.inf".into(),
            text => text.to_owned().into(),
        };
        if self.pretty {
            return Ok(spell(number));
        }
        // The number was JSON on its way: what looks like an integer there is one.
        let text = json::scalar_text(value)?;
        Ok(match resolve(&text, false) {
            Resolved::Int(0) => "0".into(),
            Resolved::Int(_) | Resolved::Uint(_) => text,
            _ => spell(number),
        })
    }

    fn plain(&mut self, text: &str, indent: Option<usize>) -> Result<(), WriteError> {
        let scalar = Scalar { text, verbatim: None };
        self.emitter.write_scalar(scalar, Style::Plain, deeper(indent, 2), false);
        Ok(())
    }

    fn string(&mut self, text: &Text, indent: Option<usize>, place: Place) -> Result<(), WriteError> {
        if self.pretty && std::str::from_utf8(text.as_bytes()).is_err() {
            return self.binary(text.as_bytes(), indent, place);
        }
        let effective = if self.pretty { json::go_lossy(text.as_bytes()) } else { self.through_json(text.as_bytes())? };
        let verbatim = matches!(effective, Cow::Borrowed(_)).then_some(text);
        self.scalar(Scalar { text: &effective, verbatim }, indent, place, true);
        Ok(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>, indent: Option<usize>, place: Place, may_quote: bool) {
        let text = scalar.text;
        let analysis = self.emitter.analyze(text);
        let wanted = if text.contains('\n') {
            Style::Literal
        } else if may_quote && reads_otherwise(text) {
            Style::Double
        } else {
            Style::Plain
        };
        let simple_key = place == Place::SimpleKey;
        let style = Emitter::style(analysis, wanted, text.is_empty(), simple_key);
        self.emitter.write_scalar(scalar, style, deeper(indent, 2), simple_key);
    }

    /// A string that is no UTF-8, as go-yaml v3 writes it.
    fn binary(&mut self, bytes: &[u8], indent: Option<usize>, place: Place) -> Result<(), WriteError> {
        let encoded = json::base64(bytes);
        let mut text = String::new();
        for start in (0..encoded.len()).step_by(70) {
            text.push_str(encoded.get(start..encoded.len().min(start + 70)).unwrap_or_default());
            if encoded.len() >= 70 {
                text.push('\n');
            }
        }
        self.emitter.write_tag(b"!!binary");
        self.scalar(Scalar { text: &text, verbatim: None }, indent, place, false);
        Ok(())
    }

    /// What a string is after JSON has been written and read as YAML.
    fn through_json<'t>(&self, bytes: &'t [u8]) -> Result<Cow<'t, str>, WriteError> {
        let text = json::go_lossy(bytes);
        if bytes.iter().all(|byte| *byte < 0x7F) {
            return Ok(text);
        }
        let mut next_line = false;
        for character in text.chars() {
            match character {
                '\u{85}' => next_line = true,
                '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}' => {
                    return Err(WriteError::Unsupported("yaml: control characters are not allowed".to_owned()));
                }
                _ => {}
            }
        }
        if !next_line {
            return Ok(text);
        }
        // A NEL is a line break in a quoted YAML scalar.
        let mut quoted = vec![b'"'];
        json::escape(text.as_bytes(), true, &mut quoted);
        quoted.push(b'"');
        let read = super::read(&quoted, self.limits).map_err(|error| WriteError::Unsupported(error.message))?;
        Ok(read.as_ref().and_then(super::node::Node::as_str).unwrap_or_default().to_owned().into())
    }

    fn sequence(
        &mut self,
        value: &Value,
        items: &[Value],
        indent: Option<usize>,
        place: Place,
    ) -> Result<(), WriteError> {
        if items.is_empty() {
            return self.empty(b"[", b"]");
        }
        self.descent.enter(value)?;
        // Version 2 keeps a sequence at the indentation of the key that holds it.
        let flush = !self.pretty && matches!(place, Place::MapValue | Place::Key) && !self.emitter.indention;
        let inner = if flush { indent.unwrap_or(0) } else { deeper(indent, 0) };
        for item in items {
            self.emitter.out.stands_around(item.mark());
            self.emitter.write_indent(inner);
            self.emitter.write_indicator(b"-", true, false, true);
            self.emitter.out.belongs_to(item.mark());
            self.node(item, Some(inner), Place::Item)?;
        }
        self.descent.leave();
        Ok(())
    }

    fn empty(&mut self, open: &[u8], close: &[u8]) -> Result<(), WriteError> {
        self.emitter.write_indicator(open, true, true, false);
        self.emitter.write_indicator(close, false, false, false);
        Ok(())
    }

    fn mapping(&mut self, value: &Value, entries: Vec<(Key, Value)>, indent: Option<usize>) -> Result<(), WriteError> {
        self.entries(value, entries, indent, true)
    }

    fn entries(
        &mut self,
        value: &Value,
        mut entries: Vec<(Key, Value)>,
        indent: Option<usize>,
        sorted: bool,
    ) -> Result<(), WriteError> {
        if entries.is_empty() {
            return self.empty(b"{", b"}");
        }
        self.descent.enter(value)?;
        if sorted {
            sort(&mut entries, |(key, _)| key.name(), if self.pretty { Order::V3 } else { Order::V2 });
        }
        let inner = deeper(indent, 0);
        for (key, entry) in &entries {
            self.emitter.out.stands_around(entry.mark());
            self.emitter.write_indent(inner);
            self.entry(key, entry, inner)?;
        }
        self.descent.leave();
        Ok(())
    }

    fn entry(&mut self, key: &Key, entry: &Value, inner: usize) -> Result<(), WriteError> {
        let verbatim = key.text().map(|text| &**text);
        let key = if self.pretty { Cow::Borrowed(key.name()) } else { self.through_json_key(key)? };
        let scalar = Scalar { text: &key, verbatim };
        if !self.emitter.analyze(&key).multiline && key.len() <= 128 {
            self.scalar(scalar, Some(inner), Place::SimpleKey, true);
            self.emitter.write_indicator(b":", false, false, false);
        } else {
            self.emitter.write_indicator(b"?", true, false, true);
            self.scalar(scalar, Some(inner), Place::Key, true);
            self.emitter.write_indent(inner);
            self.emitter.write_indicator(b":", true, false, true);
        }
        self.emitter.out.belongs_to(entry.mark());
        self.node(entry, Some(inner), Place::MapValue)
    }

    /// A key must be a simple one in the JSON that is read as YAML: at most 1,024 characters, in one line.
    fn through_json_key<'k>(&self, key: &'k str) -> Result<Cow<'k, str>, WriteError> {
        let effective = self.through_json(key.as_bytes())?;
        let refused =
            |line: &str| Err(WriteError::Unsupported(format!("yaml: {line}did not find expected ',' or '}}'")));
        if matches!(effective, Cow::Owned(_)) {
            return refused("line 1: ");
        }
        if key.len() > 160 {
            let mut quoted = Vec::new();
            json::escape(key.as_bytes(), true, &mut quoted);
            if String::from_utf8_lossy(&quoted).chars().count() + 2 > 1024 {
                return refused("");
            }
        }
        Ok(effective)
    }
}

/// Whether the text would be read as something else than a string when it is written plain.
fn reads_otherwise(text: &str) -> bool {
    resolve(text, true) != Resolved::String || is_base60(text)
}

/// YAML 1.1's base 60 numbers are not read, but quoted.
fn is_base60(text: &str) -> bool {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut groups = whole.split(':');
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let first = groups.next().unwrap_or_default();
    let mut more = false;
    let small = groups.all(|group| {
        more = true;
        matches!(group.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    first.starts_with(|digit: char| digit.is_ascii_digit()) && is_digits(first) && more && small && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Chain, Mark, NO_OFFSET};
    use crate::source::{Place as At, SourceId};
    use crate::yaml::Placed;

    fn frame() -> Frame {
        Frame { place: At { source: SourceId(9), offset: 5 }, chain: Chain::TOP }
    }

    fn written(json: &str, pretty: bool) -> String {
        let limits = Limits::default();
        let (value, _) = json::parse(json.as_bytes(), &limits).unwrap();
        let mut origins = Origins::new(true);
        let write = if pretty { write_pretty } else { write };
        match write(&value, frame(), &mut origins, &limits) {
            Ok(text) => text.to_str().into_owned(),
            Err(error) => format!("! {error}"),
        }
    }

    /// What helm 4.2.4 prints with `mustToYaml`.
    #[test]
    fn yaml_is_written_as_go_yaml_v2_writes_it() {
        for (json, expected) in [
            (
                r#"{"b":{"x":[1,[2,{"y":3}]]},"a10":1,"a2":{},"e":[],"n":null}"#,
                "a2: {}\na10: 1\nb:\n  x:\n  - 1\n  - - 2\n    - \"y\": 3\ne: []\n\"n\": null\n",
            ),
            (
                r#"["yes","~","1_0","08","1e3","1e400","12:30","2020-01-02","2020-13-02","=","<<",""]"#,
                "- \"yes\"\n- \"~\"\n- \"1_0\"\n- \"08\"\n- \"1e3\"\n- 1e400\n- \"12:30\"\n- \"2020-01-02\"\n- 2020-13-02\n- =\n- <<\n- \"\"\n",
            ),
            (
                r##"["- a","#a","a #b","a: b","a:","it's","'a'","{{ x }}","a,b"," a","@a"]"##,
                "- '- a'\n- '#a'\n- 'a #b'\n- 'a: b'\n- 'a:'\n- it's\n- '''a'''\n- '{{ x }}'\n- a,b\n- ' a'\n- '@a'\n",
            ),
            (
                r#"["a\nb","a\n","a\n\n","\na","a \nb","a\tb","é","😀","\ufeffa","\u0000\u001b"]"#,
                "- |-\n  a\n  b\n- |\n  a\n- |+\n  a\n\n- |2-\n\n  a\n- \"a \\nb\"\n- \"a\\tb\"\n- é\n- \"\\U0001F600\"\n- \"\\uFEFF\\x61\"\n- \"\\0\\e\"\n",
            ),
            (
                r#"[1e20,1e19,1e-7,123456789.125,-0.0,0.1]"#,
                "- 1e+20\n- 10000000000000000000\n- 1e-07\n- 1.23456789125e+08\n- 0\n- 0.1\n",
            ),
            (r#"{"a\nb":[1],"":{"c":1}}"#, "\"\":\n  c: 1\n? |-\n  a\n  b\n: - 1\n"),
            (r#"["a\u0085b"]"#, "- a b\n"),
            (r#"["\u007f"]"#, "! yaml: control characters are not allowed"),
            (r#"{"a\u0085b":1}"#, "! yaml: line 1: did not find expected ',' or '}'"),
        ] {
            assert_eq!(written(json, false), expected, "{json}");
        }
        let words = "word ".repeat(30);
        assert_eq!(
            written(&format!(r#"{{"k":"{words}"}}"#), false),
            format!("k: '{}\n  {}'\n", words[..80].trim_end(), &words[80..])
        );
        let key = "k".repeat(1023);
        assert!(written(&format!(r#"{{"{key}":1}}"#), false).starts_with("! "));
        assert!(written(&format!(r#"{{"{}":1}}"#, &key[1..]), false).starts_with("? kkk"));
    }

    /// What helm 4.2.4 prints with `toYamlPretty`.
    #[test]
    fn pretty_yaml_is_written_as_go_yaml_v3_writes_it() {
        for (json, expected) in [
            (
                r#"{"b":{"x":[1,[2,{"y":3}]]},"n":1e6}"#,
                "b:\n  x:\n    - 1\n    - - 2\n      - \"y\": 3\n\"n\": 1e+06\n",
            ),
            (r#"["on","\u007f","a\n\tb","0o17"]"#, "- \"on\"\n- \"\\x7F\"\n- |-\n  a\n  \tb\n- \"0o17\"\n"),
        ] {
            assert_eq!(written(json, true), expected, "{json}");
        }
        let words = "word ".repeat(30);
        assert_eq!(written(&format!(r#"["{words}"]"#), true), format!("- '{words}'\n"));
        let value = Value::list(vec![Value::str(Text::from(&b"\xff"[..])), Value::float(f64::NAN)]);
        let text = write_pretty(&value, frame(), &mut Origins::new(true), &Limits::default()).unwrap();
        assert_eq!(text.as_bytes(), b"- !!binary /w==\n- .nan\n");
    }

    #[test]
    fn every_byte_names_its_leaf_or_stands_around_it() {
        let source = "a: one\nb:\n  - |\n    two\n    three\n";
        let limits = Limits::default();
        let node = super::super::read(source.as_bytes(), &limits).unwrap().unwrap();
        let mut origins = Origins::new(true);
        let value = super::super::to_value(&node, SourceId(0), &mut origins);
        let text = write(&value, frame(), &mut origins, &limits).unwrap();
        assert_eq!(text.to_str(), "a: one\nb:\n- |\n  two\n  three\n");
        let leaf = |offset: usize| {
            let (run, start) = text.run_at(offset).unwrap();
            let origin = origins.get_origin(run.mark).unwrap();
            assert_eq!(origin.frame, frame());
            let at = (run.at != NO_OFFSET).then(|| run.at + (crate::source::clamp(offset) - start));
            (origins.key_path(origins.nearest_leaf(origin.leaf).unwrap()), origin.leaf.is_around(), at)
        };
        let find = |needle: &str| text.to_str().find(needle).unwrap();
        assert_eq!(leaf(0), ("a".to_owned(), true, None));
        assert_eq!(leaf(find("one") + 1), ("a".to_owned(), false, Some(1)));
        assert_eq!(leaf(find("b:")), ("b".to_owned(), true, None));
        assert_eq!(leaf(find("|")), ("b[0]".to_owned(), false, None));
        assert_eq!(leaf(find("  three")), ("b[0]".to_owned(), true, None));
        assert_eq!(leaf(find("three")), ("b[0]".to_owned(), false, Some(4)));
    }

    #[test]
    fn values_read_from_a_text_keep_its_origins() {
        let limits = Limits::default();
        let mut origins = Origins::new(true);
        let literal = origins.origin(crate::origin::Origin { frame: frame(), leaf: Mark::NONE, at: 100 });
        let mut text = Text::new();
        text.push_marked(b"a: one\nb: |\n  two\n  three\nc: \"x\\ty\"\n", literal, 100);
        let node = super::super::read(text.as_bytes(), &limits).unwrap().unwrap();
        let value = super::super::to_value_of_text(&node, Placed::new(&text, Mark::NONE, frame(), &mut origins));
        let written = write(&value, frame(), &mut origins, &limits).unwrap();
        let at = |needle: &str| {
            let offset = written.to_str().find(needle).unwrap();
            let (run, start) = written.run_at(offset).unwrap();
            run.at + (crate::source::clamp(offset) - start)
        };
        assert_eq!(at("one"), 103);
        assert_eq!(at("two"), 114);
        assert_eq!(at("three"), 120);
        let (run, _) = written.run_at(written.to_str().find("c:").unwrap()).unwrap();
        let origin = origins.get_origin(run.mark).unwrap();
        assert_eq!((run.at, origin.at, origin.frame.place.offset), (NO_OFFSET, NO_OFFSET, frame().place.offset + 129));
    }

    #[test]
    fn keys_that_were_made_of_values_keep_their_origins() {
        use crate::origin::{Key as At, Leaf};
        let limits = Limits::default();
        let mut origins = Origins::new(true);
        let span = crate::source::Span::new(SourceId(1), 0, 3);
        let leaf = origins.leaf(Leaf { span, parent: Mark::NONE, key: At::Root });
        let literal = origins.origin(crate::origin::Origin { frame: frame(), leaf: Mark::NONE, at: 100 });
        let mut text = Text::new();
        text.push_marked(b"one: 1\n\"x-", literal, 100);
        text.push_marked(b"web", leaf, 0);
        text.push_marked(b"\": 2\n", literal, 113);
        let node = super::super::read(text.as_bytes(), &limits).unwrap().unwrap();
        let value = super::super::to_value_of_text(&node, Placed::new(&text, Mark::NONE, frame(), &mut origins));
        let keys: Vec<_> = value.as_map().unwrap().entries().into_iter().map(|(key, _)| key.text().cloned()).collect();
        assert!(keys[0].is_none() && keys[1].is_some());
        for pretty in [true, false] {
            let write = if pretty { write_pretty } else { write };
            let yaml = write(&value, frame(), &mut origins, &limits).unwrap();
            let json = json::write(&value, json::Layout::default(), frame(), &mut origins, &limits).unwrap();
            for written in [yaml, json] {
                let of_leaf: Vec<(&[u8], u32)> = (written.runs_in(0..written.len()))
                    .filter(|(run, _)| origins.leaves_of(run.mark) == [leaf])
                    .map(|(run, part)| (&written.as_bytes()[part], run.at))
                    .collect();
                assert_eq!(of_leaf, [(&b"web"[..], 0)]);
            }
        }
    }

    #[test]
    fn cycles_and_budgets_end_in_errors() {
        let limits = Limits::default();
        let map = std::rc::Rc::new(crate::value::Map::new(crate::value::MapType::Any));
        map.insert("a", Value::Map(Mark::NONE, map.clone()));
        let value = Value::Map(Mark::NONE, map.clone());
        let error = write(&value, frame(), &mut Origins::new(true), &limits).unwrap_err();
        let expected =
            "error marshaling into JSON: json: unsupported value: encountered a cycle via map[string]interface {}";
        assert_eq!(error.to_string(), expected);
        assert!(write_pretty(&value, frame(), &mut Origins::new(true), &limits).is_err());
        map.remove("a");
        let write = |limit: u64| {
            let limits = Limits { string_bytes: limit, ..Limits::default() };
            write(&Value::list(vec![Value::str("abc")]), frame(), &mut Origins::new(true), &limits)
        };
        assert!(write(6).is_ok());
        assert_eq!(write(5), Err(WriteError::Limit(Exceeded { name: "string-bytes", limit: 5 })));
    }
}
