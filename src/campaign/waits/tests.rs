use super::*;
use taskmix_engine::plan::PointPlan;
use taskmix_engine::record::{InstanceRecord, Offloaded};
use taskmix_engine::scenario::parse;

const POOL: &str = "[channel.jobs]\ncapacity = 1\n\
    [[task]]\nname = \"taker\"\ncount = 3\nsteps = [{ sleep = \"1ms\" }, { recv = \"jobs\" }]\n\
    [[task]]\nname = \"sender\"\nsteps = [{ loop = 3, steps = [{ send = \"jobs\" }] }]\n";

const LOCK: &str = "[mutex.kept]\nkind = \"blocking\"\n[mutex.other]\n\
    [[task]]\nname = \"holder\"\ncount = 9\n\
    steps = [{ lock = \"kept\", steps = [{ sleep = \"1ms\" }, { lock = \"other\", steps = [{ yield = true }] }] }]\n";

fn plan(rest: &str, engine: EngineName, workers: u32) -> CellPlan {
    let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{rest}");
    let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
    let point = &scenario.points[0];
    PointPlan::new(&point.tasks, 1).unwrap().with_objects(&point.objects).cell(engine, workers, None)
}

/// `count` instances of a task, at `step` if they have started.
fn at(task: u16, step: Option<u16>, count: u32) -> Vec<InstanceRecord> {
    let started_ns = step.map(|_| 0);
    let one = |instance| InstanceRecord { task, instance, started_ns, last_step: step, ..InstanceRecord::blank() };
    (0..count).map(one).collect()
}

/// The sentences about `instances` with workers at these tasks and steps.
fn sentences(plan: &CellPlan, instances: &[Vec<InstanceRecord>], workers: &[(u16, u16)]) -> Vec<String> {
    let seen = |(worker, (task, step))| Seen { worker, instance: (task, 0), step: Some(step), for_ns: 1, waits: false };
    super::sentences(
        plan,
        &instances.concat().into(),
        &(0..).zip(workers.iter().copied()).map(seen).collect::<Vec<_>>(),
    )
}

#[test]
fn with_all_threads_of_a_pool_inside_a_wait_none_can_end_it() {
    let plan = plan(POOL, EngineName::Rayon, 2);
    let instances = [at(0, Some(1), 2), at(0, None, 1), at(1, None, 1)];
    let expected = [
        "2 instances of `taker` wait at `2 recv jobs`",
        "1 instance of `taker` has not started",
        "1 instance of `sender` has not started",
    ];
    let both = "both workers are inside `recv jobs`: no thread is left to run a sender";
    assert_eq!(sentences(&plan, &instances, &[(0, 1), (0, 1)]), [&[both], &expected[..]].concat());
    let one = "1 of 2 workers is inside `recv jobs`";
    assert_eq!(sentences(&plan, &instances, &[(0, 1), (0, 0)]), [&[one], &expected[..]].concat());
    let mixed = "both workers are inside `recv jobs`, `send jobs`: no thread is left to run any other instance";
    assert_eq!(sentences(&plan, &instances, &[(0, 1), (1, 1)])[0], mixed);
}

#[test]
fn an_instance_that_waits_asynchronously_blocks_no_thread() {
    for engine in [EngineName::AsyncExecutor, EngineName::Tokio, EngineName::Threads] {
        let found = sentences(&plan(POOL, engine, 1), &[at(0, Some(1), 1)], &[(0, 1)]);
        assert_eq!(found, ["1 instance of `taker` waits at `2 recv jobs`"], "{engine}");
    }
}

#[test]
fn the_holder_of_a_lock_is_known_by_its_step() {
    let plan = plan(LOCK, EngineName::SmolLocal, 1);
    let waits = "1 instance of `holder` waits at `1 lock kept`";
    let held = "`kept` is held by `holder` #0, at `1.1 sleep`";
    let blocked = "the only worker is inside `lock kept`: no thread is left to run its holder";
    assert_eq!(sentences(&plan, &[at(0, Some(0), 1), at(0, Some(1), 1)], &[(0, 0)]), [blocked, held, waits]);
    // An instance without a recorded step is left out, and no instance waits for the other lock.
    let nowhere = InstanceRecord { started_ns: Some(0), ..InstanceRecord::blank() };
    assert_eq!(sentences(&plan, &[at(0, Some(0), 1), vec![nowhere]], &[(0, 0)]), [blocked, waits]);
    let inner = sentences(&plan, &[at(0, Some(2), 1), at(0, Some(0), 1)], &[]);
    assert!(inner.contains(&"`kept` is held by `holder` #0, at `1.2 lock other`".to_owned()), "{inner:?}");
    assert!(!inner.iter().any(|sentence| sentence.starts_with("`other`")), "{inner:?}");
}

#[test]
fn without_a_waiting_instance_there_is_no_sentence() {
    let plan = plan(POOL, EngineName::Rayon, 2);
    assert_eq!(sentences(&plan, &[at(0, Some(0), 3), at(1, None, 1)], &[(0, 0), (0, 0)]), [""; 0]);
}

