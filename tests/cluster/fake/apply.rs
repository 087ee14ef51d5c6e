//! Patches: merge, strategic merge (lists of named items), and server-side apply with field owners.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::store::{map, text};

/// A path to a field: `f:NAME` for a field, `k:{…}` for an item of a list that is merged by keys.
type Path = Vec<String>;

/// The lists that are merged item by item, and the fields that name an item; all others are replaced whole.
const KEYED: [(&str, &[&str]); 8] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["uid"]),
];

/// `ports` of a container or of a Service.
fn keys(field: &str, item: &Value) -> Option<&'static [&'static str]> {
    match field {
        "ports" if item.get("containerPort").is_some() => Some(&["containerPort", "protocol"]),
        "ports" if item.get("port").is_some() => Some(&["port", "protocol"]),
        _ => KEYED.iter().find(|(name, _)| *name == field).map(|(_, keys)| *keys),
    }
}

fn key_of(field: &str, item: &Value) -> Option<String> {
    let mut key = Map::new();
    for name in keys(field, item)? {
        let fallback = if *name == "protocol" { json!("TCP") } else { Value::Null };
        key.insert((*name).to_owned(), item.get(*name).cloned().unwrap_or(fallback));
    }
    Some(Value::Object(key).to_string())
}

/// Merges `patch` into `target` as RFC 7386; with `named`, lists of named items item by item.
pub(crate) fn merge(target: &mut Value, patch: &Value, named: bool) {
    let Value::Object(fields) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in fields {
        if value.is_null() {
            if let Value::Object(target) = target {
                target.remove(name);
            }
            continue;
        }
        match (value, target.get_mut(name)) {
            (Value::Array(items), Some(Value::Array(present)))
                if named && items.iter().all(|item| key_of(name, item).is_some()) =>
            {
                for item in items {
                    let key = key_of(name, item);
                    match present.iter_mut().find(|other| key_of(name, other) == key) {
                        Some(other) => merge(other, item, named),
                        None => present.push(item.clone()),
                    }
                }
            }
            _ => merge(&mut target[name.as_str()], value, named),
        }
    }
}

/// The fields that a manager can own: all but identity and what the server writes.
fn owned(object: &Value) -> Value {
    let mut object = object.clone();
    if let Value::Object(fields) = &mut object {
        fields.remove("apiVersion");
        fields.remove("kind");
        let metadata = fields.remove("metadata").unwrap_or_default();
        let mut kept = Map::new();
        for name in ["generateName", "labels", "annotations", "finalizers", "ownerReferences"] {
            if let Some(value) = metadata.get(name) {
                kept.insert(name.to_owned(), value.clone());
            }
        }
        if !kept.is_empty() {
            fields.insert("metadata".to_owned(), Value::Object(kept));
        }
    }
    object
}

/// Objects that are owned as one.
const WHOLE: [&str; 5] = ["roleRef", "selector", "namespaceSelector", "podSelector", "claimRef"];

fn leaves(value: &Value, field: &str, path: &mut Path, found: &mut BTreeSet<Path>) {
    match value {
        Value::Null => {}
        Value::Object(_) if WHOLE.contains(&field) => {
            found.insert(path.clone());
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (name, inner) in fields {
                path.push(format!("f:{name}"));
                leaves(inner, name, path, found);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| key_of(field, item).is_some()) => {
            for item in items {
                path.push(format!("k:{}", key_of(field, item).unwrap_or_default()));
                let within = if field == "ownerReferences" { &json!({}) } else { item };
                leaves(within, "", path, found);
                path.pop();
            }
        }
        _ => {
            found.insert(path.clone());
        }
    }
}

fn fields_of(object: &Value) -> BTreeSet<Path> {
    let (owned, mut found) = (owned(object), BTreeSet::new());
    if owned.as_object().is_some_and(|fields| !fields.is_empty()) {
        leaves(&owned, "", &mut Vec::new(), &mut found);
    }
    found
}

fn get<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    let (mut at, mut field) = (object, "");
    for step in path {
        at = match step.strip_prefix("f:") {
            Some(name) => {
                field = name;
                at.get(name)?
            }
            None => at.as_array()?.iter().find(|item| key_of(field, item).as_deref() == step.strip_prefix("k:"))?,
        };
    }
    Some(at)
}

/// Removes a field, and what is empty around it.
fn remove(object: &mut Value, field: &str, path: &[String]) {
    let Some((step, rest)) = path.split_first() else { return };
    if let (Some(name), Value::Object(fields)) = (step.strip_prefix("f:"), &mut *object) {
        if let Some(inner) = fields.get_mut(name) {
            remove(inner, name, rest);
            let empty = inner.as_object().is_some_and(Map::is_empty) || inner.as_array().is_some_and(Vec::is_empty);
            if rest.is_empty() || empty {
                fields.remove(name);
            }
        }
    } else if let Value::Array(items) = object {
        let key = step.strip_prefix("k:");
        for item in items.iter_mut().filter(|item| key_of(field, item).as_deref() == key) {
            remove(item, "", rest);
        }
        items.retain(|item| key_of(field, item).is_some() && item.as_object().is_some_and(|fields| !fields.is_empty()));
    }
}

