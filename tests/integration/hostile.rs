//! Charts that mean harm: each ends with an answer, within a few seconds of CPU time and a gigabyte of address space.
//!
//! Letters and numbers are those of the catalogue the cases come from: E templates, P and F file contents, H charts that Helm
//! had to be mended for. Stacks are those of a build without optimization, where frames are largest.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::chart::{METADATA, Made};

/// CPU seconds of one command; code without optimization takes longer.
const SECONDS: u32 = if cfg!(debug_assertions) { 60 } else { 3 };
/// KiB of address space, 256 MiB of stack included.
const MEMORY: u32 = 1 << 20;

/// A name, a chart, and what `lint` or `render` must say of it; nothing in particular when it may as well be good.
type Case = (String, Made, &'static str);

fn case(name: &str, chart: Made, says: &'static str) -> Case {
    (name.to_owned(), chart, says)
}

fn template(name: &str, text: impl AsRef<[u8]>, says: &'static str) -> Case {
    case(name, Made::template(text), says)
}

/// An expression whose result is not printed.
fn silent(name: &str, expression: &str, says: &'static str) -> Case {
    template(name, format!("{{{{ $x := {expression} }}}}"), says)
}

fn recursion() -> Vec<Case> {
    let ring = |names: usize, call: &str| -> String {
        let next =
            |n: usize| format!("{{{{ define \"n{n}\" }}}}{{{{ {call} \"n{}\" . }}}}{{{{ end }}}}", (n + 1) % names);
        (0..names).map(next).collect::<String>() + &format!("{{{{ {call} \"n0\" . }}}}")
    };
    let double = (0..31).map(|n| {
        format!(
            "{{{{ define \"d{n}\" }}}}{{{{ include \"d{}\" . }}}}{{{{ include \"d{}\" . }}}}{{{{ end }}}}",
            n + 1,
            n + 1
        )
    });
    let double = double.collect::<String>() + "{{ define \"d31\" }}xxxxxxxxxx{{ end }}{{ include \"d0\" . }}";
    let nested = |open: &str, inner: &str, close: &str, times: usize| open.repeat(times) + inner + &close.repeat(times);
    vec![
        template("E1 include of itself", ring(1, "include"), "nested reference name"),
        template("E2 includes in a ring", ring(10, "include"), "limit `include-depth`"),
        template("E3 a long ring", ring(1_001, "include"), "limit `include-depth`"),
        template(
            "E4 tpl of itself",
            "{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t) }}",
            "limit `include-depth`",
        ),
        template("E5 template of itself", ring(1, "template"), "limit `include-depth`"),
        template("E5 block of itself", "{{ block \"\" . }}{{ template \"\" . }}{{ end }}", ""),
        template("E6 doubling includes", double, "limit `"),
        template("E7 a long list", "{{ range until 50000000 }}{{ end }}", "limit `list-items`"),
        template("E8 a long loop", "{{ range 100000000000 }}{{ end }}", "limit `loop-rounds`"),
        template(
            "E9 loops in loops",
            "{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}{{ end }}{{ end }}{{ end }}",
            "limit `loop-rounds`",
        ),
        template("E15 parentheses", format!("{{{{ {} }}}}", nested("(", "1", ")", 500_000)), "limit `template-depth`"),
        template("E15 open parentheses", format!("{{{{ {}", "(".repeat(1_000_000)), "limit `template-depth`"),
        template("E15 conditions", nested("{{ if 1 }}", "x", "{{ end }}", 100_000), "limit `template-depth`"),
        template("E15 conditions at the limit", nested("{{ if 1 }}", "x: 1", "{{ end }}", 490), ""),
        template(
            "E15 else if",
            format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}".repeat(50_000)),
            "limit `template-depth`",
        ),
        template("E15 a long pipe", format!("{{{{ 1{} }}}}", " | int".repeat(200_000)), ""),
        template("E15 a long chain", format!("{{{{ .Values{} }}}}", ".a".repeat(400_000)), ""),
        template("E15 many arguments", format!("{{{{ list{} | len }}}}", " 1".repeat(400_000)), ""),
        template("E15 a long number", format!("{{{{ {} }}}}", "9".repeat(1_000_000)), ""),
        template("E15 a long string", format!("{{{{ {:?} | len }}}}", "9".repeat(4_000_000)), ""),
        template("E15 no end", "{{", "unclosed action"),
        template("E15 comment without end", "{{/*", "unclosed comment"),
    ]
}

