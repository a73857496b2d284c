//! Instances that were due but not dispatched when a cell was cut off. A dispatcher whose thread is blocked releases no instance.
//!
//! These instances count as released: otherwise a cell that stalls early would seem to have had little to serve.
// Relaxed: the cell is dead, so no process writes any more.

use std::sync::atomic::Ordering::Relaxed;

use taskmix_engine::plan::PointPlan;
use taskmix_engine::record::Mapping;

/// Marks the due instances as released, in the record of a cell whose span did not end. Due are all open arrivals up to
/// `stopped_ns` after the start of the span. None is due if the span never began, or if the foreground was over.
pub(super) fn count_as_released(mapping: &Mapping, point: &PointPlan, stopped_ns: u64) {
    let header = mapping.header();
    let (began, ended) = (header.start_tick.load(Relaxed) > 0, header.end_tick.load(Relaxed) > 0);
    if !began || ended || is_foreground_over(mapping, point) {
        return;
    }
    // Open arrivals are in order of release.
    let open = &point.draws.scheduled_ns[..point.draws.open as usize];
    let due = open.partition_point(|scheduled_ns| *scheduled_ns <= stopped_ns) as u64;
    // Each of several dispatchers counts its own slots in its worker's line. With one dispatcher these lines are not read.
    header.released.value.fetch_max(due, Relaxed);
    for line in mapping.workers() {
        line.released.fetch_max(due, Relaxed);
    }
}

/// Whether all foreground instances have ended, so that no background instance is released any more.
fn is_foreground_over(mapping: &Mapping, point: &PointPlan) -> bool {
    // Work that outlives its instance counts as one less: it may be below 0.
    let ended = mapping.header().ended.value.load(Relaxed).cast_signed();
    u64::try_from(ended).is_ok_and(|ended| ended >= point.foreground_slots())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use taskmix_engine::plan::Campaign;
    use taskmix_engine::record::Records;
    use taskmix_engine::scenario::parse;

    const MS: u64 = 1_000_000;

    /// Six arrivals every 10 ms, two clients that send four requests at most, and background arrivals every 10 ms.
    fn point() -> PointPlan {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n\
                    [[task]]\nname = \"a\"\ncount = 6\narrival = { every = \"10ms\" }\nsteps = []\n\
                    [[task]]\nname = \"b\"\ncount = 4\narrival = { clients = 2 }\nsteps = []\n\
                    [[task]]\nname = \"c\"\ncount = 9\narrival = { every = \"10ms\" }\nbackground = true\nsteps = []\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        Campaign::new(&scenario, 1).unwrap().points.remove(0)
    }

    /// How many instances of `a`, `b` and `c` are in the record of a cell that was stopped then. `edit` changes the record first.
    fn released(stopped_ns: u64, edit: impl Fn(&Mapping)) -> [usize; 3] {
        let point = point();
        let (_, mapping) = Mapping::create(point.shape(2, 1_000 * MS, None)).unwrap();
        for (index, slot) in mapping.slots().iter().enumerate() {
            slot.scheduled_ns.store(point.draws.scheduled_ns[index], Relaxed);
            slot.task.store(point.draws.task[index], Relaxed);
        }
        mapping.header().ticks_per_second.store(1_000_000_000, Relaxed);
        mapping.header().start_tick.store(7, Relaxed);
        edit(&mapping);
        count_as_released(&mapping, &point, stopped_ns);
        let records = Records::mapped(Arc::new(mapping), point.draws.open as usize);
        [0, 1, 2].map(|task| records.iter().filter(|record| record.task == task).count())
    }

    #[test]
    fn a_due_instance_counts_as_released_without_dispatch() {
        assert_eq!(released(0, |_| {}), [1, 0, 1]);
        assert_eq!(released(30 * MS - 1, |_| {}), [3, 0, 3]);
        assert_eq!(released(30 * MS, |_| {}), [4, 0, 4], "a client's later requests are not known");
        assert_eq!(released(900 * MS, |_| {}), [6, 0, 9]);
        assert_eq!(released(0, |mapping| mapping.header().released.value.store(4, Relaxed)), [2, 0, 2], "as recorded");
    }

    #[test]
    fn each_of_several_dispatchers_has_its_own_slots() {
        let two_dispatchers = |mapping: &Mapping| {
            mapping.header().dispatchers.store(2, Relaxed);
            mapping.workers()[1].released.store(12, Relaxed);
        };
        let [a, b, c] = released(10 * MS, two_dispatchers);
        assert_eq!((a + c, b), (8, 0), "slots 0 to 3 of both, and the second's 5, 7, 9 and 11");
    }

    #[test]
    fn a_span_that_ended_or_never_began_has_no_due_instance() {
        assert_eq!(released(900 * MS, |mapping| mapping.header().end_tick.store(9, Relaxed)), [0; 3]);
        assert_eq!(released(900 * MS, |mapping| mapping.header().start_tick.store(0, Relaxed)), [0; 3]);
    }

    #[test]
    fn after_the_end_of_the_foreground_no_background_instance_is_due() {
        let ended =
            |number: i64| move |mapping: &Mapping| mapping.header().ended.value.store(number.cast_unsigned(), Relaxed);
        assert_eq!(released(900 * MS, ended(10)), [0; 3]);
        assert_eq!(released(900 * MS, ended(9)), [6, 0, 9]);
        assert_eq!(released(900 * MS, ended(-1)), [6, 0, 9], "orphaned work is still running");
    }
}
