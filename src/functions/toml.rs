//! Helm's TOML functions: output as BurntSushi's encoder (1.6) writes it, input by `toml_edit`'s parser.

use std::rc::Rc;

use toml_edit::{Datetime, DocumentMut, Item, Offset, TableLike};

use super::print::printed;
use super::work::check_depth;
use super::{Outcome, fixed};
use crate::limits::Exceeded;
use crate::origin::Mark;
use crate::template::Type::{Any, String as Str};
use crate::template::format::float_g;
use crate::template::{Call, CallError, Function};
use crate::value::{IntType, Key, ListType, Native, Struct, Value};

pub(super) const TABLE: &[Function] = &[
    fixed("fromToml", &[Str], from_toml),
    fixed("mustToToml", &[Any], must_to_toml),
    fixed("toToml", &[Any], to_toml),
];

/// A TOML document as a map; an error lands in the key `Error`.
fn from_toml(call: &mut Call<'_>) -> Outcome {
    let (text, mark) = (call.str(0), call.arg(0).mark());
    Ok(match text.parse::<DocumentMut>() {
        Ok(document) => read_table(document.as_table(), mark),
        Err(fault) => {
            let before = fault.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Value::map(vec![("Error".into(), Value::str(format!("toml: line {line}: {}", fault.message())))])
        }
    })
}

/// TOML; an error becomes the output.
fn to_toml(call: &mut Call<'_>) -> Outcome {
    match encode(call) {
        Err(Trouble::Encode(message)) => Ok(Value::str(message)),
        other => finish(other),
    }
}

/// TOML.
fn must_to_toml(call: &mut Call<'_>) -> Outcome {
    finish(encode(call))
}

fn finish(encoded: Result<Vec<u8>, Trouble>) -> Outcome {
    match encoded {
        Ok(bytes) => Ok(Value::str(bytes)),
        Err(Trouble::Encode(message)) => Err(message.into()),
        Err(Trouble::Call(error)) => Err(error),
    }
}

/// Why a value has no TOML.
enum Trouble {
    /// The encoder says so.
    Encode(&'static str),
    /// Go panics, or a budget ran out.
    Call(CallError),
}

impl From<Exceeded> for Trouble {
    fn from(exceeded: Exceeded) -> Self {
        Self::Call(exceeded.into())
    }
}

fn encode(call: &mut Call<'_>) -> Result<Vec<u8>, Trouble> {
    if call.arg(0).is_nil() {
        return Err(Trouble::Call("reflect: call of reflect.Value.Type on zero Value".into()));
    }
    let value = call.arg(0);
    let mut encoder = Encoder { call, out: Vec::new(), path: Vec::new() };
    encoder.value(value)?;
    Ok(encoder.out)
}

/// How TOML writes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Not at all.
    Nothing,
    /// Behind `=`.
    Plain,
    /// As a table of its own.
    Table,
    /// As an array of tables.
    Tables,
}

struct Encoder<'c, 'a> {
    call: &'c mut Call<'a>,
    out: Vec<u8>,
    /// The keys that lead to the value that is being written.
    path: Vec<Key>,
}

impl Encoder<'_, '_> {
    /// A value at the current path, with its key.
    fn value(&mut self, value: &Value) -> Result<(), Trouble> {
        match self.shape(value, 0)? {
            Shape::Nothing => Ok(()),
            Shape::Plain => self.plain(value),
            Shape::Table => {
                self.table_header()?;
                self.table(value)
            }
            Shape::Tables => {
                for table in value.as_list().map(|list| list.items()).unwrap_or_default() {
                    self.tables_header()?;
                    self.table(table)?;
                }
                Ok(())
            }
        }
    }

    /// The entries of a table, those first that are no tables.
    fn table(&mut self, value: &Value) -> Result<(), Trouble> {
        check_depth(self.call, self.path.len() as u64 + 1)?;
        let (plain, tables) = self.split_entries(value)?;
        for (key, value) in plain.into_iter().chain(tables) {
            self.path.push(key);
            self.value(&value)?;
            self.path.pop();
        }
        Ok(())
    }

    /// A value that is no table, with its key if it has one.
    fn plain(&mut self, value: &Value) -> Result<(), Trouble> {
        let Some(key) = self.path.last().cloned() else {
            return self.element(value, 0);
        };
        self.indent()?;
        self.assign(&key)?;
        self.element(value, 0)?;
        self.write(b"\n")
    }

