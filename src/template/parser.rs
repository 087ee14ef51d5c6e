//! From tokens to a [`Tree`], with Go's errors; behind a faulty action parsing goes on, so that one run tells all of them.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{
    Branch, BranchId, BranchKind, Command, Expr, ExprId, Many, NameId, Node, Pipe, PipeId, StringConstant, Template,
    Tree,
};
use super::call::Function;
use super::error::ParseError;
use super::lexer::{Kind, Lexer, Token};
use super::{builtins, chars, constants, quote};
use crate::limits::{Exceeded, Limits};
use crate::source::{Place, SourceId, clamp};
use crate::text::Text;

/// An error was recorded; whoever can go on behind it does.
struct Fault;

type Parsed<T> = Result<T, Fault>;

/// Errors told of one file.
const MAX_ERRORS: usize = 100;

/// What ends a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    End,
    Else,
    Eof,
}

/// A template of a file before the tree is finished.
struct Definition {
    name: Rc<str>,
    root: Many,
}

/// Reads a file: its templates in the order of their ends, the file's own body last, as far as it parses; and every fault.
pub(super) fn parse(
    name: &Rc<str>,
    source: SourceId,
    text: &Rc<[u8]>,
    functions: fn(&str) -> Option<&'static Function>,
    limits: &Limits,
) -> (Vec<Template>, Vec<ParseError>) {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        tokens: [Token { kind: Kind::Eof, start: 0, end: 0 }; 3],
        peeked: 0,
        tree: Tree::new(Rc::clone(name), source, Rc::clone(text)),
        names: HashMap::new(),
        nodes: Vec::new(),
        commands: Vec::new(),
        exprs: Vec::new(),
        variables: Vec::new(),
        definitions: Vec::new(),
        errors: Vec::new(),
        action: None,
        ranges: 0,
        depth: 0,
        count: 0,
        fatal: false,
        functions,
        limits,
    };
    parser.file(name);
    let errors = parser.errors;
    let tree = Rc::new(parser.tree);
    let template = |Definition { name, root }| Template { name, tree: Rc::clone(&tree), root };
    (parser.definitions.into_iter().map(template).collect(), errors)
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// Three tokens of look-ahead, used as Go uses them: the line of the first one is the line of an error.
    tokens: [Token; 3],
    peeked: usize,
    tree: Tree,
    names: HashMap<Rc<str>, NameId>,
    nodes: Vec<Node>,
    commands: Vec<Command>,
    exprs: Vec<Expr>,
    variables: Vec<NameId>,
    definitions: Vec<Definition>,
    errors: Vec<ParseError>,
    /// Offset of the delimiter of the action that is being read.
    action: Option<u32>,
    ranges: u32,
    depth: u64,
    count: u64,
    fatal: bool,
    functions: fn(&str) -> Option<&'static Function>,
    limits: &'a Limits,
}

