//! YAML as Go's `sigs.k8s.io/yaml` reads and writes it, and JSON as encoding/json does.

mod block;
mod documents;
mod emit;
mod input;
pub mod json;
pub mod node;
pub mod number;
mod order;
mod out;
mod parse;
pub mod path;
mod placed;
mod read;
mod resolve;
mod scalar;
mod scan;
mod tag;
mod to_value;
mod write;

pub use block::line_in_scalar;
pub use documents::{read_values, split};
pub use parse::decode_base64;
pub use placed::Placed;
pub use read::{ReadError, mismatch, read, read_all};
pub use to_value::{to_value, to_value_of_text};
pub use write::{WriteError, write, write_pretty};
