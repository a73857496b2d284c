//! What pictures over time have in common: one repeat of each cell, a panel for each engine, a group for each point.

use std::collections::{BTreeMap, HashMap};

use super::data::{Cell, Course, Endings, Matrix, Place, Repeat, Variant};
use super::ink;
use super::picture::{Entry, Group, Panel, Picture, Swatch};
use super::scale::Scale;
use super::words;
use crate::metric::Kind;

/// About so many marks on the axis.
const TICKS: usize = 5;

/// The repeat of a cell that is shown.
pub(super) struct Shown<'a, T> {
    pub(super) course: &'a Course<T>,
    pub(super) repeat: Repeat,
    pub(super) heading: Entry,
}

/// For each cell the first repeat that ended well, or the first. The headings get their names with the groups.
pub(super) fn shown<'a, T>(courses: &'a [Course<T>], endings: &Endings) -> Vec<Shown<'a, T>> {
    let mut cells: HashMap<&Cell, BTreeMap<u32, &'a Course<T>>> = HashMap::new();
    for course in courses {
        cells.entry(&course.cell).or_default().entry(course.repeat).or_insert(course);
    }
    let of_cell = |(cell, repeats): (&Cell, BTreeMap<u32, &'a Course<T>>)| {
        let repeat = endings.first(cell, &repeats.keys().copied().collect())?;
        let swatch = Swatch::Marker(ink::look(&cell.variant.engine));
        let heading = Entry { label: String::new(), swatch };
        Some(Shown { course: repeats.get(&repeat.number)?, repeat, heading })
    };
    let mut shown: Vec<Shown<'a, T>> = cells.into_iter().filter_map(of_cell).collect();
    // Whatever is said of them is said in order.
    shown.sort_by_key(|shown| {
        let Cell { place, variant } = &shown.course.cell;
        (place, ink::rank(&variant.engine), &variant.engine, variant.workers)
    });
    shown
}

/// A group for each point, whose engines `panels` draws together.
pub(super) fn groups<T>(
    matrix: &Matrix,
    shown: &[Shown<'_, T>],
    panels: impl Fn(&[&Shown<'_, T>]) -> Vec<Panel>,
) -> Vec<Group> {
    let group = |place: &Place| {
        let here = |variant: &Variant| {
            shown.iter().find(|shown| shown.course.cell.place == *place && shown.course.cell.variant == *variant)
        };
        let together: Vec<&Shown<'_, T>> = matrix.variants.iter().filter_map(here).collect();
        let last = together.iter().filter_map(|shown| shown.course.moments.last()).map(|(time, _)| *time);
        let x = Scale::linear(Kind::Time, last.fold(0.0, f64::max), TICKS);
        let x_title = x.title("since the start");
        let mut panels = panels(&together);
        for (panel, shown) in panels.iter_mut().zip(&together) {
            if let Some(heading) = &mut panel.heading {
                heading.label = matrix.label(&shown.course.cell.variant);
            }
        }
        Group { heading: matrix.heading(place), panels, x, x_title }
    };
    matrix.places.iter().map(group).filter(|group| !group.panels.is_empty()).collect()
}

/// The picture of these groups; `None` if there are none.
pub(super) fn picture<T>(
    name: &str,
    what: &str,
    matrix: &Matrix,
    shown: &[Shown<'_, T>],
    groups: Vec<Group>,
) -> Option<Picture> {
    if groups.is_empty() {
        return None;
    }
    let cell = |shown: &Shown<'_, T>| {
        let cell = &shown.course.cell;
        let name = words::heading([&*matrix.label(&cell.variant), &matrix.heading(&cell.place)]);
        (name, shown.repeat.clone())
    };
    let (said, failed) = words::repeats(&shown.iter().map(cell).collect::<Vec<_>>());
    Some(Picture {
        name: name.to_owned(),
        title: words::title(matrix, what),
        subtitle: words::sentences(&[&said, &words::setting(matrix)]),
        legend: Vec::new(),
        y_title: String::new(),
        groups,
        has_one_axis: false,
        notes: words::some(failed),
    })
}
