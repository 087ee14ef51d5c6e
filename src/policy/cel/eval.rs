//! Evaluation of a compiled expression: a walk over the tree with borrowed values and a step budget.
//!
//! `&&`, `||`, `all` and `exists` absorb errors as the language definition demands: an operand that decides wins over
//! one that fails. An exhausted budget is never absorbed.

use std::rc::Rc;

use super::ast::{Comprehension, Expr, Kind, Macro, Operator};
use super::value::{Fault, Steps, Value, field};

/// A fault and the offset in the expression where it arose.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{fault}")]
pub struct EvalError {
    /// Why.
    pub fault: Fault,
    /// Offset in the expression's source.
    pub at: u32,
}

/// The lazily evaluated variables of a policy.
#[derive(Clone, Debug)]
pub(crate) enum Variable<'a> {
    /// Not needed so far, or being evaluated.
    Waiting,
    /// Evaluated.
    Known(Result<Value<'a>, Fault>),
}

/// What an expression sees: the bindings, the variables, and how much it may still do.
#[derive(Debug)]
pub struct Env<'a> {
    slots: Vec<Value<'a>>,
    steps: Steps,
    definitions: &'a [super::Program],
    variables: Vec<Variable<'a>>,
    locals: Vec<Value<'a>>,
}

type Evaluated<'a> = Result<Value<'a>, EvalError>;

impl<'a> Env<'a> {
    /// Bindings in the order of the names given to the compiler.
    #[must_use]
    pub fn new(slots: Vec<Value<'a>>) -> Self {
        Self { slots, steps: Steps::new(0), definitions: &[], variables: Vec::new(), locals: Vec::new() }
    }

    /// Begins another policy: its variables' definitions, and how many steps its evaluations may take in all.
    pub fn begin(&mut self, definitions: &'a [super::Program], steps: u64) {
        self.steps = Steps::new(steps);
        self.definitions = definitions;
        self.variables.clear();
        self.variables.resize(definitions.len(), Variable::Waiting);
    }

