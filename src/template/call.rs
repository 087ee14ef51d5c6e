//! One call of a function: checked arguments in, a value out, origins kept.
//!
//! The evaluator has checked number and types of the arguments against [`Function::params`] as text/template does,
//! so a function reads them without errors. What a function returns without a mark is marked by the evaluator: born at the call,
//! out of the leaves of its arguments. A function that passes bytes through keeps their origins with
//! [`Value::slice`] (a part of one argument) or [`Call::append`] (several parts joined).

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use super::environment::Environment;
use super::exec::Exec;
use crate::limits::Exceeded;
use crate::origin::{Frame, Mark, Origins};
use crate::text::Text;
use crate::value::{Key, List, Map, Value};

/// A row of a function table.
pub struct Function {
    /// Its name in templates.
    pub name: &'static str,
    /// Go types of its parameters; those of a method begin with the receiver.
    pub params: &'static [Type],
    /// Whether the last parameter may come any number of times (also none).
    pub variadic: bool,
    /// What it does.
    pub run: fn(&mut Call<'_>) -> Result<Value, CallError>,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Go types of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `interface {}`; accepts nil.
    Any,
    /// `bool`.
    Bool,
    /// `int`: a number from YAML (`float64`) is refused, as text/template does.
    Int,
    /// `int64`.
    Int64,
    /// `float64`.
    Float64,
    /// `string`.
    String,
    /// `[]string`.
    Strings,
    /// `[]uint8`.
    Bytes,
    /// `[]interface {}`.
    List,
    /// `map[string]interface {}` (`common.Values` is assignable to it).
    Map,
    /// `map[string]string`.
    StringMap,
    /// `time.Time`.
    Time,
    /// A certificate, as `genCA` returns it.
    Certificate,
    /// `io.Writer`: no value of a template is one, but nil can stand for it.
    Writer,
    /// `reflect.Value`: anything, also nothing; what Go's own functions take.
    Value,
}

impl Type {
    /// Go's name, as error messages print it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int64 => "int64",
            Self::Float64 => "float64",
            Self::String => "string",
            Self::Strings => "[]string",
            Self::Bytes => "[]uint8",
            Self::List => "[]interface {}",
            Self::Map => "map[string]interface {}",
            Self::StringMap => "map[string]string",
            Self::Time => "time.Time",
            Self::Certificate => "sprig.certificate",
            Self::Writer => "io.Writer",
            Self::Value => "reflect.Value",
        }
    }
}

/// Why a call failed.
#[derive(Debug)]
pub enum CallError {
    /// The function returned an error (or panicked, which text/template turns into one): `error calling NAME: message`.
    Message(String),
    /// A budget ran out.
    Limit(Exceeded),
    /// A template that the function executed failed: the error itself, handed on as it is (Helm's `include`).
    Template(Box<super::Error>),
    /// A template that the function executed failed: the error behind a text that ends in `: ` (Helm's `tpl`).
    Wrapped(String, Box<super::Error>),
    /// The chart's author refuses (Helm's `fail` and `required`): a message that Helm prints without its trace.
    Fail(String),
}

impl From<Exceeded> for CallError {
    fn from(exceeded: Exceeded) -> Self {
        Self::Limit(exceeded)
    }
}

impl From<String> for CallError {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for CallError {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

/// A call in progress.
pub struct Call<'a> {
    /// The arguments; their number and types are those of the function's parameters.
    pub args: &'a [Value],
    /// Where the call stands.
    pub frame: Frame,
    /// The execution around it: origins, clock, limits, and templates for functions that execute them.
    pub exec: &'a mut Exec,
}

impl<'a> Call<'a> {
    /// An argument; nil behind the last one.
    #[must_use]
    pub fn arg(&self, index: usize) -> &'a Value {
        const NIL: &Value = &Value::NIL;
        self.args.get(index).unwrap_or(NIL)
    }

    /// The tables behind the marks.
    pub fn origins(&mut self) -> &mut Origins {
        &mut self.exec.origins
    }

