//! The types of a scenario. Parameters (`$name`) are already replaced: a [`Point`] holds plain values.
//!
//! Nothing here knows TOML, nor how anything runs.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Condition, EngineName, Length, Object, Repeats, Spawned, Step, Verb};
use crate::units::duration_text;

/// One TOML file: a question, its tasks, its engines, its expectations.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// The name: the file's stem.
    pub name: String,
    /// The question that the scenario asks, one line.
    pub question: String,
    /// The engines, without repetition, in the file's order.
    pub engines: Vec<EngineName>,
    /// How often each cell is measured.
    pub repeats: Repeats,
    /// The seed of every draw.
    pub seed: u64,
    /// How long a cell may take, from 1 ms to 1 h.
    pub timeout: Duration,
    /// The period of the probe in the cells that measure lag, from 100 µs to 1 s; `None` if there are no such cells.
    pub probe: Option<Duration>,
    /// The size of an instance's stack, bytes, on an engine that gives it a thread; `None` leaves the engine's default.
    pub stack_size: Option<u64>,
    /// The names of `[matrix]` with their values, in the file's order.
    pub axes: Vec<Axis>,
    /// Every combination of the axes' values (one, without parameters, if there is no matrix): the last axis varies fastest.
    pub points: Vec<Point>,
    /// The claims.
    pub expectations: Vec<Expectation>,
    /// The file's text, for `run.toml` and for the places of later errors.
    pub text: String,
}

impl Scenario {
    /// The period of a probe for which the scenario gives none.
    pub const DEFAULT_PROBE: Duration = Duration::from_millis(1);

    /// The periods that a probe may have: a shorter one would load the machine by itself, with a longer one few values come
    /// together.
    pub const PROBE_PERIODS: RangeInclusive<Duration> = Duration::from_micros(100)..=Duration::from_secs(1);

    /// Whether a claim or the rule for its repeats is about lag.
    pub fn asks_for_lag(&self) -> bool {
        let is_headline = matches!(self.repeats, Repeats::Auto(precision) if precision.headline.is_of_the_probe());
        is_headline
            || self
                .expectations
                .iter()
                .any(|expectation| expectation.condition.figures().iter().any(|figure| figure.metric.is_of_the_probe()))
    }
}

/// One name of `[matrix]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The name, without `$`.
    pub name: String,
    /// What its values are.
    pub kind: AxisKind,
    /// Its values, at least one, in the file's order.
    pub values: Vec<ParamValue>,
}

/// What the values of an axis are; all of one axis are of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisKind {
    /// Durations: CSV columns carry `_ns`.
    Duration,
    /// Whole numbers or fractions.
    Number,
}

/// One value of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamValue {
    /// A duration.
    Duration(Duration),
    /// A whole number.
    Integer(u64),
    /// A fraction.
    Float(f64),
}

impl ParamValue {
    /// Whether both are the same value: 2 and 2.0 are.
    pub fn is_same_as(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(integer), Self::Float(float)) | (Self::Float(float), Self::Integer(integer)) => {
                (integer as f64).total_cmp(&float).is_eq()
            }
            _ => self == other,
        }
    }
}

/// As a scenario writes it: `20ms`, `4`, `0.5`.
impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duration(duration) => f.write_str(&duration_text(*duration)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
        }
    }
}

/// One axis' value at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The axis' name.
    pub name: String,
    /// The value.
    pub value: ParamValue,
}

/// One combination of the matrix: what cells are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// A value for each axis, in the axes' order.
    pub params: Vec<Param>,
    /// The worker counts to run, without repetition; `None` is "all": one a core.
    pub workers: Vec<Option<NonZeroU32>>,
    /// The size of the idiom's blocking pool; `None` leaves the idiom's default.
    pub blocking_threads: Option<NonZeroU32>,
    /// The size of the pool for computing; `None` is a thread a core.
    pub cpu_threads: Option<NonZeroU32>,
    /// The cores that each cell may use; `None` is all that taskmix itself may use.
    pub cpus: Option<Cpus>,
    /// What instances meet at; the steps of the tasks name them by index.
    pub objects: Vec<Object>,
    /// At least one task.
    pub tasks: Vec<Task>,
}

impl Point {
    /// How many cores each cell may use on a machine of `cores` cores.
    pub fn cores(&self, cores: u32) -> u32 {
        self.cpus.as_ref().map_or(cores, |cpus| cores.min(cpus.numbers.len() as u32))
    }
}

