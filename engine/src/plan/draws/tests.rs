use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;
use crate::scenario::{Cancel, Step, Verb};

fn task(name: &str, count: u32, arrival: Arrival) -> Task {
    Task { name: name.to_owned(), count, background: false, arrival, steps: Vec::new(), cancel: None, origin: 0..0 }
}

fn sleeping(length: Length) -> Vec<Step> {
    vec![Step { verb: Verb::Sleep(length), name: None, origin: 0..0 }]
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn clients(clients: u32, think: Length) -> Arrival {
    Arrival::Closed { clients: NonZeroU32::new(clients).unwrap(), think, until: None }
}

/// The release and the cancellation of each instance of a task.
fn times(draws: &Draws, task: u16) -> Vec<(u64, u64)> {
    let slots = (0..draws.task.len()).filter(|slot| draws.task[*slot] == task);
    let mut times: Vec<(u32, u64, u64)> =
        slots.map(|slot| (draws.instance[slot], draws.scheduled_ns[slot], draws.cancel_ns[slot])).collect();
    times.sort_unstable();
    times.into_iter().map(|(_, scheduled, cancel)| (scheduled, cancel)).collect()
}

/// One task of every arrival, with random durations wherever they are possible.
fn mixed() -> Vec<Task> {
    let cancel = Some(Cancel { when: CancelTime::After(ms(3)), share: 0.3 });
    let exp = Length::Exp { mean: ms(2) };
    vec![
        Task { cancel, steps: sleeping(exp), ..task("a", 40, Arrival::Poisson { per_second: 500.0 }) },
        Task { cancel, steps: sleeping(exp), ..task("b", 30, Arrival::Burst) },
        Task { cancel, steps: sleeping(exp), ..task("c", 25, clients(4, exp)) },
        Task { cancel, steps: sleeping(exp), ..task("d", 20, Arrival::Every(ms(1))) },
        Task { cancel, steps: sleeping(exp), ..task("e", 30, Arrival::Burst) },
    ]
}

#[test]
fn the_same_seed_gives_the_same_draws_and_another_seed_gives_others() {
    let draws = Draws::new(&mixed(), 42);
    assert_eq!(draws, Draws::new(&mixed(), 42));
    let other = Draws::new(&mixed(), 43);
    for task in 0..5 {
        assert_ne!(times(&draws, task), times(&other, task), "task {task}");
        assert_ne!(draws.durations[usize::from(task)], other.durations[usize::from(task)], "task {task}");
    }
    assert_ne!(draws.thinks[2], other.thinks[2]);
}

#[test]
fn a_change_to_one_task_leaves_the_draws_of_the_others_unchanged() {
    let draws = Draws::new(&mixed(), 42);
    for changed in 0..5 {
        let mut tasks = mixed();
        tasks[changed] = Task {
            cancel: Some(Cancel { when: CancelTime::At(ms(9)), share: 0.9 }),
            steps: sleeping(Length::Uniform { low: ms(1), high: ms(5) }),
            ..task("x", 77, Arrival::Poisson { per_second: 90.0 })
        };
        let other = Draws::new(&tasks, 42);
        for kept in (0..5).filter(|kept| *kept != changed) {
            assert_eq!(times(&draws, kept as u16), times(&other, kept as u16), "{kept} after a change of {changed}");
            assert_eq!(draws.durations[kept], other.durations[kept], "{kept} after a change of {changed}");
            assert_eq!(draws.thinks[kept], other.thinks[kept], "{kept} after a change of {changed}");
        }
    }
}

#[test]
fn open_slots_are_first_in_order_of_release_and_blocks_of_closed_loops_follow() {
    let draws = Draws::new(&mixed(), 42);
    let open = draws.open as usize;
    assert_eq!((open, draws.task.len()), (120, 145));
    assert!(draws.scheduled_ns[..open].is_sorted());
    assert_eq!(draws.first_slot, [None, None, Some(120), None, None]);
    assert!(draws.scheduled_ns[open..].iter().all(|time| *time == NEVER));
    assert!(draws.task[open..].iter().all(|task| *task == 2));
    for task in 0..5 {
        let numbers: Vec<u32> =
            (0..draws.task.len()).filter(|slot| draws.task[*slot] == task).map(|slot| draws.instance[slot]).collect();
        assert_eq!(numbers, (0..numbers.len() as u32).collect::<Vec<_>>(), "numbered in order of release");
    }
}

#[test]
fn equal_times_are_in_a_mixed_order() {
    let draws = Draws::new(&[task("a", 500, Arrival::Burst), task("b", 500, Arrival::Burst)], 1);
    let changes = draws.task.windows(2).filter(|pair| pair[0] != pair[1]).count();
    // 500 are expected, with a deviation of 16.
    assert!((400..600).contains(&changes), "{changes} changes between the tasks");
}

#[test]
fn the_gaps_of_a_poisson_process_have_the_mean_of_its_rate() {
    let count = 40_000_u32;
    let draws = Draws::new(&[task("a", count, Arrival::Poisson { per_second: 1000.0 })], 7);
    let last = *draws.scheduled_ns.last().unwrap() as f64;
    // The mean of n exponential gaps of 1 ms deviates by 1 ms ÷ √n.
    let (mean, deviation) = (last / f64::from(count), 1e6 / f64::from(count).sqrt());
    assert!((mean - 1e6).abs() < 5.0 * deviation, "a mean gap of {mean} ns");
    let gaps: Vec<f64> = draws.scheduled_ns.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let longer = gaps.iter().filter(|gap| **gap > 1e6).count() as f64 / gaps.len() as f64;
    // Exponential: a share of 1/e is longer than the mean; the share's deviation is 0.0024.
    assert!((longer - (-1.0_f64).exp()).abs() < 0.012, "{longer} are longer than the mean");
}

#[test]
fn drawn_durations_follow_their_distribution() {
    let table = |length| {
        let tasks = [Task { steps: sleeping(length), ..task("a", 10_000, Arrival::Burst) }];
        Draws::new(&tasks, 3).durations[0].values.clone()
    };
    let mean = |values: &[u64]| values.iter().sum::<u64>() as f64 / values.len() as f64;
    let uniform = table(Length::Uniform { low: ms(1), high: ms(9) });
    assert!(uniform.iter().all(|ns| (1_000_000..=9_000_000).contains(ns)));
    assert!((mean(&uniform) - 5e6).abs() < 5.0 * 2.31e4, "{}", mean(&uniform));
    let normal = table(Length::Normal { mean: ms(5), deviation: ms(1) });
    assert!((mean(&normal) - 5e6).abs() < 5.0 * 1e4, "{}", mean(&normal));
    let exp = table(Length::Exp { mean: ms(5) });
    assert!((mean(&exp) - 5e6).abs() < 5.0 * 5e4, "{}", mean(&exp));
    let negative = table(Length::Normal { mean: ms(1), deviation: ms(100) });
    assert!(negative.iter().filter(|ns| **ns == 0).count() > 4_000, "a negative draw counts as 0");
    assert!(table(Length::Fixed(ms(5))).is_empty(), "a fixed duration is not drawn");
}

proptest! {
    #[test]
    fn exactly_the_rounded_share_is_cancelled(
        count in 1_u32..2_000,
        share in 0.0..=1.0_f64,
        seed: u64,
        arrival in 0..4,
        at: bool,
    ) {
        let arrival = match arrival {
            0 => Arrival::Burst,
            1 => Arrival::Every(ms(1)),
            2 => Arrival::Poisson { per_second: 1000.0 },
            _ => clients(3, Length::Fixed(ms(1))),
        };
        let when = if at { CancelTime::At(ms(20)) } else { CancelTime::After(ms(20)) };
        let draws = Draws::new(&[Task { cancel: Some(Cancel { when, share }), ..task("a", count, arrival) }], seed);
        let requested = times(&draws, 0).into_iter().filter(|(_, cancel)| *cancel != NEVER);
        let requested: Vec<(u64, u64)> = requested.collect();
        prop_assert_eq!(requested.len(), (share * f64::from(count)).round() as usize);
        for (scheduled, cancel) in requested {
            let expected = match (scheduled, at) {
                (NEVER, _) => 20_000_000,
                (scheduled, true) => scheduled.max(20_000_000),
                (scheduled, false) => scheduled + 20_000_000,
            };
            prop_assert_eq!(cancel, expected);
        }
    }

    #[test]
    fn releases_are_in_order_whatever_the_tasks(counts in proptest::collection::vec((1_u32..60, 0..3), 1..6), seed: u64) {
        let tasks: Vec<Task> = counts.iter().map(|(count, kind)| task("a", *count, match kind {
            0 => Arrival::Burst,
            1 => Arrival::Every(ms(2)),
            _ => Arrival::Poisson { per_second: 300.0 },
        })).collect();
        let draws = Draws::new(&tasks, seed);
        prop_assert!(draws.scheduled_ns.is_sorted());
        for (index, (count, _)) in counts.iter().enumerate() {
            prop_assert_eq!(times(&draws, index as u16).len(), *count as usize);
        }
    }
}
