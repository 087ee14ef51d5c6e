//! The examples of a policy about objects or releases, judged: those that should pass and those that should fail.

use super::check::{Setting, Violation, check};
use super::compile::{Policy, PolicyError, yaml_error};
use super::load::Policies;
use super::model::{Example, Examples, PolicyFile, Scope};
use super::object::Object;
use super::version::minor;
use crate::limits::Limits;
use crate::yaml;
use crate::yaml::node::Node;

/// The version that an example without one is judged for: the newest that the Pod Security Standards know.
const NEWEST: u32 = 37;

/// The examples of a policy file.
///
/// # Errors
/// The file cannot be read, or has none.
pub fn examples(name: &str, text: &str) -> Result<Examples, PolicyError> {
    let file: PolicyFile = serde_yaml::from_str(text).map_err(|error| yaml_error(name, &error))?;
    file.examples.ok_or_else(|| PolicyError { file: name.to_owned(), place: None, message: "has no examples".into() })
}

/// Judges examples and says which come out otherwise than they should; gives the policy back.
#[must_use]
pub fn wrong(policy: Policy, examples: &Examples, limits: &Limits) -> (Vec<String>, Policy) {
    let mut policies = Policies { policies: vec![policy], ..Policies::default() };
    let mut wrong = Vec::new();
    for (list, wanted, examples) in [("pass", true, &examples.pass), ("fail", false, &examples.fail)] {
        for (index, example) in examples.iter().enumerate() {
            let reason = match places(&policies, example, limits) {
                Err(message) => message,
                Ok(places) if places.is_empty() != wanted => format!("violated at {places:?}"),
                Ok(places) => match &example.at {
                    Some(at) if *at != places => format!("violated at {places:?}, not at {at:?}"),
                    _ => continue,
                },
            };
            wrong.push(format!("{list}[{index}]: {reason}"));
        }
    }
    // One went in, so one comes out.
    let policy = policies.policies.remove(0);
    (wrong, policy)
}

fn places(policies: &Policies, example: &Example, limits: &Limits) -> Result<Vec<String>, String> {
    let newest = || Some(NEWEST);
    let minor = example.kubernetes.as_deref().map_or_else(newest, minor).ok_or("`kubernetes` is no version")?;
    let nodes: Vec<Node> = std::iter::once(&example.object)
        .chain(&example.others)
        .map(|value| yaml::read(value.to_string().as_bytes(), limits).ok().flatten().ok_or("object cannot be read"))
        .collect::<Result<_, _>>()?;
    let objects: Vec<Object<'_>> = nodes.iter().filter_map(Object::of).collect();
    let namespace = example.namespace.as_deref().unwrap_or("default");
    let violations = check(
        policies,
        &objects,
        Setting { minor, namespace, chart: true, messages: true, registries: &example.registries },
        limits,
    );
    if let Some(violation) = violations.iter().find(|violation| violation.undecided.is_some()) {
        return Err(violation.message.clone());
    }
    let joined = policies.policies.iter().any(|policy| policy.file.scope == Scope::Release);
    let place = |violation: Violation| match violation.object.checked_sub(1) {
        None => Some(violation.path),
        Some(other) => joined.then(|| format!("others[{other}]:{}", violation.path)),
    };
    Ok(violations.into_iter().filter_map(place).collect())
}