    /// Binds other values to the slots from `first` on.
    pub fn bind<const N: usize>(&mut self, first: usize, values: [Value<'a>; N]) {
        for (slot, value) in self.slots.iter_mut().skip(first).zip(values) {
            *slot = value;
        }
    }

    /// The value of an expression compiled with these names.
    pub(crate) fn eval(&mut self, expr: &'a Expr) -> Evaluated<'a> {
        let at = |fault| EvalError { fault, at: expr.at };
        self.steps.spend(1).map_err(at)?;
        Ok(match &expr.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Int(value) => Value::Int(*value),
            Kind::Uint(value) => Value::Uint(*value),
            Kind::Double(value) => Value::Double(*value),
            Kind::Str(text) => Value::Str(text),
            Kind::Type(name) => Value::Type(name),
            Kind::Slot(index) => self.slots.get(*index).cloned().unwrap_or(Value::Null),
            Kind::Local(index) => self.locals.get(*index).cloned().unwrap_or(Value::Null),
            Kind::Variable(index) => self.variable(*index).map_err(at)?,
            Kind::Field(operand, name) => {
                let operand = self.eval(operand)?;
                self.select(&operand, name).map_err(at)?
            }
            Kind::OptionalField(operand, name) => {
                let operand = self.eval(operand)?;
                self.select_optional(&operand, name).map_err(at)?
            }
            Kind::Has(operand, name) => {
                let operand = self.eval(operand)?;
                Value::Bool(!matches!(self.select_optional(&operand, name).map_err(at)?, Value::Nothing))
            }
            Kind::Index(operands) => {
                let (container, key) = (self.eval(&operands.0)?, self.eval(&operands.1)?);
                self.index(&container, &key).map_err(at)?
            }
            Kind::OptionalIndex(operands) => {
                let (container, key) = (self.eval(&operands.0)?, self.eval(&operands.1)?);
                self.index_optional(&container, &key).map_err(at)?
            }
            Kind::Not(operand) => match self.eval(operand)? {
                Value::Bool(value) => Value::Bool(!value),
                other => return Err(at(Fault::NoOverload("!", other.type_name().into()))),
            },
            Kind::Negate(operand) => negate(&self.eval(operand)?).map_err(at)?,
            Kind::And(operands) => self.junction(operands, false)?,
            Kind::Or(operands) => self.junction(operands, true)?,
            Kind::Choice(parts) => match self.eval(&parts.0)? {
                Value::Bool(true) => self.eval(&parts.1)?,
                Value::Bool(false) => self.eval(&parts.2)?,
                other => return Err(at(Fault::NoOverload("?:", other.type_name().into()))),
            },
            Kind::Binary(Operator::In, operands)
                if let Kind::List(items) = &operands.1.kind
                    && all_texts(items) =>
            {
                let wanted = self.eval(&operands.0)?;
                self.steps.spend(items.len()).map_err(at)?;
                let is =
                    |(_, item): &(bool, Expr)| matches!(&item.kind, Kind::Str(text) if wanted.as_str() == Some(text));
                Value::Bool(items.iter().any(is))
            }
            Kind::Binary(operator, operands) => {
                let (left, right) = (self.eval(&operands.0)?, self.eval(&operands.1)?);
                binary(*operator, &left, &right, &mut self.steps).map_err(at)?
            }
            Kind::List(items) => self.list(items)?,
            Kind::Map(entries) => {
                let mut pairs = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    pairs.push((self.eval(key)?, self.eval(value)?));
                }
                Value::Map(Rc::new(pairs))
            }
            Kind::Comprehension(comprehension) => self.comprehension(comprehension, expr.at)?,
            Kind::Call(function, arguments) => {
                let call = |env: &mut Self, values: &[Value<'a>]| (function.call)(values, &mut env.steps);
                match arguments.as_slice() {
                    [only] => {
                        let only = self.eval(only)?;
                        call(self, &[only])
                    }
                    [first, second] => {
                        let both = [self.eval(first)?, self.eval(second)?];
                        call(self, &both)
                    }
                    _ => {
                        let values =
                            arguments.iter().map(|argument| self.eval(argument)).collect::<Result<Vec<_>, _>>()?;
                        call(self, &values)
                    }
                }
                .map_err(at)?
            }
            Kind::Matches(operand, pattern) => {
                let operand = self.eval(operand)?;
                let Some(text) = operand.as_str() else {
                    return Err(at(Fault::NoOverload("matches", operand.type_name().into())));
                };
                self.steps.spend_text(text.len()).map_err(at)?;
                Value::Bool(pattern.is_match(text).map_err(|reason| at(Fault::Pattern(reason.into())))?)
            }
        })
    }

    fn variable(&mut self, index: usize) -> Result<Value<'a>, Fault> {
        if let Some(Variable::Known(known)) = self.variables.get(index) {
            return known.clone();
        }
        let Some(definition) = self.definitions.get(index) else { return Ok(Value::Null) };
        // A definition stands outside the comprehension that asks for it.
        let locals = std::mem::take(&mut self.locals);
        let value = definition.eval(self).map_err(|error| error.fault);
        self.locals = locals;
        if let Some(variable) = self.variables.get_mut(index) {
            *variable = Variable::Known(value.clone());
        }
        value
    }

