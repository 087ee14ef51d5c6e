//! The state of one execution, and how templates are started: by name, inside another one, or out of a text.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{NameId, Template};
use super::environment::Environment;
use super::error::{Cause, Error};
use super::eval::Scope;
use super::print::At;
use super::set::TemplateSet;
use crate::limits::Exceeded;
use crate::origin::{Chain, Frame, Link, Mark, Origins};
use crate::source::{SourceId, Sources};
use crate::text::Text;
use crate::value::Value;

/// The name of a template made of a text, and of the root of the set.
const INLINE: &str = "gotpl";

/// A text given to `tpl`: its source and the templates in it.
type Inline = (SourceId, Rc<[Template]>);

/// One execution: everything that templates read and change while they run.
#[derive(Debug)]
pub struct Exec {
    /// What was handed in.
    pub environment: Rc<Environment>,
    /// The tables behind the marks.
    pub origins: Origins,
    /// The files, and the texts that `tpl` parsed.
    pub sources: Sources,
    /// How many invocations of each name are running, counted by whoever limits them (Helm's `include`).
    pub running: HashMap<Rc<str>, u64>,
    set: Rc<TemplateSet>,
    /// What running `tpl` texts define, the innermost last.
    overlays: Vec<HashMap<Rc<str>, Template>>,
    inline: HashMap<Rc<[u8]>, Inline>,
    /// The texts that are running as templates, the innermost last: their literal bytes keep the origins they have there.
    texts: Vec<(SourceId, Mark, Rc<Text>)>,
    pub(super) out: Text,
    pub(super) variables: Vec<(NameId, Item)>,
    pub(super) at: At,
    pub(super) marks: Vec<Mark>,
    /// Nested evaluations, which is what uses the native stack.
    pub(super) depth: u64,
    invocations: u64,
    steps: u64,
    loops: u64,
    written: u64,
    inlined: u64,
}

/// A value as Go's reflection sees it: `boxed` when it sits in an `interface {}`, which a nil can.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) value: Value,
    pub(super) boxed: bool,
}

impl Item {
    /// Not even an interface: what a chain of fields yields behind nothing.
    pub(super) const INVALID: Self = Self { value: Value::NIL, boxed: false };

    pub(super) fn new(value: Value) -> Self {
        Self { value, boxed: false }
    }

    pub(super) fn boxed(value: Value) -> Self {
        Self { value, boxed: true }
    }

    pub(super) fn is_valid(&self) -> bool {
        self.boxed || !self.value.is_nil()
    }
}

impl Exec {
    /// An execution of templates of `set`.
    #[must_use]
    pub fn new(environment: Rc<Environment>, set: Rc<TemplateSet>, origins: Origins, sources: Sources) -> Self {
        Self {
            environment,
            origins,
            sources,
            running: HashMap::new(),
            set,
            overlays: Vec::new(),
            inline: HashMap::new(),
            texts: Vec::new(),
            out: Text::new(),
            variables: Vec::new(),
            at: At::Nothing,
            marks: Vec::new(),
            depth: 0,
            invocations: 0,
            steps: 0,
            loops: 0,
            written: 0,
            inlined: 0,
        }
    }

    /// Executes a template by itself, as for a file of a chart.
    ///
    /// # Errors
    /// Where and why it failed; what it wrote is lost.
    pub fn execute(&mut self, name: &str, data: &Value) -> Result<Text, Error> {
        let template = self.find(name)?;
        self.out = Text::new();
        self.variables.clear();
        let result = self.run(&template, Chain::TOP, Item::new(data.clone()));
        let text = std::mem::take(&mut self.out);
        result?;
        self.written = self.written.saturating_add(text.len() as u64);
        Exceeded::check("output-bytes", self.written, self.environment.limits.output_bytes)?;
        Ok(text)
    }

    /// Executes a template inside another one, called at `frame`; returns what it wrote.
    ///
    /// # Errors
    /// Where and why it failed.
    pub fn invoke(&mut self, name: &str, data: &Value, frame: Frame) -> Result<Text, Error> {
        let template = self.find(name)?;
        let chain = self.origins.link(Link { parent: frame.chain, call: frame.place, inline: None });
        self.capture(&template, chain, data)
    }

