//! Engines that are programs, and the protocol that all engines speak.

mod programs;
mod protocol;
#[path = "../support/mod.rs"]
mod support;
