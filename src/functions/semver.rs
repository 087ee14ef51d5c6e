//! Sprig's semantic version functions, and the methods of the version that `semver` answers.

use std::rc::Rc;

use super::{Outcome, fixed, lists};
use crate::origin::Mark;
use crate::semver::{Constraint, Version};
use crate::template::Type::{Any, String as Str};
use crate::template::{Call, CallError, Function};
use crate::value::{IntType, Native, Struct, Value};

pub(super) const TABLE: &[Function] =
    &[fixed("semver", &[Str], semver), fixed("semverCompare", &[Str, Str], semver_compare)];

/// Methods of `semver.Version` and of pointers to it.
const METHODS: &[Function] = &[
    fixed("IncMajor", &[Any], inc_major),
    fixed("IncMinor", &[Any], inc_minor),
    fixed("IncPatch", &[Any], inc_patch),
    fixed("Major", &[Any], major),
    fixed("Metadata", &[Any], metadata),
    fixed("Minor", &[Any], minor),
    fixed("Patch", &[Any], patch),
    fixed("Prerelease", &[Any], prerelease),
    fixed("SetMetadata", &[Any, Str], set_metadata),
    fixed("SetPrerelease", &[Any, Str], set_prerelease),
    fixed("String", &[Any], string),
];

/// Methods of pointers only.
const POINTER_METHODS: &[Function] = &[
    fixed("Compare", &[Any, Any], compare),
    fixed("Equal", &[Any, Any], equal),
    fixed("GreaterThan", &[Any, Any], greater_than),
    fixed("GreaterThanEqual", &[Any, Any], greater_than_equal),
    fixed("LessThan", &[Any, Any], less_than),
    fixed("LessThanEqual", &[Any, Any], less_than_equal),
    fixed("Original", &[Any], original),
];

const POINTER: &str = "*semver.Version";
const PLAIN: &str = "semver.Version";

/// The method of a version by name.
pub(super) fn method(receiver: &Value, name: &str) -> Option<&'static Function> {
    version_of(receiver)?;
    let tables: &[&'static [Function]] =
        if receiver.type_name() == POINTER { &[METHODS, POINTER_METHODS] } else { &[METHODS] };
    tables.iter().find_map(|table| table.iter().find(|function| function.name == name))
}

/// A version as a value of this Go type.
pub(super) fn version_value(version: Version, type_name: &'static str) -> Value {
    let printed = Some(version.to_string());
    let number = |number: u64| Value::Int(Mark::NONE, IntType::Uint64, number.cast_signed());
    let fields = vec![
        ("major", number(version.major)),
        ("minor", number(version.minor)),
        ("patch", number(version.patch)),
        ("pre", Value::str(version.prerelease.as_str())),
        ("metadata", Value::str(version.metadata.as_str())),
        ("original", Value::str(version.original.as_str())),
    ];
    let native = Native::Version(Box::new(version));
    Value::Struct(Mark::NONE, Rc::new(Struct { type_name, fields, printed, native }))
}

fn version_of(value: &Value) -> Option<&Version> {
    match value {
        Value::Struct(_, of) => match &of.native {
            Native::Version(version) => Some(version),
            _ => None,
        },
        _ => None,
    }
}

/// A version, parsed leniently.
fn semver(call: &mut Call<'_>) -> Outcome {
    let version = Version::parse_lenient(&call.str(0)).map_err(|error| error.to_string())?;
    Ok(version_value(version, POINTER))
}

/// Whether a version satisfies a constraint.
fn semver_compare(call: &mut Call<'_>) -> Outcome {
    let constraint = Constraint::parse(&call.str(0)).map_err(|error| error.to_string())?;
    let version = Version::parse_lenient(&call.str(1)).map_err(|error| error.to_string())?;
    Ok(Value::bool(constraint.matches(&version)))
}

fn receiver(call: &Call<'_>) -> Version {
    version_of(call.arg(0)).cloned().unwrap_or_default()
}

fn next(next: Option<Version>, number: &str) -> Outcome {
    let overflow = || CallError::Message(format!("{number} version increment would overflow uint64"));
    next.map(|version| version_value(version, PLAIN)).ok_or_else(overflow)
}

fn inc_major(call: &mut Call<'_>) -> Outcome {
    next(receiver(call).next_major(), "major")
}

fn inc_minor(call: &mut Call<'_>) -> Outcome {
    next(receiver(call).next_minor(), "minor")
}

fn inc_patch(call: &mut Call<'_>) -> Outcome {
    next(receiver(call).next_patch(), "patch")
}

fn number(number: u64) -> Value {
    Value::Int(Mark::NONE, IntType::Uint64, number.cast_signed())
}

fn major(call: &mut Call<'_>) -> Outcome {
    Ok(number(receiver(call).major))
}

fn metadata(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(receiver(call).metadata))
}

fn minor(call: &mut Call<'_>) -> Outcome {
    Ok(number(receiver(call).minor))
}

fn patch(call: &mut Call<'_>) -> Outcome {
    Ok(number(receiver(call).patch))
}

fn prerelease(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(receiver(call).prerelease))
}

fn set_metadata(call: &mut Call<'_>) -> Outcome {
    let version = receiver(call).with_metadata(&call.str(1)).map_err(|error| error.to_string())?;
    Ok(version_value(version, PLAIN))
}

