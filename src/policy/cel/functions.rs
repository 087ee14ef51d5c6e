//! The functions of the language and of the Kubernetes environment that policies use, one row each.
//!
//! A name that is not here is refused when a policy is loaded. `matches` is no row: its pattern is a literal that is
//! compiled once, so the parser makes a node of its own for it.

use std::rc::Rc;

use super::value::{Fault, Steps, Value};
use crate::quantity::Quantity;

/// A function: how it is called and what it does.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Whether it is called on a receiver: `a.f()` rather than `f(a)`.
    pub(crate) member: bool,
    /// The fewest and most arguments, receiver included.
    pub(crate) arity: (usize, usize),
    pub(crate) call: Call,
}

/// What a function does with its arguments, the receiver first.
pub(crate) type Call = for<'a> fn(&[Value<'a>], &mut Steps) -> Result<Value<'a>, Fault>;

const fn member(name: &'static str, least: usize, most: usize, call: Call) -> Function {
    Function { name, member: true, arity: (least + 1, most + 1), call }
}

const fn global(name: &'static str, arity: usize, call: Call) -> Function {
    Function { name, member: false, arity: (arity, arity), call }
}

/// All of them.
pub(crate) static FUNCTIONS: [Function; 38] = [
    global("bool", 1, to_bool),
    global("double", 1, to_double),
    global("dyn", 1, |args, _| Ok(args[0].clone())),
    global("int", 1, to_int),
    global("isQuantity", 1, |args, _| Ok(Value::Bool(Quantity::parse(text("isQuantity", args, 0)?).is_some()))),
    global("optional.none", 0, |_, _| Ok(Value::Nothing)),
    global("optional.of", 1, |args, _| Ok(Value::some(args[0].clone()))),
    global("quantity", 1, quantity),
    global("size", 1, |args, steps| args[0].size(steps).map(Value::Int)),
    global("string", 1, to_string),
    global("type", 1, |args, _| Ok(Value::Type(args[0].type_name()))),
    global("uint", 1, to_uint),
    member("asApproximateFloat", 0, 0, |args, _| match &args[0] {
        Value::Quantity(quantity) => Ok(Value::Double(quantity.approximate())),
        other => refuse("asApproximateFloat", other),
    }),
    member("charAt", 1, 1, char_at),
    member("compareTo", 1, 1, |args, _| order("compareTo", args).map(|order| Value::Int(order as i64))),
    member("contains", 1, 1, |args, _| {
        Ok(Value::Bool(text("contains", args, 0)?.contains(text("contains", args, 1)?)))
    }),
    member("endsWith", 1, 1, |args, _| {
        Ok(Value::Bool(text("endsWith", args, 0)?.ends_with(text("endsWith", args, 1)?)))
    }),
    member("hasValue", 0, 0, |args, _| Ok(Value::Bool(optional("hasValue", args)?.is_some()))),
    member("indexOf", 1, 1, index_of),
    member("isGreaterThan", 1, 1, |args, _| order("isGreaterThan", args).map(|order| Value::Bool(order.is_gt()))),
    member("isLessThan", 1, 1, |args, _| order("isLessThan", args).map(|order| Value::Bool(order.is_lt()))),
    member("isSorted", 0, 0, is_sorted),
    member("join", 0, 1, join),
    member("lastIndexOf", 1, 1, last_index_of),
    member("lowerAscii", 0, 0, |args, steps| made(text("lowerAscii", args, 0)?.to_ascii_lowercase(), steps)),
    member("max", 0, 0, |args, steps| extreme("max", args, steps)),
    member("min", 0, 0, |args, steps| extreme("min", args, steps)),
    member("or", 1, 1, |args, _| Ok(if optional("or", args)?.is_some() { args[0].clone() } else { args[1].clone() })),
    member("orValue", 1, 1, |args, _| Ok(optional("orValue", args)?.unwrap_or_else(|| args[1].clone()))),
    member("replace", 2, 3, replace),
    member("size", 0, 0, |args, steps| args[0].size(steps).map(Value::Int)),
    member("split", 1, 2, split),
    member("startsWith", 1, 1, |args, _| {
        Ok(Value::Bool(text("startsWith", args, 0)?.starts_with(text("startsWith", args, 1)?)))
    }),
    member("substring", 1, 2, substring),
    member("sum", 0, 0, sum),
    member("trim", 0, 0, |args, steps| made(text("trim", args, 0)?.trim().to_owned(), steps)),
    member("upperAscii", 0, 0, |args, steps| made(text("upperAscii", args, 0)?.to_ascii_uppercase(), steps)),
    member("value", 0, 0, |args, _| optional("value", args)?.ok_or(Fault::NoValue)),
];