fn growth() -> Vec<Case> {
    let doubled = |step: &str| {
        format!("{{{{ $x := \"xxxxxxxx\" }}}}{{{{ range 60 }}}}{{{{ $x = {step} }}}}{{{{ end }}}}{{{{ $x }}}}")
    };
    let grown = |start: &str, rounds: u32, step: &str| {
        format!("{{{{ $x := {start} }}}}{{{{ range {rounds} }}}}{{{{ $x = {step} }}}}{{{{ end }}}}")
    };
    let often = |expression: &str| format!("{{{{ range 1000000 }}}}{{{{ $x := {expression} }}}}{{{{ end }}}}");
    let large = "{{ $s := repeat 1000000 \"aaaaaaaa\" }}{{ $l := until 900000 }}";
    let heavy = |expression: &str| format!("{large}{}", often(expression));
    let mut cases = vec![
        silent("E10 repeat", "repeat 100000000 \"X\"", "limit `string-bytes`"),
        silent("E10 repeat largest", "repeat 9223372036854775807 \"XX\"", "limit `string-bytes`"),
        silent("E10 repeat below zero", "repeat -1 \"X\"", "negative Repeat count"),
        silent("E10 indent", "indent 100000000 \"a\"", "limit `string-bytes`"),
        silent("E10 indent below zero", "indent -1 \"a\"", "negative Repeat count"),
        silent("E10 nindent of lines", "nindent 100000 (repeat 100000 \"a\\n\")", "limit `string-bytes`"),
        silent("E10 randAlpha", "randAlpha 50000000", "limit `string-bytes`"),
        silent("E10 randBytes", "randBytes 50000000", "limit `string-bytes`"),
        silent("E10 seq", "seq 1 50000000", "limit `"),
        silent("E10 untilStep", "untilStep 0 9223372036854775807 1", "limit `list-items`"),
        silent("E10 untilStep over the end", "untilStep 9223372036854775800 9223372036854775807 3", ""),
        silent("E10 untilStep by zero", "untilStep 0 10 0", ""),
        silent(
            "E10 trunc and substr",
            "list (trunc 9 \"é\") (trunc -1 \"é\") (trunc 1 \"é\") (substr -1 9 \"a\") (substr 2 1 \"abc\") | toString",
            "",
        ),
        silent("E10 slice out of range", "slice (list 1 2) 3 1", ""),
        silent(
            "E10 smallest integer",
            "list (div -9223372036854775808 -1) (mod -9223372036854775808 -1) (mul 9223372036854775807 9) | toString",
            "",
        ),
        silent("E10 wrap", "wrapWith 1 (repeat 1000000 \"ab\") (repeat 1000000 \"a \")", "limit `string-bytes`"),
        silent("E10 replace", "replace \"\" (repeat 1000 \"x\") (repeat 1000000 \"y\")", "limit `string-bytes`"),
        silent(
            "E10 regexReplaceAll",
            "regexReplaceAll \"\" (repeat 1000000 \"y\") (repeat 1000 \"x\")",
            "limit `string-bytes`",
        ),
        silent("E10 splitList", "splitList \"\" (repeat 2000000 \"y\")", "limit `list-items`"),
        silent("E10 regexFindAll", "regexFindAll \"\" (repeat 2000000 \"y\") -1", "limit `list-items`"),
        silent("E10 chunk", "chunk 0 (until 10)", ""),
        silent("E10 join", "join (repeat 1000 \"-\") (until 900000)", "limit `string-bytes`"),
        silent("E11 printf width", "printf \"%1000000000d\" 1", ""),
        silent("E11 printf widths", "printf (repeat 100 \"%999999d\") 1", "limit `string-bytes`"),
        silent("E11 printf star", "printf \"%*d%[9]*.[7]*[8]f%!\" 999999999999 1", ""),
        silent("E11 printf precision", "printf \"%.999999f\" 1e308", ""),
        silent("E11 round", "round 1.5 2147483647", ""),
        template("E10 doubling by printf", doubled("printf \"%s%s\" $x $x"), "limit `string-bytes`"),
        template("E10 doubling by cat", doubled("cat $x $x"), "limit `string-bytes`"),
        template("E10 doubling by quote", doubled("quote $x | quote | quote | quote"), "limit `string-bytes`"),
        template("E10 doubling by tpl", doubled("tpl (print $x $x) $"), "limit `"),
        template("E10 doubling by print of a list", doubled("print (list $x $x)"), "limit `string-bytes`"),
        template("E10 doubling by hex", doubled("printf \"%x\" $x"), "limit `string-bytes`"),
        template("E10 doubling lists", grown("list 1", 60, "concat $x $x"), "limit `list-items`"),
        template("E10 nesting lists", grown("list 1", 100_000, "list $x") + "{{ toYaml $x }}", "limit `value-depth`"),
        template("E10 nesting lists for nothing", grown("list 1", 400_000, "list $x"), ""),
        template("E10 nesting maps for nothing", grown("dict", 400_000, "dict \"a\" $x"), ""),
        template("E10 shared lists", grown("list 1", 64, "list $x $x") + "{{ toJson $x }}", "limit `"),
        template(
            "E10 shared lists compared",
            grown("list 1", 64, "list $x $x")
                + "{{ $y := list 1 }}{{ range 64 }}{{ $y = list $y $y }}{{ end }}{{ deepEqual $x $y }}",
            "limit `template-steps`",
        ),
        template(
            "E14 shared maps merged",
            grown("dict \"a\" 1", 64, "dict \"a\" $x \"b\" $x") + "{{ $y := mergeOverwrite (dict) $x (deepCopy $x) }}",
            "limit `template-steps`",
        ),
    ];
    // Loops whose rounds are dear.
    for expression in [
        "sha256sum $s",
        "b64enc $s",
        "upper $s",
        "len (print $s)",
        "append $l 1",
        "prepend $l 1",
        "reverse $l",
        "rest $l",
        "without $l 1",
        "uniq $l",
        "has -1 $l",
        "sortAlpha $l",
        "toJson $l",
        "regexMatch \"b$\" $s",
        "contains \"b\" $s",
        "eq $s (print $s \"x\")",
        "trimSuffix \"b\" $s",
        "fromJson $s",
        "semver $s",
        "adler32sum $s",
        "urlquery $s",
        "html $s",
        "splitList \"b\" $s",
        "hasKey (dict) $s",
        "set (dict) $s 1",
        "atoi $s",
        "int $s",
        "toDate \"2006\" $s",
        "untitle $s",
        "nospace $s",
        "camelcase $s",
        "initials $s",
        "index $l 5",
        "slice $l 1",
        "keys (dict \"a\" 1)",
        "toString $l",
        "join \",\" $l",
        "compact $l",
        "deepEqual $l $l",
        "kindOf $l",
        "concat $l",
        "chunk 10 $l",
        "regexMatch (print \"(a|b){1,900}\" (randNumeric 9)) \"\"",
        "regexFind (print \"\\\\pL{90}\" (randNumeric 9)) \"\"",
        "$.Files.Glob (print \"{a,b}*\" (randNumeric 9))",
        "tpl (randAlphaNum 200) $",
        "derivePassword 1 \"long\" \"a\" \"b\" \"c\"",
    ] {
        cases.push(template(&format!("E10 a million times {expression}"), heavy(expression), ""));
    }
    for expression in [
        "bcrypt \"a\"",
        "htpasswd \"a\" \"b\"",
        "derivePassword 1 \"long\" \"a\" \"b\" \"c\"",
        "genCA \"a\" 1",
        "genPrivateKey \"ecdsa\"",
        "genPrivateKey \"ed25519\"",
        "genSelfSignedCert \"a\" (list) (list) 1",
    ] {
        cases.push(template(
            &format!("E12 a thousand times {expression}"),
            format!("{{{{ range 1000 }}}}{{{{ $x := {expression} }}}}{{{{ end }}}}"),
            "limit `crypto-calls`",
        ));
    }
    cases
}

