//! Pictures of a report made from hand-built findings, and the JSON contract held against its schema.

use std::rc::Rc;

use chartsec::finding::{
    Applicability, Edit, Finding, Fix, Grade, Level, Location, ObjectRef, RenderedLocation, Rule, Severity,
    Suppression, ValuesLocation,
};
use chartsec::limits::Limits;
use chartsec::report::{
    Case, ChartReport, Detail, Fact, Files, Format, Kind, Report, Scope, Status, Style, Subject, Subjects, render,
};
use serde_json::Value;

use crate::common::snapshot;

const DEPLOYMENT: &str = "\
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: web
          {{- toYaml .Values.web.securityContext | nindent 10 }}
          image: nginx:latest # floats
";
const VALUES: &str = "web:\n  replicas: 1\n  securityContext:\n    privileged: true\n";

fn location(file: &str, line: u32, column: u32) -> Location {
    Location { file: format!("charts/shop/{file}"), line, column }
}

fn object(name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: Some("shop".into()),
        name: name.into(),
        path: "spec.template.spec.containers[0].securityContext".into(),
    }
}

fn finding(id: &str, code: &str, level: Level, message: &str) -> Finding {
    let rule = Rule {
        id: id.into(),
        code: code.into(),
        title: String::new(),
        severity: Severity::High,
        references: Vec::new(),
    };
    Finding {
        rule: Rc::new(rule),
        level,
        grade: Grade::Unknown,
        message: message.into(),
        help: None,
        chart: "charts/shop".into(),
        objects: Vec::new(),
        template: None,
        include: Vec::new(),
        values: None,
        rendered: None,
        cases: vec!["default".into()],
        suppressed: None,
        fix: None,
    }
}

fn edit(start: (u32, u32), end: (u32, u32), text: &str) -> Edit {
    let ((line, column), (end_line, end_column)) = (start, end);
    Edit { file: "charts/shop/values.yaml".into(), line, column, end_line, end_column, text: text.into() }
}

fn findings() -> Vec<Finding> {
    let privileged = |name: &str| Finding {
        grade: Grade::Hardenable,
        help: Some("set `web.securityContext.privileged: false`".into()),
        objects: vec![object(name)],
        template: Some(location("templates/deployment.yaml", 7, 15)),
        include: vec![location("templates/_helpers.tpl", 12, 4), location("templates/all.yaml", 2, 4)],
        values: Some(ValuesLocation {
            file: "charts/shop/values.yaml".into(),
            line: 4,
            column: 5,
            key: "web.securityContext.privileged".into(),
        }),
        rendered: Some(RenderedLocation { file: "shop/templates/deployment.yaml".into(), line: 7 }),
        fix: Some(Fix {
            applicability: Applicability::Unsafe,
            edits: vec![edit((3, 19), (3, 22), ""), edit((3, 28), (3, 28), "\n    privileged: false")],
        }),
        ..finding("privileged", "POD001", Level::Error, "container `web` is privileged")
    };
    let mut all: Vec<_> = ["web", "api", "worker", "cron", "mail"].map(privileged).into();
    all[1].cases = vec!["ci/ha-values.yaml".into()];
    all.push(Finding {
        grade: Grade::Hardcoded,
        objects: vec![object("web")],
        template: Some(location("templates/deployment.yaml", 8, 18)),
        ..finding("floating-tag", "IMG001", Level::Warning, "image `nginx:latest` can change under the same name")
    });
    all.push(Finding {
        objects: vec![object("web")],
        template: Some(location("templates/deployment.yaml", 6, 11)),
        ..finding("apparmor-absent", "POD023", Level::Note, "container `web` has no AppArmor profile")
    });
    all.push(Finding {
        objects: vec![object("agent")],
        template: Some(location("templates/agent.yaml", 3, 1)),
        suppressed: Some(Suppression {
            by: "chartsec.yaml:5 (platform)".into(),
            reason: "the agent watches processes".into(),
            in_source: false,
        }),
        ..finding("host-pid", "POD002", Level::Error, "the pod shares the process ids of the node")
    });
    all.push(finding(
        "values-schema",
        "VAL001",
        Level::Error,
        "values do not meet the schema\nat '/web': got string, want object",
    ));
    all
}