/// The function that `name` means when it is called with or without a receiver.
pub(crate) fn find(name: &str, member: bool) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name && function.member == member)
}

fn refuse<T>(name: &'static str, value: &Value<'_>) -> Result<T, Fault> {
    Err(Fault::NoOverload(name, value.type_name().into()))
}

fn text<'v>(name: &'static str, args: &'v [Value<'_>], at: usize) -> Result<&'v str, Fault> {
    args[at].as_str().map_or_else(|| refuse(name, &args[at]), Ok)
}

fn number(name: &'static str, args: &[Value<'_>], at: usize) -> Result<i64, Fault> {
    if let Value::Int(number) = args[at] { Ok(number) } else { refuse(name, &args[at]) }
}

fn optional<'a>(name: &'static str, args: &[Value<'a>]) -> Result<Option<Value<'a>>, Fault> {
    args[0].unwrap_optional().map_or_else(|| refuse(name, &args[0]), Ok)
}

fn made<'a>(text: String, steps: &mut Steps) -> Result<Value<'a>, Fault> {
    steps.spend_text(text.len())?;
    Ok(Value::text(text))
}

fn order(name: &'static str, args: &[Value<'_>]) -> Result<std::cmp::Ordering, Fault> {
    match (&args[0], &args[1]) {
        (Value::Quantity(a), Value::Quantity(b)) => Ok(a.cmp(b)),
        (Value::Quantity(_), other) | (other, _) => refuse(name, other),
    }
}

fn to_bool<'a>(args: &[Value<'a>], _: &mut Steps) -> Result<Value<'a>, Fault> {
    match (&args[0], args[0].as_str()) {
        (Value::Bool(value), _) => Ok(Value::Bool(*value)),
        (_, Some("1" | "t" | "T" | "true" | "TRUE" | "True")) => Ok(Value::Bool(true)),
        (_, Some("0" | "f" | "F" | "false" | "FALSE" | "False")) => Ok(Value::Bool(false)),
        (_, Some(_)) => Err(Fault::Conversion("bool")),
        (other, None) => refuse("bool", other),
    }
}

fn to_double<'a>(args: &[Value<'a>], _: &mut Steps) -> Result<Value<'a>, Fault> {
    match (&args[0], args[0].as_str()) {
        (Value::Double(value), _) => Ok(Value::Double(*value)),
        (Value::Int(value), _) => Ok(Value::Double(*value as f64)),
        (Value::Uint(value), _) => Ok(Value::Double(*value as f64)),
        (_, Some(text)) => text.parse().map(Value::Double).map_err(|_| Fault::Conversion("double")),
        (other, None) => refuse("double", other),
    }
}

fn to_int<'a>(args: &[Value<'a>], _: &mut Steps) -> Result<Value<'a>, Fault> {
    const EDGE: f64 = 9_223_372_036_854_775_808.0;
    match (&args[0], args[0].as_str()) {
        (Value::Int(value), _) => Ok(Value::Int(*value)),
        (Value::Uint(value), _) => i64::try_from(*value).map(Value::Int).map_err(|_| Fault::Overflow),
        (Value::Double(value), _) if *value > -EDGE && *value < EDGE => Ok(Value::Int(*value as i64)),
        (Value::Double(_), _) => Err(Fault::Overflow),
        (_, Some(text)) => text.parse().map(Value::Int).map_err(|_| Fault::Conversion("int")),
        (other, None) => refuse("int", other),
    }
}

