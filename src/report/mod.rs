//! What people and programs read: the CSV files, the run's folder, the terminal's table.
//!
//! Nothing here measures, and nothing here knows engines: it writes what samples and outcomes say.

pub mod csv;
mod folder;
mod run_toml;

pub use folder::{FolderError, MOST_INSTANCES_BY_DEFAULT, RunFolder, TasksPolicy};
pub use run_toml::{Calibration, CellOrder, Resolved, RunFacts, SCHEMA_VERSION, ScenarioFacts, text_hash};
