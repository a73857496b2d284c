//! A trace: its overhead, and its missing spans.

use super::{some_of, whole_mixes};
use crate::report::cell_text;
use crate::stats::Sample;
use taskmix_engine::units::format_count;

/// The warnings on a traced run: that it was traced, and which cells lack spans.
pub(super) fn traced(samples: &[Sample]) -> Vec<String> {
    let cells: Vec<(&Sample, u64)> =
        whole_mixes(samples).filter_map(|sample| Some((sample, sample.spans_dropped?))).collect();
    if cells.is_empty() {
        return Vec::new();
    }
    let mut warnings = vec![
        "the run was traced: recording each run slice adds overhead to its figures; measure without `--trace`"
            .to_owned(),
    ];
    let cut: Vec<&(&Sample, u64)> = cells.iter().filter(|(_, dropped)| *dropped > 0).collect();
    if !cut.is_empty() {
        let dropped: u64 = cut.iter().map(|(_, dropped)| dropped).sum();
        let names: Vec<String> = cut
            .iter()
            .map(|(sample, dropped)| format!("{} ({})", cell_text(&sample.key), format_count(*dropped)))
            .collect();
        warnings.push(format!(
            "spans.csv lacks the last {} spans of {} of {} cells, for which there was no room: {}; run fewer instances",
            format_count(dropped),
            cut.len(),
            cells.len(),
            some_of(&names)
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{OutcomeBuilder, samples};
    use taskmix_engine::record::RunSlices;

    fn sampled(repeat: u32, dropped: Option<u64>) -> Vec<Sample> {
        let mut outcome = OutcomeBuilder::new().repeat(repeat).done(0, 0, 1, 2).span(2).outcome();
        outcome.trace = dropped.map(|dropped| RunSlices { kept: Vec::new(), dropped });
        samples(&outcome)
    }

    #[test]
    fn a_trace_is_reported_and_its_missing_spans_are_counted_cell_by_cell() {
        assert_eq!(traced(&sampled(1, None)), Vec::<String>::new());
        let whole = traced(&sampled(1, Some(0)));
        assert!(whole.len() == 1 && whole[0].starts_with("the run was traced: "), "{whole:?}");
        let all = [sampled(1, Some(0)), sampled(2, Some(1_200)), sampled(3, Some(34)), sampled(4, Some(1))].concat();
        assert_eq!(
            traced(&all)[1],
            "spans.csv lacks the last 1,235 spans of 3 of 4 cells, for which there was no room: smol-local, repeat 2 \
             (1,200), smol-local, repeat 3 (34) and 1 more; run fewer instances"
        );
    }
}
