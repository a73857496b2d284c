//! `tasks.csv`, or a file with its columns: how long each instance took, waited or was served.

use std::collections::BTreeSet;
use std::io::Read;

use super::cell::Param;
use super::groups::Groups;
use super::{Cell, Cells, Column, CsvTable, Row};
use crate::archive::ReadError;
use crate::stats::WHOLE_MIX;
use taskmix_engine::record::State;

/// Which time of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// End − intended release, of the done.
    Latency,
    /// Start − intended release, of the started.
    Wait,
    /// End − start, of the done.
    Service,
    /// End − intended cancellation, of the cancelled.
    Cancel,
}

/// The times of a task's instances in a cell, of all its repeats.
#[derive(Debug, Clone)]
pub(crate) struct Instances {
    pub(crate) cell: Cell,
    /// The task's name; [`WHOLE_MIX`] in a file without that column.
    pub(crate) task: String,
    /// The repeats that have rows.
    pub(crate) repeats: BTreeSet<u32>,
    /// In nanoseconds, ascending.
    pub(crate) times: Vec<f64>,
    /// How many have no value because they failed or stalled: they rank as infinite.
    pub(crate) endless: u64,
}

/// Where the columns stand.
struct Columns {
    state: Column,
    scheduled: Option<Column>,
    started: Option<Column>,
    finished: Option<Column>,
    requested: Option<Column>,
}

/// The contribution of an instance.
enum Time {
    Is(f64),
    Endless,
    NotCounted,
}

/// Reads all rows; the groups are in order of their first row.
pub(crate) fn instances<R: Read>(
    mut table: CsvTable<R>,
    times: Times,
) -> Result<(Vec<Param>, Vec<Instances>), ReadError> {
    let cells = Cells::of(&table)?;
    let columns = columns(&table, times)?;
    let (task, repeat) = (table.column("task"), table.column("repeat"));
    let mut places = Groups::by(cells.columns().chain(task));
    let mut groups: Vec<Instances> = Vec::new();
    table.each(|row| {
        let name = || task.map(|task| row.text(task)).filter(|name| !name.is_empty()).unwrap_or(WHOLE_MIX);
        let key = || Ok((cells.cell(row)?, name().to_owned()));
        let place = places.place(row, key, |(cell, task)| {
            let (cell, task) = (cell.clone(), task.clone());
            groups.push(Instances { cell, task, repeats: BTreeSet::new(), times: Vec::new(), endless: 0 });
        })?;
        let group = &mut groups[place];
        group.repeats.insert(repeat.map(|repeat| row.ordinal(repeat)).transpose()?.flatten().unwrap_or(1));
        match columns.time(row, times)? {
            Time::Is(time) => group.times.push(time),
            Time::Endless => group.endless += 1,
            Time::NotCounted => {}
        }
        Ok(())
    })?;
    for group in &mut groups {
        group.times.sort_by(f64::total_cmp);
    }
    Ok((cells.params, groups))
}

/// Finds the columns that these times need.
fn columns<R: Read>(table: &CsvTable<R>, times: Times) -> Result<Columns, ReadError> {
    let need = |name: &str, is_needed: bool| if is_needed { table.need(name).map(Some) } else { Ok(None) };
    Ok(Columns {
        state: table.need("state")?,
        scheduled: need("scheduled_ns", matches!(times, Times::Latency | Times::Wait))?,
        started: need("started_ns", matches!(times, Times::Wait | Times::Service))?,
        finished: need("finished_ns", times != Times::Wait)?,
        requested: need("cancel_requested_ns", times == Times::Cancel)?,
    })
}

impl Columns {
    /// The time of one instance, after the rules of `samples.csv`: which instances count, and which rank as infinite.
    fn time(&self, row: &Row<'_>, times: Times) -> Result<Time, ReadError> {
        let state = row.ended(self.state)?;
        let (from, to) = match times {
            Times::Latency => (self.scheduled, self.finished),
            Times::Wait => (self.scheduled, self.started),
            Times::Service => (self.started, self.finished),
            Times::Cancel => (self.requested, self.finished),
        };
        let (Some(from), Some(to)) = (from, to) else { return Ok(Time::NotCounted) };
        match (times, state) {
            (Times::Wait, State::Failed | State::Stalled) if row.number(to)?.is_none() => Ok(Time::Endless),
            (Times::Wait, _) if row.number(to)?.is_none() => Ok(Time::NotCounted),
            (Times::Wait, _) | (Times::Latency | Times::Service, State::Done) | (Times::Cancel, State::Cancelled) => {
                between(row, from, to)
            }
            (Times::Latency | Times::Service, State::Failed | State::Stalled) => Ok(Time::Endless),
            (Times::Cancel, State::Stalled) if row.number(from)?.is_some() => Ok(Time::Endless),
            _ => Ok(Time::NotCounted),
        }
    }
}

fn between(row: &Row<'_>, from: Column, to: Column) -> Result<Time, ReadError> {
    let (start, end) = (row.needed(from)?, row.needed(to)?);
    if end < start {
        return Err(row.wrong(to, "a time no earlier than the one it counts from"));
    }
    Ok(Time::Is(end - start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "engine,task,repeat,state,scheduled_ns,started_ns,finished_ns,cancel_requested_ns\n";

    fn read(rows: &str, times: Times) -> Result<Vec<Instances>, ReadError> {
        instances(CsvTable::read("t.csv", format!("{HEAD}{rows}").as_bytes())?, times).map(|(_, groups)| groups)
    }

    #[test]
    fn the_same_instances_count_as_in_the_samples() {
        let rows = "a,t,1,done,10,15,30,\na,t,2,done,10,12,20,\na,t,1,cancelled,10,11,40,38\na,t,1,failed,10,11,12,\n\
                    a,t,1,stalled,10,,,20\na,t,1,stalled,10,14,,\na,t,1,cancelled,10,,20,15\n";
        for (times, expected, endless) in [
            (Times::Latency, vec![10.0, 20.0], 3),
            (Times::Wait, vec![1.0, 1.0, 2.0, 4.0, 5.0], 1),
            (Times::Service, vec![8.0, 15.0], 3),
            (Times::Cancel, vec![2.0, 5.0], 1),
        ] {
            let groups = read(rows, times).unwrap();
            assert_eq!(groups.len(), 1);
            assert_eq!((&groups[0].times, groups[0].endless), (&expected, endless), "{times:?}");
            assert_eq!(groups[0].repeats, BTreeSet::from([1, 2]));
        }
    }

    #[test]
    fn a_broken_instance_is_an_error_with_its_place() {
        for (row, message) in [
            (
                "a,t,1,pending,1,2,3,\n",
                "column `state`: expected `done`, `cancelled`, `failed` or `stalled`, found `pending`",
            ),
            ("a,t,1,done,1,2,,\n", "column `finished_ns`: expected a number from 0 to 1e18, found ``"),
            (
                "a,t,1,done,9,9,3,\n",
                "column `finished_ns`: expected a time no earlier than the one it counts from, found `3`",
            ),
            ("a,t,0,done,1,2,3,\n", "column `repeat`: expected a whole number of at least 1, found `0`"),
        ] {
            assert_eq!(read(row, Times::Latency).unwrap_err().to_string(), format!("`t.csv`, line 2, {message}"));
        }
    }
}
