//! A policy file as it is written: what serde reads, nothing compiled.
//!
//! `schemas/policy.schema.json` describes the same form for editors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::{Applicability, Level, Severity};

/// `policies/<id>.yaml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyFile {
    /// Kebab-case, the file's name; names the bad pattern.
    pub id: String,
    /// Code of the catalogue, such as `POD001`.
    pub code: String,
    /// One line.
    pub title: String,
    /// What can go wrong.
    pub why: String,
    /// How bad it is.
    pub severity: Severity,
    /// The least level of a violation outside of strict profiles, whatever its severity and grade.
    pub level: Option<Level>,
    /// The highest level, in strict runs too: for what is not wrong, only not known.
    pub most: Option<Level>,
    /// Addresses where the rule stands written. Controls of standards are told in `schemas/standards/`; one that is named here
    /// all the same (`CIS Kubernetes Benchmark v1.12: 5.2.2`) is shown if its standard verifies it.
    #[serde(default)]
    pub references: Vec<String>,
    /// Policies that say less about the same place: their violations are dropped there.
    #[serde(default)]
    pub supersedes: Vec<String>,
    /// What it is about, and so who decides it.
    #[serde(default)]
    pub scope: Scope,
    /// Which objects it looks at.
    #[serde(rename = "match", default)]
    pub matches: Match,
    /// Kubernetes versions that it is for: `>=1.19`.
    pub kubernetes: Option<String>,
    /// Named expressions, evaluated once per object.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// Paths to the elements that are judged, each by itself; only of `scope: object`, as all up to `locate`.
    #[serde(default)]
    pub for_each: Vec<String>,
    /// Elements for which this is false are not judged.
    pub when: Option<String>,
    /// True for an element that is as it should be.
    pub expr: Option<String>,
    /// The function that decides, of every other scope.
    pub predicate: Option<String>,
    /// Paths below the element; the first that exists is the place of a violation, else the first is where to insert.
    #[serde(default)]
    pub locate: Vec<String>,
    /// Path below the element to the field that made it wrong, whose line is shown when nothing is there that `locate` names.
    pub show: Option<String>,
    /// What a violation says: a minijinja template.
    pub message: String,
    /// What to do: a minijinja template.
    pub help: Option<String>,
    /// What would mend it.
    pub fix: Option<FixData>,
    /// A value that the policy takes, to find out which key of the values sets the field; `fix` when that is there.
    #[serde(default, with = "as_text")]
    pub proof: Option<Proof>,
    /// Objects that pass and objects that fail.
    #[serde(default, with = "as_text")]
    pub examples: Option<Examples>,
}

/// What a policy is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One object by itself: `forEach` and `expr`.
    #[default]
    Object,
    /// The objects of one render together: a predicate of `policy::joined`.
    Release,
    /// The chart itself, with what all its cases showed: a predicate of `lint::chart_rules`.
    Chart,
}

/// Which objects a policy looks at.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// Kinds; all when empty.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// A named expression.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// What stands behind `variables.`.
    pub name: String,
    /// Its definition; it sees the object, the pod and the variables above it, not the element.
    pub expr: String,
}

/// A value that a field should have.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FixData {
    /// Path below the element.
    pub set: String,
    /// The value.
    #[serde(with = "as_text")]
    pub value: serde_json::Value,
    /// Whether the chart means the same afterwards.
    pub applicability: Applicability,
}

/// What a policy is content with, to find out which key of the values brings it about: an example, not what every chart should
/// have.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Proof {
    /// A field below the element (`.` for the element itself) with this value.
    Field {
        /// The path.
        set: String,
        /// The value.
        value: serde_json::Value,
    },
    /// A text that ends in this one, out of a key of this name.
    Part {
        /// The name.
        key: String,
        /// The end of the text.
        value: String,
    },
    /// A switch among the values, which the template mentions, the other way.
    Switch {
        /// Its value then.
        switch: bool,
    },
    /// An object of this kind.
    Object {
        /// The kind.
        make: String,
    },
}

/// Objects or charts with a known verdict.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Those without a violation.
    pub pass: Vec<Example>,
    /// Those with at least one.
    pub fail: Vec<Example>,
}

/// An object, a release or a chart with a known verdict.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The Kubernetes version it is judged for; the newest known when absent.
    pub kubernetes: Option<String>,
    /// The namespace that the release is installed into; `default` when absent.
    pub namespace: Option<String>,
    /// Registries that the run accepts besides the public ones.
    #[serde(default)]
    pub registries: Vec<String>,
    /// The places of its violations, in order: paths in the object (behind `others[0]:` in another one, for a policy about
    /// releases), or `FILE:LINE` in the chart. Not compared when absent.
    pub at: Option<Vec<String>>,
    /// The object that is judged.
    #[serde(default)]
    pub object: serde_json::Value,
    /// Other objects of the release; judged as well by a policy about releases.
    #[serde(default)]
    pub others: Vec<serde_json::Value>,
    /// The files of the chart that is judged, by their paths in it.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// `policies/profiles/<name>.yaml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileFile {
    /// The file's name.
    pub name: String,
    /// One line.
    pub title: String,
    /// Whether every violation is an error.
    #[serde(default)]
    pub strict: bool,
    /// Whether it is what Pod Security admission decides, which goes by `spec.os.name` alone to know a pod for Windows.
    #[serde(default)]
    pub admission: bool,
    /// Its policies.
    pub policies: Vec<ProfileEntry>,
}

/// A policy of a profile.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileEntry {
    /// Its id.
    pub id: String,
    /// Kubernetes versions for which the profile demands it, within those of the policy.
    pub kubernetes: Option<String>,
    /// What the chart has to be for; anything when absent.
    pub stage: Option<Stage>,
}

/// What a chart is held ready for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Production.
    #[default]
    Prod,
    /// Development: some rules of a profile are for production only.
    Dev,
}

/// What only a form that describes itself can hold stands in the other one, that of `build.rs`, as JSON.
mod as_text {
    use serde::de::{DeserializeOwned, Error as _};
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return value.serialize(serializer);
        }
        serde_json::to_string(value).map_err(S::Error::custom)?.serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer);
        }
        serde_json::from_str(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
