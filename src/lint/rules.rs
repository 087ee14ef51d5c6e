//! The rules that are not policies: what keeps a chart from being loaded or rendered.

use std::rc::Rc;

use crate::finding::{Rule, Severity};

/// A built-in rule: id, code of the catalogue, title, reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Kebab-case id.
    pub id: &'static str,
    /// Code of the catalogue.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    reference: &'static str,
}

const CHARTS: &str = "https://helm.sh/docs/topics/charts/";
const TEMPLATES: &str = "https://helm.sh/docs/chart_template_guide/";

pub(super) const CHART: BuiltIn =
    BuiltIn { id: "chart-unreadable", code: "CHT001", title: "Chart cannot be loaded", reference: CHARTS };
pub(super) const DEPENDENCY: BuiltIn = BuiltIn {
    id: "missing-dependency",
    code: "CHT002",
    title: "Dependency declared and missing",
    reference: "https://helm.sh/docs/helm/helm_dependency_build/",
};
pub(super) const PARSE: BuiltIn =
    BuiltIn { id: "template-syntax", code: "CHT003", title: "Template does not parse", reference: TEMPLATES };
pub(super) const RENDER: BuiltIn =
    BuiltIn { id: "render-error", code: "CHT003", title: "Chart does not render", reference: TEMPLATES };
pub(super) const DOCUMENT: BuiltIn =
    BuiltIn { id: "rendered-yaml", code: "CHT004", title: "Rendered text is no manifest", reference: TEMPLATES };
pub(super) const VALUES: BuiltIn = BuiltIn {
    id: "values-unusable",
    code: "CHT009",
    title: "Values cannot be used",
    reference: "https://helm.sh/docs/topics/charts/#values-files",
};
pub(super) const SCHEMA: BuiltIn = BuiltIn {
    id: "values-schema",
    code: "CHT009",
    title: "Values do not fit values.schema.json",
    reference: "https://helm.sh/docs/topics/charts/#schema-files",
};
pub(super) const KUBE_VERSION: BuiltIn = BuiltIn {
    id: "kube-version",
    code: "API006",
    title: "Chart refuses the Kubernetes version",
    reference: "https://helm.sh/docs/topics/charts/#the-kubeversion-field",
};
pub(super) const EMPTY: BuiltIn =
    BuiltIn { id: "empty-chart", code: "CHT003", title: "Chart renders no object", reference: CHARTS };

/// Every built-in rule.
pub const RULES: [BuiltIn; 9] = [CHART, DEPENDENCY, PARSE, RENDER, DOCUMENT, VALUES, SCHEMA, KUBE_VERSION, EMPTY];

impl BuiltIn {
    pub(super) fn rule(self) -> Rc<Rule> {
        Rc::new(Rule {
            id: self.id.to_owned(),
            code: self.code.to_owned(),
            title: self.title.to_owned(),
            severity: Severity::Critical,
            references: vec![self.reference.to_owned()],
        })
    }
}

/// Whether a rule is about the chart as such, so that nothing else is known when it is violated.
pub(super) fn is_fatal(rule: &Rule) -> bool {
    RULES.iter().any(|known| known.id == rule.id)
}
