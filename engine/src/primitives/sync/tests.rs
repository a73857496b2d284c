//! What the channels and locks of every runtime have in common, tried on each.

use std::future::poll_fn;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::thread;
use std::time::Duration;

use super::*;
use crate::primitives::{Blocking, Primitives, Smol, ThreadMutex, Tokio};

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn channel<P: Primitives>(capacity: Option<u32>, receivers: ReceiverCount) -> &'static P::Channel {
    leaked(P::Channel::new(Capacity::of(capacity), receivers))
}

/// Waits for a future of any of the primitives, on a thread of its own: none of these futures needs a runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    smol::future::block_on(future)
}

/// The next number of a channel.
async fn recv<C: Channel>(channel: &'static C) -> Option<u64> {
    let mut receiver = channel.receiver();
    poll_fn(|cx| receiver.poll_recv(cx)).await
}

fn numbers_arrive_in_order_and_no_more_than_fit<P: Primitives>(receivers: ReceiverCount) {
    let channel = channel::<P>(Some(3), receivers);
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
    // Numbers that were in it when it was closed can still be taken.
    assert_eq!((wait(recv(channel)), channel.try_recv(), wait(recv(channel))), (Some(2), Attempt::Done(3), Some(4)));
    assert_eq!((channel.try_recv(), wait(recv(channel))), (Attempt::Closed, None));
}

fn a_channel_without_bound_takes_all<P: Primitives>(receivers: ReceiverCount) {
    let channel = channel::<P>(None, receivers);
    assert!((0..10_000).all(|number| channel.try_send(number) == Attempt::Done(())));
    assert!((0..10_000).all(|number| channel.try_recv() == Attempt::Done(number)));
    assert_eq!(channel.try_recv(), Attempt::Wait);
}

/// Threads wait for each other: two senders, one receiver or two, in any order.
fn nothing_is_lost_nor_doubled<P: Primitives>(capacity: Option<u32>, receivers: ReceiverCount) {
    let channel = channel::<P>(capacity, receivers);
    let receivers = (0..if receivers == ReceiverCount::One { 1 } else { 2 }).map(|_| {
        thread::spawn(move || {
            let mut taken = Vec::new();
            while let Some(number) = wait(recv(channel)) {
                taken.push(number);
            }
            taken
        })
    });
    let receivers: Vec<_> = receivers.collect();
    let senders =
        [0, 500].map(|from| thread::spawn(move || (from..from + 500).all(|number| wait(channel.send(number)))));
    assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
    channel.close();
    let taken: Vec<_> = receivers.into_iter().map(|receiver| receiver.join().unwrap()).collect();
    for from in [0, 500] {
        let of_one =
            |taken: &[u64]| taken.iter().copied().filter(|n| (from..from + 500).contains(n)).collect::<Vec<_>>();
        assert!(taken.iter().all(|taken| of_one(taken).is_sorted()), "numbers of one sender arrive in their order");
    }
    let mut all = taken.concat();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..1_000), "{capacity:?}: {} of 1000", all.len());
}

fn closing_a_channel_wakes_its_waiting_threads<P: Primitives>(capacity: u32, receivers: ReceiverCount) {
    let (empty, full) = (channel::<P>(Some(capacity), receivers), channel::<P>(Some(capacity), receivers));
    while full.try_send(7) == Attempt::Done(()) {}
    let mut waiting = vec![thread::spawn(|| wait(recv(empty)).is_none()), thread::spawn(|| !wait(full.send(1)))];
    if receivers == ReceiverCount::Several {
        waiting.push(thread::spawn(|| wait(recv(empty)).is_none()));
    }
    thread::sleep(Duration::from_millis(20));
    empty.close();
    full.close();
    assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap()));
}

