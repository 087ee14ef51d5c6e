//! Values as Go's text/template sees them: typed, shared, mutable maps, each value marked with its origin.
//!
//! What templates can observe of Go's types is kept: `float64` and `int` differ, so do `[]string` and
//! `[]interface {}`, maps are shared by reference and `set` is seen by every holder. What nobody can observe is not.

mod key;

use std::cell::RefCell;
use std::rc::Rc;

pub use key::Key;

use crate::origin::Mark;
use crate::text::Text;

/// A value with its mark. Cloning is cheap and shares lists, maps and strings.
#[derive(Clone, Debug)]
pub enum Value {
    /// `nil`.
    Nil(Mark),
    /// `bool`.
    Bool(Mark, bool),
    /// Any Go integer type; `uint64` is stored by its bits.
    Int(Mark, IntType, i64),
    /// `float64`.
    Float(Mark, f64),
    /// `string`.
    Str(Mark, Rc<Text>),
    /// `[]byte`.
    Bytes(Mark, Rc<Text>),
    /// A slice; never changed in place.
    List(Mark, Rc<List>),
    /// A map with string keys; changed in place by `set`, `unset`, `merge`.
    Map(Mark, Rc<Map>),
    /// Any other Go type that templates can hold.
    Struct(Mark, Rc<Struct>),
}

/// Go's integer types that templates meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntType {
    /// `int`.
    Int,
    /// `int32` (a rune).
    Int32,
    /// `int64`.
    Int64,
    /// `uint8` (a byte).
    Uint8,
    /// `uint64`.
    Uint64,
    /// `time.Duration`.
    Duration,
    /// `time.Month`, `time.Weekday` print by name, so they are no integers here.
    Uint,
}

impl IntType {
    /// Go's name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint64 => "uint64",
            Self::Uint => "uint",
            Self::Duration => "time.Duration",
        }
    }

    /// Go's kind of the type.
    #[must_use]
    pub fn kind(self) -> &'static str {
        if self == Self::Duration { "int64" } else { self.name() }
    }

    /// Whether it is unsigned.
    #[must_use]
    pub fn unsigned(self) -> bool {
        matches!(self, Self::Uint8 | Self::Uint64 | Self::Uint)
    }
}

/// Element types of slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListType {
    /// `[]interface {}`.
    Any,
    /// `[]string`.
    String,
    /// `[]int`.
    Int,
    /// `common.VersionSet`, with its method `Has`.
    VersionSet,
    /// `[][]interface {}` (from `chunk`).
    Lists,
    /// `[]map[string]interface {}`.
    Maps,
}

impl ListType {
    /// Go's name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "[]interface {}",
            Self::String => "[]string",
            Self::Int => "[]int",
            Self::VersionSet => "common.VersionSet",
            Self::Lists => "[][]interface {}",
            Self::Maps => "[]map[string]interface {}",
        }
    }

    /// Go's name of the element type.
    #[must_use]
    pub fn element(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::String | Self::VersionSet => "string",
            Self::Int => "int",
            Self::Lists => "[]interface {}",
            Self::Maps => "map[string]interface {}",
        }
    }
}

/// Types of maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`.
    Any,
    /// `common.Values`: `.Values`, with its methods.
    Values,
    /// `map[string]string`: annotations of a chart, results of `split`.
    String,
    /// `engine.files`: `.Files`, with its methods.
    Files,
}

impl MapType {
    /// Go's name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Values => "common.Values",
            Self::String => "map[string]string",
            Self::Files => "engine.files",
        }
    }

    /// Go's name of the element type.
    #[must_use]
    pub fn element(self) -> &'static str {
        match self {
            Self::Any | Self::Values => "interface {}",
            Self::String => "string",
            Self::Files => "[]uint8",
        }
    }
}

/// A slice.
#[derive(Debug)]
pub struct List {
    /// Its element type.
    pub of: ListType,
    items: Vec<Value>,
    nil: bool,
}

