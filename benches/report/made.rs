//! A cell that never ran: a record file as a campaign creates it and a cell fills it, with made-up times.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use taskmix::campaign::{CellOutcome, Exit, Surroundings};
use taskmix_engine::plan::CellKey;
use taskmix_engine::record::layout::{FLAG_CANCEL, NEVER, Shape, Slot, end};
use taskmix_engine::record::{Mapping, Probe, Records, Usage};
use taskmix_engine::scenario::{Axis, AxisKind, EngineName, Param, ParamValue};

/// The counter of a processor of 2.5 GHz, up for an hour.
const TICKS_PER_SECOND: u64 = 2_500_000_000;
const START_TICK: u64 = 3_600 * TICKS_PER_SECOND;

/// The time between two releases, nanoseconds: 10,000,000 instances arrive in 20 s.
const PERIOD_NS: u64 = 2_000;

const HOLD: ParamValue = ParamValue::Duration(Duration::from_millis(20));

/// The matrix of the scenario that the cell would belong to.
pub(crate) fn axes() -> Vec<Axis> {
    vec![Axis { name: "hold".to_owned(), kind: AxisKind::Duration, values: vec![HOLD] }]
}

/// A cell of `records` instances of three tasks. One instance in ten was cancelled and one in a thousand failed.
pub(crate) fn outcome(records: usize) -> CellOutcome {
    let shape = Shape { workers: 2, probes: 0, slots: records, run_slices: 0 };
    let (_, mapping) = Mapping::create(shape).expect("memory for the record");
    let header = mapping.header();
    header.ticks_per_second.store(TICKS_PER_SECOND, Relaxed);
    header.start_tick.store(START_TICK, Relaxed);
    header.released.value.store(records as u64, Relaxed);
    let mut chance = Chance(42);
    for (number, slot) in (0_u64..).zip(mapping.slots()) {
        fill(slot, number, &mut chance);
    }
    let span_ns = records as u64 * PERIOD_NS + 100_000_000;
    let probe = |number: u64| Probe {
        written_ns: number * 1_000_000,
        handled_ns: Some(number * 1_000_000 + 20_000),
        late_ns: 5_000,
    };
    CellOutcome {
        key: CellKey {
            scenario: "made_up".to_owned(),
            params: vec![Param { name: "hold".to_owned(), value: HOLD }],
            engine: EngineName::AsyncExecutor,
            workers: 2,
            repeat: 1,
            probe_ns: None,
        },
        tasks: ["visitor", "thumbnail", "offender"].map(str::to_owned).to_vec(),
        is_open: vec![true; 3],
        steps: vec![["1 sleep", "2 cpu", "3.1 block"].map(str::to_owned).to_vec(); 3],
        exit: Exit::Ok,
        records: Records::mapped(Arc::new(mapping), records),
        span_ns: Some(span_ns),
        usage: Some(Usage {
            user_cpu_ns: span_ns / 2,
            system_cpu_ns: span_ns / 8,
            voluntary_switches: records as u64 / 10,
            involuntary_switches: 77,
            peak_rss_bytes: Some(4 << 20),
        }),
        probes: (0..span_ns / 1_000_000).map(probe).collect(),
        trace: None,
        names: vec![Vec::new(); 3],
        named_steps: Vec::new(),
        seen: Vec::new(),
        waits: Vec::new(),
        stderr: String::new(),
        surroundings: Surroundings { attempt: 1, ..Surroundings::default() },
    }
}

fn fill(slot: &Slot, number: u64, chance: &mut Chance) {
    let ticks = |ns: u64| START_TICK + ns * 5 / 2;
    let scheduled = number * PERIOD_NS;
    // Waits of up to 16 µs and services of up to 1 ms; one service in 64 takes up to 64 ms.
    let started = scheduled + chance.below(1 << 14);
    let bits = if chance.below(64) == 0 { 26 } else { 20 };
    let service = chance.below(1 << bits);
    let finished = started + service;
    let (ended, cancel_at) = match chance.below(1_000) {
        0 => (end::FAILED, NEVER),
        1..=100 => (end::CANCELLED, started + service / 2),
        _ => (end::DONE, NEVER),
    };
    slot.scheduled_ns.store(scheduled, Relaxed);
    slot.cancel_at_ns.store(cancel_at, Relaxed);
    slot.started_tick.store(ticks(started), Relaxed);
    slot.finished_tick.store(ticks(finished), Relaxed);
    slot.busy_ticks.store(service * 5 / 8, Relaxed);
    slot.max_poll_ticks.store(service * 5 / 16, Relaxed);
    slot.units.store(service / 8, Relaxed);
    slot.polls.store(1 + chance.below(4) as u32, Relaxed);
    slot.step.store(chance.below(3) as u16, Relaxed);
    slot.worker.store(chance.below(2) as u16, Relaxed);
    slot.task.store((number % 3) as u16, Relaxed);
    slot.instance.store((number / 3) as u32, Relaxed);
    slot.ended.store(ended, Relaxed);
    slot.flags.store(if cancel_at == NEVER { 0 } else { FLAG_CANCEL }, Relaxed);
}

/// Pseudo-random numbers, the same every time.
struct Chance(u64);

impl Chance {
    /// A number below a `limit` of at most 2³².
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) * limit) >> 32
    }
}
