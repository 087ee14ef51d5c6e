//! Calls: counting arguments, fitting each to the type of its parameter, running the function, marking its result.

use super::ast::Expr;
use super::builtins;
use super::call::{Call, Function, Type};
use super::error::{Cause, Error};
use super::eval::Scope;
use super::exec::{Exec, Item};
use super::print::{At, expr};
use crate::origin::Frame;
use crate::value::{IntType, ListType, Map, MapType, Value};

/// Bytes that cost a step when a function reads or writes them.
const STEP_BYTES: u64 = 16;
/// Items of a list that cost a step when a function reads them.
const STEP_ITEMS: u64 = 4;

/// Steps for an argument, by its size: without them a loop over a function of a large text would never end.
fn handled(value: &Value) -> u64 {
    match value {
        Value::Str(_, text) | Value::Bytes(_, text) => text.len() as u64 / STEP_BYTES,
        Value::List(_, list) => list.items().len() as u64 / STEP_ITEMS,
        _ => 0,
    }
}

/// Steps for a result. Lists are copied by most functions that return one.
fn made(value: &Value) -> u64 {
    match value {
        Value::List(_, list) => list.items().len() as u64,
        other => handled(other),
    }
}

impl Exec {
    /// Calls a function, or a method of `receiver`. `last` is the value of the pipeline so far.
    #[expect(clippy::too_many_arguments, reason = "the parts of one expression")]
    pub(super) fn call(
        &mut self,
        scope: &Scope<'_>,
        dot: &Item,
        function: &'static Function,
        node: At,
        receiver: Option<Value>,
        args: &[Expr],
        last: Option<Item>,
    ) -> Result<Item, Error> {
        let params = if receiver.is_some() { function.params.get(1..).unwrap_or_default() } else { function.params };
        let given = args.len() + usize::from(last.is_some());
        let name = function.name;
        let fixed = if function.variadic { params.len().saturating_sub(1) } else { params.len() };
        if function.variadic && given < fixed {
            let got = args.len();
            return Err(self.error(scope, format!("wrong number of args for {name}: want at least {fixed} got {got}")));
        }
        if !function.variadic && given != fixed {
            return Err(self.error(scope, format!("wrong number of args for {name}: want {fixed} got {given}")));
        }
        self.step().map_err(|exceeded| self.exceeded(scope, exceeded))?;
        if builtins::short_circuits(function) {
            let frame = self.call_frame(scope, node);
            return self.and_or(scope, dot, name == "or", args, last, frame);
        }
        let param = |index: usize| params.get(index).or(params.last()).copied().unwrap_or(Type::Any);
        let mut values = Vec::with_capacity(given + usize::from(receiver.is_some()));
        values.extend(receiver);
        for (index, arg) in args.iter().enumerate() {
            let item = self.arg(scope, dot, param(index), arg)?;
            values.push(self.lower(function, item));
        }
        if let Some(last) = last {
            let item = self.fit(scope, last, param(args.len()))?;
            values.push(self.lower(function, item));
        }
        if builtins::is_call(function) {
            let message = no_function(scope, &values, args);
            self.at = node;
            return Err(self.failed(scope, Cause::Call(name, message.into())));
        }
        let frame = self.call_frame(scope, node);
        self.origins.calls(name, &values);
        let result = (function.run)(&mut Call { args: &values, frame, exec: self });
        let work = values.iter().map(handled).sum::<u64>() + result.as_ref().map_or(0, made);
        self.charge(work).map_err(|exceeded| self.exceeded(scope, exceeded))?;
        match result {
            Ok(value) => {
                self.origins.answers(name, frame.place, &value);
                Ok(Item::new(self.mark_result(value, &values, frame)))
            }
            Err(error) => {
                self.at = node;
                Err(self.failed(scope, Cause::Call(name, error)))
            }
        }
    }

    /// `len` alone can tell a nil in an interface from no value at all; it gets an empty structure for the latter.
    fn lower(&self, function: &'static Function, item: Item) -> Value {
        if item.is_valid() || !builtins::is_length(function) { item.value } else { builtins::invalid() }
    }

    /// `and` and `or` evaluate no further than they must and return the argument that decided.
    fn and_or(
        &mut self,
        scope: &Scope<'_>,
        dot: &Item,
        stop_at: bool,
        args: &[Expr],
        last: Option<Item>,
        frame: Frame,
    ) -> Result<Item, Error> {
        let mut item = Item::INVALID;
        for (index, arg) in args.iter().enumerate() {
            item = self.arg(scope, dot, Type::Value, arg)?;
            if item.value.truth() == stop_at {
                self.origins.decide(frame, false, index);
                return Ok(item);
            }
        }
        self.origins.decide(frame, false, args.len());
        Ok(last.unwrap_or(item))
    }

