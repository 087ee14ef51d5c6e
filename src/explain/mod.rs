//! What a rule is about, for people and programs: why, an example, how to mend it, which standards ask for it, how to waive it.

mod example;
mod text;

use serde::Serialize;

use crate::finding::{Applicability, Level, Severity};
use crate::lint::{BuiltIn, EVIDENCE_RULES, EvidenceRule, RULES, catalogue};
use crate::policy::standards::{Standard, is_address, standards};
use crate::policy::{PolicyError, PolicyFile, Profile, policy_file, profile_file, profiles};

/// Everything that is known of a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Kebab-case id.
    pub id: String,
    /// Code of the catalogue.
    pub code: String,
    /// One line.
    pub title: String,
    /// What can go wrong.
    pub why: String,
    /// How bad it is.
    pub severity: Severity,
    /// When a violation is an error, in words.
    pub level: String,
    /// Kubernetes versions that it is for; all when `null`.
    pub kubernetes: Option<String>,
    /// The profiles that hold it; rules that are built in hold in all.
    pub profiles: Vec<String>,
    /// Whether it is built in.
    pub built_in: bool,
    /// Whether it can be waived.
    pub waivable: bool,
    /// What violates it.
    pub before: String,
    /// The same as it should be.
    pub after: String,
    /// What to do, in words, where that does not depend on the object.
    pub help: Option<String>,
    /// What mends it.
    pub fix: Option<Fix>,
    /// Controls of standards that ask for it, as their source has them.
    pub controls: Vec<Ask>,
    /// Addresses to read on.
    pub references: Vec<String>,
}

/// What mends a violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// YAML below the element that is judged.
    pub snippet: String,
    /// Whether the workload runs as before.
    pub safe: bool,
}

/// A control of a standard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// The standard and its version.
    pub standard: String,
    /// The control's id.
    pub id: String,
    /// The control's title.
    pub title: String,
    /// Where it was read.
    pub source: String,
}

/// A rule in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Code of the catalogue.
    pub code: String,
    /// Kebab-case id.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// The profiles that hold it; empty for one that has to be selected.
    pub profiles: Vec<String>,
    /// Whether it is built in, so that it holds in every profile.
    pub built_in: bool,
    /// One line.
    pub title: String,
}

/// The rules with this id or code; none when it is unknown.
///
/// # Errors
/// A fault of an embedded file.
pub fn explain(name: &str) -> Result<Vec<Explanation>, PolicyError> {
    let (standards, profiles) = (standards()?, all_profiles()?);
    let mut found = Vec::new();
    for (id, _) in catalogue().filter(|(id, code)| *id == name || code.eq_ignore_ascii_case(name)) {
        let evidence = EVIDENCE_RULES.iter().find(|rule| rule.id == id).map(of_evidence);
        match RULES.iter().find(|rule| rule.id == id).map(built_in).or(evidence) {
            Some(page) => found.push(page),
            None => found.extend(policy_file(id)?.map(|file| of_policy(file, &standards, &profiles))),
        }
    }
    Ok(found)
}

/// Every rule, or those of a profile, ordered by code. `None` if there is no such profile.
///
/// # Errors
/// A fault of an embedded file.
pub fn list(profile: Option<&str>) -> Result<Option<Vec<Row>>, PolicyError> {
    let all = all_profiles()?;
    if profile.is_some_and(|name| !all.iter().any(|profile| profile.name == name)) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for (id, code) in catalogue() {
        let in_code = RULES.iter().map(|rule| (rule.id, rule.severity, rule.title));
        let mut in_code = in_code.chain(EVIDENCE_RULES.iter().map(|rule| (rule.id, rule.severity, rule.title)));
        let known = in_code.find(|(known, ..)| *known == id);
        let (severity, title) = match known {
            Some((_, severity, title)) => (severity, title.to_owned()),
            None => match policy_file(id)? {
                Some(file) => (file.severity, file.title),
                None => continue,
            },
        };
        let built_in = known.is_some();
        let profiles: Vec<String> = holding(id, &all).map(|profile| profile.name.clone()).collect();
        if built_in || profile.is_none_or(|name| profiles.iter().any(|held| held == name)) {
            rows.push(Row { code: code.to_owned(), id: id.to_owned(), severity, profiles, built_in, title });
        }
    }
    rows.sort_by(|a, b| (&a.code, &a.id).cmp(&(&b.code, &b.id)));
    Ok(Some(rows))
}

/// The list for people.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    text::table(rows)
}

impl Explanation {
    /// The page for people.
    #[must_use]
    pub fn text(&self, color: bool) -> String {
        text::page(self, color)
    }
}

fn all_profiles() -> Result<Vec<Profile>, PolicyError> {
    let mut names = profiles();
    names.sort_unstable();
    names.into_iter().filter_map(|name| profile_file(name).transpose()).collect()
}

fn holding<'a>(id: &'a str, profiles: &'a [Profile]) -> impl Iterator<Item = &'a Profile> {
    profiles.iter().filter(move |profile| profile.policies.iter().any(|held| held == id))
}

