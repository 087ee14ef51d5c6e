//! What templates write: Go's notation in manifests, output that changes by itself, settings that no value reaches.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use super::{CaseRun, Hit, Subject};
use crate::chart::{self, Overrides};
use crate::explore::{self, located, location};
use crate::finding::{Location, RenderedLocation};
use crate::origin::{NO_OFFSET, Origins};
use crate::policy::{Object, Pod};
use crate::reads::Notation;
use crate::render::blame::{Blame, blame_range};
use crate::render::{Manifest, Renderer};
use crate::source::{Place, SourceId, Sources};
use crate::template::{Blocks, Environment};
use crate::text;
use crate::yaml::node::Node;

/// Hits by the template place that wrote them, so that one cause is one hit.
pub(super) type Found = BTreeMap<Option<Location>, Hit>;

/// Adds bytes of a manifest to what was found; gives what wrote them, and the fault.
pub(super) fn add<'f>(
    found: &'f mut Found,
    subject: &Subject<'_>,
    case: &CaseRun,
    manifest: &Manifest,
    range: Range<usize>,
) -> (Blame, &'f mut Hit) {
    let origins = &case.run.rendered.origins;
    let blame = blame_range(&manifest.text, range.clone(), origins);
    let located = located(&blame, subject.sources, origins);
    let before = manifest.text.as_bytes().get(..range.start).unwrap_or_default();
    let lines = crate::source::clamp(before.iter().filter(|byte| **byte == b'\n').count());
    let hit = found.entry(located.template.clone()).or_insert_with(|| {
        let mut hit = Hit::at(Place { source: SourceId(u32::MAX), offset: 0 }, subject.sources);
        hit.located = located;
        hit.rendered = Some(RenderedLocation { file: manifest.path.to_string(), line: manifest.line + lines });
        hit
    });
    let object = manifest.reference(String::new());
    if !hit.objects.contains(&object) {
        hit.objects.push(object);
    }
    if !hit.cases.contains(&case.name) {
        hit.cases.push(case.name.clone());
    }
    (blame, hit)
}

pub(super) fn manifests(case: &CaseRun) -> impl Iterator<Item = &Manifest> {
    case.run.rendered.manifests.iter().chain(&case.run.rendered.hooks)
}

/// Bytes in which Go's formatting shows where a value was meant.
fn notations(subject: &Subject<'_>, wanted: fn(Notation) -> bool, hits: &mut Vec<Hit>) {
    let mut found = Found::new();
    let mut blocks: HashMap<SourceId, Blocks> = HashMap::new();
    for case in subject.cases {
        let origins = &case.run.rendered.origins;
        let noted = origins.reads().into_iter().flat_map(|reads| reads.printed());
        let places: HashMap<Place, Notation> = noted.filter(|(_, notation)| wanted(*notation)).collect();
        if places.is_empty() {
            continue;
        }
        for manifest in manifests(case) {
            let mut start = 0;
            for run in manifest.text.runs() {
                let range = std::mem::replace(&mut start, run.end as usize)..run.end as usize;
                let Some(origin) = origins.get_origin(run.mark).filter(|_| run.at == NO_OFFSET) else { continue };
                let Some(notation) = places.get(&origin.frame.place) else { continue };
                let bytes = manifest.text.as_bytes().get(range.clone()).unwrap_or_default();
                if let Some(at) = shows(bytes, *notation) {
                    let from = range.start + at;
                    let end = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n'));
                    let shown = bytes.get(at..end.map_or(bytes.len(), |end| at + end)).unwrap_or_default();
                    let shown: String = String::from_utf8_lossy(shown).chars().take(60).collect();
                    let (blame, hit) = add(&mut found, subject, case, manifest, from..range.end);
                    if !hit.words.is_empty() {
                        continue;
                    }
                    let place = blame.template.and_then(|place| {
                        let text = subject.sources.bytes(place.source);
                        let blocks = blocks.entry(place.source).or_insert_with(|| Blocks::of(text));
                        Some(Place { offset: loop_of(text, blocks, place.offset)?, ..place })
                    });
                    let remedy =
                        place.map_or(remedy(*notation), |_| "write the list with `toYaml` in place of this loop");
                    hit.words = vec![("shown", shown), ("remedy", remedy.to_owned())];
                    if let Some(place) = place {
                        hit.located.template = Some(location(place, subject.sources));
                    }
                }
            }
        }
    }
    hits.extend(found.into_values());
}

