//! What the result of a function was made of: one mark out of the marks of its arguments.

use std::rc::Rc;

use super::call::Call;
use super::exec::Exec;
use super::format::{Piece, Printed};
use crate::origin::{Frame, Mark, NO_OFFSET, Origin, Origins};
use crate::text::Text;
use crate::value::Value;

/// Runs of a text that count for a result that is no text.
const FEW: usize = 16;

/// Values visited inside the arguments of one call.
const MAX_VISITS: usize = 512;

impl Exec {
    /// Gives a result without a mark the origin "born at `frame`, out of the leaves of the arguments".
    pub(super) fn mark_result(&mut self, value: Value, args: &[Value], frame: Frame) -> Value {
        if !self.origins.enabled() || !value.mark().is_none() {
            return value;
        }
        let deep = match &value {
            Value::Str(_, text) | Value::Bytes(_, text) if !text.runs().is_empty() || text.is_empty() => return value,
            // Others hold it too: it was chosen, not made, and the arguments have no part in it.
            Value::Str(_, text) | Value::Bytes(_, text) if Rc::strong_count(text) > 1 => {
                let mark = self.origins.origin(Origin { frame, leaf: Mark::NONE, at: NO_OFFSET });
                return value.with_mark(mark);
            }
            Value::Str(..) | Value::Bytes(..) => true,
            // The items of a collection have marks of their own, and a yes or no is seldom printed.
            _ => false,
        };
        let leaf = self.mix_of(args, deep);
        if leaf.is_none() && matches!(value, Value::List(..) | Value::Map(..) | Value::Nil(_)) {
            return value;
        }
        let mark = self.origins.origin(Origin { frame, leaf, at: NO_OFFSET });
        value.with_mark(mark)
    }

    /// What a value was made of, as one mark.
    pub(super) fn mark_of(&mut self, value: &Value) -> Mark {
        if !value.mark().is_none() {
            return value.mark();
        }
        self.mix_of(std::slice::from_ref(value), true)
    }

    pub(super) fn mix_of(&mut self, args: &[Value], deep: bool) -> Mark {
        let mut marks = std::mem::take(&mut self.marks);
        marks.clear();
        let mut visits = MAX_VISITS;
        for arg in args {
            gather(&self.origins, arg, deep, &mut visits, 0, &mut marks);
        }
        let mixed = match marks.as_slice() {
            [] => Mark::NONE,
            [first, rest @ ..] if rest.iter().all(|mark| mark == first) => *first,
            _ => self.origins.mix(marks.clone()),
        };
        self.marks = marks;
        mixed
    }
}

impl Call<'_> {
    /// Appends printed arguments; every byte keeps its origin. `skip` arguments stand before those printed.
    pub fn append_pieces(&mut self, out: &mut Text, skip: usize, printed: &Printed) {
        let mut start = 0;
        for (end, piece) in &printed.pieces {
            let bytes = printed.bytes.get(start..*end).unwrap_or_default();
            match *piece {
                Piece::Made(arg) | Piece::Around(arg) => {
                    self.exec.origins.prints(self.frame.place, self.arg(arg + skip), bytes);
                }
                Piece::Of(_) | Piece::Written => self.exec.origins.prints(self.frame.place, &Value::NIL, bytes),
                Piece::Format(_) | Piece::Verbatim(..) => {}
            }
            match *piece {
                Piece::Format(at) => self.append(out, self.arg(0), at..at + bytes.len()),
                Piece::Verbatim(arg, at) => self.append(out, self.arg(arg + skip), at..at + bytes.len()),
                Piece::Of(mark) => self.append_written(out, bytes, mark),
                Piece::Made(arg) => {
                    let mark = self.exec.mark_of(self.arg(arg + skip));
                    self.append_written(out, bytes, mark);
                }
                Piece::Around(arg) => {
                    let mark = self.arg(arg + skip).mark();
                    let around = self.exec.origins.around(mark);
                    self.append_written(out, bytes, around);
                }
                Piece::Written => self.append_written(out, bytes, Mark::NONE),
            }
            start = *end;
        }
    }
}

fn gather(origins: &Origins, value: &Value, deep: bool, visits: &mut usize, depth: u32, out: &mut Vec<Mark>) {
    let Some(left) = visits.checked_sub(1) else { return };
    *visits = left;
    let mark = value.mark();
    if let Some(origin) = origins.get_origin(mark) {
        add(out, origin.leaf);
    } else {
        add(out, mark);
    }
    match value {
        // Rendered text names every place that it was made at.
        Value::Str(_, text) | Value::Bytes(_, text) if deep || text.runs().len() <= FEW => {
            for run in text.runs() {
                add(out, run.mark);
            }
        }
        Value::List(_, list) if deep && depth < 8 && !mark.is_leaf() => {
            for item in list.items().iter().take(*visits) {
                gather(origins, item, deep, visits, depth + 1, out);
            }
        }
        Value::Map(_, map) if deep && depth < 8 && !mark.is_leaf() => {
            for (key, item) in map.entries().iter().take(*visits) {
                for run in key.text().into_iter().flat_map(|text| text.runs()) {
                    add(out, run.mark);
                }
                gather(origins, item, deep, visits, depth + 1, out);
            }
        }
        _ => {}
    }
}

fn add(out: &mut Vec<Mark>, mark: Mark) {
    if !mark.is_none() && out.last() != Some(&mark) {
        out.push(mark);
    }
}
