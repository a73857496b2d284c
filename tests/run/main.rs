//! Real runs: their files, counts, verdicts and repeats, and how a run is resumed.

mod mix;
mod named_steps;
mod repeats;
mod resume;
#[path = "../support/mod.rs"]
mod support;
mod verdicts;
