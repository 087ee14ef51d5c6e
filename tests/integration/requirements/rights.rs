//! What the scanner charts hold of namespaces, accounts and rights.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::check::{
    Over, PODS, Requirement, all, common, cut, every, in_each, kind, nightly, rule, set, texts, without,
};
use super::requirements;
use super::world::{Case, World, pods};

const TEAMS: &str = "one-namespace-per-team";

/// The rules of a case's Roles, with the namespace of each.
fn rules(case: &Case) -> impl Iterator<Item = (&str, &Value)> {
    case.of_kind("Role").flat_map(|role| {
        let namespace = role["metadata"]["namespace"].as_str().unwrap_or_default();
        role["rules"].as_array().into_iter().flatten().map(move |rule| (namespace, rule))
    })
}

fn is_about_pods(rule: &Value) -> bool {
    texts(&rule["resources"]).iter().any(|resource| resource.split('/').next() == Some("pods"))
}

/// What the scanner may do in a namespace, as `RESOURCE VERBS`, and in which pods.
fn rights<'a>(case: &'a Case, namespace: &str) -> BTreeMap<String, BTreeSet<&'a str>> {
    let own = rules(case).filter(|(of, rule)| *of == namespace && is_about_pods(rule));
    let right = |rule: &'a Value| {
        let join = |key: &str| texts(&rule[key]).into_iter().collect::<Vec<_>>().join(",");
        (format!("{} {}", join("resources"), join("verbs")), texts(&rule["resourceNames"]))
    };
    own.map(|(_, rule)| right(rule)).collect()
}

/// What is missing, with the namespaces of a case, for each of which `kind` has to be there.
fn in_every_namespace(case: &Case, kind: &str) -> Vec<String> {
    let there: Vec<&Value> = case.of_kind(kind).map(|object| &object["metadata"]["namespace"]).collect();
    let spaces = case.of_kind("Namespace").map(|object| &object["metadata"]["name"]);
    spaces.filter(|name| !there.contains(name)).map(|name| format!("no {kind} in {name}")).collect()
}

fn namespaces(case: &Case) -> Vec<&str> {
    case.of_kind("Namespace").filter_map(|object| object["metadata"]["name"].as_str()).collect()
}

/// Each namespace that a chart makes denies what no policy allows.
fn denies(case: &Case) -> Vec<String> {
    let is_deny_all = |policy: &&Value| {
        let spec = &policy["spec"];
        spec["podSelector"] == json!({})
            && texts(&spec["policyTypes"]) == BTreeSet::from(["Ingress", "Egress"])
            && spec.get("ingress").is_none()
            && spec.get("egress").is_none()
    };
    let denied: Vec<_> =
        case.of_kind("NetworkPolicy").filter(is_deny_all).map(|policy| &policy["metadata"]["namespace"]).collect();
    let made = case.of_kind("Namespace").map(|object| &object["metadata"]["name"]);
    made.filter(|name| !denied.contains(name)).map(|name| format!("nothing denies in {name}")).collect()
}

/// A tenant each: namespace, account, Role, binding, quota, limits, with its label, and nobody else is bound.
fn tenants(world: &World) -> Vec<String> {
    let case = world.case("scanner-infrastructure", TEAMS);
    let mut wrong = Vec::new();
    for tenant in ["scans-payments", "scans-search", "scans-web"] {
        for kind in
            ["Namespace", "ServiceAccount", "Role", "RoleBinding", "ResourceQuota", "LimitRange", "NetworkPolicy"]
        {
            let of_tenant = |object: &&Value| object["metadata"]["labels"]["chartsec.dev/tenant"] == tenant;
            let place = if kind == "Namespace" { "name" } else { "namespace" };
            let own = case.of_kind(kind).filter(of_tenant).filter(|object| object["metadata"][place] == tenant);
            if own.count() != 1 {
                wrong.push(format!("{tenant}: not one {kind}"));
            }
        }
    }
    for binding in case.of_kind("RoleBinding") {
        let space = &binding["metadata"]["namespace"];
        let subjects = binding["subjects"].as_array().into_iter().flatten();
        wrong.extend(subjects.filter(|one| one["namespace"] != *space).map(|one| format!("{space} binds {one}")));
    }
    wrong
}

