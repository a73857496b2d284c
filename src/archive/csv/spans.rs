//! `spans.csv` of a run with `--trace`: a row per run slice, which is a time that an instance was on a thread.

use std::io::{self, Write};

use super::key;
use super::line::{Line, Quoted};
use crate::campaign::CellOutcome;
use taskmix_engine::scenario::Axis;

const OWN: &[&str] = &["task", "instance", "worker", "start_ns", "end_ns", "kind"];

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    key::columns_with(axes, OWN)
}

/// Writes a row per run slice of a cell to a buffered sink; none if the cell was not traced.
pub fn write(out: &mut impl Write, outcome: &CellOutcome) -> io::Result<()> {
    let Some(trace) = &outcome.trace else { return Ok(()) };
    let mut line = Line::of(&outcome.key)?;
    let tasks = Quoted::all(&outcome.tasks)?;
    for run_slice in &trace.kept {
        line.begin()
            .text(tasks.get(usize::from(run_slice.task)))
            .whole(run_slice.instance)
            .whole_if_any(run_slice.worker)
            .whole(run_slice.start_ns)
            .whole(run_slice.end_ns)
            .name(run_slice.kind.as_str())
            .end(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::OutcomeBuilder;
    use taskmix_engine::record::{RunSliceKind, RunSliceRecord, RunSlices};

    #[test]
    fn a_thread_that_is_no_worker_s_has_no_number() {
        let run_slice = |worker, kind| RunSliceRecord { task: 1, instance: 4, worker, start_ns: 20, end_ns: 35, kind };
        let kept = vec![run_slice(Some(0), RunSliceKind::Block), run_slice(None, RunSliceKind::Offload)];
        let mut outcome = OutcomeBuilder::new().outcome();
        let written = |outcome: &CellOutcome| {
            let mut bytes = Vec::new();
            write(&mut bytes, outcome).expect("memory takes all");
            String::from_utf8(bytes).expect("CSV files are UTF-8")
        };
        assert_eq!(written(&outcome), "", "it was not traced");
        outcome.trace = Some(RunSlices { kept, dropped: 3 });
        assert_eq!(
            written(&outcome),
            "mix,smol-local,1,1,beta,4,0,20,35,block\nmix,smol-local,1,1,beta,4,,20,35,offload\n"
        );
    }
}
