//! The grammar of `--set` and its family: `a.b[0]=x,c={1,2}`, written into a map of values.
//!
//! What Helm does with odd input (silence, an error, a crash that it catches) is kept. Every value becomes a leaf of a
//! source that holds the argument, so that it can be pointed at.

use std::rc::Rc;

use super::values::ValuesError;
use crate::limits::{Exceeded, Limits};
use crate::origin::{Key, Leaf, Mark, Origins};
use crate::source::{Place, SourceId, Sources, Span, clamp};
use crate::value::{IntType, List, ListType, Map, MapType, Value};

/// A flag of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `--set`: integers, booleans and null are recognised.
    Typed,
    /// `--set-string`.
    String,
    /// `--set-file`: values are paths.
    File,
    /// `--set-json`: values are JSON.
    Json,
    /// `--set-literal`: one pair, no escapes.
    Literal,
}

impl Kind {
    pub(super) fn flag(self) -> &'static str {
        match self {
            Self::Typed => "--set",
            Self::String => "--set-string",
            Self::File => "--set-file",
            Self::Json => "--set-json",
            Self::Literal => "--set-literal",
        }
    }
}

/// Parses one argument into `data`.
pub(super) fn parse(
    argument: &str,
    kind: Kind,
    data: &Map,
    sources: &mut Sources,
    origins: &mut Origins,
    limits: &Limits,
) -> Result<(), ValuesError> {
    let source = sources.add(format!("{} {argument}", kind.flag()), argument.as_bytes());
    let root = root_leaf(source, argument, origins);
    let mut parser = Parser { text: argument, at: 0, kind, source, sources, origins, limits };
    loop {
        match parser.key(data, root, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(message)) => {
                let place = Place { source, offset: clamp(parser.at) };
                return Err(ValuesError { place: Some(place), ..ValuesError::new(message) });
            }
            Err(Stop::Limit(exceeded)) => return Err(exceeded.into()),
        }
    }
}

/// Reads an argument of `--set-json` that is a whole object.
pub(super) fn json_object(argument: &str, sources: &mut Sources, origins: &mut Origins) -> Option<Rc<Map>> {
    let object = serde_json::from_str(argument.trim()).ok()?;
    let source = sources.add(format!("{} {argument}", Kind::Json.flag()), argument.as_bytes());
    let root = root_leaf(source, argument, origins);
    let span = Span::new(source, 0, argument.len());
    let Value::Map(_, map) = json_value(&object, span, root, origins) else { return None };
    Some(map)
}

fn root_leaf(source: SourceId, argument: &str, origins: &mut Origins) -> Mark {
    origins.leaf(Leaf { span: Span::new(source, 0, argument.len()), parent: Mark::NONE, key: Key::Root })
}

/// A JSON value whose parts all stand at one span. serde_json bounds the nesting.
fn json_value(json: &serde_json::Value, span: Span, mark: Mark, origins: &mut Origins) -> Value {
    let mut child = |json: &serde_json::Value, key: Key| {
        let mark = origins.leaf(Leaf { span, parent: mark, key });
        json_value(json, span, mark, origins)
    };
    match json {
        serde_json::Value::Null => Value::Nil(mark),
        serde_json::Value::Bool(value) => Value::Bool(mark, *value),
        serde_json::Value::Number(number) => Value::Float(mark, number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Value::Str(mark, Rc::new(text.as_str().into())),
        serde_json::Value::Array(items) => {
            let items = (0..).zip(items).map(|(index, item)| child(item, Key::Index(index))).collect();
            list(mark, items)
        }
        serde_json::Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let key: Rc<str> = key.as_str().into();
                (key.clone().into(), child(value, Key::Name(key)))
            });
            Value::Map(mark, Rc::new(Map::from_entries(MapType::Any, entries.collect())))
        }
    }
}

enum Stop {
    /// The argument is used up.
    End,
    Error(String),
    Limit(Exceeded),
}

fn error<T>(message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error(message.into()))
}

