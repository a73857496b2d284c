//! The cases on tokio.

use super::{Case, equal, ratio};

const BOTH: &[&str] = &["tokio", "tokio-local"];

pub(crate) const CASES: &[Case] = &[Case::new(
    "driver-stall",
    BOTH,
    "twenty tasks nap beside one that blocks its worker, which has the driver; spawned from a task",
)
.figures(&[ratio("nap.latency_p50"), ratio("nap.latency_max"), ratio("makespan"), equal("nap.done")])];