fn built_in(rule: &BuiltIn) -> Explanation {
    let level = if rule.fatal {
        "always an error, except where the chart itself refuses values that another case gives".to_owned()
    } else if rule.severity == Severity::Info {
        "always a note".to_owned()
    } else {
        level_in_words(rule.severity, None, "")
    };
    Explanation {
        id: rule.id.to_owned(),
        code: rule.code.to_owned(),
        title: rule.title.to_owned(),
        why: rule.why.to_owned(),
        severity: rule.severity,
        level,
        kubernetes: None,
        profiles: Vec::new(),
        built_in: true,
        waivable: crate::lint::standing(rule.id, []) == crate::lint::Standing::Waivable,
        before: format!("{}\n", rule.example.0),
        after: format!("{}\n", rule.example.1),
        help: None,
        fix: None,
        controls: Vec::new(),
        references: vec![rule.reference.to_owned()],
    }
}

fn of_evidence(rule: &EvidenceRule) -> Explanation {
    Explanation {
        id: rule.id.to_owned(),
        code: rule.code.to_owned(),
        title: rule.title.to_owned(),
        why: rule.why.to_owned(),
        severity: rule.severity,
        level: level_in_words(rule.severity, None, ""),
        kubernetes: None,
        profiles: Vec::new(),
        built_in: true,
        waivable: true,
        before: format!("{}\n", rule.example.0),
        after: format!("{}\n", rule.example.1),
        help: None,
        fix: None,
        controls: Vec::new(),
        references: vec![rule.reference.to_owned()],
    }
}

fn of_policy(file: PolicyFile, standards: &[Standard], profiles: &[Profile]) -> Explanation {
    let strict: Vec<&str> =
        holding(&file.id, profiles).filter(|profile| profile.strict).map(|profile| &*profile.name).collect();
    let strict = if strict.is_empty() { String::new() } else { format!(" and in {}", strict.join(", ")) };
    let (before, after) = file.examples.as_ref().map(example::of).unwrap_or_default();
    let asks = standards.iter().flat_map(|standard| {
        standard.verified(&file.id, &file.references).into_iter().map(|control| Ask {
            standard: standard.name(),
            id: control.id.clone(),
            title: control.title.clone(),
            source: standard.source.clone(),
        })
    });
    Explanation {
        controls: asks.collect(),
        level: level_in_words(file.severity, file.level, &strict),
        profiles: holding(&file.id, profiles).map(|profile| profile.name.clone()).collect(),
        built_in: false,
        waivable: true,
        before,
        after,
        help: file.help.clone().filter(|help| !help.contains("{{") && !help.contains("{%")),
        fix: file.fix.as_ref().map(|fix| Fix {
            snippet: example::nested(&fix.set, &fix.value),
            safe: fix.applicability == Applicability::Safe,
        }),
        references: file.references.iter().filter(|reference| is_address(reference)).cloned().collect(),
        id: file.id,
        code: file.code,
        title: file.title,
        why: file.why.trim().to_owned(),
        severity: file.severity,
        kubernetes: file.kubernetes,
    }
}

/// [`crate::policy::level`] in words.
fn level_in_words(severity: Severity, floor: Option<Level>, strict: &str) -> String {
    let otherwise = match severity {
        Severity::High | Severity::Critical => "an error where no values key mends it, otherwise a warning",
        Severity::Medium => "a warning",
        Severity::Info | Severity::Low => "a note",
    };
    let by_default = match floor {
        Some(Level::Error) => "an error in the chart's defaults; elsewhere ",
        Some(Level::Warning) if severity < Severity::Medium => "a warning in the chart's defaults; elsewhere ",
        _ => "",
    };
    format!("{by_default}{otherwise}; with --strict{strict} always an error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_page() {
        for (id, code) in catalogue() {
            let pages = explain(id).unwrap();
            let [page] = &pages[..] else { panic!("{id}: {}", pages.len()) };
            assert_eq!((&*page.id, &*page.code), (id, code));
            assert!(!page.before.trim().is_empty() && page.before != page.after, "{id}");
            assert!(page.why.ends_with('.'), "{id}: {}", page.why);
            assert!(!page.controls.iter().any(|ask| ask.title.is_empty()), "{id}");
            let text = page.text(false);
            let quoted = |line: &str| [&page.before, &page.after].iter().any(|quote| quote.contains(line.trim()));
            let wide = |line: &&str| line.chars().count() > 140 && !line.contains("https://") && !quoted(line);
            assert_eq!(text.lines().find(wide), None, "{text}");
            assert_eq!(text.contains(&format!("ignore[{id}]")), page.waivable, "{id}");
        }
        assert_eq!(explain("CHT003").unwrap().len(), 3);
        assert_eq!(explain("pod001").unwrap()[0].id, "privileged-container");
        assert!(explain("nothing").unwrap().is_empty());
    }

    #[test]
    fn words_say_what_the_level_is() {
        let words = level_in_words(Severity::High, Some(Level::Error), " and in nsa");
        assert_eq!(
            words,
            "an error in the chart's defaults; elsewhere an error where no values key mends it, otherwise a warning; \
             with --strict and in nsa always an error"
        );
        assert_eq!(level_in_words(Severity::Low, None, ""), "a note; with --strict always an error");
    }

    #[test]
    fn lists_are_those_of_profiles() {
        let all = list(None).unwrap().unwrap();
        assert_eq!(all.len(), catalogue().count());
        assert!(all.is_sorted_by(|a, b| a.code <= b.code));
        let baseline = list(Some("pss-baseline")).unwrap().unwrap();
        let policies: Vec<&Row> = baseline.iter().filter(|row| !row.built_in).collect();
        assert_eq!(policies.len(), profile_file("pss-baseline").unwrap().unwrap().policies.len());
        assert!(baseline.len() > policies.len());
        assert!(list(Some("nope")).unwrap().is_none());
    }
}
