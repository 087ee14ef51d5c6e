//! Policies against objects: every element judged by itself, every violation with its place.
//!
//! An element that an expression cannot decide (a string where a mapping belongs) is a violation, as an admission policy
//! that fails closed has it.

use std::collections::{BTreeMap, HashSet};

use minijinja::{Environment, UndefinedBehavior, context};

use super::cel::{Env, EvalError, Value};
use super::element::{Element, locate};
use super::load::{Policies, Policy};
use super::model::PolicyFile;
use super::object::Object;
use super::pod::Pod;
use crate::limits::Limits;
use crate::yaml::node::{Data, Node};

/// What expressions see, in the order of the slots.
pub(super) const NAMES: [&str; 11] = [
    "object",
    "podSpec",
    "podMetadata",
    "serviceAccount",
    "kubernetes",
    "item",
    "key",
    "container",
    "containerRole",
    "index",
    "kind",
];
const ITEM: usize = 5;

/// A rule that an element of an object does not keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Index of the policy in [`Policies::policies`].
    pub policy: usize,
    /// Index of the object.
    pub object: usize,
    /// `spec.template.spec.containers[0].securityContext.runAsNonRoot`, whether the field is there or not.
    pub path: String,
    /// First byte of the node there, or of its nearest existing parent.
    pub node_start: u32,
    /// Behind its last byte.
    pub node_end: u32,
    /// Whether the field is not there.
    pub missing: bool,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Why it could not be decided, if that is what is wrong.
    pub undecided: Option<EvalError>,
}

/// Judges objects for a Kubernetes version (its minor number); at most one violation over [`Limits::findings`], by object, then
/// by policy.
#[must_use]
pub fn check(policies: &Policies, objects: &[Object<'_>], minor: u32, limits: &Limits) -> Vec<Violation> {
    let most = usize::try_from(limits.findings).unwrap_or(usize::MAX);
    let mut messages = Environment::empty();
    messages.set_undefined_behavior(UndefinedBehavior::Strict);
    let accounts: Vec<&Object<'_>> = objects.iter().filter(|object| object.kind == "ServiceAccount").collect();
    let kubernetes = Value::map([("minor", Value::Int(i64::from(minor)))]);
    let mut violations = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let pod = Pod::of(object);
        let account = pod.as_ref().and_then(|pod| account_of(pod, object, &accounts));
        let slots = vec![
            Value::from(object.node),
            fields(pod.as_ref().map(|pod| pod.spec)),
            fields(pod.as_ref().and_then(|pod| pod.metadata)),
            fields(account),
            kubernetes.clone(),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Str(object.kind),
        ];
        let mut judge = Judge { env: Env::new(slots), object, pod: pod.as_ref(), minor, limits };
        let from = violations.len();
        for (number, policy) in policies.policies.iter().enumerate() {
            judge.policy(policy, &mut |element, undecided| {
                if violations.len() <= most {
                    let (place, words) = (locate(element, &policy.locators), words(&messages, object, element, minor));
                    let message = match &undecided {
                        None => words.render(policy, &policy.file.message),
                        Some(error) => format!("{}: cannot be decided: {error}", policy.file.title),
                    };
                    let help = policy.file.help.as_deref().map(|help| words.render(policy, help));
                    violations.push(Violation {
                        policy: number,
                        object: index,
                        path: place.path,
                        node_start: place.start,
                        node_end: place.end,
                        missing: place.missing,
                        message,
                        help: help.or_else(|| {
                            policy.file.fix.as_ref().map(|fix| format!("set `{}: {}`", fix.set, fix.value))
                        }),
                        undecided,
                    });
                }
            });
        }
        drop_superseded(policies, &mut violations, from);
    }
    violations
}

/// The fields of a mapping that may be missing.
fn fields(node: Option<&Node>) -> Value<'_> {
    Value::Object(node.map(Node::entries).unwrap_or_default())
}

/// The service account that a pod runs as, if the release holds it.
fn account_of<'a>(pod: &Pod<'a>, object: &Object<'a>, accounts: &[&Object<'a>]) -> Option<&'a Node> {
    let named = ["serviceAccountName", "serviceAccount"].into_iter().filter_map(|key| pod.spec.get(key)?.as_str());
    let name = named.into_iter().find(|name| !name.is_empty()).unwrap_or("default");
    let found = accounts.iter().find(|account| account.name == name && account.namespace == object.namespace);
    found.map(|account| account.node)
}

