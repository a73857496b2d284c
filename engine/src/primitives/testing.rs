//! Counts how many operations a task does before it lets other tasks run, on a tokio runtime.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use tokio::runtime::Builder;
use tokio::task;

/// How many operations are tried.
pub(crate) const OPERATIONS: u32 = 20_000;

/// The most of [`OPERATIONS`] that a task does between two polls of a second task, which only yields.
pub(crate) fn most_at_a_time(mut operation: impl AsyncFnMut()) -> u32 {
    let runtime = Builder::new_current_thread().enable_io().enable_time().build().unwrap();
    let (done, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (seen_by_now, at_a_time) = (Arc::clone(&done), Arc::clone(&most));
    runtime.block_on(async move {
        task::spawn(async move {
            let mut before = 0;
            loop {
                let now = seen_by_now.load(Relaxed);
                at_a_time.fetch_max(now - before, Relaxed);
                before = now;
                task::yield_now().await;
            }
        });
        // From here on the second task runs, and this task's budget is whole.
        task::yield_now().await;
        for _ in 0..OPERATIONS {
            operation().await;
            done.fetch_add(1, Relaxed);
        }
        task::yield_now().await;
    });
    most.load(Relaxed)
}
