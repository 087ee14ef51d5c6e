//! Whole templates: results and error texts after the behaviour of Go's own tests and of real Helm.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::*;
use crate::limits::Limits;
use crate::origin::{Key, Leaf, Mark, Origins};
use crate::source::{SourceId, Sources, Span};
use crate::value::{ListType, MapType, Value};

fn include(call: &mut Call<'_>) -> Result<Value, CallError> {
    let name = call.str(0).into_owned();
    let text = call.exec.invoke(&name, call.arg(1), call.frame);
    text.map(Value::str).map_err(|error| CallError::Template(Box::new(error)))
}

fn tpl(call: &mut Call<'_>) -> Result<Value, CallError> {
    let result = call.exec.invoke_inline(call.arg(0), call.arg(1), call.frame);
    let shown = format::quote_go(call.bytes(0));
    result.map(Value::str).map_err(|error| {
        let doing = if matches!(error.cause, Cause::Parse(_)) {
            "cannot parse template"
        } else {
            "error during tpl function execution for"
        };
        CallError::Wrapped(format!("{doing} {shown}: "), Box::new(error))
    })
}

fn fail(call: &mut Call<'_>) -> Result<Value, CallError> {
    Err(CallError::Fail(call.str(0).into_owned()))
}

fn upper(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(Value::str(call.str(0).to_uppercase()))
}

fn repeat(call: &mut Call<'_>) -> Result<Value, CallError> {
    let count = usize::try_from(call.int(0)).unwrap_or(0);
    Ok(Value::str(call.str(1).repeat(count)))
}

fn list(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(Value::list(call.args.to_vec()))
}

fn greet(call: &mut Call<'_>) -> Result<Value, CallError> {
    Ok(Value::str(format!("hello {} from {}", call.str(1), call.arg(0).type_name())))
}

const fn row(
    name: &'static str,
    params: &'static [Type],
    variadic: bool,
    run: fn(&mut Call<'_>) -> Result<Value, CallError>,
) -> Function {
    Function { name, params, variadic, run }
}

static FUNCTIONS: &[Function] = &[
    row("include", &[Type::String, Type::Any], false, include),
    row("tpl", &[Type::String, Type::Any], false, tpl),
    row("fail", &[Type::String], false, fail),
    row("upper", &[Type::String], false, upper),
    row("repeat", &[Type::Int, Type::String], false, repeat),
    row("list", &[Type::Any], true, list),
];

static GREET: Function = row("Greet", &[Type::Any, Type::String], false, greet);

fn environment(limits: Limits) -> Rc<Environment> {
    Rc::new(Environment {
        functions: |name| FUNCTIONS.iter().find(|function| function.name == name),
        methods: |value, name| {
            let files = value.as_map().is_some_and(|map| map.of == MapType::Files);
            (files && name == "Greet").then_some(&GREET)
        },
        limits,
        now: jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC),
        random: RefCell::new(Box::new(|buffer| buffer.fill(7))),
        regexes: RefCell::new(HashMap::new()),
        crypto_calls: Cell::new(0),
    })
}

fn of_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::NIL,
        serde_json::Value::Bool(value) => Value::bool(*value),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => Value::int(int),
            None => Value::float(number.as_f64().unwrap()),
        },
        serde_json::Value::String(text) => Value::str(text.as_str()),
        serde_json::Value::Array(items) => Value::list(items.iter().map(of_json).collect()),
        serde_json::Value::Object(entries) => {
            Value::map(entries.iter().map(|(key, value)| (key.as_str().into(), of_json(value))).collect())
        }
    }
}

fn data() -> Value {
    let data = of_json(&serde_json::json!({
        "i": 17, "f": 1.5, "big": 1_000_000.0, "t": true, "s": "hi", "empty": "", "nil": null,
        "m": {"b": 2, "a": 1}, "l": [1, "x", null], "none": [], "nested": {"l": [{"k": "v"}, {}]},
    }));
    let map = data.as_map().unwrap();
    let strings = Value::list_of(ListType::String, vec![Value::str("a"), Value::str("b")]);
    map.insert("strings", strings);
    let annotations = crate::value::Map::from_entries(MapType::String, vec![("k".into(), Value::str("v"))]);
    map.insert("annotations", Value::Map(Mark::NONE, Rc::new(annotations)));
    let files = crate::value::Map::from_entries(MapType::Files, vec![]);
    map.insert("files", Value::Map(Mark::NONE, Rc::new(files)));
    map.insert("bytes", Value::Bytes(Mark::NONE, Rc::new("hi".into())));
    data
}

fn exec_of(files: &[(&str, &str)], limits: Limits) -> Result<Exec, Vec<ParseError>> {
    let environment = environment(limits);
    let mut set = TemplateSet::new(Rc::clone(&environment));
    let mut sources = Sources::new();
    for (name, text) in files {
        let source = sources.add(*name, text.as_bytes());
        set.add(name, source, &text.as_bytes().into())?;
    }
    Ok(Exec::new(environment, Rc::new(set), Origins::new(true), sources))
}

