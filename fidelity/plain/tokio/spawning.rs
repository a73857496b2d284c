//! Tasks that are spawned at once.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Group;
use crate::plain::measure::Sheet;

static ENDED: AtomicU64 = AtomicU64::new(0);

pub(super) async fn burst(sheet: &'static Sheet) {
    let group = Group::new();
    for number in 0..16 {
        group.spawn(async move {
            sheet.start("guest", number);
            sheet.work(Duration::from_micros(100));
            sheet.end("guest", number);
        });
    }
    group.ended().await;
}

pub(super) async fn many(sheet: &'static Sheet) {
    let group = Group::new();
    for _ in 0..200_000 {
        group.spawn(async {
            ENDED.fetch_add(1, Relaxed);
        });
    }
    group.ended().await;
    sheet.done("guest", ENDED.load(Relaxed));
}

pub(super) async fn children(sheet: &'static Sheet) {
    let group = Group::new();
    let running = group.running.clone();
    group.spawn(async move {
        for _ in 0..200_000 {
            let running = running.clone();
            tokio::spawn(async move {
                ENDED.fetch_add(1, Relaxed);
                drop(running);
            });
        }
        sheet.end("parent", 0);
    });
    group.ended().await;
    sheet.done("child", ENDED.load(Relaxed));
}
