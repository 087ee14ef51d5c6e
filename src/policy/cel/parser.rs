//! CEL tokens to an expression: precedence climbing, macros, and names resolved once and for all.
//!
//! Everything that can be known without an object is refused here with its place: syntax, unknown names and functions,
//! wrong numbers of arguments, patterns that do not compile.

use super::ast::{Comprehension, Expr, Kind, Macro, Operator};
use super::lexer::{self, Kind as Lexeme, Token};
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
    tokens: &'a [Token],
    at: usize,
    names: &'a Names<'a>,
    limits: &'a Limits,
    /// Variables of the enclosing comprehensions.
    locals: Vec<Box<str>>,
    depth: u64,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Lexeme {
        self.tokens.get(self.at).map_or(&Lexeme::End, |token| &token.kind)
    }

    fn place(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    fn accept(&mut self, mark: &str) -> bool {
        let found = matches!(self.peek(), Lexeme::Mark(found) if *found == mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<(), SyntaxError> {
        if self.accept(mark) {
            return Ok(());
        }
        Err(SyntaxError::new(self.place() as usize, format!("expected `{mark}`, found {}", show(self.peek()))))
    }

    fn unexpected(&self, found: &Lexeme) -> SyntaxError {
        SyntaxError::new(self.place() as usize, format!("unexpected {}", show(found)))
    }

    /// One level deeper, whether by nesting or by a chain of operators: both deepen the tree that is later walked.
    fn deepen(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > self.limits.policy_depth {
            let message =
                format!("expression is nested deeper than the limit `policy-depth` of {}", self.limits.policy_depth);
            return Err(SyntaxError::new(self.place() as usize, message));
        }
        Ok(())
    }

    fn choice(&mut self) -> Parsed {
        self.deepen()?;
        let condition = self.any()?;
        let at = self.place();
        let expr = if self.accept("?") {
            let then = self.any()?;
            self.expect(":")?;
            let otherwise = self.choice()?;
            Expr { kind: Kind::Choice(Box::new((condition, then, otherwise))), at }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn any(&mut self) -> Parsed {
        self.chain("||", Self::every, Kind::Or)
    }

    fn every(&mut self) -> Parsed {
        self.chain("&&", Self::relation, Kind::And)
    }

    fn chain(&mut self, mark: &str, operand: fn(&mut Self) -> Parsed, make: fn(Vec<Expr>) -> Kind) -> Parsed {
        let first = operand(self)?;
        let at = self.place();
        if !self.accept(mark) {
            return Ok(first);
        }
        let mut operands = vec![first, operand(self)?];
        while self.accept(mark) {
            operands.push(operand(self)?);
        }
        Ok(Expr { kind: make(operands), at })
    }

    fn relation(&mut self) -> Parsed {
        self.binary(Self::sum, |lexeme| match lexeme {
            Lexeme::Mark("==") => Some(Operator::Equal),
            Lexeme::Mark("!=") => Some(Operator::NotEqual),
            Lexeme::Mark("<") => Some(Operator::Less),
            Lexeme::Mark("<=") => Some(Operator::LessEqual),
            Lexeme::Mark(">") => Some(Operator::Greater),
            Lexeme::Mark(">=") => Some(Operator::GreaterEqual),
            Lexeme::Name(name) if &**name == "in" => Some(Operator::In),
            _ => None,
        })
    }

    fn sum(&mut self) -> Parsed {
        self.binary(Self::product, |lexeme| match lexeme {
            Lexeme::Mark("+") => Some(Operator::Add),
            Lexeme::Mark("-") => Some(Operator::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Parsed {
        self.binary(Self::unary, |lexeme| match lexeme {
            Lexeme::Mark("*") => Some(Operator::Multiply),
            Lexeme::Mark("/") => Some(Operator::Divide),
            Lexeme::Mark("%") => Some(Operator::Remainder),
            _ => None,
        })
    }

    fn binary(&mut self, operand: fn(&mut Self) -> Parsed, operator: fn(&Lexeme) -> Option<Operator>) -> Parsed {
        let depth = self.depth;
        let mut left = operand(self)?;
        while let Some(operator) = operator(self.peek()) {
            self.deepen()?;
            let at = self.place();
            self.at += 1;
            let right = operand(self)?;
            left = Expr { kind: Kind::Binary(operator, Box::new((left, right))), at };
        }
        self.depth = depth;
        Ok(left)
    }

    /// `!` or `-`, repeated but not mixed; the sign of a number is part of the number.
    fn unary(&mut self) -> Parsed {
        let at = self.place();
        let number = matches!(self.tokens.get(self.at + 1).map(|token| &token.kind), Some(Lexeme::Int(_)));
        let (mark, make): (&str, fn(Box<Expr>) -> Kind) = match self.peek() {
            Lexeme::Mark("!") => ("!", Kind::Not),
            Lexeme::Mark("-") if !number => ("-", Kind::Negate),
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
            if self.accept(".?") {
                let (name, at) = self.name()?;
                expr = Expr { kind: Kind::OptionalField(Box::new(expr), name), at };
            } else if self.accept(".") {
                let (name, at) = self.name()?;
                expr = if self.accept("(") { self.method(expr, &name, at)? } else { self.select(expr, name, at)? };
            } else if self.accept("[?") {
                let index = self.choice()?;
                self.expect("]")?;
                expr = Expr { kind: Kind::OptionalIndex(Box::new((expr, index))), at: mark };
            } else if self.accept("[") {
                let index = self.choice()?;
                self.expect("]")?;
                expr = Expr { kind: Kind::Index(Box::new((expr, index))), at: mark };
            } else {
                self.depth = depth;
                return Ok(expr);
            }
            self.deepen()?;
        }
    }

    fn name(&mut self) -> Result<(Box<str>, u32), SyntaxError> {
        let at = self.place();
        let Lexeme::Name(name) = self.peek() else {
            return Err(SyntaxError::new(at as usize, format!("expected a name, found {}", show(self.peek()))));
        };
        self.at += 1;
        Ok((name.clone(), at))
    }

    fn select(&mut self, operand: Expr, name: Box<str>, at: u32) -> Parsed {
        Ok(Expr { kind: Kind::Field(Box::new(operand), name), at })
    }

    fn primary(&mut self) -> Parsed {
        let at = self.place();
        let lexeme = self.peek();
        self.at += 1;
        let kind = match lexeme {
            Lexeme::Mark("-") if let Lexeme::Int(number) = *self.peek() => {
                self.at += 1;
                let number = 0i64.checked_sub_unsigned(number);
                Kind::Int(number.ok_or_else(|| SyntaxError::new(at as usize, "number is out of range"))?)
            }
            Lexeme::Int(number) => {
                Kind::Int(i64::try_from(*number).map_err(|_| SyntaxError::new(at as usize, "number is out of range"))?)
            }
            Lexeme::Uint(number) => Kind::Uint(*number),
            Lexeme::Double(number) => Kind::Double(*number),
            Lexeme::Str(text) => Kind::Str(text.clone()),
            Lexeme::Mark("(") => {
                let inner = self.choice()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Lexeme::Mark("[") => Kind::List(self.items()?),
            Lexeme::Mark("{") => Kind::Map(self.entries()?),
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
        while !self.accept("]") {
            let optional = self.accept("?");
            items.push((optional, self.choice()?));
            if !self.accept(",") {
                self.expect("]")?;
                break;
            }
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Expr, Expr)>, SyntaxError> {
        let mut entries = Vec::new();
        while !self.accept("}") {
            let key = self.choice()?;
            self.expect(":")?;
            entries.push((key, self.choice()?));
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(entries)
    }

    fn named(&mut self, name: &str, at: u32) -> Parsed {
        let kind = match name {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            "has" if self.accept("(") => return self.has(at),
            "variables" if self.accept(".") => {
                let (variable, at) = self.name()?;
                let index = self.names.variables.iter().position(|known| *known == &*variable);
                Kind::Variable(
                    index.ok_or_else(|| {
                        SyntaxError::new(at as usize, format!("unknown variable `variables.{variable}`"))
                    })?,
                )
            }
            "optional" if matches!(self.peek(), Lexeme::Mark(".")) => {
                self.at += 1;
                let (of, at) = self.name()?;
                self.expect("(")?;
                return self.call(&format!("optional.{of}"), None, at);
            }
            _ if RESERVED.contains(&name) => {
                return Err(SyntaxError::new(at as usize, format!("`{name}` is a reserved word")));
            }
            _ if self.accept("(") => return self.call(name, None, at),
            _ => match self.locals.iter().rposition(|local| **local == *name) {
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
        self.expect(")")?;
        match argument.kind {
            Kind::Field(operand, name) => Ok(Expr { kind: Kind::Has(operand, name), at }),
            _ => Err(SyntaxError::new(at as usize, "`has` takes a field: `has(a.b)`")),
        }
    }

    fn arguments(&mut self, receiver: Option<Expr>) -> Result<Vec<Expr>, SyntaxError> {
        let mut arguments: Vec<Expr> = receiver.into_iter().collect();
        while !self.accept(")") {
            arguments.push(self.choice()?);
            if !self.accept(",") {
                self.expect(")")?;
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
        let pattern = Pattern::new(source, self.limits.regex_bytes)
            .map_err(|reason| SyntaxError::new(pattern.at as usize, format!("invalid pattern: {reason}")))?;
        Ok(Expr { kind: Kind::Matches(Box::new(text), Box::new(pattern)), at })
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
        if RESERVED.contains(&&*variable) || matches!(&*variable, "true" | "false" | "null") {
            return Err(SyntaxError::new(variable_at as usize, format!("`{variable}` is a reserved word")));
        }
        self.expect(",")?;
        self.locals.push(variable);
        let mut body = self.choice()?;
        let mut filter = None;
        if of == Macro::Map && self.accept(",") {
            filter = Some(body);
            body = self.choice()?;
        }
        self.locals.pop();
        self.expect(")")?;
        Ok(Expr { kind: Kind::Comprehension(Box::new(Comprehension { of, range: receiver, filter, body })), at })
    }
}

/// Names of types, as `type(x) == int` uses them.
fn type_of(name: &str) -> Option<Kind> {
    let types = ["bool", "double", "int", "list", "map", "null_type", "string", "type", "uint"];
    types.into_iter().find(|known| *known == name).map(Kind::Type)
}

fn show(lexeme: &Lexeme) -> String {
    match lexeme {
        Lexeme::Name(name) => format!("`{name}`"),
        Lexeme::Int(number) | Lexeme::Uint(number) => format!("`{number}`"),
        Lexeme::Double(number) => format!("`{number}`"),
        Lexeme::Str(_) => "a string".to_owned(),
        Lexeme::Mark(mark) => format!("`{mark}`"),
        Lexeme::End => "the end".to_owned(),
    }
}
