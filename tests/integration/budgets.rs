//! Every limit through the whole path of `lint`: one below what a chart uses its name is in a finding, else it is not.

use std::collections::BTreeSet;

use chartsec::limits::Limits;
use chartsec::policy::{Policy, embedded_files};

use crate::chart::{METADATA, Made, on_deep_stack};

/// A limit and a chart that uses exactly so much of it.
struct Case {
    /// The field of `Limits`.
    field: &'static str,
    set: fn(&mut Limits, u64),
    /// What a finding says when it is exceeded: its name, or Helm's words where the limit is Helm's.
    says: &'static str,
    /// What the chart uses.
    used: u64,
    chart: Made,
}

macro_rules! case {
    ($field:ident, $says:expr, $used:expr, $chart:expr) => {
        Case {
            field: stringify!($field),
            set: |limits, value| limits.$field = value,
            says: $says,
            used: $used,
            chart: $chart,
        }
    };
}

/// A Pod with two faults of the same policy.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: true\n  hostPID: true\n  \
    containers: [{name: a, image: a}, {name: b, image: b}]\n";

/// Two waivers.
const WAIVED: &str = "a: 1 # chartsec: ignore[POD001] why\nb: 1 # chartsec: ignore[POD002] why\n";

fn loading() -> Vec<Case> {
    let one = Made::template("a: 1\n");
    let packed = Made { packed: true, ..one.clone() };
    let bomb = Made { packed: true, ..Made::of(&[("zeros", &vec![0; 4 << 20])]) };
    let counted = (3 << 20) + 512 * 3;
    let ratio = counted / bomb.pack().len() as u64 + 1;
    let metadata = METADATA.len() as u64;
    let inner = |other: &str| Made::of(&[("charts/a/Chart.yaml", METADATA.as_bytes())]).with(other, METADATA);
    vec![
        case!(archive_bytes, "archive-bytes", packed.pack().len() as u64, packed),
        case!(chart_bytes, "chart-bytes", metadata + 5, one.clone()),
        case!(file_bytes, "file-bytes", metadata, one.clone()),
        case!(archive_ratio, "archive-ratio", ratio, bomb),
        case!(chart_files, "chart-files", 3, one.clone()),
        case!(path_bytes, "path-bytes", "templates/a.yaml".len() as u64, one.clone()),
        case!(path_depth, "path-depth", 1, one),
        case!(ignore_bytes, "ignore-bytes", 4, Made::of(&[(".helmignore", b"a\nb\n")])),
        case!(subchart_depth, "subchart-depth", 2, inner("charts/a/charts/b/Chart.yaml")),
        case!(subcharts, "subcharts", 2, inner("charts/b/Chart.yaml")),
    ]
}

fn values() -> Vec<Case> {
    let schema = |text: &str| Made::values("a: 1\n").with("values.schema.json", text);
    let long = format!("a: {}\n", "x".repeat(100));
    let deep = "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{}}}";
    let set = |argument: &str| Made { set: vec![argument.to_owned()], ..Made::default() };
    let inner =
        Made::values("p: {a: {b: c}}\n").with("charts/p/Chart.yaml", METADATA).with("charts/p/values.yaml", "d: e\n");
    vec![
        case!(yaml_bytes, "yaml-bytes", 104, Made::values(long)),
        case!(yaml_depth, "yaml-depth", 5, Made::values("a: [[[[1]]]]\n")),
        case!(yaml_nodes, "yaml-nodes", 13, Made::values("a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n")),
        case!(yaml_alias_nodes, "yaml-alias-nodes", 3, Made::values("a: &a [1, 2]\nb: *a\n")),
        case!(yaml_alias_bytes, "yaml-alias-bytes", 4, Made::values("a: &a [xy, z]\nb: *a\nc: &c d\ne: *c\n")),
        case!(values_nodes, "values-nodes", 4, inner),
        case!(schema_bytes, "schema-bytes", 2, schema("{}")),
        case!(schema_steps, "schema-steps", 4, schema("{\"properties\":{\"a\":{\"type\":\"number\"}}}")),
        case!(schema_ref_depth, "schema-ref-depth", 2, schema(deep)),
        case!(set_index, "is greater than maximum supported index", 5, set("a[5]=1")),
        case!(set_depth, "nested level is greater than maximum supported nested level", 2, set("a.b.c=1")),
    ]
}

