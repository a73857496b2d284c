//! Blocking calls, made on the runtime's pool for them.

use std::thread;
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Group;
use crate::plain::measure::Sheet;

pub(super) async fn call(length: Duration) {
    spawn_blocking(move || thread::sleep(length)).await.expect("no panic");
}

pub(super) async fn exhausted(sheet: &'static Sheet) {
    let group = Group::new();
    for number in 0..60 {
        group.spawn(async move {
            call(Duration::from_millis(20)).await;
            sheet.end("call", number);
        });
    }
    group.ended().await;
}

pub(super) async fn cold_and_warm(sheet: &'static Sheet) {
    let group = Group::new();
    for number in 0..100 {
        group.spawn(async move {
            let begun = Instant::now();
            call(Duration::from_millis(5)).await;
            sheet.step("call", "cold", begun.elapsed());
            sleep(Duration::from_millis(100)).await;
            let begun = Instant::now();
            call(Duration::from_millis(5)).await;
            sheet.step("call", "warm", begun.elapsed());
            sheet.end("call", number);
        });
    }
    group.ended().await;
}

pub(super) async fn one(sheet: &'static Sheet) {
    let group = Group::new();
    group.spawn(async move {
        call(Duration::from_millis(200)).await;
        sheet.end("call", 0);
    });
    group.ended().await;
}
