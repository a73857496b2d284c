//! What a thread for each instance can do, and what a thread takes of the system.

use super::{Declared, Description, Keeps, Support, all_native, emulated};

/// The size of a stack if the scenario sets none, bytes: that of Rust's own threads.
pub const STACK_BYTES: u64 = 2 << 20;

/// The mappings of a thread's memory: its stack, the stack on which its signals are handled, and a guard of each.
/// Measured: 4.0 each of 2,000 and of 10,000.
pub const THREAD_MAPPINGS: u64 = 4;

/// What a thread takes in the kernel, bytes, about. Measured over 10,000: 16 KiB are its stack there, 6 KiB its descriptors,
/// 4 KiB the page table of a stack of 2 MiB.
pub(in crate::plan) const KERNEL_BYTES: u64 = 26 << 10;

/// What a thread takes in its process, bytes, about: two pages of its stack, one of that of its signals. Measured: 2,000
/// sleepers took 9.7 KiB each, 16,000 took 10.6 KiB with all that a cell has besides.
const BYTES: [u64; 2] = [12 << 10; 2];

/// What it takes to start a thread and to end it, nanoseconds of a core, about: from 50,000 to 200,000 were measured.
const START_AND_END_NS: u64 = 100_000;

pub(super) fn declared() -> Declared {
    let all = all_native();
    let steps = all.steps.into_iter().map(|(verb, support)| {
        let support = match verb.as_str() {
            "offload" => emulated("runs where it is: its thread keeps nobody else waiting"),
            "offload cpu" => {
                emulated("a pool does it while the thread waits, so that no more compute at once than it has threads")
            }
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
        cpu_pool: true,
        stack_size: Some(STACK_BYTES),
        ..all
    };
    Declared { description, bytes: BYTES, keeps: Keeps::Work, wakes_sleepers: false, instance_ns: START_AND_END_NS }
}
