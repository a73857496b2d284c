//! `taskmix plan --format json`: `taskmix.plan/1`.

use serde::Serialize;

use super::shape::{Key, NamedValue, params};
use taskmix_engine::plan::{Campaign, Engines, Estimate, PlannedCell, PointPlan, estimates, nanoseconds};
use taskmix_engine::scenario::{Repeats, Scenario};

/// All scenarios that were planned.
#[derive(Debug, Serialize)]
pub struct PlanDocument {
    schema: &'static str,
    taskmix_version: &'static str,
    scenarios: Vec<PlannedScenario>,
}

/// What a run of one scenario would do, and about what it would need.
#[derive(Debug, Serialize)]
pub struct PlannedScenario {
    scenario: String,
    question: String,
    /// `null` of `repeats = "auto"`, which has `auto` instead.
    repeats: Option<u32>,
    auto: Option<Auto>,
    seed: u64,
    timeout_ns: u64,
    /// The size of an instance's stack, if the scenario sets it; `null` leaves the engine's default.
    stack_size_bytes: Option<u64>,
    /// About how long one round takes; a cell that needs longer than its timeout counts with that.
    round_ns: u64,
    /// About how long all takes; of `repeats = "auto"` at most.
    total_ns: u64,
    /// The work at each point of the matrix, the same on every engine.
    points: Vec<Point>,
    /// The cells of the first round, in order.
    cells: Vec<CellShape>,
}

#[derive(Debug, Serialize)]
struct Auto {
    headline: &'static str,
    within: f64,
    budget_ns: u64,
}

#[derive(Debug, Serialize)]
struct Point {
    params: Vec<NamedValue>,
    /// The cores that each cell may use; `null` is all that taskmix itself may use.
    cpus: Option<Vec<u32>>,
    tasks: Vec<TaskShape>,
}

/// A task, and what one instance of it does on average.
#[derive(Debug, Serialize)]
struct TaskShape {
    task: String,
    /// At most so many, if it is bounded otherwise.
    count: u32,
    background: bool,
    until_ns: Option<u64>,
    cpu_ns: u64,
    sleep_ns: u64,
    block_ns: u64,
    offloaded_cpu_ns: u64,
    offloaded_wait_ns: u64,
}

#[derive(Debug, Serialize)]
struct CellShape {
    #[serde(flatten)]
    key: Key,
    /// The span.
    span_ns: u64,
    /// The span with everything around it.
    cell_ns: u64,
    memory_bytes: u64,
    /// Whether it needs longer than its timeout.
    times_out: bool,
    /// Whether it does so because its instances wait for each other for ever.
    stalls: bool,
    /// Whether its times are lower bounds.
    is_least: bool,
}

impl PlanDocument {
    /// The document of these scenarios.
    pub fn new(scenarios: Vec<PlannedScenario>) -> Self {
        Self { schema: "taskmix.plan/1", taskmix_version: env!("CARGO_PKG_VERSION"), scenarios }
    }
}

impl PlannedScenario {
    /// The plan of a scenario on a machine of so many cores.
    pub fn new(scenario: &Scenario, campaign: &Campaign, engines: &Engines, cores: u32) -> Self {
        let timeout_ns = nanoseconds(scenario.timeout);
        let round = campaign.round(1);
        let needs = estimates(engines, &campaign.points, &round, cores, timeout_ns);
        let round_ns: u64 = needs.iter().map(|needs| needs.cell_ns.min(timeout_ns)).sum();
        let (repeats, auto, total_ns) = match scenario.repeats {
            Repeats::Fixed(repeats) => (Some(repeats), None, round_ns.saturating_mul(u64::from(repeats))),
            Repeats::Auto(precision) => {
                let budget_ns = nanoseconds(precision.budget);
                let auto = Auto { headline: precision.headline.name(), within: precision.within, budget_ns };
                (None, Some(auto), budget_ns.max(round_ns))
            }
        };
        Self {
            scenario: scenario.name.clone(),
            question: scenario.question.clone(),
            repeats,
            auto,
            seed: scenario.seed,
            timeout_ns,
            stack_size_bytes: scenario.stack_size,
            round_ns,
            total_ns,
            points: (campaign.points.iter().zip(&scenario.points))
                .map(|(plan, point)| Point {
                    params: params(&point.params),
                    cpus: point.cpus.as_ref().map(|cpus| cpus.numbers.clone()),
                    tasks: tasks(plan),
                })
                .collect(),
            cells: round.iter().zip(needs).map(|(cell, needs)| planned(cell, needs, timeout_ns)).collect(),
        }
    }
}

fn tasks(point: &PointPlan) -> Vec<TaskShape> {
    let task = |index: usize| {
        let (task, mean) = (&point.tasks[index], point.work[index].mean);
        TaskShape {
            task: task.name.clone(),
            count: task.count,
            background: task.background,
            until_ns: task.until_ns(),
            cpu_ns: mean.cpu_ns,
            sleep_ns: mean.sleep_ns,
            block_ns: mean.block_ns,
            offloaded_cpu_ns: mean.offloaded_cpu_ns,
            offloaded_wait_ns: mean.offloaded_wait_ns,
        }
    };
    (0..point.tasks.len()).map(task).collect()
}

fn planned(cell: &PlannedCell, needs: Estimate, timeout_ns: u64) -> CellShape {
    CellShape {
        key: Key::from(&cell.key),
        span_ns: needs.span_ns,
        cell_ns: needs.cell_ns,
        memory_bytes: needs.memory_bytes,
        times_out: needs.stalls || needs.span_ns > timeout_ns,
        stalls: needs.stalls,
        is_least: needs.is_least,
    }
}
