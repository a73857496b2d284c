//! Sweeps: a figure of each engine over the values of a parameter, or over the number of workers.

use super::bars::{all_values, failed, task_name, tasks};
use super::ink;
use super::matrix::{Matrix, SweptAxis};
use super::picture::{Entry, Frame, Group, Mark, Panel, Picture, Swatch};
use super::scale::Scale;
use super::words;
use crate::archive::rows::{MatrixPoint, SummaryRow, SummaryTable, Variant};
use crate::stats::{Interval, WHOLE_MIX};
use taskmix_engine::metric::Metric;

/// About so many marks on the vertical axis.
const TICKS: usize = 5;

/// A picture of the figure for each axis of at least so many values.
pub(super) fn sweeps(table: &SummaryTable, metric: Metric, least: usize) -> Vec<Picture> {
    let matrix = Matrix::of(&table.params, table.rows.iter().map(|row| &row.cell));
    let axes = matrix.swept(least);
    axes.iter().filter_map(|axis| Sweep { table, matrix: &matrix, axis, metric }.picture()).collect()
}

struct Sweep<'a> {
    table: &'a SummaryTable,
    matrix: &'a Matrix,
    axis: &'a SweptAxis,
    metric: Metric,
}

/// An engine's figures along the axis, ascending.
struct Line {
    engine: String,
    points: Vec<(f64, Option<Interval>)>,
}

impl Sweep<'_> {
    /// `None` if no row has the figure.
    fn picture(&self) -> Option<Picture> {
        let tasks = tasks(self.table, self.metric);
        let shown: Vec<&SummaryRow> = self.table.rows.iter().filter(|row| tasks.contains(&row.task.as_str())).collect();
        let figures: Vec<Interval> = shown.iter().filter_map(|row| row.figures.get(self.metric)).collect();
        if figures.is_empty() {
            return None;
        }
        let y = Scale::fit(self.metric.kind(), figures.iter().flat_map(all_values), TICKS);
        let (x, x_title) = (self.x(), self.matrix.axis_name(self.axis).to_owned());
        let rest = self.matrix.rest(self.axis);
        let mut groups = Vec::new();
        for task in &tasks {
            for place in &rest.places {
                for (crew, variants) in self.by_workers() {
                    let Some(panel) = self.panel(task, place, &variants, &y) else { continue };
                    let task = if tasks.len() > 1 { task_name(task) } else { "" };
                    let crew = crew.map(|workers| format!("{workers} workers")).unwrap_or_default();
                    let heading = words::heading([task, &rest.heading(place), &crew]);
                    groups.push(Group { heading, panels: vec![panel], x: x.clone(), x_title: x_title.clone() });
                }
            }
        }
        let engine = |engine: &str| Entry { label: engine.to_owned(), swatch: Swatch::Marker(ink::look(engine)) };
        let what = match tasks.as_slice() {
            [task] if *task != WHOLE_MIX => format!("{} of {task} over {x_title}", words::figure(self.metric)),
            _ => format!("{} over {x_title}", words::figure(self.metric)),
        };
        let notes = failed(shown.iter().copied(), self.matrix);
        let medians = words::medians(shown.into_iter(), self.metric);
        let level = if self.has_level() { "Dashed: run with one number of workers only." } else { "" };
        Some(Picture {
            name: words::stem(&format!("sweep-{x_title}-{}", words::file(self.metric))),
            title: words::title(self.matrix, &what),
            subtitle: words::sentences(&[&medians, level]),
            legend: self.matrix.engines().into_iter().map(engine).collect(),
            y_title: y.title(&words::axis(self.metric)),
            groups,
            has_one_axis: true,
            notes,
        })
    }

    /// The values of the axis, each once.
    fn x(&self) -> Scale {
        let values = self.table.rows.iter().filter_map(|row| self.matrix.on_axis(self.axis, &row.cell));
        let mut values: Vec<(f64, String)> = values.collect();
        values.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        values.dedup_by(|(one, _), (other, _)| one.total_cmp(other).is_eq());
        Scale::swept(&values)
    }

    /// Which engines stand in one panel.
    fn by_workers(&self) -> Vec<(Option<u32>, Vec<Variant>)> {
        match self.axis {
            SweptAxis::Param(_) => self.matrix.by_workers(),
            SweptAxis::Workers => vec![(None, self.matrix.variants.clone())],
        }
    }

    /// Whether an engine has only one point of an axis on which other engines have several.
    fn has_level(&self) -> bool {
        let engines = self.matrix.engines();
        let counts = |engine: &&str| self.matrix.variants.iter().filter(|variant| variant.engine == **engine).count();
        *self.axis == SweptAxis::Workers && engines.iter().any(|engine| counts(engine) == 1)
    }

    /// `None` if no engine has the figure here.
    fn panel(&self, task: &str, place: &MatrixPoint, variants: &[Variant], y: &Scale) -> Option<Panel> {
        let (mut behind, mut lines, mut dots) = (Vec::new(), Vec::new(), Vec::new());
        for Line { engine, points } in self.lines(task, place, variants) {
            let look = ink::look(&engine);
            let with_figure = |&(x, figure): &(f64, Option<Interval>)| Some((x, figure?));
            if let [(_, Some(only))] = points.as_slice() {
                behind.extend(self.has_level().then_some(Mark::Level { y: only.median, look }));
            }
            // A point that is missing is a gap, not a line across it.
            for run in points.split(|(_, figure)| figure.is_none()) {
                let run: Vec<(f64, Interval)> = run.iter().filter_map(with_figure).collect();
                if run.is_empty() {
                    continue;
                }
                let bounded: Vec<(f64, f64, f64)> =
                    run.iter().filter_map(|(x, figure)| figure.bounds.map(|(low, high)| (*x, low, high))).collect();
                if bounded.len() == run.len() && run.len() > 1 {
                    behind.push(Mark::Band { points: bounded, look });
                } else {
                    behind.extend(bounded.into_iter().map(|(x, low, high)| Mark::Range { x, low, high, look }));
                }
                let medians: Vec<(f64, f64)> = run.iter().map(|(x, figure)| (*x, figure.median)).collect();
                lines.push(Mark::Line { points: medians.clone(), look });
                dots.push(Mark::Dots { points: medians, look });
            }
        }
        let marks = [behind, lines, dots].concat();
        (!marks.is_empty()).then(|| Panel { heading: None, frame: Frame::Tall(y.clone()), marks })
    }

    fn lines(&self, task: &str, place: &MatrixPoint, variants: &[Variant]) -> Vec<Line> {
        let is_here = |row: &&SummaryRow| row.task == task && Matrix::without(self.axis, &row.cell.place) == *place;
        let rows: Vec<&SummaryRow> = self.table.rows.iter().filter(is_here).collect();
        let mut lines: Vec<Line> = Vec::new();
        for variant in variants {
            let of_variant = rows.iter().filter(|row| row.cell.variant == *variant);
            let points = of_variant.filter_map(|row| {
                let (x, _) = self.matrix.on_axis(self.axis, &row.cell)?;
                Some((x, row.figures.get(self.metric)))
            });
            match lines.last_mut() {
                Some(line) if line.engine == variant.engine => line.points.extend(points),
                _ => lines.push(Line { engine: variant.engine.clone(), points: points.collect() }),
            }
        }
        for line in &mut lines {
            line.points.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        }
        lines
    }
}
