//! values.schema.json from its blueprint in YAML and the comments of values.yaml.

use serde_json::{Map, Value};

use super::values::Documented;

/// One row of a table of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// `tenants[].targets[].pod`.
    pub(super) key: String,
    pub(super) meaning: String,
    /// As JSON; empty for what has no default of its own.
    pub(super) default: String,
}

/// The schema as JSON; every explained key has its description, and is an error when the schema does not know it.
pub(super) fn complete(blueprint: &str, documented: &[Documented]) -> Result<String, String> {
    let mut schema: Value = serde_yaml::from_str(blueprint).map_err(|error| error.to_string())?;
    for Documented { path, meaning, .. } in documented {
        let node = path.iter().try_fold(&mut schema, |node, key| node.get_mut("properties")?.get_mut(key));
        let node =
            node.and_then(Value::as_object_mut).ok_or_else(|| format!("`{}` is not in the schema", path.join(".")))?;
        let mut completed: Map<String, Value> =
            [("description".to_owned(), Value::from(meaning.as_str()))].into_iter().collect();
        completed.extend(std::mem::take(node));
        *node = completed;
    }
    let text = serde_json::to_string_pretty(&schema).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

/// What there is to set: the explained keys, and behind each the fields of the items of its list.
pub(super) fn rows(schema: &str, documented: &[Documented]) -> Result<Vec<Row>, String> {
    let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    for Documented { path, meaning, default } in documented {
        let key = path.join(".");
        rows.push(Row { key: key.clone(), meaning: meaning.clone(), default: default.clone() });
        let node = path.iter().try_fold(&schema, |node, key| node.get("properties")?.get(key));
        let explained = |other: &Documented| other.path.starts_with(path) && other.path.len() > path.len();
        if let Some(node) = node.filter(|_| !documented.iter().any(explained)) {
            fields(node, &key, &mut rows);
        }
    }
    Ok(rows)
}

/// Fields that no values.yaml shows: those with a description below a list or a mapping.
fn fields(node: &Value, key: &str, rows: &mut Vec<Row>) {
    let (inside, key) = match node.get("items") {
        Some(items) => (items, format!("{key}[]")),
        None => (node, key.to_owned()),
    };
    for (name, field) in inside.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let key = format!("{key}.{name}");
        if let Some(meaning) = field.get("description").and_then(Value::as_str) {
            rows.push(Row { key: key.clone(), meaning: meaning.to_owned(), default: String::new() });
        }
        fields(field, &key, rows);
    }
}

#[cfg(test)]
mod tests {
    use super::super::values;
    use super::*;

    #[test]
    fn meanings_come_from_comments_and_list_fields_from_the_schema() {
        let documented = values::read("# -- The tenants.\ntenants: []\n").unwrap();
        let blueprint = "properties:\n  tenants:\n    items:\n      properties:\n        name: {description: Its name., type: string}\n";
        let schema = complete(blueprint, &documented).unwrap();
        let parsed: Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(parsed["properties"]["tenants"]["description"], "The tenants.");
        let row = |key: &str, meaning: &str, default: &str| Row {
            key: key.into(),
            meaning: meaning.into(),
            default: default.into(),
        };
        let expected = [row("tenants", "The tenants.", "[]"), row("tenants[].name", "Its name.", "")];
        assert_eq!(rows(&schema, &documented).unwrap(), expected);
        assert_eq!(complete("properties: {}", &documented), Err("`tenants` is not in the schema".into()));
    }
}