/// The channel is closed while threads begin and end their waits: none sleeps on, and each sent number is taken or left.
fn closing_a_channel_loses_no_thread_that_begins_to_wait<P: Primitives>(capacity: Option<u32>, senders_end: bool) {
    for round in 0..100_u64 {
        let channel = channel::<P>(capacity, ReceiverCount::Several);
        let receivers = [(); 3].map(|()| {
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
        let taken = |receivers: [thread::JoinHandle<u64>; 3]| {
            receivers.into_iter().map(|receiver| receiver.join().unwrap()).sum::<u64>()
        };
        let sent = |senders: [thread::JoinHandle<usize>; 2]| {
            senders.into_iter().map(|sender| sender.join().unwrap() as u64).sum::<u64>()
        };
        let (sent, taken) = if senders_end {
            let sent = sent(senders);
            channel.close();
            (sent, taken(receivers))
        } else {
            let taken = taken(receivers);
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

/// The sender to a channel that holds nothing goes on only when a receiver has taken its number.
fn a_rendezvous_lets_the_sender_go_on_after_the_receiver<P: Primitives>(receivers: ReceiverCount) {
    let channel = channel::<P>(Some(0), receivers);
    let begun = leaked(AtomicU32::new(0));
    let sender = thread::spawn(|| {
        assert!(wait(channel.send(1)));
        begun.load(Acquire)
    });
    thread::sleep(Duration::from_millis(20));
    begun.store(1, std::sync::atomic::Ordering::Release);
    assert_eq!(wait(recv(channel)), Some(1));
    assert_eq!(sender.join().unwrap(), 1, "it went on before a receiver took its number");
}

fn a_lock_has_no_more_holders_than_permits<L: Lock>(permits: u32) {
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
    let all: Vec<_> = (0..permits).map(|_| lock.try_hold().expect("all permits were given back")).collect();
    assert!(lock.try_hold().is_none());
    drop(all);
}

fn each<P: Primitives>() {
    for receivers in [ReceiverCount::One, ReceiverCount::Several] {
        numbers_arrive_in_order_and_no_more_than_fit::<P>(receivers);
        a_channel_without_bound_takes_all::<P>(receivers);
        for capacity in [Some(0), Some(1), Some(16), None] {
            nothing_is_lost_nor_doubled::<P>(capacity, receivers);
        }
        for capacity in [Some(0), Some(1), Some(3), None] {
            closing_a_channel_loses_no_thread_that_begins_to_wait::<P>(capacity, receivers == ReceiverCount::One);
        }
        for capacity in [0, 2] {
            closing_a_channel_wakes_its_waiting_threads::<P>(capacity, receivers);
        }
        a_rendezvous_lets_the_sender_go_on_after_the_receiver::<P>(receivers);
    }
    a_lock_has_no_more_holders_than_permits::<P::Mutex>(1);
    a_lock_has_no_more_holders_than_permits::<P::Semaphore>(3);
}

#[test]
fn channels_and_locks_of_smol_keep_their_promises() {
    each::<Smol>();
}

#[test]
fn channels_and_locks_of_tokio_keep_their_promises() {
    each::<Tokio>();
}

#[test]
fn channels_and_locks_of_threads_keep_their_promises() {
    each::<Blocking>();
    a_lock_has_no_more_holders_than_permits::<ThreadMutex>(1);
}

#[test]
fn an_offer_that_is_given_up_is_withdrawn_and_the_next_one_is_made() {
    fn tried<P: Primitives>() {
        let channel = channel::<P>(Some(0), ReceiverCount::Several);
        {
            let mut offer = std::pin::pin!(channel.send(1));
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(offer.as_mut().poll(&mut cx).is_pending());
        }
        assert_eq!(channel.try_recv(), Attempt::Wait, "the offer is withdrawn");
        let sender = thread::spawn(|| wait(channel.send(2)));
        assert_eq!(wait(recv(channel)), Some(2));
        assert!(sender.join().unwrap());
    }
    tried::<Smol>();
    tried::<Tokio>();
}
