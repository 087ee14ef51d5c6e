//! What the scanner charts hold of scans: layers, networks, tokens, containers, results.

use chartsec::generate::CHARTS;
use serde_json::{Value, json};

use super::check::{
    CONTAINERS, Over, PODS, absent, all, common, cut, each, every, in_each, kind, nightly, rule, set, texts,
    without_file,
};
use super::requirements;
use super::world::{Case, World, pods};

/// The flags of the scanner and the reaper.
fn flags(case: &Case) -> Vec<&Value> {
    let containers = pods(&case.objects).flat_map(|pod| pod["containers"].as_array().into_iter().flatten());
    containers.flat_map(|container| container["args"].as_array().into_iter().flatten()).collect()
}

fn layers(world: &World) -> Vec<String> {
    let below = |chart: &str| match chart {
        "scanner-infrastructure" => None,
        "common-scanner" => Some("scanner-infrastructure"),
        _ => Some("common-scanner"),
    };
    let mut wrong = Vec::new();
    for chart in CHARTS {
        let metadata = world.files.get(&format!("{chart}/Chart.yaml")).map_or("", |text| text);
        let metadata: Value = serde_yaml::from_str(metadata).unwrap();
        let needs: Vec<_> =
            metadata["dependencies"].as_array().into_iter().flatten().map(|needed| needed["name"].as_str()).collect();
        if needs != below(chart).map(Some).into_iter().collect::<Vec<_>>() {
            wrong.push(format!("{chart} needs {needs:?}"));
        }
        let vendored = |needed| world.files.contains_key(&format!("{chart}/charts/{needed}/Chart.yaml"));
        if !below(chart).is_none_or(vendored) {
            wrong.push(format!("{chart} does not hold what it needs"));
        }
        if world.case(chart, "default").objects.is_empty() {
            wrong.push(format!("{chart} renders nothing"));
        }
    }
    wrong
}

