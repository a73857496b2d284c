//! How many instances were in which state, over time: the rows of `states.csv`.
//!
//! Counted with difference arrays: the cost is one step per transition, whatever the number of buckets.

use crate::campaign::CellOutcome;
use taskmix_engine::record::{RunSliceKind, State};

/// The most buckets that cover the span. At least 40 % of them do, unless the span has fewer nanoseconds.
const MOST_BUCKETS: u64 = 100;

/// How many instances are in each state at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateRow {
    /// The end of the bucket, in nanoseconds since the start of the span.
    pub t_ns: u64,
    /// A count for each state, in the order of [`State::ALL`]; their sum is the number released by then.
    pub counts: [u64; 6],
    /// How many of the running ones were in the queue of a pool; known of a traced cell.
    pub queued: Option<u64>,
}

/// The states of a cell's instances at the end of each of about 100 equal buckets of a width of 1, 2 or 5 × 10ⁿ ns.
///
/// The buckets cover the span, or reach the last event if the span did not end. A transition at the very end of a bucket belongs
/// to it. A transition after the span counts in the last bucket. A stalled instance is pending or running until the last row, and
/// stalled there. Empty if no instance was released in a span that did not end.
pub fn states(outcome: &CellOutcome) -> Vec<StateRow> {
    let last_event =
        || outcome.records.iter().map(|r| r.scheduled_ns.max(r.started_ns.max(r.finished_ns).unwrap_or(0))).max();
    let Some(end_ns) = outcome.span_ns.or_else(last_event) else { return Vec::new() };
    let width = bucket_width(end_ns);
    let buckets = end_ns.div_ceil(width).max(1) as usize;
    let bucket_of = |ns: u64| (ns.div_ceil(width).saturating_sub(1) as usize).min(buckets - 1);

    let mut changes = vec![[0_i64; 6]; buckets];
    let mut step = |bucket: usize, from: Option<State>, to: State| {
        if let Some(from) = from {
            changes[bucket][from as usize] -= 1;
        }
        changes[bucket][to as usize] += 1;
    };
    for record in &outcome.records {
        let released = bucket_of(record.scheduled_ns);
        let started = record.started_ns.map(|ns| bucket_of(ns).max(released));
        step(released, None, State::Pending);
        if let Some(started) = started {
            step(started, Some(State::Pending), State::Running);
        }
        let before = if started.is_some() { State::Running } else { State::Pending };
        let (ended, end) = match record.state {
            State::Done | State::Cancelled | State::Failed => {
                (record.finished_ns.map_or(buckets - 1, bucket_of), record.state)
            }
            State::Pending | State::Running | State::Stalled => (buckets - 1, State::Stalled),
        };
        step(ended.max(started.unwrap_or(released)), Some(before), end);
    }

    let mut counts = [0_i64; 6];
    (1_u64..)
        .map(|number| number.saturating_mul(width))
        .zip(changes)
        .map(|(t_ns, change)| {
            for (count, change) in counts.iter_mut().zip(change) {
                *count += change;
            }
            StateRow { t_ns, counts: counts.map(|count| count as u64), queued: queued_at(outcome, t_ns) }
        })
        .collect()
}

/// How many instances were in the queue of a pool then, if the cell was traced. There are few rows.
fn queued_at(outcome: &CellOutcome, t_ns: u64) -> Option<u64> {
    let queues = outcome.trace.as_ref()?.kept.iter().filter(|run_slice| run_slice.kind == RunSliceKind::Queue);
    Some(queues.filter(|queue| queue.start_ns <= t_ns && t_ns < queue.end_ns).count() as u64)
}

