//! Recorded answers of real Helm, expression by expression and chart by chart, against the binary.
//!
//! `CHARTSEC_PROBES` names the file: sections of `expressions` (a template, what it renders to or the error) and `charts`
//! (files and arguments, what is printed). Output is compared by bytes, errors by their message behind `error: `.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::common;

/// Where the binary says something else on purpose, and why.
const DELIBERATE: &[(&str, &str)] = &[
    ("missing chart", NO_NETWORK),
    ("schema: unknown draft", NO_NETWORK),
    ("schema: $ref remote, unreachable", NO_NETWORK),
    ("schema: $ref to file", INSIDE),
    ("schema: $ref to file, from the current folder", INSIDE),
    ("schema: keywords draft-06", CONTAINS),
    ("schema: keywords draft-07", CONTAINS),
    ("schema: keywords 2019-09", CONTAINS),
    ("schema: contains", CONTAINS),
    ("error: template recursion", "templates in templates have a budget, which Helm has only for stacks of 100,000"),
    ("flags: --unknown-flag", USAGE),
    ("release: template x p --name-template y", USAGE),
    ("release: template", USAGE),
    ("release: template a b c", USAGE),
    ("release: template p --name-template {{ env \"PROBE\" }}", "templates do not see the environment"),
    (r#"{{ printf "%d" (toDate "2006-01-02" "2020-01-02") }}"#, "Helm prints an address in its memory"),
    (r#"{{ fromToml "a" | toJson }}"#, "TOML is read by another parser, with other words for what is no TOML"),
];

const NO_NETWORK: &str = "nothing is looked up in the network";
const INSIDE: &str = "no file outside the chart is looked at";
const CONTAINS: &str = "the evaluator does not tell why no item fits `contains`";
const USAGE: &str = "options that cannot be used are answered in one manner by all commands";

/// Bytes; in JSON those that are no UTF-8 stand as U+DC80 to U+DCFF, alone.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                let mut out = Vec::with_capacity(bytes.len());
                let mut rest = bytes;
                while let Some((first, more)) = rest.split_first() {
                    let (byte, behind) = match rest {
                        [0xED, 0xB2, low, behind @ ..] => (*low, behind),
                        [0xED, 0xB3, low, behind @ ..] => (*low | 0x40, behind),
                        _ => (*first, more),
                    };
                    out.push(byte);
                    rest = behind;
                }
                Ok(Bytes(out))
            }
        }
        deserializer.deserialize_byte_buf(Visitor)
    }
}

#[derive(Deserialize)]
struct Probes {
    a: Section,
    b: Section,
    c: Section,
    d: Section,
    e: Section,
    f: Section,
    g: Section,
    expression_values: Bytes,
    expression_files: Files,
}

#[derive(Deserialize)]
struct Section {
    title: String,
    expressions: Vec<Expression>,
    charts: Vec<Chart>,
}

#[derive(Deserialize)]
struct Expression {
    template: Bytes,
    helm4: Answer,
}

#[derive(Deserialize)]
struct Chart {
    name: String,
    files: Files,
    args: Vec<String>,
    helm4: Answer,
}

type Files = BTreeMap<String, Bytes>;

/// What Helm did: of an expression its value or the error, of a chart everything.
#[derive(Deserialize)]
struct Answer {
    value: Option<Bytes>,
    error: Option<Bytes>,
    #[serde(default)]
    stderr: Bytes,
    #[serde(default)]
    stdout: Bytes,
    #[serde(default)]
    exit: i32,
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Printed(Vec<u8>),
    Refused(String),
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Printed(bytes) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Refused(message) => write!(f, "ERROR {message:?}"),
        }
    }
}

