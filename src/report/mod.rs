//! What people and programs read: the CSV files, the run's folder, the terminal's table.
//!
//! Nothing here measures, and nothing here knows engines: it writes what samples and outcomes say.

mod block;
mod compare;
pub mod csv;
mod doubts;
mod failure;
mod folder;
pub mod html;
pub mod json;
mod planned;
mod plot;
mod readable;
pub(crate) mod run_toml;
mod standout;
mod table;
#[cfg(test)]
mod testing;
mod trace;
mod verdicts;

pub use compare::{CompareOptions, Compared, compare_markdown, compare_text, warning_text};
pub use doubts::{budget_spent, disturbed, doubts, failed, known_text, ran_out, speed_changed, unquiet, whole_mixes};
pub use failure::{Failures, cell_text, setting_text};
pub use folder::{
    ArchiveError, FolderError, LastRun, LastRunError, MOST_INSTANCES_BY_DEFAULT, NoRun, RunArchive, RunFolder,
    TasksPolicy, find_run, folder_of, write_in, write_whole,
};
pub use planned::Planned;
pub use plot::{
    Family, Picture, PlotError, PlotFile, PlotForm, PlotKind, PlotMetric, PlotSource, Plots, Timeline, TimelineData,
    draw_plot, plots,
};
pub use readable::{figure_text, percent, point_text};
pub use run_toml::{
    AutoFacts, AxisFacts, Calibration, CellOrder, HOST_MAY_CHANGE, ProgramFacts, Resolved, RunFacts, SCHEMA_VERSION,
    ScenarioFacts, file_hash, text_hash,
};
pub use standout::{LEAST_RATIO, LEAST_RATIO_WITHOUT_INTERVALS, standout};
pub use table::{TableOptions, arrival_notes, table};
pub use trace::{Trace, TraceChoice, trace};
pub use verdicts::{verdict_line, verdicts};
