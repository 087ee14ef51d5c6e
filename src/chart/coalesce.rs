//! Values of users over values of charts, and both over the values of subcharts, with the null rules of Helm 4.2.
//!
//! Two modes: *coalescing*, where a null of the user removes a default and nulls among defaults vanish, and *merging*,
//! where nulls stay for a later pass. Tables are changed in place and shared exactly where Helm shares them, because
//! templates can change them and see each other's changes.

use std::rc::Rc;

use super::dependency::Tree;
use super::values::ValuesError;
use crate::limits::{Exceeded, Limits};
use crate::value::{List, Map, MapType, Value};

/// Key of the table that every subchart inherits.
const GLOBAL: &str = "global";

/// Which nulls survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// A null removes the default, and is gone.
    Coalesce,
    /// Nulls stay.
    Merge,
}

/// One composition of values: its budget and what it warns of.
#[derive(Debug)]
pub(super) struct Composer<'a> {
    pub(super) limits: &'a Limits,
    pub(super) warnings: Vec<String>,
    copied: u64,
}

impl<'a> Composer<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, warnings: Vec::new(), copied: 0 }
    }

    /// The values of a chart and of all charts in it, from a copy of `values`.
    pub(super) fn compose(&mut self, tree: &Tree, values: &Map, mode: Mode) -> Result<Rc<Map>, ValuesError> {
        let composed = self.copy(values)?;
        self.chart(tree, &composed, "", mode)?;
        Ok(composed)
    }

    fn chart(&mut self, tree: &Tree, values: &Rc<Map>, prefix: &str, mode: Mode) -> Result<(), ValuesError> {
        let prefix = joined(prefix, tree.name());
        self.defaults(tree, values, &prefix, mode)?;
        for child in &tree.children {
            let name = child.name();
            let inner = match values.get(name) {
                None => {
                    let inner = Rc::new(Map::new(MapType::Any));
                    values.insert(name, Value::Map(crate::origin::Mark::NONE, inner.clone()));
                    inner
                }
                Some(Value::Map(_, inner)) => inner,
                Some(other) => {
                    let message = format!("type mismatch on {name}: {}", as_bool_verb(&other));
                    return Err(ValuesError::new(message));
                }
            };
            self.globals(&inner, values, &prefix)?;
            self.chart(child, &inner, &prefix, mode)?;
        }
        Ok(())
    }

    fn defaults(&mut self, tree: &Tree, values: &Map, prefix: &str, mode: Mode) -> Result<(), ValuesError> {
        for (key, default) in self.copy(&tree.values)?.entries() {
            match (values.get(&key), default) {
                (None, Value::Nil(_)) if mode == Mode::Coalesce => {}
                (None, default) => {
                    if mode == Mode::Coalesce {
                        drop_nulls(&default);
                    }
                    values.insert(key, default);
                }
                (Some(Value::Nil(_)), _) if mode == Mode::Coalesce => {
                    values.remove(&key);
                }
                (Some(Value::Map(_, table)), Value::Map(_, defaults)) => {
                    let is_chart = tree.children.iter().any(|child| *child.name() == *key);
                    let mode = if is_chart { Mode::Merge } else { mode };
                    if mode == Mode::Coalesce {
                        drop_nulls_in(&defaults);
                    }
                    self.tables(&table, &defaults, &joined(prefix, &key), mode, 0)?;
                }
                (Some(Value::Map(..)), default) if !default.is_nil() => {
                    self.warnings.push(format!("warning: skipped value for {prefix}.{key}: Not a table."));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Hands the globals of a chart down to one of its subcharts. A table is copied only at its top: what lies deeper is shared.
    fn globals(&mut self, inner: &Map, outer: &Map, prefix: &str) -> Result<(), ValuesError> {
        let (mark, target) = match inner.get(GLOBAL) {
            None => (crate::origin::Mark::NONE, Rc::new(Map::new(MapType::Any))),
            Some(Value::Map(mark, map)) => (mark, map),
            Some(_) => {
                self.warnings.push("warning: skipping globals because destination global is not a table.".to_owned());
                return Ok(());
            }
        };
        let given = match outer.get(GLOBAL) {
            None => Vec::new(),
            Some(Value::Map(_, map)) => map.entries(),
            Some(_) => {
                self.warnings.push("warning: skipping globals because source global is not a table.".to_owned());
                return Ok(());
            }
        };
        for (key, value) in given {
            match (value, target.get(&key)) {
                (Value::Map(mark, table), old) => {
                    let table = Rc::new(Map::from_entries(MapType::Any, table.entries()));
                    match old {
                        None => {}
                        Some(Value::Map(_, old)) => {
                            self.tables(&table, &old, &joined(prefix, &key), Mode::Merge, 0)?;
                        }
                        Some(_) => {
                            let conflict = format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping.");
                            self.warnings.push(conflict);
                            continue;
                        }
                    }
                    target.insert(key, Value::Map(mark, table));
                }
                (_, Some(Value::Map(..))) => self.warnings.push(format!("key {key} is table. Skipping")),
                (value, _) => {
                    target.insert(key, value);
                }
            }
        }
        inner.insert(GLOBAL, Value::Map(mark, target));
        Ok(())
    }

    /// Fills a table with what it lacks of another one.
    pub(super) fn tables(
        &mut self,
        table: &Map,
        defaults: &Map,
        prefix: &str,
        mode: Mode,
        depth: u64,
    ) -> Result<(), ValuesError> {
        self.check_depth(depth)?;
        self.count(defaults.len())?;
        let has_default: Vec<bool> = defaults.entries().iter().map(|(_, value)| !value.is_nil()).collect();
        let entries = defaults.entries();
        for (key, value) in table.entries() {
            if value.is_nil() {
                defaults.insert(key, value);
            }
        }
        for ((key, value), has_default) in entries.into_iter().zip(has_default) {
            // A null of the table has just replaced the default there.
            let value = defaults.get(&key).unwrap_or(value);
            match table.get(&key) {
                Some(Value::Nil(_)) if mode == Mode::Coalesce && has_default => {
                    table.remove(&key);
                }
                None => {
                    table.insert(key, value);
                }
                Some(Value::Map(_, inner)) => match &value {
                    Value::Map(_, defaults) => {
                        self.tables(&inner, defaults, &joined(prefix, &key), mode, depth + 1)?;
                    }
                    Value::Nil(_) => {}
                    _ => {
                        let key = joined(prefix, &key);
                        self.warnings
                            .push(format!("warning: destination for {key} is a table. Ignoring non-table value"));
                    }
                },
                Some(_) => {
                    if let Value::Map(..) = value {
                        let key = joined(prefix, &key);
                        self.warnings.push(format!("warning: cannot overwrite table with non table for {key}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// A copy that shares no table with the original.
    pub(super) fn copy(&mut self, map: &Map) -> Result<Rc<Map>, ValuesError> {
        self.copy_map(map, 0)
    }

    fn copy_map(&mut self, map: &Map, depth: u64) -> Result<Rc<Map>, ValuesError> {
        self.check_depth(depth)?;
        self.count(map.len())?;
        let mut entries = map.entries();
        for (_, value) in &mut entries {
            *value = self.copy_value(value, depth + 1)?;
        }
        Ok(Rc::new(Map::from_entries(MapType::Any, entries)))
    }

    fn copy_value(&mut self, value: &Value, depth: u64) -> Result<Value, ValuesError> {
        Ok(match value {
            Value::Map(mark, map) => Value::Map(*mark, self.copy_map(map, depth)?),
            Value::List(mark, list)
                if list.items().iter().any(|item| matches!(item, Value::Map(..) | Value::List(..))) =>
            {
                self.check_depth(depth)?;
                self.count(list.items().len())?;
                let items: Result<_, _> = list.items().iter().map(|item| self.copy_value(item, depth + 1)).collect();
                Value::List(*mark, Rc::new(List::new(list.of, items?)))
            }
            other => other.clone(),
        })
    }

    fn count(&mut self, nodes: usize) -> Result<(), Exceeded> {
        self.copied = self.copied.saturating_add(nodes as u64);
        Exceeded::check("values-nodes", self.copied, self.limits.values_nodes)
    }

    /// Imports can nest values deeper than any one file does, and even in circles.
    pub(super) fn check_depth(&self, depth: u64) -> Result<(), Exceeded> {
        Exceeded::check("yaml-depth", depth, self.limits.yaml_depth.saturating_mul(2))
    }
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn drop_nulls(value: &Value) {
    if let Value::Map(_, map) = value {
        drop_nulls_in(map);
    }
}

fn drop_nulls_in(map: &Map) {
    for (key, value) in map.entries() {
        if value.is_nil() {
            map.remove(&key);
        } else {
            drop_nulls(&value);
        }
    }
}

/// What Go's `%t` prints for a value: Helm's message uses that verb for things that are no booleans.
fn as_bool_verb(value: &Value) -> String {
    match value {
        Value::Nil(_) => "%!t(<nil>)".to_owned(),
        Value::Bool(_, value) => value.to_string(),
        Value::Str(_, text) => format!("%!t(string={})", text.to_str()),
        Value::Int(_, of, value) => format!("%!t({}={value})", of.name()),
        Value::Float(_, value) => format!("%!t(float64={})", crate::yaml::number::general(*value)),
        Value::List(_, list) => {
            let items: Vec<String> = list.items().iter().map(as_bool_verb_item).collect();
            format!("[{}]", items.join(" "))
        }
        other => format!("%!t({})", other.type_name()),
    }
}

/// One level is enough to recognise the list.
fn as_bool_verb_item(value: &Value) -> String {
    if matches!(value, Value::List(..) | Value::Map(..)) { "…".to_owned() } else { as_bool_verb(value) }
}
