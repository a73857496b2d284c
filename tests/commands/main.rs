//! Commands that measure nothing: their output, its streams, error messages and exit codes.

mod bad_place;
mod cli;
mod json;
mod messages;
#[path = "../support/mod.rs"]
mod support;
