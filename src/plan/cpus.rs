//! Whether the cores that cells and peers are to use are there for them.

use std::ops::Range;

use super::check::Limits;
use crate::diagnostic::Diagnostic;
use crate::host::cpu_list;
use crate::scenario::{Ipc, Point, Step, Verb};

/// Cores that taskmix itself may not use, for the cells or for the peers of a step.
pub(super) fn check_cpus(point: &Point, limits: &Limits, found: &mut Vec<Diagnostic>) {
    if limits.cpus.is_empty() {
        return;
    }
    if let Some(cpus) = &point.cpus {
        check(&cpus.numbers, &cpus.origin, limits, found);
    }
    for task in &point.tasks {
        check_steps(&task.steps, limits, found);
    }
}

fn check_steps(steps: &[Step], limits: &Limits, found: &mut Vec<Diagnostic>) {
    for step in steps {
        match &step.verb {
            Verb::Ipc(Ipc { peers, .. }) => check(&peers.cpus, &step.origin, limits, found),
            other => check_steps(other.steps(), limits, found),
        }
    }
}

fn check(cpus: &[u32], at: &Range<usize>, limits: &Limits, found: &mut Vec<Diagnostic>) {
    let foreign: Vec<u32> = cpus.iter().copied().filter(|cpu| !limits.cpus.contains(cpu)).collect();
    let (what, are) = match foreign.len() {
        0 => return,
        1 => ("core", "is"),
        _ => ("cores", "are"),
    };
    let message = format!(
        "{what} {} {are} not among those that may be used here: {}",
        cpu_list(&foreign),
        cpu_list(&limits.cpus)
    );
    let problem = Diagnostic::error(message).at(at.clone());
    found.push(problem.help("take cores of these").help("or allow more: see `taskset` and the cgroup's `cpuset.cpus`"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Engines, check};
    use crate::scenario::parse;

    /// What is said, and of which text, on a machine on which the cores 0, 1 and 3 may be used.
    fn said(head: &str, step: &str) -> Vec<(String, String)> {
        let text = format!(
            "question = \"?\"\nengines = [\"rayon\", \"threads\"]\n{head}\n[[task]]\nname = \"a\"\nsteps = [{step}]\n"
        );
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let limits = Limits { cores: 3, cpus: vec![0, 1, 3], ..Limits::default() };
        let found = check(&scenario, &limits, &Engines::default());
        found.into_iter().map(|found| (found.message, text[found.span.unwrap()].to_owned())).collect()
    }

    #[test]
    fn cores_that_may_not_be_used_are_named_where_they_stand() {
        assert_eq!(said("cpus = [3, 0]", "{ ipc = \"pipe\", cpus = [1] }"), []);
        let message = |which: &str| format!("{which} not among those that may be used here: 0-1, 3");
        assert_eq!(said("cpus = [1, 2]", ""), [(message("core 2 is"), "[1, 2]".to_owned())]);
        let step = "{ ipc = \"pipe\", cpus = [7, 5, 4, 0] }";
        assert_eq!(
            said("", &format!("{{ loop = 2, steps = [{step}] }}")),
            [(message("cores 4-5, 7 are"), step.to_owned())]
        );
    }
}