/// The loop that does nothing but write its items into a list as they are, around one of its actions: as a whole it is what
/// `toYaml` writes.
fn loop_of(text: &[u8], blocks: &Blocks, offset: u32) -> Option<u32> {
    let actions = blocks.actions();
    let at = actions.partition_point(|action| action.end <= offset);
    let [head, item, end] = actions.get(at.checked_sub(1)?..at.checked_add(2)?)? else { return None };
    let text = |range: Range<u32>| Some(text.get(range.start as usize..range.end as usize)?.trim_ascii());
    let words = |action: &Range<u32>| {
        let body = text(action.clone())?.strip_prefix(b"{{")?;
        let body = body.strip_prefix(b"-").unwrap_or(body).trim_ascii_start();
        let word = body.iter().position(|byte| b" \t\r\n|-}".contains(byte));
        body.get(..word?)
    };
    let is_item = |word: &[u8]| word == b"." || word.starts_with(b"$") && !word.contains(&b'.');
    let whole = words(head)? == b"range"
        && text(head.end..item.start)? == b"-"
        && is_item(words(item)?)
        && text(item.end..end.start)?.is_empty()
        && words(end)? == b"end";
    whole.then_some(head.start)
}

/// Where a notation begins in bytes that were printed.
fn shows(bytes: &[u8], notation: Notation) -> Option<usize> {
    let needle: &[u8] = match notation {
        Notation::Map => b"map[",
        Notation::List => b"[",
        Notation::Struct => b"{",
        Notation::Nil => b"<nil>",
        Notation::Verb => b"%!",
        Notation::Exponent => b"e+",
    };
    let at = text::find(bytes, needle)?;
    if notation != Notation::Exponent {
        return Some(at);
    }
    let number = bytes.get(..at)?.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    (number > 0).then_some(at - number)
}

fn remedy(notation: Notation) -> &'static str {
    match notation {
        Notation::Map | Notation::List | Notation::Struct => "write it with `toYaml` or `toJson`",
        Notation::Nil => "give the value a default, or write the line only when it is set",
        Notation::Verb => "give `printf` as many arguments as it has verbs, of the types they are for",
        Notation::Exponent => "write the number with `int64`, or as a string in values.yaml",
    }
}

/// Maps, lists, structures and errors of `printf`.
pub(super) fn go_notation(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    notations(subject, |notation| notation != Notation::Exponent, hits);
}

/// Whole numbers with an exponent.
pub(super) fn exponent(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    notations(subject, |notation| notation == Notation::Exponent, hits);
}

/// What a second render, with other random bytes and at another time, writes differently.
fn drifts(subject: &Subject<'_>, secrets: bool, hits: &mut Vec<Hit>) {
    let mut found = Found::new();
    for case in subject.cases {
        let drawn = case.run.rendered.origins.reads().is_some_and(|reads| reads.drawn().next().is_some());
        if !drawn {
            continue;
        }
        let Some(again) = subject.again(case) else { continue };
        for (first, second) in manifests(case).zip(&again) {
            if (first.kind == "Secret") != secrets || first.path != second.path {
                continue;
            }
            let bytes = first.text.as_bytes();
            // Lines of the same number: a random text seldom changes how many there are.
            let mut at = 0;
            for (line, other) in
                bytes.split(|byte| *byte == b'\n').zip(second.text.as_bytes().split(|byte| *byte == b'\n'))
            {
                if line != other {
                    let same =
                        line.iter().zip(other).take_while(|(a, b)| a == b).count().min(line.len().saturating_sub(1));
                    let known: HashSet<Option<Location>> = found.keys().cloned().collect();
                    let (blame, _) = add(&mut found, subject, case, first, at + same..at + line.len());
                    // A chart that asks the cluster first keeps what is there, where there is a cluster to ask.
                    let asks = |place: &Place| text::find(subject.sources.bytes(place.source), b"lookup").is_some();
                    if blame.include.iter().chain(&blame.template).any(asks) {
                        found.retain(|place, _| known.contains(place));
                    }
                }
                at += line.len() + 1;
            }
        }
    }
    hits.extend(found.into_values());
}

/// Secrets that every render makes anew.
pub(super) fn regenerated_secret(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    drifts(subject, true, hits);
}

/// Anything else that every render makes anew.
pub(super) fn unstable_output(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    drifts(subject, false, hits);
}

/// Seconds between two renders.
const LATER: i64 = 40 * 86_400;

impl Subject<'_> {
    /// The manifests of a case rendered once more: later, and with other random bytes.
    fn again(&self, case: &CaseRun) -> Option<Vec<Manifest>> {
        let first = &self.linter.environment;
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let random = move |buffer: &mut [u8]| {
            for byte in buffer {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                *byte = state.to_le_bytes()[3];
            }
        };
        let environment = Environment {
            functions: first.functions,
            methods: first.methods,
            limits: first.limits.clone(),
            now: first.now.checked_add(jiff::SignedDuration::from_secs(LATER)).ok()?,
            random: RefCell::new(Box::new(random)),
            regexes: RefCell::default(),
            crypto_calls: Cell::new(0),
        };
        let mut sources = Sources::new();
        let chart = chart::load(Path::new(&self.chart.path), &mut sources, self.limits()).chart?;
        let file = |file: &SourceId| sources.add(self.sources.path(*file), self.sources.bytes(*file));
        let files = case.overrides.files.iter().map(file).collect();
        let overrides = Overrides { files, ..case.overrides.clone() };
        let mut renderer = Renderer::new(Rc::new(environment));
        let (target, limits) = (&self.linter.target, self.limits());
        let run = explore::run(&mut renderer, &chart, &overrides, target, sources, Origins::new(false), limits);
        let rendered = run.rendered;
        Some(rendered.manifests.into_iter().chain(rendered.hooks).collect())
    }
}

