//! Spawned tasks: their parents, recursion, and their number of instances.
//!
//! The count of a spawned task is computed: for each `spawn` step, its `count` × the count of the parent task, summed up.

use std::ops::Range;

use super::scalar::MOST_INSTANCES;
use super::table::TomlTable;
use super::walk::Walk;
use crate::diagnostic::Diagnostic;
use crate::scenario::{Arrival, SpawnStep, Spawned, Step, Task, Verb, spawn_steps};
use crate::units::format_count;

/// Keys that a spawned task can't have, each with the reason and the remedy.
const KEYS: [(&str, &str, &str); 4] = [
    (
        "count",
        "its `spawn` step says how many",
        "delete it, and say it in the step: `{ spawn = \"NAME\", count = 10 }`",
    ),
    ("arrival", "it arrives when it is spawned", "delete it, or write a second task that nothing spawns"),
    (
        "cancel",
        "it is cancelled with the parent that waits for it",
        "delete it, and give a `cancel` to the task that spawns it",
    ),
    ("background", "it is in the background if its parent is", "delete it"),
];

/// One `spawn` step, and the index of its task, the parent.
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

/// Sets the count and the properties of each spawned task; reports mistakes.
pub(super) fn resolve(walk: &mut Walk, tasks: &mut [Task], tables: &[TomlTable<'_>]) {
    let edges_of =
        |(parent, task): (usize, &Task)| spawn_steps(&task.steps).into_iter().map(move |step| Edge { parent, step });
    let edges: Vec<Edge> = tasks.iter().enumerate().flat_map(edges_of).collect();
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

fn check_keys(walk: &mut Walk, name: &str, table: &TomlTable<'_>, edge: &Edge) {
    for (key, why, help) in KEYS {
        if table.get(key).is_some() {
            let error = Diagnostic::error(format!("`{name}` is spawned, so it has no `{key}`: {why}"));
            let error = error.at(table.key_span(key)).also(edge.origin(), "spawned here");
            walk.report(error.help(help.replace("NAME", name)));
        }
    }
}

/// Reports every circle in which a task spawns itself; returns whether there is one.
fn refuse_recursion(walk: &mut Walk, tasks: &[Task], edges: &[Edge]) -> bool {
    let mut done = vec![false; tasks.len()];
    let mut is_recursive = false;
    for start in 0..tasks.len() {
        // The path to the present task: each task on it with its next edge to follow.
        let mut path: Vec<(usize, usize)> = if done[start] { Vec::new() } else { vec![(start, 0)] };
        while let Some((task, next)) = path.pop() {
            let Some((offset, edge)) = edges[next..].iter().enumerate().find(|(_, edge)| edge.parent == task) else {
                done[task] = true;
                continue;
            };
            path.push((task, next + offset + 1));
            let child = edge.child();
            if let Some(from) = path.iter().position(|(on, _)| *on == child) {
                is_recursive = true;
                let circle: Vec<&Edge> = path[from..].iter().map(|(_, next)| &edges[next - 1]).collect();
                walk.report(recursion(tasks, &circle));
            } else if !done[child] {
                path.push((child, 0));
            }
        }
    }
    is_recursive
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

/// The tasks in an order in which parents stand before their children. There must be no recursion.
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

/// Whether an instance may fail since a channel has no other users any more.
fn may_fail(steps: &[Step]) -> bool {
    let fails = |verb: &Verb| matches!(verb, Verb::Send(_) | Verb::Recv(_));
    steps.iter().any(|step| fails(&step.verb) || may_fail(step.verb.steps()))
}

/// The count of a spawned task, its properties, and whether it is in the background. All its parents are settled before.
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
        let error = Diagnostic::error(format!("`{name}` is spawned in the background and in the foreground"))
            .at(other.origin());
        return walk.refuse(error.also(into[0].origin(), "the first one").help("take two tasks with the same steps"));
    }
    if background && !joined {
        let error =
            Diagnostic::error(format!("no parent waits for `{name}`, so it can't be cancelled with the background"));
        return walk.refuse(error.at(into[0].origin()).help("say `join = true`, or spawn it in the foreground"));
    }
    let counts = into.iter().map(|edge| edge.step.each().saturating_mul(u64::from(tasks[edge.parent].count)));
    let count = counts.fold(0, u64::saturating_add);
    if count > MOST_INSTANCES {
        let (count, most) = (format_count(count), format_count(MOST_INSTANCES));
        let error = Diagnostic::error(format!("`{name}` would have {count} instances, more than {most}"));
        return walk.refuse(error.at(into[0].origin()).help("lower its `count`, or that of its parent"));
    }
    let may_be_cancelled = |task: &Task| {
        task.cancel.is_some() || task.background || task.arrival.spawned().is_some_and(|spawned| spawned.cancellable)
    };
    let spawned = Spawned {
        joined,
        cancellable: joined && parents().any(may_be_cancelled),
        bounded: parents().any(|task| may_be_cancelled(task) || task.is_bounded() || may_fail(&task.steps)),
    };
    Some((count as u32, spawned, background))
}
