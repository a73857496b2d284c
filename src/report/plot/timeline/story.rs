//! The content of a timeline: one repeat of one cell for each engine, all at the same point.

use std::collections::BTreeMap;

use super::super::PlotError;
use super::super::ink;
use super::super::matrix::Matrix;
use super::super::source::{PlotSource, Rows};
use super::super::words;
use crate::archive::rows::{self, Cell, Endings, Life, MatrixPoint, Repeat, Repeats, Span};
use taskmix_engine::units::format_count;

/// No cell has more threads at once; spans on further workers are skipped.
const MOST_WORKERS: u32 = 1 << 16;

/// One cell.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) cell: Cell,
    repeat: Repeat,
    /// By task and then in order of release.
    pub(super) lives: Vec<Life>,
    /// By instance and then in order of time; `None` if none were recorded.
    pub(super) spans: Option<Vec<Span>>,
    /// How many spans there was no room for, if that is known.
    dropped: Option<u64>,
}

/// All that is shown.
#[derive(Debug)]
pub(super) struct Stories {
    /// Of all cells, shown or not.
    pub(super) matrix: Matrix,
    /// The point that is shown.
    pub(super) place: MatrixPoint,
    pub(super) tasks: Vec<String>,
    /// In the engines' order; at least one, and an instance in all.
    pub(super) cells: Vec<Story>,
    /// The last known moment, in nanoseconds.
    pub(super) end: f64,
}

impl Stories {
    /// Chooses and reads; `None` if there are no instances.
    pub(super) fn read(source: &PlotSource) -> Result<Option<Self>, PlotError> {
        let (params, repeats) = rows::cells_in(source.open(Rows::Tasks)?)?;
        let matrix = Matrix::of(&params, repeats.keys());
        let Some(place) = matrix.places.last().cloned() else { return Ok(None) };
        let samples = source.open_samples()?;
        let endings = samples.map_or_else(|| Ok(Endings::default()), |table| Endings::read(table, false))?;
        // Which repeats were recorded matters only where there are several.
        let has_choice = repeats.iter().any(|(cell, numbers)| cell.place == place && numbers.len() > 1);
        let table = if has_choice { source.open_spans()? } else { None };
        let recorded = table.map(rows::cells_in).transpose()?.map(|(_, recorded)| recorded);
        let chosen = chosen(&place, &repeats, recorded.as_ref(), &endings);
        let shown: Vec<(Cell, u32)> = chosen.iter().map(|(cell, repeat)| (cell.clone(), repeat.number)).collect();
        let lives = rows::lives(source.open(Rows::Tasks)?, &shown)?;
        let spans = source.open_spans()?.map(|table| rows::spans(table, &shown, &lives)).transpose()?;
        let mut spans = spans.unwrap_or_default().into_iter();
        let story = |((cell, repeat), lives): ((Cell, Repeat), Vec<Life>)| {
            let spans = spans.next().filter(|spans| !spans.is_empty());
            let dropped = endings.dropped(&cell, repeat.number);
            Story { cell, repeat, lives, spans, dropped }
        };
        let cells: Vec<Story> = chosen.into_iter().zip(lives.cells).map(story).collect();
        let end = cells.iter().map(Story::end).fold(0.0, f64::max);
        Ok(Some(Self { matrix, place, tasks: lives.tasks, cells, end }))
    }

    /// The cells by name, with their repeats.
    pub(super) fn repeats(&self) -> Vec<(String, Repeat)> {
        let name =
            |cell: &Cell| words::heading([&*self.matrix.label(&cell.variant), &self.matrix.heading(&cell.place)]);
        self.cells.iter().map(|story| (name(&story.cell), story.repeat.clone())).collect()
    }

    /// Notes on missing data.
    pub(super) fn notes(&self) -> Vec<String> {
        let label = |story: &&Story| self.matrix.label(&story.cell.variant);
        let without: Vec<String> =
            self.cells.iter().filter(|story| story.spans.is_none()).map(|story| label(&story)).collect();
        let start =
            if without.len() < self.cells.len() { format!("{}: r", without.join(", ")) } else { "R".to_owned() };
        let lack = self.cells.iter().filter_map(|story| {
            let dropped = story.dropped.filter(|dropped| *dropped > 0)?;
            let (label, dropped) = (label(&story), format_count(dropped));
            Some(format!("{label}: {dropped} spans are missing, which look like waiting."))
        });
        let note = format!(
            "{start}unning and waiting are not told apart, nor is the thread known: `taskmix run --trace` records both."
        );
        (!without.is_empty()).then_some(note).into_iter().chain(lack).collect()
    }
}

impl Story {
    /// Spans on workers, each with its worker's number.
    pub(super) fn on_workers(&self) -> impl Iterator<Item = (u32, &Span)> {
        let spans = self.spans.iter().flatten();
        spans.filter_map(|span| Some((span.worker.filter(|worker| *worker < MOST_WORKERS)?, span)))
    }

    /// How many workers have a lane; none without spans.
    pub(super) fn workers(&self) -> u32 {
        let busy = self.on_workers().map(|(worker, _)| worker + 1).max();
        busy.map_or(0, |busy| busy.max(self.cell.variant.workers.unwrap_or(0).min(MOST_WORKERS)))
    }

    fn end(&self) -> f64 {
        let lives = self.lives.iter().map(|life| life.finished.or(life.started).unwrap_or(life.scheduled));
        let spans = self.spans.iter().flatten().map(|span| span.end);
        lives.chain(spans).fold(0.0, f64::max)
    }
}

/// A cell of each engine at a point, the one with the most workers, and its first repeat that ended well. Repeats with recorded
/// spans precede the others.
fn chosen(
    place: &MatrixPoint,
    repeats: &Repeats,
    recorded: Option<&Repeats>,
    endings: &Endings,
) -> Vec<(Cell, Repeat)> {
    let mut engines = BTreeMap::new();
    for cell in repeats.keys().filter(|cell| cell.place == *place) {
        let key = (ink::rank(&cell.variant.engine), &cell.variant.engine);
        let most = engines.entry(key).or_insert(cell);
        if cell.variant.workers > most.variant.workers {
            *most = cell;
        }
    }
    let with_repeat = |cell: &Cell| {
        let numbers = &repeats[cell];
        let both = recorded.and_then(|recorded| Some(recorded.get(cell)? & numbers)).filter(|both| !both.is_empty());
        Some((cell.clone(), endings.first(cell, both.as_ref().unwrap_or(numbers))?))
    };
    engines.into_values().filter_map(with_repeat).collect()
}
