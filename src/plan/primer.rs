//! The primer: a small plan that does every step of a bigger one once, so that nothing is slow only for being the first.

use super::cell_plan::{CellPlan, Part, TaskPlan};
use super::program::{Op, Operation, Program};

/// Long enough to arm a timer, short enough not to be waited for.
const SHORT_NS: u64 = 1_000;

/// The primer of `plan`: for each worker two instances of each task, at once, of next to no work, never
/// cancelled. Its numbers are zeros: a release at 0 for each.
pub fn primer(plan: &CellPlan) -> CellPlan {
    let tasks: Vec<TaskPlan> = plan
        .tasks
        .iter()
        .map(|task| TaskPlan {
            name: task.name.clone(),
            count: plan.workers * 2,
            closed: None,
            cancellable: false,
            background: false,
            program: shortened(&task.program),
            durations: Part::default(),
        })
        .collect();
    let open = tasks.iter().map(|task| task.count).sum();
    CellPlan {
        open,
        tasks,
        releases: Part { offset: 0, len: u64::from(open), width: 1 },
        cancels: Part::default(),
        ..plan.clone()
    }
}

fn shortened(program: &Program) -> Program {
    let ops = program.ops.iter().map(|operation| Operation { op: shorten(operation.op), ..*operation }).collect();
    Program { ops, draws: 0, steps: program.steps.clone(), names: Vec::new() }
}

fn shorten(op: Op) -> Op {
    let ns = Some(SHORT_NS);
    match op {
        Op::Cpu { slice_ns, .. } => Op::Cpu { ns, slice_ns: slice_ns.map(|_| SHORT_NS / 2) },
        Op::Sleep { .. } => Op::Sleep { ns },
        Op::Block { .. } => Op::Block { ns },
        Op::Offload { end, pool, .. } => Op::Offload { end, draws: 0, pool },
        Op::Again { shift, bits, to, .. } => Op::Again { shift, bits, times: 1, to },
        // In their place, so that jumps still fit: no work.
        Op::Enter { .. } | Op::Leave { .. } | Op::Fault { .. } => Op::Cpu { ns: Some(0), slice_ns: None },
        Op::Yield => Op::Yield,
    }
}
