//! What the rules of a role allow.

use super::workload::items;
use crate::yaml::node::Node;

/// A right that gives its holder the whole cluster, or soon will: verbs, API group, resources, and what it means.
type Takeover = (&'static [&'static str], &'static str, &'static [&'static str], &'static str);

const RBAC: &str = "rbac.authorization.k8s.io";
const WRITE: &[&str] = &["create", "update", "patch"];

const TAKEOVERS: [Takeover; 13] = [
    (&["get", "list", "watch"], "", &["secrets"], "read every Secret"),
    (WRITE, "", &["pods", "replicationcontrollers"], "run pods as any service account"),
    (WRITE, "apps", &["deployments", "daemonsets", "statefulsets", "replicasets"], "run pods as any service account"),
    (WRITE, "batch", &["jobs", "cronjobs"], "run pods as any service account"),
    (&["get", "create"], "", &["pods/exec", "pods/attach"], "run commands in every pod"),
    (&["update", "patch"], "", &["pods/ephemeralcontainers"], "run commands in every pod"),
    (&["create"], "", &["serviceaccounts/token"], "make tokens of every service account"),
    (&["impersonate"], "", &["users", "groups", "serviceaccounts"], "act as anybody"),
    (&["bind", "escalate"], RBAC, &["roles", "clusterroles"], "give itself every right"),
    (WRITE, RBAC, &["rolebindings", "clusterrolebindings"], "bind itself to other roles"),
    (&["get", "create"], "", &["nodes/proxy"], "reach every kubelet"),
    (
        WRITE,
        "admissionregistration.k8s.io",
        &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        "see and change every request",
    ),
    (
        &["update", "patch"],
        "certificates.k8s.io",
        &["certificatesigningrequests/approval"],
        "make certificates of anybody",
    ),
];

/// What the rules of a role allow that amounts to taking over the cluster; the first such right.
#[must_use]
pub(super) fn takeover(role: &Node) -> Option<&'static str> {
    let rules = items(role, &["rules"]);
    if rules.iter().any(is_everything) {
        return Some("do everything");
    }
    // What is for named objects alone is no right over all.
    let general = || rules.iter().filter(|rule| items(rule, &["resourceNames"]).is_empty());
    let found = TAKEOVERS.iter().find(|(verbs, group, resources, _)| {
        general()
            .any(|rule| has(rule, "verbs", verbs) && has(rule, "apiGroups", &[group]) && has_resource(rule, resources))
    });
    found.map(|(.., meaning)| *meaning)
}

/// Whether a rule has a value of a list, or `*`.
fn has(rule: &Node, field: &str, wanted: &[&str]) -> bool {
    items(rule, &[field]).iter().filter_map(Node::as_str).any(|value| value == "*" || wanted.contains(&value))
}

/// Whether a rule is for one of some resources: by name, `*`, or `*/exec`.
fn has_resource(rule: &Node, wanted: &[&str]) -> bool {
    let is = |value: &str, wanted: &str| match value.strip_prefix("*/") {
        Some(part) => wanted.split_once('/').is_some_and(|(_, wanted)| wanted == part),
        None => value == "*" || value == wanted,
    };
    let mut resources = items(rule, &["resources"]).iter().filter_map(Node::as_str);
    resources.any(|value| wanted.iter().any(|wanted| is(value, wanted)))
}

/// The verbs with which one reads and changes whatever there is.
const VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];

/// Whether a rule is that of `cluster-admin`: `*` in groups and resources, and every verb, be it one by one.
#[must_use]
pub(super) fn is_everything(rule: &Node) -> bool {
    let star = |field| items(rule, &[field]).iter().any(|value| value.as_str() == Some("*"));
    star("apiGroups")
        && star("resources")
        && VERBS.iter().all(|verb| has(rule, "verbs", &[verb]))
        && items(rule, &["resourceNames"]).is_empty()
}

