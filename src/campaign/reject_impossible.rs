//! Whether a record is possible: an engine may be any program, and what it overwrites must not mislead the record's readers.
//!
//! Impossible values are reset, so later readers need no checks of their own.
// Relaxed: the cell is dead, so no process writes any more.

use std::ops::RangeInclusive;
use std::sync::atomic::Ordering::Relaxed;

use taskmix_engine::plan::PointPlan;
use taskmix_engine::record::Mapping;
use taskmix_engine::record::clock::Timeline;
use taskmix_engine::units::format_duration;

/// The highest clock rate that is believed, ticks per second.
const FASTEST: u64 = 100_000_000_000;

/// By how much an engine's clock may differ from the system's over the span: a share of the span, plus nanoseconds.
const DRIFT: (f64, f64) = (0.05, 10e6);

/// Says what is impossible in a record of `point` that was written within `lived`, and resets it; nothing if all is possible.
pub(super) fn implausible(mapping: &Mapping, point: &PointPlan, lived: &RangeInclusive<u64>) -> Option<String> {
    // Both checks run, because each of them resets what it rejects.
    let found = [slots(mapping, point), span(mapping, lived)];
    found.into_iter().flatten().next()
}

/// The plan decides which instance has which slot.
fn slots(mapping: &Mapping, point: &PointPlan) -> Option<String> {
    let mut found = None;
    for (index, slot) in mapping.slots().iter().enumerate() {
        let (task, instance) = (point.draws.task[index], point.draws.instance[index]);
        if slot.task.load(Relaxed) != task || slot.instance.load(Relaxed) != instance {
            slot.task.store(task, Relaxed);
            slot.instance.store(instance, Relaxed);
            found.get_or_insert_with(|| format!("it overwrote which instance slot {index} belongs to"));
        }
    }
    found
}

/// Checks when the span began and ended; an impossible time is reset to unknown.
fn span(mapping: &Mapping, lived: &RangeInclusive<u64>) -> Option<String> {
    let header = mapping.header();
    let (start, end) = (header.start_monotonic_ns.load(Relaxed), header.end_monotonic_ns.load(Relaxed));
    let rate = header.ticks_per_second.load(Relaxed);
    let (start_tick, end_tick) = (header.start_tick.load(Relaxed), header.end_tick.load(Relaxed));
    let forget_the_end = |what: String| {
        header.end_tick.store(0, Relaxed);
        header.end_monotonic_ns.store(0, Relaxed);
        Some(what)
    };
    if start_tick == 0 {
        return if end_tick == 0 { None } else { forget_the_end("its span ended before it began".to_owned()) };
    }
    if !lived.contains(&start) || !(1..=FASTEST).contains(&rate) {
        header.start_tick.store(0, Relaxed);
        header.start_monotonic_ns.store(0, Relaxed);
        return forget_the_end("its span starts outside its lifetime, or its clock rate is impossible".to_owned());
    }
    if end_tick == 0 {
        return None;
    }
    if !lived.contains(&end) || end < start || end_tick < start_tick {
        return forget_the_end("its span ends outside its lifetime or before its start".to_owned());
    }
    let by_ticks = Timeline::new(start_tick, rate).since_start_ns(end_tick) as f64;
    let by_system = (end - start) as f64;
    if (by_ticks - by_system).abs() > by_system * DRIFT.0 + DRIFT.1 {
        let [by_ticks, by_system] = [by_ticks, by_system].map(format_duration);
        return forget_the_end(format!("its span is {by_ticks} by its own clock, {by_system} by the system's"));
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use taskmix_engine::plan::Campaign;
    use taskmix_engine::scenario::parse;

    const S: u64 = 1_000_000_000;

    fn point() -> PointPlan {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\ncount = 3\nsteps = []\n\
                    [[task]]\nname = \"b\"\ncount = 2\nsteps = []\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        Campaign::new(&scenario, 1).unwrap().points.remove(0)
    }

    /// A record of a cell that lived from 10 s to 20 s, with these ticks, times and rate.
    fn checked(ticks: [u64; 2], times: [u64; 2], rate: u64) -> (Option<String>, [u64; 2]) {
        let point = point();
        let (_, mapping) = Mapping::create(point.shape(1, S, None)).unwrap();
        for (index, slot) in mapping.slots().iter().enumerate() {
            slot.task.store(point.draws.task[index], Relaxed);
            slot.instance.store(point.draws.instance[index], Relaxed);
        }
        let header = mapping.header();
        header.ticks_per_second.store(rate, Relaxed);
        header.start_tick.store(ticks[0], Relaxed);
        header.end_tick.store(ticks[1], Relaxed);
        header.start_monotonic_ns.store(times[0], Relaxed);
        header.end_monotonic_ns.store(times[1], Relaxed);
        let found = implausible(&mapping, &point, &(10 * S..=20 * S));
        (found, [header.start_tick.load(Relaxed), header.end_tick.load(Relaxed)])
    }

    #[test]
    fn a_possible_record_is_left_unchanged() {
        for (ticks, times) in [([0, 0], [0, 0]), ([5, 0], [11 * S, 0]), ([5, 2 * S + 5], [11 * S, 12 * S])] {
            assert_eq!(checked(ticks, times, 2 * S), (None, ticks));
        }
    }

    #[test]
    fn an_impossible_record_is_reported_and_reset() {
        let (begun, ended) = (11 * S, 12 * S);
        for (ticks, times, rate, words, left) in [
            ([0, 7], [0, ended], S, "its span ended before it began", [0, 0]),
            ([5, 0], [9 * S, 0], S, "its span starts outside its lifetime, or its clock rate is impossible", [0, 0]),
            ([5, 0], [begun, 0], 0, "its span starts outside its lifetime, or its clock rate is impossible", [0, 0]),
            ([5, 9], [begun, 21 * S], S, "its span ends outside its lifetime or before its start", [5, 0]),
            ([5, 3], [begun, ended], S, "its span ends outside its lifetime or before its start", [5, 0]),
            ([5, S + 5], [begun, ended], S / 2, "its span is 2.00 s by its own clock, 1.00 s by the system's", [5, 0]),
        ] {
            assert_eq!(checked(ticks, times, rate), (Some(words.to_owned()), left));
        }
    }

    proptest! {
        #[test]
        fn the_plan_decides_the_instance_of_a_slot(task in any::<u16>(), instance in any::<u32>(), at in 0_usize..5) {
            let point = point();
            let (_, mapping) = Mapping::create(point.shape(1, S, None)).unwrap();
            mapping.slots()[at].task.store(task, Relaxed);
            mapping.slots()[at].instance.store(instance, Relaxed);
            implausible(&mapping, &point, &(0..=S));
            for (index, slot) in mapping.slots().iter().enumerate() {
                prop_assert_eq!(slot.task.load(Relaxed), point.draws.task[index]);
                prop_assert_eq!(slot.instance.load(Relaxed), point.draws.instance[index]);
            }
        }
    }
}
