//! Documents against schemas: a chart's values against its values.schema.json, objects against the types of Kubernetes.

mod bound;
mod format;
pub mod kubernetes;
mod message;
mod tree;
pub mod values;
