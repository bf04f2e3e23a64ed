//! What a constructor of the project keeps of what it is given: `new Item(key)` and `item.key`.

use super::build::Builder;
use super::call::{Call, Called};
use super::value::{FrameId, ValueId};
use crate::program::{Key, Language, Op};

/// The method by which a class is made, as the language calls it.
const MAKER: &str = "constructor";

impl Builder<'_> {
    /// Fields of a new object that are arguments of its making.
    pub(super) fn constructed(&mut self, frame: FrameId, call: &Call, value: ValueId) {
        let Called::New(class) = &call.target else { return };
        let Some(class) = class.path.last().filter(|_| self.language == Language::TypeScript) else { return };
        let project = self.project;
        let Some((file, maker)) = project.inherited(self.frames[frame.0 as usize].file, class, MAKER) else {
            return;
        };
        let unit = project.unit(file);
        let body = &unit.program.functions[maker.0 as usize];
        let Some((this, _)) = body.receiver else { return };
        for op in body.blocks.iter().flat_map(|block| &block.steps).map(|step| &step.op) {
            let Op::Store { base, key: Key::Field(name), value: stored, .. } = op else { continue };
            let given = body.params.iter().position(|param| *param == unit.original(*stored));
            if let Some(given) =
                given.and_then(|at| call.args.get(at)).filter(|_| unit.original(*base) == this)
            {
                self.parts.insert((value, name.clone()), *given);
            }
        }
    }
}
