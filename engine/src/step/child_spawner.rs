//! How an engine releases children: from inside an instance, by its own means.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

/// Cancels a child when it is dropped.
pub type CancelOnDrop = Box<dyn Any + Send>;

/// Releases children on an engine: from inside an instance, on the thread that runs it.
pub trait ChildSpawner: Send + Sync {
    /// Releases the children in `slots`, all of task number `task`. The handles of children that may be cancelled go to
    /// `cancel_handles`. With `join` the parent is about to wait for them: if that would block a thread which could run them,
    /// they are run here.
    fn release(&self, slots: Range<u32>, task: u16, join: bool, cancel_handles: &mut Vec<CancelOnDrop>);
}

/// The child spawner of a run, once its engine has set it up.
#[derive(Default)]
pub(super) struct ChildSpawnerCell(OnceLock<Box<dyn ChildSpawner>>);

impl fmt::Debug for ChildSpawnerCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChildSpawnerCell").field(&self.0.get().is_some()).finish()
    }
}

impl ChildSpawnerCell {
    pub(super) fn set(&self, child_spawner: Box<dyn ChildSpawner>) {
        assert!(self.0.set(child_spawner).is_ok(), "a run is driven once");
    }

    pub(super) fn get(&self) -> &dyn ChildSpawner {
        self.0.get().expect("an engine that describes `spawn` sets it up in `drive`").as_ref()
    }
}