fn cloud_identities(world: &World) -> Vec<String> {
    let case = world.case("scanner-infrastructure", TEAMS);
    let mut wrong = Vec::new();
    for (tenant, annotation, value) in [
        ("scans-payments", "eks.amazonaws.com/role-arn", "arn:aws:iam::111122223333:role/scans-payments"),
        ("scans-search", "iam.gke.io/gcp-service-account", "scanner@search-123456.iam.gserviceaccount.com"),
        ("scans-web", "azure.workload.identity/client-id", "01234567-89ab-cdef-0123-456789abcdef"),
    ] {
        let account = case.of_kind("ServiceAccount").find(|account| account["metadata"]["namespace"] == tenant);
        if account.is_none_or(|account| account["metadata"]["annotations"] != json!({annotation: value})) {
            wrong.push(format!("{tenant}: no {annotation} alone"));
        }
    }
    // On AKS the pods are labelled too: those of the tenant, and no others.
    for scan in world.case("standard-scanner", "nightly").of_kind("CronJob") {
        let template = &scan["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"];
        let is_scan = template["app.kubernetes.io/component"] == "scan";
        let wanted = is_scan && scan["metadata"]["namespace"] == "payments";
        if (template["azure.workload.identity/use"] == "true") != wanted {
            wrong.push(format!("{}: azure.workload.identity/use", scan["metadata"]["name"]));
        }
    }
    wrong
}

/// The rights of an account are those of its approach, in the pods of its targets.
fn approach_rights(world: &World) -> Vec<String> {
    let (exec, get, patch) = ("pods/exec create,get", "pods get", "pods/ephemeralcontainers patch");
    let pods = ["ledger-0", "ledger-1"];
    let mut wrong = Vec::new();
    for (chart, case, namespace, wanted, pods) in [
        ("scanner-infrastructure", TEAMS, "scans-payments", &[get, exec][..], &pods[..]),
        ("scanner-infrastructure", "teams-distroless", "scans-payments", &[get, exec, patch], &pods),
        ("standard-scanner", "nightly", "search", &[get, exec], &["index-0"]),
        ("distroless-scanner", "nightly", "scans-edge", &[get, exec, patch], &["proxy-0"]),
        ("sidecar-scanner", "images", "scans-payments", &[], &[]),
        ("sidecar-scanner", "images", "scans-web", &[], &[]),
    ] {
        let found = rights(world.case(chart, case), namespace);
        let wanted: BTreeSet<String> = wanted.iter().map(|right| (*right).to_owned()).collect();
        let pods: BTreeSet<&str> = pods.iter().copied().collect();
        if found.keys().cloned().collect::<BTreeSet<_>>() != wanted || found.values().any(|names| *names != pods) {
            wrong.push(format!("{chart} {case} {namespace}: {found:?}"));
        }
    }
    wrong
}

/// Bindings with an end, and a reaper beside each that may delete it and no other.
fn expiry(world: &World) -> Vec<String> {
    let case = world.case("standard-scanner", "nightly");
    let mut wrong = Vec::new();
    let scanners: Vec<_> =
        case.of_kind("RoleBinding").filter(|binding| binding["metadata"]["name"] == "scan-scanner").collect();
    for binding in &scanners {
        let metadata = &binding["metadata"];
        if metadata["annotations"]["chartsec.dev/expires-at"] != "2027-03-31T00:00:00Z" {
            wrong.push(format!("{} has no end", metadata["namespace"]));
        }
        let beside = |object: &&Value| object["metadata"]["namespace"] == metadata["namespace"];
        if !case.of_kind("CronJob").filter(beside).any(|job| job["metadata"]["name"] == "scan-reaper") {
            wrong.push(format!("no reaper in {}", metadata["namespace"]));
        }
        let may = |rule: &Value| {
            texts(&rule["resources"]).contains("rolebindings")
                && texts(&rule["resourceNames"]) == BTreeSet::from(["scan-scanner"])
                && texts(&rule["verbs"]).contains("delete")
        };
        if !rules(case).any(|(of, rule)| metadata["namespace"] == of && may(rule)) {
            wrong.push(format!("the reaper of {} may not delete the binding", metadata["namespace"]));
        }
    }
    if scanners.len() != 2 {
        wrong.push("not two bindings".to_owned());
    }
    wrong
}

