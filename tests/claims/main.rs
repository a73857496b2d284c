//! The claims of the shipped scenarios: no claim holds once its cause is taken away.

mod scenarios;
mod stalls;
#[path = "../support/mod.rs"]
mod support;
mod sweeps;
