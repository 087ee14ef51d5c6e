//! SARIF 2.1.0, for code scanning: one run, each rule once, waived findings with their waiver.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Report, escape, fingerprints};
use crate::finding::{Applicability, Finding, Fix, Grade, Level, Location, ObjectRef, Rule, Severity};
use crate::policy::policy_file;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://github.com/chartsec/chartsec";

/// The report as indented JSON with a line break at its end.
#[must_use]
pub(super) fn render(report: &Report) -> String {
    let mut rules: Vec<&Rule> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for finding in &report.findings {
        numbers.entry(&finding.rule.id).or_insert_with(|| {
            rules.push(&finding.rule);
            rules.len() - 1
        });
    }
    let prints = fingerprints(&report.findings, &report.charts);
    let results =
        report.findings.iter().zip(prints).map(|(finding, print)| {
            result(finding, numbers.get(&*finding.rule.id).copied().unwrap_or_default(), &print)
        });
    let unseen: Vec<Value> = report
        .summary
        .not_evaluated
        .iter()
        .map(|what| json!({"level": "warning", "message": {"text": format!("not evaluated: {what}")}}))
        .collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "chartsec",
                "informationUri": HOME,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": unseen}],
            "results": results.collect::<Vec<_>>(),
        }],
    });
    // Strings, numbers and lists only: there is nothing in it that JSON cannot say.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    escape::json(&text).into_owned()
}

fn rule(rule: &Rule) -> Value {
    let (id, code, title) = (&rule.id, &rule.code, &rule.title);
    let title = if title.is_empty() { id } else { title };
    // Of a policy that is not embedded, and of a rule that is built in, the title is all that is known here.
    let why = policy_file(id).ok().flatten().map_or_else(|| title.clone(), |policy| policy.why.trim().to_owned());
    let security = is_security(code);
    let mut properties = json!({
        "tags": [if security { "security" } else { "reliability" }, "kubernetes", code],
        "precision": "high",
    });
    if let (true, Some(object)) = (security, properties.as_object_mut()) {
        object.insert("security-severity".into(), score(rule.severity).into());
    }
    let mut descriptor = json!({
        "id": id,
        "name": id,
        "shortDescription": {"text": title},
        "fullDescription": {"text": why},
        "help": {
            "text": format!("`chartsec explain {id}` says why, how to mend it and how to waive it."),
        },
        "defaultConfiguration": {"level": default_level(rule.severity)},
        "properties": properties,
    });
    if let (Some(address), Some(object)) = (rule.references.first(), descriptor.as_object_mut()) {
        object.insert("helpUri".into(), address.as_str().into());
    }
    descriptor
}

/// Whether a rule is about security, by the first letters of its code; all others are about charts that work and last.
fn is_security(code: &str) -> bool {
    let area = code.trim_end_matches(|c: char| c.is_ascii_digit());
    ["POD", "RB", "SA", "NET", "NS", "IMG", "SEC", "AGT", "WVR"].contains(&area)
}

fn result(finding: &Finding, rule: usize, print: &str) -> Value {
    let mut message = finding.message.clone();
    if let Some(help) = &finding.help {
        let _ = write!(message, "\n{help}");
    }
    let template = finding.template.as_ref();
    let values = finding.values.as_ref().map(|at| Location { file: at.file.clone(), line: at.line, column: at.column });
    let mut primary = match (template, &values) {
        (Some(at), _) => located(at),
        (None, Some(at)) => located(at),
        (None, None) => json!({"physicalLocation": {"artifactLocation": {"uri": uri(&finding.chart)}}}),
    };
    if let (false, Some(location)) = (finding.objects.is_empty(), primary.as_object_mut()) {
        location.insert("logicalLocations".into(), finding.objects.iter().map(logical).collect());
    }
    let mut related = Vec::new();
    let mut relate = |at: &Location, said: String| {
        let mut location = located(at);
        if let Some(object) = location.as_object_mut() {
            object.insert("id".into(), (related.len() + 1).into());
            object.insert("message".into(), json!({"text": said}));
        }
        related.push(location);
    };
    if let (Some(at), Some(of), true) = (&values, &finding.values, template.is_some()) {
        relate(at, format!("values key {}", of.key));
    }
    finding.include.iter().for_each(|at| relate(at, "included from here".into()));
    let mut properties = Map::new();
    properties.insert("severity".into(), severity(finding.rule.severity).into());
    properties.insert("grade".into(), grade(finding.grade).into());
    properties.insert("chart".into(), finding.chart.as_str().into());
    properties.insert("cases".into(), finding.cases.clone().into());
    let mut result = json!({
        "ruleId": finding.rule.id,
        "ruleIndex": rule,
        "level": level(finding.level),
        "message": {"text": message},
        "locations": [primary],
        "partialFingerprints": {"chartsec/v1": print},
        "suppressions": finding.suppressed.iter().map(|waiver| json!({
            "kind": if waiver.in_source { "inSource" } else { "external" },
            "status": "accepted",
            "justification": format!("{}; waived by {}", waiver.reason, waiver.by),
        })).collect::<Vec<_>>(),
        "properties": properties,
    });
    if let (false, Some(object)) = (related.is_empty(), result.as_object_mut()) {
        object.insert("relatedLocations".into(), related.into());
    }
    if let (Some(fix), Some(object)) = (&finding.fix, result.as_object_mut()) {
        object.insert("fixes".into(), json!([fixed(fix)]));
    }
    result
}

/// All its edits are in one file.
fn fixed(fix: &Fix) -> Value {
    let said = match fix.applicability {
        Applicability::Safe => "set the key in the values of the chart",
        Applicability::Unsafe => "set the key in the values of the chart, and check that the workload still runs",
    };
    let replacements = fix.edits.iter().map(|edit| {
        json!({
            "deletedRegion": {
                "startLine": edit.line,
                "startColumn": edit.column,
                "endLine": edit.end_line,
                "endColumn": edit.end_column,
            },
            "insertedContent": {"text": edit.text},
        })
    });
    let file = fix.edits.first().map_or("", |edit| &edit.file);
    json!({
        "description": {"text": said},
        "artifactChanges": [{
            "artifactLocation": {"uri": uri(file)},
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}

fn located(at: &Location) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&at.file)},
        "region": {"startLine": at.line.max(1), "startColumn": at.column.max(1)},
    }})
}

fn logical(object: &ObjectRef) -> Value {
    let namespace = object.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let ObjectRef { kind, name, path, .. } = object;
    json!({"kind": "object", "name": name, "fullyQualifiedName": format!("{kind} {namespace}{name}: {path}")})
}

/// A path as a relative reference: bytes with a meaning in URIs, and those that are none of their characters, as `%XX`.
fn uri(path: &str) -> String {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'.' | b'_' | b'~' | b'+' | b'=' | b',' | b'@')
    };
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        if plain(byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn default_level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What code scanning sorts by, in its bands: critical from 9.0, high from 7.0, medium from 4.0.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "1.0",
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Hardenable => "hardenable",
        Grade::Hardcoded => "hardcoded",
        Grade::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("charts/a b/x.tgz:é#1%?.yaml"), "charts/a%20b/x.tgz%3A%C3%A9%231%25%3F.yaml");
        assert_eq!(uri("../charts/shop-1.0.0/templates/_a.tpl"), "../charts/shop-1.0.0/templates/_a.tpl");
    }
}
