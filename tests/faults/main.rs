//! Cells and runs that end early: nothing measured is lost, and no process is left.

mod faults;
mod interrupt;
mod never_ready;
#[path = "../support/mod.rs"]
mod support;