fn run_within(text: &str, limits: Limits) -> Result<String, String> {
    // Debug builds need a stack of their own for deep nesting.
    let text = text.to_owned();
    let work = move || {
        let mut exec = exec_of(&[("t", &text)], limits).map_err(|errors| errors[0].to_string())?;
        exec.execute("t", &data()).map(|text| text.to_str().into_owned()).map_err(|error| error.to_string())
    };
    std::thread::Builder::new().stack_size(256 << 20).spawn(work).unwrap().join().unwrap()
}

fn run(text: &str) -> Result<String, String> {
    let mut exec = exec_of(&[("t", text)], Limits::default()).map_err(|errors| errors[0].to_string())?;
    exec.execute("t", &data()).map(|text| text.to_str().into_owned()).map_err(|error| error.to_string())
}

#[test]
fn templates_print() {
    for (text, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("a{{/* c */}}b{{- /* c */ -}}  c", "abc"),
        ("{{.i}} {{.f}} {{.big}} {{.t}} {{.s}} {{.nil}} {{.nope}}", "17 1.5 1e+06 true hi <no value> <no value>"),
        ("{{.m}} {{.l}} {{.strings}} {{.bytes}}", "map[a:1 b:2] [1 x <nil>] [a b] [104 105]"),
        ("{{.annotations.k}}{{.annotations.nope}}|", "v|"),
        ("{{(.nope).x}} {{$v := .nope}}{{$v.x.y}}", "<no value> <no value>"),
        ("{{3}} {{-3}} {{1e3}} {{0x10}} {{'a'}} {{1_000}} {{0777}}", "3 -3 1000 16 97 1000 511"),
        ("{{\"a\\tb\"}}{{`raw\\n`}}", "a\tbraw\\n"),
        ("{{if .s}}yes{{else}}no{{end}}{{if .empty}}yes{{else if .none}}mid{{else}}no{{end}}", "yesno"),
        ("{{with .m}}{{.a}}{{end}}{{with .empty}}x{{else with .s}}{{.}}{{else}}y{{end}}", "1hi"),
        ("{{range .l}}<{{.}}>{{end}}{{range .none}}x{{else}}none{{end}}", "<1><x><<no value>>none"),
        ("{{range $k, $v := .m}}{{$k}}={{$v}};{{end}}{{range $v := .m}}{{$v}}{{end}}", "a=1;b=2;12"),
        ("{{range 3}}{{.}}{{end}}{{range $i := 2}}{{$i}}{{end}}{{range 0}}x{{else}}e{{end}}", "01201e"),
        ("{{range $i, $x := .strings}}{{if $i}},{{end}}{{$x}}{{end}}", "a,b"),
        ("{{range .l}}{{if eq (print .) \"x\"}}{{break}}{{end}}{{.}}{{end}}", "1"),
        ("{{range .strings}}{{if eq . \"a\"}}{{continue}}{{end}}{{.}}{{end}}", "b"),
        ("{{$x := 1}}{{range .strings}}{{$x = .}}{{end}}{{$x}}", "b"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
        ("{{$i := 0}}{{$v := 0}}{{range $i, $v = .strings}}{{end}}{{$i}}{{$v}}", "1b"),
        ("{{define \"d\"}}[{{.}}{{$}}]{{end}}{{template \"d\" .s}}{{template \"d\"}}", "[hihi][<no value><no value>]"),
        ("{{block \"b\" .i}}<{{.}}>{{end}}{{template \"b\" 2}}", "<17><2>"),
        ("{{define \"d\"}}x{{.}}{{end}}{{include \"d\" 1 | upper}}{{include \"d\" 2}}", "X1x2"),
        ("{{tpl \"{{.i}}{{define \\\"q\\\"}}Q{{end}}{{include \\\"q\\\" .}}\" .}}", "17Q"),
        ("{{and 1 0 .x.y}} {{or 0 .s .x.y.z}} {{and}}", "t:1: "),
        ("{{and 1 0 (.s | fail)}} {{or 0 .s (.s | fail)}} {{1 | and 2}} {{not 0}}", "0 hi 1 true"),
        (
            "{{eq 1 2 1}} {{ne .s \"hi\"}} {{lt 1 2}} {{ge 1.5 1.5}} {{gt \"b\" \"a\"}} {{eq .nil nil}}",
            "true false true true true true",
        ),
        ("{{eq .nil 1}} {{eq .l nil}} {{le 2 2}}", "false false true"),
        (
            "{{len .l}} {{len .s}} {{len .m}} {{index .m \"a\"}} {{index .nested.l 0 \"k\"}} {{index .m \"zz\"}}",
            "3 2 2 1 v <no value>",
        ),
        ("{{slice .s 1}} {{slice .strings 0 1}} {{index .s 0}} {{slice \"abcdef\" 2 4}}", "i [a] 104 cd"),
        ("{{print 1 2 \"x\" 3 4}} {{println 1 \"a\"}}{{print nil}}", "1 2x3 4 1 a\n<nil>"),
        ("{{html \"<a>\" | js}} {{urlquery \"a b\"}}", "\\u0026lt;a\\u0026gt; a+b"),
        (
            "{{.files.Greet \"you\"}} {{\"me\" | .files.Greet}}",
            "hello you from engine.files hello me from engine.files",
        ),
        ("{{printf \"%d %s\" 1 | printf \"%5s|%q\" \"x\"}}", "    x|\"1 %!s(MISSING)\""),
        ("{{1+2i}} {{-.5i}}", "(1+2i) (0-0.5i)"),
        ("{{ .s | }}x", "hix"),
        ("{{ $ }}", ""),
        ("{{- 3 -}} \n x", "3x"),
        ("x \n {{- 3 }}", "x3"),
        ("{{true | print | len}}", "4"),
    ] {
        let got = run(text);
        match expected {
            "" | "t:1: " => {}
            _ => assert_eq!(got.as_deref(), Ok(expected), "{text}"),
        }
    }
}

#[test]
fn executions_fail_as_in_go() {
    for (text, expected) in [
        ("{{.nope.x}}", "1:7: executing \"t\" at <.nope.x>: nil pointer evaluating interface {}.x"),
        ("a\nb {{.s.x}}", "2:6: executing \"t\" at <.s.x>: can't evaluate field x in type interface {}"),
        ("{{$s := .s}}{{$s.x}}", "1:16: executing \"t\" at <$s.x>: can't evaluate field x in type string"),
        (
            "{{.annotations.nope.x}}",
            "1:14: executing \"t\" at <.annotations.nope.x>: can't evaluate field x in type string",
        ),
        ("{{range .l}}{{.x}}{{end}}", "1:14: executing \"t\" at <.x>: can't evaluate field x in type interface {}"),
        ("{{upper .i}}", "1:8: executing \"t\" at <.i>: wrong type for value; expected string; got int"),
        ("{{.i | upper}}", "1:7: executing \"t\" at <upper>: wrong type for value; expected string; got int"),
        ("{{upper .nope}}", "1:8: executing \"t\" at <.nope>: wrong type for value; expected string; got interface {}"),
        ("{{.nope | upper}}", "1:10: executing \"t\" at <upper>: invalid value; expected string"),
        ("{{upper nil}}", "1:8: executing \"t\" at <nil>: cannot assign nil to string"),
        ("{{upper 1}}", "1:8: executing \"t\" at <1>: expected string; found 1"),
        ("{{repeat 1.5 \"a\"}}", "1:9: executing \"t\" at <1.5>: expected integer; found 1.5"),
        ("{{repeat true \"a\"}}", "1:9: executing \"t\" at <true>: expected integer; found true"),
        ("{{upper}}", "1:2: executing \"t\" at <upper>: wrong number of args for upper: want 1 got 0"),
        ("{{upper 1 2}}", "1:2: executing \"t\" at <upper>: wrong number of args for upper: want 1 got 2"),
        ("{{and}}", "1:2: executing \"t\" at <and>: wrong number of args for and: want at least 1 got 0"),
        ("{{.s 1}}", "1:2: executing \"t\" at <.s>: s is not a method but has arguments"),
        ("{{3 4}}", "1:2: executing \"t\" at <3>: can't give argument to non-function 3"),
        ("{{nil}}", "1:2: executing \"t\" at <nil>: nil is not a command"),
        ("{{range .s}}{{end}}", "1:8: executing \"t\" at <.s>: range can't iterate over hi"),
        (
            "{{range $a, $b := 3}}{{end}}",
            "1:18: executing \"t\" at <3>: can't use 3 to iterate over more than one variable",
        ),
        ("{{template \"x\" .}}", "1:11: executing \"t\" at <{{template \"x\" .}}>: template \"x\" not defined"),
        (
            "{{include \"x\" .}}",
            "1:2: executing \"t\" at <include \"x\" .>: error calling include: template: no template \"x\" associated with template \"gotpl\"",
        ),
        (
            "{{eq .i 1.5}}",
            "1:2: executing \"t\" at <eq .i 1.5>: error calling eq: incompatible types for comparison: int and float64",
        ),
        (
            "{{eq .m .m}}",
            "1:2: executing \"t\" at <eq .m .m>: error calling eq: non-comparable type map[a:%!s(int=1) b:%!s(int=2)]: map[string]interface {}",
        ),
        ("{{eq 1}}", "1:2: executing \"t\" at <eq 1>: error calling eq: missing argument for comparison"),
        ("{{lt true false}}", "1:2: executing \"t\" at <lt true false>: error calling lt: invalid type for comparison"),
        (
            "{{lt 1 \"a\"}}",
            "1:2: executing \"t\" at <lt 1 \"a\">: error calling lt: incompatible types for comparison: int and string",
        ),
        (
            "{{index .l 3}}",
            "1:2: executing \"t\" at <index .l 3>: error calling index: reflect: slice index out of range",
        ),
        ("{{index .l 4}}", "1:2: executing \"t\" at <index .l 4>: error calling index: index out of range: 4"),
        ("{{index .nil 1}}", "1:2: executing \"t\" at <index .nil 1>: error calling index: index of untyped nil"),
        (
            "{{index .m \"zz\" 1}}",
            "1:2: executing \"t\" at <index .m \"zz\" 1>: error calling index: index of nil pointer",
        ),
        (
            "{{index .m 1}}",
            "1:2: executing \"t\" at <index .m 1>: error calling index: value has type int; should be string",
        ),
        ("{{len .nope}}", "1:2: executing \"t\" at <len .nope>: error calling len: len of nil pointer"),
        (
            "{{.nope | len}}",
            "1:10: executing \"t\" at <len>: error calling len: reflect: call of reflect.Value.Type on zero Value",
        ),
        ("{{len 3}}", "1:2: executing \"t\" at <len 3>: error calling len: len of type int"),
        ("{{$x = 1}}", "1:7: executing \"t\" at <1>: undefined variable: $x"),
        ("{{\"x\" | fail}}", "1:8: executing \"t\" at <fail>: error calling fail: x"),
        (
            "{{18446744073709551615}}",
            "1:2: executing \"t\" at <18446744073709551615>: 18446744073709551615 overflows int",
        ),
    ] {
        assert_eq!(run(text), Err(format!("template: t:{expected}")), "{text}");
    }
}

#[test]
fn texts_are_refused_as_in_go() {
    for (text, expected) in [
        ("{{", "1: unclosed action"),
        ("{{.a\n\n", "3: unclosed action started at t:1"),
        ("{{nope}}", "1: function \"nope\" not defined"),
        ("{{$x}}", "1: undefined variable \"$x\""),
        ("{{if .x}}", "1: unexpected EOF"),
        ("{{end}}", "1: unexpected {{end}}"),
        ("a\n{{else}}", "2: unexpected {{else}}"),
        ("{{if .x}}{{else}}{{else}}{{end}}", "1: expected end; found {{else}}"),
        ("{{\"a}}", "1: unterminated quoted string"),
        ("{{`a}}", "1: unterminated raw quoted string"),
        ("{{/* a }}", "1: unclosed comment"),
        ("{{/* a */ }}", "1: comment ends before closing delimiter"),
        ("{{.a @}}", "1: unexpected \"@\" in operand"),
        ("{{.a#}}", "1: bad character U+0023 '#'"),
        ("{{\u{a7}}}", "1: unrecognized character in action: U+00A7 '§'"),
        ("{{}}", "1: missing value for command"),
        ("{{if}}{{end}}", "1: missing value for if"),
        ("{{|}}", "1: unexpected \"|\" in command"),
        ("{{.a | | .b}}", "1: unexpected \"|\" in command"),
        ("{{1 | 2}}", "1: non executable command in pipeline stage 2"),
        ("{{(.a}}", "1: unclosed left paren"),
        ("{{.a)}}", "1: unexpected right paren"),
        ("{{()}}", "1: missing value for parenthesized pipeline"),
        ("{{089}}", "1: integer overflow: \"089\""),
        ("{{3k}}", "1: bad number syntax: \"3k\""),
        ("{{template}}", "1: unexpected \"}}\" in template clause"),
        ("{{template foo}}", "1: unexpected \"foo\" in template clause"),
        ("{{define \"x\"}}", "1: unexpected EOF"),
        ("{{define}}{{end}}", "1: unexpected \"}}\" in define clause"),
        ("{{if .a}}{{define \"x\"}}{{end}}{{end}}", "1: unexpected <define> in command"),
        ("{{break}}", "1: {{break}} outside {{range}}"),
        ("{{range .a}}{{define \"x\"}}{{break}}{{end}}{{end}}", "1: unexpected <define> in command"),
        ("{{define \"x\"}}a{{end}}{{define \"x\"}}b{{end}}", "1: template: multiple definition of template \"x\""),
        ("{{$a, $b := .x}}", "1: too many declarations in command"),
        ("{{range $a, .b}}{{end}}", "1: range can only initialize variables"),
        ("{{nil.x}}", "1: unexpected . after term \"nil\""),
        ("{{\"abcdefghijkl\"\"b\"}}", "1: unexpected \"\\\"b\\\"\" in operand"),
        ("{{.a \"abcdefghijkl\"= }}", "1: unexpected \"=\" in operand"),
        ("{{with .a}}{{else if .b}}{{end}}{{end}}", "1: unexpected <if> in input"),
        ("{{:}}", "1: expected :="),
        ("{{\"\\z\"}}", "1: invalid syntax"),
        ("{{'ab'}}", "1: malformed character constant: 'ab'"),
    ] {
        assert_eq!(run(text), Err(format!("template: t:{expected}")), "{text}");
    }
}

#[test]
fn all_faults_of_a_file_are_told() {
    let text = "{{ nope }}\n{{ if $x }}{{ .a @ }}{{ end }}\n{{ \"open }}\n{{ range }}{{ break }}{{ end }}\n{{ .ok }}{{ end }}\n";
    let Err(errors) = exec_of(&[("t", text)], Limits::default()) else { panic!("parsed") };
    let told: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.line, error.message)).collect();
    assert_eq!(
        told,
        [
            "1: function \"nope\" not defined",
            "2: undefined variable \"$x\"",
            "2: unexpected \"@\" in operand",
            "3: unterminated quoted string",
            "4: missing value for range",
            "5: unexpected {{end}}",
        ]
    );
    assert_eq!(errors[1].place.offset, 17);
}

