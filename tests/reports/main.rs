//! The products of a run's files: comparison, pictures, the page, traces.

mod browser;
mod compare;
mod finding;
mod marks;
mod plot;
mod report;
#[path = "../support/mod.rs"]
mod support;
mod trace;
