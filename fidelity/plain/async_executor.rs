//! Plain programs on async-executor: two threads run it, as smol runs its global executor, and the main thread waits. A main
//! task spawns all tasks, unless the case says otherwise.

use std::future::pending;
use std::thread;

use async_executor::{Executor, StaticExecutor};
use smol::channel::bounded;
use smol::lock::Mutex;
use smol::{Timer, block_on};

use super::measure::Sheet;
use super::peer::{Peer, use_core, with_blocking_threads};
use super::tasks::{
    Stop, all, caller, doomed_call, doomed_guest, doomed_sleeper, doomed_waiter, give, hog, locker, ms, naps, polite,
    sleep, take, talk, waiting_locker,
};

type Stealing = &'static StaticExecutor;

/// Runs the program of a case. False if there is none.
pub(super) fn run(case: &str, sheet: &'static Sheet) -> bool {
    let program: fn(Stealing, &'static Sheet) = match case {
        "idle" => idle,
        "nearly-idle" => nearly_idle,
        "wake-by-arrival" => wake_by_arrival,
        "wake-by-timer" => wake_by_timer,
        "wake-from-outside" => wake_from_outside,
        "spawn-many" => spawn_many,
        "spawn-many-from-outside" => spawn_many_from_outside,
        "spawn-children" => spawn_children,
        "rendezvous" => rendezvous,
        "cancel-waiting" => cancel_waiting,
        "cancel-queued" => cancel_queued,
        "cancel-runnable" => cancel_runnable,
        "cancel-behind-block" => cancel_behind_block,
        "cancel-offloaded" => cancel_offloaded,
        "million-sleepers" => million_sleepers,
        "socket" => socket,
        "blocked-workers" => blocked_workers,
        "blocked-queue" => blocked_queue,
        "global-queue" => global_queue,
        "lock-contended" => lock_contended,
        "lock-over-wait" => lock_over_wait,
        "sleepers-at-once" => sleepers_at_once,
        _ => return false,
    };
    match case {
        "cancel-offloaded" => with_blocking_threads(2),
        "socket" => use_core(0),
        _ => {}
    }
    let executor = Executor::new().leak();
    let workers = if case == "cancel-runnable" || case == "cancel-behind-block" { 1 } else { 2 };
    for number in 0..workers {
        let worker = thread::Builder::new().name(format!("worker-{number}"));
        worker.spawn(|| block_on(executor.run(pending::<()>()))).expect("a thread");
    }
    // The first timer starts the reactor's thread, which polls often at first.
    main_task(executor, async {
        let _ = Timer::after(ms(50)).await;
    });
    program(executor, sheet);
    sheet.finish();
    true
}

/// Runs the main task, which spawns the other tasks, to its end.
fn main_task(executor: Stealing, main: impl Future<Output = ()> + Send + 'static) {
    block_on(executor.spawn(main));
}

fn idle(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, sleep(sheet, 0, ms(500)));
}

fn nearly_idle(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, naps(sheet, 0, 100, ms(5)));
}

fn wake_by_arrival(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, async move {
        for number in 0..11 {
            let due = ms(50) * number;
            Timer::at(sheet.started() + due).await;
            executor.spawn(async move { sheet.end_of("request", number, due) }).detach();
        }
        Timer::after(ms(1)).await;
    });
}

fn wake_by_timer(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, sleep(sheet, 0, ms(200)));
}

fn wake_from_outside(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, caller(sheet, 0, 1, ms(200)));
}

fn spawn_many(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        for _ in 0..200_000 {
            let alive = alive.clone();
            executor.spawn(async move { drop(alive) }).detach();
        }
        drop(alive);
        let _ = all_gone.recv().await;
        sheet.done("guest", 200_000);
    });
}

fn spawn_many_from_outside(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    for _ in 0..200_000 {
        let alive = alive.clone();
        executor.spawn(async move { drop(alive) }).detach();
    }
    drop(alive);
    let _ = block_on(all_gone.recv());
    sheet.done("guest", 200_000);
}

fn spawn_children(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        let parent = executor.spawn(async move {
            for _ in 0..200_000 {
                let alive = alive.clone();
                executor.spawn(async move { drop(alive) }).detach();
            }
            sheet.end("parent", 0);
        });
        parent.await;
        let _ = all_gone.recv().await;
        sheet.done("child", 200_000);
    });
}

fn rendezvous(executor: Stealing, sheet: &'static Sheet) {
    let (offer, offers) = bounded(1);
    let (answer, answers) = bounded(1);
    sheet.begin();
    main_task(executor, async move {
        all([executor.spawn(give(sheet, offer, answers)), executor.spawn(take(sheet, offers, answer))]).await;
    });
}

fn cancel_waiting(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        let stop = || Stop { sheet, task: "sleeper", intended: ms(50) };
        let sleepers: Vec<_> = (0..1_000).map(|_| executor.spawn(doomed_sleeper(alive.clone(), stop()))).collect();
        drop(alive);
        Timer::at(sheet.started() + ms(50)).await;
        drop(sleepers);
        let _ = all_gone.recv().await;
    });
}

