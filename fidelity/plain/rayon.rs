//! Plain programs on rayon: a pool of two threads, and jobs from the main thread, which is not in the pool.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::channel;
use std::thread;

use crossbeam_channel::bounded;
use parking_lot::Mutex;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ScopeFifo, ThreadPool, ThreadPoolBuilder};

use super::blocking::{cancel_at, sleep_until, talk};
use super::measure::Sheet;
use super::peer::{Peer, use_core};
use super::tasks::{ms, us};

type Pool = &'static ThreadPool;

/// Runs the program of a case. False if there is none.
pub(super) fn run(case: &str, sheet: &'static Sheet) -> bool {
    let program: fn(Pool, &'static Sheet) = match case {
        "idle" => idle,
        "wake-by-arrival" => wake_by_arrival,
        "spawn-many" => spawn_many,
        "spawn-children" => spawn_children,
        "rendezvous" => rendezvous,
        "cancel-between-naps" => cancel_between_naps,
        "cancel-behind-block" => cancel_behind_block,
        "cancel-offloaded" => cancel_offloaded,
        "socket" => socket,
        "outside-behind-fold" => outside_behind_fold,
        "outside-behind-par-iter" => outside_behind_par_iter,
        "stolen-under-lock" => stolen_under_lock,
        "order-from-outside" => order_from_outside,
        "order-in-a-scope" => order_in_a_scope,
        "nested-scopes" => nested_scopes,
        "nested-joins" => nested_joins,
        "idle-spin" => idle_spin,
        _ => return false,
    };
    if case == "socket" {
        use_core(0);
    }
    let workers = match case {
        "cancel-behind-block" => 1,
        "stolen-under-lock" => 16,
        _ => 2,
    };
    let pool = ThreadPoolBuilder::new().num_threads(workers).build().expect("a pool");
    pool.broadcast(|_| ());
    // The pool's threads look for work for a while before they sleep.
    thread::sleep(ms(5));
    program(Box::leak(Box::new(pool)), sheet);
    sheet.finish();
    true
}

/// Submits `count` jobs from outside, and waits until the last has ended.
fn each(pool: Pool, count: u32, body: impl Fn(u32) + Copy + Send + 'static) {
    let (alive, all_gone) = channel::<()>();
    for number in 0..count {
        let alive = alive.clone();
        pool.spawn(move || {
            body(number);
            drop(alive);
        });
    }
    drop(alive);
    let _ = all_gone.recv();
}

fn idle(pool: Pool, sheet: &'static Sheet) {
    sheet.begin();
    each(pool, 1, move |_| {
        thread::sleep(ms(500));
        sheet.end("sleeper", 0);
    });
}

fn wake_by_arrival(pool: Pool, sheet: &'static Sheet) {
    sheet.begin();
    for number in 0..11 {
        let due = ms(50) * number;
        sleep_until(sheet.started() + due);
        each(pool, 1, move |_| sheet.end_of("request", number, due));
    }
}

fn spawn_many(pool: Pool, sheet: &'static Sheet) {
    sheet.begin();
    each(pool, 200_000, |_| ());
    sheet.done("guest", 200_000);
}

fn spawn_children(pool: Pool, sheet: &'static Sheet) {
    let (alive, all_gone) = channel::<()>();
    sheet.begin();
    pool.spawn(move || {
        for _ in 0..200_000 {
            let alive = alive.clone();
            rayon::spawn_fifo(move || drop(alive));
        }
        sheet.end("parent", 0);
    });
    let _ = all_gone.recv();
    sheet.done("child", 200_000);
}

fn rendezvous(pool: Pool, sheet: &'static Sheet) {
    let (sender, receiver) = bounded(0);
    let (alive, all_gone) = channel::<()>();
    let receiver_alive = alive.clone();
    sheet.begin();
    pool.spawn(move || {
        (0..20_000).for_each(|number| sender.send(number).expect("a receiver"));
        sheet.end("giver", 0);
        drop(alive);
    });
    pool.spawn(move || {
        assert_eq!(receiver.iter().take(20_000).last(), Some(19_999));
        sheet.end("taker", 0);
        drop(receiver_alive);
    });
    let _ = all_gone.recv();
}

/// Cancels by a flag that each job checks between its steps.
fn cancel_between_naps(pool: Pool, sheet: &'static Sheet) {
    static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
    sheet.begin();
    cancel_at(sheet, 50, &IS_CANCELLED);
    each(pool, 4, move |_| {
        (0..5).take_while(|_| !IS_CANCELLED.load(Relaxed)).for_each(|_| thread::sleep(ms(40)));
        sheet.cancelled("sleeper", ms(50));
    });
}

fn cancel_behind_block(pool: Pool, sheet: &'static Sheet) {
    static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
    sheet.begin();
    cancel_at(sheet, 50, &IS_CANCELLED);
    pool.spawn(move || {
        thread::sleep(ms(100));
        sheet.end("blocker", 0);
    });
    sleep_until(sheet.started() + ms(5));
    each(pool, 100, move |number| {
        if IS_CANCELLED.load(Relaxed) {
            return sheet.cancelled("guest", ms(50));
        }
        sheet.work(us(10));
        sheet.end_of("guest", number, ms(5));
    });
}

