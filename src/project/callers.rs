//! Where methods of the project's own types are called, by name.

use super::Project;
use crate::program::{Callee, FunctionId, Language, Local, Name, Op};
use crate::source::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

/// One call of a method by its name; whose method it is, the name alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSite {
    pub file: FileId,
    pub function: FunctionId,
    pub block: u32,
    pub step: u32,
    pub receiver: Local,
}

/// Call sites by the called name, in the order of files.
pub(super) type Callers = FxHashMap<Name, Vec<CallSite>>;

impl Project {
    /// Every call of a method of this name in the project's TypeScript files.
    pub fn call_sites(&self, name: &str) -> &[CallSite] {
        let callers = self.callers.get_or_init(|| self.find_callers());
        callers.get(name).map_or(&[], Vec::as_slice)
    }

    fn find_callers(&self) -> Callers {
        let names: FxHashSet<&Name> = self.methods.keys().map(|(_, _, name)| name).collect();
        let mut callers = Callers::default();
        for unit in self.units.iter().flatten() {
            if unit.program.language != Language::TypeScript {
                continue;
            }
            for (at, function) in unit.program.functions.iter().enumerate() {
                for (block_at, block) in function.blocks.iter().enumerate() {
                    for (step_at, step) in block.steps.iter().enumerate() {
                        let Op::Call { callee: Callee::Method { receiver, name }, .. } = &step.op else {
                            continue;
                        };
                        if names.contains(name) {
                            callers.entry(name.clone()).or_default().push(CallSite {
                                file: unit.file,
                                function: FunctionId(at as u32),
                                block: block_at as u32,
                                step: step_at as u32,
                                receiver: *receiver,
                            });
                        }
                    }
                }
            }
        }
        callers
    }
}
