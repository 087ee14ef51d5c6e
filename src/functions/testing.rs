//! Calls of functions in tests.

use std::rc::Rc;

use super::{environment, lookup};
use crate::limits::Limits;
use crate::origin::{Chain, Frame, Mark, Origins};
use crate::source::{Place, SourceId, Sources};
use crate::template::{Call, CallError, Exec, TemplateSet, format};
use crate::value::Value;

/// An execution with a clock at 2020-03-04T05:06:07Z and a seeded source of random bytes.
pub(crate) fn exec(limits: Limits) -> Exec {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let random = move |buffer: &mut [u8]| {
        for byte in buffer {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            *byte = (state >> 24) as u8;
        }
    };
    let now = "2020-03-04T05:06:07+00:00[UTC]".parse().unwrap();
    let environment = Rc::new(environment(limits, now, random));
    let set = Rc::new(TemplateSet::new(Rc::clone(&environment)));
    Exec::new(environment, set, Origins::new(true), Sources::new())
}

/// Calls a function at offset 7 of source 0.
pub(crate) fn call_in(exec: &mut Exec, name: &str, args: &[Value]) -> Result<Value, CallError> {
    let frame = Frame { place: Place { source: SourceId(0), offset: 7 }, chain: Chain::TOP };
    (lookup(name).unwrap().run)(&mut Call { args, frame, exec })
}

/// Calls a function; an error becomes its message behind `ERROR `.
pub(crate) fn show(name: &str, args: &[Value]) -> String {
    show_in(&mut exec(Limits::default()), name, args)
}

/// Calls a function with these limits; an error becomes its message behind `ERROR `.
pub(crate) fn show_in(exec: &mut Exec, name: &str, args: &[Value]) -> String {
    match call_in(exec, name, args) {
        Ok(value) => String::from_utf8_lossy(&format::sprintf(b"%v", &[value])).into_owned(),
        Err(CallError::Message(message)) => format!("ERROR {message}"),
        Err(CallError::Limit(exceeded)) => format!("LIMIT {}", exceeded.name),
        Err(other) => format!("{other:?}"),
    }
}

/// A string value.
pub(crate) fn s(text: &str) -> Value {
    Value::str(text)
}

/// An `int` value.
pub(crate) fn i(number: i64) -> Value {
    Value::int(number)
}

/// The marks of the runs of a string with their ends and offsets.
pub(crate) fn runs(value: &Value) -> Vec<(u32, Mark, u32)> {
    value.as_text().unwrap().runs().iter().map(|run| (run.end, run.mark, run.at)).collect()
}
