//! Plain programs on tokio, in both flavours of its runtime.

mod budget;
mod calls;
mod cancelling;
mod idling;
mod locks;
mod lockstep;
mod socket;
mod spawning;
mod timers;

use std::future::Future;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::measure::Sheet;

pub(super) use socket::echo;

/// Runs the program of a case. False if there is none.
pub(super) fn run(case: &str, engine: &str, sheet: &'static Sheet) -> bool {
    let (one, two) = (|| start(builder(engine, 1)), || start(builder(engine, 2)));
    let pool_of = |threads| start(builder(engine, 2).max_blocking_threads(threads));
    match case {
        "driver-stall" => from_a_task(&two(), sheet, timers::driver_stall(sheet)),
        "driver-stall-from-block-on" => from_block_on(&two(), sheet, timers::driver_stall(sheet)),
        "yields-among-timers" => from_a_task(&two(), sheet, timers::yields_among_timers(sheet)),
        "naps-of-1ms" => from_a_task(&two(), sheet, timers::naps(sheet, 100, Duration::from_millis(1))),
        "lockstep" => from_a_task(&two(), sheet, lockstep::lockstep(sheet)),
        "lockstep-cap" => from_a_task(&one(), sheet, lockstep::cap(sheet)),
        "timers-behind-lockstep" => from_a_task(&one(), sheet, lockstep::beside_timers(sheet)),
        "injected-behind-lockstep" => from_a_task(&one(), sheet, lockstep::beside_calls(sheet)),
        "rendezvous" => from_a_task(&two(), sheet, lockstep::rendezvous(sheet)),
        "budget-send" => from_a_task(&one(), sheet, budget::send(sheet)),
        "unbounded-send" => from_a_task(&one(), sheet, budget::unbounded_send(sheet)),
        "budget-recv" => from_a_task(&one(), sheet, budget::recv(sheet)),
        "budget-lock" => from_a_task(&one(), sheet, budget::lock(sheet)),
        "budget-permit" => from_a_task(&one(), sheet, budget::permit(sheet)),
        "budget-join" => from_a_task(&one(), sheet, budget::join(sheet)),
        "budget-timer" => from_a_task(&one(), sheet, budget::timer(sheet)),
        "pool-exhausted" => from_a_task(&pool_of(4), sheet, calls::exhausted(sheet)),
        "pool-cold-and-warm" => from_a_task(&two(), sheet, calls::cold_and_warm(sheet)),
        "wake-from-outside" => from_a_task(&two(), sheet, calls::one(sheet)),
        "lock-in-order" => from_a_task(&one(), sheet, locks::in_order(sheet)),
        "lock-contended" => from_a_task(&two(), sheet, locks::contended(sheet)),
        "order-of-a-burst" => from_a_task(&one(), sheet, spawning::burst(sheet)),
        "order-of-a-burst-from-block-on" => from_block_on(&one(), sheet, spawning::burst(sheet)),
        "spawn-many" => from_a_task(&two(), sheet, spawning::many(sheet)),
        "spawn-many-from-block-on" => from_block_on(&two(), sheet, spawning::many(sheet)),
        "spawn-children" => from_a_task(&two(), sheet, spawning::children(sheet)),
        "sleepers-at-once" => from_a_task(&two(), sheet, timers::sleepers(sheet, 10_000, Duration::from_millis(50))),
        "idle" => from_a_task(&two(), sheet, idling::sleeper(sheet, Duration::from_millis(500))),
        "wake-by-timer" => from_a_task(&two(), sheet, idling::sleeper(sheet, Duration::from_millis(200))),
        "nearly-idle" => from_a_task(&two(), sheet, timers::naps(sheet, 100, Duration::from_millis(5))),
        "million-sleepers" => from_a_task(&two(), sheet, idling::million(sheet)),
        "cancel-waiting" => from_a_task(&two(), sheet, cancelling::waiting(sheet)),
        "cancel-queued" => from_a_task(&two(), sheet, cancelling::queued(sheet)),
        "cancel-runnable" => from_a_task(&one(), sheet, cancelling::runnable(sheet)),
        "cancel-offloaded" => from_a_task(&pool_of(2), sheet, cancelling::offloaded(sheet)),
        "socket" => socket::on_one_core(|echo| from_a_task(&two(), sheet, socket::round_trips(sheet, echo))),
        _ => return false,
    }
    true
}

fn builder(engine: &str, workers: usize) -> Builder {
    let mut builder = if engine == "tokio" { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    builder.worker_threads(workers).enable_all();
    builder
}

/// Builds the runtime and lets its workers fall asleep.
fn start(mut builder: impl std::borrow::BorrowMut<Builder>) -> Runtime {
    let runtime = builder.borrow_mut().build().expect("a runtime");
    thread::sleep(Duration::from_millis(5));
    runtime
}

/// Runs a program whose tasks are spawned from a task, as in a service.
fn from_a_task(runtime: &Runtime, sheet: &'static Sheet, program: impl Future<Output = ()> + Send + 'static) {
    sheet.begin();
    let program = runtime.spawn(program);
    runtime.block_on(program).expect("no panic");
    sheet.finish();
}

/// Runs a program whose tasks are spawned from the future that is passed to `block_on`.
fn from_block_on(runtime: &Runtime, sheet: &'static Sheet, program: impl Future<Output = ()>) {
    sheet.begin();
    runtime.block_on(program);
    sheet.finish();
}

/// Tasks that can be awaited without their handles: each holds a sender until it ends.
struct Group {
    running: mpsc::Sender<()>,
    over: mpsc::Receiver<()>,
}

impl Group {
    fn new() -> Self {
        let (running, over) = mpsc::channel(1);
        Self { running, over }
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let running = self.running.clone();
        tokio::spawn(async move {
            task.await;
            drop(running);
        })
    }

    /// Waits for the end of all tasks.
    async fn ended(mut self) {
        drop(self.running);
        self.over.recv().await;
    }
}
