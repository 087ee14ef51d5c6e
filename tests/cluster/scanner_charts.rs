//! The scanner charts and a chart of `new` on a real API server: what it accepts, and what their accounts may do.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use chartsec::generate::CHARTS;
use chartsec::limits::Limits;
use chartsec::yaml;
use chartsec::yaml::node::{Data, Node};
use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams, ValidationDirective};
use kube::core::GroupVersionKind;
use kube::discovery::{Scope, pinned_kind};
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::cluster::{Cluster, Result, eventually, test};
use crate::control_plane::{create, may, pod, refused};
use crate::node::{exec, exit_code};

/// Kinds of operators, which a plain cluster does not know.
const FOREIGN: [&str; 2] = ["ExternalSecret", "SealedSecret"];
/// The account that a release called `scan` makes in each tenant's namespace.
const ACCOUNT: &str = "scan-scanner";

fn chartsec(arguments: &[&str], folder: &Path) -> Result<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    let output = command.args(arguments).current_dir(folder).env_clear().output()?;
    if !output.status.success() {
        return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The objects of a chart, each in its namespace.
fn render(chart: &Path, namespace: &str, values: Option<&Path>) -> Result<Vec<Value>> {
    let mut arguments = vec!["render", "scan", ".", "--kube-version", "1.36", "-n", namespace];
    arguments.extend(values.iter().flat_map(|file| ["-f", file.to_str().unwrap()]));
    let output = chartsec(&arguments, chart)?;
    let mut objects = Vec::new();
    for document in yaml::read_all(output.as_bytes(), &Limits::default())? {
        let mut object = to_json(&document);
        if object.is_null() {
            continue;
        }
        if object["kind"] != "Namespace" && object["metadata"]["namespace"].is_null() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        objects.push(object);
    }
    Ok(objects)
}

/// What Kubernetes makes of a document: YAML 1.1, in which `0440` is a number.
fn to_json(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Bool(value) => json!(value),
        Data::Int(value) => json!(value),
        Data::Uint(value) => json!(value),
        Data::Float(value) => json!(value),
        Data::String(text) => json!(&**text),
        Data::List(items) => items.iter().map(to_json).collect(),
        Data::Map(entries) => entries.iter().map(|entry| (entry.key.to_string(), to_json(&entry.value))).collect(),
    }
}

/// Applies an object as Helm does; unknown fields are refused.
async fn apply(client: &Client, object: &Value, dry_run: bool) -> kube::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let (group, version) = version.split_once('/').unwrap_or(("", &version));
    let kind = GroupVersionKind::gvk(group, version, &text(&object["kind"]));
    let (resource, capabilities) = pinned_kind(client, &kind).await?;
    let api: Api<DynamicObject> = match capabilities.scope {
        Scope::Cluster => Api::all_with(client.clone(), &resource),
        Scope::Namespaced => Api::namespaced_with(client.clone(), &text(&object["metadata"]["namespace"]), &resource),
    };
    let parameters =
        PatchParams { dry_run, field_validation: Some(ValidationDirective::Strict), ..PatchParams::apply("helm") };
    api.patch(&text(&object["metadata"]["name"]), &parameters, &Patch::Apply(object)).await.map(drop)
}

/// The pod that a workload would make, which admission looks at again.
fn pod_of(object: &Value) -> Option<Value> {
    let template = match object["kind"].as_str()? {
        "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
        "Deployment" | "Job" => &object["spec"]["template"],
        _ => return None,
    };
    let metadata = json!({"name": "of-a-workload", "namespace": object["metadata"]["namespace"],
        "labels": template["metadata"]["labels"], "annotations": template["metadata"]["annotations"]});
    Some(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}))
}

