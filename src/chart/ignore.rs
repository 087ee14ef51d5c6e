//! `.helmignore`: which files of a chart folder are no part of the chart.
//!
//! The rules look like those of git but are Helm's: the first rule that decides wins, and a rule with `!`
//! makes every file that it does *not* match ignored.

use super::pattern::Pattern;

/// The rules of one chart folder.
#[derive(Debug)]
pub(super) struct Ignore {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    negated: bool,
    folders_only: bool,
    base_name: bool,
}

/// A line that Helm refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadRule {
    /// `**`.
    #[error("double-star (**) syntax is not supported")]
    DoubleStar,
    /// A pattern that does not compile.
    #[error("syntax error in pattern")]
    Pattern,
}

impl Ignore {
    /// Reads the rules of a `.helmignore` and adds Helm's own. With bad lines (numbered from 1), the rules without them come beside.
    pub(super) fn parse(text: &[u8]) -> Result<Self, (Self, Vec<(u32, BadRule)>)> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = String::from_utf8_lossy(text);
        let mut rules = Vec::new();
        let mut bad = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            match rule(line.trim()) {
                Ok(rule) => rules.extend(rule),
                Err(error) => bad.push((number, error)),
            }
        }
        rules.extend(rule("templates/.?*").ok().flatten());
        if bad.is_empty() { Ok(Self { rules }) } else { Err((Self { rules }, bad)) }
    }

    /// Whether a file or folder (slash path below the chart) is ignored; an ignored folder is not entered.
    pub(super) fn ignores(&self, path: &str, is_folder: bool) -> bool {
        if path.is_empty() || path == "." || path == "./" {
            return false;
        }
        for rule in &self.rules {
            let wrong_kind = rule.folders_only && !is_folder;
            if rule.negated {
                if wrong_kind || !rule.matches(path) {
                    return true;
                }
            } else if !wrong_kind && rule.matches(path) {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let name = if self.base_name { path.rsplit('/').next().unwrap_or(path) } else { path };
        self.pattern.matches(name)
    }
}

fn rule(line: &str) -> Result<Option<Rule>, BadRule> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    if line.contains("**") {
        return Err(BadRule::DoubleStar);
    }
    // Helm compiles the whole line first and the stripped one later; both have to be good.
    Pattern::new(line).map_err(|_| BadRule::Pattern)?;
    let negated = line.starts_with('!');
    let text = line.strip_prefix('!').unwrap_or(line);
    let folders_only = text.ends_with('/');
    let text = text.strip_suffix('/').unwrap_or(text);
    let base_name = !text.contains('/');
    let text = text.strip_prefix('/').unwrap_or(text);
    let pattern = Pattern::new(text).map_err(|_| BadRule::Pattern)?;
    Ok(Some(Rule { pattern, negated, folders_only, base_name }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignores(rules: &str, path: &str, is_folder: bool) -> bool {
        Ignore::parse(rules.as_bytes()).unwrap().ignores(path, is_folder)
    }

    #[test]
    fn decides_as_helm_does() {
        assert!(ignores("helm.txt", "helm.txt", false));
        assert!(ignores("helm.*", "a/b/helm.txt", false));
        assert!(ignores("cargo/*.txt", "cargo/a.txt", false));
        assert!(!ignores("cargo/*.txt", "mast/cargo/a.txt", false));
        assert!(ignores("/a.txt", "a.txt", false));
        assert!(!ignores("/a.txt", "cargo/a.txt", false));
        assert!(ignores("cargo/", "cargo", true));
        assert!(!ignores("cargo/", "cargo", false));
        assert!(ignores("", "templates/.dotfile", false));
        assert!(!ignores("", "templates/sub/.dotfile", false));
        assert!(!ignores("# a comment\n\n", "a", false));
        assert!(ignores("\u{feff}a.txt", "a.txt", false));
    }

    #[test]
    fn a_negated_rule_ignores_what_it_does_not_match() {
        assert!(!ignores("!helm.txt", "helm.txt", false));
        assert!(ignores("!helm.txt", "tiller.txt", false));
        assert!(ignores("!*.txt\nb.txt", "b.txt", false));
        assert!(ignores("!a/", "a", false));
        assert!(!ignores("!a/", "a", true));
    }

    #[test]
    fn names_every_bad_line() {
        let (rules, bad) = Ignore::parse(b"a\nb/**\n[\n").unwrap_err();
        assert!(rules.ignores("a", false));
        assert_eq!(bad, [(2, BadRule::DoubleStar), (3, BadRule::Pattern)]);
    }
}
