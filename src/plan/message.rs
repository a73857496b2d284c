//! What an engine says: lines of JSON on its descriptor 1, and nothing in between.

use serde::{Deserialize, Serialize};

use crate::record::{ChannelCount, PeersCount, StepHistogram, Usage};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// Everything is built and primed; the span begins right behind this line.
    Ready {
        /// The version of the protocol that the engine speaks.
        protocol: u32,
    },
    /// The span is over.
    End(End),
}

/// What an engine says of a span that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// What it used.
    pub usage: Usage,
    /// The figures of the steps that have an `as`.
    pub named_steps: Vec<StepHistogram>,
    /// The sum of the numbers of all instances that somebody waited for, as it came together from child to parent; left out
    /// if it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined: u64,
    /// What went through each channel; left out if there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelCount>,
    /// What was done over the connections with each task's peers; left out if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<PeersCount>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(joined: &u64) -> bool {
    *joined == 0
}
