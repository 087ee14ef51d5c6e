//! The scanner charts and charts of `new`: current, equal in Helm, clean with every pair of their switches, strict on bad values.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::rc::Rc;
use std::thread;

use chartsec::chart::Overrides;
use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::policy::{Policies, profiles};
use chartsec::render::Target;
use chartsec::report::Files;
use chartsec::source::Sources;
use chartsec::{functions, generate};
use serde_json::Value;

use crate::common::{files, helm, root, snapshot};

fn charts() -> PathBuf {
    root().join("charts")
}

fn chartsec(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.args(arguments).current_dir(folder).env_clear().output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A chart of `new` with this command line behind it, in a folder of its own.
fn new(name: &str, options: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let output = chartsec(&[&["new", name][..], options].concat(), folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

const EVERY_OPTION: &[&str] = &[
    "--image=registry.example.com:5000/team/web:1.4",
    "--description=It's \"quoted\": {{ not }} [[ filled ]]",
    "--pull-secret=login",
    "--port=80",
    "--replicas=3",
    "--user=20001",
    "--writable=/var/cache/web",
    "--writable=/tmp",
    "--health-path=/live",
    "--allow-from=ingress-nginx",
    "--allow-to=192.0.2.10/32:5432",
    "--allow-to=[2001:db8::/64]:443",
    "--secret=external",
    "--api-access",
];

#[test]
fn the_committed_charts_are_what_is_generated() {
    let output = chartsec(&["generate", "scanner-charts", "--output-dir", "charts", "--check"], root());
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn one_byte_more_is_not_current_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let line = [&["generate", "scanner-charts", "--output-dir", "out"][..], more].concat();
        let output = chartsec(&line, folder.path());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(run(&["--check"]).0, Some(1), "nothing is there");
    assert_eq!(run(&[]).0, Some(0));
    assert_eq!(run(&["--check"]), (Some(0), String::new(), String::new()));
    assert_eq!(run(&[]).0, Some(0), "written again over itself");
    let edited = folder.path().join("out/common-scanner/values.yaml");
    let before = fs::read(&edited).unwrap();
    fs::write(&edited, [&before[..], b" "].concat()).unwrap();
    fs::write(folder.path().join("out/mine.txt"), "").unwrap();
    let (code, out, err) = run(&["--check"]);
    assert_eq!((code, out.as_str()), (Some(1), "changed: common-scanner/values.yaml\nnot generated: mine.txt\n"));
    assert!(err.contains("help: run the command without `--check`"), "{err}");
    let (code, _, err) = run(&[]);
    let expected = "error: `out` holds what this command has not written: `common-scanner/values.yaml`, `mine.txt`\n \
                    help: choose a new or empty folder, or remove these files\n";
    assert_eq!((code, err.as_str()), (Some(2), expected));
    assert_eq!(fs::read(&edited).unwrap().len(), before.len() + 1);
}

#[test]
fn a_new_chart_is_written_once() {
    let folder = new("web", &[]);
    let before = files(folder.path(), |_| true);
    let output = chartsec(&["new", "web", "--port", "9000"], folder.path());
    let expected = "error: `./web` is there already\n help: choose another name or `--output-dir`; a chart is written once, \
                    and yours from then on\n";
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(2), expected));
    assert_eq!(files(folder.path(), |_| true), before);
    assert!(!fs::read_to_string(folder.path().join("web/values.yaml")).unwrap().contains("9000"));
}

#[test]
fn options_of_new_become_values() {
    let folder = new("web", EVERY_OPTION);
    snapshot("new-values", &fs::read_to_string(folder.path().join("web/values.yaml")).unwrap());
    let metadata = fs::read_to_string(folder.path().join("web/Chart.yaml")).unwrap();
    assert!(metadata.contains("description: \"It's \\\"quoted\\\": {{ not }} [[ filled ]]\"\n"), "{metadata}");
    for line in [
        &["new", "Web"][..],
        &["new", "web", "--image", "web:latest"],
        &["new", "web", "--allow-to", "0.0.0.0/0:443"],
        &["new", "web", "--writable", "cache"],
        &["new", "web", "--user", "0"],
        &["generate", "charts", "--output-dir", "x"],
        &["generate", "scanner-charts"],
    ] {
        let output = chartsec(line, folder.path());
        assert_eq!(output.status.code(), Some(2), "{line:?}");
    }
}

#[test]
fn a_registry_that_is_not_listed_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let line = |name| ["new", name, "--image=registry.example.com:5000/team/web:1.4"];
    let says = |name| text(&chartsec(&line(name), folder.path()).stdout);
    let configuration = "registries: [registry.example.com:5000]";
    let told = says("web");
    assert!(told.ends_with(&format!("write into chartsec.yaml\n  {configuration}\n")), "{told}");
    fs::write(folder.path().join("chartsec.yaml"), configuration).unwrap();
    assert!(!says("api").contains("registries"));
    let linted = chartsec(&["lint", "web", "--strict", "--select", "unlisted-registry"], folder.path());
    assert!(linted.status.success(), "{}", text(&linted.stdout));
}

