//! What objects came to by themselves: the renders of one chart have most of their objects in common.

use std::collections::HashMap;

use super::check::Violation;

/// The bytes of an object: the text of its document, its first byte there and the one behind its last.
pub(super) type Bytes<'t> = (&'t [u8], u32, u32);

/// All that a judgement of an object by itself depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged<'t> {
    /// The object.
    pub object: Bytes<'t>,
    /// The service account that its pod runs as.
    pub account: Option<Bytes<'t>>,
    /// Whether its violations must have messages.
    pub messages: bool,
}

/// Judgements of objects, by their bytes.
#[derive(Debug)]
pub struct Memory {
    /// By the text of the object's document and that of its account.
    known: HashMap<Vec<u8>, Vec<Known>>,
    /// How many bytes of text it may still keep.
    left: usize,
}

/// Where in its text the object is, and where its account.
type Key = ((u32, u32), Option<(u32, u32)>);

/// Of a key, whether they have messages, and the violations.
type Known = (Key, bool, Vec<Violation>);

impl Memory {
    /// One that keeps at most so many bytes of text.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { known: HashMap::new(), left: most }
    }

    /// What is known of an object, or what `judge` says of it.
    pub(super) fn judge(&mut self, of: Judged<'_>, judge: impl FnOnce() -> Vec<Violation>) -> Vec<Violation> {
        let account = of.account.map(|(text, ..)| text).unwrap_or_default();
        // The length is part of it, so that no two pairs of texts make one.
        let text = [of.object.0, account, &of.object.0.len().to_le_bytes()].concat();
        let key = ((of.object.1, of.object.2), of.account.map(|(_, start, end)| (start, end)));
        let same = self.known.get(&text).map(Vec::as_slice).unwrap_or_default();
        let serves = |(known, messages, _): &&Known| *known == key && (*messages || !of.messages);
        if let Some((.., violations)) = same.iter().find(serves) {
            return violations.clone();
        }
        let violations = judge();
        if let Some(left) = self.left.checked_sub(text.len()) {
            self.left = left;
            self.known.entry(text).or_default().push((key, of.messages, violations.clone()));
        }
        violations
    }
}
