//! One task of a run, and the type of its instances.

use std::collections::BTreeSet;

use super::children::ChildTable;
use crate::plan::{ClosedPlan, Op, Part, Program, SpawnedPlan, TaskPlan};
use crate::primitives::Primitives;

/// One task of a run.
#[derive(Debug)]
pub struct TaskRun {
    /// What each instance does.
    pub program: Program,
    /// Its drawn durations.
    pub durations: Part,
    /// Whether instances may be cancelled.
    pub cancellable: bool,
    /// Its clients, if it is a closed loop.
    pub closed: Option<ClosedPlan>,
    /// How many instances it has.
    pub count: u32,
    /// Whether it ends with the foreground.
    pub background: bool,
    /// How it is spawned, if it is: then it has neither open nor closed arrivals.
    pub spawned: Option<SpawnedPlan>,
    /// How many instances one instance of it makes: itself, its children and their descendants.
    pub tree: u64,
    /// Its children, if it spawns.
    pub(super) child_table: Option<ChildTable>,
    /// The channels that its instances send to, and those that they receive from.
    pub(super) channels: [Vec<u16>; 2],
    /// Whether an end concerns more than the counter of the foreground: a client, a parent, the background's counter or a channel
    /// waits for it, or it counts for children too.
    pub(super) is_waited_for: bool,
    pub(super) form: Form,
}

/// The type of its instances: how much they carry between polls.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// One poll runs all of it, and it waits for nothing.
    Once,
    /// One poll runs all of it, and it waits by blocking.
    OnceFull,
    /// One poll runs all of it, and it has named steps or synchronises.
    OnceRich,
    /// It yields between steps, and waits for nothing.
    Turn,
    /// It waits, or yields amid a step.
    Full,
    /// It waits, and has named steps or synchronises.
    Rich,
    /// One poll runs all of it, and it spawns.
    OnceParent,
    /// It waits, and spawns.
    Parent,
    /// One poll runs all of it; its cell is traced.
    OnceTraced,
    /// Its cell is traced.
    FullTraced,
    /// It has named steps, synchronises or spawns, and its cell is traced.
    RichTraced,
}

impl Form {
    fn new<P: Primitives>(program: &Program, traced: bool) -> Self {
        let rich = !program.names.is_empty() || program.syncs();
        let once = P::NEVER_PENDS || !(program.waits() || program.yields());
        if traced {
            return match (once, rich || program.spawns()) {
                (true, _) => Self::OnceTraced,
                (false, true) => Self::RichTraced,
                (false, false) => Self::FullTraced,
            };
        }
        if program.spawns() {
            return if P::NEVER_PENDS { Self::OnceParent } else { Self::Parent };
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
    pub(super) fn new<P: Primitives>(
        plan: &TaskPlan,
        child_table: Option<ChildTable>,
        tree: u64,
        traced: bool,
    ) -> Self {
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
                || child_table.is_some()
                || channels.iter().any(|used| !used.is_empty()),
            channels,
            child_table,
            tree,
            form: Form::new::<P>(&plan.program, traced),
        }
    }
}

impl TaskRun {
    /// Whether the parent that spawns it waits for its end.
    pub(super) fn is_joined(&self) -> bool {
        self.spawned.is_some_and(|spawned| spawned.joined)
    }
}
