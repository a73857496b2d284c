//! The scenario file: its model, and the parser that builds the model from text.
//!
//! A [`Scenario`] is valid by construction: no code that has one need check it again.
//! Nothing here knows how a scenario is run.

mod axis;
mod engine_name;
mod expect;
mod ipc;
mod model;
mod object;
#[cfg(feature = "scenarios")]
mod parse;
mod plain_name;
mod repeats;
mod spawns;
#[cfg(feature = "scenarios")]
mod step;
mod verb;

pub use axis::{Axis, AxisKind, Param, ParamValue};
pub use engine_name::{BadName, CustomName, EngineName, WorkerRule};
pub use expect::{Comparison, Condition, Dimension, Expr, ExprKind, Figure, Measure, Operator, Quantifier};
pub use ipc::{Ipc, Mechanism, Peers};
pub use model::{Arrival, Cancel, CancelTime, Cpus, Expectation, Point, Scenario, Task, Until};
pub use object::{Object, ObjectKind, Target};
#[cfg(feature = "scenarios")]
pub use parse::{Parsed, Setting, SettingError, is_told_of_setting, listed_engines, of_setting, parse, parse_with};
pub use repeats::{Precision, Repeats};
pub use spawns::{SpawnStep, Spawned, spawn_steps};
pub use verb::{Length, OffloadPool, Spawn, Step, Verb};
