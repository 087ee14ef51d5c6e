//! Predicates about the form of objects: what the API server refuses before it looks at what they mean.

use super::{Hit, Hits, Release};
use crate::limits::Exceeded;
use crate::schema::kubernetes::{Fault, Problem};

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