/// Every chart that this file is about, by name.
fn all() -> (Vec<PathBuf>, Vec<tempfile::TempDir>) {
    let made = vec![new("web", &[]), new("full", EVERY_OPTION)];
    let mut paths: Vec<PathBuf> = generate::CHARTS.iter().map(|name| charts().join(name)).collect();
    paths.push(made[0].path().join("web"));
    paths.push(made[1].path().join("full"));
    (paths, made)
}

#[test]
fn helm_renders_the_same_bytes_and_has_nothing_to_say() {
    let (paths, _made) = all();
    for (version, compat) in [("4.2.4", "4.2.4"), ("3.21.4", "3.21")] {
        let Some(helm) = helm(version) else { continue };
        for path in &paths {
            let cases = files(path, |file| file.parent().is_some_and(|parent| parent == path.join("ci")));
            for values in std::iter::once(None).chain(cases.iter().map(Some)) {
                let values: Vec<&Path> = values.iter().flat_map(|file| [Path::new("-f"), file.as_path()]).collect();
                let run = |program: &str, line: &[&str]| {
                    let output = Command::new(program)
                        .args(line)
                        .arg(path)
                        .args(&values)
                        .args(["--namespace", "default"])
                        .output()
                        .unwrap();
                    assert!(output.status.success(), "{program} {line:?} {values:?}: {}", text(&output.stderr));
                    output.stdout
                };
                run(&helm, &["lint", "--strict", "--quiet"]);
                let ours = run(env!("CARGO_BIN_EXE_chartsec"), &["template", "scan", "--helm-compat", compat]);
                assert_eq!(text(&ours), text(&run(&helm, &["template", "scan"])), "{} {values:?}", path.display());
            }
        }
    }
}

/// The switches of a schema: booleans and enums by key, with all they can be.
fn switches(schema: &Value, node: &Value, key: &str, found: &mut BTreeMap<String, Vec<String>>) {
    let node = match node["$ref"].as_str().and_then(|reference| schema.pointer(reference.trim_start_matches('#'))) {
        Some(named) => named,
        None => node,
    };
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (&node["enum"], node["type"].as_str()) {
        (Value::Array(values), _) => drop(found.insert(key.to_owned(), values.iter().map(shown).collect())),
        (_, Some("boolean")) => drop(found.insert(key.to_owned(), vec!["false".into(), "true".into()])),
        _ => {}
    }
    for (name, field) in node["properties"].as_object().into_iter().flatten() {
        let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
        switches(schema, field, &key, found);
    }
}

/// The switches of a chart and of those in it, without those that a chart above settles.
fn all_switches(path: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<String>>) {
    let schema = serde_json::from_str(&fs::read_to_string(path.join("values.schema.json")).unwrap()).unwrap();
    switches(&schema, &schema, prefix, found);
    if prefix.ends_with("scanner-infrastructure") && prefix.contains('.') {
        found.remove(&format!("{prefix}.approach"));
    }
    let inner = path.join("charts");
    for chart in fs::read_dir(inner).into_iter().flatten().map(|entry| entry.unwrap().path()) {
        let name = chart.file_name().unwrap().to_str().unwrap();
        let prefix = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        all_switches(&chart, &prefix, found);
    }
}

/// Every rule of every profile but the collection of opinions, each an error.
fn linter() -> Linter {
    let limits = Limits::default();
    let mut policies = Policies::default();
    for name in profiles().into_iter().filter(|name| *name != "pedantic") {
        for policy in Policies::profile(name).unwrap().unwrap().policies {
            policies.add(&policy.file.id).unwrap();
        }
    }
    let environment = Rc::new(functions::still(limits, |bytes| bytes.fill(7)));
    Linter::new(environment, Target::default(), policies, true)
}

