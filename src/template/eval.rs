//! Walking a template and evaluating its pipelines: Go's `text/template/exec.go`.
//!
//! [`Exec::at`] follows Go's current node, because error messages name the node that was visited last, not
//! the one that encloses it.

use std::rc::Rc;

use super::ast::{Branch, BranchKind, Command, Expr, Many, NameId, Node, Number, PipeId, Tree};
use super::call::Call;
use super::error::{Cause, Error, Failed};
use super::exec::{Exec, Item};
use super::format;
use super::print::{At, expr, expr_at};
use crate::limits::Exceeded;
use crate::origin::{Chain, Frame, Link, Mark, NO_OFFSET, Origin};
use crate::source::{Place, clamp};
use crate::text::Text;
use crate::value::{IntType, ListType, MapType, Native, Struct, Value, is_exported};

/// The template that is being executed and where its variables begin.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) tree: &'a Tree,
    pub(super) name: &'a Rc<str>,
    pub(super) chain: Chain,
    pub(super) base: usize,
    /// Of a text given to `tpl`: the text with its origins and its mark.
    pub(super) inline: Option<(Mark, &'a Text)>,
}

/// How a list ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

type Evaluated<T> = Result<T, Error>;

impl Exec {
    /// An error at the current node.
    pub(super) fn error(&self, scope: &Scope<'_>, message: impl Into<String>) -> Error {
        self.failed(scope, Cause::Message(message.into()))
    }

    pub(super) fn exceeded(&self, scope: &Scope<'_>, exceeded: Exceeded) -> Error {
        self.failed(scope, Cause::Limit(exceeded))
    }

    pub(super) fn failed(&self, scope: &Scope<'_>, cause: Cause) -> Error {
        let (offset, node) = self.at.describe(scope.tree);
        let before = scope.tree.slice(0, offset);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        let at = Failed {
            file: Rc::clone(&scope.tree.name),
            line: clamp(line),
            column: clamp(column),
            template: Rc::clone(scope.name),
            node,
            frame: self.frame(scope, offset),
        };
        Error { at: Some(Box::new(at)), cause }
    }

    pub(super) fn frame(&self, scope: &Scope<'_>, offset: u32) -> Frame {
        Frame { place: Place { source: scope.tree.source, offset }, chain: scope.chain }
    }

    /// Counts a nested evaluation; the native stack is bounded by it.
    fn enter(&mut self, scope: &Scope<'_>) -> Evaluated<()> {
        self.depth += 1;
        let limit = self.environment.limits.evaluation_depth;
        let checked = Exceeded::check("evaluation-depth", self.depth, limit).and_then(|()| self.step());
        checked.map_err(|exceeded| {
            self.depth -= 1;
            self.exceeded(scope, exceeded)
        })
    }

    // Walking.

    pub(super) fn walk(&mut self, scope: &Scope<'_>, dot: &Item, list: Many) -> Evaluated<Flow> {
        self.enter(scope)?;
        let mut flow = Ok(Flow::Next);
        for node in list.of(&scope.tree.nodes) {
            flow = self.node(scope, dot, *node);
            if !matches!(flow, Ok(Flow::Next)) {
                break;
            }
        }
        self.depth -= 1;
        flow
    }

