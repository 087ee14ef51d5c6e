//! Waivers in every place they may stand, as users write them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{root, snapshot};
use crate::lint::{chart, json_of, lint_with};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: made
spec:
  hostPID: true
  hostIPC: {{ .Values.ipc }}
";
const VALUES: &str = "ipc: true\n";
const RULES: &str = "made --select host-pid,host-ipc,invalid-waiver,expired-waiver,unused-waiver";

/// `rule` or `rule (reason)` of every finding, in order, and the exit code.
fn told(folder: &Path, line: &str) -> (i32, Vec<String>) {
    let (code, report) = json_of(folder, line, "");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let told = report["findings"].as_array().unwrap().iter().map(|finding| match &finding["suppressed"] {
        Value::Null => text(&finding["rule"]),
        waiver => format!("{} ({})", text(&finding["rule"]), text(&waiver["reason"])),
    });
    (code, told.collect())
}

fn of(files: &[(&str, &str)], line: &str) -> (i32, Vec<String>) {
    told(chart(files).path(), line)
}

fn lines(expected: &[&str]) -> Vec<String> {
    expected.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn comments_waive_in_values_and_templates() {
    let template = POD.replace("  hostPID", "  {{/* chartsec: ignore[POD002] a debugger */}}\n  hostPID");
    let values = "ipc: true # chartsec: ignore[host-ipc] shared memory\n";
    let files = [("templates/pod.yaml", &*template), ("values.yaml", values)];
    assert_eq!(of(&files, RULES), (0, lines(&["host-pid (a debugger)", "host-ipc (shared memory)"])));
    let all = of(&files, &format!("{RULES} --no-waivers"));
    assert_eq!(all, (1, lines(&["host-pid", "host-ipc"])));
    let made = chart(&files);
    let (_, out, _) = lint_with(made.path(), RULES, "");
    assert_eq!(out, "1 chart, 1 case: no findings, 2 suppressed (-v lists them)\n");
    let (_, report) = json_of(made.path(), RULES, "");
    assert_eq!(report["summary"]["suppressed"], 2);
    assert_eq!(report["findings"][0]["suppressed"]["by"], "made/templates/pod.yaml:6");
    assert_eq!(report["findings"][1]["suppressed"]["by"], "made/values.yaml:1");
}

#[test]
fn a_waiver_is_for_its_place_only() {
    let twice = format!("{POD}---\n{}", POD.replace("made", "other"));
    let first = twice.replacen("kind", "# chartsec: ignore[host-pid] a debugger\nkind", 1);
    let files = [("templates/pod.yaml", &*first), ("values.yaml", VALUES)];
    let (code, told) = of(&files, "made --select host-pid");
    assert_eq!((code, told), (1, lines(&["host-pid", "host-pid"])), "the comment is above `kind` alone");
    let whole = format!("# chartsec: ignore[host-pid] a debugger\n{twice}");
    let (code, told) = of(&[("templates/pod.yaml", &whole), ("values.yaml", VALUES)], "made --select host-pid");
    assert_eq!((code, told), (1, lines(&["host-pid (a debugger)", "host-pid"])), "the document that follows");
    let file = format!("{{{{- /* chartsec: ignore[host-pid] a debugger */}}}}\n\n{twice}");
    let (code, told) = of(&[("templates/pod.yaml", &file), ("values.yaml", VALUES)], "made --select host-pid");
    assert_eq!((code, told.len()), (0, 2), "the file");
}

#[test]
fn an_annotation_waives_one_object_of_a_group() {
    let helper = "{{- define \"spec\" }}\nspec:\n  hostPID: true\n{{- end }}\n";
    let pod = |name: &str, annotations: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n{annotations}{{{{- include \"spec\" . }}}}\n---\n"
        )
    };
    let annotated = pod("a", "  annotations:\n    ignore.chartsec.dev/host-pid: a debugger\n");
    let all = annotated + &pod("b", "") + &pod("c", "");
    let made = chart(&[("templates/_spec.tpl", helper), ("templates/pods.yaml", &all)]);
    let (code, report) = json_of(made.path(), "made --select host-pid", "");
    let objects = |finding: &Value| {
        let names = finding["objects"].as_array().unwrap().iter();
        (names.map(|object| object["name"].as_str().unwrap()).collect::<String>(), finding["suppressed"].is_null())
    };
    let mut found: Vec<_> = report["findings"].as_array().unwrap().iter().map(objects).collect();
    found.sort();
    assert_eq!((code, found), (1, vec![("a".to_owned(), false), ("bc".to_owned(), true)]));
}

#[test]
fn an_annotation_counts_in_the_cases_that_render_it() {
    let pod = "\
apiVersion: v1
kind: Pod
metadata:
  name: made
  {{- if .Values.waived }}
  annotations:
    ignore.chartsec.dev/POD002: a debugger
  {{- end }}
spec:
  hostPID: true
";
    let files = [("templates/pod.yaml", pod), ("ci/on-values.yaml", "waived: true\n")];
    let made = chart(&files);
    let (code, report) = json_of(made.path(), "made --select POD002,WVR003", "");
    let cases: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["cases"].to_string(), finding["suppressed"].is_null()))
        .collect();
    let expected = [("[\"default\"]", true), ("[\"ci/on-values.yaml\"]", false)];
    assert_eq!((code, cases), (1, expected.map(|(cases, shown)| (cases.to_owned(), shown)).to_vec()));
}

#[test]
fn manifests_are_waived_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let pod = POD.replace("{{ .Values.ipc }}", "true # chartsec: ignore[host-ipc] shared memory");
    let pod =
        pod.replace("  name: made\n", "  name: made\n  annotations: {ignore.chartsec.dev/host-pid: a debugger}\n");
    fs::write(folder.path().join("pod.yaml"), pod).unwrap();
    let found = told(folder.path(), "pod.yaml --select host-pid,host-ipc,unused-waiver");
    assert_eq!(found, (0, lines(&["host-pid (a debugger)", "host-ipc (shared memory)"])));
}

