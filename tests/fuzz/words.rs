//! What mutations insert: pieces of templates, YAML, versions and arguments that engines have stumbled over.

use chartsec::functions;
use chartsec::template::{Function, Type};

use crate::rng::Rng;

/// Go's own functions, which the tables of Sprig and Helm do not have.
const BUILTINS: &[&str] = &[
    "and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "call", "eq",
    "ne", "lt", "le", "gt", "ge",
];

const ACTIONS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{- end }}",
    "{{ end }}",
    "{{ else }}",
    "{{ else if . }}",
    "{{ else with . }}",
    "{{ if . }}",
    "{{ with . }}",
    "{{ range . }}",
    "{{ range $i, $e := . }}",
    "{{ range 3 }}",
    "{{ range 9999999999 }}",
    "{{ range until 2000000 }}",
    "{{ break }}",
    "{{ continue }}",
    "{{ define \"x\" }}",
    "{{ template \"x\" . }}",
    "{{ block \"x\" . }}",
    "{{ include \"x\" . }}",
    "{{ $x := . }}",
    "{{ $x = . }}",
    "{{ $x }}",
    "{{/*",
    "*/}}",
    "{{ . }}",
    "{{ $ }}",
    "{{ nil }}",
    "{{ .Values }}",
    "{{ .Files }}",
    "{{ .Chart }}",
    "{{ .Capabilities }}",
    "{{ .Subcharts }}",
    "{{ tpl (toYaml .Values) . }}",
    "{{ toYaml . }}",
    "{{ toJson $ }}",
    "{{ set . \"x\" . }}",
    "{{ tpl . $ }}",
    "{{ $_ := set .Values \"x\" .Values }}",
    "{{ .Values.x.y.z }}",
    "{{ (.Values) }}",
    "{{ ((((",
    "))))",
    "|",
    "\"",
    "`",
    "'",
    "\\",
    ":=",
    "0x",
    "1e309",
    "9223372036854775807",
    "-9223372036854775808",
    "0777",
    "1_0",
    "'\\u0000'",
    "1i",
];