impl List {
    /// A slice of this type.
    #[must_use]
    pub fn new(of: ListType, items: Vec<Value>) -> Self {
        Self { of, items, nil: false }
    }

    /// A nil slice: it differs from an empty one in JSON, YAML, TOML (`null` or nothing) and `deepEqual`.
    #[must_use]
    pub fn nil(of: ListType) -> Self {
        Self { of, items: Vec::new(), nil: true }
    }

    /// Whether it is a nil slice.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// Its items.
    #[must_use]
    pub fn items(&self) -> &[Value] {
        &self.items
    }
}

/// A map with string keys, in Go's sorted order.
#[derive(Debug)]
pub struct Map {
    /// Its type.
    pub of: MapType,
    storage: Storage,
    nil: bool,
}

#[derive(Debug)]
enum Storage {
    Own(RefCell<Vec<(Key, Value)>>),
    /// That of a map of another type.
    Of(Rc<Map>),
}

fn find<'e>(entries: &'e [(Key, Value)], key: &str) -> Option<&'e (Key, Value)> {
    entries.get(entries.binary_search_by(|(other, _)| other.name().cmp(key)).ok()?)
}

impl Map {
    /// An empty map of this type.
    #[must_use]
    pub fn new(of: MapType) -> Self {
        Self::from_entries(of, Vec::new())
    }

    /// A nil map: `null` in JSON and YAML.
    #[must_use]
    pub fn nil(of: MapType) -> Self {
        Self { of, storage: Storage::Own(RefCell::default()), nil: true }
    }

