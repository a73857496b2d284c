//! The output for people and programs: tables, verdicts, comparisons, JSON documents, pictures, traces and the page.
//!
//! This module measures nothing and knows no engine: it writes the content of samples and outcomes.

mod block;
mod cancelled;
mod caveats;
mod compare;
mod failure;
mod finding;
pub mod html;
pub mod json;
mod planned;
mod plot;
mod readable;
mod saturated;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod trace;
mod verdicts;

pub use caveats::{
    budget_spent, caveats, disturbed, failed, precision_text, ran_out, speed_changed, unquiet, whole_mixes,
};
pub use compare::{CompareOptions, Compared, compare_csv, compare_markdown, compare_text, warning_text};
pub use failure::{Failures, cell_text, setting_text};
pub use finding::{LEAST_RATIO, LEAST_RATIO_WITHOUT_INTERVALS, finding};
pub use planned::Planned;
pub use plot::{
    Picture, PlotError, PlotFile, PlotForm, PlotKind, PlotMetric, PlotSource, Plots, TimeKind, Timeline, TimelineData,
    draw_plot, plots,
};
pub use readable::{figure_text, percent, point_text};
pub use table::{TableOptions, arrival_notes, table};
pub use trace::{Trace, TraceChoice, trace};
pub use verdicts::{verdict_line, verdicts};
