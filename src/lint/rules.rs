//! The rules that are not policies: what keeps a chart from being loaded or rendered, and what is wrong with waivers.

use std::rc::Rc;

use crate::finding::{Rule, Severity};

/// A built-in rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Kebab-case id.
    pub id: &'static str,
    /// Code of the catalogue.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What can go wrong.
    pub why: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it keeps a chart from being loaded or rendered, so that nothing else is known of it: such a finding is always told and
    /// never waived.
    pub fatal: bool,
    /// What violates it, and the same as it should be.
    pub example: (&'static str, &'static str),
    /// Where it stands written.
    pub reference: &'static str,
}

const CHARTS: &str = "https://helm.sh/docs/topics/charts/";
const TEMPLATES: &str = "https://helm.sh/docs/chart_template_guide/";

/// What all fatal rules have in common.
const FATAL: BuiltIn = BuiltIn {
    id: "",
    code: "",
    title: "",
    why: "",
    severity: Severity::Critical,
    fatal: true,
    example: ("", ""),
    reference: TEMPLATES,
};

pub(super) const CHART: BuiltIn = BuiltIn {
    id: "chart-unreadable",
    code: "CHT001",
    title: "Chart cannot be loaded",
    why: "Helm refuses a chart whose Chart.yaml, values.yaml or archive it cannot read: it cannot be installed.",
    example: ("# Chart.yaml\napiVersion: v2\nname: web", "# Chart.yaml\napiVersion: v2\nname: web\nversion: 1.0.0"),
    reference: CHARTS,
    ..FATAL
};
pub(super) const DEPENDENCY: BuiltIn = BuiltIn {
    id: "missing-dependency",
    code: "CHT002",
    title: "Dependency declared and missing",
    why: "Helm renders nothing while a chart that Chart.yaml names is not in `charts/`, and nobody can look at what it would add.",
    example: (
        "# Chart.yaml, and no charts/redis\ndependencies:\n  - {name: redis, version: 1.2.3}",
        "# `helm dependency build` puts it there\ncharts/redis-1.2.3.tgz",
    ),
    reference: "https://helm.sh/docs/helm/helm_dependency_build/",
    ..FATAL
};
pub(super) const PARSE: BuiltIn = BuiltIn {
    id: "template-syntax",
    code: "CHT003",
    title: "Template does not parse",
    why: "One template that does not parse keeps the whole chart from rendering, whatever the values are.",
    example: ("replicas: {{ .Values.replicas }", "replicas: {{ .Values.replicas }}"),
    ..FATAL
};
pub(super) const RENDER: BuiltIn = BuiltIn {
    id: "render-error",
    code: "CHT003",
    title: "Chart does not render",
    why: "The chart cannot be installed with these values, and what it would install cannot be checked.",
    example: ("image: {{ .Values.image.tag }}   # values.yaml has no `image`", "image: {{ (.Values.image).tag }}"),
    ..FATAL
};
pub(super) const DOCUMENT: BuiltIn = BuiltIn {
    id: "rendered-yaml",
    code: "CHT004",
    title: "Rendered text is no manifest",
    why: "Kubernetes takes no text that is not YAML: the install fails, mostly because of indentation or a missing quote.",
    example: ("labels:\n{{ toYaml .Values.labels }}", "labels:\n  {{- toYaml .Values.labels | nindent 2 }}"),
    ..FATAL
};
pub(super) const VALUES: BuiltIn = BuiltIn {
    id: "values-unusable",
    code: "CHT009",
    title: "Values cannot be used",
    why: "Helm cannot compose the values of the chart, so that it renders nothing.",
    example: ("# values.yaml\n- replicas: 1", "# values.yaml\nreplicas: 1"),
    reference: "https://helm.sh/docs/topics/charts/#values-files",
    ..FATAL
};
pub(super) const SCHEMA: BuiltIn = BuiltIn {
    id: "values-schema",
    code: "CHT009",
    title: "Values do not fit values.schema.json",
    why: "Helm refuses to install with values that the chart's own schema forbids.",
    example: ("replicas: many   # the schema wants an integer", "replicas: 3"),
    reference: "https://helm.sh/docs/topics/charts/#schema-files",
    ..FATAL
};
pub(super) const KUBE_VERSION: BuiltIn = BuiltIn {
    id: "kube-version",
    code: "API006",
    title: "Chart refuses the Kubernetes version",
    why: "Helm refuses to render a chart for a version outside of its `kubeVersion`.",
    example: ("kubeVersion: \">=1.30\"", "kubeVersion: \">=1.30-0\"   # also matches 1.31.2-eks-1"),
    reference: "https://helm.sh/docs/topics/charts/#the-kubeversion-field",
    ..FATAL
};
pub(super) const EMPTY: BuiltIn = BuiltIn {
    id: "empty-chart",
    code: "CHT003",
    title: "Chart renders no object",
    why: "A chart that renders nothing in any case has not been checked, however green the report looks.",
    example: ("# values.yaml\nenabled: false", "# ci/enabled-values.yaml\nenabled: true"),
    reference: CHARTS,
    ..FATAL
};

/// What all rules about waivers have in common.
const WAIVER: BuiltIn = BuiltIn {
    severity: Severity::Medium,
    fatal: false,
    reference: "https://github.com/chartsec/chartsec#waivers",
    ..FATAL
};