/// A namespace that enforces the strictest Pod Security Standard.
fn restricted(name: &str) -> Value {
    let labels = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// Every chart with its default values and each of its examples; a chart of `new` with everything on among them.
fn cases(made: &Path) -> Result<Vec<(PathBuf, Option<PathBuf>)>> {
    chartsec(&["new", "web"], made)?;
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts");
    let mut cases = Vec::new();
    for chart in CHARTS.map(|name| charts.join(name)).into_iter().chain([made.join("web")]) {
        let mut examples =
            std::fs::read_dir(chart.join("ci"))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        examples.sort();
        cases.push((chart.clone(), None));
        cases.extend(examples.into_iter().map(|file| (chart.clone(), Some(file))));
    }
    Ok(cases)
}

fn say(text: &str) -> Result {
    // Past the capture of the test harness: a matrix is there to be read.
    Ok(std::io::stderr().write_all(text.as_bytes())?)
}

#[test]
fn the_api_server_accepts_every_object_of_every_chart() {
    test(1, "charts", async |cluster| {
        let made = tempfile::tempdir()?;
        let client = &cluster.client;
        let (mut spaces, mut foreign) = (BTreeSet::new(), BTreeSet::new());
        let (mut counts, mut wrong) = ([0, 0, 0], Vec::new());
        for (chart, values) in cases(made.path())? {
            counts[0] += 1;
            let objects = render(&chart, &cluster.namespace, values.as_deref())?;
            // What others have to find there first: namespaces, then accounts.
            for namespace in objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()) {
                if spaces.insert(namespace.to_owned()) {
                    apply(client, &restricted(namespace), false).await?;
                }
            }
            for account in objects.iter().filter(|object| object["kind"] == "ServiceAccount") {
                apply(client, account, false).await?;
            }
            for object in &objects {
                let kind = object["kind"].as_str().unwrap_or_default();
                if FOREIGN.contains(&kind) {
                    foreign.insert(kind.to_owned());
                    continue;
                }
                let pod = pod_of(object);
                counts[1] += 1;
                counts[2] += usize::from(pod.is_some());
                for object in std::iter::once(object).chain(&pod) {
                    if let Err(error) = apply(client, object, true).await {
                        let name = &object["metadata"]["name"];
                        wrong.push(format!("{} {values:?}: {kind} {name}: {error}", chart.display()));
                    }
                }
            }
        }
        for name in spaces.iter().filter(|name| **name != cluster.namespace) {
            Api::<Namespace>::all(client.clone()).delete(name, &DeleteParams::background()).await?;
        }
        let [cases, objects, pods] = counts;
        say(&format!("{cases} cases, {objects} objects, {pods} pods of workloads; not known here: {foreign:?}\n"))?;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(cases >= 17 && objects > 200 && pods > 30);
        Ok(())
    });
}