fn write_files(folder: &Path, files: &Files) {
    for (name, Bytes(content)) in files {
        let path = folder.join(name.trim_end_matches(" (base64)"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match content.strip_prefix(b"LINK ") {
            Some(target) => std::os::unix::fs::symlink(std::str::from_utf8(target).unwrap(), path).unwrap(),
            None if name.ends_with(" (base64)") => std::fs::write(path, STANDARD.decode(content).unwrap()).unwrap(),
            None => std::fs::write(path, content).unwrap(),
        }
    }
}

fn render(folder: &Path, arguments: &[impl AsRef<std::ffi::OsStr>]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartsec"));
    command.arg("render").args(arguments).current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A run that fails early does not read it.
    let _ = child.stdin.take().unwrap().write_all(b"a: 2\n");
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    if status.success() {
        return Outcome::Printed(stdout);
    }
    let stderr = String::from_utf8_lossy(&stderr);
    let message = stderr.split_once("error: ").map_or(&*stderr, |(_, message)| message);
    let message = message.split_once("\n help: ").map_or(message, |(message, _)| message);
    let message = message.split_once("\n --> ").map_or(message, |(message, _)| message);
    Outcome::Refused(in_order(message))
}

fn refused(stderr: &[u8]) -> Outcome {
    let stderr = String::from_utf8_lossy(stderr).replace("WORK/", "");
    let message = stderr.split_once("Error: ").map_or(&*stderr, |(_, message)| message).trim_end();
    let message = message.strip_suffix("\n\nUse --debug flag to render out invalid YAML").unwrap_or(message);
    Outcome::Refused(in_order(message))
}

/// Go visits what violates a schema in the order of its maps, which is chance: each list of violations is sorted.
fn in_order(message: &str) -> String {
    fn sorted<'a>(lines: &mut std::iter::Peekable<impl Iterator<Item = &'a str>>, depth: usize) -> Vec<String> {
        let mut items = Vec::new();
        while let Some(line) = lines.next_if(|line| indent(line) == Some(depth)) {
            let inner = sorted(lines, depth + 2);
            items.push([vec![line.to_owned()], inner].concat().join("\n"));
        }
        items.sort();
        items
    }
    fn indent(line: &str) -> Option<usize> {
        line.trim_start().starts_with("- at ").then(|| line.len() - line.trim_start().len())
    }
    let mut lines = message.trim_end().split('\n').peekable();
    let mut out = Vec::new();
    while let Some(line) = lines.peek() {
        match indent(line) {
            Some(depth) => out.extend(sorted(&mut lines, depth)),
            None => out.extend(lines.next().map(str::to_owned)),
        }
    }
    out.join("\n")
}

/// An expression in the chart of expressions: what it renders to as `include` returns it, or the error of `x: EXPRESSION`.
fn expression(folder: &Path, expression: &Expression) -> (Outcome, Outcome) {
    let template = |text: &[u8]| std::fs::write(folder.join("p/templates/a.yaml"), text).unwrap();
    let Bytes(text) = &expression.template;
    if let Some(Bytes(error)) = &expression.helm4.error {
        template(&[b"x: ", &**text, b"\n"].concat());
        return (refused(error), render(folder, &["release-name", "p"]));
    }
    let (open, close) = (b"{{ define \"probe\" }}", b"{{ end }}x: {{ include \"probe\" . | b64enc | quote }}\n");
    template(&[open, &**text, close].concat());
    let ours = match render(folder, &["release-name", "p"]) {
        Outcome::Printed(stdout) => {
            let encoded = stdout.strip_prefix(b"---\n# Source: p/templates/a.yaml\nx: \"").unwrap();
            Outcome::Printed(STANDARD.decode(encoded.strip_suffix(b"\"\n").unwrap()).unwrap())
        }
        refused => refused,
    };
    let value = expression.helm4.value.as_ref().map(|Bytes(value)| value.clone());
    (Outcome::Printed(value.unwrap_or_default()), ours)
}

fn chart(folder: &Path, chart: &Chart) -> (Outcome, Outcome) {
    write_files(folder, &chart.files);
    let helm = match chart.helm4.exit {
        0 => Outcome::Printed(chart.helm4.stdout.0.clone()),
        _ => refused(&chart.helm4.stderr.0),
    };
    (helm, render(folder, &chart.args[1..]))
}

/// Runs probes on two threads; those that differ, in order.
fn differing<T: Sync>(
    probes: &[T],
    name: impl Fn(&T) -> String + Sync,
    run: impl Fn(&Path, &T) -> (Outcome, Outcome) + Sync,
    prepare: impl Fn(&Path) + Sync,
) -> Vec<(String, String)> {
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((at, probe)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    probes.get(at).map(|probe| (at, probe))
                } {
                    let folder = tempfile::tempdir().unwrap();
                    prepare(folder.path());
                    let (helm, ours) = run(folder.path(), probe);
                    if helm != ours {
                        let shown = format!("  helm     {helm}\n  chartsec {ours}");
                        found.lock().unwrap().push((at, name(probe), shown));
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort();
    found.into_iter().map(|(_, name, shown)| (name, shown)).collect()
}

#[test]
fn recorded_answers_of_helm() {
    let Some(path) = common::probes() else { return };
    let file = std::fs::read(path).unwrap();
    let probes: Probes = serde_json::from_slice(&file).unwrap();
    let prepare = |folder: &Path| {
        write_files(folder, &probes.expression_files);
        std::fs::create_dir(folder.join("p/templates")).unwrap();
        std::fs::write(folder.join("p/values.yaml"), &probes.expression_values.0).unwrap();
    };
    let (mut report, mut wrong, mut met) = (String::new(), 0, Vec::new());
    let Probes { a, b, c, d, e, f, g, .. } = &probes;
    for (letter, section) in ('a'..).zip([a, b, c, d, e, f, g]) {
        let name = |probe: &Expression| String::from_utf8_lossy(&probe.template.0).into_owned();
        let mut differ = differing(&section.expressions, name, expression, prepare);
        differ.extend(differing(&section.charts, |probe| probe.name.clone(), chart, |_| {}));
        let all = section.expressions.len() + section.charts.len();
        let (known, new): (Vec<_>, Vec<_>) =
            differ.into_iter().partition(|(name, _)| DELIBERATE.iter().any(|(known, _)| known == name));
        let (agree, chosen) = (all - known.len() - new.len(), known.len());
        report += &format!("{letter} {}: {agree} of {all} agree, {chosen} differ on purpose\n", section.title);
        wrong += new.len();
        met.extend(known.into_iter().map(|(name, _)| name));
        new.iter().for_each(|(name, shown)| report += &format!("{letter} {name}\n{shown}\n"));
    }
    for (name, _) in DELIBERATE.iter().filter(|(name, _)| !met.iter().any(|met| met == name)) {
        wrong += 1;
        report += &format!("agrees, so it is no difference on purpose: {name}\n");
    }
    assert!(wrong == 0, "{report}");
}
