//! Values and templates against each other: what is set and never read, what is read and never set.

use super::{Hit, Subject};
use crate::explore::location;
use crate::finding::{Grade, ValuesLocation};
use crate::source::Place;
use crate::usage::Unread;

/// Values that nothing reads.
pub(super) fn unread(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    let found = subject.usage(|usage, known| usage.unread(known, subject.limits()));
    for Unread { place, key, nearest, declared } in found {
        let place = Place { source: place.file, offset: place.offset };
        let at = location(place, subject.sources);
        let values = ValuesLocation { file: at.file, line: at.line, column: at.column, key: key.clone() };
        let remedy = match nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None if declared => "use it in a template, or take it out of the file".to_owned(),
            None => "take it out of the file; values.yaml names the keys that there are".to_owned(),
        };
        let mut hit = Hit::at(place, subject.sources).say("key", key).say("remedy", remedy);
        hit.located.values = Some(values);
        hit.grade = Grade::Unknown;
        hits.push(hit);
    }
}

/// Keys that templates count on and nothing declares.
pub(super) fn undeclared(subject: &Subject<'_>, hits: &mut Vec<Hit>) {
    for found in subject.usage(|usage, known| usage.undeclared(known)) {
        hits.push(Hit::at(found.place, subject.sources).say("key", found.key));
    }
}
