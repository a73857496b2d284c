//! Where an engine releases children: from inside an instance, by its own means.

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use super::run::{Run, Spawner};
use crate::idiom::Idiom;

/// What cancels a child when it is dropped.
pub type Rein = Box<dyn Any + Send>;

/// Where an engine releases children: from inside an instance, on the thread that runs it.
pub trait Nursery: Send + Sync {
    /// Releases the children in `slots`, all of task number `task`; what cancels those that may be goes to `reins`. With
    /// `join` the instance is about to wait for them: if that would keep a thread which could run them, they are run here.
    fn release(&self, slots: Range<u32>, task: u16, join: bool, reins: &mut Vec<Rein>);
}

/// The nursery of a run, once its engine has set it up.
#[derive(Default)]
pub(super) struct NurseryCell(OnceLock<Box<dyn Nursery>>);

impl fmt::Debug for NurseryCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NurseryCell").field(&self.0.get().is_some()).finish()
    }
}

impl NurseryCell {
    pub(super) fn set(&self, nursery: Box<dyn Nursery>) {
        assert!(self.0.set(nursery).is_ok(), "a run is driven once");
    }

    pub(super) fn get(&self) -> &dyn Nursery {
        self.0.get().expect("an engine that describes `spawn` sets it up in `drive`").as_ref()
    }
}

impl<I: Idiom> Run<I> {
    /// Lets instances spawn others through `nursery`. For an engine to call at the beginning of `drive`, if it describes
    /// `spawn`.
    pub fn set_up(&self, nursery: impl Nursery + 'static) {
        self.shared.nursery.set(Box::new(nursery));
    }

    /// The same, where instances may be spawned from any thread, and one that waits leaves its thread to others or has it to
    /// itself.
    pub fn spawn_with<S: Spawner<I, Handle: Send + 'static> + Sync>(&'static self, spawner: &'static S) {
        self.set_up(Anywhere { run: self, spawner });
    }

    /// Releases the children in `slots`, all of task number `task`.
    pub fn release_children<S: Spawner<I, Handle: Send + 'static>>(
        &'static self,
        slots: Range<u32>,
        task: u16,
        spawner: &S,
        reins: &mut Vec<Rein>,
    ) {
        if self.shared.tasks[usize::from(task)].cancellable {
            let handles = slots.filter_map(|slot| self.release(slot, task, spawner));
            reins.extend(handles.map(|handle| Box::new(handle) as Rein));
        } else {
            self.release_all(slots, task, spawner);
        }
    }
}

/// Releases children as instances are released from outside.
struct Anywhere<I: Idiom, S: 'static> {
    run: &'static Run<I>,
    spawner: &'static S,
}

impl<I: Idiom, S: Spawner<I, Handle: Send + 'static> + Sync> Nursery for Anywhere<I, S> {
    fn release(&self, slots: Range<u32>, task: u16, _join: bool, reins: &mut Vec<Rein>) {
        self.run.release_children(slots, task, self.spawner, reins);
    }
}
