//! Tasks that are cancelled while they wait, are queued, or have their work done elsewhere.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, sleep_until};

use super::Group;
use crate::plain::measure::Sheet;

/// Records the stop of an instance that did not reach its end.
struct Stop {
    sheet: &'static Sheet,
    task: &'static str,
    number: u32,
    /// The intended time of its cancellation, since the start of the span.
    at: Duration,
    is_done: bool,
}

impl Stop {
    fn end(mut self) {
        self.is_done = true;
        self.sheet.end(self.task, self.number);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        if !self.is_done {
            self.sheet.cancelled(self.task, self.at);
        }
    }
}

/// Spawns `count` tasks.
fn spawn<F: Future<Output = ()> + Send + 'static>(
    (group, sheet): (&Group, &'static Sheet),
    task: &'static str,
    count: u32,
    at: Duration,
    program: impl Fn() -> F,
) -> Vec<JoinHandle<()>> {
    let one = |number| {
        let (stop, program) = (Stop { sheet, task, number, at, is_done: false }, program());
        group.spawn(async move {
            // Moved into the future, so that a task that never runs drops it too.
            let stop = stop;
            program.await;
            stop.end();
        })
    };
    (0..count).map(one).collect()
}

/// Cancels the tasks at the time `at`.
async fn abort(tasks: Vec<JoinHandle<()>>, sheet: &Sheet, at: Duration) {
    sleep_until((sheet.started() + at).into()).await;
    for task in tasks {
        task.abort();
    }
}

pub(super) async fn waiting(sheet: &'static Sheet) {
    let (group, at) = (Group::new(), Duration::from_millis(50));
    let tasks = spawn((&group, sheet), "sleeper", 1000, at, || sleep(Duration::from_secs(10)));
    abort(tasks, sheet, at).await;
    group.ended().await;
}

pub(super) async fn queued(sheet: &'static Sheet) {
    let (group, at) = (Group::new(), Duration::from_millis(50));
    let ledger = Arc::new(Mutex::new(()));
    let wanted = Arc::clone(&ledger);
    group.spawn(async move {
        let held = wanted.lock().await;
        sleep(Duration::from_millis(100)).await;
        drop(held);
        sheet.end("holder", 0);
    });
    let waiter = || {
        let ledger = Arc::clone(&ledger);
        async move {
            // After the holder, in any order of their spawns.
            sleep(Duration::from_millis(2)).await;
            let _held = ledger.lock().await;
            sleep(Duration::from_millis(1)).await;
        }
    };
    abort(spawn((&group, sheet), "waiter", 100, at, waiter), sheet, at).await;
    group.ended().await;
}

/// Spawns the tasks in the order that the scenario's seed draws: most of them before the blocker.
pub(super) async fn runnable(sheet: &'static Sheet) {
    let (group, at) = (Group::new(), Duration::from_millis(50));
    let guest = || async { sheet.work(Duration::from_micros(10)) };
    let mut guests = spawn((&group, sheet), "guest", 74, at, guest);
    group.spawn(async move {
        thread::sleep(Duration::from_millis(100));
        sheet.end("blocker", 0);
    });
    guests.extend(spawn((&group, sheet), "guest", 26, at, guest));
    abort(guests, sheet, at).await;
    group.ended().await;
}

pub(super) async fn offloaded(sheet: &'static Sheet) {
    let (group, at) = (Group::new(), Duration::from_millis(20));
    let call = || async {
        let call = spawn_blocking(|| {
            thread::sleep(Duration::from_millis(50));
            sheet.work_ended();
        });
        call.await.expect("no panic");
    };
    abort(spawn((&group, sheet), "call", 6, at, call), sheet, at).await;
    group.ended().await;
    // The calls continue: the last of them ends at 150 ms.
    sleep_until((sheet.started() + Duration::from_millis(170)).into()).await;
}