    fn table_header(&mut self) -> Result<(), Trouble> {
        if self.path.len() == 1 {
            self.line_break()?;
        }
        if self.path.is_empty() { Ok(()) } else { self.header("[", "]\n") }
    }

    fn tables_header(&mut self) -> Result<(), Trouble> {
        if self.path.is_empty() {
            return Err(Trouble::Encode("toml: top-level values must be Go maps or structs"));
        }
        self.line_break()?;
        self.header("[[", "]]\n")
    }

    /// A value behind `=` or inside an array.
    fn element(&mut self, value: &Value, depth: u64) -> Result<(), Trouble> {
        check_depth(self.call, depth)?;
        match value {
            Value::Nil(_) => Ok(()),
            Value::Str(_, text) => self.quoted(text.as_bytes()),
            Value::Int(_, IntType::Duration, _) => {
                let printed = printed(self.call, value)?;
                self.quoted(&printed)
            }
            Value::Bool(..) | Value::Int(..) => {
                let printed = printed(self.call, value)?;
                self.write(&printed)
            }
            Value::Float(_, number) => self.float(*number),
            Value::Bytes(_, text) => {
                let bytes: Vec<_> = text.as_bytes().iter().map(u8::to_string).collect();
                self.write(format!("[{}]", bytes.join(", ")).as_bytes())
            }
            Value::List(_, list) => {
                self.write(b"[")?;
                for (index, item) in list.items().iter().enumerate() {
                    if index > 0 {
                        self.write(b", ")?;
                    }
                    self.element(item, depth + 1)?;
                }
                self.write(b"]")
            }
            Value::Struct(_, of) => match (&of.native, &of.printed) {
                (Native::Time(time), _) => self.write(rfc3339(time).as_bytes()),
                (Native::Version(_), Some(printed)) => self.quoted(printed.as_bytes()),
                _ => self.inline_table(value, depth),
            },
            Value::Map(..) => self.inline_table(value, depth),
        }
    }

    /// `{a = 1, b = 2}`; an entry that holds nothing leaves its comma behind, as in the original.
    fn inline_table(&mut self, value: &Value, depth: u64) -> Result<(), Trouble> {
        let (plain, tables) = self.split_entries(value)?;
        let last = [plain.len(), plain.len() + tables.len()].map(|len| len.wrapping_sub(1));
        let open = !tables.is_empty();
        self.write(b"{")?;
        for (index, (key, value)) in plain.into_iter().chain(tables).enumerate() {
            if self.shape(&value, 0)? == Shape::Nothing {
                continue;
            }
            self.assign(&key)?;
            self.element(&value, depth + 1)?;
            if index != last[1] && (open || index != last[0]) {
                self.write(b", ")?;
            }
        }
        self.write(b"}")
    }

    #[expect(clippy::type_complexity, reason = "two lists of entries")]
    fn split_entries(&mut self, value: &Value) -> Result<(Vec<(Key, Value)>, Vec<(Key, Value)>), Trouble> {
        let entries = match value {
            Value::Map(_, map) => map.entries(),
            Value::Struct(_, of) => of.exported().map(|(name, field)| (Key::from(name), field.clone())).collect(),
            _ => Vec::new(),
        };
        let (mut plain, mut tables) = (Vec::new(), Vec::new());
        for (key, value) in entries {
            match self.shape(&value, 0)? {
                Shape::Table | Shape::Tables => tables.push((key, value)),
                Shape::Plain | Shape::Nothing => plain.push((key, value)),
            }
        }
        Ok((plain, tables))
    }

    fn shape(&mut self, value: &Value, depth: u64) -> Result<Shape, Trouble> {
        self.call.exec.charge(1)?;
        check_depth(self.call, depth)?;
        Ok(match value {
            Value::Nil(_) => Shape::Nothing,
            Value::Map(..) => Shape::Table,
            Value::Struct(_, of) if matches!(of.native, Native::None) => Shape::Table,
            Value::List(_, list) if list.is_nil() => Shape::Nothing,
            Value::List(_, list) => {
                let mut only_tables = !list.items().is_empty();
                for item in list.items() {
                    match self.shape(item, depth + 1)? {
                        Shape::Nothing => return Err(Trouble::Encode("toml: cannot encode array with nil element")),
                        shape => only_tables &= shape == Shape::Table,
                    }
                }
                if only_tables { Shape::Tables } else { Shape::Plain }
            }
            _ => Shape::Plain,
        })
    }

