//! The parsed form of one template file: flat tables, addressed by numbers.
//!
//! One [`Tree`] holds the nodes of a file and of all templates defined in it. Children lie side by side in a table,
//! so a list is a start and a length. Text stays in the source; every node knows the offset that Go prints for it.

use std::rc::Rc;

use super::call::Function;
use crate::source::SourceId;
use crate::text::Text;

/// A run of neighbours in one of the tables of a [`Tree`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Many {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Many {
    pub(crate) fn of<T>(self, table: &[T]) -> &[T] {
        let start = self.start as usize;
        table.get(start..start + self.len as usize).unwrap_or_default()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// Index of a [`Pipe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PipeId(pub(crate) u32);

/// Index of an [`Expr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExprId(pub(crate) u32);

/// Index of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameId(pub(crate) u32);

/// What a list is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// Literal text: a range of the source.
    Text { start: u32, end: u32 },
    /// `{{ pipe }}`.
    Action(PipeId),
    /// `{{ if }}`, `{{ with }}`, `{{ range }}`.
    Branch(BranchId),
    /// `{{ template "name" pipe }}`.
    Template { at: u32, name: NameId, pipe: Option<PipeId> },
    /// `{{ break }}`.
    Break(u32),
    /// `{{ continue }}`.
    Continue(u32),
}

/// Index of a [`Branch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BranchId(pub(crate) u32);

/// A control structure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) pipe: PipeId,
    pub(crate) list: Many,
    pub(crate) otherwise: Option<Many>,
}

/// Which control structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    With,
    Range,
}

impl BranchKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }
}

/// Commands joined by `|`, perhaps declaring or assigning variables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipe {
    pub(crate) at: u32,
    pub(crate) assign: bool,
    /// Names of the variables, in [`Tree::idents`].
    pub(crate) variables: Many,
    pub(crate) commands: Many,
}

/// A command: an operand with arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) at: u32,
    pub(crate) args: Many,
}

/// An operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expr {
    Dot(u32),
    Nil(u32),
    Bool(u32, bool),
    Number(u32, u32),
    String(u32, u32),
    Field { at: u32, fields: Many },
    Variable { at: u32, name: NameId, fields: Many },
    Chain { at: u32, operand: ExprId, fields: Many },
    Pipe(PipeId),
    Function { at: u32, function: &'static Function },
}

/// A number constant: what it can be taken for, and how it is written.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) float: Option<f64>,
    /// What a complex constant prints.
    pub(crate) complex: Option<Box<str>>,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A string constant.
#[derive(Clone, Debug)]
pub(crate) struct StringConstant {
    pub(crate) text: Rc<Text>,
    /// Whether the content stands in the source byte for byte.
    pub(crate) verbatim: bool,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A parsed file.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The name that it was parsed under, which error messages begin with.
    pub(crate) name: Rc<str>,
    pub(crate) source: SourceId,
    pub(crate) text: Rc<[u8]>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) pipes: Vec<Pipe>,
    pub(crate) commands: Vec<Command>,
    pub(crate) exprs: Vec<Expr>,
    pub(crate) idents: Vec<NameId>,
    pub(crate) names: Vec<Rc<str>>,
    pub(crate) numbers: Vec<Number>,
    pub(crate) strings: Vec<StringConstant>,
}

impl Tree {
    pub(crate) fn new(name: Rc<str>, source: SourceId, text: Rc<[u8]>) -> Self {
        Self {
            name,
            source,
            text,
            nodes: Vec::new(),
            branches: Vec::new(),
            pipes: Vec::new(),
            commands: Vec::new(),
            exprs: Vec::new(),
            idents: Vec::new(),
            names: Vec::new(),
            numbers: Vec::new(),
            strings: Vec::new(),
        }
    }

    pub(crate) fn slice(&self, start: u32, end: u32) -> &[u8] {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(crate) fn pipe(&self, id: PipeId) -> &Pipe {
        const EMPTY: &Pipe =
            &Pipe { at: 0, assign: false, variables: Many { start: 0, len: 0 }, commands: Many { start: 0, len: 0 } };
        self.pipes.get(id.0 as usize).unwrap_or(EMPTY)
    }

    pub(crate) fn expr(&self, id: ExprId) -> &Expr {
        self.exprs.get(id.0 as usize).unwrap_or(&Expr::Nil(0))
    }

    pub(crate) fn branch(&self, id: BranchId) -> Option<&Branch> {
        self.branches.get(id.0 as usize)
    }

    pub(crate) fn name_of(&self, id: NameId) -> &str {
        self.names.get(id.0 as usize).map_or("", |name| name)
    }

    /// Whether a list holds nothing but white space (Go's `IsEmptyTree`).
    pub(crate) fn is_blank(&self, list: Many) -> bool {
        list.of(&self.nodes).iter().all(|node| match node {
            Node::Text { start, end } => is_space(self.slice(*start, *end)),
            _ => false,
        })
    }
}

/// `bytes.TrimSpace` leaves nothing: white space as Unicode has it.
fn is_space(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
        || std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(char::is_whitespace))
}

/// A template that can be executed: a list of nodes of a tree.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) name: Rc<str>,
    pub(crate) tree: Rc<Tree>,
    pub(crate) root: Many,
}

impl Template {
    pub(crate) fn is_blank(&self) -> bool {
        self.tree.is_blank(self.root)
    }
}
