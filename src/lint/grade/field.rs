//! The path of a field in an object: `spec.containers[0].securityContext`, taken apart.

use crate::yaml::node::Node;

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Index(usize),
}

/// A path; the steps from `element` on are those that a policy speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) steps: Vec<Step>,
    pub(super) element: usize,
}

impl Field {
    /// Reads the path of an element and that of a field below it.
    pub(super) fn parse(element: &str, below: &str) -> Option<Self> {
        let mut steps = steps(element)?;
        let at = steps.len();
        steps.extend(below.split('.').filter(|name| !name.is_empty()).map(|name| Step::Name(name.to_owned())));
        Some(Self { steps, element: at })
    }

    /// The names below the element.
    pub(super) fn names(&self) -> Vec<&str> {
        let below = self.steps.get(self.element..).unwrap_or_default();
        below.iter().filter_map(|step| if let Step::Name(name) = step { Some(&**name) } else { None }).collect()
    }

    /// The same field of the pod, for one of a container.
    pub(super) fn of_pod(&self) -> Option<Self> {
        let (pod, container) = self.steps.get(..self.element)?.split_at_checked(self.element.checked_sub(2)?)?;
        matches!(container, [Step::Name(list), Step::Index(_)] if list.to_lowercase().ends_with("containers"))
            .then_some(())?;
        let below = self.steps.get(self.element..)?;
        Some(Self { steps: [pod, below].concat(), element: pod.len() })
    }

    /// The node there.
    pub(super) fn find<'n>(&self, root: &'n Node) -> Option<&'n Node> {
        let (node, walked) = self.nearest(root);
        (walked == self.steps.len()).then_some(node)
    }

    /// The node there, or the nearest one above it, and how many steps lead to it.
    pub(super) fn nearest<'n>(&self, root: &'n Node) -> (&'n Node, usize) {
        self.walk(root, self.steps.len())
    }

    /// The node behind some of the steps, as far as there is one.
    pub(super) fn walk<'n>(&self, root: &'n Node, most: usize) -> (&'n Node, usize) {
        let mut node = root;
        for (walked, step) in self.steps.iter().take(most).enumerate() {
            let next = match step {
                Step::Name(name) => node.get(name),
                Step::Index(index) => node.items().get(*index),
            };
            match next {
                Some(next) => node = next,
                None => return (node, walked),
            }
        }
        (node, most.min(self.steps.len()))
    }
}

/// `a.b[0]["c.d"]`.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (step, behind) = match inner.strip_prefix('"') {
                Some(quoted) => quoted.split_once("\"]").map(|(name, behind)| (Step::Name(name.to_owned()), behind))?,
                None => inner
                    .split_once(']')
                    .and_then(|(index, behind)| Some((Step::Index(index.parse().ok()?), behind)))?,
            };
            steps.push(step);
            rest = behind.strip_prefix('.').unwrap_or(behind);
            continue;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        steps.push(Step::Name(name.to_owned()));
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let field = Field::parse("spec.containers[1]", "securityContext.runAsUser").unwrap();
        assert_eq!((field.steps.len(), field.element), (5, 3));
        assert_eq!(field.names(), ["securityContext", "runAsUser"]);
        let name = |name: &str| Step::Name(name.into());
        assert_eq!(steps("a[\"b.c/d\"].e[0]").unwrap(), [name("a"), name("b.c/d"), name("e"), Step::Index(0)]);
        assert_eq!(steps("a[x]"), None);
        let pod = field.of_pod().unwrap();
        assert_eq!(pod, Field::parse("spec", "securityContext.runAsUser").unwrap());
        assert_eq!(pod.of_pod(), None);
    }
}