    fn float(&mut self, number: f64) -> Result<(), Trouble> {
        let text = match number {
            _ if number.is_nan() => "nan".to_owned(),
            f64::INFINITY => "inf".to_owned(),
            f64::NEG_INFINITY => "-inf".to_owned(),
            _ => float_g(number),
        };
        let whole = number.is_finite() && !text.contains(['.', 'e']);
        self.write(text.as_bytes())?;
        self.write(if whole { b".0" } else { b"" })
    }

    fn quoted(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let mut quoted = Vec::with_capacity(bytes.len() + 2);
        quote(bytes, &mut quoted);
        self.write(&quoted)
    }

    fn assign(&mut self, key: &str) -> Result<(), Trouble> {
        let mut out = Vec::new();
        write_key(key, &mut out);
        out.extend_from_slice(b" = ");
        self.write(&out)
    }

    fn header(&mut self, before: &str, behind: &str) -> Result<(), Trouble> {
        self.indent()?;
        let mut out = before.as_bytes().to_vec();
        for (index, key) in self.path.iter().enumerate() {
            if index > 0 {
                out.push(b'.');
            }
            write_key(key, &mut out);
        }
        out.extend_from_slice(behind.as_bytes());
        self.write(&out)
    }

    fn indent(&mut self) -> Result<(), Trouble> {
        let indent = "  ".repeat(self.path.len().saturating_sub(1));
        self.write(indent.as_bytes())
    }