#[test]
fn a_later_file_replaces_templates_unless_blank() {
    let files = [
        ("a", "{{define \"x\"}}1{{end}}{{define \"y\"}}1{{end}}"),
        ("b", "{{define \"x\"}}2{{end}}{{define \"y\"}} \n{{end}}"),
        ("t", "{{template \"x\"}}{{template \"y\"}}"),
    ];
    let mut exec = exec_of(&files, Limits::default()).unwrap();
    assert_eq!(exec.execute("t", &Value::NIL).unwrap().as_bytes(), b"21");
}

#[test]
fn what_tpl_defines_is_gone_afterwards() {
    let text = "{{define \"x\"}}old{{end}}{{define \"show\"}}{{include \"x\" .}}{{end}}\
        {{tpl \"{{define `x`}}new{{end}}{{include `show` .}}{{tpl `{{include \\\"x\\\" .}}` .}}\" .}} {{include \"show\" .}}";
    assert_eq!(run(text).as_deref(), Ok("newnew old"));
    assert!(run("{{tpl \"{{define `q`}}Q{{end}}\" .}}{{include \"q\" .}}").is_err());
}

fn helm_text(files: &[(&str, &str)]) -> String {
    match exec_of(files, Limits::default()) {
        Err(errors) => errors[0].helm(),
        Ok(mut exec) => exec.execute("p/t.yaml", &data()).unwrap_err().helm(),
    }
}

