//! A text that is read as YAML or JSON: whatever stands in it has the origin of its bytes.

use std::ops::Range;
use std::rc::Rc;

use crate::origin::{Frame, Mark, NO_OFFSET, Origin, Origins};
use crate::source::clamp;
use crate::text::Text;
use crate::value::Key;

/// A text that is being read by a function.
#[derive(Debug)]
pub struct Placed<'t, 'o> {
    text: &'t Text,
    mark: Mark,
    frame: Frame,
    origins: &'o mut Origins,
}

impl<'t, 'o> Placed<'t, 'o> {
    /// `mark` is the mark of the value that holds the text, `frame` where it is read.
    #[must_use]
    pub fn new(text: &'t Text, mark: Mark, frame: Frame, origins: &'o mut Origins) -> Self {
        Self { text, mark, frame, origins }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// An origin for what starts at a byte.
    pub(super) fn mark_at(&mut self, offset: usize) -> Mark {
        let (mark, base, start) = match self.text.run_at(offset) {
            Some((run, start)) => (run.mark, run.at, start),
            None => {
                let base = self.origins.get_origin(self.mark).map_or(0, |origin| origin.at);
                (self.mark, base, 0)
            }
        };
        let at = if base == NO_OFFSET { NO_OFFSET } else { base.saturating_add(clamp(offset).saturating_sub(start)) };
        match self.origins.get_origin(mark) {
            // Written out of a scalar, as a boolean is: that still stands where it stood.
            Some(_) if at == NO_OFFSET => mark,
            Some(origin) => self.origins.origin(Origin { at, ..origin }),
            None if mark.is_leaf() => self.origins.origin(Origin { frame: self.frame, leaf: mark, at }),
            None => self.origins.born(self.frame, mark),
        }
    }

    /// An origin for what was made of all bytes of a range, as a number is.
    pub(super) fn mark_of(&mut self, range: Range<usize>) -> Mark {
        let mark = self.mark_at(range.start);
        if self.text.runs_in(range.clone()).nth(1).is_none() {
            return mark;
        }
        let mut marks: Vec<Mark> = self.text.runs_in(range).map(|(run, _)| run.mark).collect();
        for mark in &mut marks {
            *mark = match self.origins.get_origin(*mark) {
                Some(origin) if !origin.leaf.is_none() => origin.leaf,
                _ => *mark,
            };
        }
        let frame = self.origins.get_origin(mark).map_or(self.frame, |origin| origin.frame);
        let leaf = self.origins.mix(marks);
        self.origins.origin(Origin { frame, leaf, at: NO_OFFSET })
    }

    /// Appends bytes of the text as they are.
    pub(super) fn copy(&mut self, range: Range<usize>, out: &mut Text) {
        out.append(self.text, range, self.mark, self.frame, self.origins);
    }

    /// Appends bytes that were made of what starts at a byte.
    pub(super) fn make(&mut self, offset: usize, bytes: &[u8], out: &mut Text) {
        let mark = self.mark_at(offset);
        out.append_written(bytes, mark, self.frame, self.origins);
    }

    /// A key that stands in a range. `read` makes its text, which is asked for when the bytes there came out of values.
    pub(super) fn key(&mut self, name: &Rc<str>, range: Range<usize>, read: impl FnOnce(&mut Self) -> Text) -> Key {
        let key = Key::from(Rc::clone(name));
        if self.text.shows_leaf(range, self.mark, self.origins) { key.made_of(read(self)) } else { key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Chain;
    use crate::source::{Place, SourceId};

    #[test]
    fn what_was_written_out_of_a_scalar_stands_where_the_scalar_stood() {
        let mut origins = Origins::new(true);
        let at = |offset| Frame { place: Place { source: SourceId(0), offset }, chain: Chain::TOP };
        let literal = origins.origin(Origin { frame: at(20), leaf: Mark::NONE, at: 0 });
        let mut text = Text::new();
        text.push_marked(b"on: true", literal, 0);
        let read = Placed::new(&text, Mark::NONE, at(90), &mut origins).mark_of(4..8);
        assert_eq!(origins.get_origin(read), Some(Origin { frame: at(20), leaf: Mark::NONE, at: 4 }));

        let mut written = Text::new();
        written.append_written(b"true", read, at(90), &mut origins);
        let again = Placed::new(&written, Mark::NONE, at(95), &mut origins).mark_of(0..4);
        assert_eq!(origins.get_origin(again), origins.get_origin(read));
    }
}
