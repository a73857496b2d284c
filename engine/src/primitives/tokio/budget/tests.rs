use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{self, mpsc};

use super::super::sync::{Channel, Mutex, Semaphore};
use crate::primitives::testing::{OPERATIONS, most_at_a_time};
use crate::primitives::{Attempt, Capacity, Channel as _, Lock, Primitives, Receiver as _, ReceiverCount, Tokio};

/// The budget that tokio gives a task at each poll.
const BUDGET: u32 = 128;

fn channel(capacity: Option<u32>, receivers: ReceiverCount) -> &'static Channel {
    Box::leak(Box::new(Channel::new(Capacity::of(capacity), receivers)))
}

/// A channel with a message for each operation.
fn filled(receivers: ReceiverCount) -> &'static Channel {
    let channel = channel(Some(OPERATIONS), receivers);
    assert!((0..OPERATIONS).all(|number| channel.try_send(number.into()) == Attempt::Done(())));
    channel
}

/// Sends as a step does.
async fn send(channel: &'static Channel) {
    let sent = poll_fn(|cx| Poll::Ready(channel.send_at_once(7, cx))).await;
    assert!(sent == Attempt::Done(()) || channel.send(7).await);
}

/// Takes a lock as a step does, and releases it.
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
    let mut receiver = channel.receiver();
    most_at_a_time(async || assert!(poll_fn(|cx| receiver.poll_recv(cx)).await.is_some()))
}

#[test]
fn a_task_that_sends_to_a_channel_with_room_lets_others_run_after_128_messages() {
    let bounded = channel(Some(OPERATIONS), ReceiverCount::One);
    assert_eq!(most_at_a_time(async || send(bounded).await), BUDGET);
}

#[test]
fn a_task_that_sends_to_a_channel_without_bound_lets_no_other_run() {
    let unbounded = channel(None, ReceiverCount::One);
    assert_eq!(most_at_a_time(async || send(unbounded).await), OPERATIONS);
}

#[test]
fn a_task_that_takes_a_free_lock_or_permit_lets_others_run_after_128() {
    assert_eq!((held::<Mutex>(), held::<Semaphore>()), (BUDGET, BUDGET));
}

#[test]
fn a_task_that_receives_waiting_messages_lets_others_run_after_128() {
    assert_eq!(received(filled(ReceiverCount::One)), BUDGET);
}

#[test]
fn each_of_several_receivers_spends_a_unit_for_the_receiver_and_one_for_the_message() {
    assert_eq!(received(filled(ReceiverCount::Several)), BUDGET / 2);
}

#[test]
fn messages_left_in_a_closed_channel_spend_as_much_as_others() {
    for (receivers, most) in [(ReceiverCount::One, BUDGET), (ReceiverCount::Several, BUDGET / 2)] {
        let channel = filled(receivers);
        channel.close();
        assert_eq!(received(channel), most, "{receivers:?}");
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

/// As in a plain program: the task takes the lock first, and then lets others run.
#[test]
fn a_task_whose_budget_is_spent_takes_a_free_lock_before_others_run() {
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

/// The other tests hold steps to these figures, which are of tokio's own futures.
#[test]
fn a_plain_program_lets_others_run_as_often() {
    let (bounded, mut receiver) = mpsc::channel(OPERATIONS as usize);
    assert_eq!(most_at_a_time(async || bounded.send(7).await.unwrap()), BUDGET);
    assert_eq!(most_at_a_time(async || assert_eq!(receiver.recv().await, Some(7))), BUDGET);
    let (unbounded, receiver) = mpsc::unbounded_channel();
    assert_eq!(most_at_a_time(async || unbounded.send(7).unwrap()), OPERATIONS);
    let shared = sync::Mutex::new(receiver);
    assert_eq!(most_at_a_time(async || assert_eq!(shared.lock().await.recv().await, Some(7))), BUDGET / 2);
    let (mutex, semaphore) = (sync::Mutex::new(()), sync::Semaphore::new(3));
    assert_eq!(most_at_a_time(async || drop(mutex.lock().await)), BUDGET);
    assert_eq!(most_at_a_time(async || drop(semaphore.acquire().await.unwrap())), BUDGET);
}

#[test]
fn a_write_and_a_read_of_a_plain_program_spend_one_unit_each() {
    let mut sockets = None;
    let most = most_at_a_time(async || {
        let (output, input) = sockets.get_or_insert_with(|| UnixStream::pair().unwrap());
        output.async_io(Interest::WRITABLE, || output.try_write(&[7; 64])).await.unwrap();
        input.async_io(Interest::READABLE, || input.try_read(&mut [0; 64])).await.unwrap();
    });
    assert_eq!(most, BUDGET / 2);
}
