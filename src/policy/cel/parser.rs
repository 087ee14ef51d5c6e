//! CEL tokens to an expression: precedence climbing, macros, and names resolved once and for all.
//!
//! Everything that can be known without an object is refused here with its place: syntax, unknown names and functions,
//! wrong numbers of arguments, patterns that do not compile.

use super::ast::{Comprehension, Expr, Kind, Macro, TYPES};
use super::lexer::{self, Kind as Lexeme, Mark, Token};
use super::operators::{Joint, Power};
use super::pattern::Pattern;
use super::{Names, SyntaxError, functions};
use crate::limits::Limits;

type Parsed = Result<Expr, SyntaxError>;

/// Words that the language keeps for itself.
const RESERVED: [&str; 19] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
    "__result__",
];

/// Parses a whole expression.
pub(crate) fn parse(source: &str, names: &Names<'_>, limits: &Limits) -> Parsed {
    let tokens = lexer::tokens(source)?;
    let mut parser = Parser { tokens: &tokens, at: 0, names, limits, locals: Vec::new(), depth: 0 };
    let expr = parser.choice()?;
    match parser.peek() {
        Lexeme::End => Ok(expr),
        other => Err(parser.unexpected(other)),
    }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    names: &'a Names<'a>,
    limits: &'a Limits,
    /// Variables of the enclosing comprehensions.
    locals: Vec<&'a str>,
    depth: u64,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Lexeme<'a> {
        self.tokens.get(self.at).map_or(&Lexeme::End, |token| &token.kind)
    }

    fn place(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    fn accept(&mut self, mark: Mark) -> bool {
        let found = matches!(self.peek(), Lexeme::Mark(found) if *found == mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: Mark) -> Result<(), SyntaxError> {
        if self.accept(mark) {
            return Ok(());
        }
        let message = format!("expected `{}`, found {}", mark.text(), show(self.peek()));
        Err(SyntaxError::new(self.place() as usize, message))
    }

    fn unexpected(&self, found: &Lexeme<'_>) -> SyntaxError {
        SyntaxError::new(self.place() as usize, format!("unexpected {}", show(found)))
    }

    /// One level deeper, whether by nesting or by a chain of operators: both deepen the tree that is later walked.
    fn deepen(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        let most = self.limits.policy_depth;
        if self.depth > most {
            let message = format!("expression is nested deeper than the limit `policy-depth` of {most}");
            return Err(SyntaxError::new(self.place() as usize, message));
        }
        Ok(())
    }

    fn choice(&mut self) -> Parsed {
        self.deepen()?;
        let condition = self.operators(Power::Or)?;
        let at = self.place();
        let expr = if self.accept(Mark::Question) {
            let then = self.operators(Power::Or)?;
            self.expect(Mark::Colon)?;
            let otherwise = self.choice()?;
            Expr { kind: Kind::Choice(Box::new((condition, then, otherwise))), at }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    /// Operands joined by operators that bind at least so strongly.
    fn operators(&mut self, least: Power) -> Parsed {
        let depth = self.depth;
        let mut left = self.unary()?;
        while let Some(joint) = Joint::of(self.peek())
            && joint.power() >= least
        {
            let at = self.place();
            let kind = match joint {
                Joint::Or => Kind::Or(self.chain(left, Mark::Or, Power::And)?),
                Joint::And => Kind::And(self.chain(left, Mark::And, Power::Relation)?),
                Joint::Operator(operator, power) => {
                    self.deepen()?;
                    self.at += 1;
                    Kind::Binary(operator, Box::new((left, self.operators(power.above())?)))
                }
            };
            left = Expr { kind, at };
        }
        self.depth = depth;
        Ok(left)
    }

    /// `first` and what follows it, each behind a mark.
    fn chain(&mut self, first: Expr, mark: Mark, power: Power) -> Result<Vec<Expr>, SyntaxError> {
        let mut operands = vec![first];
        while self.accept(mark) {
            operands.push(self.operators(power)?);
        }
        Ok(operands)
    }

    /// `!` or `-`, repeated but not mixed; the sign of a number is part of the number.
    fn unary(&mut self) -> Parsed {
        let at = self.place();
        let number = matches!(self.tokens.get(self.at + 1).map(|token| &token.kind), Some(Lexeme::Int(_)));
        let (mark, make): (Mark, fn(Box<Expr>) -> Kind) = match self.peek() {
            Lexeme::Mark(Mark::Not) => (Mark::Not, Kind::Not),
            Lexeme::Mark(Mark::Minus) if !number => (Mark::Minus, Kind::Negate),
            _ => return self.postfix(),
        };
        self.accept(mark);
        self.deepen()?;
        let again = matches!(self.peek(), Lexeme::Mark(next) if *next == mark);
        let operand = if again { self.unary()? } else { self.postfix()? };
        self.depth -= 1;
        Ok(Expr { kind: make(Box::new(operand)), at })
    }

    fn postfix(&mut self) -> Parsed {
        let primary = self.primary()?;
        self.members(primary)
    }

    /// The fields, indexes and calls behind an expression.
    fn members(&mut self, mut expr: Expr) -> Parsed {
        let depth = self.depth;
        loop {
            let mark = self.place();
            if self.accept(Mark::OptionalDot) {
                let (name, at) = self.name()?;
                expr = Expr { kind: Kind::OptionalField(Box::new(expr), name.into()), at };
            } else if self.accept(Mark::Dot) {
                let (name, at) = self.name()?;
                expr = if self.accept(Mark::Open) {
                    self.method(expr, name, at)?
                } else {
                    Expr { kind: Kind::Field(Box::new(expr), name.into()), at }
                };
            } else if self.accept(Mark::OpenOptional) {
                let index = self.choice()?;
                self.expect(Mark::CloseIndex)?;
                expr = Expr { kind: Kind::OptionalIndex(Box::new((expr, index))), at: mark };
            } else if self.accept(Mark::OpenIndex) {
                let index = self.choice()?;
                self.expect(Mark::CloseIndex)?;
                expr = Expr { kind: Kind::Index(Box::new((expr, index))), at: mark };
            } else {
                self.depth = depth;
                return Ok(expr);
            }
            self.deepen()?;
        }
    }

    fn name(&mut self) -> Result<(&'a str, u32), SyntaxError> {
        let at = self.place();
        let Lexeme::Name(name) = self.peek() else {
            return Err(SyntaxError::new(at as usize, format!("expected a name, found {}", show(self.peek()))));
        };
        self.at += 1;
        Ok((name, at))
    }

    fn primary(&mut self) -> Parsed {
        let at = self.place();
        let lexeme = self.peek();
        self.at += 1;
        let kind = match lexeme {
            Lexeme::Mark(Mark::Minus) if let Lexeme::Int(number) = *self.peek() => {
                self.at += 1;
                let number = 0i64.checked_sub_unsigned(number);
                Kind::Int(number.ok_or_else(|| SyntaxError::new(at as usize, "number is out of range"))?)
            }
            Lexeme::Int(number) => {
                Kind::Int(i64::try_from(*number).map_err(|_| SyntaxError::new(at as usize, "number is out of range"))?)
            }
            Lexeme::Uint(number) => Kind::Uint(*number),
            Lexeme::Double(number) => Kind::Double(*number),
            Lexeme::Str(text) => Kind::Str((**text).into()),
            Lexeme::Mark(Mark::Open) => {
                let inner = self.choice()?;
                self.expect(Mark::Close)?;
                return Ok(inner);
            }
            Lexeme::Mark(Mark::OpenIndex) => Kind::List(self.items()?),
            Lexeme::Mark(Mark::OpenMap) => Kind::Map(self.entries()?),
            Lexeme::Name(name) => return self.named(name, at),
            other => {
                self.at -= 1;
                return Err(self.unexpected(other));
            }
        };
        Ok(Expr { kind, at })
    }

    fn items(&mut self) -> Result<Vec<(bool, Expr)>, SyntaxError> {
        let mut items = Vec::new();
        while !self.accept(Mark::CloseIndex) {
            let optional = self.accept(Mark::Question);
            items.push((optional, self.choice()?));
            if !self.accept(Mark::Comma) {
                self.expect(Mark::CloseIndex)?;
                break;
            }
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Expr, Expr)>, SyntaxError> {
        let mut entries = Vec::new();
        while !self.accept(Mark::CloseMap) {
            let key = self.choice()?;
            self.expect(Mark::Colon)?;
            entries.push((key, self.choice()?));
            if !self.accept(Mark::Comma) {
                self.expect(Mark::CloseMap)?;
                break;
            }
        }
        Ok(entries)
    }

    fn named(&mut self, name: &'a str, at: u32) -> Parsed {
        let kind = match name {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            "has" if self.accept(Mark::Open) => return self.has(at),
            "variables" if self.accept(Mark::Dot) => {
                let (variable, at) = self.name()?;
                let index = self.names.variables.iter().position(|known| *known == variable);
                Kind::Variable(
                    index.ok_or_else(|| {
                        SyntaxError::new(at as usize, format!("unknown variable `variables.{variable}`"))
                    })?,
                )
            }
            "optional" if matches!(self.peek(), Lexeme::Mark(Mark::Dot)) => {
                self.at += 1;
                let (of, at) = self.name()?;
                self.expect(Mark::Open)?;
                return self.call(&format!("optional.{of}"), None, at);
            }
            _ if RESERVED.contains(&name) => {
                return Err(SyntaxError::new(at as usize, format!("`{name}` is a reserved word")));
            }
            _ if self.accept(Mark::Open) => return self.call(name, None, at),
            _ => match self.locals.iter().rposition(|local| *local == name) {
                Some(local) => Kind::Local(local),
                None => match self.names.slots.iter().position(|known| *known == name) {
                    Some(slot) => Kind::Slot(slot),
                    None => type_of(name).ok_or_else(|| {
                        SyntaxError::new(at as usize, format!("unknown name `{name}`; known here: {}", self.known()))
                    })?,
                },
            },
        };
        Ok(Expr { kind, at })
    }

    fn known(&self) -> String {
        let known: Vec<&str> = self.names.slots.iter().copied().filter(|name| !name.is_empty()).collect();
        known.join(", ")
    }

    fn has(&mut self, at: u32) -> Parsed {
        let argument = self.choice()?;
        self.expect(Mark::Close)?;
        match argument.kind {
            Kind::Field(operand, name) => Ok(Expr { kind: Kind::Has(operand, name), at }),
            _ => Err(SyntaxError::new(at as usize, "`has` takes a field: `has(a.b)`")),
        }
    }

    fn arguments(&mut self, receiver: Option<Expr>) -> Result<Vec<Expr>, SyntaxError> {
        let mut arguments: Vec<Expr> = receiver.into_iter().collect();
        while !self.accept(Mark::Close) {
            arguments.push(self.choice()?);
            if !self.accept(Mark::Comma) {
                self.expect(Mark::Close)?;
                break;
            }
        }
        Ok(arguments)
    }

    fn call(&mut self, name: &str, receiver: Option<Expr>, at: u32) -> Parsed {
        let member = receiver.is_some();
        if name == "matches" {
            let arguments = self.arguments(receiver)?;
            return self.matches(arguments, at);
        }
        let function = functions::find(name, member);
        let function = function.ok_or_else(|| SyntaxError::new(at as usize, format!("unknown function `{name}`")))?;
        let arguments = self.arguments(receiver)?;
        let (least, most) = function.arity;
        if arguments.len() < least || arguments.len() > most {
            let given = arguments.len() - usize::from(member);
            return Err(SyntaxError::new(at as usize, format!("`{name}` does not take {given} arguments")));
        }
        Ok(Expr { kind: Kind::Call(function, arguments), at })
    }

    fn matches(&self, arguments: Vec<Expr>, at: u32) -> Parsed {
        let Ok([text, pattern]) = <[Expr; 2]>::try_from(arguments) else {
            return Err(SyntaxError::new(at as usize, "`matches` takes a text and a pattern"));
        };
        let Kind::Str(source) = &pattern.kind else {
            return Err(SyntaxError::new(pattern.at as usize, "the pattern of `matches` must be a literal"));
        };
        let compiled = Pattern::new(source, self.limits.regex_bytes);
        let fault = |reason| SyntaxError::new(pattern.at as usize, format!("invalid pattern: {reason}"));
        compiled.regex().map_err(fault)?;
        Ok(Expr { kind: Kind::Matches(Box::new(text), Box::new(compiled)), at })
    }

    fn method(&mut self, receiver: Expr, name: &str, at: u32) -> Parsed {
        let of = match name {
            "all" => Macro::All,
            "exists" => Macro::Exists,
            "exists_one" | "existsOne" => Macro::ExistsOne,
            "filter" => Macro::Filter,
            "map" => Macro::Map,
            "optMap" => Macro::OptMap,
            "optFlatMap" => Macro::OptFlatMap,
            _ => return self.call(name, Some(receiver), at),
        };
        let (variable, variable_at) = self.name()?;
        if RESERVED.contains(&variable) || matches!(variable, "true" | "false" | "null") {
            return Err(SyntaxError::new(variable_at as usize, format!("`{variable}` is a reserved word")));
        }
        self.expect(Mark::Comma)?;
        self.locals.push(variable);
        let mut body = self.choice()?;
        let mut filter = None;
        if of == Macro::Map && self.accept(Mark::Comma) {
            filter = Some(body);
            body = self.choice()?;
        }
        self.locals.pop();
        self.expect(Mark::Close)?;
        Ok(Expr { kind: Kind::Comprehension(Box::new(Comprehension { of, range: receiver, filter, body })), at })
    }
}

/// Names of types, as `type(x) == int` uses them.
fn type_of(name: &str) -> Option<Kind> {
    TYPES.into_iter().find(|known| *known == name).map(Kind::Type)
}

fn show(lexeme: &Lexeme<'_>) -> String {
    match lexeme {
        Lexeme::Name(name) => format!("`{name}`"),
        Lexeme::Int(number) | Lexeme::Uint(number) => format!("`{number}`"),
        Lexeme::Double(number) => format!("`{number}`"),
        Lexeme::Str(_) => "a string".to_owned(),
        Lexeme::Mark(mark) => format!("`{}`", mark.text()),
        Lexeme::End => "the end".to_owned(),
    }
}
