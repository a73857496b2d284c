//! An instance that never has to wait lets others run as its runtime does: on tokio after 128 operations, elsewhere never.

use std::sync::LazyLock;

use super::{of_task, scenario};
use crate::support::{Finished, Lab};

const ENGINES: [&str; 3] = ["tokio-local", "tokio", "smol-local"];

/// 12,800 operations each: 100 times tokio's budget of a poll.
const MIX: &str = r#"
timeout = "30s"

[channel.roomy]
capacity = 12800
[channel.endless]
capacity = "unbounded"
[channel.shared]
capacity = "unbounded"
[mutex.free]
kind = "async"
[mutex.of-threads]
kind = "blocking"
[semaphore.plenty]
permits = 9

[[task]]
name = "sender"
steps = [{ loop = 12800, steps = [{ send = "roomy" }] }]

[[task]]
name = "endless-sender"
steps = [{ loop = 12800, steps = [{ send = "endless" }] }]

[[task]]
name = "locker"
steps = [{ loop = 12800, steps = [{ lock = "free", steps = [{ cpu = "1ns" }] }] }]

[[task]]
name = "blocking-locker"
steps = [{ loop = 12800, steps = [{ lock = "of-threads", steps = [{ cpu = "1ns" }] }] }]

[[task]]
name = "guest"
steps = [{ loop = 12800, steps = [{ permit = "plenty", steps = [{ cpu = "1ns" }] }] }]

[[task]]
name = "receiver"
steps = [{ loop = 12800, steps = [{ recv = "roomy" }] }]

[[task]]
name = "drainer"
steps = [{ drain = "endless", steps = [{ cpu = "1ns" }] }]

[[task]]
name = "filler"
steps = [{ loop = 12800, steps = [{ send = "shared" }] }]

[[task]]
name = "sharer"
count = 2
steps = [{ loop = 6400, steps = [{ recv = "shared" }] }]

[[task]]
name = "neighbour"
steps = [{ loop = 20, steps = [{ yield = true }] }]
"#;

static RUN: LazyLock<Finished> = LazyLock::new(|| {
    Lab::new().run(&scenario(&ENGINES, MIX).replace("workers = 24", "workers = 1"), &["--quiet"]).ok()
});

/// How often each instance of a task was polled.
fn polls(engine: &str, task: &str) -> Vec<u64> {
    of_task(&RUN.instances(engine), task).iter().map(|row| row.whole("polls")).collect()
}

#[test]
fn on_tokio_an_instance_that_never_waits_is_polled_anew_after_128_operations() {
    for task in ["sender", "locker", "guest"] {
        assert_eq!(polls("tokio-local", task), [100], "{task}");
        // A task that another task wakes may be polled with the rest of that task's budget.
        assert!((100..=120).contains(&polls("tokio", task)[0]), "{task}: {:?}", polls("tokio", task));
    }
    for engine in ["tokio-local", "tokio"] {
        // These may also have to wait.
        for task in ["receiver", "drainer"] {
            assert!(polls(engine, task)[0] >= 100, "{engine}, {task}: {:?}", polls(engine, task));
        }
        assert!(polls(engine, "sharer").iter().all(|polls| *polls >= 100), "{engine}: {:?}", polls(engine, "sharer"));
    }
}

#[test]
fn operations_without_a_budget_in_tokio_have_none_here() {
    for engine in ["tokio-local", "tokio"] {
        for task in ["endless-sender", "blocking-locker", "filler"] {
            assert_eq!(polls(engine, task), [1], "{engine}, {task}");
        }
    }
}

#[test]
fn elsewhere_an_instance_that_never_waits_is_polled_once() {
    for task in ["sender", "endless-sender", "locker", "guest", "filler"] {
        assert_eq!(polls("smol-local", task), [1], "{task}");
    }
}

#[test]
fn on_tokio_a_neighbour_ends_before_a_loop_that_never_waits() {
    let finished = |engine: &str, task: &str| of_task(&RUN.instances(engine), task)[0].whole("finished_ns");
    for task in ["sender", "locker", "guest"] {
        assert!(finished("tokio-local", "neighbour") < finished("tokio-local", task), "{task}");
        assert!(finished("smol-local", "neighbour") > finished("smol-local", task), "{task}");
    }
}
