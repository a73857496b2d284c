//! What all instances of a cell share, and the one place that knows when all have ended.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::background::Background;
use super::instance::Instance;
use super::ipc::{Link, Pool};
use super::kernel::Kernel;
use super::named::Histograms;
use super::notice::Notice;
use super::nursery::NurseryCell;
use super::objects::Objects;
use super::once::Once;
use super::spawn::{Brought, blocks, broods, trees};
use super::task_run::{Form, TaskRun, in_form};
use super::wait::{Full, Parent, Rich, Traced, Turn};
use crate::idiom::{CpuPool, Idiom, Mailbox};
use crate::plan::{CellPlan, Part, Peers};
use crate::record::clock::Moment;
use crate::record::layout::NEVER;
use crate::record::{ChannelCount, Commons, Numbers, PeersCount, Recorder, StepHistogram};

/// Hands a notice on to every run of the cell, each of which is to hear it once; called by whoever brings it about, on that
/// very thread.
pub type Tell<I> = Box<dyn Fn(&'static Run<I>, Notice) + Send + Sync>;

/// A cell's run on an engine of idiom `I`.
pub struct Run<I: Idiom> {
    /// What doesn't depend on the idiom.
    pub shared: Shared,
    /// Where closed-loop requests tell their end, the slot's index, and where notices are heard.
    pub mailbox: I::Mailbox,
    /// Where the end of the span is heard.
    done: I::Mailbox,
    tell: Tell<I>,
    /// Where parts that compute are offloaded to; absent if they run where they are, or if there are none.
    pub(super) cpu_pool: Option<&'static CpuPool>,
    /// What instances meet at.
    pub(super) objects: Objects<I>,
    /// The names of these.
    object_names: Vec<String>,
}

impl<I: Idiom> std::fmt::Debug for Run<I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("foreground", &self.shared.foreground).finish_non_exhaustive()
    }
}

/// What instances share, whatever their idiom.
#[derive(Debug)]
pub struct Shared {
    /// Where they are recorded.
    pub recorder: Recorder,
    /// The tasks, by index.
    pub tasks: Vec<TaskRun>,
    /// The draws.
    pub numbers: Numbers,
    /// What the cell's dispatchers have in common.
    pub commons: Commons,
    /// How many slots belong to open arrivals.
    pub open: u32,
    /// Where the intended releases stand among the draws.
    pub releases: Part,
    /// Where the intended cancellations stand among the draws.
    pub cancels: Part,
    /// What counts the ends of tasks in the background, if there are any.
    pub background: Option<Background>,
    /// The only task with open arrivals, if it is the only one: then no slot need be asked for its own.
    pub only_open: Option<u16>,
    pub(super) kernel: Kernel,
    pub(super) histograms: Histograms,
    /// Where children are released.
    pub(super) nursery: NurseryCell,
    /// Where the children of each task that spawns begin, and its index, ascending.
    pub(super) blocks: Vec<(u32, u16)>,
    /// The sum of the numbers of all instances that somebody waited for.
    pub(super) joined: AtomicU64,
    /// How many slots belong to the foreground.
    foreground: u64,
}

/// Puts instances on an engine.
pub trait Spawner<I: Idiom> {
    /// What a cancellation of the instance needs.
    type Handle;

    /// Spawns an instance that may be cancelled.
    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Self::Handle;

    /// Spawns an instance that nobody will cancel.
    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static);
}

impl Shared {
    /// The intended releases of the open slots, ascending, nanoseconds since the start of the span.
    pub fn releases(&self) -> &[u64] {
        &self.releases.of(self.numbers.as_slice())[..self.open as usize]
    }
}

fn only_open(plan: &CellPlan) -> Option<u16> {
    let mut open = plan.tasks.iter().zip(0_u16..).filter(|(task, _)| task.is_open());
    let (_, first) = open.next()?;
    open.next().is_none().then_some(first)
}

