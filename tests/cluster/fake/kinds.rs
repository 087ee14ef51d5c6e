//! The kinds that the fake server knows: names, scope, subresources, and which fields exist.

use std::sync::LazyLock;

use k8s_openapi::api::{
    apps::v1 as apps, authentication::v1 as authentication, authorization::v1 as authorization, batch::v1 as batch,
    coordination::v1 as coordination, core::v1 as core, networking::v1 as networking, policy::v1 as policy,
    rbac::v1 as rbac,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// One kind.
pub(crate) struct Kind {
    /// Empty for the core group.
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) namespaced: bool,
    pub(crate) subresources: &'static [&'static str],
    /// The object without the fields that its type does not have, or why it is not of this type.
    known: fn(&Value) -> Result<Value, String>,
}

/// All of them, in the order of discovery.
pub(crate) static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    vec![
        of::<core::Namespace>(false, &["status"]),
        of::<core::Pod>(true, &["ephemeralcontainers", "exec", "status"]),
        of::<core::ConfigMap>(true, &[]),
        of::<core::Secret>(true, &[]),
        of::<core::ServiceAccount>(true, &["token"]),
        of::<core::Service>(true, &["status"]),
        of::<core::PersistentVolumeClaim>(true, &["status"]),
        of::<core::Event>(true, &[]),
        of::<apps::Deployment>(true, &["status"]),
        of::<apps::ReplicaSet>(true, &["status"]),
        of::<apps::StatefulSet>(true, &["status"]),
        of::<apps::DaemonSet>(true, &["status"]),
        of::<batch::Job>(true, &["status"]),
        of::<batch::CronJob>(true, &["status"]),
        of::<rbac::Role>(true, &[]),
        of::<rbac::RoleBinding>(true, &[]),
        of::<rbac::ClusterRole>(false, &[]),
        of::<rbac::ClusterRoleBinding>(false, &[]),
        of::<networking::Ingress>(true, &["status"]),
        of::<networking::NetworkPolicy>(true, &[]),
        of::<policy::PodDisruptionBudget>(true, &["status"]),
        of::<coordination::Lease>(true, &[]),
        of::<authentication::SelfSubjectReview>(false, &[]),
        of::<authorization::SelfSubjectAccessReview>(false, &[]),
        of::<authorization::SelfSubjectRulesReview>(false, &[]),
        of::<authorization::SubjectAccessReview>(false, &[]),
    ]
});

fn of<K: k8s_openapi::Resource + Serialize + DeserializeOwned>(
    namespaced: bool,
    subresources: &'static [&'static str],
) -> Kind {
    let known = |value: &Value| {
        let typed: K = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        serde_json::to_value(typed).map_err(|error| error.to_string())
    };
    let plural = K::URL_PATH_SEGMENT;
    Kind { group: K::GROUP, version: K::VERSION, kind: K::KIND, plural, namespaced, subresources, known }
}

impl Kind {
    /// `v1` or `apps/v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether objects of this kind are only answered, never stored.
    pub(crate) fn is_review(&self) -> bool {
        self.kind.ends_with("Review")
    }

    /// Removes the fields that the type does not have and names them, as in `spec.nosuch`; or why the object cannot be read.
    pub(crate) fn prune(&self, object: &mut Value) -> Result<Vec<String>, String> {
        let known = (self.known)(object)?;
        let mut unknown = Vec::new();
        prune(object, &known, "", &mut unknown);
        Ok(unknown)
    }
}

/// What reading into the type and writing again lost is no field of it.
fn prune(sent: &mut Value, kept: &Value, path: &str, unknown: &mut Vec<String>) {
    match (sent, kept) {
        (Value::Object(sent), Value::Object(kept)) => sent.retain(|name, value| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match kept.get(name) {
                Some(inner) => prune(value, inner, &path, unknown),
                None if !value.is_null() => unknown.push(path),
                None => {}
            }
            kept.contains_key(name)
        }),
        (Value::Array(sent), Value::Array(kept)) => {
            for (index, (sent, kept)) in sent.iter_mut().zip(kept).enumerate() {
                prune(sent, kept, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}
