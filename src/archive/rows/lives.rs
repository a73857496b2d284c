//! `tasks.csv` instance by instance, for the cells that are shown: when each was released, started and ended.
//!
//! A file may have millions of rows, of which one repeat at one point is drawn: it is read twice, first for its cells only.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use super::cell::Param;
use super::groups::Groups;
use super::{Cell, Cells, Column, CsvTable, Row};
use crate::archive::ReadError;
use crate::stats::WHOLE_MIX;
use taskmix_engine::record::State;

/// An instance. Times are nanoseconds since the start of the span.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Life {
    /// The place of its task among [`Lives::tasks`].
    pub(crate) task: usize,
    /// Its number within the task.
    pub(crate) instance: u64,
    /// How it ended.
    pub(crate) state: State,
    /// Its intended release.
    pub(crate) scheduled: f64,
    pub(crate) started: Option<f64>,
    pub(crate) finished: Option<f64>,
    /// How long it was on a thread, in all and at most at once.
    pub(crate) busy: Option<f64>,
    pub(crate) longest: Option<f64>,
}

/// The instances of some cells.
#[derive(Debug)]
pub(crate) struct Lives {
    /// The tasks' names, in order of their first instance; [`WHOLE_MIX`] in a file without that column.
    pub(crate) tasks: Vec<String>,
    /// For each cell that was asked for, its instances, by task and then in order of release.
    pub(crate) cells: Vec<Vec<Life>>,
}

/// A cell with the numbers of its repeats.
pub(crate) type Repeats = HashMap<Cell, BTreeSet<u32>>;

/// The columns without which there is no timeline.
const NEEDED: [&str; 4] = ["state", "scheduled_ns", "started_ns", "finished_ns"];

/// Whether a file has the times at which instances were released, started and ended.
pub(crate) fn has_lives<R: Read>(table: &CsvTable<R>) -> bool {
    NEEDED.into_iter().all(|name| table.column(name).is_some())
}

/// The cells and the repeats of which a file has rows.
pub(crate) fn cells_in<R: Read>(mut table: CsvTable<R>) -> Result<(Vec<Param>, Repeats), ReadError> {
    let cells = Cells::of(&table)?;
    let repeat = table.column("repeat");
    let mut places = Groups::by(cells.columns().chain(repeat));
    let mut found = Repeats::new();
    table.each(|row| {
        let key = || Ok((cells.cell(row)?, number(row, repeat)?));
        places.place(row, key, |(cell, repeat)| {
            found.entry(cell.clone()).or_default().insert(*repeat);
        })?;
        Ok(())
    })?;
    Ok((cells.params, found))
}

/// Reads the instances of these cells, each in one repeat.
pub(crate) fn lives<R: Read>(mut table: CsvTable<R>, shown: &[(Cell, u32)]) -> Result<Lives, ReadError> {
    let columns = Columns::of(&table)?;
    let mut places = Places::of(&table, shown)?;
    let mut tasks: Vec<String> = Vec::new();
    let mut cells: Vec<Vec<Life>> = vec![Vec::new(); shown.len()];
    table.each(|row| {
        let Some(place) = places.place(row)? else { return Ok(()) };
        let name = columns.task.map(|task| row.text(task)).filter(|name| !name.is_empty()).unwrap_or(WHOLE_MIX);
        let task = tasks.iter().position(|task| task == name).unwrap_or_else(|| {
            tasks.push(name.to_owned());
            tasks.len() - 1
        });
        let cell = &mut cells[place];
        let life = columns.life(row, task, cell.len() as u64)?;
        cell.push(life);
        Ok(())
    })?;
    for lives in &mut cells {
        lives.sort_by(|one, other| {
            let by_time = || one.scheduled.total_cmp(&other.scheduled);
            one.task.cmp(&other.task).then_with(by_time).then_with(|| one.instance.cmp(&other.instance))
        });
    }
    Ok(Lives { tasks, cells })
}

/// Finds the cell of a row among the shown cells.
pub(crate) struct Places<'a> {
    cells: Cells,
    repeat: Option<Column>,
    groups: Groups<(Cell, u32)>,
    /// For each group of rows its cell's place.
    cell_of_group: Vec<Option<usize>>,
    shown: &'a [(Cell, u32)],
}

impl<'a> Places<'a> {
    pub(crate) fn of<R: Read>(table: &CsvTable<R>, shown: &'a [(Cell, u32)]) -> Result<Self, ReadError> {
        let cells = Cells::of(table)?;
        let repeat = table.column("repeat");
        let groups = Groups::by(cells.columns().chain(repeat));
        Ok(Self { cells, repeat, groups, cell_of_group: Vec::new(), shown })
    }

