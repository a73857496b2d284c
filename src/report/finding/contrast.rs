//! Two rows with one figure, of which one value is clearly higher: what differs between the rows, the evidence, the sentence.

use super::super::block::{Block, blocks};
use super::super::readable::{figure_text, format_ratio, point_text};
use super::wording::{more, name};
use crate::stats::{Interval, Summary, WHOLE_MIX};
use taskmix_engine::plan::CellKey;
use taskmix_engine::scenario::{Measure, Param};

/// The least ratio of medians that is worth a sentence when their intervals are apart.
pub const LEAST_RATIO: f64 = 1.2;

/// The same where there are no intervals: fewer than 6 repeats, or too many of them failed.
pub const LEAST_RATIO_WITHOUT_INTERVALS: f64 = 2.0;

/// A ratio is quoted only if the highest value that its intervals allow is at most so many times the lowest; else the lowest is.
const WIDEST_RATIO: f64 = 3.0;

/// The rows of a run by point of the matrix.
pub(super) struct Rows<'a> {
    pub(super) blocks: Vec<Block<'a>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(summaries: &'a [Summary]) -> Self {
        Self { blocks: blocks(summaries) }
    }

    /// All rows, point by point.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Summary> + '_ {
        self.blocks.iter().flat_map(|block| block.rows().iter().copied())
    }

    /// A row's engine, with its number of workers where several ran at its point.
    pub(super) fn engine(&self, row: &Summary) -> String {
        let block = self.blocks.iter().find(|block| block.rows()[0].key.params == row.key.params);
        block.map_or_else(|| row.key.engine.to_string(), |block| block.engine(row))
    }

    /// Every two rows that differ in one respect, engine or one parameter, in both orders.
    pub(super) fn pairs(&self) -> Vec<(&'a Summary, &'a Summary)> {
        let mut pairs = Vec::new();
        for (place, block) in self.blocks.iter().enumerate() {
            let others = self.blocks.iter().filter(|other| params_that_differ(block, other) == 1);
            let same = &self.blocks[place..=place];
            for other in same.iter().chain(others) {
                for &one in block.rows() {
                    let is_pair = |other: &&Summary| {
                        other.task == one.task
                            && matches!(Respect::between(one, other), Some(Respect::Engine | Respect::Param(_)))
                    };
                    pairs.extend(other.rows().iter().copied().filter(is_pair).map(|other| (one, other)));
                }
            }
        }
        pairs
    }
}

fn params_that_differ(one: &Block<'_>, other: &Block<'_>) -> usize {
    let (one, other) = (&one.rows()[0].key.params, &other.rows()[0].key.params);
    one.iter().zip(other).filter(|(one, other)| one != other).count()
}

/// The one respect in which two rows differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Respect {
    Engine,
    /// The index of a parameter of the matrix.
    Param(usize),
    Workers,
    Task,
}

impl Respect {
    /// `None` if the rows differ in several respects, or in none. Two engines have equal numbers of workers if both are scalable.
    pub(super) fn between(one: &Summary, other: &Summary) -> Option<Self> {
        let (key, other_key) = (&one.key, &other.key);
        if key.is_probed() != other_key.is_probed() {
            return None;
        }
        let params = key.params.iter().zip(&other_key.params).enumerate().filter(|(_, (one, other))| one != other);
        let mut respects: Vec<Self> = params.map(|(index, _)| Self::Param(index)).collect();
        if key.engine != other_key.engine {
            respects.push(Self::Engine);
        }
        let is_choice = key.engine.is_scalable() && other_key.engine.is_scalable();
        if is_choice && key.workers != other_key.workers {
            respects.push(Self::Workers);
        }
        if one.task != other.task {
            respects.push(Self::Task);
        }
        let only = respects.pop()?;
        respects.is_empty().then_some(only)
    }
}