impl Parser<'_> {
    // Tokens.

    fn read(&mut self) -> Token {
        self.count += 1;
        if let Err(exceeded) = Exceeded::check("template-tokens", self.count, self.limits.template_tokens) {
            self.exceed(exceeded);
        }
        if self.fatal {
            let end = clamp(self.tree.text.len());
            return Token { kind: Kind::Eof, start: end, end };
        }
        self.lexer.next()
    }

    fn next(&mut self) -> Token {
        if let Some(peeked) = self.peeked.checked_sub(1) {
            self.peeked = peeked;
        } else {
            self.tokens[0] = self.read();
        }
        self.tokens[self.peeked]
    }

    fn backup(&mut self) {
        self.peeked += 1;
    }

    fn backup2(&mut self, first: Token) {
        self.tokens[1] = first;
        self.peeked = 2;
    }

    fn backup3(&mut self, first: Token, second: Token) {
        self.tokens[1] = second;
        self.tokens[2] = first;
        self.peeked = 3;
    }

    fn peek(&mut self) -> Token {
        let token = self.next();
        self.backup();
        token
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let token = self.next_non_space();
        self.backup();
        token
    }

    fn written(&self, token: Token) -> &[u8] {
        self.tree.slice(token.start, token.end)
    }

    fn line(&self, offset: u32) -> u32 {
        let before = self.tree.text.get(..offset as usize).unwrap_or(&self.tree.text);
        clamp(1 + before.iter().filter(|byte| **byte == b'\n').count())
    }

    // Errors.

    fn fault(&mut self, message: impl Into<String>) -> Fault {
        self.fault_at(self.tokens[0].start, message)
    }

    /// Go names the line of the token read last, wherever the fault stands.
    fn fault_at(&mut self, offset: u32, message: impl Into<String>) -> Fault {
        let message = message.into();
        let repeated = self.errors.last().is_some_and(|last| last.place.offset == offset && last.message == message);
        if self.errors.len() < MAX_ERRORS && !self.fatal && !repeated {
            self.errors.push(ParseError {
                template: Rc::clone(&self.tree.name),
                line: self.line(self.tokens[0].start),
                place: Place { source: self.tree.source, offset },
                message,
            });
        }
        Fault
    }

    /// A budget ran out: no token comes any more.
    fn exceed(&mut self, exceeded: Exceeded) {
        self.fault(exceeded.to_string());
        self.fatal = true;
    }

    fn unexpected(&mut self, token: Token, context: &str) -> Fault {
        if token.kind != Kind::Error {
            let shown = self.shown(token);
            return self.fault_at(token.start, format!("unexpected {shown} in {context}"));
        }
        let mut message = std::mem::take(&mut self.lexer.error);
        if let Some(line) = self.action.map(|start| self.line(start))
            && line != self.line(token.start)
        {
            if !message.ends_with(" action") {
                message.push_str(" in action");
            }
            message.push_str(&format!(" started at {}:{line}", self.tree.name));
        }
        self.fault_at(token.start, message)
    }

    fn shown(&self, token: Token) -> String {
        let written = self.written(token);
        match token.kind {
            Kind::Eof => "EOF".to_owned(),
            kind if kind.is_keyword() => format!("<{}>", String::from_utf8_lossy(written)),
            _ if written.len() > 10 => {
                let start: usize = chars::each(written).take(10).map(|(_, part)| part.len()).sum();
                format!("{}...", quote::quote_go(&written[..start]))
            }
            _ => quote::quote_go(written),
        }
    }

    /// Goes on behind the action that began at `start`.
    fn resume(&mut self, start: u32) {
        self.peeked = 0;
        let last = self.tokens[0];
        match last.kind {
            // An unclosed comment swallows the rest of the file.
            Kind::Error if self.written(last) == b"/*" => {}
            Kind::Error => self.lexer.resume(last.end.max(start)),
            _ => self.lexer.resume(last.start.max(start)),
        }
    }

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if let Err(exceeded) = Exceeded::check("template-depth", self.depth, self.limits.template_depth) {
            self.exceed(exceeded);
            return Err(Fault);
        }
        Ok(())
    }

    // Names and tables.

    fn name(&mut self, name: &str) -> NameId {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let id = NameId(clamp(self.tree.names.len()));
        let name: Rc<str> = name.into();
        self.tree.names.push(Rc::clone(&name));
        self.names.insert(name, id);
        id
    }

    fn name_of_token(&mut self, token: Token, skip: u32) -> NameId {
        let text = Rc::clone(&self.tree.text);
        let written = text.get((token.start + skip) as usize..token.end as usize).unwrap_or_default();
        match std::str::from_utf8(written) {
            Ok(name) => self.name(name),
            Err(_) => self.name(&String::from_utf8_lossy(written)),
        }
    }

    fn finish_list(&mut self, from: usize) -> Many {
        let start = clamp(self.tree.nodes.len());
        self.tree.nodes.extend(self.nodes.drain(from..));
        Many { start, len: clamp(self.tree.nodes.len()) - start }
    }

    // Lists.

    fn file(&mut self, name: &Rc<str>) {
        self.variables = vec![self.name("$")];
        let dollar = self.variables.clone();
        loop {
            let token = self.peek();
            if token.kind == Kind::Eof {
                break;
            }
            if token.kind == Kind::LeftDelim {
                let delim = self.next();
                if self.next_non_space().kind == Kind::Define {
                    let saved = std::mem::replace(&mut self.variables, dollar.clone());
                    self.definition(delim.end);
                    self.variables = saved;
                    continue;
                }
                self.backup2(delim);
            }
            match self.text_or_action() {
                None => {}
                Some(Stop::Eof) => break,
                Some(stop) => {
                    self.fault(if stop == Stop::End { "unexpected {{end}}" } else { "unexpected {{else}}" });
                    if stop == Stop::Else && matches!(self.peek().kind, Kind::If | Kind::With) {
                        let start = self.tokens[0].start;
                        self.resume(start);
                    }
                }
            }
        }
        let root = self.finish_list(0);
        self.define(Rc::clone(name), root);
    }

    /// Adds a template to the file: equal names are an error unless one of the two is blank.
    fn define(&mut self, name: Rc<str>, root: Many) {
        let blank = self.tree.is_blank(root);
        let Some(old) = self.definitions.iter_mut().find(|old| old.name == name) else {
            self.definitions.push(Definition { name, root });
            return;
        };
        if self.tree.is_blank(old.root) {
            old.root = root;
        } else if !blank {
            let quoted = quote::quote_go(name.as_bytes());
            self.fault(format!("template: multiple definition of template {quoted}"));
        }
    }

    fn definition(&mut self, start: u32) {
        let name = self.definition_name();
        if name.is_err() {
            self.resume(start);
        }
        if let Some(root) = self.body("define clause")
            && let Ok(name) = name
        {
            self.define(name, root);
        }
    }

    fn definition_name(&mut self) -> Parsed<Rc<str>> {
        const CONTEXT: &str = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(token, CONTEXT)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        Ok(name)
    }

    /// The body of a definition up to its end, with variables and loops of its own.
    fn body(&mut self, context: &str) -> Option<Many> {
        let ranges = std::mem::take(&mut self.ranges);
        let action = self.action.take();
        let (root, stop) = self.list();
        self.ranges = ranges;
        self.action = action;
        if stop == Stop::Else {
            self.fault(format!("unexpected {{{{else}}}} in {context}"));
            let (_, stop) = self.list();
            return (stop != Stop::Eof).then_some(root);
        }
        (stop == Stop::End).then_some(root)
    }

    fn list(&mut self) -> (Many, Stop) {
        let from = self.nodes.len();
        while self.peek_non_space().kind != Kind::Eof {
            if let Some(stop) = self.text_or_action() {
                return (self.finish_list(from), stop);
            }
        }
        self.fault("unexpected EOF");
        (self.finish_list(from), Stop::Eof)
    }

    /// One node, which goes to the list that is being built, or what ends that list.
    fn text_or_action(&mut self) -> Option<Stop> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => self.nodes.push(Node::Text { start: token.start, end: token.end }),
            Kind::LeftDelim => {
                self.action = Some(token.start);
                let result = self.action();
                self.action = None;
                return result.unwrap_or_else(|Fault| {
                    self.resume(token.end);
                    None
                });
            }
            Kind::Eof => return Some(Stop::Eof),
            _ => {
                self.unexpected(token, "input");
                self.resume(token.start);
            }
        }
        None
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token> {
        let token = self.next_non_space();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(token, context)) }
    }

    // Actions.

    fn action(&mut self) -> Parsed<Option<Stop>> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Block => self.block(token.start)?,
            Kind::Break | Kind::Continue if (self.functions)(self.word(token)).is_none() => self.leave(token)?,
            Kind::Else => {
                if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
                    self.expect(Kind::RightDelim, "else")?;
                }
                return Ok(Some(Stop::Else));
            }
            Kind::End => {
                if self.expect(Kind::RightDelim, "end").is_err() {
                    self.resume(token.end);
                }
                return Ok(Some(Stop::End));
            }
            Kind::If => self.control(BranchKind::If)?,
            Kind::Range => self.control(BranchKind::Range)?,
            Kind::With => self.control(BranchKind::With)?,
            Kind::Template => self.template()?,
            Kind::Define => {
                self.unexpected(token, "command");
                self.resume(token.end);
                let from = self.nodes.len();
                self.body("define clause");
                self.nodes.truncate(from);
            }
            _ => {
                self.backup();
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                self.nodes.push(Node::Action(pipe));
            }
        }
        Ok(None)
    }

    fn word(&self, token: Token) -> &str {
        std::str::from_utf8(self.written(token)).unwrap_or_default()
    }

    fn leave(&mut self, token: Token) -> Parsed<()> {
        let name = if token.kind == Kind::Break { "{{break}}" } else { "{{continue}}" };
        self.expect(Kind::RightDelim, name)?;
        if self.ranges == 0 {
            return Err(self.fault(format!("{name} outside {{{{range}}}}")));
        }
        let make = if token.kind == Kind::Break { Node::Break } else { Node::Continue };
        self.nodes.push(make(token.start));
        Ok(())
    }

    fn control(&mut self, kind: BranchKind) -> Parsed<()> {
        self.enter()?;
        let known = self.variables.len();
        let start = self.tokens[0].end;
        let pipe = self.pipeline(kind.name(), Kind::RightDelim).unwrap_or_else(|Fault| {
            self.resume(start);
            PipeId(u32::MAX)
        });
        self.action = None;
        self.ranges += u32::from(kind == BranchKind::Range);
        let (list, stop) = self.list();
        self.ranges -= u32::from(kind == BranchKind::Range);
        let otherwise = if stop == Stop::Else { Some(self.otherwise(kind)?) } else { None };
        self.variables.truncate(known);
        self.depth -= 1;
        let id = BranchId(clamp(self.tree.branches.len()));
        self.tree.branches.push(Branch { kind, pipe, list, otherwise });
        self.nodes.push(Node::Branch(id));
        Ok(())
    }

    /// What follows `{{ else`: `if` of an if and `with` of a with are a list of one control structure that shares the end.
    fn otherwise(&mut self, kind: BranchKind) -> Parsed<Many> {
        let from = self.nodes.len();
        let next = self.peek().kind;
        let chained = matches!((kind, next), (BranchKind::If, Kind::If) | (BranchKind::With, Kind::With));
        if chained {
            self.next();
            self.control(kind)?;
            return Ok(self.finish_list(from));
        }
        if matches!(next, Kind::If | Kind::With) {
            let token = self.peek();
            self.unexpected(token, "input");
            self.resume(token.start);
        }
        let (list, stop) = self.list();
        if stop == Stop::Else {
            self.fault("expected end; found {{else}}");
            if matches!(self.peek().kind, Kind::If | Kind::With) {
                let start = self.tokens[0].start;
                self.resume(start);
            }
            self.list();
        }
        Ok(list)
    }

    fn block(&mut self, start: u32) -> Parsed<()> {
        const CONTEXT: &str = "block clause";
        self.enter()?;
        let header = self.named_pipeline(CONTEXT, true);
        if header.is_err() {
            self.resume(start);
        }
        let dollar = vec![self.name("$")];
        let saved = std::mem::replace(&mut self.variables, dollar);
        let root = self.body(CONTEXT);
        self.variables = saved;
        self.depth -= 1;
        if let (Ok((at, name, pipe)), Some(root)) = (header, root) {
            let id = self.name(&name);
            self.define(name, root);
            self.nodes.push(Node::Template { at, name: id, pipe });
        }
        Ok(())
    }

    fn template(&mut self) -> Parsed<()> {
        let (at, name, pipe) = self.named_pipeline("template clause", false)?;
        let name = self.name(&name);
        self.nodes.push(Node::Template { at, name, pipe });
        Ok(())
    }

    fn named_pipeline(&mut self, context: &str, mandatory: bool) -> Parsed<(u32, Rc<str>, Option<PipeId>)> {
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        if !mandatory {
            if self.next_non_space().kind == Kind::RightDelim {
                return Ok((token.start, name, None));
            }
            self.backup();
        }
        Ok((token.start, name, Some(self.pipeline(context, Kind::RightDelim)?)))
    }

    fn template_name(&mut self, token: Token, context: &str) -> Parsed<Rc<str>> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        match quote::unquote(self.written(token)) {
            Some(name) => Ok(String::from_utf8_lossy(&name).into()),
            None => Err(self.fault("invalid syntax")),
        }
    }

    // Pipelines.

    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<PipeId> {
        let at = self.peek_non_space().start;
        let (variables, assign) = self.declarations(context)?;
        let from = self.commands.len();
        let result = self.commands_until(context, end, from);
        if result.is_err() {
            self.commands.truncate(from);
            return Err(Fault);
        }
        let start = clamp(self.tree.commands.len());
        self.tree.commands.extend(self.commands.drain(from..));
        let commands = Many { start, len: clamp(self.tree.commands.len()) - start };
        let id = PipeId(clamp(self.tree.pipes.len()));
        self.tree.pipes.push(Pipe { at, assign, variables, commands });
        Ok(id)
    }

    fn commands_until(&mut self, context: &str, end: Kind, from: usize) -> Parsed<()> {
        loop {
            let token = self.next_non_space();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Break
                | Kind::Continue
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen
                    if !self.is_keyword(token) =>
                {
                    self.backup();
                    let command = self.command()?;
                    self.commands.push(command);
                }
                _ => return Err(self.unexpected(token, context)),
            }
        }
        if self.commands.len() == from {
            return Err(self.fault(format!("missing value for {context}")));
        }
        let stage = self.commands.iter().skip(from).enumerate().skip(1).find(|(_, command)| {
            let first = command.args.of(&self.tree.exprs).first();
            matches!(first, Some(Expr::Bool(..) | Expr::Dot(_) | Expr::Nil(_) | Expr::Number(..) | Expr::String(..)))
        });
        if let Some((stage, _)) = stage {
            return Err(self.fault(format!("non executable command in pipeline stage {}", stage + 1)));
        }
        Ok(())
    }

    /// `break` and `continue` are keywords unless functions of that name exist.
    fn is_keyword(&self, token: Token) -> bool {
        matches!(token.kind, Kind::Break | Kind::Continue) && (self.functions)(self.word(token)).is_none()
    }

    /// Go counts a name as known from here on, whether it is declared or assigned.
    fn declarations(&mut self, context: &str) -> Parsed<(Many, bool)> {
        let mut declared = Vec::new();
        let mut assign = false;
        loop {
            let variable = self.peek_non_space();
            if variable.kind != Kind::Variable {
                break;
            }
            self.next();
            let adjacent = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    assign = next.kind == Kind::Assign;
                    self.next_non_space();
                    declared.push(self.name_of_token(variable, 0));
                    self.variables.extend(declared.last());
                    break;
                }
                Kind::Char if self.written(next) == b"," => {
                    self.next_non_space();
                    declared.push(self.name_of_token(variable, 0));
                    self.variables.extend(declared.last());
                    if context != "range" || declared.len() > 1 {
                        return Err(self.fault(format!("too many declarations in {context}")));
                    }
                    if !matches!(self.peek_non_space().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                        return Err(self.fault("range can only initialize variables"));
                    }
                }
                _ if adjacent.kind == Kind::Space => {
                    self.backup3(variable, adjacent);
                    break;
                }
                _ => {
                    self.backup2(variable);
                    break;
                }
            }
        }
        let start = clamp(self.tree.idents.len());
        self.tree.idents.extend_from_slice(&declared);
        Ok((Many { start, len: clamp(declared.len()) }, assign))
    }

    fn command(&mut self) -> Parsed<Command> {
        let at = self.peek_non_space().start;
        let from = self.exprs.len();
        if let Err(fault) = self.operands() {
            self.exprs.truncate(from);
            return Err(fault);
        }
        if self.exprs.len() == from {
            return Err(self.fault("empty command"));
        }
        let start = clamp(self.tree.exprs.len());
        self.tree.exprs.extend(self.exprs.drain(from..));
        Ok(Command { at, args: Many { start, len: clamp(self.tree.exprs.len()) - start } })
    }

    fn operands(&mut self) -> Parsed<()> {
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                self.exprs.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelim | Kind::RightParen => {
                    self.backup();
                    return Ok(());
                }
                Kind::Pipe => return Ok(()),
                _ => return Err(self.unexpected(token, "operand")),
            }
        }
    }

    fn operand(&mut self) -> Parsed<Option<Expr>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field {
            return Ok(Some(term));
        }
        let start = clamp(self.tree.idents.len());
        while self.peek().kind == Kind::Field {
            let token = self.next();
            let name = self.name_of_token(token, 1);
            self.tree.idents.push(name);
        }
        let fields = Many { start, len: clamp(self.tree.idents.len()) - start };
        let at = first.start;
        Ok(Some(match term {
            // The name of the term itself was the last one added, so its fields are neighbours.
            Expr::Field { fields: Many { start, len }, .. } => {
                Expr::Field { at, fields: Many { start, len: len + fields.len } }
            }
            Expr::Variable { name, .. } => Expr::Variable { at, name, fields },
            Expr::Bool(..) | Expr::String(..) | Expr::Number(..) | Expr::Nil(_) | Expr::Dot(_) => {
                let written = super::print::expr(&self.tree, &term);
                let quoted = quote::quote_go(written.as_bytes());
                return Err(self.fault(format!("unexpected . after term {quoted}")));
            }
            term => {
                let operand = ExprId(clamp(self.tree.exprs.len()));
                self.tree.exprs.push(term);
                Expr::Chain { at, operand, fields }
            }
        }))
    }

    fn term(&mut self) -> Parsed<Option<Expr>> {
        let token = self.next_non_space();
        let at = token.start;
        Ok(Some(match token.kind {
            Kind::Identifier | Kind::Break | Kind::Continue if !self.is_keyword(token) => {
                let word = self.word(token);
                let Some(function) = (self.functions)(word).or_else(|| builtins::lookup(word)) else {
                    let message = format!("function {} not defined", quote::quote_go(word.as_bytes()));
                    return Err(self.fault_at(at, message));
                };
                Expr::Function { at, function }
            }
            Kind::Dot => Expr::Dot(at),
            Kind::Nil => Expr::Nil(at),
            Kind::Variable => {
                let name = self.name_of_token(token, 0);
                if !self.variables.contains(&name) {
                    let message = format!("undefined variable {}", quote::quote_go(self.written(token)));
                    return Err(self.fault_at(at, message));
                }
                Expr::Variable { at, name, fields: Many::default() }
            }
            Kind::Field => {
                let name = self.name_of_token(token, 1);
                let start = clamp(self.tree.idents.len());
                self.tree.idents.push(name);
                Expr::Field { at, fields: Many { start, len: 1 } }
            }
            Kind::Bool => Expr::Bool(at, self.written(token) == b"true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = if token.kind == Kind::CharConstant {
                    constants::character(self.written(token))
                } else {
                    constants::number(self.word(token), token.kind == Kind::Complex)
                };
                let mut number = number.map_err(|message| self.fault_at(at, message))?;
                (number.start, number.end) = (token.start, token.end);
                self.tree.numbers.push(number);
                Expr::Number(at, clamp(self.tree.numbers.len() - 1))
            }
            Kind::LeftParen => {
                self.enter()?;
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen);
                self.depth -= 1;
                Expr::Pipe(pipe?)
            }
            Kind::String | Kind::RawString => {
                let written = self.written(token);
                let Some(text) = quote::unquote(written) else {
                    return Err(self.fault_at(at, "invalid syntax"));
                };
                let verbatim = written.get(1..written.len() - 1) == Some(&text[..]);
                self.tree.strings.push(StringConstant {
                    text: Rc::new(Text::from(text)),
                    verbatim,
                    start: token.start,
                    end: token.end,
                });
                Expr::String(at, clamp(self.tree.strings.len() - 1))
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }
}
