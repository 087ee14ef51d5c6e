//! `lint` on charts, archives and manifests, as its users run it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{fixtures, root, snapshot};
use crate::{peers, verdicts};

/// Exit code, standard output and standard error of a run.
pub(crate) type Run = (Option<i32>, String, String);

pub(crate) fn lint_with(folder: &Path, line: &str, stdin: &str) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.arg("lint").args(line.split_whitespace()).current_dir(folder).env_clear();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that reads no input may be over before it gets any.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Lints in the folder of our charts.
fn lint(line: &str) -> Run {
    lint_with(&root().join("tests/charts"), line, "")
}

/// The report as JSON, held against its schema, and the exit code.
pub(crate) fn json_of(folder: &Path, line: &str, stdin: &str) -> (i32, Value) {
    let (code, out, err) = lint_with(folder, &format!("{line} -o json"), stdin);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {err}"));
    let schema = serde_json::from_str(include_str!("../../schemas/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator.iter_errors(&report).map(|fault| fault.to_string()).collect();
    assert_eq!(faults, Vec::<String>::new(), "{line}");
    (code.unwrap(), report)
}

fn json(line: &str) -> (i32, Value) {
    json_of(&root().join("tests/charts"), line, "")
}

/// `level rule file:line` of every finding.
fn short(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let line = |finding: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let at = &finding["template"];
        format!("{} {} {}:{}", text(&finding["level"]), text(&finding["rule"]), text(&at["file"]), at["line"])
    };
    findings.map(line).collect()
}

pub(crate) fn chart(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let head = ("Chart.yaml", "apiVersion: v2\nname: made\nversion: 1.0.0\n");
    for (name, text) in std::iter::once(&head).chain(files) {
        let path = folder.path().join("made").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: made\nspec:\n  hostPID: true\n";

#[test]
fn the_planted_faults_of_the_shop_are_found() {
    let (code, text, err) = lint("shop");
    assert_eq!((code, err), (Some(1), String::new()));
    snapshot("lint-shop-text", &text);
    let (code, report) = json("shop");
    assert_eq!(code, 1);
    snapshot("lint-shop-json", &serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn an_archive_is_linted_as_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = fs::File::create(folder.path().join("shop-1.2.0.tgz")).unwrap();
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast()));
    archive.append_dir_all("shop", root().join("tests/charts/shop")).unwrap();
    archive.into_inner().unwrap().finish().unwrap();
    let (code, report) = json_of(folder.path(), "shop-1.2.0.tgz", "");
    let packed: Vec<String> = short(&report).iter().map(|line| line.replace("shop-1.2.0.tgz:", "")).collect();
    assert_eq!((code, packed), (1, short(&json("shop").1)));
}

#[test]
fn values_of_the_command_line_lie_over_every_case() {
    let rules = |line| short(&json(line).1).iter().filter(|line| line.contains("privileged-container")).count();
    assert_eq!(rules("shop"), 1);
    assert_eq!(rules("shop --set monitor.enabled=false"), 0);
    assert_eq!(rules("shop -f shop/ci/quiet-values.yaml"), 0);
    assert_eq!(rules("shop --set-json monitor.securityContext={}"), 1, "an empty map takes no default away");
    assert_eq!(rules("shop --set monitor.securityContext.privileged=false"), 0);
    let (_, report) = json("shop --set monitor.securityContext.privileged=true --select POD001");
    assert_eq!(report["findings"][0]["values"]["key"], "monitor.securityContext.privileged");
}

#[test]
fn rules_are_chosen_by_id_or_code() {
    let rules = |line| {
        let mut found: Vec<String> =
            short(&json(line).1).iter().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect();
        found.dedup();
        found
    };
    assert_eq!(rules("shop --select privileged-container"), ["privileged-container"]);
    assert_eq!(
        rules("shop --select pod001,writable-root-filesystem"),
        ["privileged-container", "writable-root-filesystem"]
    );
    let without = rules("shop --ignore POD001 --ignore privilege-escalation");
    let left = [
        "unlisted-registry",
        "less-hardened-container",
        "undropped-capabilities",
        "writable-root-filesystem",
        "less-hardened-container",
        "missing-disruption-budget",
        "missing-tmp-volume",
        "missing-disruption-budget",
        "missing-tmp-volume",
    ];
    assert_eq!(without, left);
    assert_eq!(
        rules("two-faults --select POD001"),
        ["render-error"],
        "what keeps a chart from rendering is always told"
    );
    for option in ["--select", "--ignore"] {
        let (code, out, err) = lint(&format!("shop {option} privilged-container"));
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert_eq!(err, "error: no rule `privilged-container`\n help: did you mean `privileged-container`?\n");
    }
}

#[test]
fn strict_and_fail_on_decide_what_fails() {
    assert_eq!(lint("shop --ignore POD001").0, Some(0));
    assert_eq!(lint("shop --ignore POD001 --strict").0, Some(1));
    assert_eq!(lint("shop --ignore POD001 --fail-on warning").0, Some(1));
    assert_eq!(lint("shop --fail-on never").0, Some(0));
    let strict = short(&json("shop --strict").1);
    assert!(strict.iter().all(|line| line.starts_with("error ")) && strict.len() == 13, "{strict:?}");
}

#[test]
fn faults_of_all_templates_are_told_at_once() {
    let (code, report) = json("two-faults");
    let faults =
        ["error render-error two-faults/templates/a.yaml:1", "error render-error two-faults/templates/b.yaml:1"];
    assert_eq!((code, short(&report)), (3, faults.map(String::from).to_vec()));
    let broken = "{{ .Values.a.b-c }}\n";
    let dependency = "apiVersion: v2\nname: made\nversion: 1.0.0\ndependencies:\n  - name: gone\n    version: 1.0.0\n";
    let made = chart(&[("Chart.yaml", dependency), ("templates/a.yaml", broken), ("templates/b.yaml", broken)]);
    let (code, report) = json_of(made.path(), "made", "");
    let faults = [
        "error missing-dependency made/Chart.yaml:4",
        "error template-syntax made/templates/a.yaml:1",
        "error template-syntax made/templates/b.yaml:1",
    ];
    assert_eq!((code, short(&report)), (3, faults.map(String::from).to_vec()));
}

#[test]
fn a_refusal_that_another_case_satisfies_is_a_note() {
    let (code, report) = json("required");
    assert_eq!((code, short(&report)), (0, vec!["note render-error required/templates/_host.tpl:2".to_owned()]));
    assert_eq!(report["findings"][0]["cases"], serde_json::json!(["default"]));
    let made = chart(&[("templates/pod.yaml", "{{ required \"a name is needed\" .Values.name }}\n")]);
    assert_eq!(json_of(made.path(), "made", "").0, 3, "no case renders");
}

#[test]
fn libraries_are_parsed_and_empty_applications_refused() {
    let (code, out, _) = lint("library");
    let said =
        "note: library is a library chart: its templates are parsed, nothing is rendered\n\n1 chart: no findings\n";
    assert_eq!((code, out.as_str()), (Some(0), said));
    let library = "apiVersion: v2\nname: made\nversion: 1.0.0\ntype: library\n";
    let made = chart(&[("Chart.yaml", library), ("templates/_a.tpl", "{{ define \"a\" }}{{ end")]);
    let (code, report) = json_of(made.path(), "made", "");
    assert_eq!((code, short(&report)), (1, vec!["error template-syntax made/templates/_a.tpl:1".to_owned()]));
    let made = chart(&[("templates/pod.yaml", &format!("{{{{- if .Values.enabled }}}}\n{POD}{{{{- end }}}}\n"))]);
    let (code, report) = json_of(made.path(), "made", "");
    assert_eq!((code, short(&report)), (1, vec!["error empty-chart made/Chart.yaml:2".to_owned()]));
    assert_eq!(report["charts"][0]["cases"][0]["status"], "empty");
    assert_eq!(lint_with(made.path(), "made --set enabled=true --select POD002", "").0, Some(1));
}

#[test]
fn cases_that_helm_ignores_are_cases() {
    let toggle = format!("{{{{- if .Values.enabled }}}}\n{POD}{{{{- end }}}}\n");
    for ignored in ["ci/", "ci", "ci/*", "on-values.yaml"] {
        let files = [
            (".helmignore", ignored),
            ("ci/on-values.yaml", "enabled: true\n"),
            ("ci/notes.txt", ""),
            ("templates/pod.yaml", &toggle),
        ];
        let (code, report) = json_of(chart(&files).path(), "made --select host-pid", "");
        assert_eq!(
            (code, short(&report)),
            (1, vec!["error host-pid made/templates/pod.yaml:7".to_owned()]),
            "{ignored}"
        );
        assert_eq!(report["findings"][0]["cases"], serde_json::json!(["ci/on-values.yaml"]));
    }
}

#[test]
fn a_chart_whose_files_are_all_ignored_is_no_chart() {
    let (code, report) = json_of(chart(&[(".helmignore", "!nothing")]).path(), "made", "");
    assert_eq!((code, short(&report)), (3, vec!["error chart-unreadable made:1".to_owned()]));
    assert_eq!(report["findings"][0]["message"], "Chart.yaml file is missing");
}

#[test]
fn what_a_condition_or_a_default_writes_is_not_hardcoded() {
    let spec = "\
{{- if .Values.whole }}
apiVersion: v1
kind: Pod
metadata: {name: made}
spec:
  hostIPC: true
  {{- if .Values.pid }}
  hostPID: true
  {{- end }}
  hostNetwork: {{ default true .Values.network }}
  containers:
    - name: {{ .Values.name }}
      image: made:1
      securityContext:
        privileged: {{ .Values.privileged }}
{{- end }}
";
    let values = "whole: true\npid: true\nname: app\nprivileged: true\n";
    let made = chart(&[("templates/pod.yaml", spec), ("values.yaml", values)]);
    let rules = "host-ipc,host-pid,host-network,privileged-container,missing-memory-limit";
    let (_, report) = json_of(made.path(), &format!("made --select {rules}"), "");
    let mut told: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let key = finding["values"]["key"].as_str().unwrap_or("-");
            format!("{} {} {key}", finding["rule"].as_str().unwrap(), finding["grade"].as_str().unwrap())
        })
        .collect();
    told.sort();
    let expected = [
        "host-ipc hardcoded -",
        "host-network unknown -",
        "host-pid unknown -",
        "missing-memory-limit hardcoded -",
        "privileged-container hardenable privileged",
    ];
    assert_eq!(told, expected);
}

