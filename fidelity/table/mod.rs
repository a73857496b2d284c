//! The cases: the mixes that run both ways, the figures that are compared, and their tolerances.
//!
//! One file for each runtime. The tables must not know how a figure is measured.

mod async_executor;
mod rayon;
mod smol;
mod threads;
mod tokio;

/// One mix on some engines, as a plain program and as a scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// The name by which the plain program is found.
    pub(crate) name: &'static str,
    /// The scenario, a file of `fidelity/cases/` without `.toml`.
    pub(crate) scenario: &'static str,
    /// The engines on which the case is run.
    pub(crate) engines: &'static [&'static str],
    /// A description of the mix, and which of several plain forms the program has.
    pub(crate) mix: &'static str,
    /// The figures that are compared.
    pub(crate) figures: &'static [Figure],
    /// Whether the case may end in a stall. Then a cell that ran into its timeout is no failure.
    pub(crate) stalls: bool,
}

/// A figure of both sides, and its tolerance.
///
/// Names are the columns of `samples.csv` without their unit: `TASK.latency_p50`, `TASK.done`; of the whole mix `makespan` and
/// `peak_rss`, and `cpu` and `switches`, each the sum of its two columns. From `tasks.csv`: `TASK.first_start` and
/// `TASK.first_end` (the number of the instance that was first), `TASK.polls`, `TASK.start_descents` and `TASK.end_descents` (how
/// often an instance is followed by one with a lower number). From `steps.csv`: `TASK.STEP.total_p50`, and its other columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure {
    /// Its name.
    pub(crate) name: &'static str,
    /// How far the ratio may be from 1 in either direction: 0.1 allows 0.91 to 1.1. With 0 both must be equal in each round.
    pub(crate) within: f64,
    /// A difference up to this counts as none. It is in the figure's own unit: nanoseconds, bytes, a number.
    pub(crate) floor: f64,
    /// Why the two differ on purpose.
    pub(crate) why: Option<&'static str>,
    /// The ratio that the reason explains, in either direction. A ratio beyond it is a fault. Counts and orders have no such bound.
    pub(crate) up_to: f64,
}

impl Case {
    /// A case whose scenario has the case's name.
    pub(crate) const fn new(name: &'static str, engines: &'static [&'static str], mix: &'static str) -> Self {
        Self { name, scenario: name, engines, mix, figures: &[], stalls: false }
    }

    /// Uses the scenario of another case: the plain program has another form.
    pub(crate) const fn scenario(self, scenario: &'static str) -> Self {
        Self { scenario, ..self }
    }

    /// Allows a stall.
    pub(crate) const fn stalls(self) -> Self {
        Self { stalls: true, ..self }
    }

    /// Compares these figures.
    pub(crate) const fn figures(self, figures: &'static [Figure]) -> Self {
        Self { figures, ..self }
    }
}

/// The ratio that a reason explains, unless the figure sets another.
const EXPLAINED: f64 = 1.3;

/// A figure judged by its ratio: alike within 10 %.
pub(crate) const fn ratio(name: &'static str) -> Figure {
    Figure { name, within: 0.10, floor: 0.0, why: None, up_to: EXPLAINED }
}

/// A figure that must be equal in each round.
pub(crate) const fn equal(name: &'static str) -> Figure {
    Figure { name, within: 0.0, floor: 0.0, why: None, up_to: EXPLAINED }
}

impl Figure {
    /// Sets the tolerance of the ratio.
    pub(crate) const fn within(self, within: f64) -> Self {
        Self { within, ..self }
    }

    /// Also accepts a difference of no more than this.
    pub(crate) const fn floor(self, floor: f64) -> Self {
        Self { floor, ..self }
    }

    /// Gives the reason why the sides differ on purpose, by up to 1.3 times.
    pub(crate) const fn why(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    /// Sets the ratio that the reason explains.
    pub(crate) const fn up_to(self, ratio: f64) -> Self {
        Self { up_to: ratio, ..self }
    }
}

/// All cases, by runtime.
pub(crate) const TABLES: &[(&str, &[Case])] = &[
    ("tokio", tokio::CASES),
    ("smol", smol::CASES),
    ("async-executor", async_executor::CASES),
    ("rayon", rayon::CASES),
    ("OS threads", threads::CASES),
];