    /// Whether it is a nil map.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.nil
    }

    /// The same map as another type: what is set in one is seen in the other, as after a conversion in Go.
    #[must_use]
    pub fn converted(map: &Rc<Self>, of: MapType) -> Rc<Self> {
        match &map.storage {
            _ if map.of == of => Rc::clone(map),
            Storage::Of(map) => Self::converted(map, of),
            Storage::Own(_) => Rc::new(Self { of, storage: Storage::Of(Rc::clone(map)), nil: map.nil }),
        }
    }

    /// Whether both are one map, of whatever types.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        std::ptr::eq(self.shared(), other.shared())
    }

    /// Where its entries lie in memory: the same for whatever shares them.
    #[must_use]
    pub fn address(&self) -> usize {
        std::ptr::from_ref(self.shared()) as usize
    }

    fn shared(&self) -> &RefCell<Vec<(Key, Value)>> {
        match &self.storage {
            Storage::Own(entries) => entries,
            Storage::Of(map) => map.shared(),
        }
    }

    /// A map of entries in any order; the last of equal keys wins.
    #[must_use]
    pub fn from_entries(of: MapType, mut entries: Vec<(Key, Value)>) -> Self {
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            entries.reverse();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.dedup_by(|(later, _), (first, _)| later == first);
        }
        Self { of, storage: Storage::Own(RefCell::new(entries)), nil: false }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        let entries = self.shared().borrow();
        Some(find(&entries, key)?.1.clone())
    }

    /// The entry of a key, with the key as the map holds it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<(Key, Value)> {
        find(&self.shared().borrow(), key).cloned()
    }

    /// Whether the key exists (its value may be nil).
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        find(&self.shared().borrow(), key).is_some()
    }

    /// Sets a key and returns what it held.
    pub fn insert(&self, key: impl Into<Key>, value: Value) -> Option<Value> {
        let key = key.into();
        let mut entries = self.shared().borrow_mut();
        match entries.binary_search_by(|(other, _)| other.cmp(&key)) {
            Ok(at) => entries.get_mut(at).map(|(_, old)| std::mem::replace(old, value)),
            Err(at) => {
                entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Removes a key and returns what it held.
    pub fn remove(&self, key: &str) -> Option<Value> {
        let mut entries = self.shared().borrow_mut();
        let at = entries.binary_search_by(|(other, _)| other.name().cmp(key)).ok()?;
        Some(entries.remove(at).1)
    }

    /// A snapshot of the entries in key order: safe to iterate while the map changes.
    #[must_use]
    pub fn entries(&self) -> Vec<(Key, Value)> {
        self.shared().borrow().clone()
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.shared().borrow().iter().map(|(key, _)| key.clone()).collect()
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared().borrow().len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared().borrow().is_empty()
    }
}

/// A Go struct (or any opaque type): what its fields are, how it prints, and what its methods work on.
#[derive(Debug)]
pub struct Struct {
    /// Go's type name, with `*` when it is a pointer: `*semver.Version`, `time.Time`.
    pub type_name: &'static str,
    /// Fields in Go's order; those in lower case are not exported.
    pub fields: Vec<(&'static str, Value)>,
    /// What `%v` prints when the type has a method `String` or `Error`.
    pub printed: Option<String>,
    /// What methods need beyond the fields.
    pub native: Native,
}

/// The inner state of a [`Struct`].
#[derive(Clone, Debug)]
pub enum Native {
    /// The fields say all.
    None,
    /// `time.Time`.
    Time(Box<jiff::Zoned>),
    /// `semver.Version`.
    Version(Box<crate::semver::Version>),
    /// The pointer type has a method `String` and the type itself has not (`common.KubeVersion`): this is what an action prints;
    /// `printf` and `toString` get a copy without address and print the fields.
    Addressed(String),
    /// The names of the fields in JSON; those that are empty strings are left out of it.
    Tagged(&'static [&'static str]),
}

impl Struct {
    /// The exported fields.
    pub fn exported(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields.iter().filter(|(name, _)| is_exported(name)).map(|(name, value)| (*name, value))
    }

    /// The fields as encoding/json writes them.
    #[must_use]
    pub fn json_fields(&self) -> Vec<(&'static str, &Value)> {
        let Native::Tagged(tags) = self.native else { return self.exported().collect() };
        let tagged = tags.iter().zip(&self.fields).map(|(tag, (_, value))| (*tag, value));
        tagged.filter(|(_, value)| value.as_text().is_none_or(|text| !text.is_empty())).collect()
    }
}

/// Whether a field of this name can be seen outside its package.
#[must_use]
pub fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

/// Deeply nested values would overflow the stack when they are dropped field by field, so the nesting is taken apart in a loop.
fn drop_children(mut children: Vec<Value>) {
    while let Some(child) = children.pop() {
        match child {
            Value::Map(_, mut map) => match Rc::get_mut(&mut map).map(|map| &mut map.storage) {
                Some(Storage::Own(entries)) => {
                    children.extend(entries.get_mut().drain(..).map(|(_, value)| value));
                }
                Some(Storage::Of(map)) => children.push(Value::Map(Mark::NONE, Rc::clone(map))),
                None => {}
            },
            Value::List(_, mut list) => {
                if let Some(list) = Rc::get_mut(&mut list) {
                    children.append(&mut list.items);
                }
            }
            _ => {}
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let Storage::Own(entries) = &mut self.storage else { return };
        let entries = entries.get_mut();
        if entries.iter().any(|(_, value)| value.nests()) {
            drop_children(entries.drain(..).map(|(_, value)| value).collect());
        }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if self.items.iter().any(Value::nests) {
            drop_children(std::mem::take(&mut self.items));
        }
    }
}

impl Value {
    /// `nil` without origin.
    pub const NIL: Self = Self::Nil(Mark::NONE);

    /// A `bool` without origin.
    #[must_use]
    pub fn bool(value: bool) -> Self {
        Self::Bool(Mark::NONE, value)
    }

    /// An `int` without origin.
    #[must_use]
    pub fn int(value: i64) -> Self {
        Self::Int(Mark::NONE, IntType::Int, value)
    }

    /// An `int64` without origin.
    #[must_use]
    pub fn int64(value: i64) -> Self {
        Self::Int(Mark::NONE, IntType::Int64, value)
    }

    /// A `float64` without origin.
    #[must_use]
    pub fn float(value: f64) -> Self {
        Self::Float(Mark::NONE, value)
    }

    /// A `string` without origin of its own (the text may hold some).
    #[must_use]
    pub fn str(text: impl Into<Text>) -> Self {
        Self::Str(Mark::NONE, Rc::new(text.into()))
    }

    /// A `[]interface {}` without origin.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::List(Mark::NONE, Rc::new(List::new(ListType::Any, items)))
    }

    /// A slice of the given type without origin.
    #[must_use]
    pub fn list_of(of: ListType, items: Vec<Self>) -> Self {
        Self::List(Mark::NONE, Rc::new(List::new(of, items)))
    }

    /// A `map[string]interface {}` without origin.
    #[must_use]
    pub fn map(entries: Vec<(Key, Self)>) -> Self {
        Self::Map(Mark::NONE, Rc::new(Map::from_entries(MapType::Any, entries)))
    }

    /// Its mark.
    #[must_use]
    pub fn mark(&self) -> Mark {
        match self {
            Self::Nil(mark)
            | Self::Bool(mark, _)
            | Self::Int(mark, ..)
            | Self::Float(mark, _)
            | Self::Str(mark, _)
            | Self::Bytes(mark, _)
            | Self::List(mark, _)
            | Self::Map(mark, _)
            | Self::Struct(mark, _) => *mark,
        }
    }

    /// The same value with another mark.
    #[must_use]
    pub fn with_mark(mut self, new: Mark) -> Self {
        match &mut self {
            Self::Nil(mark)
            | Self::Bool(mark, _)
            | Self::Int(mark, ..)
            | Self::Float(mark, _)
            | Self::Str(mark, _)
            | Self::Bytes(mark, _)
            | Self::List(mark, _)
            | Self::Map(mark, _)
            | Self::Struct(mark, _) => *mark = new,
        }
        self
    }

    /// Whether it is `nil`.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil(_))
    }

    /// The map, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Rc<Map>> {
        if let Self::Map(_, map) = self { Some(map) } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&Rc<List>> {
        if let Self::List(_, list) = self { Some(list) } else { None }
    }

    /// The text, if it is a string.
    #[must_use]
    pub fn as_text(&self) -> Option<&Rc<Text>> {
        if let Self::Str(_, text) = self { Some(text) } else { None }
    }

    /// A part of a string value, origins kept; the value itself when it is no string.
    #[must_use]
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        match self {
            Self::Str(mark, text) if range != (0..text.len()) => Self::Str(*mark, Rc::new(text.slice(range, *mark))),
            other => other.clone(),
        }
    }

    /// Go's truth (`text/template.IsTrue`): false for nil, false, zero and empty collections.
    #[must_use]
    pub fn truth(&self) -> bool {
        match self {
            Self::Nil(_) => false,
            Self::Bool(_, value) => *value,
            Self::Int(_, _, value) => *value != 0,
            Self::Float(_, value) => *value != 0.0,
            Self::Str(_, text) | Self::Bytes(_, text) => !text.is_empty(),
            Self::List(_, list) => !list.items.is_empty(),
            Self::Map(_, map) => !map.is_empty(),
            Self::Struct(..) => true,
        }
    }

    /// Go's type name, as `typeOf` and error messages print it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Nil(_) => "<nil>",
            Self::Bool(..) => "bool",
            Self::Int(_, of, _) => of.name(),
            Self::Float(..) => "float64",
            Self::Str(..) => "string",
            Self::Bytes(..) => "[]uint8",
            Self::List(_, list) => list.of.name(),
            Self::Map(_, map) => map.of.name(),
            Self::Struct(_, of) => of.type_name,
        }
    }

    /// Go's kind, as `kindOf` prints it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nil(_) => "invalid",
            Self::Bool(..) => "bool",
            Self::Int(_, of, _) => of.kind(),
            Self::Float(..) => "float64",
            Self::Str(..) => "string",
            Self::Bytes(..) | Self::List(..) => "slice",
            Self::Map(..) => "map",
            Self::Struct(_, of) if of.type_name.starts_with('*') => "ptr",
            Self::Struct(_, of) if of.type_name == "complex128" => "complex128",
            Self::Struct(..) => "struct",
        }
    }

    /// Equality as `reflect.DeepEqual` has it: types must match, NaN differs from itself. `depth` guards against cycles:
    /// behind 1,000 levels two values count as different.
    #[must_use]
    pub fn deep_equal(&self, other: &Self) -> bool {
        deep_equal(self, other, 1_000)
    }

    fn nests(&self) -> bool {
        match self {
            Self::Map(_, map) => Rc::strong_count(map) == 1,
            Self::List(_, list) => Rc::strong_count(list) == 1,
            _ => false,
        }
    }
}

