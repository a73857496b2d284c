//! Tasks that want one lock.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

use super::Group;
use crate::plain::measure::Sheet;

pub(super) async fn in_order(sheet: &'static Sheet) {
    let group = Group::new();
    let ledger = Arc::new(Mutex::new(()));
    for number in 0..20 {
        let ledger = Arc::clone(&ledger);
        group.spawn(async move {
            let held = ledger.lock().await;
            sleep(Duration::from_millis(2)).await;
            drop(held);
            sheet.end("holder", number);
        });
    }
    group.ended().await;
}

pub(super) async fn contended(sheet: &'static Sheet) {
    let group = Group::new();
    let ledger = Arc::new(Mutex::new(()));
    for number in 0..2 {
        let ledger = Arc::clone(&ledger);
        group.spawn(async move {
            for _ in 0..20_000 {
                let _held = ledger.lock().await;
                sheet.work(Duration::from_micros(2));
            }
            sheet.end("holder", number);
        });
    }
    group.ended().await;
}