fn cancel_queued(executor: Stealing, sheet: &'static Sheet) {
    static LEDGER: Mutex<()> = Mutex::new(());
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        let holder = executor.spawn(async move {
            let _guard = LEDGER.lock().await;
            Timer::after(ms(100)).await;
            sheet.end("holder", 0);
        });
        let stop = || Stop { sheet, task: "waiter", intended: ms(50) };
        let waiters: Vec<_> = (0..100).map(|_| executor.spawn(doomed_waiter(alive.clone(), stop(), &LEDGER))).collect();
        drop(alive);
        Timer::at(sheet.started() + ms(50)).await;
        drop(waiters);
        holder.await;
        let _ = all_gone.recv().await;
    });
}

fn cancel_runnable(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        let blocker = executor.spawn(async move {
            thread::sleep(ms(100));
            sheet.end("blocker", 0);
        });
        let stop = || Stop { sheet, task: "guest", intended: ms(50) };
        let guests: Vec<_> =
            (0..100).map(|number| executor.spawn(doomed_guest(alive.clone(), stop(), number))).collect();
        drop(alive);
        Timer::at(sheet.started() + ms(50)).await;
        drop(guests);
        blocker.await;
        let _ = all_gone.recv().await;
    });
}

fn cancel_behind_block(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        let blocker = executor.spawn(async move {
            thread::sleep(ms(100));
            sheet.end("blocker", 0);
        });
        Timer::at(sheet.started() + ms(5)).await;
        let stop = || Stop { sheet, task: "guest", intended: ms(50) };
        let guests: Vec<_> =
            (0..100).map(|number| executor.spawn(doomed_guest(alive.clone(), stop(), number))).collect();
        drop(alive);
        Timer::at(sheet.started() + ms(50)).await;
        drop(guests);
        blocker.await;
        let _ = all_gone.recv().await;
    });
}

fn cancel_offloaded(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        let stop = || Stop { sheet, task: "call", intended: ms(20) };
        let calls: Vec<_> = (0..6).map(|_| executor.spawn(doomed_call(stop(), alive.clone()))).collect();
        drop(alive);
        Timer::at(sheet.started() + ms(20)).await;
        drop(calls);
        let _ = all_gone.recv().await;
    });
}

fn million_sleepers(executor: Stealing, sheet: &'static Sheet) {
    let (alive, all_gone) = bounded::<()>(1);
    sheet.begin();
    main_task(executor, async move {
        for _ in 0..1_000_000 {
            let alive = alive.clone();
            let sleeper = async move {
                Timer::after(ms(3_000)).await;
                drop(alive);
            };
            executor.spawn(sleeper).detach();
        }
        drop(alive);
        let _ = all_gone.recv().await;
        sheet.done("sleeper", 1_000_000);
    });
}

fn socket(executor: Stealing, sheet: &'static Sheet) {
    let (stream, _peer) = Peer::start();
    sheet.begin();
    main_task(executor, async move { talk(sheet, stream).await.expect("a peer") });
}

fn blocked_workers(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, async move {
        let naps = (0..20).map(|number| executor.spawn(naps(sheet, number, 10, ms(20))));
        let hogs = (0..2).map(|number| executor.spawn(hog(sheet, number, ms(45), ms(300))));
        all(naps.chain(hogs)).await;
    });
}

fn blocked_queue(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, async move {
        let polite = (0..20).map(|number| executor.spawn(polite(sheet, number, 400)));
        let hogs = (0..1).map(|number| executor.spawn(hog(sheet, number, ms(10), ms(300))));
        all(polite.chain(hogs)).await;
    });
}

fn global_queue(executor: Stealing, sheet: &'static Sheet) {
    sheet.begin();
    main_task(executor, async move {
        let polite = (0..40).map(|number| executor.spawn(polite(sheet, number, 200)));
        let callers = (0..4).map(|number| executor.spawn(caller(sheet, number, 10, ms(1))));
        all(polite.chain(callers)).await;
    });
}

fn lock_contended(executor: Stealing, sheet: &'static Sheet) {
    static LEDGER: Mutex<()> = Mutex::new(());
    sheet.begin();
    main_task(executor, async move {
        all((0..2).map(|number| executor.spawn(locker(sheet, number, &LEDGER)))).await;
    });
}

fn lock_over_wait(executor: Stealing, sheet: &'static Sheet) {
    static LEDGER: Mutex<()> = Mutex::new(());
    sheet.begin();
    main_task(executor, async move {
        all((0..20).map(|number| executor.spawn(waiting_locker(sheet, number, &LEDGER)))).await;
    });
}

fn sleepers_at_once(executor: Stealing, sheet: &'static Sheet) {
    sheet.expect("sleeper", 10_000);
    sheet.begin();
    main_task(executor, async move {
        all((0..10_000).map(|number| executor.spawn(sleep(sheet, number, ms(50))))).await;
    });
}
