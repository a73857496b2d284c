//! What every idiom's channels and locks have in common, tried on each.

use std::future::poll_fn;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::thread;
use std::time::Duration;

use super::*;
use crate::idiom::{Blocking, Idiom, Smol, ThreadMutex, Tokio};

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn channel<I: Idiom>(capacity: Option<u32>, takers: Takers) -> &'static I::Channel {
    leaked(I::Channel::new(Capacity::of(capacity), takers))
}

/// Waits for a future of any idiom, on a thread of its own: none of these needs a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    smol::future::block_on(future)
}

/// The next number of a channel.
async fn recv<C: Channel>(channel: &'static C) -> Option<u64> {
    let mut taker = channel.taker();
    poll_fn(|cx| taker.poll_take(cx)).await
}

fn numbers_come_in_order_and_no_more_than_fit<I: Idiom>(takers: Takers) {
    let channel = channel::<I>(Some(3), takers);
    assert_eq!(channel.try_recv(), Attempt::Wait);
    for number in 1..=3 {
        assert_eq!(channel.try_send(number), Attempt::Done(()));
    }
    assert_eq!(channel.try_send(4), Attempt::Wait, "it is full");
    assert_eq!(channel.try_recv(), Attempt::Done(1));
    assert!(wait(channel.send(4)));
    channel.close();
    assert_eq!(channel.try_send(5), Attempt::Closed);
    assert!(!wait(channel.send(5)));
    // What was in it before its end can still be taken.
    assert_eq!((wait(recv(channel)), channel.try_recv(), wait(recv(channel))), (Some(2), Attempt::Done(3), Some(4)));
    assert_eq!((channel.try_recv(), wait(recv(channel))), (Attempt::Closed, None));
}

fn a_channel_without_bound_takes_all<I: Idiom>(takers: Takers) {
    let channel = channel::<I>(None, takers);
    assert!((0..10_000).all(|number| channel.try_send(number) == Attempt::Done(())));
    assert!((0..10_000).all(|number| channel.try_recv() == Attempt::Done(number)));
    assert_eq!(channel.try_recv(), Attempt::Wait);
}

/// Threads wait for each other: two that send, one or two that take, whatever the order.
fn nothing_is_lost_nor_doubled<I: Idiom>(capacity: Option<u32>, takers: Takers) {
    let channel = channel::<I>(capacity, takers);
    let takers = (0..if takers == Takers::One { 1 } else { 2 }).map(|_| {
        thread::spawn(move || {
            let mut taken = Vec::new();
            while let Some(number) = wait(recv(channel)) {
                taken.push(number);
            }
            taken
        })
    });
    let takers: Vec<_> = takers.collect();
    let senders =
        [0, 500].map(|from| thread::spawn(move || (from..from + 500).all(|number| wait(channel.send(number)))));
    assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
    channel.close();
    let taken: Vec<_> = takers.into_iter().map(|taker| taker.join().unwrap()).collect();
    for from in [0, 500] {
        let of_one =
            |taken: &[u64]| taken.iter().copied().filter(|n| (from..from + 500).contains(n)).collect::<Vec<_>>();
        assert!(taken.iter().all(|taken| of_one(taken).is_sorted()), "in the order in which they were sent");
    }
    let mut all = taken.concat();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..1_000), "{capacity:?}: {} of 1000", all.len());
}

fn who_waits_at_a_channel_learns_of_its_end<I: Idiom>(capacity: u32, takers: Takers) {
    let (empty, full) = (channel::<I>(Some(capacity), takers), channel::<I>(Some(capacity), takers));
    while full.try_send(7) == Attempt::Done(()) {}
    let mut waiting = vec![thread::spawn(|| wait(recv(empty)).is_none()), thread::spawn(|| !wait(full.send(1)))];
    if takers == Takers::Several {
        waiting.push(thread::spawn(|| wait(recv(empty)).is_none()));
    }
    thread::sleep(Duration::from_millis(20));
    empty.close();
    full.close();
    assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap()));
}

