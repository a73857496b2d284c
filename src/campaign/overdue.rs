//! Who was due when a cell was cut short and had not been let in: a dispatcher that is kept from its thread releases nobody.
//!
//! They came all the same, and count as released: a cell that stalls early must not seem to have had few to serve.
// Relaxed: the cell is dead, nobody writes any more.

use std::sync::atomic::Ordering::Relaxed;

use crate::plan::PointPlan;
use crate::record::Mapping;

/// Notes as released, in the record of a cell whose span did not end, all of open arrivals that were due by `stopped_ns` since its
/// start. Nobody is if the span never began, and nobody of a background that was cut off.
pub(super) fn admit(mapping: &Mapping, point: &PointPlan, stopped_ns: u64) {
    let header = mapping.header();
    let (began, ended) = (header.start_tick.load(Relaxed) > 0, header.end_tick.load(Relaxed) > 0);
    if !began || ended || is_foreground_over(mapping, point) {
        return;
    }
    // They stand in order of release.
    let open = &point.draws.scheduled_ns[..point.draws.open as usize];
    let due = open.partition_point(|scheduled_ns| *scheduled_ns <= stopped_ns) as u64;
    // Of several dispatchers each counts in its worker's line, of its own slots alone; of one nobody reads these.
    header.released.value.fetch_max(due, Relaxed);
    for line in mapping.workers() {
        line.released.fetch_max(due, Relaxed);
    }
}

/// Whether all of the foreground have ended, so that nobody of the background comes any more.
fn is_foreground_over(mapping: &Mapping, point: &PointPlan) -> bool {
    // Work that outlives its instance counts as one less: it may be below 0.
    let ended = mapping.header().ended.value.load(Relaxed).cast_signed();
    u64::try_from(ended).is_ok_and(|ended| ended >= point.foreground_slots())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::plan::Campaign;
    use crate::record::Records;
    use crate::scenario::parse;

    const MS: u64 = 1_000_000;

    /// Six that come every 10 ms, two clients who send four at most, and one in the background every 10 ms.
    fn point() -> PointPlan {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n\
                    [[task]]\nname = \"a\"\ncount = 6\narrival = { every = \"10ms\" }\nsteps = []\n\
                    [[task]]\nname = \"b\"\ncount = 4\narrival = { clients = 2 }\nsteps = []\n\
                    [[task]]\nname = \"c\"\ncount = 9\narrival = { every = \"10ms\" }\nbackground = true\nsteps = []\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        Campaign::new(&scenario, 1).unwrap().points.remove(0)
    }

    /// The record of a cell whose span began, and who of `a`, `b` and `c` is in it if it was stopped then.
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
        admit(&mapping, &point, stopped_ns);
        let records = Records::mapped(Arc::new(mapping), point.draws.open as usize);
        [0, 1, 2].map(|task| records.iter().filter(|record| record.task == task).count())
    }

    #[test]
    fn whoever_was_due_had_come_though_nobody_let_them_in() {
        assert_eq!(released(0, |_| {}), [1, 0, 1]);
        assert_eq!(released(30 * MS - 1, |_| {}), [3, 0, 3]);
        assert_eq!(released(30 * MS, |_| {}), [4, 0, 4], "whom a client would have sent is not known");
        assert_eq!(released(900 * MS, |_| {}), [6, 0, 9]);
        assert_eq!(released(0, |mapping| mapping.header().released.value.store(4, Relaxed)), [2, 0, 2], "as told");
    }

    #[test]
    fn of_several_dispatchers_each_had_its_own_to_let_in() {
        let of_two = |mapping: &Mapping| {
            mapping.header().dispatchers.store(2, Relaxed);
            mapping.workers()[1].released.store(12, Relaxed);
        };
        let [a, b, c] = released(10 * MS, of_two);
        assert_eq!((a + c, b), (8, 0), "slots 0 to 3 of both, and of the second 5, 7, 9 and 11");
    }

    #[test]
    fn a_span_that_ended_or_never_began_has_nobody_due() {
        assert_eq!(released(900 * MS, |mapping| mapping.header().end_tick.store(9, Relaxed)), [0; 3]);
        assert_eq!(released(900 * MS, |mapping| mapping.header().start_tick.store(0, Relaxed)), [0; 3]);
    }

    #[test]
    fn behind_the_end_of_the_foreground_nobody_of_the_background_comes() {
        let ended =
            |number: i64| move |mapping: &Mapping| mapping.header().ended.value.store(number.cast_unsigned(), Relaxed);
        assert_eq!(released(900 * MS, ended(10)), [0; 3]);
        assert_eq!(released(900 * MS, ended(9)), [6, 0, 9]);
        assert_eq!(released(900 * MS, ended(-1)), [6, 0, 9], "work that outlives its instance is under way");
    }
}