#[test]
fn helm_prints_errors_in_its_own_forms() {
    let one = |text: &str| helm_text(&[("p/t.yaml", text)]);
    assert_eq!(
        one("a: 1\nb: {{ .nope.deep }}"),
        "p/t.yaml:2:11\n  executing \"p/t.yaml\" at <.nope.deep>:\n    nil pointer evaluating interface {}.deep"
    );
    assert_eq!(
        one("{{ define \"d\" }}\n{{ .nope.x }}{{ end }}b: {{ include \"d\" . }}"),
        "p/t.yaml:2:28\n  executing \"p/t.yaml\" at <include \"d\" .>:\n    error calling include:\n\
         p/t.yaml:2:8\n  executing \"d\" at <.nope.x>:\n    nil pointer evaluating interface {}.x"
    );
    assert_eq!(
        one("b: {{ include \"nope\" . }}"),
        "p/t.yaml:1:6\n  executing \"p/t.yaml\" at <include \"nope\" .>:\n    error calling include:\n\
         template: no template \"nope\" associated with template \"gotpl\""
    );
    assert_eq!(
        one("b: {{ index .l 7 }}"),
        "template: p/t.yaml:1:6: executing \"p/t.yaml\" at <index .l 7>: error calling index: index out of range: 7"
    );
    assert_eq!(
        one("b: {{ tpl \"{{ .nope.x }}\" . }}"),
        "template: p/t.yaml:1:6: executing \"p/t.yaml\" at <tpl \"{{ .nope.x }}\" .>: error calling tpl: error during tpl \
         function execution for \"{{ .nope.x }}\": template: gotpl:1:8: executing \"gotpl\" at <.nope.x>: nil pointer evaluating interface {}.x"
    );
    assert_eq!(
        one("b: {{ tpl \"{{ .a \" . }}"),
        "template: p/t.yaml:1:6: executing \"p/t.yaml\" at <tpl \"{{ .a \" .>: error calling tpl: cannot parse template \
         \"{{ .a \": template: gotpl:1: unclosed action"
    );
    assert_eq!(one("b: {{ tpl \"{{ fail \\\"inner\\\" }}\" . }}"), "execution error at (p/t.yaml:1:6): inner");
    assert_eq!(one("{{ if .x }}\n{{ nope }}"), "parse error at (p/t.yaml:2): function \"nope\" not defined");
}

