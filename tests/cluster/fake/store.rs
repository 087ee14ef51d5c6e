//! Objects, their versions and what happened to them; deletes what has lost its owner or its namespace.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::kinds::Kind;

/// Plural with group, namespace, name.
pub(crate) type Key = (String, String, String);

/// One change, as a watch reports it.
#[derive(Clone)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) what: &'static str,
    pub(crate) key: Key,
    pub(crate) object: Value,
}

/// All objects.
#[derive(Default)]
pub(crate) struct Store {
    /// The last version that was given out.
    pub(crate) version: u64,
    /// Changes up to this version are forgotten.
    pub(crate) compacted: u64,
    pub(crate) objects: BTreeMap<Key, Value>,
    pub(crate) changes: Vec<Change>,
}

/// The first part of the keys of a kind.
pub(crate) fn table(kind: &Kind) -> String {
    format!("{}.{}", kind.plural, kind.group)
}

/// A string inside an object, empty if there is none.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The object below `name`, made if it is not there.
pub(crate) fn map<'a>(object: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    if !object[name].is_object() {
        object[name] = json!({});
    }
    match &mut object[name] {
        Value::Object(map) => map,
        _ => unreachable!("an object was put there"),
    }
}

impl Store {
    /// A number as the identity of an object, in the form of one.
    pub(crate) fn uid(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.version + 1)
    }

    fn record(&mut self, what: &'static str, key: Key, mut object: Value) -> Value {
        self.version += 1;
        map(&mut object, "metadata").insert("resourceVersion".to_owned(), json!(self.version.to_string()));
        self.changes.push(Change { version: self.version, what, key, object: object.clone() });
        object
    }

    /// Stores an object that is not there yet, with identity and times.
    pub(crate) fn create(&mut self, key: Key, mut object: Value) -> Value {
        let uid = self.uid();
        let metadata = map(&mut object, "metadata");
        metadata.insert("uid".to_owned(), json!(uid));
        metadata.insert("creationTimestamp".to_owned(), json!(super::now(0)));
        let object = self.record("ADDED", key.clone(), object);
        self.objects.insert(key, object.clone());
        object
    }

    /// Replaces an object; without a difference the version stays. The last finalizer of a deleted object ends it.
    pub(crate) fn update(&mut self, key: Key, object: Value) -> Value {
        if self.objects.get(&key) == Some(&object) {
            return object;
        }
        if object.pointer("/metadata/deletionTimestamp").is_some() && !finalized(&object) {
            return self.remove(&key).unwrap_or(object);
        }
        let object = self.record("MODIFIED", key.clone(), object);
        self.objects.insert(key, object.clone());
        object
    }

    /// Deletes an object and all that depends on it, or marks it if it has finalizers; returns its last state.
    pub(crate) fn delete(&mut self, key: &Key, orphan: bool) -> Option<Value> {
        let mut object = self.objects.get(key)?.clone();
        if finalized(&object) {
            let metadata = map(&mut object, "metadata");
            metadata.entry("deletionTimestamp").or_insert_with(|| json!(super::now(0)));
            metadata.insert("deletionGracePeriodSeconds".to_owned(), json!(0));
            return Some(self.update(key.clone(), object));
        }
        let object = self.remove(key)?;
        if key.0 == "namespaces." {
            let inside: Vec<_> = self.objects.keys().filter(|other| other.1 == key.2).cloned().collect();
            for other in inside {
                self.delete(&other, false);
            }
        }
        if !orphan {
            self.collect();
        }
        Some(object)
    }

    fn remove(&mut self, key: &Key) -> Option<Value> {
        let object = self.objects.remove(key)?;
        Some(self.record("DELETED", key.clone(), object))
    }

    /// Deletes what has owners of which none is left.
    fn collect(&mut self) {
        let lost: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, object)| {
                let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
                owners.is_some_and(|owners| {
                    !owners.is_empty() && owners.iter().all(|owner| !self.has_uid(text(owner, "/uid")))
                })
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in lost {
            self.delete(&key, false);
        }
    }

    fn has_uid(&self, uid: &str) -> bool {
        self.objects.values().any(|object| text(object, "/metadata/uid") == uid)
    }
}

fn finalized(object: &Value) -> bool {
    object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|all| !all.is_empty())
}

/// Whether an object has the labels and fields that the two selectors of a list ask for.
pub(crate) fn selected(object: &Value, labels: &str, fields: &str) -> bool {
    let label =
        |name: &str| object.pointer("/metadata/labels").and_then(|labels| labels.get(name)).and_then(Value::as_str);
    let field = |name: &str| Some(text(object, &format!("/{}", name.replace('.', "/"))));
    terms(labels).iter().all(|term| holds(term, label)) && terms(fields).iter().all(|term| holds(term, field))
}

/// The terms of a selector: commas in parentheses separate values.
fn terms(selector: &str) -> Vec<&str> {
    let (mut depth, mut begun, mut found) = (0_usize, 0, Vec::new());
    for (at, character) in selector.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(&selector[begun..at]);
                begun = at + 1;
            }
            _ => {}
        }
    }
    found.push(&selector[begun..]);
    found.into_iter().map(str::trim).filter(|term| !term.is_empty()).collect()
}

fn holds<'a>(term: &str, value: impl Fn(&str) -> Option<&'a str>) -> bool {
    let inside = |list: &str, value: Option<&str>| {
        value.is_some_and(|value| list.trim_matches(['(', ')', ' ']).split(',').any(|item| item.trim() == value))
    };
    if let Some((name, wanted)) = term.split_once("!=") {
        value(name.trim()) != Some(wanted.trim())
    } else if let Some((name, wanted)) = term.split_once('=') {
        value(name.trim()) == Some(wanted.trim_start_matches('=').trim())
    } else if let Some((name, list)) = term.split_once(" notin ") {
        !inside(list, value(name.trim()))
    } else if let Some((name, list)) = term.split_once(" in ") {
        inside(list, value(name.trim()))
    } else if let Some(name) = term.strip_prefix('!') {
        value(name).is_none()
    } else {
        value(term).is_some()
    }
}
