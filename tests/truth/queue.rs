//! One server, first come, first served: what queueing theory predicts for each instance.
//!
//! Source of the recursion: D. V. Lindley, The theory of queues with a single server, 1952.

use crate::instance::Instance;
use crate::support::sharing_workers;
use crate::{IN_ORDER, MS, median, of, run};

/// Each instance starts only when the one before it has ended, in order of release unless the engine has an order of its own.
fn assert_one_by_one(engine: &str, instances: &[Instance]) {
    let mut served = instances.to_vec();
    served.sort_by_key(Instance::started);
    for pair in served.windows(2) {
        let [before, after] = pair else { unreachable!("windows of two") };
        assert!(before.scheduled <= after.scheduled || !IN_ORDER.contains(&engine), "{engine}: {pair:?}");
        let earliest = after.scheduled.max(before.finished());
        assert!(after.started() >= earliest, "{engine}: {pair:?}");
    }
}

// Broken by latency from the start instead of the release, by early starts, by a second thread, by last in, first out.
#[test]
fn in_overload_each_instance_waits_for_all_before_it() {
    const COUNT: u64 = 40;
    let (period, service) = (3 * MS, 8 * MS);
    let tasks = r#"
        [[task]]
        name = "one"
        count = 40
        arrival = { every = "3ms" }
        steps = [{ block = "8ms" }]
    "#;
    let run = run(&sharing_workers(), "workers = 1", tasks);
    for engine in sharing_workers() {
        let ones = of(&run, engine, "one");
        assert_one_by_one(engine, &ones);
        for (i, one) in (0..).zip(&ones).filter(|_| IN_ORDER.contains(&engine)) {
            assert!(one.wait() >= i * (service - period), "{engine}: {one:?}");
            assert!(one.latency() >= service + i * (service - period), "{engine}: {one:?}");
        }
        // In any order: the instance that is served last ends after all others, and was released no later than the last one.
        let (last, most) = (COUNT - 1, run.sample(engine, "one").whole("latency_max_ns"));
        assert!(most >= service + last * (service - period), "{engine}: {most}");
        // Each wait is longer than the one before it by the same amount, so their mean is half of the last. The order does not
        // change it.
        let mean = run.sample(engine, "one").number("wait_mean_ns");
        assert!(mean >= (last * (service - period)) as f64 / 2.0, "{engine}: {mean}");
    }
}

// Broken by an engine or a dispatcher that adds a wait of its own, such as a polling interval.
#[test]
fn below_capacity_most_instances_hardly_wait() {
    let tasks = r#"
        [[task]]
        name = "one"
        count = 16
        arrival = { every = "16ms" }
        steps = [{ block = "4ms" }]
    "#;
    let run = run(&sharing_workers(), "workers = 1", tasks);
    for engine in sharing_workers() {
        let ones = of(&run, engine, "one");
        assert_one_by_one(engine, &ones);
        assert!(median(ones.iter().map(Instance::wait).collect()) < 8 * MS, "{engine}: {ones:?}");
    }
}

// Broken by a start or an end that is recorded earlier or later than it happened.
#[test]
fn lindleys_recursion_gives_the_waits_from_the_services() {
    let tasks = r#"
        [[task]]
        name = "one"
        count = 80
        arrival = { poisson = 180 }
        steps = [{ block = { exp = "5ms" } }]
    "#;
    let run = run(&["smol-local"], "seed = 11", tasks);
    let ones = of(&run, "smol-local", "one");
    assert_eq!(ones.len(), 80);
    assert_one_by_one("smol-local", &ones);
    let mut excess = Vec::new();
    let mut predicted: u64 = 0;
    for pair in ones.windows(2) {
        let between = pair[1].scheduled - pair[0].scheduled;
        let one_step = (pair[0].wait() + pair[0].service()).saturating_sub(between);
        excess.push(pair[1].wait() - one_step);
        // The wait of an ideal server, from the measured services alone.
        predicted = (predicted + pair[0].service()).saturating_sub(between);
        assert!(pair[1].wait() >= predicted, "{pair:?}: {predicted}");
    }
    assert!(excess.iter().zip(&ones).any(|(_, one)| one.wait() > 10 * MS), "some instances wait for others");
    assert!(median(excess.clone()) < 3 * MS, "at the median the loop starts the next instance at once: {excess:?}");
}
