//! Transformations of TypeScript and JavaScript, on the tree that tree-sitter parses.

use super::edit::{Site, Variant, apply};
use std::collections::BTreeSet;
use std::ops::Range;
use tree_sitter::{Node, Parser};

const FUNCTIONS: &[&str] =
    &["function_declaration", "function_expression", "arrow_function", "method_definition"];

/// Every variant of a file under one transformation.
pub(crate) fn variants(name: &str, site: &Site<'_>) -> Vec<Variant> {
    let mut parser = Parser::new();
    let is_tsx = site.path.extension().is_some_and(|extension| extension == "tsx" || extension == "jsx");
    let language = if is_tsx {
        tree_sitter_typescript::LANGUAGE_TSX
    } else {
        tree_sitter_typescript::LANGUAGE_TYPESCRIPT
    };
    parser.set_language(&language.into()).unwrap();
    let tree = parser.parse(&site.text, None).unwrap();
    let code = Code { site, root: tree.root_node() };
    if code.root.has_error() {
        return Vec::new();
    }
    let variants = match name {
        "rename" => code.rename().into_iter().collect(),
        "reorder" => code.reorder().into_iter().collect(),
        "helper" => site.calls.iter().filter_map(|span| code.helper(span, false)).collect(),
        "helper-in-another-file" => site.calls.iter().filter_map(|span| code.helper(span, true)).collect(),
        "nested-if" => code.bodies(&|code, block| code.nested(block)),
        "early-return" => code.bodies(&|code, block| code.early(block)),
        "then" => code.bodies(&|code, block| code.then(block)),
        "ternary" => code.ifs(&|code, node| code.conditional(node, " ? ", " : undefined")),
        "and" => code.ifs(&|code, node| code.conditional(node, " && ", "")),
        _ => Vec::new(),
    };
    for text in variants.iter().flat_map(Variant::texts) {
        let tree = parser.parse(text, None).unwrap();
        assert!(!tree.root_node().has_error(), "{name} breaks {}:\n{text}", site.path.display());
    }
    variants
}

struct Code<'s, 't> {
    site: &'s Site<'s>,
    root: Node<'t>,
}