    /// Records which of several things a name chose, if decisions are recorded.
    pub fn choose(&mut self, name: &str) {
        self.exec.origins.choose(self.frame, name);
    }

    /// Clock, random bytes, limits, caches.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.exec.environment
    }

    /// An argument of type `int`, `int64` (or any integer); 0 for anything else.
    #[must_use]
    pub fn int(&self, index: usize) -> i64 {
        if let Value::Int(_, _, value) = self.arg(index) { *value } else { 0 }
    }

    /// An argument of type `float64`; 0 for anything else.
    #[must_use]
    pub fn float(&self, index: usize) -> f64 {
        if let Value::Float(_, value) = self.arg(index) { *value } else { 0.0 }
    }

    /// An argument of type `bool`; false for anything else.
    #[must_use]
    pub fn bool(&self, index: usize) -> bool {
        matches!(self.arg(index), Value::Bool(_, true))
    }

    /// The bytes of an argument of type `string` (or `[]byte`); none for anything else.
    #[must_use]
    pub fn bytes(&self, index: usize) -> &'a [u8] {
        match self.arg(index) {
            Value::Str(_, text) | Value::Bytes(_, text) => text.as_bytes(),
            _ => &[],
        }
    }

    /// The characters of an argument of type `string`, invalid UTF-8 replaced.
    #[must_use]
    pub fn str(&self, index: usize) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(index))
    }

    /// An argument of a map type; an empty map for anything else.
    #[must_use]
    pub fn map(&self, index: usize) -> Rc<Map> {
        self.arg(index).as_map().map_or_else(|| Rc::new(Map::new(crate::value::MapType::Any)), Rc::clone)
    }

    /// An argument of a slice type; an empty slice for anything else.
    #[must_use]
    pub fn list(&self, index: usize) -> Rc<List> {
        let empty = || Rc::new(List::new(crate::value::ListType::Any, Vec::new()));
        self.arg(index).as_list().map_or_else(empty, Rc::clone)
    }

    /// Appends a part of a string value to a text that is being built; every byte keeps its origin.
    pub fn append(&mut self, out: &mut Text, value: &Value, range: Range<usize>) {
        if let Value::Str(mark, text) | Value::Bytes(mark, text) = value {
            out.append(text, range, *mark, self.frame, &mut self.exec.origins);
        }
    }

    /// Appends a whole string value.
    pub fn append_all(&mut self, out: &mut Text, value: &Value) {
        self.append(out, value, 0..usize::MAX);
    }

    /// A string value as the key of a map: a key that was made out of values keeps their origins.
    #[must_use]
    pub fn key(&mut self, value: &Value) -> Key {
        let (Value::Str(mark, text) | Value::Bytes(mark, text)) = value else { return Key::from("") };
        let key = Key::from(text.to_str());
        if !text.shows_leaf(0..text.len(), *mark, &self.exec.origins) {
            return key;
        }
        let mut made = Text::new();
        self.append_all(&mut made, value);
        key.made_of(made)
    }

    /// Appends bytes that the function writes by itself; `mark` names what they were made of, if anything.
    pub fn append_written(&mut self, out: &mut Text, bytes: &[u8], mark: Mark) {
        out.append_written(bytes, mark, self.frame, &mut self.exec.origins);
    }

    /// Checks the length of a string before it is built.
    ///
    /// # Errors
    /// `Exceeded` when the string would be too long.
    pub fn check_string(&self, bytes: usize) -> Result<(), Exceeded> {
        Exceeded::check("string-bytes", bytes as u64, self.exec.environment.limits.string_bytes)
    }

    /// Checks the length of a list before it is built.
    ///
    /// # Errors
    /// `Exceeded` when the list would be too long.
    pub fn check_list(&self, items: usize) -> Result<(), Exceeded> {
        Exceeded::check("list-items", items as u64, self.exec.environment.limits.list_items)
    }
}