#[test]
fn faults_of_form_are_told_where_they_are_written() {
    let role = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: made
spec:
  rules:
    - apiGroups: [\"\"]
      resources: [pods]
      verbs: [get]
";
    let deployment = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: made
  labels:
    {{- include \"labels\" . | nindent 4 }}
spec:
  selector:
    matchLabels: {app: made}
  template:
    metadata:
      labels: {app: made}
    spec:
      securityContext:
        {{- toYaml .Values.podSecurityContext | nindent 8 }}
      containers:
        - name: app
          image: made:1
          {{- if .Values.port }}
          ports:
            - port: {{ .Values.port }}
          {{- end }}
";
    let helpers = "{{- define \"labels\" -}}\napp: made\nversion: {{ .Values.version }}\n{{- end }}\n";
    let values =
        "version: 1.5\npodSecurityContext:\n  fsGroup: 1000\n  privileged: false\nport: 80\ninner:\n  replicas: many\n";
    let inner = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: inner}\nspec:\n  replicas: {{ .Values.replicas }}\n  \
        selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: b}]}}\n";
    let made = chart(&[
        ("templates/role.yaml", role),
        ("templates/deployment.yaml", deployment),
        ("templates/_helpers.tpl", helpers),
        ("values.yaml", values),
        ("charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n"),
        ("charts/inner/values.yaml", "replicas: 1\n"),
        ("charts/inner/templates/set.yaml", inner),
    ]);
    let (code, report) = json_of(made.path(), "made --select API002,API003", "");
    assert_eq!(code, 1);
    let told = |finding: &Value| {
        let at =
            |place: &Value| format!("{}:{}", place["file"].as_str().unwrap_or("-").replace("made/", ""), place["line"]);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let values = &finding["values"];
        let key = if values.is_null() { "-".to_owned() } else { format!("{} {}", at(values), text(&values["key"])) };
        format!(
            "{} {} {} | {key} | {}",
            text(&finding["level"]),
            text(&finding["rule"]),
            at(&finding["template"]),
            text(&finding["message"])
        )
    };
    let mut told: Vec<String> = report["findings"].as_array().unwrap().iter().map(told).collect();
    told.sort();
    let expected = [
        "error missing-field templates/deployment.yaml:21 | - | ContainerPort needs a `containerPort`",
        "error unknown-field templates/deployment.yaml:15 | values.yaml:4 podSecurityContext.privileged | PodSecurityContext has no field `privileged`",
        "error unknown-field templates/deployment.yaml:21 | - | ContainerPort has no field `port`",
        "error unknown-field templates/role.yaml:5 | - | Role has no field `spec`",
        "error wrong-type charts/inner/templates/set.yaml:5 | values.yaml:7 inner.replicas | `replicas` of StatefulSetSpec takes an integer, not a string",
        "error wrong-type templates/_helpers.tpl:3 | values.yaml:1 version | `labels.version` of ObjectMeta takes a string, not a number",
    ];
    assert_eq!(told, expected);
    let (_, report) = json_of(made.path(), "made --select API002,API003 --kube-version 1.24", "");
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
    let told = "the form of objects in Kubernetes 1.24: the types of 1.28 to 1.36 are known";
    assert_eq!(report["summary"]["not_evaluated"], Value::from(vec![told]));
}

