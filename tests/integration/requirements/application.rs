//! What every chart holds of the hardening checklist, and what the chart of `new` holds for an application.

use serde_json::{Value, json};

use super::check::{CONTAINERS, Edit, Over, PODS, all, cut, each, every, kind, rule, set, without, without_file};
use super::requirements;
use super::world::{Case, World, pods};

/// The cases of charts of `new`.
fn of_new(world: &World) -> impl Iterator<Item = &Case> {
    world.cases.iter().filter(|case| !case.is_of_scanner())
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[key].as_array().into_iter().flatten()
}

/// What is wrong with the pods of all cases.
fn in_pods(wrong: impl Fn(&Value) -> Vec<String> + 'static) -> impl Fn(&World) -> Vec<String> {
    move |world| {
        let of = |case: &Case| {
            let found = pods(&case.objects).flat_map(&wrong);
            found.map(|what| format!("{}: {what}", case.label())).collect::<Vec<_>>()
        };
        world.cases.iter().flat_map(of).collect()
    }
}

/// Every container writes to /tmp, which is an emptyDir.
fn tmp(pod: &Value) -> Vec<String> {
    let empty: Vec<_> =
        items(pod, "volumes").filter(|volume| volume.get("emptyDir").is_some()).map(|volume| &volume["name"]).collect();
    let has = |container: &&Value| {
        items(container, "volumeMounts").any(|mount| mount["mountPath"] == "/tmp" && empty.contains(&&mount["name"]))
    };
    items(pod, "containers")
        .filter(|container| !has(container))
        .map(|one| format!("{}: no /tmp", one["name"]))
        .collect()
}

fn dangling_mounts(pod: &Value) -> Vec<String> {
    let there: Vec<_> = items(pod, "volumes").map(|volume| &volume["name"]).collect();
    let mounts =
        items(pod, "containers").chain(items(pod, "initContainers")).flat_map(|one| items(one, "volumeMounts"));
    mounts.filter(|mount| !there.contains(&&mount["name"])).map(|mount| mount.to_string()).collect()
}

fn endless_volumes(pod: &Value) -> Vec<String> {
    let empty = items(pod, "volumes").filter_map(|volume| volume.get("emptyDir"));
    empty.filter(|volume| !volume["sizeLimit"].is_string()).map(|_| "an emptyDir without a limit".to_owned()).collect()
}

/// Only `NET_BIND_SERVICE`, and only where a port below 1024 is.
fn added_capabilities(pod: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for container in items(pod, "containers").chain(items(pod, "initContainers")) {
        let low = items(container, "ports").any(|port| port["containerPort"].as_u64().is_some_and(|port| port < 1024));
        let added: Vec<_> = items(&container["securityContext"]["capabilities"], "add").collect();
        let fits = if low { added == [&json!("NET_BIND_SERVICE")] } else { added.is_empty() };
        if !fits {
            wrong.push(format!("{}: {added:?}", container["name"]));
        }
    }
    wrong
}

/// A digest is not pulled again, a tag is.
fn images(pod: &Value) -> Vec<String> {
    let fits = |container: &&Value| {
        let image = container["image"].as_str().unwrap_or_default();
        let policy = if image.contains("@sha256:") { "IfNotPresent" } else { "Always" };
        container["imagePullPolicy"] == policy
    };
    let all = items(pod, "containers").chain(items(pod, "initContainers"));
    all.filter(|container| !fits(container)).map(|one| format!("{} {}", one["image"], one["imagePullPolicy"])).collect()
}

fn is_fixed(image: &Value) -> bool {
    let image = image.as_str().unwrap_or_default();
    let name = image.rsplit('/').next().unwrap_or_default();
    image.contains("@sha256:") || name.split_once(':').is_some_and(|(_, tag)| !tag.is_empty() && tag != "latest")
}

