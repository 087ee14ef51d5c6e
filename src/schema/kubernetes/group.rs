//! Whose API versions and kinds are: those of Kubernetes, or of what runs on it.

use super::check::covers;
use super::table::table;

/// Kinds that OpenShift 3 had in `v1`, beside those of Kubernetes, before each got a group of its own: `addLegacyKnownTypes` in
/// the packages of github.com/openshift/api v3.9.0, without reviews, options and logs, which no chart holds, and without kinds
/// that Kubernetes has in another group, where `v1` is more likely a mistake.
const OF_OPENSHIFT: [&str; 28] = [
    "BrokerTemplateInstance",
    "Build",
    "BuildConfig",
    "ClusterNetwork",
    "ClusterResourceQuota",
    "DeploymentConfig",
    "EgressNetworkPolicy",
    "Group",
    "HostSubnet",
    "Identity",
    "Image",
    "ImageSignature",
    "ImageStream",
    "ImageStreamImport",
    "ImageStreamMapping",
    "ImageStreamTag",
    "NetNamespace",
    "OAuthClient",
    "OAuthClientAuthorization",
    "Project",
    "ProjectRequest",
    "RoleBindingRestriction",
    "Route",
    "SecurityContextConstraints",
    "Template",
    "TemplateInstance",
    "User",
    "UserIdentityMapping",
];

/// `apps` of `apps/v1`; empty for `v1`.
#[must_use]
pub(super) fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Whether a group is one of Kubernetes, or was: only its own have no dot.
fn is_own(of: &str) -> bool {
    !of.contains('.') || table().kinds().any(|kind| group(kind.api_version()) == of)
}

/// Whether a kind is not one of Kubernetes, so that no schema of it is known.
#[must_use]
pub fn is_foreign(api_version: &str, kind: &str) -> bool {
    !is_own(group(api_version)) || api_version == "v1" && OF_OPENSHIFT.contains(&kind)
}

/// Whether a minor version serves any kind of an API version of Kubernetes; `None` for others, and for versions that the table
/// does not hold.
#[must_use]
pub fn serves(api_version: &str, minor: u32) -> Option<bool> {
    let served = || table().kinds().any(|kind| kind.api_version() == api_version && kind.in_minor(minor).is_some());
    (covers(minor) && is_own(group(api_version))).then(served)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_others() {
        for (api_version, kind) in
            [("monitoring.coreos.com/v1", "ServiceMonitor"), ("v1", "Route"), ("x.k8s.io/v1", "A")]
        {
            assert!(is_foreign(api_version, kind), "{api_version} {kind}");
        }
        for (api_version, kind) in
            [("v1", "Rout"), ("v1", "Role"), ("extensions/v1beta1", "Ingress"), ("apps/v9", "Pod")]
        {
            assert!(!is_foreign(api_version, kind), "{api_version} {kind}");
        }
    }

    #[test]
    fn the_kinds_of_openshift_are_not_those_of_kubernetes() {
        assert!(OF_OPENSHIFT.is_sorted());
        let both: Vec<&str> =
            table().kinds().map(|kind| kind.name()).filter(|kind| OF_OPENSHIFT.contains(kind)).collect();
        assert!(both.is_empty(), "{both:?}");
    }

    #[test]
    fn api_versions_that_are_served() {
        let served = |api_version| [28, 29, 32].map(|minor| serves(api_version, minor));
        assert_eq!(served("flowcontrol.apiserver.k8s.io/v1"), [Some(false), Some(true), Some(true)]);
        assert_eq!(served("flowcontrol.apiserver.k8s.io/v1beta3"), [Some(true), Some(true), Some(false)]);
        assert_eq!(served("extensions/v1beta1"), [Some(false); 3]);
        assert_eq!(served("example.com/v1"), [None; 3]);
        assert_eq!(serves("v1", 27), None);
    }
}
