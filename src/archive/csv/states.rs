//! `states.csv`: a row per time bucket.

use std::io::Write;

use super::{Row, key};
use crate::stats::StateRow;
use taskmix_engine::plan::CellKey;
use taskmix_engine::record::State;
use taskmix_engine::scenario::Axis;

/// The column of the running instances that are in the queue of a pool.
pub const QUEUED: &str = "queued";

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    let mut columns = key::columns_with(axes, &["t_ns"]);
    columns.extend(State::ALL.map(|state| state.as_str().to_owned()));
    columns.push(QUEUED.to_owned());
    columns
}

/// Writes a row per time bucket of a cell.
pub fn write<W: Write>(out: &mut ::csv::Writer<W>, cell: &CellKey, states: &[StateRow]) -> ::csv::Result<()> {
    for state in states {
        let mut row = Row::begin(out);
        key::write(&mut row, cell)?;
        row.whole(state.t_ns)?;
        for count in state.counts {
            row.whole(count)?;
        }
        row.whole_if_any(state.queued)?;
        row.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::stats::OutcomeBuilder;

    #[test]
    fn counts_stand_in_the_order_of_the_columns() {
        let states = [StateRow { t_ns: 20, counts: [1, 2, 3, 4, 5, 0], queued: Some(7) }];
        let written = text(|out| {
            out.write_record(columns(&[]))?;
            write(out, &OutcomeBuilder::new().outcome().key, &states)
        });
        let header = "scenario,engine,workers,repeat,t_ns,pending,running,done,cancelled,failed,stalled,queued";
        assert_eq!(written, format!("{header}\nmix,smol-local,1,1,20,1,2,3,4,5,0,7\n"));
    }
}