/// Pods with a container whose security settings are literal text of a template under no condition.
pub(super) fn fixed_security(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let mut found = Found::new();
    let mut blocks: HashMap<SourceId, Blocks> = HashMap::new();
    for case in subject.cases {
        for manifest in manifests(case) {
            let Some(pod) = manifest.node.as_ref().and_then(Object::of).and_then(|object| Pod::of(&object)) else {
                continue;
            };
            let settings: Vec<&Node> =
                pod.containers.iter().filter_map(|one| one.node.get("securityContext")).collect();
            let fixed = |node: &&Node| is_fixed(subject, case, manifest, node, &mut blocks);
            if !settings.iter().any(fixed) {
                continue;
            }
            let root = manifest.node.as_ref();
            let Some(entry) = root.and_then(|root| key_of(root, pod.spec)) else { continue };
            add(&mut found, subject, case, manifest, entry);
        }
    }
    hits.extend(found.into_values());
}

/// The key of a node below another one.
fn key_of(root: &Node, wanted: &Node) -> Option<Range<usize>> {
    root.entries().iter().find_map(|entry| {
        if std::ptr::eq(&raw const entry.value, wanted) {
            return Some(entry.key_start as usize..entry.key_end as usize);
        }
        key_of(&entry.value, wanted)
    })
}

fn is_fixed(
    subject: &Subject<'_>,
    case: &CaseRun,
    manifest: &Manifest,
    node: &Node,
    blocks: &mut HashMap<SourceId, Blocks>,
) -> bool {
    let origins = &case.run.rendered.origins;
    let start = blame_range(&manifest.text, 0..manifest.text.len(), origins);
    let others: Vec<Place> = start.include.iter().copied().chain(start.template).collect();
    manifest.text.runs_in(node.start as usize..node.end as usize).all(|(run, _)| {
        let Some(origin) = origins.get_origin(run.mark) else { return false };
        let place = Place { offset: origin.frame.place.offset.saturating_add(run.at), ..origin.frame.place };
        let around: Vec<u32> =
            others.iter().filter(|other| other.source == place.source).map(|other| other.offset).collect();
        let of = || Blocks::of(subject.sources.bytes(place.source));
        let conditional = blocks.entry(place.source).or_insert_with(of).is_conditional(place.offset, &around);
        run.at != NO_OFFSET && origin.leaf.is_none() && !conditional
    })
}

/// Kinds whose objects belong into namespaces that their purpose names.
const ELSEWHERE: &[&str] = &["Role", "RoleBinding"];

/// Namespaces that are literal text of a template.
pub(super) fn fixed_namespace(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let mut found = Found::new();
    for case in subject.cases {
        let origins = &case.run.rendered.origins;
        for manifest in manifests(case) {
            let node = manifest.node.as_ref().and_then(|node| node.at(&["metadata", "namespace"]));
            let Some((node, name)) = node.and_then(|node| Some((node, node.as_str()?))) else { continue };
            if name.is_empty() || ELSEWHERE.contains(&&*manifest.kind) && name.starts_with("kube-") {
                continue;
            }
            let range = node.start as usize..node.end as usize;
            let literal = manifest.text.runs_in(range.clone()).all(|(run, _)| {
                run.at != NO_OFFSET && origins.get_origin(run.mark).is_some_and(|origin| origin.leaf.is_none())
            });
            let blame = blame_range(&manifest.text, range.clone(), origins);
            let text = blame.template.is_some_and(|place| {
                Blocks::of(subject.sources.bytes(place.source)).is_text(place.offset)
                    && subject.sources.bytes(place.source).get(place.offset as usize..).is_some_and(|rest| {
                        rest.trim_ascii_start().starts_with(name.as_bytes())
                            || rest.get(1..).is_some_and(|rest| rest.starts_with(name.as_bytes()))
                    })
            });
            if literal && text {
                let (_, hit) = add(&mut found, subject, case, manifest, range);
                if hit.words.is_empty() {
                    hit.words = vec![("namespace", name.to_owned())];
                }
            }
        }
    }
    hits.extend(found.into_values());
}
