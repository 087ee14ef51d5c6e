//! Predicates about bindings: who gets which role, and whether both are there.

use std::collections::{HashMap, HashSet};

use super::rights::{fits_a_namespace, is_everything, takeover};
use super::workload::{Workload, items, text};
use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::policy::object::Object;
use crate::yaml::node::Node;

/// A RoleBinding or a ClusterRoleBinding.
#[derive(Clone, Copy, Debug)]
struct Binding<'a> {
    index: usize,
    object: &'a Object<'a>,
    /// Where it gives rights; `None` everywhere.
    namespace: Option<&'a str>,
    role_kind: &'a str,
    role: &'a str,
}

/// A service account that a binding names.
#[derive(Clone, Copy, Debug)]
struct Account<'a> {
    place: usize,
    namespace: &'a str,
    name: &'a str,
}

fn bindings<'r, 'a>(release: &'r Release<'a>) -> impl Iterator<Item = Binding<'a>> + use<'r, 'a> {
    let namespaced = release.of_kind("RoleBinding").map(|found| (found, true));
    let all = namespaced.chain(release.of_kind("ClusterRoleBinding").map(|found| (found, false)));
    all.map(|((index, object), namespaced)| Binding {
        index,
        object,
        namespace: namespaced.then(|| release.setting.namespace(object)),
        role_kind: text(object.node, &["roleRef", "kind"]).unwrap_or_default(),
        role: text(object.node, &["roleRef", "name"]).unwrap_or_default(),
    })
}

impl<'a> Binding<'a> {
    /// The role, if the release has it.
    fn role(&self, release: &Release<'a>) -> Option<&'a Object<'a>> {
        let namespace = match (self.role_kind, self.namespace) {
            ("ClusterRole", _) => "",
            (_, Some(namespace)) => namespace,
            (_, None) => return None,
        };
        release.find(self.role_kind, namespace, self.role).map(|(_, role)| role)
    }

    fn accounts(&self, release: &Release<'a>) -> impl Iterator<Item = Account<'a>> + use<'a> {
        let home = self.namespace.unwrap_or(release.setting.namespace);
        let subjects = items(self.object.node, &["subjects"]).iter().enumerate();
        subjects.filter(|(_, subject)| text(subject, &["kind"]) == Some("ServiceAccount")).filter_map(
            move |(place, subject)| {
                let namespace = text(subject, &["namespace"]).unwrap_or(home);
                Some(Account { place, namespace, name: text(subject, &["name"])? })
            },
        )
    }

    fn subject(&self, account: Account<'_>) -> Hit<'a> {
        Hit::at(self.index, &["subjects"]).item(account.place)
    }
}

/// A binding to `cluster-admin`, or to a role of the release that allows the same.
pub(super) fn cluster_admin_binding<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    for binding in bindings(release) {
        release.spend(1)?;
        let own = || binding.role(release).is_some_and(|role| items(role.node, &["rules"]).iter().any(is_everything));
        let all = (binding.role_kind == "ClusterRole" && binding.role == "cluster-admin") || own();
        if all {
            let everywhere = if binding.namespace.is_some() { "in its namespace" } else { "in the whole cluster" };
            let hit = Hit::at(binding.index, &["roleRef", "name"]);
            hits.add(hit.say("role", binding.role).say("everywhere", everywhere));
        }
    }
    Ok(())
}

/// A binding to a Role, or of a service account, that the release does not have.
pub(super) fn dangling_binding<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let homes = homes(release);
    for binding in bindings(release) {
        release.spend(1 + items(binding.object.node, &["subjects"]).len())?;
        // Cluster roles may be those of Kubernetes, as may be roles in its own namespaces.
        let foreign = binding.namespace.is_none_or(|namespace| namespace.starts_with("kube-"));
        if binding.role_kind == "Role" && !foreign && binding.role(release).is_none() {
            let hit = Hit::at(binding.index, &["roleRef", "name"]);
            hits.add(hit.say("missing", format!("Role {}", binding.role)));
        }
        for account in binding.accounts(release) {
            let known = release.find("ServiceAccount", account.namespace, account.name).is_some();
            if !known && account.name != "default" && homes.contains(account.namespace) {
                let hit = binding.subject(account).field("name");
                hits.add(hit.say("missing", format!("ServiceAccount {}", account.name)));
            }
        }
    }
    Ok(())
}

/// The namespaces in which the release runs pods or has accounts.
fn homes<'a>(release: &Release<'a>) -> HashSet<&'a str> {
    let accounts = release.of_kind("ServiceAccount").map(|(_, account)| release.setting.namespace(account));
    accounts.chain(release.workloads().iter().map(|workload| workload.namespace)).collect()
}