#[test]
fn the_configuration_waives_by_path_and_object() {
    let made = chart(&[("templates/pod.yaml", POD), ("values.yaml", VALUES)]);
    let with = |waivers: &str, folder: &str, line: &str| {
        fs::write(made.path().join("chartsec.yaml"), format!("waivers:\n{waivers}")).unwrap();
        told(&made.path().join(folder), line)
    };
    let rule = "  - rule: [POD002, host-ipc]\n    reason: a debugger\n    owner: us\n";
    let both = (0, lines(&["host-pid (a debugger)", "host-ipc (a debugger)"]));
    for path in ["made", "'**'", "made/templates/pod.yaml", "'*/templates/*.yaml'"] {
        assert_eq!(with(&format!("{rule}    path: {path}\n"), "", RULES), both, "{path}");
    }
    let below = RULES.replacen("made", ".", 1);
    assert_eq!(with(&format!("{rule}    path: made\n"), "made", &below), both, "from a folder below");
    let object = |object: &str| with(&format!("{rule}    path: made\n    object: {object}\n"), "", RULES).0;
    assert_eq!((object("Pod/ma*"), object("Pod/other")), (0, 1));
    let other = with(&format!("{rule}    path: other\n"), "", RULES);
    assert_eq!(other, (1, lines(&["host-pid", "host-ipc"])), "what is not linted is not said to be unused");
    let (_, report) = {
        fs::write(made.path().join("chartsec.yaml"), format!("waivers:\n{rule}    path: made\n")).unwrap();
        json_of(made.path(), RULES, "")
    };
    assert_eq!(report["findings"][0]["suppressed"]["by"], "chartsec.yaml:2 (us)");
}

#[test]
fn a_waiver_that_does_not_count_is_a_finding() {
    let with = |comment: &str| {
        let values = format!("ipc: true # chartsec: {comment}\n");
        of(&[("templates/pod.yaml", POD), ("values.yaml", &values)], RULES).1
    };
    let shown = ["host-pid", "host-ipc", "invalid-waiver"];
    for comment in ["ignore[host-ipc]", "ignore[host-ipc] - ", "ignore host-ipc a reason", "ignore[host-icp] a reason"]
    {
        let mut found = with(comment);
        found.sort();
        assert_eq!(found, lines(&["host-ipc", "host-pid", "invalid-waiver"]), "{comment}");
    }
    assert_eq!(with("ignore[render-error] never").len(), shown.len());
    let unused = with("ignore[host-pid] a reason");
    assert!(unused.contains(&"unused-waiver".to_owned()), "{unused:?}");
    let values = "ipc: false # chartsec: ignore[host-ipc] shared memory\n";
    let strict = "made --profile pss-restricted --select host-ipc,unused-waiver";
    let found = of(&[("templates/pod.yaml", POD), ("values.yaml", values)], strict);
    assert_eq!(found, (0, lines(&["unused-waiver"])), "a note in strict profiles, too");
    let mut past = with("ignore[host-ipc, host-pid] a reason");
    past.sort();
    assert_eq!(past, lines(&["host-ipc (a reason)", "host-pid", "unused-waiver"]));
}

