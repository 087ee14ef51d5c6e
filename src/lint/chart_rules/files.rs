//! Files of a chart against each other: dependencies, `crds/`, values.schema.json.

use super::{Hit, Subject};
use crate::explore::location;
use crate::finding::ValuesLocation;
use crate::render::Profile;
use crate::render::split::split;
use crate::semver::Version;
use crate::source::{Place, clamp};
use crate::usage::schema_of;
use crate::yaml;
use crate::yaml::node::Node;

/// Versions of dependencies that are ranges, where no lock file pins them.
pub(super) fn unpinned_dependency(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    if subject.chart.lock.is_some() {
        return;
    }
    for dependency in subject.chart.metadata.dependencies.iter().flatten() {
        let local = dependency.repository.is_empty() || dependency.repository.starts_with("file://");
        let exact = Version::parse_strict(dependency.version.trim_start_matches('v')).is_ok();
        if let Some(span) = dependency.version.span.or(dependency.name.span).filter(|_| !local && !exact) {
            let hit = Hit::at(span.place(), subject.sources).say("name", &*dependency.name.text);
            let version = if dependency.version.is_empty() { "any version" } else { &*dependency.version };
            hits.push(hit.say("version", version));
        }
    }
}

/// Documents in `crds/` that define nothing.
pub(super) fn crds_content(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    for file in subject.chart.crds() {
        let bytes = subject.sources.bytes(file.source);
        for range in split(bytes, Profile::V4_2_4) {
            let start = range.start;
            let Ok(Some(node)) = yaml::read(bytes.get(range).unwrap_or_default(), subject.limits()) else { continue };
            let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
            if node.is_null() || kind == "CustomResourceDefinition" {
                continue;
            }
            let shown = if kind.is_empty() { "a document without a kind".to_owned() } else { format!("a {kind}") };
            let place = Place { source: file.source, offset: clamp(start).saturating_add(node.start) };
            hits.push(Hit::at(place, subject.sources).say("content", shown));
        }
    }
}

/// Values without a schema.
pub(super) fn missing_schema(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let values = subject.chart.values.as_ref().filter(|values| !values.documents.is_empty());
    if let Some(values) = values.filter(|_| subject.chart.schema.is_none() && !subject.chart.is_library()) {
        hits.push(Hit::at(Place { source: values.source, offset: 0 }, subject.sources));
    }
}

/// Keys that one of values.yaml and values.schema.json has and the other has not.
pub(super) fn stale_schema(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let (Some(source), Some(schema)) = (subject.chart.schema, schema_of(subject.chart, subject.sources)) else {
        return;
    };
    let (undescribed, unset) = subject.usage(|usage, known| usage.schema_gaps(known, &schema));
    if let Some((place, first)) = undescribed.first() {
        let place = Place { source: place.file, offset: place.offset };
        let at = location(place, subject.sources);
        let names: Vec<String> = undescribed.iter().map(|(_, key)| key.clone()).collect();
        let fault = format!("values.schema.json does not describe {}", listed(&names));
        let mut hit = Hit::at(place, subject.sources).say("fault", fault).say("remedy", "describe it");
        hit.located.values =
            Some(ValuesLocation { file: at.file, line: at.line, column: at.column, key: first.clone() });
        hits.push(hit);
    }
    if !unset.is_empty() {
        let fault = format!(
            "values.schema.json describes {}, which values.yaml does not set and no template reads",
            listed(&unset)
        );
        let hit = Hit::at(Place { source, offset: 0 }, subject.sources);
        hits.push(hit.say("fault", fault).say("remedy", "take it out of the schema"));
    }
}

/// The first keys of a list, and how many more there are.
fn listed(keys: &[String]) -> String {
    const FEW: usize = 4;
    let shown: Vec<String> = keys.iter().take(FEW).map(|key| format!("`{key}`")).collect();
    match keys.len().checked_sub(FEW).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", shown.join(", ")),
        None => shown.join(", "),
    }
}

/// A schema that refuses what Helm puts into the values of a subchart.
pub(super) fn closed_schema(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let (Some(source), Some(schema)) = (subject.chart.schema, schema_of(subject.chart, subject.sources)) else {
        return;
    };
    let closed = schema.get("additionalProperties").and_then(serde_json::Value::as_bool) == Some(false);
    let has = |key: &str| schema.get("properties").is_some_and(|properties| properties.get(key).is_some());
    let patterns = schema.get("patternProperties").is_some();
    if closed && !patterns && !has("global") {
        let bytes = subject.sources.bytes(source);
        let offset = crate::text::find(bytes, b"\"additionalProperties\"").unwrap_or(0);
        hits.push(Hit::at(Place { source, offset: clamp(offset) }, subject.sources));
    }
}

/// Toggles whose default is the weak side.
pub(super) fn weak_default(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let Some(values) = &subject.chart.values else { return };
    let mut waiting: Vec<(&Node, Vec<&str>)> = values.documents.iter().map(|document| (document, Vec::new())).collect();
    while let Some((node, path)) = waiting.pop() {
        for entry in node.entries() {
            let path: Vec<&str> = path.iter().copied().chain([&*entry.key]).collect();
            if let Some(value) = entry.value.as_bool()
                && let Some(what) = weakness(&path, value)
            {
                let place = Place { source: values.source, offset: entry.key_start };
                let at = location(place, subject.sources);
                let key = path.join(".");
                let mut hit = Hit::at(place, subject.sources).say("key", key.clone()).say("what", what);
                hit = hit.say("value", value.to_string()).say("other", (!value).to_string());
                hit.located.values = Some(ValuesLocation { file: at.file, line: at.line, column: at.column, key });
                hits.push(hit);
            }
            waiting.push((&entry.value, path));
        }
    }
    hits.sort_by(|a, b| a.located.template.cmp(&b.located.template));
}

/// Beginnings of keys that switch protection off, without separators, in lower case.
const WEAKENING: &[&str] = &[
    "allowanonymous",
    "allowinsecure",
    "disableauth",
    "disablecertificateverification",
    "disabletls",
    "enableanonymous",
    "insecure",
    "skipcertificateverif",
    "skipssl",
    "skiptls",
    "skipverif",
];
/// Beginnings of keys that switch protection on.
const PROTECTING: &[&str] =
    &["failon", "requireauth", "sslverify", "tlsverify", "validatecert", "verifycert", "verifyssl", "verifytls"];
/// What is for show, and the keys that install it.
const SHOWS: &[&str] = &["demo", "example", "sample", "testpod", "testapp", "testdeployment", "testworkload"];
const INSTALLS: &[&str] = &["create", "deploy", "enabled", "install"];

/// What is weak about a toggle of this value.
fn weakness(path: &[&str], value: bool) -> Option<&'static str> {
    let plain = |key: &str| key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let (last, above) = path.split_last()?;
    let (last, above) = (plain(last), above.last().map(|key| plain(key)).unwrap_or_default());
    let begins = |key: &str, words: &[&str]| words.iter().any(|word| key.starts_with(word));
    if value && begins(&last, WEAKENING) {
        return Some("protection is off by default");
    }
    if !value && begins(&last, PROTECTING) {
        return Some("the check is off by default");
    }
    if value && INSTALLS.contains(&&*last) && begins(&above, SHOWS) {
        return Some("something for show is installed by default");
    }
    None
}
