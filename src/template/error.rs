//! Errors of parsing and executing templates: kept as data, printed as Go and Helm print them.
//!
//! [`Error`]'s `Display` is Go's one-line chain. [`Error::helm`] and [`ParseError::helm`] are what Helm 4 makes of it
//! (`pkg/engine/engine.go`): a trace of several lines when every part comes from text/template itself, else the chain.

use std::fmt;
use std::rc::Rc;

use super::call::CallError;
use crate::limits::Exceeded;
use crate::origin::{Chain, Frame};
use crate::source::Place;

/// A fault in the text of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The name that the text was parsed under.
    pub template: Rc<str>,
    /// The line that Go names: that of the last token read.
    pub line: u32,
    /// That token.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}:{}: {}", self.template, self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

impl ParseError {
    /// Helm's text: `parse error at (file:line): …`, only the last part of the message.
    #[must_use]
    pub fn helm(&self) -> String {
        let text = self.to_string();
        let location = text.split(": ").nth(1).unwrap_or_default();
        let message = text.rsplit(": ").next().unwrap_or_default();
        format!("parse error at ({location}): {message}")
    }
}

/// Where an execution failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Name of the file (the name of the parse).
    pub file: Rc<str>,
    /// Line as Go prints it, from 1.
    pub line: u32,
    /// Column as Go prints it: bytes behind the line's start.
    pub column: u32,
    /// Name of the template that was executed.
    pub template: Rc<str>,
    /// The node as Go writes it.
    pub node: String,
    /// The node's place and the invocations around it.
    pub frame: Frame,
}

/// Why an execution failed.
#[derive(Debug)]
pub enum Cause {
    /// Go's own message.
    Message(String),
    /// A function returned an error.
    Call(&'static str, CallError),
    /// A text given to `tpl` does not parse.
    Parse(ParseError),
    /// A budget ran out.
    Limit(Exceeded),
}

/// A failed execution.
#[derive(Debug)]
pub struct Error {
    /// Where; nothing when no node was reached.
    pub at: Option<Box<Failed>>,
    /// Why.
    pub cause: Cause,
}

impl From<Exceeded> for Error {
    fn from(exceeded: Exceeded) -> Self {
        Self { at: None, cause: Cause::Limit(exceeded) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A chain is as long as the invocations are deep, so it is written in a loop.
        let mut error = self;
        loop {
            if let Some(at) = &error.at {
                let Failed { file, line, column, template, node, .. } = &**at;
                let template = super::quote::quote_go(template.as_bytes());
                write!(f, "template: {file}:{line}:{column}: executing {template} at <{node}>: ")?;
            }
            match &error.cause {
                Cause::Message(message) => return f.write_str(message),
                Cause::Parse(parse) => return write!(f, "{parse}"),
                Cause::Limit(exceeded) => return write!(f, "{exceeded}"),
                Cause::Call(name, call) => {
                    write!(f, "error calling {name}: ")?;
                    match call {
                        CallError::Message(message) => return f.write_str(message),
                        CallError::Fail(message) => return f.write_str(message),
                        CallError::Limit(exceeded) => return write!(f, "{exceeded}"),
                        CallError::Template(inner) => error = inner,
                        CallError::Wrapped(prefix, inner) => {
                            f.write_str(prefix)?;
                            error = inner;
                        }
                    }
                }
            }
        }
    }
}

impl std::error::Error for Error {}

impl Drop for Error {
    /// Chains are long: they are taken apart in a loop.
    fn drop(&mut self) {
        let mut next = take_inner(self);
        while let Some(mut inner) = next {
            next = take_inner(&mut inner);
        }
    }
}

fn take_inner(error: &mut Error) -> Option<Box<Error>> {
    if !matches!(error.cause, Cause::Call(_, CallError::Template(_) | CallError::Wrapped(..))) {
        return None;
    }
    match std::mem::replace(&mut error.cause, Cause::Message(String::new())) {
        Cause::Call(_, CallError::Template(inner) | CallError::Wrapped(_, inner)) => Some(inner),
        _ => None,
    }
}

impl Error {
    /// An error of Go's own without a place.
    #[must_use]
    pub fn message(message: impl Into<String>) -> Self {
        Self { at: None, cause: Cause::Message(message.into()) }
    }

