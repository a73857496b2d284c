//! What an instance carries that meets others: what it holds, what it waits for there, and what it sent and received.

use std::fmt;
use std::task::{Context, Poll};

use super::ipc::Lent;
use super::objects::Objects;
use crate::idiom::{Boxed, Channel, Idiom, Lock, Taker, ThreadMutex};
use crate::record::Placed;

/// What came of waiting.
pub(super) enum Came<I: Idiom> {
    /// The message of this number was sent.
    Sent(u64),
    /// This is held now.
    Held(Hold<I>),
    /// The others are there.
    Passed,
    /// The channel is closed.
    Closed,
}

/// Where messages are waited for.
struct Place<I: Idiom> {
    taker: <I::Channel as Channel>::Taker,
    /// The channel.
    object: u16,
    is_waiting: bool,
}

/// Something that is held; to drop it is to let go.
#[expect(dead_code, reason = "it is there to be dropped")]
pub(super) enum Hold<I: Idiom> {
    Mutex(<I::Mutex as Lock>::Guard),
    ThreadMutex(<ThreadMutex as Lock>::Guard),
    Semaphore(<I::Semaphore as Lock>::Guard),
    Peer(Box<Lent<I>>),
}

/// Messages of one channel: how many, and the sum of their numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    sent: [u64; 2],
    received: [u64; 2],
}

/// All that an instance carries for this.
pub struct Holds<I: Idiom> {
    /// What it waits for, but for a message.
    waiting: Option<Boxed<Came<I>>>,
    /// Of the channel that it took from last.
    place: Option<Place<I>>,
    /// The outermost, which needs no memory of its own.
    first: Option<Hold<I>>,
    /// Those within it, the innermost last.
    more: Vec<Hold<I>>,
    /// How many messages it has begun to send.
    messages: u32,
    /// Of the channels that it used last: a stage of a pipeline uses two.
    tallies: [Tally; 2],
    /// Which these are.
    tallied: [u16; 2],
}

impl<I: Idiom> Default for Holds<I> {
    fn default() -> Self {
        Self {
            waiting: None,
            place: None,
            first: None,
            more: Vec::new(),
            messages: 0,
            tallies: Default::default(),
            tallied: Default::default(),
        }
    }
}

impl<I: Idiom> fmt::Debug for Holds<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holds").field("tallies", &self.tallies).finish_non_exhaustive()
    }
}

