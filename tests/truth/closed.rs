//! Closed loops: as many requests at once as there are clients. A client's next request is released a think time after the end
//! of its last one.

use std::collections::BTreeMap;

use crate::instance::Instance;
use crate::{ENGINES, MS, of, run};

/// The largest number of instances that were released and not ended at one time.
fn most_at_once(instances: &[Instance]) -> i32 {
    let mut changes = BTreeMap::<u64, i32>::new();
    for instance in instances {
        *changes.entry(instance.scheduled).or_default() += 1;
        *changes.entry(instance.finished()).or_default() -= 1;
    }
    let mut now = 0;
    changes
        .values()
        .map(|change| {
            now += change;
            now
        })
        .max()
        .expect("instances")
}

// Broken by a client that does not wait for the end of its request, or by a client that is lost.
#[test]
fn as_many_requests_are_under_way_as_there_are_clients() {
    let tasks = r#"
        [[task]]
        name = "request"
        count = 30
        arrival = { clients = 5, think = "3ms" }
        steps = [{ sleep = "8ms" }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        let requests = of(&run, engine, "request");
        assert_eq!(requests.len(), 30, "{engine}");
        assert_eq!(most_at_once(&requests), 5, "{engine}: all five are released 3 ms after the start");
        // The interactive response time law: each client's cycles, one after another, fit in the span.
        let span = run.sample(engine, "*").whole("makespan_ns");
        let cycles: u64 = requests.iter().map(|one| one.latency() + 3 * MS).sum();
        assert!(cycles <= 5 * span, "{engine}: {cycles} ns of cycles in 5 spans of {span} ns");
        // Six cycles for each client on average, of at least 11 ms.
        assert!(span >= 6 * 11 * MS, "{engine}: {span}");
    }
}

// Broken by a think time that starts at anything but the end, or by a release in steps of the dispatcher.
#[test]
fn a_single_client_releases_exactly_a_think_time_after_each_end() {
    let tasks = r#"
        [[task]]
        name = "request"
        count = 12
        arrival = { clients = 1, think = "4ms" }
        steps = [{ block = "3ms" }]
    "#;
    let run = run(&ENGINES, "workers = 2", tasks);
    for engine in ENGINES {
        let requests = of(&run, engine, "request");
        assert_eq!(requests[0].scheduled, 4 * MS, "{engine}: it thinks first");
        for pair in requests.windows(2) {
            assert_eq!(pair[1].scheduled, pair[0].finished() + 4 * MS, "{engine}: {pair:?}");
        }
        assert!(run.sample(engine, "*").whole("makespan_ns") >= 12 * 7 * MS, "{engine}");
        let row = run.sample(engine, "request");
        let throughput = row.number("throughput_per_s");
        assert!(throughput <= 12.0 / (12.0 * 7e-3 - 4e-3), "{engine}: {throughput} a second");
    }
}
