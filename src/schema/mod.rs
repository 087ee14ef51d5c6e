//! Documents against schemas: a chart's values against its values.schema.json.

mod bound;
mod message;
pub mod values;
