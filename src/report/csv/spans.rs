//! `spans.csv`: a row per stretch of time that an instance was on a thread, of a run with `--trace`.

use std::io::{self, Write};

use super::key;
use super::line::{Line, Quoted};
use crate::campaign::CellOutcome;
use crate::scenario::Axis;

const OWN: &[&str] = &["task", "instance", "worker", "start_ns", "end_ns", "kind"];

/// The columns, in order.
pub fn columns(axes: &[Axis]) -> Vec<String> {
    key::columns_with(axes, OWN)
}

/// Writes a row per stretch of a cell, to a sink that gathers them; none if it was not traced.
pub fn write(out: &mut impl Write, outcome: &CellOutcome) -> io::Result<()> {
    let Some(trace) = &outcome.trace else { return Ok(()) };
    let mut line = Line::of(&outcome.key)?;
    let tasks = Quoted::all(&outcome.tasks)?;
    for stretch in &trace.kept {
        line.begin()
            .text(tasks.get(usize::from(stretch.task)))
            .whole(stretch.instance)
            .whole_if_any(stretch.worker)
            .whole(stretch.start_ns)
            .whole(stretch.end_ns)
            .name(stretch.kind.as_str())
            .end(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{StretchKind, StretchRecord, Stretches};
    use crate::stats::OutcomeBuilder;

    #[test]
    fn a_thread_that_is_nobody_s_has_no_worker() {
        let stretch = |worker, kind| StretchRecord { task: 1, instance: 4, worker, start_ns: 20, end_ns: 35, kind };
        let kept = vec![stretch(Some(0), StretchKind::Block), stretch(None, StretchKind::Offload)];
        let mut outcome = OutcomeBuilder::new().outcome();
        let written = |outcome: &CellOutcome| {
            let mut bytes = Vec::new();
            write(&mut bytes, outcome).expect("memory takes all");
            String::from_utf8(bytes).expect("CSV files are UTF-8")
        };
        assert_eq!(written(&outcome), "", "it was not traced");
        outcome.trace = Some(Stretches { kept, dropped: 3 });
        assert_eq!(
            written(&outcome),
            "mix,smol-local,1,1,beta,4,0,20,35,block\nmix,smol-local,1,1,beta,4,,20,35,offload\n"
        );
    }
}
