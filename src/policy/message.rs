//! What violations say: the minijinja templates of a policy, filled with words about the place.

use std::cell::RefCell;
use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::compile::Policy;
use super::element::Element;
use super::joined::Hit;
use super::object::Object;
use super::pod::Container;
use crate::yaml::node::{Data, Node};

/// Renders messages and helps for one Kubernetes version.
#[derive(Debug)]
pub(super) struct Messages {
    environment: Option<RefCell<Environment<'static>>>,
    minor: u32,
}

/// A message, and what to do.
type Words = (String, Option<String>);

impl Messages {
    pub(super) fn new(minor: u32) -> Self {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        Self { environment: Some(RefCell::new(environment)), minor }
    }

    /// Says nothing.
    pub(super) fn none() -> Self {
        Self { environment: None, minor: 0 }
    }

    /// What a policy says of an element.
    pub(super) fn of_element(&self, policy: &Policy, object: &Object<'_>, element: Element<'_, '_>) -> Words {
        if self.environment.is_none() {
            return Words::default();
        }
        let base = self.base(object, element.container);
        self.render(policy, &context! { key => shown(element.key), item => item(element.node), ..base })
    }

    /// What a policy says of a hit of its predicate.
    pub(super) fn of_hit(&self, policy: &Policy, object: &Object<'_>, hit: &Hit<'_>) -> Words {
        if self.environment.is_none() {
            return Words::default();
        }
        let base = self.base(object, hit.container);
        self.render(policy, &context! { ..words(&hit.words), ..base })
    }

    fn base(&self, object: &Object<'_>, container: Option<Container<'_>>) -> Value {
        let container = container.map(|container| {
            let text = |key| container.node.get(key).and_then(scalar);
            let name = text("name").unwrap_or_else(|| container.index.to_string());
            context! { name, image => text("image").unwrap_or_default(), role => container.role() }
        });
        let kubernetes = format!("1.{}", self.minor);
        context! { kind => object.kind, name => shown(object.name), container, kubernetes }
    }

    /// Both texts; the policy's title where a template names what is not there.
    fn render(&self, policy: &Policy, context: &Value) -> Words {
        let Some(environment) = &self.environment else { return Words::default() };
        let text = |part: &str, template: &str| {
            let name = format!("{}.{part}", policy.file.id);
            let text = rendered(environment, &name, template, context);
            text.unwrap_or_else(|error| format!("{} ({error})", policy.file.title))
        };
        (text("message", &policy.file.message), policy.file.help.as_deref().map(|help| text("help", help)))
    }
}

/// A template, compiled when it is first asked for.
fn rendered(
    environment: &RefCell<Environment<'static>>,
    name: &str,
    template: &str,
    context: &Value,
) -> Result<String, minijinja::Error> {
    if let Ok(known) = environment.borrow().get_template(name) {
        return known.render(context);
    }
    environment.borrow_mut().add_template_owned(name.to_owned(), template.to_owned())?;
    environment.borrow().get_template(name)?.render(context)
}

/// What a policy about charts says: its message and its help, with the words that its predicate gave.
#[must_use]
pub fn message(policy: &Policy, minor: u32, given: &[(&'static str, String)]) -> (String, Option<String>) {
    let kubernetes = format!("1.{minor}");
    Messages::new(minor).render(policy, &context! { kubernetes, ..words(given) })
}

fn words(given: &[(&'static str, String)]) -> Value {
    given.iter().map(|(name, text)| (*name, shown(text))).collect::<BTreeMap<_, _>>().into()
}

/// What messages say of the element: its text, or those of its fields, lists of texts among them.
fn item(node: &Node) -> Value {
    if let Some(text) = scalar(node) {
        return text.into();
    }
    let text = |node| scalar(node).or_else(|| listed(node));
    let fields = node.entries().iter().filter_map(|entry| Some((shown(&entry.key), text(&entry.value)?)));
    fields.collect::<BTreeMap<_, _>>().into()
}

/// The texts of a list, the empty one as `""`.
fn listed(node: &Node) -> Option<String> {
    let quoted = |text: String| if text.is_empty() { "\"\"".to_owned() } else { text };
    let texts = node.items().iter().map(|item| scalar(item).map(quoted)).collect::<Option<Vec<_>>>()?;
    (!texts.is_empty()).then(|| shown(&texts.join(", ")))
}

/// The text of a scalar, short enough for a message.
pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.data {
        Data::Bool(value) => Some(value.to_string()),
        Data::Int(value) => Some(value.to_string()),
        Data::Uint(value) => Some(value.to_string()),
        Data::Float(value) => Some(value.to_string()),
        Data::String(text) => Some(shown(text)),
        Data::Null | Data::List(_) | Data::Map(_) => None,
    }
}

/// A text of the chart, short enough for a message.
fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
