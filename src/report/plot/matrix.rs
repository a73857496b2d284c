//! The points, engines and worker counts of a file, in the order in which pictures have them.

use std::collections::BTreeSet;

use super::ink;
use crate::archive::rows::{Cell, MatrixPoint, Param, Variant};

/// The axes of a file's cells, with the values that are there.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    params: Vec<Param>,
    /// All points, in order.
    pub(super) places: Vec<MatrixPoint>,
    /// All engines with their worker counts: the built-in engines first, in their fixed order.
    pub(super) variants: Vec<Variant>,
}

/// An axis over which a figure can be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SweptAxis {
    /// The parameter of this index.
    Param(usize),
    /// The number of workers.
    Workers,
}

impl Matrix {
    /// The matrix of these cells.
    pub(super) fn of<'a>(params: &[Param], cells: impl IntoIterator<Item = &'a Cell>) -> Self {
        let (mut places, mut variants) = (BTreeSet::new(), BTreeSet::new());
        for cell in cells {
            places.insert(&cell.place);
            variants.insert((ink::rank(&cell.variant.engine), &cell.variant.engine, cell.variant.workers));
        }
        let variant = |(_, engine, workers): (usize, &String, Option<u32>)| Variant { engine: engine.clone(), workers };
        Self {
            params: params.to_vec(),
            places: places.into_iter().cloned().collect(),
            variants: variants.into_iter().map(variant).collect(),
        }
    }

    /// The engines, each once.
    pub(super) fn engines(&self) -> Vec<&str> {
        let mut engines: Vec<&str> = self.variants.iter().map(|variant| variant.engine.as_str()).collect();
        engines.dedup();
        engines
    }

    /// Whether any engine was run with several numbers of workers.
    pub(super) fn varies_workers(&self) -> bool {
        self.engines().len() < self.variants.len()
    }

    /// Whether an engine was run with several numbers of workers.
    fn varies(&self, engine: &str) -> bool {
        self.variants.iter().filter(|variant| variant.engine == engine).count() > 1
    }

    /// The label of an engine with its workers: its name, and `×4` if it was run with several numbers of workers.
    pub(super) fn label(&self, variant: &Variant) -> String {
        match variant.workers {
            Some(workers) if self.varies(&variant.engine) => format!("{} ×{workers}", variant.engine),
            _ => variant.engine.clone(),
        }
    }

    /// The worker counts, each with the engines that were run with it. An engine that was run with one number only is in every
    /// group. There is a single group without a count if no engine was run with several.
    pub(super) fn by_workers(&self) -> Vec<(Option<u32>, Vec<Variant>)> {
        if !self.varies_workers() {
            return vec![(None, self.variants.clone())];
        }
        let varying = self.variants.iter().filter(|variant| self.varies(&variant.engine));
        let counts: BTreeSet<Option<u32>> = varying.map(|variant| variant.workers).collect();
        let beside = |count: Option<u32>| {
            let fits = |variant: &&Variant| variant.workers == count || !self.varies(&variant.engine);
            self.variants.iter().filter(fits).cloned().collect()
        };
        counts.into_iter().map(|count| (count, beside(count))).collect()
    }

    /// The parts of a point that vary, such as `hold = 20ms, size = 4`; empty if there is only one point.
    pub(super) fn heading(&self, place: &MatrixPoint) -> String {
        self.texts(place, |param| self.values(param) > 1, self.scenarios() > 1)
    }

    /// The parts that all points have in common.
    pub(super) fn common(&self) -> String {
        self.places.first().map(|place| self.texts(place, |param| self.values(param) == 1, false)).unwrap_or_default()
    }

    /// The scenario, if there is only one.
    pub(super) fn scenario(&self) -> &str {
        match self.places.first() {
            Some(place) if self.scenarios() == 1 => &place.scenario,
            _ => "",
        }
    }

    fn texts(&self, place: &MatrixPoint, shows: impl Fn(usize) -> bool, with_scenario: bool) -> String {
        let scenario = with_scenario.then(|| place.scenario.clone());
        let params = self.params.iter().zip(&place.values).enumerate().filter(|(index, _)| shows(*index));
        let params = params.map(|(_, (param, value))| format!("{} = {}", param.name, param.text(value)));
        scenario.into_iter().chain(params).collect::<Vec<_>>().join(", ")
    }

    fn scenarios(&self) -> usize {
        self.places.iter().map(|place| &place.scenario).collect::<BTreeSet<_>>().len()
    }

    fn values(&self, param: usize) -> usize {
        self.places.iter().map(|place| &place.values[param]).collect::<BTreeSet<_>>().len()
    }
}

