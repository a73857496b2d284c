//! The state that an instance carries for synchronisation: what it holds, what it waits for, how much it sent and received.

use std::fmt;
use std::task::{Context, Poll};

use super::ipc::Lent;
use super::objects::Objects;
use crate::primitives::{Boxed, Channel, Lock, Primitives, Receiver, ThreadMutex};
use crate::record::Placed;

/// What a step of synchronisation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyncOutcome {
    /// It is done.
    Done,
    /// Its instance waits.
    Waiting,
    /// The channel is closed.
    Closed,
}

/// The result of a wait.
pub(super) enum WaitOutcome<P: Primitives> {
    /// The message of this number was sent.
    Sent(u64),
    /// The instance holds this now.
    Held(HeldGuard<P>),
    /// All parties have arrived at the barrier.
    Passed,
    /// The channel is closed.
    Closed,
}

/// A receiver of one channel, and whether the instance waits for a message there.
struct PendingReceive<P: Primitives> {
    receiver: <P::Channel as Channel>::Receiver,
    /// The channel's index.
    object: u16,
    is_waiting: bool,
}

/// Something that an instance holds; dropping it releases it.
#[expect(dead_code, reason = "it is there to be dropped")]
pub(super) enum HeldGuard<P: Primitives> {
    Mutex(<P::Mutex as Lock>::Guard),
    ThreadMutex(<ThreadMutex as Lock>::Guard),
    Semaphore(<P::Semaphore as Lock>::Guard),
    Peer(Box<Lent<P>>),
}

/// Messages of one channel: how many, and the sum of their numbers.
#[derive(Debug, Clone, Copy, Default)]
struct MessageCounts {
    sent: [u64; 2],
    received: [u64; 2],
}

/// The state of one instance.
pub struct SyncState<P: Primitives> {
    /// What it waits for, other than a message.
    waiting: Option<Boxed<WaitOutcome<P>>>,
    /// The receiver of the channel that it received from last.
    pending_receive: Option<PendingReceive<P>>,
    /// The outermost guard, which needs no heap memory.
    outermost: Option<HeldGuard<P>>,
    /// The guards within it, the innermost last.
    inner: Vec<HeldGuard<P>>,
    /// How many messages it has begun to send.
    messages: u32,
    /// The counts of the channels that it used last: a stage of a pipeline uses two.
    counts: [MessageCounts; 2],
    /// The indices of these channels.
    counted_channels: [u16; 2],
}

impl<P: Primitives> Default for SyncState<P> {
    fn default() -> Self {
        Self {
            waiting: None,
            pending_receive: None,
            outermost: None,
            inner: Vec::new(),
            messages: 0,
            counts: Default::default(),
            counted_channels: Default::default(),
        }
    }
}

