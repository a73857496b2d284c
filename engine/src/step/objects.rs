//! The objects at which the instances of a cell synchronise: channels, locks and barriers.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::ipc::Pool;
use crate::plan::{CellPlan, ObjectPlan, Op, Shape, TaskPlan};
use crate::primitives::{Attempt, Barrier, Capacity, Channel, Lock, Primitives, ReceiverCount, ThreadMutex};
use crate::record::{ChannelCount, PeersCount};

/// The objects of a run.
pub(super) struct Objects<P: Primitives> {
    all: Vec<Object<P>>,
    /// The connections to the peers of each task, by the task's index and by the peers' number in its program.
    peers: Vec<Vec<Pool<P>>>,
    /// Whether this is a warm-up: each step runs once, and no instance waits for another.
    pub(super) is_warmup: bool,
}

/// One object of a run.
pub(super) enum Object<P: Primitives> {
    Channel(Queue<P>),
    Mutex(P::Mutex),
    ThreadMutex(ThreadMutex),
    Semaphore(P::Semaphore),
    Barrier(P::Barrier),
}

/// A channel, and how many instances may still use it.
pub(super) struct Queue<P: Primitives> {
    pub(super) channel: P::Channel,
    /// Whether it holds no messages: then those that were received are those that were sent.
    is_rendezvous: bool,
    /// How many instances that send to it have not ended.
    senders: AtomicU64,
    /// How many instances that receive from it have not ended.
    receivers: AtomicU64,
    sent: MessageCounter,
    received: MessageCounter,
}

/// A number of messages, and the sum of their numbers.
#[derive(Debug, Default)]
struct MessageCounter {
    messages: AtomicU64,
    sum: AtomicU64,
}

impl MessageCounter {
    // Relaxed: the counters are read after all instances have ended, and these ends order them.
    fn add(&self, messages: u64, sum: u64) {
        self.messages.fetch_add(messages, Relaxed);
        self.sum.fetch_add(sum, Relaxed);
    }

    fn get(&self) -> [u64; 2] {
        [self.messages.load(Relaxed), self.sum.load(Relaxed)]
    }
}

impl<P: Primitives> Objects<P> {
    /// No objects.
    pub(super) const NONE: Self = Self { all: Vec::new(), peers: Vec::new(), is_warmup: false };

    /// The objects of `plan`.
    pub(super) fn new(plan: &CellPlan) -> Self {
        let all = plan.objects.iter().zip(0_u16..).map(|(object, index)| Object::new(object, plan, index));
        let pools = |task: &TaskPlan| (0..task.program.peers.len()).map(|_| Pool::empty()).collect();
        Self { all: all.collect(), peers: plan.tasks.iter().map(pools).collect(), is_warmup: false }
    }

    #[inline]
    pub(super) fn get(&self, object: u16) -> &Object<P> {
        &self.all[usize::from(object)]
    }

    /// Whether a wait for it blocks the thread, whatever the primitives.
    #[inline]
    pub(super) fn blocks_thread(&self, object: u16) -> bool {
        matches!(self.get(object), Object::ThreadMutex(_))
    }

    /// The connections to some peers of a task, by the task's index and by the peers' number in its program.
    pub(super) fn peers(&self, task: usize, peers: u16) -> &Pool<P> {
        &self.peers[task][usize::from(peers)]
    }

    /// The same, for connecting them.
    pub(super) fn peers_mut(&mut self, task: usize, peers: usize) -> &mut Pool<P> {
        &mut self.peers[task][peers]
    }

    #[inline]
    pub(super) fn queue(&self, object: u16) -> &Queue<P> {
        match self.get(object) {
            Object::Channel(queue) => queue,
            Object::Mutex(_) | Object::ThreadMutex(_) | Object::Semaphore(_) | Object::Barrier(_) => {
                unreachable!("the plan names a channel here")
            }
        }
    }

