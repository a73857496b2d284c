//! From a scenario to the cells that measure it: programs, random draws, order, and the abilities of each engine.
//!
//! A plan is data. Nothing here knows how a plan is run.
#![cfg_attr(not(feature = "scenarios"), expect(dead_code, reason = "an engine by itself makes no plans"))]

#[cfg(feature = "scenarios")]
mod campaign;
mod cell_plan;
#[cfg(feature = "scenarios")]
mod check;
mod children;
#[cfg(feature = "scenarios")]
mod drained;
#[cfg(feature = "scenarios")]
mod draws;
#[cfg(feature = "scenarios")]
mod estimate;
#[cfg(feature = "scenarios")]
mod key;
#[cfg(feature = "scenarios")]
mod least;
#[cfg(feature = "scenarios")]
mod limits;
mod message;
mod objects;
#[cfg(feature = "scenarios")]
mod point_plan;
mod program;
#[cfg(feature = "scenarios")]
mod simulate;
mod support;
mod warmup;
#[cfg(feature = "scenarios")]
mod work;

#[cfg(feature = "scenarios")]
pub use campaign::{Campaign, PlannedCell, settings};
pub use cell_plan::{CellPlan, ClosedPlan, PROTOCOL, Part, SETUP_NS, TaskPlan};
#[cfg(feature = "scenarios")]
pub use check::check;
pub use children::{ChildrenPlan, SpawnedPlan};
#[cfg(feature = "scenarios")]
pub use draws::{DrawTable, Draws};
#[cfg(feature = "scenarios")]
pub use estimate::{Estimate, estimates};
#[cfg(feature = "scenarios")]
pub use key::CellKey;
#[cfg(feature = "scenarios")]
pub use limits::Limits;
pub use message::{End, Message};
pub use objects::{ObjectPlan, Shape};
#[cfg(feature = "scenarios")]
pub use point_plan::PointPlan;
pub use program::{Fault, NamedStep, Op, Operation, Program, TooBig, nanoseconds};
pub use support::{
    BadDescription, Description, Engines, STACK_BYTES, Support, THREAD_MAPPINGS, probe_pipe, probe_pipes,
};
pub use warmup::{Warmup, warmup};
#[cfg(feature = "scenarios")]
pub use work::{Times, Work};

pub use crate::scenario::{Mechanism, Peers};
