//! `spans.csv`: what was on which thread, and when. Only runs that were recorded so have it.

use std::collections::HashMap;
use std::io::Read;

use super::lives::Places;
use super::{Cell, Lives, Row, Table};
use crate::report::plot::PlotError;

/// What an instance did in a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::plot) enum Doing {
    /// It was on a worker's thread.
    Run,
    /// It kept a worker's thread in a blocking call.
    Block,
    /// Steps of it were on a pool, for blocking calls or for computing.
    Offload,
}

/// A stretch of an instance's time, in nanoseconds since the start of the span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report::plot) struct Span {
    /// The place of the instance among its cell's [`Lives`].
    pub(in crate::report::plot) life: u32,
    /// The worker, if it was on one.
    pub(in crate::report::plot) worker: Option<u32>,
    pub(in crate::report::plot) start: f64,
    pub(in crate::report::plot) end: f64,
    pub(in crate::report::plot) doing: Doing,
}

/// Reads the spans of these cells' instances, by instance and then in order of time. A cell without any has no rows in the file.
pub(in crate::report::plot) fn spans<R: Read>(
    mut table: Table<R>,
    of: &[(Cell, u32)],
    lives: &Lives,
) -> Result<Vec<Vec<Span>>, PlotError> {
    let [task, instance, start, end, kind] =
        ["task", "instance", "start_ns", "end_ns", "kind"].map(|name| table.need(name));
    let (task, instance, start, end, kind) = (task?, instance?, start?, end?, kind?);
    let worker = table.column("worker");
    let mut places = Places::of(&table, of)?;
    let known: Vec<HashMap<(usize, u64), u32>> = lives
        .cells
        .iter()
        .map(|lives| (0..).zip(lives).map(|(place, life)| ((life.task, life.instance), place)).collect())
        .collect();
    let mut cells: Vec<Vec<Span>> = vec![Vec::new(); of.len()];
    table.each(|row: &Row<'_>| {
        let Some(place) = places.place(row)? else { return Ok(()) };
        let doing = match row.text(kind) {
            "run" => Doing::Run,
            "block" => Doing::Block,
            "offload" => Doing::Offload,
            _ => return Err(row.wrong(kind, "`run`, `block` or `offload`")),
        };
        let (from, to) = (row.needed(start)?, row.needed(end)?);
        if to < from {
            return Err(row.wrong(end, "a time behind that at which it counts from"));
        }
        let worker = worker.map(|worker| row.number(worker)).transpose()?.flatten();
        let (name, number) = (row.text(task), row.needed(instance)? as u64);
        let task = lives.tasks.iter().position(|task| task == name);
        // Whoever is not among the instances, having never come to an end that was told, has no lane either.
        if let Some(&life) = task.and_then(|task| known[place].get(&(task, number))) {
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
    use super::super::{Place, Variant};
    use super::*;
    use crate::report::plot::data::lives;

    const LIVES: &str = "engine,task,instance,state,scheduled_ns,started_ns,finished_ns\n\
                         a,t,0,done,0,1,9\na,t,1,done,2,3,9\n";

    fn read(rows: &str) -> Result<Vec<Vec<Span>>, PlotError> {
        let place = Place { scenario: String::new(), values: Vec::new() };
        let of = [(Cell { place, variant: Variant { engine: "a".to_owned(), workers: None } }, 1)];
        let lives = lives(Table::read("t.csv", LIVES.as_bytes())?, &of)?;
        let text = format!("engine,task,instance,worker,start_ns,end_ns,kind\n{rows}");
        spans(Table::read("s.csv", text.as_bytes())?, &of, &lives)
    }

    #[test]
    fn spans_stand_by_instance_and_time_and_those_of_strangers_are_passed_over() {
        let spans = read("a,t,1,0,5,9,block\na,t,0,,4,5,offload\na,t,0,1,1,2,run\na,t,7,1,1,2,run\nb,t,0,1,1,2,run\n");
        let of = |life, worker, start, end, doing| Span { life, worker, start, end, doing };
        assert_eq!(
            spans.unwrap(),
            [vec![
                of(0, Some(1), 1.0, 2.0, Doing::Run),
                of(0, None, 4.0, 5.0, Doing::Offload),
                of(1, Some(0), 5.0, 9.0, Doing::Block),
            ]]
        );
    }

    #[test]
    fn a_span_that_makes_no_sense_is_an_error_with_its_place() {
        for (row, said) in [
            ("a,t,0,0,1,2,nap\n", "column `kind`: expected `run`, `block` or `offload`, found `nap`"),
            ("a,t,0,0,3,2,run\n", "column `end_ns`: expected a time behind that at which it counts from, found `2`"),
            ("a,t,0,0,,2,run\n", "column `start_ns`: expected a number from 0 to 1e18, found ``"),
        ] {
            assert_eq!(read(row).unwrap_err().to_string(), format!("`s.csv`, line 2, {said}"));
        }
    }
}