    /// Executes a text as a template, called at `frame`. Templates that it defines exist until it ends.
    ///
    /// # Errors
    /// A cause of kind `Parse` when the text does not parse; else where and why it failed.
    pub fn invoke_inline(&mut self, text: &Value, data: &Value, frame: Frame) -> Result<Text, Error> {
        let Value::Str(mark, text) = text else { return Ok(Text::new()) };
        let (source, templates) = self.parse_inline(text.as_bytes())?;
        let mut overlay = HashMap::new();
        let mut body = None;
        for template in templates.iter() {
            if &*template.name == INLINE {
                body = Some(template.clone());
            } else if template.is_blank() && self.has_template(&template.name) {
                continue;
            }
            overlay.insert(Rc::clone(&template.name), template.clone());
        }
        let Some(body) = body else { return Ok(Text::new()) };
        let mark = if text.runs().is_empty() {
            *mark
        } else {
            self.origins.mix(text.runs().iter().map(|run| run.mark).collect())
        };
        let inline = Some((source, mark));
        let chain = self.origins.link(Link { parent: frame.chain, call: frame.place, inline });
        self.overlays.push(overlay);
        self.texts.push((source, mark, Rc::clone(text)));
        let result = self.capture(&body, chain, data);
        self.texts.pop();
        self.overlays.pop();
        result
    }

    /// Whether a template of this name exists at this moment.
    #[must_use]
    pub fn has_template(&self, name: &str) -> bool {
        self.lookup(name).is_some()
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&Template> {
        self.overlays.iter().rev().find_map(|overlay| overlay.get(name)).or_else(|| self.set.get(name))
    }

    fn find(&self, name: &str) -> Result<Template, Error> {
        self.lookup(name).cloned().ok_or_else(|| {
            let quoted = super::quote::quote_go(name.as_bytes());
            Error::message(format!("template: no template {quoted} associated with template \"{INLINE}\""))
        })
    }

    fn parse_inline(&mut self, text: &[u8]) -> Result<Inline, Error> {
        if let Some((source, templates)) = self.inline.get(text) {
            return Ok((*source, Rc::clone(templates)));
        }
        self.inlined = self.inlined.saturating_add(text.len() as u64);
        Exceeded::check("inline-bytes", self.inlined, self.environment.limits.inline_bytes)?;
        let text: Rc<[u8]> = text.into();
        let source = self.sources.add(INLINE, Rc::clone(&text));
        let templates = self.set.parse(INLINE, source, &text).map_err(|errors| match errors.into_iter().next() {
            Some(first) => Error { at: None, cause: Cause::Parse(first) },
            None => Error::message("invalid syntax"),
        })?;
        let templates: Rc<[Template]> = templates.into();
        self.inline.insert(text, (source, Rc::clone(&templates)));
        Ok((source, templates))
    }

    /// Runs into the common output and splits off what was written.
    fn capture(&mut self, template: &Template, chain: Chain, data: &Value) -> Result<Text, Error> {
        let start = self.out.len();
        let at = self.at;
        let result = self.run(template, chain, Item::new(data.clone()));
        self.at = at;
        let text = self.out.split_off(start);
        result.map(|()| text)
    }

    /// Runs a template into the common output, with variables of its own.
    pub(super) fn run(&mut self, template: &Template, chain: Chain, dot: Item) -> Result<(), Error> {
        self.invocations += 1;
        let limit = self.environment.limits.include_depth;
        let result = match Exceeded::check("include-depth", self.invocations - 1, limit) {
            Err(exceeded) => Err(exceeded.into()),
            Ok(()) => {
                let base = self.variables.len();
                let dollar = NameId(0);
                self.variables.push((dollar, dot.clone()));
                let source = template.tree.source;
                let text = self.texts.iter().rev().find(|(of, ..)| *of == source);
                let text = text.filter(|_| self.origins.enabled()).map(|(_, mark, text)| (*mark, Rc::clone(text)));
                let inline = text.as_ref().map(|(mark, text)| (*mark, &**text));
                let scope = Scope { tree: &template.tree, name: &template.name, chain, base, inline };
                let result = self.walk(&scope, &dot, template.root);
                self.variables.truncate(base);
                result.map(|_| ())
            }
        };
        self.invocations -= 1;
        result
    }

    pub(super) fn step(&mut self) -> Result<(), Exceeded> {
        self.charge(1)
    }

    /// Counts the steps of a function whose work grows faster than its arguments.
    ///
    /// # Errors
    /// `Exceeded` when the render has taken too many steps.
    pub fn charge(&mut self, steps: u64) -> Result<(), Exceeded> {
        self.steps = self.steps.saturating_add(steps);
        Exceeded::check("template-steps", self.steps, self.environment.limits.steps)
    }

    pub(super) fn count_loop(&mut self) -> Result<(), Exceeded> {
        self.loops += 1;
        Exceeded::check("loop-rounds", self.loops, self.environment.limits.loops)
    }

    pub(super) fn check_output(&self) -> Result<(), Exceeded> {
        Exceeded::check("output-file-bytes", self.out.len() as u64, self.environment.limits.output_file_bytes)
    }
}
