//! What is shown of a credential: its first two characters and its length, in every report.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use memchr::memmem::Finder;

use super::{Reach, Verdict, examine};
use crate::limits::Limits;
use crate::yaml::node::Node;

/// `po… (8 characters)`.
#[must_use]
pub fn masked(secret: &str) -> String {
    let secret = secret.trim();
    let length = secret.chars().count();
    let first: String = secret.chars().take(if length > 4 { 2 } else { 0 }).collect();
    format!("`{first}…` ({length} characters)")
}

/// Credentials that must not be shown, wherever they stand.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// The longest first, so that no part of one is covered in its place.
    texts: BTreeMap<(Reverse<usize>, String), Finder<'static>>,
    /// Names that everybody sees: a credential that is part of one is a word like a short one.
    names: Vec<String>,
}

/// Shorter texts are words that stand anywhere; only as the value of a key do they give something away.
const SHORT: usize = 8;

impl Hidden {
    /// Hides a text from now on, and its base64; of a text of several lines each line that is long enough.
    pub fn add(&mut self, secret: &str) {
        use base64::Engine as _;
        let secret = secret.trim();
        if secret.contains('\n') {
            let lines = secret.lines().map(str::trim).filter(|line| line.len() >= 16 && !line.starts_with("-----"));
            lines.for_each(|line| self.insert(line));
        } else if secret.len() >= 3 {
            self.insert(secret);
        }
        if secret.len() >= 3 {
            let encoded = base64::engine::general_purpose::STANDARD.encode(secret);
            // A line break behind the secret changes the last characters.
            let kept = encoded.len().saturating_sub(4);
            encoded.get(..kept).filter(|kept| kept.len() >= SHORT).into_iter().for_each(|kept| self.insert(kept));
            self.insert(&encoded);
        }
    }

    fn insert(&mut self, text: &str) {
        let finder = || Finder::new(text).into_owned();
        self.texts.entry((Reverse(text.len()), text.to_owned())).or_insert_with(finder);
    }

    /// Leaves a name readable, though a password is a part of it: `redis` in `my-redis`.
    pub fn spare(&mut self, name: &str) {
        self.names.push(name.to_owned());
    }

    /// Hides every credential in documents.
    pub fn add_found<'a>(&mut self, documents: impl IntoIterator<Item = &'a Node>, limits: &Limits) {
        for found in examine(documents, 0, limits, &mut |_| Reach::default()) {
            for suspect in found.suspects.iter().filter(|suspect| suspect.verdict == Verdict::Secret) {
                self.add(found.text.get(suspect.at.clone()).unwrap_or_default());
            }
        }
    }

    /// Whether nothing is hidden.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Hides what others hide.
    pub fn extend(&mut self, other: &Self) {
        self.texts.extend(other.texts.iter().map(|(text, finder)| (text.clone(), finder.clone())));
        self.names.extend(other.names.iter().cloned());
    }

    /// A text with every hidden one in it covered, character for character behind the first two.
    #[must_use]
    pub fn cover(&self, text: &str) -> Option<String> {
        let mut covered: Option<String> = None;
        for ((_, secret), finder) in &self.texts {
            let seen = covered.as_deref().unwrap_or(text);
            if finder.find(seen.as_bytes()).is_none() {
                continue;
            }
            let is_word = secret.len() < SHORT || self.names.iter().any(|name| name.contains(&**secret));
            if let Some(next) = cover(seen, secret, is_word) {
                covered = Some(next);
            }
        }
        covered
    }
}

/// `text` without `secret`, a word as far as it stands there by itself; `None` when it does not.
fn cover(text: &str, secret: &str, is_word: bool) -> Option<String> {
    let mut out = String::new();
    let mut rest = 0;
    for (at, _) in text.match_indices(secret) {
        let (before, behind) = (text.get(..at)?, text.get(at + secret.len()..)?);
        if is_word && !stands_alone(before, behind) {
            continue;
        }
        out.push_str(text.get(rest..at)?);
        let kept = if secret.chars().count() > 4 { 2 } else { 0 };
        out.extend(secret.chars().enumerate().map(|(index, c)| if index < kept { c } else { '*' }));
        rest = at + secret.len();
    }
    (rest > 0).then(|| out + text.get(rest..).unwrap_or_default())
}

/// Whether a short text is the whole value of a key, or of an item: nothing but white space and quotes around it.
fn stands_alone(before: &str, behind: &str) -> bool {
    let before = before.trim_end_matches(['"', '\'', '`']);
    let behind = behind.trim_start_matches(['"', '\'', '`']).trim_start();
    let begins = before.is_empty() || before.ends_with([' ', '=', ':', '\t', '\n', '@', '/']);
    let ends = behind.is_empty() || behind.starts_with(['#', ',', '}', ']', '@', '&', ';', '|', '\n']);
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_characters_and_a_length() {
        assert_eq!(masked("hunter2"), "`hu…` (7 characters)");
        assert_eq!(masked("pass"), "`…` (4 characters)");
        assert_eq!(masked(" ÄÖÜäöü \n"), "`ÄÖ…` (6 characters)");
    }

    #[test]
    fn hidden_texts_are_covered_wherever_they_stand() {
        let mut hidden = Hidden::default();
        hidden.add("correct-horse");
        hidden.add("admin");
        let covered = |hidden: &Hidden, text: &str| hidden.cover(text).unwrap_or_else(|| text.to_owned());
        assert_eq!(covered(&hidden, "password: correct-horse # x"), "password: co*********** # x");
        assert_eq!(covered(&hidden, "a=correct-horse&b=correct-horse"), "a=co***********&b=co***********");
        assert_eq!(covered(&hidden, "admin: \"admin\""), "admin: \"ad***\"");
        assert_eq!(covered(&hidden, "image: admin-console"), "image: admin-console");
        assert_eq!(covered(&hidden, "data: Y29ycmVjdC1ob3JzZQ=="), "data: Y2******************");
        assert_eq!(hidden.cover("nothing here"), None);
        hidden.add("rethinkdb");
        hidden.spare("rethinkdb-ha");
        assert_eq!(covered(&hidden, "Service release-rethinkdb-proxy"), "Service release-rethinkdb-proxy");
        assert_eq!(covered(&hidden, "password: rethinkdb"), "password: re*******");
    }

    #[test]
    fn every_line_of_a_key_is_hidden() {
        let mut hidden = Hidden::default();
        hidden.add("-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJ\n-----END PRIVATE KEY-----");
        assert_eq!(hidden.cover("  MIIEpAIBAAKCAQEA0Z3VS5JJ").unwrap(), "  MI**********************");
    }
}
