//! Whether a cell's counts add up to its plan: every instance, every unit of work.
//!
//! If a task ends with the foreground or at its `until`, its number of instances is known from the engine's report alone. The
//! check of such a task is limited to what must hold for any number.

use super::message_balance::{self, Ends};
use super::rounds;
use taskmix_engine::plan::{PointPlan, TaskPlan};
use taskmix_engine::record::{ChannelCount, InstanceRecord, PeersCount, Records, State};

/// The counts of one task.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    ends: Ends,
    started: u64,
    ended: u64,
    /// The sum of the instances' numbers.
    numbers: u64,
    units: u64,
    /// Units of the done instances, counted and planned; used if the number of done instances is not known beforehand.
    done: (u64, u64),
    /// The latest intended release, nanoseconds since the start of the span.
    last_release_ns: u64,
}

impl Counted {
    fn add(&mut self, record: &InstanceRecord, point: &PointPlan) {
        let task = usize::from(record.task);
        self.ends.released += 1;
        self.started += u64::from(record.started_ns.is_some());
        self.ends.done += u64::from(record.state == State::Done);
        self.ended += u64::from(record.state != State::Stalled);
        self.numbers = self.numbers.wrapping_add(u64::from(record.instance));
        self.units = self.units.saturating_add(record.units);
        self.last_release_ns = self.last_release_ns.max(record.scheduled_ns);
        if record.state == State::Done && point.units[task].is_none() && !point.work[task].drains() {
            self.done.0 = self.done.0.saturating_add(record.units);
            self.done.1 = self.done.1.saturating_add(point.units_of(task, record.instance));
        }
    }
}

/// Says how the counts differ from the plan; nothing if they add up. `joined`, `channels` and `peers` are the cell's own report:
/// the sum of the numbers of all joined instances, the messages of each channel, and the round trips over connections.
pub(super) fn miscount(
    point: &PointPlan,
    records: &Records,
    joined: u64,
    channels: &[ChannelCount],
    peers: &[PeersCount],
) -> Option<String> {
    let mut counted = vec![Counted::default(); point.tasks.len()];
    for record in records {
        counted[usize::from(record.task)].add(&record, point);
    }
    let each = || point.tasks.iter().zip(&counted);
    let instances = || each().find_map(|(task, counted)| instances(task, counted, point));
    let units = || each().zip(&point.units).find_map(|((task, counted), planned)| units(&task.name, counted, *planned));
    let message_balance = || {
        let ends: Vec<Ends> = counted.iter().map(|counted| counted.ends).collect();
        message_balance::miscount(point, &ends, channels).or_else(|| rounds::miscount(point, &ends, peers))
    };
    let children = || children(point, &counted).or_else(|| sum(point, &counted, joined));
    instances().or_else(children).or_else(units).or_else(message_balance)
}

/// Checks the children of parents that may be fewer than their `count`. A done parent has spawned all of its children. A parent
/// that never started has spawned none.
fn children(point: &PointPlan, counted: &[Counted]) -> Option<String> {
    let bounded =
        point.tasks.iter().enumerate().filter(|(_, task)| task.spawned.is_some_and(|spawned| spawned.bounded));
    bounded.into_iter().find_map(|(child, task)| {
        let steps = point.spawns.iter().zip(counted);
        let steps = steps.flat_map(|(steps, parent)| steps.iter().map(move |step| (step, parent)));
        let spawning: Vec<_> = steps.filter(|(step, _)| usize::from(step.spawn.task) == child).collect();
        let spawns_of = |parents: fn(&Counted) -> u64| {
            spawning.iter().map(|(step, parent)| step.each() * parents(parent)).sum::<u64>()
        };
        let (least, most) = (spawns_of(|parent| parent.ends.done), spawns_of(|parent| parent.started));
        let (spawned, name) = (counted[child].ends.released, &task.name);
        (!(least..=most).contains(&spawned))
            .then(|| format!("{spawned} instances of `{name}` were spawned, not from {least} to {most}"))
    })
}

/// Checks that the numbers passed from child to parent sum up to those of all joined instances. Not checked if a joined instance
/// can be cancelled.
fn sum(point: &PointPlan, counted: &[Counted], joined: u64) -> Option<String> {
    let is_joined = |task: &TaskPlan| task.spawned.is_some_and(|spawned| spawned.joined);
    let joined_tasks = || point.tasks.iter().zip(counted).filter(|(task, _)| is_joined(task));
    if joined_tasks().any(|(task, _)| task.cancellable) {
        return None;
    }
    let planned = joined_tasks().fold(0_u64, |sum, (_, counted)| sum.wrapping_add(counted.numbers));
    (joined != planned)
        .then(|| format!("the numbers of joined instances add up to {joined}, not to the planned {planned}"))
}

fn instances(task: &TaskPlan, counted: &Counted, point: &PointPlan) -> Option<String> {
    let Counted { ends: Ends { released, .. }, ended, last_release_ns, .. } = *counted;
    let TaskPlan { name, count, .. } = task;
    if !task.is_bounded() {
        return (ended != u64::from(*count)).then(|| format!("{ended} of {count} instances of `{name}` ended"));
    }
    if ended != released {
        return Some(format!("{ended} of {released} released instances of `{name}` ended"));
    }
    let closed = task.closed.as_ref()?;
    let until = closed.until_ns?;
    if released > 0 && last_release_ns >= until {
        return Some(format!(
            "`{name}` released an instance at {last_release_ns} ns, not before its end at {until} ns"
        ));
    }
    let clients = u64::from(point.clients_that_come(closed));
    // A background client may miss its first request, because the foreground ends first.
    (!task.background && released < clients).then(|| format!("{clients} clients of `{name}` sent {released} instances"))
}