/// Bindings are of a Role and to accounts that the same case makes.
fn bindings(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in &world.cases {
        let there = |kind: &str, name: &Value| case.of_kind(kind).any(|object| object["metadata"]["name"] == *name);
        for binding in case.of_kind("RoleBinding") {
            let subjects = items(binding, "subjects").all(|subject| there("ServiceAccount", &subject["name"]));
            if !subjects || !there("Role", &binding["roleRef"]["name"]) {
                wrong.push(format!("{}: {}", case.label(), binding["metadata"]["name"]));
            }
        }
    }
    wrong
}

/// The labels of a selector are those of the Deployment's pods.
fn selects(selector: &Value, case: &Case) -> bool {
    let labels = |object: &Value| object["spec"]["template"]["metadata"]["labels"].clone();
    let wanted = selector["matchLabels"].as_object();
    case.of_kind("Deployment").map(labels).any(|labels| {
        wanted.is_some_and(|wanted| !wanted.is_empty() && wanted.iter().all(|(key, value)| labels[key] == *value))
    })
}

/// What is wrong with the charts of `new`, of which each case has to have something of a kind.
fn in_new(kind: &'static str, wrong: impl Fn(&Case, &Value) -> bool + 'static) -> impl Fn(&World) -> Vec<String> {
    move |world| {
        let of = |case: &Case| {
            let found: Vec<_> = case.of_kind(kind).collect();
            let bad = found.iter().filter(|object| wrong(case, object)).count();
            (found.is_empty() || bad > 0).then(|| format!("{}: {bad} of {} {kind}", case.label(), found.len()))
        };
        of_new(world).filter_map(of).collect()
    }
}

/// The policy for the application itself, in a case of `full`.
fn own_policy(world: &World) -> &Value {
    let case = world.case("full", "default");
    case.of_kind("NetworkPolicy").find(|policy| selects(&policy["spec"]["podSelector"], case)).unwrap_or(&Value::Null)
}

/// That some peers are allowed by the application's policy.
fn allowed(direction: &'static str, peer: &'static str, wanted: Value) -> impl Fn(&World) -> Vec<String> {
    move |world| {
        let rules: Vec<_> = items(&own_policy(world)["spec"], direction).collect();
        let is_there = rules.iter().any(|rule| {
            items(&wanted, peer).all(|one| items(rule, peer).any(|peer| peer == one))
                && items(&wanted, "ports").all(|one| items(rule, "ports").any(|port| port == one))
        });
        if is_there { Vec::new() } else { vec![format!("{rules:?}")] }
    }
}

/// Takes a direction of all policies of `full` away: which is the application's is the check's to find.
fn closed(direction: &'static str) -> Edit {
    Box::new(move |world| {
        for case in world.cases.iter_mut().filter(|case| case.chart == "full") {
            for policy in case.objects.iter_mut().filter(|object| object["kind"] == "NetworkPolicy") {
                policy["spec"][direction] = json!([]);
            }
        }
    })
}

/// A range is as wide as its parts in order: min, request, limit, max.
fn limit_ranges(world: &World) -> Vec<String> {
    let amount = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
        let unit = match &text[digits.len()..] {
            "m" => 1.0,
            "" => 1e3,
            "Mi" => 1e3 * f64::from(1 << 20),
            "Gi" => 1e3 * f64::from(1 << 30),
            other => panic!("{other}"),
        };
        digits.parse::<f64>().map(|number| number * unit).unwrap_or(f64::NAN)
    };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in &world.cases {
        for range in case.of_kind("LimitRange").flat_map(|object| items(&object["spec"], "limits")) {
            count += 1;
            for resource in ["cpu", "memory"] {
                let order = ["min", "defaultRequest", "default", "max"].map(|key| amount(&range[key][resource]));
                if !order.is_sorted_by(|a, b| a <= b) {
                    wrong.push(format!("{}: {order:?}", case.label()));
                }
            }
        }
    }
    if count == 0 { vec!["no LimitRange".to_owned()] } else { wrong }
}

