//! Kubernetes objects against the types of the API server, for every version that the embedded table holds.
//!
//! `schemas/kubernetes.bin` is written by `cargo run --example schemas` from the OpenAPI documents of the Kubernetes sources;
//! it is read when the first object is checked.

mod advice;
mod check;
mod group;
mod scalar;
mod table;

#[cfg(test)]
mod tests;

pub use check::{Fault, Problem, check, covers};
pub use group::{is_foreign, serves};
pub use scalar::Misfit;
pub use table::{Field, Holder, Kind, Scalar, Shape, Table, TableError, Type, table};
