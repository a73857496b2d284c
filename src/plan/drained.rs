//! How many messages come through a channel that is drained, where the scenario says enough to count them.
//!
//! It is for the work that `plan` foretells. What an engine counts is not held against it.

use std::collections::BTreeMap;

use crate::scenario::{Step, Task, Verb};

/// How often something is done in a task.
#[derive(Clone, Copy)]
enum Often {
    /// So often by each instance.
    Each(u64),
    /// So often for each message of this channel.
    Message(u16, u64),
}

/// How many messages come through each channel of these tasks.
pub(super) struct Messages<'a> {
    tasks: &'a [Task],
    /// By channel, what was found.
    known: BTreeMap<u16, Option<u64>>,
}

impl<'a> Messages<'a> {
    pub(super) fn new(tasks: &'a [Task]) -> Self {
        Self { tasks, known: BTreeMap::new() }
    }

    /// How many messages the one `drain` of `channel` takes. It is not known if there are several, or others receive from it too,
    /// nor if those who come to it, or how often they send, are not.
    pub(super) fn through(&mut self, channel: u16) -> Option<u64> {
        if let Some(known) = self.known.get(&channel) {
            return *known;
        }
        // What goes round has no beginning: whoever asks on the way back is told so.
        self.known.insert(channel, None);
        let sent = if self.has_one_drain(channel) { self.sent(channel) } else { None };
        self.known.insert(channel, sent);
        sent
    }

    fn has_one_drain(&self, channel: u16) -> bool {
        let takes =
            |verb: &Verb| matches!(verb, Verb::Drain { channel: of, .. } | Verb::Recv(of) if of.index == channel);
        let all = self.tasks.iter().flat_map(|task| done(task, &takes).into_iter().map(move |(verb, _)| (task, verb)));
        matches!(all.collect::<Vec<_>>()[..], [(task, Verb::Drain { .. })] if is_certain(task))
    }

    fn sent(&mut self, channel: u16) -> Option<u64> {
        let sends = |verb: &Verb| matches!(verb, Verb::Send(to) if to.index == channel);
        let mut sum = 0_u64;
        for task in self.tasks {
            for (_, often) in done(task, &sends) {
                let sent = match often {
                    _ if !is_certain(task) => return None,
                    Often::Each(times) => times.saturating_mul(u64::from(task.count)),
                    Often::Message(of, times) => times.saturating_mul(self.through(of)?),
                };
                sum = sum.saturating_add(sent);
            }
        }
        Some(sum)
    }
}

/// Whether all of its instances come and do all of their steps.
fn is_certain(task: &Task) -> bool {
    !task.is_bounded() && task.cancel.is_none()
}

/// The steps of a task that are it, as they stand in the text, and how often each is done.
fn done<'a>(task: &'a Task, is_it: &impl Fn(&Verb) -> bool) -> Vec<(&'a Verb, Often)> {
    fn walk<'a>(steps: &'a [Step], around: Often, is_it: &impl Fn(&Verb) -> bool, found: &mut Vec<(&'a Verb, Often)>) {
        for Step { verb, .. } in steps {
            found.extend(Some((verb, around)).filter(|_| is_it(verb)));
            let within = match (verb, around) {
                (Verb::Drain { channel, .. }, _) => Often::Message(channel.index, 1),
                (Verb::Loop { times, .. }, Often::Each(of)) => Often::Each(of.saturating_mul((*times).into())),
                (Verb::Loop { times, .. }, Often::Message(channel, of)) => {
                    Often::Message(channel, of.saturating_mul((*times).into()))
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

    /// How many messages come through `a` and `b`.
    fn of(tasks: &[&str]) -> [Option<u64>; 2] {
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
    fn messages_are_what_all_senders_send_through_whatever_drains_lie_between() {
        assert_eq!(of(&[SENDER, RELAY, SINK]), [Some(33), Some(132)]);
        let also = "steps = [{ send = \"b\" }]";
        assert_eq!(of(&[SENDER, RELAY, SINK, also]), [Some(33), Some(133)]);
    }

    #[test]
    fn channels_that_meet_again_and_again_are_counted_once_each() {
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
    fn where_it_is_not_certain_who_takes_or_sends_how_many_it_is_not_known() {
        let again = "steps = [{ recv = \"b\" }]";
        assert_eq!(of(&[SENDER, RELAY, SINK, again]), [Some(33), None], "another takes some");
        assert_eq!(of(&[SENDER, RELAY, SINK, SINK]), [Some(33), None], "two share them");
        let [cancelled, background] =
            ["cancel = { after = \"1ms\" }", "background = true"].map(|rest| format!("{SENDER}\n{rest}"));
        assert_eq!(of(&[&cancelled, RELAY, SINK]), [None, None]);
        assert_eq!(of(&[&background, RELAY, SINK]), [None, None]);
        let circle = "steps = [{ drain = \"b\", steps = [{ send = \"a\" }] }]";
        assert_eq!(of(&[SENDER, RELAY, circle]), [None, None], "it goes round");
    }
}
