//! Distributions: the share of the instances that took at most so long, engine by engine.

use std::collections::BTreeSet;

use super::bars::task_name;
use super::ink;
use super::matrix::Matrix;
use super::picture::{Entry, Frame, Group, Mark, Panel, Picture, Swatch};
use super::scale::Scale;
use super::words;
use crate::archive::rows::{Instances, Param, Times, Variant};
use taskmix_engine::metric::Kind;

/// A curve is drawn at so many places of its axes at most: more can't be seen, and would be big.
const RESOLUTION: (f64, f64) = (320.0, 160.0);

/// The percentiles that have a marker, with the values that each needs.
const MARKED: [(f64, usize); 4] = [(0.5, 2), (0.9, 10), (0.99, 100), (0.999, 1000)];

/// About so many marks on an axis.
const TICKS: usize = 5;

/// The picture of these times; `None` if there are none.
pub(super) fn ecdf(params: &[Param], groups: &[Instances], times: Times) -> Option<Picture> {
    let with_values: Vec<&Instances> = groups.iter().filter(|group| !group.times.is_empty()).collect();
    if with_values.is_empty() {
        return None;
    }
    let matrix = Matrix::of(params, groups.iter().map(|group| &group.cell));
    let values = with_values.iter().flat_map(|group| group.times.first().into_iter().chain(group.times.last()));
    let x = Scale::fit(Kind::Time, values.copied(), TICKS);
    let y = Scale::linear(Kind::Share, 1.0, TICKS);
    let tasks: BTreeSet<&str> = with_values.iter().map(|group| group.task.as_str()).collect();
    let mut panels = Vec::new();
    for task in &tasks {
        for place in &matrix.places {
            for (crew, variants) in matrix.by_workers() {
                let here = |group: &&&Instances| group.task == **task && group.cell.place == *place;
                let here: Vec<&Instances> = with_values.iter().filter(here).copied().collect();
                let Some(panel) = panel(&here, &variants, &x, &y) else { continue };
                let task = if tasks.len() > 1 { task_name(task) } else { "" };
                let crew = crew.map(|workers| format!("{workers} workers")).unwrap_or_default();
                let heading = words::heading([task, &matrix.heading(place), &crew]);
                panels.push(Group {
                    heading,
                    panels: vec![panel],
                    x: x.clone(),
                    x_title: x.title(words::family(name(times))),
                });
            }
        }
    }
    let what = match (tasks.len(), tasks.first()) {
        (1, Some(task)) if *task != crate::stats::WHOLE_MIX => {
            format!("distribution of {} of {task}", words::family(name(times)))
        }
        _ => format!("distribution of {}", words::family(name(times))),
    };
    let entry = |engine: &str| Entry { label: engine.to_owned(), swatch: Swatch::Marker(ink::look(engine)) };
    Some(Picture {
        name: format!("ecdf-{}", name(times)),
        title: words::title(&matrix, &what),
        subtitle: subtitle(groups, &matrix),
        legend: matrix.engines().into_iter().map(entry).collect(),
        y_title: y.title("instances that took at most so long"),
        groups: panels,
        has_one_axis: true,
        notes: notes(groups, &matrix),
    })
}

/// The name of the distributed times.
fn name(times: Times) -> &'static str {
    match times {
        Times::Latency => "latency",
        Times::Wait => "wait",
        Times::Service => "service",
        Times::Cancel => "cancel",
    }
}

fn subtitle(groups: &[Instances], matrix: &Matrix) -> String {
    let repeats: BTreeSet<usize> = groups.iter().map(|group| group.repeats.len()).collect();
    let pooled = match (repeats.first(), repeats.last()) {
        (None, _) | (_, None | Some(1)) => "One repeat.".to_owned(),
        (Some(least), Some(most)) if least == most => format!("All {most} repeats pooled."),
        (Some(least), Some(most)) => format!("All {least} to {most} repeats pooled."),
    };
    words::sentences(&[&pooled, "Markers: p50, p90, p99, p99.9.", &words::setting(matrix)])
}