fn tree(paths: &BTreeSet<Path>) -> Value {
    let mut root = json!({});
    for path in paths {
        let mut at = &mut root;
        for step in path {
            at = &mut at[step.as_str()];
            if at.is_null() {
                *at = json!({});
            }
        }
    }
    root
}

fn paths(tree: &Value, path: &mut Path, found: &mut BTreeSet<Path>) {
    match tree.as_object() {
        Some(steps) if !steps.is_empty() => {
            for (step, inner) in steps {
                path.push(step.clone());
                paths(inner, path, found);
                path.pop();
            }
        }
        _ => {
            found.insert(path.clone());
        }
    }
}

/// Who owns which fields.
struct Owner {
    manager: String,
    operation: String,
    fields: BTreeSet<Path>,
}

fn owners(object: &Value) -> Vec<Owner> {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .map(|entry| {
            let mut fields = BTreeSet::new();
            paths(&entry["fieldsV1"], &mut Vec::new(), &mut fields);
            Owner {
                manager: text(entry, "/manager").to_owned(),
                operation: text(entry, "/operation").to_owned(),
                fields,
            }
        })
        .collect()
}

fn write_owners(object: &mut Value, owners: &[Owner]) {
    let version = text(object, "/apiVersion").to_owned();
    let entries: Vec<_> = owners
        .iter()
        .filter(|owner| !owner.fields.is_empty())
        .map(|owner| {
            json!({"manager": owner.manager, "operation": owner.operation, "apiVersion": version, "time": super::now(0),
                "fieldsType": "FieldsV1", "fieldsV1": tree(&owner.fields)})
        })
        .collect();
    let metadata = map(object, "metadata");
    metadata.remove("managedFields");
    if !entries.is_empty() {
        metadata.insert("managedFields".to_owned(), json!(entries));
    }
}

/// Gives the fields that differ from `before` to a manager that created, updated or patched.
pub(crate) fn updated(before: Option<&Value>, object: &mut Value, manager: &str) {
    let mut owners = before.map(owners).unwrap_or_default();
    let (now, then) = (owned(object), before.map(owned));
    let changed = fields_of(object)
        .into_iter()
        .filter(|path| then.as_ref().and_then(|then| get(then, path)) != get(&now, path))
        .collect::<BTreeSet<_>>();
    let left = fields_of(object);
    for owner in &mut owners {
        owner.fields.retain(|path| left.contains(path) && !changed.contains(path));
    }
    match owners.iter_mut().find(|owner| owner.manager == manager && owner.operation == "Update") {
        Some(owner) => owner.fields.extend(changed),
        None => owners.push(Owner { manager: manager.to_owned(), operation: "Update".to_owned(), fields: changed }),
    }
    write_owners(object, &owners);
}

/// Applies `wanted` for a manager: the object as it is then, or who owns fields of other values.
pub(crate) fn apply(
    before: Option<&Value>,
    wanted: &Value,
    manager: &str,
    force: bool,
) -> Result<Value, Vec<(String, String)>> {
    let mut object = before.cloned().unwrap_or_else(|| json!({}));
    let mut owners = owners(&object);
    let (fields, values) = (fields_of(wanted), owned(wanted));
    let mut conflicts = Vec::new();
    for owner in &mut owners {
        if owner.manager == manager && owner.operation == "Apply" {
            continue;
        }
        let differing: Vec<_> = owner
            .fields
            .iter()
            .filter(|path| fields.contains(*path) && get(&object, path) != get(&values, path))
            .cloned()
            .collect();
        if force {
            owner.fields.retain(|path| !differing.contains(path));
        } else {
            let using = if owner.operation == "Apply" {
                String::new()
            } else {
                format!(" using {}", text(wanted, "/apiVersion"))
            };
            conflicts.extend(differing.iter().map(|path| (format!("\"{}\"{using}", owner.manager), display(path))));
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let own = owners.iter().position(|owner| owner.manager == manager && owner.operation == "Apply");
    let gone: Vec<_> = own
        .and_then(|at| owners.get(at))
        .into_iter()
        .flat_map(|owner| owner.fields.difference(&fields).cloned())
        .filter(|path| !owners.iter().enumerate().any(|(at, owner)| Some(at) != own && owner.fields.contains(path)))
        .collect();
    for path in gone {
        remove(&mut object, "", &path);
    }
    merge(&mut object, wanted, true);
    match own.and_then(|at| owners.get_mut(at)) {
        Some(owner) => owner.fields = fields,
        None => owners.push(Owner { manager: manager.to_owned(), operation: "Apply".to_owned(), fields }),
    }
    write_owners(&mut object, &owners);
    Ok(object)
}

/// As the real server writes a path: `.data.k`, `.spec.containers[name="a"].image`.
fn display(path: &[String]) -> String {
    path.iter()
        .map(|step| match (step.strip_prefix("f:"), step.strip_prefix("k:")) {
            (Some(name), _) => format!(".{name}"),
            (_, Some(key)) => {
                let key: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
                let listed: Vec<_> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("[{}]", listed.join(","))
            }
            _ => String::new(),
        })
        .collect()
}
