//! What the README of a chart has to say.

use std::collections::{BTreeMap, HashSet};

use super::{Hit, Subject};
use crate::explore::{Located, located};
use crate::finding::{Grade, ObjectRef};
use crate::policy::{Object, Pod, objects};
use crate::render::blame::{Blame, blame_node, blame_range};
use crate::yaml::node::{Entry, Node};

/// Kinds that make a Secret, and where its name stands.
const MAKERS: [(&str, &[&str]); 5] = [
    ("Secret", &["metadata", "name"]),
    ("SealedSecret", &["metadata", "name"]),
    ("ExternalSecret", &["metadata", "name"]),
    ("ExternalSecret", &["spec", "target", "name"]),
    ("Certificate", &["spec", "secretName"]),
];

/// A Secret that pods need, and the chart does not make.
struct Needed {
    located: Located,
    objects: Vec<ObjectRef>,
    cases: Vec<String>,
}

/// Secrets that must exist before the chart is installed, and that its README names neither by their name nor by the values
/// key that it comes from.
pub(super) fn undocumented_secret(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let readmes = subject.chart.files.iter().filter(|file| {
        let name = file.name.to_ascii_lowercase();
        name == "readme" || name.starts_with("readme.")
    });
    let readme: String =
        readmes.map(|file| String::from_utf8_lossy(subject.sources.bytes(file.source)).into_owned()).collect();
    let mut needed: BTreeMap<String, Needed> = BTreeMap::new();
    for case in subject.cases {
        let rendered = &case.run.rendered;
        let manifests = rendered.manifests.iter().chain(&rendered.hooks);
        let documents: Vec<_> =
            manifests.filter_map(|manifest| Some((manifest, objects(manifest.node.as_ref()?)))).collect();
        let all = documents.iter().flat_map(|(_, objects)| objects);
        let made: HashSet<&str> = all.flat_map(|object| made(object)).collect();
        for (manifest, objects) in &documents {
            for object in objects {
                for (entry, path) in references(object) {
                    let Some(name) = entry.value.as_str().filter(|name| !name.is_empty() && !made.contains(name))
                    else {
                        continue;
                    };
                    // What puts the name together stands in a helper that serves all objects: its key is the line to go to.
                    let key = entry.key_start as usize..entry.key_end as usize;
                    let leaf = blame_node(&manifest.text, &entry.value, &rendered.origins).leaf;
                    let blame = Blame { leaf, ..blame_range(&manifest.text, key, &rendered.origins) };
                    let found = needed.entry(name.to_owned()).or_insert_with(|| Needed {
                        located: located(&blame, subject.sources, &rendered.origins),
                        objects: Vec::new(),
                        cases: Vec::new(),
                    });
                    if !found.cases.contains(&case.name) {
                        found.cases.push(case.name.clone());
                    }
                    let reference = object.reference(path);
                    if !found.objects.contains(&reference) {
                        found.objects.push(reference);
                    }
                }
            }
        }
    }
    for (name, Needed { located, objects, cases }) in needed {
        let key = located.values.as_ref().map(|values| &*values.key);
        // A release name is the user's: what the chart adds to it is what a README can name.
        let own = name.trim_start_matches("release-name").trim_start_matches('-');
        if [Some(&*name), Some(own), key].into_iter().flatten().any(|word| !word.is_empty() && readme.contains(word)) {
            continue;
        }
        let missing = if readme.is_empty() { "there is no README" } else { "the README does not name it" };
        let words = vec![("name", name), ("missing", missing.to_owned())];
        hits.push(Hit { located, rendered: None, objects, cases, grade: Grade::Unknown, words });
    }
}

/// The names of the Secrets that an object is or makes.
fn made<'a>(object: &Object<'a>) -> impl Iterator<Item = &'a str> {
    let (kind, node) = (object.kind, object.node);
    MAKERS.iter().filter(move |(maker, _)| *maker == kind).filter_map(move |(_, path)| node.at(path)?.as_str())
}

/// Where a pod names Secrets, but for those that may be missing.
fn references<'a>(object: &Object<'a>) -> Vec<(&'a Entry, String)> {
    let Some(pod) = Pod::of(object) else { return Vec::new() };
    let spec = pod.spec_path.join(".");
    let mut found = Vec::new();
    let mut take = |node: Option<&'a Node>, key: &str, path: String| {
        let optional = node.and_then(|node| node.get("optional")).and_then(Node::as_bool) == Some(true);
        if let Some(name) = node.and_then(|node| node.entry(key)).filter(|_| !optional) {
            found.push((name, format!("{path}.{key}")));
        }
    };
    let items = |node: &'a Node, key: &str| node.get(key).map(Node::items).unwrap_or_default().iter().enumerate();
    for (index, secret) in items(pod.spec, "imagePullSecrets") {
        take(Some(secret), "name", format!("{spec}.imagePullSecrets[{index}]"));
    }
    for (index, volume) in items(pod.spec, "volumes") {
        take(volume.get("secret"), "secretName", format!("{spec}.volumes[{index}].secret"));
    }
    for container in &pod.containers {
        let at = format!("{spec}.{}[{}]", container.list, container.index);
        for (index, env) in items(container.node, "env") {
            take(env.at(&["valueFrom", "secretKeyRef"]), "name", format!("{at}.env[{index}].valueFrom.secretKeyRef"));
        }
        for (index, from) in items(container.node, "envFrom") {
            take(from.get("secretRef"), "name", format!("{at}.envFrom[{index}].secretRef"));
        }
    }
    found
}