/// Every pod runs as an account of its own chart, in its namespace.
fn own_accounts(case: &Case) -> Vec<String> {
    let made: Vec<_> = case
        .of_kind("ServiceAccount")
        .map(|account| (&account["metadata"]["namespace"], &account["metadata"]["name"]))
        .collect();
    let mut wrong = Vec::new();
    for object in &case.objects {
        for pod in pods(std::slice::from_ref(object)) {
            let account = (&object["metadata"]["namespace"], &pod["serviceAccountName"]);
            if pod["serviceAccountName"] == "default" || !made.contains(&account) {
                wrong.push(format!("{} runs as {}", object["metadata"]["name"], account.1));
            }
        }
    }
    wrong
}

fn no_kind(name: &'static str) -> Requirement {
    let check = move |world: &World| {
        let there = world.cases.iter().filter(|case| case.of_kind(name).next().is_some());
        there.map(|case| format!("{}: a {name}", case.label())).collect()
    };
    rule(check, vec![set(kind("Role"), &["kind"], name)])
}

fn open_rights(case: &Case) -> Vec<String> {
    let open = |rule: &Value| is_about_pods(rule) && texts(&rule["resourceNames"]).is_empty();
    rules(case).filter(|(_, rule)| open(rule)).map(|(_, rule)| rule.to_string()).collect()
}

fn wildcards(world: &World) -> Vec<String> {
    let wild = |rule: &Value| ["apiGroups", "resources", "verbs"].iter().any(|key| texts(&rule[*key]).contains("*"));
    let all = world.cases.iter().flat_map(|case| rules(case).map(move |(_, rule)| (case, rule)));
    all.filter(|(_, rule)| wild(rule)).map(|(case, rule)| format!("{}: {rule}", case.label())).collect()
}

fn namespaces_are_optional(world: &World) -> Vec<String> {
    let made = |name: &str| !namespaces(world.case("scanner-infrastructure", name)).is_empty();
    let found = [made("default"), made("existing-namespace")];
    if found == [true, false] { Vec::new() } else { vec![format!("{found:?}")] }
}

fn outside_of_tenants(case: &Case) -> Vec<String> {
    let system = ["default", "kube-system", "kube-public", "kube-node-lease"];
    let inside = case.objects.iter().filter(|object| object["kind"] != "Namespace");
    let places = inside.map(|object| object["metadata"]["namespace"].as_str());
    places.filter(|place| place.is_none_or(|place| system.contains(&place))).map(|place| format!("{place:?}")).collect()
}

/// Each Role with rights has one rule more than with the standard approach.
fn one_rule_more(world: &World) -> Vec<String> {
    let of = |name| -> Vec<usize> {
        let roles = world.case("scanner-infrastructure", name).of_kind("Role");
        roles.filter_map(|role| role["rules"].as_array().map(Vec::len)).filter(|count| *count > 0).collect()
    };
    let (standard, distroless) = (of(TEAMS), of("teams-distroless"));
    let more: Vec<usize> = standard.iter().map(|count| count + 1).collect();
    let fits = !standard.is_empty() && distroless == more;
    if fits { Vec::new() } else { vec![format!("{standard:?} {distroless:?}")] }
}

fn presets(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for (case, wanted) in [
        ("default", &["container-scans"][..]),
        ("one-namespace-per-environment", &["scans-staging", "scans-production"]),
        (TEAMS, &["scans-payments", "scans-search", "scans-web"]),
    ] {
        let found: BTreeSet<&str> = namespaces(world.case("scanner-infrastructure", case)).into_iter().collect();
        if found != wanted.iter().copied().collect() {
            wrong.push(format!("{case}: {found:?}"));
        }
    }
    wrong
}

fn teams(of: &'static str) -> Over {
    kind(of).of("scanner-infrastructure").with(TEAMS)
}

