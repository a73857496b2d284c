//! How many messages pass through a channel that is drained, where the scenario is enough to count them.
//!
//! `taskmix plan` predicts work with it. The counts of an engine are not compared with it.

use std::collections::BTreeMap;

use crate::scenario::{Step, Task, Verb};

/// How often a step of a task is run.
#[derive(Clone, Copy)]
enum Often {
    /// This often by each instance.
    Each(u64),
    /// This often for each message of this channel.
    Message(u16, u64),
}

/// How many messages pass through each channel of these tasks.
pub(super) struct Messages<'a> {
    tasks: &'a [Task],
    /// By channel, the number that was found.
    counted: BTreeMap<u16, Option<u64>>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(tasks: &'a [Task]) -> Self {
        Self { tasks, counted: BTreeMap::new() }
    }

    /// How many messages the only `drain` of `channel` receives. This is unknown if other steps receive from it as well, or if
    /// the number of draining instances or of sent messages is unknown.
    pub(super) fn through(&mut self, channel: u16) -> Option<u64> {
        if let Some(count) = self.counted.get(&channel) {
            return *count;
        }
        // In a circle of channels the number is unknown: a call on the way round finds this.
        self.counted.insert(channel, None);
        let sent = if self.has_one_drain(channel) { self.sent(channel) } else { None };
        self.counted.insert(channel, sent);
        sent
    }

    fn has_one_drain(&self, channel: u16) -> bool {
        let receives =
            |verb: &Verb| matches!(verb, Verb::Drain { channel: from, .. } | Verb::Recv(from) if from.index == channel);
        let steps = self
            .tasks
            .iter()
            .flat_map(|task| occurrences(task, &receives).into_iter().map(move |(verb, _)| (task, verb)));
        matches!(steps.collect::<Vec<_>>()[..], [(task, Verb::Drain { .. })] if is_certain(task))
    }

    fn sent(&mut self, channel: u16) -> Option<u64> {
        let sends = |verb: &Verb| matches!(verb, Verb::Send(to) if to.index == channel);
        let mut sum = 0_u64;
        for task in self.tasks {
            for (_, often) in occurrences(task, &sends) {
                let sent = match often {
                    _ if !is_certain(task) => return None,
                    Often::Each(times) => times.saturating_mul(u64::from(task.count)),
                    Often::Message(from, times) => times.saturating_mul(self.through(from)?),
                };
                sum = sum.saturating_add(sent);
            }
        }
        Some(sum)
    }
}

/// Whether all instances of the task arrive and run all of their steps.
fn is_certain(task: &Task) -> bool {
    !task.is_bounded() && task.cancel.is_none()
}

/// The steps of a task for which `is_it` holds, in the order of the text, and how often each is run.
fn occurrences<'a>(task: &'a Task, is_it: &impl Fn(&Verb) -> bool) -> Vec<(&'a Verb, Often)> {
    fn walk<'a>(steps: &'a [Step], around: Often, is_it: &impl Fn(&Verb) -> bool, found: &mut Vec<(&'a Verb, Often)>) {
        for Step { verb, .. } in steps {
            found.extend(Some((verb, around)).filter(|_| is_it(verb)));
            let within = match (verb, around) {
                (Verb::Drain { channel, .. }, _) => Often::Message(channel.index, 1),
                (Verb::Loop { times, .. }, Often::Each(rounds)) => Often::Each(rounds.saturating_mul((*times).into())),
                (Verb::Loop { times, .. }, Often::Message(channel, rounds)) => {
                    Often::Message(channel, rounds.saturating_mul((*times).into()))
                }
                _ => around,
            };
            walk(verb.steps(), within, is_it, found);
        }
    }
    let mut found = Vec::new();
    walk(&task.steps, Often::Each(1), is_it, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    const OBJECTS: &str = "[channel.a]\ncapacity = 4\n[channel.b]\ncapacity = 4\n";

    /// How many messages pass through `a` and `b`.
    fn counts(tasks: &[&str]) -> [Option<u64>; 2] {
        let tasks = tasks.iter().zip('p'..).map(|(task, name)| format!("[[task]]\nname = \"{name}\"\n{task}\n"));
        let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{OBJECTS}{}", tasks.collect::<String>());
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let mut messages = Messages::new(&scenario.points[0].tasks);
        [0, 1].map(|channel| messages.through(channel))
    }

    const SENDER: &str =
        "count = 3\nsteps = [{ send = \"a\" }, { loop = 5, steps = [{ loop = 2, steps = [{ send = \"a\" }] }] }]";
    const RELAY: &str =
        "count = 2\nsteps = [{ drain = \"a\", steps = [{ cpu = \"1us\" }, { loop = 4, steps = [{ send = \"b\" }] }] }]";
    const SINK: &str = "steps = [{ drain = \"b\", steps = [{ cpu = \"1us\" }] }]";

    #[test]
    fn all_senders_are_counted_even_through_other_drains() {
        assert_eq!(counts(&[SENDER, RELAY, SINK]), [Some(33), Some(132)]);
        let also = "steps = [{ send = \"b\" }]";
        assert_eq!(counts(&[SENDER, RELAY, SINK, also]), [Some(33), Some(133)]);
    }

    #[test]
    fn a_long_chain_of_channels_counts_each_channel_once() {
        let name = |level: u32| format!("c{level:02}");
        let objects = (0..60).map(|level| format!("[channel.{}]\ncapacity = 1\n", name(level)));
        let relay = |level: u32| {
            let send = format!("{{ send = \"{}\" }}", name(level + 1));
            let send = if level < 59 { format!("{send}, {send}") } else { "{ cpu = \"1us\" }".to_owned() };
            let name = name(level);
            format!("[[task]]\nname = \"t{level}\"\nsteps = [{{ drain = \"{name}\", steps = [{send}] }}]\n")
        };
        let first = "[[task]]\nname = \"first\"\nsteps = [{ send = \"c00\" }]\n";
        let (objects, relays): (String, String) = (objects.collect(), (0..60).map(relay).collect());
        let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{objects}{first}{relays}");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        assert_eq!(Messages::new(&scenario.points[0].tasks).through(59), Some(1 << 59));
    }

    #[test]
    fn the_count_is_unknown_if_receivers_or_senders_are_uncertain() {
        let again = "steps = [{ recv = \"b\" }]";
        assert_eq!(counts(&[SENDER, RELAY, SINK, again]), [Some(33), None], "another task receives some");
        assert_eq!(counts(&[SENDER, RELAY, SINK, SINK]), [Some(33), None], "two drains share them");
        let [cancelled, background] =
            ["cancel = { after = \"1ms\" }", "background = true"].map(|rest| format!("{SENDER}\n{rest}"));
        assert_eq!(counts(&[&cancelled, RELAY, SINK]), [None, None]);
        assert_eq!(counts(&[&background, RELAY, SINK]), [None, None]);
        let circle = "steps = [{ drain = \"b\", steps = [{ send = \"a\" }] }]";
        assert_eq!(counts(&[SENDER, RELAY, circle]), [None, None], "the channels form a circle");
    }
}