fn cycles() -> Vec<Case> {
    let uses = [
        "toYaml $a",
        "toJson $a",
        "toPrettyJson $a",
        "toToml $a",
        "print $a",
        "printf \"%v\" $a",
        "printf \"%#v\" $a",
        "toString $a",
        "quote $a",
        "html $a",
        "deepCopy $a",
        "merge (dict) $a",
        "mergeOverwrite $a $a",
        "mustMergeOverwrite (dict \"x\" (dict)) $a",
        "deepEqual $a (dict \"x\" $a)",
        "eq $a $a",
        "values $a",
        "omit $a \"y\"",
        "pick $a \"x\"",
        "dig \"x\" \"x\" \"x\" 1 $a",
        "cat $a",
        "join \"\" (list $a)",
        "uniq (list $a $a)",
        "has $a (list $a)",
        "tpl \"{{ . }}\" $a",
        "len $a",
        "kindOf $a",
        "toStrings (list $a)",
        "sortAlpha (list $a $a)",
        "regexMatch \"a\" (toString $a)",
        "fail (print $a)",
        "js $a",
        "urlquery $a",
    ];
    let one = "{{ $a := dict }}{{ $_ := set $a \"x\" $a }}";
    let two = "{{ $a := dict }}{{ $b := dict \"a\" $a }}{{ $_ := set $a \"x\" (list $b) }}";
    let mut cases = Vec::new();
    for expression in uses {
        cases.push(template(&format!("E13 {expression}"), format!("{one}{{{{ $y := {expression} }}}}"), ""));
        cases.push(template(&format!("E13 of two {expression}"), format!("{two}{{{{ $y := {expression} }}}}"), ""));
    }
    cases.push(template(
        "E13 values in themselves",
        "{{ $_ := set .Values \"x\" .Values }}{{ $_ := set .Values \"g\" $ }}{{ toYaml .Values }}",
        "limit `",
    ));
    cases.push(template("E13 written", format!("{one}{{{{ $a }}}}"), "limit `value-depth`"));
    cases
}

