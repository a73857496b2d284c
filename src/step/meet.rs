//! The steps in which instances meet: `send`, `recv`, `drain`, `lock`, `permit`, `barrier`.
//!
//! Each is tried first in the way that waits for nobody and takes no memory; only what has to wait is a boxed future, but for
//! messages: an instance keeps the place where it waits for those.

use std::task::{Context, Poll};

use super::holds::{Came, Hold, Holds};
use super::ipc;
use super::objects::{Object, Objects};
use crate::idiom::{Attempt, Barrier, Channel, Idiom, Lock};
use crate::plan::Op;

/// What such a step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// It is done.
    Done,
    /// Its instance waits.
    Waiting,
    /// The channel is closed.
    Closed,
}

/// Whether `op` is a meeting in which the thread goes on at once, be it with another instance.
#[inline]
pub(super) fn is_brief<I: Idiom>(op: &Op, objects: &Objects<I>) -> bool {
    match op {
        _ if I::NEVER_PENDS => false,
        Op::Send { .. } | Op::Recv { .. } | Op::Drain { .. } | Op::Permit { .. } | Op::Barrier { .. } => true,
        Op::Lock { object } => !objects.keeps_thread(*object),
        _ => false,
    }
}

/// Begins the step `op` of the instance in `slot`, of task number `task`.
#[inline]
pub(super) fn begin<I: Idiom>(
    op: &Op,
    (slot, task): (u32, usize),
    holds: &mut Holds<I>,
    objects: &'static Objects<I>,
    cx: &mut Context<'_>,
) -> Met {
    if objects.rehearses {
        return rehearse(*op, holds, objects);
    }
    match *op {
        Op::Lock { object } | Op::Permit { object } => hold(object, holds, objects, cx),
        Op::Barrier { object } => barrier(object, holds, objects),
        Op::Ipc { peers } => ipc::connect(objects.peers(task, peers), holds, cx),
        Op::Round { rounds, .. } => ipc::rounds(rounds, slot, holds),
        _ => unreachable!("it meets nobody here"),
    }
}

/// Goes on with what `op` waits for, but for a message to take.
pub(super) fn go_on<I: Idiom>(op: &Op, holds: &mut Holds<I>, objects: &Objects<I>, cx: &mut Context<'_>) -> Met {
    let Poll::Ready(came) = holds.poll(cx) else { return Met::Waiting };
    match came {
        Came::Sent(number) => holds.sent(op.object().expect("a channel"), number, objects),
        Came::Held(hold) => holds.take(hold),
        Came::Passed => {}
        Came::Closed => return Met::Closed,
    }
    Met::Done
}

/// Sends a message.
#[expect(clippy::inline_always, reason = "its frame would cost as much as it does")]
#[inline(always)]
pub(super) fn send<I: Idiom>(
    object: u16,
    slot: u32,
    holds: &mut Holds<I>,
    objects: &'static Objects<I>,
    cx: &mut Context<'_>,
) -> Met {
    let channel = &objects.queue(object).channel;
    let number = holds.next_number(slot);
    match channel.send_at_once(number, cx) {
        Attempt::Done(()) => {
            holds.sent(object, number, objects);
            Met::Done
        }
        Attempt::Closed => Met::Closed,
        Attempt::Wait => {
            holds.wait(async move { if channel.send(number).await { Came::Sent(number) } else { Came::Closed } });
            Met::Waiting
        }
    }
}

/// Takes a message, or waits for it.
#[expect(clippy::inline_always, reason = "its frame would cost as much as it does")]
#[inline(always)]
pub(super) fn receive<I: Idiom>(
    object: u16,
    holds: &mut Holds<I>,
    objects: &'static Objects<I>,
    cx: &mut Context<'_>,
) -> Met {
    match holds.poll_message(object, objects, cx) {
        Poll::Pending => Met::Waiting,
        Poll::Ready(None) => Met::Closed,
        Poll::Ready(Some(number)) => {
            holds.received(object, number, objects);
            Met::Done
        }
    }
}

/// Takes a message if there is one; else it is to be waited for.
pub(super) fn look<I: Idiom>(object: u16, holds: &mut Holds<I>, objects: &'static Objects<I>) -> Met {
    match objects.queue(object).channel.try_recv() {
        Attempt::Done(number) => {
            holds.received(object, number, objects);
            Met::Done
        }
        Attempt::Closed => Met::Closed,
        Attempt::Wait => {
            holds.wait_for_message(object, objects);
            Met::Waiting
        }
    }
}

#[inline]
fn hold<I: Idiom>(object: u16, holds: &mut Holds<I>, objects: &'static Objects<I>, cx: &mut Context<'_>) -> Met {
    match objects.get(object) {
        Object::Mutex(mutex) => hold_one(mutex, Hold::Mutex, holds, cx),
        Object::ThreadMutex(mutex) => hold_one(mutex, Hold::ThreadMutex, holds, cx),
        Object::Semaphore(semaphore) => hold_one(semaphore, Hold::Semaphore, holds, cx),
        Object::Channel(_) | Object::Barrier(_) => unreachable!("the plan names a lock here"),
    }
}

#[inline]
fn hold_one<I: Idiom, L: Lock>(
    lock: &'static L,
    held: fn(L::Guard) -> Hold<I>,
    holds: &mut Holds<I>,
    cx: &mut Context<'_>,
) -> Met {
    if let Some(guard) = lock.hold_at_once(cx) {
        holds.take(held(guard));
        return Met::Done;
    }
    holds.wait(async move { Came::Held(held(lock.hold().await)) });
    Met::Waiting
}

#[inline]
fn barrier<I: Idiom>(object: u16, holds: &mut Holds<I>, objects: &'static Objects<I>) -> Met {
    let Object::Barrier(barrier) = objects.get(object) else { unreachable!("the plan names a barrier here") };
    holds.wait(async {
        barrier.wait().await;
        Came::Passed
    });
    Met::Waiting
}

/// Goes through a step without waiting for anybody, and holds nothing: so that nothing is slow in the span only for being the
/// first.
fn rehearse<I: Idiom>(op: Op, holds: &mut Holds<I>, objects: &'static Objects<I>) -> Met {
    match op {
        Op::Send { object } | Op::Recv { object } | Op::Drain { object, .. } => {
            let channel = &objects.queue(object).channel;
            channel.try_send(0);
            channel.try_recv();
        }
        Op::Lock { object } | Op::Permit { object } => match objects.get(object) {
            Object::Mutex(mutex) => drop(mutex.try_hold()),
            Object::ThreadMutex(mutex) => drop(mutex.try_hold()),
            Object::Semaphore(semaphore) => drop(semaphore.try_hold()),
            Object::Channel(_) | Object::Barrier(_) => {}
        },
        // It is one of the primer's own, for one.
        Op::Barrier { object } => return barrier(object, holds, objects),
        _ => {}
    }
    Met::Done
}
