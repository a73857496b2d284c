use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::super::meet::{Channel, Mutex, Semaphore};
use crate::idiom::testing::{OPERATIONS, most_at_a_time};
use crate::idiom::{Attempt, Capacity, Channel as _, Idiom, Lock, Taker as _, Takers, Tokio};

/// What tokio gives a task at each poll.
const BUDGET: u32 = 128;

fn channel(capacity: Option<u32>, takers: Takers) -> &'static Channel {
    Box::leak(Box::new(Channel::new(Capacity::of(capacity), takers)))
}

/// One with a message for each operation.
fn filled(takers: Takers) -> &'static Channel {
    let channel = channel(Some(OPERATIONS), takers);
    assert!((0..OPERATIONS).all(|number| channel.try_send(number.into()) == Attempt::Done(())));
    channel
}

/// Sends as a step does.
async fn send(channel: &'static Channel) {
    let sent = poll_fn(|cx| Poll::Ready(channel.send_at_once(7, cx))).await;
    assert!(sent == Attempt::Done(()) || channel.send(7).await);
}

/// Takes a lock as a step does, and lets go.
async fn hold<L: Lock>(lock: &'static L) {
    if let Some(guard) = poll_fn(|cx| Poll::Ready(lock.hold_at_once(cx))).await {
        drop(guard);
    } else {
        drop(lock.hold().await);
    }
}

fn held<L: Lock>() -> u32 {
    let lock: &'static L = Box::leak(Box::new(L::new(3)));
    most_at_a_time(async || hold(lock).await)
}

fn received(channel: &'static Channel) -> u32 {
    let mut taker = channel.taker();
    most_at_a_time(async || assert!(poll_fn(|cx| taker.poll_take(cx)).await.is_some()))
}

#[test]
fn a_task_that_sends_to_a_channel_with_room_lets_others_run_after_128_messages() {
    let bounded = channel(Some(OPERATIONS), Takers::One);
    assert_eq!(most_at_a_time(async || send(bounded).await), BUDGET);
}

#[test]
fn a_task_that_sends_to_a_channel_without_bound_lets_nobody_run() {
    let unbounded = channel(None, Takers::One);
    assert_eq!(most_at_a_time(async || send(unbounded).await), OPERATIONS);
}

#[test]
fn a_task_that_takes_a_free_lock_or_permit_lets_others_run_after_128() {
    assert_eq!((held::<Mutex>(), held::<Semaphore>()), (BUDGET, BUDGET));
}

#[test]
fn a_task_that_takes_a_free_lock_of_threads_spends_nothing() {
    assert_eq!(held::<crate::idiom::ThreadMutex>(), OPERATIONS);
}

#[test]
fn a_task_that_takes_messages_which_are_there_lets_others_run_after_128() {
    assert_eq!(received(filled(Takers::One)), BUDGET);
}

#[test]
fn of_several_receivers_each_spends_for_the_receiver_and_for_the_message() {
    assert_eq!(received(filled(Takers::Several)), BUDGET / 2);
}

#[test]
fn what_is_left_in_a_closed_channel_is_no_cheaper() {
    for (takers, most) in [(Takers::One, BUDGET), (Takers::Several, BUDGET / 2)] {
        let channel = filled(takers);
        channel.close();
        assert_eq!(received(channel), most, "{takers:?}");
    }
}

#[test]
fn an_operation_that_would_have_to_wait_spends_nothing() {
    let most = most_at_a_time(async || {
        let done = poll_fn(|cx| Tokio::spend(cx, |_| None::<()>)).await;
        assert!(done.is_none());
    });
    assert_eq!(most, OPERATIONS);
}

/// As a plain program's: it takes the lock first, and then lets others run.
#[test]
fn a_task_whose_budget_is_spent_holds_a_free_lock_meanwhile() {
    let lock: &'static Mutex = Box::leak(Box::new(Mutex::new(1)));
    let mut times = 0;
    most_at_a_time(async || {
        if poll_fn(|cx| Poll::Ready(lock.hold_at_once(cx))).await.is_some() {
            return;
        }
        let mut wait = pin!(lock.hold());
        let is_pending = poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending && lock.try_hold().is_none());
        drop(wait.await);
        times += 1;
    });
    assert_eq!(times, (OPERATIONS - 1) / BUDGET);
}