#[test]
fn a_date_holds_until_its_day_is_over() {
    let made = chart(&[("templates/pod.yaml", POD), ("values.yaml", VALUES)]);
    let waiver = "waivers:\n  - {rule: host-pid, path: made, reason: a debugger, expires: 2027-01-31}\n";
    fs::write(made.path().join("chartsec.yaml"), waiver).unwrap();
    let on = |seconds: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_chartsec"));
        command.args(["lint", "made", "--select", "host-pid,WVR002"]).current_dir(made.path()).env_clear();
        let output = command.env("SOURCE_DATE_EPOCH", seconds).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    // 2027-01-31T23:59:59Z and the second after it.
    assert_eq!(on("1801439999").0, Some(0));
    let (code, out) = on("1801440000");
    assert_eq!(code, Some(1));
    assert!(
        out.contains("the waiver of `host-pid` was good until 2027-01-31") && out.contains("chartsec.yaml:2:5"),
        "{out}"
    );
}

#[test]
fn what_was_not_looked_at_is_not_said_to_be_unused() {
    let unused = |files: &[(&str, &str)], line: &str| {
        let (_, told) = of(files, line);
        told.iter().filter(|rule| *rule == "unused-waiver").count()
    };
    let values = "ipc: false # chartsec: ignore[host-ipc] shared memory\n";
    let pod = ("templates/pod.yaml", POD);
    assert_eq!(unused(&[pod, ("values.yaml", values)], RULES), 1);
    assert_eq!(unused(&[pod, ("values.yaml", values)], "made --select host-pid,unused-waiver"), 0, "not selected");
    let broken = ("templates/broken.yaml", "{{ fail \"x\" }}");
    assert_eq!(unused(&[pod, broken, ("values.yaml", values)], RULES), 0, "not rendered");
    let inner = [
        ("charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n"),
        ("charts/inner/values.yaml", values),
        pod,
        ("values.yaml", VALUES),
    ];
    assert_eq!(unused(&inner, RULES), 0, "the chart of somebody else");
}

#[test]
fn what_stops_a_chart_is_told_whatever_is_waived() {
    let values = "# chartsec: ignore[render-error] we know\n\na: 1\n";
    let (code, told) = of(&[("templates/pod.yaml", "{{ fail \"x\" }}"), ("values.yaml", values)], "made");
    assert_eq!((code, told.iter().filter(|rule| *rule == "render-error").count()), (3, 1), "{told:?}");
    assert!(told.contains(&"invalid-waiver".to_owned()), "{told:?}");
}

#[test]
fn faults_of_the_configuration_end_the_run_with_their_place() {
    let made = chart(&[("templates/pod.yaml", POD), ("values.yaml", VALUES)]);
    for (waiver, said) in [
        ("rule: host-pd", "error: chartsec.yaml:3: no rule `host-pd`\n help: did you mean `host-pid`?\n"),
        (
            "rule: CHT003",
            "error: chartsec.yaml:3: `CHT003` cannot be waived\n help: mend it, or leave it out with `ignore`\n",
        ),
        (
            "rule: host-pid\n    expires: 2027-02-30",
            "error: chartsec.yaml:5: `2027-02-30` is no date\n help: write it as `expires: 2027-01-31`\n",
        ),
    ] {
        fs::write(made.path().join("chartsec.yaml"), format!("waivers:\n  # ours\n  - path: made\n    {waiver}\n"))
            .unwrap();
        let (code, out, err) = lint_with(made.path(), "made", "");
        assert_eq!((code, &*out, &*err), (Some(2), "", said));
    }
}

#[test]
fn suppressed_findings_are_listed_in_full_on_request() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("chartsec.yaml"),
        "waivers:\n  - rule: [privilege-escalation, writable-root-filesystem, undropped-capabilities]\n    path: '**'\n    reason: the image is from outside\n    owner: platform\n",
    )
    .unwrap();
    copy(&root().join("tests/charts/shop"), &folder.path().join("shop"));
    let values = folder.path().join("shop/values.yaml");
    let text = fs::read_to_string(&values).unwrap();
    let waived = text.replace(
        "    privileged: true",
        "    # chartsec: ignore[POD001] it loads a kernel module\n    privileged: true",
    );
    assert_ne!(waived, text);
    fs::write(&values, waived).unwrap();
    let rules = "shop --ignore automounted-token,missing-cpu-limit -v --fail-on note \
        --select privileged-container,privilege-escalation,writable-root-filesystem,undropped-capabilities";
    let (code, out, err) = lint_with(folder.path(), rules, "");
    assert_eq!(err, "");
    snapshot("lint-suppressed", &format!("{out}exit code {}\n", code.unwrap()));
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap) {
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