    /// `None` if the row's cell is not shown.
    pub(crate) fn place(&mut self, row: &Row<'_>) -> Result<Option<usize>, ReadError> {
        let Self { cells, repeat, groups, cell_of_group, shown } = self;
        let key = || Ok((cells.cell(row)?, number(row, *repeat)?));
        let group = groups.place(row, key, |key| cell_of_group.push(shown.iter().position(|cell| cell == key)))?;
        Ok(cell_of_group[group])
    }
}

/// The repeat of a row: the first in a file without that column.
fn number(row: &Row<'_>, repeat: Option<Column>) -> Result<u32, ReadError> {
    Ok(repeat.map(|repeat| row.ordinal(repeat)).transpose()?.flatten().unwrap_or(1))
}

/// Where the columns stand.
struct Columns {
    task: Option<Column>,
    instance: Option<Column>,
    state: Column,
    scheduled: Column,
    started: Column,
    finished: Column,
    busy: Option<Column>,
    longest: Option<Column>,
}

impl Columns {
    fn of<R: Read>(table: &CsvTable<R>) -> Result<Self, ReadError> {
        let [state, scheduled, started, finished] = NEEDED;
        Ok(Self {
            task: table.column("task"),
            instance: table.column("instance"),
            state: table.need(state)?,
            scheduled: table.need(scheduled)?,
            started: table.need(started)?,
            finished: table.need(finished)?,
            busy: table.column("busy_ns"),
            longest: table.column("max_poll_ns"),
        })
    }

    /// `next` is its number if the file has none.
    fn life(&self, row: &Row<'_>, task: usize, next: u64) -> Result<Life, ReadError> {
        let if_any = |column: Option<Column>| column.map(|column| row.number(column)).transpose().map(Option::flatten);
        let life = Life {
            task,
            instance: if_any(self.instance)?.map_or(next, |number| number as u64),
            state: row.ended(self.state)?,
            scheduled: row.needed(self.scheduled)?,
            started: row.number(self.started)?,
            finished: row.number(self.finished)?,
            busy: if_any(self.busy)?,
            longest: if_any(self.longest)?,
        };
        let later = "a time no earlier than the one it counts from";
        if life.started.is_some_and(|started| started < life.scheduled) {
            return Err(row.wrong(self.started, later));
        }
        if life.finished.is_some_and(|finished| finished < life.started.unwrap_or(life.scheduled)) {
            return Err(row.wrong(self.finished, later));
        }
        Ok(life)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Variant;
    use super::*;
    use crate::archive::rows::MatrixPoint;

    const HEAD: &str = "engine,task,repeat,instance,state,scheduled_ns,started_ns,finished_ns,busy_ns,max_poll_ns\n";

    fn cell(engine: &str) -> Cell {
        let place = MatrixPoint { scenario: String::new(), values: Vec::new() };
        Cell { place, variant: Variant { engine: engine.to_owned(), workers: None } }
    }

    fn read(rows: &str) -> Result<Lives, ReadError> {
        let text = format!("{HEAD}{rows}");
        lives(CsvTable::read("t.csv", text.as_bytes())?, &[(cell("b"), 2), (cell("a"), 1)])
    }

    #[test]
    fn only_the_cells_asked_for_are_read_and_instances_stand_by_task_and_release() {
        let lives = read("a,slow,1,0,done,5,6,9,2,1\nb,fast,1,0,done,1,1,1,,\nb,fast,2,7,stalled,3,,,,\na,fast,1,1,done,7,8,9,,\na,slow,1,1,cancelled,2,,4,,\n").unwrap();
        assert_eq!(lives.tasks, ["slow", "fast"]);
        let seen = |cell: usize| lives.cells[cell].iter().map(|life| (life.task, life.instance)).collect::<Vec<_>>();
        assert_eq!((seen(0), seen(1)), (vec![(1, 7)], vec![(0, 1), (0, 0), (1, 1)]));
        assert_eq!((lives.cells[0][0].started, lives.cells[1][1].busy), (None, Some(2.0)));
    }

    #[test]
    fn the_cells_of_a_file_are_found_with_their_repeats() {
        let text = format!("{HEAD}a,t,1,0,done,0,0,0,,\na,t,3,0,done,0,0,0,,\nb,t,2,0,done,0,0,0,,\n");
        let (_, found) = cells_in(CsvTable::read("t.csv", text.as_bytes()).unwrap()).unwrap();
        assert_eq!((&found[&cell("a")], &found[&cell("b")]), (&BTreeSet::from([1, 3]), &BTreeSet::from([2])));
    }

    #[test]
    fn times_that_run_backwards_are_an_error_with_their_place() {
        for (row, column) in [("a,t,1,0,done,9,3,10,,\n", "started_ns"), ("a,t,1,0,done,1,9,3,,\n", "finished_ns")] {
            let message = format!(
                "`t.csv`, line 2, column `{column}`: expected a time no earlier than the one it counts from, found `3`"
            );
            assert_eq!(read(row).unwrap_err().to_string(), message);
        }
    }
}