fn deep_equal(a: &Value, b: &Value, depth: u32) -> bool {
    if depth == 0 {
        return false;
    }
    match (a, b) {
        (Value::Nil(_), Value::Nil(_)) => true,
        (Value::Bool(_, a), Value::Bool(_, b)) => a == b,
        (Value::Int(_, a_type, a), Value::Int(_, b_type, b)) => a_type == b_type && a == b,
        (Value::Float(_, a), Value::Float(_, b)) => a == b,
        (Value::Str(_, a), Value::Str(_, b)) | (Value::Bytes(_, a), Value::Bytes(_, b)) => a == b,
        (Value::List(_, a), Value::List(_, b)) => {
            a.of == b.of
                && a.nil == b.nil
                && a.items.len() == b.items.len()
                && a.items.iter().zip(&b.items).all(|(a, b)| deep_equal(a, b, depth - 1))
        }
        (Value::Map(_, a), Value::Map(_, b)) => {
            a.of == b.of
                && (a.same(b)
                    || a.len() == b.len()
                        && a.entries()
                            .iter()
                            .zip(&b.entries())
                            .all(|((a_key, a), (b_key, b))| a_key == b_key && deep_equal(a, b, depth - 1)))
        }
        (Value::Struct(_, a), Value::Struct(_, b)) => {
            Rc::ptr_eq(a, b)
                || (a.type_name == b.type_name
                    && a.printed == b.printed
                    && a.fields.len() == b.fields.len()
                    && a.fields.iter().zip(&b.fields).all(|((_, a), (_, b))| deep_equal(a, b, depth - 1)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_two_words() {
        assert_eq!(size_of::<Value>(), 16);
    }

    #[test]
    fn deep_nesting_drops_without_recursion() {
        let mut value = Value::int(1);
        for _ in 0..1_000_000 {
            value = Value::map(vec![("a".into(), Value::list(vec![value]))]);
        }
        drop(value);
    }

    #[test]
    fn converted_maps_are_one_map() {
        let map = Rc::new(Map::new(MapType::Any));
        let values = Map::converted(&map, MapType::Values);
        values.insert("a", Value::int(1));
        assert!(map.contains("a") && map.same(&values) && values.of == MapType::Values);
        assert!(Rc::ptr_eq(&Map::converted(&values, MapType::Any), &map));
        let mut deep = Value::int(1);
        for _ in 0..1_000_000 {
            let map = Rc::new(Map::from_entries(MapType::Any, vec![("a".into(), deep)]));
            deep = Value::Map(Mark::NONE, Map::converted(&map, MapType::Values));
        }
        drop(deep);
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let map = Map::from_entries(
            MapType::Any,
            vec![("b".into(), Value::int(1)), ("a".into(), Value::int(2)), ("b".into(), Value::int(3))],
        );
        assert!(map.get("b").unwrap().deep_equal(&Value::int(3)));
        assert_eq!(map.keys().len(), 2);
    }
}