/// A stretch of the argument: its text without escapes, its place, and the stop character behind it.
struct Token {
    text: String,
    start: usize,
    end: usize,
    stop: Option<char>,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    kind: Kind,
    source: SourceId,
    sources: &'a mut Sources,
    origins: &'a mut Origins,
    limits: &'a Limits,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn until(&mut self, stops: &[char]) -> Token {
        let start = self.at;
        let mut text = String::new();
        loop {
            let end = self.at;
            match self.next() {
                None => return Token { text, start, end, stop: None },
                Some(character) if stops.contains(&character) => {
                    return Token { text, start, end, stop: Some(character) };
                }
                Some('\\') if self.kind != Kind::Literal => text.extend(self.next()),
                Some(character) => text.push(character),
            }
        }
    }

    fn leaf(&mut self, start: usize, end: usize, parent: Mark, key: Key) -> Mark {
        let span = Span::new(self.source, start, end);
        self.origins.leaf(Leaf { span, parent, key })
    }

    fn key(&mut self, data: &Map, parent: Mark, depth: u64) -> Result<(), Stop> {
        let stops: &[char] = if self.kind == Kind::Literal { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let key = self.until(stops);
        let name: Rc<str> = key.text.as_str().into();
        let set = |value: Value| {
            if !name.is_empty() {
                data.insert(name.clone(), value);
            }
        };
        let path = Key::Name(name.clone());
        match key.stop {
            None if name.is_empty() => Err(Stop::End),
            None => error(format!("key {name:?} has no value")),
            Some('[') => {
                let index = self.index()?;
                let mark = self.leaf(key.start, key.end, parent, path);
                let items = match data.get(&name) {
                    None => Vec::new(),
                    Some(value) => as_list(&value)?,
                };
                let (items, result) = self.item(items, index, mark, depth);
                set(list(mark, items));
                result
            }
            Some('=') => {
                let (value, result) = self.value(parent, path);
                if let Some(value) = value {
                    set(value);
                }
                result
            }
            Some(',') => error(format!("key {name:?} has no value (cannot end with ,)")),
            Some(_) => {
                let depth = self.deeper(depth)?;
                let mark = self.leaf(key.start, key.end, parent, path);
                let (mark, inner) = match data.get(&name) {
                    None => (mark, Rc::new(Map::new(MapType::Any))),
                    Some(Value::Map(mark, map)) => (mark, map),
                    Some(value) => return error(conversion(&value, "map[string]interface {}")),
                };
                let result = self.key(&inner, mark, depth);
                if inner.is_empty() {
                    if result.is_ok() {
                        return error(format!("key map {name:?} has no value"));
                    }
                } else {
                    set(Value::Map(mark, inner));
                }
                result
            }
        }
    }

    fn deeper(&self, depth: u64) -> Result<u64, Stop> {
        let most = self.limits.set_depth;
        if depth >= most {
            return error(format!("value name nested level is greater than maximum supported nested level of {most}"));
        }
        Ok(depth + 1)
    }

    /// What stands between `[` and `]`. An argument that ends there is accepted in silence.
    fn index(&mut self) -> Result<i64, Stop> {
        let token = self.until(&[']']);
        if token.stop.is_none() {
            return Err(Stop::End);
        }
        token.text.parse().or_else(|problem: std::num::ParseIntError| {
            let reason = match problem.kind() {
                std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => "value out of range",
                _ => "invalid syntax",
            };
            error(format!("error parsing index: strconv.Atoi: parsing {:?}: {reason}", token.text))
        })
    }

    /// What follows `]`: the list comes back also when parsing ends, because Helm stores it even then.
    fn item(&mut self, items: Vec<Value>, index: i64, parent: Mark, depth: u64) -> (Vec<Value>, Result<(), Stop>) {
        let mut items = items;
        let result = self.item_value(&mut items, index, parent, depth);
        (items, result)
    }

    fn item_value(&mut self, items: &mut Vec<Value>, index: i64, parent: Mark, depth: u64) -> Result<(), Stop> {
        let Ok(at) = usize::try_from(index) else {
            return error(format!("negative {index} index not allowed"));
        };
        let key = Key::Index(clamp(at));
        let token = self.until(&['[', '.', '=']);
        if !token.text.is_empty() {
            let characters: Vec<String> = token.text.chars().map(|character| format!("{character:?}")).collect();
            return error(format!("unexpected data at end of array index: [{}]", characters.join(" ")));
        }
        match token.stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, result) = self.value(parent, key);
                match result {
                    // An empty value at the end: the end is met again when the next key is read.
                    Ok(()) | Err(Stop::End) => self.set_index(items, at, value.unwrap_or(Value::NIL)),
                    Err(stop) => Err(stop),
                }
            }
            Some('[') => {
                let next = self.index()?;
                let depth = self.deeper(depth)?;
                let mark = self.leaf(token.start, token.end, parent, key);
                let inner = match items.get(at) {
                    None | Some(Value::Nil(_)) => Vec::new(),
                    Some(value) => as_list(value)?,
                };
                let (inner, result) = self.item(inner, next, mark, depth);
                result?;
                self.set_index(items, at, list(mark, inner))
            }
            Some(_) => {
                let mark = self.leaf(token.start, token.end, parent, key);
                let (mark, inner) = match items.get_mut(at) {
                    None => (mark, Rc::new(Map::new(MapType::Any))),
                    Some(Value::Map(mark, map)) => (*mark, map.clone()),
                    Some(other) => {
                        let inner = Rc::new(Map::new(MapType::Any));
                        *other = Value::Map(mark, inner.clone());
                        (mark, inner)
                    }
                };
                self.key(&inner, mark, depth)?;
                self.set_index(items, at, Value::Map(mark, inner))
            }
        }
    }

    fn set_index(&self, items: &mut Vec<Value>, at: usize, value: Value) -> Result<(), Stop> {
        let most = self.limits.set_index;
        if at as u64 > most {
            return error(format!("index of {at} is greater than maximum supported index of {most}"));
        }
        if items.len() <= at {
            items.resize(at + 1, Value::NIL);
        }
        if let Some(slot) = items.get_mut(at) {
            *slot = value;
        }
        Ok(())
    }

    /// What follows `=`, with how parsing goes on.
    fn value(&mut self, parent: Mark, key: Key) -> (Option<Value>, Result<(), Stop>) {
        let start = self.at;
        match self.kind {
            Kind::Json => return self.json(parent, key),
            Kind::Literal => {
                let text = self.until(&[]).text;
                let mark = self.leaf(start, self.at, parent, key);
                return (Some(Value::Str(mark, Rc::new(text.into()))), Ok(()));
            }
            Kind::Typed | Kind::String | Kind::File => {}
        }
        match self.peek() {
            None => {
                let mark = self.leaf(start, start, parent, key);
                (Some(Value::Str(mark, Rc::default())), Err(Stop::End))
            }
            Some('{') => match self.list(parent, key) {
                Ok(value) => (Some(value), Ok(())),
                Err(stop) => (None, Err(stop)),
            },
            Some(_) => {
                let token = self.until(&[',']);
                match self.scalar(&token, parent, key) {
                    Ok(value) => (Some(value), Ok(())),
                    Err(stop) => (None, Err(stop)),
                }
            }
        }
    }

    fn list(&mut self, parent: Mark, key: Key) -> Result<Value, Stop> {
        let start = self.at;
        self.next();
        let end = self.text.get(start..).and_then(|rest| rest.find('}')).map_or(self.text.len(), |end| start + end + 1);
        let mark = self.leaf(start, end, parent, key);
        let mut items = Vec::new();
        loop {
            let token = self.until(&[',', '}']);
            if token.stop.is_none() {
                return error("list must terminate with '}'");
            }
            let key = Key::Index(clamp(items.len()));
            items.push(self.scalar(&token, mark, key)?);
            if token.stop == Some('}') {
                if self.peek() == Some(',') {
                    self.next();
                }
                return Ok(list(mark, items));
            }
        }
    }

    fn scalar(&mut self, token: &Token, parent: Mark, key: Key) -> Result<Value, Stop> {
        if self.kind == Kind::File {
            return self.file(&token.text, parent, key);
        }
        let mark = self.leaf(token.start, token.end, parent, key);
        let text = token.text.as_str();
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if self.kind == Kind::Typed {
            if is("true") || is("false") {
                return Ok(Value::Bool(mark, is("true")));
            }
            if is("null") {
                return Ok(Value::Nil(mark));
            }
            if (text == "0" || !text.starts_with('0'))
                && let Ok(number) = text.parse()
            {
                return Ok(Value::Int(mark, IntType::Int64, number));
            }
        }
        Ok(Value::Str(mark, Rc::new(text.into())))
    }

    fn file(&mut self, path: &str, parent: Mark, key: Key) -> Result<Value, Stop> {
        let fail = |problem: std::io::Error| match problem.kind() {
            std::io::ErrorKind::NotFound => Stop::Error(format!("open {path}: no such file or directory")),
            _ => Stop::Error(format!("open {path}: {problem}")),
        };
        let most = self.limits.file_bytes;
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(fail)?;
        std::io::Read::read_to_end(&mut std::io::Read::take(file, most.saturating_add(1)), &mut bytes).map_err(fail)?;
        Exceeded::check("file-bytes", bytes.len() as u64, most).map_err(Stop::Limit)?;
        let source = self.sources.add(path, bytes.as_slice());
        let span = Span::new(source, 0, bytes.len());
        let mark = self.origins.leaf(Leaf { span, parent, key });
        Ok(Value::Str(mark, Rc::new(bytes.into())))
    }

    fn json(&mut self, parent: Mark, key: Key) -> (Option<Value>, Result<(), Stop>) {
        let start = self.at;
        if self.blank() {
            let mark = self.leaf(start, self.at, parent, key);
            return (Some(Value::Nil(mark)), Ok(()));
        }
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let mut stream = serde_json::Deserializer::from_str(scalar_prefix(rest)).into_iter::<serde_json::Value>();
        let Some(Ok(value)) = stream.next() else {
            return (None, error("invalid JSON"));
        };
        self.at += stream.byte_offset();
        let mark = self.leaf(start, self.at, parent, key);
        let value = json_value(&value, Span::new(self.source, start, self.at), mark, self.origins);
        self.blank();
        (Some(value), Ok(()))
    }

    /// Skips blanks and a comma behind them; false when something else comes first.
    fn blank(&mut self) -> bool {
        while let Some(character) = self.peek() {
            if character != ',' && !character.is_whitespace() {
                return false;
            }
            self.next();
            if character == ',' {
                break;
            }
        }
        true
    }
}