#[test]
fn printf_is_gos() {
    let int = Value::int;
    let text = |text: &str| Value::str(text);
    let float = Value::float;
    let list = Value::list(vec![int(1), text("a"), Value::NIL]);
    let map = of_json(&serde_json::json!({"b": "x", "a": null}));
    for (format, args, expected) in [
        (
            "%d|%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%c|%q|%U|%#U",
            vec![int(65); 17],
            "65|   65|65   |00065|+65| 65|41|41|0x41|101|0101|0o101|1000001|A|'A'|U+0041|U+0041 'A'",
        ),
        (
            "%s|%5s|%-5s|%.1s|%q|%x|%X|% x|%#x|%v|%#v|%+q|%#q",
            vec![text("hé"); 13],
            "hé|   hé|hé   |h|\"hé\"|68c3a9|68C3A9|68 c3 a9|0x68c3a9|hé|\"hé\"|\"h\\u00e9\"|`hé`",
        ),
        (
            "%v|%g|%f|%.2f|%e|%8.3f|%-8.1f|%+.1f|%08.3f|%G|%#g|%6.2e",
            vec![float(3.21987); 12],
            "3.21987|3.21987|3.219870|3.22|3.219870e+00|   3.220|3.2     |+3.2|0003.220|3.21987|3.21987|3.22e+00",
        ),
        ("%d %s %t", vec![float(5.0), float(5.0), text("x")], "%!d(float64=5) %!s(float64=5) %!t(string=x)"),
        ("%s %d %v %x", vec![Value::NIL; 4], "%!s(<nil>) %!d(<nil>) <nil> %!x(<nil>)"),
        ("%d", vec![], "%!d(MISSING)"),
        ("x", vec![int(1), text("a"), Value::NIL], "x%!(EXTRA int=1, string=a, <nil>)"),
        ("%", vec![], "%!(NOVERB)"),
        ("%z %!", vec![int(1)], "%!z(int=1) %!!(MISSING)"),
        ("100%%", vec![], "100%"),
        ("%[2]d %[1]d %d", vec![int(1), int(2)], "2 1 2"),
        ("%[3]d", vec![int(1)], "%!d(BADINDEX)"),
        ("%*d|%-*d|%.*f", vec![int(4), int(1), int(3), int(2), int(1), float(2.55)], "   1|2  |2.5"),
        ("%*d", vec![text("x"), int(1)], "%!(BADWIDTH)1"),
        (
            "%v %+v %#v %T",
            vec![list.clone(); 4],
            "[1 a <nil>] [1 a <nil>] []interface {}{1, \"a\", interface {}(nil)} []interface {}",
        ),
        ("%d %s", vec![list; 2], "[1 %!d(string=a) <nil>] [%!s(int=1) a <nil>]"),
        (
            "%v %#v %T %s",
            vec![map; 4],
            "map[a:<nil> b:x] map[string]interface {}{\"a\":interface {}(nil), \"b\":\"x\"} map[string]interface {} map[a:<nil> b:x]",
        ),
        ("%t %v %5t|%q", vec![Value::bool(true); 4], "true true  true|%!q(bool=true)"),
        (
            "%d %v %s",
            vec![Value::Int(Mark::NONE, crate::value::IntType::Duration, 1_500_000_000); 3],
            "1500000000 1.5s 1.5s",
        ),
        ("%T %T %T %T", vec![int(1), Value::int64(1), float(1.0), Value::NIL], "int int64 float64 <nil>"),
        ("%s %v %x %d", vec![Value::Bytes(Mark::NONE, Rc::new("hi".into())); 4], "hi [104 105] 6869 [104 105]"),
        (
            "%6.2f%%|%+v|%03d|%.3d|%.0d|%x",
            vec![float(99.5), float(1e6), int(-7), int(7), int(0), int(-255)],
            " 99.50%|1e+06|-07|007||-ff",
        ),
        ("%w", vec![text("x")], "%!w(string=x)"),
        ("%5d|%-8q|%08b", vec![float(1.0), text("a"), int(5)], "%!d(float64=    1)|\"a\"     |00000101"),
    ] {
        let got = format::sprintf(format.as_bytes(), &args);
        assert_eq!(String::from_utf8_lossy(&got), expected, "{format}");
    }
}

