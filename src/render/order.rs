//! The order in which Helm prints (and installs) kinds: `releaseutil.InstallOrder`.

use std::cmp::Ordering;

use super::profile::Profile;

const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// Kinds that only Helm 4 knows, at the end of the order.
const WEBHOOKS: usize = 2;

/// Compares two kinds: known ones by the install order, unknown ones behind them and by name.
#[must_use]
pub fn compare(a: &str, b: &str, profile: Profile) -> Ordering {
    let known = INSTALL_ORDER.len() - if profile.orders_webhooks() { 0 } else { WEBHOOKS };
    let place = |kind: &str| INSTALL_ORDER.iter().take(known).position(|known| *known == kind).unwrap_or(known);
    match (place(a), place(b)) {
        (first, second) if first == known && second == known => a.cmp(b),
        (first, second) => first.cmp(&second),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_kinds_come_last_by_name() {
        let mut kinds = ["Zebra", "Service", "Apple", "ValidatingWebhookConfiguration", "Namespace"];
        kinds.sort_by(|a, b| compare(a, b, Profile::V4_2_4));
        assert_eq!(kinds, ["Namespace", "Service", "ValidatingWebhookConfiguration", "Apple", "Zebra"]);
        kinds.sort_by(|a, b| compare(a, b, Profile::V3_21));
        assert_eq!(kinds, ["Namespace", "Service", "Apple", "ValidatingWebhookConfiguration", "Zebra"]);
    }
}
