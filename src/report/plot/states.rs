//! States: how many instances were waiting, running, done, … over time, engine by engine.

use super::data::{Course, Endings, Matrix, Param, StateCounts};
use super::ink::{self, Colour};
use super::over_time::{self, Shown};
use super::picture::{Entry, Frame, Mark, Panel, Picture, Swatch};
use super::scale::Scale;
use crate::metric::Kind;
use crate::record::State;

/// From below: what is under way stands on the axis, where its shape can be seen; what has ended stands on it.
const STACKED: [(State, Colour); 6] = [
    (State::Running, ink::BLUE),
    (State::Pending, ink::ORANGE),
    (State::Stalled, ink::BLACK),
    (State::Failed, ink::VERMILLION),
    (State::Cancelled, ink::PURPLE),
    (State::Done, Colour(0xe4, 0xe4, 0xe4)),
];

/// About so many marks on a vertical axis.
const TICKS: usize = 2;

/// The picture; `None` if there are no rows.
pub(super) fn states(params: &[Param], courses: &[Course<StateCounts>], endings: &Endings) -> Option<Picture> {
    let matrix = Matrix::of(params, courses.iter().map(|course| &course.cell));
    let shown = over_time::shown(courses, endings);
    let seen = |state: State| shown.iter().any(|shown| shown.course.moments.iter().any(|(_, c)| c[state as usize] > 0.0));
    let present: Vec<(State, Colour)> = STACKED.into_iter().filter(|(state, _)| seen(*state)).collect();
    let panel = |shown: &Shown<'_, StateCounts>, y: &Scale| panel(shown, &present, y);
    let total = |shown: &Shown<'_, StateCounts>| {
        shown.course.moments.iter().map(|(_, counts)| counts.iter().sum::<f64>()).fold(0.0, f64::max)
    };
    let groups = over_time::groups(&matrix, &shown, |together| {
        let y = Scale::linear(Kind::Count, together.iter().copied().map(total).fold(0.0, f64::max), TICKS);
        together.iter().map(|shown| panel(shown, &y)).collect()
    });
    let entry = |(state, colour): &(State, Colour)| Entry {
        label: state.as_str().to_owned(),
        swatch: Swatch::Surface(*colour),
    };
    let legend = present.iter().map(entry).collect();
    over_time::picture("states", "instances by state", &matrix, &shown, groups).map(|picture| Picture {
        legend,
        y_title: "instances".to_owned(),
        ..picture
    })
}

fn panel(shown: &Shown<'_, StateCounts>, present: &[(State, Colour)], y: &Scale) -> Panel {
    let moments = &shown.course.moments;
    let mut below = vec![0.0; moments.len()];
    let mut marks = Vec::new();
    for &(state, colour) in present {
        let mut points = Vec::with_capacity(moments.len());
        for ((time, counts), below) in moments.iter().zip(&mut below) {
            let above = *below + counts[state as usize];
            points.push((*time, *below, above));
            *below = above;
        }
        if points.iter().any(|(_, low, high)| high > low) {
            marks.push(Mark::Area { points: without_repetitions(points), colour, label: state.as_str() });
        }
    }
    Panel { heading: Some(shown.heading.clone()), frame: Frame::Strip(y.clone()), marks }
}

/// Without the points between two others at the same height.
fn without_repetitions(points: Vec<(f64, f64, f64)>) -> Vec<(f64, f64, f64)> {
    let height = |at: usize| points.get(at).map(|&(_, low, high)| (low, high));
    let turns = |at: usize| at == 0 || height(at - 1) != height(at) || height(at) != height(at + 1);
    (0..points.len()).filter(|&at| turns(at)).map(|at| points[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_drawn_by_its_ends() {
        let points = [1.0, 1.0, 1.0, 2.0, 2.0].iter().enumerate().map(|(at, &high)| (at as f64, 0.0, high)).collect();
        let times: Vec<f64> = without_repetitions(points).iter().map(|(time, ..)| *time).collect();
        assert_eq!(times, [0.0, 2.0, 3.0, 4.0]);
    }
}
