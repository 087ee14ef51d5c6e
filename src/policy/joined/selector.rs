//! Label selectors with the semantics of the API server.

use crate::yaml::node::{Entry, Node};

/// Labels that controllers give to pods: no template has them.
const OF_CONTROLLERS: [&str; 9] = [
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// What labels must be for an object to be selected. Without any demand it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector<'a> {
    /// Keys and the values that they must have.
    pub labels: Vec<(&'a str, &'a str)>,
    expressions: Vec<Expression<'a>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Expression<'a> {
    key: &'a str,
    operator: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Selector<'a> {
    /// A `LabelSelector`: `matchLabels` and `matchExpressions`.
    #[must_use]
    pub(super) fn of(node: &'a Node) -> Self {
        let expressions = node.get("matchExpressions").map(Node::items).unwrap_or_default().iter();
        let expressions = expressions.map(|expression| {
            let text = |key| expression.get(key).and_then(Node::as_str).unwrap_or_default();
            let values = expression.get("values").map(Node::items).unwrap_or_default();
            Expression {
                key: text("key"),
                operator: text("operator"),
                values: values.iter().filter_map(Node::as_str).collect(),
            }
        });
        let labels = node.get("matchLabels").map(Self::equalities).unwrap_or_default().labels;
        Self { labels, expressions: expressions.collect() }
    }

    /// The plain labels of a Service or a ReplicationController.
    #[must_use]
    pub(super) fn equalities(node: &'a Node) -> Self {
        // A value that is no text equals none.
        let label = |entry: &'a Entry| (&*entry.key, entry.value.as_str().unwrap_or("\0"));
        Self { labels: node.entries().iter().map(label).collect(), expressions: Vec::new() }
    }

    /// Whether it demands nothing.
    #[must_use]
    pub(super) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// The labels that templates can meet, those of controllers left out.
    pub(super) fn demands(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.labels.iter().copied().filter(|(key, _)| !OF_CONTROLLERS.contains(key))
    }

    /// How many comparisons a match takes.
    #[must_use]
    pub(super) fn size(&self) -> usize {
        self.labels.len() + self.expressions.iter().map(|expression| 1 + expression.values.len()).sum::<usize>()
    }

    /// The keys that it speaks of.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.labels.iter().map(|(key, _)| *key).chain(self.expressions.iter().map(|expression| expression.key))
    }

    /// Whether labels meet every demand.
    #[must_use]
    pub(super) fn matches(&self, labels: &[Entry]) -> bool {
        let value =
            |key: &str| labels.iter().rev().find(|entry| &*entry.key == key).and_then(|entry| entry.value.as_str());
        self.demands().all(|(key, wanted)| value(key) == Some(wanted))
            && self.expressions.iter().all(|expression| {
                let found = value(expression.key);
                let listed = found.is_some_and(|found| expression.values.contains(&found));
                match expression.operator {
                    _ if OF_CONTROLLERS.contains(&expression.key) => true,
                    "In" => listed,
                    "NotIn" => !listed,
                    "Exists" => found.is_some(),
                    "DoesNotExist" => found.is_none(),
                    _ => false,
                }
            })
    }

    /// `app=web,tier`, as `kubectl` writes selectors.
    #[must_use]
    pub(super) fn shown(&self) -> String {
        let labels = self.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let expressions = self.expressions.iter().map(|expression| {
            let Expression { key, operator, values } = expression;
            let values = values.join(",");
            match *operator {
                "In" => format!("{key} in ({values})"),
                "NotIn" => format!("{key} notin ({values})"),
                "DoesNotExist" => format!("!{key}"),
                _ => (*key).to_owned(),
            }
        });
        labels.chain(expressions).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    #[test]
    fn selectors_match_as_in_the_api_server() {
        let read = |text: &str| crate::yaml::read(text.as_bytes(), &Limits::default()).unwrap().unwrap();
        let labels = read("{app: web, tier: front, number: 1}");
        let table = [
            ("{}", true),
            ("{matchLabels: {app: web}}", true),
            ("{matchLabels: {app: web, tier: back}}", false),
            ("{matchLabels: {number: 1}}", false),
            ("{matchExpressions: [{key: app, operator: In, values: [db, web]}]}", true),
            ("{matchExpressions: [{key: app, operator: In, values: []}]}", false),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", false),
            ("{matchExpressions: [{key: zone, operator: NotIn, values: [web]}]}", true),
            ("{matchExpressions: [{key: tier, operator: Exists}]}", true),
            ("{matchExpressions: [{key: zone, operator: Exists}]}", false),
            ("{matchExpressions: [{key: zone, operator: DoesNotExist}]}", true),
            ("{matchLabels: {app: web}, matchExpressions: [{key: tier, operator: DoesNotExist}]}", false),
            ("{matchExpressions: [{key: tier, operator: Near}]}", false),
            ("{matchLabels: {app: web, statefulset.kubernetes.io/pod-name: web-0}}", true),
            ("{matchLabels: {app: db, statefulset.kubernetes.io/pod-name: db-0}}", false),
            ("{matchExpressions: [{key: job-name, operator: Exists}]}", true),
        ];
        for (text, wanted) in table {
            let node = read(text);
            assert_eq!(Selector::of(&node).matches(labels.entries()), wanted, "{text}");
        }
        let node = read("{matchLabels: {a: b}, matchExpressions: [{key: c, operator: NotIn, values: [d, e]}]}");
        assert_eq!(Selector::of(&node).shown(), "a=b,c notin (d,e)");
        assert!(Selector::of(&read("{}")).is_empty());
    }
}
