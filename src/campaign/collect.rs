//! From a cell's record file to its outcome: every instance, every probe, and whether the counts add up to the plan.

use std::fs::File;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::ended_process::tail;
use super::event::{CellOutcome, Exit, Seen, Surroundings};
use super::miscount::miscount;
use super::reject_impossible::implausible;
use super::rounds;
use super::undispatched;
use super::waits;
use super::watch::WatchResult;
use taskmix_engine::plan::{CellKey, CellPlan, PointPlan, SETUP_NS, TaskPlan};
use taskmix_engine::record::clock::Timeline;
use taskmix_engine::record::{Mapping, Marks, Probe, Records, RunSlices, StepHistogram, StepPart};

/// The outcome of a cell that has ended. `lived` is its lifetime by `CLOCK_MONOTONIC`, nanoseconds.
pub(super) fn collect(
    key: CellKey,
    plan: &CellPlan,
    point: &PointPlan,
    mapping: &Arc<Mapping>,
    stderr: &File,
    result: WatchResult,
    lived: &RangeInclusive<u64>,
) -> CellOutcome {
    let implausible = implausible(mapping, point, lived);
    let stopped_ns = lived.end().saturating_sub(mapping.header().start_monotonic_ns.load(Relaxed));
    undispatched::count_as_released(mapping, point, stopped_ns);
    let records = Records::mapped(Arc::clone(mapping), point.draws.open as usize);
    let span_ns = span(mapping);
    let joined = result.end.as_ref().map_or(0, |end| end.joined);
    let usage = result.end.as_ref().map(|end| end.usage);
    let (named_steps, channels, peers) =
        result.end.map(|end| (end.named_steps, end.channels, end.peers)).unwrap_or_default();
    let knows_its_steps = named_steps.iter().all(|step| is_of_the_plan(step, plan));
    let exit = match (result.exit, implausible) {
        (Exit::Ok, Some(what)) => Exit::Protocol(what),
        (Exit::Ok, None) if span_ns.is_none() => Exit::Protocol("the record has no start or no end of its span".into()),
        (Exit::Ok, None) if !knows_its_steps => {
            Exit::Protocol("`end` has figures of unknown steps or impossible counts".into())
        }
        (Exit::Ok, None) => match rounds::lost(&peers) {
            Some(lost) => Exit::LostPeer(lost),
            None => miscount(point, &records, joined, &channels, &peers).map_or(Exit::Ok, Exit::Miscounted),
        },
        (exit, _) => exit,
    };
    let failed = !exit.is_ok();
    let timed_out = exit == Exit::Timeout;
    let seen = if failed { seen(mapping, plan, stopped_ns) } else { Vec::new() };
    CellOutcome {
        key,
        // From the cell's plan, not the point's: an injected fault is a step of this cell alone.
        tasks: plan.tasks.iter().map(|task| task.name.clone()).collect(),
        is_open: plan.tasks.iter().map(|task| task.closed.is_none() && task.spawned.is_none()).collect(),
        steps: plan.tasks.iter().map(|task| task.program.steps.clone()).collect(),
        names: plan.tasks.iter().map(|task| task.program.named_steps()).collect(),
        exit,
        probes: plan.probe_ns.map_or_else(Vec::new, |period| probes(mapping, period, span_ns, stopped_ns)),
        trace: RunSlices::read(mapping, stopped_ns),
        waits: if timed_out { waits::sentences(plan, &records, &seen) } else { Vec::new() },
        records,
        span_ns,
        usage,
        named_steps: if knows_its_steps { named_steps } else { Vec::new() },
        seen,
        stderr: if failed { tail(stderr) } else { String::new() },
        surroundings: Surroundings::default(),
    }
}

/// Whether the plan has the histogram's step, and its counts fit into 32 bits.
fn is_of_the_plan(histogram: &StepHistogram, plan: &CellPlan) -> bool {
    let is_named = |task: &TaskPlan| task.program.names.contains(&histogram.step);
    let total = |part: &StepPart| {
        part.buckets.iter().try_fold(0_u32, |sum, (_, count)| sum.checked_add(u32::try_from(*count).ok()?))
    };
    plan.tasks.get(usize::from(histogram.task)).is_some_and(is_named)
        && [&histogram.wait, &histogram.hold, &histogram.total].into_iter().all(|part| total(part).is_some())
}

fn timeline(mapping: &Mapping) -> Option<Timeline> {
    let header = mapping.header();
    let (start, rate) = (header.start_tick.load(Relaxed), header.ticks_per_second.load(Relaxed));
    (start > 0 && rate > 0).then(|| Timeline::new(start, rate))
}

fn span(mapping: &Mapping) -> Option<u64> {
    let end = mapping.header().end_tick.load(Relaxed);
    (end > 0).then(|| timeline(mapping))?.map(|timeline| timeline.since_start_ns(end))
}

