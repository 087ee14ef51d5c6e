//! From rendered bytes to what wrote them: template place, chain of invocations, values leaf.

use std::ops::Range;

use crate::origin::{Chain, Frame, Key, Mark, NO_OFFSET, Origin, Origins};
use crate::source::{Place, SourceId};
use crate::text::{Run, Text};
use crate::yaml::node::{Data, Node};

/// What wrote some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    /// Where in a template.
    pub template: Option<Place>,
    /// The invocations that led there, innermost first.
    pub include: Vec<Place>,
    /// The values leaf that the bytes came out of, and the offset in its decoded text where it is known.
    pub leaf: Option<(Mark, Option<u32>)>,
}

/// What wrote a node of a document. The template place is that of the node's first byte; the leaf is the first one
/// inside a scalar, and for a collection the collection of values that it was printed out of: values that a template
/// puts into a collection of its own did not write the collection.
#[must_use]
pub fn blame_node(text: &Text, node: &Node, origins: &Origins) -> Blame {
    let range = node.start as usize..(node.end as usize).max(node.start as usize + 1);
    let first = match &node.data {
        Data::Map(entries) if !entries.is_empty() => {
            let entry = &entries[0];
            let mut blame = blame_range(text, entry.key_start as usize..entry.key_end as usize, origins);
            let inner = blame_node(text, &entry.value, origins).leaf;
            let printed =
                blame.leaf.and_then(|leaf| parent_leaf(inner.unwrap_or(leaf), &Key::Name(entry.key.clone()), origins));
            blame.leaf = printed;
            return blame;
        }
        Data::List(items) if !items.is_empty() => {
            let mut blame = blame_range(text, range.start..range.start + 1, origins);
            let inner = blame_node(text, &items[0], origins).leaf;
            let printed = blame.leaf.and_then(|leaf| parent_leaf(inner.unwrap_or(leaf), &Key::Index(0), origins));
            blame.leaf = printed;
            return blame;
        }
        _ => range,
    };
    blame_range(text, first, origins)
}

/// What wrote a range of bytes: the place of the first byte that has one, the first leaf in the range.
#[must_use]
pub fn blame_range(text: &Text, range: Range<usize>, origins: &Origins) -> Blame {
    let mut blame = Blame::default();
    for (run, part) in text.runs_in(range) {
        let start = text.run_at(part.start).map_or(0, |(_, start)| start as usize);
        let found = blame_run(run, part.start - start, origins);
        if blame.template.is_none() {
            (blame.template, blame.include) = (found.template, found.include);
        }
        if blame.leaf.is_none() {
            blame.leaf = found.leaf;
        }
        if blame.template.is_some() && blame.leaf.is_some() {
            break;
        }
    }
    blame
}

/// What wrote the byte `offset` of a run.
#[must_use]
pub fn blame_run(run: Run, offset: usize, origins: &Origins) -> Blame {
    let at = if run.at == NO_OFFSET { None } else { Some(run.at + crate::source::clamp(offset)) };
    match origins.get_origin(run.mark) {
        // A value that was read from literal text knows where in it, though it was written anew.
        Some(origin) if at.is_none() && origin.leaf.is_none() && origin.at != NO_OFFSET => {
            blame_origin(origin, Some(origin.at), origins)
        }
        Some(origin) => blame_origin(origin, at, origins),
        None => Blame { leaf: first_leaf(run.mark, origins).map(|leaf| (leaf, at)), ..Blame::default() },
    }
}

/// Where a node of a template stands that was reached through a chain of invocations.
#[must_use]
pub fn blame_place(place: Place, chain: Chain, origins: &Origins) -> Blame {
    blame_origin(Origin { frame: Frame { place, chain }, leaf: Mark::NONE, at: NO_OFFSET }, None, origins)
}

/// What an origin says; `at` is the offset in the literal or in the leaf's decoded text.
#[must_use]
pub fn blame_origin(origin: Origin, at: Option<u32>, origins: &Origins) -> Blame {
    let mut place = origin.frame.place;
    let mut chain = origin.frame.chain;
    let mut leaf = first_leaf(origin.leaf, origins).map(|leaf| (leaf, at));
    if leaf.is_none() {
        place.offset += at.unwrap_or(0);
    }
    // A place in a text that `tpl` executed is a place in the value that held the text, written by the call of `tpl`.
    while let Some((call, parent, mark)) = inline_call(place.source, chain, origins) {
        if leaf.is_none() {
            leaf = first_leaf(mark, origins).map(|leaf| (leaf, Some(place.offset)));
        }
        (place, chain) = (call, parent);
    }
    let include = calls(chain, origins);
    Blame { template: Some(place), include, leaf }
}

fn calls(mut chain: Chain, origins: &Origins) -> Vec<Place> {
    let mut calls = Vec::new();
    while let Some(link) = origins.get_link(chain) {
        calls.push(link.call);
        chain = link.parent;
    }
    calls
}

fn inline_call(source: SourceId, mut chain: Chain, origins: &Origins) -> Option<(Place, Chain, Mark)> {
    while let Some(link) = origins.get_link(chain) {
        match link.inline {
            Some((inline, mark)) if inline == source => return Some((link.call, link.parent, mark)),
            _ => chain = link.parent,
        }
    }
    None
}

fn first_leaf(mark: Mark, origins: &Origins) -> Option<Mark> {
    if mark.is_leaf() { Some(mark) } else { origins.nearest_leaf(mark) }
}

/// The collection that holds a leaf, when the leaf stands in it under the same key as in the document.
fn parent_leaf((mark, _): (Mark, Option<u32>), key: &Key, origins: &Origins) -> Option<(Mark, Option<u32>)> {
    let found = origins.get_leaf(mark)?;
    (found.key == *key && !found.parent.is_none()).then_some((found.parent, None))
}