/// Each job makes its call itself, so nothing stops the call. The jobs queued after it find the flag set.
fn cancel_offloaded(pool: Pool, sheet: &'static Sheet) {
    static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
    sheet.begin();
    cancel_at(sheet, 20, &IS_CANCELLED);
    each(pool, 6, move |number| {
        if IS_CANCELLED.load(Relaxed) {
            return sheet.cancelled("call", ms(20));
        }
        thread::sleep(ms(50));
        sheet.end("call", number);
    });
}

fn socket(pool: Pool, sheet: &'static Sheet) {
    let (stream, _peer) = Peer::start();
    let (alive, all_gone) = channel::<()>();
    sheet.begin();
    pool.spawn(move || {
        talk(sheet, stream).expect("a peer");
        drop(alive);
    });
    let _ = all_gone.recv();
}

/// Folds on the pool, and submits a visitor from outside each 8 ms.
fn visit(pool: Pool, sheet: &'static Sheet, fold: impl FnOnce() + Send + 'static) {
    let (alive, all_gone) = channel::<()>();
    let fold_alive = alive.clone();
    sheet.begin();
    pool.spawn(move || {
        fold();
        sheet.end("fold", 0);
        drop(fold_alive);
    });
    for number in 0..10 {
        let due = ms(8) * number;
        sleep_until(sheet.started() + due);
        let alive = alive.clone();
        pool.spawn(move || {
            sheet.work(us(20));
            sheet.end_of("visitor", number, due);
            drop(alive);
        });
    }
    drop(alive);
    let _ = all_gone.recv();
}

fn outside_behind_fold(pool: Pool, sheet: &'static Sheet) {
    visit(pool, sheet, move || {
        rayon::scope_fifo(|scope| (0..400).for_each(|_| scope.spawn_fifo(|_| sheet.work(us(500)))));
        sheet.done("part", 400);
    });
}

fn outside_behind_par_iter(pool: Pool, sheet: &'static Sheet) {
    visit(pool, sheet, move || {
        let add = |sum, part: u64| {
            sheet.work(us(500));
            sum + part
        };
        let sum: u64 = (0..400).into_par_iter().fold(|| 0, add).sum();
        assert_eq!(sum, 399 * 200);
        sheet.done("part", 400);
    });
}

/// A job holds a lock and waits for eight other jobs, each of which waits for its two parts. While a part is stolen, the thread
/// of the waiting job runs another job that wants the lock. That job never continues, and so no job does.
fn stolen_under_lock(pool: Pool, sheet: &'static Sheet) {
    static TOTAL: Mutex<()> = Mutex::new(());
    let part = move |number: u32| {
        thread::sleep(ms(30 + u64::from(number * 7 % 20)));
        sheet.end("part", number);
    };
    sheet.begin();
    pool.spawn(move || {
        let _total = TOTAL.lock();
        rayon::scope_fifo(|scope| {
            for pair in 0..8 {
                scope.spawn_fifo(move |_| {
                    rayon::scope_fifo(|scope| (0..2).for_each(|one| scope.spawn_fifo(move |_| part(2 * pair + one))));
                });
            }
        });
        sheet.end("holder", 0);
    });
    sleep_until(sheet.started() + ms(20));
    for number in 0..32 {
        pool.spawn(move || {
            let _total = TOTAL.lock();
            sheet.end_of("wanter", number, ms(20));
        });
    }
    // Jobs that have not ended by then never end.
    sleep_until(sheet.started() + ms(400));
}

fn order_from_outside(pool: Pool, sheet: &'static Sheet) {
    sheet.begin();
    each(pool, 200, move |number| {
        sheet.start("job", number);
        sheet.work(us(200));
        sheet.end("job", number);
    });
}

fn order_in_a_scope(pool: Pool, sheet: &'static Sheet) {
    sheet.begin();
    pool.scope(|scope| {
        for number in 0..200 {
            scope.spawn(move |_| {
                sheet.start("job", number);
                sheet.work(us(200));
                sheet.end("job", number);
            });
        }
    });
}

fn nested_scopes(pool: Pool, sheet: &'static Sheet) {
    fn branch(scope: &ScopeFifo<'_>, levels: u32, sheet: &'static Sheet) {
        scope.spawn_fifo(move |_| match levels {
            0 => sheet.work(us(200)),
            _ => rayon::scope_fifo(|scope| (0..4).for_each(|_| branch(scope, levels - 1, sheet))),
        });
    }
    sheet.begin();
    pool.scope_fifo(|scope| branch(scope, 4, sheet));
    sheet.done("leaf", 256);
}

fn nested_joins(pool: Pool, sheet: &'static Sheet) {
    fn branch(levels: u32, sheet: &'static Sheet) {
        match levels {
            0 => sheet.work(us(200)),
            _ => drop(rayon::join(|| branch(levels - 1, sheet), || branch(levels - 1, sheet))),
        }
    }
    sheet.begin();
    pool.install(|| branch(8, sheet));
    sheet.done("leaf", 256);
}

fn idle_spin(pool: Pool, sheet: &'static Sheet) {
    let (alive, all_gone) = channel::<()>();
    sheet.begin();
    for number in 0..1_000 {
        let due = us(500) * number;
        sleep_until(sheet.started() + due);
        let alive = alive.clone();
        pool.spawn(move || {
            sheet.work(us(20));
            sheet.end_of("job", number, due);
            drop(alive);
        });
    }
    drop(alive);
    let _ = all_gone.recv();
}
