//! One task of a run, and what its instances are.

use std::collections::BTreeSet;

use super::spawn::Brood;
use crate::idiom::Idiom;
use crate::plan::{ClosedPlan, Op, Part, Program, SpawnedPlan, TaskPlan};

/// One task of a run.
#[derive(Debug)]
pub struct TaskRun {
    /// What each instance does.
    pub program: Program,
    /// Its drawn durations.
    pub durations: Part,
    /// Whether instances may be cancelled.
    pub cancellable: bool,
    /// If it is a closed loop, how.
    pub closed: Option<ClosedPlan>,
    /// How many instances.
    pub count: u32,
    /// Whether it ends with the foreground.
    pub background: bool,
    /// How it is spawned, if it is: then it comes by itself neither at a time nor by a client.
    pub spawned: Option<SpawnedPlan>,
    /// How many instances one of it comes to, with its children and theirs.
    pub tree: u64,
    /// Its children, if it spawns.
    pub(super) brood: Option<Brood>,
    /// The channels that its instances send to, and those that they take from.
    pub(super) channels: [Vec<u16>; 2],
    /// Whether more than a counter waits for the ends of its instances: a client, a parent, the background's own counter, a
    /// channel; or one counts for its children too.
    pub(super) is_waited_for: bool,
    pub(super) form: Form,
}

/// What its instances are: how much they carry while they are not being polled.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// One poll is all, and it waits for nothing.
    Once,
    /// One poll is all, in which it waits by blocking.
    OnceFull,
    /// One poll is all.
    OnceRich,
    /// It yields between steps, and waits for nothing.
    Turn,
    /// It waits, or yields amid a step.
    Full,
    /// It waits, and has named steps or meets others.
    Rich,
    /// One poll is all, and it spawns.
    OnceParent,
    /// It waits, and spawns.
    Parent,
    /// One poll is all; its cell is traced.
    OnceTraced,
    /// Its cell is traced.
    FullTraced,
    /// It has named steps, meets others or spawns, and its cell is traced.
    RichTraced,
}

/// Does `$then` with `$made` as the type of the instances of a form.
macro_rules! in_form {
    ($form:expr, $made:ident => $then:expr) => {
        in_form!(@ $form, $made => $then,
            Once: Once<I, Turn>, OnceFull: Once<I, Full<I>>, OnceRich: Once<I, Rich<I>>, OnceParent: Once<I, Parent<I>>,
            Turn: Instance<I, Turn>, Full: Instance<I, Full<I>>, Rich: Instance<I, Rich<I>>, Parent: Instance<I, Parent<I>>,
            OnceTraced: Once<I, Traced<Parent<I>>>, FullTraced: Instance<I, Traced<Full<I>>>,
            RichTraced: Instance<I, Traced<Parent<I>>>)
    };
    (@ $form:expr, $made:ident => $then:expr, $($name:ident: $type:ty),*) => {
        match $form {
            $(Form::$name => {
                type $made<I> = $type;
                $then
            })*
        }
    };
}
pub(super) use in_form;

impl Form {
    fn of<I: Idiom>(program: &Program, traced: bool) -> Self {
        let rich = !program.names.is_empty() || program.meets();
        let once = I::NEVER_PENDS || !(program.waits() || program.yields());
        if traced {
            return match (once, rich || program.spawns()) {
                (true, _) => Self::OnceTraced,
                (false, true) => Self::RichTraced,
                (false, false) => Self::FullTraced,
            };
        }
        if program.spawns() {
            return if I::NEVER_PENDS { Self::OnceParent } else { Self::Parent };
        }
        if once {
            match (rich, program.waits() || program.slices()) {
                (true, _) => Self::OnceRich,
                (false, true) => Self::OnceFull,
                (false, false) => Self::Once,
            }
        } else if rich {
            Self::Rich
        } else if program.waits() || program.slices() {
            Self::Full
        } else {
            Self::Turn
        }
    }
}

impl TaskRun {
    pub(super) fn new<I: Idiom>(plan: &TaskPlan, brood: Option<Brood>, tree: u64, traced: bool) -> Self {
        let is_joined = plan.spawned.is_some_and(|spawned| spawned.joined);
        let channels = [Op::sends_to, Op::takes_from].map(|used: fn(Op) -> Option<u16>| {
            let used: BTreeSet<u16> = plan.program.ops.iter().filter_map(|operation| used(operation.op)).collect();
            used.into_iter().collect::<Vec<_>>()
        });
        Self {
            program: plan.program.clone(),
            durations: plan.durations,
            cancellable: plan.cancellable,
            closed: plan.closed.clone(),
            count: plan.count,
            background: plan.background,
            spawned: plan.spawned,
            is_waited_for: plan.closed.is_some()
                || plan.background
                || is_joined
                || brood.is_some()
                || channels.iter().any(|of| !of.is_empty()),
            channels,
            brood,
            tree,
            form: Form::of::<I>(&plan.program, traced),
        }
    }
}

impl TaskRun {
    /// Whether whoever spawns it waits for its end.
    pub(super) fn is_joined(&self) -> bool {
        self.spawned.is_some_and(|spawned| spawned.joined)
    }
}
