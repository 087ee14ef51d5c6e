//! Every requirement that a chart can hold, by its id: the objects of the scanner charts and of charts of `new`
//! keep it, and an edit that breaks it is noticed. The table in `tests/README.md` says which feature has which ids.

mod application;
mod check;
mod rights;
mod scanner;
mod world;

use std::collections::BTreeSet;

use crate::common::root;

/// One test per requirement, called by its id: `r004_01` is 004-01.
macro_rules! requirements {
    ($($id:ident $text:literal => $requirement:expr;)*) => {
        $(
            #[doc = $text]
            #[test]
            fn $id() {
                $requirement.hold();
            }
        )*
        /// The ids.
        pub(super) const IDS: &[&str] = &[$(stringify!($id)),*];
    };
}
use requirements;

#[test]
fn the_table_names_every_test() {
    let readme = std::fs::read_to_string(root().join("tests/README.md")).unwrap();
    let (_, table) = readme.split_once("## Requirements of the charts").expect("a table of requirements");
    let table = table.split("\n## ").next().unwrap();
    let ids = table.lines().filter_map(|line| line.strip_prefix("| ")).filter_map(|line| line.split('|').nth(1));
    let named: BTreeSet<String> =
        ids.flat_map(|cell| cell.split([',', ' '])).filter(|id| id.starts_with("00")).map(str::to_owned).collect();
    let ids = [application::IDS, rights::IDS, scanner::IDS].concat();
    let tests: BTreeSet<String> = ids.iter().map(|id| id.trim_start_matches('r').replace('_', "-")).collect();
    assert_eq!(named, tests);
    assert_eq!(tests.len(), ids.len(), "an id twice");
}
