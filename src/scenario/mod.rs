//! The scenario file: its model, and how text becomes it.
//!
//! A [`Scenario`] is valid by construction: whoever holds one need not check it again.
//! Nothing here knows how a scenario is run.

mod engine_name;
mod expect;
mod ipc;
mod model;
mod object;
mod parse;
mod repeats;
mod spawns;
mod step;
mod verb;

pub use engine_name::{BadName, CustomName, EngineName, WorkerRule};
pub use expect::{Comparison, Condition, Dimension, Expr, ExprKind, Figure, Operator};
pub use ipc::{Ipc, Mechanism, Peers};
pub use model::{
    Arrival, Axis, AxisKind, Cancel, CancelTime, Cpus, Expectation, Param, ParamValue, Point, Scenario, Task, Until,
};
pub use object::{Object, ObjectKind, Target};
pub use parse::{Parsed, Setting, SettingError, is_told_of_setting, listed_engines, of_setting, parse, parse_with};
pub use repeats::{Precision, Repeats};
pub use spawns::{Spawn, SpawnStep, Spawned, spawn_steps};
pub use verb::{Length, OffloadPool, Step, Verb};
