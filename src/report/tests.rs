//! Reports of hand-built findings: grouping, order, limits, fingerprints, hostile text.

use std::rc::Rc;

use super::*;
use crate::finding::{Grade, Location, ObjectRef, Rule, Severity, ValuesLocation};

fn finding(rule: &str, chart: &str, line: u32, object: &str) -> Finding {
    let rule = Rule {
        id: rule.into(),
        code: "POD006".into(),
        title: String::new(),
        severity: Severity::High,
        references: Vec::new(),
    };
    Finding {
        rule: Rc::new(rule),
        level: Level::Warning,
        grade: Grade::Hardenable,
        message: format!("`{object}` may run as root"),
        help: None,
        chart: chart.into(),
        objects: vec![ObjectRef {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: None,
            name: object.into(),
            path: "spec.template.spec.containers[0].securityContext".into(),
        }],
        template: Some(Location { file: format!("{chart}/templates/web.yaml"), line, column: 5 }),
        include: Vec::new(),
        values: Some(ValuesLocation { file: format!("{chart}/values.yaml"), line: 3, column: 1, key: "web".into() }),
        rendered: None,
        cases: vec!["default".into()],
        suppressed: None,
        fix: None,
    }
}

fn chart(path: &str) -> ChartReport {
    let name = path.rsplit('/').next().unwrap_or(path).into();
    ChartReport {
        path: path.into(),
        name,
        version: "1.0.0".into(),
        kind: Kind::Application,
        cases: Vec::new(),
        subjects: Subjects::default(),
    }
}

fn report(findings: Vec<Finding>) -> Report {
    Report::new(vec![chart("charts/shop")], findings, Vec::new(), &Limits::default())
}

#[test]
fn one_cause_is_one_finding_with_its_objects_and_cases() {
    let mut second = finding("root", "charts/shop", 7, "api");
    second.cases = vec!["ci/ha-values.yaml".into(), "default".into()];
    second.level = Level::Error;
    second.grade = Grade::Hardcoded;
    let mut other_field = finding("root", "charts/shop", 7, "web");
    other_field.objects[0].path = "spec.template.spec.containers[0].image".into();
    let grouped = group(vec![
        finding("root", "charts/shop", 7, "web"),
        second,
        finding("root", "charts/shop", 7, "web"),
        finding("root", "charts/shop", 8, "web"),
        finding("other", "charts/shop", 7, "web"),
        other_field,
    ]);
    assert_eq!(grouped.len(), 4);
    let first = &grouped[0];
    assert_eq!((first.level, first.grade), (Level::Error, Grade::Hardcoded));
    assert_eq!(first.message, "`web` may run as root");
    assert_eq!(first.objects.iter().map(|object| &*object.name).collect::<Vec<_>>(), ["web", "api"]);
    assert_eq!(first.cases, ["default", "ci/ha-values.yaml"]);
}

#[test]
fn containers_of_one_cause_differ_in_their_index_only() {
    let at = |path: &str| {
        let mut finding = finding("root", "charts/shop", 7, "web");
        finding.objects[0].path = path.into();
        finding
    };
    let same = [at("spec.containers[0]"), at("spec.containers[1]"), at("spec.containers[name=a.b]")];
    assert_eq!(group(same.into()).len(), 1);
    let different =
        [at("metadata.annotations[\"a.b/c\"]"), at("metadata.annotations[\"a.b/d\"]"), at("metadata.annotations")];
    assert_eq!(group(different.into()).len(), 3);
}

#[test]
fn what_cases_say_of_the_same_objects_is_one_finding() {
    let of = |line: u32, case: &str, other: &str| {
        let mut finding = finding("unisolated", "charts/shop", line, "api");
        finding.objects.push(ObjectRef { name: other.into(), ..finding.objects[0].clone() });
        finding.cases = vec![case.into()];
        finding
    };
    let groups = group(vec![of(7, "default", "web"), of(9, "ci/ha-values.yaml", "db")]);
    assert_eq!((groups.len(), groups[0].objects.len(), groups[0].cases.len()), (1, 3, 2));
    let again = group(vec![of(7, "default", "web"), of(9, "default", "db")]);
    assert_eq!(again.len(), 2, "in one case there are two places");
    let mut elsewhere = of(9, "ci/ha-values.yaml", "db");
    elsewhere.values = None;
    assert_eq!(group(vec![of(7, "default", "web"), elsewhere]).len(), 2, "another value made it");
}

#[test]
fn without_a_template_place_the_message_decides() {
    let with = |message: &str| {
        let mut finding = finding("load", "charts/shop", 1, "web");
        finding.template = None;
        finding.message = message.into();
        finding
    };
    assert_eq!(group(vec![with("a"), with("b"), with("a")]).len(), 2);
}

#[test]
fn charts_keep_their_order_and_errors_come_first() {
    let mut error = finding("z", "charts/b", 9, "web");
    error.level = Level::Error;
    let input = vec![
        finding("b", "charts/b", 2, "web"),
        finding("a", "charts/a", 1, "web"),
        error,
        finding("a", "charts/b", 2, "web"),
    ];
    let shown: Vec<_> = group(input).iter().map(|f| format!("{} {}", f.chart, f.rule.id)).collect();
    assert_eq!(shown, ["charts/b z", "charts/b a", "charts/b b", "charts/a a"]);
}