    /// The rounds over the connections with each task's peers, and the peers that were lost.
    pub(super) fn peer_counts(&self) -> Vec<PeersCount> {
        let task_counts = |(pools, task): (&Vec<Pool<P>>, u16)| {
            pools.iter().zip(0..).map(move |(pool, peers)| pool.count(task, peers)).collect::<Vec<_>>()
        };
        self.peers.iter().zip(0..).flat_map(task_counts).collect()
    }

    /// How many messages went through each channel, after the span. Messages that are left in it are taken out.
    pub(super) fn counts(&self, names: &[String]) -> Vec<ChannelCount> {
        let channels = self.all.iter().zip(names).filter_map(|(object, name)| match object {
            Object::Channel(queue) => Some(queue.count(name)),
            Object::Mutex(_) | Object::ThreadMutex(_) | Object::Semaphore(_) | Object::Barrier(_) => None,
        });
        channels.collect()
    }
}

impl<P: Primitives> Object<P> {
    fn new(object: &ObjectPlan, plan: &CellPlan, index: u16) -> Self {
        match object.shape {
            Shape::Channel { capacity } => Self::Channel(Queue::new(capacity, plan, index)),
            Shape::Mutex { blocking: false } => Self::Mutex(P::Mutex::new(1)),
            Shape::Mutex { blocking: true } => Self::ThreadMutex(ThreadMutex::new(1)),
            Shape::Semaphore { permits } => Self::Semaphore(P::Semaphore::new(permits)),
            Shape::Barrier { parties } => Self::Barrier(P::Barrier::new(parties)),
        }
    }
}

impl<P: Primitives> Queue<P> {
    fn new(capacity: Option<u32>, plan: &CellPlan, index: u16) -> Self {
        let instances = |uses: fn(Op) -> Option<u16>| {
            let tasks = plan.tasks.iter().filter(|task| task.program.ops.iter().any(|op| uses(op.op) == Some(index)));
            tasks.map(|task| u64::from(task.count)).sum::<u64>()
        };
        let (senders, receivers) = (instances(Op::sends_to), instances(Op::takes_from));
        let receiver_count = if receivers > 1 { ReceiverCount::Several } else { ReceiverCount::One };
        let capacity = Capacity::of(capacity);
        Self {
            channel: P::Channel::new(capacity, receiver_count),
            is_rendezvous: capacity == Capacity::Rendezvous,
            senders: AtomicU64::new(senders),
            receivers: AtomicU64::new(receivers),
            sent: MessageCounter::default(),
            received: MessageCounter::default(),
        }
    }

    /// Adds messages that were sent and received: their number, and the sum of their numbers.
    pub(super) fn add(&self, sent: [u64; 2], received: [u64; 2]) {
        // A sender that is cancelled while its message is received does not learn of that: only the receiver does.
        let [messages, sum] = if self.is_rendezvous { received } else { sent };
        self.sent.add(messages, sum);
        self.received.add(received[0], received[1]);
    }

    /// `gone` senders have ended or will never arrive; the last one closes the channel.
    pub(super) fn senders_gone(&self, gone: u64) {
        self.gone(&self.senders, gone);
    }

    /// `gone` receivers have ended or will never arrive; after the last one no sender need wait for room.
    pub(super) fn receivers_gone(&self, gone: u64) {
        self.gone(&self.receivers, gone);
    }

    fn gone(&self, remaining: &AtomicU64, gone: u64) {
        if gone == 0 {
            return;
        }
        // AcqRel: the channel must be closed after all messages that other threads have put in.
        if remaining.fetch_sub(gone, AcqRel) == gone {
            self.channel.close();
        }
    }

    fn count(&self, name: &str) -> ChannelCount {
        self.channel.close();
        let (mut left, mut left_sum) = (0, 0_u64);
        while let Attempt::Done(number) = self.channel.try_recv() {
            left += 1;
            left_sum = left_sum.wrapping_add(number);
        }
        let ([sent, sent_sum], [received, received_sum]) = (self.sent.get(), self.received.get());
        ChannelCount { channel: name.to_owned(), sent, received, left, sent_sum, received_sum, left_sum }
    }
}
