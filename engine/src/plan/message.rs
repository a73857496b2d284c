//! The messages of an engine: two lines of JSON on its descriptor 1, with no output between them.

use serde::{Deserialize, Serialize};

use crate::record::{ChannelCount, PeersCount, StepHistogram, Usage};

/// One line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The engine is built and warmed up; the span begins directly after this line.
    Ready {
        /// The version of the protocol that the engine speaks.
        protocol: u32,
    },
    /// The span is over.
    End(End),
}

/// The counts of an engine for a span that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// The resources that it used.
    pub usage: Usage,
    /// The figures of the steps that have an `as`.
    pub named_steps: Vec<StepHistogram>,
    /// The sum of the numbers of all joined instances, as each child passed it to its parent. Left out if it is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub joined: u64,
    /// The messages through each channel; left out if there is no channel.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelCount>,
    /// The round trips with the peers of each task; left out if there are no peers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peers: Vec<PeersCount>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(joined: &u64) -> bool {
    *joined == 0
}
