//! States: how many instances were pending, running, done, … over time, engine by engine.

use super::ink::{self, Colour};
use super::matrix::Matrix;
use super::over_time::{self, Shown};
use super::picture::{Entry, Frame, Mark, Panel, Picture, Swatch};
use super::scale::Scale;
use crate::archive::rows::{Endings, Param, QUEUED, StateCounts, TimeSeries};
use taskmix_engine::metric::Kind;
use taskmix_engine::record::State;

/// From below, with the colour and the texture of each. Pending and running instances are at the axis, where their shape can
/// be seen; ended instances are above them.
const STACKED: [Layer; 7] = [
    (State::Running as usize, "running", ink::BLUE, '█'),
    (QUEUED, "queued", Colour(0xd8, 0xa8, 0xd0), ':'),
    (State::Pending as usize, "pending", ink::ORANGE, '▒'),
    (State::Stalled as usize, "stalled", ink::BLACK, '!'),
    (State::Failed as usize, "failed", ink::VERMILLION, '#'),
    (State::Cancelled as usize, "cancelled", ink::PURPLE, '/'),
    (State::Done as usize, "done", Colour(0xe4, 0xe4, 0xe4), '·'),
];

/// A place among the counts, its name, colour and texture.
type Layer = (usize, &'static str, Colour, char);

/// The height of a layer: a queued instance is running too.
fn height(counts: &StateCounts, layer: usize) -> f64 {
    let queued = if layer == State::Running as usize { counts[QUEUED] } else { 0.0 };
    (counts[layer] - queued).max(0.0)
}

/// If all instances are more than so many times the pending and running ones, the axis ends above the latter: else they could
/// not be seen.
const CUT_RATIO: f64 = 4.0;

/// It does not end below so many instances.
const LEAST_HIGH: f64 = 4.0;

/// About so many marks on a vertical axis.
const TICKS: usize = 2;

/// The picture; `None` if there are no rows.
pub(super) fn states(params: &[Param], series: &[TimeSeries<StateCounts>], endings: &Endings) -> Option<Picture> {
    let matrix = Matrix::of(params, series.iter().map(|course| &course.cell));
    let shown = over_time::shown(series, endings);
    let seen = |layer: usize| shown.iter().any(|shown| shown.course.moments.iter().any(|(_, c)| c[layer] > 0.0));
    let present: Vec<Layer> = STACKED.into_iter().filter(|(layer, ..)| seen(*layer)).collect();
    let panel = |shown: &Shown<'_, StateCounts>, y: &Scale| panel(shown, &present, y);
    let (all, under_way) = (State::ALL, [State::Pending, State::Running]);
    let mut is_cut = false;
    let groups = over_time::groups(&matrix, &shown, |together| {
        let (all, under_way) = (most(together, &all), most(together, &under_way));
        let high = if all > under_way * CUT_RATIO { (under_way * 1.3).max(LEAST_HIGH) } else { all };
        is_cut |= high < all;
        let y = Scale::linear(Kind::Count, high, TICKS);
        together.iter().map(|shown| panel(shown, &y)).collect()
    });
    let cut =
        is_cut.then(|| "The axis ends above the pending and running instances; ended ones go beyond it.".to_owned());
    let entry = |(_, label, colour, texture): &Layer| Entry {
        label: (*label).to_owned(),
        swatch: Swatch::Surface(*colour, *texture),
    };
    let legend = present.iter().map(entry).collect();
    over_time::picture("states", "instances by state", &matrix, &shown, groups).map(|picture| Picture {
        legend,
        y_title: "instances".to_owned(),
        notes: cut.into_iter().chain(picture.notes).collect(),
        ..picture
    })
}

/// The most instances that are in these states at a time.
fn most(together: &[&Shown<'_, StateCounts>], states: &[State]) -> f64 {
    let moments = together.iter().flat_map(|shown| &shown.course.moments);
    let counts = moments.map(|(_, counts)| states.iter().map(|state| counts[*state as usize]).sum::<f64>());
    counts.fold(0.0, f64::max)
}

fn panel(shown: &Shown<'_, StateCounts>, present: &[Layer], y: &Scale) -> Panel {
    let moments = &shown.course.moments;
    let mut below = vec![0.0; moments.len()];
    let mut marks = Vec::new();
    for &(layer, label, colour, texture) in present {
        let mut points = Vec::with_capacity(moments.len());
        for ((time, counts), below) in moments.iter().zip(&mut below) {
            let above = *below + height(counts, layer);
            points.push((*time, *below, above));
            *below = above;
        }
        if points.iter().any(|(_, low, high)| high > low) {
            marks.push(Mark::Area { points: without_repetitions(&points), colour, texture, label });
        }
    }
    Panel { heading: Some(shown.heading.clone()), frame: Frame::Strip(y.clone()), marks }
}

/// Without the points between two others at the same height.
fn without_repetitions(points: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    let height = |at: usize| points.get(at).map(|&(_, low, high)| (low, high));
    let turns = |at: usize| at == 0 || height(at - 1) != height(at) || height(at) != height(at + 1);
    (0..points.len()).filter(|&at| turns(at)).map(|at| points[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_drawn_by_its_ends() {
        let heights = [1.0, 1.0, 1.0, 2.0, 2.0].into_iter().enumerate();
        let points: Vec<(f64, f64, f64)> = heights.map(|(at, high)| (at as f64, 0.0, high)).collect();
        let times: Vec<f64> = without_repetitions(&points).iter().map(|(time, ..)| *time).collect();
        assert_eq!(times, [0.0, 2.0, 3.0, 4.0]);
    }
}
