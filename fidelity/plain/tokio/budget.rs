//! Tasks that never have to wait: their budget decides how often they let a visitor run.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Barrier, Mutex, Semaphore, mpsc};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::Group;
use crate::plain::measure::Sheet;

const COUNT: u32 = 50_000;
const WORK: Duration = Duration::from_micros(1);
const OPEN: &str = "both ends are there";

/// The barrier at which the hog and the task with the other end of its channel wait after the last message.
fn both_ends() -> (Arc<Barrier>, Arc<Barrier>) {
    let end = Arc::new(Barrier::new(2));
    (Arc::clone(&end), end)
}

fn visit(group: &Group, sheet: &'static Sheet, yields: u32) {
    group.spawn(async move {
        for _ in 0..yields {
            yield_now().await;
        }
        sheet.end("visitor", 0);
    });
}

/// Counts the polls of a task: they show how many operations there are between two polls.
fn counted(sheet: &'static Sheet, task: impl Future<Output = ()> + Send + 'static) -> impl Future<Output = ()> + Send {
    let (mut task, mut polls) = (Box::pin(task), 0);
    poll_fn(move |cx| {
        polls += 1;
        task.as_mut().poll(cx).map(|()| sheet.polls("hog", polls))
    })
}

pub(super) async fn send(sheet: &'static Sheet) {
    let group = Group::new();
    let (sender, mut receiver) = mpsc::channel(COUNT as usize);
    let (end, last) = both_ends();
    group.spawn(counted(sheet, async move {
        for number in 0..COUNT {
            sender.send(number).await.expect(OPEN);
            sheet.work(WORK);
        }
        end.wait().await;
        sheet.end("hog", 0);
    }));
    visit(&group, sheet, 100);
    group.spawn(async move {
        last.wait().await;
        receiver.recv().await.expect(OPEN);
        sheet.end("keeper", 0);
    });
    group.ended().await;
}

pub(super) async fn unbounded_send(sheet: &'static Sheet) {
    let group = Group::new();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (end, last) = both_ends();
    group.spawn(counted(sheet, async move {
        for number in 0..COUNT {
            sender.send(number).expect(OPEN);
            sheet.work(WORK);
        }
        end.wait().await;
        sheet.end("hog", 0);
    }));
    visit(&group, sheet, 100);
    group.spawn(async move {
        last.wait().await;
        receiver.recv().await.expect(OPEN);
        sheet.end("keeper", 0);
    });
    group.ended().await;
}

pub(super) async fn recv(sheet: &'static Sheet) {
    let group = Group::new();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    group.spawn(counted(sheet, async move {
        for number in 0..COUNT {
            sender.send(number).expect(OPEN);
        }
        for _ in 0..COUNT {
            receiver.recv().await.expect(OPEN);
            sheet.work(WORK);
        }
        sheet.end("hog", 0);
    }));
    visit(&group, sheet, 100);
    group.ended().await;
}

pub(super) async fn lock(sheet: &'static Sheet) {
    let group = Group::new();
    let ledger = Mutex::new(());
    group.spawn(counted(sheet, async move {
        for _ in 0..COUNT {
            let _held = ledger.lock().await;
            sheet.work(WORK);
        }
        sheet.end("hog", 0);
    }));
    visit(&group, sheet, 100);
    group.ended().await;
}

pub(super) async fn permit(sheet: &'static Sheet) {
    let group = Group::new();
    let seats = Semaphore::new(2);
    group.spawn(counted(sheet, async move {
        for _ in 0..COUNT {
            let _seat = seats.acquire().await.expect(OPEN);
            sheet.work(WORK);
        }
        sheet.end("hog", 0);
    }));
    visit(&group, sheet, 100);
    group.ended().await;
}

pub(super) async fn join(sheet: &'static Sheet) {
    let group = Group::new();
    group.spawn(async move {
        let children: Vec<_> = (0..1000).map(|_| tokio::spawn(async {})).collect();
        for child in children {
            child.await.expect("no panic");
        }
        sheet.end("parent", 0);
    });
    group.spawn(async move {
        for _ in 0..200 {
            sheet.work(Duration::from_micros(100));
            yield_now().await;
        }
        sheet.end("neighbour", 0);
    });
    group.ended().await;
}

pub(super) async fn timer(sheet: &'static Sheet) {
    let group = Group::new();
    let ledger = Arc::new(Mutex::new(()));
    group.spawn(counted(sheet, async move {
        for _ in 0..100 {
            for _ in 0..1000 {
                let _held = ledger.lock().await;
                sheet.work(WORK);
            }
            sleep(Duration::from_nanos(1)).await;
        }
        sheet.end("hog", 0);
    }));
    visit(&group, sheet, 500);
    group.ended().await;
}
