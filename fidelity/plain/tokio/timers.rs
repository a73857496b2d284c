//! Tasks that sleep, beside tasks that block or yield.

use std::thread;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use super::Group;
use crate::plain::measure::Sheet;

pub(super) async fn driver_stall(sheet: &'static Sheet) {
    let group = Group::new();
    for number in 0..20 {
        group.spawn(async move {
            for _ in 0..10 {
                sleep(Duration::from_millis(20)).await;
            }
            sheet.end("nap", number);
        });
    }
    group.spawn(async move {
        sleep(Duration::from_millis(45)).await;
        thread::sleep(Duration::from_millis(500));
        sheet.end("blocker", 0);
    });
    group.ended().await;
}

pub(super) async fn yields_among_timers(sheet: &'static Sheet) {
    let group = Group::new();
    for number in 0..4 {
        group.spawn(async move {
            for _ in 0..3000 {
                sheet.work(Duration::from_micros(20));
                yield_now().await;
            }
            sheet.end("yielder", number);
        });
    }
    group.spawn(naps_of("timer", sheet, 50, Duration::from_millis(1)));
    group.ended().await;
}

pub(super) async fn naps(sheet: &'static Sheet, count: u32, length: Duration) {
    let group = Group::new();
    group.spawn(naps_of("nap", sheet, count, length));
    group.ended().await;
}

pub(super) async fn naps_of(task: &str, sheet: &Sheet, count: u32, length: Duration) {
    for _ in 0..count {
        sleep(length).await;
    }
    sheet.end(task, 0);
}

pub(super) async fn sleepers(sheet: &'static Sheet, count: u32, length: Duration) {
    sheet.expect("sleeper", count as usize);
    let group = Group::new();
    for number in 0..count {
        // Not through the group: its wrapping future would hold this one twice.
        let running = group.running.clone();
        tokio::spawn(async move {
            sleep(length).await;
            sheet.end("sleeper", number);
            drop(running);
        });
    }
    group.ended().await;
}
