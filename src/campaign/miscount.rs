//! Whether what a cell counted adds up to its plan: every instance, every unit of work.
//!
//! How many instances a task has that ends with the foreground, or at its `until`, is the engine's to say. What can't be
//! otherwise is held against it all the same.

use super::traffic::{self, Ends};
use crate::plan::{PointPlan, TaskPlan};
use crate::record::{ChannelCount, InstanceRecord, Records, State};

/// What was counted of one task.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    ends: Ends,
    ended: u64,
    units: u64,
    /// Where it is not known how many do all of their work, that of those that were done: as counted, and as planned.
    done: (u64, u64),
    /// The latest intended release, nanoseconds since the start of the span.
    last_release_ns: u64,
}

impl Counted {
    fn add(&mut self, record: &InstanceRecord, point: &PointPlan) {
        let task = usize::from(record.task);
        self.ends.released += 1;
        self.ends.done += u64::from(record.state == State::Done);
        self.ended += u64::from(record.state != State::Stalled);
        self.units = self.units.saturating_add(record.units);
        self.last_release_ns = self.last_release_ns.max(record.scheduled_ns);
        if record.state == State::Done && point.units[task].is_none() && !point.work[task].drains {
            self.done.0 = self.done.0.saturating_add(record.units);
            self.done.1 = self.done.1.saturating_add(point.units_of(task, record.instance));
        }
    }
}

/// Says how the counts differ from the plan; nothing if they add up.
pub(super) fn miscount(point: &PointPlan, records: &Records, channels: &[ChannelCount]) -> Option<String> {
    let mut counted = vec![Counted::default(); point.tasks.len()];
    for record in records {
        counted[usize::from(record.task)].add(&record, point);
    }
    let each = || point.tasks.iter().zip(&counted);
    each()
        .find_map(|(task, counted)| instances(task, counted, point))
        .or_else(|| {
            let mut each = each().zip(&point.units);
            each.find_map(|((task, counted), planned)| units(&task.name, counted, *planned))
        })
        .or_else(|| {
            let ends: Vec<Ends> = counted.iter().map(|counted| counted.ends).collect();
            traffic::miscount(point, &ends, channels)
        })
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
    let come = u64::from(point.clients_that_come(closed));
    // A foreground that is over sooner keeps them from coming.
    (!task.background && released < come).then(|| format!("{come} clients of `{name}` sent {released} instances"))
}

fn units(name: &str, counted: &Counted, planned: Option<u64>) -> Option<String> {
    let wrong = |done: u64, planned: u64| format!("`{name}` did {done} ns of work, not the planned {planned} ns");
    let (done, planned) = planned.map_or(counted.done, |planned| (counted.units, planned));
    (done != planned).then(|| wrong(done, planned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse;

    /// What is said of a cell of `bounded` tasks with these instances: task, release, state, units.
    fn said(records: &[(u16, u64, State, u64)]) -> Option<String> {
        let text = "question = \"?\"\nengines = [\"rayon\"]\n\
            [[task]]\nname = \"fixed\"\ncount = 1\nsteps = []\n\
            [[task]]\nname = \"loop\"\ncount = 9\narrival = { clients = 2, until = \"1us\" }\nsteps = [{ cpu = \"7ns\" }]\n\
            [[task]]\nname = \"noise\"\ncount = 9\narrival = { clients = 1 }\nbackground = true\nsteps = [{ cpu = \"5ns\" }]\n";
        let scenario = parse("mix", text).unwrap_or_else(|found| panic!("{found:?}")).scenario;
        let point = PointPlan::new(&scenario.points[0].tasks, 1).unwrap();
        let record = |(index, &(task, scheduled_ns, state, units)): (usize, &(u16, u64, State, u64))| InstanceRecord {
            task,
            instance: index as u32,
            state,
            scheduled_ns,
            units,
            ..InstanceRecord::blank()
        };
        miscount(&point, &records.iter().enumerate().map(record).collect::<Vec<_>>().into(), &[])
    }

    #[test]
    fn bounded_tasks_may_have_any_number_of_instances_and_every_one_must_have_ended() {
        use State::{Cancelled, Done, Stalled};
        let good = [(0, 0, Done, 0), (1, 0, Done, 7), (1, 0, Done, 7)];
        let with = |more: &[(u16, u64, State, u64)]| said(&[&good[..], more].concat());
        assert_eq!(with(&[]), None);
        assert_eq!(
            with(&[(1, 999, Done, 7), (2, 0, Done, 5), (2, 9, Cancelled, 3)]),
            None,
            "who was cut may have done less"
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
        assert_eq!(said(&good[..2]).as_deref(), Some("2 clients of `loop` sent 1 instances"));
        assert_eq!(said(&good[1..]).as_deref(), Some("0 of 1 instances of `fixed` ended"));
    }
}
