//! A model as the bytes that `chartsec::schema::kubernetes::Table` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use chartsec::schema::kubernetes::Table;

use crate::model::Model;

/// The table of a model: the same model makes the same bytes.
pub(crate) fn table(model: &Model) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut texts = BTreeSet::new();
    for (api_version, kind) in model.kinds.keys() {
        texts.extend([&**api_version, kind]);
    }
    for (name, fields) in &model.types {
        texts.insert(short(name));
        texts.extend(fields.keys().map(|(field, ..)| &**field));
    }
    let texts: BTreeMap<&str, u16> = texts.into_iter().zip(0..).collect();
    let types: BTreeMap<&str, u16> = model.types.keys().map(|name| &**name).zip(0..).collect();

    let mut bytes = vec![Table::FORM, u8::try_from(model.minors[0])?, u8::try_from(model.minors.len())?];
    let numbers = |bytes: &mut Vec<u8>, numbers: &[u16]| numbers.iter().for_each(|it| bytes.extend(it.to_le_bytes()));
    numbers(&mut bytes, &[u16::try_from(texts.len())?]);
    for text in texts.keys() {
        bytes.push(u8::try_from(text.len())?);
        bytes.extend(text.as_bytes());
    }
    numbers(&mut bytes, &[u16::try_from(types.len())?]);
    for (name, fields) in &model.types {
        numbers(&mut bytes, &[texts[short(name)], u16::try_from(fields.len())?]);
    }
    for ((field, shape, of), presence) in model.types.values().flatten() {
        numbers(&mut bytes, &[texts[&**field], presence.versions, presence.required]);
        bytes.push(*shape);
        numbers(&mut bytes, &[types.get(&**of).copied().unwrap_or_default()]);
    }
    numbers(&mut bytes, &[u16::try_from(model.kinds.len())?]);
    for ((api_version, kind), (of, versions)) in &model.kinds {
        numbers(&mut bytes, &[texts[&**api_version], texts[&**kind], *versions, types[&**of]]);
    }

    Ok(bytes)
}

/// `Container` of `io.k8s.api.core.v1.Container`.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