/// The probes written within the span.
///
/// An engine that reaches its end answers all of them. If the cell was cut off, the unanswered probes are added at the times that
/// follow from the period: the helper wrote them, or would have.
fn probes(mapping: &Mapping, period: NonZeroU64, span_ns: Option<u64>, stopped_ns: u64) -> Vec<Probe> {
    let header = mapping.header();
    let start = header.start_monotonic_ns.load(Relaxed);
    if start == 0 {
        return Vec::new();
    }
    let (handled, lines) = (Marks::probed(mapping), mapping.probes());
    let answered = |index: usize| lines.get(index).filter(|_| handled.has(index));
    let answered_end = handled.greatest().min(lines.len());
    let first_answered = (0..answered_end).find_map(|index| Some((index, answered(index)?)));
    // Without any answer the first probe is taken to be due at the start of the span.
    let first = first_answered.map_or(start, |(index, line)| {
        line.written_monotonic_ns.load(Relaxed).saturating_sub(index as u64 * period.get())
    });
    let end = start + span_ns.unwrap_or(stopped_ns);
    // The first probe is written while the engine is being built, or soon after. Any other time is wrong.
    let first = first.clamp(start.saturating_sub(SETUP_NS), end);
    let due = |index: usize| first + index as u64 * period.get();
    let is_cut = span_ns.is_none();
    let probe = |index: usize| match answered(index) {
        Some(line) => {
            let written = line.written_monotonic_ns.load(Relaxed);
            Some((written, Some(line.handled_monotonic_ns.load(Relaxed)), written.saturating_sub(due(index))))
        }
        None => is_cut.then(|| (due(index), None, 0)),
    };
    let due_until_end = end.checked_sub(first).filter(|_| is_cut).map_or(0, |time| time / period + 1);
    (0..answered_end.max(due_until_end as usize))
        .filter_map(probe)
        .filter(|(written, ..)| (start..=end).contains(written))
        .map(|(written, handled, late_ns)| Probe {
            written_ns: written - start,
            handled_ns: handled.map(|handled| handled.saturating_sub(start)),
            late_ns,
        })
        .collect()
}

/// The instance on each worker's thread when the cell was stopped.
fn seen(mapping: &Mapping, plan: &CellPlan, stopped_ns: u64) -> Vec<Seen> {
    let Some(timeline) = timeline(mapping) else { return Vec::new() };
    let workers = mapping.workers().iter().zip(0..);
    workers
        .filter_map(|(line, worker)| {
            let slot = mapping.slots().get(line.slot.load(Relaxed).checked_sub(1)? as usize)?;
            let seen = Seen {
                worker,
                instance: (slot.task.load(Relaxed), slot.instance.load(Relaxed)),
                step: Some(line.step.load(Relaxed) as u16),
                for_ns: stopped_ns.saturating_sub(timeline.since_start_ns(line.since_tick.load(Relaxed))),
                waits: false,
            };
            Some(Seen { waits: waits::keeps_its_thread(plan, &seen), ..seen })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use taskmix_engine::record::layout::Shape;

    const MS: u64 = 1_000_000;

    const PERIOD: NonZeroU64 = NonZeroU64::new(MS).unwrap();

    /// The probes of a cell that started at 50 ms, handled these probes (written, handled) and was stopped at 55 ms.
    fn probed(handled: &[(u64, u64)]) -> Vec<Probe> {
        let (_, mapping) = Mapping::create(Shape { workers: 0, probes: 20, slots: 0, run_slices: 0 }).unwrap();
        let header = mapping.header();
        header.ticks_per_second.store(1_000_000_000, Relaxed);
        header.start_tick.store(7 * MS, Relaxed);
        header.start_monotonic_ns.store(50 * MS, Relaxed);
        for (line, (written, handled)) in mapping.probes().iter().zip(handled) {
            line.written_monotonic_ns.store(*written, Relaxed);
            line.handled_monotonic_ns.store(*handled, Relaxed);
        }
        header.probed.value.store(handled.len() as u64, Relaxed);
        probes(&mapping, PERIOD, None, 5 * MS)
    }

    #[test]
    fn probes_outside_the_span_do_not_count_and_unanswered_ones_do() {
        let found = probed(&[(49 * MS, 49 * MS + 5), (50 * MS + 3, 50 * MS + 9)]);
        let expected: Vec<Probe> = [(3, Some(9), 3), (MS, None, 0), (2 * MS, None, 0), (3 * MS, None, 0)]
            .into_iter()
            .chain([(4 * MS, None, 0), (5 * MS, None, 0)])
            .map(|(written_ns, handled_ns, late_ns)| Probe { written_ns, handled_ns, late_ns })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_answers_of_one_dispatcher_leave_the_probes_of_another_unanswered() {
        let (_, mapping) = Mapping::create(Shape { workers: 2, probes: 20, slots: 0, run_slices: 0 }).unwrap();
        let header = mapping.header();
        header.ticks_per_second.store(1_000_000_000, Relaxed);
        header.start_tick.store(7 * MS, Relaxed);
        header.start_monotonic_ns.store(50 * MS, Relaxed);
        header.dispatchers.store(2, Relaxed);
        // The second dispatcher has answered both of its probes, the first is blocked from the beginning.
        for index in [1, 3] {
            mapping.probes()[index].written_monotonic_ns.store((50 + index as u64) * MS, Relaxed);
            mapping.probes()[index].handled_monotonic_ns.store((50 + index as u64) * MS + 9, Relaxed);
        }
        mapping.workers()[1].probed.store(4, Relaxed);
        let handled = |found: &[Probe]| -> Vec<(u64, Option<u64>)> {
            found.iter().map(|probe| (probe.written_ns / MS, probe.handled_ns)).collect()
        };
        let died = probes(&mapping, PERIOD, None, 4 * MS);
        let expected = [(0, None), (1, Some(MS + 9)), (2, None), (3, Some(3 * MS + 9)), (4, None)];
        assert_eq!(handled(&died), expected);
        assert!(died.iter().all(|probe| probe.late_ns == 0), "{died:?}");
        let ended = probes(&mapping, PERIOD, Some(5 * MS), 5 * MS);
        assert_eq!(handled(&ended), [expected[1], expected[3]], "no probe is added");
    }

    #[test]
    fn a_cell_that_answered_no_probe_has_all_of_them_unanswered() {
        let found = probed(&[]);
        assert_eq!(found.len(), 6, "one a millisecond, at both ends");
        assert!(found.iter().all(|probe| probe.handled_ns.is_none()));
    }
}