#[test]
fn manifests_come_from_files_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let stream = format!("# first\n---\n{POD}---\nkind: [\n");
    fs::write(folder.path().join("pods.yaml"), &stream).unwrap();
    let found = |report: &Value, name: &str| {
        let lines = [format!("error host-pid {name}:8"), format!("error rendered-yaml {name}:11")];
        assert_eq!(short(report), lines);
        assert_eq!(report["charts"][0]["type"], "manifests");
    };
    let (code, report) = json_of(folder.path(), "pods.yaml --select host-pid", "");
    assert_eq!(code, 1);
    found(&report, "pods.yaml");
    let (code, report) = json_of(folder.path(), "- --select host-pid", &stream);
    assert_eq!(code, 1);
    found(&report, report["charts"][0]["path"].as_str().unwrap());
    assert_eq!(lint_with(folder.path(), "-", "").0, Some(0));
}

#[test]
fn the_kubernetes_version_is_that_of_the_render_and_of_the_rules() {
    assert_eq!(lint("kube-version").0, Some(3));
    assert_eq!(lint("kube-version --kube-version 1.29").0, Some(0));
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: '1'}]}}\n";
    let code = |version: &str| {
        let line = format!("- --profile pss-baseline --kube-version {version}");
        lint_with(root(), &line, pod).0
    };
    assert_eq!((code("1.31"), code("1.32")), (Some(1), Some(0)));
    let (code, _, err) = lint("shop --kube-version new");
    assert!(code == Some(2) && err.contains("write it as `1.33`"), "{err}");
}

