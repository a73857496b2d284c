//! The reasons to doubt the figures, before any figure.

use maud::html;
use toml::Table;

use super::{PageContent, Part, prose};
use crate::archive::{RunArchive, RunFacts};
use crate::report::{Planned, budget_spent, caveats, failed, ran_out, speed_changed, unquiet, whole_mixes};
use crate::stats::least_precise;
use taskmix_engine::metric::Metric;

pub(super) fn part(told: &PageContent<'_>) -> Option<Part> {
    let body = html! {
        ul class="warnings" {
            @for warning in &told.warnings { "\n" li { (prose(warning)) } }
        }
    };
    (!told.warnings.is_empty()).then_some(Part { id: "warnings", heading: "Warnings", body })
}

/// Every reason to doubt a run, the gravest first.
pub(super) fn of(run: &RunArchive, planned: &Planned<'_>) -> Vec<String> {
    let facts = &run.facts;
    let calibration = &facts.calibration;
    let (before, after) =
        (number(&calibration.before, "iterations_per_second"), number(&calibration.after, "iterations_per_second"));
    let single = [
        incomplete(run),
        broken(run),
        unreadable(planned),
        unoptimised(facts),
        number(&calibration.before, "spread").and_then(unquiet),
        before.zip(after).and_then(|(before, after)| speed_changed(before, after)),
    ];
    let mut warnings: Vec<String> = single.into_iter().flatten().collect();
    warnings.extend(planned.scenario.iter().flat_map(|scenario| ran_out(scenario, &run.samples)));
    warnings.extend(caveats(&run.samples, facts.resolved.retry_disturbed));
    warnings.extend(spent(run));
    warnings
}

fn incomplete(run: &RunArchive) -> Option<String> {
    let facts = &run.facts;
    let measured = whole_mixes(&run.samples).count();
    let total = match facts.resolved.repeats * facts.resolved.cells_a_round {
        // The total is unknown: the run goes on until its figures are precise, or an older version did not record it.
        0 => String::new(),
        planned => format!(" of {planned}"),
    };
    let how = if facts.interrupted { "the run was interrupted" } else { "the run is not complete" };
    let name = &facts.scenario.name;
    (!facts.complete)
        .then(|| format!("{how}: {measured}{total} cells were measured; `taskmix run {name} --resume` completes it"))
}

fn broken(run: &RunArchive) -> Option<String> {
    let (failed, all) = (failed(&run.samples).count(), whole_mixes(&run.samples).count());
    let text = || format!("{failed} of {all} cells did not end well: of these the counts are known, and no times");
    (failed > 0).then(text)
}

fn unreadable(planned: &Planned<'_>) -> Option<String> {
    let text = || "this version of taskmix can't read the scenario's text: its claims are not judged here".to_owned();
    planned.scenario.is_none().then(text)
}

fn unoptimised(facts: &RunFacts) -> Option<String> {
    let is_debug = facts.build.get("profile").and_then(toml::Value::as_str) == Some("debug");
    is_debug.then(|| "measured by a debug build, whose figures mean little; use `cargo run --release`".to_owned())
}

/// The warning if `repeats = "auto"` has spent its budget.
fn spent(run: &RunArchive) -> Option<String> {
    let resolved = &run.facts.resolved;
    let auto = resolved.auto.as_ref().filter(|auto| auto.ended_by == "budget")?;
    let known = least_precise(&run.samples, Metric::from_name(&auto.headline)?);
    Some(budget_spent(known.as_ref(), auto.within, resolved.repeats))
}

/// A number of a table, whole or not, if it is one.
fn number(table: &Table, key: &str) -> Option<f64> {
    let value = table.get(key)?;
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64)).filter(|number| number.is_finite())
}
