//! YAML as Go's `sigs.k8s.io/yaml` reads and writes it.

mod input;
pub mod node;
pub mod number;
mod parse;
mod read;
mod resolve;
mod scalar;
mod scan;
mod tag;

pub use read::{ReadError, read, read_all};
