//! The report as one JSON object; `schemas/report.schema.json` describes it. Fields are added, never changed.

use serde::Serialize;

use super::{ChartReport, Report, Summary, escape, fingerprints};
use crate::finding::{
    Finding, Fix, Grade, Level, Location, ObjectRef, RenderedLocation, Severity, Suppression, ValuesLocation,
};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    charts: &'a [ChartReport],
    findings: Vec<Entry<'a>>,
    summary: &'a Summary,
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    code: &'a str,
    severity: Severity,
    grade: Grade,
    level: Level,
    message: &'a str,
    help: Option<&'a str>,
    chart: &'a str,
    objects: &'a [ObjectRef],
    template: Option<&'a Location>,
    include: &'a [Location],
    values: Option<&'a ValuesLocation>,
    rendered: Option<&'a RenderedLocation>,
    cases: &'a [String],
    suppressed: Option<&'a Suppression>,
    fix: Option<&'a Fix>,
    fingerprint: String,
}

impl<'a> Entry<'a> {
    fn new(finding: &'a Finding, fingerprint: String) -> Self {
        Self {
            rule: &finding.rule.id,
            code: &finding.rule.code,
            severity: finding.rule.severity,
            grade: finding.grade,
            level: finding.level,
            message: &finding.message,
            help: finding.help.as_deref(),
            chart: &finding.chart,
            objects: &finding.objects,
            template: finding.template.as_ref(),
            include: &finding.include,
            values: finding.values.as_ref(),
            rendered: finding.rendered.as_ref(),
            cases: &finding.cases,
            suppressed: finding.suppressed.as_ref(),
            fix: finding.fix.as_ref(),
            fingerprint,
        }
    }
}

/// The report as indented JSON with a line break at its end.
#[must_use]
pub(super) fn render(report: &Report) -> String {
    let fingerprints = fingerprints(&report.findings, &report.charts);
    let document = Document {
        version: 1,
        charts: &report.charts,
        findings: report.findings.iter().zip(fingerprints).map(|(f, print)| Entry::new(f, print)).collect(),
        summary: &report.summary,
    };
    // Strings, numbers and lists only: there is nothing in it that JSON cannot say.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    escape::json(&text).into_owned()
}
