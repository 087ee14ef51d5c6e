//! What CEL expressions evaluate to.

use super::*;
use crate::limits::Limits;
use crate::yaml::node::{Data, Entry, Node, Style};

/// A node from JSON, without places.
pub(crate) fn node(value: &serde_json::Value) -> Node {
    let data = match value {
        serde_json::Value::Null => Data::Null,
        serde_json::Value::Bool(value) => Data::Bool(*value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Data::Float(number.as_f64().unwrap()), Data::Int)
        }
        serde_json::Value::String(text) => Data::String(text.as_str().into()),
        serde_json::Value::Array(items) => Data::List(std::rc::Rc::new(items.iter().map(node).collect())),
        serde_json::Value::Object(entries) => {
            let entry = |(key, value): (&String, _)| Entry {
                key: key.as_str().into(),
                key_start: 0,
                key_end: 0,
                value: node(value),
            };
            Data::Map(std::rc::Rc::new(entries.iter().map(entry).collect()))
        }
    };
    Node { data, start: 0, end: 0, style: Style::Plain }
}

fn document() -> serde_json::Value {
    serde_json::json!({
        "name": "web", "count": 3, "half": 0.5, "on": true, "gone": null,
        "tags": ["a", "b", "c"], "numbers": [3, 1, 2],
        "ports": [{"name": "http", "port": 80}, {"name": "admin", "port": 8080, "host": null}],
        "labels": {"app": "web", "tier": "front", "none": null},
        "deep": {"er": {"est": "x"}}
    })
}

/// What an expression over `o` comes to: its value as debug text of the scalar, or the fault.
fn outcome(source: &str) -> String {
    let document = node(&document());
    let names = Names { slots: &["o"], variables: &[] };
    let program = match Program::compile(source, &names, &Limits::default()) {
        Ok(program) => program,
        Err(error) => return format!("refused at {}: {error}", error.at),
    };
    let mut env = Env::new(vec![Value::from(&document)]);
    env.begin(&[], 10_000);
    match program.eval(&mut env) {
        Ok(value) => show(&value),
        Err(error) => format!("error: {error}"),
    }
}

fn show(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => format!("{value:?}"),
        Value::Type(name) => (*name).to_owned(),
        Value::Quantity(_) => "quantity".into(),
        Value::Object(entries) => format!("{{{}}}", value::keys(entries).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            format!(
                "{{{}}}",
                entries.iter().map(|(key, value)| show(key) + ":" + &show(value)).collect::<Vec<_>>().join(",")
            )
        }
        _ => match (value.as_str(), value.items(), value.unwrap_optional()) {
            (Some(text), ..) => format!("'{text}'"),
            (_, Some(items), _) => format!("[{}]", items.map(|item| show(&item)).collect::<Vec<_>>().join(",")),
            (.., Some(held)) => held.map_or_else(|| "none".into(), |held| format!("some({})", show(&held))),
            _ => unreachable!(),
        },
    }
}