impl Matrix {
    /// The axes of numbers or durations that have at least so many values.
    pub(super) fn swept(&self, least: usize) -> Vec<SweptAxis> {
        let is_number = |param: usize| self.places.iter().all(|place| Param::number(&place.values[param]).is_some());
        let params = (0..self.params.len()).filter(|&param| self.values(param) >= least && is_number(param));
        let mut axes: Vec<SweptAxis> = params.map(SweptAxis::Param).collect();
        let counts = |engine: &str| {
            let is_counted = |variant: &&Variant| variant.engine == engine && variant.workers.is_some();
            self.variants.iter().filter(is_counted).count()
        };
        if self.engines().into_iter().any(|engine| counts(engine) >= least) {
            axes.push(SweptAxis::Workers);
        }
        axes
    }

    /// The axis' name.
    pub(super) fn axis_name(&self, axis: &SweptAxis) -> &str {
        match axis {
            SweptAxis::Param(param) => &self.params[*param].name,
            SweptAxis::Workers => "workers",
        }
    }

    /// A cell's place on the axis, and its label.
    pub(super) fn on_axis(&self, axis: &SweptAxis, cell: &Cell) -> Option<(f64, String)> {
        match axis {
            SweptAxis::Param(param) => {
                let value = &cell.place.values[*param];
                Some((Param::number(value)?, self.params[*param].text(value)))
            }
            SweptAxis::Workers => cell.variant.workers.map(|workers| (f64::from(workers), workers.to_string())),
        }
    }

    /// The same point without its value of the axis.
    pub(super) fn without(axis: &SweptAxis, place: &MatrixPoint) -> MatrixPoint {
        let mut rest = place.clone();
        if let SweptAxis::Param(param) = axis {
            rest.values[*param].clear();
        }
        rest
    }

    /// The matrix of the points without an axis.
    pub(super) fn rest(&self, axis: &SweptAxis) -> Self {
        let places: BTreeSet<MatrixPoint> = self.places.iter().map(|place| Self::without(axis, place)).collect();
        Self { places: places.into_iter().collect(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(values: [&str; 2], engine: &str, workers: u32) -> Cell {
        let place = MatrixPoint { scenario: "mix".to_owned(), values: values.map(str::to_owned).to_vec() };
        Cell { place, variant: Variant { engine: engine.to_owned(), workers: Some(workers) } }
    }

    fn matrix(cells: &[Cell]) -> Matrix {
        let param = |name: &str, is_duration| Param { name: name.to_owned(), is_duration };
        Matrix::of(&[param("hold", true), param("size", false)], cells)
    }

    #[test]
    fn a_heading_has_what_varies_and_the_rest_is_common() {
        let cells = [cell(["2000000", "4"], "rayon", 2), cell(["1000000", "4"], "smol-local", 1)];
        let matrix = matrix(&cells);
        assert_eq!(
            matrix.places.iter().map(|place| matrix.heading(place)).collect::<Vec<_>>(),
            ["hold = 1ms", "hold = 2ms"]
        );
        assert_eq!(matrix.common(), "size = 4");
        assert_eq!((matrix.engines(), matrix.varies_workers()), (vec!["smol-local", "rayon"], false));
        assert_eq!(matrix.label(&matrix.variants[1]), "rayon");
    }

    #[test]
    fn an_engine_of_one_count_stands_beside_every_count() {
        let cells = [1, 2, 4].map(|workers| cell(["1", "1"], "rayon", workers));
        let matrix = matrix(&[&cells[..], &[cell(["1", "1"], "smol-local", 1)]].concat());
        let by_workers: Vec<_> = matrix
            .by_workers()
            .into_iter()
            .map(|(count, variants)| (count, variants.iter().map(|variant| matrix.label(variant)).collect::<Vec<_>>()))
            .collect();
        let crew = |count: u32| (Some(count), vec!["smol-local".to_owned(), format!("rayon ×{count}")]);
        assert_eq!(by_workers, [crew(1), crew(2), crew(4)]);
    }

    #[test]
    fn axes_of_numbers_are_swept_and_those_of_texts_are_not() {
        let cells = ["1", "2", "3"].map(|value| cell([value, "big"], "rayon", 2));
        let matrix = matrix(&[&cells[..], &[cell(["1", "4"], "rayon", 4)]].concat());
        assert_eq!(matrix.swept(3), [SweptAxis::Param(0)]);
        assert_eq!(matrix.swept(2), [SweptAxis::Param(0), SweptAxis::Workers]);
        assert_eq!(matrix.on_axis(&SweptAxis::Param(0), &cells[1]), Some((2.0, "2ns".to_owned())));
        assert_eq!(matrix.rest(&SweptAxis::Param(0)).places.len(), 2);
    }
}
