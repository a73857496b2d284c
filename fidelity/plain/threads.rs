//! Plain programs on threads: the main thread starts one for each task and does not join it.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::channel;
use std::thread;

use crossbeam_channel::bounded;

use super::blocking::{cancel_at, sleep_until, talk};
use super::measure::Sheet;
use super::peer::{Peer, use_core};
use super::tasks::ms;

/// Runs the program of a case. False if there is none.
pub(super) fn run(case: &str, sheet: &'static Sheet) -> bool {
    let program: fn(&'static Sheet) = match case {
        "idle" => idle,
        "wake-by-arrival" => wake_by_arrival,
        "spawn-threads" => spawn_threads,
        "spawn-child-threads" => spawn_child_threads,
        "rendezvous" => rendezvous,
        "cancel-between-naps" => cancel_between_naps,
        "cancel-offloaded" => cancel_offloaded,
        "socket" => socket,
        "cold-stacks" => cold_stacks,
        "warm-stacks" => warm_stacks,
        "compute" => compute,
        "ten-thousand-threads" => ten_thousand_threads,
        _ => return false,
    };
    if case == "socket" {
        use_core(0);
    }
    program(sheet);
    sheet.finish();
    true
}

/// Starts `count` threads, and waits until the last has ended.
fn each(count: u32, body: impl Fn(u32) + Copy + Send + 'static) {
    let (alive, all_gone) = channel::<()>();
    for number in 0..count {
        let alive = alive.clone();
        thread::spawn(move || {
            body(number);
            drop(alive);
        });
    }
    drop(alive);
    let _ = all_gone.recv();
}

fn idle(sheet: &'static Sheet) {
    sheet.begin();
    each(1, move |_| {
        thread::sleep(ms(500));
        sheet.end("sleeper", 0);
    });
}

fn wake_by_arrival(sheet: &'static Sheet) {
    sheet.begin();
    for number in 0..11 {
        let due = ms(50) * number;
        sleep_until(sheet.started() + due);
        each(1, move |_| sheet.end_of("request", number, due));
    }
}

fn spawn_threads(sheet: &'static Sheet) {
    sheet.begin();
    each(2_000, |_| ());
    sheet.done("guest", 2_000);
}

fn spawn_child_threads(sheet: &'static Sheet) {
    sheet.begin();
    each(1, move |_| {
        each(2_000, |_| ());
        sheet.done("child", 2_000);
        sheet.end("parent", 0);
    });
}

fn rendezvous(sheet: &'static Sheet) {
    let (sender, receiver) = bounded(0);
    sheet.begin();
    let sender = thread::spawn(move || {
        (0..20_000).for_each(|number| sender.send(number).expect("a receiver"));
        sheet.end("giver", 0);
    });
    let receiver = thread::spawn(move || {
        assert_eq!(receiver.iter().take(20_000).last(), Some(19_999));
        sheet.end("taker", 0);
    });
    sender.join().expect("no panic");
    receiver.join().expect("no panic");
}

/// Cancels by a flag that each thread checks between its steps.
fn cancel_between_naps(sheet: &'static Sheet) {
    static IS_CANCELLED: AtomicBool = AtomicBool::new(false);
    sheet.begin();
    cancel_at(sheet, 50, &IS_CANCELLED);
    each(4, move |_| {
        (0..5).take_while(|_| !IS_CANCELLED.load(Relaxed)).for_each(|_| thread::sleep(ms(40)));
        sheet.cancelled("sleeper", ms(50));
    });
}

/// Each thread makes its call itself, so nothing stops the call. No step follows it that could be cancelled.
fn cancel_offloaded(sheet: &'static Sheet) {
    sheet.begin();
    each(6, move |number| {
        thread::sleep(ms(50));
        sheet.end("call", number);
    });
}

fn socket(sheet: &'static Sheet) {
    let (stream, _peer) = Peer::start();
    sheet.begin();
    let client = thread::spawn(move || talk(sheet, stream).expect("a peer"));
    client.join().expect("no panic");
}

fn cold_stacks(sheet: &'static Sheet) {
    sheet.begin();
    nap_on_300(sheet);
}

fn warm_stacks(sheet: &'static Sheet) {
    each(300, |_| thread::sleep(ms(5)));
    thread::sleep(ms(20));
    sheet.begin();
    nap_on_300(sheet);
}

fn nap_on_300(sheet: &'static Sheet) {
    each(300, move |number| {
        thread::sleep(ms(20));
        sheet.end("nap", number);
    });
}

fn compute(sheet: &'static Sheet) {
    sheet.begin();
    each(400, move |number| {
        sheet.work(ms(1));
        sheet.end("work", number);
    });
}

fn ten_thousand_threads(sheet: &'static Sheet) {
    sheet.begin();
    each(10_000, |_| thread::sleep(ms(1_000)));
    sheet.done("sleeper", 10_000);
}
