//! Lag over time: how long each probe waited, engine by engine. A stall is a tooth, as high as it was long.

use super::ink;
use super::matrix::Matrix;
use super::over_time::{self, Shown};
use super::picture::{Frame, Mark, Panel, Picture};
use super::scale::Scale;
use crate::archive::rows::{Endings, Param, Probes, TimeSeries};
use taskmix_engine::metric::Kind;

/// A line is drawn at so many moments at most, by the least and the greatest lag of each.
const MOMENTS: usize = 260;

/// No axis begins below a microsecond: a smaller lag means nothing, as it is measured between two processes.
const LEAST_NS: f64 = 1e3;

/// How much room is left above the greatest lag.
const HEADROOM: f64 = 1.5;

/// The picture; `None` if there are no probes.
pub(super) fn lag(params: &[Param], series: &[TimeSeries<Probes>], endings: &Endings) -> Option<Picture> {
    let matrix = Matrix::of(params, series.iter().map(|course| &course.cell));
    let shown = over_time::shown(series, endings);
    let lags = || shown.iter().flat_map(|shown| &shown.course.moments).filter_map(|(_, lag)| *lag);
    let (least, most) = (lags().fold(f64::INFINITY, f64::min), lags().fold(0.0, f64::max));
    // From a power of ten on: strips have room for few marks.
    let low = 10_f64.powf(least.clamp(LEAST_NS, 1e18).log10().floor());
    let y = Scale::log(Kind::Time, low, most.max(low * 10.0) * HEADROOM);
    let groups = over_time::groups(&matrix, &shown, |together| together.iter().map(|shown| panel(shown, &y)).collect());
    let unanswered = |shown: &Shown<'_, Probes>| shown.course.moments.iter().filter(|(_, lag)| lag.is_none()).count();
    let lost: usize = shown.iter().map(unanswered).sum();
    let notes = (lost > 0).then(|| format!("Strokes at the top: probes that were never handled, {lost} in all."));
    over_time::picture("lag", "lag over time", &matrix, &shown, groups).map(|picture| Picture {
        y_title: y.title("how long a probe waited"),
        notes: notes.into_iter().chain(picture.notes).collect(),
        ..picture
    })
}

fn panel(shown: &Shown<'_, Probes>, y: &Scale) -> Panel {
    let look = ink::look(&shown.course.cell.variant.engine);
    let handled = |(time, lag): &(f64, Probes)| Some((*time, (*lag)?));
    let points: Vec<(f64, f64)> = shown.course.moments.iter().filter_map(handled).collect();
    let lost = shown.course.moments.iter().filter(|(_, lag)| lag.is_none()).map(|(time, _)| *time);
    let xs = thinned(lost.collect());
    let mut marks = vec![Mark::Line { points: envelope(&points), look }];
    marks.extend((!xs.is_empty()).then_some(Mark::Beyond { xs }));
    Panel { heading: Some(shown.heading.clone()), frame: Frame::Strip(y.clone()), marks }
}

/// Of many moments the least and the greatest of each chunk, in order of time.
fn envelope(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= 2 * MOMENTS {
        return points.to_vec();
    }
    let chunks = points.chunks(points.len().div_ceil(MOMENTS));
    let ends = chunks.flat_map(|chunk| {
        let by_lag = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
        let (least, most) = (chunk.iter().min_by(by_lag), chunk.iter().max_by(by_lag));
        let mut ends: Vec<(f64, f64)> = least.into_iter().chain(most).copied().collect();
        ends.sort_by(|one, other| one.0.total_cmp(&other.0));
        ends
    });
    ends.collect()
}

fn thinned(times: Vec<f64>) -> Vec<f64> {
    let every = times.len().div_ceil(MOMENTS).max(1);
    times.into_iter().step_by(every).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_course_keeps_its_peaks() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|at| (f64::from(at), 1.0)).collect();
        points[77_777].1 = 1e6;
        let thin = envelope(&points);
        assert!(thin.len() <= 2 * MOMENTS, "{}", thin.len());
        assert!(thin.contains(&(77_777.0, 1e6)));
        assert!(thin.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }

    #[test]
    fn a_short_course_is_as_it_is() {
        let points = vec![(1.0, 5.0), (2.0, 3.0)];
        assert_eq!(envelope(&points), points);
    }
}
