//! What a thread for each instance can do, and what a thread takes of the system.

use super::{Declared, Description, Keeps, Support, all_native, emulated};

/// The size of a stack if the scenario sets none, bytes: that of Rust's own threads.
pub const STACK_BYTES: u64 = 2 << 20;

/// The mappings of a thread's memory: its stack, the stack on which its signals are handled, and a guard of each.
/// Measured: 4.0 each of 2,000 and of 10,000.
pub const THREAD_MAPPINGS: u64 = 4;

/// What a thread takes in the kernel, bytes, about: its stack there, its descriptor, page tables of its own. Measured: 2,000
/// sleepers took 28 KiB each of the machine's memory, of which 10 KiB were their process'.
pub(in crate::plan) const KERNEL_BYTES: u64 = 20 << 10;

pub(super) fn declared() -> Declared {
    let all = all_native();
    let steps = all.steps.into_iter().map(|(verb, support)| {
        let support = match verb.as_str() {
            "offload" => emulated("runs where it is: its thread keeps nobody else waiting"),
            _ => support,
        };
        (verb, support)
    });
    let description = Description {
        model: "an OS thread for each instance (1:1)".into(),
        runtime: concat!("Rust's std ", env!("TASKMIX_STD")).into(),
        idiom: "blocking".into(),
        worker: "a core: the kernel spreads the threads over all of them, whatever the scenario asks for".into(),
        steps: steps.collect(),
        cancel: vec![
            ("pending".into(), emulated("a flag that the thread reads when it starts; it is pending for so long only")),
            ("waiting".into(), Support::Unsupported("a sleeping or blocked thread is not woken".into())),
            ("between steps".into(), emulated("a flag that is read between steps and at yields")),
        ],
        unknown: vec![("worker".into(), "which core an instance ends on is the kernel's affair".into())],
        stack_size: Some(STACK_BYTES),
        ..all
    };
    Declared {
        description,
        bytes: [12 << 10, 12 << 10],
        keeps: Keeps::Work,
        wakes_sleepers: false,
        instance_ns: 15_000,
    }
}