/// The end comes while threads are on their way into a wait and out of it: none sleeps on, and what was sent is taken or left.
fn the_end_of_a_channel_finds_whoever_waits<I: Idiom>(capacity: Option<u32>, senders_end: bool) {
    for round in 0..100_u64 {
        let channel = channel::<I>(capacity, Takers::Several);
        let takers = [(); 3].map(|()| {
            thread::spawn(move || {
                let mut taken = 0_u64;
                while (senders_end || taken != 5) && wait(recv(channel)).is_some() {
                    taken += 1;
                }
                taken
            })
        });
        let senders = [0, 100].map(|from| {
            thread::spawn(move || (from..from + 8 + round % 3).take_while(|number| wait(channel.send(*number))).count())
        });
        let taken =
            |takers: [thread::JoinHandle<u64>; 3]| takers.into_iter().map(|taker| taker.join().unwrap()).sum::<u64>();
        let sent = |senders: [thread::JoinHandle<usize>; 2]| {
            senders.into_iter().map(|sender| sender.join().unwrap() as u64).sum::<u64>()
        };
        let (sent, taken) = if senders_end {
            let sent = sent(senders);
            channel.close();
            (sent, taken(takers))
        } else {
            let taken = taken(takers);
            channel.close();
            (sent(senders), taken)
        };
        let left = std::iter::from_fn(|| match channel.try_recv() {
            Attempt::Done(_) => Some(()),
            Attempt::Wait | Attempt::Closed => None,
        });
        assert_eq!(sent, taken + left.count() as u64, "{capacity:?}, round {round}");
    }
}

/// Who sends to a channel that holds nothing goes on only when somebody has taken its number.
fn a_rendezvous_lets_the_sender_go_behind_the_receiver<I: Idiom>(takers: Takers) {
    let channel = channel::<I>(Some(0), takers);
    let begun = leaked(AtomicU32::new(0));
    let sender = thread::spawn(|| {
        assert!(wait(channel.send(1)));
        begun.load(Acquire)
    });
    thread::sleep(Duration::from_millis(20));
    begun.store(1, std::sync::atomic::Ordering::Release);
    assert_eq!(wait(recv(channel)), Some(1));
    assert_eq!(sender.join().unwrap(), 1, "it was let go before anybody took its number");
}

fn as_many_hold_it_as_may<L: Lock>(permits: u32) {
    let lock = leaked(L::new(permits));
    let holders = leaked([AtomicU32::new(0), AtomicU32::new(0)]);
    let [inside, most] = holders;
    let threads = [(); 6].map(|()| {
        thread::spawn(|| {
            for _ in 0..50 {
                let guard = lock.try_hold().unwrap_or_else(|| wait(lock.hold()));
                most.fetch_max(inside.fetch_add(1, AcqRel) + 1, AcqRel);
                thread::yield_now();
                inside.fetch_sub(1, AcqRel);
                drop(guard);
            }
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(most.load(Acquire) <= permits, "{} at once", most.load(Acquire));
    let all: Vec<_> = (0..permits).map(|_| lock.try_hold().expect("all were given back")).collect();
    assert!(lock.try_hold().is_none());
    drop(all);
}

fn each<I: Idiom>() {
    for takers in [Takers::One, Takers::Several] {
        numbers_come_in_order_and_no_more_than_fit::<I>(takers);
        a_channel_without_bound_takes_all::<I>(takers);
        for capacity in [Some(0), Some(1), Some(16), None] {
            nothing_is_lost_nor_doubled::<I>(capacity, takers);
        }
        for capacity in [Some(0), Some(1), Some(3), None] {
            the_end_of_a_channel_finds_whoever_waits::<I>(capacity, takers == Takers::One);
        }
        for capacity in [0, 2] {
            who_waits_at_a_channel_learns_of_its_end::<I>(capacity, takers);
        }
        a_rendezvous_lets_the_sender_go_behind_the_receiver::<I>(takers);
    }
    as_many_hold_it_as_may::<I::Mutex>(1);
    as_many_hold_it_as_may::<I::Semaphore>(3);
}

#[test]
fn smol_s_channels_and_locks_keep_their_promises() {
    each::<Smol>();
}

#[test]
fn tokio_s_channels_and_locks_keep_their_promises() {
    each::<Tokio>();
}

#[test]
fn the_channels_and_locks_of_threads_keep_their_promises() {
    each::<Blocking>();
    as_many_hold_it_as_may::<ThreadMutex>(1);
}

#[test]
fn an_offer_that_is_given_up_is_withdrawn_and_the_next_one_is_made() {
    fn tried<I: Idiom>() {
        let channel = channel::<I>(Some(0), Takers::Several);
        {
            let mut offer = std::pin::pin!(channel.send(1));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(offer.as_mut().poll(&mut cx).is_pending());
        }
        assert_eq!(channel.try_recv(), Attempt::Wait, "it is withdrawn");
        let sender = thread::spawn(|| wait(channel.send(2)));
        assert_eq!(wait(recv(channel)), Some(2));
        assert!(sender.join().unwrap());
    }
    tried::<Smol>();
    tried::<Tokio>();
}