    #[inline]
    fn select(&mut self, operand: &Value<'a>, name: &'a str) -> Result<Value<'a>, Fault> {
        match operand {
            Value::Object(entries) => {
                self.steps.spend(entries.len() / 16)?;
                field(entries, name).map(Value::from).ok_or_else(|| Fault::NoSuchKey(name.into()))
            }
            Value::Map(_) => {
                let found = operand.lookup(&Value::Str(name), &mut self.steps)?;
                found.ok_or_else(|| Fault::NoSuchKey(name.into()))
            }
            Value::Nothing | Value::SomeNode(_) | Value::Some(_) => self.select_optional(operand, name),
            other => Err(Fault::NoOverload(".", other.type_name().into())),
        }
    }

    #[inline]
    fn select_optional(&mut self, operand: &Value<'a>, name: &'a str) -> Result<Value<'a>, Fault> {
        match operand {
            Value::Nothing => Ok(Value::Nothing),
            Value::Object(entries) => {
                self.steps.spend(entries.len() / 16)?;
                Ok(field(entries, name).map_or(Value::Nothing, Value::SomeNode))
            }
            Value::SomeNode(node) => self.select_optional(&Value::from(*node), name),
            Value::Some(value) => self.select_optional(value, name),
            Value::Map(_) => {
                let found = operand.lookup(&Value::Str(name), &mut self.steps)?;
                Ok(found.map_or(Value::Nothing, Value::some))
            }
            other => Err(Fault::NoOverload(".?", other.type_name().into())),
        }
    }

    fn index(&mut self, container: &Value<'a>, key: &Value<'a>) -> Result<Value<'a>, Fault> {
        match container {
            Value::Nothing | Value::SomeNode(_) | Value::Some(_) => self.index_optional(container, key),
            Value::Nodes(_) | Value::List(_) => {
                let at = list_index(key)?;
                item(container, at).ok_or(Fault::OutOfRange(at))
            }
            _ => {
                let found = container.lookup(key, &mut self.steps)?;
                found.ok_or_else(|| Fault::NoSuchKey(key.as_str().unwrap_or("?").into()))
            }
        }
    }

    fn index_optional(&mut self, container: &Value<'a>, key: &Value<'a>) -> Result<Value<'a>, Fault> {
        if let Some(held) = container.unwrap_optional() {
            return held.map_or(Ok(Value::Nothing), |held| self.index_optional(&held, key));
        }
        let found = match container {
            Value::Nodes(_) | Value::List(_) => item(container, list_index(key)?),
            _ => container.lookup(key, &mut self.steps)?,
        };
        Ok(found.map_or(Value::Nothing, Value::some))
    }

    /// `&&` and `||`: the first operand that is `decisive` wins, over errors on either side of it.
    fn junction(&mut self, operands: &'a [Expr], decisive: bool) -> Evaluated<'a> {
        let mut failed = None;
        for operand in operands {
            match self.eval(operand) {
                Ok(Value::Bool(value)) if value == decisive => return Ok(Value::Bool(decisive)),
                Ok(Value::Bool(_)) => {}
                Ok(other) => {
                    let name = if decisive { "||" } else { "&&" };
                    let fault = Fault::NoOverload(name, other.type_name().into());
                    failed.get_or_insert(EvalError { fault, at: operand.at });
                }
                Err(error) => absorb(&mut failed, error)?,
            }
        }
        failed.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    fn list(&mut self, items: &'a [(bool, Expr)]) -> Evaluated<'a> {
        let mut values = Vec::with_capacity(items.len());
        for (optional, item) in items {
            let value = self.eval(item)?;
            if !optional {
                values.push(value);
                continue;
            }
            match value.unwrap_optional() {
                Some(held) => values.extend(held),
                None => {
                    let fault = Fault::NoOverload("[?", value.type_name().into());
                    return Err(EvalError { fault, at: item.at });
                }
            }
        }
        Ok(Value::list(values))
    }

    /// The value of an expression with one more local variable.
    #[inline]
    fn with(&mut self, local: Value<'a>, expr: &'a Expr) -> Evaluated<'a> {
        self.locals.push(local);
        let value = self.eval(expr);
        self.locals.pop();
        value
    }

    fn test(&mut self, local: Value<'a>, expr: &'a Expr) -> Result<bool, EvalError> {
        match self.with(local, expr)? {
            Value::Bool(value) => Ok(value),
            other => Err(EvalError { fault: Fault::NoOverload("predicate", other.type_name().into()), at: expr.at }),
        }
    }

    fn comprehension(&mut self, comprehension: &'a Comprehension, at: u32) -> Evaluated<'a> {
        let error = |fault| EvalError { fault, at };
        let range = self.eval(&comprehension.range)?;
        if matches!(comprehension.of, Macro::OptMap | Macro::OptFlatMap) {
            let held = range.unwrap_optional();
            let held = held.ok_or_else(|| error(Fault::NoOverload("optMap", range.type_name().into())))?;
            let Some(held) = held else { return Ok(Value::Nothing) };
            let value = self.with(held, &comprehension.body)?;
            return match (comprehension.of, value.unwrap_optional()) {
                (Macro::OptMap, _) => Ok(Value::some(value)),
                (_, Some(_)) => Ok(value),
                (_, None) => Err(error(Fault::NoOverload("optFlatMap", value.type_name().into()))),
            };
        }
        let keys = range.map_keys(&mut self.steps).map_err(error)?.map(Value::list);
        let range = keys.unwrap_or(range);
        let items = range.items().ok_or_else(|| error(Fault::NoOverload("macro", range.type_name().into())))?;
        let body = &comprehension.body;
        match comprehension.of {
            Macro::All | Macro::Exists => {
                let decisive = comprehension.of == Macro::Exists;
                let mut failed = None;
                for item in items {
                    match self.test(item, body) {
                        Ok(value) if value == decisive => return Ok(Value::Bool(decisive)),
                        Ok(_) => {}
                        Err(error) => absorb(&mut failed, error)?,
                    }
                }
                failed.map_or(Ok(Value::Bool(!decisive)), Err)
            }
            Macro::ExistsOne => {
                let mut count = 0usize;
                for item in items {
                    count += usize::from(self.test(item, body)?);
                }
                Ok(Value::Bool(count == 1))
            }
            Macro::Filter => {
                let mut kept = Vec::new();
                for item in items {
                    if self.test(item.clone(), body)? {
                        kept.push(item);
                    }
                }
                Ok(Value::list(kept))
            }
            Macro::Map | Macro::OptMap | Macro::OptFlatMap => {
                let mut made = Vec::new();
                for item in items {
                    let wanted = match &comprehension.filter {
                        Some(filter) => self.test(item.clone(), filter)?,
                        None => true,
                    };
                    if wanted {
                        made.push(self.with(item, body)?);
                    }
                }
                Ok(Value::list(made))
            }
        }
    }
}

/// Whether a list holds nothing but texts as they are written: it need not be made to look one up in it.
fn all_texts(items: &[(bool, Expr)]) -> bool {
    items.iter().all(|(optional, item)| !optional && matches!(item.kind, Kind::Str(_)))
}

/// Keeps the first error for later, unless it is one that ends everything.
fn absorb(failed: &mut Option<EvalError>, error: EvalError) -> Result<(), EvalError> {
    if matches!(error.fault, Fault::Exceeded(_)) {
        return Err(error);
    }
    failed.get_or_insert(error);
    Ok(())
}

fn list_index(key: &Value<'_>) -> Result<i64, Fault> {
    match key {
        Value::Int(at) => Ok(*at),
        Value::Uint(at) => i64::try_from(*at).map_err(|_| Fault::Overflow),
        Value::Double(at) if at.fract() == 0.0 && at.abs() < 9e15 => Ok(*at as i64),
        other => Err(Fault::NoOverload("[]", other.type_name().into())),
    }
}

fn item<'a>(list: &Value<'a>, at: i64) -> Option<Value<'a>> {
    let at = usize::try_from(at).ok()?;
    match list {
        Value::Nodes(nodes) => nodes.get(at).map(Value::from),
        Value::List(values) => values.get(at).cloned(),
        _ => None,
    }
}

