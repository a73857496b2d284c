//! The scenario file: its model, and how text becomes it.
//!
//! A [`Scenario`] is valid by construction: whoever holds one need not check it again.
//! Nothing here knows how a scenario is run.

mod engine_name;
mod model;

pub use engine_name::EngineName;
pub use model::{
    Arrival, Axis, AxisKind, Cancel, CancelTime, Expectation, Length, OffloadPool, Param, ParamValue, Point, Scenario,
    Step, Task, Verb,
};
