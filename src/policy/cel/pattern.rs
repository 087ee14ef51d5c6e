//! The pattern of `matches`: RE2 as far as policies need it. Compiled when a policy is loaded, so it must be cheap to compile;
//! what it is held against is short.

use regex_lite::{Regex, RegexBuilder};

/// A literal pattern of a policy.
#[derive(Debug)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// A pattern of at most `most` bytes when it is compiled, or what is wrong with it.
    pub(crate) fn new(source: &str, most: u64) -> Result<Self, String> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        RegexBuilder::new(source).size_limit(most).build().map(Self).map_err(|error| error.to_string())
    }

    /// Whether a part of the text matches.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_size_are_refused_at_once() {
        assert!(Pattern::new("a(", 1 << 20).unwrap_err().contains("group"));
        assert!(Pattern::new("a{1000}", 10).unwrap_err().contains("size limit"));
        assert!(Pattern::new("^a+$", 1 << 20).unwrap().is_match("aa"));
        assert!(!Pattern::new("^a+$", 1 << 20).unwrap().is_match("ab"));
    }
}