/// Spawns the instances of `slots`, made a few ahead: one that is copied into its task right behind its making is read
/// before its parts have left the store buffer, and that stall costs more than the making.
fn spawn_all<I: Idiom, S: Spawner<I>, F>(
    spawner: &S,
    mut slots: impl ExactSizeIterator<Item = u32>,
    make: impl Fn(u32) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    const FEW: usize = 16;
    while slots.len() >= FEW {
        let few: [F; FEW] = std::array::from_fn(|_| make(slots.next().expect("as many are left")));
        for instance in few {
            spawner.spawn_detached(instance);
        }
    }
    slots.for_each(|slot| spawner.spawn_detached(make(slot)));
}

#[inline]
fn spawn<I: Idiom, S: Spawner<I>>(
    spawner: &S,
    may_be_cancelled: bool,
    instance: impl Future<Output = ()> + Send + 'static,
) -> Option<S::Handle> {
    if may_be_cancelled {
        return Some(spawner.spawn(instance));
    }
    spawner.spawn_detached(instance);
    None
}

impl<I: Idiom> Run<I> {
    /// The run of `plan`, or of the recorder's share of it, that writes to `recorder`.
    pub fn new(plan: &CellPlan, recorder: Recorder, numbers: Numbers, commons: Commons, tell: Tell<I>) -> Self {
        let clients: u32 = plan.tasks.iter().filter_map(|task| task.closed.as_ref()).map(|closed| closed.clients).sum();
        let tasks = plan.tasks.iter().zip(broods(plan)).zip(trees(plan));
        let tasks = tasks.map(|((task, brood), tree)| TaskRun::new::<I>(task, brood, tree, plan.trace)).collect();
        let shared = Shared {
            foreground: plan.tasks.iter().filter(|task| !task.background).map(|task| u64::from(task.count)).sum(),
            background: Background::of(plan, recorder.share(), commons),
            open: plan.open,
            releases: plan.releases,
            cancels: plan.cancels,
            only_open: only_open(plan),
            tasks,
            nursery: NurseryCell::default(),
            blocks: blocks(plan),
            joined: AtomicU64::new(0),
            kernel: Kernel::new(plan.iterations_per_second),
            histograms: Histograms::new(plan.workers as usize, plan.tasks.iter().map(|task| &task.program)),
            recorder,
            numbers,
            commons,
        };
        Self {
            shared,
            mailbox: I::Mailbox::new(clients as usize + 2),
            done: I::Mailbox::new(1),
            tell,
            cpu_pool: None,
            objects: Objects::new(plan),
            object_names: plan.objects.iter().map(|object| object.name.clone()).collect(),
        }
    }

    /// The same with a pool for computing, if there is one.
    #[must_use]
    pub fn with_cpu_pool(self, cpu_pool: Option<&'static CpuPool>) -> Self {
        Self { cpu_pool, ..self }
    }

    /// Connects a task with peers of its own, both by index.
    pub fn connect(&mut self, task: usize, peers: usize, of: &Peers, links: Vec<Link>) -> io::Result<()> {
        *self.objects.peers_mut(task, peers) = Pool::new(of, links, self.shared.recorder.tracer().cloned())?;
        Ok(())
    }

    /// The same, in which nobody waits for anybody: each step is gone through for its own sake.
    #[must_use]
    pub fn rehearsal(mut self) -> Self {
        self.objects.rehearses = true;
        self
    }

    /// Releases `slot`, of task number `task`; gives a handle if its instance may be cancelled.
    #[inline]
    pub fn release<S: Spawner<I>>(&'static self, slot: u32, task: u16, spawner: &S) -> Option<S::Handle> {
        let of = &self.shared.tasks[usize::from(task)];
        let is_to_be_cancelled = || self.shared.recorder.slot(slot).cancel_at_ns.load(Relaxed) != NEVER;
        let may_be_cancelled = of.cancellable && (of.background || is_to_be_cancelled());
        in_form!(of.form, Made => spawn(spawner, may_be_cancelled, Made::<I>::new(self, slot, task)))
    }

