//! Operators of two operands and how strongly they bind (cel-spec, "Syntax").

use super::ast::Operator;
use super::lexer::{Kind as Lexeme, Mark};

/// How strongly an operator binds, from the weakest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Power {
    Or,
    And,
    Relation,
    Sum,
    Product,
    /// No operator of two operands does.
    Most,
}

impl Power {
    /// The next stronger.
    pub(super) fn above(self) -> Self {
        match self {
            Self::Or => Self::And,
            Self::And => Self::Relation,
            Self::Relation => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product | Self::Most => Self::Most,
        }
    }
}

/// What joins two operands.
pub(super) enum Joint {
    Or,
    And,
    Operator(Operator, Power),
}

impl Joint {
    pub(super) fn of(lexeme: &Lexeme<'_>) -> Option<Self> {
        let (operator, power) = match lexeme {
            Lexeme::Name("in") => (Operator::In, Power::Relation),
            Lexeme::Mark(mark) => match mark {
                Mark::Or => return Some(Self::Or),
                Mark::And => return Some(Self::And),
                Mark::Equal => (Operator::Equal, Power::Relation),
                Mark::NotEqual => (Operator::NotEqual, Power::Relation),
                Mark::Less => (Operator::Less, Power::Relation),
                Mark::LessEqual => (Operator::LessEqual, Power::Relation),
                Mark::Greater => (Operator::Greater, Power::Relation),
                Mark::GreaterEqual => (Operator::GreaterEqual, Power::Relation),
                Mark::Plus => (Operator::Add, Power::Sum),
                Mark::Minus => (Operator::Subtract, Power::Sum),
                Mark::Times => (Operator::Multiply, Power::Product),
                Mark::Slash => (Operator::Divide, Power::Product),
                Mark::Percent => (Operator::Remainder, Power::Product),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self::Operator(operator, power))
    }

    pub(super) fn power(&self) -> Power {
        match self {
            Self::Or => Power::Or,
            Self::And => Power::And,
            Self::Operator(_, power) => *power,
        }
    }
}
