//! Where two renders took different ways, and which bytes lie on them.
//!
//! Both renders are the same but for one scalar or word, so a decision that comes out differently depends on it.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use chartsec::origin::{Chain, Frame};
use chartsec::render::Rendered;
use chartsec::source::{Place, SourceId};
use chartsec::template::Blocks;

/// A place with the way to it, the same in both renders.
type Key = (u64, u64, u32);

/// What came of the decisions at a place.
type Ways = HashMap<(Key, bool), Vec<u64>>;

/// The decisions that differ, as one of the renders sees them.
pub(crate) struct Trace<'r> {
    rendered: &'r Rendered,
    /// How many sources are files; the others are texts that were executed.
    files: usize,
    chains: RefCell<HashMap<Chain, u64>>,
    blocks: RefCell<HashMap<SourceId, Rc<Blocks>>>,
    differing: HashMap<Template, Vec<(u32, bool)>>,
    /// Calls of templates in which a decision differs.
    calls: HashMap<Template, HashSet<u32>>,
    tainted: RefCell<HashMap<Template, Rc<HashSet<String>>>>,
}

/// A chain and a source.
type Template = (u64, u64);

/// The traces of two renders.
pub(crate) fn traces<'r>(old: &'r Rendered, new: &'r Rendered, files: usize) -> [Trace<'r>; 2] {
    let mut traces = [old, new].map(|rendered| Trace {
        rendered,
        files,
        chains: RefCell::default(),
        blocks: RefCell::default(),
        differing: HashMap::new(),
        calls: HashMap::new(),
        tainted: RefCell::default(),
    });
    let [before, after] = [traces[0].ways(), traces[1].ways()];
    let differing = before.iter().chain(&after).map(|(key, _)| key).filter(|key| before.get(key) != after.get(key));
    for ((chain, source, offset), of_block) in differing {
        for trace in &mut traces {
            trace.differing.entry((*chain, *source)).or_default().push((*offset, *of_block));
        }
    }
    traces.iter_mut().for_each(Trace::find_calls);
    traces
}

