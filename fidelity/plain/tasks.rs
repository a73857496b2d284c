//! Tasks on smol's timers, locks, channels and blocking pool, for both executors.

use std::io;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use smol::channel::{Receiver, Sender};
use smol::future::yield_now;
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::lock::Mutex;
use smol::{Async, Task, Timer, unblock};

use super::measure::Sheet;

pub(super) const fn ms(length: u64) -> Duration {
    Duration::from_millis(length)
}

pub(super) const fn us(length: u64) -> Duration {
    Duration::from_micros(length)
}

/// Waits for all tasks.
pub(super) async fn all(tasks: impl IntoIterator<Item = Task<()>>) {
    for task in tasks.into_iter().collect::<Vec<_>>() {
        task.await;
    }
}

/// Records when a cancelled task is dropped. `intended` is when it should be.
pub(super) struct Stop {
    pub(super) sheet: &'static Sheet,
    pub(super) task: &'static str,
    pub(super) intended: Duration,
}

impl Stop {
    /// The task has ended before its cancellation.
    fn passed(self) {
        std::mem::forget(self);
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.sheet.cancelled(self.task, self.intended);
    }
}

pub(super) async fn sleep(sheet: &'static Sheet, number: u32, length: Duration) {
    Timer::after(length).await;
    sheet.end("sleeper", number);
}

pub(super) async fn naps(sheet: &'static Sheet, number: u32, count: u32, length: Duration) {
    for _ in 0..count {
        Timer::after(length).await;
    }
    sheet.end("nap", number);
}

/// Waits, then blocks its thread.
pub(super) async fn hog(sheet: &'static Sheet, number: u32, wait: Duration, block: Duration) {
    Timer::after(wait).await;
    thread::sleep(block);
    sheet.end("hog", number);
}

/// Computes in slices and lets others run between them.
pub(super) async fn polite(sheet: &'static Sheet, number: u32, slices: u32) {
    for _ in 0..slices {
        sheet.work(us(50));
        yield_now().await;
    }
    sheet.end("polite", number);
}

/// Makes blocking calls on the blocking pool, one after the other.
pub(super) async fn caller(sheet: &'static Sheet, number: u32, calls: u32, length: Duration) {
    for _ in 0..calls {
        unblock(move || thread::sleep(length)).await;
    }
    sheet.end("call", number);
}

/// A channel of capacity 0, built from smol's channels: the sender continues when it has the receiver's answer.
pub(super) async fn give(sheet: &'static Sheet, offers: Sender<u64>, answers: Receiver<()>) {
    for number in 0..20_000 {
        offers.send(number).await.expect("a receiver");
        answers.recv().await.expect("a receiver");
    }
    sheet.end("giver", 0);
}

pub(super) async fn take(sheet: &'static Sheet, offers: Receiver<u64>, answers: Sender<()>) {
    for _ in 0..20_000 {
        offers.recv().await.expect("a sender");
        answers.send(()).await.expect("a sender");
    }
    sheet.end("taker", 0);
}

/// Takes a lock again and again.
pub(super) async fn locker(sheet: &'static Sheet, number: u32, lock: &'static Mutex<()>) {
    for _ in 0..20_000 {
        let _guard = lock.lock().await;
        sheet.work(us(2));
    }
    sheet.end("holder", number);
}

/// Takes a lock again and again, and holds it over a wait.
pub(super) async fn waiting_locker(sheet: &'static Sheet, number: u32, lock: &'static Mutex<()>) {
    for _ in 0..10 {
        let _guard = lock.lock().await;
        Timer::after(ms(1)).await;
    }
    sheet.end("holder", number);
}

/// A sleeper that is cancelled. Its `_alive` is the first parameter, so it is dropped last, after the stop is recorded.
pub(super) async fn doomed_sleeper(_alive: Sender<()>, stop: Stop) {
    Timer::after(ms(10_000)).await;
    stop.passed();
}

/// A task that waits for a lock and is cancelled.
pub(super) async fn doomed_waiter(_alive: Sender<()>, stop: Stop, lock: &'static Mutex<()>) {
    // After the holder, in any order of their spawns.
    Timer::after(ms(2)).await;
    let _guard = lock.lock().await;
    Timer::after(ms(1)).await;
    stop.passed();
}

/// A task that computes a little, unless it is cancelled before.
pub(super) async fn doomed_guest(_alive: Sender<()>, stop: Stop, number: u32) {
    stop.sheet.work(us(10));
    stop.sheet.end("guest", number);
    stop.passed();
}

/// A call on the blocking pool whose task is cancelled. The call keeps the program alive, not the task.
pub(super) async fn doomed_call(stop: Stop, alive: Sender<()>) {
    let sheet = stop.sheet;
    let call = move || {
        thread::sleep(ms(50));
        sheet.work_ended();
        drop(alive);
    };
    unblock(call).await;
    stop.passed();
}

/// Round trips of a byte.
pub(super) async fn talk(sheet: &'static Sheet, stream: UnixStream) -> io::Result<()> {
    let mut stream = Async::new(stream)?;
    let mut byte = [0];
    for _ in 0..5_000 {
        stream.write_all(&byte).await?;
        stream.read_exact(&mut byte).await?;
    }
    sheet.end("client", 0);
    Ok(())
}