/// A role given to a service account of another namespace, which the release does not have.
pub(super) fn foreign_subject<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let homes = homes(release);
    for binding in bindings(release).filter(|binding| binding.namespace.is_some() || release.setting.chart) {
        let home = binding.namespace.unwrap_or(release.setting.namespace);
        for account in binding.accounts(release) {
            release.spend(1)?;
            let known = release.find("ServiceAccount", account.namespace, account.name).is_some();
            // The controllers of the cluster itself have their accounts in its own namespaces.
            let own = account.namespace.starts_with("kube-");
            if !known && !own && account.namespace != home && !homes.contains(account.namespace) {
                let hit = binding.subject(account).field("namespace");
                hits.add(hit.say("account", account.name).say("namespace", account.namespace));
            }
        }
    }
    Ok(())
}

/// A ClusterRole that a Role would do for.
pub(super) fn needless_cluster_role<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut bound: HashMap<&str, Vec<Option<&str>>> = HashMap::new();
    for binding in bindings(release).filter(|binding| binding.role_kind == "ClusterRole") {
        release.spend(1)?;
        bound.entry(binding.role).or_default().push(binding.namespace);
    }
    for (index, role) in release.of_kind("ClusterRole") {
        release.spend(1 + items(role.node, &["rules"]).len())?;
        let labels = role.node.at(&["metadata", "labels"]).map(Node::entries).unwrap_or_default();
        let aggregated = labels.iter().any(|entry| entry.key.starts_with("rbac.authorization.k8s.io/aggregate-to-"))
            || role.node.get("aggregationRule").is_some();
        let Some(namespaces) = bound.get(role.name).filter(|_| !aggregated) else { continue };
        let first = namespaces.first().copied().flatten();
        let why = match first {
            Some(namespace) if namespaces.iter().all(|other| *other == first) => {
                format!("it is bound in namespace {namespace} alone")
            }
            _ if namespaces.contains(&None) && fits_a_namespace(role.node) => {
                "it is bound for all namespaces, and all that it is for stands in namespaces".to_owned()
            }
            _ => continue,
        };
        hits.add(Hit::at(index, &["kind"]).say("why", why));
    }
    Ok(())
}

/// A service account with rights that take the cluster over, and a token of it in pods: one fault per account.
pub(super) fn powerful_service_account<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut rights: HashMap<(&str, &str), (&'static str, &str)> = HashMap::new();
    for binding in bindings(release) {
        // What is given in one namespace reaches no further, but for the namespace that holds the cluster's own secrets.
        if binding.namespace.is_some_and(|namespace| namespace != "kube-system") {
            continue;
        }
        let role = binding.role(release);
        release.spend(1 + role.map_or(0, |role| items(role.node, &["rules"]).len() * 13))?;
        let admin = binding.role_kind == "ClusterRole" && binding.role == "cluster-admin";
        let right = if admin { Some("do everything") } else { role.and_then(|role| takeover(role.node)) };
        let Some(right) = right else { continue };
        for account in binding.accounts(release) {
            release.spend(1)?;
            rights.entry((account.namespace, account.name)).or_insert((right, binding.role));
        }
    }
    let mut told: HashMap<(&str, &str), Hit<'a>> = HashMap::new();
    let mut order = Vec::new();
    for workload in release.workloads() {
        release.spend(1)?;
        let key = (workload.namespace, workload.account());
        let Some((right, role)) = rights.get(&key).filter(|_| has_token(release, workload)) else { continue };
        let hit = workload.hit(&["serviceAccountName"]);
        if let Some(first) = told.get_mut(&key) {
            first.also.push((hit.object, hit.path));
        } else {
            order.push(key);
            told.insert(key, hit.say("account", key.1).say("right", *right).say("role", *role));
        }
    }
    order.into_iter().filter_map(|key| told.remove(&key)).for_each(|hit| hits.add(hit));
    Ok(())
}

/// Whether the pods of a workload find a token of their service account.
fn has_token(release: &Release<'_>, workload: &Workload<'_>) -> bool {
    let projected = items(workload.pod.spec, &["volumes"]).iter().any(|volume| {
        let mut sources = items(volume, &["projected", "sources"]).iter();
        sources.any(|source| source.get("serviceAccountToken").is_some())
    });
    let field = "automountServiceAccountToken";
    let account = release.find("ServiceAccount", workload.namespace, workload.account());
    let own = workload.pod.spec.get(field).and_then(Node::as_bool);
    let mounted = own.or_else(|| account?.1.node.get(field).and_then(Node::as_bool)).unwrap_or(true);
    projected || mounted
}