/// Notes on instances without a value.
fn notes(groups: &[Instances], matrix: &Matrix) -> Vec<String> {
    let endless = groups.iter().filter(|group| group.endless > 0).map(|group| {
        let all = group.endless + group.times.len() as u64;
        let cell = words::heading([
            &*matrix.label(&group.cell.variant),
            task_name(&group.task),
            &matrix.heading(&group.cell.place),
        ]);
        format!("{cell}: {} of {all} failed or stalled; the curve ends below 100 %", group.endless)
    });
    words::some(endless.collect())
}

fn panel(here: &[&Instances], variants: &[Variant], x: &Scale, y: &Scale) -> Option<Panel> {
    let (mut lines, mut dots) = (Vec::new(), Vec::new());
    for variant in variants {
        let Some(group) = here.iter().find(|group| group.cell.variant == *variant) else { continue };
        let look = ink::look(&variant.engine);
        lines.push(Mark::Line { points: curve(group, x, y), look });
        let count = group.times.len() + group.endless as usize;
        let marked = MARKED.iter().filter(|(_, needs)| count >= *needs).filter_map(|(share, _)| {
            let rank = (share * count as f64).ceil().max(1.0) as usize;
            Some((*group.times.get(rank - 1)?, *share))
        });
        dots.push(Mark::Dots { points: marked.collect(), look });
    }
    let marks = [lines, dots].concat();
    (!marks.is_empty()).then(|| Panel { heading: None, frame: Frame::Tall(y.clone()), marks })
}

/// The staircase from 0 up to the share that has a value, without steps that can't be seen.
fn curve(group: &Instances, x: &Scale, y: &Scale) -> Vec<(f64, f64)> {
    let count = (group.times.len() as u64 + group.endless) as f64;
    let place = |(time, share): (f64, f64)| (x.at(time) * RESOLUTION.0, y.at(share) * RESOLUTION.1);
    let Some(&first) = group.times.first() else { return Vec::new() };
    let mut points = vec![(first, 0.0)];
    let mut drawn = (first, 0.0);
    for (index, &time) in group.times.iter().enumerate() {
        let is_last = index + 1 == group.times.len();
        let here = (time, (index + 1) as f64 / count);
        let (from, to) = (place(drawn), place(here));
        let (right, up) = (to.0 - from.0, to.1 - from.1);
        if right < 1.0 && up < 1.0 && !is_last {
            continue;
        }
        // A step wide enough to be seen goes right first, from the true height of the curve.
        let before = (time, index as f64 / count);
        if right >= 1.0 {
            points.push(before);
        }
        points.push(here);
        drawn = here;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::rows::{Cell, MatrixPoint};

    fn group(times: Vec<f64>, endless: u64) -> Instances {
        let place = MatrixPoint { scenario: String::new(), values: Vec::new() };
        let cell = Cell { place, variant: Variant { engine: "rayon".to_owned(), workers: None } };
        Instances { cell, task: "*".to_owned(), repeats: BTreeSet::from([1]), times, endless }
    }

    fn scales(high: f64) -> (Scale, Scale) {
        (Scale::linear(Kind::Time, high, 5), Scale::linear(Kind::Share, 1.0, 5))
    }

    #[test]
    fn a_few_values_make_a_staircase_up_to_the_share_that_ended() {
        let (x, y) = scales(40.0);
        let expected = vec![(10.0, 0.0), (10.0, 0.25), (20.0, 0.25), (20.0, 0.5), (40.0, 0.5), (40.0, 0.75)];
        assert_eq!(curve(&group(vec![10.0, 20.0, 40.0], 1), &x, &y), expected);
    }

    #[test]
    fn many_values_are_thinned_and_the_curve_stays_where_it_was() {
        let (x, y) = scales(1e6);
        let times: Vec<f64> = (0..100_000).map(|index| f64::from(index) * 10.0).collect();
        let curve = curve(&group(times, 0), &x, &y);
        assert!(curve.len() < 1_000, "{}", curve.len());
        assert_eq!(curve.last(), Some(&(999_990.0, 1.0)));
        for (time, share) in curve {
            assert!((share - time / 1e6).abs() < 0.01, "{time}: {share}");
        }
    }
}