fn charts() -> Vec<ChartReport> {
    let case = |name: &str, files: &[&str], status, objects| Case {
        name: name.into(),
        files: files.iter().map(|file| (*file).into()).collect(),
        status,
        objects,
    };
    let chart = |path: &str, name: &str, kind, cases| ChartReport {
        path: path.into(),
        name: name.into(),
        version: if kind == Kind::Manifests { String::new() } else { "1.2.3".into() },
        kind,
        cases,
        subjects: Subjects::default(),
    };
    let ha = case("ci/ha-values.yaml", &["charts/shop/ci/ha-values.yaml"], Status::Rendered, 14);
    vec![
        chart("charts/shop", "shop", Kind::Application, vec![case("default", &[], Status::Rendered, 9), ha]),
        chart("charts/common", "common", Kind::Library, Vec::new()),
        chart("deploy.yaml", "deploy.yaml", Kind::Manifests, vec![case("default", &[], Status::Rendered, 3)]),
    ]
}

fn report() -> Report {
    Report::new(
        charts(),
        findings(),
        vec!["charts/shop: template `x` is over the limit `steps`".into()],
        &Limits::default(),
    )
}

fn files() -> Files {
    let mut files = Files::new();
    files.insert("charts/shop/templates/deployment.yaml", DEPLOYMENT.as_bytes());
    files.insert("charts/shop/values.yaml", VALUES.as_bytes());
    let rendered = DEPLOYMENT.replace("{{- toYaml .Values.web.securityContext | nindent 10 }}", "privileged: true");
    files.insert_rendered("charts/shop", "default", "shop/templates/deployment.yaml", rendered.as_bytes());
    files
}

#[test]
fn text_as_people_see_it() {
    let shown = |detail, color| render(&report(), &files(), Format::Text, Style { color, detail });
    snapshot("report-text", &shown(Detail::Normal, false));
    snapshot("report-text-quiet", &shown(Detail::Quiet, false));
    snapshot("report-text-verbose", &shown(Detail::Verbose, false));
    let colored = shown(Detail::Verbose, true);
    let plain: String = colored
        .split('\u{1b}')
        .map(|part| part.strip_prefix('[').and_then(|p| p.split_once('m')).map_or(part, |p| p.1))
        .collect();
    assert!(colored.len() > plain.len() + 100);
    assert_eq!(plain, shown(Detail::Verbose, false));
}

#[test]
fn a_clean_run_is_one_calm_line() {
    let clean = |charts| {
        render(
            &Report::new(charts, Vec::new(), Vec::new(), &Limits::default()),
            &files(),
            Format::Text,
            Style::default(),
        )
    };
    assert_eq!(clean(charts().split_off(2)), "1 manifest file: no findings\n");
    assert_eq!(clean(vec![charts().swap_remove(0)]), "1 chart, 2 cases: no findings\n");
}

#[test]
fn markdown_as_a_comment_shows_it() {
    let rules = ["privileged-container", "run-as-root", "latest-image"].map(str::to_owned);
    let fact = |item: &str, holds, words: &str| Fact { item: item.into(), chart: None, holds, words: words.into() };
    let facts = vec![
        fact("audit-log-shipped", true, "Fluent Bit ships it (attested by @ada until 2027-06-30)"),
        fact("audit-log-enabled", false, "attestation of `audit-log-enabled`: it expired on 2026-01-01"),
    ];
    let mut report = report().of(Scope { rules: rules.into_iter().collect(), facts });
    for (subject, count) in [(Subject::Objects, 9), (Subject::Pods, 3), (Subject::Containers, 4)] {
        report.charts[0].subjects.add(subject, count);
    }
    snapshot("report-markdown", &render(&report, &files(), Format::Markdown, Style::default()));
}