impl<'t> Code<'_, 't> {
    fn text(&self, node: Node) -> &str {
        &self.site.text[node.byte_range()]
    }

    fn all(&self) -> Vec<Node<'t>> {
        let (mut nodes, mut open) = (Vec::new(), vec![self.root]);
        while let Some(node) = open.pop() {
            nodes.push(node);
            open.extend((0..node.child_count()).rev().filter_map(|at| node.child(at)));
        }
        nodes
    }

    fn edited(&self, edits: Vec<(std::ops::Range<usize>, String)>) -> Variant {
        Variant { text: apply(&self.site.text, edits), ..Variant::default() }
    }

    /// Variables and parameters bound inside functions, with the type that a parameter states.
    fn bindings(&self) -> Vec<(Node<'t>, &str)> {
        let mut bindings = Vec::new();
        for node in self.all().into_iter().filter(|node| enclosing(*node, FUNCTIONS).is_some()) {
            let parent = node.parent().map_or("", |parent| parent.kind());
            let name = match node.kind() {
                "variable_declarator" => node.child_by_field_name("name"),
                "required_parameter" | "optional_parameter" => node.child_by_field_name("pattern"),
                "arrow_function" | "catch_clause" => node.child_by_field_name("parameter"),
                "shorthand_property_identifier_pattern" => Some(node),
                "identifier" if matches!(parent, "array_pattern" | "pair_pattern" | "for_in_statement") => {
                    Some(node)
                }
                _ => None,
            };
            let Some(name) = name.filter(|name| name.child_count() == 0) else { continue };
            let of = node.child_by_field_name("type").filter(|_| node.kind().ends_with("_parameter"));
            bindings.push((name, of.map_or("", |of| self.text(of))));
        }
        bindings
    }

    fn rename(&self) -> Option<Variant> {
        let mut banned: BTreeSet<&str> = BTreeSet::new();
        let nodes = self.all();
        for node in &nodes {
            let parent = node.parent();
            let within = |kinds: &[&str]| parent.is_some_and(|parent| kinds.contains(&parent.kind()));
            let is_top = enclosing(*node, FUNCTIONS).is_none();
            let called =
                parent.filter(|parent| parent.kind() == "member_expression").and_then(|p| p.parent());
            match node.kind() {
                "shorthand_property_identifier" | "shorthand_property_identifier_pattern" => {}
                "identifier"
                    if is_top
                        || within(&[
                            "import_specifier",
                            "export_specifier",
                            "function_declaration",
                            "method_definition",
                        ]) => {}
                // What a library's client is called may be all that tells it.
                "identifier" if called.is_some_and(|call| call.kind() == "call_expression") => {}
                _ => continue,
            }
            banned.insert(self.text(*node));
        }
        let names = self.bindings().into_iter().map(|(node, _)| self.text(node).to_owned());
        let names = names.filter(|name| !banned.contains(name.as_str()) && (self.site.is_free)(name));
        let names: BTreeSet<String> = names.collect();
        let mut edits = Vec::new();
        let mut renamed = Vec::new();
        for (at, name) in names.iter().enumerate() {
            renamed.push((format!("qx{at}z"), name.clone()));
            let uses = nodes.iter().filter(|node| node.kind() == "identifier" && self.text(**node) == name);
            edits.extend(uses.map(|node| (node.byte_range(), format!("qx{at}z"))));
        }
        (!edits.is_empty()).then(|| Variant { back: renamed, ..self.edited(edits) })
    }

    fn reorder(&self) -> Option<Variant> {
        let functions: Vec<Node> = (0..self.root.named_child_count())
            .filter_map(|at| self.root.named_child(at as u32))
            .filter(|node| {
                let inner = node.child_by_field_name("declaration").unwrap_or(*node);
                inner.kind() == "function_declaration"
            })
            .collect();
        let texts = functions.iter().rev().map(|node| self.text(*node).to_owned());
        let edits: Vec<_> = functions.iter().map(|node| node.byte_range()).zip(texts).collect();
        (edits.len() > 1).then(|| self.edited(edits))
    }

    /// The call around a span, to the end of its chain, put into a function of its own.
    fn helper(&self, span: &Range<usize>, elsewhere: bool) -> Option<Variant> {
        let call = self.call(span)?;
        let parent = call.parent()?;
        let waits = parent.kind() == "await_expression";
        let whole = if waits { parent } else { call };
        let inside: Vec<Node> = self.all().into_iter().filter(|node| within(*node, whole)).collect();
        let (names, params) = self.parameters(whole, &inside)?;
        let arguments = names.join(", ");
        let around = enclosing(call, FUNCTIONS)?;
        let generic = around.child_by_field_name("type_parameters").map_or("", |node| self.text(node));
        let is_async = if waits { "async " } else { "" };
        let (old, new) = (self.text(call).to_owned(), format!("enterQx({arguments})"));
        let returned = self.text(whole);
        let function =
            format!("{is_async}function enterQx{generic}({params}) {{\n  return {returned};\n}}\n");
        let mut variant = self.edited(vec![(call.byte_range(), new.clone())]);
        variant.back = vec![(new, old)];
        if elsewhere {
            let used = format!("{params} {returned}");
            self.put_elsewhere(&mut variant, &used, &names, &function)?;
        } else {
            variant.text.push_str(&format!("\n{function}"));
        }
        Some(variant)
    }

    /// The smallest call around a span and what is chained to it, up to where a promise begins.
    fn call(&self, span: &Range<usize>) -> Option<Node<'t>> {
        let mut call = self.root.descendant_for_byte_range(span.start, span.end)?;
        while !matches!(call.kind(), "call_expression" | "new_expression") {
            call = call.parent()?;
        }
        while let Some(member) = call.parent().filter(|parent| parent.kind() == "member_expression") {
            let name = member.child_by_field_name("property")?;
            let outer = member.parent().filter(|outer| outer.kind() == "call_expression");
            let Some(outer) = outer.filter(|_| !matches!(self.text(name), "then" | "catch" | "finally"))
            else {
                break;
            };
            call = outer;
        }
        Some(call)
    }

    /// The locals that an expression needs if it moves, and how they are declared: none if it
    /// cannot move as it is, or not without a type that is stated nowhere.
    fn parameters(&self, whole: Node<'t>, inside: &[Node<'t>]) -> Option<(Vec<&str>, String)> {
        let writes = ["assignment_expression", "augmented_assignment_expression", "update_expression"];
        let waits = |node: &&Node| node.kind() == "await_expression" && node.id() != whole.id();
        let stays = |node: &Node| matches!(node.kind(), "this" | "super" | "yield_expression");
        if inside.iter().any(|node| stays(node) || writes.contains(&node.kind()))
            || inside.iter().any(|n| waits(&n))
        {
            return None;
        }
        let outermost =
            std::iter::successors(enclosing(whole, FUNCTIONS), |node| enclosing(*node, FUNCTIONS)).last()?;
        let bindings = self.bindings();
        let (own, others): (Vec<_>, Vec<_>) = bindings
            .into_iter()
            .filter(|(node, _)| within(*node, outermost))
            .partition(|(node, _)| within(*node, whole));
        let is_typed = self.site.path.extension().is_some_and(|extension| extension != "js");
        let (mut names, mut params) = (Vec::new(), Vec::new());
        for node in inside.iter().filter(|node| is_use(**node)) {
            let name = self.text(*node);
            let is_own = own.iter().any(|(own, _)| self.text(*own) == name);
            let mut outer = others.iter().filter(|(other, _)| self.text(*other) == name);
            let Some((_, of)) = outer.next() else { continue };
            let is_receiver = node.parent().is_some_and(|parent| parent.kind() == "member_expression");
            // Bound twice, it is not clear here which one is meant.
            if is_own || outer.next().is_some() || (is_typed && is_receiver && of.is_empty()) {
                return None;
            }
            if !names.contains(&name) {
                names.push(name);
                params.push(format!("{name}{of}"));
            }
        }
        Some((names, params.join(", ")))
    }

    /// A function in a file beside this one, each importing what it needs of the other.
    fn put_elsewhere(&self, variant: &mut Variant, used: &str, names: &[&str], function: &str) -> Option<()> {
        // Modules that are not of ECMAScript share nothing by `export`.
        if ["require(", "exports.", "module.exports"].iter().any(|sign| self.site.text.contains(sign)) {
            return None;
        }
        let uses = |name: &str| {
            used.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').any(|word| word == name)
        };
        let shared: Vec<Node> = self.tops().into_iter().filter(|node| uses(self.text(*node))).collect();
        let shared: Vec<Node> =
            shared.into_iter().filter(|node| !names.contains(&self.text(*node))).collect();
        let children = (0..self.root.named_child_count()).filter_map(|at| self.root.named_child(at as u32));
        let imports = children.filter(|node| node.kind() == "import_statement").map(|node| self.text(node));
        let stem = self.site.path.file_stem()?.to_str()?;
        let extension = self.site.path.extension()?.to_str()?;
        let mut text = format!("{}\n", imports.collect::<Vec<_>>().join("\n"));
        if !shared.is_empty() {
            let list: Vec<&str> = shared.iter().map(|node| self.text(*node)).collect();
            text.push_str(&format!("import {{ {} }} from \"./{stem}\";\n", list.join(", ")));
        }
        let hidden = shared.iter().filter(|node| enclosing(**node, &["export_statement"]).is_none());
        let hidden: Vec<&str> = hidden.map(|node| self.text(*node)).collect();
        if !hidden.is_empty() {
            variant.text.push_str(&format!("\nexport {{ {} }};\n", hidden.join(", ")));
        }
        text.push_str(&format!("export {function}"));
        // Directives stay first.
        let is_directive = self.site.text.starts_with(['"', '\'', '#']);
        let first = if is_directive { self.site.text.find('\n')? + 1 } else { 0 };
        variant.text.insert_str(first, "import { enterQx } from \"./enterQx\";\n");
        variant.more = Some((self.site.path.with_file_name(format!("enterQx.{extension}")), text));
        Some(())
    }

    /// The names that the file itself binds at the top, imports aside.
    fn tops(&self) -> Vec<Node<'t>> {
        const KINDS: &[&str] = &[
            "variable_declarator",
            "function_declaration",
            "class_declaration",
            "interface_declaration",
            "type_alias_declaration",
        ];
        let named = self.all().into_iter().filter(|node| enclosing(*node, FUNCTIONS).is_none());
        named
            .filter(|node| KINDS.contains(&node.kind()))
            .filter_map(|node| node.child_by_field_name("name"))
            .collect()
    }

    fn bodies(&self, change: &dyn Fn(&Self, Node<'t>) -> Option<Variant>) -> Vec<Variant> {
        let nodes = self.all().into_iter().filter(|node| FUNCTIONS.contains(&node.kind()));
        let bodies = nodes.filter_map(|node| node.child_by_field_name("body"));
        bodies.filter(|body| body.kind() == "statement_block").filter_map(|body| change(self, body)).collect()
    }

    fn ifs(&self, change: &dyn Fn(&Self, Node<'t>) -> Option<Variant>) -> Vec<Variant> {
        let nodes = self.all().into_iter().filter(|node| node.kind() == "if_statement");
        nodes.filter_map(|node| change(self, node)).collect()
    }

    /// `if (c) return; rest` → `if (!(c)) { rest } else return;`
    fn nested(&self, block: Node<'t>) -> Option<Variant> {
        let statements = statements(block);
        let (last, before) = statements.split_last()?;
        let (test, guard, at) = before.iter().find_map(|node| {
            let (test, then) = plain_if(*node)?;
            leaves(then).then_some((test, then, *node))
        })?;
        let rest = &self.site.text[at.end_byte()..last.end_byte()];
        let new = format!("if (!{}) {{{rest}\n}} else {}", self.text(test), self.text(guard));
        Some(self.edited(vec![(at.start_byte()..last.end_byte(), new)]))
    }

    /// `if (c) { body }` at the end → `if (!(c)) return; body`
    fn early(&self, block: Node<'t>) -> Option<Variant> {
        let statements = statements(block);
        let mut last = *statements.last()?;
        let mut way_out = "return;";
        if last.kind() == "return_statement" && statements.len() > 1 {
            way_out = self.text(last);
            if way_out.contains('(') {
                return None;
            }
            last = statements[statements.len() - 2];
        }
        let (test, then) = plain_if(last)?;
        if then.kind() != "statement_block" || leaves(then) {
            return None;
        }
        let body = self.text(then).strip_prefix('{')?.strip_suffix('}')?;
        Some(self.edited(vec![(last.byte_range(), format!("if (!{}) {way_out}\n{body}", self.text(test)))]))
    }

    /// `if (c) f();` → `c ? f() : undefined;` or `c && f();`
    fn conditional(&self, node: Node<'t>, between: &str, after: &str) -> Option<Variant> {
        let (test, then) = plain_if(node)?;
        let inner = if then.kind() == "statement_block" { statements(then) } else { vec![then] };
        let [one] = inner.as_slice() else { return None };
        let expression = (one.kind() == "expression_statement").then(|| one.named_child(0)).flatten()?;
        let new = format!("{}{between}({}){after};", self.text(test), self.text(expression));
        Some(self.edited(vec![(node.byte_range(), new)]))
    }

    /// `const x = await f(); rest` → `return f().then(async (x) => { rest });`
    fn then(&self, block: Node<'t>) -> Option<Variant> {
        let statements = statements(block);
        let (last, before) = statements.split_last()?;
        for statement in before {
            let (pattern, value) = match statement.kind() {
                "lexical_declaration" if statement.named_child_count() == 1 => {
                    let one = statement.named_child(0)?;
                    (self.text(one.child_by_field_name("name")?), one.child_by_field_name("value")?)
                }
                "expression_statement" => ("", statement.named_child(0)?),
                _ => continue,
            };
            let call = (value.kind() == "await_expression").then(|| value.named_child(0)).flatten();
            let Some(call) = call.filter(|call| call.kind() == "call_expression") else { continue };
            let rest = &self.site.text[statement.end_byte()..last.end_byte()];
            if rest.contains("yield") {
                return None;
            }
            let new = format!("return {}.then(async ({pattern}) => {{{rest}\n}});", self.text(call));
            return Some(self.edited(vec![(statement.start_byte()..last.end_byte(), new)]));
        }
        None
    }
}

fn within(node: Node, outer: Node) -> bool {
    outer.start_byte() <= node.start_byte() && node.end_byte() <= outer.end_byte()
}

/// A name that stands for a value, not one that is bound here.
fn is_use(node: Node) -> bool {
    matches!(node.kind(), "identifier" | "shorthand_property_identifier")
}

fn enclosing<'t>(node: Node<'t>, kinds: &[&str]) -> Option<Node<'t>> {
    std::iter::successors(node.parent(), Node::parent).find(|node| kinds.contains(&node.kind()))
}

fn statements(block: Node) -> Vec<Node> {
    let children = (0..block.named_child_count()).filter_map(|at| block.named_child(at as u32));
    children.filter(|node| node.kind() != "comment").collect()
}

/// The test and the body of an `if` without `else`.
fn plain_if(node: Node) -> Option<(Node, Node)> {
    if node.kind() != "if_statement" || node.child_by_field_name("alternative").is_some() {
        return None;
    }
    Some((node.child_by_field_name("condition")?, node.child_by_field_name("consequence")?))
}

/// The body always returns or throws at its end.
fn leaves(body: Node) -> bool {
    let last = if body.kind() == "statement_block" { statements(body).last().copied() } else { Some(body) };
    last.is_some_and(|last| matches!(last.kind(), "return_statement" | "throw_statement"))
}
