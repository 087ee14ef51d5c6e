//! Objects that are one and the same to the API server.

use std::collections::HashMap;

use super::{Hit, Hits, Release};
use crate::limits::Exceeded;

/// An object with the API group, kind, namespace and name of one before it.
pub(super) fn duplicate_object<'a>(release: &Release<'a>, hits: &mut Hits<'a>) -> Result<(), Exceeded> {
    let mut seen = HashMap::new();
    release.spend(release.objects.len())?;
    for (index, object) in release.objects.iter().enumerate() {
        // A name that the API server makes up is another each time.
        if object.name.is_empty() {
            continue;
        }
        let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
        let identity = (group, object.kind, release.namespace(object), object.name);
        if seen.insert(identity, index).is_some() {
            let namespace = release.namespace(object);
            hits.add(Hit::at(index, &["metadata", "name"]).say("namespace", namespace));
        }
    }
    Ok(())
}
