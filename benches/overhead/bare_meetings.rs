//! Two tasks that pass a message to and fro, and one task that locks: hand-written on the bare executors, with the channels and
//! locks of each.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use taskmix_engine::plan::STACK_BYTES;
use taskmix_engine::step::Kernel;

/// The names of the works: a hop through a channel for one message, and an entry under a lock.
pub(crate) const WORKS: [&str; 2] = ["hop", "lock"];

/// The work under the lock, nominal nanoseconds.
pub(crate) const ENTRY_NS: u64 = 500;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
type Job = Box<dyn FnOnce() + Send>;

/// Runs `count` hops or entries. Returns the time from the first spawn to the last end.
pub(crate) fn run(engine: &str, work: &str, count: u32, kernel: Kernel) -> Duration {
    match engine {
        "smol-local" => smol_local(smol_tasks(work, count, kernel)),
        "async-executor" => async_executor(smol_tasks(work, count, kernel)),
        "tokio" => {
            tokio(tokio::runtime::Builder::new_multi_thread().worker_threads(2), tokio_tasks(work, count, kernel))
        }
        "tokio-local" => tokio(&mut tokio::runtime::Builder::new_current_thread(), tokio_tasks(work, count, kernel)),
        "rayon" => rayon(jobs(work, count, kernel)),
        "threads" => threads(jobs(work, count, kernel)),
        _ => panic!("no bare {work} for {engine}"),
    }
}

const OPEN: &str = "both ends are there";

fn smol_tasks(work: &str, count: u32, kernel: Kernel) -> Vec<Task> {
    if work == "lock" {
        let lock = smol::lock::Mutex::new(());
        return vec![Box::pin(async move {
            for _ in 0..count {
                let held = lock.lock().await;
                kernel.work(ENTRY_NS);
                drop(held);
            }
        })];
    }
    let ((requests, incoming), (replies, answers)) = (smol::channel::bounded(1), smol::channel::bounded(1));
    let caller = async move {
        for number in 0..count / 2 {
            requests.send(number).await.expect(OPEN);
            answers.recv().await.expect(OPEN);
        }
    };
    let echo = async move {
        for _ in 0..count / 2 {
            let number = incoming.recv().await.expect(OPEN);
            replies.send(number).await.expect(OPEN);
        }
    };
    vec![Box::pin(caller), Box::pin(echo)]
}

fn tokio_tasks(work: &str, count: u32, kernel: Kernel) -> Vec<Task> {
    if work == "lock" {
        let lock = tokio::sync::Mutex::new(());
        return vec![Box::pin(async move {
            for _ in 0..count {
                let held = lock.lock().await;
                kernel.work(ENTRY_NS);
                drop(held);
            }
        })];
    }
    let ((requests, mut incoming), (replies, mut answers)) =
        (tokio::sync::mpsc::channel(1), tokio::sync::mpsc::channel(1));
    let caller = async move {
        for number in 0..count / 2 {
            requests.send(number).await.expect(OPEN);
            answers.recv().await.expect(OPEN);
        }
    };
    let echo = async move {
        for _ in 0..count / 2 {
            let number: u32 = incoming.recv().await.expect(OPEN);
            replies.send(number).await.expect(OPEN);
        }
    };
    vec![Box::pin(caller), Box::pin(echo)]
}

fn jobs(work: &str, count: u32, kernel: Kernel) -> Vec<Job> {
    if work == "lock" {
        let lock = parking_lot::Mutex::new(());
        return vec![Box::new(move || {
            for _ in 0..count {
                let held = lock.lock();
                kernel.work(ENTRY_NS);
                drop(held);
            }
        })];
    }
    let ((requests, incoming), (replies, answers)) = (crossbeam_channel::bounded(1), crossbeam_channel::bounded(1));
    let caller = move || {
        for number in 0..count / 2 {
            requests.send(number).expect(OPEN);
            answers.recv().expect(OPEN);
        }
    };
    let echo = move || {
        for _ in 0..count / 2 {
            let number = incoming.recv().expect(OPEN);
            replies.send(number).expect(OPEN);
        }
    };
    vec![Box::new(caller), Box::new(echo)]
}

fn smol_local(tasks: Vec<Task>) -> Duration {
    let executor = smol::LocalExecutor::new();
    let start = Instant::now();
    let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
    smol::block_on(executor.run(async {
        for task in tasks {
            task.await;
        }
    }));
    start.elapsed()
}

fn async_executor(tasks: Vec<Task>) -> Duration {
    let executor: &'static async_executor::StaticExecutor = async_executor::Executor::new().leak();
    for _ in 0..2 {
        thread::spawn(|| smol::block_on(executor.run(std::future::pending::<()>())));
    }
    thread::sleep(Duration::from_millis(5));
    let start = Instant::now();
    let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
    smol::block_on(async {
        for task in tasks {
            task.await;
        }
    });
    start.elapsed()
}

fn tokio(builder: &mut tokio::runtime::Builder, tasks: Vec<Task>) -> Duration {
    let runtime = builder.enable_io().enable_time().build().expect("a runtime");
    thread::sleep(Duration::from_millis(5));
    let start = Instant::now();
    let tasks: Vec<_> = tasks.into_iter().map(|task| runtime.spawn(task)).collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.expect("it ends well");
        }
    });
    start.elapsed()
}

fn rayon(jobs: Vec<Job>) -> Duration {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("a pool");
    pool.broadcast(|_| ());
    let ended = Arc::new(std::sync::Barrier::new(jobs.len() + 1));
    let start = Instant::now();
    for job in jobs {
        let ended = Arc::clone(&ended);
        pool.spawn_fifo(move || {
            job();
            ended.wait();
        });
    }
    ended.wait();
    start.elapsed()
}

fn threads(jobs: Vec<Job>) -> Duration {
    let start = Instant::now();
    let spawned = jobs.into_iter().map(|job| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES as usize);
        thread.spawn(job).expect("a thread")
    });
    let spawned: Vec<_> = spawned.collect();
    for thread in spawned {
        thread.join().expect("it ends well");
    }
    start.elapsed()
}