/// The README says of every Secret that pods mount or pull with which key names it.
fn named_secrets(world: &World) -> Vec<String> {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in &world.cases {
        let readme = world.files.get(&format!("{}/README.md", case.chart)).map_or("", |text| text);
        let section = readme.split("\n## ").find(|part| part.starts_with("Secrets\n")).unwrap_or_default();
        for pod in pods(&case.objects) {
            let volumes = items(pod, "volumes").filter_map(|volume| volume["secret"]["secretName"].as_str());
            let logins = items(pod, "imagePullSecrets").filter_map(|secret| secret["name"].as_str());
            let keyed =
                volumes.map(|name| (name, "secret.name`")).chain(logins.map(|name| (name, "imagePullSecrets`")));
            for (name, key) in keyed {
                count += 1;
                if !section.contains(key) {
                    wrong.push(format!("{}: {name}", case.label()));
                }
            }
        }
    }
    if count == 0 { vec!["no Secret".to_owned()] } else { wrong }
}

fn port_80(world: &World) -> Vec<String> {
    let containers = pods(&world.case("full", "default").objects).flat_map(|pod| items(pod, "containers"));
    let mut added = containers.map(|one| &one["securityContext"]["capabilities"]["add"]);
    let is_there = added.any(|add| *add == json!(["NET_BIND_SERVICE"]));
    if is_there { Vec::new() } else { vec!["no capability for port 80".to_owned()] }
}

fn reads_one_config(world: &World) -> Vec<String> {
    let role = world.case("full", "default").of_kind("Role").next().map(|role| &role["rules"]);
    let names = json!(["scan-full-config"]);
    let wanted = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": names}]);
    if role == Some(&wanted) { Vec::new() } else { vec![format!("{role:?}")] }
}

fn without_deny_all(world: &World) -> Vec<String> {
    let denies = |policy: &Value| policy["spec"] == json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
    of_new(world).filter(|case| !case.of_kind("NetworkPolicy").any(denies)).map(Case::label).collect()
}

fn sources(world: &World) -> Vec<String> {
    let count = items(&own_policy(world)["spec"], "ingress").map(|rule| items(rule, "from").count()).max();
    if count >= Some(3) { Vec::new() } else { vec![format!("{count:?} sources")] }
}

fn made_secrets(world: &World) -> Vec<String> {
    let made = world.cases.iter().filter(|case| case.of_kind("Secret").next().is_some());
    made.map(|case| format!("{}: a Secret", case.label())).collect()
}

fn mounted_secret(world: &World) -> Vec<String> {
    let mut volumes = pods(&world.case("existing", "default").objects).flat_map(|pod| items(pod, "volumes"));
    let is_there = volumes.any(|volume| volume["secret"]["secretName"].is_string());
    if is_there { Vec::new() } else { vec!["no Secret is mounted".to_owned()] }
}

fn digest(world: &World) -> Vec<String> {
    let mut containers = pods(&world.case("web", "digest").objects).flat_map(|pod| items(pod, "containers"));
    let is_there = containers.any(|one| one["image"].as_str().is_some_and(|image| image.contains("@sha256:")));
    if is_there { Vec::new() } else { vec!["no digest".to_owned()] }
}

fn named_logins(world: &World) -> Vec<String> {
    let lacks = |(chart, case, name): &(&str, &str, &str)| {
        !pods(&world.case(chart, case).objects).all(|pod| pod["imagePullSecrets"] == json!([{"name": name}]))
    };
    let cases = [("full", "default", "login"), ("standard-scanner", "nightly", "registry-login")];
    cases.into_iter().filter(lacks).map(|(chart, case, _)| format!("{chart} {case}")).collect()
}

fn quota(world: &World) -> Vec<String> {
    let quota = world.case("web", "limits").of_kind("ResourceQuota").next();
    let is_there = quota.is_some_and(|quota| quota["spec"]["hard"]["limits.memory"].is_string());
    if is_there { Vec::new() } else { vec!["no quota".to_owned()] }
}

fn other_selector(case: &Case, object: &Value) -> bool {
    !selects(&object["spec"]["selector"], case)
}

fn other_service(case: &Case, object: &Value) -> bool {
    !selects(&json!({"matchLabels": object["spec"]["selector"]}), case)
}

fn blocks_drains(case: &Case, budget: &Value) -> bool {
    let replicas = case.of_kind("Deployment").filter_map(|object| object["spec"]["replicas"].as_u64()).min();
    budget["spec"]["minAvailable"].as_u64() >= replicas
}

