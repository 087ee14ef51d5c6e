//! Sprig's and Helm's functions, one file per page of Sprig's documentation.
//!
//! Each file has a `TABLE` of rows sorted by name, and the functions below it.

use crate::template::{Call, CallError, Function, Type};
use crate::value::Value;

mod case;
mod certificates;
mod crypto;
pub mod date;
mod der;
mod duration;
mod encoding;
mod keys;
mod layout;
mod network;
mod paths;
mod print;
mod random;
pub mod regex;
mod regex_syntax;
mod runes;
mod string_slice;
mod strings;
#[cfg(test)]
mod testing;
mod url;

/// Every table.
const TABLES: &[&[Function]] = &[
    case::TABLE,
    certificates::TABLE,
    crypto::TABLE,
    date::TABLE,
    encoding::TABLE,
    network::TABLE,
    paths::TABLE,
    random::TABLE,
    regex::TABLE,
    string_slice::TABLE,
    strings::TABLE,
    url::TABLE,
];

/// The function of a name.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Function> {
    TABLES.iter().find_map(|table| {
        let at = table.binary_search_by(|function| function.name.cmp(name)).ok()?;
        table.get(at)
    })
}

/// What a function answers.
type Outcome = Result<Value, CallError>;

/// A row with a fixed number of parameters.
const fn fixed(name: &'static str, params: &'static [Type], run: fn(&mut Call<'_>) -> Outcome) -> Function {
    Function { name, params, variadic: false, run }
}

/// A row whose last parameter may come any number of times.
const fn variadic(name: &'static str, params: &'static [Type], run: fn(&mut Call<'_>) -> Outcome) -> Function {
    Function { name, params, variadic: true, run }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_names_unique() {
        let mut all: Vec<_> = TABLES.iter().flat_map(|table| table.iter().map(|row| row.name)).collect();
        for table in TABLES {
            assert!(table.is_sorted_by(|a, b| a.name < b.name), "{table:?}");
        }
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