fn to_uint<'a>(args: &[Value<'a>], _: &mut Steps) -> Result<Value<'a>, Fault> {
    const EDGE: f64 = 18_446_744_073_709_551_616.0;
    match (&args[0], args[0].as_str()) {
        (Value::Uint(value), _) => Ok(Value::Uint(*value)),
        (Value::Int(value), _) => u64::try_from(*value).map(Value::Uint).map_err(|_| Fault::Overflow),
        (Value::Double(value), _) if *value >= 0.0 && *value < EDGE => Ok(Value::Uint(*value as u64)),
        (Value::Double(_), _) => Err(Fault::Overflow),
        (_, Some(text)) => text.parse().map(Value::Uint).map_err(|_| Fault::Conversion("uint")),
        (other, None) => refuse("uint", other),
    }
}

fn to_string<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    match &args[0] {
        Value::Str(_) | Value::Text(_) => Ok(args[0].clone()),
        Value::Bool(value) => made(value.to_string(), steps),
        Value::Int(value) => made(value.to_string(), steps),
        Value::Uint(value) => made(value.to_string(), steps),
        Value::Double(value) => made(value.to_string(), steps),
        other => refuse("string", other),
    }
}

fn quantity<'a>(args: &[Value<'a>], _: &mut Steps) -> Result<Value<'a>, Fault> {
    let quantity = match (&args[0], args[0].as_str()) {
        (Value::Int(number), _) => Some(Quantity::from_int(*number)),
        (Value::Double(number), _) => Quantity::parse(&number.to_string()),
        (_, Some(text)) => Quantity::parse(text),
        (other, None) => return refuse("quantity", other),
    };
    quantity.map(|quantity| Value::Quantity(Rc::new(quantity))).ok_or(Fault::Conversion("quantity"))
}

/// The byte offset of a character, the length counting as one behind the last.
fn offset(text: &str, at: i64) -> Result<usize, Fault> {
    let wanted = usize::try_from(at).map_err(|_| Fault::OutOfRange(at))?;
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(wanted).ok_or(Fault::OutOfRange(at))
}

fn char_at<'a>(args: &[Value<'a>], _: &mut Steps) -> Result<Value<'a>, Fault> {
    let (text, at) = (text("charAt", args, 0)?, number("charAt", args, 1)?);
    let rest = &text[offset(text, at)?..];
    Ok(Value::text(rest.chars().next().map_or_else(String::new, String::from)))
}

fn position<'a>(text: &str, found: Option<usize>) -> Value<'a> {
    Value::Int(found.map_or(-1, |at| i64::try_from(text[..at].chars().count()).unwrap_or(i64::MAX)))
}

fn index_of<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    if let Some(items) = args[0].items() {
        return find_item(items, &args[1], steps, true);
    }
    let whole = text("indexOf", args, 0)?;
    Ok(position(whole, whole.find(text("indexOf", args, 1)?)))
}

fn last_index_of<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    if let Some(items) = args[0].items() {
        return find_item(items, &args[1], steps, false);
    }
    let whole = text("lastIndexOf", args, 0)?;
    Ok(position(whole, whole.rfind(text("lastIndexOf", args, 1)?)))
}

fn find_item<'a>(
    items: super::value::Items<'_, 'a>,
    wanted: &Value<'a>,
    steps: &mut Steps,
    first: bool,
) -> Result<Value<'a>, Fault> {
    let mut found = -1;
    for (item, at) in items.zip(0..) {
        if item.equals(wanted, steps)? {
            found = at;
            if first {
                break;
            }
        }
    }
    Ok(Value::Int(found))
}

