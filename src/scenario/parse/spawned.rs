//! Tasks that others spawn: who spawns whom, whether that ends, and how many instances come of it.
//!
//! How many there are of a spawned task is arithmetic: whoever spawns it says how many each, and how many there are of those
//! is known.

use std::ops::Range;

use super::table::Table;
use super::task::MOST_INSTANCES;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::scenario::{Arrival, SpawnStep, Spawned, Step, Task, Verb, spawn_steps};
use crate::units::format_count;

/// Keys that a spawned task can't have, with the reason and what to do.
const KEYS: [(&str, &str, &str); 4] = [
    (
        "count",
        "whoever spawns it says how many",
        "delete it, and say it in the step: `{ spawn = \"NAME\", count = 10 }`",
    ),
    ("arrival", "it comes when it is spawned", "delete it, or take a task of its own that comes by itself"),
    (
        "cancel",
        "it is cancelled with whoever waits for it",
        "delete it, and give a `cancel` to the task that spawns it",
    ),
    ("background", "it is where whoever spawns it is", "delete it"),
];

/// One step that spawns: of which task, and what.
struct Edge {
    parent: usize,
    step: SpawnStep,
}

impl Edge {
    fn child(&self) -> usize {
        usize::from(self.step.spawn.task)
    }

    fn origin(&self) -> Range<usize> {
        self.step.origin.clone()
    }
}