#[test]
fn the_published_scanner_charts_show_all_their_faults_at_once() {
    let Some(fixtures) = fixtures() else { return };
    let (code, report) = json_of(&fixtures.join("upstream-scanner-charts"), ".", "");
    assert_eq!(code, 3);
    let found = short(&report);
    let table = fs::read_to_string(fixtures.join("upstream-scanner-charts/expected.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    let (mut templates, mut dependencies) = (std::collections::BTreeMap::new(), Vec::new());
    for row in rows {
        match row[4] {
            "CHT003" if row[5].contains("does not parse") => {
                let line = row[2].parse::<u32>().unwrap();
                let first = templates.entry(format!("{}/{}", row[0], row[1])).or_insert(line);
                *first = line.min(*first);
            }
            "CHT002" if row[1] == "Chart.yaml" => dependencies.push(row[0]),
            _ => {}
        }
    }
    assert_eq!((templates.len(), dependencies.len()), (10, 4));
    for (file, line) in templates {
        let first = found.iter().find(|fault| fault.contains(&format!("template-syntax {file}:")));
        assert_eq!(first, Some(&format!("error template-syntax {file}:{line}")));
    }
    for chart in dependencies {
        assert!(
            found.iter().any(|fault| fault.contains(&format!("missing-dependency {chart}/Chart.yaml:"))),
            "{chart}"
        );
    }
    let cases = report["charts"].as_array().unwrap().iter().filter(|chart| chart["cases"][0]["status"] == "rendered");
    assert_eq!(cases.map(|chart| chart["name"].as_str().unwrap()).collect::<Vec<_>>(), ["scanner-infrastructure"]);
}

#[test]
fn pods_get_their_published_verdicts_alone_and_in_charts() {
    let Some(folder) = fixtures() else { return };
    let mut options = verdicts::Options { folder, sample: Some(150), seed: 1, binary: None };
    for binary in [None, Some(env!("CARGO_BIN_EXE_chartsec").into())] {
        options.binary = binary;
        let mut out = Vec::new();
        let agree = verdicts::run(&options, &mut out).unwrap();
        assert!(agree, "{}", String::from_utf8_lossy(&out));
    }
}

#[test]
fn evidence_that_is_none_is_refused_and_says_what_is_taken() {
    let made = chart(&[("templates/pod.yaml", POD)]);
    for (name, text, why) in [
        ("notes.txt", "hello", "it is neither a report of an image scan nor an audit policy"),
        ("sbom.json", "{\"bomFormat\": \"CycloneDX\"}", "it is no report of an image scan"),
        (
            "old.yaml",
            "apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: Metadata}]\n",
            "no longer served",
        ),
        ("empty.yaml", "", "it is empty"),
    ] {
        fs::write(made.path().join(name), text).unwrap();
        let (code, out, err) = lint_with(made.path(), &format!("made --evidence {name}"), "");
        assert_eq!((code, out.as_str()), (Some(2), ""), "{name}");
        assert!(
            err.contains(why) && err.contains("trivy image --format json") && err.contains("audit.k8s.io/v1"),
            "{err}"
        );
    }
    let (code, _, err) = lint_with(made.path(), "made --evidence gone.json", "");
    assert!(code == Some(2) && err.contains("cannot take `gone.json` as evidence: No such file"), "{err}");
    fs::write(made.path().join("chartsec.yaml"), "attestations: [{item: images-scanned}]\n").unwrap();
    let (code, _, err) = lint_with(made.path(), "made", "");
    assert!(code == Some(2) && err.contains("no attestation can be given for `images-scanned`"), "{err}");
}

#[test]
fn a_chart_is_the_same_in_the_working_directory() {
    let told = |folder: &str, line: &str| {
        let (_, report) = json_of(&root().join(folder), &format!("{line} --profile pedantic"), "");
        let told = |finding: &Value| {
            let edits = finding["fix"]["edits"].as_array().map_or(0, Vec::len);
            format!("{} {} {} {edits}", finding["rule"], finding["grade"], finding["values"]["key"])
        };
        let mut told: Vec<String> = report["findings"].as_array().unwrap().iter().map(told).collect();
        told.sort();
        told
    };
    assert_eq!(told("tests/charts/shop", "."), told("tests/charts", "shop"));
}

#[test]
fn a_switch_that_closes_a_network_policy_is_named() {
    let policy = "\
{{- if .Values.policy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: made}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress:
    - ports: [{port: 80}]
      {{- if not .Values.policy.allowExternal }}
      from: [{podSelector: {}}]
      {{- end }}
  egress:
    - to: [{ipBlock: {cidr: '::/0'}}]
    {{- if .Values.web.enabled }}
    - to: [{ipBlock: {cidr: 0.0.0.0/0}}]
    {{- end }}
    {{- if .Values.policy.allowExternalEgress }}
    - {}
    {{- end }}
{{- end }}
";
    let values = "policy: {enabled: true, allowExternal: true, allowExternalEgress: true}\nweb: {enabled: true}\n";
    let made = chart(&[("values.yaml", values), ("templates/policy.yaml", policy)]);
    let (_, report) = json_of(made.path(), "made --select allow-all-network-policy", "");
    let told: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let path = text(&finding["objects"][0]["path"]);
            format!("{path} {} {}", text(&finding["grade"]), text(&finding["values"]["key"]))
        })
        .collect();
    let expected = [
        "spec.ingress[0].from hardenable policy.allowExternal",
        // What makes these go are switches of the whole policy and of what it is for: no way to mend them.
        "spec.egress[0].to[0].ipBlock.cidr hardcoded -",
        "spec.egress[1].to[0].ipBlock.cidr unknown -",
        "spec.egress[2].to hardenable policy.allowExternalEgress",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_fix_is_what_to_change_in_the_values_of_the_chart() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: made}\nspec:\n  containers:\n    - name: made\n      \
               securityContext: {{- toYaml .Values.context | nindent 8 }}\n";
    let fix = |values: &str, more: &[(&str, &str)]| {
        let files = [&[("values.yaml", values), ("templates/pod.yaml", pod)], more].concat();
        let (_, report) = json_of(chart(&files).path(), "made --select privilege-escalation", "");
        report["findings"][0]["fix"].clone()
    };
    let edit = |line: u32, column: u32, end: u32, text: &str| {
        let (file, end_line, end_column) = ("made/values.yaml", line, end);
        json!({
            "file": file, "line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": text
        })
    };
    let safe = |edits: &[Value]| json!({"applicability": "safe", "edits": edits});
    let line = "\n  allowPrivilegeEscalation: false";
    assert_eq!(fix("context: {}\n", &[]), safe(&[edit(1, 9, 12, line)]));
    assert_eq!(fix("context: {} # ours\n", &[]), safe(&[edit(1, 9, 12, ""), edit(1, 19, 19, line)]));
    assert_eq!(fix("context:\n  runAsUser: 1 # ours\n", &[]), safe(&[edit(2, 22, 22, line)]));
    let set = "context:\n  allowPrivilegeEscalation: true\n";
    assert_eq!(fix(set, &[]), safe(&[edit(2, 29, 33, "false")]));
    assert_eq!(fix("context: {runAsUser: 1}\n", &[]), Value::Null);
    // The values of a case win over those of the chart.
    assert_eq!(fix("context: {}\n", &[("ci/a-values.yaml", set)]), Value::Null);
}

