//! Predicates that join the objects of one render: functions that policies of `scope: release` name.
//!
//! Each sees the whole [`Release`] and adds a [`Hit`] for every fault. A file holds the predicates of one subject; the table
//! [`PREDICATES`] gives them their names.

mod autoscaling;
mod backend;
mod disruption;
mod exposure;
mod hit;
mod identity;
mod namespaces;
mod network;
mod rbac;
mod references;
mod release;
mod rights;
mod schema;
mod scripts;
mod selector;
mod services;
mod siblings;
mod workload;

use crate::limits::Exceeded;

pub(super) use hit::{Hit, Hits};
pub(super) use release::Release;

/// Decides a policy for all objects of a render at once.
pub(super) type Predicate = for<'a> fn(&Release<'a>, &mut Hits<'a>) -> Result<(), Exceeded>;

/// Every predicate by the name that policies give.
const PREDICATES: &[(&str, Predicate)] = &[
    ("unchecked-kind", schema::unchecked_kind),
    ("unknown-kind", schema::unknown_kind),
    ("unknown-field", schema::unknown_field),
    ("wrong-type", schema::wrong_type),
    ("missing-field", schema::missing_field),
    ("duplicate-object", identity::duplicate_object),
    ("shared-user", identity::shared_user),
    ("unisolated-pod", network::unisolated_pod),
    ("one-sided-network-policy", network::one_sided_network_policy),
    ("empty-pod-selector", network::empty_pod_selector),
    ("allow-all-network-policy", network::allow_all_network_policy),
    ("metadata-egress", network::metadata_egress),
    ("dangling-network-policy", network::dangling_network_policy),
    ("dangling-network-peer", network::dangling_network_peer),
    ("network-port-without-container", network::network_port_without_container),
    ("egress-without-dns", network::egress_without_dns),
    ("half-open-connection", network::half_open_connection),
    ("namespace-name-label", network::namespace_name_label),
    ("dangling-service", services::dangling_service),
    ("dangling-target-port", services::dangling_target_port),
    ("dangling-backend", services::dangling_backend),
    ("dangling-service-monitor", services::dangling_service_monitor),
    ("shared-service-selector", services::shared_service_selector),
    ("duplicate-ingress-path", services::duplicate_ingress_path),
    ("governing-service", services::governing_service),
    ("exposed-route", exposure::exposed_route),
    ("exposed-secret-mount", exposure::exposed_secret_mount),
    ("missing-disruption-budget", disruption::missing_disruption_budget),
    ("blocking-disruption-budget", disruption::blocking_disruption_budget),
    ("dangling-disruption-budget", disruption::dangling_disruption_budget),
    ("disruption-budget-above-autoscaler", autoscaling::disruption_budget_above_autoscaler),
    ("dangling-autoscaler", autoscaling::dangling_autoscaler),
    ("replicas-under-autoscaler", autoscaling::replicas_under_autoscaler),
    ("mismatching-selector", references::mismatching_selector),
    ("missing-service-account", references::missing_service_account),
    ("missing-key", references::missing_key),
    ("dangling-volume-mount", references::dangling_volume_mount),
    ("cluster-admin-binding", rbac::cluster_admin_binding),
    ("dangling-binding", rbac::dangling_binding),
    ("foreign-subject", rbac::foreign_subject),
    ("needless-cluster-role", rbac::needless_cluster_role),
    ("powerful-service-account", rbac::powerful_service_account),
    ("owned-namespace", namespaces::owned_namespace),
    ("namespace-without-quota", namespaces::namespace_without_quota),
    ("unmet-pod-security-level", namespaces::unmet_pod_security_level),
    ("inconsistent-limit-range", namespaces::inconsistent_limit_range),
    ("outside-limit-range", namespaces::outside_limit_range),
    ("less-hardened-container", siblings::less_hardened_container),
    ("less-hardened-hook", siblings::less_hardened_hook),
    ("shared-result-volume", scripts::shared_result_volume),
    ("mounted-script", scripts::mounted_script),
];

/// The predicate with this name.
#[must_use]
pub(super) fn predicate(name: &str) -> Option<Predicate> {
    let mut known = PREDICATES.iter();
    let found = known.find(|(known, _)| *known == name).map(|(_, predicate)| *predicate);
    #[cfg(test)]
    let found = found.or(match name {
        "always" => Some(tests::always as Predicate),
        "never" => Some(tests::never as Predicate),
        _ => None,
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a predicate")]
    pub(super) fn always<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
        (0..release.objects.len()).for_each(|object| hits.add(Hit::at(object, &[])));
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "a predicate")]
    pub(super) fn never<'a>(_: &Release<'a>, _: &mut Hits<'a>) -> Result<(), Exceeded> {
        Ok(())
    }

    #[test]
    fn every_predicate_has_a_name_of_its_own_and_a_policy() {
        let mut names: Vec<&str> = PREDICATES.iter().map(|(name, _)| *name).collect();
        let used = |name: &str| {
            let line = format!("\npredicate: {name}\n");
            crate::policy::embedded_files().any(|(_, text)| text.contains(&line))
        };
        let unused: Vec<&&str> = names.iter().filter(|name| !used(name)).collect();
        assert!(unused.is_empty(), "{unused:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PREDICATES.len());
    }
}