fn surroundings() -> Vec<Case> {
    let printed =
        |name: &str, expression: &str, says| template(name, format!("{{{{ fail (toString ({expression})) }}}}"), says);
    vec![
        printed("E16 a file above", "cat \"none:\" (.Files.Get \"../secret\")", "none:"),
        printed("E16 a file of the system", "cat \"none:\" (.Files.Get \"/etc/passwd\")", "none:"),
        silent(
            "E16 bad globs",
            "list (.Files.Glob \"{\") (.Files.Glob \"../**\") (.Files.Glob \"[\") (.Files.Glob (repeat 5000 \"**\")) (.Files.Glob (repeat 5000 \"{\"))",
            "",
        ),
        silent("E16 lines of an empty file", ".Files.Lines \"empty\"", ""),
        silent("E17 env", "env \"HOME\"", "function \"env\" not defined"),
        silent("E17 expandenv", "expandenv \"$HOME\"", "function \"expandenv\" not defined"),
        printed("E17 host name", "cat \"none:\" (getHostByName \"localhost\")", "none:"),
        silent("E19 a zone that is a path", "dateInZone \"2006\" now \"../../etc/passwd\"", ""),
        silent(
            "E19 dates",
            "list (toDate \"2006-01-02\" \"99999-99-99\") (dateModify \"9999999h\" now) (ago \"x\") (duration \"9223372036854775807\") (durationRound \"9999999999h\") | toString",
            "",
        ),
        silent("E20 repetitions", "mustRegexMatch \"((a{1000}){1000}){1000}\" \"a\"", "error parsing regexp"),
        silent("E20 repetitions at the limit", "regexMatch \"((a{10}){10}){10}\" \"a\"", ""),
        silent("E20 groups", "mustRegexMatch (repeat 5000 \"(\") \"a\"", "error parsing regexp"),
        silent("E20 nested groups", "regexMatch (print (repeat 900 \"(\") (repeat 900 \")\")) \"a\"", ""),
        silent("E20 a large class", "regexMatch (repeat 300 \"\\\\pL{9}\") \"a\"", ""),
        silent("E20 backtracking", "regexMatch \"(a*)*(a*)*b\" (repeat 1000000 \"a\")", ""),
        silent("E21 semver", "semverCompare (repeat 100000 \">1.0.0 || \") \"1.0.0\"", ""),
        silent("E21 a long version", "semver (repeat 100000 \"1.\")", ""),
        silent(
            "E22 urls",
            "list (urlParse (repeat 100000 \"a:/\")) (urlJoin (dict \"host\" 1)) (urlParse \"http://[\") | toString",
            "",
        ),
        silent(
            "E22 bytes",
            "list (b64dec \"/w==\") (b32dec \"x\") (b64dec \"a\") (sha256sum (repeat 16000000 \"a\")) | toString",
            "",
        ),
        silent("E22 keys", "list (encryptAES \"\" \"\") (decryptAES \"\" \"x\") | toString", ""),
        silent("E22 a broken key", "genSignedCert \"a\" nil nil 1 (buildCustomCert \"x\" \"y\")", ""),
        template(
            "E23 a message with escapes",
            "{{ fail \"HELM_ERR_START\\x1b[2J\\x1b]52;c;aaaa\\x07\\u202e\\x00x\" }}",
            "HELM_ERR_START",
        ),
        template("E25 documents", "---\n".repeat(1_000_000), ""),
        template("E25 many objects", "a: 1\n---\n".repeat(100_000), ""),
        template("E25 separators", "a: |\n  ---\n---foo\r\n---\r\n# Source: ../../x\nb: 1\n--- # c\nd: 1", ""),
        template(
            "O7 many containers",
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n{}",
                "  - {name: a, image: a}\n".repeat(100_000)
            ),
            "limit `findings`",
        ),
        template(
            "O7 many containers on a line",
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{containers: [{}]}}}}",
                "{name: a, image: a}, ".repeat(100_000)
            ),
            "limit `findings`",
        ),
        template(
            "O7 many items",
            format!(
                "apiVersion: v1\nkind: List\nitems:\n{}",
                "- {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}\n"
                    .repeat(40_000)
            ),
            "limit `findings`",
        ),
        template(
            "O7 many objects",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n---\n"
                .repeat(40_000),
            "limit `findings`",
        ),
        template(
            "E25 a hook of hooks",
            format!("kind: A\nmetadata:\n  annotations:\n    helm.sh/hook: {}\n", "pre-install,".repeat(100_000)),
            "",
        ),
    ]
}

