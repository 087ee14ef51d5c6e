//! The pattern of `matches`: its syntax is checked when a policy is loaded, and it is compiled when it is first needed.
//! Most runs need few of the patterns of a profile, and compiling all of them costs more than rendering a chart.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::value::Fault;
use crate::limits::Exceeded;

/// A literal pattern of a policy.
#[derive(Debug)]
pub(crate) struct Pattern {
    source: Box<str>,
    /// Bytes that it may have when compiled.
    most: u64,
    /// `None` for one that has more.
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern, or what is wrong with its syntax.
    pub(crate) fn new(source: &str, most: u64) -> Result<Self, String> {
        // Only the syntax: to translate it costs as much as to compile it.
        regex_syntax::ast::parse::Parser::new().parse(source).map_err(|error| {
            let text = error.to_string();
            text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
        })?;
        Ok(Self { source: source.into(), most, compiled: OnceLock::new() })
    }

    /// Whether a part of the text matches.
    pub(crate) fn is_match(&self, text: &str) -> Result<bool, Fault> {
        let compiled = self.compiled.get_or_init(|| {
            let most = usize::try_from(self.most).unwrap_or(usize::MAX);
            RegexBuilder::new(&self.source).size_limit(most).build().ok()
        });
        match compiled {
            Some(regex) => Ok(regex.is_match(text)),
            None => {
                Exceeded::check("regex-bytes", self.most.saturating_add(1), self.most)?;
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_is_refused_at_once_and_size_when_it_is_used() {
        assert_eq!(Pattern::new("a(", 1 << 20).unwrap_err(), "unclosed group");
        assert_eq!(Pattern::new("^a+$", 1 << 20).unwrap().is_match("aa"), Ok(true));
        assert_eq!(Pattern::new("^a+$", 1 << 20).unwrap().is_match("ab"), Ok(false));
        let large = Pattern::new("a{1000}", 10).unwrap().is_match("a").unwrap_err();
        assert_eq!(large.to_string(), "limit `regex-bytes` of 10 exceeded");
    }
}
