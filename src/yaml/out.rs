//! Text that is being written out of marked values: what the writer adds, and what it passes through.

use std::ops::Range;

use crate::limits::{Exceeded, Limits};
use crate::origin::{Frame, Mark, NO_OFFSET, Origins};
use crate::text::Text;

/// A text under construction. Every byte carries the mark of the value that it belongs to or stands around, born at the frame.
pub(super) struct Out<'a> {
    text: Text,
    /// Bytes that have not got their run yet.
    pending: Vec<u8>,
    /// What all of them belong to.
    pending_mark: Mark,
    mark: Mark,
    /// What stands around `mark`, once it is asked for.
    around: Option<Mark>,
    outside: bool,
    frame: Frame,
    origins: &'a mut Origins,
    limit: u64,
}

impl<'a> Out<'a> {
    pub(super) fn new(frame: Frame, origins: &'a mut Origins, limits: &Limits) -> Self {
        let (text, pending, limit) = (Text::new(), Vec::new(), limits.string_bytes);
        let (mark, pending_mark) = (Mark::NONE, Mark::NONE);
        Self { text, pending, pending_mark, mark, around: None, outside: false, frame, origins, limit }
    }

    /// What is written from here on belongs to what `mark` names.
    pub(super) fn belongs_to(&mut self, mark: Mark) {
        if mark != self.mark {
            self.mark = mark;
            self.around = None;
        }
        self.outside = false;
    }

    /// What is written from here on stands around what `mark` names: keys, punctuation.
    pub(super) fn stands_around(&mut self, mark: Mark) {
        self.belongs_to(mark);
        self.outside = true;
    }

    /// Bytes that the writer makes.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        if self.outside { self.put_around(bytes) } else { self.append(bytes, self.mark) }
    }

    /// Bytes that are there whatever the value holds: indentation, blanks.
    pub(super) fn put_around(&mut self, bytes: &[u8]) {
        let mark = self.mark;
        let around = *self.around.get_or_insert_with(|| self.origins.around(mark));
        self.append(bytes, around);
    }

    fn append(&mut self, bytes: &[u8], mark: Mark) {
        if mark != self.pending_mark {
            self.flush();
            self.pending_mark = mark;
        }
        self.pending.extend_from_slice(bytes);
    }

    /// Bytes of a value as they are.
    pub(super) fn pass(&mut self, value: &Text, range: Range<usize>) {
        self.flush();
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
        let born = self.origins.born(self.frame, self.pending_mark);
        self.text.push_marked(&self.pending, born, NO_OFFSET);
        self.pending.clear();
    }

    pub(super) fn finish(mut self) -> Text {
        self.flush();
        self.text
    }
}