/// The least width of 1, 2 or 5 × 10ⁿ ns that needs at most [`MOST_BUCKETS`].
fn bucket_width(end_ns: u64) -> u64 {
    let decades = std::iter::successors(Some(1_u64), |decade| decade.checked_mul(10));
    let widths = decades.flat_map(|decade| [1, 2, 5].map(|factor| decade.saturating_mul(factor)));
    widths.into_iter().find(|&width| end_ns.div_ceil(width) <= MOST_BUCKETS).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::OutcomeBuilder;
    use super::*;
    use taskmix_engine::record::{InstanceRecord, Records, RunSliceRecord, RunSlices};

    #[test]
    fn widths_are_one_two_or_five_times_a_power_of_ten() {
        for (end, width) in [(0, 1), (100, 1), (101, 2), (200, 2), (201, 5), (1_000, 10), (1_000_000_001, 20_000_000)] {
            assert_eq!(bucket_width(end), width, "end = {end}");
        }
    }

    #[test]
    fn each_instance_is_in_one_state_at_a_time() {
        let outcome =
            OutcomeBuilder::new().done(0, 0, 20, 40).cancelled(0, 10, None, 25, 30).failed(1, 0, 50).span(50).outcome();
        let rows = states(&outcome);
        assert_eq!(rows.len(), 50);
        let at = |t: u64| rows.iter().find(|row| row.t_ns == t).unwrap().counts;
        assert_eq!(at(1), [1, 1, 0, 0, 0, 0], "the failed instance started at 0");
        assert_eq!(at(10), [2, 1, 0, 0, 0, 0]);
        assert_eq!(at(20), [1, 2, 0, 0, 0, 0]);
        assert_eq!(at(30), [0, 2, 0, 1, 0, 0]);
        assert_eq!(at(40), [0, 1, 1, 1, 0, 0]);
        assert_eq!(at(50), [0, 0, 1, 1, 1, 0]);
    }

    #[test]
    fn a_stalled_instance_is_stalled_in_the_last_row_only() {
        let outcome = OutcomeBuilder::new().done(0, 0, 10, 1000).stalled(0, 0, None).stalled(0, 0, Some(500)).outcome();
        let rows = states(&outcome);
        let (last, before) = rows.split_last().unwrap();
        assert_eq!((last.t_ns, last.counts), (1000, [0, 0, 1, 0, 0, 2]));
        assert_eq!(before.last().unwrap().counts, [1, 2, 0, 0, 0, 0]);
    }

    #[test]
    fn of_a_traced_cell_it_is_known_how_many_are_in_a_queue() {
        let mut outcome = OutcomeBuilder::new().done(0, 0, 0, 40).done(0, 0, 0, 40).span(40).outcome();
        assert!(states(&outcome).iter().all(|row| row.queued.is_none()));
        let queue = |instance, start_ns, end_ns| {
            let (task, worker, kind) = (0, None, RunSliceKind::Queue);
            RunSliceRecord { task, instance, worker, start_ns, end_ns, kind }
        };
        outcome.trace = Some(RunSlices { kept: vec![queue(0, 10, 20), queue(1, 15, 30)], dropped: 0 });
        let at = |t: u64| states(&outcome).iter().find(|row| row.t_ns == t).unwrap().queued;
        assert_eq!([9, 10, 15, 20, 30].map(at), [0, 1, 2, 1, 0].map(Some));
    }

    #[test]
    fn disagreeing_clocks_cause_no_negative_count() {
        let outcome = OutcomeBuilder::new().done(0, 40, 20, 30).failed(0, 10, 5).span(50).outcome();
        let rows = states(&outcome);
        let released_at = [(39, 1), (40, 2), (50, 2)];
        for (t, released) in released_at {
            let row = rows.iter().find(|row| row.t_ns == t).unwrap();
            assert_eq!(row.counts.iter().map(|&count| u128::from(count)).sum::<u128>(), released, "at {t}");
        }
    }

    #[test]
    fn a_cell_that_released_nothing_has_rows_only_if_its_span_ended() {
        assert_eq!(states(&OutcomeBuilder::new().outcome()), []);
        assert_eq!(
            states(&OutcomeBuilder::new().span(0).outcome()),
            [StateRow { t_ns: 1, counts: [0; 6], queued: None }]
        );
    }

    #[test]
    fn an_absurdly_long_span_has_rows_too() {
        let rows = states(&OutcomeBuilder::new().done(0, 0, 1, u64::MAX).outcome());
        assert_eq!(rows.last().map(|row| row.counts), Some([0, 0, 1, 0, 0, 0]));
    }

    fn record() -> impl Strategy<Value = InstanceRecord> {
        let times = (0_u64..5000, prop::option::of(0_u64..5000), 0_u64..5000);
        (times, prop::sample::select(State::ALL.to_vec())).prop_map(|((scheduled, wait, service), state)| {
            let started = wait.map(|wait| scheduled + wait);
            let ended = matches!(state, State::Done | State::Cancelled | State::Failed);
            InstanceRecord {
                state,
                scheduled_ns: scheduled,
                started_ns: started,
                finished_ns: ended.then(|| started.unwrap_or(scheduled) + service),
                ..InstanceRecord::blank()
            }
        })
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_records_at_every_instant(
            records in prop::collection::vec(record(), 0..60),
            span in prop::option::of(15_000_u64..20_000),
        ) {
            let outcome = CellOutcome { records: Records::from(records.clone()), span_ns: span, ..OutcomeBuilder::new().outcome() };
            let rows = states(&outcome);
            for (number, row) in rows.iter().enumerate() {
                let last = number + 1 == rows.len();
                let mut counts = [0; 6];
                for record in records.iter().filter(|record| record.scheduled_ns <= row.t_ns) {
                    let by_now = |ns: Option<u64>| ns.is_some_and(|ns| ns <= row.t_ns);
                    let state = if by_now(record.finished_ns) {
                        record.state
                    } else if last {
                        State::Stalled
                    } else if by_now(record.started_ns) {
                        State::Running
                    } else {
                        State::Pending
                    };
                    counts[state as usize] += 1;
                }
                prop_assert_eq!(row.counts, counts, "at {}", row.t_ns);
            }
            if let Some(last) = rows.last() {
                prop_assert_eq!(last.counts.iter().sum::<u64>(), records.len() as u64);
                prop_assert!(rows.len() as u64 <= MOST_BUCKETS);
                prop_assert_eq!(last.counts[0] + last.counts[1], 0);
            } else {
                prop_assert!(records.is_empty());
            }
        }
    }
}
