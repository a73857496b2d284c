//! Deliberate faults, to test what happens to a cell that has one. Only a hidden argument of `taskmix run` requests them.

use std::hint::black_box;
use std::process::abort;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, raise};

use crate::plan::Fault;

/// Breaks the cell.
pub(super) fn commit(kind: Fault) {
    match kind {
        Fault::Panic => panic!("a fault on purpose"),
        Fault::Abort => abort(),
        Fault::Overflow => {
            black_box(recurse(1));
        }
        Fault::Hang => loop {
            thread::sleep(Duration::from_hours(1));
        },
        Fault::Flip | Fault::Leave => unreachable!("its peers do that"),
        Fault::Kill => raise(Signal::SIGKILL).expect("a process may kill itself"),
    }
}

#[expect(unconditional_recursion, reason = "it is there to overflow the stack")]
fn recurse(depth: u64) -> u64 {
    let page = black_box([depth; 512]);
    recurse(page[1] + 1) + page[2]
}
