//! What one analysis reads of a project, for an editor that wants to know when to do it again.
//!
//! Each thread takes down what is asked for between [`record`]'s begin and end; at all other times
//! asking costs one look at a flag.

use super::Name;
use crate::source::FileId;
use rustc_hash::FxHashSet;
use std::cell::{Cell, RefCell};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Functions by file and number.
    pub functions: FxHashSet<(FileId, u32)>,
    /// Files whose functions were gone through.
    pub whole: FxHashSet<FileId>,
    /// Files of which anything was asked.
    pub files: FxHashSet<FileId>,
    /// Names by which a declaration was looked for, in whatever file.
    pub declared: FxHashSet<Name>,
    /// Names by which callers were looked for, in whatever file.
    pub called: FxHashSet<Name>,
}

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    /// Which functions of a file are read is not asked.
    static IS_COARSE: Cell<bool> = const { Cell::new(false) };
    /// A file of which nobody takes down that it is read.
    static EXCEPT: Cell<u32> = const { Cell::new(u32::MAX) };
    static LAST: Cell<(u32, u32)> = const { Cell::new((u32::MAX, u32::MAX)) };
    static LAST_FILE: Cell<u32> = const { Cell::new(u32::MAX) };
    static READS: RefCell<Reads> = RefCell::default();
}

/// Does something on this thread and tells what it read.
pub fn record<T>(work: impl FnOnce() -> T) -> (T, Reads) {
    record_as(false, work)
}

/// The same, without the functions and whole files among it: only which files.
pub fn record_files<T>(work: impl FnOnce() -> T) -> (T, Reads) {
    record_as(true, work)
}

fn record_as<T>(is_coarse: bool, work: impl FnOnce() -> T) -> (T, Reads) {
    /// Ends the taking down also where the work panics.
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            IS_ON.set(false);
        }
    }
    READS.take();
    IS_COARSE.set(is_coarse);
    EXCEPT.set(u32::MAX);
    LAST.set((u32::MAX, u32::MAX));
    LAST_FILE.set(u32::MAX);
    IS_ON.set(true);
    let off = Off;
    let result = work();
    drop(off);
    (result, READS.take())
}

/// Does something whose reading does not count: what all share and whose changes are told by name.
pub fn unrecorded<T>(work: impl FnOnce() -> T) -> T {
    let was_on = IS_ON.replace(false);
    let result = work();
    IS_ON.set(was_on);
    result
}

/// Does something whose looks into one file do not count.
pub fn except<T>(file: FileId, work: impl FnOnce() -> T) -> T {
    let before = EXCEPT.replace(file.0);
    let result = work();
    EXCEPT.set(before);
    result
}

fn note(what: impl FnOnce(&mut Reads)) {
    if IS_ON.get() {
        READS.with_borrow_mut(what);
    }
}

pub(super) fn function(file: FileId, at: usize) {
    let is_wanted = IS_ON.get() && !IS_COARSE.get();
    if !is_wanted || LAST.replace((file.0, at as u32)) == (file.0, at as u32) {
        return;
    }
    READS.with_borrow_mut(|reads| {
        reads.functions.insert((file, at as u32));
    });
}

pub(super) fn all_functions(file: FileId) {
    if IS_COARSE.get() {
        return;
    }
    note(|reads| {
        reads.whole.insert(file);
    });
}

/// Something of a file is asked for.
pub fn file(file: FileId) {
    if !IS_ON.get() || EXCEPT.get() == file.0 || LAST_FILE.replace(file.0) == file.0 {
        return;
    }
    note(|reads| {
        reads.files.insert(file);
    });
}

/// A declaration is looked for by its name.
pub fn declared(name: &str) {
    note(|reads| {
        reads.declared.insert(Name::from(name));
    });
}

/// Callers of a name are looked for.
pub fn called(name: &str) {
    note(|reads| {
        reads.called.insert(Name::from(name));
    });
}
