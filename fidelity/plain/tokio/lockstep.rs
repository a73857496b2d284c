//! Two tasks that pass a message to and fro, alone and beside other tasks.

use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::{Group, timers};
use crate::plain::measure::Sheet;

const OPEN: &str = "both ends are there";

/// Two tasks that pass a message to and fro `rounds` times, and compute before each wait.
fn pair(group: &Group, sheet: &'static Sheet, [caller, echo]: [&'static str; 2], rounds: u32, work: Duration) {
    let (requests, mut incoming) = mpsc::channel(1);
    let (replies, mut answers) = mpsc::channel(1);
    group.spawn(async move {
        for number in 0..rounds {
            requests.send(number).await.expect(OPEN);
            sheet.work(work);
            answers.recv().await.expect(OPEN);
        }
        sheet.end(caller, 0);
    });
    group.spawn(async move {
        for _ in 0..rounds {
            let number: u32 = incoming.recv().await.expect(OPEN);
            sheet.work(work);
            replies.send(number).await.expect(OPEN);
        }
        sheet.end(echo, 0);
    });
}

pub(super) async fn lockstep(sheet: &'static Sheet) {
    let group = Group::new();
    pair(&group, sheet, ["caller", "echo"], 50_000, Duration::ZERO);
    group.ended().await;
}

pub(super) async fn cap(sheet: &'static Sheet) {
    let (group, work) = (Group::new(), Duration::from_micros(10));
    pair(&group, sheet, ["long", "long-echo"], 10_000, work);
    pair(&group, sheet, ["brief", "brief-echo"], 1_000, work);
    group.ended().await;
}

pub(super) async fn beside_timers(sheet: &'static Sheet) {
    let group = Group::new();
    pair(&group, sheet, ["caller", "echo"], 10_000, Duration::from_micros(10));
    group.spawn(timers::naps_of("timer", sheet, 50, Duration::from_millis(1)));
    group.ended().await;
}

pub(super) async fn beside_calls(sheet: &'static Sheet) {
    let group = Group::new();
    pair(&group, sheet, ["caller", "echo"], 10_000, Duration::from_micros(10));
    group.spawn(async move {
        for _ in 0..40 {
            spawn_blocking(|| thread::sleep(Duration::from_millis(1))).await.expect("no panic");
        }
        sheet.end("guest", 0);
    });
    group.ended().await;
}

/// tokio has no channel of capacity 0: a message carries a channel for its answer instead.
pub(super) async fn rendezvous(sheet: &'static Sheet) {
    let group = Group::new();
    let (hand, mut offers) = mpsc::channel(1);
    group.spawn(async move {
        for _ in 0..20_000 {
            let (taken, is_taken) = oneshot::channel();
            hand.send(taken).await.expect(OPEN);
            is_taken.await.expect(OPEN);
        }
        sheet.end("giver", 0);
    });
    group.spawn(async move {
        for _ in 0..20_000 {
            let taken: oneshot::Sender<()> = offers.recv().await.expect(OPEN);
            taken.send(()).expect(OPEN);
        }
        sheet.end("taker", 0);
    });
    group.ended().await;
}