#[test]
fn registries_of_the_configuration_are_accepted() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: made}\nspec:\n  containers:\n    - name: made\n      \
               image: {{ .Values.image }}\n";
    let made = chart(&[("values.yaml", "image: registry.example.com/team/made:1\n"), ("templates/pod.yaml", pod)]);
    let found = |configuration: &str| {
        fs::write(made.path().join("chartsec.yaml"), configuration).unwrap();
        short(&json_of(made.path(), "made --select unlisted-registry", "").1)
    };
    let told = ["warning unlisted-registry made/templates/pod.yaml:7"];
    assert_eq!(found(""), told);
    assert_eq!(found("registries: [registry.example.com/other]\n"), told);
    assert_eq!(found("registries: [ghcr.io, registry.example.com]\n"), Vec::<String>::new());
    fs::write(made.path().join("chartsec.yaml"), "# ours\nregistries:\n  - docker://registry.example.com\n").unwrap();
    let (code, _, err) = lint_with(made.path(), "made", "");
    let expected = "error: chartsec.yaml:3: `docker://registry.example.com` is no registry\n help: write a host, with a \
                    path if only what stands below it is meant: `- registry.example.com/team`\n";
    assert_eq!((code, &*err), (Some(2), expected));
}

#[test]
fn a_key_that_also_writes_where_the_field_does_not_belong_is_no_proof() {
    let grade = |pod: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: made}}\nspec:\n{pod}  containers:\n    - name: made\n      \
             securityContext: {{{{- toYaml .Values.context | nindent 8 }}}}\n"
        );
        let files = [("values.yaml", "context: {}\n"), ("templates/pod.yaml", &text)];
        let (_, report) = json_of(chart(&files).path(), "made --select privilege-escalation,unknown-field", "");
        report["findings"][0]["grade"].as_str().unwrap().to_owned()
    };
    assert_eq!(grade(""), "hardenable");
    assert_eq!(grade("  securityContext: {{- toYaml .Values.context | nindent 4 }}\n"), "unknown");
}

