//! Policies on objects, the embedded ones and examples of them.

use std::fmt::Write as _;

use super::*;
use crate::limits::Limits;
use crate::yaml;

fn compile(id: &str, text: &str) -> Policy {
    Policy::compile(&format!("{id}.yaml"), text, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The paths of the violations of one policy in a manifest, for the newest version.
fn run(policies: &Policies, manifest: &str, minor: u32) -> Vec<Violation> {
    let nodes = yaml::read_all(manifest.as_bytes(), &Limits::default()).unwrap();
    let objects: Vec<Object<'_>> = nodes.iter().flat_map(objects).collect();
    check(
        policies,
        &objects,
        Setting { minor, namespace: "default", chart: true, messages: true, registries: &[] },
        &Limits::default(),
    )
}

fn profile(name: &str) -> Policies {
    Policies::profile(name).unwrap().unwrap()
}

#[test]
fn every_example_comes_out_as_it_should() {
    let mut wrong_ones = String::new();
    for (id, text) in embedded_files() {
        let examples = examples(id, text).unwrap();
        assert!(!examples.pass.is_empty() && !examples.fail.is_empty(), "{id}");
        assert!(
            text.split_once("\nexamples:\n").is_some_and(|(_, rest)| rest.lines().all(|line| line.starts_with(' '))),
            "{id}"
        );
        let policy = compile(id, text);
        assert_eq!(policy.file.id, id);
        // Those about charts are judged where charts are linted.
        if policy.chart_predicate().is_some() {
            continue;
        }
        for reason in wrong(policy, &examples, &Limits::default()).0 {
            writeln!(wrong_ones, "{id}: {reason}").unwrap();
        }
    }
    assert!(wrong_ones.is_empty(), "\n{wrong_ones}");
}

/// Examples would be of no use if they came out the same whatever the policy says.
#[test]
fn examples_notice_when_an_expression_is_another() {
    let mut unnoticed = Vec::new();
    for (id, text) in embedded_files() {
        let found = examples(id, text).unwrap();
        let file: PolicyFile = serde_yaml::from_str(text).unwrap();
        let changes: &[(&str, &str)] = match file.scope {
            Scope::Object if file.when.is_some() => &[("expr", "true"), ("expr", "false"), ("when", "true")],
            Scope::Object => &[("expr", "true"), ("expr", "false")],
            Scope::Release => &[("predicate", "always"), ("predicate", "never")],
            Scope::Chart => &[],
        };
        for (key, with) in changes {
            let changed = replace_key(text, key, with);
            assert_ne!(changed, text);
            if wrong(compile(id, &changed), &found, &Limits::default()).0.is_empty() {
                unnoticed.push(format!("{id}: {key} {with}"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}

/// The text of a policy with another value for a top-level key.
fn replace_key(text: &str, key: &str, value: &str) -> String {
    let start = text.find(&format!("\n{key}:")).unwrap() + 1;
    let rest = &text[start..];
    let end =
        rest.match_indices('\n').find(|(at, _)| !rest[at + 1..].starts_with(' ')).map_or(rest.len(), |(at, _)| at);
    format!("{}{key}: {value}{}", &text[..start], &rest[end..])
}

#[test]
fn every_message_renders() {
    for (id, text) in embedded_files() {
        let policies = Policies { policies: vec![compile(id, text)], ..Policies::default() };
        if policies.policies[0].chart_predicate().is_some() {
            continue;
        }
        for example in examples(id, text).unwrap().fail {
            let minor = example.kubernetes.as_deref().map_or(37, |version| minor(version).unwrap());
            let release: Vec<String> =
                std::iter::once(&example.object).chain(&example.others).map(ToString::to_string).collect();
            let violations = run(&policies, &release.join("\n---\n"), minor);
            let texts = violations.iter().flat_map(|violation| [Some(&violation.message), violation.help.as_ref()]);
            for text in texts {
                let text = text.unwrap_or_else(|| panic!("{id} has no help"));
                assert!(
                    !text.contains("undefined") && !text.contains(['{', '}']) && !text.contains("``"),
                    "{id}: {text}"
                );
            }
        }
    }
}

#[test]
fn profiles_compile_and_name_policies_once() {
    let mut names = profiles();
    names.sort_unstable();
    assert_eq!(names, ["checklist", "nsa", "pedantic", "pss-baseline", "pss-restricted", "stig"]);
    for name in names {
        let policies = profile(name);
        let mut ids: Vec<&str> = policies.policies.iter().map(|policy| &*policy.file.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{name}");
        assert_eq!(policies.strict, !matches!(name, "checklist" | "pedantic"));
        assert_eq!(policies.profile, name);
        assert!(!policies.title.is_empty());
    }
    assert!(Policies::profile("nope").unwrap().is_none());
}

#[test]
fn pods_for_windows_are_those_that_admission_knows_or_that_go_there() {
    let told = |profile_name: &str, minor, spec: &str| {
        let text = format!("apiVersion: v1\nkind: Pod\nspec: {spec}\n");
        let node = crate::yaml::read(text.as_bytes(), &Limits::default()).unwrap().unwrap();
        let setting = Setting { minor, namespace: "default", ..Setting::default() };
        let policies = profile(profile_name);
        let violations = check(&policies, &objects(&node), setting, &Limits::default());
        violations.iter().any(|violation| policies.policies[violation.policy].file.id == "privilege-escalation")
    };
    let named = "{os: {name: windows}, containers: [{name: app}]}";
    let selected = "{nodeSelector: {kubernetes.io/os: windows}, containers: [{name: app}]}";
    assert_eq!([24, 25].map(|minor| told("pss-restricted", minor, named)), [true, false]);
    assert_eq!([24, 25].map(|minor| told("pss-restricted", minor, selected)), [true, true]);
    assert_eq!([24, 25].map(|minor| told("checklist", minor, named)), [false, false]);
    assert_eq!([24, 25].map(|minor| told("checklist", minor, selected)), [false, false]);
}

#[test]
fn policies_are_added_by_id_and_code() {
    let mut policies = Policies::default();
    assert_eq!(policies.add("host-pid"), Ok(true));
    assert_eq!(policies.add("pod002"), Ok(true));
    assert_eq!(policies.add("POD022"), Ok(true));
    assert_eq!(policies.add("POD999"), Ok(false));
    assert_eq!(policies.policies.len(), 3);
    assert!(policies.policies.iter().all(|policy| policy.is("POD002") || policy.is("POD022")));
}

/// Verdicts of the Pod Security admission test data: `CHARTSEC_FIXTURES` names the folder that holds `pod-security`.
#[test]
fn pod_security_verdicts() {
    let Some(folder) = std::env::var_os("CHARTSEC_FIXTURES") else {
        eprintln!("skipped: CHARTSEC_FIXTURES is not set");
        return;
    };
    let folder = std::path::Path::new(&folder).join("pod-security");
    let verdicts = std::fs::read_to_string(folder.join("verdicts.tsv")).unwrap();
    let levels = [("baseline", profile("pss-baseline")), ("restricted", profile("pss-restricted"))];
    let (mut rows, mut wrong_ones) = (0, Vec::new());
    for row in verdicts.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [path, level, version, expected, control, codes, ..] = cells[..] else { panic!("{row}") };
        let policies = &levels.iter().find(|(name, _)| *name == level).unwrap().1;
        let manifest = std::fs::read_to_string(folder.join(path)).unwrap();
        let violations = run(policies, &manifest, minor(&format!("1.{}", version.trim_start_matches("1."))).unwrap());
        // At restricted a stricter control speaks in place of one of baseline.
        let stricter = match control {
            "hostPathVolumes" => "POD038",
            "capabilities_baseline" => "POD018",
            "seccompProfile_baseline" => "POD020",
            _ => "",
        };
        let named = |violation: &Violation| {
            let code = &*policies.policies[violation.policy].file.code;
            codes.split(',').any(|named| named == code) || (level == "restricted" && code == stricter)
        };
        let right = if expected == "pass" { violations.is_empty() } else { violations.iter().any(named) };
        rows += 1;
        if !right {
            wrong_ones.push(format!("{path} ({control}): {violations:#?}"));
        }
    }
    assert_eq!(rows, 4_537);
    assert!(
        wrong_ones.is_empty(),
        "{} of {rows}:\n{}",
        wrong_ones.len(),
        wrong_ones[..wrong_ones.len().min(5)].join("\n")
    );
}

const DEPLOYMENT: &str = "
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    name: web
  spec:
    template:
      spec:
        containers:
        - name: app
          image: app:1
          securityContext:
            privileged: true
            capabilities: {add: [SYS_ADMIN]}
          resources: {}
";

#[test]
fn places_are_the_field_or_its_nearest_parent() {
    let mut policies = Policies::default();
    for id in ["privileged-container", "writable-root-filesystem", "missing-cpu-limit", "missing-seccomp-profile"] {
        policies.add(id).unwrap();
    }
    policies.policies.sort_by(|a, b| a.file.id.cmp(&b.file.id));
    let found: Vec<(String, &str)> = run(&policies, DEPLOYMENT, 36)
        .into_iter()
        .map(|violation| {
            (
                violation.path,
                DEPLOYMENT[violation.node_start as usize..violation.node_end as usize].lines().next().unwrap(),
            )
        })
        .collect();
    let container = "spec.template.spec.containers[0].";
    assert_eq!(
        found,
        [
            (format!("{container}resources.limits.cpu"), "{}"),
            (format!("{container}securityContext.seccompProfile.type"), "privileged: true"),
            (format!("{container}securityContext.privileged"), "true"),
            (format!("{container}securityContext.readOnlyRootFilesystem"), "privileged: true"),
        ]
    );
}

#[test]
fn a_policy_that_says_more_supersedes_at_the_same_place() {
    let ids = |names: &[&str]| {
        let mut policies = Policies::default();
        for name in names {
            policies.add(name).unwrap();
        }
        let violations = run(&policies, DEPLOYMENT, 36);
        let id = |violation: &Violation| policies.policies[violation.policy].file.id.clone();
        violations.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(
        ids(&["added-capability", "capability-beyond-baseline", "sys-admin-capability"]),
        ["sys-admin-capability"]
    );
    assert_eq!(ids(&["added-capability"]), ["added-capability"]);
}

#[test]
fn the_nine_kinds_with_pods_are_looked_into() {
    let policies = {
        let mut policies = Policies::default();
        policies.add("host-pid").unwrap();
        policies
    };
    let spec = "spec: {hostPID: true}";
    let template = format!("spec: {{template: {{{spec}}}}}");
    let kinds = [
        ("v1", "Pod", spec.to_owned(), 1),
        ("v1", "PodTemplate", format!("template: {{{spec}}}"), 1),
        ("v1", "ReplicationController", template.clone(), 1),
        ("apps/v1", "Deployment", template.clone(), 1),
        ("extensions/v1beta1", "Deployment", template.clone(), 1),
        ("apps/v1", "StatefulSet", template.clone(), 1),
        ("apps/v1", "DaemonSet", template.clone(), 1),
        ("apps/v1", "ReplicaSet", template.clone(), 1),
        ("batch/v1", "Job", template.clone(), 1),
        ("batch/v1", "CronJob", format!("spec: {{jobTemplate: {{{template}}}}}"), 1),
        ("batch.volcano.sh/v1alpha1", "Job", template.clone(), 0),
        ("example.com/v1", "Pod", spec.to_owned(), 0),
    ];
    for (api_version, kind, rest, wanted) in kinds {
        let manifest = format!("apiVersion: {api_version}\nkind: {kind}\n{rest}\n");
        assert_eq!(run(&policies, &manifest, 36).len(), wanted, "{manifest}");
    }
}

#[test]
fn what_cannot_be_decided_is_a_violation() {
    let mut policies = Policies::default();
    policies.add("run-as-root").unwrap();
    let manifest = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, securityContext: oops}]}}";
    let violations = run(&policies, manifest, 36);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].message, "Container may run as root: cannot be decided: `.?` does not take string");
}

const POLICY: &str = "id: x
code: X1
title: t
why: w
severity: low
forEach: [containers]
expr: |-
  has(item.a) &&
    item.b == 'é' && item.nope()
message: m
";

#[test]
fn faults_of_a_policy_are_named_with_their_place() {
    let error = |text: &str| Policy::compile("x.yaml", text, &Limits::default()).unwrap_err().to_string();
    assert_eq!(error(POLICY), "x.yaml:9:27: unknown function `nope`");
    let plain = POLICY.replace("forEach: [containers]", "forEach: [containers, pods]");
    assert_eq!(error(&plain), "x.yaml:6:23: unknown root `pods`");
    let quoted = POLICY.replace(" && item.nope()", "").replace("message: m", "when: 'podspec.x'\nmessage: m");
    assert!(
        error(&quoted).starts_with("x.yaml:10:8: unknown name `podspec`; known here: object, podSpec,"),
        "{}",
        error(&quoted)
    );
    let unknown = POLICY.replace("why: w", "why: w\nwhere: x");
    assert!(
        error(&unknown).contains("unknown field `where`") && error(&unknown).starts_with("x.yaml:5:1:"),
        "{}",
        error(&unknown)
    );
    let scope = |rest: &str| error(&format!("id: x\ncode: X1\ntitle: t\nwhy: w\nseverity: low\nmessage: m\n{rest}\n"));
    assert_eq!(scope("scope: release"), "x.yaml:7:8: `predicate` is missing");
    assert_eq!(scope("scope: release\npredicate: nope"), "x.yaml:8:12: unknown predicate `nope`");
    assert_eq!(scope("scope: chart\npredicate: nope\nexpr: 'true'"), "x.yaml:9:8: `expr` is only for `scope: object`");
    assert_eq!(scope("forEach: [object]"), "x.yaml:1:5: `expr` is missing");
    assert_eq!(scope("forEach: [object]\npredicate: never"), "x.yaml:8:12: is not for `scope: object`");
    let element = POLICY.replace("forEach", "variables: [{name: v, expr: item.x}]\nforEach");
    assert!(error(&element).contains("unknown name `item`"), "{}", error(&element));
}

#[test]
fn the_schema_of_policies_accepts_ours_and_refuses_others() {
    let schema = serde_json::from_str(include_str!("../../schemas/policy.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (id, text) in embedded_files() {
        let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{id}: {errors:?}");
    }
    let ours: serde_json::Value = serde_yaml::from_str(POLICY).unwrap();
    assert!(validator.is_valid(&ours));
    for (key, value) in [
        ("where", "x"),
        ("severity", "\"bad\""),
        ("forEach", "[]"),
        ("forEach", "[\"pods\"]"),
        ("forEach", "[\"containers.a-b\"]"),
        ("kubernetes", "\">1.2\""),
        ("fix", "{}"),
        ("locate", "[\"a..b\"]"),
        ("scope", "cluster"),
        ("scope", "release"),
        ("predicate", "never"),
    ] {
        let mut other = ours.clone();
        other[key] = serde_json::from_str(value).unwrap_or(value.into());
        assert!(!validator.is_valid(&other), "{key}: {value}");
        assert!(Policy::compile("x.yaml", &other.to_string(), &Limits::default()).is_err(), "{key}: {value}");
    }
}
