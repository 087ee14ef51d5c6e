//! Go's own functions: those that text/template knows without a table from outside.

use std::rc::Rc;

use super::call::{Call, CallError, Function, Type};
use super::eval::zero_element;
use super::format;
use super::{compare, escape};
use crate::origin::Mark;
use crate::text::Text;
use crate::value::{IntType, ListType, Native, Struct, Value};

const ANY: &[Type] = &[Type::Any];
const VALUE: &[Type] = &[Type::Value];
const TWO: &[Type] = &[Type::Value, Type::Value];

const fn row(
    name: &'static str,
    params: &'static [Type],
    variadic: bool,
    run: fn(&mut Call<'_>) -> Result<Value, CallError>,
) -> Function {
    Function { name, params, variadic, run }
}

static AND: Function = row("and", TWO, true, decided);
static OR: Function = row("or", TWO, true, decided);
static CALL: Function = row("call", TWO, true, decided);
static LEN: Function = row("len", VALUE, false, len);

/// The rows beside those that the evaluator must tell apart, sorted by name.
static TABLE: &[Function] = &[
    row("eq", TWO, true, eq),
    row("ge", TWO, false, ge),
    row("gt", TWO, false, gt),
    row("html", ANY, true, html),
    row("index", TWO, true, index),
    row("js", ANY, true, js),
    row("le", TWO, false, le),
    row("lt", TWO, false, lt),
    row("ne", TWO, false, ne),
    row("not", VALUE, false, not),
    row("print", ANY, true, print),
    row("printf", &[Type::String, Type::Any], true, printf),
    row("println", ANY, true, println),
    row("slice", TWO, true, slice),
    row("urlquery", ANY, true, urlquery),
];

/// The built-in function of a name.
pub(super) fn lookup(name: &str) -> Option<&'static Function> {
    match name {
        "and" => Some(&AND),
        "or" => Some(&OR),
        "call" => Some(&CALL),
        "len" => Some(&LEN),
        _ => TABLE.get(TABLE.binary_search_by(|function| function.name.cmp(name)).ok()?),
    }
}

/// Whether it is Go's `and` or `or`, whose arguments the evaluator evaluates one by one.
pub(super) fn short_circuits(function: &'static Function) -> bool {
    std::ptr::eq(function, &raw const AND) || std::ptr::eq(function, &raw const OR)
}

/// Whether it is Go's `call`.
pub(super) fn is_call(function: &'static Function) -> bool {
    std::ptr::eq(function, &raw const CALL)
}

/// Whether it is Go's `len`.
pub(super) fn is_length(function: &'static Function) -> bool {
    std::ptr::eq(function, &raw const LEN)
}

const INVALID: &str = "<invalid reflect.Value>";

/// What `len` gets for no value at all.
pub(super) fn invalid() -> Value {
    let of = Struct { type_name: INVALID, fields: Vec::new(), printed: None, native: Native::None };
    Value::Struct(Mark::NONE, Rc::new(of))
}

/// The evaluator decides `and`, `or` and `call` by itself.
fn decided(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(call.args.last().cloned().unwrap_or(Value::NIL))
}

fn not(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(Value::bool(!call.arg(0).truth()))
}

fn eq(call: &mut Call<'_>) -> Result<Value, CallError> {
    compare::eq(call.args).map(Value::bool)
}

fn ne(call: &mut Call<'_>) -> Result<Value, CallError> {
    compare::eq(call.args).map(|equal| Value::bool(!equal))
}

fn lt(call: &mut Call<'_>) -> Result<Value, CallError> {
    compare::lt(call.arg(0), call.arg(1)).map(Value::bool)
}

fn le(call: &mut Call<'_>) -> Result<Value, CallError> {
    compare::le(call.args).map(Value::bool)
}

fn gt(call: &mut Call<'_>) -> Result<Value, CallError> {
    compare::le(call.args).map(|less| Value::bool(!less))
}

fn ge(call: &mut Call<'_>) -> Result<Value, CallError> {
    compare::lt(call.arg(0), call.arg(1)).map(|less| Value::bool(!less))
}

