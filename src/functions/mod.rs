//! Sprig's and Helm's functions, one file per page of Sprig's documentation.
//!
//! Each file has a `TABLE` of rows sorted by name, and the functions below it.

pub use methods::methods;

use std::cell::{Cell, RefCell};
use std::sync::LazyLock;

use crate::limits::Limits;
use crate::reads::Role;
use crate::template::{Call, CallError, Environment, Function, Type};
use crate::value::Value;

mod case;
mod cast;
mod certificates;
mod conversion;
mod crypto;
mod date;
mod decimal;
mod defaults;
mod der;
mod dicts;
mod duration;
mod encoding;
pub mod files;
mod helm;
mod integer_slice;
mod json;
mod keys;
mod layout;
mod lists;
mod math;
mod merge;
mod methods;
mod network;
mod paths;
mod primes;
mod print;
mod random;
mod reflection;
pub mod regex;
mod regex_syntax;
mod runes;
mod semver;
mod string_slice;
mod strings;
pub mod syntax;
#[cfg(test)]
mod testing;
mod toml;
mod url;
mod work;
mod yaml;

/// The surroundings of a render with all functions and methods.
#[must_use]
pub fn environment(limits: Limits, now: jiff::Zoned, random: impl FnMut(&mut [u8]) + 'static) -> Environment {
    Environment {
        functions: lookup,
        methods,
        limits,
        now,
        random: RefCell::new(Box::new(random)),
        regexes: RefCell::default(),
        crypto_calls: Cell::new(0),
    }
}

/// The same with a clock that stands at the Unix epoch: a render that is to come out the same every time.
#[must_use]
pub fn still(limits: Limits, random: impl FnMut(&mut [u8]) + 'static) -> Environment {
    environment(limits, jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC), random)
}

/// Every table.
const TABLES: &[&[Function]] = &[
    case::TABLE,
    certificates::TABLE,
    conversion::TABLE,
    crypto::TABLE,
    date::TABLE,
    defaults::TABLE,
    dicts::TABLE,
    encoding::TABLE,
    helm::TABLE,
    integer_slice::TABLE,
    json::TABLE,
    lists::TABLE,
    math::TABLE,
    merge::TABLE,
    network::TABLE,
    paths::TABLE,
    random::TABLE,
    reflection::TABLE,
    regex::TABLE,
    semver::TABLE,
    string_slice::TABLE,
    strings::TABLE,
    toml::TABLE,
    url::TABLE,
    yaml::TABLE,
];

/// Every function, sorted by name: parsing looks up each word of each template.
static SORTED: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let mut all: Vec<_> = TABLES.iter().copied().flatten().collect();
    all.sort_unstable_by_key(|function| function.name);
    all
});

/// The function of a name.
#[must_use]
pub fn lookup(name: &str) -> Option<&'static Function> {
    let at = SORTED.binary_search_by(|function| function.name.cmp(name)).ok()?;
    SORTED.get(at).copied()
}

/// The names of all functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|table| table.iter().map(|function| function.name))
}

/// What a function does with collections that it is given.
#[must_use]
pub fn role(name: &str) -> Role {
    match name {
        "hasKey" => Role::Asks,
        "and" | "append" | "coalesce" | "concat" | "deepCopy" | "default" | "dict" | "dig" | "empty" | "first"
        | "get" | "include" | "index" | "initial" | "kindIs" | "kindOf" | "last" | "len" | "list" | "merge"
        | "mergeOverwrite" | "mustAppend" | "mustDeepCopy" | "mustFirst" | "mustInitial" | "mustLast" | "mustMerge"
        | "mustMergeOverwrite" | "mustPrepend" | "mustPush" | "mustRest" | "mustReverse" | "mustSlice" | "not"
        | "omit" | "or" | "pick" | "pluck" | "prepend" | "push" | "required" | "rest" | "reverse" | "set" | "slice"
        | "ternary" | "tpl" | "tuple" | "typeIs" | "typeIsLike" | "typeOf" | "unset" | "values" => Role::Passes,
        "ago"
        | "bcrypt"
        | "encryptAES"
        | "genCA"
        | "genCAWithKey"
        | "genPrivateKey"
        | "genSelfSignedCert"
        | "genSelfSignedCertWithKey"
        | "genSignedCert"
        | "genSignedCertWithKey"
        | "htpasswd"
        | "now"
        | "randAlpha"
        | "randAlphaNum"
        | "randAscii"
        | "randBytes"
        | "randInt"
        | "randNumeric"
        | "shuffle"
        | "uuidv4" => Role::Draws,
        _ => Role::Opens,
    }
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
