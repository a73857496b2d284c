//! What all instances of a cell share, whatever their runtime primitives.

use std::sync::atomic::AtomicU64;

use super::background::Background;
use super::child_spawner::ChildSpawnerCell;
use super::histograms::Histograms;
use super::kernel::Kernel;
use super::task_run::TaskRun;
use crate::plan::Part;
use crate::record::{Numbers, Recorder, SharedProgress};

/// What instances share, whatever their primitives.
#[derive(Debug)]
pub struct SharedRun {
    /// Records the instances.
    pub recorder: Recorder,
    /// The tasks, by index.
    pub tasks: Vec<TaskRun>,
    /// The drawn numbers.
    pub numbers: Numbers,
    /// Progress that the cell's dispatchers share.
    pub shared_progress: SharedProgress,
    /// How many slots belong to open arrivals.
    pub open: u32,
    /// The part of the drawn numbers that holds the intended releases.
    pub releases: Part,
    /// The part of the drawn numbers that holds the intended cancellations.
    pub cancels: Part,
    /// Counts the ends of background tasks, if there are any.
    pub background: Option<Background>,
    /// The task with open arrivals, if there is exactly one: then the dispatcher need not read the task from a slot.
    pub only_open: Option<u16>,
    pub(super) kernel: Kernel,
    pub(super) histograms: Histograms,
    /// Releases children.
    pub(super) child_spawner: ChildSpawnerCell,
    /// For each task that spawns, the first slot of its children and the task's index; ascending.
    pub(super) blocks: Vec<(u32, u16)>,
    /// The sum of the numbers of all instances that were joined.
    pub(super) joined: AtomicU64,
    /// How many slots belong to the foreground.
    pub(super) foreground: u64,
}

impl SharedRun {
    /// The intended releases of the open slots, ascending, nanoseconds since the start of the span.
    pub fn releases(&self) -> &[u64] {
        &self.releases.of(self.numbers.as_slice())[..self.open as usize]
    }
}
