//! Sprig's and Helm's functions, one file per page of Sprig's documentation.
//!
//! Each file has a `TABLE` of rows sorted by name, and the functions below it.

pub mod files;
mod json;
mod yaml;

use crate::template::Function;

/// Every table.
const TABLES: &[&[Function]] = &[json::TABLE, yaml::TABLE];

/// The function of a name.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Function> {
    TABLES.iter().find_map(|table| {
        let at = table.binary_search_by(|function| function.name.cmp(name)).ok()?;
        table.get(at)
    })
}