fn set_prerelease(call: &mut Call<'_>) -> Outcome {
    let version = receiver(call).with_prerelease(&call.str(1)).map_err(|error| error.to_string())?;
    Ok(version_value(version, PLAIN))
}

fn string(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(receiver(call).to_string()))
}

fn order(call: &Call<'_>) -> Result<std::cmp::Ordering, CallError> {
    let other = call.arg(1);
    if other.is_nil() {
        return Err(lists::NIL_POINTER.into());
    }
    match version_of(other).filter(|_| other.type_name() == POINTER) {
        Some(other) => Ok(receiver(call).compare(other)),
        None => Err(format!("wrong type for value; expected {POINTER}; got {}", other.type_name()).into()),
    }
}

fn compare(call: &mut Call<'_>) -> Outcome {
    order(call).map(|order| Value::int(order as i64))
}

fn equal(call: &mut Call<'_>) -> Outcome {
    if call.arg(1).is_nil() {
        return Ok(Value::bool(false));
    }
    order(call).map(|order| Value::bool(order.is_eq()))
}

fn greater_than(call: &mut Call<'_>) -> Outcome {
    order(call).map(|order| Value::bool(order.is_gt()))
}

fn greater_than_equal(call: &mut Call<'_>) -> Outcome {
    order(call).map(|order| Value::bool(order.is_ge()))
}

fn less_than(call: &mut Call<'_>) -> Outcome {
    order(call).map(|order| Value::bool(order.is_lt()))
}

fn less_than_equal(call: &mut Call<'_>) -> Outcome {
    order(call).map(|order| Value::bool(order.is_le()))
}

fn original(call: &mut Call<'_>) -> Outcome {
    Ok(Value::str(receiver(call).original))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call_in, exec, s, show};
    use super::*;
    use crate::limits::Limits;

    fn version(text: &str) -> Value {
        call_in(&mut exec(Limits::default()), "semver", &[s(text)]).unwrap()
    }

    /// Calls a method; an error becomes its message.
    fn call(receiver: &Value, name: &str, args: &[Value]) -> String {
        let args: Vec<_> = std::iter::once(receiver).chain(args).cloned().collect();
        let mut exec = exec(Limits::default());
        let frame = crate::origin::Frame {
            place: crate::source::Place { source: crate::source::SourceId(0), offset: 0 },
            chain: crate::origin::Chain::TOP,
        };
        match (method(receiver, name).unwrap().run)(&mut Call { args: &args, frame, exec: &mut exec }) {
            Ok(value) => show("toString", &[value]),
            Err(CallError::Message(message)) => message,
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn functions_answer_as_helm() {
        for (name, args, expected) in [
            ("semverCompare", vec![">=1.29-0", "v1.33.4-gke.1"], "true"),
            ("semverCompare", vec![">=1.29", "v1.33.4-gke.1"], "false"),
            ("semverCompare", vec!["", "1.0.0"], "ERROR improper constraint: \"\""),
            ("semverCompare", vec![" >=1", " 1.0 "], "ERROR invalid semantic version"),
            ("semver", vec!["v1.2"], "1.2.0"),
            ("semver", vec!["x"], "ERROR invalid semantic version"),
        ] {
            let args: Vec<_> = args.into_iter().map(s).collect();
            assert_eq!(show(name, &args), expected);
        }
    }

    #[test]
    fn versions_have_methods() {
        let receiver = version("v1.2.3-a.1+b");
        for (name, expected) in [
            ("Major", "1"),
            ("Minor", "2"),
            ("Patch", "3"),
            ("Prerelease", "a.1"),
            ("Metadata", "b"),
            ("Original", "v1.2.3-a.1+b"),
            ("String", "1.2.3-a.1+b"),
            ("IncPatch", "1.2.3"),
            ("IncMinor", "1.3.0"),
            ("IncMajor", "2.0.0"),
        ] {
            assert_eq!(call(&receiver, name, &[]), expected, "{name}");
        }
        for (name, other, expected) in [
            ("Compare", "1.3.0", "-1"),
            ("Equal", "1.2.3-a.1", "true"),
            ("LessThan", "1.2.3", "true"),
            ("LessThanEqual", "1.2.2", "false"),
            ("GreaterThan", "1.2.2", "true"),
            ("GreaterThanEqual", "1.2.3", "false"),
        ] {
            assert_eq!(call(&receiver, name, &[version(other)]), expected, "{name}");
        }
        assert_eq!(call(&receiver, "SetPrerelease", &[s("01")]), "version segment starts with 0");
        assert_eq!(call(&receiver, "SetMetadata", &[s("c")]), "1.2.3-a.1+c");
        assert_eq!(call(&receiver, "Compare", &[Value::NIL]), lists::NIL_POINTER);
        assert_eq!(
            call(&version("18446744073709551615"), "IncMajor", &[]),
            "major version increment would overflow uint64"
        );
    }

    #[test]
    fn plain_versions_lack_the_methods_of_pointers() {
        let plain = version_value(Version::default(), PLAIN);
        assert!(method(&plain, "Major").is_some());
        assert!(method(&plain, "Original").is_none());
        assert!(method(&s("1"), "Major").is_none());
    }

    #[test]
    fn tables_are_sorted() {
        for table in [METHODS, POINTER_METHODS] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name));
        }
    }
}