const YAML: &[&str] = &[
    "&a ",
    "*a",
    "<<: *a",
    "&a [*a]",
    "!!binary ",
    "!!float ",
    "!!int ",
    "!!map ",
    "!!set ",
    "!!null ",
    "!!timestamp ",
    "!x ",
    "? ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "[[",
    "{{",
    "|",
    ">",
    "|-",
    ">+9",
    "|1",
    "---\n",
    "...\n",
    "--- ",
    "%YAML 9.9\n",
    "%TAG ! x\n",
    "\t",
    "#",
    "\"",
    "'",
    "~",
    "null",
    "NaN",
    ".nan",
    ".inf",
    "1e400",
    "0o7",
    "0x_",
    "0b",
    "1:2:3",
    "2001-01-01",
    "yes",
    "=",
    "<<",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "\r",
    "\r\n",
    "\u{1b}[2J",
    "@",
    "`",
    ",",
    "\"\\x4\"",
    "\"\\uD800\"",
    "\"\\U0010FFFF\"",
    "a: {a: {a: {a: ",
    "[[[[[[[[",
    "- - - - - ",
    "? ? ? ? ",
    "1.0.0+x",
    "18446744073709551616",
];

const KEYS: &[&str] = &[
    "apiVersion: v1",
    "apiVersion: v2",
    "kind: Pod",
    "kind: List\nitems: [1, null, {}]",
    "name: ../x",
    "version: 1",
    "type: library",
    "dependencies: [null]",
    "dependencies:\n- name: a\n  version: \">=1\"\n  alias: b",
    "condition: a.b.c",
    "tags: [a]",
    "import-values: [{child: a, parent: .}]",
    "import-values: [a, 1, null]",
    "maintainers: [null]",
    "annotations: {helm.sh/hook: \"pre-install,x\", helm.sh/hook-weight: x}",
    "kubeVersion: \">=1.2 <\"",
    "global: null",
    "spec: {containers: null}",
    "spec: {template: {spec: {containers: [{}, 1, null]}}}",
    "metadata: []",
    "metadata: {name: 1}",
    "containers: {a: 1}",
    "securityContext: []",
    "ports: [{containerPort: x}]",
    "volumes: [{hostPath: 1}]",
];

const STRINGS: &[&str] = &[
    "",
    "a",
    "x y",
    "%d %s %v %[3]*.[2]*[1]f %!",
    "%1000000000d",
    "{{ . }}",
    "{{ tpl \"{{ . }}\" . }}",
    "(a*)*b",
    "((a{99}){99}){99}",
    "[[:alpha:]]\\pL(?P<x>y)$1",
    "../x",
    "/etc/passwd",
    "**",
    "{",
    "2006-01-02T15:04:05Z07:00",
    "2024-02-30",
    "-1h",
    "9999999h",
    ">=1.2.3 || <2 ^1.x",
    "1.2.3-a+b",
    "a: [1, {b: c}]\n",
    "{\"a\":[1,null,{\"b\":1e999}]}",
    "a = 1\n[b]\nc=[1]",
    "\u{0}\u{1b}[31m",
    "é漢😀",
    "-----BEGIN RSA PRIVATE KEY-----",
    "MTIz",
    "65537",
    "-1",
    "1e5",
    "0x1p-2",
    "NaN",
    "a.b.c",
    "http://u:p@[::1]:80/a?b#c",
    "TITLE case_with-parts",
    "\n\n",
    "UTC",
    "Europe/Berlin",
    "../../etc/passwd",
    "$1${2}",
    "x",
];

const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "3",
    "10",
    "64",
    "255",
    "65536",
    "1000000",
    "9223372036854775807",
    "-9223372036854775808",
    "2147483648",
    "(int 3)",
    "(len .)",
];

const ANY: &[&str] = &[
    "nil",
    "true",
    "false",
    ".",
    "$",
    ".Values",
    ".Chart",
    ".Files",
    "1.5",
    "'x'",
    "(list)",
    "(list 1 \"a\" nil 2.5 true)",
    "(list (list 1) (dict))",
    "(dict)",
    "(dict \"a\" 1 \"b\" (list 1))",
    "(tuple 3 1 2)",
    "(now)",
    "(until 5)",
    "(split \".\" \"a.b\")",
    "(fromYaml \"a: {b: [1, 2.5, null]}\")",
    "(fromJsonArray \"[1,2]\")",
    "(int64 7)",
    "(float64 7)",
    "(typeOf .)",
    "(urlParse \"a://b\")",
    "(semver \"1.2.3\")",
    "(toBytes \"x\")",
    "(.Files.Glob \"**\")",
    ".Capabilities.APIVersions",
    "(genCA \"x\" 1)",
];

/// A word of the dictionary that suits any text.
pub(crate) fn word(rng: &mut Rng) -> String {
    match rng.below(8) {
        0 | 1 => rng.pick(ACTIONS).to_owned(),
        2 | 3 => rng.pick(YAML).to_owned(),
        4 => format!("\n{}\n", rng.pick(KEYS)),
        5 => rng.pick(STRINGS).to_owned(),
        _ => format!("{{{{ {} }}}}", pipeline(rng, 3)),
    }
}

/// A word for YAML files.
pub(crate) fn yaml(rng: &mut Rng) -> String {
    match rng.below(6) {
        0 => format!("\n{}\n", rng.pick(KEYS)),
        1 => rng.pick(STRINGS).to_owned(),
        _ => rng.pick(YAML).to_owned(),
    }
}

/// An argument of `--set`.
pub(crate) fn set(rng: &mut Rng) -> String {
    let pieces = [
        "a",
        "b.c",
        "[0]",
        "[65536]",
        "[99999999999]",
        "[-1]",
        "=",
        ",",
        "{",
        "}",
        "\\",
        "\\,",
        ".",
        "1",
        "true",
        "null",
        "é",
        "a[0][0][1].b=1",
        "{1,{2,3}}",
        "global.x=",
        "a=1",
        "=,=",
        "x.y.z=w",
        "name={a,b",
        "\"",
        "[",
        "]",
        "0777",
        "1e3",
    ];
    (0..=rng.below(8)).map(|_| rng.pick(&pieces)).collect()
}

/// A pipeline of calls; `depth` calls inside calls at most.
pub(crate) fn pipeline(rng: &mut Rng, depth: usize) -> String {
    let mut text = call(rng, depth);
    for _ in 0..rng.below(3) {
        text.push_str(" | ");
        text.push_str(&call(rng, depth.saturating_sub(1)));
    }
    text
}

fn call(rng: &mut Rng, depth: usize) -> String {
    if rng.once_in(6) {
        let name = rng.pick(BUILTINS);
        let arguments: Vec<String> = (0..rng.below(4)).map(|_| argument(rng, Type::Any, depth)).collect();
        return format!("{name} {}", arguments.join(" "));
    }
    let all: Vec<&'static Function> = functions::names().filter_map(functions::lookup).collect();
    let function = all[rng.below(all.len())];
    let mut text = function.name.to_owned();
    let mut add = |rng: &mut Rng, of: Type| {
        text.push(' ');
        text.push_str(&argument(rng, of, depth));
    };
    // One argument too few leaves room for a pipe.
    let fixed = function.params.len().saturating_sub(usize::from(function.variadic || rng.once_in(6)));
    function.params.iter().take(fixed).for_each(|of| add(rng, *of));
    if let Some(last) = function.params.last().filter(|_| function.variadic) {
        for _ in 0..rng.below(4) {
            add(rng, *last);
        }
    }
    text
}

fn argument(rng: &mut Rng, of: Type, depth: usize) -> String {
    if depth > 0 && rng.once_in(4) {
        return format!("({})", pipeline(rng, depth - 1));
    }
    let of = if rng.once_in(8) { Type::Any } else { of };
    let string = |rng: &mut Rng| format!("{:?}", rng.pick(STRINGS)).replace("\\u{", "\\x{").replace("\\x{0}", "\\x00");
    match of {
        Type::String => string(rng),
        Type::Int | Type::Int64 => rng.pick(INTS).to_owned(),
        Type::Map => rng
            .pick(&["(dict)", ".Values", "$", "(dict \"a\" 1 \"b\" (dict \"c\" (list 1)))", "(dict \"x\" .Values)"])
            .to_owned(),
        Type::List | Type::Strings => {
            rng.pick(&["(list)", "(list 3 1 2)", "(list \"b\" \"a\" nil)", "(list . (list))"]).to_owned()
        }
        Type::Bool => rng.pick(&["true", "false"]).to_owned(),
        Type::Float64 => rng.pick(&["1.5", "-0.0", "1e308", "(float64 \"NaN\")"]).to_owned(),
        _ => match rng.below(3) {
            0 => string(rng),
            1 => rng.pick(INTS).to_owned(),
            _ => rng.pick(ANY).to_owned(),
        },
    }
}
