//! What values.schema.json says about keys: which it describes, and which decide what it demands of others.

use serde_json::Value;

/// Schemas inside schemas that are looked at.
const MAX_DEPTH: u32 = 40;

/// Whether a schema describes a path, or leaves it open.
pub(super) fn describes(root: &Value, path: &[&str]) -> bool {
    describes_in(root, root, path, 0)
}

fn describes_in(root: &Value, schema: &Value, path: &[&str], depth: u32) -> bool {
    let Some((key, rest)) = path.split_first() else { return true };
    if depth > MAX_DEPTH {
        return true;
    }
    let Some(object) = schema.as_object() else { return schema.as_bool().unwrap_or(false) && depth > 0 };
    if let Some(next) = object.get("properties").and_then(|properties| properties.get(key)) {
        return describes_in(root, next, rest, depth + 1);
    }
    if object.contains_key("patternProperties") || object.get("additionalProperties").is_some_and(Value::is_object) {
        return true;
    }
    let combined = ["allOf", "anyOf", "oneOf", "$ref"].iter().any(|name| object.contains_key(*name));
    if depth > 0 && !combined && !object.contains_key("properties") {
        return true;
    }
    if let Some(target) = object.get("$ref").and_then(Value::as_str) {
        let target = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.is_none_or(|target| describes_in(root, target, path, depth + 1));
    }
    ["allOf", "anyOf", "oneOf"]
        .iter()
        .filter_map(|name| object.get(*name)?.as_array())
        .flatten()
        .any(|schema| describes_in(root, schema, path, depth + 1))
}

/// Paths of properties that describe no properties of their own, as far as they stand in one piece.
pub(super) fn properties(root: &Value) -> Vec<Vec<String>> {
    fn leaves(schema: &Value, path: &mut Vec<String>, depth: u32, found: &mut Vec<Vec<String>>) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object).filter(|_| depth < MAX_DEPTH) else {
            if !path.is_empty() {
                found.push(path.clone());
            }
            return;
        };
        for (key, inner) in properties {
            path.push(key.clone());
            leaves(inner, path, depth + 1, found);
            path.pop();
        }
    }
    let mut found = Vec::new();
    leaves(root, &mut Vec::new(), 0, &mut found);
    found
}

/// Paths of properties that `if` and the dependency keywords ask for: setting them changes what is demanded.
pub(super) fn decisive(root: &Value) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    visit(root, &mut Vec::new(), false, 0, &mut found);
    found
}

fn visit(schema: &Value, path: &mut Vec<String>, decisive: bool, depth: u32, found: &mut Vec<Vec<String>>) {
    let Some(object) = schema.as_object().filter(|_| depth < MAX_DEPTH) else { return };
    for (name, value) in object {
        match name.as_str() {
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    path.push(key.clone());
                    if decisive {
                        found.push(path.clone());
                    }
                    visit(inner, path, decisive, depth + 1, found);
                    path.pop();
                }
            }
            "if" | "not" => visit(value, path, true, depth + 1, found),
            "then" | "else" => visit(value, path, decisive, depth + 1, found),
            "dependencies" | "dependentRequired" | "dependentSchemas" => {
                for key in value.as_object().into_iter().flatten().map(|(key, _)| key) {
                    path.push(key.clone());
                    found.push(path.clone());
                    path.pop();
                }
            }
            "allOf" | "anyOf" | "oneOf" => {
                value.as_array().into_iter().flatten().for_each(|inner| visit(inner, path, decisive, depth + 1, found));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn described_and_decisive_keys() {
        let schema = json!({
            "properties": {
                "a": {"properties": {"b": {"type": "string"}}},
                "free": {"additionalProperties": {"type": "string"}},
                "shared": {"$ref": "#/$defs/image"},
            },
            "$defs": {"image": {"properties": {"tag": {}}}},
            "if": {"properties": {"mode": {"const": "x"}}},
            "dependentRequired": {"cert": ["key"]},
        });
        for (path, wanted) in
            [("a.b", true), ("a.c", false), ("free.x", true), ("shared.tag", true), ("shared.no", false), ("z", false)]
        {
            assert_eq!(describes(&schema, &path.split('.').collect::<Vec<_>>()), wanted, "{path}");
        }
        assert_eq!(decisive(&schema), [vec!["mode".to_owned()], vec!["cert".to_owned()]]);
    }
}