#[test]
fn grades_are_proven_by_rendering_again() {
    let template = |context: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: made\nspec:\n  containers:\n    - name: made\n      image: made:1\n{context}"
        )
    };
    let grade = |values: &str, context: &str, schema: Option<&str>| {
        let pod = template(context);
        let mut files = vec![("values.yaml", values), ("templates/pod.yaml", &pod)];
        files.extend(schema.map(|schema| ("values.schema.json", schema)));
        let (_, report) = json_of(chart(&files).path(), "made --select run-as-root", "");
        let finding = &report["findings"][0];
        format!("{} {}", finding["grade"].as_str().unwrap(), finding["values"]["key"].as_str().unwrap_or("-"))
    };
    let printed = "      securityContext: {{- toYaml .Values.context | nindent 8 }}\n";
    assert_eq!(grade("context: {}\n", printed, None), "hardenable context");
    let around =
        "      {{- with .Values.context }}\n      securityContext: {{- toYaml . | nindent 8 }}\n      {{- end }}\n";
    assert_eq!(grade("context: {}\n", around, None), "hardenable context", "it is called nearly as the field is");
    let other = around.replace("context }}", "hardening }}");
    assert_eq!(grade("hardening: {}\n", &other, None), "unknown -", "nothing is called as the field is");
    let unused = "      {{- if .Values.securityContext }}{{ end }}\n";
    assert_eq!(
        grade("securityContext: {}\n", unused, None),
        "hardcoded -",
        "a key that no template prints hardens nothing"
    );
    let forced = "      securityContext: {{- toYaml (mergeOverwrite .Values.context (dict \"runAsNonRoot\" false)) | nindent 8 }}\n";
    assert_eq!(grade("context: {runAsUser: 1}\n", forced, None), "unknown -", "the template wins over the key");
    let schema = "{\"properties\": {\"context\": {\"additionalProperties\": false}}}";
    assert_eq!(grade("context: {}\n", printed, Some(schema)), "unknown context", "the schema refuses the key");
    assert_eq!(grade("{}\n", "", None), "hardcoded -");
}

#[test]
fn the_labelled_cases_of_other_linters_agree() {
    let Some(fixtures) = fixtures() else { return };
    let mut out = Vec::new();
    let agree = peers::run(&peers::Options { fixtures, ..peers::Options::default() }, &mut out).unwrap();
    assert!(agree, "{}", String::from_utf8_lossy(&out));
}