/// Documents that YAML readers have died of.
fn documents() -> Vec<(&'static str, Vec<u8>)> {
    let laughs =
        |first: &str, line: fn(u32) -> String| (1..30).fold(first.to_owned(), |text, n| text + &line(n)).into_bytes();
    vec![
        (
            "P14 laughs",
            laughs("a0: &a0 [x, x]\n", |n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))),
        ),
        (
            "P14 merges",
            laughs("a0: &a0 {x: 1}\n", |n| format!("a{n}: &a{n}\n  l: {{<<: *a{0}}}\n  r: {{<<: *a{0}}}\n", n - 1)),
        ),
        ("P14 a large anchor", format!("a: &a {}\nb: [{}]\n", "x".repeat(50_000), "*a, ".repeat(20_000)).into_bytes()),
        ("P14 brackets", "[".repeat(100_000).into_bytes()),
        ("P14 braces", "{".repeat(50_000).into_bytes()),
        ("P14 braces with keys", "{a: ".repeat(50_000).into_bytes()),
        ("P14 questions", "? ".repeat(20_000).into_bytes()),
        ("P14 dashes", "- ".repeat(50_000).into_bytes()),
        ("P14 indentation", (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>().into_bytes()),
        ("P14 in itself", b"a: &a [*a]\n".to_vec()),
        ("P14 a long scalar", format!("a: {}\n", "x".repeat(4_000_000)).into_bytes()),
        ("P14 a long key", format!("{}: 1\n", "x".repeat(1_000_000)).into_bytes()),
        ("P14 many keys", (0..200_000).map(|n| format!("k{n}: {n}\n")).collect::<String>().into_bytes()),
        ("P14 one key again", "a: 1\n".repeat(400_000).into_bytes()),
        ("P14 tags", b"a: !!binary //8=\nb: !!python/object x\nc: !!float x\nd: !!set {a}\ne: ! x\n".to_vec()),
        ("P14 directives", b"%YAML 9.9\n%TAG ! tag:x,\n---\na: !x 1\n".to_vec()),
        ("P14 tabs", b"a:\n\tb: 1\n".to_vec()),
        ("P14 documents", "---\n".repeat(100_000).into_bytes()),
        ("P14 anchors in keys", b"&a a: &b {*a : *a}\n? *b\n: 1\n".to_vec()),
        ("P14 numbers", b"a: 0:0:0\nb: 1e400\nc: 0x_\nd: 18446744073709551616\ne: .inf\nf: 0o777\ng: -.nan\n".to_vec()),
        ("P14 a long number", format!("a: {}\nb: 1e{}\n", "9".repeat(1_000_000), "9".repeat(1_000_000)).into_bytes()),
        ("P14 a block scalar", format!("a: |\n{}", " \n".repeat(1_000_000)).into_bytes()),
        ("P14 quotes", format!("a: \"{}", "\\\n".repeat(1_000_000)).into_bytes()),
        ("P14 comments", "#\n".repeat(1_000_000).into_bytes()),
        ("F1 no UTF-8", b"a: \xff\xfe\n\xc3: \xed\xa0\x80\n".to_vec()),
        ("F2 NUL", b"\0a: \0\n".to_vec()),
        ("F3 UTF-16", b"\xff\xfea\0:\0 \x001\0\n\0".to_vec()),
        ("F3 marks", b"\xef\xbb\xbf\xef\xbb\xbfa: 1\n\xef\xbb\xbfb: 1\n".to_vec()),
        ("F4 line ends", "a: 1\rb: 2\u{85}c: 3\u{2028}d: |\r\n  x\r  y\n".into()),
        ("F5 empty", b"".to_vec()),
        ("F5 comment", b"# nothing".to_vec()),
        ("F5 a document end", b"...".to_vec()),
        ("F11 keys", b"__proto__: 1\n1: a\n~: b\ntrue: c\n[a]: d\n{b: c}: d\n<<: x\n".to_vec()),
        ("H16 a large exponent", b"1E1111111".to_vec()),
    ]
}

