//! Charts and archives whose parts do not fit together.

use super::{Case, case};
use crate::chart::{METADATA, Made};

pub(super) fn charts() -> Vec<Case> {
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

pub(super) fn archives() -> Vec<Case> {
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