    /// The error of the template that was executed inside this one, if there is any.
    #[must_use]
    pub fn inner(&self) -> Option<&Self> {
        match &self.cause {
            Cause::Call(_, CallError::Template(inner) | CallError::Wrapped(_, inner)) => Some(inner),
            _ => None,
        }
    }

    /// The errors from the outermost execution inwards.
    pub fn levels(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |error| error.inner())
    }

    /// The error that is the cause of all others.
    #[must_use]
    pub fn innermost(&self) -> &Self {
        self.levels().last().unwrap_or(self)
    }

    /// The innermost place: the one to show.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.levels().filter_map(|error| error.at.as_ref()).last().map(|at| at.frame.place)
    }

    /// The invocations around the innermost place.
    #[must_use]
    pub fn chain(&self) -> Chain {
        self.levels().filter_map(|error| error.at.as_ref()).last().map_or(Chain::TOP, |at| at.frame.chain)
    }

    /// The message without places: what to tell beside a place.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.innermost().cause {
            Cause::Message(message) | Cause::Call(_, CallError::Fail(message)) => message.clone(),
            Cause::Call(name, CallError::Message(message)) => format!("error calling {name}: {message}"),
            Cause::Call(_, CallError::Limit(exceeded)) | Cause::Limit(exceeded) => exceeded.to_string(),
            Cause::Parse(parse) => parse.message.clone(),
            Cause::Call(name, _) => format!("error calling {name}"),
        }
    }

    /// The budget that ran out, if that is the cause.
    #[must_use]
    pub fn exceeded(&self) -> Option<Exceeded> {
        match &self.innermost().cause {
            Cause::Limit(exceeded) | Cause::Call(_, CallError::Limit(exceeded)) => Some(*exceeded),
            _ => None,
        }
    }

    /// The message given to `fail` or `required`, if that is the cause.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        match &self.innermost().cause {
            Cause::Call(_, CallError::Fail(message)) => Some(message),
            _ => None,
        }
    }

    /// The text of Helm 3: the one-line chain, or `execution error at (…)` for `fail` and `required`.
    #[must_use]
    pub fn helm3(&self) -> String {
        self.execution_error().unwrap_or_else(|| self.to_string())
    }

    /// The text of Helm 4: its trace, else what Helm 3 prints.
    #[must_use]
    pub fn helm(&self) -> String {
        if let Some(text) = self.execution_error() {
            return text;
        }
        self.trace().unwrap_or_else(|| self.to_string())
    }

    fn execution_error(&self) -> Option<String> {
        let at = self.at.as_ref()?;
        let message = self.failure()?;
        Some(format!("execution error at ({}:{}:{}): {message}", at.file, at.line, at.column))
    }

    /// One block for each level; `None` when a level is not an error of text/template, for Helm prints the chain then.
    fn trace(&self) -> Option<String> {
        self.at.as_ref()?;
        let mut blocks: Vec<String> = Vec::new();
        for error in self.levels() {
            match &error.cause {
                Cause::Call(_, CallError::Template(_)) | Cause::Message(_) | Cause::Limit(_) => {}
                _ => return None,
            }
            let block = error.block();
            if blocks.last() != Some(&block) {
                blocks.push(block);
            }
        }
        Some(blocks.concat().trim().to_owned())
    }

    fn block(&self) -> String {
        let message = match &self.cause {
            Cause::Call(name, _) => format!("error calling {name}:"),
            Cause::Limit(exceeded) => exceeded.to_string(),
            Cause::Message(message) => message.clone(),
            Cause::Parse(parse) => parse.message.clone(),
        };
        let Some(at) = &self.at else { return format!("{message}\n") };
        let Failed { file, line, column, template, node, .. } = &**at;
        // Helm finds the parts by their separators, also where the node holds one.
        let template = super::quote::quote_go(template.as_bytes());
        let (node, message) = match format!("{node}>: {message}").split_once(">: ") {
            Some((node, message)) => (node.to_owned(), message.to_owned()),
            None => (node.clone(), message),
        };
        let message = message.split(" template:").next().unwrap_or_default();
        format!("{file}:{line}:{column}\n  executing {template} at <{node}>:\n    {message}\n")
    }
}
