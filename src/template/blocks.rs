//! Which bytes of a template do not depend on values: its literal text, and the conditions and loops that lie around it.

use std::ops::Range;

use super::lexer::{Kind, Lexer};

/// The actions of a template and its `if`, `with` and `range` blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    /// In order, from `{{` to behind `}}`.
    actions: Vec<Range<u32>>,
    /// From the keyword to its `end`, in the order of the ends.
    branches: Vec<Range<u32>>,
}

impl Blocks {
    /// The blocks of a text that parses; of any other those in front of its first fault.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        let mut lexer = Lexer::new(text);
        let mut blocks = Self::default();
        let mut open: Vec<(bool, u32)> = Vec::new();
        let (mut start, mut before) = (0, Kind::Space);
        loop {
            let token = lexer.next();
            match token.kind {
                Kind::Eof | Kind::Error => return blocks,
                Kind::Space => continue,
                Kind::LeftDelim => start = token.start,
                Kind::RightDelim => blocks.actions.push(start..token.end),
                // `else if` goes on with the block that it stands in.
                Kind::If | Kind::With | Kind::Range if before != Kind::Else => open.push((true, token.start)),
                Kind::Define | Kind::Block => open.push((false, token.start)),
                Kind::End => {
                    if let Some((true, from)) = open.pop() {
                        blocks.branches.push(from..token.end);
                    }
                }
                _ => {}
            }
            before = token.kind;
        }
    }

    /// Whether a byte is literal text.
    #[must_use]
    pub fn is_text(&self, offset: u32) -> bool {
        let next = self.actions.partition_point(|action| action.end <= offset);
        self.actions.get(next).is_none_or(|action| offset < action.start)
    }

    /// The innermost branch or loop around a byte, from its keyword to behind its `end`. A condition lies in its own.
    #[must_use]
    pub fn branch_at(&self, offset: u32) -> Option<Range<u32>> {
        // Ends are in order, so the first that fits is the innermost.
        self.branches.iter().find(|branch| branch.contains(&offset)).cloned()
    }

    /// The actions in order, each from `{{` to behind `}}`.
    #[must_use]
    pub fn actions(&self) -> &[Range<u32>] {
        &self.actions
    }

    /// The action around a byte, from `{{` to behind `}}`.
    #[must_use]
    pub fn action_at(&self, offset: u32) -> Option<Range<u32>> {
        let next = self.actions.partition_point(|action| action.end <= offset);
        self.actions.get(next).filter(|action| action.contains(&offset)).cloned()
    }

    /// The literal text around a byte of literal text, from one action to the next.
    #[must_use]
    pub fn text_at(&self, offset: u32) -> Option<Range<u32>> {
        let next = self.actions.partition_point(|action| action.end <= offset);
        let start = next.checked_sub(1).and_then(|before| self.actions.get(before)).map_or(0, |action| action.end);
        let end = self.actions.get(next).map_or(u32::MAX, |action| action.start);
        (start..end).contains(&offset).then_some(start..end)
    }

    /// Whether a branch or loop lies around a byte, but for those that lie around one of the `others`, too.
    #[must_use]
    pub fn is_conditional(&self, offset: u32, others: &[u32]) -> bool {
        self.branches
            .iter()
            .any(|branch| branch.contains(&offset) && !others.iter().any(|other| branch.contains(other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_actions_and_branches_are_told_apart() {
        let text =
            "a{{ if .A }}b{{ else if .B }}c{{ end }}d{{ define \"x\" }}e{{ range .C }}f{{ .G }}{{ end }}{{ end }}h";
        let blocks = Blocks::of(text.as_bytes());
        let at = |needle: &str| u32::try_from(text.find(needle).unwrap()).unwrap();
        let text_at: Vec<bool> =
            ["a{", "b{", "c{", "d{", "e{", "f{", ".G"].iter().map(|of| blocks.is_text(at(of))).collect();
        assert_eq!(text_at, [true, true, true, true, true, true, false]);
        let branches: Vec<bool> =
            ["a{", "b{", "c{", "d{", "e{", "f{", ".G"].iter().map(|of| blocks.is_conditional(at(of), &[])).collect();
        assert_eq!(branches, [false, true, true, false, false, true, true]);
        assert_eq!(blocks.branch_at(at(".B")), Some(at("if .A")..at("d{") - 3));
        assert_eq!(blocks.branch_at(at("d{")), None);
        assert_eq!(blocks.text_at(at("b{")), Some(at("b{")..at("{{ else")));
        assert_eq!((blocks.text_at(at(".B")), blocks.action_at(at("b{"))), (None, None));
        assert_eq!(blocks.action_at(at(".B")), Some(at("{{ else")..at("c{")));
        assert!(blocks.is_text(u32::MAX) && !blocks.is_conditional(at("c{"), &[at("b{")]));
        assert_eq!(Blocks::of(b"{{ if"), Blocks::default());
    }
}