#[test]
fn strict_validation_is_on() {
    test(1, "strict-chart", async |cluster| {
        let mut object = restricted(&cluster.namespace);
        object["spec"]["nosuch"] = json!(1);
        assert!(refused(apply(&cluster.client, &object, true).await)?.message.contains("nosuch"));
        let privileged = json!({"kind": "Job", "metadata": {"namespace": cluster.namespace}, "spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "a", "image": "a", "securityContext": {"privileged": true}}]}}}});
        apply(&cluster.client, &restricted(&cluster.namespace), false).await?;
        let answer = apply(&cluster.client, &pod_of(&privileged).unwrap(), true).await;
        assert!(refused(answer)?.message.contains("violates PodSecurity"));
        Ok(())
    });
}

/// Installs scanner-infrastructure for three tenants, whose accounts may reach the pod `target`; returns the namespaces.
async fn three_tenants(cluster: &Cluster, approach: &str) -> Result<Vec<String>> {
    let names: Vec<String> = ["a", "b", "c"].iter().map(|name| format!("{}-{name}", cluster.namespace)).collect();
    let targets = json!([{"pod": "target", "container": "app"}]);
    let tenants: Vec<Value> = names.iter().map(|name| json!({"name": name, "targets": targets})).collect();
    let values = tempfile::NamedTempFile::new()?;
    std::fs::write(values.path(), json!({"approach": approach, "tenants": tenants}).to_string())?;
    let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/scanner-infrastructure");
    let mut objects = render(&chart, &cluster.namespace, Some(values.path()))?;
    objects.sort_by_key(|object| object["kind"] != "Namespace");
    for object in &objects {
        apply(&cluster.client, object, false).await?;
    }
    Ok(names)
}

/// A client that is known by the token of a tenant's account.
async fn scanner(cluster: &Cluster, namespace: &str) -> Result<Client> {
    let accounts = Api::<ServiceAccount>::namespaced(cluster.client.clone(), namespace);
    let request = serde_json::from_value(json!({"spec": {"audiences": [], "expirationSeconds": 600}}))?;
    let answer = accounts.create_token_request(ACCOUNT, &PostParams::default(), &request).await?;
    let client = cluster.with_token(&answer.status.ok_or("no token")?.token)?;
    let acts = async || Ok(may(&client, namespace, "get", "pods", "target").await?.then_some(()));
    eventually("the Role to act", acts).await?;
    Ok(client)
}

async fn end(cluster: &Cluster, namespaces: &[String]) -> Result {
    for name in namespaces {
        Api::<Namespace>::all(cluster.client.clone()).delete(name, &DeleteParams::background()).await?;
    }
    Ok(())
}

const VERBS: [&str; 9] = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "*"];
const RESOURCES: [&str; 14] = [
    "pods",
    "pods/exec",
    "pods/attach",
    "pods/portforward",
    "pods/log",
    "pods/ephemeralcontainers",
    "secrets",
    "configmaps",
    "serviceaccounts",
    "serviceaccounts/token",
    "services",
    "events",
    "persistentvolumeclaims",
    "*",
];

#[test]
fn a_tenant_reaches_nothing_of_another() {
    test(1, "tenants", async |cluster| {
        let names = three_tenants(cluster, "distroless").await?;
        let mut matrix = String::from(
            "what the account of a row may do in the namespace of a column, of all verbs on all resources\n",
        );
        let mut wrong = Vec::new();
        for own in &names {
            let client = scanner(cluster, own).await?;
            for space in names.iter().chain([&cluster.namespace]) {
                let mut allowed = Vec::new();
                for resource in RESOURCES {
                    for verb in VERBS {
                        for name in ["target", "other", ""] {
                            if may(&client, space, verb, resource, name).await? {
                                allowed.push(format!("{verb} {resource} {name}"));
                            }
                        }
                    }
                }
                let reviews = RESOURCES.len() * VERBS.len() * 3;
                matrix += &format!("  {own} in {space}: {} of {reviews}: {}\n", allowed.len(), allowed.join(", "));
                let wanted: &[&str] = if own == space {
                    &[
                        "get pods target",
                        "get pods/exec target",
                        "create pods/exec target",
                        "patch pods/ephemeralcontainers target",
                    ]
                } else {
                    &[]
                };
                if allowed != wanted {
                    wrong.push(format!("{own} in {space}: {allowed:?}"));
                }
            }
            // A review is a promise; this is the request itself.
            let other = names.iter().find(|name| *name != own).ok_or("one tenant")?;
            let answer = Api::<Pod>::namespaced(client.clone(), other).get("target").await;
            assert_eq!(refused(answer)?.code, 403);
        }
        end(cluster, &names).await?;
        say(&matrix)?;
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    });
}

#[test]
fn the_scanners_account_runs_commands_in_the_named_pod_and_in_no_other() {
    test(2, "scanner", async |cluster| {
        let names = three_tenants(cluster, "standard").await?;
        let (own, other) = (&names[0], &names[1]);
        for (space, name) in [(own, "target"), (own, "other"), (other, "target")] {
            let pods = Api::<Pod>::namespaced(cluster.client.clone(), space);
            let mut object = pod(name);
            object["spec"]["containers"][0]["securityContext"] = json!({"runAsUser": 10001, "runAsNonRoot": true,
                "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}});
            create(&pods, object).await?;
            eventually("the pod to run", async || {
                let phase = pods.get(name).await?.status.and_then(|status| status.phase);
                Ok((phase.as_deref() == Some("Running")).then_some(()))
            })
            .await?;
        }
        let client = scanner(cluster, own).await?;
        let pods = |space: &str| Api::<Pod>::namespaced(client.clone(), space);
        let command = ["id", "-u"];
        let (out, _, status) =
            eventually("the right to act", async || Ok(exec(&pods(own), "target", &command).await.ok())).await?;
        assert_eq!((out.as_slice(), status.as_ref().and_then(exit_code)), (b"10001\n".as_slice(), Some(0)));
        assert_eq!(refused(exec(&pods(own), "other", &command).await)?.code, 403);
        assert_eq!(refused(exec(&pods(other), "target", &command).await)?.code, 403);
        end(cluster, &names).await
    });
}
