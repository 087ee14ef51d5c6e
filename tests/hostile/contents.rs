//! Documents that readers have died of, in each file of a chart and through each function that reads.

use super::{Case, case};
use crate::chart::Made;

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
pub(super) fn contents() -> Vec<Case> {
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
