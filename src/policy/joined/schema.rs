//! Predicates about the form of objects: what the API server refuses before it looks at what they mean.

use std::collections::HashMap;

use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::schema::kubernetes::{Fault, Problem, is_foreign};
use crate::yaml::path::Step;

/// Kinds of which no schema is known, each told once.
pub(super) fn unchecked_kind<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    release.spend(release.objects.len())?;
    let mut kinds: HashMap<(&str, &str), Option<Hit<'a>>> = HashMap::new();
    for (index, object) in release.objects.iter().enumerate() {
        let hit = kinds.entry((object.api_version, object.kind)).or_insert_with(|| {
            let foreign = is_foreign(object.api_version, object.kind);
            foreign.then(|| Hit::at(index, &["kind"]).say("api", object.api_version))
        });
        *hit = hit.take().map(|hit| if hit.object == index { hit } else { hit.also(index, vec![Step::Name("kind")]) });
    }
    let mut found: Vec<Hit<'a>> = kinds.into_values().flatten().collect();
    found.sort_by_key(|hit| hit.object);
    found.into_iter().for_each(|hit| hits.add(hit));
    Ok(())
}

/// A kind that its API group does not have.
pub(super) fn unknown_kind<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    tell(release, hits, |fault, hit| {
        let object = release.objects.get(hit.object).filter(|_| fault.problem == Problem::UnknownKind)?;
        Some(hit.say("api", object.api_version))
    })
}

/// A field that its object does not have.
pub(super) fn unknown_field<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    tell(release, hits, |fault, hit| (fault.problem == Problem::UnknownField).then_some(Hit { at_key: true, ..hit }))
}

/// A value of another type than that of its field.
pub(super) fn wrong_type<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    tell(release, hits, |fault, hit| {
        let Problem::WrongType(misfit) = fault.problem else { return None };
        Some(hit.say("expected", misfit.expected).say("found", misfit.found))
    })
}

/// A field that the API server demands and an object lacks.
pub(super) fn missing_field<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    tell(release, hits, |fault, hit| (fault.problem == Problem::MissingField).then_some(hit))
}

fn tell<'a>(
    release: &Release<'a>,
    hits: &mut Hits<'a>,
    of_problem: impl Fn(&Fault<'a>, Hit<'a>) -> Option<Hit<'a>>,
) -> Result<(), Exceeded> {
    for (object, fault) in release.faults()? {
        let hit = Hit { path: fault.path.clone(), ..Hit::at(*object, &[]) };
        let hit = hit
            .say("of", fault.of)
            .say("field", fault.field.as_str())
            .say("advice", fault.advice.as_deref().unwrap_or_default());
        if let Some(hit) = of_problem(fault, hit) {
            hits.add(hit);
        }
    }
    Ok(())
}
