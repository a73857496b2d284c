//! The abilities of one thread per instance, and the resources of a thread.

use super::{Declared, Description, Keeps, Support, all_native, emulated};

/// The size of a stack if the scenario sets none, bytes: the default of Rust's standard library.
pub const STACK_BYTES: u64 = 2 << 20;

/// The memory mappings of a thread: its stack, its signal stack, and a guard page of each.
/// Measured: 4.0 each of 2,000 and of 10,000.
pub const THREAD_MAPPINGS: u64 = 4;

/// The memory of a thread in the kernel, bytes, about. Measured with 10,000 threads: 16 KiB for its kernel stack, 6 KiB for its
/// descriptors, 4 KiB for the page table of a stack of 2 MiB.
pub(in crate::plan) const KERNEL_BYTES: u64 = 26 << 10;

/// The memory of a thread in its process, bytes, about: two pages of its stack, one of its signal stack. Measured: 2,000
/// sleepers took 9.7 KiB each; 16,000 took 10.6 KiB each, with the rest of the cell included.
const BYTES: [u64; 2] = [12 << 10; 2];

/// The CPU time to start and end a thread, nanoseconds, about: 50,000 to 200,000 were measured.
const START_AND_END_NS: u64 = 100_000;

pub(super) fn declared() -> Declared {
    let all = all_native();
    let steps = all.steps.into_iter().map(|(verb, support)| {
        let support = match verb.as_str() {
            "offload" => emulated("runs in place: its thread blocks no other task"),
            "offload cpu" => {
                emulated("a pool runs it while the thread waits: no more instances compute at once than it has threads")
            }
            _ => support,
        };
        (verb, support)
    });
    let description = Description {
        model: "an OS thread for each instance (1:1)".into(),
        runtime: concat!("Rust's std ", env!("TASKMIX_STD")).into(),
        primitives: "blocking".into(),
        worker: "a core: the kernel spreads the threads over all of them, whatever the scenario asks for".into(),
        steps: steps.collect(),
        cancel: vec![
            (
                "pending".into(),
                emulated("a flag that the thread reads when it starts; an instance is pending only until then"),
            ),
            ("waiting".into(), Support::Unsupported("a sleeping or blocked thread is not woken".into())),
            ("between steps".into(), emulated("a flag that is read between steps and at yields")),
        ],
        unknown: vec![("worker".into(), "the kernel decides on which core an instance ends".into())],
        cpu_pool: true,
        stack_size: Some(STACK_BYTES),
        ..all
    };
    Declared {
        description,
        bytes: BYTES,
        keeps: Keeps::Work,
        wakes_sleepers: false,
        has_ticks: false,
        instance_ns: START_AND_END_NS,
    }
}