fn units(name: &str, counted: &Counted, planned: Option<u64>) -> Option<String> {
    let wrong = |done: u64, planned: u64| format!("`{name}` did {done} ns of work, not the planned {planned} ns");
    let (done, planned) = planned.map_or(counted.done, |planned| (counted.units, planned));
    (done != planned).then(|| wrong(done, planned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use taskmix_engine::scenario::parse;

    fn point(tasks: &str) -> PointPlan {
        let text = format!("question = \"?\"\nengines = [\"rayon\"]\n{tasks}");
        let scenario = parse("mix", &text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        PointPlan::new(&scenario.points[0].tasks, 1).unwrap()
    }

    /// The finding about a cell of 2 parents, each of which waits for 3 children, with so many children released.
    fn found_with_children(parent: &str, parents: [State; 2], children: u32, joined: u64) -> Option<String> {
        let steps = "steps = [{ spawn = \"child\", count = 3 }]";
        let point = point(&format!(
            "[[task]]\nname = \"parent\"\ncount = 2\n{steps}\n{parent}\n[[task]]\nname = \"child\"\nsteps = []\n"
        ));
        let record = |task, instance, state| {
            let started_ns = (state == State::Done).then_some(0);
            InstanceRecord { task, instance, state, started_ns, ..InstanceRecord::blank() }
        };
        let parents = (0..).zip(parents).map(|(number, state)| record(0, number, state));
        let children = (0..children).map(|number| record(1, number, State::Done));
        miscount(&point, &parents.chain(children).collect::<Vec<_>>().into(), joined, &[], &[])
    }

    #[test]
    fn every_child_must_be_released_and_pass_its_number_once() {
        use State::{Cancelled, Done};
        let found = |children, joined| found_with_children("", [Done, Done], children, joined);
        assert_eq!(found(6, 1 + 2 + 3 + 4 + 5), None);
        assert_eq!(found(5, 1 + 2 + 3 + 4).as_deref(), Some("5 of 6 instances of `child` ended"));
        for lost_or_doubled in [1 + 2 + 4 + 5, 1 + 2 + 3 + 3 + 4 + 5] {
            let words = format!("the numbers of joined instances add up to {lost_or_doubled}, not to the planned 15");
            assert_eq!(found(6, lost_or_doubled), Some(words));
        }
        // A cancelled parent may have spawned no children, but a done parent has spawned all of them.
        let found = |children| found_with_children("cancel = { after = \"1ms\" }", [Done, Cancelled], children, 0);
        assert_eq!(found(3), None);
        for children in [2, 4] {
            let words = format!("{children} instances of `child` were spawned, not from 3 to 3");
            assert_eq!(found(children), Some(words), "the cancelled parent never started");
        }
    }

    /// The finding about a cell of bounded tasks with these instances: task, release, state, units.
    fn found(records: &[(u16, u64, State, u64)]) -> Option<String> {
        let point = point(
            "[[task]]\nname = \"fixed\"\ncount = 1\nsteps = []\n\
            [[task]]\nname = \"loop\"\ncount = 9\narrival = { clients = 2, until = \"1us\" }\nsteps = [{ cpu = \"7ns\" }]\n\
            [[task]]\nname = \"noise\"\ncount = 9\narrival = { clients = 1 }\nbackground = true\nsteps = [{ cpu = \"5ns\" }]\n",
        );
        let record = |(index, &(task, scheduled_ns, state, units)): (usize, &(u16, u64, State, u64))| InstanceRecord {
            task,
            instance: index as u32,
            state,
            scheduled_ns,
            units,
            ..InstanceRecord::blank()
        };
        miscount(&point, &records.iter().enumerate().map(record).collect::<Vec<_>>().into(), 0, &[], &[])
    }

    #[test]
    fn bounded_tasks_may_have_any_number_of_instances_and_every_one_must_have_ended() {
        use State::{Cancelled, Done, Stalled};
        let good = [(0, 0, Done, 0), (1, 0, Done, 7), (1, 0, Done, 7)];
        let with = |more: &[(u16, u64, State, u64)]| found(&[&good[..], more].concat());
        assert_eq!(with(&[]), None);
        assert_eq!(
            with(&[(1, 999, Done, 7), (2, 0, Done, 5), (2, 9, Cancelled, 3)]),
            None,
            "a cancelled instance may have done less"
        );
        for (more, expected) in [
            ((0, 0, Done, 0), "2 of 1 instances of `fixed` ended"),
            ((1, 5, Stalled, 0), "2 of 3 released instances of `loop` ended"),
            ((2, 5, Stalled, 0), "0 of 1 released instances of `noise` ended"),
            ((1, 1_000, Done, 7), "`loop` released an instance at 1000 ns, not before its end at 1000 ns"),
            ((1, 5, Done, 6), "`loop` did 20 ns of work, not the planned 21 ns"),
            ((2, 5, Done, 6), "`noise` did 6 ns of work, not the planned 5 ns"),
        ] {
            assert_eq!(with(&[more]).as_deref(), Some(expected), "{more:?}");
        }
        assert_eq!(found(&good[..2]).as_deref(), Some("2 clients of `loop` sent 1 instances"));
        assert_eq!(found(&good[1..]).as_deref(), Some("0 of 1 instances of `fixed` ended"));
    }
}
