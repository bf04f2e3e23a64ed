//! Statements of SQL that stand as texts in code.

use super::super::grammar::Kind;
use super::super::literal::unescape;
use super::super::tree::Node;
use super::Reader;
use crate::program::Name;
use crate::program::tables::Step;
use crate::syntax::statements::{defines_tables, may_define};

/// What stands where the program puts a name: the name of nothing.
const HOLE: &str = "x__hole";

impl<'t> Reader<'t> {
    pub(super) fn sql(&mut self, node: Node<'t>) {
        let spelled = self.view.spelled(node);
        if !may_define(spelled) {
            return;
        }
        let Some(statement) = self.statement(node) else { return };
        self.defines |= defines_tables(&statement);
        self.declared.steps.push(Step::Sql(statement));
    }

    /// The text with something in the place of each hole.
    fn statement(&self, node: Node<'t>) -> Option<Name> {
        let (start, end) = (node.start_byte() + 1, node.end_byte().checked_sub(1)?);
        let mut text = String::new();
        let mut at = start;
        for hole in node.children().filter(|child| child.what() == Kind::Substitution) {
            text.push_str(self.view.text.get(at..hole.start_byte())?);
            // What the program puts behind a list of columns is a condition, or may be one.
            let is_behind = text.trim_end().ends_with(')');
            text.push_str(if is_behind { " where " } else { HOLE });
            at = hole.end_byte();
        }
        text.push_str(self.view.text.get(at..end)?);
        Some(unescape(&text))
    }
}
