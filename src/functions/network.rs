//! Sprig's network function.

use super::{Outcome, fixed};
use crate::template::Type::String as Str;
use crate::template::{Call, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[fixed("getHostByName", &[Str], get_host_by_name)];

/// Empty: no name is looked up, as `helm template` without `--enable-dns`.
fn get_host_by_name(_: &mut Call<'_>) -> Outcome {
    Ok(Value::str(""))
}
