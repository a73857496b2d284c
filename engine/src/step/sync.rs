//! The steps of synchronisation: `send`, `recv`, `drain`, `lock`, `permit`, `barrier`.
//!
//! Each step is first tried without waiting, which takes no memory. Only a step that has to wait becomes a boxed future. A wait
//! for a message does not: the instance keeps a receiver for it.

use std::task::{Context, Poll};

use super::ipc;
use super::objects::{Object, Objects};
use super::sync_state::{HeldGuard, SyncOutcome, SyncState, WaitOutcome};
use crate::plan::Op;
use crate::primitives::{Attempt, Barrier, Channel, Lock, Primitives};

/// Whether `op` synchronises without blocking its thread: the thread continues at once, perhaps with another instance.
#[inline]
pub(super) fn is_brief<P: Primitives>(op: &Op, objects: &Objects<P>) -> bool {
    match op {
        _ if P::NEVER_PENDS => false,
        Op::Send { .. } | Op::Recv { .. } | Op::Drain { .. } | Op::Permit { .. } | Op::Barrier { .. } => true,
        Op::Lock { object } => !objects.blocks_thread(*object),
        _ => false,
    }
}

/// Begins the step `op` of the instance in `slot`, of task number `task`.
#[inline]
pub(super) fn begin<P: Primitives>(
    op: &Op,
    (slot, task): (u32, usize),
    sync_state: &mut SyncState<P>,
    objects: &'static Objects<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    if objects.is_warmup {
        return warm_up(*op, sync_state, objects);
    }
    match *op {
        Op::Lock { object } | Op::Permit { object } => hold(object, sync_state, objects, cx),
        Op::Barrier { object } => barrier(object, sync_state, objects),
        Op::Ipc { peers } => ipc::connect(objects.peers(task, peers), sync_state, cx),
        Op::Round { rounds, .. } => ipc::rounds(rounds, slot, sync_state),
        _ => unreachable!("no step of synchronisation, or one with a function of its own"),
    }
}

/// Continues the wait of `op`, which is not for a message.
pub(super) fn go_on<P: Primitives>(
    op: &Op,
    sync_state: &mut SyncState<P>,
    objects: &Objects<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    let Poll::Ready(outcome) = sync_state.poll(cx) else { return SyncOutcome::Waiting };
    match outcome {
        WaitOutcome::Sent(number) => sync_state.sent(op.object().expect("a channel"), number, objects),
        WaitOutcome::Held(guard) => sync_state.take(guard),
        WaitOutcome::Passed => {}
        WaitOutcome::Closed => return SyncOutcome::Closed,
    }
    SyncOutcome::Done
}

/// Sends a message.
#[expect(clippy::inline_always, reason = "its frame would cost as much as it does")]
#[inline(always)]
pub(super) fn send<P: Primitives>(
    object: u16,
    slot: u32,
    sync_state: &mut SyncState<P>,
    objects: &'static Objects<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    let channel = &objects.queue(object).channel;
    let number = sync_state.next_number(slot);
    match channel.send_at_once(number, cx) {
        Attempt::Done(()) => {
            sync_state.sent(object, number, objects);
            SyncOutcome::Done
        }
        Attempt::Closed => SyncOutcome::Closed,
        Attempt::Wait => {
            sync_state.wait(async move {
                if channel.send(number).await { WaitOutcome::Sent(number) } else { WaitOutcome::Closed }
            });
            SyncOutcome::Waiting
        }
    }
}

/// Receives a message, or waits for it.
#[expect(clippy::inline_always, reason = "its frame would cost as much as it does")]
#[inline(always)]
pub(super) fn receive<P: Primitives>(
    object: u16,
    sync_state: &mut SyncState<P>,
    objects: &'static Objects<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    match sync_state.poll_message(object, objects, cx) {
        Poll::Pending => SyncOutcome::Waiting,
        Poll::Ready(None) => SyncOutcome::Closed,
        Poll::Ready(Some(number)) => {
            sync_state.received(object, number, objects);
            SyncOutcome::Done
        }
    }
}

/// Receives a message if there is one; else starts to wait for it.
pub(super) fn look<P: Primitives>(
    object: u16,
    sync_state: &mut SyncState<P>,
    objects: &'static Objects<P>,
) -> SyncOutcome {
    match objects.queue(object).channel.try_recv() {
        Attempt::Done(number) => {
            sync_state.received(object, number, objects);
            SyncOutcome::Done
        }
        Attempt::Closed => SyncOutcome::Closed,
        Attempt::Wait => {
            sync_state.wait_for_message(object, objects);
            SyncOutcome::Waiting
        }
    }
}

#[inline]
fn hold<P: Primitives>(
    object: u16,
    sync_state: &mut SyncState<P>,
    objects: &'static Objects<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    match objects.get(object) {
        Object::Mutex(mutex) => hold_one(mutex, HeldGuard::Mutex, sync_state, cx),
        Object::ThreadMutex(mutex) => hold_one(mutex, HeldGuard::ThreadMutex, sync_state, cx),
        Object::Semaphore(semaphore) => hold_one(semaphore, HeldGuard::Semaphore, sync_state, cx),
        Object::Channel(_) | Object::Barrier(_) => unreachable!("the plan names a lock here"),
    }
}

#[inline]
fn hold_one<P: Primitives, L: Lock>(
    lock: &'static L,
    held: fn(L::Guard) -> HeldGuard<P>,
    sync_state: &mut SyncState<P>,
    cx: &mut Context<'_>,
) -> SyncOutcome {
    if let Some(guard) = lock.hold_at_once(cx) {
        sync_state.take(held(guard));
        return SyncOutcome::Done;
    }
    sync_state.wait(async move { WaitOutcome::Held(held(lock.hold().await)) });
    SyncOutcome::Waiting
}

#[inline]
fn barrier<P: Primitives>(object: u16, sync_state: &mut SyncState<P>, objects: &'static Objects<P>) -> SyncOutcome {
    let Object::Barrier(barrier) = objects.get(object) else { unreachable!("the plan names a barrier here") };
    sync_state.wait(async {
        barrier.wait().await;
        WaitOutcome::Passed
    });
    SyncOutcome::Waiting
}

/// Runs a step once without waiting for other instances, and holds nothing afterwards. So no step is slow in the span only
/// because it is the first of its kind.
fn warm_up<P: Primitives>(op: Op, sync_state: &mut SyncState<P>, objects: &'static Objects<P>) -> SyncOutcome {
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
        // The warm-up has a barrier of its own, for one party.
        Op::Barrier { object } => return barrier(object, sync_state, objects),
        _ => {}
    }
    SyncOutcome::Done
}