fn is_no_root(id: &Value) -> bool {
    id.as_u64().is_some_and(|id| id > 0)
}

/// An amount such as `100m` or `64Mi`.
fn is_amount(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_interval(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim_end_matches(['h', 'm', 's']).parse::<u32>().is_ok())
}

fn has_remote_keys(data: &Value) -> bool {
    data.as_array().is_some_and(|keys| !keys.is_empty() && keys.iter().all(|key| key["remoteRef"]["key"].is_string()))
}

fn web(of: &'static str) -> Over {
    kind(of).of("web").with("default")
}

fn full(of: &'static str) -> Over {
    kind(of).of("full").with("default")
}

/// Labels of the chart's component for tests.
fn test_component() -> Value {
    json!({"podSelector": {"matchLabels": {
        "app.kubernetes.io/name": "full", "app.kubernetes.io/instance": "scan", "app.kubernetes.io/component": "test"}}})
}

fn controller() -> Value {
    json!({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}})
}

fn database() -> Value {
    json!({"to": [{"ipBlock": {"cidr": "192.0.2.10/32"}}], "ports": [{"protocol": "TCP", "port": 5432}]})
}

fn dns() -> Value {
    json!({"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]})
}

requirements! {
    r004_01 "every pod runs as non-root" => every(PODS, &["securityContext", "runAsNonRoot"], true);
    r004_02 "every pod has a user, not root" => each(PODS, &["securityContext", "runAsUser"], is_no_root);
    r004_03 "every pod has a group, not root's" => each(PODS, &["securityContext", "runAsGroup"], is_no_root);
    r004_04 "files belong to a group that is not root's" => each(PODS, &["securityContext", "fsGroup"], is_no_root);
    r004_05 "system calls are filtered" =>
        every(PODS, &["securityContext", "seccompProfile", "type"], "RuntimeDefault");
    r004_07 "no container gains privileges" =>
        every(CONTAINERS, &["securityContext", "allowPrivilegeEscalation"], false);
    r004_08 "root file systems are read-only" =>
        every(CONTAINERS, &["securityContext", "readOnlyRootFilesystem"], true);
    r004_09 "containers say again that they are not root" =>
        every(CONTAINERS, &["securityContext", "runAsNonRoot"], true);
    r004_10 "all capabilities are dropped" =>
        every(CONTAINERS, &["securityContext", "capabilities", "drop"], json!(["ALL"]));
    r004_11 "no capability is added but for a low port" => rule(in_pods(added_capabilities), vec![
        set(CONTAINERS.of("common-scanner"), &["securityContext", "capabilities", "add"], json!(["DAC_OVERRIDE"])),
    ]);
    r004_13 "a port below 1024 gets the one capability that it needs" =>
        rule(port_80, vec![cut(CONTAINERS.of("full").with("default"), &["securityContext", "capabilities", "add"])]);
    r004_14 "every container may write to /tmp" =>
        rule(in_pods(tmp), vec![cut(PODS.of("common-scanner"), &["volumes", "*"])]);
    r004_15 "what is mounted is there" => rule(in_pods(dangling_mounts), vec![cut(PODS.of("web"), &["volumes", "*"])]);
    r004_16 "what is written has a limit" =>
        rule(in_pods(endless_volumes), vec![cut(PODS.of("web"), &["volumes", "*", "emptyDir", "sizeLimit"])]);
    r004_18 "no pod gets a token that it has not asked for" => every(PODS, &["automountServiceAccountToken"], false);
    r004_20 "access to the API is reading one ConfigMap" =>
        rule(reads_one_config, vec![cut(full("Role"), &["rules", "*", "resourceNames"])]);
    r004_21 "bindings are of Roles and to accounts that are there" =>
        rule(bindings, vec![set(full("RoleBinding"), &["roleRef", "name"], "other"), without(full("ServiceAccount"))]);
    r004_26 "selectors hold the labels of the pods" => all(vec![
        rule(in_new("Deployment", other_selector), vec![
            set(web("Deployment"), &["spec", "selector", "matchLabels", "app.kubernetes.io/name"], "other"),
        ]),
        rule(in_new("Service", other_service), vec![
            set(web("Service"), &["spec", "selector", "app.kubernetes.io/component"], "other"),
        ]),
    ]);
    r004_27 "an application denies what no policy allows" =>
        rule(without_deny_all, vec![without(web("NetworkPolicy"))]);
    r004_28 "ingress is from components by their labels" =>
        rule(allowed("ingress", "from", json!({"from": [test_component()]})), vec![closed("ingress")]);
    r004_29 "ingress may have several sources" => rule(sources, vec![closed("ingress")]);
    r004_30 "ingress may be from a namespace such as the controller's" =>
        rule(allowed("ingress", "from", json!({"from": [controller()]})), vec![closed("ingress")]);
    r004_31 "names are resolved, over UDP and TCP" => rule(allowed("egress", "to", dns()), vec![closed("egress")]);
    r004_32 "a database is reached by address and port" =>
        rule(allowed("egress", "to", database()), vec![closed("egress")]);
    r004_39 "no chart makes a Secret of values" =>
        rule(made_secrets, vec![set(kind("ConfigMap").of("common-scanner"), &["kind"], "Secret")]);
    r004_40 "a Secret that is there already is mounted" =>
        rule(mounted_secret, vec![without(kind("Deployment").of("existing").with("default"))]);
    r004_41 "the External Secrets Operator makes the Secret, in version v1" => all(vec![
        every(kind("ExternalSecret"), &["apiVersion"], "external-secrets.io/v1"),
        every(kind("ExternalSecret"), &["spec", "target", "creationPolicy"], "Owner"),
        each(kind("ExternalSecret"), &["spec", "refreshInterval"], is_interval),
        each(kind("ExternalSecret"), &["spec", "data"], has_remote_keys),
    ]);
    r004_42 "a Secret may come sealed" => every(kind("SealedSecret"), &["apiVersion"], "bitnami.com/v1alpha1");
    r004_44 "the README names every Secret, or the key that does" =>
        rule(named_secrets, vec![without_file("existing/README.md"), without_file("standard-scanner/README.md")]);
    r004_47 "images have a tag or a digest, never latest" => all(vec![
        each(CONTAINERS, &["image"], is_fixed),
        rule(digest, vec![without(kind("Deployment").of("web").with("digest"))]),
    ]);
    r004_49 "a tag is pulled always, a digest once" =>
        rule(in_pods(images), vec![set(CONTAINERS.of("common-scanner"), &["imagePullPolicy"], "Never")]);
    r004_50 "logins of registries are named, not made" =>
        rule(named_logins, vec![cut(PODS.of("full").with("default"), &["imagePullSecrets"])]);
    r004_51 "every container has requests and limits" => all(vec![
        each(CONTAINERS, &["resources", "requests", "cpu"], is_amount),
        each(CONTAINERS, &["resources", "requests", "memory"], is_amount),
        each(CONTAINERS, &["resources", "limits", "cpu"], is_amount),
        each(CONTAINERS, &["resources", "limits", "memory"], is_amount),
    ]);
    r004_52 "a namespace's limits are in order" => rule(limit_ranges, vec![
        set(kind("LimitRange").of("web").with("limits"), &["spec", "limits", "*", "max", "cpu"], "1m"),
    ]);
    r004_53 "an application may bring a quota" =>
        rule(quota, vec![without(kind("ResourceQuota").of("web").with("limits"))]);
    r004_54 "a disruption budget is about the application's pods" =>
        rule(in_new("PodDisruptionBudget", other_selector), vec![
        set(web("PodDisruptionBudget"), &["spec", "selector", "matchLabels", "app.kubernetes.io/name"], "other"),
        without(web("PodDisruptionBudget")),
    ]);
    r004_55 "a disruption budget lets nodes be drained" => rule(in_new("PodDisruptionBudget", blocks_drains), vec![
        set(web("PodDisruptionBudget"), &["spec", "minAvailable"], 2),
    ]);
}
