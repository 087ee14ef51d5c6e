//! Before and after: the two examples of a policy that differ least.

use serde_json::Value;

use crate::policy::{Example, Examples};

/// The smallest failing example and the passing one nearest to it, as YAML.
pub(super) fn of(examples: &Examples) -> (String, String) {
    // What depends on a version, on registries or on other objects takes longer to explain.
    let by_size = |example: &&Example| (is_special(example), example.others.len(), yaml(example).len());
    let Some(before) = examples.fail.iter().min_by_key(by_size) else { return Default::default() };
    let text = yaml(before);
    let distance = |example: &&Example| (is_special(example), distance(&text, &yaml(example)));
    let after = examples.pass.iter().filter(|example| yaml(example) != text).min_by_key(distance);
    let after = after.map(yaml).unwrap_or_default();
    (text, after)
}

/// Whether an example is judged in a setting of its own.
fn is_special(example: &Example) -> bool {
    example.kubernetes.is_some() || !example.registries.is_empty()
}

/// The objects of an example, or the files of its chart.
fn yaml(example: &Example) -> String {
    let files = example.files.iter().map(|(name, text)| format!("# {name}\n{}\n", text.trim_end()));
    let objects = std::iter::once(&example.object).chain(&example.others).filter(|object| !object.is_null());
    let objects: Vec<String> = objects.map(written).collect();
    files.chain((!objects.is_empty()).then(|| objects.join("---\n"))).collect()
}

fn written(value: &Value) -> String {
    serde_yaml::to_string(value).unwrap_or_default()
}

/// A value below the keys of a path: `a.b` and 1 are `a:` with `b: 1` in it.
pub(super) fn nested(path: &str, value: &Value) -> String {
    let outer = path
        .rsplit('.')
        .fold(value.clone(), |inner, key| Value::Object([(key.to_owned(), inner)].into_iter().collect()));
    written(&outer)
}

/// Lines that only one of two texts has.
fn distance(a: &str, b: &str) -> usize {
    let mut rest: Vec<&str> = b.lines().collect();
    let only = a.lines().filter(|line| match rest.iter().position(|other| other == line) {
        Some(at) => {
            rest.swap_remove(at);
            false
        }
        None => true,
    });
    only.count() + rest.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example(object: Value) -> Example {
        Example { object, ..Example::default() }
    }

    #[test]
    fn the_pair_that_differs_least_is_chosen() {
        let big = example(json!({"kind": "Deployment", "spec": {"template": {"a": true}}}));
        let old = Example { kubernetes: Some("1.2".into()), ..example(json!({"a": 1})) };
        let examples = Examples {
            fail: vec![big, old, example(json!({"kind": "Pod", "a": true}))],
            pass: vec![example(json!({"kind": "Node"})), example(json!({"kind": "Pod", "a": false}))],
        };
        assert_eq!(of(&examples), ("kind: Pod\na: true\n".into(), "kind: Pod\na: false\n".into()));
    }

    #[test]
    fn snippets_are_nested() {
        assert_eq!(nested("a.b", &json!(["ALL"])), "a:\n  b:\n  - ALL\n");
    }
}
