//! Policies against objects: every element judged by itself, all objects of a release together, every violation with its place.
//!
//! An element that an expression cannot decide (a string where a mapping belongs) is a violation, as an admission policy
//! that fails closed has it.

use std::collections::HashSet;

use super::cel::{Env, EvalError, Value};
use super::compile::{Decision, Elements, Policy};
use super::element::{Element, Place, locate, place, place_of_key};
use super::expressions::Expressions;
use super::joined::{Hits, Release};
use super::load::Policies;
use super::memory::{Judged, Memory};
use super::message::Messages;
use super::model::PolicyFile;
use super::object::Object;
use super::pod::Pod;
use crate::limits::Limits;
use crate::yaml::node::Node;
use crate::yaml::path::written;

/// The first of the slots that are bound for each element.
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
    /// Whether the bytes are those of another field, which made it wrong.
    pub elsewhere: bool,
    /// Other objects with the same cause: their indices, and the paths in them.
    pub also: Vec<(usize, String)>,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Why it could not be decided, if that is what is wrong.
    pub undecided: Option<String>,
}

impl Violation {
    fn new(numbers: (usize, usize), policy: &Policy, place: Place, words: (String, Option<String>)) -> Self {
        let (message, help) = words;
        let fix = || policy.file.fix.as_ref().map(|fix| format!("set `{}: {}`", fix.set, fix.value));
        Self {
            policy: numbers.0,
            object: numbers.1,
            path: place.path,
            node_start: place.start,
            node_end: place.end,
            missing: place.missing,
            elsewhere: place.elsewhere,
            also: Vec::new(),
            message,
            help: help.or_else(fix),
            undecided: None,
        }
    }

    fn undecided(self, policy: &Policy, reason: Option<String>) -> Self {
        let Some(reason) = reason else { return self };
        let message = format!("{}: cannot be decided: {reason}", policy.file.title);
        Self { message, undecided: Some(reason), ..self }
    }
}

/// What objects are judged for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting<'a> {
    /// The minor number of the Kubernetes version.
    pub minor: u32,
    /// Where objects go that name no namespace.
    pub namespace: &'a str,
    /// Whether they are the release of a chart, not objects of a manifest file.
    pub chart: bool,
    /// Whether violations say what is wrong; without it their messages are empty.
    pub messages: bool,
    /// Registries that images may come from, besides the public ones.
    pub registries: &'a [String],
}

