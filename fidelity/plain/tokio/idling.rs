//! Runtimes that have next to nothing to do.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::sleep;

use super::Group;
use crate::plain::measure::Sheet;

pub(super) async fn sleeper(sheet: &'static Sheet, length: Duration) {
    let group = Group::new();
    group.spawn(async move {
        sleep(length).await;
        sheet.end("sleeper", 0);
    });
    group.ended().await;
}

pub(super) async fn million(sheet: &'static Sheet) {
    static ENDED: AtomicU64 = AtomicU64::new(0);
    let group = Group::new();
    for _ in 0..1_000_000 {
        // Not through the group: its wrapping future would hold this one twice.
        let running = group.running.clone();
        tokio::spawn(async move {
            sleep(Duration::from_secs(3)).await;
            ENDED.fetch_add(1, Relaxed);
            drop(running);
        });
    }
    group.ended().await;
    sheet.done("sleeper", ENDED.load(Relaxed));
}
