//! What instances meet at, in being: the channels, locks and barriers of a cell.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::ipc::Pool;
use crate::idiom::{Attempt, Barrier, Capacity, Channel, Idiom, Lock, Takers, ThreadMutex};
use crate::plan::{CellPlan, ObjectPlan, Op, Shape, TaskPlan};
use crate::record::{ChannelCount, PeersCount};

/// The objects of a run.
pub(super) struct Objects<I: Idiom> {
    all: Vec<Object<I>>,
    /// The processes that each task talks with, by the task's index and theirs in its program.
    peers: Vec<Vec<Pool<I>>>,
    /// Whether each step is only gone through: nobody waits for anybody.
    pub(super) rehearses: bool,
}

/// One of them.
pub(super) enum Object<I: Idiom> {
    Channel(Queue<I>),
    Mutex(I::Mutex),
    ThreadMutex(ThreadMutex),
    Semaphore(I::Semaphore),
    Barrier(I::Barrier),
}

/// A channel, and who is still to use it.
pub(super) struct Queue<I: Idiom> {
    pub(super) channel: I::Channel,
    /// Whether it holds nothing: what is taken is what was sent.
    is_rendezvous: bool,
    /// How many instances that send to it have not ended.
    senders: AtomicU64,
    /// How many instances that take from it have not ended.
    receivers: AtomicU64,
    sent: Tally,
    received: Tally,
}

/// How many messages, and the sum of their numbers.
#[derive(Debug, Default)]
struct Tally {
    messages: AtomicU64,
    sum: AtomicU64,
}

impl Tally {
    // Relaxed: read when all instances have ended, which orders them all before.
    fn add(&self, messages: u64, sum: u64) {
        self.messages.fetch_add(messages, Relaxed);
        self.sum.fetch_add(sum, Relaxed);
    }

    fn get(&self) -> [u64; 2] {
        [self.messages.load(Relaxed), self.sum.load(Relaxed)]
    }
}

impl<I: Idiom> Objects<I> {
    /// None.
    pub(super) const NONE: Self = Self { all: Vec::new(), peers: Vec::new(), rehearses: false };

    /// Those of `plan`.
    pub(super) fn new(plan: &CellPlan) -> Self {
        let all = plan.objects.iter().zip(0_u16..).map(|(object, index)| Object::new(object, plan, index));
        let pools = |task: &TaskPlan| (0..task.program.peers.len()).map(|_| Pool::empty()).collect();
        Self { all: all.collect(), peers: plan.tasks.iter().map(pools).collect(), rehearses: false }
    }

    #[inline]
    pub(super) fn get(&self, object: u16) -> &Object<I> {
        &self.all[usize::from(object)]
    }

    /// Whether who waits for it keeps its thread, on every idiom.
    #[inline]
    pub(super) fn keeps_thread(&self, object: u16) -> bool {
        matches!(self.get(object), Object::ThreadMutex(_))
    }

    /// The processes that a task talks with, by its index and theirs in its program.
    pub(super) fn peers(&self, task: usize, peers: u16) -> &Pool<I> {
        &self.peers[task][usize::from(peers)]
    }

    /// The same, to be connected.
    pub(super) fn peers_mut(&mut self, task: usize, peers: usize) -> &mut Pool<I> {
        &mut self.peers[task][peers]
    }

    #[inline]
    pub(super) fn queue(&self, object: u16) -> &Queue<I> {
        match self.get(object) {
            Object::Channel(queue) => queue,
            Object::Mutex(_) | Object::ThreadMutex(_) | Object::Semaphore(_) | Object::Barrier(_) => {
                unreachable!("the plan names a channel here")
            }
        }
    }

    /// What was done over the connections with each task's peers.
    pub(super) fn peer_counts(&self) -> Vec<PeersCount> {
        let of_task = |(pools, task): (&Vec<Pool<I>>, u16)| {
            pools.iter().zip(0..).map(move |(pool, peers)| pool.count(task, peers)).collect::<Vec<_>>()
        };
        self.peers.iter().zip(0..).flat_map(of_task).collect()
    }

    /// What went through each channel, now that all is over; what is left in it is taken out.
    pub(super) fn counts(&self, plan: &[String]) -> Vec<ChannelCount> {
        let channels = self.all.iter().zip(plan).filter_map(|(object, name)| match object {
            Object::Channel(queue) => Some(queue.count(name)),
            Object::Mutex(_) | Object::ThreadMutex(_) | Object::Semaphore(_) | Object::Barrier(_) => None,
        });
        channels.collect()
    }
}

impl<I: Idiom> Object<I> {
    fn new(object: &ObjectPlan, plan: &CellPlan, index: u16) -> Self {
        match object.shape {
            Shape::Channel { capacity } => Self::Channel(Queue::new(capacity, plan, index)),
            Shape::Mutex { blocking: false } => Self::Mutex(I::Mutex::new(1)),
            Shape::Mutex { blocking: true } => Self::ThreadMutex(ThreadMutex::new(1)),
            Shape::Semaphore { permits } => Self::Semaphore(I::Semaphore::new(permits)),
            Shape::Barrier { parties } => Self::Barrier(I::Barrier::new(parties)),
        }
    }
}

impl<I: Idiom> Queue<I> {
    fn new(capacity: Option<u32>, plan: &CellPlan, index: u16) -> Self {
        let instances = |uses: fn(Op) -> Option<u16>| {
            let tasks = plan.tasks.iter().filter(|task| task.program.ops.iter().any(|op| uses(op.op) == Some(index)));
            tasks.map(|task| u64::from(task.count)).sum::<u64>()
        };
        let (senders, receivers) = (instances(Op::sends_to), instances(Op::takes_from));
        let takers = if receivers > 1 { Takers::Several } else { Takers::One };
        let capacity = Capacity::of(capacity);
        Self {
            channel: I::Channel::new(capacity, takers),
            is_rendezvous: capacity == Capacity::Rendezvous,
            senders: AtomicU64::new(senders),
            receivers: AtomicU64::new(receivers),
            sent: Tally::default(),
            received: Tally::default(),
        }
    }

    /// So many messages were sent and received, with these sums of their numbers.
    pub(super) fn add(&self, sent: [u64; 2], received: [u64; 2]) {
        // A sender that is stopped while its message is taken does not know of it: who takes it does.
        let [messages, sum] = if self.is_rendezvous { received } else { sent };
        self.sent.add(messages, sum);
        self.received.add(received[0], received[1]);
    }

    /// So many senders have ended or will never come; the last one closes the channel.
    pub(super) fn senders_gone(&self, gone: u64) {
        self.gone(&self.senders, gone);
    }

    /// So many receivers have ended or will never come; behind the last one nobody need wait for room.
    pub(super) fn receivers_gone(&self, gone: u64) {
        self.gone(&self.receivers, gone);
    }

    fn gone(&self, of: &AtomicU64, gone: u64) {
        if gone == 0 {
            return;
        }
        // AcqRel: who closes the channel must do so behind all that the others have put in.
        if of.fetch_sub(gone, AcqRel) == gone {
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