/// One object before all policies.
struct Judge<'e, 'a> {
    env: Env<'a>,
    object: &'e Object<'a>,
    pod: Option<&'e Pod<'a>>,
    minor: u32,
    limits: &'e Limits,
}

impl<'a> Judge<'_, 'a> {
    fn policy(&mut self, policy: &'a Policy, violated: &mut dyn FnMut(Element<'_, 'a>, Option<EvalError>)) {
        let kinds = &policy.file.matches.kinds;
        if !(policy.range.contains(self.minor) && policy.profile_range.contains(self.minor))
            || !(kinds.is_empty() || kinds.iter().any(|kind| kind == self.object.kind))
        {
            return;
        }
        self.env.begin(&policy.definitions, self.limits.policy_steps);
        let Self { env, object, pod, .. } = self;
        for path in &policy.elements {
            if path.needs_pod() && pod.is_none() {
                continue;
            }
            path.visit(object, *pod, &mut |element| {
                let container = element.container;
                env.bind(
                    ITEM,
                    [
                        Value::from(element.node),
                        Value::Str(element.key),
                        container.map_or(Value::Null, |container| Value::from(container.node)),
                        Value::Str(container.map_or("", |container| container.role())),
                        Value::Int(element.index.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)),
                    ],
                );
                match judge(policy, env) {
                    Ok(true) => {}
                    Ok(false) => violated(element, None),
                    Err(error) => violated(element, Some(error)),
                }
            });
        }
    }
}

fn judge<'a>(policy: &'a Policy, env: &mut Env<'a>) -> Result<bool, EvalError> {
    if let Some(when) = &policy.when
        && !when.test(env)?
    {
        return Ok(true);
    }
    policy.expr.test(env)
}

/// What the templates of messages may name.
struct Words<'e> {
    messages: &'e Environment<'e>,
    context: minijinja::Value,
}

fn words<'e>(messages: &'e Environment<'e>, object: &Object<'_>, element: Element<'_, '_>, minor: u32) -> Words<'e> {
    let container = element.container.map(|container| {
        let text = |key| container.node.get(key).and_then(scalar);
        let name = text("name").unwrap_or_else(|| container.index.to_string());
        context! { name, image => text("image").unwrap_or_default(), role => container.role() }
    });
    let context = context! {
        kind => object.kind,
        name => shown(object.name),
        container,
        key => shown(element.key),
        item => item(element.node),
        kubernetes => format!("1.{minor}"),
    };
    Words { messages, context }
}

impl Words<'_> {
    /// A template's text; when it names what is not there, the policy's title.
    fn render(&self, policy: &Policy, template: &str) -> String {
        let text = self.messages.render_str(template, self.context.clone());
        text.unwrap_or_else(|error| format!("{} ({error})", policy.file.title))
    }
}

/// What messages say of the element: its text, or those of its fields.
fn item(node: &Node) -> minijinja::Value {
    if let Some(text) = scalar(node) {
        return text.into();
    }
    let fields = node.entries().iter().filter_map(|entry| Some((shown(&entry.key), scalar(&entry.value)?)));
    fields.collect::<BTreeMap<_, _>>().into()
}

fn scalar(node: &Node) -> Option<String> {
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

/// Drops what another policy says better about the same place of the same object, or about a place inside of it.
fn drop_superseded(policies: &Policies, violations: &mut Vec<Violation>, from: usize) {
    let file = |violation: &Violation| policies.policies.get(violation.policy).map(|policy| &policy.file);
    let mut said = HashSet::new();
    for violation in violations.get(from..).unwrap_or_default() {
        let path = &violation.path;
        for id in file(violation).map(|file| &*file.supersedes).unwrap_or_default() {
            let ends = path.match_indices(['.', '[']).map(|(at, _)| at).chain([path.len()]);
            said.extend(ends.map(|end| (id.as_str(), path[..end].to_owned())));
        }
    }
    if said.is_empty() {
        return;
    }
    let mut index = 0;
    violations.retain(|violation| {
        index += 1;
        let better = |file: &PolicyFile| said.contains(&(file.id.as_str(), violation.path.clone()));
        index <= from || !file(violation).is_some_and(better)
    });
}
