//! Which instance starts when, and on which worker: the rules of each engine.

mod processes;
mod rules;
#[path = "../support/mod.rs"]
mod support;
