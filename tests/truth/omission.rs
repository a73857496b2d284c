//! Coordinated omission: one stall of a second amid a steady stream, of which every single victim must tell.
//!
//! Source: G. Tene, How not to measure latency. A stall of a second hits all who were to come within it, half of them for
//! half a second or more; times that count from the start see one of them.

use std::sync::LazyLock;

use crate::instance::Instance;
use crate::support::{Finished, Row, sharing_workers};
use crate::{ENGINES, MS, median, of, run};

/// A client thinks 300 ms, then keeps the only worker for a second.
const STALL: &str = r#"
    [[task]]
    name = "steady"
    count = 2500
    arrival = { every = "1ms" }
    steps = [{ cpu = "10us" }]

    [[task]]
    name = "offender"
    arrival = { clients = 1, think = "300ms" }
    steps = [{ block = "1s" }]
"#;

const STALL_NS: u64 = 1_000 * MS;

static RUN: LazyLock<Finished> = LazyLock::new(|| run(&ENGINES, "workers = 1", STALL));

// Broken by latency that counts from the start, or by a dispatcher that gives late ones a new release.
#[test]
fn everybody_who_was_to_come_in_a_stall_waits_for_its_end() {
    for engine in sharing_workers() {
        let [offender] = &of(&RUN, engine, "offender")[..] else { panic!("{engine}: one offender") };
        assert!(offender.scheduled == 300 * MS && offender.service() >= STALL_NS, "{engine}: {offender:?}");
        let steady = of(&RUN, engine, "steady");
        assert_eq!(steady.len(), 2500, "{engine}");
        let (from, to) = (offender.started(), offender.finished());
        let victims: Vec<_> = steady.iter().filter(|one| (from..=to).contains(&one.scheduled)).collect();
        assert!(victims.iter().all(|one| one.started() >= to), "{engine}: nobody gets on a kept thread");
        assert!(victims.len() >= 1_000 || from > 1_500 * MS, "{engine}: {}", victims.len());
        // Theory: half of the 1,000 wait for half of the second or more.
        let long = steady.iter().filter(|one| one.latency() >= STALL_NS / 2).count();
        assert!(long >= 400, "{engine}: {long}");
        let most = RUN.sample(engine, "steady").whole("latency_max_ns");
        assert!(most >= STALL_NS - 10 * MS, "{engine}: {most}");
        let p90 = RUN.sample(engine, "steady").whole("latency_p90_ns");
        assert!(p90 >= STALL_NS / 2, "{engine}: a fifth are above half a second: {p90}");
    }
}

// Broken by a test above that would pass for another reason: each instance by itself is quick.
#[test]
fn times_from_the_start_do_not_see_the_stall() {
    for engine in ENGINES {
        let steady = of(&RUN, engine, "steady");
        let long = steady.iter().filter(|one| one.service() >= STALL_NS / 2).count();
        assert_eq!(long, 0, "{engine}: an uncorrected measurement would have told of none");
        let service = median(steady.iter().map(Instance::service).collect());
        assert!(service < 10 * MS, "{engine}: {service}");
    }
}

// Broken by a pool behind the threads, or by a dispatcher that waits for one.
#[test]
fn a_call_that_keeps_a_thread_of_its_own_stalls_nobody() {
    let [offender] = &of(&RUN, "threads", "offender")[..] else { panic!("one offender") };
    assert!(offender.service() >= STALL_NS, "{offender:?}");
    let steady = of(&RUN, "threads", "steady");
    let amid = steady.iter().filter(|one| one.started() > offender.started() && one.finished() < offender.finished());
    let amid = amid.count();
    assert!(amid >= 500, "of the 1,000 that come meanwhile {amid} come and go");
    let probes = RUN.rows("probe.csv");
    let long = |row: &&Row| row.text("engine") == "threads" && row.whole("lag_ns") >= STALL_NS / 2;
    assert!(probes.iter().filter(long).count() < 200, "nor anybody who asks from outside");
}

// Broken by a probe that somebody else than the engine answers, or by a helper that waits for the answer before it asks again.
#[test]
fn the_probe_sees_the_stall() {
    for engine in sharing_workers() {
        let mix = RUN.sample(engine, "*");
        let (most, middle) = (mix.whole("lag_max_ns"), mix.whole("lag_p50_ns"));
        assert!(most >= STALL_NS * 9 / 10, "{engine}: {most}");
        // Less than half of the probes fall into the stall.
        assert!(middle < STALL_NS / 4, "{engine}: {middle}");
        let probes = RUN.rows("probe.csv");
        let long = |row: &&Row| row.text("engine") == engine && row.whole("lag_ns") >= STALL_NS / 2;
        let long = probes.iter().filter(long).count();
        assert!(long >= 400, "{engine}: one a millisecond is asked throughout the stall: {long}");
    }
}
