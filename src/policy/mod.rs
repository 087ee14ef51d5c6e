//! Policies: rules as data, decided by CEL over each object that a chart renders, or by a function over all of them.
//!
//! `policies/<id>.yaml` holds one rule, `policies/profiles/<name>.yaml` says which rules make a profile. Both are embedded;
//! only what a profile names is compiled.

pub mod cel;
mod check;
mod element;
mod examples;
mod joined;
mod level;
mod load;
mod message;
mod model;
mod object;
mod pod;
pub mod standards;
mod version;

#[cfg(test)]
mod tests;

pub use check::{Setting, Violation, check};
pub use examples::{examples, wrong};
pub use level::level;
pub use load::{Policies, Policy, PolicyError, Profile, Stage, embedded_files, policy_file, profile_file, profiles};
pub use message::message;
pub use model::{Applicability, Example, Examples, FixData, Match, PolicyFile, Proof, Scope, Variable};
pub use object::{Object, objects};
pub use pod::{Container, Pod};
pub use version::minor;