impl Trace<'_> {
    fn find_calls(&mut self) {
        let mut calls: HashMap<Template, HashSet<u32>> = HashMap::new();
        let mut seen = HashSet::new();
        for decision in self.rendered.origins.decisions() {
            let Frame { place, chain } = decision.frame;
            let differing = self.differing.get(&(self.chain(chain), self.source(place.source)));
            let known = (place.offset, decision.of_block);
            if differing.is_some_and(|differing| differing.contains(&known)) && seen.insert(chain) {
                for link in super::view::links(self.rendered, chain) {
                    let template = (self.chain(link.parent), self.source(link.call.source));
                    calls.entry(template).or_default().insert(link.call.offset);
                }
            }
        }
        self.calls = calls;
    }

    /// Whether any decision differs.
    pub(crate) fn differs(&self) -> bool {
        !self.differing.is_empty()
    }

    fn ways(&self) -> Ways {
        let mut ways = Ways::new();
        for decision in self.rendered.origins.decisions() {
            let Frame { place, chain } = decision.frame;
            let key = (self.chain(chain), self.source(place.source), place.offset);
            ways.entry((key, decision.of_block)).or_default().push(decision.way);
        }
        ways
    }

    /// One number for a chain: that of the calls in it.
    fn chain(&self, chain: Chain) -> u64 {
        if let Some(known) = self.chains.borrow().get(&chain) {
            return *known;
        }
        let number = self.rendered.origins.get_link(chain).map_or(0, |link| {
            let mut hash = self.chain(link.parent);
            for part in [self.source(link.call.source), link.call.offset.into()] {
                hash = (hash ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
            }
            hash
        });
        self.chains.borrow_mut().insert(chain, number);
        number
    }

    /// Texts that were executed have other numbers in each render; the calls around them tell them apart.
    fn source(&self, source: SourceId) -> u64 {
        if (source.0 as usize) < self.files { source.0.into() } else { u64::MAX }
    }

    fn blocks(&self, source: SourceId) -> Rc<Blocks> {
        let blocks = || Rc::new(Blocks::of(self.rendered.sources.bytes(source)));
        Rc::clone(self.blocks.borrow_mut().entry(source).or_insert_with(blocks))
    }

    /// Whether a place, or an invocation that led to it, lies in a block or an action in which a decision differs.
    pub(crate) fn decided(&self, frame: Frame) -> bool {
        let here = std::iter::once((frame.place, frame.chain));
        let calls = super::view::links(self.rendered, frame.chain).map(|link| (link.call, link.parent));
        here.chain(calls).any(|(place, chain)| self.decided_at(place, chain))
    }

    fn decided_at(&self, place: Place, chain: Chain) -> bool {
        let Some(differing) = self.differing.get(&(self.chain(chain), self.source(place.source))) else { return false };
        let blocks = self.blocks(place.source);
        differing.iter().any(|(offset, of_block)| {
            let around = if *of_block { blocks.branch_at(*offset) } else { blocks.action_at(*offset) };
            around.is_some_and(|around| around.contains(&place.offset))
        })
    }

    /// Whether a place lies in literal text.
    pub(crate) fn is_literal(&self, Frame { place, .. }: Frame) -> bool {
        self.blocks(place.source).text_at(place.offset).is_some()
    }

    /// Whether the action that stands right behind a byte of literal text chose otherwise. What it chose may have been made elsewhere.
    pub(crate) fn decided_behind(&self, Frame { place, chain }: Frame) -> bool {
        let Some(text) = self.blocks(place.source).text_at(place.offset) else { return false };
        let between = self.text(place.source, &(place.offset + 1..text.end));
        between.trim().is_empty() && self.decided_at(Place { offset: text.end, ..place }, chain)
    }

    /// Whether the action at a place uses a template in which a decision differs, or a variable that was set where one does;
    /// or the action that executed the text that the place lies in.
    pub(crate) fn computed(&self, frame: Frame) -> bool {
        let links = super::view::links(self.rendered, frame.chain).filter(|link| link.inline.is_some());
        let calls = links.map(|link| (link.call, link.parent));
        self.differs()
            && std::iter::once((frame.place, frame.chain)).chain(calls).any(|(at, chain)| self.computed_at(at, chain))
    }

    fn computed_at(&self, place: Place, chain: Chain) -> bool {
        let template = (self.chain(chain), self.source(place.source));
        let blocks = self.blocks(place.source);
        let Some(action) = blocks.action_at(place.offset) else { return false };
        let calls = self.calls.get(&template);
        if calls.is_some_and(|calls| calls.iter().any(|call| action.contains(call))) {
            return true;
        }
        let tainted = self.tainted(template, place.source);
        !tainted.is_empty() && variables(self.text(place.source, &action)).any(|name| tainted.contains(name))
    }

    fn text(&self, source: SourceId, range: &std::ops::Range<u32>) -> &str {
        let bytes = self.rendered.sources.bytes(source).get(range.start as usize..range.end as usize);
        std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// The variables of a template that are set where a decision differs, or out of such.
    fn tainted(&self, template: Template, source: SourceId) -> Rc<HashSet<String>> {
        if let Some(known) = self.tainted.borrow().get(&template) {
            return Rc::clone(known);
        }
        let blocks = self.blocks(source);
        let differing = self.differing.get(&template);
        let calls = self.calls.get(&template);
        let mut tainted = HashSet::new();
        let mut grown = true;
        while std::mem::take(&mut grown) {
            for action in blocks.actions() {
                let text = self.text(source, action);
                let set = assigned(text);
                if set.iter().all(|name| tainted.contains(*name)) {
                    continue;
                }
                let decided = differing.into_iter().flatten().any(|(offset, of_block)| {
                    let around = if *of_block { blocks.branch_at(*offset) } else { blocks.action_at(*offset) };
                    around.is_some_and(|around| around.contains(&action.start) || around == *action)
                });
                let called = calls.into_iter().flatten().any(|call| action.contains(call));
                if decided || called || variables(text).any(|name| tainted.contains(name)) {
                    tainted.extend(set.into_iter().map(str::to_owned));
                    grown = true;
                }
            }
        }
        let tainted = Rc::new(tainted);
        self.tainted.borrow_mut().insert(template, Rc::clone(&tainted));
        tainted
    }
}

/// The variables that an action names.
fn variables(action: &str) -> impl Iterator<Item = &str> {
    let name = |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    action.split('$').skip(1).map(move |rest| &rest[..name(rest)]).filter(|name| !name.is_empty())
}

/// The variables that an action sets, or whose map it changes.
fn assigned(action: &str) -> Vec<&str> {
    let before = action.split('"').next().unwrap_or_default();
    let left = before.find('=').map_or("", |at| &before[..at]);
    let changed = action.match_indices("set $").filter_map(|(at, _)| variables(&action[at..]).next());
    variables(left).chain(changed).collect()
}