#[test]
fn counts_include_what_the_limit_cuts_off() {
    let limits = Limits { findings: 2, ..Limits::default() };
    for (count, listed, cut) in [(1, 1, 0), (2, 2, 0), (3, 2, 1)] {
        let findings = (1..=count).map(|line| finding("root", "charts/shop", line, "web")).collect();
        let report = Report::new(vec![chart("charts/shop")], findings, Vec::new(), &limits);
        assert_eq!((report.findings.len(), report.summary.warning), (listed, u64::from(count)));
        assert_eq!(report.summary.not_evaluated.len(), cut);
    }
}

#[test]
fn messages_are_cut_at_characters() {
    for (length, expected) in [(1_023, 1_023), (1_024, 1_024), (1_025, 1_024)] {
        let mut long = finding("root", "charts/shop", 1, "web");
        long.message = "x".repeat(length);
        assert_eq!(report(vec![long]).findings[0].message.len(), expected);
    }
    let mut wide = finding("root", "charts/shop", 1, "web");
    wide.message = "é".repeat(600);
    let message = report(vec![wide]).findings.remove(0).message;
    assert!(message.len() <= 1_024 && message.ends_with("é…"), "{message}");
}

#[test]
fn fingerprints_survive_moved_lines_and_charts() {
    let base = report(vec![finding("root", "charts/shop", 7, "web"), finding("root", "charts/shop", 9, "web")]);
    let prints = fingerprints(&base.findings, &base.charts);
    assert_ne!(prints[0], prints[1]);
    let mut moved: Vec<_> = [17, 19].map(|line| finding("root", "elsewhere/shop", line, "web")).into();
    moved[0].values.as_mut().unwrap().line = 40;
    let moved = Report::new(vec![chart("elsewhere/shop")], moved, Vec::new(), &Limits::default());
    assert_eq!(prints, fingerprints(&moved.findings, &moved.charts));
    let mut other = finding("root", "charts/shop", 7, "web");
    other.values.as_mut().unwrap().key = "api".into();
    assert_ne!(fingerprints(&[other], &base.charts)[0], prints[0]);
}

#[test]
fn thresholds_count_upwards() {
    let summary = Summary { error: 1, warning: 2, note: 4, ..Summary::default() };
    assert_eq!([Level::Error, Level::Warning, Level::Note].map(|level| summary.at_least(level)), [1, 3, 7]);
}

#[test]
fn hostile_text_never_reaches_the_terminal() {
    let evil = "\u{1b}[2J\u{9b}31m\r\u{202e}\u{7f}x\t界";
    let mut bad = finding("root", "charts/shop", 1, evil);
    bad.chart = evil.into();
    bad.level = Level::Error;
    bad.help = Some(evil.into());
    bad.cases = vec![evil.into(); 2];
    bad.include = vec![Location { file: evil.into(), line: 1, column: 1 }];
    bad.template = Some(Location { file: evil.into(), line: 1, column: 4 });
    bad.values = Some(ValuesLocation { file: evil.into(), line: 1, column: 2, key: evil.into() });
    bad.rendered = Some(crate::finding::RenderedLocation { file: evil.into(), line: 1 });
    bad.objects[0].namespace = Some(evil.into());
    bad.objects[0].path = evil.into();
    let mut files = Files::new();
    files.insert(evil, evil.as_bytes());
    files.insert_rendered(evil, evil, evil, evil.as_bytes());
    let report = Report::new(vec![chart(evil)], vec![bad], vec![evil.into()], &Limits::default());
    for detail in [Detail::Quiet, Detail::Normal, Detail::Verbose] {
        for format in Format::ALL {
            let text = render(&report, &files, format, Style { color: false, detail });
            assert_eq!(escape::visible(&text.replace('\n', "")), text.replace('\n', ""));
        }
    }
}

#[test]
fn any_place_in_any_line_is_shown() {
    let lines = [
        "",
        "  {{- toYaml .Values.a | nindent 2 -}} # x",
        "{{ .a }} b {{",
        "界界: {{ é }}",
        "\t\u{200b}e\u{301}",
        "\u{fffd}",
    ];
    let long = format!("{}{{{{ .x }}}}{}", "é".repeat(990), "y".repeat(50_000));
    for line in lines.iter().copied().chain([&*long]) {
        let mut files = Files::new();
        files.insert("charts/shop/templates/web.yaml", format!("a\r\n{line}\n").as_bytes());
        let columns = (0..12).chain([990, 996, 999, 1_000, 1_001, 50_990, u32::MAX]);
        for (line, column) in columns.flat_map(|column| [0, 1, 2, 3, 4, u32::MAX].map(|line| (line, column))) {
            let mut finding = finding("root", "charts/shop", line, "web");
            finding.template.as_mut().unwrap().column = column;
            let text = render(&report(vec![finding]), &files, Format::Text, Style::default());
            assert!(text.contains(&format!("web.yaml:{line}:{column}")) || line == 0 || column == 0, "{text}");
            assert!(text.len() < 8_000, "{}", text.len());
        }
    }
}
