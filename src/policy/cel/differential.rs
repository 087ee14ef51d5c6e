//! Generated expressions, evaluated here and by the `cel` crate: both fail, or both come to the same value.

use std::sync::Arc;

use super::tests::node;
use super::*;
use crate::limits::Limits;

/// A small generator of expressions over `o`, mostly well typed; the same seed gives the same expressions.
struct Generator(u64);

#[derive(Clone, Copy)]
enum Type {
    Bool,
    Int,
    Str,
    List,
}

impl Generator {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    /// An expression of a type; `locals` are variables of enclosing macros, all strings.
    fn expr(&mut self, of: Type, depth: u64, locals: u64) -> String {
        // Now and then another type, for the errors and for what absorbs them.
        let of = match self.below(40) {
            0 => Type::Str,
            1 => Type::Bool,
            2 => Type::Int,
            _ => of,
        };
        if depth == 0 {
            return self.leaf(of, locals);
        }
        let mut sub = |of| self.expr(of, depth - 1, locals);
        let (a, b, c) = match of {
            Type::Bool => (sub(Type::Bool), sub(Type::Bool), sub(Type::Int)),
            Type::Int => (sub(Type::Int), sub(Type::Int), sub(Type::Str)),
            Type::Str => (sub(Type::Str), sub(Type::Str), sub(Type::List)),
            Type::List => (sub(Type::List), sub(Type::List), sub(Type::Str)),
        };
        let (text, other, list) = (sub(Type::Str), sub(Type::Str), sub(Type::List));
        let local = format!("v{locals}");
        let body = self.expr(Type::Bool, depth - 1, locals + 1);
        let made = self.expr(Type::Str, depth - 1, locals + 1);
        match (of, self.below(12)) {
            (Type::Bool, 0 | 1) => format!("({a} && {b})"),
            (Type::Bool, 2 | 3) => format!("({a} || {b})"),
            (Type::Bool, 4) => format!("!{a}"),
            (Type::Bool, 5) => format!("({c} {} {c})", self.pick(&["<", "<=", ">", ">=", "==", "!="])),
            (Type::Bool, 6) => format!("({text} {} {other})", self.pick(&["<", "==", "!="])),
            (Type::Bool, 7) => format!("{text}.{}({other})", self.pick(&["startsWith", "endsWith", "contains"])),
            (Type::Bool, 8) => format!("({text} in {list})"),
            (Type::Bool, 9) => format!("{list}.{}({local}, {body})", self.pick(&["all", "exists", "exists_one"])),
            (Type::Bool, 10) => format!("has(o.{})", self.pick(&["name", "nope", "labels.app", "labels.nope"])),
            (Type::Bool, _) => format!("({a} ? {b} : {a})"),
            (Type::Int, 0..=5) => format!("({a} {} {b})", self.pick(&["+", "-", "*", "/", "%"])),
            (Type::Int, 6) => format!("size({text})"),
            (Type::Int, 7) => format!("{list}.size()"),
            (Type::Int, 8) => format!("int({text})"),
            (Type::Int, 9) => format!("(-({a}))"),
            (Type::Int, _) => format!("{}.orValue({a})", self.pick(&["optional.of(n)", "o.?nope"])),
            (Type::Str, 0..=3) => format!("({a} + {b})"),
            (Type::Str, 4 | 5) => format!("{list}[{}]", self.below(4)),
            (Type::Str, 6) => format!("string({})", self.below(9)),
            (Type::Str, 7) => format!("o.?labels.?{}.orValue({a})", self.pick(&["app", "nope"])),
            (Type::Str, 8) => format!("o.labels[?{a}].orValue({b})"),
            (Type::Str, 9) => format!("o.?name.optMap({local}, {made}).orValue({a})"),
            (Type::Str, _) => format!("({body2} ? {a} : {b})", body2 = format_args!("{list} == {list}")),
            (Type::List, 0..=2) => format!("({a} + {b})"),
            (Type::List, 3 | 4) => format!("[{text}, {other}]"),
            (Type::List, 5) => format!("[{text}, ?o.?{}]", self.pick(&["name", "nope"])),
            (Type::List, 6..=8) => format!("{a}.filter({local}, {body})"),
            (Type::List, 9 | 10) => format!("{a}.map({local}, {made})"),
            (Type::List, _) => format!("{a}.map({local}, {body}, {made})"),
        }
    }

    fn leaf(&mut self, of: Type, locals: u64) -> String {
        match of {
            Type::Bool => self.pick(&["true", "false", "o.on"]).to_owned(),
            Type::Int => self.pick(&["0", "1", "2", "n", "9223372036854775807"]).to_owned(),
            Type::Str if locals > 0 && self.below(2) == 0 => format!("v{}", self.below(locals)),
            Type::Str => {
                self.pick(&["'a'", "''", "'web'", "o.name", "o.labels.app", "o.labels['tier']", "o.nope"]).to_owned()
            }
            Type::List => self.pick(&["o.tags", "[]", "['a', 'web']"]).to_owned(),
        }
    }
}

fn json(value: &Value<'_>) -> Option<serde_json::Value> {
    Some(match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        _ => match (value.as_str(), value.items()) {
            (Some(text), _) => text.into(),
            (_, Some(items)) => items.map(|item| json(&item)).collect::<Option<Vec<_>>>()?.into(),
            _ => return None,
        },
    })
}

#[test]
fn generated_expressions_come_to_the_same() {
    let document = serde_json::json!({
        "name": "web", "on": true, "tags": ["a", "b", "web"], "labels": {"app": "web", "tier": "front"}
    });
    let tree = node(&document);
    let environment = Arc::new(cel::Env::stdlib());
    let names = Names { slots: &["o", "n"], variables: &[] };
    let mut generator = Generator(7);
    let (mut values, mut errors, mut wrong) = (0, 0, Vec::new());
    for round in 0..2_000 {
        let of = [Type::Bool, Type::Int, Type::Str, Type::List][round % 4];
        let source = generator.expr(of, 1 + (round as u64 % 3), 0);
        let program =
            Program::compile(&source, &names, &Limits::default()).unwrap_or_else(|error| panic!("{source}\n{error}"));
        let mut env = Env::new(vec![Value::from(&tree), Value::Int(3)]);
        env.begin(&[], 100_000);
        let ours = program.eval(&mut env);
        let theirs = environment.compile(&source).unwrap_or_else(|error| panic!("{source}\n{error:?}"));
        let mut context = cel::Context::with_env(environment.clone());
        context.add_variable("o", document.clone()).unwrap();
        // A number of a JSON document would be unsigned there.
        context.add_variable("n", 3i64).unwrap();
        let theirs = theirs.execute(&context);
        let same = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                values += 1;
                json(ours).is_some_and(|ours| theirs.json().is_ok_and(|theirs| theirs == ours))
            }
            (Err(_), Err(_)) => {
                errors += 1;
                true
            }
            _ => false,
        };
        if !same {
            wrong.push(format!("{source}\n  here  {ours:?}\n  there {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
    assert!(values > 1_000 && errors > 150, "{values} values, {errors} errors");
}