impl<P: Primitives> fmt::Debug for SyncState<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncState").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl<P: Primitives> SyncState<P> {
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some() || self.pending_receive.as_ref().is_some_and(|receive| receive.is_waiting)
    }

    /// Whether the instance holds something that other instances may need.
    #[inline]
    pub(super) fn is_holding(&self) -> bool {
        self.outermost.is_some()
    }

    /// Starts to wait for `future`.
    pub(super) fn wait(&mut self, future: impl Future<Output = WaitOutcome<P>> + Send + 'static) {
        self.waiting = Some(Box::pin(future));
    }

    /// The receiver for messages of the channel `object`.
    #[inline]
    fn pending_receive(&mut self, object: u16, objects: &'static Objects<P>) -> &mut PendingReceive<P> {
        if self.pending_receive.as_ref().is_none_or(|receive| receive.object != object) {
            // Dropped before there is another: a receiver gives back what it has when it is dropped.
            self.pending_receive = None;
            let receiver = objects.queue(object).channel.receiver();
            self.pending_receive = Some(PendingReceive { receiver, object, is_waiting: false });
        }
        self.pending_receive.as_mut().expect("it was just made")
    }

    /// Starts to wait for the next message of the channel `object`.
    pub(super) fn wait_for_message(&mut self, object: u16, objects: &'static Objects<P>) {
        self.pending_receive(object, objects).is_waiting = true;
    }

    /// Receives the next message of the channel `object`; `None` if the channel is at its end. If pending, it starts to wait.
    #[expect(clippy::inline_always, reason = "its frame would cost as much as it does")]
    #[inline(always)]
    pub(super) fn poll_message(
        &mut self,
        object: u16,
        objects: &'static Objects<P>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<u64>> {
        let pending = self.pending_receive(object, objects);
        let number = pending.receiver.poll_recv(cx);
        pending.is_waiting = number.is_pending();
        number
    }

    /// Continues any other wait.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<WaitOutcome<P>> {
        let waiting = self.waiting.as_mut().expect("it waits for something other than a message");
        let outcome = waiting.as_mut().poll(cx);
        if outcome.is_ready() {
            self.waiting = None;
        }
        outcome
    }

    /// The number of the next message of the instance in `slot`; no other message has it.
    #[inline]
    pub(super) fn next_number(&mut self, slot: u32) -> u64 {
        self.messages = self.messages.wrapping_add(1);
        u64::from(slot) << 32 | u64::from(self.messages)
    }

    #[inline]
    pub(super) fn sent(&mut self, object: u16, number: u64, objects: &Objects<P>) {
        count(&mut self.channel_counts(object, objects).sent, number);
    }

    #[inline]
    pub(super) fn received(&mut self, object: u16, number: u64, objects: &Objects<P>) {
        count(&mut self.channel_counts(object, objects).received, number);
    }

    /// The counts of a channel. For a third channel, the counts of another are first added to that channel's own.
    #[inline]
    fn channel_counts(&mut self, object: u16, objects: &Objects<P>) -> &mut MessageCounts {
        let found = (0..2).find(|at| self.counted_channels[*at] == object || self.counts[*at].is_free());
        let index = found.unwrap_or_else(|| {
            self.counts[0].flush(self.counted_channels[0], objects);
            self.counts.swap(0, 1);
            self.counted_channels.swap(0, 1);
            1
        });
        self.counted_channels[index] = object;
        &mut self.counts[index]
    }

    #[inline]
    pub(super) fn take(&mut self, guard: HeldGuard<P>) {
        if self.outermost.is_none() {
            self.outermost = Some(guard);
        } else {
            self.inner.push(guard);
        }
    }

    /// Releases the guard that was taken last.
    #[inline]
    pub(super) fn release(&mut self) {
        if self.inner.pop().is_none() {
            self.outermost = None;
        }
    }

    /// The connection that was taken last.
    pub(super) fn take_peer(&mut self) -> Option<Box<Lent<P>>> {
        match self.inner.pop().or_else(|| self.outermost.take()) {
            Some(HeldGuard::Peer(lent)) => Some(lent),
            _ => None,
        }
    }

    /// Where the rounds over the connection that was taken last were done; `None` if the last guard is no connection.
    pub(super) fn placed(&self) -> Option<Placed> {
        match self.inner.last().or(self.outermost.as_ref()) {
            Some(HeldGuard::Peer(lent)) => Some(lent.placed()),
            _ => None,
        }
    }

    /// The instance ends: all that it still holds is released, and its messages are counted.
    pub(super) fn let_go(&mut self, objects: &Objects<P>) {
        self.waiting = None;
        self.pending_receive = None;
        while self.inner.pop().is_some() {}
        self.outermost = None;
        for (counts, object) in self.counts.iter_mut().zip(self.counted_channels) {
            counts.flush(object, objects);
        }
    }
}

#[inline]
fn count([messages, sum]: &mut [u64; 2], number: u64) {
    *messages += 1;
    *sum = sum.wrapping_add(number);
}

impl MessageCounts {
    #[inline]
    fn is_free(&self) -> bool {
        self.sent[0] + self.received[0] == 0
    }

    /// Adds the counts to those of the channel, and resets them.
    fn flush<P: Primitives>(&mut self, object: u16, objects: &Objects<P>) {
        if !self.is_free() {
            objects.queue(object).add(self.sent, self.received);
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PointPlan;
    use crate::primitives::Smol;
    use crate::scenario::{EngineName, parse};

    #[test]
    fn all_messages_are_counted_however_many_channels_an_instance_uses() {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n\
            [channel.a]\ncapacity = 9\n[channel.b]\ncapacity = 9\n[channel.c]\ncapacity = 9\n\
            [[task]]\nname = \"t\"\nsteps = [{ send = \"a\" }, { send = \"b\" }, { send = \"c\" }]\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let point = &scenario.points[0];
        let plan = PointPlan::new(&point.tasks, 1).unwrap().with_objects(&point.objects);
        let objects = Objects::<Smol>::new(&plan.cell(EngineName::SmolLocal, 1, None));
        let mut sync_state = SyncState::default();
        for (round, object) in [0, 1, 2, 0, 1, 2, 2, 0].into_iter().enumerate() {
            sync_state.sent(object, 1 << round, &objects);
            sync_state.received(object, 1 << round, &objects);
        }
        sync_state.let_go(&objects);
        sync_state.let_go(&objects);
        let counts = objects.counts(&["a", "b", "c"].map(String::from));
        let counted: Vec<_> = counts.iter().map(|count| [count.sent, count.sent_sum, count.received_sum]).collect();
        assert_eq!(counted, [[3, 0b1000_1001, 0b1000_1001], [2, 0b1_0010, 0b1_0010], [3, 0b110_0100, 0b110_0100]]);
    }

    #[test]
    fn every_message_has_a_number_of_its_own() {
        let numbers = [0, 1, u32::MAX - 1].map(|slot| {
            let mut sync_state = SyncState::<Smol>::default();
            [sync_state.next_number(slot), sync_state.next_number(slot)]
        });
        let mut all = numbers.concat();
        all.dedup();
        assert_eq!((all.len(), all.is_sorted()), (6, true));
    }
}
