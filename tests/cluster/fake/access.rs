//! Who asks, by token, and whether the stored roles allow it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::kinds::Kind;
use super::refusal::Refusal;
use super::store::{Store, map, text};

/// The token of the administrator.
pub(crate) const ADMIN: &str = "admin";

/// Who sends a request.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

/// A token that was given out, and the objects without which it is worth nothing.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) user: User,
    /// Uids of the ServiceAccount and of the object that the token is bound to.
    pub(crate) needs: Vec<String>,
}

/// What a request wants to do; empty strings for what it does not name.
#[derive(Default)]
pub(crate) struct Action {
    pub(crate) verb: String,
    pub(crate) group: String,
    /// With subresource, as in `pods/exec`.
    pub(crate) resource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// A ServiceAccount as user.
pub(crate) fn account(namespace: &str, name: &str) -> User {
    let groups = [
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".to_owned(),
    ];
    User { name: format!("system:serviceaccount:{namespace}:{name}"), groups: groups.to_vec() }
}

/// The user of a bearer token. Without one the request is anonymous; an unknown or dead one is 401.
pub(crate) fn authenticate(
    token: Option<&str>,
    tokens: &BTreeMap<String, Token>,
    store: &Store,
) -> Result<User, Refusal> {
    let named = |name: &str, groups: &[&str]| User {
        name: name.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    };
    match token {
        None => Ok(named("system:anonymous", &["system:unauthenticated"])),
        Some(ADMIN) => Ok(named("admin", &["system:masters", "system:authenticated"])),
        Some(other) => match tokens.get(other) {
            Some(token) if token.needs.iter().all(|uid| alive(store, uid)) => Ok(token.user.clone()),
            _ => Err(Refusal::new(401, "Unauthorized", "Unauthorized")),
        },
    }
}

fn alive(store: &Store, uid: &str) -> bool {
    store.objects.values().any(|object| text(object, "/metadata/uid") == uid)
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    value.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The rules that hold for a user in a namespace.
pub(crate) fn rules(store: &Store, user: &User, namespace: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for ((table, space, _), binding) in &store.objects {
        let wide = table == "clusterrolebindings.rbac.authorization.k8s.io";
        if !wide && (table != "rolebindings.rbac.authorization.k8s.io" || space != namespace) {
            continue;
        }
        let subjects = binding.get("subjects").and_then(Value::as_array);
        let bound = subjects.into_iter().flatten().any(|subject| {
            let name = text(subject, "/name");
            match text(subject, "/kind") {
                "Group" => user.groups.iter().any(|group| group == name),
                "ServiceAccount" => {
                    let space = Some(text(subject, "/namespace")).filter(|text| !text.is_empty()).unwrap_or(space);
                    user.name == account(space, name).name
                }
                _ => user.name == name,
            }
        });
        if bound {
            let (table, space) = match text(binding, "/roleRef/kind") {
                "ClusterRole" => ("clusterroles", ""),
                _ => ("roles", space.as_str()),
            };
            let key = (
                format!("{table}.rbac.authorization.k8s.io"),
                space.to_owned(),
                text(binding, "/roleRef/name").to_owned(),
            );
            let role = store.objects.get(&key).and_then(|role| role.get("rules")).and_then(Value::as_array);
            found.extend(role.into_iter().flatten().cloned());
        }
    }
    found
}

/// Whether a user may do that: administrators everything, everyone reviews of themselves, others by their rules.
pub(crate) fn allowed(store: &Store, user: &User, action: &Action) -> bool {
    let in_group = |wanted: &str| user.groups.iter().any(|group| group == wanted);
    if in_group("system:masters") || (action.resource.starts_with("selfsubject") && in_group("system:authenticated")) {
        return true;
    }
    rules(store, user, &action.namespace).iter().any(|rule| {
        let has = |field: &str, wanted: &str| list(rule, field).any(|item| item == "*" || item == wanted);
        let named =
            list(rule, "resourceNames").next().is_none() || list(rule, "resourceNames").any(|name| name == action.name);
        has("verbs", &action.verb) && has("apiGroups", &action.group) && has("resources", &action.resource) && named
    })
}

/// The refusal of what is not allowed.
pub(crate) fn forbidden(kind: &Kind, user: &User, action: &Action) -> Refusal {
    let scope = if action.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", action.namespace)
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {scope}",
        user.name, action.verb, action.resource, action.group
    );
    Refusal::forbidden(kind, &action.name, &why)
}

/// Answers the review kinds.
pub(crate) fn review(store: &Store, user: &User, kind: &Kind, mut object: Value) -> Value {
    let action = |attributes: &Value| Action {
        verb: text(attributes, "/verb").to_owned(),
        group: text(attributes, "/group").to_owned(),
        resource: match text(attributes, "/subresource") {
            "" => text(attributes, "/resource").to_owned(),
            subresource => format!("{}/{subresource}", text(attributes, "/resource")),
        },
        namespace: text(attributes, "/namespace").to_owned(),
        name: text(attributes, "/name").to_owned(),
    };
    map(&mut object, "metadata");
    object["status"] = match kind.kind {
        "SelfSubjectReview" => json!({"userInfo": {"username": user.name, "groups": user.groups}}),
        "SelfSubjectRulesReview" => json!({
            "resourceRules": rules(store, user, text(&object, "/spec/namespace")), "nonResourceRules": [], "incomplete": false}),
        _ => {
            let other = User {
                name: text(&object, "/spec/user").to_owned(),
                groups: object
                    .get("spec")
                    .into_iter()
                    .flat_map(|spec| list(spec, "groups"))
                    .map(str::to_owned)
                    .collect(),
            };
            let subject = if kind.kind == "SubjectAccessReview" { &other } else { user };
            json!({"allowed": allowed(store, subject, &action(&object["spec"]["resourceAttributes"]))})
        }
    };
    object
}
