//! Standards and what they demand: `schemas/standards/NAME.yaml`, one file per standard, embedded.
//!
//! A policy does not say itself which controls it serves: a control lists its policies, and says whether its id and title
//! were read in the source that its file names (`verified`) or are only said elsewhere (`claimed`). Only verified ones are shown.

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::compile::{PolicyError, yaml_error};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas/standards");

/// A standard and those of its controls that policies serve.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Kebab-case id; with the version it is the file's name.
    pub standard: String,
    /// Its name.
    pub title: String,
    /// Its version, if it has any.
    pub version: Option<String>,
    /// Where its controls can be read.
    pub source: String,
    /// When they were read there: `2026-11-29`.
    pub date: String,
    /// The controls.
    pub controls: Vec<Control>,
}

/// A control of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its id in the standard.
    pub id: String,
    /// What it demands, in the words of the standard.
    pub title: String,
    /// Whether id and title were read in the source.
    pub status: Status,
    /// The policies that look for violations of it.
    pub policies: Vec<String>,
}

/// How sure a control is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Read in the source.
    Verified,
    /// Said elsewhere; never shown.
    Claimed,
}

impl Standard {
    /// `CIS Kubernetes Benchmark v1.12`.
    #[must_use]
    pub fn name(&self) -> String {
        self.version.as_ref().map_or_else(|| self.title.clone(), |version| format!("{} v{version}", self.title))
    }

    /// The control that a reference of a policy means: `CIS Kubernetes Benchmark v1.12: 5.2.2`, with or without the version.
    fn meant<'a>(&'a self, reference: &str) -> impl Iterator<Item = &'a Control> {
        let ids = reference.split_once(": ").filter(|(name, _)| *name == self.title || *name == self.name());
        let ids: Vec<String> =
            ids.into_iter().flat_map(|(_, ids)| ids.split(',')).map(|id| id.trim().to_owned()).collect();
        self.controls.iter().filter(move |control| ids.contains(&control.id))
    }

    /// The verified controls that a policy serves. `references` may name controls, too.
    #[must_use]
    pub fn verified(&self, policy: &str, references: &[String]) -> Vec<&Control> {
        let named: Vec<&Control> = references.iter().flat_map(|reference| self.meant(reference)).collect();
        let serves = |control: &&Control| {
            control.policies.iter().any(|id| id == policy) || named.iter().any(|named| named.id == control.id)
        };
        self.controls.iter().filter(|control| control.status == Status::Verified).filter(serves).collect()
    }
}

/// Whether a reference of a policy can be shown as it stands: an address. Any other names a control, which its standard has to verify.
#[must_use]
pub fn is_address(reference: &str) -> bool {
    reference.starts_with("https://")
}

/// Every standard, by the name of its file.
///
/// # Errors
/// A fault of an embedded file.
pub fn standards() -> Result<Vec<Standard>, PolicyError> {
    let mut files: Vec<_> = FILES.files().collect();
    files.sort_by_key(|file| file.path());
    let read = files.into_iter().map(|file| {
        let name = file.path().to_string_lossy();
        serde_yaml::from_str(file.contents_utf8().unwrap_or_default()).map_err(|error| yaml_error(&name, &error))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::policy::embedded_files;

    #[test]
    fn files_meet_their_schema_and_name_policies_that_exist() {
        let schema = serde_json::from_str(include_str!("../../schemas/standard.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let policies: HashSet<&str> = embedded_files().map(|(id, _)| id).collect();
        for file in FILES.files() {
            let name = file.path().file_stem().unwrap().to_str().unwrap();
            let value: serde_json::Value = serde_yaml::from_str(file.contents_utf8().unwrap()).unwrap();
            let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            let standard: Standard = serde_json::from_value(value.clone()).unwrap();
            let version = standard.version.as_ref().map(|version| format!("-{version}")).unwrap_or_default();
            assert_eq!(name, format!("{}{version}", standard.standard));
            let ids: HashSet<&str> = standard.controls.iter().map(|control| &*control.id).collect();
            assert_eq!(ids.len(), standard.controls.len(), "{name}: an id twice");
            for control in &standard.controls {
                let unknown: Vec<_> = control.policies.iter().filter(|id| !policies.contains(id.as_str())).collect();
                assert!(unknown.is_empty(), "{name} {}: no such policies: {unknown:?}", control.id);
            }
            for (key, wrong) in [("date", "yesterday"), ("source", "http://x"), ("standard", "A B"), ("colour", "x")] {
                let mut other = value.clone();
                other[key] = wrong.into();
                assert!(!validator.is_valid(&other), "{name}: {key}");
            }
        }
        assert_eq!(standards().unwrap().len(), FILES.files().count());
    }

    #[test]
    fn only_verified_controls_are_named() {
        let control = |id: &str, status, policies: &[&str]| Control {
            id: id.into(),
            title: "t".into(),
            status,
            policies: policies.iter().map(|id| (*id).into()).collect(),
        };
        let standard = Standard {
            standard: "x".into(),
            title: "X Guide".into(),
            version: Some("2".into()),
            source: "https://x".into(),
            date: "2026-01-01".into(),
            controls: vec![
                control("1", Status::Verified, &["a"]),
                control("2", Status::Claimed, &["a"]),
                control("3", Status::Verified, &[]),
            ],
        };
        let named = |policy: &str, reference: &str| {
            standard.verified(policy, &[reference.into()]).iter().map(|c| c.id.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(named("a", "https://x"), "1");
        assert_eq!(named("b", "X Guide: 2, 3"), "3");
        assert_eq!(named("a", "X Guide v2: 3"), "1 3");
        assert_eq!(named("b", "X Guide v1: 3"), "");
        assert_eq!(standard.name(), "X Guide v2");
    }
}