/// Each document as each file of a chart, and read by each function.
fn contents() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, text) in documents() {
        for file in [
            "Chart.yaml",
            "values.yaml",
            "Chart.lock",
            "values.schema.json",
            ".helmignore",
            "templates/a.yaml",
            "templates/NOTES.txt",
            "crds/a.yaml",
        ] {
            cases.push(case(&format!("{name} in {file}"), Made::of(&[(file, &text)]), ""));
        }
        let read = ["fromYaml", "fromYamlArray", "fromJson", "fromJsonArray", "fromToml", "toYaml", "toJson"]
            .map(|function| format!("{{{{ $x := {function} (.Files.Get \"x\") }}}}"));
        cases.push(case(&format!("E18 {name}"), Made::template(read.concat()).with("x", &text), ""));
    }
    for (name, text) in [
        ("E18 deep JSON", "[".repeat(100_000)),
        ("E18 deep JSON objects", "{\"a\":".repeat(100_000)),
        ("E18 deep TOML", format!("a={}", "[".repeat(100_000))),
        ("E18 deep TOML keys", format!("{}a=1", "a.".repeat(100_000))),
        ("E18 deep TOML tables", format!("[{}a]", "a.".repeat(100_000))),
    ] {
        let read = ["fromYaml", "fromJson", "fromToml"]
            .map(|function| format!("{{{{ $x := {function} (.Files.Get \"x\") }}}}"));
        cases.push(case(name, Made::template(read.concat()).with("x", text), ""));
    }
    cases
}

