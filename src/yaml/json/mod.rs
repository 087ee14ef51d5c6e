//! JSON as Go's encoding/json writes and reads it.

mod parse;
mod write;

pub use parse::{ParseError, parse};
pub use write::{Layout, MarshalError, write};
pub(super) use write::{MAX_DEPTH, base64, escape, go_lossy, scalar_text};