impl<I: Idiom> Holds<I> {
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some() || self.place.as_ref().is_some_and(|place| place.is_waiting)
    }

    /// Whether it holds something that others may want.
    #[inline]
    pub(super) fn is_holding(&self) -> bool {
        self.first.is_some()
    }

    /// Waits for `future` from now on.
    pub(super) fn wait(&mut self, future: impl Future<Output = Came<I>> + Send + 'static) {
        self.waiting = Some(Box::pin(future));
    }

    /// Where it waits for messages of the channel `object`.
    #[inline]
    fn place(&mut self, object: u16, objects: &'static Objects<I>) -> &mut Place<I> {
        if self.place.as_ref().is_none_or(|place| place.object != object) {
            // Before there is another: what a taker has goes back with it.
            self.place = None;
            let taker = objects.queue(object).channel.taker();
            self.place = Some(Place { taker, object, is_waiting: false });
        }
        self.place.as_mut().expect("it is there by now")
    }

    /// Waits for the next message of the channel `object` from now on.
    pub(super) fn wait_for_message(&mut self, object: u16, objects: &'static Objects<I>) {
        self.place(object, objects).is_waiting = true;
    }

    /// Takes the next message of the channel `object`, nothing if that is at its end; pending, it waits for it from now on.
    #[expect(clippy::inline_always, reason = "its frame would cost as much as it does")]
    #[inline(always)]
    pub(super) fn poll_message(
        &mut self,
        object: u16,
        objects: &'static Objects<I>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<u64>> {
        let place = self.place(object, objects);
        let number = place.taker.poll_take(cx);
        place.is_waiting = number.is_pending();
        number
    }

    /// Goes on with any other wait.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Came<I>> {
        let waiting = self.waiting.as_mut().expect("it waits, and not for a message");
        let came = waiting.as_mut().poll(cx);
        if came.is_ready() {
            self.waiting = None;
        }
        came
    }

    /// The number of the next message of the instance in `slot`: no other has it.
    #[inline]
    pub(super) fn next_number(&mut self, slot: u32) -> u64 {
        self.messages = self.messages.wrapping_add(1);
        u64::from(slot) << 32 | u64::from(self.messages)
    }

    #[inline]
    pub(super) fn sent(&mut self, object: u16, number: u64, objects: &Objects<I>) {
        count(&mut self.tally(object, objects).sent, number);
    }

    #[inline]
    pub(super) fn received(&mut self, object: u16, number: u64, objects: &Objects<I>) {
        count(&mut self.tally(object, objects).received, number);
    }

    /// The tally of a channel; for a third one that of another is handed in.
    #[inline]
    fn tally(&mut self, object: u16, objects: &Objects<I>) -> &mut Tally {
        let found = (0..2).find(|at| self.tallied[*at] == object || self.tallies[*at].is_free());
        let index = found.unwrap_or_else(|| {
            self.tallies[0].hand_in(self.tallied[0], objects);
            self.tallies.swap(0, 1);
            self.tallied.swap(0, 1);
            1
        });
        self.tallied[index] = object;
        &mut self.tallies[index]
    }

    #[inline]
    pub(super) fn take(&mut self, hold: Hold<I>) {
        if self.first.is_none() {
            self.first = Some(hold);
        } else {
            self.more.push(hold);
        }
    }

    /// Lets go of what was taken last.
    #[inline]
    pub(super) fn release(&mut self) {
        if self.more.pop().is_none() {
            self.first = None;
        }
    }

    /// The connection that was taken last.
    pub(super) fn take_peer(&mut self) -> Option<Box<Lent<I>>> {
        match self.more.pop().or_else(|| self.first.take()) {
            Some(Hold::Peer(lent)) => Some(lent),
            _ => None,
        }
    }

    /// Where the rounds over the connection that was taken last were done; nothing if that is no connection.
    pub(super) fn placed(&self) -> Option<Placed> {
        match self.more.last().or(self.first.as_ref()) {
            Some(Hold::Peer(lent)) => Some(lent.placed()),
            _ => None,
        }
    }

    /// Its instance ends: whatever it still has goes back, and its messages are counted.
    pub(super) fn let_go(&mut self, objects: &Objects<I>) {
        self.waiting = None;
        self.place = None;
        while self.more.pop().is_some() {}
        self.first = None;
        for (tally, object) in self.tallies.iter_mut().zip(self.tallied) {
            tally.hand_in(object, objects);
        }
    }
}

#[inline]
fn count([messages, sum]: &mut [u64; 2], number: u64) {
    *messages += 1;
    *sum = sum.wrapping_add(number);
}

impl Tally {
    #[inline]
    fn is_free(&self) -> bool {
        self.sent[0] + self.received[0] == 0
    }

    fn hand_in<I: Idiom>(&mut self, object: u16, objects: &Objects<I>) {
        if !self.is_free() {
            objects.queue(object).add(self.sent, self.received);
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idiom::Smol;
    use crate::plan::PointPlan;
    use crate::scenario::{EngineName, parse};

    #[test]
    fn however_many_channels_an_instance_uses_all_of_its_messages_are_counted() {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n\
            [channel.a]\ncapacity = 9\n[channel.b]\ncapacity = 9\n[channel.c]\ncapacity = 9\n\
            [[task]]\nname = \"t\"\nsteps = [{ send = \"a\" }, { send = \"b\" }, { send = \"c\" }]\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let point = &scenario.points[0];
        let plan = PointPlan::new(&point.tasks, 1).unwrap().with_objects(&point.objects);
        let objects = Objects::<Smol>::new(&plan.cell(EngineName::SmolLocal, 1, None));
        let mut holds = Holds::default();
        for (round, object) in [0, 1, 2, 0, 1, 2, 2, 0].into_iter().enumerate() {
            holds.sent(object, 1 << round, &objects);
            holds.received(object, 1 << round, &objects);
        }
        holds.let_go(&objects);
        holds.let_go(&objects);
        let counts = objects.counts(&["a", "b", "c"].map(String::from));
        let counted: Vec<_> = counts.iter().map(|count| [count.sent, count.sent_sum, count.received_sum]).collect();
        assert_eq!(counted, [[3, 0b1000_1001, 0b1000_1001], [2, 0b1_0010, 0b1_0010], [3, 0b110_0100, 0b110_0100]]);
    }

    #[test]
    fn no_two_messages_have_one_number() {
        let numbers = [0, 1, u32::MAX - 1].map(|slot| {
            let mut holds = Holds::<Smol>::default();
            [holds.next_number(slot), holds.next_number(slot)]
        });
        let mut all = numbers.concat();
        all.dedup();
        assert_eq!((all.len(), all.is_sorted()), (6, true));
    }
}
