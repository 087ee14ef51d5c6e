//! Sprig's functions about paths. Those of the operating system are Linux's, whatever this runs on.

use super::{Outcome, fixed};
use crate::template::Type::String as Str;
use crate::template::{Call, Function};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("base", &[Str], base),
    fixed("clean", &[Str], clean),
    fixed("dir", &[Str], dir),
    fixed("ext", &[Str], ext),
    fixed("isAbs", &[Str], is_abs),
    fixed("osBase", &[Str], base),
    fixed("osClean", &[Str], clean),
    fixed("osDir", &[Str], dir),
    fixed("osExt", &[Str], ext),
    fixed("osIsAbs", &[Str], is_abs),
];

/// The last element of a path: Go's `path.Base`.
fn base(call: &mut Call<'_>) -> Outcome {
    let path = call.bytes(0);
    let Some(last) = path.iter().rposition(|byte| *byte != b'/') else {
        return Ok(Value::str(if path.is_empty() { "." } else { "/" }));
    };
    let start = path[..last].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Ok(call.arg(0).slice(start..last + 1))
}

/// The shortest path that means the same: Go's `path.Clean`.
fn clean(call: &mut Call<'_>) -> Outcome {
    Ok(kept(call, call.bytes(0)))
}

/// All but the last element: Go's `path.Dir`.
fn dir(call: &mut Call<'_>) -> Outcome {
    let path = call.bytes(0);
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Ok(kept(call, &path[..end]))
}

/// The suffix from the last dot of the last element on: Go's `path.Ext`.
fn ext(call: &mut Call<'_>) -> Outcome {
    let path = call.bytes(0);
    let at = path.iter().rposition(|byte| matches!(byte, b'.' | b'/')).filter(|at| path[*at] == b'.');
    Ok(at.map_or_else(|| Value::str(""), |at| call.arg(0).slice(at..path.len())))
}

/// Whether a path begins at the root.
fn is_abs(call: &mut Call<'_>) -> Outcome {
    Ok(Value::bool(call.bytes(0).starts_with(b"/")))
}

/// A cleaned path; when cleaning only cuts the end it is still a part of the argument.
fn kept(call: &Call<'_>, path: &[u8]) -> Value {
    let cleaned = cleaned(path);
    if call.bytes(0).starts_with(&cleaned) { call.arg(0).slice(0..cleaned.len()) } else { Value::str(cleaned) }
}

fn cleaned(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut elements: Vec<&[u8]> = Vec::new();
    for element in path.split(|byte| *byte == b'/') {
        match element {
            b"" | b"." => {}
            b".." if elements.last().is_some_and(|last| *last != b"..") => drop(elements.pop()),
            b".." if rooted => {}
            _ => elements.push(element),
        }
    }
    let joined = elements.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{s, show};

    #[test]
    fn paths_are_those_of_go() {
        let cases = [
            ("base", "/a/b.c", "b.c"),
            ("base", "", "."),
            ("base", "///", "/"),
            ("base", "a/b///", "b"),
            ("osBase", "/a/b", "b"),
            ("dir", "/a/b.c", "/a"),
            ("dir", "a", "."),
            ("dir", "/a", "/"),
            ("dir", "a/../b/c", "b"),
            ("dir", "", "."),
            ("clean", "a/../b//c", "b/c"),
            ("clean", "/../a", "/a"),
            ("clean", "../../a/..", "../.."),
            ("clean", "", "."),
            ("clean", "./", "."),
            ("ext", "a.b.c", ".c"),
            ("ext", "a.b/c", ""),
            ("ext", "", ""),
            ("isAbs", "/a", "true"),
            ("isAbs", "a", "false"),
        ];
        for (name, path, expected) in cases {
            assert_eq!(show(name, &[s(path)]), expected, "{name} {path}");
        }
    }
}