#[test]
fn durations_print_as_in_go() {
    for (nanoseconds, expected) in [
        (0, "0s"),
        (1, "1ns"),
        (1_100, "1.1µs"),
        (2_200_000, "2.2ms"),
        (61_000_000_000, "1m1s"),
        (3_600_000_000_000, "1h0m0s"),
        (-1_500_000_000, "-1.5s"),
    ] {
        assert_eq!(format::duration(nanoseconds), expected);
    }
}

/// Runs with each limit one under, at and one over what is needed: only the first fails, by the limit's name.
fn limit_holds(text: &str, needed: u64, name: &str, set: fn(&mut Limits, u64)) {
    for (limit, fits) in [(needed - 1, false), (needed, true), (needed + 1, true)] {
        let mut limits = Limits::default();
        set(&mut limits, limit);
        let got = run_within(text, limits);
        assert_eq!(got.is_ok(), fits, "{name} {limit}: {got:?}");
        if let Err(message) = got {
            assert!(message.contains(&format!("limit `{name}` of {limit} exceeded")), "{message}");
        }
    }
}

#[test]
fn budgets_hold() {
    limit_holds("{{range 5}}{{end}}", 5, "loop-rounds", |limits, limit| limits.loops = limit);
    limit_holds("abcdef{{.i}}", 8, "output-file-bytes", |limits, limit| limits.output_file_bytes = limit);
    limit_holds("abcdef{{.i}}", 8, "output-bytes", |limits, limit| limits.output_bytes = limit);
    limit_holds("{{print \"abc\" \"def\"}}", 6, "string-bytes", |limits, limit| limits.string_bytes = limit);
    limit_holds("{{printf \"%10d\" 1}}", 10, "string-bytes", |limits, limit| limits.string_bytes = limit);
    limit_holds("{{((1))}}", 2, "template-depth", |limits, limit| limits.template_depth = limit);
    limit_holds("{{if 1}}{{with 1}}x{{end}}{{end}}", 2, "template-depth", |limits, limit| {
        limits.template_depth = limit
    });
    limit_holds("a{{.i}}", 5, "template-tokens", |limits, limit| limits.template_tokens = limit);
    limit_holds("{{printf \"%v\" (list (list 1))}}", 2, "value-depth", |limits, limit| limits.value_depth = limit);
    let nested = "{{define \"d\"}}{{if .}}{{template \"d\" (slice . 1)}}{{end}}{{end}}{{template \"d\" \"abc\"}}";
    limit_holds(nested, 4, "include-depth", |limits, limit| limits.include_depth = limit);
    let included = "{{define \"d\"}}{{if .}}{{include \"d\" (slice . 1)}}{{end}}{{end}}{{include \"d\" \"abc\"}}";
    limit_holds(included, 4, "include-depth", |limits, limit| limits.include_depth = limit);
    limit_holds("{{((1))}}", 4, "evaluation-depth", |limits, limit| limits.evaluation_depth = limit);
    limit_holds("{{tpl \"abc\" .}}{{tpl \"abc\" .}}{{tpl \"d\" .}}", 4, "inline-bytes", |limits, limit| {
        limits.inline_bytes = limit;
    });
    limit_holds("a{{.i}}", 3, "template-steps", |limits, limit| limits.steps = limit);
}