#[track_caller]
fn check(rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(source, wanted)| {
            let found = outcome(source);
            (found != *wanted).then(|| format!("{source}\n  wanted {wanted}\n  found  {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn operators() {
    check(&[
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("7 % 3", "1"),
        ("-7 / 2", "-3"),
        ("(1 + 2) * 3", "9"),
        ("1 < 1.5 && 2u == 2 && 1 == 1.0", "true"),
        ("'a' + 'b'", "'ab'"),
        ("[1] + [2]", "[1,2]"),
        ("!o.on", "false"),
        ("!!o.on", "true"),
        ("--(1) - -1", "2"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775807 + 1", "error: integer overflow"),
        ("-9223372036854775808 / -1", "error: integer overflow"),
        ("1 / 0", "error: division by zero"),
        ("1 + 'a'", "error: `+` does not take int and string"),
        ("1 + 1u", "error: `+` does not take int and uint"),
        ("'a' < 1", "error: `<` does not take string and int"),
        ("'1' == 1", "false"),
        ("o.count == 3 ? 'three' : 'other'", "'three'"),
        ("'b' in o.tags", "true"),
        ("'app' in o.labels", "true"),
        ("'none' in o.labels", "false"),
        ("o.tags == ['a', 'b', 'c']", "true"),
        ("o.labels == {'tier': 'front', 'app': 'web'}", "true"),
        ("18446744073709551615u > -1", "true"),
        ("9007199254740993 > 9007199254740992.0", "true"),
    ]);
}

#[test]
fn fields_and_optionals() {
    check(&[
        ("o.deep.er.est", "'x'"),
        ("o.labels['app']", "'web'"),
        ("o.tags[1]", "'b'"),
        ("o.tags[3]", "error: index 3 is out of range"),
        ("o.missing", "error: no such key: `missing`"),
        ("o.gone", "error: no such key: `gone`"),
        ("o.name.x", "error: `.` does not take string"),
        ("has(o.deep.er)", "true"),
        ("has(o.gone)", "false"),
        ("has(o.missing.x)", "error: no such key: `missing`"),
        ("o.?deep.?er.?est.orValue('y')", "'x'"),
        ("o.?deep.er.est.orValue('y')", "'x'"),
        ("o.?deep.?nope.est.orValue('y')", "'y'"),
        ("o.?name", "some('web')"),
        ("o.?gone", "none"),
        ("o.?tags[0]", "some('a')"),
        ("o.tags[?9]", "none"),
        ("o.labels[?'app'].orValue('')", "'web'"),
        ("o.?missing.hasValue()", "false"),
        ("o.?count.optMap(c, c + 1)", "some(4)"),
        ("o.?count.optFlatMap(c, optional.none())", "none"),
        ("o.?missing.or(o.?name).value()", "'web'"),
        ("o.?missing.value()", "error: optional has no value"),
        ("[1, ?o.?count, ?o.?missing]", "[1,3]"),
        ("optional.of(1) == optional.of(1)", "true"),
        ("o.?name.?x", "error: `.?` does not take string"),
    ]);
}

#[test]
fn macros() {
    check(&[
        ("o.ports.all(p, p.port > 0)", "true"),
        ("o.ports.exists(p, p.name == 'admin')", "true"),
        ("o.ports.exists_one(p, p.port == 80)", "true"),
        ("o.ports.filter(p, p.port > 80).map(p, p.name)", "['admin']"),
        ("o.ports.map(p, p.port > 80, p.port)", "[8080]"),
        ("o.labels.all(k, k.startsWith('a') || k == 'tier')", "true"),
        ("o.tags.all(t, o.ports.exists(p, p.name != t))", "true"),
        ("o.tags.map(x, o.numbers.map(y, x))[0]", "['a','a','a']"),
        ("o.ports.exists(p, has(p.host))", "false"),
        ("[].all(x, x)", "true"),
        ("o.name.all(x, true)", "error: `macro` does not take string"),
        ("o.tags.filter(t, 1)", "error: `predicate` does not take int"),
    ]);
}

#[test]
fn errors_are_absorbed_by_what_decides() {
    check(&[
        ("o.missing || true", "true"),
        ("true || o.missing", "true"),
        ("o.missing && false", "false"),
        ("o.missing && true", "error: no such key: `missing`"),
        ("o.missing || false", "error: no such key: `missing`"),
        ("o.ports.exists(p, p.host == 'x' || p.port == 80)", "true"),
        ("[1, 'a', 2].exists(x, x > 1)", "true"),
        ("[1, 'a'].all(x, x > 0)", "error: `>` does not take string and int"),
        ("1 && false", "false"),
    ]);
}

#[test]
fn functions_of_the_environment() {
    check(&[
        ("o.name.startsWith('we') && o.name.endsWith('b') && o.name.contains('e')", "true"),
        ("size(o.tags) + o.name.size() + size(o.labels)", "8"),
        ("'a,b'.split(',').join('-')", "'a-b'"),
        ("'abc'.split('')", "['a','b','c']"),
        ("'a,b,c'.split(',', 2)", "['a','b,c']"),
        ("' AbC '.trim().lowerAscii() + 'x'.upperAscii()", "'abcX'"),
        ("'aXbX'.replace('X', '-') + 'aXbX'.replace('X', '', 1)", "'a-b-abX'"),
        ("'äbc'.substring(1) + 'abc'.substring(0, 1) + 'abc'.charAt(2)", "'bcac'"),
        ("'abc'.substring(2, 1)", "error: index 2 is out of range"),
        ("'abcb'.indexOf('b') + 'abcb'.lastIndexOf('b') + 'x'.indexOf('y')", "3"),
        ("o.name.matches('^w.b$')", "true"),
        ("int('42') + int(2.9) + int(1u)", "45"),
        ("string(1) + string(true) + string('x')", "'1truex'"),
        ("double('1.5')", "1.5"),
        ("uint(3)", "3u"),
        ("bool('true')", "true"),
        ("int('x')", "error: cannot convert to int"),
        ("type(1) == int && type('a') == string && type(o) == map", "true"),
        ("o.numbers.sum() + o.numbers.max() - o.numbers.min()", "8"),
        ("o.numbers.isSorted() || [1, 2].isSorted()", "true"),
        ("o.tags.indexOf('c')", "2"),
        ("quantity('1Gi').isGreaterThan(quantity('1000M'))", "true"),
        ("quantity('250m').asApproximateFloat() * 4.0", "1.0"),
        ("'250m'.asApproximateFloat()", "error: `asApproximateFloat` does not take string"),
        ("quantity('500m').compareTo(quantity(1))", "-1"),
        ("isQuantity('1GB')", "false"),
        ("dyn(o.count) == 3", "true"),
    ]);
}

#[test]
fn faults_of_the_source_are_refused_with_their_place() {
    check(&[
        ("o.name.nope()", "refused at 7: unknown function `nope`"),
        ("nope(1)", "refused at 0: unknown function `nope`"),
        ("x.y", "refused at 0: unknown name `x`; known here: o"),
        ("variables.x", "refused at 10: unknown variable `variables.x`"),
        ("o.name.startsWith()", "refused at 7: `startsWith` does not take 0 arguments"),
        ("o.name.matches(o.name)", "refused at 17: the pattern of `matches` must be a literal"),
        ("o.name.matches('(')", "refused at 15: invalid pattern: found open group without closing ')'"),
        ("1 +", "refused at 3: unexpected the end"),
        ("(1", "refused at 2: expected `)`, found the end"),
        ("1 2", "refused at 2: unexpected `2`"),
        ("!-(1)", "refused at 1: unexpected `-`"),
        ("has(o)", "refused at 0: `has` takes a field: `has(a.b)`"),
        ("o.all(for, true)", "refused at 6: `for` is a reserved word"),
        ("9223372036854775808", "refused at 0: number is out of range"),
    ]);
}

#[test]
fn depth_is_bounded() {
    let limits = Limits::default();
    let names = Names::default();
    let deepest = limits.policy_depth as usize;
    let nested = |levels: usize| "(".repeat(levels) + "1" + &")".repeat(levels);
    assert!(Program::compile(&nested(deepest - 1), &names, &limits).is_ok());
    assert!(Program::compile(&nested(deepest), &names, &limits).is_err());
    for long in ["!", "-", "1 + ", "(", "[", "{1: ", "true ? 1 : "] {
        let source = long.repeat(100_000) + "1";
        assert!(Program::compile(&source, &names, &limits).is_err(), "{long}");
    }
    assert!(
        Program::compile(&("o".to_owned() + &".a".repeat(100_000)), &Names { slots: &["o"], variables: &[] }, &limits)
            .is_err()
    );
    assert!(Program::compile(&("true".to_owned() + &" && true".repeat(10_000)), &names, &limits).is_ok());
}

fn test(program: &Program, steps: u64) -> Result<bool, EvalError> {
    let mut env = Env::new(Vec::new());
    env.begin(&[], steps);
    program.test(&mut env)
}

#[test]
fn steps_are_bounded() {
    let names = Names::default();
    let program = Program::compile("[1, 2].all(x, x > 0)", &names, &Limits::default()).unwrap();
    let run = |steps| test(&program, steps);
    let needed = (1..100).find(|steps| run(*steps).is_ok()).unwrap();
    assert!(needed > 5);
    assert!(matches!(run(needed - 1).unwrap_err().fault, Fault::Exceeded(exceeded) if exceeded.name == "policy-steps"));
    let squared = "[1,2,3,4,5,6,7,8,9,10]";
    let hungry =
        format!("{squared}.all(a, {squared}.all(b, {squared}.all(c, {squared}.all(d, a + b + c + d > 0)))) || true");
    let program = Program::compile(&hungry, &names, &Limits::default()).unwrap();
    assert!(test(&program, 10_000).is_err());
}

#[test]
fn variables_are_evaluated_once_and_outside_of_macros() {
    let document = node(&document());
    let slots = ["o"];
    let limits = Limits::default();
    let tier =
        Program::compile("o.tags.filter(t, t != 'a')", &Names { slots: &slots, variables: &[] }, &limits).unwrap();
    let names = Names { slots: &slots, variables: &["rest"] };
    let program = Program::compile("o.tags.all(x, variables.rest.size() == 2 && x != 'z')", &names, &limits).unwrap();
    let definitions = [tier];
    let mut env = Env::new(vec![Value::from(&document)]);
    env.begin(&definitions, 60);
    assert_eq!(program.test(&mut env), Ok(true));
}
