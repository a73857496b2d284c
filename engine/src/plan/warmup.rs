//! The warm-up: a small plan that runs every step of another plan once, so that no step of the span is slow for being the first.

use super::cell_plan::{CellPlan, Part, TaskPlan};
use super::children::{ChildrenPlan, SpawnedPlan};
use super::objects::{ObjectPlan, Shape};
use super::program::{Op, Operation, Program};

/// Long enough to arm a timer, and short enough to add no noticeable wait.
const SHORT_NS: u64 = 1_000;

/// The plan of a warm-up, and the instances of its slots.
#[derive(Debug)]
pub struct Warmup {
    /// The plan.
    pub plan: CellPlan,
    /// For each slot, the index of its task and its number within the task.
    pub slots: Vec<(u16, u32)>,
}

/// The warm-up of `plan`: for each worker two instances of each task, with almost no work. All are released at 0, and none is
/// cancelled. The numbers of the plan are all zero. A spawned task is spawned by the first step that spawns it, and by no other.
pub fn warmup(plan: &CellPlan) -> Warmup {
    let count = plan.workers * 2;
    let mut is_spawned = vec![false; plan.tasks.len()];
    let mut tasks: Vec<TaskPlan> = plan
        .tasks
        .iter()
        .map(|task| TaskPlan {
            name: task.name.clone(),
            count,
            closed: None,
            cancellable: false,
            background: false,
            spawned: task.spawned.map(|spawned| SpawnedPlan { bounded: false, ..spawned }),
            children: None,
            program: shortened(&task.program, &mut is_spawned),
            durations: Part::default(),
        })
        .collect();
    let open = (0_u16..).zip(&tasks).filter(|(_, task)| task.is_open()).map(|(index, _)| index);
    let mut slots: Vec<(u16, u32)> = open.flat_map(|task| (0..count).map(move |number| (task, number))).collect();
    let open = slots.len() as u32;
    for task in &mut tasks {
        let children: Vec<u16> = task.program.children().collect();
        if !children.is_empty() {
            task.children = Some(ChildrenPlan { first_slot: slots.len() as u32, each: children.len() as u32 });
            slots.extend((0..count).flat_map(|number| children.iter().map(move |child| (*child, number))));
        }
    }
    let releases = Part { offset: 0, len: u64::from(open), width: 1 };
    let objects = plan.objects.iter().map(alone).collect();
    Warmup { plan: CellPlan { open, objects, tasks, releases, cancels: Part::default(), ..plan.clone() }, slots }
}

/// An object for the warm-up alone, at which no instance waits for another.
fn alone(object: &ObjectPlan) -> ObjectPlan {
    match object.shape {
        Shape::Barrier { .. } => ObjectPlan { shape: Shape::Barrier { parties: 1 }, ..object.clone() },
        Shape::Channel { .. } | Shape::Mutex { .. } | Shape::Semaphore { .. } => object.clone(),
    }
}

fn shortened(program: &Program, is_spawned: &mut [bool]) -> Program {
    let short = |operation: &Operation| Operation { op: shorten(operation.op, is_spawned), ..*operation };
    Program {
        ops: program.ops.iter().map(short).collect(),
        draws: 0,
        steps: program.steps.clone(),
        names: Vec::new(),
        peers: Vec::new(),
    }
}

fn shorten(op: Op, is_spawned: &mut [bool]) -> Op {
    let ns = Some(SHORT_NS);
    // An operation without work in the place of another, so that jumps stay valid.
    let no_work = Op::Cpu { ns: Some(0), slice_ns: None };
    match op {
        Op::Cpu { slice_ns, .. } => Op::Cpu { ns, slice_ns: slice_ns.map(|_| SHORT_NS / 2) },
        Op::Sleep { .. } => Op::Sleep { ns },
        Op::Block { .. } => Op::Block { ns },
        Op::Offload { end, pool, .. } => Op::Offload { end, draws: 0, pool },
        Op::Again { shift, bits, to, .. } => Op::Again { shift, bits, times: 1, to },
        Op::Spawn { task, .. } if std::mem::replace(&mut is_spawned[usize::from(task)], true) => no_work,
        Op::Spawn { task, join, .. } => Op::Spawn { task, count: 1, join },
        Op::Enter { .. } | Op::Leave { .. } | Op::Fault { .. } | Op::Back { .. } | Op::Release => no_work,
        // Kept as they are: the warm-up runs them without waiting for other instances, and without holding anything.
        Op::Send { .. }
        | Op::Recv { .. }
        | Op::Drain { .. }
        | Op::Lock { .. }
        | Op::Permit { .. }
        | Op::Barrier { .. }
        | Op::Ipc { .. }
        | Op::Round { .. } => op,
        Op::Yield => Op::Yield,
    }
}
