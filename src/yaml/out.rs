//! Text that is being written out of marked values: what the writer adds, and what it passes through.

use std::ops::Range;

use crate::limits::{Exceeded, Limits};
use crate::origin::{Frame, Mark, NO_OFFSET, Origins};
use crate::text::Text;

/// A text under construction. Every byte carries the mark of the value that it belongs to, born at the frame.
pub(super) struct Out<'a> {
    text: Text,
    /// Bytes that have not got their run yet; all belong to `mark`.
    pending: Vec<u8>,
    mark: Mark,
    frame: Frame,
    origins: &'a mut Origins,
    limit: u64,
}

impl<'a> Out<'a> {
    pub(super) fn new(frame: Frame, origins: &'a mut Origins, limits: &Limits) -> Self {
        let (text, pending, limit) = (Text::new(), Vec::new(), limits.string_bytes);
        Self { text, pending, mark: Mark::NONE, frame, origins, limit }
    }

    /// What is written from here on belongs to what `mark` names.
    pub(super) fn belongs_to(&mut self, mark: Mark) {
        if mark != self.mark {
            self.flush();
            self.mark = mark;
        }
    }

    /// Bytes that the writer makes.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Bytes of a value as they are.
    pub(super) fn pass(&mut self, value: &Text, range: Range<usize>) {
        if !self.pending.is_empty() {
            self.flush();
        }
        self.text.append(value, range, self.mark, self.frame, self.origins);
    }

    /// # Errors
    /// `Exceeded` when the text has become too long.
    pub(super) fn check(&self) -> Result<(), Exceeded> {
        Exceeded::check("string-bytes", (self.text.len() + self.pending.len()) as u64, self.limit)
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let born = self.origins.born(self.frame, self.mark);
        self.text.push_marked(&self.pending, born, NO_OFFSET);
        self.pending.clear();
    }

    pub(super) fn finish(mut self) -> Text {
        self.flush();
        self.text
    }
}