/// Says of each task that others spawn how many instances it has and what holds of them; keeps what can't be.
pub(super) fn resolve(walk: &mut Walk, tasks: &mut [Task], tables: &[Table<'_>]) {
    let of =
        |(parent, task): (usize, &Task)| spawn_steps(&task.steps).into_iter().map(move |step| Edge { parent, step });
    let edges: Vec<Edge> = tasks.iter().enumerate().flat_map(of).collect();
    if edges.is_empty() {
        return;
    }
    for (child, table) in tables.iter().enumerate() {
        if let Some(edge) = edges.iter().find(|edge| edge.child() == child) {
            check_keys(walk, &tasks[child].name, table, edge);
        }
    }
    if refuse_recursion(walk, tasks, &edges) {
        return;
    }
    for child in parents_first(tasks.len(), &edges) {
        let into: Vec<&Edge> = edges.iter().filter(|edge| edge.child() == child).collect();
        if !into.is_empty() {
            let settled = settle(walk, tasks, child, &into);
            let Some((count, spawned, background)) = settled else { return };
            let task = &mut tasks[child];
            (task.count, task.arrival, task.background) = (count, Arrival::Spawned(spawned), background);
            task.origin = into[0].origin();
        }
    }
}

fn check_keys(walk: &mut Walk, name: &str, table: &Table<'_>, edge: &Edge) {
    for (key, why, help) in KEYS {
        if table.get(key).is_some() {
            let error = Diagnostic::error(format!("`{name}` is spawned, so it has no `{key}`: {why}"));
            let error = error.at(table.key_span(key)).also(edge.origin(), "spawned here");
            walk.report(error.help(help.replace("NAME", name)));
        }
    }
}

/// Every way in which a task spawns itself; whether there is one.
fn refuse_recursion(walk: &mut Walk, tasks: &[Task], edges: &[Edge]) -> bool {
    let mut done = vec![false; tasks.len()];
    let mut any = false;
    for start in 0..tasks.len() {
        // The way to here, and which edge of the last task on it is to be looked at next.
        let mut way: Vec<(usize, usize)> = if done[start] { Vec::new() } else { vec![(start, 0)] };
        while let Some((task, next)) = way.pop() {
            let Some((offset, edge)) = edges[next..].iter().enumerate().find(|(_, edge)| edge.parent == task) else {
                done[task] = true;
                continue;
            };
            way.push((task, next + offset + 1));
            let child = edge.child();
            if let Some(from) = way.iter().position(|(on, _)| *on == child) {
                any = true;
                let circle: Vec<&Edge> = way[from..].iter().map(|(_, next)| &edges[next - 1]).collect();
                walk.report(recursion(tasks, &circle));
            } else if !done[child] {
                way.push((child, 0));
            }
        }
    }
    any
}

/// The error of tasks that spawn each other in a circle.
fn recursion(tasks: &[Task], circle: &[&Edge]) -> Diagnostic {
    let name = |index: usize| tasks[index].name.as_str();
    let (last, before) = circle.split_last().expect("a circle has an edge");
    let through = before.iter().map(|edge| format!("`{}`", name(edge.child()))).collect::<Vec<_>>().join(", ");
    let through = if through.is_empty() { through } else { format!(" through {through}") };
    let error = Diagnostic::error(format!("`{}` spawns itself{through}: that has no end", name(last.child())));
    let error = before.iter().fold(error.at(last.origin()), |error, edge| {
        error.also(edge.origin(), format!("spawns `{}`", name(edge.child())))
    });
    error.help("take a task of its own for each level of the tree")
}

/// The tasks, each behind all that spawn it. There is no recursion.
fn parents_first(tasks: usize, edges: &[Edge]) -> Vec<usize> {
    let mut order = Vec::with_capacity(tasks);
    let mut is_placed = vec![false; tasks];
    while order.len() < tasks {
        for task in 0..tasks {
            let is_ready = edges.iter().all(|edge| edge.child() != task || is_placed[edge.parent]);
            if is_ready && !is_placed[task] {
                is_placed[task] = true;
                order.push(task);
            }
        }
    }
    order
}

/// Whether an instance may end by a channel that nobody uses any more.
fn may_fail(steps: &[Step]) -> bool {
    let fails = |verb: &Verb| matches!(verb, Verb::Send(_) | Verb::Recv(_));
    steps.iter().any(|step| fails(&step.verb) || may_fail(step.verb.steps()))
}

/// How many instances a spawned task has, what holds of them, and whether they are in the background; all tasks that spawn it
/// are settled.
fn settle(walk: &mut Walk, tasks: &[Task], child: usize, into: &[&Edge]) -> Option<(u32, Spawned, bool)> {
    let name = &tasks[child].name;
    let parents = || into.iter().map(|edge| &tasks[edge.parent]);
    let joined = into[0].step.spawn.join;
    if let Some(other) = into.iter().find(|edge| edge.step.spawn.join != joined) {
        let error =
            Diagnostic::error(format!("`{name}` is waited for by one step and not by another")).at(other.origin());
        return walk.refuse(
            error
                .also(into[0].origin(), "the first one")
                .help("say `join = true` or `join = false` in both, or take two tasks with the same steps"),
        );
    }
    let background = tasks[into[0].parent].background;
    if let Some(other) = into.iter().find(|edge| tasks[edge.parent].background != background) {
        let error = Diagnostic::error(format!("`{name}` is spawned in the background and in front")).at(other.origin());
        return walk.refuse(error.also(into[0].origin(), "the first one").help("take two tasks with the same steps"));
    }
    if background && !joined {
        let error =
            Diagnostic::error(format!("nobody waits for `{name}`, so nobody could cut it off with the background"));
        return walk.refuse(error.at(into[0].origin()).help("say `join = true`, or spawn it in front"));
    }
    let counts = into.iter().map(|edge| edge.step.each().saturating_mul(u64::from(tasks[edge.parent].count)));
    let count = counts.fold(0, u64::saturating_add);
    if count > MOST_INSTANCES {
        let (count, most) = (format_count(count), format_count(MOST_INSTANCES));
        let error = Diagnostic::error(format!("`{name}` would have {count} instances, more than {most}"));
        return walk.refuse(error.at(into[0].origin()).help("lower its `count`, or that of whoever spawns it"));
    }
    let is_reached = |task: &Task| {
        task.cancel.is_some() || task.background || task.arrival.spawned().is_some_and(|spawned| spawned.cancellable)
    };
    let spawned = Spawned {
        joined,
        cancellable: joined && parents().any(is_reached),
        bounded: parents().any(|task| is_reached(task) || task.is_bounded() || may_fail(&task.steps)),
    };
    Some((count as u32, spawned, background))
}
