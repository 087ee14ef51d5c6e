//! The pattern of `matches`: RE2 as far as policies need it. Compiled when a text is first held against it, so it must be cheap
//! to compile; the texts are short.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use regex_lite::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// A literal pattern of a policy.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Pattern {
    source: Box<str>,
    most: usize,
    #[serde(skip)]
    regex: OnceCell<Result<Regex, Box<str>>>,
    #[serde(skip)]
    answers: RefCell<Answers>,
}

/// What texts came to: objects have most of their names, labels and images in common.
#[derive(Debug, Default)]
struct Answers {
    known: HashMap<Box<str>, bool>,
    bytes: usize,
}

/// Bytes of texts whose answers one pattern keeps.
const KEPT: usize = 1 << 16;

impl Pattern {
    /// A pattern of at most `most` bytes when it is compiled.
    pub(crate) fn new(source: &str, most: u64) -> Self {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Self { source: source.into(), most, regex: OnceCell::new(), answers: RefCell::default() }
    }

    /// Whether a part of the text matches, or what is wrong with the pattern.
    pub(crate) fn is_match(&self, text: &str) -> Result<bool, &str> {
        if let Some(known) = self.answers.borrow().known.get(text) {
            return Ok(*known);
        }
        let answer = self.regex()?.is_match(text);
        let mut answers = self.answers.borrow_mut();
        let bytes = answers.bytes.saturating_add(text.len()).saturating_add(1);
        if bytes <= KEPT {
            answers.bytes = bytes;
            answers.known.insert(text.into(), answer);
        }
        Ok(answer)
    }

    /// It compiled, or what is wrong with it.
    pub(crate) fn regex(&self) -> Result<&Regex, &str> {
        let compile = || RegexBuilder::new(&self.source).size_limit(self.most).build();
        let regex = self.regex.get_or_init(|| compile().map_err(|error| error.to_string().into()));
        regex.as_ref().map_err(|error| &**error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_and_size_are_refused() {
        assert!(Pattern::new("a(", 1 << 20).regex().unwrap_err().contains("group"));
        assert!(Pattern::new("a{1000}", 10).regex().unwrap_err().contains("size limit"));
    }

    #[test]
    fn an_answer_stays_what_it_was() {
        let pattern = Pattern::new("^a+$", 1 << 20);
        for _ in 0..2 {
            assert_eq!((pattern.is_match("aa"), pattern.is_match("ab")), (Ok(true), Ok(false)));
        }
    }
}
