//! What code does, in no language: functions made of blocks of steps.
//!
//! A front end lowers one file to one [`Program`]. Everything after it works on this model
//! alone, so the model must lose nothing that a check-then-act question needs: branches keep
//! their condition, calls keep their arguments by slot, objects keep their fields, strings
//! keep their parts, and whatever can raise inside a `try` names its handler.
//!
//! Conventions every front end keeps:
//! - Every expression's value lands in a [`Local`]. Source variables are locals too and may
//!   be assigned many times; temporaries may be assigned on several branches (`a ? b : c`).
//! - Locals are numbered per file, so a closure names its captured variables directly.
//! - `&&`, `||`, `??`, `?:`, `?`, optional chaining, `match`, `switch`, loops and `try` are
//!   blocks. In a condition `a && b` becomes two `If` exits, not a value.
//! - `x += 1` is `Let x = Apply(Add, [x, 1])`; `a.b += 1` is load, apply, `Store`.
//! - Code that is never run as written (types, declarations without a body) is not lowered.

pub mod bodies;
mod functions;
pub mod print;
pub mod reads;
mod renumber;
pub mod splice;
pub mod tables;

use crate::source::Span;
use bodies::Body;
pub use functions::Functions;
use serde::{Deserialize, Serialize};
pub use smol_str::SmolStr as Name;

/// Index into [`Program::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Local(pub u32);
/// Index into [`Program::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FunctionId(pub u32);
/// Index into [`Function::blocks`]; block 0 is the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// The language a file is written in; pages say which one they speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    Rust,
    TypeScript,
}

/// A Rust edition: it decides when temporaries end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edition {
    E2015,
    E2018,
    #[default]
    E2021,
    E2024,
}

impl Edition {
    /// As `Cargo.toml` spells it.
    pub fn parse(text: &str) -> Option<Edition> {
        match text {
            "2015" => Some(Edition::E2015),
            "2018" => Some(Edition::E2018),
            "2021" => Some(Edition::E2021),
            "2024" => Some(Edition::E2024),
            _ => None,
        }
    }
}

/// One lowered file.
#[derive(Debug)]
pub struct Program {
    pub language: Language,
    /// `functions[0]` is the module body: top-level statements, and for Rust the
    /// initialisers of statics and constants.
    pub functions: Functions,
    pub locals: Vec<LocalInfo>,
    pub types: Vec<TypeDecl>,
    pub exports: Vec<Export>,
    /// Stretches that could not be understood, with the reason. The rest of the file stands.
    pub errors: Vec<(Span, String)>,
    /// The bodies of its outermost functions; none where one decides what another means.
    pub bodies: Vec<Body>,
}

impl Program {
    /// A program in which nothing stands.
    pub fn empty(language: Language) -> Program {
        Program {
            language,
            functions: Functions::default(),
            locals: Vec::new(),
            types: Vec::new(),
            exports: Vec::new(),
            errors: Vec::new(),
            bodies: Vec::new(),
        }
    }
}

/// A variable, parameter or temporary.
#[derive(Clone, Debug)]
pub struct LocalInfo {
    /// The source name; empty for temporaries.
    pub name: Name,
    /// The declared type, if one is written.
    pub ty: Option<Box<Type>>,
    /// The function whose frame it lives in. Locals of function 0 are module state.
    pub function: FunctionId,
    /// Declared so that it may be assigned again (`let` in TypeScript, `let mut`, `static mut`).
    pub mutable: bool,
    /// Where it is declared.
    pub span: Span,
}

/// A name that comes from outside the function: an import, a path, a global.
///
/// TypeScript: `import { a } from "m"` is `m` with path `[a]`; `import d from "m"` is `m` with
/// `[default]`; `import * as n` and `require("m")` are `m` with `[]`. An unbound global
/// (`process`, `Bun`) has an empty module. Rust: module is empty and the path is spelled in
/// full through `use` (`std fs write`); paths of the crate itself keep what is written, with
/// `crate`/`self`/`super` resolved as far as one file allows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Global {
    pub module: Name,
    pub path: Vec<Name>,
}

