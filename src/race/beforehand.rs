//! What one event of a scene says of another, before any rule asks: what a file is given that is
//! moved to its place, and that a value is a path.

use crate::book::words::{Noun, Verb};
use crate::scene::Scene;
use crate::scene::event::{Event, Recognition};
use crate::scene::value::{Term, ValueId};

/// How deep a handle is looked for in the value through which it is written.
const DEEP: u32 = 3;

pub(super) fn complete(scene: &mut Scene, keys: &[Vec<ValueId>]) {
    for at in 0..scene.events.len() {
        if let Some(data) = moved_contents(scene, keys, at) {
            scene.events[at].data = Some(data);
        }
    }
    believe_paths(scene, keys);
}

/// What was written to the other name before it was renamed to this one: the contents are as much
/// computed from what was read as if they had been written here.
fn moved_contents(scene: &mut Scene, keys: &[Vec<ValueId>], at: usize) -> Option<ValueId> {
    let event = &scene.events[at];
    if event.resource.noun != Noun::File || event.verb != Verb::Write {
        return None;
    }
    if let Some(handle) = event.data {
        return written_through(scene, handle, at);
    }
    let is_source = |other: &Event| {
        other.verb == Verb::Remove
            && other.resource.noun == Noun::File
            && (other.span, other.frame) == (event.span, event.frame)
    };
    let from = (0..scene.events.len()).find(|id| is_source(&scene.events[*id]) && keys[*id] != keys[at])?;
    let fills = |other: &Event| {
        other.resource.noun == Noun::File && matches!(other.verb, Verb::Write | Verb::Create | Verb::Update)
    };
    let filled = (0..at).rev().find(|id| fills(&scene.events[*id]) && keys[*id] == keys[from])?;
    let made = &scene.events[filled];
    match made.data {
        Some(data) => Some(data),
        None => written_through(scene, made.result, at),
    }
}

/// All that was written through an open file before an event.
fn written_through(scene: &mut Scene, handle: ValueId, before: usize) -> Option<ValueId> {
    let writes = |event: &Event| {
        event.verb == Verb::Update
            && event.resource.noun == Noun::Handle
            && event.resource.keys.iter().any(|key| is_made_of(scene, *key, handle, DEEP))
    };
    let mut written: Vec<ValueId> =
        scene.events[..before].iter().filter(|event| writes(event)).filter_map(|event| event.data).collect();
    match written.len() {
        0 | 1 => written.pop(),
        _ => Some(scene.values.number(Term::Mix(written))),
    }
}

fn is_made_of(scene: &Scene, value: ValueId, part: ValueId, depth: u32) -> bool {
    value == part
        || (depth > 0
            && scene.values.parts(value).into_iter().any(|inner| is_made_of(scene, inner, part, depth - 1)))
}

/// What a function of the file system is given is a path, whatever it is called: a question to it
/// that was believed for its name is as sure as that.
fn believe_paths(scene: &mut Scene, keys: &[Vec<ValueId>]) {
    let of_files = |event: &Event| matches!(event.resource.noun, Noun::File | Noun::Directory);
    let sure = |event: &Event| event.recognition >= Recognition::Constructed;
    for at in 0..scene.events.len() {
        let event = &scene.events[at];
        if !of_files(event) || event.recognition != Recognition::Named {
            continue;
        }
        let told = (0..scene.events.len()).find(|id| {
            let other = &scene.events[*id];
            of_files(other) && sure(other) && other.library == event.library && keys[*id] == keys[at]
        });
        if let Some(told) = told {
            scene.events[at].recognition = scene.events[told].recognition;
        }
    }
}
