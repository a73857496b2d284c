//! A cell's run on an engine. Only the code here knows when all instances have ended.

use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use super::background::Background;
use super::child_spawner::ChildSpawnerCell;
use super::children::{SpawnTotals, blocks, child_tables, trees};
use super::histograms::Histograms;
use super::ipc::{Link, Pool};
use super::kernel::Kernel;
use super::notice::Notice;
use super::objects::Objects;
use super::shared::SharedRun;
use super::task_run::TaskRun;
use crate::plan::{CellPlan, Peers};
use crate::primitives::{CpuPool, Mailbox, Primitives};
use crate::record::clock::Moment;
use crate::record::{ChannelCount, Numbers, PeersCount, Recorder, SharedProgress, StepHistogram};

/// Passes a notice on to every run of the cell; each run receives it once. The thread that counts the last end calls it.
pub type Tell<P> = Box<dyn Fn(&'static Run<P>, Notice) + Send + Sync>;

/// A cell's run on an engine with the primitives `P`.
pub struct Run<P: Primitives> {
    /// What doesn't depend on the primitives.
    pub shared: SharedRun,
    /// Receives the slot's index of each closed-loop request that has ended, and the notices.
    pub mailbox: P::Mailbox,
    /// Receives the end of the span.
    done: P::Mailbox,
    tell: Tell<P>,
    /// The pool for offloaded computations; absent if they run on the present thread, or if there are none.
    pub(super) cpu_pool: Option<&'static CpuPool>,
    /// The objects at which instances synchronise.
    pub(super) objects: Objects<P>,
    /// The names of the objects.
    object_names: Vec<String>,
}

impl<P: Primitives> std::fmt::Debug for Run<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("foreground", &self.shared.foreground).finish_non_exhaustive()
    }
}

fn only_open(plan: &CellPlan) -> Option<u16> {
    let mut open = plan.tasks.iter().zip(0_u16..).filter(|(task, _)| task.is_open());
    let (_, first) = open.next()?;
    open.next().is_none().then_some(first)
}

impl<P: Primitives> Run<P> {
    /// The run of `plan`, or of the recorder's share of it, which writes to `recorder`.
    pub fn new(
        plan: &CellPlan,
        recorder: Recorder,
        numbers: Numbers,
        shared_progress: SharedProgress,
        tell: Tell<P>,
    ) -> Self {
        let clients: u32 = plan.tasks.iter().filter_map(|task| task.closed.as_ref()).map(|closed| closed.clients).sum();
        let tasks = plan.tasks.iter().zip(child_tables(plan)).zip(trees(plan));
        let tasks =
            tasks.map(|((task, child_table), tree)| TaskRun::new::<P>(task, child_table, tree, plan.trace)).collect();
        let shared = SharedRun {
            foreground: plan.tasks.iter().filter(|task| !task.background).map(|task| u64::from(task.count)).sum(),
            background: Background::of(plan, recorder.share(), shared_progress),
            open: plan.open,
            releases: plan.releases,
            cancels: plan.cancels,
            only_open: only_open(plan),
            tasks,
            child_spawner: ChildSpawnerCell::default(),
            blocks: blocks(plan),
            joined: AtomicU64::new(0),
            kernel: Kernel::new(plan.iterations_per_second),
            histograms: Histograms::new(plan.workers as usize, plan.tasks.iter().map(|task| &task.program)),
            recorder,
            numbers,
            shared_progress,
        };
        Self {
            shared,
            mailbox: P::Mailbox::new(clients as usize + 2),
            done: P::Mailbox::new(1),
            tell,
            cpu_pool: None,
            objects: Objects::new(plan),
            object_names: plan.objects.iter().map(|object| object.name.clone()).collect(),
        }
    }

    /// Adds the pool for offloaded computations, if there is one.
    #[must_use]
    pub fn with_cpu_pool(self, cpu_pool: Option<&'static CpuPool>) -> Self {
        Self { cpu_pool, ..self }
    }

    /// Connects a task with its own peers, both by index.
    pub fn connect(&mut self, task: usize, peers: usize, plan: &Peers, links: Vec<Link>) -> io::Result<()> {
        *self.objects.peers_mut(task, peers) = Pool::new(plan, links, self.shared.recorder.tracer().cloned())?;
        Ok(())
    }

    /// Makes this run a warm-up: each step runs once, and no instance waits for another.
    #[must_use]
    pub fn for_warmup(mut self) -> Self {
        self.objects.is_warmup = true;
        self
    }

    /// An instance has ended. In a closed loop its client sends the next request; a parent that joins it is notified; the last
    /// end ends the span.
    #[inline]
    pub(super) fn instance_ended(&'static self, slot: u32, task: &TaskRun, spawn_totals: SpawnTotals) {
        if !task.is_waited_for {
            self.count_foreground_ends(1);
            return;
        }
        if task.closed.is_some() {
            self.mailbox.post(slot);
        }
        self.leave_channels(task, 1);
        self.shared.give_up(slot, task, spawn_totals.sum);
        // Children that it did not get to spawn never arrive: they are counted with its own end.
        self.count_ends(task, task.tree - spawn_totals.came);
    }

    /// `gone` instances of a task have ended or will never arrive: their channels stop counting them.
    pub fn leave_channels(&self, task: &TaskRun, gone: u64) {
        let [sends_to, takes_from] = &task.channels;
        for channel in sends_to {
            self.objects.queue(*channel).senders_gone(gone);
        }
        for channel in takes_from {
            self.objects.queue(*channel).receivers_gone(gone);
        }
    }

    /// Counts ends of a task: of instances, of work that may outlive an instance, or of instances that will never arrive.
    pub fn count_ends(&'static self, task: &TaskRun, ends: u64) {
        match &self.shared.background {
            Some(background) if task.background => {
                if background.count_ends(ends) {
                    self.over();
                }
            }
            _ => self.count_foreground_ends(ends),
        }
    }

    /// All background instances that have not ended were cancelled; `never_arrive` more will never be released.
    pub fn background_is_cut(&'static self, never_arrive: u64) {
        if self.shared.background.as_ref().is_some_and(|background| background.count_ends(never_arrive + 1)) {
            self.over();
        }
    }

    /// Work of a task begins that may outlive its instance: until it is over, one end fewer is counted.
    pub(super) fn hold_end(&self, task: &TaskRun) {
        match &self.shared.background {
            Some(background) if task.background => background.hold_end(),
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

    /// Receives a notice; there is at most one of each kind.
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

    /// The sum of the numbers of all instances that were joined.
    pub fn joined(&self) -> u64 {
        self.shared.joined.load(Relaxed)
    }

    /// How many messages went through each channel, for after the span.
    pub fn channel_counts(&self) -> Vec<ChannelCount> {
        self.objects.counts(&self.object_names)
    }

    /// The rounds over the connections with each task's peers, for after the span.
    pub fn peer_counts(&self) -> Vec<PeersCount> {
        self.objects.peer_counts()
    }

    /// The memory for the figures of the named steps, bytes.
    pub fn named_bytes(&self) -> u64 {
        self.shared.histograms.bytes()
    }

    /// The figures of the named steps.
    pub fn named_steps(&self) -> Vec<StepHistogram> {
        let names: Vec<&[String]> = self.shared.tasks.iter().map(|task| task.program.names.as_slice()).collect();
        self.shared.histograms.collect(&names)
    }
}
