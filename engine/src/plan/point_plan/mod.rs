//! The plan that the cells of one point share: the programs, the draws, and the draws as numbers.

use std::num::NonZeroU64;

use super::cell_plan::{CellPlan, ClosedPlan, PROTOCOL, Part, SETUP_NS, TaskPlan};
use super::children::SpawnedPlan;
use super::drained::Messages;
use super::draws::{DrawTable, Draws};
use super::objects::ObjectPlan;
use super::program::{Program, TooBig, nanoseconds};
use super::support::Engines;
use super::work::Work;
use crate::record::layout::Shape;
use crate::scenario::{Arrival, CancelTime, EngineName, Object, SpawnStep, Spawned, Task, spawn_steps};

/// The maximum of trace lines: they are numbered in 16 bits.
const MOST_LINES: u32 = 65_535;

/// The plan that the cells of one point share: the programs and the draws.
#[derive(Debug)]
pub struct PointPlan {
    /// The tasks, as engines receive them.
    pub tasks: Vec<TaskPlan>,
    /// The objects that synchronise their instances.
    pub objects: Vec<ObjectPlan>,
    /// The draws.
    pub draws: Draws,
    /// The draws as the numbers of descriptor 5.
    pub numbers: Vec<u64>,
    /// The work of one instance of each task.
    pub work: Vec<Work>,
    /// The `spawn` steps of each task.
    pub spawns: Vec<Vec<SpawnStep>>,
    /// For each task, the work in `cpu` steps of all its instances, nominal nanoseconds. Absent if some may be cancelled or fail,
    /// or if their number is known only at run time.
    pub units: Vec<Option<u64>>,
    /// The size of the pool for computing, if the scenario sets it.
    pub cpu_threads: Option<u32>,
    /// The cores that each cell may use, ascending; empty for all cores that taskmix itself may use.
    pub cpus: Vec<u32>,
    releases: Part,
    cancels: Part,
}

impl PointPlan {
    /// Flattens the steps of `tasks`, and draws.
    pub fn new(tasks: &[Task], seed: u64) -> Result<Self, TooBig> {
        let programs = tasks.iter().map(|task| Program::new(&task.steps)).collect::<Result<Vec<_>, _>>()?;
        let draws = Draws::new(tasks, seed);
        let mut numbers = Numbers::default();
        let releases = numbers.add(&draws.scheduled_ns, 1);
        let any_cancel = tasks.iter().any(|task| task.cancel.is_some());
        let cancels = if any_cancel { numbers.add(&draws.cancel_ns, 1) } else { Part::default() };
        let mut messages = Messages::new(tasks);
        let work = tasks.iter().map(|task| Work::of_task(&task.steps, task.count, |channel| messages.through(channel)));
        let work: Vec<Work> = work.collect();
        let spawns = tasks.iter().map(|task| spawn_steps(&task.steps)).collect();
        let tasks: Vec<TaskPlan> = tasks
            .iter()
            .zip(programs)
            .enumerate()
            .map(|(index, (task, program))| TaskPlan {
                name: task.name.clone(),
                count: task.count,
                closed: closed(task, &draws, index, &mut numbers),
                cancellable: is_cancellable(task),
                background: task.background,
                spawned: spawned(task),
                children: draws.children[index],
                program,
                durations: numbers.add_table(&draws.durations[index]),
            })
            .collect();
        let units = tasks.iter().zip(&work).map(|(task, work): (&TaskPlan, &Work)| {
            let may_fail = task.program.ops.iter().any(|op| op.op.may_fail());
            (!task.cancellable && !task.is_bounded() && !may_fail).then(|| units(task, work, &numbers.0))
        });
        let units = units.collect();
        let (objects, cpu_threads, cpus) = (Vec::new(), None, Vec::new());
        Ok(Self {
            tasks,
            objects,
            draws,
            numbers: numbers.0,
            work,
            spawns,
            units,
            cpu_threads,
            cpus,
            releases,
            cancels,
        })
    }

    /// Whether an instance offloads a part of its work to a pool for computing.
    pub fn computes_elsewhere(&self) -> bool {
        self.tasks.iter().any(|task| task.program.computes_elsewhere())
    }

    /// The same plan with these objects.
    #[must_use]
    pub fn with_objects(self, objects: &[Object]) -> Self {
        Self { objects: objects.iter().map(ObjectPlan::from).collect(), ..self }
    }

    /// How many cores each cell may use on a machine of `cores` cores.
    pub fn cores(&self, cores: u32) -> u32 {
        if self.cpus.is_empty() { cores } else { cores.min(self.cpus.len() as u32) }
    }