/// Switches of an application's chart that take a protection away, for clusters that have it from elsewhere; each is told of by
/// these rules, and nothing else comes with it. The scanner charts have no such switch.
const WEAKER: &[(&str, &[&str])] = &[
    ("networkPolicy.enabled=false", &["unisolated-pod"]),
    ("podDisruptionBudget.enabled=false", &["missing-disruption-budget"]),
    ("serviceAccount.create=false", &["dangling-binding", "missing-service-account"]),
];

/// A chart without its cases: each would be rendered again for every pair.
fn without_cases(path: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files(path, |file| !file.starts_with(path.join("ci"))) {
        let copy = folder.path().join(path.file_name().unwrap()).join(file.strip_prefix(path).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, copy).unwrap();
    }
    folder
}

/// The number of pairs of switches of a chart, and what is found with them.
fn pairs(path: &Path) -> (usize, Vec<String>) {
    let copy = without_cases(path);
    let path = &copy.path().join(path.file_name().unwrap());
    let mut switches = BTreeMap::new();
    all_switches(path, "", &mut switches);
    let settings: Vec<(&String, &String)> =
        switches.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value))).collect();
    let (linter, mut pairs, mut wrong) = (linter(), 0, Vec::new());
    for (index, one) in settings.iter().enumerate() {
        for other in settings[index..].iter().filter(|other| other.0 != one.0 || *other == one) {
            pairs += 1;
            let set = vec![format!("{}={}", one.0, one.1), format!("{}={}", other.0, other.1)];
            let overrides = |_: &mut Sources| Overrides { set: set.clone(), ..Overrides::default() };
            let linted = linter.chart(path.to_str().unwrap(), &overrides, &mut Files::new());
            let expected = |rule: &str| {
                WEAKER.iter().any(|(off, rules)| set.iter().any(|set| set == off) && rules.contains(&rule))
            };
            if let Some((off, _)) =
                WEAKER.iter().find(|(off, _)| path.ends_with("web") && set.iter().any(|set| set == off))
            {
                assert!(!linted.findings.is_empty(), "{off} takes a protection away and nothing is found");
            }
            wrong.extend(linted.findings.iter().filter(|finding| !expected(&finding.rule.id)).map(|finding| {
                let chart = path.file_name().unwrap().display();
                format!("{chart} {}: {}: {}", set.join(" "), finding.rule.id, finding.message)
            }));
        }
    }
    (pairs, wrong)
}