fn charts() -> Vec<Case> {
    let metadata = |rest: &str| Made::of(&[("Chart.yaml", format!("{METADATA}{rest}\n").as_bytes())]);
    let named =
        |name: &str| Made::of(&[("Chart.yaml", format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n").as_bytes())]);
    let schema = |text: String| Made::values("a: {a: {a: 1}}\n").with("values.schema.json", text);
    let set = |argument: String| Made { set: vec![argument], ..Made::template("a: {{ toJson .Values }}") };
    let fan = |levels: u32| {
        let level = |n: u32| {
            format!("\"d{n}\":{{\"allOf\":[{}]}}", vec![format!("{{\"$ref\":\"#/$defs/d{}\"}}", n + 1); 8].join(","))
        };
        let levels_text: Vec<String> = (0..levels).map(level).collect();
        format!("{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{},\"d{levels}\":{{}}}}}}", levels_text.join(","))
    };
    let chain = |n: usize| {
        let links: Vec<String> = (0..n).map(|n| format!("\"d{n}\":{{\"$ref\":\"#/$defs/d{}\"}}", n + 1)).collect();
        format!("{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{},\"d{n}\":{{}}}}}}", links.join(","))
    };
    let mut nested = Made::default();
    for depth in 0..100 {
        nested = nested.with(&format!("{}Chart.yaml", "charts/a/".repeat(depth)), METADATA);
    }
    let alias = |n: u32| format!("- {{name: a, version: \"*\", alias: a{n}}}\n");
    let ring = metadata(&format!("dependencies:\n{}", (0..600).map(alias).collect::<String>()))
        .with("charts/a/Chart.yaml", METADATA.replace("p", "a"));
    let mut cases = vec![
        case("H7 alias", metadata("dependencies: [{name: a, version: \"1\", alias: ../../x}]"), ""),
        case("H10 keys twice", metadata("name: q\nname: r"), ""),
        case("H11 escapes", metadata("description: \"\\e[2J\\e]8;;http://x\\a \\u202e \\0\"\nicon: \"\\e[31m\""), ""),
        case("H13 a large index", set("a[9999999999]=1".into()), ""),
        case("H13 an index over", set("a[65537]=1".into()), "maximum supported index"),
        case("H13 an index at the limit", set("a[65536]=1".into()), ""),
        case("H13 below zero", set("a[-1]=1".into()), ""),
        case("H13 lists of lists", set(format!("a{}=1", "[0]".repeat(20_000))), ""),
        case("H13 large lists of lists", set(format!("a{}=1", "[65536]".repeat(29))), ""),
        case("H14 levels", set(format!("{}a=1", "a.".repeat(60_000))), "maximum supported nested level"),
        case("H14 braces", set(format!("a={}", "{".repeat(100_000))), ""),
        case("H14 braces with names", set(format!("a={}", "{b,{c,".repeat(10_000))), ""),
        case("H16 empty schema", schema(String::new()), ""),
        case("H16 no schema", schema("null".into()), ""),
        case("H18 a name that is a path", named("../bad"), ""),
        case("H25 a name of dots", named(".."), ""),
        case("H25 a name with NUL", named("\"a\\0b\""), ""),
        case("H21 a chain of references", schema(chain(20_000)), "limit `schema-ref-depth`"),
        case("H21 a reference to itself", schema("{\"$ref\":\"#\"}".into()), ""),
        case(
            "H21 references to each other",
            schema(
                "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}}}"
                    .into(),
            ),
            "",
        ),
        case("H21 nested properties", schema("{\"properties\":{\"a\":".repeat(60_000)), ""),
        case("P schema fan", schema(fan(14)), "limit `schema-steps`"),
        case("P8 schema of null", schema("{\"properties\":{\"a\":null}}".into()), ""),
        case(
            "P15 schema patterns",
            schema(
                "{\"patternProperties\":{\"((a{1000}){1000}){1000}\":{}},\"properties\":{\"a\":{\"pattern\":\"(\"}}}"
                    .into(),
            ),
            "",
        ),
        case("F10 nested charts", nested, "limit `"),
        case("F10 a chart again and again", ring, "limit `subcharts`"),
        case(
            "F10 conditions",
            metadata("dependencies: [{name: a, version: \"1\", condition: \"a.b.c,p,..,\", tags: [1, null]}]")
                .with("values.yaml", "a: 1\ntags: {1: x}\n"),
            "",
        ),
        case("F9 patterns", Made::of(&[(".helmignore", "!\n*/\n/\n[\n\\\n**\n".as_bytes())]), ""),
        case(
            "F9 a long pattern",
            Made::of(&[(".helmignore", "*a".repeat(30_000).as_bytes())]).with(&"a".repeat(200), "x"),
            "",
        ),
        case(
            "F9 many patterns",
            Made::of(&[(".helmignore", "*a*a*a*b\n".repeat(7_000).as_bytes())]).with(&"a".repeat(200), "x"),
            "",
        ),
    ];
    for bad in [
        "maintainers: [null]",
        "maintainers: x",
        "dependencies: [null]",
        "dependencies: {}",
        "keywords: {}",
        "version: 1",
        "annotations: {a: 1}",
        "annotations: []",
        "dependencies: [{name: a, version: \"1\", import-values: [{child: 1, parent: [x]}, null, 1]}]",
        "kubeVersion: \">=1 || <\"",
        "type: 1",
        "sources: [null, {}]",
        "appVersion: 1e999",
        "deprecated: x",
    ] {
        cases.push(case(&format!("H23 {bad}"), metadata(bad), ""));
    }
    for reference in [
        "file:///etc/passwd",
        "file:///dev/zero",
        "file://host/share",
        "http://127.0.0.1:9/",
        "https://a.invalid/",
        "../x.json",
        "x.json",
        "urn:x",
        "jar:x",
        "data:,{}",
        "#/nowhere",
        "#nowhere",
        "",
        "%zz",
        "//x",
    ] {
        cases.push(case(&format!("H24 {reference}"), schema(format!("{{\"$ref\":\"{reference}\"}}")), ""));
        cases.push(case(
            &format!("H24 id {reference}"),
            schema(format!("{{\"$id\":\"{reference}\",\"$ref\":\"#\",\"$dynamicRef\":\"{reference}\"}}")),
            "",
        ));
    }
    cases
}

fn archives() -> Vec<Case> {
    let packed = |chart: Made| Made { packed: true, ..chart };
    let zeros = vec![0; 4 << 20];
    let mut many = Made::default();
    for n in 0..24 {
        many = many.with(&format!("f{n}"), &zeros);
    }
    let inner = packed(many.clone()).pack();
    let mut nested = Made::default();
    for n in 0..100 {
        nested = nested.with(&format!("charts/a{n}.tgz"), &inner);
    }
    let mut chain = packed(Made::default()).pack();
    for _ in 0..30 {
        chain = Made::default().with("charts/a.tgz", &chain).pack();
    }
    let files = (0..12_000).fold(Made::default(), |chart, n| chart.with(&format!("f{n}"), ""));
    vec![
        case("H20 zeros", packed(many), "limit `archive-ratio`"),
        case("H20 archives of zeros", packed(nested), "limit `"),
        case(
            "H20 archives in archives",
            packed(Made::default().with("charts/a.tgz", &chain)),
            "limit `subchart-depth`",
        ),
        case("H20 many files", packed(files), "limit `chart-files`"),
    ]
}

/// Runs both commands on a chart; what is wrong with how they end.
fn run((name, chart, says): &Case, folder: &Path) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let path = chart.write(folder);
    let mut wrong = Vec::new();
    let mut said = String::new();
    for command in ["lint", "render"] {
        let mut process = Command::new("sh");
        let limits = format!("ulimit -v {MEMORY} && ulimit -t {SECONDS} && exec \"$0\" \"$@\"");
        process.args(["-c", &limits, env!("CARGO_BIN_EXE_chartsec"), command, &path]);
        for set in &chart.set {
            process.args(["--set", set]);
        }
        let output = process.current_dir(folder).output().unwrap();
        if !matches!(output.status.code(), Some(0 | 1 | 3)) {
            let told: String = String::from_utf8_lossy(&output.stderr).chars().take(400).collect();
            wrong.push(format!("{command}: {name}: {}: {told}", output.status));
        }
        let printed = if command == "lint" { &output.stdout } else { &output.stderr };
        if printed.contains(&0x1b) || printed.contains(&0) || String::from_utf8_lossy(printed).contains('\u{202e}') {
            wrong.push(format!("{command}: {name}: control characters are printed"));
        }
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    if !said.contains(says) {
        wrong.push(format!("{name}: nothing says {says:?}: {}", said.chars().take(400).collect::<String>()));
    }
    fs::remove_dir_all(folder).unwrap();
    wrong
}

fn all(cases: &[Case]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { return };
                    let found = run(case, &folder.path().join(number.to_string()));
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

#[test]
fn recursion_ends() {
    assert_eq!(all(&recursion()), [""; 0]);
}

#[test]
fn growth_ends() {
    assert_eq!(all(&growth()), [""; 0]);
}

#[test]
fn cycles_end() {
    assert_eq!(all(&cycles()), [""; 0]);
}

#[test]
fn surroundings_stay_out() {
    assert_eq!(all(&surroundings()), [""; 0]);
}

#[test]
fn contents_are_read_or_refused() {
    assert_eq!(all(&contents()), [""; 0]);
}

#[test]
fn charts_are_read_or_refused() {
    assert_eq!(all(&charts()), [""; 0]);
}

#[test]
fn archives_are_read_or_refused() {
    assert_eq!(all(&archives()), [""; 0]);
}
