//! Values over time: `states.csv` and `probe.csv`, or files with their columns.

use std::io::Read;

use super::cell::Param;
use super::groups::Groups;
use super::{Cell, Cells, Column, CsvTable};
use crate::archive::ReadError;
use taskmix_engine::record::State;

/// Values of one repeat of a cell, over time.
#[derive(Debug, Clone)]
pub(crate) struct TimeSeries<T> {
    pub(crate) cell: Cell,
    /// The repeat's number.
    pub(crate) repeat: u32,
    /// Moments in nanoseconds since the start of the span, ascending, with their values.
    pub(crate) moments: Vec<(f64, T)>,
}

/// How many instances were in each state, in the order of [`State::ALL`], and at [`QUEUED`] how many of the running ones were in
/// the queue of a pool; without a column there are none.
pub(crate) type StateCounts = [f64; 7];

/// The place of the queued instances among [`StateCounts`].
pub(crate) const QUEUED: usize = 6;

/// How long a probe waited, in nanoseconds; `None` if it was never handled.
pub(crate) type Probes = Option<f64>;

/// Reads `states.csv`: the time, and at least one column of a state.
pub(crate) fn states<R: Read>(mut table: CsvTable<R>) -> Result<(Vec<Param>, Vec<TimeSeries<StateCounts>>), ReadError> {
    let time = table.need("t_ns")?;
    let columns: Vec<(usize, Column)> = State::ALL
        .iter()
        .enumerate()
        .filter_map(|(index, state)| Some((index, table.column(state.as_str())?)))
        .collect();
    if columns.is_empty() {
        table.need(State::Running.as_str())?;
    }
    let queued = table.column("queued");
    series(&mut table, time, |row| {
        let mut counts = [0.0; 7];
        counts[QUEUED] = queued.map(|queued| row.number(queued)).transpose()?.flatten().unwrap_or(0.0);
        for &(index, column) in &columns {
            counts[index] = row.needed(column)?;
        }
        Ok(counts)
    })
}

/// Reads `probe.csv`.
pub(crate) fn probes<R: Read>(mut table: CsvTable<R>) -> Result<(Vec<Param>, Vec<TimeSeries<Probes>>), ReadError> {
    let (time, lag) = (table.need("written_ns")?, table.need("lag_ns")?);
    series(&mut table, time, |row| row.number(lag))
}

fn series<R: Read, T>(
    table: &mut CsvTable<R>,
    time: Column,
    moment: impl Fn(&super::Row<'_>) -> Result<T, ReadError>,
) -> Result<(Vec<Param>, Vec<TimeSeries<T>>), ReadError> {
    let cells = Cells::of(table)?;
    let repeat = table.column("repeat");
    let mut places = Groups::by(cells.columns().chain(repeat));
    let mut series: Vec<TimeSeries<T>> = Vec::new();
    table.each(|row| {
        let number = || repeat.map(|repeat| row.ordinal(repeat)).transpose().map(Option::flatten);
        let key = || Ok((cells.cell(row)?, number()?.unwrap_or(1)));
        let place = places.place(row, key, |(cell, repeat)| {
            series.push(TimeSeries { cell: cell.clone(), repeat: *repeat, moments: Vec::new() });
        })?;
        series[place].moments.push((row.needed(time)?, moment(row)?));
        Ok(())
    })?;
    for course in &mut series {
        course.moments.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    }
    Ok((cells.params, series))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_grouped_by_cell_and_repeat_and_put_in_order_of_time() {
        let text = "engine,repeat,t_ns,running,done\na,1,20,1,3\na,2,10,5,0\na,1,10,2,1\n";
        let (_, series) = states(CsvTable::read("s.csv", text.as_bytes()).unwrap()).unwrap();
        let seen: Vec<_> = series.iter().map(|course| (course.repeat, course.moments.clone())).collect();
        let counts = |running, done| [0.0, running, done, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(
            seen,
            [(1, vec![(10.0, counts(2.0, 1.0)), (20.0, counts(1.0, 3.0))]), (2, vec![(10.0, counts(5.0, 0.0))])]
        );
    }

    #[test]
    fn a_state_that_is_empty_is_an_error_and_a_lag_that_is_empty_is_a_probe_never_handled() {
        let text = "engine,t_ns,running\na,1,\n";
        let error = states(CsvTable::read("s.csv", text.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`s.csv`, line 2, column `running`: expected a number from 0 to 1e18, found ``");
        let text = "engine,written_ns,lag_ns\na,1,\na,2,7\n";
        let (_, series) = probes(CsvTable::read("p.csv", text.as_bytes()).unwrap()).unwrap();
        assert_eq!(series[0].moments, [(1.0, None), (2.0, Some(7.0))]);
        let error = states(CsvTable::read("s.csv", &b"engine,t_ns\n"[..]).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "`s.csv`: there is no column `running`");
    }
}
