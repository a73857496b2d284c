//! Plain programs on tokio, in both flavours of its runtime.

use std::future::Future;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::measure::Sheet;

/// Gives back each byte that comes on standard input: the second process of those that talk with one.
pub(super) fn echo() {
    unimplemented!("no program talks yet");
}

/// Runs the program of a case. False if there is none.
pub(super) fn run(case: &str, engine: &str, sheet: &'static Sheet) -> bool {
    let on = |workers| runtime(engine, workers);
    match case {
        "driver-stall" => from_a_task(&on(2), sheet, driver_stall(sheet)),
        _ => return false,
    }
    true
}

/// The runtime, its workers asleep.
fn runtime(engine: &str, workers: usize) -> Runtime {
    let mut builder = if engine == "tokio" { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    let runtime = builder.worker_threads(workers).enable_all().build().expect("a runtime");
    thread::sleep(Duration::from_millis(5));
    runtime
}

/// A program whose instances are spawned from a task, as those of a service are.
fn from_a_task(runtime: &Runtime, sheet: &'static Sheet, program: impl Future<Output = ()> + Send + 'static) {
    sheet.begin();
    let program = runtime.spawn(program);
    runtime.block_on(program).expect("no panic");
    sheet.finish();
}

/// Waits for the end of all tasks: each has a sender until it ends.
async fn all_ended(running: mpsc::Sender<()>, mut over: mpsc::Receiver<()>) {
    drop(running);
    over.recv().await;
}

async fn driver_stall(sheet: &'static Sheet) {
    let (running, over) = mpsc::channel(1);
    for number in 0..20 {
        let running = running.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                sleep(Duration::from_millis(20)).await;
            }
            sheet.end("nap", number);
            drop(running);
        });
    }
    let blocker = running.clone();
    tokio::spawn(async move {
        sleep(Duration::from_millis(45)).await;
        thread::sleep(Duration::from_millis(500));
        sheet.end("blocker", 0);
        drop(blocker);
    });
    all_ended(running, over).await;
}