#[test]
fn endless_recursion_ends() {
    let got = run_within("{{define \"r\"}}{{include \"r\" .}}{{end}}{{include \"r\" .}}", Limits::default());
    assert!(got.unwrap_err().contains("limit `include-depth` of 2000 exceeded"));
    let got = run_within("{{define \"r\"}}{{template \"r\" .}}{{end}}{{template \"r\" .}}", Limits::default());
    assert!(got.unwrap_err().contains("limit `include-depth` of 2000 exceeded"));
}

#[test]
fn the_deepest_evaluation_fits_the_stack() {
    let call = format!("{}include \"r\" .{}", "print (".repeat(20), ")".repeat(20));
    let got = run_within(&format!("{{{{define \"r\"}}}}{{{{{call}}}}}{{{{end}}}}{{{{{call}}}}}"), Limits::default());
    assert!(got.unwrap_err().contains("limit `evaluation-depth` of 20000 exceeded"));
    let chained = format!("{{{{if 0}}}}{}{{{{else if 1}}}}x{{{{end}}}}", "{{else if 0}}".repeat(400));
    assert_eq!(run_within(&chained, Limits::default()).as_deref(), Ok("x"));
}

#[test]
fn values_in_themselves_do_not_print_forever() {
    let mut exec = exec_of(&[("t", "{{.}}")], Limits::default()).unwrap();
    let data = data();
    data.as_map().unwrap().insert("self", data.clone());
    let error = exec.execute("t", &data).unwrap_err();
    assert!(error.exceeded().is_some());
    data.as_map().unwrap().remove("self");
}

/// A value with a leaf, as a reader of values files makes it.
fn leaf(exec: &mut Exec, source: SourceId, value: Value) -> Value {
    let span = Span::new(source, 0, 3);
    let mark = exec.origins.leaf(Leaf { span, parent: Mark::NONE, key: Key::Root });
    value.with_mark(mark)
}

#[test]
fn every_byte_knows_where_it_was_born() {
    let text = "ab\n{{define \"d\"}}<{{.}}>{{end}}{{include \"d\" .v}}{{printf \"x%s-%d\" .v .n}}{{`raw`}}{{upper .v}}";
    let mut exec = exec_of(&[("t", text)], Limits::default()).unwrap();
    let source = exec.sources.add("values.yaml", "abc".as_bytes());
    let v = leaf(&mut exec, source, Value::str("val"));
    let n = leaf(&mut exec, source, Value::int(5));
    let (v_mark, n_mark) = (v.mark(), n.mark());
    let data = Value::map(vec![("v".into(), v), ("n".into(), n)]);
    let out = exec.execute("t", &data).unwrap();
    assert_eq!(out.to_str(), "ab\n<val>xval-5rawVAL");
    let origin = |at: usize| {
        let (run, start) = out.run_at(at).unwrap();
        let origin = exec.origins.get_origin(run.mark).unwrap();
        let offset =
            if run.at == crate::origin::NO_OFFSET { None } else { Some(run.at + u32::try_from(at).unwrap() - start) };
        (origin, offset)
    };
    // Literal bytes stand in the template at node + offset.
    for (at, byte) in out.as_bytes().iter().enumerate() {
        let (origin, offset) = origin(at);
        if let (true, Some(offset)) = (origin.leaf.is_none(), offset) {
            assert_eq!(text.as_bytes()[(origin.frame.place.offset + offset) as usize], *byte, "byte {at}");
        }
    }
    assert_eq!(origin(4).0.leaf, v_mark);
    assert_eq!(origin(5).1, Some(1));
    assert!(exec.origins.get_link(origin(4).0.frame.chain).is_some());
    assert_eq!(origin(9).0.leaf, v_mark);
    assert_eq!(origin(13).0.leaf, n_mark);
    assert_eq!(exec.origins.leaves_of(out.run_at(18).unwrap().0.mark), [v_mark]);
}

