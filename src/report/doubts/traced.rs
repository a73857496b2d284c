//! A trace: what it costs, and what of it is missing.

use super::{some_of, whole_mixes};
use crate::report::cell_text;
use crate::stats::Sample;
use crate::units::format_count;

/// What to say of a run that was traced: that it was, and whose spans did not fit.
pub(super) fn traced(samples: &[Sample]) -> Vec<String> {
    let cells: Vec<(&Sample, u64)> =
        whole_mixes(samples).filter_map(|sample| Some((sample, sample.spans_dropped?))).collect();
    if cells.is_empty() {
        return Vec::new();
    }
    let mut told = vec![
        "the run was traced: its figures are dearer by the cost of recording every stay on a thread; measure without `--trace`"
            .to_owned(),
    ];
    let cut: Vec<&(&Sample, u64)> = cells.iter().filter(|(_, dropped)| *dropped > 0).collect();
    if !cut.is_empty() {
        let dropped: u64 = cut.iter().map(|(_, dropped)| dropped).sum();
        let names: Vec<String> = cut
            .iter()
            .map(|(sample, dropped)| format!("{} ({})", cell_text(&sample.key), format_count(*dropped)))
            .collect();
        told.push(format!(
            "spans.csv lacks the last {} spans of {} of {} cells, for which there was no room: {}; fewer instances fit",
            format_count(dropped),
            cut.len(),
            cells.len(),
            some_of(&names)
        ));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Stretches;
    use crate::stats::{OutcomeBuilder, samples};

    fn sampled(repeat: u32, dropped: Option<u64>) -> Vec<Sample> {
        let mut outcome = OutcomeBuilder::new().repeat(repeat).done(0, 0, 1, 2).span(2).outcome();
        outcome.trace = dropped.map(|dropped| Stretches { kept: Vec::new(), dropped });
        samples(&outcome)
    }

    #[test]
    fn a_trace_is_told_of_and_what_it_lacks_is_counted_cell_by_cell() {
        assert_eq!(traced(&sampled(1, None)), Vec::<String>::new());
        let whole = traced(&sampled(1, Some(0)));
        assert!(whole.len() == 1 && whole[0].starts_with("the run was traced: "), "{whole:?}");
        let all = [sampled(1, Some(0)), sampled(2, Some(1_200)), sampled(3, Some(34)), sampled(4, Some(1))].concat();
        assert_eq!(
            traced(&all)[1],
            "spans.csv lacks the last 1,235 spans of 3 of 4 cells, for which there was no room: smol-local, repeat 2 \
             (1,200), smol-local, repeat 3 (34) and 1 more; fewer instances fit"
        );
    }
}