    /// An argument for a parameter of type `of`.
    fn arg(&mut self, scope: &Scope<'_>, dot: &Item, of: Type, arg: &Expr) -> Result<Item, Error> {
        match *arg {
            Expr::Dot(_)
            | Expr::Field { .. }
            | Expr::Variable { .. }
            | Expr::Pipe(_)
            | Expr::Function { .. }
            | Expr::Chain { .. } => {
                if matches!(arg, Expr::Pipe(_)) {
                    self.at = At::Expr(*arg);
                }
                let item = self.operand(scope, dot, arg)?;
                return self.fit(scope, item, of);
            }
            _ => self.at = At::Expr(*arg),
        }
        let value = match (*arg, of) {
            (Expr::Nil(_), of) if can_be_nil(of) => Value::NIL,
            (Expr::Nil(_), of) => return Err(self.error(scope, format!("cannot assign nil to {}", of.name()))),
            (Expr::Bool(_, value), Type::Any | Type::Value | Type::Bool) => Value::bool(value),
            (Expr::String(_, string), Type::Any | Type::Value | Type::String) => self.string_constant(scope, string),
            (Expr::Number(_, number), of) => {
                let Some(number) = scope.tree.numbers.get(number as usize) else { return Ok(Item::INVALID) };
                match of {
                    Type::Any | Type::Value => self.ideal_constant(scope, number)?,
                    Type::Int | Type::Int64 => match number.int {
                        Some(int) if of == Type::Int => Value::int(int),
                        Some(int) => Value::int64(int),
                        None => return Err(self.expected(scope, "integer", arg)),
                    },
                    Type::Float64 => match number.float {
                        Some(float) => Value::float(float),
                        None => return Err(self.expected(scope, "float", arg)),
                    },
                    _ => return Err(self.mismatch(scope, of, arg)),
                }
            }
            _ => return Err(self.mismatch(scope, of, arg)),
        };
        Ok(Item::new(value))
    }

    fn expected(&self, scope: &Scope<'_>, kind: &str, arg: &Expr) -> Error {
        let shown = expr(scope.tree, arg);
        self.error(scope, format!("expected {kind}; found {shown}"))
    }

    /// A constant for a parameter that does not take it.
    fn mismatch(&self, scope: &Scope<'_>, of: Type, arg: &Expr) -> Error {
        match of {
            Type::Bool => self.expected(scope, "bool", arg),
            Type::String => self.expected(scope, "string", arg),
            Type::Int | Type::Int64 => self.expected(scope, "integer", arg),
            Type::Float64 => self.expected(scope, "float", arg),
            _ => {
                let shown = expr(scope.tree, arg);
                self.error(scope, format!("can't handle {shown} for arg of type {}", of.name()))
            }
        }
    }

    /// Go's `validateType`: the value if it is assignable to the type.
    fn fit(&self, scope: &Scope<'_>, item: Item, of: Type) -> Result<Item, Error> {
        if !item.is_valid() {
            if can_be_nil(of) {
                return Ok(item);
            }
            return Err(self.error(scope, format!("invalid value; expected {}", of.name())));
        }
        if assignable(&item.value, of) {
            return Ok(match &item.value {
                Value::Map(mark, map) if of == Type::Map => {
                    Item::new(Value::Map(*mark, Map::converted(map, MapType::Any)))
                }
                _ => item,
            });
        }
        let got = item.value.type_name();
        let got = if item.value.is_nil() { "interface {}" } else { got };
        Err(self.error(scope, format!("wrong type for value; expected {}; got {got}", of.name())))
    }
}

/// What `call` says: no value of a template is a function.
fn no_function(scope: &Scope<'_>, values: &[Value], args: &[Expr]) -> String {
    let of = values.first().map_or("<nil>", Value::type_name);
    match (values.first(), args.first()) {
        (None | Some(Value::Nil(_)), _) => "call of nil".to_owned(),
        (_, Some(callee)) => format!("non-function {} of type {of}", expr(scope.tree, callee)),
        (Some(Value::Str(_, text)), None) => format!("non-function {} of type {of}", text.to_str()),
        (_, None) => format!("non-function <{of} Value> of type {of}"),
    }
}

fn can_be_nil(of: Type) -> bool {
    matches!(
        of,
        Type::Any | Type::Value | Type::Strings | Type::Bytes | Type::List | Type::Map | Type::StringMap | Type::Writer
    )
}

fn assignable(value: &Value, of: Type) -> bool {
    match (of, value) {
        (Type::Any | Type::Value, _)
        | (Type::Bool, Value::Bool(..))
        | (Type::Int, Value::Int(_, IntType::Int, _))
        | (Type::Int64, Value::Int(_, IntType::Int64, _))
        | (Type::Float64, Value::Float(..))
        | (Type::String, Value::Str(..))
        | (Type::Bytes, Value::Bytes(..)) => true,
        (Type::Strings, Value::List(_, list)) => matches!(list.of, ListType::String | ListType::VersionSet),
        (Type::List, Value::List(_, list)) => list.of == ListType::Any,
        (Type::Map, Value::Map(_, map)) => matches!(map.of, MapType::Any | MapType::Values),
        (Type::StringMap, Value::Map(_, map)) => map.of == MapType::String,
        (Type::Time | Type::Certificate, Value::Struct(_, inner)) => {
            inner.type_name.trim_start_matches('*') == of.name()
        }
        _ => false,
    }
}
