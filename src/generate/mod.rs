//! Charts written from blueprints: the five scanner charts, and the hardened chart of a new application.
//!
//! A blueprint is a chart with holes: minijinja with the delimiters `[[ ]]`, `<% %>` and `<# #>`, so that Helm's own stay as they are.
//! `blueprints/parts` holds what several charts share; every other folder is a chart. What is generated is complete: it
//! needs neither this program nor a network to be installed.
//!
//! Comments of values.yaml are the one source of what a value means: README.md and values.schema.json take it from there.

mod application;
mod blueprint;
mod document;
mod evidence;
mod files;
mod scanner;
mod schema;
mod values;

pub use application::{Application, Image, Secret, application};
pub use blueprint::{CommandLine, GenerateError};
pub use files::{Difference, Files, SUMS, difference, is_recorded, is_sums, sum};
pub use scanner::{CHARTS, scanner_charts};
