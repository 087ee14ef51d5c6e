//! The way out that a chart already has: a key that names a Secret made elsewhere.

use super::words::words;
use crate::yaml::node::{Data, Node};

/// The key of this chart that takes the name of an existing Secret in the place of the credential at `path` (keys from the
/// root): the nearest one, in the mapping that holds it or in one further out.
#[must_use]
pub fn remedy(root: &Node, path: &[&str]) -> Option<String> {
    let mut around = vec![root];
    for key in path {
        around.extend(around.last().and_then(|node| node.get(key)));
    }
    (0..path.len()).rev().find_map(|depth| {
        let entries = around.get(depth)?.entries();
        let fits = |key: &str, node: &Node| takes_a_secret(key) && matches!(node.data, Data::String(_) | Data::Null);
        let mut known: Vec<&str> =
            entries.iter().filter(|entry| fits(&entry.key, &entry.value)).map(|entry| &*entry.key).collect();
        let own = words(path.last().copied().unwrap_or_default());
        let likeness = |key: &str| words(key).iter().filter(|word| own.contains(word)).count();
        known.sort_by_key(|key| std::cmp::Reverse(likeness(key)));
        let key = known.first()?;
        Some(path.get(..depth)?.iter().chain([key]).copied().collect::<Vec<_>>().join("."))
    })
}

/// `existingSecret`, `existingSecretName`, `secretRef`, `passwordSecretName`; not the names of keys in a Secret.
fn takes_a_secret(key: &str) -> bool {
    let words = words(key);
    let last = words.last().map_or("", String::as_str);
    let secret = words.iter().any(|word| word == "secret");
    secret
        && (words.first().is_some_and(|word| word == "existing") && matches!(last, "secret" | "name" | "ref")
            || matches!(last, "ref"))
        || secret && last == "name" && !words.iter().any(|word| word == "tls" || word == "pull" || word == "cert")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn of(values: &str, path: &str) -> Option<String> {
        let root = crate::yaml::read(values.as_bytes(), &Limits::default()).unwrap().unwrap();
        remedy(&root, &path.split('.').collect::<Vec<_>>())
    }

    #[test]
    fn the_nearest_key_that_names_a_secret() {
        let values = "existingSecret: ''\nauth: {password: x, existingSecret: '', existingSecretPasswordKey: ''}\n\
                      db: {user: {password: y}}\ntls: {secretName: a, key: k}\n";
        assert_eq!(of(values, "auth.password").unwrap(), "auth.existingSecret");
        assert_eq!(of(values, "db.user.password").unwrap(), "existingSecret");
        assert_eq!(of("a: {password: x}\n", "a.password"), None);
        assert_eq!(
            of("smtp: {password: x, passwordSecretName: ''}\n", "smtp.password").unwrap(),
            "smtp.passwordSecretName"
        );
    }
}
