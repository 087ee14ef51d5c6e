//! Answers that refuse, as the real API server words them.

use serde_json::{Value, json};

use super::kinds::Kind;

/// A `Status` of failure; its `code` is the HTTP status.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) Value);

impl Refusal {
    pub(crate) fn new(code: u16, reason: &str, message: &str) -> Self {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "code": code});
        if !reason.is_empty() {
            status["reason"] = json!(reason);
        }
        Self(status)
    }

    /// A refusal whose details say nothing.
    pub(crate) fn vague(code: u16, reason: &str, message: &str) -> Self {
        let mut refusal = Self::new(code, reason, message);
        refusal.0["details"] = json!({});
        refusal
    }

    pub(crate) fn code(&self) -> u16 {
        self.0.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()).unwrap_or(500)
    }

    /// Adds what the refusal is about; an empty name is left out.
    fn about(mut self, kind: &Kind, name: &str) -> Self {
        let details = &mut self.0["details"];
        if !name.is_empty() {
            details["name"] = json!(name);
        }
        if !kind.group.is_empty() {
            details["group"] = json!(kind.group);
        }
        details["kind"] = json!(kind.plural);
        self
    }

    pub(crate) fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", &format!("{} \"{name}\" not found", qualified(kind))).about(kind, name)
    }

    pub(crate) fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", &format!("{} \"{name}\" already exists", qualified(kind))).about(kind, name)
    }

    pub(crate) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", qualified(kind));
        Self::new(409, "Conflict", &message).about(kind, name)
    }

    /// A patch after which the object is none of its type.
    pub(crate) fn unpatched(why: &str) -> Self {
        let mut refusal = Self::new(422, "Invalid", &format!(" \"\" is invalid: patch: Invalid value: {why}"));
        refusal.0["details"] = json!({"causes": [{"reason": "FieldValueInvalid", "message": why, "field": "patch"}]});
        refusal
    }

    /// A precondition of a delete or of a bound token does not hold; these name the kind, not the resource.
    pub(crate) fn precondition(kind: &Kind, name: &str, why: &str) -> Self {
        let why = format!("the UID in the {why}. The object might have been deleted and then recreated");
        let point = if kind.group.is_empty() { "" } else { "." };
        let message = format!("Operation cannot be fulfilled on {}{point}{} \"{name}\": {why}", kind.kind, kind.group);
        let mut refusal = Self::new(409, "Conflict", &message).about(kind, name);
        refusal.0["details"]["kind"] = json!(kind.kind);
        refusal
    }

    pub(crate) fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let subject = if name.is_empty() { qualified(kind) } else { format!("{} \"{name}\"", qualified(kind)) };
        Self::new(403, "Forbidden", &format!("{subject} is forbidden: {why}")).about(kind, name)
    }

    /// Conflicts of an apply: who owns which field.
    pub(crate) fn apply_conflict(conflicts: &[(String, String)]) -> Self {
        let message = match conflicts {
            [(by, field)] => format!("Apply failed with 1 conflict: conflict with {by}: {field}"),
            _ => {
                let mut message = format!("Apply failed with {} conflicts: ", conflicts.len());
                for (index, (by, field)) in conflicts.iter().enumerate() {
                    let begins =
                        index.checked_sub(1).and_then(|last| conflicts.get(last)).is_none_or(|last| last.0 != *by);
                    let heading = if begins { format!("conflicts with {by}:\n") } else { String::new() };
                    message.push_str(&format!("{heading}- {field}\n"));
                }
                message.trim_end().to_owned()
            }
        };
        let causes: Vec<_> = conflicts
            .iter()
            .map(|(by, field)| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {by}"), "field": field}))
            .collect();
        let mut refusal = Self::new(409, "Conflict", &message);
        refusal.0["details"] = json!({"causes": causes});
        refusal
    }

    /// One invalid field. `kind` and `group` may be of an object that no path has, as TokenRequest.
    pub(crate) fn invalid(group: &str, kind: &str, name: &str, field: &str, why: &str) -> Self {
        let (reason, text) = why.split_once(": ").unwrap_or(("Invalid value", why));
        let subject = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let mut refusal =
            Self::new(422, "Invalid", &format!("{subject} \"{name}\" is invalid: {field}: {reason}: {text}"));
        let reason = if reason == "Required value" { "FieldValueRequired" } else { "FieldValueInvalid" };
        let mut details = json!({"kind": kind, "causes": [{"reason": reason, "message": why, "field": field}]});
        if !name.is_empty() {
            details["name"] = json!(name);
        }
        if !group.is_empty() {
            details["group"] = json!(group);
        }
        refusal.0["details"] = details;
        refusal
    }
}

fn qualified(kind: &Kind) -> String {
    if kind.group.is_empty() { kind.plural.to_owned() } else { format!("{}.{}", kind.plural, kind.group) }
}