/// Egress goes to the API server's addresses or to DNS, on named ports.
fn egress(case: &Case) -> Vec<String> {
    let dns = json!({"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}});
    let narrow = |to: &Value| {
        to["namespaceSelector"] == dns
            || to["ipBlock"]["cidr"].as_str().is_some_and(|cidr| !cidr.ends_with("/0") && !cidr.is_empty())
    };
    let policies = case.of_kind("NetworkPolicy");
    let all = policies.flat_map(|policy| policy["spec"]["egress"].as_array().into_iter().flatten());
    all.filter(|rule| {
        let (to, ports) = (rule["to"].as_array(), rule["ports"].as_array());
        !to.is_some_and(|to| !to.is_empty() && to.iter().all(narrow)) || ports.is_none_or(Vec::is_empty)
    })
    .map(|rule| format!("wide egress: {rule}"))
    .collect()
}

/// The volumes with a token, of all pods: for ten minutes.
fn short_tokens(world: &World) -> Vec<String> {
    let mut lives = Vec::new();
    for case in &world.cases {
        let volumes = pods(&case.objects).flat_map(|pod| pod["volumes"].as_array().into_iter().flatten());
        let sources = volumes.flat_map(|volume| volume["projected"]["sources"].as_array().into_iter().flatten());
        lives.extend(sources.filter_map(|source| source.get("serviceAccountToken")).map(|token| (case.label(), token)));
    }
    let long = lives.iter().filter(|(_, token)| token["expirationSeconds"] != 600);
    let mut wrong: Vec<String> = long.map(|(case, token)| format!("{case}: {token}")).collect();
    if lives.is_empty() {
        wrong.push("no pod has a token".to_owned());
    }
    wrong
}

fn scripts(case: &Case) -> Vec<String> {
    let data = case.of_kind("ConfigMap").flat_map(|map| map["data"].as_object().into_iter().flatten());
    let scripts =
        data.filter(|(name, text)| name.ends_with(".sh") || text.as_str().is_some_and(|text| text.starts_with("#!")));
    let mut wrong: Vec<String> = scripts.map(|(name, _)| format!("the script {name}")).collect();
    for container in pods(&case.objects).flat_map(|pod| pod["containers"].as_array().into_iter().flatten()) {
        let command = texts(&container["command"]);
        if ["sh", "bash", "/bin/sh", "/bin/bash"].iter().any(|shell| command.contains(shell)) {
            wrong.push(format!("a shell runs in {}", container["name"]));
        }
    }
    wrong
}

/// The results are mounted by the scanner only.
fn results(case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    for pod in pods(&case.objects) {
        for key in ["containers", "initContainers"] {
            for container in pod[key].as_array().into_iter().flatten().filter(|container| container["name"] != "scan") {
                let mut mounts = container["volumeMounts"].as_array().into_iter().flatten();
                if mounts.any(|mount| mount["name"] == "results") {
                    wrong.push(format!("{} reaches the results", container["name"]));
                }
            }
        }
    }
    wrong
}

/// Shared processes: in the pods of sidecar-scanner only, which are made for a scan and end with it.
fn shared_processes(world: &World) -> Vec<String> {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in &world.cases {
        for pod in pods(&case.objects).filter(|pod| pod.get("shareProcessNamespace").is_some()) {
            count += 1;
            if case.chart != "sidecar-scanner" {
                wrong.push(format!("{}: processes are shared", case.label()));
            }
            if pod["restartPolicy"] != "Never" {
                wrong.push(format!("{}: the scanner stays", case.label()));
            }
        }
        let jobs = case.objects.iter().filter_map(|object| match object["kind"].as_str() {
            Some("Job") => Some(&object["spec"]),
            Some("CronJob") => Some(&object["spec"]["jobTemplate"]["spec"]),
            _ => None,
        });
        let endless = jobs.filter(|job| !job["activeDeadlineSeconds"].is_u64());
        wrong.extend(endless.map(|_| format!("{}: a Job without a deadline", case.label())));
    }
    if count == 0 {
        wrong.push("no pod shares its processes".to_owned());
    }
    wrong
}

fn thresholds(world: &World) -> Vec<String> {
    let case = world.case("standard-scanner", "nightly");
    let least = |tenant: &str| {
        let of_tenant =
            |map: &&Value| map["metadata"]["namespace"] == tenant && map["metadata"]["name"] == "scan-thresholds";
        let map = case.of_kind("ConfigMap").find(of_tenant)?;
        let threshold: Value = serde_yaml::from_str(map["data"]["threshold.yml"].as_str()?).ok()?;
        threshold["compliance"]["min"].as_u64()
    };
    let found = ["payments", "search"].map(least);
    if found == [Some(100), Some(70)] { Vec::new() } else { vec![format!("{found:?}")] }
}

/// A field from 1.30 on, an annotation per container before.
fn app_armor(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in &world.cases {
        let is_old = case.name == "before-1.30";
        for pod in pods(&case.objects) {
            if (pod["securityContext"]["appArmorProfile"]["type"] == "RuntimeDefault") == is_old {
                wrong.push(format!("{}: the field", case.label()));
            }
        }
        for template in case.of_kind("CronJob").map(|job| &job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]) {
            let annotations = template["annotations"].as_object();
            let key = "container.apparmor.security.beta.kubernetes.io/";
            let named = annotations
                .is_some_and(|all| all.iter().any(|(name, value)| name.starts_with(key) && value == "runtime/default"));
            if named != is_old {
                wrong.push(format!("{}: the annotation", case.label()));
            }
        }
    }
    wrong
}

fn documents(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    for chart in CHARTS {
        for (file, headings) in [
            ("README.md", &["## Values", "## Examples", "## Objects"][..]),
            ("SECURITY.md", &["## Risks", "## Rights", "## What is kept", "## Decisions"]),
            ("values.schema.json", &["additionalProperties"]),
            ("templates/NOTES.txt", &["{{"]),
            ("templates/_helpers.tpl", &[".labels"]),
        ] {
            let name = format!("{chart}/{file}");
            let text = world.files.get(&name).map_or("", |text| text);
            wrong.extend(
                headings.iter().filter(|heading| !text.contains(*heading)).map(|part| format!("{name}: no {part}")),
            );
        }
    }
    wrong
}

/// As many scans by ephemeral container as ends of one.
fn ends_of_ephemeral_containers(world: &World) -> Vec<String> {
    let count = |case: &Case, prefix: &str| {
        flags(case).iter().filter(|flag| flag.as_str().is_some_and(|flag| flag.starts_with(prefix))).count()
    };
    let scans = world.of_scanners().filter(|case| case.chart == "distroless-scanner");
    let endless = scans.filter(|case| count(case, "--mode=distroless") != count(case, "--debug-timeout="));
    endless.map(Case::label).collect()
}

/// The scanners and reapers that no policy but the one that denies all selects.
fn without_policy(case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    for job in case.of_kind("CronJob") {
        let labels = &job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"];
        let selects = |policy: &Value| {
            let wanted = policy["spec"]["podSelector"]["matchLabels"].as_object();
            policy["metadata"]["namespace"] == job["metadata"]["namespace"]
                && wanted.is_some_and(|wanted| wanted.iter().all(|(key, value)| labels[key] == *value))
        };
        if !case.of_kind("NetworkPolicy").any(selects) {
            wrong.push(format!("no policy selects {labels}"));
        }
    }
    wrong
}

fn open_ingress(case: &Case) -> Vec<String> {
    let open = case.of_kind("NetworkPolicy").filter(|policy| policy["spec"].get("ingress").is_some());
    open.map(|policy| policy["metadata"]["name"].to_string()).collect()
}

fn is_high(id: &Value) -> bool {
    id.as_u64().is_some_and(|id| id > 10_000)
}

fn tried_sidecar(of: &'static str) -> Over {
    kind(of).of("sidecar-scanner").with("try-out")
}

requirements! {
    r000_01 "the charts lie in layers, each holding those below" =>
        rule(layers, vec![without_file("sidecar-scanner/charts/common-scanner/Chart.yaml")]);
    r000_03 "tokens live for ten minutes" => rule(short_tokens, vec![set(
        PODS.of("standard-scanner").with("try-out"),
        &["volumes", "*", "projected", "sources", "*", "serviceAccountToken", "expirationSeconds"],
        3600,
    )]);
    r000_05 "no account gives its token away" =>
        every(kind("ServiceAccount"), &["automountServiceAccountToken"], false);
    r000_06 "no shell script, neither in a ConfigMap nor as a command" => rule(in_each(scripts), vec![
        set(common("ConfigMap"), &["data", "scan.sh"], "#!/bin/sh\n"),
        set(CONTAINERS.of("common-scanner"), &["command"], json!(["/bin/sh", "-c", "x"])),
    ]);
    r000_07 "what is scanned does not reach the results" => rule(in_each(results), vec![set(
        tried_sidecar("Job"),
        &["spec", "template", "spec", "initContainers", "*", "volumeMounts", "-"],
        json!({"name": "results", "mountPath": "/results"}),
    )]);
    r000_10 "every chart has its documents, with their parts" =>
        rule(documents, vec![without_file("common-scanner/SECURITY.md"), without_file("common-scanner/README.md")]);
    r000_16 "an ephemeral container ends by itself" => rule(ends_of_ephemeral_containers, vec![
        set(CONTAINERS.of("distroless-scanner").with("try-out"), &["args"], json!(["--mode=distroless"])),
    ]);
    r000_17 "no scanner stays beside an application" => rule(shared_processes, vec![
        set(tried_sidecar("Job"), &["spec", "template", "spec", "restartPolicy"], "OnFailure"),
        cut(tried_sidecar("Job"), &["spec", "activeDeadlineSeconds"]),
    ]);
    r000_18 "processes are shared in the pods of sidecar-scanner only" =>
        rule(shared_processes, vec![set(PODS.of("standard-scanner"), &["shareProcessNamespace"], true)]);
    r001_17 "no pod is privileged or in a namespace of its node" => all(vec![
        every(CONTAINERS, &["securityContext", "privileged"], false),
        absent(PODS, &["hostPID"]),
        absent(PODS, &["hostIPC"]),
        absent(PODS, &["hostNetwork"]),
        absent(PODS, &["volumes", "*", "hostPath"]),
    ]);
    r002_24 "every scanner's traffic is under a policy of its own" => rule(in_each(without_policy), vec![
        set(common("NetworkPolicy"), &["spec", "podSelector", "matchLabels", "app.kubernetes.io/component"], "other"),
    ]);
    r002_25 "a scanner reaches the API server and DNS, and nothing else" => rule(in_each(egress), vec![
        set(common("NetworkPolicy"), &["spec", "egress", "-"], json!({})),
        set(common("NetworkPolicy"), &["spec", "egress", "-"], json!({"to": [{"podSelector": {}}], "ports": [{"port": 1}]})),
    ]);
    r002_26 "nothing reaches a scanner, not even in its namespace" =>
        rule(in_each(open_ingress), vec![set(common("NetworkPolicy"), &["spec", "ingress"], json!([{}]))]);
    r002_57 "AppArmor is on: a field from Kubernetes 1.30 on, an annotation before" => rule(app_armor, vec![
        cut(PODS.of("common-scanner"), &["securityContext", "appArmorProfile"]),
        cut(
            kind("CronJob").of("standard-scanner").with("before-1.30"),
            &["spec", "jobTemplate", "spec", "template", "metadata", "annotations"],
        ),
    ]);
    r002_58 "users and groups are out of the way of those of a node" => all(vec![
        each(PODS, &["securityContext", "runAsUser"], is_high),
        each(PODS, &["securityContext", "runAsGroup"], is_high),
    ]);
    r003_16 "each tenant's scans are held to its threshold" => rule(thresholds, vec![
        set(nightly("ConfigMap"), &["data", "threshold.yml"], "compliance: {min: 1}"),
    ]);
}
