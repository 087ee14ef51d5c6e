//! Semantic versions and constraints as Masterminds' semver (3.5) has them.
//!
//! Helm compares Kubernetes and dependency versions with them, templates call them through `semver` and `semverCompare`.

mod constraint;
mod version;

pub use constraint::{Constraint, ConstraintError};
pub use version::{Version, VersionError};
