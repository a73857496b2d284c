//! Whether the cores for cells and peers are available.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::host::cpu_list;
use crate::plan::limits::Limits;
use crate::scenario::{Ipc, Param, ParamValue, Point, Setting, Step, Verb, is_told_of_setting, of_setting};

/// Reports cores, for cells or for the peers of a step, that taskmix itself may not use. `text` is the text of the file, and
/// `settings` gave some parameters of `point` their values.
pub(super) fn check_cpus(
    text: &str,
    settings: &[Setting],
    point: &Point,
    limits: &Limits,
    found: &mut Vec<Diagnostic>,
) {
    if limits.cpus.is_empty() {
        return;
    }
    let mut check = |cpus: &[u32], at: &Range<usize>| {
        let used = text.get(at.clone()).unwrap_or_default();
        let setting = |cpu| settings.iter().find(|setting| gives(setting, point, cpu, used));
        check(cpus, at, setting, limits, found);
    };
    if let Some(cpus) = &point.cpus {
        check(&cpus.numbers, &cpus.origin);
    }
    for task in &point.tasks {
        check_steps(&task.steps, &mut check);
    }
}

fn check_steps(steps: &[Step], check: &mut impl FnMut(&[u32], &Range<usize>)) {
    for step in steps {
        match &step.verb {
            Verb::Ipc(Ipc { peers, .. }) => check(&peers.cpus, &step.origin),
            other => check_steps(other.steps(), check),
        }
    }
}

/// Checks one list of cores. `setting` returns the setting that gave a core its number here, if there is one.
fn check<'a>(
    cpus: &[u32],
    at: &Range<usize>,
    setting: impl Fn(u32) -> Option<&'a Setting>,
    limits: &Limits,
    found: &mut Vec<Diagnostic>,
) {
    let mut written = Vec::new();
    for cpu in cpus.iter().copied().filter(|cpu| !limits.cpus.contains(cpu)) {
        let Some(Setting { text, .. }) = setting(cpu) else {
            written.push(cpu);
            continue;
        };
        let problem = of_setting(text, problem(&[cpu], limits)).at(at.clone()).label("used here");
        if !is_told_of_setting(&problem, found) {
            found.push(problem);
        }
    }
    if !written.is_empty() {
        found.push(problem(&written, limits).at(at.clone()));
    }
}

/// Whether this setting gives the text `used` the number of this core at `point`.
fn gives(Setting { name, .. }: &Setting, point: &Point, cpu: u32, used: &str) -> bool {
    let is_it = |param: &Param| param.name == *name && param.value == ParamValue::Integer(cpu.into());
    let forms = [format!("\"${name}\""), format!("'${name}'")];
    point.params.iter().any(is_it) && forms.iter().any(|form| used.contains(form))
}

fn problem(foreign: &[u32], limits: &Limits) -> Diagnostic {
    let (what, are) = if foreign.len() == 1 { ("core", "is") } else { ("cores", "are") };
    let (cores, allowed) = (cpu_list(foreign), cpu_list(&limits.cpus));
    Diagnostic::error(format!("{what} {cores} {are} not among the cores that may be used here: {allowed}"))
        .help("take some of these cores")
        .help("or allow more: see `taskset` and the cgroup's `cpuset.cpus`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Engines, check};
    use crate::scenario::{parse, parse_with};

    /// The messages, each with the text at its place, on a machine whose cores 0, 1 and 3 may be used.
    fn messages(head: &str, step: &str) -> Vec<(String, String)> {
        let text = format!(
            "question = \"?\"\nengines = [\"rayon\", \"threads\"]\n{head}\n[[task]]\nname = \"a\"\nsteps = [{step}]\n"
        );
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let limits = Limits { cores: 3, cpus: vec![0, 1, 3], ..Limits::default() };
        let found = check(&scenario, &[], &limits, &Engines::default());
        found.into_iter().map(|found| (found.message, text[found.span.unwrap()].to_owned())).collect()
    }

    #[test]
    fn cores_that_may_not_be_used_are_named_where_they_stand() {
        assert_eq!(messages("cpus = [3, 0]", "{ ipc = \"pipe\", cpus = [1] }"), []);
        let message = |which: &str| format!("{which} not among the cores that may be used here: 0-1, 3");
        assert_eq!(messages("cpus = [1, 2]", ""), [(message("core 2 is"), "[1, 2]".to_owned())]);
        let step = "{ ipc = \"pipe\", cpus = [7, 5, 4, 0] }";
        assert_eq!(
            messages("", &format!("{{ loop = 2, steps = [{step}] }}")),
            [(message("cores 4-5, 7 are"), step.to_owned())]
        );
    }

    #[test]
    fn a_core_from_a_setting_is_reported_once_with_the_option() {
        let steps = "steps = [{ ipc = \"pipe\", cpus = [\"$peer\", 9] }, { ipc = \"unix\", cpus = [\"$peer\"] }]";
        let text =
            format!("question = \"?\"\nengines = [\"rayon\"]\n[[task]]\nname = \"a\"\n{steps}\n[matrix]\npeer = [0]\n");
        let settings = ["peer=1,5".parse().unwrap()];
        let scenario = parse_with("mix", &text, &settings, &[]).unwrap().scenario;
        let limits = Limits { cores: 2, cpus: vec![0, 1], ..Limits::default() };
        let found = check(&scenario, &settings, &limits, &Engines::default());
        let messages: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        let (for_file, for_option) = (
            "core 9 is not among the cores that may be used here: 0-1",
            "core 5 is not among the cores that may be used here: 0-1",
        );
        assert_eq!(messages, [for_file, &format!("`--set peer=1,5`: {for_option}")]);
    }
}