fn templates() -> Vec<Case> {
    let define = |text: &str| {
        Made::template("{{ include \"x\" 3 }}")
            .with("templates/_x.tpl", format!("{{{{ define \"x\" }}}}{text}{{{{ end }}}}"))
    };
    let again = define("{{ if . }}{{ include \"x\" (sub . 1) }}{{ end }}");
    vec![
        case!(include_depth_per_name, "nested reference name", 3, again.clone()),
        case!(include_depth, "include-depth", 4, again),
        case!(evaluation_depth, "evaluation-depth", 7, Made::template("{{ (((((1))))) }}")),
        case!(
            value_depth,
            "value-depth",
            3,
            Made::template("{{ deepEqual (list (list (list 1))) (list (list (list 1))) }}")
        ),
        case!(steps, "template-steps", 8, Made::template("{{ range 3 }}{{ . }}{{ end }}")),
        case!(loops, "loop-rounds", 7, Made::template("{{ range 3 }}{{ end }}{{ range until 4 }}{{ end }}")),
        case!(string_bytes, "string-bytes", 90, Made::template("{{ $x := repeat 90 \"y\" }}")),
        case!(list_items, "list-items", 90, Made::template("{{ $x := until 90 }}")),
        case!(
            inline_bytes,
            "inline-bytes",
            8,
            Made::template("{{ tpl \"a\" . }}{{ tpl \"bcdefgh\" . }}{{ tpl \"a\" . }}")
        ),
        case!(output_file_bytes, "output-file-bytes", 9, Made::template("a: 123456")),
        case!(output_bytes, "output-bytes", 18, Made::template("a: 123456").with("templates/b.yaml", "b: 123456")),
        case!(template_depth, "template-depth", 3, Made::template("{{ if 1 }}{{ ((1)) }}{{ end }}")),
        case!(template_tokens, "template-tokens", 11, Made::template("{{ 1 }}{{ 2 }}")),
        case!(regex_bytes, "regex-bytes", 1_488, Made::template("{{ regexMatch \"a{20}b{20}\" \"\" }}")),
        case!(crypto_calls, "crypto-calls", 2, Made::template("{{ $x := bcrypt \"a\" }}{{ $x := bcrypt \"a\" }}")),
    ]
}

fn findings() -> Vec<Case> {
    let refused = Made::template(format!("{{{{ fail {:?} }}}}", "x".repeat(200)));
    let printed = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {{ toYaml .Values.spec | nindent 2 }}\n";
    let proven =
        Made::template(printed).with("values.yaml", "spec: {hostPID: true, containers: [{name: a, image: a}]}\n");
    vec![
        case!(proof_renders, "proof-renders", 1, proven),
        case!(policy_steps, "policy-steps", 398, Made::template(POD)),
        case!(waivers, "limit `waivers`", 2, Made::template(WAIVED)),
        case!(findings, "limit `findings`", 34, Made::template(POD)),
        case!(message_bytes, "…", 200, refused),
    ]
}

/// The smallest value with which nothing is said.
fn threshold(case: &Case) -> u64 {
    let (mut low, mut high) = (0, 1 << 22);
    while low < high {
        let middle = (low + high) / 2;
        if exceeded(case, middle) { low = middle + 1 } else { high = middle }
    }
    low
}

fn exceeded(case: &Case, value: u64) -> bool {
    let mut limits = Limits::default();
    (case.set)(&mut limits, value);
    case.chart.lint(&limits).iter().any(|message| message.contains(case.says))
}

fn wrong(cases: Vec<Case>) -> Vec<String> {
    let right =
        |case: &Case| !exceeded(case, case.used + 1) && !exceeded(case, case.used) && exceeded(case, case.used - 1);
    let wrong = cases.into_iter().filter(|case| !right(case));
    wrong.map(|case| format!("{}: {} is used, not {}", case.field, threshold(&case), case.used)).collect()
}

#[test]
fn loading_stops_one_over_each_limit() {
    assert_eq!(wrong(loading()), [""; 0]);
}

#[test]
fn composing_values_stops_one_over_each_limit() {
    assert_eq!(on_deep_stack(|| wrong(values())), [""; 0]);
}

#[test]
fn rendering_stops_one_over_each_limit() {
    assert_eq!(on_deep_stack(|| wrong(templates())), [""; 0]);
}

#[test]
fn judging_stops_one_over_each_limit() {
    assert_eq!(wrong(findings()), [""; 0]);
    // The policies themselves are what this one bounds.
    let compiles = |policy_depth| {
        let mut limits = Limits::default();
        limits.policy_depth = policy_depth;
        let compile = |(id, text)| Policy::compile(id, text, &limits).map(drop).map_err(|error| error.message);
        embedded_files().try_for_each(compile)
    };
    let least = (0..64).find(|depth| compiles(*depth).is_ok()).unwrap();
    assert!(least > 2, "{least}");
    let error = compiles(least - 1).unwrap_err();
    assert!(error.contains("policy-depth"), "{error}");
}

#[test]
fn every_limit_has_a_case() {
    let cases = [loading(), values(), templates(), findings()].into_iter().flatten();
    let tested: BTreeSet<String> = cases.map(|case| case.field.to_owned()).chain(["policy_depth".to_owned()]).collect();
    // `Limits` may grow, so it cannot be taken apart outside its crate; its debug output names all fields.
    let all = format!("{:?}", Limits::default());
    let fields = all.split(['{', ',', '}']).filter_map(|field| Some(field.split_once(": ")?.0.trim().to_owned()));
    assert_eq!(tested, fields.collect());
}