    fn node(&mut self, scope: &Scope<'_>, dot: &Item, node: Node) -> Evaluated<Flow> {
        self.at = At::Node(node);
        match node {
            Node::Text { start, end } => {
                let bytes = scope.tree.slice(start, end);
                let frame = self.frame(scope, start);
                if let Some((mark, text)) = scope.inline {
                    self.out.append(text, start as usize..end as usize, mark, frame, &mut self.origins);
                } else if self.origins.enabled() {
                    let mark = self.origins.origin(Origin { frame, leaf: Mark::NONE, at: 0 });
                    self.out.push_marked(bytes, mark, 0);
                } else {
                    self.out.append_written(bytes, Mark::NONE, frame, &mut self.origins);
                }
                self.step().and_then(|()| self.check_output()).map_err(|exceeded| self.exceeded(scope, exceeded))?;
            }
            Node::Action(pipe) => {
                let value = self.pipeline(scope, dot, Some(pipe))?;
                let pipe = scope.tree.pipe(pipe);
                if pipe.variables.is_empty() {
                    self.at = At::Node(node);
                    self.write(scope, &value.value, pipe.at)?;
                }
            }
            Node::Branch(id) => {
                let Some(branch) = scope.tree.branch(id) else { return Ok(Flow::Next) };
                let mark = self.variables.len();
                let flow = match branch.kind {
                    BranchKind::Range => self.range(scope, dot, branch),
                    BranchKind::If | BranchKind::With => self.condition(scope, dot, branch),
                };
                self.variables.truncate(mark);
                return flow;
            }
            Node::Template { at, name, pipe } => self.template(scope, dot, at, name, pipe)?,
            Node::Break(_) => return Ok(Flow::Break),
            Node::Continue(_) => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// Prints the value of an action.
    fn write(&mut self, scope: &Scope<'_>, value: &Value, offset: u32) -> Evaluated<()> {
        let frame = self.frame(scope, offset);
        if let Value::Str(mark, text) = value {
            self.out.append(text, 0..text.len(), *mark, frame, &mut self.origins);
        } else if matches!(value, Value::List(..) | Value::Map(..)) {
            let args = std::slice::from_ref(value);
            let printed = format::sprint(args, &self.environment.limits);
            let printed = printed.map_err(|exceeded| self.exceeded(scope, exceeded))?;
            let mut out = std::mem::take(&mut self.out);
            Call { args, frame, exec: self }.append_pieces(&mut out, 0, &printed);
            self.out = out;
        } else {
            let bytes = format::print_limited(value, &self.environment.limits)
                .map_err(|exceeded| self.exceeded(scope, exceeded))?;
            self.origins.read_all(value);
            self.origins.prints(frame.place, value, &bytes);
            let mark = if self.origins.enabled() { self.mark_of(value) } else { Mark::NONE };
            self.out.append_written(&bytes, mark, frame, &mut self.origins);
        }
        self.check_output().map_err(|exceeded| self.exceeded(scope, exceeded))
    }

    fn condition(&mut self, scope: &Scope<'_>, dot: &Item, branch: &Branch) -> Evaluated<Flow> {
        let value = self.pipeline(scope, dot, Some(branch.pipe))?;
        let holds = value.value.truth();
        self.decide(scope, branch, usize::from(holds));
        if holds {
            let dot = if branch.kind == BranchKind::With { &value } else { dot };
            return self.walk(scope, dot, branch.list);
        }
        branch.otherwise.map_or(Ok(Flow::Next), |list| self.walk(scope, dot, list))
    }

    fn decide(&mut self, scope: &Scope<'_>, branch: &Branch, way: usize) {
        let frame = self.frame(scope, scope.tree.pipe(branch.pipe).at);
        self.origins.decide(frame, true, way);
    }

    fn range(&mut self, scope: &Scope<'_>, dot: &Item, branch: &Branch) -> Evaluated<Flow> {
        let value = self.pipeline(scope, dot, Some(branch.pipe))?.value;
        let variables = scope.tree.pipe(branch.pipe).variables;
        let rounds = match &value {
            Value::Int(_, of, count) if !of.unsigned() || *count >= 0 => {
                if variables.len > 1 {
                    let shown = String::from_utf8_lossy(&format::print_value(&value)).into_owned();
                    return Err(self.error(scope, format!("can't use {shown} to iterate over more than one variable")));
                }
                let of = *of;
                let mark = value.mark();
                let count = *count;
                let items = (0..count).map(|index| (Item::INVALID, Item::new(Value::Int(mark, of, index))));
                self.rounds(scope, branch, items)?
            }
            Value::List(mark, list) => {
                let boxed = list.of == ListType::Any;
                let items = list.items().iter().enumerate().map(|(index, item)| {
                    let value = if item.mark().is_none() { item.clone().with_mark(*mark) } else { item.clone() };
                    (index_item(index), Item { value, boxed })
                });
                self.rounds(scope, branch, items)?
            }
            Value::Bytes(mark, text) => {
                let items = text.as_bytes().iter().enumerate().map(|(index, byte)| {
                    (index_item(index), Item::new(Value::Int(*mark, IntType::Uint8, i64::from(*byte))))
                });
                self.rounds(scope, branch, items)?
            }
            Value::Map(mark, map) => {
                let boxed = matches!(map.of, MapType::Any | MapType::Values);
                let frame = self.frame(scope, scope.tree.pipe(branch.pipe).at);
                let entries: Vec<_> = map
                    .entries()
                    .into_iter()
                    .map(|(key, value)| {
                        let value = if value.mark().is_none() { value.with_mark(*mark) } else { value };
                        let leaf = self.origins.around(value.mark());
                        let key_mark = self.origins.origin(Origin { frame, leaf, at: NO_OFFSET });
                        (Item::new(key.to_value().with_mark(key_mark)), Item { value, boxed })
                    })
                    .collect();
                self.rounds(scope, branch, entries.into_iter())?
            }
            Value::Nil(_) => false,
            other => {
                let shown = String::from_utf8_lossy(&format::print_value(other)).into_owned();
                return Err(self.error(scope, format!("range can't iterate over {shown}")));
            }
        };
        match branch.otherwise {
            Some(list) if !rounds => self.walk(scope, dot, list),
            _ => Ok(Flow::Next),
        }
    }

    /// Walks the body for each item; whether there was any.
    fn rounds(
        &mut self,
        scope: &Scope<'_>,
        branch: &Branch,
        items: impl Iterator<Item = (Item, Item)>,
    ) -> Evaluated<bool> {
        let pipe = scope.tree.pipe(branch.pipe);
        let names = pipe.variables.of(&scope.tree.idents);
        let mark = self.variables.len();
        let mut rounds = 0;
        for (index, item) in items {
            rounds += 1;
            self.origins.read(item.value.mark());
            self.count_loop().map_err(|exceeded| self.exceeded(scope, exceeded))?;
            match names {
                [] => {}
                [only] if pipe.assign => self.assign(scope, *only, item.clone())?,
                [first, second, ..] if pipe.assign => {
                    self.assign(scope, *first, index)?;
                    self.assign(scope, *second, item.clone())?;
                }
                [_] => self.set_top(1, item.clone()),
                _ => {
                    self.set_top(1, item.clone());
                    self.set_top(2, index);
                }
            }
            let flow = self.walk(scope, &item, branch.list)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        self.decide(scope, branch, rounds);
        Ok(rounds > 0)
    }

    fn template(
        &mut self,
        scope: &Scope<'_>,
        dot: &Item,
        at: u32,
        name: NameId,
        pipe: Option<PipeId>,
    ) -> Evaluated<()> {
        let name = scope.tree.name_of(name);
        let Some(template) = self.lookup(name).cloned() else {
            let quoted = super::quote::quote_go(name.as_bytes());
            return Err(self.error(scope, format!("template {quoted} not defined")));
        };
        let dot = self.pipeline(scope, dot, pipe)?;
        let call = Place { source: scope.tree.source, offset: at };
        let chain = self.origins.link(Link { parent: scope.chain, call, inline: None });
        let at = self.at;
        let result = self.run(&template, chain, dot);
        self.at = at;
        result.map_err(|error| match (&error.at, &error.cause) {
            (None, Cause::Limit(exceeded)) => self.exceeded(scope, *exceeded),
            _ => error,
        })
    }

    // Variables.

    fn assign(&mut self, scope: &Scope<'_>, name: NameId, item: Item) -> Evaluated<()> {
        let held = self.variables.iter_mut().skip(scope.base).rev().find(|(other, _)| *other == name);
        match held {
            Some((_, held)) => *held = item,
            None => return Err(self.error(scope, format!("undefined variable: {}", scope.tree.name_of(name)))),
        }
        Ok(())
    }

    fn set_top(&mut self, nth: usize, item: Item) {
        if let Some((_, held)) = self.variables.iter_mut().nth_back(nth - 1) {
            *held = item;
        }
    }

    fn variable(&self, scope: &Scope<'_>, name: NameId) -> Evaluated<Item> {
        let held = self.variables.iter().skip(scope.base).rev().find(|(other, _)| *other == name);
        match held {
            Some((_, item)) => Ok(item.clone()),
            None => Err(self.error(scope, format!("undefined variable: {}", scope.tree.name_of(name)))),
        }
    }

    // Pipelines.

    /// The value of a pipeline, out of its interface; variables that it declares stay.
    pub(super) fn pipeline(&mut self, scope: &Scope<'_>, dot: &Item, pipe: Option<PipeId>) -> Evaluated<Item> {
        let Some(id) = pipe else { return Ok(Item::INVALID) };
        self.enter(scope)?;
        let result = self.commands(scope, dot, id);
        self.depth -= 1;
        let item = result?;
        let pipe = scope.tree.pipe(id);
        for name in pipe.variables.of(&scope.tree.idents) {
            if pipe.assign {
                self.assign(scope, *name, item.clone())?;
            } else {
                self.variables.push((*name, item.clone()));
            }
        }
        Ok(item)
    }

    fn commands(&mut self, scope: &Scope<'_>, dot: &Item, id: PipeId) -> Evaluated<Item> {
        self.at = At::Pipe(id);
        let mut last = None;
        for command in scope.tree.pipe(id).commands.of(&scope.tree.commands) {
            let mut item = self.command(scope, dot, command, last)?;
            item.boxed = false;
            last = Some(item);
        }
        Ok(last.unwrap_or(Item::INVALID))
    }

    fn command(&mut self, scope: &Scope<'_>, dot: &Item, command: &Command, last: Option<Item>) -> Evaluated<Item> {
        let args = command.args.of(&scope.tree.exprs);
        let Some((first, rest)) = args.split_first() else { return Ok(Item::INVALID) };
        match *first {
            Expr::Function { function, .. } => {
                self.at = At::Expr(*first);
                return self.call(scope, dot, function, At::Command(*command), None, rest, last);
            }
            Expr::Field { fields, .. } => {
                self.at = At::Expr(*first);
                return self.fields(scope, dot, dot.clone(), first, fields, rest, last);
            }
            Expr::Variable { name, fields, .. } if !fields.is_empty() => {
                self.at = At::Expr(*first);
                let item = self.variable(scope, name)?;
                return self.fields(scope, dot, item, first, fields, rest, last);
            }
            Expr::Chain { operand, fields, .. } => {
                let item = self.chain_operand(scope, dot, first, scope.tree.expr(operand))?;
                return self.fields(scope, dot, item, first, fields, rest, last);
            }
            Expr::Pipe(_) | Expr::Variable { .. } => {}
            _ => self.at = At::Expr(*first),
        }
        if let Expr::Variable { name, .. } = *first {
            self.at = At::Expr(*first);
            let item = self.variable(scope, name)?;
            return self.not_a_function(scope, first, rest, last).map(|()| item);
        }
        self.not_a_function(scope, first, rest, last)?;
        if matches!(first, Expr::Nil(_)) {
            return Err(self.error(scope, "nil is not a command"));
        }
        self.operand(scope, dot, first)
    }

    fn not_a_function(&self, scope: &Scope<'_>, first: &Expr, rest: &[Expr], last: Option<Item>) -> Evaluated<()> {
        if rest.is_empty() && last.is_none() {
            return Ok(());
        }
        let shown = expr(scope.tree, first);
        Err(self.error(scope, format!("can't give argument to non-function {shown}")))
    }

    /// The value of an operand that stands alone.
    pub(super) fn operand(&mut self, scope: &Scope<'_>, dot: &Item, operand: &Expr) -> Evaluated<Item> {
        if !matches!(operand, Expr::Pipe(_)) {
            self.at = At::Expr(*operand);
        }
        match *operand {
            Expr::Dot(_) => Ok(dot.clone()),
            Expr::Nil(_) => Ok(Item::INVALID),
            Expr::Bool(_, value) => Ok(Item::new(Value::bool(value))),
            Expr::Number(_, number) => match scope.tree.numbers.get(number as usize) {
                Some(number) => self.ideal_constant(scope, number).map(Item::new),
                None => Ok(Item::INVALID),
            },
            Expr::String(_, string) => Ok(Item::new(self.string_constant(scope, string))),
            Expr::Field { fields, .. } => self.fields(scope, dot, dot.clone(), operand, fields, &[], None),
            Expr::Variable { name, fields, .. } => {
                let item = self.variable(scope, name)?;
                if fields.is_empty() { Ok(item) } else { self.fields(scope, dot, item, operand, fields, &[], None) }
            }
            Expr::Chain { operand: inner, fields, .. } => {
                let item = self.chain_operand(scope, dot, operand, scope.tree.expr(inner))?;
                self.fields(scope, dot, item, operand, fields, &[], None)
            }
            Expr::Pipe(pipe) => self.pipeline(scope, dot, Some(pipe)),
            Expr::Function { function, .. } => self.call(scope, dot, function, At::Expr(*operand), None, &[], None),
        }
    }

    fn chain_operand(&mut self, scope: &Scope<'_>, dot: &Item, chain: &Expr, inner: &Expr) -> Evaluated<Item> {
        self.at = At::Expr(*chain);
        self.operand(scope, dot, inner)
    }

    /// A number where no type is asked for: its syntax decides.
    pub(super) fn ideal_constant(&self, scope: &Scope<'_>, number: &Number) -> Evaluated<Value> {
        let written = scope.tree.slice(number.start, number.end);
        let hexadecimal =
            matches!(written, [b'0', b'x' | b'X', _, ..]) && !written.contains(&b'p') && !written.contains(&b'P');
        let floating =
            !hexadecimal && written.first() != Some(&b'\'') && written.iter().any(|byte| b".eEpP".contains(byte));
        if let Some(printed) = &number.complex {
            let printed = Some(printed.to_string());
            let of = Struct { type_name: "complex128", fields: Vec::new(), printed, native: Native::None };
            return Ok(Value::Struct(Mark::NONE, Rc::new(of)));
        }
        if let Some(float) = number.float.filter(|_| floating) {
            return Ok(Value::float(float));
        }
        match number.int {
            Some(int) => Ok(Value::int(int)),
            None => Err(self.error(scope, format!("{} overflows int", String::from_utf8_lossy(written)))),
        }
    }

    /// A string constant: born at its first character.
    pub(super) fn string_constant(&mut self, scope: &Scope<'_>, string: u32) -> Value {
        let Some(constant) = scope.tree.strings.get(string as usize) else { return Value::NIL };
        if let (Some((mark, text)), true) = (scope.inline, constant.verbatim) {
            let range = constant.start as usize + 1..(constant.end as usize).saturating_sub(1);
            return Value::str(text.slice(range, mark));
        }
        let frame = self.frame(scope, constant.start + 1);
        let at = if constant.verbatim { 0 } else { NO_OFFSET };
        let mark = self.origins.origin(Origin { frame, leaf: Mark::NONE, at });
        Value::Str(mark, Rc::clone(&constant.text))
    }

    // Fields.

    /// Follows `.a.b.c` from a receiver; the last name may be a method and gets the arguments.
    #[expect(clippy::too_many_arguments, reason = "the parts of one expression")]
    fn fields(
        &mut self,
        scope: &Scope<'_>,
        dot: &Item,
        mut receiver: Item,
        node: &Expr,
        fields: Many,
        args: &[Expr],
        mut last: Option<Item>,
    ) -> Evaluated<Item> {
        let names = fields.of(&scope.tree.idents);
        for (index, name) in names.iter().enumerate() {
            let (args, last) = if index + 1 == names.len() { (args, last.take()) } else { (&[][..], None) };
            receiver = self.field(scope, dot, receiver, node, *name, args, last)?;
        }
        Ok(receiver)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one expression")]
    fn field(
        &mut self,
        scope: &Scope<'_>,
        dot: &Item,
        receiver: Item,
        node: &Expr,
        name: NameId,
        args: &[Expr],
        last: Option<Item>,
    ) -> Evaluated<Item> {
        if !receiver.is_valid() {
            return Ok(Item::INVALID);
        }
        let name = scope.tree.name_of(name);
        let type_name = if receiver.boxed { "interface {}" } else { receiver.value.type_name() };
        if receiver.value.is_nil() {
            return Err(self.error(scope, format!("nil pointer evaluating {type_name}.{name}")));
        }
        if has_methods(&receiver.value)
            && let Some(method) = (self.environment.methods)(&receiver.value, name)
        {
            return self.call(scope, dot, method, At::Expr(*node), Some(receiver.value), args, last);
        }
        let has_args = !args.is_empty() || last.is_some();
        match &receiver.value {
            Value::Map(mark, map) => {
                if has_args {
                    return Err(self.error(scope, format!("{name} is not a method but has arguments")));
                }
                Ok(match map.get(name) {
                    Some(value) => {
                        let value =
                            if value.mark().is_none() && mark.is_leaf() { value.with_mark(*mark) } else { value };
                        self.origins.read(value.mark());
                        Item { value, boxed: matches!(map.of, MapType::Any | MapType::Values) }
                    }
                    None => zero_element(map.of),
                })
            }
            Value::Struct(mark, of) => match of.fields.iter().find(|(field, _)| *field == name) {
                Some(_) if !is_exported(name) => {
                    Err(self.error(scope, format!("{name} is an unexported field of struct type {type_name}")))
                }
                Some(_) if has_args => {
                    Err(self.error(scope, format!("{name} has arguments but cannot be invoked as function")))
                }
                Some((_, value)) => {
                    let value = if value.mark().is_none() { value.clone().with_mark(*mark) } else { value.clone() };
                    Ok(Item::new(value))
                }
                None => Err(self.error(scope, format!("can't evaluate field {name} in type {type_name}"))),
            },
            _ => Err(self.error(scope, format!("can't evaluate field {name} in type {type_name}"))),
        }
    }

    /// The offset of the node that a call is reported at.
    pub(super) fn call_frame(&self, scope: &Scope<'_>, node: At) -> Frame {
        let offset = match node {
            At::Command(command) => command.at,
            At::Expr(expr) => expr_at(scope.tree, &expr),
            At::Pipe(pipe) => scope.tree.pipe(pipe).at,
            At::Node(_) | At::Nothing => 0,
        };
        self.frame(scope, offset)
    }
}

fn index_item(index: usize) -> Item {
    Item::new(Value::int(i64::try_from(index).unwrap_or(i64::MAX)))
}

/// What Go's `reflect.Zero` of the element type is: a missing key with `missingkey=zero`.
pub(super) fn zero_element(of: MapType) -> Item {
    match of {
        MapType::Any | MapType::Values => Item::boxed(Value::NIL),
        MapType::String => Item::new(Value::str("")),
        MapType::Files => Item::new(Value::Bytes(Mark::NONE, Rc::default())),
    }
}

/// Whether a value is of a type that may have methods.
fn has_methods(value: &Value) -> bool {
    match value {
        Value::Map(_, map) => matches!(map.of, MapType::Values | MapType::Files),
        Value::List(_, list) => list.of == ListType::VersionSet,
        Value::Int(_, of, _) => *of == IntType::Duration,
        Value::Struct(..) => true,
        _ => false,
    }
}
