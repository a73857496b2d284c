//! Peer processes, and the cores on which peers and cells run.

mod ipc;
mod placement;
#[path = "../support/mod.rs"]
mod support;