/// Cores, by the numbers that the kernel gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cpus {
    /// At least one, ascending, none twice.
    pub numbers: Vec<u32>,
    /// Where they stand in the text, in bytes.
    pub origin: Range<usize>,
}

/// One `[[task]]`: a named kind of task with a count.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The name, unique in the scenario, `[a-z][a-z0-9_-]*`, and not a metric's.
    pub name: String,
    /// How many instances, 1 to 10,000,000; the most, where it is for something else to say when it is enough.
    pub count: u32,
    /// Whether it ends with the last instance of the tasks in the foreground; at least one task is there.
    pub background: bool,
    /// The rule by which they come.
    pub arrival: Arrival,
    /// What each instance does; may be empty.
    pub steps: Vec<Step>,
    /// Who is cancelled, and when.
    pub cancel: Option<Cancel>,
    /// Where the task's `count` stands in the text, in bytes (the task's header if it has none).
    pub origin: Range<usize>,
}

impl Task {
    /// How many instances are to be cancelled: exactly round(share × count).
    pub fn cancelled(&self) -> u32 {
        self.cancel.map_or(0, |cancel| (cancel.share * f64::from(self.count)).round() as u32)
    }
}

/// The rule by which instances come.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// All at the start of the span.
    Burst,
    /// Instance i at i × period.
    Every(Duration),
    /// A Poisson process.
    Poisson {
        /// Its rate: instances per second, above 0.
        per_second: f64,
    },
    /// A closed loop: each client releases its next instance a think time after its last one ended.
    Closed {
        /// How many clients.
        clients: NonZeroU32,
        /// The pause between an end and the next release.
        think: Length,
        /// When it ends, if before its `count`.
        until: Option<Until>,
    },
    /// Whenever an instance of another task spawns it.
    Spawned(Spawned),
}

/// The time at which a closed loop ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Until {
    /// Since the start of the span, above 0: nothing is released then or later.
    pub time: Duration,
    /// Where it stands in the text, in bytes.
    pub origin: Range<usize>,
}

impl Arrival {
    /// When a closed loop ends, if it says so.
    pub const fn until(&self) -> Option<&Until> {
        match self {
            Self::Closed { until, .. } => until.as_ref(),
            Self::Burst | Self::Every(_) | Self::Poisson { .. } | Self::Spawned(_) => None,
        }
    }

    /// What holds of it if it is spawned.
    pub const fn spawned(&self) -> Option<Spawned> {
        match self {
            Self::Spawned(spawned) => Some(*spawned),
            Self::Burst | Self::Every(_) | Self::Poisson { .. } | Self::Closed { .. } => None,
        }
    }
}

impl Task {
    /// Whether `count` is the most that may come, not what will.
    pub const fn is_bounded(&self) -> bool {
        let is_spawned_perhaps = matches!(self.arrival, Arrival::Spawned(Spawned { bounded: true, .. }));
        self.background || self.arrival.until().is_some() || is_spawned_perhaps
    }

    /// Whether its instances talk with other processes.
    pub fn talks(&self) -> bool {
        fn among(steps: &[Step]) -> bool {
            steps.iter().any(|step| matches!(step.verb, Verb::Ipc(_)) || among(step.verb.steps()))
        }
        among(&self.steps)
    }

    /// How many instances may be cancelled, at most; not counting those that end with the foreground.
    pub fn cancelled_at_most(&self) -> u32 {
        match self.arrival.spawned() {
            Some(spawned) if spawned.cancellable => self.count,
            _ => self.cancelled(),
        }
    }
}

/// Who is cancelled, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cancel {
    /// When.
    pub when: CancelTime,
    /// Which share of the instances, 0 to 1: exactly round(share × count) of them, drawn from the seed.
    pub share: f64,
}

/// When a cancellation is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelTime {
    /// So long after the instance's intended release.
    After(Duration),
    /// So long after the start of the span, or at the instance's release if that comes later.
    At(Duration),
}

/// One `[[expect]]`, checked for syntax and names.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The claim in plain words.
    pub claim: String,
    /// The text of `that`, as written.
    pub that: String,
    /// What `that` says.
    pub condition: Condition,
    /// Where `that` stands in the text, in bytes.
    pub origin: Range<usize>,
}