fn negate<'a>(value: &Value<'a>) -> Result<Value<'a>, Fault> {
    match value {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
        Value::Double(value) => Ok(Value::Double(-value)),
        other => Err(Fault::NoOverload("-", other.type_name().into())),
    }
}

fn binary<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>, steps: &mut Steps) -> Result<Value<'a>, Fault> {
    let refuse = || {
        let types = format!("{} and {}", left.type_name(), right.type_name());
        Fault::NoOverload(operator.symbol(), types.into())
    };
    match operator {
        Operator::Equal => left.equals(right, steps).map(Value::Bool),
        Operator::NotEqual => left.equals(right, steps).map(|equal| Value::Bool(!equal)),
        Operator::In => contains(right, left, steps).map(Value::Bool),
        Operator::Add => add(left, right, steps),
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
            let Some(order) = left.order(right) else {
                // NaN is of a comparable type, yet neither less nor greater.
                return if left.is_number() && right.is_number() { Ok(Value::Bool(false)) } else { Err(refuse()) };
            };
            Ok(Value::Bool(match operator {
                Operator::Less => order.is_lt(),
                Operator::LessEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
            arithmetic(operator, left, right)?.ok_or_else(refuse)
        }
    }
}

fn arithmetic<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Result<Option<Value<'a>>, Fault> {
    let by_zero = matches!(right, Value::Int(0) | Value::Uint(0));
    if by_zero && matches!(operator, Operator::Divide | Operator::Remainder) && !matches!(left, Value::Double(_)) {
        return Err(Fault::DivisionByZero);
    }
    Ok(match (left, right) {
        (Value::Int(a), Value::Int(b)) => {
            let result = match operator {
                Operator::Subtract => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                Operator::Divide => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            Some(Value::Int(result.ok_or(Fault::Overflow)?))
        }
        (Value::Uint(a), Value::Uint(b)) => {
            let result = match operator {
                Operator::Subtract => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                Operator::Divide => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            Some(Value::Uint(result.ok_or(Fault::Overflow)?))
        }
        (Value::Double(a), Value::Double(b)) => match operator {
            Operator::Subtract => Some(Value::Double(a - b)),
            Operator::Multiply => Some(Value::Double(a * b)),
            Operator::Divide => Some(Value::Double(a / b)),
            _ => None,
        },
        _ => None,
    })
}

/// `+`: numbers, strings and lists.
pub(crate) fn add<'a>(left: &Value<'a>, right: &Value<'a>, steps: &mut Steps) -> Result<Value<'a>, Fault> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => return a.checked_add(*b).map(Value::Int).ok_or(Fault::Overflow),
        (Value::Uint(a), Value::Uint(b)) => return a.checked_add(*b).map(Value::Uint).ok_or(Fault::Overflow),
        (Value::Double(a), Value::Double(b)) => return Ok(Value::Double(a + b)),
        _ => {}
    }
    if let (Some(a), Some(b)) = (left.as_str(), right.as_str()) {
        steps.spend_text(a.len().saturating_add(b.len()))?;
        return Ok(Value::text([a, b].concat()));
    }
    if let (Some(a), Some(b)) = (left.items(), right.items()) {
        return Ok(match (a.len(), b.len()) {
            (_, 0) => left.clone(),
            (0, _) => right.clone(),
            (a_len, b_len) => {
                steps.spend(a_len.saturating_add(b_len))?;
                Value::list(a.chain(b).collect())
            }
        });
    }
    Err(Fault::NoOverload("+", format!("{} and {}", left.type_name(), right.type_name()).into()))
}

fn contains<'a>(container: &Value<'a>, wanted: &Value<'a>, steps: &mut Steps) -> Result<bool, Fault> {
    let Some(items) = container.items() else {
        return match container {
            Value::Object(_) | Value::Map(_) => Ok(container.lookup(wanted, steps)?.is_some()),
            other => Err(Fault::NoOverload("in", other.type_name().into())),
        };
    };
    for item in items {
        if item.equals(wanted, steps)? {
            return Ok(true);
        }
    }
    Ok(false)
}
