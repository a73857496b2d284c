//! The common parts of pictures over time: one repeat of each cell, a panel for each engine, a group for each point.

use std::collections::{BTreeMap, HashMap};

use super::ink;
use super::matrix::Matrix;
use super::picture::{Entry, Group, Panel, Picture, Swatch};
use super::scale::Scale;
use super::words;
use crate::archive::rows::{Cell, Endings, Repeat, TimeSeries};
use taskmix_engine::metric::Kind;

/// About so many marks on the axis.
const TICKS: usize = 5;

/// Engines that took no more than so many times as long as each other share an axis.
const ONE_AXIS_RATIO: f64 = 8.0;

/// The repeat of a cell that is shown.
pub(super) struct Shown<'a, T> {
    pub(super) course: &'a TimeSeries<T>,
    pub(super) repeat: Repeat,
    pub(super) heading: Entry,
}

/// For each cell the first repeat that ended well, or the first. The headings get their names with the groups.
pub(super) fn shown<'a, T>(series: &'a [TimeSeries<T>], endings: &Endings) -> Vec<Shown<'a, T>> {
    let mut cells: HashMap<&Cell, BTreeMap<u32, &'a TimeSeries<T>>> = HashMap::new();
    for course in series {
        cells.entry(&course.cell).or_default().entry(course.repeat).or_insert(course);
    }
    let of_cell = |(cell, repeats): (&Cell, BTreeMap<u32, &'a TimeSeries<T>>)| {
        let repeat = endings.first(cell, &repeats.keys().copied().collect())?;
        let swatch = Swatch::Marker(ink::look(&cell.variant.engine));
        let heading = Entry { label: String::new(), swatch };
        Some(Shown { course: repeats.get(&repeat.number)?, repeat, heading })
    };
    let mut shown: Vec<Shown<'a, T>> = cells.into_iter().filter_map(of_cell).collect();
    // Their notes are in this order.
    shown.sort_by_key(|shown| {
        let Cell { place, variant } = &shown.course.cell;
        (place, ink::rank(&variant.engine), &variant.engine, variant.workers)
    });
    shown
}

/// The groups of all points, and whether their engines have time axes of their own.
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
    pub(super) has_several_axes: bool,
}

/// A group for each point, whose engines `panels` draws together: over one axis, unless one took many times as long as another.
pub(super) fn groups<T>(
    matrix: &Matrix,
    shown: &[Shown<'_, T>],
    mut panels: impl FnMut(&[&Shown<'_, T>]) -> Vec<Panel>,
) -> Groups {
    let mut all = Groups { groups: Vec::new(), has_several_axes: false };
    for place in &matrix.places {
        let together: Vec<&Shown<'_, T>> = shown.iter().filter(|shown| shown.course.cell.place == *place).collect();
        let mut panels = panels(&together);
        for (panel, shown) in panels.iter_mut().zip(&together) {
            if let Some(heading) = &mut panel.heading {
                heading.label = matrix.label(&shown.course.cell.variant);
            }
        }
        let ends: Vec<f64> = together.iter().filter_map(|shown| Some(shown.course.moments.last()?.0)).collect();
        let (least, most) =
            (ends.iter().copied().fold(f64::INFINITY, f64::min), ends.iter().copied().fold(0.0, f64::max));
        let heading = matrix.heading(place);
        if most <= least * ONE_AXIS_RATIO {
            all.groups.push(group(heading, panels, most));
            continue;
        }
        all.has_several_axes = true;
        let headings = std::iter::once(heading).chain(std::iter::repeat(String::new()));
        let single = headings.zip(panels).zip(ends);
        all.groups.extend(single.map(|((heading, panel), end)| group(heading, vec![panel], end)));
    }
    all
}

fn group(heading: String, panels: Vec<Panel>, end: f64) -> Group {
    let x = Scale::linear(Kind::Time, end, TICKS);
    let x_title = x.title("since the start");
    Group { heading, panels, x, x_title }
}

/// The picture of these groups; `None` if there are none.
pub(super) fn picture<T>(
    name: &str,
    what: &str,
    matrix: &Matrix,
    shown: &[Shown<'_, T>],
    Groups { groups, has_several_axes }: Groups,
) -> Option<Picture> {
    if groups.is_empty() {
        return None;
    }
    let cell = |shown: &Shown<'_, T>| {
        let cell = &shown.course.cell;
        let name = words::heading([&*matrix.label(&cell.variant), &matrix.heading(&cell.place)]);
        (name, shown.repeat.clone())
    };
    let (repeats, failed) = words::repeats(&shown.iter().map(cell).collect::<Vec<_>>());
    let axes = if has_several_axes { "Each engine has its own time axis." } else { "" };
    Some(Picture {
        name: name.to_owned(),
        title: words::title(matrix, what),
        subtitle: words::sentences(&[&repeats, axes, &words::setting(matrix)]),
        legend: Vec::new(),
        y_title: String::new(),
        groups,
        has_one_axis: false,
        notes: words::some(failed),
    })
}
