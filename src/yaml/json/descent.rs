//! The collections around what is being written: how deep it lies, and whether it lies in itself.

use super::MarshalError;
use crate::limits::{Exceeded, Limits};
use crate::value::Value;

/// The way from the root to a value.
#[derive(Debug)]
pub(in super::super) struct Descent<'l> {
    /// Addresses of the collections, outermost first.
    around: Vec<usize>,
    limits: &'l Limits,
}

impl<'l> Descent<'l> {
    pub(in super::super) fn new(limits: &'l Limits) -> Self {
        Self { around: Vec::new(), limits }
    }

    pub(in super::super) fn depth(&self) -> usize {
        self.around.len()
    }

    /// Goes into a collection. What nests too deeply is refused in Go's words when it holds itself, else by the limit.
    pub(in super::super) fn enter(&mut self, value: &Value) -> Result<(), MarshalError> {
        let address = match value {
            Value::List(_, list) => std::rc::Rc::as_ptr(list) as usize,
            Value::Map(_, map) => map.address(),
            _ => 0,
        };
        let limit = self.limits.value_depth;
        if self.around.len() as u64 >= limit {
            if address != 0 && self.around.contains(&address) {
                let cycle = format!("json: unsupported value: encountered a cycle via {}", value.type_name());
                return Err(MarshalError::Unsupported(cycle));
            }
            Exceeded::check("value-depth", self.around.len() as u64 + 1, limit)?;
        }
        self.around.push(address);
        Ok(())
    }

    pub(in super::super) fn leave(&mut self) {
        self.around.pop();
    }
}