/// How a reference type borrows, or how a method takes its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Borrow {
    /// By value (`self`, `T`).
    Owned,
    /// `&T`, `&self`; and every TypeScript `this`.
    Shared,
    /// `&mut T`, `&mut self`: nobody else can reach it meanwhile.
    Exclusive,
}

/// A written type: `Arc<Mutex<Jobs>>` is `Arc` with one argument. `dyn T`, `impl T`, a generic
/// parameter with a bound `T: AsRef<Path>` and a TypeScript union with null all reduce to their
/// telling part; tuples are `()` and arrays and slices `[]`, with their elements as arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Type {
    pub name: Global,
    pub args: Vec<Type>,
    pub borrow: Borrow,
}

/// A struct, enum, class, interface, or object type.
#[derive(Clone, Debug)]
pub struct TypeDecl {
    pub name: Name,
    /// Named fields with their declared types; tuple fields are `0`, `1`, …. A constructor's
    /// parameter properties (`constructor(private db: Db)`) are fields.
    pub fields: Vec<(Name, Option<Type>)>,
    /// Superclass, implemented interfaces, implemented traits.
    pub bases: Vec<Type>,
    /// Decorators or attributes, without arguments.
    pub marks: Vec<Name>,
    /// Another name of its one base (`type Pool = Arc<Inner>`), not a kind of it.
    pub alias: bool,
    pub span: Span,
}

/// A name other files can import: `name` there is `global` or a function or a local here.
#[derive(Clone, Debug)]
pub struct Export {
    /// As others say it; `default` for a default export, `*` for a re-exported module.
    pub name: Name,
    pub what: Exported,
}

#[derive(Clone, Debug)]
pub enum Exported {
    Local(Local),
    Type(Name),
    /// `export { a } from "./m"`, `pub use`.
    Elsewhere(Global),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Top level of a file.
    Module,
    /// `function f`, `fn f`, a method, an arrow bound to a name at module level.
    Declared,
    /// A function value inside another function; also an `async {}` block.
    Closure,
}

/// A function body.
#[derive(Debug)]
pub struct Function {
    /// Declared name, or the variable or property the function value is first bound to.
    pub name: Name,
    /// The class, object literal binding or `impl` type it belongs to.
    pub owner: Option<Name>,
    /// The lexically enclosing function; `None` for the module only.
    pub parent: Option<FunctionId>,
    pub kind: FunctionKind,
    /// `self` or `this`, when the body has one of its own.
    pub receiver: Option<(Local, Borrow)>,
    /// One local per parameter in order; destructuring happens in the entry block.
    pub params: Vec<Local>,
    /// Declared result type (of an async function: of what awaiting it gives).
    pub result: Option<Type>,
    pub is_async: bool,
    pub exported: bool,
    /// Decorators or attributes, without arguments (`test`, `tokio.test`, `Injectable`,
    /// `cfg(test)` on it or on a module around it is `test`).
    pub marks: Vec<Name>,
    pub blocks: Vec<Block>,
    /// The whole function.
    pub span: Span,
    /// Its name, or what stands for it.
    pub name_span: Span,
}

/// Steps that run one after another, then one exit.
#[derive(Debug)]
pub struct Block {
    pub steps: Vec<Step>,
    pub exit: Exit,
    /// Where control goes when a step of this block raises; `None`: out of the function.
    pub handler: Option<BlockId>,
}

#[derive(Debug)]
pub struct Step {
    pub op: Op,
    /// The expression; for a call, the whole call with its receiver (`a.b(c)`).
    pub span: Span,
}

