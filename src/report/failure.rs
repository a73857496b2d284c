//! The message on a failed cell: how it ended, which instances never ended, and what the workers were doing.

use std::collections::BTreeSet;

use super::readable::point_text;
use crate::campaign::{CellOutcome, Exit, Seen};
use taskmix_engine::plan::CellKey;
use taskmix_engine::record::{Offloaded, State};
use taskmix_engine::scenario::WorkerRule;
use taskmix_engine::units::{format_count, format_duration};

/// The message lists at most so many workers: the longest busy.
const MOST_WORKERS: usize = 4;

/// A cell in words, such as `rayon, 2 workers, hold = 20ms, repeat 2`.
pub fn cell_text(key: &CellKey) -> String {
    format!("{}, repeat {}", setting_text(key), key.repeat)
}

/// A cell without its repeat, in words, such as `rayon, 2 workers, hold = 20ms`.
pub fn setting_text(key: &CellKey) -> String {
    let workers = match (key.engine.is_scalable(), key.workers) {
        (false, _) => None,
        (true, 1) => Some("1 worker".to_owned()),
        (true, workers) => Some(format!("{workers} workers")),
    };
    let point = Some(point_text(&key.params)).filter(|text| !text.is_empty());
    let probed = key.is_probed().then(|| "with a probe".to_owned());
    let parts = [Some(key.engine.to_string()), workers, point, probed];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// One line on a cell that failed, such as
/// ``smol-local, hold = 20ms, repeat 2: timeout: 3 of 8 stalled (1 pending, 2 running); worker 0 was inside `offender` #3,
/// step `1 block`, for 29.9 s``.
fn failure_line(outcome: &CellOutcome) -> String {
    let mut line = format!("{}: {}", cell_text(&outcome.key), outcome.exit);
    let mut separator = ": ";
    let waits = outcome.waits.iter().cloned().map(Some);
    let parts = [stalls(outcome)].into_iter().chain(waits).chain([workers(outcome), error_line(outcome)]);
    for part in parts.flatten() {
        line.push_str(separator);
        line.push_str(&part);
        separator = "; ";
    }
    line
}

/// Where an instance stalled: its task's index, its last step, and whether it had started.
type StallPlace = (u16, Option<u16>, bool);

/// The stalls of a run that were reported so far, so that the same stall is not described in full in each repeat.
#[derive(Debug, Default)]
pub struct Failures {
    /// Cells that ran into their timeout, each with the places where its instances stalled.
    stalls: Vec<(CellKey, BTreeSet<StallPlace>)>,
}

impl Failures {
    /// One line on a cell that failed, as [`failure_line`] has it. A cell that stalled as an earlier repeat did gets a short
    /// line, such as
    /// `smol-local, repeat 2: timeout: as in repeat 1, 3 of 8 stalled (1 pending, 2 running)`.
    pub fn line(&mut self, outcome: &CellOutcome) -> String {
        let Some(stalls) = stalls(outcome).filter(|_| outcome.exit == Exit::Timeout) else {
            return failure_line(outcome);
        };
        let places = stall_places(outcome);
        let setting = setting_text(&outcome.key);
        let same = self.stalls.iter().find(|(key, other)| *other == places && setting_text(key) == setting);
        if let Some((CellKey { repeat, .. }, _)) = same {
            return format!("{}: {}: as in repeat {repeat}, {stalls}", cell_text(&outcome.key), outcome.exit);
        }
        self.stalls.push((outcome.key.clone(), places));
        failure_line(outcome)
    }
}

/// Where instances stalled. Their number is left out: it may differ from repeat to repeat.
fn stall_places(outcome: &CellOutcome) -> BTreeSet<StallPlace> {
    let stalled = outcome.records.iter().filter(|record| record.state == State::Stalled);
    stalled.map(|record| (record.task, record.last_step, record.started_ns.is_some())).collect()
}

/// How many instances stalled: not started, in the queue of a pool, or elsewhere in their program.
fn stalls(outcome: &CellOutcome) -> Option<String> {
    let (mut pending, mut queued, mut running) = (0_u64, 0_u64, 0_u64);
    for record in outcome.records.iter().filter(|record| record.state == State::Stalled) {
        let count = match (record.started_ns, record.offloaded) {
            (None, _) => &mut pending,
            (Some(_), Some(Offloaded::Queued)) => &mut queued,
            (Some(_), _) => &mut running,
        };
        *count += 1;
    }
    let parts: Vec<String> = [(pending, "pending"), (queued, "queued"), (running, "running")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{} {state}", format_count(count)))
        .collect();
    let stalled = format_count(pending + queued + running);
    let released = format_count(outcome.records.len() as u64);
    (!parts.is_empty()).then(|| format!("{stalled} of {released} stalled ({})", parts.join(", ")))
}

/// What the workers were doing. A worker that waited for other instances is left out.
fn workers(outcome: &CellOutcome) -> Option<String> {
    let mut seen: Vec<&Seen> = outcome.seen.iter().filter(|seen| !seen.waits).collect();
    seen.sort_by_key(|seen| (std::cmp::Reverse(seen.for_ns), seen.worker));
    let more = seen.len().saturating_sub(MOST_WORKERS);
    let mut parts: Vec<String> = seen.into_iter().take(MOST_WORKERS).map(|seen| worker(outcome, seen)).collect();
    if more > 0 {
        let which = if has_threads_of_their_own(outcome) { "threads" } else { "workers" };
        parts.push(format!("{} more {which} were busy for a shorter time", format_count(more as u64)));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn worker(outcome: &CellOutcome, seen: &Seen) -> String {
    let (task, instance) = seen.instance;
    let task = usize::from(task);
    let name = outcome.tasks.get(task).map_or("?", String::as_str);
    let text = seen.step.and_then(|step| outcome.steps.get(task)?.get(usize::from(step)));
    let step = text.map(|text| format!(" step `{text}`,")).unwrap_or_default();
    let thread =
        if has_threads_of_their_own(outcome) { "a thread".to_owned() } else { format!("worker {}", seen.worker) };
    format!("{thread} was inside `{name}` #{instance},{step} for {}", format_duration(seen.for_ns as f64))
}

/// Whether each instance has a thread of its own, which has no number.
fn has_threads_of_their_own(outcome: &CellOutcome) -> bool {
    outcome.key.engine.worker_rule() == WorkerRule::Cores
}

/// The last line of standard error that says why the cell ended. Of a Rust panic that is its message, not the note after it.
fn error_line(outcome: &CellOutcome) -> Option<String> {
    let lines: Vec<&str> = outcome.stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let panic = lines.iter().rposition(|line| line.contains(" panicked at ")).and_then(|at| lines.get(at + 1));
    let line = panic.or_else(|| lines.iter().rfind(|line| !line.starts_with("note: ")))?;
    Some(format!("stderr: `{line}`"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::campaign::Exit;
    use crate::stats::OutcomeBuilder;
    use taskmix_engine::scenario::EngineName;

    fn seen(worker: u16, for_ns: u64) -> Seen {
        Seen { worker, instance: (1, 3), step: Some(0), for_ns, waits: false }
    }

    #[test]
    fn a_stalled_cell_has_its_stalled_instances_and_where_the_worker_was() {
        let builder = OutcomeBuilder::new().repeat(2).duration("hold", Duration::from_millis(20)).exit(Exit::Timeout);
        let records = builder.burst_done(0, 5, 7).stalled(1, 0, None).stalled(1, 0, Some(3)).stalled(1, 0, Some(4));
        let outcome = CellOutcome { seen: vec![seen(0, 29_940_000_000)], ..records.outcome() };
        assert_eq!(
            failure_line(&outcome),
            "smol-local, hold = 20ms, repeat 2: timeout: 3 of 8 stalled (1 pending, 2 running); \
             worker 0 was inside `beta` #3, step `1 block`, for 29.9 s"
        );
    }

    #[test]
    fn the_same_stall_is_described_in_full_once() {
        let stalled = |repeat, pending: usize, started| {
            let builder = OutcomeBuilder::new().repeat(repeat).exit(Exit::Timeout).done(0, 0, 0, 5);
            let builder = (0..pending).fold(builder, |builder, _| builder.stalled(1, 0, None));
            CellOutcome { seen: vec![seen(0, 2_000_000)], ..builder.stalled(1, 0, started).outcome() }
        };
        let mut failures = Failures::default();
        let [first, again] = [stalled(1, 2, Some(3)), stalled(2, 4, Some(3))];
        assert_eq!(failures.line(&first), failure_line(&first));
        assert_eq!(
            failures.line(&again),
            "smol-local, repeat 2: timeout: as in repeat 1, 5 of 6 stalled (4 pending, 1 running)"
        );
        let none_started = stalled(3, 2, None);
        assert_eq!(failures.line(&none_started), failure_line(&none_started), "it is another stall");
        let elsewhere = CellOutcome { key: CellKey { engine: EngineName::Rayon, ..again.key.clone() }, ..again };
        assert_eq!(failures.line(&elsewhere), failure_line(&elsewhere), "it is another cell");
        let died = CellOutcome { exit: Exit::Code(7), ..first };
        assert_eq!(failures.line(&died), failure_line(&died));
    }

    #[test]
    fn a_thread_of_one_instance_has_no_number() {
        let mut outcome = OutcomeBuilder::new().engine(EngineName::Threads).workers(2).exit(Exit::Timeout).outcome();
        outcome.seen = (0..6).map(|line| seen(line, 1_000_000)).collect();
        let line = failure_line(&outcome);
        assert!(
            line.starts_with(
                "threads, repeat 1: timeout: a thread was inside `beta` #3, step `1 block`, for 1.00 ms; "
            )
        );
        assert!(line.ends_with("; 2 more threads were busy for a shorter time"), "{line}");
    }

    #[test]
    fn a_cell_that_died_has_the_last_line_of_its_stderr() {
        let exit = Exit::Signal { name: "SIGABRT".to_owned() };
        let builder = OutcomeBuilder::new().engine(EngineName::Rayon).workers(2).exit(exit);
        let stderr = "thread main\nhas overflowed its stack\n\n".to_owned();
        let outcome = CellOutcome { stderr, ..builder.done(0, 0, 0, 5).outcome() };
        assert_eq!(
            failure_line(&outcome),
            "rayon, 2 workers, repeat 1: signal SIGABRT: stderr: `has overflowed its stack`"
        );
        assert_eq!(
            failure_line(&CellOutcome { stderr: String::new(), ..outcome }),
            "rayon, 2 workers, repeat 1: signal SIGABRT"
        );
    }

    #[test]
    fn a_panic_has_its_message_and_not_the_note_after_it() {
        let stderr = "warm up\nthread 'main' (7) panicked at src/x.rs:1:2:\na fault\nstack backtrace:\n   0: x\n\
                      note: Some details are omitted, run with `RUST_BACKTRACE=full`\n";
        let outcome = OutcomeBuilder::new().exit(Exit::Code(101)).outcome();
        let outcome = CellOutcome { stderr: stderr.to_owned(), ..outcome };
        assert_eq!(failure_line(&outcome), "smol-local, repeat 1: exit code 101: stderr: `a fault`");
    }

    #[test]
    fn of_many_workers_the_longest_busy_are_listed() {
        let mut outcome = OutcomeBuilder::new().exit(Exit::Timeout).outcome();
        outcome.seen =
            (0..6).map(|worker| Seen { step: None, ..seen(worker, u64::from(worker) * 1_000_000) }).collect();
        assert_eq!(
            failure_line(&outcome),
            "smol-local, repeat 1: timeout: worker 5 was inside `beta` #3, for 5.00 ms; \
             worker 4 was inside `beta` #3, for 4.00 ms; worker 3 was inside `beta` #3, for 3.00 ms; \
             worker 2 was inside `beta` #3, for 2.00 ms; 2 more workers were busy for a shorter time"
        );
    }
}
