//! What the files of a chart say, read once for all its cases: they share their sources, and most findings.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use memchr::memmem;

use super::template::{Lines, keys};
use crate::limits::Limits;
use crate::source::{Place, SourceId, Sources, clamp};
use crate::template::Blocks;
use crate::yaml::node::Node;
use crate::yaml::read_all;

/// Keys of one mapping that are kept.
const MOST_KEYS: usize = 256;

/// What was looked for before.
pub(super) type Known<K, V> = RefCell<HashMap<K, V>>;

/// The keys of a mapping of a template's text; `None` when an action may add one.
pub(super) type Keys = Option<Rc<[String]>>;

/// The line of a mention of a key, and whether it is that of the whole key or only of its last name.
pub(super) type Mention = (u32, bool);

/// Facts about files, which keep their numbers from case to case.
#[derive(Default)]
pub(in crate::lint) struct Facts {
    blocks: Known<SourceId, Rc<Blocks>>,
    values: Known<SourceId, Option<Rc<Node>>>,
    lines: Known<SourceId, Rc<Lines>>,
    keys: Known<(SourceId, usize, usize), Keys>,
    mentions: Known<(SourceId, String), Rc<[Mention]>>,
}

impl Facts {
    /// The blocks of a template.
    pub(in crate::lint) fn blocks(&self, sources: &Sources, id: SourceId) -> Rc<Blocks> {
        let find = || Rc::new(Blocks::of(sources.bytes(id)));
        Rc::clone(self.blocks.borrow_mut().entry(id).or_insert_with(find))
    }

    /// A values file; `None` when it cannot be read.
    pub(super) fn values(&self, sources: &Sources, id: SourceId, limits: &Limits) -> Option<Rc<Node>> {
        let read = || read_all(sources.bytes(id), limits).ok()?.into_iter().next().map(Rc::new);
        self.values.borrow_mut().entry(id).or_insert_with(read).clone()
    }

    /// The keys of the mapping between two offsets of a template.
    pub(super) fn keys_between(&self, sources: &Sources, id: SourceId, from: usize, to: usize) -> Keys {
        let cut = || Rc::new(Lines::of(&String::from_utf8_lossy(sources.bytes(id))));
        let lines = || Rc::clone(self.lines.borrow_mut().entry(id).or_insert_with(cut));
        if let Some(known) = self.keys.borrow().get(&(id, from, to)) {
            return known.clone();
        }
        let found = keys(&lines(), from, to);
        if found.as_ref().is_none_or(|keys| keys.len() <= MOST_KEYS) {
            self.keys.borrow_mut().insert((id, from, to), found.clone());
        }
        found
    }

    /// Where a template mentions a key, or at least its last name.
    pub(super) fn mentions(&self, sources: &Sources, id: SourceId, path: &str) -> Rc<[Mention]> {
        let find = || mentions(sources, id, path);
        Rc::clone(self.mentions.borrow_mut().entry((id, path.to_owned())).or_insert_with(find))
    }
}

fn mentions(sources: &Sources, template: SourceId, path: &str) -> Rc<[Mention]> {
    let text = sources.bytes(template);
    let whole = format!(".{path}");
    let last = whole.rsplit_once('.').map_or("", |(_, name)| name);
    let is_whole = |behind: usize| text.get(..behind).is_some_and(|before| before.ends_with(whole.as_bytes()));
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let found = memmem::find_iter(text, &whole.as_bytes()[whole.len() - last.len() - 1..]).filter_map(|at| {
        let behind = at + last.len() + 1;
        if text.get(behind).is_some_and(goes_on) {
            return None;
        }
        let at = sources.position(Place { source: template, offset: clamp(at) }).line;
        Some((at, is_whole(behind)))
    });
    found.collect()
}