/// A figure that is higher in one row than in another.
#[derive(Clone)]
pub(super) struct Contrast<'a> {
    pub(super) measure: Measure,
    pub(super) high: (&'a Summary, Interval),
    pub(super) low: (&'a Summary, Interval),
    pub(super) respect: Respect,
}

impl<'a> Contrast<'a> {
    /// The contrast of a figure of two rows, if the first has the higher value and the difference counts.
    pub(super) fn of(measure: &Measure, high: &'a Summary, low: &'a Summary) -> Option<Self> {
        let respect = Respect::between(high, low)?;
        let value = |row: &'a Summary| row.figure(measure).map(|value| (row, value));
        let contrast = Self { measure: measure.clone(), high: value(high)?, low: value(low)?, respect };
        contrast.counts().then_some(contrast)
    }

    fn ratio(&self) -> f64 {
        self.high.1.median / self.low.1.median
    }

    /// Both intervals, if both exist.
    fn bounds(&self) -> Option<((f64, f64), (f64, f64))> {
        self.high.1.bounds.zip(self.low.1.bounds)
    }

    /// Whether the intervals are apart, and, if the ratio is not known well, whether the least that it can be is great; without
    /// intervals, whether the ratio is great.
    fn counts(&self) -> bool {
        let (high, low) = (self.high.1.median, self.low.1.median);
        if low <= 0.0 || !high.is_finite() {
            return false;
        }
        match self.ends() {
            Some((least, _)) if self.is_narrow() => least > 1.0 && self.ratio() >= LEAST_RATIO,
            Some((least, _)) => least >= LEAST_RATIO_WITHOUT_INTERVALS,
            None => high >= LEAST_RATIO_WITHOUT_INTERVALS * low,
        }
    }

    /// The least and the greatest ratio that the intervals allow.
    fn ends(&self) -> Option<(f64, f64)> {
        self.bounds().map(|(high, low)| (high.0 / low.1, high.1 / low.0))
    }

    /// Whether the ratio itself is known well enough to be quoted.
    pub(super) fn is_narrow(&self) -> bool {
        self.ends().is_none_or(|(least, greatest)| greatest <= WIDEST_RATIO * least)
    }

    pub(super) fn is_backed(&self) -> bool {
        self.bounds().is_some()
    }

    /// How much the figures show: the logarithm of the least ratio that the intervals allow, times the share that it is of the
    /// logarithm of the greatest. So of two equal ratios the one with the narrower intervals has more, and of two equally
    /// narrow ones the greater. Without intervals, the logarithm of the ratio.
    pub(super) fn evidence(&self) -> f64 {
        let known = |(least, greatest): (f64, f64)| least.ln() * least.ln() / greatest.ln();
        self.ends().map_or_else(|| self.ratio().ln(), known)
    }

    /// The contrast as a sentence.
    pub(super) fn sentence(&self, rows: &Rows<'_>) -> String {
        let (high, low) = (self.high.0, self.low.0);
        let text = |value: Interval| figure_text(self.measure.kind(), value.median);
        let (high_text, low_text) = (text(self.high.1), text(self.low.1));
        let (name, more) = (name(&self.measure), more(&self.measure));
        let ratio = match self.ends() {
            Some((least, _)) if !self.is_narrow() => format!("at least {}", format_ratio(least)),
            _ => format_ratio(self.ratio()),
        };
        let whose = if high.task == WHOLE_MIX { String::new() } else { format!(" of `{}`", high.task) };
        let body = if self.respect == Respect::Task {
            let of_low = if low.task == WHOLE_MIX { "whole mix".to_owned() } else { format!("`{}`", low.task) };
            format!("the {name}{whose} ({high_text}) is {ratio} {more} than that of {of_low} ({low_text})")
        } else {
            let (one, other) = ends(rows, &self.respect, high, low);
            format!("the {name}{whose} is {ratio} {more} {one} ({high_text}) than {other} ({low_text})")
        };
        format!("{}{}", placed(rows, &self.respect, high, &body), reservation(self.is_backed(), high, low))
    }
}

/// The two ends of a contrast: `under rayon`, `at hold = 20ms`, `with 4 workers`.
pub(super) fn ends(rows: &Rows<'_>, respect: &Respect, high: &Summary, low: &Summary) -> (String, String) {
    let end = |row: &Summary| match respect {
        Respect::Engine | Respect::Task => format!("under {}", rows.engine(row)),
        Respect::Param(index) => format!("at {}", point_text(&row.key.params[*index..=*index])),
        Respect::Workers if row.key.workers == 1 => "with 1 worker".to_owned(),
        Respect::Workers => format!("with {} workers", row.key.workers),
    };
    (end(high), end(low))
}

/// The sentence, with what both ends share in front: the point, the engine. A name keeps its small letter.
pub(super) fn placed(rows: &Rows<'_>, respect: &Respect, row: &Summary, body: &str) -> String {
    let point = shared_point(respect, &row.key);
    let engine = match respect {
        Respect::Engine => None,
        Respect::Workers => Some(row.key.engine.to_string()),
        Respect::Param(_) | Respect::Task => Some(rows.engine(row)),
    };
    match (engine, point.as_str()) {
        (None, "") if body.starts_with("the ") => format!("T{}.", &body[1..]),
        (None, "") if body.starts_with("all ") => format!("A{}.", &body[1..]),
        (None, "") => format!("{body}."),
        (None, point) => format!("At {point} {body}."),
        // An engine with its number of workers has a comma.
        (Some(engine), "") if engine.contains(',') => format!("Under {engine}, {body}."),
        (Some(engine), "") => format!("Under {engine} {body}."),
        (Some(engine), point) => format!("Under {engine}, at {point}, {body}."),
    }
}

fn shared_point(respect: &Respect, key: &CellKey) -> String {
    let is_shared = |(index, _): &(usize, &Param)| *respect != Respect::Param(*index);
    let shared: Vec<Param> = key.params.iter().enumerate().filter(is_shared).map(|(_, param)| param.clone()).collect();
    point_text(&shared)
}

/// The reservation that follows a finding, if no interval backs it.
pub(super) fn reservation(is_backed: bool, high: &Summary, low: &Summary) -> &'static str {
    let enough = |summary: &Summary| summary.ok >= 6;
    let all_well = |summary: &Summary| summary.ok == summary.key.repeat;
    if is_backed {
        ""
    } else if enough(high) && enough(low) && all_well(high) && all_well(low) {
        " No interval backs this: too few of the repeats have that figure."
    } else if enough(high) && enough(low) {
        " No interval backs this: too many of the repeats ended badly."
    } else {
        " No interval backs this: that needs 6 repeats or more that ended well."
    }
}

/// The item that is greatest by a measure; of several, the first.
pub(super) fn greatest<T>(all: impl IntoIterator<Item = T>, measure: impl Fn(&T) -> f64) -> Option<T> {
    all.into_iter().reduce(|best, next| if measure(&next) > measure(&best) { next } else { best })
}
