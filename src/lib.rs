//! From a Helm chart to a proven-safe release: load, compose, render, check, report.
//!
//! Layers, lowest first; a lower one never imports a higher one (`tests/integration/layers.rs` holds them to it):
//!
//! | layer | modules |
//! |--:|---|
//! | 0 | [`limits`], [`source`], [`suggest`] |
//! | 1 | [`origin`], [`reads`], [`text`], [`value`], [`semver`], [`quantity`], [`finding`] |
//! | 2 | [`yaml`], [`template`] |
//! | 3 | [`functions`], [`chart`] |
//! | 4 | [`render`] |
//! | 5 | [`schema`], [`policy`], [`secret`], [`evidence`], [`waiver`], [`explore`], [`usage`], [`report`], [`generate`], [`advise`] |
//! | 6 | [`lint`], [`explain`] |
//! | 7 | the binary: command line, printing, exit codes |

pub mod advise;
pub mod chart;
pub mod evidence;
pub mod explain;
pub mod explore;
pub mod finding;
pub mod functions;
pub mod generate;
pub mod limits;
pub mod lint;
pub mod origin;
pub mod policy;
pub mod quantity;
pub mod reads;
pub mod render;
pub mod report;
pub mod schema;
pub mod secret;
pub mod semver;
pub mod source;
pub mod suggest;
pub mod template;
pub mod text;
pub mod usage;
pub mod value;
pub mod waiver;
pub mod yaml;