    /// How many instances there are.
    pub fn slots(&self) -> usize {
        self.draws.task.len()
    }

    /// How many instances are in the foreground.
    pub fn foreground_slots(&self) -> u64 {
        self.tasks.iter().filter(|task| !task.background).map(|task| u64::from(task.count)).sum()
    }

    /// The work in `cpu` steps of one instance of a task that is not stopped, nominal nanoseconds.
    pub fn units_of(&self, task: usize, instance: u32) -> u64 {
        self.work[task].cpu_ns(self.tasks[task].durations.row(&self.numbers, instance))
    }

    /// How many clients of a closed loop release at least one instance: their first think time is over before its `until`.
    pub fn clients_that_come(&self, closed: &ClosedPlan) -> u32 {
        let until = closed.until_ns.unwrap_or(u64::MAX);
        let is_in_time = |client: &u32| closed.thinks.row(&self.numbers, *client)[0] < until;
        (0..closed.clients).filter(is_in_time).count() as u32
    }

    /// The plan of a cell of this point.
    pub fn cell(&self, engine: EngineName, workers: u32, blocking_threads: Option<u32>) -> CellPlan {
        CellPlan {
            protocol: PROTOCOL,
            engine,
            workers,
            blocking_threads,
            cpu_threads: self.cpu_threads,
            stack_size: None,
            trace: false,
            probe_ns: None,
            peer_fault: None,
            iterations_per_second: 0.0,
            ticks_per_second: 0,
            open: self.draws.open,
            objects: self.objects.clone(),
            tasks: self.tasks.clone(),
            releases: self.releases,
            cancels: self.cancels,
        }
    }

    /// How many trace lines a record has: one per worker, or one for each thread that may live at once.
    pub fn lines(&self, engine: EngineName, workers: u32) -> u32 {
        // The descriptions of programs are not needed: no program has a thread per instance.
        if !Engines::default().has_thread_each(engine) {
            return workers;
        }
        // A thread that has reported the end of its instance may still be exiting when the next instance of the client starts.
        let at_once =
            |task: &TaskPlan| task.closed.as_ref().map_or(task.count, |closed| task.count.min(2 * closed.clients));
        self.tasks.iter().map(at_once).fold(0, u32::saturating_add).min(MOST_LINES)
    }

    /// The shape of the record of a cell with `lines` trace lines and this timeout, and with this probe period if it is probed.
    pub fn shape(&self, lines: u32, timeout_ns: u64, probe_ns: Option<NonZeroU64>) -> Shape {
        // The helper process also writes probes while the engine is being built.
        let probes = probe_ns.map_or(0, |period| ((timeout_ns + SETUP_NS) / period) as usize);
        Shape { workers: lines as usize, probes, slots: self.slots(), run_slices: 0 }
    }
}

/// The work of all instances of a task, nominal nanoseconds.
fn units(task: &TaskPlan, work: &Work, numbers: &[u64]) -> u64 {
    let width = task.durations.width;
    if width == 0 {
        return work.fixed_cpu_ns.saturating_mul(u64::from(task.count));
    }
    (0..task.count).map(|instance| work.cpu_ns(task.durations.row(numbers, instance))).sum()
}

fn is_cancellable(task: &Task) -> bool {
    task.cancel.is_some() || task.background || task.arrival.spawned().is_some_and(|spawned| spawned.cancellable)
}

fn spawned(task: &Task) -> Option<SpawnedPlan> {
    task.arrival.spawned().map(|Spawned { joined, bounded, .. }| SpawnedPlan { joined, bounded })
}

fn closed(task: &Task, draws: &Draws, index: usize, numbers: &mut Numbers) -> Option<ClosedPlan> {
    let Arrival::Closed { clients, until, .. } = &task.arrival else { return None };
    Some(ClosedPlan {
        until_ns: until.as_ref().map(|until| nanoseconds(until.time)),
        clients: clients.get().min(task.count),
        first_slot: draws.first_slot[index].expect("a closed loop has a block"),
        thinks: numbers.add_table(&draws.thinks[index]),
        cancel_after: task.cancel.is_some_and(|cancel| matches!(cancel.when, CancelTime::After(_))),
    })
}

#[derive(Default)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn add(&mut self, values: &[u64], width: u32) -> Part {
        let offset = self.0.len() as u64;
        self.0.extend_from_slice(values);
        Part { offset, len: values.len() as u64, width }
    }

    fn add_table(&mut self, table: &DrawTable) -> Part {
        self.add(&table.values, table.width)
    }
}

#[cfg(test)]
mod tests;