/// Resources of Kubernetes that stand in no namespace.
const CLUSTER_WIDE: [&str; 29] = [
    "apiservices",
    "certificatesigningrequests",
    "clusterrolebindings",
    "clusterroles",
    "clustertrustbundles",
    "componentstatuses",
    "csidrivers",
    "csinodes",
    "customresourcedefinitions",
    "deviceclasses",
    "flowschemas",
    "ingressclasses",
    "mutatingadmissionpolicies",
    "mutatingwebhookconfigurations",
    "namespaces",
    "nodes",
    "persistentvolumes",
    "podsecuritypolicies",
    "priorityclasses",
    "prioritylevelconfigurations",
    "runtimeclasses",
    "selfsubjectaccessreviews",
    "selfsubjectreviews",
    "storageclasses",
    "subjectaccessreviews",
    "tokenreviews",
    "validatingadmissionpolicies",
    "validatingwebhookconfigurations",
    "volumeattachments",
];

/// Whether every rule of a role is for resources of Kubernetes that stand in namespaces, so that a Role can hold it. Of resources
/// of other groups that is not known.
#[must_use]
pub(super) fn fits_a_namespace(role: &Node) -> bool {
    let rules = items(role, &["rules"]);
    let fits = |rule: &Node| {
        let mut groups = items(rule, &["apiGroups"]).iter().filter_map(Node::as_str);
        let mut resources = items(rule, &["resources"]).iter().filter_map(Node::as_str);
        let ours = |group: &str| group != "*" && (!group.contains('.') || group.ends_with(".k8s.io"));
        let inside = |resource: &str| {
            let base = resource.split_once('/').map_or(resource, |(base, _)| base);
            base != "*" && !CLUSTER_WIDE.contains(&base)
        };
        items(rule, &["nonResourceURLs"]).is_empty() && groups.all(ours) && resources.all(inside)
    };
    !rules.is_empty() && rules.iter().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn role(rules: &str) -> Node {
        crate::yaml::read(format!("{{rules: [{rules}]}}").as_bytes(), &Limits::default()).unwrap().unwrap()
    }

    #[test]
    fn rights_that_take_the_cluster_over() {
        let table = [
            ("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}", Some("do everything")),
            (
                "{apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch, create, update, patch, delete]}",
                Some("do everything"),
            ),
            ("{apiGroups: [''], resources: [secrets], verbs: [list]}", Some("read every Secret")),
            ("{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [one]}", None),
            ("{apiGroups: [''], resources: [secrets], verbs: [create]}", None),
            ("{apiGroups: [apps], resources: [secrets], verbs: [get]}", None),
            ("{apiGroups: ['*'], resources: ['*'], verbs: [get]}", Some("read every Secret")),
            ("{apiGroups: [''], resources: ['*/exec'], verbs: [create]}", Some("run commands in every pod")),
            ("{apiGroups: [''], resources: [pods], verbs: [get, list]}", None),
            ("{apiGroups: [batch], resources: [jobs], verbs: [create]}", Some("run pods as any service account")),
            ("{apiGroups: [''], resources: [users], verbs: [impersonate]}", Some("act as anybody")),
            ("{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [create]}", None),
            (
                "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}",
                Some("give itself every right"),
            ),
            ("{nonResourceURLs: ['*'], verbs: ['*']}", None),
        ];
        for (rules, wanted) in table {
            assert_eq!(takeover(&role(rules)), wanted, "{rules}");
        }
    }

    #[test]
    fn roles_that_fit_a_namespace() {
        let table = [
            ("{apiGroups: ['', apps], resources: [pods, pods/log, deployments], verbs: [get]}", true),
            ("{apiGroups: [''], resources: [pods, nodes], verbs: [get]}", false),
            ("{apiGroups: [''], resources: [nodes/metrics], verbs: [get]}", false),
            ("{apiGroups: [example.com], resources: [widgets], verbs: [get]}", false),
            ("{apiGroups: ['*'], resources: [pods], verbs: [get]}", false),
            ("{nonResourceURLs: [/metrics], verbs: [get]}", false),
            ("", false),
        ];
        for (rules, wanted) in table {
            assert_eq!(fits_a_namespace(&role(rules)), wanted, "{rules}");
        }
    }
}