pub(super) const INVALID_WAIVER: BuiltIn = BuiltIn {
    id: "invalid-waiver",
    code: "WVR001",
    title: "Waiver does not count",
    why: "A waiver without a reason, or of a rule that does not exist, hides a finding that nobody has accepted: it suppresses nothing.",
    example: ("# chartsec: ignore[POD001]", "# chartsec: ignore[POD001] the agent loads kernel modules"),
    ..WAIVER
};
pub(super) const EXPIRED_WAIVER: BuiltIn = BuiltIn {
    id: "expired-waiver",
    code: "WVR002",
    title: "Waiver is past its date",
    why: "What was accepted for a time is not accepted for ever: a waiver past its date suppresses nothing.",
    example: (
        "waivers:\n  - {rule: POD001, path: charts/agent, reason: until 2.0 is out, expires: 2020-01-31}",
        "waivers: []   # mend the finding, or decide again and set a new date",
    ),
    ..WAIVER
};
pub(super) const UNUSED_WAIVER: BuiltIn = BuiltIn {
    id: "unused-waiver",
    code: "WVR003",
    title: "Waiver suppresses nothing",
    why: "A waiver that outlives its finding would hide the next one in the same place.",
    severity: Severity::Info,
    example: ("privileged: false # chartsec: ignore[POD001] the agent loads kernel modules", "privileged: false"),
    ..WAIVER
};

/// Every built-in rule.
pub const RULES: [BuiltIn; 12] = [
    CHART,
    DEPENDENCY,
    PARSE,
    RENDER,
    DOCUMENT,
    VALUES,
    SCHEMA,
    KUBE_VERSION,
    EMPTY,
    INVALID_WAIVER,
    EXPIRED_WAIVER,
    UNUSED_WAIVER,
];

impl BuiltIn {
    /// The rule as findings name it.
    #[must_use]
    pub fn rule(self) -> Rc<Rule> {
        Rc::new(Rule {
            id: self.id.to_owned(),
            code: self.code.to_owned(),
            title: self.title.to_owned(),
            severity: self.severity,
            references: vec![self.reference.to_owned()],
        })
    }

    /// Whether a user means this rule: by id or by code.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.id == name || self.code.eq_ignore_ascii_case(name)
    }

    /// Whether it is about waivers.
    fn is_about_waivers(&self) -> bool {
        [INVALID_WAIVER.id, EXPIRED_WAIVER.id, UNUSED_WAIVER.id].contains(&self.id)
    }
}

/// Whether a rule is about the chart as such, so that nothing else is known when it is violated.
pub(super) fn is_fatal(rule: &Rule) -> bool {
    RULES.iter().any(|known| known.fatal && known.id == rule.id)
}

/// Whether findings of a rule cannot be waived: those without which nothing is known, and those about waivers.
pub(super) fn is_fixed(rule: &Rule) -> bool {
    RULES.iter().any(|known| known.id == rule.id && (known.fatal || known.is_about_waivers()))
}

/// Id and code of every rule, policies first.
pub fn catalogue() -> impl Iterator<Item = (&'static str, &'static str)> {
    let policies = crate::policy::embedded_files().map(|(id, text)| {
        let code = text.lines().find_map(|line| line.strip_prefix("code: ")).unwrap_or_default();
        (id, code.trim())
    });
    let evidence = super::EVIDENCE_RULES.iter().map(|rule| (rule.id, rule.code));
    policies.chain(RULES.iter().map(|rule| (rule.id, rule.code))).chain(evidence)
}

/// What a name of a rule stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No rule has it.
    Unknown,
    /// Only rules that cannot be waived have it.
    Fixed,
    /// A rule that can be waived has it.
    Waivable,
}

/// What a name, an id or a code, stands for. Ids of policies that are not embedded are `others`.
#[must_use]
pub fn standing<'a>(name: &str, others: impl IntoIterator<Item = &'a Rule>) -> Standing {
    let is = |id: &str, code: &str| id == name || code.eq_ignore_ascii_case(name);
    if others.into_iter().any(|rule| is(&rule.id, &rule.code) && !is_fixed(rule)) {
        return Standing::Waivable;
    }
    let mut standing = Standing::Unknown;
    for (id, _) in catalogue().filter(|(id, code)| is(id, code)) {
        let built_in = RULES.iter().find(|rule| rule.id == id);
        if built_in.is_none_or(|rule| !rule.fatal && !rule.is_about_waivers()) {
            return Standing::Waivable;
        }
        standing = Standing::Fixed;
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_in_full_and_once() {
        let mut ids: Vec<&str> = catalogue().map(|(id, _)| id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
        for rule in RULES {
            assert!(!rule.title.is_empty() && rule.why.ends_with('.'), "{}", rule.id);
            assert!(!rule.example.0.is_empty() && rule.example.0 != rule.example.1, "{}", rule.id);
            assert!(rule.reference.starts_with("https://"), "{}", rule.id);
        }
    }

    #[test]
    fn what_stops_a_chart_cannot_be_waived() {
        let standing = |name| standing(name, []);
        assert_eq!([standing("POD001"), standing("privileged-container")], [Standing::Waivable; 2]);
        assert_eq!(["CHT003", "render-error", "unused-waiver", "wvr001"].map(standing), [Standing::Fixed; 4]);
        assert_eq!(["POD999", "", "privileged"].map(standing), [Standing::Unknown; 3]);
    }
}