fn len(call: &mut Call<'_>) -> Result<Value, CallError> {
    let length = match call.arg(0) {
        Value::Str(_, text) | Value::Bytes(_, text) => text.len(),
        Value::List(_, list) => list.items().len(),
        Value::Map(_, map) => map.len(),
        Value::Nil(_) => return Err("len of nil pointer".into()),
        Value::Struct(_, of) if of.type_name == INVALID => {
            return Err("reflect: call of reflect.Value.Type on zero Value".into());
        }
        other => return Err(format!("len of type {}", other.type_name().trim_start_matches('*')).into()),
    };
    Ok(Value::int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// Checks an index against a length, as Go does: the length itself passes here.
fn position(index: &Value, length: usize) -> Result<usize, CallError> {
    match index {
        Value::Int(_, _, index) => {
            let position = usize::try_from(*index).ok().filter(|position| *position <= length);
            position.ok_or_else(|| format!("index out of range: {index}").into())
        }
        Value::Nil(_) => Err("cannot index slice/array with nil".into()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name()).into()),
    }
}

fn index(call: &mut Call<'_>) -> Result<Value, CallError> {
    let mut item = call.arg(0).clone();
    if item.is_nil() {
        return Err("index of untyped nil".into());
    }
    for index in call.args.iter().skip(1) {
        let mark = item.mark();
        let next = match &item {
            Value::Nil(_) => return Err("index of nil pointer".into()),
            Value::Str(_, text) | Value::Bytes(_, text) => {
                let kind = if matches!(item, Value::Str(..)) { "string" } else { "slice" };
                let at = position(index, text.len())?;
                let byte = text.as_bytes().get(at).ok_or_else(|| out_of_range(kind))?;
                Value::Int(mark, IntType::Uint8, i64::from(*byte))
            }
            Value::List(_, list) => {
                let at = position(index, list.items().len())?;
                list.items().get(at).cloned().ok_or_else(|| out_of_range("slice"))?
            }
            Value::Map(_, map) => match index {
                Value::Str(_, key) => {
                    let key = key.to_str();
                    call.choose(&key);
                    map.get(&key).unwrap_or_else(|| zero_element(map.of).value)
                }
                Value::Nil(_) => return Err("value is nil; should be of type string".into()),
                other => return Err(format!("value has type {}; should be string", other.type_name()).into()),
            },
            other => {
                return Err(format!("can't index item of type {}", other.type_name().trim_start_matches('*')).into());
            }
        };
        item = if next.mark().is_none() && mark.is_leaf() { next.with_mark(mark) } else { next };
    }
    Ok(item)
}

fn out_of_range(kind: &str) -> CallError {
    format!("reflect: {kind} index out of range").into()
}

fn slice(call: &mut Call<'_>) -> Result<Value, CallError> {
    let item = call.arg(0);
    let indexes = call.args.get(1..).unwrap_or_default();
    if item.is_nil() {
        return Err("slice of untyped nil".into());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()).into());
    }
    let length = match item {
        Value::Str(..) if indexes.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Value::Str(_, text) | Value::Bytes(_, text) => text.len(),
        Value::List(_, list) => list.items().len(),
        other => return Err(format!("can't slice item of type {}", other.type_name().trim_start_matches('*')).into()),
    };
    let mut bounds = [0, length, length];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, length)?;
    }
    let [start, end, cap] = bounds;
    if let Some((a, b)) = [(start, end), (end, cap)].into_iter().find(|(a, b)| a > b) {
        return Err(format!("invalid slice index: {a} > {b}").into());
    }
    Ok(match item {
        Value::List(mark, list) => {
            let items = list.items().get(start..end).unwrap_or_default().to_vec();
            let of = if list.of == ListType::VersionSet { ListType::String } else { list.of };
            Value::list_of(of, items).with_mark(*mark)
        }
        Value::Bytes(mark, text) => Value::Bytes(*mark, Rc::new(text.slice(start..end, *mark))),
        other => other.slice(start..end),
    })
}

fn print(call: &mut Call<'_>) -> Result<Value, CallError> {
    let printed = format::sprint(call.args, &call.environment().limits)?;
    Ok(assemble(call, 0, &printed))
}

fn println(call: &mut Call<'_>) -> Result<Value, CallError> {
    let printed = format::sprintln(call.args, &call.environment().limits)?;
    Ok(assemble(call, 0, &printed))
}

fn printf(call: &mut Call<'_>) -> Result<Value, CallError> {
    let args = call.args.get(1..).unwrap_or_default();
    let printed = format::printf(call.bytes(0), args, &call.environment().limits)?;
    Ok(assemble(call, 1, &printed))
}

/// Joins printed pieces to a text in which every byte keeps its origin. `skip` arguments stand before those printed.
fn assemble(call: &mut Call<'_>, skip: usize, printed: &format::Printed) -> Value {
    if !call.exec.origins.enabled() {
        return Value::str(&printed.bytes[..]);
    }
    let mut out = Text::new();
    call.append_pieces(&mut out, skip, printed);
    Value::str(out)
}

/// What the escaping functions work on: a single string as it is, else what `print` makes.
fn printed(call: &Call<'_>) -> Result<Vec<u8>, CallError> {
    if let [Value::Str(_, text)] = call.args {
        return Ok(text.as_bytes().to_vec());
    }
    // An argument that is no value prints as an action prints it.
    let shown: Vec<Value> =
        call.args.iter().map(|arg| if arg.is_nil() { Value::str(format::NO_VALUE) } else { arg.clone() }).collect();
    Ok(format::sprint(&shown, &call.environment().limits)?.bytes)
}

fn html(call: &mut Call<'_>) -> Result<Value, CallError> {
    let escaped = escape::html(&printed(call)?);
    call.check_string(escaped.len())?;
    Ok(Value::str(escaped))
}

fn js(call: &mut Call<'_>) -> Result<Value, CallError> {
    let escaped = escape::js(&printed(call)?);
    call.check_string(escaped.len())?;
    Ok(Value::str(escaped))
}

fn urlquery(call: &mut Call<'_>) -> Result<Value, CallError> {
    let escaped = escape::url_query(&printed(call)?);
    call.check_string(escaped.len())?;
    Ok(Value::str(escaped))
}
