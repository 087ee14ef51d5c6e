//! A walk through the syntax trees of all templates, down every branch, taken or not: which values they can read.
//!
//! Every template file starts with the context of its chart; an expression is followed as a [`Set`] of what it may
//! stand for. Where a key is not known, everything under the prefix counts as read.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::domain::{Domain, Part, Set};
use super::keys::{ANY, KeyId, Keys, NodeId};
use crate::source::{Place, SourceId};
use crate::template::TemplateSet;
use crate::template::ast::{BranchKind, Command, Expr, ExprId, Many, NameId, Node, PipeId, Template, Tree};

/// A chart as the walk sees it.
#[derive(Debug)]
pub(super) struct ChartRoot {
    pub(super) root: NodeId,
    /// Its subcharts by name.
    pub(super) children: Vec<(KeyId, u32)>,
}

/// Texts that may be executed as templates: strings of values at their place, files at none.
pub(super) type Inline = (Option<NodeId>, Rc<[u8]>);

/// Nodes, calls and parts that one walk visits at most.
const MAX_STEPS: u64 = 3_000_000;
/// Merges into merged things that are followed.
const MAX_MERGES: usize = 5;
/// Templates inside templates.
const MAX_DEPTH: u32 = 120;
/// Sets and dicts of one walk.
const MAX_SETS: usize = 200_000;
/// Walks until what templates set and merge is settled.
const MAX_ROUNDS: u32 = 4;

