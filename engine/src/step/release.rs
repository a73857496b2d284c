//! Releases instances: makes each in the smallest form that suffices, and gives it to the engine.

use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;

use super::child_spawner::{CancelOnDrop, ChildSpawner};
use super::instance::Instance;
use super::once::Once;
use super::run::Run;
use super::task_run::Form;
use super::wait::{Full, Parent, Rich, Traced, Turn};
use crate::primitives::Primitives;
use crate::record::Share;
use crate::record::layout::NEVER;

/// Spawns instances on an engine.
pub trait Spawner<P: Primitives> {
    /// The handle that cancels an instance.
    type Handle;

    /// Spawns an instance that may be cancelled.
    fn spawn(&self, instance: impl Future<Output = ()> + Send + 'static) -> Self::Handle;

    /// Spawns an instance that is never cancelled.
    fn spawn_detached(&self, instance: impl Future<Output = ()> + Send + 'static);
}

/// Evaluates `$then` with `$made` as the type of the instances of a form.
macro_rules! in_form {
    ($form:expr, $made:ident => $then:expr) => {
        in_form!(@ $form, $made => $then,
            Once: Once<P, Turn>, OnceFull: Once<P, Full<P>>, OnceRich: Once<P, Rich<P>>, OnceParent: Once<P, Parent<P>>,
            Turn: Instance<P, Turn>, Full: Instance<P, Full<P>>, Rich: Instance<P, Rich<P>>, Parent: Instance<P, Parent<P>>,
            OnceTraced: Once<P, Traced<Parent<P>>>, FullTraced: Instance<P, Traced<Full<P>>>,
            RichTraced: Instance<P, Traced<Parent<P>>>)
    };
    (@ $form:expr, $made:ident => $then:expr, $($name:ident: $type:ty),*) => {
        match $form {
            $(Form::$name => {
                type $made<P> = $type;
                $then
            })*
        }
    };
}

/// Spawns the instances of the `share` of `slots`, a few of which are made ahead. An instance that is copied into its task
/// right after it was made is read before its parts have left the store buffer. That stall costs more than making the instance.
fn spawn_all<P: Primitives, S: Spawner<P>, F>(spawner: &S, share: Share, slots: Range<u32>, make: impl Fn(u32) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    const FEW: usize = 16;
    // By hand, since this is compiled for each form on each engine: for whole shares a range is faster than `Share::within`, and
    // both would be compiled.
    let mut slot = share.first_from(slots.start);
    let mut left = share.within(slots).len();
    let mut next = || {
        let instance = make(slot);
        slot += share.of();
        instance
    };
    while left >= FEW {
        let few: [F; FEW] = std::array::from_fn(|_| next());
        for instance in few {
            spawner.spawn_detached(instance);
        }
        left -= FEW;
    }
    for _ in 0..left {
        spawner.spawn_detached(next());
    }
}

#[inline]
fn spawn<P: Primitives, S: Spawner<P>>(
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

impl<P: Primitives> Run<P> {
    /// Releases `slot`, of task number `task`; returns a handle if its instance may be cancelled.
    #[inline]
    pub fn release<S: Spawner<P>>(&'static self, slot: u32, task: u16, spawner: &S) -> Option<S::Handle> {
        let task_run = &self.shared.tasks[usize::from(task)];
        let is_to_be_cancelled = || self.shared.recorder.slot(slot).cancel_at_ns.load(Relaxed) != NEVER;
        let may_be_cancelled = task_run.cancellable && (task_run.background || is_to_be_cancelled());
        in_form!(task_run.form, Made => spawn(spawner, may_be_cancelled, Made::<P>::new(self, slot, task)))
    }

    /// Releases the `share` of `slots`, all of task number `task`, whose instances are never cancelled.
    pub fn release_all<S: Spawner<P>>(&'static self, share: Share, slots: Range<u32>, task: u16, spawner: &S) {
        let form = self.shared.tasks[usize::from(task)].form;
        in_form!(form, Made => spawn_all(spawner, share, slots, |slot| Made::<P>::new(self, slot, task)));
    }

    /// Lets instances spawn children through `child_spawner`. An engine that describes `spawn` calls it at the beginning of
    /// `drive`.
    pub fn set_up(&self, child_spawner: impl ChildSpawner + 'static) {
        self.shared.child_spawner.set(Box::new(child_spawner));
    }

    /// The same, for an engine that can spawn instances from any thread, and whose waiting instances leave their thread to
    /// others or have a thread of their own.
    pub fn spawn_with<S: Spawner<P, Handle: Send + 'static> + Sync>(&'static self, spawner: &'static S) {
        self.set_up(Anywhere { run: self, spawner });
    }

    /// Releases the children in `slots`, all of task number `task`.
    pub fn release_children<S: Spawner<P, Handle: Send + 'static>>(
        &'static self,
        slots: Range<u32>,
        task: u16,
        spawner: &S,
        cancel_handles: &mut Vec<CancelOnDrop>,
    ) {
        if self.shared.tasks[usize::from(task)].cancellable {
            let handles = slots.filter_map(|slot| self.release(slot, task, spawner));
            cancel_handles.extend(handles.map(|handle| Box::new(handle) as CancelOnDrop));
        } else {
            self.release_all(Share::WHOLE, slots, task, spawner);
        }
    }
}

/// Releases children in the same way as instances from outside.
struct Anywhere<P: Primitives, S: 'static> {
    run: &'static Run<P>,
    spawner: &'static S,
}

impl<P: Primitives, S: Spawner<P, Handle: Send + 'static> + Sync> ChildSpawner for Anywhere<P, S> {
    fn release(&self, slots: Range<u32>, task: u16, _join: bool, cancel_handles: &mut Vec<CancelOnDrop>) {
        self.run.release_children(slots, task, self.spawner, cancel_handles);
    }
}