#[test]
fn of_many_steps_those_with_most_instances_are_listed() {
    let tasks = (0..8).map(|n| format!("[[task]]\nname = \"t{n}\"\ncount = 9\nsteps = [{{ recv = \"jobs\" }}]\n"));
    let rest = "[[task]]\nname = \"sender\"\ncount = 72\nsteps = [{ send = \"jobs\" }]\n";
    let text = format!("[channel.jobs]\ncapacity = 1\n{}{rest}", tasks.collect::<String>());
    let instances: Vec<_> = (0..8).map(|task| at(task, Some(0), u32::from(task) + 1)).collect();
    let found = sentences(&plan(&text, EngineName::Tokio, 2), &instances, &[]);
    assert_eq!(found.len(), MOST + 1);
    assert_eq!(
        (found[0].as_str(), found[5].as_str()),
        ("8 instances of `t7` wait at `1 recv jobs`", "3 more steps have waiting instances")
    );
}

#[test]
fn a_deadlock_of_locks_is_reported_first_and_no_thread_is_blamed() {
    let lock = |outer, inner| {
        format!(
            "{{ lock = \"{outer}\", steps = [{{ sleep = \"1ms\" }}, {{ lock = \"{inner}\", steps = [{{ yield = true }}] }}] }}"
        )
    };
    let task = |name, count, step: String| format!("[[task]]\nname = \"{name}\"\ncount = {count}\nsteps = [{step}]\n");
    let text = format!("[mutex.a]\n[mutex.b]\n{}{}", task("ab", 2, lock("a", "b")), task("ba", 1, lock("b", "a")));
    let plan = plan(&text, EngineName::Rayon, 2);
    let found = sentences(&plan, &[at(0, Some(2), 1), at(1, Some(2), 1)], &[(0, 2), (1, 2)]);
    assert_eq!(found[0], "`ab` #0 and `ba` #0 wait for each other: a deadlock, with any number of threads");
    assert!(found.iter().all(|sentence| !sentence.contains("no thread is left")), "{found:?}");
    // One instance still sleeps.
    let found = sentences(&plan, &[at(0, Some(2), 1), at(1, Some(1), 1)], &[(0, 2)]);
    assert!(found.iter().all(|sentence| !sentence.contains("deadlock")), "{found:?}");
}

const CALLS: &str = "[[task]]\nname = \"slow\"\ncount = 3\nsteps = [{ offload = \"blocking\", steps = [{ block = \"1s\" }] }]\n\
    [[task]]\nname = \"fast\"\ncount = 9\nsteps = [{ sleep = \"1ms\" }, { offload = \"blocking\", steps = [{ block = \"1us\" }] }]\n";

/// `count` instances at `step` whose offloaded work is at this place.
fn offloading(task: u16, step: u16, count: u32, place: Offloaded) -> Vec<InstanceRecord> {
    let mut instances = at(task, Some(step), count);
    for record in &mut instances {
        record.offloaded = Some(place);
    }
    instances
}

#[test]
fn a_full_pool_is_named_with_its_size_what_holds_its_threads_and_its_queue() {
    let mut plan = plan(CALLS, EngineName::Tokio, 2);
    let holding = offloading(0, 0, 2, Offloaded::OnPool);
    let queued = [offloading(0, 0, 1, Offloaded::Queued), offloading(1, 1, 5, Offloaded::Queued)];
    let queue = "1 instance of `slow` at `1 offload` and 5 instances of `fast` at `2 offload` are in its queue";
    let instances = [vec![holding.clone()], queued.to_vec()].concat();
    for (size, threads) in [
        (Some(2), "the pool for blocking calls is full: its 2 threads run"),
        (Some(4), "the pool for blocking calls has 4 threads, which run"),
        (None, "the threads of the pool for blocking calls run"),
    ] {
        plan.blocking_threads = size;
        let expected = format!("{threads} 2 instances of `slow` at `1 offload`; {queue}");
        assert_eq!(sentences(&plan, &instances, &[]), [expected]);
    }
    assert_eq!(sentences(&plan, &[holding], &[]), [""; 0], "no instance is in the queue");
}

#[test]
fn a_call_that_outlives_its_cancelled_instance_still_holds_its_thread() {
    let mut plan = plan(CALLS, EngineName::Tokio, 2);
    plan.blocking_threads = Some(1);
    let mut cancelled = offloading(0, 0, 1, Offloaded::OnPool);
    cancelled[0].state = State::Cancelled;
    let found = sentences(&plan, &[cancelled, offloading(1, 1, 1, Offloaded::Queued)], &[]);
    let expected = "the pool for blocking calls is full: its only thread runs the call of 1 instance of `slow`, which has \
                    ended; 1 instance of `fast` at `2 offload` is in its queue";
    assert_eq!(found, [expected]);
}

#[test]
fn a_barrier_names_the_parties_that_it_lacks() {
    let text = "[barrier.start]\nparties = 3\n[[task]]\nname = \"early\"\ncount = 2\nsteps = [{ barrier = \"start\" }]\n\
                [[task]]\nname = \"late\"\nsteps = [{ sleep = \"1ms\" }, { barrier = \"start\" }]\n";
    let plan = plan(text, EngineName::Tokio, 2);
    let mut late = at(1, Some(0), 1);
    late[0].state = State::Cancelled;
    let waits = "2 instances of `early` wait at `1 barrier start`";
    let of = |late| sentences(&plan, &[at(0, Some(0), 2), late], &[]);
    let lacks = "barrier `start` has 3 parties, of which 2 wait";
    assert_eq!(of(late), [&format!("{lacks}: `late` #0 was cancelled at `1 sleep`"), waits]);
    assert_eq!(
        of(at(1, None, 1)),
        [&format!("{lacks}: `late` #0 has not started"), waits, "1 instance of `late` has not started"]
    );
}
