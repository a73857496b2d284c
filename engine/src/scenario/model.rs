//! The types of a scenario. Parameters (`$name`) are already replaced: a [`Point`] holds plain values.
//!
//! Nothing here knows TOML, nor how anything runs.

use std::num::NonZeroU32;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use super::{Axis, Condition, EngineName, Length, Object, Param, Repeats, Spawned, Step, Verb};

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
    /// Every combination of the axes' values; the last axis varies fastest. Without a matrix there is one, without parameters.
    pub points: Vec<Point>,
    /// The claims.
    pub expectations: Vec<Expectation>,
    /// The file's text, for `run.toml` and for the places of later errors.
    pub text: String,
}

impl Scenario {
    /// The period of the probe if the scenario gives none.
    pub const DEFAULT_PROBE: Duration = Duration::from_millis(1);

    /// The periods that a probe may have. A shorter period would load the machine by itself; a longer one would give too few
    /// values.
    pub const PROBE_PERIODS: RangeInclusive<Duration> = Duration::from_micros(100)..=Duration::from_secs(1);

    /// Whether an expectation or the rule for repeats is about lag.
    pub fn asks_for_lag(&self) -> bool {
        let is_headline = matches!(self.repeats, Repeats::Auto(precision) if precision.headline.is_of_the_probe());
        is_headline
            || self
                .expectations
                .iter()
                .any(|expectation| expectation.condition.figures().iter().any(|figure| figure.metric.is_of_the_probe()))
    }
}

/// One combination of the matrix. A cell is a point on one engine with one number of workers.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// A value for each axis, in the axes' order.
    pub params: Vec<Param>,
    /// The worker counts to run, without repetition; `None` is "all": one worker per core.
    pub workers: Vec<Option<NonZeroU32>>,
    /// The size of the runtime's pool for blocking calls; `None` leaves the runtime's default.
    pub blocking_threads: Option<NonZeroU32>,
    /// The size of the pool for computing; `None` is one thread per core.
    pub cpu_threads: Option<NonZeroU32>,
    /// The cores that each cell may use; `None` means all cores that taskmix itself may use.
    pub cpus: Option<Cpus>,
    /// The objects that synchronise instances; steps refer to them by index.
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

/// Cores, by the kernel's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cpus {
    /// At least one, ascending, none twice.
    pub numbers: Vec<u32>,
    /// Where they stand in the text, in bytes.
    pub origin: Range<usize>,
}

/// One `[[task]]`: a named kind of work with a count of instances.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The name: unique in the scenario, `[a-z][a-z0-9_-]*`, and not the name of a metric.
    pub name: String,
    /// How many instances, 1 to 10,000,000; the maximum if [`Task::is_bounded`].
    pub count: u32,
    /// Whether it is cancelled when the foreground has ended; at least one task is in the foreground.
    pub background: bool,
    /// The rule by which instances arrive.
    pub arrival: Arrival,
    /// The steps of each instance; may be empty.
    pub steps: Vec<Step>,
    /// Which instances are cancelled, and when.
    pub cancel: Option<Cancel>,
    /// Where the task's `count` stands in the text, in bytes; without a `count`, where the task's header stands.
    pub origin: Range<usize>,
}

impl Task {
    /// How many instances are to be cancelled: exactly round(share × count).
    pub fn cancelled(&self) -> u32 {
        self.cancel.map_or(0, |cancel| (cancel.share * f64::from(self.count)).round() as u32)
    }
}

/// The rule by which instances arrive.
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
    /// A closed loop: each client releases its next instance one think time after its previous one ended.
    Closed {
        /// How many clients.
        clients: NonZeroU32,
        /// The pause between the end of an instance and the next release.
        think: Length,
        /// The time at which the loop ends, if that is before its `count`.
        until: Option<Until>,
    },
    /// Instances of another task spawn it.
    Spawned(Spawned),
}

/// The time at which a closed loop ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Until {
    /// The time since the start of the span, above 0: nothing is released then or later.
    pub time: Duration,
    /// Where it stands in the text, in bytes.
    pub origin: Range<usize>,
}

impl Arrival {
    /// The time at which a closed loop ends, if it has one.
    pub const fn until(&self) -> Option<&Until> {
        match self {
            Self::Closed { until, .. } => until.as_ref(),
            Self::Burst | Self::Every(_) | Self::Poisson { .. } | Self::Spawned(_) => None,
        }
    }

    /// The properties of a spawned task.
    pub const fn spawned(&self) -> Option<Spawned> {
        match self {
            Self::Spawned(spawned) => Some(*spawned),
            Self::Burst | Self::Every(_) | Self::Poisson { .. } | Self::Closed { .. } => None,
        }
    }
}

impl Task {
    /// Whether `count` is the maximum of instances that may arrive, not their number.
    pub const fn is_bounded(&self) -> bool {
        let is_spawned_perhaps = matches!(self.arrival, Arrival::Spawned(Spawned { bounded: true, .. }));
        self.background || self.arrival.until().is_some() || is_spawned_perhaps
    }

    /// Whether its instances communicate with other processes.
    pub fn talks(&self) -> bool {
        fn among(steps: &[Step]) -> bool {
            steps.iter().any(|step| matches!(step.verb, Verb::Ipc(_)) || among(step.verb.steps()))
        }
        among(&self.steps)
    }

    /// The maximum of instances that may be cancelled, without the cancellation of the background at the end.
    pub fn cancelled_at_most(&self) -> u32 {
        match self.arrival.spawned() {
            Some(spawned) if spawned.cancellable => self.count,
            _ => self.cancelled(),
        }
    }
}

/// Which instances are cancelled, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cancel {
    /// The time.
    pub when: CancelTime,
    /// The share of the instances, 0 to 1. Exactly round(share × count) instances are drawn from the seed.
    pub share: f64,
}

/// The time at which a cancellation is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelTime {
    /// This long after the instance's intended release.
    After(Duration),
    /// This long after the start of the span, or at the instance's release if that is later.
    At(Duration),
}

/// One `[[expect]]`, checked for syntax and names.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The claim in plain words.
    pub claim: String,
    /// The text of `that`, as written.
    pub that: String,
    /// The condition in `that`.
    pub condition: Condition,
    /// Where `that` stands in the text, in bytes.
    pub origin: Range<usize>,
}
