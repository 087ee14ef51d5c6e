//! Helm's own functions that execute templates or end the render: `include`, `tpl`, `required`, `fail`, `lookup`.

use std::rc::Rc;

use super::{Outcome, fixed};
use crate::limits::Exceeded;
use crate::template::{Call, CallError, Cause, Function, Type};
use crate::value::Value;

/// The rows.
pub(super) const TABLE: &[Function] = &[
    fixed("fail", &[Type::String], fail),
    fixed("include", &[Type::String, Type::Any], include),
    fixed("lookup", &[Type::String, Type::String, Type::String, Type::String], lookup),
    fixed("required", &[Type::String, Type::Any], required),
    fixed("tpl", &[Type::String, Type::Any], tpl),
];

/// Ends the render with a message of the chart's author.
fn fail(call: &mut Call<'_>) -> Outcome {
    Err(CallError::Fail(call.str(0).into_owned()))
}

/// The value, unless it is nil or the empty string.
fn required(call: &mut Call<'_>) -> Outcome {
    let value = call.arg(1);
    let empty = match value {
        Value::Nil(_) => true,
        Value::Str(_, text) => text.is_empty(),
        _ => false,
    };
    if empty { fail(call) } else { Ok(value.clone()) }
}

/// What a named template writes. Helm allows 1,000 running invocations of one name.
fn include(call: &mut Call<'_>) -> Outcome {
    let name: Rc<str> = call.str(0).into();
    call.choose(&name);
    let limit = call.environment().limits.include_depth_per_name;
    let running = call.exec.running.entry(Rc::clone(&name)).or_insert(0);
    if *running > limit {
        let message = format!("rendering template has a nested reference name: {name}: unable to execute template");
        return Err(CallError::Message(message));
    }
    *running += 1;
    let written = call.exec.invoke(&name, call.arg(1), call.frame);
    if let Some(running) = call.exec.running.get_mut(&name) {
        *running -= 1;
    }
    let written = written.map_err(|error| CallError::Template(Box::new(error)))?;
    Ok(Value::str(written))
}

/// What a text writes when it is executed as a template.
fn tpl(call: &mut Call<'_>) -> Outcome {
    let text = call.bytes(0);
    let quoted = || crate::template::format::quote_go(text);
    let written = match call.exec.invoke_inline(call.arg(0), call.arg(1), call.frame) {
        Ok(written) => written,
        Err(error) => {
            let prefix = match (&error.at, &error.cause) {
                (None, Cause::Parse(_)) => format!("cannot parse template {}: ", quoted()),
                _ => format!("error during tpl function execution for {}: ", quoted()),
            };
            Exceeded::check("string-bytes", prefix.len() as u64, call.environment().limits.string_bytes)?;
            return Err(CallError::Wrapped(prefix, Box::new(error)));
        }
    };
    // Go prints the marker for what is missing; Helm takes it out again, here and in finished files.
    let mark = crate::origin::Mark::NONE;
    Ok(Value::str(written.without(b"<no value>", mark).unwrap_or(written)))
}

/// Without a cluster nothing is ever found.
fn lookup(_: &mut Call<'_>) -> Outcome {
    Ok(Value::map(Vec::new()))
}