#[test]
fn markdown_shows_hostile_names_as_they_are() {
    let hostile = "x\n| a | <img src=y> [z](https://evil.example) @team #1 `c` $m$ **b** --> </details>";
    let mut finding = finding("run-as-root", "POD006", Level::Error, hostile);
    finding.help = Some(hostile.into());
    finding.chart = hostile.into();
    finding.objects = vec![ObjectRef { name: hostile.into(), ..object("web") }];
    let mut chart = charts().swap_remove(0);
    (chart.path, chart.version) = (hostile.into(), hostile.into());
    chart.cases[0].name = hostile.into();
    let report = Report::new(vec![chart], vec![finding], vec![hostile.into()], &Limits::default());
    let text = render(&report, &Files::new(), Format::Markdown, Style::default());
    let mut plain = text.clone();
    while let Some(at) = plain.find('\\') {
        plain.replace_range(at..at + 2, "");
    }
    for active in ["<img", "](", "https:", "@team", "#1", "`c`", "**b**", "$m$"] {
        assert!(!plain.contains(active), "{active}\n{text}");
    }
    assert_eq!(plain.matches("</details>").count(), 1, "that of the errors");
    let cells = |row: &&str| {
        row.starts_with("| ") && !row.starts_with("| |") && row.replace("\\|", "").matches('|').count() != 5
    };
    assert_eq!(text.lines().filter(cells).collect::<Vec<_>>(), [""; 0], "every row has four cells");
}

#[test]
fn json_as_programs_read_it() {
    snapshot("report-json", &render(&report(), &files(), Format::Json, Style::default()));
}

#[test]
fn json_meets_its_schema() {
    let schema: Value = serde_json::from_str(include_str!("../../schemas/report.schema.json")).unwrap();
    let document: Value = serde_json::from_str(&render(&report(), &files(), Format::Json, Style::default())).unwrap();
    let validator = jsonschema::validator_for(&closed(schema)).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    for (pointer, wrong) in [
        ("/version", Value::from(2)),
        ("/charts/0/type", Value::from("plugin")),
        ("/findings/0/level", Value::from("fatal")),
        ("/findings/1/template/line", Value::from(0)),
        ("/findings/0/fingerprint", Value::Null),
        ("/summary/not_evaluated", Value::Null),
    ] {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&document), "{pointer}");
    }
    for (parent, key) in
        [("", "charts"), ("/findings/0", "values"), ("/charts/0/cases/0", "objects"), ("/summary", "error")]
    {
        let mut document = document.clone();
        document.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        assert!(!validator.is_valid(&document), "{parent}/{key}");
    }
}

#[test]
fn formats_that_programs_read() {
    for (name, format) in [
        ("report-sarif", Format::Sarif),
        ("report-github", Format::Github),
        ("report-gitlab", Format::Gitlab),
        ("report-junit", Format::Junit),
    ] {
        snapshot(name, &render(&report(), &files(), format, Style::default()));
    }
}

/// What SARIF 2.1.0 demands of the parts that we write, and what code scanning reads of them.
#[test]
fn sarif_has_the_shape_of_its_standard() {
    let document: Value = serde_json::from_str(&render(&report(), &files(), Format::Sarif, Style::default())).unwrap();
    let schema = serde_json::from_str(include_str!("sarif.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    let run = &document["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let suppressed =
        run["results"].as_array().unwrap().iter().filter(|result| result["suppressions"] != serde_json::json!([]));
    assert_eq!(suppressed.count(), 1);
}

#[test]
fn what_is_waived_counts_nowhere() {
    let report = report();
    assert_eq!((report.summary.suppressed, report.summary.error), (1, 2));
    let shown = |format| render(&report, &files(), format, Style::default());
    for format in [Format::Text, Format::Github, Format::Gitlab] {
        assert!(!shown(format).contains("process ids"), "{format:?}");
    }
    let junit = shown(Format::Junit);
    assert!(
        junit.contains("failures=\"2\"") && junit.contains("<skipped message=\"the agent watches processes"),
        "{junit}"
    );
}

/// The schema lets later versions add fields; this version writes exactly those it describes.
fn closed(mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut() {
        if object.contains_key("properties") {
            object.insert("additionalProperties".into(), false.into());
        }
        object.values_mut().for_each(|value| *value = closed(value.take()));
    } else if let Some(items) = schema.as_array_mut() {
        items.iter_mut().for_each(|value| *value = closed(value.take()));
    }
    schema
}