#[derive(Debug)]
pub enum Op {
    /// Binds or assigns a local.
    Let { into: Local, value: Value },
    /// Calls something. Runs its callee only when control reaches it.
    Call { into: Local, callee: Callee, args: Vec<Arg> },
    /// `base.field = value`, `base[index] = value`, `*base = value` (field `*`).
    Store { base: Local, key: Key, value: Local },
    /// `await`: others may run here. `into` is the awaited value.
    Suspend { into: Local, of: Local },
    /// The local's value ends here: drop at scope end by the language's own rules, end of a
    /// temporary's statement, `using`. Only emitted where dropping can mean something (Rust:
    /// every named local and every temporary that is a call's result and was not moved).
    Release { local: Local },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    /// `f(x)`; the local holds a function, closure, import or path.
    Value(Local),
    /// `receiver.name(…)`.
    Method { receiver: Local, name: Name },
    /// `new C(…)`.
    New(Local),
    /// `name!(…)`: the path is resolved through `use` like any other.
    Macro(Global),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arg {
    pub value: Local,
    /// `...xs`.
    pub spread: bool,
    /// `&mut x`: whoever is called may change it.
    pub lent: bool,
}

/// What a field access, store or record entry names.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// `.name`, `["name"]`, tuple index `.0`, array index `[0]` by its decimal text.
    Field(Name),
    /// `[index]` with a computed index.
    Element(Local),
    /// Some element: the loop variable of `for … of`, the parameter of an iteration.
    Each,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Copy(Local),
    /// A load: `base.key`.
    Load {
        base: Local,
        key: Key,
    },
    Literal(Literal),
    Global(Global),
    Closure(FunctionId),
    /// An object literal, struct literal or array literal, in source order. `Spread` entries
    /// (`...x`, `..x`) take over all fields of a value; array items are fields `0`, `1`, ….
    Record {
        name: Option<Global>,
        entries: Vec<Entry>,
    },
    /// A string built from text and values in order: template literal, `format!`.
    Template(Vec<Part>),
    Apply {
        operator: Operator,
        operands: Vec<Local>,
    },
    /// The content of an enum variant inside a pattern: `Some(x)`, `Err(e)`; `index` counts the
    /// variant's fields.
    Payload {
        of: Local,
        variant: Name,
        index: u32,
    },
    /// The error a handler received.
    Caught,
    /// Any other computation of these.
    Mix(Vec<Local>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Named(Name, Local),
    Computed(Local, Local),
    Spread(Local),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(Name),
    Value(Local),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Literal {
    Text(Name),
    /// As written, without separators or suffix.
    Number(Name),
    Bool(bool),
    /// `null`, `undefined`, `()`.
    Null,
    /// A regular expression, as written.
    Pattern(Name),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    Not,
    /// Both `==` and `===`.
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    /// Any other arithmetic, bitwise or unary operator.
    Arithmetic,
    /// `x in y`, `matches!`-style membership of a value.
    In,
    /// A pattern test: the value is this variant or class (`Some`, `Err`, `ErrorKind.NotFound`).
    Is(Name),
    /// `typeof`.
    TypeOf,
    /// Whether the iteration has another element.
    More,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Exit {
    Goto(BlockId),
    /// `span` is the condition as written.
    If {
        test: Local,
        yes: BlockId,
        no: BlockId,
        span: Span,
    },
    Return(Option<Local>),
    /// `throw`, `panic!`: to the handler, or out.
    Raise(Option<Local>),
    /// The block's end is never reached (`loop {}`, `process.exit()` is a call, not this).
    Never,
}

/// Which blocks of a function control can reach from its entry, raising included.
pub fn reachable(function: &Function) -> Vec<bool> {
    let mut reached = vec![false; function.blocks.len()];
    let mut open = vec![BlockId(0)];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut reached[at.0 as usize], true) {
            continue;
        }
        let block = &function.blocks[at.0 as usize];
        let can_raise = !block.steps.is_empty() || matches!(block.exit, Exit::Raise(_));
        open.extend(block.handler.filter(|_| can_raise));
        match block.exit {
            Exit::Goto(to) => open.push(to),
            Exit::If { yes, no, .. } => open.extend([yes, no]),
            Exit::Return(_) | Exit::Raise(_) | Exit::Never => {}
        }
    }
    reached
}
