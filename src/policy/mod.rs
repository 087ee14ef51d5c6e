//! Policies: rules as data, decided by CEL over each object that a chart renders, or by a function over all of them.
//!
//! `policies/<id>.yaml` holds one rule, `policies/profiles/<name>.yaml` says which rules make a profile. Both are embedded;
//! `build.rs` compiles them,
//! and only what a profile names is unpacked.

pub mod cel;
mod check;
mod compile;
mod element;
mod examples;
mod expressions;
mod joined;
mod level;
mod load;
mod memory;
mod message;
mod model;
mod object;
mod pod;
mod registry;
pub mod standards;
mod version;

#[cfg(test)]
mod tests;

pub use check::{Setting, Violation, check, check_again};
pub use compile::{Policy, PolicyError};
pub use examples::{examples, wrong};
pub use level::level;
pub use load::{Policies, Profile, embedded_files, policy_file, profile_file, profiles};
pub use memory::Memory;
pub use message::message;
pub use model::{Example, Examples, FixData, Match, PolicyFile, Proof, Scope, Stage, Variable};
pub use object::{Object, objects};
pub use pod::{Container, Pod};
pub use registry::{is_registry, unlisted};
pub use version::minor;
