//! The scanner charts and charts of `new` before other validators: kubeconform with strict schemas of Kubernetes' own OpenAPI
//! document, and kube-score, whose remarks are answered in the charts' documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chartsec::generate::CHARTS;
use serde_json::{Value, json};

use crate::common::{chartsec, files, root, skip};
use crate::oracle;

/// The kinds of operators are no part of Kubernetes.
const FOREIGN: &str = "ExternalSecret,SealedSecret";

/// What `tests/validators/install` has put there, or a loud skip; under `CI=true` it must be there.
fn installed(name: &str) -> Option<PathBuf> {
    let versions = fs::read_to_string(root().join("tests/validators/versions.tsv")).unwrap();
    let row = versions.lines().find(|row| row.split('\t').next() == Some(name)).unwrap();
    let folder = oracle::helm::cache_folder()?.join("validators");
    let path = folder.join(format!("{name}-{}", row.split('\t').nth(3).unwrap()));
    if !path.exists() {
        skip(&format!("run tests/validators/install (Go 1.26 or later) for {name}"));
        return None;
    }
    Some(path)
}

/// Makes a schema of OpenAPI 2 a strict JSON Schema: no unknown fields, and numbers where Kubernetes takes them for text.
fn strict(schema: &mut Value) {
    if let Some(reference) = schema["$ref"].as_str() {
        *schema = json!({"$ref": format!("definitions.json{reference}")});
        return;
    }
    if schema["format"] == "int-or-string" {
        *schema = json!({"type": ["string", "integer"]});
        return;
    }
    let Some(fields) = schema.as_object_mut() else { return };
    fields.remove("description");
    for field in
        fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(|all| all.values_mut())
    {
        strict(field);
    }
    for key in ["items", "additionalProperties"] {
        fields.get_mut(key).map(strict);
    }
    if fields.contains_key("properties") {
        fields.entry("additionalProperties").or_insert(json!(false));
    }
}

/// The schemas of a document as kubeconform looks for them: one file per kind, called `deployment-apps-v1.json`.
fn schemas(document: &Path, folder: &Path) {
    let mut document: Value = serde_json::from_slice(&fs::read(document).unwrap()).unwrap();
    let definitions = document["definitions"].as_object_mut().unwrap();
    for (name, schema) in definitions.iter_mut() {
        strict(schema);
        if name.ends_with(".resource.Quantity") {
            schema["type"] = json!(["string", "number"]);
        }
        for kind in schema["x-kubernetes-group-version-kind"].as_array().into_iter().flatten() {
            let text = |key: &str| kind[key].as_str().unwrap().to_lowercase();
            let (group, version) = (text("group"), text("version"));
            let group = group.split('.').next().filter(|group| !group.is_empty()).map(|group| format!("-{group}"));
            let file = format!("{}{}-{version}.json", text("kind"), group.unwrap_or_default());
            let reference = json!({"$ref": format!("definitions.json#/definitions/{name}")});
            fs::write(folder.join(file), reference.to_string()).unwrap();
        }
    }
    fs::write(folder.join("definitions.json"), json!({"definitions": definitions}).to_string()).unwrap();
}

/// A chart with one set of values.
struct Case {
    name: String,
    manifests: String,
    /// The chart's SECURITY.md.
    document: String,
}

/// Every chart in every case.
fn rendered() -> Vec<Case> {
    let made = tempfile::tempdir().unwrap();
    chartsec(&["new", "web"], made.path());
    let charts = CHARTS.map(|name| root().join("charts").join(name));
    let mut all = Vec::new();
    for chart in charts.into_iter().chain([made.path().join("web")]) {
        let name = chart.file_name().unwrap().to_str().unwrap();
        let examples = files(&chart.join("ci"), |_| true);
        for values in std::iter::once(None).chain(examples.iter().map(Some)) {
            let mut arguments = vec!["render", "scan", "."];
            arguments.extend(values.iter().flat_map(|file| ["-f", file.to_str().unwrap()]));
            let case = values.map_or("", |file| file.file_name().unwrap().to_str().unwrap());
            let document = fs::read_to_string(chart.join("SECURITY.md")).unwrap();
            all.push(Case { name: format!("{name} {case}"), manifests: chartsec(&arguments, &chart), document });
        }
    }
    all
}

/// Standard output of a program that reads manifests, and whether it was content.
fn judged(program: &Path, arguments: &[&str], manifests: &str) -> (String, bool) {
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(manifests.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.success())
    })
}

#[test]
fn kubeconform_finds_every_object_valid() {
    let (Some(program), Some(document)) = (installed("kubeconform"), installed("openapi")) else { return };
    let folder = tempfile::tempdir().unwrap();
    schemas(&document, folder.path());
    let location = format!("{}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", folder.path().display());
    let arguments = ["-strict", "-summary", "-output", "json", "-skip", FOREIGN, "-schema-location", &location];
    let mut count = 0;
    for case in rendered() {
        let (told, content) = judged(&program, &arguments, &case.manifests);
        assert!(content, "{}: {told}", case.name);
        let report: Value = serde_json::from_str(&told).unwrap();
        count += report["summary"]["valid"].as_u64().unwrap();
    }
    assert!(count > 200, "{count} objects");
    for wrong in [
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndatum: {}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, securityContext: {privilegd: true}}]}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, ports: [{containerPort: http}]}]}\n",
        "apiVersion: apps/v1\nkind: Deploy\nmetadata: {name: a}\n",
    ] {
        assert!(!judged(&program, &arguments, wrong).1, "{wrong}");
    }
}

#[test]
fn every_remark_of_kube_score_is_answered() {
    let Some(program) = installed("kube-score") else { return };
    let (mut answered, mut open) = (BTreeSet::new(), Vec::new());
    for case in rendered() {
        let (told, _) = judged(&program, &["score", "--output-format", "json", "-"], &case.manifests);
        let report: Value = serde_json::from_str(&told).unwrap();
        // `null` where it knows none of the kinds.
        for object in report.as_array().into_iter().flatten() {
            for check in object["checks"].as_array().into_iter().flatten() {
                // 10 is the best grade.
                if check["skipped"] == true || check["grade"] == 10 {
                    continue;
                }
                let id = check["check"]["id"].as_str().unwrap();
                if case.document.contains(&format!("| `{id}` |")) {
                    answered.insert(id.to_owned());
                } else {
                    open.push(format!("{}: {}: {}", case.name, object["object_name"], check["comments"]));
                }
            }
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
    let known = ["container-image-pull-policy", "deployment-has-host-podantiaffinity", "networkpolicy-targets-pod"];
    let known = known.into_iter().chain(["pod-probes-identical"]).map(str::to_owned).collect();
    assert_eq!(answered, known, "answers to remarks that nobody makes");
}