    /// Releases `slots`, all of task number `task`, whose instances nobody will cancel.
    pub fn release_all<S: Spawner<I>>(
        &'static self,
        slots: impl ExactSizeIterator<Item = u32>,
        task: u16,
        spawner: &S,
    ) {
        let form = self.shared.tasks[usize::from(task)].form;
        in_form!(form, Made => spawn_all(spawner, slots, |slot| Made::<I>::new(self, slot, task)));
    }

    /// An instance has ended, having brought others about: in a closed loop its client comes again, whoever waits for it is told,
    /// and the last end is the span's.
    #[inline]
    pub(super) fn instance_ended(&'static self, slot: u32, of: &TaskRun, brought: Brought) {
        if !of.is_waited_for {
            self.count_foreground_ends(1);
            return;
        }
        if of.closed.is_some() {
            self.mailbox.post(slot);
        }
        self.leave_channels(of, 1);
        self.shared.give_up(slot, of, brought.sum);
        // Children that it did not come to spawn never come.
        self.count_ends(of, of.tree - brought.came);
    }

    /// So many instances of a task have ended or will never come: the channels that they would use know it.
    pub fn leave_channels(&self, of: &TaskRun, gone: u64) {
        let [sends_to, takes_from] = &of.channels;
        for channel in sends_to {
            self.objects.queue(*channel).senders_gone(gone);
        }
        for channel in takes_from {
            self.objects.queue(*channel).receivers_gone(gone);
        }
    }

    /// Counts ends of a task: of instances, of work that may outlive one, or of instances that will never come.
    pub fn count_ends(&'static self, of: &TaskRun, ends: u64) {
        match &self.shared.background {
            Some(background) if of.background => {
                if background.count_ends(ends) {
                    self.over();
                }
            }
            _ => self.count_foreground_ends(ends),
        }
    }

    /// Everybody in the background who has not ended is told to stop, and so many of them will never come.
    pub fn background_is_cut(&'static self, never_come: u64) {
        if self.shared.background.as_ref().is_some_and(|background| background.count_ends(never_come + 1)) {
            self.over();
        }
    }

    /// Work of a task begins that may outlive its instance: one end less until it is over.
    pub(super) fn hold_end(&self, of: &TaskRun) {
        match &self.shared.background {
            Some(background) if of.background => background.hold_end(),
            _ => self.shared.recorder.hold_end(),
        }
    }

    #[inline]
    fn count_foreground_ends(&'static self, ends: u64) {
        if self.shared.recorder.count_ends(ends) != self.shared.foreground {
            return;
        }
        if let Some(background) = &self.shared.background {
            background.foreground_over(self.shared.recorder.now_ns());
            (self.tell)(self, Notice::ForegroundOver);
        } else {
            self.over();
        }
    }

    /// The span is over.
    fn over(&'static self) {
        self.shared.recorder.end(Moment::now());
        (self.tell)(self, Notice::Over);
    }

    /// A notice has come; at most one of each kind does.
    pub fn hear(&self, notice: Notice) {
        self.mailbox.post(notice.number());
        if notice == Notice::Over {
            self.done.post(0);
        }
    }

    /// Waits for the end of the span.
    pub async fn finished(&self) {
        self.done.receive(None).await;
    }

    /// The sum of the numbers of all instances that somebody waited for.
    pub fn joined(&self) -> u64 {
        self.shared.joined.load(Relaxed)
    }

    /// What went through each channel, once all is over.
    pub fn channel_counts(&self) -> Vec<ChannelCount> {
        self.objects.counts(&self.object_names)
    }

    /// What was done over the connections with each task's peers, once all is over.
    pub fn peer_counts(&self) -> Vec<PeersCount> {
        self.objects.peer_counts()
    }

    /// The memory that the figures of the named steps are gathered in, bytes.
    pub fn named_bytes(&self) -> u64 {
        self.shared.histograms.bytes()
    }

    /// The figures of the named steps.
    pub fn named_steps(&self) -> Vec<StepHistogram> {
        let names: Vec<&[String]> = self.shared.tasks.iter().map(|task| task.program.names.as_slice()).collect();
        self.shared.histograms.collect(&names)
    }
}
