//! From a scenario to the cells that measure it: programs, draws, order, and what each engine can do.
//!
//! A plan is data. Nothing here knows how anything runs.

mod campaign;
mod cell_plan;
mod check;
mod children;
mod cpu_pool;
mod cpus;
mod drained;
mod draws;
mod estimate;
mod key;
mod meeting;
mod message;
mod objects;
mod peers;
mod point_plan;
mod primer;
mod program;
mod support;
mod supported;
mod threads;
mod work;

pub use campaign::{Campaign, PlannedCell, settings};
pub use cell_plan::{CellPlan, ClosedPlan, PROTOCOL, Part, SETUP_NS, TaskPlan};
pub use check::{Limits, check};
pub use children::{ChildrenPlan, SpawnedPlan};
pub use draws::{Draws, Table};
pub use estimate::{Estimate, estimate_cell};
pub use key::CellKey;
pub use message::{End, Message};
pub use objects::{ObjectPlan, Shape};
pub use point_plan::PointPlan;
pub use primer::{Primer, primer};
pub use program::{Fault, Op, Operation, Program, TooBig, nanoseconds};
pub use support::{BadDescription, Description, Engines, STACK_BYTES, Support, THREAD_MAPPINGS, door, doors};
pub use work::{Times, Work};

pub use crate::scenario::{Mechanism, Peers};
