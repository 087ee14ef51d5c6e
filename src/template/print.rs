//! How Go writes nodes back (`Node.String`): the `<…>` of error messages.

use super::ast::{Command, Expr, Many, Node, PipeId, Tree};
use super::quote::quote_go;

/// A node that an error message can be at.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// Nothing was evaluated.
    Nothing,
    Node(Node),
    Pipe(PipeId),
    Command(Command),
    Expr(Expr),
}

/// Bytes of node text in one message; the text of a long `range` may be a whole file.
const MAX: usize = 64 << 10;

impl At {
    /// Offset and text of the node.
    pub(super) fn describe(self, tree: &Tree) -> (u32, String) {
        let mut out = String::new();
        let at = match self {
            Self::Nothing => 0,
            Self::Node(node) => {
                write_node(tree, node, &mut out);
                node_at(tree, node)
            }
            Self::Pipe(pipe) => {
                write_pipe(tree, pipe, &mut out);
                tree.pipe(pipe).at
            }
            Self::Command(command) => {
                write_command(tree, &command, &mut out);
                command.at
            }
            Self::Expr(expr) => {
                write_expr(tree, &expr, &mut out);
                expr_at(tree, &expr)
            }
        };
        (at, out)
    }
}

/// The text of an operand.
pub(super) fn expr(tree: &Tree, expr: &Expr) -> String {
    let mut out = String::new();
    write_expr(tree, expr, &mut out);
    out
}

fn node_at(tree: &Tree, node: Node) -> u32 {
    match node {
        Node::Text { start, .. } => start,
        Node::Action(pipe) => tree.pipe(pipe).at,
        Node::Branch(id) => tree.branch(id).map_or(0, |branch| tree.pipe(branch.pipe).at),
        Node::Template { at, .. } | Node::Break(at) | Node::Continue(at) => at,
    }
}

/// The offset that Go gives an operand.
pub(super) fn expr_at(tree: &Tree, expr: &Expr) -> u32 {
    match *expr {
        Expr::Dot(at)
        | Expr::Nil(at)
        | Expr::Bool(at, _)
        | Expr::Number(at, _)
        | Expr::String(at, _)
        | Expr::Field { at, .. }
        | Expr::Variable { at, .. }
        | Expr::Chain { at, .. }
        | Expr::Function { at, .. } => at,
        Expr::Pipe(pipe) => tree.pipe(pipe).at,
    }
}

fn write_list(tree: &Tree, list: Many, out: &mut String) {
    for node in list.of(&tree.nodes) {
        if out.len() > MAX {
            return;
        }
        write_node(tree, *node, out);
    }
}

fn write_node(tree: &Tree, node: Node, out: &mut String) {
    match node {
        Node::Text { start, end } => out.push_str(&String::from_utf8_lossy(tree.slice(start, end))),
        Node::Action(pipe) => {
            out.push_str("{{");
            write_pipe(tree, pipe, out);
            out.push_str("}}");
        }
        Node::Branch(id) => {
            let Some(branch) = tree.branch(id) else { return };
            out.push_str("{{");
            out.push_str(branch.kind.name());
            out.push(' ');
            write_pipe(tree, branch.pipe, out);
            out.push_str("}}");
            write_list(tree, branch.list, out);
            if let Some(otherwise) = branch.otherwise {
                out.push_str("{{else}}");
                write_list(tree, otherwise, out);
            }
            out.push_str("{{end}}");
        }
        Node::Template { name, pipe, .. } => {
            out.push_str("{{template ");
            out.push_str(&quote_go(tree.name_of(name).as_bytes()));
            if let Some(pipe) = pipe {
                out.push(' ');
                write_pipe(tree, pipe, out);
            }
            out.push_str("}}");
        }
        Node::Break(_) => out.push_str("{{break}}"),
        Node::Continue(_) => out.push_str("{{continue}}"),
    }
}

fn write_pipe(tree: &Tree, id: PipeId, out: &mut String) {
    let pipe = tree.pipe(id);
    for (index, name) in pipe.variables.of(&tree.idents).iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(tree.name_of(*name));
    }
    if !pipe.variables.is_empty() {
        out.push_str(if pipe.assign { " = " } else { " := " });
    }
    for (index, command) in pipe.commands.of(&tree.commands).iter().enumerate() {
        if index > 0 {
            out.push_str(" | ");
        }
        write_command(tree, command, out);
    }
}

fn write_command(tree: &Tree, command: &Command, out: &mut String) {
    for (index, arg) in command.args.of(&tree.exprs).iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        write_operand(tree, arg, out);
    }
}

fn write_operand(tree: &Tree, expr: &Expr, out: &mut String) {
    if let Expr::Pipe(pipe) = *expr {
        out.push('(');
        write_pipe(tree, pipe, out);
        out.push(')');
    } else {
        write_expr(tree, expr, out);
    }
}

fn write_fields(tree: &Tree, fields: Many, out: &mut String) {
    for field in fields.of(&tree.idents) {
        out.push('.');
        out.push_str(tree.name_of(*field));
    }
}

fn write_expr(tree: &Tree, expr: &Expr, out: &mut String) {
    match *expr {
        Expr::Dot(_) => out.push('.'),
        Expr::Nil(_) => out.push_str("nil"),
        Expr::Bool(_, value) => out.push_str(if value { "true" } else { "false" }),
        Expr::Number(_, number) => {
            if let Some(number) = tree.numbers.get(number as usize) {
                out.push_str(&String::from_utf8_lossy(tree.slice(number.start, number.end)));
            }
        }
        Expr::String(_, string) => {
            if let Some(string) = tree.strings.get(string as usize) {
                out.push_str(&String::from_utf8_lossy(tree.slice(string.start, string.end)));
            }
        }
        Expr::Field { fields, .. } => write_fields(tree, fields, out),
        Expr::Variable { name, fields, .. } => {
            out.push_str(tree.name_of(name));
            write_fields(tree, fields, out);
        }
        Expr::Chain { operand, fields, .. } => {
            write_operand(tree, tree.expr(operand), out);
            write_fields(tree, fields, out);
        }
        Expr::Pipe(pipe) => write_pipe(tree, pipe, out),
        Expr::Function { function, .. } => out.push_str(function.name),
    }
}