impl<'a> Setting<'a> {
    /// Where an object goes.
    #[must_use]
    pub fn namespace(&self, object: &Object<'a>) -> &'a str {
        object.namespace.filter(|name| !name.is_empty()).unwrap_or(self.namespace)
    }
}

/// Judges the objects of one render; at most one violation over [`Limits::findings`], by object, then by policy.
#[must_use]
pub fn check(policies: &Policies, objects: &[Object<'_>], setting: Setting<'_>, limits: &Limits) -> Vec<Violation> {
    let texts = vec![&[][..]; objects.len()];
    check_again(policies, objects, &texts, setting, limits, &mut Memory::new(0))
}

/// The same for one of several renders, with the text of each object's document: an object that was judged in another render
/// is not judged again. All calls with one memory have the same policies, limits and, but for messages, setting.
#[must_use]
pub fn check_again(
    policies: &Policies,
    objects: &[Object<'_>],
    texts: &[&[u8]],
    setting: Setting<'_>,
    limits: &Limits,
    memory: &mut Memory,
) -> Vec<Violation> {
    let most = usize::try_from(limits.findings).unwrap_or(usize::MAX);
    let messages = if setting.messages { Messages::new(setting.minor) } else { Messages::none() };
    let mut joined = joined(policies, objects, setting, &messages, limits).into_iter().peekable();
    let accounts: Vec<usize> = (0..objects.len()).filter(|index| objects[*index].kind == "ServiceAccount").collect();
    let kubernetes = Value::map([("minor", Value::Int(i64::from(setting.minor)))]);
    let registries = Value::list(setting.registries.iter().map(|registry| Value::Str(registry)).collect());
    let mut violations = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        if violations.len() > most {
            break;
        }
        let pod = Pod::of(object);
        let account = pod.as_ref().and_then(|pod| account_of(pod, object, objects, &accounts, setting));
        let place = |index: usize| {
            let node = objects[index].node;
            (texts.get(index).copied().unwrap_or_default(), node.start, node.end)
        };
        let judged = Judged { object: place(index), account: account.map(place), messages: setting.messages };
        let own = memory.judge(judged, || {
            let slots = vec![
                Value::from(object.node),
                fields(pod.as_ref().map(|pod| pod.spec)),
                fields(pod.as_ref().and_then(|pod| pod.metadata)),
                fields(account.map(|account| objects[account].node)),
                kubernetes.clone(),
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Str(object.kind),
                Value::Str(if setting.chart { setting.namespace } else { "" }),
                registries.clone(),
                Value::Bool(pod.as_ref().is_some_and(|pod| is_for_windows(pod, policies.admission, setting.minor))),
            ];
            let judge = Judge { env: Env::new(slots), object, pod: pod.as_ref(), limits };
            judge.all(policies, setting.minor, &messages, most)
        });
        let from = violations.len();
        for violation in own {
            let before = |joined: &Violation| joined.object == index && joined.policy < violation.policy;
            while let Some(violation) = joined.next_if(before) {
                violations.push(violation);
            }
            violations.push(Violation { object: index, ..violation });
        }
        while let Some(violation) = joined.next_if(|joined| joined.object == index) {
            violations.push(violation);
        }
        violations.truncate(most.saturating_add(1));
        drop_superseded(policies, &mut violations, from);
    }
    violations
}

/// The violations of all policies about releases, by object, then by policy.
fn joined(
    policies: &Policies,
    objects: &[Object<'_>],
    setting: Setting<'_>,
    messages: &Messages,
    limits: &Limits,
) -> Vec<Violation> {
    let release = Release::new(objects, setting, limits);
    let mut violations = Vec::new();
    for (number, policy) in policies.policies.iter().enumerate() {
        let Decision::Joined(predicate) = &policy.decision else { continue };
        if objects.is_empty() || !policy.is_for(setting.minor) {
            continue;
        }
        release.begin();
        let mut hits = Hits::new(limits.findings);
        let failed = predicate(&release, &mut hits).err().map(|exceeded| exceeded.to_string());
        for hit in hits.found {
            let Some(object) = objects.get(hit.object) else { continue };
            let words = messages.of_hit(policy, object, &hit);
            let place = if hit.at_key { place_of_key(object.node, &hit.path) } else { place(object.node, &hit.path) };
            let violation = Violation::new((number, hit.object), policy, place, words);
            let also = hit.also.iter().map(|(object, path)| (*object, written(path)));
            violations.push(Violation { also: also.collect(), ..violation });
        }
        if let Some(object) = objects.first().filter(|_| failed.is_some()) {
            let words = (String::new(), None);
            violations
                .push(Violation::new((number, 0), policy, place(object.node, &[]), words).undecided(policy, failed));
        }
    }
    violations.sort_by_key(|violation| (violation.object, violation.policy));
    violations
}

/// The fields of a mapping that may be missing.
fn fields(node: Option<&Node>) -> Value<'_> {
    Value::Object(node.map(Node::entries).unwrap_or_default())
}

/// Whether a pod is for nodes of Windows. Pod Security admission believes `spec.os.name`, since 1.25, and nothing else.
fn is_for_windows(pod: &Pod<'_>, admission: bool, minor: u32) -> bool {
    match pod.spec.at(&["os", "name"]).and_then(Node::as_str) {
        Some(name) => name == "windows" && (!admission || minor >= 25),
        None => !admission && pod.selects_windows(),
    }
}

/// The service account that a pod runs as, if the release holds it.
fn account_of(
    pod: &Pod<'_>,
    object: &Object<'_>,
    objects: &[Object<'_>],
    accounts: &[usize],
    setting: Setting<'_>,
) -> Option<usize> {
    let named = ["serviceAccountName", "serviceAccount"].into_iter().filter_map(|key| pod.spec.get(key)?.as_str());
    let name = named.into_iter().find(|name| !name.is_empty()).unwrap_or("default");
    let namespace = setting.namespace(object);
    let is = |account: &Object<'_>| account.name == name && setting.namespace(account) == namespace;
    accounts.iter().copied().find(|account| objects.get(*account).is_some_and(is))
}

/// One object before all policies.
struct Judge<'e, 'a> {
    env: Env<'a>,
    object: &'e Object<'a>,
    pod: Option<&'e Pod<'a>>,
    limits: &'e Limits,
}

impl<'a> Judge<'_, 'a> {
    /// What it violates by itself, by policy.
    fn all(mut self, policies: &'a Policies, minor: u32, messages: &Messages, most: usize) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (number, policy) in policies.policies.iter().enumerate() {
            let Decision::Elements(elements) = &policy.decision else { continue };
            if !policy.is_for(minor) || violations.len() > most {
                continue;
            }
            let object = self.object;
            self.policy(policy, elements, &mut |element, undecided| {
                if violations.len() <= most {
                    let place = locate(element, &elements.locators, elements.show.as_ref());
                    let words = messages.of_element(policy, object, element);
                    violations.push(
                        Violation::new((number, 0), policy, place, words)
                            .undecided(policy, undecided.map(|error| error.to_string())),
                    );
                }
            });
        }
        violations
    }

    fn policy(
        &mut self,
        policy: &'a Policy,
        elements: &'a Elements,
        violated: &mut dyn FnMut(Element<'_, 'a>, Option<EvalError>),
    ) {
        let kinds = &policy.file.matches.kinds;
        if !(kinds.is_empty() || kinds.iter().any(|kind| kind == self.object.kind)) {
            return;
        }
        self.env.begin(&elements.expressions.definitions, self.limits.policy_steps);
        let Self { env, object, pod, .. } = self;
        for path in &elements.paths {
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
                match judge(&elements.expressions, env) {
                    Ok(true) => {}
                    Ok(false) => violated(element, None),
                    Err(error) => violated(element, Some(error)),
                }
            });
        }
    }
}

fn judge<'a>(expressions: &'a Expressions, env: &mut Env<'a>) -> Result<bool, EvalError> {
    if let Some(when) = &expressions.when
        && !when.test(env)?
    {
        return Ok(true);
    }
    expressions.expr.test(env)
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
