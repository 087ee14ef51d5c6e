//! Documents against schemas: a chart's values against its values.schema.json.

mod bound;
mod format;
mod message;
mod tree;
pub mod values;