    fn line_break(&mut self) -> Result<(), Trouble> {
        if self.out.is_empty() { Ok(()) } else { self.write(b"\n") }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.call.check_string(self.out.len() + bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

fn write_key(key: &str, out: &mut Vec<u8>) {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if key.is_empty() || !key.bytes().all(bare) {
        quote(key.as_bytes(), out);
    } else {
        out.extend_from_slice(key.as_bytes());
    }
}

fn quote(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            8 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            12 => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0..0x20 | 0x7f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// Go's `time.RFC3339Nano`.
fn rfc3339(time: &jiff::Zoned) -> String {
    let zone = if time.offset().is_zero() { "Z".to_owned() } else { time.strftime("%:z").to_string() };
    format!("{}{zone}", time.strftime("%Y-%m-%dT%H:%M:%S%.f"))
}

fn read_table(table: &dyn TableLike, mark: Mark) -> Value {
    Value::map(table.iter().map(|(key, item)| (key.into(), read_item(item, mark))).collect())
}

fn read_item(item: &Item, mark: Mark) -> Value {
    match item {
        Item::None => Value::Nil(mark),
        Item::Value(value) => read_value(value, mark),
        Item::Table(table) => read_table(table, mark),
        Item::ArrayOfTables(tables) => {
            Value::list_of(ListType::Maps, tables.iter().map(|table| read_table(table, mark)).collect())
        }
    }
}

fn read_value(value: &toml_edit::Value, mark: Mark) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::str(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::int64(*number.value()),
        toml_edit::Value::Float(number) => Value::float(*number.value()),
        toml_edit::Value::Boolean(value) => Value::bool(*value.value()),
        toml_edit::Value::Datetime(time) => read_time(time.value()).unwrap_or(Value::NIL),
        toml_edit::Value::Array(items) => Value::list(items.iter().map(|item| read_value(item, mark)).collect()),
        toml_edit::Value::InlineTable(table) => return read_table(table, mark),
    }
    .with_mark(mark)
}

/// A `time.Time`; a local date or time lies in a zone of that name, a time without date in the year 0.
fn read_time(time: &Datetime) -> Option<Value> {
    let offset = match time.offset {
        Some(Offset::Custom { minutes }) => jiff::tz::Offset::from_seconds(i32::from(minutes) * 60).ok()?,
        Some(Offset::Z) | None => jiff::tz::Offset::UTC,
    };
    let date = match time.date {
        Some(date) => {
            jiff::civil::date(i16::try_from(date.year).ok()?, date.month.try_into().ok()?, date.day.try_into().ok()?)
        }
        None => jiff::civil::date(0, 1, 1),
    };
    let clock = match time.time {
        Some(time) => jiff::civil::Time::new(
            time.hour.try_into().ok()?,
            time.minute.try_into().ok()?,
            time.second.unwrap_or(0).try_into().ok()?,
            time.nanosecond.unwrap_or(0).try_into().ok()?,
        )
        .ok()?,
        None => jiff::civil::Time::midnight(),
    };
    let zoned = date.to_datetime(clock).to_zoned(jiff::tz::TimeZone::fixed(offset)).ok()?;
    let zone = match (time.offset, time.date, time.time) {
        (Some(_), ..) if offset.is_zero() => "+0000 UTC".to_owned(),
        (Some(_), ..) => zoned.strftime("%z %z").to_string(),
        (None, Some(_), Some(_)) => "+0000 datetime-local".to_owned(),
        (None, Some(_), None) => "+0000 date-local".to_owned(),
        (None, None, _) => "+0000 time-local".to_owned(),
    };
    let printed = Some(format!("{} {zone}", zoned.strftime("%Y-%m-%d %H:%M:%S%.f")));
    let native = Native::Time(Box::new(zoned));
    Some(Value::Struct(Mark::NONE, Rc::new(Struct { type_name: "time.Time", fields: Vec::new(), printed, native })))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, i, s, show, show_in};
    use super::*;
    use crate::limits::Limits;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::map(entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    fn list(items: &[Value]) -> Value {
        Value::list(items.to_vec())
    }

    #[test]
    fn output_is_burntsushi_s() {
        let one = || map(&[("a", i(1))]);
        for (value, expected) in [
            (
                map(&[
                    ("a", i(1)),
                    ("b", Value::float(1.5)),
                    ("c", s("x")),
                    ("d", Value::bool(true)),
                    ("e", list(&[i(1), i(2)])),
                    ("f", map(&[("g", i(1))])),
                    ("h", Value::NIL),
                ]),
                "a = 1\nb = 1.5\nc = \"x\"\nd = true\ne = [1, 2]\n\n[f]\n  g = 1\n",
            ),
            (map(&[("f", Value::float(5.0)), ("i", Value::float(f64::NEG_INFINITY))]), "f = 5.0\ni = -inf\n"),
            (map(&[("l", list(&[one(), map(&[("a", i(2))])]))]), "[[l]]\n  a = 1\n\n[[l]]\n  a = 2\n"),
            (map(&[("a b", i(1)), ("é", i(2)), ("", i(3))]), "\"\" = 3\n\"a b\" = 1\n\"é\" = 2\n"),
            (map(&[("s", s("a\nb\"c\\d\te\u{1}\u{7f}"))]), "s = \"a\\nb\\\"c\\\\d\\te\\u0001\\u007f\"\n"),
            (
                map(&[("a", map(&[("b", map(&[("c", i(1))])), ("d", i(1))])), ("e", map(&[])), ("f", list(&[]))]),
                "f = []\n\n[a]\n  d = 1\n  [a.b]\n    c = 1\n\n[e]\n",
            ),
            (map(&[("l", list(&[list(&[i(1), i(2)]), list(&[i(3)])]))]), "l = [[1, 2], [3]]\n"),
            (map(&[("l", list(&[map(&[("a", map(&[("b", i(1))]))])]))]), "[[l]]\n  [l.a]\n    b = 1\n"),
            (map(&[("a", list(&[map(&[("b", list(&[one()]))])]))]), "[[a]]\n\n  [[a.b]]\n    a = 1\n"),
            (
                map(&[("a", list(&[map(&[("b", i(1)), ("c", map(&[("d", i(1))]))]), i(2)]))]),
                "a = [{b = 1, c = {d = 1}}, 2]\n",
            ),
            (map(&[("d", list(&[map(&[("b", i(1)), ("z", Value::NIL)]), i(1)]))]), "d = [{b = 1, }, 1]\n"),
            (map(&[("d", list(&[map(&[("b", i(1)), ("a", Value::NIL)]), i(1)]))]), "d = [{b = 1}, 1]\n"),
            (map(&[("a", map(&[("b c", map(&[("d.e", i(1))]))]))]), "[a]\n  [a.\"b c\"]\n    \"d.e\" = 1\n"),
            (s("x"), "\"x\""),
            (list(&[i(1)]), "[1]"),
            (map(&[]), ""),
            (list(&[one()]), "toml: top-level values must be Go maps or structs"),
            (map(&[("a", list(&[list(&[Value::NIL])]))]), "toml: cannot encode array with nil element"),
            (Value::NIL, "ERROR reflect: call of reflect.Value.Type on zero Value"),
        ] {
            assert_eq!(show("toToml", &[value]), expected);
        }
        assert_eq!(show("mustToToml", &[list(&[Value::NIL])]), "ERROR toml: cannot encode array with nil element");
    }

    #[test]
    fn go_types_have_their_text() {
        let mut exec = exec(Limits::default());
        let mut toml = |name: &str, arg: &str| {
            let value = call_in(&mut exec, name, &[s(arg)]).unwrap();
            show("toToml", &[map(&[("v", value)])])
        };
        assert_eq!(toml("semver", "v1.2"), "v = \"1.2.0\"\n");
        assert_eq!(toml("fromToml", "t = 2020-01-02T03:04:05.5+02:00"), "[v]\n  t = 2020-01-02T03:04:05.5+02:00\n");
        assert_eq!(toml("fromToml", "t = 2020-01-02T03:04:05Z"), "[v]\n  t = 2020-01-02T03:04:05Z\n");
    }

    #[test]
    fn documents_are_read_with_go_s_types() {
        let read = |text| call_in(&mut exec(Limits::default()), "fromToml", &[s(text)]).unwrap();
        for (text, expected) in [
            ("", "map[]"),
            ("a = 1\n[b]\nd = [1, 2.5]", "map[a:1 b:map[d:[1 2.5]]]"),
            ("a.b.c = 1\n'x y' = '''q'''", "map[a:map[b:map[c:1]] x y:q]"),
            ("a = 1_000\nb = 0xff", "map[a:1000 b:255]"),
            ("a = [{x=1},{y=2}]\n[[b]]\nc=1", "map[a:[map[x:1] map[y:2]] b:[map[c:1]]]"),
            ("a = 2020-01-02", "map[a:2020-01-02 00:00:00 +0000 date-local]"),
            ("a = 03:04:05", "map[a:0000-01-01 03:04:05 +0000 time-local]"),
            ("a = 2020-01-02T03:04:05.5", "map[a:2020-01-02 03:04:05.5 +0000 datetime-local]"),
            ("a = 2020-01-02T03:04:05Z", "map[a:2020-01-02 03:04:05 +0000 UTC]"),
            ("a = 2020-01-02T03:04:05+02:00", "map[a:2020-01-02 03:04:05 +0200 +0200]"),
        ] {
            assert_eq!(show("toString", &[read(text)]), expected);
        }
        let of = |text| read(text).as_map().unwrap().get("a").unwrap().type_name();
        assert_eq!(of("a = [{x=1}]"), "[]interface {}");
        assert_eq!(of("[[a]]\nx=1"), "[]map[string]interface {}");
        assert_eq!(of("a = 1"), "int64");
        assert_eq!(of("a = inf"), "float64");
        assert_eq!(of("a = 03:04:05"), "time.Time");
    }

    #[test]
    fn faults_land_in_the_map() {
        for text in ["a", "[a", "a = 1\na = 2", "a = 99999999999999999999", "a = 2020-13-40"] {
            let result = show("fromToml", &[s(text)]);
            assert!(result.starts_with("map[Error:toml: line "), "{result}");
        }
        assert!(show("fromToml", &[s("a = 1\na = 2")]).starts_with("map[Error:toml: line 2"));
    }

    #[test]
    fn output_stops_at_the_limits() {
        let show = |limits: Limits, value: Value| show_in(&mut exec(limits), "toToml", &[value]);
        let text = |len| s(&"x".repeat(len));
        let limits = || Limits { string_bytes: 5, ..Limits::default() };
        assert_eq!(show(limits(), text(2)), "\"xx\"");
        assert_eq!(show(limits(), text(3)), "\"xxx\"");
        assert_eq!(show(limits(), text(4)), "LIMIT string-bytes");
        let deep = |levels| (0..levels).fold(i(1), |inner: Value, _| map(&[("a", inner)]));
        let limits = || Limits { value_depth: 2, ..Limits::default() };
        assert_eq!(show(limits(), deep(1)), "a = 1\n");
        assert_eq!(show(limits(), deep(2)), "[a]\n  a = 1\n");
        assert_eq!(show(limits(), deep(3)), "LIMIT value-depth");
    }
}