requirements! {
    r000_02 "every right in pods is one in named pods" => rule(in_each(open_rights), vec![
        cut(kind("Role").of("standard-scanner").with("try-out"), &["rules", "*", "resourceNames"]),
    ]);
    r000_04 "every namespace that a chart makes denies what nothing allows" => rule(in_each(denies), vec![
        without(teams("NetworkPolicy")),
        set(teams("NetworkPolicy"), &["spec", "egress"], json!([{}])),
    ]);
    r001_01 "namespaces are made, or are there already" =>
        rule(namespaces_are_optional, vec![without(kind("Namespace").of("scanner-infrastructure").with("default"))]);
    r001_02 "nothing lies in a namespace of Kubernetes itself" => rule(in_each(outside_of_tenants), vec![
        set(common("Role"), &["metadata", "namespace"], "default"),
        cut(common("Role"), &["metadata", "namespace"]),
    ]);
    r001_03 "namespaces have Pod Security labels, limits and a quota, and outlive the release" => all(vec![
        every(kind("Namespace"), &["metadata", "labels", "pod-security.kubernetes.io/enforce"], "restricted"),
        every(kind("Namespace"), &["metadata", "labels", "pod-security.kubernetes.io/audit"], "restricted"),
        every(kind("Namespace"), &["metadata", "labels", "pod-security.kubernetes.io/warn"], "restricted"),
        every(kind("Namespace"), &["metadata", "annotations", "helm.sh/resource-policy"], "keep"),
        rule(in_each(|case| in_every_namespace(case, "LimitRange")), vec![without(common("LimitRange"))]),
        rule(in_each(|case| in_every_namespace(case, "ResourceQuota")), vec![without(common("ResourceQuota"))]),
    ]);
    r001_04 "each tenant has its own of everything, and is bound by nobody else" => rule(tenants, vec![
        without(teams("ServiceAccount")),
        set(teams("RoleBinding"), &["subjects", "*", "namespace"], "elsewhere"),
        cut(teams("ResourceQuota"), &["metadata", "labels", "chartsec.dev/tenant"]),
    ]);
    r001_05 "every pod runs as an account of its own chart" => rule(in_each(own_accounts), vec![
        set(PODS.of("common-scanner"), &["serviceAccountName"], "default"),
        without(common("ServiceAccount")),
    ]);
    r001_07 "an account stands for one of the cloud's" => rule(cloud_identities, vec![
        cut(teams("ServiceAccount"), &["metadata", "annotations", "azure.workload.identity/client-id"]),
        set(
            nightly("CronJob"),
            &["spec", "jobTemplate", "spec", "template", "metadata", "labels", "azure.workload.identity/use"],
            "true",
        ),
    ]);
    r001_10 "bindings are to Roles of their namespace" => every(kind("RoleBinding"), &["roleRef", "kind"], "Role");
    r001_11 "a Role names the pods of its tenant, and no others" => rule(approach_rights, vec![
        set(kind("Role").of("distroless-scanner").with("nightly"), &["rules", "*", "resourceNames", "-"], "other-0"),
    ]);
    r001_13 "each approach has rights of its own, and sidecar has none" => rule(approach_rights, vec![set(
        kind("Role").of("sidecar-scanner").with("images"),
        &["rules", "-"],
        json!({"resources": ["pods"], "verbs": ["list"]}),
    )]);
    r001_16 "nothing reaches beyond a namespace" => all(vec![no_kind("ClusterRole"), no_kind("ClusterRoleBinding")]);
    r001_20 "the distroless approach adds one rule to each Role" => rule(one_rule_more, vec![
        set(kind("Role").of("scanner-infrastructure").with("teams-distroless"), &["rules", "-"], json!({})),
    ]);
    r001_22 "namespaces of one's own, per environment and per team" => rule(presets, vec![without(teams("Namespace"))]);
    r002_04 "rights end, and a reaper beside them takes them away" => rule(expiry, vec![
        cut(nightly("RoleBinding"), &["metadata", "annotations", "chartsec.dev/expires-at"]),
        without(nightly("CronJob")),
        set(nightly("Role"), &["rules"], json!([])),
    ]);
    r002_08 "no right is a wildcard" => rule(wildcards, vec![
        set(common("Role"), &["rules", "-"], json!({"resources": ["*"]})),
        set(common("Role"), &["rules", "-"], json!({"verbs": ["get", "*"]})),
    ]);
}
