//! Each step and each arrival does what the documents promise, on every engine that has it.

mod bounded;
mod pools;
mod spawn;
mod steps_page;
#[path = "../support/mod.rs"]
mod support;
mod sync;
