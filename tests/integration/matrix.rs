//! Every rule about pods or containers on its own failing examples: in each kind that has pods, in each list of containers, and
//! behind charts.

use chartsec::limits::Limits;
use chartsec::lint::Linter;
use chartsec::policy::{Object, Pod, Policies, Policy, Scope, Setting, check, embedded_files, examples, minor};
use chartsec::render::Target;
use chartsec::yaml;
use serde_json::{Value, json};

use crate::verdicts;

/// Kinds with pods, and the fields down to the pod.
const KINDS: [(&str, &str, &[&str]); 9] = [
    ("v1", "Pod", &[]),
    ("v1", "PodTemplate", &["template"]),
    ("v1", "ReplicationController", &["spec", "template"]),
    ("apps/v1", "DaemonSet", &["spec", "template"]),
    ("apps/v1", "Deployment", &["spec", "template"]),
    ("apps/v1", "ReplicaSet", &["spec", "template"]),
    ("apps/v1", "StatefulSet", &["spec", "template"]),
    ("batch/v1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("batch/v1", "Job", &["spec", "template"]),
];

/// Rules that are not for the pods of these kinds, which run to an end.
const LASTING: [&str; 2] = ["missing-liveness-probe", "missing-readiness-probe"];

/// Rules that are for a kind because of what the others are.
const BY_KIND: [&str; 1] = ["invalid-restart-policy"];

/// Rules that are not for ephemeral containers, for which there are no resources.
const WITH_RESOURCES: [&str; 6] = [
    "burstable-resources",
    "missing-cpu-limit",
    "missing-cpu-request",
    "missing-ephemeral-storage",
    "missing-memory-limit",
    "missing-memory-request",
];

/// A failing example: its pod, and where the rule is violated in it.
struct Failing {
    id: String,
    policies: Policies,
    minor: u32,
    namespace: Option<String>,
    metadata: Value,
    spec: Value,
    others: Vec<Value>,
    /// Paths in the pod.
    places: Vec<String>,
}

/// The failing examples of all rules about pods.
fn failing() -> Vec<Failing> {
    let limits = Limits::default();
    let mut found = Vec::new();
    for (id, text) in embedded_files() {
        let about_pods = |path: &String| path.starts_with("podSpec") || path.starts_with("containers");
        let compile = || Policy::compile(id, text, &limits).unwrap();
        let policy = compile();
        if policy.file.scope != Scope::Object || !policy.file.for_each.iter().all(about_pods) {
            continue;
        }
        for example in examples(id, text).unwrap().fail {
            let document = yaml::read(example.object.to_string().as_bytes(), &limits).unwrap().unwrap();
            let object = Object::of(&document).unwrap();
            let pod = Pod::of(&object).unwrap();
            let at =
                |path: &[&str]| example.object.pointer(&format!("/{}", path.join("/"))).cloned().unwrap_or(Value::Null);
            let (metadata, spec) = (at(pod.metadata_path), at(pod.spec_path));
            let minor = example.kubernetes.as_deref().map_or(37, |version| minor(version).unwrap());
            let policies = Policies { policies: vec![compile()], ..Policies::default() };
            let mut failing = Failing {
                id: id.to_owned(),
                policies,
                minor,
                namespace: object.namespace.map(str::to_owned),
                metadata,
                spec,
                others: example.others,
                places: Vec::new(),
            };
            let prefix = format!("{}.", pod.spec_path.join(".").strip_suffix("spec").unwrap().trim_end_matches('.'));
            let places = failing.run(&example.object);
            failing.places = places
                .iter()
                .map(|path| path.strip_prefix(prefix.trim_start_matches('.')).unwrap_or(path).to_owned())
                .collect();
            assert!(!failing.places.is_empty(), "{id}");
            found.push(failing);
        }
    }
    assert!(found.len() > 150, "{}", found.len());
    found
}

impl Failing {
    /// Where the rule is violated in an object.
    fn run(&self, object: &Value) -> Vec<String> {
        let limits = Limits::default();
        let texts = std::iter::once(object).chain(&self.others).map(Value::to_string);
        let documents: Vec<_> = texts.map(|text| yaml::read(text.as_bytes(), &limits).unwrap().unwrap()).collect();
        let objects: Vec<Object<'_>> = documents.iter().filter_map(Object::of).collect();
        let setting = Setting { minor: self.minor, namespace: "default", chart: true, messages: true, registries: &[] };
        let violations = check(&self.policies, &objects, setting, &limits);
        violations.into_iter().filter(|violation| violation.object == 0).map(|violation| violation.path).collect()
    }

    /// The kinds that the rule looks at.
    fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static [&'static str])> {
        let kinds = &self.policies.policies[0].file.matches.kinds;
        let ends = |kind: &str| matches!(kind, "CronJob" | "Job");
        KINDS.into_iter().filter(move |(_, kind, _)| {
            (kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind))
                && !(LASTING.contains(&&*self.id) && ends(kind))
                && !BY_KIND.contains(&&*self.id)
        })
    }

    /// The pod, with another spec, in an object of a kind.
    fn object(&self, api_version: &str, kind: &str, path: &[&str], spec: &Value) -> Value {
        let mut inner = json!({ "spec": spec });
        if !self.metadata.is_null() {
            inner["metadata"] = self.metadata.clone();
        }
        for name in path.iter().rev() {
            inner = json!({ *name: inner });
        }
        inner["apiVersion"] = api_version.into();
        inner["kind"] = kind.into();
        if let Some(namespace) = &self.namespace {
            inner["metadata"]["namespace"] = namespace.as_str().into();
        }
        inner
    }
}