#[test]
fn items_of_a_printed_collection_name_their_own_leaves() {
    let text = "{{.list}}{{print .list}}";
    let mut exec = exec_of(&[("t", text)], Limits::default()).unwrap();
    let source = exec.sources.add("values.yaml", "abc".as_bytes());
    let (a, b) = (leaf(&mut exec, source, Value::str("one")), leaf(&mut exec, source, Value::int(2)));
    let marks = [a.mark(), b.mark()];
    let list = leaf(&mut exec, source, Value::list(vec![a, b]));
    let out = exec.execute("t", &Value::map(vec![("list".into(), list)])).unwrap();
    assert_eq!(out.to_str(), "[one 2][one 2]");
    for (at, leaves) in [(0, vec![]), (1, vec![marks[0]]), (4, vec![]), (5, vec![marks[1]]), (6, vec![])] {
        for at in [at, at + 7] {
            let (run, _) = out.run_at(at).unwrap();
            assert_eq!(exec.origins.leaves_of(run.mark), leaves, "byte {at}");
        }
    }
}

#[test]
fn decisions_are_recorded_when_that_is_asked_for() {
    let text = "{{if .yes}}a{{else}}b{{end}}{{range .list}}c{{end}}{{or .no .yes}}";
    let data = || {
        let entries =
            [("yes", Value::bool(true)), ("no", Value::bool(false)), ("list", Value::list(vec![Value::NIL; 3]))];
        Value::map(entries.map(|(key, value)| (key.into(), value)).into())
    };
    for recorded in [true, false] {
        let mut exec = exec_of(&[("t", text)], Limits::default()).unwrap();
        if recorded {
            exec.origins = Origins::new(true).with_decisions();
        }
        assert_eq!(exec.execute("t", &data()).unwrap().to_str(), "accctrue");
        let found: Vec<_> =
            exec.origins.decisions().iter().map(|it| (it.frame.place.offset, it.of_block, it.way)).collect();
        let offset = |needle: &str| u32::try_from(text.find(needle).unwrap()).unwrap();
        let all = [(offset(".yes"), true, 1), (offset(".list"), true, 3), (offset("or"), false, 1)];
        assert_eq!(found, if recorded { all.to_vec() } else { vec![] });
    }
}

#[test]
fn literal_bytes_of_a_text_given_to_tpl_keep_their_leaves() {
    let text = "{{tpl (print .v \"-\" .w) .}}";
    let mut exec = exec_of(&[("t", text)], Limits::default()).unwrap();
    let source = exec.sources.add("values.yaml", "abc".as_bytes());
    let v = leaf(&mut exec, source, Value::str("lit{{`con`}}"));
    let w = leaf(&mut exec, source, Value::str("eral"));
    let (v_mark, w_mark) = (v.mark(), w.mark());
    let data = Value::map(vec![("v".into(), v), ("w".into(), w)]);
    let out = exec.execute("t", &data).unwrap();
    assert_eq!(out.to_str(), "litcon-eral");
    for (at, leaves) in [(0, vec![v_mark]), (3, vec![v_mark]), (6, vec![]), (7, vec![w_mark]), (10, vec![w_mark])] {
        let (run, _) = out.run_at(at).unwrap();
        assert_eq!(exec.origins.leaves_of(run.mark), leaves, "byte {at}");
    }
    // The constant stands at byte 6 of the first leaf, behind `lit{{` and a backquote.
    assert_eq!(out.run_at(3).unwrap().0.at, 6);
}

#[test]
fn a_result_made_of_rendered_text_names_all_of_it() {
    let text = "{{define \"d\"}}a{{.v}}b{{.n}}{{end}}{{include \"d\" . | upper}}";
    let mut exec = exec_of(&[("t", text)], Limits::default()).unwrap();
    let source = exec.sources.add("values.yaml", "abc".as_bytes());
    let v = leaf(&mut exec, source, Value::str("val"));
    let n = leaf(&mut exec, source, Value::int(5));
    let marks = [v.mark(), n.mark()];
    let data = Value::map(vec![("v".into(), v), ("n".into(), n)]);
    let out = exec.execute("t", &data).unwrap();
    assert_eq!(out.to_str(), "AVALB5");
    let (run, _) = out.run_at(0).unwrap();
    assert_eq!(exec.origins.leaves_of(run.mark), marks);
    assert!(exec.origins.origins_of(run.mark).len() > 3);
}

#[test]
fn without_tracking_the_output_is_the_same() {
    let text = "{{range $k, $v := .m}}{{$k}}{{printf \"%s%d\" $k $v}}{{end}}";
    let mut exec = exec_of(&[("t", text)], Limits::default()).unwrap();
    exec.origins = Origins::new(false);
    let out = exec.execute("t", &data()).unwrap();
    assert_eq!(out.to_str(), "aa1bb2");
    assert!(out.runs().is_empty());
}
