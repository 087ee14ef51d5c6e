//! The Kubernetes versions that Chart.yaml admits, and what the API servers of these do not serve.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{CaseRun, Hit, Subject};
use crate::explore;
use crate::finding::ObjectRef;
use crate::origin::Origins;
use crate::policy::{Object, Policies, Setting, check, objects as objects_of};
use crate::render::{Rendered, Renderer, Target, default_api_versions};
use crate::schema::kubernetes::{covers, serves, table};
use crate::semver::{Constraint, Version};

/// Versions that a chart is rendered for once more, those next to the target first.
const MOST_RENDERS: usize = 8;

/// Patch versions that are tried of each minor version: no minor version had more.
const PATCHES: u32 = 32;

/// An API version and a kind in it.
type Kind<'a> = (&'a str, &'a str);

/// Kinds that the chart renders for the target, and for versions that it admits and that do not serve them. A template may
/// choose by version, so it is asked what it writes for each of those.
pub(super) fn unserved_kube_version(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let declared = &subject.chart.metadata.kube_version;
    let (Some(span), Some(case)) = (declared.span, subject.cases.first()) else { return };
    let Ok(range) = Constraint::parse(declared) else { return };
    let (target, served) = (subject.linter.minor(), Served::new(subject));
    let mut kinds: BTreeMap<Kind<'_>, Object<'_>> = BTreeMap::new();
    for object in objects(&case.run.rendered) {
        kinds.entry((object.api_version, object.kind)).or_insert(object);
    }
    kinds.retain(|_, object| !served.lacks(object, target) && !Served::gets(object, target));
    let mut minors: Vec<(u32, String)> = (0..=*table().minors().end())
        .filter(|minor| *minor != target && kinds.values().any(|object| served.lacks(object, *minor)))
        .filter_map(|minor| Some((minor, admitted(&range, minor)?)))
        .collect();
    minors.sort_by_key(|(minor, _)| minor.abs_diff(target));
    minors.truncate(MOST_RENDERS);
    let mut renderer = Renderer::new(Rc::clone(&subject.linter.environment));
    let mut unserved: BTreeMap<(String, String), (BTreeSet<u32>, Vec<ObjectRef>)> = BTreeMap::new();
    for (minor, version) in minors {
        let lacking = kinds.iter().filter(|(_, object)| served.lacks(object, minor)).map(|(kind, _)| *kind);
        let Some(rendered) = render(subject, case, &mut renderer, &version, withheld(lacking, minor)) else { continue };
        for object in objects(&rendered) {
            let Object { api_version, kind, .. } = object;
            if !kinds.contains_key(&(api_version, kind)) || !served.lacks(&object, minor) {
                continue;
            }
            let (minors, objects) = unserved.entry((api_version.to_owned(), kind.to_owned())).or_default();
            minors.insert(minor);
            let object = object.reference(String::new());
            if !objects.contains(&object) {
                objects.push(object);
            }
        }
    }
    hits.extend(unserved.into_iter().map(|((api_version, kind), (minors, objects))| {
        let hit = Hit::at(span.place(), subject.sources)
            .say("versions", listed(&minors))
            .say("remedy", remedy(&minors, target))
            .say("api", api_version)
            .say("kind", kind);
        Hit { objects, cases: vec![case.name.clone()], ..hit }
    }));
}

/// The objects of a render.
fn objects(rendered: &Rendered) -> impl Iterator<Item = Object<'_>> {
    let manifests = rendered.manifests.iter().chain(&rendered.hooks);
    manifests.filter_map(|manifest| manifest.node.as_ref()).flat_map(objects_of)
}

/// What minor versions serve, as far as it is known.
struct Served<'a> {
    subject: &'a Subject<'a>,
    /// The policy that knows what was removed.
    removed: Policies,
}

impl<'a> Served<'a> {
    fn new(subject: &'a Subject<'a>) -> Self {
        let mut removed = Policies::default();
        // A test compiles it.
        let _ = removed.add("removed-api");
        Self { subject, removed }
    }

    /// Whether a minor version does not serve an object that another one serves.
    fn lacks(&self, object: &Object<'_>, minor: u32) -> bool {
        match table().kind(object.api_version, object.kind) {
            Some(kind) if covers(minor) => kind.in_minor(minor).is_none(),
            _ => {
                let setting = Setting { minor, chart: true, ..Setting::default() };
                let stable = !object.api_version.contains("alpha") && !object.api_version.contains("beta");
                !stable && !check(&self.removed, &[*object], setting, self.subject.limits()).is_empty()
            }
        }
    }

    /// Whether only versions behind a minor version that the table does not hold serve an object.
    fn gets(object: &Object<'_>, minor: u32) -> bool {
        let first = *table().minors().start();
        let known = table().kind(object.api_version, object.kind);
        minor < first && known.is_some_and(|kind| kind.in_minor(first).is_none())
    }
}

/// The first version of a minor version that a range admits.
fn admitted(range: &Constraint, minor: u32) -> Option<String> {
    let versions = (0..PATCHES).map(|patch| format!("1.{minor}.{patch}"));
    versions.into_iter().find(|version| Version::parse_strict(version).is_ok_and(|version| range.matches(&version)))
}

/// The API versions that a minor version does not serve, and the kinds that it lacks.
fn withheld<'a>(lacking: impl Iterator<Item = Kind<'a>>, minor: u32) -> Vec<String> {
    let unserved = |api_version: &&str| serves(api_version, minor) == Some(false);
    let mut withheld: Vec<String> = default_api_versions().filter(unserved).map(str::to_owned).collect();
    for (api_version, kind) in lacking {
        withheld.push(format!("{api_version}/{kind}"));
        // A kind that was removed was the last one of its API version.
        withheld.extend((!covers(minor)).then(|| api_version.to_owned()));
    }
    withheld
}

/// A case rendered for another version; `None` if the chart does not render for it.
fn render(
    subject: &Subject<'_>,
    case: &CaseRun,
    renderer: &mut Renderer,
    version: &str,
    withheld: Vec<String>,
) -> Option<Rendered> {
    let target = Target { kube_version: version.parse().ok()?, withheld, ..subject.linter.target.clone() };
    let (sources, origins) = (subject.sources.clone(), Origins::new(false));
    let run = explore::run(renderer, subject.chart, &case.overrides, &target, sources, origins, subject.limits());
    (run.stopped.is_none() && run.rendered.faults.is_empty()).then_some(run.rendered)
}

/// `1.28`, `1.28 and 1.29`, `1.25 to 1.28`.
fn listed(minors: &BTreeSet<u32>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for minor in minors {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *minor => *last = *minor,
            _ => ranges.push((*minor, *minor)),
        }
    }
    let words: Vec<String> = ranges
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => format!("1.{first}"),
            1 => format!("1.{first} and 1.{last}"),
            _ => format!("1.{first} to 1.{last}"),
        })
        .collect();
    words.join(", ")
}

/// The range without those versions, when they lie on one side of the target.
fn remedy(minors: &BTreeSet<u32>, target: u32) -> String {
    let (Some(first), Some(last)) = (minors.first(), minors.last()) else { return String::new() };
    let other = "or let the template choose by `.Capabilities`";
    match (*first > target, *last < target) {
        (true, _) => format!("end the range with `<1.{first}.0-0`, {other}"),
        (_, true) => format!("begin the range with `>=1.{}.0-0`, {other}", last + 1),
        _ => "let the template choose by `.Capabilities`".to_owned(),
    }
}