#[test]
fn rules_about_pods_see_every_kind_with_pods() {
    let mut checked = 0;
    for failing in failing() {
        for (api_version, kind, path) in failing.kinds() {
            let object = failing.object(api_version, kind, path, &failing.spec);
            let prefix: String = path.iter().map(|name| format!("{name}.")).collect();
            let wanted: Vec<String> = failing.places.iter().map(|place| format!("{prefix}{place}")).collect();
            assert_eq!(failing.run(&object), wanted, "{} in {object}", failing.id);
            checked += 1;
        }
    }
    assert!(checked > 1_000, "{checked}");
}

#[test]
fn rules_about_containers_see_every_list_of_them() {
    let mut checked = 0;
    for failing in failing() {
        let in_containers = |path: &String| path.starts_with("containers");
        let Some(map) = failing.spec.as_object() else { continue };
        if !failing.policies.policies[0].file.for_each.iter().all(in_containers)
            || !map.contains_key("containers")
            || map.contains_key("initContainers")
            || failing.kinds().all(|(_, kind, _)| kind != "Pod")
        {
            continue;
        }
        for list in ["initContainers", "ephemeralContainers"] {
            if LASTING.contains(&&*failing.id)
                || (list == "ephemeralContainers" && WITH_RESOURCES.contains(&&*failing.id))
            {
                continue;
            }
            let mut spec = failing.spec.clone();
            spec[list] = spec["containers"].take();
            let wanted: Vec<String> = failing
                .places
                .iter()
                .map(|place| place.replacen("spec.containers", &format!("spec.{list}"), 1))
                .collect();
            assert_eq!(failing.run(&failing.object("v1", "Pod", &[], &spec)), wanted, "{} in {list}", failing.id);
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn rules_about_pods_are_told_at_the_right_line_of_a_chart() {
    let mut out = Vec::new();
    let mut wrong = Vec::new();
    for failing in failing() {
        let kinds: Vec<&str> = failing.kinds().map(|(_, kind, _)| kind).collect();
        // Behind a chart the pod is that of a Deployment with labels of its own, and nothing else is there.
        let alone = failing.others.is_empty() && failing.metadata.get("labels").is_none();
        let of_both = kinds.contains(&"Pod") && kinds.contains(&"Deployment");
        // What shows another field than the one that is missing has its line in the published scanner charts.
        let elsewhere = failing.policies.policies[0].file.show.is_some();
        if !alone || elsewhere || !of_both || !is_printed_as_it_is(&failing.spec) {
            continue;
        }
        let mut pod = failing.object("v1", "Pod", &[], &failing.spec);
        pod["metadata"]["name"] = "made".into();
        let mut text = String::new();
        block(&pod, 0, &mut text);
        let target = Target { kube_version: format!("1.{}.0", failing.minor).parse().unwrap(), ..Target::default() };
        let environment = verdicts::environment(Limits::default());
        let linter = Linter::new(environment, target, failing.policies, false);
        if !verdicts::places_agree(&text, &linter, &failing.id, &mut out).unwrap() {
            wrong.push(format!("{}:\n{text}", failing.id));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), String::from_utf8_lossy(&out));
}

/// Whether an action that prints each text prints it as YAML of the same text.
fn is_printed_as_it_is(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            !map.is_empty() && map.values().all(|value| value == &json!({}) || is_printed_as_it_is(value))
        }
        Value::Array(items) => items.iter().all(is_printed_as_it_is),
        Value::String(text) => text.trim_matches(|c| matches!(c, ' ' | ':')) == text && !text.is_empty(),
        _ => true,
    }
}

/// Writes JSON as YAML in blocks, as charts have it; what is empty stays in brackets.
fn block(value: &Value, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent);
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (format!("{key}:"), value)).collect(),
        Value::Array(items) => items.iter().map(|value| ("-".to_owned(), value)).collect(),
        _ => return,
    };
    for (head, value) in entries {
        match value {
            Value::Object(map) if !map.is_empty() => {
                text.push_str(&format!("{pad}{head}"));
                let mut inner = String::new();
                block(value, indent + 2, &mut inner);
                // The first field of an item stands on the line of its dash.
                text.push_str(&if head == "-" { format!(" {}", inner.trim_start()) } else { format!("\n{inner}") });
            }
            Value::Array(items) if !items.is_empty() => {
                text.push_str(&format!("{pad}{head}\n"));
                block(value, indent + if head == "-" { 2 } else { 0 }, text);
            }
            scalar => text.push_str(&format!("{pad}{head} {scalar}\n")),
        }
    }
}