/// One walk.
pub(super) struct Walk<'a> {
    pub(super) keys: &'a mut Keys,
    pub(super) domain: Domain,
    pub(super) charts: &'a [ChartRoot],
    pub(super) inlines: &'a [Inline],
    /// Where a node is read first by a template that does not ask for it.
    pub(super) reads: &'a mut HashMap<NodeId, Place>,
    pub(super) set: &'a TemplateSet,
    /// What `set` puts where.
    pub(super) heap: HashMap<Part, Vec<(KeyId, Set)>>,
    /// What `merge` fills up with what.
    pub(super) merged: HashMap<Part, Set>,
    /// Whether one of the two has grown.
    pub(super) grown: bool,
    /// Templates change the values as a whole: what they read need not be what is declared.
    pub(super) rewrites: bool,
    /// The walk did not reach its end.
    pub(super) gave_up: bool,
    pub(super) testing: u32,
    seen: HashSet<(*const Tree, Many, Set)>,
    parsed: HashMap<Rc<[u8]>, Option<Template>>,
    variables: Vec<(NameId, Set)>,
    base: usize,
    reassigned: bool,
    source: SourceId,
    pub(super) place: Option<Place>,
    depth: u32,
    steps: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        keys: &'a mut Keys,
        charts: &'a [ChartRoot],
        inlines: &'a [Inline],
        reads: &'a mut HashMap<NodeId, Place>,
        set: &'a TemplateSet,
    ) -> Self {
        Self {
            keys,
            domain: Domain::new(),
            charts,
            inlines,
            reads,
            set,
            heap: HashMap::new(),
            merged: HashMap::new(),
            grown: false,
            rewrites: false,
            gave_up: false,
            testing: 0,
            seen: HashSet::new(),
            parsed: HashMap::new(),
            variables: Vec::new(),
            base: 0,
            reassigned: false,
            source: SourceId(u32::MAX),
            place: None,
            depth: 0,
            steps: 0,
        }
    }

    /// Walks template files, each with the context of its chart, until nothing new is set or merged; whether all was seen.
    pub(super) fn run(&mut self, files: &[(Rc<str>, u32)]) -> bool {
        for _ in 0..MAX_ROUNDS {
            self.grown = false;
            self.seen.clear();
            for (name, chart) in files {
                let dot = self.domain.one(Part::Context(*chart));
                if let Some(template) = self.set.get(name).cloned() {
                    self.template(&template, dot);
                }
            }
            if !self.grown {
                break;
            }
        }
        !self.gave_up
    }

    /// Walks a template with a dot, unless that was done before.
    pub(super) fn template(&mut self, template: &Template, dot: Set) {
        if self.gave_up || !self.seen.insert((Rc::as_ptr(&template.tree), template.root, dot)) {
            return;
        }
        if self.depth >= MAX_DEPTH || self.domain.size() > MAX_SETS {
            self.gave_up = true;
            return;
        }
        self.depth += 1;
        let tree = Rc::clone(&template.tree);
        let base = std::mem::replace(&mut self.base, self.variables.len());
        let testing = std::mem::take(&mut self.testing);
        let (source, place) = (std::mem::replace(&mut self.source, tree.source), self.place);
        self.variables.push((NameId(0), dot));
        self.list(&tree, dot, template.root);
        self.variables.truncate(self.base);
        (self.base, self.testing, self.source, self.place) = (base, testing, source, place);
        self.depth -= 1;
    }

    /// Walks a template of a name; one that is not there may read whatever it is given.
    pub(super) fn named(&mut self, name: &str, dot: Set) {
        match self.set.get(name).cloned() {
            Some(template) => self.template(&template, dot),
            None => self.open(dot),
        }
    }

    /// Executes a text as a template.
    pub(super) fn inline(&mut self, text: &Rc<[u8]>, dot: Set) {
        if !self.parsed.contains_key(text) {
            let parsed = self.set.parse("gotpl", SourceId(u32::MAX), text);
            let body = parsed.ok().and_then(|mut templates| templates.pop());
            self.parsed.insert(Rc::clone(text), body);
        }
        if let Some(Some(template)) = self.parsed.get(text).cloned() {
            self.template(&template, dot);
        }
    }

    fn step(&mut self) -> bool {
        self.steps += 1;
        self.gave_up |= self.steps > MAX_STEPS;
        !self.gave_up
    }

    fn list(&mut self, tree: &Tree, dot: Set, list: Many) {
        for node in list.of(&tree.nodes) {
            if !self.step() {
                return;
            }
            match *node {
                Node::Text { .. } | Node::Break(_) | Node::Continue(_) => {}
                Node::Action(pipe) => {
                    let value = self.pipeline(tree, dot, pipe);
                    if tree.pipe(pipe).variables.is_empty() {
                        self.open(value);
                    }
                }
                Node::Branch(id) => {
                    let Some(branch) = tree.branch(id) else { continue };
                    let mark = self.variables.len();
                    match branch.kind {
                        BranchKind::Range => self.range(tree, dot, branch.pipe, branch.list),
                        BranchKind::If | BranchKind::With => {
                            self.testing += 1;
                            let value = self.pipeline(tree, dot, branch.pipe);
                            self.test(value);
                            self.testing -= 1;
                            self.list(tree, if branch.kind == BranchKind::With { value } else { dot }, branch.list);
                        }
                    }
                    if let Some(list) = branch.otherwise {
                        self.list(tree, dot, list);
                    }
                    self.variables.truncate(mark);
                }
                Node::Template { name, pipe, .. } => {
                    let value = pipe.map_or(Set::EMPTY, |pipe| self.pipeline(tree, dot, pipe));
                    self.named(tree.name_of(name), value);
                }
            }
        }
    }

    fn range(&mut self, tree: &Tree, dot: Set, pipe: PipeId, list: Many) {
        self.testing += 1;
        let value = self.commands(tree, dot, pipe);
        self.test(value);
        self.testing -= 1;
        let (keys, items) = (self.element_keys(value), self.elements(value));
        let pipe = tree.pipe(pipe);
        let names = pipe.variables.of(&tree.idents).to_vec();
        let values = match names.as_slice() {
            [] => Vec::new(),
            [item] => vec![(*item, items)],
            [key, item, ..] => vec![(*key, keys), (*item, items)],
        };
        for (name, value) in values {
            if pipe.assign { self.assign(name, value) } else { self.variables.push((name, value)) }
        }
        // What one round assigns the next one reads.
        for _ in 0..3 {
            let (mark, outer) = (self.variables.len(), std::mem::take(&mut self.reassigned));
            self.list(tree, items, list);
            self.variables.truncate(mark);
            let again = std::mem::replace(&mut self.reassigned, outer);
            if !again {
                break;
            }
        }
    }

    fn assign(&mut self, name: NameId, value: Set) {
        let held = self.variables.iter().enumerate().skip(self.base).rev().find(|(_, (other, _))| *other == name);
        let Some((index, (_, old))) = held else { return };
        let old = *old;
        let new = self.domain.union(&[old, value]);
        let new = self.bounded(new);
        if new != old
            && let Some(held) = self.variables.get_mut(index)
        {
            held.1 = new;
            self.reassigned = true;
        }
    }

    fn variable(&self, name: NameId) -> Set {
        let held = self.variables.iter().skip(self.base).rev().find(|(other, _)| *other == name);
        held.map_or(Set::UNKNOWN, |(_, value)| *value)
    }

    fn pipeline(&mut self, tree: &Tree, dot: Set, id: PipeId) -> Set {
        let value = self.commands(tree, dot, id);
        let pipe = tree.pipe(id);
        for name in pipe.variables.of(&tree.idents) {
            if pipe.assign { self.assign(*name, value) } else { self.variables.push((*name, value)) }
        }
        value
    }

    fn commands(&mut self, tree: &Tree, dot: Set, id: PipeId) -> Set {
        let mut last = None;
        for command in tree.pipe(id).commands.of(&tree.commands) {
            last = Some(self.command(tree, dot, command, last));
        }
        last.unwrap_or(Set::EMPTY)
    }

    fn command(&mut self, tree: &Tree, dot: Set, command: &Command, last: Option<Set>) -> Set {
        if !self.step() {
            return Set::UNKNOWN;
        }
        let args = command.args.of(&tree.exprs);
        let Some((first, rest)) = args.split_first() else { return Set::EMPTY };
        if let Expr::Function { function, .. } = *first {
            return self.call(tree, dot, function.name, rest, last, command.at);
        }
        let value = self.operand(tree, dot, first);
        // Arguments of a method.
        for arg in rest {
            let arg = self.operand(tree, dot, arg);
            self.open(arg);
        }
        if let Some(last) = last {
            self.open(last);
        }
        value
    }

    fn call(&mut self, tree: &Tree, dot: Set, name: &'static str, args: &[Expr], last: Option<Set>, at: u32) -> Set {
        let tests = super::functions::tests(name);
        self.testing += u32::from(tests);
        let mut values: Vec<Set> = args.iter().map(|arg| self.operand(tree, dot, arg)).collect();
        values.extend(last);
        if tests {
            values.iter().for_each(|value| self.test(*value));
            self.testing -= 1;
        }
        let place = Place { source: tree.source, offset: at };
        self.place = Some(place);
        self.function(name, &values, place)
    }

    fn operand(&mut self, tree: &Tree, dot: Set, operand: &Expr) -> Set {
        let source = self.source;
        let here = |offset: u32| Some(Place { source, offset });
        match *operand {
            Expr::Dot(_) => dot,
            Expr::Nil(_) | Expr::Bool(..) | Expr::Number(..) => Set::EMPTY,
            Expr::String(_, string) => {
                let text = tree.strings.get(string as usize).map(|constant| constant.text.to_str().into_owned());
                let key = self.keys.key(&text.unwrap_or_default());
                self.domain.one(Part::Text(key))
            }
            Expr::Field { at, fields } => {
                self.place = here(at);
                self.fields(tree, dot, fields)
            }
            Expr::Variable { at, name, fields } => {
                self.place = here(at);
                let value = self.variable(name);
                self.fields(tree, value, fields)
            }
            Expr::Chain { at, operand: ExprId(inner), fields } => {
                // `(a).b` is how templates reach into what may be missing.
                self.testing += 1;
                let value = self.operand(tree, dot, tree.expr(ExprId(inner)));
                self.place = here(at);
                let value = self.fields(tree, value, fields);
                self.testing -= 1;
                value
            }
            Expr::Pipe(pipe) => self.pipeline(tree, dot, pipe),
            Expr::Function { at, function } => self.call(tree, dot, function.name, &[], None, at),
        }
    }

    fn fields(&mut self, tree: &Tree, value: Set, fields: Many) -> Set {
        let names = fields.of(&tree.idents);
        let mut value = value;
        for name in names {
            let key = self.keys.key(tree.name_of(*name));
            value = self.field(value, key);
        }
        if !names.is_empty() {
            self.touch(value);
        }
        value
    }

    // What sets are made of.

    /// What lies under a key.
    pub(super) fn field(&mut self, value: Set, key: KeyId) -> Set {
        let mut found = Vec::new();
        let mut layer = self.domain.parts(value).to_vec();
        let mut seen = HashSet::new();
        for _ in 0..MAX_MERGES {
            let mut below = Vec::new();
            for part in layer {
                if !self.step() {
                    return Set::UNKNOWN;
                }
                if seen.insert(part) {
                    self.part_field(part, key, &mut found);
                    let more = self.merged.get(&part).map(|more| self.domain.parts(*more));
                    below.extend(more.iter().flat_map(|more| more.iter().copied()));
                }
            }
            layer = below;
        }
        let found = self.domain.set(found);
        self.bounded(found)
    }

    fn part_field(&mut self, part: Part, key: KeyId, found: &mut Vec<Part>) {
        let union = |walk: &Self, sets: &[Set], found: &mut Vec<Part>| {
            sets.iter().for_each(|set| found.extend(walk.domain.parts(*set).iter().copied()));
        };
        match part {
            Part::Node(node) => found.push(Part::Node(self.keys.child(node, key))),
            Part::Context(chart) => found.push(match (&*self.keys.text(key), self.charts.get(chart as usize)) {
                ("Values", Some(of)) => Part::Node(of.root),
                ("Files", _) => Part::Files,
                ("Subcharts", _) => Part::Subcharts(chart),
                _ => Part::Unknown,
            }),
            Part::Subcharts(chart) => {
                let children = self.charts.get(chart as usize).map(|chart| chart.children.as_slice());
                let wanted = children.unwrap_or_default().iter().filter(|(name, _)| *name == key || key == ANY);
                found.extend(wanted.map(|(_, child)| Part::Context(*child)));
            }
            Part::Dict(dict) if key == ANY => {
                let entries = self.domain.entries(dict);
                entries.iter().for_each(|(_, set)| union(self, &[*set], found));
            }
            Part::Dict(dict) => union(self, &self.domain.entry(dict, key), found),
            Part::Items(items) => union(self, &[items], found),
            Part::Files | Part::Unknown => found.push(part),
            Part::Text(_) => {}
        }
        if let Some(entries) = self.heap.get(&part) {
            let sets: Vec<Set> =
                entries.iter().filter(|(of, _)| *of == key || *of == ANY || key == ANY).map(|(_, set)| *set).collect();
            union(self, &sets, found);
        }
    }

    /// The items of a collection.
    pub(super) fn elements(&mut self, value: Set) -> Set {
        let items = self.field(value, ANY);
        self.touch(items);
        items
    }

    /// The keys of a collection.
    fn element_keys(&mut self, value: Set) -> Set {
        let mut keys = Vec::new();
        for part in &*self.domain.parts(value) {
            match part {
                Part::Dict(dict) if !self.heap.contains_key(part) && !self.merged.contains_key(part) => {
                    let entries = self.domain.entries(*dict);
                    keys.extend(
                        entries.iter().map(|(key, _)| if *key == ANY { Part::Unknown } else { Part::Text(*key) }),
                    );
                }
                Part::Items(_) | Part::Text(_) => {}
                _ => keys.push(Part::Unknown),
            }
        }
        self.domain.set(keys)
    }

    /// A set that is not out of bounds; what is cut off counts as read.
    pub(super) fn bounded(&mut self, value: Set) -> Set {
        if !self.domain.is_large(value) {
            return value;
        }
        self.open(value);
        Set::UNKNOWN
    }

    /// Notes that values are fetched.
    pub(super) fn touch(&mut self, value: Set) {
        let parts = self.domain.parts(value);
        // What may be several things is declared when one of them is.
        let only = parts.len() == 1;
        for part in &*parts {
            let Part::Node(node) = *part else { continue };
            self.keys.read(node);
            if self.testing > 0 {
                self.keys.test(node);
            } else if let Some(place) = self.place.filter(|place| only && place.source != SourceId(u32::MAX)) {
                self.reads.entry(node).or_insert(place);
            }
        }
    }

    /// Notes that it is asked whether values are there.
    fn test(&mut self, value: Set) {
        for part in &*self.domain.parts(value) {
            if let Part::Node(node) = *part {
                self.keys.test(node);
            }
        }
    }

    /// Notes that somebody looks at all that lies in values.
    pub(super) fn open(&mut self, value: Set) {
        let (mut waiting, mut seen) = (vec![value], HashSet::new());
        while let Some(value) = waiting.pop() {
            for part in &*self.domain.parts(value) {
                if !self.step() {
                    return;
                }
                if !seen.insert(*part) {
                    continue;
                }
                match *part {
                    Part::Node(node) => self.keys.read_whole(node),
                    Part::Context(chart) => {
                        if let Some(root) = self.charts.get(chart as usize).map(|chart| chart.root) {
                            self.keys.read_whole(root);
                            let global = self.keys.key("global");
                            let global = self.keys.child(root, global);
                            self.keys.read_whole(global);
                        }
                    }
                    Part::Dict(dict) => waiting.extend(self.domain.entries(dict).iter().map(|(_, set)| *set)),
                    Part::Items(items) => waiting.push(items),
                    Part::Subcharts(_) | Part::Text(_) | Part::Files | Part::Unknown => {}
                }
                waiting.extend(self.heap.get(part).into_iter().flatten().map(|(_, set)| *set));
                waiting.extend(self.merged.get(part).copied());
            }
        }
    }
}
