//! A type told by use: what a page's function takes for a path is one, whatever it is called.

use super::build::Builder;
use super::event::Recognition;
use super::types::{TypeEvidence, named, type_name};
use super::value::{FrameId, ValueId};
use crate::book::api::{Library, Root, What};
use crate::book::words::Noun;
use crate::program::{Arg, Callee, Function, Global, Language, Local, Name, Op, Value};

impl<'a> Builder<'a> {
    /// `hull.exists()`, where `fs::create_dir(&hull)` stands in the same function: a question by a
    /// name that says little is then one to a path.
    pub(super) fn type_by_use(&mut self, frame: FrameId, asked: Local, value: ValueId, question: &Name) {
        if self.language != Language::Rust
            || !self.knowledge.is_word("asks-path", question)
            || self.type_of(value).is_some()
        {
            return;
        }
        let Some(library) = self.taken_for_path(frame, asked) else { return };
        let lines = self.knowledge.calls(self.language, question);
        let mut types = lines
            .filter(|line| std::ptr::eq(line.library, library))
            .filter_map(|line| type_name(&line.api.target.parts).and_then(|names| names.first()));
        if let Some(name) = types.next() {
            let ty = named(Global { module: Name::default(), path: vec![name.clone()] });
            self.evidence.insert(value, TypeEvidence { ty, how: Recognition::Constructed });
        }
    }

    /// The page by which some call in the function takes a variable for the path of a file.
    fn taken_for_path(&self, frame: FrameId, asked: Local) -> Option<&'a Library> {
        let function = self.frames[frame.0 as usize].function;
        let unit = self.unit(frame);
        let asked = unit.original(asked);
        steps(&unit.program.functions[function.0 as usize]).find_map(|op| {
            let Op::Call { callee: Callee::Value(callee), args, .. } = op else { return None };
            let callee = unit.definition(unit.original(*callee));
            let Some(Op::Let { value: Value::Global(global), .. }) = callee else { return None };
            self.page_of_path(global, args, |given| unit.original(given) == asked)
        })
    }

    fn page_of_path(
        &self,
        global: &Global,
        args: &[Arg],
        asked: impl Fn(Local) -> bool,
    ) -> Option<&'a Library> {
        let knowledge = self.knowledge;
        let line = knowledge.calls(self.language, global.path.last()?).find(|line| {
            let is_function = line.api.target.parts.len() == 1
                && self.in_module(line.library, global).is_some_and(|rest| rest.len() == 1);
            is_function
                && line.api.clauses.iter().any(|clause| {
                    let What::Event(event) = &clause.what else { return false };
                    let at = event.slots.first().filter(|slot| slot.path.is_empty()).map(|slot| &slot.root);
                    matches!(event.noun, Noun::File | Noun::Directory)
                        && matches!(at, Some(Root::Param(at)) if args.get(*at).is_some_and(|arg| asked(arg.value)))
                })
        })?;
        Some(line.library)
    }
}

fn steps(body: &Function) -> impl Iterator<Item = &Op> {
    body.blocks.iter().flat_map(|block| &block.steps).map(|step| &step.op)
}
