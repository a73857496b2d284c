//! `spans.csv`: which instance was on which thread, and when. Only traced runs have it.

use std::collections::HashMap;
use std::io::Read;

use super::lives::Places;
use super::{Cell, CsvTable, Lives, Row};
use crate::archive::ReadError;

/// What an instance did in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It was on a worker's thread.
    Run,
    /// It blocked a worker's thread in a call.
    Block,
    /// Steps of it were on a pool, for blocking calls or for computing.
    Offload,
    /// Steps of it were in the queue of a pool.
    Queue,
}

/// A run slice of an instance, in nanoseconds since the start of the span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    /// The place of the instance among its cell's [`Lives`].
    pub(crate) life: u32,
    /// The worker, if it was on one.
    pub(crate) worker: Option<u32>,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) doing: Doing,
}

/// Reads the spans of these cells' instances, by instance and then in order of time. A cell without any has no rows in the file.
pub(crate) fn spans<R: Read>(
    mut table: CsvTable<R>,
    shown: &[(Cell, u32)],
    lives: &Lives,
) -> Result<Vec<Vec<Span>>, ReadError> {
    let [task, instance, start, end, kind] =
        ["task", "instance", "start_ns", "end_ns", "kind"].map(|name| table.need(name));
    let (task, instance, start, end, kind) = (task?, instance?, start?, end?, kind?);
    let worker = table.column("worker");
    let mut places = Places::of(&table, shown)?;
    let place_of: Vec<HashMap<(usize, u64), u32>> = lives
        .cells
        .iter()
        .map(|lives| (0..).zip(lives).map(|(place, life)| ((life.task, life.instance), place)).collect())
        .collect();
    let mut cells: Vec<Vec<Span>> = vec![Vec::new(); shown.len()];
    table.each(|row: &Row<'_>| {
        let Some(place) = places.place(row)? else { return Ok(()) };
        let doing = match row.text(kind) {
            "run" => Doing::Run,
            "block" => Doing::Block,
            "offload" => Doing::Offload,
            "queue" => Doing::Queue,
            _ => return Err(row.wrong(kind, "`run`, `block`, `offload` or `queue`")),
        };
        let (from, to) = (row.needed(start)?, row.needed(end)?);
        if to < from {
            return Err(row.wrong(end, "a time no earlier than the one it counts from"));
        }
        let worker = worker.map(|worker| row.number(worker)).transpose()?.flatten();
        let (name, number) = (row.text(task), row.needed(instance)? as u64);
        let task = lives.tasks.iter().position(|task| task == name);
        // An instance without a row in `tasks.csv` has no lane either.
        if let Some(&life) = task.and_then(|task| place_of[place].get(&(task, number))) {
            let worker = worker.map(|worker| worker as u32);
            cells[place].push(Span { life, worker, start: from, end: to, doing });
        }
        Ok(())
    })?;
    for spans in &mut cells {
        spans.sort_by(|one, other| one.life.cmp(&other.life).then_with(|| one.start.total_cmp(&other.start)));
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::super::{MatrixPoint, Variant};
    use super::*;
    use crate::archive::rows::lives;

    const LIVES: &str = "engine,task,instance,state,scheduled_ns,started_ns,finished_ns\n\
                         a,t,0,done,0,1,9\na,t,1,done,2,3,9\n";

    fn read(rows: &str) -> Result<Vec<Vec<Span>>, ReadError> {
        let place = MatrixPoint { scenario: String::new(), values: Vec::new() };
        let shown = [(Cell { place, variant: Variant { engine: "a".to_owned(), workers: None } }, 1)];
        let lives = lives(CsvTable::read("t.csv", LIVES.as_bytes())?, &shown)?;
        let text = format!("engine,task,instance,worker,start_ns,end_ns,kind\n{rows}");
        spans(CsvTable::read("s.csv", text.as_bytes())?, &shown, &lives)
    }

    #[test]
    fn spans_are_in_order_of_instance_and_time_and_unknown_instances_are_skipped() {
        let spans = read("a,t,1,0,5,9,block\na,t,0,,4,5,offload\na,t,0,1,1,2,run\na,t,7,1,1,2,run\nb,t,0,1,1,2,run\n");
        let span = |life, worker, start, end, doing| Span { life, worker, start, end, doing };
        assert_eq!(
            spans.unwrap(),
            [vec![
                span(0, Some(1), 1.0, 2.0, Doing::Run),
                span(0, None, 4.0, 5.0, Doing::Offload),
                span(1, Some(0), 5.0, 9.0, Doing::Block),
            ]]
        );
    }

    #[test]
    fn an_invalid_span_is_an_error_with_its_place() {
        for (row, message) in [
            ("a,t,0,0,1,2,nap\n", "column `kind`: expected `run`, `block`, `offload` or `queue`, found `nap`"),
            ("a,t,0,0,3,2,run\n", "column `end_ns`: expected a time no earlier than the one it counts from, found `2`"),
            ("a,t,0,0,,2,run\n", "column `start_ns`: expected a number from 0 to 1e18, found ``"),
        ] {
            assert_eq!(read(row).unwrap_err().to_string(), format!("`s.csv`, line 2, {message}"));
        }
    }
}
