//! Hooks: documents with the annotation `helm.sh/hook`.

/// Moments at which Helm runs hooks, in the words of the annotation.
const EVENTS: [&str; 9] = [
    "pre-install",
    "post-install",
    "pre-delete",
    "post-delete",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "test",
];

/// What the hook annotations of a document say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// Events, normalised (`test-success` is `test`).
    pub events: Vec<&'static str>,
    /// `helm.sh/hook-weight`; 0 when absent or not a number.
    pub weight: i64,
    /// `helm.sh/hook-delete-policy`.
    pub delete_policies: Vec<String>,
}

impl Hook {
    /// Whether the hook is a test.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.events.contains(&"test")
    }

    /// Reads the annotations. `Err` names an unknown event: Helm drops such a document.
    ///
    /// # Errors
    /// The first event that Helm does not know.
    pub fn read(hook: &str, weight: Option<&str>, delete_policy: Option<&str>) -> Result<Self, String> {
        let mut events = Vec::new();
        for word in hook.split(',') {
            let word = word.trim().to_lowercase();
            let name = if word == "test-success" { "test" } else { &word };
            let known = EVENTS.iter().find(|event| **event == name);
            events.push(*known.ok_or_else(|| word.clone())?);
        }
        let policies = delete_policy.into_iter().flat_map(|list| list.split(','));
        Ok(Self {
            events,
            weight: weight.and_then(|weight| weight.parse().ok()).unwrap_or(0),
            delete_policies: policies.map(|policy| policy.trim().to_lowercase()).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_trimmed_and_lower_cased() {
        let hook =
            Hook::read(" Pre-Install, test-success", Some("-5"), Some("hook-succeeded, before-hook-creation")).unwrap();
        assert_eq!(hook.events, ["pre-install", "test"]);
        assert_eq!((hook.weight, hook.delete_policies.len()), (-5, 2));
        assert_eq!(Hook::read("crd-install", None, None), Err("crd-install".to_owned()));
    }
}