#[test]
fn every_pair_of_switches_is_clean() {
    let (paths, _made) = all();
    let found: Vec<(usize, Vec<String>)> = thread::scope(|scope| {
        let work: Vec<_> = paths[..paths.len() - 1].iter().map(|path| scope.spawn(|| pairs(path))).collect();
        work.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let pairs: Vec<usize> = found.iter().map(|(pairs, _)| *pairs).collect();
    let wrong: Vec<String> = found.into_iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(pairs.iter().all(|pairs| *pairs > 1) && wrong.is_empty(), "{pairs:?} pairs:\n{}", wrong.join("\n"));
}

#[test]
fn each_switch_changes_what_is_rendered() {
    let (paths, _made) = all();
    for path in &paths {
        let mut found = BTreeMap::new();
        all_switches(path, "", &mut found);
        for (key, values) in found {
            let render = |value: &String| {
                let line =
                    ["template", "scan", path.to_str().unwrap(), "--set", &format!("{key}={value}")].map(str::to_owned);
                let output = chartsec(&line.iter().map(String::as_str).collect::<Vec<_>>(), root());
                assert!(output.status.success(), "{key}={value}: {}", text(&output.stderr));
                output.stdout
            };
            let mut rendered: Vec<Vec<u8>> = values.iter().map(render).collect();
            rendered.sort();
            rendered.dedup();
            assert_eq!(rendered.len(), values.len(), "{} {key}", path.display());
        }
    }
}

/// A values file that a chart must refuse, and what the refusal must name.
const REFUSED: &[(&str, &str, &str)] = &[
    ("scanner-infrastructure", "tenants: {}", "tenants"),
    ("scanner-infrastructure", "approach: privileged", "approach"),
    ("scanner-infrastructure", "aproach: standard", "aproach"),
    ("scanner-infrastructure", "tenants: [{name: a, targts: []}]", "targts"),
    ("scanner-infrastructure", "tenants: []", "tenants"),
    ("scanner-infrastructure", "tenants: [{name: a}, {name: a}]", "tenants"),
    ("scanner-infrastructure", "tenants: [{name: a}, {name: a, quota: large}]", "tenants[1].name"),
    ("scanner-infrastructure", "tenants: [{name: kube-system}]", "tenants/0/name"),
    ("scanner-infrastructure", "tenants: [{name: A}]", "tenants/0/name"),
    ("scanner-infrastructure", "tenants: [{name: a, quota: huge}]", "tenants[0].quota"),
    ("scanner-infrastructure", "tenants: [{name: scan}]", "tenants[0].name"),
    ("scanner-infrastructure", "tenants: [{name: a, targets: [{pod: '*', container: b}]}]", "targets/0/pod"),
    (
        "scanner-infrastructure",
        "tenants: [{name: a, cloudIdentity: {awsRoleArn: 'arn:aws:iam::1:role/x'}}]",
        "awsRoleArn",
    ),
    (
        "scanner-infrastructure",
        "tenants: [{name: a, cloudIdentity: {awsRoleArn: 'arn:aws:iam::111122223333:user/x'}}]",
        "awsRoleArn",
    ),
    (
        "scanner-infrastructure",
        "tenants: [{name: a, cloudIdentity: {googleServiceAccount: a@example.com}}]",
        "googleServiceAccount",
    ),
    ("scanner-infrastructure", "tenants: [{name: a, cloudIdentity: {azureClientId: '1'}}]", "azureClientId"),
    ("scanner-infrastructure", "rbac: {expiresAt: tomorrow}", "rbac/expiresAt"),
    ("scanner-infrastructure", "namespaces: {create: 'yes'}", "namespaces/create"),
    ("common-scanner", "image: {tag: latest}", "image/tag"),
    ("common-scanner", "image: {digest: 'sha256:12'}", "image/digest"),
    ("common-scanner", "apiServer: {cidrs: [0.0.0.0/0]}", "apiServer/cidrs/0"),
    ("common-scanner", "thresholds: {standard: {compliance: {mn: 1}}}", "mn"),
    ("common-scanner", "scanner-infrastructure: {tenants: [{name: a, threshold: none}]}", "tenants[0].threshold"),
    ("common-scanner", "scanner-infrastructure: {aproach: standard}", "aproach"),
    ("standard-scanner", "schedule: nightly", "schedule"),
    (
        "standard-scanner",
        "common-scanner: {scanner-infrastructure: {approach: distroless}}",
        "scanner-infrastructure.approach",
    ),
    ("standard-scanner", "testPod: {deploy: 1}", "testPod/deploy"),
    ("distroless-scanner", "debugContainer: {timeoutSeconds: 0}", "debugContainer/timeoutSeconds"),
    ("sidecar-scanner", "targets: [{name: a, image: {repository: b}}]", "targets/0/image"),
    ("sidecar-scanner", "targets: [{name: a, image: {repository: b, tag: '1'}, tenant: c}]", "targets[0].tenant"),
    (
        "sidecar-scanner",
        "targets: [{name: a, image: {repository: b, tag: '1'}}, {name: a, image: {repository: c, tag: '1'}}]",
        "targets[1].name",
    ),
];

#[test]
fn bad_values_are_refused_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.yaml");
    let programs: Vec<String> = std::iter::once(env!("CARGO_BIN_EXE_chartsec").to_owned())
        .chain(["4.2.4", "3.21.4"].iter().filter_map(|version| helm(version)))
        .collect();
    for (chart, values, key) in REFUSED {
        fs::write(&file, values).unwrap();
        for program in &programs {
            let output = Command::new(program)
                .args(["template", "scan"])
                .args([&charts().join(chart), Path::new("-f"), &file])
                .args(["--namespace", "scan"])
                .output()
                .unwrap();
            let told = text(&output.stderr);
            assert!(!output.status.success() && told.contains(key), "{program} {chart} {values}: {told}");
        }
    }
}
