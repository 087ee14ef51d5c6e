//! What to do about a fault: the word that was meant, the place where a field belongs, the versions that have it.

use std::collections::{HashSet, VecDeque};

use super::group::{group, is_foreign};
use super::scalar::Misfit;
use super::table::{Field, Holder, Kind, Scalar, Type, table};
use crate::suggest::nearest;
use crate::yaml::node::{Data, Node};
use crate::yaml::path::{Step, written};

/// How far below an object a field is looked for.
const DEPTH: usize = 4;

/// What to do about a field that its type does not have, and the steps that it took to find out.
#[must_use]
pub(super) fn of_field(
    name: &str,
    value: &Node,
    above: &[(usize, Type<'_>)],
    path: &[Step<'_>],
    minor: u32,
) -> (Option<String>, u64) {
    let Some((_, of)) = above.last() else { return (None, 0) };
    let mut steps = 0;
    let advice = since(&of.versions(name), minor)
        .map(|when| format!("`{name}` is there {when}"))
        .or_else(|| {
            let names = || of.fields(minor).map(Field::name);
            steps += names().count() as u64;
            let same = names().find(|known| known.eq_ignore_ascii_case(name));
            same.or_else(|| nearest(name, names())).map(|known| format!("did you mean `{known}`?"))
        })
        .or_else(|| elsewhere(name, value, above, path, minor, &mut steps))
        .or_else(|| {
            let inner = value.entries().iter().map(|entry| &*entry.key);
            let out = inner.clone().next().is_some() && inner.clone().all(|inner| of.field(inner, minor).is_some());
            let inner: Vec<String> = inner.map(|inner| format!("`{inner}`")).collect();
            let belong = if inner.len() == 1 { "belongs" } else { "belong" };
            out.then(|| format!("{} {belong} directly in the {}, not in a `{name}`", inner.join(", "), of.name()))
        });
    (advice, steps)
}

/// Where a field of this name belongs that takes such a value: in the object or below, in one around it, or, for what is not a
/// single value and so has a telling name, below one of those.
fn elsewhere(
    name: &str,
    value: &Node,
    above: &[(usize, Type<'_>)],
    path: &[Step<'_>],
    minor: u32,
    steps: &mut u64,
) -> Option<String> {
    let mut seen = HashSet::new();
    let telling = matches!(value.data, Data::List(_) | Data::Map(_));
    for (up, (length, of)) in above.iter().rev().enumerate() {
        let deepest = if telling || up == 0 { DEPTH } else { 0 };
        let mut waiting = VecDeque::from([(*of, written(path.get(..*length).unwrap_or_default()), 0)]);
        while let Some((of, place, depth)) = waiting.pop_front() {
            if !seen.insert(of.number()) {
                continue;
            }
            if of.field(name, minor).is_some_and(|field| takes(field, value)) {
                let place = if place.is_empty() { format!("the {} itself", of.name()) } else { format!("`{place}`") };
                return Some(format!("`{name}` belongs in {place}"));
            }
            for field in of.fields(minor) {
                *steps += 1;
                let Some(inner) = field.of() else { continue };
                let suffix = match field.shape().holder {
                    Holder::One => "",
                    Holder::List => "[]",
                    Holder::Map | Holder::MapOfLists => continue,
                };
                if depth < deepest && !["status", "managedFields"].contains(&field.name()) {
                    let dot = if place.is_empty() { "" } else { "." };
                    waiting.push_back((inner, format!("{place}{dot}{}{suffix}", field.name()), depth + 1));
                }
            }
        }
    }
    None
}

/// Whether a field could hold a value, as far as its outermost part shows.
fn takes(field: Field<'_>, value: &Node) -> bool {
    match (field.shape().holder, field.shape().scalar, &value.data) {
        (_, _, Data::Null) => true,
        (Holder::List, _, data) => matches!(data, Data::List(_)),
        (Holder::Map | Holder::MapOfLists, ..) | (_, Scalar::Object, _) => matches!(value.data, Data::Map(_)),
        (_, scalar, _) => super::scalar::misfit(scalar, value).is_none(),
    }
}

/// What to do about a value of another type.
#[must_use]
pub(super) fn of_misfit(misfit: Misfit) -> Option<&'static str> {
    match (misfit.expected, misfit.found) {
        ("a string", "a boolean" | "a number") => Some("put it in quotes; in a template with `| quote`"),
        ("an integer" | "a boolean", "a string") => Some("write it without quotes"),
        ("base64", _) => Some("encode it; in a template with `| b64enc`"),
        (_, "an empty string") => Some("leave the field out when there is nothing to say"),
        ("a list", "a mapping") => Some("write its items with `- `"),
        _ => None,
    }
}

/// The field that is wrong about a kind that Kubernetes does not have, and what to do; `None` if it is not one of
/// Kubernetes.
#[must_use]
pub(super) fn of_kind(api_version: &str, kind: &str, minor: u32) -> Option<(&'static str, Option<String>)> {
    if kind.is_empty() || is_foreign(api_version, kind) {
        return None;
    }
    let own = group(api_version);
    let known: Vec<Kind<'_>> = table().kinds().filter(|kind| group(kind.api_version()) == own).collect();
    known.first()?;
    let served = |kind: &&Kind<'_>| kind.in_minor(minor).is_some();
    let when = known
        .iter()
        .find(|known| (known.api_version(), known.name()) == (api_version, kind))
        .and_then(|known| since(&known.versions(), minor))
        .map(|when| format!("{api_version} {kind} is there {when}"));
    let here = || table().kinds().filter(|other| other.name() == kind).filter(|kind| served(&kind)).last();
    let moved = || here().map(|there| format!("{kind} is in `{}`", there.api_version()));
    if when.is_none() && here().is_none() {
        let beside = known.iter().filter(served).filter(|known| known.api_version() == api_version);
        if let Some(meant) = nearest(kind, beside.map(|known| known.name())) {
            return Some(("kind", Some(format!("did you mean `{meant}`?"))));
        }
    }
    Some(("apiVersion", when.or_else(moved)))
}

/// When something is there that is not there now: `since Kubernetes 1.29`.
fn since(versions: &[u32], minor: u32) -> Option<String> {
    let (first, last) = (versions.first()?, versions.last()?);
    Some(if *first > minor {
        format!("since Kubernetes 1.{first}")
    } else if *last < minor {
        format!("until Kubernetes 1.{last}")
    } else {
        let next = versions.iter().find(|version| **version > minor)?;
        format!("again since Kubernetes 1.{next}")
    })
}