/// Go's decoder ends a bare number or word where it cannot go on, whatever comes behind; everything else is left whole.
fn scalar_prefix(rest: &str) -> &str {
    for word in ["true", "false", "null"] {
        if rest.starts_with(word) {
            return word;
        }
    }
    let digits = |from: usize| {
        let rest = rest.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let at = |index: usize| rest.as_bytes().get(index).copied().unwrap_or(0);
    let start = usize::from(at(0) == b'-');
    if !at(start).is_ascii_digit() {
        return rest;
    }
    let mut end = if at(start) == b'0' { start + 1 } else { digits(start) };
    if at(end) == b'.' {
        end = digits(end + 1);
    }
    if matches!(at(end), b'e' | b'E') {
        end = digits(end + 1 + usize::from(matches!(at(end + 1), b'+' | b'-')));
    }
    rest.get(..end).unwrap_or(rest)
}

fn list(mark: Mark, items: Vec<Value>) -> Value {
    Value::List(mark, Rc::new(List::new(ListType::Any, items)))
}

fn as_list(value: &Value) -> Result<Vec<Value>, Stop> {
    match value.as_list() {
        Some(list) => Ok(list.items().to_vec()),
        None => error(conversion(value, "[]interface {}")),
    }
}

/// The panic that Helm catches when a path runs through a value of another type.
fn conversion(value: &Value, wanted: &str) -> String {
    let found = if value.is_nil() { "nil" } else { value.type_name() };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(kind: Kind, argument: &str, limits: &Limits) -> Result<String, String> {
        let data = Map::new(MapType::Any);
        data.insert("l", list(Mark::NONE, vec![Value::int64(1)]));
        data.insert("s", Value::str("text"));
        parse(argument, kind, &data, &mut Sources::new(), &mut Origins::new(true), limits)
            .map_err(|error| error.message)?;
        data.remove("l");
        data.remove("s");
        let shown = data.entries().iter().map(|(key, value)| format!("{key}={}", show(value))).collect::<Vec<_>>();
        Ok(shown.join(" "))
    }

    fn show(value: &Value) -> String {
        match value {
            Value::Nil(_) => "nil".to_owned(),
            Value::Bool(_, value) => value.to_string(),
            Value::Int(_, _, value) => value.to_string(),
            Value::Float(_, value) => format!("{value:?}"),
            Value::Str(_, text) => format!("{:?}", text.to_str()),
            Value::List(_, list) => format!("[{}]", list.items().iter().map(show).collect::<Vec<_>>().join(" ")),
            Value::Map(_, map) => {
                let entries = map.entries();
                let shown = entries.iter().map(|(key, value)| format!("{key}:{}", show(value)));
                format!("{{{}}}", shown.collect::<Vec<_>>().join(" "))
            }
            Value::Bytes(..) | Value::Struct(..) => "?".to_owned(),
        }
    }

    #[test]
    fn reads_what_helm_reads() {
        let cases = [
            (Kind::Typed, "a=1,b=1.5,c=true,d=null,e=01,f=", r#"a=1 b="1.5" c=true d=nil e="01" f="""#),
            (Kind::Typed, "a.b.c=x", r#"a={b:{c:"x"}}"#),
            (Kind::Typed, r"a\.b=c\,d", r#"a.b="c,d""#),
            (Kind::Typed, "a={1,x},b=2", r#"a=[1 "x"] b=2"#),
            (Kind::Typed, "a={}", r#"a=[""]"#),
            (Kind::Typed, "a[2]=x", r#"a=[nil nil "x"]"#),
            (Kind::Typed, "a[0].b=1,a[0].c=2", "a=[{b:1 c:2}]"),
            (Kind::Typed, "a[0][1]=1", "a=[[nil 1]]"),
            (Kind::Typed, "a[0", ""),
            (Kind::String, "a=1,b={true}", r#"a="1" b=["true"]"#),
            (Kind::Json, r#"a={"x":[1,null]},b=2,c="#, "a={x:[1.0 nil]} b=2.0 c=nil"),
            (Kind::Literal, r"a.b=x,y={z}\n", r#"a={b:"x,y={z}\\n"}"#),
        ];
        for (kind, argument, expected) in cases {
            assert_eq!(run(kind, argument, &Limits::default()).as_deref(), Ok(expected), "{argument}");
        }
    }

    #[test]
    fn refuses_in_helms_words() {
        let cases = [
            ("a", "key \"a\" has no value"),
            ("a,", "key \"a\" has no value (cannot end with ,)"),
            ("a.b", "key \"b\" has no value"),
            ("a={1", "list must terminate with '}'"),
            ("a[-1]=1", "negative -1 index not allowed"),
            ("a[x]=1", "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("a[0]xy=1", "unexpected data at end of array index: ['x' 'y']"),
            ("s.b=1", "unable to parse key: interface conversion: interface {} is string, not map[string]interface {}"),
            ("s[0]=1", "unable to parse key: interface conversion: interface {} is string, not []interface {}"),
        ];
        for (argument, expected) in cases {
            assert_eq!(run(Kind::Typed, argument, &Limits::default()).unwrap_err(), expected, "{argument}");
        }
    }

    #[test]
    fn budgets_stop_one_over() {
        let limits = Limits { set_index: 5, set_depth: 3, ..Limits::default() };
        for (argument, good) in [("a[4]=1", true), ("a[5]=1", true), ("a[6]=1", false)] {
            assert_eq!(run(Kind::Typed, argument, &limits).is_ok(), good, "{argument}");
        }
        for (argument, good) in [("a.b.c=1", true), ("a.b.c.d=1", true), ("a.b.c.d.e=1", false)] {
            assert_eq!(run(Kind::Typed, argument, &limits).is_ok(), good, "{argument}");
        }
        for (argument, good) in [("a[0][0][0]=1", true), ("a[0][0][0][0]=1", true), ("a[0][0][0][0][0]=1", false)] {
            assert_eq!(run(Kind::Typed, argument, &limits).is_ok(), good, "{argument}");
        }
        let deep = format!("{}a=1", "a.".repeat(1_000_000));
        assert!(run(Kind::Typed, &deep, &Limits::default()).is_err());
    }

    #[test]
    fn a_value_is_a_leaf_of_its_argument() {
        let (mut sources, mut origins) = (Sources::new(), Origins::new(true));
        let data = Map::new(MapType::Any);
        parse("image.tag=x,b=2", Kind::Typed, &data, &mut sources, &mut origins, &Limits::default()).unwrap();
        let Some(Value::Map(_, image)) = data.get("image") else { panic!("no map") };
        let mark = image.get("tag").unwrap().mark();
        assert_eq!(origins.key_path(mark), "image.tag");
        let span = origins.get_leaf(mark).unwrap().span;
        assert_eq!((sources.path(span.source), sources.slice(span)), ("--set image.tag=x,b=2", &b"x"[..]));
    }
}
