//! Reports steps and arrivals that an engine does not support, and tasks with the name of an engine.

use crate::diagnostic::Diagnostic;
use crate::plan::support::{Engines, Support};
use crate::scenario::{Arrival, EngineName, Scenario, Step, Task};

/// Reports every step and arrival of `scenario` that one of its engines does not support, and every task with the name of an
/// engine.
pub(super) fn check(scenario: &Scenario, engines: &Engines, found: &mut Vec<Diagnostic>) {
    for &engine in &scenario.engines {
        let description = engines.describe(engine);
        for task in scenario.points.iter().flat_map(|point| &point.tasks) {
            check_name(engine, task, found);
            let arrival = arrival(&task.arrival);
            if let Some(why) = unsupported(&description.arrivals, arrival) {
                let message = format!("`{engine}` can't take the arrival of `{}`, `{arrival}`: {why}", task.name);
                found.push(refusal(message).at(task.origin.clone()));
            }
            check_steps(engine, &description.steps, &task.steps, found);
        }
    }
}

fn check_name(engine: EngineName, task: &Task, found: &mut Vec<Diagnostic>) {
    if task.name == engine.as_str() {
        let message = format!("a task can't be called `{}`: that is an engine", task.name);
        let problem = Diagnostic::error(message).at(task.origin.clone());
        found.push(problem.help("expectations would be hard to read: give the program another name"));
    }
}

fn check_steps(engine: EngineName, abilities: &[(String, Support)], steps: &[Step], found: &mut Vec<Diagnostic>) {
    for step in steps {
        let verb = step.verb.ability();
        if let Some(why) = unsupported(abilities, verb) {
            found.push(refusal(format!("`{engine}` can't do `{verb}`: {why}")).at(step.origin.clone()));
        }
        check_steps(engine, abilities, step.verb.steps(), found);
    }
}

fn refusal(message: String) -> Diagnostic {
    Diagnostic::error(message).help("take it out, or run the scenario without the engine")
}

fn unsupported<'a>(abilities: &'a [(String, Support)], name: &str) -> Option<&'a str> {
    abilities.iter().find_map(|(other, support)| match support {
        Support::Unsupported(why) if other == name => Some(why.as_str()),
        Support::Native | Support::Emulated(_) | Support::Unsupported(_) => None,
    })
}

/// The name of the arrival in descriptions.
const fn arrival(arrival: &Arrival) -> &'static str {
    match arrival {
        Arrival::Burst => "burst",
        Arrival::Every(_) => "every",
        Arrival::Poisson { .. } => "poisson",
        Arrival::Closed { .. } => "clients",
        // Descriptions have no such arrival: the `spawn` step is checked instead.
        Arrival::Spawned(_) => "spawned",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Description;
    use crate::scenario::{CustomName, parse};

    /// The messages, each with the text at its place, for a scenario on rayon and on a program that supports all but `missing`.
    fn messages(missing: &[&str], tasks: &str) -> Vec<(String, String)> {
        let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{tasks}\n");
        let mut scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let mut engines = Engines::default();
        let mut description = Description::smol("mine 1");
        for (name, support) in description.steps.iter_mut().chain(&mut description.arrivals) {
            if missing.contains(&name.as_str()) {
                *support = Support::Unsupported(format!("no {name} here"));
            }
        }
        let name = engines.add(CustomName::new("supported-test").unwrap(), description);
        scenario.engines.push(EngineName::Custom(name));
        let mut found = Vec::new();
        check(&scenario, &engines, &mut found);
        let place = |diagnostic: Diagnostic| (diagnostic.message, text[diagnostic.span.unwrap()].to_owned());
        found.into_iter().map(place).collect()
    }

    #[test]
    fn an_unsupported_step_is_reported_with_its_place_and_the_program_s_reason() {
        let task = "[[task]]\nname = \"a\"\ncount = 3\narrival = { every = \"1ms\" }\n\
                    steps = [{ cpu = \"1us\" }, { loop = 2, steps = [{ sleep = \"1ms\" }, { yield = true }] }]";
        assert_eq!(messages(&[], task), []);
        let step = "`supported-test` can't do `sleep`: no sleep here".to_owned();
        assert_eq!(messages(&["sleep", "block"], task), [(step, "{ sleep = \"1ms\" }".to_owned())]);
        let batch = "[[task]]\nname = \"a\"\nsteps = [{ offload = \"blocking\", steps = [{ cpu = \"1us\" }] }, \
                     { loop = 2, steps = [{ offload = \"cpu\", steps = [{ cpu = \"1us\" }] }] }]";
        let [(message, place)] = &messages(&["offload cpu"], batch)[..] else { panic!("one of the two offloads") };
        assert_eq!(message, "`supported-test` can't do `offload cpu`: no offload cpu here");
        assert_eq!(place, "{ offload = \"cpu\", steps = [{ cpu = \"1us\" }] }");
        let arrival = "`supported-test` can't take the arrival of `a`, `every`: no every here".to_owned();
        assert_eq!(messages(&["every"], task), [(arrival, "3".to_owned())]);
    }

    #[test]
    fn a_task_can_not_have_the_name_of_a_program_that_runs_it() {
        let found = messages(&[], "[[task]]\nname = \"supported-test\"\ncount = 3\nsteps = []");
        assert_eq!(found[0].0, "a task can't be called `supported-test`: that is an engine");
    }
}