fn is_sorted<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let Some(items) = args[0].items() else { return refuse("isSorted", &args[0]) };
    steps.spend(items.len())?;
    let mut last: Option<Value<'a>> = None;
    for item in items {
        if let Some(last) = &last {
            match last.order(&item) {
                Some(std::cmp::Ordering::Greater) => return Ok(Value::Bool(false)),
                Some(_) => {}
                None => return refuse("isSorted", &item),
            }
        }
        last = Some(item);
    }
    Ok(Value::Bool(true))
}

fn extreme<'a>(name: &'static str, args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let Some(items) = args[0].items() else { return refuse(name, &args[0]) };
    steps.spend(items.len())?;
    let mut best: Option<Value<'a>> = None;
    for item in items {
        let better = match &best {
            None => true,
            Some(best) => {
                let order = item.order(best).map_or_else(|| refuse(name, &item), Ok)?;
                if name == "max" { order.is_gt() } else { order.is_lt() }
            }
        };
        if better {
            best = Some(item);
        }
    }
    best.ok_or(Fault::OutOfRange(0))
}

fn sum<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let Some(items) = args[0].items() else { return refuse("sum", &args[0]) };
    steps.spend(items.len())?;
    let mut total = Value::Int(0);
    for (at, item) in items.enumerate() {
        total = if at == 0 { item } else { super::eval::add(&total, &item, steps)? };
    }
    if total.is_number() { Ok(total) } else { refuse("sum", &total) }
}

fn join<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let separator = if args.len() > 1 { text("join", args, 1)? } else { "" };
    let Some(items) = args[0].items() else { return refuse("join", &args[0]) };
    let mut joined = String::new();
    for (at, item) in items.enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        let Some(text) = item.as_str() else { return refuse("join", &item) };
        steps.spend_text(separator.len().saturating_add(text.len()))?;
        joined.push_str(text);
    }
    Ok(Value::text(joined))
}

fn replace<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let (whole, from, to) = (text("replace", args, 0)?, text("replace", args, 1)?, text("replace", args, 2)?);
    let most =
        if args.len() > 3 { usize::try_from(number("replace", args, 3)?).ok() } else { None }.unwrap_or(usize::MAX);
    let places = whole.matches(from).count().min(most);
    steps.spend_text(whole.len().saturating_add(places.saturating_mul(to.len())))?;
    Ok(Value::text(whole.replacen(from, to, most)))
}

fn split<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let (whole, separator) = (text("split", args, 0)?, text("split", args, 1)?);
    let most =
        if args.len() > 2 { usize::try_from(number("split", args, 2)?).ok() } else { None }.unwrap_or(usize::MAX);
    steps.spend(whole.matches(separator).count().min(most))?;
    steps.spend_text(whole.len())?;
    // Go splits at the empty string into characters, without the empty ends that Rust adds.
    let parts: Vec<Value<'a>> = if separator.is_empty() {
        let cut = most.saturating_sub(1).min(whole.chars().count());
        let at = offset(whole, i64::try_from(cut).unwrap_or(i64::MAX))?;
        let (singles, rest) = whole.split_at(at);
        let rest = (!rest.is_empty() && most > 0).then(|| rest.to_owned());
        singles.chars().map(String::from).chain(rest).map(Value::text).collect()
    } else {
        whole.splitn(most, separator).map(Value::text).collect()
    };
    Ok(Value::list(parts))
}

fn substring<'a>(args: &[Value<'a>], steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let whole = text("substring", args, 0)?;
    let start = offset(whole, number("substring", args, 1)?)?;
    let end = if args.len() > 2 { offset(whole, number("substring", args, 2)?)? } else { whole.len() };
    let part = whole.get(start..end).ok_or(Fault::OutOfRange(i64::try_from(start).unwrap_or(i64::MAX)))?;
    made(part.to_owned(), steps)
}
